"""Two sessions that go on one step at a time, in every order their locks allow: PostgreSQL's isolation tester.

Each act runs in a thread and on a connection of its own, and stops before its first lock, with it, and before its
commit. Whoever waits for a lock goes on by itself once it is free; who waits is asked of the database.
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread, get_ident
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

from tests.world import Host

LOCKS = {
    "sqlite": re.compile(r"^UPDATE sgsupport_write_lock"),
    "postgresql": re.compile(
        r"FROM sgsupport_ticket\s.*FOR (?:NO KEY )?UPDATE|^INSERT INTO sgsupport_number_counter", re.DOTALL
    ),
}
"""The statement after which the others wait: SQLite has one for all; elsewhere it is the ticket's, or the counter's."""
POSTGRESQL_WAITS = "SELECT cardinality(pg_blocking_pids(:backend)) > 0"
HANGS_SECONDS = 30
TRIES = 3
"""Of one order: which of two acts that wait for each other the database ends is not always the same."""

Order = tuple[int, ...]


@dataclass
class Counted:
    """What came of all orders, and the dice that choose among them: each run throws the same."""

    dice: random.Random = field(default_factory=lambda: random.Random(3))
    orders: int = 0
    kept: int = 0
    told: int = 0
    of_pairs: set[tuple[str, str]] = field(default_factory=set)


class Session:
    """One act, and where it stands."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.result: Any = None
        self.at_a_step = self.done = False
        self.asked_for_lock = self.holds_lock = self.committed = False
        self.backend = 0

    @property
    def may_wait(self) -> bool:
        """Whether it is where SQLite would make it wait, which cannot be asked."""
        return not self.done and (self.committed or (self.asked_for_lock and not self.holds_lock))


class Stage:
    """Lets the sessions of a host's acts go on in turns."""

    def __init__(self, host: Host, engine: Engine, locks: Mapping[str, re.Pattern[str]]) -> None:
        self.host, self.dialect = host, engine.dialect.name
        self.lock = locks.get(self.dialect, locks["postgresql"])
        self.watching = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
        self.changed = Condition()
        self.sessions: list[Session] = []
        self.by_thread: dict[int, Session] = {}
        self.waited = 0

    def play(self, calls: Sequence[Callable[[], Any]], beginning: Order = ()) -> tuple[list[Any], Order, list[Order]]:
        """Carry the calls out, first in this order as far as the locks allow, then as it comes.

        :return: results or errors, the whole order, and the beginnings that turn off from it.
        """
        self.sessions = [Session(call) for call in calls]
        self.by_thread = {}
        threads = [Thread(target=self._act, args=(session,), daemon=True) for session in self.sessions]
        for thread in threads:
            thread.start()
        with self.changed:
            assert self.changed.wait_for(lambda: all(session.at_a_step for session in self.sessions), HANGS_SECONDS)
        order: list[int] = []
        others: list[Order] = []
        while free := [place for place, session in enumerate(self.sessions) if session.at_a_step]:
            here = len(order)
            chosen = beginning[here] if here < len(beginning) and beginning[here] in free else free[0]
            if here >= len(beginning):
                others += [(*order, other) for other in free[1:]]
            order.append(chosen)
            self._go_on(self.sessions[chosen])
        for thread in threads:
            thread.join(HANGS_SECONDS)
        return [session.result for session in self.sessions], tuple(order), others

    def _act(self, session: Session) -> None:
        with self.host.app.app_context():
            self.by_thread[get_ident()] = session
            self._wait_here(session)
            try:
                session.result = session.call()
            except Exception as error:  # noqa: BLE001 - handed to the test
                session.result = error
            finally:
                self.host.db.session.remove()
                with self.changed:
                    session.done = True
                    self.changed.notify_all()

    def _wait_here(self, session: Session) -> None:
        with self.changed:
            session.at_a_step = True
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: not session.at_a_step, 4 * HANGS_SECONDS)

    def _go_on(self, session: Session) -> None:
        with self.changed:
            session.at_a_step = False
            self.changed.notify_all()
        ends = time.monotonic() + HANGS_SECONDS
        # Who waited before goes on once nobody holds the lock.
        for each in (session, *self.sessions):
            while not self._stands(each):
                assert time.monotonic() < ends, "an act hangs"
                # One that was sent back by the database, and begins anew, is no longer waiting: its next step comes.
                if self._is_kept_waiting(each):
                    self.waited += each is session
                    break

    def _stands(self, session: Session) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: session.at_a_step or session.done, 0.005)

    def _is_kept_waiting(self, session: Session) -> bool:
        if not any(other.at_a_step for other in self.sessions if other is not session):
            return False
        if self.dialect == "sqlite":
            return session.may_wait and any(other.holds_lock for other in self.sessions if other is not session)
        if self.dialect == "postgresql":
            return bool(self.watching.scalar(text(POSTGRESQL_WAITS), {"backend": session.backend}))
        return self._waits_in_innodb(session.backend)

    def _waits_in_innodb(self, backend: int) -> bool:
        """Asked of the monitor: `INNODB_TRX` is not read anew while others, too, read it within a tenth of a second.

        What it tells of the latest deadlock, above its list of transactions, is over.
        """
        told = self.watching.execute(text("SHOW ENGINE INNODB STATUS")).one()[2].partition("\nTRANSACTIONS\n")[2]
        own = [block for block in told.split("---TRANSACTION ") if re.search(rf"thread id {backend}\b", block)]
        return any("LOCK WAIT" in block for block in own)

    def before_statement(self, connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        """Stop before the first lock."""
        session = self.by_thread.get(get_ident())
        if session is None or session.committed or session.asked_for_lock or not self.lock.search(statement):
            return
        driver: Any = connection.connection.dbapi_connection
        if self.dialect != "sqlite":
            session.backend = driver.info.backend_pid if self.dialect == "postgresql" else driver.thread_id()
        self._wait_here(session)
        session.asked_for_lock = True

    def after_statement(self, connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
        """Stop with the lock."""
        session = self.by_thread.get(get_ident())
        if session is not None and session.asked_for_lock and not (session.holds_lock or session.committed):
            session.holds_lock = True
            self._wait_here(session)

    def before_commit(self, connection: Connection) -> None:
        """Stop with everything written."""
        session = self.by_thread.get(get_ident())
        if session is not None and session.holds_lock:
            self._wait_here(session)
            session.holds_lock, session.committed = False, True

    def after_rollback(self, connection: Connection) -> None:
        """What was refused, or is repeated, holds nothing."""
        session = self.by_thread.get(get_ident())
        if session is not None:
            session.asked_for_lock = session.holds_lock = False


@contextmanager
def stage(host: Host, locks: Mapping[str, re.Pattern[str]] = LOCKS) -> Iterator[Stage]:
    """A stage on the host's engine.

    :param locks: the statement before and with which an act stops, by dialect.
    """
    with host.app.app_context():
        engine = host.db.engine
    made = Stage(host, engine, locks)
    listeners = {
        "before_cursor_execute": made.before_statement,
        "after_cursor_execute": made.after_statement,
        "commit": made.before_commit,
        "rollback": made.after_rollback,
    }
    for name, listener in listeners.items():
        event.listen(engine, name, listener)
    try:
        yield made
    finally:
        for name, listener in listeners.items():
            event.remove(engine, name, listener)
        made.watching.close()


def every_order(
    play: Callable[[Order], tuple[Order, list[Order]]], most: int | None, dice: random.Random
) -> Iterator[Order]:
    """Play in each order the locks allow, or in so many of them: the first with both looking before either acts."""
    waiting, played, missed = [(0, 1)] if most else [()], 0, Counter[Order]()
    while waiting and (most is None or played < most):
        beginning = waiting.pop(dice.randrange(len(waiting)))
        order, others = play(beginning)
        if order[: len(beginning)] == beginning:
            waiting += others
        else:
            missed[beginning] += 1
            assert missed[beginning] < TRIES, f"the order {beginning} cannot be repeated: it was {order}"
            waiting.append(beginning)
        played += 1
        yield order
