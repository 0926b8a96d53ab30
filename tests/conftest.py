"""What every test may use: the services and, built on them, the world."""

from __future__ import annotations

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
    # Not at the end of a process: one that was forked would end the connections of its parent.
    weakref.finalize(record._ConnectionRecord__pool, _close, connection).atexit = False


def _close(connection: Any) -> None:
    # One that is closed already, or whose server is gone, says so in its driver's own way.
    with suppress(Exception):
        connection.close()
