"""The operator's own in-app notifications."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from ..i18n import gettext as _
from ..queries.bells import bells
from ..queries.polling import list_version
from ..services.reading import mark_all_read
from ..web.asking import asked, customer, typed
from ..web.page import Live, Time
from ..web.preferring import choices, save
from .frame import frame, ticket_url


def notifications() -> str:
    """Newest first; each leads to the message it is about, or to the newest where it is about none."""
    actor = customer()
    version = list_version(actor)
    found = bells(actor, after=asked("after"))
    newest = asked("newest") or found.newest
    return frame(actor, "sgsupport.notifications", live=Live.PAGE, version=version).render(
        "sgsupport/panel/notifications.html",
        sg_title=_("Notifications"),
        rows=[
            {
                "text": bell.text,
                "when": Time.of(bell.at),
                "unread": bell.unread,
                "ticket_id": "",  # its text names it
                "url": ticket_url(bell.ticket_id, bell.message, earlier=bell.earlier),
            }
            for bell in found.rows
        ],
        preferences_url=url_for("sgsupport.preferences"),
        unread=any(bell.unread for bell in found.rows),
        newest=newest,
        next_url=url_for("sgsupport.notifications", after=found.after, newest=newest) if found.after else "",
        first_url=url_for("sgsupport.notifications") if asked("after") else "",
    )


def read_all() -> ResponseReturnValue:
    """Mark all as read."""
    mark_all_read(customer(), newest=typed("newest"))
    return redirect(url_for("sgsupport.notifications"))


def preferences() -> str:
    """How the person is told; mails lead here, and looking changes nothing."""
    title = _("How you are told")
    actor = customer()
    around = frame(actor, "sgsupport.notifications")
    return around.render("sgsupport/panel/preferences.html", sg_title=title, **choices(actor.side))


def save_preferences() -> ResponseReturnValue:
    """Choose how to be told."""
    save(customer())
    return redirect(url_for("sgsupport.preferences"))
