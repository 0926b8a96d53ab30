"""The Support panel as an operator uses it: the list, a ticket from opening to closing, notices, news."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask, Request, Response, flash, render_template_string, request
from flask.sessions import SecureCookieSession, SessionInterface
from flask_login import login_user
from jinja2 import ChoiceLoader, DictLoader
from sqlalchemy import func, select, text, update

from flask_sgsupport.actors import Membership, Right
from flask_sgsupport.errors import ConfigurationError, NotAllowed, TransitionRefused
from flask_sgsupport.lifecycle import Act, Status
from flask_sgsupport.models import Attachment, Delivery, Event, Message, Ticket, TicketRead
from flask_sgsupport.panel.host_pages import desk_link
from flask_sgsupport.panel.views import ROUTES
from flask_sgsupport.queries import bells, ticket_statements
from flask_sgsupport.queries import own_ticket as thread
from flask_sgsupport.queries import ticket as ticket_queries
from flask_sgsupport.queries.layout import check_layout
from flask_sgsupport.services import assigning, opening, replying, sorting, status
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.pressing import pressed_again
from tests.panel_pages import LOOKS_AGAIN, buttons, fresh_form, hidden, lines, number_in
from tests.world import Host, OpenTicket, build_host, dispose, populate

TICKETS = "/support/tickets/"


def listed(html: str) -> list[str]:
    return re.findall(r'<span class="sg-num">([A-Za-z]+-\d+-[^<]+)</span>', html)


def rows(host: Host) -> dict[str, int]:
    """How many rows each table of ours holds."""
    with host.app.app_context():
        return {
            model.__tablename__: host.db.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Ticket, Message, Delivery, TicketRead, Attachment)
        }


def state_of(host: Host, ticket_id: str) -> tuple[str, str | None]:
    with host.app.app_context():
        row = host.db.session.execute(
            select(Ticket.status, Ticket.close_reason).where(Ticket.ticket_id == ticket_id)
        ).one()
        return row.status, row.close_reason


def changes_of_status(host: Host, ticket_id: str) -> int:
    with host.app.app_context():
        changed = select(func.count()).select_from(Event).join(Ticket, Ticket.pk == Event.ticket_pk)
        changed = changed.where(Ticket.ticket_id == ticket_id, Event.action == "status.changed")
        return host.db.session.scalar(changed) or 0


# The list


def test_the_list_has_the_accounts_tickets_last_changed_first(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    first = open_ticket("jerome", subject="First")
    clock.forward(minutes=1)
    second = open_ticket("lena", subject="Second")
    open_ticket("mina", subject="Not theirs")
    html = host.client("jerome").get("/support/").text
    assert listed(html) == [second, first]
    assert "opened by Lena Brandt" in html
    assert "opened by you" in html
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.reply(first, host.agent("ada"), body="Try again please.")
    html = host.client("jerome").get("/support/").text
    assert listed(html) == [first, second]
    assert "support waits for your answer" in html


def test_the_list_says_who_opened_a_ticket_for_somebody(host: Host) -> None:
    with host.app.app_context():
        public = host.agent("ada").public_name
        for who in ("jerome", "lena"):
            person = host.desk.hooks.directory.person(str(host.ids[who]))
            opening.open_ticket(
                host.agent("ada"), subject=f"By phone, {who}", body="Called.", account_id="1", requester=person
            )
    html = unescape(host.client("jerome").get("/support/").text)
    assert f"opened by {public} for you" in html
    assert f"opened by {public} for Lena Brandt" in html
    assert "opened by you" not in html
    assert "opened by Lena" not in html


def test_a_colleague_reads_for_whom_support_wrote_a_ticket_down(host: Host) -> None:
    with host.app.app_context():
        person = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        opened = opening.open_ticket(
            host.agent("ada"), subject="By phone", body="He called.", account_id="1", requester=person
        )
    page = f"/support/tickets/{opened.ticket_id}"
    assert "support, for you" in host.client("jerome").get(page).text
    assert "support, for Jerome Ellis" in host.client("lena").get(page).text


@pytest.mark.every_database
def test_the_list_leads_to_what_is_new_in_a_ticket(host: Host, answered_ticket: str, clock: Any) -> None:
    def leads_to() -> str:
        found = re.search(rf'href="/support/tickets/{answered_ticket}(?:#m-(\w+))?"', client.get("/support/").text)
        assert found
        return found[1] or ""

    def texts(key: str) -> str:
        return str(host.db.session.scalar(select(Message.body).where(Message.key == key)))

    client = host.client("lena")
    with host.app.app_context():
        assert leads_to() == "", "whoever knows none of it begins at the top"
        client.get(f"/support/tickets/{answered_ticket}")
        for body in ("First news.", "Second news."):
            clock.forward(minutes=1)
            replying.reply(answered_ticket, host.agent("ada"), body=body)
            replying.add_note(answered_ticket, host.agent("ada"), body="Nobody's business.")
        assert texts(leads_to()) == "First news."
        client.get(f"/support/tickets/{answered_ticket}")
        assert texts(leads_to()) == "Second news.", "nothing is new: the end of it"


def test_a_notice_about_no_message_leads_to_the_end_of_its_ticket(host: Host, resolved_ticket: str) -> None:
    with host.app.app_context():
        replying.close_with_confirmation(resolved_ticket, host.agent("ada"), note="He said so.")
        newest = select(Message.key).where(Message.public.is_(True)).order_by(Message.pk.desc())
        last = host.db.session.scalars(newest).first()
    html = host.client("jerome").get("/support/notifications").text
    line = re.search(r'href="([^"]+)">(?:<span[^>]*>[^<]*</span>)*Support closed', html)
    assert line
    assert line[1] == f"/support/tickets/{resolved_ticket}#m-{last}"


@pytest.mark.every_database
def test_the_list_leads_to_what_was_shown_later_and_stands_before_what_was_read(
    host: Host, clock: Any, answered_ticket: str
) -> None:
    client = host.client("jerome")
    clock.forward(minutes=1)
    with host.app.app_context():
        ada = host.agent("ada")
        note = replying.add_note(answered_ticket, ada, body="It was the cache.")
        clock.forward(minutes=1)
        replying.reply(answered_ticket, ada, body="It works again.")
    clock.forward(minutes=1)
    client.get(f"/support/tickets/{answered_ticket}")
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.change_visibility(answered_ticket, ada, note.message, public=True)
        clock.forward(minutes=1)
        replying.reply(answered_ticket, ada, body="More on that.")
    assert f'href="/support/tickets/{answered_ticket}#m-{note.message}"' in client.get("/support/").text


@pytest.mark.every_database
def test_the_list_leads_to_a_page_with_the_first_unread_of_very_many(
    host: Host, clock: Any, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (bells, thread):
        monkeypatch.setattr(module, "MAX_MESSAGES", 3)
    client = host.client("jerome")
    client.get(f"/support/tickets/{answered_ticket}")
    with host.app.app_context():
        for number in range(5):
            clock.forward(minutes=2)
            replying.reply(answered_ticket, host.agent("ada"), body=f"Answer {number}.")
    [found] = re.findall(r'class="sg-subject" href="([^"]+)"', client.get("/support/").text)
    address, __, anchor = found.partition("#")
    html = client.get(address).text
    assert "Answer 0." in html[html.index(f'id="{anchor}"') :]
    assert "Answer 4." not in html


def test_tabs_show_one_status_each(host: Host, open_ticket: OpenTicket, resolved_ticket: str, clock: Any) -> None:
    opened = open_ticket()
    client = host.client("jerome")
    assert listed(client.get("/support/?status=open").text) == [opened]
    assert listed(client.get("/support/?status=resolved").text) == [resolved_ticket]
    assert listed(client.get("/support/?status=closed").text) == []
    assert "No ticket is found here." in client.get("/support/?status=closed").text
    for everything in ("/support/", "/support/?status=all", "/support/?status=nonsense"):
        assert set(listed(client.get(everything).text)) == {opened, resolved_ticket}


@pytest.mark.every_database
@pytest.mark.parametrize(
    "asked", ["checkout tote", "CHECKOUT", "TKT-2026-00001", "tkt-2026-00001", "00001", "1", "1\x00"]
)
def test_search_finds_by_number_and_by_words(host: Host, open_ticket: OpenTicket, asked: str) -> None:
    wanted = open_ticket(subject="Checkout failing on Canvas Tote")
    open_ticket(subject="Große Rechnung")
    assert listed(host.client("jerome").get("/support/", query_string={"q": asked}).text) == [wanted]


@pytest.mark.parametrize("asked", ["%", "_", "chexout%", "nothing", "'", "TKT-2026-0000", "--"])
def test_search_reads_no_signs(host: Host, open_ticket: OpenTicket, asked: str) -> None:
    open_ticket()
    assert listed(host.client("jerome").get("/support/", query_string={"q": asked}).text) == []


def test_a_number_is_found_as_it_is_shown(database_url: str, tmp_path: Path) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_TICKET_PREFIX="Help")
    populate(host)
    with host.app.app_context():
        wanted = opening.open_ticket(host.customer("jerome"), subject="S", body="B").ticket_id
        opening.open_ticket(host.customer("jerome"), subject="Another", body="B")
    for asked in (wanted, wanted.lower(), wanted.upper(), "#1"):
        found = listed(host.client("jerome").get("/support/", query_string={"q": asked}).text)
        assert found == [wanted] == ["Help-2026-00001"], asked
    dispose(host)


@pytest.mark.parametrize("asked", ["%", "_", "'", "???"])
def test_a_search_without_a_word_says_so(host: Host, open_ticket: OpenTicket, asked: str) -> None:
    open_ticket()
    page = host.client("jerome").get("/support/", query_string={"q": asked}).text
    assert listed(page) == []
    assert "nothing in it that can be searched for" in page


def test_search_folds_accents_and_case(host: Host, open_ticket: OpenTicket) -> None:
    wanted = open_ticket(subject="Größe der Cafés")
    assert listed(host.client("jerome").get("/support/?q=grosse+cafe").text) == [wanted]


@pytest.mark.every_database
def test_pages_follow_each_other_without_gap_or_repeat(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    host.desk.settings.page_size = 5
    opened = []
    for number in range(12):
        if number % 3 == 0:
            clock.forward(seconds=1)
        opened.append(open_ticket(subject=f"Number {number}"))
    client, address, seen = host.client("jerome"), "/support/", []
    while address:
        html = client.get(address).text
        seen += listed(html)
        found = re.search(r'href="([^"]+)" rel="next"', html)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert seen == opened[::-1]


@pytest.mark.parametrize(
    "after", ["", "nonsense", "2026-04-22_TKT", "2026-04-22T14:03:00+00:00_TKT-2026-99999", "\x00_\x00"]
)
def test_a_broken_place_in_the_list_is_no_error(host: Host, open_ticket: OpenTicket, after: str) -> None:
    open_ticket()
    assert (
        host.client("jerome").get("/support/", query_string={"after": after}, follow_redirects=True).status_code == 200
    )


def test_empty_lists_say_what_to_do(host: Host) -> None:
    client = host.client("jerome")
    html = client.get("/support/").text
    assert "No tickets yet." in html
    assert 'href="/support/open"' in html
    assert "Nothing new." in client.get("/support/notifications").text


def test_unread_is_what_others_did_since_one_looked(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    ticket_id = open_ticket("lena")
    client = host.client("jerome")
    assert "Unread:" in client.get("/support/").text
    client.get(TICKETS + ticket_id)
    assert "Unread:" not in client.get("/support/").text
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="internal")
    assert "Unread:" not in client.get("/support/").text
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="public")
    assert "Unread:" in client.get("/support/").text


def test_a_person_of_two_accounts_sees_both_and_may_look_at_one(host: Host, open_ticket: OpenTicket) -> None:
    one, other = open_ticket("jerome"), open_ticket("mina", subject="Fabrikam's")
    both = (Membership("1", "Admin", account_name="Northwind"), Membership("2", "Admin", account_name="Fabrikam"))
    lena = host.ids["lena"]
    host.support.hooks.directory._accounts = lambda user: (  # type: ignore[union-attr]
        both if user.id == lena else (Membership(str(user.account_id)),) if user.account_id else ()
    )
    client = host.client("lena")
    assert set(listed(client.get("/support/").text)) == {one, other}
    assert listed(client.get("/support/?account=2").text) == [other]
    assert "Fabrikam&#39;s" in client.get(TICKETS + other).text
    html = client.get("/support/open?account=2").text
    assert "fabrikam.example" in html
    assert "Open it for Northwind instead" in html
    opened = client.post("/support/open", data=hidden(html) | {"subject": "From both", "body": "x", "sites": "21"})
    with host.app.app_context():
        account = host.db.session.scalar(
            select(Ticket.account_id).where(Ticket.ticket_id == number_in(opened.location))
        )
    assert account == "2"


# Who gets in


def test_agents_are_led_to_the_inbox(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    assert client.get("/support/").location == "/admin/support/"
    assert client.get(TICKETS + answered_ticket).location == f"/admin/support/tickets/{answered_ticket}"
    assert client.get("/support/notifications").location == "/admin/support/notifications/"


def test_an_agent_with_an_account_is_led_to_the_inbox_too(host: Host, answered_ticket: str) -> None:
    host.change_user("ada", account_id=1)
    _host_page(host)
    client = host.client("ada")
    assert client.get("/support/").location == "/admin/support/"
    # What a mail about a ticket of their own account leads to stays theirs.
    assert client.get(TICKETS + answered_ticket).status_code == 200
    assert client.get("/support/open").status_code == 200


def test_strangers_are_led_to_the_login_and_others_told_who_can_grant(host: Host) -> None:
    assert host.client().get("/support/").location.startswith("/sign-in?next=")
    answer = host.client("nora").get("/support/")
    assert answer.status_code == 403
    assert "An owner of your account can grant it." in answer.text


def test_access_taken_away_is_gone_with_the_next_request(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("jerome")
    assert client.get(TICKETS + ticket_id).status_code == 200
    host.change_user("jerome", support=False)
    for address in ("/support/", TICKETS + ticket_id, "/support/poll", "/support/notifications", "/support/files/x"):
        assert client.get(address).status_code == 403


@pytest.mark.parametrize("route", [route for route in ROUTES if "POST" in route.methods], ids=lambda r: r.endpoint)
def test_every_post_needs_the_sessions_token(database_url: str, tmp_path: Any, route: Any) -> None:
    host = build_host(database_url, tmp_path, WTF_CSRF_ENABLED=True)
    populate(host)
    client, other = host.client("jerome"), host.client("lena")
    foreign = hidden(other.get("/support/open").text)["csrf_token"]
    address = "/support" + route.path.replace("<ticket_id>", "TKT-2026-00001")
    before = rows(host)
    for token in ({}, {"csrf_token": "wrong"}, {"csrf_token": foreign}):
        answer = client.post(address, data={"subject": "x", "body": "y"} | token)
        assert answer.status_code == 400, answer.text
        assert "This form is too old or was not sent from here." in answer.text
    assert rows(host) == before
    dispose(host)


def test_get_changes_nothing_but_read_marks(host: Host, resolved_ticket: str) -> None:
    before, was = rows(host), state_of(host, resolved_ticket)
    client = host.client("jerome")
    for route in ROUTES:
        if "GET" in route.methods:
            client.get("/support" + route.path.replace("<ticket_id>", resolved_ticket).replace("<key>", "x"))
    assert state_of(host, resolved_ticket) == was
    after = rows(host)
    assert after.pop("sgsupport_ticket_read") == before.pop("sgsupport_ticket_read") + 1
    assert after == before


# A ticket from opening to closing


def test_the_whole_history_is_there_in_order(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    ticket_id = open_ticket(files=[("shot.png", b"x" * 84_000)])
    clock.forward(minutes=6)
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.add_note(ticket_id, host.agent("ada"), body="INTERNAL")
        replying.reply(ticket_id, host.agent("ada"), body="Restored **now**.", status=Status.RESOLVED)
    html = host.client("jerome").get(TICKETS + ticket_id).text
    order = ["Nobody can pay", "shot.png", "84 kB", "<strong>now</strong>", "Ada marked the ticket as resolved"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert "Lovelace" not in html
    assert "INTERNAL" not in html
    assert "assign" not in html.lower().split("sg-composer")[0].split("sg-head")[1]
    assert "It closes on 24 April 2026, 14:09 UTC unless you reply." in html
    assert "You can reopen it for 30 days after that." in html


def test_buttons_are_those_the_lifecycle_allows(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    ticket_id = open_ticket()
    client = host.client("jerome")

    def offered() -> set[str]:
        return buttons(client.get(TICKETS + ticket_id).text) - {"Preview"}

    assert offered() == {"Send", "No longer needed"}
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
    assert offered() == {
        "That solved it", "I still need help", "Send, I still need help", "Send, that solved it", "Good", "Bad",
    }  # fmt: skip
    client.post(f"{TICKETS}{ticket_id}/solved")
    assert offered() == {"Send and reopen", "Reopen", "Good", "Bad"}
    clock.forward(days=31)
    assert offered() == {"Send as a new ticket", "Good", "Bad"}
    assert "your message opens a new one, linked to it" in client.get(TICKETS + ticket_id).text


def test_a_follow_up_on_a_filtered_ticket_reaches_the_agents_and_says_nothing_of_the_filter(
    host: Host, answered_ticket: str
) -> None:
    with host.app.app_context():
        sorting.put_aside(answered_ticket, host.agent("ada"), "looks like spam")
    jerome = host.client("jerome")
    answer = jerome.post(
        f"{TICKETS}{answered_ticket}/follow-up", data={"body": "It still fails.", "form": "f"}, follow_redirects=True
    )
    assert "Sent. Support sees it now." in answer.text
    assert not re.search("spam|filter|released", answer.text.lower().split("<main")[1])
    ada = host.client("ada")
    assert answered_ticket in ada.get("/admin/support/").text
    assert "(released when Jerome Ellis asked again)" in ada.get("/admin/support/notifications/").text
    history = ada.get(f"/admin/support/tickets/{answered_ticket}/history").text
    assert "released it from Spam / Filtered by asking again (was: looks like spam)" in history


def test_a_filtered_ticket_withdrawn_and_reopened_reaches_the_agents(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        sorting.put_aside(ticket_id, host.agent("ada"), "looks like spam")
    jerome = host.client("jerome")
    jerome.post(f"{TICKETS}{ticket_id}/withdraw")
    answer = jerome.post(f"{TICKETS}{ticket_id}/reopen", follow_redirects=True)
    assert "open again" in answer.text
    assert not re.search("spam|filter|released", answer.text.lower().split("<main")[1])
    ada = host.client("ada")
    assert ticket_id in ada.get("/admin/support/").text
    assert "(released when Jerome Ellis asked again)" in ada.get("/admin/support/notifications/").text
    history = ada.get(f"/admin/support/tickets/{ticket_id}/history").text
    assert "released it from Spam / Filtered by asking again (was: looks like spam)" in history


def test_a_follow_up_leads_to_itself_and_is_there_once(host: Host, answered_ticket: str) -> None:
    client = host.client("lena")
    form = hidden(client.get(TICKETS + answered_ticket).text)
    first, again = (
        client.post(
            f"{TICKETS}{answered_ticket}/follow-up",
            data=form | {"body": "It is back.", "plain": "1", "files": (BytesIO(b"log"), "log.txt")},
        )
        for _ in range(2)
    )
    assert first.location == again.location
    html = client.get(first.location).text
    assert html.count("It is back.") == 1
    assert f'id="{first.location.split("#")[1]}"' in html
    assert ">log.txt</a>" in html


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("solved", ("closed", "customer_confirmed")),
        ("still_need_help", ("open", None)),
        ("plain", ("open", None)),
    ],
)
def test_each_button_of_the_composer_sends_and_moves(
    host: Host, resolved_ticket: str, button: str, expected: tuple[str, str | None]
) -> None:
    client = host.client("jerome")
    form = hidden(client.get(TICKETS + resolved_ticket).text)
    answer = client.post(f"{TICKETS}{resolved_ticket}/follow-up", data=form | {"body": "My last word.", button: "1"})
    assert answer.status_code == 302
    assert state_of(host, resolved_ticket) == expected
    assert "My last word." in client.get(answer.location).text


@pytest.mark.parametrize(
    ("act", "expected", "leads_to"),
    [("solved", "closed", ""), ("still-need-help", "open", "?tell=1#sg-reply-body")],
)
def test_the_two_buttons_of_a_resolved_ticket(
    host: Host, resolved_ticket: str, act: str, expected: str, leads_to: str
) -> None:
    client = host.client("jerome")
    answer = client.post(f"{TICKETS}{resolved_ticket}/{act}")
    assert answer.location == TICKETS + resolved_ticket + leads_to
    assert state_of(host, resolved_ticket)[0] == expected
    assert ("Tell support what is still wrong." in client.get(answer.location).text) is bool(leads_to)


@pytest.mark.parametrize(
    ("pressed", "then", "thanks"),
    [
        ("solved", "closed", "Thank you. The ticket is closed"),
        ("still-need-help", "open", "The ticket is open again"),
        ("follow-up", "closed", "Thank you. The ticket is closed"),
    ],
)
def test_a_button_pressed_twice_is_thanked_for_twice_and_done_once(
    host: Host, resolved_ticket: str, pressed: str, then: str, thanks: str
) -> None:
    client = host.client("jerome")
    for __ in range(2):
        answer = client.post(f"{TICKETS}{resolved_ticket}/{pressed}", data={"solved": "1", "form": "one"})
        assert answer.status_code == 302
        assert thanks in client.get(answer.location).text
    assert state_of(host, resolved_ticket)[0] == then
    assert changes_of_status(host, resolved_ticket) == 2


def test_reopening_and_withdrawing_twice_are_done_once(host: Host, closed_ticket: str) -> None:
    client = host.client("jerome")
    assert [client.post(f"{TICKETS}{closed_ticket}/reopen").status_code for __ in range(2)] == [302, 302]
    assert [client.post(f"{TICKETS}{closed_ticket}/withdraw").status_code for __ in range(2)] == [302, 302]
    assert state_of(host, closed_ticket)[0] == "closed"


@pytest.mark.parametrize("button", ["withdraw", "solved"])
def test_nobody_closes_over_what_was_written_meanwhile(host: Host, answered_ticket: str, button: str) -> None:
    url = TICKETS + answered_ticket
    if button == "solved":
        with host.app.app_context():
            status.set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
    client = host.client("jerome")
    shown = hidden(client.get(url).text)["newest"]
    if button == "solved":
        with host.app.app_context():
            replying.reply(answered_ticket, host.agent("ada"), body="One more question.")
    else:
        host.client("lena").post(f"{url}/follow-up", data={"body": "It is not over for me."})
    refused = client.post(f"{url}/{button}", data={"newest": shown})
    assert refused.status_code == 409
    who = "Ada" if button == "solved" else "Lena Brandt"
    assert f"Meanwhile {who} wrote at" in refused.text
    assert state_of(host, answered_ticket)[0] != "closed"
    assert client.post(f"{url}/{button}", data={"newest": hidden(refused.text)["newest"]}).status_code == 302
    assert state_of(host, answered_ticket) == ("closed", "customer_confirmed")


def test_words_of_a_last_word_that_crossed_are_kept(host: Host, resolved_ticket: str) -> None:
    url, client = TICKETS + resolved_ticket, host.client("jerome")
    form = hidden(client.get(url).text)
    with host.app.app_context():
        replying.reply(resolved_ticket, host.agent("ada"), body="One more question.")
    refused = client.post(f"{url}/follow-up", data=form | {"body": "All is well.", "solved": "1"})
    assert refused.status_code == 409
    assert "All is well.</textarea>" in refused.text
    sent = client.post(f"{url}/follow-up", data=hidden(refused.text) | {"body": "All is well.", "solved": "1"})
    assert sent.status_code == 302
    assert state_of(host, resolved_ticket)[0] == "closed"


def test_withdrawing_what_was_just_confirmed_as_solved_is_not_thanked_for(host: Host, resolved_ticket: str) -> None:
    client = host.client("jerome")
    client.post(f"{TICKETS}{resolved_ticket}/solved")
    answer = client.post(f"{TICKETS}{resolved_ticket}/withdraw")
    assert answer.status_code == 409
    assert "no longer need help" not in answer.text


@pytest.mark.every_database
def test_a_button_pressed_twice_is_known_in_a_session_that_has_read_before(host: Host, resolved_ticket: str) -> None:
    with host.app.app_context():
        jerome = host.customer("jerome")
        assert host.db.session.scalars(select(Event.pk)).all()
        pressed = Thread(target=host.client("jerome").post, args=(f"{TICKETS}{resolved_ticket}/solved",))
        pressed.start()
        pressed.join()
        refusal = TransitionRefused("")
        assert pressed_again(refusal, jerome, resolved_ticket, {Act.CONFIRM_SOLVED})
        assert not pressed_again(refusal, jerome, resolved_ticket, {Act.WITHDRAW})
        assert not pressed_again(NotAllowed(""), jerome, resolved_ticket, {Act.CONFIRM_SOLVED})
        host.db.session.rollback()
        host.db.session.execute(update(host.user_model).values(role="Editor"))
        assert pressed_again(refusal, jerome, resolved_ticket, {Act.CONFIRM_SOLVED}), "and where the app has written"
        host.db.session.rollback()


def test_a_button_that_somebody_else_made_void_says_how_it_stands(host: Host, resolved_ticket: str) -> None:
    host.client("lena").post(f"{TICKETS}{resolved_ticket}/solved")
    answer = host.client("jerome").post(f"{TICKETS}{resolved_ticket}/solved")
    assert answer.status_code == 409
    assert "This ticket is closed. Possible now: follow up, reopen." in answer.text
    assert "Send and reopen" in answer.text


def test_the_link_of_a_mail_leads_to_a_page_with_the_button(host: Host, resolved_ticket: str) -> None:
    client = host.client("jerome")
    html = client.get(f"{TICKETS}{resolved_ticket}/solved").text
    assert {"That solved it", "I still need help"} <= buttons(html)
    assert state_of(host, resolved_ticket)[0] == "resolved"
    client.post(f"{TICKETS}{resolved_ticket}/solved")
    html = client.get(f"{TICKETS}{resolved_ticket}/solved").text
    assert "That solved it" not in html
    assert "This ticket is closed." in html


def test_a_closed_ticket_is_reopened_by_the_button(host: Host, closed_ticket: str) -> None:
    client = host.client("jerome")
    client.post(f"{TICKETS}{closed_ticket}/reopen")
    assert state_of(host, closed_ticket)[0] == "open"
    assert "Jerome Ellis reopened the ticket" in lines(client.get(TICKETS + closed_ticket).text)


def test_after_the_window_a_follow_up_opens_a_linked_ticket(host: Host, closed_ticket: str, clock: Any) -> None:
    clock.forward(days=31)
    client = host.client("jerome")
    assert client.post(f"{TICKETS}{closed_ticket}/reopen").status_code == 409
    answer = client.post(f"{TICKETS}{closed_ticket}/follow-up", data={"body": "Again!", "plain": "1", "form": "f"})
    new = number_in(answer.location)
    assert new != closed_ticket
    html = client.get(answer.location).text
    assert f"Your message opened {new}, since {closed_ticket} was closed too long ago" in html
    assert f'<a href="{TICKETS}{closed_ticket}">{closed_ticket}</a>' in html
    assert f'href="{TICKETS}{new}"' in client.get(TICKETS + closed_ticket).text


def test_withdrawing_closes_and_is_one_line_of_the_history(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("jerome")
    client.post(f"{TICKETS}{ticket_id}/withdraw")
    assert state_of(host, ticket_id) == ("closed", "customer_confirmed")
    assert lines(client.get(TICKETS + ticket_id).text) == ["Jerome Ellis no longer needs help; the ticket is closed"]


def test_an_agent_reads_a_withdrawal_in_one_line_too(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    host.client("jerome").post(f"{TICKETS}{ticket_id}/withdraw")
    told = lines(host.client("ada").get(f"/admin/support/tickets/{ticket_id}").text)
    assert [line for line in told if "Jerome" in line] == ["Jerome Ellis: no longer needs help; the ticket is closed"]


def test_a_refused_follow_up_keeps_its_text(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")
    host.desk.settings.max_body_chars = 100
    form = hidden(client.get(TICKETS + answered_ticket).text)
    answer = client.post(
        f"{TICKETS}{answered_ticket}/follow-up",
        data=form | {"body": "word " * 30, "plain": "1", "files": (BytesIO(b"x"), "a.txt")},
    )
    assert answer.status_code == 422
    assert "word word word" in answer.text
    assert '<a href="#sg-reply-body">This text has 150 characters; 100 is the most.</a>' in answer.text
    assert "Choose these files again, they were not kept: a.txt." in answer.text
    assert hidden(answer.text)["form"] == form["form"]
    assert rows(host)["sgsupport_attachment"] == 0


def test_the_composers_preview_keeps_the_text(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")
    form = hidden(client.get(TICKETS + answered_ticket).text)
    html = client.post("/support/preview", data=form | {"body": "so **bold**"}).text
    assert "so <strong>bold</strong>" in html
    assert ">\nso **bold**</textarea>" in html
    assert hidden(html)["form"] == form["form"]


def test_closing_by_time_is_told_without_a_person(host: Host, resolved_ticket: str, clock: Any) -> None:
    clock.forward(hours=49)
    with host.app.app_context():
        tick()
    html = host.client("jerome").get(TICKETS + resolved_ticket).text
    assert "Support closed the ticket: no reply since it was resolved" in lines(html)


def test_a_note_made_public_shows_the_public_name_and_a_hidden_reply_is_gone(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")
    with host.app.app_context():
        note = replying.add_note(answered_ticket, host.agent("ada"), body="Was a note").message
        assert note is not None
        replying.change_visibility(answered_ticket, host.agent("ada"), note, public=True)
    html = client.get(TICKETS + answered_ticket).text
    assert "Was a note" in html
    assert "Lovelace" not in html
    with host.app.app_context():
        replying.change_visibility(answered_ticket, host.agent("ada"), note, public=False)
    assert "Was a note" not in client.get(TICKETS + answered_ticket).text


@pytest.mark.every_database
def test_a_long_thread_shows_the_newest_and_leads_to_the_earlier(
    host: Host, open_ticket: OpenTicket, clock: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(thread, "MAX_MESSAGES", 5)
    ticket_id = open_ticket(body="Message 0")
    with host.app.app_context():
        for number in range(1, 12):
            clock.forward(minutes=1)
            replying.follow_up(ticket_id, host.customer("jerome"), body=f"Message {number}")
            if number == 3:
                status.withdraw(ticket_id, host.customer("jerome"))
    client, address, pages, told = host.client("jerome"), TICKETS + ticket_id, [], []
    while address:
        html = client.get(address).text
        pages.append([int(number) for number in re.findall(r"<p>Message (\d+)</p>", html)])
        told += lines(html)
        found = re.search(r'href="([^"]+)">Show earlier messages', html)
        address = found.group(1).replace("&amp;", "&") if found else ""
    assert pages == [[7, 8, 9, 10, 11], [2, 3, 4, 5, 6], [0, 1]]
    assert told == ["Jerome Ellis no longer needs help; the ticket is closed", "Jerome Ellis reopened the ticket"]


def test_the_ticket_says_its_category_and_sites(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="invoices", site_ids=["11", "12"])
    html = host.client("jerome").get(TICKETS + ticket_id).text
    assert "UTC · Invoices · tote.example, bags.example</p>" in html
    assert len(re.findall("<article", html)) == 1


def test_a_form_without_scripts_leaves_no_empty_words_in_the_address(host: Host) -> None:
    assert host.client("jerome").get("/support/?q=&status=open").location == "/support/?status=open"
    assert host.client("ada").get("/admin/support/?q=&queue=&view=mine").location == "/admin/support/?view=mine"


def test_sending_that_it_is_not_solved_is_what_one_hits_first(host: Host, resolved_ticket: str) -> None:
    html = host.client("jerome").get(TICKETS + resolved_ticket).text
    assert re.findall(r'sg-button-primary" type="submit"[^>]*>([^<]+)', html) == ["Send, I still need help"]


# Read marks, notices, news


def test_looking_marks_as_read_but_prefetching_and_head_do_not(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")

    def unread() -> int:
        return int(client.get("/support/poll").json["unread"])

    assert unread() == 1
    client.head(TICKETS + answered_ticket)
    for header in ("Purpose", "Sec-Purpose"):
        client.get(TICKETS + answered_ticket, headers={header: "prefetch;prerender"})
    client.get(TICKETS + answered_ticket, headers=LOOKS_AGAIN)
    assert unread() == 1
    assert rows(host)["sgsupport_ticket_read"] == 0
    client.get(TICKETS + answered_ticket)
    assert unread() == 0


def test_notices_lead_to_the_message_and_are_read_together(host: Host, answered_ticket: str, open_ticket: Any) -> None:
    client = host.client("jerome")
    html = client.get("/support/notifications").text
    with host.app.app_context():
        key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
    assert f'href="{TICKETS}{answered_ticket}#m-{key}"' in html
    assert "Unread:" in html
    assert client.post("/support/notifications/read").location == "/support/notifications"
    assert "Unread:" not in client.get("/support/notifications").text


@pytest.mark.every_database
def test_a_notice_of_long_ago_leads_to_the_page_with_its_message(
    host: Host, answered_ticket: str, clock: Any, monkeypatch: Any
) -> None:
    for module in (thread, ticket_statements, ticket_queries, bells):
        monkeypatch.setattr(module, "MAX_MESSAGES", 5)
    with host.app.app_context():
        for number in range(12):
            clock.forward(minutes=1)
            replying.add_note(answered_ticket, host.agent("ada"), body=f"Note {number}")
            replying.reply(answered_ticket, host.agent("ada"), body=f"Answer {number}")
            replying.follow_up(answered_ticket, host.customer("jerome"), body=f"Question {number}")
    for who, page in (("jerome", "/support/notifications"), ("ada", "/admin/support/notifications/")):
        client = host.client(who)
        links = re.findall(r'href="([^"]+)#(m-[0-9a-f]+)"', client.get(page).text)
        assert len(links) > 10
        for address, message in links:
            assert f'id="{message}"' in client.get(address.replace("&amp;", "&")).text, address


def test_the_number_of_notices_is_capped(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        one = (
            host.db.session.execute(
                select(Delivery.__table__).where(Delivery.channel == "bell", Delivery.side == "customer")
            )
            .mappings()
            .first()
        )
        assert one is not None
        copies = [dict(one) | {"pk": None, "key": f"{number:032d}"} for number in range(150)]
        for copy in copies:
            copy.pop("pk")
        host.db.session.execute(Delivery.__table__.insert(), copies)
        host.db.session.commit()
    host.bent = "150 notices of nothing"
    client = host.client("jerome")
    assert client.get("/support/poll").json["unread"] == 100
    assert '<span class="sg-badge" data-sg-badge>99+</span>' in client.get("/support/").text


def test_news_are_one_version_that_notes_leave_alone(host: Host, answered_ticket: str, clock: Any) -> None:
    client = host.client("jerome")
    address = f"/support/poll?ticket={answered_ticket}"
    first = client.get(address)
    assert first.headers["Cache-Control"] == "private, no-store"
    assert set(first.json) == {"version", "unread"}
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.add_note(answered_ticket, host.agent("ada"), body="internal")
        assigning.unassign(answered_ticket, host.agent("ada"))
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with host.app.app_context():
        replying.reply(answered_ticket, host.agent("ada"), body="public")
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert changed.json["version"] != first.json["version"]


def test_an_agents_news_change_by_a_note(host: Host, answered_ticket: str, clock: Any) -> None:
    client = host.client("ada")
    address = f"/support/poll?ticket={answered_ticket}"
    first = client.get(address).json["version"]
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.add_note(answered_ticket, host.agent("ada"), body="internal")
    assert client.get(address).json["version"] != first


def test_an_agents_news_change_by_what_became_of_a_mail(host: Host, answered_ticket: str) -> None:
    client, jerome = host.client("ada"), host.client("jerome")
    address = f"/support/poll?inbox=1&ticket={answered_ticket}"
    before, theirs = client.get(address).json["version"], jerome.get(address.replace("inbox=1&", "")).json["version"]
    assert f'data-sg-version="{before}"' in client.get(f"/admin/support/tickets/{answered_ticket}").text
    with host.app.app_context():
        mail = update(Delivery).where(Delivery.channel == "email", Delivery.side == "customer")
        host.db.session.execute(mail.values(state="sent", attempts=1, sent_at=host.clock()))
        host.db.session.commit()
    with host.count_statements() as ran:
        after = client.get(address).json["version"]
    assert after != before
    assert len(ran) <= 2
    assert f'data-sg-version="{after}"' in client.get(f"/admin/support/tickets/{answered_ticket}").text
    assert jerome.get(address.replace("inbox=1&", "")).json["version"] == theirs


def test_the_page_for_a_lost_database_wears_our_policy(host: Host) -> None:
    host.bent = "the table of tickets is gone"
    with host.app.app_context():
        host.db.session.execute(text("ALTER TABLE sgsupport_ticket RENAME TO gone"))
        host.db.session.commit()
    answer = host.client("jerome").get("/support/")
    assert answer.status_code == 503
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_strangers_get_no_news_as_json(host: Host) -> None:
    answer = host.client().get("/support/poll")
    assert answer.status_code == 401
    assert answer.json["code"] == "not_signed_in"


# Files


def test_files_are_downloads_whatever_their_name(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(files=[("überblick ☂.html", b"<script>alert(1)</script>"), ("a.png", b"\x89PNG")])
    with host.app.app_context():
        keys = host.db.session.scalars(select(Attachment.key).order_by(Attachment.pk)).all()
    for who in ("jerome", "lena", "ada", "grace"):
        answer = host.client(who).get(f"/support/files/{keys[0]}")
        assert answer.status_code == 200
        assert answer.data == b"<script>alert(1)</script>"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment;")
        assert "filename*=UTF-8''%C3%BCberblick" in disposition
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in answer.headers["Cache-Control"]
        answer.close()
    answer = host.client("jerome").get(f"/support/files/{keys[1]}")
    assert answer.headers["Content-Type"] == "image/png"
    answer.close()
    assert host.client("ben").get(f"/support/files/{keys[0]}").status_code == 404


# In the host's own pages


def test_every_page_stands_in_the_hosts_layout_by_one_setting(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL_LAYOUT="host_layout.html")
    populate(host)
    _template(
        host,
        "host_layout.html",
        "<title>{% block title %}{% endblock %}</title>HOST{% block content %}{% endblock %}END",
    )
    client = host.client("jerome")
    for address in ("/support/", "/support/open", "/support/notifications", "/support/tickets/TKT-2026-1"):
        html = client.get(address).text.strip()
        assert html.startswith("<title>")
        assert html.endswith("END")
        assert 'class="sg sg-panel"' in html
    dispose(host)


def test_the_hosts_layout_keeps_its_own_translations(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL_LAYOUT="host_layout.html")
    populate(host)
    host.app.jinja_env.globals["_"] = {"Sign out": "Abmelden"}.get
    _template(host, "host_layout.html", "{% block content %}{% endblock %}<a href=/out>{{ _('Sign out') }}</a>")
    client = host.client("jerome")
    sent = client.post("/support/open", data={"subject": "Words", "body": "Whose are they?"})
    pages = (
        "/support/", "/support/open", "/support/notifications", "/support/what-support-sees",
        "/support/tickets/TKT-2026-1", sent.location,
    )  # fmt: skip
    for address in pages:
        assert "<a href=/out>Abmelden</a>" in client.get(address).text, address
    dispose(host)


FLASHING = (
    "{% block content %}{% endblock %}"
    "{% for message in get_flashed_messages() %}<p class='flash'>{{ message }}</p>{% endfor %}"
)


def test_a_confirmation_stands_once_where_the_layout_shows_flashes_itself(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL_LAYOUT="host_layout.html")
    populate(host)
    _template(host, "host_layout.html", FLASHING)
    client = host.client("jerome")
    sent = client.post("/support/open", data={"subject": "Once", "body": "Said once.", "form": "the form"})
    html = client.get(sent.location).text
    assert html.count("is open. Support answers here") == 1
    assert 'data-sg-sent="the form"' in html
    assert "is open. Support answers here" not in client.get(sent.location).text
    dispose(host)


def test_what_the_host_flashes_stands_once_in_every_layout(database_url: str, tmp_path: Any) -> None:
    for layout in ({}, {"SGSUPPORT_PANEL_LAYOUT": "host_layout.html"}):
        folder = tmp_path / str(len(layout))
        host = build_host(f"sqlite:///{tmp_path}/{len(layout)}.sqlite", folder, **layout)
        populate(host)
        _template(host, "host_layout.html", FLASHING)
        for who, address in (("jerome", "/support/"), ("ada", "/admin/support/")):
            client = host.client(who)
            with client.session_transaction() as session:
                session["_flashes"] = [("message", "Said by the host.")]
            assert client.get(address).text.count("Said by the host.") == 1
        dispose(host)


@pytest.mark.parametrize(
    ("scheme", "layout", "worn"),
    [
        ("host", "host_layout.html", 'class="sg sg-panel"'),
        ("host", "", 'class="sg-page"'),
        ("dark", "host_layout.html", 'class="sg sg-panel sg-scheme-dark"'),
        ("light", "", 'class="sg-page sg-scheme-light"'),
        ("auto", "host_layout.html", 'class="sg sg-panel sg-scheme-auto"'),
    ],
)
def test_the_scheme_is_the_pages_own_unless_a_setting_says_which(
    database_url: str, tmp_path: Any, scheme: str, layout: str, worn: str
) -> None:
    named = {"SGSUPPORT_PANEL_LAYOUT": layout} if layout else {}
    host = build_host(database_url, tmp_path, SGSUPPORT_COLOR_SCHEME=scheme, **named)
    populate(host)
    _template(host, "host_layout.html", "{% block content %}{% endblock %}")
    assert worn in host.client("jerome").get("/support/").text
    dispose(host)


@pytest.mark.parametrize(
    ("templates", "sentence"),
    [
        ({"mine.html": "{% block main %}{% endblock %}"}, "has no block named content"),
        (
            {"mine.html": "{% extends 'base.html' %}{% block content %}{% endblock %}", "base.html": "x"},
            "no block named",
        ),
        ({"mine.html": "{% extends 'gone.html' %}"}, 'there is no template "gone.html"'),
        ({}, 'there is no template "mine.html"'),
    ],
)
def test_a_layout_without_a_place_for_us_is_named(host: Host, templates: dict[str, str], sentence: str) -> None:
    for name, source in templates.items():
        _template(host, name, source)
    with pytest.raises(ConfigurationError, match=re.escape(sentence)):
        check_layout(host.app.jinja_env, "mine.html")


@pytest.mark.parametrize(
    "templates",
    [
        {"mine.html": "{% extends 'base.html' %}", "base.html": "{% block content %}{% endblock %}"},
        {
            "mine.html": "{% extends 'base.html' %}{% block body %}{% block content %}{% endblock %}{% endblock %}",
            "base.html": "{% block body %}{% endblock %}",
        },
        {"mine.html": "{% extends layout %}"},
    ],
)
def test_a_layout_with_a_place_for_us_is_taken(host: Host, templates: dict[str, str]) -> None:
    for name, source in templates.items():
        _template(host, name, source)
    check_layout(host.app.jinja_env, "mine.html")


def test_a_layout_without_a_place_fails_the_first_page_clearly(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL_LAYOUT="mine.html")
    populate(host)
    _template(host, "mine.html", "nothing")
    answer = host.client("jerome").get("/support/")
    assert answer.status_code == 500
    assert "no block named content" in answer.text
    _template(host, "mine.html", "{% block content %}{% endblock %}")
    assert host.client("jerome").get("/support/").status_code == 200, "mended, it is asked again"
    _template(host, "mine.html", "{% raise %}")
    host.app.config["PROPAGATE_EXCEPTIONS"] = host.app.testing = False
    refused = host.client("nora").get("/support/")
    assert refused.status_code == 403
    assert "Not allowed" in refused.text
    dispose(host)


HOST_PAGE = (
    "{% from 'sgsupport/host.html' import support_link, unread_badge with context %}"
    "[{{ support_link('Help') }}|{{ unread_badge() }}]"
)


def _host_page(host: Host) -> None:
    @host.app.get("/host-page")
    def host_page() -> str:
        return render_template_string(HOST_PAGE)


def test_the_hosts_navigation_has_link_and_number(host: Host, answered_ticket: str) -> None:
    _host_page(host)
    html = host.client("jerome").get("/host-page").text
    asks = 'data-sg-live="number" data-sg-poll="/support/poll" data-sg-poll-seconds="60"'
    script = '<script src="/support/static/sgsupport.js" defer></script>'
    badge = f'<span class="badge badge-danger badge-pill" data-sg-badge {asks}>1</span>'
    assert html == f'[<a class="nav-link" href="/support/">Help {badge}</a>{script}|{badge}]'
    assert " hidden></span>" in host.client("lena").get("/host-page").text
    assert 'href="/admin/support/"' in host.client("ada").get("/host-page").text
    for who in ("nora", "olga", None):
        assert host.client(who).get("/host-page").text == "[|]"


class AnswerOfTheHost(Response):
    """A host may have a class of its own for answers."""


@pytest.mark.parametrize("kind", [Response, AnswerOfTheHost])
def test_an_answer_to_a_page_that_asks_by_itself_leaves_the_hosts_session_alone(
    host: Host, kind: type[Response]
) -> None:
    host.bent = "the app has its own class of answers"
    host.app.response_class = kind
    client = host.client("jerome")
    with client.session_transaction() as session:
        session.permanent = True
    assert "Set-Cookie" in client.get("/support/").headers
    polled = client.get("/support/poll")
    assert polled.status_code == 200
    assert "Set-Cookie" not in polled.headers
    assert "Set-Cookie" not in client.get("/support/poll", headers={"If-None-Match": polled.headers["ETag"]}).headers
    assert client.get("/support/").status_code == 200
    # A list that looks again reads the whole page.
    again = client.get("/support/", headers=LOOKS_AGAIN)
    assert again.status_code == 200
    assert "Set-Cookie" not in again.headers
    agent = host.client("ada")
    with agent.session_transaction() as session:
        session.permanent = True
    assert "Set-Cookie" in agent.get("/admin/support/").headers
    assert "Set-Cookie" not in agent.get("/admin/support/", headers=LOOKS_AGAIN).headers


def test_a_signed_out_page_that_looks_again_leaves_no_trace(host: Host) -> None:
    client = host.client()
    answer = client.get("/support/", headers=LOOKS_AGAIN)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (302, False)
    assert "Set-Cookie" in client.get("/support/").headers


def test_what_an_act_says_waits_for_the_person(host: Host, answered_ticket: str) -> None:
    jerome = host.client("jerome")
    form = fresh_form(jerome, TICKETS + answered_ticket) | {"body": "Since noon.", "plain": "1"}
    jerome.post(f"{TICKETS}{answered_ticket}/follow-up", data=form)
    sent = f'data-sg-sent="{form["form"]}"'
    for address in ("/support/", TICKETS + answered_ticket):
        assert sent not in jerome.get(address, headers=LOOKS_AGAIN).text
        assert sent not in jerome.get(address, headers={"Sec-Purpose": "prefetch"}).text
        jerome.head(address)
    assert sent in jerome.get(TICKETS + answered_ticket).text
    assert sent not in jerome.get(TICKETS + answered_ticket).text


class Shelf(SessionInterface):
    """Sessions that live on the server, as a host may keep them."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        """What is kept under the browser's cookie."""
        return SecureCookieSession(dict(self.kept.get(request.cookies.get("shelf", ""), {})))

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Keep it, and say where."""
        place = request.cookies.get("shelf") or str(len(self.kept))
        self.kept[place] = dict(session)
        response.set_cookie("shelf", place)


def test_a_page_that_looks_again_takes_no_flash_from_a_session_on_the_server(host: Host) -> None:
    host.app.session_interface = Shelf()
    host.app.add_url_rule("/saves", "saves", lambda: flash("Your theme is saved.") or "done")
    client = host.client("jerome")
    client.get("/saves")
    client.get("/support/", headers=LOOKS_AGAIN)
    client.head("/support/")
    assert "Your theme is saved." in client.get("/support/").text
    assert "Your theme is saved." not in client.get("/support/").text


def test_the_hosts_link_is_the_current_one_behind_a_prefix_too(host: Host) -> None:
    with host.app.test_request_context("/support/open", base_url="http://localhost/app"):
        login_user(host.db.session.get(host.user_model, host.ids["jerome"]))
        link = desk_link()
        assert link is not None
        assert (link.url, link.current) == ("/app/support/", True)


def test_the_hosts_navigation_asks_once(host: Host, answered_ticket: str) -> None:
    _host_page(host)
    client = host.client("jerome")
    with host.count_statements() as ran:
        client.get("/host-page")
    assert len(ran) == 1
    with host.count_statements() as ran:
        client.get("/")
    assert len(ran) == 0


@pytest.mark.every_database
def test_the_hosts_navigation_never_fails(host: Host) -> None:
    _host_page(host)
    client = host.client("jerome")
    with host.app.app_context():
        for table in ("sgsupport_delivery",):
            host.db.session.execute(host.db.text(f"DROP TABLE {table}"))
        host.db.session.commit()
    answer = client.get("/host-page")
    assert (answer.status_code, answer.text) == (200, "[|]")

    def broken() -> Any:
        raise RuntimeError("the directory is down")

    host.support.hooks.directory.current = broken  # type: ignore[union-attr,method-assign]
    assert client.get("/host-page").text == "[|]"


def test_an_agent_without_the_right_gets_no_link(host: Host) -> None:
    _host_page(host)
    host.support.permission(lambda person, right: False if right in (Right.HANDLE, Right.LEAD) else None)
    assert host.client("ada").get("/host-page").text == "[|]"


def test_pages_carry_our_headers(host: Host, open_ticket: OpenTicket) -> None:
    answer = host.client("jerome").get(TICKETS + open_ticket())
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]


def test_without_tables_one_sentence_names_the_command(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path)
    with host.app.app_context():
        host.user_model.__table__.create(host.db.engine)
        host.db.session.add(host.user_model(name="Jerome", email="j@x.example", account_id=1, role="Admin"))
        host.db.session.commit()
        host.ids["jerome"] = 1
    for address in ("/support/", "/support/open", "/support/notifications"):
        answer = host.client("jerome").get(address)
        assert answer.status_code == 503
        assert "flask support init" in answer.text
    dispose(host)


def _template(host: Host, name: str, source: str) -> None:
    loader = host.app.jinja_env.loader
    host.app.jinja_env.loader = ChoiceLoader([DictLoader({name: source}), loader] if loader else [])


def test_a_ticket_shows_its_age_in_words_a_person_reads(host: Host, open_ticket: OpenTicket, clock: Any) -> None:
    ticket_id = open_ticket()
    clock.at += timedelta(days=1)
    assert "Opened 22 April 2026, 14:03 UTC by you" in host.client("jerome").get(TICKETS + ticket_id).text


def test_the_buttons_of_a_mail_lead_to_the_answer(host: Host, resolved_ticket: str) -> None:
    page = host.client("jerome").get(f"/support/tickets/{resolved_ticket}").text
    assert '<section class="sg-solved" id="answer"' in page
