"""The state machine as data: every change of a ticket, who may cause it, what it does, who is told.

`TABLE` exists once. `decide` answers for one ticket, one act and one actor; panel, inbox, mail, clock and API all ask
it, the services write what it says. Statuses are three; new, waiting and filtered are derived or fields of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .actors import Actor, Right, Side
from .errors import TransitionRefused
from .i18n import format_datetime, ngettext
from .i18n import gettext as _
from .settings import Settings
from .states import Act as Act
from .states import Cause as Cause
from .states import CloseReason as CloseReason
from .states import LinkKind as LinkKind
from .states import Score as Score
from .states import Status as Status
from .states import WaitingOn as WaitingOn
from .states import derived_state as derived_state
from .states import is_about_earlier_help as is_about_earlier_help
from .states import read_status as read_status
from .states import score_label as score_label
from .states import status_label as status_label
from .states import why_not_split as why_not_split


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
    snoozed_until: datetime | None = None
    wanted_until: datetime | None = None
    """The time the act brings, until which the ticket is to be snoozed."""
    merged_into: str = ""
    """Number of the ticket it has become a part of; it stands still then."""
    brings_open: bool = False
    """What is merged into it is open."""
    brings_question: bool = False
    """What is merged into it is open, and its customer waits for an answer."""

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
            snoozed_until=ticket.snoozed_until,
            merged_into=ticket.merged_into_id or "",
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


SNOOZED_AT_MOST = timedelta(days=366)

Guard = Callable[[Facts], str | None]
"""Returns the sentence of the refusal, or ``None``."""
Effect = Callable[[Facts], dict[str, Any]]
"""Returns columns of the ticket and their new values."""


def _timer_started(f: Facts) -> dict[str, Any]:
    return {"auto_close_at": f.now + f.limits.auto_close_after, "hold_reason": None}


def _awake(f: Facts) -> dict[str, Any]:
    return {} if f.snoozed_until is None else {"snoozed_until": None}


def _snoozed(f: Facts) -> dict[str, Any]:
    return {"snoozed_until": f.wanted_until}


def _resolved(f: Facts) -> dict[str, Any]:
    resolved = {"resolved_at": f.now, "closed_at": None, "close_reason": None, "addressed": True}
    return resolved | _timer_started(f) | _awake(f)


def _closed(f: Facts, reason: CloseReason) -> dict[str, Any]:
    clock_stopped = {"auto_close_at": None, "hold_reason": None}
    return clock_stopped | {"closed_at": f.now, "close_reason": reason, "addressed": True}


def _closed_by_customer(f: Facts) -> dict[str, Any]:
    return _closed(f, CloseReason.CUSTOMER_CONFIRMED)


def _closed_by_time(f: Facts) -> dict[str, Any]:
    return _closed(f, CloseReason.NO_REPLY)


def _closed_by_staff(f: Facts) -> dict[str, Any]:
    return _closed_by_customer(f) if f.confirmation_recorded else _closed_by_time(f)


def _withdrawn(f: Facts) -> dict[str, Any]:
    return {"resolved_at": f.now} | _closed_by_customer(f) | _awake(f)


_UNRESOLVED: dict[str, Any] = dict.fromkeys(
    ("resolved_at", "auto_close_at", "hold_reason", "closed_at", "close_reason")
)
_STAFF_S_TURN: dict[str, Any] = {"waiting_on": WaitingOn.STAFF, "addressed": False}
_CUSTOMER_S_TURN: dict[str, Any] = {"waiting_on": WaitingOn.CUSTOMER, "addressed": True}


def _customer_spoke(f: Facts) -> dict[str, Any]:
    return _STAFF_S_TURN | {"last_customer_message_at": f.now} | _awake(f)


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


def _received(f: Facts) -> dict[str, Any]:
    return _STAFF_S_TURN | _awake(f) if f.brings_question else {}


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


def _wakes_within_a_year(f: Facts) -> str | None:
    if f.wanted_until is None or f.wanted_until <= f.now:
        return _("Choose a time that is still to come.")
    if f.wanted_until > f.now + SNOOZED_AT_MOST:
        return _("A ticket sleeps for a year at most. Choose an earlier time.")
    return None


def _is_snoozed(f: Facts) -> str | None:
    return None if f.snoozed_until is not None else _("It is not snoozed.")


def _has_slept(f: Facts) -> str | None:
    if f.snoozed_until is None or f.now >= f.snoozed_until:
        return _is_snoozed(f)
    return _("It is snoozed until %(when)s.", when=format_datetime(f.snoozed_until))


def _brings_nothing_open(f: Facts) -> str | None:
    if not f.brings_open:
        return None
    return _("It is resolved, and would close over what is open in the other. Set it back to open first.")


def _part_of(number: str) -> str:
    return _("It was merged into %(ticket)s and stands still. Go on there.", ticket=number)


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
    :param when_merged: possible also where it has become a part of another ticket.
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
    when_merged: bool = False
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
    Row("L6", Act.NOTE, ANY, AGENT, when_merged=True, notices=("mentioned_staff", "note_staff"),
        actions=("note.added",), doc="An internal note."),
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
    Row("L21", Act.CHANGE_VISIBILITY, _S({O}), AGENT, guard=_shows_nothing_while_filtered, when_merged=True,
        effects=_last_word, notices=("replied_customer",), actions=("message.visibility_changed",),
        doc="A message is made public or private; whose turn it is follows from what is left."),
    Row("L21", Act.CHANGE_VISIBILITY, _S({R, C}), AGENT, guard=_shows_nothing_while_filtered, when_merged=True,
        notices=("replied_customer",), actions=("message.visibility_changed",),
        doc="A message is made public or private."),
    Row("L22", Act.MERGE, ANY, AGENT, released=True, actions=("ticket.merged_into",),
        doc="Merged into another ticket of the same account: it stands still, and its messages are read there."),
    Row("L22", Act.RECEIVE, _S({O}), AGENT, released=True, effects=_received,
        notices=("merged_customer", "merged_staff"), actions=("ticket.merge_received",),
        doc="Another ticket is merged into it; a question that waited there waits here, and wakes it."),
    Row("L22", Act.RECEIVE, _S({R}), AGENT, guard=_brings_nothing_open, released=True,
        notices=("merged_customer", "merged_staff"), actions=("ticket.merge_received",),
        doc="Another ticket that is resolved or closed is merged into it."),
    Row("L24", Act.HOLD_TIMER, _S({R}), TIMER, guard=_undelivered, released=True, inside=True,
        notices=("timer_held_staff",), actions=("timer.held",), doc="The customer was not reached: the clock is held."),
    Row("L24", Act.RELEASE_TIMER, _S({R}), TIMER, guard=_reached, released=True, inside=True,
        effects=_timer_started, actions=("timer.restarted",),
        doc="The customer was reached after all: the clock starts anew."),
    Row("L26", Act.EDIT_NOTE, ANY, AGENT, when_merged=True, notices=("mentioned_staff",), actions=("note.edited",),
        doc="A note is edited by its author or a lead."),
    Row("L26", Act.REDACT, ANY, AGENT, right=Right.LEAD, when_merged=True, actions=("message.redacted",),
        doc="A secret is taken out of a message and of what repeats it."),
    Row("K1", Act.LINK, ANY, AGENT, when_merged=True, inside=True, actions=("ticket.linked", "ticket.unlinked"),
        doc="Linked to another ticket, of any account, or no longer: agents read it, customers never do."),
    Row("K2", Act.SPLIT, ANY, AGENT, released=True, when_merged=True,
        notices=("split_customer",), actions=("ticket.split_off", "ticket.linked"),
        doc="A ticket of its own is made of what a customer wrote here: opened as any other (L1), and linked."),
    Row("K3", Act.ANSWER_CASES, ANY, AGENT, when_merged=True, inside=True, actions=("cases.answered",),
        doc="One reply is sent to cases of this incident: each is answered as any other (L5, L12)."),
    Row("B1", Act.PRESS, ANY, AGENT, inside=True, actions=("button.pressed", "button.ended"),
        doc="A button of the app is pressed. What it does is the app's; customers see nothing of it."),
    Row("R1", Act.RATE, _S({R, C}), CUSTOMER, guard=_answered_and_in_the_inbox, notices=("rated_staff",),
        actions=("ticket.rated",), doc="The customer says how the help was, or says it otherwise."),
    Row("S1", Act.SNOOZE, _S({O}), AGENT, guard=_wakes_within_a_year, released=True, inside=True, effects=_snoozed,
        actions=("ticket.snoozed",), doc="Snoozed until a time: out of the lists of what is to be done."),
    Row("S2", Act.WAKE, _S({O}), AGENT, guard=_is_snoozed, inside=True, effects=_awake, actions=("ticket.woken",),
        doc="Taken back into the lists by hand. The customer's word and another status do so, too."),
    Row("S3", Act.WAKE, _S({O}), TIMER, guard=_has_slept, inside=True, effects=_awake, notices=("woken_staff",),
        actions=("ticket.woken",), doc="Its time has come."),
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
        raise TransitionRefused(outcome, merged_into=facts.merged_into)
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
    if facts.merged_into and not row.when_merged:
        return _part_of(facts.merged_into)
    if row.released and facts.filtered:
        return _waits_in_filtered()
    return (row.guard(facts) or "") if row.guard else ""


def brought_by(merged: Facts, *, addressed: bool) -> dict[str, bool]:
    """What a ticket that is merged into another brings with it, as facts of the other.

    :param addressed: somebody of the support team answered since its customer's last message.
    """
    is_open = merged.status is O
    return {"brings_open": is_open, "brings_question": is_open and not addressed}


def possible(facts: Facts, actor: Actor) -> Iterator[Row]:
    """Every row open to this actor now, in the order of the table; rights are asked elsewhere."""
    for act in Act:
        found = _match(act, facts, actor)
        if isinstance(found, Transition):
            yield found.row


def no_open_case(status: Status) -> str:
    """Why one reply to all cases leaves this one out; empty where it does not. Rule K3."""
    return "" if status is O else _("It is %(status)s already.", status=status_label(status).lower())


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


def _refusal(act: Act, facts: Facts, actor: Actor) -> str:
    if facts.merged_into:
        return _part_of(facts.merged_into)
    if actor.side is Side.AGENT and act is Act.REPLY:
        return _("This ticket is closed. Reopen it first, then send your reply.")
    if facts.status is None:
        return _("There is no ticket yet.")
    if act is Act.RECEIVE:
        return _("It is closed. Reopen it first, then merge the other into it.")
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
