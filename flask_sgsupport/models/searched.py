"""How far the messages that were written before there was a search have been taken into it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, or_, select
from sqlalchemy.orm import Session

from .records import Heartbeat
from .tickets import Message

PLACE = "searched"
"""The row of it: the key of the last message that was looked at."""
LOOKED_AT = 1_000


def place_of(session: Session) -> int:
    """The key of the last message that was looked at; 0 before the first."""
    return int(session.scalar(select(Heartbeat.detail).where(Heartbeat.name == PLACE)) or 0)


def not_looked_at(place: int) -> ColumnElement[bool]:
    """The messages behind a place, and those no search finds of the last `LOOKED_AT` before it: committed since."""
    return and_(Message.pk > place - LOOKED_AT, or_(Message.pk > place, Message.searched.is_(None)))


def count_not_found() -> Any:
    """How many messages no search finds yet, of the `LOOKED_AT` before and behind that place; a column."""
    place = select(cast(Heartbeat.detail, BigInteger)).where(Heartbeat.name == PLACE).scalar_subquery()
    around = select(Message.searched).where(Message.pk > func.coalesce(place, 0) - LOOKED_AT).order_by(Message.pk)
    these = around.limit(2 * LOOKED_AT).subquery()
    return select(func.count()).select_from(these).where(these.c.searched.is_(None)).scalar_subquery()
