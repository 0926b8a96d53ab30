"""The agent's own notifications."""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..i18n import gettext as _
from ..queries.bells import bells
from ..services.reading import mark_all_read
from ..web.asking import agent_asking, asked, typed
from ..web.page import Time
from ..web.preferring import choices, save
from .frame import SupportView


class NotificationsView(SupportView):
    """What happened on the tickets an agent answers for."""

    @expose("/")
    def index(self) -> Any:
        """Newest first."""
        actor = agent_asking()
        found = bells(actor, after=asked("after"))
        newest = asked("newest") or found.newest
        rows = [
            {
                "text": bell.text,
                "when": Time.of(bell.at),
                "unread": bell.unread,
                "ticket_id": bell.ticket_id,
                "url": self.url_to(
                    "inbox.ticket",
                    ticket_id=bell.ticket_id,
                    earlier=bell.earlier or None,
                    _anchor=f"m-{bell.message}" if bell.message else None,
                ),
            }
            for bell in found.rows
        ]
        return self.framed(actor).render(
            "sgsupport/inbox/notifications.html",
            sg_title=_("Notifications"),
            rows=rows,
            unread=any(bell.unread for bell in found.rows),
            newest=newest,
            next_url=self.url_to("notifications.index", after=found.after, newest=newest) if found.after else "",
            first_url=self.url_to("notifications.index") if asked("after") else "",
        )

    @expose("/read", methods=("POST",))
    def read(self) -> Any:
        """Mark all as read."""
        mark_all_read(agent_asking(), newest=typed("newest"))
        return redirect(self.url_to("notifications.index"))

    @expose("/preferences", methods=("GET", "POST"))
    def preferences(self) -> Any:
        """How the agent is told; mails lead here, and looking changes nothing."""
        actor = agent_asking()
        if request.method == "POST":
            save(actor)
            return redirect(self.url_to("notifications.preferences"))
        title = _("How you are told")
        return self.framed(actor).render("sgsupport/inbox/preferences.html", sg_title=title, **choices(actor.side))
