"""Opening a ticket in the panel: what is shown beforehand, what is stored, and what a refused form keeps."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_sgsupport.actors import Via
from flask_sgsupport.errors import InvalidInput, Vetoed
from flask_sgsupport.hooks import Activity, Site
from flask_sgsupport.models import Attachment, Category, ContextSnapshot, Message, Queue, Ticket, TicketSite
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import opening, replying
from flask_sgsupport.services.capturing import unseal
from flask_sgsupport.signals import before_ticket_opened
from flask_sgsupport.storage import LocalStorage
from flask_sgsupport.web import limits
from tests.panel_pages import FORM, fresh_form, hidden, number_in, send_form
from tests.world import Clock, Host, OpenTicket, build_host, dispose, populate


def stored(host: Host, ticket_id: str) -> tuple[str, str]:
    """The context kept with a ticket: body and the code of the remark."""
    with host.app.app_context():
        row = host.db.session.execute(
            select(ContextSnapshot.body, ContextSnapshot.remark)
            .join(Ticket, Ticket.pk == ContextSnapshot.ticket_pk)
            .where(Ticket.ticket_id == ticket_id)
        ).one()
        return row.body, json.loads(row.remark)["code"] if row.remark else ""


def count(host: Host, model: Any) -> int:
    with host.app.app_context():
        return host.db.session.scalar(select(func.count()).select_from(model)) or 0


def shown_body(host: Host, who: str, form: dict[str, str]) -> str:
    """The context sealed into a form, as its maker reads it."""
    with host.app.test_request_context():
        found = unseal(host.customer(who), form["form"], form["context"], None)  # type: ignore[arg-type]
        assert found.remark is None
        return found.body


def test_the_form_sums_up_what_goes_along_and_shows_each_part(host: Host) -> None:
    html = host.client("jerome").get("/support/open").text
    assert "<h1>Need help</h1>" in html
    crumbs = html.partition('class="sg-crumbs"')[2].partition("</nav>")[0]
    assert crumbs.count('<span aria-current="page">') + crumbs.count("<a ") == crumbs.count("·") + 1, "no dead word"
    assert "You: jerome@northwind.example · Role: Admin · Recent action: theme update 13:32 UTC" in html
    for part in ("Northwind Outfitters", "Growth", "paid to 1 May", "tote.example", "Jerome Ellis, Admin"):
        assert part in html
    assert "by e-mail and in-app" in html
    assert "11:03 UTC" in html
    assert 'href="/support/what-support-sees"' in html


def test_the_context_is_stored_byte_for_byte_as_it_was_shown(host: Host) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    shown = shown_body(host, "jerome", form)
    host.support.hooks.context["activity"] = lambda *asked: []
    ticket_id = number_in(send_form(client, form).location)
    body, remark = stored(host, ticket_id)
    assert body == shown
    assert "theme update" in body
    assert remark == ""


def test_a_form_open_for_long_is_captured_again_and_the_ticket_says_so(host: Host, monkeypatch: Any) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    host.support.hooks.context["sites"] = lambda *asked: [Site("11", "moved.example")]
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda now=time.time: now() + 16 * 60)
    ticket_id = number_in(send_form(client, form).location)
    body, remark = stored(host, ticket_id)
    assert "moved.example" in body
    assert remark == "expired"
    html = host.client("ada").get(f"/admin/support/tickets/{ticket_id}").text
    assert "Captured again when the ticket was sent: the form had been open for a while." in html


@pytest.mark.parametrize("changed", ["", "rubbish", "x" * 200_000, "eyJhIjoxfQ.aaaa.bbbb"])
def test_a_context_that_is_not_ours_is_never_stored(host: Host, changed: str) -> None:
    client = host.client("jerome")
    form = fresh_form(client) | {"context": changed}
    ticket_id = number_in(send_form(client, form).location)
    body, remark = stored(host, ticket_id)
    assert json.loads(body)["account"]["name"] == "Northwind Outfitters"
    assert remark == "again"


def test_the_context_of_another_person_or_form_is_not_taken(host: Host) -> None:
    foreign = fresh_form(host.client("mina"))
    client = host.client("jerome")
    own, other = fresh_form(client), fresh_form(client)
    for context in (foreign["context"], other["context"]):
        ticket_id = number_in(
            send_form(
                client, own | {"context": context, "form": own["form"] + context[-5:]}, subject=context[:9]
            ).location
        )
        body, remark = stored(host, ticket_id)
        assert "Fabrikam" not in body
        assert remark == "again"


def test_sending_the_form_twice_opens_one_ticket(host: Host) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    first, second = send_form(client, form), send_form(client, form)
    assert first.location == second.location
    assert count(host, Ticket) == 1
    assert f"Ticket {number_in(first.location)} is open." in client.get(first.location).text


def test_the_same_form_of_another_person_opens_another_ticket(host: Host) -> None:
    form = fresh_form(host.client("jerome"))
    first = send_form(host.client("jerome"), form)
    second = send_form(host.client("lena"), form)
    assert first.location != second.location


def test_a_refused_form_comes_back_filled_with_the_same_token_and_context(host: Host) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    asked: list[str] = []
    before = host.support.hooks.context["account"]
    host.support.hooks.context["account"] = lambda *a: asked.append("again") or before(*a)
    answer = client.post(
        "/support/open",
        data=form
        | {
            "subject": "Only & a <subject>",
            "body": "  ",
            "category": "storefront",
            "sites": ["12"],
            "files": [(BytesIO(b"1"), "shot.png"), (BytesIO(b"2"), "log.txt")],
        },
    )
    html = answer.text
    assert answer.status_code == 422
    assert 'value="Only &amp; a &lt;subject&gt;"' in html
    assert '<option value="storefront" selected>' in html
    assert 'value="12" checked' in html
    assert 'value="11" checked' not in html
    assert '<a href="#sg-body">Describe what happens and what you expected.</a>' in html
    assert 'id="sg-body-error"' in html
    assert "Choose these files again, they were not kept: shot.png, log.txt." in html
    assert {name: hidden(html)[name] for name in ("form", "context")} == {n: form[n] for n in ("form", "context")}
    assert asked == [], "the hooks were asked again"
    assert count(host, Ticket) == count(host, Attachment) == 0
    sent = send_form(client, hidden(html))
    assert stored(host, number_in(sent.location))[1] == ""


def test_everything_wrong_is_said_at_once(host: Host) -> None:
    html = send_form(host.client("jerome"), subject=" ", body="").text
    assert '<a href="#sg-subject">Say in a few words what it is about.</a>' in html
    assert '<a href="#sg-body">Describe what happens and what you expected.</a>' in html


def test_a_veto_comes_back_with_its_sentence_and_the_text(host: Host) -> None:
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Maintenance until noon; please come back then.")

    with before_ticket_opened.connected_to(refuse):
        answer = send_form(host.client("jerome"))
    assert answer.status_code == 409
    assert "Maintenance until noon" in answer.text
    assert FORM["body"] in answer.text


def test_a_receiver_that_breaks_before_the_write_costs_nobody_their_text(host: Host) -> None:
    def broken(app: Any, payload: Any) -> None:
        raise RuntimeError("a bug of the host")

    with before_ticket_opened.connected_to(broken):
        answer = send_form(host.client("jerome"))
    assert answer.status_code == 409
    assert "The application could not check this just now." in answer.text
    assert FORM["body"] in answer.text
    assert count(host, Ticket) == 0


def test_a_site_of_another_account_is_refused(host: Host) -> None:
    answer = send_form(host.client("jerome"), sites=["21"])
    assert answer.status_code == 422
    assert "One of these sites is not a site of your account." in answer.text
    assert count(host, Ticket) == 0


def test_the_sites_chosen_are_kept_in_their_order(host: Host) -> None:
    send_form(host.client("jerome"), sites=["12", "11"])
    with host.app.app_context():
        names = host.db.session.scalars(select(TicketSite.name).order_by(TicketSite.position)).all()
    assert names == ["bags.example", "tote.example"]


def test_the_link_that_led_here_chooses_the_site(host: Host) -> None:
    html = host.client("jerome").get("/support/open?site=12").text
    assert 'value="12" checked' in html
    assert 'value="11" checked' not in html


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/sites/3", "/sites/3"),
        ("//evil.example/x", ""),
        ("https://evil.example/", ""),
        ("/a\\b", ""),
        ("/" + "x" * 600, ""),
    ],
)
def test_the_page_one_came_from_reaches_the_hooks_only_as_a_local_path(host: Host, given: str, kept: str) -> None:
    pages = []
    before = host.support.hooks.context["account"]

    def account(actor: Any, account_id: str, origin: Any) -> Any:
        pages.append(origin.page)
        return before(actor, account_id, origin)

    host.support.hooks.context["account"] = account
    host.client("jerome").get("/support/open", query_string={"from": given})
    assert pages == [kept]


def test_a_part_the_app_cannot_give_is_said_and_costs_nothing(host: Host) -> None:
    def broken(*asked: Any) -> Any:
        raise RuntimeError("the billing service is down")

    for name in ("account", "sites", "activity", "operator"):
        host.support.hooks.context[name] = broken
    client = host.client("jerome")
    html = client.get("/support/open").text
    assert html.count("unavailable just now") == 4
    assert "Recent action: unavailable" in html
    assert "billing service" not in html
    ticket_id = number_in(send_form(client, hidden(html)).location)
    failed = {"code": "failed", "kind": "RuntimeError"}
    parts = ("account", "sites", "activity", "operator")
    assert json.loads(stored(host, ticket_id)[0])["unavailable"] == dict.fromkeys(parts, failed)
    seen_by_support = host.client("ada").get(f"/admin/support/tickets/{ticket_id}").text
    assert "Unavailable when it was opened – Recent activity: it failed: RuntimeError" in seen_by_support


@pytest.mark.parametrize(
    ("still_there", "why"),
    [
        (True, ["Routed to Support: it continues {old}"]),
        (False, ["Routed to Billing, the default queue", "it continues {old}, whose queue is disabled"]),
    ],
)
def test_a_ticket_that_continues_an_old_one_says_so(
    in_app: Host, clock: Clock, closed_ticket: str, still_there: object, why: list[str]
) -> None:
    clock.forward(days=31)
    in_app.db.session.scalars(select(Queue).where(Queue.key == "support")).one().active = bool(still_there)
    in_app.db.session.commit()
    in_app.bent = "" if still_there else "a queue was disabled, and its tickets were left in it"
    new = replying.follow_up(closed_ticket, in_app.customer("jerome"), body="It is back.").ticket_id
    page = ticket_page(in_app.agent("grace"), new)
    assert list(page.reasons) == [reason.format(old=closed_ticket) for reason in why]
    assert page.remark == f"Taken over from {closed_ticket}."
    seen_by_support = in_app.client("grace").get(f"/admin/support/tickets/{new}").text
    head = seen_by_support.partition("<h2>Account</h2>")[2].partition("</div>")[0]
    assert f"taken over from {closed_ticket}, as of " in head


def test_without_hooks_the_directory_says_who_asks(database_url: str, tmp_path: Any) -> None:
    host = build_host(database_url, tmp_path, hooks=False)
    populate(host)
    html = host.client("jerome").get("/support/open").text
    assert "You: jerome@northwind.example · Role: Admin" in html
    assert "Recent action" not in html.split('id="sg-subject"')[0]
    assert 'name="sites"' not in html
    dispose(host)


def test_no_category_is_asked_for_where_none_is_offered(host: Host) -> None:
    client = host.client("jerome")
    assert 'name="category"' in client.get("/support/open").text
    with host.app.app_context():
        for category in host.db.session.scalars(select(Category)):
            category.active = False
        host.db.session.commit()
    assert 'name="category"' not in client.get("/support/open").text
    answer = send_form(client, category="storefront")
    assert answer.status_code == 422
    assert "This category is no longer offered." in answer.text


def test_files_go_with_the_ticket(host: Host) -> None:
    client = host.client("jerome")
    answer = send_form(client, files=[(BytesIO(b"picture"), "..\\shot.png"), (BytesIO(b""), "")])
    html = client.get(answer.location).text
    assert ">shot.png</a>" in html
    assert count(host, Attachment) == 1


@pytest.mark.parametrize(
    ("config", "files", "sentence"),
    [
        ({"SGSUPPORT_MAX_FILE_BYTES": 10}, [(b"x" * 11, "big.bin")], "big.bin is larger than 10 Bytes"),
        ({"SGSUPPORT_MAX_FILES_PER_MESSAGE": 1}, [(b"x", "a"), (b"x", "b")], "At most 1 files go with one message"),
    ],
)
def test_too_many_or_too_large_files_are_refused_beside_the_field(
    database_url: str, tmp_path: Any, config: dict[str, Any], files: list[tuple[bytes, str]], sentence: str
) -> None:
    host = build_host(database_url, tmp_path, **config)
    populate(host)
    answer = send_form(host.client("jerome"), files=[(BytesIO(data), name) for data, name in files])
    assert answer.status_code == 422
    assert sentence in answer.text
    assert FORM["body"] in answer.text
    assert not list(host.desk.storage.keys(older_than=datetime.max.replace(tzinfo=UTC)))
    dispose(host)


def test_a_request_too_large_is_answered_by_a_page_of_ours(host: Host, monkeypatch: Any) -> None:
    monkeypatch.setattr(limits, "TEXT_BYTES", 10_000)
    monkeypatch.setattr(host.desk.settings, "max_file_bytes", 1_000)
    client = host.client("jerome")
    file_too_large = {"files": (BytesIO(b"x" * 30_000), "big.bin")}
    field_too_large = {"body": "x" * 12_000, "files": (BytesIO(b"x"), "small.bin")}
    for data in (file_too_large, field_too_large, {"body": "x" * 12_000}):
        answer = client.post("/support/open", data=FORM | data)
        assert answer.status_code == 413
        assert "Send fewer or smaller files. 10 files of 1 kB each are the most, and " in answer.text
        assert "Your text could not be read with it" in answer.text
    assert count(host, Ticket) == 0


@pytest.mark.parametrize("with_file", [False, True], ids=["text only", "with a file"])
@pytest.mark.parametrize("page", ["open", "follow-up", "reply"])
def test_a_text_far_too_long_comes_back_with_its_form(
    host: Host, answered_ticket: str, page: str, *, with_file: bool
) -> None:
    who, address = {
        "open": ("jerome", "/support/open"),
        "follow-up": ("jerome", f"/support/tickets/{answered_ticket}/follow-up"),
        "reply": ("ada", f"/admin/support/tickets/{answered_ticket}/reply"),
    }[page]
    form = FORM | {"body": "x" * 60_000}
    form |= {"files": (BytesIO(b"x"), "small.bin")} if with_file else {}
    answer = host.client(who).post(address, data=form, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "This text has 60000 characters; 20000 is the most." in answer.text
    assert str(form["body"]) in answer.text


def test_a_stricter_limit_of_the_hosts_holds_and_a_wider_one_does_not(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "TEXT_BYTES", 20_000)
    for of_host, chars, status in ((5_000, 6_000, 413), (None, 6_000, 302), (None, 21_000, 413), (10**6, 21_000, 413)):
        host.app.config["MAX_FORM_MEMORY_SIZE"] = of_host
        form = FORM | {"body": "x" * chars, "files": (BytesIO(b"x"), "small.bin")}
        answer = host.client("jerome").post("/support/open", data=form, content_type="multipart/form-data")
        assert answer.status_code == status, (of_host, chars)


@pytest.mark.every_database
def test_what_one_byte_a_character_cannot_hold_is_refused_with_the_form(
    host: Host, database_url: str, tmp_path: Any
) -> None:
    narrow = build_host(database_url.replace("utf8mb4", "latin1"), tmp_path)
    narrow.ids, narrow.desk.now = host.ids, host.clock
    client = narrow.client("jerome")
    text = "Größe łódź 🙁"
    answer = send_form(client, subject="Größe", body=text)
    if database_url.startswith("mysql"):
        assert answer.status_code == 422
        assert "characters the database cannot store: łź🙁. Take them out" in answer.text
        assert f"{text}</textarea>" in answer.text
        assert send_form(client, subject="Größe", body="Größe").status_code == 302
        assert client.get("/support/", query_string={"q": text}).status_code == 422
    else:
        assert answer.status_code == 302
    dispose(narrow)


@pytest.mark.every_database
def test_a_character_the_connection_cannot_carry_is_refused_with_the_form(
    host: Host, answered_ticket: str, database_url: str, tmp_path: Any
) -> None:
    narrow = build_host(database_url.replace("utf8mb4", "utf8mb3"), tmp_path)
    narrow.ids, narrow.desk.now = host.ids, host.clock
    client = narrow.client("jerome")
    # The last is younger than what Python knows of Unicode.
    text = "Größe 🙁 und noch einmal 🙁 🛟 \U0001fae9"
    opened = send_form(client, subject=text, body=text)
    written = client.post(f"/support/tickets/{answered_ticket}/follow-up", data={"body": text})
    if database_url.startswith("mysql"):
        for answer in (opened, written):
            assert answer.status_code == 422
            assert "characters the database cannot store: 🙁🛟\U0001fae9. Take them out" in answer.text
            assert f"{text}</textarea>" in answer.text
    else:
        assert (opened.status_code, written.status_code) == (302, 302)
    dispose(narrow)


@pytest.mark.every_database
def test_a_nul_and_any_character_are_taken(host: Host) -> None:
    text = "Größe 🛟 \x00 {{ 7*7 }} {% x %} <script>alert(1)</script>"
    client = host.client("jerome")
    answer = send_form(client, subject=text, body=text)
    assert answer.status_code == 302
    html = client.get(answer.location).text
    assert "{{ 7*7 }} {% x %}" in html
    assert "<script>alert" not in html
    assert client.get("/support/tickets/TKT%00", follow_redirects=False).status_code == 404


def test_the_preview_is_a_fragment_for_scripts_and_the_whole_form_otherwise(host: Host) -> None:
    client = host.client("jerome")
    form = fresh_form(client)
    data = form | {"subject": "Kept", "body": "**bold** <b>raw</b>", "category": "invoices", "sites": "12"}
    fragment = client.post("/support/preview", data=data, headers={"X-Requested-With": "fetch"}).text
    assert fragment == "<p><strong>bold</strong> &lt;b&gt;raw&lt;/b&gt;</p>\n"
    html = client.post("/support/preview", data=data).text
    assert "<strong>bold</strong>" in html
    assert 'value="Kept"' in html
    assert '<option value="invoices" selected>' in html
    assert 'value="12" checked' in html
    assert hidden(html)["context"] == form["context"]
    assert count(host, Message) == 0


def test_the_account_is_the_persons_own_whatever_the_form_says(host: Host) -> None:
    assert send_form(host.client("jerome"), account="2").status_code == 403
    assert host.client("jerome").get("/support/open?account=2").status_code == 403


def test_a_form_opens_what_the_service_opens(in_app: Host) -> None:
    with pytest.raises(InvalidInput):
        opening.open_ticket(in_app.customer("jerome", Via.PANEL), subject="", body="x")


def test_what_support_sees_explains_each_part(host: Host) -> None:
    html = host.client("jerome").get("/support/what-support-sees").text
    for part in ("Account identity", "Site context", "Recent activity", "Operator identity"):
        assert f"<h2>{part}</h2>" in html
    for value in (
        "Northwind Outfitters",
        "Growth",
        "tote.example (working in)",
        "theme update",
        "jerome@northwind.example",
    ):
        assert value in html


def test_the_times_of_other_days_say_their_day(host: Host) -> None:
    host.support.hooks.context["activity"] = lambda *asked: [Activity("theme update", host.clock() - timedelta(days=2))]
    html = host.client("jerome").get("/support/open").text
    assert "Recent action: theme update 20 Apr 2026, 14:03 UTC" in html


class Unkind(LocalStorage):
    """A storage of the app's own that fails in its own way."""

    def save(self, stream: Any, *, max_bytes: int) -> Any:
        raise RuntimeError("the bucket said 503")

    def open(self, key: str) -> Any:
        raise PermissionError(13, "Permission denied")


def test_a_storage_that_fails_in_its_own_way_costs_nobody_their_words(
    host: Host, open_ticket: OpenTicket, tmp_path: Path
) -> None:
    open_ticket(files=[("a.txt", b"x")])
    with host.app.app_context():
        key = host.db.session.scalar(select(Attachment.key))
    kind, host.desk.storage = host.desk.storage, Unkind(tmp_path / "other")
    client = host.client("jerome")
    answer = client.post("/support/open", data=FORM | {"files": (BytesIO(b"x"), "shot.png")})
    assert answer.status_code == 422
    assert "shot.png could not be stored" in answer.text
    assert FORM["body"] in answer.text
    shown = client.get(f"/support/files/{key}")
    assert shown.status_code == 503
    assert "This file cannot be read now" in shown.text
    host.desk.storage = kind
