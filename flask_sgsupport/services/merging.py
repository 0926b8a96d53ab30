"""Merge a ticket into another of the same account: its messages stay where they are, and are read there as well.

Every ticket that takes part is locked in the order of the numbers, so two who merge the same ones the other way round
wait for each other once. What was merged into a ticket before goes on with it: `Ticket.merged_into_id` always names a
ticket that is itself a part of none.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy import Select, select, update

from .. import signals
from ..actors import Actor, Right
from ..errors import InvalidInput, StaleTicket, TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, Transition, brought_by, decide
from ..models import Delivery, Ticket
from ..notifications import BELL, People
from ..permissions import require
from . import due_times, measuring
from .holding import touch
from .status import write_columns
from .transaction import read_before, run
from .unit import BIND, Loaded, Unit, load

MAX_PARTS = 50
"""So many tickets can be merged into one."""


def merge(ticket_id: str, actor: Actor, into: str) -> bool:
    """Merge a ticket into another of its account. There is no way back.

    Its status stands still, lists leave it out, and what its customer sends to it goes to the other. The requesters
    are told once, and so is the other's assignee. Rule L22.

    :param into: number of the other ticket.
    :return: whether it was not merged into that one before.
    :raises NotFound: one of the two is not there, or not for this actor.
    :raises InvalidInput: field ``into``: itself, another account's, or one that has taken in too many.
    :raises TransitionRefused: one of the two is merged already or waits in Spam / Filtered, the other is closed, or it
        is resolved while this one is open.
    """
    if ticket_id == into:
        raise InvalidInput({"into": _("A ticket cannot be merged into itself. Choose another.")})

    def write(unit: Unit) -> bool:
        locked = _locked(unit, ticket_id, into, parts)
        source, target = locked[ticket_id], locked[into]
        require(actor, Right.HANDLE)
        if source.ticket.merged_into_id == into:
            return False
        _check(unit, source.ticket, target.ticket, parts)
        decide(Act.MERGE, source.facts(unit), actor)
        received = _received(target, _with_what_comes(unit, source, target), actor)
        payload = partial(_payload, unit, source, target)
        unit.ask(signals.before_ticket_merged, payload())
        for part in _of(unit, _parts(ticket_id)):
            _becomes_part(unit, part, into)
        _becomes_part(unit, source.ticket, into)
        _take_in(unit, source.ticket, target, received)
        _tell(unit, source, target, received)
        unit.tell(signals.ticket_merged, payload)
        return True

    parts = read_before(actor, lambda session: list(session.scalars(_numbers(ticket_id))))
    return run(actor, write)


def _locked(unit: Unit, ticket_id: str, into: str, parts: Iterable[str]) -> dict[str, Loaded]:
    """The two tickets for writing, and the rows of what goes on with the first, locked in one order."""
    found = {}
    for number in sorted({ticket_id, into, *parts}):
        if number in {ticket_id, into}:
            found[number] = load(unit, number)
        else:
            # Whoever may merge a ticket takes its parts with it, also those of queues they do not cover.
            unit.session.execute(select(Ticket.pk).where(Ticket.ticket_id == number).with_for_update())
    return found


def _parts(ticket_id: str) -> Select[Any]:
    wanted = select(Ticket).where(Ticket.merged_into_id == ticket_id).order_by(Ticket.pk)
    return wanted.execution_options(populate_existing=True)


def _numbers(ticket_id: str) -> Select[Any]:
    return select(Ticket.ticket_id).where(Ticket.merged_into_id == ticket_id).order_by(Ticket.pk)


def _of(unit: Unit, wanted: Select[Any]) -> list[Any]:
    return list(unit.session.scalars(wanted))


def _check(unit: Unit, source: Ticket, target: Ticket, parts: Iterable[str]) -> None:
    if source.account_id != target.account_id:
        sentence = _(
            "%(ticket)s is another account's. Only tickets of one account can be merged.", ticket=target.ticket_id
        )
        raise InvalidInput({"into": sentence})
    if {*_of(unit, _numbers(source.ticket_id))} != {*parts}:
        raise StaleTicket(_("Somebody else changed this ticket at the same moment. Look again, then decide."))
    there = _of(unit, _numbers(target.ticket_id).limit(MAX_PARTS))
    if len(there) + len([*parts]) >= MAX_PARTS:
        sentence = _(
            "With these %(ticket)s would be more than %(most)s tickets.", ticket=target.ticket_id, most=MAX_PARTS
        )
        raise InvalidInput({"into": sentence})


def _with_what_comes(unit: Unit, source: Loaded, target: Loaded) -> Facts:
    return target.facts(unit, **brought_by(source.facts(unit), addressed=source.ticket.addressed))


def _received(target: Loaded, facts: Facts, actor: Actor) -> Transition:
    """The decision of the other ticket; a refusal names it, since the page is that of the first."""
    try:
        return decide(Act.RECEIVE, facts, actor)
    except TransitionRefused as refused:
        sentence = f"{target.ticket.ticket_id}: {refused.sentence}"
        raise TransitionRefused(sentence, other=refused.merged_into) from None


def _becomes_part(unit: Unit, ticket: Ticket, into: str) -> None:
    unit.record(ticket, "ticket.merged_into", field="merged_into", old=ticket.merged_into_id, new=into)
    ticket.merged_into_id = into
    ticket.updated_at = ticket.customer_updated_at = unit.now


def _take_in(unit: Unit, source: Ticket, target: Loaded, received: Transition) -> None:
    write_columns(unit, target.ticket, received)
    if received.changes:
        spoke_at = max(target.ticket.last_customer_message_at, source.last_customer_message_at)
        target.ticket.last_customer_message_at = spoke_at
        since = measuring.waited_since(source)
        measuring.take_over(target.ticket, since)
        due_times.take_over(target.ticket, since)
    touch(unit, target)
    unit.record(target.ticket, "ticket.merge_received", new=source.ticket_id)


def _tell(unit: Unit, source: Loaded, target: Loaded, received: Transition) -> None:
    """The notice takes the place of what rang about the merged ticket; each requester and follower has one."""
    rang = update(Delivery).where(Delivery.ticket_pk == source.ticket.pk, Delivery.channel == BELL)
    read = rang.where(Delivery.read_at.is_(None)).values(read_at=unit.now)
    unit.session.execute(read, execution_options={"synchronize_session": False}, bind_arguments=BIND)
    merged = source.ticket.ticket_id
    unit.notify(target, received.row.notices, merged=merged)
    told = {target.ticket.requester_id, *(one.id for one in target.colleagues)}
    theirs = unit.people(source)
    people = People(
        requester=None if source.ticket.requester_id in told else theirs.requester,
        colleagues=[one for one in theirs.colleagues if one.id not in told],
    )
    unit.notify(target, received.row.notices, people=people, merged=merged)


def _payload(unit: Unit, source: Loaded, target: Loaded) -> signals.TicketMerged:
    return signals.TicketMerged(ticket=source.record(), into=target.record(), envelope=source.envelope(unit))
