"""The views of the inbox, its orders and filters, each as a row of a table: word of the URL, label, condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ..actors import Actor
from ..i18n import gettext as _
from ..lifecycle import Status, WaitingOn
from ..models import (
    Agent,
    Category,
    Delivery,
    Queue,
    Ticket,
    TicketSite,
    TicketTag,
)
from ..permissions import visible_to
from ..routing import PRIORITIES
from ..search_text import Query, read_query, split_fields
from .search import SEARCH_WINDOW, found_by

MAX_CHARS: Mapping[str, int] = {"q": 500}
"""So much of an argument is read, if not 200."""
CHANNELS: Mapping[str, Callable[[], str]] = {
    "panel": lambda: _("Panel"),
    "inbox": lambda: _("Inbox"),
    "mail": lambda: _("E-mail"),
    "api": lambda: _("API"),
    "python": lambda: _("The app itself"),
    "cli": lambda: _("Command line"),
}


@dataclass(frozen=True, slots=True)
class View:
    """One list of the sidebar.

    :param condition: what it holds beside what the agent may see.
    :param sort: its order unless another is asked for.
    :param of_any_status: what of it stays where the person chooses the status; without it the list is about a status
        and about nothing else, and a chosen one looks into all tickets.
    """

    key: str
    label: Callable[[], str]
    condition: Callable[[Actor], Sequence[ColumnElement[bool]]]
    empty: Callable[[], tuple[str, str]]
    sort: str = "unaddressed"
    counted: bool = True
    shown: bool = True
    of_any_status: Callable[[Actor], Sequence[ColumnElement[bool]]] | None = None


def is_open(actor: Actor) -> Sequence[ColumnElement[bool]]:
    """Open and not filtered."""
    return Ticket.status == Status.OPEN, Ticket.filtered_reason.is_(None)


def _undelivered(actor: Actor) -> Sequence[ColumnElement[bool]]:
    # Not a correlated EXISTS: from the few failures to their tickets, not through all tickets.
    # A mail that waits after a failed try is one of them: the agent who wrote it believes it has gone out.
    failed = select(Delivery.ticket_pk).where(
        Delivery.state.in_(("failed", "bounced", "queued")),
        or_(Delivery.state != "queued", Delivery.attempts > 0),
        Delivery.side == "customer",
    )
    return (Ticket.pk.in_(failed),)


def _filtered() -> Sequence[ColumnElement[bool]]:
    # From the few as well: asked of each ticket, an index for the order would lead through all tickets.
    # The comparison is true of every text but not of NULL; for IS NOT NULL SQLite would read all tickets.
    few = aliased(Ticket)
    return (Ticket.pk.in_(select(few.pk).where(few.filtered_reason >= "")),)


def _unassigned(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.assignee_pk.is_(None),)


def _mine(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.assignee_pk == (actor.agent_pk or 0),)


def _waiting(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.waiting_on == WaitingOn.CUSTOMER,)


VIEWS: tuple[View, ...] = (
    View(
        "unassigned",
        lambda: _("Unassigned"),
        lambda a: (*is_open(a), *_unassigned(a)),
        lambda: (_("No ticket waits here. Nice."), _("New ones arrive on top.")),
        of_any_status=_unassigned,
    ),
    View(
        "mine",
        lambda: _("Mine"),
        lambda a: (*is_open(a), *_mine(a)),
        lambda: (_("Nothing is assigned to you."), _("Take the oldest one from Unassigned.")),
        of_any_status=_mine,
    ),
    View(
        "open",
        lambda: _("All open"),
        is_open,
        lambda: (_("No open ticket. Nice."), _("New ones arrive on top.")),
    ),
    View(
        "waiting",
        lambda: _("Waiting on customer"),
        lambda a: (*is_open(a), *_waiting(a)),
        lambda: (_("No customer owes an answer."), _("Tickets come here once you have replied.")),
        of_any_status=_waiting,
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
        lambda a: _filtered(),
        lambda: (_("Nothing was filtered."), _("Filtered tickets wait here; none is ever dropped.")),
        of_any_status=lambda a: _filtered(),
    ),
    View(
        "delivery",
        lambda: _("Delivery problems"),
        _undelivered,
        lambda: (_("Every reply was delivered."), _("A reply that could not be delivered brings its ticket here.")),
        of_any_status=_undelivered,
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
    """An order: by this column, unaddressed first or not.

    :param backwards: of the two halves the second comes first.
    """

    label: Callable[[], str]
    column: Any
    descending: bool = False
    unaddressed_first: bool = False
    backwards: bool = False

    def turned_round(self) -> Sort:
        """The same order from its end."""
        return replace(self, descending=not self.descending, backwards=not self.backwards)


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
    """Id, name, or a part of the name."""
    requester: str = ""
    """Id, or a part of the name or of the e-mail address."""
    site: str = ""
    """Id, name, or a part of the name."""
    channel: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    sort: str = ""
    after: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Filters:
        """Read the arguments of a URL."""
        return cls(
            **{
                f.name: (arguments.get(f.name) or "").replace("\x00", "").strip()[: MAX_CHARS.get(f.name, 200)]
                for f in fields(cls)
            }
        )

    @property
    def shown_view(self) -> View:
        """The view in force: a search looks into everything, a chosen status takes the place of the view's own."""
        if self.q:
            return VIEW_OF["all"]
        asked = VIEW_OF.get(self.view, VIEW_OF[DEFAULT_VIEW])
        if not self.narrows("status"):
            return asked
        left = asked.of_any_status
        return VIEW_OF["all"] if left is None else replace(asked, condition=left)

    @property
    def order(self) -> str:
        """The sort in force."""
        return self.sort if self.sort in SORTS else self.shown_view.sort

    def arguments(self, **changes: str) -> dict[str, str]:
        """The arguments of a URL that differs in these; a cursor never survives."""
        changed = replace(self, **({"after": ""} | changes))
        return {f.name: value for f in fields(changed) if (value := getattr(changed, f.name))}

    @property
    def query(self) -> Query:
        """What is searched for; nothing where only signs were typed."""
        return read_query(self.q)

    def understood(self) -> Filters:
        """The same with ``queue:billing`` and its like among the filters, where it was typed among the words.

        It is asked of all tickets, as words are.
        """
        typed, rest = split_fields(self.q, TYPED)
        if not typed:
            return self
        named = {TYPED[name]: value.lower() if name in _OURS else value for name, value in typed.items()}
        return replace(self, **{"view": "all", "q": rest, "after": ""} | named)

    @property
    def filters_something(self) -> bool:
        """Whether anything beside the view narrows the list."""
        return any(self.narrows(f.name) for f in fields(self) if f.name not in {"view", "sort", "after"})

    def narrows(self, name: str) -> bool:
        """Whether this one filters: what is no word it knows, and no day there is, does not."""
        value = getattr(self, name)
        return bool(value) and (name not in _KNOWN or _KNOWN[name](value))

    @property
    def misread(self) -> Sequence[str]:
        """The names of those that hold something they do not know, and so filter nothing."""
        return [name for name in _KNOWN if getattr(self, name) and not self.narrows(name)]


def conditions(actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    """What selects the tickets of a list that this agent may see."""
    found = [visible_to(actor), *filters.shown_view.condition(actor)]
    for name, condition in _FILTERS.items():
        if filters.narrows(name):
            found.append(condition(getattr(filters, name), actor))
    if filters.q:
        found.append(found_by(actor, filters.query))
    return found


def _of_assignee(value: str, actor: Actor) -> ColumnElement[bool]:
    if value == "nobody":
        return Ticket.assignee_pk.is_(None)
    if value == "me":
        return Ticket.assignee_pk == (actor.agent_pk or 0)
    return Ticket.assignee_pk == select(Agent.pk).where(Agent.host_id == value).scalar_subquery()


def _named(
    value: str, actor: Actor, key: Any, *, whole: Sequence[Any] = (), parts: Sequence[Any] = ()
) -> ColumnElement[bool]:
    """What has this id or whole name; where no ticket has, all of the newest tickets whose names hold it.

    Each part knows only tickets the agent may see: others neither answer what is asked nor tell that they are there.
    """
    of_seen = select(key).select_from(Ticket).where(visible_to(actor))
    if key.class_ is TicketSite:
        of_seen = of_seen.join(TicketSite, TicketSite.ticket_pk == Ticket.pk)
    newest = of_seen.where(_is_among_the_newest(Ticket.pk))
    # Each a statement of its own: correlated, it would be asked of each ticket; of two in one, an index serves neither.
    known = [of_seen.where(key == value), *(newest.where(name == value) for name in whole)]
    holding = newest.where(or_(*(name.icontains(value, autoescape=True) for name in parts))).correlate(None)
    return or_(
        key == value,
        *(name == value for name in whole),
        and_(*(~one.correlate(None).exists() for one in known), key.in_(holding)),
    )


def _of_account(value: str, actor: Actor) -> ColumnElement[bool]:
    name = Ticket.account_name
    return _named(value, actor, Ticket.account_id, whole=[name], parts=[name])


def _of_requester(value: str, actor: Actor) -> ColumnElement[bool]:
    return _named(value, actor, Ticket.requester_id, parts=[Ticket.requester_name, Ticket.requester_email])


def _of_site(value: str, actor: Actor) -> ColumnElement[bool]:
    name = TicketSite.name
    site = _named(value, actor, TicketSite.site_id, whole=[name], parts=[name])
    return exists(select(TicketSite.name).where(TicketSite.ticket_pk == Ticket.pk, site))


def _is_among_the_newest(pk: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return pk > select(func.max(Ticket.pk)).scalar_subquery() - SEARCH_WINDOW


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _since(value: str, actor: Actor) -> ColumnElement[bool]:
    return Ticket.created_at >= datetime.combine(date.fromisoformat(value), time.min, UTC)


def _until(value: str, actor: Actor) -> ColumnElement[bool]:
    day = date.fromisoformat(value)
    if day == date.max:
        return true()
    return Ticket.created_at < datetime.combine(day + timedelta(days=1), time.min, UTC)


_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "status": lambda v: v in set(Status),
    "priority": lambda v: v in PRIORITIES,
    "channel": lambda v: v in CHANNELS,
    "since": lambda v: _day(v) is not None,
    "until": lambda v: _day(v) is not None,
}
"""What the filters know whose words do not depend on what is in the database."""
_FILTERS: Mapping[str, Callable[[str, Actor], ColumnElement[bool]]] = {
    "queue": lambda v, a: Ticket.queue_pk == select(Queue.pk).where(Queue.key == v).scalar_subquery(),
    "status": lambda v, a: Ticket.status == v,
    "assignee": _of_assignee,
    "priority": lambda v, a: Ticket.priority == v,
    "category": lambda v, a: Ticket.category_pk == select(Category.pk).where(Category.key == v).scalar_subquery(),
    "tag": lambda v, a: exists(
        select(TicketTag.tag).where(TicketTag.ticket_pk == Ticket.pk, TicketTag.tag == v.lower())
    ),
    "account": _of_account,
    "requester": _of_requester,
    "site": _of_site,
    "channel": lambda v, a: Ticket.channel == v,
    "since": _since,
    "until": _until,
}
TYPED: Mapping[str, str] = {name: name for name in _FILTERS} | {"from": "requester"}
"""What may be typed before a colon in the search field, and the filter it is."""
_OURS = frozenset({"queue", "status", "priority", "category", "channel"})
"""Those whose values are written in small letters."""
