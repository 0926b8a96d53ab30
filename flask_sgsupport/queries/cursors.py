"""The moment in the cursor of a page, read from the address, where anybody may write anything."""

from __future__ import annotations

from datetime import UTC, datetime


def moment_of(text: str) -> datetime | None:
    """The moment in UTC; ``None`` for what is none, has no zone, or lies outside the years there are."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
