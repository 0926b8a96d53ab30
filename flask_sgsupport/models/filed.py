"""Which stored files rows name, and whose the folder is they lie in."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from .drafts import Draft
from .records import Heartbeat
from .tickets import Attachment

SWEPT = Heartbeat.name == "sweep"
"""The row of when the walk through the files began last."""
DESK = select(Heartbeat.detail).where(SWEPT)
"""The desk's id, as soon as it was given one."""
ORPHAN_AFTER = timedelta(days=1)
"""A file may be stored for so long before the row that names it."""


def unnamed(session: Session, keys: Collection[str]) -> set[str]:
    """Those of these keys that no message and no draft names."""
    named = select(Attachment.storage_key).where(Attachment.storage_key.in_(keys))
    return set(keys) - set(session.scalars(named)) - _of_drafts(session)


def _of_drafts(session: Session) -> set[str]:
    """What lies there for replies that have not gone out, or were taken back: few, and none for long."""
    lying = session.scalars(select(Draft.files).where(Draft.files.is_not(None)))
    return {file["storage_key"] for files in lying for file in json.loads(files or "{}").values()}
