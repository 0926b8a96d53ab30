"""What an open page asks every few seconds: one version and one number, 304 while nothing changes."""

from __future__ import annotations

from typing import Any

from flask import Response, json, request


class Unasked(Response):
    """The answer to a page that asks by itself: no visit, so it leaves every cookie of the host as it is.

    A session that lives on from visit to visit would else never end, and an answer that comes after signing out would
    bring it back.
    """

    def set_cookie(self, *args: Any, **options: Any) -> None:
        """Set none."""


def news(version: str, unread: int) -> Response:
    """The answer; a page that holds it already gets no body."""
    response = Unasked(json.dumps({"version": version, "unread": unread}), mimetype="application/json")
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(f"{version}-{unread}")
    response.make_conditional(request)
    return response


def refused(sentence: str, code: str, status: int) -> Response:
    """A refusal a script understands."""
    return Unasked(json.dumps({"code": code, "message": sentence}), status=status, mimetype="application/json")
