"""Tickets that belong together without being one."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import PK, TABLE_OPTIONS, Base


class TicketLink(Base):
    """A link between two tickets, for agents only.

    Of two related tickets the older is the first; of an incident and one of its cases the incident is.
    """

    __tablename__ = "sgsupport_ticket_link"
    __table_args__ = (
        CheckConstraint("kind IN ('related', 'incident')", name="kind"),
        Index("ix_sgsupport_ticket_link_second", "second_pk", "first_pk"),
        TABLE_OPTIONS,
    )

    first_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    second_pk: Mapped[int] = mapped_column(
        PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(String(10))
