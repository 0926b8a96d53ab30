"""The statements behind the ticket page: columns, never entities, and each bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from ..actors import Actor, Right
from ..lifecycle import Status
from ..models import (
    Agent,
    Attachment,
    Category,
    ContextSnapshot,
    Delivery,
    Event,
    EventText,
    Message,
    MessageVersion,
    PersonRecord,
    Queue,
    Ticket,
    TicketRead,
    TicketSite,
    TicketTag,
)
from ..models.reaching import notice_undelivered, told_of
from ..models.telling import told
from ..notifications import NOTICES
from ..permissions import deliveries_of, messages_visible_to, visible_to
from ..settings import state
from .bells import unread_bells
from .choices import (
    BIND,
    agent_part,
    bounded,
    category_part,
    count_part,
    covers_ticket,
    every_queue_part,
    part,
)
from .cursors import MAX_MESSAGES
from .events import TOLD
from .macros import macro_part
from .news import news_parts
from .places import Place, neighbours
from .polling import deliveries_tried
from .ratings import RATING_COLUMNS, with_rating
from .views import Filters

MAX_EVENTS = 300
MAX_VERSIONS = 100
OTHER_TICKETS = 5

_OF_A_STATUS = [notice.name for notice in NOTICES if notice.tells in set(Status)]


def ticket_columns(actor: Actor, ticket_id: str) -> Select[Any]:
    """The ticket with everything that is there once."""
    before = aliased(Ticket)
    me = actor.person.id if actor.person else ""
    bells = select(func.max(Delivery.pk)).where(
        deliveries_of(actor), Delivery.read_at.is_(None), Delivery.ticket_pk == Ticket.pk
    )
    newest_bell = bells.scalar_subquery()
    wanted = (
        select(
            *(
                getattr(Ticket, name)
                for name in (
                    "pk",
                    "ticket_id",
                    "version",
                    "subject",
                    "status",
                    "filtered_reason",
                    "first_reply_at",
                    "waiting_on",
                    "addressed",
                    "hold_reason",
                    "auto_close_at",
                    "closed_at",
                    "resolved_at",
                    "last_customer_message_at",
                    "created_at",
                    "updated_at",
                    "channel",
                    "account_id",
                    "account_name",
                    "account_removed_at",
                    "requester_id",
                    "requester_name",
                    "requester_email",
                    "queue_pk",
                    "category_pk",
                    "assignee_pk",
                    "priority",
                    "routing",
                )
            ),
            Queue.key.label("queue_key"),
            Queue.name.label("queue_name"),
            Category.key.label("category_key"),
            Category.name.label("category_name"),
            Agent.host_id.label("assignee_host_id"),
            Agent.name.label("assignee"),
            ContextSnapshot.body.label("snapshot_body"),
            ContextSnapshot.remark.label("remark"),
            ContextSnapshot.captured_at,
            TicketRead.read_at,
            before.ticket_id.label("follow_up_of"),
            newest_bell.label("newest_bell"),
            notice_undelivered().label("notice_undelivered"),
            and_(Ticket.filtered_reason.is_not(None), told_of()).label("told_before"),
            deliveries_tried().label("deliveries_tried"),
            *RATING_COLUMNS,
        )
        .join(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        .outerjoin(ContextSnapshot, ContextSnapshot.ticket_pk == Ticket.pk)
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .outerjoin(before, before.pk == Ticket.follow_up_of_pk)
        .where(Ticket.ticket_id == ticket_id, visible_to(actor))
    )
    return with_rating(wanted)


def message_columns(actor: Actor, ticket_pk: int, earlier: str) -> Any:
    """The newest messages, or those before one, newest first."""
    wanted: Any = (
        select(
            Message.pk,
            Message.key,
            Message.kind,
            Message.public,
            Message.side,
            Message.author_public_name,
            Message.body,
            Message.created_at,
            Message.edited_at,
            PersonRecord.name.label("author"),
            PersonRecord.host_id.label("author_id"),
        )
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(Message.ticket_pk == ticket_pk, messages_visible_to(actor))
        .order_by(Message.pk.desc())
        .limit(MAX_MESSAGES + 1)
    )
    if earlier:
        cursor = select(Message.pk).where(Message.key == earlier, Message.ticket_pk == ticket_pk).scalar_subquery()
        wanted = wanted.where(Message.pk < cursor)
    return wanted


class Beside(NamedTuple):
    """What a branch of `choices.part` says."""

    kind: str
    key: str
    label: str
    pk: int
    position: int
    extra: str


def around_and_beside(
    actor: Actor,
    row: Any,
    messages: Sequence[Any],
    *,
    until: datetime | None = None,
    found_in: tuple[Filters, Place] | None = None,
) -> tuple[list[Any], list[Beside]]:
    """Files, deliveries, older texts and events, and what stands beside the conversation, in one statement.

    :param messages: those shown, oldest first.
    :param until: events after this moment are left out.
    :param found_in: a list and the place in it whose neighbours are told as well.
    """
    shown = (messages[0].pk, messages[-1].pk) if messages else (0, 0)
    branches = [
        _files(row.pk, shown),
        _deliveries(row.pk, shown),
        bounded(_versions(row.pk, shown)),
        bounded(_events(row.pk, until)),
        _last_shown_or_hidden(row.pk, shown),
        *(_as_columns(one.subquery()) for one in _beside(actor, row)),
    ]
    if found_in is not None:
        before, after = neighbours(actor, *found_in, row.ticket_id)
        branches += [_neighbour("before", before.subquery()), _neighbour("after", after.subquery())]
    found = state().db.session.execute(union_all(*branches), bind_arguments=BIND).all()
    beside = [Beside(one.d, one.a, one.b, one.message_pk, one.n, one.c) for one in found if one.kind == "beside"]
    return [one for one in found if one.kind != "beside"], beside


def _files(ticket_pk: int, shown: tuple[int, int]) -> Select[Any]:
    return _columns(
        "file",
        Attachment.message_pk,
        Attachment.created_at,
        Attachment.created_at,
        Attachment.created_at,
        Attachment.size_bytes,
        Attachment.key,
        Attachment.name,
        Attachment.content_type,
        Attachment.storage_key,
    ).where(Attachment.ticket_pk == ticket_pk, Attachment.message_pk.between(*shown))


def _deliveries(ticket_pk: int, shown: tuple[int, int]) -> Select[Any]:
    return _columns(
        "delivery",
        Delivery.message_pk,
        Delivery.sent_at,
        Delivery.read_at,
        Delivery.due_at,
        Delivery.attempts,
        Delivery.key,
        Delivery.channel,
        Delivery.state,
        Delivery.recipient_name,
        Delivery.address,
        Delivery.error,
        Delivery.notice,
    ).where(
        Delivery.ticket_pk == ticket_pk,
        Delivery.side == "customer",
        or_(
            Delivery.message_pk.between(*shown),
            and_(Delivery.message_pk.is_(None), Delivery.state.in_(("failed", "bounced"))),
            and_(Delivery.message_pk.is_(None), Delivery.state == "cancelled", Delivery.notice.in_(_OF_A_STATUS)),
        ),
    )


def _versions(ticket_pk: int, shown: tuple[int, int]) -> Select[Any]:
    return (
        _columns(
            "version",
            MessageVersion.message_pk,
            MessageVersion.replaced_at,
            MessageVersion.replaced_at,
            MessageVersion.replaced_at,
            MessageVersion.pk,
            MessageVersion.body,
            PersonRecord.name,
        )
        .join(Message, Message.pk == MessageVersion.message_pk)
        .outerjoin(PersonRecord, PersonRecord.pk == MessageVersion.editor_pk)
        .where(Message.ticket_pk == ticket_pk, Message.pk.between(*shown))
        .order_by(MessageVersion.pk.desc())
        .limit(MAX_VERSIONS)
    )


def _events(ticket_pk: int, until: datetime | None) -> Select[Any]:
    columns = _columns("event", literal(0), Event.at, Event.at, Event.at, Event.pk, *TOLD)
    wanted = told(columns).where(Event.ticket_pk == ticket_pk)
    if until is not None:
        wanted = wanted.where(Event.at <= until)
    return wanted.order_by(Event.pk.desc()).limit(MAX_EVENTS)


def _last_shown_or_hidden(ticket_pk: int, shown: tuple[int, int]) -> Select[Any]:
    """The last time each message was made public or private, however long ago: it says who had it by then."""
    changed = (
        select(Message.pk.label("message_pk"), func.max(Event.pk).label("event_pk"))
        .join(Event, Event.ticket_pk == Message.ticket_pk)
        .where(
            Message.ticket_pk == ticket_pk,
            Message.pk.between(*shown),
            Event.action == "message.visibility_changed",
            Event.data.contains(Message.key),
        )
        .group_by(Message.pk)
        .subquery()
    )
    said = _columns("visibility", changed.c.message_pk, Event.at, Event.at, Event.at, Event.pk, EventText.data)
    said = said.join(changed, changed.c.event_pk == Event.pk)
    return said.join(EventText, EventText.digest == Event.text_digest)


_TEXTS = "abcdefghij"


def _columns(kind: str, message_pk: Any, at: Any, read_at: Any, due_at: Any, n: Any, *texts: Any) -> Select[Any]:
    filled = [*texts, *(literal("") for __ in range(len(_TEXTS) - len(texts)))]
    return select(
        literal(kind).label("kind"),
        message_pk.label("message_pk"),
        at.label("at"),
        read_at.label("read_at"),
        due_at.label("due_at"),
        n.label("n"),
        *(text.label(name) for name, text in zip(_TEXTS, filled, strict=True)),
    )


def _as_columns(branch: Any) -> Select[Any]:
    """A branch of `choices.part` among the others."""
    said = branch.c
    return _columns(
        "beside", said.pk, null(), null(), null(), said.position, said.key, said.label, said.extra, said.kind
    )


def _neighbour(kind: str, found: Any) -> Select[Any]:
    said = found.c
    return _columns(kind, said.pk, said.at, null(), null(), said.half, said.ticket_id, said.subject)


def _beside(actor: Actor, row: Any) -> Iterable[Select[Any]]:
    """Choices, tags, sites, the account's other tickets and counts."""
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == row.pk)
    of_account = (Ticket.account_id == row.account_id, Ticket.filtered_reason.is_(None), visible_to(actor))
    if Right.ASSIGN in actor.rights:
        yield agent_part(covers_ticket(queue_pk=row.queue_pk, category_pk=row.category_pk, tags=tags))
    yield every_queue_part()
    yield category_part()
    yield macro_part(actor, queue_pk=row.queue_pk)
    yield part("tag", TicketTag.tag, TicketTag.tag, literal(0)).where(TicketTag.ticket_pk == row.pk)
    yield part("site", TicketSite.site_id, TicketSite.name, literal(0), position=TicketSite.position).where(
        TicketSite.ticket_pk == row.pk
    )
    newest = part("other", Ticket.ticket_id, Ticket.subject, Ticket.pk, extra=Ticket.status).where(
        *of_account, Ticket.pk != row.pk
    )
    yield bounded(newest.order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc()).limit(OTHER_TICKETS))
    yield count_part("account_open", "", select(Ticket.pk).where(*of_account, Ticket.status == Status.OPEN))
    yield count_part("unread_here", "", unread_bells(actor).where(Delivery.ticket_pk == row.pk))
    yield count_part("events", "", select(Event.pk).where(Event.ticket_pk == row.pk), most=MAX_EVENTS)
    yield from news_parts(actor)
