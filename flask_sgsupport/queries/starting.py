"""What keeps the desk from working in how its app is built and configured; the database is not asked.

Said by the first request and by every page and command; among the health checks are the same questions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from jinja2 import TemplateSyntaxError

from ..directory import UserDirectory
from ..errors import ConfigurationError
from ..i18n import gettext as _
from ..settings import State, is_mail_address, state
from .layout import check_layout

_SHORT_SECRET = 16

Level = Literal["ok", "warn", "bad"]
LEVELS: tuple[Level, ...] = ("bad", "warn", "ok")
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line: a stable name, how it stands, and a sentence that says what to do where it is not well."""

    name: str
    state: Level
    sentence: str


def faults() -> list[str]:
    """What of how the app is built and configured keeps the desk from working; the database is not asked."""
    host = state()
    return [one.sentence for check in _CHECKS for one in check(host) if one.state == "bad"]


def check_start() -> None:
    """See that the app is built and configured as the desk needs it; asked until it is.

    Not by ``init_app``: after it a host may still set a SECRET_KEY, its Flask-Login, its Flask-Admin and its templates.

    :raises ConfigurationError: says all at once what to write, a line each.
    """
    host = state()
    if not host.sound and (found := faults()):
        raise ConfigurationError("\n".join(found))
    host.sound = True


def secret_key(host: State) -> Iterator[Check]:
    """Whether sessions and what travels in forms can be signed."""
    key = host.app.secret_key
    if not key:
        yield Check(
            "SECRET_KEY",
            "bad",
            _('The app has no SECRET_KEY; write app.config["SECRET_KEY"] = "…" with a long random text.'),
        )
    elif len(key) < _SHORT_SECRET:
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
    if host.admin_endpoints and f"{host.admin_endpoints[0]}.index" not in host.app.view_functions:
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
    folder = getattr(host.storage, "folder", None)
    if folder is not None and not may_be_written(folder):
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


_CHECKS = (secret_key, login, inbox, sender, storage_folder, layout)
