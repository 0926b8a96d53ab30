"""The unit of work: ours is begun fresh and repeated, the host's is joined, and only what was committed is told."""

from __future__ import annotations

import gc
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread
from threading import Event as Moment
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import scoped_session, sessionmaker

from flask_sgsupport import migrations, signals
from flask_sgsupport.actors import Via
from flask_sgsupport.errors import (
    Busy,
    ConfigurationError,
    LimitReached,
    NotReady,
    StaleTicket,
    TransitionRefused,
    Vetoed,
)
from flask_sgsupport.extension import Support
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Event, Message, Ticket
from flask_sgsupport.queries.health import checks
from flask_sgsupport.services import assigning, opening, replying, status
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.failing import is_repeatable, translate
from flask_sgsupport.services.host_session import after_commit, is_clean, listen_to, only_reads
from tests.world import Host, OpenTicket, build_host, dispose, populate

FIELDS = {"subject": "Checkout failing", "body": "Nobody can pay."}


class Heard:
    """What a receiver was told, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def listen(self, signal: Any) -> None:
        name = signal.name
        signal.connect(self._receiver(name), weak=False)

    def _receiver(self, name: str) -> Any:
        def receive(app: Any, payload: Any) -> None:
            self.names.append(name)

        self._kept = [*getattr(self, "_kept", []), receive]
        return receive


@pytest.fixture
def heard() -> Iterator[Heard]:
    listener = Heard()
    rows = [row for row in signals.SIGNALS if row.moment == signals.AFTER]
    for row in rows:
        listener.listen(row.signal)
    yield listener
    for row in rows:
        for receiver in listener._kept:
            row.signal.disconnect(receiver)


def count(host: Host, model: Any) -> int:
    return host.db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.every_database
def test_from_our_doors_the_act_is_committed_whole(in_app: Host, heard: Heard) -> None:
    opened = opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    in_app.db.session.rollback()
    assert in_app.db.session.scalar(select(Ticket.ticket_id)) == opened.ticket_id
    assert heard.names[0] == "ticket_opened"


@pytest.mark.every_database
def test_host_code_joins_the_hosts_transaction_and_the_host_commits(in_app: Host, heard: Heard) -> None:
    session = in_app.db.session
    session.add(in_app.user_model(name="Pending", email="p@host.example"))
    opened = in_app.support.open_ticket(in_app.customer("jerome", Via.PYTHON), **FIELDS)
    assert heard.names == [], "nothing is told before the host's commit"
    session.rollback()
    assert heard.names == []
    assert count(in_app, Ticket) == 0
    assert session.scalar(select(in_app.user_model.id).where(in_app.user_model.name == "Pending")) is None
    again = in_app.support.open_ticket(in_app.customer("jerome", Via.PYTHON), **FIELDS)
    assert again.ticket_id == opened.ticket_id, "a number that was rolled back is issued again"
    session.commit()
    assert "ticket_opened" in heard.names


@pytest.mark.every_database
def test_what_a_savepoint_of_the_host_undid_is_never_told(in_app: Host, heard: Heard) -> None:
    session = in_app.db.session
    actor = in_app.customer("jerome", Via.PYTHON)
    session.add(in_app.user_model(name="Kept", email="k@host.example"))
    session.flush()
    point = session.begin_nested()
    in_app.support.open_ticket(actor, **FIELDS)
    point.rollback()
    with session.begin_nested():
        in_app.support.open_ticket(actor, **FIELDS)
    assert heard.names == []
    session.commit()
    assert heard.names.count("ticket_opened") == 1
    assert count(in_app, Ticket) == 1


@pytest.mark.every_database
@pytest.mark.parametrize("pending", ["orm", "text", "raw", "for update"])
def test_what_the_host_has_pending_is_not_lost_by_our_write(in_app: Host, pending: str) -> None:
    session = in_app.db.session
    in_app.customer("jerome")
    session.commit()
    user = in_app.user_model.__table__
    quoted = session.get_bind().dialect.identifier_preparer.format_table(user)
    if pending == "orm":
        session.add(in_app.user_model(name="Pending", email="p@host.example"))
    elif pending == "text":
        session.execute(text(f"UPDATE {quoted} SET role = 'changed'"))
    elif pending == "raw":
        session.connection().exec_driver_sql(f"UPDATE {quoted} SET role = 'changed'")
    else:
        session.execute(
            select(user.c.id).with_for_update()
            if in_app.db.engine.dialect.name != "sqlite"
            else text(f"UPDATE {quoted} SET role = role")
        )
    assert not is_clean(session())
    before = in_app.desk.joined_writes
    opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    assert in_app.desk.joined_writes == before + 1
    session.rollback()
    assert count(in_app, Ticket) == 1
    if pending == "orm":
        assert session.scalar(select(in_app.user_model.name).where(in_app.user_model.name == "Pending")) == "Pending"
    elif pending in {"text", "raw"}:
        assert set(session.scalars(select(in_app.user_model.role))) == {"changed"}


@pytest.mark.every_database
def test_a_session_that_only_read_is_clean(in_app: Host) -> None:
    in_app.db.session.rollback()
    in_app.db.session.scalars(select(in_app.user_model)).all()
    assert is_clean(in_app.db.session())


def test_a_veto_leaves_nothing_behind_and_its_sentence_reaches_the_person(in_app: Host) -> None:
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not on a Sunday.")

    signals.before_ticket_opened.connect(refuse)
    try:
        with pytest.raises(Vetoed, match=r"Not on a Sunday\."):
            opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    finally:
        signals.before_ticket_opened.disconnect(refuse)
    assert (count(in_app, Ticket), count(in_app, Event), count(in_app, Message)) == (0, 0, 0)
    assert opening.open_ticket(in_app.customer("jerome"), **FIELDS).ticket_id.endswith("00001"), (
        "the number was not used"
    )


def test_a_receiver_that_raises_after_the_commit_harms_nobody(in_app: Host, heard: Heard) -> None:
    def explode(app: Any, payload: Any) -> None:
        raise RuntimeError("a bug of the host")

    signals.ticket_opened.connect(explode)
    try:
        opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    finally:
        signals.ticket_opened.disconnect(explode)
    assert count(in_app, Ticket) == 1
    assert "ticket_opened" in heard.names


def test_an_app_made_where_a_forgotten_one_lay_in_memory_hears_of_its_commits() -> None:
    told = []
    gc.freeze()  # Only what this test lets go is looked for.
    for __ in range(20):
        factory = scoped_session(sessionmaker(create_engine("sqlite://")))
        listen_to(factory)
        factory.execute(text("SELECT 1"))
        after_commit(factory(), lambda: told.append("committed"))
        factory.commit()
        factory.remove()
        del factory
        gc.collect()
    gc.unfreeze()
    assert len(told) == 20


def test_a_receiver_may_query_and_commit(in_app: Host) -> None:
    seen: list[str] = []

    def receive(app: Any, payload: Any) -> None:
        session = in_app.db.session
        seen.append(str(session.scalar(select(Ticket.status).where(Ticket.ticket_id == payload.ticket["ticket_id"]))))
        session.add(in_app.user_model(name="From a receiver", email="r@host.example"))
        session.commit()

    signals.ticket_opened.connect(receive)
    try:
        opening.open_ticket(in_app.customer("jerome"), **FIELDS)
    finally:
        signals.ticket_opened.disconnect(receive)
    assert seen == ["open"]
    assert in_app.db.session.scalar(select(in_app.user_model.id).where(in_app.user_model.name == "From a receiver"))


def test_without_tables_the_sentence_names_the_command(in_app: Host) -> None:
    in_app.db.session.remove()
    migrations.uninstall()
    with pytest.raises(NotReady, match="flask support init --lead"):
        opening.open_ticket(in_app.customer("jerome"), **FIELDS)


def of_psycopg2(code: str) -> DBAPIError:
    """An error as SQLAlchemy raises it over that driver."""
    said = type("Error", (Exception,), {"pgcode": code})("as the server words it")
    return DBAPIError("SELECT pk FROM sgsupport_ticket", {}, said)


@pytest.mark.parametrize("code", ["42P01", "42703"])
def test_psycopg2_is_understood_where_tables_are_missing(in_app: Host, code: str) -> None:
    assert isinstance(translate(of_psycopg2(code)), NotReady)


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_psycopg2_is_understood_where_it_asks_to_try_again(code: str) -> None:
    assert is_repeatable(of_psycopg2(code))
    assert not is_repeatable(of_psycopg2("23505"))


@pytest.mark.every_database
def test_a_receiver_that_misses_a_table_of_the_apps_does_not_say_that_the_desk_is_not_set_up(
    host: Host, answered_ticket: str
) -> None:
    @host.support.on(signals.before_ticket_replied)
    def look_up(app: Any, payload: Any) -> None:
        host.db.session.execute(text("SELECT * FROM audit_of_the_host"))

    path = f"/support/tickets/{answered_ticket}/follow-up"
    page = host.client("jerome").post(path, data={"body": "Long text I typed."}).text
    assert "could not check this just now" in page
    assert "Long text I typed." in page
    assert "not set up" not in page


NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/none"
"""A server that is asked nothing."""
AUTOCOMMIT = {"isolation_level": "AUTOCOMMIT"}


@pytest.mark.parametrize(
    ("config", "of_db", "place"),
    [
        ({"SQLALCHEMY_ENGINE_OPTIONS": AUTOCOMMIT}, {}, "SQLALCHEMY_ENGINE_OPTIONS"),
        ({"SQLALCHEMY_ENGINE_OPTIONS": {"execution_options": AUTOCOMMIT}}, {}, "SQLALCHEMY_ENGINE_OPTIONS"),
        ({"SQLALCHEMY_BINDS": {"desk": {"url": NOWHERE} | AUTOCOMMIT}}, {}, "SQLALCHEMY_BINDS['desk']"),
        ({}, AUTOCOMMIT, "SQLAlchemy(engine_options=…)"),
    ],
    ids=["engine", "execution", "bind", "object"],
)
def test_an_engine_that_is_to_commit_each_statement_is_refused_at_the_start(
    config: dict[str, Any], of_db: dict[str, Any], place: str
) -> None:
    app, db = Flask("host"), SQLAlchemy(engine_options=of_db)
    app.config.update({"SECRET_KEY": "x" * 40, "SQLALCHEMY_DATABASE_URI": NOWHERE} | config)
    bind_key = "desk" if "SQLALCHEMY_BINDS" in config else None
    with pytest.raises(ConfigurationError, match=re.escape(f"out of {place}.")):
        Support(directory=NobodyYet()).init_app(app, db, bind_key=bind_key)


class NobodyYet:
    """A directory that is not asked."""

    current = person = by_email = agent_candidates = people_of = lambda *asked: None


@pytest.mark.every_database
def test_an_engine_that_commits_each_statement_is_refused_before_anything_is_written(
    database_url: str, tmp_path: Path
) -> None:
    how = {"isolation_level": None} if database_url.startswith("sqlite") else {"autocommit": True}
    populate(usual := build_host(database_url, tmp_path))
    host = build_host(database_url, tmp_path, SQLALCHEMY_ENGINE_OPTIONS={"connect_args": how})
    host.ids = usual.ids
    with host.app.test_request_context():
        said = [check.sentence for check in checks() if check.name == "tables" and check.state == "bad"]
        assert "commits each statement by itself" in said[0]
        for way in (migrations.upgrade, migrations.status):
            host.db.engine.dispose()
            with pytest.raises(ConfigurationError, match="connect_args"):
                way()
        jerome = host.customer("jerome", Via.PYTHON)
        host.db.session.remove()
        host.db.engine.dispose()
        with pytest.raises(ConfigurationError, match="connect_args"):
            host.support.open_ticket(jerome, **FIELDS)
        host.db.session.rollback()
        assert count(host, Ticket) == 0
    dispose(host)
    dispose(usual)


def in_parallel(host: Host, calls: list[Any]) -> list[Any]:
    """Run calls at once, each in a thread with an app context of its own; results or errors in their order."""
    results: list[Any] = [None] * len(calls)
    barrier = Barrier(len(calls))

    def one(position: int, call: Any) -> None:
        with host.app.app_context():
            barrier.wait()
            try:
                results[position] = call()
            except Exception as error:  # noqa: BLE001 - handed to the test
                results[position] = error
            finally:
                host.db.session.remove()

    threads = [Thread(target=one, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


@pytest.mark.every_database
def test_tickets_opened_at_once_are_numbered_without_gap_or_repeat(host: Host) -> None:
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    calls = [lambda: opening.open_ticket(jerome, **FIELDS).ticket_id] * 12
    results = in_parallel(host, calls)
    assert sorted(map(str, results)) == [f"TKT-2026-{number:05d}" for number in range(1, 13)]


@pytest.mark.every_database
def test_of_ten_tickets_opened_at_once_there_are_as_many_as_the_limit_allows(host: Host) -> None:
    host.desk.settings.opens_per_hour = 3
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    results = in_parallel(host, [lambda: opening.open_ticket(jerome, **FIELDS).ticket_id] * 10)
    assert sorted(one for one in results if isinstance(one, str)) == [f"TKT-2026-{n:05d}" for n in (1, 2, 3)]
    assert sum(isinstance(one, LimitReached) for one in results) == 7, results


@pytest.mark.every_database
def test_one_form_sent_ten_times_at_once_opens_one_ticket(host: Host) -> None:
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    results = in_parallel(host, [lambda: opening.open_ticket(jerome, form="the same form", **FIELDS).ticket_id] * 10)
    assert set(results) == {"TKT-2026-00001"}
    with host.app.app_context():
        assert count(host, Ticket) == 1


@pytest.mark.every_database
def test_two_agents_claim_at_once_and_the_loser_learns_who_won(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        ada, grace = host.agent("ada"), host.agent("grace")
        host.db.session.remove()
    results = in_parallel(host, [lambda: assigning.claim(ticket_id, ada), lambda: assigning.claim(ticket_id, grace)])
    lost = [result for result in results if result is not None]
    assert len(lost) == 1
    assert isinstance(lost[0], StaleTicket)
    winner = "Grace Hopper" if results[0] is lost[0] else "Ada Lovelace"
    assert winner in lost[0].sentence


@pytest.mark.every_database
def test_changes_of_two_people_at_once_are_both_kept(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        ada, jerome = host.agent("ada"), host.customer("jerome")
        host.db.session.remove()
    results = in_parallel(
        host,
        [
            lambda: replying.follow_up(answered_ticket, jerome, body="And another thing.").message,
            lambda: replying.add_note(answered_ticket, ada, body="Looking.").message,
            lambda: replying.reply(answered_ticket, ada, body="On it.").message,
        ],
    )
    assert all(isinstance(result, str) for result in results), results
    with host.app.app_context():
        assert count(host, Message) == 5


@pytest.mark.every_database
def test_the_same_follow_up_sent_twice_is_there_once(in_app: Host, resolved_ticket: str) -> None:
    jerome = in_app.customer("jerome")
    first = replying.follow_up(resolved_ticket, jerome, body="It fails again.", form="f")
    second = replying.follow_up(resolved_ticket, jerome, body="It fails again.", form="f")
    assert first == second
    solved = replying.reply(resolved_ticket, in_app.agent("ada"), body="Again.", form="g")
    assert replying.reply(resolved_ticket, in_app.agent("ada"), body="Again.", form="g") == solved
    status.set_status(resolved_ticket, in_app.agent("ada"), Status.RESOLVED)
    assert replying.reply(resolved_ticket, in_app.agent("ada"), body="Again.", form="g") == solved


@pytest.mark.every_database
def test_host_code_that_passes_over_a_refusal_cannot_store_half_an_act(in_app: Host, answered_ticket: str) -> None:
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not on a Sunday.")

    session = in_app.db.session
    ada = in_app.agent("ada", Via.PYTHON)
    messages = count(in_app, Message)
    with signals.before_ticket_status_changed.connected_to(refuse), pytest.raises(Vetoed):
        in_app.support.reply(ada, answered_ticket, "Solved.", status=Status.RESOLVED)
    with pytest.raises(PendingRollbackError, match="refused half-way"):
        session.commit()
    session.rollback()
    assert count(in_app, Message) == messages
    session.add(in_app.user_model(name="Later", email="l@host.example"))
    session.commit()


@pytest.mark.every_database
def test_host_code_that_passes_over_a_deadlock_commits_nothing_and_nobody_is_told(
    host: Host, open_ticket: OpenTicket, heard: Heard
) -> None:
    mine, theirs = open_ticket(), open_ticket()
    heard.names.clear()
    held = Moment()

    def cross() -> None:
        with engine.begin() as connection:
            locked = select(Ticket.pk).with_for_update()
            connection.execute(locked.where(Ticket.ticket_id == theirs))
            # MariaDB gives up the one that wrote less.
            connection.execute(insert(host.user_model), [{"name": "n", "email": f"{n}@x.example"} for n in range(200)])
            held.set()
            time.sleep(0.7)
            connection.execute(locked.where(Ticket.ticket_id == mine))

    with host.app.app_context():
        if host.db.engine.dialect.name == "sqlite":
            return  # one writer: nobody crosses
        session, engine, ada = host.db.session, host.db.engine, host.agent("ada", Via.PYTHON)
        other = Thread(target=cross)
        other.start()
        held.wait()
        session.add(host.user_model(name="Of the host", email="h@host.example"))
        host.support.open_ticket(host.customer("jerome", Via.PYTHON), **FIELDS)
        session.flush()
        session.execute(select(Ticket.pk).where(Ticket.ticket_id == mine).with_for_update())
        with pytest.raises(Busy):
            host.support.reply(ada, theirs, "Looking.")
        with pytest.raises(PendingRollbackError):
            session.commit()
        session.rollback()
        other.join()
        assert session.scalar(select(host.user_model.id).where(host.user_model.name == "Of the host")) is None
    assert heard.names == []


@pytest.mark.every_database
def test_host_code_that_was_overtaken_reads_a_sentence(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        jerome, ada = host.customer("jerome", Via.PYTHON), host.agent("ada", Via.PYTHON)
        host.db.session.remove()

    def call(number: int) -> list[Any]:
        results: list[Any] = []
        for each in range(6):
            try:
                if number % 2:
                    host.support.reply(ada, ticket_id, f"Reply {number} {each}")
                else:
                    host.support.open_ticket(jerome, subject=f"{number} {each}", body="Nobody can pay.")
                host.db.session.commit()
            except Exception as error:  # noqa: BLE001 - handed to the test
                host.db.session.rollback()
                results.append(error)
        return results

    found = in_parallel(host, [partial(call, number) for number in range(6)])
    assert [one for errors in found for one in errors if not isinstance(one, Busy | StaleTicket)] == []


@pytest.mark.every_database
def test_a_refusal_inside_a_savepoint_of_the_host_ends_with_it(in_app: Host, answered_ticket: str) -> None:
    session = in_app.db.session
    ada = in_app.agent("ada", Via.PYTHON)
    session.add(in_app.user_model(name="Kept", email="k@host.example"))
    session.flush()

    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not on a Sunday.")

    with (
        signals.before_ticket_status_changed.connected_to(refuse),
        pytest.raises(Vetoed),
        session.begin_nested(),
    ):
        in_app.support.reply(ada, answered_ticket, "Solved.", status=Status.RESOLVED)
    session.commit()
    assert session.scalar(select(in_app.user_model.name).where(in_app.user_model.name == "Kept")) == "Kept"


def test_a_refusal_before_anything_was_written_leaves_the_hosts_work_alone(in_app: Host, closed_ticket: str) -> None:
    session = in_app.db.session
    session.add(in_app.user_model(name="Kept", email="k@host.example"))
    with pytest.raises(TransitionRefused):
        in_app.support.reply(in_app.agent("ada", Via.PYTHON), closed_ticket, "More.")
    session.commit()
    assert session.scalar(select(in_app.user_model.name).where(in_app.user_model.name == "Kept")) == "Kept"


READS = [
    "SELECT relname FROM pg_catalog.pg_class WHERE pg_catalog.pg_table_is_visible(oid) AND relname IN ('a')",
    "SELECT user.id, lower(user.name) FROM user WHERE user.id IN (?, ?) AND (name = 'a' OR age > 3)",
    'SELECT count(*) AS n FROM (SELECT id FROM "user" LIMIT 5) AS anon_1',
    "WITH x AS (SELECT coalesce(max(id), 0) FROM t) SELECT CAST(x AS VARCHAR(20)) FROM x",
    "SELECT last_update, updated_at FROM t WHERE a = %(a_1)s AND b IN (%(b_1)s)",
    "SELECT t.id FROM t JOIN (SELECT id FROM s UNION ALL SELECT id FROM u) AS x ON x.id = t.id",
    "SELECT a FROM t GROUP BY a HAVING (count(*) > 1) AND b IS (NULL)",
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c), d (a, b) AS (SELECT 1, 2) SELECT n FROM c, d",
    "WITH c(n) AS NOT MATERIALIZED (VALUES (1)) SELECT n FROM c",
    "SELECT x.a FROM (VALUES (1, 2)) AS x (a, b)",
]
WRITES = [
    "SELECT bump()",
    "SELECT app.bump(1) FROM t",
    "SELECT app.lower(name) FROM t",
    "SELECT pg_catalog.app.lower(name), my_pg_catalog.lower(name) FROM t",
    "SELECT * FROM bump(1) AS (a integer)",
    "SELECT * FROM t JOIN bump(1) AS b (a) ON true",
    "WITH c(n) AS (SELECT bump(1)) SELECT n FROM c",
    'SELECT "bump"(1)',
    "SELECT nextval('s')",
    "SELECT pg_advisory_xact_lock(1)",
    "SELECT set_config('a', 'b', true)",
    "SELECT * INTO copied FROM t",
    "SELECT id FROM t FOR UPDATE",
    "SELECT id FROM t LOCK IN SHARE MODE",
    "WITH gone AS (DELETE FROM t RETURNING id) SELECT id FROM gone",
    "CALL something()",
    "PRAGMA user_version = 3",
]


def test_a_statement_counts_as_a_read_only_where_it_certainly_is_one() -> None:
    assert [statement for statement in READS if not only_reads(statement)] == []
    assert [statement for statement in WRITES if only_reads(statement)] == []


@pytest.mark.every_database
def test_a_form_sent_ten_times_at_once_in_a_host_with_pending_rows_opens_one_ticket(host: Host) -> None:
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()

    def call() -> str:
        host.db.session.execute(text("UPDATE sgsupport_write_lock SET pk = -1 WHERE pk = -1"))
        return opening.open_ticket(jerome, form="the same form", **FIELDS).ticket_id

    results = in_parallel(host, [call] * 10)
    assert {str(result) for result in results if isinstance(result, str)} == {"TKT-2026-00001"}
    assert [result for result in results if not isinstance(result, str | Busy)] == []
    with host.app.app_context():
        assert count(host, Ticket) == 1


@pytest.mark.every_database
def test_a_deadlock_in_a_host_with_pending_rows_is_a_sentence_to_one_and_no_loss_to_the_other(
    host: Host, open_ticket: OpenTicket
) -> None:
    tickets = [open_ticket(), open_ticket()]
    users = host.user_model
    with host.app.app_context():
        agents = dict(zip(tickets, (host.agent("ada"), host.agent("grace")), strict=True))
        rows = [users(name=name, email=f"{name}@host.example") for name in ("first", "second")]
        host.db.session.add_all(rows)
        host.db.session.commit()
        first, second = (row.id for row in rows)
    ways = {tickets[0]: (first, second), tickets[1]: (second, first)}
    both = Barrier(2)

    def cross(app: Any, payload: Any) -> None:
        one, other = ways[payload.ticket["ticket_id"]]
        for user in (one, other):
            host.db.session.execute(update(users).where(users.id == user).values(name=payload.ticket["ticket_id"]))
            with suppress(BrokenBarrierError):
                both.wait(0.5)

    def call(ticket_id: str) -> None:
        host.db.session.add(users(name="pending", email=f"{ticket_id}@host.example"))
        replying.add_note(ticket_id, agents[ticket_id], body="Looking.")

    with signals.before_note_added.connected_to(cross):
        results = in_parallel(host, [lambda ticket_id=ticket_id: call(ticket_id) for ticket_id in tickets])
    assert not [one for one in results if isinstance(one, Exception) and not isinstance(one, Busy)], results
    done = sum(not isinstance(one, Busy) for one in results)
    with host.app.app_context():
        assert done == (2 if host.db.engine.dialect.name == "sqlite" else 1)
        stored = host.db.session.scalar(select(func.count()).select_from(users).where(users.name == "pending"))
        noted = len(host.db.session.scalars(select(Message.pk).where(Message.body == "Looking.")).all())
    assert stored == noted == done, "what the host had pending is stored with the act, and only with it"


@pytest.mark.every_database
def test_two_transactions_of_the_host_meet_a_new_person_at_once(host: Host) -> None:
    results = in_parallel(host, [lambda: joined_open(host)] * 2)
    assert [result for result in results if not isinstance(result, str)] == []


def joined_open(host: Host) -> str:
    session = host.db.session
    # In MariaDB's and PostgreSQL's own level the host's first read fixes what it sees.
    session.scalars(select(host.user_model)).all()
    session.execute(text("SELECT 1 FROM sgsupport_person"))
    opened = host.support.open_ticket(host.customer("jerome", Via.PYTHON), **FIELDS)
    session.commit()
    return str(opened.ticket_id)


GONE = sqlite3.OperationalError("gone")


@pytest.mark.parametrize(
    "error", [DBAPIError("COMMIT", None, GONE, connection_invalidated=True), GONE], ids=["committing", "giving back"]
)
def test_the_files_of_a_message_whose_commit_was_not_answered_stay(
    in_app: Host, answered_ticket: str, error: Exception
) -> None:
    engine = in_app.db.engine
    jerome = in_app.customer("jerome")

    def lose(connection: Any) -> None:
        connection.connection.dbapi_connection.commit()
        raise error

    files = [Upload("log.txt", BytesIO(b"log"))]
    event.listen(engine, "commit", lose)
    try:
        with pytest.raises(Busy, match="Send it again: it will be there once"):
            replying.follow_up(answered_ticket, jerome, body="It is back.", files=files, form="f")
    finally:
        event.remove(engine, "commit", lose)
    in_app.db.session.rollback()
    [key] = in_app.db.session.scalars(select(Attachment.storage_key))
    with in_app.desk.storage.open(key) as stored:
        assert stored.read() == b"log"
    files = [Upload("log.txt", BytesIO(b"log"))]
    assert replying.follow_up(answered_ticket, jerome, body="It is back.", files=files, form="f").message
    assert count(in_app, Attachment) == 1


@pytest.mark.every_database
@pytest.mark.parametrize("moment", ["sgsupport_spent", "INSERT INTO sgsupport_message"], ids=["begun", "written"])
def test_a_connection_that_dies_before_the_commit_costs_nobody_anything(
    in_app: Host, answered_ticket: str, moment: str
) -> None:
    engine, jerome = in_app.db.engine, in_app.customer("jerome")
    cut: list[str] = []

    def cut_once(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if moment not in statement or cut:
            return
        cut.append(statement)
        driver = connection.connection.dbapi_connection
        if engine.dialect.name == "sqlite":
            # There is no server that could do it.
            raise DBAPIError(statement, None, GONE, connection_invalidated=True)
        with engine.connect() as other:
            if engine.dialect.name == "postgresql":
                other.exec_driver_sql(f"SELECT pg_terminate_backend({driver.info.backend_pid})")
            else:
                other.exec_driver_sql(f"KILL {driver.thread_id()}")

    def cut_beginning(connection: Any, options: Any) -> None:
        # The first thing a server is asked is its isolation level, by the driver itself.
        if "isolation_level" in options:
            cut_once(connection, None, "for sgsupport_spent")

    event.listen(engine, "before_cursor_execute", cut_once)
    event.listen(engine, "set_connection_execution_options", cut_beginning)
    try:
        replying.follow_up(answered_ticket, jerome, body="It is back.")
    finally:
        event.remove(engine, "before_cursor_execute", cut_once)
        event.remove(engine, "set_connection_execution_options", cut_beginning)
    assert cut
    assert in_app.db.session.scalars(select(Message.kind).where(Message.body == "It is back.")).all() == ["follow-up"]
