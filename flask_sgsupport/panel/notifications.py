"""The operator's own in-app notifications."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from ..i18n import gettext as _
from ..queries.bells import Bell, bells
from ..queries.polling import list_version
from ..services.reading import mark_all_read
from ..web.asking import asked, customer
from ..web.page import Live, Time
from .frame import frame


def notifications() -> str:
    """Newest first; each leads to the message it is about."""
    actor = customer()
    version = list_version(actor)
    found = bells(actor, after=asked("after"))
    return frame(actor, "sgsupport.notifications", live=Live.PAGE, version=version).render(
        "sgsupport/panel/notifications.html",
        sg_title=_("Notifications"),
        rows=[
            {
                "text": bell.text,
                "when": Time.of(bell.at),
                "unread": bell.unread,
                "ticket_id": bell.ticket_id,
                "url": _url(bell),
            }
            for bell in found.rows
        ],
        unread=any(bell.unread for bell in found.rows),
        next_url=url_for("sgsupport.notifications", after=found.after) if found.after else "",
        first_url=url_for("sgsupport.notifications") if asked("after") else "",
    )


def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    mark_all_read(customer())
    return redirect(url_for("sgsupport.notifications"))


def _url(bell: Bell) -> str:
    anchor = f"m-{bell.message}" if bell.message else None
    return url_for("sgsupport.ticket", ticket_id=bell.ticket_id, earlier=bell.earlier or None, _anchor=anchor)
