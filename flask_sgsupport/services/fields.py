"""What is written into the fields of the desk's setup: checked, or refused with a sentence beside each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from ..errors import InvalidInput
from ..i18n import gettext as _

MAX_POSITION = 100_000

Check = Callable[[Any], Any]
"""Returns the value to be stored, or raises ``ValueError`` with the sentence shown beside the field."""


def checked_fields(fields: Mapping[str, Check], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to be stored.

    :raises InvalidInput: names every field that is wrong.
    """
    found, wrong = {}, {}
    for name, value in values.items():
        if name not in fields:
            wrong[name] = _("There is no such field.")
            continue
        try:
            found[name] = fields[name](value)
        except ValueError as error:
            wrong[name] = str(error)
        except InvalidInput as error:
            wrong[name] = error.sentence
    if wrong:
        raise InvalidInput(wrong)
    return found


def one_line(value: Any, *, limit: int = 100, needed: bool = False) -> str:
    """A line of text, its spaces tidied."""
    text = " ".join(str(value or "").split())
    if (needed and not text) or len(text) > limit or not text.isprintable():
        raise ValueError(_("Write one line of at most %(limit)s characters.", limit=limit))
    return text


def position(value: Any) -> int:
    """A place in an order."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_POSITION:
        raise ValueError(_("Write a whole number from 0 to %(limit)s.", limit=MAX_POSITION))
    return value


def yes_or_no(value: Any) -> bool:
    """A box that is ticked, or not."""
    if value is not True and value is not False:
        raise ValueError(_("Choose yes or no."))
    return bool(value)


def one_of(choices: Collection[str]) -> Check:
    """A check for what is chosen of these, or "" for nothing."""

    def check(value: Any) -> str:
        if value and value not in choices:
            raise ValueError(_("Choose one of the list."))
        return str(value or "")

    return check


def check_name(row: Any, values: Mapping[str, Any], others: Iterable[Any], sentence: str) -> None:
    """Two of one name could not be told apart in any list; what shares its name already may be changed otherwise.

    :param row: what is changed; ``None`` for something new.
    :raises InvalidInput: another has the name.
    """
    name = values.get("name")
    if name is None or (row is not None and name == row.name):
        return
    if name.casefold() in {other.name.casefold() for other in others}:
        raise InvalidInput({"name": sentence})
