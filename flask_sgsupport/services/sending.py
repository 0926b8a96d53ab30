"""Send a reply so that it can be taken back for some seconds: until then it is a draft with a moment to be sent at.

Nothing of it is shown, told or done before that moment, the status and the assignee sent with it included. A worker
then sends it as its author does, with the rights and guards of that moment; what is refused is a draft again, with
the reason, and its author is told. It is sent once: the unit of work that writes the message takes the draft away,
and finds nothing to take where another worker, or the author, was faster. Without a worker it is sent at once.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ScalarSelect, delete, exists, select, update
from sqlalchemy.orm import Session

from ..actors import Actor, Person, Via, clock_actor
from ..errors import Busy, InvalidInput, NotAllowed, NotReady, SupportError, TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Status
from ..macros import Use
from ..models import Draft, Message, Ticket
from ..models.beating import worker_seen
from ..notifications import People, Recipient, plan
from ..permissions import agent_actors, agent_select, drafts_of, visible_to
from ..settings import state
from ..stored_text import storable
from .attaching import TakenFile, Upload, claim_folder, counting_files, sent_again, stored
from .audience import switched_off
from .conversation import Said, once_of, refuse_same, wrong_body
from .drafting import REPLY, check_unseen, draft_for_writing, files_in, forget_draft, keep_text, new_draft
from .failing import is_of_the_moment
from .replying import Answer, decide_on, give_answer, load_for
from .transaction import Once, read_before, run
from .unit import Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.sending")

MOST = 50
"""Replies sent in one turn of a worker."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reply that goes out at a moment, and can be taken back until then.

    :param again: an earlier sending of its form put it off.
    """

    ticket_id: str
    send_at: datetime
    again: bool = field(default=False, compare=False)


class NotAsRead(SupportError):
    """It does not wait to be sent any more as it was read: it was sent or taken back, or a secret was taken out."""


def send(
    ticket_id: str,
    actor: Actor,
    answer: Answer,
    *,
    files: Sequence[Upload] = (),
    kept: Sequence[str] = (),
    seen: int | None = None,
    shown: Mapping[str, Sequence[str]] | None = None,
    at_once: bool = False,
) -> Said | Waiting:
    """Send a reply in some seconds, or at once where it cannot be taken back; raises as `replying.reply`.

    :param kept: keys of files that lie with the draft and go along.
    :param seen: the version of the draft the form showed or began to keep; ``None`` where it did neither.
    :param at_once: its form did not say that it can be taken back.
    :param shown: fields of the form that stand there again when it is taken back.
    :raises StaleTicket: also where another window keeps another draft, or a reply of theirs is just being sent.
    """
    answer = replace(answer.read(), form=answer.form or secrets.token_urlsafe(16))
    lying = _lying(ticket_id, actor, kept if seen is not None else ())
    most = state().settings.max_files_per_message
    if lying and len(files) + len(lying) > most:
        count = len(files) + len(lying)
        sentence = _("At most %(limit)s files go with one message; these were %(count)s.", limit=most, count=count)
        raise InvalidInput({"files": sentence})
    with stored(files, wrong_body(answer.body)) as taken:
        if not at_once and _can_be_taken_back(actor):
            return _put_off(ticket_id, actor, answer, taken, lying, seen=seen or 0, shown=shown or {})
        claims = partial(_take_up, answer=answer, lying=lying, seen=seen)
        return give_answer(ticket_id, actor, answer, taken, lying=list(lying.values()), claims=claims)


def undo_send(ticket_id: str, actor: Actor, *, reply: str = "") -> None:
    """Take a reply back before it goes out: it is a draft again, text, files and all.

    :param reply: the key of its form; with it a second press finds done what the first did.
    :raises TransitionRefused: it has gone out, or its draft is there no more.
    """

    def write(unit: Unit) -> None:
        here = select(Ticket.pk).where(Ticket.ticket_id == ticket_id, visible_to(actor)).scalar_subquery()
        back = update(Draft).where(
            drafts_of(actor), Draft.ticket_pk == here, Draft.kind == REPLY, Draft.send_at.is_not(None)
        )
        back = back.values(send_at=None, version=Draft.version + 1, form_key=None, saved_at=unit.now)
        if not _changed(unit, back) and not _came_back(unit, here, reply):
            raise TransitionRefused(_("It is too late to undo this: look whether your reply is there."))

    run(actor, write)


def _came_back(unit: Unit, here: ScalarSelect[int], reply: str) -> bool:
    """Whether this reply of theirs is a draft again, and never went out."""
    draft = exists().where(drafts_of(unit.actor), Draft.ticket_pk == here, Draft.kind == REPLY, Draft.send_at.is_(None))
    gone_out = exists().where(Message.form_key == reply)
    return bool(reply) and bool(unit.session.scalar(select(draft & ~gone_out)))


def send_due() -> bool:
    """Send the replies whose moment has come, each in a unit of work of its own; whether more are waiting."""
    wanted = select(Draft, Ticket.ticket_id).join(Ticket, Ticket.pk == Draft.ticket_pk)
    due = wanted.where(Draft.send_at <= state().now()).order_by(Draft.send_at, Draft.pk).limit(MOST)
    # Read as values: each of them ends the transaction they were read in.
    waiting = [_Due.of(draft, ticket_id) for draft, ticket_id in state().db.session.execute(due).all()]
    state().db.session.rollback()
    done = sum(_send_one(one) for one in waiting)
    return len(waiting) == MOST and done > 0


@dataclass(frozen=True, slots=True)
class _Due:
    """A draft whose moment has come, as it was read."""

    pk: int
    key: str | None
    version: int
    ticket_id: str
    host_id: str
    answer: Answer
    files: Sequence[TakenFile]

    @classmethod
    def of(cls, draft: Draft, ticket_id: str) -> _Due:
        answer = _read(draft.sends or "{}", draft.body)
        files = list(files_in(draft).values())
        return cls(draft.pk, draft.form_key, draft.version, ticket_id, draft.host_id, answer, files)


def _send_one(due: _Due) -> bool:
    """Whether it is seen to: sent, or a draft again."""

    def give() -> None:
        author = author_of_now(due.host_id)
        give_answer(due.ticket_id, author, due.answer, (), lying=due.files, claims=partial(_claim, due))

    return seen_to(due.ticket_id, give, partial(_put_back, due))


def seen_to(ticket_id: str, give: Callable[[], None], refuse: Callable[[SupportError | None], bool]) -> bool:
    """Send a reply that waited, in a unit of work of its own; whether it is seen to: sent, or refused with a reason.

    :param give: sends it; raises `NotAsRead` where it is to wait for another turn, or for none.
    :param refuse: writes down what refused it, ``None`` for an error that the log tells; whether it could.
    """
    try:
        give()
    except NotAsRead:
        return False
    except (Busy, NotReady) as error:
        log.warning("A reply to %s could not be sent now: %s", ticket_id, error)
        return False
    except SupportError as error:
        return refuse(error)
    except Exception as error:
        if is_of_the_moment(error):
            raise
        # One that can never be sent must not keep the others from going out.
        state().db.session.rollback()
        log.exception("A reply to %s could not be sent", ticket_id)
        return refuse(None)
    return True


def author_of_now(host_id: str) -> Actor:
    """Whoever wrote it, with the rights of now.

    :raises NotAllowed: they are gone.
    """
    host = state()
    person: Person | None = host.hooks.directory.person(host_id)
    if person is None or not person.active:
        raise NotAllowed(_("Whoever wrote it is gone."))
    rows = host.db.session.execute(agent_select([host_id])).all()
    found = agent_actors([(row[0], row[1]) for row in rows], {host_id: person}, Via.INBOX, host.hooks.permission)
    return replace(found[host_id], request_id=secrets.token_hex(8))


def _claim(due: _Due, unit: Unit, loaded: Loaded) -> None:
    """Take the draft away, in the unit of work that writes the message: of several workers one finds it there."""
    if not _changed(unit, delete(Draft).where(*_waits(due))):
        raise NotAsRead(_("It is too late to undo this: look whether your reply is there."))


def _waits(due: _Due) -> Sequence[Any]:
    # One from which a secret was taken out since it was read waits for the next turn, which reads what is left.
    as_read = Draft.form_key == due.key, Draft.version == due.version
    return Draft.pk == due.pk, *as_read, Draft.send_at.is_not(None)


def _put_back(due: _Due, refusal: SupportError | None) -> bool:
    """Make it a draft again, and tell its author so."""
    code, sentence = (refusal.code, refusal.sentence) if refusal else ("error", "")
    why = json.dumps({"code": code, "sentence": sentence}, ensure_ascii=False)

    def write(unit: Unit) -> None:
        loaded = load(unit, due.ticket_id)
        back = update(Draft).where(*_waits(due))
        if not _changed(unit, back.values(send_at=None, version=Draft.version + 1, form_key=None, unsent=why)):
            return
        author = Recipient(due.host_id, "", None, switched_off(unit.session, [due.host_id])[due.host_id])
        for planned in plan(("unsent_staff",), People(author=author), actor_id=None):
            unit.deliver(loaded, planned)

    try:
        run(clock_actor(), write)
    except SupportError as error:
        log.warning("A reply to %s could not be put back now: %s", due.ticket_id, error)
        return False
    return True


def _can_be_taken_back(actor: Actor) -> bool:
    """Whether there is a worker to send it later, and nobody acts in another's name, which a worker could not do."""
    person = actor.person
    if not state().settings.undo_send_seconds or actor.via is not Via.INBOX or person is None or person.acting:
        return False
    return read_before(actor, lambda session: session.scalar(worker_seen(state().now()))) is not None


def _put_off(
    ticket_id: str,
    actor: Actor,
    answer: Answer,
    taken: Sequence[TakenFile],
    lying: Mapping[str, TakenFile],
    *,
    seen: int,
    shown: Mapping[str, Sequence[str]],
) -> Said | Waiting:
    once = _once(actor, answer, [*lying.values(), *taken], ticket_id)

    def write(unit: Unit) -> Said | Waiting:
        loaded = load_for(unit, ticket_id, answer)
        if once.earlier(unit.session) is not None:
            # Undone with what was counted for it: `run` answers what there is.
            raise NotAsRead(_("It is too late to undo this: look whether your reply is there."))
        draft = draft_for_writing(unit, loaded.ticket.pk, REPLY)
        check_unseen(unit, draft, seen=seen, form=answer.form)
        _check_lying(draft, lying)
        decide_on(unit, loaded, answer)
        refuse_same(unit, loaded, answer.form)
        draft = draft or new_draft(unit, loaded.ticket.pk, REPLY)
        keep_text(unit, draft, body=answer.body, form=answer.form)
        if taken:
            claim_folder(unit)
        files = dict(lying) | {secrets.token_hex(16): file for file in taken}
        draft.files = json.dumps({key: asdict(file) for key, file in files.items()}) if files else None
        draft.sends = _write(answer, shown)
        draft.send_at = unit.now + timedelta(seconds=unit.host.settings.undo_send_seconds)
        return Waiting(ticket_id, draft.send_at)

    # Its message is counted when it goes out; its files take their room now, and are counted once.
    done = run(actor, write, once=once, counted=counting_files(taken))
    if done.again and taken:
        sent_again(actor, taken)
    return done


def _once(actor: Actor, answer: Answer, files: Sequence[TakenFile], ticket_id: str) -> Once:
    """What makes a reply be put off once: what its form made is the message, or the draft that waits to be sent."""
    sent = once_of(actor, answer.form, answer.said, files, ticket_id)
    said = _read(_write(answer, {}), storable(answer.body)).said

    def found(session: Session, key: str, *, locked: bool) -> Said | Waiting | None:
        waits = select(Draft).where(drafts_of(actor), Draft.form_key == key, Draft.send_at.is_not(None))
        draft = session.scalar(waits.with_for_update(read=True) if locked else waits)
        # One that says something else than what waits is told that this is just being sent.
        if draft is not None and draft.send_at is not None and _read(draft.sends or "{}", draft.body).said == said:
            return Waiting(ticket_id, draft.send_at, again=True)
        earlier: Said | None = sent.found(session, key, locked=locked)
        return earlier

    return replace(sent, found=found)


def _lying(ticket_id: str, actor: Actor, kept: Sequence[str]) -> dict[str, TakenFile]:
    """Those of the files of the actor's draft that are to go along.

    :raises InvalidInput: one is not there any more.
    """
    if not kept:
        return {}
    own = select(Draft).join(Ticket, Ticket.pk == Draft.ticket_pk)
    own = own.where(Ticket.ticket_id == ticket_id, visible_to(actor), Draft.kind == REPLY, drafts_of(actor))
    files = files_in(read_before(actor, lambda session: session.scalar(own)))
    if not set(kept) <= files.keys():
        raise InvalidInput({"files": _files_gone()})
    return {key: file for key, file in files.items() if key in kept}


def _check_lying(draft: Draft | None, lying: Mapping[str, TakenFile]) -> None:
    if not lying.keys() <= files_in(draft).keys():
        raise InvalidInput({"files": _files_gone()})


def _files_gone() -> str:
    return _("A file of this draft was thrown away in another window. Choose it again, or send without it.")


def _take_up(unit: Unit, loaded: Loaded, *, answer: Answer, lying: Mapping[str, TakenFile], seen: int | None) -> None:
    """What is sent at once is a draft no more."""
    if seen is None:
        return
    if lying:
        draft = draft_for_writing(unit, loaded.ticket.pk, REPLY)
        check_unseen(unit, draft, seen=seen, form=answer.form)
        _check_lying(draft, lying)
    forget_draft(unit, loaded, REPLY, form=answer.form, seen=seen)


def _write(answer: Answer, shown: Mapping[str, Sequence[str]]) -> str:
    return json.dumps(
        {
            "status": answer.status,
            "assignee": answer.assignee,
            "use": [answer.use.key, dict(answer.use.actions)],
            "form": answer.form,
            "version": answer.version,
            "shown": {name: list(values) for name, values in shown.items()},
        },
        ensure_ascii=False,
    )


def _read(sends: str, body: str) -> Answer:
    said = json.loads(sends)
    status = None if said["status"] is None else Status(said["status"])
    return Answer(body, status, said["assignee"], Use(*said["use"]), said["form"], said["version"])


def _changed(unit: Unit, statement: Any) -> bool:
    """Whether a conditional statement found its row."""
    done: Any = unit.session.execute(statement, execution_options={"synchronize_session": False})
    return bool(done.rowcount)
