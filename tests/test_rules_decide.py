"""Whatever the rules: in order, each once, none sets off another, and nothing a customer types is run."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flask_sgsupport.conditions import Conditions, condition, hold
from flask_sgsupport.routing import PRIORITIES, reason_sentence
from flask_sgsupport.rules import ACTS, AGENT, DUE, OPENED, Known, Rule, decided, run_rules

KNOWN = Known({"support": "Support", "billing": "Billing"})
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """A list of rules that may name what is not there, contradict each other and lead in circles."""
    conditions = st.builds(
        Conditions,
        all=st.lists(
            st.sampled_from(
                [
                    condition("queue", "is", "support"),
                    condition("queue", "is", "billing"),
                    condition("priority", "is_not", "high"),
                    condition("tag", "is", "vip"),
                    condition("subject", "contains", "refund"),
                ]
            ),
            max_size=2,
        ).map(tuple),
    )
    then = st.fixed_dictionaries(
        {},
        optional={
            "queue": st.sampled_from(["support", "billing", "gone"]),
            "priority": st.sampled_from(PRIORITIES),
            "add_tags": st.sampled_from(["vip", "vip, shop", ", ".join(f"t{n}" for n in range(25))]),
            "remove_tags": st.sampled_from(["vip", "shop, x"]),
            "assignee": st.sampled_from(["round_robin", "least_loaded", f"{AGENT}6"]),
            "filter": st.sampled_from(["advertising", "robot"]),
            "notify": st.just("responsible"),
        },
    )
    count = draw(st.integers(0, 6))
    return [
        Rule(f"r{n}", f"Rule {n}", draw(st.sets(st.sampled_from(list(ACTS))).map(frozenset)), draw(conditions),
             draw(then), draw(st.booleans()))
        for n in range(count)
    ]  # fmt: skip


FACTS = st.fixed_dictionaries(
    {
        "queue": st.sampled_from([("support",), ("billing",)]),
        "priority": st.sampled_from([(one,) for one in PRIORITIES]),
        "tag": st.lists(st.sampled_from(["vip", "shop", "x"]), unique=True).map(tuple),
        "subject": st.sampled_from([("A refund",), ("Hello",)]),
        "assignee": st.sampled_from([("nobody",), ("6",), ("7",)]),
    }
)


@UNHURRIED
@given(rules(), st.sampled_from(list(ACTS)), st.sampled_from(["", *ACTS]), FACTS)
def test_each_rule_is_asked_once_in_order_and_none_sets_off_another(
    asked: list[Rule], act: str, also: str, facts: Any
) -> None:
    before = dict(facts)
    steps = run_rules(asked, act, facts, KNOWN, also=also)
    assert facts == before, "what was given stays as it is"
    set_off = [rule for rule in asked if act in rule.on or also in rule.on]
    assert [step.rule for step in steps] == set_off[: len(steps)]
    ends = [step for step in steps if step.applied and step.rule.stop]
    assert len(ends) <= 1
    assert len(steps) == len(set_off) if not ends else steps[-1] is ends[0]
    again = run_rules(asked, act, facts, KNOWN, also=also)
    assert list(again) == list(steps), "the same facts lead to the same decision"


@UNHURRIED
@given(rules(), st.sampled_from(list(ACTS)), FACTS)
def test_a_rule_sees_what_those_before_it_decided(asked: list[Rule], act: str, facts: Any) -> None:
    now = dict(facts)
    for step in run_rules(asked, act, facts, KNOWN):
        assert step.applied is hold(step.rule.conditions, now)
        assert step.applied or step.missed is not None
        for one in step.did:
            if one.part == "queue":
                now["queue"] = (one.value,)
            elif one.part == "priority":
                now["priority"] = (one.value,)
            elif one.part == "tags":
                now["tag"] = (*now["tag"], *one.value.split(", "))
            elif one.part == "untags":
                assert set(one.value.split(", ")) <= set(now["tag"]), "what is not there is not taken away"
                now["tag"] = tuple(tag for tag in now["tag"] if tag not in one.value.split(", "))
    assert len(now["tag"]) <= max(20, len(facts["tag"]))


@UNHURRIED
@given(rules(), st.sampled_from(list(ACTS)), FACTS)
def test_every_decision_names_its_rule_and_only_what_there_is(asked: list[Rule], act: str, facts: Any) -> None:
    for one in decided(run_rules(asked, act, facts, KNOWN)):
        assert one.rule in {rule.key for rule in asked}
        assert one.part != "queue" or one.value in KNOWN.queues
        assert one.part != "filtered" or act == OPENED
        assert one.part != "notify" or act in DUE
        if one.part != "assignee":
            assert reason_sentence(one.reason)


@UNHURRIED
@given(st.text(max_size=60), st.sampled_from(["subject", "body", "account", "plan", "site"]))
def test_nothing_a_customer_types_is_run(typed: str, field: str) -> None:
    """Their text is looked into, never looked for: it is no pattern, and no word of it decides more than it says."""
    rule = Rule("r", "Refunds", frozenset({OPENED}), Conditions(all=(condition(field, "matches", "re+fund"),)), {
        "priority": "high"})  # fmt: skip
    steps = run_rules([rule], OPENED, {field: (typed,), "priority": ("normal",)}, KNOWN)
    assert steps[0].applied is ("refund" in typed.lower().replace("ſ", "s") or _has(typed))
    assert all(one.value == "high" for one in decided(steps))


def _has(typed: str) -> bool:
    rest = typed.lower()
    return any(rest[i:].startswith("r") and rest[i + 1 :].lstrip("e").startswith("fund") and rest[i + 1 : i + 2] == "e"
               for i in range(len(rest)))  # fmt: skip
