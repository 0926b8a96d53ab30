"""When a desk is at work: a schedule, and the two questions asked of it, how long and until when.

A moment counts where the clock on the wall of the schedule's zone stands within the opening hours of its weekday and
the day is no holiday. So an hour that daylight saving skips counts nothing, and one that it repeats counts twice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_MINUTES = 24 * 60
MAX_DAYS = 3_660
"""So far ahead `add` looks: about ten years."""
LEAP_YEAR = 2000
"""The year in which a day without one is written, since it has every day."""
NO_TIME = timedelta(0)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Opening hours in minutes from midnight; those that do not close after they open go on into the next day."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not (0 <= self.opens < DAY_MINUTES and 0 < self.closes <= DAY_MINUTES and self.opens != self.closes):
            raise ValueError(f"no opening hours: {self.opens}, {self.closes}")

    @property
    def parts(self) -> Sequence[tuple[int, int, int]]:
        """Which days it is open on, 0 being its own, from which minute to which."""
        if self.closes > self.opens:
            return ((0, self.opens, self.closes),)
        return ((0, self.opens, DAY_MINUTES), (1, 0, self.closes))


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A day that is closed from midnight to midnight: of one year, or without a year of each."""

    month: int
    day: int
    year: int | None = None
    name: str = ""

    def __post_init__(self) -> None:
        date(LEAP_YEAR if self.year is None else self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a desk is at work; without opening hours on any weekday around the clock, but for holidays.

    :param zone: its IANA name; one that is not known here counts as UTC, see `is_known`.
    :param week: the opening hours of each weekday, Monday first.
    """

    zone: str = "UTC"
    week: tuple[tuple[Span, ...], ...] = ((),) * 7
    holidays: tuple[Holiday, ...] = ()
    _of_weekday: tuple[Sequence[tuple[timedelta, timedelta]], ...] = field(init=False, repr=False, compare=False)
    _closed: frozenset[tuple[int | None, int, int]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7:
            raise ValueError("a week has seven days")
        parts: list[list[tuple[int, int]]] = [[] for __ in self.week]
        for weekday, spans in enumerate(self.week):
            for later, opens, closes in (part for span in spans for part in span.parts):
                parts[(weekday + later) % 7].append((opens, closes))
        if not any(parts):
            parts = [[(0, DAY_MINUTES)] for __ in self.week]
        object.__setattr__(self, "_of_weekday", tuple(_joined(one) for one in parts))
        object.__setattr__(self, "_closed", frozenset((one.year, one.month, one.day) for one in self.holidays))

    @property
    def always(self) -> bool:
        """Whether there is nothing to be reckoned with: every moment counts."""
        return not any(self.week) and not self.holidays

    def open_on(self, day: date) -> Sequence[tuple[timedelta, timedelta]]:
        """From when to when it is open on that day, from its midnight on, in order and without overlap."""
        if {(day.year, day.month, day.day), (None, day.month, day.day)} & self._closed:
            return ()
        return self._of_weekday[day.weekday()]

    def business_seconds(self, start: datetime, end: datetime) -> float:
        """How many seconds between two moments count; negative where the end comes first."""
        if end < start:
            return -self.business_seconds(end, start)
        if self.always:
            return (end - start).total_seconds()
        between = self._open_between(_plain(start), _plain(end))
        return sum((closes - opens for opens, closes in between), NO_TIME).total_seconds()

    def add(self, start: datetime, seconds: float) -> datetime:
        """The first moment by which so many seconds have counted since the start, in UTC; at most ten years later."""
        left, begins = timedelta(seconds=max(seconds, 0)), _plain(start)
        ends = begins + timedelta(days=MAX_DAYS)
        if self.always or not left:
            return min(begins + left, ends).replace(tzinfo=UTC)
        for opens, closes in self._open_between(begins, ends):
            if left <= closes - opens:
                return (opens + left).replace(tzinfo=UTC)
            left -= closes - opens
        return ends.replace(tzinfo=UTC)

    def _open_between(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches, in order, in UTC without its zone."""
        for begins, ends, offset in _pieces(self.zone, start, end):
            day = (begins + offset).date()
            while (midnight := datetime.combine(day, time.min) - offset) < ends:
                for opens, closes in self.open_on(day):
                    first, last = max(midnight + opens, begins), min(midnight + closes, ends)
                    if first < last:
                        yield first, last
                day += ONE_DAY


def _joined(parts: Sequence[tuple[int, int]]) -> Sequence[tuple[timedelta, timedelta]]:
    """The parts of a day in order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for opens, closes in sorted(parts):
        if found and opens <= found[-1][1]:
            found[-1] = (found[-1][0], max(closes, found[-1][1]))
        else:
            found.append((opens, closes))
    return tuple((timedelta(minutes=opens), timedelta(minutes=closes)) for opens, closes in found)


# Zones


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo | None:
    """The zone of that name; ``None`` where nothing here knows it, as on a machine without time zone data."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # A folder of the data, as "Europe" is, or a name that leads out of it.
        return None


def is_known(name: str) -> bool:
    """Whether the zone of that name is known here."""
    return zone_of(name) is not None


@lru_cache(maxsize=1)
def zone_names() -> Sequence[str]:
    """The zones to choose from, named by place, and UTC first."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *places)


def hour_at(hours: str | None, moment: datetime) -> str:
    """The hour on the wall of a queue with these business hours, as they are stored; in UTC where it has none."""
    return str(moment.astimezone(zone_of(schedule_of(hours).zone) or UTC).hour)


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.replace(tzinfo=UTC).astimezone(zone).utcoffset() or NO_TIME


@lru_cache(maxsize=512)
def _changes(name: str, year: int) -> Sequence[tuple[datetime, timedelta]]:
    """From which moments of a year, in UTC, which offset holds; the first is that of its beginning."""
    zone = zone_of(name) or UTC
    begins = datetime(year, 1, 1)  # noqa: DTZ001 - in UTC, as all of them here
    found = [(begins, _offset(zone, begins))]
    for moment in (begins + ONE_DAY * day for day in range(366)):
        if _offset(zone, moment + ONE_DAY) != found[-1][1]:
            at = _first_other(zone, moment, moment + ONE_DAY)
            found.append((at, _offset(zone, at)))
    return [change for change in found if change[0].year == year]


def _first_other(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The second at which the offset becomes another between two moments."""
    old = _offset(zone, before)
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, before + timedelta(seconds=middle)) == old else (low, middle)
    return before + timedelta(seconds=high)


def _pieces(name: str, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """What lies between two moments, cut where the offset of the zone changes."""
    changes = [change for year in range(start.year, end.year + 1) for change in _changes(name, year)]
    for place, (begins, offset) in enumerate(changes):
        ends = changes[place + 1][0] if place + 1 < len(changes) else end
        first, last = max(begins, start), min(ends, end)
        if first < last:
            yield first, last, offset


def _plain(moment: datetime) -> datetime:
    """In UTC, its zone taken off."""
    if moment.tzinfo is None:
        raise ValueError("A time without a zone cannot be reckoned with.")
    return moment.astimezone(UTC).replace(tzinfo=None)


# As it is stored and typed

_SPAN = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})")
_DAY = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{2})(?:\s+(.*))?")


def read_spans(text: str) -> tuple[Span, ...]:
    """Opening hours as they are typed: ``09:00–12:00, 13:00–17:00``; ``22:00–06:00`` goes on into the next day.

    :raises ValueError: they are none, or overlap.
    """
    spans = []
    for part in filter(None, (one.strip() for one in re.split(r"[,;\n]", text))):
        found = _SPAN.fullmatch(part)
        if found is None:
            raise ValueError(part)
        opens, closes = (_minute(*found.groups()[at : at + 2]) for at in (0, 2))
        spans.append(Span(opens, closes or DAY_MINUTES))
    spans.sort()
    for before, after in pairwise(spans):
        if before.parts[0][2] > after.opens:
            raise ValueError(text)
    return tuple(spans)


def _minute(hour: str, minute: str) -> int:
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > DAY_MINUTES:
        raise ValueError(f"{hour}:{minute}")
    return found


def write_spans(spans: Sequence[Span]) -> str:
    """Opening hours as they are shown and read again."""
    return ", ".join(f"{_clock(one.opens)}–{_clock(one.closes)}" for one in spans)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def read_holiday(line: str) -> Holiday:
    """A holiday as it is typed: ``2026-04-03 Good Friday``, or ``12-25 Christmas`` for each year.

    :raises ValueError: there is no such day.
    """
    found = _DAY.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    year, month, day, name = found.groups()
    return Holiday(int(month), int(day), int(year) if year else None, " ".join((name or "").split()))


def write_holiday(holiday: Holiday) -> str:
    """A holiday as it is shown and read again."""
    year = "" if holiday.year is None else f"{holiday.year:04}-"
    return f"{year}{holiday.month:02}-{holiday.day:02} {holiday.name}".rstrip()


def stored(schedule: Schedule) -> str:
    """A schedule as JSON."""
    said = {
        "zone": schedule.zone,
        "week": [[[one.opens, one.closes] for one in spans] for spans in schedule.week],
        "holidays": [write_holiday(one) for one in schedule.holidays],
    }
    return json.dumps(said, ensure_ascii=False)


@lru_cache(maxsize=256)
def schedule_of(text: str | None) -> Schedule:
    """A stored schedule; nothing is around the clock, and so is what cannot be read."""
    try:
        said: Any = json.loads(text or "{}")
        week = tuple(tuple(Span(*span) for span in spans) for spans in said.get("week", ((),) * 7))
        holidays = tuple(read_holiday(line) for line in said.get("holidays", ()))
        return Schedule(str(said.get("zone", "UTC")), week, holidays)
    except (ValueError, TypeError, AttributeError):
        return Schedule()
