"""Ask something for a page of the host, which must never fail for our sake."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakSet

from flask import Flask
from werkzeug.exceptions import HTTPException

from ..errors import SupportError
from ..queries.health import tables_can_be_read
from ..services.failing import DATABASE_ERRORS
from ..services.host_session import is_clean
from ..settings import state
from .asking import Stranger

log = logging.getLogger("flask_sgsupport.web")

T = TypeVar("T")

_READABLE: WeakSet[Flask] = WeakSet()
"""Apps in which something was asked with our tables there."""


def quietly(question: Callable[[], T]) -> T | None:
    """The answer, or ``None`` for strangers and whenever it cannot be had, with the host's session left usable."""
    try:
        host = state()
        session = host.db.session()
        untouched = is_clean(session)
    except Exception:
        log.exception("The desk could not be asked for a page of the host")
        return None
    try:
        with session.no_autoflush:
            # On PostgreSQL a SELECT that fails ends the transaction, in which the host may have work.
            if not untouched and host.app not in _READABLE and not tables_can_be_read():
                return None
            answer = question()
            _READABLE.add(host.app)
            return answer
    except (Stranger, SupportError, HTTPException):
        return None
    except DATABASE_ERRORS:
        if untouched:
            session.rollback()
        return None
    except Exception:
        log.exception("The desk could not be asked for a page of the host")
        return None
