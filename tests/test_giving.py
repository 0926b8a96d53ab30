"""What a rule found nobody for is given away once somebody is there again, or has room: once, by the clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import event, select

from flask_sgsupport.errors import Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Delivery, Event, Ticket
from flask_sgsupport.routing import reason_sentence
from flask_sgsupport.rules import FOLLOW_UP, OPENED, RELEASED
from flask_sgsupport.services import agents, assigning, giving, replying, snoozing, sorting, turns
from flask_sgsupport.services.clock import TickReport, tick
from flask_sgsupport.services.rules import change_rule, create_rule
from flask_sgsupport.signals import before_ticket_assigned
from tests.world import Clock, Host, OpenTicket

pytestmark = pytest.mark.usefixtures("in_app")
TEAM = ("ada", "cleo", "grace")
"""Those who cover the queue Support."""


def away(host: Host, *who: str, back: bool = False) -> None:
    for one in who:
        agents.say_available(host.agent(one), available=back)


def most(host: Host, count: int, *who: str) -> None:
    for one in who:
        agents.change_agent(host.agent("grace"), str(host.ids[one]), max_open=count)


def stored(host: Host, ticket_id: str) -> Ticket:
    host.db.session.rollback()
    return host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()


def holder(host: Host, ticket_id: str) -> str | None:
    ticket = stored(host, ticket_id)
    return host.db.session.get(Agent, ticket.assignee_pk).name.split()[0] if ticket.assignee_pk else None


def said(host: Host, ticket_id: str) -> str:
    return reason_sentence(json.loads(stored(host, ticket_id).routing)[-1])


@pytest.fixture
def rule(host: Host) -> str:
    """Whatever is opened, and whatever the customer writes again, goes round."""
    values = {"name": "Turns", "acts": [OPENED, FOLLOW_UP], "assignee": "round_robin"}
    return create_rule(host.agent("grace"), values)


@pytest.mark.every_database
@pytest.mark.parametrize("how", ["round_robin", "least_loaded"])
@pytest.mark.parametrize("why", ["away", "full"])
def test_it_is_given_when_somebody_is_there_again(
    host: Host, rule: str, open_ticket: OpenTicket, clock: Clock, how: str, why: str
) -> None:
    change_rule(host.agent("grace"), rule, {"assignee": how})
    if why == "away":
        away(host, *TEAM)
    else:
        most(host, 1, *TEAM)
        for one in TEAM:
            assigning.assign(open_ticket(), host.agent("grace"), str(host.ids[one]))
    ticket_id = open_ticket(subject="Waits")
    assert holder(host, ticket_id) is None
    before = stored(host, ticket_id).version
    clock.forward(minutes=5)
    assert tick().given == 0
    assert stored(host, ticket_id).version == before, "nothing is written while nobody is there"
    if why == "away":
        away(host, "ada", back=True)
    else:
        most(host, 2, "ada")
    report = tick()
    assert (report.given, report.failed) == (1, 0)
    assert "1 given" in str(report)
    assert holder(host, ticket_id) == "Ada"
    words = {"round_robin": "whose turn it was", "least_loaded": "who had the fewest tickets to answer"}[how]
    assert said(host, ticket_id) == f"assigned to Ada Lovelace, {words}, by the rule “Turns”"
    key = stored(host, ticket_id).pk
    entry = host.db.session.scalars(select(Event).where(Event.ticket_pk == key).order_by(Event.pk.desc())).first()
    assert (entry.action, entry.side, entry.label, entry.via) == ("assignee.changed", "rule", f"rule:{rule}", "clock")
    told = select(Delivery.notice, Delivery.recipient_name, Delivery.channel)
    told = told.where(Delivery.ticket_pk == key, Delivery.notice == "assigned_staff")
    assert {tuple(row) for row in host.db.session.execute(told)} == {
        ("assigned_staff", "Ada Lovelace", "bell"),
        ("assigned_staff", "Ada Lovelace", "email"),
    }
    version = stored(host, ticket_id).version
    assert tick().given == 0
    assert stored(host, ticket_id).version == version


def settle(host: Host, ticket_id: str, rule: str, how: str) -> None:
    """What takes a ticket out of those that wait for somebody."""
    grace = host.agent("grace")
    match how:
        case "given back by hand":
            assigning.claim(ticket_id, grace)
            assigning.unassign(ticket_id, grace)
        case "snoozed":
            snoozing.snooze(ticket_id, grace, host.clock() + timedelta(days=1))
        case "put aside":
            sorting.put_aside(ticket_id, grace)
        case "the rule names somebody now":
            change_rule(grace, rule, {"assignee": f"agent:{host.ids['ada']}"})
        case "the rule is out of use":
            change_rule(grace, rule, {"active": False})
        case "moved to where only Ben is":
            sorting.change_fields(ticket_id, grace, {"queue": "billing"})


@pytest.mark.every_database
@pytest.mark.parametrize(
    "how",
    [
        *("given back by hand", "snoozed", "put aside"),
        *("the rule names somebody now", "the rule is out of use", "moved to where only Ben is"),
    ],
)
def test_what_somebody_has_settled_meanwhile_stays_as_it_is(
    host: Host, rule: str, open_ticket: OpenTicket, clock: Clock, how: str
) -> None:
    away(host, *TEAM, "ben")
    ticket_id = open_ticket()
    clock.forward(minutes=1)
    create_rule(host.agent("grace"), {"name": "Another", "acts": [RELEASED], "assignee": "round_robin"})
    settle(host, ticket_id, rule, how)
    away(host, "cleo", back=True)
    clock.forward(minutes=1)
    if how != "the rule names somebody now":
        assert giving.to_be_given(500) == []
    assert tick().given == 0
    assert holder(host, ticket_id) is None


@pytest.mark.parametrize("how", ["claimed", "snoozed", "put aside", "resolved", "the rule is out of use"])
def test_what_changes_between_looking_and_giving_is_seen(
    host: Host, rule: str, open_ticket: OpenTicket, clock: Clock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    away(host, *TEAM)
    ticket_id = open_ticket()
    away(host, "cleo", back=True)
    assert giving.to_be_given(500) == [ticket_id]
    clock.forward(minutes=1)
    if how == "claimed":
        assigning.claim(ticket_id, host.agent("grace"))
    elif how == "resolved":
        replying.reply(ticket_id, host.agent("grace"), body="Done.", status=Status.RESOLVED)
        assigning.unassign(ticket_id, host.agent("grace"))
    else:
        settle(host, ticket_id, rule, how)
    before = stored(host, ticket_id).version, holder(host, ticket_id)
    monkeypatch.setattr(giving, "to_be_given", lambda most: [ticket_id])
    report = tick()
    assert (report.given, report.failed) == (0, 0)
    assert (stored(host, ticket_id).version, holder(host, ticket_id)) == before


def test_a_later_word_of_the_rule_counts_not_the_first(
    host: Host, rule: str, open_ticket: OpenTicket, clock: Clock
) -> None:
    """Nobody was there at first; given and given back by hand, it found nobody again when the customer wrote."""
    away(host, *TEAM)
    ticket_id = open_ticket()
    clock.forward(minutes=1)
    assigning.claim(ticket_id, host.agent("grace"))
    assigning.unassign(ticket_id, host.agent("grace"))
    clock.forward(minutes=1)
    replying.follow_up(ticket_id, host.customer("jerome"), body="Anybody?")
    away(host, "cleo", back=True)
    assert tick().given == 1
    assert holder(host, ticket_id) == "Cleo"


def test_a_veto_is_said_and_not_asked_for_again(host: Host, rule: str, open_ticket: OpenTicket, clock: Clock) -> None:
    away(host, *TEAM)
    first, second = open_ticket(subject="1"), open_ticket(subject="2")
    asked = []

    def refuse(app: object, payload: Any) -> None:
        asked.append(payload.ticket["ticket_id"])
        if payload.ticket["ticket_id"] == first:
            raise Vetoed("Not this one.")

    away(host, "ada", back=True)
    with before_ticket_assigned.connected_to(refuse, host.app):
        assert [tick().given, tick().given] == [1, 0]
    assert (holder(host, first), holder(host, second)) == (None, "Ada")
    assert sorted(asked) == sorted([first, second])
    assert "Not this one." in said(host, first)


@pytest.mark.every_database
def test_five_machines_give_each_once_and_pass_no_cap(
    host: Host, rule: str, open_ticket: OpenTicket, clock: Clock
) -> None:
    away(host, *TEAM)
    tickets = [open_ticket(subject=f"{number}") for number in range(7)]
    most(host, 2, *TEAM)
    away(host, *TEAM, back=True)
    host.db.session.remove()
    reports: list[TickReport] = []
    start = Barrier(5)

    def machine() -> None:
        with host.app.app_context():
            start.wait(20)
            reports.append(tick())
            host.db.session.remove()

    machines = [Thread(target=machine) for _ in range(5)]
    for one in machines:
        one.start()
    for one in machines:
        one.join(60)
    assert sum(report.given for report in reports) == 6
    assert sum(report.failed for report in reports) == 0
    assert Counter(holder(host, one) for one in tickets) == {"Ada": 2, "Cleo": 2, "Grace": 2, None: 1}
    changed = select(Event.ticket_pk).where(Event.action == "assignee.changed")
    assert set(Counter(host.db.session.scalars(changed)).values()) == {1}


def test_those_that_wait_longest_are_given_first(host: Host, rule: str, open_ticket: OpenTicket, clock: Clock) -> None:
    away(host, *TEAM)
    tickets = []
    for number in range(4):
        clock.forward(minutes=1)
        tickets.append(open_ticket(subject=f"{number}"))
    most(host, 2, "ada")
    away(host, "ada", back=True)
    assert tick().given == 2
    assert [holder(host, one) for one in tickets] == ["Ada", "Ada", None, None]


@pytest.mark.every_database
def test_looking_costs_the_same_however_many_wait(host: Host, rule: str, open_ticket: OpenTicket) -> None:
    """One statement without a rule that chooses, two while nobody has room, four at most."""

    def cost() -> int:
        host.db.session.rollback()
        with host.count_statements() as ran:
            giving.to_be_given(500)
        return len([one for one in ran.ran if one.lstrip().upper().startswith("SELECT")])

    away(host, *TEAM, "ben")
    open_ticket(subject="first")
    few = cost()
    for number in range(10):
        open_ticket(subject=f"{number}")
    assert few == cost() == 2
    away(host, "ada", back=True)
    assert cost() == 4
    change_rule(host.agent("grace"), rule, {"active": False})
    assert cost() == 1


def test_unassigned_tickets_are_found_by_their_index(host: Host, rule: str, open_ticket: OpenTicket) -> None:
    away(host, *TEAM)
    open_ticket()
    away(host, "ada", back=True)
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if ".routing" in statement.split("FROM")[0]:
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            plans.extend(row[3] for row in cursor.fetchall())

    engine = host.db.engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        assert len(giving.to_be_given(500)) == 1
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    assert any("ix_sgsupport_ticket_assignee (assignee_pk=? AND status=?)" in one for one in plans), plans
    assert not [one for one in plans if one.startswith("SCAN sgsupport_")], plans
    assert plans.count("USE TEMP B-TREE FOR ORDER BY") == 1, "of those found; the others come in the index's order"


def test_what_cannot_be_given_holds_back_nothing(
    host: Host, rule: str, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ticket of a queue whose only agent is switched off in the app waits before one that can be given."""
    away(host, *TEAM, "ben")
    stuck, other = open_ticket(category="invoices", subject="stuck"), open_ticket(subject="other")
    away(host, *TEAM, "ben", back=True)
    host.change_user("ben", enabled=False)
    agents.change_agent(host.agent("olga"), str(host.ids["grace"]), covers=agents.Covers(queues=("support",)))
    monkeypatch.setattr("flask_sgsupport.services.clock.MAX_TICKETS", 1)
    monkeypatch.setattr(turns.DICE, "sample", in_turn())
    assert sum(tick().given for _ in range(2)) == 1
    assert (holder(host, stuck), holder(host, other) is None) == (None, False)


def in_turn() -> Callable[[Any, int], list[Any]]:
    """Chance, as it may fall: the first this time, the second next time."""
    times: list[int] = []

    def sample(waiting: Any, most: int) -> list[Any]:
        times.append(1)
        return [waiting[len(times) % len(waiting)]] if len(waiting) > most else list(waiting)

    return sample
