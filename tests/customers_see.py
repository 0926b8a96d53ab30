"""What customers are shown of tickets with a note: none of its words stands in a page, answer or mail of theirs.

Nor is the ticket found by a word that only the note has, and a file of the note is not there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from flask_sgsupport import i18n
from flask_sgsupport.models import Attachment, Delivery, Message, MessageVersion, Ticket, TicketSubject
from flask_sgsupport.search_text import fold
from flask_sgsupport.services import delivering
from tests.invariants import has_tables

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from tests.example_host import ExampleHost
    from tests.world import Host

PAGES = ("ticket", "confirm", "poll")
"""Of each ticket, with its number."""
OF_ALL = ("tickets", "notifications")
"""Of each requester."""
MOST_TICKETS = 20
"""Those with the newest notes."""
MOST_WORDS = 2
"""Of each ticket, which are searched for."""
PIECE = re.compile(r"[^\W_]+(?: [^\W_]+)+")
"""Two words at least, with nothing between them that is marked up or escaped: one alone may stand anywhere."""
ALONE = re.compile(r"[^\W_]{7,}")
"""A word that is all a note says, and long enough to stand nowhere by chance."""
WORD = re.compile(r"[^\W\d_]{5,}")
"""What is worth a search."""
_CATALOGUE = i18n.TRANSLATIONS / "de" / "LC_MESSAGES" / "sgsupport.po"
OUR_WORDS = frozenset(word.casefold() for word in re.findall(r"[^\W_]+", _CATALOGUE.read_text(encoding="utf-8")))
"""What pages and mails say of their own accord."""
MAILED = "reads the mails"


@dataclass(frozen=True)
class Noted:
    """A ticket with notes."""

    ticket_id: str
    requester_id: str
    pieces: tuple[str, ...]
    """What only agents may read of it."""
    words: tuple[str, ...]
    """By which it is not found, as nothing else of it has them."""
    files: tuple[str, ...]
    """Keys of those that hang on a note, or on what is private otherwise."""

    def said_in(self, text: str) -> list[str]:
        """The pieces a text says."""
        return [one for one in self.pieces if one in text]


def noted(host: Host | ExampleHost) -> list[Noted]:
    """The tickets with the newest notes; in an app context."""
    session = host.db.session
    inside = or_(Message.public.is_(False), Message.kind == "internal-note")
    newest = select(Message.ticket_pk, func.max(Message.pk).label("pk")).where(inside).group_by(Message.ticket_pk)
    found = newest.subquery()
    wanted = select(Ticket).join(found, found.c.ticket_pk == Ticket.pk).order_by(found.c.pk.desc())
    newest_ones = session.scalars(wanted.limit(MOST_TICKETS)).all()
    open_to = {account_id: _open_to(session, account_id) for account_id in {one.account_id for one in newest_ones}}
    tickets = [_noted(session, ticket, open_to[ticket.account_id]) for ticket in newest_ones]
    session.rollback()
    return [ticket for ticket in tickets if ticket.pieces or ticket.words or ticket.files]


def _open_to(session: Any, account_id: str) -> str:
    """What an account may read of its tickets, which stand beside each other in a list."""
    mine = Ticket.account_id == account_id
    texts = list(session.scalars(select(Ticket.subject).where(mine)))
    texts += session.scalars(
        select(Message.body).join(Ticket, Ticket.pk == Message.ticket_pk).where(mine, Message.public)
    )
    names = select(Attachment.name).join(Message, Message.pk == Attachment.message_pk)
    texts += session.scalars(names.join(Ticket, Ticket.pk == Message.ticket_pk).where(mine, Message.public))
    about = select(TicketSubject.title, TicketSubject.ref).join(Ticket, Ticket.pk == TicketSubject.ticket_pk)
    texts += [text for row in session.execute(about.where(mine)) for text in row]
    people = select(Ticket.account_name, Ticket.requester_name, Ticket.plan).where(mine).distinct()
    texts += [text for row in session.execute(people) for text in row]
    return plain(" ".join(texts))


def _noted(session: Any, ticket: Ticket, open_to_all: str) -> Noted:
    messages = session.scalars(select(Message).where(Message.ticket_pk == ticket.pk)).all()
    files = session.scalars(select(Attachment).where(Attachment.ticket_pk == ticket.pk)).all()
    hidden = {one.pk for one in messages if not one.public}
    inside = [one for one in files if one.message_pk in hidden]
    texts = [one.body for one in messages if not one.public] + [one.name for one in inside]
    older = select(MessageVersion.body).join(Message, Message.pk == MessageVersion.message_pk)
    texts += session.scalars(older.where(Message.ticket_pk == ticket.pk))
    pieces = {piece for text in texts for piece in PIECE.findall(text)}
    pieces |= {text for text in texts if ALONE.fullmatch(text) and text.casefold() not in OUR_WORDS}
    found_by = fold(open_to_all)
    words = {word for one in messages if not one.public for word in WORD.findall(one.body)}
    alone = sorted((one for one in words if fold(one) not in found_by), key=lambda one: (-len(one), one))
    return Noted(
        ticket.ticket_id,
        ticket.requester_id,
        tuple(sorted(one for one in pieces if one not in open_to_all)),
        tuple(alone[:MOST_WORDS]),
        tuple(one.key for one in inside if one.storage_key is not None),
    )


def plain(text: str) -> str:
    """A text as it can be searched, however it is set."""
    return " ".join(unescape(text).split())


def shown_of_notes(host: Host | ExampleHost) -> list[str]:
    """Where a page of a customer shows words of a note; one that cannot be asked shows nothing. In an app context."""
    tickets = noted(host) if has_tables(host.desk) else []
    found = []
    for who in dict.fromkeys(one.requester_id for one in tickets):
        theirs = [one for one in tickets if one.requester_id == who]
        for page, text in pages(host, "", who):
            shown = [(one.ticket_id, said) for one in theirs for said in one.said_in(text)]
            found += [f"{ticket_id}: {page} of its requester shows the note {said!r}" for ticket_id, said in shown]
        for one in theirs:
            found += [f"{one.ticket_id}: {what}" for what in _shown_of(host, one)]
    return found


def _shown_of(host: Host | ExampleHost, ticket: Noted) -> Iterator[str]:
    for page, text in pages(host, ticket.ticket_id, ticket.requester_id):
        yield from (f"{page} of its requester shows the note {said!r}" for said in ticket.said_in(text))
    client = _client(host, ticket.requester_id)
    for word in ticket.words:
        answer = _answer(host, client, "tickets", q=word)
        text = plain(answer or "")
        if f"tickets/{ticket.ticket_id}" in text:
            yield f"its requester finds it by {word!r} of a note"
        # The word itself stands in the field it was typed into.
        others = [said for said in ticket.said_in(text) if fold(word) not in fold(said)]
        yield from (f"a search of its requester shows the note {said!r}" for said in others)
    for key in ticket.files:
        if _answer(host, client, "download", key=key) is not None:
            yield f"its requester is given the file {key} of a note"
    told = select(Delivery.notice, Delivery.data).join(Ticket, Ticket.pk == Delivery.ticket_pk)
    told = told.where(Ticket.ticket_id == ticket.ticket_id, Delivery.side == "customer")
    for notice, data in host.db.session.execute(told).all():
        texts = plain(" ".join(_texts(json.loads(data or "null"))))
        yield from (f"the notice {notice} carries the note {said!r}" for said in ticket.said_in(texts))
    host.db.session.rollback()


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, list | dict):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _texts(one)


def pages(host: Host | ExampleHost, ticket_id: str, host_id: str) -> Iterator[tuple[str, str]]:
    """What a person of the host is answered by the panel, by page: those of a ticket, else those of all together."""
    client = _client(host, host_id)
    for page in PAGES if ticket_id else OF_ALL:
        values = {"ticket" if page == "poll" else "ticket_id": ticket_id} if ticket_id else {}
        answer = _answer(host, client, page, **values)
        if answer is not None:
            yield page, plain(answer)


def _client(host: Host | ExampleHost, host_id: str) -> FlaskClient | None:
    """A browser of that person, who is asked as they are, with what they have read."""
    name = next((name for name, id_ in host.ids.items() if str(id_) == host_id), None)
    with host.app.app_context():
        return None if name is None else host.client(name)


def _answer(host: Host | ExampleHost, client: FlaskClient | None, page: str, **values: str) -> str | None:
    """A page or file for a person; nothing where there is none for them."""
    if client is None or f"sgsupport.{page}" not in host.app.view_functions:
        return None
    with host.app.test_request_context():
        address = host.app.url_for(f"sgsupport.{page}", **values)  # type: ignore[arg-type]
    # A context of its own: in the one around it the host remembers who asked before.
    with host.app.app_context(), client.get(address) as answer:
        return answer.get_data().decode(errors="replace") if answer.status_code < 300 else None


def mailed_of_notes(host: Host) -> list[str]:
    """Where a mail that waits for a customer says words of a note; in an app context. The mails are claimed."""
    tickets = {one.ticket_id: one for one in noted(host)} if has_tables(host.desk) else {}
    found = []
    for claimed in delivering.claim(MAILED, 100) if tickets else ():
        side = host.db.session.scalar(select(Delivery.side).where(Delivery.key == claimed.key))
        mail = delivering.prepare(claimed.key, MAILED)
        ticket = tickets.get(mail.ticket_id) if mail is not None and side == "customer" else None
        if mail is None or ticket is None:
            continue
        said = ticket.said_in(plain(f"{mail.subject} {mail.text} {mail.html}"))
        found += [f"{mail.ticket_id}: a mail to {ticket.requester_id} says the note {one!r}" for one in said]
    return found
