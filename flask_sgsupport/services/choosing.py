"""Choose one of those who cover a ticket: whose turn it is, or for whom the fewest tickets wait.

Two who choose at once never take the same turn: whoever takes it says which turn they saw, and only one of them finds
it unchanged. The other looks again, this time holding the agents' rows, and sees what the first one did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from ..models import Agent, Ticket
from ..permissions import covering
from ..routing import LEAST_LOADED, ROUND_ROBIN
from .audience import refused_in, switched_off_by
from .holding import may_work_on
from .unit import Unit

MOST = 500
"""So many of those who cover a ticket are looked at."""
TRIES = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent a ticket may be given to.

    :param load: how many open tickets of theirs wait for an answer of support.
    :param refused: channels they switched off.
    """

    agent: Agent
    load: int
    refused: frozenset[str]
    covers: bool = True

    @property
    def has_room(self) -> bool:
        """Whether fewer tickets wait for them than a lead allows."""
        return self.agent.max_open is None or self.load < self.agent.max_open


Order = Callable[[Candidate], tuple[int, ...]]
ORDERS: Mapping[str, Order] = {
    ROUND_ROBIN: lambda one: (one.agent.turn, one.agent.pk),
    # Of two with as many, whose turn it is: at equal load both are the same.
    LEAST_LOADED: lambda one: (one.load, one.agent.turn, one.agent.pk),
}
"""Who is first, by how a rule has one chosen."""


def load_of_agent() -> ColumnElement[int]:
    """A column on `Agent`: how many tickets of theirs wait for an answer; snoozed and answered ones are no load."""
    theirs = select(func.count()).where(Ticket.assignee_pk == Agent.pk, Ticket.waits_for_an_answer())
    return theirs.correlate(Agent).scalar_subquery()


def candidates(unit: Unit, *, queue_pk: int, category_pk: int | None, tags: Any) -> Sequence[Candidate]:
    """Those who cover a ticket, their rows locked until the end of the act."""
    theirs = (
        Agent.active.is_(True),
        Agent.can_handle.is_(True) | Agent.is_lead.is_(True),
        covering(queue_pk=queue_pk, category_pk=category_pk, tags=tags),
    )
    first = select(Agent.pk).where(*theirs).order_by(Agent.pk).limit(MOST)
    pks = unit.session.scalars(first.with_for_update(of=Agent, key_share=True)).all()
    # Anew: what was counted while a lock was waited for would be how it was before.
    wanted = (
        select(Agent, load_of_agent(), switched_off_by(Agent.host_id))
        .where(Agent.pk.in_(pks))
        .order_by(Agent.pk)
        .with_for_update(of=Agent, key_share=True)
        .execution_options(populate_existing=True)
    )
    rows = unit.session.execute(wanted).all()
    return [Candidate(agent, load, refused_in(off)) for agent, load, off in rows]


def choose(
    unit: Unit, how: str, found: Sequence[Candidate], again: Callable[[], Sequence[Candidate]]
) -> tuple[Candidate | None, str]:
    """One of them, and the code of the reason.

    :param found: those who cover the ticket.
    :param again: reads them anew and locks them, where somebody else was faster.
    """
    for __ in range(TRIES):
        pool = [one for one in found if one.agent.available]
        with_room = [one for one in pool if one.has_room]
        # The host is asked of one after the other: usually of the first only.
        ordered = sorted(with_room, key=ORDERS[how])
        first = next((one for one in ordered if may_work_on(unit, one.agent, covers=True)), None)
        if first is None:
            return None, _why_nobody(found, pool, with_room)
        if _take_turn(unit, first.agent, found):
            return first, f"rule_{how}"
        found = again()
    return None, "rule_nobody_available"


def _why_nobody(found: Sequence[Candidate], pool: Sequence[Candidate], with_room: Sequence[Candidate]) -> str:
    if not found:
        return "rule_nobody"
    return "rule_all_full" if pool and not with_room else "rule_nobody_available"


def _take_turn(unit: Unit, agent: Agent, found: Sequence[Candidate]) -> bool:
    """Put somebody last, unless they were chosen since they were read."""
    last = max(one.agent.turn for one in found)
    # By time, so that it is fair among those who cover different queues; past all others where clocks differ.
    turn = max(int(unit.now.timestamp() * 1_000_000), last + 1)
    theirs = update(Agent).where(Agent.pk == agent.pk, Agent.turn == agent.turn).values(turn=turn)
    result: Any = unit.session.execute(theirs, execution_options={"synchronize_session": False})
    return bool(result.rowcount)
