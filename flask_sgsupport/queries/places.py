"""Places in a list of the inbox: a page begins after one, and a ticket has neighbours.

A page is two bounded walks along an index, one over the unaddressed tickets and one over the others, put together;
so the default order costs the same at any depth and however many tickets there are. By priority it is two of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Self

from sqlalchemy import ColumnElement, Select, and_, case, literal, literal_column, null, or_, select, union_all
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..models import Message, Ticket
from ..permissions import visible_to
from ..routing import PRIORITIES
from ..settings import state
from .choices import BIND
from .cursors import moment_of
from .search import SEARCH_WINDOW, newest_hit
from .views import Filters, Sort, conditions

_HIT = aliased(Message)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ticket stood in a list. It outlasts what is done there: answered or solved, a ticket stands elsewhere.

    :param priority: in a list that is ordered by it; empty in others.
    """

    addressed: bool
    at: datetime
    ticket_id: str
    priority: str = ""

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read what stands in an address."""
        parts = text.split("~")
        if len(parts) not in {3, 4} or parts[0] not in {"0", "1"} or not {*parts[3:]} <= {*PRIORITIES}:
            return None
        moment = moment_of(parts[1])
        return None if moment is None else cls(parts[0] == "1", moment, *parts[2:])

    def __str__(self) -> str:
        priority = f"~{self.priority}" if self.priority else ""
        return f"{int(self.addressed)}~{self.at.isoformat()}~{self.ticket_id}{priority}"


def walked(
    actor: Actor, filters: Filters, sort: Sort, after: Place | None, size: int, *but: ColumnElement[bool]
) -> Any:
    """The first tickets beyond a place, at most so many of either half and priority; to be put `in_order`.

    A place that tells no priority stands before all in a list that is ordered by it.

    :param but: what has to be so beside the filters.
    """
    rows: Any = Ticket
    column, ranks = sort.column, _ranks(sort)
    wanted = [*conditions(actor, filters), *but]
    if filters.narrows("where"):
        # The order's index would be walked to its end where few fit: the newest are put in order themselves.
        of_each = (Ticket.pk, Ticket.addressed, Ticket.priority, column)
        few = select(*of_each).where(*wanted).order_by(Ticket.pk.desc()).limit(SEARCH_WINDOW).subquery()
        rows, column, wanted = few.c, few.c[column.key], []
    begins = ranks.get((after.priority if sort.by_priority else "", after.addressed), -1) if after is not None else -1
    walks = []
    for (priority, addressed), rank in ranks.items():
        if rank < begins:
            continue
        columns = (rows.pk.label("pk"), rows.addressed.label("half"), column.label("at"))
        walk = select(*columns, literal_column(str(rank)).label("rank")).where(*wanted, rows.addressed == addressed)
        if priority:
            walk = walk.where(rows.priority == priority)
        if after is not None and rank == begins:
            walk = walk.where(_beyond(actor, column, rows.pk, after, descending=sort.descending))
        order = (column.desc(), rows.pk.desc()) if sort.descending else (column, rows.pk)
        walks.append(select(walk.order_by(*order).limit(size).subquery()))
    return (union_all(*walks) if len(walks) > 1 else walks[0]).subquery("page")


def in_order(window: Any, sort: Sort) -> list[ColumnElement[Any]]:
    """The columns by which the walked tickets stand as in their list."""
    at = (window.c.at.desc(), window.c.pk.desc()) if sort.descending else (window.c.at, window.c.pk)
    return [*([window.c.rank] if sort.unaddressed_first or sort.by_priority else []), *at]


def _ranks(sort: Sort) -> dict[tuple[str, bool], int]:
    """What is walked by itself, by priority ("" for any) and half: of one rank all stand among each other."""
    halves = (True, False) if sort.backwards else (False, True)
    priorities = ("",) if not sort.by_priority else PRIORITIES if sort.backwards else PRIORITIES[::-1]
    return {
        (priority, half): 2 * priorities.index(priority) + (halves.index(half) if sort.unaddressed_first else 0)
        for priority, half in product(priorities, halves)
    }


def neighbours(actor: Actor, filters: Filters, place: Place, ticket_id: str) -> tuple[Select[Any], Select[Any]]:
    """The tickets of a list before and after a place, each as pk, number, subject, half, moment and priority.

    :param ticket_id: the one before the person, which an act may have put beyond the place: it is neither.
    """
    others = Ticket.ticket_id.not_in({place.ticket_id, ticket_id})
    sort = filters.ordered

    def first(sort: Sort) -> Select[Any]:
        window = walked(actor, filters, sort, place, 1, others)
        half = case((window.c.half.is_(True), 1), else_=0)
        priority = (Ticket.priority if sort.by_priority else literal("")).label("priority")
        found = select(Ticket.pk, Ticket.ticket_id, Ticket.subject, half.label("half"), window.c.at, priority)
        return found.join(window, window.c.pk == Ticket.pk).order_by(*in_order(window, sort)).limit(1)

    return first(sort.turned_round()), first(sort)


@dataclass(frozen=True, slots=True)
class Beside:
    """A ticket beside a place in a list, as it is now.

    :param place: its own.
    :param found: key of the newest message by which it was found; empty where none was searched.
    """

    ticket_id: str
    place: Place
    found: str


def ticket_beside(
    actor: Actor, filters: Filters, place: Place, ticket_id: str, *, before: bool = False
) -> Beside | None:
    """The ticket after a place in a list, or before it; ``None`` at the end."""
    query = filters.query
    wanted = neighbours(actor, filters, place, ticket_id)[0 if before else 1]
    wanted = wanted.add_columns((_HIT.key if query.terms else null()).label("found"))
    if query.terms:
        wanted = wanted.outerjoin(_HIT, and_(_HIT.ticket_pk == Ticket.pk, _HIT.pk == newest_hit(actor, query)))
    found = state().db.session.execute(wanted, bind_arguments=BIND).first()
    if found is None:
        return None
    at = Place(bool(found.half), found.at, found.ticket_id, found.priority)
    return Beside(found.ticket_id, at, found.found or "")


def _beyond(actor: Actor, column: Any, own: Any, after: Place, *, descending: bool) -> ColumnElement[bool]:
    """The bounded form: one comparison the index can start from, one that settles ties.

    Anybody may write a number into an address: of one out of sight nothing is told, not even that it is there.
    """
    pk = select(Ticket.pk).where(Ticket.ticket_id == after.ticket_id, visible_to(actor)).scalar_subquery()
    if descending:
        return and_(column <= after.at, or_(column < after.at, own < pk, pk.is_(None)))
    return and_(column >= after.at, or_(column > after.at, own > pk, pk.is_(None)))
