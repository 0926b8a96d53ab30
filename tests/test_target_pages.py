"""Targets in the browser of leads, and due times in lists and on tickets of agents."""

from __future__ import annotations

import re
from html import unescape

import pytest

from flask_sgsupport.hooks import Routed
from flask_sgsupport.services import replying
from flask_sgsupport.services.targets import create_target
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"
TARGETS = f"{INBOX}targets/"


def make(host: Host, **values: str) -> str:
    with host.app.app_context():
        return create_target(host.agent("grace"), values)


def listed(host: Host, query: str = "", who: str = "grace") -> list[str]:
    """The numbers of a list, in its order."""
    html = host.client(who).get(f"{INBOX}?{query}").text
    return re.findall(r'class="sg-subject" href="[^"]*/tickets/(TKT-[\d-]+)', html)


def test_a_lead_makes_a_target_and_changes_it(host: Host) -> None:
    client = host.client("grace")
    assert "No ticket has a due time." in client.get(TARGETS).text
    form = {"queue": "support", "priority": "urgent", "plan": "Growth", "response": "1h", "resolution": "480"}
    assert client.post(f"{TARGETS}new", data=form).status_code == 302
    shown = unescape(client.get(TARGETS).text)
    assert "Growth · Support · Urgent" in shown
    assert (">1 h<" in shown, ">8 h<" in shown) == (True, True)
    change = re.search(r'href="([^"]*/targets/change/[^"]*)"', shown)
    assert change is not None
    page = unescape(client.get(change[1]).text)
    assert 'value="support" selected' in page
    assert 'value="1 h"' in page
    seen = re.search(r'name="seen" value="([^"]*)"', client.get(change[1]).text)
    assert seen is not None
    sent = form | {"response": "2 h", "active": "", "seen": unescape(seen[1])}
    assert client.post(change[1], data=sent).status_code == 302
    shown = unescape(client.get(TARGETS).text)
    assert "Disabled" in shown
    assert ">2 h<" in shown
    assert "first answer 1 h → 2 h" in unescape(client.get(change[1]).text)


def test_a_wrong_time_comes_back_with_what_was_typed(host: Host) -> None:
    answer = host.client("grace").post(
        f"{TARGETS}new", data={"plan": "Growth", "response": "soon", "resolution": "9 h"}
    )
    assert answer.status_code == 422
    text = unescape(answer.text)
    assert "Write a time as 4 h" in text
    assert 'value="soon"' in text
    assert 'value="9 h"' in text
    assert 'value="Growth"' in text


def test_the_list_shows_the_more_specific_target_above(host: Host) -> None:
    make(host, response="8 h")
    make(host, plan="Growth", response="4 h")
    make(host, plan="Growth", priority="high", response="2 h")
    names = re.findall(r'targets/change/\w+">([^<]*)<', host.client("grace").get(TARGETS).text)
    assert names == ["Growth · High", "Growth", "Every ticket"]


def test_the_list_says_when_a_ticket_is_due_and_that_it_is_overdue(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    make(host, response="4 h")
    ticket_id = open_ticket()
    html = host.client("ada").get(INBOX).text
    assert "due in 4 h 0 m" in html
    clock.forward(hours=7, minutes=12)
    html = host.client("ada").get(INBOX).text
    assert re.search(r"sg-late[^>]*>[^<]*overdue 3 h 12 m", html)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Sorry.")
    assert "overdue" not in host.client("ada").get(INBOX).text.split('class="sg-tickets"')[-1]


def test_without_a_target_the_list_says_how_long_the_customer_waits(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    open_ticket()
    clock.forward(hours=25)
    assert re.search(r"sg-late[^>]*>[^<]*1 d 1 h", host.client("ada").get(INBOX).text)


def test_tickets_are_sorted_by_what_is_due_next_and_what_has_no_time_stands_last(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    make(host, priority="urgent", response="1 h")
    make(host, priority="high", response="4 h")
    order = {}
    for priority in ("low", "high", "urgent", "low", "high"):
        host.desk.hooks.route = lambda draft, priority=priority: Routed(priority=priority)
        order.setdefault(priority, []).append(open_ticket(site_ids=[]))
        clock.forward(minutes=1)
    expected = [*order["urgent"], *order["high"], *order["low"]]
    assert listed(host, "sort=due") == expected
    host.app.extensions["sgsupport"].settings.page_size = 2
    pages, url = [], f"{INBOX}?sort=due"
    client = host.client("grace")
    while url:
        html = client.get(url).text
        pages += re.findall(r'class="sg-subject" href="[^"]*/tickets/(TKT-[\d-]+)', html)
        more = re.search(r'href="([^"]*after=[^"]*)"', html)
        url = unescape(more[1]) if more else ""
    assert pages == expected
    first = re.search(r'class="sg-subject" href="([^"]+)"', client.get(f"{INBOX}?sort=due").text)
    assert first is not None
    beside = unescape(client.get(unescape(first[1])).text)
    assert f"/tickets/{expected[1]}" in beside, "the next one of that order"


def test_overdue_is_a_list_of_its_own_and_soon_a_filter(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    make(host, priority="urgent", response="1 h")
    make(host, priority="high", response="30 h")
    made = {}
    for priority in ("low", "high", "urgent"):
        host.desk.hooks.route = lambda draft, priority=priority: Routed(priority=priority)
        made[priority] = open_ticket(site_ids=[])
    assert listed(host, "view=overdue") == []
    assert "Nothing is overdue." in host.client("grace").get(f"{INBOX}?view=overdue").text
    clock.forward(hours=7)
    assert listed(host, "view=overdue") == listed(host, "due=overdue") == [made["urgent"]]
    assert listed(host, "due=soon") == [made["high"]]
    assert listed(host, "q=due:overdue&view=all") in ([], [made["urgent"]])
    assert len(listed(host, "due=never")) == 3, "what is no word filters nothing"
    side = host.client("grace").get(INBOX).text.split('class="sg-side"')[1].split("</nav>")[0]
    assert re.search(r"Overdue\D+1\D", side)


def test_the_ticket_says_what_is_due_and_why(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    make(host, plan="Growth", response="4 h", next_response="2 h", resolution="8 h")
    ticket_id = open_ticket()
    url = f"{INBOX}tickets/{ticket_id}"
    html = unescape(host.client("ada").get(url).text)
    for words in (
        "due in 4 h 0 m", "due in 8 h 0 m", "22 April 2026, 18:03 UTC", "It is by the target for the plan Growth.",
        "first answer 4 h, next answers 2 h, solution 8 h", "Every hour counts, day and night.",
    ):  # fmt: skip
        assert words in html
    clock.forward(hours=3)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="We look.")
    html = unescape(host.client("ada").get(url).text)
    assert "paused, 5 h 0 m left" in html
    assert "First answer" not in html
    with host.app.app_context():
        replying.follow_up(ticket_id, host.customer("jerome"), body="And?")
    clock.forward(hours=6)
    html = unescape(host.client("ada").get(url).text)
    assert "overdue 4 h 0 m" in html
    assert "overdue 1 h 0 m" in html
    assert "Next answer" in html


def test_a_ticket_without_a_target_says_nothing_of_it(host: Host, open_ticket: OpenTicket) -> None:
    assert "Why then?" not in host.client("ada").get(f"{INBOX}tickets/{open_ticket()}").text


@pytest.mark.every_database
def test_due_times_cost_no_statement(host: Host, open_ticket: OpenTicket) -> None:
    def counted() -> list[int]:
        with host.app.app_context():
            numbers = []
            jerome, ada = host.customer("jerome"), host.agent("ada")
            with host.count_statements() as opening:
                ticket_id = host.support.open_ticket(jerome, subject="Again", body=f"Text {len(numbers)}").ticket_id
            host.db.session.commit()
            with host.count_statements() as answering:
                replying.reply(ticket_id, ada, body="We look.")
            numbers += [len(opening), len(answering)]
        client = host.client("ada")
        for path in (f"tickets/{ticket_id}", "?sort=due"):
            client.get(INBOX + path)
            with host.count_statements() as reading:
                client.get(INBOX + path)
            numbers.append(len(reading))
        return numbers

    counted()
    without = counted()
    make(host, response="4 h", resolution="8 h")
    assert counted() == without
