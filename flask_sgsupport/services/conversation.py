"""The pieces of a conversation: a message with its files, event and signals, and what makes it be there once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor
from ..errors import InvalidInput, NotFound
from ..i18n import gettext as _
from ..models import Message, Ticket
from ..payloads import reply_record
from ..settings import state
from .attaching import TakenFile, add_rows
from .transaction import BIND, Loaded, Once, Unit, form_key


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
    record = reply_record(ticket_id=ticket.ticket_id, actor=actor.email, kind=kind, body=body, at=unit.now)
    note = kind == "internal-note"
    if note:
        payload: Any = signals.NoteAdded(note=record, ticket=loaded.record(), envelope=loaded.envelope(unit))
    else:
        payload = signals.TicketReplied(reply=record, ticket=loaded.record(), envelope=loaded.envelope(unit))
    unit.ask(before, payload)
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


def checked_body(body: str) -> str:
    """A message's text.

    :raises InvalidInput: empty or too long.
    """
    limit = state().settings.max_body_chars
    if not body.strip():
        raise InvalidInput({"body": _("Write a message first.")})
    if len(body) > limit:
        raise InvalidInput(
            {"body": _("This text has %(count)s characters; %(limit)s is the most.", count=len(body), limit=limit)}
        )
    return body


def storable(text: str) -> str:
    """The text without what no database stores: NUL, and halves of characters, which become question marks."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
