"""Macros: the variables their texts may name, what they may do to a ticket, and how a text is filled."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .i18n import gettext as _
from .lifecycle import Status
from .safe_html import as_text

VARIABLES: Mapping[str, str] = {
    "ticket.id": "The number of the ticket.",
    "ticket.subject": "Its subject.",
    "requester.name": "The name of the requester.",
    "requester.first_name": "The first word of it.",
    "account.name": "The name of the account.",
    "site.name": "The first of the ticket's sites.",
    "queue.name": "The queue the ticket is in.",
    "category.name": "The category of the ticket.",
    "agent.name": "The public name of whoever uses the macro.",
}
"""Everything a text may name, as the documentation tells it; there are no others, and no expressions."""

ACTIONS: Mapping[str, Callable[[], str]] = {
    "status": lambda: _("Status"),
    "assignee": lambda: _("Assignee"),
    "queue": lambda: _("Queue"),
    "priority": lambda: _("Priority"),
    "category": lambda: _("Category"),
    "add_tags": lambda: _("Add tags"),
    "remove_tags": lambda: _("Remove tags"),
    "note": lambda: _("Internal note"),
}
"""What a macro may do, in the order in which it is shown."""

MAX_MACROS = 200
"""In use at once: everybody's, and of each agent."""

STATUSES = (Status.OPEN, Status.RESOLVED)
"""Statuses a macro may set; to closed there are two doors, and neither is one."""

ME, NOBODY, AGENT = "me", "nobody", "agent:"
"""Assignees a macro may name: whoever uses it, nobody, or an agent, whose id of the host follows."""

_VARIABLE = re.compile(r"\{\{([^{}]*)\}\}")
_WORDS_AROUND = 4


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its variables filled.

    :param gaps: a sentence for each variable of which nothing is known, saying where it stands.
    """

    text: str
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Use:
    """A macro as somebody uses it: which, and what it shall do, as they saw and left it.

    :param actions: by names of `ACTIONS`; an assignee is the host's id of an agent, or "" for nobody.
    """

    key: str
    actions: Mapping[str, str]


NOTHING = Use("", MappingProxyType({}))
"""No macro."""


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put the values where the text names them, as text that is no markup, in one pass: no value is read again."""
    gaps = []

    def value_of(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name not in VARIABLES:
            return found[0]
        value = as_text(values.get(name, ""))
        if not value:
            gaps.append(_gap(name, text, found))
        return value

    return Filled(_VARIABLE.sub(value_of, text), tuple(gaps))


def unknown_variables(text: str) -> tuple[str, ...]:
    """What a text names that is no variable."""
    return tuple(found[0] for found in _VARIABLE.finditer(text) if found[1].strip() not in VARIABLES)


def variables_in_words() -> str:
    """Every variable as it is written."""
    return ", ".join(map(written, VARIABLES))


def action_label(name: str) -> str:
    """What an action is called."""
    return ACTIONS[name]()


def read_actions(stored: str) -> dict[str, str]:
    """The actions of a row, in their order; those of a later version, which this one does not know, are left out."""
    said = json.loads(stored or "{}")
    return {name: str(said[name]) for name in ACTIONS if name in said}


def _gap(name: str, text: str, found: re.Match[str]) -> str:
    before = text[: found.start()].rpartition("\n")[2].split()[-_WORDS_AROUND:]
    after = text[found.end() :].partition("\n")[0].split()[:_WORDS_AROUND]
    return _(
        "%(variable)s is empty on this ticket: “%(around)s”. Fill the gap before you send.",
        variable=written(name),
        around=" ".join([*before, "…", *after]),
    )


def written(name: str) -> str:
    """A variable as it stands in a text."""
    return f"{{{{{name}}}}}"
