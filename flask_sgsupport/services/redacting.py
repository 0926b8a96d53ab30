"""Take a secret out of a message, and out of everything of its ticket that repeats it.

Entries of the audit log stay as they are: their words are kept beside them and taken out there.

What was mailed cannot be called back: it is said to whom it went, and when. What still waits is written when it is
sent, from the message as it is by then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, or_, select, union_all, update
from sqlalchemy.orm import Session, aliased

from ..actors import Actor, Right
from ..errors import InvalidInput, NotFound, StaleTicket
from ..history import REDACTED
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import (
    Attachment,
    CaseAnswer,
    Delivery,
    Draft,
    EventText,
    Message,
    MessageVersion,
    Rating,
    Ticket,
    TicketSubject,
)
from ..permissions import require, visible_to
from ..search_text import fold, searched
from ..snapshot import MAX_TITLE_CHARS
from ..storage import clean_name
from ..stored_text import storable
from .about import subjects_on, words_of
from .conversation import message_of
from .holding import touch
from .host_session import after_commit
from .readers import Reader, ask_for_names, readers_of
from .replying import who_has_it
from .transaction import read_before, run
from .unit import BIND, Loaded, Unit, load

MIN_SECRET_CHARS = 3
"""Anything shorter stands in too many words."""

_END_OF_LINE = r"(?:\r\n|\r|\n)"

WORDS_OF_PEOPLE = ("reason",)
"""Keys of the JSON of notices under which stands what somebody or some server wrote."""
CODES = ("code", "why")
"""Keys of the reasons of a routing that are codes and no words."""


def redact(
    ticket_id: str, actor: Actor, message_key: str, *, secret: str = "", remove_files: Collection[str] = ()
) -> str:
    """Replace a secret by "[redacted]" wherever the message says it, and take out files of the message.

    Text and older texts of the message, names of its files, the titles of what the ticket is about, the ticket's
    subject and that of the tickets which continue it or which it continues, what the customer wrote about the help, and
    what drafts, notices and history of the ticket repeat, and of the one it was merged into; and the same of a message
    that is a copy of this one, or of which this is one, and around it. No agent and no customer sees it afterwards;
    there is no way back.

    :param secret: as it stands there, letter by letter.
    :param remove_files: keys of attachments; their bytes are deleted after the commit, their names stay.
    :return: one sentence on what is out already and where it still stands; "" where there is nothing to say.
    :raises NotAllowed: only a lead may.
    :raises InvalidInput: field ``secret``: nothing to do, too short, or it does not stand there.

    Rule L26; the event names who and which parts, never the secret.
    """
    secret = storable(secret).strip()

    def write(unit: Unit) -> str:
        loaded, others = _locked(unit, ticket_id, {ticket_id, *whole, *family.values()})
        require(actor, Right.LEAD)
        decide(Act.REDACT, loaded.facts(unit), actor)
        message = message_of(unit, loaded.ticket, message_key)
        if secret or not remove_files:
            _check(secret)
        taken = _taken_out(_spellings(secret))
        copies = _copies(unit, message_key, family, others)
        saying = [loaded.ticket, *dict.fromkeys(ticket for __, ticket in copies)]
        wholes = _wholes(saying, others, whole)
        # Before the messages: so does whoever sends to a case.
        _out_of_what_cases_get(unit, [*saying, *wholes], taken)
        parts = _out_of_the_message(unit, message, taken)
        cleaned = _out_of_the_subjects(unit, loaded.ticket, taken)
        if cleaned:
            parts.append("subject")
        if _out_of_what_it_is_about(unit, loaded.ticket, taken):
            parts.append("about")
        digests = _remove(unit, message, remove_files)
        if digests:
            parts.append("file")
        beside = [_out_of_a_copy(unit, copy, ticket, taken, digests, cleaned) for copy, ticket in copies]
        _find_anew(unit, [(message, loaded.ticket), *copies], cleaned)
        # The tickets' rows are ours: a worker that prepares a mail of theirs waits, and then reads what is left.
        unit.session.flush()
        if _out_of_the_rating(unit, loaded.ticket, taken):
            parts.append("rating")
        if _out_of_the_records(unit, loaded.ticket, taken):
            parts.append("records")
        # Who keeps what in a draft is nobody's business: it is taken out there, and not told.
        _out_of_the_drafts(unit, loaded.ticket, taken)
        beside += [_out_of_the_whole(unit, one, taken) for one in wholes]
        if not parts and not any(beside):
            return _found_nothing(secret)
        said = _who_has_it(unit, [message, *(copy for copy, __ in copies)], cleaned, names)
        touch(unit, loaded, customer_sees=message.public or "rating" in parts)
        unit.record(loaded.ticket, "message.redacted", message=message.key, parts=parts, said=said or None)
        return "; ".join(filter(None, (said, _elsewhere(unit, loaded.ticket, taken))))

    family, whole = read_before(actor, partial(_around, ticket_id, message_key))
    names: dict[str, str] = {}
    for number in {ticket_id, *family.values()}:
        names |= ask_for_names(number, actor)
    return run(actor, write)


def _around(ticket_id: str, message_key: str, session: Session) -> tuple[dict[str, str], list[str]]:
    """The family of a message, and the tickets that its own and theirs were merged into."""
    family = _family(session, message_key)
    return family, _whole(session, {ticket_id, *family.values()})


def _family(session: Session, message_key: str) -> dict[str, str]:
    """The other messages that say the same since one is a copy of the other: their keys, and their tickets' numbers."""
    found: dict[str, str] = {}
    asked, beside = set[str](), {message_key}
    while beside:
        wanted = select(Message.key, Message.copy_of, Ticket.ticket_id).join(Ticket, Ticket.pk == Message.ticket_pk)
        rows = session.execute(wanted.where(or_(Message.key.in_(beside), Message.copy_of.in_(beside)))).all()
        found |= {row.key: row.ticket_id for row in rows}
        asked |= beside
        beside = ({row.key for row in rows} | {row.copy_of for row in rows if row.copy_of}) - asked
    found.pop(message_key, None)
    return found


def _whole(session: Session, numbers: Collection[str]) -> list[str]:
    """The numbers of the tickets that these were merged into: who answers there reads these, too."""
    wanted = select(Ticket.merged_into_id).where(Ticket.ticket_id.in_(numbers), Ticket.merged_into_id.is_not(None))
    return list(session.scalars(wanted.distinct()))


def _wholes(tickets: Collection[Ticket], others: Iterable[Ticket], whole: Collection[str]) -> list[Ticket]:
    """The tickets that these were merged into, among those that are locked, and none of these.

    :raises StaleTicket: one was merged since the tickets were chosen that are locked.
    """
    into = {one.merged_into_id for one in tickets} - {None}
    if into - {*whole}:
        raise StaleTicket(_("Somebody has just merged this ticket. Look again, then decide."))
    return [one for one in others if one.ticket_id in into and one not in tickets]


def _locked(unit: Unit, ticket_id: str, numbers: Iterable[str]) -> tuple[Loaded, list[Ticket]]:
    """The ticket for writing, and others that may repeat what it says, locked in the order of the numbers."""
    found: Loaded | None = None
    others: list[Ticket] = []
    for number in sorted(numbers):
        if number == ticket_id:
            found = load(unit, number)
            continue
        wanted = (
            select(Ticket).where(Ticket.ticket_id == number, visible_to(unit.actor)).with_for_update(key_share=True)
        )
        other = unit.session.scalar(wanted.execution_options(populate_existing=True))
        if other is not None:
            others.append(other)
    return found or load(unit, ticket_id), others


def _copies(
    unit: Unit, message_key: str, family: Mapping[str, str], others: Iterable[Ticket]
) -> list[tuple[Message, Ticket]]:
    """The other messages that say the same, with their tickets.

    :raises StaleTicket: one was made since the tickets were chosen that are locked.
    """
    if _family(unit.session, message_key).keys() != family.keys():
        raise StaleTicket(_("Somebody has just changed this message. Look again, then decide."))
    tickets = {ticket.pk: ticket for ticket in others}
    wanted = select(Message).where(Message.key.in_(family), Message.ticket_pk.in_(tickets)).order_by(Message.pk)
    return [(one, tickets[one.ticket_pk]) for one in unit.session.scalars(wanted)] if family else []


def _out_of_a_copy(
    unit: Unit,
    copy: Message,
    ticket: Ticket,
    taken: Callable[[str], str],
    digests: Collection[str],
    cleaned: Collection[Ticket],
) -> bool:
    """Whether a message that says the same, or what repeats it in its ticket, said it, too; neither does any more."""
    parts = _out_of_the_message(unit, copy, taken)
    same = select(Attachment).where(Attachment.message_pk == copy.pk, Attachment.sha256.in_(digests))
    files = unit.session.scalars(same.where(Attachment.storage_key.is_not(None))).all() if digests else ()
    if files:
        _let_go(unit, files)
        parts.append("file")
    if _out_of_what_it_is_about(unit, ticket, taken):
        parts.append("about")
    unit.session.flush()
    if _out_of_the_rating(unit, ticket, taken):
        parts.append("rating")
    if _out_of_the_records(unit, ticket, taken):
        parts.append("records")
    _out_of_the_drafts(unit, ticket, taken)
    # That its subject was one of them, stands in its history already.
    if parts:
        ticket.updated_at = ticket.customer_updated_at = unit.now
        unit.record(ticket, "message.redacted", message=copy.key, parts=parts)
    return bool(parts) or ticket in cleaned


def _out_of_the_whole(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> bool:
    """Whether what is written around the ticket that the message's was merged into said it; it no longer does."""
    found = [clean(unit, ticket, taken) for clean in (_out_of_the_rating, _out_of_the_records)]
    _out_of_the_drafts(unit, ticket, taken)
    if any(found):
        ticket.updated_at = unit.now
        unit.record(ticket, "message.redacted", parts=["rating"] * found[0] + ["records"] * found[1])
    return any(found)


def _check(secret: str) -> None:
    if not secret:
        raise InvalidInput({"secret": _("Write what is to be taken out, or choose a file.")})
    if len(secret) < MIN_SECRET_CHARS or secret in REDACTED:
        raise InvalidInput({"secret": _("Write at least %(count)s characters of it.", count=MIN_SECRET_CHARS)})


def _found_nothing(secret: str) -> str:
    """What is said where nothing was to be taken out: files are out already, of a secret that it stands elsewhere."""
    if not secret:
        return ""
    raise InvalidInput({"secret": _("This does not stand in the message. Copy it from there, letter by letter.")})


def _spellings(secret: str) -> Sequence[str]:
    """The secret as it was typed, as a subject has it and as the name of a file has it, longest first."""
    in_a_name = clean_name(secret) if secret else ""
    spelled = {secret, " ".join(secret.split()), in_a_name if len(in_a_name) == len(secret) else ""} - {""}
    return sorted(spelled, key=len, reverse=True)


def _taken_out(spellings: Sequence[str]) -> Callable[[str], str]:
    """What takes it out of a text, whichever way that or the browser ends its lines."""
    lines = [map(re.escape, re.split(_END_OF_LINE, spelled)) for spelled in spellings]
    wanted = re.compile("|".join(_END_OF_LINE.join(each) for each in lines) or r"(?!)")
    return lambda text: wanted.sub(REDACTED, text)


def _out_of_the_message(unit: Unit, message: Message, taken: Callable[[str], str]) -> list[str]:
    """The parts of the message in which it stood, after it was taken out."""
    session, parts = unit.session, []
    if (body := taken(message.body)) != message.body:
        message.body = body
        parts.append("text")
    for version in session.scalars(select(MessageVersion).where(MessageVersion.message_pk == message.pk)):
        if (body := taken(version.body)) != version.body:
            version.body = body
            parts.append("older texts")
    for file in session.scalars(select(Attachment).where(Attachment.message_pk == message.pk)):
        if (name := taken(file.name)) != file.name:
            file.name = name[:255]
            parts.append("file name")
    return list(dict.fromkeys(parts))


def _out_of_the_subjects(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> list[Ticket]:
    """The tickets in whose subject it stood; one that continues another, or was split off, may have that one's."""
    cleaned = [one for one in (ticket, *_linked(unit, ticket)) if taken(one.subject) != one.subject]
    for one in cleaned:
        one.subject = _cut(taken(one.subject), 1000)
        one.subject_folded = fold(one.subject)[:2000]
        if one is not ticket:
            one.updated_at = one.customer_updated_at = unit.now
            unit.record(one, "message.redacted", parts=["subject"])
    return cleaned


def _find_anew(unit: Unit, said: Collection[tuple[Message, Ticket]], cleaned: Collection[Ticket]) -> None:
    """Write the words for the search of every message whose own, or whose ticket's, may have changed."""
    tickets = {ticket.pk: ticket for ticket in (*cleaned, *(ticket for __, ticket in said))}
    every = Message.ticket_pk.in_([one.pk for one in cleaned])
    keys = [message.key for message, __ in said]
    # The first one of a ticket is found by what the ticket is about, too.
    which = every | Message.key.in_(keys) | (Message.kind == "description")
    for one in unit.session.scalars(select(Message).where(Message.ticket_pk.in_(tickets), which)):
        ticket = tickets[one.ticket_pk]
        about = words_of(list(subjects_on(unit.session, ticket))) if one.kind == "description" else ""
        one.searched = searched(ticket.subject, one.body, about)


def _out_of_what_it_is_about(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> bool:
    """Whether a title of what the ticket is about in the host said it; it no longer does."""
    rows = unit.session.scalars(select(TicketSubject).where(TicketSubject.ticket_pk == ticket.pk)).all()
    changed = [row for row in rows if taken(row.title) != row.title]
    for row in changed:
        row.title = _cut(taken(row.title), MAX_TITLE_CHARS)
    unit.session.flush()
    return bool(changed)


def _linked(unit: Unit, ticket: Ticket) -> list[Ticket]:
    """Every ticket before and after this one in the row of those that continue each other or were split off, locked."""
    linked, known, beside = list[Ticket](), {ticket.pk}, [ticket]
    while beside:
        here = [one.pk for one in beside]
        before = {one.follow_up_of_pk for one in beside} - {None}
        first, copy = aliased(Message), aliased(Message)
        both = copy.copy_of == first.key
        wanted = select(Ticket).where(
            visible_to(unit.actor),
            Ticket.account_id == ticket.account_id,
            or_(
                Ticket.follow_up_of_pk.in_(here),
                Ticket.pk.in_(before),
                Ticket.pk.in_(select(copy.ticket_pk).join(first, both).where(first.ticket_pk.in_(here))),
                Ticket.pk.in_(select(first.ticket_pk).join(copy, both).where(copy.ticket_pk.in_(here))),
            ),
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


def _remove(unit: Unit, message: Message, keys: Collection[str]) -> set[str]:
    """Let go of files of the message; their digests."""
    wanted = select(Attachment).where(Attachment.message_pk == message.pk, Attachment.key.in_(keys))
    files = unit.session.scalars(wanted).all() if keys else ()
    if len(files) != len(set(keys)):
        raise NotFound(_("There is no such file."))
    digests = {file.sha256 for file in files if file.storage_key is not None}
    _let_go(unit, files)
    return digests


def _let_go(unit: Unit, files: Iterable[Attachment]) -> None:
    """Their rows stay, their bytes go after the commit, or by the sweep if that fails."""
    for file in files:
        if file.storage_key is not None:
            after_commit(unit.session, partial(unit.host.storage.delete, file.storage_key))
        # A digest would tell whoever guesses the content that they are right.
        file.storage_key, file.sha256, file.size_bytes = None, "", 0


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


def _out_of_the_drafts(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> None:
    """What agents have not sent repeats it no more; a window in which it still stands does not bring it back unseen."""
    for draft in unit.session.scalars(select(Draft).where(Draft.ticket_pk == ticket.pk).with_for_update()):
        body, files, sends = draft.body.replace("\r\n", "\n"), draft.files, draft.sends
        draft.body = taken(body)
        draft.files = files and _words_in(files, taken)
        draft.sends = sends and _words_in(sends, taken)
        if (draft.body, draft.files, draft.sends) == (body, files, sends):
            continue
        draft.version += 1
        # One that is on its way is claimed by its form.
        draft.form_key = draft.form_key if draft.send_at is not None else None


def _out_of_what_cases_get(unit: Unit, tickets: Collection[Ticket], taken: Callable[[str], str]) -> None:
    """What is still to be sent to these cases, or was refused, repeats it no more."""
    here = CaseAnswer.ticket_pk.in_([one.pk for one in tickets])
    waiting = select(CaseAnswer).where(here, CaseAnswer.state != "sent").order_by(CaseAnswer.ticket_pk)
    for one in unit.session.scalars(waiting.with_for_update()):
        one.body, one.why = taken(one.body), taken(one.why)


def _words_in(stored: str, taken: Callable[[str], str]) -> str:
    """What people wrote in the JSON of a draft, without it; nothing of what makes it work."""
    said = json.loads(stored)
    for name, value in said.items():
        if name in {"use", "shown"}:
            said[name] = _deeply(value, taken)
        elif isinstance(value, dict) and "name" in value:
            value["name"] = taken(value["name"])
    return json.dumps(said, ensure_ascii=False)


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


def _who_has_it(
    unit: Unit, messages: Collection[Message], tickets: Collection[Ticket], names: Mapping[str, str]
) -> str:
    """Who was mailed or has read it already; every mail of the tickets brought their subject."""
    mailed = and_(Delivery.channel != "bell", Delivery.ticket_pk.in_([one.pk for one in tickets]))
    readers: list[Reader] = [reader for one in messages for reader in readers_of(unit, one, names)]
    said, __ = who_has_it(unit, readers, or_(Delivery.message_pk.in_([one.pk for one in messages]), mailed))
    return said


def _elsewhere(unit: Unit, ticket: Ticket, taken: Callable[[str], str]) -> str:
    """Other messages that say it too, in older texts and names of files as well: each is redacted by itself."""
    messages = select(Message.pk).where(Message.ticket_pk == ticket.pk)
    texts = union_all(
        select(Message.pk, Message.body).where(Message.ticket_pk == ticket.pk),
        select(MessageVersion.message_pk, MessageVersion.body).where(MessageVersion.message_pk.in_(messages)),
        select(Attachment.message_pk, Attachment.name).where(Attachment.message_pk.in_(messages)),
    )
    count = len({pk for pk, text in unit.session.execute(texts, bind_arguments=BIND) if taken(text) != text})
    return _("it still stands in %(count)s other messages of this ticket", count=count) if count else ""
