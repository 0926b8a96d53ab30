"""Who is asking this request, with the rights of this moment."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote, urlencode, urlsplit

from flask import Response, current_app, g, make_response, redirect, request
from flask_login import login_url

from ..actors import Actor, Person, Right, Via
from ..errors import AlreadySaid, NotAllowed, SupportError
from ..i18n import gettext as _
from ..permissions import customer_actor, missing
from ..queries.people import agent
from ..services.attaching import Upload
from ..services.standing import name_of
from ..settings import state

log = logging.getLogger("flask_sgsupport.web")

WORDS: Mapping[str, Callable[[], str]] = {
    "subject": lambda: _("Subject"),
    "body": lambda: _("Text"),
    "note": lambda: _("Note"),
    "reason": lambda: _("Reason"),
    "comment": lambda: _("Comment"),
}
"""Fields of our forms into which people write sentences, and what they are called away from their form."""

LOOKS_AGAIN = "X-SGSupport-Looks-Again"
"""The header our script sends where an open page reads itself once more."""


class Stranger(Exception):
    """Nobody is signed in."""


def person() -> Person:
    """Whoever is signed in.

    :raises Stranger: nobody is.
    """
    if "sgsupport_person" not in g:
        g.sgsupport_person = _current()
    found: Person | None = g.sgsupport_person
    if found is None or not found.active:
        raise Stranger
    return found


def _current() -> Person | None:
    directory = state().hooks.directory
    if directory is None:
        return None
    try:
        found: Person | None = directory.current()
    except SupportError:
        raise
    except Exception:
        # Nothing can be shown to nobody: it stays the app's own error, which its handlers shall see.
        log.error("The app's directory failed: %s", name_of(directory.current))
        raise
    return found


def customer(account_id: str | None = None) -> Actor:
    """The operator who is asking.

    :raises Stranger: nobody is signed in.
    :raises NotAllowed: without support access.
    """
    return replace(customer_actor(person(), account_id, Via.PANEL), request_id=request_id())


def agent_asking() -> Actor:
    """The agent who is asking; read once a request.

    :raises Stranger: nobody is signed in.
    :raises NotAllowed: not an agent.
    """
    if "sgsupport_agent" not in g:
        g.sgsupport_agent = replace(agent(person(), Via.INBOX), request_id=request_id())
    found: Actor = g.sgsupport_agent
    if Right.HANDLE not in found.rights and Right.LEAD not in found.rights:
        raise NotAllowed(missing(Right.HANDLE))
    return found


def request_id() -> str:
    """A name for this request, written into its events."""
    if "sgsupport_request_id" not in g:
        g.sgsupport_request_id = secrets.token_hex(8)
    name: str = g.sgsupport_request_id
    return name


def new_form(after: str = "") -> str:
    """The random text that makes a form be there once.

    :param after: key of a message which the form says again on purpose.
    """
    return after + secrets.token_urlsafe(16)


def form_after(error: SupportError) -> str:
    """The text for a form that comes back: its own, or a new one where the same words are there already."""
    return new_form(error.message) if isinstance(error, AlreadySaid) else form_token() or new_form()


def form_token() -> str | None:
    """The form's random text as it was sent."""
    return (request.form.get("form") or "")[:64] or None


def uploads(field: str = "files") -> Sequence[Upload]:
    """The files of the form; empty file inputs are none."""
    return [Upload(file.filename or "", file.stream) for file in request.files.getlist(field) if file.filename]


def files_lost() -> str:
    """What is said of files that came with a form that is shown again: no browser lets a page keep them."""
    names = ", ".join(upload.name for upload in uploads())
    return _("Choose these files again, they were not kept: %(names)s.", names=names) if names else ""


def typed(name: str) -> str:
    """What was typed into a field of the form; PostgreSQL takes no NUL."""
    return request.form.get(name, "").replace("\x00", "")


def typed_list(name: str) -> list[str]:
    """Every value of a field of the form that may be there several times."""
    return [value.replace("\x00", "") for value in request.form.getlist(name)]


def written() -> str:
    """The words somebody wrote into the form, whichever form it was."""
    return "\n\n".join(filter(None, (typed(name).strip() for name in WORDS)))


def sent_from_here() -> bool:
    """Whether the browser says that a page of this host sent the form."""
    return urlsplit(request.headers.get("Origin") or request.referrer or "").netloc == request.host


def asked(name: str) -> str:
    """What stands in the address under that name."""
    return request.args.get(name, "").replace("\x00", "")


def asked_list(name: str) -> list[str]:
    """Every value that stands in the address under that name."""
    return [value.replace("\x00", "") for value in request.args.getlist(name)]


def asked_without_empty() -> str:
    """The end of this address without the fields that are empty: a form without scripts sends them too.

    Not by way of ``url_for``, which would take ``endpoint`` or ``_method`` in the address for its own.
    """
    filled = [(name, value) for name, value in request.args.items(multi=True) if value]
    return f"?{urlencode(filled)}" if filled else ""


def local_path(path: str) -> str:
    """A path of this app as it is, or nothing: a browser takes two slashes of either kind for another site."""
    local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if local else ""


def is_looking() -> bool:
    """Whether a person has the page before them: no HEAD, no prefetch, no page that looks again by itself."""
    asked = (request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))
    return request.method == "GET" and not looks_again() and not any("prefetch" in value.lower() for value in asked)


def nobody_looks() -> bool:
    """Whether what waits to be said must wait on: nobody will read this answer."""
    return request.method != "POST" and not is_looking()


def looks_again() -> bool:
    """Whether an open page reads itself once more, of which its script takes counts and lines only."""
    return LOOKS_AGAIN in request.headers


def unsearched() -> Response:
    """The answer to a search that nobody looks at: it is neither made nor counted, and a browser asks again."""
    return make_response("", 200 if request.method == "HEAD" else 503)


def version() -> int | None:
    """The version of the ticket the form was made from."""
    return whole_number(request.form.get("version", ""))


def whole_number(text: str) -> int | None:
    """What a form says of a version or a count it was made from; nothing where that is no such number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _way_back() -> str:
    """Where a stranger goes on after the login: the page asked for, or the one whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        asked = urlsplit(request.url)
    else:
        asked = urlsplit(request.referrer or request.host_url)
        if asked.netloc != request.host:
            asked = urlsplit(request.host_url)
    return local_path(asked.path + (f"?{asked.query}" if asked.query else "")) or urlsplit(request.host_url).path


def to_login() -> Response:
    """Lead a stranger to the host's login.

    :raises NotAllowed: the host has no login we know of.
    """
    url = state().settings.login_url
    if url:
        separator = "&" if "?" in url else "?"
        return make_response(redirect(f"{url}{separator}next={quote(_way_back())}"))
    manager = getattr(current_app, "login_manager", None)
    if manager is not None and (manager.login_view or manager.unauthorized_callback or manager.blueprint_login_views):
        if request.method in {"GET", "HEAD"} or manager.unauthorized_callback or not manager.login_view:
            return make_response(manager.unauthorized())
        # Flask-Login would lead back to an address that only takes forms.
        return make_response(redirect(login_url(manager.login_view, next_url=_way_back())))
    raise NotAllowed(_("Please sign in first."))
