"""What the rules decide of a new ticket: foreseen before its unit of work, settled within it.

Foreseen, it costs nobody's locks, and one statement reads whom the ticket is likely to concern. It is taken only where
everything turns out as it was thought: the rules, the queue before them, the queues there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from ..conditions import Facts, facts_of
from ..hooks import Draft
from ..lifecycle import Status
from ..routing import DEFAULT_PRIORITY, ByRule, CategoryFacts, QueueFacts, first_queue, tags_after
from ..rules import AGENT, CHOOSING, OPENED, Known, Rule, decided, run_rules
from ..settings import state
from .ruling import Kept, Place, rules_of
from .unit import Unit

Sites = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the rules decide, if everything is as it was thought."""

    rules: Sequence[Rule] = ()
    facts: Facts = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    found: Sequence[ByRule] = ()

    def _last(self, part: str) -> str:
        return next((one.value for one in reversed(self.found) if one.part == part), "")

    @property
    def queue(self) -> str:
        """The key of the queue they choose, if any."""
        return self._last("queue")

    @property
    def priority(self) -> str:
        """The priority they give, if any."""
        return self._last("priority")

    @property
    def chooses(self) -> bool:
        """Whether one of those who cover the ticket is to be chosen."""
        return self._last("assignee") in CHOOSING

    @property
    def agent(self) -> str:
        """The host's id of the agent they name, if any."""
        return "" if self.chooses else self._last("assignee").removeprefix(AGENT)

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags they add."""
        return tuple(tags_after(self.found))


def foresee(draft: Draft, sites: Sites) -> Foreseen:
    """Run the rules as they were last read, on the queue that the category led to last."""
    kept: Kept | None = state().rules
    place = kept.places.get(draft.category) if kept else None
    if kept is None or place is None:
        return Foreseen()
    now = state().now()
    known = Known.at(now, place.queues, place.hours)
    return _run(kept.rules, _facts(draft, sites, now, place.queue, known), known)


def settle(
    unit: Unit,
    foreseen: Foreseen,
    revision: int | None,
    draft: Draft,
    sites: Sites,
    queues: Sequence[QueueFacts],
    category: CategoryFacts | None,
) -> Foreseen:
    """What they decide indeed; the same value where it was foreseen."""
    rules = rules_of(unit, revision)
    if not rules:
        return Foreseen()
    first, active = first_queue(queues, category), [one for one in queues if one.active]
    place = Place(first.key, {one.key: one.name for one in active}, {one.key: one.hours for one in active})
    unit.host.rules.remember(draft.category, place)
    known = Known.at(unit.now, place.queues, place.hours)
    facts = _facts(draft, sites, unit.now, first.key, known)
    if foreseen.rules is rules and foreseen.facts == facts and foreseen.known == known:
        return foreseen
    return _run(rules, facts, known)


def _run(rules: Sequence[Rule], facts: Facts, known: Known) -> Foreseen:
    return Foreseen(rules, facts, known, decided(run_rules(rules, OPENED, facts, known)))


def _facts(draft: Draft, sites: Sites, now: datetime, queue: str, known: Known) -> Facts:
    ticket: Any = SimpleNamespace(
        account_id=draft.account_id,
        account_name=draft.account_name,
        plan=draft.plan,
        requester_id=draft.requester.id,
        requester_name=draft.requester.display_name,
        requester_email=draft.requester.email,
        subject=draft.subject,
        status=str(Status.OPEN),
        priority=DEFAULT_PRIORITY,
        channel=draft.channel,
        merged_into_id=None,
        created_at=now,
        updated_at=now,
    )
    return facts_of(
        ticket,
        category=draft.category,
        queue=queue,
        assignee=None,
        tags=(),
        sites=sites,
        about=[(one.ref, one.title) for one in draft.subjects],
        body=draft.body,
        hour=known.hours[queue],
    )
