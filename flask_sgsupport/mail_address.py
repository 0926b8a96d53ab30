"""Which addresses a mail of the desk can come from and go to."""

from __future__ import annotations

import re

import idna

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*")


def ascii_address(address: str) -> str:
    """Return an address as SMTP takes it: plain characters before the ``@``, the domain in its ASCII form.

    :raises ValueError: it is no such address.

    Unlike email-validator it lets names of inner networks through (``corp.local``): the host knows its own people.
    """
    local, _, domain = address.rpartition("@")
    try:
        ascii_domain = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        ascii_domain = ""
    if not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(ascii_domain):
        raise ValueError(f"{address[:100]!r} is not an address mail can be sent to.")
    return f"{local}@{ascii_domain}"


def is_mail_address(address: str) -> bool:
    """Whether `ascii_address` takes it."""
    try:
        ascii_address(address)
    except ValueError:
        return False
    return True
