"""Before a ticket of its own is made of a message: what is copied, for whom, and whether that was done before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from ..actors import Actor, Right
from ..errors import NotFound
from ..i18n import gettext as _
from ..lifecycle import Act, consider, why_not_split
from ..models import Attachment, Message, PersonRecord, Queue, Ticket
from ..permissions import missing, visible_to
from ..safe_html import excerpt
from ..settings import state
from .choices import BIND
from .facts import FACT_COLUMNS, facts_of


@cache
def split_from() -> Any:
    """A column on the ticket: the number of the one in which stands what it was made of."""
    copy, first, there = aliased(Message), aliased(Message), aliased(Ticket)
    wanted = select(there.ticket_id).join(first, first.ticket_pk == there.pk).join(copy, copy.copy_of == first.key)
    return wanted.where(copy.ticket_pk == Ticket.pk).limit(1).correlate(Ticket).scalar_subquery()


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes along."""

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Splitting:
    """A message of which a ticket is to be made.

    :param subject: what its subject may be.
    :param refusal: why it cannot be; empty where it can.
    :param made: numbers of the tickets that were made of it before.
    :param queues: keys and names of those it may go to.
    """

    ticket_id: str
    ticket_subject: str
    account: str
    requester: str
    author: str
    body: str
    written_at: datetime
    files: Sequence[File]
    subject: str
    refusal: str
    made: Sequence[str]
    queues: Sequence[tuple[str, str]]


def splitting(actor: Actor, ticket_id: str, message_key: str) -> Splitting:
    """What the page shows that asks before it is done.

    :raises NotFound: no such ticket or message for this agent.
    """
    session = state().db.session
    row = session.execute(
        select(
            *FACT_COLUMNS,
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.account_name,
            Ticket.requester_name,
            Message.pk.label("message_pk"),
            Message.kind,
            Message.public,
            Message.side,
            Message.body,
            Message.created_at.label("written_at"),
            PersonRecord.name.label("author"),
        )
        .join(Message, Message.ticket_pk == Ticket.pk)
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(Ticket.ticket_id == ticket_id, Message.key == message_key, visible_to(actor)),
        bind_arguments=BIND,
    ).first()
    if row is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    files = session.execute(
        select(Attachment.name, Attachment.size_bytes)
        .where(Attachment.message_pk == row.message_pk, Attachment.storage_key.is_not(None))
        .order_by(Attachment.pk)
    )
    made = select(Ticket.ticket_id).join(Message, Message.ticket_pk == Ticket.pk)
    made = made.where(Message.copy_of == message_key).order_by(Ticket.pk)
    queues = select(Queue.key, Queue.name).where(Queue.active.is_(True)).order_by(Queue.position, Queue.pk)
    internal = why_not_split(row.kind, public=row.public)
    return Splitting(
        ticket_id=row.ticket_id,
        ticket_subject=row.subject,
        account=row.account_name,
        requester=row.requester_name,
        author=row.author if row.side != "agent" and row.author else row.requester_name,
        body="" if internal else row.body,
        written_at=row.written_at,
        files=[] if internal else [File(name, size) for name, size in files],
        subject=row.subject if row.kind == "description" else _subject_of("" if internal else row.body),
        refusal=internal or _refusal(actor, row),
        made=list(session.scalars(made)),
        queues=[(key, name) for key, name in session.execute(queues)],
    )


def _subject_of(body: str) -> str:
    """The beginning of what was written: the subject of the ticket it stands in is about something else."""
    return str(excerpt(body, 80)).rstrip()


def _refusal(actor: Actor, row: Any) -> str:
    if Right.HANDLE not in actor.rights:
        return missing(Right.HANDLE)
    outcome = consider(Act.SPLIT, facts_of(row), actor)
    return outcome if isinstance(outcome, str) else ""
