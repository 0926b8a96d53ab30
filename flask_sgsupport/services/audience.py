"""Whom a notice reaches beside those a ticket names: who covers it, and what each of them wants to be told in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, func, select
from sqlalchemy.orm import Session

from ..models import Agent, CustomerFollower, PersonRecord, Preference, Ticket, TicketTag
from ..notifications import Recipient
from ..permissions import covering


class Lazily(Sequence[Recipient]):
    """People a ticket concerns, read only when a notice goes to them."""

    def __init__(self, read: Callable[[Session, Ticket], list[Recipient]], session: Session, ticket: Ticket) -> None:
        self._read, self._session, self._ticket = read, session, ticket
        self._rows: list[Recipient] | None = None

    def _people(self) -> list[Recipient]:
        if self._rows is None:
            self._rows = self._read(self._session, self._ticket)
        return self._rows

    def __len__(self) -> int:
        return len(self._people())

    def __getitem__(self, index: Any) -> Any:
        return self._people()[index]


MAX_MEMBERS = 200
MAX_FOLLOWERS = 50
"""So many agents follow one ticket, and so many of its customers; each is a mail for whatever happens on it."""


def has_colleagues(ticket: Ticket) -> ColumnElement[bool]:
    """A column: whether anybody of the customer's side follows a ticket."""
    return select(CustomerFollower.host_id).where(CustomerFollower.ticket_pk == ticket.pk).exists()


def colleagues(session: Session, ticket: Ticket) -> list[Recipient]:
    """Of the requester, who follow the ticket; those who have become its requester are told as such."""
    told = CustomerFollower.host_id
    followers = (
        select(told, PersonRecord.name, PersonRecord.email, switched_off_by(told))
        .join(PersonRecord, PersonRecord.pk == CustomerFollower.person_pk)
        .where(CustomerFollower.ticket_pk == ticket.pk, told != ticket.requester_id)
        .order_by(CustomerFollower.since_at, told)
        .limit(MAX_FOLLOWERS)
    )
    return [
        Recipient(host_id, name, email, refused_in(off), follows=True)
        for host_id, name, email, off in session.execute(followers)
    ]


def queue_members(session: Session, ticket: Ticket) -> list[Recipient]:
    """Active agents who cover the ticket by its queue, category or a tag, at most 200.

    Whoever sees all queues without covering anything looks by themselves and is told nothing.
    """
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    return _covering(session, covering(queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags))


def members_of(session: Session, queue_pk: int) -> list[Recipient]:
    """Active agents who cover a queue, at most 200."""
    no_tags = select(TicketTag.tag).where(false())
    return _covering(session, covering(queue_pk=queue_pk, category_pk=None, tags=no_tags))


def leads(session: Session) -> list[Recipient]:
    """Active leads, at most 200."""
    return _covering(session, Agent.is_lead.is_(True))


def _covering(session: Session, covers: ColumnElement[bool]) -> list[Recipient]:
    members = (
        select(Agent.host_id, Agent.name, Agent.email, switched_off_by(Agent.host_id))
        .where(
            Agent.active.is_(True),
            Agent.can_handle | Agent.is_lead,
            covers,
        )
        .order_by(Agent.pk)
        .limit(MAX_MEMBERS)
    )
    return [Recipient(host_id, name, email, refused_in(off)) for host_id, name, email, off in session.execute(members)]


def switched_off(session: Session, host_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """What each of these people switched off."""
    chosen = select(Preference.host_id, Preference.channel).where(
        Preference.host_id.in_(host_ids), Preference.wanted.is_(False)
    )
    off: dict[str, set[str]] = {host_id: set() for host_id in host_ids}
    for host_id, key in session.execute(chosen):
        off[host_id].add(key)
    return {host_id: frozenset(keys) for host_id, keys in off.items()}


def switched_off_by(host_id: Any) -> ColumnElement[str]:
    """A column for what somebody switched off; to be read by `refused_in`."""
    off = (Preference.host_id == host_id, Preference.wanted.is_(False))
    return select(func.aggregate_strings(Preference.channel, ",")).where(*off).scalar_subquery()


def refused_in(off: str | None) -> frozenset[str]:
    """The keys of what somebody switched off."""
    return frozenset(off.split(",") if off else ())
