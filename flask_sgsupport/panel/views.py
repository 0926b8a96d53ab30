"""Every page of the panel in one table: its path, its endpoint, what it does, and where an agent is led instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from ..web.guard import door
from . import acting, alike, files, listing, notifications, opening, polling, previewing, ticket
from .frame import agents_go_to, bare

GET = ("GET",)
POST = ("POST",)


@dataclass(frozen=True, slots=True)
class Route:
    """One page.

    :param inbox: the page of the inbox to which an agent is led: by the panel's own address always, by others where
        they are no operator, since a mail about a ticket of their own account leads there.
    :param always: there without the panel, too: the inbox or the app's own pages lead to it.
    """

    path: str
    endpoint: str
    view: Callable[..., Any]
    methods: tuple[str, ...] = GET
    inbox: str = ""
    always: bool = False


ROUTES: tuple[Route, ...] = (
    Route("/", "tickets", listing.tickets, inbox="inbox.index"),
    Route("/open", "open_form", opening.open_form, inbox="inbox.index"),
    Route("/open", "open", opening.open_one, POST),
    Route("/open/similar", "similar", alike.similar, POST),
    Route("/what-support-sees", "context", opening.what_support_sees, inbox="inbox.index"),
    Route("/preview", "preview", previewing.preview, POST),
    Route("/tickets/<ticket_id>", "ticket", ticket.ticket, inbox="inbox.ticket"),
    Route("/tickets/<ticket_id>/follow-up", "follow_up", acting.follow_up, POST),
    Route("/tickets/<ticket_id>/carry", "carry", alike.carry, POST),
    Route("/tickets/<ticket_id>/solved", "confirm", acting.confirm),
    Route("/tickets/<ticket_id>/solved", "solved", acting.solved, POST),
    Route("/tickets/<ticket_id>/still-need-help", "still_need_help", acting.still_need_help, POST),
    Route("/tickets/<ticket_id>/rate", "rate", acting.rate, POST),
    Route("/tickets/<ticket_id>/reopen", "reopen", acting.reopen, POST),
    Route("/tickets/<ticket_id>/follow", "follow", acting.follow, POST),
    Route("/tickets/<ticket_id>/unfollow", "unfollow", acting.unfollow, POST),
    Route("/tickets/<ticket_id>/withdraw", "withdraw", acting.withdraw, POST),
    Route("/files/<key>", "download", files.file, always=True),
    Route("/notifications", "notifications", notifications.notifications, inbox="notifications.index"),
    Route("/notifications/read", "read_all", notifications.read_all, POST),
    Route("/notifications/preferences", "preferences", notifications.preferences, inbox="notifications.preferences"),
    Route("/notifications/preferences", "save_preferences", notifications.save_preferences, POST),
    Route("/poll", "poll", polling.poll, always=True),
)


def add_routes(blueprint: Blueprint, *, panel: bool) -> None:
    """Register the pages behind the guard: every one, or only those that are there without a panel."""
    for route in (route for route in ROUTES if panel or route.always):
        view = agents_go_to(route.inbox, always=route.path == "/")(route.view) if route.inbox else route.view
        blueprint.add_url_rule(route.path, route.endpoint, door(bare)(view), methods=route.methods)
