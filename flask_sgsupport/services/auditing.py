"""Keep the audit log a chain: each entry's digest holds the one before it, and each chain knows its length and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..history import chained
from ..models import EventChain, Ticket
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
