"""The database refuses changes of the audit log where its user may let it; elsewhere the desk installs all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from flask_sgsupport import migrations
from flask_sgsupport.models import Base
from flask_sgsupport.models.guards import guard_events, guarded
from flask_sgsupport.queries.health import checks
from tests.migrations.hosts import host
from tests.services import Server, find

RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES"
NAME = f"sgsupport_plain_{os.getpid()}"
"""Of this process: others may run these tests at the same time."""


@pytest.fixture
def without_triggers(services_folder: Path) -> Iterator[tuple[str, Engine]]:
    """An empty database of MariaDB whose user may do everything but make triggers."""
    server = find("mariadb", services_folder)
    if not isinstance(server, Server):
        pytest.skip(server.reason)
    root = create_engine(server.url, isolation_level="AUTOCOMMIT")
    with root.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME}"))
        connection.execute(text(f"CREATE DATABASE {NAME} CHARACTER SET utf8mb4"))
        for at in ("%", "localhost"):
            connection.execute(text(f"CREATE OR REPLACE USER '{NAME}'@'{at}' IDENTIFIED BY 'plain'"))
            connection.execute(text(f"GRANT {RIGHTS} ON {NAME}.* TO '{NAME}'@'{at}'"))
        yield server.url.set(username=NAME, password="plain", database=NAME).render_as_string(hide_password=False), root
        connection.execute(text(f"DROP DATABASE {NAME}"))
        for at in ("%", "localhost"):
            connection.execute(text(f"DROP USER '{NAME}'@'{at}'"))
    root.dispose()


def history_said(app) -> list[str]:
    with app.app.test_request_context():
        said = [check.sentence for check in checks() if check.name == "history" and check.state != "ok"]
        # What it has read would keep MariaDB from making a trigger.
        app.db.session.remove()
        return said


def test_mariadb_without_the_right_to_make_triggers_gets_every_table(
    without_triggers: tuple[str, Engine], caplog: pytest.LogCaptureFixture
) -> None:
    url, root = without_triggers
    with host(url) as app:
        assert migrations.upgrade().state == "current"
        assert "TRIGGER command denied" in caplog.text
        [said] = history_said(app)
        assert "does not refuse changes of the audit log" in said
        with root.connect() as connection:
            for at in ("%", "localhost"):
                connection.execute(text(f"GRANT TRIGGER ON {NAME}.* TO '{NAME}'@'{at}'"))
        app.engine.dispose()
        assert migrations.upgrade().state == "current"
        assert history_said(app) == [], "the guards were made afterwards"


def test_the_hosts_own_create_all_makes_every_table_there(without_triggers: tuple[str, Engine]) -> None:
    with host(without_triggers[0]) as app:
        app.db.create_all()
        with app.engine.connect() as connection:
            there = connection.dialect.get_table_names(connection)
        assert set(Base.metadata.tables) <= set(there)
        assert migrations.upgrade().state == "current"


@pytest.mark.every_database
@pytest.mark.parametrize("made_by", ["create_all", "upgrade"])
def test_nobody_changes_the_audit_log(database_url: str, made_by: str) -> None:
    with host(database_url) as app:
        app.db.create_all() if made_by == "create_all" else migrations.upgrade()
        with app.engine.connect() as connection:
            assert guarded(connection)


@pytest.mark.every_database
def test_guards_that_were_taken_away_come_back_with_the_next_upgrade(database_url: str) -> None:
    with host(database_url) as app:
        migrations.upgrade()
        on = " ON sgsupport_event" if app.engine.dialect.name == "postgresql" else ""
        guards = ("guard",) if on else ("no_update", "no_delete")
        with app.engine.begin() as connection:
            for guard in guards:
                connection.execute(text(f"DROP TRIGGER sgsupport_event_{guard}{on}"))
            assert not guarded(connection)
        assert history_said(app)
        migrations.upgrade()
        with app.engine.connect() as connection:
            assert guarded(connection)


def test_another_refusal_is_no_reason_to_go_on(database_url: str) -> None:
    with host(database_url) as app, app.engine.connect() as connection, pytest.raises(DBAPIError):
        guard_events(connection)
