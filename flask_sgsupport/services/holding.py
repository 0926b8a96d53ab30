"""Who has a ticket, and may have it; written with its history and signal. Rights, guards and notices are others'."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Right
from ..models import Agent, TicketTag
from ..permissions import agent_actor, covering, sees_everything
from .unit import Loaded, Unit, agent_address


def touch(unit: Unit, loaded: Loaded, *, customer_sees: bool = True) -> None:
    """Stamp the last update; the customer's own stamp only for what a customer may know of."""
    loaded.ticket.updated_at = unit.now
    if customer_sees:
        loaded.ticket.customer_updated_at = unit.now


def set_assignee(unit: Unit, loaded: Loaded, agent: Agent | None, *, by: Actor | None = None) -> None:
    """Write another assignee, its history and signal. Rights, guards and notices are the caller's.

    :param by: whose doing it was, where that is not this actor.
    """
    old = loaded.assignee
    payload = _assigned(unit, loaded, old, agent)
    unit.ask(signals.before_ticket_assigned, payload)
    loaded.ticket.assignee_pk = agent.pk if agent else None
    loaded.assignee = agent
    touch(unit, loaded, customer_sees=False)
    unit.record(
        loaded.ticket,
        "assignee.changed",
        field="assignee",
        old_person_pk=old.person_pk if old else None,
        new_person_pk=agent.person_pk if agent else None,
        by=by,
    )
    unit.tell(signals.ticket_assigned, _assigned(unit, loaded, old, agent))


def still_works_on(unit: Unit, loaded: Loaded, agent: Agent) -> bool:
    """Whether this agent may work on the ticket where this act has changed what it is about."""
    return may_work_on(unit, agent, covers=agent.pk in _reaching(unit, loaded, [agent]))


def reach_again(unit: Unit, loaded: Loaded) -> None:
    """Ask again whose coverage reaches the ticket, where the same act goes on after it was changed."""
    loaded.reaching = _reaching(unit, loaded, [one for one in (loaded.assignee, loaded.candidate) if one is not None])


def may_work_on(unit: Unit, agent: Agent, *, covers: bool) -> bool:
    """Whether this agent is active, may handle tickets, and covers a ticket or sees everything."""
    standing = unit.standing(agent.host_id)
    if standing is None or not agent.active:
        return False
    them = agent_actor(standing.person, agent, (), unit.actor.via, (standing.as_hook,))
    return Right.HANDLE in them.rights and (covers or sees_everything(them))


def _reaching(unit: Unit, loaded: Loaded, agents: Sequence[Agent]) -> Collection[int]:
    ticket = loaded.ticket
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    reached = covering(queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags)
    return set(unit.session.scalars(select(Agent.pk).where(Agent.pk.in_([one.pk for one in agents]), reached)))


def _assigned(unit: Unit, loaded: Loaded, old: Agent | None, new: Agent | None) -> signals.TicketAssigned:
    return signals.TicketAssigned(
        ticket=loaded.record(),
        assigned_from=agent_address(old),
        assigned_to=agent_address(new),
        envelope=loaded.envelope(unit),
    )
