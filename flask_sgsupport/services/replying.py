"""Add to the conversation: public replies, follow-ups, internal notes, and what may be done to them afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from .. import signals
from ..actors import Actor, Right, Side
from ..errors import InvalidInput, NotAllowed, TransitionRefused
from ..i18n import format_datetime
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, Status, Transition, change_to, consider, decide, read_status
from ..macros import NOTHING, Use
from ..models import Delivery, Message, MessageVersion, PersonRecord
from ..notifications import NOTICES
from ..permissions import require
from ..rules import FOLLOW_UP, REOPENED
from ..search_text import searched
from ..stored_text import storable
from .assigning import change_assignee
from .attaching import TakenFile, Upload, stored
from .conversation import Said, add_message, message_of, said_before, say_once, wrong_body
from .crossing import (
    CHANGES_OF_A_MESSAGE,
    SHOWN,
    check_crossing,
    check_last_word,
    check_message,
    check_version,
)
from .drafting import forget_draft
from .holding import touch
from .mentioning import Reached, ask_whom, reach
from .opening import continue_ticket
from .readers import Names, Reader, ask_for_names, read_by, readers_of
from .ruling import run_on
from .standing import Standings, ask_about
from .status import OURS, apply, ask_about_assignee, claim_for_solver, facts_for, release_by_customer, write_columns
from .transaction import run
from .unit import Loaded, Unit, load
from .using import ask_for, carry_out, tell_of, wanted_status


@dataclass(frozen=True, slots=True)
class Answer:
    """A public reply with what is done in the same act; see `reply`."""

    body: str
    status: Status | None = None
    assignee: str | None = None
    use: Use = NOTHING
    form: str | None = None
    version: int | None = None

    def read(self) -> Answer:
        """What it comes to: a status or assignee given beside a macro go before its own.

        :raises InvalidInput: there is no such status.
        """
        status = wanted_status(self.use) if self.status is None else read_status(self.status)
        assignee = self.use.actions.get("assignee") if self.assignee is None else self.assignee
        return replace(self, status=status, assignee=assignee)

    @property
    def said(self) -> tuple[object, ...]:
        """Everything its form said, by which a changed form is told from a repeated one."""
        return ("reply", self.body, self.status, self.assignee, *sorted(self.use.actions.items()))


Claims = Callable[[Unit, Loaded], object]
"""What an act takes up in its unit of work before anything else, or refuses."""


def _nothing(unit: Unit, loaded: Loaded) -> None:
    """What an act takes up that needs nothing."""


def reply(
    ticket_id: str,
    actor: Actor,
    *,
    body: str,
    files: Sequence[Upload] = (),
    status: Status | None = None,
    assignee: str | None = None,
    use: Use = NOTHING,
    form: str | None = None,
    version: int | None = None,
) -> Said:
    """Answer the customer, and in the same act set the status or the assignee, and do what a macro does.

    :param status: "Send and resolve"; the customer gets one notification for both.
    :param assignee: the host's id of an agent.
    :param use: a macro; a status or assignee given beside it go before its own.
    :param form: random text of the form; the same form is there once however often it is sent.
    :param version: the version of the ticket the person saw; without it nothing is asked.
    :raises InvalidInput: the text is empty or too long, or there is no such status.
    :raises TransitionRefused: on a closed ticket: reopen first.
    :raises StaleTicket: a colleague answered, the customer wrote, or somebody changed the status in the meantime.
    """
    answer = Answer(body, status, assignee, use, form, version).read()
    with stored(files, wrong_body(body)) as taken:
        return give_answer(ticket_id, actor, answer, taken)


def give_answer(
    ticket_id: str,
    actor: Actor,
    answer: Answer,
    files: Sequence[TakenFile],
    *,
    lying: Sequence[TakenFile] = (),
    claims: Claims = _nothing,
) -> Said:
    """Write a reply that was read, with files that came with it; as `reply`.

    :param lying: files of the draft it was, which go along before the others; they were counted when they came.
    :param claims: taken up in the same unit of work, as the draft it was.
    """
    body, form, use, assignee = answer.body, answer.form, answer.use, answer.assignee

    def write(unit: Unit) -> Said:
        unit.standings |= asked
        loaded = load_for(unit, ticket_id, answer)
        claims(unit, loaded)
        replied, chosen = decide_on(unit, loaded, answer)
        message = add_message(
            unit,
            loaded,
            kind="public-reply",
            body=body,
            files=[*lying, *files],
            form=form,
            before=signals.before_ticket_replied,
        )
        if loaded.ticket.first_reply_at is None:
            loaded.ticket.first_reply_at = unit.now
        done = carry_out(unit, loaded, use, assignee, version=answer.version) if use.actions else None
        if done is None and assignee is not None:
            change_assignee(unit, loaded, assignee)
        notices = replied.row.notices
        if chosen is None:
            apply(unit, loaded, replied)
        else:
            # Explicit beats automatic: the columns of the reply give way, and no clock or claim of its own is told.
            write_columns(unit, loaded.ticket, replied)
            unit.sees_to(loaded)
            apply(unit, loaded, chosen)
            if assignee is None:
                claim_for_solver(unit, loaded, chosen)
            notices = chosen.row.notices + notices
        unit.notify(loaded, notices, message=message)
        if done is not None:
            tell_of(unit, loaded, done)
        closes_at = loaded.ticket.auto_close_at if chosen is not None else None
        return Said(ticket_id, message.key, closes_at=closes_at)

    asked: Standings = ({assignee: ask_about(assignee)} if assignee else {}) | ask_for(use, ticket_id, actor)
    return say_once(actor, write, *answer.said, form=form, files=files, lying=lying, ticket_id=ticket_id)


def load_for(unit: Unit, ticket_id: str, answer: Answer) -> Loaded:
    """The ticket, with what an answer to it needs to know."""
    said = said_before(unit, "public-reply", answer.body, answer.form)
    return load(unit, ticket_id, candidate=answer.assignee or "", said=said)


def decide_on(unit: Unit, loaded: Loaded, answer: Answer) -> tuple[Transition, Transition | None]:
    """What an answer does to the ticket, and what the status chosen with it does.

    :raises TransitionRefused: as things stand it cannot be given.
    :raises StaleTicket: the conversation went on since the person saw it.
    """
    actor = unit.actor
    require(actor, Right.HANDLE)
    replied = decide(Act.REPLY, loaded.facts(unit), actor)
    check_crossing(unit, loaded.ticket, answer.version, assigns=answer.assignee is not None)
    if answer.status is None or answer.status == loaded.ticket.status:
        return replied, None
    act = change_to(answer.status, loaded.facts(unit))
    return replied, decide(act, facts_for(unit, loaded, act, answered=True, support_spoke_last=True), actor)


def follow_up(
    ticket_id: str, actor: Actor, *, body: str, files: Sequence[Upload] = (), form: str | None = None
) -> Said:
    """The customer writes again: never stored where no agent looks.

    Reopens a resolved ticket and, within the window, a closed one; later opens a new one linked to it. A filtered one
    is released. Sent to a ticket that was merged it goes to that one's, whose number is answered. Rules L3, L4, L11,
    L15, L16, L22.
    """

    def write(unit: Unit, taken: Sequence[TakenFile], ticket_id: str) -> Said:
        unit.standings |= asked
        loaded = load(unit, ticket_id, said=said_before(unit, "follow-up", body, form))
        facts = loaded.facts(unit)
        if isinstance(consider(Act.CONTINUE, facts, actor), Transition):
            opened = continue_ticket(unit, loaded, body=body, files=taken, form=form)
            return Said(opened.ticket_id, opened.message, continued=True)
        transition = decide(Act.FOLLOW_UP, facts, actor)
        message = add_message(
            unit, loaded, kind="follow-up", body=body, files=taken, form=form, before=signals.before_ticket_replied
        )
        apply(unit, loaded, transition)
        notices: Sequence[str] = transition.row.notices
        if facts.filtered and actor.side is Side.CUSTOMER:
            notices = release_by_customer(unit, loaded, notices, message)
        also = REOPENED if transition.row.reopens else ""
        run_on(unit, loaded, FOLLOW_UP, also=also, body=body).tell(unit, loaded, message)
        unit.notify(loaded, notices, message=message)
        return Said(ticket_id, message.key)

    with stored(files, wrong_body(body)) as taken:
        there = ticket_id
        while True:
            asked = ask_about_assignee(there, actor)
            act = partial(write, taken=taken, ticket_id=there)
            try:
                return say_once(actor, act, "follow-up", body, form=form, files=taken, ticket_id=ticket_id)
            except TransitionRefused as refused:
                if not refused.merged_into:
                    raise
                there = refused.merged_into


def confirm_solved(
    ticket_id: str,
    actor: Actor,
    *,
    body: str = "",
    files: Sequence[Upload] = (),
    form: str | None = None,
    seen: str | None = None,
) -> Said:
    """Close a resolved ticket because its customer says the problem is gone.

    :param body: becomes a last follow-up; it does not reopen.
    :param seen: key of the newest message the page showed; ``None`` asks nothing.
    :raises TransitionRefused: the ticket is not resolved.
    :raises StaleTicket: somebody else wrote since.

    Rule L8; the reference: "only set once the customer confirms or 48h passes without reply".
    """
    return _last_word(ticket_id, actor, Act.CONFIRM_SOLVED, body, files, form, seen)


def still_need_help(
    ticket_id: str, actor: Actor, *, body: str = "", files: Sequence[Upload] = (), form: str | None = None
) -> Said:
    """Open a resolved ticket again because its customer is not helped yet; the assignee is kept. Rule L11."""
    return _last_word(ticket_id, actor, Act.STILL_NEED_HELP, body, files, form)


def _last_word(
    ticket_id: str,
    actor: Actor,
    act: Act,
    body: str,
    files: Sequence[Upload],
    form: str | None,
    seen: str | None = None,
) -> Said:
    written = bool(body.strip() or files)

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
        unit.standings |= asked
        loaded = load(unit, ticket_id, said=said_before(unit, "follow-up", body, form))
        transition = decide(act, loaded.facts(unit), actor)
        check_last_word(unit, loaded.ticket, seen)
        message = None
        if written:
            message = add_message(
                unit, loaded, kind="follow-up", body=body, files=taken, form=form, before=signals.before_ticket_replied
            )
        apply(unit, loaded, transition)
        if act is Act.STILL_NEED_HELP:
            run_on(unit, loaded, FOLLOW_UP, also=REOPENED, body=body).tell(unit, loaded, message)
        unit.notify(loaded, transition.row.notices, message=message)
        return Said(ticket_id, message.key if message else None)

    with stored(files, wrong_body(body) if written else {}) as taken:
        asked = ask_about_assignee(ticket_id, actor)
        if not written:
            return run(actor, lambda unit: write(unit, taken))
        said = (act, body)
        return say_once(actor, lambda unit: write(unit, taken), *said, form=form, files=taken, ticket_id=ticket_id)


def add_note(
    ticket_id: str,
    actor: Actor,
    *,
    body: str,
    files: Sequence[Upload] = (),
    form: str | None = None,
    draft: int | None = None,
) -> Said:
    """Write an internal note; the customer never learns of it, nor the clock. Rule L6.

    Agents it calls by ``@name`` are told, where they see the ticket; ``remark`` names those who are not.

    :param draft: the version of the actor's draft that its form showed: it is a draft no more.
    """

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
        loaded = load(unit, ticket_id, said=said_before(unit, "internal-note", body, form))
        require(actor, Right.HANDLE)
        transition = decide(Act.NOTE, loaded.facts(unit), actor)
        reached = reach(unit, loaded, call)
        if draft is not None:
            forget_draft(unit, loaded, "note", form=form, seen=draft)
        message = add_message(
            unit, loaded, kind="internal-note", body=body, files=taken, form=form,
            before=signals.before_note_added, mentioned=reached.host_ids,
        )  # fmt: skip
        touch(unit, loaded, customer_sees=False)
        people = replace(unit.people(loaded), mentioned=reached.told)
        unit.notify(loaded, transition.row.notices, message=message, people=people)
        return Said(ticket_id, message.key, remark=reached.remark)

    with stored(files, wrong_body(body)) as taken:
        call = ask_whom(actor, body)
        said = ("note", body)
        return say_once(actor, lambda unit: write(unit, taken), *said, form=form, files=taken, ticket_id=ticket_id)


def close_with_confirmation(
    ticket_id: str, actor: Actor, *, note: str, version: int | None = None, form: str | None = None
) -> Said:
    """Close a resolved ticket: its time is up, or a note says how the customer confirmed elsewhere. Rule L10."""
    recorded = bool(note.strip())
    if recorded and (wrong := wrong_body(note)):
        raise InvalidInput({"note": wrong["body"]})

    def write(unit: Unit) -> Said:
        loaded = load(unit, ticket_id, said=said_before(unit, "internal-note", note, form))
        check_version(unit, loaded.ticket, version, ("status",))
        require(actor, Right.CLOSE)
        transition = _decide_to_close(facts_for(unit, loaded, Act.CLOSE, confirmation_recorded=recorded), actor)
        message = None
        if recorded:
            message = add_message(
                unit, loaded, kind="internal-note", body=note, form=form, before=signals.before_note_added
            )
            unit.record(loaded.ticket, "confirmation.recorded", message=message.key)
        apply(unit, loaded, transition)
        unit.notify(loaded, transition.row.notices)
        return Said(ticket_id, message.key if message else None)

    if not recorded:
        return run(actor, write)
    return say_once(actor, write, "close", note, form=form, ticket_id=ticket_id)


def _decide_to_close(facts: Facts, actor: Actor) -> Transition:
    try:
        return decide(Act.CLOSE, facts, actor)
    except TransitionRefused:
        if isinstance(consider(Act.CLOSE, replace(facts, confirmation_recorded=True), actor), str):
            raise
        sentence = _("Write down how the customer confirmed: who said so, when, and where.")
        raise InvalidInput({"note": sentence}) from None


def edit_note(ticket_id: str, actor: Actor, message_key: str, *, body: str, version: int | None = None) -> str:
    """Change a note's text; the older one stays in its history, for agents. Whom it calls newly, is told.

    :return: what its author should know of whom it mentions; empty where all is well.
    :param version: that of the ticket as the person saw it; ``None`` asks nothing.
    :raises NotAllowed: only its author or a lead may.
    :raises StaleTicket: the note was edited, shown, hidden or redacted since.
    """
    if wrong := wrong_body(body):
        raise InvalidInput(wrong)

    def write(unit: Unit) -> str:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        transition = decide(Act.EDIT_NOTE, loaded.facts(unit), actor)
        message = message_of(unit, loaded.ticket, message_key)
        if message.kind != "internal-note":
            raise InvalidInput({"body": _("Only a note can be edited. Follow a public message with another one.")})
        author = unit.session.scalar(select(PersonRecord.host_id).where(PersonRecord.pk == message.author_pk))
        if Right.LEAD not in actor.rights and (actor.person is None or author != actor.person.id):
            raise NotAllowed(_("Only its author or a support lead can edit a note."))
        if message.body == body:
            return ""
        check_message(unit, loaded.ticket, message, version)
        unit.session.add(
            MessageVersion(
                message_pk=message.pk, body=message.body, editor_pk=unit.person_pk(actor.person), replaced_at=unit.now
            )
        )
        message.body, message.edited_at = storable(body), unit.now
        message.searched = searched(loaded.ticket.subject, message.body)
        touch(unit, loaded, customer_sees=message.public)
        # A note that customers read calls nobody.
        reached = Reached() if message.public else reach(unit, loaded, call, edited=message)
        unit.record(loaded.ticket, "note.edited", message=message.key, mentioned=reached.host_ids)
        people = replace(unit.people(loaded), mentioned=reached.told)
        unit.notify(loaded, transition.row.notices, message=message, people=people)
        return reached.remark

    call = ask_whom(actor, body)
    return run(actor, write)


def change_visibility(
    ticket_id: str, actor: Actor, message_key: str, *, public: bool, version: int | None = None
) -> str:
    """Show a message to the customer, or hide it at once from every customer path.

    :param version: that of the ticket as the person saw it; ``None`` asks nothing.
    :return: when hidden, one sentence on who has it already ("" when nobody has); what still waits is not sent.
    :raises StaleTicket: it was shown or hidden since; where it is to be shown, also edited or redacted.
    """

    def write(unit: Unit) -> str:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        message = message_of(unit, loaded.ticket, message_key)
        if message.kind not in OURS:
            raise NotAllowed(_("What the customer wrote cannot be hidden from the customer."))
        if message.public is public:
            return ""
        # Whatever its words are by now, to hide them waits for nothing.
        check_message(unit, loaded.ticket, message, version, of=CHANGES_OF_A_MESSAGE if public else (SHOWN,))
        first_answer_at, support_spoke_last = _public_answers(unit, message, public=public)
        facts = loaded.facts(unit, shows=public, support_spoke_last=support_spoke_last)
        transition = decide(Act.CHANGE_VISIBILITY, facts, actor)
        message.public = public
        write_columns(unit, loaded.ticket, transition)
        loaded.ticket.first_reply_at = first_answer_at
        said, delivered_at = "", None
        readers: Sequence[Reader] = ()
        if not public:
            readers = readers_of(unit, message, names)
            said, delivered_at = _withhold(unit, message, readers)
        touch(unit, loaded, customer_sees=public)
        unit.record(
            loaded.ticket, "message.visibility_changed", field="visibility", old="private" if public else "public",
            new="public" if public else "private", message=message.key, said=said or None,
            delivered_at=delivered_at.isoformat() if delivered_at else None, read_by=read_by(readers),
        )  # fmt: skip
        if public:
            unit.notify(loaded, transition.row.notices, message=message)
        return said

    names: Names = {} if public else ask_for_names(ticket_id, actor)
    return run(actor, write)


def _public_answers(unit: Unit, message: Message, *, public: bool) -> tuple[datetime | None, bool]:
    """When the first answer the customer sees was written, and whether nothing of the customer's stands after the last.

    :param public: what becomes of ``message``, whatever it is now.
    """
    shown: ColumnElement[bool] = Message.public.is_(True)
    shown = or_(shown, Message.pk == message.pk) if public else and_(shown, Message.pk != message.pk)
    ours = Message.kind.in_(OURS)
    theirs = Message.kind.in_(("description", "follow-up"))
    first_at, last, their_last = unit.session.execute(
        select(
            func.min(case((ours, Message.created_at))),
            func.max(case((ours, Message.pk))),
            func.max(case((theirs, Message.pk))),
        ).where(Message.ticket_pk == message.ticket_pk, shown)
    ).one()
    return first_at, last is not None and last > (their_last or 0)


def _withhold(unit: Unit, message: Message, readers: Sequence[Reader]) -> tuple[str, datetime | None]:
    """Take back what tells of this message, and say what is out already.

    What tells of the status, too, loses the message and goes on: the customer learns of it without the hidden text.
    """
    session = unit.session
    # The ticket's row is ours: a worker that prepares a mail of it waits, and then asks whether it may still go.
    session.flush()
    hers = (Delivery.message_pk == message.pk, Delivery.side == str(Side.CUSTOMER))
    only_of_it = Delivery.notice.in_([notice.name for notice in NOTICES if notice.message_only])
    waits = and_(Delivery.channel != "bell", Delivery.state.in_(("queued", "failed")))
    session.execute(
        update(Delivery)
        .where(*hers, only_of_it, waits)
        .values(state="cancelled", error=_("made private before it was sent"), owner=None)
        .execution_options(synchronize_session=False)
    )
    said = who_has_it(unit, readers, *hers)
    session.execute(
        update(Delivery)
        .where(*hers, only_of_it, Delivery.channel == "bell")
        .values(state="cancelled")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Delivery)
        .where(*hers, ~only_of_it, or_(waits, Delivery.channel == "bell"))
        .values(message_pk=None)
        .execution_options(synchronize_session=False)
    )
    return said


def who_has_it(unit: Unit, readers: Sequence[Reader], *which: ColumnElement[bool]) -> tuple[str, datetime | None]:
    """Who was mailed these deliveries, has read them in-app or read the ticket, in words, and since when; each once.

    What rings an agent's bell is read by what they or a colleague do on the ticket, so it says of no agent that they
    read it.
    """
    rows = unit.session.execute(
        select(
            Delivery.channel,
            Delivery.side,
            Delivery.address,
            Delivery.state,
            Delivery.sent_at,
            Delivery.read_at,
            Delivery.recipient_id,
        )
        .where(*which)
        .order_by(Delivery.pk)
    ).all()
    parts: list[str] = []
    times: list[datetime] = []
    rung: set[str] = set()
    mailed: set[tuple[str | None, str]] = set()
    for channel, side, address, stood, sent_at, read_at, recipient_id in rows:
        if channel == "bell":
            if read_at is not None and side == Side.CUSTOMER and recipient_id not in rung:
                rung.add(recipient_id)
                parts.append(_("read in-app on %(when)s", when=format_datetime(read_at)))
                times.append(read_at)
        elif (address, stood) in mailed:
            continue
        elif stood == "sent" and sent_at is not None:
            parts.append(_("e-mailed to %(who)s on %(when)s", who=address, when=format_datetime(sent_at)))
            times.append(sent_at)
            mailed.add((address, stood))
        elif stood == "sending":
            parts.append(_("being e-mailed to %(who)s right now", who=address))
            times.append(unit.now)
            mailed.add((address, stood))
    others = [reader for reader in readers if reader.host_id not in rung]
    parts += [reader.in_words for reader in others]
    times += [reader.at for reader in others]
    return "; ".join(parts), min(times, default=None)
