"""Tags that are in use, offered where one is typed, so that the same thing is not called twice."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from ..actors import Actor
from ..models import Ticket, TicketTag
from ..permissions import visible_to
from ..settings import state

LATELY = 2_000
"""The tags of so many of the newest tickets are offered."""
MOST = 100


def tags_in_use(actor: Actor) -> Sequence[str]:
    """Those on the newest tickets this agent may see, the most frequent first."""
    since = select(func.max(Ticket.pk) - LATELY).scalar_subquery()
    used = (
        select(TicketTag.tag)
        .join(Ticket, Ticket.pk == TicketTag.ticket_pk)
        .where(Ticket.pk > since, visible_to(actor))
        .group_by(TicketTag.tag)
        .order_by(func.count().desc(), TicketTag.tag)
        .limit(MOST)
    )
    return list(state().db.session.scalars(used))
