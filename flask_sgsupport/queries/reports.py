"""Reports: what was measured in a period and what waits now, counted for those who may see it, in a bounded reading.

Every figure is of tickets the reader sees now, so the list it opens has as many. No table is read beyond the period,
and of more than `MAX_MOMENTS` rows nothing is said but that it is too much.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import and_, case, or_, select

from ..actors import Actor
from ..business_hours import schedule_of
from ..errors import InvalidInput, NotAllowed
from ..figures import EVER, FIGURES, NO_AGENT, Counts, Figure
from ..i18n import format_number
from ..i18n import gettext as _
from ..measures import SPANS, course_of
from ..models import Agent, Measure, Queue, Ticket
from ..models.measured import count_not_measured
from ..periods import ONE_DAY, Period, Step
from ..permissions import not_of_colleagues, reads_figures_of, sees_agents, visible_to
from ..settings import state
from .choices import BIND, ask, bounded, part
from .conditions import counted, placed_in

MAX_MOMENTS = 150_000
"""So many rows are read for one part of a report; of more it says that they are too many."""
MAX_NAMES = 500
AGES: Sequence[tuple[int | None, int | None]] = ((None, 1), (1, 3), (3, 7), (7, None))
"""Backlog by age in days: from, and less than."""
ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for.

    :param queue: a queue's key; empty is any.
    :param agent: the host's id of an agent, or `flask_sgsupport.figures.NO_AGENT`; empty is any.
    """

    period: Period
    queue: str = ""
    agent: str = ""

    def figure(self, name: str, **changes: Any) -> Figure:
        """A figure of it; ``changes`` are of its fields."""
        figure = Figure(name, self.period.begins, self.period.ends, self.queue, self.agent)
        return replace(figure, **{key: value for key, value in changes.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: half of the values are below the one, nine in ten below the other."""

    median: float
    p90: int
    mean: float

    @classmethod
    def of(cls, values: Sequence[int]) -> Spread | None:
        """Of no value there is none. The ninth part in ten is the nearest rank: a value that occurred."""
        if not values:
            return None
        ordered = sorted(values)
        return cls(median(ordered), ordered[math.ceil(0.9 * len(ordered)) - 1], sum(ordered) / len(ordered))


@dataclass(frozen=True, slots=True)
class Value:
    """A figure's value.

    :param tickets: how many tickets it counts, as many as its list has.
    :param values: of how many values the times are; a ticket may have several.
    """

    tickets: int = 0
    values: int = 0
    calendar: Spread | None = None
    business: Spread | None = None


Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one queue or agent.

    :param key: of a queue, or the host's id of an agent.
    """

    key: str
    label: str
    values: Values


@dataclass(frozen=True, slots=True)
class Age:
    """How many open tickets are so old: opened from the one moment on and before the other."""

    days: tuple[int | None, int | None]
    begins: datetime
    ends: datetime
    tickets: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is open now."""

    ages: Sequence[Age]
    tickets: int
    unassigned: int
    oldest_at: datetime | None
    open_since: Sequence[datetime]
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """All of it; a part that would be of more than `MAX_MOMENTS` rows is ``None``."""

    asked: Asked
    values: Values | None
    queues: Sequence[Group]
    agents: Sequence[Group]
    steps: Sequence[tuple[Step, Values]]
    backlog: Backlog | None
    trend: Sequence[int | None] | None
    """How many were open at the end of each day or week, today's by now; of what is still to come nothing."""


@dataclass(frozen=True, slots=True)
class Named:
    """A queue or an agent."""

    pk: int
    key: str
    label: str
    active: bool
    zone: str = ""


@dataclass(slots=True)
class Names:
    """Queues and agents by name; of agents only those whose figures the reader may see.

    :param complete: whether everything older than the measuring has been gone through.
    :param zone: that of the default queue's business hours.
    """

    queues: list[Named] = field(default_factory=list)
    agents: list[Named] = field(default_factory=list)
    complete: bool = True
    zone: str = "UTC"

    def zone_of(self, queue: str) -> str:
        """The zone of a queue's business hours, and of the desk where there is no such queue."""
        return next((one.zone for one in self.queues if one.key == queue), self.zone)


def report(actor: Actor, asked: Asked, names: Names) -> Report:
    """The report this reader may see, in four statements.

    :raises NotAllowed: they ask for a colleague's figures without being a lead.
    """
    _check(actor, asked)
    moments, opened = _moments(actor, asked), _opened(actor, asked)
    known = moments is not None and opened is not None
    rows = [*(moments or ()), *(opened or ())] if known else []
    now = state().now()
    backlog = _backlog(actor, asked, now)
    return Report(
        asked=asked,
        values=_values(rows) if known else None,
        queues=_groups(rows, lambda row: row.queue_pk, {one.pk: one for one in names.queues}),
        agents=_groups(rows, lambda row: row.agent_pk, {one.pk: one for one in names.agents}, all=sees_agents(actor)),
        steps=_steps(rows, asked.period),
        backlog=backlog,
        trend=_trend(actor, asked, backlog.open_since, now) if backlog else None,
    )


def _check(actor: Actor, asked: Asked) -> None:
    if not reads_figures_of(actor, asked.figure("opened").person):
        raise NotAllowed(not_of_colleagues())


def moments_of(actor: Actor, asked: Asked) -> Sequence[Any]:
    """Every measured moment of a period with its ticket's number, in order.

    :raises InvalidInput: field ``since``: they are too many.
    :raises NotAllowed: as `report`.
    """
    _check(actor, asked)
    found = _moments(actor, asked, Ticket.ticket_id, Measure.since)
    if found is None:
        raise InvalidInput({"since": too_many()})
    return sorted(found, key=lambda row: (row.at, row.kind, row.ticket_id))


def too_many() -> str:
    """What is said of more than `MAX_MOMENTS` rows."""
    return _(
        "There are more than %(limit)s entries in this period. Choose a shorter one, or one queue: nothing is shown "
        "rather than a part of it.",
        limit=format_number(MAX_MOMENTS),
    )


def _own(actor: Actor) -> set[str]:
    return {actor.person.id} if actor.person else set()


def names_for(actor: Actor) -> Names:
    """What a report may be asked for, and whether it is complete, in one statement."""
    place = case((Queue.is_default.is_(True), -1), (Queue.active.is_(True), Queue.position))
    queue = part("queue", Queue.key, Queue.name, Queue.pk, position=place, extra=Queue.hours)
    agent = part("agent", Agent.host_id, Agent.name, Agent.pk, position=case((Agent.active.is_(True), 0)))
    if not sees_agents(actor):
        agent = agent.where(Agent.host_id.in_(_own(actor)))
    queue, agent = queue.order_by(Queue.position, Queue.pk), agent.order_by(Agent.name, Agent.pk)
    left = part("left", Queue.key, Queue.name, count_not_measured()).limit(1)
    found = Names()
    for row in ask([bounded(queue.limit(MAX_NAMES)), bounded(agent.limit(MAX_NAMES)), bounded(left)]):
        active = row.position is not None
        if row.kind == "left":
            found.complete = row.pk == 0
        elif row.kind == "agent":
            found.agents.append(Named(row.pk, row.key, row.label, active))
        else:
            zone = schedule_of(row.extra).zone
            found.queues.append(Named(row.pk, row.key, row.label, active, zone))
            found.zone = zone if row.position == -1 else found.zone
    for of in (found.queues, found.agents):
        of.sort(key=lambda one: (not one.active, one.label.casefold(), one.key))
    return found


_MOMENT = (
    Measure.kind,
    Measure.ticket_pk,
    Measure.at,
    Measure.seconds,
    Measure.business_seconds,
    Measure.queue_pk,
    Measure.agent_pk,
    Measure.word,
    Measure.ordinal,
    Measure.answers,
    Measure.undone,
)


def _moments(actor: Actor, asked: Asked, *more: Any) -> Sequence[Any] | None:
    """What was measured in the period, for this reader; ``None`` where it is too much."""
    kinds = {counts.kind for counts in FIGURES.values() if counts.kind}
    wanted = (
        select(*_MOMENT, *more)
        .join(Ticket, Ticket.pk == Measure.ticket_pk)
        .where(
            Measure.kind.in_(sorted(kinds)),
            Measure.at >= asked.period.begins,
            Measure.at < asked.period.ends,
            Ticket.filtered_reason.is_(None),
            visible_to(actor),
            *placed_in(asked.figure("resolved"), Measure.queue_pk, Measure.agent_pk),
        )
        .limit(MAX_MOMENTS + 1)
    )
    return _not_too_many(state().db.session.execute(wanted, bind_arguments=BIND).all())


@dataclass(frozen=True, slots=True)
class _Opened:
    """A ticket by when it was opened, among the moments."""

    ticket_pk: int
    at: datetime
    queue_pk: int
    agent_pk: int | None
    unanswered: bool
    kind: str = ""


def _opened(actor: Actor, asked: Asked) -> Sequence[Any] | None:
    """What was opened in the period, and whether it was never answered; ``None`` where it is too much."""
    never = case((_all_of(counted(FIGURES["unanswered"])), 1), else_=0)
    wanted = (
        select(Ticket.pk, Ticket.created_at, Ticket.queue_pk, Ticket.assignee_pk, never)
        .where(
            *counted(FIGURES["opened"]),
            # Both halves of the index over what was opened.
            Ticket.addressed.in_((False, True)),
            Ticket.created_at >= asked.period.begins,
            Ticket.created_at < asked.period.ends,
            visible_to(actor),
            *placed_in(asked.figure("opened"), Ticket.queue_pk, Ticket.assignee_pk),
        )
        .limit(MAX_MOMENTS + 1)
    )
    found = _not_too_many(state().db.session.execute(wanted, bind_arguments=BIND).all())
    if found is None:
        return None
    return [_Opened(pk, at, queue_pk, agent_pk, bool(unanswered)) for pk, at, queue_pk, agent_pk, unanswered in found]


def _all_of(conditions: Sequence[Any]) -> Any:
    first, *rest = conditions
    for one in rest:
        first &= one
    return first


def _backlog(actor: Actor, asked: Asked, now: datetime) -> Backlog | None:
    wanted = (
        select(Ticket.created_at, Ticket.assignee_pk, Ticket.course)
        .where(
            *counted(FIGURES["backlog"]),
            visible_to(actor),
            *placed_in(asked.figure("backlog"), Ticket.queue_pk, Ticket.assignee_pk),
        )
        .limit(MAX_MOMENTS + 1)
    )
    found = _not_too_many(state().db.session.execute(wanted, bind_arguments=BIND).all())
    if found is None:
        return None
    # To the whole minute, as addresses have it.
    ends = now.replace(second=0, microsecond=0) + ONE_MINUTE
    ages = []
    for least, most in AGES:
        younger = ends if least is None else ends - timedelta(days=least)
        older = EVER if most is None else ends - timedelta(days=most)
        count = sum(older <= row.created_at < younger for row in found)
        ages.append(Age((least, most), older, younger, count))
    return Backlog(
        ages=ages,
        tickets=len(found),
        unassigned=sum(row.assignee_pk is None for row in found),
        oldest_at=min((row.created_at for row in found), default=None),
        open_since=[_open_since(row) for row in found],
        begins=EVER,
        ends=ends,
    )


def _open_since(row: Any) -> datetime:
    course = course_of(row.course, None)
    since: datetime = (course and course.open_since) or row.created_at
    return since


def _trend(actor: Actor, asked: Asked, still_open: Sequence[datetime], now: datetime) -> Sequence[int | None] | None:
    """Counted from the spans that ended and from what is open still; ``None`` where they are too many."""
    steps = list(asked.period.steps())
    first, last = steps[0].ends, steps[-1].ends
    # Each kind by itself, so that what ended long after the period is not gone through.
    windows = [
        and_(
            Measure.kind == kind, Measure.at >= first, *(() if most is None else (Measure.at < last + most * ONE_DAY,))
        )
        for kind, most in SPANS.items()
    ]
    wanted = (
        select(Measure.since, Measure.at)
        .join(Ticket, Ticket.pk == Measure.ticket_pk)
        .where(
            or_(*windows),
            Measure.since < last,
            Ticket.filtered_reason.is_(None),
            visible_to(actor),
            *placed_in(asked.figure("backlog"), Measure.queue_pk, Measure.agent_pk),
        )
        .limit(MAX_MOMENTS + 1)
    )
    ended = _not_too_many(state().db.session.execute(wanted, bind_arguments=BIND).all())
    if ended is None:
        return None
    begun = sorted([*still_open, *(row.since for row in ended)])
    over = sorted(row.at for row in ended)
    found: list[int | None] = []
    for step in steps:
        count = bisect_left(begun, step.ends) - bisect_left(over, step.ends)
        found.append(count if step.begins <= now else None)
    return found


def _not_too_many(rows: Sequence[Any]) -> Sequence[Any] | None:
    return rows if len(rows) <= MAX_MOMENTS else None


def _counts(counts: Counts, row: Any) -> bool:
    """Whether a figure counts a row of `_moments`."""
    return counts.kind == row.kind and all(getattr(row, name) in of for name, of in counts.only.items())


def _values(rows: Iterable[Any]) -> Values:
    """The value of each figure."""
    by_kind: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    found = {}
    for name, counts in FIGURES.items():
        if name == "backlog":
            continue
        if not counts.kind:
            chosen = [row for row in by_kind[""] if name == "opened" or row.unanswered]
            found[name] = Value(len(chosen), len(chosen))
            continue
        chosen = [row for row in by_kind[counts.kind] if _counts(counts, row)]
        found[name] = Value(
            len({row.ticket_pk for row in chosen}),
            len(chosen),
            Spread.of([row.seconds for row in chosen]),
            Spread.of([row.business_seconds for row in chosen]),
        )
    return found


def _groups(
    rows: Iterable[Any], key: Callable[[Any], int | None], names: Mapping[int, Named], *, all: bool = True
) -> list[Group]:
    """The figures of each that has any, by name.

    :param all: also of nobody.
    """
    found: dict[str, list[Any]] = defaultdict(list)
    labels: dict[str, str] = {}
    for row in rows:
        pk = key(row)
        named = names.get(pk) if pk is not None else None
        if named is None and (pk is not None or not all):
            continue
        which = named.key if named else NO_AGENT
        labels[which] = named.label if named else _("Nobody")
        found[which].append(row)
    groups = [Group(which, labels[which], _values(of)) for which, of in found.items()]
    return sorted(groups, key=lambda one: (one.key == NO_AGENT, one.label.casefold(), one.key))


def _steps(rows: Iterable[Any], period: Period) -> list[tuple[Step, Values]]:
    """The figures of each day or week, in order; also of those without any."""
    steps = list(period.steps())
    found: list[list[Any]] = [[] for __ in steps]
    place = 0
    for row in sorted(rows, key=lambda row: row.at):
        while row.at >= steps[place].ends:
            place += 1
        found[place].append(row)
    return [(step, _values(of)) for step, of in zip(steps, found, strict=True)]
