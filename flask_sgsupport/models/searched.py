"""How far the messages that were written before there was a search have been taken into it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, cast, func, select
from sqlalchemy.orm import Session

from .records import Heartbeat
from .tickets import Message

PLACE = "searched"
"""The row of it: the key of the last message that was looked at."""
LOOKED_AT = 1_000


def place_of(session: Session) -> int:
    """The key of the last message that was looked at; 0 before the first."""
    return int(session.scalar(select(Heartbeat.detail).where(Heartbeat.name == PLACE)) or 0)


def count_not_found() -> Any:
    """How many messages no search finds yet, of the next `LOOKED_AT` behind that place; a column."""
    place = select(cast(Heartbeat.detail, BigInteger)).where(Heartbeat.name == PLACE).scalar_subquery()
    behind = select(Message.searched).where(Message.pk > func.coalesce(place, 0)).order_by(Message.pk)
    following = behind.limit(LOOKED_AT).subquery()
    return select(func.count()).select_from(following).where(following.c.searched.is_(None)).scalar_subquery()
