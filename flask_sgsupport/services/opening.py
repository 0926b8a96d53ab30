"""Open a ticket: the same verb for form, Python, command line and on somebody's behalf."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor, Person, Right, Side
from ..errors import InvalidInput, NotAllowed, NotReady
from ..hooks import Draft, Origin, Routed
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, decide
from ..models import Agent, Category, ContextSnapshot, Preference, Queue, Ticket, TicketSite, TicketTag
from ..notifications import CHANNELS
from ..permissions import require
from ..routing import CategoryFacts, Decision, QueueFacts, route
from ..search_text import fold
from ..settings import state
from ..snapshot import decode
from .attaching import TakenFile, add_rows
from .capturing import Captured, capture
from .conversation import Said, checked_body, new_message, once, storable
from .numbers import next_ticket_id
from .status import may_work_on, set_assignee
from .transaction import Loaded, Unit, run

log = logging.getLogger("flask_sgsupport.opening")

MAX_TAGS = 20
MAX_QUEUES = 500


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
    files: Sequence[TakenFile] = (),
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
    :raises Vetoed: a receiver said no.

    Sends ``ticket_opened`` and ``ticket_routed`` after the commit.
    """
    subject = " ".join(storable(subject).split())
    _check_text(subject, body)
    person, account = _for_whom(actor, account_id, requester)
    if captured is None:
        asked_as = Actor(
            side=Side.CUSTOMER, via=actor.via, person=person, account_id=account, request_id=actor.request_id
        )
        captured = capture(asked_as, account, Origin(channel=str(actor.via), site_ids=tuple(site_ids), page=page))
    sites = _chosen_sites(captured, site_ids)
    account_name = captured.snapshot.account.name if captured.snapshot.account else account
    draft = Draft(
        account_id=account, account_name=account_name, plan=captured.snapshot.plan, requester=person, subject=subject, body=body,
        channel=str(actor.via), category=category, site_ids=tuple(site_id for site_id, __ in sites),
    )  # fmt: skip
    answer, failed = _ask_routing(draft)

    def write(unit: Unit) -> Said:
        return _open(
            unit,
            draft,
            captured,
            sites=sites,
            answer=answer,
            hook_failed=failed,
            files=files,
            form=form,
            follow_up_of=None,
        )

    said = run(actor, write, once=once(actor, form))
    return Opened(said.ticket_id, said.message)


def continue_ticket(unit: Unit, loaded: Loaded, *, body: str, files: Sequence[TakenFile], form: str | None) -> Said:
    """A follow-up on a ticket closed too long ago: a new one, linked to it, in the same account and queue. Rule L16."""
    old, person = loaded.ticket, unit.actor.person
    assert person is not None
    draft = Draft(
        account_id=old.account_id, account_name=old.account_name, plan=old.plan, requester=person, subject=old.subject, body=body,
        channel=str(unit.actor.via), category=None, site_ids=(),
    )  # fmt: skip
    snapshot = unit.session.execute(
        select(ContextSnapshot.body, ContextSnapshot.remark).where(ContextSnapshot.ticket_pk == old.pk)
    ).first()
    sites = [(site_id, name) for site_id, name in unit.session.execute(
        select(TicketSite.site_id, TicketSite.name).where(TicketSite.ticket_pk == old.pk).order_by(TicketSite.position)
    )]  # fmt: skip
    said = _open(
        unit, draft, None, sites=sites, answer=Routed(queue=loaded.queue.key, because=_("it continues %(ticket)s", ticket=old.ticket_id)),
        hook_failed=False, files=files, form=form, follow_up_of=old, old_snapshot=snapshot.body if snapshot else None,
    )  # fmt: skip
    old.updated_at = old.customer_updated_at = unit.now
    unit.record(old, "ticket.continued_in", field="continued_in", new=said.ticket_id)
    return Said(said.ticket_id, said.message, continued=True)


def _open(
    unit: Unit,
    draft: Draft,
    captured: Captured | None,
    *,
    sites: Sequence[tuple[str, str]],
    answer: Routed | None,
    hook_failed: bool,
    files: Sequence[TakenFile],
    form: str | None,
    follow_up_of: Ticket | None,
    old_snapshot: str | None = None,
) -> Said:
    session, actor, host = unit.session, unit.actor, unit.host
    queues, category, refused = _queues(session, draft)
    decision = route([facts for facts, __ in queues], category, answer, hook_failed=hook_failed)
    queue = next(queue for facts, queue in queues if facts.pk == decision.queue.pk)
    filtered = decision.filtered_reason
    facts = Facts(now=unit.now, limits=unit.limits)
    transition = decide(Act.OPEN_FILTERED if filtered else Act.OPEN, facts, actor)
    ticket = Ticket(
        ticket_id="", account_id=draft.account_id, account_name=draft.account_name[:200], plan=draft.plan[:100],
        requester_pk=unit.person_pk(draft.requester), requester_id=draft.requester.id, requester_name=draft.requester.display_name[:200],
        requester_email=draft.requester.email, subject=draft.subject, subject_folded=fold(draft.subject)[:2000], priority=decision.priority,
        channel=str(actor.via), queue_pk=queue.pk, category_pk=category.pk if category else None, assignee_pk=None,
        filtered_reason=filtered[:200] if filtered else None, first_reply_at=None, created_at=unit.now, updated_at=unit.now,
        customer_updated_at=unit.now, resolved_at=None, auto_close_at=None, closed_at=None, close_reason=None, reopen_count=0,
        hold_reason=None, follow_up_of_pk=follow_up_of.pk if follow_up_of else None,
        routing=json.dumps(list(decision.reasons), ensure_ascii=False),
    )  # fmt: skip
    for column, value in transition.changes.items():
        setattr(ticket, column, str(value) if column in {"status", "waiting_on"} else value)
    loaded = Loaded(ticket=ticket, queue=queue, assignee=None, sites=[name for __, name in sites], refused=refused)
    unit.ask(
        signals.before_ticket_opened,
        signals.TicketOpened(ticket=loaded.record(), body=draft.body, envelope=loaded.envelope(unit)),
    )
    unit.ask(signals.before_ticket_routed, _routed(unit, loaded, decision))
    unit.person_pk(actor.person)
    ticket.ticket_id = next_ticket_id(session, host.settings.ticket_prefix, unit.now)
    session.add(ticket)
    session.flush()
    message = new_message(unit, ticket, kind="description", body=draft.body, form=form)
    session.add_all(
        TicketSite(ticket_pk=ticket.pk, position=position, site_id=site_id, name=name[:200])
        for position, (site_id, name) in enumerate(sites)
    )
    session.add_all(TicketTag(ticket_pk=ticket.pk, tag=tag[:50]) for tag in decision.tags[:MAX_TAGS])
    if captured is not None:
        session.add(_snapshot_row(ticket, captured))
    elif old_snapshot is not None:
        session.add(_copied_snapshot(ticket, old_snapshot, follow_up_of))
    session.flush()
    add_rows(unit, ticket, message, files)
    on_behalf = actor.side is Side.AGENT
    unit.record(
        ticket, "ticket.opened", new=ticket.ticket_id, channel=str(actor.via), queue=queue.key, message=message.key,
        follow_up_of=follow_up_of.ticket_id if follow_up_of else None, on_behalf=draft.requester.display_name if on_behalf else None,
        files=[file.name for file in files] or None,
    )  # fmt: skip
    unit.record(ticket, "ticket.routed", field="queue", new=queue.name, reasons=list(decision.reasons))
    if filtered:
        unit.record(ticket, "ticket.filtered", field="filtered", new=filtered)
    notices = transition.row.notices
    if follow_up_of is not None:
        notices = ("continued_customer", *notices)
    people = None
    if decision.assignee is not None and not filtered:
        agent = _agent(unit, loaded, decision.assignee)
        if agent is not None:
            set_assignee(unit, loaded, agent)
            people = unit.people(loaded, new_assignee=agent)
            notices = ("assigned_staff", *notices)
    unit.notify(loaded, notices, message=message, people=people)
    opened = signals.TicketOpened(ticket=loaded.record(), body=draft.body, envelope=loaded.envelope(unit))
    unit.tell(signals.ticket_opened, opened)
    unit.tell(signals.ticket_routed, _routed(unit, loaded, decision))
    return Said(ticket.ticket_id, message.key)


def _check_text(subject: str, body: str) -> None:
    limit = state().settings.max_subject_chars
    wrong: dict[str, str] = {}
    if not subject:
        wrong["subject"] = _("Say in a few words what it is about.")
    elif len(subject) > limit:
        wrong["subject"] = _(
            "This subject has %(count)s characters; %(limit)s is the most.", count=len(subject), limit=limit
        )
    try:
        checked_body(body)
    except InvalidInput as error:
        wrong |= error.fields if body.strip() else {"body": _("Describe what happens and what you expected.")}
    if wrong:
        raise InvalidInput(wrong)


def _for_whom(actor: Actor, account_id: str | None, requester: Person | None) -> tuple[Person, str]:
    if actor.side is Side.CUSTOMER:
        assert actor.person is not None and actor.account_id is not None
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


def _ask_routing(draft: Draft) -> tuple[Routed | None, bool]:
    function = state().hooks.route
    if function is None:
        return None, False
    try:
        answer = function(draft)
        if answer is not None and not _is_sound(answer):
            raise TypeError(f"The routing function must return Routed(…) or None, not {answer!r:.200}.")
    except Exception:
        log.exception("The routing function failed; the ticket is routed without it")
        return None, True
    return answer, False


def _is_sound(answer: object) -> bool:
    return isinstance(answer, Routed) and all(
        value is None or isinstance(value, str)
        for value in (answer.queue, answer.priority, answer.assignee, answer.filtered, *answer.tags)
    )


def _queues(
    session: Session, draft: Draft
) -> tuple[list[tuple[QueueFacts, Queue]], CategoryFacts | None, dict[str, frozenset[str]]]:
    """Queues, the chosen category and the requester's preferences, in one statement; the queues stay as they are until the commit."""
    wants = [
        select(Preference.wanted)
        .where(Preference.host_id == draft.requester.id, Preference.channel == channel)
        .scalar_subquery()
        for channel in CHANNELS
    ]
    wanted = (
        select(Queue, Category, *wants)
        .select_from(Queue)
        .outerjoin(Category, (Category.key == (draft.category or "")) & Category.active.is_(True))
        .where(Queue.active.is_(True))
        .order_by(Queue.position, Queue.pk)
        .limit(MAX_QUEUES)
        .with_for_update(read=True, of=Queue)
    )
    rows = session.execute(wanted).all()
    if not rows:
        raise NotReady(_("There is no queue yet. Run: flask support init --lead E-MAIL"))
    queues = {
        queue.pk: (QueueFacts(queue.pk, queue.key, queue.name, queue.active, queue.is_default), queue)
        for queue, *__ in rows
    }
    category = rows[0][1]
    if draft.category and category is None:
        raise InvalidInput({"category": _("This category is no longer offered. Choose another.")})
    refused = frozenset(channel for channel, wants_it in zip(CHANNELS, rows[0][2:], strict=True) if wants_it is False)
    found = CategoryFacts(category.pk, category.key, category.name, category.queue_pk) if category else None
    return list(queues.values()), found, {draft.requester.id: refused} if refused else {}


def _snapshot_row(ticket: Ticket, captured: Captured) -> ContextSnapshot:
    return ContextSnapshot(
        ticket_pk=ticket.pk,
        schema_version=captured.snapshot.schema_version,
        captured_at=captured.snapshot.captured_at,
        remark=captured.remark,
        body=captured.body,
    )


def _copied_snapshot(ticket: Ticket, body: str, old: Ticket | None) -> ContextSnapshot:
    snapshot = decode(body)
    remark = _("Taken over from %(ticket)s.", ticket=old.ticket_id if old else "")
    return ContextSnapshot(
        ticket_pk=ticket.pk,
        schema_version=snapshot.schema_version,
        captured_at=snapshot.captured_at,
        remark=remark,
        body=body,
    )


def _agent(unit: Unit, loaded: Loaded, named: str) -> Agent | None:
    """The agent a routing function named, if they may work on this ticket; otherwise it stays unassigned."""
    agent = unit.session.scalar(
        select(Agent).where(or_(Agent.host_id == named, Agent.email == named), Agent.active.is_(True)).limit(1)
    )
    return agent if agent is not None and may_work_on(unit, loaded, agent) else None


def _routed(unit: Unit, loaded: Loaded, decision: Decision) -> signals.TicketRouted:
    return signals.TicketRouted(
        ticket=loaded.record(),
        reasons=decision.reasons,
        filtered_reason=decision.filtered_reason,
        envelope=loaded.envelope(unit),
    )
