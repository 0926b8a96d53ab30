"""What a page view writes: tried once, and given up quietly where it would wait for somebody's lock for long."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from ..actors import Actor
from ..errors import SupportError
from ..settings import state
from .failing import DATABASE_ERRORS
from .host_session import is_clean
from .transaction import run
from .unit import BIND, Unit

log = logging.getLogger("flask_sgsupport.looking")

WAIT_MILLISECONDS = 200


def write_while_looking(actor: Actor, write: Callable[[Unit], object]) -> None:
    """Carry out statements that may as well be lost; where the host has begun to write, they join it.

    :raises SupportError: what ``write`` refuses.
    """
    host = state()
    session: Session = host.db.session()
    if not is_clean(session):
        run(actor, write)
        return
    session.rollback()
    try:
        with _short_wait(session):
            write(Unit(host, session, actor))
        session.commit()
    except SupportError:
        session.rollback()
        raise
    except DATABASE_ERRORS as error:
        session.rollback()
        log.info("What a page view writes was given up: %s", type(error).__name__)


@contextmanager
def _short_wait(session: Session) -> Iterator[None]:
    """Wait a moment for others and no longer: any writer of SQLite's, elsewhere whoever holds the very same row."""
    connection = session.connection(bind_arguments=BIND)
    kind = connection.dialect.name
    if kind == "postgresql":
        # To the end of the transaction.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {WAIT_MILLISECONDS}")
        yield
        return
    ask, change, wait = _WAITS[kind]
    usual = connection.exec_driver_sql(ask).scalar_one()
    connection.exec_driver_sql(f"{change} = {wait}")
    try:
        yield
    finally:
        if not connection.invalidated:
            connection.exec_driver_sql(f"{change} = {int(usual)}")


_MARIADB = ("SELECT @@innodb_lock_wait_timeout", "SET innodb_lock_wait_timeout", 1)
_WAITS = {
    "sqlite": ("PRAGMA busy_timeout", "PRAGMA busy_timeout", WAIT_MILLISECONDS),
    "mysql": _MARIADB,
    "mariadb": _MARIADB,
}
"""How an engine is asked for its wait and told another; MariaDB counts seconds."""
