"""See that what host code passes to a verb is what the verb's annotations say, before anything is asked or written.

Nobody checks a host's types for it, and a wrong one would be taken for another: ``"bad"`` is true. The sentences are
for its developers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import wraps
from inspect import signature
from io import TextIOBase
from types import NoneType
from typing import Any, BinaryIO, ParamSpec, TypeVar, get_args, get_type_hints

from .actors import MAX_ID_CHARS, Person
from .errors import InvalidInput
from .stored_text import storable

P = ParamSpec("P")
R = TypeVar("R")


def _is_id(value: object) -> bool:
    nothing = value is None or isinstance(value, bool | float | bytes)
    many = isinstance(value, Collection) and not isinstance(value, str)
    return not nothing and not many and len(str(value)) <= MAX_ID_CHARS


def _is_file(value: object) -> bool:
    if not isinstance(value, Sequence) or len(value) != 2:
        return False
    name, stream = value
    return isinstance(name, str) and callable(getattr(stream, "read", None)) and not isinstance(stream, TextIOBase)


def _is_pair(value: object) -> bool:
    pair = isinstance(value, Sequence) and not isinstance(value, str | bytes) and len(value) == 2
    return pair and isinstance(value[0], str) and _is_id(value[1])  # type: ignore[index]


def _each(check: Callable[[object], bool]) -> Callable[[object], bool]:
    def checked(value: object) -> bool:
        many = isinstance(value, Collection) and not isinstance(value, str | bytes | Mapping)
        return many and all(check(one) for one in value)  # type: ignore[attr-defined]

    return checked


def _is_a(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


TAKEN: Mapping[Any, tuple[str, Callable[[object], bool]]] = {
    str: ("text", _is_a(str)),
    bool: ("True or False", _is_a(bool)),
    object: (f"an id of at most {MAX_ID_CHARS} characters", _is_id),
    datetime: ("a time with its zone", lambda value: isinstance(value, datetime) and value.tzinfo is not None),
    Person: ("a person, as support.customer(person_id).person is", _is_a(Person)),
    Sequence[object]: ("a list of ids", _each(_is_id)),
    Sequence[tuple[str, object]]: ("a list of pairs, each a kind and an id", _each(_is_pair)),
    Collection[str]: ("a list of texts", _each(_is_a(str))),
    Sequence[tuple[str, BinaryIO]]: (
        "a list of pairs, each the name of a file and its open stream of bytes",
        _each(_is_file),
    ),
}
"""What an annotation of a verb takes, in words and as a check. Others, actors and statuses, are read further down."""


def checked(verb: Callable[P, R]) -> Callable[P, R]:
    """Let a verb be called with what its annotations say; a text loses what no database takes.

    :raises InvalidInput: ``fields`` names each argument that is something else.
    """
    called = signature(verb)
    taken = {name: _taken(annotation) for name, annotation in get_type_hints(verb).items()}

    @wraps(verb)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        given, wrong = called.bind(*args, **kwargs), {}
        for name, value in given.arguments.items():
            words, fits = taken.get(name) or ("", None)
            if fits is None:
                continue
            if not fits(value):
                wrong[name] = f"{name} must be {words}, not {_kind(value)}."
            elif isinstance(value, str):
                given.arguments[name] = storable(value)
        if wrong:
            raise InvalidInput(wrong)
        return verb(*given.args, **given.kwargs)

    return call


def _taken(annotation: Any) -> tuple[str, Callable[[object], bool]] | None:
    kinds = get_args(annotation)
    if NoneType not in kinds:
        return TAKEN.get(annotation)
    words, fits = TAKEN.get(next(kind for kind in kinds if kind is not NoneType), ("", None))
    return None if fits is None else (f"{words}, or None", lambda value: value is None or fits(value))


def _kind(value: object) -> str:
    # Not what it is: it may be a secret that was to be taken out.
    return "None" if value is None else f"a value of the type {type(value).__name__}"
