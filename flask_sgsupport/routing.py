"""From a draft to a decision with its reasons: category and default queue, then what the host's function says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .hooks import Routed
from .i18n import gettext as _

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
    """Where a ticket goes, and one sentence for each part of it."""

    queue: QueueFacts
    priority: str
    assignee: str | None
    tags: tuple[str, ...]
    filtered_reason: str | None
    reasons: tuple[str, ...]


def route(
    queues: Sequence[QueueFacts], category: CategoryFacts | None, hook: Routed | None, *, hook_failed: bool = False
) -> Decision:
    """Decide. ``queues`` holds at least one active queue; a hook's unknown or disabled one is passed over, and said."""
    active = [queue for queue in queues if queue.active]
    default = next((queue for queue in active if queue.is_default), active[0])
    chosen, reasons = default, [_("Routed to %(queue)s, the default queue", queue=default.name)]
    if category is not None:
        of_category = next((queue for queue in active if queue.pk == category.queue_pk), None)
        if of_category is not None:
            chosen = of_category
            reasons = [
                _(
                    "Routed to %(queue)s because the category is “%(category)s”",
                    queue=chosen.name,
                    category=category.name,
                )
            ]
        elif category.queue_pk is not None:
            reasons.append(_("the queue of category “%(category)s” is disabled", category=category.name))
    priority, assignee, filtered = DEFAULT_PRIORITY, None, None
    tags: tuple[str, ...] = ()
    if hook_failed:
        reasons.append(_("the routing function failed and was passed over"))
    if hook is not None:
        because = hook.because or _("decided by the routing function")
        if hook.queue is not None:
            wanted = next((queue for queue in active if queue.key == hook.queue), None)
            if wanted is None:
                reasons.append(
                    _("the routing function named the unknown or disabled queue “%(queue)s”", queue=hook.queue)
                )
            else:
                chosen = wanted
                reasons = [_("Routed to %(queue)s: %(because)s", queue=chosen.name, because=because)]
        if hook.priority in PRIORITIES:
            priority = hook.priority
            reasons.append(_("priority %(priority)s: %(because)s", priority=priority, because=because))
        elif hook.priority is not None:
            reasons.append(_("the routing function named the unknown priority “%(priority)s”", priority=hook.priority))
        assignee, tags, filtered = hook.assignee, tuple(dict.fromkeys(hook.tags)), hook.filtered
    return Decision(chosen, priority, assignee, tags, filtered, tuple(reasons))


def priority_label(priority: str) -> str:
    """The word shown."""
    return {"low": _("Low"), "normal": _("Normal"), "high": _("High"), "urgent": _("Urgent")}[priority]
