"""What somebody saw before they changed it: a form that is older than another's change does not undo it unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..errors import StaleTicket
from ..history import field_label
from ..i18n import gettext as _

Seen = Mapping[str, str]
"""The values a form showed, in words, by field."""


def in_words(value: object) -> str | None:
    """A value as the history keeps it."""
    if value is None or value == "":
        return None
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(sorted(str(one).replace("_", " ") for one in value)) or None
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def seal_seen(values: Mapping[str, Any]) -> str:
    """What travels in a form of what it shows."""
    return json.dumps({name: in_words(value) or "" for name, value in values.items()})


def read_seen(text: str) -> Seen | None:
    """What a form says it showed; ``None`` where it says nothing."""
    try:
        said = json.loads(text or "null")
    except ValueError:
        return None
    return {str(name): str(value) for name, value in said.items()} if isinstance(said, dict) else None


def check_seen(now: Mapping[str, Any], wanted: Mapping[str, Any], seen: Seen | None) -> None:
    """Let a change pass unless it would undo what somebody else changed since.

    :param now: the values as they are, by field, under lock.
    :param wanted: what is to be written of them.
    :raises StaleTicket: names each field that is another now, and its value.
    """
    changes = []
    for name, value in wanted.items():
        current = in_words(now[name]) or ""
        if seen is not None and seen.get(name, current) != current != (in_words(value) or ""):
            changes.append(_("%(field)s is “%(value)s” now", field=field_label(name), value=current or "–"))
    if changes:
        raise StaleTicket(
            _(
                "Somebody else changed this since you opened it: %(changes)s. Save again to write what stands here.",
                changes="; ".join(changes),
            ),
            changes,
        )
