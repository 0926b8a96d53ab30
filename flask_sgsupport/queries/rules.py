"""Rules as leads see them: their list, one of them, what it would have done, and what all of them would do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from ..actors import Actor, Right, Side
from ..business_hours import hour_at
from ..conditions import Facts
from ..errors import NotAllowed, NotFound
from ..i18n import gettext as _
from ..lifecycle import Status
from ..models import Rule as RuleRow
from ..permissions import missing
from ..routing import TOGETHER, ByRule, reason_sentence
from ..rules import (
    ACTS,
    DUE,
    FOLLOW_UP,
    OPENED,
    RELEASED,
    REOPENED,
    Known,
    Rule,
    Step,
    decided,
    does_in_words,
    in_sentences,
    run_rules,
    sound,
)
from ..settings import state
from .choices import Choices, agent_part, ask, category_part, gathered, queue_with_hours_part
from .described import Described, described
from .macros import offerable

Names = Mapping[tuple[str, str], str]
"""What keys are called, by field and key."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it is stored."""

    key: str
    name: str
    acts: str
    conditions: str
    actions: str
    stop: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Would:
    """What a rule would have done to a ticket, and why."""

    ticket_id: str
    subject: str
    does: Sequence[str]
    why: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would have done to the last tickets at one act.

    :param of: how many were looked at.
    :param ended: on how many of them a rule before it ended the rules.
    """

    act: str
    hits: Sequence[Would]
    of: int
    ended: int


@dataclass(frozen=True, slots=True)
class Traced:
    """One rule on one ticket."""

    key: str
    name: str
    applied: bool
    why: str
    does: Sequence[str]


@dataclass(frozen=True, slots=True)
class TracedAct:
    """What one act would set off on one ticket.

    :param refusal: why this cannot happen to it now; empty where it can.
    """

    act: str
    refusal: str
    steps: Sequence[Traced]


def rules(actor: Actor) -> Sequence[RuleLine]:
    """Every rule in its order, disabled ones too.

    :raises NotAllowed: not a lead.
    """
    _require_lead(actor)
    columns = [getattr(RuleRow, name) for name in RuleLine.__dataclass_fields__]
    wanted = select(*columns).order_by(RuleRow.position, RuleRow.pk)
    return [RuleLine(*row) for row in state().db.session.execute(wanted)]


def rule(actor: Actor, key: str) -> RuleLine:
    """One rule.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such rule.
    """
    found = next((one for one in rules(actor) if one.key == key), None)
    if found is None:
        raise NotFound(_("There is no such rule."))
    return found


def names() -> Names:
    """What queues, categories and agents are called."""
    return names_in(offerable())


def names_in(choices: Choices) -> Names:
    """The same of what was read already."""
    lists = {"queue": choices.queues, "category": choices.categories, "assignee": choices.agents}
    return {(field, one.key): one.label for field, listed in lists.items() for one in listed}


@dataclass(frozen=True, slots=True)
class Desk:
    """What keys are called, and of the queues their names and business hours, as they are stored."""

    called: Names
    queues: Mapping[str, str]
    hours: Mapping[str, str | None]


def _desk() -> Desk:
    rows = ask([queue_with_hours_part(), category_part(), agent_part()])
    queues = [row for row in rows if row.kind == "queue"]
    return Desk(
        names_in(gathered(rows)), {row.key: row.label for row in queues}, {row.key: row.extra for row in queues}
    )


def tried(actor: Actor, drafted: Rule) -> Sequence[Tried]:
    """What a rule would have done to the last tickets, once for each act that sets it off; nothing is changed.

    All rules in use run, this one in its place.

    :raises NotAllowed: not a lead.
    """
    asked = _with(rules(actor), drafted)
    desk, found = _desk(), described(actor)
    return [_tried_at(act, asked, drafted, found, desk) for act in ACTS if act in drafted.on]


def traced(actor: Actor, ticket_id: str) -> tuple[Described, Sequence[TracedAct]]:
    """What each rule would do to a ticket now, act by act, where any rule is set off by it; nothing is changed.

    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such ticket for this agent.
    """
    in_use = sound([row for row in rules(actor) if row.active])
    found = described(actor, ticket_id=ticket_id)
    if not found:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    one, desk = found[0], _desk()
    set_off = [act for act in ACTS if any(act in each.on for each in in_use)]
    return one, [_traced_at(act, in_use, one, desk) for act in set_off]


def _require_lead(actor: Actor) -> None:
    if actor.side is not Side.AGENT or Right.LEAD not in actor.rights:
        raise NotAllowed(missing(Right.LEAD))


def _with(rows: Sequence[RuleLine], drafted: Rule) -> Sequence[Rule]:
    """The rules in use, the drafted one in the place of what is stored of it, or last."""
    found: list[Rule] = []
    for row in rows:
        if row.key == drafted.key:
            found.append(drafted)
        elif row.active:
            found += sound([row])
    return found if drafted in found else [*found, drafted]


def _tried_at(act: str, asked: Sequence[Rule], drafted: Rule, found: Sequence[Described], desk: Desk) -> Tried:
    hits, of, ended = list[Would](), 0, 0
    for one in found:
        if _refusal(act, one) or (act == FOLLOW_UP and not one.wrote_again):
            continue
        of += 1
        steps = run_rules(asked, act, facts_at(act, one, desk), Known.at(one.opened_at, desk.queues, desk.hours))
        step = next((each for each in steps if each.rule is drafted), None)
        if step is None:
            ended += 1
        elif step.applied:
            hits.append(_would(one, step, decided(steps), desk.called))
    return Tried(act, hits, of, ended)


def _traced_at(act: str, in_use: Sequence[Rule], one: Described, desk: Desk) -> TracedAct:
    refusal = _refusal(act, one)
    known = Known.at(one.opened_at, desk.queues, desk.hours)
    steps = () if refusal else run_rules(in_use, act, facts_at(act, one, desk), known)
    return TracedAct(
        act,
        refusal,
        [
            Traced(
                step.rule.key,
                step.rule.name,
                step.applied,
                in_sentences(step, desk.called),
                _does(step, desk.called) if step.applied else (),
            )
            for step in steps
        ],
    )


def facts_at(act: str, one: Described, desk: Desk) -> Facts:
    """What rules would find if this happened to a ticket now."""
    if act == OPENED:
        hours = desk.hours.get(one.at_first["queue"][0])
        return {**one.at_first, "hour": (hour_at(hours, one.opened_at),)}
    if act == RELEASED:
        return one.facts
    now: dict[str, Any] = {**one.facts, "status": (str(Status.OPEN),)}
    if act == FOLLOW_UP:
        now["body"] = (one.last_words,)
    elif act in DUE:
        now["target"] = tuple(one.running)
    return now


def _refusal(act: str, one: Described) -> str:
    """Why an act cannot happen to a ticket now, or no rule runs at it."""
    if act == OPENED:
        return ""
    if one.merged:
        return _("It is a part of another ticket now, and that is the one it happens to.")
    if act == RELEASED:
        return "" if one.filtered else _("It is not under Spam / Filtered.")
    if act == REOPENED:
        return _("It is open.") if str(Status.OPEN) in one.facts["status"] else ""
    if act in DUE:
        if one.filtered:
            return _("It waits under Spam / Filtered.")
        return "" if one.running else _("None of its target times runs.")
    return ""


def _would(one: Described, step: Step, found: Sequence[ByRule], called: Names) -> Would:
    does = [*_does(step, called), *_undone(step, found, called)]
    return Would(one.ticket_id, one.subject, does, in_sentences(step, called))


def _undone(step: Step, found: Sequence[ByRule], called: Names) -> Sequence[str]:
    """What rules after it decide otherwise."""
    last = {one.part: one for one in found}
    later = [last[one.part] for one in step.did if one.part not in TOGETHER and last[one.part] is not one]
    return [
        _("overruled by “%(name)s”: %(what)s", name=one.reason["name"], what=", ".join(_part(one, called)))
        for one in later
    ]


def _does(step: Step, called: Names) -> Sequence[str]:
    """What it decides, and what of it could not be; who is chosen nobody knows before."""
    said: list[str] = []
    for one in step.did:
        if one.part:
            said += _part(one, called)
        else:
            said.append(reason_sentence(one.reason))
    return said or [_("nothing: it is so already")]


def _part(one: ByRule, called: Names) -> Sequence[str]:
    return does_in_words({_ACTION_OF.get(one.part, one.part): one.value}, called)


_ACTION_OF = {"tags": "add_tags", "untags": "remove_tags", "filtered": "filter"}
"""The names of actions where the part they decide has another one."""
