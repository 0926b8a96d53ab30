"""Lists are read along indexes: no page walks all tickets, messages or mails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from benchmarks.pages import PAGES, fill
from flask_sgsupport.queries.views import SORTS, VIEWS
from tests.world import Host

TICKETS = 2_000
LONG_TABLES = ("ticket", "message", "delivery", "event", "ticket_read", "ticket_site", "ticket_tag")
MORE_PAGES = {
    "inbox, unassigned": ("ada", "/admin/support/?view=unassigned"),
    "inbox, mine": ("ada", "/admin/support/?view=mine"),
    "inbox, overdue": ("ada", "/admin/support/?view=overdue"),
    "inbox, due soon": ("ada", "/admin/support/?due=soon&sort=due"),
    "inbox, updated lately": ("ada", "/admin/support/?view=all&updated=7d,-1d"),
    "inbox, by priority": ("ada", "/admin/support/?sort=priority"),
    "inbox, words by priority": ("ada", "/admin/support/?q=checkout+fail&sort=priority"),
    "inbox, filtered": ("ada", "/admin/support/?view=filtered"),
    "inbox, delivery problems": ("ada", "/admin/support/?view=delivery"),
    "inbox, a queue": ("ada", "/admin/support/?queue=support"),
    "inbox, a part of an account's name": ("ada", "/admin/support/?account=north"),
    "inbox, conditions": ("ada", "/admin/support/?view=all&where=subject+contains+nothing"),
    "inbox, conditions by priority": ("ada", "/admin/support/?where=|+tag+is+vip;+plan+is+gold&sort=priority"),
    "inbox, words": ("ada", "/admin/support/?q=checkout+fail"),
    "inbox, a phrase and a filter": ("ada", "/admin/support/?q=%22nobody+can+pay%22&status=open"),
    "inbox, what no index knows": ("ada", "/admin/support/?q=%E6%9D%B1"),
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

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
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
    host.bent = "rows without a history"
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


FROM_THE_FEW = {"filtered", "merged", "snoozed", "delivery", "following"}
"""Views that begin with the few tickets they hold and sort those."""


@contextmanager
def windows(host: Host) -> Iterator[list[str]]:
    """How SQLite finds the tickets of a page of the inbox; what is put together from there is bounded already."""
    with host.app.app_context():
        engine = host.db.engine
    steps: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if "AS page" in statement:
            cursor.execute("EXPLAIN QUERY PLAN " + statement, parameters)
            steps.extend(text for __, parent, __, text in cursor.fetchall() if parent)

    event.listen(engine, "before_cursor_execute", explain)
    yield steps
    event.remove(engine, "before_cursor_execute", explain)


@pytest.mark.parametrize("who", ["ada", "grace"])
def test_every_view_is_read_in_every_order_along_an_index(full_host: Host, who: str) -> None:
    client, bad = full_host.client(who), {}
    for view in VIEWS:
        for sort in SORTS:
            first = f"/admin/support/?view={view.key}&sort={sort}"
            later = f"{first}&after=0~2026-04-01T00:00:00%2B00:00~TKT-2025-00100"
            for path in (first, later):
                with windows(full_host) as steps:
                    assert client.get(path).status_code == 200, path
                assert [step for step in steps if step.startswith("SEARCH sgsupport_ticket")], path
                sorts = [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]
                walks = [step for step in steps if step.startswith("SCAN sgsupport_ticket")]
                bad[path] = walks + (sorts if view.key not in FROM_THE_FEW else [])
    assert {path: found for path, found in bad.items() if found} == {}


@pytest.mark.parametrize("path", ["/support/", "/support/?status=open", "/support/?status=closed"])
def test_the_list_of_an_operator_is_read_along_an_index(full_host: Host, path: str) -> None:
    client = full_host.client("jerome")
    with plans(full_host) as steps:
        assert client.get(path).status_code == 200
    assert [step for step in steps if "ix_sgsupport_ticket_account" in step]
    assert not [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]


def test_asking_for_news_of_no_ticket_sorts_and_walks_nothing(full_host: Host) -> None:
    for who in ("ada", "grace", "jerome"):
        client = full_host.client(who)
        with plans(full_host) as steps:
            assert client.get("/support/poll").status_code == 200
        assert steps, who
        assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN sgsupport_ticket")], who


def test_the_tickets_of_a_person_who_changed_are_found_along_an_index(full_host: Host) -> None:
    full_host.change_user("jerome", name="Jerome E.")
    with full_host.app.app_context(), plans(full_host) as steps:
        full_host.support.person_changed(full_host.ids["jerome"])
        full_host.db.session.commit()
    assert [step for step in steps if "ix_sgsupport_ticket_requester" in step]
    assert walked(steps) == []
