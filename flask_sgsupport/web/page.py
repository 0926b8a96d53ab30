"""What every page of ours needs to be drawn: the object templates know as ``sg``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import g, get_flashed_messages, render_template, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup, escape

from ..i18n import format_bytes, format_datetime, format_near, gettext, language
from ..payloads import rfc3339
from ..settings import state
from .saying import Line, said

OWN_LAYOUT = "sgsupport/panel/standalone.html"


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of our navigation.

    :param unread: the number beside it, which follows the news; ``None`` for an entry without one.
    """

    label: str
    url: str
    current: bool = False
    unread: int | None = None


class Live(StrEnum):
    """What a page does with news, beside the number of unread notices."""

    NUMBER = "number"
    """Nothing."""
    PAGE = "page"
    """It says that there is something new."""
    LIST = "list"
    """It says how its list has changed, and keeps the counts."""


@dataclass(frozen=True, slots=True)
class Time:
    """A moment ready to show: UTC throughout."""

    iso: str
    short: str
    full: str

    @classmethod
    def of(cls, at: datetime | None) -> Time | None:
        """``None`` stays ``None``."""
        if at is None:
            return None
        return cls(rfc3339(at.replace(microsecond=0)), format_near(at, state().now()), format_datetime(at))


@dataclass(slots=True)
class Page:
    """The frame of one page.

    :param ways_out: where an error page leads.
    :param onward: where a person goes on after an act on what the page shows.
    :param quick_seconds: how often it asks for news while somebody is at it, where that is more often.
    :param version: of what the page shows, as `flask_sgsupport.queries.polling` writes it.
    :param page_url: where the page is found, should it answer a form; empty where none is answered there.
    """

    navigation: Sequence[Link] = ()
    home_url: str = ""
    layout: str = OWN_LAYOUT
    poll_url: str = ""
    page_url: str = ""
    live: Live = Live.NUMBER
    version: str = ""
    ways_out: Sequence[Link] = ()
    onward: Link | None = None
    site_name: str = ""
    poll_seconds: int = field(default_factory=lambda: state().settings.poll_seconds)
    quick_seconds: int | None = None

    gettext = staticmethod(gettext)

    @property
    def lang(self) -> str:
        """The language of the page's texts."""
        return language()

    @property
    def found_at(self) -> str:
        """Where a page that answers a form is found; empty where its own address leads to it."""
        return self.page_url if request.method == "POST" else ""

    def csrf_token(self) -> str:
        """The session's token for a form."""
        return str(generate_csrf())

    @property
    def scheme(self) -> str:
        """The colour scheme asked for in the settings; empty where the page around ours decides."""
        wanted = state().settings.color_scheme
        return "" if wanted == "host" else wanted

    @property
    def most_files(self) -> int:
        """How many files go with one message."""
        return state().settings.max_files_per_message

    @property
    def most_bytes(self) -> int:
        """How large each of them may be."""
        return state().settings.max_file_bytes

    @property
    def most_bytes_in_words(self) -> str:
        """The same for people."""
        return format_bytes(self.most_bytes)

    def draft(self, name: str) -> str:
        """The name under which a browser keeps what is typed into a form, apart for each person."""
        person = g.get("sgsupport_person")
        return f"{person.id if person else ''} {name}"

    def said(self) -> list[Line]:
        """What the last act says."""
        return said()

    @property
    def host_flashes(self) -> Sequence[Any]:
        """The host's own flashes with their categories, where no layout of the host around the page shows them."""
        return get_flashed_messages(with_categories=True) if self.layout == OWN_LAYOUT else ()

    @property
    def nonce_attribute(self) -> Markup:
        """As `nonce_attribute` gives it."""
        return nonce_attribute()

    @property
    def stylesheet_url(self) -> str:
        """Our stylesheet."""
        return url_for("sgsupport.static", filename="sgsupport.css")

    @property
    def script_url(self) -> str:
        """Our script."""
        return script_url()

    def render(self, template: str, **context: Any) -> str:
        """A panel page, in the layout of the host."""
        if self.layout == OWN_LAYOUT:
            g.sgsupport_own_layout = True
        return render_template(template, sg=self, **context)


def nonce_attribute() -> Markup:
    """`` nonce="…"`` where the host makes nonces for its policy: ``g.csp_nonce`` or ``request.csp_nonce``."""
    nonce = g.get("csp_nonce") or getattr(request, "csp_nonce", None)
    nonce = nonce() if callable(nonce) else nonce
    return Markup(' nonce="{}"').format(nonce) if nonce else Markup("")


def script_url() -> str:
    """Our script."""
    return url_for("sgsupport.static", filename="sgsupport.js")


def joined(parts: Sequence[object], separator: str = " · ") -> Markup:
    """Escaped parts with a separator between them, empty ones left out."""
    return escape(separator).join(escape(part) for part in parts if part)
