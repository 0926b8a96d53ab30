"""Open tickets like the one that is written: offered while the subject is typed, and once before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from ..actors import Actor
from ..errors import LimitReached
from ..i18n import gettext as _
from ..queries.similar import Similar, similar_open
from ..services.limiting import count_search
from ..web.alike import NOTHING, carried, looked_for, offer
from ..web.asking import customer, files_lost, form_token, new_form, typed, typed_list
from .frame import bare
from .ticket import Sent, show


def similar() -> ResponseReturnValue:
    """A fragment for the script of the form, counted as the search it is; beyond the limit nothing is offered."""
    actor = customer(typed("account") or None)
    try:
        count_search(actor)
    except LimitReached:
        return NOTHING
    found = find(actor)
    return render_template("sgsupport/alike.html", sg=bare(), alike=offers(found)) if found else NOTHING


def find(actor: Actor, *, unseen: bool = False) -> Sequence[Similar]:
    """What is like the text of the form.

    :param unseen: nothing where all of it was offered before.
    """
    if unseen and looked_for():
        return ()
    return similar_open(
        actor,
        str(actor.account_id),
        subject=typed("subject"),
        body=typed("body"),
        requester_id=actor.person.id if actor.person else "",
        seen=typed_list("alike") if unseen else (),
    )


def offers(found: Sequence[Similar], *, asks: str = "") -> dict[str, Any]:
    """As the form shows them."""

    def carry_url(ticket_id: str) -> str:
        return url_for("sgsupport.carry", ticket_id=ticket_id, _anchor="sg-reply-body")

    return offer(found, carry_url, verb=_("Follow up here"), asks=asks)


def carry(ticket_id: str) -> str:
    """The ticket that is alike, with the text in the box for a follow-up; nothing is sent yet."""
    lead = _("Your text is here; nothing is sent yet.")
    sent = Sent(body=carried(), form=form_token() or new_form(), files_error=files_lost(), lead=lead)
    return show(customer(), ticket_id, sent)
