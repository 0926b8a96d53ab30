"""Open tickets of an account that look like one about to be opened: one statement over its newest tickets.

Words are looked for in the subject and in the first message, as a customer may read it. The full-text index is not
asked: it knows no accounts, and of one account so few tickets are looked at that their words can be compared.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.exc import DataError

from ..actors import Actor
from ..lifecycle import Status, status_label
from ..models import Message, Ticket
from ..permissions import visible_to
from ..search_text import Term, fold
from ..settings import state
from .choices import BIND

MAX_LOOKED_AT = 500
"""So many of the account's tickets that changed last are looked at, whatever their status."""
MAX_OFFERED = 5
MAX_WORDS = 8
MAX_TYPED_CHARS = 400
"""So much of a description is looked for, where the subject says little."""
FEW_WORDS = 3
"""A subject with fewer telling words is helped by the description."""
MIN_CHARS = 3
SENT_TWICE = timedelta(minutes=10)
"""So long what the same person wrote before is no likeness: opening itself knows a form that came twice."""

COMMON = frozenset(
    ("about", "after", "again", "all", "and", "any", "are", "but", "can", "cannot", "could", "did", "does", "for",
     "from", "get", "had", "has", "have", "hello", "help", "her", "his", "how", "its", "just", "more", "need", "not",
     "now", "one", "our", "out", "please", "problem", "since", "some", "still", "support", "that", "the", "their",
     "them", "there", "they", "this", "was", "were", "what", "when", "where", "which", "who", "why", "will", "with",
     "would", "you", "your",
     "aber", "als", "auch", "auf", "aus", "bei", "bitte", "das", "dass", "dem", "den", "der", "des", "die", "ein",
     "eine", "einen", "einer", "fur", "haben", "hallo", "hat", "hilfe", "ich", "ihr", "ist", "kann", "kein", "keine",
     "mehr", "mein", "mit", "nach", "nicht", "noch", "nur", "oder", "seit", "sich", "sie", "sind", "und", "uns",
     "unser", "unsere", "vom", "von", "war", "warum", "was", "wenn", "wie", "wir", "wird", "zum", "zur")
)  # fmt: skip
"""Words of English and German, folded, that tell nothing of what a ticket is about."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An open ticket that looks like the one that is written.

    :param by_me: they opened it themselves.
    """

    ticket_id: str
    subject: str
    status: str
    status_label: str
    opened_by: str
    by_me: bool
    updated_at: datetime


def similar_open(
    actor: Actor, account_id: str, *, subject: str, body: str = "", requester_id: str, seen: Collection[str] = ()
) -> Sequence[Similar]:
    """The open tickets of an account that are most alike, of those this actor may see; none where none is.

    :param requester_id: whose ticket it would be.
    :param seen: numbers that were offered before; where there is no other, nothing is offered.
    """
    words = telling(subject, body)
    if not words:
        return ()
    host = state()
    again = (requester_id, " ".join(subject.split()), body)
    try:
        rows = host.db.session.execute(_statement(actor, account_id, words, *again), bind_arguments=BIND).all()
    except DataError:
        # Nothing is like what the database cannot store; opening says which characters these are.
        return ()
    just_now = host.now() - SENT_TWICE
    if any(row.again and row.created_at >= just_now for row in rows):
        return ()
    alike = [row for row in rows if is_alike(len(words), row.in_subject, row.in_all)][:MAX_OFFERED]
    if all(row.ticket_id in seen for row in alike):
        return ()
    me = actor.person.id if actor.person else ""
    return [_similar(row, me) for row in alike]


def telling(subject: str, body: str = "") -> list[str]:
    """The beginnings of words by which a ticket is recognised: the subject's, and where it says little the text's."""
    found = _stems(subject)
    if len(found) < FEW_WORDS:
        found |= _stems(body[:MAX_TYPED_CHARS])
    return list(found)[:MAX_WORDS]


def is_alike(words: int, in_subject: int, in_all: int) -> bool:
    """Whether so many of the words make two tickets alike: half of them, and never one word alone in a long text."""
    return in_all * 2 >= words and (in_all >= 2 or in_subject == words)


def _stems(text: str) -> dict[str, None]:
    # As a dictionary: in their order, each once.
    return dict.fromkeys(_stem(word) for word in fold(text).split() if _tells(word))


def _tells(word: str) -> bool:
    return _is_name(word) or (len(word) >= MIN_CHARS and word not in COMMON)


def _is_name(word: str) -> bool:
    """Whether it says which of several things is meant, however short: a number, a version, an order."""
    return any(char.isdecimal() for char in word)


def _stem(word: str) -> str:
    """A word without what its ending adds: ``payments`` is found as ``payment`` and ``fails`` as ``failed``."""
    return word if _is_name(word) else word[: max(4, len(word) - 2)]


def _statement(
    actor: Actor, account_id: str, words: Sequence[str], requester_id: str, same_subject: str, same_body: str
) -> Any:
    # Bounded by the account's own index; what somebody may see is asked of these few only.
    newest = (
        select(Ticket.pk)
        .where(Ticket.account_id == account_id)
        .order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc())
        .limit(MAX_LOOKED_AT)
        .subquery()
    )
    subject: ColumnElement[str] = " " + Ticket.subject_folded + " "
    # What was written before there was a search is found by its subject.
    said = func.coalesce(Message.searched, subject)
    in_subject, in_all = _count(subject, words), _count(said, words)
    return (
        select(
            Ticket.ticket_id,
            Ticket.subject,
            Ticket.status,
            Ticket.requester_id,
            Ticket.requester_name,
            Ticket.customer_updated_at,
            Ticket.created_at,
            and_(
                Ticket.requester_id == requester_id, or_(Ticket.subject == same_subject, Message.body == same_body)
            ).label("again"),
            in_subject.label("in_subject"),
            in_all.label("in_all"),
        )
        .select_from(newest)
        .join(Ticket, Ticket.pk == newest.c.pk)
        .outerjoin(
            Message,
            and_(Message.ticket_pk == Ticket.pk, Message.kind == "description", Message.public.is_(True)),
        )
        .where(visible_to(actor), Ticket.status == Status.OPEN, in_all * 2 >= len(words))
        .order_by(in_all.desc(), in_subject.desc(), Ticket.customer_updated_at.desc(), Ticket.pk.desc())
        .limit(4 * MAX_OFFERED)
    )


def _count(text: ColumnElement[Any], words: Sequence[str]) -> ColumnElement[int]:
    """How many of the words a text says."""
    said = [case((text.like(Term((word,), whole=_is_name(word)).pattern), 1), else_=0) for word in words]
    return reduce(add, said)


def _similar(row: Any, me: str) -> Similar:
    return Similar(
        ticket_id=row.ticket_id,
        subject=row.subject,
        status=row.status,
        status_label=status_label(row.status),
        opened_by=row.requester_name,
        by_me=row.requester_id == me,
        updated_at=row.customer_updated_at,
    )
