"""Run the rules: what they are now, and what they do to a ticket that is there already. Opening one is in `opening`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from sqlalchemy import delete, select

from ..actors import Actor, Side
from ..business_hours import hour_at
from ..conditions import Facts, facts_of
from ..errors import Vetoed
from ..i18n import Coded
from ..lifecycle import Act, decide
from ..models import Agent, Category, Delivery, Message, Queue, Ticket, TicketSite, TicketTag
from ..models import Rule as RuleRow
from ..notifications import BELL, NOTICES
from ..permissions import covering
from ..routing import NOBODY_THEN, TOGETHER, ByRule, found_nobody, tags_after
from ..rules import CHOOSING, Known, Rule, decided, run_rules, sound
from .audience import refused_in, switched_off_by
from .choosing import Candidate, candidates, choose
from .holding import may_work_on, set_assignee
from .placing import put_into_queue, record_change, routing
from .unit import BIND, NOBODY, Loaded, Unit

MAX_PLACES = 500
MAX_REASONS = 50
"""So many reasons of later acts are kept on a ticket, the newest ones."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where tickets of a category began, the queues there were, by key, and their business hours."""

    queue: str
    queues: Mapping[str, str]
    hours: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rules as this process has read them last, by their revision; and where tickets began lately, by category."""

    revision: int
    rules: Sequence[Rule]
    places: dict[str | None, Place] = field(default_factory=dict)

    def remember(self, category: str | None, place: Place) -> None:
        """What the next ticket of this category is likely to find."""
        if len(self.places) < MAX_PLACES or category in self.places:
            self.places[category] = place


def rules_of(unit: Unit, revision: int | None) -> Sequence[Rule]:
    """The rules in use, in their order; read only where one was changed since they were read last.

    :param revision: as `revision_of_rules` gives it, read in this act.
    """
    if revision is None:
        return ()
    kept: Kept | None = unit.host.rules
    if kept is None or kept.revision != revision:
        rows = unit.session.scalars(select(RuleRow).where(RuleRow.active.is_(True)).order_by(*IN_ORDER)).all()
        unit.host.rules = kept = Kept(revision, sound(rows))
    return kept.rules


IN_ORDER = (RuleRow.position, RuleRow.pk)


def as_rule(unit: Unit, key: str) -> Actor:
    """Whose doing it is what a rule decided."""
    return Actor(Side.RULE, unit.actor.via, label=f"rule:{key}", request_id=unit.actor.request_id)


@dataclass(frozen=True, slots=True)
class Ran:
    """What rules made of a ticket, for those who tell of it.

    :param tells: the name of the rule that has whoever is responsible told, if one does.
    """

    assigned: Agent | None = None
    lost: Agent | None = None
    tells: str = ""

    def tell(self, unit: Unit, loaded: Loaded, message: Message | None = None) -> None:
        """Tell who got the ticket and who lost it; through a channel that told them that the act tells nothing else."""
        if self.assigned is None and self.lost is None:
            return
        people = unit.people(loaded, old_assignee=self.lost, new_assignee=self.assigned)
        names = ("assigned_staff", "unassigned_staff")
        loaded.told = unit.notify(loaded, names, message=message, people=people, by=NOBODY)


def run_on(
    unit: Unit, loaded: Loaded, act: str, *, also: str = "", body: str | None = None, targets: Sequence[str] = ()
) -> Ran:
    """Run the rules on a ticket that is there, and write what they decide.

    :param act: what sets them off.
    :param also: another act that happens with it; a rule that both set off runs once.
    :param body: what the customer wrote now; without it the ticket's own text.
    :param targets: kinds of the times that are over, or nearly.
    """
    rules = [rule for rule in rules_of(unit, loaded.rules) if {act, also} & rule.on]
    if not rules or loaded.ticket.filtered_reason is not None:
        return Ran()
    if any("assignee" in rule.then for rule in rules):
        _hold_what_rang(unit, loaded)
    queues = _queues(unit, rules)
    names, hours = {one.key: one.name for one in queues}, {one.key: one.hours for one in queues}
    known = Known.at(loaded.ticket.created_at, names, hours)
    facts = {**_facts(unit, loaded, body), "target": tuple(targets)}
    found = decided(run_rules(rules, act, facts, known, also=also))
    before = loaded.assignee
    last = {one.part: one for one in found if one.part not in TOGETHER}
    writes: Mapping[str, Callable[..., Coded | None]] = {
        "tags": _set_tags,
        "untags": _set_tags,
        "queue": partial(_move, queues=queues),
        "priority": _set_priority,
        "notify": _record_telling,
    }
    reasons: list[Coded] = []
    for one in found:
        if one.part == "assignee" or last.get(one.part, one) is not one:
            continue
        write = writes.get(one.part)
        reasons.append(one.reason if write is None else _unless_vetoed(one, partial(write, unit, loaded, one)))
    given = last.get("assignee")
    if loaded.assignee is None and (kept := [one for one in found if one.reason["code"] == "rule_kept"]):
        # It went to where the one who was to keep it does not work.
        reasons = [reason for reason in reasons if reason["code"] != "rule_kept"]
        given = given or replace(kept[-1], part="assignee")
    if given is not None:
        reasons.append(_unless_vetoed(given, partial(_give, unit, loaded, given)))
    _keep(loaded, {rule.key: act if act in rule.on else also for rule in rules}, reasons)
    now, tells = loaded.assignee, str(last["notify"].reason["name"]) if "notify" in last else ""
    return Ran(tells=tells) if now is before else Ran(assigned=now, lost=before, tells=tells)


def _unless_vetoed(one: ByRule, write: Callable[[], Coded | None]) -> Coded:
    """Do one step of a rule, and the reason the ticket keeps.

    What a receiver keeps a rule from doing is left out: neither the customer's words nor the clock, which set the rule
    off, wait for it. Each step asks before it writes.
    """
    try:
        return write() or one.reason
    except Vetoed as veto:
        return vetoed_step(one, veto)


def vetoed_step(one: ByRule, veto: Vetoed) -> Coded:
    """What a ticket says of a step of a rule that a receiver did not allow."""
    return {**one.reason, "code": "rule_vetoed", "why": veto.sentence}


def _queues(unit: Unit, rules: Sequence[Rule]) -> Sequence[Queue]:
    """Queues in use that these rules name, kept from being disabled meanwhile."""
    named = {rule.then["queue"] for rule in rules if rule.then.get("queue")}
    if not named:
        return ()
    wanted = select(Queue).where(Queue.key.in_(named), Queue.active.is_(True)).order_by(Queue.pk)
    return unit.session.scalars(wanted.with_for_update(read=True)).all()


def _facts(unit: Unit, loaded: Loaded, body: str | None) -> Facts:
    ticket = loaded.ticket
    own = select(Message.body).where(Message.ticket_pk == Ticket.pk, Message.kind == "description")
    wanted = (
        select(
            Category.key,
            TicketTag.tag,
            TicketSite.site_id,
            TicketSite.name,
            *(() if body is not None else (own.limit(1).scalar_subquery(),)),
        )
        .select_from(Ticket)
        .outerjoin(Category, Category.pk == Ticket.category_pk)
        .outerjoin(TicketTag, TicketTag.ticket_pk == Ticket.pk)
        .outerjoin(TicketSite, TicketSite.ticket_pk == Ticket.pk)
        .where(Ticket.pk == ticket.pk)
    )
    rows = unit.session.execute(wanted).all()
    return facts_of(
        ticket,
        category=rows[0][0],
        queue=loaded.queue.key,
        assignee=loaded.assignee.host_id if loaded.assignee else None,
        tags=sorted({row[1] for row in rows if row[1] is not None}),
        sites=sorted({(row[2], row[3]) for row in rows if row[2] is not None}),
        about=[(one.ref, one.title) for one in loaded.subjects],
        body=body if body is not None else rows[0][4] or "",
        hour=hour_at(loaded.queue.hours, ticket.created_at),
    )


def _set_tags(unit: Unit, loaded: Loaded, one: ByRule) -> None:
    here = TicketTag.ticket_pk == loaded.ticket.pk
    old = sorted(unit.session.scalars(select(TicketTag.tag).where(here)))
    new = sorted(tags_after([one], old))
    with routing(unit, loaded):
        if gone := set(old).difference(new):
            unit.session.execute(delete(TicketTag).where(here, TicketTag.tag.in_(gone)))
        unit.session.add_all(TicketTag(ticket_pk=loaded.ticket.pk, tag=tag) for tag in new if tag not in old)
        # Who covers the ticket is asked of the database.
        unit.session.flush()
        record_change(unit, loaded, "tags", ", ".join(old), ", ".join(new), by=as_rule(unit, one.rule))


def _move(unit: Unit, loaded: Loaded, one: ByRule, queues: Sequence[Queue]) -> None:
    queue = next(queue for queue in queues if queue.key == one.value)
    put_into_queue(unit, loaded, queue, by=as_rule(unit, one.rule))


def _set_priority(unit: Unit, loaded: Loaded, one: ByRule) -> None:
    by, old = as_rule(unit, one.rule), loaded.ticket.priority
    decide(Act.CHANGE_FIELD, loaded.facts(unit), by)
    with routing(unit, loaded):
        loaded.ticket.priority = one.value
        record_change(unit, loaded, "priority", old, one.value, by=by)


def _record_telling(unit: Unit, loaded: Loaded, one: ByRule) -> None:
    """What the notices of the act tell is written with them."""
    unit.record(loaded.ticket, "rule.told", by=as_rule(unit, one.rule))


def _give(unit: Unit, loaded: Loaded, one: ByRule) -> Coded:
    """Assign the ticket as a rule says, and the reason."""
    ticket = loaded.ticket
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    by = as_rule(unit, one.rule)
    decide(Act.ASSIGN, loaded.facts(unit), by)
    agent, reason = given_to(unit, loaded, one, tags=tags)
    if agent is not None:
        anew = loaded.assignee is None
        set_assignee(unit, loaded, agent, by=by)
        if anew:
            unit.sees_to(loaded)
    return reason


def given_to(
    unit: Unit, loaded: Loaded, one: ByRule, *, tags: Any, found: Sequence[Candidate] | None = None
) -> tuple[Agent | None, Coded]:
    """Who gets a ticket by a rule, and what the ticket says of it; nothing is written but whose turn is next.

    :param tags: those of the ticket, as a list or a statement.
    :param found: those who cover it, where they were read.
    """
    place: Mapping[str, Any] = {"queue_pk": loaded.queue.pk, "category_pk": loaded.ticket.category_pk, "tags": tags}
    has_it = loaded.assignee.pk if loaded.assignee else None

    def read() -> Sequence[Candidate]:
        return [each for each in candidates(unit, **place) if each.agent.pk != has_it]

    chosen: Candidate | None
    if one.value in CHOOSING:
        covering_it = None if found is None else [each for each in found if each.covers]
        chosen, code = choose(unit, one.value, covering_it or read(), read)
        if chosen is None and has_it is not None:
            code = "rule_nobody_else"
    else:
        named = next((each for each in found or () if each.agent.host_id == one.value), None)
        chosen, code = named or _named(unit, one.value, place), "rule_assignee"
        if chosen is None or not may_work_on(unit, chosen.agent, covers=chosen.covers):
            chosen, code = None, "rule_unfit"
    reason = {**one.reason, "code": code}
    if chosen is None:
        return None, reason | ({"since": unit.now.isoformat()} if code in NOBODY_THEN else {})
    loaded.refused[chosen.agent.host_id] = chosen.refused
    return chosen.agent, reason | {"agent": chosen.agent.name}


def _named(unit: Unit, host_id: str, place: Mapping[str, Any]) -> Candidate | None:
    """The agent a rule names."""
    wanted = select(Agent, covering(**place), switched_off_by(Agent.host_id)).where(Agent.host_id == host_id)
    row = unit.session.execute(wanted).first()
    return None if row is None else Candidate(row[0], 0, refused_in(row[2]), covers=bool(row[1]))


def _hold_what_rang(unit: Unit, loaded: Loaded) -> None:
    """Lock what is read for the others once somebody has the ticket: queues and agents are locked after notices."""
    if loaded.assignee is not None:
        return
    rang = select(Delivery.pk).where(
        Delivery.ticket_pk == loaded.ticket.pk,
        Delivery.channel == BELL,
        Delivery.notice.in_([notice.name for notice in NOTICES if notice.waits]),
        Delivery.read_at.is_(None),
    )
    unit.session.execute(rang.order_by(Delivery.pk).with_for_update(), bind_arguments=BIND)


def give_again(unit: Unit, loaded: Loaded) -> bool:
    """Have somebody chosen for a ticket for which a rule found nobody who was there; whether somebody has it now.

    Its reason says so then. Where the rule is not in use any more, or there still is nobody, all stays as it is.
    """
    reasons = json.loads(loaded.ticket.routing or "[]")
    place = found_nobody(reasons)
    if place is None or loaded.assignee is not None:
        return False
    rule = next((one for one in rules_of(unit, loaded.rules) if one.key == reasons[place]["rule"]), None)
    how = rule.then.get("assignee", "") if rule else ""
    if how not in CHOOSING:
        return False
    _hold_what_rang(unit, loaded)
    before = {name: value for name, value in reasons[place].items() if name != "since"}
    one = ByRule("assignee", how, before)
    reason = _unless_vetoed(one, partial(_give, unit, loaded, one))
    if reason["code"] in NOBODY_THEN or reason["code"] == "rule_nobody":
        return False
    reasons[place] = reason
    loaded.ticket.routing = json.dumps(reasons, ensure_ascii=False)
    Ran(assigned=loaded.assignee).tell(unit, loaded)
    return loaded.assignee is not None


def _keep(loaded: Loaded, acts: Mapping[str, str], reasons: Sequence[Coded]) -> None:
    """Write the reasons beside those of the opening; what a rule said at such an act before, it says anew.

    :param acts: what set each rule off, by its key.
    """
    if not reasons:
        return
    new = [{**reason, "on": acts[str(reason["rule"])]} for reason in reasons]
    again = {(one["rule"], one["code"]) for one in new}
    stored = json.loads(loaded.ticket.routing or "[]")
    first = [one for one in stored if "on" not in one]
    later = [one for one in stored if "on" in one and (one["rule"], one["code"]) not in again]
    loaded.ticket.routing = json.dumps([*first, *[*later, *new][-MAX_REASONS:]], ensure_ascii=False)
