"""What time does: close resolved tickets, hold and release their clocks, prepare numbers, hand over, tidy files.

`tick` may run at any time, twice, late and on several machines at once: each ticket is a unit of work of its own that
asks the lifecycle again under the row's lock. Nothing of this happens in a page view.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from ..actors import Side, clock_actor
from ..errors import SupportError, TransitionRefused
from ..lifecycle import Act, decide
from ..models import Attachment, Delivery, Heartbeat, NumberCounter, Ticket
from ..notifications import BELL, EMAIL
from ..settings import state
from . import handing_over
from .numbers import prepare
from .status import apply, move
from .transaction import BIND, Loaded, Unit, insert_missing, load, run

log = logging.getLogger("flask_sgsupport.clock")

MAX_TICKETS = 500
"""Tickets of each kind in one tick; what is left waits for the next, which then follows at once."""
SWEEP_EVERY = timedelta(hours=6)
ORPHAN_AFTER = timedelta(days=1)
MAX_FILES_REMOVED = 1_000
_CHUNK = 500

NOT_DELIVERED = ("failed", "bounced")


@dataclass(frozen=True, slots=True)
class TickReport:
    """What one tick did.

    :param failed: tickets that could not be changed now; the error is logged and the next tick tries again.
    :param more: something was left for the next tick.
    """

    closed: int = 0
    held: int = 0
    released: int = 0
    files_removed: int = 0
    handed_over: int = 0
    failed: int = 0
    more: bool = False

    def __str__(self) -> str:
        return (
            f"{self.closed} closed, {self.held} held, {self.released} released, {self.files_removed} files removed"
            + (f", {self.handed_over} handed over" if self.handed_over else "")
            + (f", {self.failed} failed" if self.failed else "")
        )


def tick(now: datetime | None = None) -> TickReport:
    """Do everything that is due.

    :param now: the moment to act at; by default the app's clock.
    """
    moment = now or state().now()
    _prepare_numbers(moment)
    counts = {"closed": 0, "held": 0, "released": 0, "failed": 0}
    more = False
    for name, due, act in (
        ("held", _unreached(), _hold),
        ("released", Ticket.hold_reason.is_not(None) & Ticket.waits_for_the_clock(), _release),
        ("closed", _over(moment), _close),
    ):
        done, failed, left = _each(due, act, moment)
        counts[name] += done
        counts["failed"] += failed
        more = more or (left and done > 0)
    handed_over = 0
    try:
        handed_over = handing_over.sweep()
    except SupportError as error:
        log.warning("The clock could not hand tickets over: %s", error)
        counts["failed"] += 1
    report = TickReport(**counts, files_removed=_sweep(moment), handed_over=handed_over, more=more)
    beat("clock", str(report), moment)
    return report


def beat(name: str, detail: str, now: datetime | None = None) -> None:
    """Say that a worker or the clock is alive."""

    def write(unit: Unit) -> None:
        row = {"name": name, "seen_at": now or unit.now, "detail": detail[:500]}
        seen = update(Heartbeat).where(Heartbeat.name == name).values(seen_at=row["seen_at"], detail=row["detail"])
        if not unit.session.execute(seen, execution_options={"synchronize_session": False}).rowcount:  # type: ignore[attr-defined]
            insert_missing(unit.session, Heartbeat, row)

    run(clock_actor(), write)


def _each(due: ColumnElement[bool], act: Callable[[Unit, Loaded], bool], now: datetime) -> tuple[int, int, bool]:
    """Apply an act to the tickets that are due, each in its own unit of work."""
    wanted = select(Ticket.ticket_id).where(due).order_by(Ticket.auto_close_at, Ticket.pk).limit(MAX_TICKETS)
    ticket_ids = state().db.session.scalars(wanted).all()
    done = failed = 0
    for ticket_id in ticket_ids:

        def write(unit: Unit, ticket_id: str = ticket_id) -> bool:
            unit.now = now
            return act(unit, load(unit, ticket_id))

        try:
            done += run(clock_actor(), write)
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
        Ticket.waits_for_the_clock(),
        Ticket.auto_close_at <= now,
        Ticket.hold_reason.is_(None),
    )


def _close(unit: Unit, loaded: Loaded) -> bool:
    move(unit, loaded, Act.AUTO_CLOSE, notice_undelivered=_undelivered(unit.session, loaded.ticket) is not None)
    return True


def _unreached() -> ColumnElement[bool]:
    """Resolved tickets with a mail to the requester that did not arrive; `_undelivered` then looks closer."""
    failed = select(Delivery.pk).where(
        Delivery.ticket_pk == Ticket.pk,
        Delivery.side == str(Side.CUSTOMER),
        Delivery.channel == EMAIL,
        Delivery.state.in_(NOT_DELIVERED),
        Delivery.created_at >= Ticket.resolved_at,
    )
    return and_(Ticket.waits_for_the_clock(), Ticket.hold_reason.is_(None), exists(failed))


def _hold(unit: Unit, loaded: Loaded) -> bool:
    ticket = loaded.ticket
    reason = _undelivered(unit.session, ticket)
    transition = decide(Act.HOLD_TIMER, loaded.facts(unit, notice_undelivered=reason is not None), unit.actor)
    apply(unit, loaded, transition)
    ticket.hold_reason = (reason or "")[:200]
    unit.record(ticket, "timer.held", field="timer", new=reason)
    unit.notify(loaded, transition.row.notices, reason=reason)
    return True


def _release(unit: Unit, loaded: Loaded) -> bool:
    missed = _undelivered(unit.session, loaded.ticket) is not None
    transition = decide(Act.RELEASE_TIMER, loaded.facts(unit, notice_undelivered=missed), unit.actor)
    apply(unit, loaded, transition)
    return True


def _undelivered(session: Session, ticket: Ticket) -> str | None:
    """Why the requester does not know that the ticket is resolved; ``None`` where one way or the other they were told.

    A mail failed or bounced since, none arrived, and no in-app notice was read.
    """
    if ticket.resolved_at is None:
        return None
    mail = Delivery.channel == EMAIL
    told = or_(mail & (Delivery.state == "sent"), (Delivery.channel == BELL) & Delivery.read_at.is_not(None))
    theirs = (
        Delivery.ticket_pk == ticket.pk,
        Delivery.recipient_id == ticket.requester_id,
        Delivery.side == str(Side.CUSTOMER),
        Delivery.created_at >= ticket.resolved_at,
    )
    reached = session.scalar(select(func.count()).select_from(Delivery).where(*theirs, told))
    if reached:
        return None
    lost = select(Delivery.address, Delivery.error).where(*theirs, mail, Delivery.state.in_(NOT_DELIVERED))
    found = session.execute(lost.order_by(Delivery.pk.desc()).limit(1)).first()
    return f"{found[0]}: {found[1]}" if found else None


def _prepare_numbers(now: datetime) -> None:
    host = state()
    prefix = host.settings.ticket_prefix
    wanted = select(NumberCounter.year).where(
        NumberCounter.prefix == prefix, NumberCounter.year.in_((now.year, now.year + 1))
    )
    if len(host.db.session.scalars(wanted).all()) < 2:
        run(clock_actor(), lambda unit: prepare(unit.session, prefix, now))


def _sweep(now: datetime) -> int:
    """Remove stored files that no row names, a bounded number now and then, on one machine at a time."""
    if not run(clock_actor(), lambda unit: _is_our_turn(unit, now)):
        return 0
    storage = state().storage
    removed = 0
    old: Iterator[str] = iter(storage.keys(older_than=now - ORPHAN_AFTER))
    while removed < MAX_FILES_REMOVED and (keys := set(islice(old, _CHUNK))):
        wanted = select(Attachment.storage_key).where(Attachment.storage_key.in_(keys))
        known = set(state().db.session.scalars(wanted))
        for key in keys - known:
            storage.delete(key)
            removed += 1
    return removed


def _is_our_turn(unit: Unit, now: datetime) -> bool:
    session: Any = unit.session
    here = Heartbeat.name == "sweep"
    if session.scalar(select(Heartbeat.name).where(here)) is None:
        insert_missing(session, Heartbeat, {"name": "sweep", "seen_at": now - 2 * SWEEP_EVERY, "detail": ""})
    turn = update(Heartbeat).where(here, Heartbeat.seen_at <= now - SWEEP_EVERY).values(seen_at=now)
    changed = session.execute(turn, execution_options={"synchronize_session": False}, bind_arguments=BIND)
    return bool(changed.rowcount)
