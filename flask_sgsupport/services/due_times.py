"""By when a ticket is due, written with whatever is done to it: which target fits, and what its clock says by then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from ..business_hours import Schedule, schedule_of
from ..models import Queue, Target, Ticket
from ..models.metadata import NEVER
from ..settings import state
from ..states import is_supports_turn
from ..targets import (
    RESOLUTION,
    RESPONSE,
    Clock,
    Promise,
    as_stored,
    carried_on,
    clock_of,
    due_at,
    matched_again,
    moments,
    taken_over,
    why_of,
)
from .measuring import is_unanswered

_ONE = aliased(Target)


def fitting(*, queue_pk: Any, priority: Any, plan: Any) -> Any:
    """A column: the key of the target that holds for a ticket with these, values or columns."""
    fits = (
        _ONE.active.is_(True),
        or_(_ONE.queue_pk.is_(None), _ONE.queue_pk == queue_pk),
        or_(_ONE.priority == "", _ONE.priority == priority),
        or_(_ONE.plan == "", _ONE.plan == plan),
    )
    return select(_ONE.pk).where(*fits).order_by(_ONE.weight.desc(), _ONE.pk).limit(1).scalar_subquery()


def promise_of(target: Target, queue: Queue) -> Promise:
    """The times of a target that fits a ticket of this queue."""
    minutes = (target.response_minutes, target.next_response_minutes, target.resolution_minutes)
    response, next_response, resolution = (None if one is None else one * 60 for one in minutes)
    named = queue.name if target.queue_pk is not None else ""
    why = why_of(plan=target.plan, queue=named, priority=target.priority)
    return Promise(response, next_response, resolution, why=why)


def holding(session: Session, ticket: Ticket) -> Target | None:
    """The target that holds for a ticket as it is now."""
    wanted = fitting(queue_pk=ticket.queue_pk, priority=ticket.priority, plan=ticket.plan)
    return session.scalar(select(Target).where(Target.pk == wanted), bind_arguments={"mapper": Ticket})


def begin(ticket: Ticket, queue: Queue, target: Target | None, now: datetime) -> None:
    """Give a new ticket, its columns written, the times of a target."""
    if target is not None:
        set_clock(ticket, queue, Clock(promise_of(target, queue)), now)


def settle(session: Session, ticket: Ticket, queue: Queue, now: datetime, *, elsewhere: bool) -> None:
    """Let the clock of a ticket go on after an act.

    :param elsewhere: its queue or priority is another now: which target fits is asked again, in a statement.
    """
    clock = clock_of(ticket.target)
    if elsewhere:
        clock = matched(session, ticket, queue, clock)
    if clock is not None:
        set_clock(ticket, queue, clock, now)


def matched(session: Session, ticket: Ticket, queue: Queue, clock: Clock | None) -> Clock | None:
    """The clock under the times of the target that fits now, asked in a statement; ``None`` where there is neither."""
    target = holding(session, ticket)
    promise = Promise() if target is None else promise_of(target, queue)
    return None if clock is None and target is None else matched_again(clock or Clock(promise), promise)


def take_over(ticket: Ticket, since: datetime) -> None:
    """Let the time for an answer run since the question that a ticket takes in; what is due is written with the act."""
    clock = clock_of(ticket.target)
    if clock is not None:
        ticket.target = as_stored(taken_over(clock, since))


def set_clock(ticket: Ticket, queue: Queue, clock: Clock, now: datetime) -> None:
    """Write a clock as it stands now, and what follows from it."""
    schedule: Schedule = schedule_of(queue.hours)
    waits, answered = is_supports_turn(ticket), ticket.first_reply_at is not None
    clock = carried_on(clock, schedule, now, waits=waits, answered=answered, unanswered=is_unanswered(ticket))
    ticket.target = as_stored(clock)
    ticket.response_due_at = due_at(clock, schedule, RESPONSE)
    ticket.resolution_due_at = due_at(clock, schedule, RESOLUTION)
    ticket.due_at = min(filter(None, (ticket.response_due_at, ticket.resolution_due_at)), default=NEVER)
    percent = state().settings.target_warning_percent
    ticket.alarm_at = min((one.at for one in moments(clock, schedule, percent)), default=None)
