"""Ticket numbers: one counter row for each prefix and year, incremented in the transaction of the open.

A rolled back open gives its number back, so there are no gaps; the row's lock keeps two opens apart, so there are no
repeats. Rows are made beforehand by ``init`` and the clock for this year and the next: on MariaDB making one among 50
opens at once deadlocks.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..models import NumberCounter, Ticket
from .inserting import insert_missing


def prepare(session: Session, prefix: str, now: datetime) -> None:
    """Make the counters of this year and the next where they are missing."""
    for year in (now.year, now.year + 1):
        insert_missing(session, NumberCounter, {"prefix": prefix, "year": year, "last": 0})


def next_ticket_id(session: Session, prefix: str, created_at: datetime) -> str:
    """The next number of the year (UTC) in which the ticket is created: ``TKT-2026-04881``, later six digits."""
    year = created_at.year
    number = _increment(session, prefix, year)
    if number is None:
        insert_missing(session, NumberCounter, {"prefix": prefix, "year": year, "last": 0})
        number = _increment(session, prefix, year)
    return f"{prefix}-{year}-{number:05d}"


def _increment(session: Session, prefix: str, year: int) -> int | None:
    here = update(NumberCounter).where(NumberCounter.prefix == prefix, NumberCounter.year == year)
    here = here.execution_options(synchronize_session=False)
    if session.get_bind(mapper=Ticket).dialect.name in {"mysql", "mariadb"}:
        changed = session.execute(here.values(last=func.last_insert_id(NumberCounter.last + 1)))
        if not changed.rowcount:  # type: ignore[attr-defined]
            return None
        return session.scalar(select(func.last_insert_id()), bind_arguments={"mapper": Ticket})
    return session.scalar(here.values(last=NumberCounter.last + 1).returning(NumberCounter.last))
