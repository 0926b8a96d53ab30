"""A host's own Flask-Migrate neither drops our tables nor makes them again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.every_database

# In a process of its own: Flask-Migrate's environment sets up logging anew.
HOST = """
import json, sys
from flask_migrate import Migrate, init, migrate, upgrade
from flask_sgsupport import migrations
from tests.migrations.hosts import host

options = json.loads(sys.argv[1])
with host(options["url"], bind_key=options["bind_key"], binds=options["binds"]) as app:
    Migrate(app.app, app.db, directory=options["folder"])
    for step in options["steps"]:
        {"init": init, "migrate": migrate, "upgrade": upgrade, "ours": migrations.upgrade}[step]()
    app.db.session.execute(app.db.select(1))
    print("state:", migrations.status().state)
"""


def play(folder: Path, url: str, *steps: str, desk_url: str | None = None) -> tuple[str, list[str]]:
    """Play the steps; how our tables stand after them, and the host's revisions in turn."""
    options = {
        "url": url, "folder": str(folder / "migrations"), "steps": steps,
        "bind_key": "desk" if desk_url else None, "binds": {"desk": desk_url} if desk_url else {},
    }  # fmt: skip
    played = subprocess.run(
        [sys.executable, "-c", HOST, json.dumps(options)],
        check=False,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert played.returncode == 0, played.stderr[-3000:]
    revisions = sorted((folder / "migrations" / "versions").glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
    return played.stdout.splitlines()[-1], [path.read_text() for path in revisions]


def test_installed_first_our_tables_are_neither_dropped_nor_repeated(database_url: str, tmp_path: Path) -> None:
    state, [revision] = play(tmp_path, database_url, "ours", "init", "migrate", "upgrade")
    assert "create_table('customer'" in revision
    assert "sgsupport" not in revision
    assert state == "state: current"


def test_migrated_first_the_host_leaves_them_to_us(database_url: str, tmp_path: Path) -> None:
    state, [revision] = play(tmp_path, database_url, "init", "migrate", "upgrade", "ours", "migrate")
    assert "create_table('customer'" in revision, "a second, empty revision is not written"
    assert "sgsupport" not in revision
    assert state == "state: current"


def test_under_a_bind_key_the_host_never_sees_them(database_url: str, tmp_path: Path) -> None:
    host_url = f"sqlite:///{tmp_path / 'host.sqlite'}"
    state, [revision] = play(tmp_path, host_url, "init", "migrate", "upgrade", "ours", "migrate", desk_url=database_url)
    assert "create_table('customer'" in revision
    assert "sgsupport" not in revision
    assert state == "state: current"
