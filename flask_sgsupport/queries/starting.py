"""What keeps the desk from working in how its app is built and configured; the database is not asked.

Said by the first request in the log, and by every command; among the health checks are the same questions. Only what
no page can be shown without closes the pages, and only what no mail can be made without keeps a worker from beginning:
a desk that lacks one thing goes on with the others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import TemplateSyntaxError

from ..directory import UserDirectory
from ..errors import ConfigurationError
from ..i18n import gettext as _
from ..mail_address import is_mail_address
from ..settings import State, state
from ..storage import LocalStorage
from .layout import check_layout

log = logging.getLogger("flask_sgsupport.starting")

_SHORT_SECRET = 16
MAX_COUNT = 1_000
MAX_NAMES = 5

Level = Literal["ok", "warn", "bad"]
LEVELS: tuple[Level, ...] = ("bad", "warn", "ok")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: a stable name, how it stands, and a sentence that says what to do where it is not well."""

    name: str
    state: Level
    sentence: str


Asked = Callable[[State], Iterator[Check]]


def listed(given: list[str], separator: str = ", ") -> str:
    """Some of them in a row."""
    shown = separator.join(given[:MAX_NAMES])
    return shown + ("" if len(given) <= MAX_NAMES else separator + "…")


def faults() -> list[str]:
    """What of how the app is built and configured keeps the desk, or a part of it, from working."""
    return _sentences(_CHECKS)


def faults_of_worker() -> list[str]:
    """What of it the mail and the clock meet; they ask nobody to sign in and show no page.

    :raises ConfigurationError: no mail can be made; says all at once what to write, a line each.
    """
    found = _sentences(_OF_WORKER)
    if any(check.state == "bad" for check in secret_key(state())):
        raise ConfigurationError("\n".join(found))
    return found


def check_pages() -> None:
    """See that pages can be shown; asked until they can.

    Not by ``init_app``: after it a host may still set a SECRET_KEY, its Flask-Login and its templates.

    :raises ConfigurationError: they cannot; says all at once what to write, a line each, also of what else is wrong.
    """
    host = state()
    if not host.sound and _sentences(_OF_PAGES):
        raise ConfigurationError("\n".join(faults()))
    host.sound = True


def _sentences(asked: Iterable[Asked]) -> list[str]:
    host, found = state(), []
    for check in asked:
        try:
            found += [one.sentence for one in check(host) if one.state == "bad"]
        except Exception:
            log.exception("A check of the app failed: %s", check.__name__)
    return found


def secret_key(host: State) -> Iterator[Check]:
    """Whether sessions and what travels in forms can be signed."""
    try:
        key = host.secret_keys[0]
    except ConfigurationError as error:
        yield Check("SECRET_KEY", "bad", error.sentence)
        return
    if len(key) < _SHORT_SECRET:
        yield Check("SECRET_KEY", "warn", _("SECRET_KEY is short; take 32 random characters or more."))
    else:
        yield Check("SECRET_KEY", "ok", _("SECRET_KEY is set."))


def login(host: State) -> Iterator[Check]:
    """Whether the directory can tell who is signed in."""
    directory = host.hooks.directory
    problem = directory.problem() if isinstance(directory, UserDirectory) else ""
    yield Check("login", "bad" if problem else "ok", problem or _("The directory can tell who is signed in."))


def inbox(host: State) -> Iterator[Check]:
    """Whether agents find their inbox."""
    homeless = [one for one in host.admin_endpoints if f"{one}.index" not in host.app.view_functions]
    if homeless and len(homeless) < len(host.admin_endpoints):
        yield Check(
            "inbox",
            "bad",
            _("One of the Flask-Admins has no app, so its inbox is not there; write admin.init_app(app)."),
        )
    elif homeless:
        yield Check(
            "inbox",
            "bad",
            _("There is no inbox, so nobody can answer: its Flask-Admin has no app; write admin.init_app(app)."),
        )
    elif host.admin_endpoints:
        yield Check("inbox", "ok", _("The inbox stands in the app's Flask-Admin."))
    elif host.without_inbox:
        yield Check("inbox", "warn", _("There is no inbox, as admin=[] says; only the app's own code can answer."))
    else:
        yield Check(
            "inbox",
            "bad",
            _(
                "There is no inbox, so nobody can answer: the app has no Flask-Admin. Make it before the desk and "
                "write support.init_app(app, db, admin=admin); where that is meant, admin=[]."
            ),
        )


def sender(host: State) -> Iterator[Check]:
    """Whether mail can come from the app's own From address, where it has one."""
    if host.default_from and not is_mail_address(host.default_address):
        yield Check(
            "From address",
            "bad",
            _(
                'MAIL_DEFAULT_SENDER must be an e-mail address like "support@example.com", or a name and an address, '
                "not %(value)s.",
                value=repr(host.default_from),
            ),
        )


def storage_folder(host: State) -> Iterator[Check]:
    """Whether attachments can be kept where they belong, where that is a folder."""
    if isinstance(host.storage, LocalStorage) and not may_be_written(host.storage.folder):
        yield Check(
            "storage",
            "bad",
            # Strangers may read it: it does not tell where that is.
            _(
                "The folder of attachments can be neither made nor written by the user the app runs as. Set "
                "SGSUPPORT_STORAGE_FOLDER to one that can; unset, it is sgsupport-files in the instance folder."
            ),
        )


def may_be_written(folder: Path) -> bool:
    """Whether the modes of the folder, or of the one in which it would be made, allow it; the disk is not asked."""
    there = next(one for one in (folder, *folder.absolute().parents) if os.path.exists(one))
    return os.path.isdir(there) and os.access(there, os.W_OK | os.X_OK)


def layout(host: State) -> Iterator[Check]:
    """Whether the panel finds its place in the host's layout."""
    if not host.settings.panel:
        yield Check("panel", "ok", _("There is no panel, as SGSUPPORT_PANEL says; customers are answered by mail."))
        return
    try:
        check_layout(host.app.jinja_env, host.settings.panel_layout)
    except ConfigurationError as error:
        yield Check("panel layout", "bad", error.sentence)
    except TemplateSyntaxError as error:
        yield Check("panel layout", "bad", _("%(template)s cannot be read: %(why)s", template=error.name, why=error))
    else:
        yield Check("panel layout", "ok", _("The panel stands in %(layout)s.", layout=host.settings.panel_layout))


_OF_PAGES: tuple[Asked, ...] = (secret_key, login, layout)
_OF_WORKER: tuple[Asked, ...] = (secret_key, sender, storage_folder)
_CHECKS: tuple[Asked, ...] = (secret_key, login, inbox, sender, storage_folder, layout)
