"""What an open page asks by itself: no visit, so the host's session and whatever waits to be said stay as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, json, request, session

from .asking import is_looking

HERE = "X-SGSupport-Here"
"""The header in which an open ticket says that somebody is at it."""

FLASHES = "_flashes"
"""Where `flask.flash` keeps them."""


def unasked(response: Response) -> Response:
    """The answer to a page that asks by itself: no cookie of the host is set by it, whoever tries to.

    A session that lives on from visit to visit would else never end, and an answer that comes after signing out would
    bring it back.
    """
    # On the answer itself: one of a class of ours Flask would turn into one of the host's.
    vars(response)["set_cookie"] = _set_none
    return response


@contextmanager
def nothing_told() -> Iterator[None]:
    """Keep the host's flashes for the next page somebody reads, also where the session lives on the server."""
    waiting = session.get(FLASHES)
    yield
    if waiting is not None:
        session[FLASHES] = waiting


def _set_none(*args: Any, **options: Any) -> None:
    """Set no cookie."""


def news(version: str, unread: int, **more: Any) -> Response:
    """The version, the number and what else there is; a page that holds all of it already gets no body."""
    said = {"version": version, "unread": unread, **more}
    response = unasked(_json(said))
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response


def told(said: dict[str, Any]) -> Response:
    """The answer to a script that asks once."""
    response = unasked(_json(said))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def nothing() -> Response:
    """The answer to a page that is being left and reads none."""
    return unasked(current_app.response_class(status=204))


def said_of_reader() -> str:
    """What an open page says of whoever has it before them: ``looking``, ``writing`` or ``gone``; or nothing.

    It comes in a header of our script's, which no link, image, form or prefetch can send.
    """
    word = request.headers.get(HERE, "")
    return word if is_looking() and word in {"looking", "writing", "gone"} else ""


def refused(sentence: str, code: str, status: int) -> Response:
    """A refusal a script understands."""
    return unasked(_json({"code": code, "message": sentence}, status))


def _json(said: dict[str, Any], status: int = 200) -> Response:
    return current_app.response_class(json.dumps(said), status=status, mimetype="application/json")
