"""The texts of the package in the reader's language, under the gettext domain ``sgsupport``.

Where the host has set up flask-babel, its current locale decides; everywhere else, and for a language without
a catalogue, the texts are English as written. Times are UTC and say so.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import humanize
from flask import current_app, has_app_context, has_request_context

DOMAIN = "sgsupport"
TRANSLATIONS = Path(__file__).parent / "translations"

_in_english: ContextVar[bool] = ContextVar("sgsupport_in_english", default=False)

Coded = Mapping[str, str]
"""What is stored in place of a sentence, to be worded for each reader: ``code``, and the values the sentence takes."""


class LazyText(str):
    """A text of a table made at import, translated when it is shown.

    ``str()``, formatting, ``%`` and templates give the reader's language; as a plain string (in JSON, ``join``,
    comparisons) it is the English source.
    """

    def __str__(self) -> str:
        return _translate(str.__str__(self))

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __mod__(self, variables: Any) -> str:
        translated: str = str(self) % variables
        return translated


def gettext(text: str, **variables: Any) -> str:
    """Translate a text; its ``%(name)s`` are filled from the keyword arguments, which are never read as templates."""
    translated = _translate(str.__str__(text))
    return translated % variables if variables else translated


def ngettext(singular: str, plural: str, num: int, **variables: Any) -> str:
    """Translate a text in the form that ``num`` asks for; ``%(num)s`` is the number."""
    translations = _translations()
    if translations is None:
        translated = singular if num == 1 else plural
    else:
        translated = str(translations.ungettext(singular, plural, num))
    return translated % {"num": num, **variables}


def lazy_gettext(text: str) -> LazyText:
    """Mark a text of a table; it takes its values by ``text % {"name": …}`` or ``gettext(text, name=…)``."""
    return LazyText(text)


def language() -> str:
    """The language the texts are in: that of the catalogue in use, English without one."""
    translations = _translations()
    if translations is None or not getattr(translations, "files", ()):
        return "en"
    return str(importlib.import_module("flask_babel").get_locale()).replace("_", "-")


@contextmanager
def in_english() -> Iterator[None]:
    """Give texts as written, and have the host's locale selector not asked."""
    before = _in_english.set(True)
    try:
        yield
    finally:
        _in_english.reset(before)


def worded(sentences: Mapping[str, str], coded: Coded) -> str:
    """The sentence of what was stored as a code with its values; a code unknown here is shown as it is."""
    code = coded["code"]
    values = {name: value for name, value in coded.items() if name != "code"}
    return gettext(sentences[code], **values) if code in sentences else code


def format_datetime(moment: datetime) -> str:
    """Return ``22 April 2026, 14:03 UTC``; a moment without a zone is taken as UTC."""
    utc = _in_utc(moment)
    return gettext(
        "%(day)d %(month)s %(year)d, %(time)s UTC",
        day=utc.day,
        month=MONTHS[utc.month - 1],
        year=utc.year,
        time=f"{utc:%H:%M}",
    )


def format_short(moment: datetime) -> str:
    """Return ``22 Apr 2026, 14:03``, UTC: for lists, beside the full form in the title."""
    utc = _in_utc(moment)
    return gettext(
        "%(day)d %(month)s %(year)d, %(time)s",
        day=utc.day,
        month=SHORT_MONTHS[utc.month - 1],
        year=utc.year,
        time=f"{utc:%H:%M}",
    )


def format_near(moment: datetime, now: datetime) -> str:
    """Return the least that tells it from now: ``14:03 UTC``, ``Mon 09:20 UTC``, ``22 Apr`` or ``22 Apr 2025``."""
    utc, today = _in_utc(moment), _in_utc(now)
    time = f"{utc:%H:%M} UTC"
    if utc.date() == today.date():
        return time
    if abs(today - utc) < timedelta(days=6):
        return f"{SHORT_DAYS[utc.weekday()]} {time}"
    day = f"{utc.day} {SHORT_MONTHS[utc.month - 1]}"
    return day if utc.year == today.year else f"{day} {utc.year}"


def format_duration(duration: timedelta) -> str:
    """Return the two greatest parts, ``3 h 12 m`` or ``2 d 4 h``; below a minute ``0 m``."""
    minutes = int(abs(duration).total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        text = gettext("%(days)d d %(hours)d h", days=days, hours=hours)
    elif hours:
        text = gettext("%(hours)d h %(minutes)d m", hours=hours, minutes=minutes)
    else:
        text = gettext("%(minutes)d m", minutes=minutes)
    return f"-{text}" if duration <= timedelta(minutes=-1) else text


def format_number(number: int) -> str:
    """Return a whole number with its thousands apart, ``12,345``."""
    if language() == "en":
        return f"{number:,}"
    return str(importlib.import_module("flask_babel").format_decimal(number))


def format_bytes(size_bytes: int) -> str:
    """Return a size in decimal units, ``84 kB`` or ``1.5 MB``."""
    return humanize.naturalsize(size_bytes, format="%.1f").replace(".0 ", " ")


MONTHS = (
    lazy_gettext("January"),
    lazy_gettext("February"),
    lazy_gettext("March"),
    lazy_gettext("April"),
    lazy_gettext("May"),
    lazy_gettext("June"),
    lazy_gettext("July"),
    lazy_gettext("August"),
    lazy_gettext("September"),
    lazy_gettext("October"),
    lazy_gettext("November"),
    lazy_gettext("December"),
)
SHORT_MONTHS = (
    lazy_gettext("Jan"),
    lazy_gettext("Feb"),
    lazy_gettext("Mar"),
    lazy_gettext("Apr"),
    lazy_gettext("May"),
    lazy_gettext("Jun"),
    lazy_gettext("Jul"),
    lazy_gettext("Aug"),
    lazy_gettext("Sep"),
    lazy_gettext("Oct"),
    lazy_gettext("Nov"),
    lazy_gettext("Dec"),
)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _translate(text: str) -> str:
    translations = _translations()
    # An empty text would be answered by the catalogue's header.
    return text if translations is None or not text else str(translations.ugettext(text))


def _translations() -> Any:
    """Return flask-babel's translations for the current locale, or None where it is not set up."""
    if _in_english.get() or not has_app_context() or "babel" not in current_app.extensions:
        return None
    try:
        return _domain().get_translations()
    except (RuntimeError, AttributeError):
        # Outside a request, a host's locale selector that asks the request, or what it left on g, cannot answer.
        if has_request_context():
            raise
        return None


@cache
def _domain() -> Any:
    # Imported only where a host has set it up: a mere import of flask-babel changes how Flask-Admin translates.
    return importlib.import_module("flask_babel").Domain([str(TRANSLATIONS)], DOMAIN)


SHORT_DAYS = (
    lazy_gettext("Mon"),
    lazy_gettext("Tue"),
    lazy_gettext("Wed"),
    lazy_gettext("Thu"),
    lazy_gettext("Fri"),
    lazy_gettext("Sat"),
    lazy_gettext("Sun"),
)
