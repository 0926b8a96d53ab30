"""The mails that wait or were not delivered, for whoever runs the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ..models import Delivery, Ticket
from ..notifications import EMAIL
from ..settings import state

WAITING = ("queued", "sending")
LOST = ("failed", "bounced")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One mail; it shows nothing of what was written."""

    key: str
    ticket_id: str
    notice: str
    state: str
    attempts: int
    due_at: datetime
    address: str
    error: str


def outbox(states: Sequence[str] = (*WAITING, *LOST), *, key: str = "", limit: int = 100) -> list[OutboxRow]:
    """Mails in these states, oldest first.

    :param key: the beginning of one mail's key.
    """
    wanted = (
        select(
            Delivery.key, Ticket.ticket_id, Delivery.notice, Delivery.state, Delivery.attempts, Delivery.due_at,
            Delivery.address, Delivery.error,
        )
        .join(Ticket, Ticket.pk == Delivery.ticket_pk)
        .where(Delivery.channel == EMAIL, Delivery.state.in_(states), Delivery.key.startswith(key, autoescape=True))
        .order_by(Delivery.pk)
        .limit(limit)
    )  # fmt: skip
    return [
        OutboxRow(key, ticket_id, notice, reached, attempts, due_at, address or "", error)
        for key, ticket_id, notice, reached, attempts, due_at, address, error in state().db.session.execute(wanted)
    ]
