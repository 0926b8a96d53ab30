"""Every ``SGSUPPORT_*`` key as one row, and what one app has: `state()`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from flask import Flask, current_app

from .errors import ConfigurationError
from .i18n import gettext as _
from .mail_address import is_mail_address

if TYPE_CHECKING:
    from flask_sqlalchemy import SQLAlchemy

PREFIX = "SGSUPPORT_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: its type, default, bounds and what it is for; the reference page is made from these rows."""

    name: str
    type: type
    default: Any
    doc: str
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name a host writes."""
        return PREFIX + self.name.upper()

    def read(self, config: Mapping[str, Any]) -> Any:
        """The value in force.

        :raises ConfigurationError: the sentence says what to write.
        """
        value: Any = config.get(self.key, self.default)
        if value is None and self.optional:
            return None
        if self.type is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if not isinstance(value, self.type) or (self.type is not bool and isinstance(value, bool)):
            raise ConfigurationError(f"{self.key} must be {self._wanted()}, not {value!r}.")
        if self.minimum is not None and not cast(float, value) >= self.minimum:
            raise ConfigurationError(f"{self.key} must be at least {self.minimum:g}, not {value!r}.")
        if self.maximum is not None and cast(float, value) > self.maximum:
            raise ConfigurationError(f"{self.key} must be at most {self.maximum:.15g}, not {value!r}.")
        if self.choices and value not in self.choices:
            raise ConfigurationError(f"{self.key} must be {self._wanted()}, not {value!r}.")
        return value

    def _wanted(self) -> str:
        words = {int: "a whole number", float: "a number", str: "a text", bool: "True or False"}[self.type]
        if self.choices:
            words = "one of " + ", ".join(repr(c) for c in self.choices)
        return words + (" or None" if self.optional else "") + f", for instance {self.default!r}"


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "auto_close_after_hours",
        int,
        48,
        "Calendar hours after which a resolved ticket closes when nobody answers.",
        minimum=1,
        maximum=87_600,
    ),
    Setting(
        "reopen_within_days",
        int,
        30,
        "Days after the close in which a customer may reopen. None: always, 0: never.",
        optional=True,
        minimum=0,
        maximum=36_500,
    ),
    Setting(
        "target_warning_percent",
        int,
        75,
        "Part of a response or resolution target after which its warning is told. None: no warnings.",
        optional=True,
        minimum=1,
        maximum=99,
    ),
    Setting("ticket_prefix", str, "TKT", "First part of a ticket's number: letters and digits."),
    Setting(
        "hook_timeout_seconds",
        float,
        2.0,
        "Time all context hooks of one form have together, and the routing function by itself.",
        minimum=0.05,
        maximum=600,
    ),
    Setting(
        "snapshot_max_age_minutes",
        int,
        15,
        "A context shown longer ago than this is captured again when the form is sent.",
        minimum=1,
        maximum=10_080,
    ),
    Setting(
        "snapshot_max_bytes", int, 64_000, "Largest context snapshot; larger parts are cut and say so.", minimum=1_000
    ),
    Setting(
        "base_url",
        str,
        None,
        "Where the app is reached, for links in mails: https://app.example.com. Never taken from a request.",
        optional=True,
    ),
    Setting(
        "panel",
        bool,
        True,
        "Whether operators get the Support panel. Without it they are answered by mail and in the app's own pages, and "
        "mails to them carry no link.",
    ),
    Setting("panel_url_prefix", str, "/support", "Where the operators' Support panel lives."),
    Setting(
        "panel_layout",
        str,
        "sgsupport/panel/standalone.html",
        "Template of the host the panel stands in; it needs a block named content.",
    ),
    Setting(
        "color_scheme",
        str,
        "host",
        "Light or dark: host (in your layout what its CSS color-scheme says, in ours as auto), auto (the reader's "
        "system), light, or dark.",
        choices=("host", "auto", "light", "dark"),
    ),
    Setting(
        "content_security_policy",
        str,
        None,
        "Content-Security-Policy of our pages in the host's layouts. Not set: the host's own, if any.",
        optional=True,
    ),
    Setting(
        "login_url", str, None, "Where a stranger is sent. Without it Flask-Login's login view is used.", optional=True
    ),
    Setting("max_subject_chars", int, 200, "Longest subject.", minimum=20, maximum=1_000),
    Setting("max_body_chars", int, 20_000, "Longest message.", minimum=100),
    Setting("max_file_bytes", int, 10_000_000, "Largest attachment.", minimum=1),
    Setting("max_files_per_message", int, 10, "Most attachments of one message.", minimum=0),
    Setting(
        "opens_per_hour",
        int,
        100,
        "Tickets one operator may open within an hour; an agent ten times as many, as with each of these limits. None: "
        "as many as they like.",
        optional=True,
        minimum=1,
    ),
    Setting("messages_per_hour", int, 300, "Messages one operator may write within an hour.", optional=True, minimum=1),
    Setting(
        "upload_bytes_per_hour",
        int,
        500_000_000,
        "Bytes of files one operator may send within an hour.",
        optional=True,
        minimum=1,
    ),
    Setting(
        "searches_per_minute", int, 60, "Searches one operator may make within a minute.", optional=True, minimum=1
    ),
    Setting(
        "storage_folder",
        str,
        None,
        "Folder for attachments, outside the web root. Default: sgsupport-files in the instance folder.",
        optional=True,
    ),
    Setting(
        "mail_from", str, None, "From address of queues that name none. Default: MAIL_DEFAULT_SENDER.", optional=True
    ),
    Setting(
        "mail_domain",
        str,
        None,
        "Right side of our Message-IDs. Default: the domain of the From address.",
        optional=True,
    ),
    Setting(
        "mail_timeout_seconds",
        float,
        15.0,
        "Time one mail has, from connecting to the server's last answer; at most half of the lease of a delivery.",
        minimum=0.1,
        maximum=3_600,
    ),
    Setting(
        "delivery_lease_seconds",
        int,
        120,
        "After this time a delivery of a worker that died is taken over; at least twice the time one mail has.",
        minimum=5,
        maximum=86_400,
    ),
    Setting(
        "delivery_give_up_after_hours",
        int,
        24,
        "A delivery that only fails for now is given up after this time.",
        minimum=1,
        maximum=8_760,
    ),
    Setting(
        "worker",
        str,
        "auto",
        "Who sends: auto (embedded in development), embedded, or none (flask support worker).",
        choices=("auto", "embedded", "none"),
    ),
    Setting("worker_poll_seconds", float, 2.0, "Pause of an idle worker.", minimum=0.05, maximum=600),
    Setting(
        "undo_send_seconds",
        int,
        10,
        "So long an agent can take a reply sent in the inbox back; until then nothing of it is shown, told or done. 0: "
        "sent at once, as it is while no worker was seen.",
        minimum=0,
        maximum=120,
    ),
    Setting(
        "drafts_kept_days",
        int,
        30,
        "Days after which what an agent wrote and did not send is forgotten.",
        minimum=1,
        maximum=3_650,
    ),
    Setting("poll_seconds", int, 15, "How often an open page asks for news.", minimum=2, maximum=86_400),
    Setting(
        "inbox_poll_seconds",
        int,
        4,
        "How often one of the inbox does while an agent is at it. A page that nobody sees asks not at all.",
        minimum=1,
        maximum=86_400,
    ),
    Setting("page_size", int, 50, "Rows of a list page.", minimum=5, maximum=1_000),
)


class Settings:
    """The values in force for one app, as attributes named like the rows."""

    auto_close_after_hours: int
    reopen_within_days: int | None
    target_warning_percent: int | None
    ticket_prefix: str
    hook_timeout_seconds: float
    snapshot_max_age_minutes: int
    snapshot_max_bytes: int
    base_url: str | None
    panel: bool
    panel_url_prefix: str
    panel_layout: str
    color_scheme: str
    login_url: str | None
    content_security_policy: str | None
    max_subject_chars: int
    max_body_chars: int
    max_file_bytes: int
    max_files_per_message: int
    opens_per_hour: int | None
    messages_per_hour: int | None
    upload_bytes_per_hour: int | None
    searches_per_minute: int | None
    storage_folder: str | None
    mail_from: str | None
    mail_domain: str | None
    mail_timeout_seconds: float
    delivery_lease_seconds: int
    delivery_give_up_after_hours: int
    worker: str
    worker_poll_seconds: float
    undo_send_seconds: int
    drafts_kept_days: int
    poll_seconds: int
    inbox_poll_seconds: int
    page_size: int

    def __init__(self, config: Mapping[str, Any]) -> None:
        known = {row.key for row in SETTINGS}
        for key in config:
            if key.startswith(PREFIX) and key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f" Did you mean {near[0]}?" if near else " The settings are listed in the documentation."
                raise ConfigurationError(f"{key} is not a setting of Flask-SGSupport.{hint}")
        self.given = frozenset(key for key in config if key in known)
        for row in SETTINGS:
            setattr(self, row.name, row.read(config))
        self._check()

    def _check(self) -> None:
        if not self.ticket_prefix.isalnum() or not self.ticket_prefix.isascii() or len(self.ticket_prefix) > 10:
            raise ConfigurationError(f'{PREFIX}TICKET_PREFIX must be 1 to 10 letters and digits, for instance "TKT".')
        if not re.fullmatch(r"(/[^/\s<>?#\\]+)+", self.panel_url_prefix):
            raise ConfigurationError(
                f'{PREFIX}PANEL_URL_PREFIX must be a path like "/support", without a slash at its end and without '
                f"converters, not {self.panel_url_prefix!r}."
            )
        if self.base_url is not None and (not _is_address(self.base_url) or re.search("[?#]", self.base_url)):
            raise ConfigurationError(
                f'{PREFIX}BASE_URL must be an address like "https://app.example.com", not {self.base_url!r}; '
                'it has no "?" and no "#".'
            )
        if self.login_url and not (re.match(r"/(?![/\\])", self.login_url) or _is_address(self.login_url)):
            raise ConfigurationError(
                f'{PREFIX}LOGIN_URL must be a path like "/login" or an address like "https://login.example.com/", '
                f"not {self.login_url!r}."
            )
        if self.content_security_policy is not None and not self.content_security_policy.isprintable():
            raise ConfigurationError(
                f"{PREFIX}CONTENT_SECURITY_POLICY must be one line: a header has no line breaks. "
                f"Write it like \"default-src 'self'; img-src 'self'\", not {self.content_security_policy!r}."
            )
        if self.mail_from and not is_mail_address(parseaddr(self.mail_from)[1]):
            raise ConfigurationError(
                f'{PREFIX}MAIL_FROM must be an e-mail address like "support@example.com", not {self.mail_from!r}.'
            )
        if self.mail_domain and not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", self.mail_domain):
            raise ConfigurationError(
                f'{PREFIX}MAIL_DOMAIN must be a domain like "example.com", not {self.mail_domain!r}.'
            )
        if 2 * self.mail_timeout_seconds > self.delivery_lease_seconds:
            # Half for the mail, half for what comes before and after it.
            raise ConfigurationError(
                f"{PREFIX}DELIVERY_LEASE_SECONDS must be at least twice {PREFIX}MAIL_TIMEOUT_SECONDS "
                f"({self.mail_timeout_seconds:g}), not {self.delivery_lease_seconds}: or a second worker sends a mail "
                "that is still under way."
            )

    def rows(self) -> Iterator[tuple[Setting, Any, bool]]:
        """Each setting with its value and whether the host wrote it."""
        for row in SETTINGS:
            yield row, getattr(self, row.name), row.key in self.given


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and url.isprintable()
    except ValueError:
        return False


class Nudge(Protocol):
    """Wakes a worker after a commit; only latency, never the guarantee."""

    def __call__(self) -> None:
        """Wake it; never waits, never raises."""
        ...


def utc_now() -> datetime:
    """The present moment in UTC; tests put their own clock into `State.now`."""
    return datetime.now(UTC)


@dataclass(slots=True)
class State:
    """What one app has. Filled by the extension, read everywhere else by `state()`."""

    app: Flask
    db: SQLAlchemy
    settings: Settings
    hooks: Any
    storage: Any
    bind_key: str | None = None
    mail: Any = None
    nudge: Nudge | None = None
    now: Callable[[], datetime] = utc_now
    admin_endpoints: list[str] = field(default_factory=list)
    sound: bool = False
    """Whether the app was found built and configured so that pages can be shown; kept by ``queries/starting.py``."""
    without_inbox: bool = False
    """The host wants none; it wrote ``admin=[]``."""
    channels: dict[str, Any] = field(default_factory=dict)
    agents_named: dict[str, str] = field(default_factory=dict)
    """What routing functions called agents, and the host's ids of those; kept by ``services/opening.py``."""
    rules: Any = None
    """The rules as they were last read, with their revision; kept by ``services/ruling.py``."""
    joined_writes: int = 0
    """Writes of our doors that met a pending transaction of the host; shown by ``flask support health``."""
    has_search_index: bool = False
    """Whether a search has found the full-text index to be there; kept by ``queries/search.py``."""
    failing_buttons: dict[str, Any] = field(default_factory=dict)
    """Why nothing is known of a button, by its key; kept by ``services/host_buttons.py``."""
    hook_calls: set[Any] = field(default_factory=set)
    """Calls of hooks on their way in threads, those that hang among them; kept by ``services/calling.py``."""

    @property
    def secret_keys(self) -> list[str | bytes]:
        """Keys for signing as the host wrote them, the current one first.

        :raises ConfigurationError: there is none, or it is no text; says what to write.
        """
        if not self.app.secret_key or not isinstance(self.app.secret_key, str | bytes):
            raise ConfigurationError(
                _('The app has no SECRET_KEY; write app.config["SECRET_KEY"] = "…" with a long random text.')
            )
        return [self.app.secret_key, *(self.app.config.get("SECRET_KEY_FALLBACKS") or [])]

    @property
    def testing(self) -> bool:
        """Whether the host runs its tests: hooks run inline and no worker starts."""
        return bool(self.app.testing)

    @property
    def default_from(self) -> str | None:
        """The From address of queues that name none."""
        given = self.settings.mail_from or self.app.config.get("MAIL_DEFAULT_SENDER") or None
        sender: str | None = given[-1] if isinstance(given, tuple) else given
        return sender

    @property
    def default_address(self) -> str:
        """The address in it; empty where there is none."""
        sender = self.default_from
        return parseaddr(sender)[1] if isinstance(sender, str) else ""

    @property
    def storage_folder(self) -> Path:
        """Where attachments are kept."""
        return Path(self.settings.storage_folder or Path(self.app.instance_path) / "sgsupport-files")


def state() -> State:
    """What the current app has.

    :raises ConfigurationError: the extension was not registered with this app.
    """
    found: State | None = current_app.extensions.get("sgsupport")
    if found is None:
        raise ConfigurationError("This app has no support desk; write support.init_app(app, db).")
    return found
