"""One act on several tickets of a list: each by its own rules, each with its own result, and nothing lost."""

from __future__ import annotations

import re
import threading
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import Busy, InvalidInput, SupportError, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Delivery, Event, Message, Queue, Ticket, TicketTag
from flask_sgsupport.services import agents, assigning, in_bulk, replying, setup, sorting
from flask_sgsupport.services.in_bulk import Chosen, Wanted, act_on_each
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.status import set_status
from flask_sgsupport.signals import before_ticket_assigned, before_ticket_status_changed
from tests.customers_see import pages
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"


def page(client: FlaskClient, path: str = "") -> str:
    answer = client.get(INBOX + path)
    assert answer.status_code == 200
    return answer.text


def boxes(html: str) -> dict[str, str]:
    """What the box of each ticket sends."""
    found = re.findall(r'type="checkbox" name="ticket" value="((TKT-[\d-]+)~\d+)"', html)
    return {number: value for value, number in found}


def selected(html: str) -> list[str]:
    """The tickets whose boxes are ticked."""
    return re.findall(r'name="ticket" value="(TKT-[\d-]+)~\d+" form="sg-bulk" checked', html)


def hidden(html: str) -> dict[str, str]:
    form = re.search(r'<form class="sg-bulk".*?</form>', html, re.DOTALL)
    assert form is not None
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0])}


def send(client: FlaskClient, html: str, tickets: list[str], path: str = "", **fields: Any) -> TestResponse:
    """The form of a list with these boxes ticked."""
    there = boxes(html)
    sent = hidden(html) | {"ticket": [there[number] for number in tickets]} | fields
    return client.post(f"{INBOX}bulk{path}", data=sent)


def refused(answer: TestResponse) -> dict[str, str]:
    """Why not, by ticket."""
    found = re.findall(
        r'<li>(?:<label.*?</label>)?<span><a class="sg-num"[^>]*>(TKT-[\d-]+)</a>.*?"sg-why-not">(.*?)</span>',
        answer.text,
    )
    return {number: unescape(why) for number, why in found}


def stands(host: Host, ticket_id: str) -> tuple[str, str, str, str | None]:
    """Status, queue, priority and assignee."""
    with host.app.app_context():
        wanted = select(Ticket.status, Queue.key, Ticket.priority, Agent.name).join(Queue, Queue.pk == Ticket.queue_pk)
        wanted = wanted.outerjoin(Agent, Agent.pk == Ticket.assignee_pk).where(Ticket.ticket_id == ticket_id)
        return tuple(host.db.session.execute(wanted).one())  # type: ignore[return-value]


def tags(host: Host, ticket_id: str) -> list[str]:
    with host.app.app_context():
        wanted = select(TicketTag.tag).join(Ticket, Ticket.pk == TicketTag.ticket_pk)
        return sorted(host.db.session.scalars(wanted.where(Ticket.ticket_id == ticket_id)))


def actions(host: Host, ticket_id: str) -> list[tuple[str, str]]:
    """What was done with a ticket, and by which request."""
    with host.app.app_context():
        wanted = select(Event.action, Event.request_id).join(Ticket, Ticket.pk == Event.ticket_pk).order_by(Event.pk)
        return [
            (row.action, row.request_id) for row in host.db.session.execute(wanted.where(Ticket.ticket_id == ticket_id))
        ]


@pytest.mark.every_database
def test_one_is_refused_with_its_reason_and_stays_selected_and_the_others_are_done(
    host: Host, open_ticket: OpenTicket
) -> None:
    first, taken, last = (open_ticket(subject=f"Number {number}") for number in range(3))
    client = host.client("ada")
    html = page(client)
    with host.app.app_context():
        assigning.claim(taken, host.agent("grace"))
    answer = send(client, html, [first, taken, last], act="claim")
    assert answer.status_code == 409
    assert refused(answer) == {taken: "Grace Hopper has it already. If it is to be yours, assign it to yourself."}
    assert selected(answer.text) == [taken]
    assert "Assign to me <" in answer.text
    assert "2 done, 1 not" in answer.text
    for number, who in ((first, "Ada Lovelace"), (taken, "Grace Hopper"), (last, "Ada Lovelace")):
        assert stands(host, number)[3] == who
        assert f'href="/admin/support/tickets/{number}"' in answer.text
    # Tried again from there it goes by how the ticket is by now.
    again = send(client, answer.text, [taken], act="chosen", chosen=f"assign:{host.ids['ada']}")
    assert again.status_code == 302
    assert stands(host, taken)[3] == "Ada Lovelace"


@pytest.mark.every_database
def test_everything_that_is_offered_is_done_and_said_with_links(host: Host, open_ticket: OpenTicket) -> None:
    numbers = [open_ticket(subject=f"Number {number}") for number in range(2)]
    client = host.client("ada")
    grace = host.ids["grace"]

    def do(path: str = "", **fields: Any) -> str:
        html = page(client, path)
        answer = send(client, html, numbers, **fields)
        assert answer.status_code == 302, refused(answer) or answer.text
        said = page(client)
        for number in numbers:
            assert f'href="/admin/support/tickets/{number}">{number}</a>' in said
        return said

    assert "Priority: High <" in do(act="chosen", chosen="priority:high")
    assert "Assignee: Grace Hopper <" in do(act="chosen", chosen=f"assign:{grace}")
    assert [stands(host, number)[2:] for number in numbers] == [("high", "Grace Hopper")] * 2
    assert "Assignee: Nobody <" in do(act="chosen", chosen="unassign")
    assert "Add tag: checkout, vip <" in do(act="add_tag", tag="checkout, vip")
    do(act="remove_tag", tag="VIP")
    assert [tags(host, number) for number in numbers] == [["checkout"]] * 2
    do(tag="enter")
    assert [tags(host, number) for number in numbers] == [["checkout", "enter"]] * 2
    do(act="chosen", chosen="spam")
    assert page(client).count('name="ticket"') == 0
    do("?view=filtered", act="chosen", chosen="release")
    assert "Assign to me <" in do(act="claim")
    with host.app.app_context():
        for number in numbers:
            replying.reply(number, host.agent("ada"), body="It is back.")
    assert "Status: Resolved <" in do(act="chosen", chosen="status:resolved")
    do("?view=resolved", act="chosen", chosen="status:open")
    assert [stands(host, number)[0] for number in numbers] == ["open"] * 2
    html = page(client)
    # Ada does not cover Billing; what she gave away she sees as long as it is hers.
    assert send(client, html, numbers, act="chosen", chosen="queue:billing").status_code == 302
    assert [stands(host, number)[1] for number in numbers] == ["billing"] * 2
    assert "Queue: Billing <" in page(client)


@pytest.mark.every_database
def test_what_crosses_a_newer_message_or_change_is_refused_for_that_ticket(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    names = ("asked", "moved", "quiet", "own", "noted")
    tickets = {name: open_ticket(subject=name) for name in names}
    client = host.client("ada")
    html = page(client)
    clock.forward(minutes=1)
    with host.app.app_context():
        replying.follow_up(tickets["asked"], host.customer("jerome"), body="It is worse now.")
        sorting.change_fields(tickets["moved"], host.agent("grace"), {"priority": "low"})
        sorting.change_fields(tickets["own"], host.agent("ada"), {"priority": "low"})
        replying.add_note(tickets["noted"], host.agent("grace"), body="Looks known.")
    answer = send(client, html, list(tickets.values()), act="chosen", chosen="priority:urgent")
    why = refused(answer)
    assert set(why) == {tickets["asked"], tickets["moved"]}
    assert re.fullmatch(r"Since the list was shown: the customer wrote at \d\d:\d\d( UTC)?\.", why[tickets["asked"]])
    assert "Grace Hopper: priority Normal → Low" in why[tickets["moved"]]
    assert set(selected(answer.text)) == set(why)
    assert [stands(host, tickets[name])[2] for name in names] == ["normal", "low", "urgent", "urgent", "urgent"]
    # Looked at, it may be meant all the same: the list that came back shows how it is.
    assert send(client, answer.text, list(why), act="chosen", chosen="priority:urgent").status_code == 302


@pytest.mark.every_database
@pytest.mark.parametrize("act", ["spam", "status:resolved", "unassign", "claim", "release", "add_tag"])
def test_no_act_goes_over_a_message_that_was_not_seen(host: Host, open_ticket: OpenTicket, act: str) -> None:
    number = open_ticket()
    with host.app.app_context():
        if act in {"unassign", "status:resolved"}:
            assigning.claim(number, host.agent("ada"))
            replying.reply(number, host.agent("ada"), body="Done?")
        if act == "release":
            sorting.put_aside(number, host.agent("ada"))
        seen = host.db.session.scalar(select(Ticket.version).where(Ticket.ticket_id == number))
        replying.follow_up(number, host.customer("jerome"), body="No.")
        if act == "release":
            sorting.put_aside(number, host.agent("grace"))
        before = stands(host, number)
        name, __, value = act.partition(":")
        (result,) = act_on_each(host.agent("ada"), Wanted(name, value or "vip"), [Chosen(number, seen)])
    assert result.error is not None
    assert result.error.sentence.startswith("Since the list was shown: ")
    assert stands(host, number) == before


@pytest.mark.every_database
def test_the_same_form_sent_twice_does_it_once_and_says_so_again(host: Host, open_ticket: OpenTicket) -> None:
    number, other = open_ticket(), open_ticket(subject="Another")
    client = host.client("ada")
    html = page(client)
    for __ in range(2):
        assert send(client, html, [number], act="chosen", chosen="priority:high").status_code == 302
    assert "Priority: High <" in page(client)
    with host.app.app_context():
        sorting.change_fields(number, host.agent("ada"), {"priority": "low"})
    # The way back of the browser: it stays as it was put right since.
    assert send(client, html, [number, other], act="chosen", chosen="priority:high").status_code == 302
    assert [stands(host, one)[2] for one in (number, other)] == ["low", "high"]
    # Another act of the same form is no repetition.
    assert send(client, html, [number], act="add_tag", tag="vip").status_code == 302
    assert tags(host, number) == ["vip"]
    requests = {request for action, request in actions(host, number) if action == "field.changed"}
    assert {request for action, request in actions(host, other) if action == "field.changed"} < requests


@pytest.mark.every_database
@pytest.mark.parametrize("chosen", ["spam", "status:resolved"])
def test_a_button_pressed_twice_by_two_forms_is_done(host: Host, open_ticket: OpenTicket, chosen: str) -> None:
    number = open_ticket()
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="It is back.")
    client = host.client("ada")
    for html in (page(client), page(client)):
        sent = hidden(html) | {"ticket": f"{number}~99", "act": "chosen", "chosen": chosen}
        assert client.post(f"{INBOX}bulk", data=sent).status_code == 302
    assert len([one for one, __ in actions(host, number) if one in {"ticket.filtered", "status.changed"}]) == 1


@pytest.mark.every_database
def test_whoever_lacks_the_right_is_told_for_each_and_another_form_is_no_way_round(
    host: Host, open_ticket: OpenTicket
) -> None:
    number, hers = open_ticket(), open_ticket(subject="Cleo's")
    foreign = open_ticket(subject="In Billing", category="invoices")
    with host.app.app_context():
        assigning.assign(hers, host.agent("grace"), str(host.ids["cleo"]))
    cleo = host.client("cleo")
    html = page(cleo)
    assert "sg-bulk" in html and 'value="claim"' not in html and 'label="Assignee"' not in html
    answer = send(cleo, html, [number, hers], act="claim")
    assert answer.status_code == 403
    assert set(refused(answer)) == {number, hers}
    assert "support lead" in refused(answer)[number]
    sent = hidden(html) | {"ticket": [f"{foreign}~1", "TKT-2026-99999~1"], "act": "chosen", "chosen": "priority:high"}
    unseen = cleo.post(f"{INBOX}bulk", data=sent)
    assert unseen.status_code == 404
    assert refused(unseen) == {one: f"There is no ticket {one} here." for one in (foreign, "TKT-2026-99999")}, (
        "what is out of sight is like what is not there"
    )
    assert "In Billing" not in unseen.text
    assert selected(unseen.text) == []
    assert stands(host, foreign)[2] == "normal"


@pytest.mark.every_database
def test_a_veto_and_a_receiver_that_fails_stop_their_ticket_only(host: Host, open_ticket: OpenTicket) -> None:
    kept, broken, free = (open_ticket(subject=name) for name in ("kept", "broken", "free"))

    @host.support.on(before_ticket_assigned)
    def guard(app: Any, payload: Any) -> None:
        if payload.ticket["subject"] == "kept":
            raise Vetoed("This one stays where it is.")
        if payload.ticket["subject"] == "broken":
            raise ZeroDivisionError

    client = host.client("ada")
    answer = send(client, page(client), [kept, broken, free], act="claim")
    assert refused(answer)[kept] == "This one stays where it is."
    assert refused(answer)[broken].startswith("The application could not check this just now.")
    assert [stands(host, one)[3] for one in (kept, broken, free)] == [None, None, "Ada Lovelace"]


@pytest.mark.every_database
def test_the_rules_of_a_single_act_hold_for_each(host: Host, open_ticket: OpenTicket, resolved_ticket: str) -> None:
    unanswered, answered = open_ticket(subject="Unanswered"), open_ticket(subject="Answered")
    with host.app.app_context():
        replying.reply(answered, host.agent("ada"), body="It is back.")
        agents.change_agent(host.agent("grace"), str(host.ids["ben"]), rights={Right.HANDLE})
    client = host.client("ada")
    answer = send(client, page(client), [unanswered, answered], act="chosen", chosen="status:resolved")
    assert list(refused(answer)) == [unanswered]
    assert (stands(host, unanswered)[0], stands(host, answered)[0]) == ("open", "resolved")
    told = select(Delivery.recipient_name).join(Ticket, Ticket.pk == Delivery.ticket_pk)
    with host.app.app_context():
        mails = told.where(Ticket.ticket_id == answered, Delivery.notice == "resolved_customer")
        assert set(host.db.session.scalars(mails)) == {"Jerome Ellis"}
    there = page(client, "?view=unassigned")
    uncovered = send(client, there, [unanswered], act="chosen", chosen=f"assign:{host.ids['ben']}")
    assert "does not cover the ticket's queue" in refused(uncovered)[unanswered]
    assert f'<option value="assign:{host.ids["ben"]}" selected>' in uncovered.text


def test_nothing_selected_or_chosen_is_said_and_what_was_stays(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    client = host.client("ada")
    html = page(client, "?queue=support")
    none = send(client, html, [], "?back=queue%3Dsupport", act="chosen", chosen="priority:high")
    assert (none.status_code, "Select tickets first." in none.text) == (422, True)
    assert '<option value="priority:high" selected>' in none.text
    assert "All open in Support" in none.text, "it is the list one was at"
    nothing = send(client, html, [number], act="chosen", chosen="")
    assert "Choose what shall be done with the selected tickets." in nothing.text
    assert selected(nothing.text) == [number]
    empty = send(client, html, [number], act="add_tag", tag=" , ")
    assert (empty.status_code, "Type a tag first." in empty.text) == (422, True)
    odd = send(client, html, [number], act="chosen", chosen="delete:everything")
    assert odd.status_code == 422
    assert stands(host, number)[2] == "normal"


def test_one_box_stands_for_the_page_also_without_scripts(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.settings.page_size = 5
    numbers = [open_ticket(subject=f"Number {number}") for number in range(7)]
    client = host.client("ada")
    html = page(client)
    answer = client.post(f"{INBOX}bulk", data=hidden(html) | {"all": "1", "act": "claim"})
    assert answer.status_code == 302
    assert [stands(host, number)[3] for number in numbers] == ["Ada Lovelace"] * 5 + [None] * 2
    assert "5 done" in page(client)


def test_more_than_a_page_and_more_than_some_seconds_are_left_and_said(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [open_ticket(subject=f"Number {number}") for number in range(7)]
    host.desk.settings.page_size = 5
    with host.app.app_context():
        ada = host.agent("ada")
        results = act_on_each(ada, Wanted("claim"), [Chosen(number) for number in numbers], form="one")
        assert [isinstance(one.error, Busy) for one in results] == [False] * 5 + [True] * 2
        # Sent once more it goes on: what is done is not done again, and counts for nothing.
        host.desk.settings.page_size = 50
        monkeypatch.setattr(in_bulk, "MOST_SECONDS", -1.0)
        results = act_on_each(ada, Wanted("claim"), [Chosen(number) for number in reversed(numbers)], form="one")
        assert [one.ticket_id for one in results if one.error is not None] == [numbers[5]]
    assert [stands(host, number)[3] is not None for number in numbers] == [True] * 5 + [False, True]


@pytest.mark.every_database
def test_a_double_click_at_the_same_moment_does_it_once(host: Host, open_ticket: OpenTicket) -> None:
    numbers = [open_ticket(subject=f"Number {number}") for number in range(3)]
    clients = [host.client("ada") for __ in range(2)]
    html = page(clients[0])
    start, answers = threading.Barrier(2), []

    def click(client: FlaskClient) -> None:
        start.wait()
        answers.append(send(client, html, numbers, act="add_tag", tag="vip"))

    threads = [threading.Thread(target=click, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302, 302]
    for number in numbers:
        assert [one for one, __ in actions(host, number)].count("field.changed") == 1
        assert tags(host, number) == ["vip"]


def test_a_ticket_the_database_could_not_come_to_is_said_and_may_be_sent_again(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, free = open_ticket(subject="Stuck"), open_ticket(subject="Free")
    claim = assigning.claim

    def busy(number: str, *rest: Any, **more: Any) -> None:
        if number == stuck:
            raise Busy("The database is busy. Nothing was changed.")
        claim(number, *rest, **more)

    client = host.client("ada")
    html = page(client)
    with monkeypatch.context() as patched:
        patched.setattr(assigning, "claim", busy)
        answer = send(client, html, [stuck, free], act="claim")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert refused(answer) == {stuck: "The database is busy. Nothing was changed."}
    assert stands(host, free)[3] == "Ada Lovelace"
    assert send(client, html, [stuck, free], act="claim").status_code == 302
    assert [one for one, __ in actions(host, free)].count("assignee.changed") == 1
    assert stands(host, stuck)[3] == "Ada Lovelace"


@pytest.mark.usefixtures("in_app")
@pytest.mark.parametrize(
    "wanted",
    [Wanted("delete"), Wanted("status"), Wanted("status", "gone"), Wanted("add_tag", " "), Wanted("assign", "")],
)
def test_what_is_no_act_is_refused_as_a_whole(host: Host, open_ticket: OpenTicket, wanted: Wanted) -> None:
    with pytest.raises(InvalidInput):
        act_on_each(host.agent("ada"), wanted, [Chosen(open_ticket())])


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_right_taken_between_two_tickets_is_gone_for_the_next(host: Host, open_ticket: OpenTicket) -> None:
    first, second = open_ticket(), open_ticket(subject="Another")
    ada = host.agent("ada")

    @host.support.on(before_ticket_status_changed)
    def take(app: Any, payload: Any) -> None:
        taken.append(payload)

    taken: list[Any] = []
    for number in (first, second):
        replying.reply(number, host.agent("ada"), body="It is back.")
    results = act_on_each(ada, Wanted("status", "resolved"), [Chosen(first)])
    agents.withdraw_agent(host.agent("grace"), str(host.ids["ada"]))
    results = [*results, *act_on_each(ada, Wanted("status", "resolved"), [Chosen(second)])]
    errors: list[SupportError | None] = [one.error for one in results]
    assert errors[0] is None
    assert errors[1] is not None and errors[1].code == "not_allowed"
    assert len(taken) == 1


def test_a_ticket_that_left_the_list_keeps_its_box_beside_the_reason(host: Host, open_ticket: OpenTicket) -> None:
    number, other = open_ticket(), open_ticket(subject="Another")
    client = host.client("ada")
    html = page(client, "?view=unassigned")
    with host.app.app_context():
        assigning.claim(number, host.agent("grace"))
    answer = send(client, html, [number], "?back=view%3Dunassigned", act="claim")
    assert selected(answer.text) == [number]
    assert list(boxes(answer.text)) == [number, other]
    assert "Checkout failing on Canvas Tote" in answer.text
    sent = send(client, answer.text, [number], "?back=view%3Dunassigned", act="chosen", chosen="priority:high")
    assert (sent.status_code, sent.location) == (302, f"{INBOX}?view=unassigned")


@pytest.mark.every_database
def test_fifty_cost_what_fifty_single_acts_cost_and_the_list_stays_small(host: Host, open_ticket: OpenTicket) -> None:
    numbers = [open_ticket("mina" if number % 2 else "jerome", subject=f"Number {number}") for number in range(20)]
    client = host.client("ada")
    html = page(client)
    single = client.post(f"{INBOX}tickets/{numbers[0]}/claim")
    assert single.status_code == 302
    with host.count_statements() as one:
        client.post(f"{INBOX}tickets/{numbers[1]}/claim")
    with host.count_statements() as many:
        assert send(client, html, numbers[2:], act="claim").status_code == 302
    # What an earlier sending did is asked in one statement.
    assert len(many) <= 18 * len(one)
    with host.count_statements() as shown:
        assert "18 done" in page(client)
    assert len(shown) <= 6
    with host.app.app_context():
        assigning.assign(numbers[2], host.agent("grace"), str(host.ids["grace"]))
    with host.count_statements() as again:
        assert send(client, page(client), numbers[2:3], act="claim").status_code == 409
    # The act, what is left over, and the list.
    assert len(again) <= len(one) + 1 + 2 * 6


@pytest.mark.every_database
def test_no_customer_learns_of_what_agents_do_in_bulk(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    with host.app.app_context():
        replying.add_note(number, host.agent("ada"), body="Chargeback looks like fraud to me.")
    client = host.client("ada")
    for fields in (
        {"act": "add_tag", "tag": "chargeback"},
        {"act": "chosen", "chosen": "priority:urgent"},
        {"act": "claim"},
        {"act": "chosen", "chosen": "spam"},
    ):
        html = page(client)
        assert "chargeback" not in html.lower(), "the list quotes customers only"
        answer = send(client, html, [number], **fields)
        assert answer.status_code == 302
        assert "chargeback" not in page(client).replace("Add tag: chargeback", "").lower()
    with host.app.app_context():
        sorting.release(number, host.agent("ada"))
        for address, text in pages(host, number, str(host.ids["jerome"])):
            assert "chargeback" not in text.lower(), address


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_tags_are_added_and_taken_away_beside_those_of_others(host: Host, open_ticket: OpenTicket) -> None:
    number, ada = open_ticket(), host.agent("ada")
    sorting.change_fields(number, host.agent("grace"), {"tags": "vip"})
    assert sorting.change_tags(number, ada, add="Checkout, vip") is True
    assert tags(host, number) == ["checkout", "vip"]
    assert sorting.change_tags(number, ada, add="vip") is False
    assert sorting.change_tags(number, ada, remove="vip, unknown") is True
    assert tags(host, number) == ["checkout"]
    with pytest.raises(InvalidInput, match="At most 20 tags"):
        sorting.change_tags(number, ada, add=", ".join(map(str, range(20))))


def test_the_list_offers_every_queue_a_ticket_may_be_moved_to(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    with host.app.app_context():
        setup.create_queue(host.agent("grace"), "sales", {"name": "Sales"})
    offered = re.compile(r'<option value="queue:(\w+)"')
    assert set(offered.findall(page(host.client("ada")))) == {"support", "billing", "sales"}
    with host.app.app_context():
        setup.change_queue(host.agent("grace"), "sales", {"active": False})
    assert set(offered.findall(page(host.client("ada")))) == {"support", "billing"}


def test_a_status_that_is_so_already_is_refused_where_another_did_it(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    client = host.client("ada")
    with host.app.app_context():
        replying.reply(number, host.agent("grace"), body="It is back.")
        set_status(number, host.agent("grace"), Status.RESOLVED)
    html = page(client, "?view=resolved")
    answer = send(client, html, [number], act="chosen", chosen="status:resolved")
    assert list(refused(answer)) == [number]


# Macros


def a_macro(host: Host, **values: Any) -> str:
    with host.app.app_context():
        return create_macro(host.agent("grace"), {"name": "Storm", **values}, shared=True)


@pytest.mark.every_database
def test_a_macro_is_used_on_several_tickets_each_filled_and_told_under_its_name(
    host: Host, open_ticket: OpenTicket
) -> None:
    mina, jerome = open_ticket("mina", subject="By Mina"), open_ticket(subject="By Jerome")
    does = {"note": "Seen with {{requester.first_name}}.", "priority": "high", "add_tags": "storm", "assignee": "me"}
    key = a_macro(host, **does)
    client = host.client("ada")
    html = page(client)
    for __ in range(2):
        answer = send(client, html, [mina, jerome], act="chosen", chosen=f"macro:{key}")
        assert answer.status_code == 302, refused(answer)
        said = page(client)
        assert "Macro: Storm <" in said
        assert "2 done" in said
    for number, name in ((mina, "Mina"), (jerome, "Jerome")):
        assert stands(host, number)[2:] == ("high", "Ada Lovelace")
        assert tags(host, number) == ["storm"]
        assert [action for action, __ in actions(host, number)].count("macro.used") == 1
        with host.app.app_context():
            wanted = select(Message.body).join(Ticket, Ticket.pk == Message.ticket_pk)
            wanted = wanted.where(Ticket.ticket_id == number, Message.kind == "internal-note")
            assert host.db.session.scalars(wanted).all() == [f"Seen with {name}."]


def test_macros_with_a_reply_are_left_out_by_name_and_refused_also_by_another_form(
    host: Host, open_ticket: OpenTicket
) -> None:
    number = open_ticket()
    with_reply = a_macro(host, name="Refund", body="Here it is.", priority="high")
    without = a_macro(host, priority="low")
    client = host.client("ada")
    html = page(client)
    assert f'<option value="macro:{without}">Storm</option>' in html
    assert '<option value="" disabled>Refund (has a reply: on a ticket’s own page)</option>' in html
    assert with_reply not in html
    answer = send(client, html, [number], act="chosen", chosen=f"macro:{with_reply}")
    assert answer.status_code == 422
    assert "“Refund” has a reply: use it on each ticket, where it is read." in answer.text
    assert send(client, html, [number], act="chosen", chosen="macro:nothing").status_code == 422
    assert stands(host, number)[2] == "normal"


def test_a_macro_asks_of_each_ticket_whether_it_may_be_used_there(host: Host, open_ticket: OpenTicket) -> None:
    fits, nowhere = open_ticket(site_ids=["11"]), open_ticket(site_ids=[])
    asked, hidden_one = open_ticket(site_ids=["11"]), open_ticket(site_ids=["11"])
    key = a_macro(host, note="Look at {{site.name}}.", offered_in="support")
    client = host.client("ada")
    html = page(client)
    with host.app.app_context():
        replying.follow_up(asked, host.customer("jerome"), body="Still there?")
        sorting.change_fields(hidden_one, host.agent("grace"), {"queue": "billing"})
    answer = send(client, html, [fits, nowhere, asked, hidden_one], act="chosen", chosen=f"macro:{key}")
    why = refused(answer)
    assert fits not in why, why
    assert why.keys() == {nowhere, asked, hidden_one}
    assert "{{site.name}} is empty on this ticket" in why[nowhere]
    assert why[asked].startswith("Since the list was shown: ")
    assert why[hidden_one] == f"There is no ticket {hidden_one} here."
    assert "1 done, 3 not" in answer.text
    grace = host.client("grace")
    other = send(grace, page(grace), [hidden_one], act="chosen", chosen=f"macro:{key}")
    assert refused(other) == {hidden_one: "This macro is not offered in the queue of this ticket."}


def test_a_macro_that_assigns_is_refused_to_whoever_may_not(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket()
    key = a_macro(host, assignee="nobody", priority="high")
    cleo = host.client("cleo")
    answer = send(cleo, page(cleo), [number], act="chosen", chosen=f"macro:{key}")
    assert "support lead" in refused(answer)[number]
    assert stands(host, number)[2:] == ("normal", None)


def test_a_macro_on_many_costs_what_it_costs_on_each(host: Host, open_ticket: OpenTicket) -> None:
    numbers = [open_ticket("mina" if number % 2 else "jerome") for number in range(12)]
    key = a_macro(host, note="Seen.", priority="high", add_tags="storm")
    client = host.client("ada")
    html = page(client)
    counts = []
    for chosen in (numbers[:1], numbers[1:2], numbers[2:]):
        with host.count_statements() as counted:
            assert send(client, html, chosen, act="chosen", chosen=f"macro:{key}").status_code == 302
        counts.append(len(counted))
    assert counts[2] <= 10 * counts[1]
