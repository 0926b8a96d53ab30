"""The wheel in a host with Flask-Migrate, a url prefix, two Admins and a bind key, on three databases."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flask_sgsupport.models import Base
from tests.installed import run

HOST = Path(__file__).parent / "hosts" / "matrix_host.py"
FLASK_MIGRATE = "ignore:'get_engine' is deprecated"
"""What the environment says that Flask-Migrate writes for the host."""
OURS = set(Base.metadata.tables)

pytestmark = pytest.mark.every_database


@pytest.fixture(params=["same database", "bind key"])
def urls(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> dict[str, str | None]:
    """Where the host's tables are, and where the desk's if elsewhere."""
    if request.param == "bind key":
        return {"url": f"sqlite:///{tmp_path / 'host.sqlite'}", "desk_url": database_url}
    return {"url": database_url, "desk_url": None}


def play(python: Path, folder: Path, name: str, urls: dict[str, str | None]) -> dict[str, Any]:
    """Play a part of the host in a process of its own."""
    host = shutil.copy(HOST, folder / "host.py")
    told = json.dumps({"play": name, "folder": str(folder)} | urls)
    strict = ["-I", "-W", "error", "-W", FLASK_MIGRATE]
    came_out: dict[str, Any] = json.loads(run(python, *strict, host, told, cwd=folder).splitlines()[-1])
    assert came_out["state"].startswith("The tables are up to date")
    assert set(came_out["tables"]["desk" if urls["desk_url"] else ""]) >= OURS
    return came_out


def test_it_opens_and_answers_and_the_hosts_migrations_leave_the_desk_alone(
    installed_python: Path, urls: dict[str, str | None], tmp_path: Path
) -> None:
    came_out = play(installed_python, tmp_path, "work", urls)
    assert came_out["ticket"].startswith("TKT-")
    assert came_out["outbox"] == "No mail waits and none failed."
    [first] = came_out["revisions"]
    assert "create_table('user'" in first
    assert "sgsupport" not in first, "Flask-Migrate would drop the desk's tables or make them again"
    elsewhere = set(came_out["tables"][""]) & OURS if urls["desk_url"] else set()
    assert elsewhere == set(), "the desk's tables are in the host's database too"


def test_upgrade_from_nothing(installed_python: Path, urls: dict[str, str | None], tmp_path: Path) -> None:
    assert "up to date" in play(installed_python, tmp_path, "upgrade_from_nothing", urls)["said"]


def test_upgrade_from_create_all(installed_python: Path, urls: dict[str, str | None], tmp_path: Path) -> None:
    assert "up to date" in play(installed_python, tmp_path, "upgrade_from_create_all", urls)["said"]


def test_upgrade_after_one_that_broke_off(
    installed_python: Path, urls: dict[str, str | None], database_url: str, tmp_path: Path
) -> None:
    came_out = play(installed_python, tmp_path, "upgrade_half_done", urls)
    # MariaDB commits each table by itself; the others take all of it back.
    assert (came_out["left"] > 0) == database_url.startswith("mysql")
    assert "up to date" in came_out["said"]
