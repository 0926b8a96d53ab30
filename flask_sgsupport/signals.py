"""Every signal, its moment and its payload, and the only two ways of sending: `ask` before, `tell` after the commit.

``before_…`` receivers run inside the transaction and may raise `flask_sgsupport.errors.Vetoed` with a sentence; they
may run again when the transaction is repeated and must have no effects of their own. The others run after the commit
of the outermost transaction: what was rolled back is never told, a receiver that raises harms nobody and is logged.
Receivers get ``(app, payload)``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blinker import Namespace, Signal
from sqlalchemy.exc import SQLAlchemyError

from .errors import SupportError, Vetoed
from .i18n import gettext as _

log = logging.getLogger("flask_sgsupport.signals")

_signals = Namespace()


@dataclass(frozen=True, slots=True)
class TicketOpened:
    """A ticket: the published record, and the published description."""

    ticket: Mapping[str, Any]
    body: str
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketReplied:
    """A public message of either side: the published reply and the ticket as it is afterwards."""

    reply: Mapping[str, Any]
    ticket: Mapping[str, Any]
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NoteAdded:
    """An internal note. Never pass it on to a customer."""

    note: Mapping[str, Any]
    ticket: Mapping[str, Any]
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketStatusChanged:
    """A transition: the published shape with ``from``, ``to`` and its time."""

    transition: Mapping[str, Any]
    ticket: Mapping[str, Any]
    cause: str
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketAssigned:
    """The assignee changed; ``assigned_from`` and ``assigned_to`` are addresses or ``None``."""

    ticket: Mapping[str, Any]
    assigned_from: str | None
    assigned_to: str | None
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketRouted:
    """Queue, priority, category, tags or filter were decided; ``reasons`` are in the language of whoever acted."""

    ticket: Mapping[str, Any]
    reasons: tuple[str, ...]
    filtered_reason: str | None
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketMerged:
    """A ticket became a part of another of its account; ``into`` is that one."""

    ticket: Mapping[str, Any]
    into: Mapping[str, Any]
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TicketRated:
    """A customer said how the help was: ``score`` is ``good`` or ``bad``, ``comment`` may be empty."""

    ticket: Mapping[str, Any]
    score: str
    comment: str
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TargetDue:
    """A target of a ticket is nearly over, or over: ``target`` is ``response`` or ``resolution``, ``due_at`` its time.

    Internal: never pass it on to a customer.
    """

    ticket: Mapping[str, Any]
    target: str
    due_at: str
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryChanged:
    """One notification on its way through one channel: ``queued``, ``sending``, ``sent``, ``failed``, ``cancelled``."""

    ticket_id: str
    channel: str
    notice: str
    recipient: str | None
    state: str
    reason: str
    envelope: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ContextHookFailed:
    """A context hook of the host raised, was too slow or returned rubbish."""

    hook: str
    reason: str
    account_id: str


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One row of the table of signals."""

    signal: Signal
    payload: type
    moment: str

    @property
    def name(self) -> str:
        """The name it is imported by."""
        return str(self.signal.name)  # type: ignore[attr-defined]


BEFORE = "before the write; may veto"
AFTER = "after the commit"

before_ticket_opened = _signals.signal("before_ticket_opened")
before_ticket_replied = _signals.signal("before_ticket_replied")
before_note_added = _signals.signal("before_note_added")
before_ticket_status_changed = _signals.signal("before_ticket_status_changed")
before_ticket_assigned = _signals.signal("before_ticket_assigned")
before_ticket_routed = _signals.signal("before_ticket_routed")
before_ticket_merged = _signals.signal("before_ticket_merged")
before_ticket_rated = _signals.signal("before_ticket_rated")
before_delivery_changed = _signals.signal("before_delivery_changed")
ticket_opened = _signals.signal("ticket_opened")
ticket_replied = _signals.signal("ticket_replied")
note_added = _signals.signal("note_added")
ticket_status_changed = _signals.signal("ticket_status_changed")
ticket_assigned = _signals.signal("ticket_assigned")
ticket_routed = _signals.signal("ticket_routed")
ticket_merged = _signals.signal("ticket_merged")
ticket_rated = _signals.signal("ticket_rated")
target_warned = _signals.signal("target_warned")
target_breached = _signals.signal("target_breached")
delivery_changed = _signals.signal("delivery_changed")
context_hook_failed = _signals.signal("context_hook_failed")

SIGNALS: tuple[SignalRow, ...] = (
    SignalRow(before_ticket_opened, TicketOpened, BEFORE),
    SignalRow(before_ticket_replied, TicketReplied, BEFORE),
    SignalRow(before_note_added, NoteAdded, BEFORE),
    SignalRow(before_ticket_status_changed, TicketStatusChanged, BEFORE),
    SignalRow(before_ticket_assigned, TicketAssigned, BEFORE),
    SignalRow(before_ticket_routed, TicketRouted, BEFORE),
    SignalRow(before_ticket_merged, TicketMerged, BEFORE),
    SignalRow(before_ticket_rated, TicketRated, BEFORE),
    SignalRow(before_delivery_changed, DeliveryChanged, BEFORE),
    SignalRow(ticket_opened, TicketOpened, AFTER),
    SignalRow(ticket_replied, TicketReplied, AFTER),
    SignalRow(note_added, NoteAdded, AFTER),
    SignalRow(ticket_status_changed, TicketStatusChanged, AFTER),
    SignalRow(ticket_assigned, TicketAssigned, AFTER),
    SignalRow(ticket_routed, TicketRouted, AFTER),
    SignalRow(ticket_merged, TicketMerged, AFTER),
    SignalRow(ticket_rated, TicketRated, AFTER),
    SignalRow(target_warned, TargetDue, AFTER),
    SignalRow(target_breached, TargetDue, AFTER),
    SignalRow(delivery_changed, DeliveryChanged, AFTER),
    SignalRow(context_hook_failed, ContextHookFailed, AFTER),
)


def ask(signal: Signal, app: Any, payload: Any) -> None:
    """Send a before-signal, its receivers in the order of module and name; the first `Vetoed` ends it.

    Any other error of a receiver also stops the act, with a sentence, so that nobody's text is lost: a guard that
    breaks must not let things through. Errors of the database go on, since the act may be repeated.

    :raises Vetoed: by a receiver, or for one that failed.
    """
    for receiver in sorted(signal.receivers_for(app), key=_place):
        try:
            receiver(app, payload)
        except (SupportError, SQLAlchemyError):
            raise
        except Exception as error:
            log.exception("A receiver of %s failed: %s", signal.name, _place(receiver))  # type: ignore[attr-defined]
            raise Vetoed(
                _("The application could not check this just now. Nothing was changed; please try again later.")
            ) from error


def tell(signal: Signal, app: Any, payload: Any) -> None:
    """Send a signal after the commit; each receiver by itself, its error logged and swallowed."""
    for receiver in sorted(signal.receivers_for(app), key=_place):
        try:
            receiver(app, payload)
        except Exception:
            log.exception("A receiver of %s failed: %s", signal.name, _place(receiver))  # type: ignore[attr-defined]


def _place(receiver: Any) -> tuple[str, str]:
    return getattr(receiver, "__module__", ""), getattr(receiver, "__qualname__", repr(receiver))
