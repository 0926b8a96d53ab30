"""From a draft to a decision with its reasons: category and default queue, then what the host's function says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .hooks import HOOK_FAILURES, Routed
from .i18n import Coded, worded
from .i18n import gettext as _
from .i18n import lazy_gettext as _l

PRIORITIES: tuple[str, ...] = ("low", "normal", "high", "urgent")
DEFAULT_PRIORITY = "normal"


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """A queue tickets may be routed to."""

    pk: int
    key: str
    name: str
    active: bool
    is_default: bool


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """The category an operator picked."""

    pk: int
    key: str
    name: str
    queue_pk: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Where a ticket goes, and a reason for each part of it, to be worded by `reason_sentence`."""

    queue: QueueFacts
    priority: str
    assignee: str | None
    tags: tuple[str, ...]
    filtered_reason: str | None
    reasons: tuple[Coded, ...]


REASONS: Mapping[str, str] = {
    "default": _l("Routed to %(queue)s, the default queue"),
    "category": _l("Routed to %(queue)s because the category is “%(category)s”"),
    "category_disabled": _l("the queue of category “%(category)s” is disabled"),
    "continues": _l("Routed to %(queue)s: it continues %(ticket)s"),
    "continues_disabled": _l("it continues %(ticket)s, whose queue is disabled"),
    "decided": _l("Routed to %(queue)s: %(because)s"),
    "priority": _l("priority %(priority)s: %(because)s"),
    "tags": _l("tags %(tags)s: %(because)s"),
    "assignee": _l("assigned to %(agent)s: %(because)s"),
    "unknown_assignee": _l("assignee %(agent)s left out: no active agent"),
    "not_covering": _l("assignee %(agent)s left out: does not cover it"),
    "assignee_filtered": _l("assignee %(agent)s left out: it waits in Spam / Filtered"),
    "unknown_queue": _l("the routing function named the unknown or disabled queue “%(queue)s”"),
    "unknown_priority": _l("the routing function named the unknown priority “%(priority)s”"),
    "unsound": _l("not all the routing function gave as “%(field)s” can be used"),
    "passed_over": _l("the routing function was passed over: %(why)s"),
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
    said: Sequence[Coded] = (),
    continues: str = "",
) -> Decision:
    """Decide. ``queues`` holds at least one active queue; a hook's unknown or disabled one is passed over, and said.

    :param hook: what the host's function decided, its texts storable and its tags normalised.
    :param said: further reasons, of what the function gave and could not be used.
    :param continues: number of the ticket this one continues, whose queue ``hook`` names.
    """
    active = [queue for queue in queues if queue.active]
    chosen, reasons = _by_category(active, category)
    if hook is None:
        return Decision(chosen, DEFAULT_PRIORITY, None, (), None, (*reasons, *said))
    if hook.queue is not None:
        wanted = next((queue for queue in active if queue.key == hook.queue), None)
        if wanted is not None:
            chosen, reasons = wanted, [_to(wanted, hook, continues)]
        elif continues:
            reasons.append({"code": "continues_disabled", "ticket": continues})
        else:
            reasons.append({"code": "unknown_queue", "queue": hook.queue})
    priority = DEFAULT_PRIORITY
    if hook.priority in PRIORITIES:
        priority = hook.priority
        reasons.append({"code": "priority", "priority": priority, "because": hook.because})
    elif hook.priority is not None:
        reasons.append({"code": "unknown_priority", "priority": hook.priority})
    if hook.tags:
        reasons.append({"code": "tags", "tags": ", ".join(hook.tags), "because": hook.because})
    if hook.assignee is not None and hook.filtered:
        reasons.append({"code": "assignee_filtered", "agent": hook.assignee})
    return Decision(chosen, priority, hook.assignee, hook.tags, hook.filtered, (*reasons, *said))


def _by_category(active: Sequence[QueueFacts], category: CategoryFacts | None) -> tuple[QueueFacts, list[Coded]]:
    default = next((queue for queue in active if queue.is_default), active[0])
    reasons: list[Coded] = [{"code": "default", "queue": default.name}]
    if category is None or category.queue_pk is None:
        return default, reasons
    of_category = next((queue for queue in active if queue.pk == category.queue_pk), None)
    if of_category is None:
        return default, [*reasons, {"code": "category_disabled", "category": category.name}]
    return of_category, [{"code": "category", "queue": of_category.name, "category": category.name}]


def _to(queue: QueueFacts, hook: Routed, continues: str) -> Coded:
    if continues:
        return {"code": "continues", "queue": queue.name, "ticket": continues}
    return {"code": "decided", "queue": queue.name, "because": hook.because}


ROUTED_TO = frozenset({"default", "category", "continues", "decided"})
"""Codes of the reasons that name the chosen queue."""


def queue_in(reasons: Iterable[Coded]) -> str:
    """The name the chosen queue had when the ticket was routed; "" without such a reason."""
    return next((str(reason["queue"]) for reason in reasons if reason["code"] in ROUTED_TO), "")


def reason_sentence(reason: Coded) -> str:
    """One reason in the reader's language; what the host's function gave as ``because`` stays as it was given."""
    values = dict(reason)
    if "because" in values:
        values["because"] = values["because"] or _("decided by the routing function")
    if values["code"] == "priority":
        values["priority"] = priority_label(values["priority"])
    if "why" in values:
        values["why"] = worded(HOOK_FAILURES, values | {"code": values["why"]})
    return worded(REASONS, values)


def priority_label(priority: str) -> str:
    """The word shown."""
    return {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}[priority]
