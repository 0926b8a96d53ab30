"""What the benchmarks share: desks on databases of their own, rounds in random order, and ratios of medians."""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from flask_sgsupport.settings import utc_now
from tests.world import Host, build_host, dispose, populate

ROOT = Path(__file__).resolve().parent.parent
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def arguments(doc: str | None, *, rounds: int) -> argparse.Namespace:
    """What every benchmark may be told."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds, help="calls of each side (default: %(default)s)")
    parser.add_argument(
        "--database-url",
        help="a server on which databases may be made, as SQLAlchemy writes it; without it, SQLite",
    )
    return parser.parse_args()


@contextmanager
def desks(server: str | None, names: list[str], **config: Mapping[str, Any]) -> Iterator[dict[str, Host]]:
    """A host with people and queues for each name, each on a database of its own, which is dropped at the end.

    :param config: settings of the app, by the name of the desk.
    """
    with tempfile.TemporaryDirectory(prefix="sgsupport-benchmark-") as temporary:
        made: dict[str, Host] = {}
        try:
            for name in names:
                folder = Path(temporary) / name
                folder.mkdir()
                url = _database(server, name, folder).render_as_string(hide_password=False)
                settings = {"TESTING": False, "WTF_CSRF_ENABLED": True, "SGSUPPORT_WORKER": "none"}
                made[name] = host = build_host(url, folder, **(settings | dict(config.get(name, {}))))
                host.desk.now = utc_now
                populate(host)
                host.bent = "a measure fills its tables by itself"
            yield made
        finally:
            for name, host in made.items():
                dispose(host)
                _drop(server, name)


def _database(server: str | None, name: str, folder: Path) -> URL:
    if server is None:
        return URL.create("sqlite", database=str(folder / "desk.sqlite"))
    _drop(server, name)
    encoding = "TEMPLATE template0 ENCODING 'UTF8'" if "postgresql" in server else "CHARACTER SET utf8mb4"
    _administer(server, f"CREATE DATABASE sgsupport_benchmark_{name} {encoding}")
    return make_url(server).set(database=f"sgsupport_benchmark_{name}")


def _drop(server: str | None, name: str) -> None:
    if server is not None:
        force = " WITH (FORCE)" if "postgresql" in server else ""
        _administer(server, f"DROP DATABASE IF EXISTS sgsupport_benchmark_{name}{force}")


def _administer(server: str, statement: str) -> None:
    engine = create_engine(server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))


def token_of(client: FlaskClient, path: str) -> str:
    """The token of the forms on a page."""
    page = client.get(path)
    assert page.status_code == 200, f"{path}: {page.status_code}"
    found = TOKEN.search(page.get_data(as_text=True))
    assert found, f"{path} has no form"
    return found[1]


def interleaved(
    calls: Mapping[str, Callable[[], None]], rounds: int, *, pause_seconds: float = 0.0
) -> dict[str, list[float]]:
    """Seconds of each call; in every round all are called once in random order, so that all see the same noise."""
    order = random.Random(7)
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name in order.sample(list(calls), len(calls)):
            start = time.perf_counter()
            calls[name]()
            times[name].append(time.perf_counter() - start)
            time.sleep(pause_seconds)
    return times


def ratio(of: list[float], to: list[float]) -> float:
    """How the medians stand to each other."""
    return median(of) / median(to)


def spread(times: list[float]) -> str:
    """Quartiles in milliseconds, for scale only."""
    low, middle, high = quantiles(times, n=4)
    return f"median {middle * 1000:.1f} ms, quartiles {low * 1000:.1f} to {high * 1000:.1f} ms"


def heading(title: str, server: str | None, rounds: int) -> None:
    """What was measured, of which commit, on which database."""
    described = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    database = make_url(server).get_backend_name() if server else "sqlite"
    commit = described.stdout.strip() or "no commit"
    print(f"{title}: {database}, n = {rounds}, commit {commit}, Python {sys.version.split()[0]}")
