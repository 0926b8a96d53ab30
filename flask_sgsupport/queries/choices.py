"""What an agent may choose from: queues, categories, colleagues; parts of one statement, so that a page asks once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, case, cast, func, literal, null, or_, select, union_all

from ..actors import Actor
from ..i18n import gettext as _
from ..models import Agent, Category, Queue, Ticket, UtcDateTime
from ..permissions import covering, queues_visible_to
from ..settings import state

BIND = {"mapper": Ticket}
"""For statements SQLAlchemy could not tell the engine of: a UNION under a bind key would go to the host's database."""

MAX_CHOICES = 200
MANY = 1000
"""Counts stop here and read "1000+"."""
AWAY = "away"


@dataclass(frozen=True, slots=True)
class Choice:
    """A queue, category, agent or macro: what is sent, what is shown.

    :param away: of an agent, that they said so, or a lead for them.
    """

    key: str
    label: str
    pk: int = 0
    away: bool = False

    @property
    def to_be_given(self) -> str:
        """An agent in a list of those who may get a ticket."""
        return name_of(self.label, away=self.away)


def name_of(label: str, *, away: bool) -> str:
    """An agent's name, with a word where they are away."""
    return _("%(name)s (away)", name=label) if away else label


@dataclass(slots=True)
class Choices:
    """Everything a page offers."""

    queues: list[Choice] = field(default_factory=list)
    categories: list[Choice] = field(default_factory=list)
    agents: list[Choice] = field(default_factory=list)
    macros: list[Choice] = field(default_factory=list)
    canned: list[Choice] = field(default_factory=list)
    """Macros that have a reply, where the others are those that have none."""
    destinations: list[Choice] = field(default_factory=list)
    """Queues a ticket may be moved to, where the others are those one may look into."""


def part(
    kind: str, key: Any, label: Any, pk: Any, *, position: Any = None, extra: Any = None, at: Any = None
) -> Select[Any]:
    """One branch of the statement: kind, key, label, pk, position, one more text and a moment."""
    return select(
        literal(kind).label("kind"),
        key.label("key"),
        label.label("label"),
        pk.label("pk"),
        (literal(0) if position is None else position).label("position"),
        (literal("") if extra is None else extra).label("extra"),
        (cast(null(), UtcDateTime()) if at is None else at).label("at"),
    )


def bounded(branch: Select[Any]) -> Select[Any]:
    """A branch with an order or limit of its own, which SQLite takes inside a FROM only."""
    return select(branch.subquery())


def queue_part(actor: Actor) -> Select[Any]:
    """Active queues this agent may look into."""
    return part("queue", Queue.key, Queue.name, Queue.pk, position=Queue.position).where(
        Queue.active.is_(True), queues_visible_to(actor)
    )


def every_queue_part() -> Select[Any]:
    """Active queues a ticket may be moved to."""
    return part("queue", Queue.key, Queue.name, Queue.pk, position=Queue.position).where(Queue.active.is_(True))


def queue_with_hours_part() -> Select[Any]:
    """Active queues, with the business hours of each as they are stored."""
    hours = func.coalesce(Queue.hours, "")
    return part("queue", Queue.key, Queue.name, Queue.pk, position=Queue.position, extra=hours).where(
        Queue.active.is_(True)
    )


def destination_part() -> Select[Any]:
    """The same, beside the queues of `queue_part`."""
    return part("destination", Queue.key, Queue.name, Queue.pk, position=Queue.position).where(Queue.active.is_(True))


def category_part() -> Select[Any]:
    """Active categories."""
    return part("category", Category.key, Category.name, Category.pk, position=Category.position).where(
        Category.active.is_(True)
    )


def agent_part(covering: ColumnElement[bool] | None = None) -> Select[Any]:
    """Active agents by name; with ``covering`` only those to whom it applies."""
    away = case((Agent.available.is_(True), ""), else_=AWAY)
    branch = part("agent", Agent.host_id, Agent.name, Agent.pk, extra=away).where(
        Agent.active.is_(True), or_(Agent.can_handle.is_(True), Agent.is_lead.is_(True))
    )
    if covering is not None:
        branch = branch.where(covering)
    return bounded(branch.order_by(Agent.name, Agent.pk).limit(MAX_CHOICES))


def covers_ticket(*, queue_pk: int, category_pk: int | None, tags: Select[Any]) -> ColumnElement[bool]:
    """The condition on `Agent` that selects who covers a ticket, or sees everything."""
    return or_(
        Agent.sees_all_queues.is_(True),
        Agent.is_lead.is_(True),
        covering(queue_pk=queue_pk, category_pk=category_pk, tags=tags),
    )


def count_part(kind: str, key: str, rows: Select[Any], *, most: int = MANY) -> Select[Any]:
    """A branch that counts rows, at most one more than ``most``."""
    counted = select(func.count()).select_from(rows.limit(most + 1).subquery()).scalar_subquery()
    return part(kind, literal(key), literal(""), counted)


def ask(parts: Iterable[Select[Any]]) -> list[Any]:
    """Carry out the branches as one statement."""
    branches = list(parts)
    statement = union_all(*branches) if len(branches) > 1 else branches[0]
    return list(state().db.session.execute(statement, bind_arguments=BIND))


def gathered(rows: Iterable[Any]) -> Choices:
    """The choices among the rows of `ask`, in their order."""
    found = Choices()
    lists = {
        "queue": found.queues,
        "category": found.categories,
        "agent": found.agents,
        "macro": found.macros,
        "canned": found.canned,
        "destination": found.destinations,
    }
    for row in sorted((row for row in rows if row.kind in lists), key=lambda row: (row.position, row.label)):
        away = row.kind == "agent" and row.extra == AWAY
        lists[row.kind].append(Choice(row.key, row.label, row.pk, away))
    return found
