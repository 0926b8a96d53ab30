"""That a button of the host was pressed: it makes each sending of its form be there once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import PK, TABLE_OPTIONS, Base, UtcDateTime

RUNNING = "running"


class ButtonPress(Base):
    """One press of a button. What came of it in words stands in the history."""

    __tablename__ = "sgsupport_button_press"
    __table_args__ = (
        UniqueConstraint("form_key", name="uq_sgsupport_button_press_form_key"),
        CheckConstraint("outcome IN ('running', 'done', 'refused', 'failed')", name="outcome"),
        Index("ix_sgsupport_button_press_ticket", "ticket_pk", "button", "pk"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    form_key: Mapped[str | None] = mapped_column(String(64))
    """Digest of person and form: what is sent twice is done once."""
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    button: Mapped[str] = mapped_column(String(32))
    person_pk: Mapped[int | None] = mapped_column(PK, ForeignKey("sgsupport_person.pk"))
    ticket_version: Mapped[int] = mapped_column(Integer)
    """That of the ticket when it was pressed, then when it ended: whoever saw no later one does not know of it."""
    outcome: Mapped[str] = mapped_column(String(10))
    pressed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
