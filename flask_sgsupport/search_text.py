"""Text as it is searched: folded once in Python, so that every engine finds the same."""

from __future__ import annotations

import re
import unicodedata

_NO_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Lower case without accents, words separated by one space: ``Größe, TKT-2026`` becomes ``grosse tkt 2026``."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return _NO_WORD.sub(" ", plain).strip()


def words(query: str, most: int = 8) -> list[str]:
    """The folded words of a search, at most ``most``."""
    return fold(query[:400]).split()[:most]
