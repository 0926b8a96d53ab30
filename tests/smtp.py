"""A real SMTP server for tests, which can misbehave in the ways mail servers do."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

Stage = Literal["EHLO", "MAIL", "RCPT", "DATA", "ANSWER"]


@dataclass(frozen=True)
class Mail:
    """A mail the server took, with the envelope it came in."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    client: str = ""
    """How whoever sent it greeted."""

    @property
    def message(self) -> EmailMessage:
        """The mail parsed, a fresh object each time, with the line ends Python writes."""
        return message_from_bytes(self.raw.replace(b"\r\n", b"\n"), policy=policy.default)  # type: ignore[return-value]


@dataclass
class _Refusal:
    code: int
    text: str
    times: int | None  # None: always

    def take(self) -> str | None:
        """The answer to give, counting it."""
        if self.times is not None:
            if self.times == 0:
                return None
            self.times -= 1
        return f"{self.code} {self.text}"


class Smtp:
    """A server on a free loopback port while the ``with`` block runs.

    ``mails`` are those accepted, in order; ``begun`` counts those whose data has come.
    ``refuse`` and ``greylist`` answer for one address; ``delay_seconds`` is
    slept before each mail is accepted and ``answer_seconds`` before each answer; ``silent_at`` names the
    command that is never answered, ``"ANSWER"`` being the end of the data: the mail is taken, but the client
    does not learn it; ``fell_silent`` is set once it is waited for. ``down()`` is a block without the server.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[Mail] = []
        self.begun = 0
        self.delay_seconds = 0.0
        self.answer_seconds = 0.0
        self.silent_at: Stage | None = None
        self.fell_silent = threading.Event()
        self._refused: dict[tuple[str, str], _Refusal] = {}
        self._arrived = threading.Condition()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def refuse(
        self, recipient: str, code: int = 550, text: str = "5.1.1 No such user", *, times: int | None = None
    ) -> None:
        """Refuse mail to this address, always or so many times."""
        self._refused["RCPT", recipient.lower()] = _Refusal(code, text, times)

    def refuse_sender(self, sender: str, code: int = 553, text: str = "5.7.1 Sender not allowed") -> None:
        """Refuse mail from this envelope sender."""
        self._refused["MAIL", sender.lower()] = _Refusal(code, text, None)

    def greylist(self, recipient: str) -> None:
        """Put off the next mail to this address, and accept it when it comes again."""
        self.refuse(recipient, 450, "4.2.0 Greylisted, come again", times=1)

    def accept(self) -> None:
        """Forget every misbehaviour that was asked for."""
        self._refused.clear()
        self.delay_seconds = self.answer_seconds = 0.0
        self.silent_at = None

    def to(self, recipient: str) -> list[Mail]:
        """The mails accepted for this address."""
        return [mail for mail in self.mails if recipient in mail.recipients]

    def wait_for(self, count: int, *, seconds: float = 10.0) -> list[Mail]:
        """The mails, once there are at least ``count``; an assertion error after that many seconds."""
        with self._arrived:
            in_time = self._arrived.wait_for(lambda: len(self.mails) >= count, seconds)
        assert in_time, f"{len(self.mails)} of {count} mails arrived within {seconds} s"
        return self.mails

    def start(self) -> None:
        """Listen; after the first time on the same port again."""
        listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(listening)), name="smtp", daemon=True)
        self._thread.start()
        assert listening.wait(10), "the SMTP server did not start within 10 s"

    def stop(self) -> None:
        """Close every connection, answered or not, and stop listening."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(10)
            self._thread = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """A block in which connections are refused."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    async def _serve(self, listening: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        connections: list[asyncio.Transport] = []

        class Connection(SMTP):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                assert isinstance(transport, asyncio.Transport)
                connections.append(transport)
                super().connection_made(transport)

        server = await self._loop.create_server(
            lambda: Connection(self, hostname="smtp.test", enable_SMTPUTF8=True, loop=self._loop),
            self.host,
            self.port,
        )
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await self._stopping.wait()
        server.close()
        for connection in connections:
            connection.abort()

    async def _silence(self, stage: Stage) -> None:
        await asyncio.sleep(self.answer_seconds)
        if self.silent_at == stage:
            self.fell_silent.set()
            await asyncio.Event().wait()

    def _refusal(self, command: str, address: str) -> str | None:
        refusal = self._refused.get((command, address.lower()))
        return refusal.take() if refusal else None

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Greet."""
        await self._silence("EHLO")
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, mail_options: list[str]
    ) -> str:
        """Judge the sender."""
        await self._silence("MAIL")
        if refusal := self._refusal("MAIL", address):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Judge a recipient."""
        await self._silence("RCPT")
        if refusal := self._refusal("RCPT", address):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take the mail."""
        await self._silence("DATA")
        self.begun += 1
        await asyncio.sleep(self.delay_seconds)
        assert isinstance(envelope.content, bytes)
        with self._arrived:
            taken = Mail(
                envelope.mail_from or "", tuple(envelope.rcpt_tos), envelope.content, str(session.host_name or "")
            )
            self.mails.append(taken)
            self._arrived.notify_all()
        await self._silence("ANSWER")
        return f"250 OK, taken at {time.monotonic():.3f}"
