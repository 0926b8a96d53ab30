"""Note who has a ticket open in the inbox: said by the page as it asks for news, forgotten once it is closed.

It is no change of the ticket: no version, no history, and nothing waits for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, literal, select

from ..actors import Actor, Side, clock_actor
from ..models import Presence, Ticket
from ..permissions import visible_to
from ..settings import state
from .inserting import insert_or_set
from .looking import write_while_looking
from .transaction import run
from .unit import BIND, Unit

KEPT_FOR = timedelta(minutes=5)
"""What is older is swept; it is shown to nobody long before."""


def say_here(ticket_id: str, actor: Actor, *, writing: bool) -> None:
    """An agent has the ticket before them, and perhaps unsent text in its composer.

    The caller asks a query first whether anything is new. Whoever looks as somebody else is not there in their name;
    a ticket not visible to the actor is left alone.
    """
    person = actor.person
    if person is None or person.acting is not None or actor.side is not Side.AGENT:
        return

    def write(unit: Unit) -> None:
        here = select(
            Ticket.pk.label("ticket_pk"),
            literal(person.id, Presence.host_id.type).label("host_id"),
            literal(person.display_name[:200], Presence.name.type).label("name"),
            literal(writing, Presence.writing.type).label("writing"),
            literal(unit.now, Presence.seen_at.type).label("seen_at"),
        ).where(Ticket.ticket_id == ticket_id, visible_to(actor))
        insert_or_set(unit.session, Presence, here, ("name", "writing", "seen_at"))

    write_while_looking(actor, write)


def say_gone(ticket_id: str, actor: Actor) -> None:
    """The page with the ticket was left."""
    person = actor.person
    if person is None or person.acting is not None:
        return

    def write(unit: Unit) -> None:
        ticket_pk = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()
        _delete(unit, Presence.ticket_pk == ticket_pk, Presence.host_id == person.id)

    write_while_looking(actor, write)


def forget(now: datetime) -> None:
    """Sweep away who was there; nothing is written where nobody was."""
    old = Presence.seen_at < now - KEPT_FOR
    if state().db.session.scalar(select(Presence.host_id).where(old).limit(1)) is not None:
        run(clock_actor(), lambda unit: _delete(unit, old))


def _delete(unit: Unit, *which: Any) -> None:
    options = {"synchronize_session": False}
    unit.session.execute(delete(Presence).where(*which), execution_options=options, bind_arguments=BIND)
