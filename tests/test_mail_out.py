"""Mail out: claimed by one worker, checked once more, an outcome for each recipient, tried again or given up."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from threading import Barrier, Thread
from typing import TypeVar

import pytest
from sqlalchemy import delete, select, update

from flask_sgsupport import signals
from flask_sgsupport.actors import Right
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.delivery.message import HEADERS
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, TransitionRefused, Vetoed
from flask_sgsupport.hooks import Routed
from flask_sgsupport.i18n import format_datetime
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Delivery, Event, Message, Queue
from flask_sgsupport.queries.bells import bells
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.services import (
    agents,
    assigning,
    delivering,
    host_changes,
    opening,
    parking,
    preferring,
    rating,
    replying,
    setup,
    sorting,
)
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.delivering import claim, prepare, record, wait_seconds
from flask_sgsupport.services.status import reopen, set_status, withdraw
from flask_sgsupport.worker import jobs
from tests.mailing import ADA, JEROME, deliveries, drained, mail_to, parts, ticket
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.told import told_events
from tests.world import Clock, Host, OpenTicket

T = TypeVar("T")


@pytest.fixture
def answered(host: Host, answered_ticket: str, smtp: Smtp) -> str:
    """An answered ticket whose earlier mails are out of the way: only the reply to Jerome waits."""
    with host.app.app_context():
        session = host.db.session
        others = update(Delivery).where(Delivery.notice != "replied_customer", Delivery.channel == "email")
        session.execute(others.values(state="cancelled"))
        session.commit()
    return answered_ticket


def reply_key(host: Host) -> str:
    [one] = deliveries(host, notice="replied_customer", channel="email")
    return one.key


def test_a_reply_reaches_the_customer_threaded_with_number_name_and_link(
    host: Host, answered_ticket: str, smtp: Smtp
) -> None:
    assert drained(host) == ["sent"] * 5
    receipt, reply = smtp.to(JEROME)
    assert receipt.message["Subject"] == f"[{answered_ticket}] Checkout failing on Canvas Tote"
    assert reply.message["Subject"] == f"Re: [{answered_ticket}] Checkout failing on Canvas Tote"
    assert reply.message["From"] == "Support team <support@desk.example>"
    assert reply.message["To"] == "Jerome Ellis <jerome@northwind.example>"
    assert reply.message["In-Reply-To"] == receipt.message["Message-ID"]
    assert receipt.message["Auto-Submitted"] == "auto-generated"
    assert reply.message["Auto-Submitted"] is None, "a person wrote it"
    assert receipt.message["Message-ID"].endswith("@desk.example>")
    text, html = parts(reply)
    assert "Thanks for flagging — checkout is now restored." in text
    assert "Thanks for flagging — checkout is now restored." in html
    assert "Ada answered" in text
    assert "You get this because" in text
    assert "You get this because" in html
    with host.app.app_context():
        key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
    link = f"https://app.example.com/support/tickets/{answered_ticket}#m-{key}"
    assert f"-- reply in the Support panel: {link}\n" in text
    assert f'href="{link}"' in html


def test_what_people_write_runs_the_way_of_its_own_script_in_a_mail_and_addresses_are_links(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    open_ticket(subject="المتجر لا يعمل", body="لا يعمل https://example.com/x.\n\nIt is down.")
    drained(host)
    text, html = parts(smtp.to(ADA)[-1])
    assert re.search(r'<h1 dir="auto"[^>]*>المتجر لا يعمل</h1>', html)
    assert re.search(r'<div dir="auto"><p[^>]*>لا يعمل <a [^>]*href="https://example.com/x"', html)
    assert re.search(r'<p style="[^"]*unicode-bidi: plaintext[^"]*">It is down.</p>', html)
    assert "لا يعمل https://example.com/x." in text


def test_both_parts_of_a_mail_name_who_wrote_the_words_in_it(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    with host.app.app_context():
        replying.add_note(answered_ticket, host.agent("grace"), body="Their theme is from 2019.")
    drained(host)
    receipt, reply = smtp.to(JEROME)
    written = {"Jerome Ellis": parts(receipt), "Ada": parts(reply)}
    for who, (text, html) in written.items():
        assert f"\n{who} wrote:\n\n" in text
        assert f">{who}</p>" in html
    text, html = parts(smtp.to(ADA)[-1])
    assert "Grace Hopper wrote, as an internal note:\n\nTheir theme is from 2019." in text
    assert "Grace Hopper · Internal note</p>" in html


@pytest.mark.parametrize("ends", ["resolved", "closed by the clock", "closed by support"])
def test_the_mail_about_the_end_of_a_ticket_leads_to_where_the_help_is_rated(
    host: Host, answered_ticket: str, smtp: Smtp, clock: Clock, ends: str
) -> None:
    drained(host)
    with host.app.app_context():
        set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
    drained(host)
    with host.app.app_context():
        if ends == "closed by the clock":
            clock.forward(hours=48)
            tick()
        elif ends == "closed by support":
            replying.close_with_confirmation(answered_ticket, host.agent("grace"), note="He said so on the phone.")
    drained(host)
    [*others, last] = smtp.to(JEROME)
    link = f"https://app.example.com/support/tickets/{answered_ticket}/solved"
    text, html = parts(last)
    assert f"\n\nHow was the help? Say whether it was good or bad: {link}\n\n" in text
    assert f'How was the help? <a href="{link}"' in html
    assert [mail for mail in (*smtp.to(ADA), others[0]) if "How was the help?" in parts(mail)[0]] == []


@pytest.mark.parametrize("ends", ["closed by the clock", "closed by support"])
def test_the_mail_about_a_close_does_not_ask_what_was_said_already(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock, ends: str
) -> None:
    def mail_of_the_end() -> str:
        drained(host)
        with host.app.app_context():
            if ends == "closed by support":
                replying.close_with_confirmation(resolved_ticket, host.agent("grace"), note="He said so on the phone.")
            else:
                clock.forward(hours=48)
                tick()
        drained(host)
        text, html = parts(smtp.to(JEROME)[-1])
        assert "closed" in text
        assert ("How was the help?" in text) == ("How was the help?" in html)
        return text

    with host.app.app_context():
        rating.rate(resolved_ticket, host.customer("jerome"), good=False)
    assert "How was the help?" not in mail_of_the_end()
    with host.app.app_context():
        clock.forward(hours=1)
        replying.follow_up(resolved_ticket, host.customer("jerome"), body="It is back.")
        clock.forward(hours=1)
        replying.reply(resolved_ticket, host.agent("ada"), body="Now it holds.", status=Status.RESOLVED)
    assert "How was the help?" in mail_of_the_end(), "what was rated is earlier help"


def test_customers_learn_no_queue_rule_or_agents_address_and_no_family_name(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    drained(host)
    assert smtp.to(JEROME)
    for mail in smtp.to(JEROME):
        said = str(mail.message).lower() + "".join(parts(mail)).lower()
        for secret in ("lovelace", "ada@", "billing", "storefront", "queue"):
            assert secret not in said.replace("message-id", "")


@pytest.mark.parametrize("name", ["", "olga@desk.example"])
def test_an_agent_without_a_name_shows_customers_no_address(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, name: str
) -> None:
    ticket_id = open_ticket()
    host.change_user("olga", name=name)
    olga = str(host.ids["olga"])
    host.support.permission(lambda person, right: True if person.id == olga else None)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("olga"), body="It works again.")
        agents.grant_agent(
            host.agent("grace"), host.desk.hooks.directory.person(olga), rights=[Right.HANDLE, Right.ALL_QUEUES]
        )
        replying.reply(ticket_id, host.agent("olga"), body="And the invoices, too.")
    drained(host)
    page = host.client("jerome").get(f"/support/tickets/{ticket_id}").text
    assert "And the invoices, too." in page
    assert "olga@" not in page
    assert len(smtp.to(JEROME)) == 3
    for mail in smtp.to(JEROME):
        assert "olga@" not in str(mail.message) + "".join(parts(mail))


@pytest.mark.every_database
def test_each_delivery_is_claimed_by_one_worker_only(host: Host, open_ticket: OpenTicket) -> None:
    for _ in range(8):
        open_ticket()
    with host.app.app_context():
        waiting = {one.key for one in deliveries(host, channel="email")}
    taken: list[str] = []
    start = Barrier(4)

    def work(name: str) -> None:
        start.wait()
        with host.app.app_context():
            while claimed := claim(name, 3):
                taken.extend(one.key for one in claimed)
            host.db.session.remove()

    workers = [Thread(target=work, args=(f"worker-{n}",)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert sorted(taken) == sorted(waiting)


@pytest.mark.every_database
def test_a_dead_workers_deliveries_are_taken_over_when_the_lease_ends(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        [taken] = claim("died", 10)
        assert taken.attempt == 1
        assert claim("other", 10) == []
        clock.forward(seconds=119)
        assert claim("other", 10) == []
        clock.forward(seconds=2)
        assert claim("other", 10) == [delivering.ClaimedDelivery(taken.key, 1)]
        assert prepare(taken.key, "died") is None, "it is another's now"
        assert record(taken.key, "died", Outcome("sent")) is False
        [one] = deliveries(host, key=taken.key)
        assert (one.state, one.owner) == ("sending", "other")


def test_the_lease_is_renewed_before_each_mail_so_a_slow_batch_is_not_taken_over(
    host: Host, answered: str, clock: Clock
) -> None:
    with host.app.app_context():
        [taken] = claim("slow", 10)
        clock.forward(seconds=100)
        assert prepare(taken.key, "slow") is not None
        clock.forward(seconds=100)
        assert claim("other", 10) == []


def test_a_message_id_stays_the_same_over_tries(host: Host, answered: str, smtp: Smtp, clock: Clock) -> None:
    with host.app.app_context():
        ids = set()
        for _ in range(3):
            [taken] = claim("one", 10)
            email = prepare(taken.key, "one")
            assert email is not None
            ids.add(email.message_id)
            clock.forward(seconds=121)
    assert len(ids) == 1


def test_a_message_id_stays_the_same_though_the_ticket_moves_to_a_queue_with_another_from_address(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        host.db.session.execute(update(Queue).where(Queue.key == "billing").values(from_address="money@bills.example"))
        host.db.session.commit()
        [taken] = claim("one", 10)
        email = prepare(taken.key, "one")
        assert email is not None
        record(taken.key, "one", Outcome("retry"))
        sorting.change_fields(answered, host.agent("grace"), {"queue": "billing"})
    host.app.secret_key = "another long random text for tests"
    clock.forward(seconds=73)
    drained(host)
    mail = mail_to(smtp, JEROME)
    assert mail.sender == "money@bills.example"
    assert mail.message["Message-ID"] == email.message_id


@pytest.mark.parametrize("change", ["From", "SECRET_KEY"])
def test_a_thread_holds_though_the_from_address_or_the_secret_key_changes(
    host: Host, answered: str, smtp: Smtp, change: str
) -> None:
    drained(host)
    if change == "From":
        host.app.config["MAIL_DEFAULT_SENDER"] = "support@new.example"
    else:
        host.app.secret_key = "another long random text for tests"
    with host.app.app_context():
        replying.reply(answered, host.agent("ada"), body="One more thing.")
    drained(host)
    first, second = smtp.to(JEROME)
    assert second.message["In-Reply-To"] == second.message["References"] == first.message["Message-ID"]


def test_greylisted_mail_goes_out_with_the_next_try(host: Host, answered: str, smtp: Smtp, clock: Clock) -> None:
    smtp.greylist(JEROME)
    assert drained(host) == ["retry"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error_code, one.error) == ("queued", 450, "450 4.2.0 Greylisted, come again")
        wait = (one.due_at - clock.at).total_seconds()
    assert 48 <= wait <= 72
    assert drained(host) == []
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error, one.error_code, one.sent_at) == ("sent", "", None, clock.at)


def test_the_waits_are_those_of_the_documentation_and_end_after_a_day() -> None:
    planned = [60, 300, 1800, 7200, *[3600] * 21]
    for attempt, seconds in enumerate(planned, start=1):
        waits = [wait_seconds(attempt, 24) for _ in range(50)]
        assert all(wait is not None and 0.8 * seconds <= wait <= 1.2 * seconds for wait in waits)
        assert len(set(waits)) > 1, "workers do not come back all at once"
    assert wait_seconds(len(planned) + 1, 24) is None


def test_workers_that_die_over_and_over_cost_a_mail_none_of_its_tries(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        for number in range(30):
            [taken] = claim(f"died-{number}", 10)
            assert prepare(taken.key, f"died-{number}") is not None
            clock.forward(seconds=121)
    smtp.greylist(JEROME)
    assert drained(host) == ["retry"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.attempts) == ("queued", 1)
        assert (one.due_at - clock.at).total_seconds() <= 72
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]


def test_a_refused_recipient_fails_at_once_and_is_told_on_ticket_bell_and_history(
    host: Host, answered: str, smtp: Smtp
) -> None:
    smtp.refuse(JEROME, 550, "5.1.1 user unknown")
    assert drained(host) == ["failed"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error_code, one.error) == ("failed", 550, "550 5.1.1 user unknown")
        [told] = deliveries(host, notice="delivery_failed_staff")
        assert (told.channel, told.recipient_name) == ("bell", "Ada Lovelace")
        [event] = told_events(host.db.session, Event.action == "delivery.failed")
        assert (event.old, event.new, event.via) == (JEROME, "550 5.1.1 user unknown", "worker")


def test_one_refused_recipient_harms_no_other(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    open_ticket()
    smtp.refuse("cleo@desk.example")
    assert sorted(drained(host)) == ["failed", "sent", "sent", "sent"]
    assert sorted(mail.recipients[0] for mail in smtp.mails) == [ADA, "grace@desk.example", JEROME]


def test_a_lost_mail_of_an_assignee_who_was_switched_off_is_told_to_the_queue(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    with host.app.app_context():
        agents.withdraw_agent(host.agent("grace"), str(host.ids["ada"]))
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        told = {one.recipient_name for one in deliveries(host, notice="delivery_failed_staff", channel="bell")}
        assert told == {"Cleo Marsh", "Grace Hopper"}
        assert tick().held == 1
        held = {one.recipient_name for one in deliveries(host, notice="timer_held_staff", channel="bell")}
        assert held == {"Cleo Marsh", "Grace Hopper"}


def test_a_failed_mail_to_an_agent_makes_no_further_notice(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    open_ticket()
    smtp.refuse(ADA)
    drained(host)
    with host.app.app_context():
        assert deliveries(host, notice="delivery_failed_staff") == []
        assert host.db.session.scalar(select(Event.action).where(Event.action == "delivery.failed"))


def test_a_refused_from_address_stands_on_the_queue_and_the_reply_until_a_mail_goes_out(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse_sender("support@desk.example")
    assert drained(host) == ["channel_failed"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error) == ("queued", "553 5.7.1 Sender not allowed")
        queue = host.db.session.scalar(select(Queue).where(Queue.key == "support"))
        assert queue is not None
        assert (queue.mail_error, queue.mail_error_at) == ("553 5.7.1 Sender not allowed", clock.at)
    smtp.accept()
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]
    with host.app.app_context():
        queue = host.db.session.scalar(select(Queue).where(Queue.key == "support"))
        assert queue is not None
        assert (queue.mail_error, queue.mail_error_at) == ("", None)


def test_without_a_from_address_nothing_is_sent_and_the_queue_says_so(host: Host, answered: str, smtp: Smtp) -> None:
    host.app.config["MAIL_DEFAULT_SENDER"] = None
    assert drained(host) == []
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error) == ("queued", "no From address is set")
        assert "no From address" in (
            host.db.session.scalar(select(Queue.mail_error).where(Queue.key == "support")) or ""
        )
    assert smtp.mails == []


def test_without_flask_mail_the_reply_says_so(host: Host, answered: str, smtp: Smtp) -> None:
    del host.app.extensions["mail"]
    assert drained(host) == []
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert one.state == "queued"
        assert "Flask-Mail" in one.error


def test_a_server_that_is_down_costs_no_mail(host: Host, answered: str, smtp: Smtp, clock: Clock) -> None:
    with smtp.down():
        assert drained(host) == ["channel_failed"]
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]
    assert len(smtp.to(JEROME)) == 1


def test_a_dead_mail_server_is_named_by_settings_and_health_until_a_mail_goes_through(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    grace = host.client("grace")
    pages = [f"/admin/support/{page}" for page in ("mail/", "mail/change/support", "health/")]

    def naming() -> list[str]:
        return [page for page in pages if "cannot be reached" in grace.get(page).text]

    assert naming() == []
    with smtp.down():
        drained(host)
        assert naming() == pages
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]
    assert naming() == []


def test_one_mail_that_is_broken_off_says_nothing_of_its_queue_before_its_second_try(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    grace = host.client("grace")

    def naming() -> list[str]:
        pages = [f"/admin/support/{page}" for page in ("mail/", "health/")]
        return [page for page in pages if "hung up or fell silent" in grace.get(page).text]

    smtp.silent_at = "RCPT"
    assert drained(host) == ["channel_failed"]
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert "hung up or fell silent" in one.error
    assert naming() == []
    clock.forward(seconds=73)
    assert drained(host) == ["channel_failed"]
    assert naming() == ["/admin/support/mail/", "/admin/support/health/"]
    smtp.accept()
    clock.forward(hours=1)
    assert drained(host) == ["sent"]
    assert naming() == []


def test_two_mails_that_are_broken_off_one_after_the_other_say_that_the_server_is_silent(
    host: Host, answered: str, smtp: Smtp
) -> None:
    with host.app.app_context():
        replying.add_note(answered, host.agent("cleo"), body="They are on the old theme.")
    smtp.silent_at = "RCPT"
    assert set(drained(host)) == {"channel_failed"}
    assert "hung up or fell silent" in host.client("grace").get("/admin/support/health/").text


@pytest.mark.every_database
def test_a_mail_that_fails_for_a_day_is_given_up(host: Host, answered: str, smtp: Smtp, clock: Clock) -> None:
    smtp.refuse(JEROME, 451, "4.3.0 Try later")
    tries = 0
    for _ in range(40):
        tries += len(drained(host))
        clock.forward(hours=3)
    assert tries == 26
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error) == ("failed", "451 4.3.0 Try later")
        assert deliveries(host, notice="delivery_failed_staff")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"support": False}, "no longer has access"),
        ({"enabled": False}, "no longer has access"),
        ({"account_id": 2}, "no longer has access"),
        ({"contact": "in-app"}, "prefers in-app notifications"),
    ],
)
def test_rights_and_wishes_of_the_moment_decide(
    host: Host, answered: str, smtp: Smtp, columns: dict[str, object], sentence: str
) -> None:
    host.change_user("jerome", **columns)
    assert drained(host) == []
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error, one.owner) == ("cancelled", sentence, None)
    assert smtp.mails == []


def test_a_preference_of_ones_own_goes_before_the_contact_preference(host: Host, answered: str, smtp: Smtp) -> None:
    host.change_user("jerome", contact="in-app")
    with host.app.app_context():
        preferring.set_preference(host.customer("jerome"), "email", wanted=False)
        preferring.set_preference(host.customer("jerome"), "email", wanted=True)
    assert drained(host) == ["sent"]


def test_who_switched_mail_off_gets_none_of_what_waits(host: Host, answered: str, smtp: Smtp) -> None:
    with host.app.app_context():
        preferring.set_preference(host.customer("jerome"), "email", wanted=False)
        with pytest.raises(InvalidInput):
            preferring.set_preference(host.customer("jerome"), "pigeon", wanted=True)
    assert drained(host) == []


@pytest.mark.parametrize("change", [{"active": False}, {"can_handle": False}, {"gone": True}])
def test_an_agent_who_lost_the_right_gets_no_mail(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, change: dict[str, bool]
) -> None:
    open_ticket()
    with host.app.app_context():
        session = host.db.session
        if change.pop("gone", False):
            host.change_user("ada", enabled=False)
        else:
            session.execute(update(Agent).where(Agent.email == ADA).values(**change))
            session.commit()
    drained(host)
    assert smtp.to(ADA) == []
    with host.app.app_context():
        [one] = deliveries(host, address=ADA)
        assert (one.state, one.error) == ("cancelled", "no longer has access")


def test_an_agent_gets_no_mail_of_a_ticket_that_left_their_queues(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        sorting.change_fields(ticket_id, host.agent("grace"), {"queue": "billing"})
    drained(host)
    assert smtp.to(ADA) == []
    text, html = parts(mail_to(smtp, "ben@desk.example"))
    link = f"https://app.example.com/admin/support/tickets/{ticket_id}"
    assert link in text
    assert link in html


@pytest.mark.parametrize("then", ["grace", ""])
def test_a_mail_of_an_assignment_is_not_sent_once_the_ticket_is_another_agents_or_nobodys(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, then: str
) -> None:
    ticket_id = open_ticket()
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        for who in ("ada", then):
            assigning.assign(ticket_id, host.agent("grace"), str(host.ids[who]) if who else "")
    drained(host)
    assert smtp.to(ADA) == []
    with host.app.app_context():
        [mail] = deliveries(host, address=ADA, notice="assigned_staff", channel="email")
        assert (mail.state, mail.error) == ("cancelled", "the ticket is no longer theirs")
        assigning.assign(ticket_id, host.agent("grace"), str(host.ids["ada"]))
    drained(host)
    assert "assigned to you" in parts(mail_to(smtp, ADA))[0]


def test_who_is_assigned_a_ticket_twice_while_mail_waits_is_told_once(
    host: Host, clock: Clock, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    ticket_id = open_ticket()
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        for who in (str(host.ids["ada"]), "", str(host.ids["ada"])):
            assigning.assign(ticket_id, host.agent("grace"), who)
            clock.forward(minutes=1)
    drained(host)
    assert "assigned to you" in parts(mail_to(smtp, ADA))[0]
    with host.app.app_context():
        mails = deliveries(host, address=ADA, notice="assigned_staff", channel="email")
        assert [(mail.state, mail.error) for mail in mails] == [
            ("cancelled", "the ticket was assigned to them anew since"),
            ("sent", ""),
        ]


def test_a_mail_that_says_what_is_so_no_more_is_not_queued_again(
    host: Host, answered_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME)
    with host.app.app_context():
        set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
    drained(host)
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email", state="failed")
        key = lost.key
        clock.forward(minutes=1)
        set_status(answered_ticket, host.agent("ada"), Status.OPEN)
    page = f"/admin/support/tickets/{answered_ticket}"
    answer = host.client("ada").post(f"{page}/deliveries/{key}/send-again", follow_redirects=True)
    said = unescape(answer.text)
    assert "This mail is not sent any more: by now the ticket is open." in said
    assert "It is queued" not in said
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email")
        assert (lost.state, lost.attempts) == ("failed", 1)


def test_a_reply_is_sent_again_without_what_is_so_no_more(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock
) -> None:
    ticket_id = open_ticket()
    smtp.refuse(JEROME)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Clear the cache.", status=Status.RESOLVED)
    drained(host)
    smtp.accept()
    smtp.mails.clear()
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email", state="failed")
        clock.forward(minutes=1)
        set_status(ticket_id, host.agent("ada"), Status.OPEN)
        delivering.send_again(ticket_id, host.agent("ada"), lost.key)
    drained(host)
    text = parts(mail_to(smtp, JEROME))[0]
    assert "Clear the cache." in text
    assert "solved" not in text


def test_what_was_made_private_is_cancelled_even_after_the_claim(host: Host, answered: str, smtp: Smtp) -> None:
    with host.app.app_context():
        key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
        [taken] = claim("one", 10)
        said = replying.change_visibility(answered, host.agent("ada"), key, public=False)
        assert "right now" in said
        assert prepare(taken.key, "one") is None
        [one] = deliveries(host, key=taken.key)
        assert (one.state, one.error) == ("cancelled", "made private before it was sent")


def test_what_waits_for_its_next_try_is_not_sent_once_it_is_private(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.greylist(JEROME)
    assert drained(host) == ["retry"]
    with host.app.app_context():
        key = host.db.session.scalar(select(Message.key).where(Message.kind == "public-reply"))
    assert key is not None
    assert hide(host, answered, key) == ""
    clock.forward(hours=2)
    assert drained(host) == []
    assert smtp.mails == []


@pytest.mark.parametrize("claimed", [False, True])
def test_hiding_the_answer_hides_no_resolution(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, *, claimed: bool
) -> None:
    ticket_id = open_ticket()
    drained(host)
    with host.app.app_context():
        key = replying.reply(ticket_id, host.agent("ada"), body="The secret is 42.", status=Status.RESOLVED).message
        assert key is not None
        if claimed:
            [taken] = claim("one", 10)
    hide(host, ticket_id, key)
    before = len(smtp.to(JEROME))
    if claimed:
        with host.app.app_context():
            mail = prepare(taken.key, "one")
        assert mail is not None
        text, html = mail.text, mail.html
    else:
        assert drained(host) == ["sent"]
        [told] = smtp.to(JEROME)[before:]
        text, html = parts(told)
    assert "Your ticket is marked as solved. It closes on 24 April 2026, 14:03 UTC" in text
    assert "42" not in text + html
    rows = unescape(host.client("jerome").get("/support/notifications").text)
    assert f"{ticket_id} is marked as solved; it closes on 24 April 2026, 14:03 UTC unless you reply" in rows


def test_a_refused_mail_about_the_resolution_goes_again_without_the_hidden_answer(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        key = host.db.session.scalars(select(Message.key).where(Message.kind == "public-reply")).one()
    hide(host, resolved_ticket, key)
    smtp.accept()
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email")
        delivering.send_again(resolved_ticket, host.agent("ada"), lost.key)
    assert drained(host) == ["sent"]
    assert "Checkout is restored." not in parts(smtp.to(JEROME)[-1])[0]
    assert "marked as solved" in parts(smtp.to(JEROME)[-1])[0]


def test_hiding_a_reply_that_set_the_ticket_open_takes_the_reply_back_only(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    drained(host)
    with host.app.app_context():
        key = replying.reply(resolved_ticket, host.agent("ada"), body="I look again.", status=Status.OPEN).message
        assert key is not None
    hide(host, resolved_ticket, key)
    with host.app.app_context():
        states = {(one.notice, one.channel): one.state for one in deliveries(host) if one.side == "customer"}
    assert states["set_open_bell_customer", "bell"] == "sent"
    assert states["replied_customer", "email"] == "cancelled"


@pytest.mark.every_database
def test_no_mail_leaves_after_a_toggle_that_says_not_sent(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    """Ada hides a reply before, while and after two workers send it: it says that the mail is out, or none goes out."""
    drained(host)

    def told_by_hiding(when: str, hides_after: float = 0) -> str:
        with host.app.app_context():
            key = replying.reply(answered_ticket, host.agent("ada"), body="A round.").message
            assert key is not None
        mails_before = len(smtp.to(JEROME))
        outcomes = drained(host) if when == "after" else []
        if when == "meanwhile":
            both, start = ThreadPoolExecutor(3), Barrier(3)
            sent = [both.submit(starting, start, -hides_after, lambda: drained(host)) for _ in range(2)]
            hidden = both.submit(starting, start, hides_after, lambda: hide(host, answered_ticket, key))
            said = hidden.result(30)
            outcomes += [outcome for one in sent for outcome in one.result(30)]
            both.shutdown()
        else:
            said = hide(host, answered_ticket, key)
        outcomes += drained(host)
        mails = len(smtp.to(JEROME)) - mails_before
        assert outcomes == ["sent"] * mails
        assert mails <= (1 if said else 0)
        return said

    assert told_by_hiding("before") == ""
    smtp.delay_seconds = 0.02
    for _ in range(14):
        told_by_hiding("meanwhile", random.uniform(-0.03, 0.08))
    assert told_by_hiding("after").startswith(f"e-mailed to {JEROME} on ")


def starting(start: Barrier, after_seconds: float, work: Callable[[], T]) -> T:
    """Work that begins so long after the barrier."""
    start.wait(10)
    time.sleep(max(after_seconds, 0))
    return work()


def hide(host: Host, ticket_id: str, message_key: str) -> str:
    """Make a reply private and tell what Ada is told."""
    with host.app.app_context():
        return replying.change_visibility(ticket_id, host.agent("ada"), message_key, public=False)


def test_nothing_typed_becomes_a_header(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    hostile = ["a\r\nBcc: eve@evil.example", "=?utf-8?q?=0ABcc:_eve@evil.example?=", "x\x00y", "ünïcode 🛟 \u2028 z"]
    for subject in hostile:
        open_ticket(subject=subject + " subject")
    host.change_user("jerome", name='Jerome"\r\nBcc: eve@evil.example')
    open_ticket()
    assert set(drained(host)) == {"sent"}
    for mail in smtp.mails:
        assert set(mail.message.keys()) <= HEADERS
        assert not any("evil" in recipient for recipient in mail.recipients)


def test_hostile_text_is_text_in_the_html_and_links_come_from_the_configuration(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    open_ticket(subject="<img src=x onerror=alert(1)>", body="<script>alert(1)</script> {{ 7*7 }} %(x)s")
    drained(host)
    for mail in smtp.mails:
        text, html = parts(mail)
        assert "<script" not in html
        assert "<img" not in html
        assert "{{ 7*7 }} %(x)s" in text
        assert "{{ 7*7 }} %(x)s" in html


def test_a_failed_mail_is_sent_again_to_the_corrected_address_which_the_ticket_keeps(
    host: Host, answered: str, smtp: Smtp
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        delivering.send_again(answered, host.agent("ada"), reply_key(host), address="j.ellis@northwind.example")
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.attempts, one.error, one.address) == ("queued", 0, "", "j.ellis@northwind.example")
        assert ticket(host, answered).requester_email == "j.ellis@northwind.example"
        actions = host.db.session.scalars(select(Event.action).order_by(Event.pk)).all()
        assert actions[-2:] == ["field.changed", "delivery.requeued"]
    assert drained(host) == ["sent"]
    mail_to(smtp, "j.ellis@northwind.example")


def test_an_address_corrected_while_the_mail_is_being_sent_is_where_the_next_try_goes(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        key = reply_key(host)
        claim("a worker", 10)
        assert prepare(key, "a worker") is not None
        sorting.correct_address(answered, host.agent("ada"), "j.ellis@northwind.example")
        delivering.record(key, "a worker", Outcome("retry", 451, "greylisted"))
    clock.forward(seconds=121)
    drained(host)
    mail_to(smtp, "j.ellis@northwind.example")
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.address) == ("sent", "j.ellis@northwind.example")


def test_a_mail_of_a_queue_that_was_deleted_keeps_no_other_from_going_out(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    open_ticket(category="invoices")
    open_ticket(subject="Another matter")
    with host.app.app_context():
        # SQLite keeps no foreign keys unless it is told to.
        host.db.session.execute(delete(Queue).where(Queue.key == "billing"))
        host.db.session.commit()
    host.bent = "a queue was deleted past the desk"
    assert "sent" in drained(host)
    assert len(smtp.to(JEROME)) == 2
    with host.app.app_context():
        assert {one.state for one in deliveries(host, side="customer", channel="email")} == {"sent"}


def test_sending_again_is_refused_where_there_is_nothing_to_send_or_no_right(
    host: Host, answered: str, smtp: Smtp
) -> None:
    with host.app.app_context():
        key = reply_key(host)
        with pytest.raises(InvalidInput):
            delivering.send_again(answered, host.agent("ada"), key, address="not an address")
        with pytest.raises(NotFound):
            delivering.send_again(answered, host.agent("ben"), key)
        with pytest.raises(NotAllowed):
            delivering.send_again(answered, host.customer("jerome"), key)
        with pytest.raises(NotFound):
            delivering.send_again(answered, host.agent("ada"), "0" * 32)
        [to_ada] = deliveries(host, address=ADA)
    drained(host)
    with host.app.app_context(), pytest.raises(TransitionRefused):
        delivering.send_again(answered, host.agent("ada"), key)
    with host.app.app_context():
        host.db.session.execute(update(Delivery).where(Delivery.key == to_ada.key).values(state="failed", error="550"))
        host.db.session.commit()
        with pytest.raises(InvalidInput):
            delivering.send_again(answered, host.agent("ada"), to_ada.key, address="eve@evil.example")


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What delivery_changed told, as notice and state."""
    heard: list[tuple[str, str]] = []

    def hear(app: object, payload: signals.DeliveryChanged) -> None:
        if payload.channel == "email":
            heard.append((payload.notice, payload.state))

    signals.delivery_changed.connect(hear)
    yield heard
    signals.delivery_changed.disconnect(hear)


def test_each_step_of_a_delivery_is_told(
    host: Host, answered: str, smtp: Smtp, clock: Clock, told: list[tuple[str, str]]
) -> None:
    smtp.greylist(JEROME)
    drained(host)
    clock.forward(seconds=73)
    drained(host)
    steps = [state for notice, state in told if notice == "replied_customer"]
    assert steps[-2:] == ["queued", "sent"]


def test_a_mail_given_up_by_hand_is_told_like_one_that_failed(
    host: Host, answered: str, smtp: Smtp, told: list[tuple[str, str]]
) -> None:
    with host.app.app_context():
        key = reply_key(host)
        parking.park(answered, host.agent("grace"), key)
        assert told[-1] == ("replied_customer", "failed")
        [bell] = deliveries(host, notice="delivery_failed_staff")
        assert (bell.recipient_name, f"{JEROME}: given up by Grace Hopper" in bell.data) == ("Ada Lovelace", True)
        [event] = told_events(host.db.session, Event.action == "delivery.failed")
        assert (event.old, event.new) == (JEROME, "given up by Grace Hopper")


def test_a_receiver_may_keep_a_mail_from_being_given_up(host: Host, answered: str, smtp: Smtp) -> None:
    def veto(app: object, payload: signals.DeliveryChanged) -> None:
        assert payload.state == "failed"
        raise Vetoed("It must arrive.")

    with host.app.app_context(), signals.before_delivery_changed.connected_to(veto):
        with pytest.raises(Vetoed):
            parking.park(answered, host.agent("ada"), reply_key(host))
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert one.state == "queued"


def test_a_receiver_may_keep_a_mail_from_going_out(host: Host, answered: str, smtp: Smtp) -> None:
    def veto(app: object, payload: signals.DeliveryChanged) -> None:
        if payload.state == "sending":
            raise Vetoed("mail to this domain is on hold")

    with signals.before_delivery_changed.connected_to(veto):
        assert drained(host) == []
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error) == ("cancelled", "mail to this domain is on hold")


def test_a_directory_that_fails_puts_the_mail_off(
    host: Host, answered: str, smtp: Smtp, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(host.desk.hooks.directory, "person", lambda person_id: 1 / 0)
        assert drained(host) == []
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        assert (one.state, one.error) == ("queued", "The mail could not be prepared (ZeroDivisionError).")
    clock.forward(seconds=73)
    assert drained(host) == ["sent"]


def test_the_click_never_waits_for_the_mail_server(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    smtp.silent_at = "EHLO"
    began = time.monotonic()
    with host.app.app_context():
        replying.reply(answered_ticket, host.agent("ada"), body="More", status=Status.RESOLVED)
    assert time.monotonic() - began < 1


def test_an_agent_is_told_a_note_and_the_customer_never(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    with host.app.app_context():
        replying.add_note(answered_ticket, host.agent("cleo"), body="Canary 7781: they are on the old theme.")
    drained(host)
    holding = [mail.recipients for mail in smtp.mails if "Canary 7781" in "".join(parts(mail))]
    assert holding == [(ADA,)]
    assert "Internal note" in parts(smtp.to(ADA)[-1])[1]


def test_the_thread_names_its_root_and_its_newest_mails_within_bounds(
    host: Host, answered_ticket: str, smtp: Smtp
) -> None:
    for number in range(30):
        with host.app.app_context():
            replying.reply(answered_ticket, host.agent("ada"), body=f"Answer {number}")
        drained(host)
    mails = smtp.to(JEROME)
    last = mails[-1].message
    assert last["In-Reply-To"] == mails[-2].message["Message-ID"]
    assert len(last["References"]) <= 1_500
    known = {mail.message["Message-ID"] for mail in mails}
    named = last["References"].split()
    assert set(named) <= known
    assert named[0] == mails[0].message["Message-ID"], "the root of the thread"


def test_a_batch_over_its_size_goes_out_whole(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 3)
    for _ in range(2):
        open_ticket()
    assert len(drained(host)) == 8
    assert threading.active_count() < 50


def test_a_reopened_ticket_told_by_mail_names_both_numbers_when_it_continues(
    host: Host, closed_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    clock.at += timedelta(days=31)
    with host.app.app_context():
        said = replying.follow_up(closed_ticket, host.customer("jerome"), body="It is back.")
        assert said.continued
    before = len(smtp.to(JEROME))
    drained(host)
    new = smtp.to(JEROME)[before:]
    [told] = [mail for mail in new if closed_ticket in parts(mail)[0]]
    assert said.ticket_id in parts(told)[0]
    for text in parts(smtp.to(ADA)[-1]):
        assert f"opened a ticket in Support. It continues {closed_ticket}." in text
    with host.app.app_context():
        line = bells(host.agent("ada")).rows[0].text
    assert line.endswith(f"opened {said.ticket_id}: Checkout failing on Canvas Tote (continues {closed_ticket})")


def test_an_assigned_agent_learns_why_and_opening_on_behalf_tells_the_customer(
    host: Host, open_ticket: OpenTicket, smtp: Smtp
) -> None:
    with host.app.app_context():
        person = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        opened = opening.open_ticket(
            host.agent("ada"), subject="By phone", body="He called.", account_id="1", requester=person
        )
        assigning.assign(opened.ticket_id, host.agent("grace"), str(host.ids["ada"]))
    drained(host)
    assert any("is assigned to you" in parts(mail)[0] for mail in smtp.to(ADA))
    assert len(smtp.to(JEROME)) == 1


def test_news_of_a_ticket_opened_for_somebody_name_both_truly(host: Host, open_ticket: OpenTicket, smtp: Smtp) -> None:
    with host.app.app_context():
        person = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        opened = opening.open_ticket(
            host.agent("ada"), subject="By phone", body="He called.", account_id="1", requester=person
        )
        public = host.agent("ada").public_name
    drained(host)
    [told] = smtp.to("grace@desk.example")
    for text in parts(told):
        assert "Ada Lovelace opened a ticket for Jerome Ellis (Northwind Outfitters) in Support." in text
    for text in parts(smtp.to(JEROME)[-1]):
        assert f"{public} opened ticket {opened.ticket_id} for you." in text
        assert "What was written down for you:" in text
        assert "you told us" not in text
        assert "We have your request" not in text
    rows = unescape(host.client("grace").get("/admin/support/notifications/").text)
    assert f"Ada Lovelace opened {opened.ticket_id} for Jerome Ellis (Northwind Outfitters): By phone" in rows
    own = unescape(host.client("jerome").get(f"/support/tickets/{opened.ticket_id}").text)
    assert f"Opened 22 April 2026, 14:03 UTC by {public}, for you" in own
    of_a_colleague = unescape(host.client("lena").get(f"/support/tickets/{opened.ticket_id}").text)
    assert f"Opened 22 April 2026, 14:03 UTC by {public}, for Jerome Ellis" in of_a_colleague
    asked_themselves = open_ticket()
    assert "UTC by you" in unescape(host.client("jerome").get(f"/support/tickets/{asked_themselves}").text)


@pytest.mark.parametrize("opener", ["the customer", "an agent for them"])
def test_who_gets_a_ticket_by_routing_is_told_so_and_not_that_its_opener_gave_it_to_them(
    host: Host, smtp: Smtp, opener: str
) -> None:
    host.support.route(lambda draft: Routed(assignee="ada@desk.example"))
    with host.app.app_context():
        jerome = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        by = host.customer("jerome") if opener == "the customer" else host.agent("grace")
        for_whom = {} if opener == "the customer" else {"account_id": "1", "requester": jerome}
        number = opening.open_ticket(by, subject="Checkout failing", body="Nobody can pay.", **for_whom).ticket_id
        [bell] = [row.text for row in bells(host.agent("ada")).rows]
        rows = history_page(host.agent("grace"), number).rows
    assert bell == f"Routing assigned {number} to you: Checkout failing"
    assert {row.action: row.actor for row in rows}["assignee.changed"] == "Routing"
    drained(host)
    for text in parts(mail_to(smtp, ADA)):
        assert "Routing assigned the ticket of Northwind Outfitters to you." in text
        assert "Nobody can pay." in text
    assert number in parts(mail_to(smtp, JEROME))[0]


def test_a_reply_refused_for_its_from_address_is_listed_and_sent_again_as_it_is(
    host: Host, answered_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    client, listed = host.client("ada"), "/admin/support/?view=delivery"
    smtp.refuse_sender("support@desk.example")
    assert set(drained(host)) == {"channel_failed"}
    assert answered_ticket in client.get(listed).text
    html = unescape(client.get(f"/admin/support/tickets/{answered_ticket}").text)
    assert "not sent yet: 553 5.7.1 Sender not allowed. Next try" in html
    assert "Correct address" not in html
    found = re.search(rf'action="(/admin/support/tickets/{answered_ticket}/deliveries/[0-9a-f]+/send-again)"', html)
    assert found
    smtp.accept()
    assert client.post(found[1]).status_code == 302
    drained(host)
    assert JEROME in {recipient for mail in smtp.mails for recipient in mail.recipients}
    clock.forward(minutes=2)
    drained(host)
    assert answered_ticket not in client.get(listed).text


def test_a_released_ticket_is_told_as_its_requesters_with_its_text(host: Host, smtp: Smtp) -> None:
    host.support.route(lambda draft: Routed(filtered="automatic reply"))
    with host.app.app_context():
        number = opening.open_ticket(
            host.customer("jerome"), subject="Checkout failing", body="Nobody can pay."
        ).ticket_id
        sorting.release(number, host.agent("grace"))
        [bell] = [row.text for row in bells(host.agent("ada")).rows]
    drained(host)
    text, html = parts(mail_to(smtp, ADA))
    for said in (text, html):
        assert "Jerome Ellis (Northwind Outfitters) opened a ticket in Support." in said
        assert "released by Grace" in said
        assert "Nobody can pay." in said
    assert bell == f"Jerome Ellis (Northwind Outfitters) opened {number}: Checkout failing (released by Grace)"
    receipt = parts(mail_to(smtp, JEROME))[0]
    assert "Nobody can pay." in receipt
    assert "Grace" not in receipt


@pytest.mark.parametrize("released", ["by an agent", "by who asks again"])
def test_a_released_ticket_that_was_opened_for_somebody_names_both_truly(host: Host, smtp: Smtp, released: str) -> None:
    host.support.route(lambda draft: Routed(filtered="looks like advertising"))
    with host.app.app_context():
        person = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        number = opening.open_ticket(
            host.agent("ada"), subject="By phone", body="He called.", account_id="1", requester=person
        ).ticket_id
        public = host.agent("ada").public_name
        if released == "by an agent":
            sorting.release(number, host.agent("grace"))
        else:
            replying.follow_up(number, host.customer("lena"), body="We still wait.")
    drained(host)
    how = "released by Grace" if released == "by an agent" else "released when Lena Brandt asked again"
    for text in parts(smtp.to("cleo@desk.example")[-1]):
        assert "Ada Lovelace opened a ticket for Jerome Ellis (Northwind Outfitters) in Support." in text
        assert f"It was in Spam / Filtered; {how}." in text
    bell = unescape(host.client("cleo").get("/admin/support/notifications/").text)
    assert f"Ada Lovelace opened {number} for Jerome Ellis (Northwind Outfitters): By phone ({how})" in bell
    history = unescape(host.client("grace").get(f"/admin/support/tickets/{number}/history").text)
    assert re.search(r"Ada Lovelace\W.*opened the ticket for Jerome Ellis", history, re.DOTALL)
    if released == "by an agent":
        for text in parts(smtp.to(JEROME)[-1]):
            assert f"{public} opened ticket {number} for you." in text
            assert "Lovelace" not in text


def set_back_to_open(host: Host, ticket_id: str) -> None:
    with host.app.app_context():
        set_status(ticket_id, host.agent("ada"), Status.OPEN)


def asked_again(host: Host, ticket_id: str) -> None:
    with host.app.app_context():
        replying.still_need_help(ticket_id, host.customer("jerome"), body="No, still broken.")


@pytest.mark.every_database
@pytest.mark.parametrize("opened", [set_back_to_open, asked_again])
def test_a_mail_that_still_waits_when_the_ticket_is_open_again_brings_the_reply_and_no_closing_date(
    host: Host, answered: str, smtp: Smtp, clock: Clock, opened: Callable[[Host, str], None]
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        replying.reply(answered, host.agent("ada"), body="Checkout is mended.", status=Status.RESOLVED)
    clock.forward(minutes=3)
    opened(host, answered)
    drained(host)
    text, html = parts(mail_to(smtp, JEROME))
    assert "Checkout is mended." in text
    assert "Ada answered your ticket." in text
    assert not re.search(r"marked as solved|closes|That solved it", text + html)
    with host.app.app_context():
        [sent] = deliveries(host, channel="email", message_id=mail_to(smtp, JEROME).message["Message-ID"])
        assert (sent.notice, sent.state) == ("replied_customer", "sent")


@pytest.mark.every_database
def test_a_mail_about_nothing_but_the_resolution_is_not_sent_once_the_ticket_is_open_again(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        set_status(answered, host.agent("ada"), Status.RESOLVED)
    clock.forward(minutes=3)
    set_back_to_open(host, answered)
    assert drained(host) == []
    assert smtp.to(JEROME) == []
    with host.app.app_context():
        [mail] = deliveries(host, notice="resolved_customer", channel="email")
        assert (mail.state, mail.error) == ("cancelled", "by now the ticket is open")
    page = unescape(host.client("ada").get(f"/admin/support/tickets/{answered}").text)
    assert "E-mail to jerome@northwind.example not sent: by now the ticket is open" in page


def test_a_refused_mail_about_the_resolution_goes_again_as_a_reply_once_the_ticket_is_open(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    set_back_to_open(host, resolved_ticket)
    smtp.accept()
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email")
        delivering.send_again(resolved_ticket, host.agent("ada"), lost.key)
    drained(host)
    text, __ = parts(smtp.to(JEROME)[-1])
    assert "Checkout is restored." in text
    assert "solved" not in text


def test_a_reply_whose_resolution_closed_the_ticket_meanwhile_still_arrives(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    with host.app.app_context():
        replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    drained(host)
    text, __ = parts(smtp.to(JEROME)[-1])
    assert "Checkout is restored." in text
    assert "unless you reply" not in text


def test_what_a_colleague_wrote_is_never_mailed_as_an_answer_of_support(
    host: Host, closed_ticket: str, smtp: Smtp
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        replying.follow_up(closed_ticket, host.customer("lena"), body="It fails again.")
        replying.reply(closed_ticket, host.agent("ada"), body="Mended for good.", status=Status.RESOLVED)
    drained(host)
    [mail] = smtp.to(JEROME)
    text, __ = parts(mail)
    assert "Mended for good." in text
    assert "It fails again." not in text
    with host.app.app_context():
        [reopened] = deliveries(host, notice="reopened_customer", channel="email")
        assert (reopened.state, reopened.error) == ("cancelled", "by now the ticket is resolved")


@pytest.mark.every_database
@pytest.mark.parametrize("by", ["the clock", "an agent"])
def test_nobody_is_mailed_that_a_ticket_is_closed_which_is_open_again(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock, by: str
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        if by == "the clock":
            clock.forward(hours=48)
            assert tick().closed == 1
        else:
            replying.close_with_confirmation(resolved_ticket, host.agent("ada"), note="He said so on the phone.")
        replying.follow_up(resolved_ticket, host.customer("jerome"), body="It fails again.")
    drained(host)
    assert smtp.to(JEROME) == []
    with host.app.app_context():
        closed = [one for one in deliveries(host, channel="email") if one.notice.endswith("closed_customer")]
        assert [(one.state, one.error) for one in closed] == [("cancelled", "by now the ticket is open")]


def close_and_set_back(host: Host, ticket_id: str, clock: Clock) -> None:
    clock.forward(hours=1)
    replying.close_with_confirmation(ticket_id, host.agent("ada"), note="He said so on the phone.")
    clock.forward(hours=1)
    set_status(ticket_id, host.agent("grace"), Status.RESOLVED)


@pytest.mark.every_database
@pytest.mark.parametrize("waited", ["nothing", "the closing", "everything"])
def test_who_is_set_back_to_resolved_is_mailed_once_that_it_is_and_when_it_closes(
    host: Host, answered: str, smtp: Smtp, clock: Clock, waited: str
) -> None:
    drained(host)
    with host.app.app_context():
        replying.reply(answered, host.agent("ada"), body="Checkout is mended.", status=Status.RESOLVED)
    if waited != "everything":
        drained(host)
    with host.app.app_context():
        clock.forward(hours=1)
        replying.close_with_confirmation(answered, host.agent("ada"), note="He said so on the phone.")
        if waited == "nothing":
            drained(host)
        clock.forward(hours=1)
        set_status(answered, host.agent("grace"), Status.RESOLVED)
    before = len(smtp.to(JEROME))
    drained(host)
    texts = [parts(mail)[0] for mail in smtp.to(JEROME)[before:]]
    closes = f"It closes on {format_datetime(clock.at + timedelta(hours=48))} unless you reply."
    assert [closes in text for text in texts] == [False, True] if waited == "everything" else [True]
    assert ("Checkout is mended." in texts[0]) == (waited == "everything"), "the reply arrives all the same"
    assert not any("Support closed" in text for text in texts)


def test_a_mail_of_an_earlier_resolution_says_why_it_was_not_sent(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        set_status(answered, host.agent("ada"), Status.RESOLVED)
        close_and_set_back(host, answered, clock)
    drained(host)
    with host.app.app_context():
        sent = {(mail.state, mail.error) for mail in deliveries(host, notice="resolved_customer", channel="email")}
    assert sent == {("cancelled", "it was set to resolved anew since"), ("sent", "")}


@pytest.mark.every_database
def test_an_in_app_notice_of_an_earlier_resolution_names_no_later_date(
    host: Host, resolved_ticket: str, clock: Clock
) -> None:
    with host.app.app_context():
        close_and_set_back(host, resolved_ticket, clock)
        lines = [bell.text for bell in bells(host.customer("jerome")).rows if "solved" in bell.text]
    closes = f"it closes on {format_datetime(clock.at + timedelta(hours=48))} unless you reply"
    assert lines == [
        f"{resolved_ticket} is marked as solved; {closes}: Checkout failing on Canvas Tote",
        f"{resolved_ticket} was marked as solved: Checkout failing on Canvas Tote",
    ]


def said_of_closing(host: Host, smtp: Smtp) -> tuple[str, str]:
    """What Jerome's last mail and his in-app line say of when it closes."""
    with host.app.app_context():
        lines = [bell.text for bell in bells(host.customer("jerome")).rows]
    [line] = [line for line in lines if "solved" in line]
    [sentence] = re.findall(r"marked as solved\. ([^\n]*)", parts(smtp.to(JEROME)[-1])[0])
    return sentence, line


def send_lost_again(host: Host, ticket_id: str) -> None:
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email")
        delivering.send_again(ticket_id, host.agent("ada"), lost.key)


@pytest.mark.every_database
def test_a_mail_that_lets_the_held_clock_go_on_names_no_date_that_is_past(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        assert tick().held == 1
    clock.forward(days=5)
    smtp.accept()
    send_lost_again(host, resolved_ticket)
    drained(host)
    sentence, line = said_of_closing(host, smtp)
    assert sentence == "It closes once 48 hours have passed without a reply from you."
    assert line == f"{resolved_ticket} was marked as solved: Checkout failing on Canvas Tote"
    with host.app.app_context():
        assert tick().released == 1
        clock.forward(hours=47, minutes=59)
        assert tick().closed == 0
    __, line = said_of_closing(host, smtp)
    assert line.startswith(f"{resolved_ticket} is marked as solved; it closes on 29 April 2026, 14:03 UTC unless you")


def test_a_mail_that_waited_names_the_closing_date_as_it_is_now(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME, 450, "4.2.0 Greylisted, come again")
    drained(host)
    smtp.accept()
    clock.forward(hours=3)
    with host.app.app_context():
        replying.reply(resolved_ticket, host.agent("ada"), body="One more thing.")
    drained(host)
    [solved] = [mail for mail in smtp.to(JEROME) if "marked as solved" in parts(mail)[0]]
    assert "It closes on 24 April 2026, 17:03 UTC unless you reply." in parts(solved)[0]


def test_a_mail_that_goes_out_when_its_time_is_up_names_no_date_at_all(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    clock.forward(hours=49)
    drained(host)
    assert said_of_closing(host, smtp)[0] == "It closes unless you reply."


@pytest.mark.every_database
@pytest.mark.parametrize("back", [False, True], ids=["and on", "and back"])
def test_of_two_moves_the_last_is_mailed_and_each_line_names_its_own(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, *, back: bool
) -> None:
    last = "support" if back else "orders"
    with host.app.app_context():
        setup.create_queue(host.agent("grace"), "orders", {"name": "Orders"})
        everywhere = agents.Covers(queues=("support", "billing", "orders"))
        person = host.desk.hooks.directory.person(str(host.ids["ada"]))
        agents.grant_agent(host.agent("grace"), person, rights={Right.HANDLE}, covers=everywhere)
    ticket_id = open_ticket()
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        for queue in ("billing", last):
            clock.forward(minutes=1)
            sorting.change_fields(ticket_id, host.agent("grace"), {"queue": queue})
        lines = [row.text for row in bells(host.agent("ada")).rows][:2]
    drained(host)
    assert lines == [
        f"Grace Hopper moved {ticket_id} into {queue}: Checkout failing on Canvas Tote"
        for queue in (last.capitalize(), "Billing")
    ]
    for text in parts(mail_to(smtp, ADA)):
        assert f"moved the ticket of Northwind Outfitters into {last.capitalize()}." in text
    with host.app.app_context():
        first, __ = deliveries(host, address=ADA, notice="moved_staff", channel="email")
        assert (first.state, first.error) == ("cancelled", "it was moved on since")


def test_nobody_is_mailed_that_a_ticket_is_closed_whose_customer_has_opened_it_again(
    host: Host, resolved_ticket: str, smtp: Smtp
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        replying.confirm_solved(resolved_ticket, host.customer("jerome"))
        reopen(resolved_ticket, host.customer("jerome"), reason="It came back.")
    drained(host)
    assert "The ticket is closed." not in parts(mail_to(smtp, ADA))[0]
    with host.app.app_context():
        [mail] = deliveries(host, notice="confirmed_staff", channel="email")
        assert (mail.state, mail.error) == ("cancelled", "by now the ticket is open")


@pytest.mark.every_database
def test_a_resolution_is_mailed_to_whoever_asks_by_then_and_once(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    smtp.mails.clear()
    with host.app.app_context():
        ada, people = host.agent("ada"), host.desk.hooks.directory
        replying.reply(answered, ada, body="Checkout is mended.", status=Status.RESOLVED)
        for who in ("lena", "jerome"):
            clock.forward(minutes=1)
            sorting.change_requester(answered, ada, people.person(str(host.ids[who])))
    drained(host)
    assert smtp.to("lena@northwind.example") == []
    texts = [parts(mail)[0] for mail in smtp.to(JEROME)]
    assert ["Your ticket is marked as solved." in text for text in texts] == [False, True]
    assert ["Checkout is mended." in text for text in texts] == [True, False]
    with host.app.app_context():
        [hers] = deliveries(host, notice="resolved_customer", channel="email", recipient_id=str(host.ids["lena"]))
        assert (hers.state, hers.error) == ("cancelled", "the requester was changed since")


def test_a_resolution_is_mailed_though_its_customer_has_another_name_by_then(
    host: Host, answered: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        set_status(answered, host.agent("ada"), Status.RESOLVED)
        clock.forward(minutes=1)
        host.change_user("jerome", name="Jerome Ellis-Bergman")
        host_changes.person_changed(host.ids["jerome"])
    drained(host)
    assert "marked as solved" in parts(smtp.to(JEROME)[-1])[0]


@pytest.mark.parametrize("then", ["withdrawn", "filtered"])
@pytest.mark.parametrize("opener", ["the customer", "an agent for them"])
def test_a_new_ticket_is_mailed_to_nobody_once_it_waits_no_more(
    host: Host, smtp: Smtp, clock: Clock, opener: str, then: str
) -> None:
    with host.app.app_context():
        jerome = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        by = host.customer("jerome") if opener == "the customer" else host.agent("ada")
        for_whom = {} if opener == "the customer" else {"account_id": "1", "requester": jerome}
        number = opening.open_ticket(by, subject="Checkout failing", body="Nobody can pay.", **for_whom).ticket_id
        if then == "withdrawn":
            withdraw(number, host.customer("jerome"))
        else:
            sorting.put_aside(number, host.agent("ada"))
        clock.forward(minutes=1)
    drained(host)
    assert smtp.mails == []
    with host.app.app_context():
        why = {mail.error for mail in deliveries(host, channel="email")}
        words = "closed" if then == "withdrawn" else "in Spam / Filtered"
        assert why == {f"by now the ticket is {words}"}
        if then == "filtered":
            sorting.release(number, host.agent("ada"))
    drained(host)
    assert len(smtp.to(JEROME)) == (then == "filtered")
