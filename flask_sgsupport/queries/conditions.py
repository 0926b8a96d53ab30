"""Conditions as SQL on `Ticket`, for every field that is a column: the same tickets as `conditions.holds` gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true

from ..actors import Actor
from ..conditions import FIELDS, KINDS, ME, NOBODY, OPERATORS, Condition
from ..figures import NO_AGENT, Counts, Figure
from ..i18n import gettext as _
from ..models import Agent, Category, Measure, Queue, Ticket, TicketSite, TicketSubject, TicketTag
from ..permissions import reads_figures_of

Values = Sequence[str]


def select_by(one: Condition, actor: Actor) -> ColumnElement[bool]:
    """The tickets a condition is so of.

    :param actor: whom ``me`` means.
    :raises ValueError: it is not of a column; the sentence names its field.
    """
    known, operator = FIELDS[one.field], OPERATORS[one.operator]
    if not known.listed or not operator.listed:
        raise ValueError(_("Lists cannot be narrowed by this: %(field)s.", field=known.label))
    if operator.negates:
        # What is unknown of a ticket is none of anything.
        return not_(func.coalesce(select_by(Condition(one.field, operator.negates, one.values), actor), false()))
    wanted = [KINDS[known.kind].key(value) for value in one.values]
    if one.operator in {"is", "one_of"}:
        return _IS[one.field](wanted, actor)
    if one.operator == "contains":
        return _CONTAINS[one.field](wanted)
    return _COMPARED[one.field, one.operator](wanted[0], actor)


def _among(column: Any, wanted: Select[Any], values: Values) -> ColumnElement[bool]:
    # One value is compared, so that an index serves the list.
    found: ColumnElement[bool] = column == wanted.scalar_subquery() if len(values) == 1 else column.in_(wanted)
    return found


def _keyed(column: Any, model: Any) -> Callable[[Values, Actor], ColumnElement[bool]]:
    return lambda values, actor: _among(column, select(model.pk).where(model.key.in_(values)), values)


def _plain(column: Any) -> Callable[[Values, Actor], ColumnElement[bool]]:
    return lambda values, actor: column == values[0] if len(values) == 1 else column.in_(values)


def _of_status(values: Values, actor: Actor) -> ColumnElement[bool]:
    # What is a part of another is found by how that one stands.
    return and_(_plain(Ticket.status)(values, actor), Ticket.merged_into_id.is_(None))


def _of_assignee(values: Values, actor: Actor) -> ColumnElement[bool]:
    found: list[ColumnElement[bool]] = []
    if NOBODY in values:
        found.append(Ticket.assignee_pk.is_(None))
    if ME in values:
        found.append(Ticket.assignee_pk == (actor.agent_pk or 0))
    if named := [value for value in values if value not in {NOBODY, ME}]:
        found.append(_among(Ticket.assignee_pk, select(Agent.pk).where(Agent.host_id.in_(named)), named))
    return or_(*found)


def _tagged(values: Values, actor: Actor) -> ColumnElement[bool]:
    return exists(select(TicketTag.tag).where(TicketTag.ticket_pk == Ticket.pk, TicketTag.tag.in_(values)))


def _called(*columns: Any) -> Callable[[Values, Actor], ColumnElement[bool]]:
    return lambda values, actor: or_(*(func.lower(column).in_(values) for column in columns))


def _containing(*columns: Any) -> Callable[[Values], ColumnElement[bool]]:
    return lambda values: or_(
        *(func.lower(column).contains(value, autoescape=True) for column in columns for value in values)
    )


def _at_site(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(TicketSite.name).where(TicketSite.ticket_pk == Ticket.pk, condition))


def _about(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(select(TicketSubject.ref).where(TicketSubject.ticket_pk == Ticket.pk, condition))


_ABOUT = (TicketSubject.ref, TicketSubject.title)
_REQUESTER = (Ticket.requester_id, Ticket.requester_name, Ticket.requester_email)
_ACCOUNT = (Ticket.account_id, Ticket.account_name)
_SITE = (TicketSite.site_id, TicketSite.name)

_IS: Mapping[str, Callable[[Values, Actor], ColumnElement[bool]]] = {
    "category": _keyed(Ticket.category_pk, Category),
    "queue": _keyed(Ticket.queue_pk, Queue),
    "status": _of_status,
    "priority": _plain(Ticket.priority),
    "assignee": _of_assignee,
    "tag": _tagged,
    "account": _called(*_ACCOUNT),
    "plan": _called(Ticket.plan),
    "requester": _called(*_REQUESTER),
    "site": lambda values, actor: _at_site(_called(*_SITE)(values, actor)),
    "about": lambda values, actor: _about(_called(*_ABOUT)(values, actor)),
    "subject": _plain(Ticket.subject_folded),
    "channel": _plain(Ticket.channel),
}
_CONTAINS: Mapping[str, Callable[[Values], ColumnElement[bool]]] = {
    "account": _containing(*_ACCOUNT),
    "plan": _containing(Ticket.plan),
    "requester": _containing(*_REQUESTER),
    "site": lambda values: _at_site(_containing(*_SITE)(values)),
    "about": lambda values: _about(_containing(*_ABOUT)(values)),
    "subject": lambda values: or_(*(Ticket.subject_folded.contains(value, autoescape=True) for value in values)),
}


def _begins(value: str) -> datetime:
    return datetime.combine(date.fromisoformat(value), time.min, UTC)


def _is_over(column: Any, value: str) -> ColumnElement[bool]:
    day = date.fromisoformat(value)
    return true() if day == date.max else column < _begins((day + timedelta(days=1)).isoformat())


def _of_days(name: str, column: Any) -> dict[tuple[str, str], Callable[[str, Actor], ColumnElement[bool]]]:
    return {
        (name, "since"): lambda value, actor: column >= _begins(value),
        (name, "before"): lambda value, actor: column < _begins(value),
        (name, "until"): lambda value, actor: _is_over(column, value),
    }


def counted_in(figure: Figure, actor: Actor) -> ColumnElement[bool]:
    """The tickets a figure of the reports counts; none where it is of a colleague whose figures are not the actor's."""
    if not reads_figures_of(actor, figure.person):
        return false()
    counts = figure.counts
    if not counts.kind:
        placed = placed_in(figure, Ticket.queue_pk, Ticket.assignee_pk)
        return and_(*counted(counts), Ticket.created_at >= figure.begins, Ticket.created_at < figure.ends, *placed)
    inside = (Measure.at >= figure.begins, Measure.at < figure.ends)
    placed = placed_in(figure, Measure.queue_pk, Measure.agent_pk)
    # From the moments to their tickets: their number is that of the period.
    return and_(
        Ticket.filtered_reason.is_(None),
        Ticket.pk.in_(select(Measure.ticket_pk).where(*counted(counts), *inside, *placed)),
    )


def counted(counts: Counts) -> list[ColumnElement[bool]]:
    """What a figure asks, whenever it was, on `Measure` or, of what was opened, on `Ticket`."""
    if counts.kind:
        return [Measure.kind == counts.kind, *(getattr(Measure, name).in_(of) for name, of in counts.only.items())]
    here: ColumnElement[bool] = Ticket.filtered_reason.is_(None)
    found = [Ticket.waits_for_support() if counts.is_open else here]
    if counts.answered is not None:
        never: ColumnElement[bool] = Ticket.first_answered_at.is_(None)
        found.append(not_(never) if counts.answered else never)
    return found


def placed_in(figure: Figure, queue_pk: Any, agent_pk: Any) -> list[ColumnElement[bool]]:
    """Its queue and agent, on the columns they stand in."""
    found: list[ColumnElement[bool]] = []
    if figure.queue:
        found.append(queue_pk == select(Queue.pk).where(Queue.key == figure.queue).scalar_subquery())
    if figure.agent == NO_AGENT:
        found.append(agent_pk.is_(None))
    elif figure.agent:
        found.append(agent_pk == select(Agent.pk).where(Agent.host_id == figure.agent).scalar_subquery())
    return found


_COMPARED: Mapping[tuple[str, str], Callable[[str, Actor], ColumnElement[bool]]] = {
    **_of_days("created", Ticket.created_at),
    **_of_days("updated", Ticket.updated_at),
    ("figure", "counted"): lambda value, actor: counted_in(Figure.of(value), actor),
}
