"""Read the audit log as the chain it is, and say where somebody changed the past, or the words kept beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select

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
_READ = select(*_COLUMNS).outerjoin_from(_ENTRIES, _WORDS, _WORDS.c.digest == _ENTRIES.c.text_digest)


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
    entries = session.execute(
        _READ.where(Event.ticket_pk.in_(pks)).order_by(Event.ticket_pk, Event.pk), bind_arguments=_BIND
    ).mappings()
    found = {pk: list(rows) for pk, rows in groupby(entries, key=lambda row: row["ticket_pk"])}
    ends = select(Ticket.pk, Ticket.ticket_id, Ticket.history_length, Ticket.history_digest).where(Ticket.pk.in_(pks))
    for pk, ticket_id, length, digest in session.execute(ends):
        yield from _gaps(ticket_id, found.get(pk, []), length, digest)


def _of_the_desk(newest: int | None) -> Iterator[str]:
    session = state().db.session
    wanted = _READ.where(Event.ticket_pk.is_(None)).order_by(Event.pk.desc()).limit(newest)
    entries = list(reversed(session.execute(wanted, bind_arguments=_BIND).mappings().all()))
    chain = session.execute(select(EventChain.history_length, EventChain.history_digest)).first()
    length, digest = chain or (0, "")
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
