"""An agent sees the queues they cover, by every route; a lead sees all."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from flask_sgsupport.errors import InvalidInput, NotFound
from flask_sgsupport.models import Attachment, Category, Delivery, Message, Queue, Ticket
from flask_sgsupport.queries.files import file_of
from flask_sgsupport.services import agents, assigning, replying, setup, sorting
from flask_sgsupport.services import status as statuses
from flask_sgsupport.services.agents import Covers
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"


@pytest.fixture
def billing_ticket(host: Host, open_ticket: OpenTicket) -> str:
    """A ticket with a note and a file in the queue Billing, which Ada does not cover."""
    ticket_id = open_ticket(
        subject="Invoice shows the old address", category="invoices", files=[("invoice.pdf", b"%PDF")]
    )
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ben"), body="moved in March")
        replying.reply(ticket_id, host.agent("ben"), body="We look into it.")
    return ticket_id


def test_lists_counts_and_search_hold_covered_queues_only(
    host: Host, billing_ticket: str, open_ticket: OpenTicket
) -> None:
    own = open_ticket()
    client = host.client("ada")
    for path in (
        "",
        "?view=unassigned",
        "?view=waiting",
        "?queue=billing",
        "?q=invoice",
        "?category=invoices",
        "?view=all",
        "?sort=newest",
    ):
        html = unescape(client.get(INBOX + path).text)
        assert billing_ticket not in html, path
        assert "Invoice shows" not in html, path
    html = client.get(INBOX).text
    assert own in html
    assert ">Billing<" not in html.split('class="sg-side"')[1].split("</nav>")[0]
    assert client.get(INBOX, query_string={"q": billing_ticket}).status_code == 200
    assert billing_ticket in host.client("ben").get(INBOX).text
    assert billing_ticket in host.client("grace").get(INBOX).text


def test_no_route_of_the_ticket_answers_to_another_queues_agent(host: Host, billing_ticket: str) -> None:
    with host.app.app_context():
        session = host.db.session
        keys = {
            "messages": session.query(Message.key).filter_by(kind="internal-note").scalar(),
            "files": session.query(Attachment.key).scalar(),
            "deliveries": session.query(Delivery.key).filter_by(channel="email", side="customer").limit(1).scalar(),
        }
        before = session.query(Ticket.version).filter_by(ticket_id=billing_ticket).scalar()
    client = host.client("ada")
    tried = 0
    for rule in host.app.url_map.iter_rules():
        if not rule.endpoint.startswith("sgsupport_inbox") or "ticket_id" not in rule.arguments:
            continue
        part = next((part for part in keys if f"/{part}/" in rule.rule), "messages")
        values = {"ticket_id": billing_ticket} | ({"key": keys[part]} if "key" in rule.arguments else {})
        values |= {name: value for name, value in (("kind", "reply"), ("to", "next")) if name in rule.arguments}
        # Whoever gave a ticket away steps on from it; the way tells nothing of the ticket.
        wanted = 302 if rule.endpoint == "sgsupport_inbox.step" else 404
        with host.app.test_request_context():
            url = host.app.url_for(rule.endpoint, **values)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            form = {
                "body": "x",
                "status": "resolved",
                "note": "x",
                "priority": "high",
                "email": "a@b.example",
                "requester": host.ids["lena"],
            }
            answer = client.open(url, method=method, data=form if method == "POST" else None)
            missing = client.open(
                url.replace(billing_ticket, "TKT-2026-99999"), method=method, data=form if method == "POST" else None
            )
            assert answer.status_code == wanted, (method, url)
            assert missing.status_code == wanted, (method, url)
            assert answer.headers.get("Location") == missing.headers.get("Location")
            assert answer.text.replace(billing_ticket, "TKT-2026-99999") == missing.text, (method, url)
            tried += 1
    assert tried >= 18
    with host.app.app_context():
        assert host.db.session.query(Ticket.version).filter_by(ticket_id=billing_ticket).scalar() == before


def test_the_covering_agent_gets_the_file_as_a_download(host: Host, billing_ticket: str) -> None:
    with host.app.app_context():
        key = host.db.session.query(Attachment.key).scalar()
        assert file_of(host.agent("ben"), billing_ticket, key).name == "invoice.pdf"
    answer = host.client("ben").get(f"{INBOX}tickets/{billing_ticket}/files/{key}")
    assert answer.data == b"%PDF"
    answer.close()
    assert answer.headers["Content-Disposition"] == "attachment; filename=invoice.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_coverage_by_category_and_tag_opens_the_ticket(host: Host, billing_ticket: str) -> None:
    client = host.client("ada")
    url = f"{INBOX}tickets/{billing_ticket}"
    assert client.get(url).status_code == 404
    lead = host.client("grace")
    form = {"rights": ["handle", "assign", "close"], "public_name": "Ada", "queues": ["support"]}
    ada = f"{INBOX}agents/{host.ids['ada']}"
    assert lead.post(ada, data=form | {"categories": ["invoices"]}).status_code == 302
    assert client.get(url).status_code == 200
    assert lead.post(ada, data=form).status_code == 302
    assert client.get(url).status_code == 404
    assert lead.post(ada, data=form | {"tags": "vip"}).status_code == 302
    with host.app.app_context():
        sorting.change_fields(billing_ticket, host.agent("ben"), {"tags": "VIP"})
    assert client.get(url).status_code == 200


def as_shown(page: str, action: str) -> dict[str, list[str]]:
    """What a browser sends of a form whose fields stay as they are shown."""
    form = page[page.index(f'<form method="post" action="{action}"') :]
    sent: dict[str, list[str]] = {}
    for field in re.findall(r"<input[^>]*>", form[: form.index("</form>")]):
        if 'type="checkbox"' not in field or " checked" in field:
            said = dict(re.findall(r'(name|value)="([^"]*)"', field))
            sent.setdefault(said["name"], []).append(unescape(said["value"]))
    return sent


def test_saving_an_agent_leaves_their_coverage_of_what_is_disabled(host: Host, billing_ticket: str) -> None:
    lead, client = host.client("grace"), host.client("ada")
    url, ada = f"{INBOX}tickets/{billing_ticket}", f"{INBOX}agents/{host.ids['ada']}"
    form = {"rights": ["handle", "assign", "close"], "public_name": "Ada", "queues": ["billing"]}
    assert lead.post(ada, data=form | {"categories": ["invoices", "storefront"]}).status_code == 302
    with host.app.app_context():
        setup.change_category(host.agent("grace"), "invoices", {"active": False})
        setup.change_queue(host.agent("grace"), "billing", {"active": False})
    page = lead.get(ada).text
    assert "Invoices (disabled)" in page
    assert "Billing (disabled)" in page
    assert "Storefront (disabled)" not in page
    shown = as_shown(page, ada)
    assert lead.post(ada, data=shown | {"public_name": "Ada L."}).status_code == 302
    assert client.get(url).status_code == 200
    # A form that never showed them says nothing about them.
    assert lead.post(ada, data=form | {"queues": []}).status_code == 302
    assert client.get(url).status_code == 200
    # Nor does one that was open while they were disabled take away what is in use by now.
    shown = as_shown(lead.get(ada).text, ada)
    with host.app.app_context():
        setup.change_queue(host.agent("grace"), "billing", {"active": True})
    assert lead.post(ada, data=shown).status_code == 302
    row = lead.get(INBOX + "agents/").text
    row = row[row.index(">Ada Lovelace") :]
    assert '<td role="cell" data-label="Covers">Billing, Invoices</td>' in row[: row.index("</tr>")]
    # It is shown, so it can be taken off.
    shown = as_shown(lead.get(ada).text, ada)
    assert lead.post(ada, data=shown | {"categories": [], "queues": []}).status_code == 302
    assert client.get(url).status_code == 404
    assert "covers category invoices, queue billing → –" in lead.get(INBOX + "agents/").text


def test_a_queue_disabled_meanwhile_can_be_taken_off_an_agent(host: Host) -> None:
    lead, ada = host.client("grace"), f"{INBOX}agents/{host.ids['ada']}"
    form = {"rights": ["handle"], "public_name": "Ada", "queues": ["support", "billing"]}
    assert lead.post(ada, data=form | {"categories": ["invoices"]}).status_code == 302
    shown = as_shown(lead.get(ada).text, ada)
    with host.app.app_context():
        setup.change_category(host.agent("grace"), "invoices", {"active": False})
        setup.change_queue(host.agent("grace"), "billing", {"active": False})
    assert lead.post(ada, data=shown | {"queues": ["support"], "categories": []}).status_code == 302
    page = lead.get(ada).text
    assert "Billing" not in page
    assert "Invoices" not in page


def test_what_is_assigned_to_an_agent_stays_visible_to_them(
    host: Host, billing_ticket: str, open_ticket: OpenTicket
) -> None:
    own = open_ticket()
    with host.app.app_context():
        assigning.claim(own, host.agent("grace"))
        sorting.change_fields(own, host.agent("grace"), {"queue": "billing"})
    assert own not in host.client("ada").get(INBOX).text
    assert own in host.client("grace").get(INBOX + "?view=mine").text


@pytest.mark.parametrize("act", ["unassign", "assign"])
def test_giving_away_a_ticket_seen_only_as_its_assignee_says_so(host: Host, open_ticket: OpenTicket, act: str) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        agents.change_agent(host.agent("grace"), str(host.ids["ada"]), covers=Covers(queues=("billing",)))
    client = host.client("ada")
    assert client.get(f"{INBOX}tickets/{ticket_id}").status_code == 200
    given = client.post(f"{INBOX}tickets/{ticket_id}/{act}", data={"assignee": str(host.ids["grace"])})
    assert client.get(given.headers["Location"]).headers["Location"] == INBOX
    html = client.get(INBOX).text
    assert f"You do not see {ticket_id} any more: it is not assigned to you, and you do not cover it." in html
    assert "went to" not in html


def test_moving_a_ticket_away_leads_back_to_the_inbox_and_says_so(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    moved = client.post(f"{INBOX}tickets/{ticket_id}/fields", data={"queue": "billing"})
    assert client.get(moved.headers["Location"]).headers["Location"] == INBOX
    assert f"You do not see {ticket_id} any more: it is not assigned to you, and you do not cover it." in (
        client.get(INBOX).text
    )
    assert client.get(f"{INBOX}tickets/{ticket_id}").status_code == 404


def test_other_tickets_of_the_account_are_those_the_agent_may_see(
    host: Host, billing_ticket: str, open_ticket: OpenTicket
) -> None:
    own = open_ticket()
    assert "Invoice shows" not in host.client("ada").get(f"{INBOX}tickets/{own}").text
    assert "Invoice shows" in host.client("grace").get(f"{INBOX}tickets/{own}").text


def test_an_agent_without_coverage_is_told_what_to_wait_for(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    form = {"rights": ["handle"], "public_name": "Cleo"}
    assert host.client("grace").post(f"{INBOX}agents/{host.ids['cleo']}", data=form).status_code == 302
    html = host.client("cleo").get(INBOX).text
    assert "You cover no queue yet." in html
    assert "A support lead" in html or "a support lead" in html


def test_an_agent_switched_off_is_out_at_the_next_click(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    client.post(f"{INBOX}tickets/{ticket_id}/claim")
    off = host.client("grace").post(f"{INBOX}agents/{host.ids['ada']}/off", follow_redirects=True)
    assert "Ada Lovelace is no longer an agent." in off.text
    assert "1 ticket was handed over." in off.text
    for path in ("", f"tickets/{ticket_id}", "notifications/"):
        assert client.get(INBOX + path).status_code == 403
    with host.app.app_context():
        assert host.db.session.query(Ticket.assignee_pk).scalar() is None


def test_leads_make_and_change_queues_and_categories(host: Host) -> None:
    lead = host.client("grace")
    wrong = lead.post(INBOX + "queues/new", data={"name": "Domains", "key": "Domains!"})
    assert wrong.status_code == 422
    assert 'value="Domains"' in wrong.text
    assert lead.post(INBOX + "queues/new", data={"name": "Domains", "key": "domains"}).status_code == 302
    assert (
        lead.post(INBOX + "categories/new", data={"name": "DNS", "key": "dns", "queue": "domains"}).status_code == 302
    )
    assert lead.get(INBOX + "queues/").text.count("nobody") == 1
    change = {"name": "Domain names", "position": "1", "active": "1"}
    assert lead.post(INBOX + "queues/change/domains", data=change).status_code == 302
    off = lead.post(INBOX + "queues/change/domains", data={"name": "Domain names", "position": "1"})
    assert off.status_code == 302
    with host.app.app_context():
        queue = host.db.session.query(Queue).filter_by(key="domains").one()
        assert (queue.name, queue.active) == ("Domain names", False)
        category = host.db.session.query(Category).filter_by(key="dns").one()
        assert category.queue_pk != queue.pk
    assert lead.post(INBOX + "queues/change/support", data={"name": "Support", "position": "0"}).status_code == 422
    assert lead.get(INBOX + "queues/change/nothing").status_code == 404


def test_a_queue_with_open_tickets_is_taken_out_of_use_only_by_whoever_knows_what_that_moves(
    host: Host, open_ticket: OpenTicket
) -> None:
    for __ in range(2):
        open_ticket(category="invoices")
    lead, address = host.client("grace"), INBOX + "queues/change/billing"
    off = {"name": "Billing", "position": "7"}
    asked = lead.post(address, data=off)
    page = unescape(asked.text)
    assert asked.status_code == 422
    assert "2 open tickets go to Support." in page
    assert "What leads here leads there then: Invoices." in page
    assert "Agents who do not cover Support lose the tickets that are assigned to them." in page
    assert 'value="7"' in page, "what was typed is kept"
    with host.app.app_context():
        queue = host.db.session.query(Queue).filter_by(key="billing").one()
        assert (queue.position, queue.active) == (1, True)
    assert lead.post(address, data=off | {"active": "1"}).status_code == 302, "nothing moves, nothing is asked"
    assert lead.post(address, data=off | {"sure": "1"}).status_code == 302
    with host.app.app_context():
        assert not host.db.session.query(Queue).filter_by(key="billing").one().active
    assert lead.post(address, data=off).status_code == 302, "it is out of use already"


def test_the_queues_say_how_many_tickets_are_open_in_them(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(category="invoices")
    page = unescape(host.client("grace").get(INBOX + "queues/").text)
    counts = re.findall(r'data-label="Open tickets">(.*?)</td>', page)
    assert counts == ["0", '<a href="/admin/support/?queue=billing">1</a>']


EDITS = [
    ("queues/change/billing", {"name": "Billing", "position": "1", "active": "1"}, "name", "Accounts", "Money"),
    (
        "categories/change/invoices",
        {"name": "Invoices", "position": "1", "active": "1", "queue": "billing"},
        "queue",
        "support",
        "",
    ),
    ("mail/change/billing", {"from_name": "Billing team"}, "signature", "Yours, Accounts", "Bye"),
    (
        "agents/{ben}",
        {"public_name": "Ben", "rights": ["handle", "assign"], "queues": ["billing"]},
        "tags",
        "dns",
        "tax",
    ),
]


@pytest.mark.parametrize(("path", "form", "field", "first", "second"), EDITS)
def test_the_second_of_two_leads_learns_what_the_first_changed(
    host: Host, path: str, form: dict[str, Any], field: str, first: str, second: str
) -> None:
    lead = host.client("grace")
    address = INBOX + path.format(ben=host.ids["ben"])
    form = form | hidden(lead.get(address).text)
    assert lead.post(address, data=form | {field: first}).status_code == 302
    refused = lead.post(address, data=form | {field: second})
    assert refused.status_code == 409
    assert "Somebody else changed this since you opened it" in refused.text
    assert f"is “{first}” now" in unescape(refused.text)
    assert second in refused.text, "what was typed is kept"
    if first != "dns":
        assert lead.post(address, data=form | hidden(refused.text) | {field: second}).status_code == 302


def hidden(page: str) -> dict[str, str]:
    return {"seen": unescape(re.search(r'name="seen" value="([^"]*)"', page)[1])}


def test_what_both_leads_wrote_alike_is_no_conflict(host: Host) -> None:
    lead = host.client("grace")
    address = f"{INBOX}queues/change/billing"
    form = {"name": "Accounts", "position": "1", "active": "1"} | hidden(lead.get(address).text)
    assert [lead.post(address, data=form).status_code for _ in range(2)] == [302, 302]


def test_two_queues_or_categories_of_one_name_are_refused(host: Host) -> None:
    lead = host.client("grace")
    for path, name in (("queues/new", "support"), ("categories/new", "Storefront")):
        refused = lead.post(INBOX + path, data={"name": name})
        assert refused.status_code == 422
        assert "of this name already" in refused.text
    refused = lead.post(f"{INBOX}queues/change/billing", data={"name": "Support", "position": "1", "active": "1"})
    assert "There is a queue of this name already." in refused.text


def test_the_last_changes_of_a_queue_are_its_own_in_words_with_their_time(host: Host) -> None:
    lead = host.client("grace")
    lead.post(f"{INBOX}mail/change/billing", data={"from_address": "money@desk.example"})
    lead.post(f"{INBOX}mail/change/support", data={"from_address": "help@desk.example"})
    html = lead.get(f"{INBOX}queues/change/billing").text
    assert "queue billing: From address – → money@desk.example" in html
    assert "help@desk.example" not in html
    assert re.search(
        r'<time class="sg-num" datetime="2026-04-22T14:03:00Z"[^>]*>[^<]+</time></span><span><b>Grace', html
    )
    lead.post(
        f"{INBOX}agents/{host.ids['ben']}", data={"public_name": "Benny", "rights": "handle", "queues": "billing"}
    )
    html = lead.get(f"{INBOX}agents/").text
    assert "public name Ben → Benny" in html
    # By the names that people know, not by the keys of rules.
    row = html[html.index(">Ben ") :]
    assert '<td role="cell" data-label="Covers">Billing</td>' in row[: row.index("</tr>")]
    assert 'datetime="2026-04-22T14:03:00Z"' in html


def test_who_makes_a_customer_an_agent_is_warned(host: Host) -> None:
    lead = host.client("grace")
    assert "customer: 1" in lead.get(f"{INBOX}agents/?q=jerome").text
    page = lead.get(f"{INBOX}agents/{host.ids['jerome']}").text
    assert "Jerome Ellis is a customer of the app (1)" in page
    assert "customer of the app" not in lead.get(f"{INBOX}agents/{host.ids['olga']}").text


def test_nobody_but_leads_and_owners_sets_up(host: Host) -> None:
    paths = (
        "queues/",
        "queues/new",
        "queues/change/support",
        "categories/",
        "categories/new",
        "categories/change/invoices",
        "mail/",
        "mail/change/support",
        "health/",
    )
    for who, status in (("ada", 403), ("olga", 403), ("jerome", 403), ("grace", 200)):
        for path in paths:
            assert host.client(who).get(INBOX + path).status_code == status, (who, path)
    for who, status in (("ada", 403), ("olga", 200), ("jerome", 403), ("grace", 200)):
        for path in ("agents/", f"agents/{host.ids['nora']}"):
            assert host.client(who).get(INBOX + path).status_code == status, (who, path)
    assert host.client("ada").post(INBOX + "queues/new", data={"name": "X", "key": "x"}).status_code == 403
    assert host.client("ada").post(f"{INBOX}agents/{host.ids['ada']}", data={"rights": ["lead"]}).status_code == 403


def test_an_owner_of_the_host_makes_the_first_agent(host: Host) -> None:
    owner = host.client("olga")
    assert "Nora Quist" in owner.get(INBOX + "agents/?q=nora").text
    form = {"rights": ["handle"], "queues": ["billing"], "public_name": "Nora"}
    assert owner.post(f"{INBOX}agents/{host.ids['nora']}", data=form).status_code == 302
    assert host.client("nora").get(INBOX).status_code == 200
    assert "agent Nora Quist" in unescape(owner.get(INBOX + "agents/").text)


@pytest.mark.every_database
@pytest.mark.parametrize("key", ["vip, a\x00b", "\ud800", "billing\x00x"])
@pytest.mark.parametrize("name", ["queue", "category"])
def test_a_key_that_no_database_can_hold_is_that_of_nothing(
    in_app: Host, open_ticket: OpenTicket, name: str, key: str
) -> None:
    with pytest.raises(InvalidInput, match="There is no such"):
        sorting.change_fields(open_ticket(), in_app.agent("grace"), {name: key})


@pytest.mark.every_database
def test_a_number_that_no_database_can_hold_is_refused(in_app: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    with pytest.raises((InvalidInput, NotFound)):
        assigning.claim("TKT-2026-00001\x00", in_app.agent("ada"))


def test_the_last_lead_stays(host: Host) -> None:
    lead = host.client("grace")
    refused = lead.post(f"{INBOX}agents/{host.ids['grace']}/off")
    assert refused.status_code == 422
    assert lead.get(INBOX + "queues/").status_code == 200


def test_a_reopened_ticket_leaves_an_assignee_who_covers_it_no_more(host: Host, closed_ticket: str) -> None:
    form = {"rights": ["handle", "assign"], "queues": ["billing"], "public_name": "Ada"}
    host.client("grace").post(f"{INBOX}agents/{host.ids['ada']}", data=form)
    with host.app.app_context():
        statuses.reopen(closed_ticket, host.agent("grace"))
        assert host.db.session.query(Ticket.assignee_pk).scalar() is None
