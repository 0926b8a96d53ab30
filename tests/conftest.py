"""What every test may use: the services and, built on them, the world."""

from __future__ import annotations

import gc
import sqlite3
import weakref
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from tests.compiled import compile_once

pytest_plugins = ["pytester", "tests.services_fixtures", "tests.installed"]
if find_spec("tests.world"):
    pytest_plugins.append("tests.world")
compile_once()


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is there now stays: a fifth of a run went into looking again and again whether it may go."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@event.listens_for(Pool, "connect")
def _close_with_its_pool(connection: Any, record: Any) -> None:
    """An app that nobody holds any more is collected in whichever test comes next, and Python warns of its database."""
    # Not at the end of a process: one that was forked would end the connections of its parent.
    weakref.finalize(record._ConnectionRecord__pool, _close, connection).atexit = False
    if isinstance(connection, sqlite3.Connection):
        # It waits for no disk: no test takes away the machine's power.
        connection.execute("PRAGMA synchronous=OFF")


def _close(connection: Any) -> None:
    # One that is closed already, or whose server is gone, says so in its driver's own way.
    with suppress(Exception):
        connection.close()
