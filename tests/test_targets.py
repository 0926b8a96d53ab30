"""Each ticket has its due times by the most specific target; they stand still, go on, and are told of once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from flask_sgsupport import signals
from flask_sgsupport.business_hours import Holiday, Schedule, Span
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from flask_sgsupport.hooks import Routed, TargetFacts, Targets
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Measure, Ticket
from flask_sgsupport.models.metadata import NEVER
from flask_sgsupport.queries.setup import last_changes
from flask_sgsupport.queries.targets import targets as kept
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import assigning, replying, setup, sorting
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.hours import change_hours
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.status import reopen, set_status
from flask_sgsupport.services.targets import change_target, create_target
from flask_sgsupport.targets import (
    Clock,
    Promise,
    as_stored,
    carried_on,
    clock_of,
    due_at,
    matched_again,
    moments,
    read_minutes,
    weight,
    write_minutes,
)
from tests.world import Clock as Now
from tests.world import Host, OpenTicket

NIGHT_AND_DAY = Schedule()
OFFICE = Schedule("UTC", ((Span(9 * 60, 17 * 60),),) * 5 + ((), ()))
START = datetime(2026, 4, 22, 14, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)


# The pure part


def test_more_named_goes_before_less_and_plan_before_queue_before_priority() -> None:
    order = ["pqr", "pq", "pr", "qr", "p", "q", "r", ""]

    def of(names: str) -> int:
        return weight(plan="x" if "p" in names else "", queue="q" in names, priority="x" if "r" in names else "")

    assert sorted(order, key=of, reverse=True) == order
    assert len({of(names) for names in order}) == len(order)


@pytest.mark.parametrize(
    ("typed", "minutes", "shown"),
    [("4 h", 240, "4 h"), ("1h30m", 90, "1 h 30 m"), ("90", 90, "1 h 30 m"), ("45 M", 45, "45 m"), ("", None, ""),
     ("26 h 0 m", 1560, "26 h")],
)  # fmt: skip
def test_times_are_read_as_they_are_typed(typed: str, minutes: int | None, shown: str) -> None:
    assert read_minutes(typed) == minutes
    assert write_minutes(minutes) == shown
    assert read_minutes(shown) == minutes


@pytest.mark.parametrize("typed", ["0", "0 h", "-3", "2 d", "four", "9999999 h", "8761 h", "1.5 h"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_minutes(typed)


def test_the_time_for_a_solution_stands_still_while_it_is_the_customers_turn() -> None:
    clock = carried_on(Clock(Promise(resolution=4 * 3600)), NIGHT_AND_DAY, START, waits=True, answered=False)
    assert due_at(clock, NIGHT_AND_DAY, "resolution") == START + 4 * HOUR
    paused = carried_on(clock, NIGHT_AND_DAY, START + HOUR, waits=False, answered=True)
    assert due_at(paused, NIGHT_AND_DAY, "resolution") is None
    assert paused.used == 3600
    again = carried_on(paused, NIGHT_AND_DAY, START + 10 * HOUR, waits=True, answered=True)
    assert due_at(again, NIGHT_AND_DAY, "resolution") == START + 13 * HOUR


def test_a_second_message_of_the_customer_puts_nothing_off() -> None:
    clock = carried_on(Clock(Promise(response=3600)), NIGHT_AND_DAY, START, waits=True, answered=False)
    later = carried_on(clock, NIGHT_AND_DAY, START + HOUR / 2, waits=True, answered=False)
    assert due_at(later, NIGHT_AND_DAY, "response") == START + HOUR


def test_the_first_answer_and_the_next_ones_have_their_own_time() -> None:
    clock = carried_on(
        Clock(Promise(response=3600, next_response=7200)), NIGHT_AND_DAY, START, waits=True, answered=False
    )
    assert due_at(clock, NIGHT_AND_DAY, "response") == START + HOUR
    clock = carried_on(clock, NIGHT_AND_DAY, START + HOUR / 2, waits=False, answered=True)
    assert due_at(clock, NIGHT_AND_DAY, "response") is None
    clock = carried_on(clock, NIGHT_AND_DAY, START + HOUR, waits=True, answered=True)
    assert due_at(clock, NIGHT_AND_DAY, "response") == START + 3 * HOUR


def test_business_hours_count() -> None:
    clock = carried_on(Clock(Promise(response=4 * 3600)), OFFICE, START, waits=True, answered=False)
    assert due_at(clock, OFFICE, "response") == datetime(2026, 4, 23, 10, 3, tzinfo=UTC)
    closed = Schedule("UTC", OFFICE.week, (Holiday(4, 23, 2026),))
    assert due_at(clock, closed, "response") == datetime(2026, 4, 24, 10, 3, tzinfo=UTC)


def test_a_moment_the_host_named_stays_where_it_is() -> None:
    promise = Promise(response_at=START + HOUR, resolution_at=START + 5 * HOUR)
    clock = carried_on(Clock(promise), OFFICE, START, waits=True, answered=False)
    assert due_at(clock, OFFICE, "response") == START + HOUR
    clock = carried_on(clock, OFFICE, START + HOUR, waits=False, answered=True)
    clock = carried_on(clock, OFFICE, START + 2 * HOUR, waits=True, answered=True)
    assert due_at(clock, OFFICE, "response") is None, "that was the first answer's"
    assert due_at(clock, OFFICE, "resolution") == START + 5 * HOUR


def told(clock: Clock, percent: int | None = 75) -> list[tuple[str, timedelta]]:
    return sorted((one.name, one.at - START) for one in moments(clock, NIGHT_AND_DAY, percent))


def test_a_warning_comes_at_its_part_of_the_time() -> None:
    clock = carried_on(Clock(Promise(3600, None, 8 * 3600)), NIGHT_AND_DAY, START, waits=True, answered=False)
    assert told(clock) == [
        ("resolution.breached", 8 * HOUR),
        ("resolution.warned", 6 * HOUR),
        ("response.breached", HOUR),
        ("response.warned", HOUR * 0.75),
    ]
    assert told(clock, None) == [("resolution.breached", 8 * HOUR), ("response.breached", HOUR)]


def test_another_time_is_told_of_anew_and_the_same_is_not() -> None:
    clock = Clock(Promise(3600, None, 7200), START, told=frozenset({"response.breached", "resolution.warned"}))
    assert matched_again(clock, Promise(1800, None, 7200)).told == {"resolution.warned"}
    assert matched_again(clock, Promise(3600, None, 7200)).told == clock.told


@given(
    st.builds(
        Clock,
        st.builds(
            Promise,
            st.none() | st.integers(60, 10**6),
            st.none() | st.integers(60, 10**6),
            st.none() | st.integers(60, 10**6),
            st.none() | st.datetimes(timezones=st.just(UTC)),
            st.none() | st.datetimes(timezones=st.just(UTC)),
            st.just({"code": "plan", "plan": "Größe"}),
        ),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.booleans(),
        st.none() | st.datetimes(timezones=st.just(UTC)),
        st.floats(0, 10**6),
        st.frozensets(st.sampled_from(["response.warned", "resolution.breached"])),
        st.none() | st.datetimes(timezones=st.just(UTC)),
    )
)
def test_what_is_stored_of_a_clock_comes_back(clock: Clock) -> None:
    assert clock_of(as_stored(clock)) == clock


# On tickets


@pytest.fixture
def target(host: Host) -> Iterator[Any]:
    """Makes a target."""

    def make(**values: Any) -> str:
        with host.app.app_context():
            return create_target(host.agent("grace"), values)

    return make


def row(host: Host, ticket_id: str) -> Ticket:
    host.db.session.rollback()
    found: Ticket = host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()
    host.db.session.expunge(found)
    return found


def due(host: Host, ticket_id: str) -> tuple[timedelta | None, timedelta | None]:
    """Both due times from the start on."""
    with host.app.app_context():
        found = row(host, ticket_id)
    times = found.response_due_at, found.resolution_due_at
    known = [one for one in times if one is not None]
    assert found.due_at == min(known, default=NEVER)
    return tuple(one - START if one else None for one in times)  # type: ignore[return-value]


@pytest.mark.every_database
def test_the_most_specific_target_holds_for_a_new_ticket(host: Host, target: Any, open_ticket: OpenTicket) -> None:
    target(response="8 h", resolution="40 h")
    target(queue="billing", response="4 h")
    target(priority="urgent", response="1 h")
    target(plan="Growth", response="2 h")
    target(plan="Growth", priority="urgent", response="30 m")
    business, other = "jerome", "mina"
    assert due(host, open_ticket(other, site_ids=[])) == (8 * HOUR, 40 * HOUR)
    assert due(host, open_ticket(other, site_ids=[], category="invoices")) == (4 * HOUR, None)
    assert due(host, open_ticket(business, site_ids=[])) == (2 * HOUR, None)
    host.desk.hooks.route = lambda draft: Routed(priority="urgent")
    assert due(host, open_ticket(other, site_ids=[])) == (HOUR, None)
    assert due(host, open_ticket(business, site_ids=[])) == (HOUR / 2, None)


def test_without_a_target_nothing_is_due(host: Host, target: Any, open_ticket: OpenTicket) -> None:
    assert due(host, open_ticket()) == (None, None)
    key = target(response="1 h")
    with host.app.app_context():
        change_target(host.agent("grace"), key, {"active": False})
    assert due(host, open_ticket()) == (None, None)


@pytest.mark.every_database
def test_an_answer_stops_the_clocks_and_a_follow_up_lets_them_go_on(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(response="4 h", next_response="2 h", resolution="8 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=1)
        replying.reply(ticket_id, host.agent("ada"), body="We look.")
        assert due(host, ticket_id) == (None, None)
        clock.forward(hours=10)
        replying.follow_up(ticket_id, host.customer("jerome"), body="And?")
        assert due(host, ticket_id) == (13 * HOUR, 18 * HOUR)
        clock.forward(hours=1)
        replying.follow_up(ticket_id, host.customer("jerome"), body="Hello?")
        assert due(host, ticket_id) == (13 * HOUR, 18 * HOUR), "asking twice puts nothing off"


@pytest.mark.every_database
def test_a_note_stops_nothing(host: Host, target: Any, open_ticket: OpenTicket) -> None:
    target(response="4 h", resolution="8 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="Hm.")
    assert due(host, ticket_id) == (4 * HOUR, 8 * HOUR)


def test_resolving_stops_and_reopening_goes_on_with_what_was_left(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(resolution="8 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=3)
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        assert due(host, ticket_id) == (None, None)
        clock.forward(hours=2)
        replying.still_need_help(ticket_id, host.customer("jerome"), body="No.")
        assert due(host, ticket_id) == (None, 10 * HOUR)
        replying.reply(ticket_id, host.agent("ada"), body="Now.", status=Status.RESOLVED)
        replying.confirm_solved(ticket_id, host.customer("jerome"))
        reopen(ticket_id, host.agent("ada"))
        assert due(host, ticket_id) == (None, None), "support spoke last: the customer is to answer"


@pytest.mark.every_database
def test_the_time_for_an_answer_goes_on_after_a_resolution_without_one(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now, heard: list[tuple[str, str, str]]
) -> None:
    target(response="4 h", next_response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        ada, jerome, grace = host.agent("ada"), host.customer("jerome"), host.agent("grace")
        replying.reply(ticket_id, ada, body="Hello.")
        replying.follow_up(ticket_id, jerome, body="And?")
        clock.forward(hours=5)
        tick()
        set_status(ticket_id, grace, Status.RESOLVED)
        assert due(host, ticket_id) == (None, None)
        set_status(ticket_id, grace, Status.OPEN)
        assert due(host, ticket_id) == (4 * HOUR, None)
        tick()
        assert len(heard) == 1, "what was told of is not told anew"
        set_status(ticket_id, grace, Status.RESOLVED)
        replying.reply(ticket_id, ada, body="Here.")
        missed = select(Measure.word).where(Measure.kind == "next_response")
        assert list(host.db.session.scalars(missed)) == ["missed"]
        set_status(ticket_id, grace, Status.OPEN)
        assert due(host, ticket_id) == (None, None)
        replying.follow_up(ticket_id, jerome, body="Thanks, but?")
        assert due(host, ticket_id) == (9 * HOUR, None)


@pytest.mark.every_database
def test_a_question_that_comes_with_a_merged_ticket_is_due_as_it_was(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(response="4 h", next_response="4 h")
    answered, asking = open_ticket(), open_ticket(subject="Another", body="Another one.")
    with host.app.app_context():
        ada = host.agent("ada")
        replying.reply(answered, ada, body="Hello.")
        clock.forward(hours=1)
        merge(asking, ada, answered)
        assert due(host, answered) == (4 * HOUR, None)


def test_another_priority_and_another_queue_have_other_times_from_the_same_start(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(response="8 h", resolution="40 h")
    target(priority="urgent", response="1 h", resolution="6 h")
    target(queue="billing", priority="urgent", response="2 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(minutes=30)
        sorting.change_fields(ticket_id, host.agent("grace"), {"priority": "urgent"})
        assert due(host, ticket_id) == (HOUR, 6 * HOUR)
        sorting.change_fields(ticket_id, host.agent("grace"), {"queue": "billing"})
        assert due(host, ticket_id) == (2 * HOUR, None)
        sorting.change_fields(ticket_id, host.agent("grace"), {"priority": "low"})
        assert due(host, ticket_id) == (8 * HOUR, 40 * HOUR)


def test_what_waits_in_spam_has_no_clock_until_it_is_released(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(response="4 h")
    host.desk.hooks.route = lambda draft: Routed(filtered="spam")
    ticket_id = open_ticket()
    assert due(host, ticket_id) == (None, None)
    with host.app.app_context():
        clock.forward(hours=5)
        sorting.release(ticket_id, host.agent("grace"))
    assert due(host, ticket_id) == (9 * HOUR, None)


def test_the_hours_of_the_queue_count(host: Host, target: Any, open_ticket: OpenTicket) -> None:
    target(response="4 h")
    with host.app.app_context():
        weekdays = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), "09:00-17:00")
        change_hours(host.agent("grace"), "support", {"zone": "Europe/Berlin", **weekdays})
    # It is 16:03 in Berlin: 57 minutes today, the rest tomorrow from nine.
    assert due(host, open_ticket()) == (datetime(2026, 4, 23, 10, 3, tzinfo=UTC) - START, None)


def test_other_hours_count_for_what_is_open_with_the_next_turn_of_the_clock(
    host: Host, target: Any, open_ticket: OpenTicket
) -> None:
    target(response="4 h")
    here, elsewhere = open_ticket(), open_ticket(category="invoices")
    with host.app.app_context():
        change_hours(host.agent("grace"), "support", {"wednesday": "09:00-17:00", "thursday": "09:00-17:00"})
        tick()
        assert due(host, here) == (datetime(2026, 4, 23, 10, 3, tzinfo=UTC) - START, None)
        assert due(host, elsewhere) == (4 * HOUR, None)
        assert said(host, "target.warned") == said(host, "target.breached") == 0


# Warning and breach


@pytest.fixture
def heard(host: Host) -> list[tuple[str, str, str]]:
    """What the signals said: name, target, due time."""
    found: list[tuple[str, str, str]] = []

    def connect(signal: Any, name: str) -> None:
        @host.support.on(signal)
        def receive(app: Any, payload: signals.TargetDue) -> None:
            assert payload.ticket["ticket_id"].startswith("TKT-")
            found.append((name, payload.target, payload.due_at))

    connect(signals.target_warned, "warned")
    connect(signals.target_breached, "breached")
    return found


def rung(host: Host, notice: str) -> list[str]:
    host.db.session.rollback()
    wanted = select(Delivery.recipient_name).where(Delivery.notice == notice, Delivery.channel == "bell")
    return sorted(host.db.session.scalars(wanted))


def said(host: Host, action: str) -> int:
    host.db.session.rollback()
    return host.db.session.scalar(select(func.count()).select_from(Event).where(Event.action == action)) or 0


@pytest.mark.every_database
def test_a_warning_and_a_breach_are_told_once_each(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now, heard: list[tuple[str, str, str]]
) -> None:
    target(response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=2, minutes=59)
        assert tick().reminded == 0
        clock.forward(minutes=1)
        assert (tick().reminded, tick().reminded) == (1, 0)
        assert heard == [("warned", "response", "2026-04-22T18:03:00Z")]
        assert rung(host, "target_warned_staff")
        clock.forward(hours=1)
        assert (tick().reminded, tick().reminded) == (1, 0)
        assert heard[1:] == [("breached", "response", "2026-04-22T18:03:00Z")]
        assert (said(host, "target.warned"), said(host, "target.breached")) == (1, 1)
        assert "Grace Hopper" in rung(host, "target_breached_staff") + rung(host, "target_breached_lead")
        assert row(host, ticket_id).alarm_at is None
        event = host.db.session.scalars(select(Event).where(Event.action == "target.breached")).one()
        assert (event.side, event.label, event.field) == ("timer", "system:targets", "response")


def test_a_late_clock_says_that_it_is_over_and_not_that_it_soon_will_be(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now, heard: list[tuple[str, str, str]]
) -> None:
    target(response="4 h", resolution="5 h")
    open_ticket()
    with host.app.app_context():
        clock.forward(days=2)
        tick()
        assert sorted(one[:2] for one in heard) == [("breached", "resolution"), ("breached", "response")]
        people = rung(host, "target_breached_staff") + rung(host, "target_breached_lead")
        assert len(people) == len(set(people)), "one act rings a person once"


def test_who_answered_in_time_is_told_nothing(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now, heard: list[tuple[str, str, str]]
) -> None:
    target(response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=1)
        replying.reply(ticket_id, host.agent("ada"), body="We look.")
        clock.forward(days=3)
        assert tick().reminded == 0
    assert heard == []


def test_the_next_wait_is_told_of_anew(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now, heard: list[tuple[str, str, str]]
) -> None:
    target(response="4 h", next_response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=5)
        tick()
        replying.reply(ticket_id, host.agent("ada"), body="Late, sorry.")
        replying.follow_up(ticket_id, host.customer("jerome"), body="And?")
        clock.forward(hours=5)
        tick()
    assert [one[:2] for one in heard] == [("breached", "response")] * 2


def test_the_assignee_is_told_and_the_lead_of_a_breach_only(
    host: Host, target: Any, open_ticket: OpenTicket, clock: Now
) -> None:
    target(response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        clock.forward(hours=3)
        tick()
        assert len(rung(host, "target_warned_staff")) == 1
        assert rung(host, "target_breached_lead") == []
        clock.forward(hours=1)
        tick()
        assert len(rung(host, "target_breached_staff")) == 1
        assert rung(host, "target_breached_lead") == ["Grace Hopper"]


def test_customers_learn_nothing_of_targets(host: Host, target: Any, open_ticket: OpenTicket, clock: Now) -> None:
    target(response="4 h")
    ticket_id = open_ticket()
    with host.app.app_context():
        clock.forward(hours=5)
        tick()
        host.db.session.rollback()
        sides = host.db.session.scalars(select(Delivery.side).where(Delivery.notice.startswith("target_")))
        assert set(sides) == {"agent"}
    for path in ("", f"tickets/{ticket_id}", "notifications"):
        html = host.client("jerome").get(f"/support/{path}", follow_redirects=True).text
        assert not [word for word in ("overdue", "target", "due in") if word in html.lower().replace('target="', "")]


# The host's function


def test_the_host_may_say_when_a_ticket_is_due(host: Host, target: Any, open_ticket: OpenTicket) -> None:
    target(response="8 h", resolution="40 h")
    asked: list[TargetFacts] = []

    @host.support.targets
    def promised(ticket: TargetFacts) -> Targets | None:
        asked.append(ticket)
        if ticket.priority == "low":
            return None
        return Targets(response_minutes=30, resolution_due_at=START + 3 * HOUR, because="contract 12")

    try:
        ticket_id = open_ticket()
        assert due(host, ticket_id) == (HOUR / 2, 3 * HOUR)
        assert (asked[0].queue, asked[0].priority, asked[0].account_id) == ("support", "normal", "1")
        with host.app.app_context():
            page = ticket_page(host.agent("grace"), ticket_id)
            assert page.due is not None
            assert "It is by the app: contract 12." in page.due.why
            sorting.change_fields(ticket_id, host.agent("grace"), {"priority": "low"})
        assert due(host, ticket_id) == (8 * HOUR, 40 * HOUR), "it said nothing of this one"
    finally:
        host.support.hooks.targets = None


@pytest.mark.every_database
def test_the_host_is_asked_once_its_own_transaction_is_committed(host: Host) -> None:
    asked: list[str] = []

    def promised(ticket: TargetFacts) -> Targets:
        asked.append(ticket.ticket_id)
        return Targets(response_minutes=30)

    host.support.hooks.targets = promised
    try:
        with host.app.app_context():
            jerome = host.support.customer(host.ids["jerome"])
            gone = host.support.open_ticket(jerome, subject="Taken back", body="Text.").ticket_id
            host.db.session.rollback()
            kept_id = host.support.open_ticket(jerome, subject="Stays", body="Text.").ticket_id
            assert asked == []
            host.db.session.commit()
            assert asked == [kept_id]
            assert gone == kept_id, "the number of what was taken back is given again"
        assert due(host, kept_id) == (HOUR / 2, None)
    finally:
        host.support.hooks.targets = None


@pytest.mark.parametrize(
    "answer",
    [
        lambda: 1 / 0,
        lambda: "four hours",
        lambda: Targets(response_minutes=-4),
        lambda: Targets(response_minutes="4 h"),  # type: ignore[arg-type]
        lambda: Targets(resolution_due_at=START.replace(tzinfo=None)),
    ],
)
def test_a_function_that_fails_costs_no_ticket_and_the_leads_targets_hold(
    host: Host, target: Any, open_ticket: OpenTicket, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    target(response="8 h")
    host.support.hooks.targets = lambda ticket: answer()
    try:
        with caplog.at_level(logging.ERROR):
            ticket_id = open_ticket()
        assert due(host, ticket_id) == (8 * HOUR, None)
        assert "The targets function gave nothing" in caplog.text
    finally:
        host.support.hooks.targets = None


# Kept by leads


@pytest.mark.parametrize("who", ["ada", "jerome"])
def test_nobody_but_a_lead_keeps_targets(host: Host, target: Any, who: str) -> None:
    key = target(response="1 h")
    with host.app.app_context():
        actor = host.customer(who) if who == "jerome" else host.agent(who)
        for attempt in (
            lambda: create_target(actor, {"response": "1 h"}),
            lambda: change_target(actor, key, {"response": "1 h"}),
            lambda: kept(actor),
        ):
            with pytest.raises(NotAllowed):
                attempt()


def test_what_is_wrong_is_named(host: Host, target: Any) -> None:
    wrong = [
        ({"queue": "nowhere", "response": "1 h"}, {"queue"}),
        ({"priority": "soon", "plan": "x" * 101, "response": "soon", "next_response": "0"},
         {"priority", "plan", "response", "next_response"}),
        ({"plan": "Growth"}, {"response"}),
    ]  # fmt: skip
    for values, fields in wrong:
        with pytest.raises(InvalidInput) as refused:
            target(**values)
        assert set(refused.value.fields) == fields
    target(plan="Growth", response="1 h")
    with pytest.raises(InvalidInput, match="already"):
        target(plan="Growth", resolution="1 h")
    with host.app.app_context(), pytest.raises(NotFound):
        change_target(host.agent("grace"), "nothing", {"response": "1 h"})


def test_the_history_says_what_was_changed_and_an_older_form_undoes_nothing(host: Host, target: Any) -> None:
    key = target(plan="Growth", response="1 h")
    with host.app.app_context():
        grace = host.agent("grace")
        change_target(grace, key, {"response": "90", "queue": "billing"})
        texts = [one.text for one in last_changes(grace, "target.changed", target=key)]
        assert any("first answer 1 h → 1 h 30 m" in text for text in texts), texts
        with pytest.raises(StaleTicket, match="1 h 30 m"):
            change_target(grace, key, {"response": "2 h"}, seen={"response": "1 h"})
        setup.change_queue(grace, "billing", {"active": False})
        change_target(grace, key, {"response": "3 h"})
        assert [one.response for one in kept(grace)] == ["3 h"]
