"""What a saved view is made of: the filters of the inbox's lists, word for word as they stand in an address.

There is no language of its own: what narrows a list is saved under the names it has there, and what is one condition
is checked as that condition. Whoever opens a view asks with these words as themselves, with the rights of that moment.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .conditions import MAX_IN_ADDRESS, TYPED, narrowing, typed
from .i18n import gettext as _
from .lately import read_lately
from .stored_text import storable

MAX_OWN_VIEWS = 20
"""Of one agent, shared ones among them."""
MAX_SHARED_VIEWS = 30
"""Of the whole desk."""

FILTERS: tuple[str, ...] = (
    "view", "queue", "status", "assignee", "priority", "category", "tag", "account", "requester", "site", "channel",
    "about", "due", "since", "until", "updated", "figure", "where", "q", "sort",
)  # fmt: skip
"""What a list is asked for by, in the order of its address."""
MAX_FILTER_CHARS: Mapping[str, int] = dict.fromkeys(FILTERS, 200) | {"q": 500, "where": MAX_IN_ADDRESS + 1}
"""So much of each is read; of conditions enough to refuse what is longer."""


READ: Mapping[str, Callable[[str], object]] = {"updated": read_lately, "where": narrowing}
"""What reads those that are more than one condition; it refuses what it does not know with a ``ValueError``."""


def checked_filters(given: Any) -> dict[str, str]:
    """The filters to be saved, in the order of an address and without those that are empty.

    :raises ValueError: one is none, or holds what it does not know; the sentence says which.
    """
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        raise ValueError(_("Filters are words by name."))
    if strange := [str(name) for name in given if name not in FILTERS]:
        raise ValueError(_("There is no filter “%(name)s”.", name=storable(strange[0])[:50]))
    found = {}
    for name in FILTERS:
        value = storable(given.get(name, "")).strip()
        if len(value) > MAX_FILTER_CHARS[name]:
            raise ValueError(_("At most %(limit)s characters.", limit=MAX_FILTER_CHARS[name]))
        if value and name in TYPED:
            typed(name, value)
        elif value and name in READ:
            READ[name](value)
        if value:
            found[name] = value
    if not found:
        raise ValueError(_("Filter or search first: nothing is chosen that could be saved."))
    return found


def stored_filters(filters: Mapping[str, str]) -> str:
    """As they are stored."""
    return json.dumps(filters, ensure_ascii=False)


def read_filters(stored: str) -> dict[str, str]:
    """What was stored; names that are no filters any more are left out."""
    said: Mapping[str, str] = json.loads(stored)
    return {name: said[name] for name in FILTERS if name in said}


def filters_in_words(filters: Mapping[str, str]) -> str:
    """The filters in the words of the search field: ``queue:billing status:open refund``."""
    named = [
        f'{name}:"{value}"' if " " in value else f"{name}:{value}" for name, value in filters.items() if name != "q"
    ]
    return " ".join([*named, filters.get("q", "")]).strip()
