"""The lists of the inbox: views, filters, capped counts and pages by keyset."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, and_, case, func, null, or_, select
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..conditions import ME, NOBODY, typed
from ..i18n import format_duration
from ..i18n import gettext as _
from ..lifecycle import Status, derived_state, status_label
from ..models import (
    Agent,
    Category,
    Message,
    Queue,
    Ticket,
    TicketRead,
    TicketSite,
)
from ..models.metadata import NEVER
from ..permissions import sees_everything, visible_to
from ..routing import priority_label
from ..safe_html import excerpt, excerpt_around, marked
from ..search_text import Query, hits
from ..settings import state
from .choices import (
    BIND,
    Choices,
    agent_part,
    ask,
    bounded,
    category_part,
    count_part,
    destination_part,
    gathered,
    part,
    queue_part,
)
from .drafts import has_draft
from .macros import macro_list_parts
from .news import OnItsWay, mail_waits, news_parts, sending_among
from .places import Place, in_order, walked
from .presence import Here, marks, presence_part
from .saved_views import SavedLink, saved_among, saved_part
from .search import newest_hit
from .targets import due_words
from .views import VIEWS, Filters, Sort, conditions, is_open

_HIT = aliased(Message)

MAX_QUEUE_COUNTS = 60
FOUND_IN_CHARS = 20_000
"""So much of a message is read for what is shown of it."""
LATE_AFTER: Mapping[str, timedelta] = {
    "urgent": timedelta(hours=1),
    "high": timedelta(hours=4),
    "normal": timedelta(hours=24),
    "low": timedelta(hours=72),
}
"""From then on the waiting time is shown in red, where no target says when it is due."""
_NUMBER = re.compile(r"#?(?:(?!\d{4}-\d+$)[A-Za-z0-9]{1,10}-)?(?:(\d{4})-)?(\d{1,12})", re.ASCII)
YEARS_LOOKED_THROUGH = 20


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the list."""

    ticket_id: str
    subject: Markup | str
    unread: bool
    state: str
    state_label: str
    requester: str
    account: str
    site: str
    queue: str
    excerpt: Markup | str
    """Of what the customer said last, or of the message by which it was found."""
    priority: str
    priority_high: bool
    assignee: str
    waiting: str
    late: bool
    snoozed_until: datetime | None
    filtered_reason: str
    """Why it waits under Spam / Filtered; empty where it does not."""
    merged_into: str
    """Number of the ticket it is a part of; empty where it is of none."""
    created_at: datetime
    updated_at: datetime
    place: str
    """Where it stands in this list."""
    found: str
    """The key of the newest message by which it was found; empty where none was searched."""
    found_in_note: bool
    draft: bool
    """The agent who asks keeps a draft for it."""
    version: int
    """Of the ticket, as the list shows it."""


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket whose number is known, as it is now."""

    ticket_id: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of tickets."""

    rows: Sequence[TicketRow]
    after: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the list: choices, counts by view and queue, and how many the list holds."""

    choices: Choices
    views: Mapping[str, int]
    queues: Mapping[str, int]
    current: int
    unread: int
    mail_waits: bool
    """Mail is due and no worker was seen."""
    sending: Sequence[OnItsWay]
    any_queue: bool
    here: Here
    """Who else is at which ticket."""
    names: Mapping[tuple[str, str], str]
    """Of what a filter names by its key or id, by the name of the filter and the key."""
    saved: Sequence[SavedLink]
    """Views at the side."""
    gone: Mapping[tuple[str, str], str]
    """Of these the queues, categories and agents that are not in use, or not there at all: what each is called."""


def is_number(text: str) -> bool:
    """Whether somebody typed the number of a ticket, as `find_number` takes it."""
    return _NUMBER.fullmatch(text.strip()) is not None


def find_number(actor: Actor, text: str) -> str | None:
    """The ticket whose number was typed, if the agent may see it.

    :param text: ``TKT-2026-04881``, ``2026-04881``, or ``4881`` and ``#4881``, which find the newest of all years.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    host = state()
    whole = text.strip().lstrip("#").upper()
    year, digits = match.groups()
    now = host.now().year
    years = [year] if year else range(now, now - YEARS_LOOKED_THROUGH, -1)
    numbers = {whole, *(f"{host.settings.ticket_prefix}-{one}-{digits:0>5}" for one in years)}
    wanted = select(Ticket.ticket_id).where(Ticket.ticket_id.in_(numbers), visible_to(actor))
    found: str | None = host.db.session.scalar(wanted.order_by(Ticket.pk.desc()).limit(1))
    return found


def by_numbers(actor: Actor, numbers: Collection[str]) -> Sequence[Known]:
    """The tickets of these numbers, of which the actor may see them."""
    wanted = select(Ticket.ticket_id, Ticket.subject, Ticket.version)
    found = state().db.session.execute(wanted.where(Ticket.ticket_id.in_(numbers), visible_to(actor)))
    return [Known(row.ticket_id, row.subject, row.version) for row in found]


def frame(actor: Actor, filters: Filters) -> Frame:
    """Everything around the list, in two statements."""
    here = visible_to(actor)
    named = [
        bounded(part(ASKED + kind, key, name, Ticket.pk).where(here, key == asked).limit(1))
        for kind, asked, key, name in (
            ("account", filters.account, Ticket.account_id, Ticket.account_name),
            ("requester", filters.requester, Ticket.requester_id, Ticket.requester_name),
        )
        if asked
    ]
    offered = [queue_part(actor), destination_part(), category_part(), agent_part()]
    offered += [bounded(presence_part(actor)), saved_part(actor), *macro_list_parts(actor)]
    rows = ask([*offered, *named, *_asked_for(filters)])
    choices, found = gathered(rows), _found(rows, filters)
    parts = [
        count_part("view", view.key, select(Ticket.pk).where(here, *view.condition(actor)))
        for view in VIEWS
        if view.counted and view.shown
    ]
    parts += [
        count_part("queue", queue.key, select(Ticket.pk).where(here, *is_open(actor), Ticket.queue_pk == queue.pk))
        for queue in choices.queues[:MAX_QUEUE_COUNTS]
    ]
    parts.append(count_part("current", "", select(Ticket.pk).where(*conditions(actor, filters))))
    parts += news_parts(actor)
    parts.append(count_part("any_queue", "", select(Queue.pk).where(Queue.active.is_(True))))
    counted = ask(parts)
    counts = {(row.kind, row.key): int(row.pk) for row in counted}
    return Frame(
        choices=choices,
        views={key: count for (kind, key), count in counts.items() if kind == "view"},
        queues={key: count for (kind, key), count in counts.items() if kind == "queue"},
        current=counts["current", ""],
        unread=counts["unread", ""],
        mail_waits=mail_waits(counts),
        sending=sending_among(counted),
        any_queue=counts["any_queue", ""] > 0,
        here=marks(rows),
        names={named: row.label for named, row in found.items()},
        saved=saved_among(rows),
        gone={
            (name, value): found[name, value].label if (name, value) in found else value
            for name, values in _named_by(filters).items()
            for value in values
            if (name, value) not in found or not found[name, value].position
        },
    )


ASKED = "asked-"
_IN_USE: Mapping[str, tuple[Any, Any, ColumnElement[bool]]] = {
    "queue": (Queue, Queue.key, Queue.active.is_(True)),
    "category": (Category, Category.key, Category.active.is_(True)),
    "assignee": (
        Agent,
        Agent.host_id,
        and_(Agent.active.is_(True), or_(Agent.can_handle.is_(True), Agent.is_lead.is_(True))),
    ),
}


def _named_by(filters: Filters) -> dict[str, list[str]]:
    """What is there or not, by the filter that names it."""
    named = {name: typed(name, getattr(filters, name)) for name in _IN_USE if filters.narrows(name)}
    asked = {name: [value for one in meant for value in one.values] for name, meant in named.items()}
    return {
        name: [one for one in keys if name != "assignee" or one not in {ME, NOBODY}] for name, keys in asked.items()
    }


def _asked_for(filters: Filters) -> Iterator[Select[Any]]:
    """Branches with what the filters name, and as position whether it is in use."""
    for name, values in _named_by(filters).items():
        model, key, used = _IN_USE[name]
        if values:
            wanted = part(ASKED + name, key, model.name, model.pk, position=case((used, 1), else_=0))
            yield wanted.where(key.in_(values))


def _found(rows: Iterable[Any], filters: Filters) -> dict[tuple[str, str], Any]:
    """The rows of what the filters name, by the filter and what it says."""
    asked = [(row.kind.removeprefix(ASKED), row) for row in rows if row.kind.startswith(ASKED)]
    return {(name, row.key if name in _IN_USE else getattr(filters, name)): row for name, row in asked}


def listing(actor: Actor, filters: Filters, *, most: int | None = None) -> Listing:
    """One page, in one statement.

    :param most: so many rows; as many as a page has, where it is ``None``.
    """
    host = state()
    size = most or host.settings.page_size
    sort, query = filters.ordered, filters.query
    window = walked(actor, filters, sort, Place.of(filters.after), size + 1)
    me = actor.person.id if actor.person else ""
    customer_said = (
        select(func.substr(Message.body, 1, 240))
        .where(
            Message.ticket_pk == Ticket.pk,
            Message.kind.in_(("description", "follow-up")),
            Message.public.is_(True),
        )
        .order_by(Message.pk.desc())
        .limit(1)
        .scalar_subquery()
    )
    found_in: Sequence[Any] = (_HIT.key, _HIT.public, func.substr(_HIT.body, 1, FOUND_IN_CHARS))
    statement = (
        select(
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.status,
            Ticket.filtered_reason,
            Ticket.merged_into_id,
            Ticket.first_reply_at,
            Ticket.waiting_on,
            Ticket.addressed,
            Ticket.requester_name,
            Ticket.account_name,
            Ticket.priority,
            Ticket.last_customer_message_at,
            Ticket.auto_close_at,
            Ticket.hold_reason,
            Ticket.snoozed_until,
            Ticket.due_at,
            Ticket.created_at,
            Ticket.updated_at,
            Ticket.assignee_pk,
            Ticket.version,
            Agent.name.label("assignee"),
            Queue.name.label("queue"),
            TicketSite.name.label("site"),
            TicketRead.read_at.label("read_at"),
            has_draft(actor).label("draft"),
            customer_said.label("customer_said"),
            *(
                (column if query.terms else null()).label(name)
                for name, column in zip(("found", "found_public", "found_said"), found_in, strict=True)
            ),
        )
        .select_from(window)
        .join(Ticket, Ticket.pk == window.c.pk)
        .join(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        .outerjoin(TicketSite, and_(TicketSite.ticket_pk == Ticket.pk, TicketSite.position == 0))
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .order_by(*in_order(window, sort))
        .limit(size + 1)
    )
    if query.terms:
        statement = statement.outerjoin(_HIT, and_(_HIT.ticket_pk == Ticket.pk, _HIT.pk == newest_hit(actor, query)))
    found = host.db.session.execute(statement, bind_arguments=BIND).all()
    rows = found[:size]
    shown = [_row(row, host.now(), sort, query) for row in rows]
    return Listing(shown, shown[-1].place if len(found) > size else "")


STATE_LABELS: Mapping[str, Callable[[], str]] = {
    "new": lambda: _("Open · new"),
    "waiting": lambda: _("Waiting"),
    "snoozed": lambda: _("Snoozed"),
    "filtered": lambda: _("Filtered"),
    "merged": lambda: _("Merged"),
}


def state_label(shown: str) -> str:
    """The words of a chip."""
    return STATE_LABELS[shown]() if shown in STATE_LABELS else status_label(shown)


def shown_state(row: Any) -> str:
    """The chip of a ticket read as columns."""
    return derived_state(
        row.status,
        filtered=row.filtered_reason is not None,
        snoozed=row.snoozed_until is not None,
        answered=row.first_reply_at is not None,
        assigned=row.assignee_pk is not None,
        waiting_on=row.waiting_on,
        merged=row.merged_into_id is not None,
    )


def waiting_words(row: Any, now: datetime) -> tuple[str, bool]:
    """When it is due, how long the customer has waited or when it closes, and whether that is too late.

    What is filtered waits for no answer, nor what is a part of another; of what is snoozed only its target goes on.
    """
    if row.filtered_reason is not None or row.merged_into_id is not None:
        return "", False
    if row.status == Status.RESOLVED:
        if row.hold_reason is not None:
            return _("closing is held"), True
        left = row.auto_close_at - now if row.auto_close_at else timedelta(0)
        return (_("closes in %(time)s", time=format_duration(left)) if left > timedelta(0) else _("closes now")), False
    if row.status == Status.OPEN and row.due_at < NEVER:
        return due_words(row.due_at, now)
    if row.status == Status.OPEN and not row.addressed and row.snoozed_until is None:
        since = row.last_customer_message_at if row.first_reply_at else row.created_at
        waited = max(now - since, timedelta(0))
        return format_duration(waited), waited > LATE_AFTER[row.priority]
    return "", False


def _row(row: Any, now: datetime, sort: Sort, query: Query) -> TicketRow:
    shown, find = shown_state(row), partial(hits, terms=query.terms)
    waiting, late = waiting_words(row, now)
    at = getattr(row, sort.column.key)
    return TicketRow(
        ticket_id=row.ticket_id,
        subject=marked(row.subject, find(row.subject)),
        state=shown,
        state_label=state_label(shown),
        unread=row.read_at is None or row.read_at < row.last_customer_message_at,
        requester=row.requester_name,
        account=row.account_name,
        site=row.site or "",
        queue=row.queue,
        excerpt=excerpt(row.customer_said or "", 90) if row.found is None else excerpt_around(row.found_said, find),
        priority=priority_label(row.priority),
        priority_high=row.priority in {"high", "urgent"},
        assignee=row.assignee or "",
        waiting=waiting,
        late=late,
        snoozed_until=row.snoozed_until,
        filtered_reason=row.filtered_reason or "",
        merged_into=row.merged_into_id or "",
        created_at=row.created_at,
        updated_at=row.updated_at,
        place=str(Place(row.addressed, at, row.ticket_id, row.priority if sort.by_priority else "")),
        found=row.found or "",
        draft=bool(row.draft),
        version=row.version,
        found_in_note=row.found is not None and not row.found_public,
    )


def covers_nothing(actor: Actor) -> bool:
    """Whether an agent waits for a lead to name a queue, category or tag."""
    coverage = actor.coverage
    return not sees_everything(actor) and not (coverage.queues or coverage.categories or coverage.tags)
