"""Lists that agents keep under a name."""

from __future__ import annotations

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import LONG_TEXT, PK, TABLE_OPTIONS, Base


class SavedView(Base):
    """The filters of a list under a name, of the agent who keeps it; shared, every agent has it at the side.

    ``filters`` is JSON: names of `flask_sgsupport.saved_views.FILTERS` and their values. ``position`` counts among the
    shared ones, or among the keeper's own that are not.
    """

    __tablename__ = "sgsupport_saved_view"
    __table_args__ = (
        UniqueConstraint("key", name="uq_sgsupport_saved_view_key"),
        Index("ix_sgsupport_saved_view_owner", "owner_pk", "position", "pk"),
        Index("ix_sgsupport_saved_view_shared", "shared", "position", "pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    key: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    owner_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_agent.pk"))
    shared: Mapped[bool] = mapped_column(Boolean)
    filters: Mapped[str] = mapped_column(LONG_TEXT)
    position: Mapped[int] = mapped_column(Integer)
