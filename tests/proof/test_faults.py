"""Every act with a fault at every statement of its own: nothing of it is there, or all of it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from flask_sgsupport.errors import Busy
from flask_sgsupport.models import Attachment, Spent, Ticket
from flask_sgsupport.services import clock
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import broken
from tests.proof.page import Figure, Rounds, full
from tests.proof.racing import PROCESSES, VISIT, another_host, content
from tests.proof.verbs import VERBS, Breaks, Ready, Verb
from tests.world import Host


class Fault:
    """Something happens once, at the n-th statement on our tables, or at the commit after the last of them."""

    def __init__(self, host: Host, at: int, happen: Callable[[], None]) -> None:
        self.host, self.at, self.happen = host, at, happen
        self.seen, self.happened = 0, False

    def on_statement(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "sgsupport_" not in statement and "last_insert_id" not in statement.lower():
            return
        self.seen += 1
        if self.seen == self.at and not self.happened:
            self.happened = True
            self.happen()

    def on_commit(self, connection: Any) -> None:
        self.on_statement(connection, None, "sgsupport_")

    @contextmanager
    def set(self) -> Iterator[Fault]:
        engine = self.host.db.engine
        event.listen(engine, "before_cursor_execute", self.on_statement)
        event.listen(engine, "commit", self.on_commit)
        try:
            yield self
        finally:
            event.remove(engine, "before_cursor_execute", self.on_statement)
            event.remove(engine, "commit", self.on_commit)


def fails() -> None:
    raise OperationalError("the statement", None, sqlite3.OperationalError("disk I/O error"))


def conflicts() -> None:
    raise OperationalError("the statement", None, sqlite3.OperationalError("database is locked"))


def once(
    host: Host, verb: Verb, ticket_id: str, fault: Fault | None = None, *, pending: bool = False
) -> Exception | None:
    """Do it, with a fault; what was said where it could not be done."""
    ready = Ready(host, ticket_id)
    if pending:
        host.db.session.add(host.user_model(name=VISIT))
    try:
        with fault.set() if fault is not None else nullcontext():
            verb.act(ready, ticket_id)
    except Busy as error:
        assert error.sentence
        return error
    except DBAPIError as error:
        # The host's own commit fails, or what the clock and the worker read before: they begin anew.
        assert verb.breaks in {Breaks.HOST, Breaks.STEPS}
        return error
    finally:
        host.db.session.rollback()
    return None


CLEAN = [pytest.param(name, False, id=f"clean-{name}") for name in VERBS]
WHOLE = [name for name in VERBS if VERBS[name].breaks is Breaks.WHOLE]
REPEATED = [name for name in VERBS if VERBS[name].breaks in {Breaks.WHOLE, Breaks.STEPS}]
EACH = 1 if full() else 3
"""A short run tries every third act in a host that has begun to write, with a conflict and with a kill."""
PENDING = [pytest.param(name, True, id=f"pending-{name}") for name in WHOLE[::EACH]]


@pytest.mark.guarantee(
    "S9.7a A fault at every statement",
    "The database fails at any statement of an act, or at its commit: nothing of the act is there, of one of several "
    "steps the steps before it as a whole; a sentence is said, and the same act works when it is tried again.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.parametrize(("name", "pending"), CLEAN + PENDING)
def test_a_fault_leaves_nothing_half_done(
    in_app: Host, figure: Figure, rounds: Rounds, name: str, *, pending: bool
) -> None:
    host, verb, session = in_app, VERBS[name], in_app.db.session
    step = rounds(7 if verb.breaks is Breaks.STEPS else 3 if pending else 1, 1)
    place, tried, ticket_id = 1 - step, 0, verb.prepare(host)
    before = content(host)
    assert broken(host.desk) == []
    while True:
        place += step
        fault = Fault(host, place, fails)
        failed = once(host, verb, ticket_id, fault, pending=pending)
        if not fault.happened:
            assert failed is None
            break
        tried += 1
        if verb.breaks is Breaks.STEPS:
            assert broken(host.desk) == [], f"after a fault at statement {place}"
            assert once(host, verb, ticket_id) is None
            assert broken(host.desk) == [], f"and after going on from statement {place}"
            ticket_id = verb.prepare(host)
            before = content(host)
            continue
        assert failed is not None or verb.breaks is Breaks.LOOKS
        # The same rows as before break nothing that held before.
        assert content(host) == before, f"after a fault at statement {place}"
    assert tried > 0
    assert content(host) != before
    visits = session.scalars(select(host.user_model).where(host.user_model.name == VISIT)).all()
    assert len(visits) == pending
    assert broken(host.desk) == []
    no_note_is_out(host)
    figure(f"{tried} places of a fault, {left_by(verb)}")


def left_by(verb: Verb) -> str:
    """What a fault left, in words."""
    return "whole steps behind each" if verb.breaks is Breaks.STEPS else "0 rows left behind by any"


def no_note_is_out(host: Host) -> None:
    """Neither on a page of a customer nor in a mail that waits for one; in an app context, as the last thing."""
    assert shown_of_notes(host) + mailed_of_notes(host) == []


def sizes_of(host: Host) -> dict[str, int]:
    """How much there is: rows of each table, and what each person has spent of their limits; needs an app context."""
    sizes = {name: len(rows) for name, rows in content(host).items()}
    # People are written down, and begin to spend, when they are first met.
    del sizes["sgsupport_person"], sizes["sgsupport_spent"]
    spent = host.db.session.execute(select(Spent.what, func.sum(Spent.amount)).group_by(Spent.what))
    return sizes | dict.fromkeys(("opens", "messages", "uploads"), 0) | {what: int(amount) for what, amount in spent}


@pytest.mark.guarantee(
    "S9.7b A conflict at every statement",
    "The database asks to repeat an act at any of its statements, or at its commit: the act is done, and done and "
    "counted once.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.parametrize("name", REPEATED[1::EACH] if EACH > 1 else REPEATED)
def test_what_is_repeated_is_done_once(in_app: Host, figure: Figure, rounds: Rounds, name: str) -> None:
    host, verb = in_app, VERBS[name]
    step = rounds(3, 1)
    place, tried, sizes = 1 - step, 0, set()
    # The clock has run before, and what is met for the first time was met.
    once(host, verb, verb.prepare(host))
    while True:
        place += step
        ticket_id = verb.prepare(host)
        before = sizes_of(host)
        fault = Fault(host, place, conflicts)
        failed = once(host, verb, ticket_id, fault)
        if verb.breaks is Breaks.STEPS and fault.happened:
            # What was read between two steps is not repeated by itself: clock and worker come by again.
            failed = once(host, verb, ticket_id)
        assert failed is None, f"after a conflict at statement {place}"
        after = sizes_of(host)
        sizes.add(tuple((name, after[name] - before[name]) for name in after))
        if not fault.happened:
            break
        tried += 1
    assert tried > 0
    assert broken(host.desk) == []
    assert len(sizes) == 1, "repeated or not, the same number of rows is there"
    figure(f"{tried} places of a conflict, the act there once after each")


def die_at(url: str, folder: str, name: str, ticket_id: str, place: int, at: datetime) -> None:
    host = another_host(url, folder)
    host.desk.now = lambda: at

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with host.app.app_context():
        ready = Ready(host, ticket_id)
        with Fault(host, place, die).set():
            VERBS[name].act(ready, ticket_id)


KILLED = list(VERBS) if full() else [*WHOLE[2::EACH], *(name for name in VERBS if name not in WHOLE)]


@pytest.mark.guarantee(
    "S9.7c A kill in the middle",
    "A process is killed in the middle of an act, or at its commit: nothing of the act is there, of one of several "
    "steps the steps before it as a whole; other processes go on at once, no row names a file that is missing, and "
    "files no row names are gone after a day.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", KILLED)
def test_a_killed_process_leaves_nothing_half_done(
    in_app: Host, database_url: str, tmp_path: Path, figure: Figure, rounds: Rounds, name: str
) -> None:
    host, verb = in_app, VERBS[name]
    step = rounds(7, 8 if verb.breaks is Breaks.STEPS else 2)
    # The clock has run before, and the folder of files is known as this desk's from the first file on.
    clock.tick()
    place, tried, ticket_id = 1 - step, 0, verb.prepare(host)
    before = content(host)
    assert broken(host.desk) == []
    while True:
        place += step
        host.db.session.remove()
        arguments = (database_url, str(tmp_path), name, ticket_id, place, host.clock())
        process = PROCESSES.Process(target=die_at, args=arguments)
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        tried += 1
        # Waits for what the killed one may still lock, and changes nothing.
        host.db.session.execute(update(Ticket).where(Ticket.ticket_id == ticket_id).values(version=Ticket.version))
        host.db.session.rollback()
        if verb.breaks is Breaks.STEPS:
            assert broken(host.desk) == [], f"after a kill at statement {place}"
            assert once(host, verb, ticket_id) is None
            ticket_id = verb.prepare(host)
            before = content(host)
        else:
            assert content(host) == before, f"after a kill at statement {place}"
    assert tried > 0
    assert content(host) != before
    assert broken(host.desk) == []
    named = set(host.db.session.scalars(select(Attachment.storage_key)))
    orphans = stored_files(host) - named
    host.db.session.remove()
    host.clock.at = max(host.clock.at, datetime.now(UTC)) + timedelta(days=2)
    clock.tick()
    assert stored_files(host) == named - {None}
    assert broken(host.desk) == []
    no_note_is_out(host)
    figure(f"{tried} kills, {left_by(verb)}, {len(orphans)} files swept, 0 missing")


def stored_files(host: Host) -> set[str]:
    return set(host.desk.storage.keys(older_than=datetime.now(UTC) + timedelta(days=1)))
