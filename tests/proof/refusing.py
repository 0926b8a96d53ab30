"""Databases that refuse: at a moment a test chooses the server itself says no, so that its driver's own error is met.

SQLite has no other who could be in the way in the middle of an act, which holds its one lock: the conflict is made up
there, and a connection that is lost is not known.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, ExceptionContext, create_engine, event, make_url, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

WAITS_LONG = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
FIRST, SECOND = 7001, 7002
"""Advisory locks of PostgreSQL, which its search for deadlocks sees like any other."""


class Sqlite:
    """Interrupts, from inside of the statement."""

    def fails(self, connection: Connection) -> None:
        """The next statement is interrupted, which takes back its whole transaction where it would have written."""
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: 1, 1)

        def failed(context: ExceptionContext) -> None:
            driver.set_progress_handler(None, 0)

        event.listen(connection.engine, "handle_error", failed, once=True)

    def fails_at_commit(self, connection: Connection) -> None:
        """A statement before the COMMIT is interrupted, which itself cannot be."""
        self.fails(connection)
        connection.exec_driver_sql(WAITS_LONG)

    def conflicts(self, connection: Connection) -> None:
        """Made up."""
        raise OperationalError("the statement", None, sqlite3.OperationalError("database is locked"))

    hangs_up = conflicts


class Postgresql:
    """A second connection closes the circle of a deadlock, or ends the first."""

    def __init__(self, url: URL) -> None:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self.other = psycopg.connect(plain, autocommit=True)
        self.other.execute(f"SELECT pg_advisory_lock({SECOND})")

    def fails(self, connection: Connection) -> None:
        """A statement takes longer than it may."""
        connection.exec_driver_sql("SET LOCAL statement_timeout = '1ms'")
        connection.exec_driver_sql("SELECT pg_sleep(60)")

    fails_at_commit = fails

    def conflicts(self, connection: Connection) -> None:
        """Each of two waits for what the other holds, and the server ends the one that looks first."""
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({FIRST})")
        self.other.pgconn.send_query(f"SELECT pg_advisory_xact_lock({FIRST})".encode())
        self.other.pgconn.flush()
        waiting = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND pid = {self.other.info.backend_pid}"
        until = time.monotonic() + 10
        while not connection.exec_driver_sql(waiting).scalar():
            assert time.monotonic() < until, "the other does not wait"
        connection.exec_driver_sql("SET LOCAL deadlock_timeout = '1ms'")
        try:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({SECOND})")
        finally:
            self.other.cancel()
            while self.other.pgconn.get_result() is not None:
                pass

    def hangs_up(self, connection: Connection) -> None:
        """The other ends it."""
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        assert self.other.execute("SELECT pg_terminate_backend(%s)", [number]).fetchone() == (True,)

    def close(self) -> None:
        """Give the second connection back."""
        self.other.close()


class Mariadb:
    """A second connection holds what the first must have at once, or ends it."""

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, poolclass=NullPool)
        self.other = self._engine.connect()
        self._room = f"sgsupport_refusing_{os.getpid()}"
        self.other.execute(text(f"CREATE OR REPLACE DATABASE {self._room}"))
        self.other.execute(text(f"CREATE TABLE {self._room}.held (pk INT PRIMARY KEY) ENGINE=InnoDB"))
        self.other.execute(text(f"INSERT INTO {self._room}.held VALUES (1)"))
        self.other.commit()
        self.other.execute(text(f"SELECT pk FROM {self._room}.held WHERE pk = 1 FOR UPDATE"))

    def fails(self, connection: Connection) -> None:
        """A statement takes longer than it may."""
        for __ in range(100):
            # Once in some hundred times it is only woken up, and says nothing.
            connection.exec_driver_sql("SET STATEMENT max_statement_time = 0.001 FOR SELECT SLEEP(60)")
        raise AssertionError("MariaDB lets it sleep")

    fails_at_commit = fails

    def conflicts(self, connection: Connection) -> None:
        """The other has locked it."""
        connection.exec_driver_sql(f"SELECT pk FROM {self._room}.held WHERE pk = 1 FOR UPDATE NOWAIT")

    def hangs_up(self, connection: Connection) -> None:
        """The other ends it."""
        number = connection.exec_driver_sql("SELECT connection_id()").scalar()
        self.other.execute(text(f"KILL CONNECTION {number}"))

    def close(self) -> None:
        """Let go, and leave nothing behind."""
        self.other.rollback()
        self.other.execute(text(f"DROP DATABASE {self._room}"))
        self.other.close()
        self._engine.dispose()


Server = Sqlite | Postgresql | Mariadb


@contextmanager
def refusing(database_url: str) -> Iterator[Server]:
    """What refuses on this database, for as long as it is needed."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        yield Sqlite()
        return
    server = Postgresql(url) if url.get_backend_name() == "postgresql" else Mariadb(url)
    try:
        yield server
    finally:
        server.close()
