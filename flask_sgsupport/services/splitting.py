"""Make a ticket of its own of what a customer wrote: the message is copied, and stays where it was written.

Words and files are read before the unit of work, since routing is asked about the words and files are stored ahead of
it; within it they are compared with what stands there under the lock of the ticket. Whoever redacts or hides either
came before, and is seen, or comes after, and finds the copy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import IO, Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..actors import Actor, Person, Right
from ..errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from ..hooks import Draft, Routed, Subject
from ..i18n import gettext as _
from ..lifecycle import Act, decide, why_not_split
from ..models import Attachment, ContextSnapshot, Message, PersonRecord, Queue, Ticket, TicketSite
from ..permissions import require, visible_to
from ..settings import state
from ..snapshot import decode
from ..stored_text import storable
from .about import subjects_on
from .attaching import TakenFile, Upload, stored
from .capturing import Captured
from .conversation import Said, message_of, say_once
from .deciding import Decided, ask_routing
from .foreseeing import foresee
from .holding import touch
from .limiting import OPENS
from .linking import link_new
from .new_ticket import New
from .opening import Opened, ask_about_routed, open_new, wrong_subject
from .standing import asked_of
from .transaction import read_before
from .unit import Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.splitting")


def split_off(
    ticket_id: str,
    actor: Actor,
    message_key: str,
    *,
    subject: str,
    queue: str = "",
    form: str | None = None,
    seen: int | None = None,
) -> Opened:
    """Make a ticket of its own of one message of a customer; it stays here as well.

    The new ticket is of the same account and about the same sites and things of the host; its requester is who wrote
    the message, who is told. Both tickets say so, and are linked as related. Rule K2.

    :param queue: key of an active queue; empty leaves it to routing and rules.
    :param form: random text of the form; the same form makes one ticket however often it is sent.
    :param seen: how many tickets the person saw that were made of this message; ``None`` asks nothing.
    :raises NotFound: no such ticket or message for this actor.
    :raises InvalidInput: field ``subject``, ``queue`` or ``files``; or ``message``: a customer did not write it.
    :raises NotAllowed: neither its author nor the requester has support access in the account any more.
    :raises TransitionRefused: it waits in Spam / Filtered, or has too many links.
    :raises StaleTicket: somebody has changed the message or what its ticket is about, or split it off, since.
    """
    subject = " ".join(storable(subject).split())
    wrong = wrong_subject(subject)
    original = read_before(actor, lambda session: _read(session, actor, ticket_id, message_key))
    requester = _requester(original)
    with _copied(original.files, wrong) as taken:
        new = _planned(actor, original, requester, subject, queue)
        new = replace(new, files=tuple(taken), form=form)

        def write(unit: Unit) -> Said:
            loaded = load(unit, ticket_id)
            require(actor, Right.HANDLE)
            decide(Act.SPLIT, loaded.facts(unit), actor)
            message = message_of(unit, loaded.ticket, message_key)
            _check_unchanged(unit, original, loaded, message)
            _check_seen(unit, message, seen)
            _check_queue(unit, queue)
            said = open_new(unit, replace(new, copies=message))
            made = unit.session.scalars(select(Ticket).where(Ticket.ticket_id == said.ticket_id)).one()
            touch(unit, loaded)
            unit.record(loaded.ticket, "ticket.split_off", new=said.ticket_id, message=message.key)
            link_new(unit, loaded, made)
            return said

        sent = ("split", ticket_id, message_key, subject, queue)
        said = say_once(actor, write, *sent, limit=OPENS, form=form, files=taken)
    return Opened(said.ticket_id, said.message)


@dataclass(frozen=True, slots=True)
class _Original:
    """The message and what a ticket made of it takes over, as they stood before the unit of work."""

    ticket_id: str
    account_id: str
    account_name: str
    plan: str
    body: str
    authors: Sequence[str]
    """The host's ids of whose ticket it may be, the first who has access."""
    files: Sequence[tuple[str, str]]
    """Names and storage keys."""
    sites: Sequence[tuple[str, str]]
    subjects: Sequence[Subject]
    """What it is about in the host."""
    context: str | None


def _read(session: Session, actor: Actor, ticket_id: str, message_key: str) -> _Original:
    ticket = session.scalar(select(Ticket).where(Ticket.ticket_id == ticket_id, visible_to(actor)))
    if ticket is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    found = session.execute(
        select(Message.pk, Message.body, Message.kind, Message.public, Message.side, PersonRecord.host_id)
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(Message.key == message_key, Message.ticket_pk == ticket.pk)
    ).first()
    if found is None:
        raise NotFound(_("There is no such message."))
    _check_kind(found.kind, public=found.public)
    wrote = [found.host_id] if found.side != "agent" and found.host_id else []
    sites = select(TicketSite.site_id, TicketSite.name).where(TicketSite.ticket_pk == ticket.pk)
    return _Original(
        ticket_id=ticket.ticket_id,
        account_id=ticket.account_id,
        account_name=ticket.account_name,
        plan=ticket.plan,
        body=found.body,
        authors=[*wrote, ticket.requester_id],
        files=_files_of(session, found.pk),
        sites=[(one, name) for one, name in session.execute(sites.order_by(TicketSite.position))],
        subjects=tuple(subjects_on(session, ticket)),
        context=session.scalar(select(ContextSnapshot.body).where(ContextSnapshot.ticket_pk == ticket.pk)),
    )


def _check_kind(kind: str, *, public: bool) -> None:
    if refusal := why_not_split(kind, public=public):
        raise InvalidInput({"message": refusal})


def _files_of(session: Session, message_pk: int) -> list[tuple[str, str]]:
    """Those that are still there, redacted ones have no bytes."""
    wanted = select(Attachment.name, Attachment.storage_key).where(Attachment.message_pk == message_pk)
    wanted = wanted.where(Attachment.storage_key.is_not(None)).order_by(Attachment.pk)
    return [(name, str(key)) for name, key in session.execute(wanted)]


def _requester(original: _Original) -> Person:
    """Who wrote it, or the ticket's requester where that person has no access any more."""
    name = ""
    for host_id in dict.fromkeys(original.authors):
        person: Person | None = asked_of(state().hooks.directory.person, host_id)
        membership = person.membership(original.account_id) if person else None
        if person is not None and person.active and membership is not None and membership.may_use_support:
            return person
        name = name or (person.display_name if person else "")
    raise NotAllowed(_("%(name)s has no access to support in this account.", name=name or _("Whoever wrote it")))


@contextmanager
def _copied(files: Sequence[tuple[str, str]], wrong: dict[str, str]) -> Iterator[list[TakenFile]]:
    """Each file once more under a key of its own, so that either ticket loses its file without the other's."""
    with ExitStack() as opened:
        uploads = [] if wrong else [Upload(name, opened.enter_context(_open(name, key))) for name, key in files]
        with stored(uploads, wrong) as taken:
            yield taken


def _open(name: str, key: str) -> IO[bytes]:
    try:
        return cast(IO[bytes], state().storage.open(key))
    except Exception as error:
        # A storage of the app's own may say it in any way.
        log.exception("A file could not be read")
        raise InvalidInput({"files": _("%(name)s could not be read. Try again later.", name=name)}) from error


def _planned(actor: Actor, original: _Original, requester: Person, subject: str, queue: str) -> New:
    draft = Draft(
        account_id=original.account_id,
        account_name=original.account_name,
        plan=original.plan,
        requester=requester,
        subject=subject,
        body=original.body,
        channel=str(actor.via),
        category=None,
        site_ids=tuple(site_id for site_id, __ in original.sites),
        subjects=tuple(original.subjects),
    )
    decided = Decided(Routed(queue=queue)) if queue else ask_routing(actor, draft)
    foreseen = foresee(draft, original.sites)
    taken_over = {"code": "taken_over", "ticket": original.ticket_id}
    context = original.context
    return New(
        draft,
        original.sites,
        decided,
        files=(),
        form=None,
        captured=Captured(decode(context), context, taken_over) if context else None,
        split_from=original.ticket_id,
        chosen_by=actor.name if queue else "",
        standings=ask_about_routed(decided, foreseen),
        foreseen=foreseen,
    )


def _check_unchanged(unit: Unit, original: _Original, loaded: Loaded, message: Message) -> None:
    _check_kind(message.kind, public=message.public)
    same = message.body == original.body and [*loaded.subjects] == [*original.subjects]
    if not same or _files_of(unit.session, message.pk) != [*original.files]:
        raise StaleTicket(_("Somebody has just changed this message. Look again, then decide."))


def _check_seen(unit: Unit, message: Message, seen: int | None) -> None:
    made = unit.session.scalars(made_of(message.key)).all()
    if seen is not None and len(made) > seen:
        raise StaleTicket(_("%(ticket)s was made of this message in the meantime.", ticket=made[-1]))


def made_of(message_key: str) -> Any:
    """The numbers of the tickets that were made of a message."""
    wanted = select(Ticket.ticket_id).join(Message, Message.ticket_pk == Ticket.pk)
    return wanted.where(Message.copy_of == message_key).order_by(Ticket.pk)


def _check_queue(unit: Unit, queue: str) -> None:
    there = select(Queue.pk).where(Queue.key == queue, Queue.active.is_(True))
    if queue and unit.session.scalar(there) is None:
        raise InvalidInput({"queue": _("This queue is not in use. Choose another.")})
