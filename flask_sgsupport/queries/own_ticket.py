"""One ticket as its account sees it: four statements, whatever its length, and nothing internal in any of them.

Where others were merged into it one more names them, and their messages stand among its own; where it is about the
host's things, one more names these.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..errors import NotFound
from ..history import CUSTOMER_ACTIONS, sentence
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, consider, possible, status_label
from ..models import (
    Agent,
    Attachment,
    Category,
    CustomerFollower,
    Delivery,
    Event,
    Message,
    PersonRecord,
    Ticket,
    TicketRead,
    TicketSite,
    TicketSubject,
)
from ..permissions import deliveries_of, messages_visible_to, visible_to, why_no_follower
from ..settings import state
from .cursors import MAX_MESSAGES
from .events import is_half_way
from .facts import FACT_COLUMNS, facts_of
from .merged import about_its_parts, has_parts, of_tickets, parts_of
from .panel import agent_in, opened_for_them, unread_count
from .ratings import RATING_COLUMNS, GivenRating, rating_of, rating_shown, with_rating
from .splitting import split_from

_BEFORE = aliased(Ticket)

MAX_EVENTS = 300

LEADING = frozenset({"ticket.continued_in", "ticket.split_off"})
"""Actions that lead to another ticket of the account."""

SAID_BY_MESSAGES = frozenset({"ticket.opened", "message.added"})
"""Actions that a message of the thread tells already."""


@dataclass(frozen=True, slots=True)
class File:
    """An attachment.

    :param removed: its bytes were redacted.
    """

    key: str
    name: str
    size_bytes: int
    removed: bool


@dataclass(slots=True)
class OwnMessage:
    """One message.

    :param by_support: an agent wrote it.
    :param via: the path it came by.
    :param part: number of the ticket it was written in, where that was merged into this one.
    """

    key: str
    author: str
    mine: bool
    by_support: bool
    on_behalf: bool
    via: str
    at: datetime
    body: str
    part: str = ""
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Change:
    """One change between the messages.

    :param leads_to: number of the ticket it names.
    """

    at: datetime
    text: str
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """What a customer may do with the ticket now, asked of the lifecycle."""

    follow_up: bool
    confirm: bool
    still_need_help: bool
    reopen: bool
    go_on_in_new: bool
    withdraw: bool
    rate: bool
    confirm_refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTicket:
    """Everything the ticket page of the panel shows.

    :param about: titles of the host's things it is about, as they were.
    :param rating_shown: what the form about the rating brings back, for `services.rating.rate`.
    :param opened_for_them: the public name of the agent who opened it for the requester; ``None`` where they did.
    :param closes_at: when it closes unless the customer answers; ``None`` where no clock runs.
    :param may_reopen_until: ``None`` where there is no end, or nothing to reopen.
    :param earlier: key of the message before which there are more.
    :param later: the newest messages are not on this page.
    :param newest: key of the newest of its own messages shown.
    :param split_from: number of the ticket in which stands what support made it of.
    :param merged_into: number of the ticket it has become a part of; there it is read and gone on with.
    :param parts: numbers and subjects of the tickets merged into it; their messages stand among its own.
    :param news: something here the person has not seen yet.
    :param newest_bell: key of the newest in-app notice about it that is unread.
    :param follows: this person is told of it as its requester is.
    :param may_follow: they may say whether they are.
    :param unread_elsewhere: how many notices about other tickets are unread, as `unread_notices` counts.
    """

    ticket_id: str
    subject: str
    status: str
    status_label: str
    account_name: str
    category: str
    sites: Sequence[str]
    about: Sequence[str]
    opened_at: datetime
    opened_by: str
    opened_for_them: str | None
    mine: bool
    updated_at: datetime
    follow_up_of: str
    split_from: str
    merged_into: str
    parts: Sequence[tuple[str, str]]
    entries: Sequence[OwnMessage | Change]
    earlier: str
    later: bool
    newest: str
    ways: Ways
    rating: GivenRating | None
    rating_shown: str
    closes_at: datetime | None
    may_reopen_until: datetime | None
    reopen_within_days: int | None
    news: bool
    newest_bell: int | None
    follows: bool
    may_follow: bool
    unread_elsewhere: int


def own_ticket(actor: Actor, ticket_id: str, *, earlier: str = "") -> OwnTicket:
    """The page of a ticket.

    :param earlier: key of a message: what came before it is shown.
    :raises NotFound: not there, or not of this account: the two look the same.
    """
    host = state()
    session = host.db.session
    about = session.execute(_ticket(actor, ticket_id)).all()
    if not about:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    row = about[0]
    parts = session.execute(parts_of(actor, row.ticket_id)).all() if row.has_parts else ()
    numbers = {row.pk: ""} | {part.pk: part.ticket_id for part in parts}
    found = session.execute(_messages(actor, numbers, earlier)).all()
    more = len(found) > MAX_MESSAGES
    found = list(reversed(found[:MAX_MESSAGES]))
    me = actor.person.id if actor.person else ""
    messages = {one.pk: _said(one, me, numbers[one.ticket_pk]) for one in found}
    for file in session.execute(_files(actor, numbers, found)):
        messages[file.message_pk].files.append(
            File(file.key, file.name, file.size_bytes, removed=file.storage_key is None)
        )
    changes = session.execute(_events(row.pk, found, more=more, older=bool(earlier))).all()
    facts = facts_of(row)
    return OwnTicket(
        ticket_id=row.ticket_id,
        subject=row.subject,
        status=row.status,
        status_label=status_label(row.status),
        account_name=row.account_name,
        category=row.category or "",
        sites=[one.site for one in about if one.site],
        about=session.scalars(_titles(row.pk)).all() if row.is_about else (),
        opened_at=row.created_at,
        opened_by=row.requester_name,
        opened_for_them=agent_in(row.opened_for_them),
        mine=row.requester_id == me,
        updated_at=row.customer_updated_at,
        follow_up_of=row.follow_up_of or "",
        split_from=row.split_from or "",
        merged_into=row.merged_into_id or "",
        parts=[(part.ticket_id, part.subject) for part in parts],
        entries=_in_order(messages.values(), reversed(changes)),
        earlier=found[0].key if more else "",
        later=bool(earlier),
        newest=next((one.key for one in reversed(found) if one.ticket_pk == row.pk), ""),
        ways=_ways(facts, actor),
        rating=rating_of(row, reader=me),
        rating_shown=rating_shown(row),
        closes_at=None if facts.held else facts.auto_close_at,
        may_reopen_until=facts.may_reopen_until,
        reopen_within_days=host.settings.reopen_within_days,
        news=row.read_at is None or row.read_at < row.customer_updated_at or row.newest_bell is not None,
        newest_bell=row.newest_bell,
        follows=row.follows,
        may_follow=not why_no_follower(actor, row.requester_id),
        unread_elsewhere=row.unread_elsewhere,
    )


def _ticket(actor: Actor, ticket_id: str) -> Any:
    """A row for each of its sites, at least one."""
    me = actor.person.id if actor.person else ""
    bells = select(func.max(Delivery.pk)).where(
        deliveries_of(actor), Delivery.read_at.is_(None), Delivery.state == "sent", about_its_parts()
    )
    wanted = (
        select(
            Ticket.pk,
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.account_name,
            Category.name.label("category"),
            TicketSite.name.label("site"),
            Ticket.requester_id,
            Ticket.requester_name,
            Ticket.created_at,
            Ticket.customer_updated_at,
            *FACT_COLUMNS,
            *RATING_COLUMNS,
            TicketRead.read_at,
            _BEFORE.ticket_id.label("follow_up_of"),
            bells.correlate(Ticket).scalar_subquery().label("newest_bell"),
            has_parts().label("has_parts"),
            split_from().label("split_from"),
            select(TicketSubject.position).where(TicketSubject.ticket_pk == Ticket.pk).exists().label("is_about"),
            opened_for_them().label("opened_for_them"),
            _followed_by(me).label("follows"),
            unread_count(actor, _elsewhere(ticket_id)).scalar_subquery().label("unread_elsewhere"),
        )
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .outerjoin(_BEFORE, _BEFORE.pk == Ticket.follow_up_of_pk)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(TicketSite, TicketSite.ticket_pk == Ticket.pk)
        .where(Ticket.ticket_id == ticket_id, visible_to(actor))
        .order_by(TicketSite.position)
    )
    return with_rating(wanted)


def _followed_by(host_id: str) -> Any:
    """A column on the ticket: whether somebody of its customers follows it."""
    mine = CustomerFollower.ticket_pk == Ticket.pk, CustomerFollower.host_id == host_id
    return select(CustomerFollower.host_id).where(*mine).exists()


def _titles(ticket_pk: int) -> Any:
    about = TicketSubject
    return select(about.title).where(about.ticket_pk == ticket_pk).order_by(about.position)


def _elsewhere(ticket_id: str) -> Any:
    """The condition that selects every other ticket that is no part of this one."""
    return and_(Ticket.ticket_id != ticket_id, func.coalesce(Ticket.merged_into_id, "") != ticket_id)


def _messages(actor: Actor, tickets: Collection[int], earlier: str) -> Any:
    here = of_tickets(Message.ticket_pk, tickets)
    wanted = (
        select(
            Message.pk,
            Message.ticket_pk,
            Message.key,
            Message.kind,
            Message.side,
            Message.author_public_name,
            Message.body,
            Message.via,
            Message.created_at,
            PersonRecord.host_id.label("author_id"),
        )
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(here, messages_visible_to(actor))
        .order_by(Message.pk.desc())
        .limit(MAX_MESSAGES + 1)
    )
    if earlier:
        first = select(Message.pk).where(Message.key == earlier, here)
        wanted = wanted.where(Message.pk < first.scalar_subquery())
    return wanted


def _files(actor: Actor, tickets: Collection[int], messages: Sequence[Any]) -> Any:
    low, high = (messages[0].pk, messages[-1].pk) if messages else (0, -1)
    return (
        select(Attachment.message_pk, Attachment.key, Attachment.name, Attachment.size_bytes, Attachment.storage_key)
        .join(Message, Message.pk == Attachment.message_pk)
        .where(
            of_tickets(Attachment.ticket_pk, tickets),
            Attachment.message_pk.between(low, high),
            messages_visible_to(actor),
        )
        .order_by(Attachment.pk)
    )


def _events(ticket_pk: int, messages: Sequence[Any], *, more: bool, older: bool) -> Any:
    wanted = (
        select(
            Event.at,
            Event.action,
            Event.side,
            Event.field,
            Event.old,
            Event.new,
            Event.data,
            PersonRecord.name,
            Agent.public_name,
        )
        .outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        .outerjoin(Agent, Agent.host_id == PersonRecord.host_id)
        .where(Event.ticket_pk == ticket_pk, Event.action.in_(sorted({*CUSTOMER_ACTIONS} - SAID_BY_MESSAGES)))
        .order_by(Event.pk.desc())
        .limit(MAX_EVENTS)
    )
    if more:
        wanted = wanted.where(Event.at >= messages[0].created_at)
    if older and messages:
        wanted = wanted.where(Event.at <= messages[-1].created_at)
    return wanted


def _said(row: Any, me: str, part: str) -> OwnMessage:
    by_support = row.side == "agent"
    return OwnMessage(
        key=row.key,
        author=row.author_public_name or (_("Support") if by_support else ""),
        mine=not by_support and row.author_id == me,
        by_support=by_support,
        on_behalf=by_support and row.kind == "description",
        via=row.via,
        at=row.created_at,
        body=row.body,
        part=part,
    )


def _in_order(messages: Iterable[OwnMessage], changes: Iterable[Any]) -> list[OwnMessage | Change]:
    """By time; of one moment the message first, then what it changed."""
    told = (row for row in changes if not is_half_way(row.action, row.new, row.data))
    entries: list[OwnMessage | Change] = [*messages, *(_change(row) for row in told)]
    return sorted(entries, key=lambda entry: (entry.at, isinstance(entry, Change)))


def _change(row: Any) -> Change:
    who = row.name if row.side in {"customer", "mail"} else row.public_name
    text = f"{who or _('Support')} {sentence(row.action, row.field, row.old, row.new, json.loads(row.data))}"
    return Change(row.at, text, row.new if row.action in LEADING else "")


def _ways(facts: Facts, actor: Actor) -> Ways:
    acts = {row.act for row in possible(facts, actor)}
    refusal = consider(Act.CONFIRM_SOLVED, facts, actor)
    return Ways(
        follow_up=Act.FOLLOW_UP in acts,
        confirm=Act.CONFIRM_SOLVED in acts,
        still_need_help=Act.STILL_NEED_HELP in acts,
        reopen=Act.REOPEN in acts,
        go_on_in_new=Act.CONTINUE in acts,
        withdraw=Act.WITHDRAW in acts,
        rate=Act.RATE in acts,
        confirm_refusal=refusal if isinstance(refusal, str) else "",
    )
