"""What operators see outside of one ticket: the list, and the number of unread notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from ..actors import Actor, Side
from ..i18n import gettext as _
from ..lifecycle import Status, WaitingOn, status_label
from ..models import Category, Delivery, Message, Ticket, TicketRead
from ..permissions import messages_visible_to, visible_to
from ..search_text import fold, words
from ..settings import state
from .bells import beyond_its_page, newest_message, unread_bells
from .choices import BIND
from .cursors import moment_of

_AT = aliased(Message)
_READ = aliased(Message)
_PART = aliased(Ticket)

MANY = 100
"""Unread notices are counted up to here; more read "99+"."""

ALL = "all"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the list is asked for.

    :param status: a status, or anything else for all of them.
    :param text: a number, or words of the subject.
    :param account_id: one of several accounts.
    :param after: where the page before ended.
    """

    status: str = ALL
    text: str = ""
    account_id: str = ""
    after: str = ""

    @property
    def wordless(self) -> bool:
        """Whether only signs were typed, which nothing can be searched for."""
        return bool(self.text.strip()) and not words(self.text)

    @property
    def known_status(self) -> Status | None:
        """The status asked for, if it is one."""
        return next((status for status in Status if status == self.status), None)


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One ticket of the list.

    :param opened_for_them: the public name of the agent who opened it for the requester; ``None`` where they did.
    :param yours: support has answered and waits for the customer.
    :param message: key of the first message they have not read, or of the newest; empty where they know none of it.
    :param earlier: what leads to the page of the ticket with that message; empty for the newest page.
    """

    ticket_id: str
    subject: str
    status: str
    status_label: str
    opened_by: str
    opened_for_them: str | None
    by_me: bool
    account_name: str
    yours: bool
    unread: bool
    message: str
    earlier: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TicketList:
    """A page of the list; ``after`` leads to the next."""

    rows: Sequence[TicketLine]
    after: str


def tabs() -> list[tuple[str, str]]:
    """The statuses one may look at, with their words."""
    return [(ALL, _("All")), *((str(status), status_label(status)) for status in Status)]


def own_tickets(actor: Actor, wanted: Wanted) -> TicketList:
    """A page of the account's tickets, last changed first, in one statement."""
    host = state()
    size = host.settings.page_size
    me = actor.person.id if actor.person else ""
    statement = (
        select(
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.status,
            Ticket.requester_id,
            Ticket.requester_name,
            Ticket.account_name,
            Ticket.waiting_on,
            Ticket.customer_updated_at,
            TicketRead.read_at,
            opened_for_them().label("opened_for_them"),
            _AT.key.label("message"),
            beyond_its_page(actor, _AT).label("earlier"),
        )
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .outerjoin(_AT, and_(_AT.ticket_pk == Ticket.pk, _AT.pk == _where_to_read_on(actor)))
        .where(visible_to(actor), *_conditions(actor, wanted))
        .order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc())
        .limit(size + 1)
    )
    found = host.db.session.execute(statement).all()
    after = ""
    if len(found) > size:
        last = found[size - 1]
        after = f"{last.customer_updated_at.isoformat()}_{last.ticket_id}"
    return TicketList([_line(row, me) for row in found[:size]], after)


def opened_for_them() -> Any:
    """A column on the ticket, to be read by `agent_in`."""
    written = select(Message.author_public_name).where(
        Message.ticket_pk == Ticket.pk, Message.kind == "description", Message.side == str(Side.AGENT)
    )
    return written.limit(1).scalar_subquery()


def agent_in(opened_for_them: str | None) -> str | None:
    """The public name of the agent who opened a ticket for its requester; ``None`` where they did."""
    return None if opened_for_them is None else opened_for_them or _("Support")


def _where_to_read_on(actor: Actor) -> Any:
    """A column on the ticket and its read mark: the pk of the first message somebody has not read, or of the newest.

    One that was there, and is shown to customers only since, stands before what came since.
    """
    # From the end backwards: nobody has much unread, while a ticket may be long.
    last_read = (
        select(_READ.pk)
        .where(_READ.ticket_pk == Ticket.pk, _READ.created_at <= TicketRead.read_at)
        .order_by(_READ.pk.desc())
        .limit(1)
        .correlate(Ticket, TicketRead)
        .scalar_subquery()
    )

    def first(*which: ColumnElement[bool]) -> Select[Any]:
        wanted = select(Message.pk).where(Message.ticket_pk == Ticket.pk, messages_visible_to(actor), *which)
        return wanted.order_by(Message.pk).limit(1).correlate(Ticket, TicketRead)

    # The requester was told of it then; events name a message among other words only.
    told_since = select(Delivery.message_pk).where(
        Delivery.ticket_pk == Ticket.pk, Delivery.side == str(Side.CUSTOMER), Delivery.created_at > TicketRead.read_at
    )
    shown_since = first(Message.pk <= last_read, Message.pk.in_(told_since.correlate(Ticket, TicketRead)))
    came_since = first(Message.pk > last_read)
    return func.coalesce(shown_since.scalar_subquery(), came_since.scalar_subquery(), newest_message(actor, "pk"))


def unread_notices(actor: Actor) -> int:
    """How many in-app notices this person has not read, at most `MANY`; those of tickets out of sight do not count."""
    return state().db.session.scalar(unread_count(actor), bind_arguments=BIND) or 0


def unread_count(actor: Actor, *which: ColumnElement[bool]) -> Select[Any]:
    """The statement behind `unread_notices`, and the same of some tickets only."""
    return select(func.count()).select_from(unread_bells(actor).where(*which).limit(MANY).subquery())


def categories() -> list[tuple[str, str]]:
    """What an operator may choose from, key and name."""
    wanted = select(Category.key, Category.name).where(Category.active.is_(True))
    rows = state().db.session.execute(wanted.order_by(Category.position, Category.pk).limit(200))
    return [(key, name) for key, name in rows]


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    # Compared with NULL, SQLite would walk all tickets of the desk for somebody of several accounts.
    conditions: list[ColumnElement[bool]] = [func.coalesce(Ticket.merged_into_id, "") == ""]
    if wanted.account_id:
        conditions.append(Ticket.account_id == wanted.account_id)
    if wanted.known_status:
        conditions.append(Ticket.status == str(wanted.known_status))
    if wanted.text.strip():
        conditions.append(_matches(wanted.text))
    cursor = _cursor(wanted.after)
    if cursor is not None:
        at, ticket_id = cursor
        last = select(Ticket.pk).where(Ticket.ticket_id == ticket_id, visible_to(actor)).scalar_subquery()
        conditions += [Ticket.customer_updated_at <= at, or_(Ticket.customer_updated_at < at, Ticket.pk < last)]
    return conditions


def _matches(text: str) -> ColumnElement[bool]:
    """The whole number or its digits, or every word in the subject; folded words hold nothing LIKE would read."""
    asked = words(text)
    if not asked:
        return Ticket.ticket_id == ""
    prefix = state().settings.ticket_prefix
    numbers = {"-".join(asked).upper()}
    if asked[0] == fold(prefix):
        # As it is shown, which need not be in capitals.
        numbers.add("-".join((prefix, *asked[1:])))
    typed = [Ticket.ticket_id.in_(numbers)]
    merged = [_PART.ticket_id.in_(numbers)]
    if len(asked) == 1 and asked[0].isascii() and asked[0].isdigit():
        typed.append(Ticket.ticket_id.like(f"%-{asked[0].zfill(5)}"))
        merged.append(_PART.ticket_id.like(f"%-{asked[0].zfill(5)}"))
    # What was merged is found by its number where it is read now.
    of_a_part = select(_PART.pk).where(_PART.merged_into_id == Ticket.ticket_id, or_(*merged)).correlate(Ticket)
    words_of_it = and_(*(Ticket.subject_folded.like(f"%{word}%") for word in asked))
    return or_(*typed, words_of_it, of_a_part.exists())


def _cursor(after: str) -> tuple[datetime, str] | None:
    moment, __, ticket_id = after.partition("_")
    at = moment_of(moment)
    return None if at is None else (at, ticket_id)


def _line(row: Any, me: str) -> TicketLine:
    return TicketLine(
        ticket_id=row.ticket_id,
        subject=row.subject,
        status=row.status,
        status_label=status_label(row.status),
        opened_by=row.requester_name,
        opened_for_them=agent_in(row.opened_for_them),
        by_me=row.requester_id == me,
        account_name=row.account_name,
        yours=row.status == Status.OPEN and row.waiting_on == WaitingOn.CUSTOMER,
        unread=row.read_at is None or row.read_at < row.customer_updated_at,
        message="" if row.read_at is None else row.message or "",
        earlier="" if row.read_at is None else row.earlier or "",
        updated_at=row.customer_updated_at,
    )
