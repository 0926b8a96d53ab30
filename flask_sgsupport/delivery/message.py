"""One mail, built so that it says what was typed and nothing typed becomes a header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, quote
from typing import Self

from flask_sgsupport.mail_address import ascii_address
from flask_sgsupport.reply_address import is_message_id

HEADERS = frozenset(
    {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"),
        *("Auto-Submitted", "X-Auto-Response-Suppress", "X-SGSupport-Ticket", "X-SGSupport-Loop"),
        *("MIME-Version", "Content-Type", "Content-Transfer-Encoding"),
    }
)
"""Every header our mails can have."""

MAX_NAME_CHARS = 120

_EXTRA_HEADERS = frozenset({"X-SGSupport-Loop"})
_MAX_LINE_CHARS = 76
# 8 bit text would need a server that has agreed to it.
_POLICY = SMTP.clone(cte_type="7bit")

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_WORD = re.compile(r"[A-Za-z0-9._-]{1,200}")


class BadSender(ValueError):
    """The sender's own side cannot stand in a mail: From or the reply address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """One mail to one person.

    :param references: Message-IDs, oldest first, from ``reply_address.references``.
    :param auto_submitted: written by a machine, so that machines do not answer it.
    :param extra: further headers by name and value; only ``X-SGSupport-Loop``, one word of at most 200 characters.
    """

    to_address: str
    from_address: str
    subject: str
    text: str
    message_id: str
    ticket_id: str
    to_name: str = ""
    from_name: str = ""
    reply_to: str | None = None
    html: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    auto_submitted: bool = False
    extra: tuple[tuple[str, str], ...] = ()


def build(email: Email, *, sent_at: datetime | None = None) -> EmailMessage:
    """Build the message; what was typed stays as it was typed, and nothing typed becomes a header.

    :raises BadSender: From or the reply address cannot stand in a mail.
    :raises ValueError: so cannot the recipient, the subject (a line break) or an id.
    """
    message = EmailMessage(policy=_POLICY)
    try:
        message["From"] = _mailbox("From", email.from_name, email.from_address)
        if email.reply_to:
            message["Reply-To"] = _mailbox("Reply-To", "", email.reply_to)
    except ValueError as error:
        raise BadSender(str(error)) from None
    message["To"] = _mailbox("To", email.to_name, email.to_address)
    message["Subject"] = _subject(email.subject)
    message["Date"] = format_datetime(sent_at or datetime.now(UTC))
    message["Message-ID"] = _ids("Message-ID", email.message_id)
    if email.in_reply_to:
        message["In-Reply-To"] = _ids("In-Reply-To", email.in_reply_to)
    if email.references:
        message["References"] = _ids("References", *email.references)
    if email.auto_submitted:
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
    message["X-SGSupport-Ticket"] = _word("X-SGSupport-Ticket", email.ticket_id)
    for name, value in email.extra:
        if name not in _EXTRA_HEADERS:
            raise ValueError(f"{name!r} is no header of our mails.")
        message[name] = _word(name, value)
    message.set_content(email.text)
    if email.html is not None:
        message.add_alternative(email.html, subtype="html")
    return message


class _Folded(str):
    """A header as it is read, with the lines it is written as.

    The standard library's own folding decodes what looks encoded in typed text, and rewrites long ids as encoded
    words, which breaks threads.
    """

    name: str
    lines: list[str]

    def __new__(cls, name: str, lines: list[str], shown: str) -> Self:
        header = super().__new__(cls, shown)
        header.name = name
        header.lines = lines
        return header

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {(policy.linesep + ' ').join(self.lines)}{policy.linesep}"


def _mailbox(header: str, name: str, address: str) -> _Folded:
    target = f"<{ascii_address(address)}>"
    shown = _one_line("name", name).strip()[:MAX_NAME_CHARS].strip()
    if not shown:
        return _Folded(header, [target[1:-1]], target[1:-1])
    if _is_plain(shown):
        lines, last = [], shown if _ATOMS.fullmatch(shown) else f'"{quote(shown)}"'
    else:
        *lines, last = _encoded(header, shown)
    fits = len(last) + len(target) < _MAX_LINE_CHARS - len(header)
    return _Folded(header, [*lines, f"{last} {target}"] if fits else [*lines, last, target], f"{shown} {target}")


def _subject(text: str) -> _Folded:
    as_it_is = _is_plain(text) and len("Subject: ") + len(text) <= _MAX_LINE_CHARS
    return _Folded("Subject", [text] if as_it_is else _encoded("Subject", _one_line("subject", text)), text)


def _is_plain(text: str) -> bool:
    """Tell whether every mail program reads these characters as they are."""
    return text.isascii() and text.isprintable() and "=?" not in text and text == " ".join(text.split())


def _encoded(header: str, text: str) -> list[str]:
    """Return the lines that stand for a text."""
    encoded = Header(text, "utf-8", header_name=header, maxlinelen=_MAX_LINE_CHARS).encode(linesep="\n")
    return [line.strip() for line in encoded.split("\n")]


def _ids(header: str, *ids: str) -> _Folded:
    if not all(is_message_id(value) for value in ids):
        raise ValueError(f"What stands in {header} is no Message-ID.")
    return _Folded(header, list(ids), " ".join(ids))


def _one_line(what: str, text: str) -> str:
    if any(character in text for character in "\r\n\0"):
        raise ValueError(f"The {what} has a line break or a NUL character.")
    return text


def _word(header: str, value: str) -> str:
    if not _WORD.fullmatch(value):
        raise ValueError(f"What stands in {header} is not one word.")
    return value
