"""What a page showed of a rating, as a short text its form brings back."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime


def shown_as(reopen_count: int, score: str | None, comment: str, said_at: datetime | None) -> str:
    """Another text for each rating, change, redaction and reopening; it says nothing to whoever reads it.

    :param reopen_count: how often the ticket was opened again by now.
    :param score: ``None`` where nobody has rated, and then there is no ``said_at``.
    """
    parts = [reopen_count, score, comment, said_at and said_at.isoformat()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def words_of(comment: str) -> str:
    """A comment as it is kept: without the line ends of forms, and with nothing around it."""
    return comment.replace("\r\n", "\n").strip()


def field_as(comment: str) -> str:
    """What tells by a form whether somebody typed into the field that was shown with this comment."""
    return hashlib.sha256(words_of(comment).encode(errors="surrogatepass")).hexdigest()[:32]
