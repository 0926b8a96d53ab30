"""What only SQLite does: rewriting a table to alter it, and letting hosts begin transactions themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, String, event, inspect, text

from flask_sgsupport import migrations
from flask_sgsupport.errors import NotReady
from flask_sgsupport.migrations import runner
from tests.migrations.hosts import host
from tests.migrations.test_tables import FILLED, fill, rows


@contextmanager
def strict_host(url: str, *, begins: bool) -> Iterator[SimpleNamespace]:
    """A host with foreign keys on; ``begins`` when it emits BEGIN itself, as SQLAlchemy's documentation advises."""
    with host(url) as app:

        @event.listens_for(app.engine, "connect")
        def strict(raw, _record) -> None:
            raw.execute("PRAGMA foreign_keys=ON")
            raw.execute("PRAGMA busy_timeout=1234")
            if begins:
                raw.isolation_level = None

        if begins:
            event.listen(app.engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        yield app


@pytest.mark.parametrize("begins", [False, True])
def test_rewriting_a_parent_table_keeps_its_children(database_url: str, begins: Any) -> None:
    with strict_host(database_url, begins=begins) as app:
        migrations.upgrade()
        fill(app.db)
        with runner._exclusive(app.engine) as connection:
            operations = Operations(MigrationContext.configure(connection, opts=runner.ENVIRONMENT))
            with operations.batch_alter_table("sgsupport_agent", recreate="always") as batch:
                batch.add_column(Column("nickname", String(20)))
        assert rows(app.db) == FILLED
        assert "nickname" in {column["name"] for column in inspect(app.engine).get_columns("sgsupport_agent")}
        with app.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 1234


@pytest.mark.parametrize("begins", [False, True])
def test_a_step_that_leaves_rows_without_parents_is_undone(database_url: str, begins: Any) -> None:
    with strict_host(database_url, begins=begins) as app:
        migrations.upgrade()
        fill(app.db)
        with pytest.raises(NotReady, match="sgsupport_agent_coverage"), runner._exclusive(app.engine) as connection:
            connection.execute(text("DELETE FROM sgsupport_agent"))
        assert rows(app.db) == FILLED


def test_in_memory_the_tables_are_made_too() -> None:
    with host("sqlite://") as app:
        assert migrations.upgrade().state == "current"
        fill(app.db)
        assert rows(app.db) == FILLED
