"""Claim, assign, unassign: one wins, the other is told who."""

from __future__ import annotations

from ..actors import Actor, Right
from ..errors import InvalidInput, NotAllowed, StaleTicket
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import Agent
from ..permissions import require
from .crossing import check_listed
from .holding import may_work_on, set_assignee
from .standing import ask_about
from .transaction import run
from .unit import Loaded, Unit, load


def claim(ticket_id: str, actor: Actor, *, listed: int | None = None) -> None:
    """Assign an unassigned ticket to the actor: "Assign to me". Doing it twice changes nothing.

    :param listed: its version in the list it was chosen from, see `check_listed`.
    :raises StaleTicket: a colleague has it; the sentence names who.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        require(actor, Right.ASSIGN)
        decide(Act.ASSIGN, loaded.facts(unit), actor)
        if loaded.assignee is not None and loaded.assignee.pk != actor.agent_pk:
            raise StaleTicket(
                _("%(name)s has it already. If it is to be yours, assign it to yourself.", name=loaded.assignee.name)
            )
        if loaded.me is None or not loaded.me.active:
            raise NotAllowed(
                _("Only an agent can take a ticket. A support lead can make you one under Support → Agents.")
            )
        check_listed(unit, loaded.ticket, listed)
        _change(unit, loaded, loaded.me)

    run(actor, write)


def assign(ticket_id: str, actor: Actor, agent_id: str, *, seen: str | None = None, listed: int | None = None) -> bool:
    """Give the ticket to another agent.

    :param agent_id: the host's id of the agent.
    :param seen: host id of the assignee the person saw, "" for nobody; another one now is a conflict, unless it is
        the one that is wanted.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :return: whether somebody else had it, or nobody.
    :raises InvalidInput: that agent does not cover the ticket.
    :raises StaleTicket: somebody else has assigned it in the meantime.
    """

    def write(unit: Unit) -> bool:
        unit.standings[agent_id] = asked
        loaded = load(unit, ticket_id, candidate=agent_id)
        before = loaded.assignee
        check_listed(unit, loaded.ticket, listed, assigns=_who_has(loaded) != agent_id)
        change_assignee(unit, loaded, agent_id, seen=seen)
        return loaded.assignee is not before

    asked = ask_about(agent_id)
    return run(actor, write)


def unassign(ticket_id: str, actor: Actor, *, seen: str | None = None, listed: int | None = None) -> None:
    """Take the assignee off; the ticket goes back to its queue."""

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        check_listed(unit, loaded.ticket, listed, assigns=loaded.assignee is not None)
        change_assignee(unit, loaded, "", seen=seen)

    run(actor, write)


def change_assignee(unit: Unit, loaded: Loaded, agent_id: str, *, seen: str | None = None) -> None:
    """Assign or, with an empty id, unassign, inside a unit of work; ``loaded`` has the agent as its candidate."""
    _change(unit, loaded, assignee_for(unit, loaded, agent_id, seen=seen))


def assignee_for(unit: Unit, loaded: Loaded, agent_id: str, *, seen: str | None = None) -> Agent | None:
    """Whom the ticket is to be given, decided; nothing is written.

    :raises InvalidInput: that agent does not cover the ticket.
    :raises StaleTicket: somebody else has assigned it in the meantime.
    """
    require(unit.actor, Right.ASSIGN)
    decide(Act.ASSIGN, loaded.facts(unit), unit.actor)
    now = _who_has(loaded)
    if seen is not None and seen != now and now != agent_id:
        who = loaded.assignee.name if loaded.assignee else _("nobody")
        raise StaleTicket(_("Somebody was faster: it is assigned to %(name)s now.", name=who))
    if not agent_id:
        return None
    agent = loaded.candidate
    if agent is None or not may_work_on(unit, agent, covers=agent.pk in loaded.reaching):
        raise InvalidInput({"assignee": _why_not(unit, agent_id)})
    return agent


def _who_has(loaded: Loaded) -> str:
    return loaded.assignee.host_id if loaded.assignee else ""


def _why_not(unit: Unit, agent_id: str) -> str:
    standing = unit.standing(agent_id)
    if standing is None or not standing.person.active:
        return _("This agent is switched off in the app, or no longer known there. Choose another.")
    return _("This agent does not cover the ticket's queue. Choose another, or move the ticket first.")


def _change(unit: Unit, loaded: Loaded, agent: Agent | None) -> None:
    old = loaded.assignee
    if (old.pk if old else None) == (agent.pk if agent else None):
        return
    set_assignee(unit, loaded, agent)
    if old is None:
        unit.sees_to(loaded)
    unit.notify(
        loaded, ("assigned_staff", "unassigned_staff"), people=unit.people(loaded, old_assignee=old, new_assignee=agent)
    )
