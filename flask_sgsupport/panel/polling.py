"""What open pages of panel and inbox ask every few seconds."""

from __future__ import annotations

from flask import Response

from ..actors import Actor
from ..errors import NotAllowed, SupportError
from ..i18n import gettext as _
from ..queries.polling import polled
from ..web.asking import Stranger, agent_asking, asked, customer
from ..web.polling import news, refused


def poll() -> Response:
    """The version of a ticket or of the lists, and the number of unread notices; always JSON, refusals too."""
    try:
        return news(*polled(_asking(), asked("ticket")))
    except Stranger:
        return refused(_("Please sign in first."), "not_signed_in", 401)
    except SupportError as error:
        return refused(error.sentence, error.code, error.http_status)


def _asking() -> Actor:
    """Pages of the inbox say so, and theirs is an agent; on all others an operator, or an agent who is none."""
    if asked("inbox"):
        return agent_asking()
    try:
        return customer()
    except NotAllowed as refusal:
        try:
            return agent_asking()
        except NotAllowed:
            raise refusal from None
