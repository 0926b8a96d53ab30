"""The way back of the browser: what comes from a second form with the same words is asked for, never doubled."""

from __future__ import annotations

from io import BytesIO

import pytest
from sqlalchemy import func, select

from flask_sgsupport.models import Attachment, Message, Ticket
from flask_sgsupport.services import replying
from tests.panel_pages import fresh_form, hidden, number_in, send_form
from tests.world import Clock, Host, OpenTicket

TICKETS = "/support/tickets/"


def count(host: Host, model: type, **equal: str) -> int:
    with host.app.app_context():
        return host.db.session.scalar(select(func.count()).select_from(model).filter_by(**equal)) or 0


@pytest.mark.every_database
def test_going_back_and_sending_the_open_form_again_asks_first(host: Host) -> None:
    client = host.client("jerome")
    opened = number_in(send_form(client).location)
    again = send_form(client, files=[(BytesIO(b"1"), "shot.png")])
    assert again.status_code == 409
    link = f'<a href="{TICKETS}{opened}">{opened}</a>'
    assert f"it is {link}. Send it again if you want a second ticket." in again.text
    assert "Nobody can pay since this afternoon." in again.text
    assert "Choose these files again, they were not kept: shot.png." in again.text
    assert count(host, Ticket) == 1
    assert count(host, Attachment) == 0
    meant = send_form(client, hidden(again.text))
    assert number_in(meant.location) != opened
    assert send_form(client, hidden(again.text)).location == meant.location
    assert count(host, Ticket) == 2


@pytest.mark.every_database
def test_a_second_form_with_the_same_follow_up_asks_first(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")
    address = TICKETS + answered_ticket
    client.post(f"{address}/follow-up", data=fresh_form(client, address) | {"body": "Thanks"})
    again = client.post(f"{address}/follow-up", data=fresh_form(client, address) | {"body": "Thanks"})
    assert again.status_code == 409
    assert "You sent exactly this at " in again.text
    assert ">\nThanks</textarea>" in again.text
    assert count(host, Message, kind="follow-up") == 1
    meant = client.post(f"{address}/follow-up", data=hidden(again.text) | {"body": "Thanks"})
    assert meant.status_code == 302
    assert count(host, Message, kind="follow-up") == 2


@pytest.mark.parametrize(("verb", "kind"), [("reply", "public-reply"), ("note", "internal-note")])
def test_a_second_form_of_an_agent_with_the_same_words_asks_first(
    host: Host, open_ticket: OpenTicket, verb: str, kind: str
) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    address = f"/admin/support/tickets/{ticket_id}/{verb}"
    assert client.post(address, data={"body": "Looking.", "form": "one"}).status_code == 302
    again = client.post(address, data={"body": "Looking.", "form": "two"})
    assert again.status_code == 409
    assert "You sent exactly this at " in again.text
    assert count(host, Message, kind=kind) == 1
    assert client.post(address, data={"body": "Looking.", "form": hidden(again.text)["form"]}).status_code == 302
    assert count(host, Message, kind=kind) == 2


def test_the_same_words_of_a_colleague_or_of_later_are_no_repetition(
    host: Host, answered_ticket: str, clock: Clock
) -> None:
    address = TICKETS + answered_ticket
    for who, minutes in (("jerome", 0), ("lena", 0), ("jerome", 11)):
        clock.forward(minutes=minutes)
        client = host.client(who)
        answer = client.post(f"{address}/follow-up", data=fresh_form(client, address) | {"body": "Thanks"})
        assert answer.status_code == 302
    assert count(host, Message, kind="follow-up") == 3


def test_host_code_may_repeat_itself(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        for _ in range(2):
            replying.follow_up(answered_ticket, host.customer("jerome"), body="Thanks")
    assert count(host, Message, kind="follow-up") == 2


def test_a_bad_file_and_a_bad_text_are_told_together(host: Host) -> None:
    host.desk.settings.max_file_bytes = 3
    html = send_form(host.client("jerome"), body=" ", files=[(BytesIO(b"long"), "log.txt")]).text
    assert '<a href="#sg-body">Describe what happens and what you expected.</a>' in html
    assert "log.txt is larger than " in html


def test_the_same_form_with_another_text_comes_back_and_is_not_lost(host: Host, open_ticket: OpenTicket) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    opened = number_in(send_form(client, form).location)
    changed = send_form(client, form, body="Changed by the back button.")
    assert changed.status_code == 409
    assert f'see <a href="{TICKETS}{opened}">{opened}</a>.' in changed.text
    assert "Changed by the back button." in changed.text
    meant = send_form(client, hidden(changed.text), body="Changed by the back button.")
    assert number_in(meant.location) != opened


def test_a_form_of_one_ticket_answers_no_other(host: Host, open_ticket: OpenTicket) -> None:
    first, second = open_ticket(), open_ticket(subject="Another")
    client = host.client("ada")
    sent = {"body": "Looking.", "form": "same"}
    assert client.post(f"/admin/support/tickets/{first}/reply", data=sent).status_code == 302
    other = client.post(f"/admin/support/tickets/{second}/reply", data=sent)
    assert other.status_code == 409
    assert ">\nLooking.</textarea>" in other.text


def test_the_other_button_of_a_form_sent_already_is_no_repetition(host: Host, resolved_ticket: str) -> None:
    client, address = host.client("jerome"), TICKETS + resolved_ticket
    form = fresh_form(client, address) | {"body": "Thanks, it works."}
    assert client.post(f"{address}/follow-up", data=form | {"solved": "1"}).status_code == 302
    assert client.post(f"{address}/follow-up", data=form | {"solved": "1"}).status_code == 302
    other = client.post(f"{address}/follow-up", data=form | {"still_need_help": "1"})
    assert other.status_code == 409
    assert "it said something else" in other.text
    assert "Thanks, it works." in other.text
    assert count(host, Ticket, status="closed") == 1
    meant = hidden(other.text) | {"body": "Thanks, it works.", "plain": "1"}
    assert client.post(f"{address}/follow-up", data=meant).status_code == 302
    assert count(host, Ticket, status="open") == 1


def test_a_file_status_or_subject_added_to_a_form_sent_already_is_not_lost(host: Host, answered_ticket: str) -> None:
    client, address = host.client("jerome"), TICKETS + answered_ticket
    form = fresh_form(client, address) | {"body": "See the log."}
    assert client.post(f"{address}/follow-up", data=form).status_code == 302
    with_file = client.post(f"{address}/follow-up", data=form | {"files": (BytesIO(b"log"), "error.log")})
    assert with_file.status_code == 409
    assert "Choose these files again, they were not kept: error.log." in with_file.text

    agent, page = host.client("ada"), f"/admin/support/tickets/{answered_ticket}"
    form = fresh_form(agent, page) | {"body": "Done."}
    assert agent.post(f"{page}/reply", data=form).status_code == 302
    assert agent.post(f"{page}/reply", data=form | {"status": "resolved"}).status_code == 409
    assert count(host, Ticket, status="open") == 1

    opened = fresh_form(client)
    assert send_form(client, opened, subject="Wrong subject").status_code == 302
    assert send_form(client, opened, subject="Right subject").status_code == 409
