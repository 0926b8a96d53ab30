"""What an agent has written and not sent, as their own pages show it; nobody else's are ever read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, literal, select

from ..actors import Actor
from ..i18n import lazy_gettext, worded
from ..models import Draft, Message, PersonRecord, Ticket
from ..permissions import drafts_of, visible_to
from .choices import ask, bounded, part

MOST_ON_THEIR_WAY = 3
"""Replies on their way that a page of another ticket tells of; who sends faster than that is not waiting for one."""

WAITING, SENT, BACK, UNDONE = "waiting", "sent", "back", "undone"
"""What has become of a reply that could be taken back; ``back`` is a draft again that says why it was not sent."""

WHY_UNSENT: Mapping[str, str] = {
    "stale_ticket": lazy_gettext("The conversation went on before it was sent. Look again, then send it."),
    "transition_refused": lazy_gettext("The ticket takes no such reply any more."),
    "not_allowed": lazy_gettext("You lacked a permission it needs."),
    "not_found": lazy_gettext("You did not see the ticket at that moment."),
    "already_said": lazy_gettext("The same words of yours were there a moment before."),
    "error": lazy_gettext("An error of the application kept it back; its log says which."),
}
"""By the code of what refused it; where the words of the refusal say more they are shown instead."""


@dataclass(frozen=True, slots=True)
class LyingFile:
    """A file that was sent with a reply and lies with its draft."""

    key: str
    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class DraftRow:
    """One's own draft in a form of a ticket.

    :param send_at: when it goes out; ``None`` for what was not sent.
    :param fields: what else stood in its form when it was sent.
    :param status: what the ticket becomes with it; empty for no change.
    :param form: the form it was sent from; empty for what was not sent.
    :param form_key: of that form, as a message keeps it.
    :param why: why it was not sent when its moment had come, in words.
    """

    body: str
    version: int
    saved_at: datetime
    send_at: datetime | None = None
    files: Sequence[LyingFile] = ()
    fields: Mapping[str, Sequence[str]] | None = None
    status: str = ""
    form: str = ""
    form_key: str = ""
    why: str = ""


def has_draft(actor: Actor) -> ColumnElement[bool]:
    """Whether an agent keeps a draft for a ticket."""
    return exists(select(Draft.pk).where(Draft.ticket_pk == Ticket.pk, drafts_of(actor)).correlate(Ticket))


def on_their_way(actor: Actor) -> Select[Any]:
    """A branch for replies that can still be taken back: number and subject of their tickets, form and moment."""
    form = func.coalesce(Draft.form_key, "")
    waiting = part("sending", Ticket.ticket_id, Ticket.subject, Draft.pk, extra=form, at=Draft.send_at)
    waiting = waiting.select_from(Draft).join(Ticket, Ticket.pk == Draft.ticket_pk)
    waiting = waiting.where(drafts_of(actor), Draft.send_at.is_not(None), visible_to(actor))
    return bounded(waiting.order_by(Draft.send_at.desc()).limit(MOST_ON_THEIR_WAY))


def became_of(actor: Actor, replies: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What has become of replies that could be taken back: `WAITING`, `SENT`, `BACK` or `UNDONE`; in one statement.

    :param replies: the number of the ticket and the key of the form of each.

    Only one's own are told of, but these also where the ticket is out of sight by now: that is why they came back.
    """
    stands = case((Draft.send_at.is_not(None), 2), (Draft.unsent.is_not(None), 1), else_=0)
    kept = part("draft", Ticket.ticket_id, func.coalesce(Draft.form_key, ""), Draft.pk, position=stands)
    kept = kept.select_from(Draft).join(Ticket, Ticket.pk == Draft.ticket_pk)
    kept = kept.where(drafts_of(actor), Draft.kind == "reply", Ticket.ticket_id.in_({number for number, __ in replies}))
    said = part("said", Message.form_key, literal(""), Message.pk)
    said = said.select_from(Message).join(PersonRecord, PersonRecord.pk == Message.author_pk)
    me = actor.person.id if actor.person else ""
    said = said.where(PersonRecord.host_id == me, Message.form_key.in_({key for __, key in replies}))
    rows = ask([kept, said])
    sent = {row.key for row in rows if row.kind == "said"}
    drafts = {row.key: row for row in rows if row.kind == "draft"}
    return {(number, key): SENT if key in sent else _stands(drafts.get(number), key) for number, key in replies}


def _stands(draft: Any, key: str) -> str:
    if draft is not None and draft.position == 2 and draft.label == key:
        return WAITING
    return BACK if draft is not None and draft.position == 1 else UNDONE


def drafts_among(rows: Iterable[Any]) -> dict[str, DraftRow]:
    """By their form, the drafts among the rows around a ticket."""
    return {one.a: _draft(one) for one in rows if one.kind == "draft"}


def _draft(row: Any) -> DraftRow:
    sends, files, why = (json.loads(text) if text else {} for text in (row.c, row.d, row.e))
    return DraftRow(
        body=row.b,
        version=row.n,
        saved_at=row.at,
        send_at=row.due_at,
        files=[LyingFile(key, file["name"], file["size_bytes"]) for key, file in files.items()],
        fields=sends.get("shown"),
        status=sends.get("status") or "",
        form=sends.get("form") or "",
        form_key=row.f or "",
        why=_why(why) if why else "",
    )


def _why(said: Mapping[str, str]) -> str:
    return worded(WHY_UNSENT, {"code": said["code"]}) if said["code"] in WHY_UNSENT else said["sentence"]
