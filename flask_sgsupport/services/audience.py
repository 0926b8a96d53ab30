"""Whom a notice reaches beside those a ticket names: who covers it, and what each of them wants to be told in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.orm import Session

from ..models import Agent, Preference, Ticket, TicketTag
from ..notifications import Recipient
from ..permissions import covering


class LazyMembers(Sequence[Recipient]):
    """The members of a ticket's queue, read only when a notice goes to them."""

    def __init__(self, session: Session, ticket: Ticket) -> None:
        self._session, self._ticket, self._rows = session, ticket, list[Recipient]()
        self._read = False

    def _members(self) -> list[Recipient]:
        if not self._read:
            self._rows, self._read = queue_members(self._session, self._ticket), True
        return self._rows

    def __len__(self) -> int:
        return len(self._members())

    def __getitem__(self, index: Any) -> Any:
        return self._members()[index]


MAX_MEMBERS = 200


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


def _covering(session: Session, covers: ColumnElement[bool]) -> list[Recipient]:
    members = (
        select(Agent.host_id, Agent.name, Agent.email, Preference.channel, Preference.wanted)
        .outerjoin(Preference, Preference.host_id == Agent.host_id)
        .where(
            Agent.active.is_(True),
            Agent.can_handle | Agent.is_lead,
            covers,
        )
        .order_by(Agent.pk)
        .limit(MAX_MEMBERS * 2)
    )
    found: dict[str, Recipient] = {}
    for host_id, name, email, channel, wanted in session.execute(members):
        before = found.get(host_id)
        refused = (before.refused if before else frozenset()) | ({channel} if channel and not wanted else set())
        found[host_id] = Recipient(host_id, name, email, frozenset(refused))
    return list(found.values())


def switched_off(session: Session, host_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The channels each of these people switched off."""
    chosen = select(Preference.host_id, Preference.channel).where(
        Preference.host_id.in_(host_ids), Preference.wanted.is_(False)
    )
    off: dict[str, set[str]] = {host_id: set() for host_id in host_ids}
    for host_id, channel in session.execute(chosen):
        off[host_id].add(channel)
    return {host_id: frozenset(channels) for host_id, channels in off.items()}
