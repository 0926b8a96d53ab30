"""Tickets, their conversation, files and the context captured when they were opened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import EMAIL, HOST_ID, LONG_TEXT, NEVER, NEVER_STORED, PK, TABLE_OPTIONS, Base, UtcDateTime


class Ticket(Base):
    """One recorded request. ``ticket_id`` is its public number; ``pk`` never leaves models and queries."""

    __tablename__ = "sgsupport_ticket"
    __table_args__ = (
        UniqueConstraint("ticket_id", name="uq_sgsupport_ticket_ticket_id"),
        CheckConstraint("status IN ('open', 'resolved', 'closed')", name="status"),
        Index("ix_sgsupport_ticket_queue", "queue_pk", "status", "addressed", "created_at", "pk"),
        Index("ix_sgsupport_ticket_status", "status", "addressed", "created_at", "pk"),
        Index("ix_sgsupport_ticket_status_updated", "status", "addressed", "updated_at", "pk"),
        Index("ix_sgsupport_ticket_created", "addressed", "created_at", "pk"),
        Index("ix_sgsupport_ticket_updated", "addressed", "updated_at", "pk"),
        Index("ix_sgsupport_ticket_assignee", "assignee_pk", "status", "addressed", "created_at", "pk"),
        Index("ix_sgsupport_ticket_account", "account_id", "customer_updated_at", "pk"),
        Index("ix_sgsupport_ticket_requester", "requester_id", "pk"),
        Index("ix_sgsupport_ticket_auto_close", "status", "auto_close_at"),
        Index("ix_sgsupport_ticket_filtered", "filtered_reason", "created_at"),
        Index("ix_sgsupport_ticket_merged_into", "merged_into_id", "pk"),
        Index("ix_sgsupport_ticket_status_due", "status", "addressed", "due_at", "pk"),
        Index("ix_sgsupport_ticket_due", "addressed", "due_at", "pk"),
        Index("ix_sgsupport_ticket_status_priority", "status", "addressed", "priority", "created_at", "pk"),
        Index("ix_sgsupport_ticket_priority", "addressed", "priority", "created_at", "pk"),
        Index("ix_sgsupport_ticket_alarm", "alarm_at", "pk"),
        Index("ix_sgsupport_ticket_snoozed", "snoozed_until"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer)
    account_id: Mapped[str] = mapped_column(HOST_ID)
    account_name: Mapped[str] = mapped_column(String(200))
    account_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the host said that the account is gone: no customer sees the ticket from then on."""
    plan: Mapped[str] = mapped_column(String(100))
    requester_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    requester_id: Mapped[str] = mapped_column(HOST_ID)
    requester_name: Mapped[str] = mapped_column(String(200))
    requester_email: Mapped[str | None] = mapped_column(EMAIL)
    subject: Mapped[str] = mapped_column(String(1000))
    subject_folded: Mapped[str] = mapped_column(String(2000))
    status: Mapped[str] = mapped_column(String(10))
    priority: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(10))
    queue_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_queue.pk"))
    category_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_category.pk"))
    assignee_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_agent.pk"))
    filtered_reason: Mapped[str | None] = mapped_column(String(200))
    addressed: Mapped[bool] = mapped_column(Boolean)
    """Somebody of the support team answered since the customer's last message; unaddressed tickets sort first."""
    waiting_on: Mapped[str] = mapped_column(String(10))
    last_customer_message_at: Mapped[datetime] = mapped_column(UtcDateTime)
    first_reply_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    customer_updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Last change a customer can see; a note leaves it alone."""
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    auto_close_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    close_reason: Mapped[str | None] = mapped_column(String(20))
    reopen_count: Mapped[int] = mapped_column(Integer)
    hold_reason: Mapped[str | None] = mapped_column(String(200))
    """Why the clock does not close this resolved ticket."""
    follow_up_of_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk"))
    routing: Mapped[str] = mapped_column(LONG_TEXT)
    """JSON list of codes with their values: why the ticket is where it is; worded by `flask_sgsupport.routing`."""
    history_length: Mapped[int] = mapped_column(Integer, default=0)
    """How many entries of the audit log it has."""
    history_digest: Mapped[str] = mapped_column(String(64), default="")
    """The digest of the last of them."""
    merged_into_id: Mapped[str | None] = mapped_column(String(32))
    """Number of the ticket it has become a part of, which is itself a part of none."""

    target: Mapped[str | None] = mapped_column(LONG_TEXT, default=None)
    """JSON of a `flask_sgsupport.targets.Clock`; ``None`` where it never had a target."""
    response_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    """By when the customer is to be answered; ``None`` while they do not wait, or nothing was set."""
    resolution_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    """By when it is to be solved; ``None`` while that time stands still."""
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER, server_default=NEVER_STORED)
    """The earlier of both, `flask_sgsupport.models.metadata.NEVER` where there is none: lists are sorted by it."""
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    """When the clock has to tell of it next."""
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    """Until then it stands in no list of what is to be done; only open tickets are snoozed."""
    course: Mapped[str | None] = mapped_column(LONG_TEXT, default=None)
    """JSON of a `flask_sgsupport.measures.Course`; ``None`` where nothing was measured of it yet."""
    first_answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=None)
    """When the customer first had an answer, also where that was made private later."""

    __mapper_args__ = {"version_id_col": version}

    @classmethod
    def waits_for_the_clock(cls) -> ColumnElement[bool]:
        """The condition that selects tickets which the clock may close, hold or let go."""
        return and_(cls.status == "resolved", cls.filtered_reason.is_(None), cls.merged_into_id.is_(None))

    @classmethod
    def waits_for_support(cls) -> ColumnElement[bool]:
        """The condition that selects tickets somebody has to work on: open, not put aside, and a part of no other."""
        return and_(cls.status == "open", cls.filtered_reason.is_(None), cls.merged_into_id.is_(None))

    @classmethod
    def waits_for_an_answer(cls) -> ColumnElement[bool]:
        """The condition that selects those among them which are work now: support's turn, and not snoozed."""
        return and_(cls.waits_for_support(), cls.waiting_on == "staff", cls.snoozed_until.is_(None))


class TicketSite(Base):
    """A site a ticket is about, first one first, with its name as it was."""

    __tablename__ = "sgsupport_ticket_site"
    __table_args__ = (Index("ix_sgsupport_ticket_site_site", "site_id", "ticket_pk"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    site_id: Mapped[str] = mapped_column(HOST_ID)
    name: Mapped[str] = mapped_column(String(200))


class TicketSubject(Base):
    """One of the host's things a ticket is about, with title and link as they were."""

    __tablename__ = "sgsupport_ticket_subject"
    __table_args__ = (Index("ix_sgsupport_ticket_subject_ref", "ref", "ticket_pk"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ref: Mapped[str] = mapped_column(String(100))
    """Its kind and its key, ``order:1042``."""
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(Text)


class TicketTag(Base):
    """One tag of a ticket."""

    __tablename__ = "sgsupport_ticket_tag"
    __table_args__ = (Index("ix_sgsupport_ticket_tag_tag", "tag", "ticket_pk"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(50), primary_key=True)


class Follower(Base):
    """An agent who is told of a ticket as its assignee is."""

    __tablename__ = "sgsupport_follower"
    __table_args__ = (Index("ix_sgsupport_follower_agent", "agent_pk", "ticket_pk"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    agent_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_agent.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CustomerFollower(Base):
    """A colleague of the requester who is told of a ticket as the requester is."""

    __tablename__ = "sgsupport_customer_follower"
    __table_args__ = (Index("ix_sgsupport_customer_follower_host_id", "host_id", "ticket_pk"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    person_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    """The record of them as they are now: by its name and address they are told."""
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Message(Base):
    """One entry of the conversation.

    ``key`` is its random public name: a counted one would tell customers how many notes there are.
    """

    __tablename__ = "sgsupport_message"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_message_key"),
        UniqueConstraint("form_key", name="uq_sgsupport_message_form_key"),
        Index("ix_sgsupport_message_ticket", "ticket_pk", "pk"),
        Index("ix_sgsupport_message_copy_of", "copy_of"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    """description, public-reply, follow-up, internal-note or system."""
    public: Mapped[bool] = mapped_column(Boolean)
    side: Mapped[str] = mapped_column(String(10))
    author_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    author_public_name: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(LONG_TEXT)
    via: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    form_key: Mapped[str | None] = mapped_column(String(64))
    """Digest of person and form: what is sent twice is there once."""
    form_said: Mapped[str | None] = mapped_column(String(64))
    """Digest of everything the form said: sent again with something else in it, it is asked about."""
    searched: Mapped[str | None] = mapped_column(LONG_TEXT)
    """What it is found by, see `flask_sgsupport.search_text.searched`; ``None`` until the worker has taken it in."""
    copy_of: Mapped[str | None] = mapped_column(String(32), default=None)
    """Key of the message it repeats, where a ticket of its own was made of that one."""


class MessageVersion(Base):
    """An older text of an edited note, for agents."""

    __tablename__ = "sgsupport_message_version"
    __table_args__ = (Index("ix_sgsupport_message_version_message", "message_pk", "pk"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    message_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_message.pk", ondelete="CASCADE"))
    body: Mapped[str] = mapped_column(LONG_TEXT)
    editor_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attachment(Base):
    """A file of a message; its bytes lie in the storage under ``storage_key``.

    One that was redacted has none any more, nor a size or digest.
    """

    __tablename__ = "sgsupport_attachment"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_attachment_key"),
        UniqueConstraint("storage_key", name="uq_sgsupport_attachment_storage_key"),
        Index("ix_sgsupport_attachment_ticket", "ticket_pk", "message_pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    message_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_message.pk", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    storage_key: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Rating(Base):
    """How the customers of a ticket found the help, as they say it now; a ticket has one at most.

    Given after the ticket was opened again and resolved anew, it begins anew.
    """

    __tablename__ = "sgsupport_rating"
    __table_args__ = (CheckConstraint("score IN ('good', 'bad')", name="score"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    score: Mapped[str] = mapped_column(String(10))
    comment: Mapped[str] = mapped_column(LONG_TEXT)
    """Plain text as it was typed; empty where nothing was written."""
    person_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    """Whoever gave it, or changed it last."""
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reopen_count: Mapped[int] = mapped_column(Integer)
    """That of the ticket when it was said: where the ticket's has grown since, it is about earlier help."""


class ContextSnapshot(Base):
    """What the host knew at the moment the ticket was opened: ``body`` is the JSON as it was shown, byte for byte."""

    __tablename__ = "sgsupport_context_snapshot"
    __table_args__ = (UniqueConstraint("ticket_pk", name="uq_sgsupport_context_snapshot_ticket_pk"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    schema_version: Mapped[int] = mapped_column(Integer)
    captured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    remark: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(LONG_TEXT)
