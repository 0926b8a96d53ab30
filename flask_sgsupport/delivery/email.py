"""E-mail out: Flask-Mail gives configuration and test hooks, the standard library builds the message.

Flask-Mail 0.10 itself lets line breaks through in some headers, waits for ever on a silent server, does not
check certificates and loses the refusal of one of several recipients; hence ``Msg`` and ``Conn``.
"""

from __future__ import annotations

import io
import logging
import re
import smtplib
import socket
import ssl
import time
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import flask_mail
from flask import current_app

from flask_sgsupport.delivery import Outcome
from flask_sgsupport.delivery.message import BadSender, Email, build
from flask_sgsupport.mail_address import ascii_address

__all__ = ["BadSender", "Conn", "Email", "EmailChannel", "Msg", "build"]

MAX_REASON_CHARS = 500

_IDLE_SECONDS = 5.0
_CHUNK_BYTES = 16_384

# Refusals that name the sender though they come after the recipient or the text: Postfix waits with them until
# then, Exchange says 5.7.57 and 5.7.60, Amazon SES speaks of addresses that are not verified.
_SENDER_WRONG = re.compile(
    r"\b5\.1\.[78]\b|\b5\.7\.(57|60)\b|sender address rejected|sender (verify|verification) failed|send as this sender"
    r"|address is not verified|authentication (is )?required",
    re.IGNORECASE,
)
_LOGIN_WRONG = (530, 534, 535, 538)
_MESSAGE_TOO_LARGE = re.compile(r"\b5\.(3\.4|2\.3)\b")

log = logging.getLogger("flask_sgsupport.delivery")


class Msg(flask_mail.Message):
    """A Flask-Mail message, for its signal and ``record_messages``, that goes out as ``build`` makes it."""

    def __init__(self, email: Email, *, sent_at: datetime | None = None) -> None:
        # Flask-Mail's own constructor asks the resolver for this machine's name, to make an id we do not use.
        self.email = email
        self.built = build(email, sent_at=sent_at)
        self.recipients = [ascii_address(email.to_address)]
        self.subject = email.subject
        self.sender = ascii_address(email.from_address)
        self.reply_to = email.reply_to
        self.cc = []
        self.bcc = []
        self.body = email.text
        self.alts = {} if email.html is None else {"html": email.html}
        self.date = None
        self.msgId = email.message_id
        self.charset = "utf-8"
        self.extra_headers = dict(email.extra)
        self.mail_options = []
        self.rcpt_options = []
        self.attachments = []

    def as_bytes(self) -> bytes:
        """Return the mail as it goes to the server."""
        return self.built.as_bytes()

    def as_string(self) -> str:
        """Return the mail as it goes to the server, as text."""
        return self.as_bytes().decode("ascii")


class Deadline:
    """The moment at which all waiting for a mail server ends, whatever it is waited for."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Give what follows, one mail, the whole time."""
        self._ends_at = time.monotonic() + self._seconds

    def left(self) -> float:
        """Seconds until then.

        :raises TimeoutError: it has passed.
        """
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class _Answers(io.RawIOBase):
    """What a server says, read under a deadline: a socket's own timeout begins anew with each byte that arrives."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


class _Smtp(smtplib.SMTP):
    """SMTP under a deadline."""

    def __init__(self, deadline: Deadline, *arguments: Any, **options: Any) -> None:
        self._deadline = deadline
        super().__init__(*arguments, **options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        # Each address has its share, or a first one that is dead would take the time of all.
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        share = self._deadline.left() / max(len(addresses), 1)
        connected: socket.socket = super()._get_socket(host, port, share)  # type: ignore[misc]
        connected.settimeout(self._deadline.left())
        return connected

    def send(self, s: Any) -> None:
        data = s.encode(self.command_encoding) if isinstance(s, str) else bytes(s)
        for start in range(0, len(data), _CHUNK_BYTES):
            if self.sock is not None:
                try:
                    self.sock.settimeout(self._deadline.left())
                except TimeoutError as error:
                    self.close()
                    raise smtplib.SMTPServerDisconnected(str(error)) from error
            super().send(data[start : start + _CHUNK_BYTES])

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Answers(self.sock, self._deadline))
        return super().getreply()


class _SmtpOverTls(smtplib.SMTP_SSL, _Smtp):
    """The same, encrypted from the first byte."""

    def __init__(self, deadline: Deadline, *arguments: Any, **options: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, *arguments, **options)


class Conn(flask_mail.Connection):
    """A Flask-Mail connection that ends its waiting, checks certificates and can be used again after a refusal.

    It opens by itself. Sending is suppressed, recorded and signalled as Flask-Mail does it.

    :param timeout_seconds: for everything from now, or from the next ``deadline.begin()``, to the answer to a mail.
    """

    def __init__(self, state: flask_mail._Mail, *, timeout_seconds: float) -> None:
        super().__init__(state)  # type: ignore[arg-type]  # what Flask-Mail itself passes
        self._state = state
        self.deadline = Deadline(timeout_seconds)
        self._used_at = 0.0

    def __exit__(self, *_: object) -> None:
        self.close()

    def configure_host(self) -> smtplib.SMTP:
        """Connect, encrypt and log in."""
        server, port = self._state.server, self._state.port or 0
        context = ssl.create_default_context()
        host: smtplib.SMTP
        if self._state.use_ssl:
            host = _SmtpOverTls(self.deadline, server, port, context=context)
        else:
            host = _Smtp(self.deadline, server, port)
        try:
            if self._state.use_tls:
                host.starttls(context=context)
            if self._state.username and self._state.password:
                host.login(self._state.username, self._state.password)
        except BaseException:
            host.close()
            raise
        # Only now, or the password would be printed.
        host.set_debuglevel(int(self._state.debug))
        return host

    def open(self) -> None:
        """Connect, unless there is a connection that can still be used."""
        if self._state.suppress:
            return
        worn = self._state.max_emails is not None and self.num_emails >= self._state.max_emails
        # A server may have hung up while nobody spoke, which would cost the next mail a round of waiting.
        if worn or time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        if self.host is None or self.host.sock is None:
            self.host = self.configure_host()
            self.num_emails = 0
            self._used_at = time.monotonic()

    def send(self, message: flask_mail.Message, envelope_from: str | tuple[str, str] | None = None) -> None:
        """Send a message; whatever a receiver of Flask-Mail's signal does, a mail that went out has been sent."""
        [recipient] = message.send_to
        if self.host is not None:
            sender = flask_mail.sanitize_address(envelope_from or message.sender)
            self.host.sendmail(sender, [flask_mail.sanitize_address(recipient)], message.as_bytes())
            self._used_at = time.monotonic()
        self.num_emails += 1
        try:
            app = current_app._get_current_object()  # type: ignore[attr-defined]
            flask_mail.email_dispatched.send(app, message=message)
        except Exception:
            log.exception("A receiver of email_dispatched failed; the mail was sent.")

    def close(self) -> None:
        """Hang up; a server that minds is not our trouble any more."""
        host, self.host = self.host, None
        if host is None:
            return
        try:
            host.quit()
        except (smtplib.SMTPException, OSError):
            host.close()

    def abandon(self) -> None:
        """Drop the connection without a word, where an answer would only be waited for."""
        if self.host is not None:
            self.host.close()
            self.host = None


class EmailChannel:
    """Sends mails through the host's Flask-Mail configuration, one recipient a message, over one connection."""

    def send_all(
        self, mail: flask_mail.Mail | flask_mail._Mail, emails: Iterable[Email], *, timeout_seconds: float
    ) -> Iterator[tuple[Email, Outcome]]:
        """Send mails in turn, each with its outcome before the next is tried; nothing is raised for a mail.

        :param mail: the host's Flask-Mail; needs an app context.
        :param timeout_seconds: for each mail, from connecting to the last answer.

        When the server cannot be reached, does not let us in, or falls silent twice running, the other mails get
        that outcome without being tried, so that a dead server costs a batch two timeouts at most.
        """
        batch = _Batch(_state(mail), timeout_seconds=timeout_seconds)
        try:
            for email in emails:
                yield email, batch.send(email)
        finally:
            batch.connection.close()


class _Batch:
    def __init__(self, state: flask_mail._Mail, *, timeout_seconds: float) -> None:
        self.state = state
        self.connection = Conn(state, timeout_seconds=timeout_seconds)
        self.over: Outcome | None = None
        self.silences = 0

    def send(self, email: Email) -> Outcome:
        if self.over is not None:
            return self.over
        try:
            message = Msg(email)
        except BadSender as error:
            return Outcome("channel_failed", reason=self._reason(error))
        except ValueError as error:
            return Outcome("failed", reason=self._reason(error))
        self.connection.deadline.begin()
        try:
            self.connection.open()
        except Exception as error:  # noqa: BLE001  # each becomes an outcome
            self.over = self._not_let_in(error)
            return self.over
        try:
            self.connection.send(message)
        except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
            self.silences = 0
            return self._refused(error)
        except Exception as error:  # noqa: BLE001  # each becomes an outcome
            return self._broken_off(error)
        self.silences = 0
        return Outcome("sent", code=None if self.state.suppress else 250)

    def _not_let_in(self, error: Exception) -> Outcome:
        """What no other mail of the channel would fare better with."""
        match error:
            case ssl.SSLCertVerificationError():
                reason = f"The certificate of {self._server} is not trusted: {error.verify_message}"
                return Outcome("channel_failed", reason=self._clean(reason))
            case smtplib.SMTPResponseException():
                return Outcome("channel_failed", error.smtp_code, self._reason(error))
            case smtplib.SMTPServerDisconnected():
                return self._silent(error)
            case smtplib.SMTPException():
                # TLS or login that the server does not offer.
                return Outcome("channel_failed", reason=self._reason(error))
            case OSError():
                return Outcome("channel_failed", reason=self._clean(f"{self._server} cannot be reached: {error}"))
            case _:
                # The words of such an error may quote the password.
                return Outcome("channel_failed", reason=f"The mail settings cannot be used ({type(error).__name__}).")

    def _silent(self, error: OSError, *, single: bool = False) -> Outcome:
        reason = self._clean(f"{self._server} hung up or fell silent: {error}")
        return Outcome("channel_failed", reason=reason, single=single)

    def _refused(self, error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> Outcome:
        code, text = _answer(error)
        reason = self._reason(error)
        if not 500 <= code < 600:
            return Outcome("retry", code, reason)
        if isinstance(error, smtplib.SMTPSenderRefused):
            too_large = code == 552 or _MESSAGE_TOO_LARGE.search(text)
            return Outcome("failed" if too_large else "channel_failed", code, reason)
        ours = code in _LOGIN_WRONG or _SENDER_WRONG.search(text)
        return Outcome("channel_failed" if ours else "failed", code, reason)

    def _broken_off(self, error: Exception) -> Outcome:
        """Give the mail up for now; where the server may have taken it, its Message-ID lets a copy be known."""
        self.connection.abandon()
        if isinstance(error, OSError):
            outcome = self._silent(error, single=self.silences == 0)
        else:
            log.error("Sending a mail failed unexpectedly.", exc_info=error)
            outcome = Outcome("retry", reason=f"Sending failed unexpectedly ({type(error).__name__}).")
        self.silences += 1
        if self.silences > 1:
            self.over = outcome
        return outcome

    @property
    def _server(self) -> str:
        return f"{self.state.server}:{self.state.port or 25}"

    def _reason(self, error: Exception) -> str:
        if isinstance(error, smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused):
            code, text = _answer(error)
            return self._clean(f"{code} {text}")
        return self._clean(str(error))

    def _clean(self, reason: str) -> str:
        """Make one line of it, without credentials in clear or as the protocol carries them."""
        user, password = str(self.state.username or ""), str(self.state.password or "")
        for secret in (_base64(f"\0{user}\0{password}"), _base64(password), _base64(user), password, user):
            if secret:
                reason = re.sub(rf"(?<![\w@.-]){re.escape(secret)}(?![\w@-])", "***", reason)
        shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in reason)
        return " ".join(shown.split())[:MAX_REASON_CHARS]


def _state(mail: flask_mail.Mail | flask_mail._Mail) -> flask_mail._Mail:
    if isinstance(mail, flask_mail._Mail):
        return mail
    # Where the host called init_app later, the object itself knows nothing.
    state: flask_mail._Mail = mail.state or current_app.extensions["mail"]
    return state


def _answer(error: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[int, str]:
    if isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        [(code, text)] = error.recipients.values()
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode("ascii") if text else ""
