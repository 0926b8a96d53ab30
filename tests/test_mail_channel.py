"""Mails leave through a real SMTP server, and what becomes of each is said."""

from __future__ import annotations

import logging
import shutil
import socket
import ssl
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import unquote
from pathlib import Path
from threading import Thread
from typing import Any

import flask_mail
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_sgsupport.delivery import Outcome
from flask_sgsupport.delivery.email import BadSender, Conn, Email, EmailChannel, Msg, build
from flask_sgsupport.delivery.message import HEADERS
from flask_sgsupport.mail_address import ascii_address
from flask_sgsupport.reply_address import message_id
from tests.smtp import Smtp

EMAIL = Email(
    to_address="ann@customer.example",
    to_name="Ann Lee",
    from_address="support@desk.example",
    from_name="Example Support",
    reply_to="support+token@desk.example",
    subject="Re: [TKT-2026-04881] The page is blank",
    text="Hello Ann\n",
    html="<p>Hello Ann</p>",
    message_id=message_id("TKT-2026-04881", "0f8fad5bd9cb469fa16570867728950e", secret="s", domain="desk.example"),
    in_reply_to="<1@customer.example>",
    references=("<1@customer.example>",),
    auto_submitted=True,
    ticket_id="TKT-2026-04881",
    extra=(("X-SGSupport-Loop", "instance-1"),),
)
PASSWORD = "correct-horse"


@pytest.fixture
def smtp() -> Iterator[Smtp]:
    with Smtp() as server:
        yield server


def mail_for(port: int, **config: Any) -> flask_mail._Mail:
    app = Flask(__name__)
    app.config.update({"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, **config})
    return flask_mail.Mail().init_app(app)


def send(port: int, *emails: Email, timeout_seconds: float = 5, **config: Any) -> list[Outcome]:
    mail = mail_for(port, **config)
    with Flask(__name__).app_context():
        sent = list(EmailChannel().send_all(mail, emails, timeout_seconds=timeout_seconds))
    assert [email for email, _ in sent] == list(emails)
    outcomes = [outcome for _, outcome in sent]
    for outcome in outcomes:
        assert len(outcome.reason) <= 500
        assert outcome.reason.isprintable()
        assert PASSWORD not in outcome.reason
    return outcomes


def to(address: str, **changed: Any) -> Email:
    return replace(EMAIL, to_address=address, **changed)


def kinds(outcomes: list[Outcome]) -> list[str]:
    return [outcome.kind for outcome in outcomes]


def parsed(email: Email) -> EmailMessage:
    message = message_from_bytes(build(email).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(message: EmailMessage, subtype: str = "plain") -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content())


def decoded(raw: bytes, header: str) -> str:
    """What a mail program shows for a header; the newer parser of the standard library changes white space in it."""
    value = message_from_bytes(raw, policy=policy.compat32)[header]
    return str(make_header(decode_header(str(value).replace("\r\n", ""))))


def longest_line(raw: bytes) -> int:
    """The longest line but for the Message-ID, which cannot be folded."""
    return max(len(line) for line in raw.split(b"\r\n") if not line.startswith(b"Message-ID:"))


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening.getsockname()[1]


def closed_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


# What a mail looks like


def test_a_mail_arrives_as_it_was_written(smtp: Smtp) -> None:
    assert send(smtp.port, EMAIL) == [Outcome("sent", 250)]
    [mail] = smtp.mails
    message = mail.message
    assert mail.sender == "support@desk.example"
    assert mail.recipients == ("ann@customer.example",)
    assert message["From"] == "Example Support <support@desk.example>"
    assert message["To"] == "Ann Lee <ann@customer.example>"
    assert message["Reply-To"] == "support+token@desk.example"
    assert message["Subject"] == EMAIL.subject
    assert message["Message-ID"] == EMAIL.message_id
    assert message["In-Reply-To"] == message["References"] == "<1@customer.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-SGSupport-Ticket"] == "TKT-2026-04881"
    assert message["X-SGSupport-Loop"] == "instance-1"
    assert text_of(message) == "Hello Ann\n"
    assert text_of(message, "html") == "<p>Hello Ann</p>\n"
    assert set(message.keys()) <= HEADERS
    assert len(message.keys()) == len(set(message.keys()))


def test_what_a_person_wrote_does_not_say_that_a_machine_did() -> None:
    message = parsed(replace(EMAIL, auto_submitted=False))
    assert "Auto-Submitted" not in message
    assert "X-Auto-Response-Suppress" not in message


def test_a_mail_without_html_is_plain_text() -> None:
    message = parsed(replace(EMAIL, html=None))
    assert message.get_content_type() == "text/plain"


def test_a_retry_carries_the_same_message_id() -> None:
    assert parsed(EMAIL)["Message-ID"] == parsed(EMAIL)["Message-ID"] == EMAIL.message_id


def test_long_lines_are_wrapped_for_the_way_and_come_back_whole(smtp: Smtp) -> None:
    text = "x" * 5_000 + "\n.\n..\nFrom here\n"
    assert kinds(send(smtp.port, replace(EMAIL, text=text, html=f"<p>{text}</p>"))) == ["sent"]
    [mail] = smtp.mails
    assert longest_line(mail.raw) <= 78
    assert text_of(mail.message) == text
    assert text_of(mail.message, "html").strip() == f"<p>{text}</p>"


@pytest.mark.parametrize("text", ["Grüße aus Köln 😀 写真", "é" * 3_000, "a\x00b\x07c\x7f", "{{ x|y }} %(x)s ${x}", ""])
def test_any_text_arrives_as_it_was_typed(smtp: Smtp, text: str) -> None:
    assert kinds(send(smtp.port, replace(EMAIL, text=text, html=None))) == ["sent"]
    [mail] = smtp.mails
    assert mail.raw.isascii()
    assert text_of(mail.message).rstrip("\r\n") == text


NAMES = [
    "Jürgen Groß",
    "山田 太郎",
    "😀" * 30,
    "Lee, Ann",
    'Ann "the boss" Lee',
    "back\\slash",
    "Ann (work)",
    "ann@other.example",
    "<ann@other.example>",
    "Ann <ann@other.example>, Eve",
    "Ann; Eve:",
    "=?utf-8?q?Eve?=",
    "=?utf-8?b?RXZl?= Lee",
    "tab\tand  spaces",
    "x" * 120,
    "O'Neil & Co.",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_arrive_as_they_are(smtp: Smtp, name: str) -> None:
    assert kinds(send(smtp.port, replace(EMAIL, to_name=name, from_name=name))) == ["sent"]
    [mail] = smtp.mails
    assert mail.raw.isascii()
    for header, address in (("To", EMAIL.to_address), ("From", EMAIL.from_address)):
        [mailbox] = mail.message[header].addresses
        assert mailbox.addr_spec == address
        shown, _, target = decoded(mail.raw, header).rpartition(" ")
        assert target == f"<{address}>"
        assert unquote(shown) == name


@pytest.mark.parametrize(
    "subject",
    [
        "Die Seite bleibt weiß",
        "=?utf-8?q?a=0D=0ABcc:_eve@evil.example?=",
        "half =?utf-8?q?x",
        "two  spaces",
        "x" * 400,
        "word " * 60 + "end",
        "写" * 200,
        "{{ x|y }} %(x)s ${x}",
        "tab\there  there",
        "",
    ],
)
def test_subjects_arrive_as_they_were_typed(smtp: Smtp, subject: str) -> None:
    assert kinds(send(smtp.port, replace(EMAIL, subject=subject))) == ["sent"]
    [mail] = smtp.mails
    assert decoded(mail.raw, "Subject") == subject
    assert longest_line(mail.raw) <= 78


def test_a_domain_in_its_own_script_is_written_in_ascii(smtp: Smtp) -> None:
    assert kinds(send(smtp.port, to("ann@straße.example"), to("ann@例え.example"))) == ["sent", "sent"]
    assert [mail.recipients for mail in smtp.mails] == [("ann@xn--strae-oqa.example",), ("ann@xn--r8jz45g.example",)]


@pytest.mark.parametrize("address", ["ann@localhost", "ann@corp.local", "a.b+c_d@x.test", "o'neil@customer.example"])
def test_addresses_of_inner_networks_are_addresses(address: str) -> None:
    assert ascii_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        *("", "ann", "ann@", "@customer.example", "a b@customer.example", "ann@customer..example", "ann@-x.example"),
        *("ann@customer.example\r\nBcc: eve@evil.example", "ann@customer.example\n", "a\x00nn@customer.example"),
        *("ann@customer.example, eve@evil.example", "<ann@customer.example>", "Ann <ann@customer.example>"),
        *("grüße@customer.example", "ann@" + "x" * 300, "x" * 65 + "@customer.example", "ann@cust\u2028omer.example"),
        *("ann@\u200b", "ann@customer.example>\r\nDATA"),
    ],
)
def test_what_is_no_address_fails_alone(smtp: Smtp, address: str) -> None:
    outcomes = send(smtp.port, to(address), EMAIL)
    assert kinds(outcomes) == ["failed", "sent"]
    assert outcomes[0].reason
    assert [mail.recipients for mail in smtp.mails] == [("ann@customer.example",)]


def test_long_ids_keep_threads_together() -> None:
    ids = tuple(f"<{number}.{'x' * 150}@mail.example>" for number in range(8))
    raw = build(replace(EMAIL, in_reply_to=ids[-1], references=ids)).as_bytes()
    message = message_from_bytes(raw, policy=policy.default)
    assert b"=?" not in raw.partition(b"\r\n\r\n")[0]
    assert message["References"].split() == list(ids)
    assert message["In-Reply-To"] == ids[-1]


# What nobody can put into it

HOSTILE = [
    "x\r\nBcc: eve@evil.example",
    "x\nBcc: eve@evil.example",
    "x\rBcc: eve@evil.example",
    "x\r\n\r\n<script>alert(1)</script>",
    "x\r\n\tBcc: eve@evil.example",
    "x\r\n Bcc: eve@evil.example",
    "\r\nX-Evil: 1",
    "x\n\nX-Evil: 1",
    "x\x00\r\nX-Evil: 1",
    "x\x00y",
    "x\x0bX-Evil: 1",
    "x\x0cX-Evil: 1",
    "x\x1cX-Evil: 1",
    "x\x85X-Evil: 1",
    "x\u2028X-Evil: 1",
    "x\u2029X-Evil: 1",
    "x\u560a\u560dX-Evil: 1",
    "=?utf-8?q?x=0D=0AX-Evil:_1?=",
    "=?utf-8?b?eA0KWC1FdmlsOiAx?=",
    "=?utf-8?q?x?=\r\n =?utf-8?q?=0AX-Evil:_1?=",
    '"=?utf-8?q?=0D=0AX-Evil:_1?=" <eve@evil.example>',
    "x%0D%0AX-Evil: 1",
    "x\\r\\nX-Evil: 1",
    "eve@evil.example, ",
    "x>\r\nRCPT TO:<eve@evil.example>",
    "x\ud800",
    ": x",
    " \t ",
]
FIELDS = [
    *("to_address", "to_name", "from_address", "from_name", "reply_to", "subject", "message_id"),
    *("in_reply_to", "references", "ticket_id", "extra", "text", "html"),
]


def with_field(field: str, value: str) -> Email:
    changed: Any = {"references": (EMAIL.references[0], value), "extra": (("X-SGSupport-Loop", value),)}.get(
        field, value
    )
    return replace(EMAIL, **{field: changed})


@pytest.mark.parametrize("field", FIELDS)
def test_no_header_and_no_recipient_come_from_input(smtp: Smtp, field: str) -> None:
    emails = [with_field(field, value) for value in HOSTILE]
    outcomes = send(smtp.port, *emails)
    assert set(kinds(outcomes)) <= {"sent", "failed", "channel_failed"}
    assert len(smtp.mails) == kinds(outcomes).count("sent")
    for mail in smtp.mails:
        assert mail.recipients == ("ann@customer.example",)
        assert mail.sender == "support@desk.example"
        headers = mail.raw.partition(b"\r\n\r\n")[0]
        names = {
            line.partition(b":")[0].decode() for line in headers.split(b"\r\n") if not line.startswith((b" ", b"\t"))
        }
        assert names <= HEADERS
        assert set(mail.message.keys()) <= HEADERS
        assert mail.message.is_multipart() == (EMAIL.html is not None)


@pytest.mark.parametrize("name", ["Bcc", "X-Evil", "Subject", "X-SGSupport-Loop\r\nBcc", ""])
def test_only_named_headers_may_be_added(name: str) -> None:
    with pytest.raises(ValueError, match="header"):
        build(replace(EMAIL, extra=((name, "x"),)))


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_comes_back_or_is_refused(subject: str, name: str, text: str) -> None:
    try:
        raw = build(replace(EMAIL, subject=subject, to_name=name, text=text, html=None)).as_bytes()
    except ValueError:
        assert any(character in subject + name for character in "\r\n\0") or _has_surrogate(subject + name + text)
        return
    message = message_from_bytes(raw, policy=policy.default)
    assert set(message.keys()) <= HEADERS
    assert message["To"].addresses[0].addr_spec == EMAIL.to_address
    # The ends of lines of other times and alphabets become spaces.
    assert decoded(raw, "Subject").split() == subject.split()


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


# What becomes of it


def test_one_refused_recipient_harms_no_other(smtp: Smtp) -> None:
    smtp.refuse("gone@customer.example", 550, "5.1.1 user unknown")
    outcomes = send(smtp.port, to("a@customer.example"), to("gone@customer.example"), to("b@customer.example"))
    assert kinds(outcomes) == ["sent", "failed", "sent"]
    assert outcomes[1] == Outcome("failed", 550, "550 5.1.1 user unknown")
    assert [mail.recipients for mail in smtp.mails] == [("a@customer.example",), ("b@customer.example",)]


def test_a_greylisted_mail_is_to_be_tried_again(smtp: Smtp) -> None:
    smtp.refuse("ann@customer.example", 451, "4.7.1 Greylisted", times=1)
    assert send(smtp.port, EMAIL) == [Outcome("retry", 451, "451 4.7.1 Greylisted")]
    assert kinds(send(smtp.port, EMAIL)) == ["sent"]


def test_a_refused_from_concerns_the_channel_and_only_its_own_address(smtp: Smtp) -> None:
    smtp.refuse_sender("wrong@desk.example", 553, "5.7.1 Sender not allowed")
    outcomes = send(smtp.port, replace(EMAIL, from_address="wrong@desk.example"), EMAIL)
    assert outcomes == [Outcome("channel_failed", 553, "553 5.7.1 Sender not allowed"), Outcome("sent", 250)]


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (553, "5.7.1 <support@desk.example>: Sender address rejected: not owned by user desk", "channel_failed"),
        (550, "5.1.8 <support@desk.example>: Sender address rejected: Domain not found", "channel_failed"),
        (550, "5.7.60 SMTP; Client does not have permissions to send as this sender", "channel_failed"),
        (530, "5.7.0 Must issue a STARTTLS command first", "channel_failed"),
        (554, "Message rejected: Email address is not verified.", "channel_failed"),
        (554, "5.7.1 Service unavailable; Client host blocked", "failed"),
        (552, "5.2.2 Mailbox full", "failed"),
        (452, "4.2.2 Mailbox full", "retry"),
        (421, "4.3.2 Service shutting down", "retry"),
    ],
)
def test_the_words_of_a_refusal_decide_whom_it_concerns(smtp: Smtp, code: int, text: str, kind: str) -> None:
    smtp.refuse("ann@customer.example", code, text)
    assert send(smtp.port, EMAIL) == [Outcome(kind, code, f"{code} {text}")]  # type: ignore[arg-type]


@pytest.mark.parametrize(("code", "kind"), [(450, "retry"), (552, "failed"), (550, "channel_failed")])
def test_a_sender_put_off_and_a_mail_too_large_are_not_a_wrong_sender(smtp: Smtp, code: int, kind: str) -> None:
    smtp.refuse_sender("support@desk.example", code, "no")
    assert send(smtp.port, EMAIL) == [Outcome(kind, code, f"{code} no")]  # type: ignore[arg-type]


@pytest.mark.parametrize(("answer", "kind"), [("554 5.7.1 Spam", "failed"), ("451 4.3.0 Try later", "retry")])
def test_a_refusal_after_the_text_counts(answer: str, kind: str) -> None:
    class Refusing:
        async def handle_DATA(self, *_: Any) -> str:
            return answer

    with controller(Refusing()) as port:
        assert send(port, EMAIL) == [Outcome(kind, int(answer[:3]), answer)]  # type: ignore[arg-type]


def test_a_batch_goes_over_one_connection() -> None:
    class Counting:
        connections: set[Any] = set()

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.connections.add(session.peer)
            return "250 OK"

    with controller(Counting()) as port:
        assert kinds(send(port, *[EMAIL] * 5)) == ["sent"] * 5
        assert len(Counting.connections) == 1
        send(port, *[EMAIL] * 5, MAIL_MAX_EMAILS=2)
        assert len(Counting.connections) == 1 + 3


def test_a_server_that_hangs_up_is_called_again(smtp: Smtp) -> None:
    smtp.refuse("a@customer.example", 421, "4.3.2 Shutting down", times=1)
    assert kinds(send(smtp.port, to("a@customer.example"), EMAIL)) == ["retry", "sent"]


def test_a_server_that_is_down_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    configure = Conn.configure_host
    monkeypatch.setattr(Conn, "configure_host", lambda self: asked.append(1) or configure(self))
    port = closed_port()
    outcomes = send(port, EMAIL, EMAIL, EMAIL)
    assert kinds(outcomes) == ["channel_failed"] * 3
    assert outcomes[0].reason == f"127.0.0.1:{port} cannot be reached: [Errno 111] Connection refused"
    assert len(asked) == 1


def test_an_unknown_server_name_is_no_error_of_the_mail() -> None:
    assert kinds(send(25, EMAIL, MAIL_SERVER="nowhere.invalid")) == ["channel_failed"]


@pytest.mark.timeout(20)
def test_a_server_that_never_answers_is_given_up() -> None:
    with silent_server() as port:
        started = time.monotonic()
        outcomes = send(port, EMAIL, EMAIL, EMAIL, timeout_seconds=1)
        assert time.monotonic() - started < 5
    assert kinds(outcomes) == ["channel_failed"] * 3
    assert "timed out" in outcomes[0].reason


@pytest.mark.timeout(20)
def test_a_server_that_falls_silent_costs_a_batch_two_waits(smtp: Smtp) -> None:
    smtp.silent_at = "RCPT"
    started = time.monotonic()
    assert kinds(send(smtp.port, *[EMAIL] * 10, timeout_seconds=1)) == ["channel_failed"] * 10
    assert time.monotonic() - started < 6
    assert smtp.mails == []


@pytest.mark.timeout(20)
@pytest.mark.parametrize("answer_seconds", [0.7, 0.3])
def test_a_mail_has_its_time_as_a_whole_however_many_answers_are_waited_for(smtp: Smtp, answer_seconds: float) -> None:
    smtp.answer_seconds = answer_seconds
    started = time.monotonic()
    assert kinds(send(smtp.port, EMAIL, timeout_seconds=1)) == ["channel_failed"]
    assert time.monotonic() - started < 1.5
    assert smtp.mails == []
    smtp.accept()
    smtp.answer_seconds = 0.1
    assert kinds(send(smtp.port, EMAIL, EMAIL, EMAIL, timeout_seconds=1)) == ["sent"] * 3, "each mail has its own"


@contextmanager
def dripping_server() -> Iterator[int]:
    """A port that greets for ever, a byte at a time."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:

        def greet() -> None:
            connection, _ = listening.accept()
            with suppress(OSError), connection:
                connection.sendall(b"220-")
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.2)

        thread = Thread(target=greet)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(10)


@pytest.mark.timeout(20)
def test_a_server_that_never_ends_its_answer_is_left_in_time() -> None:
    with dripping_server() as port:
        started = time.monotonic()
        outcomes = send(port, EMAIL, timeout_seconds=1)
        assert time.monotonic() - started < 2
    assert outcomes[0].kind == "channel_failed"


def test_a_wrong_from_in_the_settings_concerns_the_channel(smtp: Smtp) -> None:
    outcomes = send(smtp.port, replace(EMAIL, from_address="support@desk.example\r\nBcc: eve@evil.example"), EMAIL)
    assert kinds(outcomes) == ["channel_failed", "sent"]
    with pytest.raises(BadSender):
        build(replace(EMAIL, reply_to="no address"))


def test_an_unexpected_error_is_logged_and_the_others_go_out(
    smtp: Smtp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    as_bytes = Msg.as_bytes

    def breaking(self: Msg) -> bytes:
        if self.email.ticket_id == "TKT-1":
            raise RuntimeError(PASSWORD)
        return as_bytes(self)

    monkeypatch.setattr(Msg, "as_bytes", breaking)
    assert kinds(send(smtp.port, replace(EMAIL, ticket_id="TKT-1"), EMAIL)) == ["retry", "sent"]
    assert "failed unexpectedly" in caplog.text


def test_a_batch_left_early_hangs_up(smtp: Smtp) -> None:
    with Flask(__name__).app_context():
        batch = EmailChannel().send_all(mail_for(smtp.port), [EMAIL, EMAIL], timeout_seconds=5)
        next(batch)
        batch.close()  # type: ignore[attr-defined]
    assert len(smtp.mails) == 1


# Login and encryption


@contextmanager
def controller(handler: Any, **options: Any) -> Iterator[int]:
    server = Controller(handler, hostname="127.0.0.1", port=closed_port(), **options)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


class Taking:
    """A server that takes every mail."""

    def __init__(self) -> None:
        self.mails = 0

    async def handle_DATA(self, *_: Any) -> str:
        self.mails += 1
        return "250 OK"


def refusing_login(answer: str) -> dict[str, Any]:
    def authenticate(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False, message=answer)

    return {"authenticator": authenticate, "auth_require_tls": False, "auth_exclude_mechanism": ["LOGIN"]}


LOGIN = {"MAIL_USERNAME": "desk-user", "MAIL_PASSWORD": PASSWORD}


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (f"535 5.7.8 Wrong password {PASSWORD} for desk-user", "channel_failed"),
        ("535 5.7.8 " + b64encode(("\0desk-user\0" + PASSWORD).encode()).decode(), "channel_failed"),
        ("454 4.7.0 Temporary authentication failure", "channel_failed"),
    ],
)
def test_a_refused_login_concerns_the_channel_and_tells_no_password(answer: str, kind: str) -> None:
    taking = Taking()
    with controller(taking, **refusing_login(answer)) as port:
        outcomes = send(port, EMAIL, EMAIL, **LOGIN)
    assert kinds(outcomes) == [kind, kind]
    assert outcomes[0].code == int(answer[:3])
    assert "desk-user" not in outcomes[0].reason
    assert b64encode(("\0desk-user\0" + PASSWORD).encode()).decode() not in outcomes[0].reason
    assert taking.mails == 0


def test_a_password_smtp_cannot_carry_is_not_quoted(smtp: Smtp) -> None:
    options = {"auth_require_tls": False, "authenticator": lambda *_: AuthResult(success=True)}
    with controller(Taking(), **options) as port:
        [outcome] = send(port, EMAIL, MAIL_USERNAME="desk-user", MAIL_PASSWORD="pass\u0142word")
    assert outcome.kind == "channel_failed"
    assert "pass" not in outcome.reason
    assert "\u0142" not in outcome.reason


def test_a_server_without_the_login_or_encryption_asked_for_concerns_the_channel(smtp: Smtp) -> None:
    assert kinds(send(smtp.port, EMAIL, **LOGIN)) == ["channel_failed"]
    assert kinds(send(smtp.port, EMAIL, MAIL_USE_TLS=True)) == ["channel_failed"]
    assert smtp.mails == []


def test_debugging_prints_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    options = {"auth_require_tls": False, "authenticator": lambda *_: AuthResult(success=True)}
    with controller(Taking(), **options) as port:
        assert kinds(send(port, EMAIL, MAIL_DEBUG=True, **LOGIN)) == ["sent"]
    printed = capsys.readouterr().err
    assert "mail from" in printed.lower()
    assert "AUTH" not in printed.replace("250-AUTH", "")
    assert PASSWORD not in printed


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *(
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                str(folder / "key.pem"),
                "-out",
                str(folder / "cert.pem"),
            ),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return folder


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


def test_a_certificate_nobody_vouches_for_is_refused(tls: ssl.SSLContext) -> None:
    taking = Taking()
    with controller(taking, tls_context=tls) as port:
        [outcome] = send(port, EMAIL, MAIL_USE_TLS=True, **LOGIN)
    assert outcome.kind == "channel_failed"
    assert "certificate" in outcome.reason.lower()
    assert taking.mails == 0


def test_a_trusted_certificate_is_used(tls: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    taking = Taking()
    with controller(taking, tls_context=tls, require_starttls=True) as port:
        assert kinds(send(port, EMAIL, MAIL_USE_TLS=True)) == ["sent"]
    with controller(taking, ssl_context=tls) as port:
        assert kinds(send(port, EMAIL, MAIL_USE_SSL=True)) == ["sent"]
    assert taking.mails == 2


# Flask-Mail's own switches


def test_recorded_and_suppressed_mails_are_those_of_flask_mail(smtp: Smtp) -> None:
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=smtp.port, MAIL_SUPPRESS_SEND=True)
    mail = flask_mail.Mail()
    mail.init_app(app)
    with app.app_context(), mail.record_messages() as outbox:
        [(_, outcome)] = EmailChannel().send_all(mail, [EMAIL], timeout_seconds=5)
    assert outcome == Outcome("sent")
    [message] = outbox
    assert message.subject == EMAIL.subject
    assert message.recipients == ["ann@customer.example"]
    assert message.sender == "support@desk.example"
    assert message.body == EMAIL.text
    assert message.html == EMAIL.html
    assert message.msgId == EMAIL.message_id
    assert "Subject: " + EMAIL.subject in str(message)
    assert not message.has_bad_headers()
    assert smtp.mails == []


def test_mails_that_were_sent_are_recorded_too(smtp: Smtp) -> None:
    app = Flask(__name__)
    app.config.update(MAIL_SERVER="127.0.0.1", MAIL_PORT=smtp.port)
    mail = flask_mail.Mail(app)
    with app.app_context(), mail.record_messages() as outbox:
        assert len(list(EmailChannel().send_all(mail, [EMAIL], timeout_seconds=5))) == 1
    assert len(outbox) == len(smtp.mails) == 1


def test_a_receiver_that_raises_does_not_make_a_sent_mail_go_twice(
    smtp: Smtp, caplog: pytest.LogCaptureFixture
) -> None:
    def receiver(*_: Any, **__: Any) -> None:
        raise RuntimeError("receiver")

    with caplog.at_level(logging.ERROR), flask_mail.email_dispatched.connected_to(receiver):
        assert kinds(send(smtp.port, EMAIL)) == ["sent"]
    assert "email_dispatched" in caplog.text


def test_a_suppressed_mail_is_checked_all_the_same() -> None:
    assert kinds(send(1, to("no address"), EMAIL, MAIL_SUPPRESS_SEND=True)) == ["failed", "sent"]


def test_a_connection_is_flask_mails_own_in_a_with_block(smtp: Smtp) -> None:
    with Flask(__name__).app_context(), Conn(mail_for(smtp.port), timeout_seconds=5) as connection:
        connection.send(Msg(EMAIL))
    assert len(smtp.mails) == 1
