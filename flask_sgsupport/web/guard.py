"""The guard around every page of ours: forged requests, errors as pages, headers, missing tables."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import ValidationError

from ..errors import Busy, ConfigurationError, NotAllowed, NotReady, SupportError
from ..i18n import format_bytes, language
from ..i18n import gettext as _
from ..queries.starting import check_pages
from ..services.failing import DATABASE_ERRORS, translate
from ..settings import state
from .asking import WORDS, Stranger, looks_again, nobody_looks, person, sent_from_here, to_login, typed, written
from .page import Page
from .polling import nothing_told, unasked
from .quietly import quietly

log = logging.getLogger("flask_sgsupport.web")

P = ParamSpec("P")

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TEXT_BYTES = 1_000_000
"""Room for everything in a form that is no file."""


def door(page: Callable[[], Page]) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, Response]]:
    """Wrap a view: check the token of unsafe requests, turn errors into pages, set the headers.

    :param page: makes what an error page needs, for the side of the desk the view is on.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
            with nothing_told() if nobody_looks() else nullcontext():
                response = secured(_answer(page, lambda: view(*args, **kwargs)))
            return unasked(response) if looks_again() else response

        return guarded

    return wrap


def _answer(page: Callable[[], Page], view: Callable[[], ResponseReturnValue]) -> Response:
    try:
        # Without a key, say, the session, and with it the login and the token, fail in ways that name no setting.
        check_pages()
        if request.method not in SAFE_METHODS and (request.content_length or 0) > TEXT_BYTES:
            # Before a stranger's files are read.
            person()
        check_token()
        return make_response(view())
    except Stranger:
        return _to_sign_in(page)
    except ForgedRequest as error:
        return forged(page, error)
    except SupportError as error:
        return error_page(page, error)
    except DATABASE_ERRORS as error:
        state().db.session.rollback()
        return error_page(page, translate(error))
    except RequestEntityTooLarge:
        return error_page(page, too_large(), status=413)


def forged(page: Callable[[], Page], error: ForgedRequest) -> Response:
    """A form without its token is not carried out; whose session is gone has lost the token with it, and is told."""
    return error_page(page, error) if quietly(person) else _to_sign_in(page, error)


def _to_sign_in(page: Callable[[], Page], error: SupportError | None = None) -> Response:
    """The login; but a form's words are shown first, to be sent after it."""
    try:
        login = to_login()
    except NotAllowed as refusal:
        return error_page(page, error or refusal, status=None if error else 401)
    small = (request.content_length or 0) <= TEXT_BYTES
    if request.method not in SAFE_METHODS and small and _words():
        return error_page(page, SignedOut(login.location or ""))
    return error_page(page, error) if error else login


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


class SignedOut(SupportError):
    """Somebody sent words who is no longer signed in.

    :param login: the address of the host's login.
    """

    code = "signed_out"
    http_status = 401

    def __init__(self, login: str) -> None:
        super().__init__(_("You are signed out, so nothing was sent. Sign in, and send it then."))
        self.login = login


def too_large() -> SupportError:
    """A request that brings more than may be; of what was typed into it nothing was read."""
    settings = state().settings
    files = _(
        "%(count)s files of %(size)s each are the most, and %(all)s at once.",
        count=settings.max_files_per_message,
        size=format_bytes(settings.max_file_bytes),
        all=format_bytes(request.max_content_length or TEXT_BYTES),
    )
    kept = _("Your text could not be read with it: go back to where you wrote it, and copy it before you send again.")
    return SupportError(f"{_('That was too much at once. Send fewer or smaller files.')} {files} {kept}")


def error_page(page: Callable[[], Page], error: SupportError, *, status: int | None = None) -> Response:
    """An error as a page of ours, in the layout of its side where that can still be drawn."""
    status = status or error.http_status
    if isinstance(error, ConfigurationError):
        log.error("%s", error.sentence)
        error = _for_strangers(error)
    if wants_json():
        return refused({"code": error.code, "message": error.sentence}, error, status=status)
    title = _title(error, status)
    # Never what was sent: names of addresses are ours, and who asked is an id.
    known = g.get("sgsupport_person")
    log.info("Refused (%s): %s, person %r", error.code, request.endpoint, known.id if known else None)
    if isinstance(error, ConfigurationError):
        # What is wrong may be what draws our pages.
        return make_response(_sentence_page(title=title, sentence=error.sentence), status)
    if isinstance(error, NotReady | Busy):
        # No page of ours can be drawn now, so neither can the form; its words must not be lost with it.
        html = _sentence_page(
            title=title,
            sentence=error.sentence,
            written=written(),
            keep=_copy_it(),
        )
        return refused(html, error)
    shown: dict[str, Any] = {"status": status, "title": title, "message": error.sentence}
    shown |= {"written": None, "again": None, "login": ""}
    if isinstance(error, ForgedRequest | SignedOut):
        shown |= {"written": _words(), "again": _again(), "login": getattr(error, "login", "")}
    elif request.method not in SAFE_METHODS and status != RequestEntityTooLarge.code and (words := _words()):
        shown["written"] = words
    try:
        html = page().render("sgsupport/error.html", error=shown, sg_title=title)
    except Exception:
        # The host's layout may be what fails.
        log.exception("An error page could not be drawn")
        html = _sentence_page(title=title, sentence=error.sentence, written=written(), keep=_copy_it())
    return refused(html, error, status=status)


def _for_strangers(error: ConfigurationError) -> ConfigurationError:
    """Anybody may read the page, and the sentence may quote settings, templates and addresses of the app."""
    if current_app.debug or current_app.testing:
        return error
    return ConfigurationError(_("The support desk is not set up rightly; its log says what to write."))


def _copy_it() -> str:
    return _("Nothing of what you wrote was kept here. Copy it before you leave this page:")


def _sentence_page(**words: str) -> str:
    """A page without layout or context processors: Flask-Login's asks the database who is there, which may be gone."""
    g.sgsupport_own_layout = True
    return current_app.jinja_env.get_template("sgsupport/sentence.html").render(words, lang=language())


def _words() -> list[tuple[str, str, str]]:
    """What was typed: the field, what it is called, its text."""
    return [(name, label(), typed(name)) for name, label in WORDS.items() if typed(name).strip()]


def _again() -> dict[str, Any] | None:
    """The form once more: where it goes, and its fields beside the typed ones.

    A form of another host is not offered: its one click would be the person's.
    """
    if not sent_from_here():
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
    if isinstance(error, SignedOut):
        return _("You are signed out")
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
