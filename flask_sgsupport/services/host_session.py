"""The host's session as we find it: what the host has pending in it, and what waits for its commit."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, SessionTransaction

from ..models import Ticket

log = logging.getLogger("flask_sgsupport.transaction")

_READS = re.compile(r"\s*(SELECT|WITH|BEGIN|START TRANSACTION|SHOW|PRAGMA\s+\w+\s*$)", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|REPLACE|FOR\s+(NO\s+KEY\s+)?UPDATE|FOR\s+(KEY\s+)?SHARE|LOCK\s+IN\s+SHARE|INTO\s+OUTFILE"
    r"|nextval|setval|set_config|pg_advisory\w*|pg_notify|lo_\w+|get_lock|release_lock|dblink\w*)\b",
    re.IGNORECASE,
)

_WAITING = "sgsupport_waiting"
_COMMITTED = "sgsupport_committed"
_CONNECTIONS = "sgsupport_connections"
_WROTE = "sgsupport_wrote"


def is_clean(session: Session) -> bool:
    """Whether the session holds nothing of the host's that a rollback would lose."""
    if session.new or session.dirty or session.deleted:
        return False
    bind = session.get_bind(mapper=Ticket)
    if not isinstance(bind, Engine) or in_memory(bind):
        return False
    connections = session.info.get(_CONNECTIONS, ())
    return not any(not connection.invalidated and connection.info.get(_WROTE) for connection in connections)


def in_memory(bind: Engine | Connection) -> bool:
    """One SQLite connection for all threads: a rollback there would lose the work of another."""
    url = bind.engine.url
    return bind.dialect.name == "sqlite" and (url.database in {None, "", ":memory:"} or "mode=memory" in str(url))


def after_commit(session: Session, call: Callable[[], None]) -> None:
    """Call once the outermost transaction is committed; never, if the transaction of now is rolled back."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    if transaction is None:
        transaction = session.begin()
    session.info.setdefault(_WAITING, {}).setdefault(transaction, []).append(call)


def listen_to(scoped: Any) -> None:
    """Attach the listeners to the host's session factory, once."""
    if not event.contains(scoped, "after_begin", _on_begin):
        event.listen(scoped, "after_begin", _on_begin)
        event.listen(scoped, "after_commit", _on_commit)
        event.listen(scoped, "after_transaction_end", _on_end)


def _on_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    engine = connection.engine
    if not event.contains(engine, "before_cursor_execute", _on_statement):
        event.listen(engine, "before_cursor_execute", _on_statement)
        event.listen(engine, "begin", _forget)
        event.listen(engine, "commit", _forget)
        event.listen(engine, "rollback", _forget)
        connection.info.pop(_WROTE, None)
    session.info.setdefault(_CONNECTIONS, []).append(connection)


def _on_statement(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    if not connection.info.get(_WROTE) and (not _READS.match(statement) or _WRITES.search(statement)):
        connection.info[_WROTE] = True


def _forget(connection: Connection) -> None:
    # A lost connection has no info to ask for, and raises when it is asked.
    if not connection.invalidated:
        connection.info.pop(_WROTE, None)


def _on_commit(session: Session) -> None:
    session.info[_COMMITTED] = session.get_nested_transaction() or session.get_transaction()


def _on_end(session: Session, transaction: SessionTransaction) -> None:
    # Fires for a released SAVEPOINT, too: what waits in it waits on for the transaction around it.
    committed = session.info.get(_COMMITTED) is transaction
    calls = session.info.get(_WAITING, {}).pop(transaction, [])
    if transaction.parent is not None:
        if calls and committed:
            around = transaction.parent
            while not (around.nested or around.parent is None):
                around = around.parent
            session.info[_WAITING].setdefault(around, []).extend(calls)
        return
    for key in (_CONNECTIONS, _WAITING, _COMMITTED):
        session.info.pop(key, None)
    if not committed:
        return
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("What was to follow a commit failed")
