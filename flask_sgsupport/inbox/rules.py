"""Rules: leads order them, write their conditions row by row, and see first what they would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import make_response, redirect, request
from flask_admin import expose
from werkzeug.datastructures import MultiDict

from ..actors import Actor
from ..conditions import FIELDS, GROUPS, in_words
from ..errors import SupportError
from ..i18n import gettext as _
from ..i18n import ngettext
from ..queries import rules as kept
from ..queries.rules import Names, RuleLine, Tried
from ..routing import PRIORITIES, priority_label
from ..rules import ACTIONS, ACTS, AGENT, CHOOSING, FOLLOW_UP, OPENED, TOLD, does_in_words
from ..services import rules as keeping
from ..services.rules import NEW, draft_rule, shown, values_of
from ..services.seen import read_seen, seal_seen
from ..services.setup import require_lead
from ..web.asking import agent_asking, typed, typed_list
from ..web.saying import say
from .conditions import as_rows, capital, edited, group, offered, taken_apart, typed_rows
from .setting_up import GET_POST, SetupView, arrow, changes, field
from .ticket import Sent

POST = ("POST",)
Values = dict[str, Any]


class RulesView(SetupView):
    """What decides where tickets go."""

    @expose("/")
    def index(self) -> Any:
        """Every rule in its order, with a way up and down."""
        actor = agent_asking()
        rows, names = kept.rules(actor), kept.names()
        return self.framed(actor).render(
            "sgsupport/inbox/rules.html", sg_title=_("Rules"), rules=[_line(row, names) for row in rows]
        )

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Make a rule."""
        actor = agent_asking()
        require_lead(actor)
        return self._form_or_save(actor, _("New rule"), None)

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Other conditions, another act, or out of use."""
        actor = agent_asking()
        row = kept.rule(actor, key)
        return self._form_or_save(actor, row.name, row)

    @expose("/move/<key>", methods=POST)
    def move(self, key: str) -> Any:
        """One place up or down."""
        places, past = arrow()
        keeping.move_rule(agent_asking(), key, places, past=past)
        say(_("Saved."))
        return redirect(self.url_to("rules.index", _anchor=f"sg-rule-{key}"))

    @expose("/ticket/<ticket_id>")
    def trace(self, ticket_id: str) -> Any:
        """What the rules would do to a ticket now."""
        actor = agent_asking()
        found, acts = kept.traced(actor, ticket_id)
        return self.framed(actor).render(
            "sgsupport/inbox/rules_trace.html",
            sg_title=_("What the rules would do now"),
            ticket=found,
            acts=[
                {
                    "when": _("When %(act)s", act=ACTS[one.act]),
                    "as_if": one.refusal or _supposed(one.act),
                    "steps": [(step, self.url_to("rules.change", key=step.key)) for step in one.steps],
                }
                for one in acts
            ],
        )

    def _form_or_save(self, actor: Actor, title: str, row: RuleLine | None) -> Any:
        if request.method != "POST":
            return self._form(actor, title, row, _stored(row))
        form, values = request.form, _as_typed(request.form, row)
        if edited(values, form):
            return self._form(actor, title, row, values)
        try:
            if form.get("try"):
                key = row.key if row else ""
                tried = kept.tried(actor, draft_rule(actor, taken_apart(values), key=key))
                return self._form(actor, title, row, values, tried=tried)
            _save(actor, row, taken_apart(values))
        except SupportError as error:
            if error.http_status == 404:
                raise
            page = self._form(actor, title, row, values, sent=Sent("form", form, error))
            return make_response(page, error.http_status)
        say(_("Saved. It holds from the next ticket on."))
        return redirect(self.url_to("rules.index"))

    def _form(
        self,
        actor: Actor,
        title: str,
        row: RuleLine | None,
        values: Values,
        *,
        sent: Sent | None = None,
        tried: Sequence[Tried] = (),
    ) -> str:
        sent, names = sent or Sent(), kept.names()
        seen = seal_seen(shown(values_of(row))) if row else ""
        if not sent.outdated:
            seen = request.form.get("seen") or seen
        fields = _fields(values, names, sent.fields)
        ruled = {key: offered(known) for key, known in FIELDS.items() if known.ruled}
        groups = [group(name, values[name], ruled, names, sent.fields) for name in GROUPS]
        anchors = {one["name"] for one in fields.values()} | {row["id"] for each in groups for row in each["rows"]}
        errors = [(f"sg-{name}" if name in anchors else "", said) for name, said in sent.fields.items()]
        if sent.error and not errors:
            errors = [("", sent.error.sentence)]
        more = {"changes": changes(actor, "rule.changed", rule=row.key)} if row else {}
        return self.framed(actor).render(
            "sgsupport/inbox/rule_form.html",
            sg_title=title,
            action=self.url_to("rules.change", key=row.key) if row else self.url_to("rules.create"),
            back=self.url_to("rules.index"),
            fields=fields,
            groups=groups,
            errors=errors,
            seen=seen,
            tried=[_as_shown(one) for one in tried],
            **more,
        )


def _save(actor: Actor, row: RuleLine | None, values: Values) -> None:
    if row is None:
        keeping.create_rule(actor, values)
    else:
        keeping.change_rule(actor, row.key, values, seen=read_seen(typed("seen")))


def _line(row: RuleLine, names: Names) -> dict[str, Any]:
    """A rule as the list shows it."""
    values = values_of(row)
    return {
        "key": row.key,
        "name": row.name,
        "active": row.active,
        "on": [str(ACTS[act]) for act in values["acts"]],
        "all": [in_words(one, names) for one in values["all"]],
        "any": [in_words(one, names) for one in values["any"]],
        "does": does_in_words({name: values[name] for name in ACTIONS}, names),
        "stop": row.stop,
    }


def _stored(row: RuleLine | None) -> Values:
    """What the form of a rule holds, its conditions as rows."""
    values: Values = dict(NEW) if row is None else values_of(row)
    return values | as_rows(values)


def _as_typed(form: MultiDict[str, str], row: RuleLine | None) -> Values:
    plain = {name: typed(name) for name in ("name", *ACTIONS)}
    return {
        **plain,
        "acts": typed_list("acts"),
        **typed_rows(form),
        "stop": bool(typed("stop")),
        "active": row is None or bool(typed("active")),
    }


def _fields(values: Values, names: Names, wrong: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The fields beside the conditions, by name."""
    stays = _("as it is")
    queues = [(key, label) for (name, key), label in names.items() if name == "queue"]
    agents = [(f"{AGENT}{key}", label) for (name, key), label in names.items() if name == "assignee"]
    choosing = [(key, capital(str(label))) for key, label in CHOOSING.items()]
    options = {
        "queue": [("", stays), *_with(values["queue"], queues)],
        "priority": [("", stays), *((one, priority_label(one)) for one in PRIORITIES)],
        "assignee": [("", stays), *choosing, *_with(values["assignee"], agents, choosing)],
        "notify": [("", _("nobody besides")), *((key, capital(str(label))) for key, label in TOLD.items())],
    }
    hints = {
        "notify": _("In-app and by mail, of a target that is over or nearly."),
        "add_tags": _("Separated by commas"),
        "remove_tags": _("Separated by commas"),
        "filter": _("The reason, in a few words. Only when a ticket is opened; empty: it is not filtered."),
    }
    fields = {
        "name": field("name", _("Name"), values["name"], required=True, attrs={"maxlength": 100}),
        "acts": field("acts", _("When"), values["acts"], "choices", options=[(k, str(v)) for k, v in ACTS.items()]),
        "stop": field("stop", _("No further rule is asked where this one applies"), values["stop"], "checkbox"),
        "active": field("active", _("In use"), values["active"], "checkbox"),
    }
    for name, label in ACTIONS.items():
        kind = "select" if name in options else "text"
        one = field(name, str(label), values[name], kind, hint=hints.get(name, ""))
        fields[name] = one | {"options": options.get(name, [])}
    return {name: one | {"error": wrong.get(name, "")} for name, one in fields.items()}


def _with(
    chosen: str, listed: Sequence[tuple[str, str]], besides: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """What may be chosen, and what is chosen although it is not in use any more."""
    missing = chosen and chosen not in dict([*listed, *besides])
    gone = _("%(name)s (not in use)", name=chosen.removeprefix(AGENT))
    return [*listed, (chosen, gone)] if missing else list(listed)


def _as_shown(tried: Tried) -> dict[str, Any]:
    if tried.act == OPENED:
        said = ngettext(
            "It would have applied to %(num)d of the last %(of)s tickets.",
            "It would have applied to %(num)d of the last %(of)s tickets.",
            len(tried.hits),
            of=tried.of,
        )
    elif not tried.of:
        said = _("This can happen to none of the last tickets now.")
    else:
        said = ngettext(
            "This can happen to %(of)s of the last tickets; it would apply to %(num)d.",
            "This can happen to %(of)s of the last tickets; it would apply to %(num)d.",
            len(tried.hits),
            of=tried.of,
        )
    ended = ngettext(
        "On %(num)d of them a rule before it ends the rules.",
        "On %(num)d of them a rule before it ends the rules.",
        tried.ended,
    )
    return {
        "when": _("When %(act)s", act=ACTS[tried.act]),
        "sentence": said,
        "ended": ended if tried.ended else "",
        "as_if": _supposed(tried.act),
        "hits": tried.hits,
    }


def _supposed(act: str) -> str:
    """What is taken for so where it is asked what rules would do."""
    if act == OPENED:
        return _(
            "As if it were opened now: open, of normal priority, without tags, nobody’s, and where its category leads. "
            "Text and requester, category, sites and what it is about are those of now, since what they were then is "
            "not known; the app’s routing function is not asked."
        )
    if act == FOLLOW_UP:
        return _("As the ticket stands now, and as if the customer wrote what they wrote last.")
    return _("As the ticket stands now.")
