"""Send one reply to the cases of an incident: what each gets is written down first, then sent case by case.

Every case is answered by the verb of a reply, in a unit of work of its own, with the rights and guards of that moment;
the same unit takes the case off the list, so that it is answered once, whoever is at it. What is refused stays on the
list with its reason. A few are sent in the click itself, more by a worker, or by the next click where there is none.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, case, insert, select, true, update
from sqlalchemy.orm import Session

from ..actors import Actor, Right, clock_actor
from ..errors import AlreadySaid, InvalidInput, NotFound, SupportError, TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Act, LinkKind, Status, decide, no_open_case, read_status
from ..models import CaseAnswer, CaseReply, Ticket, TicketLink, table_of
from ..models.beating import worker_seen
from ..permissions import require, visible_to
from ..settings import state
from ..stored_text import storable
from .conversation import wrong_body
from .holding import touch
from .host_session import after_commit
from .linking import MAX_LINKS
from .replying import Answer, give_answer
from .sending import NotAsRead, author_of_now, seen_to
from .transaction import Once, form_key, read_before, run
from .unit import BIND, Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.cases")

AT_ONCE = 20
"""So many are sent in one click, or in one turn of a worker."""


@dataclass(frozen=True, slots=True)
class ForCase:
    """What one case is to get.

    :param version: that of the ticket the person saw; ``None`` asks nothing.
    :param gap: what is missing in its text, so that it is not sent; it stays on the list beside it.
    """

    ticket_id: str
    body: str
    version: int | None = None
    gap: str = ""


class _Gone(SupportError):
    """Somebody else has answered the case for this reply."""


def answer_cases(
    ticket_id: str,
    actor: Actor,
    answers: Sequence[ForCase],
    *,
    status: Status | None = None,
    form: str | None = None,
) -> str:
    """Write down what cases of an incident are to be answered; `send_answers` or a worker sends it.

    :param status: what each is set to with the reply.
    :param form: random text of the form; the same form is there once however often it is sent.
    :return: the key of the reply.
    :raises NotFound: no such ticket for this actor.
    :raises InvalidInput: ``fields`` names what to mend: body, status, or cases where none of them is one.
    :raises AlreadySaid: the same form said something else before.

    Tickets that are no cases of it, or not this actor's to see, are left out without a word. Rule K3.
    """
    wanted = None if status is None else read_status(status)
    wrong = next((found for one in answers if (found := {} if one.gap else wrong_body(one.body))), {})
    if wrong:
        raise InvalidInput(wrong)

    def write(unit: Unit) -> str:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        decide(Act.ANSWER_CASES, loaded.facts(unit), actor)
        found = {number: pk for number, pk in unit.session.execute(_cases_of(actor, loaded.ticket.pk))}
        chosen = {one.ticket_id: one for one in answers if one.ticket_id in found}
        if not chosen:
            raise InvalidInput({"cases": _("Choose at least one case.")})
        key = secrets.token_hex(16)
        reply = CaseReply(
            key=key,
            ticket_pk=loaded.ticket.pk,
            host_id=actor.person.id if actor.person else "",
            status=wanted,
            # Whoever poses as somebody is named by no worker.
            by_worker=actor.person is not None and actor.person.acting is None,
            form_key=form_key(actor, form),
            form_said=unit.form_said if form else None,
            created_at=unit.now,
        )
        unit.session.add(reply)
        unit.session.flush()
        rows = [_row(reply.pk, found[number], one) for number, one in sorted(chosen.items())]
        unit.session.execute(insert(table_of(CaseAnswer)), rows, bind_arguments=BIND)
        touch(unit, loaded, customer_sees=False)
        # How many they are would tell colleagues what other queues hold.
        unit.record(loaded.ticket, "cases.answered")
        if unit.host.nudge is not None:
            after_commit(unit.session, unit.host.nudge)
        return key

    return run(actor, write, once=_once(actor, form, ticket_id, answers, wanted))


def _cases_of(actor: Actor, incident_pk: int) -> Select[str, int]:
    """Numbers and keys of the cases somebody sees."""
    wanted = select(Ticket.ticket_id, Ticket.pk).join(TicketLink, TicketLink.second_pk == Ticket.pk)
    wanted = wanted.where(
        TicketLink.first_pk == incident_pk, TicketLink.kind == str(LinkKind.INCIDENT), visible_to(actor)
    )
    return wanted.order_by(Ticket.pk).limit(MAX_LINKS)


def _row(reply_pk: int, ticket_pk: int, one: ForCase) -> dict[str, Any]:
    return {
        "reply_pk": reply_pk,
        "ticket_pk": ticket_pk,
        "body": storable(one.body),
        "version": one.version,
        "state": "gap" if one.gap else "waiting",
        "why": one.gap,
    }


def _once(actor: Actor, form: str | None, ticket_id: str, answers: Iterable[ForCase], status: Status | None) -> Once:
    # Salted by the form's own random text, which is kept nowhere: nobody guesses from it what was sent.
    sent = [form, ticket_id, status, *sorted((one.ticket_id, storable(one.body)) for one in answers)]
    said = hashlib.sha256(json.dumps(sent).encode()).hexdigest() if form else None

    def found(session: Session, key: str, *, locked: bool) -> str | None:
        wanted = select(CaseReply.key, CaseReply.form_said).where(CaseReply.form_key == key)
        row = session.execute(wanted.with_for_update(read=True) if locked else wanted, bind_arguments=BIND).first()
        if row is None:
            return None
        if row.form_said != said:
            sentence = _("This form was sent already, and then it said something else. Send it again if this shall"
                         " count too.")  # fmt: skip
            raise AlreadySaid(sentence, ticket_id=ticket_id, message="")
        return str(row.key)

    return Once(form_key(actor, form), said, found)


def send_answers(ticket_id: str, actor: Actor, key: str) -> int:
    """Send some of what waits of a reply to several cases, as its author; how many are left.

    :raises NotFound: there is no such reply of theirs on this ticket.
    """

    def read(session: Session) -> tuple[bool, list[_Waiting]]:
        _reply_on(session, ticket_id, actor, key, _by(actor))
        return session.scalar(worker_seen(state().now())) is not None, _read(session, CaseReply.key == key)

    worked, waiting = read_before(actor, read)
    few = len(waiting) <= AT_ONCE or not worked or any(not one.by_worker for one in waiting)
    # Many are a worker's, where there is one, so that nobody waits for their page.
    sent = sum(_send(one, lambda: actor) for one in waiting[:AT_ONCE]) if few else 0
    return len(waiting) - sent


def send_refused_anew(ticket_id: str, actor: Actor, key: str, seen: Mapping[str, int]) -> int:
    """Put what was refused of a reply to several cases on the list again, as its author who has looked; how many.

    :param seen: the cases that were shown as refused, each with its version then: what came since is asked about anew.
    :raises NotFound: there is no such reply of theirs on this ticket.
    """

    def write(unit: Unit) -> int:
        load(unit, ticket_id)
        require(actor, Right.HANDLE)
        pk = _reply_on(unit.session, ticket_id, actor, key, _by(actor))
        shown = select(Ticket.pk, Ticket.ticket_id).where(Ticket.ticket_id.in_(list(seen)[:MAX_LINKS]))
        versions = {one.pk: seen[one.ticket_id] for one in unit.session.execute(shown)}
        if not versions:
            return 0
        refused = update(CaseAnswer).where(
            CaseAnswer.reply_pk == pk, CaseAnswer.state == "refused", CaseAnswer.ticket_pk.in_(versions)
        )
        anew = refused.values(state="waiting", version=case(versions, value=CaseAnswer.ticket_pk), why="")
        done: Any = unit.session.execute(anew, execution_options={"synchronize_session": False})
        return int(done.rowcount)

    return run(actor, write)


def stop_answers(ticket_id: str, actor: Actor, key: str) -> int:
    """Keep what still waits of a reply to several cases from being sent, as its author or a lead; how many.

    :raises NotFound: there is no such reply on this ticket, or it is a colleague's.
    """

    def write(unit: Unit) -> int:
        load(unit, ticket_id)
        require(actor, Right.HANDLE)
        pk = _reply_on(unit.session, ticket_id, actor, key, true() if Right.LEAD in actor.rights else _by(actor))
        waiting = update(CaseAnswer).where(CaseAnswer.reply_pk == pk, CaseAnswer.state == "waiting")
        why = _("%(name)s stopped it.", name=actor.name)
        done: Any = unit.session.execute(
            waiting.values(state="refused", why=why), execution_options={"synchronize_session": False}
        )
        return int(done.rowcount)

    return run(actor, write)


def _by(actor: Actor) -> ColumnElement[bool]:
    """The condition on `CaseReply` that selects what somebody wrote."""
    return CaseReply.host_id == (actor.person.id if actor.person else "")


def _reply_on(session: Session, ticket_id: str, actor: Actor, key: str, whose: ColumnElement[bool]) -> int:
    """The key in the tables of a reply to the cases of a ticket the actor sees.

    :raises NotFound: there is none.
    """
    wanted = select(CaseReply.pk).join(Ticket, Ticket.pk == CaseReply.ticket_pk)
    wanted = wanted.where(CaseReply.key == key, whose, Ticket.ticket_id == ticket_id, visible_to(actor))
    pk: int | None = session.scalar(wanted)
    if pk is None:
        raise NotFound(_("There is no such reply here."))
    return pk


def send_waiting_answers() -> bool:
    """Send some of what waits of all such replies, each as its author with the rights of now; whether more wait."""
    session: Session = state().db.session()
    waiting = _read(session, CaseReply.by_worker.is_(True), AT_ONCE)
    # Read as values: each of them ends the transaction they were read in.
    session.rollback()
    authors: dict[str, Actor] = {}

    def author(host_id: str) -> Actor:
        if host_id not in authors:
            authors[host_id] = author_of_now(host_id)
        return authors[host_id]

    done = sum(_send(one, partial(author, one.host_id)) for one in waiting)
    return len(waiting) == AT_ONCE and done > 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A case that waits for its reply, as it was read."""

    reply_pk: int
    ticket_pk: int
    key: str
    ticket_id: str
    host_id: str
    by_worker: bool
    answer: Answer


def _read(session: Session, which: Any, most: int = MAX_LINKS) -> list[_Waiting]:
    wanted = (
        select(CaseAnswer, CaseReply.key, CaseReply.host_id, CaseReply.status, CaseReply.by_worker, Ticket.ticket_id)
        .join(CaseReply, CaseReply.pk == CaseAnswer.reply_pk)
        .join(Ticket, Ticket.pk == CaseAnswer.ticket_pk)
        .where(CaseAnswer.state == "waiting", which)
        .order_by(CaseAnswer.reply_pk, CaseAnswer.ticket_pk)
        .limit(most)
    )
    found = []
    for one, key, host_id, status, by_worker, ticket_id in session.execute(wanted):
        answer = Answer(
            one.body, None if status is None else Status(status), form=f"{key} {ticket_id}", version=one.version
        ).read()
        found.append(_Waiting(one.reply_pk, one.ticket_pk, key, ticket_id, host_id, by_worker, answer))
    return found


def _send(one: _Waiting, author: Callable[[], Actor]) -> bool:
    """Whether it is seen to: sent, or refused with a reason."""

    def give() -> None:
        with suppress(_Gone):
            give_answer(one.ticket_id, author(), one.answer, [], claims=partial(_claim, one))

    return seen_to(one.ticket_id, give, partial(_refuse, one))


def _claim(one: _Waiting, unit: Unit, loaded: Loaded) -> None:
    """Take it off the list, in the unit of work that writes the message: of several who try, one finds it there.

    :raises TransitionRefused: it was resolved or closed meanwhile.
    """
    if over := no_open_case(Status(loaded.ticket.status)):
        raise TransitionRefused(over)
    here = select(CaseAnswer.body).where(*_still_waits(one)).with_for_update()
    body = unit.session.scalar(here)
    if body is None:
        raise _Gone(_("It was sent before."))
    if body != one.answer.body:
        raise NotAsRead(_("Somebody else changed this ticket at the same moment. Look again, then decide."))
    _changed(unit, one, state="sent", body="", why="")


def _refuse(one: _Waiting, refusal: SupportError | None) -> bool:
    sentence = refusal.sentence if refusal else _("It could not be sent; the log of the app says why.")

    def write(unit: Unit) -> None:
        _changed(unit, one, state="refused", why=sentence)

    try:
        run(clock_actor(), write)
    except SupportError as error:
        log.warning("What became of the case %s could not be written now: %s", one.ticket_id, error)
        return False
    return True


def _changed(unit: Unit, one: _Waiting, **values: str) -> bool:
    """Whether it was still waiting."""
    wanted = update(CaseAnswer).where(*_still_waits(one))
    done: Any = unit.session.execute(wanted.values(**values), execution_options={"synchronize_session": False})
    return bool(done.rowcount)


def _still_waits(one: _Waiting) -> Sequence[ColumnElement[bool]]:
    here = CaseAnswer.reply_pk == one.reply_pk, CaseAnswer.ticket_pk == one.ticket_pk
    return *here, CaseAnswer.state == "waiting"
