"""Where tickets wait and what operators choose from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import EMAIL, LONG_TEXT, PK, TABLE_OPTIONS, Base, UtcDateTime


class Queue(Base):
    """A queue with its mail settings. ``key`` is its name in URLs, payloads and rules."""

    __tablename__ = "sgsupport_queue"
    __table_args__ = (UniqueConstraint("key", name="uq_sgsupport_queue_key"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
    is_default: Mapped[bool] = mapped_column(Boolean)
    from_name: Mapped[str] = mapped_column(String(100))
    from_address: Mapped[str | None] = mapped_column(EMAIL)
    reply_address: Mapped[str | None] = mapped_column(EMAIL)
    signature: Mapped[str] = mapped_column(Text)
    mail_error: Mapped[str] = mapped_column(String(500))
    mail_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hours: Mapped[str | None] = mapped_column(LONG_TEXT)
    """JSON of a `flask_sgsupport.business_hours.Schedule`; ``None`` is around the clock."""


class Category(Base):
    """What an operator picks when opening; leads to a queue."""

    __tablename__ = "sgsupport_category"
    __table_args__ = (UniqueConstraint("key", name="uq_sgsupport_category_key"), TABLE_OPTIONS)

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
    queue_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_queue.pk"))
