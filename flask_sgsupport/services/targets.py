"""Keep targets: by when tickets of a queue, priority and plan are to be answered and solved."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..actors import Actor
from ..errors import InvalidInput, NotFound
from ..i18n import gettext as _
from ..models import Queue, Target
from ..routing import PRIORITIES
from ..stored_text import storable
from ..targets import read_minutes, weight, write_minutes
from .fields import Check, checked_fields, one_line, one_of, yes_or_no
from .locking import locked_set_up
from .seen import Seen, check_seen, in_words
from .setup import require_lead
from .transaction import run
from .unit import Unit

MAX_TARGETS = 200
TIMES: Mapping[str, str] = {
    "response": "response_minutes",
    "next_response": "next_response_minutes",
    "resolution": "resolution_minutes",
}
"""Fields of a form, as they are typed, and their columns."""


def create_target(actor: Actor, values: Mapping[str, Any]) -> str:
    """Make a target.

    :param values: fields of `TARGET_FIELDS`; one of the times is needed.
    :return: its key.
    :raises NotAllowed: not a lead.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_fields(TARGET_FIELDS, values)
    key = secrets.token_hex(8)

    def write(unit: Unit) -> None:
        others = _kept(unit)
        if len(others) >= MAX_TARGETS:
            raise InvalidInput({"queue": _("%(limit)s targets are the most.", limit=MAX_TARGETS)})
        target = Target(key=key, queue_pk=None, priority="", plan="", weight=0, active=True)
        blank: dict[str, Any] = {"queue": "", "priority": "", "plan": "", "active": True} | dict.fromkeys(TIMES, "")
        _write(unit, target, blank, checked, others)
        unit.session.add(target)

    run(actor, write)
    return key


def change_target(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change fields of `TARGET_FIELDS`; one that is disabled holds for no ticket from then on.

    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such target.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_fields(TARGET_FIELDS, changes)

    def write(unit: Unit) -> None:
        kept = _kept(unit)
        target = next((one for one in kept if one.key == key), None)
        if target is None:
            raise NotFound(_("There is no such target."))
        now = _as_typed(unit, target)
        check_seen(now, checked, seen)
        _write(unit, target, now, checked, [one for one in kept if one is not target])

    run(actor, write)


def _kept(unit: Unit) -> Sequence[Target]:
    """Every target, locked."""
    return locked_set_up(unit, select(Target).order_by(Target.pk))


def _as_typed(unit: Unit, target: Target) -> dict[str, Any]:
    queue = unit.session.get(Queue, target.queue_pk) if target.queue_pk is not None else None
    times = {name: write_minutes(getattr(target, column)) for name, column in TIMES.items()}
    named = {"queue": queue.key if queue else "", "priority": target.priority, "plan": target.plan}
    return {**named, **times, "active": target.active}


def _write(
    unit: Unit, target: Target, now: Mapping[str, Any], wanted: Mapping[str, Any], others: Sequence[Target]
) -> None:
    """Write what is otherwise than now, each field with its entry in the history."""
    after = {**now, **wanted}
    queue = _queue(unit, after["queue"], before=now["queue"])
    named = {"plan": after["plan"], "priority": after["priority"]}
    if not any(after[name] for name in TIMES):
        raise InvalidInput({"response": _("Write at least one of the times.")})
    queue_pk = queue.pk if queue else None
    same = (queue_pk, *named.values())
    if after["active"] and same in {(one.queue_pk, one.plan, one.priority) for one in others if one.active}:
        raise InvalidInput({"queue": _("There is a target for the same queue, priority and plan already.")})
    target.queue_pk, target.plan, target.priority = queue_pk, named["plan"], named["priority"]
    target.active, target.weight = after["active"], weight(queue=queue, **named)
    for name, column in TIMES.items():
        setattr(target, column, read_minutes(after[name]))
    called = " · ".join(filter(None, (named["plan"], queue.name if queue else "", named["priority"])))
    for name, value in after.items():
        if now[name] != value:
            old, new = in_words(now[name]), in_words(value)
            unit.record(None, "target.changed", field=name, old=old, new=new, target=target.key, name=called)


def _queue(unit: Unit, key: str, *, before: str) -> Queue | None:
    if not key:
        return None
    queue = unit.session.scalar(select(Queue).where(Queue.key == key))
    if queue is None or not (queue.active or key == before):
        raise InvalidInput({"queue": _("There is no such queue, or it is disabled.")})
    return queue


def _time(value: Any) -> str:
    try:
        return write_minutes(read_minutes(storable(str(value or ""))))
    except ValueError as error:
        raise ValueError(_("Write a time as 4 h, 1 h 30 m or 90 m, at most a year.")) from error


TARGET_FIELDS: Mapping[str, Check] = {
    "queue": lambda value: one_line(value, limit=50),
    "priority": one_of(PRIORITIES),
    "plan": one_line,
    **dict.fromkeys(TIMES, _time),
    "active": yes_or_no,
}
"""What may be changed of a target, and how each value is checked; ``queue`` is a key, and what is empty is any."""
