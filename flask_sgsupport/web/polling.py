"""What an open page asks by itself: no visit, so the host's session and whatever waits to be said stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, current_app, json, request, session

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


def news(version: str, unread: int) -> Response:
    """The version and the number; a page that holds both already gets no body."""
    response = unasked(_json({"version": version, "unread": unread}))
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(f"{version}-{unread}")
    response.make_conditional(request)
    return response


def refused(sentence: str, code: str, status: int) -> Response:
    """A refusal a script understands."""
    return unasked(_json({"code": code, "message": sentence}, status))


def _json(said: dict[str, Any], status: int = 200) -> Response:
    return current_app.response_class(json.dumps(said), status=status, mimetype="application/json")
