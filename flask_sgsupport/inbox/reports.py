"""Reports: what waits, how long answers and solutions took, what was opened again; each figure opens its tickets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask import Response, redirect, request
from flask_admin import expose

from ..actors import Actor
from ..charts import TIMES as TIME_STEPS
from ..charts import Line, lines
from ..errors import InvalidInput
from ..figures import FIGURES, Figure
from ..i18n import format_duration, format_number
from ..i18n import gettext as _
from ..payloads import rfc3339
from ..periods import MAX_DAYS, PRESETS, Period, read_period
from ..permissions import sees_agents
from ..queries.reports import (
    Age,
    Asked,
    Group,
    Names,
    Report,
    Spread,
    Value,
    Values,
    moments_of,
    names_for,
    report,
    too_many,
)
from ..safe_html import drawn
from ..settings import state
from ..web.asking import agent_asking, asked, asked_without_empty
from ..web.page import Time
from ..web.spreadsheet import as_csv
from .frame import SupportView

CALENDAR, BUSINESS = "calendar", "business"
TIMES = ("first_response", "next_response", "first_resolve", "full_resolve", "customer_wait", "closed")
WAYS = ("closed_by_customer", "closed_recorded", "closed_by_time", "closed_by_agent", "withdrawn", "merged")
"""How tickets ended, in the order it is shown."""
RATES: Sequence[tuple[str, str, str]] = (
    ("reopened", "reopened", "resolved"),
    ("one_touch", "one_touch", "resolved"),
    ("response_met", "response_met", "response_timed"),
    ("resolution_met", "resolution_met", "resolution_timed"),
    ("confirmed", "confirmed", "closed"),
    ("rated_good", "rated_good", "rated"),
    ("asked_answered", "asked_answered", "asked"),
)
"""What it is called by, the part, and what it is a part of."""
AGE_LABELS: Mapping[tuple[int | None, int | None], Callable[[], str]] = {
    (None, 1): lambda: _("Less than a day"),
    (1, 3): lambda: _("1 to 3 days"),
    (3, 7): lambda: _("3 to 7 days"),
    (7, None): lambda: _("7 days and more"),
}
WORDS: Mapping[str, Callable[[], str]] = {
    "reopened": lambda: _("Reopened within 7 days"),
    "one_touch": lambda: _("Resolved with one answer"),
    "response_met": lambda: _("First response on target"),
    "resolution_met": lambda: _("Solved on target"),
    "confirmed": lambda: _("Closed by the customer's confirmation"),
    "rated_good": lambda: _("Rated good"),
    "asked_answered": lambda: _("Said how the help was"),
}
WHOLES: Mapping[str, Callable[[], str]] = {
    "resolved": lambda: _("resolved"),
    "response_timed": lambda: _("answered that had a target"),
    "resolution_timed": lambda: _("solved that had a target"),
    "closed": lambda: _("closed"),
    "rated": lambda: _("rated"),
    "asked": lambda: _("asked"),
}


class ReportsView(SupportView):
    """One page, and the same as CSV."""

    @expose("/")
    def index(self) -> Any:
        """The report of a period."""
        actor = agent_asking()
        if "" in request.args.values():
            return redirect(self.url_to("reports.index") + asked_without_empty())
        names = names_for(actor)
        wanted = _asked(names)
        found = report(actor, wanted, names)
        clock = _clock()
        arguments = {name: value for name, value in request.args.items() if name in _ARGUMENTS}
        return self.framed(actor).render(
            "sgsupport/inbox/reports.html",
            sg_title=_("Reports"),
            meta=_said(wanted.period),
            period=wanted.period,
            presets=self._presets(wanted.period, arguments),
            fields=_fields(actor, names, wanted, clock),
            notices=_notices(wanted.period, found, names),
            backlog=self._backlog(found) if found.backlog else None,
            times=self._times(found) if found.values else [],
            rates=self._rates(found) if found.values else [],
            ways=self._ways(found) if found.values else [],
            charts=self._charts(found, clock) if found.values else [],
            groups=self._groups(found, clock, actor) if found.values else [],
            business=clock == BUSINESS,
            nothing=found.values is not None and not any(value.tickets for value in found.values.values()),
            figures_url=self.url_to("reports.figures", **arguments),
            moments_url=self.url_to("reports.moments", **arguments),
            summary=_summary(self, found),
        )

    @expose("/figures.csv")
    def figures(self) -> Response:
        """Every figure with its times, in all and by queue, agent and day, as CSV."""
        actor = agent_asking()
        names = names_for(actor)
        found = report(actor, _asked(names), names)
        if found.values is None:
            raise InvalidInput({"since": too_many()})
        return as_csv("figures", _FIGURE_HEAD, _figure_rows(found))

    @expose("/moments.csv")
    def moments(self) -> Response:
        """Every measured moment of the period, as CSV."""
        actor = agent_asking()
        names = names_for(actor)
        rows = moments_of(actor, _asked(names))
        return as_csv("moments", _MOMENT_HEAD, _moment_rows(rows, names))

    def _list(self, figure: Figure) -> str:
        """The address of the list of exactly the tickets a figure counts."""
        return self.url_to("inbox.index", view="all", figure=str(figure))

    def _number(self, found: Report, name: str, value: Value, **changes: Any) -> dict[str, Any]:
        """A number that opens its tickets; of none there is nothing to open."""
        url = self._list(found.asked.figure(name, **changes)) if value.tickets else ""
        return {"text": format_number(value.tickets), "url": url}

    def _presets(self, period: Period, arguments: Mapping[str, str]) -> list[dict[str, Any]]:
        rest = {name: value for name, value in arguments.items() if name not in {"since", "until"}}
        today = read_period("", "", period.zone, state().now()).last
        found = []
        for days in PRESETS:
            first = today - timedelta(days=days - 1)
            url = self.url_to("reports.index", **rest, since=first.isoformat(), until=today.isoformat())
            current = (period.first, period.last) == (first, today)
            found.append({"label": _("Last %(days)s days", days=days), "url": url, "current": current})
        return found

    def _backlog(self, found: Report) -> dict[str, Any]:
        backlog = found.backlog
        assert backlog is not None  # noqa: S101 - asked before

        def url(age: Age) -> str:
            figure = found.asked.figure("backlog", begins=age.begins, ends=age.ends)
            return self._list(figure) if age.tickets else ""

        ages = [
            {"label": AGE_LABELS[age.days](), "value": age.tickets, "text": format_number(age.tickets), "url": url(age)}
            for age in backlog.ages
        ]
        within = {"begins": backlog.begins, "ends": backlog.ends}
        unassigned = found.asked.figure("backlog", **within, agent="nobody")
        return {
            "ages": ages,
            "tickets": format_number(backlog.tickets),
            "url": self._list(found.asked.figure("backlog", **within)) if backlog.tickets else "",
            "unassigned": format_number(backlog.unassigned),
            "unassigned_url": self._list(unassigned) if backlog.unassigned else "",
            "oldest": format_duration(state().now() - backlog.oldest_at) if backlog.oldest_at else "–",
            "oldest_at": Time.of(backlog.oldest_at),
        }

    def _times(self, found: Report) -> list[dict[str, Any]]:
        values = found.values or {}
        return [
            {
                "label": str(FIGURES[name].label),
                "tickets": self._number(found, name, values[name]),
                "several": _more_values(values[name]),
                "calendar": _spread(values[name].calendar),
                "business": _spread(values[name].business),
            }
            for name in TIMES
        ]

    def _rates(self, found: Report) -> list[dict[str, Any]]:
        values = found.values or {}
        return [
            {
                "label": WORDS[label](),
                "percent": _percent(values[part].tickets, values[of].tickets),
                "part": self._number(found, part, values[part]),
                "of": self._number(found, of, values[of]),
                "of_label": WHOLES[of](),
            }
            for label, part, of in RATES
        ]

    def _ways(self, found: Report) -> list[dict[str, Any]]:
        values = found.values or {}
        return [
            {
                "label": str(FIGURES[name].label),
                "value": values[name].tickets,
                **self._number(found, name, values[name]),
            }
            for name in WAYS
        ]

    def _charts(self, found: Report, clock: str) -> list[dict[str, Any]]:
        """What came and went, and how long the first answer and the solution took, by day or week."""
        steps = [step for step, __ in found.steps]
        labels = [step.label for step in steps]
        flow = [Line(str(FIGURES[name].label), [of[name].tickets for __, of in found.steps]) for name in _FLOW]
        title = _("Opened and resolved by week") if found.asked.period.in_weeks else _("Opened and resolved by day")
        charts = [
            {
                "title": title,
                "svg": drawn(lines(flow, labels, title=title, worded=lambda value: f"{value:g}")),
                "columns": [line.name for line in flow],
                "rows": self._chart_rows(found, _FLOW),
            }
        ]
        if found.trend is not None:
            charts.append(_trend_chart(found, labels))
        for name, title in (
            ("first_response", _("First response: median and 90th percentile")),
            ("full_resolve", _("Time to full resolution: median and 90th percentile")),
        ):
            spreads = [_on(of[name], clock) for __, of in found.steps]
            both = [
                Line(_("Median"), [one.median if one else None for one in spreads]),
                Line(_("90th percentile"), [one.p90 if one else None for one in spreads]),
            ]
            svg = lines(both, labels, title=title, worded=_in_time, steps=TIME_STEPS)
            charts.append(
                {
                    "title": title,
                    "svg": drawn(svg),
                    "columns": [_("Tickets"), _("Median"), _("90th percentile")],
                    "rows": self._chart_rows(found, (name,), clock),
                }
            )
        return charts

    def _chart_rows(self, found: Report, names: Sequence[str], clock: str = "") -> list[dict[str, Any]]:
        rows = []
        for step, values in found.steps:
            within = {"begins": step.begins, "ends": step.ends}
            cells = [self._number(found, name, values[name], **within) for name in names]
            if clock:
                cells += [{"text": text, "url": ""} for text in _spread(_on(values[names[0]], clock))]
            rows.append({"label": step.first.isoformat(), "cells": cells})
        return rows

    def _groups(self, found: Report, clock: str, actor: Actor) -> list[dict[str, Any]]:
        agents = _("By agent") if sees_agents(actor) else _("Your own")
        return [
            {"title": title, "first": first, "rows": [self._group(found, one, which, clock) for one in of]}
            for title, first, which, of in (
                (_("By queue"), _("Queue"), "queue", found.queues),
                (agents, _("Agent"), "agent", found.agents),
            )
            if of
        ]

    def _group(self, found: Report, one: Group, which: str, clock: str) -> dict[str, Any]:
        within = {which: one.key}
        cells = []
        for name in ("first_response", "full_resolve"):
            cells.append(self._number(found, name, one.values[name], **within))
            cells += [{"text": text, "url": ""} for text in _spread(_on(one.values[name], clock))]
        reopened = self._number(found, "reopened", one.values["reopened"], **within)
        reopened["more"] = _percent(one.values["reopened"].tickets, one.values["resolved"].tickets)
        return {"label": one.label, "cells": [*cells, reopened]}


def _trend_chart(found: Report, labels: Sequence[str]) -> dict[str, Any]:
    """How many were open at the end of each day or week."""
    in_weeks, trend = found.asked.period.in_weeks, found.trend or ()
    title = _("Open at the end of each week") if in_weeks else _("Open at the end of each day")
    svg = lines([Line(_("Open"), trend)], labels, title=title, worded=lambda value: f"{value:g}")
    counts = ["–" if count is None else format_number(count) for count in trend]
    rows = [
        {"label": step.first.isoformat(), "cells": [{"text": text, "url": ""}]}
        for (step, __), text in zip(found.steps, counts, strict=True)
    ]
    return {"title": title, "svg": drawn(svg), "columns": [_("Open")], "rows": rows}


_FLOW = ("opened", "resolved")
_ARGUMENTS = ("since", "until", "zone", "queue", "agent", "hours")


def _asked(names: Names) -> Asked:
    queue = asked("queue")
    period = read_period(asked("since"), asked("until"), asked("zone") or names.zone_of(queue), state().now())
    return Asked(period, queue, asked("agent"))


def _clock() -> str:
    return CALENDAR if asked("hours") == CALENDAR else BUSINESS


def _on(value: Value, clock: str) -> Spread | None:
    return value.business if clock == BUSINESS else value.calendar


def _spread(spread: Spread | None) -> tuple[str, str]:
    if spread is None:
        return "–", "–"
    return format_duration(timedelta(seconds=spread.median)), format_duration(timedelta(seconds=spread.p90))


def _in_time(seconds: float) -> str:
    return format_duration(timedelta(seconds=seconds))


def _more_values(value: Value) -> str:
    return format_number(value.values) if value.values != value.tickets else ""


def _percent(part: int, of: int) -> str:
    return _("%(number)s %%", number=f"{100 * part / of:.0f}") if of else "–"


def _said(period: Period) -> str:
    return _("%(first)s to %(last)s, days in %(zone)s", first=period.first, last=period.last, zone=period.zone)


def _notices(period: Period, found: Report, names: Names) -> list[str]:
    """What has to be said before any figure."""
    said = []
    if period.cut:
        said.append(_("A report covers at most %(days)s days, from a day to a later one.", days=MAX_DAYS))
    if found.values is None or found.backlog is None or found.trend is None:
        said.append(too_many())
    if not names.complete:
        said.append(
            _("Older tickets are still being gone through by the worker: figures of the past are not complete.")
        )
    return said


def _summary(view: ReportsView, found: Report) -> list[dict[str, Any]]:
    values = found.values
    if values is None:
        return []
    return [
        {"label": str(FIGURES[name].label), "number": view._number(found, name, values[name])}
        for name in ("opened", "resolved", "withdrawn", "unanswered")
    ]


def _fields(actor: Actor, names: Names, wanted: Asked, clock: str) -> list[dict[str, Any]]:
    period = wanted.period
    queues = [(one.key, one.label) for one in names.queues if one.active or one.key == wanted.queue]
    agents = [(one.key, one.label) for one in names.agents if one.active or one.key == wanted.agent]
    if sees_agents(actor):
        agents.append(("nobody", _("Nobody")))
    zones = sorted({one.zone for one in names.queues} | {"UTC", period.zone})
    hours = [(BUSINESS, _("Business hours")), (CALENDAR, _("Calendar"))]
    return [
        {"name": "since", "label": _("From"), "kind": "date", "value": period.first.isoformat(), "options": []},
        {"name": "until", "label": _("Until"), "kind": "date", "value": period.last.isoformat(), "options": []},
        _select("queue", _("Queue"), wanted.queue, [("", _("Any")), *queues]),
        _select("agent", _("Agent"), wanted.agent, [("", _("Any")), *agents]),
        _select("hours", _("Hours counted"), clock, hours),
        _select("zone", _("Time zone"), period.zone, [(one, one.replace("_", " ")) for one in zones]),
    ]


def _select(name: str, label: str, value: str, options: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"name": name, "label": label, "kind": "select", "value": value, "options": options}


# As CSV: names of columns and figures are for programs, and stay in English.

_CLOCKS = ("median_seconds", "p90_seconds", "mean_seconds")
_FIGURE_HEAD = (
    *("by", "of", "figure", "tickets", "values"),
    *_CLOCKS,
    *(f"business_{one}" for one in _CLOCKS),
)
_MOMENT_HEAD = (
    *("ticket_id", "kind", "at", "since", "seconds", "business_seconds", "queue", "agent", "word"),
    *("nth", "public_answers", "undone"),
)


def _figure_rows(found: Report) -> Iterator[Sequence[object]]:
    yield from _rows_of("all", "", found.values or {})
    for which, groups in (("queue", found.queues), ("agent", found.agents)):
        for one in groups:
            yield from _rows_of(which, one.label, one.values)
    for step, values in found.steps:
        yield from _rows_of("week" if found.asked.period.in_weeks else "day", step.first.isoformat(), values)
    for (step, __), count in zip(found.steps, found.trend or (), strict=found.trend is not None):
        by = "week" if found.asked.period.in_weeks else "day"
        yield (by, step.first.isoformat(), "open_at_end", count, count, *[None] * 6)
    for age in found.backlog.ages if found.backlog else ():
        least, most = age.days
        yield ("age_days", f"{least or 0} to {most or 'more'}", "backlog", age.tickets, age.tickets, *[None] * 6)


def _rows_of(by: str, of: str, values: Values) -> Iterator[Sequence[object]]:
    for name, value in values.items():
        spreads = [cell for one in (value.calendar, value.business) for cell in _seconds(one)]
        yield (by, of, name, value.tickets, value.values, *spreads)


def _seconds(spread: Spread | None) -> Sequence[object]:
    return (None,) * 3 if spread is None else (spread.median, spread.p90, round(spread.mean, 1))


def _moment_rows(rows: Sequence[Any], names: Names) -> Iterator[Sequence[object]]:
    queues = {one.pk: one.label for one in names.queues}
    agents = {one.pk: one.label for one in names.agents}
    for row in rows:
        at, since = _moment(row.at), _moment(row.since)
        who = agents.get(row.agent_pk, "")
        times = (row.seconds, row.business_seconds)
        yield (row.ticket_id, row.kind, at, since, *times, queues.get(row.queue_pk, ""), who, row.word, *_last(row))


def _last(row: Any) -> Sequence[object]:
    return row.ordinal, row.answers, row.undone


def _moment(moment: datetime) -> str:
    return rfc3339(moment.replace(microsecond=0))
