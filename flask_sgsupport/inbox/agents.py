"""Agents: who they are, what they may do, what they cover. For leads, and for an Owner of the host who is no agent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import make_response, redirect, request
from flask_admin import expose

from ..actors import Actor, Person, Right
from ..errors import NotFound, SupportError
from ..i18n import gettext as _
from ..permissions import right_label
from ..queries import setup
from ..queries.setup import AgentRow
from ..services.agents import Covers, change_agent, grant_agent, withdraw_agent
from ..services.handing_over import HandedOver
from ..services.seen import Seen, read_seen, seal_seen
from ..services.standing import asked_of, listed_by
from ..settings import state
from ..web.asking import asked, typed, typed_list
from ..web.saying import say
from .frame import whoever
from .setting_up import SetupView, changes, say_handed_over
from .ticket import Sent

MAX_FOUND = 30
NEW_AGENT = (Right.HANDLE, Right.ASSIGN)
"""What the form offers for somebody new."""
NOBODY_YET = {"available": True, "queues": (), "categories": (), "tags": ()}


class AgentsView(SetupView):
    """The people of the support team."""

    @expose("/")
    def index(self) -> Any:
        """Every agent, and the search for more."""
        actor = whoever()
        q = asked("q").strip()[:200]
        rows = setup.agents(actor)
        known = {row.host_id for row in rows if row.active}
        return self.framed(actor).render(
            "sgsupport/inbox/agents.html",
            sg_title=_("Agents"),
            agents=rows,
            q=q,
            found=[(person, person.id in known) for person in _candidates(q)],
            accounts_of=_accounts_of,
            changes=changes(actor, "agent.changed"),
            me=actor.person.id if actor.person else "",
        )

    @expose("/<path:person_id>", methods=("GET", "POST"))
    def change(self, person_id: str) -> Any:
        """Rights, coverage and public name of one person."""
        actor = whoever()
        row = setup.agent_row(actor, person_id)
        person = asked_of(state().hooks.directory.person, person_id)
        if person is None and row is None:
            raise NotFound(_("The app knows nobody with this id."))
        if request.method != "POST":
            return self._form(actor, person_id, person, row, Sent())
        try:
            result = self._save(actor, person_id, person, row)
        except SupportError as error:
            return make_response(
                self._form(actor, person_id, person, row, Sent("form", request.form, error)), error.http_status
            )
        say(_("Saved. It holds from the next request on."))
        say_handed_over(result)
        return redirect(self.url_to("agents.index"))

    @expose("/<path:person_id>/off", methods=("POST",))
    def off(self, person_id: str) -> Any:
        """Switch an agent off."""
        actor = whoever()
        row = setup.agent_row(actor, person_id)
        if row is None:
            raise NotFound(_("There is no such agent."))
        try:
            result = withdraw_agent(actor, person_id)
        except SupportError as error:
            person = asked_of(state().hooks.directory.person, person_id)
            return make_response(
                self._form(actor, person_id, person, row, Sent("off", request.form, error)), error.http_status
            )
        say(_("%(name)s is no longer an agent.", name=row.name))
        say_handed_over(result)
        return redirect(self.url_to("agents.index"))

    def _save(self, actor: Actor, person_id: str, person: Person | None, row: AgentRow | None) -> HandedOver:
        rights = {right for right in Right if str(right) in typed_list("rights")}
        tags = tuple(tag.strip() for tag in typed("tags").split(",") if tag.strip())
        seen = read_seen(typed("seen"))
        covers = Covers(
            (*typed_list("queues"), *_unshown(actor, row, "queue", seen)),
            (*typed_list("categories"), *_unshown(actor, row, "category", seen)),
            tags,
        )
        name = typed("public_name").strip()
        if person is not None and (row is None or not row.active):
            grant_agent(actor, person, rights=rights, public_name=name, covers=covers, seen=seen, **_choosing(seen))
            return HandedOver()
        return change_agent(
            actor, person_id, rights=rights, public_name=name, covers=covers, seen=seen, **_choosing(seen)
        )

    def _form(self, actor: Actor, person_id: str, person: Person | None, row: AgentRow | None, sent: Sent) -> str:
        back = sent.form == "form"
        held = _held(row)
        name = row.name if row else person.display_name if person else person_id
        names = ("rights", "queues", "categories", "tags", "public_name", "max_open", "person", "agent")
        errors = [(f"sg-{field}", sent.fields[field]) for field in names if field in sent.fields]
        if sent.error and not errors:
            errors = [("", sent.error.sentence)]
        return self.framed(actor).render(
            "sgsupport/inbox/agent.html",
            sg_title=name,
            person_id=person_id,
            email=(person.email if person else row.email if row else "") or "",
            unknown=person is None,
            active=bool(row and row.active),
            errors=errors,
            seen=_seen(row, person),
            accounts=_accounts_of(person) if person else "",
            sent=sent,
            rights=[(str(right), f"{right_label(right)} – {_explained(right)}") for right in Right],
            held=typed_list("rights") if back else held,
            coverable=setup.coverable(actor, row),
            queues=typed_list("queues") if back else (row.queues if row else []),
            categories=typed_list("categories") if back else (row.categories if row else []),
            max_open=typed("max_open") if back else (row.max_open or "" if row else ""),
            available=bool(typed("available")) if back else row is None or row.available,
            tags=typed("tags") if back else ", ".join(row.tags if row else []),
            public_name=typed("public_name") if back else (row.public_name if row else (person.name if person else "")),
        )


def _choosing(seen: Seen | None) -> dict[str, Any]:
    """What the form says of how rules choose them; of a box it did not show, nothing."""
    available = bool(typed("available")) if "available" in (seen or {}) else None
    return {"max_open": typed("max_open"), "available": available}


def _held(row: AgentRow | None) -> Sequence[str]:
    """The rights the form begins with."""
    if row is None:
        return [str(right) for right in NEW_AGENT]
    return [str(right) for right in row.rights] if row.active else []


def _seen(row: AgentRow | None, person: Person | None) -> str:
    if row is None:
        name = person.name if person else ""
        return seal_seen({"active": False, "rights": _held(row), "public_name": name, "max_open": ""} | NOBODY_YET)
    covered = {"queues": row.queues, "categories": row.categories, "tags": row.tags}
    said = {"rights": row.rights, "public_name": row.public_name, "max_open": row.max_open}
    said |= {"active": row.active, "available": row.available}
    return seal_seen(said | covered)


def _unshown(actor: Actor, row: AgentRow | None, kind: str, seen: Seen | None) -> list[str]:
    """Keys of what the agent covers, disabled by now, and the form that was sent did not show: they stay.

    A form shows whatever the agent covers, so what it was made from tells them; what it showed, it may take away.
    """
    shown = (seen or {}).get("queues" if kind == "queue" else "categories", "").split(", ")
    return [key for its_kind, key in setup.coverable(actor, row).besides if its_kind == kind and key not in shown]


def _accounts_of(person: Person) -> str:
    return ", ".join(place.account_name or place.account_id for place in person.accounts)


def _candidates(q: str) -> list[Person]:
    return listed_by(state().hooks.directory.agent_candidates, q, MAX_FOUND) if q else []


def _explained(right: Right) -> str:
    return {
        Right.HANDLE: _("see the tickets they cover, reply, note, resolve, reopen"),
        Right.ASSIGN: _("take tickets, give them to others, give them back"),
        Right.CLOSE: _("close with a recorded confirmation, correct a wrong close"),
        Right.ALL_QUEUES: _("see every queue, not only those covered"),
        Right.LEAD: _("manage queues, categories, agents and mail; brings every other right"),
    }[right]
