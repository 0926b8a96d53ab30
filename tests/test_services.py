"""The services answer as what they are taken for, and the mail server misbehaves as told."""

from __future__ import annotations

import smtplib
import threading
import time
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.pool import NullPool

from tests.smtp import Smtp

if TYPE_CHECKING:
    from playwright.sync_api import Browser

WHO_ARE_YOU = {
    "sqlite": ("SELECT 'SQLite ' || sqlite_version()", "SQLite 3."),
    "postgresql": ("SELECT version()", "PostgreSQL "),
    "mysql": ("SELECT concat('MariaDB ', version())", "MariaDB 1"),
}


@pytest.mark.every_database
def test_a_database_is_the_server_it_is_called_and_keeps_any_character(database_url: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    question, answer = WHO_ARE_YOU[engine.dialect.name]
    with engine.begin() as connection:
        assert connection.scalar(text(question)).startswith(answer)
        connection.execute(text("CREATE TABLE note (body VARCHAR(40))"))
        connection.execute(text("INSERT INTO note VALUES (:body)"), {"body": "Größe 🛟"})
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT body FROM note")) == "Größe 🛟"


@pytest.mark.every_database
@pytest.mark.parametrize("turn", ["first", "second"])
def test_every_test_finds_its_database_empty(database_url: str, turn: str) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    assert inspect(engine).get_table_names() == []
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE left_behind (pk INTEGER)"))


@pytest.mark.every_database
def test_a_connection_left_open_in_a_transaction_does_not_block_the_next_test(database_url: str, request) -> None:
    engine = create_engine(database_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE locked (pk INTEGER)"))
    forgotten = engine.connect()
    forgotten.execute(text("INSERT INTO locked VALUES (1)"))
    kind = request.node.callspec.params["database_url"]
    began = time.monotonic()
    request.getfixturevalue("databases")[kind].empty()
    forgotten.invalidate()
    forgotten.close()
    assert time.monotonic() - began < 10
    again = request.getfixturevalue("databases")[kind].url
    assert inspect(create_engine(again, poolclass=NullPool)).get_table_names() == []


def test_without_the_mark_a_database_is_sqlite(database_url: str) -> None:
    assert make_url(database_url).drivername == "sqlite"


@pytest.mark.browser
def test_chromium_runs_scripts_of_a_page(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<title>Before</title><script>document.title = 'After ' + (40 + 2)</script>")
    assert page.title() == "After 42"
    page.close()


def letter(to: str = "ada@example.com", subject: str = "Hello") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "desk@example.com", to, subject
    message.set_content("Grüße")
    return message


def send(smtp: Smtp, *messages: EmailMessage, seconds: float = 5) -> None:
    with smtplib.SMTP(smtp.host, smtp.port, timeout=seconds) as client:
        for message in messages:
            client.send_message(message)


def test_a_mail_arrives_parsed_and_with_its_envelope(smtp: Smtp) -> None:
    send(smtp, letter("ada@example.com, bob@example.com"))
    [mail] = smtp.mails
    assert (mail.sender, mail.recipients) == ("desk@example.com", ("ada@example.com", "bob@example.com"))
    assert mail.message["Subject"] == "Hello"
    assert mail.message.get_content() == "Grüße\n"
    assert smtp.to("bob@example.com") == [mail]
    assert smtp.to("eve@example.com") == []


def test_one_recipient_is_refused_with_code_and_text_and_the_other_served(smtp: Smtp) -> None:
    smtp.refuse("Gone@example.com", 550, "5.1.1 Gone")
    with smtplib.SMTP(smtp.host, smtp.port, timeout=5) as client:
        refused = client.send_message(letter("gone@example.com, ada@example.com"))
    assert refused == {"gone@example.com": (550, b"5.1.1 Gone")}
    assert [mail.recipients for mail in smtp.mails] == [("ada@example.com",)]


def test_a_sender_is_refused(smtp: Smtp) -> None:
    smtp.refuse_sender("desk@example.com", 553, "5.7.1 Not yours")
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(smtp, letter())
    assert (refused.value.smtp_code, refused.value.smtp_error) == (553, b"5.7.1 Not yours")
    assert smtp.mails == []


def test_greylisting_puts_off_once(smtp: Smtp) -> None:
    smtp.greylist("ada@example.com")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp, letter())
    assert refused.value.recipients["ada@example.com"][0] == 450
    send(smtp, letter())
    assert len(smtp.mails) == 1


def test_each_mail_takes_as_long_as_told(smtp: Smtp) -> None:
    smtp.delay_seconds = 0.2
    began = time.monotonic()
    send(smtp, letter(), letter())
    assert time.monotonic() - began >= 0.4
    assert len(smtp.mails) == 2


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_never_answers_takes_no_mail(smtp: Smtp, stage: str) -> None:
    smtp.silent_at = stage
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(smtp, letter(), seconds=0.3)
    assert smtp.mails == []


def test_an_answer_can_be_lost_after_the_mail_was_taken(smtp: Smtp) -> None:
    smtp.silent_at = "ANSWER"
    with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
        send(smtp, letter(), seconds=0.3)
    assert len(smtp.mails) == 1


def test_forgiven_it_behaves_again(smtp: Smtp) -> None:
    smtp.refuse("ada@example.com")
    smtp.silent_at = "EHLO"
    smtp.accept()
    send(smtp, letter())
    assert len(smtp.mails) == 1


def test_down_it_refuses_connections_and_comes_back_on_its_port(smtp: Smtp) -> None:
    port = smtp.port
    with smtp.down(), pytest.raises(ConnectionRefusedError):
        send(smtp, letter())
    send(smtp, letter())
    assert (smtp.port, len(smtp.mails)) == (port, 1)


def test_waiting_for_mails_ends_when_they_come_or_says_how_many_did(smtp: Smtp) -> None:
    later = threading.Timer(0.2, send, [smtp, letter()])
    later.start()
    assert len(smtp.wait_for(1)) == 1
    later.join()
    with pytest.raises(AssertionError, match="1 of 2 mails"):
        smtp.wait_for(2, seconds=0.1)
