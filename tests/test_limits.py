"""One person opens, writes, uploads and searches so much and no more, and reads when it goes on."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text

from flask_sgsupport.actors import Via
from flask_sgsupport.errors import LimitReached
from flask_sgsupport.models import Message, Spent, Ticket, TicketRead
from flask_sgsupport.services import opening, replying
from tests.panel_pages import FORM, fresh_form
from tests.world import Clock, Host, OpenTicket

NEW = {"subject": "Checkout fails", "body": "Nobody can pay."}


@pytest.mark.every_database
def test_the_next_ticket_waits_for_the_next_hour(host: Host, clock: Clock) -> None:
    host.desk.settings.opens_per_hour = 2
    client = host.client("jerome")
    for number in (1, 2):
        form = fresh_form(client) | FORM | {"subject": f"Number {number}"}
        assert client.post("/support/open", data=form).status_code == 302
    form = fresh_form(client) | FORM | {"subject": "Number 3", "body": "Every word of it."}
    refused = client.post("/support/open", data=form)
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == str(57 * 60 + 1)
    assert "At most 2 tickets an hour. You can open the next one from 15:00 UTC on." in refused.text
    assert "Every word of it." in refused.text
    assert host.client("lena").post("/support/open", data=fresh_form(host.client("lena")) | FORM).status_code == 302
    clock.forward(minutes=57)
    form = fresh_form(client) | FORM | {"looked-for": FORM["subject"]}
    assert client.post("/support/open", data=form).status_code == 302


def test_the_same_form_sent_again_is_answered_and_not_counted(host: Host) -> None:
    host.desk.settings.opens_per_hour = 1
    client = host.client("jerome")
    form = fresh_form(client) | FORM
    first = client.post("/support/open", data=form)
    assert client.post("/support/open", data=form).headers["Location"] == first.headers["Location"]


@pytest.mark.every_database
def test_messages_are_limited_and_the_text_is_kept(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.settings.messages_per_hour = 1
    ticket_id = open_ticket()
    client = host.client("jerome")
    url = f"/support/tickets/{ticket_id}/follow-up"
    assert client.post(url, data={"body": "One."}).status_code == 302
    refused = client.post(url, data={"body": "Two of them."})
    assert refused.status_code == 429
    assert "At most 1 messages an hour. You can go on from 15:00 UTC." in refused.text
    assert "Two of them." in refused.text
    with host.app.app_context():
        assert host.db.session.scalar(select(Spent.amount).where(Spent.what == "messages")) == 1


def test_an_agent_may_do_ten_times_as_much(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.desk.settings.messages_per_hour = 1
    ticket_id = open_ticket()
    for number in range(10):
        replying.add_note(ticket_id, in_app.agent("ada"), body=f"Note {number}")
    with pytest.raises(LimitReached, match="At most 10 messages an hour"):
        replying.reply(ticket_id, in_app.agent("ada"), body="Done.")
    refused = in_app.client("ada").post(f"/admin/support/tickets/{ticket_id}/reply", data={"body": "Every word."})
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert "Every word." in refused.text


@pytest.mark.every_database
def test_files_are_limited_by_their_bytes(host: Host) -> None:
    host.desk.settings.upload_bytes_per_hour = 1_000
    client = host.client("jerome")

    def send(size: int) -> Any:
        form = fresh_form(client) | FORM | {"subject": f"{size}", "files": (BytesIO(b"x" * size), "a.txt")}
        return client.post("/support/open", data=form)

    assert send(600).status_code == 302
    assert send(400).status_code == 302
    refused = send(1)
    assert refused.status_code == 429
    assert "Files of at most 1 kB an hour. You can send more from 15:00 UTC on." in refused.text
    with host.app.app_context():
        assert len(host.db.session.scalars(select(Ticket.pk)).all()) == 2
    assert len([path for path in host.desk.storage.folder.glob("*/*/*") if path.is_file()]) == 2


@pytest.mark.every_database
def test_files_of_a_form_sent_again_are_not_kept_and_count_as_sent(host: Host, answered_ticket: str) -> None:
    host.desk.settings.upload_bytes_per_hour = 1_000
    client = host.client("jerome")
    url = f"/support/tickets/{answered_ticket}"
    form = fresh_form(client, url) | {"body": "See the file."}

    def send() -> Any:
        return client.post(f"{url}/follow-up", data=form | {"files": (BytesIO(b"x" * 600), "a.txt")})

    first = send()
    assert send().headers["Location"] == first.headers["Location"], "what was clicked twice is answered twice"
    refused = send()
    assert refused.status_code == 429
    assert "Files of at most 1 kB an hour." in refused.text
    assert len([path for path in host.desk.storage.folder.glob("*/*/*") if path.is_file()]) == 1
    with host.app.app_context():
        assert host.db.session.scalar(select(Spent.amount).where(Spent.what == "uploads")) == 1_200
        assert len(host.db.session.scalars(select(Message.pk).where(Message.body == "See the file.")).all()) == 1


@pytest.mark.parametrize(("who", "url"), [("jerome", "/support/?q=tote"), ("ada", "/admin/support/?q=tote")])
def test_searches_are_limited(host: Host, clock: Clock, who: str, url: str) -> None:
    host.desk.settings.searches_per_minute = 2
    client = host.client(who)
    for __ in range(2 if who == "jerome" else 20):
        assert client.get(url).status_code == 200
    refused = client.get(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "61")
    assert "searches a minute. You can search again from 14:04 UTC on." in refused.text
    assert client.get(url.partition("?")[0]).status_code == 200
    clock.forward(minutes=1)
    assert client.get(url).status_code == 200


@pytest.mark.parametrize(("who", "url"), [("jerome", "/support/?q=tote"), ("ada", "/admin/support/?q=tote")])
def test_a_search_nobody_looks_at_is_neither_made_nor_counted(host: Host, who: str, url: str) -> None:
    client = host.client(who)
    assert client.head(url).status_code == 200
    for header in ("Purpose", "Sec-Purpose"):
        assert client.get(url, headers={header: "prefetch;prerender"}).status_code == 503
    with host.app.app_context():
        assert host.db.session.scalars(select(Spent.what)).all() == []


@pytest.mark.every_database
def test_a_page_is_shown_while_host_code_holds_the_ticket(host: Host, answered_ticket: str) -> None:
    client = host.client("jerome")
    with host.app.app_context():
        server = host.db.engine.dialect.name
        host.support.reply(host.agent("ada", Via.PYTHON), answered_ticket, "One more thing.")
        host.db.session.flush()
        began = time.monotonic()
        with ThreadPoolExecutor(1) as another:
            page = another.submit(client.get, f"/support/tickets/{answered_ticket}").result()
        assert time.monotonic() - began < 3
        host.db.session.commit()
        assert page.status_code == 200
        marks = host.db.session.scalars(select(TicketRead.host_id).where(TicketRead.host_id == str(host.ids["jerome"])))
        assert len(marks.all()) == (1 if server == "postgresql" else 0), "elsewhere it is new once more"


@pytest.mark.every_database
def test_the_wait_of_the_host_is_its_own_again_after_a_page(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        kind = host.db.engine.dialect.name
    asked = {"sqlite": "PRAGMA busy_timeout", "postgresql": "SHOW lock_timeout"}
    wanted = text(asked.get(kind, "SELECT @@innodb_lock_wait_timeout"))
    waits = []
    for __ in range(2):
        with host.app.app_context():
            waits.append(host.db.session.scalar(wanted))
        host.client("jerome").get(f"/support/tickets/{answered_ticket}")
    assert waits[0] == waits[1]


@pytest.mark.parametrize("who", ["jerome", "ada"])
def test_looking_waits_for_no_other_writer(host: Host, open_ticket: OpenTicket, who: str) -> None:
    ticket_id = open_ticket()
    root = "/support/" if who == "jerome" else "/admin/support/"
    client = host.client(who)
    with host.app.app_context():
        path = host.db.engine.url.database
    writer = sqlite3.connect(path)
    writer.execute("BEGIN IMMEDIATE")
    try:
        for page in (f"{root}?q=tote", f"{root}tickets/{ticket_id}"):
            began = time.monotonic()
            assert client.get(page).status_code == 200
            assert time.monotonic() - began < 4
    finally:
        writer.rollback()
        writer.close()
    with host.app.app_context():
        assert host.db.session.scalars(select(TicketRead.host_id)).all() == []
    client.get(f"{root}tickets/{ticket_id}")
    with host.app.app_context():
        assert host.db.session.scalars(select(TicketRead.host_id)).all() == [str(host.ids[who])]


def test_a_search_costs_one_statement_more(host: Host) -> None:
    client = host.client("jerome")
    client.get("/support/?q=tote")
    with host.count_statements() as searched:
        client.get("/support/?q=tote")
    with host.count_statements() as listed:
        client.get("/support/")
    assert len(searched) - len(listed) <= 1, "\n".join(searched.ran)


def test_none_is_no_limit(in_app: Host) -> None:
    in_app.desk.settings.opens_per_hour = None
    opening.open_ticket(in_app.customer("jerome"), **NEW)
    assert in_app.db.session.scalars(select(Spent.what)).all() == []


@pytest.mark.parametrize("via", [Via.PYTHON, Via.CLI])
def test_host_code_and_commands_are_not_counted(in_app: Host, via: Via) -> None:
    in_app.desk.settings.opens_per_hour = 1
    for number in range(3):
        actor = in_app.customer("jerome", via)
        opening.open_ticket(actor, **NEW | {"subject": f"Number {number}"})
        in_app.db.session.commit()
    assert len(in_app.db.session.scalars(select(Message.pk)).all()) == 3
