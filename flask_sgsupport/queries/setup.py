"""What leads manage: queues, categories, agents and what they cover, mail settings, and who changed them last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select, union_all

from ..actors import Actor, Right
from ..business_hours import Schedule, schedule_of
from ..errors import NotAllowed, NotFound
from ..i18n import gettext as _
from ..models import Agent, AgentCoverage, Category, Event, Queue, Ticket
from ..permissions import COLUMN_OF, missing, right_label, visible_to
from ..settings import state
from .choices import BIND, ask, count_part, name_of
from .events import EventRow, event_row, newest_events
from .inbox import MAX_QUEUE_COUNTS
from .views import is_open

MAX_ROWS = 500
MAX_MEMBERS = 100
"""So many of a queue's agents stand on its page."""
MAX_LOADS = 20_000
"""So many tickets are read to count those of each agent."""
LAST_CHANGES = 15


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue with its mail settings; ``agents`` is how many active ones cover it."""

    pk: int
    key: str
    name: str
    position: int
    active: bool
    is_default: bool
    from_name: str
    from_address: str
    reply_address: str
    signature: str
    mail_error: str
    mail_error_at: datetime | None
    mail_checked_at: datetime | None
    hours: str | None
    agents: int

    @property
    def schedule(self) -> Schedule:
        """When it is at work."""
        return schedule_of(self.hours)


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A category and the queue it leads to."""

    key: str
    name: str
    position: int
    active: bool
    queue_key: str
    queue_name: str


@dataclass(slots=True)
class AgentRow:
    """An agent with rights and coverage."""

    host_id: str
    name: str
    email: str
    public_name: str
    active: bool
    rights: list[Right]
    queues: list[str] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    available: bool = True
    max_open: int | None = None
    load: int | None = None
    """How many tickets wait for their answer; ``None`` where there are more than `MAX_LOADS` in all."""
    covers: list[str] = field(default_factory=list)
    """All of them by the names people know."""

    @property
    def rights_in_words(self) -> str:
        """The names of the rights; a lead holds every one."""
        held = [Right.LEAD] if Right.LEAD in self.rights else self.rights
        return ", ".join(right_label(right) for right in held)


def queues(actor: Actor) -> list[QueueRow]:
    """Every queue, disabled ones too.

    :raises NotAllowed: not a lead.
    """
    _lead(actor)
    covering = (
        select(AgentCoverage.value, func.count().label("agents"))
        .join(Agent, Agent.pk == AgentCoverage.agent_pk)
        .where(AgentCoverage.kind == "queue", Agent.active.is_(True))
        .group_by(AgentCoverage.value)
    )
    session = state().db.session
    counts = {value: number for value, number in session.execute(covering)}
    rows = session.execute(_queue_columns().order_by(Queue.position, Queue.pk).limit(MAX_ROWS))
    texts = ("from_name", "from_address", "reply_address", "signature", "mail_error")
    return [
        QueueRow(
            **(row._asdict() | {name: getattr(row, name) or "" for name in texts}), agents=counts.get(str(row.pk), 0)
        )
        for row in rows
    ]


def queue(actor: Actor, key: str) -> QueueRow:
    """One queue.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such queue.
    """
    return _there(next((row for row in queues(actor) if row.key == key), None), key)


def _there(row: QueueRow | None, key: str) -> QueueRow:
    if row is None:
        raise NotFound(_("There is no queue “%(key)s”.", key=key))
    return row


@dataclass(frozen=True, slots=True)
class Member:
    """An active agent who covers a queue."""

    host_id: str
    name: str
    away: bool

    @property
    def shown(self) -> str:
        """The name, with a word where they are away."""
        return name_of(self.name, away=self.away)


def members(actor: Actor, row: QueueRow) -> list[Member]:
    """Who covers a queue, by name; the first `MAX_MEMBERS` of them.

    :raises NotAllowed: not a lead.
    """
    _lead(actor)
    covers = (AgentCoverage.kind == "queue", AgentCoverage.value == str(row.pk), Agent.active.is_(True))
    wanted = select(Agent.host_id, Agent.name, Agent.available).join(AgentCoverage).where(*covers)
    found = state().db.session.execute(wanted.order_by(Agent.name, Agent.pk).limit(MAX_MEMBERS))
    return [Member(host_id, name, not available) for host_id, name, available in found]


def open_counts(actor: Actor, rows: Sequence[QueueRow]) -> dict[str, int]:
    """How many tickets are open in each queue, as its list says it; those beyond `MAX_QUEUE_COUNTS` are not counted.

    :raises NotAllowed: not a lead.
    """
    _lead(actor)
    here = select(Ticket.pk).where(visible_to(actor), *is_open(actor))
    parts = [count_part("queue", row.key, here.where(Ticket.queue_pk == row.pk)) for row in rows[:MAX_QUEUE_COUNTS]]
    return {row.key: int(row.pk) for row in ask(parts)} if parts else {}


@dataclass(frozen=True, slots=True)
class Leaving:
    """What goes elsewhere when a queue is taken out of use.

    :param tickets: open ones, counted to a little over a thousand.
    :param categories: names of those that lead to it.
    :param to: name of the queue that takes them.
    """

    tickets: int
    categories: Sequence[str]
    to: str


def leaving(actor: Actor, key: str) -> Leaving | None:
    """What has to be known before a queue is taken out of use; ``None`` where that moves no open ticket.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such queue.
    """
    rows = {row.key: row for row in queues(actor)}
    row = _there(rows.get(key), key)
    tickets = open_counts(actor, [row])[key] if row.active and not row.is_default else 0
    if not tickets:
        return None
    leading = [one.name for one in categories(actor) if one.queue_key == key]
    return Leaving(tickets, leading, next(one.name for one in rows.values() if one.is_default))


def categories(actor: Actor) -> list[CategoryRow]:
    """Every category, disabled ones too.

    :raises NotAllowed: not a lead.
    """
    _lead(actor)
    wanted = (
        select(Category.key, Category.name, Category.position, Category.active, Queue.key, Queue.name)
        .outerjoin(Queue, Queue.pk == Category.queue_pk)
        .order_by(Category.position, Category.pk)
        .limit(MAX_ROWS)
    )
    return [CategoryRow(*row[:4], row[4] or "", row[5] or "") for row in state().db.session.execute(wanted)]


def category(actor: Actor, key: str) -> CategoryRow:
    """One category.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such category.
    """
    found = next((row for row in categories(actor) if row.key == key), None)
    if found is None:
        raise NotFound(_("There is no category “%(key)s”.", key=key))
    return found


def agents(actor: Actor) -> list[AgentRow]:
    """Every agent, those switched off last.

    :raises NotAllowed: neither a lead nor a host's Owner.
    """
    _grants(actor)
    session = state().db.session
    rights = [getattr(Agent, column) for column in COLUMN_OF.values()]
    waiting = _waiting()
    choosing = (Agent.available, Agent.max_open, waiting.c.load, waiting.c.in_all)
    wanted = (
        select(Agent.pk, Agent.host_id, Agent.name, Agent.email, Agent.public_name, Agent.active, *choosing, *rights)
        .outerjoin(waiting, waiting.c.agent_pk == Agent.pk)
        .order_by(Agent.active.desc(), Agent.name, Agent.pk)
        .limit(MAX_ROWS)
    )
    rows = session.execute(wanted).all()
    counted = all((row.in_all or 0) <= MAX_LOADS for row in rows)
    found = {
        row.pk: AgentRow(
            row.host_id,
            row.name,
            row.email or "",
            row.public_name,
            row.active,
            [right for right, held in zip(COLUMN_OF, row[10:], strict=True) if held],
            available=row.available,
            max_open=row.max_open,
            load=row.load or 0 if counted else None,
        )
        for row in rows
    }
    things = {(one.kind, str(one.pk)): one for one in _coverable_things()}
    covers = select(AgentCoverage.agent_pk, AgentCoverage.kind, AgentCoverage.value).order_by(AgentCoverage.value)
    for agent_pk, kind, value in session.execute(covers):
        agent = found.get(agent_pk)
        if agent is not None:
            thing = things.get((kind, value))
            keys = {"queue": agent.queues, "category": agent.categories, "tag": agent.tags}[kind]
            keys.append(thing.key if thing else value)
            agent.covers.append(thing.name if thing else value)
    return list(found.values())


def _waiting() -> Any:
    """How many tickets wait for an answer of each agent, as rules count them, and of all together."""
    theirs = select(Ticket.assignee_pk.label("agent_pk"))
    theirs = theirs.where(Ticket.assignee_pk.is_not(None), Ticket.waits_for_an_answer()).limit(MAX_LOADS + 1)
    each = theirs.subquery()
    count = func.count()
    grouped = select(each.c.agent_pk, count.label("load"), func.sum(count).over().label("in_all"))
    return grouped.group_by(each.c.agent_pk).subquery()


def agent_row(actor: Actor, host_id: str) -> AgentRow | None:
    """One agent, or ``None`` for a person who is none.

    :raises NotAllowed: neither a lead nor a host's Owner.
    """
    return next((row for row in agents(actor) if row.host_id == host_id), None)


@dataclass(frozen=True, slots=True)
class Coverable:
    """What an agent may cover: keys and names.

    :param queues: those in use, and whatever the agent covers besides.
    :param besides: what is there only because the agent covers it: ``queue`` or ``category`` and a key.
    """

    queues: Sequence[tuple[str, str]]
    categories: Sequence[tuple[str, str]]
    besides: Sequence[tuple[str, str]]


def coverable(actor: Actor, agent: AgentRow | None) -> Coverable:
    """Queues and categories that are in use, and those this agent covers although they are not.

    :param agent: ``None`` for a person who is none yet.
    :raises NotAllowed: neither a lead nor a host's Owner.
    """
    _grants(actor)
    things = _coverable_things()
    offered: dict[str, list[tuple[str, str]]] = {}
    besides = []
    for kind, covered in (("queue", agent.queues if agent else []), ("category", agent.categories if agent else [])):
        alike = [one for one in things if one.kind == kind]
        usual = {one.key for one in [one for one in alike if one.active][:MAX_ROWS]}
        shown = [one for one in alike if one.key in usual or one.key in covered]
        offered[kind] = [(one.key, one.name if one.active else _disabled(one.name)) for one in shown]
        besides += [(kind, one.key) for one in shown if one.key not in usual]
    return Coverable(offered["queue"], offered["category"], besides)


def last_changes(actor: Actor, action: str, **which: str) -> list[EventRow]:
    """Who changed what of the desk's setup last: entries of the audit log that belong to no ticket.

    :param which: of one thing only, as the entries name it: ``queue="billing"``.
    :raises NotAllowed: neither a lead nor a host's Owner.
    """
    _grants(actor)
    wanted = newest_events().where(Event.ticket_pk.is_(None), Event.action == action)
    if which:
        wanted = wanted.where(Event.data == json.dumps(which, ensure_ascii=False))
    return [event_row(row) for row in state().db.session.execute(wanted.limit(LAST_CHANGES))]


def _disabled(name: str) -> str:
    return _("%(name)s (disabled)", name=name)


def _coverable_things() -> Sequence[Any]:
    """Every queue and every category, in one statement."""
    parts = [
        select(
            literal(kind).label("kind"),
            model.pk.label("pk"),
            model.key.label("key"),
            model.name.label("name"),
            model.active.label("active"),
            model.position.label("position"),
        )
        for kind, model in (("queue", Queue), ("category", Category))
    ]
    wanted = union_all(*parts).order_by("position", "pk")
    return state().db.session.execute(wanted, bind_arguments=BIND).all()


def _queue_columns() -> Any:
    return select(
        Queue.pk,
        Queue.key,
        Queue.name,
        Queue.position,
        Queue.active,
        Queue.is_default,
        Queue.from_name,
        Queue.from_address,
        Queue.reply_address,
        Queue.signature,
        Queue.mail_error,
        Queue.mail_error_at,
        Queue.mail_checked_at,
        Queue.hours,
    )


def _lead(actor: Actor) -> None:
    if Right.LEAD not in actor.rights:
        raise NotAllowed(missing(Right.LEAD))


def _grants(actor: Actor) -> None:
    owner = actor.person is not None and actor.person.active and actor.person.host_owner
    if not owner:
        _lead(actor)
