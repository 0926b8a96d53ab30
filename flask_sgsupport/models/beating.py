"""Whether anybody does the work no request waits for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from .records import Heartbeat

WORKER_SEEN_WITHIN = timedelta(minutes=2)
"""A worker that was not seen for longer counts as missing."""


def worker_seen(now: datetime) -> Select[Any]:
    """A row where a worker was seen lately, none where it was not."""
    since = now - WORKER_SEEN_WITHIN
    return select(Heartbeat.name).where(Heartbeat.name == "worker", Heartbeat.seen_at >= since)
