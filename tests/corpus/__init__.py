"""Hostile input, a list of texts a file: what has broken help desks, mail programs and web pages elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

FOLDER = Path(__file__).parent


def load(name: str) -> list[str]:
    """The texts of a file by its name without ending."""
    found: list[str] = json.loads((FOLDER / f"{name}.json").read_text("ascii"))
    return found


def lines(texts: Sequence[str], *, most: int, between: str = " | ") -> Iterator[str]:
    """The texts joined to few lines of at most so many characters; one that is longer is cut."""
    line = ""
    for text in texts:
        piece = text[:most]
        if line and len(line) + len(between) + len(piece) > most:
            yield line
            line = ""
        line = f"{line}{between}{piece}" if line else piece
    if line:
        yield line
