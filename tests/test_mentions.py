"""A note calls colleagues by @name: who sees the ticket is told, once; who does not is named to the author."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from flask_sgsupport.mentions import called, finder, handle_of
from flask_sgsupport.models import Agent, Delivery, Event
from flask_sgsupport.queries.own_ticket import own_ticket
from flask_sgsupport.safe_html import markdown, markdown_with
from flask_sgsupport.services import assigning, preferring, replying, sorting
from tests.mailing import drained, parts
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Host, OpenTicket

NAMES = {"5": "Ada Lovelace", "6": "Ben Okoro", "7": "Ada Byron", "8": "Ben Okoro", "9": "Zoë Ødegård-Smith"}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("@ada.lovelace please", ["5"]),
        ("(@Ada.Lovelace), then @zoe!", ["5", "9"]),
        ("@ada.lovelace, @ada.lovelace.", ["5"]),
        ("@ada.byron's idea", ["7"]),
        ("@ben.okoro is two people", ["6", "8"]),
        ("@zoë.ødegård-smith", ["9"]),
        ("mail ada@ada.lovelace or https://x.example/@ada.lovelace", []),
        ("`@ada.lovelace` and\n```\n@ada.lovelace\n```\n", []),
        ("@app.route and @ alone and @@ada.lovelace", []),
        ("@lovelace", []),
        ("", []),
    ],
)
def test_whom_a_text_calls(text: str, keys: list[str]) -> None:
    assert called(text, NAMES).keys == keys


def test_a_beginning_that_may_be_several_calls_nobody_and_says_who_they_are() -> None:
    found = called("@ada, look", NAMES)
    assert found.keys == []
    assert found.unclear == {"ada": ["ada.byron", "ada.lovelace"]}
    assert called("@ben", NAMES).keys == ["6", "8"], "one handle, so it is clear"


def test_a_handle_is_the_name_without_what_cannot_be_typed_everywhere() -> None:
    assert handle_of("Zoë  Ødegård-Smith") == "zoe.ødegard.smith"


def test_a_mention_is_a_chip_and_nothing_typed_makes_one() -> None:
    find = finder(NAMES)
    assert markdown_with("ask **@ada.lovelace**, <b>me</b>", find) == (
        "<p>ask <strong><b>@ada.lovelace</b></strong>, &lt;b&gt;me&lt;/b&gt;</p>\n"
    )
    for untouched in ("`@ada.lovelace`", "[@ada.lovelace](https://x.example)", "@ada", "a@ada.lovelace"):
        assert markdown_with(untouched, find) == markdown(untouched)
    assert "<b>" not in markdown("@ada.lovelace")


def told(host: Host, notice: str = "mentioned_staff") -> list[tuple[str, str]]:
    """Whom a notice tells through which channel, in words."""
    host.db.session.rollback()
    rows = host.db.session.execute(select(Delivery.recipient_name, Delivery.channel).where(Delivery.notice == notice))
    return sorted((name, channel) for name, channel in rows)


CLEO = [("Cleo Marsh", "bell"), ("Cleo Marsh", "email")]


@pytest.mark.every_database
def test_who_sees_the_ticket_is_told_and_who_does_not_is_said(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    said = replying.add_note(ticket_id, in_app.agent("ada"), body="@cleo.marsh and @ben.okoro and @ada.lovelace, see?")
    assert told(in_app) == CLEO
    assert said.remark == "Ben Okoro does not see this ticket and was not told."


def test_the_assignee_who_is_mentioned_is_told_that_and_not_of_the_note_as_well(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    assigning.claim(ticket_id, in_app.agent("ada"))
    replying.add_note(ticket_id, in_app.agent("cleo"), body="@ada, can you?")
    assert told(in_app) == [("Ada Lovelace", "bell"), ("Ada Lovelace", "email")]
    assert told(in_app, "note_staff") == []
    replying.add_note(ticket_id, in_app.agent("cleo"), body="Or not.")
    assert told(in_app, "note_staff") == [("Ada Lovelace", "bell"), ("Ada Lovelace", "email")]


@pytest.mark.every_database
def test_an_edit_tells_only_whom_it_mentions_newly(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    note = replying.add_note(ticket_id, ada, body="@cleo look").message
    replying.edit_note(ticket_id, ada, note, body="Never mind")
    remark = replying.edit_note(ticket_id, ada, note, body="@cleo look, @grace as well, @ben too")
    assert told(in_app) == [*CLEO, ("Grace Hopper", "bell"), ("Grace Hopper", "email")]
    assert remark == "Ben Okoro does not see this ticket and was not told."
    written = select(Event.data).where(Event.action == "note.edited").order_by(Event.pk)
    assert [f'"{in_app.ids["grace"]}"' in data for data in in_app.db.session.scalars(written)] == [False, True]


def test_a_beginning_that_is_not_clear_is_said_to_the_author(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.db.session.execute(update(Agent).where(Agent.name == "Cleo Marsh").values(name="Ada Marsh"))
    in_app.db.session.commit()
    said = replying.add_note(open_ticket(), in_app.agent("grace"), body="@ada?")
    assert told(in_app) == []
    assert said.remark.startswith("@ada may be several, so nobody was told")
    assert "@ada.lovelace, @ada.marsh" in said.remark


def test_an_at_sign_in_a_reply_or_a_follow_up_is_text(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(body="@cleo.marsh help")
    replying.reply(ticket_id, in_app.agent("ada"), body="Our @cleo.marsh knows.")
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="@cleo.marsh thanks")
    assert told(in_app) == []
    page = in_app.client("jerome").get(f"/support/tickets/{ticket_id}").text
    assert "Our @cleo.marsh knows." in page


def test_a_note_shown_to_the_customer_is_text_there_and_calls_nobody_any_more(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    note = replying.add_note(ticket_id, ada, body="Nothing yet").message
    replying.change_visibility(ticket_id, ada, note, public=True)
    replying.edit_note(ticket_id, ada, note, body="@cleo.marsh will look")
    assert told(in_app) == []
    [shown] = [one for one in own_ticket(in_app.customer("jerome"), ticket_id).entries if "will look" in str(one)]
    assert "<b>" not in markdown(shown.body)  # type: ignore[union-attr]
    assert "<b>@cleo.marsh" not in in_app.client("ada").get(f"/admin/support/tickets/{ticket_id}").text


def test_while_a_ticket_is_filtered_nobody_is_told_and_the_author_knows(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    sorting.put_aside(ticket_id, ada, "marked as spam")
    said = replying.add_note(ticket_id, ada, body="@cleo, spam?")
    assert told(in_app) == []
    assert "Spam / Filtered" in said.remark


def test_a_person_the_app_has_switched_off_is_not_told(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.change_user("cleo", enabled=False)
    said = replying.add_note(open_ticket(), in_app.agent("ada"), body="@cleo?")
    assert told(in_app) == []
    assert "Cleo Marsh does not see this ticket" in said.remark


def test_the_channels_are_those_somebody_wants(in_app: Host, open_ticket: OpenTicket) -> None:
    preferring.set_preference(in_app.agent("cleo"), "email", wanted=False)
    replying.add_note(open_ticket(), in_app.agent("ada"), body="@cleo?")
    assert told(in_app) == CLEO[:1]


def test_a_text_without_an_at_sign_costs_nothing_more(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    costs = []
    for body in ("A note", "Another note", "@cleo.marsh look"):
        with in_app.count_statements() as ran:
            replying.add_note(ticket_id, ada, body=body)
        costs.append(len(ran))
    assert costs[1] < costs[2] <= 10


def test_the_page_offers_who_sees_it_shows_chips_and_says_who_was_not_told(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    cleo: Any = host.client("cleo")
    address = f"/admin/support/tickets/{ticket_id}"
    page = cleo.get(address).text
    assert 'data-sg-handle="ada.lovelace"' in page
    assert 'data-sg-handle="ben.okoro"' not in page
    done = cleo.post(f"{address}/note", data={"body": "@ada.lovelace and @ben"}, follow_redirects=True).text
    assert "Note added. The customer does not see it. Ben Okoro does not see this ticket and was not told." in done
    assert "<b>@ada.lovelace</b> and @ben" in done


def test_the_mail_says_why_and_brings_the_note(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="@cleo, is this yours?")
    drained(host)
    text, __ = parts(smtp.to("cleo@desk.example")[-1])
    assert "Ada Lovelace mentioned you in a note. The customer does not see it." in text
    assert "@cleo, is this yours?" in text
    assert f"You get this because you are mentioned in a note on {ticket_id}." in text
