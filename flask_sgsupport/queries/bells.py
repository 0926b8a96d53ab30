"""The in-app notifications of a person on one side of the desk, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from ..actors import Actor, Side
from ..models import Delivery, Message, Queue, Ticket
from ..notifications import BY_NAME, status_of
from ..permissions import deliveries_of, messages_visible_to, visible_to
from ..settings import state
from ..wording import bell_text, facts_of, times_of
from .cursors import MAX_MESSAGES

_NEWER = aliased(Message)
_HERE = aliased(Message)
_OLD = aliased(Ticket)


@dataclass(frozen=True, slots=True)
class Bell:
    """One notification: its line, the ticket and the very message it is about.

    :param message: where it is about none, a customer is led to the newest: what was done stands below it.
    :param earlier: what leads to the page of the ticket with that message; empty for the newest page.
    """

    text: str
    ticket_id: str
    message: str
    earlier: str
    at: datetime
    unread: bool


@dataclass(frozen=True, slots=True)
class Bells:
    """A page of them; ``after`` leads to the next, ``newest`` is the key of the first one shown."""

    rows: Sequence[Bell]
    after: str
    newest: str


def unread_bells(actor: Actor) -> Select[Any]:
    """The keys of the in-app notifications a person has not read: what every badge counts."""
    return _bells(actor, Delivery.pk).where(Delivery.read_at.is_(None))


def _bells(actor: Actor, *columns: Any) -> Select[Any]:
    """A person's in-app notifications about what they may still see."""
    return (
        select(*columns)
        .select_from(Delivery)
        .join(Ticket, Ticket.pk == Delivery.ticket_pk)
        .outerjoin(Message, Message.pk == Delivery.message_pk)
        .where(
            deliveries_of(actor),
            Delivery.state == "sent",
            visible_to(actor),
            or_(Message.pk.is_(None), messages_visible_to(actor)),
        )
    )


def beyond_its_page(actor: Actor, message: Any = Message) -> Any:
    """The message before which a page of the ticket begins with this one, where the newest page has it no more."""
    wanted = select(_NEWER.key).where(
        _NEWER.ticket_pk == message.ticket_pk, _NEWER.pk > message.pk, messages_visible_to(actor, _NEWER)
    )
    return wanted.order_by(_NEWER.pk).offset(MAX_MESSAGES - 1).limit(1).correlate(message).scalar_subquery()


def newest_message(actor: Actor, column: str = "key") -> Any:
    """A column on the ticket: that of the newest message somebody may see."""
    newest = select(getattr(_HERE, column)).where(_HERE.ticket_pk == Ticket.pk, messages_visible_to(actor, _HERE))
    return newest.order_by(_HERE.pk.desc()).limit(1).correlate(Ticket).scalar_subquery()


def _continued() -> Any:
    """A column on the ticket: the number of the one it continues."""
    return select(_OLD.ticket_id).where(_OLD.pk == Ticket.follow_up_of_pk).correlate(Ticket).scalar_subquery()


def bells(actor: Actor, *, after: str = "") -> Bells:
    """A page of the notifications about tickets this person may still see, in one statement.

    :param after: key of the last one shown.
    """
    host = state()
    size = host.settings.page_size
    agent = actor.side is Side.AGENT
    wanted = (
        _bells(
            actor,
            Delivery.key,
            Delivery.notice,
            Delivery.data,
            Delivery.created_at,
            Delivery.read_at,
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.account_name,
            Ticket.status,
            Ticket.filtered_reason,
            Ticket.merged_into_id,
            Ticket.resolved_at,
            Ticket.auto_close_at,
            Ticket.hold_reason,
            Ticket.closed_at,
            Queue.name.label("queue"),
            _continued().label("continues"),
            (Message.key if agent else func.coalesce(Message.key, newest_message(actor))).label("message"),
            beyond_its_page(actor).label("earlier"),
        )
        .join(Queue, Queue.pk == Ticket.queue_pk)
        .order_by(Delivery.pk.desc())
        .limit(size + 1)
    )
    if after:
        mine = and_(deliveries_of(actor), Delivery.key == after)
        wanted = wanted.where(Delivery.pk < select(Delivery.pk).where(mine).scalar_subquery())
    found = host.db.session.execute(wanted).all()
    rows, now = [], host.now()
    for row in found[:size]:
        more = {"continues": row.continues or ""}
        if agent:
            more |= {"account_name": row.account_name, "queue_name": row.queue}
        if BY_NAME[row.notice].holds(row.created_at, status_of(row)):
            # The times are those of now: one of an earlier resolution names none.
            more |= times_of(row, now)
        facts = facts_of(row.data, ticket_id=row.ticket_id, subject=row.subject, **more)
        rows.append(
            Bell(
                text=bell_text(row.notice, facts),
                ticket_id=row.ticket_id,
                message=row.message or "",
                earlier=row.earlier or "",
                at=row.created_at,
                unread=row.read_at is None,
            )
        )
    return Bells(rows, found[size - 1].key if len(found) > size else "", found[0].key if found else "")
