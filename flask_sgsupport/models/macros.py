"""Texts and steps that agents use again and again."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import LONG_TEXT, PK, TABLE_OPTIONS, Base


class Macro(Base):
    """A canned reply, things done to a ticket, or both; without an owner everybody's.

    ``actions`` is JSON: names of `flask_sgsupport.macros.ACTIONS` and their values.
    """

    __tablename__ = "sgsupport_macro"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_macro_key"),
        Index("ix_sgsupport_macro_owner", "owner_pk", "position", "pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(LONG_TEXT)
    actions: Mapped[str] = mapped_column(LONG_TEXT)
    queue_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_queue.pk"))
    """Offered in this queue only."""
    owner_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_agent.pk"))
    active: Mapped[bool] = mapped_column(Boolean)
    position: Mapped[int] = mapped_column(Integer)
