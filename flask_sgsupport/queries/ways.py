"""What an agent may do with a ticket now, asked of the lifecycle and ready for a page: no page compares statuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from ..actors import Actor
from ..errors import TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, Status, Transition, change_to, consider, status_label
from ..permissions import missing


@dataclass(frozen=True, slots=True)
class StatusWay:
    """One status of the dropdown.

    :param refusal: why it cannot be chosen now; empty where it can.
    """

    value: str
    label: str
    current: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class SendButton:
    """A way of sending a reply; ``status`` is set in the same act."""

    label: str
    status: str
    kind: str


@dataclass(frozen=True, slots=True)
class Ways:
    """Everything the ticket page offers.

    :param reply_refusal: why no public reply is possible; empty where one is.
    :param record_confirmation: it can be closed with a note on how the customer confirmed.
    """

    statuses: Sequence[StatusWay]
    reply_refusal: str
    buttons: Sequence[SendButton]
    record_confirmation: bool
    reopen: bool
    release: bool
    put_aside: bool
    snooze: bool
    wake: bool
    merge: bool

    @property
    def other_statuses(self) -> bool:
        """Whether any other status can be chosen."""
        return any(not way.current and not way.refusal for way in self.statuses)


def ways_of(facts: Facts, actor: Actor) -> Ways:
    """Ask the lifecycle and the rights for every way at once."""
    return Ways(
        statuses=[_status_way(status, facts, actor) for status in Status],
        reply_refusal=_refusal(Act.REPLY, facts, actor),
        buttons=_buttons(facts, actor),
        record_confirmation=bool(_refusal(Act.CLOSE, facts, actor))
        and not _refusal(Act.CLOSE, replace(facts, confirmation_recorded=True), actor),
        reopen=not _refusal(Act.REOPEN, facts, actor),
        release=not _refusal(Act.RELEASE, facts, actor),
        put_aside=not _refusal(Act.FILTER, facts, actor),
        snooze=not _refusal(Act.SNOOZE, replace(facts, wanted_until=facts.now + timedelta(days=1)), actor),
        wake=not _refusal(Act.WAKE, facts, actor),
        merge=not _refusal(Act.MERGE, facts, actor),
    )


def _refusal(act: Act, facts: Facts, actor: Actor) -> str:
    outcome = consider(act, facts, actor)
    if isinstance(outcome, str):
        return outcome
    return _right(outcome, actor)


def _right(outcome: Transition, actor: Actor) -> str:
    right = outcome.row.right
    return "" if right in actor.rights else missing(right)


def _status_way(status: Status, facts: Facts, actor: Actor) -> StatusWay:
    label = status_label(status)
    if status is facts.status:
        return StatusWay(str(status), label, current=True)
    try:
        act = change_to(status, facts)
    except TransitionRefused as refused:
        return StatusWay(str(status), label, refusal=refused.sentence)
    return StatusWay(str(status), label, refusal=_refusal(act, facts, actor))


def _buttons(facts: Facts, actor: Actor) -> Sequence[SendButton]:
    buttons = [SendButton(_("Send"), "", "")]
    answered = replace(facts, answered=True)
    for status, label in ((Status.RESOLVED, _("Send and resolve")), (Status.OPEN, _("Send and set back to open"))):
        if (
            not _refusal(Act.REPLY, facts, actor)
            and not _status_way(status, answered, actor).refusal
            and status is not facts.status
        ):
            buttons.append(SendButton(label, str(status), "green" if status is Status.RESOLVED else ""))
    return buttons
