"""What a page view writes: tried once with a short wait, and given up quietly; looking waits for nobody's lock."""

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
    """On SQLite any other writer holds everybody up, elsewhere only one of the very same row."""
    connection = session.connection(bind_arguments=BIND)
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {WAIT_MILLISECONDS}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {int(usual)}")
