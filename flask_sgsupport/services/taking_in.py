"""Let messages be found that were written before there was a search: a bounded number at a time, oldest first.

Where the walk has come stands in a row. It goes on behind what is written meanwhile, and looks again at the last ones
before it, so messages of an older release that ran beside the upgrade are taken in too: also one that was committed
only after the walk had passed it, as long as no more than `LOOKED_AT` came behind it.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select, update

from ..actors import clock_actor
from ..models import Heartbeat, Message, Ticket, table_of
from ..models.searched import PLACE, not_looked_at, place_of
from ..search_text import searched
from ..settings import state
from .inserting import insert_or_change
from .transaction import run
from .unit import BIND, Unit

MESSAGES_A_TURN = 200


def take_in() -> bool:
    """Take in the next messages; true when more are waiting."""
    session = state().db.session()
    place = place_of(session)
    if session.scalar(select(Message.pk).where(not_looked_at(place)).limit(1)) is None:
        return False
    return run(clock_actor(), lambda unit: _next(unit, place))


def _next(unit: Unit, place: int) -> bool:
    wanted = select(Message.pk, Message.body, Message.searched, Ticket.subject)
    wanted = wanted.join(Ticket, Ticket.pk == Message.ticket_pk).where(not_looked_at(place)).order_by(Message.pk)
    found = unit.session.execute(wanted.limit(MESSAGES_A_TURN)).all()
    if new := [
        {"message": pk, "words": searched(subject, body)} for pk, body, known, subject in found if known is None
    ]:
        # Whoever has changed one of them meanwhile has written its words of now: those stay.
        table = table_of(Message)
        still = update(table).where(table.c.pk == bindparam("message"), table.c.searched.is_(None))
        unit.session.execute(still.values(searched=bindparam("words")), new, bind_arguments=BIND)
    if found:
        row = {"name": PLACE, "seen_at": unit.now, "detail": str(max(place, found[-1].pk))}
        insert_or_change(
            unit.session,
            Heartbeat,
            [row],
            change=lambda row: [("seen_at", row.seen_at), ("detail", row.detail)],
            returning=[Heartbeat.name],
        )
    return len(found) == MESSAGES_A_TURN
