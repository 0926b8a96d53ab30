"""From a draft to a decision with its reasons: category and default queue, then the rules, then the host's function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .hooks import HOOK_FAILURES, Routed
from .i18n import Coded, worded
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

PRIORITIES: tuple[str, ...] = ("low", "normal", "high", "urgent")
DEFAULT_PRIORITY = "normal"
MAX_TAGS = 20
"""Of one ticket."""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue tickets may be routed to.

    :param hours: its business hours, as they are stored.
    """

    pk: int
    key: str
    name: str
    active: bool
    is_default: bool
    hours: str | None = None


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """The category an operator picked."""

    pk: int
    key: str
    name: str
    queue_pk: int | None


ROUND_ROBIN, LEAST_LOADED = "round_robin", "least_loaded"
"""How a rule may have one of those who cover a ticket chosen."""


@dataclass(frozen=True, slots=True)
class ByRule:
    """One thing a rule decided.

    :param part: queue, priority, tags, untags, assignee, notify or filtered; empty for what decides nothing.
    :param reason: its code, with the key of the rule and its name of then.
    """

    part: str
    value: str
    reason: Coded

    @property
    def rule(self) -> str:
        """The key of the rule."""
        return str(self.reason["rule"])


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a ticket goes, and a reason for each part of it, to be worded by `reason_sentence`.

    :param assignee: whom the routing function named.
    :param given: who has it by a rule: the host's id of an agent, or how one is chosen.
    :param rules: the keys of the rules that decided, by part.
    """

    queue: QueueFacts
    priority: str
    assignee: str | None
    tags: tuple[str, ...]
    filtered_reason: str | None
    reasons: tuple[Coded, ...]
    given: ByRule | None = None
    rules: Mapping[str, str] = field(default_factory=dict)


TOGETHER = frozenset({"", "tags", "untags"})
"""Parts of which each rule decides something of its own; of any other part the last one has the last word."""


def tags_after(found: Iterable[ByRule], tags: Iterable[str] = ()) -> Sequence[str]:
    """What the tags of a ticket are after what rules decided, in their order."""
    left = dict.fromkeys(tags)
    for one in found:
        if one.part == "tags":
            left |= dict.fromkeys(one.value.split(", "))
        elif one.part == "untags":
            left = {tag: None for tag in left if tag not in one.value.split(", ")}
    return tuple(left)


REASONS: Mapping[str, str] = {
    "default": _l("Routed to %(queue)s, the default queue"),
    "category": _l("Routed to %(queue)s because the category is “%(category)s”"),
    "category_disabled": _l("the queue of category “%(category)s” is disabled"),
    "continues": _l("Routed to %(queue)s: it continues %(ticket)s"),
    "chosen": _l("Routed to %(queue)s: chosen by %(agent)s"),
    "continues_disabled": _l("it continues %(ticket)s, whose queue is disabled"),
    "decided": _l("Routed to %(queue)s: %(because)s"),
    "priority": _l("priority %(priority)s: %(because)s"),
    "tags": _l("tags %(tags)s: %(because)s"),
    "assignee": _l("assigned to %(agent)s: %(because)s"),
    "unknown_assignee": _l("assignee %(agent)s left out: no active agent"),
    "not_covering": _l("assignee %(agent)s left out: does not cover it"),
    "assignee_filtered": _l("assignee %(agent)s left out: it waits in Spam / Filtered"),
    "assignee_vetoed": _l("assignee %(agent)s left out by the app: %(why)s"),
    "unknown_queue": _l("the routing function named the unknown or disabled queue “%(queue)s”"),
    "unknown_priority": _l("the routing function named the unknown priority “%(priority)s”"),
    "unsound": _l("not all the routing function gave as “%(field)s” can be used"),
    "passed_over": _l("the routing function was passed over: %(why)s"),
    "rule_queue": _l("Routed to %(queue)s by the rule “%(name)s”"),
    "rule_moved": _l("moved to %(queue)s by the rule “%(name)s”"),
    "rule_unknown_queue": _l("the rule “%(name)s” names the unknown or disabled queue “%(queue)s”"),
    "rule_priority": _l("priority %(priority)s by the rule “%(name)s”"),
    "rule_tags": _l("tags %(tags)s by the rule “%(name)s”"),
    "rule_untags": _l("tags %(tags)s taken away by the rule “%(name)s”"),
    "rule_too_many_tags": _l("tags of the rule “%(name)s” left out: a ticket has at most %(limit)s"),
    "rule_filtered": _l("filtered as “%(filtered)s” by the rule “%(name)s”"),
    "rule_filters_new": _l("not filtered by the rule “%(name)s”: only a new ticket is"),
    "rule_assignee": _l("assigned to %(agent)s by the rule “%(name)s”"),
    "rule_round_robin": _l("assigned to %(agent)s, whose turn it was, by the rule “%(name)s”"),
    "rule_least_loaded": _l("assigned to %(agent)s, who had the fewest tickets to answer, by the rule “%(name)s”"),
    "rule_nobody": _l("assigned to nobody by the rule “%(name)s”: nobody covers it"),
    "rule_nobody_available": _l("assigned to nobody by the rule “%(name)s”: nobody who covers it is available"),
    "rule_all_full": _l("assigned to nobody by the rule “%(name)s”: all who are available have as much as they may"),
    "rule_unfit": _l("assigned to nobody by the rule “%(name)s”: its agent does not work on such tickets now"),
    "rule_nobody_else": _l("its assignee keeps it by the rule “%(name)s”: nobody else may have it now"),
    "rule_kept": _l("given to nobody else by the rule “%(name)s”: it has an assignee"),
    "rule_told": _l("who is responsible is told by the rule “%(name)s”"),
    "rule_told_anyway": _l("nobody told besides by the rule “%(name)s”: who is responsible hears of it anyway"),
    "rule_waits": _l("assigned to nobody by the rule “%(name)s”: it waits in Spam / Filtered"),
    "rule_vetoed": _l("the app kept the rule “%(name)s” from doing all it says: %(why)s"),
    "rule_stops": _l("the rules end with “%(name)s”"),
}
"""Why a ticket is where it is, by the code that is stored with the values of its sentence."""


NOT_USED: frozenset[str] = frozenset(
    {"passed_over", "unsound", "unknown_queue", "unknown_priority", "unknown_assignee", "not_covering"}
)
"""Codes of the reasons that say what the routing function decided, or should have, and was not done."""


def route(
    queues: Sequence[QueueFacts],
    category: CategoryFacts | None,
    hook: Routed | None,
    *,
    ruled: Sequence[ByRule] = (),
    said: Sequence[Coded] = (),
    continues: str = "",
    chosen_by: str = "",
) -> Decision:
    """Decide. ``queues`` holds at least one active queue; a hook's unknown or disabled one is passed over, and said.

    Where both decide the same, the hook has its way, and the reason of the rule is left out.

    :param hook: what the host's function decided, its texts storable and its tags normalised.
    :param ruled: what the rules decided, in their order.
    :param said: further reasons, of what the function gave and could not be used.
    :param continues: number of the ticket this one continues, whose queue ``hook`` names.
    :param chosen_by: who chose the queue that ``hook`` names, where that was nobody's function.
    """
    active = [queue for queue in queues if queue.active]
    chosen, reasons = _by_category(active, category)
    parts = {one.part: one for one in ruled if one.part}
    if "queue" in parts:
        chosen, reasons = next(queue for queue in active if queue.key == parts["queue"].value), []
    asked = hook or Routed()
    wanted = next((queue for queue in active if queue.key == asked.queue), None)
    if wanted is not None:
        chosen, reasons = wanted, [_to(wanted, asked, continues, chosen_by)]
    overruled = _overruled(asked, moved=wanted is not None)
    reasons += [one.reason for one in ruled if not (one.part in overruled or _is_undone(one, parts))]
    if asked.queue is not None and wanted is None:
        reasons.append(
            {"code": "continues_disabled", "ticket": continues}
            if continues
            else {"code": "unknown_queue", "queue": asked.queue}
        )
    parts = {part: one for part, one in parts.items() if part not in overruled}
    priority = parts["priority"].value if "priority" in parts else DEFAULT_PRIORITY
    if asked.priority in PRIORITIES:
        priority = asked.priority
        reasons.append({"code": "priority", "priority": priority, "because": asked.because})
    elif asked.priority is not None:
        reasons.append({"code": "unknown_priority", "priority": asked.priority})
    if asked.tags:
        reasons.append({"code": "tags", "tags": ", ".join(asked.tags), "because": asked.because})
    filtered = asked.filtered or (parts["filtered"].value if "filtered" in parts else None)
    if asked.assignee is not None and filtered:
        reasons.append({"code": "assignee_filtered", "agent": asked.assignee})
    return Decision(
        queue=chosen,
        priority=priority,
        assignee=asked.assignee,
        tags=tuple(dict.fromkeys([*asked.tags, *tags_after(ruled)]))[:MAX_TAGS],
        filtered_reason=filtered,
        reasons=(*reasons, *said),
        given=parts.get("assignee"),
        rules={part: one.rule for part, one in parts.items()},
    )


def _overruled(hook: Routed, *, moved: bool) -> frozenset[str]:
    """Parts of which the host's function had its way."""
    said = {
        "queue": moved,
        "priority": hook.priority in PRIORITIES,
        "assignee": hook.assignee is not None,
        "filtered": bool(hook.filtered),
    }
    return frozenset(part for part, there in said.items() if there)


def _is_undone(one: ByRule, parts: Mapping[str, ByRule]) -> bool:
    """Whether a later rule decided the same otherwise; who gets it is said once that is known."""
    return one.part == "assignee" or (one.part not in TOGETHER and parts[one.part] is not one)


def first_queue(queues: Sequence[QueueFacts], category: CategoryFacts | None) -> QueueFacts:
    """The queue of a new ticket before any rule: its category's, or the default one."""
    return _by_category([queue for queue in queues if queue.active], category)[0]


def _by_category(active: Sequence[QueueFacts], category: CategoryFacts | None) -> tuple[QueueFacts, list[Coded]]:
    default = next((queue for queue in active if queue.is_default), active[0])
    reasons: list[Coded] = [{"code": "default", "queue": default.name}]
    if category is None or category.queue_pk is None:
        return default, reasons
    of_category = next((queue for queue in active if queue.pk == category.queue_pk), None)
    if of_category is None:
        return default, [*reasons, {"code": "category_disabled", "category": category.name}]
    return of_category, [{"code": "category", "queue": of_category.name, "category": category.name}]


def _to(queue: QueueFacts, hook: Routed, continues: str, chosen_by: str) -> Coded:
    if continues:
        return {"code": "continues", "queue": queue.name, "ticket": continues}
    if chosen_by:
        return {"code": "chosen", "queue": queue.name, "agent": chosen_by}
    return {"code": "decided", "queue": queue.name, "because": hook.because}


ROUTED_TO = frozenset({"default", "category", "continues", "chosen", "decided", "rule_queue"})
"""Codes of the reasons that name the chosen queue."""


def queue_in(reasons: Iterable[Coded]) -> str:
    """The name the chosen queue had when the ticket was routed; "" without such a reason."""
    return next((str(reason["queue"]) for reason in reasons if reason["code"] in ROUTED_TO), "")


ON_ASSIGNEE = frozenset(
    {
        *("assignee", "unknown_assignee", "not_covering", "assignee_filtered", "assignee_vetoed"),
        *("rule_assignee", "rule_round_robin", "rule_least_loaded"),
        *("rule_nobody", "rule_nobody_available", "rule_all_full", "rule_unfit", "rule_waits"),
    }
)
"""Codes of the reasons that say who got a ticket, or why nobody did."""
NOBODY_THEN = frozenset({"rule_nobody_available", "rule_all_full"})
"""Those of them that hold only until somebody is there, or has room, again."""


def found_nobody(reasons: Sequence[Coded]) -> int | None:
    """Which reason says that a rule found nobody who was there or had room; ``None`` where a newer one says another."""
    said = [place for place, one in enumerate(reasons) if one["code"] in ON_ASSIGNEE]
    return said[-1] if said and reasons[said[-1]]["code"] in NOBODY_THEN else None


def reason_sentence(reason: Coded) -> str:
    """One reason in the reader's language; what the host's function gave as ``because`` stays as it was given."""
    values = dict(reason)
    if "because" in values:
        values["because"] = values["because"] or _("decided by the routing function")
    if "priority" in values and values["code"] in {"priority", "rule_priority"}:
        values["priority"] = priority_label(values["priority"])
    if "why" in values:
        values["why"] = worded(HOOK_FAILURES, values | {"code": values["why"]})
    return worded(REASONS, values)


def priority_label(priority: str) -> str:
    """The word shown."""
    return {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}[priority]
