"""Claim, assign, unassign: one wins, the other is told who."""

from __future__ import annotations

from sqlalchemy import select

from ..actors import Actor, Right
from ..errors import InvalidInput, NotAllowed, StaleTicket
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import Agent, AgentCoverage
from ..permissions import require
from .standing import ask_about
from .status import set_assignee, would_cover
from .transaction import Loaded, Unit, load, refused_in, run, wishes


def claim(ticket_id: str, actor: Actor) -> None:
    """Assign an unassigned ticket to the actor: "Assign to me". Doing it twice changes nothing.

    :raises StaleTicket: a colleague has it; the sentence names who.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        require(actor, Right.ASSIGN)
        decide(Act.ASSIGN, loaded.facts(unit), actor)
        if loaded.assignee is not None and loaded.assignee.pk != actor.agent_pk:
            raise StaleTicket(
                _("%(name)s has it already. Unassign first if it is to be yours.", name=loaded.assignee.name)
            )
        if loaded.me is None:
            raise NotAllowed(
                _("Only an agent can take a ticket. A support lead can make you one under Support → Agents.")
            )
        _change(unit, loaded, loaded.me)

    run(actor, write)


def assign(ticket_id: str, actor: Actor, agent_id: str, *, seen: str | None = None) -> None:
    """Give the ticket to another agent.

    :param agent_id: the host's id of the agent.
    :param seen: host id of the assignee the person saw, "" for nobody; another one now is a conflict.
    :raises InvalidInput: that agent does not cover the ticket.
    :raises StaleTicket: somebody else has assigned it in the meantime.
    """

    def write(unit: Unit) -> None:
        unit.standings[agent_id] = asked
        change_assignee(unit, load(unit, ticket_id), agent_id, seen=seen)

    asked = ask_about(agent_id)
    run(actor, write)


def unassign(ticket_id: str, actor: Actor, *, seen: str | None = None) -> None:
    """Take the assignee off; the ticket goes back to its queue."""
    run(actor, lambda unit: change_assignee(unit, load(unit, ticket_id), "", seen=seen))


def change_assignee(unit: Unit, loaded: Loaded, agent_id: str, *, seen: str | None = None) -> None:
    """Assign or, with an empty id, unassign, inside a unit of work."""
    require(unit.actor, Right.ASSIGN)
    decide(Act.ASSIGN, loaded.facts(unit), unit.actor)
    now = loaded.assignee.host_id if loaded.assignee else ""
    if seen is not None and seen != now:
        who = loaded.assignee.name if loaded.assignee else _("nobody")
        raise StaleTicket(_("Somebody was faster: it is assigned to %(name)s now.", name=who))
    if not agent_id:
        _change(unit, loaded, None)
        return
    agent = _who_covers(unit, loaded, agent_id)
    if agent is None:
        raise InvalidInput(
            {"assignee": _("This agent does not cover the ticket's queue. Choose another, or move the ticket first.")}
        )
    _change(unit, loaded, agent)


def _who_covers(unit: Unit, loaded: Loaded, agent_id: str) -> Agent | None:
    """The agent, if they may work on the ticket; coverage and wishes are read with them."""
    wanted = (
        select(Agent, AgentCoverage, *wishes(Agent.host_id))
        .outerjoin(AgentCoverage, AgentCoverage.agent_pk == Agent.pk)
        .where(Agent.host_id == agent_id, Agent.active.is_(True))
    )
    rows = unit.session.execute(wanted).all()
    if not rows or not would_cover(unit, loaded, rows[0][0], [row[1] for row in rows if row[1] is not None]):
        return None
    agent: Agent = rows[0][0]
    loaded.refused[agent.host_id] = refused_in(rows[0][2:])
    return agent


def _change(unit: Unit, loaded: Loaded, agent: Agent | None) -> None:
    old = loaded.assignee
    if (old.pk if old else None) == (agent.pk if agent else None):
        return
    set_assignee(unit, loaded, agent)
    unit.notify(
        loaded, ("assigned_staff", "unassigned_staff"), people=unit.people(loaded, old_assignee=old, new_assignee=agent)
    )
