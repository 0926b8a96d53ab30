"""The audit events of a ticket as lines: between the messages, in the history card, on the history page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from ..actors import Actor
from ..errors import NotFound
from ..history import BY_NAME, data_of, field_label, sentence, who_acted
from ..i18n import gettext as _
from ..lifecycle import Cause, Status
from ..models import Event, PersonRecord, Ticket
from ..models.telling import ACTING, AGENT, NEW, OLD, WORDS, told
from ..permissions import visible_to
from ..routing import queue_in
from ..settings import state
from .cursors import moment_of

HISTORY_PAGE = 100

INLINE = frozenset(
    {
        "ticket.routed",
        "ticket.filtered",
        "ticket.released",
        "ticket.continued_in",
        "ticket.merged_into",
        "ticket.merge_received",
        "ticket.split_off",
        "ticket.linked",
        "ticket.unlinked",
        "cases.answered",
        "status.changed",
        "ticket.rated",
        "confirmation.recorded",
        "timer.held",
        "ticket.snoozed",
        "ticket.woken",
        "button.ended",
        "assignee.changed",
        "field.changed",
        "account.removed",
        "message.visibility_changed",
        "message.redacted",
        "delivery.failed",
        "delivery.requeued",
    }
)
"""Shown between the messages; the others say what a message there says already."""

LEADING = frozenset(
    {"ticket.continued_in", "ticket.merged_into", "ticket.merge_received", "ticket.split_off", "ticket.linked"}
)
"""Those that name another ticket."""

VIAS: Mapping[str, Callable[[], str]] = {
    "panel": lambda: _("in the panel"),
    "inbox": lambda: _("in the inbox"),
    "api": lambda: _("by the API"),
    "mail": lambda: _("by e-mail"),
    "cli": lambda: _("on the command line"),
    "clock": lambda: _("by the clock"),
    "worker": lambda: _("by the worker"),
    "python": lambda: _("by the app"),
}


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: who, what in a sentence, from what to what, when, by which path."""

    at: datetime
    action: str
    actor: str
    text: str
    via: str
    field: str
    old: str
    new: str
    message: str
    new_ticket: str
    order: int = 0
    """Of two at one moment the smaller was first."""


def via_label(via: str) -> str:
    """The words for a path: "in the panel"."""
    return VIAS[via]() if via in VIAS else via


def is_half_way(action: str, new: str | None, data: str) -> bool:
    """Whether the event is a step that the next one tells: a withdrawn ticket goes through resolved to closed."""
    cause = json.loads(data or "{}").get("cause")
    return action == "status.changed" and new == Status.RESOLVED and cause == Cause.WITHDRAWN


def event_row(row: Any) -> EventRow:
    """An event read as columns.

    :param row: ``a`` action, ``b`` field, ``c`` old, ``d`` new, ``e`` data, ``f`` name, ``g`` label, ``h`` via,
        ``i`` who really acted, ``j`` the words kept beside the data.
    """
    data = data_of(row.e, row.j)
    if about := getattr(row, "k", None):
        data["agent"] = about
    known = row.a in BY_NAME
    nobody = _("nobody") if row.b == "assignee" else ""
    return EventRow(
        order=getattr(row, "n", 0),
        at=row.at,
        action=row.a,
        actor=_actor(row),
        text=_with_reason(sentence(row.a, row.b, row.c, row.d, data), data),
        via=via_label(row.h),
        field=field_label(row.b) if row.b and known else "",
        old=row.c or nobody,
        new=queue_in(data.get("reasons", ())) or row.d or nobody,
        message=str(data.get("message") or ""),
        new_ticket=(row.d or "") if row.a in LEADING else "",
    )


def _with_reason(text: str, data: Mapping[str, Any]) -> str:
    """With what an agent gave as the reason, which no customer reads."""
    reason = data.get("reason")
    return f"{text}: {reason}" if reason else text


def _actor(row: Any) -> str:
    return who_acted(row.f, row.g, row.i)


TOLD = (Event.action, Event.field, OLD, NEW, Event.data, PersonRecord.name, Event.label, Event.via, ACTING.name, WORDS)
"""What `event_row` reads as ``a`` to ``j``, of a statement made by `told`."""


def newest_events() -> Select[*tuple[Any, ...]]:
    """The columns `event_row` reads, newest first; ``k`` is the name of the agent an entry is about."""
    named: list[Any] = [column.label(name) for name, column in zip("abcdefghij", TOLD, strict=True)]
    return told(select(Event.at, *named, AGENT.label("k"))).order_by(Event.pk.desc())


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of the history, newest first."""

    ticket_id: str
    subject: str
    rows: Sequence[EventRow]
    after: str


def history_page(actor: Actor, ticket_id: str, *, after: str = "") -> HistoryPage:
    """The whole history of a ticket, a page at a time; what happened at one moment stays together.

    :raises NotFound: not there, or not for this agent.
    """
    session = state().db.session
    ticket = session.execute(
        select(Ticket.pk, Ticket.ticket_id, Ticket.subject).where(Ticket.ticket_id == ticket_id, visible_to(actor))
    ).first()
    if ticket is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    wanted = newest_events().where(Event.ticket_pk == ticket.pk).limit(HISTORY_PAGE + 1)
    moment = moment_of(after)
    if moment is not None:
        wanted = wanted.where(Event.at < moment)
    rows = list(session.execute(wanted))
    more = len(rows) > HISTORY_PAGE
    if more:
        cut = rows[-1].at
        whole = [row for row in rows if row.at > cut]
        rows = whole or rows[:HISTORY_PAGE]
    shown = [event_row(row) for row in rows]
    return HistoryPage(ticket.ticket_id, ticket.subject, shown, shown[-1].at.isoformat() if more and shown else "")
