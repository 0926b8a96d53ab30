"""The host's session as we find it: what the host has pending in it, and what waits for its commit."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Lock
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.orm import Session, SessionTransaction

from ..models import Base, Ticket
from .failing import DATABASE_ERRORS

log = logging.getLogger("flask_sgsupport.transaction")

_READS = re.compile(r"\s*(SELECT|WITH|BEGIN|START TRANSACTION|SHOW|PRAGMA\s+\w+\s*$)", re.IGNORECASE)
_CALLS = re.compile(r"""((?:(?<!\bpg_catalog)\.\s*)?[\w$]+|["`\]])\s*\(""")
"""What a statement calls; with its dot where it names a schema, since that may have a function of any name."""
_NAMES = re.compile(
    r"""(?<=[\s,])[\w$"`]+\s*\([^()]*\)(?=\s+AS\s+((NOT\s+)?MATERIALIZED\s+)?\(\s*(SELECT|WITH|VALUES)\b)
    |(?<=\sAS\s)[\w$"`]+\s*\([^()]*\)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Names given with those of their columns, as in ``WITH c(n) AS (SELECT …)`` and ``AS c(n)``: they call nothing."""
_HARMLESS = re.compile(
    r"""
    select|from|where|having|join|straight_join|only|escape|is|and|or|not|in|on|as|with|using|over|values|exists|any|all
    |some|between|like|then|else|when|union|except|intersect|lateral|filter|partition|by|order|limit|offset|row|interval|materialized|distinct|group|within
    |rollup|cube|grouping|sets|case|cast|convert|coalesce|nullif|ifnull|iif|greatest|least
    |count|sum|min|max|avg|total|group_concat|string_agg|array_agg|jsonb?_agg|row_number|rank|dense_rank|lag|lead
    |abs|round|floor|ceil|ceiling|sign|mod|power|sqrt|replace|lower|upper|[lr]?trim|(char_|octet_)?length|substr(ing)?
    |left|right|concat(_ws)?|position|instr|strpos|reverse|repeat|[lr]pad|hex|md5|to_char|to_date|to_number|unnest
    |date|time|datetime|timestamp|strftime|julianday|unixepoch|extract|date_(part|trunc|format|add|sub)|datediff
    |timestampdiff|year|month|day|hour|minute|now|current_timestamp|(from_)?unix(_?time(stamp)?)?
    |jsonb?_(extract|value|query|array_length|each|extract_path(_text)?)|(plain|websearch_)?to_ts(vector|query)|ts_rank
    |match|against|varchar|char|character|numeric|decimal|integer|int|bigint|float|double|binary|varbinary
    |current_schema|version|pg_table_is_visible|database|last_insert_id
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What a SELECT may call and still be a read; of any other function nobody knows what it writes."""
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|INTO|FOR\s+(NO\s+KEY\s+)?UPDATE|FOR\s+(KEY\s+)?SHARE|LOCK\s+IN\s+SHARE)\b",
    re.IGNORECASE,
)

_heard: WeakSet[Any] = WeakSet()
"""Factories and engines that have our listeners; `event.contains` takes a new one for a dead one at its address."""

_attaching = Lock()

_WAITING = "sgsupport_waiting"
_COMMITTED = "sgsupport_committed"
_CONNECTIONS = "sgsupport_connections"
_WROTE = "sgsupport_wrote"
_HALF = "sgsupport_half"
_FLUSHED = "sgsupport_flushed"


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


@contextmanager
def all_or_nothing(session: Session) -> Iterator[None]:
    """An act of ours in the host's transaction: refused with half of its rows written, it must not be committed."""
    session.info.pop(_FLUSHED, None)
    try:
        yield
    except DATABASE_ERRORS:
        forbid_commit(session)
        raise
    except BaseException:
        pending = any(isinstance(row, Base) for row in (*session.new, *session.dirty, *session.deleted))
        if pending or session.info.get(_FLUSHED):
            session.info[_HALF] = session.get_nested_transaction() or session.get_transaction()
        raise


def forbid_commit(session: Session) -> None:
    """The database failed in the host's transaction: it may be undone by now, and then its COMMIT would say nothing."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    if session.get_bind(mapper=Ticket).dialect.name in {"mysql", "mariadb"}:
        # A deadlock there ends the transaction together with its SAVEPOINTs.
        transaction = session.get_transaction()
    session.info[_HALF] = transaction


def take_back(session: Session, point: SessionTransaction | None) -> None:
    """Undo an act of ours back to the SAVEPOINT it began with: the host's own rows wait on.

    Without one, or where something ended it, all is rolled back. What was read may stay locked until the host's end.
    """
    try:
        # A flush that failed has gone back to it and left it to be ended.
        if point is not None and session.get_nested_transaction() is point:
            point.rollback()
            return
        session.rollback()
    except DBAPIError:
        # After a deadlock MariaDB knows no SAVEPOINT any more; SQLAlchemy gave up there, before the whole.
        session.rollback()


def listen_to(scoped: Any) -> None:
    """Attach the listeners to the host's session factory, once."""
    if scoped not in _heard:
        event.listen(scoped, "after_begin", _on_begin)
        event.listen(scoped, "after_flush", _after_flush)
        event.listen(scoped, "before_commit", _before_commit)
        event.listen(scoped, "after_commit", _on_commit)
        event.listen(scoped, "after_transaction_end", _on_end)
        _heard.add(scoped)


def _on_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    engine = connection.engine
    if engine not in _heard:
        # Two threads may begin the first transactions of an engine at once: neither goes on before it is listened to.
        with _attaching:
            if engine not in _heard:
                event.listen(engine, "before_cursor_execute", _on_statement)
                event.listen(engine, "begin", _forget)
                event.listen(engine, "commit", _forget)
                event.listen(engine, "rollback", _forget)
                _heard.add(engine)
        connection.info.pop(_WROTE, None)
    session.info.setdefault(_CONNECTIONS, []).append(connection)


def _on_statement(connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:
    if not connection.info.get(_WROTE) and not only_reads(statement):
        connection.info[_WROTE] = True


@lru_cache(maxsize=1_024)
def only_reads(statement: str) -> bool:
    """Whether a statement certainly leaves nothing behind; what cannot be judged does not."""
    return bool(
        _READS.match(statement)
        and not _WRITES.search(statement)
        and all(_HARMLESS.fullmatch(name) for name in _CALLS.findall(_NAMES.sub(" ", statement)))
    )


def _forget(connection: Connection) -> None:
    # A lost connection has no info to ask for, and raises when it is asked.
    if not connection.invalidated:
        connection.info.pop(_WROTE, None)


def _after_flush(session: Session, context: object) -> None:
    if any(isinstance(row, Base) for row in (*session.new, *session.dirty, *session.deleted)):
        session.info[_FLUSHED] = True


def _before_commit(session: Session) -> None:
    if session.info.get(_HALF) is not None:
        raise PendingRollbackError(
            "An act of the support desk was refused half-way in this transaction: call db.session.rollback() first."
        )


def _on_commit(session: Session) -> None:
    session.info[_COMMITTED] = session.get_nested_transaction() or session.get_transaction()


def _on_end(session: Session, transaction: SessionTransaction) -> None:
    # Fires for a released SAVEPOINT, too: what waits in it waits on for the transaction around it.
    committed = session.info.get(_COMMITTED) is transaction
    if session.info.get(_HALF) is transaction:
        del session.info[_HALF]
    calls = session.info.get(_WAITING, {}).pop(transaction, [])
    if transaction.parent is not None:
        if calls and committed:
            around = transaction.parent
            while not (around.nested or around.parent is None):
                around = around.parent
            session.info[_WAITING].setdefault(around, []).extend(calls)
        return
    for key in (_CONNECTIONS, _WAITING, _COMMITTED, _HALF, _FLUSHED):
        session.info.pop(key, None)
    if not committed:
        return
    for call in calls:
        try:
            call()
        except Exception:
            log.exception("What was to follow a commit failed")
