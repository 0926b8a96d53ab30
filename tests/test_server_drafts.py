"""What an agent types is kept on the server: theirs alone, no part of the ticket, and lost to no second window."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from flask_sgsupport.models import Draft, Event, Message, Ticket
from flask_sgsupport.queries.inbox import listing
from flask_sgsupport.queries.views import Filters
from flask_sgsupport.services import clock as clock_service
from flask_sgsupport.services import redacting, replying
from flask_sgsupport.services.drafting import discard_draft, save_draft
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.services.sending import send
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"
LONG = "An answer that took half an hour."


def drafts(host: Host) -> list[tuple[str, str, str]]:
    """Every draft there is: whose, in which form, what it says; in an app context."""
    host.db.session.rollback()
    names = {str(pk): who for who, pk in host.ids.items()}
    rows = host.db.session.execute(select(Draft.host_id, Draft.kind, Draft.body).order_by(Draft.pk))
    return [(names[host_id], kind, body) for host_id, kind, body in rows]


def page_of(client: FlaskClient, ticket_id: str) -> str:
    return client.get(f"{INBOX}tickets/{ticket_id}").text


def composer(page: str, kind: str) -> str:
    """The part of the page in which a reply or note is written."""
    return page[page.index(f'id="sg-compose-{kind}"') :].partition("</section>")[0]


def typed_in(page: str, kind: str) -> str:
    """What stands in the field."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", composer(page, kind), re.DOTALL)
    assert found is not None
    return found[1]


def fields_of(page: str, kind: str) -> dict[str, Any]:
    """What a form sends beside what is typed."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', composer(page, kind))
    return {name: unescape(value) for name, value in found}


def keep(client: FlaskClient, ticket_id: str, kind: str, body: str, *, by_script: bool = True, page: str = "") -> Any:
    """Let a window keep what is typed in it."""
    sent = fields_of(page or page_of(client, ticket_id), kind) | {"body": body}
    headers = {"X-Requested-With": "fetch"} if by_script else {}
    return client.post(f"{INBOX}tickets/{ticket_id}/draft/{kind}", data=sent, headers=headers)


def test_a_reply_and_a_note_are_found_again_in_another_browser(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada = host.client("ada")
    assert keep(ada, ticket_id, "reply", LONG).json == {"version": 1, "said": "Draft saved at 14:03 UTC"}
    assert keep(ada, ticket_id, "note", "Only we may know.").status_code == 200
    page = page_of(host.client("ada"), ticket_id)
    assert (typed_in(page, "reply"), typed_in(page, "note")) == (LONG, "Only we may know.")
    assert "Draft of 14:03 UTC, restored" in composer(page, "reply")


@pytest.mark.every_database
def test_a_draft_is_its_writers_and_nobody_elses(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada, grace = host.client("ada"), host.client("grace")
    keep(ada, ticket_id, "reply", LONG)
    assert keep(grace, ticket_id, "reply", "Of Grace.").json["version"] == 1
    assert typed_in(page_of(ada, ticket_id), "reply") == LONG
    assert typed_in(page_of(grace, ticket_id), "reply") == "Of Grace."
    assert "half an hour" not in host.client("jerome").get(f"/support/tickets/{ticket_id}").text
    for who, path in (
        ("grace", f"{INBOX}?q=half"),
        ("ada", f"{INBOX}?q=half"),
        ("grace", f"{INBOX}tickets/{ticket_id}/history"),
    ):
        assert "half an hour" not in host.client(who).get(path).text


@pytest.mark.every_database
def test_keeping_a_draft_is_no_act_on_the_ticket(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()

    def stands() -> Any:
        with host.app.app_context():
            row = host.db.session.execute(select(Ticket.version, Ticket.updated_at, Ticket.customer_updated_at)).one()
            return tuple(row), len(host.db.session.scalars(select(Event.pk)).all())

    before = stands()
    clock.forward(minutes=5)
    ada = host.client("ada")
    keep(ada, ticket_id, "reply", LONG)
    keep(ada, ticket_id, "reply", f"{LONG} And more.")
    ada.post(f"{INBOX}tickets/{ticket_id}/draft/reply/discard", data=fields_of(page_of(ada, ticket_id), "reply"))
    assert stands() == before


@pytest.mark.every_database
def test_what_is_sent_is_a_draft_no_more(in_app: Host, open_ticket: OpenTicket) -> None:
    host, ada = in_app, in_app.agent("ada")
    ticket_id = open_ticket()
    save_draft(ticket_id, ada, "reply", body=LONG, form="a")
    save_draft(ticket_id, ada, "note", body="Only we may know.", form="an")
    assert len(drafts(host)) == 2
    send(ticket_id, ada, Answer(LONG, form="b"), seen=1)
    replying.add_note(ticket_id, ada, body="Only we may know.", form="an", draft=0)
    assert drafts(host) == []


def test_a_refused_reply_leaves_its_draft(in_app: Host, resolved_ticket: str) -> None:
    host, ada = in_app, in_app.agent("ada")
    save_draft(resolved_ticket, ada, "reply", body=LONG, form="a")
    replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    with pytest.raises(Exception, match="eopen"):
        send(resolved_ticket, ada, Answer(LONG, form="a"), seen=1)
    assert drafts(host) == [("ada", "reply", LONG)]


def test_a_saving_that_arrives_after_the_text_was_sent_brings_it_not_back(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    host, ada = in_app, in_app.agent("ada")
    ticket_id = open_ticket()
    send(ticket_id, ada, Answer(LONG, form="a"), seen=0)
    assert save_draft(ticket_id, ada, "reply", body=LONG, form="a").version == 0
    assert drafts(host) == []


@pytest.mark.every_database
def test_a_second_window_that_has_not_seen_the_draft_writes_not_over_it(in_app: Host, open_ticket: OpenTicket) -> None:
    host, ada = in_app, in_app.agent("ada")
    ticket_id = open_ticket()
    save_draft(ticket_id, ada, "reply", body="Of the first window.", form="first")
    with pytest.raises(StaleTicket, match="changed in another window at 14:03 UTC. Both texts are kept"):
        save_draft(ticket_id, ada, "reply", body="Of the second.", form="second")
    with pytest.raises(StaleTicket):
        discard_draft(ticket_id, ada, "reply", seen=0)
    assert drafts(host) == [("ada", "reply", "Of the first window.")]
    assert save_draft(ticket_id, ada, "reply", body="Of the second.", form="second", seen=1).version == 2
    with pytest.raises(StaleTicket):
        save_draft(ticket_id, ada, "reply", body="The first goes on.", form="first", seen=1)
    assert drafts(host) == [("ada", "reply", "Of the second.")]


def test_what_is_sent_from_one_window_leaves_the_unseen_text_of_another(in_app: Host, open_ticket: OpenTicket) -> None:
    host, ada = in_app, in_app.agent("ada")
    ticket_id = open_ticket()
    save_draft(ticket_id, ada, "reply", body="Of the first window.", form="first")
    send(ticket_id, ada, Answer("Of the second.", form="second"), seen=0)
    assert drafts(host) == [("ada", "reply", "Of the first window.")]


def test_without_scripts_a_button_saves_it_and_a_crossing_one_is_shown_beside(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    ada, other = host.client("ada"), host.client("ada")
    blank = page_of(other, ticket_id)
    answer = keep(ada, ticket_id, "reply", LONG, by_script=False)
    assert answer.status_code == 302
    assert answer.location.endswith("#sg-composer")
    assert "Draft saved." in page_of(ada, ticket_id)
    crossed = keep(other, ticket_id, "reply", "Of the second.", by_script=False, page=blank)
    assert crossed.status_code == 409
    assert "changed in another window" in crossed.text
    assert typed_in(crossed.text, "reply") == "Of the second."
    assert LONG in composer(crossed.text, "reply")
    # The page has shown the other text: saved again, this one stays.
    assert keep(other, ticket_id, "reply", "Of the second.", by_script=False, page=crossed.text).status_code == 302
    assert typed_in(page_of(ada, ticket_id), "reply") == "Of the second."


def test_the_script_is_told_that_another_window_was_there(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada, other = host.client("ada"), host.client("ada")
    blank = page_of(other, ticket_id)
    keep(ada, ticket_id, "reply", LONG)
    answer = keep(other, ticket_id, "reply", "Of the second.", page=blank)
    assert answer.status_code == 409
    assert answer.json["crossed"] is True
    assert "another window" in answer.json["sentence"]


def test_discard_empties_the_field(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada = host.client("ada")
    keep(ada, ticket_id, "reply", LONG)
    sent = fields_of(page_of(ada, ticket_id), "reply")
    assert ada.post(f"{INBOX}tickets/{ticket_id}/draft/reply/discard", data=sent).status_code == 302
    page = page_of(ada, ticket_id)
    assert "The draft is discarded." in page
    assert typed_in(page, "reply") == ""
    assert "restored" not in composer(page, "reply")


def test_an_emptied_field_is_no_draft(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    save_draft(ticket_id, ada, "reply", body=LONG, form="a")
    assert save_draft(ticket_id, ada, "reply", body="  ", form="a").version == 0
    assert drafts(in_app) == []


@pytest.mark.every_database
def test_the_list_marks_ones_own_rows(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id, other = open_ticket(), open_ticket()
    with host.app.app_context():
        ada, grace = host.agent("ada"), host.agent("grace")
        save_draft(ticket_id, ada, "reply", body=LONG)
        save_draft(ticket_id, ada, "note", body="Only we may know.")
        save_draft(other, grace, "note", body="Of Grace.")
        for actor, marked in ((ada, ticket_id), (grace, other)):
            assert [row.ticket_id for row in listing(actor, Filters()).rows if row.draft] == [marked]
    for who, marked in (("ada", ticket_id), ("grace", other), ("cleo", "")):
        page = host.client(who).get(INBOX).text
        assert re.findall(r'sg-draft-mark">Draft</span> <span class="sg-num">(.*?)<', page) == [marked] * bool(marked)


def test_a_draft_for_a_closed_ticket_stands_in_the_composer_all_the_same(in_app: Host, resolved_ticket: str) -> None:
    save_draft(resolved_ticket, in_app.agent("ada"), "reply", body=LONG)
    replying.confirm_solved(resolved_ticket, in_app.customer("jerome"))
    assert typed_in(page_of(in_app.client("ada"), resolved_ticket), "reply") == LONG


def test_nobody_keeps_a_draft_where_they_may_not_answer(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with pytest.raises(NotFound):
        save_draft(ticket_id, in_app.agent("ben"), "reply", body=LONG)
    with pytest.raises(NotAllowed):
        save_draft(ticket_id, in_app.agent("nora"), "reply", body=LONG)
    with pytest.raises(InvalidInput):
        save_draft(ticket_id, in_app.agent("ada"), "follow-up", body=LONG)
    with pytest.raises(InvalidInput, match="20000 is the most"):
        save_draft(ticket_id, in_app.agent("ada"), "reply", body="x" * 20_001)


def test_a_redaction_takes_the_secret_out_of_drafts_too(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body="My password is hunter2.")
    ada = in_app.agent("ada")
    save_draft(ticket_id, ada, "reply", body="Is it hunter2 still?", form="a")
    message = in_app.db.session.scalar(select(Message.key))
    redacting.redact(ticket_id, in_app.agent("grace"), message, secret="hunter2")
    assert drafts(in_app) == [("ada", "reply", "Is it [redacted] still?")]
    with pytest.raises(StaleTicket):
        save_draft(ticket_id, ada, "reply", body="Is it hunter2 still? Yes.", form="a", seen=1)


@pytest.mark.every_database
def test_what_nobody_touches_for_a_month_is_forgotten(in_app: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    first, second, ada = open_ticket(), open_ticket(), in_app.agent("ada")
    save_draft(first, ada, "reply", body="Old.")
    clock.forward(days=20)
    save_draft(second, ada, "reply", body="Newer.")
    clock.forward(days=9)
    clock_service.tick()
    assert len(drafts(in_app)) == 2
    clock.forward(days=1, minutes=1)
    clock_service.tick()
    assert drafts(in_app) == [("ada", "reply", "Newer.")]


def test_a_page_with_drafts_costs_no_statement_more(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")

    def cost(path: str) -> int:
        client.get(INBOX + path)
        with host.count_statements() as ran:
            client.get(INBOX + path)
        return len(ran)

    before = [cost(path) for path in ("", f"tickets/{ticket_id}")]
    keep(client, ticket_id, "reply", LONG)
    assert [cost(path) for path in ("", f"tickets/{ticket_id}")] == before
    assert max(before) <= 6
    page = page_of(client, ticket_id)
    with host.count_statements() as ran:
        assert keep(client, ticket_id, "reply", f"{LONG} And more.", page=page).status_code == 200
    assert len(ran) <= 6


def test_a_correction_stands_below_the_draft(in_app: Host, answered_ticket: str) -> None:
    host = in_app
    save_draft(answered_ticket, host.agent("ada"), "reply", body=LONG)
    key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
    replying.change_visibility(answered_ticket, host.agent("ada"), key, public=False)
    page = host.client("ada").get(f"{INBOX}tickets/{answered_ticket}?corrected={key}").text
    assert typed_in(page, "reply").startswith(LONG)
