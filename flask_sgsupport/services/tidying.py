"""Remove stored files that no row names, from a folder that is this desk's alone.

Two apps of one factory keep their files in one folder unless they are told otherwise, and neither knows the other's
rows. So each desk has an id, in its database, and marks the folder with it before a row names a file there: a folder
without one's own mark, or with another's, is left alone. Machines that share the database share the id.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select, update

from ..actors import clock_actor
from ..models import Attachment, Heartbeat
from ..models.filed import DESK, ORPHAN_AFTER, SWEPT, unnamed
from ..settings import state
from ..storage import LocalStorage
from .inserting import insert_missing, insert_or_change
from .transaction import run
from .unit import BIND, Unit

SWEEP_EVERY = timedelta(hours=6)
FILES_A_TURN = 500
"""A big folder is walked through in many turns of the clock, which mails never wait for."""
_PLACE = "swept"
"""The row of how far the walk of now has come: the last key it looked at, nothing between two walks."""


def give_id(unit: Unit) -> None:
    """Give the desk its id, if it has none yet."""
    row = {"name": "sweep", "seen_at": unit.now - 2 * SWEEP_EVERY, "detail": secrets.token_hex(16)}
    insert_missing(unit.session, Heartbeat, [row])


def sweep(now: datetime) -> int:
    """Look at a bounded number of files and remove those that no row names, a walk now and then; how many."""
    place = run(clock_actor(), lambda unit: _place(unit, now))
    if place is None:
        return 0
    removed, reached = _walk_on(now, place) if _is_ours_alone() else (0, "")
    if reached != place:
        run(clock_actor(), lambda unit: _keep(unit, reached, now))
    return removed


def _place(unit: Unit, now: datetime) -> str | None:
    """Where the walk goes on, from the beginning where it is time for one; ``None`` where it is not."""
    session: Any = unit.session
    place: str | None = session.scalar(select(Heartbeat.detail).where(Heartbeat.name == _PLACE))
    if place:
        return place
    if session.scalar(select(Heartbeat.name).where(SWEPT)) is None:
        give_id(unit)
    turn = update(Heartbeat).where(SWEPT, Heartbeat.seen_at <= now - SWEEP_EVERY).values(seen_at=now)
    changed = session.execute(turn, execution_options={"synchronize_session": False}, bind_arguments=BIND)
    return "" if changed.rowcount else None


def _is_ours_alone() -> bool:
    storage, session = state().storage, state().db.session
    if not isinstance(storage, LocalStorage):
        return True
    desk, marks = session.scalars(DESK).one(), storage.marks()
    if not marks and session.scalar(select(Attachment.pk).limit(1)) is not None:
        # Whoever else keeps files there has until the next walk to say so.
        storage.mark(desk)
    return marks == {desk}


def _walk_on(now: datetime, place: str) -> tuple[int, str]:
    """How many files were removed, and how far the walk has come: nowhere, where it is at its end."""
    storage, old = state().storage, now - ORPHAN_AFTER
    if isinstance(storage, LocalStorage):
        keys, reached = storage.some_keys(older_than=old, after=place, most=FILES_A_TURN)
    else:
        keys = list(islice(storage.keys(older_than=old, after=place), FILES_A_TURN))
        reached = keys[-1] if len(keys) == FILES_A_TURN else ""
    orphans = unnamed(state().db.session(), keys)
    for key in orphans:
        storage.delete(key)
    return len(orphans), reached


def _keep(unit: Unit, place: str, now: datetime) -> None:
    row = {"name": _PLACE, "seen_at": now, "detail": place}
    insert_or_change(
        unit.session,
        Heartbeat,
        [row],
        change=lambda new: [("seen_at", new.seen_at), ("detail", new.detail)],
        returning=[Heartbeat.name],
    )
