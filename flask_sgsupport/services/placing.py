"""Write where a ticket belongs, with its history and signals: what agents, macros and rules do alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import select

from .. import signals
from ..actors import Actor
from ..errors import InvalidInput
from ..i18n import gettext as _
from ..models import Queue
from ..stored_text import storable
from .holding import set_assignee, still_works_on, touch
from .unit import Loaded, Unit


def queue_in_use(unit: Unit, key: str) -> Queue:
    """A queue a ticket may be put into, kept from being disabled meanwhile.

    :raises InvalidInput: there is none of this key.
    """
    wanted = select(Queue).where(Queue.key == storable(key), Queue.active.is_(True)).with_for_update(read=True)
    queue = unit.session.scalar(wanted)
    if queue is None:
        raise InvalidInput({"queue": _("There is no such queue, or it is disabled.")})
    return queue


def put_into_queue(unit: Unit, loaded: Loaded, queue: Queue, *, by: Actor | None = None) -> None:
    """Write another queue, its history and signal; the assignee is kept if they cover it. Notices are the caller's.

    :param by: whose doing it was, where that is not this actor.
    """
    old = loaded.queue
    unit.ask(signals.before_ticket_routed, routed(unit, loaded))
    loaded.ticket.queue_pk, loaded.queue = queue.pk, queue
    record_change(unit, loaded, "queue", old.name, queue.name, by=by)
    unit.tell(signals.ticket_routed, partial(routed, unit, loaded))
    if loaded.assignee is not None and not still_works_on(unit, loaded, loaded.assignee):
        set_assignee(unit, loaded, None, by=by)


def routed(unit: Unit, loaded: Loaded) -> signals.TicketRouted:
    """What the signals of another queue, or of the filter, carry."""
    ticket = loaded.ticket
    return signals.TicketRouted(
        ticket=loaded.record(), reasons=(), filtered_reason=ticket.filtered_reason, envelope=loaded.envelope(unit)
    )


@contextmanager
def routing(unit: Unit, loaded: Loaded) -> Iterator[None]:
    """What changes in the block is asked of the receivers before and told to them after the commit."""
    unit.ask(signals.before_ticket_routed, routed(unit, loaded))
    yield
    unit.tell(signals.ticket_routed, partial(routed, unit, loaded))


def record_change(
    unit: Unit, loaded: Loaded, name: str, old: str | None, new: str | None, *, by: Actor | None = None
) -> None:
    """Stamp a changed field and write its entry of the history; no customer sees it."""
    touch(unit, loaded, customer_sees=False)
    unit.record(loaded.ticket, "field.changed", field=name, old=old, new=new, by=by)
