"""What the reply's form carries of a macro: what it showed of it, so that this is done and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from ..macros import NOTHING, Use
from ..queries.macros import Inserted, Offer
from ..stored_text import storable
from ..web.asking import typed_list


def shown_in(values: Mapping[str, str]) -> Inserted:
    """What a form says it showed of a macro; nothing where it says nothing."""
    try:
        key, name, offers = json.loads(values.get("macro") or "null")
        return Inserted(_text(key), _text(name), offers=[Offer(*map(_text, one)) for one in offers])
    except (ValueError, TypeError, RecursionError):
        return Inserted("", "")


def show_in(values: MultiDict[str, str], found: Inserted) -> None:
    """Put what a macro does into a form's values, everything ticked that can be done; what was there gives way."""
    if found.offers:
        offers = [[one.name, one.value, one.words, one.refusal] for one in found.offers]
        values["macro"] = json.dumps([found.key, found.name, offers])
        values.setlist("also", [one.name for one in found.offers if not one.refusal])


def parts_of(values: MultiDict[str, str]) -> dict[str, Any]:
    """What the template of it wants to know."""
    found = shown_in(values)
    return {"does": found, "sealed": values["macro"] if found.key else "", "ticked": values.getlist("also")}


def used() -> Use:
    """The macro of the form that was sent, with what was left ticked."""
    found, ticked = shown_in(request.form), typed_list("also")
    does = {one.name: one.value for one in found.offers if not one.refusal and one.name in ticked}
    return Use(found.key, does) if does else NOTHING


def _text(value: object) -> str:
    return storable(str(value))
