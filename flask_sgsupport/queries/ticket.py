"""One ticket as an agent sees it: three statements, whatever its length, and everything the page shows ready for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..actors import Actor, Right
from ..errors import NotFound
from ..hooks import Subject
from ..i18n import Coded, worded
from ..i18n import gettext as _
from ..lifecycle import Act, LinkKind, Transition, consider, why_not_split
from ..models import Ticket
from ..permissions import missing, visible_to
from ..routing import PRIORITIES, priority_label, reason_sentence
from ..rules import ACTS
from ..settings import state
from ..snapshot import REMARKS, Snapshot, decode, read_ref
from .choices import Choice, Choices, gathered
from .cursors import MAX_MESSAGES
from .deliveries import DeliveryLine, line_of, no_address
from .drafts import DraftRow, drafts_among
from .events import INLINE, EventRow, event_row, is_half_way
from .facts import facts_of
from .inbox import shown_state, state_label, waiting_words
from .news import OnItsWay, mail_waits, sending_among
from .people import first_name
from .places import Place
from .presence import Present, sentences
from .ratings import GivenRating, rating_of
from .targets import DueTimes, due_times
from .ticket_statements import around_and_beside, message_columns, ticket_columns
from .views import Filters
from .ways import Ways, ways_of


@dataclass(frozen=True, slots=True)
class File:
    """An attachment.

    :param removed: its bytes were redacted.
    """

    key: str
    name: str
    content_type: str
    size_bytes: int
    removed: bool


@dataclass(frozen=True, slots=True)
class OlderText:
    """What a note said before it was edited."""

    body: str
    editor: str
    replaced_at: datetime


@dataclass(slots=True)
class MessageRow:
    """One entry of the conversation.

    :param kind: how it is drawn: customer, reply or note; what is not public is always a note.
    :param said: after it was made private: who has it already, in words.
    :param part: number of the ticket it stands in, where that was merged into this one; there it can be worked on.
    """

    key: str
    kind: str
    role: str
    author: str
    at: datetime
    body: str
    public: bool
    edited_at: datetime | None
    may_edit: bool
    may_toggle: bool
    may_redact: bool
    may_split: bool
    files: list[File] = field(default_factory=list)
    deliveries: list[DeliveryLine] = field(default_factory=list)
    older: list[OlderText] = field(default_factory=list)
    said: str = ""
    part: str = ""


@dataclass(frozen=True, slots=True)
class Why:
    """One reason why a ticket is where it is.

    :param rule: the key of the rule that decided it, if one did.
    """

    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class OtherTicket:
    """Another ticket of the account."""

    ticket_id: str
    subject: str
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class LinkedTicket:
    """A ticket that belongs to this one.

    :param kind: what this ticket is to it.
    """

    ticket_id: str
    subject: str
    kind: LinkKind
    state: str
    state_label: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The ticket before or after this one in the list the person came from."""

    ticket_id: str
    subject: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """Everything the ticket page shows."""

    ticket_id: str
    version: int
    subject: str
    state: str
    state_label: str
    waiting: str
    late: bool
    due: DueTimes | None
    filtered_reason: str | None
    told_before: bool
    """Somebody was told of it, or is about to be: before it was put aside, where it is filtered."""
    hold_reason: str | None
    snoozed_until: datetime | None
    auto_close_at: datetime | None
    created_at: datetime
    channel: str
    opened_by: str
    account_id: str
    account_name: str
    account_removed_at: datetime | None
    requester_id: str
    requester_name: str
    requester_email: str
    queue: Choice
    category: Choice | None
    priority: str
    priority_label: str
    priority_high: bool
    priorities: Sequence[tuple[str, str]]
    assignee_id: str
    assignee: str
    mine: bool
    may_assign: bool
    assign_refusal: str
    tags: Sequence[str]
    sites: Sequence[str]
    about: Sequence[Subject]
    """The host's things it is about, with title and link as they were."""
    why: Sequence[Why]
    follow_up_of: str
    split_from: str
    """Number of the ticket in which stands what it was made of."""
    merged_into: str
    parts: Sequence[OtherTicket]
    """Tickets merged into this one that the agent may see; their messages stand among its own."""
    links: Sequence[LinkedTicket]
    """Tickets it is linked to that the agent may see."""
    snapshot: Snapshot | None
    captured_at: datetime | None
    remark: str
    entries: Sequence[MessageRow | EventRow]
    earlier: str
    """Key of the message before which there are more; empty where there are none."""
    later: bool
    undelivered: Sequence[DeliveryLine]
    """Failed mails that belong to no message."""
    history: Sequence[EventRow]
    history_count: int
    """How many events there are; counted to one more than `MAX_EVENTS`."""
    choices: Choices
    here: Sequence[Present]
    followers: Sequence[Choice]
    colleagues: Sequence[str]
    others: Sequence[OtherTicket]
    account_open: int
    """Open tickets of the account, this one among them; as many as the list of the account shows."""
    ways: Ways
    rating: GivenRating | None
    drafts: Mapping[str, DraftRow]
    """One's own, by their form."""
    can_undo: bool
    """A reply can be taken back for some seconds: there is a worker to send it then."""
    saved: str
    """What the saved view is called the person came from, where it is one they have."""
    sending: Sequence[OnItsWay]
    """Replies of one's own to other tickets that can still be taken back."""
    unread: int
    mail_waits: bool
    news: bool
    """Something here the person has not seen yet."""
    updated_at: datetime
    deliveries_tried: int
    newest_bell: int | None
    """Key of the newest unread in-app notice about it."""
    looked_at: bool
    """The person has seen it before."""
    new_from: str
    """Key of the first message that came since; empty where there is none."""
    before: Neighbour | None
    after: Neighbour | None

    def is_followed_by(self, actor: Actor) -> bool:
        """Whether they are told of it as its assignee is."""
        return actor.agent_pk in {one.pk for one in self.followers}

    def colleagues_to_follow(self, me: str) -> Sequence[Choice]:
        """Agents who see it and do not follow it yet, oneself left out."""
        known = {me, *(one.key for one in self.followers)}
        return [one for one in self.choices.agents if one.key not in known]

    @property
    def agent_names(self) -> dict[str, str]:
        """Of the agents who see it, by the host's id."""
        return {agent.key: agent.label for agent in self.choices.agents}

    @property
    def waiting_words(self) -> str:
        """How long the customer has waited, or when it closes."""
        return self.waiting if not self.waiting[:1].isdigit() else _("waiting %(time)s", time=self.waiting)

    @property
    def reasons(self) -> Sequence[str]:
        """Why it is where it is, a sentence each."""
        return [one.text for one in self.why]

    @property
    def first_name(self) -> str:
        """Of the requester."""
        return first_name(self.requester_name)

    def message(self, key: str) -> MessageRow | None:
        """A message that is shown."""
        return next((e for e in self.entries if isinstance(e, MessageRow) and e.key == key), None)


def ticket_page(
    actor: Actor, ticket_id: str, *, earlier: str = "", found_in: tuple[Filters, Place] | None = None, saved: str = ""
) -> TicketPage:
    """The page of a ticket.

    :param earlier: key of a message: what came before it is shown.
    :param found_in: the list the person came from, and the place in it.
    :param saved: key of the saved view that list is.
    :raises NotFound: not there, or not for this agent: the two look the same.
    """
    session = state().db.session
    row = session.execute(ticket_columns(actor, ticket_id)).first()
    if row is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    found = session.execute(message_columns(actor, row, earlier)).all()
    more = len(found) > MAX_MESSAGES
    found = list(reversed(found[:MAX_MESSAGES]))
    until = found[-1].created_at if earlier and found else None
    around_them, beside = around_and_beside(actor, row, found, until=until, found_in=found_in, saved=saved)
    parts = {one.pk: one.key for one in beside if one.kind == "merged"}
    talk = _conversation(actor, row, found, around_them, parts)
    if not earlier:
        _say_who_cannot_be_reached(row, talk.messages.values())
    return TicketPage(
        **_as_it_stands(row),
        **_settings_of(actor, row),
        **_beside(row, beside),
        opened_by=next((e.actor for e in talk.events if e.action == "ticket.opened"), row.requester_name),
        entries=_in_order(talk.messages.values(), talk.events, more=more),
        earlier=found[0].key if more else "",
        later=bool(earlier),
        undelivered=[line for line in talk.of_no_message if line.again],
        history=list(reversed(talk.events))[:10],
        told_before=bool(row.told_before),
        ways=ways_of(replace(facts_of(row), notice_undelivered=bool(row.notice_undelivered)), actor),
        rating=rating_of(row),
        drafts=drafts_among(around_them),
        sending=[one for one in sending_among(beside) if one.ticket_id != ticket_id],
        updated_at=row.updated_at,
        deliveries_tried=row.deliveries_tried,
        newest_bell=row.newest_bell,
        looked_at=row.read_at is not None,
        new_from=_new_from(actor, row.read_at, found),
        before=_neighbour("before", around_them),
        after=_neighbour("after", around_them),
    )


def _new_from(actor: Actor, read_at: datetime | None, messages: Iterable[Any]) -> str:
    me = actor.person.id if actor.person else None
    if read_at is None:
        return ""
    return next((one.key for one in messages if one.created_at > read_at and one.author_id != me), "")


def _neighbour(kind: str, around_them: Iterable[Any]) -> Neighbour | None:
    for one in around_them:
        if one.kind == kind:
            return Neighbour(one.a, one.b, str(Place(bool(one.n), one.at, one.a, one.c)))
    return None


@dataclass(frozen=True, slots=True)
class _Conversation:
    messages: Mapping[int, MessageRow]
    events: Sequence[EventRow]
    of_no_message: Sequence[DeliveryLine]


def _conversation(
    actor: Actor, ticket: Any, found: Iterable[Any], around_them: Sequence[Any], parts: Mapping[int, str]
) -> _Conversation:
    messages = {one.pk: _message(actor, ticket, one, parts.get(one.ticket_pk, "")) for one in found}
    _hang(messages, around_them)
    _say_what_was_not_sent(messages.values(), around_them)
    events = sorted((one for one in around_them if one.kind == "event"), key=lambda one: one.n)
    now = state().now()
    lost = [line_of(one, now) for one in around_them if one.kind == "delivery" and one.message_pk is None]
    shown = [event_row(one) for one in events if not is_half_way(one.a, one.d, one.e)]
    return _Conversation(messages, shown, lost)


_SHOWN_AS_THEY_ARE = (
    "ticket_id",
    "version",
    "subject",
    "filtered_reason",
    "hold_reason",
    "snoozed_until",
    "auto_close_at",
    "created_at",
    "channel",
    "account_id",
    "account_name",
    "account_removed_at",
    "requester_id",
    "requester_name",
    "captured_at",
)


def _as_it_stands(row: Any) -> dict[str, Any]:
    """Who it is from, how it stands and what was captured."""
    waiting, late = waiting_words(row, state().now())
    shown = shown_state(row)
    return {name: getattr(row, name) for name in _SHOWN_AS_THEY_ARE} | {
        "state": shown,
        "state_label": state_label(shown),
        "waiting": waiting,
        "late": late,
        "due": due_times(row, state().now()),
        "requester_email": row.requester_email or "",
        "why": [_why(reason) for reason in json.loads(row.routing or "[]")],
        "follow_up_of": row.follow_up_of or "",
        "split_from": row.split_from or "",
        "merged_into": row.merged_into_id or "",
        "snapshot": decode(row.snapshot_body) if row.snapshot_body else None,
        "remark": worded(REMARKS, json.loads(row.remark)) if row.remark else "",
    }


def _settings_of(actor: Actor, row: Any) -> dict[str, Any]:
    """What agents set: queue, category, priority and assignee."""
    assignable = Right.ASSIGN in actor.rights
    return {
        "queue": Choice(row.queue_key, row.queue_name, row.queue_pk),
        "category": Choice(row.category_key, row.category_name) if row.category_key else None,
        "priority": row.priority,
        "priority_label": priority_label(row.priority),
        "priority_high": row.priority in {"high", "urgent"},
        "priorities": [(one, priority_label(one)) for one in PRIORITIES],
        "assignee_id": row.assignee_host_id or "",
        "assignee": row.assignee or "",
        "mine": row.assignee_pk is not None and row.assignee_pk == actor.agent_pk,
        "may_assign": assignable,
        "assign_refusal": "" if assignable else missing(Right.ASSIGN),
    }


def _beside(row: Any, beside: Sequence[Any]) -> dict[str, Any]:
    """What stands beside the conversation: tags, sites, choices, the account's other tickets, counts."""
    counts = {(one.kind, one.key): int(one.pk) for one in beside if one.kind in _COUNTS}
    return {
        "tags": sorted(one.key for one in beside if one.kind == "tag"),
        "sites": [one.label for one in sorted((o for o in beside if o.kind == "site"), key=lambda o: o.position)],
        "about": [
            Subject(*read_ref(one.key), one.label, one.extra)
            for one in sorted((o for o in beside if o.kind == "about"), key=lambda o: o.position)
        ],
        "choices": gathered(beside),
        "saved": next((one.label for one in beside if one.kind == "saved"), ""),
        "here": sentences(beside).get(row.ticket_id, ()),
        "followers": sorted(
            (Choice(o.key, o.label, o.pk) for o in beside if o.kind == "follower"), key=lambda o: o.label
        ),
        "colleagues": sorted(one.label for one in beside if one.kind == "colleague"),
        "parts": [OtherTicket(o.key, o.label, "merged", state_label("merged")) for o in beside if o.kind == "merged"],
        "links": [_linked(one) for one in beside if one.kind in {"link_first", "link_second"}],
        "others": [OtherTicket(o.key, o.label, o.extra, state_label(o.extra)) for o in _others(beside)],
        "account_open": counts["account_open", ""],
        "history_count": counts["events", ""],
        "unread": counts["unread", ""] - counts["unread_here", ""],
        "mail_waits": mail_waits(counts),
        "can_undo": counts["worker", ""] > 0 and state().settings.undo_send_seconds > 0,
        "news": row.read_at is None or row.read_at < row.updated_at or counts["unread_here", ""] > 0,
    }


def _linked(one: Any) -> LinkedTicket:
    kind, __, shown = one.extra.partition(" ")
    of_incident = LinkKind.INCIDENT if one.kind == "link_first" else LinkKind.CASE
    seen = LinkKind.RELATED if kind == LinkKind.RELATED else of_incident
    return LinkedTicket(one.key, one.label, seen, shown, state_label(shown))


def is_visible(actor: Actor, ticket_id: str) -> bool:
    """Whether the agent may see the ticket now; asked after it was moved."""
    return version_for(actor, ticket_id) is not None


def version_for(actor: Actor, ticket_id: str) -> int | None:
    """The version of the ticket the agent is shown now; nothing where they see none of this number."""
    version: int | None = state().db.session.scalar(
        select(Ticket.version).where(Ticket.ticket_id == ticket_id, visible_to(actor))
    )
    return version


def _why(reason: Coded) -> Why:
    said = reason_sentence(reason)
    text = _("when %(act)s: %(what)s", act=ACTS[reason["on"]], what=said) if reason.get("on") in ACTS else said
    return Why(text, reason.get("rule", ""))


_COUNTS = frozenset({"unread", "due", "late", "worker", "account_open", "unread_here", "events"})


def _others(asked: Iterable[Any]) -> list[Any]:
    return sorted((one for one in asked if one.kind == "other"), key=lambda one: -one.pk)


def _message(actor: Actor, ticket: Any, row: Any, part: str) -> MessageRow:
    may_split = Right.HANDLE in actor.rights and isinstance(consider(Act.SPLIT, facts_of(ticket), actor), Transition)
    ours = row.kind in {"internal-note", "public-reply"}
    me = actor.person.id if actor.person else None
    if not row.public:
        kind, role = "note", "" if row.kind == "internal-note" else _("public reply, made private")
    elif ours:
        kind, role = "reply", _("public reply") if row.kind == "public-reply" else _("note made public")
    else:
        kind = "customer"
        role = _("customer") if row.author_id == ticket.requester_id else _("colleague of the customer")
        if row.side == "agent":
            role = _("on behalf of %(name)s", name=ticket.requester_name)
    return MessageRow(
        key=row.key,
        kind=kind,
        role=role,
        author=row.author or row.author_public_name,
        at=row.created_at,
        body=row.body,
        public=row.public,
        edited_at=row.edited_at,
        may_redact=not part and Right.LEAD in actor.rights,
        may_split=may_split and not part and not why_not_split(row.kind, public=row.public),
        may_toggle=not part and ours and Right.HANDLE in actor.rights,
        part=part,
        may_edit=not part
        and row.kind == "internal-note"
        and Right.HANDLE in actor.rights
        and (Right.LEAD in actor.rights or row.author_id == me),
    )


def _hang(messages: Mapping[int, MessageRow], around: Iterable[Any]) -> None:
    """Hang files, deliveries, older texts, and who has what was hidden on their messages."""
    now = state().now()
    for one in around:
        message = messages.get(one.message_pk)
        if message is None:
            continue
        if one.kind == "file":
            message.files.append(File(one.a, one.b, one.c, one.n, removed=one.d is None))
        elif one.kind == "delivery":
            message.deliveries.append(line_of(one, now))
        elif one.kind == "version":
            message.older.append(OlderText(one.a, one.b or "", one.at))
        elif one.kind == "visibility" and not message.public:
            message.said = str(json.loads(one.a or "{}").get("said") or "")
    for message in messages.values():
        message.deliveries.sort(key=lambda line: line.order)
        message.older.sort(key=lambda text: text.replaced_at, reverse=True)


def _say_what_was_not_sent(messages: Iterable[MessageRow], around: Iterable[Any]) -> None:
    """A mail without a message that did not go out, under the reply before it."""
    replies, now = [message for message in messages if message.kind == "reply"], state().now()
    for one in around:
        if one.kind == "delivery" and one.message_pk is None and one.c == "cancelled":
            before = [reply for reply in replies if reply.at <= one.due_at]
            for reply in before[-1:]:
                reply.deliveries.append(line_of(one, now))


def _say_who_cannot_be_reached(ticket: Any, messages: Iterable[MessageRow]) -> None:
    """Under the last public reply, where no mail can go out because the ticket has no address."""
    replies = [message for message in messages if message.kind == "reply"]
    if replies and not ticket.requester_email and not any(line.channel == "email" for line in replies[-1].deliveries):
        replies[-1].deliveries.append(no_address())


def _in_order(messages: Iterable[MessageRow], events: Sequence[EventRow], *, more: bool) -> list[MessageRow | EventRow]:
    """Messages and what happened between them; a message's own event says which of two at one moment came first."""
    shown = list(messages)
    first = shown[0].at if shown and more else None
    lines = [event for event in events if event.action in INLINE and (first is None or event.at >= first)]
    orders: dict[str, int] = {}
    for event in events:
        orders.setdefault(event.message, event.order)
    entries: list[MessageRow | EventRow] = [*shown, *lines]
    return sorted(
        entries, key=lambda entry: (entry.at, entry.order if isinstance(entry, EventRow) else orders.get(entry.key, 0))
    )
