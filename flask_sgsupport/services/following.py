"""Follow a ticket: an agent is told of it as its assignee is, without having it; a colleague may say so for them.

Of the customer's side, colleagues of the requester are told what the requester is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import delete

from ..actors import Actor, Person, Side
from ..errors import InvalidInput, NotAllowed, TransitionRefused
from ..i18n import gettext as _
from ..models import Agent, CustomerFollower, Follower
from ..notifications import Recipient
from ..permissions import require_colleague, require_follower_keeper
from .audience import MAX_FOLLOWERS
from .holding import may_work_on, touch
from .inserting import insert_missing
from .standing import ask_about
from .transaction import run
from .unit import Loaded, Unit, load


def follow(ticket_id: str, actor: Actor) -> bool:
    """Tell an agent from now on what its assignee is told, or a colleague of the requester what they are told.

    Doing it twice changes nothing.

    :return: whether they did not follow it before.
    :raises NotAllowed: not an agent with a row of their own; of the customer's side the requester, or an impersonator.
    :raises InvalidInput: too many follow it already.
    :raises TransitionRefused: for customers it has become a part of another.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        if actor.side is Side.CUSTOMER:
            return _add_colleague(unit, loaded, _colleague_of(actor, loaded))
        return _add(unit, loaded, _agent_of(actor, loaded.me))

    return run(actor, write)


def unfollow(ticket_id: str, actor: Actor) -> bool:
    """Tell an agent, or a colleague of the requester, no more than anybody else. Doing it twice changes nothing.

    :return: whether they followed it before.
    :raises NotAllowed, TransitionRefused: as `follow` does.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        if actor.side is Side.CUSTOMER:
            return _remove_colleague(unit, loaded, _colleague_of(actor, loaded))
        return _remove(unit, loaded, _agent_of(actor, loaded.me))

    return run(actor, write)


def add_follower(ticket_id: str, actor: Actor, agent_id: str) -> bool:
    """Tell a colleague from now on what its assignee is told; they learn who said so. Twice changes nothing.

    :param agent_id: the host's id of an agent who sees the ticket.
    :return: whether they did not follow it before.
    :raises NotAllowed: whoever asks may not handle tickets.
    :raises InvalidInput: field ``follower``: no agent who sees it, or too many follow it already.
    """

    def write(unit: Unit) -> bool:
        unit.standings[agent_id] = asked
        loaded = load(unit, ticket_id, candidate=agent_id)
        require_follower_keeper(actor)
        agent = loaded.candidate
        if agent is None or not may_work_on(unit, agent, covers=agent.pk in loaded.reaching):
            raise InvalidInput({"follower": _("This agent does not see the ticket. Choose another.")})
        if not _add(unit, loaded, agent):
            return False
        added = Recipient(agent.host_id, agent.name, agent.email, loaded.refused.get(agent.host_id, frozenset()))
        unit.notify(loaded, ("follower_added_staff",), people=replace(unit.people(loaded), added=added))
        return True

    asked = ask_about(agent_id)
    return run(actor, write)


def remove_follower(ticket_id: str, actor: Actor, agent_id: str) -> bool:
    """Tell a colleague no more than anybody else. Doing it twice changes nothing.

    :return: whether they followed it before.
    :raises NotAllowed: whoever asks may not handle tickets.
    """

    def write(unit: Unit) -> bool:
        loaded = load(unit, ticket_id)
        require_follower_keeper(actor)
        agent = next((one for one in loaded.followers if one.host_id == agent_id), None)
        return agent is not None and _remove(unit, loaded, agent)

    return run(actor, write)


def _add(unit: Unit, loaded: Loaded, agent: Agent) -> bool:
    if agent.pk in {one.pk for one in loaded.followers}:
        return False
    if len(loaded.followers) >= MAX_FOLLOWERS:
        too_many = _("%(count)s agents follow this ticket; more cannot.", count=MAX_FOLLOWERS)
        raise InvalidInput({"follower": too_many})
    insert_missing(
        unit.session, Follower, [{"ticket_pk": loaded.ticket.pk, "agent_pk": agent.pk, "since_at": unit.now}]
    )
    _record(unit, loaded, agent.host_id, new_person_pk=agent.person_pk)
    return True


def _remove(unit: Unit, loaded: Loaded, agent: Agent) -> bool:
    if agent.pk not in {one.pk for one in loaded.followers}:
        return False
    gone = delete(Follower).where(Follower.ticket_pk == loaded.ticket.pk, Follower.agent_pk == agent.pk)
    unit.session.execute(gone, execution_options={"synchronize_session": False})
    _record(unit, loaded, agent.host_id, old_person_pk=agent.person_pk)
    return True


def _add_colleague(unit: Unit, loaded: Loaded, person: Person) -> bool:
    if person.id in {one.id for one in loaded.colleagues}:
        return False
    if len(loaded.colleagues) >= MAX_FOLLOWERS:
        raise InvalidInput({"follower": _("%(count)s of you follow this ticket; more cannot.", count=MAX_FOLLOWERS)})
    person_pk = unit.person_pk(person)
    row = {"ticket_pk": loaded.ticket.pk, "host_id": person.id, "person_pk": person_pk, "since_at": unit.now}
    insert_missing(unit.session, CustomerFollower, [row])
    _record(unit, loaded, person.id, new_person_pk=person_pk, customer=True)
    return True


def _remove_colleague(unit: Unit, loaded: Loaded, person: Person) -> bool:
    if person.id not in {one.id for one in loaded.colleagues}:
        return False
    theirs = CustomerFollower.ticket_pk == loaded.ticket.pk, CustomerFollower.host_id == person.id
    unit.session.execute(delete(CustomerFollower).where(*theirs), execution_options={"synchronize_session": False})
    _record(unit, loaded, person.id, old_person_pk=unit.person_pk(person), customer=True)
    return True


def _colleague_of(actor: Actor, loaded: Loaded) -> Person:
    ticket = loaded.ticket
    person = require_colleague(actor, ticket.requester_id)
    if ticket.merged_into_id is not None:
        here = _("This ticket is a part of %(ticket)s now. Follow that one.", ticket=ticket.merged_into_id)
        raise TransitionRefused(here, merged_into=ticket.merged_into_id)
    return person


def _record(unit: Unit, loaded: Loaded, host_id: str, **said: Any) -> None:
    touch(unit, loaded, customer_sees=False)
    who = unit.actor.person
    if who is None or who.id != host_id:
        said["by_another"] = True
    unit.record(loaded.ticket, "follower.changed", field="follower", **said)


def _agent_of(actor: Actor, me: Agent | None) -> Agent:
    require_follower_keeper(actor)
    if me is None:
        raise NotAllowed(
            _("Only an agent can follow a ticket. A support lead can make you one under Support → Agents.")
        )
    return me
