"""Compose a mail: gather what it is made of inside the unit of work, and put it in words outside of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actors import Side
from ..delivery import Outcome
from ..delivery.message import Email
from ..i18n import gettext as _
from ..mail_address import ascii_address
from ..models import Agent, Attachment, Delivery, Follower, Message, PersonRecord, Queue, Ticket
from ..notifications import BY_NAME, EMAIL, MENTIONED
from ..reply_address import message_id, references
from ..settings import State, state
from ..wording import (
    MailFacts,
    NoticeFacts,
    facts_of,
    inbox_url,
    mail_text,
    panel_url,
    preferences_url,
    rate_url,
    times_of,
)
from .rating import is_unrated
from .unit import Unit
from .withholding import assignee_id

MAX_THREAD = 20
"""Earlier mails of a ticket named in ``References``."""

NO_FROM = "no From address is set"


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything a mail is made of, as plain values taken inside the unit of work."""

    notice: str
    agent: bool
    ticket_id: str
    message_key: str | None
    to_address: str
    to_name: str
    from_address: str
    from_name: str
    reply_to: str | None
    signature: str
    facts: NoticeFacts
    author: str
    body: str
    note: bool
    files: tuple[str, ...]
    because: str
    message_id: str
    earlier: tuple[str, ...]
    asks: bool


def parts_of(unit: Unit, delivery: Delivery, ticket: Ticket, queue: Queue, message: Message | None) -> Parts | Outcome:
    """Gather them; an outcome where no mail can be made of them."""
    session, host = unit.session, unit.host
    default_name, default_address = parseaddr(host.default_from or "")
    from_address = queue.from_address or default_address
    if not from_address:
        return Outcome("channel_failed", reason=NO_FROM)
    try:
        from_domain = ascii_address(from_address).rpartition("@")[2]
    except ValueError as error:
        return Outcome("channel_failed", reason=f"The From address is wrong: {error}")
    if delivery.message_id is None:
        # Kept: queue, From address and SECRET_KEY may be others by the next try or the next mail of the thread.
        domain = host.settings.mail_domain or from_domain
        delivery.message_id = message_id(ticket.ticket_id, delivery.key, secret=host.secret_keys[0], domain=domain)
    agent = delivery.side == Side.AGENT
    more = times_of(ticket, unit.now)
    if ticket.follow_up_of_pk is not None:
        old = select(Ticket.ticket_id).where(Ticket.pk == ticket.follow_up_of_pk)
        more["continues"] = session.scalar(old) or ""
    if agent:
        more |= {"account_name": ticket.account_name, "queue_name": queue.name}
    facts = facts_of(delivery.data, ticket_id=ticket.ticket_id, subject=ticket.subject, **more)
    author = message.author_public_name if message is not None else ""
    files: Sequence[str] = ()
    if message is not None:
        if agent and message.author_pk is not None:
            author = session.scalar(select(PersonRecord.name).where(PersonRecord.pk == message.author_pk)) or author
        files = session.scalars(
            select(Attachment.name)
            .where(Attachment.message_pk == message.pk, Attachment.storage_key.is_not(None))
            .order_by(Attachment.pk)
            .limit(50)
        ).all()
    return Parts(
        notice=delivery.notice,
        agent=agent,
        ticket_id=ticket.ticket_id,
        message_key=message.key if message else None,
        to_address=delivery.address or "",
        to_name=delivery.recipient_name,
        from_address=from_address,
        from_name=queue.from_name or default_name or _sender_name(host),
        reply_to=queue.reply_address,
        signature="" if agent else queue.signature,
        facts=facts,
        author=author,
        body=message.body if message else "",
        note=message is not None and not message.public,
        files=tuple(files),
        because=_because(unit, delivery, ticket, queue, facts),
        message_id=delivery.message_id,
        earlier=_earlier(session, delivery),
        asks=not agent and not facts.follows and is_unrated(session, ticket),
    )


def _sender_name(host: State) -> str:
    sender = host.app.config.get("MAIL_DEFAULT_SENDER")
    return str(sender[0]) if isinstance(sender, tuple) else ""


def _because(unit: Unit, delivery: Delivery, ticket: Ticket, queue: Queue, facts: NoticeFacts) -> str:
    if facts.follows:
        return _("You get this because you follow %(ticket)s.", ticket=facts.merged or ticket.ticket_id)
    if delivery.side == Side.CUSTOMER:
        asked_in = facts.merged or ticket.ticket_id
        return _("You get this because you asked for help in ticket %(ticket)s.", ticket=asked_in)
    if delivery.notice == MENTIONED:
        return _("You get this because you are mentioned in a note on %(ticket)s.", ticket=ticket.ticket_id)
    if _follows(unit, delivery, ticket):
        return _("You get this because you follow %(ticket)s.", ticket=ticket.ticket_id)
    if assignee_id(unit, ticket) == delivery.recipient_id:
        return _("You get this because %(ticket)s is assigned to you.", ticket=ticket.ticket_id)
    return _("You get this because you cover the queue %(queue)s.", queue=queue.name)


def _follows(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    followed = select(Follower.agent_pk).join(Agent, Agent.pk == Follower.agent_pk)
    followed = followed.where(Follower.ticket_pk == ticket.pk, Agent.host_id == delivery.recipient_id)
    return unit.session.scalar(followed) is not None and assignee_id(unit, ticket) != delivery.recipient_id


def _earlier(session: Session, delivery: Delivery) -> tuple[str, ...]:
    """Message-IDs of what this person was mailed about the ticket before: newest first, the thread's root last."""
    mailed = select(Delivery.message_id).where(
        Delivery.ticket_pk == delivery.ticket_pk,
        Delivery.recipient_id == delivery.recipient_id,
        Delivery.channel == EMAIL,
        Delivery.state == "sent",
        Delivery.message_id.is_not(None),
        Delivery.pk < delivery.pk,
    )
    newest = session.scalars(mailed.order_by(Delivery.pk.desc()).limit(MAX_THREAD)).all()
    if len(newest) == MAX_THREAD:
        newest = [*newest[:-1], session.scalars(mailed.order_by(Delivery.pk).limit(1)).one()]
    return tuple(value for value in newest if value)


def composed(parts: Parts) -> Email:
    """The mail in words, outside of any transaction."""
    thread = tuple(references(parts.earlier[::-1]).split())
    url = inbox_url if parts.agent else panel_url
    words = mail_text(
        parts.notice,
        parts.facts,
        MailFacts(
            author=parts.author,
            body=parts.body,
            note=parts.note,
            files=parts.files,
            again=bool(thread),
            agent=parts.agent,
            url=url(parts.ticket_id, parts.message_key),
            ticket_url=url(parts.ticket_id),
            rate_url=rate_url(parts.ticket_id) if parts.asks else None,
            panel=state().settings.panel,
            because=parts.because,
            preferences_url=preferences_url(agent=parts.agent),
            signature=parts.signature,
        ),
    )
    return Email(
        to_address=parts.to_address,
        to_name=_header_words(parts.to_name),
        from_address=parts.from_address,
        from_name=_header_words(parts.from_name),
        reply_to=parts.reply_to,
        subject=_header_words(words.subject),
        text=words.text,
        html=words.html,
        message_id=parts.message_id,
        ticket_id=parts.ticket_id,
        in_reply_to=thread[-1] if thread else None,
        references=thread,
        auto_submitted=BY_NAME[parts.notice].automatic,
    )


def _header_words(text: str) -> str:
    """One line without controls: a name somebody typed must not keep a mail from going out."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
