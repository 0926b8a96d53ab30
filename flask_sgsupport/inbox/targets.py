"""Targets: by when tickets of a queue, priority and plan are to be answered and solved."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin import expose

from ..actors import Actor
from ..i18n import gettext as _
from ..queries import setup
from ..queries.targets import TargetRow, target, targets
from ..routing import PRIORITIES, priority_label
from ..services.seen import read_seen
from ..services.setup import require_lead
from ..services.targets import TARGET_FIELDS, TIMES, change_target, create_target
from ..web.asking import agent_asking, typed
from .setting_up import GET_POST, Cells, SetupView, changes, chip, field, link
from .ticket import Sent


class TargetsView(SetupView):
    """The table of targets."""

    @expose("/")
    def index(self) -> Any:
        """Every target, the most specific first."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                link(_holds_for(row), self.url_to("targets.change", key=row.key)),
                row.response,
                row.next_response,
                row.resolution,
                "" if row.active else chip("closed", _("Disabled")),
            ]
            for row in targets(actor)
        ]
        return self.show_list(
            actor,
            _("Targets"),
            _(
                "By when tickets are to be answered and solved, in business hours. The first of the list that fits a "
                "ticket holds for it: the one that names more of plan, queue and priority. Customers see nothing of it."
            ),
            [_("Holds for"), _("First answer"), _("Next answers"), _("Solution"), _("State")],
            rows,
            new_url=self.url_to("targets.create"),
            new_label=_("New target"),
            empty=_("There is no target. No ticket has a due time."),
        )

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Make a target."""
        actor = agent_asking()
        require_lead(actor)

        def form(sent: Sent) -> str:
            return self.show_form(actor, _("New target"), _fields(actor, None), sent, back_label=_("Targets"))

        if request.method != "POST":
            return form(Sent())
        values = {name: typed(name) for name in TARGET_FIELDS if name != "active"}
        return self.save(
            lambda: create_target(actor, values),
            form,
            done=_("The target is there. It holds for tickets that are opened or moved from now on."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Other times, for other tickets, or out of use."""
        actor = agent_asking()
        row = target(actor, key)

        def form(sent: Sent) -> str:
            return self.show_form(
                actor,
                _holds_for(row),
                _fields(actor, row),
                sent,
                back_label=_("Targets"),
                changes=changes(actor, "target.changed", target=key),
            )

        if request.method != "POST":
            return form(Sent())
        values: dict[str, Any] = {name: typed(name) for name in TARGET_FIELDS}
        values["active"] = bool(typed("active"))
        seen = read_seen(typed("seen"))
        return self.save(lambda: change_target(actor, key, values, seen=seen), form, done=_("Saved."))


def _holds_for(row: TargetRow) -> str:
    """What a target names, or that it names nothing."""
    priority = priority_label(row.priority) if row.priority else ""
    return " · ".join(filter(None, (row.plan, row.queue_name, priority))) or _("Every ticket")


def _fields(actor: Actor, row: TargetRow | None) -> list[dict[str, Any]]:
    queues = [(one.key, one.name) for one in setup.queues(actor) if one.active or (row and row.queue == one.key)]
    priorities = [(one, priority_label(one)) for one in PRIORITIES]
    labels = {"response": _("First answer"), "next_response": _("Next answers"), "resolution": _("Solution")}
    hints = {
        "response": _("4 h, 1 h 30 m or 90 m of business hours, from when the customer wrote. Empty: no time."),
        "next_response": _("To each later message of the customer."),
        "resolution": _("Stands still while the customer is to answer."),
    }
    found = [
        field("queue", _("Queue"), row.queue if row else "", "select", options=[("", _("Any queue")), *queues]),
        field(
            "priority",
            _("Priority"),
            row.priority if row else "",
            "select",
            options=[("", _("Any priority")), *priorities],
        ),
        field(
            "plan",
            _("Plan"),
            row.plan if row else "",
            hint=_("Letter by letter as the app names it. Empty: any plan."),
            attrs={"maxlength": 100},
        ),
    ]
    for name in TIMES:
        value = getattr(row, name) if row else ""
        found.append(field(name, labels[name], value, hint=hints[name], attrs={"maxlength": 40}))
    if row:
        hint = _("A disabled one holds for no further ticket.")
        found.append(field("active", _("In use"), row.active, "checkbox", hint=hint))
    return found
