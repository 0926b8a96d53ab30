"""What open pages of panel and inbox ask every few seconds."""

from __future__ import annotations

from flask import Response

from ..actors import Actor
from ..errors import NotAllowed, NotFound, SupportError
from ..i18n import gettext as _
from ..queries.panel import unread_notices, version
from ..web.asking import Stranger, agent_asking, asked, customer
from ..web.polling import news, refused


def poll() -> Response:
    """The version of a ticket or of the list, and the number of unread notices; always JSON, refusals too."""
    ticket_id = asked("ticket")
    try:
        return _news(ticket_id)
    except Stranger:
        return refused(_("Please sign in first."), "not_signed_in", 401)
    except SupportError as error:
        return refused(error.sentence, error.code, error.http_status)


def _news(ticket_id: str) -> Response:
    try:
        return _of(customer(), ticket_id)
    except (NotFound, NotAllowed) as refusal:
        try:
            return _of(agent_asking(), ticket_id)
        except NotAllowed:
            raise refusal from None


def _of(actor: Actor, ticket_id: str) -> Response:
    return news(version(actor, ticket_id), unread_notices(actor))
