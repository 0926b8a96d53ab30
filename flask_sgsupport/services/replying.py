"""Add to the conversation: public replies, follow-ups, internal notes, and what may be done to them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from .. import signals
from ..actors import Actor, Right, Side
from ..errors import InvalidInput, NotAllowed, StaleTicket, TransitionRefused
from ..i18n import format_datetime
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, Status, Transition, change_to, consider, decide, read_status
from ..macros import NOTHING, Use
from ..models import Delivery, Message, MessageVersion, PersonRecord
from ..notifications import NOTICES
from ..permissions import require
from ..search_text import searched
from ..stored_text import storable
from .assigning import change_assignee
from .attaching import TakenFile, Upload, stored
from .conversation import Said, add_message, message_of, said_before, say_once, wrong_body
from .crossing import check_crossing, check_version
from .opening import continue_ticket
from .readers import Names, Reader, ask_for_names, read_by, readers_of
from .standing import Standings, ask_about
from .status import (
    OURS,
    apply,
    ask_about_assignee,
    claim_for_solver,
    facts_for,
    release_by_customer,
    touch,
    write_columns,
)
from .transaction import run
from .unit import Unit, load
from .using import ask_for, carry_out, tell_of, wanted_status


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
    wanted = wanted_status(use) if status is None else read_status(status)
    assignee = use.actions.get("assignee") if assignee is None else assignee

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
        unit.standings |= asked
        said = said_before(unit, "public-reply", body, form)
        loaded = load(unit, ticket_id, candidate=assignee or "", said=said)
        require(actor, Right.HANDLE)
        replied, chosen = decide(Act.REPLY, loaded.facts(unit), actor), None
        check_crossing(unit, loaded.ticket, version, assigns=assignee is not None)
        if wanted is not None and wanted != loaded.ticket.status:
            act = change_to(wanted, loaded.facts(unit))
            chosen = decide(act, facts_for(unit, loaded, act, answered=True, support_spoke_last=True), actor)
        message = add_message(
            unit, loaded, kind="public-reply", body=body, files=taken, form=form, before=signals.before_ticket_replied
        )
        if loaded.ticket.first_reply_at is None:
            loaded.ticket.first_reply_at = unit.now
        done = carry_out(unit, loaded, use, assignee, version=version) if use.actions else None
        if done is None and assignee is not None:
            change_assignee(unit, loaded, assignee)
        notices = replied.row.notices
        if chosen is None:
            apply(unit, loaded, replied)
        else:
            # Explicit beats automatic: the columns of the reply give way, and no clock or claim of its own is told.
            write_columns(loaded.ticket, replied)
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

    with stored(files, wrong_body(body)) as taken:
        asked: Standings = ({assignee: ask_about(assignee)} if assignee else {}) | ask_for(use, ticket_id, actor)
        said = ("reply", body, wanted, assignee, *sorted(use.actions.items()))
        return say_once(actor, lambda unit: write(unit, taken), *said, form=form, files=taken, ticket_id=ticket_id)


def follow_up(
    ticket_id: str, actor: Actor, *, body: str, files: Sequence[Upload] = (), form: str | None = None
) -> Said:
    """The customer writes again: never stored where no agent looks.

    Reopens a resolved ticket and, within the window, a closed one; later opens a new one linked to it. A filtered one
    is released. Rules L3, L4, L11, L15, L16.
    """

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
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
        unit.notify(loaded, notices, message=message)
        return Said(ticket_id, message.key)

    with stored(files, wrong_body(body)) as taken:
        asked = ask_about_assignee(ticket_id, actor)
        said = ("follow-up", body)
        return say_once(actor, lambda unit: write(unit, taken), *said, form=form, files=taken, ticket_id=ticket_id)


def confirm_solved(
    ticket_id: str, actor: Actor, *, body: str = "", files: Sequence[Upload] = (), form: str | None = None
) -> Said:
    """Close a resolved ticket because its customer says the problem is gone.

    :param body: becomes a last follow-up; it does not reopen.
    :raises TransitionRefused: the ticket is not resolved.

    Rule L8; the reference: "only set once the customer confirms or 48h passes without reply".
    """
    return _last_word(ticket_id, actor, Act.CONFIRM_SOLVED, body, files, form)


def still_need_help(
    ticket_id: str, actor: Actor, *, body: str = "", files: Sequence[Upload] = (), form: str | None = None
) -> Said:
    """Open a resolved ticket again because its customer is not helped yet; the assignee is kept. Rule L11."""
    return _last_word(ticket_id, actor, Act.STILL_NEED_HELP, body, files, form)


def _last_word(ticket_id: str, actor: Actor, act: Act, body: str, files: Sequence[Upload], form: str | None) -> Said:
    written = bool(body.strip() or files)

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
        unit.standings |= asked
        loaded = load(unit, ticket_id, said=said_before(unit, "follow-up", body, form))
        transition = decide(act, loaded.facts(unit), actor)
        message = None
        if written:
            message = add_message(
                unit, loaded, kind="follow-up", body=body, files=taken, form=form, before=signals.before_ticket_replied
            )
        apply(unit, loaded, transition)
        unit.notify(loaded, transition.row.notices, message=message)
        return Said(ticket_id, message.key if message else None)

    with stored(files, wrong_body(body) if written else {}) as taken:
        asked = ask_about_assignee(ticket_id, actor)
        if not written:
            return run(actor, lambda unit: write(unit, taken))
        said = (act, body)
        return say_once(actor, lambda unit: write(unit, taken), *said, form=form, files=taken, ticket_id=ticket_id)


def add_note(ticket_id: str, actor: Actor, *, body: str, files: Sequence[Upload] = (), form: str | None = None) -> Said:
    """Write an internal note; the customer never learns of it, nor the clock. Rule L6."""

    def write(unit: Unit, taken: Sequence[TakenFile]) -> Said:
        loaded = load(unit, ticket_id, said=said_before(unit, "internal-note", body, form))
        require(actor, Right.HANDLE)
        transition = decide(Act.NOTE, loaded.facts(unit), actor)
        message = add_message(
            unit, loaded, kind="internal-note", body=body, files=taken, form=form, before=signals.before_note_added
        )
        touch(unit, loaded, customer_sees=False)
        unit.notify(loaded, transition.row.notices, message=message)
        return Said(ticket_id, message.key)

    with stored(files, wrong_body(body)) as taken:
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


def edit_note(ticket_id: str, actor: Actor, message_key: str, *, body: str, seen: str | None = None) -> None:
    """Change a note's text; the older one stays in its history, for agents.

    :param seen: when the text the person saw was last edited, in ISO format, "" for never; ``None`` asks nothing.
    :raises NotAllowed: only its author or a lead may.
    :raises StaleTicket: somebody has edited it since.
    """
    if wrong := wrong_body(body):
        raise InvalidInput(wrong)

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        decide(Act.EDIT_NOTE, loaded.facts(unit), actor)
        message = message_of(unit, loaded.ticket, message_key)
        if message.kind != "internal-note":
            raise InvalidInput({"body": _("Only a note can be edited. Follow a public message with another one.")})
        author = unit.session.scalar(select(PersonRecord.host_id).where(PersonRecord.pk == message.author_pk))
        if Right.LEAD not in actor.rights and (actor.person is None or author != actor.person.id):
            raise NotAllowed(_("Only its author or a support lead can edit a note."))
        if message.body == body:
            return
        if seen is not None and seen != (message.edited_at.isoformat() if message.edited_at else ""):
            raise StaleTicket(
                _("%(name)s has edited this note in the meantime.", name=_last_editor(unit, message) or _("Somebody"))
            )
        unit.session.add(
            MessageVersion(
                message_pk=message.pk, body=message.body, editor_pk=unit.person_pk(actor.person), replaced_at=unit.now
            )
        )
        message.body, message.edited_at = storable(body), unit.now
        message.searched = searched(loaded.ticket.subject, message.body)
        touch(unit, loaded, customer_sees=message.public)
        unit.record(loaded.ticket, "note.edited", message=message.key)

    run(actor, write)


def _last_editor(unit: Unit, message: Message) -> str | None:
    editor = select(PersonRecord.name).join(MessageVersion, MessageVersion.editor_pk == PersonRecord.pk)
    newest = editor.where(MessageVersion.message_pk == message.pk).order_by(MessageVersion.pk.desc()).limit(1)
    return unit.session.scalar(newest)


def change_visibility(ticket_id: str, actor: Actor, message_key: str, *, public: bool) -> str:
    """Show a message to the customer, or hide it at once from every customer path.

    :return: when hidden, one sentence on who has it already ("" when nobody has); what still waits is not sent.
    """

    def write(unit: Unit) -> str:
        loaded = load(unit, ticket_id)
        require(actor, Right.HANDLE)
        message = message_of(unit, loaded.ticket, message_key)
        if message.kind not in OURS:
            raise NotAllowed(_("What the customer wrote cannot be hidden from the customer."))
        if message.public is public:
            return ""
        first_answer_at, support_spoke_last = _public_answers(unit, message, public=public)
        facts = loaded.facts(unit, shows=public, support_spoke_last=support_spoke_last)
        transition = decide(Act.CHANGE_VISIBILITY, facts, actor)
        message.public = public
        write_columns(loaded.ticket, transition)
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
    # A worker that prepares the mail waits for the message's row; it must be ours before the deliveries are judged.
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
    """Who was mailed these deliveries, has read them in-app or read the ticket, in words, and since when."""
    rows = unit.session.execute(
        select(
            Delivery.channel,
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
    for channel, address, stood, sent_at, read_at, recipient_id in rows:
        if channel == "bell" and read_at is not None:
            rung.add(recipient_id)
            parts.append(_("read in-app on %(when)s", when=format_datetime(read_at)))
            times.append(read_at)
        elif channel != "bell" and stood == "sent" and sent_at is not None:
            parts.append(_("e-mailed to %(who)s on %(when)s", who=address, when=format_datetime(sent_at)))
            times.append(sent_at)
        elif channel != "bell" and stood == "sending":
            parts.append(_("being e-mailed to %(who)s right now", who=address))
            times.append(unit.now)
    others = [reader for reader in readers if reader.host_id not in rung]
    parts += [reader.in_words for reader in others]
    times += [reader.at for reader in others]
    return "; ".join(parts), min(times, default=None)
