"""How far the tickets that were there before anything was measured have been gone through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, select
from sqlalchemy.orm import Session

from .records import Heartbeat
from .tickets import Ticket

PLACE = "measured"
"""The row of it: the key of the last ticket that was looked at."""
LOOKED_AT = 1_000


def place_of(session: Session) -> int:
    """The key of the last ticket that was looked at; 0 before the first."""
    return int(session.scalar(select(Heartbeat.detail).where(Heartbeat.name == PLACE)) or 0)


def not_measured(place: int) -> ColumnElement[bool]:
    """The tickets nothing is measured of, from a little before a place on: one may have been committed since."""
    return and_(Ticket.pk > place - LOOKED_AT, Ticket.course.is_(None))


def count_not_measured() -> Any:
    """How many tickets nothing is measured of yet, of the `LOOKED_AT` before and behind that place; a column."""
    place = select(cast(Heartbeat.detail, BigInteger)).where(Heartbeat.name == PLACE).scalar_subquery()
    around = select(Ticket.course).where(Ticket.pk > func.coalesce(place, 0) - LOOKED_AT).order_by(Ticket.pk)
    these = around.limit(2 * LOOKED_AT).subquery()
    return select(func.count()).select_from(these).where(these.c.course.is_(None)).scalar_subquery()
