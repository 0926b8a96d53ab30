"""Tables are made, completed, taken over, kept and removed, and nothing of the host's is touched."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event, func, insert, inspect, select, text

from flask_sgsupport import migrations
from flask_sgsupport.errors import Busy, InvalidInput, NotReady
from flask_sgsupport.migrations import runner, steps
from flask_sgsupport.models import (
    TABLE_PREFIX,
    VERSION_TABLE,
    Agent,
    AgentCoverage,
    Base,
    PersonRecord,
    UtcDateTime,
)
from flask_sgsupport.models.search_index import FTS, has_index
from tests.migrations.hosts import host

pytestmark = pytest.mark.every_database

ROOT = Path(__file__).parents[2]

MOMENT = datetime(2026, 4, 22, 14, 3, 0, 123456, tzinfo=UTC)
PERSON = {"pk": 1, "digest": "7", "host_id": "7", "name": "Ben", "email": None, "seen_at": MOMENT}
AGENT = {
    "host_id": "7", "person_pk": 1, "name": "Ben", "email": None, "public_name": "Ben", "active": True,
    "can_handle": True, "can_assign": True, "can_close": False, "sees_all_queues": False, "is_lead": False,
    "created_at": MOMENT,
}  # fmt: skip


def ours(engine) -> set[str]:
    """Our tables, without those of SQLite's full-text index."""
    names = inspect(engine).get_table_names()
    return {name for name in names if name.startswith(TABLE_PREFIX) and not name.startswith(FTS)}


def fill(db) -> None:
    db.session.execute(insert(PersonRecord), PERSON)
    db.session.execute(insert(Agent), AGENT)
    db.session.execute(insert(AgentCoverage), {"agent_pk": 1, "kind": "queue", "value": "1"})
    db.session.commit()


def rows(db) -> list[tuple[object, ...]]:
    agents = db.session.execute(select(Agent.host_id, Agent.name, Agent.created_at)).all()
    covered = db.session.scalar(select(func.count()).select_from(AgentCoverage))
    db.session.rollback()
    return [*map(tuple, agents), (covered,)]


FILLED = [("7", "Ben", MOMENT), (1,)]


def test_an_empty_database_gets_tables_exactly_like_the_models(database_url: str) -> None:
    with host(database_url) as app:
        assert migrations.status().state == "missing"
        assert "flask support init" in migrations.status().sentence
        done = migrations.upgrade()
        assert (done.state, migrations.current()) == ("current", "0022")
        assert ours(app.engine) == set(Base.metadata.tables)
        with app.engine.connect() as connection:
            assert runner._differences(connection) == []
            assert has_index(connection)
        fill(app.db)
        assert rows(app.db) == FILLED


def test_made_by_create_all_they_are_the_same_to_every_name(database_url: str, tmp_path: Path) -> None:
    def described(engine) -> dict[str, object]:
        look = inspect(engine)
        return {
            name: (
                [(column["name"], str(column["type"]), column["nullable"]) for column in look.get_columns(name)],
                sorted(map(str, (key["name"] for key in look.get_foreign_keys(name)))),
                sorted(
                    (str(unique["name"]), tuple(unique["column_names"])) for unique in look.get_unique_constraints(name)
                ),
                sorted((str(index["name"]), tuple(index["column_names"])) for index in look.get_indexes(name)),
                sorted(str(check["name"]) for check in look.get_check_constraints(name)),
                look.get_table_options(name),
            )
            for name in ours(engine) - {VERSION_TABLE}
        }

    with host(database_url) as app:
        app.db.create_all()
        made_by_host = described(app.engine)
        migrations.uninstall()
        migrations.upgrade()
        assert described(app.engine) == made_by_host


def test_upgrading_again_changes_nothing_and_keeps_rows(database_url: str) -> None:
    with host(database_url) as app:
        migrations.upgrade()
        fill(app.db)
        assert migrations.upgrade().state == "current"
        assert rows(app.db) == FILLED


def test_tables_made_by_create_all_are_taken_over_with_their_rows(database_url: str) -> None:
    with host(database_url) as app:
        app.db.create_all()
        fill(app.db)
        assert migrations.status().state == "unstamped"
        assert migrations.current() is None
        assert migrations.upgrade().state == "current"
        assert rows(app.db) == FILLED


def test_tables_that_differ_are_refused_with_what_differs(database_url: str) -> None:
    with host(database_url) as app:
        app.db.create_all()
        fill(app.db)
        with app.engine.begin() as connection:
            connection.execute(text("ALTER TABLE sgsupport_agent ADD COLUMN nickname VARCHAR(20)"))
        with pytest.raises(NotReady, match="nickname"):
            migrations.upgrade()
        assert migrations.current() is None
        assert rows(app.db) == FILLED


PLACES = (
    "sgsupport_ticket",
    "sgsupport_message",
    "ix_sgsupport_ticket_account",
    "ix_sgsupport_ticket_requester",
    "sgsupport_rating",
    "ix_sgsupport_message_words|sgsupport_search",
    "sgsupport_macro",
    "sgsupport_follower",
    "sgsupport_customer_follower",
    "sgsupport_target",
    "ix_sgsupport_ticket_due",
    "ix_sgsupport_ticket_alarm",
    "sgsupport_draft",
    "sgsupport_saved_view",
    "ix_sgsupport_measure_ticket",
)


def interrupted(app, place: str) -> bool:
    """Whether something is left of an upgrade that broke off before it made this; then the next one is run."""

    def die(connection, cursor, statement, parameters, context, executemany) -> None:
        at = any(f"{name} " in statement for name in place.split("|"))
        if at and statement.lstrip().startswith("CREATE"):
            raise KeyboardInterrupt

    event.listen(app.engine, "before_cursor_execute", die)
    with pytest.raises(KeyboardInterrupt):
        migrations.upgrade()
    event.remove(app.engine, "before_cursor_execute", die)
    left = ours(app.engine) - {VERSION_TABLE}
    assert migrations.upgrade().state == "current"
    with app.engine.connect() as connection:
        assert runner._differences(connection) == []
    return bool(left)


@pytest.mark.only_on("mariadb")
@pytest.mark.parametrize("place", PLACES)
def test_an_interrupted_upgrade_is_completed_by_the_next(database_url: str, place: str) -> None:
    with host(database_url) as app:
        assert interrupted(app, place), "MariaDB commits every statement by itself"


@pytest.mark.only_on("sqlite", "postgresql")
@pytest.mark.parametrize("place", [PLACES[0], PLACES[5], PLACES[-1]])
def test_an_interrupted_upgrade_leaves_nothing_where_tables_are_made_in_a_transaction(
    database_url: str, place: str
) -> None:
    with host(database_url) as app:
        assert not interrupted(app, place)


KILLED = """
import os, sys
from sqlalchemy import event
from flask_sgsupport import migrations
from tests.migrations.hosts import host

with host(sys.argv[1]) as app:
    @event.listens_for(app.engine, "after_cursor_execute")
    def die(connection, cursor, statement, *rest):
        if "CREATE TABLE sgsupport_message " in statement:
            os._exit(9)
    migrations.upgrade()
"""


def test_an_upgrader_killed_on_its_way_leaves_no_lock_and_nothing_to_mend(database_url: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, database_url], cwd=ROOT, check=False, timeout=60)
    assert killed.returncode == 9
    with host(database_url) as app:
        assert migrations.upgrade().state == "current"
        with app.engine.connect() as connection:
            assert runner._differences(connection) == []


def test_half_of_the_tables_are_completed_wherever_they_come_from(database_url: str) -> None:
    with host(database_url) as app:
        some = ("sgsupport_person", "sgsupport_agent", "sgsupport_agent_coverage", "sgsupport_queue")
        half = [app.metadata.tables[name] for name in some]
        app.metadata.create_all(app.engine, tables=half)
        fill(app.db)
        assert migrations.upgrade().state == "current"
        assert rows(app.db) == FILLED
        with app.engine.connect() as connection:
            assert runner._differences(connection) == []


def test_going_back_refuses_to_lose_tickets_and_unknown_revisions(database_url: str) -> None:
    with host(database_url) as app:
        migrations.upgrade()
        fill(app.db)
        with pytest.raises(NotReady, match="uninstall"):
            migrations.downgrade("base")
        with pytest.raises(InvalidInput, match="0001"):
            migrations.downgrade("0815")
        assert migrations.downgrade("0022").state == "current"
        assert rows(app.db) == FILLED


def test_going_back_to_an_older_release_and_forward_again_keeps_every_row(database_url: str) -> None:
    with host(database_url) as app:
        migrations.upgrade()
        fill(app.db)
        assert migrations.downgrade("0001").state == "behind"
        with app.engine.connect() as connection:
            assert {one[0] for one in runner._differences(connection)} == {"add_index", "add_table", "add_column"}
        assert rows(app.db) == FILLED
        assert migrations.upgrade().state == "current"
        with app.engine.connect() as connection:
            assert runner._differences(connection) == []
            assert has_index(connection)
        assert rows(app.db) == FILLED


def test_tables_of_a_newer_release_are_left_alone(database_url: str) -> None:
    with host(database_url) as app:
        migrations.upgrade()
        fill(app.db)
        with app.engine.begin() as connection:
            connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
        assert migrations.status().state == "ahead"
        with pytest.raises(NotReady, match="newer"):
            migrations.upgrade()
        with pytest.raises(NotReady, match="newer"):
            migrations.downgrade("0001")
        assert rows(app.db) == FILLED


def test_uninstalling_removes_everything_of_ours_and_nothing_of_the_hosts(database_url: str) -> None:
    with host(database_url) as app:
        app.db.create_all()
        migrations.upgrade()
        fill(app.db)
        with app.engine.begin() as connection:
            connection.execute(text("INSERT INTO customer (id, name) VALUES (1, 'Ada')"))
            connection.execute(text("CREATE TABLE sgsupport_left_over (id INTEGER PRIMARY KEY)"))
        removed = migrations.uninstall()
        assert set(removed) == {*Base.metadata.tables, "sgsupport_left_over"}
        assert inspect(app.engine).get_table_names() == ["customer"]
        with app.engine.connect() as connection:
            assert connection.scalar(text("SELECT name FROM customer")) == "Ada"
        assert migrations.upgrade().state == "current"


def test_the_history_keeps_the_types_that_were_released(database_url: str) -> None:
    with host(database_url) as app:
        dialect = app.engine.dialect
        released = steps.MOMENT.dialect_impl(dialect).compile(dialect=dialect)
        assert released == UtcDateTime().dialect_impl(dialect).compile(dialect=dialect)


UPGRADER = """
import sys
from flask_sgsupport import migrations
from tests.migrations.hosts import host

with host(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.readline()
    print(migrations.upgrade().state)
"""


def test_three_upgraders_at_once_wait_for_each_other(database_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADER, database_url],
            cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60) for process in processes]
    assert answers == [("current\n", "")] * 3
    with host(database_url) as app, app.engine.connect() as connection:
        assert runner._differences(connection) == []
        assert connection.scalars(text(f"SELECT version_num FROM {VERSION_TABLE}")).all() == ["0022"]


def test_an_upgrader_that_waits_too_long_says_so(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOCK_SECONDS", 1)
    with host(database_url) as first, host(database_url) as second:
        held = runner._exclusive(first.engine)
        with held, second.app.app_context(), pytest.raises(Busy, match="Another upgrade"):
            migrations.upgrade()
        assert migrations.upgrade().state == "current", "the lock was given back"


def test_an_upgrade_behind_somebody_who_holds_a_table_gives_way(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "TABLE_SECONDS", 1)
    with host(database_url) as app:
        if app.engine.dialect.name == "sqlite":
            return  # an upgrade waits for SQLite's one lock
        migrations.upgrade()
        migrations.downgrade("0001")
        usual = _waits(app.engine)
        with app.engine.connect() as reader:
            reader.scalar(text("SELECT count(*) FROM sgsupport_message"))
            with pytest.raises(Busy, match="Another transaction holds a table of the desk"):
                migrations.upgrade()
        assert migrations.upgrade().state == "current", "run again, it goes on"
        assert _waits(app.engine) == usual


def _waits(engine) -> object:
    with engine.connect() as connection:
        maria = engine.dialect.name in {"mysql", "mariadb"}
        return connection.scalar(text("SELECT @@lock_wait_timeout" if maria else "SHOW lock_timeout"))


def test_tables_live_where_the_bind_key_says(database_url: str, tmp_path: Path) -> None:
    with host(f"sqlite:///{tmp_path / 'host.sqlite'}", bind_key="desk", binds={"desk": database_url}) as app:
        app.db.create_all()
        migrations.uninstall()
        assert migrations.upgrade().state == "current"
        fill(app.db)
        assert rows(app.db) == FILLED
        assert inspect(app.db.engines[None]).get_table_names() == ["customer"]
        assert ours(app.db.engines["desk"]) == set(Base.metadata.tables)


def test_hosts_logging_stays_as_it_is(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    import logging  # noqa: PLC0415 - only this test looks at it

    before = [(name, list(log.handlers), log.level, log.disabled) for name, log in _loggers(logging)]
    with host(database_url):
        migrations.upgrade()
    known = {name for name, *__ in before}
    assert [
        (name, list(log.handlers), log.level, log.disabled) for name, log in _loggers(logging) if name in known
    ] == before


def _loggers(logging):
    return sorted(
        (name, log) for name, log in logging.Logger.manager.loggerDict.items() if isinstance(log, logging.Logger)
    )
