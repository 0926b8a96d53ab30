"""Mails of a desk that is typed at by everybody: no header, no recipient and no secret comes from what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
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
from flask_sgsupport.services import agents, assigning, delivering, opening, replying, setup, sorting
from flask_sgsupport.services.attaching import Upload
from tests.corpus import lines, load
from tests.mailing import ADA, JEROME, deliveries, drained, parts
from tests.mailing import host as host  # noqa: PLC0414
from tests.proof.page import Figure
from tests.smtp import Smtp
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
    "Notifications say that a machine sent them, each mail has a Message-ID of its own and answers an earlier "
    "one, links carry nothing but number and message.",
)
def test_machines_say_so_threads_hold_and_links_carry_no_secret(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, figure: Figure
) -> None:
    number = open_ticket()
    customer, agent = host.customer, host.agent
    acts: list[Callable[[], object]] = [
        lambda: replying.reply(number, agent("ada"), body="Try it again.", status=Status.RESOLVED),
        lambda: replying.still_need_help(number, customer("jerome"), body="Not yet."),
        lambda: replying.add_note(number, agent("grace"), body="Look at the cache."),
        lambda: replying.reply(number, agent("ada"), body="Now?", status=Status.RESOLVED),
        lambda: replying.confirm_solved(number, customer("jerome")),
    ]
    assert set(drained(host)) == {"sent"}
    for act in acts:
        with host.app.app_context():
            act()
        assert set(drained(host)) == {"sent"}
    with host.app.app_context():
        keys = set(host.db.session.scalars(select(Message.key)))
    assert len(smtp.mails) >= 8
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
        earlier.append(own)
        assert message["Auto-Submitted"] in {None, "auto-generated"}
        assert not [name for name in message.keys() if name.lower().startswith("list-")]  # noqa: SIM118
        for part in parts(mail):
            for link in re.findall(r"https?://[^\s\"'<>]+", part):
                found = re.fullmatch(
                    rf"https://app\.example\.com/(?:admin/)?support/tickets/{number}(/solved)?(?:#m-([0-9a-f]+)|#answer)?",
                    link,
                )
                assert found, link
                assert found.group(2) is None or found.group(2) in keys
    # Only what a person wrote to a customer passes as written by a person.
    by_people = [mail for mail in smtp.mails if mail.message["Auto-Submitted"] is None]
    assert by_people
    for mail in by_people:
        assert re.search("answered|wrote|note|checkout|Now|Not yet|Nobody can pay", parts(mail)[0], re.IGNORECASE)
    figure(f"{len(smtp.mails)} mails, all of them")


@pytest.mark.guarantee(
    "S7.3 One refused harms no other",
    "Of several recipients one is refused: the others have each mail once, the reason stands on the reply, and "
    "one press sends it again.",
)
def test_one_of_three_refused_is_told_on_the_ticket_and_the_others_have_theirs_once(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, figure: Figure
) -> None:
    number = open_ticket()
    drained(host)
    smtp.mails.clear()
    smtp.refuse(JEROME, 550, "5.1.1 user unknown")
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="An answer.")
        replying.add_note(number, host.agent("ada"), body="A note.")
        replying.follow_up(number, host.customer("jerome"), body="And this?")
    for _ in range(4):
        drained(host)
        clock.forward(hours=3)
    counted = sorted((mail.recipients[0], mail.message["Message-ID"]) for mail in smtp.mails)
    assert len(counted) == len(set(counted)), "each went out once"
    assert JEROME not in {one for one, _ in counted}
    assert counted
    page = host.client("ada").get(f"/admin/support/tickets/{number}").text
    assert "550 5.1.1 user unknown" in page
    assert "550 5.1.1" not in host.client("jerome").get(f"/support/tickets/{number}").text

    # One press, and it goes out under the same Message-ID.
    with host.app.app_context():
        [lost] = deliveries(host, state="failed")
        key, message_id = lost.key, lost.message_id
    smtp.accept()
    answer = host.client("ada").post(f"/admin/support/tickets/{number}/deliveries/{key}/send-again")
    assert answer.status_code == 302
    assert drained(host) == ["sent"]
    [again] = smtp.to(JEROME)
    assert again.message["Message-ID"] == message_id
    figure(f"{len(smtp.mails)} mails, none twice; the reason shown at once")


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
