"""One reply to the cases of an incident: to whom it goes is seen first, what became of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor, Right
from ..errors import Busy, InvalidInput, NotFound, NotReady, SupportError
from ..i18n import gettext as _
from ..lifecycle import Status, read_status, status_label
from ..macros import Filled
from ..queries.cases import MAX_CASES, Cases, cases_of, results_of
from ..queries.macros import filled_for
from ..queries.news import worker_was_seen
from ..services.cases import ForCase, answer_cases, send_answers, send_refused_anew, stop_answers
from ..web.asking import agent_asking, asked, form_after, form_token, new_form, typed, typed_list, whole_number
from ..web.guard import refused
from ..web.page import Time
from ..web.saying import say

CASE_FIELDS = frozenset({"cases", "macro", "body", "status"})


class CasePages:
    """Answering all the cases of an incident; part of `InboxView`."""

    @expose("/tickets/<ticket_id>/cases", methods=("GET", "POST"))
    def cases(self: Any, ticket_id: str) -> Any:
        """The cases with one form for them all; sent, what became of it in each."""
        actor = agent_asking()
        if request.method != "POST":
            key = asked("reply")[:32]
            return self._case_results(actor, ticket_id, key) if key else self._case_form(actor, ticket_id)
        if key := typed("reply")[:32]:
            if typed("stop"):
                stop_answers(ticket_id, actor, key)
            else:
                if typed("anew"):
                    send_refused_anew(ticket_id, actor, key, _refused_seen())
                self._send_answers(actor, ticket_id, key)
            return redirect(self.url_to("inbox.cases", ticket_id=ticket_id, reply=key))
        try:
            found = cases_of(actor, ticket_id)
            status = read_status(typed("status")) if typed("status") else None
            key = answer_cases(ticket_id, actor, _answers(actor, found), status=status, form=form_token())
        except (NotFound, NotReady):
            raise
        except SupportError as error:
            return refused(self._case_form(actor, ticket_id, error), error)
        left = self._send_answers(actor, ticket_id, key)
        say(_("Sent; what became of it in each case stands here.") if not left else _("Some still wait; see below."))
        return redirect(self.url_to("inbox.cases", ticket_id=ticket_id, reply=key))

    def _send_answers(self: Any, actor: Actor, ticket_id: str, key: str) -> bool:
        """Whether some still wait. What is written down is sent later where it cannot be now, and the page says so."""
        try:
            return send_answers(ticket_id, actor, key) > 0
        except Busy:
            return True

    def _case_form(self: Any, actor: Actor, ticket_id: str, error: SupportError | None = None) -> Any:
        found = cases_of(actor, ticket_id)
        fields = error.fields if isinstance(error, InvalidInput) else {}
        return self.framed(actor).render(
            "sgsupport/inbox/cases.html",
            sg_title=_("Answer the cases of %(ticket)s", ticket=ticket_id),
            found=found,
            earlier=[(one, Time.of(one.at)) for one in found.earlier],
            form=form_after(error) if error else new_form(),
            chosen=set(_chosen()) if error else {one.ticket_id for one in found.answerable},
            body=typed("body") if error else "",
            macro=typed("macro") if error else "",
            status=typed("status") if error else "",
            statuses=[("", _("Each stays as it is")), (str(Status.RESOLVED), status_label(Status.RESOLVED))],
            problems=dict.fromkeys(CASE_FIELDS, "") | fields,
            refusal=error.sentence if error and not fields.keys() & CASE_FIELDS else "",
        )

    def _case_results(self: Any, actor: Actor, ticket_id: str, key: str) -> Any:
        found = results_of(actor, ticket_id, key)
        return self.framed(actor).render(
            "sgsupport/inbox/case_results.html",
            sg_title=_("One reply to the cases of %(ticket)s", ticket=ticket_id),
            found=found,
            when=Time.of(found.at),
            waiting=found.count("waiting"),
            sent=found.count("sent"),
            refused=found.count("refused") + found.count("gap"),
            anew=found.mine and found.count("refused") > 0,
            stops=found.count("waiting") > 0 and (found.mine or Right.LEAD in actor.rights),
            worker=found.worker and worker_was_seen(),
        )


def _chosen() -> dict[str, int | None]:
    """The cases that were ticked, with the version of each that the page showed."""
    # Beside the box and not in it: a box that was left out is so whatever happens to its ticket.
    return {number: whole_number(typed(f"seen-{number}")) for number in typed_list("case")[:MAX_CASES]}


def _refused_seen() -> dict[str, int]:
    """The cases the page showed as refused, with the version of each then."""
    shown = (value.partition(" ") for value in typed_list("refused")[:MAX_CASES])
    known = {number: whole_number(version) for number, __, version in shown}
    return {number: version for number, version in known.items() if version is not None}


def _answers(actor: Actor, found: Cases) -> list[ForCase]:
    """What each of them gets: the text of the macro with its own values, then what was typed."""
    text, macro, chosen = typed("body"), typed("macro"), _chosen()
    here = [one.ticket_id for one in found.cases if one.ticket_id in chosen]
    filled: Mapping[str, Filled] = filled_for(actor, here, macro) if macro else {}
    answers = []
    for number in here:
        mine = filled.get(number, Filled(""))
        body = "\n\n".join(part for part in (mine.text.strip(), text.strip()) if part)
        answers.append(ForCase(number, body, chosen[number], " ".join(mine.gaps)))
    return answers
