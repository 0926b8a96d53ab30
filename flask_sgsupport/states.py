"""What a ticket is, and what may be done to it: its status, whose turn it is, how the help was, and the word for each.

`lifecycle` hands these words on: whoever asks what may be done needs no second room for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from .errors import InvalidInput
from .i18n import gettext as _


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
    SNOOZE = auto()
    WAKE = auto()
    MERGE = auto()
    RECEIVE = auto()
    LINK = auto()
    SPLIT = auto()
    ANSWER_CASES = auto()
    PRESS = auto()


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


class LinkKind(StrEnum):
    """What a ticket is to the one it is linked to, as its page says it."""

    RELATED = "related"
    CASE = "case"
    """Something happened, and this is one of the tickets about it; the other is that of the incident."""
    INCIDENT = "incident"
    """The other way round: this is the ticket of the incident."""

    @property
    def turned_round(self) -> LinkKind:
        """What the other is to this one."""
        return {LinkKind.CASE: LinkKind.INCIDENT, LinkKind.INCIDENT: LinkKind.CASE}.get(self, self)


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


def derived_state(
    status: str,
    *,
    filtered: bool,
    snoozed: bool,
    answered: bool,
    assigned: bool,
    waiting_on: str,
    merged: bool = False,
) -> str:
    """The chip: new, open, waiting, snoozed, resolved, closed, filtered or merged."""
    if merged:
        return "merged"
    if filtered:
        return "filtered"
    if status != Status.OPEN:
        return str(status)
    if snoozed:
        return "snoozed"
    if waiting_on == WaitingOn.CUSTOMER:
        return "waiting"
    return "new" if not answered and not assigned else "open"


def is_supports_turn(ticket: Any) -> bool:
    """Whether the customer waits for support: it is open, its last word is theirs, and it is in the inbox.

    :param ticket: a `Ticket`, or a row with its columns.
    """
    here = ticket.status == Status.OPEN and ticket.filtered_reason is None and ticket.merged_into_id is None
    return here and ticket.waiting_on == WaitingOn.STAFF


def customer_waits(ticket: Any) -> bool:
    """Whether the customer waits for an answer, also where nobody sees it yet: open, of no other, the last word theirs.

    :param ticket: a `Ticket`, or a row with its columns.
    """
    return is_open(ticket.status) and ticket.merged_into_id is None and ticket.waiting_on == WaitingOn.STAFF


def goes_on(ticket: Any) -> bool:
    """Whether it is open, and of no other.

    :param ticket: a `Ticket`, or a row with its columns.
    """
    return is_open(ticket.status) and ticket.merged_into_id is None


def rests(ticket: Any) -> bool:
    """Whether it is resolved, and of no other: it comes back as it was unless it is closed.

    :param ticket: a `Ticket`, or a row with its columns.
    """
    return is_resolved(ticket.status) and ticket.merged_into_id is None


def is_open(status: str) -> bool:
    """Whether a status is the one in which there is something to be done."""
    return status == Status.OPEN


def is_resolved(status: str) -> bool:
    """Whether a status is the one in which the customer is asked whether it is solved."""
    return status == Status.RESOLVED


@dataclass(frozen=True, slots=True)
class Moved:
    """What one change of a status was.

    :param resolves: an open ticket was solved; a wrong close that is set back solves nothing anew.
    :param undoes_close: it was closed before.
    """

    resolves: bool
    closes: bool
    opens: bool
    undoes_close: bool


def moved(old: str | None, new: str | None) -> Moved:
    """What a change from one status to another was."""
    return Moved(
        resolves=(old, new) == (Status.OPEN, Status.RESOLVED),
        closes=new == Status.CLOSED,
        opens=new == Status.OPEN,
        undoes_close=old == Status.CLOSED,
    )


THEIRS = frozenset({"description", "follow-up"})
"""Kinds of messages that customers wrote, or that were written for them."""


def why_not_split(kind: str, *, public: bool) -> str:
    """Why no ticket of its own can be made of a message, empty where one can: nothing internal ever becomes public so.

    :param kind: that of the message.
    """
    if kind in THEIRS and public:
        return ""
    return _("Only what a customer wrote can be made a ticket of its own.")
