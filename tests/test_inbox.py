"""The inbox in an agent's browser: lists, filters, the ticket page, and everything done on it."""

from __future__ import annotations

import re
import sqlite3
import time
from datetime import timedelta
from html import unescape
from io import BytesIO
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select, update
from werkzeug.test import TestResponse

from flask_sgsupport.actors import Right
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.errors import Busy, StaleTicket
from flask_sgsupport.hooks import Account, Routed
from flask_sgsupport.inbox import on_behalf, stepping
from flask_sgsupport.inbox import ticket as inbox_ticket
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, ContextSnapshot, Delivery, Event, Message, Queue, Ticket, TicketRead
from flask_sgsupport.queries import ticket_statements
from flask_sgsupport.queries.inbox import listing
from flask_sgsupport.queries.views import SORTS, Filters
from flask_sgsupport.services import agents, assigning, conversation, replying, setup, sorting
from flask_sgsupport.services import clock as clock_of_tickets
from flask_sgsupport.services.numbers import prepare
from flask_sgsupport.services.status import set_status, withdraw
from tests.panel_pages import LOOKS_AGAIN
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"


def page(client: FlaskClient, path: str = "") -> str:
    """A page of the inbox that must be there."""
    answer = client.get(INBOX + path)
    assert answer.status_code == 200, answer.status
    return unescape(answer.text)


def shown(html: str) -> list[str]:
    """The numbers of the tickets of a list, top down."""
    return re.findall(r'class="sg-subject" href="/admin/support/tickets/([^"?]+)[^"]*"', html)


def ticket(host: Host, ticket_id: str) -> Ticket:
    """The ticket's row as it is now."""
    with host.app.app_context():
        row = host.db.session.query(Ticket).filter_by(ticket_id=ticket_id).one()
        host.db.session.expunge(row)
        return row


def post(client: FlaskClient, ticket_id: str, act: str, **form: str) -> TestResponse:
    """Something done on the ticket page."""
    return client.post(f"{INBOX}tickets/{ticket_id}/{act}", data=form)


def fields_of(html: str, act: str) -> dict[str, str]:
    """The hidden fields of a form of the ticket page."""
    form = re.search(rf'<form[^>]*action="[^"]*/{act}".*?</form>', html, re.DOTALL)
    assert form is not None
    return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', form[0]))


def test_unaddressed_tickets_stand_first_oldest_on_top(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    first = open_ticket()
    clock.forward(minutes=5)
    second = open_ticket("mina")
    clock.forward(minutes=5)
    third = open_ticket()
    with host.app.app_context():
        replying.reply(first, host.agent("ada"), body="Looking into it.")
    assert shown(page(host.client("ada"))) == [second, third, first]


def test_a_row_quotes_words_and_no_markdown(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(body="**Nobody** can [pay](https://tote.example/).")
    assert "“Nobody can pay.”" in page(host.client("ada"))


def test_a_customer_in_the_inbox_is_shown_the_way_to_their_tickets(host: Host) -> None:
    answer = host.client("jerome").get(INBOX)
    assert answer.status_code == 403
    assert 'href="/support/">To your tickets</a>' in answer.text
    assert "To your tickets" not in host.client("nora").get(INBOX).text


def test_why_a_ticket_was_put_aside_is_a_sentence(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        sorting.put_aside(ticket_id, host.agent("ada"), "automatic reply")
    assert "automatic reply. People were told of it before;" in page(host.client("ada"), f"tickets/{ticket_id}")


def test_a_filtered_ticket_says_truly_whether_anybody_was_told_of_it(host: Host, open_ticket: OpenTicket) -> None:
    told = open_ticket(subject="Known for weeks, then put aside")
    host.support.route(lambda draft: Routed(filtered="spam: offer of links"))
    untold = open_ticket(subject="Filtered as it came")
    with host.app.app_context():
        sorting.put_aside(told, host.agent("ada"), "spam after all")
    pages = [page(host.client("ada"), f"tickets/{ticket_id}") for ticket_id in (told, untold)]
    assert ["Nobody was told of it." in text for text in pages] == [False, True]
    assert ["People were told of it before;" in text for text in pages] == [True, False]


def test_a_form_that_comes_back_claims_only_what_was_sent(host: Host, resolved_ticket: str) -> None:
    client = host.client("ada")
    answer = client.post(f"{INBOX}tickets/{resolved_ticket}/reply", data={"body": "x" * 20_001})
    assert "What you sent is kept." in answer.text
    assert "Nothing you typed is lost" not in answer.text
    assert answer.text.count("<noscript>") == 5, "what three buttons do, and one for the draft in each box"


def test_a_row_says_who_where_and_how_long(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(site_ids=["11"])
    with host.app.app_context():
        sorting.change_fields(ticket_id, host.agent("ada"), {"priority": "urgent"})
    clock.forward(hours=3, minutes=12)
    html = page(host.client("ada"))
    for text in (
        "Checkout failing on Canvas Tote",
        ticket_id,
        "Jerome Ellis, Northwind Outfitters",
        "tote.example",
        "Open · new",
        "Urgent",
        "3 h 12 m",
        "“Nobody can pay since this afternoon.”",
    ):
        assert text in html, text


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("unassigned", ["fresh"]),
        ("mine", ["answered"]),
        ("open", ["fresh", "answered"]),
        ("waiting", ["answered"]),
        ("resolved", ["resolved"]),
        ("closed", ["closed"]),
        ("filtered", ["spam"]),
        ("delivery", []),
        ("no such view", ["fresh", "answered"]),
    ],
)
def test_each_view_holds_what_it_says(
    host: Host, clock: Clock, open_ticket: OpenTicket, view: str, expected: list[str]
) -> None:
    tickets = {}
    for name in ("fresh", "answered", "resolved", "closed", "spam"):
        tickets[name] = open_ticket(subject=name)
        clock.forward(minutes=1)
    with host.app.app_context():
        ada = host.agent("ada")
        assigning.claim(tickets["answered"], ada)
        replying.reply(tickets["answered"], ada, body="Hello")
        for name in ("resolved", "closed"):
            replying.reply(tickets[name], ada, body="Done", status=Status.RESOLVED)
        replying.confirm_solved(tickets["closed"], host.customer("jerome"))
        sorting.put_aside(tickets["spam"], ada, "advertising")
    assert shown(page(host.client("ada"), f"?view={view}")) == [tickets[name] for name in expected]


def test_filters_narrow_and_chips_take_them_away(host: Host, open_ticket: OpenTicket) -> None:
    one, other = open_ticket(category="storefront", site_ids=["11"]), open_ticket("mina")
    with host.app.app_context():
        sorting.change_fields(one, host.agent("ada"), {"priority": "high", "tags": "Checkout"})
        assigning.claim(one, host.agent("ada"))
    client = host.client("ada")
    assert set(shown(page(client))) == {one, other}
    for wanted in (
        "category=storefront",
        "site=11",
        "site=tote.example",
        "priority=high",
        "tag=checkout",
        "assignee=me",
        "account=1",
        "account=Northwind Outfitters",
        "status=open&tag=checkout",
        "channel=panel&assignee=me",
        "since=2026-04-22&tag=checkout",
    ):
        html = page(client, "?" + wanted)
        assert shown(html) == [one], wanted
        assert "Remove filter:" in html
    assert shown(page(client, "?until=2026-04-21")) == []
    assert shown(page(client, "?assignee=nobody")) == [other]
    assert 'href="/admin/support/?tag=checkout"' in page(client, "?tag=checkout&priority=high")


def test_a_chosen_status_leaves_the_list_what_it_is_about(
    host: Host, open_ticket: OpenTicket, answered_ticket: str
) -> None:
    spam, others, free = open_ticket(subject="spam"), open_ticket(subject="of Grace"), open_ticket(subject="free")
    with host.app.app_context():
        grace = host.agent("grace")
        sorting.put_aside(spam, grace, "advertising")
        assigning.claim(others, grace)
        assigning.assign(answered_ticket, grace, str(host.ids["ada"]))
        for one in (answered_ticket, others):
            replying.reply(one, grace, body="It is back.", status=Status.RESOLVED)
    client = host.client("grace")
    assert set(shown(page(client, "?status=resolved"))) == {answered_ticket, others}
    assert set(shown(page(client, "?view=closed&status=resolved"))) == {answered_ticket, others}
    assert shown(page(client, "?view=unassigned&status=resolved")) == []
    assert free in shown(page(client, "?view=unassigned&status=open"))
    assert shown(page(client, "?view=filtered&status=open")) == [spam]
    assert shown(page(client, "?view=delivery&status=open")) == []
    mine = page(host.client("ada"), "?view=mine&status=resolved")
    assert shown(mine) == [answered_ticket]
    assert "<h1>Mine: Resolved</h1>" in mine
    assert "Status: Resolved" in mine
    assert "<h1>Closed" not in page(client, "?view=closed&status=resolved&queue=support")
    assert "<h1>Mine in Support</h1>" in page(client, "?view=mine&queue=support")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("since=2026-11-31", "There is no day “2026-11-31”: nothing is filtered by it."),
        ("until=tomorrow", "There is no day “tomorrow”: nothing is filtered by it."),
        ("status=sleeping", "“sleeping” is none of these: nothing is filtered by it."),
        ("priority=huge", "“huge” is none of these: nothing is filtered by it."),
        ("updated=weekly", "“weekly” is none of these: nothing is filtered by it."),
        ("channel=pigeon", "“pigeon” is none of these: nothing is filtered by it."),
    ],
)
def test_what_filters_nothing_is_said_at_its_field_and_has_no_chip(
    host: Host, open_ticket: OpenTicket, asked: str, sentence: str
) -> None:
    ticket_id = open_ticket()
    html = page(host.client("ada"), f"?view=unassigned&{asked}")
    assert shown(html) == [ticket_id]
    assert sentence in html
    assert '<details class="sg-more" open>' in html
    assert "Remove filter:" not in html
    assert "<h1>Unassigned</h1>" in html


@pytest.mark.every_database
def test_a_site_is_found_by_a_part_of_its_name(host: Host, open_ticket: OpenTicket) -> None:
    totes, bens = open_ticket(site_ids=["11"]), open_ticket("mina", site_ids=[])
    with host.app.app_context():
        billing = select(Queue.pk).where(Queue.key == "billing").scalar_subquery()
        host.db.session.execute(update(Ticket).where(Ticket.ticket_id == bens).values(queue_pk=billing))
        host.db.session.commit()
    host.bent = "history_replays_to_the_row"
    client = host.client("ada")
    found = {words: shown(page(client, f"?site={quote(words)}")) for words in ("11", "tote.example", "TOTE", "ote.ex")}
    assert found == {asked: [totes] for asked in found}
    assert [shown(page(client, f"?site={quote(words)}")) for words in ("%", "1", "nowhere")] == [[], [], []]
    assert shown(page(host.client("ben"), "?site=tote")) == []
    assert re.search(r'placeholder="Name, or a part of it"[^>]*id="sg-site"', page(client)) is not None


def test_a_search_leads_on_to_people_and_accounts_of_that_name(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    html = page(client, "?q=ellis")
    assert shown(html) == []
    answer = html[html.index('<div class="sg-empty">') :]
    assert "Nothing in a subject or a message has these words." in answer
    links = dict(re.findall(r'<a class="[^"]*primary" href="([^"]+)">((?:Requester|Account) like “ellis”)</a>', answer))
    assert set(links.values()) == {"Requester like “ellis”", "Account like “ellis”"}
    [people] = [link for link, label in links.items() if label.startswith("Requester")]
    assert shown(page(client, people.removeprefix(INBOX))) == [ticket_id]
    assert "Requester like" not in page(client, "?q=%2B%2B")
    found = page(client, "?q=checkout")
    assert shown(found) == [ticket_id]
    assert found.count("Requester like “checkout”") == 1, "a small link above what was found"


def test_an_agent_without_coverage_finds_what_is_assigned_to_them(host: Host, open_ticket: OpenTicket) -> None:
    form = {"rights": ["handle"], "public_name": "Cleo"}
    assert host.client("grace").post(f"{INBOX}agents/{host.ids['cleo']}", data=form).status_code == 302
    cleo = host.client("cleo")
    assert "<h1>Welcome to Support</h1>" in page(cleo)
    assert "<h1>Mine</h1>" in page(cleo, "?view=mine")
    own, other = open_ticket(subject="Canvas is gone"), open_ticket(subject="Canvas of somebody else")
    with host.app.app_context():
        session = host.db.session
        agent = select(Agent.pk).where(Agent.host_id == str(host.ids["cleo"])).scalar_subquery()
        session.execute(update(Ticket).where(Ticket.ticket_id == own).values(assignee_pk=agent))
        session.commit()
    host.bent = "history_replays_to_the_row"
    for words in ("", "?view=mine", "?view=all", "?q=canvas", "?assignee=me", "?site=tote"):
        html = page(cleo, words)
        assert shown(html) == ([] if "site" in words else [own]), words
        assert "You cover no queue yet: you see what is assigned to you." in html
        assert "Welcome to Support" not in html
        assert other not in html


def test_a_number_leads_straight_to_its_ticket(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="invoices")
    for typed in (
        ticket_id,
        ticket_id.lower(),
        ticket_id.removeprefix("TKT-"),
        ticket_id.split("-")[-1],
        f" {ticket_id} ",
        "1",
        "#1",
        " 1 ",
        "#00001",
    ):
        answer = host.client("grace").get(INBOX, query_string={"q": typed})
        assert answer.headers["Location"] == f"{INBOX}tickets/{ticket_id}#sg-new", typed
    assert host.client("ada").get(INBOX, query_string={"q": ticket_id}).status_code == 200
    assert "Billing" in page(host.client("grace"), f"tickets/{ticket_id}")


def test_of_one_number_in_two_years_the_newer_is_found(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    open_ticket()
    clock.forward(days=365)
    with host.app.app_context():
        prepare(host.db.session, "TKT", clock())
        host.db.session.commit()
    newer = open_ticket()
    assert newer == "TKT-2027-00001"
    for typed, found in (("1", newer), ("#1", newer), ("2026-1", "TKT-2026-00001")):
        answer = host.client("grace").get(INBOX, query_string={"q": typed})
        assert answer.headers["Location"] == f"{INBOX}tickets/{found}#sg-new", typed


def test_words_of_the_subject_are_found_in_every_status(
    host: Host, closed_ticket: str, open_ticket: OpenTicket
) -> None:
    other = open_ticket(subject="Größe der Tabelle")
    client = host.client("ada")
    assert shown(page(client, "?q=canvas+TOTE")) == [closed_ticket]
    assert shown(page(client, "?q=grosse")) == [other]
    assert shown(page(client, "?q=100%25_")) == []


@pytest.mark.every_database
@pytest.mark.parametrize("sort", SORTS)
def test_pages_hold_every_ticket_once(host: Host, clock: Clock, open_ticket: OpenTicket, sort: str) -> None:
    tickets = []
    for number in range(23):
        tickets.append(open_ticket("mina" if number % 2 else "jerome"))
        # Three at one moment: the cursor has to settle ties.
        clock.forward(minutes=number % 3)
    host.desk.settings.page_size = 5
    with host.app.app_context():
        for ticket_id in tickets[3:14:2]:
            replying.reply(ticket_id, host.agent("ada"), body="Hello")
        seen: list[str] = []
        after, pages = "", 0
        while pages == 0 or after:
            found = listing(host.agent("ada"), Filters(sort=sort, after=after))
            seen += [row.ticket_id for row in found.rows]
            after, pages = found.after, pages + 1
            assert pages < 10
        whole = listing(host.agent("ada"), Filters(sort=sort))
    assert sorted(seen) == sorted(tickets)
    assert pages == 5
    assert [row.ticket_id for row in whole.rows] == seen[:5]


def test_a_broken_cursor_shows_the_first_page(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    for after in ("x", "1~2026~", "~~", "2~2026-01-01T00:00:00+00:00~x", "0~2026-01-01~TKT"):
        assert shown(page(host.client("ada"), f"?after={after}")) == [ticket_id]


def test_an_empty_list_says_what_to_do_next(host: Host) -> None:
    assert "No open ticket. Nice." in page(host.client("ada"))
    assert "Take a filter away" in page(host.client("ada"), "?tag=x")


def test_without_a_queue_the_lead_is_told_to_make_one(host: Host) -> None:
    with host.app.app_context():
        host.db.session.query(Queue).update({"active": False})
        host.db.session.commit()
    host.bent = "no queue is in use, as before the first one is made"
    html = page(host.client("grace"))
    assert "There is no queue yet." in html
    assert 'href="/admin/support/queues/new"' in html


def test_strangers_are_led_to_the_login_and_others_told_who_grants(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    for path in ("", f"tickets/{ticket_id}", "queues/", "agents/", "notifications/"):
        assert "/sign-in" in host.client().get(INBOX + path).headers["Location"]
        refused = host.client("jerome").get(INBOX + path)
        assert refused.status_code == 403
        assert "A support lead or an Owner can grant it under Support → Agents." in refused.text
    assert host.client("ada").get(INBOX + "queues/").status_code == 403


def test_the_menu_has_one_plain_link_with_the_unread_number(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    html = host.client("ada").get("/admin/").text
    assert len(re.findall(r'href="/admin/support/[^"]*"', html)) == 1
    assert re.search(r"data-sg-badge[^>]*>1<", html)
    assert "/admin/support/" not in host.client("jerome").get("/admin/").text
    assert "/admin/support/" not in host.client().get("/admin/").text


@pytest.mark.parametrize("path", ["", "notifications/", "queues/", "agents/", "mail/", "health/"])
def test_the_entry_in_the_menu_is_marked_on_every_page_of_the_desk(host: Host, path: str) -> None:
    html = host.client("grace").get(INBOX + path).text
    menu = html[: html.index('<div class="sg sg-inbox')]
    assert re.search(
        r'href="/admin/support/" aria-current="page"|class="[^"]*active[^"]*" href="/admin/support/"', menu
    )


def test_the_ticket_page_shows_conversation_context_and_reasons(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(category="storefront", files=[("checkout-error.png", b"x" * 84_000)])
    other = open_ticket(subject="Slow admin on Mondays")
    clock.forward(minutes=3)
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("grace"), body="Same as **incident 118**.")
        assigning.claim(ticket_id, host.agent("ada"))
        replying.reply(ticket_id, host.agent("ada"), body="Checkout is now restored.")
    html = page(host.client("ada"), f"tickets/{ticket_id}")
    for text in (
        f"{ticket_id} · opened 22 April 2026, 14:03 UTC in the panel by Jerome Ellis",
        "checkout-error.png",
        "84 kB",
        "Routed to Support because the category is “Storefront”",
        "Internal note – the customer never sees this",
        "<strong>incident 118</strong>",
        "Ada Lovelace: assignee nobody → Ada Lovelace",
        "In-app, not read yet",
        "E-mail to jerome@northwind.example waits to be sent",
        "Reply to Jerome",
        "Send and resolve",
        "Northwind Outfitters",
        "Growth",
        "paid to 1 May",
        "theme update",
        other.split("-")[-1],
        "Slow admin on Mondays",
        "2 open in all",
        "all ",
    ):
        assert text in html, text


def test_what_changed_since_the_opening_is_said_on_demand(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    hooks = host.support.hooks.context
    before = hooks["account"]

    def upgraded(actor: object, account_id: str, origin: object) -> object:
        found = before(actor, account_id, origin)
        return type(found)(found.name, plan="Enterprise", billing=found.billing)

    hooks["account"] = upgraded
    client = host.client("ada")
    assert "then: Growth" not in page(client, f"tickets/{ticket_id}")
    html = page(client, f"tickets/{ticket_id}?now=1")
    assert "Enterprise" in html
    assert "then: Growth" in html


def test_one_submit_replies_sets_the_status_and_assigns(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    answer = post(
        host.client("ada"),
        ticket_id,
        "reply",
        body="Done.",
        status="resolved",
        assignee=str(host.ids["cleo"]),
        form="f",
    )
    assert answer.status_code == 302
    row = ticket(host, ticket_id)
    assert row.status == "resolved"
    with host.app.app_context():
        kinds = [event.action for event in host.db.session.query(Event).filter_by(ticket_pk=row.pk).order_by(Event.pk)]
    assert kinds.count("message.added") == 1
    assert "It closes on 24 April 2026" in page(host.client("ada"), f"tickets/{ticket_id}")
    assert "Cleo Marsh" in page(host.client("ada")) or "Cleo Marsh" in page(host.client("ada"), "?view=resolved")


def test_a_reply_to_what_nobody_has_takes_it_unless_told_otherwise(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()

    def chosen(who: str) -> list[str]:
        html = page(host.client(who), f"tickets/{ticket_id}")
        select_ = re.search(r'<select class="sg-input" id="sg-reply-assignee".*?</select>', html)
        assert select_ is not None
        return re.findall(r'<option value="([^"]*)" selected', select_[0])

    assert chosen("ada") == [str(host.ids["ada"])]
    answer = post(host.client("ada"), ticket_id, "reply", body="Your site is back.", assignee="")
    assert answer.status_code == 302
    assert ticket(host, ticket_id).assignee_pk is None, "as the select said"
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
    assert chosen("ada") == chosen("grace") == [""]


def test_a_reply_that_resolves_says_when_the_ticket_closes(host: Host, open_ticket: OpenTicket) -> None:
    client, ticket_id = host.client("ada"), open_ticket()
    post(client, ticket_id, "reply", body="Looking into it.", form="f")
    said = page(client, f"tickets/{ticket_id}")
    assert "Sent." in said
    assert "Sent and resolved" not in said
    post(client, ticket_id, "reply", body="Done.", status="resolved", form="g")
    sentence = "Sent and resolved; it closes on 24 April 2026, 14:03 UTC unless the customer replies."
    assert sentence in page(client, f"tickets/{ticket_id}")


def test_what_was_so_already_is_not_thanked_for(host: Host, open_ticket: OpenTicket) -> None:
    client, ticket_id = host.client("grace"), open_ticket()
    address = ticket(host, ticket_id).requester_email or ""
    acts = (
        ("requester", {"requester": str(host.ids["jerome"])}, "They are the requester already; nothing was changed."),
        ("address", {"email": address}, "This is the address already; nothing was changed."),
        ("assign", {"assignee": str(host.ids["ada"])}, "This agent has it already; nothing was changed."),
        ("fields", {"priority": "normal", "tags": ""}, "It is so already; nothing was changed."),
        ("fields", {"priority": "high", "seen-priority": "high"}, "It is so already; nothing was changed."),
    )
    post(client, ticket_id, "assign", assignee=str(host.ids["ada"]))
    assert "Assigned." in page(client, f"tickets/{ticket_id}")
    for act, form, sentence in acts:
        assert post(client, ticket_id, act, **form).status_code == 302
        html = page(client, f"tickets/{ticket_id}")
        assert sentence in html
        assert "Assigned." not in html
    post(client, ticket_id, "assign", assignee="")
    assert "Nobody is assigned now." in page(client, f"tickets/{ticket_id}")


def test_a_lead_is_told_that_there_are_no_other_tickets(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    none = "None that you may see."
    assert none in page(host.client("ada"), f"tickets/{ticket_id}")
    of_a_lead = page(host.client("grace"), f"tickets/{ticket_id}")
    assert none not in of_a_lead
    assert ">None.<" in of_a_lead
    assert "open in all" not in of_a_lead, "the one that is open is this one"


def test_people_who_were_found_stand_with_what_a_click_does(host: Host) -> None:
    client = host.client("grace")
    assert '<span class="sg-verb">Open a ticket</span></a>' in page(client, "open?q=jerome")
    assert '<span class="sg-verb">Make an agent</span></a>' in page(client, "agents/?q=olga")
    assert '<span class="sg-verb">Change rights</span></a>' in page(client, "agents/?q=ada")


def test_a_refused_reply_keeps_what_was_typed(host: Host, closed_ticket: str) -> None:
    answer = post(host.client("ada"), closed_ticket, "reply", body="My long answer.", form="f")
    assert answer.status_code == 409
    assert "Reopen it first" in answer.text
    assert "My long answer." in answer.text
    assert answer.text.count("kept") == 1, "that the text is kept is said once"
    empty = post(host.client("ada"), closed_ticket, "note", body="  ", form="g")
    assert empty.status_code == 422
    assert "Write a message first." in empty.text


def no_write(*args: object, **more: object) -> None:
    """A database that is locked."""
    raise Busy("The support desk is busy. Nothing was changed; please try again.")


@pytest.mark.parametrize(("act", "field"), [("reply", "body"), ("note", "body"), ("close", "note")])
def test_what_was_typed_comes_back_while_the_database_is_busy(
    host: Host, resolved_ticket: str, monkeypatch: pytest.MonkeyPatch, act: str, field: str
) -> None:
    client = host.client("ada")
    monkeypatch.setattr(conversation, "run", no_write)
    answer = post(client, resolved_ticket, act, **{field: "Long words that took an hour <b>"}, form="once")
    assert answer.status_code == 503
    html = unescape(answer.text)
    assert "Nothing was changed; please try again." in html
    assert re.search(rf'<textarea[^>]*name="{field}"[^>]*>\s*Long words that took an hour', html)
    assert resolved_ticket in html


@pytest.mark.parametrize("tables", ["sgsupport_", ""], ids=["ours", "all, the users too"])
@pytest.mark.parametrize("who", ["ada", "jerome"])
def test_where_no_page_can_be_drawn_the_error_page_holds_what_was_typed(
    host: Host, answered_ticket: str, who: str, tables: str
) -> None:
    client = host.client(who)
    addresses = {
        "ada": [f"{INBOX}tickets/{answered_ticket}/reply", f"{INBOX}open"],
        "jerome": [f"/support/tickets/{answered_ticket}/follow-up", "/support/open"],
    }
    client.get("/")
    with host.app.app_context():
        engine = host.db.engine

    def gone(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if tables in statement:
            raise sqlite3.OperationalError("unable to open database file")

    event.listen(engine, "before_cursor_execute", gone)
    person = {"person": str(host.ids["jerome"]), "account": "1"} if who == "ada" else {}
    try:
        for address in addresses[who]:
            answer = client.post(address, data=person | {"subject": "My subject", "body": "Hours <b> of work\n\nmore"})
            assert answer.status_code == 503, address
            assert "Hours &lt;b&gt; of work\n\nmore" in answer.text, address
            assert "My subject" in answer.text, address
            assert "Copy it" in answer.text, address
        assert "<textarea" not in client.get(addresses[who][0].rpartition("/")[0]).text
    finally:
        event.remove(engine, "before_cursor_execute", gone)


def test_a_reply_sent_twice_is_there_once(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    first, second = (post(client, ticket_id, "reply", body="Hello", form="same") for __ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    with host.app.app_context():
        assert host.db.session.query(Message).filter_by(kind="public-reply").count() == 1


def test_the_dropdown_offers_what_is_possible_and_says_why_not(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    html = page(client, f"tickets/{answered_ticket}")
    assert re.search(r'<option value="closed" disabled>Closed', html)
    assert "An open ticket cannot be closed." in html
    refused = post(client, answered_ticket, "status", status="closed")
    assert refused.status_code == 409
    assert "An open ticket cannot be closed." in unescape(refused.text)
    assert post(client, answered_ticket, "status", status="resolved").status_code == 302
    assert post(client, answered_ticket, "status", status="sleeping").status_code == 422


def test_a_stale_form_names_what_changed(host: Host, answered_ticket: str) -> None:
    seen = str(ticket(host, answered_ticket).version)
    with host.app.app_context():
        set_status(answered_ticket, host.agent("grace"), Status.RESOLVED)
    answer = post(
        host.client("ada"), answered_ticket, "reply", body="Kept text", status="resolved", version=seen, form="f"
    )
    assert answer.status_code == 409
    assert "Somebody was faster." in answer.text
    assert "Grace Hopper: marked the ticket as resolved" in answer.text
    assert "Kept text" in answer.text


def test_a_reply_that_crosses_another_is_kept_and_sent_on_the_second_press(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    form = fields_of(page(ada, f"tickets/{answered_ticket}"), "reply")
    host.clock.forward(minutes=5)
    assert post(host.client("cleo"), answered_ticket, "reply", body="I look into it.", form="c").status_code == 302
    host.clock.forward(minutes=2)
    with host.app.app_context():
        replying.follow_up(answered_ticket, host.customer("jerome"), body="It fails again.")
    refused = post(ada, answered_ticket, "reply", body="All is well.", **form)
    assert refused.status_code == 409
    assert "Cleo Marsh replied at 14:08 UTC" in refused.text
    assert "the customer wrote at 14:10 UTC" in refused.text
    assert "All is well.</textarea>" in refused.text
    with host.app.app_context():
        assert "All is well." not in host.db.session.scalars(select(Message.body)).all()
    sent = post(ada, answered_ticket, "reply", body="All is well.", **fields_of(refused.text, "reply"))
    assert sent.status_code == 302
    with host.app.app_context():
        assert "All is well." in host.db.session.scalars(select(Message.body)).all()


def test_what_one_wrote_oneself_crosses_nothing_and_notes_do_not_either(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    form = fields_of(page(ada, f"tickets/{answered_ticket}"), "reply")
    with host.app.app_context():
        replying.reply(answered_ticket, host.agent("ada"), body="From another tab.")
        replying.add_note(answered_ticket, host.agent("cleo"), body="The gateway was down.")
    assert post(ada, answered_ticket, "reply", body="And this.", **form).status_code == 302
    with host.app.app_context():
        replying.follow_up(answered_ticket, host.customer("jerome"), body="Thanks!")
    assert post(ada, answered_ticket, "note", body="He is glad.", **form | {"form": "n"}).status_code == 302


def test_what_came_behind_much_of_ones_own_is_told_as_well(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    html = page(ada, f"tickets/{answered_ticket}")
    with host.app.app_context():
        for number in range(21):
            replying.reply(answered_ticket, host.agent("ada"), body=f"Step {number}.")
            sorting.change_fields(answered_ticket, host.agent("ada"), {"priority": ("high", "low")[number % 2]})
        replying.follow_up(answered_ticket, host.customer("jerome"), body="Stop, do not do it!")
        sorting.change_fields(answered_ticket, host.agent("grace"), {"priority": "urgent"})
    late = post(ada, answered_ticket, "reply", body="Step 21.", **fields_of(html, "reply"))
    assert late.status_code == 409
    assert "the customer wrote at" in late.text
    assert post(ada, answered_ticket, "fields", **fields_of(html, "fields") | {"priority": "low"}).status_code == 409
    assert ticket(host, answered_ticket).priority == "urgent"


def test_a_reply_that_takes_the_ticket_asks_if_a_colleague_has_it_by_now(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada = host.client("ada")
    form = fields_of(page(ada, f"tickets/{ticket_id}"), "reply") | {"assignee": str(host.ids["ada"])}
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("grace"))
    refused = post(ada, ticket_id, "reply", body="I am on it.", **form)
    assert refused.status_code == 409
    assert "Grace Hopper" in refused.text
    assert "I am on it.</textarea>" in refused.text
    again = fields_of(refused.text, "reply") | {"assignee": str(host.ids["ada"])}
    assert post(ada, ticket_id, "reply", body="I am on it.", **again).status_code == 302


def test_the_fields_of_an_older_page_take_back_nothing_that_was_not_touched(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    older = fields_of(page(ada, f"tickets/{answered_ticket}"), "fields")
    shown_then = {name: older[f"seen-{name}"] for name in ("queue", "priority", "category", "tags")}
    newer = fields_of(page(ada, f"tickets/{answered_ticket}"), "fields")
    changed = shown_then | {"tags": "vip", "category": "invoices"}
    assert post(ada, answered_ticket, "fields", **newer | changed).status_code == 302
    assert post(ada, answered_ticket, "fields", **older | shown_then | {"priority": "high"}).status_code == 302
    now = fields_of(page(ada, f"tickets/{answered_ticket}"), "fields")
    assert (now["seen-priority"], now["seen-tags"], now["seen-category"]) == ("high", "vip", "invoices")


def test_without_scripts_the_fields_of_a_ticket_say_what_saves_them(host: Host, open_ticket: OpenTicket) -> None:
    html = page(host.client("ada"), f"tickets/{open_ticket()}")
    form = html[html.index('/fields"') :]
    assert "<noscript><p" in form[: form.index("</form>")]
    assert "Only this button saves what is changed here." in form[: form.index("</form>")]


def test_fields_that_come_back_show_what_is_now_but_for_what_was_typed(host: Host, answered_ticket: str) -> None:
    ada = host.client("ada")
    older = fields_of(page(ada, f"tickets/{answered_ticket}"), "fields")
    shown_then = {name: older[f"seen-{name}"] for name in ("queue", "priority", "category", "tags")}
    with host.app.app_context():
        sorting.change_fields(answered_ticket, host.agent("grace"), {"priority": "urgent", "tags": "vip"})
    refused = post(ada, answered_ticket, "fields", **older | shown_then | {"tags": "refund"})
    assert refused.status_code == 409
    assert "Grace Hopper: tags – → vip" in unescape(refused.text)
    assert re.search(r'name="tags"[^>]*value="refund"|value="refund"[^>]*name="tags"', refused.text)
    again = fields_of(refused.text, "fields")
    assert (again["seen-tags"], again["seen-priority"]) == ("vip", "urgent")
    assert '<option value="urgent" selected' in refused.text


def test_a_ticket_of_a_disabled_category_is_sorted_like_any_other(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket(category="storefront")
    with host.app.app_context():
        setup.change_category(host.agent("grace"), "storefront", {"active": False})
    ada = host.client("ada")
    form = fields_of(page(ada, f"tickets/{ticket_id}"), "fields")
    sent = {name: form[f"seen-{name}"] for name in ("queue", "priority", "category", "tags")}
    assert sent["category"] == "storefront"
    assert post(ada, ticket_id, "fields", **form | sent | {"priority": "high"}).status_code == 302
    assert ticket(host, ticket_id).priority == "high"


def test_a_person_whose_id_stands_in_another_name_is_found_alone(host: Host, open_ticket: OpenTicket) -> None:
    jerome = host.ids["jerome"]
    host.change_user("mina", name=f"Mina Sato {jerome}nd")
    jeromes, minas = open_ticket(), open_ticket("mina", site_ids=[])
    client = host.client("grace")
    assert shown(page(client, f"?requester={jerome}")) == [jeromes]
    assert shown(page(client, f"?requester={jerome}nd")) == [minas]
    assert shown(page(client, "?requester=JEROME@Northwind")) == [jeromes]


def test_a_form_of_a_search_without_a_person_is_a_page(host: Host) -> None:
    assert host.client("ada").post(f"{INBOX}open?q=jerome").status_code == 422


def test_a_status_chosen_twice_is_changed_once(host: Host, answered_ticket: str, clock: Clock) -> None:
    client, address = host.client("ada"), f"{INBOX}tickets/{answered_ticket}"
    form = {"status": "resolved", "version": hidden(client.get(address).text, "version")}
    for said in ("The status is changed.", "It is Resolved already; nothing was changed."):
        answer = client.post(f"{address}/status", data=form)
        assert answer.status_code == 302
        assert said in client.get(answer.location).text
    other = host.client("grace").post(f"{address}/status", data=form)
    assert other.status_code == 409
    with host.app.app_context():
        clock.forward(hours=49)
        clock_of_tickets.tick()
    assert [client.post(f"{address}/reopen", data={}).status_code for __ in range(2)] == [302, 302]


def test_a_reopening_with_other_words_is_asked_about(host: Host, closed_ticket: str) -> None:
    client, address = host.client("ada"), f"{INBOX}tickets/{closed_ticket}/reopen"
    assert client.post(address, data={"reason": "The refund never came."}).status_code == 302
    assert client.post(address, data={"reason": "The refund never came."}).status_code == 302
    again = client.post(address, data={"reason": "Customer rang, see call log 7781."})
    assert again.status_code == 409


@pytest.mark.parametrize("twice", ["unassign", "assign", "fields", "spam", "release"])
def test_what_an_agent_presses_twice_is_done_once_and_says_so(host: Host, answered_ticket: str, twice: str) -> None:
    client, address = host.client("ada"), f"{INBOX}tickets/{answered_ticket}"
    shown = client.get(address).text
    forms = {
        "unassign": {"seen": str(host.ids["ada"])},
        "assign": {"assignee": str(host.ids["grace"]), "seen": str(host.ids["ada"])},
        "fields": {"priority": "high", "tags": "shipping", "version": hidden(shown, "version")},
    }
    if twice == "release":
        client.post(f"{address}/spam")
    for __ in range(2):
        assert client.post(f"{address}/{twice}", data=forms.get(twice, {})).status_code == 302
    if twice == "fields":
        other = host.client("grace").post(f"{address}/fields", data=forms["fields"] | {"priority": "urgent"})
        assert other.status_code == 409


@pytest.mark.every_database
@pytest.mark.parametrize("number", ["3000000000", str(2**63), "-3000000000"])
def test_a_number_no_column_holds_is_nobody(host: Host, open_ticket: OpenTicket, number: str) -> None:
    grace, ticket_id = host.client("grace"), open_ticket()
    for path, status in {
        f"open?q={number}": 200,
        f"open?person={number}&account={number}": 200,
        f"agents/{number}": 404,
    }.items():
        assert grace.get(INBOX + path).status_code == status
    assert grace.post(f"{INBOX}tickets/{ticket_id}/requester", data={"requester": number}).status_code == 422


def test_a_message_shown_in_the_meantime_and_a_change_of_status_cross_a_reply(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada, grace = open_ticket(), in_app.agent("ada"), in_app.agent("grace")
    key = replying.add_note(ticket_id, grace, body="Ask for the browser.").message
    version = ticket(in_app, ticket_id).version
    replying.change_visibility(ticket_id, grace, key, public=True)
    set_status(ticket_id, grace, Status.RESOLVED)
    with pytest.raises(StaleTicket) as crossed:
        replying.reply(ticket_id, ada, body="All is well.", version=version)
    assert crossed.value.changes == (
        "Grace Hopper: made a message public at 14:03 UTC",
        "Grace Hopper: marked the ticket as resolved at 14:03 UTC",
    )
    replying.reply(ticket_id, ada, body="All is well.")


def test_closing_needs_a_note_on_how_the_customer_confirmed(host: Host, resolved_ticket: str) -> None:
    client = host.client("ada")
    assert "How did the customer confirm?" in page(client, f"tickets/{resolved_ticket}")
    refused = post(client, resolved_ticket, "close", note=" ")
    assert refused.status_code == 422
    assert "Write down how the customer confirmed" in refused.text
    assert post(client, resolved_ticket, "close", note="Jerome said so on the phone.", form="c").status_code == 302
    assert ticket(host, resolved_ticket).status == "closed"
    assert "How did the customer confirm?" not in page(host.client("cleo"), f"tickets/{resolved_ticket}")


def test_closing_needs_no_note_once_the_time_is_up(host: Host, clock: Clock, resolved_ticket: str) -> None:
    clock.forward(hours=49)
    assert post(host.client("ada"), resolved_ticket, "close", note="").status_code == 302
    assert ticket(host, resolved_ticket).close_reason == "no_reply"


def test_a_closed_ticket_is_reopened_from_its_page(host: Host, closed_ticket: str) -> None:
    client = host.client("ada")
    assert ">Reopen</button>" in page(client, f"tickets/{closed_ticket}")
    assert post(client, closed_ticket, "reopen", reason="It came back").status_code == 302
    assert ticket(host, closed_ticket).status == "open"
    assert ">Reopen</button>" not in page(client, f"tickets/{closed_ticket}")


@pytest.mark.parametrize(
    ("assignee", "said"),
    [
        ("grace", "The ticket is open again; customer and assignee are told."),
        ("ada", "The ticket is open again; the customer is told. It is yours."),
        ("", "The ticket is open again; the customer is told. Nobody is assigned."),
    ],
)
def test_who_is_told_of_a_reopening_is_said_truly(
    host: Host, open_ticket: OpenTicket, assignee: str, said: str
) -> None:
    closed_ticket = open_ticket()
    with host.app.app_context():
        if assignee:
            assigning.claim(closed_ticket, host.agent(assignee))
        withdraw(closed_ticket, host.customer("jerome"))
    client = host.client("ada")
    for __ in range(2):
        answer = post(client, closed_ticket, "reopen", reason="It came back")
        assert answer.status_code == 302
        html = client.get(answer.headers["Location"]).text
        assert said in html
        # Pressed twice, it says no more than is known.
        said = "The ticket is open again."


def test_the_reason_of_a_reopening_is_read_by_agents_and_by_no_customer(host: Host, closed_ticket: str) -> None:
    client = host.client("ada")
    post(client, closed_ticket, "reopen", reason="It came back on Safari")
    for path in ("", "/history"):
        assert "reopened the ticket: It came back on Safari" in page(client, f"tickets/{closed_ticket}{path}")
    assert "Safari" not in host.client("jerome").get(f"/support/tickets/{closed_ticket}").text


def test_a_search_for_signs_says_that_nothing_can_be_searched(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    html = page(host.client("ada"), "?q=%3F%3F%3F")
    assert "There is nothing in it that can be searched for." in html
    assert shown(html) == []


def test_fields_address_and_requester_are_corrected(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    assert (
        post(
            client, ticket_id, "fields", queue="support", priority="high", category="invoices", tags="a, b"
        ).status_code
        == 302
    )
    assert post(client, ticket_id, "fields", priority="tremendous").status_code == 422
    assert post(client, ticket_id, "address", email="nonsense").status_code == 422
    assert post(client, ticket_id, "address", email="j.ellis@northwind.example").status_code == 302
    choices = page(client, f"tickets/{ticket_id}/requester")
    assert "Lena Brandt" in choices
    assert "Nora Quist" not in choices
    assert post(client, ticket_id, "requester", requester=str(host.ids["mina"])).status_code == 422
    assert post(client, ticket_id, "requester", requester=str(host.ids["lena"])).status_code == 302
    row = ticket(host, ticket_id)
    assert (row.priority, row.requester_name) == ("high", "Lena Brandt")
    history = page(client, f"tickets/{ticket_id}/history")
    for text in (
        "Normal",
        "High",
        "Invoices",
        "Jerome Ellis",
        "Lena Brandt",
        "in the inbox",
        "j.ellis@northwind.example",
    ):
        assert text in history


def test_spam_is_put_aside_and_released_with_one_click_each(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    post(client, ticket_id, "spam")
    assert shown(page(client)) == []
    assert shown(page(client, "?view=filtered")) == [ticket_id]
    assert "In Spam / Filtered:" in page(client, f"tickets/{ticket_id}")
    host.clock.forward(hours=48)
    html = page(client, "?view=filtered")
    row = html[html.index("<tbody") :]
    row = row[: row.index("</tr>")]
    assert "marked as spam" in row
    assert "sg-late" not in row
    release = re.search(r'<form class="sg-inline" method="post" action="([^"]+)"', row)
    assert release and release[1].split("?")[0].endswith(f"/tickets/{ticket_id}/release")
    # A list has many of these buttons: each says which ticket it is about.
    assert f'Release<span class="sg-visually-hidden"> {ticket_id}</span></button>' in row
    # Released from the list, the list goes on.
    released = client.post(release[1], data=fields_of(html, 'release[^"]*'))
    assert urlsplit(released.location).path == INBOX
    assert parse_qs(urlsplit(released.location).query) == {"view": ["filtered"]}
    assert f"{ticket_id} is released: it waits in its queue now." in client.get(released.location).text
    assert shown(page(client)) == [ticket_id]


def test_a_colleagues_ticket_is_taken_over_by_one_click(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    post(host.client("ada"), ticket_id, "claim")
    grace = host.client("grace")
    html = page(grace, f"tickets/{ticket_id}")
    head = html[html.index('<header class="sg-head"') :]
    head = head[: head.index("</header>")]
    assert "Assign to me" in head
    taken = post(grace, ticket_id, "assign", **fields_of(head, "assign"))
    assert taken.status_code == 302
    assert "Assign to me" not in page(grace, f"tickets/{ticket_id}")
    # Ada's page still says that it is hers to give away; it is Grace's now.
    given = post(host.client("ada"), ticket_id, "assign", assignee="", seen=str(host.ids["ada"]))
    assert given.status_code == 409
    assert ticket(host, ticket_id).assignee_pk is not None


def test_under_spam_no_reply_is_offered_and_what_was_typed_is_kept(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    post(client, ticket_id, "spam")
    html = page(client, f"tickets/{ticket_id}")
    assert "It waits in Spam / Filtered: release it before you answer or change its status." in html
    assert f'action="/admin/support/tickets/{ticket_id}/reply"' not in html
    assert f'action="/admin/support/tickets/{ticket_id}/release"' in html
    assert f'action="/admin/support/tickets/{ticket_id}/note"' in html
    refused = post(client, ticket_id, "reply", body="Hello Jerome", status="resolved")
    assert refused.status_code == 409
    assert "Hello Jerome</textarea>" in refused.text
    assert post(client, ticket_id, "note", body="Is it spam?").status_code == 302
    assert post(client, ticket_id, "fields", priority="low").status_code == 302


def test_a_customer_sees_nothing_of_the_filter(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    jerome, path = host.client("jerome"), f"/support/tickets/{ticket_id}"
    before = jerome.get(path).text
    clock.forward(minutes=1)
    post(host.client("ada"), ticket_id, "spam")
    assert tokenless(jerome.get(path).text) == tokenless(before)
    post(host.client("ada"), ticket_id, "release")
    assert tokenless(jerome.get(path).text) == tokenless(before)
    assert jerome.post(f"{path}/follow-up", data={"body": "And?"}).status_code == 302


def tokenless(html: str) -> str:
    """A page without the random texts of its forms."""
    return re.sub(r'name="(form|csrf_token)" value="[^"]*"', "", html)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found[1]


def test_a_note_is_edited_by_its_author_and_older_texts_stay(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        key = replying.add_note(ticket_id, host.agent("ada"), body="first text").message
    assert "first text</textarea>" in page(host.client("ada"), f"tickets/{ticket_id}?edit={key}")
    assert f"messages/{key}/edit" not in page(host.client("cleo"), f"tickets/{ticket_id}?edit={key}")
    assert post(host.client("cleo"), ticket_id, f"messages/{key}/edit", body="hers now").status_code == 403
    assert post(host.client("ada"), ticket_id, f"messages/{key}/edit", body="second text").status_code == 302
    html = page(host.client("ada"), f"tickets/{ticket_id}")
    assert "Older texts of this note (1)" in html
    assert "first text" in html
    assert "second text" in html


def test_whoever_edits_a_note_that_was_edited_meanwhile_is_shown_the_newer_text(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        key = replying.add_note(ticket_id, host.agent("ada"), body="first text").message
    seen = {
        who: hidden(page(host.client(who), f"tickets/{ticket_id}?edit={key}"), "version") for who in ("ada", "grace")
    }
    clock.forward(minutes=1)
    url = f"messages/{key}/edit"
    assert post(host.client("ada"), ticket_id, url, body="Ada's newer text", version=seen["ada"]).status_code == 302
    refused = post(host.client("grace"), ticket_id, url, body="Grace's text", version=seen["grace"])
    html = unescape(refused.text)
    assert refused.status_code == 409
    assert "<li>Ada Lovelace: edited a note</li>" in html
    assert "Grace's text</textarea>" in html
    assert "<p>Ada's newer text</p>" in html
    again = hidden(html, "version")
    assert again != seen["grace"]
    assert post(host.client("grace"), ticket_id, url, body="Both texts", version=again).status_code == 302
    assert ">Both texts<" in page(host.client("ada"), f"tickets/{ticket_id}")


def test_the_preview_renders_and_changes_nothing(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    url = f"{INBOX}tickets/{ticket_id}/preview"
    fragment = client.post(
        url, data={"body": "**bold** {{ x }}", "mode": "reply"}, headers={"X-Requested-With": "fetch"}
    )
    assert fragment.text.strip() == "<p><strong>bold</strong> {{ x }}</p>"
    whole = client.post(url, data={"body": "**bold**", "mode": "note"})
    assert "<strong>bold</strong>" in whole.text
    assert "**bold**</textarea>" in whole.text
    with host.app.app_context():
        assert host.db.session.query(Message).count() == 1


def test_a_long_conversation_shows_the_newest_and_the_way_back(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(body="the very beginning")
    with host.app.app_context():
        for number in range(205):
            clock.forward(minutes=1)
            replying.add_note(ticket_id, host.agent("ada"), body=f"note number {number}.")
    client = host.client("ada")
    html = page(client, f"tickets/{ticket_id}")
    assert "note number 204." in html
    assert "the very beginning" not in html
    earlier = re.search(r'href="([^"]*earlier=[^"]*)"', html)
    assert earlier
    older = unescape(client.get(earlier[1]).text)
    assert "the very beginning" in older
    assert "note number 204." not in older
    assert "Show earlier" not in older


def test_a_hidden_message_says_who_has_it_however_much_happened_since(
    host: Host, clock: Clock, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticket_statements, "MAX_EVENTS", 5)
    monkeypatch.setattr(inbox_ticket, "MAX_EVENTS", 5)
    with host.app.app_context():
        ada, session = host.agent("ada"), host.db.session
        mails = update(Delivery).where(Delivery.channel == "email")
        session.execute(mails.values(state="sent", attempts=1, sent_at=clock()))
        session.commit()
        key = session.scalar(select(Message.key).where(Message.kind == "public-reply"))
        clock.forward(minutes=1)
        replying.change_visibility(answered_ticket, ada, key, public=False)
        for number in range(6):
            clock.forward(minutes=1)
            sorting.change_fields(answered_ticket, ada, {"tags": f"tag-{number}"})
    html = page(host.client("ada"), f"tickets/{answered_ticket}")
    assert "Before it was made private: e-mailed to jerome@northwind.example" in html
    article = html[html.index(f'id="m-{key}"') :]
    assert "Made private after it was out" in article[: article.index("</article>")]
    assert "the customer never sees this" not in article[: article.index("</article>")]
    assert "all 5+" in html
    with host.app.app_context():
        replying.change_visibility(answered_ticket, host.agent("ada"), key, public=True)
    assert "Before it was made private" not in page(host.client("ada"), f"tickets/{answered_ticket}")


def test_looking_at_earlier_messages_reads_nothing_that_came_since(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    page(client, f"tickets/{ticket_id}")
    with host.app.app_context():
        key = host.db.session.query(Message.key).scalar()
        clock.forward(minutes=1)
        replying.follow_up(ticket_id, host.customer("jerome"), body="And?")
    page(client, f"tickets/{ticket_id}?earlier={key}")
    assert "Unread:" in page(client)
    page(client, f"tickets/{ticket_id}")
    assert "Unread:" not in page(client)


def test_the_history_says_from_whom_and_to_whom_alike_in_every_column(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        assigning.unassign(ticket_id, host.agent("ada"))
    html = page(host.client("ada"), f"tickets/{ticket_id}/history")
    columns = [re.findall(rf'data-label="{name}">([^<]*)<', html) for name in ("What", "From", "To")]
    assert columns[0][0] == "assignee Ada Lovelace → nobody"
    assert [column[:2] for column in columns[1:]] == [["Ada Lovelace", "nobody"], ["nobody", "Ada Lovelace"]]


def test_the_history_page_goes_on(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        for number in range(120):
            clock.forward(minutes=1)
            sorting.change_fields(ticket_id, host.agent("ada"), {"tags": f"tag{number}"})
    client = host.client("ada")
    html = page(client, f"tickets/{ticket_id}/history")
    assert "tag119" in html
    older = re.search(r'href="([^"]*history[^"]*after=[^"]*)"', client.get(f"{INBOX}tickets/{ticket_id}/history").text)
    assert older
    assert "opened the ticket" in client.get(unescape(older[1])).text


@pytest.mark.every_database
def test_an_account_is_found_by_a_part_of_its_name(host: Host, open_ticket: OpenTicket) -> None:
    northwind, fabrikam = open_ticket(), open_ticket("mina", site_ids=[])
    with host.app.app_context():
        host.db.session.execute(update(Ticket).where(Ticket.account_id == "2").values(account_name="Fabrikam 11"))
        host.db.session.commit()
    client = host.client("grace")
    expected = {
        "northw": [northwind],
        "OUTFIT": [northwind],
        "fabri": [fabrikam],
        "a": [fabrikam],
        "1": [northwind],
        "Northwind Outfitters": [northwind],
        "Fabrikam 11": [fabrikam],
        "11": [fabrikam],
        "%": [],
        "Contoso": [],
    }
    assert {words: shown(page(client, f"?account={quote(words)}")) for words in expected} == expected
    assert shown(page(client, "?account=northw&status=open&view=unassigned")) == [northwind]


@pytest.mark.every_database
def test_tickets_are_found_by_their_requester(host: Host, open_ticket: OpenTicket) -> None:
    jeromes, minas = open_ticket(), open_ticket("mina", site_ids=[])
    client = host.client("grace")
    jerome = str(host.ids["jerome"])
    assert {words: shown(page(client, f"?requester={words}")) for words in ("Jerom", "ellis", jerome, "%")} == {
        "Jerom": [jeromes], "ellis": [jeromes], jerome: [jeromes], "%": [],
    }  # fmt: skip
    with host.app.app_context():
        address = host.db.session.scalar(select(Ticket.requester_email).where(Ticket.ticket_id == minas))
    assert shown(page(client, f"?requester={address}")) == [minas]
    assert "Requester: Jerome Ellis" in page(client, f"?requester={jerome}")
    assert "Requester: Jerome Ellis" in page(client, f"?requester={jerome}&status=closed")
    assert shown(page(host.client("ben"), "?requester=Jerom")) == []
    linked = re.search(r'href="([^"]+)">All tickets of Jerome', page(client, f"tickets/{jeromes}"))
    assert linked and shown(page(client, linked[1].removeprefix(INBOX))) == [jeromes]


@pytest.mark.every_database
def test_an_account_that_an_agent_may_not_see_changes_nothing_of_what_they_find(
    host: Host, open_ticket: OpenTicket
) -> None:
    foreign, own = open_ticket(), open_ticket("mina", site_ids=[])
    with host.app.app_context():
        billing = select(Queue.pk).where(Queue.key == "billing").scalar_subquery()
        session = host.db.session
        session.execute(
            update(Ticket).where(Ticket.ticket_id == own).values(account_name="Fabrikam 1", queue_pk=billing)
        )
        session.execute(update(Ticket).where(Ticket.ticket_id == foreign).values(account_name="Fabri"))
        session.commit()
    host.bent = "history_replays_to_the_row"
    ben, grace = host.client("ben"), host.client("grace")
    assert [shown(page(grace, f"?account={words}")) for words in ("1", "Fabri")] == [[foreign], [foreign]]
    assert [shown(page(ben, f"?account={words}")) for words in ("1", "Fabri")] == [[own], [own]]


@pytest.mark.parametrize(
    ("words", "title", "marked"),
    [
        ("view=unassigned", "Unassigned", ["Unassigned"]),
        ("view=unassigned&priority=high", "Unassigned", ["Unassigned"]),
        ("priority=high", "All open", ["All open"]),
        ("queue=support&priority=high", "All open in Support", ["Support"]),
        ("view=unassigned&queue=support", "Unassigned in Support", ["Unassigned", "Support"]),
        ("view=unassigned&status=closed", "Unassigned: Closed", ["Unassigned"]),
        ("view=unassigned&q=Canvas", "Search", []),
    ],
)
def test_the_view_a_narrowed_list_is_a_part_of_is_marked(host: Host, words: str, title: str, marked: list[str]) -> None:
    html = page(host.client("ada"), f"?{words}")
    assert f"<h1>{title}</h1>" in html
    side = html.partition('class="sg-side"')[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="page"><span>([^<]+)', side) == marked


def test_an_account_of_tickets_an_agent_may_not_see_finds_nothing(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    assert shown(page(host.client("ben"), "?account=northw")) == []


WAYS = {
    "view=mine": "Mine",
    "queue=support&priority=normal": "All open in Support",
    "q=Canvas&sort=newest": "Search",
    "view=open&after=0~2026-01-01T00:00:00%2B00:00~TKT-2025-00001": "All open",
}


@pytest.mark.parametrize("words", WAYS)
def test_a_ticket_leads_back_to_the_list_it_was_found_in_also_after_an_act(
    host: Host, answered_ticket: str, words: str
) -> None:
    client = host.client("ada")
    html = page(client, f"?{words}")
    assert shown(html) == [answered_ticket]
    [found] = re.findall(r'class="sg-subject" href="([^"]+)"', html)

    def way_back(text: str) -> dict[str, str]:
        # The second is offered after an act, since nothing follows in this list.
        [(href, label)] = set(re.findall(r'<a href="([^"]+)">Back to ([^<]+)</a>', unescape(text)))
        assert label == WAYS[words]
        assert urlsplit(href).path == INBOX
        return dict(parse_qsl(urlsplit(href).query))

    asked = dict(parse_qsl(words))
    ticket_page = client.get(found).text
    assert way_back(ticket_page) == asked
    for act, form in (("note", {"body": "For the next shift."}), ("fields", {"tags": "vip"}), ("note", {"body": ""})):
        [action] = re.findall(rf' action="([^"]*/{act}[?"][^"]*)"?', ticket_page)[:1]
        answer = client.post(unescape(action.rstrip('"')), data=form, follow_redirects=True)
        assert way_back(answer.text) == asked, act
    [history] = re.findall(r'href="([^"]*/history[^"]*)"', ticket_page)[:1]
    [again] = re.findall(rf'href="([^"]*tickets/{answered_ticket}[^"]*)"', client.get(unescape(history)).text)[:1]
    assert way_back(client.get(unescape(again)).text) == asked


def step(html: str, which: str) -> str:
    """Where "Next" or "Previous" of a ticket page leads; empty where nothing follows."""
    found = set(re.findall(rf'href="([^"]+)" rel="{which}"', html))
    return found.pop() if found else ""


@pytest.mark.every_database
@pytest.mark.parametrize("sort", SORTS)
def test_next_and_previous_walk_the_list_one_came_from(
    host: Host, clock: Clock, open_ticket: OpenTicket, sort: str
) -> None:
    for number in range(9):
        ticket_id = open_ticket("mina" if number % 2 else "jerome")
        # Three at one moment: the place has to settle ties.
        clock.forward(minutes=number % 3)
        if number % 3 == 0:
            with host.app.app_context():
                replying.reply(ticket_id, host.agent("ada"), body="Looking into it.")
    client = host.client("ada")
    html = page(client, f"?queue=support&account=1&sort={sort}")
    wanted = shown(html)
    assert len(wanted) == 5
    [first, *__] = re.findall(r'class="sg-subject" href="([^"]+)"', html)

    def walk(start: str, which: str) -> list[str]:
        walked, at = [], start
        while at and len(walked) < 9:
            walked.append(at)
            at = step(unescape(client.get(at).text), which)
        return walked

    there = walk(first, "next")
    assert [urlsplit(one).path.split("/")[-1] for one in there] == wanted
    assert [urlsplit(one).path for one in walk(there[-1], "prev")] == [urlsplit(one).path for one in reversed(there)]
    assert all(one.endswith("#sg-new") for one in there)


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("reply", {"body": "Here is how."}),
        ("reply", {"body": "Done.", "status": "resolved"}),
        ("spam", {}),
        ("claim", {}),
        ("fields", {"priority": "high", "seen-priority": "normal"}),
    ],
)
@pytest.mark.parametrize("words", ["view=unassigned&priority=normal", ""])
def test_who_is_done_with_a_ticket_goes_on_to_the_next_of_the_list(
    host: Host, clock: Clock, open_ticket: OpenTicket, act: str, form: dict[str, str], words: str
) -> None:
    tickets = []
    for __ in range(3):
        tickets.append(open_ticket())
        clock.forward(minutes=1)
    client = host.client("ada")
    [__, second, __] = re.findall(r'class="sg-subject" href="([^"]+)"', page(client, f"?{words}"))
    [action] = set(re.findall(rf' action="([^"]*/{act}[?"][^"]*)"?', client.get(second).text))
    done = unescape(client.post(unescape(action.rstrip('"')), data=form, follow_redirects=True).text)
    [onward] = re.findall(r'<a href="([^"]+)">Next ticket</a>', done)
    assert onward == step(done, "next")
    assert urlsplit(onward).path == f"{INBOX}tickets/{tickets[2]}"
    assert urlsplit(step(done, "prev")).path == f"{INBOX}tickets/{tickets[0]}"


@pytest.mark.parametrize(("words", "name"), [("view=unassigned", "Back to Unassigned"), ("", "Inbox")])
def test_who_is_done_with_the_last_of_a_list_goes_back_to_it(
    host: Host, open_ticket: OpenTicket, words: str, name: str
) -> None:
    open_ticket()
    client = host.client("ada")
    [only] = re.findall(r'class="sg-subject" href="([^"]+)"', page(client, f"?{words}"))
    html = client.get(only).text
    assert not step(unescape(html), "next")
    [action] = set(re.findall(r'action="([^"]*/spam[?][^"]*)"', html))
    said = unescape(client.post(unescape(action), follow_redirects=True).text)
    assert re.search(rf'one click releases it[^<]*<a href="{INBOX}[^"]*">{name}</a>', said)


@pytest.mark.parametrize(
    "address", ["", "?place=0~yesterday~x", "?place=0~2026-04-22T14:03:00", "?place=" + "1~" * 900]
)
def test_who_came_from_no_list_is_led_nowhere(host: Host, open_ticket: OpenTicket, address: str) -> None:
    ticket_id = open_ticket()
    open_ticket()
    html = page(host.client("ada"), f"tickets/{ticket_id}{address}")
    assert not step(html, "next")
    assert "place=" not in html


@pytest.mark.every_database
@pytest.mark.parametrize("sort", SORTS)
def test_a_place_tells_nothing_of_a_ticket_out_of_sight(host: Host, open_ticket: OpenTicket, sort: str) -> None:
    # All at one moment: only the number settles which of them stand beyond.
    first, hidden, last = open_ticket(), open_ticket(category="invoices"), open_ticket()
    client, moment = host.client("ada"), quote(host.clock().isoformat())
    assert client.get(f"{INBOX}tickets/{hidden}").status_code == 404
    listed, led_on = [], []
    for number in (hidden, "TKT-2026-77777"):
        listed.append(shown(page(client, f"?sort={sort}&after=0~{moment}~{number}")))
        back = quote(f"sort={sort}")
        html = page(client, f"tickets/{first}?place=0~{moment}~{number}&back={back}")
        led_on.append([urlsplit(unescape(step(html, which))).path for which in ("prev", "next")])
    assert listed[0] == listed[1]
    assert set(listed[0]) == {first, last}, "whoever is led on from a ticket that is gone passes none by"
    assert led_on[0] == led_on[1]


def test_next_and_previous_walk_a_search_which_is_made_for_a_step_only(
    host: Host, clock: Clock, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for __ in range(3):
        open_ticket()
        clock.forward(minutes=1)
    counted: list[str] = []
    monkeypatch.setattr(stepping, "count_search", lambda actor: counted.append(actor.name))
    client = host.client("ada")
    html = page(client, "?q=canvas")
    wanted, [at, *__] = shown(html), re.findall(r'class="sg-subject" href="([^"]+)"', html)
    assert len(wanted) == 3
    walked = []
    for number in wanted:
        html = unescape(client.get(at).text)
        walked.append(urlsplit(at).path.split("/")[-1])
        assert "Back to Search" in html
        assert not counted
        answer = client.get(step(html, "next"))
        assert counted == ["Ada Lovelace"]
        counted.clear()
        at = answer.location
        assert ("#m-" in at) == (number != wanted[-1]), "a ticket that was found opens at the message"
    assert walked == wanted
    end = unescape(client.get(at).text)
    assert "That was the last one." in end
    assert "<h1>Search</h1>" in end
    before = client.get(step(html, "prev")).location
    assert urlsplit(before).path.split("/")[-1] == wanted[1]
    counted.clear()
    assert client.get(step(html, "prev"), headers={"Sec-Purpose": "prefetch"}).status_code == 503
    assert not counted


def test_who_is_done_with_a_ticket_of_a_search_goes_on_in_it(host: Host, open_ticket: OpenTicket) -> None:
    tickets = [open_ticket() for __ in range(2)]
    client = host.client("ada")
    html = page(client, "?q=canvas")
    [first, __] = re.findall(r'class="sg-subject" href="([^"]+)"', html)
    assert shown(html) == tickets[::-1]
    [action] = set(re.findall(r' action="([^"]*/claim[?][^"]*)"', client.get(first).text))
    done = unescape(client.post(unescape(action), follow_redirects=True).text)
    [onward] = re.findall(r'<a href="([^"]+)">Next ticket</a>', done)
    answer = client.get(onward)
    assert urlsplit(answer.location).path == f"{INBOX}tickets/{tickets[0]}"
    nowhere = client.get(f"{INBOX}tickets/{tickets[0]}/next")
    assert nowhere.location == INBOX


def test_a_ticket_opens_at_what_is_new_to_this_agent(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    assert "#sg-new" in page(client)
    assert 'id="sg-new"' not in page(client, f"tickets/{ticket_id}"), "everything is new, so it begins at its beginning"
    for words in ("First.", "Second."):
        clock.forward(minutes=1)
        with host.app.app_context():
            replying.follow_up(ticket_id, host.customer("jerome"), body=words)
    html = page(client, f"tickets/{ticket_id}")
    mark = html.index('id="sg-new">New since you last looked<')
    assert mark < html.index("First.") < html.index("Second.")
    read = page(client, f"tickets/{ticket_id}")
    assert "New since" not in read
    assert read.index("First.") < read.index('id="sg-new">Newest message<') < read.index("Second.")


def test_what_one_wrote_oneself_is_not_new(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    page(client, f"tickets/{ticket_id}")
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.add_note(ticket_id, host.agent("ada"), body="Asked the host.")
    assert "New since" not in page(client, f"tickets/{ticket_id}")


def test_who_moves_a_ticket_out_of_reach_is_back_in_the_list(host: Host, open_ticket: OpenTicket) -> None:
    client, ticket_id = host.client("ada"), open_ticket()
    moved = client.post(f"{INBOX}tickets/{ticket_id}/fields?back=view%3Dunassigned", data={"queue": "billing"})
    gone = client.get(moved.headers["Location"])
    assert gone.headers["Location"] == f"{INBOX}?view=unassigned"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example",
        "next=https://evil.example",
        "_external=1&_scheme=evil",
        "javascript:alert(1)",
        "%00=%00",
        "a=b&" * 80 + "view=mine",
        "view=" + "x" * 5_000,
    ],
)
def test_a_made_up_way_back_leads_to_the_inbox(host: Host, open_ticket: OpenTicket, back: str) -> None:
    html = page(host.client("ada"), f"tickets/{open_ticket()}?back={quote(back)}")
    assert f'<a href="{INBOX}">Inbox</a>' in html
    assert "back=" not in html
    assert "evil" not in html


def test_a_list_without_filters_needs_no_way_back(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    assert "back=" not in page(host.client("ada"))


@pytest.mark.every_database
def test_on_somebodys_behalf_a_part_of_the_name_or_address_is_enough(host: Host) -> None:
    client = host.client("ada")
    for words in ("jerome", "ELLIS", "ellis jer", "jerome@north", "@northwind", "northwind.exam"):
        html = page(client, f"open?q={quote(words)}")
        assert "jerome@northwind.example · " in html, words
    assert "Nora Quist" not in page(client, "open?q=nora"), "she has no access to support"
    assert "Nobody found." in page(client, "open?q=ada"), "she is no customer"
    assert "Nobody found." in page(client, "open?q=%25")
    with host.count_statements() as ran:
        page(client, "open?q=northwind")
    assert len(ran) <= 6


class FiveAnswers:
    """A directory of a host that answers what it must and no more."""

    def __init__(self, people: UserDirectory) -> None:
        self.current, self.person, self.by_email = people.current, people.person, people.by_email
        self.agent_candidates, self.people_of = people.agent_candidates, people.people_of


@pytest.mark.every_database
def test_a_directory_that_cannot_search_leaves_who_wrote_before(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.hooks.directory = FiveAnswers(host.desk.hooks.directory)
    client = host.client("ada")
    assert "Nobody found." in page(client, "open?q=jerome")
    open_ticket()
    for words in ("jerome", "ELLIS jer", "@northwind"):
        assert "jerome@northwind.example · " in page(client, f"open?q={quote(words)}"), words
    assert "Nobody found." in page(client, "open?q=mina")


def test_a_method_find_of_another_meaning_is_not_asked(host: Host, open_ticket: OpenTicket) -> None:
    class Other(FiveAnswers):
        def find(self, person_id: str) -> None:
            raise AssertionError(person_id)

    host.desk.hooks.directory = Other(host.desk.hooks.directory)
    open_ticket()
    assert "jerome@northwind.example · " in page(host.client("ada"), "open?q=jerome")


def test_a_list_of_people_that_ends_early_says_so(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket()
    host.desk.hooks.directory = FiveAnswers(host.desk.hooks.directory)
    client = host.client("ada")
    assert "Of people who wrote before" not in page(client, "open?q=jerome")
    monkeypatch.setattr(on_behalf, "MAX_KNOWN", 1)
    assert "Of people who wrote before, the last 1 with that name are shown" in page(client, "open?q=jerome")


def test_names_with_umlauts_are_found_as_they_are_written(host: Host) -> None:
    host.change_user("jerome", name="Özlem Çelik")
    client = host.client("ada")
    for words in ("Özlem", "Çelik Öz", "zlem"):
        assert "jerome@northwind.example · " in page(client, f"open?q={quote(words)}"), words


def test_opening_on_somebodys_behalf(host: Host) -> None:
    client = host.client("ada")
    person, account = host.ids["jerome"], 1
    assert "Jerome Ellis" in page(client, "open?q=jerome@northwind.example")
    assert "Lena Brandt" in page(client, "open?q=1")
    assert "Nora Quist" not in page(client, "open?q=1")
    form = page(client, f"open?person={person}&account={account}")
    hidden = dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)">', form))
    wrong = client.post(INBOX + "open", data=hidden | {"subject": "", "body": "typed text"})
    assert wrong.status_code == 422
    assert "typed text" in wrong.text
    sent = client.post(INBOX + "open", data=hidden | {"subject": "By phone", "body": "He called.", "sites": "11"})
    assert sent.status_code == 302
    html = unescape(client.get(sent.headers["Location"]).text)
    assert "opened 22 April 2026, 14:03 UTC in the inbox by Ada Lovelace" in html
    assert "on behalf of Jerome Ellis" in html
    assert client.post(INBOX + "open", data=words_for(host, "nora")).status_code == 422
    with host.app.app_context():
        assert host.db.session.query(Ticket).count() == 1


def words_for(host: Host, who: str) -> dict[str, object]:
    return {
        "person": host.ids[who], "account": 1, "subject": "He called", "body": "A long story\n\nof ten minutes.",
        "category": "storefront",
    }  # fmt: skip


@pytest.mark.parametrize("address", ["open", "open/preview"])
def test_a_text_for_somebody_who_lost_access_meanwhile_goes_on_to_another_person(host: Host, address: str) -> None:
    client = host.client("ada")
    host.change_user("jerome", support=False)
    lost = client.post(INBOX + address, data=words_for(host, "jerome") | {"files": (BytesIO(b"x"), "call.txt")})
    assert lost.status_code == 422
    html = unescape(lost.text)
    assert "Jerome Ellis has no access to support now, so nothing was opened." in html
    assert "Choose these files again, they were not kept: call.txt." in html

    def words(html: str) -> dict[str, str]:
        [subject] = re.findall(r'value="([^"]*)"[^>]* id="sg-subject"', html)
        [body] = re.findall(r'id="sg-body"[^>]*>\r?\n(.*?)</textarea>', html, re.DOTALL)
        return {"subject": unescape(subject), "body": unescape(body), "choosing": "1", "category": "storefront"}

    assert words(lost.text)["body"] == "A long story\n\nof ten minutes."
    found = client.post(INBOX + "open", data=words(lost.text) | {"q": "lena"})
    assert found.status_code == 200
    assert words(found.text) == words(lost.text)
    [lena] = re.findall(r'formaction="([^"]*)"', found.text)
    nobody = client.post(INBOX + "open", data=words(lost.text) | {"q": "ghost"})
    assert "Nobody found." in nobody.text
    assert words(nobody.text) == words(lost.text)
    chosen = client.post(unescape(lena), data=words(found.text))
    assert chosen.status_code == 200
    assert "Open a ticket for Lena Brandt" in chosen.text
    assert 'value="storefront" selected' in chosen.text
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', chosen.text))
    again = client.post(INBOX + "open", data=hidden | {"subject": "He called", "body": words(found.text)["body"]})
    assert again.status_code == 302
    html = unescape(client.get(again.headers["Location"]).text)
    assert "He called" in html
    assert "on behalf of Lena Brandt" in html
    # Who is chosen may have lost it, too.
    host.change_user("lena", account_id=2)
    assert client.post(unescape(lena), data=words(found.text)).status_code == 422


def test_a_refused_form_on_behalf_keeps_the_context_it_showed(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    del host.desk.hooks.context["account"]

    @host.support.account
    def account(actor: object, account_id: str, origin: object) -> Account:
        calls.append(account_id)
        return Account(f"Call {len(calls)}")

    def hidden(html: str) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="([\w-]+)" value="([^"]*)"', html))

    client = host.client("ada")
    shown = page(client, f"open?person={host.ids['jerome']}&account=1")
    assert "Call 1" in shown
    refused = client.post(INBOX + "open", data=hidden(shown) | {"subject": "", "body": "He called."})
    previewed = client.post(INBOX + "open/preview", data=hidden(refused.text) | {"body": "He called."})
    assert "Call 1" in refused.text
    assert "Call 1" in previewed.text
    words = {"subject": "By phone", "body": "He called."}
    assert client.post(INBOX + "open", data=hidden(previewed.text) | words).status_code == 302
    with host.app.app_context():
        kept = host.db.session.query(ContextSnapshot).one()
        assert ("Call 1" in kept.body, kept.remark) == (True, "")
    assert len(calls) == 1
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda now=time.time: now() + 16 * 60)
    late = client.post(INBOX + "open", data=hidden(previewed.text) | {"subject": "", "body": "Later."})
    assert "Call 2" in late.text, "a context too old is captured again, and the form shows that one"
    assert len(calls) == 2


def test_opening_a_ticket_page_marks_it_read_but_a_prefetch_does_not(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    path = f"{INBOX}tickets/{ticket_id}"

    def marks() -> int:
        with host.app.app_context():
            return host.db.session.query(TicketRead).count()

    client.head(path)
    client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
    client.get(path, headers=LOOKS_AGAIN)
    assert marks() == 0
    assert "Unread:" in page(client)
    client.get(path)
    assert marks() == 1
    assert "Unread:" not in page(client)
    assert "Nothing has happened" not in page(client, "notifications/")


def test_a_list_that_looks_again_leaves_what_an_act_says_to_the_person(host: Host, open_ticket: OpenTicket) -> None:
    client, ticket_id = host.client("ada"), open_ticket()
    form = {"body": "Asked the host of the shop.", "form": "n" * 22}
    where = client.post(f"{INBOX}tickets/{ticket_id}/note", data=form).headers["Location"]
    for path in ("", f"tickets/{ticket_id}"):
        assert "Note added" not in client.get(INBOX + path, headers=LOOKS_AGAIN).text
    html = client.get(where).text
    assert "Note added. The customer does not see it." in html
    assert f'data-sg-sent="{form["form"]}"' in html
    assert "Note added" not in client.get(where).text


def test_the_badge_counts_what_the_list_of_notices_holds(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("cleo")
    assert 'data-sg-badge title="Unread">1<' in client.get("/admin/").text
    with host.app.app_context():
        sorting.change_fields(ticket_id, host.agent("grace"), {"queue": "billing"})
    assert ticket_id not in page(client, "notifications/")
    assert 'data-sg-badge title="Unread" hidden>' in client.get("/admin/").text
    assert client.get("/support/poll").json["unread"] == 0


@pytest.mark.every_database
@pytest.mark.parametrize("act", ["claim", "assign", "reply", "resolve", "take and resolve"])
def test_what_tells_that_a_ticket_waits_is_read_once_a_colleague_sees_to_it(
    host: Host, open_ticket: OpenTicket, act: str
) -> None:
    other = open_ticket()
    with host.app.app_context():
        rights = {Right.HANDLE, Right.ASSIGN}
        for who in ("ben", "cleo"):
            covers = agents.Covers(queues=("support",))
            agents.change_agent(host.agent("grace"), str(host.ids[who]), rights=rights, covers=covers)
    ticket_id = open_ticket()

    def unread(who: str) -> set[str]:
        with host.app.app_context():
            rows = host.db.session.query(Ticket.ticket_id).join(Delivery, Delivery.ticket_pk == Ticket.pk)
            rows = rows.filter(Delivery.recipient_id == str(host.ids[who]), Delivery.channel == "bell")
            return {number for (number,) in rows.filter(Delivery.read_at.is_(None))}

    assert all(ticket_id in unread(who) for who in ("ada", "ben", "cleo"))
    cleo = str(host.ids["cleo"])
    with host.app.app_context():
        ada = host.agent("ada")
        if act == "claim":
            assigning.claim(ticket_id, ada)
        elif act == "assign":
            assigning.assign(ticket_id, ada, cleo)
        elif act == "reply":
            replying.reply(ticket_id, ada, body="It is back.")
        elif act == "resolve":
            replying.reply(ticket_id, ada, body="Solved.", status=Status.RESOLVED)
        else:
            replying.reply(ticket_id, ada, body="Solved.", status=Status.RESOLVED, assignee=cleo)
    assert ticket_id not in unread("ben")
    assert (ticket_id in unread("cleo")) == (act in {"assign", "take and resolve"}), "it is theirs to see to"
    assert other in unread("ada"), "that one waits still"


def test_notifications_lead_to_the_message_and_are_marked_read(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    html = page(client, "notifications/")
    assert f'href="/admin/support/tickets/{ticket_id}#m-' in html
    assert "Unread:" in html
    client.post(INBOX + "notifications/read")
    assert "Unread:" not in page(client, "notifications/")


def test_waiting_mail_without_a_worker_is_said_on_top(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    open_ticket()
    assert "nobody sends it" not in page(host.client("ada"))
    clock.forward(minutes=5)
    for path in ("", "notifications/", "open"):
        assert "Mail is waiting and nobody sends it." in page(host.client("ada"), path)


def test_links_stay_within_the_second_admin(database_url: str, tmp_path: object) -> None:
    from pathlib import Path  # noqa: PLC0415

    from flask_admin import Admin  # noqa: PLC0415

    from flask_sgsupport.inbox import register_inbox  # noqa: PLC0415
    from tests.world import build_host, dispose, populate  # noqa: PLC0415

    host = build_host(database_url, Path(str(tmp_path)))
    second = Admin(host.app, name="Back office", url="/back", endpoint="back")
    register_inbox(second, 1)
    populate(host)
    html = host.client("grace").get("/back/support/").text
    assert "/back/support/notifications/" in html
    assert "/admin/support/" not in html
    dispose(host)


def test_every_unsafe_route_needs_the_token(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    host.app.config["WTF_CSRF_ENABLED"] = True
    client = host.client("grace")
    version = ticket(host, ticket_id).version
    routes = [
        rule
        for rule in host.app.url_map.iter_rules()
        if rule.endpoint.startswith("sgsupport_") and "POST" in (rule.methods or ())
    ]
    assert len(routes) > 20
    for rule in routes:
        values = {name: ticket_id if name == "ticket_id" else "support" for name in rule.arguments}
        with host.app.test_request_context():
            url = host.app.url_for(rule.endpoint, **values)  # type: ignore[arg-type]
        assert client.post(url, data={"body": "forged"}).status_code == 400, url
    assert ticket(host, ticket_id).version == version


def test_waiting_is_counted_from_the_opening_until_somebody_answers(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    clock.forward(hours=2)
    with host.app.app_context():
        replying.follow_up(ticket_id, host.customer("jerome"), body="Anybody there?")
    clock.at += timedelta(minutes=30)
    assert "2 h 30 m" in page(host.client("ada"))


@pytest.mark.every_database
def test_rubbish_in_addresses_and_forms_is_no_error_of_ours(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    rubbish = "%00%F0%9F%92%A9%27%22%3C"
    for name in (*Filters.__dataclass_fields__, "nothing"):
        # Nobody but its keeper knows whether a saved view is there.
        assert client.get(f"{INBOX}?{name}={rubbish}").status_code == (404 if name == "saved" else 200), name
    for path in (f"tickets/{rubbish}", f"tickets/{ticket_id}/files/{rubbish}", "nothing"):
        assert client.get(INBOX + path).status_code == 404, path
    for query in ("earlier", "edit", "again", "corrected", "after"):
        assert client.get(f"{INBOX}tickets/{ticket_id}?{query}={rubbish}").status_code == 200, query
        assert client.get(f"{INBOX}tickets/{ticket_id}/history?{query}={rubbish}").status_code == 200, query
    nul = "a\x00b"
    for act in ("reply", "note", "fields", "status", "close", "assign", "address", "requester", "reopen"):
        form = dict.fromkeys(("body", "tags", "queue", "status", "note", "assignee", "email", "requester", "form"), nul)
        assert post(client, ticket_id, act, **form).status_code < 500, act


def test_a_request_too_large_is_refused_by_a_page_of_ours(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    answer = post(host.client("ada"), ticket_id, "fields", tags="x" * 1_100_000)
    assert answer.status_code == 413
    assert "That was too much at once." in answer.text


def test_files_a_refused_form_cannot_bring_back_are_named(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    ada = host.client("ada")
    page = ada.get(f"/admin/support/tickets/{number}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    with host.app.app_context():
        replying.follow_up(number, host.customer("jerome"), body="One more thing.")
    crossed = {"body": "See the attached invoice.", "version": version[1]}
    for form, data, status in (
        ("reply", crossed, 409),
        ("reply", {"body": ""}, 422),
        ("note", {"body": ""}, 422),
        ("preview", {"body": "See it.", "mode": "reply"}, 200),
    ):
        files = {"files": (BytesIO(b"x"), "invoice.pdf")}
        answer = ada.post(f"/admin/support/tickets/{number}/{form}", data=data | files)
        assert answer.status_code == status, form
        assert "Choose these files again, they were not kept: invoice.pdf." in answer.text, form


def test_other_tickets_of_an_account_say_their_status_and_as_many_as_their_list_shows(
    host: Host, open_ticket: OpenTicket, resolved_ticket: str
) -> None:
    ticket_id = open_ticket()
    open_ticket()
    client = host.client("grace")
    html = page(client, f"tickets/{ticket_id}")
    card = html[html.index("<h2>Other tickets of this account</h2>") :]
    card = card[: card.index("</section>")]
    assert re.findall(r'<span class="sg-chip[^>]*>([^<]+)<', card) == ["Open", "Resolved"]
    assert "2 open in all" in card
    listed = page(client, "?account=1")
    assert len(shown(listed)) == 2
    assert "Account: Northwind Outfitters<" in listed
    assert "Account: north<" in page(client, "?account=north")


# By priority, and by the last update


@pytest.mark.every_database
@pytest.mark.parametrize("view", ["open", "all"])
def test_by_priority_the_most_urgent_stand_first_and_those_alike_as_the_list_has_them(
    host: Host, clock: Clock, open_ticket: OpenTicket, view: str
) -> None:
    asked = ("low", "urgent", "normal", "high", "urgent", "high", "low", "urgent", "normal")
    by_priority: dict[str, list[str]] = {"urgent": [], "high": [], "normal": [], "low": []}
    for number, priority in enumerate(asked):
        host.desk.hooks.route = lambda draft, priority=priority: Routed(priority=priority)
        by_priority[priority].append(open_ticket("mina" if number % 2 else "jerome"))
        # Some at one moment: the place has to settle ties.
        clock.forward(minutes=number % 3)
    answered = by_priority["urgent"][0]
    with host.app.app_context():
        replying.reply(answered, host.agent("ada"), body="Looking into it.")
    urgent = by_priority["urgent"]
    if view == "open":
        urgent.append(urgent.pop(0))
        wanted = [one for tickets in by_priority.values() for one in tickets]
    else:
        wanted = [one for tickets in by_priority.values() for one in reversed(tickets)]
    client = host.client("ada")
    html = page(client, f"?view={view}&sort=priority")
    assert shown(html) == wanted
    assert "9 tickets, highest priority first" in html
    host.desk.settings.page_size = 2
    paged, at = [], f"?view={view}&sort=priority"
    while at:
        html = page(client, at)
        paged += shown(html)
        more = re.search(r'href="[^"?]*([?][^"]*after=[^"]*)"', html)
        at = more[1] if more else ""
        assert len(paged) <= len(wanted)
    assert paged == wanted
    [first, *__] = re.findall(r'class="sg-subject" href="([^"]+)"', page(client, f"?view={view}&sort=priority"))
    there, at = [], first
    while at:
        there.append(at)
        at = step(unescape(client.get(at).text), "next")
    assert [urlsplit(one).path.split("/")[-1] for one in there] == wanted
    back = step(unescape(client.get(there[-1]).text), "prev")
    assert urlsplit(back).path == urlsplit(there[-2]).path


def test_a_place_of_another_order_begins_a_list_by_priority_anew(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client, moment = host.client("ada"), quote(host.clock().isoformat())
    for after in (f"1~{moment}~{ticket_id}", f"0~{moment}~{ticket_id}~huge", f"0~{moment}~{ticket_id}~low~low"):
        assert shown(page(client, f"?sort=priority&after={after}")) == [ticket_id], after
    assert shown(page(client, f"?sort=priority&after=0~{moment}~{ticket_id}~urgent")) == [ticket_id]
    assert shown(page(client, f"?sort=priority&after=0~{moment}~{ticket_id}~normal")) == []


@pytest.mark.every_database
def test_a_list_holds_what_was_updated_lately_or_long_ago(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    old = open_ticket()
    clock.forward(days=10)
    week = open_ticket("mina")
    clock.forward(days=3)
    new = open_ticket()
    clock.forward(hours=2)
    client = host.client("ada")
    for asked, wanted in {
        "1h": set(),
        "3h": {new},
        "1d": {new},
        "7d": {new, week},
        "14d": {new, week, old},
        "-1d": {week, old},
        "-7d": {old},
        "7d,-1d": {week},
        "2026-05-02": {new, week},
        "-2026-05-02": {old},
        "2026-05-02,-2026-05-05": {week},
    }.items():
        html = page(client, f"?updated={asked}")
        assert set(shown(html)) == wanted, asked
        assert "Last update: " in html
    with host.app.app_context():
        sorting.change_fields(old, host.agent("ada"), {"priority": "high"})
    assert set(shown(page(client, "?updated=1h"))) == {old}


def test_the_last_update_is_asked_for_in_the_search_field_too(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    answer = host.client("ada").get(INBOX, query_string={"q": "Updated:7D -updated:2026-01-01 priority:normal"})
    assert answer.status_code == 302
    assert "view=all&priority=normal&updated=7d,-2026-01-01" in answer.location
    html = page(host.client("ada"), "?view=all&updated=7d,-2026-01-01")
    assert "Last update: in the last 7 days, before 2026-01-01" in html
    html = page(host.client("ada"), "?updated=-30d")
    assert re.search(r'<option value="-30d" selected>more than 30 days ago', html, re.IGNORECASE)
    assert shown(html) == []
    assert shown(page(host.client("ada"), "?updated=-30d,1h,weekly")) == [ticket_id]
