"""Periods of reports: whole days on the clock of a zone, and the days or weeks they are cut into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from .i18n import SHORT_MONTHS
from .snoozes import zone_of

MAX_DAYS = 366
"""The longest period."""
USUAL_DAYS = 30
DAYS_SHOWN = 45
"""Longer ones are cut into weeks, from Monday on."""
ONE_DAY = timedelta(days=1)
PRESETS = (7, 30, 90)
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Step:
    """A day or a week of a period, or what of it lies in the period."""

    first: date
    last: date
    begins: datetime
    ends: datetime

    @property
    def label(self) -> str:
        """Its first day, in few letters."""
        return f"{self.first.day} {SHORT_MONTHS[self.first.month - 1]!s}"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both of them in it.

    :param zone: the name of the zone whose days they are.
    :param cut: it was asked for a longer one, or for one that begins after it ends.
    """

    first: date
    last: date
    zone: str
    cut: bool = False

    @property
    def begins(self) -> datetime:
        """Its first moment, in UTC."""
        return midnight(self.first, self.zone)

    @property
    def ends(self) -> datetime:
        """The first moment after it, in UTC."""
        return midnight(self.last + ONE_DAY, self.zone)

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    @property
    def in_weeks(self) -> bool:
        """Whether it is cut into weeks."""
        return self.days > DAYS_SHOWN

    def steps(self) -> Iterator[Step]:
        """Its days, or weeks."""
        first = self.first
        while first <= self.last:
            last = first + timedelta(days=6 - first.weekday()) if self.in_weeks else first
            last = min(last, self.last)
            yield Step(first, last, midnight(first, self.zone), midnight(last + ONE_DAY, self.zone))
            first = last + ONE_DAY


def midnight(day: date, zone: str) -> datetime:
    """When a day begins on the clock of a zone, in UTC; where it has no midnight, when that hour would have been."""
    return datetime.combine(day, time.min, zone_of(zone)).astimezone(UTC)


def read_period(since: str, until: str, zone: str, now: datetime) -> Period:
    """The period of two days as they stand in an address; what is no day is taken as the usual one.

    :param zone: its name; one that is not known here is UTC.
    """
    known = zone if zone_of(zone) is not UTC else "UTC"
    today = now.astimezone(zone_of(known)).date()
    last = min(_day(until) or today, date.max - 2 * ONE_DAY)
    first = _day(since) or last - timedelta(days=USUAL_DAYS - 1)
    wrong = bool(since and _day(since) is None) or bool(until and _day(until) is None)
    first, last = max(first, EARLIEST), max(last, EARLIEST)
    if first > last:
        return Period(last, last, known, cut=True)
    if (last - first).days >= MAX_DAYS:
        return Period(last - timedelta(days=MAX_DAYS - 1), last, known, cut=True)
    return Period(first, last, known, cut=wrong)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
