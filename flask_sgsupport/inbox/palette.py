"""The command palette: pages, queues and lists, and tickets by number or words; as a page, and for the script of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import jsonify, request
from flask_admin import expose
from markupsafe import escape

from ..actors import Actor
from ..i18n import gettext as _
from ..queries.inbox import Frame, by_numbers, find_number, frame, is_number, listing
from ..queries.naming import understood
from ..queries.news import News
from ..queries.views import Filters
from ..services.limiting import count_search
from ..web.asking import agent_asking, asked, is_looking, unsearched
from .way_back import NEW

MOST_TICKETS = 8
Row = Mapping[str, Any]


class PalettePages:
    """Finding a page or a ticket by typing; part of `InboxView`.

    What is done on a page the script takes from its own buttons, so nobody is offered what the page does not offer.
    """

    @expose("/find")
    def find(self: Any) -> Any:
        """For the script the pages, or the tickets that are asked for; for everybody else both as a page."""
        actor, text = agent_asking(), asked("q").strip()[:500]
        if text and not is_looking():
            return unsearched()
        if text:
            count_search(actor)
        tickets = self._tickets(actor, text) if text else []
        if request.headers.get("X-Requested-With") == "fetch":
            return jsonify(tickets=tickets) if text else jsonify(groups=self._places(actor, frame(actor, Filters())))
        around = frame(actor, Filters())
        places = [
            {"title": group["title"], "rows": [row for row in group["rows"] if _matches(row["label"], text)]}
            for group in self._places(actor, around)
        ]
        return self.frame(actor, News(around.unread, around.mail_waits, around.sending)).render(
            "sgsupport/inbox/find.html",
            sg_title=_("Find a page or a ticket"),
            q=text,
            groups=[group for group in places if group["rows"]],
            tickets=tickets,
            all_url=self.url_to("inbox.index", q=text, view="all") if text else "",
        )

    def _places(self: Any, actor: Actor, around: Frame) -> list[dict[str, Any]]:
        """The lists as they stand beside them, and our navigation."""
        pages = [{"label": link.label, "url": link.url} for link in self._navigation(actor, around.unread)]
        pages += [
            {"label": _("Open a ticket"), "url": self.url_to("inbox.open_form")},
            {"label": _("How you are told"), "url": self.url_to("notifications.preferences")},
        ]
        lists = [
            {"title": group["title"], "rows": [_row(row) for row in group["rows"]]}
            for group in self._groups(Filters(), around)
        ]
        return [*lists, {"title": _("Pages"), "rows": pages}]

    def _tickets(self: Any, actor: Actor, text: str) -> Sequence[Row]:
        if is_number(text):
            number = find_number(actor, text)
            return [
                {
                    "label": one.subject,
                    "number": one.ticket_id,
                    "detail": "",
                    "url": self.url_to("inbox.ticket", ticket_id=one.ticket_id, _anchor=NEW),
                }
                for one in (by_numbers(actor, [number]) if number else [])
            ]
        filters = understood(Filters(q=text, view="all"))
        return [
            {
                "label": escape(row.subject).striptags(),
                "number": row.ticket_id,
                "detail": " · ".join(filter(None, (row.state_label, row.requester, row.account))),
                "url": self.url_to(
                    "inbox.ticket", ticket_id=row.ticket_id, _anchor=f"m-{row.found}" if row.found else NEW
                ),
            }
            for row in listing(actor, filters, most=MOST_TICKETS).rows
        ]


def _row(row: Row) -> dict[str, Any]:
    count = row.get("count")
    return {"label": row["label"], "url": row["url"], "count": "1000+" if count and count > 1000 else count}


def _matches(label: str, text: str) -> bool:
    return all(word in label.casefold() for word in text.casefold().split())
