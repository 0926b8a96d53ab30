"""Merging: choose another ticket of the account, look at both, then say yes."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor
from ..errors import InvalidInput, NotFound, NotReady, SupportError
from ..i18n import gettext as _
from ..queries.inbox import find_number
from ..queries.merging import choosing, confirming
from ..services.merging import merge
from ..web.asking import agent_asking, asked, typed
from ..web.guard import refused
from ..web.page import Time
from ..web.saying import say


class MergePages:
    """Making two tickets one; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/merge", methods=("GET", "POST"))
    def merge(self: Any, ticket_id: str) -> Any:
        """Choose the other ticket; with one chosen, both side by side; sent, they are one."""
        actor = agent_asking()
        if request.method == "POST":
            return self._merge(actor, ticket_id, typed("into").strip())
        number = (asked("number") or asked("into")).strip()[:50]
        return self._confirm(actor, ticket_id, number) if number else self._choose(actor, ticket_id)

    def _merge(self: Any, actor: Actor, ticket_id: str, typed_number: str) -> Any:
        into = find_number(actor, typed_number)
        if into is None:
            problem = no_such_number()
            return refused(self._choose(actor, ticket_id, typed_number, problem), InvalidInput({"into": problem}))
        try:
            merged = merge(ticket_id, actor, into)
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            fields = error.fields if isinstance(error, InvalidInput) else {}
            sentence = fields.get("into", error.sentence)
            return refused(self._confirm(actor, ticket_id, into, sentence), error)
        done = _("%(old)s is a part of %(new)s now.", old=ticket_id, new=into)
        same = _("%(old)s is a part of %(new)s already; nothing was changed.", old=ticket_id, new=into)
        say(done if merged else same, about=into)
        return redirect(self.url_to("inbox.ticket", ticket_id=into))

    def _choose(self: Any, actor: Actor, ticket_id: str, number: str = "", problem: str = "") -> Any:
        found = choosing(actor, ticket_id)
        return self.framed(actor).render(
            "sgsupport/inbox/merge_choose.html",
            sg_title=_("Merge %(ticket)s into another ticket", ticket=ticket_id),
            source=found.source,
            offered=found.offered,
            number=number,
            problem=problem,
        )

    def _confirm(self: Any, actor: Actor, ticket_id: str, number: str, refusal: str = "") -> Any:
        found = confirming(actor, ticket_id, number)
        if found is None:
            return self._choose(actor, ticket_id, number, no_such_number())
        return self.framed(actor).render(
            "sgsupport/inbox/merge.html",
            sg_title=_("Merge %(old)s into %(new)s?", old=ticket_id, new=found.target.ticket_id),
            both=found,
            sides=[(one, Time.of(one.created_at), Time.of(one.updated_at)) for one in (found.source, found.target)],
            refusal=refusal or found.refusal,
        )


def no_such_number() -> str:
    """What is said beside the number of another ticket that this agent does not see."""
    return _("You see no ticket of this number. Write it as it stands in the list.")
