"""Who of the support team is there, who is away, and how much waits for each, as leads read and say it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.actors import Actor
from flask_sgsupport.models import Agent, Event
from flask_sgsupport.queries import setup as queries
from flask_sgsupport.services import agents, assigning
from tests.told import told_events
from tests.world import Host, OpenTicket

pytestmark = pytest.mark.usefixtures("in_app")
INBOX = "/admin/support/"
AGENTS = f"{INBOX}agents/"


@pytest.fixture
def lead(host: Host) -> Actor:
    return host.agent("grace")


def agent(host: Host, who: str) -> Agent:
    host.db.session.rollback()
    return host.db.session.scalars(select(Agent).where(Agent.host_id == str(host.ids[who]))).one()


def events(host: Host, action: str) -> list[tuple[Any, ...]]:
    found = [(entry.field, entry.old, entry.new) for entry in told_events(host.db.session, Event.action == action)]
    host.db.session.rollback()
    return found


def seen_in(page: str) -> dict[str, str]:
    """What a form says it showed."""
    return {"seen": unescape(re.findall(r'name="seen" value="([^"]*)"', page)[0])}


def rows_of_agents(page: str) -> dict[str, list[str]]:
    """The cells of the list of agents behind their names, as they are read."""
    rows = re.findall(r'<tr role="row"><th role="rowheader".*?</tr>', page, re.DOTALL)
    read = (re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in rows)
    cells = [[" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in row] for row in read]
    return {" ".join(one[0].split()[:2]): one[1:] for one in cells}


@pytest.mark.every_database
def test_leads_read_who_is_available_and_what_waits_for_each(
    host: Host, lead: Actor, open_ticket: OpenTicket, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for who in ("cleo", "cleo", "grace"):
        assigning.assign(open_ticket(), lead, str(host.ids[who]))
    agents.change_agent(lead, str(host.ids["cleo"]), max_open=2, available=False)
    agents.withdraw_agent(lead, str(host.ids["ben"]))
    there = {name: cells[-2:] for name, cells in rows_of_agents(host.client("grace").get(AGENTS).text).items()}
    assert there == {
        "Ada Lovelace": ["yes", "0 / –"],
        "Cleo Marsh": ["away", "2 / 2"],
        "Grace Hopper": ["yes", "1 / –"],
        "Ben Okoro": ["–", "–"],
    }, "Ada's one ticket waits for the customer"
    monkeypatch.setattr(queries, "MAX_LOADS", 2)
    few = rows_of_agents(host.client("grace").get(AGENTS).text)
    assert few["Cleo Marsh"][-1] == "– / 2", "what is not counted to its end is not said"


@pytest.mark.every_database
def test_a_lead_says_that_somebody_is_away_and_the_history_names_both(host: Host, lead: Actor) -> None:
    address, client = f"{AGENTS}{host.ids['ada']}", host.client("grace")
    page = client.get(address).text
    assert re.search(r'name="available"[^>]* checked', page)
    form = {"rights": ["handle", "assign"], "public_name": "Ada", "queues": ["support"]}
    assert client.post(address, data=form).status_code == 302
    assert agent(host, "ada").available, "a form that showed no such box says nothing of it"
    assert client.post(address, data=form | seen_in(page)).status_code == 302
    assert not agent(host, "ada").available
    assert ("available", "yes", "no") in events(host, "agent.changed")
    assert "agent Ada Lovelace: available yes → no" in client.get(AGENTS).text
    with host.app.app_context():
        assert "I am available" in host.client("ada").get(INBOX).text
    assert client.post(address, data=form | seen_in(page) | {"available": "1"}).status_code == 409
    assert client.post(address, data=form | seen_in(client.get(address).text) | {"available": "1"}).status_code == 302
    assert agent(host, "ada").available


@pytest.mark.every_database
def test_whoever_is_made_an_agent_has_the_most_that_was_typed(host: Host) -> None:
    address, client = f"{AGENTS}{host.ids['nora']}", host.client("grace")
    page = client.get(address).text
    form = {"rights": ["handle"], "public_name": "Nora", "max_open": "x"} | seen_in(page)
    refused = client.post(address, data=form | {"available": "1"})
    assert refused.status_code == 422 and "Write a whole number from 1" in refused.text
    assert client.post(address, data=form | {"max_open": "3"}).status_code == 302
    nora = agent(host, "nora")
    assert (nora.max_open, nora.available) == (3, False)


def test_who_is_away_is_said_where_tickets_are_given(host: Host, lead: Actor, answered_ticket: str) -> None:
    agents.say_available(host.agent("cleo"), available=False)
    client = host.client("grace")
    ticket = client.get(f"{INBOX}tickets/{answered_ticket}").text
    cleo = host.ids["cleo"]
    assert f'<option value="{cleo}">Cleo Marsh (away)</option>' in ticket, "on the card"
    assert f'<option value="{cleo}">Assign to Cleo Marsh (away)</option>' in ticket, "beside the reply"
    assert "(away)" not in ticket.split("data-sg-mention")[1].split("</details>")[0]
    assert f'<option value="assign:{cleo}">Cleo Marsh (away)</option>' in client.get(f"{INBOX}?view=all").text
    assert "Grace Hopper (away)" not in ticket


@pytest.mark.every_database
def test_a_queues_page_names_who_covers_it_and_who_is_away(
    host: Host, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents.say_available(host.agent("cleo"), available=False)
    agents.change_agent(lead, str(host.ids["ben"]), covers=agents.Covers(categories=("invoices",)))
    client, address = host.client("grace"), f"{INBOX}queues/change/"

    def members(queue: str) -> dict[str, str]:
        page = client.get(f"{address}{queue}").text.split('<ul class="sg-members">')[1].split("</ul>")[0]
        return {unescape(name): where for where, name in re.findall(r'<li><a href="([^"]+)">([^<]+)</a></li>', page)}

    who = {"Ada Lovelace": "ada", "Cleo Marsh (away)": "cleo", "Grace Hopper": "grace"}
    assert members("support") == {name: f"{AGENTS}{host.ids[one]}" for name, one in who.items()}
    agents.withdraw_agent(lead, str(host.ids["ada"]))
    assert set(members("support")) == {"Cleo Marsh (away)", "Grace Hopper"}
    monkeypatch.setattr(queries, "MAX_MEMBERS", 1)
    assert set(members("support")) == {"Cleo Marsh (away)"}
    assert "1 more covers it." in client.get(f"{address}support").text
    agents.change_agent(lead, str(host.ids["grace"]), covers=agents.Covers())
    assert "Nobody covers it." in client.get(f"{address}billing").text
