"""Conditions on a ticket: was its requester reached since it was resolved? Was anybody ever told of it?

The mail may arrive or the in-app notice be read: either is enough. A mail that waits or is being sent decides nothing.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import ColumnElement, and_, exists, or_, select

from .records import Delivery
from .tickets import Ticket

NOT_DELIVERED = ("failed", "bounced")
UNDER_WAY = ("queued", "sending")


@cache
def notice_undelivered() -> ColumnElement[bool]:
    """A mail failed or bounced, nothing arrived, and none is on its way."""
    return and_(_some(lost()), ~_some(_told()), ~_some(_under_way()))


@cache
def notice_under_way() -> ColumnElement[bool]:
    """A mail waits or is being sent, and nothing arrived yet."""
    return and_(_some(_under_way()), ~_some(_told()))


@cache
def told_of() -> ColumnElement[bool]:
    """Anybody, of either side, was told of the ticket or is about to be."""
    return _some(and_(Delivery.ticket_pk == Ticket.pk, Delivery.state.in_(("sent", *UNDER_WAY))))


@cache
def lost() -> ColumnElement[bool]:
    """Mails to the requester that did not arrive."""
    return and_(_theirs(), Delivery.channel == "email", Delivery.state.in_(NOT_DELIVERED))


def _under_way() -> ColumnElement[bool]:
    return and_(_theirs(), Delivery.channel == "email", Delivery.state.in_(UNDER_WAY))


def _told() -> ColumnElement[bool]:
    arrived = and_(Delivery.channel == "email", Delivery.state == "sent")
    return and_(_theirs(), or_(arrived, and_(Delivery.channel == "bell", Delivery.read_at.is_not(None))))


def _theirs() -> ColumnElement[bool]:
    return and_(
        Delivery.ticket_pk == Ticket.pk,
        Delivery.recipient_id == Ticket.requester_id,
        Delivery.side == "customer",
        Delivery.created_at >= Ticket.resolved_at,
    )


def _some(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(Delivery.pk).where(which).correlate(Ticket))
