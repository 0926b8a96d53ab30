"""The one spine of every write: a unit of work on the host's session.

Who may commit is told by the actor's path. *From our doors, worker and commands* the unit is ours: a clean session's
read transaction is ended, ours begins fresh at READ COMMITTED, and it is run again as a whole on the conflicts that
engines ask to repeat. A session in which the host has something pending is joined: committed once, never repeated.
*From host code* (`Via.PYTHON`) it always joins and neither commits nor repeats.

What is told after the commit waits for the end of the outermost transaction; what was rolled back, also by a
SAVEPOINT of the host, is never told.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from ..actors import Actor, Via
from ..committing import check_connection
from ..errors import Busy, SupportError
from ..i18n import gettext as _
from ..models import Ticket, WriteLock
from ..settings import state
from .failing import DATABASE_ERRORS, is_lost, is_repeatable, translate
from .host_session import all_or_nothing, forbid_commit, is_clean, take_back
from .turns import DICE
from .unit import BIND, Unit

log = logging.getLogger("flask_sgsupport.transaction")

T = TypeVar("T")

TRIES = 5


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a write happen once: the key of its form, and how to find what an earlier sending of it made.

    :param said: digest of everything that was sent, by which a changed form is told from a repeated one.
    """

    form_key: str | None
    said: str | None
    found: Callable[..., Any]

    def earlier(self, session: Session, *, locked: bool = False) -> Any:
        """What the same form made before, or ``None``.

        :param locked: read past the snapshot of a host's transaction on MariaDB, which began before the twin's end.
        :raises AlreadySaid: it made something else.
        """
        return self.found(session, self.form_key, locked=locked) if self.form_key else None


def form_key(actor: Actor, form: str | None) -> str | None:
    """The key under which a form is there once: nobody can spend another person's."""
    if not form:
        return None
    return hashlib.sha256(f"{actor.person.id if actor.person else actor.label}\x00{form}".encode()).hexdigest()


def uncounted(unit: Unit) -> bool:
    """What `run` counts where nothing is limited."""
    return False


def run(
    actor: Actor,
    write: Callable[[Unit], T],
    *,
    once: Once | None = None,
    counted: Callable[[Unit], bool] = uncounted,
) -> T:
    """Carry out ``write`` as one unit of work.

    :param counted: counts the act against its limits before anything else; says whether it has written.
    :raises Busy: the database could not do it now; nothing was changed.
    :raises NotReady: the tables are missing.
    """
    host = state()
    session: Session = host.db.session()
    joins = actor.via is Via.PYTHON
    if joins or not is_clean(session):
        return _joined(Unit(host, session, actor, once.said if once else None), write, once, counted, commit=not joins)
    for attempt in range(1, TRIES + 1):
        committing = False
        try:
            unit = Unit(host, session, actor, once.said if once else None)
            _begin_fresh(unit, counted)
            result = _carry_out(unit, write)
            committing = True
            session.commit()
        except (SupportError, IntegrityError) as error:
            session.rollback()
            if once and (earlier := once.earlier(session)) is not None:
                return cast(T, earlier)
            raise (error if isinstance(error, SupportError) else translate(error)) from error
        except DATABASE_ERRORS as error:
            session.rollback()
            if not _again(error, attempt, committing=committing):
                raise _unknown_end(error, once) if committing else translate(error) from error
        except BaseException as error:
            session.rollback()
            if committing and isinstance(error, session.get_bind(mapper=Ticket).dialect.loaded_dbapi.Error):
                # It was given back after the COMMIT, its isolation level could not be reset: the driver's own error.
                raise _unknown_end(error, once) from error
            raise
        else:
            return result
    raise AssertionError("unreachable")


def read_before(actor: Actor, read: Callable[[Session], T]) -> T:
    """What an act wants to know before its unit of work begins, read again where the act would be repeated.

    :raises Busy: the database could not do it now.
    :raises NotReady: the tables are missing.
    """
    session: Session = state().db.session()
    ours = actor.via is not Via.PYTHON and is_clean(session)
    for attempt in range(1, TRIES + 1):
        try:
            with session.no_autoflush:
                return read(session)
        except DATABASE_ERRORS as error:
            if not ours:
                if actor.via is Via.PYTHON:
                    forbid_commit(session)
                raise translate(error) from error
            session.rollback()
            if not _again(error, attempt):
                raise translate(error) from error
    raise AssertionError("unreachable")


def _again(error: Exception, attempt: int, *, committing: bool = False) -> bool:
    """Whether it is worth another try, after the wait for it."""
    # A connection lost before the commit took nothing with it: the next one may be there.
    if attempt == TRIES or not (is_repeatable(error) or (is_lost(error) and not committing)):
        return False
    time.sleep(DICE.uniform(0.5, 1.0) * 0.02 * 2**attempt)
    return True


def _carry_out(unit: Unit, write: Callable[[Unit], T]) -> T:
    with unit.session.no_autoflush:
        result = write(unit)
    unit.finish()
    return result


def _joined(
    unit: Unit, write: Callable[[Unit], T], once: Once | None, counted: Callable[[Unit], bool], *, commit: bool
) -> T:
    session = unit.session
    try:
        earlier = once.earlier(session) if once else None
    except DATABASE_ERRORS as error:
        raise translate(error) from error
    if earlier is not None:
        return cast(T, earlier)
    connection = session.connection(bind_arguments=BIND)
    check_connection(connection)
    unit.in_snapshot = connection.dialect.name in {"mysql", "mariadb"}
    if not commit:
        try:
            with all_or_nothing(session):
                return _carry_out(unit, write)
        except DATABASE_ERRORS as error:
            raise translate(error) from error
    unit.host.joined_writes += 1
    point = None
    try:
        # As the first statement on SQLite a SAVEPOINT would be a transaction of its own.
        _lock_out_writers(session)
        point = session.begin_nested()
        counted(unit)
        result = _carry_out(unit, write)
        session.commit()
    except BaseException as error:
        refused = isinstance(error, SupportError | IntegrityError) and not isinstance(error, Busy)
        take_back(session, point if refused else None)
        twin = once.earlier(session, locked=True) if once and isinstance(error, SupportError | IntegrityError) else None
        if twin is not None:
            return cast(T, twin)
        if isinstance(error, DATABASE_ERRORS):
            raise translate(error) from error
        raise
    return result


def _unknown_end(error: Exception, once: Once | None) -> SupportError:
    """What is said when the commit itself failed: nobody knows on which side of it."""
    if isinstance(error, DATABASE_ERRORS) and not is_lost(error):
        return translate(error)
    log.error("The database was lost while it committed", exc_info=error)
    if once is not None and once.form_key:
        return Busy(_("The database did not say whether it was stored. Send it again: it will be there once."))
    return Busy(_("The database did not say whether it was stored. Look whether it is there before you try again."))


def _begin_fresh(unit: Unit, counted: Callable[[Unit], bool]) -> None:
    session = unit.session
    session.rollback()
    dialect = session.get_bind(mapper=Ticket).dialect
    if dialect.name != "sqlite":
        try:
            session.connection(bind_arguments=BIND, execution_options={"isolation_level": "READ COMMITTED"})
        except dialect.loaded_dbapi.Error as error:
            # The driver sets the level: SQLAlchemy hands its error on as it is, and keeps the connection.
            lost = dialect.is_disconnect(error, None, None)
            raise OperationalError(None, None, error, connection_invalidated=lost) from error
        counted(unit)
        return
    # Before anything is read, SQLite's write lock must be taken: by what is counted, or by an UPDATE of no row.
    if not counted(unit):
        _lock_out_writers(session)
    check_connection(session.connection(bind_arguments=BIND))


def _lock_out_writers(session: Session) -> None:
    """Take SQLite's one write lock; elsewhere rows are locked."""
    if session.get_bind(mapper=Ticket).dialect.name == "sqlite":
        session.execute(update(WriteLock).where(WriteLock.pk == -1).values(pk=-1))
