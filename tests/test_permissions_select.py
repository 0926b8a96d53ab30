"""Who sees what and may do what, asked of the conditions themselves on a handful of rows in memory."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, ColumnElement, Integer, create_engine, insert, literal, not_, select
from sqlalchemy.orm import Session

from flask_sgsupport.actors import Actor, Coverage, Membership, Person, Right, Side, Via
from flask_sgsupport.errors import NotAllowed
from flask_sgsupport.models import (
    Agent,
    AgentCoverage,
    Base,
    Delivery,
    Draft,
    Macro,
    Message,
    Queue,
    SavedView,
    Ticket,
    TicketTag,
    UtcDateTime,
    table_of,
)
from flask_sgsupport.permissions import (
    agent_actors,
    agent_select,
    covering,
    customer_actor,
    deliveries_of,
    drafts_of,
    granted_to,
    macros_kept_by,
    macros_offered_to,
    messages_visible_to,
    missing,
    no_agent,
    not_of_colleagues,
    public_name_of,
    queues_visible_to,
    reads_figures_of,
    require,
    require_colleague,
    require_macro_keeper,
    require_view_keeper,
    right_label,
    rights_of,
    saved_views_kept_by,
    saved_views_shown_to,
    sees_agents,
    sees_everything,
    visible_to,
    why_no_follower,
)

NOW = datetime(2026, 4, 24, 8, 11, tzinfo=UTC)
SUPPORT, BILLING, PARTNERS = 1, 2, 3
STOREFRONT, INVOICES = 11, 12
ADA, BEN, GRACE = 21, 22, 23


def row_of(model: type[Base], **columns: Any) -> dict[str, Any]:
    """A row in which what is not said is empty."""
    empty = {Boolean: False, Integer: 0, UtcDateTime: NOW}
    needed = [one for one in table_of(model).columns if not one.nullable and not one.primary_key]
    kinds = {one.key: next((v for kind, v in empty.items() if isinstance(one.type, kind)), "") for one in needed}
    return kinds | ({"status": "open"} if model is Ticket else {}) | columns


ROWS: dict[type[Base], list[dict[str, Any]]] = {
    Queue: [
        {"pk": pk, "key": name, "name": name.title()}
        for pk, name in ((SUPPORT, "support"), (BILLING, "billing"), (PARTNERS, "partners"))
    ],
    Ticket: [
        {"ticket_id": "Tote", "account_id": "1", "queue_pk": SUPPORT, "category_pk": STOREFRONT},
        {"ticket_id": "Bill", "account_id": "1", "queue_pk": BILLING, "category_pk": INVOICES, "assignee_pk": ADA},
        {"ticket_id": "Sign", "account_id": "2", "queue_pk": BILLING},
        {"ticket_id": "Gone", "account_id": "1", "queue_pk": PARTNERS, "account_removed_at": NOW},
    ],
    TicketTag: [{"ticket_pk": 3, "tag": "vip"}, {"ticket_pk": 4, "tag": "old"}],
    Message: [{"key": "reply", "public": True, "body": "reply"}, {"key": "note", "public": False, "body": "note"}],
    Agent: [
        {
            "pk": GRACE,
            "host_id": "grace",
            "public_name": "Grace of the desk",
            "active": True,
            "can_handle": True,
            "is_lead": True,
        },
        {
            "pk": ADA,
            "host_id": "ada",
            "public_name": "Ada of the desk",
            "active": True,
            "can_handle": True,
            "can_close": True,
            "available": True,
        },
        {
            "pk": BEN,
            "host_id": "ben",
            "public_name": "Ben of the desk",
            "active": True,
            "can_handle": True,
            "available": False,
        },
    ],
    AgentCoverage: [
        {"agent_pk": ADA, "kind": "queue", "value": str(SUPPORT)},
        {"agent_pk": ADA, "kind": "queue", "value": str(PARTNERS)},
        {"agent_pk": ADA, "kind": "category", "value": str(INVOICES)},
        {"agent_pk": ADA, "kind": "tag", "value": "vip"},
        {"agent_pk": BEN, "kind": "tag", "value": str(BILLING)},
        {"agent_pk": BEN, "kind": "category", "value": str(SUPPORT)},
    ],
    Delivery: [
        {"key": "bell", "channel": "bell", "side": "agent", "recipient_id": "ada"},
        {"key": "as customer", "channel": "bell", "side": "customer", "recipient_id": "ada"},
        {"key": "mail", "channel": "email", "side": "agent", "recipient_id": "ada"},
        {"key": "another's", "channel": "bell", "side": "agent", "recipient_id": "ben"},
    ],
    Draft: [
        {"ticket_pk": 1, "host_id": "ada", "kind": "reply", "body": "of Ada"},
        {"ticket_pk": 1, "host_id": "ben", "kind": "reply", "body": "of Ben"},
    ],
    Macro: [{"key": "everybody's"}, {"key": "of Ada", "owner_pk": ADA}, {"key": "of Ben", "owner_pk": BEN}],
    SavedView: [
        {"key": "shared by Ada", "owner_pk": ADA, "shared": True},
        {"key": "of Ada", "owner_pk": ADA, "shared": False},
        {"key": "of Ben", "owner_pk": BEN, "shared": False},
    ],
}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """Rows of every kind a right is about."""
    engine = create_engine("sqlite://")
    tables = [table_of(model) for model in ROWS]
    Base.metadata.create_all(engine, tables=tables)
    with Session(engine) as session:
        for model, rows in ROWS.items():
            for row in rows:
                session.execute(insert(table_of(model)).values(row_of(model, **row)))
        yield session
    engine.dispose()


@pytest.fixture
def seen(session: Session) -> Callable[[Any, ColumnElement[bool]], set[str]]:
    """What a condition selects: ``seen(Ticket.ticket_id, condition)``."""
    return lambda column, condition: set(session.scalars(select(column).where(condition)))


Seen = Callable[[Any, ColumnElement[bool]], set[str]]
EVERY_TICKET = {"Tote", "Bill", "Sign", "Gone"}


def customer(*memberships: Membership) -> Actor:
    return Actor(Side.CUSTOMER, Via.PANEL, Person("5", accounts=memberships))


def agent(*rights: Right, agent_pk: int | None = None, **coverage: frozenset[Any]) -> Actor:
    return Actor(
        Side.AGENT, Via.INBOX, Person("9"), agent_pk=agent_pk, rights=frozenset(rights), coverage=Coverage(**coverage)
    )


@pytest.mark.parametrize(
    ("actor", "tickets"),
    [
        (customer(Membership("1")), {"Tote", "Bill"}),
        (customer(Membership("1"), Membership("2")), {"Tote", "Bill", "Sign"}),
        (customer(Membership("1", support_access=False), Membership("2")), {"Sign"}),
        (customer(Membership("1", support_access=False)), set()),
        (customer(Membership("3")), set()),
        (customer(), set()),
        (Actor(Side.CUSTOMER, Via.PANEL), set()),
        (Actor(Side.MAIL, Via.MAIL), set()),
        (Actor(Side.TIMER, Via.CLOCK), EVERY_TICKET),
        (Actor(Side.RULE, Via.WORKER), EVERY_TICKET),
    ],
)
def test_a_customer_sees_the_tickets_of_accounts_with_support_access(
    actor: Actor, tickets: set[str], seen: Seen
) -> None:
    assert seen(Ticket.ticket_id, visible_to(actor)) == tickets
    assert seen(Ticket.ticket_id, not_(visible_to(actor))) == EVERY_TICKET - tickets


HANDLE = Right.HANDLE


@pytest.mark.parametrize(
    ("actor", "tickets"),
    [
        (agent(HANDLE, queues=frozenset({SUPPORT})), {"Tote"}),
        (agent(HANDLE, queues=frozenset({SUPPORT, PARTNERS})), {"Tote", "Gone"}),
        (agent(HANDLE, categories=frozenset({INVOICES})), {"Bill"}),
        (agent(HANDLE, tags=frozenset({"vip"})), {"Sign"}),
        (agent(HANDLE, tags=frozenset({"vip", "old", "new"})), {"Sign", "Gone"}),
        (agent(HANDLE, queues=frozenset({SUPPORT}), categories=frozenset({INVOICES}), tags=frozenset({"vip"})),
         {"Tote", "Bill", "Sign"}),
        (agent(HANDLE, agent_pk=ADA), {"Bill"}),
        (agent(HANDLE, agent_pk=ADA, queues=frozenset({SUPPORT})), {"Tote", "Bill"}),
        (agent(HANDLE, agent_pk=BEN), set()),
        (agent(HANDLE), set()),
        (agent(HANDLE, Right.ALL_QUEUES), EVERY_TICKET),
        (agent(HANDLE, Right.LEAD), EVERY_TICKET),
        (agent(Right.ALL_QUEUES, Right.LEAD, agent_pk=ADA, queues=frozenset({SUPPORT})), set()),
    ],
)  # fmt: skip
def test_an_agent_sees_what_they_cover_and_what_is_theirs(actor: Actor, tickets: set[str], seen: Seen) -> None:
    assert seen(Ticket.ticket_id, visible_to(actor)) == tickets


@pytest.mark.parametrize(
    ("actor", "queues"),
    [
        (agent(HANDLE, queues=frozenset({SUPPORT, BILLING})), {"support", "billing"}),
        (agent(HANDLE), set()),
        (agent(HANDLE, Right.ALL_QUEUES), {"support", "billing", "partners"}),
        (agent(HANDLE, Right.LEAD), {"support", "billing", "partners"}),
        (agent(Right.LEAD, queues=frozenset({SUPPORT})), set()),
        (Actor(Side.CUSTOMER, Via.PANEL, rights=frozenset({HANDLE, Right.LEAD})), set()),
    ],
)
def test_an_agent_looks_into_the_queues_they_cover(actor: Actor, queues: set[str], seen: Seen) -> None:
    assert seen(Queue.key, queues_visible_to(actor)) == queues
    assert sees_everything(actor) == bool(actor.rights & {Right.ALL_QUEUES, Right.LEAD})


@pytest.mark.parametrize(
    ("side", "messages"), [(side, {"reply"} if side is Side.CUSTOMER else {"reply", "note"}) for side in Side]
)
def test_a_customer_selects_no_note(side: Side, messages: set[str], seen: Seen) -> None:
    assert seen(Message.body, messages_visible_to(Actor(side, Via.PANEL))) == messages


def test_notifications_are_ones_own_of_one_side_and_in_app(seen: Seen) -> None:
    ada = Person("ada")
    assert seen(Delivery.key, deliveries_of(Actor(Side.AGENT, Via.INBOX, ada))) == {"bell"}
    assert seen(Delivery.key, deliveries_of(Actor(Side.CUSTOMER, Via.PANEL, ada))) == {"as customer"}
    assert seen(Delivery.key, deliveries_of(Actor(Side.AGENT, Via.INBOX))) == set()


def test_drafts_are_an_agents_own_and_nobody_reads_them_in_their_name(seen: Seen) -> None:
    ada = Person("ada")
    assert seen(Draft.body, drafts_of(Actor(Side.AGENT, Via.INBOX, ada))) == {"of Ada"}
    assert seen(Draft.body, drafts_of(Actor(Side.AGENT, Via.INBOX, Person("ada", acting=Person("ben"))))) == set()
    assert seen(Draft.body, drafts_of(Actor(Side.CUSTOMER, Via.PANEL, ada))) == set()
    assert seen(Draft.body, drafts_of(Actor(Side.TIMER, Via.CLOCK))) == set()
    assert seen(Draft.body, drafts_of(Actor(Side.AGENT, Via.INBOX))) == set()


@pytest.mark.parametrize(
    ("actor", "offered", "kept"),
    [
        (agent(HANDLE, agent_pk=ADA), {"everybody's", "of Ada"}, {"of Ada"}),
        (agent(HANDLE, Right.LEAD, agent_pk=BEN), {"everybody's", "of Ben"}, {"everybody's", "of Ben"}),
        (agent(HANDLE), {"everybody's"}, set()),
        (agent(Right.ASSIGN, agent_pk=ADA), set(), set()),
        (agent(Right.LEAD), set(), {"everybody's"}),
        (Actor(Side.CUSTOMER, Via.PANEL, agent_pk=ADA, rights=frozenset({HANDLE, Right.LEAD})), set(), set()),
    ],
)
def test_macros_are_everybodys_or_ones_own(actor: Actor, offered: set[str], kept: set[str], seen: Seen) -> None:
    assert seen(Macro.key, macros_offered_to(actor)) == offered
    assert seen(Macro.key, macros_kept_by(actor)) == kept


@pytest.mark.parametrize(
    ("actor", "shared", "lacks"),
    [
        (agent(HANDLE, agent_pk=ADA), False, None),
        (agent(HANDLE, agent_pk=ADA), True, missing(Right.LEAD)),
        (agent(Right.LEAD), True, None),
        (agent(Right.LEAD, agent_pk=ADA), False, missing(HANDLE)),
        (agent(HANDLE), False, "Only an agent keeps macros. A support lead can make you one under Support → Agents."),
        (Actor(Side.CUSTOMER, Via.PANEL, agent_pk=ADA, rights=frozenset(Right)), False, missing(HANDLE)),
        (Actor(Side.CUSTOMER, Via.PANEL, agent_pk=ADA, rights=frozenset(Right)), True, missing(Right.LEAD)),
    ],
)
def test_leads_make_macros_for_everybody_and_agents_their_own(actor: Actor, shared: bool, lacks: str | None) -> None:  # noqa: FBT001
    if lacks is None:
        require_macro_keeper(actor, shared=shared)
        return
    with pytest.raises(NotAllowed) as refused:
        require_macro_keeper(actor, shared=shared)
    assert refused.value.sentence == lacks


@pytest.mark.parametrize(
    ("actor", "opened", "kept"),
    [
        (agent(HANDLE, agent_pk=ADA), {"shared by Ada", "of Ada"}, {"shared by Ada", "of Ada"}),
        (agent(HANDLE, agent_pk=BEN), {"shared by Ada", "of Ben"}, {"of Ben"}),
        (agent(HANDLE, Right.LEAD, agent_pk=BEN), {"shared by Ada", "of Ben"}, {"shared by Ada", "of Ben"}),
        (agent(HANDLE), {"shared by Ada"}, set()),
        (agent(Right.ASSIGN, agent_pk=ADA), set(), set()),
        (agent(Right.LEAD), set(), {"shared by Ada"}),
        (Actor(Side.CUSTOMER, Via.PANEL, agent_pk=ADA, rights=frozenset({HANDLE, Right.LEAD})), set(), set()),
    ],
)
def test_saved_views_are_shared_or_ones_own(actor: Actor, opened: set[str], kept: set[str], seen: Seen) -> None:
    assert seen(SavedView.key, saved_views_shown_to(actor)) == opened
    assert seen(SavedView.key, saved_views_kept_by(actor)) == kept


@pytest.mark.parametrize(
    ("actor", "lacks"),
    [
        (agent(HANDLE, agent_pk=ADA), None),
        (agent(HANDLE), "Only an agent keeps views. A support lead can make you one under Support → Agents."),
        (agent(Right.ASSIGN, agent_pk=ADA), missing(HANDLE)),
        (Actor(Side.CUSTOMER, Via.PANEL, agent_pk=ADA, rights=frozenset(Right)), missing(HANDLE)),
    ],
)
def test_agents_save_views(actor: Actor, lacks: str | None) -> None:
    if lacks is None:
        require_view_keeper(actor)
        return
    with pytest.raises(NotAllowed) as refused:
        require_view_keeper(actor)
    assert refused.value.sentence == lacks


# Who covers a ticket


@pytest.mark.parametrize(
    ("queue_pk", "category_pk", "tags", "whose"),
    [
        (SUPPORT, None, [], {"ada"}),
        (BILLING, INVOICES, [], {"ada"}),
        (BILLING, STOREFRONT, [], set()),
        (BILLING, STOREFRONT, ["vip"], {"ada"}),
        (BILLING, None, ["2"], {"ben"}),
        (BILLING, SUPPORT, [], {"ben"}),
        (BILLING, None, ["old"], set()),
    ],
)
def test_a_ticket_is_covered_by_queue_category_or_tag(
    queue_pk: int, category_pk: int | None, tags: list[str], whose: set[str], seen: Seen
) -> None:
    wanted = select(literal(tags[0])) if tags else select(TicketTag.tag).where(TicketTag.ticket_pk == 99)
    assert seen(Agent.host_id, covering(queue_pk=queue_pk, category_pk=category_pk, tags=wanted)) == whose


# Agents as they are now


def actors(session: Session, *ids: str, hooks: Any = ()) -> dict[str, Actor]:
    people = {one: Person(one, one.title(), f"{one}@desk.example") for one in ids}
    rows: Any = session.execute(agent_select(ids)).all()
    return agent_actors(rows, people, Via.WORKER, hooks)


def test_an_agent_has_the_rights_and_the_coverage_of_their_row(session: Session) -> None:
    assert actors(session, "ada", "ben", "olga") == {
        "ada": Actor(
            Side.AGENT,
            Via.WORKER,
            Person("ada", "Ada", "ada@desk.example"),
            agent_pk=ADA,
            public_name="Ada of the desk",
            rights=frozenset({HANDLE, Right.CLOSE}),
            granted=frozenset({HANDLE, Right.CLOSE}),
            coverage=Coverage(frozenset({SUPPORT, PARTNERS}), frozenset({INVOICES}), frozenset({"vip"})),
        ),
        "ben": Actor(
            Side.AGENT,
            Via.WORKER,
            Person("ben", "Ben", "ben@desk.example"),
            agent_pk=BEN,
            public_name="Ben of the desk",
            rights=frozenset({HANDLE}),
            granted=frozenset({HANDLE}),
            coverage=Coverage(frozenset(), frozenset({SUPPORT}), frozenset({str(BILLING)})),
            available=False,
        ),
        "olga": Actor(
            Side.AGENT, Via.WORKER, Person("olga", "Olga", "olga@desk.example"), agent_pk=None, public_name="Olga"
        ),
    }


def test_a_lead_who_covers_nothing_is_an_agent_with_every_right(session: Session) -> None:
    grace = actors(session, "grace")["grace"]
    assert (grace.agent_pk, grace.rights, grace.coverage) == (GRACE, frozenset(Right), Coverage())


def test_somebody_without_a_row_has_the_rights_the_host_gives(session: Session) -> None:
    olga = actors(session, "olga", hooks=[lambda person, right: person.id == "olga" and right is HANDLE])["olga"]
    assert olga.rights == {HANDLE}


@pytest.mark.parametrize(
    ("column", "right"),
    [
        ("can_handle", Right.HANDLE),
        ("can_assign", Right.ASSIGN),
        ("can_close", Right.CLOSE),
        ("sees_all_queues", Right.ALL_QUEUES),
        ("is_lead", Right.LEAD),
    ],
)
def test_each_right_is_granted_by_its_own_column_of_an_agent_who_is_active(column: str, right: Right) -> None:
    assert granted_to(Agent(**row_of(Agent, active=True) | {column: True})) == {right}
    assert granted_to(Agent(**row_of(Agent, active=False) | {column: True})) == frozenset()


# Rights of this moment


def test_who_is_switched_off_has_no_right_and_no_hook_is_asked() -> None:
    asked: list[Right] = []
    gone = Person("1", active=False)
    assert rights_of(gone, set(Right), [lambda person, right: bool(asked.append(right)) or True]) == frozenset()
    assert asked == []


def test_the_host_adds_and_forbids_and_says_nothing() -> None:
    ada = Person("ada")
    answers = {Right.ASSIGN: True, Right.CLOSE: False}
    held = rights_of(ada, [HANDLE, Right.CLOSE], [lambda person, right: answers.get(right) if person is ada else True])
    assert held == {HANDLE, Right.ASSIGN}


def test_what_one_hook_forbids_no_other_adds() -> None:
    hooks = [lambda person, right: right is not Right.CLOSE, lambda person, right: True]
    assert rights_of(Person("ada"), [], hooks) == set(Right) - {Right.CLOSE}
    assert rights_of(Person("ada"), [], hooks[::-1]) == set(Right) - {Right.CLOSE}


def test_a_lead_holds_every_right_but_what_the_host_forbids() -> None:
    assert rights_of(Person("grace"), [Right.LEAD], []) == set(Right)
    forbidden = [lambda person, right: False if right is Right.ASSIGN else None]
    assert rights_of(Person("grace"), [Right.LEAD], forbidden) == set(Right) - {Right.ASSIGN}


def test_a_hook_that_is_broken_opens_no_door_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(person: Person, right: Right) -> bool | None:
        if right is Right.CLOSE:
            raise LookupError("no such table")
        return None

    with caplog.at_level(logging.ERROR, "flask_sgsupport.permissions"):
        assert rights_of(Person("ada"), [HANDLE, Right.CLOSE], [broken]) == {HANDLE}
    [logged] = caplog.records
    assert logged.name == "flask_sgsupport.permissions"
    assert logged.getMessage() == "The permission hook failed for close; counted as forbidden"
    assert logged.exc_info is not None


# What customers see of an agent


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada \n Lovelace ", "Ada Lovelace"),
        ("Ada\x00 \ud800", "Ada ?"),
        ("ada@desk.example", "Support"),
        (" ", "Support"),
    ],
)
def test_an_agent_whose_public_name_nobody_chose_is_never_called_by_an_address(name: str, shown: str) -> None:
    assert public_name_of(Person("ada", name)) == shown


# What is refused, and who can help


@pytest.mark.parametrize(
    ("right", "label"),
    [
        (Right.HANDLE, "Handle tickets"),
        (Right.ASSIGN, "Assign tickets"),
        (Right.CLOSE, "Close tickets"),
        (Right.ALL_QUEUES, "See all queues"),
        (Right.LEAD, "Support lead"),
    ],
)
def test_an_agent_without_a_right_is_told_who_grants_it(right: Right, label: str) -> None:
    sentence = f"You lack the permission “{label}”. A support lead or an Owner can grant it under Support → Agents."
    assert right_label(right) == label
    assert missing(right) == sentence
    with pytest.raises(NotAllowed) as refused:
        require(agent(*(set(Right) - {right})), right)
    assert refused.value.sentence == sentence


def test_who_has_the_right_passes_and_so_does_every_other_side() -> None:
    require(agent(Right.CLOSE), Right.CLOSE)
    for side in set(Side) - {Side.AGENT}:
        require(Actor(side, Via.PANEL), Right.CLOSE)


def test_the_figures_of_colleagues_are_a_leads() -> None:
    own, nobody = Person("7", "Ada"), ""
    ada, lead = Actor(Side.AGENT, Via.INBOX, own, rights=frozenset({Right.HANDLE})), agent(Right.LEAD)
    assert [reads_figures_of(ada, who) for who in (nobody, "7", "8")] == [True, True, False]
    assert [reads_figures_of(lead, who) for who in (nobody, "7", "8")] == [True, True, True]
    assert (sees_agents(ada), sees_agents(lead)) == (False, True)
    unnamed = Actor(Side.AGENT, Via.PYTHON, rights=frozenset({Right.HANDLE}))
    assert [reads_figures_of(unnamed, who) for who in (nobody, "7", "None")] == [True, False, False]
    customer = Actor(Side.CUSTOMER, Via.PANEL, own, rights=frozenset(Right))
    assert (sees_agents(customer), reads_figures_of(customer, "8")) == (False, False)
    assert not_of_colleagues() == "Only support leads read the figures of colleagues."


NO_ACCESS = "You have no access to support here. An owner of your account can grant it."
TWO = (Membership("1", support_access=False), Membership("2", owner=True, support_access=False), Membership("3"))


MAY_FOLLOW = {
    "a colleague": (Actor(Side.CUSTOMER, Via.PANEL, person=Person("lena")), ""),
    "the requester": (
        Actor(Side.CUSTOMER, Via.PANEL, person=Person("jerome")),
        "You asked for help in this ticket, so you are told of it anyway.",
    ),
    "who poses as somebody": (
        Actor(Side.CUSTOMER, Via.PANEL, person=Person("lena", "Lena Brandt", acting=Person("grace"))),
        "Only Lena Brandt can choose this.",
    ),
    "an agent": (
        Actor(Side.AGENT, Via.INBOX, person=Person("ada")),
        "Only the requester’s colleagues follow a ticket here.",
    ),
    "nobody": (Actor(Side.CUSTOMER, Via.PANEL), "Only the requester’s colleagues follow a ticket here."),
}


@pytest.mark.parametrize("asks", MAY_FOLLOW)
def test_colleagues_of_the_requester_follow_a_ticket_on_the_customers_side(asks: str) -> None:
    actor, why = MAY_FOLLOW[asks]
    assert why_no_follower(actor, "jerome") == why
    if not why:
        assert require_colleague(actor, "jerome") is actor.person
        return
    with pytest.raises(NotAllowed) as refused:
        require_colleague(actor, "jerome")
    assert refused.value.sentence == why


@pytest.mark.parametrize(("asked", "account"), [(None, "2"), ("2", "2"), ("3", "3")])
def test_an_operator_works_in_one_account_with_support_access(asked: str | None, account: str) -> None:
    person = Person("5", "Jerome", accounts=TWO)
    assert customer_actor(person, asked, Via.MAIL) == Actor(
        Side.CUSTOMER, Via.MAIL, person, account_id=account, public_name="Jerome"
    )


@pytest.mark.parametrize(
    ("person", "asked"),
    [
        (Person("5", accounts=TWO), "1"),
        (Person("5", accounts=TWO), "4"),
        (Person("5", accounts=TWO, active=False), "3"),
        (Person("5"), None),
    ],
)
def test_nobody_else_is_let_in(person: Person, asked: str | None) -> None:
    with pytest.raises(NotAllowed) as refused:
        customer_actor(person, asked, Via.PANEL)
    assert refused.value.sentence == NO_ACCESS


def test_the_sentence_on_somebody_who_is_no_agent_names_them_and_what_they_lack() -> None:
    lena = Actor(Side.AGENT, Via.PYTHON, Person("3", "Lena Brandt"))
    assert no_agent(lena) == (
        "Lena Brandt lacks the permission “Handle tickets”. "
        "A support lead or an Owner can grant it under Support → Agents."
    )
