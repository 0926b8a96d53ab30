"""Change the status: the one place where a transition is written, and the verbs that are nothing but a transition."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Right, Side
from ..lifecycle import (
    TURN_ON_LAST_WORD,
    TURN_ON_REACHING,
    Act,
    Cause,
    Facts,
    Status,
    Transition,
    change_to,
    decide,
    read_status,
)
from ..models import Agent, Message, PersonRecord, Ticket, TicketTag
from ..models.reaching import notice_undelivered, notice_under_way
from ..notifications import BY_NAME
from ..payloads import transition_record
from ..permissions import agent_actor, covering, require, sees_everything, visible_to
from .crossing import check_version
from .standing import Standings, ask_about
from .transaction import read_before, run
from .unit import Loaded, Names, Unit, agent_address, load

OURS = ("internal-note", "public-reply")
"""Kinds of messages the support team writes in a conversation."""


def set_status(ticket_id: str, actor: Actor, status: Status, *, version: int | None = None, reason: str = "") -> None:
    """Choose another status in the dropdown.

    :param version: the version of the ticket the person saw.
    :raises InvalidInput: there is no such status.
    :raises TransitionRefused: there is no such way now; the sentence says which ways there are.
    :raises StaleTicket: somebody changed the status in the meantime.
    """
    wanted = read_status(status)

    def write(unit: Unit) -> None:
        unit.standings |= asked
        loaded = load(unit, ticket_id, said=_last_word())
        check_version(unit, loaded.ticket, version, ("status",))
        act = change_to(wanted, loaded.facts(unit))
        move(unit, loaded, act, reason=reason, support_spoke_last=loaded.said in OURS)

    asked = ask_about_assignee(ticket_id, actor)
    run(actor, write)


def reopen(ticket_id: str, actor: Actor, *, reason: str = "") -> str:
    """Open a closed ticket again; customer and assignee are told. Rules L14 and L15.

    :returns: the host's id of its assignee by then; empty for nobody.
    """

    def write(unit: Unit) -> str:
        unit.standings |= asked
        loaded = load(unit, ticket_id)
        move(unit, loaded, Act.REOPEN, reason=reason)
        return loaded.assignee.host_id if loaded.assignee else ""

    asked = ask_about_assignee(ticket_id, actor)
    return run(actor, write)


def withdraw(ticket_id: str, actor: Actor) -> None:
    """The customer no longer needs help: through resolved to closed in one go. Rule L18."""
    run(actor, lambda unit: move(unit, load(unit, ticket_id), Act.WITHDRAW))


def ask_about_assignee(ticket_id: str, actor: Actor, *, if_over: bool = True) -> Standings:
    """What the host says of a ticket's assignee, for an act that may free the ticket of them.

    :param if_over: only where the ticket is resolved or closed, so that the act may open it again.
    """
    assigned = select(Agent.host_id).join(Ticket, Ticket.assignee_pk == Agent.pk)
    assigned = assigned.where(Ticket.ticket_id == ticket_id, visible_to(actor))
    if if_over:
        assigned = assigned.where(Ticket.resolved_at.is_not(None))
    host_id: str | None = read_before(actor, lambda session: session.scalar(assigned))
    return {} if host_id is None else {host_id: ask_about(host_id)}


def move(unit: Unit, loaded: Loaded, act: Act, *, reason: str = "", message: Any = None, **facts: Any) -> Transition:
    """Decide an act and write it, with its notices."""
    transition = decide(act, facts_for(unit, loaded, act, **facts), unit.actor)
    apply(unit, loaded, transition, reason=reason)
    claim_for_solver(unit, loaded, transition)
    notices: Sequence[str] = transition.row.notices
    if transition.row.reopens and loaded.ticket.filtered_reason is not None:
        notices = release_by_customer(unit, loaded, notices, message)
    unit.notify(loaded, notices, message=message)
    return transition


def apply(unit: Unit, loaded: Loaded, transition: Transition, *, reason: str = "") -> None:
    """Write a transition: rights, before-signals, columns, history, after-signals.

    Notices are the caller's, and so is claiming for the solver.
    """
    row, ticket = transition.row, loaded.ticket
    require(unit.actor, row.right)
    steps = (
        list(zip((ticket.status, *row.path), row.path, strict=False))
        if row.path and ticket.status != row.path[-1]
        else []
    )
    payloads = [_payload(unit, loaded, old, new, row.cause) for old, new in steps]
    for payload in payloads:
        unit.ask(signals.before_ticket_status_changed, payload)
    waited = not ticket.addressed
    write_columns(ticket, transition)
    if waited and ticket.addressed:
        unit.sees_to(loaded)
    touch(unit, loaded, customer_sees=not row.inside)
    for old, new in steps:
        unit.record(
            ticket,
            "status.changed",
            field="status",
            old=str(old),
            new=str(new),
            cause=row.cause and str(row.cause),
            reason=reason or None,
        )
    if "timer.restarted" in row.actions and ticket.auto_close_at is not None:
        unit.record(ticket, "timer.restarted", field="auto_close_at", new=ticket.auto_close_at.isoformat())
    if row.reopens:
        ticket.reopen_count += 1
        _keep_or_free_assignee(unit, loaded)
    for old, new in steps:
        unit.tell(signals.ticket_status_changed, partial(_payload, unit, loaded, old, new, row.cause))


def claim_for_solver(unit: Unit, loaded: Loaded, transition: Transition) -> None:
    """Whoever resolves an unassigned ticket has it, unless the same act says whose it is."""
    actor = unit.actor
    claims = transition.row.claims and actor.side is Side.AGENT and actor.agent_pk is not None
    if claims and loaded.assignee is None:
        set_assignee(unit, loaded, loaded.me)


def write_columns(ticket: Ticket, transition: Transition) -> None:
    """Write the columns of a transition and nothing else."""
    for column, value in transition.changes.items():
        setattr(ticket, column, str(value) if isinstance(value, StrEnum) else value)


def facts_for(unit: Unit, loaded: Loaded, act: Act, **more: Any) -> Facts:
    """The facts for one act; what few acts turn on is read only for those."""
    if act in TURN_ON_LAST_WORD and "support_spoke_last" not in more:
        more["support_spoke_last"] = _support_spoke_last(unit, loaded.ticket)
    if act in TURN_ON_REACHING:
        asked = select(notice_undelivered(), notice_under_way()).where(Ticket.pk == loaded.ticket.pk)
        undelivered, under_way = unit.session.execute(asked).one()
        more |= {"notice_undelivered": bool(undelivered), "notice_under_way": bool(under_way)}
    return loaded.facts(unit, **more)


def _support_spoke_last(unit: Unit, ticket: Ticket) -> bool:
    return unit.session.scalar(select(_last_word()).where(Ticket.pk == ticket.pk)) in OURS


def _last_word() -> Any:
    """A column on the ticket: the kind of its last public message."""
    public = select(Message.kind).where(Message.ticket_pk == Ticket.pk, Message.public.is_(True))
    return public.order_by(Message.pk.desc()).limit(1).correlate(Ticket).scalar_subquery()


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


def release_by_customer(
    unit: Unit, loaded: Loaded, notices: Sequence[str], message: Message | None = None
) -> Sequence[str]:
    """Whoever asks again is heard by somebody: staff are told of the ticket as of a new one. Rule L3.

    :param notices: of the act that brings it back.
    :param message: what the customer wrote; without it staff get the ticket's own text.
    :return: those left to be written, the customer's.
    """
    transition = let_out(unit, loaded)
    tell_of_opening(unit, loaded, transition.row.notices, message=message, asked_again=unit.actor.name)
    return [name for name in notices if BY_NAME[name].side is Side.CUSTOMER]


def let_out(unit: Unit, loaded: Loaded) -> Transition:
    """Take a ticket out of Spam / Filtered, with its history and signals. Rights and notices are the caller's."""
    transition = decide(Act.RELEASE, loaded.facts(unit), unit.actor)
    row, reason = transition.row, loaded.ticket.filtered_reason
    unit.ask(signals.before_ticket_routed, routed(unit, loaded))
    write_columns(loaded.ticket, transition)
    touch(unit, loaded, customer_sees=False)
    unit.record(loaded.ticket, "ticket.released", field="filtered", old=reason, cause=row.cause and str(row.cause))
    unit.tell(signals.ticket_routed, partial(routed, unit, loaded))
    return transition


def tell_of_opening(
    unit: Unit,
    loaded: Loaded,
    names: Sequence[str],
    *,
    released_by: str = "",
    asked_again: str = "",
    message: Message | None = None,
) -> None:
    """Tell of a released ticket as of a new one: who opened it, and for whom where that was an agent.

    :param released_by: the agent who took it out.
    :param asked_again: or the customer who brought it back by asking again.
    :param message: what the notices bring; without it the ticket's own text, unless that is hidden.
    """
    wanted = select(Message, PersonRecord.name).outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
    first = wanted.where(Message.ticket_pk == loaded.ticket.pk, Message.kind == "description").limit(1)
    description, author = unit.session.execute(first).one()
    if message is None and description.public:
        message = description
    requester = loaded.ticket.requester_name
    if description.side == Side.AGENT:
        by = Names(author or description.author_public_name, description.author_public_name)
        for_whom = requester
    else:
        by, for_whom = Names(requester, requester), ""
    unit.notify(
        loaded,
        names,
        message=message,
        by=by,
        on_behalf_of=for_whom,
        released_by=released_by,
        asked_again=asked_again,
    )


def routed(unit: Unit, loaded: Loaded) -> signals.TicketRouted:
    """What the signals of another queue, or of the filter, carry."""
    ticket = loaded.ticket
    return signals.TicketRouted(
        ticket=loaded.record(), reasons=(), filtered_reason=ticket.filtered_reason, envelope=loaded.envelope(unit)
    )


def still_works_on(unit: Unit, loaded: Loaded, agent: Agent) -> bool:
    """Whether this agent may work on the ticket where this act has changed what it is about."""
    return may_work_on(unit, agent, covers=agent.pk in _reaching(unit, loaded, [agent]))


def reach_again(unit: Unit, loaded: Loaded) -> None:
    """Ask again whose coverage reaches the ticket, where the same act goes on after it was changed."""
    loaded.reaching = _reaching(unit, loaded, [one for one in (loaded.assignee, loaded.candidate) if one is not None])


def _reaching(unit: Unit, loaded: Loaded, agents: Sequence[Agent]) -> Collection[int]:
    ticket = loaded.ticket
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    reached = covering(queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags)
    return set(unit.session.scalars(select(Agent.pk).where(Agent.pk.in_([one.pk for one in agents]), reached)))


def may_work_on(unit: Unit, agent: Agent, *, covers: bool) -> bool:
    """Whether this agent is active, may handle tickets, and covers a ticket or sees everything."""
    standing = unit.standing(agent.host_id)
    if standing is None or not agent.active:
        return False
    them = agent_actor(standing.person, agent, (), unit.actor.via, (standing.as_hook,))
    return Right.HANDLE in them.rights and (covers or sees_everything(them))


def _keep_or_free_assignee(unit: Unit, loaded: Loaded) -> None:
    agent = loaded.assignee
    if agent is not None and not may_work_on(unit, agent, covers=agent.pk in loaded.reaching):
        set_assignee(unit, loaded, None)


def _payload(unit: Unit, loaded: Loaded, old: str, new: str, cause: Cause | None) -> signals.TicketStatusChanged:
    transition = transition_record(
        ticket_id=loaded.ticket.ticket_id, old=str(old), new=str(new), actor=unit.actor.email, at=unit.now
    )
    return signals.TicketStatusChanged(
        transition=transition, ticket=loaded.record(), cause=str(cause or ""), envelope=loaded.envelope(unit)
    )


def _assigned(unit: Unit, loaded: Loaded, old: Agent | None, new: Agent | None) -> signals.TicketAssigned:
    return signals.TicketAssigned(
        ticket=loaded.record(),
        assigned_from=agent_address(old),
        assigned_to=agent_address(new),
        envelope=loaded.envelope(unit),
    )
