"""The last tickets, or one, as conditions know them now and knew them at first: two statements, however many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, null, select, union_all
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..business_hours import hour_at, schedule_of
from ..conditions import NOBODY, Facts, facts_of
from ..lifecycle import Status
from ..models import Agent, Category, Message, Queue, Ticket, TicketSite, TicketSubject, TicketTag
from ..permissions import visible_to
from ..routing import DEFAULT_PRIORITY
from ..settings import state
from ..targets import KINDS, clock_of, due_at
from .choices import BIND

MOST = 200
MOST_CHARS = 20_000
"""So much of each text is read where many tickets are; of one ticket all of it."""

_COLUMNS = (
    Ticket.pk,
    Ticket.ticket_id,
    Ticket.version,
    Ticket.account_id,
    Ticket.account_name,
    Ticket.plan,
    Ticket.requester_id,
    Ticket.requester_name,
    Ticket.requester_email,
    Ticket.subject,
    Ticket.status,
    Ticket.priority,
    Ticket.channel,
    Ticket.created_at,
    Ticket.updated_at,
    Ticket.filtered_reason,
    Ticket.merged_into_id,
    Queue.key.label("queue"),
    Category.key.label("category"),
    Agent.host_id.label("assignee"),
    Ticket.target,
    Queue.hours,
)


@dataclass(frozen=True, slots=True)
class Described:
    """A ticket and what is so of it.

    :param at_first: what was so before any rule, if it were opened now.
    :param last_words: what the customer wrote last.
    :param wrote_again: whether that was after the opening.
    :param running: kinds of the target times that run.
    """

    ticket_id: str
    subject: str
    filtered: bool
    merged: bool
    opened_at: datetime
    facts: Facts
    at_first: Facts
    last_words: str
    wrote_again: bool
    running: Sequence[str]


def described(actor: Actor, *, ticket_id: str | None = None) -> Sequence[Described]:
    """The last tickets this agent may see, newest first, or the one of that number if they may see it."""
    session = state().db.session
    last, of_category = aliased(Message), aliased(Queue)
    body, again = (one.body if ticket_id else func.substr(one.body, 1, MOST_CHARS) for one in (Message, last))
    # From the tickets first: their number is bounded before anything is joined.
    few = select(Ticket.pk).where(visible_to(actor)).order_by(Ticket.pk.desc()).limit(MOST)
    if ticket_id is not None:
        few = few.where(Ticket.ticket_id == ticket_id)
    chosen = few.subquery()
    wanted = (
        select(
            *_COLUMNS,
            body.label("body"),
            again.label("again"),
            func.coalesce(of_category.key, _default_queue()).label("first_queue"),
        )
        .select_from(chosen)
        .join(Ticket, Ticket.pk == chosen.c.pk)
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        .outerjoin(Message, (Message.ticket_pk == Ticket.pk) & (Message.kind == "description"))
        .outerjoin(last, (last.ticket_pk == Ticket.pk) & (last.pk == _last_follow_up()))
        .outerjoin(of_category, (of_category.pk == Category.queue_pk) & of_category.active.is_(True))
        .order_by(Ticket.pk.desc())
    )
    rows = session.execute(wanted).all()
    pks = [row.pk for row in rows]
    tags: dict[int, list[str]] = defaultdict(list)
    sites: dict[int, list[tuple[str, str]]] = defaultdict(list)
    about: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, key, name, kind in session.execute(_beside(pks), bind_arguments=BIND):
        if kind == "tag":
            tags[pk].append(key)
        else:
            (sites if kind == "site" else about)[pk].append((key, name))
    return [_described(row, tags[row.pk], sites[row.pk], about[row.pk]) for row in rows]


def _last_follow_up() -> Any:
    found = aliased(Message)
    newest = select(func.max(found.pk)).where(found.ticket_pk == Ticket.pk, found.kind == "follow-up")
    return newest.correlate(Ticket).scalar_subquery()


def _default_queue() -> Any:
    """The key of the queue that takes what no category leads elsewhere."""
    queue = aliased(Queue)
    first = select(queue.key).where(queue.active.is_(True)).order_by(queue.is_default.desc(), queue.position, queue.pk)
    return first.limit(1).scalar_subquery()


def _beside(pks: Sequence[int]) -> Any:
    """Tags, which have no name, sites, and what the tickets are about, in one statement."""
    site = select(TicketSite.ticket_pk, TicketSite.site_id.label("key"), TicketSite.name, literal("site").label("kind"))
    tag = select(TicketTag.ticket_pk, TicketTag.tag.label("key"), null().label("name"), literal("tag").label("kind"))
    about = select(
        TicketSubject.ticket_pk, TicketSubject.ref.label("key"), TicketSubject.title, literal("about").label("kind")
    )
    return union_all(
        site.where(TicketSite.ticket_pk.in_(pks)),
        tag.where(TicketTag.ticket_pk.in_(pks)),
        about.where(TicketSubject.ticket_pk.in_(pks)),
    )


def _described(
    row: Any, tags: Sequence[str], sites: Sequence[tuple[str, str]], about: Sequence[tuple[str, str]]
) -> Described:
    facts = facts_of(
        row,
        category=row.category,
        queue=row.queue or "",
        assignee=row.assignee,
        tags=tags,
        sites=sites,
        about=about,
        body=row.body or "",
        hour=hour_at(row.hours, row.created_at),
    )
    clock, schedule = clock_of(row.target), schedule_of(row.hours)
    at_first = {
        "queue": (row.first_queue,),
        "status": (str(Status.OPEN),),
        "priority": (DEFAULT_PRIORITY,),
        "assignee": (NOBODY,),
        "tag": (),
    }
    return Described(
        ticket_id=row.ticket_id,
        subject=row.subject,
        filtered=row.filtered_reason is not None,
        merged=row.merged_into_id is not None,
        opened_at=row.created_at,
        facts=facts,
        at_first={**facts, **at_first},
        last_words=row.again or row.body or "",
        wrote_again=row.again is not None,
        running=[kind for kind in KINDS if clock is not None and due_at(clock, schedule, kind) is not None],
    )
