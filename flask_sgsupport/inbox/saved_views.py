"""Saved views: beside the lists they are opened in, and the page on which they are renamed, ordered and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import redirect, request
from flask_admin import expose

from ..actors import Actor, Right
from ..errors import NotFound, StaleTicket, SupportError
from ..i18n import format_number, ngettext
from ..i18n import gettext as _
from ..permissions import may_keep_views, require_view_keeper
from ..queries.choices import MANY, Choices
from ..queries.macros import offerable
from ..queries.saved_views import TALLIED, Saved, SavedLink, count_colleagues, kept_view, saved_views, tallies
from ..queries.search import SEARCH_WINDOW
from ..queries.views import Filters
from ..services import saving_views as keeping
from ..services.seen import read_seen, seal_seen
from ..web.asking import agent_asking, asked, typed
from ..web.polling import told
from ..web.saying import say
from .lists import in_words
from .setting_up import GET_POST, SetupView, arrow, changes, field
from .ticket import Sent
from .way_back import filters_in, words_of

POST = ("POST",)


class SavedLists:
    """What a list says of saved views; part of `InboxView`."""

    def saved_groups(self: Any, links: Sequence[SavedLink], here: str) -> list[dict[str, Any]]:
        """The groups of the side: shared ones, one's own, and the way to all of them."""
        found: list[dict[str, Any]] = []
        for title, shared in ((_("Shared views"), True), (_("My views"), False)):
            rows = [
                {
                    "label": one.name,
                    "url": self.url_to("inbox.index", saved=one.key),
                    "tally": one.key,
                    "current": one.key == here,
                }
                for one in links
                if one.shared == shared
            ]
            if rows:
                found.append({"title": title, "rows": rows})
        if found:
            found[-1]["rows"] += [{"label": _("Manage views"), "url": self.url_to("saved.index"), "quiet": True}]
        return found

    def saving(self: Any, actor: Actor, filters: Filters, saved: Saved | None) -> dict[str, Any]:
        """Below the filters: what is saved of this list, and what can be."""
        may, changed = may_keep_views(actor), saved is not None and saved.differs(filters)
        # A queue alone, or a list, stands at the side already.
        worth = bool(filters.kept().keys() - {"view"}) and filters.kept().keys() != {"queue"}
        return {
            "view": saved,
            "changed": changed,
            "offered": may and (changed if saved else worth),
            "words": words_of(filters),
            "as_saved": self.url_to("inbox.index", saved=saved.key) if saved else "",
            "change": self.url_to("saved.change", key=saved.key) if saved and saved.kept else "",
            "save": self.url_to("saved.save_filters", key=saved.key) if saved and saved.kept else "",
            "seen": _seen(saved) if saved else "",
        }

    def without_saved(self: Any, filters: Filters) -> Any:
        """A list whose saved view is not there, or not any more for whoever asks, is what its address says itself.

        :raises NotFound: it says nothing itself.
        """
        if not filters.says_itself:
            raise NotFound(_("There is no such view. Whoever keeps it may have removed it, or shares it no longer."))
        return redirect(self.url_to("inbox.index", **filters.arguments(saved="", after=filters.after)))


class SavedViewsView(SetupView):
    """Every view an agent has."""

    form_template = "sgsupport/inbox/saved_form.html"
    part_of = "inbox"

    @expose("/")
    def index(self) -> Any:
        """Shared ones and one's own, each with a way up and down where its order is the reader's."""
        actor = agent_asking()
        rows, names = saved_views(actor), offerable()
        shared, own = ([self._line(actor, row, names) for row in rows if row.shared == kind] for kind in (True, False))
        return self.framed(actor).render(
            "sgsupport/inbox/saved_views.html",
            sg_title=_("Saved views"),
            shared=shared,
            own=own,
            counted=_counted() if rows else "",
        )

    @expose("/tallies")
    def tallies(self) -> Any:
        """How many tickets each holds, for the script that puts the numbers at the side."""
        found = tallies(agent_asking())
        return told({key: str(count) if count <= TALLIED else f"{TALLIED}+" for key, count in found.items()})

    @expose("/new", methods=GET_POST)
    def create(self) -> Any:
        """Save a list under a name."""
        actor = agent_asking()
        require_view_keeper(actor)
        words = typed("filters") or asked("filters")
        filters, made = filters_in(words) or Filters(), []

        def form(sent: Sent) -> str:
            more = {"words": words, "back_to": self._list(filters), "filters": in_words(filters, offerable())}
            fields = _fields(name="", shared=False)
            return self.show_form(actor, _("Save as a view"), fields, sent, back_label=_("Saved views"), **more)

        if request.method != "POST":
            return form(Sent())
        values = _as_typed() | {"filters": filters.kept()}
        answer = self.save(lambda: made.append(keeping.save_view(actor, values)), form, done=_("The view is saved."))
        return redirect(self.url_to("inbox.index", saved=made[0])) if made else answer

    @expose("/change/<key>", methods=GET_POST)
    def change(self, key: str) -> Any:
        """Another name, or for others, too."""
        actor = agent_asking()
        row = kept_view(actor, key)

        def form(sent: Sent) -> str:
            more: dict[str, Any] = {
                "filters": in_words(row.filters, offerable()),
                "open_url": self.url_to("inbox.index", saved=key),
                "remove_url": self.url_to("saved.remove", key=key),
                "asks": row.shared,
                "meta": "" if row.own else _("kept by %(name)s", name=row.keeper),
            }
            if row.shared and Right.LEAD in actor.rights:
                more["changes"] = changes(actor, "view.changed", view=key)
            fields = _fields(name=row.name, shared=row.shared)
            return self.show_form(actor, row.name, fields, sent, back_label=_("Saved views"), **more)

        if request.method != "POST":
            return form(Sent())
        seen = read_seen(typed("seen"))
        return self.save(lambda: keeping.change_view(actor, key, _as_typed(), seen=seen), form, done=_("Saved."))

    @expose("/filters/<key>", methods=POST)
    def save_filters(self, key: str) -> Any:
        """Let a view hold the list it was changed to; refused, that list is shown again as it is."""
        actor, filters = agent_asking(), filters_in(typed("filters")) or Filters()
        kept_view(actor, key)
        try:
            keeping.change_view(actor, key, {"filters": filters.kept()}, seen=read_seen(typed("seen")))
        except SupportError as error:
            if error.http_status == 404:
                raise
            say(error.sentence, "error")
            return redirect(self._list(filters))
        say(_("Saved."))
        return redirect(self.url_to("inbox.index", saved=key))

    @expose("/move/<key>", methods=POST)
    def move(self, key: str) -> Any:
        """One place up or down."""
        places, past = arrow()
        keeping.move_view(agent_asking(), key, places, past=past)
        say(_("Saved."))
        return redirect(self.url_to("saved.index", _anchor=f"sg-view-{key}"))

    @expose("/remove/<key>", methods=GET_POST)
    def remove(self, key: str) -> Any:
        """Take it away; no ticket is touched by it. Of one that others have as well it is asked once."""
        actor = agent_asking()
        row = kept_view(actor, key)
        if request.method != "POST" or (row.shared and not typed("sure")):
            change_url = self.url_to("saved.change", key=key)
            return self._ask_about(actor, row, change_url) if row.shared else redirect(change_url)
        try:
            keeping.remove_view(actor, key, seen=read_seen(typed("seen")))
        except StaleTicket as error:
            say(error.sentence, "error")
            return redirect(self.url_to("saved.remove", key=key))
        say(_("The view is removed. No ticket was touched."))
        return redirect(self.url_to("saved.index"))

    def _ask_about(self, actor: Actor, row: Saved, change_url: str) -> str:
        return self.framed(actor).render(
            "sgsupport/inbox/saved_remove.html",
            sg_title=_("Remove “%(name)s”?", name=row.name),
            name=row.name,
            filters=in_words(row.filters, offerable()),
            seen=seal_seen(keeping.shown({"name": row.name, "filters": row.filters.kept()})),
            change_url=change_url,
            meta="" if row.own else _("kept by %(name)s", name=row.keeper),
            sentence=_shared_with(count_colleagues(actor)),
        )

    def _list(self, filters: Filters) -> str:
        return self.url_to("inbox.index", **filters.arguments())

    def _line(self, actor: Actor, row: Saved, names: Choices) -> dict[str, Any]:
        return {
            "key": row.key,
            "name": row.name,
            "url": self.url_to("inbox.index", saved=row.key),
            "filters": in_words(row.filters, names),
            "keeper": row.keeper if row.shared else "",
            "change": self.url_to("saved.change", key=row.key) if row.kept else "",
            "moves": Right.LEAD in actor.rights if row.shared else row.own,
        }


def _counted() -> str:
    return _(
        "Numbers at the side: views of open or resolved tickets count all of them, others, and those with conditions, "
        "the newest %(count)s tickets. Views that search or hold a figure of the reports have none.",
        count=format_number(SEARCH_WINDOW),
    )


def _shared_with(colleagues: int) -> str:
    if not colleagues:
        return _("This view is shared with every agent; there is no other yet.")
    if colleagues > MANY:
        return _("This view is shared with every agent, and is gone for all of them.")
    return ngettext(
        "This view is shared with every agent: %(num)d colleague finds it no more.",
        "This view is shared with every agent: %(num)d colleagues find it no more.",
        colleagues,
    )


def _seen(row: Saved) -> str:
    return seal_seen(keeping.shown({"filters": row.filters.kept()}))


def _as_typed() -> dict[str, Any]:
    return {"name": typed("name"), "shared": bool(typed("shared"))}


def _fields(*, name: str, shared: bool) -> list[dict[str, Any]]:
    hint = _("Each agent sees in it what they may see. A lead may change or remove it, too.")
    return [
        field("name", _("Name"), name, required=True, attrs={"maxlength": 100}),
        field("shared", _("Share with every agent"), shared, "checkbox", hint=hint),
    ]
