"""The one language of conditions: what is read, what holds, and that the database gives the same tickets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport.actors import Right
from flask_sgsupport.conditions import (
    FIELDS,
    KINDS,
    MAX_CONDITIONS,
    MAX_VALUE_CHARS,
    OPERATORS,
    TYPED,
    Condition,
    Conditions,
    all_in_words,
    condition,
    hold,
    holds,
    in_words,
    narrowing,
    typed,
)
from flask_sgsupport.figures import fact_of
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Measure, Queue, Ticket
from flask_sgsupport.patterns import check_pattern, matches
from flask_sgsupport.queries import views
from flask_sgsupport.queries.conditions import select_by
from flask_sgsupport.queries.described import described
from flask_sgsupport.services import assigning, merging, opening, replying, sorting
from tests.machines import host_to_walk
from tests.world import Host, name_orders

WORDS: dict[str, list[str]] = {
    "category": ["storefront", "invoices", "gone"],
    "queue": ["support", "billing", "gone"],
    "status": ["open", "resolved", "closed"],
    "priority": ["low", "normal", "high", "urgent"],
    "assignee": ["nobody", "me", "9", "5"],
    "tag": ["vip", "shop", "none"],
    "account": ["1", "Northwind Outfitters", "fabrikam", "wind", "%"],
    "plan": ["Growth", "starter", "ro"],
    "requester": ["jerome@northwind.example", "MINA SATO", "2", "north", "_"],
    "site": ["11", "bags.example", "Tote", "example"],
    "about": ["order:1042", "ORDER 1042: canvas tote", "order:77", "tote", "domain", "_"],
    "subject": ["Checkout", "invoice", "größe", "a_b", "ut fa"],
    "body": ["pay", "refund"],
    "channel": ["panel", "inbox", "python"],
    "hour": ["0", "14", "15", "23"],
    "target": ["response", "resolution"],
    "created": ["2026-04-21", "2026-04-22", "2026-04-23", "9999-12-31"],
    "updated": ["2026-04-22", "2026-04-23"],
    "figure": [
        "opened/20260422T0000/20260423T1200//",
        "backlog/20260422T1500/20260424T0000/support/nobody",
        "unanswered/20260422T0000/20260501T0000/billing/",
        "first_response/20260422T0000/20260501T0000//",
        "resolved/20260422T0000/20260424T0000/support/8",
        "one_touch/20260422T0000/20260501T0000//8",
        "closed/20260423T0000/20260501T0000//nobody",
        "confirmed/20260422T0000/20260501T0000/gone/",
    ],
}


@st.composite
def conditions(draw: st.DrawFn, *, listed: bool = False) -> Condition:
    """Any condition of the language; with ``listed`` one that lists know."""
    name = draw(st.sampled_from([name for name, field in FIELDS.items() if field.listed or not listed]))
    kind = KINDS[FIELDS[name].kind]
    operator = draw(st.sampled_from([one for one in kind.operators if OPERATORS[one].listed or not listed]))
    values = st.sampled_from(WORDS[name])
    many = draw(st.lists(values, min_size=1, max_size=3 if OPERATORS[operator].many else 1))
    return condition(name, operator, many)


def groups() -> st.SearchStrategy[Conditions]:
    some = st.lists(conditions(), max_size=3).map(tuple)
    return st.builds(Conditions, all=some, any=some)


NOON = datetime(2026, 4, 22, 12, tzinfo=UTC)
SAID = WORDS | {
    "figure": [
        fact_of(NOON, "support", "8", kind="resolved", answers=1, ordinal=1),
        fact_of(NOON, "billing", "", kind="first_response"),
        fact_of(NOON, "support", "8", is_open=True),
    ]
}
FACTS = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(words), max_size=2) for name, words in SAID.items()}
)


def test_every_field_has_words_to_be_tried_with() -> None:
    assert WORDS.keys() == FIELDS.keys()


@given(groups())
def test_what_is_stored_is_read_as_it_was(asked: Conditions) -> None:
    assert Conditions.of(asked.as_json()) == asked
    assert all(str(part) for one in (*asked.all, *asked.any) for part in [in_words(one)])


@given(st.recursive(st.none() | st.text(max_size=8) | st.integers(), lambda x: st.lists(x) | st.dictionaries(
    st.sampled_from(["all", "any", "field", "op", "value", "queue", "is"]), x)))  # fmt: skip
def test_whatever_comes_is_read_or_refused_with_a_sentence(stored: Any) -> None:
    try:
        found = Conditions.of(stored)
    except ValueError as error:
        assert str(error)
    else:
        assert Conditions.of(found.as_json()) == found


@pytest.mark.parametrize(
    ("name", "operator", "values"),
    [
        ("colour", "is", "red"),
        ("queue", "contains", "bill"),
        ("queue", "is", ""),
        ("queue", "is", ["a", "b"]),
        ("status", "is", "asleep"),
        ("priority", "one_of", ["high", "at once"]),
        ("hour", "before", "24"),
        ("hour", "is", "noon"),
        ("created", "since", "yesterday"),
        ("figure", "counted", "speed/20260422T0000/20260501T0000//"),
        ("figure", "counted", "opened/2026-04-22/20260501T0000//"),
        ("figure", "counted", "opened/20261322T0000/20260501T0000//"),
        ("figure", "counted", "opened"),
        ("figure", "is", "opened/20260422T0000/20260501T0000//"),
        ("subject", "contains", "!?"),
        ("account", "contains", "x" * (MAX_VALUE_CHARS + 1)),
        ("body", "matches", "(unclosed"),
        ("body", "matches", r"(a)\1"),
        ("body", "matches", ".{1000}"),
    ],
)
def test_what_is_no_condition_is_refused_with_a_sentence(name: str, operator: str, values: Any) -> None:
    with pytest.raises(ValueError, match=r"\w+.*\."):
        condition(name, operator, values)


@st.composite
def awkward(draw: st.DrawFn) -> Condition:
    """A condition on words with whatever an address has to tell apart."""
    text = st.text(st.sampled_from("ab ,;|\\ü"), min_size=1, max_size=8).filter(str.strip)
    operator = draw(st.sampled_from(["is", "one_of", "none_of"]))
    many = draw(st.lists(text, min_size=1, max_size=3 if OPERATORS[operator].many else 1))
    return condition("account", operator, many)


@given(st.builds(Conditions, all=st.lists(conditions() | awkward(), max_size=3).map(tuple),
                 any=st.lists(awkward(), max_size=3).map(tuple)))  # fmt: skip
def test_what_stands_in_an_address_is_read_as_it_was(asked: Conditions) -> None:
    assert Conditions.of_text(asked.as_text()) == asked


@given(st.text(st.sampled_from("tag is vip subject contains,;|\\ ") | st.characters(), max_size=40))
def test_whatever_an_address_says_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        found = Conditions.of_text(text)
    except ValueError as error:
        assert str(error)
    else:
        assert Conditions.of_text(found.as_text()) == found


def test_an_address_says_conditions_in_words() -> None:
    text = r"tag is vip; subject contains refund,money back | priority one_of high,urgent; account is Smith\, Jones"
    found = Conditions.of_text(text)
    assert found.as_text() == text
    assert found.any[1].values == ("Smith, Jones",)
    assert all_in_words(found) == (
        "tag is “vip”; subject contains “refund” or “money back”; "
        "priority is one of “High” or “Urgent” or account is “Smith, Jones”"
    )


@pytest.mark.parametrize("text", ["hour is 9", "body contains pay", "subject matches x+", "figure counted opened", "x"])
def test_lists_are_narrowed_by_what_is_in_their_tables(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w+.*\."):
        narrowing(text)


def test_too_many_conditions_are_refused() -> None:
    one = {"field": "tag", "op": "is", "value": ["vip"]}
    with pytest.raises(ValueError, match="At most"):
        Conditions.of({"all": [one] * (MAX_CONDITIONS + 1)})


@given(conditions(), FACTS)
def test_an_operator_that_negates_holds_where_the_other_does_not(one: Condition, facts: Any) -> None:
    for name, operator in OPERATORS.items():
        if operator.negates == one.operator:
            assert holds(Condition(one.field, name, one.values), facts) is not holds(one, facts)


@given(groups(), FACTS)
def test_all_of_the_one_group_and_one_of_the_other(asked: Conditions, facts: Any) -> None:
    every = [holds(one, facts) for one in asked.all]
    some = [holds(one, facts) for one in asked.any]
    assert hold(asked, facts) is (all(every) and (any(some) or not some))


def test_words_are_found_whatever_their_case_and_accents() -> None:
    facts = {"subject": ["Die GRÖSSE stimmt nicht"], "plan": ["Growth"]}
    assert holds(condition("subject", "contains", "größe"), facts)
    assert holds(condition("plan", "is", "growth"), facts)
    assert not holds(condition("plan", "is", "grow"), facts)


def test_the_filters_of_the_lists_are_conditions_of_the_same_names() -> None:
    fields = {name for name, __ in TYPED.values()} | {"account", "requester", "site", "about"}
    assert fields <= FIELDS.keys()
    assert set(views.TYPED.values()) == TYPED.keys() | {"account", "requester", "site", "about", "due", "updated"}
    assert typed("queue", "Billing") == [Condition("queue", "is", ("billing",))]
    assert typed("tag", "-old, vip,gold") == [
        Condition("tag", "one_of", ("vip", "gold")),
        Condition("tag", "is_not", ("old",)),
    ]


@given(
    st.sampled_from(["(a+)+$", "(x+x+)+y", "(a|aa)*b", "(?:a?){30}a{30}z", "[ab]*a[ab]{20}c", "(.*)*(.*)*z"]),
    st.sampled_from(["a", "ab", "aab "]),
)
@settings(deadline=None, max_examples=15)
def test_no_pattern_hangs(pattern: str, text: str) -> None:
    began = time.process_time()
    matches(check_pattern(pattern), text * 500_000)
    assert time.process_time() - began < 2, "a backtracking engine would take for ever"


@pytest.fixture(scope="module")
def tickets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A dozen tickets that differ in whatever the language knows."""
    with host_to_walk(tmp_path_factory.mktemp("conditions"), hooks=True) as host, host.app.app_context():
        fill(host)
        yield host


def fill(host: Host) -> None:
    orders = name_orders(host)
    subjects = ("Checkout fails", "Invoice in the wrong GRÖSSE", "a_b", "100 % off")
    for number, (who, subject) in enumerate(product(("jerome", "lena", "mina"), subjects)):
        host.clock.at += timedelta(hours=5)
        about = orders["2" if who == "mina" else "1"][: number % 4]
        sites = {"mina": ["21"]}.get(who, ["11", "12"][: number % 3])
        ticket = opening.open_ticket(
            host.customer(who),
            subject=subject,
            body=f"Number {number}: nobody can pay.",
            category=[None, "storefront", "invoices"][number % 3],
            site_ids=sites,
            subjects=[(one.kind, one.key) for one in about],
        ).ticket_id
        lead = host.agent("grace")
        changes = {"tags": ["", "vip", "vip, shop"][number % 3], "priority": ["normal", "high", "low"][number % 3]}
        sorting.change_fields(ticket, lead, changes)
        if number % 4 == 1:
            assigning.assign(ticket, lead, str(host.ids["grace"]))
        if number in {2, 3, 6, 9, 11}:
            host.clock.forward(minutes=number)
            replying.reply(ticket, lead, body="Done.", status=Status.RESOLVED if number % 3 else None)
        if number == 11:
            replying.confirm_solved(ticket, host.customer(who))
        if number == 4:
            earlier = ticket
        elif number == 7:
            merging.merge(ticket, lead, earlier)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(conditions(listed=True), min_size=1, max_size=3))
def test_database_and_language_give_the_same_tickets(tickets: Host, asked: list[Condition]) -> None:
    agree(tickets, facts_by_number(tickets), asked)


def agree(host: Host, facts: dict[str, Any], asked: Sequence[Condition]) -> None:
    actor = host.agent("grace")
    session = host.db.session
    session.rollback()
    found = set(session.scalars(select(Ticket.ticket_id).where(*(select_by(one, actor) for one in asked))))
    assert found == {ticket_id for ticket_id, said in facts.items() if all(holds(one, said) for one in asked)}


def facts_by_number(host: Host) -> dict[str, Any]:
    """What a rule would find of each ticket."""
    actor = host.agent("grace")
    host.db.session.rollback()
    facts = {one.ticket_id: dict(one.facts) for one in described(actor)}
    for number, moments in moments_of(host).items():
        facts[number]["figure"] = moments
    for said in facts.values():
        if str(host.ids["grace"]) in said["assignee"]:
            said["assignee"] = (*said["assignee"], "me")
    return facts


def moments_of(host: Host) -> dict[str, list[str]]:
    """What figures count of each ticket that is not filtered."""
    session = host.db.session
    queues = dict(session.execute(select(Queue.pk, Queue.key)).all())
    agents = dict(session.execute(select(Agent.pk, Agent.host_id)).all())
    found: dict[str, list[str]] = {}
    for one in session.scalars(select(Ticket).where(Ticket.filtered_reason.is_(None))):
        opened = fact_of(
            one.created_at,
            queues[one.queue_pk],
            agents.get(one.assignee_pk, ""),
            answered=one.first_answered_at is not None,
            is_open=one.status == "open" and one.merged_into_id is None,
        )
        found[one.ticket_id] = [opened]
        for row in session.scalars(select(Measure).where(Measure.ticket_pk == one.pk)):
            said = {name: getattr(row, name) for name in ("kind", "word", "ordinal", "answers", "undone")}
            found[one.ticket_id].append(fact_of(row.at, queues[row.queue_pk], agents.get(row.agent_pk, ""), **said))
    return found


@pytest.mark.every_database
def test_every_listed_field_and_operator_is_the_same_on_every_database(host: Host) -> None:
    with host.app.app_context():
        fill(host)
        facts = facts_by_number(host)
        for name, field in FIELDS.items():
            for operator in KINDS[field.kind].operators:
                if not field.listed or not OPERATORS[operator].listed:
                    with pytest.raises(ValueError, match="Lists cannot"):
                        select_by(Condition(name, operator, ("x",)), host.agent("grace"))
                    continue
                for value in WORDS[name]:
                    agree(host, facts, [condition(name, operator, value)])


def test_nobody_sees_more_by_a_condition(host: Host, open_ticket: Any) -> None:
    ticket = open_ticket(category="invoices")
    with host.app.app_context():
        actor = host.agent("ada")
        assert Right.LEAD not in actor.rights
        assert ticket not in {one.ticket_id for one in described(actor)}
        assert ticket in {one.ticket_id for one in described(host.agent("ben"))}
