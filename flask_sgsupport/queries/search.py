"""Tickets found by what their messages say: one interface, and each engine's full-text index behind it.

The index narrows: it knows words and beginnings of words. What it cannot know, the order of words in a phrase and on
MariaDB words that are too short or too common, the text decides. So every engine finds the same. Where no word is left
to the index, the newest messages are looked through, and `looks_through` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, column, false, func, literal_column, select, table
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import aliased

from ..actors import Actor
from ..i18n import format_number
from ..i18n import gettext as _
from ..models import Message, Ticket, table_of
from ..models.search_index import FTS, TABLE, VECTOR, can_index, has_index, index_found
from ..models.searched import count_not_found
from ..permissions import messages_visible_to
from ..search_text import Query
from ..settings import state
from .choices import BIND

_SAID = aliased(Message)

SEARCH_WINDOW = 20_000
"""So many of the newest messages that may say the words are looked at, and of all where no index helps."""

STOP_WORDS = frozenset(
    ("a", "about", "an", "are", "as", "at", "be", "by", "com", "de", "en", "for", "from", "how", "i", "in", "is", "it",
     "la", "of", "on", "or", "that", "the", "this", "to", "was", "what", "when", "where", "who", "will", "with", "und",
     "www")
)  # fmt: skip
"""Words MariaDB keeps out of its index."""
_MARIADB_CHARS = range(3, 85)
"""How long the words of its index are."""

_Narrowed = Callable[[Select[Any], Sequence[tuple[str, bool]]], Select[Any]]


def found_by(actor: Actor, query: Query) -> ColumnElement[bool]:
    """The condition on `Ticket`: a message that this actor may read says all of it, of itself or in the subject."""
    if not query.terms:
        return false()
    said = select(Message.ticket_pk).where(messages_visible_to(actor), *_decided_by_text(query))
    if words := _left_to_the_index(query):
        said = _NARROWED[_dialect()](said, words).limit(SEARCH_WINDOW)
    else:
        said = said.where(Message.pk > select(func.max(Message.pk)).scalar_subquery() - SEARCH_WINDOW)
    newest = said.subquery()
    return Ticket.pk.in_(select(newest.c.ticket_pk))


def newest_hit(actor: Actor, query: Query) -> Any:
    """A column on `Ticket`: the newest of its messages by which it was found."""
    wanted = select(_SAID.pk).where(_SAID.ticket_pk == Ticket.pk, messages_visible_to(actor, _SAID))
    wanted = wanted.where(*(_SAID.searched.like(term.pattern) for term in query.terms))
    return wanted.order_by(_SAID.pk.desc()).limit(1).correlate(Ticket).scalar_subquery()


def looks_through(query: Query) -> bool:
    """Whether the newest messages are looked through, since no word of it is in an index."""
    return bool(query.terms) and not _left_to_the_index(query)


def search_complaints() -> list[str]:
    """What keeps messages from being found, a sentence each, with what to do; in one statement where all is well."""
    connection = state().db.session.connection(bind_arguments=BIND)
    wanted = select(index_found(connection), count_not_found())
    indexed, waiting = state().db.session.execute(wanted, bind_arguments=BIND).one()
    said = []
    if not indexed:
        looked_through = _(
            "The full-text index is missing, so a search looks through the newest %(count)s messages only.",
            count=format_number(SEARCH_WINDOW),
        )
        upgrade = _("Run: flask support db upgrade")
        mended = upgrade if can_index(connection) else _("This SQLite has no FTS5; take one that has it.")
        said.append(f"{looked_through} {mended}")
    if waiting:
        said.append(_("Older messages are not found yet. A worker takes them in; or run: flask support worker --once"))
    return said


def _left_to_the_index(query: Query) -> Sequence[tuple[str, bool]]:
    """Words with whether they are whole ones; none where there is no index."""
    if not _has_index():
        return ()
    known = _IN_INDEX.get(_dialect(), lambda word: True)
    return [
        (word, term.whole or place < len(term.words))
        for term in query.terms
        for place, word in enumerate(term.words, 1)
        if word in term.spaced and known(word)
    ]


def _decided_by_text(query: Query) -> list[ColumnElement[bool]]:
    words = _left_to_the_index(query)
    terms = [term for term in query.terms if len(term.words) > 1 or (term.words[0], term.whole) not in words]
    return [Message.searched.like(term.pattern) for term in terms]


def _has_index() -> bool:
    """Asked until it is there: whoever upgrades the tables need not start the app anew."""
    host = state()
    if not host.has_search_index:
        host.has_search_index = has_index(host.db.session.connection(bind_arguments=BIND))
    return host.has_search_index


def _dialect() -> str:
    name: str = state().db.session.get_bind(mapper=Ticket).dialect.name
    return "mariadb" if name == "mysql" else name


def _by_fts5(said: Select[Any], words: Sequence[tuple[str, bool]]) -> Select[Any]:
    index = table(FTS, column("rowid"))
    asked = " ".join(f'"{word}"' + ("" if whole else "*") for word, whole in words)
    said = said.join_from(index, Message, Message.pk == index.c.rowid).where(literal_column(FTS).op("MATCH")(asked))
    return said.order_by(index.c.rowid.desc())


def _by_tsvector(said: Select[Any], words: Sequence[tuple[str, bool]]) -> Select[Any]:
    asked = " & ".join(f"'{word}'" + ("" if whole else ":*") for word, whole in words)
    vector: ColumnElement[Any] = literal_column(f"{TABLE}.{VECTOR}")
    return said.where(vector.op("@@")(func.to_tsquery(literal_column("'simple'"), asked))).order_by(Message.pk.desc())


def _by_fulltext(said: Select[Any], words: Sequence[tuple[str, bool]]) -> Select[Any]:
    asked = " ".join(f"+{word}" + ("" if whole else "*") for word, whole in words)
    return said.where(mysql.match(table_of(Message).c.searched, against=asked).in_boolean_mode()).order_by(
        Message.pk.desc()
    )


_NARROWED: Mapping[str, _Narrowed] = {"sqlite": _by_fts5, "postgresql": _by_tsvector, "mariadb": _by_fulltext}
_IN_INDEX: Mapping[str, Callable[[str], bool]] = {
    "mariadb": lambda word: len(word) in _MARIADB_CHARS and word not in STOP_WORDS,
}
