"""What an older page did not show is not undone by what somebody does on it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from flask_sgsupport.models import Agent, Draft, Message, Ticket
from flask_sgsupport.services import drafting, redacting, replying, sending, sorting
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.replying import Answer
from tests.proof.verbs import let_a_worker_be_seen
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"
SECRET = "hunter2-of-Jerome"

pytestmark = pytest.mark.every_database


class Page:
    """A page as it was shown, whose forms are sent later."""

    def __init__(self, client: FlaskClient, path: str) -> None:
        self.client = client
        shown = client.get(INBOX + path)
        assert shown.status_code == 200
        self.html = shown.text

    def sends(self, action: str, **typed: Any) -> TestResponse:
        """Send the form that leads there, with what was typed into it."""
        forms = re.findall(rf'<form[^>]*action="[^"]*{re.escape(action)}"[^>]*>.*?</form>', self.html, re.DOTALL)
        assert forms, action
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', forms[0])
        values = MultiDict((name, unescape(value)) for name, value in hidden)
        for name, value in typed.items():
            values.setlist(name, value if isinstance(value, list) else [value])
        return self.client.post(re.findall(r'action="([^"]*)"', forms[0])[0], data=values)


@pytest.fixture
def noted(host: Host, open_ticket: OpenTicket) -> tuple[str, str]:
    """A ticket, and the key of a note of Ada's on it."""
    ticket_id = open_ticket()
    with host.app.app_context():
        key = replying.add_note(ticket_id, host.agent("ada"), body=f"He mailed me {SECRET}.").message
        host.db.session.remove()
    return ticket_id, str(key)


def customer_reads(host: Host, ticket_id: str) -> str:
    return host.client("jerome").get(f"/support/tickets/{ticket_id}").text


def test_an_edit_of_a_note_that_the_customer_reads_by_now_is_asked_about(host: Host, noted: tuple[str, str]) -> None:
    ticket_id, key = noted
    ada = Page(host.client("ada"), f"tickets/{ticket_id}?edit={key}")
    assert "Internal note – the customer never sees this" in ada.html
    with host.app.app_context():
        replying.change_visibility(ticket_id, host.agent("grace"), key, public=True)
    refused = ada.sends(f"{key}/edit", body="He is a difficult one.")
    assert refused.status_code == 409
    html = unescape(refused.text)
    assert "made a message public" in html
    assert "He is a difficult one.</textarea>" in html
    assert "The customer reads this note: what you write here, too." in html
    assert "difficult" not in customer_reads(host, ticket_id)
    ada.html = refused.text
    assert ada.sends(f"{key}/edit", body="We look into it.").status_code == 302
    assert "We look into it." in customer_reads(host, ticket_id)


def test_a_note_is_not_shown_with_words_nobody_saw_who_shows_it(host: Host, noted: tuple[str, str]) -> None:
    ticket_id, key = noted
    grace = Page(host.client("grace"), f"tickets/{ticket_id}")
    with host.app.app_context():
        replying.edit_note(ticket_id, host.agent("ada"), key, body="He is a difficult one.")
    refused = grace.sends(f"{key}/visibility")
    assert refused.status_code == 409
    assert "edited a note" in unescape(refused.text)
    assert "difficult" not in customer_reads(host, ticket_id)
    grace.html = refused.text
    assert grace.sends(f"{key}/visibility").status_code == 302
    assert "difficult" in customer_reads(host, ticket_id)


def test_a_note_that_was_shown_and_hidden_again_stays_hidden(host: Host, noted: tuple[str, str]) -> None:
    ticket_id, key = noted
    ada = Page(host.client("ada"), f"tickets/{ticket_id}")
    with host.app.app_context():
        for public in (True, False):
            replying.change_visibility(ticket_id, host.agent("grace"), key, public=public)
    assert ada.sends(f"{key}/visibility").status_code == 409
    assert SECRET not in customer_reads(host, ticket_id)


@pytest.mark.parametrize("who", ["ada", "grace"])
def test_a_secret_is_not_brought_back_by_an_older_page_not_even_ones_own(
    host: Host, noted: tuple[str, str], who: str
) -> None:
    ticket_id, key = noted
    older = Page(host.client(who), f"tickets/{ticket_id}?edit={key}")
    with host.app.app_context():
        redacting.redact(ticket_id, host.agent("grace"), key, secret=SECRET)
    refused = older.sends(f"{key}/edit", body=f"He mailed me {SECRET}, and called.")
    assert refused.status_code == 409
    assert "redacted a message" in unescape(refused.text)
    with host.app.app_context():
        assert SECRET not in host.db.session.scalars(select(Message.body).where(Message.key == key)).one()


def test_an_edit_passes_where_only_other_things_changed(host: Host, noted: tuple[str, str]) -> None:
    ticket_id, key = noted
    ada = Page(host.client("ada"), f"tickets/{ticket_id}?edit={key}")
    with host.app.app_context():
        other = replying.add_note(ticket_id, host.agent("grace"), body="Another one.").message
        replying.edit_note(ticket_id, host.agent("grace"), str(other), body="Another one, better.")
        replying.follow_up(ticket_id, host.customer("jerome"), body="Any news?")
    assert ada.sends(f"{key}/edit", body="He called.").status_code == 302


def test_a_redaction_reaches_what_is_written_on_the_ticket_it_was_merged_into(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    host, session = in_app, in_app.db.session
    let_a_worker_be_seen(host)
    part, whole = open_ticket(body=f"My password is {SECRET}."), open_ticket(subject="Second thing")
    merge(part, host.agent("ada"), whole)
    sending.send(whole, host.agent("ada"), Answer(f"You wrote {SECRET}, is that right?", None, form="f" * 22))
    drafting.save_draft(whole, host.agent("grace"), "note", body=f"{SECRET}?")
    sorting.put_aside(whole, host.agent("grace"), f"spam {SECRET}")
    wanted = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk).where(Ticket.ticket_id == part)
    redacting.redact(part, host.agent("grace"), session.scalars(wanted).one(), secret=SECRET)
    assert [body for body in session.scalars(select(Draft.body)) if SECRET in body] == []
    host.clock.forward(minutes=1)
    sending.send_due()
    session.rollback()
    assert [body for body in session.scalars(select(Message.body)) if SECRET in body] == []
    assert [reason for reason in session.scalars(select(Ticket.filtered_reason)) if SECRET in (reason or "")] == []


def agent_of(host: Host, name: str) -> Agent:
    return host.db.session.scalars(select(Agent).where(Agent.host_id == str(host.ids[name]))).one()


FORM = {"rights": ["handle"], "queues": ["support"]}


def test_an_agent_who_was_switched_off_does_not_come_back_by_an_older_form(host: Host) -> None:
    cleo = f"agents/{host.ids['cleo']}"
    lead, other = host.client("grace"), host.client("grace")
    assert Page(lead, cleo).sends(cleo, **FORM, public_name="Cleo").status_code == 302
    older = Page(other, cleo)
    assert Page(lead, cleo).sends(f"{cleo}/off").status_code == 302
    refused = older.sends(cleo, **FORM, public_name="Cleo of Support")
    assert refused.status_code == 409
    assert "in use is “no” now" in unescape(refused.text)
    with host.app.app_context():
        assert not agent_of(host, "cleo").active
    older.html = refused.text
    assert older.sends(cleo, **FORM, public_name="Cleo of Support").status_code == 302
    with host.app.app_context():
        assert agent_of(host, "cleo").active


def test_of_two_leads_who_make_the_same_agent_the_second_is_told(host: Host) -> None:
    url = f"agents/{host.ids['jerome']}"
    first, second = (Page(host.client("grace"), url) for _ in range(2))
    assert first.sends(url, rights=["handle"], queues=["billing"], public_name="Jerome of Billing").status_code == 302
    refused = second.sends(url, rights=["handle", "assign", "lead"], queues=["support"], public_name="Jerome")
    assert refused.status_code == 409
    assert "“Jerome of Billing” now" in unescape(refused.text)
    with host.app.app_context():
        agent = agent_of(host, "jerome")
        assert (agent.public_name, agent.is_lead) == ("Jerome of Billing", False)
    second.html = refused.text
    assert second.sends(url, rights=["handle"], queues=["support"], public_name="Jerome").status_code == 302
