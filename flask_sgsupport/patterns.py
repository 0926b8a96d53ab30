"""Patterns that cannot hang: RE2 reads a text once, whatever the pattern, and no more of it than `STEPS` allows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

from .i18n import gettext as _

MAX_CHARS = 200
MAX_SIZE = 500
"""Instructions of a compiled pattern. Repetitions multiply them: ``.{500}`` is four thousand."""
STEPS = 10_000_000
"""A pattern costs at worst its size times the characters it reads; it reads so many that this is the most.

So a text as long as messages may be by default is read whole by every pattern, one of a million characters by those
that repeat nothing.
"""


def check_pattern(text: str) -> str:
    """The pattern, if it is one.

    :raises ValueError: with the sentence for its field.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(_("At most %(limit)s characters.", limit=MAX_CHARS))
    try:
        compiled = _compiled(text)
    except re2.error as error:
        raise ValueError(_("This is no pattern: %(why)s.", why=_why(error))) from None
    if compiled.programsize > MAX_SIZE:
        raise ValueError(_("This pattern is too large. Let it repeat less, or split it in two."))
    return text


def matches(pattern: str, text: str) -> bool:
    """Whether a checked pattern is found in the text, capital and small letters being the same."""
    compiled = _compiled(pattern)
    read = text[: STEPS // max(compiled.programsize, 1)]
    # As bytes: for a text the binding would count the characters before a hit.
    return compiled.search(read.encode(errors="replace")) is not None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = True
    return re2.compile(pattern, options)


def _why(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
