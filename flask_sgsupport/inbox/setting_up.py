"""Queues, categories, mail settings, health: what leads manage.

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
from ..i18n import format_datetime, ngettext
from ..i18n import gettext as _
from ..queries import health, setup
from ..services import setup as setting_up
from ..services import testing_mail
from ..services.handing_over import HandedOver
from ..settings import state
from ..web.asking import agent_asking
from .frame import SupportView
from .ticket import Sent, say

GET_POST = ("GET", "POST")

Cells = list[Any]


class SetupView(SupportView):
    """A list and its forms."""

    def show_list(self, actor: Actor, title: str, lead: str, columns: list[str], rows: list[Cells], **more: Any) -> str:
        """A table of what there is; a cell is a text, a `_link` or a `_chip`."""
        return self.framed(actor).render(
            "sgsupport/inbox/setup_list.html", sg_title=title, lead=lead, columns=columns, rows=rows, **more
        )

    def show_form(self, actor: Actor, title: str, fields: list[dict[str, Any]], sent: Sent, **more: Any) -> str:
        """A form of one thing; what was typed stays in a form that comes back."""
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
            "sgsupport/inbox/setup_form.html",
            sg_title=title,
            fields=fields,
            errors=errors,
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
    if not result.complete:
        say(_("More tickets follow by and by."), "info")


def _link(text: str, url: str) -> dict[str, str]:
    return {"text": text, "url": url}


def _chip(shown: str, text: str) -> dict[str, str]:
    return {"text": text, "chip": shown}


def _yes(form: Mapping[str, str], name: str) -> bool:
    return bool(form.get(name))


def _whole(form: Mapping[str, str], name: str) -> Any:
    text = form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text


def _field(name: str, label: str, value: Any, kind: str = "text", *, hint: str = "", **more: Any) -> dict[str, Any]:
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


def _key_field() -> dict[str, Any]:
    hint = _("Small letters, digits and hyphens. It stands in addresses and rules and stays for ever.")
    return _field("key", _("Key"), "", hint=hint, required=True, attrs={"maxlength": 50})


class QueuesView(SetupView):
    """Where tickets wait."""

    @expose("/")
    def index(self) -> Any:
        """Every queue."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                _link(row.name, self.url_to("queues.change", key=row.key)),
                row.key,
                _chip("ok", _("Default"))
                if row.is_default
                else _chip("closed", _("Disabled"))
                if not row.active
                else "",
                str(row.agents) if row.agents or not row.active else _chip("warn", _("nobody")),
                _link(_("Mail settings"), self.url_to("mail.change", key=row.key)),
            ]
            for row in setup.queues(actor)
        ]
        return self.show_list(
            actor,
            _("Queues"),
            _("Tickets wait here; agents see the queues they cover. What no rule takes goes to the default queue."),
            [_("Queue"), _("Key"), _("State"), _("Agents"), ""],
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
            fields = [_field("name", _("Name"), "", required=True, attrs={"maxlength": 100}), _key_field()]
            return self.show_form(actor, _("New queue"), fields, sent, back_label=_("Queues"))

        if request.method != "POST":
            return form(Sent())
        sent = request.form
        return self.save(
            lambda: setting_up.create_queue(actor, sent.get("key", "").strip(), {"name": sent.get("name", "")}),
            form,
            done=_("The queue is there. Name the agents who cover it."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Rename, order, make the default, disable."""
        actor = agent_asking()
        row = setup.queue(actor, key)

        def form(sent: Sent) -> str:
            fields = [
                _field("name", _("Name"), row.name, required=True, attrs={"maxlength": 100}),
                _field(
                    "position",
                    _("Position"),
                    row.position,
                    "number",
                    hint=_("Small numbers stand first."),
                    attrs={"min": 0},
                ),
                _field(
                    "is_default",
                    _("Default queue"),
                    row.is_default,
                    "checkbox",
                    hint=_("Takes every ticket no rule takes, and the tickets of disabled queues."),
                ),
                _field(
                    "active",
                    _("In use"),
                    row.active,
                    "checkbox",
                    hint=_("A disabled queue hands its tickets to the default queue; none is lost."),
                ),
            ]
            return self.show_form(
                actor,
                row.name,
                fields,
                sent,
                meta=row.key,
                back_label=_("Queues"),
                changes=setup.last_changes(actor, "queue.changed"),
            )

        if request.method != "POST":
            return form(Sent())
        values = {
            "name": request.form.get("name", ""),
            "position": _whole(request.form, "position"),
            "is_default": _yes(request.form, "is_default"),
            "active": _yes(request.form, "active"),
        }
        return self.save(lambda: setting_up.change_queue(actor, key, values), form, done=_("Saved."))


class CategoriesView(SetupView):
    """What operators pick when they open a ticket."""

    @expose("/")
    def index(self) -> Any:
        """Every category."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                _link(row.name, self.url_to("categories.change", key=row.key)),
                row.key,
                row.queue_name or _("the default queue"),
                "" if row.active else _chip("closed", _("Disabled")),
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
                _field("name", _("Name"), "", required=True, attrs={"maxlength": 100}, hint=_("Operators read this.")),
                _key_field(),
                _field("queue", _("Leads to"), "", "select", options=options),
            ]
            return self.show_form(actor, _("New category"), fields, sent, back_label=_("Categories"))

        if request.method != "POST":
            return form(Sent())
        sent = request.form
        values = {"name": sent.get("name", ""), "queue": sent.get("queue", "")}
        return self.save(
            lambda: setting_up.create_category(actor, sent.get("key", "").strip(), values),
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
                _field(
                    "name", _("Name"), row.name, required=True, attrs={"maxlength": 100}, hint=_("Operators read this.")
                ),
                _field("queue", _("Leads to"), row.queue_key, "select", options=options),
                _field(
                    "position",
                    _("Position"),
                    row.position,
                    "number",
                    hint=_("Small numbers stand first."),
                    attrs={"min": 0},
                ),
                _field(
                    "active",
                    _("In use"),
                    row.active,
                    "checkbox",
                    hint=_("A disabled one stays on its tickets and is no longer offered."),
                ),
            ]
            changes = setup.last_changes(actor, "category.changed")
            return self.show_form(
                actor, row.name, fields, sent, meta=row.key, back_label=_("Categories"), changes=changes
            )

        if request.method != "POST":
            return form(Sent())
        values = {
            "name": request.form.get("name", ""),
            "queue": request.form.get("queue", ""),
            "position": _whole(request.form, "position"),
            "active": _yes(request.form, "active"),
        }
        return self.save(lambda: setting_up.change_category(actor, key, values), form, done=_("Saved."))

    def _queues(self, actor: Actor) -> list[tuple[str, str]]:
        active = [(row.key, row.name) for row in setup.queues(actor) if row.active]
        return [("", _("The default queue")), *active]


class MailView(SetupView):
    """From whom mails come, queue by queue."""

    @expose("/")
    def index(self) -> Any:
        """Every queue with its From address and last error."""
        actor = agent_asking()
        default = state().default_from or ""
        rows: list[Cells] = []
        for row in setup.queues(actor):
            if not row.active:
                continue
            problems = [row.mail_error] if row.mail_error else testing_mail.check_mail_settings(row.key)
            stands = _chip("bad", problems[0]) if problems else _chip("ok", _("ready"))
            checked = format_datetime(row.mail_checked_at) if row.mail_checked_at else _("never")
            rows.append(
                [
                    _link(row.name, self.url_to("mail.change", key=row.key)),
                    row.from_address or default or "–",
                    row.reply_address or "–",
                    stands,
                    checked,
                ]
            )
        return self.show_list(
            actor,
            _("Mail settings"),
            _("Customers see these addresses. What cannot be sent says so under the reply and here."),
            [_("Queue"), _("From"), _("Reply address"), _("State"), _("Last test")],
            rows,
            new_url="",
            new_label="",
            empty=_("There is no queue yet."),
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """From, reply address and signature of one queue."""
        actor = agent_asking()
        if request.method != "POST":
            return self._form(actor, key, Sent())
        values = {
            name: request.form.get(name, "") for name in ("from_name", "from_address", "reply_address", "signature")
        }
        setup.queue(actor, key)
        return self.save(
            lambda: setting_up.change_queue(actor, key, values),
            lambda sent: self._form(actor, key, sent),
            done=_("Saved. Send a test mail to see whether it arrives."),
            to=self.url_to("mail.change", key=key),
        )

    @expose("/test/<key>", methods=("POST",))
    def test(self, key: str) -> Any:
        """Send a test mail now."""
        actor = agent_asking()
        to = request.form.get("to", "").strip()
        try:
            outcome = testing_mail.send_test_mail(actor, key, to)
        except InvalidInput as error:
            return make_response(self._form(actor, key, Sent("", request.form, error)), error.http_status)
        arrived = not outcome.reason
        say(
            _("The mail server has taken the test mail to %(to)s.", to=to)
            if arrived
            else _("Not sent: %(why)s", why=outcome.reason),
            "success" if arrived else "error",
        )
        return redirect(self.url_to("mail.change", key=key))

    def _form(self, actor: Actor, key: str, sent: Sent) -> str:
        row = setup.queue(actor, key)
        default = state().default_from or ""
        fields = [
            _field(
                "from_name",
                _("From name"),
                row.from_name,
                hint=_("What customers read as the sender."),
                attrs={"maxlength": 100},
            ),
            _field(
                "from_address",
                _("From address"),
                row.from_address,
                "email",
                hint=_("Empty: %(default)s", default=default or _("none is set in the app, so no mail can go out")),
            ),
            _field(
                "reply_address",
                _("Reply address"),
                row.reply_address,
                "email",
                hint=_("Where answers by e-mail arrive. Empty: mails ask to be answered in the panel."),
            ),
            _field(
                "signature",
                _("Signature"),
                row.signature,
                "textarea",
                hint=_("Stands below every reply to customers."),
                attrs={"rows": 5},
            ),
        ]
        own = actor.person.email if actor.person and actor.person.email else ""
        return self.show_form(
            actor,
            _("Mail of %(queue)s", queue=row.name),
            fields,
            sent,
            back_label=_("Mail settings"),
            test_url=self.url_to("mail.test", key=key),
            test_to=sent.values.get("to", own),
            test_error=sent.fields.get("to", ""),
            problems=testing_mail.check_mail_settings(key),
            mail_error=row.mail_error,
            mail_error_at=format_datetime(row.mail_error_at) if row.mail_error_at else "",
            checked_at=format_datetime(row.mail_checked_at) if row.mail_checked_at else "",
        )


class HealthView(SetupView):
    """Whether everything runs, and with which settings."""

    @expose("/")
    def index(self) -> Any:
        """Every check in a sentence, and every setting in force."""
        actor = agent_asking()
        setting_up.require_lead(actor)
        found = health.checks()
        return self.framed(actor).render(
            "sgsupport/inbox/health.html",
            sg_title=_("Health"),
            checks=found,
            worst=health.worst(found),
            settings=[(row.key, value, given, row.doc) for row, value, given in state().settings.rows()],
        )
