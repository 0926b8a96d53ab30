"""Rights: one ticket against the SQL for many, and the rights of now; `test_permissions_select` walks the table."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport.actors import Actor, Membership, Person, Right, Side, Via
from flask_sgsupport.errors import NotAllowed, NotFound
from flask_sgsupport.models import Agent, Category, Message, Queue, Ticket
from flask_sgsupport.permissions import (
    covering,
    customer_actor,
    messages_visible_to,
    queues_visible_to,
    rights_of,
    visible_to,
)
from flask_sgsupport.services import agents, assigning, rating, replying, sorting, status
from tests.world import Host, OpenTicket

PERSON = Person("1", "Ada")


@given(
    granted=st.sets(st.sampled_from(Right)),
    answers=st.lists(
        st.fixed_dictionaries({right: st.sampled_from([True, False, None]) for right in Right}), max_size=3
    ),
)
def test_forbidding_wins_over_granting_and_adding(granted: set[Right], answers: list[dict[Right, bool | None]]) -> None:
    hooks = [lambda person, right, answer=answer: answer[right] for answer in answers]
    held = rights_of(PERSON, granted, hooks)
    for right in Right:
        said = [answer[right] for answer in answers]
        to_lead = [answer[Right.LEAD] for answer in answers]
        leads = (Right.LEAD in granted or True in to_lead) and False not in to_lead
        if False in said:
            assert right not in held
        else:
            assert (right in held) == (right in granted or True in said or leads)


def test_a_person_who_is_switched_off_has_no_right() -> None:
    assert rights_of(Person("1", active=False), set(Right), []) == frozenset()


@given(
    memberships=st.lists(
        st.builds(Membership, st.sampled_from(["1", "2", "3"]), owner=st.booleans(), support_access=st.booleans()),
        max_size=3,
        unique_by=lambda m: m.account_id,
    ),
    active=st.booleans(),
    account=st.sampled_from([None, "1", "2", "3", "4"]),
)
def test_only_owners_and_operators_with_access_are_customers(
    memberships: list[Membership], account: str | None, *, active: bool
) -> None:
    person = Person("9", accounts=tuple(memberships), active=active)
    allowed = [m for m in memberships if active and (m.owner or m.support_access) and account in {None, m.account_id}]
    if not allowed:
        with pytest.raises(NotAllowed):
            customer_actor(person, account, Via.PANEL)
    else:
        assert customer_actor(person, account, Via.PANEL).account_id == allowed[0].account_id


@pytest.mark.every_database
def test_coverage_reaches_by_queue_category_or_tag(in_app: Host) -> None:
    lead, rights = in_app.agent("grace"), {Right.HANDLE}
    things = {
        "ada": agents.Covers(tags=("vip",)),
        "ben": agents.Covers(categories=("invoices",)),
        "cleo": agents.Covers(queues=("support",)),
        "grace": agents.Covers(),
    }
    for who, covers in things.items():
        agents.change_agent(
            lead, str(in_app.ids[who]), rights={Right.LEAD} if who == "grace" else rights, covers=covers
        )
    session = in_app.db.session
    support = session.scalars(select(Queue.pk).where(Queue.key == "support")).one()
    invoices = session.scalars(select(Category.pk).where(Category.key == "invoices")).one()
    for by_queue, by_category, by_tag in product((False, True), repeat=3):
        reached = covering(
            queue_pk=support if by_queue else -1,
            category_pk=invoices if by_category else None,
            tags=["vip", "new"] if by_tag else ["new"],
        )
        found = {name.split()[0] for name in session.scalars(select(Agent.name).where(reached))}
        expected = {("Cleo", by_queue), ("Ben", by_category), ("Ada", by_tag)}
        assert found == {name for name, reaches in expected if reaches}


@pytest.mark.every_database
def test_the_sql_for_many_says_the_same_as_the_rule_for_one(in_app: Host, open_ticket: OpenTicket) -> None:
    tickets = [
        open_ticket(who, category=category) for who, category in product(("jerome", "mina"), ("storefront", "invoices"))
    ]
    sorting.change_fields(tickets[1], in_app.agent("grace"), {"tags": "vip"})
    seen = {
        "jerome": {tickets[0], tickets[1]},
        "lena": {tickets[0], tickets[1]},
        "mina": {tickets[2], tickets[3]},
        "ada": {tickets[0], tickets[2]},
        "ben": {tickets[1], tickets[3]},
        "cleo": {tickets[0], tickets[2]},
        "grace": set(tickets),
    }
    for who, expected in seen.items():
        actor = in_app.customer(who) if who in {"jerome", "lena", "mina"} else in_app.agent(who)
        found = set(in_app.db.session.scalars(select(Ticket.ticket_id).where(visible_to(actor))))
        assert found == expected, who


def test_somebody_who_handles_by_the_hosts_hook_alone_sees_no_ticket_they_do_not_cover(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    open_ticket()
    olga = str(in_app.ids["olga"])
    in_app.support.permission(lambda person, right: True if person.id == olga and right is Right.HANDLE else None)
    actor = in_app.agent("olga")
    assert Right.HANDLE in actor.rights
    assert in_app.db.session.scalars(select(Ticket).where(visible_to(actor))).all() == []


@pytest.mark.every_database
def test_an_account_is_compared_letter_by_letter(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ticket = in_app.db.session.scalars(select(Ticket)).one()
    opened_in, ticket.account_id = ticket.account_id, "Acme"
    in_app.db.session.commit()
    for account_id in ("acme", "ACME", "Acme ", " Acme", "Acm", "Acme%"):
        spy = Actor(Side.CUSTOMER, Via.PANEL, Person("5", accounts=(Membership(account_id),)), account_id)
        assert in_app.db.session.scalars(select(Ticket.ticket_id).where(visible_to(spy))).all() == [], account_id
    insider = Actor(Side.CUSTOMER, Via.PANEL, Person("5", accounts=(Membership("Acme"),)), "Acme")
    assert in_app.db.session.scalars(select(Ticket.ticket_id).where(visible_to(insider))).all() == [ticket_id]
    ticket.account_id = opened_in
    in_app.db.session.commit()


def test_a_customer_never_selects_a_note(in_app: Host, answered_ticket: str) -> None:
    replying.add_note(answered_ticket, in_app.agent("ada"), body="CANARY")
    bodies = in_app.db.session.scalars(select(Message.body).where(messages_visible_to(in_app.customer("jerome")))).all()
    assert len(bodies) == 2
    assert "CANARY" not in bodies
    assert (
        "CANARY"
        in in_app.db.session.scalars(select(Message.body).where(messages_visible_to(in_app.agent("ada")))).all()
    )


def test_queues_are_seen_by_those_who_cover_them(in_app: Host) -> None:
    def keys(who: str) -> set[str]:
        return set(in_app.db.session.scalars(select(Queue.key).where(queues_visible_to(in_app.agent(who)))))

    assert (keys("ada"), keys("ben"), keys("grace")) == ({"support"}, {"billing"}, {"support", "billing"})
    assert (
        set(in_app.db.session.scalars(select(Queue.key).where(queues_visible_to(in_app.customer("jerome"))))) == set()
    )


VERBS = {
    "reply": lambda host, ticket_id, who: replying.reply(ticket_id, who, body="x"),
    "note": lambda host, ticket_id, who: replying.add_note(ticket_id, who, body="x"),
    "claim": lambda host, ticket_id, who: assigning.claim(ticket_id, who),
    "unassign": lambda host, ticket_id, who: assigning.unassign(ticket_id, who),
    "fields": lambda host, ticket_id, who: sorting.change_fields(ticket_id, who, {"priority": "low"}),
    "address": lambda host, ticket_id, who: sorting.correct_address(ticket_id, who, "x@y.example"),
    "filter": lambda host, ticket_id, who: sorting.put_aside(ticket_id, who),
    "reopen": lambda host, ticket_id, who: status.reopen(ticket_id, who),
    "follow up": lambda host, ticket_id, who: replying.follow_up(ticket_id, who, body="x"),
    "solved": lambda host, ticket_id, who: replying.confirm_solved(ticket_id, who),
    "withdraw": lambda host, ticket_id, who: status.withdraw(ticket_id, who),
    "rate": lambda host, ticket_id, who: rating.rate(ticket_id, who, good=True),
}


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_reaches_a_foreign_ticket(in_app: Host, open_ticket: OpenTicket, verb: str) -> None:
    ticket_id = open_ticket("jerome")
    strangers = [in_app.customer("mina"), in_app.agent("ben"), in_app.agent("olga")]
    for stranger in strangers:
        with pytest.raises(NotFound) as foreign:
            VERBS[verb](in_app, ticket_id, stranger)
        with pytest.raises(NotFound) as missing:
            VERBS[verb](in_app, "TKT-2026-99999", stranger)
        assert foreign.value.sentence.replace(ticket_id, "X") == missing.value.sentence.replace("TKT-2026-99999", "X")


def test_rights_taken_away_are_gone_at_the_next_act(in_app: Host, answered_ticket: str) -> None:
    ada_before = in_app.agent("ada")
    assert Right.HANDLE in ada_before.rights
    in_app.change_user("ada", enabled=False)
    with pytest.raises(NotFound):
        replying.reply(answered_ticket, in_app.agent("ada"), body="x")
    in_app.change_user("jerome", support=False)
    with pytest.raises(NotAllowed):
        in_app.customer("jerome")
