"""What the proofs share: a host with room for many connections, rounds by ``PROOF``, and what was counted."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.proof.orders import Counted
from tests.proof.page import FIGURE, GUARANTEE, Page, full
from tests.proof.racing import UNLIMITED
from tests.services import DATABASES
from tests.world import Host, build_host, dispose, populate

CONNECTIONS = 60
IN_TURN = "in_turn"
LOST = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
"""PyMySQL leaves the socket of a lost connection to the garbage collector, which comes by in whichever test is next."""


def pytest_configure(config: pytest.Config) -> None:
    """Write down what is shown."""
    config.addinivalue_line("markers", f"{GUARANTEE}(name, sentence): what this test shows, in plain words.")
    config.addinivalue_line("markers", f"{IN_TURN}: a short run tries each variant on one of the databases.")
    config.pluginmanager.register(Page(), "proof_page")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that all processes of a run end together."""
    left_out = [] if full() or config.option.keyword else others_turn(items)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)
    items.sort(key=_seconds, reverse=True)
    for item in items:
        item.add_marker(LOST)


def others_turn(items: list[pytest.Item]) -> list[pytest.Item]:
    """Variants of tests that take the databases in turn, on each database whose turn it is not."""
    turns: dict[tuple[str, ...], int] = {}
    left_out = []
    for item in items:
        if item.get_closest_marker(IN_TURN) is None or not isinstance(item, pytest.Function):
            continue
        others = {name: str(value) for name, value in item.callspec.params.items() if name != "database_url"}
        turn = turns.setdefault((item.originalname, *others.values()), len(turns))
        if item.callspec.params["database_url"] != DATABASES[turn % len(DATABASES)]:
            left_out.append(item)
    return left_out


def _seconds(item: pytest.Item) -> int:
    own = item.get_closest_marker("timeout")
    return own.args[0] if own else 0


@pytest.fixture(scope="session", autouse=True)
def lost_sockets() -> Iterator[None]:
    """What the last test lost is collected here: at the end of the process it would be an error of pytest's own."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say what was counted: ``figure("1000 opens, 0 gaps")``."""
    return lambda said: record_property(FIGURE, said)


@pytest.fixture
def rounds() -> Callable[[int, int], int]:
    """How often: ``rounds(short, full)``."""
    return lambda few, many: many if full() else few


@pytest.fixture
def counted(host: Host) -> Counted:
    """What comes of two acts in many orders, on a host that limits nobody: looking how often is a step of its own."""
    limits = host.desk.settings
    limits.opens_per_hour = limits.messages_per_hour = None
    return Counted()


def options(database_url: str) -> dict[str, Any]:
    """How a host of these proofs connects."""
    return {"pool_size": CONNECTIONS, "max_overflow": 0}


@pytest.fixture
def host(database_url: str, tmp_path: Path) -> Iterator[Host]:
    """The world's host, with as many connections as people act at once, and no limit that one of them would reach."""
    host = build_host(
        database_url,
        tmp_path,
        SQLALCHEMY_ENGINE_OPTIONS=options(database_url),
        **UNLIMITED,
    )
    populate(host)
    yield host
    dispose(host)
