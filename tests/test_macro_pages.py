"""Macros in the browser of agents and leads: kept on their page, put into a reply, sent with what is left ticked."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from werkzeug.test import TestResponse

from flask_sgsupport.queries.ticket import TicketPage, ticket_page
from flask_sgsupport.services.macros import create_macro
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"


def make(host: Host, name: str, **values: Any) -> str:
    """A macro for everybody."""
    with host.app.app_context():
        return create_macro(host.agent("grace"), {"name": name} | values, shared=True)


def stands(host: Host, ticket_id: str) -> TicketPage:
    """How a ticket stands now."""
    with host.app.app_context():
        return ticket_page(host.agent("grace"), ticket_id)


def sealed(answer: TestResponse) -> str:
    """What a form carries of a macro."""
    found = re.search(r'name="macro" value="([^"]*)"', answer.text)
    assert found is not None
    return unescape(found[1])


def form_of(host: Host, ticket_id: str, who: str = "ada") -> dict[str, str]:
    """The hidden fields of the reply as a fresh page has them."""
    html = host.client(who).get(f"{INBOX}tickets/{ticket_id}").text
    form = re.search(r'<form[^>]*action="[^"]*/reply".*?</form>', html, re.DOTALL)
    assert form is not None
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])}


def test_a_macro_is_inserted_below_what_was_typed_and_sent_with_what_is_left_ticked(
    host: Host, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(site_ids=[])
    does = {"priority": "high", "status": "resolved", "note": "Paid *back*."}
    body = "About {{ticket.id}}, {{requester.first_name}}:\nyour site {{site.name}} is back."
    key = make(host, "Refund", body=body, **does)
    client = host.client("ada")
    typed = {"body": "Hello {{requester.name}},", "insert": key}
    answer = client.post(f"{INBOX}tickets/{ticket_id}/insert", data=form_of(host, ticket_id) | typed)
    text = unescape(answer.text)
    assert f"Hello {{{{requester.name}}}},\n\nAbout {ticket_id}, Jerome:\nyour site  is back.</textarea>" in text
    assert "{{site.name}} is empty on this ticket: “your site … is back.”" in text
    for words in ("Priority: High", "Status: Resolved", "Internal note: Paid *back*."):
        assert words in text
    assert text.count('name="also"') == text.count(" checked>") == 3
    macro = sealed(answer)
    sent = form_of(host, ticket_id) | {"body": "Here.", "macro": macro, "also": ["priority", "note"]}
    assert client.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent).status_code == 302
    page = stands(host, ticket_id)
    assert (page.priority, page.state) == ("high", "waiting")
    assert "used the macro “Refund”" in [event.text for event in page.history]


def test_a_refused_reply_comes_back_with_its_macro(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    key = make(host, "Refund", priority="high", status="resolved")
    client, form = host.client("ada"), form_of(host, ticket_id)
    inserted = client.post(f"{INBOX}tickets/{ticket_id}/insert", data=form | {"insert": key})
    macro = sealed(inserted)
    refused = client.post(f"{INBOX}tickets/{ticket_id}/reply", data=form | {"macro": macro, "also": "priority"})
    assert refused.status_code == 422
    assert 'value="priority" checked' in refused.text
    assert 'value="status">' in refused.text


def test_a_macro_without_a_reply_leaves_a_typed_reply_alone(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    key = make(host, "High", priority="high")
    client, form = host.client("ada"), form_of(host, ticket_id)
    inserted = client.post(f"{INBOX}tickets/{ticket_id}/insert", data=form | {"insert": key})
    macro = sealed(inserted)
    does = form | {"macro": macro, "also": "priority"}
    refused = client.post(f"{INBOX}tickets/{ticket_id}/use", data=does | {"body": "Half a reply"})
    assert (refused.status_code, "There is a reply to be sent, too." in refused.text) == (422, True)
    assert "Half a reply</textarea>" in refused.text
    for rubbish in (
        "[1",
        "[1, 2, 3]",
        '["a", "b", ["c"]]',
        "[" * 50_000,
        "{}",
        '["\\u0000", "x", [["note", "\\ud800", "y"]]]',
    ):
        answer = client.post(f"{INBOX}tickets/{ticket_id}/use", data=form | {"macro": rubbish, "also": "note"})
        assert answer.status_code == 422, rubbish[:20]
    assert client.post(f"{INBOX}tickets/{ticket_id}/use", data=does).status_code == 302
    assert stands(host, ticket_id).priority == "high"


def test_scripts_get_the_parts(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    key = make(host, "High", body="Hi {{requester.name}}", priority="high")
    said = host.client("ada").post(
        f"{INBOX}tickets/{ticket_id}/insert", data={"insert": key}, headers={"X-Requested-With": "fetch"}
    ).json  # fmt: skip
    assert said["text"] == "Hi Jerome Ellis"
    assert "Priority: High" in said["html"]


def test_a_lead_makes_previews_and_changes_a_macro(host: Host) -> None:
    client, pages = host.client("grace"), f"{INBOX}macros/"
    form = {"name": "Refund", "body": "Dear **{{requester.name}}**", "queue": "billing", "shared": "1"}
    preview = client.post(f"{pages}new?preview=1", data=form)
    assert "Dear <strong>Jerome Ellis</strong>" in preview.text
    assert 'value="Refund"' in preview.text
    assert client.post(f"{pages}new", data=form | {"body": "{{x}}"}).status_code == 422
    assert client.post(f"{pages}new", data=form).status_code == 302
    listed = client.get(pages).text
    assert [words in listed for words in ("Refund", "everybody", "Text, Queue")] == [True] * 3
    address = re.search(r'href="([^"]*/macros/change/\w+)"', listed)[1]  # type: ignore[index]
    shown = client.get(address).text
    assert "macro Refund: name – → Refund" in unescape(shown)
    change = form | {"name": "Refunds", "position": "3", "active": ""}
    assert client.post(address, data=change).status_code == 302
    assert "Disabled" in client.get(pages).text
    assert "Refunds" not in host.client("ada").get(pages).text
