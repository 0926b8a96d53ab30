"""By when a ticket is to be answered and solved: which target holds for it, its clock, and what of it is due.

Pure decisions: times are moments and seconds of business hours; the services store what is said here.

Of several targets the one that names more of plan, queue and priority holds; of two that name as much the one that
names the plan, then the one that names the queue. What a target leaves empty has no time.

The time for an answer runs while the customer waits for one. The time for a solution runs while it is support's turn,
stands still while it is the customer's, and goes on where it was when the ticket comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from .business_hours import Schedule
from .i18n import Coded, worded
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

MAX_MINUTES = 60 * 24 * 365
RESPONSE, RESOLUTION = "response", "resolution"
KINDS = (RESPONSE, RESOLUTION)
WARNED, BREACHED = "warned", "breached"


def weight(*, plan: str, queue: object, priority: str) -> int:
    """How specific a target is: the greater one holds."""
    named = [bool(plan), bool(queue), bool(priority)]
    return sum(named) * 8 + named[0] * 4 + named[1] * 2 + named[2]


@dataclass(frozen=True, slots=True)
class Promise:
    """The times that hold for a ticket, in seconds of business hours; ``None`` is no time.

    :param response: until the first answer.
    :param next_response: until an answer to what the customer writes after the first one.
    :param response_at: a moment the host named for the first answer, which stays where it is.
    :param resolution_at: one for the solution, which nothing puts off.
    :param why: a code of `WHY` with its values.
    """

    response: float | None = None
    next_response: float | None = None
    resolution: float | None = None
    response_at: datetime | None = None
    resolution_at: datetime | None = None
    why: Coded = field(default_factory=lambda: {"code": "table"})


@dataclass(frozen=True, slots=True)
class Clock:
    """How the times of one ticket run.

    :param promise: what was matched when it was opened, or when its queue or priority changed.
    :param response_since: since when the customer waits for an answer; ``None`` where they do not.
    :param answered: whether there was an answer when they began to wait.
    :param working_since: since when it is support's turn; ``None`` where the time for a solution stands still.
    :param left_since: since when they have waited where it was resolved without an answer, or where the question comes
        from another ticket.
    :param used: seconds of that time before.
    :param told: what was told of, as ``response.warned``.
    """

    promise: Promise
    response_since: datetime | None = None
    answered: bool = False
    working_since: datetime | None = None
    used: float = 0
    told: frozenset[str] = frozenset()
    left_since: datetime | None = None

    @property
    def response_seconds(self) -> float | None:
        """The time for the answer that is waited for."""
        return self.promise.next_response if self.answered else self.promise.response

    def seconds_of(self, kind: str) -> float | None:
        """The time of a kind."""
        return self.response_seconds if kind == RESPONSE else self.promise.resolution

    def moment_of(self, kind: str) -> datetime | None:
        """The moment the host named for a kind."""
        if kind == RESOLUTION:
            return self.promise.resolution_at
        return None if self.answered else self.promise.response_at


def carried_on(
    clock: Clock, schedule: Schedule, now: datetime, *, waits: bool, answered: bool, unanswered: bool = False
) -> Clock:
    """The clock after an act.

    :param waits: whether it is support's turn.
    :param answered: whether the customer had an answer before.
    :param unanswered: where it is not: whether it was resolved without an answer to what they asked last.
    """
    if waits and clock.response_since is None:
        clock = clock if clock.left_since else _told_of_nothing(clock)
        clock = replace(clock, response_since=clock.left_since or now, left_since=None, answered=answered)
    elif not waits:
        left_since = (clock.response_since or clock.left_since) if unanswered else None
        clock = replace(clock, response_since=None, left_since=left_since)
    if waits and clock.working_since is None:
        return replace(clock, working_since=now)
    if not waits and clock.working_since is not None:
        used = clock.used + schedule.business_seconds(clock.working_since, now)
        return replace(clock, working_since=None, used=used)
    return clock


def taken_over(clock: Clock, since: datetime) -> Clock:
    """The clock of a ticket that takes in a question which waits since then; its own first answer keeps its time."""
    if clock.response_since is None:
        return replace(_told_of_nothing(clock), left_since=since)
    return replace(clock, response_since=min(clock.response_since, since)) if clock.answered else clock


def _told_of_nothing(clock: Clock) -> Clock:
    """Another answer is waited for."""
    return replace(clock, told=frozenset(one for one in clock.told if not one.startswith(RESPONSE)))


def matched_again(clock: Clock, promise: Promise) -> Clock:
    """The clock under other times, which count from when it began to run; what is another time is told of anew."""
    other = replace(clock, promise=promise)
    changed = [
        kind
        for kind in KINDS
        if (clock.seconds_of(kind), clock.moment_of(kind)) != (other.seconds_of(kind), other.moment_of(kind))
    ]
    return replace(other, told=frozenset(one for one in clock.told if one.partition(".")[0] not in changed))


def due_at(clock: Clock, schedule: Schedule, kind: str, part: float = 1) -> datetime | None:
    """When a time is over, or a part of it; ``None`` where none runs."""
    seconds, named = clock.seconds_of(kind), clock.moment_of(kind)
    since, used = (clock.response_since, 0.0) if kind == RESPONSE else (clock.working_since, clock.used)
    if since is None:
        return None
    if named is not None:
        return since + (named - since) * part
    return None if seconds is None else schedule.add(since, max(seconds * part - used, 0))


def was_kept(clock: Clock, schedule: Schedule, kind: str, now: datetime) -> bool | None:
    """Whether what is due is done in time now; ``None`` where it has no time, or nobody waits for it."""
    seconds, named = clock.seconds_of(kind), clock.moment_of(kind)
    since, used = clock.working_since, clock.used
    if kind == RESPONSE:
        # It may be answered while it is resolved.
        since, used = clock.response_since or clock.left_since, 0
    if named is not None:
        return now <= named
    if seconds is None or (kind == RESPONSE and since is None):
        return None
    return used + (schedule.business_seconds(since, now) if since is not None else 0) <= seconds


@dataclass(frozen=True, slots=True)
class Moment:
    """Something to be told: that a time is nearly over, or over."""

    at: datetime
    kind: str
    event: str
    due_at: datetime

    @property
    def name(self) -> str:
        """How `Clock.told` names it."""
        return f"{self.kind}.{self.event}"


def moments(clock: Clock, schedule: Schedule, warning_percent: int | None) -> Iterator[Moment]:
    """What is still to be told, if nothing else happens; of what is over nobody is warned.

    :param warning_percent: after which part of a time its warning comes; ``None`` warns of nothing.
    """
    for kind in KINDS:
        ends = due_at(clock, schedule, kind)
        if ends is None or f"{kind}.{BREACHED}" in clock.told:
            continue
        yield Moment(ends, kind, BREACHED, ends)
        warns = due_at(clock, schedule, kind, warning_percent / 100) if warning_percent else None
        if warns is not None and warns < ends and f"{kind}.{WARNED}" not in clock.told:
            yield Moment(warns, kind, WARNED, ends)


def as_stored(clock: Clock) -> str:
    """A clock as JSON."""
    promise = clock.promise
    said = {
        "response": promise.response,
        "next": promise.next_response,
        "resolution": promise.resolution,
        "response_at": promise.response_at.isoformat() if promise.response_at else None,
        "resolution_at": promise.resolution_at.isoformat() if promise.resolution_at else None,
        "why": promise.why,
        "since": clock.response_since.isoformat() if clock.response_since else None,
        "answered": clock.answered,
        "working": clock.working_since.isoformat() if clock.working_since else None,
        "used": clock.used,
        "told": sorted(clock.told),
        "left": clock.left_since.isoformat() if clock.left_since else None,
    }
    return json.dumps(said, ensure_ascii=False)


def clock_of(text: str | None) -> Clock | None:
    """A stored clock; ``None`` where the ticket has none."""
    if not text:
        return None
    said = json.loads(text)
    return Clock(
        Promise(
            said["response"],
            said["next"],
            said["resolution"],
            _moment(said["response_at"]),
            _moment(said["resolution_at"]),
            said["why"],
        ),
        _moment(said["since"]),
        said["answered"],
        _moment(said["working"]),
        said["used"],
        frozenset(said["told"]),
        _moment(said.get("left")),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


# In words


def target_label(kind: str) -> str:
    """What a time is for."""
    return {RESPONSE: _("answer"), RESOLUTION: _("solution")}[kind]


WHY: Mapping[str, str] = {
    "table": _l("the target for every ticket"),
    "plan": _l("the target for the plan %(plan)s"),
    "queue": _l("the target for the queue %(queue)s"),
    "priority": _l("the target for the priority %(priority)s"),
    "plan_queue": _l("the target for the plan %(plan)s in the queue %(queue)s"),
    "plan_priority": _l("the target for the plan %(plan)s and the priority %(priority)s"),
    "queue_priority": _l("the target for the queue %(queue)s and the priority %(priority)s"),
    "plan_queue_priority": _l("the target for the plan %(plan)s, the queue %(queue)s and the priority %(priority)s"),
    "host": _l("the app: %(because)s"),
}
"""Why these times hold, by the code that is stored."""


def why_of(*, plan: str, queue: str, priority: str) -> Coded:
    """The code of a target that names these, each possibly empty."""
    named = {name: value for name, value in (("plan", plan), ("queue", queue), ("priority", priority)) if value}
    return {"code": "_".join(named) or "table", **named}


def why_sentence(why: Coded, priority_label: Mapping[str, str]) -> str:
    """Why these times hold, in the reader's language."""
    values = dict(why)
    if "priority" in values:
        values["priority"] = priority_label.get(values["priority"], values["priority"])
    if values["code"] == "host":
        values["because"] = values.get("because") or _("no reason given")
    return worded(WHY, values)


_PART = re.compile(r"(\d{1,6})\s*(h|m|)", re.IGNORECASE)


def read_minutes(text: str) -> int | None:
    """A time as it is typed, ``4 h``, ``1 h 30 m``, ``90 m`` or ``90``; empty is none.

    :raises ValueError: it is no such time, none at all or longer than a year.
    """
    rest, total = text.strip(), 0
    if not rest:
        return None
    while rest:
        found = _PART.match(rest)
        if found is None:
            raise ValueError(text)
        total += int(found[1]) * (60 if found[2].lower() == "h" else 1)
        rest = rest[found.end() :].lstrip()
    if not 0 < total <= MAX_MINUTES:
        raise ValueError(text)
    return total


def write_minutes(minutes: int | None) -> str:
    """A time as it is shown and read again."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    return " ".join(([f"{hours} h"] if hours else []) + ([f"{rest} m"] if rest or not hours else []))
