"""What was changed past the desk: rows held against what the history tells of them, and against one another.

Not seen, since nothing else says it: the words of a message and a subject that were changed together with what they are
found by, what was written with a rating, the sites a ticket is about, and the name of an account. Nor which of several
files of one message is which, the rights and coverage of an agent nobody has said anything of, and what came before the
history said how many files a message has and of which account a ticket is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask_sgsupport.business_hours import schedule_of
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.measures import course_of
from flask_sgsupport.models.metadata import NEVER
from flask_sgsupport.permissions import COLUMN_OF
from flask_sgsupport.search_text import fold
from flask_sgsupport.services.seen import in_words
from flask_sgsupport.targets import RESOLUTION, RESPONSE, clock_of, due_at, moments

if TYPE_CHECKING:
    from tests.invariants import Rows

MOST_OF_A_VALUE = 500
"""Longer values are cut in the history."""
MOST_OF_A_SUBJECT = 2000
WRITTEN = {"ticket.opened", "message.added", "note.added"}
"""Actions that brought a message."""
SPOKEN = {"ticket.opened", "message.added", "message.visibility_changed", "status.changed", "ticket.merge_received"}
"""Actions after which it may be another's turn."""


def a_message_stands_as_it_was_written(rows: Rows) -> Iterator[str]:
    """When, on which side and what kind of message its entry says; a copy as what it repeats."""
    by_key = {message.key: message for message in rows.messages}
    for message in rows.messages:
        if message.form_said is not None and message.form_key is None:
            yield f"message {message.key} came by a form, and by none"
        if message.copy_of is not None:
            original = by_key.get(message.copy_of)
            if original is not None and original.created_at != message.created_at:
                yield f"message {message.key} was written at another time than what it repeats"
            continue
        for event in rows.events[message.ticket_pk]:
            if event.action not in WRITTEN or event.data.get("message") != message.key:
                continue
            if (event.person_pk, event.via) != (message.author_pk, message.via):
                yield f"message {message.key} is by {message.author_pk} through {message.via}, its history says another"
            kind = "description" if event.action == "ticket.opened" else event.new
            if (event.at, event.side, kind) != (message.created_at, message.side, message.kind):
                yield f"message {message.key} is a {message.kind} by the {message.side} at {message.created_at}"


def a_message_has_the_files_it_came_with(rows: Rows) -> Iterator[str]:
    """As many as its entry says, and of its own ticket."""
    tickets = {message.pk: message.ticket_pk for message in rows.messages}
    files = Counter(file.message_pk for file in rows.attachments)
    for file in rows.attachments:
        if tickets.get(file.message_pk) != file.ticket_pk:
            yield f"attachment {file.key} is of another ticket than its message"
    for message in rows.messages:
        for event in rows.events[message.ticket_pk]:
            told = event.data.get("files") if event.action in WRITTEN else None
            if told is not None and event.data.get("message") == message.key and files[message.pk] != told:
                yield f"message {message.key} has {files[message.pk]} files, its history says {told}"


def older_texts_are_there(rows: Rows) -> Iterator[str]:
    """One for each time a note was edited, and when it was last."""
    versions: dict[int, list[Any]] = defaultdict(list)
    for version in rows.versions:
        versions[version.message_pk].append(version.replaced_at)
    for message in rows.messages:
        about = [one for one in rows.events[message.ticket_pk] if one.data.get("message") == message.key]
        edited = [one.at for one in about if one.action == "note.edited"]
        if versions[message.pk] != edited or message.edited_at != (edited[-1] if edited else None):
            yield f"message {message.key} was edited {len(edited)} times, and keeps {len(versions[message.pk])} texts"


def a_ticket_is_of_the_account_it_was_opened_in(rows: Rows) -> Iterator[str]:
    """As its opening says; and it is found by its subject."""
    for ticket in rows.tickets:
        opened = rows.events[ticket.pk][:1]
        if any(one.data.get("account", ticket.account_id) != ticket.account_id for one in opened):
            yield f"{ticket.ticket_id} is of the account {ticket.account_id}, and was opened in another"
        if ticket.subject_folded != fold(ticket.subject)[:MOST_OF_A_SUBJECT]:
            yield f"{ticket.ticket_id} is found by {ticket.subject_folded!r}"
        if ticket.version < max((one.ticket_version for one in rows.events[ticket.pk]), default=0):
            yield f"{ticket.ticket_id} has the version {ticket.version}, its history a later one"


def a_ticket_closes_when_its_history_says(rows: Rows) -> Iterator[str]:
    """Resolved and closed when its status became so; it closes so long after that, or when the clock began anew."""
    waits = timedelta(hours=rows.host.settings.auto_close_after_hours)
    for ticket in rows.tickets:
        changes = [one for one in rows.events[ticket.pk] if one.action == "status.changed"]
        for status, at in ((Status.RESOLVED, ticket.resolved_at), (Status.CLOSED, ticket.closed_at)):
            became = [one.at for one in changes if one.new == status]
            if at is not None and at != (became[-1] if became else None):
                yield f"{ticket.ticket_id} was not {status} at {at}"
        if ticket.auto_close_at is None or not changes:
            continue
        since = [one for one in rows.events[ticket.pk] if one.pk > changes[-1].pk]
        anew = [one.new for one in since if one.action == "timer.restarted"]
        closes = anew[-1] if anew else (changes[-1].at + waits).isoformat()
        if ticket.auto_close_at.isoformat() != closes:
            yield f"{ticket.ticket_id} closes at {ticket.auto_close_at}, its history says {closes}"


def it_is_the_turn_of_whom_the_last_word_leaves_it_to(rows: Rows) -> Iterator[str]:
    """After an answer the customer's, after their word support's; what is over is nobody's work."""
    for ticket in rows.tickets:
        if ticket.status != Status.OPEN:
            if not ticket.addressed:
                yield f"{ticket.ticket_id} is {ticket.status}, and somebody still waits for an answer"
            continue
        waits = ticket.waiting_on == "staff"
        if ticket.addressed == waits:
            yield f"{ticket.ticket_id} waits on {ticket.waiting_on}, and answered is {ticket.addressed}"
        course = course_of(ticket.course, ticket.first_answered_at)
        if course is not None and ticket.merged_into_id is None and (course.waits_since is not None) != waits:
            yield f"{ticket.ticket_id} waits on {ticket.waiting_on}, and its customer since {course.waits_since}"
        spoken = [one for one in rows.events[ticket.pk] if one.action in SPOKEN]
        if spoken and spoken[-1].action in {"ticket.opened", "message.added"}:
            answered = spoken[-1].action == "message.added" and spoken[-1].new == "public-reply"
            if answered == waits:
                yield f"{ticket.ticket_id} waits on {ticket.waiting_on} after a {spoken[-1].new}"


def the_customer_spoke_last_when_they_did(rows: Rows) -> Iterator[str]:
    """At a moment of its history, or of one merged into it; not before their newest message there."""
    at = {ticket.ticket_id: {one.at for one in rows.events[ticket.pk]} for ticket in rows.tickets}
    for ticket in rows.tickets:
        spoke, events = ticket.last_customer_message_at, rows.events[ticket.pk]
        # What is written beside a confirmation asks nothing.
        closes = {one.ticket_version for one in events if one.action == "status.changed" and one.new == Status.CLOSED}
        asked = [one for one in events if one.action == "message.added" and one.new == "follow-up"]
        newest = [one.at for one in asked if one.ticket_version not in closes]
        moments_of = set(at[ticket.ticket_id]).union(
            *(at[one.ticket_id] for one in rows.tickets if one.merged_into_id == ticket.ticket_id)
        )
        if spoke not in moments_of or spoke < max(newest, default=spoke):
            yield f"{ticket.ticket_id}: its customer did not speak last at {spoke}"


def what_is_due_follows_from_its_target(rows: Rows) -> Iterator[str]:
    """The earlier of both times, and the next moment the clock tells of, as they follow from what the ticket keeps."""
    hours = {queue.pk: queue.hours for queue in rows.queues if queue.key not in rows.other_hours}
    for ticket in rows.tickets:
        both = [one for one in (ticket.response_due_at, ticket.resolution_due_at) if one is not None]
        if ticket.due_at != min(both, default=NEVER):
            yield f"{ticket.ticket_id} is due at {ticket.due_at}, its times are {both}"
        clock = clock_of(ticket.target)
        if clock is None and (both or ticket.alarm_at is not None):
            yield f"{ticket.ticket_id} is due at {both}, and nothing was promised"
        if clock is None or ticket.queue_pk not in hours:
            continue
        schedule = schedule_of(hours[ticket.queue_pk])
        expected = due_at(clock, schedule, RESPONSE), due_at(clock, schedule, RESOLUTION)
        if (ticket.response_due_at, ticket.resolution_due_at) != expected:
            yield f"{ticket.ticket_id} is due at {both}, its target says {expected}"
        told = [one.at for one in moments(clock, schedule, rows.host.settings.target_warning_percent)]
        if ticket.alarm_at != min(told, default=None):
            yield f"{ticket.ticket_id} is told of at {ticket.alarm_at}, its target says {min(told, default=None)}"


def whoever_follows_is_said_to(rows: Rows) -> Iterator[str]:
    """Those who began to and have not stopped."""
    agents = {agent.pk: agent.host_id for agent in rows.agents.values()}
    for ticket in rows.tickets:
        said: set[str] = set()
        for event in rows.events[ticket.pk]:
            if event.action == "follower.changed":
                began, stopped = (rows.people.get(pk) for pk in (event.new_person_pk, event.old_person_pk))
                said = (said | ({began.host_id} if began else set())) - ({stopped.host_id} if stopped else set())
        follow = {agents.get(one.agent_pk, "somebody") for one in rows.followers if one.ticket_pk == ticket.pk}
        if follow != said & set(agents.values()):
            yield f"{ticket.ticket_id} is followed by {sorted(follow)}, its history says {sorted(said)}"


def links_are_those_that_were_made(rows: Rows) -> Iterator[str]:
    """Each with what the other ticket is to this one."""
    numbers = {ticket.pk: ticket.ticket_id for ticket in rows.tickets}
    found: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for link in rows.links:
        related = link.kind == "related"
        found[link.first_pk].add(("related" if related else "incident", link.second_pk))
        found[link.second_pk].add(("related" if related else "case", link.first_pk))
    for ticket in rows.tickets:
        said: set[tuple[str, str]] = set()
        for event in rows.events[ticket.pk]:
            if event.action == "ticket.linked":
                said.add((event.field, event.new))
            elif event.action == "ticket.unlinked":
                said.discard((event.field, event.old))
        linked = {(kind, numbers[pk]) for kind, pk in found[ticket.pk] if pk in numbers}
        if linked != {(kind, number) for kind, number in said if number in numbers.values()}:
            yield f"{ticket.ticket_id} has the links {sorted(linked)}, its history says {sorted(said)}"


def a_mail_went_where_somebody_is_reached(rows: Rows) -> Iterator[str]:
    """To an address that was once theirs; one that was sent was tried."""
    addresses: dict[str, set[str | None]] = defaultdict(set)
    for person in rows.people.values():
        addresses[person.host_id].add(person.email)
    for agent in rows.agents.values():
        addresses[agent.host_id].add(agent.email)
    for ticket in rows.tickets:
        addresses[ticket.requester_id].add(ticket.requester_email)
    for one in rows.deliveries:
        if one.channel != "email":
            continue
        if one.address not in addresses[one.recipient_id]:
            yield f"delivery {one.key} goes to {one.address}, where {one.recipient_id} never was"
        if one.state == "sent" and not (one.attempts and one.sent_at and one.sent_at >= one.created_at):
            yield f"delivery {one.key} is sent, and nobody tried to"


def agents_may_what_a_lead_said_last(rows: Rows) -> Iterator[str]:
    """Their rights, coverage and the rest, wherever the history tells of it."""
    keys = {("queue", str(queue.pk)): queue.key for queue in rows.queues} | rows.category_keys
    last: dict[tuple[str, str], str | None] = {}
    for event in rows.of_agents:
        person = rows.people.get(event.new_person_pk)
        if person is not None:
            last[person.host_id, event.field] = event.new
    for (host_id, field), said in last.items():
        agent = rows.agents.get(host_id)
        if agent is None or field in {"name", "email"} or len(said or "") >= MOST_OF_A_VALUE:
            continue
        if field == "rights":
            # Also of who is switched off: their row keeps them.
            now = in_words([str(right) for right, column in COLUMN_OF.items() if getattr(agent, column)])
            said = in_words((said or "").split(", ")) if said else None
        elif field == "coverage":
            covered = sorted(rows.covered[agent.pk])
            now = in_words(", ".join(f"{kind} {keys.get((kind, value), value)}" for kind, value in covered))
        else:
            now = in_words(getattr(agent, field))
        if now != said:
            yield f"the agent {host_id} has {field} {now!r}, the history says {said!r}"


def what_is_set_up_is_what_a_lead_said_last(rows: Rows) -> Iterator[str]:
    """Queues, categories, macros, rules, targets and shared views, as far as the history has what they keep."""
    said: dict[tuple[str, str, str], str | None] = {}
    for event in rows.of_the_desk:
        kind, __, what = event.action.partition(".")
        key = str(event.data.get(kind, ""))
        if what == "removed":
            said = {told: new for told, new in said.items() if told[:2] != (kind, key)}
        elif what == "changed" and kind in rows.set_up:
            said[kind, key, event.field] = event.new
    for (kind, key, field), told in said.items():
        row = rows.set_up[kind].get(key)
        if row is None or field not in KEPT_AS_TOLD or not hasattr(row, field) or len(told or "") >= MOST_OF_A_VALUE:
            continue
        if (now := in_words(getattr(row, field))) != told:
            yield f"the {kind} {key} has {field} {now!r}, its history says {told!r}"


KEPT_AS_TOLD = {
    *("name", "active", "is_default", "from_name", "from_address", "reply_address", "signature"),
    *("body", "stop", "plan", "priority", "shared"),
}
"""Fields whose value in the history is that of their column, in words."""


def one_queue_takes_what_no_rule_takes(rows: Rows) -> Iterator[str]:
    """There is one default queue, in use, where there are queues."""
    defaults = [(queue.key, queue.active) for queue in rows.queues if queue.is_default]
    if rows.queues and [active for __, active in defaults] != [True]:
        yield f"the default queues are {defaults}"


CHECKS = (
    a_message_stands_as_it_was_written,
    a_message_has_the_files_it_came_with,
    older_texts_are_there,
    a_ticket_is_of_the_account_it_was_opened_in,
    a_ticket_closes_when_its_history_says,
    it_is_the_turn_of_whom_the_last_word_leaves_it_to,
    the_customer_spoke_last_when_they_did,
    what_is_due_follows_from_its_target,
    whoever_follows_is_said_to,
    links_are_those_that_were_made,
    a_mail_went_where_somebody_is_reached,
    agents_may_what_a_lead_said_last,
    what_is_set_up_is_what_a_lead_said_last,
    one_queue_takes_what_no_rule_takes,
)
OF_ALL_TICKETS = (
    the_customer_spoke_last_when_they_did,
    a_mail_went_where_somebody_is_reached,
    links_are_those_that_were_made,
)
"""Those that say something only where every ticket is read."""
