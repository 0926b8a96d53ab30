"""What counts as read: what was shown, to the person themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flask_sgsupport.actors import Actor, Person
from flask_sgsupport.errors import NotAllowed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.queries.bells import bells
from flask_sgsupport.queries.own_ticket import own_ticket
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import replying
from flask_sgsupport.services.reading import mark_all_read, mark_read
from tests.panel_pages import hidden
from tests.world import Host, OpenTicket


@pytest.mark.parametrize("side", ["customer", "agent"])
def test_what_came_after_the_page_was_made_stays_unread(in_app: Host, answered_ticket: str, side: str) -> None:
    jerome, ada, clock = in_app.customer("jerome"), in_app.agent("ada"), in_app.clock
    reader = jerome if side == "customer" else ada
    clock.forward(minutes=1)
    replying.follow_up(answered_ticket, in_app.customer("lena"), body="And?")
    page: Any = (own_ticket if side == "customer" else ticket_page)(reader, answered_ticket)
    clock.forward(minutes=1)
    if side == "customer":
        replying.reply(answered_ticket, ada, body="It is up.")
    else:
        replying.follow_up(answered_ticket, jerome, body="Hello?")
    clock.forward(minutes=1)
    mark_read(answered_ticket, reader, updated_at=page.updated_at, bell=page.newest_bell)
    in_app.db.session.rollback()
    assert [bell.unread for bell in bells(reader).rows[:2]] == [True, False]
    assert (own_ticket if side == "customer" else ticket_page)(reader, answered_ticket).news


def test_who_looks_as_somebody_else_reads_nothing_in_their_name(in_app: Host, answered_ticket: str) -> None:
    jerome = in_app.customer("jerome")
    assert jerome.person is not None
    olga = Person("99", name="Olga Petrova")
    as_jerome = replace(jerome, person=replace(jerome.person, acting=olga))
    page = own_ticket(as_jerome, answered_ticket)
    mark_read(answered_ticket, as_jerome, updated_at=page.updated_at, bell=page.newest_bell)
    with pytest.raises(NotAllowed, match="Only Jerome Ellis can mark"):
        mark_all_read(as_jerome)
    assert own_ticket(jerome, answered_ticket).news
    assert all(bell.unread for bell in bells(jerome).rows)


@pytest.mark.every_database
@pytest.mark.parametrize(
    ("who", "page"), [("jerome", "/support/notifications"), ("ada", "/admin/support/notifications/")]
)
def test_marking_all_as_read_reads_what_was_shown(host: Host, open_ticket: OpenTicket, who: str, page: str) -> None:
    number = open_ticket()
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="Which browser?")
        replying.follow_up(number, host.customer("jerome"), body="Firefox.")
    client = host.client(who)
    newest = hidden(client.get(page).text)["newest"]
    with host.app.app_context():
        replying.reply(number, host.agent("cleo"), body="It is solved.", status=Status.RESOLVED)
        replying.follow_up(open_ticket(subject="Another"), host.customer("jerome"), body="And this?")
        before = bells(reader_of(host, who)).rows
    assert client.post(f"{page.rstrip('/')}/read", data={"newest": newest}).status_code == 302
    with host.app.app_context():
        now = bells(reader_of(host, who)).rows
    came = [bell.unread for bell in now]
    assert True in came
    assert came == sorted(came, reverse=True), "the later ones are unread still"
    assert False in came
    assert len(before) == len(now)


def reader_of(host: Host, who: str) -> Actor:
    return host.customer(who) if who == "jerome" else host.agent(who)
