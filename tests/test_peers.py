"""What breaks in the embeddable peers, tried here by their users' hands: the panel's and the inbox's pages."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_sgsupport import signals
from flask_sgsupport.models import Delivery, Message, Ticket
from tests.mailing import drained
from tests.mailing import host as host  # noqa: PLC0414
from tests.panel_pages import fresh_form, hidden, number_in, send_form
from tests.smtp import Smtp
from tests.world import Host

PAGES = "/support/tickets/{}"
INBOX = "/admin/support/tickets/{}"
TEMPLATES = ["{{ product.price|money }}", "{% include '/etc/passwd' %}", "{# x #}", "${x}", "%(x)s", "{{ ticket }}"]


def opened(host: Host, who: str = "jerome", **fields: Any) -> str:
    return number_in(send_form(host.client(who), **fields).headers["Location"])


def inbox_form(host: Host, who: str, ticket_id: str) -> dict[str, str]:
    page = host.client(who).get(INBOX.format(ticket_id)).text
    found = re.findall(r'<input type="hidden" name="(form|version)" value="([^"]*)">', page)
    return dict(found) | hidden(page)


def count(host: Host, model: Any) -> int:
    with host.app.app_context():
        return host.db.session.scalar(select(func.count()).select_from(model)) or 0


def test_two_agents_claim_and_the_second_is_told_who_has_it(host: Host) -> None:
    ticket_id = opened(host)
    first = host.client("ada").post(INBOX.format(ticket_id) + "/claim", follow_redirects=True)
    second = host.client("grace").post(INBOX.format(ticket_id) + "/claim", follow_redirects=True)
    assert first.status_code == 200
    assert "Ada Lovelace has it already" in second.text


def test_one_form_three_times_is_one_ticket(host: Host) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    numbers = {number_in(send_form(client, form).headers["Location"]) for _ in range(3)}
    assert len(numbers) == 1
    assert count(host, Ticket) == 1


def test_a_refusing_mail_server_costs_the_customer_nothing_and_shows_on_the_reply(host: Host, smtp: Smtp) -> None:
    smtp.refuse("jerome@northwind.example", 550, "5.1.1 no such user")
    ticket_id = opened(host)
    reply = inbox_form(host, "ada", ticket_id) | {"body": "It is restored."}
    assert host.client("ada").post(INBOX.format(ticket_id) + "/reply", data=reply).status_code == 302
    drained(host)
    assert "550 5.1.1 no such user" in host.client("ada").get(INBOX.format(ticket_id)).text
    assert "550" not in host.client("jerome").get(PAGES.format(ticket_id)).text
    assert count(host, Ticket) == 1


def test_no_click_speaks_to_the_mail_server(host: Host, smtp: Smtp) -> None:
    smtp.delay_seconds = 5
    ticket_id = opened(host)
    reply = inbox_form(host, "ada", ticket_id) | {"body": "It is restored."}
    assert host.client("ada").post(INBOX.format(ticket_id) + "/reply", data=reply).status_code == 302
    assert smtp.mails == []
    with host.app.app_context():
        waiting = select(func.count()).select_from(Delivery).where(Delivery.state == "queued")
        assert (host.db.session.scalar(waiting) or 0) >= 2


def test_a_raising_receiver_of_the_host_harms_nobody(host: Host) -> None:
    def explode(app: Any, payload: Any) -> None:
        raise RuntimeError("a bug of the host")

    signals.ticket_opened.connect(explode)
    try:
        answer = send_form(host.client("jerome"))
    finally:
        signals.ticket_opened.disconnect(explode)
    assert answer.status_code == 302
    assert count(host, Ticket) == 1


def test_resolving_with_a_note_beside_it_shows_the_note_to_nobody_outside(host: Host) -> None:
    ticket_id = opened(host)
    url = INBOX.format(ticket_id)
    ada = host.client("ada")
    ada.post(url + "/note", data=inbox_form(host, "ada", ticket_id) | {"body": "CANARY"})
    ada.post(url + "/reply", data=inbox_form(host, "ada", ticket_id) | {"body": "Done.", "status": "resolved"})
    assert "CANARY" in ada.get(url).text
    assert "CANARY" not in host.client("jerome").get(PAGES.format(ticket_id)).text


def test_the_customer_answers_on_the_web_and_support_sees_it(host: Host) -> None:
    ticket_id = opened(host)
    client = host.client("jerome")
    form = hidden(client.get(PAGES.format(ticket_id)).text)
    sent = client.post(PAGES.format(ticket_id) + "/follow-up", data=form | {"body": "And the other site, too."})
    assert sent.status_code == 302
    assert "And the other site, too." in host.client("ada").get(INBOX.format(ticket_id)).text


def test_an_answer_to_a_closed_ticket_is_never_stored_where_no_agent_looks(host: Host) -> None:
    ticket_id = opened(host)
    ada = host.client("ada")
    data = inbox_form(host, "ada", ticket_id) | {"body": "Done.", "status": "resolved"}
    ada.post(INBOX.format(ticket_id) + "/reply", data=data)
    jerome = host.client("jerome")
    jerome.post(PAGES.format(ticket_id) + "/solved", data=hidden(jerome.get(PAGES.format(ticket_id)).text))
    assert "Closed" in jerome.get(PAGES.format(ticket_id)).text
    form = hidden(jerome.get(PAGES.format(ticket_id)).text)
    jerome.post(PAGES.format(ticket_id) + "/follow-up", data=form | {"body": "It is back."})
    with host.app.app_context():
        assert host.db.session.scalars(select(Ticket.status)).all() == ["open"]
    assert ticket_id in ada.get("/admin/support/").text


def test_a_colleague_of_the_account_sees_and_follows_up_and_a_stranger_finds_nothing(host: Host) -> None:
    ticket_id = opened(host, "jerome")
    lena = host.client("lena")
    assert lena.get(PAGES.format(ticket_id)).status_code == 200
    form = hidden(lena.get(PAGES.format(ticket_id)).text)
    assert lena.post(PAGES.format(ticket_id) + "/follow-up", data=form | {"body": "For me, too."}).status_code == 302
    mina = host.client("mina")
    foreign, missing = mina.get(PAGES.format(ticket_id)), mina.get(PAGES.format("TKT-2026-99999"))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.text.replace(ticket_id, "") == missing.text.replace("TKT-2026-99999", "")


@pytest.mark.parametrize("text", TEMPLATES)
def test_typed_text_is_never_a_template(host: Host, smtp: Smtp, text: str) -> None:
    ticket_id = opened(host, subject=f"Subject {text}", body=f"Body {text}")
    reply = inbox_form(host, "ada", ticket_id) | {"body": f"Reply {text}"}
    assert host.client("ada").post(INBOX.format(ticket_id) + "/reply", data=reply).status_code == 302
    assert set(drained(host)) == {"sent"}
    with host.app.app_context():
        assert host.db.session.scalars(select(Message.body).order_by(Message.pk)).all() == [
            f"Body {text}",
            f"Reply {text}",
        ]
        assert host.db.session.scalars(select(Ticket.subject)).one() == f"Subject {text}"
    shown = host.client("jerome").get(PAGES.format(ticket_id))
    assert shown.status_code == 200
    plain = [
        part.get_content()
        for mail in smtp.to("jerome@northwind.example")
        for part in mail.message.walk()
        if part.get_content_type() == "text/plain"
    ]
    assert any(f"Reply {text}" in body for body in plain)


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "no extension", "../../etc/passwd", "a\u202etxt.exe"])
def test_every_file_is_a_download_whatever_its_name(host: Host, name: str) -> None:
    client = host.client("jerome")
    data = fresh_form(client) | {"subject": "File", "body": "See file"}
    answer = client.post("/support/open", data=data | {"files": (BytesIO(b"<script>alert(1)</script>"), name)})
    page = client.get(answer.headers["Location"]).text
    link = re.search(r'href="(/support/files/[^"]+)"', page)
    assert link, page
    file = client.get(link.group(1))
    headers = file.headers
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["Content-Type"].split(";")[0] not in {"text/html", "image/svg+xml", "application/xhtml+xml"}
    assert file.get_data() == b"<script>alert(1)</script>"
    file.close()
    assert host.client("mina").get(link.group(1)).status_code == 404


def test_a_link_in_a_mail_changes_nothing_when_a_scanner_opens_it(host: Host, smtp: Smtp) -> None:
    ticket_id = opened(host)
    data = inbox_form(host, "ada", ticket_id) | {"body": "Done.", "status": "resolved"}
    host.client("ada").post(INBOX.format(ticket_id) + "/reply", data=data)
    drained(host)
    mails = "".join(str(mail.message) for mail in smtp.to("jerome@northwind.example"))
    links = set(re.findall(r"https://app\.example\.com(/[\w/.-]+)", mails.replace("=\n", "")))
    assert links
    before = count(host, Message)
    for _ in range(2):
        for link in links:
            host.client("jerome").get(link)
            host.client().get(link)
    with host.app.app_context():
        assert host.db.session.scalars(select(Ticket.status)).all() == ["resolved"]
    assert count(host, Message) == before
