"""Read the audit log as the chain it is, and say where somebody changed the past, or the words kept beside it.

Entries and the end of their chain are read in one statement, so that what is written meanwhile is no gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import exists, select

from ..history import ENTRY, REDACTED, chained, text_digest
from ..i18n import gettext as _
from ..models import Event, EventChain, EventText, Ticket, table_of
from ..settings import state

BATCH = 200
RECENT = 200
"""Tickets whose history the health page looks through: those that changed last; as many changes of settings."""
_BIND = {"mapper": Ticket}
_ENTRIES = table_of(Event)
_WORDS = table_of(EventText)
_COLUMNS = [
    _ENTRIES.c.ticket_pk,
    _ENTRIES.c.digest,
    *(_ENTRIES.c[name] for name in ENTRY),
    *(_WORDS.c[name].label(f"text_{name}") for name in ("salt", "old", "new", "data")),
]
_CHAIN = table_of(EventChain)
_END = ("history_length", "history_digest")


def recent_gaps() -> list[str]:
    """What is wrong with the history of the tickets that changed last, and with the newest changes of settings."""
    newest = select(Ticket.pk).order_by(Ticket.updated_at.desc(), Ticket.pk.desc()).limit(RECENT)
    pks = list(state().db.session.scalars(newest))
    return [*gaps_of(pks), *_of_the_desk(RECENT)]


def all_gaps() -> Iterator[str]:
    """The same for every ticket and setting, batch by batch; takes as long as the log is."""
    after = 0
    while pks := list(
        state().db.session.scalars(select(Ticket.pk).where(Ticket.pk > after).order_by(Ticket.pk).limit(BATCH))
    ):
        yield from gaps_of(pks)
        after = pks[-1]
    yield from _of_the_desk(None)


def gaps_of(pks: Sequence[int]) -> Iterator[str]:
    """The same for the tickets of these keys."""
    session = state().db.session
    tickets = table_of(Ticket)
    wanted = (
        select(*_COLUMNS, tickets.c.ticket_id, *(tickets.c[name] for name in _END))
        .outerjoin_from(tickets, _ENTRIES, _ENTRIES.c.ticket_pk == tickets.c.pk)
        .outerjoin(_WORDS, _WORDS.c.digest == _ENTRIES.c.text_digest)
        .where(tickets.c.pk.in_(pks))
        .order_by(tickets.c.pk, _ENTRIES.c.pk)
    )
    found = session.execute(wanted, bind_arguments=_BIND).mappings()
    for ticket_id, rows in groupby(found, key=lambda row: row["ticket_id"]):
        entries = list(rows)
        length, digest = (entries[0][name] for name in _END)
        yield from _gaps(ticket_id, [entry for entry in entries if entry["n"]], length, digest)


def _of_the_desk(newest: int | None) -> Iterator[str]:
    session = state().db.session
    end = [select(_CHAIN.c[name]).limit(1).scalar_subquery().label(name) for name in _END]
    wanted = (
        select(*_COLUMNS, *end)
        .outerjoin_from(_ENTRIES, _WORDS, _WORDS.c.digest == _ENTRIES.c.text_digest)
        .where(_ENTRIES.c.ticket_pk.is_(None))
        .order_by(_ENTRIES.c.pk.desc())
        .limit(newest)
    )
    entries = list(reversed(session.execute(wanted, bind_arguments=_BIND).mappings().all()))
    if entries:
        length, digest = entries[0]["history_length"] or 0, entries[0]["history_digest"] or ""
    else:
        alone = select(*(_CHAIN.c[name] for name in _END)).where(~exists().where(_ENTRIES.c.ticket_pk.is_(None)))
        length, digest = session.execute(alone, bind_arguments=_BIND).first() or (0, "")
    n, before = 0, ""
    if newest is not None and len(entries) == newest:
        first = entries.pop(0)
        n, before = first["n"], first["digest"]
    yield from _gaps(_("settings"), entries, length, digest, n=n, before=before)


def _gaps(
    what: str, entries: Iterable[Mapping[Any, Any]], length: int, digest: str, *, n: int = 0, before: str = ""
) -> Iterator[str]:
    """The first place where the chain is broken, if it is.

    :param n: the place of the entry before the first of these, with its digest.
    """
    for entry in entries:
        n += 1
        if entry["n"] != n:
            yield _("%(what)s: entry %(n)s is missing", what=what, n=n)
            return
        before = chained(before, entry)
        if before != entry["digest"]:
            yield _("%(what)s: entry %(n)s was changed", what=what, n=n)
            return
        if not _words_stand(entry):
            yield _("%(what)s: the words of entry %(n)s were changed", what=what, n=n)
            return
    if (n, before) != (length, digest):
        yield _("%(what)s: %(n)s entries are left of %(length)s", what=what, n=n, length=length)


def _words_stand(entry: Mapping[Any, Any]) -> bool:
    """Whether the words of an entry are those it was written with, or say that something was taken out of them."""
    if entry["text_digest"] is None:
        return True
    salt, *words = (entry[f"text_{name}"] for name in ("salt", "old", "new", "data"))
    if not salt:
        return any(REDACTED in (word or "") for word in words)
    return bool(text_digest(salt, *words) == entry["text_digest"])
