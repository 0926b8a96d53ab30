"""Times until which a ticket may be snoozed: presets of the inbox, and what is typed, in the reader's own zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from .errors import InvalidInput
from .i18n import gettext as _

MORNING = time(9)
MONDAY = 0
MAX_ZONE_CHARS = 64


@dataclass(frozen=True, slots=True)
class Preset:
    """One offer: the word that is sent, what it is called, and the moment it means.

    :param at: made of the moment now on the reader's own clock.
    """

    word: str
    label: Callable[[], str]
    at: Callable[[datetime], datetime]


def _morning(now: datetime, days: int) -> datetime:
    # Of the day, not so many hours on: clocks may be changed in between.
    return datetime.combine(now.date() + timedelta(days=days), MORNING, now.tzinfo)


PRESETS: tuple[Preset, ...] = (
    Preset("later", lambda: _("Later today (3 hours)"), lambda now: now.astimezone(UTC) + timedelta(hours=3)),
    Preset("tomorrow", lambda: _("Tomorrow morning"), lambda now: _morning(now, 1)),
    Preset("next_week", lambda: _("Next week (Monday)"), lambda now: _morning(now, 7 - now.weekday() + MONDAY)),
)
BY_WORD: Mapping[str, Preset] = {preset.word: preset for preset in PRESETS}


def read_until(word: str, typed: str, zone: str, now: datetime) -> datetime:
    """The moment that was chosen or typed.

    :param word: of a preset; anything else takes what was typed.
    :param typed: as a browser sends a date with its time, ``2026-04-22T14:03``.
    :param zone: the name of the reader's zone as their browser knows it; UTC without one, or with one unknown here.
    :raises InvalidInput: nothing was typed that is a time.
    """
    here = zone_of(zone)
    if word in BY_WORD:
        return BY_WORD[word].at(now.astimezone(here)).astimezone(UTC)
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=here).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput({"until": _("Choose a day and a time.")}) from None


def zone_of(name: str) -> tzinfo:
    """A zone by its name; UTC where this machine does not know it."""
    if not name or len(name) > MAX_ZONE_CHARS:
        return UTC
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC
