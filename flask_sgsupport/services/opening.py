"""Open a ticket: the same verb for form, Python, command line and on somebody's behalf."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select

from .. import signals
from ..actors import Actor, Person, Right, Side
from ..errors import InvalidInput, NotAllowed, Vetoed
from ..hooks import Draft, Origin, Routed
from ..i18n import Coded
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, decide
from ..models import Agent, ContextSnapshot, Message, Ticket, TicketSite
from ..notifications import BY_NAME
from ..permissions import require
from ..routing import Decision, QueueFacts, reason_sentence, route
from ..settings import state
from ..snapshot import decode
from ..stored_text import storable
from .about import chosen_again, chosen_of, read_refs, subjects_on, words_of
from .attaching import TakenFile, Upload, add_rows, stored
from .audience import MAX_MEMBERS
from .capturing import Captured, Ref, capture
from .choosing import Candidate
from .conversation import Said, new_message, refuse_repeated, say_once, wrong_body
from .deciding import Decided, ask_routing, log_not_used
from .due_times import begin, holding
from .foreseeing import Foreseen, foresee, settle
from .holding import may_work_on, set_assignee, touch
from .host_session import after_commit
from .limiting import OPENS, spend
from .measuring import begin_course
from .new_ticket import (
    New,
    Reached,
    likely_priority,
    read_desk,
    rows_beside,
    snapshot_id,
    stored_reasons,
    ticket_row,
)
from .numbers import next_ticket_id
from .ruling import as_rule, given_to, vetoed_step
from .standing import Standings, ask_about
from .unit import NOBODY, Loaded, Unit, people_acting


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
    subjects: Sequence[Ref] = (),
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
    :param subjects: kind and key of the host's things it is about, as the subjects hook names them.
    :param captured: the context as it was shown; without it the hooks are asked now.
    :param form: random text of the form; the same form opens one ticket however often it is sent.
    :raises InvalidInput: ``fields`` names what to mend: subject, body, category, sites, subjects, requester.
    :raises NotAllowed: the requester has no support access in that account.
    :raises AlreadySaid: another form has just opened a ticket with the same words.
    :raises Vetoed: a receiver said no.

    Sends ``ticket_opened`` and ``ticket_routed`` after the commit.
    """
    subject = " ".join(storable(subject).split())
    with stored(files, _wrong_text(subject, body)) as taken:
        person, account = _for_whom(actor, account_id, requester)
        asked_as = Actor(Side.CUSTOMER, actor.via, person, account, request_id=actor.request_id)
        origin = Origin(channel=str(actor.via), site_ids=tuple(site_ids), page=page)
        wanted = read_refs(subjects)
        if captured is None:
            captured = capture(asked_as, account, origin, wanted=wanted or None)
            about = chosen_of(captured, wanted)
        else:
            about = chosen_again(asked_as, account, origin, captured, wanted)
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
            subjects=about,
        )
        decided, foreseen = ask_routing(actor, draft), foresee(draft, sites)
        asked = ask_about_routed(decided, foreseen)
        new = New(draft, sites, decided, files=tuple(taken), form=form, captured=captured, standings=asked)
        new = replace(new, foreseen=foreseen)
        named = [one.ref for one in about]
        chosen = (subject, body, category, [site_id for site_id, __ in sites], named, person.id, account)
        said = say_once(actor, lambda unit: open_new(unit, new), *chosen, limit=OPENS, form=form, files=taken)
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
        subjects=tuple(subjects_on(session, old)),
    )
    sites = session.execute(
        select(TicketSite.site_id, TicketSite.name).where(TicketSite.ticket_pk == old.pk).order_by(TicketSite.position)
    ).all()
    context = session.scalar(select(ContextSnapshot.body).where(ContextSnapshot.ticket_pk == old.pk))
    taken_over = {"code": "taken_over", "ticket": old.ticket_id}
    captured = Captured(decode(context), context, taken_over) if context else None
    new = New(
        draft,
        [(site_id, name) for site_id, name in sites],
        Decided(Routed(queue=loaded.queue.key)),
        files=tuple(files),
        form=form,
        captured=captured,
        follow_up_of=old,
    )
    spend({OPENS: 1}, unit)
    said = open_new(unit, new)
    touch(unit, loaded)
    unit.record(old, "ticket.continued_in", field="continued_in", new=said.ticket_id)
    return Said(said.ticket_id, said.message, continued=True)


def open_new(unit: Unit, new: New) -> Said:
    """Write the new ticket with everything that belongs to it, in a unit of work that may do more.

    :raises NotReady: there is no queue.
    :raises AlreadySaid: another form has just opened a ticket with the same words.
    :raises Vetoed: a receiver said no.
    """
    draft, session = new.draft, unit.session
    unit.standings |= new.standings
    found = read_desk(unit, new)
    facts = [QueueFacts(one.pk, one.key, one.name, one.active, one.is_default, one.hours) for one in found.queues]
    continues = new.follow_up_of.ticket_id if new.follow_up_of else ""
    ruled = settle(unit, new.foreseen, found.rules, draft, new.sites, facts, found.category)
    decision = route(
        facts,
        found.category,
        new.decided.routed,
        ruled=ruled.found,
        said=new.decided.reasons,
        continues=continues,
        chosen_by=new.chosen_by,
    )
    queue = next(queue for queue in found.queues if queue.pk == decision.queue.pk)
    agents = found.agents[queue.pk]
    act = Act.OPEN_FILTERED if decision.filtered_reason else Act.OPEN
    transition = decide(act, Facts(now=unit.now, limits=unit.limits), unit.actor)
    refuse_repeated(unit, found.said, new.form, _already_open)
    unit.meet([*people_acting(unit.actor), draft.requester])
    ticket = ticket_row(unit, new, decision, found.category)
    for column, value in transition.changes.items():
        setattr(ticket, column, value if value is None or isinstance(value, bool | datetime) else str(value))
    likely = ticket.priority == likely_priority(new)
    begin(ticket, queue, found.targets[queue.pk] if likely else holding(session, ticket), unit.now)
    begin_course(ticket, unit.now)
    sites = [name for __, name in new.sites]
    members = [one.recipient() for one in agents if one.covers and (one.agent.can_handle or one.agent.is_lead)]
    # Asked again where none were found: the queue may have become the likely one while its lock was waited for.
    read = members[:MAX_MEMBERS] or None
    refused = {draft.requester.id: found.refused}
    loaded = Loaded(ticket, queue, None, sites, refused, members=read, subjects=draft.subjects)
    unit.ask(signals.before_ticket_opened, _opened(unit, loaded, draft))
    unit.ask(signals.before_ticket_routed, _routed(unit, loaded, decision))
    known = [one.as_candidate() for one in agents] if ruled is new.foreseen else None
    agent, reasons = _given(unit, loaded, decision, agents, new.decided.because, known)
    decision = replace(decision, reasons=(*decision.reasons, *reasons))
    ticket.routing = stored_reasons(decision)
    # Last before the rows: the counter's row stays locked until the commit.
    ticket.ticket_id = next_ticket_id(session, unit.host.settings.ticket_prefix, unit.now)
    key = secrets.token_hex(16)
    _record(unit, new, loaded, decision, key, category=found.category.key if found.category else "")
    names = transition.row.notices
    if new.follow_up_of is not None:
        names = ("continued_customer", *names)
    if new.copies is not None:
        names = ("split_customer", *names)
    if agent is not None:
        agent = _assign(unit, loaded, decision, agent)
    message = _write(unit, new, ticket, decision, key)
    _notify(unit, loaded, names, message, agent, split_from=new.split_from)
    unit.tell(signals.ticket_opened, _opened(unit, loaded, draft))
    unit.tell(signals.ticket_routed, _routed(unit, loaded, decision))
    after_commit(session, partial(log_not_used, ticket.ticket_id, decision.reasons))
    return Said(ticket.ticket_id, message.key)


def _write(unit: Unit, new: New, ticket: Ticket, decision: Decision, key: str) -> Message:
    """The rows of the ticket and of what belongs to it; its first message."""
    session = unit.session
    session.add(ticket)
    session.flush()
    about = words_of(new.draft.subjects)
    message = new_message(unit, ticket, kind="description", body=new.draft.body, form=new.form, key=key, about=about)
    if new.copies is not None:
        _as_it_was_written(message, new.copies)
    session.add_all(rows_beside(ticket, new, decision))
    session.flush()
    add_rows(unit, ticket, message, new.files)
    return message


def _as_it_was_written(message: Message, copied: Message) -> None:
    """A copy says who wrote it, when and by which path, as what it repeats does."""
    message.copy_of = copied.key
    for name in ("side", "author_pk", "author_public_name", "via", "created_at"):
        setattr(message, name, getattr(copied, name))


def _notify(
    unit: Unit, loaded: Loaded, names: Sequence[str], message: Message, agent: Agent | None, *, split_from: str
) -> None:
    told: dict[str, Any] = {"on_behalf_of": loaded.ticket.requester_name} if unit.actor.side is Side.AGENT else {}
    if split_from:
        told["split_from"] = split_from
    if agent is not None:
        # Who has it is told that and not of the opening as well; it was not the opener's doing.
        people = unit.people(loaded, new_assignee=agent)
        unit.notify(loaded, ("assigned_staff",), message=message, people=people, by=NOBODY)
        names = tuple(name for name in names if BY_NAME[name].side is Side.CUSTOMER)
    unit.notify(loaded, names, message=message, **told)


def _record(unit: Unit, new: New, loaded: Loaded, decision: Decision, message_key: str, *, category: str) -> None:
    ticket = loaded.ticket
    unit.record(
        ticket,
        "ticket.opened",
        new=ticket.ticket_id,
        account=ticket.account_id,
        channel=ticket.channel,
        queue=loaded.queue.key,
        priority=ticket.priority,
        category=category,
        message=message_key,
        files=len(new.files) or None,
        snapshot=snapshot_id(new.captured) if new.captured else None,
        follow_up_of=new.follow_up_of.ticket_id if new.follow_up_of else None,
        split_from=new.split_from or None,
        subjects=[one.ref for one in new.draft.subjects] or None,
        old_person_pk=ticket.requester_pk if unit.actor.side is Side.AGENT else None,
    )
    # The reasons, and the queue's name of then, stand on the ticket.
    unit.record(ticket, "ticket.routed", field="queue", new=loaded.queue.key, by=_routing(unit, decision, "queue"))
    if decision.filtered_reason:
        by = _routing(unit, decision, "filtered")
        unit.record(ticket, "ticket.filtered", field="filtered", new=decision.filtered_reason, by=by)


def _routing(unit: Unit, decision: Decision, part: str) -> Actor:
    """Whose doing it is where a new ticket goes: a rule's, or the routing's."""
    if part in decision.rules:
        return as_rule(unit, decision.rules[part])
    return Actor(Side.RULE, unit.actor.via, label="system:routing", request_id=unit.actor.request_id)


def _given(
    unit: Unit,
    loaded: Loaded,
    decision: Decision,
    agents: Sequence[Reached],
    because: str,
    known: Sequence[Candidate] | None,
) -> tuple[Agent | None, Sequence[Coded]]:
    """Who has the ticket from the start, and what it says of that; what waits under Spam / Filtered is nobody's."""
    if decision.given is not None and decision.filtered_reason:
        return None, [{**decision.given.reason, "code": "rule_waits"}]
    if decision.given is not None:
        agent, reason = given_to(unit, loaded, decision.given, tags=decision.tags, found=known)
    elif decision.assignee and not decision.filtered_reason:
        agent, reason = _agent(unit, loaded, agents, decision.assignee, because)
    else:
        return None, []
    return agent, [reason]


def _assign(unit: Unit, loaded: Loaded, decision: Decision, agent: Agent) -> Agent | None:
    """Give it to them; who has it then. The customer's ticket is there whatever a receiver says of its assignee."""
    try:
        set_assignee(unit, loaded, agent, by=_routing(unit, decision, "assignee"))
    except Vetoed as veto:
        named = {"code": "assignee_vetoed", "agent": agent.name, "why": veto.sentence}
        kept = vetoed_step(decision.given, veto) if decision.given else named
        loaded.ticket.routing = stored_reasons(replace(decision, reasons=(*decision.reasons[:-1], kept)))
        return None
    return agent


def _opened(unit: Unit, loaded: Loaded, draft: Draft) -> signals.TicketOpened:
    return signals.TicketOpened(ticket=loaded.record(), body=draft.body, envelope=loaded.envelope(unit))


def wrong_subject(subject: str) -> dict[str, str]:
    """What is wrong with a ticket's subject, by field: empty, or too long."""
    limit = state().settings.max_subject_chars
    if not subject:
        return {"subject": _("Say in a few words what it is about.")}
    if len(subject) > limit:
        sentence = _("This subject has %(count)s characters; %(limit)s is the most.", count=len(subject), limit=limit)
        return {"subject": sentence}
    return {}


def _wrong_text(subject: str, body: str) -> dict[str, str]:
    wrong = wrong_body(body) | wrong_subject(subject)
    if not body.strip():
        wrong["body"] = _("Describe what happens and what you expected.")
    return wrong


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


def ask_about_routed(decided: Decided, foreseen: Foreseen) -> Standings:
    """What the host says of the agent the routing function named, or a rule will.

    Whose an address is, an earlier opening has found.
    """
    named = (decided.routed.assignee if decided.routed and not decided.routed.filtered else None) or ""
    named = named or foreseen.agent
    host_id = state().agents_named.get(named, "" if "@" in named else named)
    return {host_id: ask_about(host_id)} if host_id else {}


def _agent(
    unit: Unit, loaded: Loaded, agents: Sequence[Reached], named: str, because: str
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
