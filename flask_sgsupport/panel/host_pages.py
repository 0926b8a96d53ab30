"""What the host's own navigation shows of the desk: the link to it and the number of unread notices."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, has_request_context, request, url_for

from ..actors import Actor
from ..errors import NotAllowed
from ..i18n import gettext as _
from ..queries.panel import unread_notices
from ..settings import state
from ..web.asking import agent_asking, customer
from ..web.quietly import quietly
from .frame import inbox_url, shown_number


@dataclass(frozen=True, slots=True)
class DeskLink:
    """Where the desk is for whoever looks at the page, and what is new there.

    :param unread: how many; ``badge`` is the same as it is shown.
    """

    url: str
    label: str
    unread: int
    badge: str
    current: bool


def desk_link() -> DeskLink | None:
    """The link, read once a request; ``None`` for people without access and whenever it cannot be told."""
    if not has_request_context():
        return None
    if "sgsupport_desk_link" not in g:
        g.sgsupport_desk_link = quietly(_link)
    found: DeskLink | None = g.sgsupport_desk_link
    return found


def _link() -> DeskLink | None:
    inbox = inbox_url("inbox.index")
    found = (agent_asking(), inbox) if inbox else _in_the_panel()
    if found is None:
        return None
    actor, url = found
    unread = unread_notices(actor)
    return DeskLink(url, _("Support"), unread, str(shown_number(unread) or ""), request.path.startswith(url))


def _in_the_panel() -> tuple[Actor, str] | None:
    if not state().settings.panel:
        return None
    try:
        return customer(), url_for("sgsupport.tickets")
    except NotAllowed:
        return None
