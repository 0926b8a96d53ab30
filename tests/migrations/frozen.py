"""Databases as released versions left them, with data: how they are frozen, and how they are put back.

A version is frozen once, on the day it is released, and never again: ``python -m tests.migrations.frozen 0.1.0`` writes
``tests/schemas/0.1.0/``, for each database a dump and the files its rows name. It needs ``pg_dump`` and ``mysqldump``.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import URL, create_engine, make_url, select
from sqlalchemy.pool import NullPool

from flask_sgsupport import migrations
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Message
from flask_sgsupport.services import (
    assigning,
    clock,
    host_changes,
    opening,
    preferring,
    redacting,
    replying,
    setup,
    sorting,
    status,
)
from flask_sgsupport.services.attaching import Upload
from tests.services import DATABASES, Database, Server, find
from tests.world import Host, build_host, dispose, populate

SCHEMAS = Path(__file__).parents[1] / "schemas"
NEVER_FILLED = {"sgsupport_write_lock"}
"""Written to for its lock, never with a row."""


def versions() -> list[str]:
    """The released versions, oldest first."""
    return sorted((folder.name for folder in SCHEMAS.iterdir() if folder.is_dir()), key=_order)


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def put_back(version: str, url: str, files: Path) -> None:
    """Fill an empty database, and the folder of its files, with what a version left."""
    name = make_url(url).get_backend_name()
    name = "mariadb" if name in {"mysql", "mariadb"} else name
    shutil.copytree(SCHEMAS / version / f"{name}.files", files, dirs_exist_ok=True)
    dump = (SCHEMAS / version / f"{name}.sql").read_bytes().decode()
    engine = create_engine(url, poolclass=NullPool)
    raw = engine.raw_connection()
    try:
        if name == "sqlite":
            raw.driver_connection.executescript(dump)  # type: ignore[union-attr]
        else:
            cursor = raw.cursor()
            for statement in [dump] if name == "postgresql" else _statements(dump):
                cursor.execute(statement)
        raw.commit()
    finally:
        raw.close()
        engine.dispose()


def _statements(dump: str) -> Iterator[str]:
    """The statements of a dump of ``mysqldump``; its client knows DELIMITER, the server does not."""
    # A table may name one that comes after it.
    yield "SET foreign_key_checks = 0"
    ends, lines = ";", list[str]()
    for line in dump.splitlines():
        if line.startswith("DELIMITER "):
            ends = line.split()[1]
        elif line and not line.startswith("--"):
            lines.append(line)
            if line.endswith(ends):
                yield "\n".join(lines).removesuffix(ends)
                lines.clear()
    assert not lines, lines


def live(host: Host) -> None:
    """A while in the life of a desk: tickets in every state, and rows in every table that acts write."""
    client = host.client("jerome")
    assert client.get("/support/open").status_code == 200
    with host.app.app_context():
        jerome, lena, mina = (host.customer(who) for who in ("jerome", "lena", "mina"))
        ada, ben, grace = (host.agent(who) for who in ("ada", "ben", "grace"))
        files = [Upload("Käse & Söhne.txt", BytesIO(b"what the browser said"))]
        first = opening.open_ticket(jerome, subject="Checkout failing on Canvas Tote", body="Nobody can pay.",
                                    category="storefront", files=files).ticket_id  # fmt: skip
        assigning.claim(first, ada)
        replying.reply(first, ada, body="Thanks for flagging — checkout is now **restored**.")
        replying.follow_up(first, lena, body="It is back 🙁. My password is hunter22.")
        replying.add_note(first, ada, body="Looks like the cache; see ticket of last week.")
        replying.edit_note(first, ada, _newest(host, "internal-note"), body="It is the cache.")
        sorting.change_fields(first, grace, {"priority": "high", "tags": "checkout, urgent"})
        redacting.redact(first, grace, _newest(host, "follow-up"), secret="hunter22")
        assert client.get(f"/support/tickets/{first}").status_code == 200
        resolved = opening.open_ticket(lena, subject="How do I add a site?", body="I see no button.",
                                       site_ids=["11", "12"]).ticket_id  # fmt: skip
        assigning.claim(resolved, ada)
        replying.reply(resolved, ada, body="Under Sites, top right.", status=Status.RESOLVED)
        closed = opening.open_ticket(mina, subject="Invoice of March", body="It names the old address.",
                                     category="invoices").ticket_id  # fmt: skip
        assigning.claim(closed, ben)
        replying.reply(closed, ben, body="Sent again.", status=Status.RESOLVED)
        replying.change_visibility(closed, ben, _newest(host, "public-reply"), public=False)
        replying.change_visibility(closed, ben, _newest(host, "public-reply"), public=True)
        replying.confirm_solved(closed, mina, body="Thank you.")
        old = opening.open_ticket(mina, subject="Theme update", body="The font is smaller.").ticket_id
        assigning.claim(old, ada)
        replying.reply(old, ada, body="That was us; it is as before.", status=Status.RESOLVED)
        host.clock.forward(hours=49)
        clock.tick()
        host.clock.forward(days=40)
        clock.tick()
        replying.follow_up(old, mina, body="And again.")
        aside = opening.open_ticket(jerome, subject="CHEAP WATCHES", body="Buy!").ticket_id
        sorting.put_aside(aside, ada, reason="advertising")
        reopened = opening.open_ticket(jerome, subject="A question", body="What does it cost?").ticket_id
        status.withdraw(reopened, jerome)
        status.reopen(reopened, grace, reason="asked by phone")
        setup.change_queue(grace, "billing", {"signature": "Your billing team"})
        preferring.set_preference(lena, "email", wanted=False)
        with patch.object(host_changes, "BATCH", 1):
            host_changes.account_renamed("1", "Northwind & Söhne")
        host.db.session.commit()
        host.db.session.remove()


def _newest(host: Host, kind: str) -> str:
    """The key of the newest message of a kind."""
    wanted = select(Message.key).where(Message.kind == kind).order_by(Message.pk.desc()).limit(1)
    return host.db.session.scalars(wanted).one()


def freeze(version: str) -> None:
    """Write the dumps of a version.

    :raises SystemExit: it is frozen already, or a database is missing.
    """
    target = SCHEMAS / version
    if target.exists():
        raise SystemExit(f"{version} was released with what stands in {target}; it is not frozen twice.")
    with tempfile.TemporaryDirectory() as folder:
        for name in DATABASES:
            server = find(name, Path(folder))
            if not isinstance(server, Server):
                raise SystemExit(f"{name} is missing: {server}")
            database = Database(server, Path(folder))
            database.empty()
            try:
                _freeze(database, name, Path(folder) / name, target)
            finally:
                database.drop()


def _freeze(database: Database, name: str, folder: Path, target: Path) -> None:
    folder.mkdir()
    host = build_host(database.url.render_as_string(hide_password=False), folder)
    with host.app.app_context():
        migrations.upgrade()
        host.db.session.remove()
    populate(host)
    live(host)
    dispose(host)
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(folder / "files", target / f"{name}.files")
    (target / f"{name}.sql").write_bytes(_dump(name, database.url).encode())


def _dump(name: str, url: URL) -> str:
    if name == "sqlite":
        with sqlite3.connect(str(url.database)) as connection:
            return "\n".join(connection.iterdump()) + "\n"
    user = "username" if name == "postgresql" else "user"
    place = [f"--host={url.host}", f"--port={url.port}", f"--{user}={url.username}"]
    if name == "postgresql":
        command = ["pg_dump", *place, "--inserts", "--no-owner", "--no-privileges", str(url.database)]
        secret = {"PGPASSWORD": url.password or ""}
    else:
        command = ["mysqldump", *place, "--compact", "--skip-extended-insert", "--complete-insert", "--hex-blob",
                   "--skip-tz-utc", "--skip-dump-date", "--skip-set-charset", str(url.database)]  # fmt: skip
        secret = {"MYSQL_PWD": url.password or ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | secret)
    # Commands of psql, not of the server; and who made a trigger, whom another server does not know.
    lines = (line for line in done.stdout.splitlines(keepends=True) if not line.startswith("\\"))
    return re.sub(r"/\*!50017 DEFINER=\S+\*/ ", "", "".join(lines))


if __name__ == "__main__":
    freeze(sys.argv[1])
