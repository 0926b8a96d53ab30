"""The words of every notice: in-app lines and mails, from the templates under ``sgsupport/notifications/<notice>/``.

A template gets ready texts only. A host replaces one by a template of the same name in its own folder; context
processors of the host do not run here, since a worker has no request to give them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from markupsafe import Markup
from werkzeug.routing import BuildError

from .i18n import format_datetime, ngettext
from .i18n import gettext as _
from .safe_html import inline_styles, markdown, plain
from .settings import state

FOLDER = "sgsupport/notifications"

PANEL_TICKET = "sgsupport.ticket"
PANEL_CONFIRM = "sgsupport.confirm"
PANEL_PREFERENCES = "sgsupport.preferences"
INBOX_TICKET = "ticket"
"""Endpoint of the inbox's ticket page, behind the endpoint of the Flask-Admin view."""
INBOX_PREFERENCES = "notifications.preferences"
"""Endpoint of the agents' page, behind the name of the Flask-Admin's views."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFacts:
    """What a notice may say. Whoever fills it gives customers agents' public names and nothing of queues.

    :param by: who acted, by the name this reader may know.
    :param on_behalf_of: for whom an agent opened the ticket; empty where its requester did.
    :param queue_name: for agents only; of a move, where it went.
    :param released_by: who took it out of Spam / Filtered, by their public name.
    :param asked_again: or who brought it back by asking again.
    :param closes_at: the moment it closes, in words; empty where none is set, or its clock is held.
    :param closing: the sentence on when it closes without reply.
    :param reopening: the sentence on how long it can be reopened.
    :param continues: number of the ticket this one continues.
    :param merged: number of the ticket that was merged into this one.
    :param split_from: number of the ticket in which stands what this one was made of.
    :param reason: why a delivery failed or the clock is held.
    :param score: how the help was, ``good`` or ``bad``.
    :param wrote: whether words came with it.
    :param target: what is due, ``response`` or ``resolution``.
    :param over: whether it is over; else it is nearly.
    :param rule: the name of the rule that has it told.
    :param follows: its reader is a colleague of the requester who follows the ticket: it is not “yours”, and they are
        asked neither whether it is solved nor how the help was.
    """

    ticket_id: str
    subject: str
    by: str = ""
    on_behalf_of: str = ""
    account_name: str = ""
    queue_name: str = ""
    closes_at: str = ""
    closing: str = ""
    reopening: str = ""
    continues: str = ""
    merged: str = ""
    split_from: str = ""
    reason: str = ""
    released_by: str = ""
    asked_again: str = ""
    score: str = ""
    wrote: bool = False
    target: str = ""
    over: bool = False
    rule: str = ""
    follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFacts:
    """What a mail says beside its notice.

    :param author: who wrote the message, by the name this reader may know.
    :param body: the message in Markdown; empty where the notice brings none.
    :param note: the message is an internal one.
    :param again: an earlier mail of the ticket went to this person, so the subject begins with ``Re:``.
    :param url: where the message can be read and answered; ``None`` without ``SGSUPPORT_BASE_URL``,
        and for customers without a panel.
    :param ticket_url: the same page at its top.
    :param rate_url: the page on which a customer says how the help was; looking at it changes nothing. ``None`` also
        where there is nothing to rate, or the help that ended has been rated.
    :param panel: there is a Support panel for customers.
    :param because: why this person gets it.
    :param preferences_url: the page on which they choose how they are told; looking at it changes nothing. ``None``
        where no address can be built.
    """

    author: str = ""
    body: str = ""
    note: bool = False
    files: tuple[str, ...] = ()
    again: bool = False
    agent: bool = False
    url: str | None = None
    ticket_url: str | None = None
    rate_url: str | None = None
    panel: bool = True
    because: str = ""
    preferences_url: str | None = None
    signature: str = ""


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's words: one line of subject, plain text, HTML with its styles inlined."""

    subject: str
    text: str
    html: str


def facts_of(data: str, *, ticket_id: str, subject: str, **more: str) -> NoticeFacts:
    """The facts of a delivery.

    :param data: the JSON a delivery carries.
    :param more: what is so now, that of `times_of` among it.
    """
    known: dict[str, Any] = json.loads(data or "{}")
    return NoticeFacts(
        **{
            "ticket_id": ticket_id,
            "subject": subject,
            "by": str(known.get("by") or ""),
            "on_behalf_of": str(known.get("on_behalf_of") or ""),
            "reason": str(known.get("reason") or ""),
            "released_by": str(known.get("released_by") or ""),
            "asked_again": str(known.get("asked_again") or ""),
            "merged": str(known.get("merged") or ""),
            "split_from": str(known.get("split_from") or ""),
            "score": str(known.get("score") or ""),
            "target": str(known.get("target") or ""),
            "rule": str(known.get("rule") or ""),
        }
        | more
        | ({"queue_name": str(known["queue_name"])} if known.get("queue_name") else {}),
        wrote=bool(known.get("wrote")),
        over=bool(known.get("over")),
        follows=bool(known.get("follows")),
    )


def times_of(ticket: Any, now: datetime) -> dict[str, str]:
    """When a ticket closes, or how long it can be reopened, as facts of a notice: as it is now, not as it was written.

    :param ticket: a `Ticket`, or a row with its columns ``auto_close_at``, ``hold_reason`` and ``closed_at``.
    """
    settings, closes_at, held = state().settings, ticket.auto_close_at, ticket.hold_reason is not None
    return {
        "closes_at": format_datetime(closes_at) if closes_at and not held else "",
        "closing": _closing(closes_at, now, settings.auto_close_after_hours, held=held) if closes_at else "",
        "reopening": _reopening(ticket.closed_at, settings.reopen_within_days) if ticket.closed_at else "",
    }


def bell_text(notice: str, facts: NoticeFacts) -> str:
    """The in-app line of a notice: plain text, to be escaped by whoever shows it."""
    return _one_line(_render(f"{notice}/bell.txt", {"fact": facts}))


def mail_text(notice: str, facts: NoticeFacts, mail: MailFacts) -> MailText:
    """The words of a mail."""
    context = {
        "fact": facts,
        "mail": mail,
        "message_text": plain(mail.body) if mail.body else "",
        "message_html": markdown(mail.body) if mail.body else Markup(""),
    }
    return MailText(
        subject=_one_line(_render(f"{notice}/subject.txt", context)),
        text=_render(f"{notice}/body.txt", context).strip("\n") + "\n",
        html=inline_styles(_render(f"{notice}/body.html", context)),
    )


def panel_url(ticket_id: str, message_key: str | None = None) -> str | None:
    """The ticket's page of the panel, at a message; ``None`` where no address can be built."""
    return _with_anchor(_url(PANEL_TICKET, ticket_id=ticket_id), message_key)


def rate_url(ticket_id: str) -> str | None:
    """The page on which a customer says how the help was; ``None`` where no address can be built."""
    return _url(PANEL_CONFIRM, ticket_id=ticket_id)


def inbox_url(ticket_id: str, message_key: str | None = None) -> str | None:
    """The ticket's page of the inbox, at a message; ``None`` where no address can be built."""
    endpoints = state().admin_endpoints
    if not endpoints:
        return None
    return _with_anchor(_url(f"{endpoints[0]}.{INBOX_TICKET}", ticket_id=ticket_id), message_key)


def preferences_url(*, agent: bool) -> str | None:
    """The page on which somebody chooses how they are told; ``None`` where no address can be built."""
    if not agent:
        return _url(PANEL_PREFERENCES)
    endpoints = state().admin_endpoints
    return _url(f"{endpoints[0].removesuffix('inbox')}{INBOX_PREFERENCES}") if endpoints else None


def _url(endpoint: str, **values: str) -> str | None:
    host = state()
    if host.settings.base_url is None:
        return None
    base = urlsplit(host.settings.base_url)
    app: Flask = host.app
    routes = app.url_map.bind(base.netloc, script_name=base.path.rstrip("/") or "/", url_scheme=base.scheme)
    try:
        return routes.build(endpoint, values, force_external=True)
    except BuildError:
        return None


def _with_anchor(url: str | None, message_key: str | None) -> str | None:
    return f"{url}#m-{message_key}" if url and message_key else url


def _render(name: str, context: dict[str, Any]) -> str:
    environment = state().app.jinja_env
    return environment.get_template(f"{FOLDER}/{name}").render(_=_, **context)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _closing(closes_at: datetime, now: datetime, hours: int, *, held: bool) -> str:
    if held:
        # The clock starts anew with whatever reaches the customer, this mail for one.
        return ngettext(
            "It closes once %(num)d hour has passed without a reply from you.",
            "It closes once %(num)d hours have passed without a reply from you.",
            hours,
        )
    if closes_at <= now:
        return _("It closes unless you reply.")
    return _("It closes on %(when)s unless you reply.", when=format_datetime(closes_at))


def _reopening(closed_at: datetime, within_days: int | None) -> str:
    if within_days is None:
        return _("You can reopen it at any time.")
    if within_days == 0:
        return _("A follow-up opens a new ticket linked to it.")
    until = format_datetime(closed_at + timedelta(days=within_days))
    return _("You can reopen it until %(when)s; later a follow-up opens a new ticket linked to it.", when=until)
