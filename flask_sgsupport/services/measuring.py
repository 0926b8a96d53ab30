"""Write what reports count, with whatever is done to a ticket.

No act knows of it: when a unit of work ends, what it recorded of a ticket is one step of its course. Tickets that were
there before are measured by `flask_sgsupport.services.measuring_old`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, insert, update
from sqlalchemy.orm import Session

from ..business_hours import Schedule, schedule_of
from ..lifecycle import Cause
from ..measures import (
    ANSWERED,
    ASKED,
    BY_AGENT,
    CLOSED,
    CONFIRMED,
    FIRST,
    LATER,
    MET,
    MISSED,
    MISTAKE,
    NEXT,
    NO_REPLY,
    RATED,
    RECORDED,
    REOPENED_WITHIN,
    RESOLVED,
    SOON,
    SPANS,
    WAITED,
    WITHDRAWN,
    Course,
    Measured,
    Step,
    as_stored,
    course_of,
    take_step,
    taken_over,
)
from ..models import Measure, Queue, Ticket, table_of
from ..states import customer_waits, goes_on, is_open, is_resolved, moved, rests
from ..targets import RESOLUTION, RESPONSE, Clock, clock_of, was_kept

BIND = {"mapper": Ticket}
TARGET_OF = {FIRST: RESPONSE, NEXT: RESPONSE, RESOLVED: RESOLUTION}
"""The target that each kind may meet."""
CLOSED_BY = {Cause.CONFIRMED: CONFIRMED, Cause.NO_REPLY: NO_REPLY, Cause.CLOSED: BY_AGENT, Cause.WITHDRAWN: WITHDRAWN}
"""The way of a close by its cause, where no confirmation was recorded with it."""
OF_THE_ASSIGNEE = frozenset({CLOSED, RATED, ASKED, *SPANS})
"""The kinds of moments that are the assignee's, whoever acts."""


def begin_course(ticket: Ticket, now: datetime) -> None:
    """Begin the course of a new ticket: its customer waits."""
    ticket.course = as_stored(Course(waits_since=now, spell_since=now, open_since=now))


@dataclass(frozen=True, slots=True)
class Measures:
    """What an act measured of a ticket, to be written once its row is.

    :param undone: kinds of which the last moment was undone, and how.
    :param rated: the help is rated for the first time.
    :param score: what is said otherwise of the help that was rated already.
    :param nth: which of its solutions that is.
    """

    ticket_pk: int
    at: datetime
    rows: Sequence[Mapping[str, Any]] = ()
    undone: Sequence[str] = ()
    mistake: bool = False
    rated: bool = False
    score: str = ""
    nth: int = 0


def measure(
    ticket: Ticket, queue: Queue, entries: Sequence[Mapping[str, Any]], now: datetime, *, agent_pk: int | None
) -> Measures:
    """Take one more step of a ticket's course: what an act recorded of it, and how it stands now.

    Asked before its due times go on, which say by then whether a target was met.

    :param agent_pk: who acts, where it is an agent.
    """
    course = course_of(ticket.course, ticket.first_answered_at)
    now = entries[-1]["at"] if entries else now
    if course is None:
        # The worker comes to it, and reads this act in its history.
        return Measures(ticket.pk, now)
    stands = {"waits": customer_waits(ticket), "works": goes_on(ticket), "rests": rests(ticket)}
    step = step_of(entries, now, **stands, status=ticket.status)
    clock, schedule = clock_of(ticket.target), schedule_of(queue.hours)
    course, found = take_step(
        course,
        step,
        opened_at=ticket.created_at,
        resolved_at=ticket.resolved_at,
        business=schedule.business_seconds,
    )
    by = agent_pk or ticket.assignee_pk
    rows = []
    for one in found:
        word = one.word or _kept(clock, schedule, one.kind, now)
        who = ticket.assignee_pk if one.kind in OF_THE_ASSIGNEE else by
        rows.append(row_of(one, ticket, now, word, int(schedule.business_seconds(one.since, now)), who))
    score, nth = _score(entries), ticket.reopen_count + 1
    if score and course.rated != nth:
        rows.append(_rating(ticket, schedule, score, now))
    again, rated = (score, False) if course.rated == nth else ("", bool(score))
    course = replace(course, rated=nth if score else course.rated)
    ticket.course, ticket.first_answered_at = as_stored(course), course.first_answered_at
    return Measures(ticket.pk, now, rows, step.undone, step.mistake, rated, again, nth)


def waited_since(ticket: Ticket) -> datetime:
    """Since when its customer, who waits, does so; of a ticket nothing is measured of yet, by their last message."""
    course = course_of(ticket.course, ticket.first_answered_at)
    return (course and course.waits_since) or ticket.last_customer_message_at


def is_unanswered(ticket: Ticket) -> bool:
    """Whether it was resolved while its customer waited for an answer, and they have none since."""
    course = course_of(ticket.course, ticket.first_answered_at)
    return rests(ticket) and course is not None and course.waits_since is not None


def take_over(ticket: Ticket, since: datetime) -> None:
    """Let the customer of a ticket wait since the question that it takes in."""
    course = course_of(ticket.course, ticket.first_answered_at)
    # Where nothing is measured yet the worker reads it in the histories of both.
    if course is not None:
        ticket.course = as_stored(taken_over(course, since))


def write_measures(session: Session, measured: Iterable[Measures]) -> None:
    """Write what a unit of work measured, in one statement where nothing was undone or rated."""
    rows: list[Mapping[str, Any]] = []
    for one in measured:
        if one.undone:
            _undo(session, one)
        if one.rated:
            _say_answered(session, one)
        if one.score:
            _say_otherwise(session, one)
        rows += one.rows
    if rows:
        session.execute(insert(table_of(Measure)), rows, bind_arguments=BIND)


def row_of(
    one: Measured, ticket: Any, at: datetime, word: str, business_seconds: int, agent_pk: int | None
) -> dict[str, Any]:
    """A row of `Measure`; what did not last all the time since then brings its own seconds."""
    seconds, within = one.lasted or (int((at - one.since).total_seconds()), business_seconds)
    return {
        "ticket_pk": ticket.pk,
        "kind": one.kind,
        "at": at,
        "since": one.since,
        "seconds": seconds,
        "business_seconds": within,
        "queue_pk": ticket.queue_pk,
        "agent_pk": agent_pk,
        "word": word,
        "ordinal": one.ordinal,
        "answers": one.answers,
        "undone": "",
        "undone_at": None,
    }


def _kept(clock: Clock | None, schedule: Schedule, kind: str, now: datetime) -> str:
    """Whether a target was met, in a word."""
    which = TARGET_OF.get(kind)
    kept = was_kept(clock, schedule, which, now) if clock is not None and which else None
    return {True: MET, False: MISSED, None: ""}[kept]


def step_of(entries: Sequence[Any], at: datetime, *, waits: bool, works: bool, rests: bool, status: str) -> Step:
    """What entries of the history say of one act.

    :param status: that of the ticket after it.
    """
    replies = sum(one["action"] == "message.added" and one["new"] == "public-reply" for one in entries)
    toggled = [one["new"] for one in entries if one["action"] == "message.visibility_changed"]
    shown = toggled.count("public")
    undone: list[str] = []
    resolved, closed, mistake = False, "", False
    recorded = any(one["action"] == "confirmation.recorded" for one in entries)
    # What goes on with a part that was merged before was a part before.
    merged = any(one["action"] == "ticket.merged_into" and not one["old"] for one in entries)
    for one in entries:
        if one["action"] != "status.changed":
            continue
        change, cause = moved(one["old"], one["new"]), json.loads(one["data"] or "{}").get("cause")
        resolved = resolved or change.resolves
        if change.closes:
            closed = RECORDED if recorded else CLOSED_BY.get(cause, "")
        if change.undoes_close:
            undone.append(CLOSED)
        if change.opens:
            undone += [RESOLVED, WAITED]
        mistake = mistake or (bool(undone) and cause == Cause.CORRECTION)
    return Step(
        at,
        waits,
        works,
        answered=replies + shown > 0,
        shown=replies + shown - toggled.count("private"),
        resolved=resolved,
        closed=closed,
        merged=merged and (is_open(status) or is_resolved(status)),
        undone=tuple(dict.fromkeys(undone)),
        mistake=mistake,
        rests=rests,
    )


def _undo(session: Session, one: Measures) -> None:
    soon = case((Measure.at >= one.at - REOPENED_WITHIN, SOON), else_=LATER)
    stands = (Measure.ticket_pk == one.ticket_pk, Measure.kind.in_(one.undone), Measure.undone == "")
    changed = update(Measure).where(*stands).values(undone=MISTAKE if one.mistake else soon, undone_at=one.at)
    session.execute(changed, execution_options={"synchronize_session": False}, bind_arguments=BIND)


def _rating(ticket: Ticket, schedule: Schedule, score: str, now: datetime) -> dict[str, Any]:
    """What the customers say of the help that ended here."""
    since, nth = ticket.resolved_at or now, ticket.reopen_count + 1
    seconds = int(schedule.business_seconds(since, now))
    return row_of(Measured(RATED, since, nth, 0), ticket, now, score, seconds, ticket.assignee_pk)


def _say_answered(session: Session, one: Measures) -> None:
    """Whoever was asked has answered."""
    said = (Measure.ticket_pk == one.ticket_pk, Measure.kind == ASKED, Measure.ordinal == one.nth)
    changed = update(Measure).where(*said).values(word=ANSWERED)
    session.execute(changed, execution_options={"synchronize_session": False}, bind_arguments=BIND)


def _say_otherwise(session: Session, one: Measures) -> None:
    """It is the same moment with another score."""
    said = (Measure.ticket_pk == one.ticket_pk, Measure.kind == RATED, Measure.ordinal == one.nth)
    changed = update(Measure).where(*said).values(word=one.score)
    session.execute(changed, execution_options={"synchronize_session": False}, bind_arguments=BIND)


def _score(entries: Sequence[Mapping[str, Any]]) -> str:
    """What an act says of the help; empty where it says nothing."""
    return next((str(entry["new"]) for entry in reversed(entries) if entry["action"] == "ticket.rated"), "")
