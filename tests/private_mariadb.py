"""A MariaDB of the tests' own, from the machine's programs, where the machine's server does not answer.

The processes of a test run share it: the first that needs it starts it, the run's controller ends it.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from sqlalchemy import URL

START_SECONDS = 60


def start(folder: Path) -> URL:
    """The address of the server in ``folder``, which is started unless another process did; what it holds stays.

    :raises FileNotFoundError: the machine has no MariaDB.
    :raises TimeoutError: it did not answer in time.
    """
    programs = [_program(name) for name in ("mariadb-install-db", "mariadbd")]
    home = folder / "mariadb"
    with (folder / "mariadb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "socket").exists():
            _start(*programs, home)
    return URL.create(
        "mysql+pymysql", "root", host="localhost", query={"unix_socket": str(home / "socket"), "charset": "utf8mb4"}
    )


def stop(folder: Path) -> None:
    """End the server in ``folder``, if there is one, and wait until it has."""
    number = folder / "mariadb" / "pid"
    if not number.exists():
        return
    os.kill(int(number.read_text()), signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while number.exists() and time.monotonic() < deadline:
        time.sleep(0.1)


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"no {name} on PATH")
    return found


def _start(install: str, server: str, home: Path) -> None:
    # Run by root the server takes the user its package made, which has to get through to its folder.
    owner = "mysql" if os.geteuid() == 0 else getpass.getuser()
    home.parent.chmod(0o711)
    home.mkdir(exist_ok=True)
    shutil.chown(home, owner)
    here = [f"--user={owner}", f"--datadir={home / 'data'}"]
    # Nothing here outlives the run, so nothing has to reach the disk in time.
    careless = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"]
    log = (home / "log").open("w")
    with log:
        if not (home / "data" / "mysql").exists():
            subprocess.run(
                [install, "--no-defaults", *here, "--auth-root-authentication-method=normal", "--skip-test-db"],
                stdout=log,
                stderr=log,
                check=True,
                timeout=START_SECONDS,
            )
        # Through a shell, since it outlives the process that starts it.
        files = [f"--socket={home / 'socket'}", f"--pid-file={home / 'pid'}"]
        command = [server, "--no-defaults", *here, *files, "--skip-networking", *careless]
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not (home / "socket").exists():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not answer within {START_SECONDS} s")
        time.sleep(0.1)
