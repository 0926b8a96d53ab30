"""Buttons of the host: offered on the ticket page, and what they do, done once for each time one is pressed.

What a button does is the host's code, and may do what no database takes back. So it is called between two units of
work and never repeated: the first says in the history that it was pressed, the second what came of it. Where the
process ends between them, the history says that it was pressed and nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor, Right, Side, Via
from ..errors import InvalidInput, NotAllowed, NotFound, Refused, StaleTicket, SupportError
from ..hooks import HOOK_FAILURES, MAX_CONFIRM_CHARS, MAX_LABEL_CHARS, Button, ButtonTicket, Subject
from ..i18n import Coded, format_near, worded
from ..i18n import gettext as _
from ..lifecycle import Act, decide
from ..models import ButtonPress, PersonRecord, Queue, Ticket, TicketSite, TicketSubject
from ..models.presses import RUNNING
from ..permissions import require, visible_to
from ..settings import state
from ..snapshot import read_ref
from ..stored_text import storable
from .calling import Answer, ask_hooks
from .holding import touch
from .transaction import Once, form_key, read_before, run
from .unit import BIND, Loaded, Unit, load

log = logging.getLogger("flask_sgsupport.host_buttons")

BY = Actor(side=Side.TIMER, via=Via.CLOCK, label="system:host")
"""Writes down what came of a press: the agent may see the ticket no longer by then."""
DONE, REFUSED, FAILED = "done", "refused", "failed"
MAX_SENTENCE_CHARS = 500
WAITS_FOR = timedelta(minutes=10)
"""So long a press that has not ended keeps others from pressing the same button; its process may be gone."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A button as it stands on the page of a ticket.

    :param refusal: why it cannot be pressed now; empty where it can.
    """

    key: str
    label: str
    confirm: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """What came of it.

    :param outcome: done, refused or failed, or running where the process that has it has not ended.
    :param sentence: what the host's code said, if anything.
    :param again: it was done by an earlier sending of the same form, which this one did not repeat.
    :param recorded: whether the history says so.
    """

    label: str
    outcome: str
    sentence: str = ""
    again: bool = False
    recorded: bool = True


def offered(actor: Actor, ticket_id: str) -> Sequence[Offered]:
    """The host's buttons on a ticket, each asked whether it stands there; all within the time of the context hooks.

    One that fails is shown, and says why it cannot be pressed.
    """
    buttons = state().hooks.buttons
    if not buttons or actor.side is not Side.AGENT:
        return ()
    ticket = _ticket(actor, ticket_id)
    return () if ticket is None else _offered(actor, ticket, buttons.values())


def press(ticket_id: str, actor: Actor, key: str, *, form: str | None = None, version: int | None = None) -> Pressed:
    """Press a button: what it does is called once, and the history says who pressed it and what came of it.

    What its function writes through the session of the host is committed when it returns, and rolled back when it
    raises.

    :param form: random text of the form; sent again, it does nothing again.
    :param version: of the ticket on the page the button was seen on.
    :raises NotFound: no such ticket for this actor, or no such button on it.
    :raises Refused: it cannot be pressed now, or somebody's press of it has not ended.
    :raises StaleTicket: somebody has pressed it since that page was shown.
    """
    if actor.side is not Side.AGENT:
        raise NotAllowed(_("Only the support team can press a button of the app."))
    require(actor, Right.HANDLE)
    if actor.via is Via.PYTHON:
        raise NotAllowed(_("A button is pressed on the ticket page; from your own code, call its function."))
    once = _once(actor, form, ticket_id, key)
    earlier: Pressed | None = read_before(actor, once.earlier)
    if earlier is not None:
        return earlier
    ticket = _ticket(actor, ticket_id)
    if ticket is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    button = state().hooks.buttons.get(key)
    found = _offered(actor, ticket, [button] if button else [])
    if button is None or not found:
        raise NotFound(_("There is no such button on this ticket now."))
    if found[0].refusal:
        raise Refused(found[0].refusal)
    label = found[0].label
    begun: int | Pressed = run(actor, lambda unit: _begin(unit, ticket_id, key, label, once, version), once=once)
    if isinstance(begun, Pressed):
        return begun
    pressed = _call(button, ticket, actor, label)
    try:
        run(BY, lambda unit: _end(unit, ticket_id, begun, pressed, key, actor))
    except SupportError as error:
        log.error("What came of the button %s on %s stands in no history: %s", key, ticket_id, error.sentence)
        return Pressed(label, pressed.outcome, pressed.sentence, recorded=False)
    return pressed


def _offered(actor: Actor, ticket: ButtonTicket, buttons: Iterable[Button]) -> Sequence[Offered]:
    known = list(buttons)
    asked = {
        _name(one): partial(_standing, one, ticket, actor)
        for one in known
        if one.visible is not None or one.enabled is not None
    }
    answers: Mapping[str, Answer] = ask_hooks(actor, asked) if asked else {}
    found = []
    for one in known:
        answer = answers.get(_name(one), Answer((True, "")))
        label = _text(one.label, MAX_LABEL_CHARS) or one.key
        confirm = _text(one.confirm, MAX_CONFIRM_CHARS)
        if answer.failure is not None:
            why = _failing(one, answer, ticket)
            found.append(
                Offered(one.key, label, confirm, _("The app could not say whether it can be used: %(why)s.", why=why))
            )
            continue
        state().failing_buttons.pop(one.key, None)
        visible, refusal = answer.value
        if visible:
            found.append(Offered(one.key, label, confirm, refusal))
    return found


def _name(button: Button) -> str:
    return f"button {button.key}"


def _standing(button: Button, ticket: ButtonTicket, actor: Actor) -> tuple[bool, str]:
    """Whether it stands there, and why it cannot be pressed.

    :raises TypeError: neither was said.
    """
    visible = True if button.visible is None else button.visible(ticket, actor)
    if not isinstance(visible, bool):
        raise TypeError(f"The visible function must return True or False, not {type(visible).__name__}.")
    if not visible:
        return False, ""
    enabled = True if button.enabled is None else button.enabled(ticket, actor)
    if isinstance(enabled, str):
        # Without a word it says that nothing is in the way of nothing: that is no answer.
        refusal = storable(enabled[: MAX_SENTENCE_CHARS + 1]).strip()[:MAX_SENTENCE_CHARS]
        if not refusal:
            raise TypeError("The enabled function must return True, or say why not.")
        return True, refusal
    if not isinstance(enabled, bool):
        raise TypeError(f"The enabled function must return True, or say why not, not {type(enabled).__name__}.")
    return True, "" if enabled else _("It cannot be used on this ticket now.")


def _failing(button: Button, answer: Answer, ticket: ButtonTicket) -> str:
    """Log and tell that nothing is known of a button, and say why."""
    failure: Coded = answer.failure or {}
    log.error("The button %s said nothing of %s: %s", button.key, ticket.ticket_id, failure, exc_info=answer.error)
    state().failing_buttons[button.key] = failure
    why = worded(HOOK_FAILURES, failure)
    payload = signals.ContextHookFailed(hook=_name(button), reason=why, account_id=ticket.account_id)
    signals.tell(signals.context_hook_failed, state().app, payload)
    return why


def _text(words: Any, most: int) -> str:
    """Words of the host in the language of whoever looks; nothing where they cannot be had."""
    try:
        return " ".join(storable(str(words))[:most].split())
    except Exception:
        log.exception("The words of a button cannot be had")
        return ""


def _call(button: Button, ticket: ButtonTicket, actor: Actor, label: str) -> Pressed:
    """Let it do what it does, once. Never raises for it."""
    session = state().db.session
    try:
        said = _sentence(button, button.press(ticket, actor))
        session.commit()
    except SupportError as error:
        session.rollback()
        if error.http_status >= 500:
            log.exception("The button %s failed on %s", button.key, ticket.ticket_id)
            return Pressed(label, FAILED, _cut(error.sentence))
        return Pressed(label, REFUSED, _cut(error.sentence))
    except (Exception, SystemExit) as error:
        session.rollback()
        log.exception("The button %s failed on %s", button.key, ticket.ticket_id)
        return Pressed(label, FAILED, type(error).__name__)
    return Pressed(label, DONE, said)


def _sentence(button: Button, answer: object) -> str:
    """What it said; what is no sentence is logged, since what it did is done."""
    if answer is None:
        return ""
    if isinstance(answer, str):
        return _cut(answer)
    log.error("The button %s must return a sentence, not %s", button.key, type(answer).__name__)
    return ""


def _cut(sentence: str) -> str:
    text = " ".join(storable(sentence).split())
    return text if len(text) <= MAX_SENTENCE_CHARS else text[: MAX_SENTENCE_CHARS - 1] + "…"


def _begin(unit: Unit, ticket_id: str, key: str, label: str, once: Once, version: int | None) -> int | Pressed:
    """Write down that it was pressed."""
    loaded = load(unit, ticket_id)
    decide(Act.PRESS, loaded.facts(unit), unit.actor)
    _check_nobody_else(unit, loaded, key, version)
    press = ButtonPress(
        form_key=once.form_key,
        ticket_pk=loaded.ticket.pk,
        button=key,
        person_pk=unit.person_pk(unit.actor.person),
        ticket_version=loaded.ticket.version,
        outcome=RUNNING,
        pressed_at=unit.now,
        ended_at=None,
    )
    unit.session.add(press)
    touch(unit, loaded, customer_sees=False)
    unit.record(loaded.ticket, "button.pressed", field=key, new=label)
    unit.session.flush()
    return press.pk


def _check_nobody_else(unit: Unit, loaded: Loaded, key: str, version: int | None) -> None:
    last = (
        select(ButtonPress.outcome, ButtonPress.pressed_at, ButtonPress.ticket_version, PersonRecord.name)
        .outerjoin(PersonRecord, PersonRecord.pk == ButtonPress.person_pk)
        .where(ButtonPress.ticket_pk == loaded.ticket.pk, ButtonPress.button == key)
        .order_by(ButtonPress.pk.desc())
        .limit(1)
    )
    found = unit.session.execute(last).first()
    if found is None:
        return
    named = {"name": found.name or _("Somebody"), "when": format_near(found.pressed_at, unit.now)}
    if found.outcome == RUNNING and found.pressed_at > unit.now - WAITS_FOR:
        raise Refused(_("%(name)s pressed it at %(when)s, and it has not ended yet. Look again in a while.", **named))
    if version is not None and version <= found.ticket_version:
        raise StaleTicket(_("%(name)s pressed it at %(when)s. Look at the history, then decide.", **named))


def _end(unit: Unit, ticket_id: str, pk: int, pressed: Pressed, key: str, actor: Actor) -> None:
    """Write down what came of it."""
    loaded = load(unit, ticket_id)
    press = unit.session.get_one(ButtonPress, pk)
    press.outcome, press.ended_at = pressed.outcome, unit.now
    # Whoever saw the page while it went on did not see what came of it.
    press.ticket_version = loaded.ticket.version
    touch(unit, loaded, customer_sees=False)
    unit.record(
        loaded.ticket,
        "button.ended",
        field=key,
        new=pressed.sentence or None,
        by=actor,
        outcome=pressed.outcome,
        label=pressed.label,
    )


def _once(actor: Actor, form: str | None, ticket_id: str, key: str) -> Once:
    """What makes one form press a button once."""

    def found(session: Session, form_key: str, *, locked: bool) -> Pressed | None:
        wanted = select(ButtonPress.outcome, ButtonPress.button, Ticket.ticket_id)
        wanted = wanted.join(Ticket, Ticket.pk == ButtonPress.ticket_pk).where(ButtonPress.form_key == form_key)
        if locked:
            wanted = wanted.with_for_update(read=True, of=ButtonPress)
        row = session.execute(wanted, bind_arguments=BIND).first()
        if row is None:
            return None
        if (row.ticket_id, row.button) != (ticket_id, key):
            raise InvalidInput({"form": _("This form was sent already, for another button. Press this one anew.")})
        button = state().hooks.buttons.get(key)
        return Pressed((button and _text(button.label, MAX_LABEL_CHARS)) or key, row.outcome, again=True)

    return Once(form_key(actor, form), None, found)


def _ticket(actor: Actor, ticket_id: str) -> ButtonTicket | None:
    """The ticket as buttons get it; ``None`` where there is none for this actor."""
    wanted = (
        select(
            Ticket.pk,
            *(getattr(Ticket, name) for name in _AS_IT_IS),
            Ticket.requester_email,
            Ticket.created_at.label("opened_at"),
            Queue.key.label("queue"),
        )
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .where(Ticket.ticket_id == ticket_id, visible_to(actor), Ticket.merged_into_id.is_(None))
    )
    row = read_before(actor, lambda session: session.execute(wanted, bind_arguments=BIND).first())
    if row is None:
        return None
    beside = read_before(actor, lambda session: session.execute(_beside(row.pk), bind_arguments=BIND).all())
    return ButtonTicket(
        **{name: getattr(row, name) for name in (*_AS_IT_IS, "opened_at")},
        queue=row.queue or "",
        requester_email=row.requester_email or "",
        site_ids=tuple(one.key for one in beside if one.kind == "site"),
        subjects=tuple(Subject(*read_ref(one.key), one.title, one.url) for one in beside if one.kind == "about"),
    )


def _beside(ticket_pk: int) -> Any:
    """Its sites and what it is about, in one statement."""
    about, site, nothing = TicketSubject, TicketSite, literal("")
    sites = select(
        literal("site").label("kind"),
        site.position,
        site.site_id.label("key"),
        nothing.label("title"),
        nothing.label("url"),
    )
    subjects = select(literal("about").label("kind"), about.position, about.ref.label("key"), about.title, about.url)
    both = union_all(sites.where(site.ticket_pk == ticket_pk), subjects.where(about.ticket_pk == ticket_pk))
    return both.order_by("position")


_AS_IT_IS = (
    "ticket_id",
    "account_id",
    "account_name",
    "plan",
    "requester_id",
    "subject",
    "status",
    "priority",
    "channel",
)
