"""Lists are read along indexes: no page walks all tickets, messages or mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks.pages import PAGES, fill
from tests.world import Host

TICKETS = 2_000
LONG_TABLES = ("ticket", "message", "delivery", "event", "ticket_read", "ticket_site", "ticket_tag")
MORE_PAGES = {
    "inbox, unassigned": ("ada", "/admin/support/?view=unassigned"),
    "inbox, mine": ("ada", "/admin/support/?view=mine"),
    "inbox, filtered": ("ada", "/admin/support/?view=filtered"),
    "inbox, delivery problems": ("ada", "/admin/support/?view=delivery"),
    "inbox, a queue": ("ada", "/admin/support/?queue=support"),
    "inbox of a lead": ("grace", "/admin/support/"),
    "the menu on a page of the host": ("ada", "/admin/"),
    "notifications of an agent": ("ada", "/admin/support/notifications/"),
    "notifications of an operator": ("jerome", "/support/notifications"),
}


@contextmanager
def plans(host: Host) -> Iterator[list[str]]:
    """How SQLite carries out each statement on our tables within the block, a step a line."""
    steps: list[str] = []
    with host.app.app_context():
        engine = host.db.engine

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: FBT001
        if "sgsupport_" in statement and statement.lstrip().upper().startswith(("SELECT", "WITH")):
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            steps.extend(row[3] for row in cursor.fetchall())

    event.listen(engine, "before_cursor_execute", explain)
    yield steps
    event.remove(engine, "before_cursor_execute", explain)


@pytest.fixture
def full_host(host: Host) -> Host:
    """The world with many tickets."""
    fill(host, TICKETS)
    return host


def walked(steps: list[str]) -> list[str]:
    """The long tables that are read from one end to the other."""
    return sorted({name for name in LONG_TABLES for step in steps if step == f"SCAN sgsupport_{name}"})


def test_no_list_walks_a_long_table(full_host: Host) -> None:
    found = {}
    for title, (who, path) in (PAGES | MORE_PAGES).items():
        client = full_host.client(who)
        with plans(full_host) as steps:
            assert client.get(path).status_code == 200, title
        assert steps, title
        found[title] = walked(steps)
    assert {title: tables for title, tables in found.items() if tables} == {}
