"""Change the status: the one place where a transition is written, and the verbs that are nothing but a transition."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Side
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
from ..models import Agent, Message, PersonRecord, Ticket
from ..models.reaching import notice_undelivered, notice_under_way
from ..notifications import BY_NAME
from ..payloads import transition_record
from ..permissions import require, visible_to
from ..rules import REOPENED
from .crossing import check_last_word, check_listed, check_version
from .holding import may_work_on, set_assignee, touch
from .placing import routed
from .ruling import run_on
from .standing import Standings, ask_about
from .transaction import read_before, run
from .unit import Loaded, Names, Unit, load

OURS = ("internal-note", "public-reply")
"""Kinds of messages the support team writes in a conversation."""


def set_status(
    ticket_id: str,
    actor: Actor,
    status: Status,
    *,
    version: int | None = None,
    listed: int | None = None,
    reason: str = "",
) -> None:
    """Choose another status in the dropdown.

    :param version: the version of the ticket the person saw.
    :param listed: its version in the list it was chosen from, see `check_listed`.
    :raises InvalidInput: there is no such status.
    :raises TransitionRefused: there is no such way now; the sentence says which ways there are.
    :raises StaleTicket: somebody changed the status in the meantime.
    """
    wanted = read_status(status)

    def write(unit: Unit) -> None:
        unit.standings |= asked
        loaded = load(unit, ticket_id, said=_last_word())
        check_version(unit, loaded.ticket, version, ("status",))
        check_listed(unit, loaded.ticket, listed)
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


def withdraw(ticket_id: str, actor: Actor, *, seen: str | None = None) -> None:
    """The customer no longer needs help: through resolved to closed in one go. Rule L18.

    :param seen: key of the newest message the page showed; ``None`` asks nothing.
    :raises StaleTicket: somebody else wrote since.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        decide(Act.WITHDRAW, facts_for(unit, loaded, Act.WITHDRAW), actor)
        check_last_word(unit, loaded.ticket, seen)
        move(unit, loaded, Act.WITHDRAW)

    run(actor, write)


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
    if transition.row.reopens:
        run_on(unit, loaded, REOPENED).tell(unit, loaded, message)
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
    write_columns(unit, ticket, transition)
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


def write_columns(unit: Unit, ticket: Ticket, transition: Transition) -> None:
    """Write the columns of a transition and, where they wake the ticket, that it woke; nothing else."""
    slept_until = ticket.snoozed_until
    for column, value in transition.changes.items():
        setattr(ticket, column, str(value) if isinstance(value, StrEnum) else value)
    if slept_until is not None and ticket.snoozed_until is None:
        unit.record(ticket, "ticket.woken", field="snoozed_until", old=slept_until.isoformat())


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
    write_columns(unit, loaded.ticket, transition)
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
