"""Tell, once for each due time, that it is near or over: history, signal, rules, in-app notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement

from .. import signals
from ..actors import Actor, Side, Via
from ..business_hours import schedule_of
from ..models import Ticket
from ..payloads import rfc3339
from ..settings import state
from ..targets import BREACHED, KINDS, RESPONSE, WARNED, Clock, Moment, clock_of, moments
from .audience import leads
from .due_times import matched, set_clock
from .holding import touch
from .ruling import run_on
from .unit import NOBODY, Loaded, Unit

BY = Actor(side=Side.TIMER, via=Via.CLOCK, label="system:targets")
"""Whose doing it is in the history."""
SIGNALS = {WARNED: signals.target_warned, BREACHED: signals.target_breached}


def to_be_told(now: datetime) -> ColumnElement[bool]:
    """The condition that selects tickets of whose due times something is to be told."""
    return Ticket.alarm_at <= now


def remind(unit: Unit, loaded: Loaded) -> None:
    """Tell of what is near or over by now; what was told, or moved meanwhile, is not told."""
    ticket = loaded.ticket
    clock = clock_of(ticket.target)
    if clock is None:
        ticket.alarm_at = None
        return
    found = _now(unit, loaded, clock)
    for one in found:
        unit.record(ticket, f"target.{one.event}", field=one.kind, new=one.due_at.isoformat(), by=BY)
        unit.tell(SIGNALS[one.event], _payload(unit, loaded, one))
    if found:
        touch(unit, loaded, customer_sees=False)
        act = BREACHED if any(one.event == BREACHED for one in found) else WARNED
        ran = run_on(unit, loaded, act, targets=[one.kind for one in found if one.event == act])
        ran.tell(unit, loaded)
        _notify(unit, loaded, found, rule=ran.tells)
    # Who is told that it is over needs no warning any more.
    told = {one.name for one in found} | {f"{one.kind}.{WARNED}" for one in found}
    clock = replace(clock, told=clock.told | told)
    if loaded.placed != (ticket.queue_pk, ticket.priority):
        clock = _elsewhere(unit, loaded, clock)
    set_clock(ticket, loaded.queue, clock, unit.now)


def _elsewhere(unit: Unit, loaded: Loaded, clock: Clock) -> Clock:
    """The clock under the times that fit where a rule has put the ticket; what is over there too was told just now."""
    ticket = loaded.ticket
    other = matched(unit.session, ticket, loaded.queue, clock) or clock
    loaded.placed = (ticket.queue_pk, ticket.priority)
    over = {one.name for one in _due(unit, loaded, other)}
    return replace(other, told=other.told | (over & clock.told))


def _due(unit: Unit, loaded: Loaded, clock: Clock) -> Sequence[Moment]:
    percent = state().settings.target_warning_percent
    return [one for one in moments(clock, schedule_of(loaded.queue.hours), percent) if one.at <= unit.now]


def _now(unit: Unit, loaded: Loaded, clock: Clock) -> Sequence[Moment]:
    """What is to be told now, one of each kind: of what is over that it is."""
    due = _due(unit, loaded, clock)
    found = []
    for kind in KINDS:
        of_kind = sorted((one for one in due if one.kind == kind), key=lambda one: one.event != BREACHED)
        found += of_kind[:1]
    return found


def _notify(unit: Unit, loaded: Loaded, found: Sequence[Moment], *, rule: str) -> None:
    """Ring once, of the worst: whoever is responsible, and leads where something is over.

    :param rule: the name of the rule that has whoever is responsible told by mail as well.
    """
    over = [one for one in found if one.event == BREACHED]
    names: Sequence[str] = ("target_breached_staff", "target_breached_lead") if over else ("target_warned_staff",)
    kinds = {one.kind for one in over or found}
    people = replace(unit.people(loaded), leads=leads(unit.session) if over else ())
    said: dict[str, Any] = {"target": RESPONSE if RESPONSE in kinds else found[0].kind}
    if rule:
        names = ("ruled_staff", *names)
        said |= {"rule": rule, "over": bool(over)}
    unit.notify(loaded, names, people=people, by=NOBODY, **said)


def _payload(unit: Unit, loaded: Loaded, one: Moment) -> signals.TargetDue:
    return signals.TargetDue(
        ticket=loaded.record(), target=one.kind, due_at=rfc3339(one.due_at), envelope=loaded.envelope(unit)
    )
