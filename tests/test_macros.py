"""Macros and canned replies: who keeps them, what their texts may name, and what they do to a ticket in one act."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport.actors import Actor
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.macros import VARIABLES, Use, fill
from flask_sgsupport.models import Delivery, Event, Message, Ticket, TicketTag
from flask_sgsupport.queries import macros as kept
from flask_sgsupport.queries.setup import last_changes
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.safe_html import markdown
from flask_sgsupport.services import assigning, replying, setup, sorting
from flask_sgsupport.services.macros import change_macro, create_macro
from flask_sgsupport.services.using import use_macro
from tests.told import told_events
from tests.world import Host, OpenTicket

pytestmark = pytest.mark.usefixtures("in_app")

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="[]()<>!*_`~#+-=>|:/\\.&;1 htpsx{}", max_size=60),
    st.sampled_from(
        [
            "[x](https://evil.example)",
            "https://evil.example/",
            "<https://evil.example>",
            "<a href=https://evil.example>x</a>",
            "![x](https://evil.example/x.png)",
            "{{ticket.subject}}",
            "{{ticket.subject}} {{agent.name}} {% raw %}",
            "# Heading",
            "1. One",
            "---",
            "> quote",
            "``` x",
            "&lt;b&gt; &#91;x&#93;(https://evil.example)",
        ]
    ),
)
LETTER = "Dear {{requester.name}},\n\nabout **{{ticket.id}}**: “{{ticket.subject}}”.\n\n{{requester.name}}\n"


def shown(html: str) -> str:
    """What a reader sees."""
    return unescape(re.sub(r"<[^>]*>", "", html))


@given(name=HOSTILE, subject=HOSTILE)
def test_a_hostile_name_stays_text_and_no_value_is_filled_again(name: str, subject: str) -> None:
    values = {"requester.name": name, "ticket.id": "TKT-2026-00001", "ticket.subject": subject}
    html = str(markdown(fill(LETTER, values).text))
    assert set(re.findall(r"</?(\w+)", html)) <= {"p", "strong"}, html
    one_line = {key: " ".join(value.split()).replace("\x00", "\ufffd") for key, value in values.items()}
    expected = re.sub(r"\{\{(.*?)\}\}", lambda found: one_line[found[1]], LETTER.replace("**", ""))
    assert shown(html).split() == expected.split()


def test_a_text_is_no_template_beside_its_variables() -> None:
    text = "{% include 'x' %} {# y #} ${ticket.id} %(ticket.id)s {ticket.id} {{{ticket.id}}} {{ ticket.id|upper }}"
    assert fill(text, {"ticket.id": "7"}).text == text.replace("{{{ticket.id}}}", "{7}")


def test_an_empty_variable_is_named_with_the_place_where_it_stands() -> None:
    filled = fill("Hello {{ requester.first_name }},\nyour site {{site.name}} is back.", {"requester.first_name": "J"})
    assert filled.text == "Hello J,\nyour site  is back."
    assert filled.gaps == (
        "{{site.name}} is empty on this ticket: “your site … is back.”. Fill the gap before you send.",
    )


# Who keeps them


@pytest.fixture
def lead(host: Host) -> Actor:
    return host.agent("grace")


@pytest.fixture
def ada(host: Host) -> Actor:
    return host.agent("ada")


def names(actor: Actor) -> list[str]:
    return [row.name for row in kept.macros(actor)]


def offered(actor: Actor, ticket_id: str) -> list[str]:
    return [choice.label for choice in ticket_page(actor, ticket_id).choices.macros]


@pytest.mark.every_database
def test_everybodys_are_the_leads_and_own_ones_their_agents(host: Host, lead: Actor, ada: Actor) -> None:
    cleo = host.agent("cleo")
    for actor in (ada, host.agent("olga"), host.customer("jerome")):
        with pytest.raises(NotAllowed, match="Support lead"):
            create_macro(actor, {"name": "Refund", "body": "Here it is."}, shared=True)
    everybodys = create_macro(lead, {"name": "Refund", "body": "Here it is."}, shared=True)
    own = create_macro(ada, {"name": "My greeting", "body": "Hi!"}, shared=False)
    assert names(ada) == ["Refund", "My greeting"]
    assert names(cleo) == names(lead) == ["Refund"]
    for actor, key in ((ada, everybodys), (cleo, own), (lead, own), (host.customer("jerome"), everybodys)):
        with pytest.raises(NotFound):
            change_macro(actor, key, {"name": "Taken over"})
    change_macro(ada, own, {"active": False})
    assert [(row.name, row.active) for row in kept.macros(ada)] == [("Refund", True), ("My greeting", False)]
    with pytest.raises(NotAllowed):
        create_macro(host.customer("jerome"), {"name": "Mine", "body": "x"}, shared=False)


def test_an_agent_without_a_row_keeps_none(host: Host) -> None:
    host.support.permission(lambda person, right: True if person.email == "olga@desk.example" else None)
    with pytest.raises(NotAllowed, match="Only an agent keeps macros"):
        create_macro(host.agent("olga"), {"name": "Mine", "body": "x"}, shared=False)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"name": "", "body": "x"}, {"name"}),
        ({"name": "Empty"}, {"body"}),
        ({"name": "X", "body": "Hello {{requester.password}}"}, {"body"}),
        ({"name": "X", "note": "{{ 7*7 }}"}, {"note"}),
        ({"name": "X", "body": "{{}}"}, {"body"}),
        ({"name": "X", "status": "closed", "priority": "now", "assignee": "x"}, {"status", "priority", "assignee"}),
        ({"name": "X", "queue": "nowhere", "category": "none", "assignee": "agent:0", "offered_in": "nowhere"},
         {"queue", "category", "assignee", "offered_in"}),
        ({"name": "X", "add_tags": "x" * 51, "colour": "red"}, {"add_tags", "colour"}),
    ],
)  # fmt: skip
def test_what_no_macro_can_name_or_do_is_refused_when_it_is_saved(
    lead: Actor, values: dict[str, Any], wrong: set[str]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_macro(lead, values, shared=True)
    assert set(refused.value.fields) == wrong


def test_an_unknown_variable_is_refused_with_those_there_are(lead: Actor) -> None:
    with pytest.raises(InvalidInput) as refused:
        create_macro(lead, {"name": "X", "body": "Hello {{ requester.password }}"}, shared=True)
    assert refused.value.sentence.startswith("{{ requester.password }} is no variable. These are: {{ticket.id}}, ")
    assert all(f"{{{{{name}}}}}" in refused.value.sentence for name in VARIABLES)


def test_two_of_one_name_are_refused_but_for_somebody_elses(lead: Actor, ada: Actor) -> None:
    create_macro(lead, {"name": "Refund", "body": "x"}, shared=True)
    with pytest.raises(InvalidInput, match="of this name already"):
        create_macro(lead, {"name": "refund", "body": "x"}, shared=True)
    create_macro(lead, {"name": "Refund", "body": "x"}, shared=False)
    create_macro(ada, {"name": "Refund", "body": "x"}, shared=False)


def test_there_are_so_many_in_use_and_no_more(lead: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_sgsupport.services.macros.MAX_MACROS", 2)
    first = create_macro(lead, {"name": "One", "body": "x"}, shared=True)
    create_macro(lead, {"name": "Two", "body": "x"}, shared=True)
    with pytest.raises(InvalidInput, match="2 macros in use"):
        create_macro(lead, {"name": "Three", "body": "x"}, shared=True)
    create_macro(lead, {"name": "One", "body": "x"}, shared=False)
    change_macro(lead, first, {"active": False})
    create_macro(lead, {"name": "Three", "body": "x"}, shared=True)
    with pytest.raises(InvalidInput, match="2 macros in use"):
        change_macro(lead, first, {"active": True})


def test_each_change_of_a_macro_stands_in_the_history_under_its_name(host: Host, lead: Actor) -> None:
    key = create_macro(lead, {"name": "Refund", "body": "Here it is."}, shared=True)
    ben = f"agent:{host.ids['ben']}"
    change_macro(lead, key, {"name": "Refunds", "assignee": ben}, seen={"name": "Refund", "assignee": ""})
    with pytest.raises(StaleTicket, match="name is “Refunds” now"):
        change_macro(lead, key, {"name": "Money"}, seen={"name": "Refund"})
    said = [row.text for row in last_changes(lead, "macro.changed", macro=key)]
    assert sorted(said) == [
        "macro Refund: name – → Refund",
        "macro Refund: text – → Here it is.",
        "macro Refunds: assignee – → Ben Okoro",
        "macro Refunds: name Refund → Refunds",
    ]


@pytest.mark.every_database
def test_a_macro_is_offered_where_it_belongs(lead: Actor, ada: Actor, open_ticket: OpenTicket) -> None:
    here, there = open_ticket(category="storefront"), open_ticket(category="invoices")
    create_macro(lead, {"name": "Everywhere", "body": "x"}, shared=True)
    create_macro(lead, {"name": "Billing only", "body": "x", "offered_in": "billing"}, shared=True)
    create_macro(lead, {"name": "Of Grace", "body": "x"}, shared=False)
    off = create_macro(lead, {"name": "Disabled", "body": "x"}, shared=True)
    change_macro(lead, off, {"active": False})
    assert offered(ada, here) == ["Everywhere"]
    assert offered(lead, here) == ["Of Grace", "Everywhere"]
    assert offered(lead, there) == ["Of Grace", "Everywhere", "Billing only"]
    for key in (off, "nothing"):
        with pytest.raises(InvalidInput, match="Choose a macro"):
            kept.inserted(lead, here, key)


# What they do


def test_an_inserted_macro_has_this_tickets_values(lead: Actor, ada: Actor, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(subject="{{agent.name}} *now*", category="storefront", site_ids=["11"])
    body = " | ".join(f"{{{{{name}}}}}" for name in VARIABLES)
    key = create_macro(lead, {"name": "All", "body": body, "note": "For {{account.name}}"}, shared=True)
    found = kept.inserted(ada, ticket_id, key)
    assert found.text.split(" | ") == [
        ticket_id, r"{{agent.name}} \*now\*", "Jerome Ellis", "Jerome", "Northwind Outfitters", "tote.example",
        "Support", "Storefront", "Ada",
    ]  # fmt: skip
    assert [(one.name, one.value) for one in found.offers] == [("note", "For Northwind Outfitters")]


def test_what_cannot_be_done_any_more_or_by_this_agent_is_said(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    does = {"queue": "billing", "assignee": "me", "priority": "high", "status": "resolved"}
    key = create_macro(lead, {"name": "All", **does}, shared=True)
    setup.change_queue(lead, "billing", {"active": False})
    of_ada = {one.name: one for one in kept.inserted(ada, ticket_id, key).offers}
    assert {name: (one.value, one.words) for name, one in of_ada.items()} == {
        "status": ("resolved", "Status: Resolved"),
        "assignee": (str(host.ids["ada"]), "Assignee: Ada Lovelace"),
        "queue": ("billing", "Queue: billing"),
        "priority": ("high", "Priority: High"),
    }
    assert [name for name, one in of_ada.items() if one.refusal] == ["queue"]
    of_cleo = {one.name: one.refusal for one in kept.inserted(host.agent("cleo"), ticket_id, key).offers}
    assert "Assign tickets" in of_cleo["assignee"]


def row(host: Host, ticket_id: str) -> Ticket:
    host.db.session.rollback()
    return host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()


@pytest.mark.every_database
def test_a_reply_does_what_its_macro_does_in_the_same_act(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    sorting.change_fields(ticket_id, ada, {"tags": "new, vip"})
    key = create_macro(lead, {"name": "To billing", "body": "x"}, shared=True)
    ben = str(host.ids["ben"])
    does = {
        "queue": "billing", "assignee": ben, "priority": "high", "category": "invoices", "add_tags": "refund",
        "remove_tags": "new, gone", "note": "Ben knows.", "status": "resolved",
    }  # fmt: skip
    version = row(host, ticket_id).version
    replying.reply(ticket_id, ada, body="Ben will pay it back.", use=Use(key, does), version=version, form="f1")
    now = row(host, ticket_id)
    assert (now.status, now.priority) == ("resolved", "high")
    page = ticket_page(lead, ticket_id)
    assert (page.queue.key, page.category and page.category.key, page.assignee) == ("billing", "invoices", "Ben Okoro")
    assert host.db.session.scalars(select(TicketTag.tag).order_by(TicketTag.tag)).all() == ["refund", "vip"]
    kinds = host.db.session.scalars(select(Message.kind).order_by(Message.pk)).all()
    assert kinds == ["description", "public-reply", "internal-note"]
    told = [(one.action, one.new) for one in told_events(host.db.session, Event.action == "macro.used")]
    assert told == [("macro.used", "To billing")]
    assert "used the macro “To billing”" in [event.text for event in page.history]


def test_what_is_chosen_beside_a_macro_goes_before_it(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    key = create_macro(lead, {"name": "Mine", "assignee": "me"}, shared=True)
    does = {"assignee": str(host.ids["ada"]), "status": "open"}
    replying.reply(
        ticket_id, ada, body="Grace has it.", use=Use(key, does), assignee=str(host.ids["grace"]),
        status=Status.RESOLVED,
    )  # fmt: skip
    page = ticket_page(lead, ticket_id)
    assert (page.assignee, page.state) == ("Grace Hopper", "resolved")


def test_a_macro_works_without_a_reply_and_its_note_is_there_once(
    host: Host, lead: Actor, ada: Actor, answered_ticket: str
) -> None:
    key = create_macro(lead, {"name": "Wait for stock", "priority": "low"}, shared=True)
    does = {"priority": "low", "add_tags": "stock", "note": "Ordered.", "status": "resolved", "assignee": ""}
    version = row(host, answered_ticket).version
    first = use_macro(answered_ticket, ada, Use(key, does), version=version, form="f1")
    again = use_macro(answered_ticket, ada, Use(key, does), version=version, form="f1")
    assert first == again
    page = ticket_page(lead, answered_ticket)
    assert (page.priority, page.state, page.assignee, list(page.tags)) == ("low", "resolved", "", ["stock"])
    assert len([event for event in page.history if "used the macro" in event.text]) == 1


def test_nothing_of_a_macro_is_done_where_one_thing_is_refused(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    key = create_macro(lead, {"name": "Resolve", "status": "resolved"}, shared=True)
    before = row(host, ticket_id).version
    refused: list[tuple[Actor, dict[str, str], type[Exception]]] = [
        (ada, {"priority": "high", "status": "resolved"}, Exception),  # nobody has answered
        (host.agent("cleo"), {"priority": "high", "assignee": ""}, NotAllowed),
        (ada, {"priority": "high", "queue": "nowhere"}, InvalidInput),
        (ada, {"priority": "high", "assignee": str(host.ids["ben"])}, InvalidInput),
        (ada, {}, InvalidInput),
        (ada, {"subject": "Another"}, InvalidInput),
        (ada, {"note": "x" * 20_001}, InvalidInput),
    ]
    for actor, does, error in refused:
        with pytest.raises(error):
            use_macro(ticket_id, actor, Use(key, does))
    with pytest.raises(InvalidInput, match="not there any more"):
        use_macro(ticket_id, ada, Use("gone", {"priority": "high"}))
    assert row(host, ticket_id).version == before


def test_a_macro_does_not_undo_what_somebody_changed_meanwhile(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    key = create_macro(lead, {"name": "High", "priority": "high"}, shared=True)
    version = row(host, ticket_id).version
    sorting.change_fields(ticket_id, lead, {"priority": "urgent", "tags": "theirs"})
    with pytest.raises(StaleTicket, match="Grace Hopper"):
        use_macro(ticket_id, ada, Use(key, {"priority": "high"}), version=version)
    assigning.assign(ticket_id, lead, str(host.ids["grace"]))
    with pytest.raises(StaleTicket, match="assignee nobody → Grace Hopper"):
        use_macro(ticket_id, ada, Use(key, {"assignee": str(host.ids["ada"])}), version=version)
    use_macro(ticket_id, ada, Use(key, {"add_tags": "ours"}), version=version)
    assert list(ticket_page(lead, ticket_id).tags) == ["ours", "theirs"]


def test_who_covers_a_ticket_only_after_the_macro_moved_it_may_get_it(
    host: Host, lead: Actor, ada: Actor, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    assigning.claim(ticket_id, ada)
    key = create_macro(lead, {"name": "To Ben", "queue": "billing"}, shared=True)
    use_macro(ticket_id, ada, Use(key, {"queue": "billing", "assignee": str(host.ids["ben"])}))
    assert ticket_page(lead, ticket_id).assignee == "Ben Okoro"
    bells = select(Delivery.recipient_id, Delivery.notice).where(Delivery.channel == "bell", Delivery.side == "agent")
    told = set(host.db.session.execute(bells.where(Delivery.notice != "opened_staff")).all())
    assert told == {(str(host.ids["ben"]), "assigned_staff")}, "the queue need not learn of it"
