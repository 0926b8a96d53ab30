"""Conditions as rows of a form, which has a button for each change of them; as rules and lists share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from ..conditions import FIELDS, GROUPS, KINDS, MAX_CONDITIONS, NOBODY, OPERATORS, Condition, Field, value_label
from ..i18n import gettext as _
from ..patterns import MAX_CHARS
from ..queries.rules import Names

Values = dict[str, Any]
Offered = Mapping[str, Sequence[str]]
"""The fields of a form, each with the operators it offers for it."""


def as_rows(groups: Mapping[str, Sequence[Condition]]) -> Values:
    """Both groups as the form holds them."""
    return {name: [_as_row(one) for one in groups[name]] for name in GROUPS}


def _as_row(one: Condition) -> Values:
    return {"field": one.field, "op": _MANY.get(one.operator, one.operator), "value": list(one.values)}


def typed_rows(form: MultiDict[str, str]) -> Values:
    """Both groups as they were typed."""
    return {name: list(_rows(form, name)) for name in GROUPS}


def _rows(form: MultiDict[str, str], name: str) -> list[Values]:
    found = []
    for place in range(MAX_CONDITIONS):
        known = form.get(f"{name}-{place}-field")
        if known is None:
            break
        values = form.getlist(f"{name}-{place}-value")
        found.append({"field": known, "op": form.get(f"{name}-{place}-op", ""), "value": values})
    return found


def edited(values: Values, form: MultiDict[str, str]) -> bool:
    """Add or remove the row whose button was pressed; whether it was such a button."""
    if form.get("add") in GROUPS:
        _add_row(values, form["add"], form.get(f"{form['add']}-add", ""))
    elif form.get("remove"):
        _remove_row(values, form["remove"])
    else:
        return False
    return True


def _add_row(values: Values, name: str, field_name: str) -> None:
    if field_name in FIELDS and len(values[name]) < MAX_CONDITIONS:
        values[name].append({"field": field_name, "op": offered(FIELDS[field_name])[0], "value": []})


def _remove_row(values: Values, which: str) -> None:
    name, __, place = which.partition("-")
    places = [str(one) for one in range(len(values.get(name, ())))] if name in GROUPS else []
    if place in places:
        del values[name][int(place)]


def taken_apart(values: Values) -> Values:
    """The values with several texts in one field taken apart."""
    return values | {name: [_apart(one) for one in values[name]] for name in GROUPS}


def _apart(one: Values) -> Values:
    known, operator = FIELDS.get(one["field"]), OPERATORS.get(one["op"])
    typed_text = known is not None and known.kind in {"name", "text"} or one["field"] == "tag"
    if not typed_text or operator is None or not operator.many:
        return one
    return one | {"value": [part for value in one["value"] for part in value.split(",")]}


_MANY = {"is": "one_of", "is_not": "none_of"}
"""How the form writes what has one value: as one of several."""


def offered(known: Field) -> Sequence[str]:
    """The operators the form offers for a field."""
    operators = KINDS[known.kind].operators
    return [one for one in operators if _MANY.get(one, "") not in operators]


def group(name: str, rows: Sequence[Values], offers: Offered, names: Names, wrong: Mapping[str, str]) -> dict[str, Any]:
    """One group as a form draws it.

    :param wrong: sentences by `GROUPS` and by place, as ``all-0``.
    """
    legends = {"all": _("All of these must be so"), "any": _("And one of these, where there are any")}
    return {
        "name": name,
        "legend": legends[name],
        "error": wrong.get(name, ""),
        "rows": [_row(f"{name}-{place}", one, offers, names, wrong) for place, one in enumerate(rows)],
        "fields": [(key, capital(FIELDS[key].label)) for key in offers],
        "full": len(rows) >= MAX_CONDITIONS,
    }


def _row(id: str, one: Values, offers: Offered, names: Names, wrong: Mapping[str, str]) -> dict[str, Any]:
    known = FIELDS.get(one["field"], FIELDS["subject"])
    options = _options(one["field"], known, one["value"], names)
    return {
        "id": id,
        "field": one["field"],
        "label": capital(known.label),
        "op": one["op"],
        "operators": [(key, str(OPERATORS[key].label)) for key in offers.get(one["field"]) or offered(known)],
        "options": options,
        "chosen": one["value"],
        "value": ", ".join(one["value"]),
        "type": _TYPES.get(known.kind, "text"),
        "hint": _hint(one["op"], known) if not options else "",
        "error": wrong.get(id, ""),
    }


_TYPES = {"hour": "number", "day": "date"}


def _hint(operator: str, known: Field) -> str:
    if operator == "matches":
        return _("A pattern of RE2, at most %(limit)s characters; capitals and small letters are the same.",
                 limit=MAX_CHARS)  # fmt: skip
    if known.kind == "day":
        return ""
    if known.kind == "hour":
        return _("By the time zone of the queue’s business hours; in UTC where it has none.")
    return _("Several are separated by commas; one suffices.")


def _options(name: str, known: Field, chosen: Sequence[str], names: Names) -> list[tuple[str, str]]:
    """What may be ticked; with what is ticked although it is there no longer. Empty where it is typed."""
    if known.words:
        return [(word, value_label(known, word)) for word in known.words]
    if name not in {"queue", "category", "assignee"}:
        return []
    found = [(key, label) for (field_name, key), label in names.items() if field_name == name]
    if name == "assignee":
        found.insert(0, (NOBODY, _("Nobody")))
    gone = [value for value in chosen if value not in dict(found)]
    return [*found, *((value, _("%(name)s (not in use)", name=value)) for value in gone)]


def capital(text: str) -> str:
    """As it begins a line."""
    shown_text = str(text)
    return shown_text[:1].upper() + shown_text[1:]
