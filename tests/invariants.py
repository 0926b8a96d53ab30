"""What must hold of a desk's tables whatever happened: checked after every test that had a host, and by each proof.

Every check reads rows and yields sentences about what is wrong; none knows which act came before.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import inspect, select

from flask_sgsupport.lifecycle import Cause, CloseReason, Status
from flask_sgsupport.models import (
    Agent,
    AgentCoverage,
    Attachment,
    Base,
    Category,
    ContextSnapshot,
    CustomerFollower,
    Delivery,
    Draft,
    Event,
    Follower,
    Macro,
    Message,
    MessageVersion,
    NumberCounter,
    PersonRecord,
    Preference,
    Queue,
    Rating,
    Rule,
    SavedView,
    Target,
    Ticket,
    TicketLink,
    TicketSubject,
    TicketTag,
)
from flask_sgsupport.queries.audit import all_gaps, gaps_of
from flask_sgsupport.search_text import about_words, searched
from flask_sgsupport.services.hours import HOURS_FIELDS
from flask_sgsupport.services.status import OURS
from flask_sgsupport.settings import State
from tests import past_the_history
from tests.told import told_events
from tests.told_whom import RECEIPTS, UNSENT, everybody_was_told

MOST_OF_A_VALUE = 500
"""Longer values are cut in the history."""


@dataclass(slots=True)
class Rows:
    """Everything a check may read, in the order it was written."""

    host: State
    tickets: list[Any]
    events: dict[int, list[Any]]
    messages: list[Any]
    deliveries: list[Any]
    attachments: list[Any]
    counters: list[Any]
    ratings: dict[int, Any]
    tags: dict[int, list[str]]
    about: dict[int, list[tuple[str, str]]]
    """Reference and title of what each ticket is about in the host."""
    colleagues: dict[int, set[str]]
    """Host's ids of who follows each ticket on the customer's side."""
    queues: list[Any]
    contexts: set[str]
    """Digests of what was captured when tickets were opened."""
    drafts: list[Any]
    names: dict[tuple[str, int], str]
    """Of queues, categories and agents as they are now."""
    category_names: dict[str, str]
    """By key, as they are now."""
    renamed: set[str]
    """Kinds of which one was renamed: their names in the history are older ones."""
    people: dict[int, Any]
    agents: dict[str, Any]
    """By the host's id, as they are now."""
    covered: dict[int, set[tuple[str, str]]]
    """By the key of an agent."""
    people_changed: set[str]
    """Host's ids of people who have had another name or address."""
    agents_changed: dict[str, list[tuple[int, datetime]]]
    """By the host's id of an agent: the entries that say so, and when."""
    versions: list[Any]
    """Older texts of notes."""
    followers: list[Any]
    links: list[Any]
    of_agents: list[Any]
    """Entries that tell what was changed of an agent; none where not every ticket is read."""
    other_hours: set[str]
    """Keys of queues whose hours were changed: what is due there says so with the next act."""
    category_keys: dict[tuple[str, str], str]
    """By what an agent covers."""
    chosen: set[tuple[str, str]]
    """Channels, and topics within them, somebody has switched off or on."""
    of_the_desk: list[Any]
    """Entries of no ticket; none where not every ticket is read."""
    set_up: dict[str, dict[str, Any]]
    """Queues, categories, macros, rules, targets and saved views, each by its key."""


Check = Callable[[Rows], Iterator[str]]


def numbers_are_gapless(rows: Rows) -> Iterator[str]:
    """The numbers of a year are 1 to the counter, each once."""
    issued: dict[tuple[str, int], list[int]] = defaultdict(list)
    for ticket in rows.tickets:
        prefix, year, number = ticket.ticket_id.rsplit("-", 2)
        issued[prefix, int(year)].append(int(number))
        if int(year) != ticket.created_at.year:
            yield f"{ticket.ticket_id} was created in {ticket.created_at.year}"
    last = {(counter.prefix, counter.year): counter.last for counter in rows.counters}
    for key, numbers in issued.items():
        if sorted(numbers) != list(range(1, last.get(key, 0) + 1)):
            yield f"numbers of {key} are {sorted(numbers)}, the counter stands at {last.get(key)}"


def history_replays_to_the_row(rows: Rows) -> Iterator[str]:
    """Each change starts from what the one before it led to, and the last leads to what the ticket is."""
    for ticket in rows.tickets:
        found = rows.events[ticket.pk]
        if [event.action for event in found[:1]] != ["ticket.opened"]:
            yield f"{ticket.ticket_id} does not begin with its opening"
            continue
        state: dict[str, str | None] = {"status": str(Status.OPEN)}
        state |= {"assignee": None, "filtered": None, "rating": None, "snoozed_until": None, "merged_into": None}
        state |= _as_it_was_opened(rows, found[0])
        for event in found:
            field = CHANGES.get(event.action, "") or event.field
            if event.action not in CHANGES:
                continue
            goes_on = (state.get(field, event.old) or None) == (event.old or None)
            goes_on = goes_on or (event.old is None and field not in OF_THE_OPENING)
            # The history says names as they were: one that was given since goes on from the one before.
            if not goes_on and field not in rows.renamed:
                yield f"{ticket.ticket_id}: {field} went on from {event.old!r}, not {state[field]!r}"
            state[field] = event.new
            if field == "requester" and event.new_person_pk in rows.people:
                _another_person(state, rows.people[event.new_person_pk])
        for field, value in _as_it_is(rows, ticket).items():
            if field in state and (state[field] or None) != (value or None):
                yield f"{ticket.ticket_id}: {field} is {value!r}, its history says {state[field]!r}"


CHANGES = {
    "ticket.routed": "queue",
    "ticket.filtered": "filtered",
    "ticket.released": "filtered",
    "status.changed": "status",
    "assignee.changed": "assignee",
    "field.changed": "",
    "ticket.rated": "rating",
    "ticket.snoozed": "snoozed_until",
    "ticket.woken": "snoozed_until",
    "ticket.merged_into": "merged_into",
}
"""Actions that say what a field became, and which field where the event does not name it."""


OF_THE_OPENING = ("priority", "category", "requester", "requester_email")
"""Fields of which the history says what they were first, and says of each change what it went on from."""


def _as_it_was_opened(rows: Rows, opened: Any) -> dict[str, str | None]:
    """What the first entry says of the fields; those written before it said them leave it to the first change."""
    first = {"priority": opened.data["priority"]} if "priority" in opened.data else {}
    if "category" in opened.data:
        key = opened.data["category"]
        first["category"] = rows.category_names.get(key, f"the category {key}, which is gone") if key else None
    # Who is named beside it is for whom it was opened; nobody is where they opened it themselves.
    person = rows.people.get(opened.old_person_pk or opened.person_pk)
    if person is not None:
        first |= {"requester": person.name, "requester_id": person.host_id, "requester_email": person.email}
    return first


def _another_person(state: dict[str, str | None], person: Any) -> None:
    """Another person brings another address with them; who only has another name keeps theirs."""
    if state.get("requester_id") != person.host_id:
        state |= {"requester_id": person.host_id, "requester_email": person.email}


def _as_it_is(rows: Rows, ticket: Any) -> dict[str, str | None]:
    now = {
        "status": ticket.status,
        "filtered": ticket.filtered_reason,
        "merged_into": ticket.merged_into_id,
        "priority": ticket.priority,
        "requester": ticket.requester_name,
        "requester_id": ticket.requester_id,
        "requester_email": ticket.requester_email,
        "snoozed_until": ticket.snoozed_until.isoformat() if ticket.snoozed_until else None,
        "rating": rows.ratings[ticket.pk].score if ticket.pk in rows.ratings else None,
    }
    for kind, pk in (("queue", ticket.queue_pk), ("category", ticket.category_pk), ("assignee", ticket.assignee_pk)):
        if kind not in rows.renamed:
            now[kind] = rows.names.get((kind, pk)) if pk is not None else None
    return now


def a_closed_ticket_has_its_reason(rows: Rows) -> Iterator[str]:
    """Closed only once the customer confirmed or the waiting time passed without reply."""
    waited = timedelta(hours=rows.host.settings.auto_close_after_hours)
    for ticket in rows.tickets:
        if ticket.status != Status.CLOSED:
            if ticket.closed_at is not None or ticket.close_reason is not None:
                yield f"{ticket.ticket_id} is {ticket.status} and has a close"
            continue
        changes = [event for event in rows.events[ticket.pk] if event.action == "status.changed"]
        if len(changes) < 2 or changes[-1].new != Status.CLOSED or changes[-1].old != Status.RESOLVED:
            yield f"{ticket.ticket_id} is closed, and was not resolved before"
            continue
        if ticket.close_reason == CloseReason.CUSTOMER_CONFIRMED:
            recorded = any(
                event.action == "confirmation.recorded" and event.pk > changes[-2].pk
                for event in rows.events[ticket.pk]
            )
            if changes[-1].side != "customer" and not recorded:
                yield f"{ticket.ticket_id} is closed as confirmed, and nobody confirmed"
            continue
        since = [event for event in rows.events[ticket.pk] if event.pk > changes[-2].pk]
        ends = [datetime.fromisoformat(event.new) for event in since if event.action == "timer.restarted"]
        if changes[-1].at < max([ticket.resolved_at + waited, *ends]):
            yield f"{ticket.ticket_id} is closed after {changes[-1].at - ticket.resolved_at}"


def a_resolved_ticket_has_its_times(rows: Rows) -> Iterator[str]:
    """Open: neither resolved nor closing; resolved: both."""
    for ticket in rows.tickets:
        times = ticket.resolved_at is not None, ticket.auto_close_at is not None, ticket.closed_at is not None
        expected = {
            Status.OPEN: (False, False, False),
            Status.RESOLVED: (True, True, False),
            Status.CLOSED: (True, False, True),
        }[Status(ticket.status)]
        if times != expected:
            yield f"{ticket.ticket_id} is {ticket.status} with (resolved, closes, closed) = {times}"


def only_open_tickets_are_snoozed(rows: Rows) -> Iterator[str]:
    """What is solved sleeps no more."""
    for ticket in rows.tickets:
        if ticket.snoozed_until is not None and ticket.status != Status.OPEN:
            yield f"{ticket.ticket_id} is {ticket.status} and snoozed until {ticket.snoozed_until}"


def nothing_private_is_on_its_way(rows: Rows) -> Iterator[str]:
    """No mail or in-app notice to a customer carries a note, unless it had gone before it was made one."""
    private = {message.pk: message for message in rows.messages if not message.public}
    for delivery in rows.deliveries:
        message = private.get(delivery.message_pk)
        if message is None or delivery.side != "customer" or delivery.state == "cancelled":
            continue
        if delivery.channel == "bell" or delivery.state in {"queued", "failed"}:
            yield f"delivery {delivery.key} ({delivery.channel}, {delivery.state}) carries the private {message.key}"


def deliveries_are_in_a_state(rows: Rows) -> Iterator[str]:
    """Each is where its columns say it is."""
    for one in rows.deliveries:
        if one.state not in {"queued", "sending", "sent", "failed", "bounced", "cancelled"}:
            yield f"delivery {one.key} is {one.state!r}"
        if (one.state == "sending") != (one.owner is not None):
            yield f"delivery {one.key} is {one.state} and owned by {one.owner!r}"
        if one.state == "sent" and one.sent_at is None:
            yield f"delivery {one.key} is sent at no time"
        if one.state == "failed" and not one.error:
            yield f"delivery {one.key} failed for no reason"
        if one.channel == "email" and one.address is None and one.state in {"sending", "sent"}:
            yield f"delivery {one.key} went to nobody"


def messages_stand_in_the_history(rows: Rows) -> Iterator[str]:
    """Every message has its event, and every event its message."""
    keys: dict[int, set[str]] = defaultdict(set)
    for message in rows.messages:
        keys[message.ticket_pk].add(message.key)
    for ticket in rows.tickets:
        told = {
            event.data.get("message")
            for event in rows.events[ticket.pk]
            if event.action in {"ticket.opened", "message.added", "note.added"}
        } - {None}
        if told != keys[ticket.pk]:
            yield f"{ticket.ticket_id}: messages and history differ by {sorted(told ^ keys[ticket.pk])}"


def a_rating_is_what_was_said_last(rows: Rows) -> Iterator[str]:
    """Given when the history says so first, changed when it says so last, and by whom it says."""
    for ticket in rows.tickets:
        said = [event for event in rows.events[ticket.pk] if event.action == "ticket.rated"]
        rating = rows.ratings.get(ticket.pk)
        if rating is None:
            continue
        last = said[-1] if said else None
        if last is None or (rating.changed_at or rating.rated_at) != last.at:
            yield f"{ticket.ticket_id} was rated at another time than its history says"
        elif rating.reopen_count != _opened_again(rows.events[ticket.pk], last):
            yield f"{ticket.ticket_id} was rated before or after another reopening than its history says"
        elif rating.person_pk != last.person_pk or rating.rated_at not in {event.at for event in said}:
            yield f"{ticket.ticket_id} was rated by somebody else than its history says"


def what_is_merged_stands_still_in_one_that_is_not(rows: Rows) -> Iterator[str]:
    """A merged ticket names one of its account that is merged into none, which says so, and nothing is sent to it."""
    found = {ticket.ticket_id: ticket for ticket in rows.tickets}
    inside = {"ticket.merged_into", "ticket.linked", "ticket.unlinked", "ticket.split_off", "cases.answered"}
    inside |= {"note.added", "note.edited", "message.redacted", "message.visibility_changed"}
    inside |= {"delivery.failed", "delivery.requeued", "assignee.changed", "field.changed", "account.removed"}
    for ticket in rows.tickets:
        if ticket.merged_into_id is None:
            continue
        target = found.get(ticket.merged_into_id)
        if target is None or target.merged_into_id is not None or target.account_id != ticket.account_id:
            yield f"{ticket.ticket_id} is a part of {ticket.merged_into_id}, which is none of its own"
            continue
        since = [event.action for event in rows.events[ticket.pk]]
        later = {*since[since.index("ticket.merged_into") :]} - inside
        if later:
            yield f"{ticket.ticket_id} is merged, and since then there was {sorted(later)}"


def messages_are_found_by_what_they_say(rows: Rows) -> Iterator[str]:
    """Each by its words of now and its subject's, and by no others."""
    subjects = {ticket.pk: ticket.subject for ticket in rows.tickets}
    for message in rows.messages:
        about = about_words(rows.about[message.ticket_pk]) if message.kind == "description" else ""
        if message.searched != searched(subjects[message.ticket_pk], message.body, about):
            yield f"message {message.key} is found by {message.searched!r}"


def _opened_again(events: list[Any], before: Any) -> int:
    """How often a history says that a ticket was opened again, before one of its entries or up to now."""
    earlier = events[: events.index(before)] if before is not None else events
    changes = [event for event in earlier if event.action == "status.changed" and event.new == Status.OPEN]
    return sum(event.data.get("cause") != Cause.CORRECTION for event in changes)


def a_message_is_as_public_as_its_history_says(rows: Rows) -> Iterator[str]:
    """A note is private, anything else public, until the last entry about it says otherwise; its author wrote it."""
    for message in rows.messages:
        about = [one for one in rows.events[message.ticket_pk] if one.data.get("message") == message.key]
        changes = [one.new for one in about if one.action == "message.visibility_changed"]
        if message.public != (changes[-1] == "public" if changes else message.kind != "internal-note"):
            yield f"message {message.key} is {'public' if message.public else 'private'} past its history"
        authors = {one.person_pk for one in about if one.action in {"message.added", "note.added"}}
        if authors and authors != {message.author_pk}:
            yield f"message {message.key} is by another than its history says"


def what_is_counted_of_a_ticket_is_so(rows: Rows) -> Iterator[str]:
    """Reopenings, the first answer, tags and why its closing is held are those its messages and history tell of."""
    answers: dict[int, list[datetime]] = defaultdict(list)
    for message in rows.messages:
        if message.public and message.kind in OURS:
            answers[message.ticket_pk].append(message.created_at)
    for ticket in rows.tickets:
        events = rows.events[ticket.pk]
        if ticket.reopen_count != _opened_again(events, None):
            yield f"{ticket.ticket_id} was not reopened {ticket.reopen_count} times"
        if ticket.first_reply_at != min(answers[ticket.pk], default=None):
            yield f"{ticket.ticket_id} was not answered first at {ticket.first_reply_at}"
        told = [event.new or "" for event in events if event.field == "tags"]
        if told and len(told[-1]) < MOST_OF_A_VALUE and told[-1] != ", ".join(sorted(rows.tags[ticket.pk])):
            yield f"{ticket.ticket_id} has the tags {sorted(rows.tags[ticket.pk])}, its history says {told[-1]!r}"
        held = ticket.status == Status.RESOLVED and "timer.held" in {event.action for event in events}
        if ticket.hold_reason is not None and not held:
            yield f"{ticket.ticket_id} is held, and nothing in its history says why"


def the_context_of_an_opening_is_there(rows: Rows) -> Iterator[str]:
    """The one its opening names, word for word."""
    for ticket in rows.tickets:
        named = {event.data.get("snapshot") for event in rows.events[ticket.pk][:1]} - {None}
        if not named <= rows.contexts:
            yield f"{ticket.ticket_id} has not the context it was opened with"


def one_queue_is_the_default(rows: Rows) -> Iterator[str]:
    """One and only one, as soon as there are queues; and somebody leads the desk as soon as it has agents."""
    defaults = [queue.key for queue in rows.queues if queue.is_default]
    if rows.queues and len(defaults) != 1:
        yield f"the default queues are {defaults}"
    if rows.agents and not any(agent.is_lead and agent.active for agent in rows.agents.values()):
        yield "nobody leads the desk"


def files_and_rows_agree(rows: Rows) -> Iterator[str]:
    """Every attachment can be opened and has its size and digest; a file without a row waits for the sweep."""
    for attachment in rows.attachments:
        if attachment.storage_key is None:
            if attachment.size_bytes or attachment.sha256:
                yield f"attachment {attachment.key} was removed and still says what it was"
            continue
        try:
            with rows.host.storage.open(attachment.storage_key) as stored:
                content = stored.read()
        except Exception as error:  # noqa: BLE001 - whatever the storage says, the file is not there
            yield f"attachment {attachment.key} cannot be opened: {error!r}"
            continue
        if len(content) != attachment.size_bytes:
            yield f"attachment {attachment.key} has {len(content)} bytes, its row says {attachment.size_bytes}"
        elif hashlib.sha256(content).hexdigest() != attachment.sha256:
            yield f"attachment {attachment.key} has another digest than its file"


def who_follows_is_who_the_history_says(rows: Rows) -> Iterator[str]:
    """Of the customer's side, too; nobody is told as a follower who never was one, or was the requester."""
    for ticket in rows.tickets:
        follow: set[str] = set()
        ever: set[str] = set()
        for event in rows.events[ticket.pk]:
            if event.action == "follower.changed" and event.data.get("customer"):
                added, gone = rows.people.get(event.new_person_pk), rows.people.get(event.old_person_pk)
                follow |= {added.host_id} if added is not None else set()
                follow -= {gone.host_id} if gone is not None else set()
                ever |= follow
        if follow != rows.colleagues[ticket.pk]:
            yield f"{ticket.ticket_id} is followed by {rows.colleagues[ticket.pk]}, its history says {follow}"
        parts = {one.pk for one in rows.tickets if one.merged_into_id == ticket.ticket_id}
        for one in rows.deliveries:
            if one.ticket_pk != ticket.pk or not json.loads(one.data).get("follows"):
                continue
            if one.side != "customer" or one.notice in RECEIPTS:
                yield f"delivery {one.key} tells {one.recipient_id} as a follower of {one.notice}"
            elif one.recipient_id not in ever and not parts:
                yield f"{ticket.ticket_id} was never followed by {one.recipient_id}, who was told of it"


def only_an_agent_learns_what_was_not_sent(rows: Rows) -> Iterator[str]:
    """In-app, and nobody by mail; what waits to be sent has a form by which it is there once."""
    for one in rows.deliveries:
        if one.notice == UNSENT and (one.side, one.channel, one.message_pk) != ("agent", "bell", None):
            yield f"delivery {one.key} tells {one.recipient_id} by {one.channel} of a reply that was not sent"
    for draft in rows.drafts:
        if draft.send_at is not None and (draft.form_key is None or not draft.sends or draft.kind != "reply"):
            yield f"draft {draft.pk} waits to be sent, and cannot be"
        if draft.send_at is not None and draft.unsent:
            yield f"draft {draft.pk} waits to be sent, and says why it was not"


CHECKS: tuple[Check, ...] = (
    numbers_are_gapless,
    history_replays_to_the_row,
    a_closed_ticket_has_its_reason,
    a_resolved_ticket_has_its_times,
    only_open_tickets_are_snoozed,
    nothing_private_is_on_its_way,
    deliveries_are_in_a_state,
    messages_stand_in_the_history,
    a_rating_is_what_was_said_last,
    what_is_merged_stands_still_in_one_that_is_not,
    messages_are_found_by_what_they_say,
    a_message_is_as_public_as_its_history_says,
    what_is_counted_of_a_ticket_is_so,
    the_context_of_an_opening_is_there,
    one_queue_is_the_default,
    files_and_rows_agree,
    only_an_agent_learns_what_was_not_sent,
    who_follows_is_who_the_history_says,
    everybody_was_told,
    *past_the_history.CHECKS,
)


OF_ALL_TICKETS = (
    numbers_are_gapless,
    what_is_merged_stands_still_in_one_that_is_not,
    *past_the_history.OF_ALL_TICKETS,
)
"""Checks that say something only where every ticket is read."""


def broken_of(host: State, ticket_ids: Collection[str]) -> list[str]:
    """What does not hold of these tickets, for a test that asks again and again among many others."""
    host.db.session.rollback()
    pks = list(host.db.session.scalars(select(Ticket.pk).where(Ticket.ticket_id.in_(ticket_ids))))
    rows = _read(host, pks)
    changed = [f"the audit log: {gap}" for gap in gaps_of(pks)]
    asked = [check for check in CHECKS if check not in OF_ALL_TICKETS]
    found = changed + [f"{check.__name__}: {sentence}" for check in asked for sentence in check(rows)]
    host.db.session.rollback()
    return found


def has_tables(host: State) -> bool:
    """Whether the app's tables are there; in an app context."""
    engine = host.db.session.get_bind(mapper=Ticket)
    return set(Base.metadata.tables) <= set(inspect(engine).get_table_names())


def broken(host: State) -> list[str]:
    """Every invariant that does not hold of this app's tables; nothing where tables are missing. In an app context."""
    session = host.db.session
    session.rollback()
    if not has_tables(host):
        return []
    rows = _read(host)
    changed = [f"the audit log: {gap}" for gap in all_gaps()]
    # Before the session is given back: a row read after that would be read once more, by itself.
    found = changed + [f"{check.__name__}: {sentence}" for check in CHECKS for sentence in check(rows)]
    session.rollback()
    return found


def _read(host: State, of: Collection[int] | None = None) -> Rows:
    session = host.db.session

    def everything(model: type[Any]) -> list[Any]:
        wanted = select(model).order_by(*inspect(model).primary_key)
        if of is not None and model in (Ticket, Message, Delivery, Attachment, Rating, Draft, Follower):
            wanted = wanted.where((Ticket.pk if model is Ticket else model.ticket_pk).in_(of))
        if of is not None and model is MessageVersion:
            wanted = wanted.join(Message, Message.pk == MessageVersion.message_pk).where(Message.ticket_pk.in_(of))
        return list(session.scalars(wanted.execution_options(populate_existing=True)))

    told = told_events(session, *(() if of is None else (Event.ticket_pk.in_(of),)))
    events: dict[int, list[Any]] = defaultdict(list)
    for event in told:
        if event.ticket_pk is not None:
            events[event.ticket_pk].append(event)
    of_the_desk = [event for event in told if event.ticket_pk is None]
    renamed = {
        re.sub("agent", "assignee", event.action.partition(".")[0])
        for event in of_the_desk
        if event.field == "name" and event.old is not None
    }
    hours = [one for one in of_the_desk if one.action == "queue.changed" and one.field in HOURS_FIELDS]
    names = {
        (kind, row.pk): row.name
        for kind, model in (("queue", Queue), ("category", Category), ("assignee", Agent))
        for row in everything(model)
    }
    people = {person.pk: person for person in everything(PersonRecord)}
    agents_changed: dict[str, list[tuple[int, datetime]]] = defaultdict(list)
    about_agents = select(Event.new_person_pk, Event.pk, Event.at).where(Event.action == "agent.changed")
    for person_pk, pk, at in session.execute(about_agents):
        agents_changed[people[person_pk].host_id if person_pk in people else ""].append((pk, at))
    another = set(session.scalars(select(Event.new_person_pk).where(Event.action == "person.changed")))
    covered: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in everything(AgentCoverage):
        covered[row.agent_pk].add((row.kind, row.value))
    tags: dict[int, list[str]] = defaultdict(list)
    for row in everything(TicketTag):
        tags[row.ticket_pk].append(row.tag)
    about: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row in sorted(everything(TicketSubject), key=lambda one: (one.ticket_pk, one.position)):
        about[row.ticket_pk].append((row.ref, row.title))
    return Rows(
        host=host,
        tickets=everything(Ticket),
        events=events,
        messages=everything(Message),
        deliveries=everything(Delivery),
        attachments=everything(Attachment),
        counters=everything(NumberCounter),
        drafts=everything(Draft),
        ratings={rating.ticket_pk: rating for rating in everything(Rating)},
        tags=tags,
        about=about,
        colleagues=_by_ticket(everything(CustomerFollower)),
        queues=everything(Queue),
        contexts={hashlib.sha256(one.body.encode()).hexdigest() for one in everything(ContextSnapshot)},
        names=names,
        category_names={category.key: category.name for category in everything(Category)},
        renamed=renamed,
        people=people,
        people_changed={one.host_id for one in people.values() if one.pk in another},
        agents={agent.host_id: agent for agent in everything(Agent)},
        covered=covered,
        agents_changed=agents_changed,
        versions=everything(MessageVersion),
        followers=everything(Follower),
        links=everything(TicketLink),
        of_agents=[event for event in of_the_desk if event.action == "agent.changed"],
        other_hours={event.data["queue"] for event in hours},
        category_keys={("category", str(category.pk)): category.key for category in everything(Category)},
        chosen={(one.host_id, one.channel) for one in everything(Preference)},
        of_the_desk=of_the_desk,
        set_up={kind: {row.key: row for row in everything(model)} for kind, model in SET_UP.items()},
    )


SET_UP = {
    "queue": Queue,
    "category": Category,
    "macro": Macro,
    "rule": Rule,
    "target": Target,
    "view": SavedView,
}


def _by_ticket(followers: Iterable[Any]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for one in followers:
        found[one.ticket_pk].add(one.host_id)
    return found
