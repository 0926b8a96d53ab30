"""Mails of a desk that is typed at by everybody: no header, no recipient and no secret comes from what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.delivery.message import HEADERS
from flask_sgsupport.errors import InvalidInput
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Message, Queue
from flask_sgsupport.queries.health import checks
from flask_sgsupport.reply_address import is_message_id
from flask_sgsupport.services import agents, assigning, delivering, following, opening, replying, setup, sorting
from flask_sgsupport.services.attaching import Upload
from tests.corpus import lines, load
from tests.mailing import ADA, JEROME, deliveries, drained, parts
from tests.mailing import host as host  # noqa: PLC0414
from tests.proof.page import Figure
from tests.smtp import Mail, Smtp
from tests.world import Clock, Host, OpenTicket

HOSTILE = load("headers")
EVERYBODY = {JEROME, ADA, "ben@desk.example", "cleo@desk.example", "grace@desk.example"}


@pytest.fixture(autouse=True)
def patience(host: Host) -> None:
    """Wait for the test's own mail server longer than a busy machine lets it take; no server hangs here."""
    host.desk.settings.mail_timeout_seconds = 20.0


@pytest.mark.guarantee(
    "S7.5a No header from input",
    "Line breaks and encoded words in subjects, names, files, signatures and tags add no header and no recipient "
    "to any mail.",
)
def test_no_header_and_no_recipient_comes_from_what_was_typed(host: Host, smtp: Smtp, figure: Figure) -> None:
    names = [*load("names"), *HOSTILE]
    with host.app.app_context():
        jerome, ada, grace = host.customer("jerome"), host.agent("ada"), host.agent("grace")
        assert jerome.person is not None
        for place, text in enumerate(HOSTILE):
            who = replace(jerome.person, name=names[place * 2])
            actor = replace(jerome, person=who)
            files = [Upload(f"{text}.txt", BytesIO(b"x"))]
            number = opening.open_ticket(
                actor, subject=f"{place} {text}", body=f"{place} {text}", files=files
            ).ticket_id
            field = ("from_name", "name", "signature")[place % 3]
            _refused_or_done(lambda text=text, field=field: setup.change_queue(grace, "support", {field: text}))
            _refused_or_done(lambda text=text, number=number: sorting.change_fields(number, grace, {"tags": text}))
            _refused_or_done(lambda text=text: agents.change_agent(grace, str(host.ids["ada"]), public_name=text))
            if place % 6 == 0:
                assigning.claim(number, ada)
                replying.reply(number, ada, body=text + text, files=[Upload(text, BytesIO(b"y"))])
                replying.add_note(number, ada, body=f"Note {text}")
    host.change_user("jerome", name='Jerome"\r\nBcc: eve@evil.example')
    outcomes = drained(host)
    assert set(outcomes) == {"sent"}
    assert len(outcomes) > 100
    for mail in smtp.mails:
        assert set(mail.message.keys()) <= HEADERS
        assert len(mail.message.keys()) == len(set(mail.message.keys())), "no header stands twice"
        assert len(mail.recipients) == 1
        assert set(mail.recipients) <= EVERYBODY
        assert mail.sender == "support@desk.example"
        head = mail.raw.partition(b"\r\n\r\n")[0]
        assert head.isascii()
        assert all(len(line) <= 998 for line in head.split(b"\r\n"))
        assert b"\n" not in head.replace(b"\r\n", b"")
        assert b"\r" not in head.replace(b"\r\n", b"")
        [to] = mail.message["To"].addresses
        assert to.addr_spec in EVERYBODY
        assert [one.addr_spec for one in mail.message["From"].addresses] == ["support@desk.example"]
    figure(f"{len(HOSTILE)} strings, {len(smtp.mails)} mails, 0 headers or recipients more")


@pytest.mark.guarantee(
    "S7.5b No hostile address",
    "An address that would name a second recipient or a header is refused wherever an address is typed.",
)
def test_no_hostile_address_is_taken_anywhere(host: Host, open_ticket: OpenTicket, smtp: Smtp, figure: Figure) -> None:
    number = open_ticket()
    grace = host.client("grace")
    taken = []
    with host.app.app_context():
        lead = host.agent("grace")
        for address in load("addresses"):
            acts: tuple[Callable[[], Any], ...] = (
                lambda address=address: sorting.correct_address(number, lead, address),
                lambda address=address: setup.change_queue(lead, "support", {"from_address": address}),
                lambda address=address: setup.change_queue(lead, "support", {"reply_address": address}),
            )
            taken += [address for act in acts if _refused_or_done(act)]
    for address in load("addresses"):
        answer = grace.post(f"/admin/support/tickets/{number}/address", data={"email": address})
        assert answer.status_code in {302, 422}, address
    assert all(re.fullmatch(r"[^\s<>,;:()\"]+@[^\s<>,;:()\"@]+", address.strip()) for address in taken), taken
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="An answer.")
    drained(host)
    assert all(len(mail.recipients) == 1 for mail in smtp.mails)
    assert not {one for mail in smtp.mails for one in mail.recipients if one.startswith("m@")}
    figure(f"{len(load('addresses'))} addresses, 0 foreign recipients")


def _refused_or_done(act: Callable[[], Any]) -> bool:
    try:
        act()
    except InvalidInput:
        return False
    return True


@pytest.mark.guarantee(
    "S7.6 Mails tell what they are",
    "Every mail but support's own words says that a machine sent it, each has a Message-ID of its own, which it keeps "
    "when it is tried again, and answers an earlier one, none is of a list, and links carry nothing but number and "
    "message.",
)
def test_machines_say_so_threads_hold_and_links_carry_no_secret(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, figure: Figure
) -> None:
    number = open_ticket()
    customer, agent = host.customer, host.agent
    acts: list[Callable[[], object]] = [
        lambda: replying.reply(number, agent("ada"), body="Try it again.", status=Status.RESOLVED),
        lambda: replying.still_need_help(number, customer("jerome"), body="Not yet."),
        lambda: replying.add_note(number, agent("grace"), body="Look at the cache."),
        lambda: replying.reply(number, agent("ada"), body="Now?", status=Status.RESOLVED),
        lambda: replying.confirm_solved(number, customer("jerome")),
        lambda: replying.follow_up(number, customer("jerome"), body="Again."),
        lambda: replying.reply(number, agent("ada"), body="Still at it."),
    ]
    assert set(drained(host)) == {"sent"}
    for act in acts:
        with host.app.app_context():
            act()
        assert set(drained(host)) == {"sent"}
    with host.app.app_context():
        keys = set(host.db.session.scalars(select(Message.key)))
        notices = {one.message_id: one.notice for one in deliveries(host, channel="email")}
    assert len(smtp.mails) == len(notices) >= 8
    assert {"replied_customer", "resolved_customer", "opened_receipt", "note_staff"} <= set(notices.values())
    ids: dict[str, list[str]] = {}
    for mail in smtp.mails:
        message = mail.message
        own = message["Message-ID"]
        assert is_message_id(own)
        earlier = ids.setdefault(mail.recipients[0], [])
        assert own not in earlier
        assert message["In-Reply-To"] in [*earlier, None]
        assert bool(earlier) == (message["In-Reply-To"] is not None), "all but the first answer an earlier one"
        references = str(message["References"] or "").split()
        assert set(references) <= set(earlier)
        assert references[-1:] == ([message["In-Reply-To"]] if earlier else [])
        earlier.append(own)
        by_a_person = notices[own] in {"replied_customer", "resolved_customer"}
        assert message["Auto-Submitted"] == (None if by_a_person else "auto-generated"), notices[own]
        assert not [name for name in message.keys() if name.lower().startswith("list-")]  # noqa: SIM118
        for part in parts(mail):
            for link in re.findall(r"https?://[^\s\"'<>]+", part):
                if re.fullmatch(r"https://app\.example\.com/(?:admin/)?support/notifications/preferences", link):
                    continue
                found = re.fullmatch(
                    rf"https://app\.example\.com/(?:admin/)?support/tickets/{number}(/solved)?(?:#m-([0-9a-f]+)|#answer)?",
                    link,
                )
                assert found, link
                assert found.group(2) is None or found.group(2) in keys

    # The server takes mails and says nothing: each is tried again, as the same mail.
    heard = len(smtp.mails)
    with host.app.app_context():
        replying.reply(number, agent("ada"), body="Once more.")
        replying.add_note(number, agent("grace"), body="And a note.")
    host.desk.settings.mail_timeout_seconds = 1.0
    smtp.silent_at = "ANSWER"
    assert set(drained(host)) == {"channel_failed"}
    taken = smtp.mails[heard:]
    assert len(taken) == 2
    smtp.accept()
    host.desk.settings.mail_timeout_seconds = 20.0
    clock.forward(seconds=73)
    assert drained(host) == ["sent", "sent"]
    again = smtp.mails[heard + 2 :]
    assert [told(mail) for mail in again] == [told(mail) for mail in taken]
    figure(f"{len(smtp.mails) - 2} mails, all of them; {len(again)} of them tried again under the same Message-ID")


def told(mail: Mail) -> dict[str, str]:
    """The headers of a mail by name, but for the moment it was sent and its boundary."""
    return {name: str(value) for name, value in mail.message.items() if name not in {"Date", "Content-Type"}}


CLEO, GRACE = "cleo@desk.example", "grace@desk.example"


def article_of(page: str, key: str) -> str:
    """What a ticket's page shows of one message."""
    [article] = re.findall(rf'<article [^>]*id="m-{key}".*?</article>', page, re.DOTALL)
    return unescape(article)


@pytest.mark.guarantee(
    "S7.3 One refused harms no other",
    "Of three recipients one is refused, whichever it is: the other two have their mail exactly once, the next load of "
    "the page shows the reason, on the reply if it was the customer, else in the history; no customer reads it, and "
    "one press sends it again.",
)
@pytest.mark.parametrize("refused", [JEROME, GRACE, CLEO])
def test_one_of_three_refused_is_told_on_the_ticket_and_the_others_have_theirs_once(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, figure: Figure, refused: str
) -> None:
    number = open_ticket()
    with host.app.app_context():
        assigning.assign(number, host.agent("grace"), str(host.ids["grace"]))
        following.follow(number, host.agent("cleo"))
    drained(host)
    smtp.mails.clear()
    smtp.refuse(refused, 550, "5.1.1 user unknown")
    with host.app.app_context():
        reply = replying.reply(number, host.agent("ada"), body="An answer.").message
        note = replying.add_note(number, host.agent("ada"), body="A note.").message
    assert reply is not None
    assert note is not None
    assert sorted(drained(host)) == ["failed", "sent", "sent"]
    page = host.client("ada").get(f"/admin/support/tickets/{number}").text
    reason = "550 5.1.1 user unknown"
    assert reason in page, "the first page that is loaded shows it"
    assert (reason in article_of(page, reply)) == (refused == JEROME)
    assert reason not in article_of(page, note)
    assert "550 5.1.1" not in host.client("jerome").get(f"/support/tickets/{number}").text
    for _ in range(4):
        clock.forward(hours=3)
        drained(host)
    others = sorted({JEROME, GRACE, CLEO} - {refused})
    assert sorted(mail.recipients for mail in smtp.mails) == [(other,) for other in others], "the other two, once each"

    # One press, and it goes out under the same Message-ID.
    with host.app.app_context():
        [lost] = deliveries(host, state="failed")
        key, message_id = lost.key, lost.message_id
        assert lost.address == refused
    smtp.accept()
    answer = host.client("ada").post(f"/admin/support/tickets/{number}/deliveries/{key}/send-again")
    assert answer.status_code == 302
    assert drained(host) == ["sent"]
    [again] = smtp.to(refused)
    assert again.message["Message-ID"] == message_id
    assert len(smtp.mails) == 3
    figure("2 of 3 mails sent once each, the reason on the first page; the third once after a press")


@pytest.mark.guarantee(
    "S7.4a The schedule of retries",
    "Waits between attempts are the documented ones within a fifth, for about a day; then it is a dead letter "
    "with a button.",
)
@pytest.mark.parametrize(
    ("refuse", "code", "text"),
    [
        (lambda smtp: smtp.refuse(JEROME, 451, "4.3.0 Try later"), 451, "451 4.3.0 Try later"),
        (lambda smtp: smtp.refuse_sender("support@desk.example"), 553, "553 5.7.1 Sender not allowed"),
    ],
    ids=["temporary", "sender"],
)
def test_the_schedule_is_the_documented_one_to_the_dead_letter_and_its_button(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, refuse: Any, code: int, text: str, figure: Figure
) -> None:
    number = open_ticket()
    drained(host)
    refuse(smtp)
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="An answer.")
    waits = []
    for _ in range(40):
        drained(host)
        with host.app.app_context():
            [one] = deliveries(host, notice="replied_customer", channel="email")
            if one.state == "failed":
                break
            assert (one.state, one.error_code, one.error) == ("queued", code, text)
            waits.append((one.due_at - clock.at).total_seconds())
            clock.at = one.due_at
    planned = [*delivering.BACKOFF_SECONDS, *[delivering.HOUR_SECONDS] * 30][: len(waits)]
    assert all(0.8 * plan <= wait <= 1.2 * plan for plan, wait in zip(planned, waits, strict=True)), waits
    assert 20 <= sum(waits) / 3600 <= 30, "about a day"
    page = host.client("ada").get(f"/admin/support/tickets/{number}").text
    assert text in page
    if code == 553:
        with host.app.app_context():
            assert text in (host.db.session.scalar(select(Queue.mail_error).where(Queue.key == "support")) or "")
            assert any(text in one.sentence for one in checks())
    with host.app.app_context():
        [one] = deliveries(host, notice="replied_customer", channel="email")
        key = one.key
    smtp.accept()
    host.client("ada").post(f"/admin/support/tickets/{number}/deliveries/{key}/send-again")
    assert "sent" in drained(host)
    assert len([mail for mail in smtp.to(JEROME) if "An answer." in parts(mail)[0]]) == 1
    figure(f"{len(waits)} waits over {sum(waits) / 3600:.0f} hours")


@pytest.mark.guarantee(
    "S7.4b Greylisting",
    "A server that puts everybody off once has every mail with the next try, once.",
)
def test_everybody_greylisted_gets_each_mail_once_with_the_next_try(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, figure: Figure
) -> None:
    for address in EVERYBODY:
        smtp.greylist(address)
    open_ticket()
    assert set(drained(host)) == {"retry"}
    clock.forward(seconds=73)
    assert set(drained(host)) == {"sent"}
    ids = [mail.message["Message-ID"] for mail in smtp.mails]
    assert len(ids) == len(set(ids)) == 4
    with host.app.app_context():
        assert {one.state for one in deliveries(host, channel="email")} == {"sent"}
    figure(f"{len(ids)} mails")


@pytest.mark.guarantee(
    "S7.4c A server that refuses all",
    "Every mail is kept as failed with the server's words, which are text on every page and in the terminal.",
)
def test_a_server_that_refuses_all_costs_no_mail_and_the_answers_text_is_no_markup(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, figure: Figure
) -> None:
    for address in EVERYBODY:
        smtp.refuse(address, 550, "5.1.1 <script>alert(1)</script> {{ 7*7 }} \x1b[31mno\x1b[0m")
    number = open_ticket()
    assert set(drained(host)) == {"failed"}
    for path in (f"/admin/support/tickets/{number}", "/admin/support/health/", "/admin/support/?view=undelivered"):
        page = host.client("grace").get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "\x1b" not in page.text
    listed = host.app.test_cli_runner().invoke(args=["support", "outbox", "list"]).output
    assert "\x1b" not in listed
    assert "550 5.1.1 <script>alert(1)</script> {{ 7*7 }}" in listed
    with host.app.app_context():
        assert all("\x1b" not in one.error for one in host.db.session.scalars(select(Delivery)))
    figure("0 lost")


@pytest.mark.guarantee(
    "S7.5c Long subjects arrive",
    "Subjects of hostile strings arrive in mails as they are kept.",
)
def test_every_long_subject_of_hostile_strings_arrives_as_it_is_kept(host: Host, smtp: Smtp, figure: Figure) -> None:
    with host.app.app_context():
        for subject in list(lines([text for text in load("strings") if text.strip()], most=190))[::3]:
            opening.open_ticket(host.customer("jerome"), subject=subject, body=subject)
    assert set(drained(host)) == {"sent"}
    for mail in smtp.mails:
        assert set(mail.message.keys()) <= HEADERS
        assert mail.message["Subject"].count("[TKT-2026-") >= 1
    figure(f"{len(smtp.mails)} mails")
