"""Measure tickets that are older than the measuring, from their history: a bounded number at a time, oldest first.

Where the walk has come stands in a row. What the history does not say is taken as it is today: the queue and its
business hours; and of targets it tells only which were missed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, aliased

from ..actors import Side, clock_actor
from ..business_hours import Schedule, schedule_of
from ..lifecycle import Status
from ..measures import (
    ANSWERED,
    ASKED,
    LATER,
    MISSED,
    RATED,
    RESOLVED,
    SOON,
    Course,
    Measured,
    as_stored,
    take_step,
    taken_over,
    undone_as,
)
from ..models import Agent, Event, Heartbeat, Measure, Message, PersonRecord, Queue, Ticket, table_of
from ..models.measured import PLACE, not_measured, place_of
from ..settings import state
from ..states import customer_waits, goes_on, is_open, is_resolved, moved, rests
from .inserting import insert_or_change
from .measuring import OF_THE_ASSIGNEE, TARGET_OF, row_of, step_of
from .status import OURS
from .transaction import run
from .unit import BIND

TICKETS_A_TURN = 100
_ACTOR = aliased(PersonRecord)
_AFTER = aliased(PersonRecord)


def measure_old() -> bool:
    """Measure the next tickets that are older than the measuring, from their history; true when more are waiting."""
    session = state().db.session()
    place = place_of(session)
    if session.scalar(select(Ticket.pk).where(Ticket.pk > place).limit(1)) is None and (
        session.scalar(select(Ticket.pk).where(not_measured(place)).limit(1)) is None
    ):
        return False
    return run(clock_actor(), lambda unit: _next(unit.session, place, unit.now))


def _next(session: Session, place: int, now: datetime) -> bool:
    wanted = select(Ticket.pk).where(not_measured(place)).order_by(Ticket.pk).limit(TICKETS_A_TURN)
    found = list(session.scalars(wanted, bind_arguments=BIND))
    locked = select(Ticket).where(Ticket.pk.in_(found)).order_by(Ticket.pk).with_for_update(key_share=True)
    tickets = session.scalars(locked.execution_options(populate_existing=True)).all() if found else []
    _replay_all(session, [one for one in tickets if one.course is None])
    last = session.scalar(select(Ticket.pk).order_by(Ticket.pk.desc()).limit(1), bind_arguments=BIND) or place
    more = len(found) == TICKETS_A_TURN
    row = {"name": PLACE, "seen_at": now, "detail": str(max(place, found[-1] if more else last))}
    insert_or_change(
        session,
        Heartbeat,
        [row],
        change=lambda row: [("seen_at", row.seen_at), ("detail", row.detail)],
        returning=[Heartbeat.name],
    )
    return more


@dataclass(slots=True)
class _Past:
    """A ticket while its history is walked.

    :param brings: since when the question waits that it brings into the ticket it is merged into.
    :param words: whether it is the support team's and public, by the key of a message, in the order they were written.
    """

    course: Course
    status: str = str(Status.OPEN)
    resolved_at: datetime | None = None
    assignee: int | None = None
    merged: bool = False
    brings: datetime | None = None
    waits: bool = True
    words: dict[str, tuple[bool, bool]] = field(default_factory=dict)

    def asks(self) -> bool:
        """Whether its customer waits for an answer in it."""
        return self.waits and is_open(self.status) and not self.merged

    def take_over(self, since: datetime | None) -> None:
        """Go on with a question of another ticket that waits since then, where it brings one."""
        if since is not None:
            self.waits, self.course = True, taken_over(self.course, since)

    def spoke_last(self) -> bool:
        """Whether the last public word is the support team's."""
        public = [ours for ours, shown in self.words.values() if shown]
        return bool(public) and public[-1]


@dataclass(slots=True)
class _Histories:
    """What histories are read with, and those of tickets that were merged into one that is read.

    :param brought: since when the question waits that each brought, by its number; asked once.
    """

    kinds: dict[str, str] = field(default_factory=dict)
    agents: Mapping[str, int] = field(default_factory=dict)
    queues: Mapping[int, str | None] = field(default_factory=dict)
    events: dict[int | None, list[Any]] = field(default_factory=lambda: defaultdict(list))
    tickets: dict[str, Ticket] = field(default_factory=dict)
    brought: dict[str, datetime | None] = field(default_factory=dict)

    def brought_by(self, number: str) -> datetime | None:
        """Since when the question waits that a ticket brought; ``None`` where it brought none."""
        if number not in self.brought:
            self.brought[number] = _replay(self.tickets[number], self)[1].brings if number in self.tickets else None
        return self.brought[number]


def _histories(session: Session, tickets: Sequence[Ticket]) -> _Histories:
    found = _Histories(
        agents=dict(session.execute(select(Agent.host_id, Agent.pk), bind_arguments=BIND).all()),
        queues=dict(session.execute(select(Queue.pk, Queue.hours), bind_arguments=BIND).all()),
    )
    while tickets:
        found.tickets |= {ticket.ticket_id: ticket for ticket in tickets}
        pks = [ticket.pk for ticket in tickets]
        _read(session, found, pks)
        entries = (row[0] for pk in pks for row in found.events[pk])
        named = {str(entry.new) for entry in entries if entry.action == "ticket.merge_received"}
        wanted = select(Ticket).where(Ticket.ticket_id.in_(named - found.tickets.keys()))
        tickets = session.scalars(wanted, bind_arguments=BIND).all() if named - found.tickets.keys() else []
    return found


def _read(session: Session, found: _Histories, pks: Sequence[int]) -> None:
    wanted = (
        select(Event, Agent.pk, _AFTER.host_id)
        .outerjoin(_AFTER, _AFTER.pk == Event.new_person_pk)
        .outerjoin(_ACTOR, _ACTOR.pk == Event.person_pk)
        .outerjoin(Agent, Agent.host_id == _ACTOR.host_id)
        .where(Event.ticket_pk.in_(pks))
        .order_by(Event.ticket_pk, Event.pk)
    )
    for row in session.execute(wanted, bind_arguments=BIND):
        found.events[row[0].ticket_pk].append(row)
    kinds = select(Message.key, Message.kind).where(Message.ticket_pk.in_(pks))
    found.kinds |= dict(session.execute(kinds, bind_arguments=BIND).all())


def _replay_all(session: Session, tickets: Sequence[Ticket]) -> None:
    if not tickets:
        return
    histories, rows = _histories(session, tickets), list[dict[str, Any]]()
    for ticket in tickets:
        found, past = _replay(ticket, histories)
        rows += found
        # What the history does not say counts from the last change.
        waits_since = (past.course.waits_since or ticket.updated_at) if customer_waits(ticket) else None
        kept = past.course.waits_since if rests(ticket) else None
        spell_since = (past.course.spell_since or waits_since) if customer_waits(ticket) else None
        course = replace(past.course, waits_since=waits_since or kept, spell_since=spell_since)
        open_since = (course.open_since or ticket.updated_at) if goes_on(ticket) else None
        course = replace(course, open_since=open_since)
        values = {"course": as_stored(course), "first_answered_at": course.first_answered_at}
        # No act of anybody: the version stays.
        table = table_of(Ticket)
        session.execute(update(table).where(table.c.pk == ticket.pk).values(values), bind_arguments=BIND)
        session.expire(ticket)
    if rows:
        session.execute(insert(table_of(Measure)), rows, bind_arguments=BIND)


def _replay(ticket: Ticket, histories: _Histories) -> tuple[list[dict[str, Any]], _Past]:
    """Every step of a ticket's history; its queue and business hours are those of today."""
    past, events = (
        _Past(Course(ticket.created_at, spell_since=ticket.created_at, open_since=ticket.created_at)),
        histories.events[ticket.pk],
    )
    schedule, rows = schedule_of(histories.queues.get(ticket.queue_pk)), list[dict[str, Any]]()
    for act in _acts(events):
        entries, agent_pk = [one for one, __, __ in act], next((pk for __, pk, __ in act if pk is not None), None)
        at = entries[0].at
        for entry, __, new_host_id in act:
            _remember(past, entry, histories.kinds, histories.agents.get(new_host_id or ""))
            _remember_merging(past, entry, histories)
        said = [_as_mapping(entry) for entry in entries]
        here = not past.merged
        stands = {
            "waits": past.asks(),
            "works": is_open(past.status) and here,
            "rests": is_resolved(past.status) and here,
        }
        step = step_of(said, at, **stands, status=past.status)
        past.course, found = take_step(
            past.course,
            step,
            opened_at=ticket.created_at,
            resolved_at=past.resolved_at,
            business=schedule.business_seconds,
        )
        for row in rows:
            if row["kind"] in step.undone and not row["undone"]:
                row |= {"undone": undone_as(row["at"], at, mistake=step.mistake), "undone_at": at}
        staff = agent_pk if entries[0].side == Side.AGENT else None
        for one in found:
            who = past.assignee if one.kind in OF_THE_ASSIGNEE else staff or past.assignee
            seconds = int(schedule.business_seconds(one.since, at))
            word = one.word or (MISSED if _was_late(events, one, at) else "")
            rows.append(row_of(one, ticket, at, word, seconds, who))
        for entry in entries:
            if entry.action == "ticket.rated":
                _rate_past(rows, past, ticket, entry, schedule)
    return rows, past


def _acts(events: Sequence[Any]) -> Iterator[list[Any]]:
    for __, together in groupby(events, key=lambda row: (row[0].ticket_version, row[0].at)):
        yield list(together)


def _as_mapping(entry: Event) -> dict[str, Any]:
    return {"action": entry.action, "old": entry.old, "new": entry.new, "data": entry.data}


def _remember(past: _Past, entry: Event, kinds: Mapping[str, str], assignee: int | None) -> None:
    """What an entry says of whose turn it is by then."""
    said, action = json.loads(entry.data or "{}"), entry.action
    key = str(said.get("message", ""))
    if action in {"message.added", "note.added"}:
        ours = entry.new in OURS
        past.words[key] = (ours, entry.new != "internal-note")
        if action == "message.added" and is_open(past.status):
            past.waits = not ours
    elif action == "ticket.opened":
        past.words[key] = (False, True)
    elif action == "message.visibility_changed":
        past.words[key] = (kinds.get(key) in OURS, entry.new == "public")
        past.waits = not past.spoke_last() if is_open(past.status) else past.waits
    elif action == "status.changed":
        change = moved(entry.old, entry.new)
        if change.opens:
            # The customer who opens it again asks; an agent who does so looks at who spoke last.
            past.waits = entry.side != Side.AGENT or not past.spoke_last()
        elif not change.closes:
            past.resolved_at = entry.at
        past.status = str(entry.new)
    elif action == "assignee.changed":
        past.assignee = assignee


def _remember_merging(past: _Past, entry: Event, histories: _Histories) -> None:
    if entry.action == "ticket.merged_into":
        # What was a part already goes on with the other, and brings nothing.
        past.brings = past.course.waits_since if past.asks() else past.brings
        past.merged = True
    elif entry.action == "ticket.merge_received":
        past.take_over(histories.brought_by(str(entry.new)))


def _was_late(events: Sequence[Any], one: Measured, at: datetime) -> bool:
    """Whether it is told that a target was missed; of older tickets it is not told that one was met."""
    which = TARGET_OF.get(one.kind)
    told = (entry for entry, __, __ in events if entry.action == "target.breached" and entry.field == which)
    return any(one.since <= entry.at <= at for entry in told)


def _rate_past(rows: list[dict[str, Any]], past: _Past, ticket: Ticket, entry: Event, schedule: Schedule) -> None:
    nth = 1 + sum(row["kind"] == RESOLVED and row["undone"] in {SOON, LATER} for row in rows)
    past.course = replace(past.course, rated=nth)
    for row in rows:
        if row["kind"] == ASKED and row["ordinal"] == nth:
            row["word"] = ANSWERED
    known = [row for row in rows if row["kind"] == RATED and row["ordinal"] == nth]
    if known:
        known[0]["word"] = str(entry.new)
        return
    since = past.resolved_at or entry.at
    seconds = int(schedule.business_seconds(since, entry.at))
    rows.append(row_of(Measured(RATED, since, nth, 0), ticket, entry.at, str(entry.new), seconds, past.assignee))
