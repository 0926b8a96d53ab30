"""What an open page asks every few seconds: one version and one number, 304 while nothing changes."""

from __future__ import annotations

from flask import Response, jsonify, request


def news(version: str, unread: int) -> Response:
    """The answer; a page that holds it already gets no body."""
    response = jsonify(version=version, unread=unread)
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(f"{version}-{unread}")
    response.make_conditional(request)
    return response


def refused(sentence: str, code: str, status: int) -> Response:
    """A refusal a script understands."""
    response = jsonify(code=code, message=sentence)
    response.status_code = status
    return response
