"""The views of the inbox, its orders and filters, each as a row of a table: word of the URL, label, condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ..actors import Actor
from ..conditions import FIELDS, SEVERAL, narrowing, typed
from ..conditions import TYPED as CONDITIONS
from ..figures import Figure
from ..i18n import gettext as _
from ..lately import read_lately
from ..lifecycle import Status, WaitingOn
from ..models import Delivery, Follower, Ticket, TicketSite, TicketSubject
from ..permissions import reads_figures_of, visible_to
from ..saved_views import FILTERS, MAX_FILTER_CHARS, READ
from ..search_text import Query, read_query, split_fields
from ..settings import state
from .conditions import select_by
from .search import SEARCH_WINDOW, found_by

_FEW = aliased(Ticket)

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any time of a ticket: a comparison an index serves where SQLite would not for IS NOT NULL."""

DUE: Mapping[str, Callable[[], str]] = {"overdue": lambda: _("Overdue"), "soon": lambda: _("Due within a day")}
SOON = timedelta(days=1)


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
    """Open, not filtered, not snoozed, and a part of no other: there is something to be done."""
    return *_of_status(Status.OPEN), Ticket.snoozed_until.is_(None)


def _of_status(status: Status) -> Sequence[ColumnElement[bool]]:
    return Ticket.status == status, Ticket.filtered_reason.is_(None), Ticket.merged_into_id.is_(None)


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
    return (Ticket.pk.in_(select(_FEW.pk).where(_FEW.filtered_reason >= "")),)


def _snoozed(actor: Actor) -> Sequence[ColumnElement[bool]]:
    # From the few, as those under Spam / Filtered.
    asleep = Ticket.pk.in_(select(_FEW.pk).where(_FEW.snoozed_until > LONG_AGO))
    return asleep, Ticket.filtered_reason.is_(None), Ticket.merged_into_id.is_(None)


def _merged() -> Sequence[ColumnElement[bool]]:
    return (Ticket.pk.in_(select(_FEW.pk).where(_FEW.merged_into_id >= "")),)


def _unassigned(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.assignee_pk.is_(None),)


def _mine(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.assignee_pk == (actor.agent_pk or 0),)


def _following(actor: Actor) -> Sequence[ColumnElement[bool]]:
    # From the few of one agent to their tickets.
    return (Ticket.pk.in_(select(Follower.ticket_pk).where(Follower.agent_pk == (actor.agent_pk or 0))),)


def _waiting(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.waiting_on == WaitingOn.CUSTOMER,)


def _overdue(actor: Actor) -> Sequence[ColumnElement[bool]]:
    return (Ticket.due_at < state().now(),)


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
        "following",
        lambda: _("Following"),
        lambda a: (*is_open(a), *_following(a)),
        lambda: (_("You follow no open ticket."), _("Follow stands on each ticket, below its fields.")),
        of_any_status=_following,
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
        "snoozed",
        lambda: _("Snoozed"),
        _snoozed,
        lambda: (
            _("Nothing is snoozed."),
            _("Snooze a ticket, and it waits here until its time or its customer's word."),
        ),
        of_any_status=_snoozed,
    ),
    View(
        "overdue",
        lambda: _("Overdue"),
        # A target goes on while its ticket is snoozed.
        lambda a: (*_of_status(Status.OPEN), *_overdue(a)),
        lambda: (_("Nothing is overdue. Nice."), _("What is late by its target comes here.")),
        sort="due",
    ),
    View(
        "resolved",
        lambda: _("Resolved"),
        lambda a: _of_status(Status.RESOLVED),
        lambda: (_("No resolved ticket waits for its customer."), _("They close by themselves when nobody answers.")),
        sort="oldest",
    ),
    View(
        "closed",
        lambda: _("Closed"),
        lambda a: _of_status(Status.CLOSED),
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
        "merged",
        lambda: _("Merged"),
        lambda a: _merged(),
        lambda: (_("No ticket was merged into another."), _("Merged tickets are found here, and by what they say.")),
        sort="updated",
        counted=False,
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

    :param by_priority: the most urgent ones stand first, and those alike so.
    :param backwards: of the two halves the second comes first, and of priorities the lowest.
    """

    label: Callable[[], str]
    column: Any
    descending: bool = False
    unaddressed_first: bool = False
    by_priority: bool = False
    backwards: bool = False

    def turned_round(self) -> Sort:
        """The same order from its end."""
        return replace(self, descending=not self.descending, backwards=not self.backwards)


SORTS: Mapping[str, Sort] = {
    "unaddressed": Sort(lambda: _("unaddressed first, oldest on top"), Ticket.created_at, unaddressed_first=True),
    "oldest": Sort(lambda: _("oldest first"), Ticket.created_at),
    "newest": Sort(lambda: _("newest first"), Ticket.created_at, descending=True),
    "due": Sort(lambda: _("next due first"), Ticket.due_at),
    "updated": Sort(lambda: _("last update first"), Ticket.updated_at, descending=True),
    "priority": Sort(lambda: _("highest priority first"), Ticket.created_at, by_priority=True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list was asked for, word for word as it stands in the URL; what is no known word filters nothing."""

    saved: str = ""
    """Key of the saved view it was opened by; what stands beside it is asked for instead of what that one holds."""
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
    about: str = ""
    """Reference, ``order:1042``, or title of one of the host's things, or a part of either."""
    channel: str = ""
    due: str = ""
    """``overdue``, or ``soon``: within a day."""
    since: str = ""
    until: str = ""
    updated: str = ""
    """``7d`` or ``24h``: in the last so many days or hours; ``2026-04-22``: since that day; ``-7d``: before that."""
    figure: str = ""
    """A figure of the reports: the tickets it counts."""
    where: str = ""
    """Further conditions, as `flask_sgsupport.conditions.Conditions.as_text` writes them."""
    q: str = ""
    sort: str = ""
    after: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Filters:
        """Read the arguments of a URL."""
        return cls(
            **{
                f.name: (arguments.get(f.name) or "").replace("\x00", "").strip()[: MAX_FILTER_CHARS.get(f.name, 200)]
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

    @property
    def ordered(self) -> Sort:
        """How the list is ordered: by priority, what is alike stands as the list does by itself."""
        asked = SORTS[self.order]
        return replace(SORTS[self.shown_view.sort], label=asked.label, by_priority=True) if asked.by_priority else asked

    def arguments(self, **changes: str) -> dict[str, str]:
        """The arguments of a URL that differs in these; a cursor never survives."""
        changed = replace(self, **({"after": ""} | changes))
        if changed.saved and not changed.view:
            # Without a word beside it the address would ask for what is saved.
            changed = replace(changed, view=DEFAULT_VIEW)
        return {f.name: value for f in fields(changed) if (value := getattr(changed, f.name))}

    @property
    def says_itself(self) -> bool:
        """Whether anything stands beside the saved view, and so in its place."""
        return any(getattr(self, name) for name in FILTERS)

    @property
    def is_of_few(self) -> bool:
        """Whether it is of tickets that are open or resolved, or of another list that has a number at the side.

        Conditions are asked of the newest, so it is not of few then.
        """
        if self.narrows("where"):
            return False
        if self.narrows("status"):
            only = [set(one.values) for one in typed("status", self.status) if one.operator in {"is", "one_of"}]
            return any(values <= {Status.OPEN, Status.RESOLVED} for values in only)
        return self.shown_view.counted

    def kept(self) -> dict[str, str]:
        """What of it is saved as a view: what filters and orders, and nothing that does neither."""
        found = {name: getattr(self, name) for name in FILTERS}
        dull = {*self.misread, *(["view"] if self.view not in VIEW_OF or self.view == DEFAULT_VIEW else [])}
        if self.sort not in SORTS or self.sort == self.shown_view.sort:
            dull.add("sort")
        return {name: value for name, value in found.items() if value and name not in dull}

    @property
    def query(self) -> Query:
        """What is searched for; nothing where only signs were typed."""
        return read_query(self.q)

    def understood(self) -> Filters:
        """The same with ``queue:billing`` and its like among the filters, where it was typed among the words.

        It is asked of all tickets, as words are.
        """
        found, rest = split_fields(self.q, TYPED, {*SEVERAL, "updated"})
        if not found:
            return self
        named = {TYPED[name]: value.lower() if name in _OURS else value for name, value in found.items()}
        return replace(self, **{"view": "all", "q": rest, "after": ""} | named)

    @property
    def filters_something(self) -> bool:
        """Whether anything beside the view narrows the list."""
        return any(self.narrows(f.name) for f in fields(self) if f.name not in {"saved", "view", "sort", "after"})

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


def is_withheld(actor: Actor, filters: Filters) -> bool:
    """Whether a list is of a colleague's figure that this agent does not read; it has no ticket then."""
    return filters.narrows("figure") and not reads_figures_of(actor, Figure.of(filters.figure).person)


def _named(
    value: str, actor: Actor, key: Any, *, whole: Sequence[Any] = (), parts: Sequence[Any] = ()
) -> ColumnElement[bool]:
    """What has this id or whole name; where no ticket has, all of the newest tickets whose names hold it.

    Each part knows only tickets the agent may see: others neither answer what is asked nor tell that they are there.
    """
    of_seen = select(key).select_from(Ticket).where(visible_to(actor))
    if key.class_ is not Ticket:
        of_seen = of_seen.join(key.class_, key.class_.ticket_pk == Ticket.pk)
    newest = of_seen.where(is_among_the_newest(Ticket.pk))
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


def _of_about(value: str, actor: Actor) -> ColumnElement[bool]:
    row = TicketSubject
    about = _named(value, actor, row.ref, whole=[row.title], parts=[row.title, row.ref])
    return exists(select(row.ref).where(row.ticket_pk == Ticket.pk, about))


def is_among_the_newest(pk: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The newest tickets there are, `SEARCH_WINDOW` at most."""
    return pk > select(func.max(Ticket.pk)).scalar_subquery() - SEARCH_WINDOW


def _reads(read: Callable[[str], object], value: str) -> bool:
    try:
        read(value)
    except ValueError:
        return False
    return True


def _of_due(value: str, actor: Actor) -> ColumnElement[bool]:
    now = state().now()
    # What is over or resolved has no due time: its column stands far ahead.
    if value == "overdue":
        return Ticket.due_at < now
    return and_(Ticket.due_at >= now, Ticket.due_at < now + SOON)


def _of_updated(value: str, actor: Actor) -> ColumnElement[bool]:
    now, column = state().now(), Ticket.updated_at
    asked = [(one.longer, one.moment(now)) for one in read_lately(value)]
    return and_(*(column < moment if longer else column >= moment for longer, moment in asked))


def _of_where(value: str, actor: Actor) -> ColumnElement[bool]:
    wanted = narrowing(value)
    one_of = [or_(*(select_by(one, actor) for one in wanted.any))] if wanted.any else []
    # To most of what they may ask no index leads.
    return and_(is_among_the_newest(Ticket.pk), *(select_by(one, actor) for one in wanted.all), *one_of)


def _one_condition(name: str) -> Callable[[str, Actor], ColumnElement[bool]]:
    return lambda value, actor: and_(*(select_by(one, actor) for one in typed(name, value)))


_KNOWN: Mapping[str, Callable[[str], bool]] = {
    "due": lambda value: value in DUE,
    **{name: partial(_reads, read) for name, read in READ.items()},
    **{
        name: partial(_reads, partial(typed, name))
        for name, (field, __) in CONDITIONS.items()
        if name in SEVERAL or FIELDS[field].kind in {"day", "figure"}
    },
}
"""What the filters know whose words do not depend on what is in the database."""
_FILTERS: Mapping[str, Callable[[str, Actor], ColumnElement[bool]]] = {
    **{name: _one_condition(name) for name in CONDITIONS},
    # More than a condition: a part of a name is asked for where nothing has the whole one.
    "account": _of_account,
    "requester": _of_requester,
    "site": _of_site,
    "about": _of_about,
    "due": _of_due,
    "updated": _of_updated,
    "where": _of_where,
}
TYPED: Mapping[str, str] = {name: name for name in _FILTERS if name != "where"} | {"from": "requester"}
"""What may be typed before a colon in the search field, and the filter it is."""
_OURS = frozenset(name for name, (field, __) in CONDITIONS.items() if FIELDS[field].small) | {"due", "updated"}
"""Those whose values are written in small letters."""
