"""A mail server for the demo: takes every mail over real SMTP and keeps the last ones in memory.

Nothing leaves the machine. Two addresses make failures that can be looked at: mail to ``nobody.example`` is refused
with 550, mail from ``wrong.example`` with 553.
"""

from __future__ import annotations

import socket
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import count
from threading import Lock
from typing import Any, ClassVar

KEPT = 500
MAX_BYTES = 30 * 1024 * 1024
REFUSED_SENDER = ("wrong.example", "553 5.7.1 sender address not allowed")
REFUSED_RECIPIENT = ("nobody.example", "550 5.1.1 no such user")


@dataclass(frozen=True, slots=True)
class CaughtMail:
    """One mail as it came over the wire."""

    number: int
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    message: EmailMessage = field(repr=False)

    @property
    def subject(self) -> str:
        """The subject, decoded."""
        return str(self.message.get("Subject", "")) or "(no subject)"

    @property
    def text(self) -> str | None:
        """The plain text part."""
        return self._body("plain")

    @property
    def html(self) -> str | None:
        """The HTML part, as sent: show it in a sandbox only."""
        return self._body("html")

    @property
    def files(self) -> list[tuple[str, int]]:
        """Name and size in bytes of each attachment."""
        parts = self.message.iter_attachments() if self.message.is_multipart() else ()
        return [(part.get_filename() or part.get_content_type(), len(part.get_content())) for part in parts]

    @property
    def links(self) -> list[tuple[str, str]]:
        """Words and address of each web link of the HTML part: those in the sandbox lead nowhere."""
        collector = _LinkCollector()
        collector.feed(self.html or "")
        return collector.links

    def _body(self, kind: str) -> str | None:
        part = self.message.get_body((kind,))
        return None if part is None else str(part.get_content())


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that was turned away: who wrote to whom, and the server's answer."""

    at: datetime
    sender: str
    recipient: str | None
    answer: str


class _LinkCollector(HTMLParser):
    """Collects ``(words, address)`` of the links of an HTML text."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self._address: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a" and address.startswith(("http://", "https://")):
            self._address, self._words = address, []

    def handle_data(self, data: str) -> None:
        if self._address:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._address:
            self.links.append((" ".join("".join(self._words).split()) or self._address, self._address))
            self._address = None


class MailCatcher:
    """The mails and refusals of one demo, and the server that takes them.

    Without :meth:`start` it is an empty box and needs no mail server library.
    """

    host: ClassVar[str] = "127.0.0.1"

    def __init__(self) -> None:
        """Make an empty box."""
        self.port: int | None = None
        self._mails: deque[CaughtMail] = deque(maxlen=KEPT)
        self._refusals: deque[Refusal] = deque(maxlen=KEPT)
        self._numbers = count(1)
        self._lock = Lock()
        self._controller: Any = None

    def start(self, port: int = 0) -> int:
        """Serve in a thread of this process and return the port; ``0`` takes a free one.

        :raises ImportError: aiosmtpd is not installed.
        :raises OSError: the port is taken.
        """
        from aiosmtpd.controller import Controller  # noqa: PLC0415  # only the demo needs it

        self.port = port or _free_port(self.host)
        self._controller = Controller(
            self, hostname=self.host, port=self.port, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True
        )
        self._controller.start()
        return self.port

    def stop(self) -> None:
        """End the server; the mails stay."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = self.port = None

    def mails(self) -> list[CaughtMail]:
        """What was taken, newest first."""
        with self._lock:
            return list(reversed(self._mails))

    def mail(self, number: int) -> CaughtMail | None:
        """One mail, while it is kept."""
        return next((mail for mail in self.mails() if mail.number == number), None)

    def refusals(self) -> list[Refusal]:
        """What was turned away, newest first."""
        with self._lock:
            return list(reversed(self._refusals))

    def clear(self) -> None:
        """Forget mails and refusals."""
        with self._lock:
            self._mails.clear()
            self._refusals.clear()

    async def handle_MAIL(  # name and arguments are aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, mail_options: list[str]
    ) -> str:
        """Answer ``MAIL FROM``."""
        domain, answer = REFUSED_SENDER
        if address.lower().endswith("@" + domain):
            return self._refuse(address, None, answer)
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(  # name and arguments are aiosmtpd's
        self, server: Any, session: Any, envelope: Any, address: str, rcpt_options: list[str]
    ) -> str:
        """Answer ``RCPT TO``."""
        domain, answer = REFUSED_RECIPIENT
        if address.lower().endswith("@" + domain):
            return self._refuse(envelope.mail_from, address, answer)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # aiosmtpd's name
        """Keep the mail, unless its From header names the address that may not send."""
        raw: bytes = envelope.content
        message = message_from_bytes(raw, policy=policy.default)
        domain, answer = REFUSED_SENDER
        if str(message.get("From", "")).lower().rstrip(">").endswith("@" + domain):
            return self._refuse(envelope.mail_from, ", ".join(envelope.rcpt_tos), answer)
        with self._lock:
            self._mails.append(
                CaughtMail(
                    number=next(self._numbers),
                    at=datetime.now(UTC),
                    sender=envelope.mail_from,
                    recipients=tuple(envelope.rcpt_tos),
                    raw=raw,
                    message=message,
                )
            )
        return "250 OK"

    def _refuse(self, sender: str, recipient: str | None, answer: str) -> str:
        with self._lock:
            self._refusals.append(Refusal(datetime.now(UTC), sender, recipient, answer))
        return answer


def _free_port(host: str) -> int:
    """A port nobody listens on now: aiosmtpd connects to the port it was told, so 0 will not do."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
