"""One reply to all the cases of an incident: what is still to be sent, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import HOST_ID, LONG_TEXT, PK, TABLE_OPTIONS, Base, UtcDateTime


class CaseReply(Base):
    """A reply to several cases at once, as its author sent it."""

    __tablename__ = "sgsupport_case_reply"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_case_reply_key"),
        UniqueConstraint("form_key", name="uq_sgsupport_case_reply_form_key"),
        Index("ix_sgsupport_case_reply_ticket", "ticket_pk", "pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    """That of the incident."""
    host_id: Mapped[str] = mapped_column(HOST_ID)
    status: Mapped[str | None] = mapped_column(String(10))
    """What the cases are set to with it; ``None`` leaves each as it is."""
    by_worker: Mapped[bool] = mapped_column(Boolean)
    """A worker may send it in its author's name."""
    form_key: Mapped[str | None] = mapped_column(String(64))
    """As that of a message."""
    form_said: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseAnswer(Base):
    """What one case gets of it."""

    __tablename__ = "sgsupport_case_answer"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'sent', 'refused', 'gap')", name="state"),
        Index("ix_sgsupport_case_answer_state", "state", "reply_pk", "ticket_pk"),
        Index("ix_sgsupport_case_answer_ticket", "ticket_pk", "state"),
        TABLE_OPTIONS,
    )

    reply_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_case_reply.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ticket_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    body: Mapped[str] = mapped_column(LONG_TEXT)
    """The text for this case; empty once a message holds it."""
    version: Mapped[int | None] = mapped_column(Integer)
    """That of the ticket its author saw."""
    state: Mapped[str] = mapped_column(String(10))
    """waiting, sent, refused, or gap: something is missing in its text, so it is not sent as it stands."""
    why: Mapped[str] = mapped_column(LONG_TEXT)
    """The sentence with which it was refused."""
