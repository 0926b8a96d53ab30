"""Before two tickets become one: what may be chosen, and both side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from ..actors import Actor
from ..errors import NotFound
from ..i18n import gettext as _
from ..lifecycle import Act, Status, brought_by, consider
from ..models import Agent, Message, Queue, Ticket
from ..permissions import visible_to
from ..safe_html import excerpt
from ..settings import state
from .choices import BIND
from .facts import FACT_COLUMNS, facts_of
from .inbox import find_number, shown_state, state_label

OFFERED = 20
"""So many of the account's other tickets are offered; any other is named by its number."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as the page that asks once more shows it.

    :param said: the beginning of what its customer said last.
    :param messages: how many messages its customer sees.
    """

    ticket_id: str
    subject: str
    state: str
    state_label: str
    account_id: str
    account: str
    requester_id: str
    requester: str
    queue: str
    assignee: str
    created_at: datetime
    updated_at: datetime
    messages: int
    said: str


@dataclass(frozen=True, slots=True)
class Choosing:
    """A ticket that is to be merged, and those of its account it may go into."""

    source: Side
    offered: Sequence[Side]


@dataclass(frozen=True, slots=True)
class Confirming:
    """Both tickets, and why they cannot be merged; empty where they can.

    :param other: number of a ticket with which it is possible.
    """

    source: Side
    target: Side
    refusal: str
    other: str

    @property
    def other_requester(self) -> bool:
        """Whether whoever asked in the one is not who gets the answers of the other."""
        return self.source.requester_id != self.target.requester_id


def choosing(actor: Actor, ticket_id: str) -> Choosing:
    """What a ticket may be merged into: tickets of its account that are not closed, last changed first.

    :raises NotFound: no such ticket for this agent.
    """
    source, __ = _of(actor, ticket_id)[ticket_id]
    wanted = _columns().where(
        visible_to(actor),
        Ticket.account_id == source.account_id,
        Ticket.ticket_id != ticket_id,
        Ticket.status != Status.CLOSED,
        Ticket.filtered_reason.is_(None),
        Ticket.merged_into_id.is_(None),
    )
    wanted = wanted.order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc()).limit(OFFERED)
    return Choosing(source, [_side(row) for row in state().db.session.execute(wanted, bind_arguments=BIND)])


def confirming(actor: Actor, ticket_id: str, typed: str) -> Confirming | None:
    """Both tickets, as they are now; ``None`` where the agent sees none of the number that was typed.

    :raises NotFound: no such ticket for this agent.
    """
    number = find_number(actor, typed)
    found = _of(actor, ticket_id, number or "")
    if number is None:
        return None
    (source, row), (target, other) = found[ticket_id], found[number]
    refusal, goes_on = _refusal(actor, row, other)
    return Confirming(source, target, refusal, goes_on)


def _refusal(actor: Actor, source: Any, target: Any) -> tuple[str, str]:
    """Why not, and the ticket with which it is possible instead."""
    if source.ticket_id == target.ticket_id:
        return _("A ticket cannot be merged into itself. Choose another."), ""
    if source.account_id != target.account_id:
        return _(
            "%(ticket)s is another account's. Only tickets of one account can be merged.", ticket=target.ticket_id
        ), ""
    merged = facts_of(source)
    outcome = consider(Act.MERGE, merged, actor)
    if isinstance(outcome, str):
        return outcome, ""
    brings = brought_by(merged, addressed=source.addressed)
    outcome = consider(Act.RECEIVE, facts_of(target, **brings), actor)
    if isinstance(outcome, str):
        return f"{target.ticket_id}: {outcome}", target.merged_into_id or ""
    return "", ""


def _of(actor: Actor, ticket_id: str, *others: str) -> dict[str, tuple[Side, Any]]:
    wanted = _columns().where(Ticket.ticket_id.in_({ticket_id, *others}), visible_to(actor))
    found = {row.ticket_id: (_side(row), row) for row in state().db.session.execute(wanted, bind_arguments=BIND)}
    if ticket_id not in found:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    return found


def _columns() -> Any:
    public = (Message.ticket_pk == Ticket.pk, Message.public.is_(True))
    messages = select(func.count()).select_from(Message).where(*public).correlate(Ticket)
    said = select(func.substr(Message.body, 1, 400)).where(*public, Message.kind.in_(("description", "follow-up")))
    said = said.order_by(Message.pk.desc()).limit(1).correlate(Ticket)
    wanted = select(
        *FACT_COLUMNS,
        Ticket.ticket_id,
        Ticket.subject,
        Ticket.account_id,
        Ticket.account_name,
        Ticket.requester_id,
        Ticket.requester_name,
        Ticket.waiting_on,
        Ticket.addressed,
        Ticket.assignee_pk,
        Ticket.created_at,
        Ticket.updated_at,
        Queue.name.label("queue"),
        Agent.name.label("assignee"),
        messages.scalar_subquery().label("messages"),
        said.scalar_subquery().label("said"),
    )
    wanted = wanted.select_from(Ticket).join(Queue, Queue.pk == Ticket.queue_pk)
    return wanted.outerjoin(Agent, Agent.pk == Ticket.assignee_pk)


def _side(row: Any) -> Side:
    shown = shown_state(row)
    return Side(
        ticket_id=row.ticket_id,
        subject=row.subject,
        state=shown,
        state_label=state_label(shown),
        account_id=row.account_id,
        account=row.account_name,
        requester_id=row.requester_id,
        requester=row.requester_name,
        queue=row.queue,
        assignee=row.assignee or "",
        created_at=row.created_at,
        updated_at=row.updated_at,
        messages=row.messages,
        said=str(excerpt(row.said or "", 280)),
    )
