"""Hours are reckoned with to the second, over daylight saving, midnight and holidays, as a slow clock does it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from flask_sgsupport.business_hours import (
    Holiday,
    Schedule,
    Span,
    is_known,
    read_holiday,
    read_spans,
    schedule_of,
    stored,
    write_holiday,
    write_spans,
    zone_names,
)
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from flask_sgsupport.models import Queue
from flask_sgsupport.queries.health import checks
from flask_sgsupport.queries.setup import last_changes, queue
from flask_sgsupport.services.hours import change_hours
from tests.world import Host

NINE_TO_FIVE = (Span(9 * 60, 17 * 60),)
OFFICE = Schedule("Europe/Berlin", (NINE_TO_FIVE,) * 5 + ((), ()))
MINUTE = timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def utc_moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Moments of these years, without the last one."""
    begins = datetime(first, 1, 1, tzinfo=UTC)
    length = int((datetime(last, 1, 1, tzinfo=UTC) - begins).total_seconds() * 1_000_000)
    return st.integers(0, length).map(lambda passed: begins + timedelta(microseconds=passed))


def hours(schedule: Schedule, start: str, end: str) -> float:
    return schedule.business_seconds(utc(start), utc(end)) / 3600


def is_open(schedule: Schedule, moment: datetime) -> bool:
    """The oracle: what the clock on the wall says at one moment."""
    wall = moment.astimezone(ZoneInfo(schedule.zone))
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    closed = {(one.year or today.year, one.month, one.day) for one in schedule.holidays}
    if (today.year, today.month, today.day) in closed:
        return False
    if not any(schedule.week):
        return True
    minute = wall.hour * 60 + wall.minute
    own = any(
        one.opens <= minute and (minute < one.closes or one.closes <= one.opens)
        for one in schedule.week[today.weekday()]
    )
    return own or any(one.closes <= one.opens and minute < one.closes for one in schedule.week[yesterday.weekday()])


def counted(schedule: Schedule, start: datetime, end: datetime) -> int:
    """The oracle's seconds, minute by minute."""
    minutes = int((end - start) / MINUTE)
    return 60 * sum(is_open(schedule, start + MINUTE * number) for number in range(minutes))


holidays = st.dates(date(2023, 12, 20), date(2026, 1, 10)).flatmap(
    lambda day: st.sampled_from([Holiday(day.month, day.day, day.year, "x"), Holiday(day.month, day.day)])
)


@st.composite
def spans_of_a_day(draw: st.DrawFn) -> tuple[Span, ...]:
    quarters = st.integers(0, 95)
    found = []
    for __ in range(draw(st.integers(0, 3))):
        opens, closes = draw(quarters), draw(quarters) + 1
        if opens != closes:
            found.append(Span(opens * 15, closes * 15))
    return tuple(found)


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia",
         "America/Sao_Paulo", "Africa/Casablanca", "Antarctica/Troll", "Asia/Tokyo"]  # fmt: skip
schedules = st.builds(
    Schedule,
    st.sampled_from(ZONES) | st.sampled_from(zone_names()),
    st.tuples(*[spans_of_a_day()] * 7),
    st.lists(holidays, max_size=4).map(tuple),
)
moments = utc_moments(2024, 2026)
minutes = moments.map(lambda moment: moment.replace(second=0, microsecond=0))
changing = st.sampled_from(["2024-03-31", "2024-10-27", "2024-03-10", "2024-11-03", "2025-04-06", "2024-10-06"]).map(
    lambda day: utc(day) - timedelta(hours=20)
)


@settings(max_examples=60, deadline=None)
@given(schedules, minutes | changing, st.integers(0, 3 * 24 * 60))
def test_what_counts_is_what_the_clock_on_the_wall_says(schedule: Schedule, start: datetime, length: int) -> None:
    end = start + MINUTE * length
    assert schedule.business_seconds(start, end) == counted(schedule, start, end)


@settings(max_examples=200, deadline=None)
@given(schedules, moments, moments, moments)
def test_two_stretches_count_as_much_as_both_together(
    schedule: Schedule, one: datetime, two: datetime, three: datetime
) -> None:
    whole = schedule.business_seconds(one, three)
    parts = schedule.business_seconds(one, two) + schedule.business_seconds(two, three)
    assert parts == pytest.approx(whole, abs=1e-3)
    assert schedule.business_seconds(three, one) == -whole


@settings(max_examples=200, deadline=None)
@given(schedules, moments, st.integers(0, 500_000))
def test_what_was_added_is_what_lies_between(schedule: Schedule, start: datetime, seconds: int) -> None:
    end = schedule.add(start, seconds)
    assume(end < start + timedelta(days=3_660))
    assert schedule.business_seconds(start, end) == seconds
    if seconds:
        # The first such moment: a moment before, less had counted.
        assert schedule.business_seconds(start, end - timedelta(microseconds=1)) < seconds


@settings(max_examples=100, deadline=None)
@given(schedules, moments, moments, st.integers(0, 200_000), st.integers(0, 200_000))
def test_later_and_longer_is_never_earlier(
    schedule: Schedule, one: datetime, two: datetime, less: int, more: int
) -> None:
    one, two, less, more = min(one, two), max(one, two), min(less, more), max(less, more)
    assert schedule.add(one, less) <= schedule.add(one, more)
    assert schedule.add(one, less) <= schedule.add(two, less)
    assert schedule.add(schedule.add(one, less), more) == schedule.add(one, less + more)


@given(utc_moments(1990, 2060), st.integers(0, 10**8))
@example(datetime(2024, 3, 31, tzinfo=UTC), 86_400)
def test_without_hours_every_second_counts(begins: datetime, seconds: int) -> None:
    assert Schedule("Europe/Berlin").add(begins, seconds) == begins + timedelta(seconds=seconds)
    assert Schedule().business_seconds(begins, begins + timedelta(seconds=seconds)) == seconds


def test_a_target_runs_over_the_weekend() -> None:
    friday = utc("2026-04-24 13:00")
    assert OFFICE.add(friday, 4 * 3600) == utc("2026-04-27 09:00"), "15:00 to 17:00, then from nine in Berlin to eleven"
    assert OFFICE.add(friday, 2 * 3600) == utc("2026-04-24 15:00"), "the last second of the day is of that day"
    assert hours(OFFICE, "2026-04-24 13:00", "2026-04-27 08:00") == 3


def test_what_comes_in_at_night_begins_to_count_when_it_opens() -> None:
    assert OFFICE.add(utc("2026-04-21 23:00"), 3600) == utc("2026-04-22 08:00")


def test_an_hour_that_is_skipped_counts_nothing_and_one_that_is_repeated_twice() -> None:
    night = Schedule("Europe/Berlin", ((Span(60, 240),),) * 7)
    assert hours(night, "2026-03-28 12:00", "2026-03-29 12:00") == 2
    assert hours(night, "2026-10-24 12:00", "2026-10-25 12:00") == 4
    half = Schedule("Europe/Berlin", ((Span(150, 180),),) * 7)
    assert hours(half, "2026-03-28 12:00", "2026-03-29 12:00") == 0
    assert hours(half, "2026-10-24 12:00", "2026-10-25 12:00") == 1
    assert half.add(utc("2026-10-24 12:00"), 2700) == utc("2026-10-25 01:45"), "half past two comes twice"
    nine = Schedule("Europe/Berlin", (NINE_TO_FIVE,) * 7)
    assert nine.add(utc("2026-03-28 16:00"), 60) == utc("2026-03-29 07:01"), "nine is an hour earlier in UTC now"
    assert nine.add(utc("2026-10-24 15:00"), 60) == utc("2026-10-25 08:01")


def test_hours_over_midnight_belong_to_the_evening_they_begin_on() -> None:
    nights = Schedule("UTC", ((Span(22 * 60, 6 * 60),), (), (), (), (), (), ()))
    assert hours(nights, "2026-04-20 00:00", "2026-04-21 00:00") == 2
    assert hours(nights, "2026-04-20 00:00", "2026-04-22 00:00") == 8
    sundays = Schedule("UTC", ((), (), (), (), (), (), (Span(22 * 60, 6 * 60),)))
    assert hours(sundays, "2026-04-20 00:00", "2026-04-21 00:00") == 6, "Monday morning"


def test_a_holiday_is_closed_from_midnight_to_midnight() -> None:
    berlin = Schedule(OFFICE.zone, OFFICE.week, (Holiday(5, 1, 2026, "Labour Day"),))
    assert hours(berlin, "2026-04-30 00:00", "2026-05-02 00:00") == 8
    assert hours(berlin, "2025-04-30 00:00", "2025-05-02 00:00") == 16
    yearly = Schedule(OFFICE.zone, OFFICE.week, (Holiday(5, 1),))
    assert hours(yearly, "2025-04-30 00:00", "2025-05-02 00:00") == 8
    nights = Schedule("UTC", ((Span(22 * 60, 6 * 60),),) * 7, (Holiday(5, 1),))
    assert hours(nights, "2026-04-30 12:00", "2026-05-02 12:00") == 2 + 6
    around_the_clock = Schedule("UTC", holidays=(Holiday(2, 29),))
    assert hours(around_the_clock, "2024-02-28 00:00", "2024-03-02 00:00") == 48
    assert hours(around_the_clock, "2026-02-28 00:00", "2026-03-02 00:00") == 48


def test_hours_that_overlap_count_once() -> None:
    both = Schedule("UTC", ((Span(540, 720), Span(600, 780), Span(780, 840)),) + ((),) * 6)
    assert hours(both, "2026-04-20 00:00", "2026-04-21 00:00") == 5


def test_it_looks_ten_years_ahead_and_no_further() -> None:
    rare = Schedule("UTC", ((Span(0, 15),),) + ((),) * 6)
    start = utc("2026-04-20 00:00")
    assert rare.add(start, 10**8) == start + timedelta(days=3_660)
    assert Schedule().add(start, 10**10) == start + timedelta(days=3_660)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        OFFICE.add(utc("2026-04-20").replace(tzinfo=None), 60)


def test_an_unknown_zone_counts_as_utc_and_says_so() -> None:
    for name in ("Mars/Olympus", "../../etc/passwd", "Europe", "", "x" * 300):
        assert not is_known(name), name
        assert Schedule(name, OFFICE.week).add(utc("2026-04-20 08:00"), 60) == utc("2026-04-20 09:01")
    assert is_known("UTC")
    assert is_known("Europe/Berlin")
    assert "Europe/Berlin" in zone_names()
    assert zone_names()[0] == "UTC"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("9:00-17:00", "09:00–17:00"),
        ("13.00 – 17.30; 09:00-12:00", "09:00–12:00, 13:00–17:30"),
        ("22:00–06:00", "22:00–06:00"),
        ("00:00-24:00", "00:00–24:00"),
        ("18:00-00:00", "18:00–24:00"),
        ("09:00-12:00\n12:00-13:00", "09:00–12:00, 12:00–13:00"),
        (" ", ""),
    ],
)
def test_hours_are_read_as_they_are_typed(typed: str, shown: str) -> None:
    assert write_spans(read_spans(typed)) == shown
    assert read_spans(shown) == read_spans(typed)


@pytest.mark.parametrize(
    "typed",
    ["9-17", "09:00", "09:00-09:00", "25:00-26:00", "09:60-10:00", "24:00-06:00", "09:00-12:00, 11:00-13:00",
     "22:00-06:00, 23:00-24:00", "closed"],
)  # fmt: skip
def test_what_are_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_spans(typed)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2026-04-03 Good Friday", Holiday(4, 3, 2026, "Good Friday")),
        ("12-25  Christmas ", Holiday(12, 25, None, "Christmas")),
        ("02-29", Holiday(2, 29)),
    ],
)
def test_holidays_are_read_as_they_are_typed(typed: str, found: Holiday) -> None:
    assert read_holiday(typed) == found
    assert read_holiday(write_holiday(found)) == found


@pytest.mark.parametrize("typed", ["Christmas", "2026-13-01 x", "2025-02-29 x", "25.12.2026", "0000-01-01", ""])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_holiday(typed)


@settings(max_examples=50, deadline=None)
@given(schedules)
def test_what_is_stored_comes_back(schedule: Schedule) -> None:
    assert schedule_of(stored(schedule)) == schedule


@pytest.mark.parametrize("text", [None, "", "{", "[]", '{"week": [[]]}', '{"week": [[["a", 1]]]}', '{"holidays": [1]}'])
def test_what_cannot_be_read_is_around_the_clock(text: str | None) -> None:
    assert schedule_of(text) == Schedule()


# Of a queue

WORK = {"zone": "Europe/Berlin", **dict.fromkeys(("monday", "tuesday"), "9:00-12:00, 13:00-17:00")}


def change(host: Host, who: str = "grace", key: str = "support", **values: Any) -> None:
    with host.app.app_context():
        change_hours(host.agent(who), key, values)


def schedule(host: Host) -> Schedule:
    with host.app.app_context():
        return queue(host.agent("grace"), "support").schedule


def test_a_lead_sets_the_hours_of_a_queue_and_the_history_says_so(host: Host) -> None:
    assert schedule(host) == Schedule()
    change(host, **WORK, holidays="12-25 Christmas\n\n2026-04-03  Good Friday")
    set_now = schedule(host)
    assert set_now.zone == "Europe/Berlin"
    assert [write_spans(spans) for spans in set_now.week[:3]] == ["09:00–12:00, 13:00–17:00"] * 2 + [""]
    assert set_now.holidays == (Holiday(12, 25, None, "Christmas"), Holiday(4, 3, 2026, "Good Friday"))
    with host.app.app_context():
        said = [row.text for row in last_changes(host.agent("grace"), "queue.changed", queue="support")]
    assert "queue support: time zone UTC → Europe/Berlin" in said
    assert "queue support: Monday – → 09:00–12:00, 13:00–17:00" in said
    assert len(said) == 4
    change(host, monday="09:00–12:00, 13:00–17:00")
    with host.app.app_context():
        assert len(last_changes(host.agent("grace"), "queue.changed", queue="support")) == 4, "nothing was changed"


@pytest.mark.parametrize("who", ["ada", "jerome"])
def test_nobody_but_a_lead_sets_hours(host: Host, who: str) -> None:
    with host.app.app_context(), pytest.raises(NotAllowed):
        change_hours(host.customer(who) if who == "jerome" else host.agent(who), "support", WORK)
    with pytest.raises(NotFound):
        change(host, key="nowhere", **WORK)


def test_every_wrong_hour_is_named_at_once(host: Host) -> None:
    wrong = {"zone": "Mars", "monday": "nine", "tuesday": ",".join(f"{n}:00-{n}:30" for n in range(11)),
             "sunday": "10:00-12:00", "holidays": "next week", "colour": "red"}  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        change(host, **wrong)
    assert set(refused.value.fields) == {"zone", "monday", "tuesday", "holidays", "colour"}
    for holidays in ("\n".join(["12-25 Christmas"] * 201), f"12-25 {'x' * 101}"):
        with pytest.raises(InvalidInput):
            change(host, holidays=holidays)
    assert schedule(host) == Schedule()


def test_the_page_shows_what_was_set_and_keeps_what_was_typed(host: Host) -> None:
    client, page = host.client("grace"), "/admin/support/hours/change/support"
    assert "around the clock" in client.get("/admin/support/hours/").text
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    form = {"zone": "Europe/Berlin", **dict.fromkeys(days, "9:00-17:00"), "holidays": "12-25 Christmas"}
    refused = client.post(page, data=form | {"saturday": "closed", "holidays": "<b>"})
    assert refused.status_code == 422
    text = unescape(refused.text)
    assert 'value="closed"' in text
    assert "“<b>” begins with no day." in text
    assert 'value="Europe/Berlin" selected' in text
    assert client.post(page, data=form | {"saturday": "10:00-14:00"}).status_code == 302
    listed = client.get("/admin/support/hours/").text
    assert "Mon–Fri 09:00–17:00 · Sat 10:00–14:00" in listed
    assert "Europe/Berlin" in listed
    shown = unescape(client.get(page).text)
    assert 'value="09:00–17:00"' in shown
    assert "12-25 Christmas</textarea>" in shown


def test_a_form_that_is_older_than_a_change_does_not_undo_it(host: Host) -> None:
    client, page = host.client("grace"), "/admin/support/hours/change/support"
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(page).text)
    assert seen is not None
    change(host, monday="08:00-16:00")
    answer = client.post(page, data={"seen": unescape(seen[1]), "zone": "UTC", "monday": "09:00-17:00"})
    assert answer.status_code == StaleTicket.http_status
    assert "Monday is “08:00–16:00” now" in unescape(answer.text)


def test_a_zone_nobody_knows_here_is_told_by_health_and_page(host: Host) -> None:
    def said() -> tuple[str, str]:
        with host.app.app_context():
            [found] = [check for check in checks() if check.name == "business hours"]
        return found.state, found.sentence

    change(host, zone="Europe/Berlin")
    assert said()[0] == "ok"
    with host.app.app_context():
        host.db.session.query(Queue).filter_by(key="support").update({"hours": stored(Schedule("Mars/Olympus"))})
        host.db.session.commit()
    state, sentence = said()
    assert state == "warn"
    assert "Support (Mars/Olympus)" in sentence
    client = host.client("grace")
    assert "Mars/Olympus" in client.get("/admin/support/hours/").text
    assert "Mars/Olympus (unknown here)" in client.get("/admin/support/hours/change/support").text
    assert '/admin/support/hours/">Support → Business hours</a>' in client.get("/admin/support/health/").text
