"""What a search says by name, as the keys that addresses and filters know: ``assignee:ada``, ``queue:"Big shops"``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy import func

from ..conditions import ME, NOBODY
from ..models import Agent
from ..search_text import fold
from .choices import Choice, agent_part, ask, category_part, every_queue_part, gathered, part
from .views import Filters

NAMED = ("queue", "category", "assignee")


def understood(filters: Filters) -> Filters:
    """The same with what was typed among the words as filters, named as people name it.

    One statement, of the names that may be meant, where there is something to be named.

    What is no key, and no name, beginning or part of the name of exactly one, stays as it was typed.
    """
    read = filters.understood()
    if read == filters:
        return filters
    typed = {name: value for name in NAMED if (value := getattr(read, name)) and value not in {ME, NOBODY}}
    if not typed:
        return read
    addresses = [one.lstrip("-").lower() for one in typed.get("assignee", "").split(",")]
    by_address = part("address", Agent.host_id, func.lower(Agent.email), Agent.pk).where(
        Agent.active.is_(True), func.lower(Agent.email).in_(addresses)
    )
    parts = {"queue": [every_queue_part()], "category": [category_part()], "assignee": [agent_part(), by_address]}
    rows = ask(one for name in typed for one in parts[name])
    offered = gathered(rows)
    at = [Choice(row.key, row.label) for row in rows if row.kind == "address"]
    lists = {"queue": offered.queues, "category": offered.categories, "assignee": [*at, *offered.agents]}
    return replace(read, **{name: _by_key(value, lists[name]) for name, value in typed.items()})


def _by_key(typed: str, offered: Sequence[Choice]) -> str:
    """As `conditions.typed` reads it: a name, commas and all, or several, some perhaps of what is not to be."""
    if not typed.startswith("-") and (whole := _key(typed, offered)):
        return whole
    named = [(one.strip()[:1] == "-", one.strip().removeprefix("-")) for one in typed.split(",")]
    return ",".join("-" * without + (_key(name, offered) or name) for without, name in named)


def _key(typed: str, offered: Sequence[Choice]) -> str:
    """The key of the only one that is meant, "" where none is, or several are."""
    for fitting in _fitting(typed, offered):
        if fitting:
            return fitting[0].key if len(fitting) == 1 else ""
    return ""


def _fitting(typed: str, offered: Sequence[Choice]) -> Iterator[list[Choice]]:
    """Those it may mean, the closest first: by key, by whole name, by the beginning of a word, by a part."""
    words = fold(typed)
    yield [one for one in offered if one.key.lower() == typed.lower()]
    yield [one for one in offered if fold(one.label) == words]
    if words:
        yield [one for one in offered if f" {words}" in f" {fold(one.label)}"]
        yield [one for one in offered if words in fold(one.label)]
