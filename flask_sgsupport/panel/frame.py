"""What every page of the panel stands in: the host's own layout, our navigation, and the way of agents to the inbox."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ..actors import Actor
from ..errors import NotAllowed
from ..i18n import gettext as _
from ..queries.panel import MANY, unread_notices
from ..settings import state
from ..web.asking import agent_asking, person
from ..web.page import Link, Live, Page

P = ParamSpec("P")


def frame(
    actor: Actor,
    current: str,
    *,
    poll_ticket: str = "",
    live: Live = Live.NUMBER,
    version: str = "",
    unread: int | None = None,
) -> Page:
    """The frame of a page for this operator.

    :param current: the endpoint in our navigation under which the page stands.
    :param poll_ticket: the ticket whose news the page asks for; the lists', where it names none.
    :param unread: the number of unread notices, where it was read already.
    """
    if unread is None:
        unread = unread_notices(actor)
    return Page(
        layout=state().settings.panel_layout,
        navigation=_navigation(current, unread),
        home_url=_home(),
        poll_url=url_for("sgsupport.poll", ticket=poll_ticket or None),
        page_url=url_for("sgsupport.ticket", ticket_id=poll_ticket) if poll_ticket else "",
        live=live,
        version=version,
        site_name=_("Back to the app"),
    )


def bare() -> Page:
    """The frame of an error page: asks the database nothing."""
    known = g.get("sgsupport_person")
    operator = known is not None and any(membership.may_use_support for membership in known.accounts)
    operator = operator and state().settings.panel
    return Page(
        layout=state().settings.panel_layout,
        navigation=_navigation("", 0) if operator else (),
        home_url=_home(),
        site_name=_("Back to the app"),
    )


def agents_go_to(
    target: str, *, always: bool
) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Wrap a page so that an agent who is no operator is led to the inbox.

    :param target: the page there: ``inbox.index``, ``inbox.ticket``, ``notifications.index``.
    :param always: an agent who is an operator, too, is led there as well.
    """

    def wrap(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def led(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if always and (url := inbox_url(target)):
                return redirect(url)
            try:
                return view(*args, **kwargs)
            except NotAllowed:
                if url := inbox_url(target, **kwargs):
                    return redirect(url)
                if not state().admin_endpoints and _is_agent():
                    raise NotAllowed(
                        _(
                            "You are an agent, and this page is for operators. Agents work in the inbox, which is "
                            "missing here: the app's developer writes support.init_app(app, db, admin=admin)."
                        )
                    ) from None
                raise

        return led

    return wrap


def inbox_url(target: str, **values: object) -> str:
    """A page of the inbox for an agent; empty for everybody else, and where there is no inbox."""
    endpoints = state().admin_endpoints
    if not endpoints or not _is_agent():
        return ""
    endpoint = f"{endpoints[0].removesuffix('_inbox')}_{target}"
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""  # type: ignore[arg-type]


def _is_agent() -> bool:
    try:
        agent_asking()
    except NotAllowed:
        return False
    return True


def ticket_url(ticket_id: str, message: str | None = None, *, earlier: str = "") -> str:
    """The page of a ticket, at a message.

    :param earlier: what leads to the page with that message; empty for the newest page.
    """
    anchor = f"m-{message}" if message else None
    return url_for("sgsupport.ticket", ticket_id=ticket_id, earlier=earlier or None, _anchor=anchor)


def account_choices(actor: Actor) -> list[tuple[str, str]]:
    """The accounts a person may use here, id and name; empty where there is but one."""
    usable = [membership for membership in person().accounts if membership.may_use_support]
    return [(m.account_id, m.account_name or m.account_id) for m in usable] if len(usable) > 1 else []


def _home() -> str:
    return f"{request.script_root}/"


def _navigation(current: str, unread: int) -> list[Link]:
    entries = (
        ("sgsupport.tickets", _("Tickets")),
        ("sgsupport.open_form", _("Open ticket")),
        ("sgsupport.notifications", _("Notifications")),
        ("sgsupport.context", _("What support sees")),
    )
    numbers = {"sgsupport.notifications": unread}
    return [Link(label, url_for(endpoint), endpoint == current, numbers.get(endpoint)) for endpoint, label in entries]


def shown_number(unread: int) -> int | str | None:
    """The number as a badge shows it; none for zero."""
    return f"{MANY - 1}+" if unread >= MANY else unread or None
