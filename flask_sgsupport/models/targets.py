"""By when tickets are to be answered and solved."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import PK, TABLE_OPTIONS, Base


class Target(Base):
    """Times in minutes of business hours for tickets of a queue, priority and plan; what is empty holds for any.

    ``weight`` is that of `flask_sgsupport.targets.weight`: of several that fit the greatest one holds.
    """

    __tablename__ = "sgsupport_target"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_target_key"),
        Index("ix_sgsupport_target_weight", "active", "weight"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    queue_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_queue.pk"))
    priority: Mapped[str] = mapped_column(String(10))
    plan: Mapped[str] = mapped_column(String(100))
    response_minutes: Mapped[int | None] = mapped_column(Integer)
    next_response_minutes: Mapped[int | None] = mapped_column(Integer)
    resolution_minutes: Mapped[int | None] = mapped_column(Integer)
    weight: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean)
