"""Macros: the pages on which leads keep everybody's and agents their own, and using one on a ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import jsonify, render_template, request
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from ..actors import Actor, Right
from ..errors import InvalidInput
from ..i18n import gettext as _
from ..lifecycle import status_label
from ..macros import ACTIONS, AGENT, ME, NOBODY, STATUSES, action_label, fill, variables_in_words
from ..permissions import require_macro_keeper
from ..queries import macros as kept
from ..queries.choices import Choice
from ..queries.macros import MacroRow
from ..routing import PRIORITIES, priority_label
from ..safe_html import markdown
from ..services import macros as keeping
from ..services.conversation import Said
from ..services.seen import read_seen
from ..services.using import use_macro
from ..settings import state
from ..web.asking import agent_asking, asked, form_token, typed, uploads, version
from ..web.guard import refused
from .acting import message_of
from .inserting import parts_of, show_in, shown_in, used
from .setting_up import GET_POST, Cells, SetupView, changes, chip, field, link, position_field, whole
from .ticket import Sent

POST = ("POST",)

Fields = list[dict[str, Any]]


class MacroActs:
    """Putting a macro into the reply, and doing what it does without one; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/insert", methods=POST)
    def insert(self: Any, ticket_id: str) -> Any:
        """Put a macro's text into the reply, and what it does below: parts for scripts, the page for everybody else."""
        actor, values = agent_asking(), MultiDict(request.form)
        try:
            found = kept.inserted(actor, ticket_id, typed("insert"))
        except InvalidInput as error:
            return refused(self.show_ticket(ticket_id, Sent("reply", values, error)), error)
        show_in(values, found)
        if request.headers.get("X-Requested-With") == "fetch":
            parts = parts_of(values) | {"gaps": found.gaps, "problem": "", "here": {"ticket_id": ticket_id}}
            html = render_template("sgsupport/inbox/macro_does.html", sg=self.bare(), url=self.url_to, **parts)
            return jsonify(text=found.text, html=html)
        values["body"] = "\n\n".join(filter(None, (typed("body").rstrip(), found.text)))
        return self.show_ticket(ticket_id, Sent("reply", values, gaps=found.gaps))

    @expose("/tickets/<ticket_id>/use", methods=POST)
    def use(self: Any, ticket_id: str) -> Any:
        """Do what a macro does, without a reply."""

        def write(actor: Actor) -> Said:
            if typed("body").strip() or uploads():
                raise InvalidInput({"macro": _("There is a reply to be sent, too. Send it, or empty it first.")})
            return use_macro(ticket_id, actor, used(), version=version(), form=form_token())

        done = _("Done: %(macro)s.", macro=shown_in(request.form).name)
        return self.act(ticket_id, "reply", write, done=done, at=message_of)


class MacrosView(SetupView):
    """Texts and steps that are used again and again."""

    form_template = "sgsupport/inbox/macro_form.html"

    @expose("/")
    def index(self) -> Any:
        """Everybody's, and one's own."""
        actor = agent_asking()
        rows: list[Cells] = [
            [
                link(row.name, self.url_to("macros.change", key=row.key)) if row.kept else row.name,
                _("everybody") if row.shared else _("only me"),
                row.offered_in_name or _("every queue"),
                _summary(row),
                "" if row.active else chip("closed", _("Disabled")),
            ]
            for row in kept.macros(actor)
        ]
        return self.show_list(
            actor,
            _("Macros"),
            _("Texts and steps to be put into a reply. Leads keep everybody's, each agent their own."),
            [_("Macro"), _("For"), _("Offered in"), _("What it does"), _("State")],
            rows,
            new_url=self.url_to("macros.create"),
            new_label=_("New macro"),
            empty=_("There is no macro yet."),
        )

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Make a macro: a lead for everybody or for themselves, an agent for themselves."""
        actor = agent_asking()
        leads = Right.LEAD in actor.rights
        require_macro_keeper(actor, shared=leads)

        def form(sent: Sent) -> str:
            fields = _fields(None)
            if leads:
                fields.insert(1, field("shared", _("For everybody"), value=True, kind="checkbox"))
            return self._form(actor, _("New macro"), fields, sent, self.url_to("macros.create"))

        if request.method != "POST":
            return form(Sent())
        if asked("preview"):
            return _preview(form)
        shared = leads and bool(typed("shared"))
        return self.save(
            lambda: keeping.create_macro(actor, _as_typed(), shared=shared), form, done=_("The macro is there.")
        )

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Another text, another step, another place, or out of use."""
        actor = agent_asking()
        row = kept.macro(actor, key)

        def form(sent: Sent) -> str:
            more: dict[str, Any] = {"meta": _("for everybody") if row.shared else _("only for me")}
            if row.shared:
                more["changes"] = changes(actor, "macro.changed", macro=key)
            return self._form(actor, row.name, _fields(row), sent, self.url_to("macros.change", key=key), **more)

        if request.method != "POST":
            return form(Sent())
        if asked("preview"):
            return _preview(form)
        values = _as_typed() | {"active": bool(typed("active")), "position": whole(request.form, "position")}
        seen = read_seen(typed("seen"))
        return self.save(lambda: keeping.change_macro(actor, key, values, seen=seen), form, done=_("Saved."))

    def _form(self, actor: Actor, title: str, fields: Fields, sent: Sent, url: str, **more: Any) -> str:
        return self.show_form(
            actor,
            title,
            fields,
            sent,
            back_label=_("Macros"),
            action=url,
            preview_url=f"{url}?preview=1",
            preview_html=sent.preview,
            **more,
        )


def _preview(form: Callable[[Sent], str]) -> Any:
    """The typed text as it might be sent: a fragment for scripts, the page with it for everybody else."""
    html = markdown(fill(typed("body")[: state().settings.max_body_chars], kept.SAMPLE).text)
    fetched = request.headers.get("X-Requested-With") == "fetch"
    return html if fetched else form(Sent("form", request.form, preview=html))


def _as_typed() -> dict[str, Any]:
    return {name: typed(name) for name in ("name", "body", "offered_in", *ACTIONS)}


def _summary(row: MacroRow) -> str:
    """What a macro does, by the names of it."""
    return ", ".join(([_("Text")] if row.body else []) + [action_label(name) for name in row.actions])


def _fields(row: MacroRow | None) -> Fields:
    """The fields of a macro's form, what it does in a group of their own."""
    names = kept.offerable()
    does = row.actions if row else {}
    stays = _("as it is")
    agents = [Choice(f"{AGENT}{one.key}", one.label) for one in names.agents]
    options = {
        "status": [("", stays), *((str(one), status_label(one)) for one in STATUSES)],
        "assignee": [
            ("", stays),
            (ME, _("whoever uses it")),
            (NOBODY, _("nobody")),
            *_options(agents, does, "assignee"),
        ],
        "queue": [("", stays), *_options(names.queues, does, "queue")],
        "priority": [("", stays), *((one, priority_label(one)) for one in PRIORITIES)],
        "category": [("", stays), *_options(names.categories, does, "category")],
    }
    in_queue = {"queue": row.offered_in if row else ""}
    fields = [
        field("name", _("Name"), row.name if row else "", required=True, attrs={"maxlength": 100}),
        field(
            "body",
            _("Text"),
            row.body if row else "",
            "textarea",
            hint=_("Markdown. These are filled in: %(variables)s.", variables=variables_in_words()),
            attrs={"rows": 8},
        ),
        field(
            "offered_in",
            _("Offered in"),
            in_queue["queue"],
            "select",
            options=[("", _("every queue")), *_options(names.queues, in_queue, "queue")],
        ),
    ]
    for name in ACTIONS:
        kind = "select" if name in options else "textarea" if name == "note" else "text"
        hint = _("Separated by commas") if name.endswith("_tags") else ""
        attrs = {"rows": 3} if kind == "textarea" else {}
        one = field(name, action_label(name), does.get(name, ""), kind, hint=hint, attrs=attrs, group="does")
        fields.append(one | {"options": options.get(name, [])})
    if row:
        fields += [
            position_field(row.position),
            field("active", _("In use"), row.active, "checkbox", hint=_("A disabled macro is no longer offered.")),
        ]
    return fields


def _options(listed: Sequence[Choice], now: Mapping[str, str], name: str) -> list[tuple[str, str]]:
    """What may be chosen, and what is chosen although it is not in use any more."""
    found = [(one.key, one.label) for one in listed]
    chosen = now.get(name, "")
    missing = chosen and chosen not in {ME, NOBODY} and chosen not in dict(found)
    gone = _("%(name)s (not in use)", name=chosen.removeprefix(AGENT))
    return [*found, (chosen, gone)] if missing else found
