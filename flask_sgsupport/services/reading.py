"""Note that somebody has seen a ticket: the only writes a page view may cause, skipped when nothing is new."""

from __future__ import annotations

from sqlalchemy import select, update

from ..actors import Actor
from ..models import Delivery, Ticket, TicketRead
from ..permissions import deliveries_of, visible_to
from .transaction import Unit, insert_missing, run


def mark_read(ticket_id: str, actor: Actor) -> None:
    """The person has the ticket before them now: it is read, and so are its in-app notices.

    The caller asks a query first whether anything is new; a ticket not visible to the actor is left alone.
    """
    person = actor.person
    if person is None:
        return

    def write(unit: Unit) -> None:
        pk = unit.session.scalar(select(Ticket.pk).where(Ticket.ticket_id == ticket_id, visible_to(actor)))
        if pk is None:
            return
        seen = update(TicketRead).where(TicketRead.ticket_pk == pk, TicketRead.host_id == person.id)
        quiet = {"synchronize_session": False}
        if not unit.session.execute(seen.values(read_at=unit.now), execution_options=quiet).rowcount:  # type: ignore[attr-defined]
            insert_missing(unit.session, TicketRead, {"ticket_pk": pk, "host_id": person.id, "read_at": unit.now})
        bells = update(Delivery).where(deliveries_of(actor), Delivery.ticket_pk == pk, Delivery.read_at.is_(None))
        unit.session.execute(bells.values(read_at=unit.now), execution_options=quiet)

    run(actor, write)


def mark_all_read(actor: Actor) -> None:
    """Every in-app notice of this person on this side is read."""

    def write(unit: Unit) -> None:
        bells = update(Delivery).where(deliveries_of(actor), Delivery.read_at.is_(None)).values(read_at=unit.now)
        unit.session.execute(bells, execution_options={"synchronize_session": False})

    run(actor, write)
