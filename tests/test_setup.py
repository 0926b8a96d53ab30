"""Queues, categories and agents are set up by those who may, with an audit, and nothing gets lost on the way."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from html import unescape
from threading import Barrier, BrokenBarrierError, Thread
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import OperationalError

from flask_sgsupport import migrations
from flask_sgsupport.actors import Actor, Person, Right, Via
from flask_sgsupport.errors import Busy, InvalidInput, NotAllowed, NotFound, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import (
    Agent,
    AgentCoverage,
    Category,
    Delivery,
    Event,
    NumberCounter,
    PersonRecord,
    Queue,
    Ticket,
)
from flask_sgsupport.queries.setup import last_changes
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import agents, assigning, clock, handing_over, preferring, replying, setup, testing_mail
from flask_sgsupport.services.agents import Covers
from flask_sgsupport.signals import before_ticket_assigned, before_ticket_routed
from tests.smtp import Smtp
from tests.told import told_events
from tests.world import Host, OpenTicket

pytestmark = pytest.mark.usefixtures("in_app")


def events(host: Host, action: str) -> list[tuple[Any, ...]]:
    found = [(entry.field, entry.old, entry.new) for entry in told_events(host.db.session, Event.action == action)]
    host.db.session.rollback()
    return found


def queue(host: Host, key: str) -> Queue:
    host.db.session.rollback()
    return host.db.session.scalars(select(Queue).where(Queue.key == key)).one()


def agent(host: Host, who: str) -> Agent:
    host.db.session.rollback()
    return host.db.session.scalars(select(Agent).where(Agent.host_id == str(host.ids[who]))).one()


def person(host: Host, who: str) -> Person:
    found: Person | None = host.desk.hooks.directory.person(str(host.ids[who]))
    assert found is not None
    return found


@pytest.fixture
def lead(host: Host) -> Actor:
    return host.agent("grace")


# Queues


def test_a_lead_makes_a_queue_and_the_audit_says_so(host: Host, lead: Actor) -> None:
    setup.create_queue(
        lead, "returns", {"name": "  Returns ", "from_address": "returns@desk.example", "signature": "Bye"}
    )
    made = queue(host, "returns")
    assert (made.name, made.active, made.is_default, made.position) == ("Returns", True, False, 2)
    assert (made.from_address, made.signature) == ("returns@desk.example", "Bye")
    assert events(host, "queue.changed") == [("name", None, "Returns")]
    who = select(PersonRecord.name).join(Event, Event.person_pk == PersonRecord.pk)
    assert host.db.session.scalars(who).all() == ["Grace Hopper"]


@pytest.mark.parametrize("who", ["ada", "olga", "jerome"])
def test_nobody_but_a_lead_changes_queues_and_categories(host: Host, who: str) -> None:
    actor = host.customer(who) if who == "jerome" else host.agent(who)
    for attempt in (
        lambda: setup.create_queue(actor, "returns", {"name": "Returns"}),
        lambda: setup.change_queue(actor, "billing", {"name": "Money"}),
        lambda: setup.create_category(actor, "returns", {"name": "Returns"}),
        lambda: setup.change_category(actor, "invoices", {"name": "Money"}),
        lambda: testing_mail.send_test_mail(actor, "support", "a@desk.example"),
    ):
        with pytest.raises(NotAllowed, match="Support lead"):
            attempt()
    assert events(host, "queue.changed") == events(host, "category.changed") == []


def test_every_wrong_field_is_named_at_once(lead: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        setup.create_queue(
            lead, "Sup port",
            {"name": "", "from_address": "nobody", "reply_address": "a@b@c", "position": -1, "active": "yes",
             "colour": "red", "from_name": "x" * 101, "signature": "x" * 2001},
        )  # fmt: skip
    assert set(refused.value.fields) == {
        "key", "name", "from_address", "reply_address", "position", "active", "colour", "from_name", "signature",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "key"),
    [("Größe & Versand", "grosse-versand"), ("Billing.", "billing-2"), ("x" * 80, "x" * 50), ("9 Lives", "9-lives")],
)
def test_a_key_that_is_left_out_is_made_from_the_name(host: Host, name: str, key: str) -> None:
    created = host.client("grace").post("/admin/support/queues/new", data={"name": name, "key": ""})
    assert created.status_code == 302
    with host.app.app_context():
        assert host.db.session.scalar(select(Queue.name).where(Queue.key == key)) == name


def test_a_name_that_makes_no_key_asks_for_one(host: Host) -> None:
    client = host.client("grace")
    refused = client.post("/admin/support/queues/new", data={"name": "客服", "key": ""})
    assert refused.status_code == 422
    assert "lower-case letters" in refused.text
    assert client.post("/admin/support/queues/new", data={"name": "客服", "key": "china"}).status_code == 302


def test_a_key_is_there_once(lead: Actor) -> None:
    with pytest.raises(InvalidInput, match="taken"):
        setup.create_queue(lead, "billing", {"name": "Billing again"})
    with pytest.raises(InvalidInput, match="taken"):
        setup.create_category(lead, "invoices", {"name": "Invoices again"})


def test_one_active_queue_is_the_default_whatever_is_tried(host: Host, lead: Actor) -> None:
    for refused in (
        lambda: setup.change_queue(lead, "support", {"active": False}),
        lambda: setup.change_queue(lead, "support", {"is_default": False}),
        lambda: setup.change_queue(lead, "billing", {"is_default": True, "active": False}),
        lambda: setup.create_queue(lead, "returns", {"name": "Returns", "is_default": True, "active": False}),
    ):
        with pytest.raises(InvalidInput):
            refused()
        assert (queue(host, "support").is_default, queue(host, "billing").is_default) == (True, False)
    setup.change_queue(lead, "billing", {"is_default": True})
    assert (queue(host, "support").is_default, queue(host, "billing").is_default) == (False, True)
    assert events(host, "queue.changed") == [("is_default", "yes", "no"), ("is_default", "no", "yes")]
    setup.create_queue(lead, "returns", {"name": "Returns", "is_default": True})
    host.db.session.rollback()
    assert host.db.session.scalars(select(Queue.key).where(Queue.is_default.is_(True))).all() == ["returns"]


def test_rights_granted_under_another_name_say_who_really_granted_them(host: Host, lead: Actor) -> None:
    as_grace = replace(lead, person=replace(lead.person, acting=person(host, "olga")))
    agents.change_agent(as_grace, str(host.ids["cleo"]), rights={Right.HANDLE, Right.CLOSE})
    setup.change_queue(as_grace, "billing", {"name": "Money"})
    for action in ("agent.changed", "queue.changed"):
        shown = last_changes(host.agent("grace"), action)
        assert shown, action
        assert {row.actor for row in shown} == {"Olga Petrova as Grace Hopper"}, action


def test_queues_and_categories_stand_in_the_order_of_their_positions(host: Host, lead: Actor) -> None:
    setup.create_queue(lead, "returns", {"name": "Returns"})
    setup.change_queue(lead, "support", {"position": 3})
    assert host.db.session.scalars(select(Queue.key).order_by(Queue.position)).all() == [
        "billing",
        "returns",
        "support",
    ]
    setup.change_category(lead, "storefront", {"position": 2})
    assert host.db.session.scalars(select(Category.key).order_by(Category.position)).all() == ["invoices", "storefront"]


@pytest.mark.every_database
def test_a_disabled_queue_hands_over_every_ticket_and_category(
    host: Host, lead: Actor, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "BATCH", 2)
    tickets = [open_ticket(category="invoices", subject=f"Invoice {n}") for n in range(5)]
    stays = open_ticket(category="storefront")
    done = setup.change_queue(lead, "billing", {"active": False})
    assert done == handing_over.HandedOver(5, ())
    support = queue(host, "support")
    assert set(host.db.session.scalars(select(Ticket.queue_pk))) == {support.pk}
    assert events(host, "field.changed") == [("queue", "Billing", "Support")] * 5
    assert events(host, "category.changed") == [("queue", "billing", "support")]
    assert events(host, "queue.changed") == [("active", "yes", "no")]
    moved = select(Ticket.ticket_id).join(Event, Event.ticket_pk == Ticket.pk).where(Event.action == "field.changed")
    assert sorted(host.db.session.scalars(moved)) == tickets
    assert stays not in tickets
    assert open_ticket(category="invoices") not in tickets, "the category leads somewhere"


@pytest.mark.every_database
def test_what_one_call_leaves_the_clock_goes_on_with(
    host: Host, lead: Actor, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "BATCH", 2)
    monkeypatch.setattr(handing_over, "MAX_TICKETS", 2)
    monkeypatch.setattr(handing_over, "MAX_IN_REQUEST", 2)
    for number in range(5):
        open_ticket(category="invoices", subject=f"Invoice {number}")
    assert setup.change_queue(lead, "billing", {"active": False}) == handing_over.HandedOver(2, (), left=3)
    assert [clock.tick().handed_over for _ in range(3)] == [2, 1, 0]
    assert events(host, "field.changed") == [("queue", "Billing", "Support")] * 5


def test_a_request_moves_few_tickets_and_the_page_says_how_many_follow(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "MAX_IN_REQUEST", 2)
    for number in range(5):
        open_ticket(category="invoices", subject=f"Invoice {number}")
    grace = host.client("grace")
    off = {"name": "Billing", "position": "1", "sure": "1"}
    assert grace.post("/admin/support/queues/change/billing", data=off).location
    page = grace.get("/admin/support/queues/").text
    assert "2 tickets were handed over." in page
    assert "3 more follow by and by." in page


def told_of(host: Host, notice: str) -> list[tuple[str, str]]:
    """Whom a notice reached, by name, and by what."""
    rows = select(Delivery.recipient_name, Delivery.channel).where(Delivery.notice == notice).order_by(Delivery.pk)
    return [(name, channel) for name, channel in host.db.session.execute(rows)]


def test_a_disabled_queue_tells_who_loses_a_ticket_and_once_who_takes_them_over(
    host: Host, lead: Actor, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "BATCH", 2)
    tickets = [open_ticket(category="invoices", subject=f"Invoice {n}") for n in range(5)]
    for ticket_id in tickets[:2]:
        assigning.claim(ticket_id, host.agent("ben"))
    replying.reply(tickets[1], host.agent("ben"), body="Paid.", status=Status.RESOLVED)
    assert setup.change_queue(lead, "billing", {"active": False}).moved == 5
    assert told_of(host, "unassigned_staff") == [("Ben Okoro", "bell")], "of the open one; the other is done"
    assert told_of(host, "handed_over_staff") == [("Ada Lovelace", "bell"), ("Cleo Marsh", "bell")]
    data = host.db.session.scalars(select(Delivery.data).where(Delivery.notice == "handed_over_staff")).all()
    assert all("5 tickets of the disabled queue Billing went to Support." in one for one in data)


def test_tickets_of_a_queue_deleted_past_the_desk_come_into_the_default_queue(
    host: Host, lead: Actor, open_ticket: OpenTicket
) -> None:
    host.bent = "a queue is deleted by SQL"
    ticket_id, other = open_ticket(category="invoices"), open_ticket(category="storefront")
    assigning.claim(ticket_id, host.agent("ben"))
    session = host.db.session
    session.execute(text("PRAGMA foreign_keys=OFF"))
    session.execute(delete(Queue).where(Queue.key == "billing"))
    session.commit()
    assert clock.tick().handed_over == 1
    assert set(session.scalars(select(Ticket.queue_pk))) == {queue(host, "support").pk}
    assert events(host, "field.changed") == [("queue", "a deleted queue", "Support")]
    assert told_of(host, "unassigned_staff") == [("Ben Okoro", "bell")]
    assert [name for name, __ in told_of(host, "handed_over_staff")] == ["Grace Hopper", "Ada Lovelace", "Cleo Marsh"]
    assert ticket_page(lead, ticket_id).queue.label == "Support"
    assert clock.tick().handed_over == 0
    # The default queue itself.
    host.bent = "there is no default queue"
    setup.create_queue(lead, "returns", {"name": "Returns"})
    session.execute(delete(Queue).where(Queue.key == "support"))
    session.commit()
    assert clock.tick().handed_over == 2
    assert ticket_page(lead, other).queue.label == "Returns"


def test_a_veto_keeps_its_own_ticket_only(host: Host, lead: Actor, open_ticket: OpenTicket) -> None:
    kept, *others = [open_ticket(category="invoices", subject=f"Invoice {n}") for n in range(3)]

    def veto(app: Any, payload: Any) -> None:
        if payload.ticket["ticket_id"] == kept:
            raise Vetoed("Not this one.")

    with before_ticket_routed.connected_to(veto):
        assert setup.change_queue(lead, "billing", {"active": False}) == handing_over.HandedOver(2, (kept,))
    moved = select(Ticket.ticket_id).where(Ticket.queue_pk == queue(host, "support").pk)
    assert sorted(host.db.session.scalars(moved)) == others


@pytest.mark.every_database
def test_many_vetoes_keep_the_others_neither_now_nor_for_ever(
    host: Host, lead: Actor, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [open_ticket(category="invoices", subject=f"Invoice {n}") for n in range(9)]
    kept = set(tickets[:7])

    def veto(app: Any, payload: Any) -> None:
        if payload.ticket["ticket_id"] in kept:
            raise Vetoed("Not this one.")

    with before_ticket_routed.connected_to(veto):
        done = setup.change_queue(lead, "billing", {"active": False})
        assert (done.moved, set(done.refused), done.complete) == (2, kept, True)
        assert clock.tick().handed_over == 0
        kept.remove(tickets[6])
        monkeypatch.setattr(handing_over, "MAX_TICKETS", 3)
        assert [clock.tick().handed_over for _ in range(30)].count(1) == 1, "though three others may come first"
    assert clock.tick().handed_over == 3
    moved = select(func.count()).select_from(Ticket).where(Ticket.queue_pk == queue(host, "support").pk)
    assert host.db.session.scalar(moved) == 6


@pytest.mark.every_database
def test_of_two_leads_who_withdraw_each_other_at_once_one_stays(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    if host.db.engine.dialect.name == "sqlite":
        pytest.skip("has one writer at a time")
    session, keeps, both = host.db.session, agents._keep_a_lead, Barrier(2)
    session.execute(update(Agent).where(Agent.name == "Ada Lovelace").values(is_lead=True))
    session.commit()

    def keeps_and_waits(*arguments: Any) -> None:
        keeps(*arguments)
        with suppress(BrokenBarrierError):
            both.wait(2)

    monkeypatch.setattr(agents, "_keep_a_lead", keeps_and_waits)
    refused: list[Exception] = []

    def withdraws(one: str, other: str) -> None:
        with host.app.app_context():
            try:
                agents.withdraw_agent(host.agent(one), str(host.ids[other]))
            except (InvalidInput, NotAllowed) as error:
                refused.append(error)
            host.db.session.remove()

    threads = [Thread(target=withdraws, args=pair) for pair in (("ada", "grace"), ("grace", "ada"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    leads = session.scalars(select(Agent.name).where(Agent.is_lead.is_(True), Agent.active.is_(True))).all()
    assert (len(leads), len(refused)) == (1, 1)


@pytest.mark.every_database
@pytest.mark.parametrize("what", ["an agent", "a queue"])
def test_two_clocks_at_once_count_each_ticket_once_and_tell_the_leads_once(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    if host.db.engine.dialect.name == "sqlite":
        pytest.skip("has one writer at a time")
    for number in range(3):
        ticket_id = open_ticket(category="invoices", subject=f"Invoice {number}")
        if what == "an agent":
            assigning.assign(ticket_id, host.agent("grace"), str(host.ids["ben"]))
    session = host.db.session
    ben, billing = update(Agent).where(Agent.name == "Ben Okoro"), update(Queue).where(Queue.key == "billing")
    session.execute((ben if what == "an agent" else billing).values(active=False))
    session.commit()
    moved: list[int] = []
    load = handing_over.load

    def other_clock() -> None:
        with host.app.app_context():
            moved.append(handing_over.sweep())
            host.db.session.remove()

    def loads(*arguments: Any) -> Any:
        monkeypatch.setattr(handing_over, "load", load)
        other = Thread(target=other_clock)
        other.start()
        other.join(60)
        return load(*arguments)

    monkeypatch.setattr(handing_over, "load", loads)
    moved.append(handing_over.sweep())
    assert moved == [3, 0]
    leads = select(Delivery.data).where(Delivery.notice == "handed_over_staff")
    [told] = session.scalars(leads.where(Delivery.recipient_name == "Grace Hopper")).all()
    assert "3 " in told


def test_a_lead_who_switched_the_bell_off_is_not_told(host: Host, lead: Actor, answered_ticket: str) -> None:
    preferring.set_preference(lead, "bell", wanted=False)
    assert agents.withdraw_agent(host.agent("olga"), str(host.ids["ada"])).moved == 1
    told = select(Delivery.recipient_name).where(Delivery.notice == "handed_over_staff")
    assert host.db.session.scalars(told).all() == []


def test_a_category_leads_to_an_active_queue_only(host: Host, lead: Actor) -> None:
    setup.create_category(lead, "returns", {"name": "Returns", "queue": "billing"})
    setup.change_category(lead, "returns", {"queue": "", "name": "Sent back", "active": False})
    made = host.db.session.scalars(select(Category).where(Category.key == "returns")).one()
    assert (made.name, made.active, made.queue_pk, made.position) == ("Sent back", False, None, 2)
    assert events(host, "category.changed") == [
        ("name", None, "Returns"), ("queue", "billing", None),
        ("name", "Returns", "Sent back"), ("active", "yes", "no"),
    ]  # fmt: skip
    setup.change_queue(lead, "billing", {"active": False})
    with pytest.raises(InvalidInput, match="disabled"):
        setup.change_category(lead, "returns", {"queue": "billing"})
    with pytest.raises(NotFound):
        setup.change_category(lead, "nothing", {"name": "x"})


# Agents


@pytest.mark.parametrize("who", ["grace", "olga"])
def test_a_lead_or_an_owner_of_the_host_makes_agents(host: Host, who: str) -> None:
    agents.grant_agent(
        host.agent(who), person(host, "nora"), rights={Right.HANDLE, Right.ASSIGN}, public_name="Nora from Support",
        covers=Covers(queues=("billing",), categories=("invoices",), tags=("VIP ", "vip")),
    )  # fmt: skip
    made = agent(host, "nora")
    assert (made.active, made.can_handle, made.can_assign, made.can_close, made.is_lead) == (
        True,
        True,
        True,
        False,
        False,
    )
    assert (made.name, made.email, made.public_name) == ("Nora Quist", "nora@northwind.example", "Nora from Support")
    nora = host.agent("nora")
    assert nora.rights == {Right.HANDLE, Right.ASSIGN}
    assert nora.coverage.queues == {queue(host, "billing").pk}
    assert nora.coverage.tags == {"vip"}
    assert ("rights", None, "handle, assign") in events(host, "agent.changed")
    assert ("coverage", None, "category invoices, queue billing, tag vip") in events(host, "agent.changed")
    assert ("active", "no", "yes") in events(host, "agent.changed")


@pytest.mark.parametrize("who", ["ada", "jerome"])
def test_nobody_else_grants_or_withdraws_rights(host: Host, who: str) -> None:
    actor = host.customer(who) if who == "jerome" else host.agent(who)
    for attempt in (
        lambda: agents.grant_agent(actor, person(host, who), rights=set(Right)),
        lambda: agents.change_agent(actor, str(host.ids["ada"]), rights=set(Right)),
        lambda: agents.withdraw_agent(actor, str(host.ids["grace"])),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    assert events(host, "agent.changed") == []


def test_an_owner_who_was_switched_off_grants_nothing(host: Host) -> None:
    host.change_user("olga", enabled=False)
    with pytest.raises(NotAllowed):
        agents.grant_agent(host.agent("olga"), person(host, "nora"), rights={Right.HANDLE})


def test_what_cannot_be_granted_is_refused(host: Host, lead: Actor) -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        agents.grant_agent(lead, person(host, "nora"), rights=set())
    with pytest.raises(InvalidInput, match="nowhere"):
        agents.grant_agent(lead, person(host, "nora"), rights={Right.HANDLE}, covers=Covers(queues=("nowhere",)))
    host.change_user("nora", enabled=False)
    with pytest.raises(InvalidInput, match="switched off"):
        agents.grant_agent(lead, person(host, "nora"), rights={Right.HANDLE})
    host.db.session.rollback()
    assert host.db.session.scalar(select(func.count()).select_from(Agent)) == 4


def test_customers_never_read_an_agents_address(host: Host, lead: Actor) -> None:
    agents.grant_agent(lead, Person(id="77", email="secret@desk.example"), rights={Right.HANDLE})
    names = select(Agent.public_name).where(Agent.host_id == "77")
    assert host.db.session.scalar(names) == "Support"


def test_changing_an_agent_follows_the_directory_and_leaves_the_rest(host: Host, lead: Actor) -> None:
    host.change_user("ada", name="Ada King", email="king@desk.example")
    agents.change_agent(lead, str(host.ids["ada"]), public_name="Ada K.")
    ada = agent(host, "ada")
    assert (ada.name, ada.email, ada.public_name) == ("Ada King", "king@desk.example", "Ada K.")
    assert host.agent("ada").rights == {Right.HANDLE, Right.ASSIGN, Right.CLOSE}
    assert host.agent("ada").coverage.queues == {queue(host, "support").pk}
    agents.change_agent(lead, str(host.ids["ada"]), rights={Right.HANDLE}, covers=Covers(queues=("billing",)))
    assert host.agent("ada").rights == {Right.HANDLE}
    assert host.agent("ada").coverage.queues == {queue(host, "billing").pk}
    assert ("coverage", "queue support", "queue billing") in events(host, "agent.changed"), "from what to what"
    agents.change_agent(lead, str(host.ids["ada"]), covers=Covers())
    assert ("coverage", "queue billing", None) in events(host, "agent.changed")
    with pytest.raises(NotFound):
        agents.change_agent(lead, "4711", public_name="Nobody")


@pytest.mark.every_database
def test_an_agent_who_leaves_gives_open_tickets_back_and_the_leads_are_told(
    host: Host, open_ticket: OpenTicket, answered_ticket: str, resolved_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "BATCH", 1)
    ada = str(host.ids["ada"])
    assert agents.withdraw_agent(host.agent("olga"), ada) == handing_over.HandedOver(1, ())
    assert host.agent("ada").rights == frozenset()
    held = dict(host.db.session.execute(select(Ticket.ticket_id, Ticket.assignee_pk)).all())
    assert held[answered_ticket] is None
    assert held[resolved_ticket] is not None, "the resolved one keeps who resolved it"
    assert events(host, "assignee.changed")[-1] == ("assignee", "Ada Lovelace", None)
    told = select(Delivery.recipient_id, Delivery.channel, Delivery.data).where(Delivery.notice == "handed_over_staff")
    [(who, channel, data)] = host.db.session.execute(told).all()
    assert (who, channel) == (str(host.ids["grace"]), "bell")
    assert "1 open ticket of Ada Lovelace went back to its queue." in data
    assert agents.withdraw_agent(host.agent("olga"), ada) == handing_over.HandedOver(), "again, nothing is left"


@pytest.mark.parametrize("act", ["withdraw", "lose the right", "disable the queue"])
def test_where_the_database_fails_after_an_act_its_page_says_that_the_tickets_follow(
    host: Host, open_ticket: OpenTicket, answered_ticket: str, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    def fail(*given: Any) -> None:
        raise OperationalError("UPDATE sgsupport_ticket", {}, sqlite3.OperationalError("disk I/O error"))

    ada, inbox = f"/admin/support/agents/{host.ids['ada']}", "/admin/support/"
    lead = host.client("grace")
    with monkeypatch.context() as patched:
        patched.setattr(handing_over, "set_assignee", fail)
        patched.setattr(handing_over, "_move_to_default", fail)
        if act == "withdraw":
            answer = lead.post(f"{ada}/off")
        elif act == "lose the right":
            answer = lead.post(ada, data={"rights": ["close"], "public_name": "Ada"})
        else:
            open_ticket(category="invoices")
            answer = lead.post(f"{inbox}queues/change/billing", data={"name": "Billing", "position": "1", "sure": "1"})
    assert answer.status_code == 302
    page = lead.get(answer.location).text
    assert "the others follow by and by" in page
    assert "Nothing was changed" not in page
    assert handing_over.sweep() == 1, "the clock goes on"
    assert handing_over.sweep() == 0


def test_the_leads_are_told_of_tickets_that_went_back_whatever_was_interrupted(
    host: Host, open_ticket: OpenTicket, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, ada, told_in = open_ticket(), str(host.ids["ada"]), handing_over.switched_off
    assigning.claim(second, host.agent("ada"))
    monkeypatch.setattr(handing_over, "BATCH", 1)
    monkeypatch.setattr(handing_over, "switched_off", broken_disk)
    assert agents.withdraw_agent(host.agent("olga"), ada).failed
    monkeypatch.setattr(handing_over, "switched_off", told_in)
    assert agents.withdraw_agent(host.agent("olga"), ada).moved == 1, "the first went alone, the last with its notice"
    told = select(Delivery.recipient_id).where(Delivery.notice == "handed_over_staff")
    assert host.db.session.scalars(told).all() == [str(host.ids["grace"])]


def broken_disk(*arguments: Any, **named: Any) -> Any:
    raise OperationalError("the statement", None, sqlite3.OperationalError("disk I/O error"))


def test_losing_the_right_to_handle_gives_tickets_back_too(host: Host, lead: Actor, answered_ticket: str) -> None:
    assert agents.change_agent(lead, str(host.ids["ada"]), rights={Right.CLOSE}).moved == 1
    assert host.db.session.scalars(select(Ticket.assignee_pk)).all() == [None]


def test_the_clock_leaves_tickets_to_whom_the_host_lets_handle_them(
    host: Host, lead: Actor, answered_ticket: str
) -> None:
    host.support.permission(lambda person, right: True if right is Right.HANDLE else None)
    host.db.session.execute(update(Agent).where(Agent.host_id == str(host.ids["ada"])).values(can_handle=False))
    host.db.session.commit()
    assert handing_over.sweep() == 0
    host.desk.hooks.permission[:] = [lambda person, right: 1 / 0]
    assert handing_over.sweep() == 0, "a hook that fails takes nothing away"
    host.desk.hooks.permission.clear()
    assert handing_over.sweep() == 1


def test_a_ticket_somebody_will_not_let_go_is_named(host: Host, lead: Actor, answered_ticket: str) -> None:
    def veto(app: Any, payload: Any) -> None:
        raise Vetoed("She must finish it.")

    with before_ticket_assigned.connected_to(veto):
        done = agents.withdraw_agent(lead, str(host.ids["ada"]))
    assert done == handing_over.HandedOver(0, (answered_ticket,))
    assert handing_over.sweep() == 1, "the clock tries again"


def test_the_last_lead_stays_until_there_is_another(host: Host, lead: Actor) -> None:
    grace = str(host.ids["grace"])
    for attempt in (
        lambda: agents.withdraw_agent(lead, grace),
        lambda: agents.change_agent(lead, grace, rights={Right.HANDLE}),
        lambda: agents.grant_agent(lead, person(host, "grace"), rights={Right.HANDLE}),
    ):
        with pytest.raises(InvalidInput, match="last support lead"):
            attempt()
    agents.grant_agent(lead, person(host, "ada"), rights={Right.LEAD})
    agents.withdraw_agent(lead, grace)
    assert host.agent("grace").rights == frozenset()
    with pytest.raises(InvalidInput, match="last support lead"):
        agents.withdraw_agent(host.agent("ada"), str(host.ids["ada"]))


def test_somebody_withdrawn_can_be_granted_again(host: Host, lead: Actor) -> None:
    agents.withdraw_agent(lead, str(host.ids["ben"]))
    agents.grant_agent(lead, person(host, "ben"), rights={Right.HANDLE}, covers=Covers(queues=("support",)))
    assert host.agent("ben").rights == {Right.HANDLE}
    host.db.session.rollback()
    assert host.db.session.scalar(select(func.count()).select_from(Agent).where(Agent.name == "Ben Okoro")) == 1


# Mail settings


@pytest.fixture
def through_smtp(host: Host, smtp: Smtp) -> Iterator[Smtp]:
    mail = host.app.extensions["mail"]
    mail.server, mail.port, mail.suppress = smtp.host, smtp.port, False
    yield smtp


def test_mail_settings_are_checked_in_words(host: Host, lead: Actor) -> None:
    assert testing_mail.check_mail_settings(None, None) == []
    host.app.config["MAIL_DEFAULT_SENDER"] = None
    host.desk.settings.base_url = None
    del host.app.extensions["mail"]
    problems = testing_mail.check_mail_settings("", "nonsense")
    for word in ("Flask-Mail", "From address", "Reply address: nonsense", "SGSUPPORT_BASE_URL"):
        assert [problem for problem in problems if word in problem], word
    with pytest.raises(InvalidInput, match="From address"):
        testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    with pytest.raises(NotFound):
        testing_mail.send_test_mail(lead, "nowhere", "grace@desk.example")


def test_a_test_mail_goes_out_as_the_queue_would_send_it(host: Host, lead: Actor, through_smtp: Smtp) -> None:
    setup.change_queue(
        lead,
        "billing",
        {"from_address": "billing@desk.example", "reply_address": "re@desk.example", "signature": "Your Billing"},
    )
    outcome = testing_mail.send_test_mail(lead, "billing", "grace@desk.example")
    assert outcome.kind == "sent"
    [mail] = through_smtp.wait_for(1)
    assert mail.recipients == ("grace@desk.example",)
    assert mail.message["From"] == "Billing team <billing@desk.example>"
    assert mail.message["Reply-To"] == "re@desk.example"
    assert "Your Billing" in mail.message.get_content()
    billing = queue(host, "billing")
    assert (billing.mail_error, billing.mail_error_at, billing.mail_checked_at) == ("", None, host.clock())
    assert events(host, "queue.changed")[-1] == ("test mail", "grace@desk.example", "sent")


def test_a_refused_test_mail_says_why_and_the_queue_keeps_it(host: Host, lead: Actor, through_smtp: Smtp) -> None:
    through_smtp.refuse_sender("support@desk.example")
    outcome = testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    assert (outcome.kind, outcome.code) == ("channel_failed", 553)
    support = queue(host, "support")
    assert "Sender not allowed" in support.mail_error
    assert support.mail_error_at == support.mail_checked_at == host.clock()


def test_a_test_mail_that_reaches_no_server_is_kept_with_the_queue(host: Host, lead: Actor, through_smtp: Smtp) -> None:
    with through_smtp.down():
        testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    assert "cannot be reached" in queue(host, "support").mail_error
    testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    assert queue(host, "support").mail_error == ""


def test_a_test_mail_of_a_database_that_is_away_says_so(
    host: Host, lead: Actor, through_smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host.db.session(), "scalar", broken_disk)
    with pytest.raises(Busy, match="Nothing was changed"):
        testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    assert through_smtp.mails == []


@pytest.mark.parametrize("code", [550, 450])
def test_a_test_mail_to_nobody_says_nothing_about_the_queue(
    host: Host, lead: Actor, through_smtp: Smtp, code: int
) -> None:
    through_smtp.refuse("graze@desk.example", code, "no such user")
    assert testing_mail.send_test_mail(lead, "support", "graze@desk.example").code == code
    support = queue(host, "support")
    assert (support.mail_error, support.mail_error_at, support.mail_checked_at) == ("", None, host.clock())
    assert events(host, "queue.changed")[-1] == ("test mail", "graze@desk.example", f"{code} no such user")
    through_smtp.refuse_sender("support@desk.example")
    testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    through_smtp.accept()
    through_smtp.refuse("graze@desk.example", code, "no such user")
    testing_mail.send_test_mail(lead, "support", "graze@desk.example")
    assert "Sender not allowed" in queue(host, "support").mail_error, "it is not well either"
    testing_mail.send_test_mail(lead, "support", "grace@desk.example")
    assert queue(host, "support").mail_error == ""


def test_a_wrong_recipient_is_refused_before_anything_is_sent(lead: Actor, through_smtp: Smtp) -> None:
    with pytest.raises(InvalidInput) as refused:
        testing_mail.send_test_mail(lead, "support", "nobody")
    assert set(refused.value.fields) == {"to"}
    assert through_smtp.mails == []


def test_a_test_mail_keeps_the_settings_that_were_typed_and_says_that_it_went_by_the_saved_ones(
    host: Host, through_smtp: Smtp
) -> None:
    grace, pages = host.client("grace"), "/admin/support/mail/"
    form = grace.get(f"{pages}change/billing").text
    assert 'form="sg-settings" formaction="/admin/support/mail/test/billing"' in form
    seen = re.search(r'name="seen" value="([^"]*)"', form)
    assert seen is not None
    saved = {"from_name": "Billing team", "from_address": "", "reply_address": "", "signature": ""}
    typed = saved | {"signature": "Yours,\r\nBilling", "seen": unescape(seen[1]), "to": "grace@desk.example"}
    answer = grace.post(f"{pages}test/billing", data=typed)
    page = unescape(answer.text)
    assert "The mail server has taken the test mail to grace@desk.example." in page
    assert "The test went by what is saved. What you changed here is not saved yet." in page
    assert "Yours,\r\nBilling" in page
    assert f'action="{pages}change/billing"' in page
    assert "Yours" not in through_smtp.wait_for(1)[0].message.get_content()
    wrong = grace.post(f"{pages}test/billing", data=typed | {"to": "nobody"})
    assert (wrong.status_code, "Yours,\r\nBilling" in wrong.text) == (422, True)
    setup.change_queue(host.agent("grace"), "billing", {"signature": "Bye"})
    assert grace.post(f"{pages}change/billing", data=typed).status_code == 409, "it still shows what it showed"
    assert grace.post(f"{pages}test/billing", data=saved | {"signature": "Bye", "to": typed["to"]}).location


# The first start


@pytest.mark.every_database
def test_the_first_start_makes_tables_numbers_queue_and_lead(host: Host) -> None:
    host.db.session.rollback()
    migrations.uninstall()
    olga = person(host, "olga")
    report = setup.initialise(olga)
    assert migrations.status().state == "current"
    assert [line for line in report.lines if "Olga Petrova is a support lead now." in line]
    first = queue(host, "support")
    assert (first.name, first.active, first.is_default) == ("Support", True, True)
    made = host.agent("olga", Via.INBOX)
    assert made.rights == frozenset(Right)
    assert made.coverage.queues == {first.pk}
    assert sorted(host.db.session.scalars(select(NumberCounter.year))) == [2026, 2027]
    before = events(host, "agent.changed") + events(host, "queue.changed")
    again = setup.initialise(olga)
    assert [line for line in again.lines if "already" in line][-1] == "Olga Petrova is a support lead already."
    assert events(host, "agent.changed") + events(host, "queue.changed") == before, "nothing changed"


def test_starting_again_keeps_what_is_there_and_adds_the_lead(host: Host) -> None:
    setup.initialise(person(host, "olga"))
    host.db.session.rollback()
    assert host.db.session.scalar(select(func.count()).select_from(Queue)) == 2
    assert host.agent("olga").rights == frozenset(Right)
    assert host.agent("grace").rights == frozenset(Right)
    covered = select(func.count()).select_from(AgentCoverage)
    assert host.db.session.scalar(covered) == 6
