"""The command palette's server side: pages, lists and tickets by what somebody may see, in few statements."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_sgsupport.services import replying, setup
from tests.world import Host, OpenTicket

FIND = "/admin/support/find"
BUDGET = 6
FETCHED = {"X-Requested-With": "fetch", "Accept": "application/json"}


def fetched(client: FlaskClient, words: str = "") -> dict[str, Any]:
    answer = client.get(FIND, query_string={"q": words} if words else {}, headers=FETCHED)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def labels(client: FlaskClient) -> dict[str, list[str]]:
    return {group["title"]: [row["label"] for row in group["rows"]] for group in fetched(client)["groups"]}


def titles(client: FlaskClient, words: str) -> list[str]:
    return [one["number"] for one in fetched(client, words)["tickets"]]


def test_pages_and_lists_are_those_of_the_navigation_for_each(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    for who in ("ada", "grace"):
        client = host.client(who)
        html = client.get("/admin/support/").text
        bar = re.search(r'<nav class="sg-nav".*?</ul>', html, re.DOTALL)
        side = re.search(r'<nav class="sg-side".*?</nav>', html, re.DOTALL)
        assert bar and side
        shown = re.compile(r'<a href="([^"]+)"')
        offered = [row["url"] for group in fetched(client)["groups"] for row in group["rows"]]
        assert {unescape(url) for url in shown.findall(bar[0] + side[0])} <= set(offered)
        assert [url for url in offered if client.get(url).status_code != 200] == []
    assert "Mail settings" in labels(host.client("grace"))["Pages"]
    assert "Mail settings" not in labels(host.client("ada"))["Pages"]
    assert labels(host.client("ada"))["Queues"] == ["Support"]


@pytest.mark.every_database
def test_a_ticket_is_found_by_number_by_words_and_by_fields(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket(subject="Giraffes, a <b>herd</b> & more", body="They ate the banner.")
    hidden = open_ticket(subject="Giraffes in Billing", category="invoices")
    with host.app.app_context():
        replying.add_note(number, host.agent("grace"), body="Known from the zoo.")
    client = host.client("ada")
    digits = str(int(number[-5:]))
    for words in (number, digits, f"#{digits}", "giraff", "herd", "zoo", "ate banner", "status:open giraffes"):
        assert titles(client, words) == [number], words
    (found,) = fetched(client, "giraffes")["tickets"]
    assert found["label"] == "Giraffes, a <b>herd</b> & more"
    assert client.get(found["url"]).status_code == 200
    assert titles(client, hidden) == []
    assert titles(host.client("grace"), hidden) == [hidden]
    assert titles(client, "nothing of it") == []
    html = client.get(f"{FIND}?q=giraffes").text
    assert "Giraffes, a &lt;b&gt;herd&lt;/b&gt; &amp; more</a>" in html
    assert '"/admin/support/?q=giraffes&amp;view=all"' in html


def test_the_page_shows_places_by_words_too(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(subject="Found by its page, with scripts")
    client = host.client("ada")
    assert ">Resolved</a>" in client.get(f"{FIND}?q=resol").text
    assert ">Unassigned</a>" not in client.get(f"{FIND}?q=resol").text
    html = client.get(f"{FIND}?q=found by its page with scripts").text
    assert "Found by its page, with scripts</a>" in html
    assert "No ticket that you see" in client.get(f"{FIND}?q=zebra").text


@pytest.mark.every_database
def test_it_costs_few_statements_however_much_there_is(host: Host, open_ticket: OpenTicket) -> None:
    def costs(words: str, **more: Any) -> int:
        client.get(FIND, query_string={"q": words} if words else {}, **more)
        with host.count_statements() as ran:
            assert client.get(FIND, query_string={"q": words} if words else {}, **more).status_code == 200
        return len(ran)

    client = host.client("grace")
    for number in range(3):
        open_ticket(subject=f"Herd {number}")
    asked = [(words, more) for words in ("", "herd", "1") for more in ({}, {"headers": FETCHED})]
    few = [costs(words, **more) for words, more in asked]
    for number in range(20):
        open_ticket(subject=f"Herd {number} of many")
        if number % 5 == 0:
            with host.app.app_context():
                setup.create_queue(host.agent("grace"), f"q{number}", {"name": f"Queue {number}"})
    assert [costs(words, **more) for words, more in asked] == few
    assert max(few) <= BUDGET
    assert len(fetched(client, "herd")["tickets"]) == 8


def test_searching_by_it_counts_as_searching(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    host.desk.settings.searches_per_minute = 1
    client = host.client("ada")
    for __ in range(10):
        assert client.get(f"{FIND}?q=canvas", headers=FETCHED).status_code == 200
    refused = client.get(f"{FIND}?q=canvas", headers=FETCHED)
    assert refused.status_code == 429
    assert refused.get_json()["message"].startswith("At most 10 searches a minute.")
    assert client.get(FIND, headers=FETCHED).status_code == 200
    # Nobody looks at a page that is fetched ahead: it is neither searched nor counted.
    assert client.get(f"{FIND}?q=canvas", headers={"Sec-Purpose": "prefetch"}).status_code == 503


def test_every_page_of_the_inbox_has_the_way_to_it_and_no_page_of_anybody_else(
    host: Host, open_ticket: OpenTicket
) -> None:
    number = open_ticket()
    client = host.client("grace")
    for path in (
        "",
        f"tickets/{number}",
        f"tickets/{number}/history",
        "macros/",
        "queues/",
        "health/",
        "notifications/",
    ):
        html = client.get(f"/admin/support/{path}").text
        assert 'href="/admin/support/find"' in html, path
        assert html.count("data-sg-palette=") == 1, path
    # Olga names agents and has no inbox.
    assert "data-sg-palette" not in host.client("olga").get("/admin/support/agents/").text
    assert "data-sg-palette" not in host.client("jerome").get("/support/").text
    assert host.client("jerome").get(FIND).status_code == 403
