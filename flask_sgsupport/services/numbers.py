"""Ticket numbers: one counter row for each prefix and year, incremented in the transaction of the open.

A rolled back open gives its number back, so there are no gaps; the row's lock keeps two opens apart, so there are no
repeats. Rows are made beforehand by ``init`` and the clock for this year and the next: on MariaDB making one among 50
opens at once deadlocks.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from ..models import NumberCounter
from .inserting import insert_missing, insert_or_change


def prepare(session: Session, prefix: str, now: datetime) -> None:
    """Make the counters of this year and the next where they are missing."""
    for year in (now.year, now.year + 1):
        insert_missing(session, NumberCounter, [{"prefix": prefix, "year": year, "last": 0}])


def next_ticket_id(session: Session, prefix: str, created_at: datetime) -> str:
    """The next number of the year (UTC) in which the ticket is created: ``TKT-2026-04881``, later six digits."""
    year = created_at.year
    [[number]] = insert_or_change(
        session,
        NumberCounter,
        [{"prefix": prefix, "year": year, "last": 1}],
        change=lambda new: [("last", NumberCounter.last + 1)],
        returning=[NumberCounter.last],
    )
    return f"{prefix}-{year}-{number:05d}"
