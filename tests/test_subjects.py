"""What a ticket is about in the host: chosen where it is opened, shown to agents with its link, found again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport import signals
from flask_sgsupport.conditions import condition, holds
from flask_sgsupport.errors import ConfigurationError, InvalidInput
from flask_sgsupport.hooks import Draft, Origin, Routed, Subject
from flask_sgsupport.inbox.context import about_now
from flask_sgsupport.models import Event, Message, Ticket, TicketSubject
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.queries.own_ticket import own_ticket
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import opening, replying, sorting
from flask_sgsupport.services.capturing import capture, subjects_of
from flask_sgsupport.services.host_buttons import offered
from flask_sgsupport.services.redacting import redact
from flask_sgsupport.services.rules import create_rule
from flask_sgsupport.snapshot import MAX_OFFERED, safe_link
from tests.test_hooks import ANY_TEXT, LET_GO, MISCHIEF, RUBBISH, build
from tests.world import Host, OpenTicket, build_host, dispose, name_orders, populate

INBOX = "/admin/support/"
ORDER, RAIN = ("order", "1042"), ("order", "1043")
FIELDS: dict[str, Any] = {"subject": "Where is it?", "body": "It has not come."}


@pytest.fixture
def orders(host: Host) -> dict[str, list[Subject]]:
    """The host names the orders of its accounts; what is changed here is otherwise from then on."""
    return name_orders(host)


def stored(host: Host) -> list[tuple[str, str]]:
    wanted = select(TicketSubject.ref, TicketSubject.title).order_by(TicketSubject.ticket_pk, TicketSubject.position)
    return [(ref, title) for ref, title in host.db.session.execute(wanted)]


def hidden_of(page: str) -> dict[str, str]:
    return {
        name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    }


@pytest.mark.every_database
@pytest.mark.usefixtures("orders")
def test_a_customer_chooses_on_the_form_and_the_ticket_names_it(host: Host) -> None:
    client = host.client("jerome")
    page = client.get("/support/open").text
    assert "What is it about?" in page
    assert re.findall(r'name="subjects" value="([^"]+)"', page) == ["order:1042", "order:1043", "domain:tote.example"]
    chosen = {"subjects": ["order:1043", "domain:tote.example"]}
    answer = client.post("/support/open", data=FIELDS | hidden_of(page) | chosen)
    assert answer.status_code == 302
    with host.app.app_context():
        assert stored(host) == [("order:1043", "Order 1043: Rain Tote"), ("domain:tote.example", "tote.example")]
        [ticket_id] = host.db.session.scalars(select(Ticket.ticket_id))
        assert own_ticket(host.customer("lena"), ticket_id).about == ["Order 1043: Rain Tote", "tote.example"]
    own = unescape(client.get(f"/support/tickets/{ticket_id}").text)
    assert "about Order 1043: Rain Tote, tote.example" in own
    inside = unescape(host.client("ada").get(f"{INBOX}tickets/{ticket_id}").text)
    assert '<a href="/orders/1043" rel="noopener noreferrer" dir="auto">Order 1043: Rain Tote</a>' in inside


def test_nobody_names_the_thing_of_another_account(host: Host, orders: dict[str, list[Subject]]) -> None:
    client = host.client("jerome")
    for wrong in ("order:77", "order:9", "invoice:1042", "", ":", "order:1042\x00x", "x" * 500):
        page = client.get("/support/open").text
        answer = client.post("/support/open", data=FIELDS | hidden_of(page) | {"subjects": ["order:1042", wrong]})
        assert answer.status_code == 422, wrong
        assert "One of these is gone, or does not belong to this account." in answer.text
        assert 'value="order:1042" checked' in answer.text, "what was chosen rightly stays"
        assert FIELDS["body"] in answer.text
    with host.app.app_context():
        assert stored(host) == []
        # Not by a form that was shown to somebody of that account either.
        shown = hidden_of(host.client("mina").get("/support/open").text)
        orders["1"].clear()
    answer = client.post("/support/open", data=FIELDS | shown | {"subjects": ["order:77"]})
    assert answer.status_code == 422


def test_what_is_gone_by_the_time_the_form_is_sent_is_said(host: Host, orders: dict[str, list[Subject]]) -> None:
    client = host.client("jerome")
    page = client.get("/support/open").text
    del orders["1"][0]
    answer = client.post("/support/open", data=FIELDS | hidden_of(page) | {"subjects": ["order:1042"]})
    assert (answer.status_code, "One of these is gone" in answer.text) == (422, True)


def test_a_link_of_the_host_leads_to_a_form_with_its_thing_chosen(host: Host, orders: dict[str, list[Subject]]) -> None:
    client = host.client("jerome")
    assert 'value="order:1043" checked' in client.get("/support/open?about=order:1043").text
    many = [Subject("order", f"n{number}", f"Order {number}") for number in range(200)]
    orders["1"][:] = [*many, Subject("order", "old", "An old order")]
    page = client.get("/support/open?about=order:old").text
    assert 'value="order:old" checked' in page
    assert len(re.findall('name="subjects"', page)) == MAX_OFFERED
    assert "The first 50 are listed." in page
    assert client.post("/support/open", data=FIELDS | hidden_of(page) | {"subjects": "order:old"}).status_code == 302
    foreign = client.get("/support/open?about=order:77&about=order:x").text
    assert "Pebble" not in foreign
    assert "order:x" not in foreign


@pytest.mark.usefixtures("orders")
def test_an_agent_chooses_on_behalf(host: Host) -> None:
    client = host.client("ada")
    address = f"{INBOX}open?person={host.ids['jerome']}&account=1"
    page = client.get(address).text
    assert 'name="subjects" value="order:1042"' in page
    wrong = client.post(f"{INBOX}open", data=FIELDS | hidden_of(page) | {"subjects": "order:77"})
    assert (wrong.status_code, "One of these is gone" in wrong.text) == (422, True)
    assert client.post(f"{INBOX}open", data=FIELDS | hidden_of(page) | {"subjects": "order:1042"}).status_code == 302
    with host.app.app_context():
        assert stored(host) == [("order:1042", "Order 1042: Canvas Tote")]


@pytest.mark.every_database
def test_from_code_and_command_line(host: Host, orders: dict[str, list[Subject]]) -> None:
    with host.app.app_context():
        host.support.open_ticket(
            host.customer("jerome"), subject="A", body="B", subjects=[("order", 1043), ("order", 1042), ("order", 1043)]
        )
        host.db.session.commit()
        assert [ref for ref, __ in stored(host)] == ["order:1043", "order:1042"]
        with pytest.raises(InvalidInput, match="does not belong to this account") as refused:
            host.support.open_ticket(host.customer("jerome"), subject="A", body="B", subjects=[("order", 77)])
        assert set(refused.value.fields) == {"subjects"}
        with pytest.raises(InvalidInput, match="about 10 of these at most"):
            host.support.open_ticket(
                host.customer("jerome"), subject="A", body="B", subjects=[("order", n) for n in range(11)]
            )
        host.db.session.rollback()
    runner = host.app.test_cli_runner()
    words = ["support", "open", "--requester", "mina@fabrikam.example", "--subject", "Lamp", "--body", "Broken."]
    assert runner.invoke(args=[*words, "--about", "order:77"]).exit_code == 0
    assert runner.invoke(args=[*words, "--about", "order:1042"]).exit_code == 2
    with host.app.app_context():
        assert stored(host)[-1] == ("order:77", "Order 77: Pebble Lamp")
        host.support.hooks.subjects = None
        with pytest.raises(InvalidInput, match="names nothing that a ticket could be about"):
            host.support.open_ticket(host.customer("jerome"), subject="A", body="B", subjects=[ORDER])


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_one_that_is_gone_or_called_otherwise_says_so(
    host: Host, open_ticket: OpenTicket, orders: dict[str, list[Subject]]
) -> None:
    ticket_id = open_ticket(subjects=[ORDER, RAIN, ("domain", "tote.example")])
    orders["1"][:] = [Subject("order", "1043", "Order 1043, sent", "https://shop.example/1043"), orders["1"][2]]
    found, unknown = about_now(ticket_page(host.agent("ada"), ticket_id))
    assert unknown == ""
    assert [(one.ref, one.title, one.gone, one.now, one.url) for one in found] == [
        ("order:1042", "Order 1042: Canvas Tote", True, "", "https://shop.example/orders/1042"),
        ("order:1043", "Order 1043: Rain Tote", False, "Order 1043, sent", "https://shop.example/1043"),
        ("domain:tote.example", "tote.example", False, "", ""),
    ]
    page = unescape(host.client("ada").get(f"{INBOX}tickets/{ticket_id}").text)
    assert "The app knows it no longer, or not in this account." in page
    assert "orders/1042" not in page, "no link to what is gone"
    assert "then: Order 1043: Rain Tote" in page
    own = own_ticket(host.customer("jerome"), ticket_id)
    assert own.about[0] == "Order 1042: Canvas Tote", "as it was when it was chosen"
    host.change_user("jerome", support=False)
    host.db.session.rollback()
    found, unknown = about_now(ticket_page(host.agent("ada"), ticket_id))
    assert unknown == "Jerome Ellis has no access to support in this account any more."
    assert [one.gone for one in found] == [False] * 3, "nobody knows"
    host.support.hooks.subjects = None
    __, unknown = about_now(ticket_page(host.agent("ada"), ticket_id))
    assert unknown == "The app names such things no longer."


@pytest.mark.every_database
def test_a_ticket_is_found_by_what_it_is_about(host: Host, open_ticket: OpenTicket, orders: Any) -> None:
    about = open_ticket(**FIELDS, subjects=[ORDER])
    other = open_ticket(**FIELDS, subjects=[RAIN])
    mina = open_ticket("mina", **FIELDS, subjects=[("order", "77")])
    ada = host.client("ada")

    def found(query: dict[str, str], who: Any = ada) -> set[str]:
        text = who.get(INBOX, query_string=query, follow_redirects=True).text
        return {one for one in (about, other, mina) if one in text}

    assert found({"q": "canvas tote order"}) == {about}
    assert found({"q": "1043"}) == {other}
    for words in ("order:1042", '"Order 1042: Canvas Tote"', "Canvas", "1042"):
        assert found({"q": f"about:{words}"}) == {about}, words
        assert found({"view": "all", "about": words.strip('"')}) == {about}, words
    assert found({"view": "all", "about": "tote"}) == {about, other}
    # Who does not see a ticket learns nothing of what it is about.
    with host.app.app_context():
        sorting.change_fields(mina, host.agent("grace"), {"queue": "billing"})
    assert found({"view": "all", "about": "pebble"}) == set()
    assert found({"view": "all", "about": "pebble"}, host.client("ben")) == {mina}


@pytest.mark.usefixtures("orders")
def test_the_filter_is_offered_where_the_host_names_something(host: Host) -> None:
    ada = host.client("ada")
    assert 'name="about"' in ada.get(INBOX).text
    host.support.hooks.subjects = None
    assert 'name="about"' not in ada.get(INBOX).text
    assert 'name="about"' in ada.get(f"{INBOX}?about=order:1").text


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app", "orders")
def test_rules_routing_buttons_and_payloads_know_what_a_ticket_is_about(host: Host) -> None:
    heard: list[Any] = []
    drafts: list[Draft] = []
    host.support.on(signals.ticket_opened)(lambda app, payload: heard.append(payload.ticket["subjects"]))
    host.support.on(signals.ticket_replied)(lambda app, payload: heard.append(payload.ticket["subjects"]))

    @host.support.route
    def route(draft: Draft) -> Routed | None:
        drafts.append(draft)
        return None

    told: list[Any] = []
    host.support.button("look", label="Look", visible=lambda ticket, actor: bool(told.append(ticket)) or True)(
        lambda ticket, actor: "Looked."
    )
    tote = [{"field": "about", "op": "contains", "value": ["canvas"]}]
    create_rule(host.agent("grace"), {"name": "Totes", "all": tote, "priority": "urgent"})
    for __ in range(2):
        ticket_id = opening.open_ticket(host.customer("jerome"), **FIELDS, subjects=[ORDER]).ticket_id
        assert host.db.session.scalars(select(Ticket.priority)).all()[-1] == "urgent", "foreseen or not"
        host.clock.forward(minutes=20)
    replying.reply(ticket_id, host.agent("ada"), body="It is on its way.")
    named = [{"kind": "order", "key": "1042", "title": "Order 1042: Canvas Tote"}]
    assert heard == [named, named, named]
    assert drafts[0].subjects == (Subject(*ORDER, "Order 1042: Canvas Tote", "https://shop.example/orders/1042"),)
    offered(host.agent("ada"), ticket_id)
    assert told[0].subjects == drafts[0].subjects
    assert holds(condition("about", "is", "order:1042"), {"about": ["order:1042", "Order 1042"]})
    [opened] = [row for row in history_page(host.agent("ada"), ticket_id).rows if row.action == "ticket.opened"]
    assert opened.text == "opened the ticket"
    data = host.db.session.scalars(select(Event.data).where(Event.action == "ticket.opened")).first()
    assert '"subjects": ["order:1042"]' in str(data)


@pytest.mark.usefixtures("in_app", "orders")
def test_a_ticket_that_continues_another_is_about_the_same(host: Host, closed_ticket: str) -> None:
    host.clock.forward(hours=1)
    old = opening.open_ticket(host.customer("jerome"), **FIELDS, subjects=[ORDER]).ticket_id
    replying.reply(old, host.agent("ada"), body="Here.", status="resolved")  # type: ignore[arg-type]
    replying.confirm_solved(old, host.customer("jerome"))
    host.clock.forward(days=31)
    new = replying.follow_up(old, host.customer("jerome"), body="It is back.").ticket_id
    assert new != old
    assert own_ticket(host.customer("jerome"), new).about == ["Order 1042: Canvas Tote"]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_secret_is_taken_out_of_a_title_as_well(host: Host, orders: dict[str, list[Subject]]) -> None:
    orders["1"].append(Subject("card", "1", "Card 4111-1111"))
    ticket_id = opening.open_ticket(
        host.customer("jerome"), subject="Card", body="It is 4111-1111.", subjects=[("card", "1")]
    ).ticket_id
    key = host.db.session.scalars(select(Message.key)).one()
    redact(ticket_id, host.agent("grace"), key, secret="4111-1111")
    assert stored(host) == [("card:1", "Card [redacted]")]
    assert "4111" not in str(host.db.session.scalar(select(Message.searched)))


def test_what_is_asked_costs_statements_only_where_there_is_something(
    host: Host, open_ticket: OpenTicket, orders: Any
) -> None:
    with_one, without = open_ticket(subjects=[ORDER]), open_ticket()
    counts = {}
    for who, path in (("ada", f"{INBOX}tickets/"), ("jerome", "/support/tickets/")):
        client = host.client(who)
        for ticket_id in (with_one, without):
            client.get(path + ticket_id)
            with host.count_statements() as ran:
                client.get(path + ticket_id)
            counts[who, ticket_id] = len(ran)
    assert counts["ada", with_one] == counts["ada", without]
    assert counts["jerome", with_one] == counts["jerome", without] + 1


# Rubbish


@pytest.fixture
def threaded(tmp_path: Path) -> Iterator[Host]:
    """A host that is not under test, so that its hooks run in threads of their own."""
    host = build_host(f"sqlite:///{tmp_path}/threads.sqlite", tmp_path, TESTING=False, SGSUPPORT_WORKER="none")
    populate(host)
    LET_GO.clear()
    yield host
    LET_GO.set()
    dispose(host)


@pytest.mark.parametrize("mischief", MISCHIEF)
def test_a_hook_that_fails_costs_neither_form_nor_ticket_nor_page(threaded: Host, mischief: str) -> None:
    host, told = threaded, list[str]()
    orders = name_orders(host)
    host.support.on(signals.context_hook_failed)(lambda app, payload: told.append(payload.hook))
    client = host.client("jerome")
    page = client.get("/support/open").text
    host.support.hooks.subjects = MISCHIEF[mischief]
    answer = client.post("/support/open", data=FIELDS | hidden_of(page) | {"subjects": "order:1042"})
    assert answer.status_code == 302
    assert told == ["subjects"]
    with host.app.app_context():
        assert stored(host) == [("order:1042", orders["1"][0].title)], "as it was offered a moment ago"
        [ticket_id] = host.db.session.scalars(select(Ticket.ticket_id))
    inside = host.client("ada").get(f"{INBOX}tickets/{ticket_id}")
    assert inside.status_code == 200
    assert "The app could not be asked how these stand now: " in inside.text
    assert "https://shop.example/orders/1042" in inside.text
    empty = client.get("/support/open")
    assert (empty.status_code, 'name="subjects"' in empty.text) == (200, False)
    with host.app.app_context():
        # From code there was no form in which the host has said anything.
        opened = opening.open_ticket(host.customer("jerome"), **FIELDS | {"subject": "Two"}, subjects=[ORDER])
        assert [one.ref for one in ticket_page(host.agent("ada"), opened.ticket_id).about] == []
        snapshot = ticket_page(host.agent("ada"), opened.ticket_id).snapshot
        assert snapshot is not None
        assert list(snapshot.unavailable) == ["subjects"]
    assert "Unavailable when it was opened – What it is about: " in host.client("ada").get(
        f"{INBOX}tickets/{opened.ticket_id}"
    ).text  # fmt: skip


FIELD = ANY_TEXT | RUBBISH
ANSWERS = st.lists(st.tuples(st.just(Subject), st.tuples(FIELD, FIELD, FIELD, FIELD)) | RUBBISH, max_size=4) | RUBBISH


@given(recipe=ANSWERS)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_of_any_kind_is_unavailable_or_can_be_stored(in_app: Host, recipe: Any) -> None:
    in_app.support.hooks.subjects = lambda *asked: build(recipe)
    captured = capture(in_app.customer("jerome"), "1", Origin("panel"), wanted=())
    known = {"account", "subjects"}
    assert set(captured.snapshot.unavailable) <= known
    for one in captured.subjects:
        assert re.fullmatch("[a-z][a-z0-9_-]{0,29}", one.kind)
        assert 0 < len(one.key) <= 64
        assert 0 < len(one.title) <= 200
        assert one.url == safe_link(one.url)
        assert "\x00" not in one.ref + one.title + one.url
    if captured.subjects:
        assert "subjects" not in captured.snapshot.unavailable


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.example/orders/1", True),
        ("HTTP://shop.example", True),
        ("/orders/1?x=1#y", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/\t/evil.example", False),
        ("orders/1", False),
        ("mailto:a@b.example", False),
        ("", False),
        ("https://" + "x" * 3_000, False),
    ],
)
def test_a_link_leads_to_the_web_or_into_the_app_and_nowhere_else(url: str, kept: bool) -> None:  # noqa: FBT001
    assert safe_link(url) == (url if kept else "")


def test_hostile_titles_and_links_are_words_on_every_page(host: Host) -> None:
    title = '<script>alert(1)</script> {{ 7*7 }} "quoted" \u202e'
    host.support.subjects(lambda *asked: [Subject("order", "<b>", title, "javascript:alert(1)")])
    jerome, ada = host.client("jerome"), host.client("ada")
    page = jerome.get("/support/open").text
    assert "<script>alert" not in page
    answer = jerome.post("/support/open", data=FIELDS | hidden_of(page) | {"subjects": "order:<b>"})
    assert answer.status_code == 302
    ticket_id = answer.headers["Location"].rpartition("/")[2]
    for client, path in ((jerome, f"/support/tickets/{ticket_id}"), (ada, f"{INBOX}tickets/{ticket_id}")):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert "javascript:" not in text
        assert "{{ 7*7 }}" in text


def test_the_hook_is_registered_once_and_takes_what_it_gets(host: Host) -> None:
    with pytest.raises(ConfigurationError, match="must be a function of"):
        host.support.subjects(lambda actor: [])  # type: ignore[arg-type,misc]
    host.support.subjects(lambda actor, account_id, origin, wanted: [])
    with pytest.raises(ConfigurationError, match="There is a subjects function already"):
        host.support.subjects(lambda actor, account_id, origin, wanted: [])


@pytest.mark.usefixtures("in_app")
def test_only_what_was_asked_for_counts(host: Host) -> None:
    """A host that answers everything each time is as good as one that looks things up."""
    host.support.subjects(lambda *asked: [Subject("order", n, f"Order {n}") for n in (1, 2, 2, 3)])  # type: ignore[arg-type]
    found, failure = subjects_of(host.customer("jerome"), "1", Origin("panel"), [("order", "3"), ("order", "9")])
    assert ([one.ref for one in found], failure) == (["order:3"], None)
