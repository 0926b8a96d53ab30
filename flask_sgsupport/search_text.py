"""Text as it is searched: folded once in Python, so that every engine finds the same; and what a search asks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

MAX_CHARS = 100_000
"""So much of a message is searched: more than the longest has, unless folding made it longer."""
MAX_TERMS = 8
MAX_TYPED_CHARS = 400
"""So much of what was typed is searched for."""
WHOLE_BELOW = 3
"""Shorter words are found whole only: as beginnings they would find nearly everything."""
_NO_WORD = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W_]+")
_PART = re.compile(r"\S+")
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
"""Keyboards make them of the plain ones."""
_TERM = re.compile(r'"([^"]*)"?|([^\s"]+)')
_FIELD = re.compile(r'(?<![^\s"])(-?)([A-Za-z]+):(?:"([^"]*)"?|([^\s"]+))')
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0010ffff]")
"""Scripts that write no spaces between words, and what an engine may not know as a letter."""


def fold(text: str) -> str:
    """Lower case without accents, words separated by one space: ``Größe, TKT-2026`` becomes ``grosse tkt 2026``."""
    return _NO_WORD.sub(" ", text.lower() if text.isascii() else _plain(text)).strip()


def _plain(text: str) -> str:
    # Some letters are shown to be capitals only once they are taken apart, as those of mathematics.
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return "".join(char for char in apart if not unicodedata.combining(char))


def searched(subject: str, body: str, about: str = "") -> str:
    """What a message is found by: the words of its ticket's subject and its own, each with a space on either side.

    :param about: what the ticket is about in the host, where the message is its first.
    """
    said = f" {fold(about)}" if about else ""
    return f" {fold(subject)}{said} {fold(body)}"[:MAX_CHARS] + " "


def about_words(subjects: Iterable[tuple[str, str]]) -> str:
    """What a ticket's first message is found by as well, by reference and title of what it is about."""
    return " ".join(f"{title} {ref.partition(':')[2]}" for ref, title in subjects)


def words(query: str, most: int = MAX_TERMS) -> list[str]:
    """The folded words of a search, at most ``most``."""
    return fold(query[:MAX_TYPED_CHARS]).split()[:most]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a message must say: words that follow each other.

    :param whole: it ends with a whole word, as a phrase in quotes does; otherwise a longer word is found, too.
    """

    words: tuple[str, ...]
    whole: bool

    @property
    def begins_anywhere(self) -> bool:
        """Whether it is found inside of what has no spaces."""
        return _WITHOUT_SPACES.search(self.words[0]) is not None

    @property
    def ends_anywhere(self) -> bool:
        """Whether the last word may go on."""
        return not self.whole or _WITHOUT_SPACES.search(self.words[-1]) is not None

    @property
    def pattern(self) -> str:
        """What a text of `searched` that says it is LIKE. Folded words hold nothing that LIKE would read."""
        begin, end = "%" if self.begins_anywhere else "% ", "%" if self.ends_anywhere else " %"
        return begin + " ".join(self.words) + end

    @property
    def spaced(self) -> Sequence[str]:
        """Its words that an index of whole words knows."""
        return [word for word in self.words if not _WITHOUT_SPACES.search(word)]


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    :param cut: something was left out, since only so much is searched for at once.
    """

    terms: Sequence[Term]
    cut: bool = False


def read_query(typed: str) -> Query:
    """Read ``checkout "exact phrase"``: words, and phrases in quotes. Whatever is typed can be read."""
    text = typed.translate(_QUOTES)
    terms = list(dict.fromkeys(_terms(text[:MAX_TYPED_CHARS])))
    return Query(terms[:MAX_TERMS], cut=len(terms) > MAX_TERMS or len(text) > MAX_TYPED_CHARS)


def _terms(text: str) -> Iterator[Term]:
    for phrase, word in _TERM.findall(text):
        found = tuple(fold(phrase or word).split())
        if found:
            yield Term(found, whole=bool(phrase) or len(found[-1]) < WHOLE_BELOW)


def split_fields(typed: str, known: Collection[str], several: Collection[str] = ()) -> tuple[dict[str, str], str]:
    """Take ``field:value`` and ``field:"some value"`` out of what was typed; the last of a field counts.

    :param known: names of fields; of another name, or without a value, it stays among the words.
    :param several: those of which each counts, separated by commas; ``-field:value`` is among them as ``-value``.
    :return: values by name, and the words that are left.
    """
    fields: dict[str, str] = {}

    def take(match: re.Match[str]) -> str:
        name, value = match[2].lower(), " ".join((match[3] or match[4] or "").split())
        if name not in known or not value or (match[1] and name not in several):
            return match[0]
        said = match[1] + (value.replace(",", ",-") if match[1] else value)
        fields[name] = f"{fields[name]},{said}" if name in fields and name in several else said
        return " "

    rest = _FIELD.sub(take, typed.translate(_QUOTES))
    return fields, " ".join(rest.split())


def hits(text: str, terms: Collection[Term]) -> list[tuple[int, int]]:
    """Where a text says one of the terms: begin and end of each place, in order, none within another."""
    found: list[tuple[int, int]] = []
    words = list(_placed(text))
    # Most words of a long text are none of these: they are passed by before anything is compared with care.
    begins = tuple(term.words[0] for term in terms if not term.begins_anywhere)
    inside = [term.words[0][:1] for term in terms if term.begins_anywhere]
    place = 0
    while place < len(words):
        folded = words[place].folded
        if not folded.startswith(begins) and not any(letter in folded for letter in inside):
            place += 1
            continue
        said = [span for term in terms if (span := _said_at(words[place : place + len(term.words)], term))]
        if not said:
            place += 1
            continue
        begin, end = min(begin for begin, __ in said), max(end for __, end in said)
        found.append((begin, end))
        while place < len(words) and words[place].begin < end:
            place += 1
    return found


class _Word(NamedTuple):
    """A folded word and where it stands, as a whole and letter by letter."""

    folded: str
    letters: Sequence[int]
    end: int

    @property
    def begin(self) -> int:
        return self.letters[0]


def _said_at(words: Sequence[_Word], term: Term) -> tuple[int, int] | None:
    """Begin and end of the term, if these words say it."""
    if len(words) < len(term.words) or any(a.folded != b for a, b in zip(words[1:-1], term.words[1:-1], strict=False)):
        return None
    first, last, wanted = words[0], words[-1], term.words[-1]
    if len(words) == 1:
        at = first.folded.find(wanted) if term.begins_anywhere else 0
    else:
        at = len(first.folded) - len(term.words[0]) if term.begins_anywhere else 0
        if at < 0 or first.folded[at:] != term.words[0]:
            return None
    rest = last.folded[at:] if len(words) == 1 else last.folded
    if at < 0 or not rest.startswith(wanted) or (rest != wanted and not term.ends_anywhere):
        return None
    if _WITHOUT_SPACES.search(wanted):
        return first.letters[at], last.letters[(at if len(words) == 1 else 0) + len(wanted) - 1] + 1
    return first.letters[at], last.end


def _placed(text: str) -> Iterator[_Word]:
    """The folded words of a text."""
    for part in _PART.finditer(text):
        if part[0].isascii():
            for word in _WORD.finditer(part[0].lower()):
                begin, end = part.start() + word.start(), part.start() + word.end()
                yield _Word(word[0], range(begin, end), end)
        else:
            yield from _placed_letters(part[0], part.start())


def _placed_letters(part: str, start: int) -> Iterator[_Word]:
    word, letters, end = "", list[int](), 0
    for at, char in enumerate(part, start):
        folded = _fold_char(char)
        for letter in folded:
            if letter != " ":
                letters.append(at)
                word, end = word + letter, at + 1
            elif word:
                yield _Word(word, letters, end)
                word, letters = "", []
        if not folded and word:
            # An accent that is a character of its own.
            end = at + 1
    if word:
        yield _Word(word, letters, end)


@lru_cache(maxsize=4_096)
def _fold_char(char: str) -> str:
    return _NO_WORD.sub(" ", _plain(char))
