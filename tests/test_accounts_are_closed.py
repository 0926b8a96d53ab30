"""Other accounts' tickets do not exist: not by address, number, search, file, preview or news."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.actors import Via
from flask_sgsupport.errors import NotFound
from flask_sgsupport.models import Attachment, Delivery, Event, Message, Ticket
from flask_sgsupport.panel.views import ROUTES
from flask_sgsupport.services import rating, replying, status
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.reading import mark_read
from tests.world import START, Host, OpenTicket

MISSING = "TKT-2026-09999"
CANARY = "CANARY-7c1f"

OF_A_TICKET = [route for route in ROUTES if "<ticket_id>" in route.path]


def as_if(text: str, ticket_id: str) -> str:
    """A page with its ticket's number and its random texts taken out."""
    return re.sub(r'value="[^"]{16,}"', 'value="…"', text.replace(ticket_id, "TKT"))


def everything(host: Host) -> dict[str, list[Any]]:
    """Every row that an act on a ticket could change."""
    with host.app.app_context():
        return {
            model.__tablename__: [
                tuple(row) for row in host.db.session.execute(select(model.__table__).order_by(model.__table__.c.pk))
            ]
            for model in (Ticket, Message, Event, Delivery)
        }


@pytest.fixture
def foreign(host: Host, open_ticket: OpenTicket) -> str:
    """A resolved ticket of Fabrikam with a file."""
    ticket_id = open_ticket("mina", subject=f"{CANARY} subject", body=f"{CANARY} body", files=[(f"{CANARY}.txt", b"x")])
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body=f"{CANARY} reply")
    return ticket_id


@pytest.mark.every_database
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", ["jerome", "lena"])
def test_what_is_anothers_looks_like_what_is_not_there(host: Host, foreign: str, who: str, method: str) -> None:
    client = host.client(who)
    before = everything(host)
    tried = [route for route in OF_A_TICKET if method in route.methods]
    assert len(tried) > 1
    for route in tried:
        asked = {
            number: client.open(
                "/support" + route.path.replace("<ticket_id>", number), method=method, data={"body": "x"}
            )
            for number in (foreign, MISSING)
        }
        theirs, nothing = asked[foreign], asked[MISSING]
        assert (theirs.status_code, nothing.status_code) == (404, 404), route.endpoint
        assert as_if(theirs.text, foreign) == as_if(nothing.text, MISSING), route.endpoint
        lengths = {"Content-Length", "Set-Cookie"}
        assert [h for h in theirs.headers if h[0] not in lengths] == [h for h in nothing.headers if h[0] not in lengths]
    assert everything(host) == before


@pytest.mark.parametrize("who", ["jerome", "lena"])
def test_neither_list_nor_search_nor_notices_know_it(host: Host, foreign: str, who: str) -> None:
    client = host.client(who)
    addresses = [
        "/support/", f"/support/?q={foreign}", f"/support/?q={CANARY}", "/support/?q=1", "/support/?account=2",
        "/support/?status=open", f"/support/?after=2030-01-01T00:00:00%2B00:00_{foreign}", "/support/notifications",
        "/support/what-support-sees?account=1", "/support/open?site=21",
    ]  # fmt: skip
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200, address
        shown = answer.text.replace(f'value="{CANARY}"', "").replace(f"“{CANARY}”", "").replace(f"q={CANARY}", "")
        assert CANARY not in shown, address
        assert "Fabrikam" not in shown, address
        assert "fabrikam" not in shown, address


@pytest.mark.parametrize("who", ["jerome", "lena"])
def test_its_files_are_not_there(host: Host, foreign: str, who: str) -> None:
    with host.app.app_context():
        key = host.db.session.scalar(select(Attachment.key))
    client = host.client(who)
    theirs, nothing = client.get(f"/support/files/{key}"), client.get(f"/support/files/{'0' * 32}")
    assert theirs.status_code == nothing.status_code == 404
    assert theirs.text == nothing.text


def test_a_file_of_a_note_is_for_agents_only(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        taken = [Upload(f"{CANARY}.txt", BytesIO(b"x"))]
        replying.add_note(ticket_id, host.agent("ada"), body="note", files=taken)
        key = host.db.session.scalar(select(Attachment.key))
    client = host.client("jerome")
    assert CANARY not in client.get(f"/support/tickets/{ticket_id}").text
    theirs, nothing = client.get(f"/support/files/{key}"), client.get(f"/support/files/{'0' * 32}")
    assert (theirs.status_code, theirs.text) == (nothing.status_code, nothing.text)
    answer = host.client("ada").get(f"/support/files/{key}")
    assert answer.status_code == 200
    answer.close()


def test_its_news_are_not_there(host: Host, foreign: str) -> None:
    client = host.client("jerome")
    theirs, nothing = (client.get(f"/support/poll?ticket={number}") for number in (foreign, MISSING))
    assert theirs.status_code == nothing.status_code == 404
    assert as_if(theirs.text, foreign) == as_if(nothing.text, MISSING)
    assert client.get("/support/poll").json == {"version": "0", "unread": 0}


def test_its_preview_is_not_there(host: Host, foreign: str) -> None:
    client = host.client("jerome")
    pages = {n: client.post("/support/preview", data={"ticket": n, "body": "x"}) for n in (foreign, MISSING)}
    assert {page.status_code for page in pages.values()} == {404}
    assert as_if(pages[foreign].text, foreign) == as_if(pages[MISSING].text, MISSING)


def test_services_know_no_other_account_either(in_app: Host, foreign: str) -> None:
    jerome = in_app.customer("jerome", Via.PANEL)
    for act in (
        lambda: replying.follow_up(foreign, jerome, body="x"),
        lambda: replying.confirm_solved(foreign, jerome),
        lambda: replying.still_need_help(foreign, jerome),
        lambda: status.reopen(foreign, jerome),
        lambda: status.withdraw(foreign, jerome),
        lambda: rating.rate(foreign, jerome, good=True),
    ):
        with pytest.raises(NotFound):
            act()
    mark_read(foreign, jerome, updated_at=START, bell=1_000)


def test_somebody_moved_to_another_account_takes_nothing_along(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket("jerome")
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="For Northwind")
    client = host.client("jerome")
    assert client.get("/support/poll").json["unread"] == 1
    host.change_user("jerome", account_id=2)
    assert client.get(f"/support/tickets/{ticket_id}").status_code == 404
    assert ticket_id not in client.get("/support/").text
    assert ticket_id not in client.get("/support/notifications").text
    assert client.get("/support/poll").json["unread"] == 0


def test_a_colleague_without_support_access_sees_nothing(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("nora")
    tried = [route for route in ROUTES if "GET" in route.methods]
    assert len(tried) > 5
    for route in tried:
        answer = client.get("/support" + route.path.replace("<ticket_id>", ticket_id).replace("<key>", "x"))
        assert answer.status_code == 403, route.endpoint
        assert "Checkout" not in answer.text
