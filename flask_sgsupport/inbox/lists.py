"""The lists of tickets: views, queues, filters, search."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Right
from ..i18n import gettext as _
from ..i18n import ngettext
from ..lifecycle import Status, status_label
from ..queries.choices import MANY, Choice, Choices
from ..queries.inbox import Frame, TicketRow, covers_nothing, find_number, frame, is_number, listing
from ..queries.news import News
from ..queries.polling import list_version, version_of_ticket
from ..queries.search import SEARCH_WINDOW, looks_through
from ..queries.views import CHANNELS, DEFAULT_VIEW, SORTS, VIEWS, Filters
from ..routing import PRIORITIES, priority_label
from ..search_text import MAX_TERMS
from ..services.limiting import count_search
from ..web.asking import agent_asking, asked_without_empty, is_looking, unsearched
from ..web.page import Live, Time, joined
from .way_back import NEW, words_of

PLACEHOLDERS: Mapping[str, Callable[[], str]] = {
    "account": lambda: _("Name, or a part of it"),
    "requester": lambda: _("Name or address"),
    "site": lambda: _("Name, or a part of it"),
}

DATES = ("since", "until")


class ListPages:
    """The first page of the inbox; part of `InboxView`."""

    @expose("/")
    def index(self: Any) -> Any:
        """A list of tickets, or the one whose number was typed."""
        actor = agent_asking()
        if "" in request.args.values():
            return redirect(self.url_to("inbox.index") + asked_without_empty())
        asked_for = Filters.of(request.args)
        filters = asked_for.understood()
        if filters != asked_for:
            return redirect(self.url_to("inbox.index", **filters.arguments()))
        if filters.q and not is_looking():
            return unsearched()
        if filters.q:
            count_search(actor)
        number = find_number(actor, filters.q) if filters.q else None
        if number is not None:
            return redirect(self.url_to("inbox.ticket", ticket_id=number, _anchor=NEW))
        # The news of a search would be another search.
        live, version = (Live.NUMBER, "") if filters.q else (Live.LIST, list_version(actor))
        around = frame(actor, filters)
        page = listing(actor, filters)
        several = len(around.choices.queues) > 1 and not filters.queue
        no_coverage = covers_nothing(actor)
        return self.frame(actor, News(around.unread, around.mail_waits), live=live, version=version).render(
            "sgsupport/inbox/index.html",
            sg_title=title_of(filters, around.choices),
            filters=filters,
            head=_head(filters, around),
            groups=self._groups(filters, around),
            rows=[self._shown(row, filters, queue=several) for row in page.rows],
            next_url=self.url_to("inbox.index", **filters.arguments(after=page.after)) if page.after else "",
            first_url=self.url_to("inbox.index", **filters.arguments()) if filters.after else "",
            chips=self._chips(filters, around),
            fields=_fields(filters, around.choices),
            empty=_empty(filters),
            clear_url=self.url_to("inbox.index", view=filters.view) if filters.filters_something else "",
            like=self._like(filters),
            misread=bool(filters.misread),
            no_queue=not around.any_queue,
            no_coverage=no_coverage,
            welcome=no_coverage and not page.rows and not (filters.view or filters.filters_something or filters.after),
            lead=Right.LEAD in actor.rights,
            searched=_searched(filters),
        )

    def _groups(self: Any, filters: Filters, around: Frame) -> list[dict[str, Any]]:
        # A queue has an entry of its own, which stands for the view it is a part of.
        here = "" if filters.queue and filters.shown_view.key == DEFAULT_VIEW else filters.shown_view.key
        views = [
            {
                "label": view.label(),
                "url": self.url_to("inbox.index", view=view.key),
                "count": around.views.get(view.key),
                "current": view.key == here,
            }
            for view in VIEWS
            if view.shown
        ]
        queues = [
            {
                "label": queue.label,
                "url": self.url_to("inbox.index", queue=queue.key),
                "count": around.queues.get(queue.key),
                "current": filters.queue == queue.key,
            }
            for queue in around.choices.queues
        ]
        return [{"title": _("Views"), "rows": views}, {"title": _("Queues"), "rows": queues}]

    def _shown(self: Any, row: TicketRow, filters: Filters, *, queue: bool) -> dict[str, Any]:
        who = ", ".join(part for part in (row.requester, row.account) if part)
        said = joined(["“", row.excerpt, "”"], "") if row.excerpt else ""
        if row.found_in_note:
            said = joined([_("Note:"), said], " ")
        back = words_of(filters) or None
        return {
            "ticket_id": row.ticket_id,
            "url": self.url_to(
                "inbox.ticket", ticket_id=row.ticket_id, back=back, place=row.place, _anchor=_opens_at(row)
            ),
            "subject": row.subject,
            "unread": row.unread,
            "state": row.state,
            "state_label": row.state_label,
            "detail": joined([row.filtered_reason, who, row.site, row.queue if queue else "", said]),
            "priority": row.priority,
            "priority_high": row.priority_high,
            "assignee": row.assignee,
            "waiting": row.waiting,
            "late": row.late,
            "release": self.url_to("inbox.release", ticket_id=row.ticket_id, back=back) if row.filtered_reason else "",
            "created": Time.of(row.created_at),
            "updated": Time.of(row.updated_at),
            "version": version_of_ticket(row.updated_at),
        }

    def _chips(self: Any, filters: Filters, around: Frame) -> list[dict[str, str]]:
        # Links lead to an account and a person by their ids; people know the names.
        words = replace(filters, **around.names)
        return [
            {
                "label": f"{label}: {_word(name, getattr(words, name), around.choices)}",
                "url": self.url_to("inbox.index", **filters.arguments(**{name: ""})),
            }
            for name, label in _labels().items()
            if filters.narrows(name)
        ]

    def _like(self: Any, filters: Filters) -> list[dict[str, str]]:
        """What finds people and accounts by the words of a search, which looks into subjects and messages only."""
        if not filters.query.terms or is_number(filters.q):
            return []
        words = " ".join(filters.q.replace('"', " ").split())
        labels = {
            "requester": _("Requester like “%(words)s”", words=words),
            "account": _("Account like “%(words)s”", words=words),
        }
        return [
            {"label": label, "url": self.url_to("inbox.index", view="all", **{name: words})}
            for name, label in labels.items()
        ]


def _labels() -> dict[str, str]:
    return {
        "q": _("Search"),
        "queue": _("Queue"),
        "status": _("Status"),
        "assignee": _("Assignee"),
        "priority": _("Priority"),
        "category": _("Category"),
        "tag": _("Tag"),
        "account": _("Account"),
        "requester": _("Requester"),
        "site": _("Site"),
        "channel": _("Channel"),
        "since": _("Opened from"),
        "until": _("Opened until"),
    }


def _options(choices: Choices) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, by the name of the field."""
    return {
        "queue": _pairs(choices.queues),
        "status": [(str(status), status_label(status)) for status in Status],
        "assignee": [("me", _("Me")), ("nobody", _("Nobody")), *_pairs(choices.agents)],
        "priority": [(one, priority_label(one)) for one in PRIORITIES],
        "category": _pairs(choices.categories),
        "channel": [(key, label()) for key, label in CHANNELS.items()],
    }


def _pairs(choices: list[Choice]) -> list[tuple[str, str]]:
    return [(choice.key, choice.label) for choice in choices]


def _word(name: str, value: str, choices: Choices) -> str:
    return dict(_options(choices).get(name, [])).get(value, value)


def _fields(filters: Filters, choices: Choices) -> list[dict[str, Any]]:
    labels, options = _labels(), _options(choices)
    found = [
        {
            "name": name,
            "label": label,
            "kind": "select" if name in options else "date" if name in DATES else "text",
            "value": getattr(filters, name),
            "options": [("", _("Any")), *options.get(name, [])],
            "attrs": {"placeholder": PLACEHOLDERS[name]()} if name in PLACEHOLDERS else {},
            "error": _misread(name, getattr(filters, name)) if name in filters.misread else "",
        }
        for name, label in labels.items()
        if name != "q"
    ]
    # The list's own order is sent as none: a search from here has its own in turn.
    own = filters.shown_view.sort
    orders = [("" if key == own else key, sort.label().capitalize()) for key, sort in SORTS.items()]
    chosen = "" if filters.order == own else filters.order
    order = {"name": "sort", "label": _("Order"), "kind": "select", "value": chosen}
    return [*found, order | {"options": orders, "attrs": {}, "error": ""}]


def _opens_at(row: TicketRow) -> str:
    return f"m-{row.found}" if row.found else NEW


def _searched(filters: Filters) -> list[str]:
    """What has to be said of a search."""
    said = []
    if filters.query.cut:
        said.append(_("Only the first %(count)s words or phrases were searched for.", count=MAX_TERMS))
    if looks_through(filters.query):
        said.append(
            _(
                "The database keeps no index of such words: only the newest %(count)s messages were searched.",
                count=f"{SEARCH_WINDOW:,}",
            )
        )
    return said


def _misread(name: str, value: str) -> str:
    if name in DATES:
        return _("There is no day “%(value)s”: nothing is filtered by it.", value=value)
    return _("“%(value)s” is none of these: nothing is filtered by it.", value=value)


def _empty(filters: Filters) -> tuple[str, str]:
    if filters.q and not filters.query.terms:
        return _("There is nothing in it that can be searched for."), _(
            "Search for letters or digits, or for a number."
        )
    if filters.q and is_number(filters.q):
        return _("You see no ticket of this number."), _("It may be in a queue you do not cover; leads see all.")
    if filters.q:
        return _("Nothing in a subject or a message has these words."), _(
            "Is it somebody's name or address, or an account? Look for those here:"
        )
    return filters.shown_view.empty() if not filters.filters_something else VIEWS[-1].empty()


def title_of(filters: Filters, choices: Choices) -> str:
    """What a list is called."""
    if filters.q:
        return _("Search")
    view, status = filters.shown_view, filters.status if filters.narrows("status") else ""
    if filters.queue:
        queue = _word("queue", filters.queue, choices)
        if view.key == DEFAULT_VIEW:
            return _("All open in %(queue)s", queue=queue)
        found = _("%(list)s in %(queue)s", list=view.label(), queue=queue)
    else:
        found = view.label()
    return _("%(list)s: %(status)s", list=found, status=status_label(Status(status))) if status else found


def _head(filters: Filters, around: Frame) -> str:
    number = around.current
    tickets = _("more than 1000 tickets") if number > MANY else ngettext("%(num)d ticket", "%(num)d tickets", number)
    return f"{tickets}, {SORTS[filters.order].label()}"
