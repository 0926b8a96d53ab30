"""What time does: close, hold and release resolved tickets, wake snoozed ones, remind, give, hand over, tidy.

`tick` may run at any time, twice, late and on several machines at once: each ticket is a unit of work of its own that
asks the lifecycle again under the row's lock. Nothing of this happens in a page view.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from ..actors import clock_actor
from ..errors import SupportError, TransitionRefused
from ..lifecycle import Act, decide
from ..models import Delivery, Heartbeat, NumberCounter, Ticket
from ..models.reaching import lost, notice_undelivered, notice_under_way
from ..settings import state
from . import drafting, giving, handing_over, host_changes, presence, tidying
from .inserting import insert_missing
from .numbers import prepare
from .reminding import remind, to_be_told
from .status import apply, facts_for, move
from .transaction import run
from .turns import MAX_WAITING, some_of
from .unit import Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.clock")

MAX_TICKETS = 500
"""Tickets of each kind in one tick; what is left waits for the next, which then follows at once."""


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick did.

    :param given: tickets of which a rule had found nobody, and somebody has them now.
    :param failed: tickets that could not be changed now; the error is logged and the next tick tries again.
    :param more: something was left for the next tick.
    """

    closed: int = 0
    held: int = 0
    released: int = 0
    woken: int = 0
    files_removed: int = 0
    handed_over: int = 0
    reminded: int = 0
    given: int = 0
    failed: int = 0
    more: bool = False

    def __str__(self) -> str:
        return (
            f"{self.closed} closed, {self.held} held, {self.released} released, {self.files_removed} files removed"
            + (f", {self.woken} woken" if self.woken else "")
            + (f", {self.handed_over} handed over" if self.handed_over else "")
            + (f", {self.reminded} reminded" if self.reminded else "")
            + (f", {self.given} given" if self.given else "")
            + (f", {self.failed} failed" if self.failed else "")
        )


def tick(now: datetime | None = None) -> TickReport:
    """Do everything that is due.

    :param now: the moment to act at; by default the app's clock.
    """
    moment = now or state().now()
    _prepare_numbers(moment)
    counts = {"closed": 0, "held": 0, "released": 0, "woken": 0, "reminded": 0, "given": 0, "failed": 0}
    more = False
    for name, due, act in (
        ("held", _due(_unreached(), Ticket.auto_close_at), _hold),
        ("released", _due(_reached(), Ticket.auto_close_at), _release),
        ("closed", _due(_over(moment), Ticket.auto_close_at), _close),
        ("woken", _due(_slept(moment), Ticket.snoozed_until), _wake),
        ("reminded", _due(to_be_told(moment), Ticket.alarm_at), remind),
        ("given", partial(giving.to_be_given, MAX_TICKETS), giving.give),
    ):
        done, failed, left = _each(due(), act, moment)
        counts[name] += done
        counts["failed"] += failed
        more = more or (left and done > 0)
    handed_over = 0
    try:
        handed_over = handing_over.sweep()
    except SupportError as error:
        log.warning("The clock could not hand tickets over: %s", error)
        counts["failed"] += 1
    more = host_changes.go_on() or more
    presence.forget(moment)
    drafting.forget_old_drafts(moment)
    report = TickReport(**counts, files_removed=tidying.sweep(moment), handed_over=handed_over, more=more)
    beat("clock", str(report), moment)
    return report


def beat(name: str, detail: str, now: datetime | None = None) -> None:
    """Say that a worker or the clock is alive."""

    def write(unit: Unit) -> None:
        row = {"name": name, "seen_at": now or unit.now, "detail": detail[:500]}
        seen = update(Heartbeat).where(Heartbeat.name == name).values(seen_at=row["seen_at"], detail=row["detail"])
        if not unit.session.execute(seen, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
            insert_missing(unit.session, Heartbeat, [row])

    run(clock_actor(), write)


def _due(condition: ColumnElement[bool], first: Any) -> Callable[[], Sequence[str]]:
    """Reads the numbers of the tickets that are due."""
    wanted = select(Ticket.ticket_id).where(condition).order_by(first, Ticket.pk).limit(MAX_WAITING)
    return lambda: some_of(state().db.session.scalars(wanted).all(), MAX_TICKETS)


def _each(
    ticket_ids: Sequence[str], act: Callable[[Unit, Loaded], bool | None], now: datetime
) -> tuple[int, int, bool]:
    """Apply an act to the tickets that are due, each in its own unit of work; one that answers no has done nothing."""
    done = failed = 0
    for ticket_id in ticket_ids:

        def write(unit: Unit, ticket_id: str = ticket_id) -> bool | None:
            unit.now = now
            return act(unit, load(unit, ticket_id))

        try:
            done += run(clock_actor(), write) is not False
        except TransitionRefused:
            # Another machine was faster, or the customer was.
            continue
        except SupportError as error:
            log.warning("The clock could not change %s: %s", ticket_id, error)
            failed += 1
        except Exception:
            log.exception("The clock could not change %s", ticket_id)
            failed += 1
    return done, failed, len(ticket_ids) == MAX_TICKETS


def _over(now: datetime) -> ColumnElement[bool]:
    return and_(
        Ticket.waits_for_the_clock(), Ticket.auto_close_at <= now, Ticket.hold_reason.is_(None), ~notice_undelivered()
    )


def _close(unit: Unit, loaded: Loaded) -> None:
    move(unit, loaded, Act.AUTO_CLOSE)


def _unreached() -> ColumnElement[bool]:
    return and_(Ticket.waits_for_the_clock(), Ticket.hold_reason.is_(None), notice_undelivered())


def _hold(unit: Unit, loaded: Loaded) -> None:
    ticket = loaded.ticket
    transition = decide(Act.HOLD_TIMER, facts_for(unit, loaded, Act.HOLD_TIMER), unit.actor)
    apply(unit, loaded, transition)
    reason = _what_failed(unit, ticket)
    ticket.hold_reason = reason[:200]
    unit.record(ticket, "timer.held", field="timer", new=reason)
    unit.notify(loaded, transition.row.notices, reason=reason)


def _what_failed(unit: Unit, ticket: Ticket) -> str:
    """The newest mail about the resolution that did not arrive, and why."""
    newest = select(Delivery.address, Delivery.error).join(Ticket, Ticket.pk == Delivery.ticket_pk)
    newest = newest.where(lost(), Ticket.pk == ticket.pk).order_by(Delivery.pk.desc()).limit(1)
    address, error = unit.session.execute(newest).one()
    return f"{address}: {error}"


def _reached() -> ColumnElement[bool]:
    held = and_(Ticket.waits_for_the_clock(), Ticket.hold_reason.is_not(None))
    return and_(held, ~notice_undelivered(), ~notice_under_way())


def _release(unit: Unit, loaded: Loaded) -> None:
    facts = facts_for(unit, loaded, Act.RELEASE_TIMER)
    apply(unit, loaded, decide(Act.RELEASE_TIMER, facts, unit.actor))


def _slept(now: datetime) -> ColumnElement[bool]:
    return and_(Ticket.snoozed_until <= now, Ticket.merged_into_id.is_(None))


def _wake(unit: Unit, loaded: Loaded) -> None:
    move(unit, loaded, Act.WAKE)


def _prepare_numbers(now: datetime) -> None:
    host = state()
    prefix = host.settings.ticket_prefix
    wanted = select(NumberCounter.year).where(
        NumberCounter.prefix == prefix, NumberCounter.year.in_((now.year, now.year + 1))
    )
    if len(host.db.session.scalars(wanted).all()) < 2:
        run(clock_actor(), lambda unit: prepare(unit.session, prefix, now))
