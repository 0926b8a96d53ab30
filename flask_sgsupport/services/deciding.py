"""Ask the host's routing function where a ticket goes, and keep of its answer what can be used."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from ..actors import Actor
from ..errors import InvalidInput
from ..hooks import Draft, Routed
from ..i18n import Coded
from ..routing import MAX_TAGS, NOT_USED
from ..settings import state
from ..stored_text import storable
from .calling import ask_hooks
from .sorting import read_tags

log = logging.getLogger("flask_sgsupport.deciding")

MAX_CHARS = {"queue": 50, "priority": 50, "assignee": 320, "filtered": 200, "because": 500}
"""A queue, priority or assignee with a longer name does not exist; the others are cut."""

MAX_TAGS_READ = 1000

LOGGED_WHEN_ASKED = frozenset({"passed_over", "unsound"})
"""Codes of the reasons that `ask_routing` has logged; of the others only the unit of work knows."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the routing function decided, as far as it can be used, and what the ticket says of the rest."""

    routed: Routed | None = None
    reasons: tuple[Coded, ...] = ()

    @property
    def because(self) -> str:
        """What the function gave as its reason."""
        return self.routed.because if self.routed else ""


def ask_routing(actor: Actor, draft: Draft) -> Decided:
    """Ask the routing function, in the time and the way of a context hook. Never raises: it is passed over instead."""
    function = state().hooks.route
    if function is None:
        return Decided()
    answer = ask_hooks(actor, {"route": lambda: sound(function(draft))})["route"]
    if answer.failure is not None:
        log.error("The routing function gave nothing: %s", answer.failure, exc_info=answer.error)
        return Decided(None, ({**answer.failure, "code": "passed_over", "why": answer.failure["code"]},))
    decided: Decided = answer.value
    for reason in decided.reasons:
        log.error("The routing function's %s cannot be used as it is", reason["field"])
    return decided


def log_not_used(ticket_id: str, reasons: Iterable[Coded]) -> None:
    """Tell the host's developer, once the ticket is there, what the function named and the desk does not have."""
    named = [
        f"{reason['code'].replace('_', ' ')} {value!r}"
        for reason in reasons
        if reason["code"] in NOT_USED - LOGGED_WHEN_ASKED
        for key, value in reason.items()
        if key != "code"
    ]
    if named:
        log.warning("The routing function was not followed in all for %s: %s", ticket_id, ", ".join(named))


def sound(answer: object) -> Decided:
    """The usable part of an answer: texts a database takes, tags as agents write them.

    :raises TypeError: neither ``Routed(…)`` nor ``None``.
    """
    if answer is None:
        return Decided()
    if not isinstance(answer, Routed):
        raise TypeError(f"The routing function must return Routed(…) or None, not {type(answer).__name__}.")
    kept: dict[str, Any] = {}
    unsound: list[str] = []
    for name in (field.name for field in fields(Routed)):
        value = getattr(answer, name)
        kept[name], whole = _tags(value) if name == "tags" else _text(name, value)
        if not whole:
            unsound.append(name)
    kept["because"] = kept["because"] or ""
    return Decided(Routed(**kept), tuple({"code": "unsound", "field": name} for name in unsound))


def _text(name: str, value: object) -> tuple[str | None, bool]:
    """The text, and whether it could be kept; nothing stays nothing."""
    if value is None:
        return None, True
    if not isinstance(value, str):
        return None, False
    most = MAX_CHARS[name]
    text = storable(value[: most + 1]).strip()
    if len(text) > most:
        return (text[:most], True) if name in {"filtered", "because"} else (None, False)
    return text or None, bool(text) or not value.strip()


def _tags(value: object) -> tuple[tuple[str, ...], bool]:
    """The tags that can be kept, and whether all could."""
    if isinstance(value, str | bytes) or not isinstance(value, Collection):
        return (), False
    tags: dict[str, None] = {}
    whole = len(value) <= MAX_TAGS_READ
    for one in islice(value, MAX_TAGS_READ):
        try:
            tags |= dict.fromkeys(read_tags(one))
        except (InvalidInput, TypeError):
            whole = False
    return tuple(tags)[:MAX_TAGS], whole and len(tags) <= MAX_TAGS
