"""The rules of the desk: on what, under which conditions, what then; in order, each once, and none sets off another.

A rule is a decision and no more: `run_rules` gets facts and gives what the rules decide, with a reason for each part;
services write it. A rule sees what those before it decided, so that “in Billing” may follow “to Billing”.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from .business_hours import hour_at
from .conditions import NOBODY, Condition, Conditions, Facts, hold, holds, in_words
from .i18n import Coded
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .routing import LEAST_LOADED, MAX_TAGS, PRIORITIES, ROUND_ROBIN, ByRule, priority_label
from .targets import BREACHED, WARNED

log = logging.getLogger("flask_sgsupport.rules")

OPENED, RELEASED, FOLLOW_UP, REOPENED = "opened", "released", "follow_up", "reopened"
ACTS: Mapping[str, str] = {
    OPENED: _l("a ticket is opened"),
    RELEASED: _l("a ticket is released from Spam / Filtered"),
    FOLLOW_UP: _l("the customer writes again"),
    REOPENED: _l("a ticket is reopened"),
    WARNED: _l("a target is nearly over"),
    BREACHED: _l("a target is over"),
}
"""What may set a rule off."""
ACTIONS: Mapping[str, str] = {
    "queue": _l("Queue"),
    "priority": _l("Priority"),
    "assignee": _l("Assign to"),
    "add_tags": _l("Add tags"),
    "remove_tags": _l("Remove tags"),
    "notify": _l("Tell"),
    "filter": _l("Put into Spam / Filtered as"),
}
"""What a rule may do."""
AGENT = "agent:"
"""Before the host's id of the agent who gets the ticket."""
CHOOSING: Mapping[str, str] = {
    ROUND_ROBIN: _l("whose turn it is, of those available"),
    LEAST_LOADED: _l("who has the fewest tickets to answer, of those available"),
}
DUE = frozenset({WARNED, BREACHED})
"""Acts of the clock: what waits may be given to somebody else, and its people be told by more than a bell."""
RESPONSIBLE = "responsible"
TOLD: Mapping[str, str] = {RESPONSIBLE: _l("its assignee and followers, or who covers its queue")}
"""Whom a rule may tell."""
MAX_RULES = 100
"""In use at once."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it is run.

    :param then: names of `ACTIONS` and their values.
    :param stop: no rule after it is asked where it applies.
    """

    key: str
    name: str
    on: frozenset[str]
    conditions: Conditions
    then: Mapping[str, str]
    stop: bool = False

    @classmethod
    def of(cls, row: Any) -> Self:
        """A stored rule.

        :raises ValueError: what is stored is of another release.
        """
        then = json.loads(row.actions)
        if then.keys() - ACTIONS.keys():
            raise ValueError(_("There is no such field."))
        return cls(
            row.key,
            row.name,
            frozenset(row.acts.split()) & ACTS.keys(),
            Conditions.of(json.loads(row.conditions)),
            then,
            row.stop,
        )


def sound(rows: Iterable[Any]) -> Sequence[Rule]:
    """The stored rules that can be run; one of another release is passed over, and the log says so."""
    found = []
    for row in rows:
        try:
            found.append(Rule.of(row))
        except (ValueError, TypeError, AttributeError):
            log.exception("The rule %s cannot be read; it is passed over", row.key)
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """What became of one rule.

    :param missed: the condition that was not so; of a group of which one suffices, its first.
    :param met: those that were so, where the rule applied.
    """

    rule: Rule
    applied: bool
    missed: Condition | None = None
    met: Sequence[Condition] = ()
    did: Sequence[ByRule] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk has that rules may name: queues in use and their names, by key.

    :param hours: the hour at which the ticket was opened, by the clock of each queue.
    """

    queues: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, moment: datetime, queues: Mapping[str, str], hours: Mapping[str, str | None]) -> Self:
        """What it has for a ticket that was opened at a moment.

        :param hours: of each queue its business hours, as they are stored.
        """
        return cls(queues, {key: hour_at(stored, moment) for key, stored in hours.items()})


def run_rules(rules: Iterable[Rule], act: str, facts: Facts, known: Known, *, also: str = "") -> Sequence[Step]:
    """Ask each rule once, in order.

    :param facts: of the ticket before; what a rule decides holds for those after it.
    :param also: another act that happens with it, as a ticket is reopened by what the customer writes.
    :return: a step for each that is set off by one of them, up to the one that ends them.
    """
    now, steps = dict(facts), list[Step]()
    for rule in rules:
        if not {act, also} & rule.on:
            continue
        if not hold(rule.conditions, now):
            steps.append(Step(rule, applied=False, missed=_missed(rule.conditions, now)))
            continue
        met = [one for one in (*rule.conditions.all, *rule.conditions.any) if holds(one, now)]
        did = list(_do(rule, act, now, known))
        if rule.stop:
            did.append(_by(rule, "", "", "rule_stops"))
        steps.append(Step(rule, applied=True, met=met, did=did))
        if rule.stop:
            break
    return steps


def decided(steps: Iterable[Step]) -> Sequence[ByRule]:
    """Everything the rules decided, in their order."""
    return [one for step in steps for one in step.did]


def in_sentences(step: Step, names: Mapping[tuple[str, str], str]) -> str:
    """Why a rule applied, or why not."""
    if step.applied:
        said = ", ".join(in_words(one, names) for one in step.met)
        return said or _("It has no conditions.")
    return _("not so: %(condition)s", condition=in_words(step.missed, names)) if step.missed else ""


def does_in_words(then: Mapping[str, str], names: Mapping[tuple[str, str], str]) -> Sequence[str]:
    """What a rule does, as its list shows it."""
    return [f"{ACTIONS[name]}: {_value_in_words(name, value, names)}" for name, value in then.items() if value]


def _value_in_words(name: str, value: str, names: Mapping[tuple[str, str], str]) -> str:
    if name == "priority":
        return priority_label(value)
    if name == "assignee":
        agent = value.removeprefix(AGENT)
        return str(CHOOSING[value]) if value in CHOOSING else names.get(("assignee", agent), agent)
    if name == "notify":
        return str(TOLD.get(value, value))
    return names.get((name, value), value)


def _missed(conditions: Conditions, facts: Facts) -> Condition | None:
    return next((one for one in conditions.all if not holds(one, facts)), next(iter(conditions.any), None))


def _do(rule: Rule, act: str, now: dict[str, Sequence[str]], known: Known) -> Iterator[ByRule]:
    """What a rule decides, and what is so from then on; what is so already, it does not decide."""
    then = rule.then
    if queue := then.get("queue"):
        if queue not in known.queues:
            yield _by(rule, "", "", "rule_unknown_queue", queue=queue)
        elif now.get("queue") != (queue,) or act == OPENED:
            now |= {"queue": (queue,), "hour": (known.hours[queue],) if queue in known.hours else now.get("hour", ())}
            yield _by(rule, "queue", queue, "rule_queue" if act == OPENED else "rule_moved", queue=known.queues[queue])
    priority = then.get("priority")
    if priority in PRIORITIES and now.get("priority") != (priority,):
        now["priority"] = (priority,)
        yield _by(rule, "priority", priority, "rule_priority", priority=priority)
    if then.get("add_tags"):
        yield from _tag(rule, now)
    if then.get("remove_tags"):
        yield from _untag(rule, now)
    if reason := then.get("filter"):
        # Later it would put aside what somebody reads, or has just let out.
        new = act == OPENED
        part, value, code = ("filtered", reason, "rule_filtered") if new else ("", "", "rule_filters_new")
        yield _by(rule, part, value, code, filtered=reason)
    if assignee := then.get("assignee"):
        yield from _assign(rule, act, assignee, now)
    if told := then.get("notify"):
        # Of everything else they hear without a rule.
        part, value, code = ("notify", told, "rule_told") if act in DUE else ("", "", "rule_told_anyway")
        yield _by(rule, part, value, code)


def _tag(rule: Rule, now: dict[str, Sequence[str]]) -> Iterator[ByRule]:
    here = now.get("tag", ())
    new = [tag for tag in rule.then["add_tags"].split(", ") if tag not in here]
    fitting = new[: max(MAX_TAGS - len(here), 0)]
    if fitting:
        now["tag"] = (*here, *fitting)
        yield _by(rule, "tags", ", ".join(fitting), "rule_tags", tags=", ".join(fitting))
    if len(fitting) < len(new):
        yield _by(rule, "", "", "rule_too_many_tags", limit=str(MAX_TAGS))


def _untag(rule: Rule, now: dict[str, Sequence[str]]) -> Iterator[ByRule]:
    here, named = now.get("tag", ()), rule.then["remove_tags"].split(", ")
    gone = [tag for tag in named if tag in here]
    if gone:
        now["tag"] = tuple(tag for tag in here if tag not in gone)
        yield _by(rule, "untags", ", ".join(gone), "rule_untags", tags=", ".join(gone))


def _assign(rule: Rule, act: str, assignee: str, now: dict[str, Sequence[str]]) -> Iterator[ByRule]:
    agent = assignee.removeprefix(AGENT)
    if act != OPENED and now.get("assignee") == (agent,):
        return
    if assignee in CHOOSING and act not in {OPENED, *DUE} and now.get("assignee") != (NOBODY,):
        # Whoever works on it keeps it: another's turn is no reason to take it from them.
        yield _by(rule, "", assignee, "rule_kept")
        return
    now["assignee"] = () if assignee in CHOOSING else (agent,)
    yield _by(rule, "assignee", agent, f"rule_{assignee}" if assignee in CHOOSING else "rule_assignee")


def _by(rule: Rule, part: str, value: str, code: str, **values: str) -> ByRule:
    reason: Coded = {"code": code, "rule": rule.key, "name": rule.name, **values}
    return ByRule(part, value, reason)
