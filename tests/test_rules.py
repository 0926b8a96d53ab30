"""Rules: in order, each once, none sets off another; what they do to tickets, and why a ticket is where it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket, Vetoed
from flask_sgsupport.hooks import Draft, Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.macros import Use
from flask_sgsupport.models import Agent, Delivery, Event, Queue, Ticket, TicketTag
from flask_sgsupport.models import Rule as RuleRow
from flask_sgsupport.queries import rules as kept
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.routing import reason_sentence
from flask_sgsupport.rules import AGENT, FOLLOW_UP, OPENED, RELEASED, REOPENED
from flask_sgsupport.services import (
    agents,
    assigning,
    following,
    opening,
    replying,
    setup,
    snoozing,
    sorting,
    status,
    using,
)
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.hours import change_hours
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.rules import change_rule, create_rule, draft_rule, move_rule, shown, values_of
from flask_sgsupport.services.seen import read_seen, seal_seen
from flask_sgsupport.services.targets import create_target
from flask_sgsupport.signals import before_ticket_assigned
from flask_sgsupport.targets import BREACHED, WARNED
from tests.world import Clock, Host, OpenTicket

pytestmark = pytest.mark.usefixtures("in_app")


def cond(field: str, op: str, *values: str) -> dict[str, Any]:
    """A condition as a form or a file writes it."""
    return {"field": field, "op": op, "value": list(values)}


MakeRule = Callable[..., str]


@pytest.fixture
def make_rule(host: Host) -> MakeRule:
    """Let Grace make a rule: ``make_rule("Money", all=[cond(…)], queue="billing")``."""

    def make(name: str, **values: Any) -> str:
        return create_rule(host.agent("grace"), {"name": name} | values)

    return make


def stored(host: Host, ticket_id: str) -> Ticket:
    session = host.db.session
    session.rollback()
    return session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()


def place(host: Host, ticket_id: str) -> tuple[str, str, str | None, list[str], str | None]:
    """Queue, priority, assignee, tags and filter reason of a ticket."""
    ticket, session = stored(host, ticket_id), host.db.session
    tags = sorted(session.scalars(select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)))
    assignee = session.get(Agent, ticket.assignee_pk).name if ticket.assignee_pk else None
    return session.get(Queue, ticket.queue_pk).key, ticket.priority, assignee, tags, ticket.filtered_reason


def reasons(host: Host, ticket_id: str) -> list[str]:
    return [reason_sentence(one) for one in json.loads(stored(host, ticket_id).routing)]


# What they do to a ticket that is opened


@pytest.mark.every_database
def test_a_ticket_is_where_the_rules_say_and_says_which(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    make_rule("Money", all=[cond("subject", "contains", "refund")], queue="billing", priority="high")
    make_rule("Growth", all=[cond("plan", "is", "growth"), cond("queue", "is", "billing")], add_tags="vip, money")
    make_rule("Nights", any=[cond("hour", "before", "6"), cond("hour", "from", "22")], priority="urgent")
    ticket = open_ticket(subject="A REFUND, please", category="storefront")
    assert place(host, ticket) == ("billing", "high", None, ["money", "vip"], None)
    assert reasons(host, ticket) == [
        "Routed to Billing by the rule “Money”",
        "priority High by the rule “Money”",
        "tags vip, money by the rule “Growth”",
    ]
    assert place(host, open_ticket(subject="Hello", category="storefront")) == ("support", "normal", None, [], None)


def test_the_history_names_the_rule_that_acted(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    key = make_rule("Money", all=[cond("subject", "contains", "refund")], queue="billing")
    ticket = open_ticket(subject="A refund")
    events = host.db.session.scalars(select(Event).where(Event.action == "ticket.routed")).all()
    assert [(one.side, one.label) for one in events] == [("rule", f"rule:{key}")]
    page = ticket_page(host.agent("grace"), ticket)
    assert [row.actor for row in page.history if row.action == "ticket.routed"] == ["Rule"]


def test_a_rule_that_stops_ends_them(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Robots", all=[cond("subject", "contains", "unsubscribe")], filter="advertising", stop=True)
    make_rule("All", add_tags="seen")
    ticket = open_ticket(subject="Unsubscribe here")
    assert place(host, ticket) == ("support", "normal", None, [], "advertising")
    assert reasons(host, ticket)[1:] == [
        "filtered as “advertising” by the rule “Robots”",
        "the rules end with “Robots”",
    ]
    assert not host.db.session.scalars(select(Delivery)).all(), "nobody is told of what is filtered"
    assert place(host, open_ticket(subject="Hello"))[3] == ["seen"]


def test_the_hosts_function_has_its_way_over_the_rules(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    make_rule("Money", queue="billing", priority="high", add_tags="vip", assignee=f"{AGENT}{host.ids['ben']}")

    @host.support.route
    def route(draft: Draft) -> Routed:
        return Routed(queue="support", priority="low", assignee="ada@desk.example", tags=("shop",), because="so it is")

    ticket = open_ticket()
    assert place(host, ticket) == ("support", "low", "Ada Lovelace", ["shop", "vip"], None)
    said = reasons(host, ticket)
    assert "Routed to Support: so it is" in said
    assert "tags vip by the rule “Money”" in said
    assert not any("Billing" in one or "High" in one or "Ben" in one for one in said)


def test_a_disabled_queue_is_passed_over_and_said(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Money", queue="billing", add_tags="money")
    setup.change_queue(host.agent("grace"), "billing", {"active": False})
    ticket = open_ticket()
    assert place(host, ticket)[0] == "support"
    assert "the rule “Money” names the unknown or disabled queue “billing”" in reasons(host, ticket)


def test_a_changed_rule_holds_from_the_next_ticket_on(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    key = make_rule("Money", add_tags="one")
    assert place(host, open_ticket(subject="1"))[3] == ["one"]
    change_rule(host.agent("grace"), key, {"add_tags": "two"})
    assert place(host, open_ticket(subject="2"))[3] == ["two"]
    change_rule(host.agent("grace"), key, {"active": False})
    assert place(host, open_ticket(subject="3"))[3] == []


@pytest.mark.every_database
def test_an_open_with_rules_costs_no_statement_more(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    with host.count_statements() as plain:
        open_ticket(subject="0")
    make_rule("Money", all=[cond("subject", "matches", r"\d+")], queue="billing", priority="high")
    open_ticket(subject="1")
    with host.count_statements() as ruled:
        open_ticket(subject="2")
    with host.count_statements() as again:
        open_ticket(subject="3")
    assert len(again) <= len(plain), "\n".join(again.ran)
    assert len(ruled) <= len(plain) + 1


@pytest.mark.every_database
def test_choosing_costs_one_statement_more(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    whole = {"category": "storefront", "site_ids": ["11"]}
    for number in range(2):
        with host.count_statements() as plain:
            open_ticket(subject=f"0{number}", files=[("a.txt", b"1")], **whole)
    make_rule("Turns", assignee="least_loaded", add_tags="given")
    open_ticket(subject="1", **whole)
    with host.count_statements() as ruled:
        open_ticket(subject="2", files=[("a.txt", b"1")], **whole)
    assert len(ruled) <= 12, "\n".join(ruled.ran)
    assert len(ruled) <= len(plain) + 2, "one for whose turn is next, one for the tags"


@pytest.mark.every_database
def test_the_hour_is_that_of_the_queue(host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock) -> None:
    """Of the one it is in by then: at two in the afternoon in UTC it is eleven at night in Tokyo."""
    lead = host.agent("grace")
    change_hours(lead, "support", {"zone": "Asia/Tokyo", "monday": "09:00-17:00"})
    make_rule("Night", acts=[OPENED, FOLLOW_UP], all=[cond("hour", "is", "23")], add_tags="night")
    make_rule("Money", all=[cond("subject", "contains", "refund")], queue="billing")
    make_rule("Afternoon", acts=[OPENED, FOLLOW_UP], all=[cond("hour", "is", "14")], add_tags="afternoon")
    assert clock().hour == 14
    for number in range(2):
        stays = open_ticket(subject=f"Hello {number}")
        assert place(host, stays)[3] == ["night"]
        moved = open_ticket(subject=f"A refund {number}")
        assert place(host, moved)[3] == ["afternoon", "night"], "Billing has no hours"
    assert place(host, open_ticket(subject="Invoice", category="invoices"))[3] == ["afternoon"]
    sorting.change_fields(stays, lead, {"queue": "billing"})
    assert len(hits(host, acts=[OPENED], all=[cond("hour", "is", "23")])[OPENED]) == 2, "before they are moved"
    assert len(hits(host, acts=[OPENED], all=[cond("hour", "is", "14")])[OPENED]) == 3, "and after it"
    assert hits(host, acts=[OPENED], all=[cond("hour", "is", "15")]) == {OPENED: set()}
    clock.forward(hours=1)
    assert place(host, open_ticket(subject="Midnight"))[3] == [], "neither of the two hours"
    make_rule("Still", acts=[FOLLOW_UP], all=[cond("hour", "is", "14")], add_tags="still")
    replying.follow_up(moved, host.customer("jerome"), body="And?")
    assert "still" in place(host, moved)[3]


# Who gets it


def test_they_take_turns(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Turns", assignee="round_robin")
    got = [place(host, open_ticket(subject=f"{n}"))[2] for n in range(6)]
    assert got[:3] == got[3:]
    assert sorted(set(got)) == ["Ada Lovelace", "Cleo Marsh", "Grace Hopper"], "those who cover the queue"


def test_who_has_the_fewest_gets_it(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    first = [open_ticket(subject=f"old {n}") for n in range(3)]
    for ticket, who in zip(first, ("ada", "ada", "grace"), strict=True):
        assigning.assign(ticket, host.agent("grace"), str(host.ids[who]))
    make_rule("Load", assignee="least_loaded")
    got = [place(host, open_ticket(subject=f"{n}"))[2] for n in range(3)]
    assert got == ["Cleo Marsh", "Grace Hopper", "Cleo Marsh"] or got == ["Cleo Marsh", "Cleo Marsh", "Grace Hopper"]
    assert "who had the fewest tickets to answer" in " ".join(reasons(host, open_ticket(subject="why")))


@pytest.mark.every_database
@pytest.mark.parametrize("how", ["least_loaded", "round_robin"])
def test_what_is_answered_or_snoozed_counts_neither_as_load_nor_for_the_most(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock, how: str
) -> None:
    """Ada may have one and has answered two and put two off; the others have one each that waits for them."""
    old = [open_ticket(subject=f"old {n}") for n in range(6)]
    for ticket, who in zip(old, ("ada", "ada", "ada", "ada", "cleo", "grace"), strict=True):
        assigning.assign(ticket, host.agent("grace"), str(host.ids[who]))
    for ticket in old[:2]:
        replying.reply(ticket, host.agent("ada"), body="Which shop?")
    for ticket in old[2:4]:
        snoozing.snooze(ticket, host.agent("ada"), clock() + timedelta(days=1))
    for who in ("ada", "cleo", "grace"):
        agents.change_agent(host.agent("grace"), str(host.ids[who]), max_open=1)
    make_rule("Load", assignee=how)
    assert [place(host, open_ticket(subject=f"{n}"))[2] for n in range(2)] == ["Ada Lovelace", None]
    replying.follow_up(old[0], host.customer("jerome"), body="The second one.")
    agents.change_agent(host.agent("grace"), str(host.ids["ada"]), max_open=2)
    assert place(host, open_ticket(subject="again"))[2] is None, "what the customer answered is work again"


def test_who_is_away_or_has_enough_gets_none(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Turns", assignee="round_robin")
    agents.say_available(host.agent("cleo"), available=False)
    for who, most in (("ada", 1), ("grace", 2)):
        agents.change_agent(host.agent("grace"), str(host.ids[who]), max_open=most)
    got = Counter(place(host, open_ticket(subject=f"{n}"))[2] for n in range(5))
    assert got == {"Ada Lovelace": 1, "Grace Hopper": 2, None: 2}
    why = reasons(host, open_ticket(subject="why"))
    assert why[-1] == "assigned to nobody by the rule “Turns”: all who are available have as much as they may"
    for who in ("ada", "grace"):
        agents.say_available(host.agent(who), available=False)
    why = reasons(host, open_ticket(subject="and now"))
    assert why[-1] == "assigned to nobody by the rule “Turns”: nobody who covers it is available"


def test_who_is_switched_off_in_the_app_gets_none(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Turns", assignee="round_robin")
    host.change_user("ada", enabled=False)
    host.change_user("cleo", enabled=False)
    assert {place(host, open_ticket(subject=f"{n}"))[2] for n in range(3)} == {"Grace Hopper"}


def test_an_agent_named_who_does_not_cover_it_is_left_out(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    make_rule("Ben", assignee=f"{AGENT}{host.ids['ben']}")
    for subject in ("1", "2"):
        ticket = open_ticket(subject=subject)
        assert place(host, ticket)[2] is None
        assert reasons(host, ticket)[-1].startswith("assigned to nobody by the rule “Ben”: its agent does not work")
    make_rule("To Billing", queue="billing")
    ticket = open_ticket(subject="3")
    assert place(host, ticket)[2] == "Ben Okoro"
    assert "assigned to Ben Okoro by the rule “Ben”" in reasons(host, ticket)


def test_who_gets_it_is_told_that_and_nothing_else(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Ada", assignee=f"{AGENT}{host.ids['ada']}")
    open_ticket()
    told = host.db.session.execute(select(Delivery.notice, Delivery.recipient_name).where(Delivery.side == "agent"))
    assert set(told.all()) == {("assigned_staff", "Ada Lovelace")}


@pytest.mark.every_database
def test_two_at_once_take_different_turns_and_no_cap_is_passed(host: Host, make_rule: MakeRule) -> None:
    """Eight customers open at one moment; three agents take turns, each of whom may have two."""
    make_rule("Turns", assignee="round_robin")
    for who in ("ada", "cleo", "grace"):
        agents.change_agent(host.agent("grace"), str(host.ids[who]), max_open=2)
    host.db.session.remove()
    count, failed = 8, []
    start = Barrier(count)

    def open_one(number: int) -> None:
        with host.app.app_context():
            try:
                actor = host.customer("jerome" if number % 2 else "lena")
                start.wait(20)
                opening.open_ticket(actor, subject=f"At once {number}", body="Help")
            except Exception as error:  # noqa: BLE001 - told below
                failed.append(error)
            finally:
                host.db.session.remove()

    threads = [Thread(target=open_one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    session = host.db.session
    got = Counter(session.scalars(select(Agent.name).join(Ticket, Ticket.assignee_pk == Agent.pk)))
    assert got == {"Ada Lovelace": 2, "Cleo Marsh": 2, "Grace Hopper": 2}


# Released, and written again


def test_rules_run_when_a_ticket_is_released(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    make_rule("Robots", acts=[OPENED], all=[cond("subject", "contains", "robot")], filter="robot")
    make_rule("Money", acts=[RELEASED], all=[cond("body", "contains", "invoice")], queue="billing",
              assignee="round_robin", add_tags="money")  # fmt: skip
    ticket = open_ticket(subject="From a robot", body="Your invoice")
    assert place(host, ticket)[4] == "robot"
    sorting.release(ticket, host.agent("grace"))
    assert place(host, ticket)[0] == "billing"
    assert place(host, ticket)[3:] == (["money"], None)
    assert place(host, ticket)[2] in {"Ben Okoro", "Grace Hopper"}
    assert "moved to Billing by the rule “Money”" in reasons(host, ticket)


@pytest.mark.every_database
def test_rules_run_when_the_customer_writes_again(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    ticket = open_ticket(subject="Checkout")
    key = make_rule("Lawyers", acts=[FOLLOW_UP], all=[cond("body", "matches", r"\blawyers?\b")], priority="urgent",
                    queue="billing", add_tags="legal")  # fmt: skip
    replying.follow_up(ticket, host.customer("jerome"), body="And another thing.")
    assert place(host, ticket) == ("support", "normal", None, [], None)
    replying.follow_up(ticket, host.customer("jerome"), body="You will hear from my Lawyer.")
    assert place(host, ticket) == ("billing", "urgent", None, ["legal"], None)
    acted = host.db.session.scalars(select(Event.field).where(Event.label == f"rule:{key}")).all()
    assert sorted(acted) == ["priority", "queue", "tags"]
    said = reasons(host, ticket)
    replying.follow_up(ticket, host.customer("jerome"), body="My lawyer again.")
    assert reasons(host, ticket) == said, "what is so already is not done again"
    page = ticket_page(host.agent("grace"), ticket)
    assert ["Lawyers" in row.text for row in page.history if row.action == "ticket.routed"] == [False]
    assert "when the customer writes again: moved to Billing by the rule “Lawyers”" in page.reasons


@pytest.mark.every_database
def test_rules_run_when_a_target_is_over_and_it_is_told_of_once(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock
) -> None:
    for priority in ("normal", "urgent"):
        create_target(host.agent("grace"), {"priority": priority, "response": "4 h" if priority == "normal" else "1 h"})
    make_rule("Soon", acts=[WARNED], add_tags="soon")
    make_rule("Late", acts=[BREACHED], all=[cond("priority", "is_not", "urgent")], priority="urgent",
              assignee="round_robin")  # fmt: skip
    ticket = open_ticket()
    clock.forward(hours=3)
    tick()
    assert place(host, ticket) == ("support", "normal", None, ["soon"], None)
    clock.forward(hours=1)
    assert (tick().reminded, tick().reminded) == (1, 0), "the shorter time of the new priority is over, too"
    assert place(host, ticket)[1::2] == ("urgent", ["soon"])
    assert "priority Urgent by the rule “Late”" in reasons(host, ticket)
    has_it, grace = place(host, ticket)[2], "Grace Hopper"
    now = select(Delivery.notice, Delivery.recipient_name).where(
        Delivery.created_at == clock(), Delivery.channel == "bell"
    )
    told = {(notice, name) for notice, name in host.db.session.execute(now)}
    assert told == {("assigned_staff", has_it), ("target_breached_lead", grace)} - {("target_breached_lead", has_it)}


@pytest.mark.every_database
def test_what_the_app_keeps_a_rule_from_doing_stops_neither_customers_nor_the_clock(
    host: Host, clock: Clock, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    @host.support.on(before_ticket_assigned)
    def away(app: Any, payload: Any) -> None:
        raise Vetoed("Ada is on holiday, ask Grace.")

    create_target(host.agent("grace"), {"priority": "high", "response": "1 h"})
    for act in (OPENED, FOLLOW_UP, BREACHED):
        make_rule(f"At {act}", acts=[act], assignee="round_robin", priority="high")
    ticket = open_ticket()
    assert place(host, ticket)[1:3] == ("high", None)
    replying.follow_up(ticket, host.customer("jerome"), body="And it still does not work.")
    clock.forward(days=5)
    assert tick().failed == 0
    told = host.db.session.scalars(select(Event.action).where(Event.action == "target.breached")).all()
    assert told == ["target.breached"]
    said = "the app kept the rule “At %s” from doing all it says: Ada is on holiday, ask Grace."
    found = [one for one in reasons(host, ticket) if "kept" in one]
    assert [one.removeprefix("when the customer writes: ") for one in found] == [
        said % act for act in (OPENED, FOLLOW_UP, BREACHED)
    ]


def test_a_follower_hears_what_the_customer_wrote_though_a_rule_assigns_the_ticket(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    make_rule("Late", acts=[FOLLOW_UP], assignee=f"{AGENT}{host.ids['grace']}")
    ticket = open_ticket()
    following.follow(ticket, host.agent("ada"))
    replying.follow_up(ticket, host.customer("jerome"), body="And another thing.")
    by_mail = select(Delivery.notice, Delivery.recipient_name).where(Delivery.channel == "email")
    told = {(notice, name) for notice, name in host.db.session.execute(by_mail)}
    assert {("assigned_staff", "Grace Hopper"), ("follow_up_staff", "Ada Lovelace")} <= told
    assert ("follow_up_staff", "Grace Hopper") not in told


def test_a_later_time_where_a_rule_has_put_it_is_told_of_anew(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock
) -> None:
    create_target(host.agent("grace"), {"priority": "normal", "response": "4 h"})
    create_target(host.agent("grace"), {"priority": "low", "response": "8 h"})
    make_rule("Late", acts=[BREACHED], priority="low")
    open_ticket()
    for __ in range(2):
        clock.forward(hours=4)
        assert (tick().reminded, tick().reminded) == (1, 0)


def test_whoever_works_on_it_keeps_it_when_it_is_anothers_turn(
    host: Host, make_rule: MakeRule, answered_ticket: str
) -> None:
    make_rule("Turns", acts=[FOLLOW_UP], assignee="round_robin")
    replying.follow_up(answered_ticket, host.customer("jerome"), body="Thanks, but no.")
    assert place(host, answered_ticket)[2] == "Ada Lovelace"
    assert reasons(host, answered_ticket)[-1] == "given to nobody else by the rule “Turns”: it has an assignee"


def test_who_loses_it_by_a_move_does_not_keep_it_from_the_next(
    host: Host, make_rule: MakeRule, answered_ticket: str
) -> None:
    make_rule("Money", acts=[FOLLOW_UP], queue="billing", assignee="least_loaded")
    agents.say_available(host.agent("grace"), available=False)
    replying.follow_up(answered_ticket, host.customer("jerome"), body="Thanks, but no.")
    assert place(host, answered_ticket)[::2] == ("billing", "Ben Okoro", None)
    assert not [one for one in reasons(host, answered_ticket) if "has an assignee" in one]


def reopened_by_customer(host: Host, ticket: str) -> None:
    status.reopen(ticket, host.customer("jerome"))


def reopened_by_agent(host: Host, ticket: str) -> None:
    status.set_status(ticket, host.agent("ada"), Status.OPEN)


def reopened_by_macro(host: Host, ticket: str) -> None:
    does = {"status": "open"}
    key = create_macro(host.agent("ada"), {"name": "Back", **does}, shared=False)
    using.use_macro(ticket, host.agent("ada"), Use(key, does))


def written_on(host: Host, ticket: str) -> None:
    replying.follow_up(ticket, host.customer("jerome"), body="It is back.")


@pytest.mark.parametrize("act", [reopened_by_customer, reopened_by_agent, reopened_by_macro, written_on])
def test_rules_run_when_a_ticket_is_reopened(
    host: Host, make_rule: MakeRule, resolved_ticket: str, act: Callable[[Host, str], None]
) -> None:
    """By whomever and however; at an act that is two things each rule runs once."""
    key = make_rule("Back", acts=[FOLLOW_UP, REOPENED], all=[cond("status", "is", "open")], priority="high")
    make_rule("Again", acts=[REOPENED], all=[cond("priority", "is", "high")], add_tags="again")
    make_rule("Never", acts=[RELEASED], priority="urgent")
    replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    assert place(host, resolved_ticket)[1::2] == ("normal", [])
    act(host, resolved_ticket)
    assert place(host, resolved_ticket)[1::2] == ("high", ["again"])
    said = "when a ticket is reopened: tags again by the rule “Again”"
    assert said in ticket_page(host.agent("grace"), resolved_ticket).reasons
    acted = host.db.session.scalars(select(Event.field).where(Event.label == f"rule:{key}")).all()
    assert acted == ["priority"]


def test_still_need_help_reopens(host: Host, make_rule: MakeRule, resolved_ticket: str) -> None:
    make_rule("Back", acts=[REOPENED], priority="high")
    replying.still_need_help(resolved_ticket, host.customer("jerome"), body="It is not solved.")
    assert place(host, resolved_ticket)[1] == "high"


def test_a_status_set_right_reopens_nothing(host: Host, make_rule: MakeRule, resolved_ticket: str) -> None:
    make_rule("Back", acts=[REOPENED], priority="high")
    reopened_by_agent(host, resolved_ticket)
    assert place(host, resolved_ticket)[1] == "normal"


def test_who_gets_what_is_reopened_is_told_that_and_nothing_else(
    host: Host, make_rule: MakeRule, resolved_ticket: str, clock: Clock
) -> None:
    make_rule("Ada is busy", acts=[REOPENED], assignee=f"{AGENT}{host.ids['grace']}")
    replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    clock.forward(hours=1)
    reopened_by_customer(host, resolved_ticket)
    wanted = select(Delivery.notice, Delivery.recipient_name)
    told = host.db.session.execute(wanted.where(Delivery.created_at == clock(), Delivery.side == "agent")).all()
    assert {tuple(row) for row in told} == {("assigned_staff", "Grace Hopper"), ("unassigned_staff", "Ada Lovelace")}


@pytest.mark.every_database
def test_a_rule_takes_tags_away(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    """Of a new ticket what rules before it added, later what stands there."""
    make_rule("Shop", add_tags="shop, seen, new")
    make_rule("Not seen", remove_tags="seen, gone")
    key = make_rule("Again", acts=[FOLLOW_UP], all=[cond("tag", "is", "new")], remove_tags="new, vip", add_tags="old")
    ticket = open_ticket()
    assert place(host, ticket)[3] == ["new", "shop"]
    assert reasons(host, ticket)[1:] == [
        "tags shop, seen, new by the rule “Shop”",
        "tags seen taken away by the rule “Not seen”",
    ]
    sorting.change_fields(ticket, host.agent("grace"), {"tags": "new, shop, vip, x"})
    for body in ("And again.", "And again and again."):
        replying.follow_up(ticket, host.customer("jerome"), body=body)
    assert place(host, ticket)[3] == ["old", "shop", "x"]
    acted = select(Event.field).where(Event.label == f"rule:{key}")
    assert host.db.session.scalars(acted).all() == ["tags", "tags"], "once, when there was something to take away"


def test_all_reasons_of_a_later_act_are_kept(host: Host, make_rule: MakeRule, answered_ticket: str) -> None:
    make_rule("Turns", acts=[FOLLOW_UP], assignee="round_robin")
    make_rule("End", acts=[FOLLOW_UP], stop=True)
    replying.follow_up(answered_ticket, host.customer("jerome"), body="Thanks, but no.")
    assert reasons(host, answered_ticket)[-2:] == [
        "given to nobody else by the rule “Turns”: it has an assignee",
        "the rules end with “End”",
    ]


# What waits too long


@pytest.mark.every_database
@pytest.mark.parametrize("how", ["round_robin", "least_loaded"])
def test_what_is_nearly_over_goes_to_somebody_else(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock, how: str
) -> None:
    create_target(host.agent("grace"), {"response": "4 h"})
    make_rule("Soon", acts=[WARNED], assignee=how)
    agents.say_available(host.agent("cleo"), available=False)
    ticket = open_ticket()
    assigning.assign(ticket, host.agent("grace"), str(host.ids["ada"]))
    clock.forward(hours=3)
    tick()
    assert place(host, ticket)[2] == "Grace Hopper", "of the two who are available the one who did not have it"
    bells = select(Delivery.notice, Delivery.recipient_name).where(
        Delivery.created_at == clock(), Delivery.channel == "bell"
    )
    told = {(notice, name) for notice, name in host.db.session.execute(bells)}
    assert told == {("assigned_staff", "Grace Hopper"), ("unassigned_staff", "Ada Lovelace")}


def test_where_nobody_else_may_have_it_its_assignee_keeps_it_and_it_says_so(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock
) -> None:
    create_target(host.agent("grace"), {"response": "4 h"})
    make_rule("Late", acts=[BREACHED], assignee="least_loaded")
    for who in ("cleo", "grace"):
        agents.say_available(host.agent(who), available=False)
    ticket = open_ticket()
    assigning.assign(ticket, host.agent("grace"), str(host.ids["ada"]))
    clock.forward(hours=4)
    tick()
    assert place(host, ticket)[2] == "Ada Lovelace"
    assert reasons(host, ticket)[-1] == "its assignee keeps it by the rule “Late”: nobody else may have it now"


@pytest.mark.every_database
def test_a_rule_has_those_told_who_are_responsible(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock
) -> None:
    """By bell and by mail, once, and never a customer; without the rule a bell rings."""
    create_target(host.agent("grace"), {"response": "4 h"})
    key = make_rule("Hurry", acts=[WARNED], all=[cond("subject", "contains", "hurry")], notify="responsible")
    assigned, free, plain = (open_ticket(subject=subject) for subject in ("Hurry", "Hurry, whoever", "Hello"))
    assigning.assign(assigned, host.agent("grace"), str(host.ids["ada"]))
    following.follow(assigned, host.agent("cleo"))
    clock.forward(hours=3)
    tick()
    wanted = select(Ticket.ticket_id, Delivery.notice, Delivery.channel, Delivery.recipient_name)
    rows = host.db.session.execute(wanted.join(Delivery).where(Delivery.created_at == clock())).all()
    told = {number: {tuple(row[1:]) for row in rows if row[0] == number} for number in (assigned, free, plain)}
    both, members = ("bell", "email"), ("Ada Lovelace", "Cleo Marsh", "Grace Hopper")
    assert told[assigned] == {("ruled_staff", way, name) for way in both for name in ("Ada Lovelace", "Cleo Marsh")}
    assert told[free] == {("ruled_staff", way, name) for way in both for name in members}
    assert told[plain] == {("target_warned_staff", "bell", name) for name in members}
    assert len(rows) == sum(map(len, told.values())), "nobody is told twice"
    acted = select(Event.label).where(Event.action == "rule.told")
    assert host.db.session.scalars(acted).all() == [f"rule:{key}"] * 2
    assert reasons(host, free)[-1] == "who is responsible is told by the rule “Hurry”"
    page = ticket_page(host.agent("grace"), free)
    assert [row.actor for row in page.history if "told who is responsible" in row.text] == ["Rule"]


def test_a_rule_may_turn_on_which_time_it_is(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket, clock: Clock
) -> None:
    create_target(host.agent("grace"), {"response": "4 h", "resolution": "8 h"})
    for kind in ("response", "resolution"):
        make_rule(kind, acts=[BREACHED], all=[cond("target", "is", kind)], add_tags=kind)
    ticket = open_ticket()
    clock.forward(hours=4)
    tick()
    assert place(host, ticket)[3] == ["response"]
    clock.forward(hours=4)
    tick()
    assert place(host, ticket)[3] == ["resolution", "response"]
    solved = hits(host, acts=[BREACHED], all=[cond("target", "is", "resolution")])
    assert solved == {BREACHED: {ticket}}
    replying.reply(ticket, host.agent("ada"), body="We are on it.")
    assert hits(host, acts=[BREACHED], all=[cond("target", "is", "response")]) == {BREACHED: set()}


def test_a_follow_up_without_rules_for_it_costs_no_statement_more(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    ticket = open_ticket()
    costs = []
    for number in range(4):
        if number == 1:
            make_rule("On opening", acts=[OPENED], priority="low")
        with host.count_statements() as ran:
            replying.follow_up(ticket, host.customer("jerome"), body=f"More {number}")
        costs.append(len(ran))
    assert costs[3] == costs[0]


# Who keeps them


def test_leads_keep_rules_and_nobody_else(host: Host, make_rule: MakeRule) -> None:
    key = make_rule("Money", queue="billing")
    for who in ("ada", "cleo"):
        actor = host.agent(who)
        assert Right.LEAD not in actor.rights
        for refused in (
            lambda actor=actor: create_rule(actor, {"name": "Mine", "queue": "support"}),
            lambda actor=actor: change_rule(actor, key, {"queue": "support"}),
            lambda actor=actor: move_rule(actor, key, -1),
            lambda actor=actor: draft_rule(actor, {"queue": "support"}),
            lambda actor=actor: kept.rules(actor),
            lambda actor=actor: kept.traced(actor, "TKT-2026-00001"),
        ):
            with pytest.raises(NotAllowed):
                refused()
    with pytest.raises(NotFound):
        change_rule(host.agent("grace"), "gone", {"queue": "support"})


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"queue": "gone"}, "queue"),
        ({"queue": ""}, "queue"),
        ({"priority": "at once"}, "priority"),
        ({"assignee": "everybody"}, "assignee"),
        ({"assignee": "agent:4711"}, "assignee"),
        ({"acts": []}, "acts"),
        ({"acts": ["full moon"]}, "acts"),
        ({"add_tags": "x" * 60}, "add_tags"),
        ({"acts": [FOLLOW_UP], "filter": "robot"}, "filter"),
        ({"acts": [RELEASED, WARNED], "filter": "robot", "queue": ""}, "filter"),
        ({"acts": [OPENED, FOLLOW_UP], "notify": "responsible"}, "notify"),
        ({"acts": [WARNED], "notify": "everybody"}, "notify"),
        ({"remove_tags": "x" * 60}, "remove_tags"),
        ({"add_tags": "vip, shop", "remove_tags": "shop, old"}, "remove_tags"),
        ({"acts": [WARNED], "all": [cond("target", "is", "speed")]}, "all-0"),
        ({"all": [cond("queue", "is", "support"), cond("body", "matches", "(")]}, "all-1"),
        ({"any": [cond("colour", "is", "red")]}, "any-0"),
    ],
)
def test_a_wrong_value_is_a_sentence_at_its_field(host: Host, values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as error:
        create_rule(host.agent("grace"), {"name": "New", "queue": "billing"} | values)
    assert list(error.value.fields) == [field]
    assert error.value.fields[field].endswith(".")
    assert host.db.session.scalars(select(RuleRow)).all() == []


def test_the_order_is_that_of_the_list(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    keys = {name: make_rule(name, priority=name.lower()) for name in ("Low", "High", "Urgent")}
    assert place(host, open_ticket(subject="1"))[1] == "urgent", "the last one has the last word"
    lead = host.agent("grace")
    move_rule(lead, keys["Urgent"], -1)
    assert [row.name for row in kept.rules(lead)] == ["Low", "Urgent", "High"]
    assert place(host, open_ticket(subject="2"))[1] == "high"
    move_rule(lead, keys["Low"], -1)
    assert [row.name for row in kept.rules(lead)] == ["Low", "Urgent", "High"], "it is the first already"


def test_two_leads_do_not_undo_each_others_change_unseen(host: Host, make_rule: MakeRule) -> None:
    key = make_rule("Money", queue="billing")
    lead = host.agent("grace")
    seen = read_seen(seal_seen(shown(values_of(kept.rule(lead, key)))))
    change_rule(lead, key, {"all": [cond("tag", "is", "vip")]}, seen=seen)
    with pytest.raises(StaleTicket, match="vip"):
        change_rule(lead, key, {"all": []}, seen=seen)


# What it would have done


def test_a_rule_is_tried_on_the_last_tickets_and_changes_nothing(host: Host, open_ticket: OpenTicket) -> None:
    hits = {open_ticket(subject=f"Refund {n}") for n in range(3)}
    open_ticket(subject="Hello")
    lead = host.agent("grace")
    drafted = draft_rule(
        lead, {"acts": [OPENED], "all": [cond("subject", "contains", "refund")], "priority": "high",
               "assignee": "round_robin"}
    )  # fmt: skip
    with host.count_statements() as ran:
        (tried,) = kept.tried(lead, drafted)
    assert (len(tried.hits), tried.of) == (3, 4)
    assert {one.ticket_id for one in tried.hits} == hits
    assert tried.hits[0].why == "subject contains “refund”"
    assert tried.hits[0].does[0].startswith("Priority: High")
    assert len(ran) <= 4
    assert all(not statement.startswith(("UPDATE", "INSERT", "DELETE")) for statement in ran.ran)
    assert {place(host, one)[1] for one in hits} == {"normal"}


def test_what_the_rules_would_do_now_is_told_rule_by_rule(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    ticket = open_ticket(subject="A refund")
    make_rule("Hello", all=[cond("subject", "contains", "hello")], priority="low")
    make_rule("Money", all=[cond("subject", "contains", "refund")], queue="billing", stop=True)
    make_rule("Never", priority="urgent")
    __, acts = kept.traced(host.agent("grace"), ticket)
    assert [one.act for one in acts] == [OPENED, RELEASED]
    assert [(one.name, one.applied, one.why) for one in acts[0].steps] == [
        ("Hello", False, "not so: subject contains “hello”"),
        ("Money", True, "subject contains “refund”"),
    ]
    assert (acts[1].refusal, acts[1].steps) == ("It is not under Spam / Filtered.", [])
    assert place(host, ticket)[0] == "support"


def test_each_act_has_its_own_trace(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    lead = host.agent("grace")
    ticket, aside = open_ticket(subject="A refund"), open_ticket(subject="A robot")
    sorting.put_aside(aside, lead)
    replying.follow_up(ticket, host.customer("jerome"), body="You will hear from my lawyer.")
    make_rule("Lawyers", acts=[FOLLOW_UP], all=[cond("body", "contains", "lawyer")], priority="urgent")
    make_rule("Out again", acts=[RELEASED], queue="billing")
    make_rule("Back", acts=[REOPENED], priority="urgent")
    make_rule("Late", acts=[BREACHED], priority="urgent")

    def traced(ticket_id: str) -> dict[str, Any]:
        return {
            one.act: one.refusal or [(step.name, step.applied) for step in one.steps]
            for one in kept.traced(lead, ticket_id)[1]
        }

    assert traced(ticket) == {
        FOLLOW_UP: [("Lawyers", True)],
        RELEASED: "It is not under Spam / Filtered.",
        REOPENED: "It is open.",
        BREACHED: "None of its target times runs.",
    }
    assert traced(aside)[RELEASED] == [("Out again", True)]
    assert traced(aside)[FOLLOW_UP] == [("Lawyers", False)]
    create_target(lead, {"response": "4 h"})
    assert traced(open_ticket(subject="New"))[BREACHED] == [("Late", True)]


def hits(host: Host, *, key: str = "", **values: Any) -> dict[str, set[str]]:
    """The tickets a drafted rule would have acted on, by act."""
    lead = host.agent("grace")
    drafted = draft_rule(lead, {"priority": "high"} | values, key=key)
    return {one.act: {hit.ticket_id for hit in one.hits} for one in kept.tried(lead, drafted)}


@pytest.mark.every_database
def test_an_opening_is_tried_on_what_a_new_ticket_is(host: Host, open_ticket: OpenTicket) -> None:
    """What agents made of it since, no opening could find."""
    lead = host.agent("grace")
    moved, money = open_ticket(subject="Moved"), open_ticket(subject="Money", category="invoices")
    sorting.change_fields(moved, lead, {"queue": "billing", "priority": "urgent", "tags": "vip"})
    assigning.assign(moved, lead, str(host.ids["ben"]))
    replying.reply(moved, lead, body="Done.", status=Status.RESOLVED)
    for field, value in (("status", "resolved"), ("priority", "urgent"), ("tag", "vip")):
        assert hits(host, acts=[OPENED], all=[cond(field, "is", value)]) == {OPENED: set()}, field
    assert hits(host, acts=[OPENED], all=[cond("assignee", "is_not", "nobody")]) == {OPENED: set()}
    assert hits(host, acts=[OPENED], all=[cond("queue", "is", "support")]) == {OPENED: {moved}}
    assert hits(host, acts=[OPENED], all=[cond("queue", "is", "billing")]) == {OPENED: {money}}


def test_it_is_tried_in_its_place_among_the_others(host: Host, make_rule: MakeRule, open_ticket: OpenTicket) -> None:
    robot, money = open_ticket(subject="From a robot"), open_ticket(subject="A refund")
    key = make_rule("Mine", add_tags="mine")
    make_rule("Robots", all=[cond("subject", "contains", "robot")], filter="robot", stop=True)
    make_rule("Money", all=[cond("subject", "contains", "refund")], queue="billing", priority="urgent")
    lead = host.agent("grace")
    billing = [cond("queue", "is", "billing")]
    assert hits(host, acts=[OPENED], all=billing) == {OPENED: {money}}, "what those before it decide is so"
    assert hits(host, acts=[OPENED], all=billing, key=key) == {OPENED: set()}
    (last,) = kept.tried(lead, draft_rule(lead, {"acts": [OPENED], "priority": "high"}))
    assert ([one.ticket_id for one in last.hits], last.of, last.ended) == ([money], 2, 1)
    (first,) = kept.tried(lead, draft_rule(lead, {"acts": [OPENED], "priority": "high"}, key=key))
    assert {one.ticket_id: list(one.does) for one in first.hits} == {
        robot: ["Priority: High"],
        money: ["Priority: High", "overruled by “Money”: Priority: Urgent"],
    }
    change_rule(lead, key, {"active": False})
    assert hits(host, acts=[OPENED], key=key) == {OPENED: {robot, money}}, "it is tried as if it were in use"


def test_a_rule_is_tried_at_what_sets_it_off(host: Host, open_ticket: OpenTicket, resolved_ticket: str) -> None:
    lead, customer = host.agent("grace"), host.customer("jerome")
    silent, again = open_ticket(subject="My lawyer is silent", body="My lawyer"), open_ticket(subject="Hello")
    for body in ("Nothing new.", "You will hear from my lawyer."):
        replying.follow_up(again, customer, body=body)
    sorting.put_aside(silent, lead)
    said = [cond("body", "contains", "lawyer")]
    assert hits(host, acts=[FOLLOW_UP], all=said) == {FOLLOW_UP: {again}}
    assert hits(host, acts=[OPENED, RELEASED], all=said) == {OPENED: {silent}, RELEASED: {silent}}
    create_target(lead, {"response": "4 h"})
    timed = open_ticket(subject="Timed")
    assert hits(host, acts=[WARNED, BREACHED]) == {WARNED: {timed}, BREACHED: {timed}}
    assert hits(host, acts=[REOPENED], all=[cond("status", "is", "open")]) == {REOPENED: {resolved_ticket}}
    assert hits(host, acts=[OPENED, WARNED], all=[cond("status", "is", "resolved")]) == {OPENED: set(), WARNED: set()}
    with pytest.raises(InvalidInput) as error:
        hits(host, acts=[FOLLOW_UP], filter="robot")
    assert "Tick “a ticket is opened” under When" in error.value.fields["filter"]


def test_a_rule_that_filters_later_can_be_put_out_of_use_as_it_is(host: Host, make_rule: MakeRule) -> None:
    """One of an earlier release may stand there."""
    key = make_rule("Robots", acts=[OPENED], filter="robot")
    host.db.session.scalars(select(RuleRow)).one().acts = FOLLOW_UP
    host.db.session.commit()
    with pytest.raises(InvalidInput):
        change_rule(host.agent("grace"), key, {"name": "Machines"})
    change_rule(host.agent("grace"), key, {"active": False})


def test_where_a_rule_would_filter_too_late_the_ticket_says_so(
    host: Host, make_rule: MakeRule, open_ticket: OpenTicket
) -> None:
    make_rule("Robots", acts=[OPENED, FOLLOW_UP], all=[cond("body", "contains", "robot")], filter="robot")
    ticket = open_ticket()
    replying.follow_up(ticket, host.customer("jerome"), body="I am a robot.")
    assert place(host, ticket)[4] is None
    assert reasons(host, ticket)[-1] == "not filtered by the rule “Robots”: only a new ticket is"


def test_a_ticket_of_another_queue_is_not_there_for_the_trace(host: Host, open_ticket: OpenTicket) -> None:
    with pytest.raises(NotFound):
        kept.traced(host.agent("grace"), "TKT-2026-99999")
