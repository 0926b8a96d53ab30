"""What must hold of a desk's tables whatever happened: checked after every test that had a host, and by each proof.

Every check reads rows and yields sentences about what is wrong; none knows which act came before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
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
    Delivery,
    Event,
    Message,
    NumberCounter,
    PersonRecord,
    Preference,
    Queue,
    Rating,
    Ticket,
)
from flask_sgsupport.queries.audit import all_gaps, gaps_of
from flask_sgsupport.search_text import searched
from flask_sgsupport.settings import State
from tests.told import told_events
from tests.told_whom import everybody_was_told


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
    names: dict[tuple[str, int], str]
    """Of queues, categories and agents as they are now."""
    renamed: set[str]
    """Kinds of which one was renamed: their names in the history are older ones."""
    people: dict[int, Any]
    agents: dict[str, Any]
    """By the host's id, as they are now."""
    covered: dict[int, set[tuple[str, str]]]
    """By the key of an agent."""
    agents_changed: dict[str, list[tuple[int, datetime]]]
    """By the host's id of an agent: the entries that say so, and when."""
    chosen: set[tuple[str, str]]
    """Channels somebody has switched off or on."""


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
        state |= {"assignee": None, "filtered": None, "rating": None}
        for event in found:
            field = CHANGES.get(event.action, "") or event.field
            if event.action not in CHANGES:
                continue
            if field in state and event.old is not None and state[field] != event.old:
                yield f"{ticket.ticket_id}: {field} went on from {event.old!r}, not {state[field]!r}"
            state[field] = event.new
            if field == "requester":
                # Another person brings another address with them.
                state.pop("requester_email", None)
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
}
"""Actions that say what a field became, and which field where the event does not name it."""


def _as_it_is(rows: Rows, ticket: Any) -> dict[str, str | None]:
    now = {
        "status": ticket.status,
        "filtered": ticket.filtered_reason,
        "priority": ticket.priority,
        "requester_email": ticket.requester_email,
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
            recorded = any(event.action == "confirmation.recorded" for event in rows.events[ticket.pk])
            if changes[-1].side != "customer" and not recorded:
                yield f"{ticket.ticket_id} is closed as confirmed, and nobody confirmed"
        elif changes[-1].at - ticket.resolved_at < waited:
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


def messages_are_found_by_what_they_say(rows: Rows) -> Iterator[str]:
    """Each by its words of now and its subject's, and by no others."""
    subjects = {ticket.pk: ticket.subject for ticket in rows.tickets}
    for message in rows.messages:
        if message.searched != searched(subjects[message.ticket_pk], message.body):
            yield f"message {message.key} is found by {message.searched!r}"


def _opened_again(events: list[Any], before: Any) -> int:
    """How often a history says that a ticket was opened again before one of its entries."""
    earlier = events[: events.index(before)]
    changes = [event for event in earlier if event.action == "status.changed" and event.new == Status.OPEN]
    return sum(event.data.get("cause") != Cause.CORRECTION for event in changes)


def files_and_rows_agree(rows: Rows) -> Iterator[str]:
    """Every attachment can be opened and has its size; a file without a row waits for the sweep."""
    for attachment in rows.attachments:
        if attachment.storage_key is None:
            if attachment.size_bytes or attachment.sha256:
                yield f"attachment {attachment.key} was removed and still says what it was"
            continue
        try:
            with rows.host.storage.open(attachment.storage_key) as stored:
                size = len(stored.read())
        except Exception as error:  # noqa: BLE001 - whatever the storage says, the file is not there
            yield f"attachment {attachment.key} cannot be opened: {error!r}"
            continue
        if size != attachment.size_bytes:
            yield f"attachment {attachment.key} has {size} bytes, its row says {attachment.size_bytes}"


CHECKS: tuple[Check, ...] = (
    numbers_are_gapless,
    history_replays_to_the_row,
    a_closed_ticket_has_its_reason,
    a_resolved_ticket_has_its_times,
    nothing_private_is_on_its_way,
    deliveries_are_in_a_state,
    messages_stand_in_the_history,
    a_rating_is_what_was_said_last,
    messages_are_found_by_what_they_say,
    files_and_rows_agree,
    everybody_was_told,
)


OF_ALL_TICKETS = (numbers_are_gapless,)
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
        if of is not None and model in (Ticket, Message, Delivery, Attachment, Rating):
            wanted = wanted.where((Ticket.pk if model is Ticket else model.ticket_pk).in_(of))
        return list(session.scalars(wanted.execution_options(populate_existing=True)))

    events: dict[int, list[Any]] = defaultdict(list)
    renamed = set()
    for event in told_events(session, *(() if of is None else (Event.ticket_pk.in_(of),))):
        if event.ticket_pk is not None:
            events[event.ticket_pk].append(event)
        elif event.field == "name" and event.old is not None:
            renamed.add(re.sub("agent", "assignee", event.action.partition(".")[0]))
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
    covered: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for row in everything(AgentCoverage):
        covered[row.agent_pk].add((row.kind, row.value))
    return Rows(
        host=host,
        tickets=everything(Ticket),
        events=events,
        messages=everything(Message),
        deliveries=everything(Delivery),
        attachments=everything(Attachment),
        counters=everything(NumberCounter),
        ratings={rating.ticket_pk: rating for rating in everything(Rating)},
        names=names,
        renamed=renamed,
        people=people,
        agents={agent.host_id: agent for agent in everything(Agent)},
        covered=covered,
        agents_changed=agents_changed,
        chosen={(one.host_id, one.channel) for one in everything(Preference)},
    )
