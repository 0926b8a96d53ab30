"""A new ticket: what it is made of, what the desk knows that it depends on, and the rows that come of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import literal, null, or_, select

from ..errors import InvalidInput, NotReady
from ..hooks import Draft, Routed
from ..i18n import gettext as _
from ..models import Agent, Category, ContextSnapshot, Message, Queue, Target, Ticket, TicketSite, TicketTag
from ..notifications import Recipient
from ..permissions import covering
from ..routing import DEFAULT_PRIORITY, PRIORITIES, CategoryFacts, Decision
from ..search_text import fold
from .about import rows_of as subject_rows
from .attaching import TakenFile
from .audience import refused_in, switched_off_by
from .capturing import Captured
from .choosing import Candidate, load_of_agent
from .conversation import SAID_JUST_NOW, same_words
from .deciding import Decided
from .due_times import fitting
from .foreseeing import Foreseen
from .standing import Standings
from .unit import Unit, people_acting, record_of, revision_of_rules


@dataclass(frozen=True, slots=True)
class New:
    """Everything a new ticket is made of, decided before its unit of work begins.

    :param copies: the message of another ticket that it repeats as its own first one.
    :param split_from: number of that ticket.
    :param chosen_by: who chose its queue; empty where nobody did.
    """

    draft: Draft
    sites: Sequence[tuple[str, str]]
    decided: Decided
    files: tuple[TakenFile, ...]
    form: str | None
    captured: Captured | None
    follow_up_of: Ticket | None = None
    copies: Message | None = None
    split_from: str = ""
    chosen_by: str = ""
    standings: Standings = field(default_factory=dict)
    foreseen: Foreseen = field(default_factory=Foreseen)


@dataclass(frozen=True, slots=True)
class Reached:
    """An active agent a queue's ticket may concern: who covers it, or whom the routing function named."""

    agent: Agent
    covers: bool
    refused: frozenset[str]
    load: int

    def as_candidate(self) -> Candidate:
        """As one whom a rule may choose."""
        fit = self.covers and (self.agent.can_handle or self.agent.is_lead)
        return Candidate(self.agent, self.load, self.refused, covers=fit)

    def recipient(self) -> Recipient:
        """As one who is told."""
        return Recipient(self.agent.host_id, self.agent.name, self.agent.email, self.refused)


@dataclass(frozen=True, slots=True)
class Found:
    """What the desk knows that a new ticket depends on.

    :param targets: by the key of a queue, the one that would hold there for the likely priority.
    :param agents: by the key of their queue; members of those queues only to which the ticket is likely to go.
    :param refused: the keys of what the requester switched off.
    :param said: the key of the text by which the same was said just before.
    :param rules: the revision of the rules; ``None`` where there is none.
    """

    queues: Sequence[Queue]
    category: CategoryFacts | None
    agents: Mapping[int, Sequence[Reached]]
    targets: Mapping[int, Target | None]
    refused: frozenset[str]
    said: str | None
    rules: int | None


def read_desk(unit: Unit, new: New) -> Found:
    """Read it, and the records of who acts for whom, in one statement.

    The queues are locked: none is disabled before the ticket is in it.
    """
    draft, routed, foreseen = new.draft, new.decided.routed or Routed(), new.foreseen
    people = [*people_acting(unit.actor), draft.requester]
    named = [key for key in (routed.queue, foreseen.queue) if key]
    likely = or_(Queue.is_default.is_(True), Queue.pk == Category.queue_pk, Queue.key.in_(named))
    covers = covering(queue_pk=Queue.pk, category_pk=Category.pk, tags=(*routed.tags, *foreseen.tags))
    concerned = likely & covers & (Agent.can_handle | Agent.is_lead)
    if routed.assignee:
        concerned |= (Agent.host_id == routed.assignee) | (Agent.email == routed.assignee)
    if foreseen.agent:
        concerned |= Agent.host_id == foreseen.agent
    holds = fitting(queue_pk=Queue.pk, priority=likely_priority(new), plan=draft.plan[:100])
    wanted = (
        select(
            Queue,
            Category,
            _said_before(unit, new),
            Agent,
            covers,
            Target,
            revision_of_rules(),
            load_of_agent() if foreseen.chooses else literal(0),
            switched_off_by(Agent.host_id),
            switched_off_by(draft.requester.id),
            *(record_of(person) for person in people),
        )
        .select_from(Queue)
        .outerjoin(Category, (Category.key == (draft.category or "")) & Category.active.is_(True))
        # Compared with a column, since SQLAlchemy's MySQL dialect takes a later join for a cartesian product otherwise.
        .outerjoin(Agent, (Agent.active == Queue.active) & concerned)
        .outerjoin(Target, (Target.active == Queue.active) & (Target.pk == holds))
        .where(Queue.active.is_(True))
        .order_by(Queue.position, Queue.pk, Agent.pk)
        .with_for_update(read=True, of=Queue)
    )
    rows = unit.session.execute(wanted).all()
    if not rows:
        raise NotReady(_("There is no queue yet. Run: flask support init --lead E-MAIL"))
    __, category, said, *__ = rows[0]
    if draft.category and category is None:
        raise InvalidInput({"category": _no_category(unit, draft.category)})
    unit.knows(people, rows[0][10:])
    agents: dict[int, list[Reached]] = {queue.pk: [] for queue, *__ in rows}
    for row in rows:
        if row[3] is not None:
            agents[row[0].pk].append(Reached(row[3], row[4], refused_in(row[8]), row[7] or 0))
    return Found(
        queues=list({queue.pk: queue for queue, *__ in rows}.values()),
        category=CategoryFacts(category.pk, category.key, category.name, category.queue_pk) if category else None,
        agents=agents,
        targets={row[0].pk: row[5] for row in rows},
        refused=refused_in(rows[0][9]),
        said=said,
        rules=rows[0][6],
    )


def likely_priority(new: New) -> str:
    """The priority it will have, as far as is known before its unit of work begins."""
    named = new.decided.routed.priority if new.decided.routed else None
    return named if named in PRIORITIES else new.foreseen.priority or DEFAULT_PRIORITY


def _no_category(unit: Unit, key: str) -> str:
    """Why a category cannot be chosen: it is offered no longer, or nobody ever made it."""
    known = unit.session.execute(select(Category.key, Category.active).order_by(Category.position, Category.pk)).all()
    if any(one == key for one, __ in known):
        return _("This category is no longer offered. Choose another.")
    offered = ", ".join(one for one, active in known if active)
    if not offered:
        return _("There is no category “%(key)s”; this desk has none.", key=key)
    return _("There is no category “%(key)s”; there are: %(offered)s.", key=key, offered=offered)


def _said_before(unit: Unit, new: New) -> Any:
    """A column: the key of the requester's last ticket's text, if it just said the same and came by another form."""
    draft = new.draft
    if new.form is None or unit.actor.person is None or new.copies is not None:
        return null()
    last = (
        select(Ticket.pk)
        .where(
            Ticket.account_id == draft.account_id,
            Ticket.customer_updated_at >= unit.now - SAID_JUST_NOW,
            Ticket.created_at >= unit.now - SAID_JUST_NOW,
            Ticket.requester_id == draft.requester.id,
        )
        .order_by(Ticket.customer_updated_at.desc(), Ticket.pk.desc())
        .limit(1)
        .scalar_subquery()
    )
    text = select(Message.pk).join(Ticket, Ticket.pk == Message.ticket_pk)
    text = text.where(Ticket.pk == last, Ticket.subject == draft.subject, Message.kind == "description")
    return same_words(text.scalar_subquery(), unit, draft.body, new.form).scalar_subquery()


def ticket_row(unit: Unit, new: New, decision: Decision, category: CategoryFacts | None) -> Ticket:
    """The ticket, which has neither its number nor its key yet."""
    draft = new.draft
    return Ticket(
        ticket_id="",
        account_id=draft.account_id,
        account_name=draft.account_name[:200],
        account_removed_at=None,
        plan=draft.plan[:100],
        requester_pk=unit.person_pk(draft.requester),
        requester_id=draft.requester.id,
        requester_name=draft.requester.display_name[:200],
        requester_email=draft.requester.email,
        subject=draft.subject,
        subject_folded=fold(draft.subject)[:2000],
        priority=decision.priority,
        channel=draft.channel,
        queue_pk=decision.queue.pk,
        category_pk=category.pk if category else None,
        assignee_pk=None,
        filtered_reason=decision.filtered_reason,
        first_reply_at=None,
        created_at=unit.now,
        updated_at=unit.now,
        customer_updated_at=unit.now,
        resolved_at=None,
        auto_close_at=None,
        closed_at=None,
        close_reason=None,
        reopen_count=0,
        hold_reason=None,
        follow_up_of_pk=new.follow_up_of.pk if new.follow_up_of else None,
        merged_into_id=None,
        history_length=0,
        history_digest="",
        routing=stored_reasons(decision),
    )


def stored_reasons(decision: Decision) -> str:
    """Why it is where it is, as the ticket keeps it."""
    return json.dumps(list(decision.reasons), ensure_ascii=False)


def snapshot_id(captured: Captured) -> str:
    """What the history calls a context by: a digest of it, known before its row is there."""
    return hashlib.sha256(captured.body.encode()).hexdigest()


def rows_beside(ticket: Ticket, new: New, decision: Decision) -> Iterator[Any]:
    """What is kept of a ticket beside its own row, which has its key by now: sites, tags, subjects and the context."""
    for position, (site_id, name) in enumerate(new.sites):
        yield TicketSite(ticket_pk=ticket.pk, position=position, site_id=site_id, name=name[:200])
    for tag in decision.tags:
        yield TicketTag(ticket_pk=ticket.pk, tag=tag)
    yield from subject_rows(ticket, new.draft.subjects)
    if new.captured is not None:
        yield _snapshot_row(ticket, new.captured)


def _snapshot_row(ticket: Ticket, captured: Captured) -> ContextSnapshot:
    return ContextSnapshot(
        ticket_pk=ticket.pk,
        schema_version=captured.snapshot.schema_version,
        captured_at=captured.snapshot.captured_at,
        remark=json.dumps(captured.remark, ensure_ascii=False) if captured.remark else "",
        body=captured.body,
    )
