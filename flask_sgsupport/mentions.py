"""Who is called by ``@name`` in a note: a pure reading of the text against the names of agents.

An agent is called by the whole name, its words joined by dots (``@ada.lovelace``), or by its beginning where it is one
agent's only (``@ada``). Anything else behind an @ is text, as is an address, and what stands in code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .search_text import fold

_MENTION = re.compile(r"(?<![\w@./:+-])@([^\W_](?:[\w.-]*[^\W_])?)")
_CODE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)|`[^`\n]+`", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Called:
    """What a text says.

    :param keys: of the agents it calls, in their order, each once.
    :param unclear: what may be several agents, as it was typed, with the handles of these.
    """

    keys: Sequence[str]
    unclear: Mapping[str, Sequence[str]]


def handle_of(name: str) -> str:
    """How an agent of that name is called, without the @."""
    return ".".join(fold(name).split())


def called(text: str, names: Mapping[str, str]) -> Called:
    """Whom a text calls.

    :param names: of agents, by what they are known by.
    """
    handles = {key: handle_of(name) for key, name in names.items()}
    keys, unclear = dict[str, None](), dict[str, Sequence[str]]()
    for match in _MENTION.finditer(_CODE.sub(" ", text)):
        meant = _meant(match[1], handles)
        if len({handles[key] for key in meant}) > 1:
            unclear[match[1]] = sorted({handles[key] for key in meant})
        else:
            keys |= dict.fromkeys(meant)
    return Called(list(keys), unclear)


def finder(names: Mapping[str, str]) -> Callable[[str], Sequence[tuple[int, int]]]:
    """What finds the places in a text, begin and end of each, where one of these agents is called."""
    handles = {key: handle_of(name) for key, name in names.items()}

    def places(text: str) -> Sequence[tuple[int, int]]:
        found = ((match, _meant(match[1], handles)) for match in _MENTION.finditer(text))
        return [match.span() for match, meant in found if len({handles[key] for key in meant}) == 1]

    return places


def _meant(typed: str, handles: Mapping[str, str]) -> Sequence[str]:
    """Everybody whose name it is; else everybody whose name begins so. Two of one name are both meant."""
    word = handle_of(typed)
    if not word:
        return []
    exactly = [key for key, handle in handles.items() if handle == word]
    return exactly or [key for key, handle in handles.items() if handle.startswith(f"{word}.")]
