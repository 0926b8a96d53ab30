"""What an open page asks for again and again: a version, unread notices, who is there; one cheap statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import aliased

from ..actors import Actor, Side
from ..errors import NotFound
from ..i18n import gettext as _
from ..models import Delivery, Event, Ticket, UtcDateTime
from ..permissions import visible_to
from ..settings import state
from .choices import BIND, bounded, part
from .panel import unread_count
from .presence import Here, SaidBefore, marks, presence_part, said_before, sentences

_LATE = aliased(Event)

LATECOMERS = 100
"""So many of the newest events are counted: one that was numbered before another may be committed after it."""


def version_of_ticket(changed_at: datetime, tried: int | None = None) -> str:
    """The version of the page of a ticket that was last changed then; an operator's knows no notes and no deliveries.

    :param tried: as `deliveries_tried` counts, for an agent's page.
    """
    return f"{changed_at:%Y%m%d%H%M%S%f}" + ("" if tried is None else f"-{tried}")


@cache
def deliveries_tried() -> Any:
    """What became of the mails to the customer of `Ticket`, as one number: each try and each end of one changes it."""
    settled = func.count(case((Delivery.state.in_(("sent", "failed", "bounced", "cancelled")), 1)))
    return (
        select(func.coalesce(func.sum(Delivery.attempts), 0) * 1000 + settled)
        .where(Delivery.ticket_pk == Ticket.pk, Delivery.side == "customer", Delivery.channel == "email")
        .correlate(Ticket)
        .scalar_subquery()
    )


def list_version(actor: Actor) -> str:
    """The version of the lists of this person, taken before one is read."""
    return _list_version(state().db.session.execute(select(*_of_lists(actor)), bind_arguments=BIND).one())


def polled(actor: Actor, ticket_id: str = "") -> tuple[str, int]:
    """The version of a ticket, or of the lists where none is named, and the number of unread notices.

    :raises NotFound: no such ticket for this actor.
    """
    columns = _of_ticket(actor, ticket_id) if ticket_id else _of_lists(actor)
    row = state().db.session.execute(select(*columns, unread_count(actor).scalar_subquery()), bind_arguments=BIND).one()
    if not ticket_id:
        return _list_version(row), row[-1]
    if row[0] is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    return version_of_ticket(row[0], row[1]), row[-1]


@dataclass(frozen=True, slots=True)
class InboxNews:
    """What an open page of the inbox is told.

    :param said_before: what that page said last of its reader, if they are at a ticket.
    """

    version: str
    unread: int
    here: Here
    said_before: SaidBefore | None = None


def inbox_polled(actor: Actor, ticket_id: str = "") -> InboxNews:
    """As `polled`, with the colleagues who are there; in one statement as well.

    :raises NotFound: no such ticket for this actor.
    """
    which = [Ticket.ticket_id == ticket_id] if ticket_id else []
    columns = _of_ticket(actor, ticket_id) if ticket_id else [type_coerce(null(), UtcDateTime()), *_of_lists(actor)]
    at, *numbers = columns
    unread = unread_count(actor).scalar_subquery()
    news = part("news", literal(""), literal(""), numbers[0], position=unread, at=at)
    news = news.add_columns((numbers[1] if numbers[1:] else literal(0)).label("late"))
    there = presence_part(actor, *which).add_columns(literal(0).label("late"))
    rows = state().db.session.execute(union_all(news, bounded(there)), bind_arguments=BIND).all()
    said = next(row for row in rows if row.kind == "news")
    if not ticket_id:
        return InboxNews(_list_version((said.pk, said.late)), said.position, marks(rows))
    if said.at is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    version = version_of_ticket(said.at, said.pk)
    return InboxNews(version, said.position, sentences(rows), said_before(rows))


def _changed(actor: Actor) -> Any:
    return Ticket.customer_updated_at if actor.side is Side.CUSTOMER else Ticket.updated_at


def _of_ticket(actor: Actor, ticket_id: str) -> list[ColumnElement[Any]]:
    def of(column: Any) -> ColumnElement[Any]:
        return select(column).where(visible_to(actor), Ticket.ticket_id == ticket_id).scalar_subquery()

    return [of(_changed(actor)), null() if actor.side is Side.CUSTOMER else of(deliveries_tried())]


def _of_lists(actor: Actor) -> list[ColumnElement[Any]]:
    """An operator's lists: the last change they see. An agent's: the last event of the desk, since the last change
    an agent may see can lie behind any number of others.
    """
    if actor.side is Side.CUSTOMER:
        changed = _changed(actor)
        return [select(changed).where(visible_to(actor)).order_by(changed.desc()).limit(1).scalar_subquery()]
    newest = select(func.max(Event.pk)).scalar_subquery()
    beyond = select(func.max(_LATE.pk) - LATECOMERS).scalar_subquery()
    return [newest, select(func.count()).select_from(Event).where(Event.pk > beyond).scalar_subquery()]


def _list_version(row: Any) -> str:
    newest = row[0]
    if newest is None:
        return "0"
    return version_of_ticket(newest) if isinstance(newest, datetime) else f"{newest}-{row[1]}"
