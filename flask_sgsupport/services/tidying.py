"""Remove stored files that no row names, from a folder that is this desk's alone.

Two apps of one factory keep their files in one folder unless they are told otherwise, and neither knows the other's
rows. So each desk has an id, in its database, and marks the folder with it before a row names a file there: a folder
without one's own mark, or with another's, is left alone. Machines that share the database share the id.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, update

from ..actors import clock_actor
from ..models import Attachment, Heartbeat
from ..settings import state
from ..storage import LocalStorage
from .inserting import insert_missing
from .transaction import BIND, Unit, run

SWEEP_EVERY = timedelta(hours=6)
ORPHAN_AFTER = timedelta(days=1)
MAX_FILES_REMOVED = 1_000
_CHUNK = 500
_ROW = Heartbeat.name == "sweep"
DESK = select(Heartbeat.detail).where(_ROW)
"""The desk's id, as soon as `give_id` has given it one."""


def give_id(unit: Unit) -> None:
    """Give the desk its id, if it has none yet."""
    row = {"name": "sweep", "seen_at": unit.now - 2 * SWEEP_EVERY, "detail": secrets.token_hex(16)}
    insert_missing(unit.session, Heartbeat, [row])


def sweep(now: datetime) -> int:
    """Remove a bounded number of files now and then, on one machine at a time; how many."""
    if not run(clock_actor(), lambda unit: _is_our_turn(unit, now)):
        return 0
    storage, session = state().storage, state().db.session
    if isinstance(storage, LocalStorage):
        desk, marks = session.scalars(DESK).one(), storage.marks()
        if not marks and session.scalar(select(Attachment.pk).limit(1)) is not None:
            # Whoever else keeps files there has until the next turn to say so.
            storage.mark(desk)
        if marks != {desk}:
            return 0
    removed = 0
    old: Iterator[str] = iter(storage.keys(older_than=now - ORPHAN_AFTER))
    while removed < MAX_FILES_REMOVED and (keys := set(islice(old, _CHUNK))):
        known = set(session.scalars(select(Attachment.storage_key).where(Attachment.storage_key.in_(keys))))
        for key in keys - known:
            storage.delete(key)
            removed += 1
    return removed


def _is_our_turn(unit: Unit, now: datetime) -> bool:
    session: Any = unit.session
    if session.scalar(select(Heartbeat.name).where(_ROW)) is None:
        give_id(unit)
    turn = update(Heartbeat).where(_ROW, Heartbeat.seen_at <= now - SWEEP_EVERY).values(seen_at=now)
    changed = session.execute(turn, execution_options={"synchronize_session": False}, bind_arguments=BIND)
    return bool(changed.rowcount)
