"""The one language of conditions, for rules, saved views and selections: a field, an operator, values.

A condition is asked of facts here, and of the tickets in the database by `flask_sgsupport.queries.conditions`, where
its field is a column. Both give the same tickets. The names of the fields are those of the inbox's filters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Self
from urllib.parse import quote_plus

from .figures import checked as checked_figure
from .figures import counted_by
from .figures import in_words as figure_in_words
from .i18n import gettext as _
from .i18n import lazy_gettext as _l
from .lifecycle import Status, status_label
from .patterns import check_pattern, matches
from .routing import PRIORITIES, priority_label
from .search_text import fold
from .stored_text import storable
from .targets import KINDS as TARGETS
from .targets import target_label

MAX_CONDITIONS = 20
"""Of one group."""
MAX_VALUES = 50
MAX_VALUE_CHARS = 200
MAX_IN_ADDRESS = 1_300
"""So many characters conditions may have in an address, where a letter beyond ASCII takes six or more."""
GROUPS = ("all", "any")
NOBODY = "nobody"
"""The assignee of a ticket that has none."""
ME = "me"
"""Whoever asks; no fact is called so."""

CHANNELS: Mapping[str, str] = {
    "panel": _l("Panel"),
    "inbox": _l("Inbox"),
    "mail": _l("E-mail"),
    "api": _l("API"),
    "python": _l("The app itself"),
    "cli": _l("Command line"),
}

Facts = Mapping[str, Sequence[str]]
"""What is so, by field: everything the field may be called by, as id and name of an account; empty for none."""


def facts_of(
    ticket: Any,
    *,
    category: str | None,
    queue: str,
    assignee: str | None,
    tags: Sequence[str],
    sites: Sequence[tuple[str, str]],
    body: str,
    hour: str,
    about: Sequence[tuple[str, str]] = (),
    moments: Sequence[str] = (),
) -> Facts:
    """The facts of a ticket.

    :param ticket: a `Ticket`, or a row with its columns of these names.
    :param category: its key, as that of the queue and the host's id of the assignee.
    :param sites: id and name of each.
    :param body: what the customer wrote.
    :param hour: that of its opening, by the clock of its queue.
    :param about: reference and title of each of the host's things it is about.
    :param moments: what figures of the reports count of it, as `figures.fact_of` makes them.
    """
    named = {
        "category": (category,),
        "queue": (queue,),
        # What is a part of another is found by how that one stands.
        "status": () if ticket.merged_into_id else (ticket.status,),
        "assignee": (assignee or NOBODY,),
        "tag": tags,
        "account": (ticket.account_id, ticket.account_name),
        "requester": (ticket.requester_id, ticket.requester_name, ticket.requester_email),
        "site": tuple(part for site in sites for part in site),
        "about": tuple(part for one in about for part in one),
        "body": (body,),
        "hour": (hour,),
        "created": (ticket.created_at.date().isoformat(),),
        "updated": (ticket.updated_at.date().isoformat(),),
        "figure": moments,
    }
    as_it_is = {name: (getattr(ticket, name),) for name in ("priority", "plan", "subject", "channel")}
    return {name: tuple(filter(None, said)) for name, said in (named | as_it_is).items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """What values of a field are, and how they are compared.

    :param check: the value as it is compared, or a ``ValueError`` with the sentence for its field.
    :param key: what of a fact is compared; two that are the same so are equal.
    """

    operators: tuple[str, ...]
    check: Callable[[str], str]
    key: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Operator:
    """One way to compare.

    :param many: takes several values, of which one suffices.
    :param negates: holds where the other does not.
    """

    label: str
    many: bool = False
    negates: str = ""
    listed: bool = True


def _lower(text: str) -> str:
    return text.lower()


def _as_it_is(text: str) -> str:
    return text


def _some_text(value: str) -> str:
    if not fold(value):
        raise ValueError(_("Write a word to look for."))
    return value


def _hour(value: str) -> str:
    if not (value.isascii() and value.isdigit() and int(value) < 24):
        raise ValueError(_("Write an hour from 0 to 23."))
    return str(int(value))


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(_("Write a day like 2026-04-22.")) from None


_EQUAL = ("is", "is_not", "one_of", "none_of")
_WORDS = ("contains", "not_contains", "matches")

KINDS: Mapping[str, Kind] = {
    "key": Kind(_EQUAL, _as_it_is, _as_it_is),
    "name": Kind((*_EQUAL, *_WORDS), _as_it_is, _lower),
    "text": Kind(("contains", "not_contains", "matches", "is", "is_not", "one_of", "none_of"), _some_text, fold),
    "hour": Kind(("is", "is_not", "before", "from"), _hour, lambda text: text.rjust(2, "0")),
    "day": Kind(("since", "until", "before"), _day, _as_it_is),
    "figure": Kind(("counted",), checked_figure, _as_it_is),
}

OPERATORS: Mapping[str, Operator] = {
    "is": Operator(_l("is")),
    "is_not": Operator(_l("is not"), negates="is"),
    "one_of": Operator(_l("is one of"), many=True),
    "none_of": Operator(_l("is none of"), many=True, negates="one_of"),
    "contains": Operator(_l("contains"), many=True),
    "not_contains": Operator(_l("does not contain"), many=True, negates="contains"),
    "matches": Operator(_l("matches the pattern"), listed=False),
    "before": Operator(_l("is before")),
    "from": Operator(_l("is at or after")),
    "since": Operator(_l("is on or after")),
    "until": Operator(_l("is on or before")),
    "counted": Operator(_l("counts it")),
}


@dataclass(frozen=True, slots=True)
class Field:
    """Something a ticket is known by.

    :param words: the values there are, where they do not depend on the database.
    :param listed: a column of the tables, so that lists can be narrowed by it.
    :param ruled: something a rule may turn on.
    """

    label: str
    kind: str
    words: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    listed: bool = True
    ruled: bool = True
    small: bool = False


def _labels(label: Callable[[str], str], words: Sequence[str]) -> dict[str, Callable[[], str]]:
    return {word: lambda word=word: label(word) for word in words}  # type: ignore[misc]


FIELDS: Mapping[str, Field] = {
    "category": Field(_l("category"), "key", small=True),
    "queue": Field(_l("queue"), "key", small=True),
    "status": Field(_l("status"), "key", _labels(status_label, tuple(Status)), small=True),
    "priority": Field(_l("priority"), "key", _labels(priority_label, PRIORITIES), small=True),
    "assignee": Field(_l("assignee"), "key"),
    "tag": Field(_l("tag"), "key", small=True),
    "account": Field(_l("account"), "name"),
    "plan": Field(_l("plan"), "name"),
    "requester": Field(_l("requester"), "name"),
    "site": Field(_l("site"), "name"),
    "about": Field(_l("about"), "name"),
    "subject": Field(_l("subject"), "text"),
    "body": Field(_l("text"), "text", listed=False),
    "channel": Field(_l("channel"), "key", _labels(lambda word: str(CHANNELS[word]), tuple(CHANNELS)), small=True),
    "hour": Field(_l("hour"), "hour", listed=False),
    "target": Field(_l("target"), "key", _labels(target_label, TARGETS), listed=False, small=True),
    "created": Field(_l("created"), "day", ruled=False),
    "updated": Field(_l("last update"), "day", ruled=False),
    "figure": Field(_l("figure of the reports"), "figure", ruled=False),
}
"""Every field, by the name it has in filters, URLs and stored conditions."""

TYPED: Mapping[str, tuple[str, str]] = {
    **{name: (name, "is") for name in FIELDS if FIELDS[name].kind == "key" and FIELDS[name].listed},
    "since": ("created", "since"),
    "until": ("created", "until"),
    "figure": ("figure", "counted"),
}
"""Filters of the inbox's lists that are conditions: the field and operator they mean."""
SEVERAL = frozenset(name for name, (__, operator) in TYPED.items() if operator == "is")
"""Those of them that take several values, and some that are not to be."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that has to be so; made by `condition`, which checks it."""

    field: str
    operator: str
    values: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"field": self.field, "op": self.operator, "value": list(self.values)}


@dataclass(frozen=True, slots=True)
class Conditions:
    """What has to be so: all of the one group and, where there are any, one of the other."""

    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()

    @classmethod
    def of(cls, stored: Any) -> Self:
        """Read what was stored, or what came from outside.

        :raises ValueError: it is not of this language; the sentence says what is wrong first.
        """
        if not isinstance(stored, dict) or stored.keys() - {"all", "any"}:
            raise ValueError(_("Conditions are two lists, “all” and “any”."))
        return cls(*(_group(stored.get(name, [])) for name in GROUPS))

    def as_json(self) -> dict[str, Any]:
        """As they are stored."""
        return {name: [one.as_json() for one in getattr(self, name)] for name in GROUPS}

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Read ``tag is vip; subject contains refund | priority one_of high,urgent``, as it stands in an address.

        Before the bar stands what all has to be so, behind it what one of suffices; a backslash goes before a bar,
        semicolon or comma that is a part of a value.

        :raises ValueError: it is not of this language; the sentence says what is wrong first.
        """
        groups = _parts(text, "|")
        if len(groups) > len(GROUPS):
            raise ValueError(_("Conditions are two lists, “all” and “any”."))
        read = ([_read(one) for one in _parts(group, ";") if one.strip()] for group in groups)
        return cls(*(_group(rows) for rows in read))

    def as_text(self) -> str:
        """As they stand in an address."""
        groups = ("; ".join(_written(one) for one in getattr(self, name)) for name in GROUPS)
        return " | ".join(groups).removesuffix(" | ").strip()


def condition(name: str, operator: str, values: str | Sequence[str]) -> Condition:
    """A condition of checked parts.

    :param values: one text, or several for an operator that takes them.
    :raises ValueError: with the sentence for its field.
    """
    known = FIELDS.get(name)
    if known is None:
        raise ValueError(_("There is no field “%(name)s”.", name=name[:50]))
    if operator not in KINDS[known.kind].operators:
        raise ValueError(_("“%(field)s” is not compared so.", field=known.label))
    given = [values] if isinstance(values, str) else list(values)
    if not all(isinstance(value, str) for value in given):
        raise ValueError(_("Write a value."))
    tidy = [" ".join(storable(value).split()) for value in given]
    wanted = list(dict.fromkeys(value for value in tidy if value))
    if not wanted:
        raise ValueError(_("Write a value."))
    if len(wanted) > (MAX_VALUES if OPERATORS[operator].many else 1):
        raise ValueError(_("At most %(limit)s values.", limit=MAX_VALUES if OPERATORS[operator].many else 1))
    return Condition(name, operator, tuple(_checked(known, operator, value) for value in wanted))


def group_of(name: str, rows: Sequence[Any], wrong: dict[str, str]) -> tuple[Condition, ...]:
    """The conditions of one group of a form.

    :param rows: conditions, or mappings with ``field``, ``op`` and ``value``.
    :param wrong: takes what is wrong with one, by the group and its place: ``all-0``.
    """
    found = []
    if len(rows) > MAX_CONDITIONS:
        wrong[name] = _("At most %(limit)s conditions.", limit=MAX_CONDITIONS)
    for place, one in enumerate(rows[:MAX_CONDITIONS]):
        try:
            found.append(one if isinstance(one, Condition) else condition(one["field"], one["op"], one["value"]))
        except ValueError as error:
            wrong[f"{name}-{place}"] = str(error)
    return tuple(found)


def lists_by(known: Field) -> Sequence[str]:
    """The operators by which a list may be narrowed on a field beside its filters; none where it may not."""
    if not known.listed or known.kind == "figure":
        return ()
    return [one for one in KINDS[known.kind].operators if OPERATORS[one].listed]


def narrowing(text: str) -> Conditions:
    """What a list is narrowed by; see `Conditions.of_text`.

    :raises ValueError: it is not of this language, nothing a list can be narrowed by, or longer than `MAX_IN_ADDRESS`.
    """
    if len(quote_plus(text, errors="replace")) > MAX_IN_ADDRESS:
        raise ValueError(_("These are too many and too long for one address. Leave something out."))
    found = Conditions.of_text(text)
    for one in (*found.all, *found.any):
        if one.operator not in lists_by(FIELDS[one.field]):
            raise ValueError(_("Lists cannot be narrowed by this: %(field)s.", field=FIELDS[one.field].label))
    return found


def typed(name: str, value: str) -> Sequence[Condition]:
    """What a filter of the inbox's lists means, all of it: ``open,resolved`` is one of these, ``-closed`` is not so.

    :raises ValueError: it is no word that filter knows.
    """
    field, operator = TYPED[name]
    if name not in SEVERAL:
        return [condition(field, operator, value)]
    parts = [part.strip() for part in value.split(",")]
    without = [part[1:] for part in parts if part.startswith("-")]
    wanted = [part for part in parts if part and not part.startswith("-")]
    groups = (("is", "one_of", wanted), ("is_not", "none_of", without))
    found = [condition(field, one if len(named) == 1 else many, named) for one, many, named in groups if named]
    return found or [condition(field, operator, value)]


def holds(one: Condition, facts: Facts) -> bool:
    """Whether a condition is so. A field without a fact is none of anything."""
    operator = OPERATORS[one.operator]
    if operator.negates:
        return not holds(Condition(one.field, operator.negates, one.values), facts)
    kind = KINDS[FIELDS[one.field].kind]
    said = facts.get(one.field, ())
    if one.operator == "matches":
        return any(matches(one.values[0], text) for text in said)
    compared = _COMPARED[one.operator]
    wanted = [kind.key(value) for value in one.values]
    return any(compared(kind.key(text), value) for text in said for value in wanted)


def hold(conditions: Conditions, facts: Facts) -> bool:
    """Whether all of the one group and, where there are any, one of the other are so."""
    if not all(holds(one, facts) for one in conditions.all):
        return False
    return not conditions.any or any(holds(one, facts) for one in conditions.any)


def in_words(one: Condition, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """A condition as people read it.

    :param names: what keys are called, by field and key.
    """
    known = FIELDS[one.field]
    said = [value_label(known, value, (names or {}).get((one.field, value))) for value in one.values]
    quoted = _(" or ").join(_("“%(value)s”", value=value) for value in said)
    return f"{known.label} {OPERATORS[one.operator].label} {quoted}"


def all_in_words(conditions: Conditions, names: Mapping[tuple[str, str], str] | None = None) -> str:
    """Both groups as people read them."""
    found = [in_words(one, names) for one in conditions.all]
    if conditions.any:
        found.append(_(" or ").join(in_words(one, names) for one in conditions.any))
    return "; ".join(found)


def value_label(known: Field, value: str, name: str | None = None) -> str:
    """What a value is called: the word for it, its name, or the value itself."""
    if known.kind == "figure":
        return figure_in_words(value)
    return known.words[value]() if value in known.words else name or value


_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "is": lambda fact, value: fact == value,
    "one_of": lambda fact, value: fact == value,
    "contains": lambda fact, value: value in fact,
    "before": lambda fact, value: fact < value,
    "from": lambda fact, value: fact >= value,
    "since": lambda fact, value: fact >= value,
    "until": lambda fact, value: fact <= value,
    "counted": counted_by,
}


def _checked(known: Field, operator: str, value: str) -> str:
    if operator == "matches":
        return check_pattern(value)
    if len(value) > MAX_VALUE_CHARS:
        raise ValueError(_("At most %(limit)s characters.", limit=MAX_VALUE_CHARS))
    tidied = KINDS[known.kind].check(value.lower() if known.small else value)
    if known.words and tidied not in known.words:
        raise ValueError(_("There is no such word here. There are: %(known)s.", known=", ".join(known.words)))
    return tidied


def _group(stored: Any) -> tuple[Condition, ...]:
    if not isinstance(stored, list):
        raise ValueError(_("Conditions are two lists, “all” and “any”."))  # noqa: TRY004 - a value of a form
    if len(stored) > MAX_CONDITIONS:
        raise ValueError(_("At most %(limit)s conditions.", limit=MAX_CONDITIONS))
    found = []
    for one in stored:
        if not isinstance(one, dict) or one.keys() != {"field", "op", "value"}:
            raise ValueError(_("A condition has a field, an operator and a value."))
        parts = one["value"] if isinstance(one["value"], list) else [one["value"]]
        found.append(condition(str(one["field"]), str(one["op"]), parts))
    return tuple(found)


def _parts(text: str, mark: str) -> list[str]:
    """What stands between marks that have no backslash before them."""
    parts, begun = [""], False
    for letter in text:
        if letter == mark and not begun:
            parts.append("")
            continue
        parts[-1] += letter
        begun = letter == "\\" and not begun
    return parts


def _read(text: str) -> dict[str, Any]:
    name, __, rest = text.strip().partition(" ")
    operator, __, values = rest.strip().partition(" ")
    return {"field": name, "op": operator, "value": [_ESCAPED.sub(r"\1", one) for one in _parts(values, ",")]}


def _written(one: Condition) -> str:
    return f"{one.field} {one.operator} {','.join(_MARK.sub(_BACKSLASHED, value) for value in one.values)}"


_MARK, _ESCAPED, _BACKSLASHED = re.compile(r"[\\|;,]"), re.compile(r"\\(.)", re.DOTALL), r"\\\g<0>"
