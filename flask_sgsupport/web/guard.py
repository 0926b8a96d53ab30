"""The guard around every page of ours: forged requests, errors as pages, headers, missing tables."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import ValidationError

from ..errors import Busy, ConfigurationError, NotAllowed, NotReady, SupportError
from ..i18n import format_bytes
from ..i18n import gettext as _
from ..services.transaction import DATABASE_ERRORS, translate
from ..settings import state
from .asking import WORDS, Stranger, person, sent_from_here, to_login, typed, written
from .page import Page
from .quietly import quietly

log = logging.getLogger("flask_sgsupport.web")

P = ParamSpec("P")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def door(page: Callable[[], Page]) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, Response]]:
    """Wrap a view: check the token of unsafe requests, turn errors into pages, set the headers.

    :param page: makes what an error page needs, for the side of the desk the view is on.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            return secured(_answer(page, lambda: view(*args, **kwargs)))

        return guarded

    return wrap


def _answer(page: Callable[[], Page], view: Callable[[], ResponseReturnValue]) -> Response:
    try:
        # Without a key the session, and with it the login and the token, fail in ways that name no setting.
        state().check_secret_key()
        check_token()
        return make_response(view())
    except Stranger:
        try:
            return to_login()
        except NotAllowed as error:
            return error_page(page, error, status=401)
    except SupportError as error:
        return error_page(page, error)
    except DATABASE_ERRORS as error:
        state().db.session.rollback()
        return error_page(page, translate(error))
    except RequestEntityTooLarge:
        return error_page(page, too_large(), status=413)


def check_token() -> None:
    """Let an unsafe request pass if it carries the session's token.

    :raises NotAllowed: it does not.
    """
    if request.method in SAFE_METHODS or g.get("csrf_valid"):
        return
    if current_app.testing and not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    name = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    token = request.headers.get("X-CSRFToken") or request.form.get(name)
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise ForgedRequest from error


class ForgedRequest(SupportError):
    """The token of the form is missing, wrong or too old."""

    code = "csrf"
    http_status = 400

    def __init__(self) -> None:
        super().__init__(_("This form is too old or was not sent from here. Nothing was changed."))


def too_large() -> SupportError:
    """A request that brings more than may be; of what was typed into it nothing was read."""
    settings = state().settings
    files = _(
        "%(count)s files of %(size)s each are the most.",
        count=settings.max_files_per_message,
        size=format_bytes(settings.max_file_bytes),
    )
    kept = _("Your text could not be read with it: go back to where you wrote it, and copy it before you send again.")
    return SupportError(f"{_('That was too much at once. Send fewer or smaller files.')} {files} {kept}")


def error_page(page: Callable[[], Page], error: SupportError, *, status: int | None = None) -> Response:
    """An error as a page of ours, in the layout of its side where that can still be drawn."""
    status = status or error.http_status
    if wants_json():
        return refused({"code": error.code, "message": error.sentence}, error, status=status)
    title = _title(error, status)
    if isinstance(error, ConfigurationError):
        log.error("%s", error.sentence)
        # What is wrong may be what draws our pages.
        return make_response(_sentence_page(title=title, sentence=error.sentence), status)
    if isinstance(error, NotReady | Busy):
        # No page of ours can be drawn now, so neither can the form; its words must not be lost with it.
        html = _sentence_page(
            title=title,
            sentence=error.sentence,
            written=written(),
            keep=_("Nothing of what you wrote was kept here. Copy it before you leave this page:"),
        )
        return refused(html, error)
    shown: dict[str, Any] = {"status": status, "title": title, "message": error.sentence}
    if isinstance(error, ForgedRequest):
        shown |= {"written": _words(), "again": _again()}
    return refused(page().render("sgsupport/error.html", error=shown, sg_title=title), error, status=status)


def _sentence_page(**words: str) -> str:
    """A page without layout or context processors: Flask-Login's asks the database who is there, which may be gone."""
    g.sgsupport_own_layout = True
    return current_app.jinja_env.get_template("sgsupport/sentence.html").render(words)


def _words() -> list[tuple[str, str, str]]:
    """What was typed: the field, what it is called, its text."""
    return [(name, label(), typed(name)) for name, label in WORDS.items() if typed(name).strip()]


def _again() -> dict[str, Any] | None:
    """The form once more, for whoever is still signed in: where it goes, and its fields beside the typed ones.

    A form of another host is not offered: its one click would be the person's.
    """
    if quietly(person) is None or not sent_from_here():
        return None
    token = current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token")
    rest = {name: values for name, values in request.form.lists() if name not in {*WORDS, token}}
    return {"url": request.script_root + request.path, "fields": rest}


def refused(answer: str | dict[str, str], error: SupportError, *, status: int | None = None) -> Response:
    """A page that says why not, with the status of its error and when to try again."""
    response = make_response(answer, status or error.http_status)
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _title(error: SupportError, status: int) -> str:
    if status == 404:
        return _("Not found")
    if status in {401, 403}:
        return _("Not allowed")
    if isinstance(error, NotReady | ConfigurationError):
        return _("Support is not set up yet")
    return _("That did not work")


def wants_json() -> bool:
    """Whether a script is asking, not a person."""
    return request.accept_mimetypes.best == "application/json"


def secured(response: Response) -> Response:
    """Our headers, where the host has not set its own."""
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cache-Control", "no-store, private")
    policy = state().settings.content_security_policy
    if policy:
        headers.setdefault("Content-Security-Policy", policy)
    elif g.get("sgsupport_own_layout"):
        headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
        )
        headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    return response
