"""Keep the audit log a chain: each entry's digest holds the one before it, and each chain knows its length and end.

An entry holds no words: those are kept beside it, and it names them by their digest.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ..history import BY_NAME, chained, text_digest
from ..models import Event, EventChain, EventText, Ticket, table_of
from .inserting import insert_missing

DESK = "desk"
"""The chain of entries about no ticket."""


def lengthen(chain: Ticket | EventChain, entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with its place and digest; the chain, whose row is locked, ends with it now."""
    placed = {**entry, "n": chain.history_length + 1}
    chain.history_length, chain.history_digest = placed["n"], chained(chain.history_digest, placed)
    return placed | {"digest": chain.history_digest}


def desk_chain(session: Session) -> EventChain:
    """The chain of entries about no ticket, locked until the commit."""
    wanted = select(EventChain).where(EventChain.name == DESK).with_for_update()
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        insert_missing(session, EventChain, [{"name": DESK, "history_length": 0, "history_digest": ""}])
        found = session.scalars(wanted).one()
    return found


def apart(
    action: str, old: str | None, new: str | None, data: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What an entry holds itself, and the row of the words kept beside it, where it has any."""
    said = {"old": _short(old), "new": _short(new)} | {key: value for key, value in data.items() if value is not None}
    beside = {key: said.pop(key) for key in BY_NAME[action].words if said.get(key) is not None}
    entry, words = _columns(said), _columns(beside)
    if not beside:
        return entry | {"text_digest": None}, None
    salt = secrets.token_hex(16)
    digest = text_digest(salt, **words)
    return entry | {"text_digest": digest}, words | {"digest": digest, "salt": salt}


def _columns(said: dict[str, Any]) -> dict[str, Any]:
    data = {key: value for key, value in said.items() if key not in {"old", "new"}}
    return {"old": said.get("old"), "new": said.get("new"), "data": json.dumps(data, ensure_ascii=False)}


def _short(value: str | None) -> str | None:
    return value if value is None or len(value) <= 500 else value[:499] + "…"


def write_entries(
    session: Session,
    entries: Sequence[tuple[Ticket | None, dict[str, Any]]],
    texts: Sequence[tuple[Ticket | None, dict[str, Any]]],
) -> None:
    """Write what a unit of work recorded, now that its tickets have their keys."""
    bind = {"mapper": Ticket}
    rows = [
        row | {"ticket_pk": ticket.pk if ticket else None, "ticket_version": ticket.version if ticket else 0}
        for ticket, row in entries
    ]
    if rows:
        session.execute(insert(table_of(Event)), rows, bind_arguments=bind)
    if texts:
        rows = [row | {"ticket_pk": ticket.pk if ticket else None} for ticket, row in texts]
        session.execute(insert(table_of(EventText)), rows, bind_arguments=bind)
