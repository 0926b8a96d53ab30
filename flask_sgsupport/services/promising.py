"""Ask the host by when a ticket is due, since what a customer was promised is the host's: after the ticket is there.

Whatever its function does, the ticket has the times that leads have set, and keeps them where it fails.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..actors import Actor, Side, Via
from ..errors import NotFound
from ..hooks import TargetFacts, Targets
from ..models import Queue, Ticket
from ..settings import state
from ..signals import TicketRouted
from ..stored_text import storable
from ..targets import MAX_MINUTES, Clock, Promise, clock_of, matched_again
from .calling import ask_hooks
from .due_times import set_clock
from .transaction import read_before, run
from .unit import BIND, Unit, load

log = logging.getLogger("flask_sgsupport.promising")

BY = Actor(side=Side.TIMER, via=Via.CLOCK, label="system:targets")
MAX_BECAUSE = 200
MINUTES = ("response_minutes", "next_response_minutes", "resolution_minutes")
MOMENTS = ("response_due_at", "resolution_due_at")


def on_routed(app: Any, payload: TicketRouted) -> None:
    """Receive that a ticket was opened, or that its queue or priority may have changed."""
    if state().hooks.targets is not None:
        promise_anew(str(payload.ticket["ticket_id"]))


def promise_anew(ticket_id: str) -> None:
    """Give a ticket the times the host's function names, in the time of a context hook. Never raises for it."""
    function = state().hooks.targets
    facts = _facts(ticket_id)
    if function is None or facts is None:
        return
    answer = ask_hooks(BY, {"targets": lambda: sound(function(facts))})["targets"]
    if answer.failure is not None:
        log.error("The targets function gave nothing for %s: %s", ticket_id, answer.failure, exc_info=answer.error)
        return
    named: Promise | None = answer.value
    if named is not None:
        run(BY, lambda unit: _write(unit, facts, named))


def sound(answer: object) -> Promise | None:
    """An answer as times that can be kept.

    :raises TypeError: neither ``Targets(…)`` nor ``None``, or something else in it than it says.
    :raises ValueError: minutes that are none, or a moment without a zone.
    """
    if answer is None:
        return None
    if not isinstance(answer, Targets):
        raise TypeError(f"The targets function must return Targets(…) or None, not {type(answer).__name__}.")
    response, next_response, resolution = (_seconds(name, getattr(answer, name)) for name in MINUTES)
    response_at, resolution_at = (_moment(name, getattr(answer, name)) for name in MOMENTS)
    why = {"code": "host", "because": storable(str(answer.because))[:MAX_BECAUSE]}
    return Promise(response, next_response, resolution, response_at, resolution_at, why)


def _seconds(name: str, minutes: object) -> float | None:
    if minutes is None:
        return None
    if isinstance(minutes, bool) or not isinstance(minutes, int):
        raise TypeError(f"{name} must be a whole number or None, not {type(minutes).__name__}.")
    if not 0 < minutes <= MAX_MINUTES:
        raise ValueError(f"{name} must be from 1 to {MAX_MINUTES}.")
    return minutes * 60


def _moment(name: str, moment: object) -> datetime | None:
    if moment is None:
        return None
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} must be a datetime or None, not {type(moment).__name__}.")
    if moment.tzinfo is None:
        raise ValueError(f"{name} must know its time zone.")
    return moment


def _facts(ticket_id: str) -> TargetFacts | None:
    wanted = select(
        Ticket.ticket_id,
        Ticket.account_id,
        Ticket.account_name,
        Ticket.plan,
        Queue.key.label("queue"),
        Ticket.priority,
        Ticket.channel,
        Ticket.created_at.label("opened_at"),
    ).join(Queue, Queue.pk == Ticket.queue_pk)
    wanted = wanted.where(Ticket.ticket_id == ticket_id)
    row = read_before(BY, lambda session: session.execute(wanted, bind_arguments=BIND).first())
    return None if row is None else TargetFacts(**row._asdict())


def _write(unit: Unit, facts: TargetFacts, promise: Promise) -> None:
    try:
        loaded = load(unit, facts.ticket_id)
    except NotFound:
        return
    ticket = loaded.ticket
    if (loaded.queue.key, ticket.priority) != (facts.queue, facts.priority):
        # It was moved meanwhile, and is asked about again.
        return
    clock = matched_again(clock_of(ticket.target) or Clock(promise), promise)
    set_clock(ticket, loaded.queue, clock, unit.now)
