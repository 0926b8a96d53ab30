"""What every page of the inbox stands in: the host's Flask-Admin, our navigation, one way through the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, g, url_for
from flask_admin import BaseView
from flask_admin.menu import MenuView
from markupsafe import Markup

from ..actors import Actor, Right
from ..errors import NotAllowed
from ..i18n import gettext as _
from ..queries.news import News, OnItsWay, news
from ..settings import state
from ..web.asking import agent_asking
from ..web.guard import door
from ..web.limits import keep_within_limits
from ..web.page import Link, Page
from ..web.quietly import quietly

UPLOADS = frozenset(
    {
        *("reply", "note", "preview", "insert", "use", "open_form", "open_preview", "carry"),
        *("save_draft", "discard_draft"),
    }
)
ERROR_PAGES = {"sgsupport/error.html": "sgsupport/inbox/error.html"}


@dataclass(slots=True)
class InboxPage(Page):
    """The frame of a page inside a Flask-Admin."""

    view: Any = None
    mail_waits: bool = False
    sending: Sequence[OnItsWay] = ()
    """Replies of the person's own to other tickets that can still be taken back."""
    became_url: str = ""
    """Where a script asks what has become of them."""
    find_url: str = ""
    """Where pages and tickets are found by typing; empty for whoever has no inbox."""

    def render(self, template: str, **context: Any) -> str:
        """A page of the inbox, in the layout of the host's Flask-Admin."""
        html: str = self.view.render(ERROR_PAGES.get(template, template), sg=self, url=self.view.url_to, **context)
        return html


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of our navigation.

    :param open_to: who has it there; the page behind it asks again.
    """

    page: str
    label: Callable[[], str]
    open_to: Callable[[Actor], bool]


def _is_agent(actor: Actor) -> bool:
    return Right.HANDLE in actor.rights


def _is_lead(actor: Actor) -> bool:
    return Right.LEAD in actor.rights


def _grants_rights(actor: Actor) -> bool:
    return _is_lead(actor) or (actor.person is not None and actor.person.host_owner)


ENTRIES: tuple[Entry, ...] = (
    Entry("inbox", lambda: _("Inbox"), _is_agent),
    Entry("notifications", lambda: _("Notifications"), _is_agent),
    Entry("reports", lambda: _("Reports"), _is_agent),
    Entry("macros", lambda: _("Macros"), _is_agent),
    Entry("queues", lambda: _("Queues"), _is_lead),
    Entry("categories", lambda: _("Categories"), _is_lead),
    Entry("rules", lambda: _("Rules"), _is_lead),
    Entry("hours", lambda: _("Business hours"), _is_lead),
    Entry("targets", lambda: _("Targets"), _is_lead),
    Entry("agents", lambda: _("Agents"), _grants_rights),
    Entry("mail", lambda: _("Mail settings"), _is_lead),
    Entry("health", lambda: _("Health"), _is_lead),
)


class SupportView(BaseView):
    """A view of the desk inside Flask-Admin.

    :param prefix: begins the endpoints of this Flask-Admin's views, so that links stay within it.
    :param page: the rest of the endpoint: ``<prefix>_<page>``.
    """

    part_of = ""
    """The page whose entry of our navigation stands for this one, which has none."""

    def __init__(self, *, prefix: str, page: str, name: str, url: str) -> None:
        self.prefix, self.page_name = prefix, page
        super().__init__(name=name, endpoint=f"{prefix}_{page}", url=url)

    def create_blueprint(self, admin: Any) -> Any:
        """The blueprint, its requests limited in size before a CSRFProtect of the host reads the form."""
        blueprint: Blueprint = super().create_blueprint(admin)
        keep_within_limits(blueprint, uploads=UPLOADS, page=self.bare)
        return blueprint

    def url_to(self, target: str, **values: Any) -> str:
        """The address of a page of the same Flask-Admin: ``inbox.ticket``, ``queues.index``."""
        return url_for(f"{self.prefix}_{target}", **values)

    def is_visible(self) -> bool:
        """Only the inbox stands in the host's menu."""
        return self.page_name == "inbox"

    def is_accessible(self) -> bool:
        """Whether the host's menu shows the entry; what keeps people out is the guard around every page."""
        actor = known_agent()
        return actor is not None and any(entry.open_to(actor) for entry in ENTRIES)

    def _handle_view(self, name: str, **kwargs: Any) -> None:
        """The guard decides who gets in, not the menu."""

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        """Through the guard; and not by Flask-Admin's own, which hides a TypeError of ours behind another."""
        return door(self.bare)(lambda: fn(self, *args, **kwargs))()

    def frame(self, actor: Actor, news: News, *, ticket_id: str = "", page_url: str = "", **more: Any) -> InboxPage:
        """The frame of a page for this agent.

        :param ticket_id: the ticket whose news the page asks for; the lists', where it names none.
        :param page_url: where the page is found, should it answer a form, where it is about no ticket.
        """
        g.sgsupport_menu_agent, g.sgsupport_menu_unread = actor, news.unread
        return InboxPage(
            view=self,
            navigation=self._navigation(actor, news.unread),
            home_url=self.url_to("inbox.index"),
            mail_waits=news.mail_waits,
            sending=news.sending,
            became_url=self.url_to("inbox.became"),
            poll_url=optional_url("sgsupport.poll", inbox=1, ticket=ticket_id or None),
            page_url=self.url_to("inbox.ticket", ticket_id=ticket_id) if ticket_id else page_url,
            quick_seconds=state().settings.inbox_poll_seconds,
            find_url=self.url_to("inbox.find") if _is_agent(actor) or _is_lead(actor) else "",
            **more,
        )

    def framed(self, actor: Actor, **more: Any) -> InboxPage:
        """The frame of a page that reads nothing of the news itself."""
        return self.frame(actor, news(actor), **more)

    def bare(self) -> InboxPage:
        """The frame of an error page: with the navigation where we know who is asking."""
        actor = g.get("sgsupport_agent")
        navigation = self._navigation(actor, 0) if actor else ()
        home = self.url_to("inbox.index")
        return InboxPage(
            view=self, navigation=navigation, home_url=home, ways_out=_ways_out(home if navigation else "")
        )

    def _navigation(self, actor: Actor, unread: int) -> list[Link]:
        return [
            Link(
                entry.label(),
                self.url_to(f"{entry.page}.index"),
                current=entry.page == (self.part_of or self.page_name),
                unread=unread if entry.page == "notifications" else None,
            )
            for entry in ENTRIES
            if entry.open_to(actor)
        ]


def _ways_out(inbox: str) -> list[Link]:
    """To the inbox for an agent; for an operator who came here by mistake, to their panel."""
    if inbox:
        return [Link(_("To the inbox"), inbox)]
    person = g.get("sgsupport_person")
    operator = person is not None and any(membership.may_use_support for membership in person.accounts)
    panel = optional_url("sgsupport.tickets") if operator else ""
    return [Link(_("To your tickets"), panel)] if panel else []


class SupportEntry(MenuView):
    """The one entry in the host's menu: a plain link with the number of unread notices."""

    @property
    def name(self) -> Any:
        """The word and the number, where an agent looks at the menu."""
        unread = unread_notices()
        shown = unread if unread < 100 else "99+"
        # There at zero, too: on a page of ours the number follows the news.
        return Markup(
            '{} <span class="badge badge-danger badge-pill ml-1" data-sg-badge title="{}"{}>{}</span>'
        ).format(self._name, _("Unread"), Markup("") if unread else Markup(" hidden"), shown)

    @name.setter
    def name(self, value: str) -> None:
        self._name = value

    def is_active(self, view: Any) -> bool:
        """On every page of the desk in this Flask-Admin, of which this is the one entry."""
        return isinstance(view, SupportView) and view.prefix == getattr(self._view, "prefix", "")


def known_agent() -> Actor | None:
    """The agent who looks at a page of the host; ``None`` for everybody else and whenever that cannot be told.

    Pages of the host must never fail for our sake: a missing table or a broken hook hides the entry.
    """
    if "sgsupport_menu_agent" not in g:
        g.sgsupport_menu_agent = quietly(whoever)
    found: Actor | None = g.sgsupport_menu_agent
    return found


def unread_notices() -> int:
    """Their unread notices, for the host's menu."""
    if "sgsupport_menu_unread" not in g:
        actor = known_agent()
        found = quietly(lambda: news(actor)) if actor is not None else None
        g.sgsupport_menu_unread = found.unread if found else 0
    number: int = g.sgsupport_menu_unread
    return number


def whoever() -> Actor:
    """The person who asks as an agent, without any right where they are none.

    :raises Stranger: nobody is signed in.
    """
    try:
        return agent_asking()
    except NotAllowed:
        found: Actor = g.sgsupport_agent
        return found


def optional_url(endpoint: str, **values: Any) -> str:
    """The address of a page of the panel, or nothing where the host left the panel out."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
