"""The lists of the inbox: views, filters, capped counts and pages by keyset."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from markupsafe import Markup
from sqlalchemy import and_, func, null, select
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..i18n import format_duration
from ..i18n import gettext as _
from ..lifecycle import Status, derived_state, status_label
from ..models import (
    Agent,
    Message,
    Queue,
    Ticket,
    TicketRead,
    TicketSite,
)
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
    gathered,
    part,
    queue_part,
)
from .news import mail_waits, news_parts
from .places import Place, in_order, walked
from .search import newest_hit
from .views import SORTS, VIEWS, Filters, Sort, conditions, is_open

MAX_QUEUE_COUNTS = 60
FOUND_IN_CHARS = 20_000
"""So much of a message is read for what is shown of it."""
LATE_AFTER: Mapping[str, timedelta] = {
    "urgent": timedelta(hours=1),
    "high": timedelta(hours=4),
    "normal": timedelta(hours=24),
    "low": timedelta(hours=72),
}
"""From then on the waiting time is shown in red."""
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
    filtered_reason: str
    """Why it waits under Spam / Filtered; empty where it does not."""
    created_at: datetime
    updated_at: datetime
    place: str
    """Where it stands in this list."""
    found: str
    """The key of the newest message by which it was found; empty where none was searched."""
    found_in_note: bool


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
    any_queue: bool
    names: Mapping[str, str]
    """Of the account and the requester a filter names by their ids."""


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


def frame(actor: Actor, filters: Filters) -> Frame:
    """Everything around the list, in two statements."""
    here = visible_to(actor)
    named = [
        bounded(part(kind, key, name, Ticket.pk).where(here, key == asked).limit(1))
        for kind, asked, key, name in (
            ("account", filters.account, Ticket.account_id, Ticket.account_name),
            ("requester", filters.requester, Ticket.requester_id, Ticket.requester_name),
        )
        if asked
    ]
    rows = ask([queue_part(actor), category_part(), agent_part(), *named])
    choices = gathered(rows)
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
    counts = {(row.kind, row.key): int(row.pk) for row in ask(parts)}
    return Frame(
        choices=choices,
        views={key: count for (kind, key), count in counts.items() if kind == "view"},
        queues={key: count for (kind, key), count in counts.items() if kind == "queue"},
        current=counts["current", ""],
        unread=counts["unread", ""],
        mail_waits=mail_waits(counts),
        any_queue=counts["any_queue", ""] > 0,
        names={row.kind: row.label for row in rows if row.kind in {"account", "requester"}},
    )


def listing(actor: Actor, filters: Filters) -> Listing:
    """One page, in one statement."""
    host = state()
    size = host.settings.page_size
    sort, query = SORTS[filters.order], filters.query
    window = walked(actor, conditions(actor, filters), sort, Place.of(filters.after), size + 1)
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
    hit = aliased(Message)
    found_in: Sequence[Any] = (hit.key, hit.public, func.substr(hit.body, 1, FOUND_IN_CHARS))
    statement = (
        select(
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.status,
            Ticket.filtered_reason,
            Ticket.first_reply_at,
            Ticket.waiting_on,
            Ticket.addressed,
            Ticket.requester_name,
            Ticket.account_name,
            Ticket.priority,
            Ticket.last_customer_message_at,
            Ticket.auto_close_at,
            Ticket.hold_reason,
            Ticket.created_at,
            Ticket.updated_at,
            Ticket.assignee_pk,
            Agent.name.label("assignee"),
            Queue.name.label("queue"),
            TicketSite.name.label("site"),
            TicketRead.read_at.label("read_at"),
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
        statement = statement.outerjoin(hit, and_(hit.ticket_pk == Ticket.pk, hit.pk == newest_hit(actor, query)))
    found = host.db.session.execute(statement, bind_arguments=BIND).all()
    rows = found[:size]
    shown = [_row(row, host.now(), sort, query) for row in rows]
    return Listing(shown, shown[-1].place if len(found) > size else "")


STATE_LABELS: Mapping[str, Callable[[], str]] = {
    "new": lambda: _("Open · new"),
    "waiting": lambda: _("Waiting"),
    "filtered": lambda: _("Filtered"),
}


def state_label(shown: str) -> str:
    """The words of a chip."""
    return STATE_LABELS[shown]() if shown in STATE_LABELS else status_label(shown)


def shown_state(row: Any) -> str:
    """The chip of a ticket read as columns."""
    return derived_state(
        row.status,
        filtered=row.filtered_reason is not None,
        answered=row.first_reply_at is not None,
        assigned=row.assignee_pk is not None,
        waiting_on=row.waiting_on,
    )


def waiting_words(row: Any, now: datetime) -> tuple[str, bool]:
    """How long the customer has waited or when it closes, and whether that is too long.

    What is filtered waits for no answer.
    """
    if row.filtered_reason is not None:
        return "", False
    if row.status == Status.RESOLVED:
        if row.hold_reason is not None:
            return _("closing is held"), True
        left = row.auto_close_at - now if row.auto_close_at else timedelta(0)
        return (_("closes in %(time)s", time=format_duration(left)) if left > timedelta(0) else _("closes now")), False
    if row.status == Status.OPEN and not row.addressed:
        since = row.last_customer_message_at if row.first_reply_at else row.created_at
        waited = max(now - since, timedelta(0))
        return format_duration(waited), waited > LATE_AFTER[row.priority]
    return "", False


def _row(row: Any, now: datetime, sort: Sort, query: Query) -> TicketRow:
    shown, find = shown_state(row), partial(hits, terms=query.terms)
    waiting, late = waiting_words(row, now)
    at = row.updated_at if sort.column is Ticket.updated_at else row.created_at
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
        filtered_reason=row.filtered_reason or "",
        created_at=row.created_at,
        updated_at=row.updated_at,
        place=str(Place(row.addressed, at, row.ticket_id)),
        found=row.found or "",
        found_in_note=row.found is not None and not row.found_public,
    )


def covers_nothing(actor: Actor) -> bool:
    """Whether an agent waits for a lead to name a queue, category or tag."""
    coverage = actor.coverage
    return not sees_everything(actor) and not (coverage.queues or coverage.categories or coverage.tags)
