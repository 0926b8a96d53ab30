"""The pieces of a conversation: a message with its files, event and signals, and what makes it be there once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from .. import signals
from ..actors import Actor
from ..errors import AlreadySaid, NotFound
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Message, Ticket
from ..payloads import reply_record
from ..search_text import searched
from ..settings import state
from ..stored_text import storable
from .attaching import TakenFile, add_rows, counting, sent_again
from .limiting import MESSAGES, Limit
from .transaction import Once, form_key, run
from .unit import BIND, Loaded, Unit, record_of

_OLD = aliased(Ticket)
_ASKED = aliased(Ticket)

SAID_JUST_NOW = timedelta(minutes=10)
"""So long the same words of the same person are taken for the same sending; they are asked before it is twice."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was written: the ticket it went to and the message.

    :param continued: the ticket is a new one, since the old was closed too long ago.
    :param closes_at: when it closes without an answer, where this was said together with that it is resolved.
    :param remark: what its author should know of whom it mentions; empty where all is well.
    :param again: an earlier sending of its form wrote it.
    """

    ticket_id: str
    message: str | None
    continued: bool = False
    closes_at: datetime | None = None
    remark: str = ""
    again: bool = field(default=False, compare=False)


def add_message(
    unit: Unit,
    loaded: Loaded,
    *,
    kind: str,
    body: str,
    files: Sequence[TakenFile] = (),
    form: str | None = None,
    before: Any,
    mentioned: Sequence[str] | None = None,
) -> Message:
    """Write one message with its files, event and signals; `said_before` is read with the ticket.

    :param mentioned: the host's ids of agents who are told because a note calls them.
    :raises AlreadySaid: the actor has just said the same by another form.
    """
    actor, ticket = unit.actor, loaded.ticket
    refuse_same(unit, loaded, form)
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
        files=len(files) or None,
        mentioned=mentioned,
    )
    unit.tell(signals.note_added if note else signals.ticket_replied, payload)
    return message


def new_message(
    unit: Unit, ticket: Ticket, *, kind: str, body: str, form: str | None, key: str | None = None, about: str = ""
) -> Message:
    """A message by this actor, now, added to the session.

    :param about: words it is found by as well.
    """
    actor = unit.actor
    message = Message(
        key=key or secrets.token_hex(16),
        ticket_pk=ticket.pk,
        kind=kind,
        public=kind != "internal-note",
        side=str(actor.side),
        author_pk=unit.person_pk(actor.person),
        author_public_name=(actor.public_name or actor.name)[:200],
        body=storable(body),
        searched=searched(ticket.subject, storable(body), about),
        via=str(actor.via),
        created_at=unit.now,
        edited_at=None,
        form_key=form_key(actor, form),
        form_said=unit.form_said if form else None,
    )
    unit.session.add(message)
    return message


def said_before(unit: Unit, kind: str, body: str, form: str | None) -> Any:
    """A column on a ticket: the key of the actor's last message of this kind, if it just said the same.

    The same form sent again is no repetition, nor is what came without one.
    """
    person = unit.actor.person
    if form is None or person is None:
        return None
    last = (
        select(Message.pk)
        .where(
            Message.ticket_pk == Ticket.pk,
            Message.kind == kind,
            Message.author_pk == record_of(person),
            Message.created_at >= unit.now - SAID_JUST_NOW,
        )
        .order_by(Message.pk.desc())
        .limit(1)
        .correlate(Ticket)
    )
    return same_words(last.scalar_subquery(), unit, body, form).scalar_subquery()


def same_words(pk: Any, unit: Unit, body: str, form: str) -> Select[Any]:
    """The key of a message, if it says the same and came by another form."""
    other = Message.form_key != form_key(unit.actor, form)
    return select(Message.key).where(Message.pk == pk, Message.body == storable(body), other)


def refuse_same(unit: Unit, loaded: Loaded, form: str | None) -> None:
    """Refuse what the actor has just said on this ticket, as `said_before` was read with it.

    :raises AlreadySaid: by another form.
    """
    refuse_repeated(unit, loaded.said, form, _already_there)


def refuse_repeated(unit: Unit, said: str | None, form: str | None, sentence: Callable[[str, str], str]) -> None:
    """Refuse what the actor has just said by another form; a form that was shown after it says it again on purpose.

    :param said: the key of that message, as `same_words` finds it.
    :param sentence: made of when it was said and the ticket it stands in.
    """
    if form is None or said is None or form.startswith(said):
        return
    wanted = select(Message.created_at, Ticket.ticket_id).join(Ticket, Ticket.pk == Message.ticket_pk)
    at, ticket_id = unit.session.execute(wanted.where(Message.key == said)).one()
    raise AlreadySaid(sentence(format_near(at, unit.now), ticket_id), ticket_id=ticket_id, message=said)


def _already_there(when: str, ticket: str) -> str:
    return _(
        "You sent exactly this at %(when)s, and it is there. Send it again if it shall stand there twice.", when=when
    )


def message_of(unit: Unit, ticket: Ticket, key: str) -> Message:
    """A message of this ticket, for writing.

    :raises NotFound: no such message there.
    """
    message = unit.session.scalar(select(Message).where(Message.key == key, Message.ticket_pk == ticket.pk))
    if message is None:
        raise NotFound(_("There is no such message."))
    return message


def say_once(
    actor: Actor,
    write: Callable[[Unit], Said],
    *sent: object,
    limit: Limit = MESSAGES,
    form: str | None,
    files: Sequence[TakenFile] = (),
    lying: Sequence[TakenFile] = (),
    ticket_id: str | None = None,
) -> Said:
    """Carry out an act that says something: counted with its files, and there once however often its form is sent.

    What an earlier sending made is answered again. The same form with another text, file or button, or for another
    ticket, is no repetition: `AlreadySaid` lets it come back filled.

    :param sent: everything the form said beside its files, the button included.
    :param files: those that came with it: not kept where they came again.
    :param lying: those that lay with its draft and go along: counted when they came, and those of the earlier sending.
    :param ticket_id: the ticket it is sent to; ``None`` where it opens one.
    """
    once = once_of(actor, form, sent, [*lying, *files], ticket_id)
    said = run(actor, write, once=once, counted=counting(limit, files))
    if said.again and files:
        sent_again(actor, files)
    return said


def once_of(
    actor: Actor, form: str | None, sent: Sequence[object], files: Sequence[TakenFile], ticket_id: str | None
) -> Once:
    """What makes an act that says something be there once; see `say_once`."""
    # Salted by the form's own random text, which is kept nowhere: nobody guesses from it what was sent.
    parts = [form, *(storable(str(part)) for part in sent), *(f"{file.name} {file.sha256}" for file in files)]
    said = hashlib.sha256(json.dumps(parts).encode()).hexdigest() if form else None

    def found(session: Session, key: str, *, locked: bool) -> Said | None:
        wanted = (
            select(
                Ticket.ticket_id,
                Ticket.merged_into_id,
                Message.key,
                Message.form_said,
                _OLD.ticket_id.label("continues"),
                select(_ASKED.merged_into_id).where(_ASKED.ticket_id == ticket_id).scalar_subquery().label("goes_to"),
            )
            .join(Ticket, Ticket.pk == Message.ticket_pk)
            .outerjoin(_OLD, _OLD.pk == Ticket.follow_up_of_pk)
            .where(Message.form_key == key)
        )
        if locked:
            wanted = wanted.with_for_update(read=True, of=Message)
        row = session.execute(wanted, bind_arguments=BIND).first()
        if row is None:
            return None
        sent_to = {ticket_id, row.goes_to} if row.goes_to else {ticket_id}
        if row.form_said != said or sent_to.isdisjoint({None, row.ticket_id, row.merged_into_id, row.continues}):
            raise AlreadySaid(
                _("This form was sent already, and then it said something else: see %(ticket)s. Send it again if this"
                  " shall count too.", ticket=row.ticket_id),
                ticket_id=row.ticket_id,
                message=row.key,
            )  # fmt: skip
        return Said(row.ticket_id, row.key, continued=row.continues in sent_to - {None}, again=True)

    return Once(form_key(actor, form), said, found)


def wrong_body(body: str) -> dict[str, str]:
    """What is wrong with a message's text, by field: empty, or too long."""
    limit = state().settings.max_body_chars
    if not body.strip():
        return {"body": _("Write a message first.")}
    if len(body) > limit:
        return {"body": _("This text has %(count)s characters; %(limit)s is the most.", count=len(body), limit=limit)}
    return {}
