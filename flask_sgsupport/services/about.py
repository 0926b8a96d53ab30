"""What a ticket is about in the host: chosen by whoever opens it, and asked of the host before it is stored.

Nobody can name another account's thing: what counts is what the host's function answers for this person and account,
or what it answered when the form was shown and travels signed in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actors import Actor
from ..errors import InvalidInput
from ..hooks import Origin, Subject
from ..i18n import gettext as _
from ..models import Ticket, TicketSubject
from ..search_text import about_words
from ..settings import state
from ..snapshot import MAX_OFFERED, MAX_SUBJECTS, SUBJECTS, is_ref, read_ref
from ..stored_text import storable
from .capturing import Captured, Ref, subjects_of


def read_refs(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    """What was named, each once.

    :raises InvalidInput: more than a ticket can be about, or the app names nothing.
    """
    wanted = tuple(dict.fromkeys((storable(kind), storable(key)) for kind, key in refs))
    if len(wanted) > MAX_SUBJECTS:
        raise InvalidInput({SUBJECTS: _("A ticket is about %(most)s of these at most.", most=MAX_SUBJECTS)})
    if not all(is_ref(*one) for one in wanted):
        raise InvalidInput({SUBJECTS: _absent()})
    if wanted and state().hooks.subjects is None:
        raise InvalidInput({SUBJECTS: _("This app names nothing that a ticket could be about.")})
    return wanted


def chosen_of(captured: Captured, wanted: Sequence[Ref]) -> tuple[Subject, ...]:
    """Those of a context that was captured for them.

    :raises InvalidInput: one is not there, or not the account's.
    """
    found = {(one.kind, one.key): one for one in captured.subjects}
    if SUBJECTS not in captured.snapshot.unavailable:
        _refuse_absent(found, wanted)
    return tuple(found[ref] for ref in wanted if ref in found)


def chosen_again(
    actor: Actor, account_id: str, origin: Origin, captured: Captured, wanted: Sequence[Ref]
) -> tuple[Subject, ...]:
    """What the host says now of those that were chosen in a form; where it cannot, what it said in that form.

    :raises InvalidInput: one is not there, or not the account's.
    """
    if not wanted:
        return ()
    now, failure = subjects_of(actor, account_id, origin, wanted)
    if failure is None:
        found = {(one.kind, one.key): one for one in now}
        _refuse_absent(found, wanted)
    else:
        found = {(one.kind, one.key): one for one in captured.subjects}
    return tuple(found[ref] for ref in wanted if ref in found)


def with_linked(actor: Actor, origin: Origin, captured: Captured, refs: Sequence[str]) -> Captured:
    """A context whose form also offers what the link that led to it names, where that is there and the account's."""
    offered = {one.ref for one in captured.subjects}
    missing = [read_ref(ref) for ref in refs if ref not in offered and is_ref(*read_ref(ref))]
    if not missing:
        return captured
    found, __ = subjects_of(actor, str(actor.account_id), origin, missing)
    return replace(captured, subjects=(*found, *captured.subjects)[:MAX_OFFERED])


def _refuse_absent(found: Iterable[Ref], wanted: Sequence[Ref]) -> None:
    if set(wanted) - set(found):
        raise InvalidInput({SUBJECTS: _absent()})


def _absent() -> str:
    return _("One of these is gone, or does not belong to this account. Choose again.")


def words_of(subjects: Sequence[Subject]) -> str:
    """What the first message of their ticket is found by as well."""
    return about_words([(one.ref, one.title) for one in subjects])


def rows_of(ticket: Ticket, subjects: Sequence[Subject]) -> Iterator[TicketSubject]:
    """As they are stored."""
    for position, one in enumerate(subjects):
        yield TicketSubject(ticket_pk=ticket.pk, position=position, ref=one.ref, title=one.title, url=one.url)


def subjects_on(session: Session, ticket: Ticket) -> Iterator[Subject]:
    """What a ticket is about in the host, as it was stored."""
    row = TicketSubject
    wanted = select(row.ref, row.title, row.url).where(row.ticket_pk == ticket.pk).order_by(row.position)
    for ref, title, url in session.execute(wanted, bind_arguments={"mapper": Ticket}):
        yield Subject(*read_ref(ref), title, url)
