"""Who worked here and who may: records of people as they were, agents, what they cover, what they want to be told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import EMAIL, HOST_ID, PK, TABLE_OPTIONS, Base, UtcDateTime


class PersonRecord(Base):
    """A person of the host with name and address as they were when they acted, or when something happened to them.

    Events point here and hold no name themselves, so erasing a person changes no event.
    """

    __tablename__ = "sgsupport_person"
    __table_args__ = (
        UniqueConstraint("digest", name="uq_sgsupport_person_digest"),
        Index("ix_sgsupport_person_host_id", "host_id"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    host_id: Mapped[str] = mapped_column(HOST_ID)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(EMAIL)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Agent(Base):
    """A person of the support team and their rights."""

    __tablename__ = "sgsupport_agent"
    __table_args__ = (UniqueConstraint("host_id", name="uq_sgsupport_agent_host_id"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    host_id: Mapped[str] = mapped_column(HOST_ID)
    person_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    """The record of them as they are now, to which the history of their tickets points."""
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(EMAIL)
    public_name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool] = mapped_column(Boolean)
    can_handle: Mapped[bool] = mapped_column(Boolean)
    can_assign: Mapped[bool] = mapped_column(Boolean)
    can_close: Mapped[bool] = mapped_column(Boolean)
    sees_all_queues: Mapped[bool] = mapped_column(Boolean)
    is_lead: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    available: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true())
    """Whether rules may choose them; said by themselves, or by a lead."""
    max_open: Mapped[int | None] = mapped_column(Integer)
    """Rules choose them only while fewer tickets wait for them."""
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Grows each time a rule chooses them, past everybody else's: the smallest is next."""


class AgentCoverage(Base):
    """One thing an agent covers: ``kind`` is queue, category or tag, ``value`` its primary key as text, or the tag."""

    __tablename__ = "sgsupport_agent_coverage"
    __table_args__ = (Index("ix_sgsupport_agent_coverage_kind", "kind", "value", "agent_pk"), TABLE_OPTIONS)

    agent_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_agent.pk", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    value: Mapped[str] = mapped_column(String(64), primary_key=True)


class Preference(Base):
    """What one person wants through one channel; without a row their contact preference decides.

    ``channel`` may name a topic within the channel, as ``email/answers``, which is told unless a row says otherwise.
    """

    __tablename__ = "sgsupport_preference"
    __table_args__ = (TABLE_OPTIONS,)

    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    wanted: Mapped[bool] = mapped_column(Boolean)
