"""Take a secret out of a message, and out of everything of its ticket that repeats it.

Entries of the audit log stay as they are: their words are kept beside them and taken out there.

What was mailed cannot be called back: it is said to whom it went, and when. What still waits is written when it is
sent, from the message as it is by then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, or_, select, update

from ..actors import Actor, Right
from ..errors import InvalidInput, NotFound
from ..history import REDACTED
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import Attachment, Delivery, EventText, Message, MessageVersion, Rating, Ticket
from ..permissions import require, visible_to
from ..search_text import fold, searched
from ..storage import clean_name
from ..stored_text import storable
from .conversation import message_of
from .host_session import after_commit
from .readers import Reader, ask_for_names, readers_of
from .replying import who_has_it
from .status import touch
from .transaction import run
from .unit import Unit, load

MIN_SECRET_CHARS = 3
"""Anything shorter stands in too many words."""

WORDS_OF_PEOPLE = ("reason",)
"""Keys of the JSON of notices under which stands what somebody or some server wrote."""
CODES = ("code", "why")
"""Keys of the reasons of a routing that are codes and no words."""


def redact(
    ticket_id: str, actor: Actor, message_key: str, *, secret: str = "", remove_files: Collection[str] = ()
) -> str:
    """Replace a secret by "[redacted]" wherever the message says it, and take out files of the message.

    Text and older texts of the message, names of its files, the ticket's subject and that of the tickets which
    continue it or which it continues, what the customer wrote about the help, and what notices and history of the
    ticket repeat. No agent and no customer sees it afterwards; there is no way back.

    :param secret: as it stands there, letter by letter.
    :param remove_files: keys of attachments; their bytes are deleted after the commit, their names stay.
    :return: one sentence on what is out already and where it still stands; "" where there is nothing to say.
    :raises NotAllowed: only a lead may.
    :raises InvalidInput: field ``secret``: nothing to do, too short, or it does not stand there.

    Rule L26; the event names who and which parts, never the secret.
    """
    secret = storable(secret).strip().replace("\r\n", "\n")

    def write(unit: Unit) -> str:
        loaded = load(unit, ticket_id)
        require(actor, Right.LEAD)
        decide(Act.REDACT, loaded.facts(unit), actor)
        message = message_of(unit, loaded.ticket, message_key)
        if secret or not remove_files:
            _check(secret)
        taken = partial(_without, _spellings(secret))
        parts = _out_of_the_message(unit, message, taken)
        cleaned = _out_of_the_subjects(unit, loaded.ticket, taken)
        if cleaned:
            parts.append("subject")
        for one, subject in _found_by(unit, message, loaded.ticket, cleaned):
            one.searched = searched(subject, one.body)
        if _remove(unit, message, remove_files):
            parts.append("file")
        # The message's row is ours from here on: a worker that prepares its mail waits, and then reads what is left.
        unit.session.flush()
        if _out_of_the_rating(unit, loaded.ticket, taken):
            parts.append("rating")
        if _out_of_the_records(unit, loaded.ticket, taken):
            parts.append("records")
        if not parts:
            raise InvalidInput(
                {"secret": _("This does not stand in the message. Copy it from there, letter by letter.")}
            )
        said = _who_has_it(unit, message, cleaned, readers_of(unit, message, names))
        touch(unit, loaded, customer_sees=message.public or "rating" in parts)
        unit.record(loaded.ticket, "message.redacted", message=message.key, parts=parts, said=said or None)
        return "; ".join(filter(None, (said, _elsewhere(unit, loaded.ticket, secret))))

    names = ask_for_names(ticket_id, actor)
    return run(actor, write)


def _check(secret: str) -> None:
    if not secret:
        raise InvalidInput({"secret": _("Write what is to be taken out, or choose a file.")})
    if len(secret) < MIN_SECRET_CHARS or secret in REDACTED:
        raise InvalidInput({"secret": _("Write at least %(count)s characters of it.", count=MIN_SECRET_CHARS)})


def _spellings(secret: str) -> Sequence[str]:
    """The secret as it was typed, as a subject has it and as the name of a file has it, longest first."""
    in_a_name = clean_name(secret) if secret else ""
    spelled = {secret, " ".join(secret.split()), in_a_name if len(in_a_name) == len(secret) else ""} - {""}
    return sorted(spelled, key=len, reverse=True)


def _without(spellings: Sequence[str], text: str) -> str:
    for spelled in spellings:
        text = text.replace(spelled, REDACTED)
    return text


def _out_of_the_message(unit: Unit, message: Message, taken: Callable[[str], str]) -> list[str]:
    """The parts of the message in which it stood, after it was taken out."""
    session, parts = unit.session, []
    if (body := taken(message.body.replace("\r\n", "\n"))) != message.body.replace("\r\n", "\n"):
        message.body = body
        parts.append("text")
    for version in session.scalars(select(MessageVersion).where(MessageVersion.message_pk == message.pk)):
        text = version.body.replace("\r\n", "\n")
        if (body := taken(text)) != text:
            version.body = body
            parts.append("older texts")
    for file in session.scalars(select(Attachment).where(Attachment.message_pk == message.pk)):
        if (name := taken(file.name)) != file.name:
            file.name = name[:255]
            parts.append("file name")
    return list(dict.fromkeys(parts))


def _out_of_the_subjects(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> list[Ticket]:
    """The tickets in whose subject it stood; a ticket that continues another has the subject of that one."""
    cleaned = [one for one in (ticket, *_linked(unit, ticket)) if taken(one.subject) != one.subject]
    for one in cleaned:
        one.subject = _cut(taken(one.subject), 1000)
        one.subject_folded = fold(one.subject)[:2000]
        if one is not ticket:
            one.updated_at = one.customer_updated_at = unit.now
            unit.record(one, "message.redacted", parts=["subject"])
    return cleaned


def _found_by(
    unit: Unit, message: Message, ticket: Ticket, cleaned: Collection[Ticket]
) -> Iterator[tuple[Message, str]]:
    """The messages whose words for the search have changed, with their subjects."""
    yield message, ticket.subject
    for one in cleaned:
        for under in unit.session.scalars(select(Message).where(Message.ticket_pk == one.pk)):
            yield under, one.subject


def _linked(unit: Unit, ticket: Ticket) -> list[Ticket]:
    """Every ticket before and after this one in the row of those that continue each other, locked."""
    linked, known, beside = list[Ticket](), {ticket.pk}, [ticket]
    while beside:
        before = {one.follow_up_of_pk for one in beside}
        wanted = select(Ticket).where(
            visible_to(unit.actor),
            Ticket.account_id == ticket.account_id,
            or_(Ticket.follow_up_of_pk.in_(one.pk for one in beside), Ticket.pk.in_(before - {None})),
            Ticket.pk.not_in(known),
        )
        wanted = wanted.order_by(Ticket.pk).with_for_update().execution_options(populate_existing=True)
        beside = list(unit.session.scalars(wanted))
        linked += beside
        known |= {one.pk for one in beside}
    return linked


def _cut(text: str, most: int) -> str:
    """At most so long, and still saying that something was taken out."""
    return text if len(text) <= most else text[: most - len(REDACTED)] + REDACTED


def _remove(unit: Unit, message: Message, keys: Collection[str]) -> int:
    """Let go of files: their rows stay, their bytes go after the commit, or by the sweep if that fails."""
    wanted = select(Attachment).where(Attachment.message_pk == message.pk, Attachment.key.in_(keys))
    files = unit.session.scalars(wanted).all() if keys else ()
    if len(files) != len(set(keys)):
        raise NotFound(_("There is no such file."))
    for file in files:
        if file.storage_key is not None:
            after_commit(unit.session, partial(unit.host.storage.delete, file.storage_key))
        # A digest would tell whoever guesses the content that they are right.
        file.storage_key, file.sha256, file.size_bytes = None, "", 0
    return len(files)


def _out_of_the_rating(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> bool:
    """Whether what the customer wrote about the help said it; it no longer does."""
    rating = unit.session.scalar(select(Rating).where(Rating.ticket_pk == ticket.pk))
    if rating is None or (comment := taken(rating.comment)) == rating.comment:
        return False
    rating.comment = comment
    return True


def _out_of_the_records(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> bool:
    """Whether notices, reasons or the history of the ticket repeated it; they no longer do."""
    session, found = unit.session, False
    for column in ("filtered_reason", "hold_reason"):
        text = getattr(ticket, column)
        if text and taken(text) != text:
            setattr(ticket, column, _cut(taken(text), 200))
            found = True
    reasons = json.loads(ticket.routing or "[]")
    if (routing := _deeply(reasons, taken)) != reasons:
        ticket.routing = json.dumps(routing, ensure_ascii=False)
        found = True
    for words in session.scalars(select(EventText).where(EventText.ticket_pk == ticket.pk)):
        found = _out_of_the_words(words, taken) or found
    notices = select(Delivery.pk, Delivery.data, Delivery.error).where(Delivery.ticket_pk == ticket.pk)
    for pk, data, error in session.execute(notices).all():
        changed = {} if taken(error) == error else {"error": _cut(taken(error), 500)}
        values = json.loads(data or "{}")
        cleaned = {key: taken(value) if key in WORDS_OF_PEOPLE else value for key, value in values.items()}
        if cleaned != values:
            changed["data"] = json.dumps(cleaned, ensure_ascii=False)
        if changed:
            _rewrite(unit, pk, changed)
            found = True
    return found


def _rewrite(unit: Unit, pk: int, changed: dict[str, str]) -> None:
    unit.session.execute(
        update(Delivery).where(Delivery.pk == pk).values(**changed), execution_options={"synchronize_session": False}
    )


def _out_of_the_words(words: EventText, taken: Callable[[str], str]) -> bool:
    """Whether an entry of the history repeated it. Its digest stays, and without the salt says nothing any more."""
    before = {"old": words.old, "new": words.new, "data": json.loads(words.data)}
    if (after := _deeply(before, taken)) == before:
        return False
    words.old, words.new = (text and _cut(text, 500) for text in (after["old"], after["new"]))
    words.data, words.salt = json.dumps(after["data"], ensure_ascii=False), ""
    return True


def _deeply(value: Any, taken: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return taken(value)
    if isinstance(value, list):
        return [_deeply(one, taken) for one in value]
    if isinstance(value, dict):
        return {key: one if key in CODES else _deeply(one, taken) for key, one in value.items()}
    return value


def _who_has_it(unit: Unit, message: Message, tickets: Collection[Ticket], readers: Sequence[Reader]) -> str:
    """Who was mailed or has read it already; every mail of the tickets brought their subject."""
    mailed = and_(Delivery.channel != "bell", Delivery.ticket_pk.in_([one.pk for one in tickets]))
    said, __ = who_has_it(unit, readers, or_(Delivery.message_pk == message.pk, mailed))
    return said


def _elsewhere(unit: Unit, ticket: Ticket, secret: str) -> str:
    """Other messages that say it too: each is redacted by itself."""
    if not secret:
        return ""
    others = select(Message.pk).where(Message.ticket_pk == ticket.pk, Message.body.contains(secret, autoescape=True))
    count = len(unit.session.scalars(others).all())
    return _("it still stands in %(count)s other messages of this ticket", count=count) if count else ""
