"""Every act with a fault at every statement of its own: nothing of it is there, or all of it."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from flask_sgsupport.actors import Actor
from flask_sgsupport.errors import Busy
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Message, Spent, Ticket
from flask_sgsupport.services import assigning, clock, opening, replying, sorting, status
from flask_sgsupport.services.attaching import Upload
from tests.invariants import broken
from tests.proof.page import Figure, Rounds, full
from tests.proof.racing import PROCESSES, VISIT, another_host, content
from tests.world import Host

OPEN, ANSWERED, RESOLVED, CLOSED, ASIDE = "open", "answered", "resolved", "closed", "aside"


@dataclass(frozen=True)
class Verb:
    """An act, and how its ticket stands before it."""

    before: str
    act: Callable[[Any, str], Any]


def files() -> list[Upload]:
    return [Upload("log.txt", BytesIO(b"a log")), Upload("second.txt", BytesIO(b"another"))]


def shown_reply(host: Host, ticket_id: str) -> str:
    wanted = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk)
    found = wanted.where(Ticket.ticket_id == ticket_id, Message.kind == "public-reply").limit(1)
    return host.db.session.scalar(found) or ""


VERBS: dict[str, Verb] = {
    "open": Verb(
        OPEN, lambda host, _: opening.open_ticket(host.customer("jerome"), subject="New", body="Text.", files=files())
    ),
    "reply": Verb(
        ANSWERED, lambda host, key: replying.reply(key, host.agent("ada"), body="With files.", files=files())
    ),
    "reply and resolve": Verb(
        ANSWERED, lambda host, key: replying.reply(key, host.agent("ada"), body="Done.", status=Status.RESOLVED)
    ),
    "follow-up on open": Verb(
        ANSWERED, lambda host, key: replying.follow_up(key, host.customer("jerome"), body="More.", files=files())
    ),
    "follow-up on resolved": Verb(
        RESOLVED, lambda host, key: replying.follow_up(key, host.customer("jerome"), body="It is back.")
    ),
    "follow-up on closed": Verb(
        CLOSED, lambda host, key: replying.follow_up(key, host.customer("jerome"), body="It is back.")
    ),
    "note": Verb(ANSWERED, lambda host, key: replying.add_note(key, host.agent("ada"), body="Look.", files=files())),
    "claim": Verb(OPEN, lambda host, key: assigning.claim(key, host.agent("ada"))),
    "assign": Verb(OPEN, lambda host, key: assigning.assign(key, host.agent("grace"), str(host.ids["ada"]))),
    "status": Verb(ANSWERED, lambda host, key: status.set_status(key, host.agent("ada"), Status.RESOLVED)),
    "confirm": Verb(
        RESOLVED, lambda host, key: replying.confirm_solved(key, host.customer("jerome"), body="Thank you.")
    ),
    "close": Verb(
        RESOLVED, lambda host, key: replying.close_with_confirmation(key, host.agent("grace"), note="By phone.")
    ),
    "reopen": Verb(CLOSED, lambda host, key: status.reopen(key, host.agent("ada"), reason="It is back.")),
    "visibility": Verb(
        ANSWERED,
        lambda host, key: replying.change_visibility(key, host.agent("ada"), host.answer, public=False),
    ),
    "change fields": Verb(
        ANSWERED,
        lambda host, key: sorting.change_fields(
            key,
            host.agent("grace"),
            {"priority": "high", "category": "invoices", "queue": "billing", "tags": "checkout, urgent"},
        ),
    ),
    "release": Verb(ASIDE, lambda host, key: sorting.release(key, host.agent("ada"))),
    "put aside": Verb(OPEN, lambda host, key: sorting.put_aside(key, host.agent("ada"))),
}


def prepare(host: Host, before: str) -> str:
    """A ticket that stands so; in an app context."""
    ticket_id = opening.open_ticket(
        host.customer("jerome"), subject="Checkout failing", body="Nobody can pay."
    ).ticket_id
    if before == ASIDE:
        sorting.put_aside(ticket_id, host.agent("ada"))
    if before in {ANSWERED, RESOLVED, CLOSED}:
        assigning.claim(ticket_id, host.agent("ada"))
        solved = None if before == ANSWERED else Status.RESOLVED
        replying.reply(ticket_id, host.agent("ada"), body="Restored.", status=solved)
    if before == CLOSED:
        replying.confirm_solved(ticket_id, host.customer("jerome"))
    return ticket_id


class Ready:
    """The host's people and a ticket's answer, asked for beforehand: each statement that comes is one of the act."""

    def __init__(self, host: Host, ticket_id: str) -> None:
        self._agents = {name: host.agent(name) for name in ("ada", "grace")}
        self._customers = {name: host.customer(name) for name in ("jerome",)}
        self.ids, self.answer = host.ids, shown_reply(host, ticket_id)
        host.db.session.remove()

    def agent(self, who: str) -> Actor:
        return self._agents[who]

    def customer(self, who: str) -> Actor:
        return self._customers[who]


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


@pytest.mark.guarantee(
    "S9.7a A fault at every statement",
    "The database fails at any statement of an act, or at its commit: nothing of the act is there, a sentence is said, "
    "and the same act works when it is tried again.",
)
@pytest.mark.every_database
@pytest.mark.parametrize("pending", [False, True], ids=["clean", "pending"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_fault_leaves_nothing_half_done(
    in_app: Host, figure: Figure, rounds: Rounds, verb: str, *, pending: bool
) -> None:
    host, act = in_app, VERBS[verb].act
    session = host.db.session
    ticket_id = prepare(host, VERBS[verb].before)
    before, place, tried = content(host), 0, 0
    assert broken(host.desk) == []
    while True:
        place += rounds(3, 1) if pending else 1
        ready = Ready(host, ticket_id)
        if pending:
            session.add(host.user_model(name=VISIT))
        with Fault(host, place, fails).set() as fault:
            try:
                act(ready, ticket_id)
            except Busy as error:
                assert error.sentence
        if not fault.happened:
            break
        tried += 1
        # The same rows as before break nothing that held before.
        assert content(host) == before, f"after a fault at statement {place}"
    assert place > 3
    assert content(host) != before
    visits = session.scalars(select(host.user_model).where(host.user_model.name == VISIT)).all()
    assert len(visits) == pending
    assert broken(host.desk) == []
    figure(f"{tried} places of a fault, 0 rows left behind by any")


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
@pytest.mark.parametrize("verb", VERBS)
def test_what_is_repeated_is_done_once(in_app: Host, figure: Figure, rounds: Rounds, verb: str) -> None:
    host, act = in_app, VERBS[verb].act
    step = rounds(3, 1)
    place, tried, sizes = 1 - step, 0, set()
    while True:
        place += step
        ticket_id = prepare(host, VERBS[verb].before)
        before = sizes_of(host)
        ready = Ready(host, ticket_id)
        with Fault(host, place, conflicts).set() as fault:
            act(ready, ticket_id)
        after = sizes_of(host)
        sizes.add(tuple((name, after[name] - before[name]) for name in after))
        if not fault.happened:
            break
        tried += 1
    assert place > 3
    assert broken(host.desk) == []
    assert len(sizes) == 1, "repeated or not, the same number of rows is there"
    figure(f"{tried} places of a conflict, the act there once after each")


def die_at(url: str, folder: str, verb: str, ticket_id: str, place: int) -> None:
    host = another_host(url, folder)

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with host.app.app_context():
        ready = Ready(host, ticket_id)
        with Fault(host, place, die).set():
            VERBS[verb].act(ready, ticket_id)


@pytest.mark.guarantee(
    "S9.7c A kill at every statement",
    "A process is killed at any statement of an act, or at its commit: nothing of the act is there, other processes go "
    "on at once, no row names a file that is missing, and files no row names are gone after a day.",
)
@pytest.mark.every_database
@pytest.mark.parametrize("verb", VERBS if full() else ["open", "reply"])
def test_a_killed_process_leaves_nothing_half_done(
    in_app: Host, database_url: str, tmp_path: Path, figure: Figure, rounds: Rounds, verb: str
) -> None:
    host = in_app
    # The clock has run before, and the folder of files is known as this desk's from the first file on.
    clock.tick()
    ticket_id = prepare(host, VERBS[verb].before)
    before, place, tried = content(host), 0, 0
    assert broken(host.desk) == []
    while True:
        place += rounds(3, 1)
        host.db.session.remove()
        process = PROCESSES.Process(target=die_at, args=(database_url, str(tmp_path), verb, ticket_id, place))
        process.start()
        process.join(60)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        tried += 1
        # Waits for what the killed one may still lock, and changes nothing.
        host.db.session.execute(update(Ticket).where(Ticket.ticket_id == ticket_id).values(version=Ticket.version))
        host.db.session.rollback()
        assert content(host) == before, f"after a kill at statement {place}"
    assert place > 3
    assert content(host) != before
    assert broken(host.desk) == []
    named = set(host.db.session.scalars(select(Attachment.storage_key)))
    orphans = stored_files(host) - named
    host.db.session.remove()
    host.clock.at = datetime.now(UTC) + timedelta(days=2)
    clock.tick()
    assert stored_files(host) == named
    figure(f"{tried} kills, 0 rows left behind by any, {len(orphans)} files swept, 0 missing")


def stored_files(host: Host) -> set[str]:
    return set(host.desk.storage.keys(older_than=datetime.now(UTC) + timedelta(days=1)))
