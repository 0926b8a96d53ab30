"""The lists of tickets: views, queues, filters, search."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor, Right
from ..conditions import CHANNELS, ME, NOBODY, OPERATORS, SEVERAL, all_in_words, narrowing, typed
from ..figures import in_words as figure_in_words
from ..i18n import format_number, ngettext
from ..i18n import gettext as _
from ..lately import OFFERED, read_lately
from ..lifecycle import Status, status_label
from ..permissions import not_of_colleagues
from ..queries.choices import MANY, Choice, Choices
from ..queries.inbox import Frame, TicketRow, covers_nothing, find_number, frame, is_number, listing
from ..queries.naming import understood
from ..queries.news import News
from ..queries.polling import list_version, version_of_ticket
from ..queries.rules import names_in
from ..queries.saved_views import Saved, saved_view
from ..queries.search import SEARCH_WINDOW, looks_through
from ..queries.views import DEFAULT_VIEW, DUE, SORTS, VIEW_OF, VIEWS, Filters, is_withheld
from ..routing import PRIORITIES, priority_label
from ..search_text import MAX_TERMS
from ..services.limiting import count_search
from ..settings import state
from ..web.asking import agent_asking, asked_without_empty, is_looking, unsearched
from ..web.page import Live, Time, joined
from .selected import Bulk, box, done_before, offers
from .way_back import NEW, words_of

PLACEHOLDERS: Mapping[str, Callable[[], str]] = {
    "account": lambda: _("Name, or a part of it"),
    "requester": lambda: _("Name or address"),
    "site": lambda: _("Name, or a part of it"),
    "about": lambda: _("Title, or a part of it"),
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
        filters = understood(asked_for)
        if filters != asked_for:
            return redirect(self.url_to("inbox.index", **filters.arguments()))
        saved = saved_view(actor, filters.saved) if filters.saved else None
        if filters.saved and saved is None:
            return self.without_saved(filters)
        if saved is not None:
            filters = saved.opened(filters)
        if filters.q and not is_looking():
            return unsearched()
        if filters.q:
            count_search(actor)
        number = find_number(actor, filters.q) if filters.q else None
        if number is not None:
            return redirect(self.url_to("inbox.ticket", ticket_id=number, _anchor=NEW))
        return self.show_list(actor, filters, saved, done_before())

    def show_list(self: Any, actor: Actor, filters: Filters, saved: Saved | None, bulk: Bulk) -> Any:
        """Draw a list.

        :param saved: the view it was opened by.
        :param bulk: what was done with several tickets of it, or was to be.
        """
        # The news of a search would be another search.
        live, version = (Live.NUMBER, "") if filters.q else (Live.LIST, list_version(actor))
        around = frame(actor, filters)
        page = listing(actor, filters)
        one_queue = filters.queue in {queue.key for queue in around.choices.queues}
        several = len(around.choices.queues) > 1 and not one_queue
        no_coverage = covers_nothing(actor)
        return self.frame(
            actor,
            News(around.unread, around.mail_waits, around.sending),
            page_url=self.url_to("inbox.index", **filters.arguments(after=filters.after)),
            live=live,
            version=version,
        ).render(
            "sgsupport/inbox/index.html",
            sg_title=saved.name if saved else title_of(filters, around.choices),
            filters=filters,
            asked_with=_asked_with(filters),
            gone=_gone(actor, filters, around),
            saving=self.saving(actor, filters, saved),
            tallies_url=self.url_to("saved.tallies") if around.saved else "",
            head=_head(filters, around),
            groups=self._groups(filters, around),
            rows=[self._shown(row, filters, around, queue=several) for row in page.rows],
            next_url=self.url_to("inbox.index", **filters.arguments(after=page.after)) if page.after else "",
            first_url=self.url_to("inbox.index", **filters.arguments()) if filters.after else "",
            chips=self._chips(filters, around),
            fields=_fields(filters, around),
            empty=_empty(filters),
            clear_url=self.url_to("inbox.index", view=filters.view) if filters.filters_something else "",
            like=self._like(filters),
            misread=bool(set(filters.misread) - {"where"}),
            narrow_url=self.url_to("inbox.narrow", **filters.arguments()),
            no_queue=not around.any_queue,
            no_coverage=no_coverage,
            welcome=no_coverage and not page.rows and not filters.arguments(after=filters.after),
            lead=Right.LEAD in actor.rights,
            available=actor.available if actor.agent_pk is not None else None,
            searched=_searched(filters),
            bulk=bulk,
            offers=offers(actor, around.choices),
            bulk_url=self.url_to("inbox.bulk", back=words_of(filters) or None),
        )

    def _groups(self: Any, filters: Filters, around: Frame) -> list[dict[str, Any]]:
        # A queue has an entry of its own, which stands for the view it is a part of.
        here = "" if filters.queue and filters.shown_view.key == DEFAULT_VIEW else filters.shown_view.key
        here = "" if filters.saved else here
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
                "current": filters.queue == queue.key and not filters.saved,
            }
            for queue in around.choices.queues
        ]
        return [
            {"title": _("Views"), "rows": views},
            *self.saved_groups(around.saved, filters.saved),
            {"title": _("Queues"), "rows": queues},
        ]

    def _shown(self: Any, row: TicketRow, filters: Filters, around: Frame, *, queue: bool) -> dict[str, Any]:
        who = ", ".join(part for part in (row.requester, row.account) if part)
        said = joined(["“", row.excerpt, "”"], "") if row.excerpt else ""
        if row.found_in_note:
            said = joined([_("Note:"), said], " ")
        back = words_of(filters) or None
        merged = _("merged into %(ticket)s", ticket=row.merged_into) if row.merged_into else ""
        return {
            "ticket_id": row.ticket_id,
            "url": self.url_to(
                "inbox.ticket", ticket_id=row.ticket_id, back=back, place=row.place, _anchor=_opens_at(row)
            ),
            "subject": row.subject,
            "unread": row.unread,
            "draft": row.draft,
            "state": row.state,
            "state_label": row.state_label,
            "detail": joined([row.filtered_reason, merged, who, row.site, row.queue if queue else "", said]),
            "priority": row.priority,
            "priority_high": row.priority_high,
            "assignee": row.assignee,
            "waiting": row.waiting,
            "late": row.late,
            "until": Time.of(row.snoozed_until) if row.state == "snoozed" else None,
            "release": self.url_to("inbox.release", ticket_id=row.ticket_id, back=back) if row.filtered_reason else "",
            "created": Time.of(row.created_at),
            "updated": Time.of(row.updated_at),
            "version": version_of_ticket(row.updated_at),
            "box": box(row.ticket_id, row.version),
            "shown": row.version,
            "here": around.here.get(row.ticket_id, ()),
        }

    def _chips(self: Any, filters: Filters, around: Frame) -> list[dict[str, str]]:
        chips = [
            {
                # Links lead to an account and a person by their ids; people know the names.
                "label": f"{label}: {_word(name, getattr(filters, name), around.choices, around.names)}",
                "url": self.url_to("inbox.index", **filters.arguments(**{name: ""})),
            }
            for name, label in _labels().items()
            if filters.narrows(name)
        ]
        if filters.saved and not filters.q and filters.kept().get("view"):
            base = f"{_('List')}: {VIEW_OF[filters.view].label()}"
            chips.insert(0, {"label": base, "url": self.url_to("inbox.index", **filters.arguments(view=""))})
        return chips

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
        "about": _("About"),
        "channel": _("Channel"),
        "due": _("Due"),
        "since": _("Opened from"),
        "until": _("Opened until"),
        "updated": _("Last update"),
        "figure": _("Counted"),
        "where": _("Conditions"),
    }


def _options(choices: Choices) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, by the name of the field."""
    return {
        "queue": _pairs(choices.queues),
        "status": [(str(status), status_label(status)) for status in Status],
        "assignee": [("me", _("Me")), ("nobody", _("Nobody")), *_pairs(choices.agents)],
        "priority": [(one, priority_label(one)) for one in PRIORITIES],
        "category": _pairs(choices.categories),
        "channel": [(key, str(label)) for key, label in CHANNELS.items()],
        "due": [(key, label()) for key, label in DUE.items()],
        "updated": [(one, _word("updated", one, choices)) for one in OFFERED],
    }


def _pairs(choices: list[Choice]) -> list[tuple[str, str]]:
    return [(choice.key, choice.label) for choice in choices]


def _word(name: str, value: str, choices: Choices, names: Mapping[tuple[str, str], str] | None = None) -> str:
    if name == "figure":
        queues = {("queue", one.key): one.label for one in choices.queues}
        return figure_in_words(value, queues | {("agent", one.key): one.label for one in choices.agents})
    if name == "where":
        called = {**names_in(choices), ("assignee", ME): _("Me"), ("assignee", NOBODY): _("Nobody")}
        return all_in_words(narrowing(value), called)
    if name == "updated":
        return ", ".join(one.in_words() for one in read_lately(value))
    known = {(name, key): label for key, label in _options(choices).get(name, [])} | dict(names or {})
    if name not in SEVERAL:
        return known.get((name, value), value)
    said = []
    for one in typed(name, value):
        words = _(" or ").join(known.get((name, key), key) for key in one.values)
        said.append(_("not %(word)s", word=words) if OPERATORS[one.operator].negates else words)
    return ", ".join(said)


def in_words(filters: Filters, choices: Choices) -> list[str]:
    """What a list holds and in which order, where that is more than its own, as people read it."""
    kept = filters.kept()
    found = [f"{_('List')}: {VIEW_OF[filters.view].label()}"] if "view" in kept and not filters.q else []
    found += [f"{label}: {_word(name, kept[name], choices)}" for name, label in _labels().items() if name in kept]
    return [*found, f"{_('Order')}: {SORTS[kept['sort']].label()}"] if "sort" in kept else found


def _fields(filters: Filters, around: Frame) -> list[dict[str, Any]]:
    labels, options = _labels(), _options(around.choices)
    for name in options:
        # What filters stays in the form, also where it is not offered.
        value = getattr(filters, name)
        if value and value not in dict(options[name]) and filters.narrows(name):
            word = _word(name, value, around.choices, around.names)
            gone = any(of == name for of, __ in around.gone)
            options[name].append((value, _("%(name)s (not in use)", name=word) if gone else word))
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
        if name not in {"q", "figure", "where"}
        and (name != "about" or filters.about or state().hooks.subjects is not None)
    ]
    # The list's own order is sent as none: a search from here has its own in turn.
    own = filters.shown_view.sort
    orders = [("" if key == own else key, sort.label().capitalize()) for key, sort in SORTS.items()]
    chosen = "" if filters.order == own else filters.order
    order = {"name": "sort", "label": _("Order"), "kind": "select", "value": chosen}
    return [*found, order | {"options": orders, "attrs": {}, "error": ""}]


def _opens_at(row: TicketRow) -> str:
    return f"m-{row.found}" if row.found else NEW


_MINUS = re.compile(r"(?:^|\s)-(\w[\w'-]{0,40})")


def _searched(filters: Filters) -> list[str]:
    """What has to be said of a search, and of conditions."""
    said = []
    if filters.query.cut:
        said.append(_("Only the first %(count)s words or phrases were searched for.", count=MAX_TERMS))
    if left_out := _MINUS.findall(filters.q):
        words = ", ".join(f"“{word}”" for word in left_out[:MAX_TERMS])
        said.append(_("A minus leaves out filters only: %(words)s was searched for.", words=words))
    if filters.narrows("where"):
        said.append(_("Conditions are asked of the newest %(count)s tickets.", count=format_number(SEARCH_WINDOW)))
    if looks_through(filters.query):
        said.append(
            _(
                "The database keeps no index of such words: only the newest %(count)s messages were searched.",
                count=format_number(SEARCH_WINDOW),
            )
        )
    return said


def _asked_with(filters: Filters) -> dict[str, str]:
    """What the filter form sends beside its fields: the list they narrow, and what is typed in none."""
    view = filters.view or (DEFAULT_VIEW if filters.saved else "")
    asked = {"saved": filters.saved, "view": view, "figure": filters.figure, "where": filters.where}
    return {name: value for name, value in asked.items() if value}


GONE: Mapping[str, Callable[[str], str]] = {
    "queue": lambda name: _("The queue “%(name)s” is not in use.", name=name),
    "category": lambda name: _("The category “%(name)s” is not in use.", name=name),
    "assignee": lambda name: _("There is no agent “%(name)s” here, or more than one.", name=name),
}


def _gone(actor: Actor, filters: Filters, around: Frame) -> list[str]:
    """A sentence on each thing a filter names that is not in use, not there or not covered, or is not shown to them."""
    said = [GONE[name](word) for (name, __), word in around.gone.items()]
    if "where" in filters.misread:
        said.append(_("The conditions in this address cannot be read: nothing is filtered by them."))
    if is_withheld(actor, filters):
        said.append(_("This list cannot be shown to you.") + " " + not_of_colleagues())
    offered = {queue.key for queue in around.choices.queues}
    for (of, key), name in around.names.items():
        if of == "queue" and (of, key) not in around.gone and key not in offered:
            sentence = _("You do not cover the queue “%(name)s”. Of its tickets you see only what is yours.", name=name)
            said.append(sentence)
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
        nothing = _("Nothing in a subject or a message has these words.")
        if len(filters.query.terms) > 1:
            nothing = _("No message together with its subject has all of these words.")
        return nothing, _("Is it somebody's name or address, or an account? Look for those here:")
    return filters.shown_view.empty() if not filters.filters_something else VIEWS[-1].empty()


def title_of(filters: Filters, choices: Choices) -> str:
    """What a list is called."""
    if filters.q:
        return _("Search")
    view = filters.shown_view
    status = _word("status", filters.status, choices) if filters.narrows("status") else ""
    if filters.narrows("queue"):
        queue = _word("queue", filters.queue, choices)
        if view.key == DEFAULT_VIEW:
            return _("All open in %(queue)s", queue=queue)
        found = _("%(list)s in %(queue)s", list=view.label(), queue=queue)
    else:
        found = view.label()
    return _("%(list)s: %(status)s", list=found, status=status) if status else found


def _head(filters: Filters, around: Frame) -> str:
    number = around.current
    tickets = _("more than 1000 tickets") if number > MANY else ngettext("%(num)d ticket", "%(num)d tickets", number)
    return f"{tickets}, {filters.ordered.label()}"
