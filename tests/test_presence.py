"""Who else is at a ticket: told to colleagues who may see it, taken down by open pages only, and soon forgotten."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from flask_sgsupport.actors import Person
from flask_sgsupport.models import Event, Presence, Ticket
from flask_sgsupport.models.presence import SEEN_FOR
from flask_sgsupport.services import clock as desk_clock
from flask_sgsupport.services import presence
from tests.world import Clock, Host

HERE = "X-SGSupport-Here"


def asks(client: FlaskClient, ticket_id: str, says: str = "", **headers: str) -> Any:
    """What an open ticket asks, and what it says of its reader."""
    sent = ({HERE: says} if says else {}) | headers
    return client.get(f"/support/poll?inbox=1&ticket={ticket_id}", headers=sent)


def told(client: FlaskClient, ticket_id: str) -> list[str]:
    """What an agent who opens the ticket learns of others at it."""
    return [one["said"] for one in asks(client, ticket_id).json["here"].get(ticket_id, [])]


def rows(host: Host) -> int:
    with host.app.app_context():
        return int(host.db.session.scalar(select(func.count()).select_from(Presence)) or 0)


@pytest.mark.every_database
def test_a_colleague_learns_who_is_looking_and_who_is_writing(host: Host, answered_ticket: str) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    assert asks(ada, answered_ticket, "looking").json["here"] == {}
    assert told(grace, answered_ticket) == ["Ada Lovelace is looking at this ticket."]
    asks(ada, answered_ticket, "writing")
    said = asks(grace, answered_ticket, "looking").json["here"]
    assert said == {answered_ticket: [{"said": "Ada Lovelace is writing on this ticket.", "writing": True}]}
    # Both know of the other, and neither of themselves.
    assert told(ada, answered_ticket) == ["Grace Hopper is looking at this ticket."]


def test_a_list_marks_the_tickets_colleagues_are_at(host: Host, answered_ticket: str) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    asks(ada, answered_ticket, "writing")
    here = grace.get("/support/poll?inbox=1").json["here"]
    assert here == {answered_ticket: [{"said": "Ada Lovelace is writing", "writing": True}]}
    assert "Ada Lovelace is writing" in grace.get("/admin/support/").text
    assert "Ada Lovelace is writing on this ticket." in grace.get(f"/admin/support/tickets/{answered_ticket}").text
    assert "is writing" not in ada.get("/admin/support/").text


def test_a_page_asks_often_enough_for_a_colleague_to_be_seen_within_five_seconds(
    host: Host, answered_ticket: str
) -> None:
    page = host.client("ada").get(f"/admin/support/tickets/{answered_ticket}").text
    [seconds] = re.findall(r'data-sg-quick-seconds="(\d+)"', page)
    # Its script waits up to a tenth longer, so that not all pages ask at one moment.
    assert 1.1 * int(seconds) < 5


def test_whoever_closes_the_page_is_gone_at_once(host: Host, answered_ticket: str) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    asks(ada, answered_ticket, "looking")
    left = asks(ada, answered_ticket, "gone")
    assert (left.status_code, left.data) == (204, b"")
    assert "Set-Cookie" not in left.headers
    assert told(grace, answered_ticket) == []


def test_whoever_says_nothing_more_is_gone_after_half_a_minute(host: Host, answered_ticket: str, clock: Clock) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    asks(ada, answered_ticket, "looking")
    clock.forward(seconds=29)
    assert told(grace, answered_ticket)
    clock.forward(seconds=1)
    assert told(grace, answered_ticket) == []
    assert timedelta(seconds=30) == SEEN_FOR


@pytest.mark.every_database
def test_saying_the_same_again_is_written_only_now_and_then(host: Host, answered_ticket: str, clock: Clock) -> None:
    ada, grace = host.client("ada"), host.client("grace")

    def written(says: str) -> int:
        with host.count_statements() as ran:
            asks(ada, answered_ticket, says)
        assert len(ran) <= 3
        return sum(
            "sgsupport_presence" in text and not text.startswith("SELECT") for text in ran.ran if "UNION" not in text
        )

    assert written("looking") == 1
    clock.forward(seconds=4)
    assert written("looking") == 0
    assert written("writing") == 1
    assert written("writing") == 0
    clock.forward(seconds=10)
    assert written("writing") == 1
    clock.forward(seconds=29)
    assert told(grace, answered_ticket) == ["Ada Lovelace is writing on this ticket."]
    assert rows(host) == 1


def test_a_page_that_knows_who_is_there_gets_no_body_until_that_changes(host: Host, answered_ticket: str) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    asks(ada, answered_ticket, "looking")
    first = asks(grace, answered_ticket)
    again = asks(grace, answered_ticket, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    asks(ada, answered_ticket, "writing")
    changed = asks(grace, answered_ticket, **{"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    # Nobody is told of news where nothing but that has changed.
    assert changed.json["version"] == first.json["version"]


def test_being_there_changes_nothing_of_the_ticket(host: Host, answered_ticket: str, clock: Clock) -> None:
    def as_it_is() -> Any:
        with host.app.app_context():
            ticket = select(Ticket.version, Ticket.updated_at, Ticket.customer_updated_at, Ticket.history_length)
            events = select(func.count()).select_from(Event)
            return host.db.session.execute(ticket).one(), host.db.session.scalar(events)

    before = as_it_is()
    clock.forward(minutes=1)
    for says in ("looking", "writing", "gone"):
        asks(host.client("ada"), answered_ticket, says)
    assert as_it_is() == before


def test_nothing_but_the_script_of_an_open_page_says_that_somebody_is_there(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    address = f"/support/poll?inbox=1&ticket={answered_ticket}"
    ada.head(address, headers={HERE: "looking"})
    ada.get(address, headers={HERE: "looking", "Sec-Purpose": "prefetch"})
    ada.get(address, headers={HERE: "dancing"})
    ada.get(f"{address}&here=looking")
    ada.get("/support/poll?inbox=1", headers={HERE: "looking"})
    ada.get(f"/admin/support/tickets/{answered_ticket}")
    assert rows(host) == 0


@pytest.mark.parametrize(("who", "status"), [("ben", 404), ("jerome", 403), ("mina", 403), (None, 401)])
def test_who_may_not_see_the_ticket_is_not_there_and_learns_of_nobody(
    host: Host, answered_ticket: str, who: str | None, status: int
) -> None:
    asks(host.client("ada"), answered_ticket, "writing")
    other = host.client(who)
    for says in ("looking", "writing", ""):
        answer = asks(other, answered_ticket, says)
        assert answer.status_code == status
        assert "Ada" not in answer.text
    assert asks(other, answered_ticket, "gone").status_code in {204, status}
    assert told(host.client("grace"), answered_ticket) == ["Ada Lovelace is writing on this ticket."]
    if who == "ben":
        assert other.get("/support/poll?inbox=1").json["here"] == {}


def test_customers_learn_of_no_agent_at_their_ticket(host: Host, answered_ticket: str) -> None:
    asks(host.client("grace"), answered_ticket, "writing")
    jerome = host.client("jerome")
    for address in (f"/support/poll?ticket={answered_ticket}", "/support/poll"):
        answer = jerome.get(address, headers={HERE: "looking"})
        assert set(answer.json) == {"version", "unread"}
    for address in ("/support/", f"/support/tickets/{answered_ticket}"):
        page = jerome.get(address).text
        assert "Grace" not in page
        assert "data-sg-here" not in page
    assert rows(host) == 1


def test_who_looks_as_somebody_else_is_not_there_in_their_name(in_app: Host, answered_ticket: str) -> None:
    ada = in_app.agent("ada")
    assert ada.person is not None
    as_ada = replace(ada, person=replace(ada.person, acting=Person("99", name="Olga Petrova")))
    presence.say_here(answered_ticket, as_ada, writing=True)
    assert rows(in_app) == 0
    presence.say_here(answered_ticket, ada, writing=True)
    presence.say_gone(answered_ticket, as_ada)
    assert rows(in_app) == 1


def test_a_customer_is_never_taken_down(in_app: Host, answered_ticket: str) -> None:
    presence.say_here(answered_ticket, in_app.customer("jerome"), writing=True)
    assert rows(in_app) == 0


@pytest.mark.every_database
def test_the_clock_forgets_who_was_there(host: Host, answered_ticket: str, clock: Clock) -> None:
    asks(host.client("ada"), answered_ticket, "looking")
    clock.forward(minutes=3)
    asks(host.client("grace"), answered_ticket, "looking")
    clock.forward(minutes=3)
    with host.app.app_context():
        desk_clock.tick()
        host.db.session.rollback()
    assert rows(host) == 1
    assert told(host.client("ada"), answered_ticket) == []


@pytest.mark.every_database
def test_news_and_colleagues_cost_an_open_page_of_the_inbox_one_statement(host: Host, answered_ticket: str) -> None:
    ada, grace = host.client("ada"), host.client("grace")
    asks(ada, answered_ticket, "looking")
    for address in (f"/support/poll?inbox=1&ticket={answered_ticket}", "/support/poll?inbox=1"):
        with host.count_statements() as ran:
            assert grace.get(address).json["here"]
        # The other finds out who asks.
        assert len(ran) == 2
