"""Never silent: under each reply stands who has it by which channel, or why not, with the way out beside it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from flask_sgsupport.models import Delivery, Message, Ticket
from flask_sgsupport.services import reading, replying
from flask_sgsupport.services.clock import beat
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"


def page(host: Host, ticket_id: str, query: str = "") -> str:
    """The ticket as Ada sees it."""
    return unescape(host.client("ada").get(f"{INBOX}tickets/{ticket_id}{query}").text)


def set_mail(host: Host, **columns: Any) -> str:
    """What became of the mail of the reply; returns its key."""
    with host.app.app_context():
        mail = host.db.session.query(Delivery).filter_by(channel="email", notice="replied_customer").one()
        for name, value in columns.items():
            setattr(mail, name, value)
        host.db.session.commit()
        return str(mail.key)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({}, "E-mail to jerome@northwind.example waits to be sent"),
        ({"state": "sending", "attempts": 1}, "E-mail to jerome@northwind.example is being sent"),
        (
            {"state": "queued", "attempts": 2, "error": "451 try later."},
            "not sent yet: 451 try later. Next try 14:03 UTC.",
        ),
        (
            {"state": "failed", "error": "550 5.1.1 no such user"},
            "E-mail to jerome@northwind.example refused: 550 5.1.1",
        ),
        ({"state": "bounced", "error": "mailbox full"}, "E-mail to jerome@northwind.example came back: mailbox full"),
        (
            {"state": "cancelled", "error": "no longer has access"},
            "jerome@northwind.example not sent: no longer has access",
        ),
    ],
)
def test_every_state_of_a_mail_is_said(host: Host, answered_ticket: str, columns: dict[str, Any], words: str) -> None:
    set_mail(host, **columns)
    host.bent = "each column by itself"
    assert words in page(host, answered_ticket)


def test_a_sent_mail_and_a_read_notice_say_when(host: Host, clock: Clock, answered_ticket: str) -> None:
    set_mail(host, state="sent", attempts=1, sent_at=clock() + timedelta(minutes=6))
    html = page(host, answered_ticket)
    assert "E-mail to jerome@northwind.example, sent 14:09 UTC" in html
    assert "In-app, not read yet" in html
    clock.forward(minutes=9)
    with host.app.app_context():
        reading.mark_read(answered_ticket, host.customer("jerome"), updated_at=clock(), bell=1_000)
    assert "In-app, read 14:12" in page(host, answered_ticket)


def test_a_failed_mail_is_corrected_and_sent_again(host: Host, answered_ticket: str) -> None:
    key = set_mail(host, state="failed", error="550 no such user", attempts=1)
    html = page(host, answered_ticket)
    assert "Correct address and send again" in html
    link = re.search(rf'href="(/admin/support/tickets/{answered_ticket}\?again={key})', html)
    assert link
    assert "Send again</button>" in unescape(host.client("ada").get(link[1]).text)
    url = f"{INBOX}tickets/{answered_ticket}/deliveries/{key}/send-again"
    wrong = host.client("ada").post(url, data={"address": "nonsense"})
    assert wrong.status_code == 422
    assert 'value="nonsense"' in wrong.text
    emptied = host.client("ada").post(url, data={"address": " "})
    assert emptied.status_code == 422
    assert "This is not an e-mail address" in emptied.text
    assert host.client("ada").post(url, data={"address": "jerome.ellis@northwind.example"}).status_code == 302
    with host.app.app_context():
        mail = host.db.session.query(Delivery).filter_by(key=key).one()
        assert (mail.state, mail.address) == ("queued", "jerome.ellis@northwind.example")
        assert host.db.session.query(Ticket.requester_email).scalar() == "jerome.ellis@northwind.example"
    assert "sends again to jerome.ellis@northwind.example" in page(host, answered_ticket)


def test_a_mail_sent_again_is_not_said_to_be_sent(host: Host, answered_ticket: str) -> None:
    key = set_mail(host, state="failed", error="550 no such user.", attempts=1)
    url = f"{INBOX}tickets/{answered_ticket}/deliveries/{key}/send-again"
    ada = host.client("ada")

    def said(address: str) -> str:
        return unescape(ada.post(url, data={"address": address}, follow_redirects=True).text)

    waits = "No worker was seen lately: it waits until one runs."
    same = said("jerome@northwind.example")
    assert f"It is queued to be sent again. The last try failed: 550 no such user. {waits}" in same
    with host.app.app_context():
        beat("worker", "one")
    set_mail(host, state="failed", error="550 no such user.", attempts=1)
    other = said("jerome.ellis@northwind.example")
    assert "It is queued to be sent again." in other
    assert "The last try failed" not in other
    assert waits not in other


def test_tickets_with_undelivered_replies_have_a_view(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    assert answered_ticket not in client.get(INBOX + "?view=delivery").text
    set_mail(host, state="failed", error="550 no such user")
    html = client.get(INBOX + "?view=delivery").text
    assert answered_ticket in html
    assert re.search(r"Delivery problems</span> <span class=\"sg-count\">1<", html)


def test_a_ticket_without_address_says_so_under_the_reply(host: Host, open_ticket: OpenTicket) -> None:
    host.change_user("jerome", email=None)
    ticket_id = open_ticket()
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Hello")
    html = page(host, ticket_id)
    assert "No e-mail: there is no address on this ticket" in html
    assert 'href="#sg-address"' in html


def test_a_failed_mail_without_a_message_stands_on_top(host: Host, resolved_ticket: str) -> None:
    with host.app.app_context():
        replying.still_need_help(resolved_ticket, host.customer("jerome"))
        mail = host.db.session.query(Delivery).filter_by(channel="email", side="customer").limit(1).one()
        mail.message_pk, mail.state, mail.error = None, "failed", "550 no such user"
        host.db.session.commit()
    html = page(host, resolved_ticket)
    assert "refused: 550 no such user" in html
    assert "Correct address and send again" in html


def test_taking_back_what_was_mailed_says_to_whom_and_prepares_a_correction(
    host: Host, clock: Clock, answered_ticket: str
) -> None:
    set_mail(host, state="sent", attempts=1, sent_at=clock())
    client = host.client("ada")
    found = re.search(r"messages/([0-9a-f]{32})/visibility", page(host, answered_ticket))
    assert found
    hidden = client.post(f"{INBOX}tickets/{answered_ticket}/messages/{found[1]}/visibility", data={"public": "0"})
    assert f"corrected={found[1]}" in hidden.headers["Location"]
    html = unescape(client.get(hidden.headers["Location"]).text)
    assert "e-mailed to jerome@northwind.example on 22 April 2026, 14:03 UTC" in html
    assert "please disregard our message of 22 April 2026" in html
    assert "public reply, made private" in html
    assert "In-app notice taken back" in html


def test_on_a_closed_ticket_the_correction_waits_until_it_is_reopened(
    host: Host, clock: Clock, closed_ticket: str
) -> None:
    with host.app.app_context():
        reply = host.db.session.query(Message).filter_by(kind="public-reply").one()
        key = reply.key
        host.db.session.query(Delivery).filter_by(channel="email", message_pk=reply.pk).update(
            {"state": "sent", "attempts": 1, "sent_at": clock()}
        )
        host.db.session.commit()
    client = host.client("ada")
    hidden = client.post(f"{INBOX}tickets/{closed_ticket}/messages/{key}/visibility", data={"public": "0"})
    html = unescape(client.get(hidden.headers["Location"]).text)
    assert re.search(r'<textarea id="sg-reply-body"[^>]*>\s*Hello Jerome,\s*please disregard our message', html)
    assert "A public correction is prepared below. This ticket is closed" in html
    assert "Reopen it first" in html
    assert f'name="corrected" value="{key}"' in html
    reopened = client.post(f"{INBOX}tickets/{closed_ticket}/reopen", data={"corrected": key})
    assert f"corrected={key}" in reopened.headers["Location"]
    html = unescape(client.get(reopened.headers["Location"]).text)
    assert "please disregard our message" in html
    assert "say what is right and send it" in html


def test_taking_back_what_had_not_left_promises_nothing(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    found = re.search(r"messages/([0-9a-f]{32})/visibility", page(host, answered_ticket))
    assert found
    hidden = client.post(f"{INBOX}tickets/{answered_ticket}/messages/{found[1]}/visibility", data={"public": "0"})
    assert "corrected" not in hidden.headers["Location"]
    html = unescape(client.get(hidden.headers["Location"]).text)
    assert "not sent: made private before it was sent" in html
    assert "please disregard" not in html


def reply_key(host: Host) -> str:
    """The public reply."""
    with host.app.app_context():
        return str(host.db.session.query(Message.key).filter_by(kind="public-reply").scalar())


def article(html: str, key: str) -> str:
    """The message as the page draws it, with what stands below it."""
    begins = html[html.index(f'id="m-{key}"') :]
    return re.split(r'<article|id="sg-correction"', begins)[0]


def make(host: Host, ticket_id: str, key: str, *, public: bool) -> str:
    """Ada makes the message public or private; the page it leads to, and what that asks for."""
    client = host.client("ada")
    address = f"{INBOX}tickets/{ticket_id}/messages/{key}/visibility"
    answer = client.post(address, data={"public": "1" if public else "0"})
    return unescape(client.get(answer.headers["Location"]).text)


@pytest.mark.every_database
def test_taking_back_what_a_colleague_of_the_account_has_read_says_who_and_prepares_a_correction(
    host: Host, clock: Clock, answered_ticket: str
) -> None:
    clock.forward(minutes=7)
    key = reply_key(host)
    assert key in host.client("lena").get(f"/support/tickets/{answered_ticket}").text
    html = make(host, answered_ticket, key, public=False)
    said = "read in the panel by Lena Brandt on 22 April 2026, 14:03 UTC or later"
    assert f"{said}. A public correction is prepared below" in html
    assert "please disregard our message of 22 April 2026" in html
    assert "Made private after it was out" in article(html, key)
    assert f"Before it was made private: {said}." in article(html, key)
    assert "the customer never sees this" not in article(html, key)
    history = unescape(host.client("ada").get(f"{INBOX}tickets/{answered_ticket}/history").text)
    assert f"made a message private ({said})" in history


def test_a_reader_is_remembered_though_the_message_was_shown_and_hidden_once_more(
    host: Host, clock: Clock, answered_ticket: str
) -> None:
    key = reply_key(host)
    host.client("lena").get(f"/support/tickets/{answered_ticket}")
    for public in (False, True, False):
        clock.forward(minutes=1)
        html = make(host, answered_ticket, key, public=public)
    assert "read in the panel by Lena Brandt on 22 April 2026, 14:03 UTC or later" in article(html, key)


def test_who_looked_while_it_was_hidden_has_not_read_it(host: Host, clock: Clock, answered_ticket: str) -> None:
    key = reply_key(host)
    clock.forward(minutes=1)
    make(host, answered_ticket, key, public=False)
    clock.forward(minutes=1)
    assert key not in host.client("lena").get(f"/support/tickets/{answered_ticket}").text
    clock.forward(minutes=1)
    make(host, answered_ticket, key, public=True)
    clock.forward(minutes=1)
    html = make(host, answered_ticket, key, public=False)
    assert "Internal note – the customer never sees this" in article(html, key)
    assert "please disregard" not in html


def test_who_read_the_ticket_before_the_reply_was_there_and_what_agents_read_counts_for_nothing(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket()
    host.client("lena").get(f"/support/tickets/{ticket_id}")
    clock.forward(minutes=1)
    with host.app.app_context():
        key = str(replying.reply(ticket_id, host.agent("ada"), body="Too early.").message)
    clock.forward(minutes=1)
    for agent in ("ada", "grace"):
        host.client(agent).get(f"{INBOX}tickets/{ticket_id}")
    html = make(host, ticket_id, key, public=False)
    assert "the customer never sees this" in article(html, key)
    assert "please disregard" not in html


def test_a_note_made_public_is_read_from_then_on(host: Host, clock: Clock, answered_ticket: str) -> None:
    with host.app.app_context():
        key = str(replying.add_note(answered_ticket, host.agent("ada"), body="The gateway was down.").message)
    clock.forward(minutes=1)
    make(host, answered_ticket, key, public=True)
    clock.forward(minutes=1)
    host.client("lena").get(f"/support/tickets/{answered_ticket}")
    html = make(host, answered_ticket, key, public=False)
    assert "read in the panel by Lena Brandt on 22 April 2026, 14:04 UTC or later" in article(html, key)


def test_the_requester_who_read_it_in_app_is_named_once(host: Host, clock: Clock, answered_ticket: str) -> None:
    key = reply_key(host)
    clock.forward(minutes=1)
    host.client("jerome").get(f"/support/tickets/{answered_ticket}")
    html = article(make(host, answered_ticket, key, public=False), key)
    assert "Before it was made private: read in-app on 22 April 2026, 14:04 UTC." in html


def test_a_reader_whom_the_directory_cannot_name_is_counted_all_the_same(
    host: Host, answered_ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = reply_key(host)
    host.client("lena").get(f"/support/tickets/{answered_ticket}")

    def broken(person_id: str) -> None:
        raise RuntimeError("away")

    with host.app.app_context():
        ada = host.agent("ada")
        monkeypatch.setattr(host.desk.hooks.directory, "person", broken)
        said = replying.change_visibility(answered_ticket, ada, key, public=False)
    assert said == "read in the panel by somebody of the account on 22 April 2026, 14:03 UTC or later"
