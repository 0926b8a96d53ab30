"""Merging: two tickets of an account become one, nobody loses sight of a word, and each is told once."""

from __future__ import annotations

import re
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_sgsupport.actors import Actor
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, TransitionRefused
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Message, Ticket
from flask_sgsupport.queries.inbox import Listing, find_number, frame, listing
from flask_sgsupport.queries.own_ticket import OwnMessage, OwnTicket, own_ticket
from flask_sgsupport.queries.panel import Wanted, own_tickets
from flask_sgsupport.queries.ticket import MessageRow, ticket_page
from flask_sgsupport.queries.views import VIEWS, Filters
from flask_sgsupport.services import assigning, preferring, rating, redacting, replying, sorting, status
from flask_sgsupport.services import merging as services_merging
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.merging import merge
from flask_sgsupport.signals import before_ticket_merged, ticket_merged
from tests.world import Clock, Host, OpenTicket

INBOX, PANEL = "/admin/support/", "/support/"


@pytest.fixture
def two(host: Host, open_ticket: OpenTicket, clock: Clock) -> tuple[str, str]:
    """Jerome's ticket about the checkout, which Ada has answered, and the one in which he asks again."""
    first = open_ticket()
    with host.app.app_context():
        assigning.claim(first, host.agent("ada"))
        replying.reply(first, host.agent("ada"), body="We are looking into it.")
    clock.forward(minutes=5)
    return open_ticket(subject="Checkout again", body="It is **still** broken.", files=[("log.txt", b"a log")]), first


def row(host: Host, ticket_id: str) -> Any:
    host.db.session.rollback()
    return host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()


def told(host: Host, notice: str) -> list[tuple[str, str, str]]:
    """Who was told by which channel, about which ticket."""
    wanted = select(Delivery.recipient_name, Delivery.channel, Ticket.ticket_id).join(
        Ticket, Ticket.pk == Delivery.ticket_pk
    )
    found = host.db.session.execute(wanted.where(Delivery.notice == notice).order_by(Delivery.pk))
    return [tuple(one) for one in found]  # type: ignore[misc]


def actions(host: Host, ticket_id: str) -> list[str]:
    wanted = select(Event.action).join(Ticket, Ticket.pk == Event.ticket_pk).order_by(Event.pk)
    return list(host.db.session.scalars(wanted.where(Ticket.ticket_id == ticket_id)))


def said(page: OwnTicket) -> list[tuple[str, str]]:
    """What stands on the customer's page, and in which ticket it was written."""
    return [(entry.body, entry.part) for entry in page.entries if isinstance(entry, OwnMessage)]


def listed(host: Host, who: str, **filters: str) -> list[str]:
    found: Listing = listing(host.agent(who), Filters(**filters))
    return [one.ticket_id for one in found.rows]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_two_tickets_become_one_and_both_histories_say_so(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    assert merge(again, host.agent("ada"), first) is True
    assert (row(host, again).merged_into_id, row(host, again).status) == (first, "open")
    assert actions(host, again)[-1] == "ticket.merged_into"
    assert actions(host, first)[-1] == "ticket.merge_received"
    assert merge(again, host.agent("ada"), first) is False, "pressed twice it is so already"
    assert actions(host, again).count("ticket.merged_into") == 1
    page = ticket_page(host.agent("ada"), first)
    assert page.history[0].text == f"merged {again} into this ticket"
    assert ticket_page(host.agent("ada"), again).history[0].text == f"merged this ticket into {first}"


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_merged_ticket_is_in_no_list_and_no_count_but_found_by_its_number_its_words_and_its_own_list(
    host: Host, two: tuple[str, str]
) -> None:
    again, first = two
    merge(again, host.agent("ada"), first)
    for view in VIEWS:
        shown = again in listed(host, "ada", view=view.key)
        assert shown is (view.key in {"merged", "all"}), view.key
    assert listed(host, "ada", queue="support") == [first]
    assert listed(host, "ada", status="open") == [first]
    around = frame(host.agent("ada"), Filters())
    assert (around.views["open"], around.queues["support"], around.current) == (1, 1, 1)
    assert find_number(host.agent("ada"), again) == again
    hit = listing(host.agent("ada"), Filters(q="still broken")).rows
    assert [(one.ticket_id, one.state_label, one.merged_into) for one in hit] == [(again, "Merged", first)]
    page = ticket_page(host.agent("ada"), first)
    assert (page.others, page.account_open) == ([], 1)
    assert [line.ticket_id for line in own_tickets(host.customer("jerome"), Wanted()).rows] == [first]
    for typed in (again, again[-5:], str(int(again[-5:])), "again"):
        found = [line.ticket_id for line in own_tickets(host.customer("jerome"), Wanted(text=typed)).rows]
        assert found == ([first] if typed != "again" else []), typed
    assert own_tickets(host.customer("mina"), Wanted(text=again)).rows == []


@pytest.mark.usefixtures("in_app")
def test_the_customer_reads_both_in_one_and_no_note_of_either(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    ada = host.agent("ada")
    replying.add_note(again, ada, body="Her backups are old.")
    merge(again, ada, first)
    page = own_ticket(host.customer("lena"), first)
    assert said(page) == [
        ("Nobody can pay since this afternoon.", ""),
        ("We are looking into it.", ""),
        ("It is **still** broken.", again),
    ]
    assert [file.name for entry in page.entries if isinstance(entry, OwnMessage) for file in entry.files] == ["log.txt"]
    assert page.parts == [(again, "Checkout again")]
    assert f"Ada merged {again} into this ticket" in [getattr(entry, "text", "") for entry in page.entries]
    seen = [entry for entry in ticket_page(ada, first).entries if isinstance(entry, MessageRow)]
    assert [(entry.part, entry.may_edit) for entry in seen if entry.body == "Her backups are old."] == [(again, False)]


@pytest.mark.usefixtures("in_app")
def test_an_agent_reads_of_what_was_merged_what_they_may_see(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    sorting.change_fields(again, host.agent("grace"), {"queue": "billing"})
    merge(again, host.agent("grace"), first)
    ada = ticket_page(host.agent("ada"), first)
    assert again not in {entry.part for entry in ada.entries if isinstance(entry, MessageRow)}
    assert ada.parts == []
    with pytest.raises(NotFound):
        ticket_page(host.agent("ada"), again)
    assert [one.ticket_id for one in ticket_page(host.agent("grace"), first).parts] == [again]


def test_the_old_address_leads_to_the_other_with_a_sentence(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    with host.app.app_context():
        merge(again, host.agent("ada"), first)
    client = host.client("jerome")
    led = client.get(f"{PANEL}tickets/{again}")
    assert (led.status_code, led.location) == (302, f"{PANEL}tickets/{first}?part={again}")
    text = unescape(client.get(led.location).text)
    assert f"{again} is a part of this ticket now." in text
    assert "<strong>still</strong>" in text
    assert f"in {again}" in text
    link = re.search(r'href="(/support/files/[^"]+)"', text)
    assert link is not None
    with client.get(link[1]) as file:
        assert file.data == b"a log"
    assert client.get(f"{PANEL}tickets/{again}/solved").location == led.location
    strange = unescape(client.get(f"{PANEL}tickets/{first}?part=TKT-2026-09999").text)
    assert "is a part of this ticket now" not in strange
    assert host.client("mina").get(f"{PANEL}tickets/{again}").status_code == 404


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_the_customer_is_told_once_and_the_others_assignee(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    merge(again, host.agent("grace"), first)
    assert told(host, "merged_customer") == [("Jerome Ellis", "bell", first), ("Jerome Ellis", "email", first)]
    assert told(host, "merged_staff") == [("Ada Lovelace", "bell", first), ("Ada Lovelace", "email", first)]
    about = select(func.count()).select_from(Delivery).join(Ticket, Ticket.pk == Delivery.ticket_pk)
    unread = about.where(Ticket.ticket_id == again, Delivery.channel == "bell", Delivery.read_at.is_(None))
    assert host.db.session.scalar(unread) == 0, "what rang about the merged ticket rings no more"


@pytest.mark.usefixtures("in_app")
def test_each_of_two_requesters_is_told_as_they_wish(host: Host, open_ticket: OpenTicket) -> None:
    first, again = open_ticket("jerome"), open_ticket("lena")
    preferring.set_preference(host.customer("lena"), "email", wanted=False)
    merge(again, host.agent("ada"), first)
    assert sorted(told(host, "merged_customer")) == [
        ("Jerome Ellis", "bell", first),
        ("Jerome Ellis", "email", first),
        ("Lena Brandt", "bell", first),
    ]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_the_customer_sends_to_a_merged_ticket_goes_to_the_other(
    host: Host, two: tuple[str, str], clock: Clock
) -> None:
    again, first = two
    merge(again, host.agent("ada"), first)
    replying.reply(first, host.agent("ada"), body="Restored.", status=Status.RESOLVED)
    clock.forward(hours=1)
    sent = [
        replying.follow_up(
            again, host.customer("jerome"), body="Not here.", files=[Upload("b.txt", BytesIO(b"b"))], form="one form"
        )
        for __ in range(3)
    ]
    assert {one.ticket_id for one in sent} == {first}
    assert len({one.message for one in sent}) == 1, "sent again it is there once"
    assert (row(host, first).status, row(host, first).addressed) == ("open", False)
    assert actions(host, again)[-1] == "ticket.merged_into"
    with pytest.raises(NotFound):
        replying.follow_up(again, host.customer("mina"), body="Let me in.")


@pytest.mark.usefixtures("in_app")
def test_a_form_sent_before_the_merge_and_once_more_after_it_is_there_once(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    one = replying.follow_up(again, host.customer("jerome"), body="Not here.", form="one form")
    merge(again, host.agent("ada"), first)
    two_ = replying.follow_up(again, host.customer("jerome"), body="Not here.", form="one form")
    assert (one.message, one.ticket_id) == (two_.message, again)
    assert host.db.session.scalar(select(func.count()).select_from(Message).where(Message.body == "Not here.")) == 1


@pytest.mark.usefixtures("in_app")
def test_long_after_the_close_it_opens_a_new_ticket_that_continues_the_other(
    host: Host, two: tuple[str, str], clock: Clock
) -> None:
    again, first = two
    merge(again, host.agent("ada"), first)
    replying.reply(first, host.agent("ada"), body="Restored.", status=Status.RESOLVED)
    replying.confirm_solved(first, host.customer("jerome"))
    clock.forward(days=31)
    new = [replying.follow_up(again, host.customer("jerome"), body="It is back.", form="f") for __ in range(2)]
    assert new[0] == new[1]
    assert new[0].continued
    assert ticket_page(host.agent("ada"), new[0].ticket_id).follow_up_of == first


def test_a_page_left_open_sends_there_and_says_so(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    with host.app.app_context():
        merge(again, host.agent("ada"), first)
    client = host.client("jerome")
    sent = client.post(f"{PANEL}tickets/{again}/follow-up", data={"body": "Hello?", "plain": "1", "form": "a form"})
    assert sent.status_code == 302
    assert sent.location.startswith(f"{PANEL}tickets/{first}#m-")
    text = unescape(client.get(f"{PANEL}tickets/{first}").text)
    assert f"{again} has become a part of {first}, so your message went there." in text
    assert "Hello?" in text


@pytest.mark.parametrize("button", ["solved", "still_need_help"])
def test_another_button_comes_back_on_the_others_page_with_the_words(
    host: Host, two: tuple[str, str], button: str
) -> None:
    again, first = two
    with host.app.app_context():
        merge(again, host.agent("ada"), first)
    client = host.client("jerome")
    data = {"body": "It works <now>.", button: "1", "form": "a form"}
    back = client.post(f"{PANEL}tickets/{again}/follow-up", data=data)
    assert back.status_code == 409
    text = unescape(back.text)
    assert f"{again} has become a part of {first}, which you see here. Nothing was sent" in text
    assert "It works <now>.</textarea>" in text
    assert f'action="{PANEL}tickets/{first}/follow-up"' in text
    for path in ("reopen", "withdraw", "solved"):
        assert client.post(f"{PANEL}tickets/{again}/{path}").status_code == 409


def test_a_reply_to_a_merged_ticket_comes_back_on_the_others_page(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    with host.app.app_context():
        merge(again, host.agent("ada"), first)
    back = host.client("ada").post(f"{INBOX}tickets/{again}/reply", data={"body": "My <answer>.", "form": "a form"})
    assert back.status_code == 409
    text = unescape(back.text)
    assert f"{again} has become a part of {first}, which you see here." in text
    assert "My <answer>.</textarea>" in text
    assert f'action="{INBOX}tickets/{first}/reply"' in text
    with host.app.app_context():
        sorting.change_fields(first, host.agent("grace"), {"queue": "billing"})
        assigning.unassign(first, host.agent("grace"))
    text = unescape(host.client("ada").post(f"{INBOX}tickets/{again}/reply", data={"body": "My answer."}).text)
    assert f"It was merged into {first} and stands still." in text
    assert "My answer.</textarea>" in text


@pytest.mark.usefixtures("in_app")
def test_nothing_is_done_with_a_merged_ticket_but_what_stays_inside(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    ada, grace, jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")
    note = replying.add_note(again, ada, body="Look at the logs.").message or ""
    merge(again, ada, first)
    refused = [
        lambda: replying.reply(again, ada, body="Hello."),
        lambda: status.set_status(again, ada, Status.RESOLVED),
        lambda: assigning.claim(again, ada),
        lambda: sorting.change_fields(again, ada, {"priority": "high"}),
        lambda: sorting.put_aside(again, ada),
        lambda: sorting.change_requester(again, ada, host.desk.hooks.directory.person(str(host.ids["lena"]))),
        lambda: status.withdraw(again, jerome),
        lambda: replying.confirm_solved(again, jerome),
        lambda: rating.rate(again, jerome, good=True),
        lambda: merge(again, ada, "TKT-2026-00009"),
    ]
    for act in refused[:-1]:
        with pytest.raises(TransitionRefused, match=f"It was merged into {first} and stands still. Go on there."):
            act()
    with pytest.raises(NotFound):
        refused[-1]()
    replying.edit_note(again, ada, note, body="Look at both logs.")
    replying.add_note(again, ada, body="Another.")
    replying.change_visibility(again, ada, note, public=True)
    assert "Look at both logs." in [body for body, __ in said(own_ticket(jerome, first))]
    redacting.redact(again, grace, note, secret="logs")
    assert "Look at both [redacted]." in [body for body, __ in said(own_ticket(jerome, first))]


@pytest.mark.usefixtures("in_app")
def test_what_cannot_be_merged_is_refused_with_a_sentence(
    host: Host, two: tuple[str, str], open_ticket: OpenTicket, clock: Clock
) -> None:
    again, first = two
    ada = host.agent("ada")
    other, third, spam = open_ticket("mina"), open_ticket("lena"), open_ticket()
    for into, why in ((again, "cannot be merged into itself"), (other, f"{other} is another account's")):
        with pytest.raises(InvalidInput, match=why) as wrong:
            merge(again, ada, into)
        assert set(wrong.value.fields) == {"into"}
    for actor, one, into in (
        (host.agent("ben"), again, first),
        (ada, again, "TKT-2026-09999"),
        (ada, "TKT-2026-09999", first),
    ):
        with pytest.raises(NotFound):
            merge(one, actor, into)
    with pytest.raises(TransitionRefused, match="This ticket is open"):
        merge(again, host.customer("jerome"), first)
    sorting.put_aside(spam, ada)
    for one, into in ((spam, first), (first, spam)):
        with pytest.raises(TransitionRefused, match="waits in Spam / Filtered"):
            merge(one, ada, into)
    merge(third, ada, first)
    with pytest.raises(TransitionRefused, match=f"{third}: It was merged into {first}") as offered:
        merge(again, ada, third)
    assert (offered.value.other, offered.value.merged_into) == (first, "")
    replying.reply(first, ada, body="Restored.", status=Status.RESOLVED)
    with pytest.raises(TransitionRefused, match="would close over what is open"):
        merge(again, ada, first)
    replying.confirm_solved(first, host.customer("jerome"))
    with pytest.raises(TransitionRefused, match=f"{first}: It is closed. Reopen it first"):
        merge(again, ada, first)
    assert row(host, again).merged_into_id is None
    assert merge(first, ada, again), "what is closed becomes a part of what is open"


@pytest.mark.usefixtures("in_app")
def test_who_may_handle_no_tickets_merges_none(host: Host, two: tuple[str, str]) -> None:
    host.support.permission(lambda person, right: False)
    again, first = two
    with pytest.raises((NotAllowed, NotFound)):
        merge(again, host.agent("ada"), first)


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_what_was_merged_before_goes_on_with_it(host: Host, two: tuple[str, str], open_ticket: OpenTicket) -> None:
    again, first = two
    third = open_ticket("lena", subject="Checkout for the third time")
    ada = host.agent("ada")
    merge(again, ada, third)
    merge(third, ada, first)
    assert {row(host, one).merged_into_id for one in (again, third)} == {first}
    assert actions(host, again).count("ticket.merged_into") == 2
    assert [number for number, __ in own_ticket(host.customer("jerome"), first).parts] == [again, third]
    assert replying.follow_up(again, host.customer("jerome"), body="And here?").ticket_id == first


@pytest.mark.usefixtures("in_app")
def test_so_many_become_one_and_no_more(
    host: Host, two: tuple[str, str], open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services_merging, "MAX_PARTS", 2)
    again, first = two
    ada = host.agent("ada")
    merge(again, ada, first)
    merge(open_ticket(), ada, first)
    with pytest.raises(InvalidInput, match="more than 2 tickets"):
        merge(open_ticket(), ada, first)


@pytest.mark.usefixtures("in_app")
def test_a_question_that_waits_in_the_merged_ticket_waits_in_the_other(
    host: Host, two: tuple[str, str], clock: Clock
) -> None:
    again, first = two
    assert row(host, first).addressed
    asked_at = clock()
    clock.forward(hours=1)
    merge(again, host.agent("ada"), first)
    target = row(host, first)
    assert (target.addressed, target.waiting_on, target.last_customer_message_at) == (False, "staff", asked_at)


@pytest.mark.usefixtures("in_app")
def test_the_clock_passes_a_merged_ticket_by(host: Host, two: tuple[str, str], clock: Clock) -> None:
    again, first = two
    replying.reply(again, host.agent("ada"), body="Done.", status=Status.RESOLVED)
    merge(again, host.agent("ada"), first)
    clock.forward(hours=49)
    assert tick().closed == 0
    assert row(host, again).status == "resolved"


@pytest.mark.usefixtures("in_app")
def test_a_receiver_may_say_no_and_learns_of_both(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    seen: list[Any] = []

    def note(app: Any, payload: Any) -> None:
        seen.append((payload.ticket["ticket_id"], payload.into["ticket_id"]))

    with before_ticket_merged.connected_to(note), ticket_merged.connected_to(note):
        merge(again, host.agent("ada"), first)
    assert seen == [(again, first)] * 2


@pytest.mark.usefixtures("in_app")
def test_host_code_merges_in_its_own_transaction(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    actor: Actor = host.support.agent(host.ids["ada"])
    assert host.support.merge(actor, again, into=first) is True
    host.db.session.rollback()
    assert row(host, again).merged_into_id is None
    assert host.support.merge(actor, again, into=first) is True
    assert host.support.follow_up(host.support.customer(host.ids["jerome"]), again, "Hello?").ticket_id == first
    host.db.session.commit()
    assert row(host, again).merged_into_id == first


def test_both_are_shown_side_by_side_before_anything_is_done(
    host: Host, two: tuple[str, str], open_ticket: OpenTicket
) -> None:
    again, first = two
    client, page = host.client("ada"), f"{INBOX}tickets/{again}/merge"
    assert page in client.get(f"{INBOX}tickets/{again}").text
    chooses = unescape(client.get(page).text)
    assert f'value="{first}"' in chooses
    assert f'value="{again}"' not in chooses
    for typed in (f"number={first}", f"into={first}", f"number={int(first[-5:])}&into={again}"):
        asks = unescape(client.get(f"{page}?{typed}").text)
        for words in ("Checkout again", "Checkout failing on Canvas Tote", "It is still broken.", "no way back"):
            assert words in asks, words
        assert f'name="into" value="{first}"' in asks
    assert "You see no ticket of this number." in client.get(f"{page}?number=99").text
    assert "You see no ticket of this number." in client.get(f"{page}?number=%00x").text
    with host.app.app_context():
        assert row(host, again).merged_into_id is None
        lena = open_ticket("lena")
    assert "Answers go to Jerome Ellis only" in client.get(f"{INBOX}tickets/{lena}/merge?number={first}").text
    refused = unescape(client.get(f"{page}?number={again}").text)
    assert "cannot be merged into itself" in refused
    assert f'name="into" value="{again}"' not in refused
    merged = client.post(page, data={"into": first})
    assert (merged.status_code, merged.location) == (302, f"{INBOX}tickets/{first}")
    assert f"{again} is a part of {first} now." in client.get(merged.location).text
    twice = client.post(page, data={"into": first})
    assert twice.status_code == 302
    assert f"{again} is a part of {first} already" in client.get(twice.location).text
    offers = unescape(client.get(f"{INBOX}tickets/{lena}/merge?number={again}").text)
    assert f"Merge into {first} instead" in offers
    assert client.post(page, data={"into": lena}).status_code == 409
    assert client.post(page, data={"into": "nothing"}).status_code == 422


def test_the_merged_tickets_own_page_says_where_it_goes_on(host: Host, two: tuple[str, str]) -> None:
    again, first = two
    with host.app.app_context():
        merge(again, host.agent("ada"), first)
    text = unescape(host.client("ada").get(f"{INBOX}tickets/{again}").text)
    assert f"Go on in {first}" in text
    assert f'action="{INBOX}tickets/{again}/reply"' not in text
    assert f'action="{INBOX}tickets/{again}/claim"' not in text
    assert f'action="{INBOX}tickets/{again}/note"' in text
    other = unescape(host.client("ada").get(f"{INBOX}tickets/{first}").text)
    assert "Merged into this ticket:" in other
    assert re.search(rf'href="{INBOX}tickets/{again}#m-\w+">in {again}', other)
    assert host.client("ada").get(f"{INBOX}?q={again}").location.startswith(f"{INBOX}tickets/{again}")
