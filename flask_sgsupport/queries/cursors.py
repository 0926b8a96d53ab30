"""How far a page reaches, and the moment in its cursor, read from the address, where anybody may write anything."""

from __future__ import annotations

from datetime import UTC, datetime

MAX_MESSAGES = 200
"""So many messages of a ticket are on one page."""


def moment_of(text: str) -> datetime | None:
    """The moment in UTC; ``None`` for what is none, has no zone, or lies outside the years there are."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
