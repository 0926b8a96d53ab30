"""Every act with a fault at every statement of its own: nothing of it is there, or all of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, select, update
from sqlalchemy.exc import DBAPIError

from flask_sgsupport.errors import Busy
from flask_sgsupport.models import Attachment, Draft, Spent, Ticket
from flask_sgsupport.services import clock
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import broken
from tests.proof.page import Figure, Rounds, full
from tests.proof.racing import VISIT, content, copies
from tests.proof.refusing import Server, refusing
from tests.proof.verbs import VERBS, Breaks, Ready, Verb
from tests.world import Host

Happens = Callable[[Connection], None]


class Fault:
    """Something happens once, at the n-th statement on our tables, or at the commit after the last of them."""

    def __init__(self, host: Host, at: int, happen: Happens, *, at_commit: Happens | None = None) -> None:
        self.host, self.at, self.happen, self.at_commit = host, at, happen, at_commit or happen
        self.seen, self.happened = 0, False

    def on_statement(self, connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        if "sgsupport_" in statement or "last_insert_id" in statement.lower():
            self._count(connection, self.happen)

    def on_commit(self, connection: Connection) -> None:
        self._count(connection, self.at_commit)

    def _count(self, connection: Connection, happen: Happens) -> None:
        self.seen += 1
        if self.seen == self.at and not self.happened:
            self.happened = True
            happen(connection)

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


@pytest.fixture
def server(database_url: str) -> Iterator[Server]:
    """The database, which refuses when it is told to."""
    with refusing(database_url) as found:
        yield found


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
AT_MOST_ONCE = {"press a button of the host"}
"""Never repeated by itself, since nobody knows what the host's function has done: tests/test_host_buttons.py."""
REPEATED = [name for name in VERBS if VERBS[name].breaks in {Breaks.WHOLE, Breaks.STEPS} and name not in AT_MOST_ONCE]
DONE_FOR_GOOD = {"person left"}
"""Whoever is gone can be made to leave once; a full run kills at every statement of it anyway."""
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
    in_app: Host, server: Server, figure: Figure, rounds: Rounds, name: str, *, pending: bool
) -> None:
    host, verb, session = in_app, VERBS[name], in_app.db.session
    step = rounds(7 if verb.breaks is Breaks.STEPS else 3 if pending else 1, 1)
    place, tried, ticket_id = 1 - step, 0, verb.prepare(host)
    before = content(host)
    assert broken(host.desk) == []
    while True:
        place += step
        fault = Fault(host, place, server.fails, at_commit=server.fails_at_commit)
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
def test_what_is_repeated_is_done_once(in_app: Host, server: Server, figure: Figure, rounds: Rounds, name: str) -> None:
    host, verb = in_app, VERBS[name]
    step = rounds(3, 1)
    place, tried, sizes = 1 - step, 0, set()
    # The clock has run before, and what is met for the first time was met.
    once(host, verb, verb.prepare(host))
    while True:
        place += step
        ticket_id = verb.prepare(host)
        before = sizes_of(host)
        fault = Fault(host, place, (server.conflicts, server.hangs_up)[tried % 2], at_commit=server.conflicts)
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


def named_files(host: Host) -> set[str | None]:
    """What rows name in the storage: files of messages, and of replies that can still be taken back."""
    lying = host.db.session.scalars(select(Draft.files).where(Draft.files.is_not(None)))
    drafts = {file["storage_key"] for files in lying for file in json.loads(files or "{}").values()}
    return set(host.db.session.scalars(select(Attachment.storage_key))) | drafts


def die_at(host: Host, name: str, ticket_id: str, place: int, at: datetime) -> None:
    host.desk.now = lambda: at

    def die(connection: Connection) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with host.app.app_context():
        ready = Ready(host, ticket_id)
        with Fault(host, place, die).set():
            VERBS[name].act(ready, ticket_id)


@pytest.fixture
def doing(host: Host, database_url: str, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """``die_at`` in a process of its own."""
    with copies(die_at, database_url, tmp_path) as run:
        yield run


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
    in_app: Host, doing: Callable[..., int], figure: Figure, rounds: Rounds, name: str
) -> None:
    host, verb = in_app, VERBS[name]
    step = rounds(7, 8 if verb.breaks is Breaks.STEPS else 1)
    # The clock has run before, and the folder of files is known as this desk's from the first file on.
    clock.tick()
    tried, ticket_id = 0, verb.prepare(host)
    before = content(host)
    assert broken(host.desk) == []

    def dies(place: int) -> bool:
        """Whether there was something to die at; then nothing is there by half."""
        nonlocal tried, ticket_id, before
        host.db.session.remove()
        ended = doing(name, ticket_id, place, host.clock())
        if ended == 0:
            return False
        assert ended == -signal.SIGKILL
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
        return True

    over = next(place for place in count(1, step) if not dies(place))
    assert tried > 0
    assert content(host) != before
    # The last of them, which is the commit, lies between the last two places.
    for place in range(over - 1, over - step, -1) if name not in DONE_FOR_GOOD else ():
        ticket_id = verb.prepare(host)
        before = content(host)
        if dies(place):
            break
    assert broken(host.desk) == []
    named = named_files(host)
    orphans = stored_files(host) - named
    host.clock.at = max(host.clock.at, datetime.now(UTC)) + timedelta(days=2)
    # The tests' clock has gone over months, in which drafts would be forgotten, and their files with them.
    host.db.session.execute(update(Draft).values(saved_at=host.clock.at))
    host.db.session.commit()
    host.db.session.remove()
    clock.tick()
    assert stored_files(host) == named - {None}
    assert broken(host.desk) == []
    no_note_is_out(host)
    figure(f"{tried} kills, {left_by(verb)}, {len(orphans)} files swept, 0 missing")


def stored_files(host: Host) -> set[str]:
    return set(host.desk.storage.keys(older_than=datetime.now(UTC) + timedelta(days=1)))
