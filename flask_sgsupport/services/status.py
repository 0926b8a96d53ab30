"""Change the status: the one place where a transition is written, and the verbs that are nothing but a transition."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Right, Side
from ..lifecycle import TURN_ON_REACHING, Act, Cause, Facts, Status, Transition, change_to, decide
from ..models import Agent, AgentCoverage, Ticket, TicketTag
from ..models.reaching import notice_undelivered, notice_under_way
from ..payloads import transition_record
from ..permissions import agent_actor, covers, require, sees_everything, visible_to
from ..settings import state
from .crossing import check_version
from .standing import Standings, ask_about
from .transaction import DATABASE_ERRORS, Loaded, Unit, agent_address, load, run, translate


def set_status(ticket_id: str, actor: Actor, status: Status, *, version: int | None = None, reason: str = "") -> None:
    """Choose another status in the dropdown.

    :param version: the version of the ticket the person saw.
    :raises TransitionRefused: there is no such way now; the sentence says which ways there are.
    :raises StaleTicket: somebody changed the status in the meantime.
    """

    def write(unit: Unit) -> None:
        unit.standings |= asked
        loaded = load(unit, ticket_id)
        check_version(unit, loaded.ticket, version, ("status",))
        move(unit, loaded, change_to(status, loaded.facts(unit)), reason=reason)

    asked = ask_about_assignee(ticket_id, actor)
    run(actor, write)


def reopen(ticket_id: str, actor: Actor, *, reason: str = "") -> None:
    """Open a closed ticket again; customer and assignee are told. Rules L14 and L15."""

    def write(unit: Unit) -> None:
        unit.standings |= asked
        move(unit, load(unit, ticket_id), Act.REOPEN, reason=reason)

    asked = ask_about_assignee(ticket_id, actor)
    run(actor, write)


def withdraw(ticket_id: str, actor: Actor) -> None:
    """The customer no longer needs help: through resolved to closed in one go. Rule L18."""
    run(actor, lambda unit: move(unit, load(unit, ticket_id), Act.WITHDRAW))


def ask_about_assignee(ticket_id: str, actor: Actor, *, if_over: bool = True) -> Standings:
    """What the host says of a ticket's assignee, for an act that may free the ticket of them.

    :param if_over: only where the ticket is resolved or closed, so that the act may open it again.
    """
    session = state().db.session()
    assigned = select(Agent.host_id).join(Ticket, Ticket.assignee_pk == Agent.pk)
    assigned = assigned.where(Ticket.ticket_id == ticket_id, visible_to(actor))
    if if_over:
        assigned = assigned.where(Ticket.resolved_at.is_not(None))
    try:
        with session.no_autoflush:
            host_id: str | None = session.scalar(assigned)
    except DATABASE_ERRORS as error:
        raise translate(error) from error
    return {} if host_id is None else {host_id: ask_about(host_id)}


def move(unit: Unit, loaded: Loaded, act: Act, *, reason: str = "", message: Any = None, **facts: Any) -> Transition:
    """Decide an act and write it, with its notices."""
    transition = decide(act, facts_for(unit, loaded, act, **facts), unit.actor)
    apply(unit, loaded, transition, reason=reason)
    claim_for_solver(unit, loaded, transition)
    unit.notify(loaded, transition.row.notices, message=message, **notice_data(loaded))
    return transition


def apply(unit: Unit, loaded: Loaded, transition: Transition, *, reason: str = "") -> None:
    """Write a transition: rights, before-signals, columns, history, after-signals.

    Notices are the caller's, and so is claiming for the solver.
    """
    row, ticket = transition.row, loaded.ticket
    if row.right is not None:
        require(unit.actor, row.right)
    steps = (
        list(zip((ticket.status, *row.path), row.path, strict=False))
        if row.path and ticket.status != row.path[-1]
        else []
    )
    payloads = [_payload(unit, loaded, old, new, row.cause) for old, new in steps]
    for payload in payloads:
        unit.ask(signals.before_ticket_status_changed, payload)
    write_columns(ticket, transition)
    touch(unit, loaded)
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
    """The facts for one act; whether the customer was reached is read only where the act turns on it."""
    if act in TURN_ON_REACHING:
        asked = select(notice_undelivered(), notice_under_way()).where(Ticket.pk == loaded.ticket.pk)
        undelivered, under_way = unit.session.execute(asked).one()
        more |= {"notice_undelivered": bool(undelivered), "notice_under_way": bool(under_way)}
    return loaded.facts(unit, **more)


def touch(unit: Unit, loaded: Loaded, *, customer_sees: bool = True) -> None:
    """Stamp the last update; the customer's own stamp only for what a customer may know of."""
    loaded.ticket.updated_at = unit.now
    if customer_sees:
        loaded.ticket.customer_updated_at = unit.now


def set_assignee(unit: Unit, loaded: Loaded, agent: Agent | None) -> None:
    """Write another assignee, its history and signal. Rights, guards and notices are the caller's."""
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
        old=old.name if old else None,
        new=agent.name if agent else None,
    )
    unit.tell(signals.ticket_assigned, _assigned(unit, loaded, old, agent))


def notice_data(loaded: Loaded) -> dict[str, Any]:
    """The times a notice's text may name."""
    ticket = loaded.ticket
    limit = state().settings.reopen_within_days
    return {
        "auto_close_at": ticket.auto_close_at.isoformat() if ticket.auto_close_at else None,
        "closed_at": ticket.closed_at.isoformat() if ticket.closed_at else None,
        "reopen_within_days": limit,
    }


def may_work_on(unit: Unit, loaded: Loaded, agent: Agent) -> bool:
    """Whether this agent is active, may handle tickets and covers this one now."""
    things = unit.session.scalars(select(AgentCoverage).where(AgentCoverage.agent_pk == agent.pk)).all()
    return would_cover(unit, loaded, agent, things)


def would_cover(unit: Unit, loaded: Loaded, agent: Agent, things: Sequence[AgentCoverage]) -> bool:
    """The same, with what they cover at hand."""
    standing = unit.standing(agent.host_id)
    if standing is None or not agent.active:
        return False
    candidate = agent_actor(standing.person, agent, things, unit.actor.via, (standing.as_hook,))
    if Right.HANDLE not in candidate.rights:
        return False
    ticket = loaded.ticket
    tags = (
        unit.session.scalars(select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)).all()
        if candidate.coverage.tags
        else ()
    )
    return sees_everything(candidate) or covers(
        candidate.coverage, queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags
    )


def _keep_or_free_assignee(unit: Unit, loaded: Loaded) -> None:
    if loaded.assignee is not None and not may_work_on(unit, loaded, loaded.assignee):
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
