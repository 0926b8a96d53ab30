"""Places in a list of the inbox: a page begins after one, and a ticket has neighbours.

A page is two bounded walks along an index, one over the unaddressed tickets and one over the others, put together;
so the default order costs the same at any depth and however many tickets there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, case, or_, select, union_all

from ..actors import Actor
from ..models import Ticket
from ..permissions import visible_to
from .cursors import moment_of
from .views import SORTS, Filters, Sort, conditions


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stood in a list. It outlasts what is done there: answered or solved, a ticket stands elsewhere."""

    addressed: bool
    at: datetime
    ticket_id: str

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what stands in an address."""
        parts = text.split("~")
        if len(parts) != 3 or parts[0] not in {"0", "1"}:
            return None
        moment = moment_of(parts[1])
        return None if moment is None else cls(parts[0] == "1", moment, parts[2])

    def __str__(self) -> str:
        return f"{int(self.addressed)}~{self.at.isoformat()}~{self.ticket_id}"


def walked(actor: Actor, conditions: Sequence[ColumnElement[bool]], sort: Sort, after: Place | None, size: int) -> Any:
    """The first tickets beyond a place, at most so many of either half; to be put `in_order`."""
    column = sort.column
    halves = (True, False) if sort.backwards else (False, True)
    walks = []
    for addressed in halves:
        walk = select(Ticket.pk.label("pk"), Ticket.addressed.label("half"), column.label("at")).where(
            *conditions, Ticket.addressed == addressed
        )
        if after is not None:
            if sort.unaddressed_first and halves.index(addressed) < halves.index(after.addressed):
                continue
            if not sort.unaddressed_first or addressed == after.addressed:
                walk = walk.where(_beyond(actor, column, after, descending=sort.descending))
        order = (column.desc(), Ticket.pk.desc()) if sort.descending else (column, Ticket.pk)
        walks.append(select(walk.order_by(*order).limit(size).subquery()))
    return (union_all(*walks) if len(walks) > 1 else walks[0]).subquery("page")


def in_order(window: Any, sort: Sort) -> list[ColumnElement[Any]]:
    """The columns by which the walked tickets stand as in their list."""
    half = window.c.half.desc() if sort.backwards else window.c.half
    at = (window.c.at.desc(), window.c.pk.desc()) if sort.descending else (window.c.at, window.c.pk)
    return [*([half] if sort.unaddressed_first else []), *at]


def neighbours(actor: Actor, filters: Filters, place: Place, ticket_id: str) -> tuple[Select[Any], Select[Any]]:
    """The tickets of a list before and after a place, each as pk, number, subject, half and moment.

    :param ticket_id: the one before the person, which an act may have put beyond the place: it is neither.
    """
    wanted = [*conditions(actor, filters), Ticket.ticket_id.not_in({place.ticket_id, ticket_id})]
    sort = SORTS[filters.order]

    def first(sort: Sort) -> Select[Any]:
        window = walked(actor, wanted, sort, place, 1)
        half = case((window.c.half.is_(True), 1), else_=0)
        found = select(Ticket.pk, Ticket.ticket_id, Ticket.subject, half.label("half"), window.c.at)
        return found.join(window, window.c.pk == Ticket.pk).order_by(*in_order(window, sort)).limit(1)

    return first(sort.turned_round()), first(sort)


def _beyond(actor: Actor, column: Any, after: Place, *, descending: bool) -> ColumnElement[bool]:
    """The bounded form: one comparison the index can start from, one that settles ties.

    Anybody may write a number into an address: of one out of sight nothing is told, not even that it is there.
    """
    pk = select(Ticket.pk).where(Ticket.ticket_id == after.ticket_id, visible_to(actor)).scalar_subquery()
    if descending:
        return and_(column <= after.at, or_(column < after.at, Ticket.pk < pk, pk.is_(None)))
    return and_(column >= after.at, or_(column > after.at, Ticket.pk > pk, pk.is_(None)))
