"""What we sign so that we know it again: links, forms and the Message-IDs of our mails.

A signature identifies; it never grants. Who it names must still have access now.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import itsdangerous
from itsdangerous import URLSafeTimedSerializer

Secret = str | bytes
"""A key to sign with, as Flask's ``SECRET_KEY``."""

MAX_REFERENCES_CHARS = 1_500
"""Relays refuse header blocks that grow too large; two ids of the greatest length fit."""

_MAX_ID_CHARS = 500
_MAX_TOKEN_CHARS = 100_000
_ID = re.compile(r"<[!-;=?-~]+>")
_TICKET = "[A-Za-z0-9-]{1,40}"
_KEY = "[A-Za-z0-9_-]{1,64}"
_DOMAIN = "[A-Za-z0-9.-]{1,253}"
_OWN_ID = re.compile(rf"<sg\.({_TICKET})\.({_KEY})\.([a-z2-7]{{32}})@{_DOMAIN}>")


class BadSignature(ValueError):
    """The token is not ours, was changed, or was signed for another purpose."""


class Expired(BadSignature):
    """The token is ours but too old."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token carried, and since when (UTC)."""

    value: Any
    signed_at: datetime


class Signer:
    """Signs JSON values for one purpose each.

    :param secrets: the first signs, all verify: ``SECRET_KEY`` and then ``SECRET_KEY_FALLBACKS``.
    """

    def __init__(self, secrets: Sequence[Secret]) -> None:
        if not secrets or not all(secrets):
            raise ValueError("A signer needs at least one secret, and none may be empty.")
        # itsdangerous signs with the last of its keys.
        self._secrets = [_as_bytes(secret) for secret in reversed(secrets)]

    def sign(self, purpose: str, value: Any) -> str:
        """Return a URL-safe token of ``value``: readable by anyone, made by nobody else, valid for ``purpose`` only."""
        return str(self._serializer(purpose).dumps(value))

    def read(self, purpose: str, token: str, *, max_age_seconds: int | None) -> Signed:
        """Return what a token says.

        :param max_age_seconds: None for a token that stays valid as long as its secret.
        :raises Expired: it is ours and too old.
        :raises BadSignature: it is not ours for this purpose.
        """
        if len(token) > _MAX_TOKEN_CHARS:
            raise BadSignature("This link is not valid.")
        try:
            value, signed_at = self._serializer(purpose).loads(token, max_age=max_age_seconds, return_timestamp=True)
        except itsdangerous.SignatureExpired:
            raise Expired("This link has expired.") from None
        except (itsdangerous.BadData, ValueError):
            raise BadSignature("This link is not valid.") from None
        return Signed(value=value, signed_at=signed_at)

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._secrets,
            salt=f"sgsupport.{purpose}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )


def message_id(ticket_id: str, delivery_key: str, *, secret: Secret, domain: str) -> str:
    """Return the Message-ID of one delivery, to be kept with it: secret and domain may be others by the next try.

    :param ticket_id: the public number.
    :param delivery_key: names the delivery: letters, digits, ``_`` and ``-``, at most 64.
    :param domain: from configuration, in ASCII; never the machine's name.
    :raises ValueError: one of them cannot stand in a Message-ID.
    """
    value = f"<sg.{ticket_id}.{delivery_key}.{_mac(ticket_id, delivery_key, secret)}@{domain}>"
    if not _OWN_ID.fullmatch(value):
        raise ValueError("Ticket, delivery or domain cannot stand in a Message-ID.")
    return value


def read_message_id(value: str, *, secrets: Sequence[Secret]) -> tuple[str, str] | None:
    """Return ticket and delivery key of a Message-ID of ours, None of any other; the domain may have changed since."""
    found = _OWN_ID.fullmatch(value.strip())
    if found is None:
        return None
    ticket_id, delivery_key, mac = found.groups()
    # Every secret is tried in constant time, so that the answer's delay tells nothing.
    matches = [hmac.compare_digest(mac, _mac(ticket_id, delivery_key, secret)) for secret in secrets]
    return (ticket_id, delivery_key) if any(matches) else None


def is_message_id(value: str) -> bool:
    """Tell whether an id, of ours or of another mail program, can stand in a header: one word in angle brackets."""
    return len(value) <= _MAX_ID_CHARS and _ID.fullmatch(value) is not None


def references(ids: Sequence[str]) -> str:
    """Return the value of a ``References`` header of at most ``MAX_REFERENCES_CHARS``.

    :param ids: oldest first; what is not a Message-ID is left out. First and last stay, then the newest of the others.
    """
    thread = list(dict.fromkeys(value for value in ids if is_message_id(value)))
    if len(thread) < 2:
        return " ".join(thread)
    first, *others, last = thread
    room = MAX_REFERENCES_CHARS - len(first) - len(last) - 1
    kept: list[str] = []
    for value in reversed(others):
        room -= len(value) + 1
        if room < 0:
            break
        kept.append(value)
    return " ".join([first, *reversed(kept), last])


def _mac(ticket_id: str, delivery_key: str, secret: Secret) -> str:
    # The first words keep it apart from everything else that is signed with the same secret.
    digest = hmac.digest(_as_bytes(secret), f"sgsupport.message-id.{ticket_id}.{delivery_key}".encode(), "sha256")
    return base64.b32encode(digest[:20]).decode("ascii").lower()


def _as_bytes(secret: Secret) -> bytes:
    return secret.encode() if isinstance(secret, str) else secret
