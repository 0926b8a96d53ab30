"""What the host's own navigation shows of the desk: the link to it and the number of unread notices."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, has_request_context, request, url_for
from markupsafe import Markup

from ..actors import Actor
from ..errors import NotAllowed
from ..i18n import gettext as _
from ..queries.panel import unread_notices
from ..settings import state
from ..web.asking import agent_asking, customer
from ..web.page import nonce_attribute, script_url
from ..web.quietly import quietly
from .frame import inbox_url, shown_number

SLOWER = 4
"""A page of the host asks this much less often than ours: it is open in front of everybody."""


@dataclass(frozen=True, slots=True)
class DeskLink:
    """Where the desk is for whoever looks at the page, and what is new there.

    :param unread: how many; ``badge`` is the same as it is shown.
    :param poll_url: where the page asks for the number, every ``poll_seconds`` while somebody looks at it.
    """

    url: str
    label: str
    unread: int
    badge: str
    current: bool
    poll_url: str
    poll_seconds: int
    script_url: str
    nonce_attribute: Markup

    def brings_script(self) -> bool:
        """Whether the script still has to be brought: once a request, however many numbers the page shows."""
        brought = "sgsupport_desk_script" in g
        g.sgsupport_desk_script = True
        return not brought


def desk_link() -> DeskLink | None:
    """The link, read once a request; ``None`` for people without access and whenever it cannot be told."""
    if not has_request_context():
        return None
    if "sgsupport_desk_link" not in g:
        g.sgsupport_desk_link = quietly(_link)
    found: DeskLink | None = g.sgsupport_desk_link
    return found


def _link() -> DeskLink | None:
    actor, url = _in_the_panel() or (agent_asking(), inbox_url("inbox.index"))
    if not url:
        return None
    unread = unread_notices(actor)
    return DeskLink(
        url,
        _("Support"),
        unread,
        str(shown_number(unread) or ""),
        (request.script_root + request.path).startswith(url),
        poll_url=url_for("sgsupport.poll"),
        poll_seconds=SLOWER * state().settings.poll_seconds,
        script_url=script_url(),
        nonce_attribute=nonce_attribute(),
    )


def _in_the_panel() -> tuple[Actor, str] | None:
    if not state().settings.panel:
        return None
    try:
        return customer(), url_for("sgsupport.tickets")
    except NotAllowed:
        return None
