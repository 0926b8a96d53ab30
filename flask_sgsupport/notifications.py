"""Who is told of what, through which channel: a table of notices, and a pure plan of deliveries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
MENTIONED = "mentioned_staff"
"""What tells agents that a note calls them; of one note it is told once."""
HERE = "here"
"""What one claims that tells of the queue a ticket came into."""


class Topic(StrEnum):
    """What people may switch off by itself within a channel; what is of none is told as long as the channel is on."""

    ANSWERS = "answers"
    STATUS = "status"
    RECEIPTS = "receipts"
    QUEUE = "queue"
    """Whatever agents are told of because they cover a queue, category or tag, while nobody has the ticket."""
    ASSIGNMENTS = "assignments"
    CUSTOMER = "customer"
    MENTIONS = "mentions"
    NOTES = "notes"
    CHANGES = "changes"
    TARGETS = "targets"


class Audience(StrEnum):
    """To whom a notice goes."""

    REQUESTER = "requester"
    """Nobody else asked for it: of a receipt a follower knows nothing."""
    CUSTOMERS = "requester and followers"
    """The requester, and colleagues of theirs who follow the ticket."""
    RESPONSIBLE = "responsible and followers"
    """The assignee, or everybody who covers the queue while nobody is assigned who could be told."""
    ASSIGNEE = "assignee and followers"
    QUEUE = "queue"
    NEW_ASSIGNEE = "new assignee"
    OLD_ASSIGNEE = "old assignee"
    ADDED = "added follower"
    MENTIONED = "mentioned"
    """Agents whom a note calls by name, and who see the ticket."""
    AUTHOR = "author of the reply"
    """Nobody else knows of a reply that was not sent."""
    LEADS = "leads and new queue"
    """Leads and, where a queue takes tickets over, everybody who covers it."""
    ALL_LEADS = "leads"


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
        return Side.CUSTOMER if self.audience in {Audience.REQUESTER, Audience.CUSTOMERS} else Side.AGENT


NOTICES: tuple[Notice, ...] = (
    Notice("opened_receipt", Audience.REQUESTER, "We have your ticket.", channels=(EMAIL,), receipt=True, tells="open"),
    Notice("opened_staff", Audience.RESPONSIBLE, "A new ticket waits.", tells="open", waits=True),
    Notice("replied_customer", Audience.CUSTOMERS, "Support answered.", message_only=True, automatic=False),
    Notice("follow_up_staff", Audience.RESPONSIBLE, "The customer followed up.", waits=True),
    Notice(MENTIONED, Audience.MENTIONED, "A colleague mentioned you in a note."),
    Notice("follower_added_staff", Audience.ADDED, "A colleague had you follow a ticket.", channels=(BELL,)),
    Notice("note_staff", Audience.ASSIGNEE, "A colleague left a note on your ticket."),
    Notice(
        "resolved_customer",
        Audience.CUSTOMERS,
        "Solved; closes on … unless you reply.",
        automatic=False,
        tells="resolved",
    ),
    Notice("confirmed_staff", Audience.ASSIGNEE, "The customer says it is solved.", tells="closed"),
    Notice("closed_bell_customer", Audience.CUSTOMERS, "Closed: a colleague said it is solved.", channels=(BELL,)),
    Notice("auto_closed_customer", Audience.CUSTOMERS, "Closed; you can reopen it until …", tells="closed"),
    Notice("auto_closed_staff", Audience.ASSIGNEE, "Closed without reply.", channels=(BELL,)),
    Notice("closed_customer", Audience.CUSTOMERS, "Support closed the ticket.", tells="closed"),
    Notice("reopened_customer", Audience.CUSTOMERS, "The ticket is open again.", tells="open"),
    Notice("reopened_bell_customer", Audience.CUSTOMERS, "The ticket is open again.", channels=(BELL,)),
    Notice("reopened_staff", Audience.RESPONSIBLE, "A ticket was reopened.", waits=True),
    Notice("set_open_bell_customer", Audience.CUSTOMERS, "Support goes on working on it.", channels=(BELL,)),
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
    Notice("woken_staff", Audience.RESPONSIBLE, "A snoozed ticket is back.", channels=(BELL,), waits=True),
    Notice("continued_customer", Audience.REQUESTER, "Your follow-up became a new ticket.", receipt=True),
    Notice("split_customer", Audience.REQUESTER, "A ticket of its own was made of a message of yours."),
    Notice("merged_customer", Audience.CUSTOMERS, "A ticket of yours and this one are one now."),
    Notice("merged_staff", Audience.ASSIGNEE, "Another ticket was merged into yours."),
    Notice("assigned_staff", Audience.NEW_ASSIGNEE, "A ticket was assigned to you.", tells=YOURS),
    Notice("unassigned_staff", Audience.OLD_ASSIGNEE, "A ticket is no longer yours.", channels=(BELL,)),
    Notice("moved_staff", Audience.QUEUE, "A ticket came into your queue.", tells=HERE, waits=True),
    Notice("delivery_failed_staff", Audience.RESPONSIBLE, "A reply was not delivered.", channels=(BELL,)),
    Notice("handed_over_staff", Audience.LEADS, "Tickets of an agent or queue were handed over.", channels=(BELL,)),
    Notice("target_warned_staff", Audience.RESPONSIBLE, "A target is nearly over.", channels=(BELL,), waits=True),
    Notice("target_breached_staff", Audience.RESPONSIBLE, "A target is over.", channels=(BELL,), waits=True),
    Notice("ruled_staff", Audience.RESPONSIBLE, "A rule tells of a target.", tells="open", waits=True),
    Notice("target_breached_lead", Audience.ALL_LEADS, "A target is over, for leads.", channels=(BELL,)),
    Notice(
        "unsent_staff", Audience.AUTHOR, "A reply you sent could not go out; it is a draft again.", channels=(BELL,)
    ),
    Notice(
        "timer_held_staff", Audience.RESPONSIBLE, "Closing is held: the customer was not reached.", channels=(BELL,)
    ),
)

BY_NAME: Mapping[str, Notice] = {notice.name: notice for notice in NOTICES}

TOPICS: Mapping[Topic, tuple[str, ...]] = {
    Topic.ANSWERS: ("replied_customer",),
    Topic.STATUS: (
        "resolved_customer",
        "closed_bell_customer",
        "auto_closed_customer",
        "closed_customer",
        "reopened_customer",
        "reopened_bell_customer",
        "set_open_bell_customer",
    ),
    Topic.RECEIPTS: ("opened_receipt", "continued_customer", "split_customer", "merged_customer"),
    Topic.QUEUE: ("moved_staff",),
    Topic.ASSIGNMENTS: ("opened_staff", "assigned_staff", "unassigned_staff"),
    Topic.CUSTOMER: ("follow_up_staff", "reopened_staff", "confirmed_staff", "withdrawn_staff", "rated_staff"),
    Topic.MENTIONS: (MENTIONED, "follower_added_staff"),
    Topic.NOTES: ("note_staff",),
    Topic.CHANGES: ("auto_closed_staff", "set_open_staff", "set_resolved_staff", "merged_staff", "woken_staff"),
    Topic.TARGETS: ("target_warned_staff", "target_breached_staff", "ruled_staff", "target_breached_lead"),
}
"""The notices of each. Of none are those that say what went wrong, and that tickets were handed over."""
_TOPIC_OF = {name: topic for topic, names in TOPICS.items() for name in names}
_WAITING = tuple(notice for notice in NOTICES if notice.audience in {Audience.QUEUE, Audience.RESPONSIBLE})


def topics_of(side: Side) -> Mapping[Topic, tuple[str, ...]]:
    """What somebody on this side may switch off, each with the channels that carry anything of it."""
    told = {topic: [BY_NAME[name] for name in names] for topic, names in TOPICS.items()}
    told[Topic.QUEUE] += [notice for notice in _WAITING if notice.name in _TOPIC_OF]
    return {
        topic: tuple(channel for channel in CHANNELS if any(channel in notice.channels for notice in notices))
        for topic, notices in told.items()
        if notices[0].side is side
    }


def wish(channel: str, topic: str | None) -> str:
    """The key under which somebody's wish is kept: of a channel, or of a topic within it, as ``email/answers``."""
    return f"{channel}/{topic}" if topic else channel


WISHES = frozenset(
    [*CHANNELS, *(wish(channel, topic) for side in Side for topic, by in topics_of(side).items() for channel in by)]
)
"""Every key there is."""


def status_of(ticket: Any) -> dict[str, datetime | None]:
    """The status a ticket has, and since when, for `Notice.holds`; what is filtered or merged tells nobody of any.

    :param ticket: a `Ticket`, or a row with its columns ``status``, ``filtered_reason``, ``merged_into_id``,
        ``resolved_at`` and ``closed_at``.
    """
    if ticket.filtered_reason is not None or ticket.merged_into_id is not None:
        return {}
    return {ticket.status: {"resolved": ticket.resolved_at, "closed": ticket.closed_at}.get(ticket.status)}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person to be told: the host's id, the name shown, the address and what they want.

    :param refused: the keys of what the person switched off, see `wish`.
    :param follows: they are a colleague of the requester who follows the ticket, and are told so.
    """

    id: str
    name: str
    email: str | None = None
    refused: frozenset[str] = frozenset()
    follows: bool = False

    def wants(self, channel: str, topic: Topic | None) -> bool:
        """Whether they have not switched off a channel, or a topic within it."""
        return self.refused.isdisjoint({channel, wish(channel, topic)})


@dataclass(frozen=True, slots=True)
class People:
    """Everybody an act may concern."""

    requester: Recipient | None = None
    colleagues: Sequence[Recipient] = ()
    """Of the requester, who follow the ticket."""
    assignee: Recipient | None = None
    queue_members: Sequence[Recipient] = ()
    new_assignee: Recipient | None = None
    old_assignee: Recipient | None = None
    author: Recipient | None = None
    leads: Sequence[Recipient] = ()
    mentioned: Sequence[Recipient] = ()
    followers: Sequence[Recipient] = ()
    added: Recipient | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """One delivery to be written."""

    notice: Notice
    channel: str
    recipient: Recipient
    topic: Topic | None = None


def plan(names: Iterable[str], people: People, *, actor_id: str | None) -> list[Planned]:
    """The deliveries for one act. Nobody is told of their own act, and nobody twice."""
    planned: dict[tuple[Side, str, str], Planned] = {}
    for name in names:
        notice = BY_NAME[name]
        for recipient, topic in _reached(notice, people):
            if recipient.id == actor_id and not notice.receipt:
                continue
            for channel in notice.channels:
                if not recipient.wants(channel, topic) or (channel == EMAIL and not recipient.email):
                    continue
                planned.setdefault((notice.side, recipient.id, channel), Planned(notice, channel, recipient, topic))
    return list(planned.values())


def _reached(notice: Notice, people: People) -> Iterator[tuple[Recipient, Topic | None]]:
    """Whom it goes to, each with what they would have switched off."""
    waits = notice.audience is Audience.QUEUE or (notice.audience is Audience.RESPONSIBLE and not people.assignee)
    members = len(people.queue_members) if waits else 0
    for place, recipient in enumerate(audience(notice.audience, people)):
        topic = _TOPIC_OF.get(notice.name)
        yield recipient, Topic.QUEUE if topic and place < members else topic


_AUDIENCES: Mapping[Audience, Callable[[People], Sequence[Recipient | None]]] = {
    Audience.REQUESTER: lambda p: (p.requester,),
    Audience.CUSTOMERS: lambda p: (p.requester, *p.colleagues),
    Audience.RESPONSIBLE: lambda p: (*((p.assignee,) if p.assignee else p.queue_members), *p.followers),
    Audience.ASSIGNEE: lambda p: (p.assignee, *p.followers),
    Audience.QUEUE: lambda p: p.queue_members,
    Audience.NEW_ASSIGNEE: lambda p: (p.new_assignee,),
    Audience.OLD_ASSIGNEE: lambda p: (p.old_assignee,),
    Audience.ADDED: lambda p: (p.added,),
    Audience.MENTIONED: lambda p: p.mentioned,
    Audience.AUTHOR: lambda p: (p.author,),
    Audience.LEADS: lambda p: (*p.leads, *p.queue_members),
    Audience.ALL_LEADS: lambda p: p.leads,
}


def audience(which: Audience, people: People) -> list[Recipient]:
    """The people behind an audience."""
    return [recipient for recipient in _AUDIENCES[which](people) if recipient]


def is_for_a_follower(data: str) -> bool:
    """Whether a delivery went to somebody of the customer's side because they follow the ticket.

    :param data: the JSON a delivery carries.
    """
    return bool(json.loads(data or "{}").get("follows"))


def topic_of(data: str) -> str | None:
    """The topic under which a delivery went to its recipient.

    :param data: the JSON a delivery carries.
    """
    topic: str | None = json.loads(data or "{}").get("topic")
    return topic


def refused_by(contact: str, preferences: Mapping[str, bool]) -> frozenset[str]:
    """Keys of what a person switched off; without a preference, "in-app" as contact preference switches mail off."""
    default = {BELL: True, EMAIL: contact != "in-app"}
    return frozenset(key for key, wanted in (default | dict(preferences)).items() if not wanted)
