"""What every test may use: the services and, built on them, the world."""

from __future__ import annotations

import sqlite3
import weakref
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.compiled import compile_once

pytest_plugins = ["pytester", "tests.services_fixtures", "tests.installed"]
if find_spec("tests.world"):
    pytest_plugins.append("tests.world")
compile_once()


@event.listens_for(Pool, "connect")
def _close_with_its_pool(connection: Any, record: Any) -> None:
    """An app that nobody holds any more is collected in whichever test comes next, and Python warns of its database."""
    if isinstance(connection, sqlite3.Connection):
        weakref.finalize(record._ConnectionRecord__pool, _close, connection)


def _close(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.ProgrammingError):
        connection.close()
