"""Open a ticket: the same verb for form, Python, command line and on somebody's behalf."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import null, or_, select

from .. import signals
from ..actors import Actor, Person, Right, Side
from ..errors import InvalidInput, NotAllowed, NotReady
from ..hooks import Draft, Origin, Routed
from ..i18n import Coded
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, decide
from ..models import Agent, Category, ContextSnapshot, Message, Queue, Ticket, TicketSite, TicketTag
from ..notifications import BY_NAME, CHANNELS, Recipient
from ..permissions import covering, require
from ..routing import CategoryFacts, Decision, QueueFacts, reason_sentence, route
from ..search_text import fold
from ..settings import state
from ..snapshot import decode
from ..stored_text import storable
from .attaching import TakenFile, Upload, add_rows, stored
from .audience import MAX_MEMBERS
from .capturing import Captured, capture
from .conversation import SAID_JUST_NOW, Said, new_message, refuse_repeated, same_words, say_once, wrong_body
from .deciding import Decided, ask_routing, log_not_used
from .host_session import after_commit
from .limiting import OPENS, spend
from .numbers import next_ticket_id
from .standing import Standings, ask_about
from .status import may_work_on, set_assignee, touch
from .unit import NOBODY, Loaded, Unit, people_acting, record_of, refused_in, wishes


@dataclass(frozen=True, slots=True)
class Opened:
    """The number of the new ticket and the key of its first message."""

    ticket_id: str
    message: str | None


def open_ticket(
    actor: Actor,
    *,
    subject: str,
    body: str,
    account_id: str | None = None,
    requester: Person | None = None,
    category: str | None = None,
    site_ids: Sequence[str] = (),
    files: Sequence[Upload] = (),
    captured: Captured | None = None,
    form: str | None = None,
    page: str = "",
) -> Opened:
    """Open a ticket for an operator.

    :param account_id: needed when an agent opens it on somebody's behalf; an operator's own is the actor's.
    :param requester: on whose behalf; must have support access in that account now.
    :param category: key of an active category, or ``None``.
    :param site_ids: the account's sites it is about, as the sites hook names them.
    :param captured: the context as it was shown; without it the hooks are asked now.
    :param form: random text of the form; the same form opens one ticket however often it is sent.
    :raises InvalidInput: ``fields`` names what to mend: subject, body, category, sites, requester.
    :raises NotAllowed: the requester has no support access in that account.
    :raises AlreadySaid: another form has just opened a ticket with the same words.
    :raises Vetoed: a receiver said no.

    Sends ``ticket_opened`` and ``ticket_routed`` after the commit.
    """
    subject = " ".join(storable(subject).split())
    with stored(files, _wrong_text(subject, body)) as taken:
        person, account = _for_whom(actor, account_id, requester)
        if captured is None:
            asked_as = Actor(Side.CUSTOMER, actor.via, person, account, request_id=actor.request_id)
            captured = capture(asked_as, account, Origin(channel=str(actor.via), site_ids=tuple(site_ids), page=page))
        sites = _chosen_sites(captured, site_ids)
        draft = Draft(
            account_id=account,
            account_name=captured.snapshot.account.name if captured.snapshot.account else account,
            plan=captured.snapshot.plan,
            requester=person,
            subject=subject,
            body=body,
            channel=str(actor.via),
            category=category,
            site_ids=tuple(site_id for site_id, __ in sites),
        )
        decided = ask_routing(actor, draft)
        asked = _ask_about_routed(decided)
        new = _New(draft, sites, decided, files=tuple(taken), form=form, captured=captured, standings=asked)
        chosen = (subject, body, category, [site_id for site_id, __ in sites], person.id, account)
        said = say_once(actor, lambda unit: _open(unit, new), *chosen, limit=OPENS, form=form, files=taken)
    return Opened(said.ticket_id, said.message)


def continue_ticket(unit: Unit, loaded: Loaded, *, body: str, files: Sequence[TakenFile], form: str | None) -> Said:
    """A follow-up on a ticket closed too long ago: a new one, linked to it, in the same account and queue. Rule L16."""
    old, session = loaded.ticket, unit.session
    if unit.actor.person is None:
        raise NotAllowed(_("Only a person can follow up on a ticket."))
    draft = Draft(
        account_id=old.account_id,
        account_name=old.account_name,
        plan=old.plan,
        requester=unit.actor.person,
        subject=old.subject,
        body=body,
        channel=str(unit.actor.via),
        category=None,
        site_ids=(),
    )
    sites = session.execute(
        select(TicketSite.site_id, TicketSite.name).where(TicketSite.ticket_pk == old.pk).order_by(TicketSite.position)
    ).all()
    context = session.scalar(select(ContextSnapshot.body).where(ContextSnapshot.ticket_pk == old.pk))
    taken_over = {"code": "taken_over", "ticket": old.ticket_id}
    captured = Captured(decode(context), context, taken_over) if context else None
    new = _New(
        draft,
        [(site_id, name) for site_id, name in sites],
        Decided(Routed(queue=loaded.queue.key)),
        files=tuple(files),
        form=form,
        captured=captured,
        follow_up_of=old,
    )
    spend({OPENS: 1}, unit)
    said = _open(unit, new)
    touch(unit, loaded)
    unit.record(old, "ticket.continued_in", field="continued_in", new=said.ticket_id)
    return Said(said.ticket_id, said.message, continued=True)


@dataclass(frozen=True, slots=True)
class _New:
    """Everything a new ticket is made of, decided before its unit of work begins."""

    draft: Draft
    sites: Sequence[tuple[str, str]]
    decided: Decided
    files: tuple[TakenFile, ...]
    form: str | None
    captured: Captured | None
    follow_up_of: Ticket | None = None
    standings: Standings = field(default_factory=dict)


def _open(unit: Unit, new: _New) -> Said:
    draft, session = new.draft, unit.session
    unit.standings |= new.standings
    found = _found(unit, new)
    facts = [QueueFacts(queue.pk, queue.key, queue.name, queue.active, queue.is_default) for queue in found.queues]
    continues = new.follow_up_of.ticket_id if new.follow_up_of else ""
    decision = route(facts, found.category, new.decided.routed, said=new.decided.reasons, continues=continues)
    queue = next(queue for queue in found.queues if queue.pk == decision.queue.pk)
    agents = found.agents[queue.pk]
    act = Act.OPEN_FILTERED if decision.filtered_reason else Act.OPEN
    transition = decide(act, Facts(now=unit.now, limits=unit.limits), unit.actor)
    refuse_repeated(unit, found.said, new.form, _already_open)
    unit.meet([*people_acting(unit.actor), draft.requester])
    ticket = _row(unit, new, decision, found.category)
    for column, value in transition.changes.items():
        setattr(ticket, column, value if value is None or isinstance(value, bool | datetime) else str(value))
    sites = [name for __, name in new.sites]
    members = [one.recipient() for one in agents if one.covers and (one.agent.can_handle or one.agent.is_lead)]
    # Asked again where none were found: the queue may have become the likely one while its lock was waited for.
    read = members[:MAX_MEMBERS] or None
    loaded = Loaded(ticket, queue, None, sites, {draft.requester.id: found.refused}, members=read)
    unit.ask(signals.before_ticket_opened, _opened(unit, loaded, draft))
    unit.ask(signals.before_ticket_routed, _routed(unit, loaded, decision))
    agent = None
    if decision.assignee and not decision.filtered_reason:
        agent, reason = _agent(unit, loaded, agents, decision.assignee, new.decided.because)
        decision = replace(decision, reasons=(*decision.reasons, reason))
        ticket.routing = _stored(decision)
    # Last before the rows: the counter's row stays locked until the commit.
    ticket.ticket_id = next_ticket_id(session, unit.host.settings.ticket_prefix, unit.now)
    key = secrets.token_hex(16)
    _record(unit, new, loaded, decision, key)
    names = transition.row.notices
    if new.follow_up_of is not None:
        names = ("continued_customer", *names)
    if agent is not None:
        set_assignee(unit, loaded, agent, by=_routing(unit))
    session.add(ticket)
    session.flush()
    message = new_message(unit, ticket, kind="description", body=draft.body, form=new.form, key=key)
    session.add_all(
        TicketSite(ticket_pk=ticket.pk, position=position, site_id=site_id, name=name[:200])
        for position, (site_id, name) in enumerate(new.sites)
    )
    session.add_all(TicketTag(ticket_pk=ticket.pk, tag=tag) for tag in decision.tags)
    if new.captured is not None:
        session.add(_snapshot_row(ticket, new.captured))
    session.flush()
    add_rows(unit, ticket, message, new.files)
    _notify(unit, loaded, names, message, agent)
    unit.tell(signals.ticket_opened, _opened(unit, loaded, draft))
    unit.tell(signals.ticket_routed, _routed(unit, loaded, decision))
    after_commit(session, partial(log_not_used, ticket.ticket_id, decision.reasons))
    return Said(ticket.ticket_id, message.key)


def _notify(unit: Unit, loaded: Loaded, names: Sequence[str], message: Message, agent: Agent | None) -> None:
    told: dict[str, Any] = {"on_behalf_of": loaded.ticket.requester_name} if unit.actor.side is Side.AGENT else {}
    if agent is not None:
        # Who has it is told that and not of the opening as well; it was not the opener's doing.
        people = unit.people(loaded, new_assignee=agent)
        unit.notify(loaded, ("assigned_staff",), message=message, people=people, by=NOBODY)
        names = tuple(name for name in names if BY_NAME[name].side is Side.CUSTOMER)
    unit.notify(loaded, names, message=message, **told)


def _row(unit: Unit, new: _New, decision: Decision, category: CategoryFacts | None) -> Ticket:
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
        history_length=0,
        history_digest="",
        routing=_stored(decision),
    )


def _stored(decision: Decision) -> str:
    return json.dumps(list(decision.reasons), ensure_ascii=False)


def _record(unit: Unit, new: _New, loaded: Loaded, decision: Decision, message_key: str) -> None:
    ticket = loaded.ticket
    unit.record(
        ticket,
        "ticket.opened",
        new=ticket.ticket_id,
        channel=ticket.channel,
        queue=loaded.queue.key,
        message=message_key,
        snapshot=_snapshot_id(new.captured) if new.captured else None,
        follow_up_of=new.follow_up_of.ticket_id if new.follow_up_of else None,
        old_person_pk=ticket.requester_pk if unit.actor.side is Side.AGENT else None,
    )
    routing = _routing(unit)
    # The reasons, and the queue's name of then, stand on the ticket.
    unit.record(ticket, "ticket.routed", field="queue", new=loaded.queue.key, by=routing)
    if decision.filtered_reason:
        unit.record(ticket, "ticket.filtered", field="filtered", new=decision.filtered_reason, by=routing)


def _routing(unit: Unit) -> Actor:
    """Whose doing it is where a new ticket goes."""
    return Actor(Side.RULE, unit.actor.via, label="system:routing", request_id=unit.actor.request_id)


def _opened(unit: Unit, loaded: Loaded, draft: Draft) -> signals.TicketOpened:
    return signals.TicketOpened(ticket=loaded.record(), body=draft.body, envelope=loaded.envelope(unit))


def _wrong_text(subject: str, body: str) -> dict[str, str]:
    limit = state().settings.max_subject_chars
    wrong = wrong_body(body)
    if not subject:
        wrong["subject"] = _("Say in a few words what it is about.")
    elif len(subject) > limit:
        wrong["subject"] = _(
            "This subject has %(count)s characters; %(limit)s is the most.", count=len(subject), limit=limit
        )
    if not body.strip():
        wrong["body"] = _("Describe what happens and what you expected.")
    return wrong


def _said_before(unit: Unit, new: _New) -> Any:
    """A column: the key of the requester's last ticket's text, if it just said the same and came by another form."""
    draft = new.draft
    if new.form is None or unit.actor.person is None:
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


def _already_open(when: str, ticket: str) -> str:
    return _(
        "You sent exactly this at %(when)s: it is %(ticket)s. Send it again if you want a second ticket.",
        when=when,
        ticket=ticket,
    )


def _for_whom(actor: Actor, account_id: str | None, requester: Person | None) -> tuple[Person, str]:
    if actor.side is Side.CUSTOMER:
        if actor.person is None or actor.account_id is None:
            raise NotAllowed(_("Only an operator of an account can open a ticket here."))
        return actor.person, actor.account_id
    require(actor, Right.HANDLE)
    if requester is None or account_id is None:
        raise InvalidInput({"requester": _("Choose on whose behalf the ticket is opened.")})
    membership = requester.membership(account_id)
    if not requester.active or membership is None or not membership.may_use_support:
        raise NotAllowed(_("%(name)s has no access to support in this account.", name=requester.display_name))
    return requester, account_id


def _chosen_sites(captured: Captured, site_ids: Sequence[str]) -> list[tuple[str, str]]:
    known = {site.id: site.name for site in captured.snapshot.sites}
    chosen = [str(site_id) for site_id in dict.fromkeys(site_ids)]
    if any(site_id not in known for site_id in chosen) and "sites" not in captured.snapshot.unavailable:
        raise InvalidInput({"sites": _("One of these sites is not a site of your account. Choose again.")})
    return [(site_id, known[site_id]) for site_id in chosen if site_id in known]


@dataclass(frozen=True, slots=True)
class _Reached:
    """An active agent a queue's ticket may concern: who covers it, or whom the routing function named."""

    agent: Agent
    covers: bool
    refused: frozenset[str]

    def recipient(self) -> Recipient:
        return Recipient(self.agent.host_id, self.agent.name, self.agent.email, self.refused)


@dataclass(frozen=True, slots=True)
class _Found:
    """What the desk knows that a new ticket depends on.

    :param agents: by the key of their queue; members of those queues only to which the ticket is likely to go.
    :param refused: channels the requester switched off.
    :param said: the key of the text by which the same was said just before.
    """

    queues: Sequence[Queue]
    category: CategoryFacts | None
    agents: Mapping[int, Sequence[_Reached]]
    refused: frozenset[str]
    said: str | None


def _found(unit: Unit, new: _New) -> _Found:
    """Read it, and the records of who acts for whom, in one statement.

    The queues are locked: none is disabled before the ticket is in it.
    """
    draft, routed = new.draft, new.decided.routed or Routed()
    people = [*people_acting(unit.actor), draft.requester]
    likely = or_(Queue.is_default.is_(True), Queue.pk == Category.queue_pk, Queue.key == (routed.queue or ""))
    covers = covering(queue_pk=Queue.pk, category_pk=Category.pk, tags=routed.tags)
    concerned = likely & covers & (Agent.can_handle | Agent.is_lead)
    if routed.assignee:
        concerned |= (Agent.host_id == routed.assignee) | (Agent.email == routed.assignee)
    wanted = (
        select(
            Queue,
            Category,
            _said_before(unit, new),
            Agent,
            covers,
            *wishes(Agent.host_id),
            *wishes(draft.requester.id),
            *(record_of(person) for person in people),
        )
        .select_from(Queue)
        .outerjoin(Category, (Category.key == (draft.category or "")) & Category.active.is_(True))
        # Compared with a column, since SQLAlchemy's MySQL dialect takes a later join for a cartesian product otherwise.
        .outerjoin(Agent, (Agent.active == Queue.active) & concerned)
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
    theirs, rest = 5 + len(CHANNELS), 5 + 2 * len(CHANNELS)
    unit.knows(people, rows[0][rest:])
    agents: dict[int, list[_Reached]] = {queue.pk: [] for queue, *__ in rows}
    for row in rows:
        if row[3] is not None:
            agents[row[0].pk].append(_Reached(row[3], row[4], refused_in(row[5:theirs])))
    return _Found(
        queues=list({queue.pk: queue for queue, *__ in rows}.values()),
        category=CategoryFacts(category.pk, category.key, category.name, category.queue_pk) if category else None,
        agents=agents,
        refused=refused_in(rows[0][theirs:rest]),
        said=said,
    )


def _no_category(unit: Unit, key: str) -> str:
    """Why a category cannot be chosen: it is offered no longer, or nobody ever made it."""
    known = unit.session.execute(select(Category.key, Category.active).order_by(Category.position, Category.pk)).all()
    if any(one == key for one, __ in known):
        return _("This category is no longer offered. Choose another.")
    offered = ", ".join(one for one, active in known if active)
    if not offered:
        return _("There is no category “%(key)s”; this desk has none.", key=key)
    return _("There is no category “%(key)s”; there are: %(offered)s.", key=key, offered=offered)


def _snapshot_id(captured: Captured) -> str:
    """What the history calls a context by: a digest of it, known before its row is there."""
    return hashlib.sha256(captured.body.encode()).hexdigest()


def _snapshot_row(ticket: Ticket, captured: Captured) -> ContextSnapshot:
    return ContextSnapshot(
        ticket_pk=ticket.pk,
        schema_version=captured.snapshot.schema_version,
        captured_at=captured.snapshot.captured_at,
        remark=json.dumps(captured.remark, ensure_ascii=False) if captured.remark else "",
        body=captured.body,
    )


def _ask_about_routed(decided: Decided) -> Standings:
    """What the host says of the agent the routing function named; whose an address is, an earlier opening has found."""
    named = (decided.routed.assignee if decided.routed and not decided.routed.filtered else None) or ""
    host_id = state().agents_named.get(named, "" if "@" in named else named)
    return {host_id: ask_about(host_id)} if host_id else {}


def _agent(
    unit: Unit, loaded: Loaded, agents: Sequence[_Reached], named: str, because: str
) -> tuple[Agent | None, Coded]:
    """The agent a routing function named, if they may work on this ticket, and what the ticket says of it."""
    found = next((one for one in agents if named in {one.agent.host_id, one.agent.email}), None)
    if found is None:
        return None, {"code": "unknown_assignee", "agent": named}
    agent = found.agent
    unit.host.agents_named[named] = agent.host_id
    if not may_work_on(unit, agent, covers=found.covers):
        return None, {"code": "not_covering", "agent": agent.name}
    loaded.refused[agent.host_id] = found.refused
    return agent, {"code": "assignee", "agent": agent.name, "because": because}


def _routed(unit: Unit, loaded: Loaded, decision: Decision) -> signals.TicketRouted:
    return signals.TicketRouted(
        ticket=loaded.record(),
        reasons=tuple(reason_sentence(reason) for reason in decision.reasons),
        filtered_reason=decision.filtered_reason,
        envelope=loaded.envelope(unit),
    )
