"""Who is told of what, through which channel: a table of notices, and a pure plan of deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from .actors import Side

BELL = "bell"
EMAIL = "email"
CHANNELS = (BELL, EMAIL)
YOURS = "yours"
"""What a notice claims that tells its reader that a ticket is assigned to them."""
HERE = "here"
"""What one claims that tells of the queue a ticket came into."""


class Audience(StrEnum):
    """To whom a notice goes."""

    REQUESTER = "requester"
    RESPONSIBLE = "responsible"
    """The assignee, or everybody who covers the queue while nobody is assigned who could be told."""
    ASSIGNEE = "assignee"
    QUEUE = "queue"
    NEW_ASSIGNEE = "new assignee"
    OLD_ASSIGNEE = "old assignee"
    LEADS = "leads and new queue"
    """Leads and, where a queue takes tickets over, everybody who covers it."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One row: a notice, its audience and channels. Its texts lie in ``templates/sgsupport/notifications/<name>/``.

    :param receipt: goes to the person who acted, too.
    :param message_only: tells of a message and of nothing else, so it goes when the message is hidden.
    :param automatic: the mail is marked as machine-made (RFC 3834).
    :param tells: what its words claim, a status, `YOURS` or `HERE`, see `holds`: a mail that waits until it
        is so no more brings the customer support's answer only, and without one is not sent.
    :param waits: asks whoever may to see to the ticket; read for all but its assignee once one of them has.
    :param once: rings no second time for whoever has not read one about the same ticket yet: that one says it instead.
    """

    name: str
    audience: Audience
    doc: str
    channels: tuple[str, ...] = (BELL, EMAIL)
    receipt: bool = False
    message_only: bool = False
    automatic: bool = True
    tells: str = ""
    waits: bool = False
    once: bool = False

    def holds(self, written_at: datetime, so: Mapping[str, datetime | None]) -> bool:
        """Whether what it says is so now, and has been since this was written.

        :param so: what of all that notices may tell is so, and since when; ``None`` where no moment is known.
        """
        if not self.tells:
            return True
        since = so.get(self.tells)
        return self.tells in so and (since is None or written_at >= since)

    @property
    def side(self) -> Side:
        """On which side of the desk it is read."""
        return Side.CUSTOMER if self.audience is Audience.REQUESTER else Side.AGENT


NOTICES: tuple[Notice, ...] = (
    Notice("opened_receipt", Audience.REQUESTER, "We have your ticket.", channels=(EMAIL,), receipt=True, tells="open"),
    Notice("opened_staff", Audience.RESPONSIBLE, "A new ticket waits.", tells="open", waits=True),
    Notice("replied_customer", Audience.REQUESTER, "Support answered.", message_only=True, automatic=False),
    Notice("follow_up_staff", Audience.RESPONSIBLE, "The customer followed up.", waits=True),
    Notice("note_staff", Audience.ASSIGNEE, "A colleague left a note on your ticket."),
    Notice(
        "resolved_customer",
        Audience.REQUESTER,
        "Solved; closes on … unless you reply.",
        automatic=False,
        tells="resolved",
    ),
    Notice("confirmed_staff", Audience.ASSIGNEE, "The customer says it is solved.", tells="closed"),
    Notice("closed_bell_customer", Audience.REQUESTER, "Closed: a colleague said it is solved.", channels=(BELL,)),
    Notice("auto_closed_customer", Audience.REQUESTER, "Closed; you can reopen it until …", tells="closed"),
    Notice("auto_closed_staff", Audience.ASSIGNEE, "Closed without reply.", channels=(BELL,)),
    Notice("closed_customer", Audience.REQUESTER, "Support closed the ticket.", tells="closed"),
    Notice("reopened_customer", Audience.REQUESTER, "The ticket is open again.", tells="open"),
    Notice("reopened_bell_customer", Audience.REQUESTER, "The ticket is open again.", channels=(BELL,)),
    Notice("reopened_staff", Audience.RESPONSIBLE, "A ticket was reopened.", waits=True),
    Notice("set_open_bell_customer", Audience.REQUESTER, "Support goes on working on it.", channels=(BELL,)),
    Notice("set_open_staff", Audience.ASSIGNEE, "A status was set back to open.", channels=(BELL,)),
    Notice("set_resolved_staff", Audience.ASSIGNEE, "A status was set back to resolved.", channels=(BELL,)),
    Notice("withdrawn_staff", Audience.RESPONSIBLE, "The customer no longer needs help.", channels=(BELL,)),
    Notice(
        "rated_staff",
        Audience.RESPONSIBLE,
        "A customer was not happy with the help, or wrote about it.",
        channels=(BELL,),
        once=True,
    ),
    Notice("continued_customer", Audience.REQUESTER, "Your follow-up became a new ticket.", receipt=True),
    Notice("assigned_staff", Audience.NEW_ASSIGNEE, "A ticket was assigned to you.", tells=YOURS),
    Notice("unassigned_staff", Audience.OLD_ASSIGNEE, "A ticket is no longer yours.", channels=(BELL,)),
    Notice("moved_staff", Audience.QUEUE, "A ticket came into your queue.", tells=HERE, waits=True),
    Notice("delivery_failed_staff", Audience.RESPONSIBLE, "A reply was not delivered.", channels=(BELL,)),
    Notice("handed_over_staff", Audience.LEADS, "Tickets of an agent or queue were handed over.", channels=(BELL,)),
    Notice(
        "timer_held_staff", Audience.RESPONSIBLE, "Closing is held: the customer was not reached.", channels=(BELL,)
    ),
)

BY_NAME: Mapping[str, Notice] = {notice.name: notice for notice in NOTICES}


def status_of(ticket: Any) -> dict[str, datetime | None]:
    """The status a ticket has, and since when, for `Notice.holds`; what is filtered tells nobody of any.

    :param ticket: a `Ticket`, or a row with its columns ``status``, ``filtered_reason``, ``resolved_at`` and
        ``closed_at``.
    """
    if ticket.filtered_reason is not None:
        return {}
    return {ticket.status: {"resolved": ticket.resolved_at, "closed": ticket.closed_at}.get(ticket.status)}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to be told: the host's id, the name shown, the address and what they want.

    :param refused: channels the person switched off.
    """

    id: str
    name: str
    email: str | None = None
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class People:
    """Everybody an act may concern."""

    requester: Recipient | None = None
    assignee: Recipient | None = None
    queue_members: Sequence[Recipient] = ()
    new_assignee: Recipient | None = None
    old_assignee: Recipient | None = None
    leads: Sequence[Recipient] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to be written."""

    notice: Notice
    channel: str
    recipient: Recipient


def plan(names: Iterable[str], people: People, *, actor_id: str | None) -> list[Planned]:
    """The deliveries for one act. Nobody is told of their own act, and nobody twice."""
    planned: dict[tuple[Side, str, str], Planned] = {}
    for name in names:
        notice = BY_NAME[name]
        for recipient in audience(notice.audience, people):
            if recipient.id == actor_id and not notice.receipt:
                continue
            for channel in notice.channels:
                if channel in recipient.refused or (channel == EMAIL and not recipient.email):
                    continue
                planned.setdefault((notice.side, recipient.id, channel), Planned(notice, channel, recipient))
    return list(planned.values())


_AUDIENCES: Mapping[Audience, Callable[[People], Sequence[Recipient | None]]] = {
    Audience.REQUESTER: lambda p: (p.requester,),
    Audience.RESPONSIBLE: lambda p: (p.assignee,) if p.assignee else p.queue_members,
    Audience.ASSIGNEE: lambda p: (p.assignee,),
    Audience.QUEUE: lambda p: p.queue_members,
    Audience.NEW_ASSIGNEE: lambda p: (p.new_assignee,),
    Audience.OLD_ASSIGNEE: lambda p: (p.old_assignee,),
    Audience.LEADS: lambda p: (*p.leads, *p.queue_members),
}


def audience(which: Audience, people: People) -> list[Recipient]:
    """The people behind an audience."""
    return [recipient for recipient in _AUDIENCES[which](people) if recipient]


def refused_channels(contact: str, preferences: Mapping[str, bool]) -> frozenset[str]:
    """Channels a person switched off; without a preference, "in-app" as contact preference switches mail off."""
    default = {BELL: True, EMAIL: contact != "in-app"}
    return frozenset(channel for channel, wanted in (default | dict(preferences)).items() if not wanted)
