"""Calls at once, and what is left of them in the tables."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

from sqlalchemy import func, select

from flask_sgsupport.errors import Busy, SupportError
from flask_sgsupport.models import Agent, AgentCoverage, Base, Event, Queue, Ticket
from tests.invariants import broken
from tests.world import START, Host, build_host, record_of

VISIT = "visit"
"""The name of the row a host with a write pending has not committed yet."""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.world"])

Call = Callable[[], Any]

UNLIMITED = {"SGSUPPORT_OPENS_PER_HOUR": 1_000_000, "SGSUPPORT_MESSAGES_PER_HOUR": 1_000_000}
"""No limit ends what a proof repeats."""


def at_once(host: Host, calls: Sequence[Call], *, pending: bool = False) -> list[Any]:
    """Each call in a thread, app context and connection of its own, all let go together; results or errors in order.

    :param pending: each session holds a new row of the host's when the call is made.
    """
    results: list[Any] = [None] * len(calls)
    barrier = Barrier(len(calls))

    def one(place: int, call: Call) -> None:
        with host.app.app_context():
            session = host.db.session
            if pending:
                # Whoever is signed in is read first: from then on MariaDB shows what was there at that moment.
                session.scalar(select(host.user_model.id).limit(1))
                session.add(host.user_model(name=VISIT))
            barrier.wait(60)
            try:
                results[place] = call()
            except Exception as error:  # noqa: BLE001 - handed to the test
                results[place] = error
            finally:
                session.remove()

    threads = [Thread(target=one, args=item, daemon=True) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "an act hangs"
    return results


def processes(target: Callable[..., None], arguments: Sequence[tuple[Any, ...]], *, seconds: float = 120) -> list[Any]:
    """Run a function of a module once in each of several real processes, let go together; gives what each put down."""
    told: Any = PROCESSES.Queue()
    gate = PROCESSES.Barrier(len(arguments))
    running = [PROCESSES.Process(target=target, args=(gate, told, *each)) for each in arguments]
    for process in running:
        process.start()
    answers = [told.get(timeout=seconds) for _ in running]
    for process in running:
        process.join(seconds)
    assert [process.exitcode for process in running] == [0] * len(running)
    return answers


@contextmanager
def copies(act: Callable[..., None], database_url: str, folder: Path) -> Iterator[Callable[..., int]]:
    """A way to do ``act(host, *arguments)`` in a process of its own, which may be killed: gives its exit code.

    Another process builds the host once and is copied for each act, since building takes longer than most acts.
    """
    here, there = PROCESSES.Pipe()
    original = PROCESSES.Process(target=_copied, args=(there, act, database_url, str(folder)), daemon=True)
    original.start()
    there.close()

    def run(*arguments: Any) -> int:
        here.send(arguments)
        assert here.poll(60), "an act hangs"
        return int(here.recv())

    try:
        yield run
    finally:
        here.close()
        original.join(60)


def _copied(asked: Connection, act: Callable[..., None], database_url: str, folder: str) -> None:
    host = another_host(database_url, folder)
    while True:
        try:
            arguments = asked.recv()
        except EOFError:
            return
        copy = os.fork()
        if not copy:
            try:
                act(host, *arguments)
            except BaseException:  # noqa: BLE001 - no copy may go on as the original
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        asked.send(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]))


def another_host(database_url: str, folder: str, **config: Any) -> Host:
    """The same host in another process: same tables, same people, the machine's clock unless told otherwise."""
    host = build_host(database_url, Path(folder), **(UNLIMITED | config))
    host.desk.now = lambda: datetime.now(UTC)
    with host.app.app_context():
        for user in host.db.session.scalars(select(host.user_model)):
            if user.email:
                host.ids[user.email.partition("@")[0]] = user.id
        host.db.session.remove()
        host.db.engine.dispose()
    return host


def only_sentences(results: Sequence[Any], *, pending: bool) -> list[SupportError]:
    """The refusals among results; anything but a sentence fails, and so does ``Busy`` where nothing was pending."""
    strange = [result for result in results if isinstance(result, Exception) and not isinstance(result, SupportError)]
    assert strange == []
    refused = [result for result in results if isinstance(result, SupportError)]
    assert all(error.sentence for error in refused)
    if not pending:
        assert [error for error in refused if isinstance(error, Busy)] == [], "a clean host's acts are repeated"
    return refused


def still_whole(host: Host) -> None:
    """Everything that must hold does."""
    with host.app.app_context():
        found = broken(host.desk)
        assert found == [], found
        host.db.session.remove()


def count(host: Host, model: type[Any], **equal: Any) -> int:
    """Rows with these columns."""
    with host.app.app_context():
        return host.db.session.scalar(select(func.count()).select_from(model).filter_by(**equal)) or 0


def visits(host: Host) -> int:
    """Rows the pending hosts brought with them that were committed."""
    return count(host, host.user_model, name=VISIT)


def ticket(host: Host, ticket_id: str) -> Ticket:
    """A ticket as it stands in the database; needs an app context."""
    host.db.session.rollback()
    found = host.db.session.scalar(select(Ticket).where(Ticket.ticket_id == ticket_id))
    assert found is not None
    return found


def events(host: Host, ticket_id: str, action: str) -> list[Event]:
    """The events of a kind of one ticket, oldest first; needs an app context."""
    wanted = select(Event).join(Ticket, Ticket.pk == Event.ticket_pk).order_by(Event.pk)
    return list(host.db.session.scalars(wanted.where(Ticket.ticket_id == ticket_id, Event.action == action)))


def content(host: Host) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the desk's tables; needs an app context."""
    session = host.db.session
    session.rollback()
    found = {}
    for name, table in Base.metadata.tables.items():
        rows = session.execute(select(table), bind_arguments={"mapper": Ticket}).all()
        found[name] = sorted((tuple(row) for row in rows), key=repr)
    session.rollback()
    return found


def add_customers(host: Host, number: int) -> list[str]:
    """Operators of one account, by name: each has counters of their own, so that nothing makes them wait in turn."""
    names = [f"customer{place}" for place in range(number)]
    with host.app.app_context():
        users = [
            host.user_model(name=name.title(), email=f"{name}@northwind.example", account_id=1, role="Admin")
            for name in names
        ]
        host.db.session.add_all(users)
        host.db.session.flush()
        host.ids |= {name: user.id for name, user in zip(names, users, strict=True)}
        host.db.session.commit()
        host.db.session.remove()
    return names


def add_agents(host: Host, number: int) -> list[str]:
    """Agents of the queue Support, by name."""
    names = [f"agent{place}" for place in range(number)]
    with host.app.app_context():
        session = host.db.session
        queue = session.scalars(select(Queue).where(Queue.key == "support")).one()
        for name in names:
            user = host.user_model(name=name.title(), email=f"{name}@desk.example")
            session.add(user)
            session.flush()
            host.ids[name] = user.id
            agent = Agent(
                host_id=str(user.id),
                person_pk=record_of(host, name),
                name=name.title(),
                email=user.email,
                public_name=name,
                active=True,
                created_at=START,
                can_handle=True,
                can_assign=True,
                can_close=True,
                sees_all_queues=False,
                is_lead=False,
            )
            session.add(agent)
            session.flush()
            session.add(AgentCoverage(agent_pk=agent.pk, kind="queue", value=str(queue.pk)))
        session.commit()
        session.remove()
    return names
