"""What every page of the inbox says: unread notices, and mail that nobody sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select

from ..actors import Actor
from ..models import (
    Delivery,
    Heartbeat,
)
from ..permissions import deliveries_of
from ..settings import state
from .choices import ask, count_part

WORKER_SILENT_AFTER = timedelta(minutes=2)


def news_parts(actor: Actor) -> list[Select[Any]]:
    """Branches for what every page of the inbox says: unread notices, and mail that nobody sends."""
    now = state().now()
    due = select(Delivery.pk).where(
        Delivery.state == "queued", Delivery.due_at < now - WORKER_SILENT_AFTER, Delivery.channel == "email"
    )
    seen = select(Heartbeat.name).where(Heartbeat.name.like("worker%"), Heartbeat.seen_at > now - WORKER_SILENT_AFTER)
    unread = select(Delivery.pk).where(deliveries_of(actor), Delivery.read_at.is_(None), Delivery.state == "sent")
    return [count_part("unread", "", unread), count_part("due", "", due), count_part("worker", "", seen)]


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
