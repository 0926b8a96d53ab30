"""What the database cannot do, as sentences, and which of it is worth another try."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DataError, DBAPIError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from .. import migrations
from ..errors import Busy, ConfigurationError, InvalidInput, NotReady, SupportError, Vetoed
from ..i18n import gettext as _
from ..models import TABLE_PREFIX

log = logging.getLogger("flask_sgsupport.failing")

_RETRY_SQLSTATES = {"40001", "40P01"}
_RETRY_MARIADB = {1020, 1205, 1213}
_NO_SUCH_NAME = {1305}
_MISSING_SQLSTATES = {"42P01", "42703"}
_MISSING_MARIADB = {1146, 1054}
_MISSING_SQLITE = re.compile(r"no such (table|column)|has no column named")
_UNSTORABLE_MARIADB = {1267, 1366}
"""A connection of three bytes a character meets our four: compared, and stored."""
_MOST_SHOWN = 10
NUL = "\u2400"
"""The sign for what cannot be seen; PostgreSQL takes no NUL, whatever the connection carries."""
_QUOTES_VALUES = re.compile(r"^(22|42601)")
"""What PostgreSQL says of these quotes what was to be stored; of others, the names of columns and constraints."""
_QUOTES_NAMES_MARIADB = {1044, 1045, 1048, 1054, 1142, 1146, 1305, 1364, 1406}

DATABASE_ERRORS = (DBAPIError, StaleDataError)
"""What a door may meet when the database cannot do it."""


@event.listens_for(Engine, "handle_error")
def _keep_values_back(context: ExceptionContext) -> Exception | None:
    """An error of a statement on our tables is logged without its values: they are what people wrote, and addresses.

    What the driver cannot put into the connection's character set becomes such an error; drivers raise it bare.
    """
    if TABLE_PREFIX not in (context.statement or ""):
        return None
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.hide_parameters = True
        _say_no_values(context.sqlalchemy_exception)
    elif isinstance(context.original_exception, UnicodeEncodeError):
        return DataError(context.statement, context.parameters, context.original_exception, hide_parameters=True)
    return None


def _say_no_values(error: StatementError) -> None:
    """Cut from what the server said the row it quotes, and the statement the driver had written the values into."""
    original: Any = error.orig
    before, first = str(original), next(iter(original.args), None)
    if isinstance(first, int):
        mark = "" if first in _QUOTES_NAMES_MARIADB else "'"
    elif sqlstate := _sqlstate(original):
        mark = '"' if _QUOTES_VALUES.match(sqlstate) else ""
    else:
        # SQLite names tables and columns only.
        return
    original.args = tuple(_first_line(one, mark) if isinstance(one, str) else one for one in original.args)
    error.args = (error.args[0].replace(before, str(original)), *error.args[1:])


def _first_line(said: str, mark: str) -> str:
    line = next(iter(said.splitlines()), "")
    return re.sub(f"{mark}.*{mark}|{mark}.*", f"{mark}…{mark}", line) if mark else line


def translate(error: Exception) -> SupportError:
    """An error of the database as one of ours.

    :raises Exception: the error itself, where it is a mistake in the code and not the database's state.
    """
    if is_missing(error):
        if not is_ours(error):
            log.error("Code of the app asks for a table that is not there", exc_info=error)
            return Vetoed(
                _("The application could not check this just now. Nothing was changed; please try again later.")
            )
        return _not_ready(error)
    if characters := _unstorable(error):
        log.error("The connection to the database does not take every character; see: flask support health")
        return InvalidInput(
            {
                "text": _(
                    "This text holds characters the database cannot store: %(characters)s. Take them out and send it "
                    "again; nothing was changed.",
                    characters=characters,
                )
            }
        )
    if is_repeatable(error) or is_lost(error):
        log.warning("A write was given up: %s", type(error).__name__)
        return Busy(_("The support desk is busy. Nothing was changed; please try again."))
    if isinstance(error, OperationalError):
        log.error("The database failed", exc_info=error)
        return Busy(_("The database cannot be reached or written. Nothing was changed; please try again."))
    raise error


def is_of_the_moment(error: Exception) -> bool:
    """Whether it is the database's state and not what was asked of it, so that the same may succeed later."""
    return isinstance(error, OperationalError) or is_lost(error) or is_repeatable(error)


def is_lost(error: Exception) -> bool:
    """Whether the connection went away."""
    return bool(getattr(error, "connection_invalidated", False))


def is_missing(error: Exception) -> bool:
    """Whether a table or a column is not there."""
    if _is(error, _MISSING_SQLSTATES, _MISSING_MARIADB):
        return True
    return isinstance(error, DBAPIError) and bool(_MISSING_SQLITE.search(str(error.orig)))


def is_ours(error: Exception) -> bool:
    """Whether the statement that failed was about a table of the desk."""
    statement = getattr(error, "statement", None) or str(getattr(error, "orig", ""))
    return TABLE_PREFIX in statement


def _not_ready(error: Exception) -> NotReady:
    """What the tables lack by now, and the command that brings it."""
    try:
        now = migrations.status()
    except (SQLAlchemyError, ConfigurationError):
        return NotReady(_("The support desk is not set up yet. Run: flask support health"))
    if now.state != "current":
        return NotReady(now.sentence)
    # They were brought up to date this very moment, or somebody took a part of them away.
    log.error("The tables are up to date, but something of them is missing", exc_info=error)
    return NotReady(_("Tables of the support desk were just changed, or a part of them is missing. Please try again."))


def _unstorable(error: Exception) -> str:
    """The characters among the values of a statement that the connection could not carry for it, each once."""
    original = getattr(error, "orig", None)
    if isinstance(error, DataError) and "NUL (0x00)" in str(original):
        # From Python: whatever comes by a form or the command line has lost it.
        return NUL
    encoding = original.encoding if isinstance(original, UnicodeEncodeError) else None
    if encoding is None and not _is(error, set(), _UNSTORABLE_MARIADB):
        return ""
    found = (one for value in _texts(getattr(error, "params", None)) for one in value if _lacks(encoding, one))
    return "".join(islice(dict.fromkeys(found), _MOST_SHOWN))


def _lacks(encoding: str | None, character: str) -> bool:
    """Whether a character set lacks it; where the server refused it, that is MariaDB's utf8mb3."""
    if encoding is None:
        return character > "\uffff"
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return True
    return False


def _texts(values: object) -> Iterator[str]:
    """The texts among the values of a statement: they come as a list or a dictionary, or as many of either."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, list | tuple | dict):
        for value in values.values() if isinstance(values, dict) else values:
            yield from _texts(value)


def is_repeatable(error: Exception) -> bool:
    """Whether the engine asks to run the transaction again."""
    if isinstance(error, StaleDataError) or _is(error, _RETRY_SQLSTATES, _RETRY_MARIADB):
        return True
    said = str(getattr(error, "orig", ""))
    if _is(error, set(), _NO_SUCH_NAME):
        # A deadlock ended the transaction and its SAVEPOINTs with it; SQLAlchemy went back to one of them.
        return "SAVEPOINT" in said
    return "database is locked" in said or "database table is locked" in said


def _is(error: Exception, sqlstates: set[str], numbers: set[int]) -> bool:
    """Whether PostgreSQL or MariaDB says one of these."""
    original: Any = getattr(error, "orig", None)
    first = original.args[0] if getattr(original, "args", ()) else None
    return _sqlstate(original) in sqlstates or first in numbers


def _sqlstate(original: Any) -> Any:
    # psycopg calls it sqlstate, psycopg2 pgcode.
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
