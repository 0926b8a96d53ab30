"""Rules in the browser of leads: ordered, written row by row without scripts, tried, and told on every ticket."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from flask_sgsupport.models import Agent
from flask_sgsupport.queries import rules as kept
from flask_sgsupport.services.rules import create_rule, move_rule
from tests.world import Host, OpenTicket

RULES = "/admin/support/rules/"
INBOX = "/admin/support/"


def make(host: Host, name: str, **values: Any) -> str:
    """A rule of Grace's."""
    with host.app.app_context():
        return create_rule(host.agent("grace"), {"name": name} | values)


def order(host: Host) -> list[str]:
    with host.app.app_context():
        return [row.name for row in kept.rules(host.agent("grace"))]


def text_of(html: str) -> str:
    """What is read of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def refund(field: str = "subject", op: str = "contains", *values: str) -> dict[str, Any]:
    return {"field": field, "op": op, "value": list(values or ("refund",))}


FORM = {"name": "Money", "acts": ["opened", "released"], "queue": "billing"}


def test_a_rule_is_written_row_by_row_without_scripts(host: Host, open_ticket: OpenTicket) -> None:
    client = host.client("grace")
    form: dict[str, Any] = dict(FORM)
    answer = client.post(f"{RULES}new", data=form | {"add": "all", "all-add": "subject"})
    assert answer.status_code == 200
    assert 'name="all-0-field" value="subject"' in answer.text
    assert 'value="Money"' in answer.text, "what was typed is still there"
    row = {"all-0-field": "subject", "all-0-op": "contains", "all-0-value": "refund, money back"}
    answer = client.post(f"{RULES}new", data=form | row | {"add": "any", "any-add": "category"})
    assert 'name="any-0-field" value="category"' in answer.text
    assert 'value="refund, money back"' in answer.text
    second = {"any-0-field": "category", "any-0-op": "one_of", "any-0-value": ["storefront", "invoices"]}
    answer = client.post(f"{RULES}new", data=form | row | second | {"remove": "any-0"})
    assert "any-0-field" not in answer.text
    answer = client.post(f"{RULES}new", data=form | row | second)
    assert answer.status_code == 302
    page = client.get(RULES).text
    assert (
        "When a ticket is opened or a ticket is released from Spam / Filtered, and subject contains “refund” "
        "or “money back” and (category is one of “Storefront” or “Invoices”)" in text_of(page)
    )
    assert "Then Queue: Billing" in text_of(page)
    key = re.search(r"/rules/change/(\w+)", page)
    assert key is not None
    html = client.get(f"{RULES}change/{key[1]}").text
    assert 'value="refund, money back"' in html
    assert html.count(' name="any-0-value" value="') == 2
    ticket = open_ticket(subject="I want my money back", category="storefront")
    assert "Routed to Billing by the rule “Money”" in text_of(client.get(f"{INBOX}tickets/{ticket}").text)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"name": ""}, "name", "Write one line"),
        ({"queue": ""}, "queue", "Choose what it does."),
        ({"acts": []}, "acts", "Choose what sets it off."),
        ({"acts": ["follow_up"], "filter": "robot"}, "filter", "Only a new ticket is put into Spam / Filtered."),
        ({"all-0-field": "body", "all-0-op": "matches", "all-0-value": "(a"}, "all-0", "This is no pattern"),
        ({"all-0-field": "body", "all-0-op": "matches", "all-0-value": "(.{0,99}a){9}"}, "all-0", "too large"),
        ({"all-0-field": "hour", "all-0-op": "before", "all-0-value": "30"}, "all-0", "from 0 to 23"),
        ({"any-0-field": "queue", "any-0-op": "one_of"}, "any-0", "Write a value."),
        ({"any-0-field": "colour", "any-0-op": "is", "any-0-value": "red"}, "any-0", "There is no field"),
    ],
)
def test_a_wrong_field_comes_back_filled_with_a_sentence(
    host: Host, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = host.client("grace").post(f"{RULES}new", data=FORM | changes)
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)
    assert f'href="#sg-{field}"' in answer.text
    assert f'id="sg-{field}"' in answer.text
    assert order(host) == []


def test_what_a_rule_would_have_done_is_seen_before_it_is_saved(host: Host, open_ticket: OpenTicket) -> None:
    hits = [open_ticket(subject=f"Refund {n}") for n in range(2)]
    open_ticket(subject="Hello")
    row = {"all-0-field": "subject", "all-0-op": "contains", "all-0-value": "refund"}
    answer = host.client("grace").post(f"{RULES}new", data=FORM | row | {"try": "1", "name": ""})
    assert answer.status_code == 200
    said = text_of(answer.text)
    assert "When a ticket is opened: It would have applied to 2 of the last 3 tickets." in said
    assert "As if it were opened now: open, of normal priority" in said
    assert "are those of now, since what they were then is not known" in said
    assert "When a ticket is released from Spam / Filtered: This can happen to none of the last tickets now." in said
    assert "subject contains “refund”" in said
    assert all(number in said for number in hits)
    assert order(host) == []


def test_rules_are_moved_by_buttons(host: Host) -> None:
    keys = {name: make(host, name, priority="high") for name in ("One", "Two", "Three")}
    client = host.client("grace")
    assert client.post(f"{RULES}move/{keys['Three']}", data={"to": "up"}).status_code == 302
    assert order(host) == ["One", "Three", "Two"]
    client.post(f"{RULES}move/{keys['One']}", data={"to": "down"})
    assert order(host) == ["Three", "One", "Two"]
    assert "Move One up" in client.get(RULES).text


def test_a_button_that_moves_a_rule_moves_it_once_however_often_it_is_pressed(host: Host) -> None:
    for name in ("One", "Two", "Three", "Four"):
        make(host, name, priority="high")
    client = host.client("grace")
    shown = client.get(RULES).text

    def press(name: str, to: str) -> None:
        action = re.search(rf'action="([^"]+)">(?:(?!</form>).)*Move {name} {to}', shown, re.DOTALL)
        assert action
        form = shown[action.start() : shown.index("</form>", action.start())]
        sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
        assert client.post(action[1], data=sent | {"to": to}).status_code == 302

    for __ in range(2):
        press("Four", "up")
        assert order(host) == ["One", "Two", "Four", "Three"]
    for __ in range(2):
        press("One", "down")
        assert order(host) == ["Two", "One", "Four", "Three"]
    # Whoever was faster has moved it past its neighbour, too.
    with host.app.app_context():
        by_name = {row.name: row.key for row in kept.rules(host.agent("grace"))}
        move_rule(host.agent("grace"), by_name["Two"], 3)
    press("Two", "down")
    assert order(host) == ["One", "Four", "Three", "Two"]


def test_every_ticket_says_why_it_is_there_and_leads_get_to_the_rule(host: Host, open_ticket: OpenTicket) -> None:
    key = make(host, "Money", all=[refund()], priority="high")
    ticket = open_ticket(subject="A refund")
    lead = host.client("grace").get(f"{INBOX}tickets/{ticket}").text
    agent = host.client("ada").get(f"{INBOX}tickets/{ticket}").text
    for html in (lead, agent):
        assert "Why is this ticket here?" in html
        assert "Priority High by the rule “Money”" in text_of(html)
    assert f"/rules/change/{key}" in lead
    assert "/rules/" not in agent
    customer = host.client("jerome").get(f"/support/tickets/{ticket}").text
    assert "Money" not in customer, "nothing of the routing is the customer's to see"


def test_what_the_rules_would_do_now_is_a_page_of_the_ticket(host: Host, open_ticket: OpenTicket) -> None:
    ticket = open_ticket(subject="A refund")
    make(host, "Money", all=[refund()], priority="high")
    make(host, "Robots", all=[refund("subject", "contains", "robot")], filter="robot")
    client = host.client("grace")
    page = client.get(f"{INBOX}tickets/{ticket}").text
    assert f"/rules/ticket/{ticket}" in page
    said = text_of(client.get(f"{RULES}ticket/{ticket}").text)
    assert "Money applies subject contains “refund” Then Priority: High" in said
    assert "Robots does not apply not so: subject contains “robot”" in said
    assert "When a ticket is released from Spam / Filtered It is not under Spam / Filtered." in said
    assert client.get(f"{RULES}ticket/TKT-2026-99999").status_code == 404


def test_an_agent_says_that_they_are_away_and_back(host: Host, open_ticket: OpenTicket) -> None:
    make(host, "Turns", assignee="round_robin")
    client = host.client("ada")
    assert "I am away" in client.get(INBOX).text
    assert client.post(f"{INBOX}available", data={"available": ""}).status_code == 302
    page = client.get(INBOX).text
    assert "You are away" in page
    assert "I am available" in page
    with host.app.app_context():
        ada = host.db.session.query(Agent).filter_by(host_id=str(host.ids["ada"])).one()
        assert ada.available is False
    client.post(f"{INBOX}available", data={"available": "1"})
    assert "I am away" in client.get(INBOX).text


def test_a_lead_says_how_many_open_tickets_an_agent_may_have(host: Host) -> None:
    client, address = host.client("grace"), f"/admin/support/agents/{host.ids['ada']}"
    page = client.get(address).text
    seen = unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])  # type: ignore[index]
    form = {"public_name": "Ada", "rights": ["handle", "assign", "close"], "queues": ["support"], "seen": seen}
    assert client.post(address, data=form | {"max_open": "many"}).status_code == 422
    assert client.post(address, data=form | {"max_open": "12"}).status_code == 302
    assert 'value="12"' in client.get(address).text


def test_the_pages_of_rules_cost_few_statements(host: Host, open_ticket: OpenTicket) -> None:
    for number in range(5):
        open_ticket(subject=f"Refund {number}")
    key = make(host, "Money", all=[refund()], queue="billing")
    client = host.client("grace")
    addresses = (RULES, f"{RULES}new", f"{RULES}change/{key}", f"{RULES}ticket/TKT-2026-00001")
    for address in addresses:
        client.get(address)
        with host.count_statements() as ran:
            client.get(address)
        assert len(ran) <= 6, f"{address}\n" + "\n".join(ran.ran)
