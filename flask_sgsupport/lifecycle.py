"""The state machine as data: every change of a ticket, who may cause it, what it does, who is told.

`TABLE` exists once. `decide` answers for one ticket, one act and one actor; panel, inbox, mail, clock and API all ask
it, the services write what it says. Statuses are three; new, waiting and filtered are derived or fields of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any

from .actors import Actor, Right, Side
from .errors import InvalidInput, TransitionRefused
from .i18n import format_datetime, ngettext
from .i18n import gettext as _
from .settings import Settings


class Status(StrEnum):
    """What is stored and published; shown capitalised."""

    OPEN = "open"
    RESOLVED = "resolved"
    CLOSED = "closed"


def read_status(word: object) -> Status:
    """A status by its word, however it came.

    :raises InvalidInput: there is no such status; the sentence names those there are.
    """
    try:
        return Status(word)  # type: ignore[arg-type]
    except ValueError:
        known = ", ".join(Status)
        sentence = _("“%(word)s” is no status. There are: %(known)s.", word=str(word)[:50], known=known)
        raise InvalidInput({"status": sentence}) from None


class Act(StrEnum):
    """What somebody or something does to a ticket."""

    OPEN = auto()
    OPEN_FILTERED = auto()
    RELEASE = auto()
    FILTER = auto()
    FOLLOW_UP = auto()
    REPLY = auto()
    NOTE = auto()
    RESOLVE = auto()
    CONFIRM_SOLVED = auto()
    AUTO_CLOSE = auto()
    CLOSE = auto()
    STILL_NEED_HELP = auto()
    SET_OPEN = auto()
    REOPEN = auto()
    CONTINUE = auto()
    SET_RESOLVED = auto()
    WITHDRAW = auto()
    ASSIGN = auto()
    CHANGE_FIELD = auto()
    CHANGE_REQUESTER = auto()
    CHANGE_VISIBILITY = auto()
    HOLD_TIMER = auto()
    RELEASE_TIMER = auto()
    EDIT_NOTE = auto()
    REDACT = auto()
    RATE = auto()


class CloseReason(StrEnum):
    """The only two doors to Closed."""

    CUSTOMER_CONFIRMED = "customer_confirmed"
    NO_REPLY = "no_reply"


class Score(StrEnum):
    """How the help was, in the customer's words."""

    GOOD = "good"
    BAD = "bad"


class WaitingOn(StrEnum):
    """Whose turn it is."""

    STAFF = "staff"
    CUSTOMER = "customer"


class Cause(StrEnum):
    """Why a status changed, kept in the audit event."""

    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    NO_REPLY = "no_reply"
    CLOSED = "closed"
    FOLLOW_UP = "follow-up"
    CORRECTION = "correction"
    REOPEN = "reopen"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings the table depends on."""

    auto_close_after: timedelta
    reopen_within: timedelta | None
    """``None``: always; zero: never."""

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """As the app has set them."""
        days = settings.reopen_within_days
        return cls(timedelta(hours=settings.auto_close_after_hours), None if days is None else timedelta(days=days))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table needs to know of a ticket, and the moment of asking."""

    now: datetime
    limits: Limits
    status: Status | None = None
    filtered: bool = False
    answered: bool = False
    """There is, or this act brings, a public message of the support team."""
    auto_close_at: datetime | None = None
    closed_at: datetime | None = None
    answer_since_resolved: bool = False
    notice_undelivered: bool = False
    """The mail about the resolution failed, none is on its way, and the in-app notice is unread."""
    notice_under_way: bool = False
    """A mail about it waits or is being sent, and nothing else has reached the customer."""
    held: bool = False
    confirmation_recorded: bool = False
    """The act brings a note that records a confirmation given outside the panel."""
    shows: bool = False
    """The act shows a message to the customer."""
    support_spoke_last: bool = False
    """The newest message the customer sees, after the act, is one of the support team."""

    @classmethod
    def of(cls, ticket: Any, *, now: datetime, limits: Limits) -> Facts:
        """The facts of a ticket.

        :param ticket: a `Ticket`, or a row with its columns of these names.
        """
        return cls(
            now=now,
            limits=limits,
            status=Status(ticket.status),
            filtered=ticket.filtered_reason is not None,
            answered=ticket.first_reply_at is not None,
            auto_close_at=ticket.auto_close_at,
            closed_at=ticket.closed_at,
            held=ticket.hold_reason is not None,
            answer_since_resolved=ticket.resolved_at is not None
            and ticket.last_customer_message_at > ticket.resolved_at,
        )

    @property
    def may_reopen_until(self) -> datetime | None:
        """End of the customer's reopen window; ``None`` where there is no end."""
        within = self.limits.reopen_within
        return None if within is None or self.closed_at is None else self.closed_at + within

    @property
    def inside_reopen_window(self) -> bool:
        """Whether a customer may still reopen."""
        within = self.limits.reopen_within
        return within is None or (
            within > timedelta(0) and self.closed_at is not None and self.now <= self.closed_at + within
        )


Guard = Callable[[Facts], str | None]
"""Returns the sentence of the refusal, or ``None``."""
Effect = Callable[[Facts], dict[str, Any]]
"""Returns columns of the ticket and their new values."""


def _timer_started(f: Facts) -> dict[str, Any]:
    return {"auto_close_at": f.now + f.limits.auto_close_after, "hold_reason": None}


def _resolved(f: Facts) -> dict[str, Any]:
    return {"resolved_at": f.now, "closed_at": None, "close_reason": None, "addressed": True} | _timer_started(f)


def _closed_by_customer(f: Facts) -> dict[str, Any]:
    return {
        "closed_at": f.now,
        "auto_close_at": None,
        "hold_reason": None,
        "close_reason": CloseReason.CUSTOMER_CONFIRMED,
        "addressed": True,
    }


def _closed_by_time(f: Facts) -> dict[str, Any]:
    return {
        "closed_at": f.now,
        "auto_close_at": None,
        "hold_reason": None,
        "close_reason": CloseReason.NO_REPLY,
        "addressed": True,
    }


def _closed_by_staff(f: Facts) -> dict[str, Any]:
    return _closed_by_customer(f) if f.confirmation_recorded else _closed_by_time(f)


def _withdrawn(f: Facts) -> dict[str, Any]:
    return {"resolved_at": f.now} | _closed_by_customer(f)


_UNRESOLVED: dict[str, Any] = {
    "resolved_at": None,
    "auto_close_at": None,
    "hold_reason": None,
    "closed_at": None,
    "close_reason": None,
}
_STAFF_S_TURN: dict[str, Any] = {"waiting_on": WaitingOn.STAFF, "addressed": False}
_CUSTOMER_S_TURN: dict[str, Any] = {"waiting_on": WaitingOn.CUSTOMER, "addressed": True}


def _customer_spoke(f: Facts) -> dict[str, Any]:
    return _STAFF_S_TURN | {"last_customer_message_at": f.now}


def _asked_again(f: Facts) -> dict[str, Any]:
    return _UNRESOLVED | _customer_spoke(f)


def _open_again(f: Facts) -> dict[str, Any]:
    return _UNRESOLVED | _last_word(f)


def _staff_spoke(f: Facts) -> dict[str, Any]:
    return _CUSTOMER_S_TURN


def _staff_spoke_again(f: Facts) -> dict[str, Any]:
    return _CUSTOMER_S_TURN | _timer_started(f)


def _last_word(f: Facts) -> dict[str, Any]:
    return _CUSTOMER_S_TURN if f.support_spoke_last else _STAFF_S_TURN


def _released(f: Facts) -> dict[str, Any]:
    return {"filtered_reason": None}


def _needs_a_public_answer(f: Facts) -> str | None:
    return None if f.answered else _("The customer has no answer yet. Write a public reply, then resolve.")


def _clock_is_held() -> str:
    return _("The clock is held: the customer was not reached.")


def _time_is_up(f: Facts) -> str | None:
    if f.answer_since_resolved:
        return _("The customer has written since it was resolved.")
    if f.notice_undelivered or f.held:
        return _clock_is_held()
    if f.auto_close_at is None or f.now < f.auto_close_at:
        return (
            _("It closes on %(when)s unless the customer replies.", when=format_datetime(f.auto_close_at))
            if f.auto_close_at
            else _("No clock runs on it.")
        )
    return None


def _confirmed_or_time_is_up(f: Facts) -> str | None:
    if f.confirmation_recorded or _time_is_up(f) is None:
        return None
    when = format_datetime(f.auto_close_at) if f.auto_close_at and not f.held and not f.notice_undelivered else None
    tail = (
        _("It can be closed from %(when)s on, or now if you record in a note how the customer confirmed.", when=when)
        if when
        else ""
    )
    return (
        _("A ticket is closed only once the customer confirms or the waiting time passes without reply.")
        + " "
        + (tail or _("Record in a note how the customer confirmed."))
    )


def _window_open(f: Facts) -> str | None:
    if f.inside_reopen_window:
        return None
    return _("It was closed too long ago to be reopened. A follow-up opens a new ticket linked to it.")


def _window_over(f: Facts) -> str | None:
    return _("It can still be reopened.") if f.inside_reopen_window else None


def _is_filtered(f: Facts) -> str | None:
    return None if f.filtered else _("It is not filtered.")


def _not_filtered(f: Facts) -> str | None:
    return _("It is filtered already.") if f.filtered else None


def _shows_nothing_while_filtered(f: Facts) -> str | None:
    return _waits_in_filtered() if f.filtered and f.shows else None


def _waits_in_filtered() -> str:
    return _("It waits in Spam / Filtered: release it before you answer or change its status.")


def _answered_and_in_the_inbox(f: Facts) -> str | None:
    # Whoever rates is a customer, and learns nothing of the filter.
    return None if f.answered and not f.filtered else _("There is nothing to rate on this ticket.")


def _clock_runs(f: Facts) -> str | None:
    return _clock_is_held() if f.held else None


def _undelivered(f: Facts) -> str | None:
    return None if f.notice_undelivered and not f.held else _("The customer was reached.")


def _reached(f: Facts) -> str | None:
    lost = f.notice_undelivered or f.notice_under_way
    return None if f.held and not lost else _("The customer was not reached yet.")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    :param states: statuses it starts from; empty for a ticket that is not there yet.
    :param path: statuses it goes through; empty leaves the status alone.
    :param right: what an agent needs; customers need access to their account only.
    :param released: refused while the ticket waits in Spam / Filtered, where nobody would be told of it.
    :param inside: nothing the customer would call news: the ticket is not unread by it.
    :param notices: names in `flask_sgsupport.notifications`.
    :param actions: audit actions it writes.
    """

    number: str
    act: Act
    states: frozenset[Status]
    sides: frozenset[Side]
    path: tuple[Status, ...] = ()
    right: Right = Right.HANDLE
    guard: Guard | None = None
    released: bool = False
    inside: bool = False
    effects: Effect | None = None
    reopens: bool = False
    claims: bool = False
    cause: Cause | None = None
    notices: tuple[str, ...] = ()
    actions: tuple[str, ...] = field(kw_only=True)
    doc: str = field(kw_only=True)


_S = frozenset
O, R, C = Status.OPEN, Status.RESOLVED, Status.CLOSED  # noqa: E741
ANY = _S({O, R, C})
CUSTOMER, AGENT, TIMER, RULE = _S({Side.CUSTOMER}), _S({Side.AGENT}), _S({Side.TIMER}), _S({Side.RULE})
CUSTOMER_OR_MAIL = _S({Side.CUSTOMER, Side.MAIL})

# fmt: off
TABLE: tuple[Row, ...] = (
    Row("L1", Act.OPEN, _S(), _S({Side.CUSTOMER, Side.AGENT, Side.MAIL}), (O,), effects=_customer_spoke,
        notices=("opened_receipt", "opened_staff"), actions=("ticket.opened",), doc="A ticket is opened."),
    Row("L2", Act.OPEN_FILTERED, _S(), _S({Side.CUSTOMER, Side.AGENT, Side.MAIL, Side.RULE}), (O,),
        effects=_customer_spoke, actions=("ticket.opened", "ticket.filtered"),
        doc="A filter matched: it waits in Spam / Filtered."),
    Row("L3", Act.RELEASE, ANY, AGENT, guard=_is_filtered, effects=_released,
        notices=("opened_receipt", "opened_staff"), actions=("ticket.released",), doc="Released: not spam."),
    Row("L3", Act.RELEASE, ANY, CUSTOMER, guard=_is_filtered, effects=_released, cause=Cause.FOLLOW_UP,
        notices=("opened_staff",), actions=("ticket.released",),
        doc="Released by the customer's follow-up or Reopen: it is never left where no agent looks."),
    Row("L2", Act.FILTER, _S({O}), _S({Side.AGENT, Side.RULE}), guard=_not_filtered, actions=("ticket.filtered",),
        doc="Put into Spam / Filtered by hand."),
    Row("L4", Act.FOLLOW_UP, _S({O}), CUSTOMER_OR_MAIL, effects=_customer_spoke, notices=("follow_up_staff",),
        actions=("message.added",), doc="The customer follows up."),
    Row("L5", Act.REPLY, _S({O}), AGENT, released=True, effects=_staff_spoke, notices=("replied_customer",),
        actions=("message.added",), doc="A public reply."),
    Row("L12", Act.REPLY, _S({R}), AGENT, released=True, effects=_staff_spoke_again, notices=("replied_customer",),
        actions=("message.added", "timer.restarted"), doc="A public reply on a resolved ticket restarts the clock."),
    Row("L6", Act.NOTE, ANY, AGENT, notices=("note_staff",), actions=("note.added",), doc="An internal note."),
    Row("L7", Act.RESOLVE, _S({O}), AGENT, (R,), guard=_needs_a_public_answer, released=True, effects=_resolved,
        claims=True, cause=Cause.RESOLVED, notices=("resolved_customer",), actions=("status.changed",),
        doc="The customer's blocker is unblocked."),
    Row("L8", Act.CONFIRM_SOLVED, _S({R}), CUSTOMER, (C,), effects=_closed_by_customer, cause=Cause.CONFIRMED,
        notices=("confirmed_staff", "closed_bell_customer"), actions=("status.changed",),
        doc="The customer confirms: That solved it."),
    Row("L9", Act.AUTO_CLOSE, _S({R}), TIMER, (C,), guard=_time_is_up, released=True, effects=_closed_by_time,
        cause=Cause.NO_REPLY, notices=("auto_closed_customer", "auto_closed_staff"), actions=("status.changed",),
        doc="The waiting time passed without reply."),
    Row("L10", Act.CLOSE, _S({R}), AGENT, (C,), right=Right.CLOSE, guard=_confirmed_or_time_is_up,
        released=True, effects=_closed_by_staff, cause=Cause.CLOSED, notices=("closed_customer",),
        actions=("status.changed", "confirmation.recorded"), doc="Closed by an agent who records the confirmation."),
    Row("L11", Act.STILL_NEED_HELP, _S({R}), CUSTOMER_OR_MAIL, (O,), effects=_asked_again, reopens=True,
        cause=Cause.FOLLOW_UP, notices=("reopened_staff", "reopened_bell_customer"),
        actions=("message.added", "status.changed"), doc="I still need help."),
    Row("L11", Act.FOLLOW_UP, _S({R}), CUSTOMER_OR_MAIL, (O,), effects=_asked_again, reopens=True,
        cause=Cause.FOLLOW_UP, notices=("reopened_staff", "reopened_bell_customer"),
        actions=("message.added", "status.changed"), doc="A follow-up reopens."),
    Row("L13", Act.SET_OPEN, _S({R}), AGENT, (O,), released=True, effects=_open_again, cause=Cause.CORRECTION,
        notices=("set_open_bell_customer", "set_open_staff"), actions=("status.changed",),
        doc="A wrong status is set back."),
    Row("L14", Act.REOPEN, _S({C}), AGENT, (O,), released=True, effects=_open_again, reopens=True,
        cause=Cause.REOPEN, notices=("reopened_customer", "reopened_staff"), actions=("status.changed",),
        doc="Reopened by an agent: customer and assignee are told."),
    Row("L15", Act.REOPEN, _S({C}), CUSTOMER, (O,), guard=_window_open, effects=_asked_again, reopens=True,
        cause=Cause.REOPEN, notices=("reopened_staff", "reopened_customer"), actions=("status.changed",),
        doc="Reopened by the customer within the window."),
    Row("L15", Act.FOLLOW_UP, _S({C}), CUSTOMER_OR_MAIL, (O,), guard=_window_open, effects=_asked_again, reopens=True,
        cause=Cause.REOPEN, notices=("reopened_staff", "reopened_customer"),
        actions=("message.added", "status.changed"), doc="A follow-up within the window reopens."),
    Row("L16", Act.CONTINUE, _S({C}), CUSTOMER_OR_MAIL, guard=_window_over,
        notices=("continued_customer", "opened_staff"), actions=("ticket.opened", "ticket.continued_in"),
        doc="After the window a new linked ticket is opened."),
    Row("L17", Act.SET_RESOLVED, _S({C}), AGENT, (R,), right=Right.CLOSE, released=True, effects=_resolved,
        cause=Cause.CORRECTION, notices=("resolved_customer", "set_resolved_staff"), actions=("status.changed",),
        doc="A wrong close is set back to resolved: the clock starts anew, and the customer learns until when."),
    Row("L18", Act.WITHDRAW, _S({O}), CUSTOMER, (R, C), effects=_withdrawn, cause=Cause.WITHDRAWN,
        notices=("withdrawn_staff",), actions=("status.changed",), doc="No longer needed."),
    Row("L19", Act.ASSIGN, ANY, _S({Side.AGENT, Side.RULE}), right=Right.ASSIGN,
        notices=("assigned_staff", "unassigned_staff"), actions=("assignee.changed",), doc="Claim, assign, unassign."),
    Row("L20", Act.CHANGE_FIELD, ANY, _S({Side.AGENT, Side.RULE}), notices=("moved_staff", "unassigned_staff"),
        actions=("field.changed",),
        doc="Queue, priority, category, tags, address."),
    Row("L20", Act.CHANGE_REQUESTER, _S({O, C}), AGENT, inside=True, actions=("field.changed",),
        doc="Another requester."),
    Row("L20", Act.CHANGE_REQUESTER, _S({R}), AGENT, guard=_clock_runs, inside=True, effects=_timer_started,
        notices=("resolved_customer",), actions=("field.changed", "timer.restarted"),
        doc="Another requester of a resolved ticket is told and has the whole waiting time."),
    Row("L20", Act.CHANGE_REQUESTER, _S({R}), AGENT, inside=True,
        notices=("resolved_customer",), actions=("field.changed",),
        doc="Another requester while the clock is held: it starts anew once they are reached."),
    Row("L21", Act.CHANGE_VISIBILITY, _S({O}), AGENT, guard=_shows_nothing_while_filtered, effects=_last_word,
        notices=("replied_customer",), actions=("message.visibility_changed",),
        doc="A message is made public or private; whose turn it is follows from what is left."),
    Row("L21", Act.CHANGE_VISIBILITY, _S({R, C}), AGENT, guard=_shows_nothing_while_filtered,
        notices=("replied_customer",), actions=("message.visibility_changed",),
        doc="A message is made public or private."),
    Row("L24", Act.HOLD_TIMER, _S({R}), TIMER, guard=_undelivered, released=True, inside=True,
        notices=("timer_held_staff",), actions=("timer.held",), doc="The customer was not reached: the clock is held."),
    Row("L24", Act.RELEASE_TIMER, _S({R}), TIMER, guard=_reached, released=True, inside=True,
        effects=_timer_started, actions=("timer.restarted",),
        doc="The customer was reached after all: the clock starts anew."),
    Row("L26", Act.EDIT_NOTE, ANY, AGENT, actions=("note.edited",), doc="A note is edited by its author or a lead."),
    Row("L26", Act.REDACT, ANY, AGENT, right=Right.LEAD, actions=("message.redacted",),
        doc="A secret is taken out of a message and of what repeats it."),
    Row("R1", Act.RATE, _S({R, C}), CUSTOMER, guard=_answered_and_in_the_inbox, notices=("rated_staff",),
        actions=("ticket.rated",), doc="The customer says how the help was, or says it otherwise."),
)
# fmt: on

TURN_ON_REACHING = frozenset({Act.CLOSE, Act.AUTO_CLOSE, Act.HOLD_TIMER, Act.RELEASE_TIMER})
"""Acts that depend on whether the customer was reached since the ticket was resolved."""

TURN_ON_LAST_WORD = frozenset({Act.SET_OPEN, Act.REOPEN})
"""Acts after which it follows from the last public message whose turn it is."""

BY_DROPDOWN: Mapping[tuple[Status, Status], Act] = {
    (O, R): Act.RESOLVE,
    (R, O): Act.SET_OPEN,
    (R, C): Act.CLOSE,
    (C, O): Act.REOPEN,
    (C, R): Act.SET_RESOLVED,
}
"""What choosing another status in the dropdown means. There is no way from open to closed."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A decision: the row that applies and the columns it changes."""

    row: Row
    changes: Mapping[str, Any]

    @property
    def status(self) -> Status | None:
        """The status afterwards; ``None`` leaves it alone."""
        return self.row.path[-1] if self.row.path else None


def decide(act: Act, facts: Facts, actor: Actor) -> Transition:
    """What ``act`` by ``actor`` does to a ticket in this state.

    :raises TransitionRefused: the sentence says why, and what is possible now and when.
    """
    outcome = consider(act, facts, actor)
    if isinstance(outcome, str):
        raise TransitionRefused(outcome)
    return outcome


def consider(act: Act, facts: Facts, actor: Actor) -> Transition | str:
    """Like `decide`, the refusal as its sentence."""
    return _match(act, facts, actor) or _refusal(act, facts, actor)


def _match(act: Act, facts: Facts, actor: Actor) -> Transition | str:
    """The first row that applies; without one the last guard's reason, if any."""
    reason = ""
    for row in TABLE:
        here = facts.status in row.states if facts.status else not row.states
        if row.act is act and actor.side in row.sides and here:
            reason = _reason(row, facts)
            if not reason:
                changes = row.effects(facts) if row.effects else {}
                return Transition(row, changes | ({"status": row.path[-1]} if row.path else {}))
    return reason


def _reason(row: Row, facts: Facts) -> str:
    if row.released and facts.filtered:
        return _waits_in_filtered()
    return (row.guard(facts) or "") if row.guard else ""


def possible(facts: Facts, actor: Actor) -> Iterator[Row]:
    """Every row open to this actor now, in the order of the table; rights are asked elsewhere."""
    for act in Act:
        found = _match(act, facts, actor)
        if isinstance(found, Transition):
            yield found.row


def change_to(wanted: Status, facts: Facts) -> Act:
    """The act behind choosing ``wanted`` in the dropdown.

    :raises TransitionRefused: there is no such way.
    """
    if facts.status is None or wanted is facts.status:
        raise TransitionRefused(_("It is %(status)s already.", status=status_label(wanted)))
    found = BY_DROPDOWN.get((facts.status, wanted))
    if found is None:
        hours = int(facts.limits.auto_close_after.total_seconds() / 3600)
        raise TransitionRefused(
            ngettext(
                "An open ticket cannot be closed. Resolve it first: it closes when the customer confirms, "
                "or after %(num)d hour without reply.",
                "An open ticket cannot be closed. Resolve it first: it closes when the customer confirms, "
                "or after %(num)d hours without reply.",
                hours,
            )
        )
    return found


def status_label(status: Status | str) -> str:
    """The word shown: Open, Resolved, Closed."""
    return {"open": _("Open"), "resolved": _("Resolved"), "closed": _("Closed")}[str(status)]


def score_label(score: Score | str) -> str:
    """The word shown: Good, Bad."""
    return {"good": _("Good"), "bad": _("Bad")}[str(score)]


def is_about_earlier_help(then: int, now: int) -> bool:
    """Whether a rating is about help that was not the end of it: the ticket was opened again since.

    :param then: how often the ticket had been opened again when it was rated.
    :param now: how often it has been by now.
    """
    return then < now


def derived_state(status: str, *, filtered: bool, answered: bool, assigned: bool, waiting_on: str) -> str:
    """The chip: new, open, waiting, resolved, closed or filtered."""
    if filtered:
        return "filtered"
    if status != Status.OPEN:
        return str(status)
    if waiting_on == WaitingOn.CUSTOMER:
        return "waiting"
    return "new" if not answered and not assigned else "open"


def _refusal(act: Act, facts: Facts, actor: Actor) -> str:
    if actor.side is Side.AGENT and act is Act.REPLY:
        return _("This ticket is closed. Reopen it first, then send your reply.")
    if facts.status is None:
        return _("There is no ticket yet.")
    if actor.side is Side.CUSTOMER and act is Act.RATE:
        return _("You can say how the help was once the ticket is resolved.")
    ways = [ACT_WORDS[row.act]() for row in possible(facts, actor) if row.act in ACT_WORDS]
    here = _("This ticket is %(status)s.", status=status_label(facts.status).lower())
    when = ""
    if facts.status is R and facts.auto_close_at and not facts.held:
        when = " " + _("It closes on %(when)s unless the customer replies.", when=format_datetime(facts.auto_close_at))
    return here + (" " + _("Possible now: %(ways)s.", ways=", ".join(dict.fromkeys(ways))) if ways else "") + when


ACT_WORDS: Mapping[Act, Callable[[], str]] = {
    Act.FOLLOW_UP: lambda: _("follow up"),
    Act.REPLY: lambda: _("reply"),
    Act.RESOLVE: lambda: _("resolve"),
    Act.CONFIRM_SOLVED: lambda: _("say that it is solved"),
    Act.CLOSE: lambda: _("close"),
    Act.STILL_NEED_HELP: lambda: _("say that you still need help"),
    Act.SET_OPEN: lambda: _("set back to open"),
    Act.REOPEN: lambda: _("reopen"),
    Act.CONTINUE: lambda: _("open a new ticket linked to it"),
    Act.SET_RESOLVED: lambda: _("set back to resolved"),
    Act.WITHDRAW: lambda: _("say that it is no longer needed"),
}
