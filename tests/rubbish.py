"""Requests that nobody's browser makes, for every route: where the nonsense comes from, and what it is sent to."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Delivery, Message
from flask_sgsupport.services import assigning, opening, replying
from flask_sgsupport.services.attaching import Upload
from tests.world import Host

EARLIEST, LATEST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"
NASTY = (
    "", "\x00", "a\x00b", "-1", "0", "007", "9" * 19, "9" * 40, "²", "٣", "1e999", "nan", "None", "true", "..", "%",
    "_", "~", "~~", "\ud800", "\U0010ffff", "\u202e", "🛟" * 300, "a" * 3_000, "\r\nSet-Cookie: a=b", "' OR 1=1 --",
    "{{ 7*7 }}", "<script>", "//evil.example", "javascript:alert(1)", "a@b@c", "@", "0001-01-01", "9999-12-31",
    "2026-02-30", f"{EARLIEST}_TKT-2026-00001", f"{LATEST}_TKT-2026-00001", EARLIEST, LATEST,
    f"0~{EARLIEST}~TKT-2026-00001", f"1~{LATEST}~TKT-2026-00001", "2026-04-22T14:03:00_x",
    "1~2026-04-22T14:03:00+00:00~\x00",
)  # fmt: skip
"""Texts that have broken such pages somewhere."""
WORDS = (
    "open", "resolved", "closed", "updated", "all", "me", "support", "storefront", "1", "2", "11", "A text.", "urgent",
    "any", "tag", "is", "one_of", "contains", "subject", "created", "since", "all-0", "any-0", "all-\u00b2", "vip",
    "tag is vip", "| priority one_of high,urgent; tag is vip", "created since 2026-04-22", "7d", "overdue",
)  # fmt: skip
"""Texts that come past the first check."""
QUERY = (
    "after", "q", "view", "queue", "status", "assignee", "priority", "category", "tag", "account", "site", "channel",
    "since", "until", "sort", "earlier", "edit", "again", "corrected", "now", "from", "subject", "ticket", "person",
    "x", "requester", "about", "due", "updated", "figure", "where", "saved", "back", "place", "newest", "show", "add",
    "remove", "all-add", "any-add", "all-0-field", "all-0-op", "all-0-value", "any-0-field", "any-0-op", "any-0-value",
)  # fmt: skip
FORM = (
    "account", "active", "address", "assignee", "body", "categories", "category", "context", "csrf_token", "email",
    "form", "from", "from_address", "from_name", "is_default", "key", "mode", "name", "note", "person", "plain",
    "position", "priority", "public", "public_name", "queue", "queues", "reason", "reply_address", "requester",
    "rights", "seen", "secret", "signature", "sites", "solved", "status", "still_need_help", "subject", "sure", "tags",
    "ticket", "to", "version", "x", "bell", "email", "shown-bell", "shown-email/queue", "email/queue", "bell/answers",
    "shown-bell/answers", "acts", "add", "remove", "try", "all-0-field", "all-0-op", "all-0-value", "filters", "shared",
    "selected", "act", "chosen", "tag",
)  # fmt: skip
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "If-Match", "If-Modified-Since", "If-None-Match",
    "Origin", "Range", "Referer", "Sec-Purpose", "X-CSRFToken", "X-Requested-With", "X-Forwarded-For",
    "Content-Encoding", "Authorization", "X-HTTP-Method-Override", "Expect",
)  # fmt: skip
COOKIES = ("session", "remember_token", "sgsupport", "x")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "X", "get")
TYPES = (
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data", "text/plain", "text/xml",
    "application/octet-stream", "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data; boundary=",
    'multipart/form-data; boundary="a', "multipart/mixed; boundary=a", "application/json; charset=none", ";", "a/b/c",
    "",
)  # fmt: skip
BOUNDARY = "a-boundary"
torn_files = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
"""For tests that send them: Werkzeug leaves the file open in which the form ends before its time."""


@dataclass
class Request:
    """A request as it is sent."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def sent_by(self, client: FlaskClient) -> TestResponse:
        """The answer to it."""
        return client.open(self.url, method=self.method, headers=self.headers, data=self.body)


def furnish(host: Host) -> dict[str, list[str]]:
    """Put tickets in every state on a desk; real numbers and keys by the name of a rule's argument."""
    numbers = []
    with host.app.app_context():
        jerome, ada, session = host.customer("jerome"), host.agent("ada"), host.db.session
        for status in (None, Status.RESOLVED, Status.CLOSED):
            opened = opening.open_ticket(
                jerome, subject=f"Help {status}", body="Help", files=[Upload("a.txt", BytesIO(b"x"))]
            ).ticket_id
            assigning.claim(opened, ada)
            replying.add_note(opened, ada, body="A note")
            replying.reply(opened, ada, body="Done.", status=Status.RESOLVED if status else None)
            if status is Status.CLOSED:
                replying.confirm_solved(opened, jerome)
            numbers.append(opened)
        keys = [key for model in (Message, Attachment, Delivery) for key in session.scalars(select(model.key))]
        session.remove()
    return {
        "ticket_id": numbers,
        "key": [*keys, "support", "storefront"],
        "person_id": [str(number) for number in host.ids.values()],
    }


def rules_of(host: Host) -> list[Rule]:
    """Every route of the desk."""
    return [rule for rule in host.app.url_map.iter_rules() if rule.endpoint.startswith("sgsupport")]


class Rubbish:
    """Draws requests, the same ones for the same seed.

    :param known: real numbers and keys by the name of the argument, so that rubbish comes past the first check.
    """

    def __init__(self, seed: object, known: Mapping[str, Sequence[str]]) -> None:
        self.dice = random.Random(str(seed))
        self.known = known

    def request(self, rule: Rule) -> Request:
        """A request to a rule of the url map, mostly by a method it knows."""
        dice, path = self.dice, rule.rule
        for name in sorted(rule.arguments):
            real = dice.random() < 0.7
            value = dice.choice(self.known.get(name, ["x"])) if real else self.text()
            for converter in ("", "path:", "int:"):
                path = path.replace(f"<{converter}{name}>", quoted(value) or "%00")
        if dice.random() < 0.03:
            path += "/" + quoted(self.text())
        method = dice.choice(sorted(rule.methods or METHODS)) if dice.random() < 0.85 else dice.choice(METHODS)
        url = f"{path}?{self.form(QUERY)}" if dice.random() < 0.6 else path
        names = dice.sample(HEADERS, dice.choice((0, 0, 1, 2, 3)))
        headers = [(name, printable(sendable(self.value()))) for name in names]
        if dice.random() < 0.05:
            headers.append(("Cookie", f"{dice.choice(COOKIES)}={printable(sendable(self.value()))}"))
        if method.upper() in {"GET", "HEAD", "OPTIONS"} and dice.random() < 0.9:
            return Request(method, url, headers)
        content_type, body = self.body()
        if not any(name == "Content-Type" for name, __ in headers):
            headers.append(("Content-Type", content_type))
        return Request(method, url, headers, body)

    def text(self) -> str:
        """Nonsense."""
        dice = self.dice
        if dice.random() < 0.6:
            return dice.choice(NASTY)
        drawn = [chr(dice.choice((dice.randrange(0x20, 0x7F), dice.randrange(0x500), dice.randrange(0x110000))))
                 for _ in range(dice.randrange(40))]  # fmt: skip
        return "".join(drawn)

    def value(self) -> str:
        """Nonsense, or what comes past the first check."""
        dice = self.dice
        known = dice.choice([*self.known.values(), WORDS])
        return self.text() if dice.random() < 0.6 else dice.choice(known)

    def fields(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """A few fields, some of them several times."""
        chosen = self.dice.choices(names, k=self.dice.randrange(9))
        return [(name, self.value()) for name in chosen]

    def form(self, names: Sequence[str]) -> str:
        """Such fields as a browser writes them in an address, some torn."""
        drawn = "&".join(f"{name}={quoted(one)}" for name, one in self.fields(names))
        return drawn if self.dice.random() < 0.95 else drawn[: self.dice.randrange(len(drawn) + 1)] + "%&=;"

    def body(self) -> tuple[str, bytes]:
        """A content type and bytes; now and then they have nothing to do with each other."""
        dice = self.dice
        kind = dice.choice(("form", "form", "form", "multipart", "multipart", "json", "bytes"))
        if kind == "form":
            content_type, body = TYPES[0], self.form(FORM).encode()
        elif kind == "multipart":
            content_type, body = f"multipart/form-data; boundary={BOUNDARY}", self.multipart()
        elif kind == "json":
            content_type, body = TYPES[1], self.json()
        else:
            content_type, body = dice.choice(TYPES), dice.randbytes(dice.randrange(200))
        return (dice.choice(TYPES) if dice.random() < 0.1 else content_type), body

    def multipart(self) -> bytes:
        """Fields and files, whole or torn."""
        dice = self.dice
        parts = []
        for name, one in self.fields((*FORM, "files", "files")):
            names = name.encode()
            if name == "files" or dice.random() < 0.1:
                names += b'"; filename="' + self.text().encode("utf-8", "surrogatepass").replace(b'"', b"%22")
            head = b'Content-Disposition: form-data; name="' + names + b'"'
            if dice.random() < 0.2:
                head += b"\r\nContent-Type: " + printable(sendable(self.text())).encode("latin-1")
            if dice.random() < 0.05:
                head = self.text().encode("utf-8", "surrogatepass")
            parts.append(head + b"\r\n\r\n" + one.encode("utf-8", "surrogatepass") + b"\r\n")
        mark = b"--" + BOUNDARY.encode()
        whole = b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"
        return whole if dice.random() < 0.7 else whole[: dice.randrange(len(whole))]

    def json(self) -> bytes:
        """An object of our names, something else, or something torn."""
        dice = self.dice
        drawn: Any = dict(self.fields(FORM)) | {"nested": [[{}], None, 1e308, -1, True]}
        drawn = dice.choice((drawn, drawn, [], "text", None, 10**40, [[[[]]]]))
        text = json.dumps(drawn)
        return (text if dice.random() < 0.7 else text[: dice.randrange(len(text) + 1)] + "{").encode()


def sendable(text: str) -> str:
    """As it goes through a client: what is no character becomes bytes that are no text."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def printable(text: str) -> str:
    """What a client lets through in a header."""
    return "".join(one for one in text if one.isprintable())


def quoted(text: str) -> str:
    """In an address."""
    safe = string.ascii_letters + string.digits
    bytes_ = text.encode("utf-8", "surrogatepass")
    return "".join(chr(byte) if chr(byte) in safe else f"%{byte:02X}" for byte in bytes_)
