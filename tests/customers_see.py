"""What customers are shown of tickets with a note: none of its words stands in a page, answer or mail of theirs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from flask_sgsupport.models import Attachment, Delivery, Message, MessageVersion, Ticket
from flask_sgsupport.services import delivering
from tests.invariants import has_tables

if TYPE_CHECKING:
    from tests.world import Host

PAGES = ("ticket", "tickets", "notifications", "poll")
MOST_TICKETS = 1
"""The newest that has one."""
PIECE = re.compile(r"[^\W_]+(?: [^\W_]+)+")
"""Two words at least, with nothing between them that is marked up or escaped: one alone may stand anywhere."""
MAILED = "reads the mails"


def words_of_notes(host: Host) -> dict[str, tuple[str, list[str]]]:
    """By ticket: its requester, and what only agents may read of it, in pieces; in an app context."""
    session = host.db.session
    inside = or_(Message.public.is_(False), Message.kind == "internal-note")
    wanted = select(Ticket).where(
        Ticket.pk.in_(select(Message.ticket_pk).where(inside)), Ticket.filtered_reason.is_(None)
    )
    found = {}
    for ticket in session.scalars(wanted.order_by(Ticket.pk.desc()).limit(MOST_TICKETS)):
        messages = session.scalars(select(Message).where(Message.ticket_pk == ticket.pk)).all()
        hidden = [one.pk for one in messages if not one.public]
        texts = [one.body for one in messages if not one.public]
        texts += session.scalars(select(Attachment.name).where(Attachment.message_pk.in_(hidden)))
        older = select(MessageVersion.body).join(Message, Message.pk == MessageVersion.message_pk)
        texts += session.scalars(older.where(Message.ticket_pk == ticket.pk))
        open_to_all = plain(" ".join([ticket.subject, *(one.body for one in messages if one.public)]))
        pieces = {piece for text in texts for piece in PIECE.findall(text)}
        found[ticket.ticket_id] = ticket.requester_id, sorted(one for one in pieces if one not in open_to_all)
    session.rollback()
    return {ticket_id: (who, pieces) for ticket_id, (who, pieces) in found.items() if pieces}


def plain(text: str) -> str:
    """A text as it can be searched, however it is set."""
    return " ".join(unescape(text).split())


def shown_of_notes(host: Host) -> list[str]:
    """Where a page of a customer shows words of a note; one that cannot be asked shows nothing. In an app context."""
    words = words_of_notes(host) if has_tables(host.desk) else {}
    found = []
    for ticket_id, (who, pieces) in words.items():
        for page, text in pages(host, ticket_id, who):
            found += [f"{ticket_id}: {page} of its requester shows the note {one!r}" for one in pieces if one in text]
    return found


def pages(host: Host, ticket_id: str, host_id: str) -> Iterator[tuple[str, str]]:
    """What a person of the host is answered by the panel, by page; it is asked as itself, with what it has read."""
    name = next((name for name, id_ in host.ids.items() if str(id_) == host_id), None)
    if name is None or "sgsupport.ticket" not in host.app.view_functions:
        return
    client = host.client(name)
    for page in PAGES:
        with host.app.test_request_context():
            values = {"ticket_id": ticket_id} if page == "ticket" else {}
            address = host.app.url_for(f"sgsupport.{page}", **values)  # type: ignore[arg-type]
        answer = client.get(address, query_string={"ticket": ticket_id} if page == "poll" else {})
        if answer.status_code < 400:
            yield page, plain(answer.text)


def mailed_of_notes(host: Host) -> list[str]:
    """Where a mail that waits for a customer says words of a note; in an app context. The mails are claimed."""
    words = words_of_notes(host)
    found = []
    for claimed in delivering.claim(MAILED, 100):
        side = host.db.session.scalar(select(Delivery.side).where(Delivery.key == claimed.key))
        mail = delivering.prepare(claimed.key, MAILED)
        if mail is None or side != "customer":
            continue
        who, pieces = words.get(mail.ticket_id, ("", []))
        said = plain(f"{mail.subject} {mail.text} {mail.html}")
        found += [f"{mail.ticket_id}: a mail to {who} says the note {one!r}" for one in pieces if one in said]
    return found
