"""Who has a ticket open in the inbox just now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import HOST_ID, PK, TABLE_OPTIONS, Base, UtcDateTime

SEEN_FOR = timedelta(seconds=30)
"""So long somebody counts as being there whose page has not said so again."""


class Presence(Base):
    """An agent at a ticket, as their open page said last. Nothing follows from it, and it is soon forgotten."""

    __tablename__ = "sgsupport_presence"
    __table_args__ = (Index("ix_sgsupport_presence_seen", "seen_at"), TABLE_OPTIONS)

    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True)
    host_id: Mapped[str] = mapped_column(HOST_ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    writing: Mapped[bool] = mapped_column(Boolean)
    """There is text in one of their composers that was not sent."""
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
