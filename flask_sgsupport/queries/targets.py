"""Targets as leads keep them, and what a ticket's own page says of its due times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ..actors import Actor, Right
from ..business_hours import Schedule, schedule_of
from ..errors import NotAllowed, NotFound
from ..i18n import format_duration
from ..i18n import gettext as _
from ..models import Queue, Target
from ..models.metadata import NEVER
from ..permissions import missing
from ..routing import PRIORITIES, priority_label
from ..settings import state
from ..targets import Clock, clock_of, why_sentence, write_minutes

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target; ``queue`` is the key of a queue, and what is empty is any. Times are as they are typed."""

    key: str
    queue: str
    queue_name: str
    priority: str
    plan: str
    response: str
    next_response: str
    resolution: str
    active: bool


def targets(actor: Actor) -> list[TargetRow]:
    """Every target, the most specific first and those out of use last.

    :raises NotAllowed: not a lead.
    """
    if Right.LEAD not in actor.rights:
        raise NotAllowed(missing(Right.LEAD))
    wanted = (
        select(Target, Queue.key.label("queue"), Queue.name.label("queue_name"))
        .outerjoin(Queue, Queue.pk == Target.queue_pk)
        .order_by(Target.active.desc(), Target.weight.desc(), Target.pk)
        .limit(MAX_ROWS)
    )
    return [_row(*row) for row in state().db.session.execute(wanted)]


def _row(target: Any, queue: str | None, queue_name: str | None) -> TargetRow:
    times = (target.response_minutes, target.next_response_minutes, target.resolution_minutes)
    response, next_response, resolution = map(write_minutes, times)
    return TargetRow(
        key=target.key,
        queue=queue or "",
        queue_name=queue_name or "",
        priority=target.priority,
        plan=target.plan,
        response=response,
        next_response=next_response,
        resolution=resolution,
        active=target.active,
    )


def target(actor: Actor, key: str) -> TargetRow:
    """One target.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is none.
    """
    found = next((row for row in targets(actor) if row.key == key), None)
    if found is None:
        raise NotFound(_("There is no such target."))
    return found


def due_words(due: datetime, now: datetime) -> tuple[str, bool]:
    """How far away a due time is, and whether it is over; nothing where there is none."""
    if due >= NEVER:
        return "", False
    left = due - now
    if left >= timedelta(0):
        return _("due in %(time)s", time=format_duration(left)), False
    return _("overdue %(time)s", time=format_duration(-left)), True


@dataclass(frozen=True, slots=True)
class DueLine:
    """One of a ticket's times on its page.

    :param at: the moment; ``None`` where none runs.
    """

    label: str
    words: str
    late: bool
    at: datetime | None


@dataclass(frozen=True, slots=True)
class DueTimes:
    """A ticket's times, and why these: a sentence for each part of the reason."""

    lines: Sequence[DueLine]
    why: Sequence[str]


def due_times(row: Any, now: datetime) -> DueTimes | None:
    """What the page of a ticket says of its times; ``None`` where it has none.

    :param row: the ticket's columns, with ``queue_name`` and ``queue_hours``.
    """
    clock = clock_of(row.target)
    if clock is None:
        return None
    schedule = schedule_of(row.queue_hours)
    lines = [line for line in (_response(row, clock, now), _resolution(row, clock, now)) if line]
    return DueTimes(lines, _why(row, clock, schedule)) if lines else None


def _response(row: Any, clock: Clock, now: datetime) -> DueLine | None:
    label = _("Next answer") if clock.answered else _("First answer")
    if row.response_due_at is not None:
        return DueLine(label, *due_words(row.response_due_at, now), row.response_due_at)
    return None


def _resolution(row: Any, clock: Clock, now: datetime) -> DueLine | None:
    if row.resolution_due_at is not None:
        return DueLine(_("Solution"), *due_words(row.resolution_due_at, now), row.resolution_due_at)
    total = clock.promise.resolution
    if total is None or row.resolved_at is not None:
        return None
    left = timedelta(seconds=total - clock.used)
    said = _("paused, %(time)s left", time=format_duration(max(left, timedelta(0))))
    return DueLine(_("Solution"), said, left < timedelta(0), None)


def _why(row: Any, clock: Clock, schedule: Schedule) -> list[str]:
    """Which target, which hours, from when on."""
    promise = clock.promise
    said = [_("It is by %(why)s.", why=why_sentence(promise.why, _priorities()))]
    named = {
        _("first answer"): promise.response,
        _("next answers"): promise.next_response,
        _("solution"): promise.resolution,
    }
    times = [f"{label} {write_minutes(int(seconds) // 60)}" for label, seconds in named.items() if seconds is not None]
    if times:
        said.append(_("Times: %(times)s.", times=", ".join(times)))
    if schedule.always:
        said.append(_("Every hour counts, day and night."))
    else:
        said.append(_("Business hours of %(queue)s count, in %(zone)s.", queue=row.queue_name, zone=schedule.zone))
    if promise.resolution is not None:
        said.append(_("The time for a solution stands still while the customer is to answer."))
    return said


def _priorities() -> Mapping[str, str]:
    return {one: priority_label(one) for one in PRIORITIES}
