"""Queues and categories: what leads manage.

Own forms rather than Flask-Admin's `ModelView`: every change is a verb of the services, and no route for deleting,
exporting or editing in place has to be closed again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import make_response, redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput, SupportError
from ..i18n import gettext as _
from ..i18n import ngettext
from ..queries import setup
from ..queries.choices import MANY
from ..services import setup as setting_up
from ..services.handing_over import MAX_COUNT, HandedOver
from ..services.seen import read_seen, seal_seen
from ..web.asking import agent_asking, typed
from ..web.page import Time
from ..web.saying import say
from .frame import SupportView
from .ticket import Sent

GET_POST = ("GET", "POST")

Cells = list[Any]


class SetupView(SupportView):
    """A list and its forms."""

    form_template = "sgsupport/inbox/setup_form.html"

    def show_list(self, actor: Actor, title: str, lead: str, columns: list[str], rows: list[Cells], **more: Any) -> str:
        """A table of what there is; a cell is a text, a `_link` or a `_chip`."""
        return self.framed(actor).render(
            "sgsupport/inbox/setup_list.html", sg_title=title, lead=lead, columns=columns, rows=rows, **more
        )

    def show_form(self, actor: Actor, title: str, fields: list[dict[str, Any]], sent: Sent, **more: Any) -> str:
        """A form of one thing; what was typed stays in a form that comes back."""
        shown = seal_seen({one["name"]: one["value"] for one in fields})
        if not sent.outdated:
            shown = sent.values.get("seen") or shown
        for one in fields:
            name = one["name"]
            if sent.form:
                one["value"] = bool(sent.values.get(name)) if one["kind"] == "checkbox" else sent.values.get(name, "")
            one["error"] = sent.fields.get(name, "")
        known = {one["name"] for one in fields}
        errors = [(f"sg-{name}" if name in known else "", sentence) for name, sentence in sent.fields.items()]
        if sent.error and not errors:
            errors = [("", sent.error.sentence)]
        return self.framed(actor).render(
            self.form_template,
            sg_title=title,
            fields=fields,
            errors=errors,
            seen=shown,
            back=self.url_to(f"{self.page_name}.index"),
            back_label=more.pop("back_label", _("Back")),
            **more,
        )

    def save(self, write: Callable[[], Any], again: Callable[[Sent], str], *, done: str, to: str = "") -> Any:
        """Carry out a change; refused, the form comes back."""
        try:
            result = write()
        except SupportError as error:
            if error.http_status == 404:
                raise
            return make_response(again(Sent("form", request.form, error)), error.http_status)
        say(done)
        say_handed_over(result)
        return redirect(to or self.url_to(f"{self.page_name}.index"))


def say_handed_over(result: object) -> None:
    """Say what became of tickets that had to go elsewhere."""
    if not isinstance(result, HandedOver):
        return
    if result.moved:
        say(ngettext("%(num)d ticket was handed over.", "%(num)d tickets were handed over.", result.moved), "info")
    if result.refused:
        say(_("The app refused to hand over: %(tickets)s.", tickets=", ".join(result.refused)), "warning")
    if result.failed:
        say(_("The database failed before every ticket was handed over; the others follow by and by."), "warning")
    elif not result.complete:
        if result.left > MAX_COUNT:
            say(_("More than %(limit)s tickets follow by and by.", limit=MAX_COUNT), "info")
        else:
            say(ngettext("%(num)d more follows by and by.", "%(num)d more follow by and by.", result.left), "info")


def changes(actor: Actor, action: str, **which: str) -> list[dict[str, Any]]:
    """The last changes as rows of the history; see `setup.last_changes`."""
    return [
        {"when": Time.of(row.at), "actor": row.actor, "text": row.text, "path": row.via}
        for row in setup.last_changes(actor, action, **which)
    ]


def arrow() -> tuple[int, str | None]:
    """By how many places the arrow that was pressed moves a thing, and the key of the neighbour it shall pass."""
    up = typed("to") == "up"
    return -1 if up else 1, typed("above" if up else "below") or None


def link(text: str, url: str) -> dict[str, str]:
    """A cell that leads somewhere."""
    return {"text": text, "url": url}


def chip(shown: str, text: str) -> dict[str, str]:
    """A cell with a state."""
    return {"text": text, "chip": shown}


def _yes(form: Mapping[str, str], name: str) -> bool:
    return bool(form.get(name))


def whole(form: Mapping[str, str], name: str) -> Any:
    """A number of a form; what is none stays as it was typed, to be refused by name."""
    text = form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def field(name: str, label: str, value: Any, kind: str = "text", *, hint: str = "", **more: Any) -> dict[str, Any]:
    """A field of a form, as the templates know it."""
    return {
        "name": name,
        "label": label,
        "kind": kind,
        "value": value,
        "hint": hint,
        "error": "",
        "options": [],
        "attrs": {},
    } | more


def position_field(value: int) -> dict[str, Any]:
    """Where a thing stands among its like."""
    return field("position", _("Position"), value, "number", hint=_("Small numbers stand first."), attrs={"min": 0})


def _key_field() -> dict[str, Any]:
    hint = _(
        "Small letters, digits and hyphens. It stands in addresses and rules and stays for ever. "
        "Empty: made from the name."
    )
    return field("key", _("Key"), "", hint=hint, attrs={"maxlength": 50})


class QueuesView(SetupView):
    """Where tickets wait."""

    @expose("/")
    def index(self) -> Any:
        """Every queue."""
        actor = agent_asking()
        queues = setup.queues(actor)
        counts = setup.open_counts(actor, queues)
        rows: list[Cells] = [
            [
                link(row.name, self.url_to("queues.change", key=row.key)),
                row.key,
                chip("ok", _("Default")) if row.is_default else chip("closed", _("Disabled")) if not row.active else "",
                _open(counts.get(row.key), self.url_to("inbox.index", queue=row.key)),
                str(row.agents) if row.agents or not row.active else chip("warn", _("nobody")),
                link(_("Mail settings"), self.url_to("mail.change", key=row.key)),
            ]
            for row in queues
        ]
        return self.show_list(
            actor,
            _("Queues"),
            _("Tickets wait here; agents see the queues they cover. What no rule takes goes to the default queue."),
            [_("Queue"), _("Key"), _("State"), _("Open tickets"), _("Agents"), ""],
            rows,
            new_url=self.url_to("queues.create"),
            new_label=_("New queue"),
            empty=_("There is no queue yet."),
        )

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Make a queue."""
        actor = agent_asking()
        setting_up.require_lead(actor)

        def form(sent: Sent) -> str:
            fields = [field("name", _("Name"), "", required=True, attrs={"maxlength": 100}), _key_field()]
            return self.show_form(actor, _("New queue"), fields, sent, back_label=_("Queues"))

        if request.method != "POST":
            return form(Sent())
        return self.save(
            lambda: setting_up.create_queue(actor, typed("key").strip(), {"name": typed("name")}),
            form,
            done=_("The queue is there. Name the agents who cover it."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Rename, order, make the default, disable."""
        actor = agent_asking()
        row = setup.queue(actor, key)

        def form(sent: Sent) -> str:
            members = setup.members(actor, row)
            fields = [
                field("name", _("Name"), row.name, required=True, attrs={"maxlength": 100}),
                position_field(row.position),
                field(
                    "is_default",
                    _("Default queue"),
                    row.is_default,
                    "checkbox",
                    hint=_("Takes every ticket no rule takes, and the tickets of disabled queues."),
                ),
                field(
                    "active",
                    _("In use"),
                    row.active,
                    "checkbox",
                    hint=_("A disabled queue hands its tickets to the default queue; none is lost."),
                ),
            ]
            if "sure" in sent.fields and (leaving := setup.leaving(actor, key)):
                fields.append(field("sure", _("Take it out of use"), "", "checkbox", hint=_what_leaves(leaving)))
            return self.show_form(
                actor,
                row.name,
                fields,
                sent,
                meta=row.key,
                back_label=_("Queues"),
                changes=changes(actor, "queue.changed", queue=key),
                members=[(one.shown, self.url_to("agents.change", person_id=one.host_id)) for one in members],
                more_members=_more(row.agents - len(members)),
            )

        if request.method != "POST":
            return form(Sent())
        values = {
            "name": typed("name"),
            "position": whole(request.form, "position"),
            "is_default": _yes(request.form, "is_default"),
            "active": _yes(request.form, "active"),
        }
        seen = read_seen(typed("seen"))

        def write() -> HandedOver:
            if not values["active"] and not typed("sure") and setup.leaving(actor, key):
                raise InvalidInput({"sure": _("Nothing is saved yet: say that its tickets may go elsewhere.")})
            return setting_up.change_queue(actor, key, values, seen=seen)

        return self.save(write, form, done=_("Saved."))


def _more(count: int) -> str:
    return ngettext("%(num)d more covers it.", "%(num)d more cover it.", count) if count > 0 else ""


def _open(count: int | None, url: str) -> Any:
    """How many tickets of a queue are open, leading to them; nothing where they were not counted."""
    if not count:
        return "" if count is None else "0"
    return link(str(count) if count <= MANY else f"{MANY}+", url)


def _what_leaves(leaving: setup.Leaving) -> str:
    """What a lead agrees to who takes a queue out of use, in sentences."""
    said = [
        _("More than %(limit)s open tickets go to %(queue)s.", limit=MANY, queue=leaving.to)
        if leaving.tickets > MANY
        else ngettext(
            "%(num)d open ticket goes to %(queue)s.",
            "%(num)d open tickets go to %(queue)s.",
            leaving.tickets,
            queue=leaving.to,
        )
    ]
    if leaving.categories:
        said.append(_("What leads here leads there then: %(categories)s.", categories=", ".join(leaving.categories)))
    said.append(_("Agents who do not cover %(queue)s lose the tickets that are assigned to them.", queue=leaving.to))
    return " ".join(said)


class CategoriesView(SetupView):
    """What operators pick when they open a ticket."""

    @expose("/")
    def index(self) -> Any:
        """Every category."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                link(row.name, self.url_to("categories.change", key=row.key)),
                row.key,
                row.queue_name or _("the default queue"),
                "" if row.active else chip("closed", _("Disabled")),
            ]
            for row in setup.categories(actor)
        ]
        return self.show_list(
            actor,
            _("Categories"),
            _("Operators choose from these when they open a ticket; each leads to a queue. None: none is asked for."),
            [_("Category"), _("Key"), _("Leads to"), _("State")],
            rows,
            new_url=self.url_to("categories.create"),
            new_label=_("New category"),
            empty=_("There is no category. The form asks for none then."),
        )

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Make a category."""
        actor = agent_asking()
        options = self._queues(actor)

        def form(sent: Sent) -> str:
            fields = [
                field("name", _("Name"), "", required=True, attrs={"maxlength": 100}, hint=_("Operators read this.")),
                _key_field(),
                field("queue", _("Leads to"), "", "select", options=options),
            ]
            return self.show_form(actor, _("New category"), fields, sent, back_label=_("Categories"))

        if request.method != "POST":
            return form(Sent())
        values = {"name": typed("name"), "queue": typed("queue")}
        return self.save(
            lambda: setting_up.create_category(actor, typed("key").strip(), values),
            form,
            done=_("The category is there."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Rename, order, lead elsewhere, disable."""
        actor = agent_asking()
        row = setup.category(actor, key)
        options = self._queues(actor)

        def form(sent: Sent) -> str:
            fields = [
                field(
                    "name", _("Name"), row.name, required=True, attrs={"maxlength": 100}, hint=_("Operators read this.")
                ),
                field("queue", _("Leads to"), row.queue_key, "select", options=options),
                position_field(row.position),
                field(
                    "active",
                    _("In use"),
                    row.active,
                    "checkbox",
                    hint=_("A disabled one stays on its tickets and is no longer offered."),
                ),
            ]
            return self.show_form(
                actor,
                row.name,
                fields,
                sent,
                meta=row.key,
                back_label=_("Categories"),
                changes=changes(actor, "category.changed", category=key),
            )

        if request.method != "POST":
            return form(Sent())
        values = {
            "name": typed("name"),
            "queue": typed("queue"),
            "position": whole(request.form, "position"),
            "active": _yes(request.form, "active"),
        }
        seen = read_seen(typed("seen"))
        return self.save(lambda: setting_up.change_category(actor, key, values, seen=seen), form, done=_("Saved."))

    def _queues(self, actor: Actor) -> list[tuple[str, str]]:
        active = [(row.key, row.name) for row in setup.queues(actor) if row.active]
        return [("", _("The default queue")), *active]
