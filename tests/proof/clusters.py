"""Database servers of one proof's own, which it may stop."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests import private_mariadb


class Cluster(Protocol):
    """A server that can go away and come back with what it held."""

    def start(self) -> URL:
        """Start it; where it is reached."""

    def stop(self) -> None:
        """Cut every connection and stop it."""


class PostgresqlCluster:
    """PostgreSQL from the programs of the machine, on a socket in ``folder``."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")) or [Path(shutil.which("pg_ctl") or "")]
        self._programs = found[-1].parent
        if not (self._programs / "initdb").exists():
            raise FileNotFoundError("no initdb and pg_ctl of PostgreSQL on this machine")
        self._home = folder / "pg"
        self._home.mkdir()
        # PostgreSQL refuses to be run by root.
        self._user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        shutil.chown(self._home, self._user)
        for part in (folder, *folder.parents[:-2]):
            part.chmod(part.stat().st_mode | 0o011)
        self._run("initdb", "-D", str(self._home / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8")

    def start(self) -> URL:
        """Start it; where it is reached."""
        options = f"-c listen_addresses='' -c unix_socket_directories='{self._home}'"
        data = str(self._home / "data")
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self._home / "log"), "-o", options, "start")
        return URL.create("postgresql+psycopg", "postgres", database="postgres", query={"host": str(self._home)})

    def stop(self) -> None:
        """Cut every connection and stop it, as a crash does."""
        self._run("pg_ctl", "-D", str(self._home / "data"), "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user if os.geteuid() == 0 else None,
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            timeout=60,
        )


class MariadbCluster:
    """MariaDB from the programs of the machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def start(self) -> URL:
        """Start it; where it is reached."""
        url = private_mariadb.start(self._folder)
        with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.execute(text("CREATE DATABASE IF NOT EXISTS proof CHARACTER SET utf8mb4"))
        return url.set(database="proof")

    def stop(self) -> None:
        """Cut every connection and stop it."""
        private_mariadb.stop(self._folder)


CLUSTERS: dict[str, type[PostgresqlCluster | MariadbCluster]] = {
    "postgresql": PostgresqlCluster,
    "mariadb": MariadbCluster,
}
