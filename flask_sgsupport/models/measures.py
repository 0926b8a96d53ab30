"""What reports count: one row for each moment of a ticket that is measured, written when it happens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .metadata import PK, TABLE_OPTIONS, Base, UtcDateTime


class Measure(Base):
    """One moment of a ticket: answered, resolved, closed, merged, asked, rated; see `flask_sgsupport.measures`.

    Queue, agent and business hours are those of that moment, whatever becomes of the ticket; so they have no foreign
    key. What was undone later stays and says so.
    """

    __tablename__ = "sgsupport_measure"
    __table_args__ = (
        Index("ix_sgsupport_measure_kind", "kind", "at", "ticket_pk"),
        Index("ix_sgsupport_measure_ticket", "ticket_pk", "kind"),
        TABLE_OPTIONS,
    )

    pk: Mapped[int] = mapped_column(PK, primary_key=True)
    ticket_pk: Mapped[int] = mapped_column(PK, ForeignKey("sgsupport_ticket.pk", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    """From when on it is measured."""
    seconds: Mapped[int] = mapped_column(BigInteger)
    business_seconds: Mapped[int] = mapped_column(BigInteger)
    """Those of them that were within the queue's business hours, as they were kept then."""
    queue_pk: Mapped[int | None] = mapped_column(PK)
    agent_pk: Mapped[int | None] = mapped_column(PK)
    word: Mapped[str] = mapped_column(String(20))
    """Of an answer or solution whether its target was met; of a close its way; of a rating its score; of what was asked
    ``answered`` once it was rated; of solution, wait and close of what its customer no longer needed ``withdrawn``."""
    ordinal: Mapped[int] = mapped_column(Integer)
    """Which of its kind it is for the ticket; 1 is the first, and 0 what was withdrawn."""
    answers: Mapped[int] = mapped_column(Integer)
    """How many public answers the ticket had by then."""
    undone: Mapped[str] = mapped_column(String(10))
    """Empty while it stands; ``soon`` or ``later`` where the ticket was opened again, ``mistake`` where it was set
    back."""
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
