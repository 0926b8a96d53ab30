"""What every page of the inbox says: unread notices, and mail that nobody sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from ..actors import Actor
from ..models import (
    Delivery,
    Heartbeat,
)
from ..settings import state
from .bells import unread_bells
from .choices import ask, count_part

WORKER_SEEN_WITHIN = timedelta(minutes=2)
"""A worker that was not seen for longer counts as missing."""


def news_parts(actor: Actor) -> list[Select[Any]]:
    """Branches for what every page of the inbox says: unread notices, and mail that nobody sends."""
    since = state().now() - WORKER_SEEN_WITHIN
    due = select(Delivery.pk).where(Delivery.state == "queued", Delivery.due_at < since, Delivery.channel == "email")
    return [
        count_part("unread", "", unread_bells(actor)),
        count_part("due", "", due),
        count_part("worker", "", _worker_seen(since)),
    ]


def worker_was_seen() -> bool:
    """Whether there was a worker lately."""
    return state().db.session.scalar(_worker_seen(state().now() - WORKER_SEEN_WITHIN)) is not None


def _worker_seen(since: datetime) -> Select[Any]:
    return select(Heartbeat.name).where(Heartbeat.name == "worker", Heartbeat.seen_at >= since)


def mail_waits(counts: Mapping[tuple[str, str], int]) -> bool:
    """Whether mail is due and no worker was seen lately."""
    return counts["due", ""] > 0 and counts["worker", ""] == 0


@dataclass(frozen=True, slots=True)
class News:
    """What every page of the inbox says."""

    unread: int
    mail_waits: bool


def news(actor: Actor) -> News:
    """The unread notices of an agent, and whether mail waits for a worker, in one statement."""
    counts = {(row.kind, row.key): int(row.pk) for row in ask(news_parts(actor))}
    return News(counts["unread", ""], mail_waits(counts))
