"""What is recorded beside the conversation: audit events, deliveries, counters, read marks, heartbeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import EMAIL, HOST_ID, LONG_TEXT, PK, TABLE_OPTIONS, Base, UtcDateTime


class Event(Base):
    """One immutable entry of the audit log. ``ticket_pk`` is empty for changes of queues, agents and settings.

    Entries of one ticket, and those of none, are a chain: ``digest`` is made of this entry and the digest before it.
    An entry holds ids, codes and digests: people are rows of `PersonRecord`, words a row of `EventText`, so that
    erasing them changes no entry.
    """

    __tablename__ = "sgsupport_event"
    __table_args__ = (Index("ix_sgsupport_event_ticket", "ticket_pk", "pk"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    ticket_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk"))
    ticket_version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    side: Mapped[str] = mapped_column(String(10))
    person_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    acting_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    """Who really acted while ``person_pk`` was impersonated."""
    label: Mapped[str] = mapped_column(String(100))
    via: Mapped[str] = mapped_column(String(10))
    action: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40))
    old: Mapped[str | None] = mapped_column(String(500))
    new: Mapped[str | None] = mapped_column(String(500))
    old_person_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    new_person_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    """Who it was before and who it is now, where the entry is about somebody; see `models.telling`."""
    text_digest: Mapped[str | None] = mapped_column(String(64))
    """Names the row of `EventText` that holds its words."""
    data: Mapped[str] = mapped_column(LONG_TEXT)
    request_id: Mapped[str] = mapped_column(String(32))
    n: Mapped[int] = mapped_column(Integer)
    """Its place in the chain, from one."""
    digest: Mapped[str] = mapped_column(String(64))


class EventText(Base):
    """The words of an entry of the audit log, kept beside it so that they can be taken out.

    ``digest`` is made of the words and a random salt. Once something was taken out the salt is empty: the digest in the
    entry then tells nobody who guesses the words that they are right.
    """

    __tablename__ = "sgsupport_event_text"
    __table_args__ = (Index("ix_sgsupport_event_text_ticket", "ticket_pk"), TABLE_OPTIONS)

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk"))
    salt: Mapped[str] = mapped_column(String(32))
    old: Mapped[str | None] = mapped_column(String(500))
    new: Mapped[str | None] = mapped_column(String(500))
    data: Mapped[str] = mapped_column(LONG_TEXT)
    """JSON, as that of the entry."""


class EventChain(Base):
    """How far the chain of the entries about no ticket has come; a ticket keeps that of its own chain."""

    __tablename__ = "sgsupport_event_chain"
    __table_args__ = (TABLE_OPTIONS,)

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    history_length: Mapped[int] = mapped_column(Integer)
    history_digest: Mapped[str] = mapped_column(String(64))


class Delivery(Base):
    """One notification on its way to one person through one channel.

    The channel ``bell`` is the in-app notification itself: written as sent, ``read_at`` when it was read.
    ``email`` rows are the outbox: queued, sending (leased), sent, failed, cancelled.
    """

    __tablename__ = "sgsupport_delivery"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_delivery_key"),
        Index("ix_sgsupport_delivery_due", "state", "due_at"),
        Index("ix_sgsupport_delivery_message", "message_pk"),
        Index("ix_sgsupport_delivery_ticket", "ticket_pk", "pk"),
        Index("ix_sgsupport_delivery_bell", "recipient_id", "channel", "read_at", "pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    message_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_message.pk", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(20))
    notice: Mapped[str] = mapped_column(String(40))
    side: Mapped[str] = mapped_column(String(10))
    recipient_id: Mapped[str] = mapped_column(HOST_ID)
    recipient_name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(EMAIL)
    data: Mapped[str] = mapped_column(LONG_TEXT)
    """JSON: what the notice's text needs beside ticket and message."""
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner: Mapped[str | None] = mapped_column(String(40))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error_code: Mapped[int | None] = mapped_column(Integer)
    error: Mapped[str] = mapped_column(String(500))
    message_id: Mapped[str | None] = mapped_column(String(500))
    """Set at the first try, and the same ever after."""


class NumberCounter(Base):
    """The last number issued for a prefix and year."""

    __tablename__ = "sgsupport_number_counter"
    __table_args__ = (TABLE_OPTIONS,)

    prefix: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(Integer)


class TicketRead(Base):
    """How far a person has read a ticket."""

    __tablename__ = "sgsupport_ticket_read"
    __table_args__ = (TABLE_OPTIONS,)

    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Heartbeat(Base):
    """When a worker or the clock was last seen, and what it said."""

    __tablename__ = "sgsupport_heartbeat"
    __table_args__ = (TABLE_OPTIONS,)

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(String(500))


class HostChange(Base):
    """Something the host said of an account or person that the clock has not carried out everywhere yet."""

    __tablename__ = "sgsupport_host_change"
    __table_args__ = (TABLE_OPTIONS,)

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Spent(Base):
    """How much of something a person did in the window that began last; see `flask_sgsupport.services.limiting`."""

    __tablename__ = "sgsupport_spent"
    __table_args__ = (TABLE_OPTIONS,)

    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    what: Mapped[str] = mapped_column(String(10), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WriteLock(Base):
    """Empty for ever: an UPDATE of it takes SQLite's write lock, whoever emitted BEGIN."""

    __tablename__ = "sgsupport_write_lock"
    __table_args__ = (TABLE_OPTIONS,)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
