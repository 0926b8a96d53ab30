"""Every right, who holds it, and the SQL that selects what somebody may see.

`visible_to` is the one rule of visibility; one ticket is checked by selecting it with this condition, never by loading
it and looking afterwards. Rights are those of this moment: `rights_of` is asked on every request, mail and link.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Executable, String, and_, cast, exists, false, or_, select, true

from .actors import Actor, Coverage, Person, Right, Side, Via
from .errors import NotAllowed
from .hooks import PermissionHook
from .i18n import gettext as _
from .models import Agent, AgentCoverage, Delivery, Draft, Macro, Message, Queue, SavedView, Ticket, TicketTag
from .stored_text import storable

log = logging.getLogger("flask_sgsupport.permissions")

COLUMN_OF: dict[Right, str] = {
    Right.HANDLE: "can_handle",
    Right.ASSIGN: "can_assign",
    Right.CLOSE: "can_close",
    Right.ALL_QUEUES: "sees_all_queues",
    Right.LEAD: "is_lead",
}
"""The column of an agent's row that grants each right."""


def rights_of(person: Person, granted: Iterable[Right], hooks: Iterable[PermissionHook]) -> frozenset[Right]:
    """The rights of a person now: what was granted, what the host adds, less what the host forbids.

    A lead holds every right. A hook that raises counts as forbidding: a broken guard opens no door.
    """
    if not person.active:
        return frozenset()
    held, forbidden = set(granted), set[Right]()
    for hook in hooks:
        for right in Right:
            try:
                answer = hook(person, right)
            except Exception:
                log.exception("The permission hook failed for %s; counted as forbidden", right)
                answer = False
            if answer is True:
                held.add(right)
            elif answer is False:
                forbidden.add(right)
    held -= forbidden
    return frozenset(set(Right) - forbidden if Right.LEAD in held else held)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Ticket` that selects what this actor may see."""
    match actor.side:
        case Side.CUSTOMER:
            accounts = [m.account_id for m in actor.person.accounts if m.may_use_support] if actor.person else []
            return and_(Ticket.account_id.in_(accounts), Ticket.account_removed_at.is_(None))
        case Side.AGENT:
            if Right.HANDLE not in actor.rights:
                return false()
            if sees_everything(actor):
                return true()
            reached = covered(actor.coverage)
            # An agent by the host's hook alone has no row: compared with nothing, every unassigned ticket were theirs.
            return reached if actor.agent_pk is None else or_(Ticket.assignee_pk == actor.agent_pk, reached)
        case Side.TIMER | Side.RULE:
            return true()
        case _:
            return false()


def covered(coverage: Coverage) -> ColumnElement[bool]:
    """The condition on `Ticket` that selects what this coverage reaches."""
    reached: list[ColumnElement[bool]] = []
    if coverage.queues:
        reached.append(Ticket.queue_pk.in_(coverage.queues))
    if coverage.categories:
        reached.append(Ticket.category_pk.in_(coverage.categories))
    if coverage.tags:
        reached.append(
            exists(select(TicketTag.tag).where(TicketTag.ticket_pk == Ticket.pk, TicketTag.tag.in_(coverage.tags)))
        )
    return or_(*reached) if reached else false()


def covering(*, queue_pk: Any, category_pk: Any, tags: Any) -> ColumnElement[bool]:
    """The condition on `Agent` that selects whose coverage reaches a ticket, told by values or by columns."""
    things = or_(
        (AgentCoverage.kind == "queue") & (AgentCoverage.value == cast(queue_pk, String(20))),
        (AgentCoverage.kind == "category") & (AgentCoverage.value == cast(category_pk, String(20))),
        (AgentCoverage.kind == "tag") & AgentCoverage.value.in_(tags),
    )
    return exists(select(AgentCoverage.value).where(AgentCoverage.agent_pk == Agent.pk, things))


def sees_everything(actor: Actor) -> bool:
    """Whether no queue is closed to this agent."""
    return Right.ALL_QUEUES in actor.rights or Right.LEAD in actor.rights


def queues_visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Queue` that selects the queues an agent may look into."""
    if actor.side is not Side.AGENT or Right.HANDLE not in actor.rights:
        return false()
    return true() if sees_everything(actor) else Queue.pk.in_(actor.coverage.queues)


def messages_visible_to(actor: Actor, message: type[Message] = Message) -> ColumnElement[bool]:
    """The condition on `Message`, or an alias of it: a customer never selects a note."""
    return true() if actor.side is not Side.CUSTOMER else message.public.is_(true())


def macros_offered_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Macro` that selects those an agent may use: everybody's, and their own."""
    if actor.side is not Side.AGENT or Right.HANDLE not in actor.rights:
        return false()
    return or_(Macro.owner_pk.is_(None), _own_macros(actor))


def macros_kept_by(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Macro` that selects those an agent may change: their own; for a lead everybody's, too."""
    leads = actor.side is Side.AGENT and Right.LEAD in actor.rights
    return or_(Macro.owner_pk.is_(None), _own_macros(actor)) if leads else _own_macros(actor)


def require_macro_keeper(actor: Actor, *, shared: bool) -> None:
    """Let whoever may make a macro pass: a lead for everybody, an agent for themselves.

    :raises NotAllowed: the sentence says what is missing.
    """
    right = Right.LEAD if shared else Right.HANDLE
    if actor.side is not Side.AGENT or right not in actor.rights:
        raise NotAllowed(missing(right))
    if not shared and actor.agent_pk is None:
        raise NotAllowed(_("Only an agent keeps macros. A support lead can make you one under Support → Agents."))


def _own_macros(actor: Actor) -> ColumnElement[bool]:
    # Compared with nothing, everybody's were the own ones of an agent without a row.
    own = actor.side is Side.AGENT and Right.HANDLE in actor.rights and actor.agent_pk is not None
    return Macro.owner_pk == actor.agent_pk if own else false()


def saved_views_shown_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `SavedView` that selects those an agent may open: shared ones, and their own."""
    if actor.side is not Side.AGENT or Right.HANDLE not in actor.rights:
        return false()
    return or_(SavedView.shared.is_(True), _own_views(actor))


def saved_views_kept_by(actor: Actor) -> ColumnElement[bool]:
    """The condition on `SavedView` that selects those an agent may change: their own; for a lead shared ones, too."""
    leads = actor.side is Side.AGENT and Right.LEAD in actor.rights
    return or_(SavedView.shared.is_(True), _own_views(actor)) if leads else _own_views(actor)


def may_keep_views(actor: Actor) -> bool:
    """Whether somebody may save views: they are kept by an agent's row."""
    return actor.side is Side.AGENT and Right.HANDLE in actor.rights and actor.agent_pk is not None


def require_view_keeper(actor: Actor) -> None:
    """Let whoever may save a view pass.

    :raises NotAllowed: the sentence says what is missing.
    """
    if actor.side is not Side.AGENT or Right.HANDLE not in actor.rights:
        raise NotAllowed(missing(Right.HANDLE))
    if actor.agent_pk is None:
        raise NotAllowed(_("Only an agent keeps views. A support lead can make you one under Support → Agents."))


def _own_views(actor: Actor) -> ColumnElement[bool]:
    return SavedView.owner_pk == actor.agent_pk if may_keep_views(actor) else false()


def require_follower_keeper(actor: Actor) -> None:
    """Let whoever says who follows a ticket pass; that they see it, its loading has asked.

    :raises NotAllowed: the sentence says what is missing.
    """
    if actor.side is not Side.AGENT or Right.HANDLE not in actor.rights:
        raise NotAllowed(missing(Right.HANDLE))


def why_no_follower(actor: Actor, requester_id: str) -> str:
    """Why somebody of the customer's side does not follow a ticket; empty where they may. That they see it, is asked.

    :param requester_id: of the ticket.
    """
    person = actor.person
    if actor.side is not Side.CUSTOMER or person is None:
        return _("Only the requester’s colleagues follow a ticket here.")
    if person.acting is not None:
        return _("Only %(name)s can choose this.", name=person.display_name)
    if person.id == requester_id:
        return _("You asked for help in this ticket, so you are told of it anyway.")
    return ""


def require_colleague(actor: Actor, requester_id: str) -> Person:
    """Whoever may follow a ticket on the customer's side; that they see it, its loading has asked.

    :raises NotAllowed: the sentence says why not.
    """
    why, person = why_no_follower(actor, requester_id), actor.person
    if why or person is None:
        raise NotAllowed(why)
    return person


def sees_agents(actor: Actor) -> bool:
    """Whether somebody reads the figures of colleagues: they are a lead's."""
    return actor.side is Side.AGENT and Right.LEAD in actor.rights


def reads_figures_of(actor: Actor, host_id: str) -> bool:
    """Whether somebody reads the figures of an agent: of themselves, and of all together.

    :param host_id: empty is no agent in particular.
    """
    own = actor.person is not None and actor.person.id == host_id
    return not host_id or own or sees_agents(actor)


def not_of_colleagues() -> str:
    """The sentence for whoever asks for a colleague's figures without being a lead."""
    return _("Only support leads read the figures of colleagues.")


def deliveries_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Delivery` that selects a person's own in-app notifications of one side."""
    if actor.person is None:
        return false()
    return and_(Delivery.channel == "bell", Delivery.recipient_id == actor.person.id, Delivery.side == str(actor.side))


def drafts_of(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Draft` that selects an agent's own; whoever acts as somebody else keeps and reads none."""
    if actor.side is not Side.AGENT or actor.person is None or actor.person.acting is not None:
        return false()
    return Draft.host_id == actor.person.id


def require(actor: Actor, right: Right) -> None:
    """Let an agent with that right pass.

    :raises NotAllowed: the sentence says which right is missing and who grants it.
    """
    if actor.side is Side.AGENT and right not in actor.rights:
        raise NotAllowed(missing(right))


def missing(right: Right) -> str:
    """The sentence for an agent without a right."""
    return _(
        "You lack the permission “%(right)s”. A support lead or an Owner can grant it under Support → Agents.",
        right=right_label(right),
    )


def no_agent(actor: Actor) -> str:
    """The sentence on somebody who may not work on tickets at all."""
    return _(
        "%(name)s lacks the permission “%(right)s”. A support lead or an Owner can grant it under Support → Agents.",
        name=actor.name,
        right=right_label(Right.HANDLE),
    )


def right_label(right: Right) -> str:
    """The name of a right on the Agents page."""
    return {
        Right.HANDLE: _("Handle tickets"),
        Right.ASSIGN: _("Assign tickets"),
        Right.CLOSE: _("Close tickets"),
        Right.ALL_QUEUES: _("See all queues"),
        Right.LEAD: _("Support lead"),
    }[right]


def granted_to(agent: Agent) -> frozenset[Right]:
    """The rights written in an agent's row."""
    return (
        frozenset(right for right, column in COLUMN_OF.items() if getattr(agent, column))
        if agent.active
        else frozenset()
    )


def agent_select(host_ids: Iterable[str]) -> Executable:
    """Agents with what they cover, a row for each thing covered; to be read by `agent_actors`."""
    return select(Agent, AgentCoverage).outerjoin(AgentCoverage).where(Agent.host_id.in_(tuple(host_ids)))


def agent_actors(
    rows: Iterable[tuple[Agent, AgentCoverage | None]],
    people: Mapping[str, Person],
    via: Via,
    hooks: Sequence[PermissionHook],
) -> dict[str, Actor]:
    """Actors by the host's id, from the rows of `agent_select` and what the directory says of these people now."""
    agents: dict[str, Agent] = {}
    covered_things: dict[str, list[AgentCoverage]] = {}
    for agent, thing in rows:
        agents[agent.host_id] = agent
        if thing is not None:
            covered_things.setdefault(agent.host_id, []).append(thing)
    return {
        host_id: agent_actor(person, agents.get(host_id), covered_things.get(host_id, ()), via, hooks)
        for host_id, person in people.items()
    }


def public_name_of(person: Person) -> str:
    """What customers see of an agent whose public name nobody chose: never an address."""
    name = " ".join(storable(person.name).split())
    return name if name and "@" not in name else _("Support")


def agent_actor(
    person: Person, agent: Agent | None, things: Iterable[AgentCoverage], via: Via, hooks: Sequence[PermissionHook]
) -> Actor:
    """A person as an agent, with the rights of this moment; without any right they see nothing."""
    held: dict[str, set[str]] = {"queue": set(), "category": set(), "tag": set()}
    for thing in things:
        held[thing.kind].add(thing.value)
    granted = granted_to(agent) if agent else frozenset()
    return Actor(
        side=Side.AGENT,
        via=via,
        person=person,
        agent_pk=agent.pk if agent else None,
        public_name=agent.public_name if agent else public_name_of(person),
        rights=rights_of(person, granted, hooks),
        granted=granted,
        coverage=Coverage(
            queues=frozenset(int(v) for v in held["queue"]),
            categories=frozenset(int(v) for v in held["category"]),
            tags=frozenset(held["tag"]),
        ),
        available=agent.available if agent else True,
    )


def customer_actor(person: Person, account_id: str | None, via: Via) -> Actor:
    """A person as an operator working in one account.

    :param account_id: ``None`` takes the first account with support access.
    :raises NotAllowed: switched off, not of that account, or without support access there.
    """
    memberships = [
        m for m in person.accounts if m.may_use_support and (account_id is None or m.account_id == account_id)
    ]
    if not person.active or not memberships:
        raise NotAllowed(_("You have no access to support here. An owner of your account can grant it."))
    return Actor(
        side=Side.CUSTOMER,
        via=via,
        person=person,
        account_id=memberships[0].account_id,
        public_name=person.display_name,
    )
