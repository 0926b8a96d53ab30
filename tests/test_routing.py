"""Wherever queues and categories go, every ticket is in an active queue and says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from flask_sgsupport.errors import InvalidInput
from flask_sgsupport.hooks import Routed
from flask_sgsupport.models import Queue, Ticket
from flask_sgsupport.routing import PRIORITIES, ByRule, CategoryFacts, QueueFacts, reason_sentence, route
from flask_sgsupport.services import opening, setup
from flask_sgsupport.services.rules import create_rule
from tests.machines import DeskMachine, host_to_walk
from tests.world import Host

NAMES = ("support", "billing", "returns")


@st.composite
def desks(draw: st.DrawFn) -> list[QueueFacts]:
    """Queues of which at least one is active, and one the default where that one is active."""
    active = draw(st.lists(st.booleans(), min_size=1, max_size=4).filter(any))
    default = draw(st.integers(0, len(active) - 1))
    return [
        QueueFacts(pk, f"queue-{pk}", f"Queue {pk}", active=on, is_default=pk == default)
        for pk, on in enumerate(active)
    ]


def of_a_rule(part: str, value: str, number: int) -> ByRule:
    """What a rule decides, as `run_rules` gives it."""
    values = {part: value} if part in {"queue", "priority", "tags"} else {"filtered": value}
    return ByRule(part, value, {"code": f"rule_{part}", "rule": f"r{number}", "name": f"Rule {number}", **values})


by_rules = st.lists(
    st.builds(of_a_rule, st.just("queue"), st.sampled_from([f"queue-{pk}" for pk in range(4)]), st.integers(0, 9))
    | st.builds(of_a_rule, st.just("priority"), st.sampled_from(PRIORITIES), st.integers(0, 9))
    | st.builds(of_a_rule, st.just("tags"), st.sampled_from(["vip", "shop, new"]), st.integers(0, 9))
    | st.builds(of_a_rule, st.just("filtered"), st.sampled_from(["robot", "links"]), st.integers(0, 9)),
    max_size=5,
)
answers = st.none() | st.builds(
    Routed,
    queue=st.none() | st.sampled_from([f"queue-{pk}" for pk in range(6)]),
    priority=st.none() | st.sampled_from([*PRIORITIES, "at once"]),
    assignee=st.none() | st.just("ada@desk.example"),
    tags=st.lists(st.sampled_from(["vip", "checkout"]), unique=True).map(tuple),
    filtered=st.none() | st.just("advertising"),
    because=st.sampled_from(["", "the plan is Growth"]),
)
categories = st.none() | st.builds(
    CategoryFacts, pk=st.just(1), key=st.just("c"), name=st.just("C"), queue_pk=st.none() | st.integers(0, 5)
)


@given(queues=desks(), category=categories, answer=answers)
def test_a_decision_names_an_active_queue_a_known_priority_and_its_reasons(
    queues: list[QueueFacts], category: CategoryFacts | None, answer: Routed | None
) -> None:
    decided = route(queues, category, answer)
    active = {queue.key: queue for queue in queues if queue.active}
    assert decided.queue in active.values()
    assert decided.priority in PRIORITIES
    assert route(queues, category, answer) == decided, "the same facts lead to the same decision"
    sentences = [reason_sentence(reason) for reason in decided.reasons]
    assert all(sentences)
    assert any(decided.queue.name in sentence for sentence in sentences)
    if answer is not None and answer.queue in active:
        assert decided.queue.key == answer.queue, "the host's function wins"
    elif category is not None and category.queue_pk in {queue.pk for queue in active.values()}:
        assert decided.queue.pk == category.queue_pk
    else:
        assert decided.queue == next((q for q in active.values() if q.is_default), next(iter(active.values())))
    if answer is not None and answer.queue is not None and answer.queue not in active:
        assert any(answer.queue in sentence for sentence in sentences), "what was passed over is said"


@given(queues=desks(), category=categories, answer=answers, ruled=by_rules)
def test_rules_decide_where_the_hosts_function_says_nothing(
    queues: list[QueueFacts], category: CategoryFacts | None, answer: Routed | None, ruled: list[ByRule]
) -> None:
    active = {queue.key for queue in queues if queue.active}
    ruled = [one for one in ruled if one.part != "queue" or one.value in active]
    alone = route(queues, category, answer)
    decided = route(queues, category, answer, ruled=ruled)
    asked, last = answer or Routed(), {one.part: one for one in ruled}
    wanted = {
        "queue": (decided.queue.key, asked.queue if asked.queue in active else None, alone.queue.key),
        "priority": (decided.priority, asked.priority if asked.priority in PRIORITIES else None, alone.priority),
        "filtered": (decided.filtered_reason, asked.filtered, alone.filtered_reason),
    }
    for part, (found, by_function, otherwise) in wanted.items():
        assert found == (by_function or (last[part].value if part in last else otherwise)), part
        assert (decided.rules.get(part) == last[part].rule) if part in last and not by_function else True
    tags = {tag for one in ruled if one.part == "tags" for tag in one.value.split(", ")}
    assert set(decided.tags) == tags | set(asked.tags)
    in_force = {one.rule for one in ruled if one is last.get(one.part) and not wanted.get(one.part, ("", None))[1]}
    named = {str(reason["rule"]) for reason in decided.reasons if "rule" in reason}
    assert in_force <= named, "what holds by a rule says by which"


class Desk(DeskMachine):
    """A lead who rebuilds the desk while tickets come in, and what a person reading the pages would expect of each."""

    def __init__(self) -> None:
        super().__init__()
        self.active = {"support": True, "billing": True}
        self.default = "support"
        self.leads_to: dict[str, str | None] = {"storefront": "support", "invoices": "billing"}
        self.rules: list[tuple[str, str]] = []
        self.tickets: dict[str, str] = {}
        self.answer: Routed | None = None
        self.host.desk.hooks.route = lambda draft: self.answer

    def teardown(self) -> None:
        self.host.desk.hooks.route = None
        super().teardown()

    def lead(self, verb: Any, key: str, changes: dict[str, Any]) -> bool:
        try:
            verb(self.host.agent("grace"), key, changes)
        except InvalidInput:
            return False
        return True

    @rule(answer=answers, category=st.sampled_from([None, "storefront", "invoices"]))
    def a_ticket_comes(self, answer: Routed | None, category: str | None) -> None:
        named = None if answer is None or answer.queue is None else NAMES[int(answer.queue[-1]) % 3]
        self.answer = None if answer is None else Routed(queue=named, priority=answer.priority, tags=answer.tags)
        number = opening.open_ticket(
            self.host.customer("jerome"), subject=f"Help {len(self.tickets)}", body="Help", category=category
        ).ticket_id
        # The last rule that applies and names a queue in use has its way.
        ruled = [key for asked, key in self.rules if asked == category and self.active.get(key)]
        wanted = (named, ruled[-1] if ruled else None, self.leads_to.get(category or ""))
        self.tickets[number] = next((key for key in wanted if key and self.active.get(key)), self.default)

    @rule(key=st.sampled_from(NAMES))
    def a_queue_is_made(self, key: str) -> None:
        if self.lead(setup.create_queue, key, {"name": key.title()}):
            assert key not in self.active
            self.active[key] = True

    @rule(key=st.sampled_from(NAMES), on=st.booleans())
    def a_queue_is_switched(self, key: str, *, on: bool) -> None:
        if key not in self.active:
            return
        if not self.lead(setup.change_queue, key, {"active": on}):
            assert key == self.default
            assert not on
            return
        self.active[key] = on
        if not on:
            self.tickets = {n: self.default if queue == key else queue for n, queue in self.tickets.items()}
            self.leads_to = {c: self.default if queue == key else queue for c, queue in self.leads_to.items()}

    @rule(key=st.sampled_from(NAMES))
    def another_queue_becomes_the_default(self, key: str) -> None:
        if key in self.active and self.lead(setup.change_queue, key, {"is_default": True}):
            assert self.active[key]
            self.default = key

    @rule(category=st.sampled_from(["storefront", "invoices"]), key=st.sampled_from(NAMES))
    def a_category_leads_elsewhere(self, category: str, key: str) -> None:
        if self.lead(setup.change_category, category, {"queue": key}):
            self.leads_to[category] = key

    @rule(category=st.sampled_from(["storefront", "invoices"]), key=st.sampled_from(NAMES))
    def a_rule_is_made(self, category: str, key: str) -> None:
        row = {"field": "category", "op": "is", "value": [category]}
        values = {"name": f"Rule {len(self.rules)}", "all": [row], "queue": key}
        try:
            create_rule(self.host.agent("grace"), values)
        except InvalidInput:
            assert not self.active.get(key), "only a queue in use is named anew"
        else:
            self.rules.append((category, key))

    @invariant()
    def every_ticket_is_where_one_would_look(self) -> None:
        session = self.host.db.session
        session.rollback()
        rows = session.execute(
            select(Ticket.ticket_id, Queue.key, Queue.active, Ticket.routing).join(Queue, Queue.pk == Ticket.queue_pk)
        ).all()
        assert {row.ticket_id: row.key for row in rows} == self.tickets
        assert all(row.active for row in rows)
        assert all(row.routing for row in rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with host_to_walk(tmp_path_factory.mktemp("routing"), hooks=False) as host:
        yield host


def test_no_ticket_gets_lost_while_a_lead_rebuilds_the_queues(made: Host) -> None:
    Desk.host = made
    case = Desk.TestCase()
    case.settings = settings(
        max_examples=8, stateful_step_count=14, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    case.runTest()
