"""The pieces of a conversation: a message with its files, event and signals, and what makes it be there once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor
from ..errors import AlreadySaid, NotFound
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Message, Ticket
from ..payloads import reply_record
from ..settings import state
from .attaching import TakenFile, add_rows
from .transaction import BIND, Loaded, Once, Unit, form_key

SAID_JUST_NOW = timedelta(minutes=10)
"""So long the same words of the same person are taken for the same sending; they are asked before it is twice."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was written: the ticket it went to and the message.

    :param continued: the ticket is a new one, since the old was closed too long ago.
    """

    ticket_id: str
    message: str | None
    continued: bool = False


def add_message(
    unit: Unit,
    loaded: Loaded,
    *,
    kind: str,
    body: str,
    files: Sequence[TakenFile] = (),
    form: str | None = None,
    before: Any,
) -> Message:
    """Write one message with its files, event and signals."""
    actor, ticket = unit.actor, loaded.ticket
    _refuse_repeated(unit, ticket, kind, body, form)
    record = reply_record(ticket_id=ticket.ticket_id, actor=actor.email, kind=kind, body=body, at=unit.now)
    note = kind == "internal-note"

    def payload() -> Any:
        ticket_now, envelope = loaded.record(), loaded.envelope(unit)
        if note:
            return signals.NoteAdded(note=record, ticket=ticket_now, envelope=envelope)
        return signals.TicketReplied(reply=record, ticket=ticket_now, envelope=envelope)

    unit.ask(before, payload())
    message = new_message(unit, ticket, kind=kind, body=body, form=form)
    unit.session.flush()
    add_rows(unit, ticket, message, files)
    action = "note.added" if note else "message.added"
    unit.record(
        ticket,
        action,
        new=kind,
        message=message.key,
        public=message.public,
        files=[file.name for file in files] or None,
    )
    unit.tell(signals.note_added if note else signals.ticket_replied, payload)
    return message


def new_message(unit: Unit, ticket: Ticket, *, kind: str, body: str, form: str | None) -> Message:
    """A message by this actor, now, added to the session."""
    actor = unit.actor
    message = Message(
        key=secrets.token_hex(16),
        ticket_pk=ticket.pk,
        kind=kind,
        public=kind != "internal-note",
        side=str(actor.side),
        author_pk=unit.person_pk(actor.person),
        author_public_name=(actor.public_name or actor.name)[:200],
        body=storable(body),
        via=str(actor.via),
        created_at=unit.now,
        edited_at=None,
        form_key=form_key(actor, form),
    )
    unit.session.add(message)
    return message


def _refuse_repeated(unit: Unit, ticket: Ticket, kind: str, body: str, form: str | None) -> None:
    if form is None:
        return
    last = unit.session.execute(
        select(Message.key, Message.body, Message.form_key, Message.created_at)
        .where(
            Message.ticket_pk == ticket.pk,
            Message.kind == kind,
            Message.author_pk == unit.person_pk(unit.actor.person),
            Message.created_at >= unit.now - SAID_JUST_NOW,
        )
        .order_by(Message.pk.desc())
        .limit(1)
    ).first()
    if last is None or last.body != storable(body) or last.form_key in {None, form_key(unit.actor, form)}:
        return
    if not form.startswith(last.key):
        raise AlreadySaid(
            _("You sent exactly this at %(when)s, and it is there. Send it again if it shall stand there twice.",
              when=format_near(last.created_at, unit.now)),
            ticket_id=ticket.ticket_id,
            message=last.key,
        )  # fmt: skip


def message_of(unit: Unit, ticket: Ticket, key: str) -> Message:
    """A message of this ticket, for writing.

    :raises NotFound: no such message there.
    """
    message = unit.session.scalar(select(Message).where(Message.key == key, Message.ticket_pk == ticket.pk))
    if message is None:
        raise NotFound(_("There is no such message."))
    return message


def once(actor: Actor, form: str | None) -> Once:
    """A form is there once: what an earlier sending of it made is answered again."""

    def found(session: Session, key: str) -> Said | None:
        wanted = (
            select(Ticket.ticket_id, Message.key)
            .join(Ticket, Ticket.pk == Message.ticket_pk)
            .where(Message.form_key == key)
        )
        row = session.execute(wanted, bind_arguments=BIND).first()
        return Said(row[0], row[1]) if row else None

    return Once(form_key(actor, form), found)


def wrong_body(body: str) -> dict[str, str]:
    """What is wrong with a message's text, by field: empty, or too long."""
    limit = state().settings.max_body_chars
    if not body.strip():
        return {"body": _("Write a message first.")}
    if len(body) > limit:
        return {"body": _("This text has %(count)s characters; %(limit)s is the most.", count=len(body), limit=limit)}
    return {}


def storable(text: str) -> str:
    """The text without what no database stores: NUL, and halves of characters, which become question marks."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
