"""The statements behind the ticket page: columns, never entities, and each bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, case, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..lifecycle import Status
from ..models import (
    Agent,
    Attachment,
    Category,
    ContextSnapshot,
    CustomerFollower,
    Delivery,
    Draft,
    Event,
    EventText,
    Follower,
    Message,
    MessageVersion,
    PersonRecord,
    Queue,
    Ticket,
    TicketLink,
    TicketRead,
    TicketSite,
    TicketSubject,
    TicketTag,
)
from ..models.reaching import notice_undelivered, told_of
from ..models.telling import told
from ..notifications import NOTICES
from ..permissions import deliveries_of, drafts_of, messages_visible_to, visible_to
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
from .merged import MAX_PARTS, has_parts, of_tickets
from .news import news_parts
from .places import Place, neighbours
from .polling import deliveries_tried
from .presence import presence_part
from .ratings import RATING_COLUMNS, with_rating
from .saved_views import saved_part
from .splitting import split_from
from .views import Filters

MAX_EVENTS = 300
MAX_VERSIONS = 100
OTHER_TICKETS = 5
MAX_LINKS = 200

_BEFORE = aliased(Ticket)
"""What a follow-up was opened after."""
_OF_A_STATUS = [notice.name for notice in NOTICES if notice.tells in set(Status)]


def ticket_columns(actor: Actor, ticket_id: str) -> Select[Any]:
    """The ticket with everything that is there once."""
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
                    "merged_into_id",
                    "first_reply_at",
                    "waiting_on",
                    "addressed",
                    "hold_reason",
                    "snoozed_until",
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
                    "target",
                    "response_due_at",
                    "resolution_due_at",
                    "due_at",
                )
            ),
            Queue.key.label("queue_key"),
            Queue.name.label("queue_name"),
            Queue.hours.label("queue_hours"),
            Category.key.label("category_key"),
            Category.name.label("category_name"),
            Agent.host_id.label("assignee_host_id"),
            Agent.name.label("assignee"),
            ContextSnapshot.body.label("snapshot_body"),
            ContextSnapshot.remark.label("remark"),
            ContextSnapshot.captured_at,
            TicketRead.read_at,
            _BEFORE.ticket_id.label("follow_up_of"),
            newest_bell.label("newest_bell"),
            notice_undelivered().label("notice_undelivered"),
            and_(Ticket.filtered_reason.is_not(None), told_of()).label("told_before"),
            deliveries_tried().label("deliveries_tried"),
            has_parts().label("has_parts"),
            split_from().label("split_from"),
            *RATING_COLUMNS,
        )
        .join(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        .outerjoin(ContextSnapshot, ContextSnapshot.ticket_pk == Ticket.pk)
        .outerjoin(TicketRead, and_(TicketRead.ticket_pk == Ticket.pk, TicketRead.host_id == me))
        .outerjoin(_BEFORE, _BEFORE.pk == Ticket.follow_up_of_pk)
        .where(Ticket.ticket_id == ticket_id, visible_to(actor))
    )
    return with_rating(wanted)


def message_columns(actor: Actor, row: Any, earlier: str) -> Any:
    """The newest messages, or those before one, newest first; among them those of the tickets merged into it."""
    here = Message.ticket_pk == row.pk
    if row.has_parts:
        merged = select(Ticket.pk).where(Ticket.merged_into_id == row.ticket_id, visible_to(actor))
        here = or_(here, Message.ticket_pk.in_(merged))
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
            Message.ticket_pk,
            PersonRecord.name.label("author"),
            PersonRecord.host_id.label("author_id"),
        )
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(here, messages_visible_to(actor))
        .order_by(Message.pk.desc())
        .limit(MAX_MESSAGES + 1)
    )
    if earlier:
        cursor = select(Message.pk).where(Message.key == earlier, here).scalar_subquery()
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
    at: datetime | None


def around_and_beside(
    actor: Actor,
    row: Any,
    messages: Sequence[Any],
    *,
    until: datetime | None = None,
    found_in: tuple[Filters, Place] | None = None,
    saved: str = "",
) -> tuple[list[Any], list[Beside]]:
    """Files, deliveries, older texts and events, and what stands beside the conversation, in one statement.

    :param messages: those shown, oldest first.
    :param until: events after this moment are left out.
    :param found_in: a list and the place in it whose neighbours are told as well.
    :param saved: key of a saved view whose name is told as well.
    """
    shown = (messages[0].pk, messages[-1].pk) if messages else (0, 0)
    branches = [
        _files([row.pk, *{one.ticket_pk for one in messages} - {row.pk}], shown),
        _deliveries(row.pk, shown),
        bounded(_versions(row.pk, shown)),
        bounded(_events(row.pk, until)),
        _last_shown_or_hidden(row.pk, shown),
        _drafts(actor, row.pk),
        *map(_as_columns, _beside(actor, row)),
    ]
    if saved:
        branches.append(_as_columns(saved_part(actor, saved)))
    if found_in is not None:
        before, after = neighbours(actor, *found_in, row.ticket_id)
        branches += [_neighbour("before", before.subquery()), _neighbour("after", after.subquery())]
    found = state().db.session.execute(union_all(*branches), bind_arguments=BIND).all()
    beside = [
        Beside(one.d, one.a, one.b, one.message_pk, one.n, one.c, one.at) for one in found if one.kind == "beside"
    ]
    return [one for one in found if one.kind != "beside"], beside


def _files(ticket_pks: Sequence[int], shown: tuple[int, int]) -> Select[Any]:
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
    ).where(of_tickets(Attachment.ticket_pk, ticket_pks), Attachment.message_pk.between(*shown))


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


def _drafts(actor: Actor, ticket_pk: int) -> Select[Any]:
    return _columns(
        "draft",
        Draft.ticket_pk,
        Draft.saved_at,
        Draft.saved_at,
        Draft.send_at,
        Draft.version,
        Draft.kind,
        Draft.body,
        Draft.sends,
        Draft.files,
        Draft.unsent,
        Draft.form_key,
    ).where(Draft.ticket_pk == ticket_pk, drafts_of(actor))


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


def _as_columns(branch: Select[Any]) -> Select[Any]:
    """A branch of `choices.part` among the others."""
    kind, key, label, pk, position, extra, at = branch.selected_columns
    shaped = _columns("beside", pk, at, null(), null(), position, key, label, extra, kind)
    return branch.with_only_columns(*shaped.selected_columns)


def _neighbour(kind: str, found: Any) -> Select[Any]:
    said = found.c
    return _columns(kind, said.pk, said.at, null(), null(), said.half, said.ticket_id, said.subject, said.priority)


def _kind_and_state() -> Any:
    """Of a linked ticket what tells its kind and its chip, in one text."""
    merged = case((Ticket.merged_into_id.is_not(None), "merged"), else_=Ticket.status)
    return TicketLink.kind.concat(" ").concat(merged)


def _beside(actor: Actor, row: Any) -> Iterable[Select[Any]]:
    """Choices, tags, sites, the account's other tickets and counts."""
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == row.pk)
    in_the_inbox = (Ticket.filtered_reason.is_(None), Ticket.merged_into_id.is_(None))
    of_account = (Ticket.account_id == row.account_id, *in_the_inbox, visible_to(actor))
    # To be mentioned as well as to be assigned, which asks for a right of its own.
    yield agent_part(covers_ticket(queue_pk=row.queue_pk, category_pk=row.category_pk, tags=tags))
    yield every_queue_part()
    yield category_part()
    yield macro_part(actor, queue_pk=row.queue_pk)
    yield bounded(presence_part(actor, Ticket.pk == row.pk))
    yield part("tag", TicketTag.tag, TicketTag.tag, literal(0)).where(TicketTag.ticket_pk == row.pk)
    yield part("site", TicketSite.site_id, TicketSite.name, literal(0), position=TicketSite.position).where(
        TicketSite.ticket_pk == row.pk
    )
    about = TicketSubject
    yield part("about", about.ref, about.title, literal(0), position=about.position, extra=about.url).where(
        about.ticket_pk == row.pk
    )
    yield part("follower", Agent.host_id, Agent.name, Agent.pk).where(
        Agent.pk == Follower.agent_pk, Follower.ticket_pk == row.pk, Agent.active.is_(True)
    )
    colleague = part("colleague", CustomerFollower.host_id, PersonRecord.name, PersonRecord.pk)
    yield colleague.where(
        CustomerFollower.ticket_pk == row.pk,
        CustomerFollower.host_id != row.requester_id,
        PersonRecord.pk == CustomerFollower.person_pk,
    )
    newest = part("other", Ticket.ticket_id, Ticket.subject, Ticket.pk, extra=Ticket.status).where(
        *of_account, Ticket.pk != row.pk
    )
    yield bounded(newest.order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc()).limit(OTHER_TICKETS))
    for kind, mine, theirs in (("first", TicketLink.first_pk, TicketLink.second_pk),
                               ("second", TicketLink.second_pk, TicketLink.first_pk)):  # fmt: skip
        linked = part(f"link_{kind}", Ticket.ticket_id, Ticket.subject, Ticket.pk, extra=_kind_and_state())
        linked = linked.join(TicketLink, theirs == Ticket.pk).where(mine == row.pk, visible_to(actor))
        yield bounded(linked.order_by(Ticket.pk.desc()).limit(MAX_LINKS))
    if row.has_parts:
        merged = part("merged", Ticket.ticket_id, Ticket.subject, Ticket.pk)
        merged = merged.where(Ticket.merged_into_id == row.ticket_id, visible_to(actor))
        yield bounded(merged.order_by(Ticket.pk).limit(MAX_PARTS))
    yield count_part("account_open", "", select(Ticket.pk).where(*of_account, Ticket.status == Status.OPEN))
    yield count_part("unread_here", "", unread_bells(actor).where(Delivery.ticket_pk == row.pk))
    yield count_part("events", "", select(Event.pk).where(Event.ticket_pk == row.pk), most=MAX_EVENTS)
    yield from news_parts(actor)
