"""What an agent has written and not sent, or sent a moment ago and may still take back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import HOST_ID, LONG_TEXT, PK, TABLE_OPTIONS, Base, UtcDateTime


class Draft(Base):
    """The text of one agent in one form of one ticket; nobody else ever reads it.

    A reply that can still be taken back is a draft, too: ``send_at`` says when it goes out, ``sends`` what goes along.
    """

    __tablename__ = "sgsupport_draft"
    __table_args__ = (
        UniqueConstraint("ticket_pk", "host_id", "kind", name="uq_sgsupport_draft_ticket"),
        Index("ix_sgsupport_draft_due", "send_at"),
        Index("ix_sgsupport_draft_host", "host_id", "send_at"),
        Index("ix_sgsupport_draft_saved", "saved_at"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    host_id: Mapped[str] = mapped_column(HOST_ID)
    kind: Mapped[str] = mapped_column(String(10))
    """The form: ``reply`` or ``note``."""
    body: Mapped[str] = mapped_column(LONG_TEXT)
    version: Mapped[int] = mapped_column(Integer)
    """Counts the savings, so that a window that has not seen the last one does not write over it."""
    form_key: Mapped[str | None] = mapped_column(String(64))
    """Of the form it was saved from last, as of a message: whoever saves it from there again has seen it."""
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    send_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sends: Mapped[str | None] = mapped_column(LONG_TEXT)
    """JSON: what goes out with the text, see `flask_sgsupport.services.replying.Answer`."""
    files: Mapped[str | None] = mapped_column(LONG_TEXT)
    """JSON: files that were sent with it and lie in the storage; ``None`` where it has none."""
    unsent: Mapped[str | None] = mapped_column(LONG_TEXT)
    """JSON: why it was not sent when its time had come, as a code with its values."""
