"""How a story of the demo's support desk is told: what it is about, and who says what in which turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["reply", "note", "follow-up", "resolve", "confirm", "reopen"]
Priority = Literal["low", "normal", "high", "urgent"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One act after the opening.

    ``by`` says who acts when it is not who usually does: a ``colleague`` of the requester, another agent (``second``)
    or the ``lead``. The text may name ``{requester}``, ``{colleague}``, ``{agent}`` (first names), ``{account}``,
    ``{site}``, ``{product}``, ``{order}``, ``{shopper}``, ``{amount}`` and ``{code}``.
    """

    kind: Kind
    body: str
    by: Literal["usual", "colleague", "second", "lead"] = "usual"


@dataclass(frozen=True, slots=True)
class Story:
    """One thing that happens to shops, told once and cast many times.

    ``plans`` limits the accounts it happens to; empty is all. A story that is ``filtered`` is no customer's: it
    carries the reason.
    """

    key: str
    category: str
    subjects: tuple[str, ...]
    opening: str
    turns: tuple[Turn, ...] = ()
    priority: Priority = "normal"
    tags: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    filtered: str | None = None


def reply(body: str) -> Turn:
    """Let the agent answer."""
    return Turn("reply", body)


def note(body: str, by: Literal["usual", "second", "lead"] = "usual") -> Turn:
    """Let an agent write what the customer never sees."""
    return Turn("note", body, by)


def ask(body: str, by: Literal["usual", "colleague"] = "usual") -> Turn:
    """Let the customer follow up."""
    return Turn("follow-up", body, by)


def solve(body: str) -> Turn:
    """Let the agent answer and mark the ticket as resolved."""
    return Turn("resolve", body)


def confirm(body: str) -> Turn:
    """Let the customer say that it is solved."""
    return Turn("confirm", body)


def again(body: str) -> Turn:
    """Let the customer come back to what was called solved."""
    return Turn("reopen", body)
