"""Hand tickets over: those of an agent who left go back to their queues, those of a disabled queue to the default one.

Done in batches, each a unit of work of its own, and bounded: what one call leaves, the next `sweep` of the clock takes.
Each call takes them in another order, so that tickets somebody refuses to let go keep no other waiting for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, select

from ..actors import Actor, Person, Right, Side, Via, clock_actor
from ..errors import Busy, NotReady, Vetoed
from ..i18n import gettext as _
from ..i18n import ngettext
from ..lifecycle import Act, decide
from ..models import Agent, HostChange, Queue, Ticket
from ..notifications import People, Recipient, plan
from ..permissions import visible_to
from ..settings import state
from .audience import members_of, switched_off
from .failing import DATABASE_ERRORS
from .holding import set_assignee
from .inserting import insert_missing
from .placing import put_into_queue
from .transaction import run
from .turns import shuffled
from .unit import BIND, Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.handing_over")

BATCH = 50
MAX_TICKETS = 1_000
"""Tickets the clock or a command moves, or is refused, in one call."""
MAX_IN_REQUEST = 50
MAX_COUNT = 1_000
MAX_ASKED = 200
"""Agents of whom one sweep asks the directory."""
LABEL = "system:handover"
UNKNOWN_FOR = timedelta(hours=1)
"""As long as this the directory must say at each tick that it does not know an agent: it may only be out of order."""
UNKNOWN = "agent.unknown"
MISSED = HostChange.kind == UNKNOWN

OPEN = Ticket.resolved_at.is_(None)
"""Every way out of open stamps it, every way back takes it off."""
ORPHANED = ~exists().where(Queue.pk == Ticket.queue_pk)
"""Its queue was deleted in a database that keeps no foreign keys."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What became of tickets that had to go elsewhere.

    :param refused: numbers of those a receiver of a before-signal would not let go.
    :param left: how many more the clock goes on with; counted to a little over a thousand.
    :param failed: the database failed meanwhile: the clock goes on, and how much is left nobody knows.
    """

    moved: int = 0
    refused: tuple[str, ...] = ()
    left: int = 0
    failed: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing is left but the refused ones."""
        return self.left == 0 and not self.failed


def after_the_act(actor: Actor, hand_over: Callable[[], HandedOver]) -> HandedOver:
    """Hand over what an act has left that is committed by now, so that no failure may say that nothing was changed."""
    try:
        return hand_over()
    except (Busy, *DATABASE_ERRORS) as error:
        if actor.via is Via.PYTHON:
            # In the host's transaction, which it may still undo.
            raise
        log.warning("Tickets are left to the clock, since the database failed", exc_info=error)
        state().db.session.rollback()
        return HandedOver(failed=True)


def return_tickets(actor: Actor, agent_pk: int) -> HandedOver:
    """Take an agent off their open tickets, which go back to their queues; the leads are told how many."""

    def give_back(unit: Unit, loaded: Loaded) -> bool:
        if loaded.ticket.assignee_pk != agent_pk:
            return False
        decide(Act.ASSIGN, loaded.facts(unit), unit.actor)
        set_assignee(unit, loaded, None)
        return True

    def said(unit: Unit, count: int) -> str:
        agent = unit.session.get_one(Agent, agent_pk)
        return ngettext(
            "%(num)s open ticket of %(name)s went back to its queue.",
            "%(num)s open tickets of %(name)s went back to their queues.",
            count,
            name=agent.name,
        )

    mine = (Ticket.assignee_pk == agent_pk) & OPEN
    return _hand_over(actor, mine, give_back, said)


def empty_queue(actor: Actor, queue_pk: int) -> HandedOver:
    """Move every ticket of a disabled queue into the default queue, open ones first.

    Leads and the members of the default queue are told how many, once; who loses an open ticket is told of each.
    """

    def move(unit: Unit, loaded: Loaded) -> bool:
        left = loaded.ticket.queue_pk == queue_pk and not loaded.queue.active
        return left and _move_to_default(unit, loaded)

    def said(unit: Unit, count: int) -> str:
        return ngettext(
            "%(num)s ticket of the disabled queue %(old)s went to %(new)s.",
            "%(num)s tickets of the disabled queue %(old)s went to %(new)s.",
            count,
            old=unit.session.get_one(Queue, queue_pk).name,
            new=_default_queue(unit).name,
        )

    return _hand_over(actor, Ticket.queue_pk == queue_pk, move, said, taken_over=True)


def rescue_tickets(actor: Actor) -> HandedOver:
    """Move tickets whose queue was deleted past the desk, so that nobody sees them, into the default queue."""

    def said(unit: Unit, count: int) -> str:
        return ngettext(
            "%(num)s ticket of a queue that is no longer there went to %(new)s.",
            "%(num)s tickets of queues that are no longer there went to %(new)s.",
            count,
            new=_default_queue(unit).name,
        )

    return _hand_over(actor, ORPHANED, _move_to_default, said, taken_over=True)


def _move_to_default(unit: Unit, loaded: Loaded) -> bool:
    default = _default_queue(unit)
    if loaded.ticket.queue_pk == default.pk:
        return False
    decide(Act.CHANGE_FIELD, loaded.facts(unit), unit.actor)
    old = loaded.assignee
    put_into_queue(unit, loaded, default)
    if old is not None and loaded.assignee is None and loaded.ticket.resolved_at is None:
        unit.notify(loaded, ("unassigned_staff",), people=unit.people(loaded, old_assignee=old))
    return True


def sweep() -> int:
    """Hand over what is left of agents and queues that were switched off; how many tickets moved. For the clock."""
    actor = Actor(side=Side.RULE, via=Via.CLOCK, label=LABEL)
    session = state().db.session
    held = exists().where(Ticket.assignee_pk == Agent.pk, OPEN)
    filled = exists().where(Ticket.queue_pk == Queue.pk)
    agents = session.scalars(select(Agent.pk).where(Agent.active.is_(False), held), bind_arguments=BIND).all()
    agents = [*agents, *_gone(held)]
    queues = session.scalars(select(Queue.pk).where(Queue.active.is_(False), filled), bind_arguments=BIND).all()
    returned = sum(return_tickets(actor, pk).moved for pk in agents)
    returned += sum(empty_queue(actor, pk).moved for pk in queues)
    orphaned = session.scalar(select(Ticket.pk).where(ORPHANED).limit(1))
    return returned + (rescue_tickets(actor).moved if orphaned is not None else 0)


def _gone(held: ColumnElement[bool]) -> list[int]:
    """Agents with open tickets who may handle none any more; a bounded number.

    The directory says they are switched off or has long not known them, or they have lost the right.
    """
    host = state()
    since = host.db.session.execute(select(HostChange.host_id, HostChange.at).where(MISSED), bind_arguments=BIND)
    missed = {host_id: at for host_id, at in since}
    able = or_(Agent.can_handle.is_(True), Agent.is_lead.is_(True))
    some = select(Agent.pk, Agent.host_id, able).where(Agent.active.is_(True), held)
    some = some.order_by(shuffled(Agent.pk), Agent.pk).limit(MAX_ASKED)
    found, unknown, back = [], [], []
    for pk, host_id, may_handle in host.db.session.execute(some, bind_arguments=BIND).all():
        try:
            person = host.hooks.directory.person(host_id)
        except Exception:
            log.exception("The directory could not be asked for the agent %s", host_id)
            continue
        if person is None:
            unknown.append((pk, host_id))
        elif host_id in missed:
            back.append(host_id)
        if person is not None and not (person.active and (may_handle or _handles_by_hook(person))):
            found.append(pk)
    for pk, host_id in unknown:
        if host_id in missed and missed[host_id] <= host.now() - UNKNOWN_FOR:
            found.append(pk)
    new = [host_id for __, host_id in unknown if host_id not in missed]
    if new or back:
        run(clock_actor(), lambda unit: _remember(unit, new, back))
    return found


def _handles_by_hook(person: Person) -> bool:
    """Whether the host adds the right to handle tickets; one that cannot be asked takes nobody's tickets away."""
    try:
        return any(
            hook(person, right) is True for hook in state().hooks.permission for right in (Right.HANDLE, Right.LEAD)
        )
    except Exception:
        log.exception("A permission hook failed; the agent keeps their tickets for now")
        return True


def _remember(unit: Unit, new: Sequence[str], back: Sequence[str]) -> None:
    """Whom the directory does not know for the first time, and whom it knows again."""
    for host_id in new:
        row = {"kind": UNKNOWN, "host_id": host_id, "name": "", "at": unit.now}
        insert_missing(unit.session, HostChange, [row])
    known = delete(HostChange).where(MISSED, HostChange.host_id.in_(back))
    unit.session.execute(known, execution_options={"synchronize_session": False}, bind_arguments=BIND)


def _default_queue(unit: Unit) -> Queue:
    """The default queue, or the first where that is the one that is gone."""
    active = select(Queue).where(Queue.active.is_(True)).order_by(Queue.is_default.desc(), Queue.position, Queue.pk)
    found = unit.session.scalars(active.limit(1).with_for_update(read=True), bind_arguments=BIND).first()
    if found is None:
        raise NotReady(_("There is no queue yet. Run: flask support init --lead E-MAIL"))
    return found


def _hand_over(
    actor: Actor,
    which: ColumnElement[bool],
    change: Callable[[Unit, Loaded], bool],
    said: Callable[[Unit, int], str],
    *,
    taken_over: bool = False,
) -> HandedOver:
    acting = replace(actor, side=Side.RULE, label=LABEL)
    moved: list[str] = []
    refused: list[str] = []
    taken: list[str] = []
    changed: list[str] = []
    current, more = "", True
    turn = shuffled(Ticket.pk)

    def write(unit: Unit) -> None:
        nonlocal taken, changed, current, more
        wanted = (
            select(Ticket.pk, Ticket.ticket_id)
            .where(visible_to(acting), which, Ticket.ticket_id.not_in(refused))
            .order_by(case((OPEN, 0), else_=1), turn, Ticket.pk)
            .limit(size + 1)
        )
        found = unit.session.execute(wanted).all()
        # Two who hand over at once lock what both found in the same order.
        taken, more = [row.ticket_id for row in sorted(found[:size], key=lambda row: row.pk)], len(found) > size
        loaded, changed = None, []
        for current in taken:
            # Another call may have moved it meanwhile, and tells of it.
            loaded = load(unit, current)
            if change(unit, loaded):
                changed.append(current)
        ends = not more or asked + size >= most
        if ends and (moved or changed):
            # In the transaction of the last of them: what is interrupted before it goes on, and tells then.
            reason = said(unit, len(moved) + len(changed))
            _tell(unit, loaded or load(unit, moved[-1]), reason, taken_over=taken_over)

    left, asked = BATCH, 0
    # In the host's transaction no more than one batch, and little while somebody waits; the clock takes the others.
    most = {Via.PYTHON: BATCH, Via.CLOCK: MAX_TICKETS, Via.CLI: MAX_TICKETS}.get(actor.via, MAX_IN_REQUEST)
    while (size := min(left, most - asked)) > 0:
        try:
            _run_apart(acting, write)
        except Vetoed as veto:
            log.warning("%s was not handed over: %s", current, veto.sentence)
            refused.append(current)
            asked += 1
            # Those before it let themselves be moved: they go first, as a batch of their own.
            left = taken.index(current) or BATCH
            continue
        moved += changed
        asked += len(taken)
        left = BATCH
        if not more:
            break
    return HandedOver(len(moved), tuple(refused), left=_count(acting, which, refused) if size <= 0 else 0)


def _count(acting: Actor, which: ColumnElement[bool], refused: Sequence[str]) -> int:
    left = select(Ticket.pk).where(visible_to(acting), which, Ticket.ticket_id.not_in(refused)).limit(MAX_COUNT + 1)
    counted = select(func.count()).select_from(left.subquery())
    return state().db.session.scalar(counted, bind_arguments=BIND) or 0


def _run_apart(acting: Actor, write: Callable[[Unit], None]) -> None:
    """Carry out a batch; one that is refused in the host's transaction is undone by itself."""
    if acting.via is not Via.PYTHON:
        run(acting, write)
        return
    with state().db.session.begin_nested():
        run(acting, write)


def _tell(unit: Unit, loaded: Loaded, reason: str, *, taken_over: bool) -> None:
    leads = unit.session.scalars(select(Agent).where(Agent.is_lead.is_(True), Agent.active.is_(True))).all()
    refused = switched_off(unit.session, [lead.host_id for lead in leads])
    people = People(
        leads=[Recipient(lead.host_id, lead.name, lead.email, refused[lead.host_id]) for lead in leads],
        queue_members=members_of(unit.session, loaded.queue.pk) if taken_over else (),
    )
    acted = unit.actor.person.id if unit.actor.person else None
    for planned in plan(("handed_over_staff",), people, actor_id=acted):
        unit.deliver(loaded, planned, reason=reason)
