"""What tickets that were merged are a part of, and what is a part of a ticket."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..models import Delivery, Ticket
from ..permissions import visible_to

MAX_PARTS = 50


@cache
def has_parts() -> Any:
    """A column on the ticket: whether others were merged into it."""
    part = aliased(Ticket)
    return select(part.pk).where(part.merged_into_id == Ticket.ticket_id).limit(1).correlate(Ticket).scalar_subquery()


def parts_of(actor: Actor, number: str) -> Select[*tuple[Any, ...]]:
    """Key, number and subject of the tickets merged into one, as far as somebody may see them."""
    wanted = select(Ticket.pk, Ticket.ticket_id, Ticket.subject).where(Ticket.merged_into_id == number)
    return wanted.where(visible_to(actor)).order_by(Ticket.pk).limit(MAX_PARTS)


def of_tickets(column: Any, pks: Collection[int]) -> ColumnElement[bool]:
    """The condition that selects the rows of these tickets; of one it is a comparison, which walks its index."""
    return column == next(iter(pks)) if len(pks) == 1 else column.in_(pks)  # type: ignore[no-any-return]


@cache
def about_its_parts() -> ColumnElement[bool]:
    """The condition on `Delivery` that selects notices about `Ticket`, or about what was merged into it."""
    part = aliased(Ticket)
    merged = select(part.pk).where(part.merged_into_id == Ticket.ticket_id).correlate(Ticket)
    return (Delivery.ticket_pk == Ticket.pk) | Delivery.ticket_pk.in_(merged)
