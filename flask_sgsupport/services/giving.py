"""What a rule found nobody for is given to somebody once one is there again, or has room: for the clock."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, or_, select

from ..models import Agent, Event, Ticket, TicketTag
from ..models import Rule as RuleRow
from ..permissions import covering
from ..routing import LEAST_LOADED, NOBODY_THEN, ROUND_ROBIN, found_nobody
from ..settings import state
from ..states import is_open
from .choosing import MOST, load_of_agent
from .ruling import give_again
from .turns import MAX_WAITING, some_of
from .unit import BIND, Loaded, Unit


def to_be_given(most: int) -> Sequence[str]:
    """Numbers of tickets that wait for somebody who is there now, oldest first; at most so many.

    Of unassigned tickets the `MAX_WAITING` that stand first in the inbox are looked at. What a person has assigned or
    given back since stays as they left it.
    """
    session = state().db.session
    chosen_by = or_(*(RuleRow.actions.contains(f'"{how}"') for how in (ROUND_ROBIN, LEAST_LOADED)))
    rules = set(session.scalars(select(RuleRow.key).where(RuleRow.active.is_(True), chosen_by)))
    there = session.scalars(_with_room()).all() if rules else ()
    if not there:
        return ()
    found = {}
    for pk, ticket_id, routing in session.execute(_covered_by(there), bind_arguments=BIND):
        reasons = json.loads(routing)
        place = found_nobody(reasons)
        if place is not None and reasons[place]["rule"] in rules:
            found[pk] = (ticket_id, reasons[place].get("since"))
    some = set(some_of(list(found), most))
    changed = _assigned_since(some) if some else {}
    return [ticket_id for pk, (ticket_id, since) in found.items() if pk in some and _as_it_was(changed.get(pk), since)]


def give(unit: Unit, loaded: Loaded) -> bool:
    """Give one of them away, if it still waits; whether somebody has it now."""
    ticket = loaded.ticket
    here = ticket.filtered_reason is None and ticket.merged_into_id is None and ticket.snoozed_until is None
    return here and is_open(ticket.status) and give_again(unit, loaded)


def _with_room() -> Any:
    """Agents a rule may choose now, as far as the desk itself knows."""
    able = Agent.can_handle.is_(True) | Agent.is_lead.is_(True)
    room = or_(Agent.max_open.is_(None), Agent.max_open > load_of_agent())
    wanted = select(Agent.pk).where(Agent.active.is_(True), Agent.available.is_(True), able, room)
    return wanted.order_by(Agent.pk).limit(MOST)


def _covered_by(agents: Sequence[int]) -> Any:
    """Tickets without an assignee that one of these covers and of which a reason says that nobody was there."""
    open_ones = (Ticket.assignee_pk.is_(None), Ticket.waits_for_support(), Ticket.snoozed_until.is_(None))
    told = (Ticket.pk, Ticket.ticket_id, Ticket.routing, Ticket.queue_pk, Ticket.category_pk, Ticket.created_at)
    in_order = (Ticket.addressed, Ticket.created_at, Ticket.pk)
    first = select(*told).where(*open_ones).order_by(*in_order).limit(MAX_WAITING).subquery().c
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == first.pk)
    covers = covering(queue_pk=first.queue_pk, category_pk=first.category_pk, tags=tags)
    said = or_(*(first.routing.contains(f'"{code}"') for code in sorted(NOBODY_THEN)))
    wanted = select(first.pk, first.ticket_id, first.routing)
    wanted = wanted.where(said, exists(select(Agent.pk).where(Agent.pk.in_(agents), covers)))
    return wanted.order_by(first.created_at, first.pk)


def _assigned_since(pks: Collection[int]) -> Mapping[int, datetime]:
    """When the assignee of these tickets last changed, where it did."""
    last = select(Event.ticket_pk, func.max(Event.at)).where(
        Event.ticket_pk.in_(pks), Event.action == "assignee.changed"
    )
    return {pk: at for pk, at in state().db.session.execute(last.group_by(Event.ticket_pk)) if pk is not None}


def _as_it_was(changed: datetime | None, since: str | None) -> bool:
    """Whether nobody has had the ticket since the rule found nobody; of older tickets that time is not known."""
    return changed is None or (since is not None and changed <= datetime.fromisoformat(since))
