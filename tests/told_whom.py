"""Whom each act must have told, worked out from the history: a mail that was never written leaves no row to look at.

The rule is written down here a second time, in the words of the lifecycle, and asks none of the code that
writes deliveries. Where the rows of now do not say how it was then (somebody has chosen their channels, an agent was
changed since), nothing is due; a delivery that no act explains, or one too many, is wrong in any case.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask_sgsupport.notifications import TOPICS, Topic

if TYPE_CHECKING:
    from tests.invariants import Rows

BOTH, BELL, EMAIL = ("bell", "email"), ("bell",), ("email",)
REQUESTER, ASSIGNEE, RESPONSIBLE, MEMBERS, NEW, OLD = "requester", "assignee", "responsible", "members", "new", "old"
CUSTOMERS = "requester and followers"
MENTIONED = "mentioned"
ADDED = "added"
OF_THE_MERGED = "requester and followers of what was merged into it"
LEADS = "leads"
REPLIED = "replied_customer"
"""Also what becomes of a mail whose ticket has another status by the time it is sent: the reply alone."""
HANDING_OVER = "system:handover"
HANDED_OVER = "handed_over_staff"
"""Tells of many tickets at once, on one of them."""
RATED = "rated_staff"
"""Says what was said last, as long as nobody has read it: it is there once, and as of the last time."""

UNSENT = "unsent_staff"
"""Tells an agent of a reply of theirs that never became one: nothing of it stands in any history."""

Told = tuple[str, str, tuple[str, ...]]
"""A notice, its audience and its channels."""

OF_STATUS: dict[tuple[str, str], tuple[Told, ...]] = {
    ("resolved", "resolved"): (("resolved_customer", CUSTOMERS, BOTH),),
    ("confirmed", "closed"): (("confirmed_staff", ASSIGNEE, BOTH), ("closed_bell_customer", CUSTOMERS, BELL)),
    ("no_reply", "closed"): (("auto_closed_customer", CUSTOMERS, BOTH), ("auto_closed_staff", ASSIGNEE, BELL)),
    ("closed", "closed"): (("closed_customer", CUSTOMERS, BOTH),),
    ("follow-up", "open"): (("reopened_staff", RESPONSIBLE, BOTH), ("reopened_bell_customer", CUSTOMERS, BELL)),
    ("correction", "open"): (("set_open_bell_customer", CUSTOMERS, BELL), ("set_open_staff", ASSIGNEE, BELL)),
    ("correction", "resolved"): (("resolved_customer", CUSTOMERS, BOTH), ("set_resolved_staff", ASSIGNEE, BELL)),
    ("reopen", "open"): (("reopened_customer", CUSTOMERS, BOTH), ("reopened_staff", RESPONSIBLE, BOTH)),
    ("withdrawn", "resolved"): (),
    ("withdrawn", "closed"): (("withdrawn_staff", RESPONSIBLE, BELL),),
}
"""By cause and by what the status became."""
REOPENING = {"follow-up", "reopen"}
RECEIPTS = {"opened_receipt", "continued_customer", "split_customer"}


@dataclass
class Act:
    """What one unit of work did to one ticket, and how the ticket stood after it."""

    ticket: Any
    events: Sequence[Any]
    by: str | None
    status: str
    filtered: bool
    assignee: str | None
    requester: str
    followers: frozenset[str]
    had_receipt: bool
    """Something has told the customer before that the ticket is there."""
    lost_receipt: bool
    """What told them was taken back by now; if it was before this act, a release tells them anew."""
    tells: list[Told] = field(default_factory=list)

    @property
    def at(self) -> Any:
        """When."""
        return self.events[0].at

    @property
    def may_become(self) -> set[str]:
        """What its notices may be by now."""
        answered = any(one.new == "public-reply" for one in self.did("message.added"))
        anew = self.lost_receipt and _released_by_staff(self)
        return ({REPLIED} if answered and self.tells else set()) | ({"opened_receipt"} if anew else set())

    def did(self, action: str, name: str | None = None) -> list[Any]:
        """Its entries of this action, and of this field."""
        return [one for one in self.events if one.action == action and name in {None, one.field}]


def everybody_was_told(rows: Rows) -> Iterator[str]:
    """Whoever an act concerns has its notices, each once; nobody has one that no act explains."""
    deliveries: dict[tuple[int, Any], list[Any]] = defaultdict(list)
    for one in rows.deliveries:
        if one.notice not in {HANDED_OVER, RATED, UNSENT}:
            deliveries[one.ticket_pk, one.created_at].append(one)
    for ticket in rows.tickets:
        moments: dict[Any, list[Act]] = defaultdict(list)
        for act in _acts(rows, ticket):
            act.tells = [] if act.filtered else list(_tells(act))
            moments[act.at].append(act)
            yield from _leads_learned_of(rows, act)
        yield from _rings_once_of_ratings(rows, ticket, [act for acts in moments.values() for act in acts])
        for at in moments.keys() | {at for pk, at in deliveries if pk == ticket.pk}:
            yield from _differs(rows, ticket, moments[at], deliveries.get((ticket.pk, at), []))


def _leads_learned_of(rows: Rows, act: Act) -> Iterator[str]:
    """Of tickets that were handed over the leads are told how many, on the last of them."""
    if not any(one.label == HANDING_OVER and one.action in {"assignee.changed", "field.changed"} for one in act.events):
        return
    told = {one.recipient_id for one in rows.deliveries if one.notice == HANDED_OVER and one.created_at >= act.at}
    leads = [one for one in rows.agents.values() if one.active and one.is_lead and one.host_id != act.by]
    for lead in leads:
        silent = _has_chosen(rows, lead.host_id, "bell", HANDED_OVER) or _was_changed(rows, lead, act)
        if lead.host_id not in told and not silent:
            yield f"{act.ticket.ticket_id}: the lead {lead.host_id} never learned that it was handed over"


def _rings_once_of_ratings(rows: Rows, ticket: Any, acts: Sequence[Act]) -> Iterator[str]:
    """A bad rating rings whoever is responsible; praise where something was written with it, as no history says."""
    rated = [act for act in acts if act.did("ticket.rated") and not act.filtered]
    rung = [one for one in rows.deliveries if one.notice == RATED and one.ticket_pk == ticket.pk]
    for act in rated:
        if any(one.new == "bad" for one in act.did("ticket.rated")):
            told = {one.recipient_id for one in rung if one.created_at >= act.at}
            for recipient, __ in _audience(rows, act, RESPONSIBLE):
                if recipient not in told and recipient != act.by and not _has_chosen(rows, recipient, "bell", RATED):
                    yield f"{ticket.ticket_id}: nobody told {recipient} by bell of its rating"
    for recipient, times in Counter(one.recipient_id for one in rung).items():
        waits = [one for one in rung if one.recipient_id == recipient and one.state == "sent" and one.read_at is None]
        if times > len(rated) or len(waits) > 1:
            yield f"{ticket.ticket_id}: {recipient} was told {times} times of {len(rated)} ratings"


def _acts(rows: Rows, ticket: Any) -> Iterator[Act]:
    found = rows.events[ticket.pk]
    host_ids = {pk: person.host_id for pk, person in rows.people.items()}
    others = [one.old_person_pk for one in found if one.action == "field.changed" and one.field == "requester"]
    status, filtered, assignee, had_receipt = "open", False, None, False
    followers = frozenset[str]()
    requester = host_ids.get(others[0], "") if others else ticket.requester_id
    receipts = [one for one in rows.deliveries if one.ticket_pk == ticket.pk and one.notice in RECEIPTS]
    for __, group in groupby(found, key=lambda one: one.ticket_version):
        events = list(group)
        for one in events:
            if one.action == "status.changed":
                status = one.new
            elif one.action in {"ticket.filtered", "ticket.released"}:
                filtered = one.action == "ticket.filtered"
            elif one.action == "assignee.changed":
                assignee = host_ids.get(one.new_person_pk)
            elif one.action == "follower.changed" and not one.data.get("customer"):
                followers = (followers | {host_ids.get(one.new_person_pk, "")}) - {host_ids.get(one.old_person_pk), ""}
            elif one.action == "field.changed" and one.field == "requester":
                requester = host_ids.get(one.new_person_pk, "")
        by = host_ids.get(events[0].person_pk)
        earlier = [one.state for one in receipts if one.created_at < events[0].at]
        lost = bool(earlier) and set(earlier) == {"cancelled"}
        act = Act(ticket, events, by, status, filtered, assignee, requester, followers, had_receipt, lost)
        had_receipt = had_receipt or (not filtered and bool(act.did("ticket.opened") or _released_by_staff(act)))
        yield act


def _released_by_staff(act: Act) -> bool:
    return any(one.side == "agent" for one in act.did("ticket.released"))


def _tells(act: Act) -> Iterator[Told]:
    """What this act tells whom; of several notices to one person through one channel one is written."""
    yield from _of_opening(act)
    yield from _of_status(act)
    yield from _of_messages(act)
    yield from _of_mails(act)
    yield from _of_assigning(act)
    if act.did("ticket.merge_received"):
        yield "merged_customer", CUSTOMERS, BOTH
        yield "merged_customer", OF_THE_MERGED, BOTH
        yield "merged_staff", ASSIGNEE, BOTH


def _of_opening(act: Act) -> Iterator[Told]:
    if act.did("ticket.opened"):
        if act.events[0].data.get("follow_up_of"):
            yield "continued_customer", REQUESTER, BOTH
        if act.events[0].data.get("split_from"):
            yield "split_customer", REQUESTER, BOTH
        yield "opened_receipt", REQUESTER, EMAIL
        yield "opened_staff", RESPONSIBLE, BOTH
    if act.did("ticket.released"):
        yield "opened_staff", RESPONSIBLE, BOTH
        if _released_by_staff(act) and not act.had_receipt:
            yield "opened_receipt", REQUESTER, EMAIL


def _of_status(act: Act) -> Iterator[Told]:
    released = bool(act.did("ticket.released"))
    for one in act.did("status.changed"):
        for told in OF_STATUS[one.data["cause"], one.new]:
            # Of one that comes out of the filter the team learns as of a new one.
            if not (released and told[0].endswith("_staff")):
                yield told
    if act.did("timer.held"):
        yield "timer_held_staff", RESPONSIBLE, BELL
    if any(one.side == "timer" for one in act.did("ticket.woken")):
        yield "woken_staff", RESPONSIBLE, BELL
    if act.did("rule.told"):
        yield "ruled_staff", RESPONSIBLE, BOTH
    if act.did("target.breached"):
        yield "target_breached_staff", RESPONSIBLE, BELL
        yield "target_breached_lead", LEADS, BELL
    elif act.did("target.warned"):
        yield "target_warned_staff", RESPONSIBLE, BELL
    if act.did("field.changed", "requester") and act.status == "resolved" and _is_another(act):
        yield "resolved_customer", REQUESTER, BOTH


def _of_messages(act: Act) -> Iterator[Told]:
    kinds = {one.new for one in act.did("message.added")}
    if any(one.data.get("mentioned") for one in (*act.did("note.added"), *act.did("note.edited"))):
        yield "mentioned_staff", MENTIONED, BOTH
    if not act.did("status.changed"):
        if act.did("note.added"):
            yield "note_staff", ASSIGNEE, BOTH
        if "follow-up" in kinds and not act.did("ticket.released"):
            yield "follow_up_staff", RESPONSIBLE, BOTH
    if "public-reply" in kinds or any(one.new == "public" for one in act.did("message.visibility_changed")):
        yield REPLIED, CUSTOMERS, BOTH


def _of_mails(act: Act) -> Iterator[Told]:
    if any(one.data["notice"].endswith(("_customer", "_receipt")) for one in act.did("delivery.failed")):
        yield "delivery_failed_staff", RESPONSIBLE, BELL


def _is_another(act: Act) -> bool:
    # Who only has another name is told nothing.
    return any(one.side == "agent" for one in act.did("field.changed", "requester"))


def _of_assigning(act: Act) -> Iterator[Told]:
    agents = [one for one in act.did("follower.changed") if not one.data.get("customer")]
    if any(one.new_person_pk and one.data.get("by_another") for one in agents):
        yield "follower_added_staff", ADDED, BELL
    handed_over = any(one.label == HANDING_OVER for one in act.events)
    if act.did("field.changed", "queue") and not handed_over and act.assignee is None:
        yield "moved_staff", MEMBERS, BOTH
    if not act.did("assignee.changed"):
        return
    yield "assigned_staff", NEW, BOTH
    # Who loses a ticket by its reopening learns of it with the queue; of one that is over nobody needs to.
    reopened = any(one.data["cause"] in REOPENING for one in act.did("status.changed"))
    taken_over = bool(act.did("field.changed", "queue")) and act.status == "open"
    # A rule takes it from somebody for a reason of its own.
    by_rules = [one for one in act.did("assignee.changed") if one.label.startswith("rule:")]
    taken_away = any(one.old_person_pk is not None for one in by_rules)
    if taken_away or (not reopened and (not handed_over or taken_over)):
        yield "unassigned_staff", OLD, BELL


class Matching:
    """Deliveries of one ticket and moment, each of which one act explains; an act tells a person once a channel."""

    def __init__(self, deliveries: Sequence[Any]) -> None:
        self.left = sorted(deliveries, key=lambda one: one.notice == REPLIED)
        self.used: set[tuple[int, str, str, str]] = set()

    def take(self, act: Act, notices: Collection[str], *to: str) -> bool:
        """Whether there is one of these left for this act, for this person and channel or for anybody."""
        for one in self.left:
            place = id(act), one.side, one.recipient_id, one.channel
            if one.notice in notices and to in {(), place[2:]} and place not in self.used:
                self.used.add(place)
                self.left.remove(one)
                return True
        return False


def _differs(rows: Rows, ticket: Any, acts: Sequence[Act], deliveries: Sequence[Any]) -> Iterator[str]:
    matching = Matching(deliveries)
    due = [(act, to, notices) for act in acts for to, notices in _due(rows, act).items()]
    # Who can be explained by one notice only chooses before who has several.
    for act, to, notices in sorted(due, key=lambda one: len(one[2] | one[0].may_become)):
        if not matching.take(act, notices | act.may_become, *to):
            what = ", ".join(one.action for one in act.events)
            yield f"{ticket.ticket_id}: nobody told {to[0]} by {to[1]} of {what} ({', '.join(notices)})"
    for act in acts:
        while matching.take(act, {told[0] for told in act.tells} | act.may_become):
            pass
    for one in matching.left:
        yield f"{ticket.ticket_id}: nothing explains that {one.recipient_id} was told {one.notice} by {one.channel}"


def _due(rows: Rows, act: Act) -> dict[tuple[str, str], set[str]]:
    """What must be there of an act: the notices one of which a person has through a channel."""
    due: dict[tuple[str, str], set[str]] = defaultdict(set)
    for notice, audience, channels in act.tells:
        receipt = notice in RECEIPTS
        for recipient, has_address in _audience(rows, act, audience):
            if recipient == act.by and not receipt:
                continue
            for channel in channels:
                reaches = channel == "bell" or has_address
                if reaches and not _has_chosen(rows, recipient, channel, notice):
                    due[recipient, channel].add(notice)
    return due


def _has_chosen(rows: Rows, recipient: str, channel: str, notice: str) -> bool:
    """Whether somebody has said anything on a channel, or in it on what a notice may be of."""
    topics = [topic for topic, names in TOPICS.items() if notice in names]
    keys = {channel, *(f"{channel}/{topic}" for topic in (*topics, *([Topic.QUEUE] if topics else [])))}
    return any((recipient, key) in rows.chosen for key in keys)


def _audience(rows: Rows, act: Act, which: str) -> list[tuple[str, bool]]:
    """Who that was, with whether they had an address; nobody where it cannot be told any more."""
    if which == LEADS:
        leads = [one for one in rows.agents.values() if one.active and one.is_lead and not _was_changed(rows, one, act)]
        return [(one.host_id, one.email is not None) for one in leads]
    if which in {REQUESTER, CUSTOMERS}:
        others = _colleagues(rows, act.ticket, act) if which == CUSTOMERS else []
        return [(act.requester, _had_address(rows, act)), *others]
    if which == MEMBERS:
        return _members(rows, act)
    if which == ADDED:
        person = rows.people.get(act.did("follower.changed")[-1].new_person_pk)
        agent = rows.agents.get(person.host_id if person else "")
        there = agent is not None and agent.active and not _was_changed(rows, agent, act)
        return [(agent.host_id, agent.email is not None)] if there else []
    if which == MENTIONED:
        return _mentioned(rows, act)
    if which == OF_THE_MERGED:
        merged = {one.new for one in act.did("ticket.merge_received")}
        parts = [one for one in rows.tickets if one.ticket_id in merged]
        told = [(one.requester_id, one.requester_email is not None) for one in parts]
        return [*told, *(follower for one in parts for follower in _colleagues(rows, one, act))]
    others = _followers(rows, act) if which in {ASSIGNEE, RESPONSIBLE} else []
    changed = act.did("assignee.changed")
    record = {NEW: lambda: changed[-1].new_person_pk, OLD: lambda: changed[0].old_person_pk}.get(which)
    if record is not None:
        person = rows.people.get(record())
        host_id = person.host_id if person else None
    else:
        host_id = act.assignee
    agent = rows.agents.get(host_id or "")
    if agent is not None and _was_changed(rows, agent, act):
        return others
    if agent is not None and agent.active:
        return [(agent.host_id, agent.email is not None), *others]
    return [*(_members(rows, act) if which == RESPONSIBLE else []), *others]


def _colleagues(rows: Rows, ticket: Any, act: Act) -> list[tuple[str, bool]]:
    """Who followed a ticket on the customer's side then; nobody whose address may have been another."""
    found: dict[str, bool] = {}
    for one in rows.events[ticket.pk]:
        if one.action == "follower.changed" and one.data.get("customer") and one.pk <= act.events[-1].pk:
            added, gone = rows.people.get(one.new_person_pk), rows.people.get(one.old_person_pk)
            found |= {added.host_id: added.email is not None} if added is not None else {}
            found.pop(gone.host_id if gone is not None else "", None)
    return [one for one in found.items() if one[0] not in rows.people_changed | {ticket.requester_id}]


def _followers(rows: Rows, act: Act) -> list[tuple[str, bool]]:
    found = [rows.agents[host_id] for host_id in act.followers if host_id in rows.agents]
    return [(one.host_id, one.email is not None) for one in found if one.active and not _was_changed(rows, one, act)]


def _mentioned(rows: Rows, act: Act) -> list[tuple[str, bool]]:
    named = {host_id for one in act.events for host_id in one.data.get("mentioned") or ()}
    found = [rows.agents[host_id] for host_id in named if host_id in rows.agents]
    return [(one.host_id, one.email is not None) for one in found if one.active and not _was_changed(rows, one, act)]


def _members(rows: Rows, act: Act) -> list[tuple[str, bool]]:
    queue_pk = _queue(rows, act)
    found = [agent for agent in rows.agents.values() if ("queue", str(queue_pk)) in rows.covered[agent.pk]]
    works = [agent for agent in found if agent.active and (agent.can_handle or agent.is_lead)]
    return [(agent.host_id, agent.email is not None) for agent in works if not _was_changed(rows, agent, act)]


def _was_changed(rows: Rows, agent: Any, act: Act) -> bool:
    return any(pk > act.events[0].pk or at >= act.at for pk, at in rows.agents_changed[agent.host_id])


def _queue(rows: Rows, act: Act) -> int | None:
    """The ticket's queue after the act; ``None`` where it had a name that cannot be told any more."""
    later = [one for one in rows.events[act.ticket.pk] if one.pk > act.events[-1].pk]
    moves = [one.old for one in later if one.action == "field.changed" and one.field == "queue"]
    if not moves:
        return int(act.ticket.queue_pk)
    named = [pk for (kind, pk), name in rows.names.items() if kind == "queue" and name == moves[0]]
    return named[0] if len(named) == 1 and "queue" not in rows.renamed else None


def _had_address(rows: Rows, act: Act) -> bool:
    """Whether the requester of then had an address, as far as the history says so."""

    def about(one: Any) -> bool:
        if one.action != "field.changed" or one.field not in {"requester", "requester_email"}:
            return False
        old, new = rows.people.get(one.old_person_pk), rows.people.get(one.new_person_pk)
        return one.field == "requester_email" or old is None or new is None or old.host_id != new.host_id

    found = [one for one in rows.events[act.ticket.pk] if about(one)]
    before = [one for one in found if one.pk <= act.events[-1].pk]
    if not found or (before and before[-1] is found[-1]):
        return act.ticket.requester_email is not None
    record = rows.people.get(before[-1].new_person_pk if before else found[0].old_person_pk)
    return record is not None and record.email is not None
