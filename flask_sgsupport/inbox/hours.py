"""When each queue is at work: time zone, opening hours of each weekday, holidays."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import request
from flask_admin import expose

from ..business_hours import WEEKDAYS, Schedule, is_known, write_spans, zone_names
from ..history import field_label
from ..i18n import SHORT_DAYS
from ..i18n import gettext as _
from ..queries import setup
from ..services.hours import HOURS_FIELDS, as_typed, change_hours
from ..services.seen import read_seen
from ..web.asking import agent_asking, typed
from .setting_up import GET_POST, Cells, SetupView, changes, chip, field, link
from .ticket import Sent


class HoursView(SetupView):
    """By which hours each queue's time is counted."""

    @expose("/")
    def index(self) -> Any:
        """Every queue in use with its hours."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                link(row.name, self.url_to("hours.change", key=row.key)),
                in_words(row.schedule),
                row.schedule.zone if is_known(row.schedule.zone) else chip("warn", row.schedule.zone),
                str(len(row.schedule.holidays) or ""),
            ]
            for row in setup.queues(actor)
            if row.active
        ]
        return self.show_list(
            actor,
            _("Business hours"),
            _("Only these hours count until a ticket is due. Customers are not shown them."),
            [_("Queue"), _("Hours"), _("Time zone"), _("Holidays")],
            rows,
            new_url="",
            new_label="",
            empty=_("There is no queue yet."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Time zone, opening hours and holidays of one queue."""
        actor = agent_asking()
        row = setup.queue(actor, key)

        def form(sent: Sent) -> str:
            return self.show_form(
                actor,
                _("Hours of %(queue)s", queue=row.name),
                _fields(row.schedule),
                sent,
                back_label=_("Business hours"),
                changes=changes(actor, "queue.changed", queue=key),
            )

        if request.method != "POST":
            return form(Sent())
        values = {name: typed(name) for name in HOURS_FIELDS}
        seen = read_seen(typed("seen"))
        return self.save(lambda: change_hours(actor, key, values, seen=seen), form, done=_("Saved."))


def _fields(schedule: Schedule) -> list[dict[str, Any]]:
    shown = as_typed(schedule)
    zones = [(name, name.replace("_", " ")) for name in zone_names()]
    if shown["zone"] not in zone_names():
        known = is_known(shown["zone"])
        zones.insert(0, (shown["zone"], shown["zone"] if known else _("%(zone)s (unknown here)", zone=shown["zone"])))
    hints = {
        "monday": _("09:00–17:00, or several: 09:00–12:00, 13:00–17:00. 22:00–06:00 goes on into the next morning."),
        "sunday": _("An empty day is closed. Where all seven are empty, the queue is at work around the clock."),
    }
    days = [field(name, field_label(name), shown[name], hint=hints.get(name, "")) for name in WEEKDAYS]
    return [
        field("zone", _("Time zone"), shown["zone"], "select", options=zones),
        *days,
        field(
            "holidays",
            _("Holidays"),
            shown["holidays"],
            "textarea",
            hint=_("One a line: 2026-04-03 Good Friday, or 12-25 Christmas for each year. The whole day is closed."),
            attrs={"rows": 8},
        ),
    ]


def in_words(schedule: Schedule) -> str:
    """The hours of a week, days that are alike named once: ``Mon–Fri 09:00–17:00``."""
    if not any(schedule.week):
        return _("around the clock")
    said = []
    for spans, days in groupby(range(7), lambda day: schedule.week[day]):
        of = list(days)
        if spans:
            named = str(SHORT_DAYS[of[0]]) if len(of) == 1 else f"{SHORT_DAYS[of[0]]}–{SHORT_DAYS[of[-1]]}"
            said.append(f"{named} {write_spans(spans)}")
    return " · ".join(said)
