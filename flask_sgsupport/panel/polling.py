"""What open pages of panel and inbox ask every few seconds."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from ..actors import Actor
from ..errors import NotAllowed, SupportError
from ..i18n import gettext as _
from ..queries.polling import inbox_polled, polled
from ..services.presence import say_gone, say_here
from ..web.asking import Stranger, agent_asking, asked, customer
from ..web.polling import news, nothing, refused, said_of_reader


def poll() -> Response:
    """The version of a ticket or of the lists, and the number of unread notices; always JSON, refusals too.

    To a page of the inbox it tells who else is there, and takes down that its reader is.
    """
    try:
        if asked("inbox"):
            return _of_inbox(agent_asking(), asked("ticket"))
        return news(*polled(_asking(), asked("ticket")))
    except Stranger:
        return refused(_("Please sign in first."), "not_signed_in", 401)
    except SupportError as error:
        return refused(error.sentence, error.code, error.http_status)


def _of_inbox(actor: Actor, ticket_id: str) -> Response:
    said = said_of_reader() if ticket_id else ""
    if said == "gone":
        say_gone(ticket_id, actor)
        return nothing()
    found = inbox_polled(actor, ticket_id)
    writing, before = said == "writing", found.said_before
    if said and (before is None or before.is_outdone_by(writing=writing)):
        say_here(ticket_id, actor, writing=writing)
    here = {key: [asdict(one) for one in people] for key, people in found.here.items()}
    return news(found.version, found.unread, here=here)


def _asking() -> Actor:
    """On pages that are not of the inbox an operator, or an agent who is none."""
    try:
        return customer()
    except NotAllowed as refusal:
        try:
            return agent_asking()
        except NotAllowed:
            raise refusal from None
