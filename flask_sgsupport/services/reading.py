"""Note that somebody has seen a ticket: the only writes a page view may cause, skipped when nothing is new."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import literal, or_, select, update

from ..actors import Actor
from ..errors import NotAllowed
from ..i18n import gettext as _
from ..models import Delivery, Ticket, TicketRead
from ..permissions import deliveries_of, visible_to
from .inserting import insert_or_advance
from .looking import write_while_looking
from .transaction import run
from .unit import BIND, Unit


def mark_read(ticket_id: str, actor: Actor, *, updated_at: datetime, bell: int | None) -> None:
    """The person has the ticket before them: it is read as far as the page showed it, and so are its in-app notices.

    Whoever looks as somebody else has read nothing in their name. The caller asks a query first whether anything is
    new; a ticket not visible to the actor is left alone.

    :param updated_at: the last change the page showed.
    :param bell: key of the newest in-app notice there was when the page was made; ``None`` where none was unread.
    """
    person = actor.person
    if person is None or person.acting is not None:
        return

    visible = (Ticket.ticket_id == ticket_id, visible_to(actor))

    def write(unit: Unit) -> None:
        mark = select(
            Ticket.pk.label("ticket_pk"),
            literal(person.id, TicketRead.host_id.type).label("host_id"),
            literal(updated_at, TicketRead.read_at.type).label("read_at"),
        ).where(*visible)
        insert_or_advance(unit.session, TicketRead, mark, "read_at")
        if bell is None:
            return
        # What was merged into it is read with it.
        shown = select(Ticket.pk).where(
            or_(Ticket.ticket_id == ticket_id, Ticket.merged_into_id == ticket_id), visible_to(actor)
        )
        bells = update(Delivery).where(deliveries_of(actor), Delivery.ticket_pk.in_(shown), Delivery.pk <= bell)
        bells = bells.where(Delivery.read_at.is_(None)).values(read_at=unit.now)
        unit.session.execute(bells, execution_options={"synchronize_session": False}, bind_arguments=BIND)

    write_while_looking(actor, write)


def mark_all_read(actor: Actor, *, newest: str = "") -> None:
    """Every in-app notice of this person on this side is read.

    :param newest: key of the newest one they were shown: what came since is not. Nothing is where it is not theirs.
    :raises NotAllowed: while somebody else acts for them.
    """
    if actor.person is not None and actor.person.acting is not None:
        raise NotAllowed(_("Only %(name)s can mark these as read.", name=actor.person.display_name))

    def write(unit: Unit) -> None:
        bells = update(Delivery).where(deliveries_of(actor), Delivery.read_at.is_(None)).values(read_at=unit.now)
        if newest:
            shown = select(Delivery.pk).where(deliveries_of(actor), Delivery.key == newest)
            # Asked first: MariaDB changes no table that the statement also reads.
            bells = bells.where(Delivery.pk <= (unit.session.scalar(shown) or 0))
        unit.session.execute(bells, execution_options={"synchronize_session": False})

    run(actor, write)
