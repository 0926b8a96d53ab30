"""What the database cannot do, as sentences, and which of it is worth another try."""

from __future__ import annotations

import logging
import re

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from ..errors import Busy, NotReady, SupportError, Vetoed
from ..i18n import gettext as _
from ..models import TABLE_PREFIX

log = logging.getLogger("flask_sgsupport.failing")

_RETRY_SQLSTATES = {"40001", "40P01"}
_RETRY_MARIADB = {1020, 1205, 1213}
_NO_SUCH_NAME = 1305
_MISSING_TABLE = re.compile(r"no such table|doesn't exist|does not exist|undefinedtable", re.IGNORECASE)

DATABASE_ERRORS = (DBAPIError, StaleDataError)
"""What a door may meet when the database cannot do it."""


@event.listens_for(Engine, "handle_error")
def _keep_values_back(context: ExceptionContext) -> None:
    """An error of a statement on our tables is logged without its values: they are what people wrote, and addresses."""
    if context.sqlalchemy_exception is not None and TABLE_PREFIX in (context.statement or ""):
        context.sqlalchemy_exception.hide_parameters = True


def translate(error: Exception) -> SupportError:
    """An error of the database as one of ours.

    :raises Exception: the error itself, where it is a mistake in the code and not the database's state.
    """
    again = is_repeatable(error)
    if not again and isinstance(error, DBAPIError) and _MISSING_TABLE.search(str(error.orig)):
        if TABLE_PREFIX not in (error.statement or str(error.orig)):
            log.error("Code of the app asks for a table that is not there", exc_info=error)
            return Vetoed(
                _("The application could not check this just now. Nothing was changed; please try again later.")
            )
        return NotReady(_("The support desk is not set up yet. Run: flask support init --lead E-MAIL"))
    if again or is_lost(error):
        log.warning("A write was given up: %s", type(error).__name__)
        return Busy(_("The support desk is busy. Nothing was changed; please try again."))
    if isinstance(error, OperationalError):
        log.error("The database failed", exc_info=error)
        return Busy(_("The database cannot be reached or written. Nothing was changed; please try again."))
    raise error


def is_lost(error: Exception) -> bool:
    """Whether the connection went away."""
    return bool(getattr(error, "connection_invalidated", False))


def is_repeatable(error: Exception) -> bool:
    """Whether the engine asks to run the transaction again."""
    original = getattr(error, "orig", None)
    if original is None:
        return isinstance(error, StaleDataError)
    if getattr(original, "sqlstate", None) in _RETRY_SQLSTATES:
        return True
    first, text = original.args[0] if getattr(original, "args", ()) else None, str(original)
    if first == _NO_SUCH_NAME:
        # A deadlock ended the transaction and its SAVEPOINTs with it; SQLAlchemy went back to one of them.
        return "SAVEPOINT" in text
    return first in _RETRY_MARIADB or "database is locked" in text or "database table is locked" in text
