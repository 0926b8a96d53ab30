"""Keep what an agent has typed and not sent, apart for each form of each ticket.

A draft is its writer's. It is no part of the ticket: keeping one changes neither its version nor its times, tells
nobody, and stands in no history. Of two windows the later writes over the other only where it has seen what stands
there; otherwise it is told, and both texts are kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select

from ..actors import Actor, Right, clock_actor
from ..errors import InvalidInput, NotAllowed, NotFound, StaleTicket
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Draft, Message, Ticket
from ..permissions import drafts_of, require, visible_to
from ..settings import state
from ..stored_text import storable
from .attaching import TakenFile
from .host_session import after_commit
from .transaction import form_key, run
from .unit import Loaded, Unit

KINDS = ("reply", "note")
REPLY = "reply"
TIDIED_A_TURN = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A draft as it was kept.

    :param version: of the draft; 0 where there is none now.
    """

    version: int
    at: datetime


def save_draft(ticket_id: str, actor: Actor, kind: str, *, body: str, seen: int = 0, form: str | None = None) -> Kept:
    """Keep the text of a form; an empty one is no draft.

    :param kind: ``reply`` or ``note``.
    :param seen: the version of the draft the person saw, 0 for none.
    :param form: random text of the form: what was sent from it meanwhile is not kept once more.
    :raises InvalidInput: it is longer than any message may be.
    :raises StaleTicket: another window has kept another text since, which is left as it is.
    """
    limit = state().settings.max_body_chars
    if kind not in KINDS:
        raise InvalidInput({"kind": _("There is no such field.")})
    if len(body) > limit:
        sentence = _("This text has %(count)s characters; %(limit)s is the most.", count=len(body), limit=limit)
        raise InvalidInput({"body": sentence})

    def write(unit: Unit) -> Kept:
        ticket_pk = _reach(unit, ticket_id)
        if form and unit.session.scalar(select(Message.pk).where(Message.form_key == form_key(actor, form))):
            return Kept(0, unit.now)
        draft = draft_for_writing(unit, ticket_pk, kind)
        if draft is None or draft.send_at is not None or not storable(body).startswith(draft.body):
            # What begins with what stands there takes nothing away.
            check_unseen(unit, draft, seen=seen, form=form)
        if not body.strip():
            _drop(unit, draft)
            return Kept(0, unit.now)
        if draft is None:
            draft = new_draft(unit, ticket_pk, kind)
        elif draft.body == storable(body):
            return Kept(draft.version, draft.saved_at)
        keep_text(unit, draft, body=body, form=form)
        return Kept(draft.version, draft.saved_at)

    return run(actor, write)


def discard_draft(ticket_id: str, actor: Actor, kind: str, *, seen: int) -> None:
    """Throw a draft away, with the files that were sent with it; one that is gone is gone.

    :raises StaleTicket: another window has kept another text since, which is left as it is.
    """

    def write(unit: Unit) -> None:
        draft = draft_for_writing(unit, _reach(unit, ticket_id), kind)
        check_unseen(unit, draft, seen=seen, form=None)
        _drop(unit, draft)

    run(actor, write)


def forget_draft(unit: Unit, loaded: Loaded, kind: str, *, form: str | None, seen: int) -> None:
    """What was a draft is being sent; one that another window keeps unseen stays."""
    own = and_(Draft.ticket_pk == loaded.ticket.pk, Draft.kind == kind, drafts_of(unit.actor), Draft.send_at.is_(None))
    gone = delete(Draft).where(own, _is_known(unit.actor, form, seen))
    unit.session.execute(gone, execution_options={"synchronize_session": False})


def forget_old_drafts(now: datetime) -> int:
    """Forget drafts that nobody has touched for as long as they are kept, a bounded number; how many."""
    old = Draft.saved_at < now - timedelta(days=state().settings.drafts_kept_days)
    wanted = select(Draft.pk).where(old, Draft.send_at.is_(None)).order_by(Draft.saved_at).limit(TIDIED_A_TURN)
    pks = list(state().db.session.scalars(wanted))

    def write(unit: Unit) -> None:
        # Asked again: one that was touched meanwhile is kept.
        gone = delete(Draft).where(Draft.pk.in_(pks), old, Draft.send_at.is_(None))
        unit.session.execute(gone, execution_options={"synchronize_session": False})

    if pks:
        run(clock_actor(), write)
    return len(pks)


def draft_for_writing(unit: Unit, ticket_pk: int, kind: str) -> Draft | None:
    """The actor's draft, locked; its ticket is locked already."""
    own = select(Draft).where(Draft.ticket_pk == ticket_pk, Draft.kind == kind, drafts_of(unit.actor))
    draft: Draft | None = unit.session.scalar(own.with_for_update().execution_options(populate_existing=True))
    return draft


def check_unseen(unit: Unit, draft: Draft | None, *, seen: int, form: str | None) -> None:
    """Refuse to touch a draft that another window has kept since, or that is being sent.

    :raises StaleTicket: its sentence says when.
    """
    if draft is None:
        return
    if draft.send_at is not None:
        raise StaleTicket(_("A reply of yours to this ticket is just being sent. Undo it, or write on after it."))
    if draft.version != seen and (form is None or draft.form_key != form_key(unit.actor, form)):
        when = format_near(draft.saved_at, unit.now)
        raise StaleTicket(
            _("This draft was changed in another window at %(when)s. Both texts are kept; choose one.", when=when)
        )


def new_draft(unit: Unit, ticket_pk: int, kind: str) -> Draft:
    """An empty draft of the actor's, added to the session.

    :raises NotAllowed: while somebody else acts for them.
    """
    person = unit.actor.person
    if person is None or person.acting is not None:
        raise NotAllowed(_("Whoever acts as somebody else keeps no drafts in their name."))
    draft = Draft(ticket_pk=ticket_pk, host_id=person.id, kind=kind, version=0)
    unit.session.add(draft)
    return draft


def keep_text(unit: Unit, draft: Draft, *, body: str, form: str | None) -> None:
    """Write a text into a draft; why an earlier one was not sent is told no more."""
    draft.body, draft.form_key = storable(body), form_key(unit.actor, form)
    draft.version, draft.saved_at, draft.unsent = draft.version + 1, unit.now, None


def files_in(draft: Draft | None) -> dict[str, TakenFile]:
    """The files that lie in the storage for a draft, by their keys."""
    found = json.loads(draft.files or "{}") if draft is not None else {}
    return {key: TakenFile(**file) for key, file in found.items()}


def _reach(unit: Unit, ticket_id: str) -> int:
    """The key of a ticket the actor may answer, locked, so that what is sent meanwhile is seen.

    :raises NotFound: not there, or not for this actor.
    """
    require(unit.actor, Right.HANDLE)
    wanted = select(Ticket.pk).where(Ticket.ticket_id == ticket_id, visible_to(unit.actor)).with_for_update()
    pk: int | None = unit.session.scalar(wanted)
    if pk is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    return pk


def _is_known(actor: Actor, form: str | None, seen: int) -> ColumnElement[bool]:
    key = form_key(actor, form)
    return Draft.version == seen if key is None else or_(Draft.version == seen, Draft.form_key == key)


def _drop(unit: Unit, draft: Draft | None) -> None:
    if draft is None:
        return
    for file in files_in(draft).values():
        after_commit(unit.session, partial(_remove, unit.host.storage, file.storage_key))
    unit.session.delete(draft)


def _remove(storage: Any, key: str) -> None:
    storage.delete(key)
