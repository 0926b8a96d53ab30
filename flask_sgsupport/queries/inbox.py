"""The lists of the inbox: views, filters, capped counts and pages by keyset.

A page is two bounded walks along an index, one over the unaddressed tickets and one over the others, put together;
so the default order costs the same at any depth and however many tickets there are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union_all

from ..actors import Actor
from ..i18n import format_duration
from ..i18n import gettext as _
from ..lifecycle import Status, WaitingOn, derived_state, status_label
from ..models import (
    Agent,
    Category,
    Delivery,
    Heartbeat,
    Message,
    Queue,
    Ticket,
    TicketRead,
    TicketSite,
    TicketTag,
)
from ..permissions import deliveries_of, visible_to
from ..routing import PRIORITIES, priority_label
from ..search_text import words
from ..settings import state
from .choices import BIND, Choices, agent_part, ask, category_part, count_part, gathered, queue_part, sees_all

SEARCH_WINDOW = 20_000
"""Subjects of so many of the newest tickets are searched."""
MAX_QUEUE_COUNTS = 60
WORKER_SILENT_AFTER = timedelta(minutes=2)
LATE_AFTER: Mapping[str, timedelta] = {
    "urgent": timedelta(hours=1),
    "high": timedelta(hours=4),
    "normal": timedelta(hours=24),
    "low": timedelta(hours=72),
}
"""From then on the waiting time is shown in red."""
CHANNELS: Mapping[str, Callable[[], str]] = {
    "panel": lambda: _("Panel"),
    "inbox": lambda: _("Inbox"),
    "mail": lambda: _("E-mail"),
    "api": lambda: _("API"),
    "python": lambda: _("The app itself"),
    "cli": lambda: _("Command line"),
}

_NUMBER = re.compile(r"(?:[A-Za-z0-9]{1,10}-)?(?:(\d{4})-)?(\d{5,12})")


@dataclass(frozen=True, slots=True)
class View:
    """One list of the sidebar.

    :param condition: what it holds beside what the agent may see.
    :param sort: its order unless another is asked for.
    """

    key: str
    label: Callable[[], str]
    condition: Callable[[Actor], Sequence[ColumnElement[bool]]]
    empty: Callable[[], tuple[str, str]]
    sort: str = "unaddressed"
    counted: bool = True
    shown: bool = True


def _open(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return Ticket.status == Status.OPEN, Ticket.filtered_reason.is_(None)


def _undelivered(actor: Actor) -> Sequence[ColumnElement[bool]]:
    # Not a correlated EXISTS: from the few failures to their tickets, not through all tickets.
    failed = select(Delivery.ticket_pk).where(Delivery.state.in_(("failed", "bounced")), Delivery.side == "customer")
    return (Ticket.pk.in_(failed),)


VIEWS: tuple[View, ...] = (
    View(
        "unassigned",
        lambda: _("Unassigned"),
        lambda a: (*_open(a), Ticket.assignee_pk.is_(None)),
        lambda: (_("No ticket waits here. Nice."), _("New ones arrive on top.")),
    ),
    View(
        "mine",
        lambda: _("Mine"),
        lambda a: (*_open(a), Ticket.assignee_pk == (a.agent_pk or 0)),
        lambda: (_("Nothing is assigned to you."), _("Take the oldest one from Unassigned.")),
    ),
    View(
        "open",
        lambda: _("All open"),
        _open,
        lambda: (_("No open ticket. Nice."), _("New ones arrive on top.")),
    ),
    View(
        "waiting",
        lambda: _("Waiting on customer"),
        lambda a: (*_open(a), Ticket.waiting_on == WaitingOn.CUSTOMER),
        lambda: (_("No customer owes an answer."), _("Tickets come here once you have replied.")),
    ),
    View(
        "resolved",
        lambda: _("Resolved"),
        lambda a: (Ticket.status == Status.RESOLVED, Ticket.filtered_reason.is_(None)),
        lambda: (_("No resolved ticket waits for its customer."), _("They close by themselves when nobody answers.")),
        sort="oldest",
    ),
    View(
        "closed",
        lambda: _("Closed"),
        lambda a: (Ticket.status == Status.CLOSED, Ticket.filtered_reason.is_(None)),
        lambda: (_("Nothing is closed yet."), _("Only the customer's confirmation or time closes a ticket.")),
        sort="newest",
        counted=False,
    ),
    View(
        "filtered",
        lambda: _("Spam / Filtered"),
        # True of every text but not of NULL; for IS NOT NULL SQLite would read all tickets.
        lambda a: (Ticket.filtered_reason >= "",),
        lambda: (_("Nothing was filtered."), _("Filtered tickets wait here; none is ever dropped.")),
    ),
    View(
        "delivery",
        lambda: _("Delivery problems"),
        _undelivered,
        lambda: (_("Every reply was delivered."), _("A reply that could not be delivered brings its ticket here.")),
    ),
    View(
        "all",
        lambda: _("All tickets"),
        lambda a: (),
        lambda: (_("No ticket fits."), _("Take a filter away, or search for other words.")),
        sort="newest",
        counted=False,
        shown=False,
    ),
)
VIEW_OF: Mapping[str, View] = {view.key: view for view in VIEWS}
DEFAULT_VIEW = "open"


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by this column, unaddressed first or not."""

    label: Callable[[], str]
    column: Any
    descending: bool = False
    unaddressed_first: bool = False


SORTS: Mapping[str, Sort] = {
    "unaddressed": Sort(lambda: _("unaddressed first, oldest on top"), Ticket.created_at, unaddressed_first=True),
    "oldest": Sort(lambda: _("oldest first"), Ticket.created_at),
    "newest": Sort(lambda: _("newest first"), Ticket.created_at, descending=True),
    "updated": Sort(lambda: _("last update first"), Ticket.updated_at, descending=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list was asked for, word for word as it stands in the URL; what is no known word filters nothing."""

    view: str = ""
    queue: str = ""
    status: str = ""
    assignee: str = ""
    """Host id of an agent, ``me`` or ``nobody``."""
    priority: str = ""
    category: str = ""
    tag: str = ""
    account: str = ""
    """Id or name."""
    site: str = ""
    channel: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    sort: str = ""
    after: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Filters:
        """Read the arguments of a URL."""
        return cls(**{f.name: (arguments.get(f.name) or "").strip()[:200] for f in fields(cls)})

    @property
    def shown_view(self) -> View:
        """The view in force: a search or a chosen status looks into everything."""
        if self.status or self.q:
            return VIEW_OF["all"]
        return VIEW_OF.get(self.view, VIEW_OF[DEFAULT_VIEW])

    @property
    def order(self) -> str:
        """The sort in force."""
        return self.sort if self.sort in SORTS else self.shown_view.sort

    def arguments(self, **changes: str) -> dict[str, str]:
        """The arguments of a URL that differs in these; a cursor never survives."""
        changed = replace(self, **({"after": ""} | changes))
        return {f.name: value for f in fields(changed) if (value := getattr(changed, f.name))}

    @property
    def filters_something(self) -> bool:
        """Whether anything beside the view narrows the list."""
        return any(getattr(self, f.name) for f in fields(self) if f.name not in {"view", "sort", "after"})


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One line of the list."""

    ticket_id: str
    subject: str
    unread: bool
    state: str
    state_label: str
    requester: str
    account: str
    site: str
    queue: str
    excerpt: str
    priority: str
    priority_high: bool
    assignee: str
    waiting: str
    late: bool
    created_at: datetime
    updated_at: datetime


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


def find_number(actor: Actor, text: str) -> str | None:
    """The ticket whose number was typed, if the agent may see it.

    :param text: ``TKT-2026-04881``, ``2026-04881`` or, this year, ``04881``.
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return None
    host = state()
    whole = text.strip().upper()
    year, digits = match.groups()
    short = f"{host.settings.ticket_prefix}-{year or host.now().year}-{digits}"
    wanted = select(Ticket.ticket_id).where(Ticket.ticket_id.in_({whole, short}), visible_to(actor)).limit(1)
    found: str | None = host.db.session.scalar(wanted)
    return found


def frame(actor: Actor, filters: Filters) -> Frame:
    """Everything around the list, in two statements."""
    rows = ask([queue_part(actor), category_part(), agent_part()])
    choices = gathered(rows)
    here = visible_to(actor)
    parts = [
        count_part("view", view.key, select(Ticket.pk).where(here, *view.condition(actor)))
        for view in VIEWS
        if view.counted and view.shown
    ]
    parts += [
        count_part("queue", queue.key, select(Ticket.pk).where(here, *_open(actor), Ticket.queue_pk == queue.pk))
        for queue in choices.queues[:MAX_QUEUE_COUNTS]
    ]
    parts.append(count_part("current", "", select(Ticket.pk).where(*_conditions(actor, filters))))
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
    )


def news_parts(actor: Actor) -> list[Select[Any]]:
    """Branches for what every page of the inbox says: unread notices, and mail that nobody sends."""
    now = state().now()
    due = select(Delivery.pk).where(
        Delivery.state == "queued", Delivery.due_at < now - WORKER_SILENT_AFTER, Delivery.channel == "email"
    )
    seen = select(Heartbeat.name).where(Heartbeat.name.like("worker%"), Heartbeat.seen_at > now - WORKER_SILENT_AFTER)
    unread = select(Delivery.pk).where(deliveries_of(actor), Delivery.read_at.is_(None), Delivery.state == "sent")
    return [count_part("unread", "", unread), count_part("due", "", due), count_part("worker", "", seen)]


def mail_waits(counts: Mapping[tuple[str, str], int]) -> bool:
    """Whether mail is due and no worker was seen lately."""
    return counts["due", ""] > 0 and counts["worker", ""] == 0


@dataclass(frozen=True, slots=True)
class News:
    """What every page of the inbox says."""

    unread: int
    mail_waits: bool


def news(actor: Actor) -> News:
    """The unread notices of an agent, and whether mail waits for a worker, in one statement."""
    counts = {(row.kind, row.key): int(row.pk) for row in ask(news_parts(actor))}
    return News(counts["unread", ""], mail_waits(counts))


def listing(actor: Actor, filters: Filters) -> Listing:
    """One page, in one statement."""
    host = state()
    size = host.settings.page_size
    sort = SORTS[filters.order]
    window = _window(_conditions(actor, filters), sort, _cursor(filters.after), size + 1)
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
    direction = [window.c.at.desc(), window.c.pk.desc()] if sort.descending else [window.c.at, window.c.pk]
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
        )
        .select_from(window)
        .join(Ticket, Ticket.pk == window.c.pk)
        .join(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        .outerjoin(TicketSite, and_(TicketSite.ticket_pk == Ticket.pk, TicketSite.position == 0))
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .order_by(*([window.c.half] if sort.unaddressed_first else []), *direction)
        .limit(size + 1)
    )
    found = host.db.session.execute(statement, bind_arguments=BIND).all()
    rows = found[:size]
    after = ""
    if len(found) > size:
        last = rows[-1]
        at = last.updated_at if sort.column is Ticket.updated_at else last.created_at
        after = f"{int(last.addressed)}~{at.isoformat()}~{last.ticket_id}"
    return Listing([_row(row, host.now()) for row in rows], after)


@dataclass(frozen=True, slots=True)
class _Cursor:
    half: int
    at: datetime
    ticket_id: str


def _cursor(text: str) -> _Cursor | None:
    parts = text.split("~")
    try:
        half, at, ticket_id = parts
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    if half not in {"0", "1"} or moment.tzinfo is None:
        return None
    return _Cursor(int(half), moment, ticket_id)


def _window(conditions: Sequence[ColumnElement[bool]], sort: Sort, after: _Cursor | None, size: int) -> Any:
    column = sort.column
    walks = []
    for half, addressed in enumerate((False, True)):
        walk = select(Ticket.pk.label("pk"), Ticket.addressed.label("half"), column.label("at")).where(
            *conditions, Ticket.addressed == addressed
        )
        if after is not None:
            if sort.unaddressed_first and half < after.half:
                continue
            if not sort.unaddressed_first or half == after.half:
                walk = walk.where(_beyond(column, after, descending=sort.descending))
        order = (column.desc(), Ticket.pk.desc()) if sort.descending else (column, Ticket.pk)
        walks.append(select(walk.order_by(*order).limit(size).subquery()))
    return (union_all(*walks) if len(walks) > 1 else walks[0]).subquery("page")


def _beyond(column: Any, after: _Cursor, *, descending: bool) -> ColumnElement[bool]:
    """The bounded form: one comparison the index can start from, one that settles ties."""
    pk = select(Ticket.pk).where(Ticket.ticket_id == after.ticket_id).scalar_subquery()
    if descending:
        return and_(column <= after.at, or_(column < after.at, Ticket.pk < pk))
    return and_(column >= after.at, or_(column > after.at, Ticket.pk > pk))


def _conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    found = [visible_to(actor), *filters.shown_view.condition(actor)]
    for name, condition in _FILTERS.items():
        value = getattr(filters, name)
        if value:
            made = condition(value, actor)
            if made is not None:
                found.append(made)
    if filters.q:
        found.append(Ticket.pk > select(func.max(Ticket.pk)).scalar_subquery() - SEARCH_WINDOW)
        found += [Ticket.subject_folded.like(f"%{word}%") for word in words(filters.q)]
    return found


def _of_status(value: str, actor: Actor) -> ColumnElement[bool] | None:
    return Ticket.status == value if value in set(Status) else None


def _of_assignee(value: str, actor: Actor) -> ColumnElement[bool]:
    if value == "nobody":
        return Ticket.assignee_pk.is_(None)
    if value == "me":
        return Ticket.assignee_pk == (actor.agent_pk or 0)
    return Ticket.assignee_pk == select(Agent.pk).where(Agent.host_id == value).scalar_subquery()


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _since(value: str, actor: Actor) -> ColumnElement[bool] | None:
    day = _day(value)
    return None if day is None else Ticket.created_at >= datetime.combine(day, time.min, UTC)


def _until(value: str, actor: Actor) -> ColumnElement[bool] | None:
    day = _day(value)
    if day is None or day == date.max:
        return None
    return Ticket.created_at < datetime.combine(day + timedelta(days=1), time.min, UTC)


_FILTERS: Mapping[str, Callable[[str, Actor], ColumnElement[bool] | None]] = {
    "queue": lambda v, a: Ticket.queue_pk == select(Queue.pk).where(Queue.key == v).scalar_subquery(),
    "status": _of_status,
    "assignee": _of_assignee,
    "priority": lambda v, a: Ticket.priority == v if v in PRIORITIES else None,
    "category": lambda v, a: Ticket.category_pk == select(Category.pk).where(Category.key == v).scalar_subquery(),
    "tag": lambda v, a: exists(
        select(TicketTag.tag).where(TicketTag.ticket_pk == Ticket.pk, TicketTag.tag == v.lower())
    ),
    "account": lambda v, a: or_(Ticket.account_id == v, Ticket.account_name == v),
    "site": lambda v, a: exists(
        select(TicketSite.name).where(
            TicketSite.ticket_pk == Ticket.pk, or_(TicketSite.site_id == v, TicketSite.name == v)
        )
    ),
    "channel": lambda v, a: Ticket.channel == v if v in CHANNELS else None,
    "since": _since,
    "until": _until,
}


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
    """How long the customer has waited or when it closes, and whether that is too long."""
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


def _row(row: Any, now: datetime) -> TicketRow:
    shown = shown_state(row)
    waiting, late = waiting_words(row, now)
    said = " ".join((row.customer_said or "").split())
    return TicketRow(
        ticket_id=row.ticket_id,
        subject=row.subject,
        state=shown,
        state_label=state_label(shown),
        unread=row.read_at is None or row.read_at < row.last_customer_message_at,
        requester=row.requester_name,
        account=row.account_name,
        site=row.site or "",
        queue=row.queue,
        excerpt=said if len(said) <= 90 else said[:89].rstrip() + "…",
        priority=priority_label(row.priority),
        priority_high=row.priority in {"high", "urgent"},
        assignee=row.assignee or "",
        waiting=waiting,
        late=late,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def covers_nothing(actor: Actor) -> bool:
    """Whether an agent waits for a lead to name a queue, category or tag."""
    coverage = actor.coverage
    return not sees_all(actor) and not (coverage.queues or coverage.categories or coverage.tags)
