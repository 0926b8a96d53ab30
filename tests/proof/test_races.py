"""Many at once: numbers, claims, changes, the clock, forms sent again, and everything together."""

from __future__ import annotations

import random
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from html import unescape
from pathlib import Path
from threading import Barrier, Lock, Thread
from threading import Event as Flag
from typing import Any, Self

import pytest
from flask.testing import FlaskClient
from sqlalchemy import ExceptionContext, event, func, select
from werkzeug.test import TestResponse

from flask_sgsupport import signals
from flask_sgsupport.errors import Busy, StaleTicket, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.models import Agent, Delivery, Event, EventText, Message, PersonRecord, Rating, Ticket
from flask_sgsupport.queries.cases import results_of
from flask_sgsupport.services import (
    assigning,
    cases,
    clock,
    linking,
    looking,
    merging,
    opening,
    redacting,
    replying,
    sorting,
    splitting,
    status,
)
from flask_sgsupport.services.transaction import TRIES
from tests.panel_pages import FORM, hidden
from tests.proof.page import Figure, Rounds
from tests.proof.racing import (
    VISIT,
    add_agents,
    add_customers,
    another_host,
    at_once,
    count,
    events,
    only_sentences,
    processes,
    still_whole,
    ticket,
    visits,
)
from tests.world import Host, OpenTicket

FIELDS = {"subject": "Checkout failing", "body": "Nobody can pay."}

every_host = pytest.mark.parametrize("pending", [False, True], ids=["clean", "pending"])


def refuse_some(app: Any, payload: Any) -> None:
    if payload.ticket["subject"] == "Refused":
        raise Vetoed("Not this one.")


@pytest.mark.guarantee(
    "S9.1a Numbers",
    "Fifty people open tickets at the same moment, every seventh is refused halfway: no gap, no repeat.",
)
@pytest.mark.every_database
@every_host
def test_numbers_have_no_gap_and_no_repeat(host: Host, figure: Figure, rounds: Rounds, *, pending: bool) -> None:
    names = add_customers(host, 50)
    with host.app.app_context():
        people = [host.customer(name) for name in names]
        host.db.session.remove()
    many, opened, refused = rounds(2, 20), 0, 0
    with signals.before_ticket_opened.connected_to(refuse_some):
        for _ in range(many):
            calls = [
                lambda place=place, who=who: (
                    opening.open_ticket(
                        who, subject="Refused" if place % 7 == 6 else "Checkout failing", body="Nobody can pay."
                    ).ticket_id
                )
                for place, who in enumerate(people)
            ]
            results = at_once(host, calls, pending=pending)
            refused += len(only_sentences(results, pending=pending))
            opened += sum(isinstance(result, str) for result in results)
            if not pending:
                assert sum(isinstance(result, Vetoed) for result in results) == 7
    still_whole(host)
    assert count(host, Ticket) == opened
    assert opened + refused == 50 * many
    if pending:
        assert visits(host) == opened, "what the host had pending is stored with the ticket, and only with it"
    figure(f"{many} × 50 opens: {opened} opened, {refused} refused with a sentence, 0 gaps, 0 repeats")


def open_in_another_process(gate: Any, told: Any, url: str, folder: str, each: int, names: list[str]) -> None:
    host = another_host(url, folder)
    with host.app.app_context():
        people = [host.customer(name) for name in names]
        host.db.session.remove()
    gate.wait()
    calls = [lambda who=who: opening.open_ticket(who, **FIELDS).ticket_id for who in people]
    results = [at_once(host, calls) for _ in range(each)]
    told.put([str(result) for round_ in results for result in round_])


@pytest.mark.guarantee("S9.1b Numbers of two processes", "Two processes open at once: no gap and no repeat.")
@pytest.mark.every_database
def test_two_processes_share_the_numbers(
    host: Host, database_url: str, tmp_path: Path, figure: Figure, rounds: Rounds
) -> None:
    each = rounds(3, 20)
    names = add_customers(host, 20)
    results = processes(
        open_in_another_process,
        [(database_url, str(tmp_path), each, some) for some in (names[:10], names[10:])],
    )
    numbers = sorted(number for answer in results for number in answer)
    year = datetime.now(UTC).year
    assert numbers == [f"TKT-{year}-{place:05d}" for place in range(1, 20 * each + 1)]
    still_whole(host)
    figure(f"2 processes × {10 * each} opens, 10 at once each: 1 to {len(numbers)}, each once")


@pytest.mark.guarantee("S9.1c Numbers at New Year", "The year of a number is that of the ticket's creation in UTC.")
@pytest.mark.every_database
def test_numbers_begin_anew_with_the_year(host: Host, figure: Figure) -> None:
    before = datetime(2026, 12, 31, 23, 59, 59, 990_000, tzinfo=UTC)
    moments = [before + timedelta(milliseconds=place) for place in range(20)]
    random.Random(7).shuffle(moments)
    lock = Lock()

    def now() -> datetime:
        with lock:
            return moments.pop() if moments else before + timedelta(seconds=1)

    names = add_customers(host, 20)
    with host.app.app_context():
        people = [host.customer(name) for name in names]
        host.db.session.remove()
    host.desk.now = now
    results = at_once(host, [lambda who=who: opening.open_ticket(who, **FIELDS).ticket_id for who in people])
    assert only_sentences(results, pending=False) == []
    still_whole(host)
    years = Counter(str(result)[4:8] for result in results)
    figure(f"20 opens around midnight: {years['2026']} in 2026, {years['2027']} in 2027, 0 gaps in either")


def who_has(host: Host, ticket_id: str) -> list[str]:
    """The names of those a ticket is assigned to; needs an app context."""
    host.db.session.rollback()
    named = select(Agent.name).join(Ticket, Ticket.assignee_pk == Agent.pk).where(Ticket.ticket_id == ticket_id)
    return list(host.db.session.scalars(named))


@pytest.mark.guarantee(
    "S9.2 Claims",
    "However many press Claim at once, one agent has the ticket and every other is told who. Where a host leaves a "
    "write pending, each may be told to try again: then nobody has it, and one who does has it.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("agents", [2, 20])
def test_one_agent_wins_a_claim(
    host: Host,
    open_ticket: OpenTicket,
    figure: Figure,
    rounds: Rounds,
    agents: int,
    *,
    pending: bool,
) -> None:
    many = rounds(12, 200) if agents == 2 else rounds(3, 20)
    names = add_agents(host, agents)
    with host.app.app_context():
        actors = [host.agent(name) for name in names]
        host.db.session.remove()
    lost = pressed_again = 0
    for _ in range(many):
        ticket_id = open_ticket()
        before = visits(host)
        results = at_once(host, [partial(assigning.claim, ticket_id, actor) for actor in actors], pending=pending)
        refused = only_sentences(results, pending=pending)
        winners = [name for name, result in zip(names, results, strict=True) if result is None]
        with host.app.app_context():
            assert len(events(host, ticket_id, "assignee.changed")) == len(winners) <= 1
            if not pending:
                assert len(winners) == 1
                assert all(isinstance(error, StaleTicket) for error in refused)
            told = [error for error in refused if isinstance(error, StaleTicket)]
            assert all(winners and winners[0].title() in error.sentence for error in told)
            assert who_has(host, ticket_id) == [name.title() for name in winners]
        assert visits(host) - before == (len(winners) if pending else 0)
        lost += len(refused)
        if not winners:
            assert [type(error) for error in refused] == [Busy] * agents, "nobody has it, and not all know"
            assert at_once(host, [partial(assigning.claim, ticket_id, actors[0])]) == [None]
            with host.app.app_context():
                assert who_has(host, ticket_id) == [names[0].title()]
                assert len(events(host, ticket_id, "assignee.changed")) == 1
            pressed_again += 1
    still_whole(host)
    figure(
        f"{many} tickets × {agents} agents: {many - pressed_again} × 1 winner and 1 event, {lost} others told, "
        f"{pressed_again} × none, each told to try again, and one who did has it"
    )


class Pair:
    """Two acts on one ticket at once, with the version both saw."""

    def __init__(self, host: Host, ticket_id: str, version: int) -> None:
        self.ticket_id, self.version = ticket_id, version
        self.ada, self.grace, self.jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")

    def resolve(self) -> None:
        status.set_status(self.ticket_id, self.ada, Status.RESOLVED, version=self.version)

    def prioritise(self) -> None:
        sorting.change_fields(self.ticket_id, self.grace, {"priority": "high"}, version=self.version)

    def reply(self) -> None:
        replying.reply(self.ticket_id, self.ada, body="One more thing.")

    def confirm(self) -> None:
        replying.confirm_solved(self.ticket_id, self.jerome)

    def close(self) -> None:
        replying.close_with_confirmation(self.ticket_id, self.grace, note="Confirmed by phone.", version=self.version)

    def reopen(self) -> None:
        status.set_status(self.ticket_id, self.ada, Status.OPEN, version=self.version)

    def need_help(self) -> None:
        replying.still_need_help(self.ticket_id, self.jerome, body="It is back.")

    def follow_up(self) -> None:
        replying.follow_up(self.ticket_id, self.jerome, body="It is back.")

    def tick(self) -> clock.TickReport:
        return clock.tick()


Left = tuple[str, str, str, str]
LEAVES: dict[str, Left] = {
    "resolve": ("ada", "status.changed", "resolved", ""),
    "prioritise": ("grace", "field.changed", "high", ""),
    "reply": ("ada", "message.added", "public-reply", "One more thing."),
    "confirm": ("jerome", "status.changed", "closed", ""),
    "close": ("grace", "status.changed", "closed", "Confirmed by phone."),
    "reopen": ("ada", "status.changed", "open", ""),
    "need_help": ("jerome", "status.changed", "open", "It is back."),
    "follow_up": ("jerome", "message.added", "follow-up", "It is back."),
}
"""What each act leaves once if it was done, and not at all if its author was told otherwise: whose entry in the
history, its action and what is new, and the words of the message."""


def newest_event(host: Host) -> int:
    """Needs an app context."""
    return host.db.session.scalar(select(func.max(Event.pk))) or 0


def entries_after(host: Host, pk: int, ticket_id: str) -> list[tuple[str, str, str]]:
    """Who did what to a ticket after an entry of the history, oldest first; needs an app context."""
    names = {str(number): name for name, number in host.ids.items()}
    new = func.coalesce(EventText.new, Event.new)
    wanted = select(PersonRecord.host_id, Event.action, new).join(Ticket, Ticket.pk == Event.ticket_pk)
    wanted = wanted.outerjoin(EventText, EventText.digest == Event.text_digest)
    wanted = wanted.outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk).order_by(Event.pk)
    found = host.db.session.execute(wanted.where(Ticket.ticket_id == ticket_id, Event.pk > pk))
    return [(names.get(who or "", "the clock"), action, new or "") for who, action, new in found]


def what_was_told_is_there(host: Host, ticket_id: str, acts: dict[str, list[Any]], since: int) -> None:
    """The rows of each act are there exactly if somebody was told that it was done; needs an app context."""
    entries, found = entries_after(host, since, ticket_id), ticket(host, ticket_id)
    for act, results in acts.items():
        if act == "tick":
            closed = select(func.count()).where(Event.pk > since, Event.person_pk.is_(None))
            closed = closed.where(Event.action == "status.changed", Event.new == "closed")
            assert [report.closed for report in results if isinstance(report, clock.TickReport)] in (
                [],
                [host.db.session.scalar(closed)],
            ), "the clock closed something else than it says"
            continue
        done = any(not isinstance(result, Exception) for result in results)
        who, action, new, body = LEAVES[act]
        assert entries.count((who, action, new)) == done, f"{act}: {entries}"
        here = select(func.count()).select_from(Message).where(Message.ticket_pk == found.pk, Message.body == body)
        assert host.db.session.scalar(here) == (done and body != ""), f"{act}: its words"
    reached = [new for _, action, new in entries if action == "status.changed"]
    assert reached[-1:] in ([], [found.status]), "the status is what the last who changed it was told"


PAIRS: dict[str, tuple[str, str, bool, str]] = {
    "status, priority": ("resolve", "prioritise", False, "both"),
    "status, status": ("reopen", "close", True, "one"),
    "resolve, resolve": ("resolve", "resolve", False, "any"),
    "reply, close": ("reply", "confirm", True, "any"),
    "reopen, clock": ("need_help", "tick", True, "any"),
    "follow-up, clock": ("follow_up", "tick", True, "open"),
}
"""Two acts, whether the ticket is resolved before, and what must come of it."""


@pytest.mark.guarantee(
    "S9.3 No lost change",
    "Two people with the same stale page, or one and the clock, change a ticket at once: both changes are kept, "
    "or one of the two is told.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("pair", PAIRS)
def test_no_change_is_lost(
    host: Host,
    open_ticket: OpenTicket,
    figure: Figure,
    rounds: Rounds,
    pair: str,
    *,
    pending: bool,
) -> None:
    first, second, solved, expected = PAIRS[pair]
    many, kept, told = rounds(4, 100), 0, 0
    for _ in range(many):
        ticket_id = open_ticket()
        with host.app.app_context():
            ada = host.agent("ada")
            assigning.claim(ticket_id, ada)
            replying.reply(ticket_id, ada, body="Restored.", status=Status.RESOLVED if solved else None)
            race, since = Pair(host, ticket_id, ticket(host, ticket_id).version), newest_event(host)
            host.db.session.remove()
        host.clock.forward(hours=48)
        results = at_once(host, [getattr(race, first), getattr(race, second)], pending=pending)
        refused = only_sentences(results, pending=pending)
        kept, told = kept + 2 - len(refused), told + len(refused)
        with host.app.app_context():
            found = ticket(host, ticket_id)
            if not pending:
                assert all(isinstance(error, StaleTicket | TransitionRefused) for error in refused)
                assert len(refused) == {"both": 0, "one": 1}.get(expected, len(refused))
                assert len(refused) < 2
            acts: dict[str, list[Any]] = {first: [], second: []}
            acts[first].append(results[0])
            acts[second].append(results[1])
            what_was_told_is_there(host, ticket_id, acts, since)
            done = [not isinstance(result, Exception) for result in results]
            if first in {"follow_up", "need_help"} and done[0]:
                assert found.status == "open", "what a customer writes is never closed over"
            if first == "resolve" and any(done[: 1 + (second == "resolve")]):
                assert found.status == "resolved"
            if second == "prioritise" and done[1]:
                assert found.priority == "high"
            host.db.session.remove()
    still_whole(host)
    figure(
        f"{many} rounds: {kept} acts kept, each with its entry and its words once, {told} told and without a trace, "
        "0 lost; every history replays to its ticket"
    )


class Merges:
    """Merging one ticket into another, and what may happen to either at the same moment."""

    def __init__(self, host: Host, one: str, other: str) -> None:
        self.one, self.other = one, other
        self.ada, self.grace, self.jerome = host.agent("ada"), host.agent("grace"), host.customer("jerome")

    def merge(self) -> Any:
        return merging.merge(self.one, self.ada, self.other)

    def merge_the_other_way(self) -> Any:
        return merging.merge(self.other, self.grace, self.one)

    def reply(self) -> Any:
        return replying.reply(self.one, self.grace, body="While it is merged.").ticket_id

    def follow_up(self) -> Any:
        return replying.follow_up(self.one, self.jerome, body="While it is merged.").ticket_id

    def follow_up_on_the_other(self) -> Any:
        return replying.follow_up(self.other, self.jerome, body="While it is merged.").ticket_id


@pytest.mark.guarantee(
    "S9.3c Merging",
    "Two tickets are merged into each other at once, or somebody writes to one of them meanwhile: one becomes a part "
    "of the other, nothing is written to it afterwards, and whoever was refused is told.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("meanwhile", ["merge_the_other_way", "reply", "follow_up", "follow_up_on_the_other"])
def test_what_is_merged_stands_still_whoever_was_faster(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds, meanwhile: str, *, pending: bool
) -> None:
    many, told, merged_first = rounds(4, 100), 0, 0
    for turn in range(many):
        one, other = open_ticket(), open_ticket()
        if turn % 2:
            one, other = other, one
        with host.app.app_context():
            race = Merges(host, one, other)
            host.db.session.remove()
        results = at_once(host, [race.merge, getattr(race, meanwhile)], pending=pending)
        refused = only_sentences(results, pending=pending)
        told += len(refused)
        with host.app.app_context():
            parts = [key for key in (one, other) if ticket(host, key).merged_into_id is not None]
            assert len(parts) == sum(result is True for result in results) <= 1
            if not pending:
                assert len(parts) == 1
                assert len(refused) <= (0 if meanwhile.startswith("follow_up") else 1)
            there = select(Ticket.ticket_id).join(Message, Message.ticket_pk == Ticket.pk)
            written = host.db.session.scalars(
                there.where(Message.body == "While it is merged.", Ticket.ticket_id.in_((one, other)))
            ).all()
            assert written == [result for result in results if isinstance(result, str)], "it stands where it was said"
            merged_first += bool(written) and written[0] not in parts
            host.db.session.remove()
    still_whole(host)
    figure(f"{many} rounds: {told} told, {merged_first} written to what the two have become, 0 lost, 0 deadlocks")


class Splits:
    """Making a ticket of its own of what a customer wrote, and what may happen to it at the same moment."""

    def __init__(self, host: Host, one: str, other: str) -> None:
        self.one, self.other = one, other
        self.ada, self.grace = host.agent("ada"), host.agent("grace")
        here = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk).where(Ticket.ticket_id == one)
        self.key = host.db.session.scalars(here).one()

    def split(self) -> Any:
        return splitting.split_off(self.one, self.ada, self.key, subject="A second thing", seen=0).ticket_id

    def split_as_well(self) -> Any:
        return splitting.split_off(self.one, self.grace, self.key, subject="The second thing", seen=0).ticket_id

    def redact(self) -> Any:
        redacting.redact(self.one, self.grace, self.key, secret="pay")
        return "redacted"

    def merge(self) -> Any:
        return merging.merge(self.one, self.grace, self.other)


@pytest.mark.guarantee(
    "S9.3d Splitting",
    "A ticket is made of a message while a colleague does the same, redacts the message or merges its ticket: it is "
    "made once or the second is told, no copy says what was redacted, and no number is left out.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("meanwhile", ["split_as_well", "redact", "merge"])
def test_what_is_split_off_is_what_stands_there_whoever_was_faster(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds, meanwhile: str, *, pending: bool
) -> None:
    many, told, made = rounds(4, 100), 0, 0
    for _ in range(many):
        one, other = open_ticket(files=[("log.txt", b"a log")]), open_ticket()
        with host.app.app_context():
            race = Splits(host, one, other)
            host.db.session.remove()
        results = at_once(host, [race.split, getattr(race, meanwhile)], pending=pending)
        refused = only_sentences(results, pending=pending)
        told += len(refused)
        with host.app.app_context():
            bodies = list(host.db.session.scalars(select(Message.body).where(Message.copy_of == race.key)))
            made += len(bodies)
            splits = results if meanwhile == "split_as_well" else results[:1]
            assert len(bodies) == sum(isinstance(one, str) for one in splits) <= 1
            if not pending:
                assert len(refused) == (meanwhile == "split_as_well") or (meanwhile == "redact" and len(refused) <= 1)
            if results[1] == "redacted":
                assert not [body for body in bodies if "pay" in body], "no copy says what was redacted"
            host.db.session.remove()
    still_whole(host)
    figure(f"{many} rounds: {made} tickets made, {told} told, 0 copies of what was redacted, 0 deadlocks")


class SendsToCases:
    """One reply to the cases of an incident, and who may be at it at the same moment."""

    def __init__(self, host: Host, incident: str, numbers: list[str]) -> None:
        self.host, self.incident, self.numbers = host, incident, numbers
        self.grace, self.jerome = host.agent("grace"), host.customer("jerome")
        for number in numbers:
            linking.link(incident, self.grace, number, LinkKind.INCIDENT)
        version = dict(host.db.session.execute(select(Ticket.ticket_id, Ticket.version)).all())
        answers = [cases.ForCase(number, "It works again.", version[number]) for number in numbers]
        self.key = cases.answer_cases(incident, self.grace, answers)

    def click(self) -> Any:
        return cases.send_answers(self.incident, self.grace, self.key)

    def work(self) -> Any:
        with self.host.app.app_context():
            return cases.send_waiting_answers()

    def write(self) -> Any:
        return replying.follow_up(self.numbers[-1], self.jerome, body="Still not.").ticket_id


@pytest.mark.guarantee(
    "S9.3e One reply to many",
    "A click, a second click and two workers send the same reply to the cases of an incident while a customer writes: "
    "each case is answered once, or its author is told why not.",
)
@pytest.mark.every_database
def test_each_case_is_answered_once_whoever_is_at_it(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds
) -> None:
    host.desk.settings.messages_per_hour = host.desk.settings.opens_per_hour = None
    many, crossed = rounds(3, 60), 0
    for _ in range(many):
        incident, *numbers = (open_ticket() for __ in range(5))
        with host.app.app_context():
            race = SendsToCases(host, incident, numbers)
            host.db.session.remove()
        results = at_once(host, [race.click, race.work, race.work, race.click, race.write])
        assert not [one for one in results if isinstance(one, Exception)], results
        with host.app.app_context():
            while cases.send_waiting_answers():
                pass
            replied = select(func.count()).select_from(Message).join(Ticket, Ticket.pk == Message.ticket_pk)
            replied = replied.where(Message.kind == "public-reply")
            counts = [host.db.session.scalar(replied.where(Ticket.ticket_id == number)) for number in numbers]
            found = results_of(race.grace, incident, race.key).results
            assert [one.state for one in found if one.state != "sent"] in ([], ["refused"])
            assert counts == [int(one.state == "sent") for one in found]
            crossed += found[-1].state == "refused"
            host.db.session.remove()
    still_whole(host)
    figure(f"{many} rounds of 4 cases: each answered once, {crossed} told that the customer had written, 0 twice")


def tick_in_another_process(gate: Any, told: Any, url: str, folder: str, at: float) -> None:
    host = another_host(url, folder)
    gate.wait()
    closed = failed = 0
    for turn in range(10):
        with host.app.app_context():
            # Twice late, once an hour back.
            report = clock.tick(datetime.fromtimestamp(at, UTC) + timedelta(hours=(0, 0, 3, -1)[turn % 4]))
            closed, failed = closed + report.closed, failed + report.failed
            host.db.session.remove()
    told.put((closed, failed))


@pytest.mark.guarantee(
    "S9.5 The clock on five machines",
    "Five processes run the clock ten times at once, late and an hour back: every ticket is closed once, told once.",
)
@pytest.mark.every_database
def test_five_clocks_close_once(
    host: Host, open_ticket: OpenTicket, database_url: str, tmp_path: Path, figure: Figure, rounds: Rounds
) -> None:
    many = rounds(15, 100)
    for _ in range(many):
        ticket_id = open_ticket()
        with host.app.app_context():
            replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
    due = host.clock() + timedelta(hours=48)
    answers = processes(tick_in_another_process, [(database_url, str(tmp_path), due.timestamp())] * 5)
    assert (sum(closed for closed, _ in answers), sum(failed for _, failed in answers)) == (many, 0)
    with host.app.app_context():
        closes = host.db.session.scalar(
            select(func.count()).select_from(Event).where(Event.action == "status.changed", Event.new == "closed")
        )
        told = host.db.session.execute(
            select(Delivery.ticket_pk, Delivery.notice, Delivery.recipient_id, Delivery.channel, func.count())
            .where(Delivery.notice.contains("closed"))
            .group_by(Delivery.ticket_pk, Delivery.notice, Delivery.recipient_id, Delivery.channel)
        ).all()
        host.db.session.remove()
    assert closes == many == count(host, Ticket, status="closed")
    assert {row[-1] for row in told} == {1}
    still_whole(host)
    figure(f"{many} tickets, 5 processes × 10: {closes} closed once, {len(told)} notices once each, 0 failed")


@pytest.mark.guarantee(
    "S9.4a Sent again",
    "A form, reply, follow-up or note that arrives ten times at once is there once, and answers once.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("verb", ["open", "reply", "follow-up", "note"])
def test_what_is_sent_ten_times_is_there_once(
    host: Host,
    answered_ticket: str,
    figure: Figure,
    rounds: Rounds,
    verb: str,
    *,
    pending: bool,
) -> None:
    with host.app.app_context():
        jerome, ada = host.customer("jerome"), host.agent("ada")
        host.db.session.remove()
    calls: dict[str, Callable[[str], Any]] = {
        "open": lambda form: opening.open_ticket(jerome, subject="Again", body=f"Text {form}", form=form).message,
        "reply": lambda form: replying.reply(answered_ticket, ada, body=f"Text {form}", form=form).message,
        "follow-up": lambda form: replying.follow_up(answered_ticket, jerome, body=f"Text {form}", form=form).message,
        "note": lambda form: replying.add_note(answered_ticket, ada, body=f"Text {form}", form=form).message,
    }
    many, stored, busy = rounds(3, 50), 0, 0
    for place in range(many):
        form = f"form {place}"
        results = at_once(host, [lambda form=form: calls[verb](form)] * 10, pending=pending)
        busy += len(only_sentences(results, pending=pending))
        keys = {result for result in results if isinstance(result, str)}
        assert len(keys) <= 1
        assert count(host, Message, body=f"Text {form}") == len(keys)
        assert pending or len(keys) == 1
        # Who was told to try again does so, and it is there.
        with host.app.app_context():
            again = calls[verb](form)
            host.db.session.remove()
        assert keys <= {again}
        stored += count(host, Message, body=f"Text {form}")
    assert stored == many
    still_whole(host)
    figure(f"{many} × 10: {stored} stored, {busy} told to try again")


@dataclass(frozen=True)
class Sent:
    """A form of a page: who sends it, from which page, to which address, with what; and the row it makes."""

    who: str
    page: str
    to: str
    typed: dict[str, str]
    made: type[Any]
    columns: dict[str, str]
    action: str

    def filled(self, client: FlaskClient) -> dict[str, str]:
        """What a browser sends of it."""
        html = client.get(self.page).text
        [form] = re.findall(rf'<form [^>]*action="{re.escape(self.to)}"[^>]*>(.*?)</form>', html, re.DOTALL)
        inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
        return {name: unescape(value) for name, value in inputs} | self.typed


def forms(ticket_id: str, body: str) -> dict[str, Sent]:
    """The forms whose words must be there once."""
    own, inbox = f"/support/tickets/{ticket_id}", f"/admin/support/tickets/{ticket_id}"
    said = {"body": body}
    return {
        "open": Sent("jerome", "/support/open", "/support/open", FORM | said, Message, said, "ticket.opened"),
        "reply": Sent("ada", inbox, f"{inbox}/reply", said, Message, said, "message.added"),
        "follow-up": Sent("jerome", own, f"{own}/follow-up", said, Message, said, "message.added"),
        "note": Sent("ada", inbox, f"{inbox}/note", said, Message, said, "note.added"),
        "rating": Sent(
            "jerome", own, f"{own}/rate", {"score": "good", "comment": body}, Rating, {"comment": body}, "ticket.rated"
        ),
    }


def posted_at_once(host: Host, who: FlaskClient, address: str, form: dict[str, str], many: int) -> list[TestResponse]:
    """The answers to one form of one browser, sent so often at the same moment."""
    cookie = who.get_cookie("session")
    assert cookie is not None
    clients = [host.app.test_client() for _ in range(many)]
    for client in clients:
        client.set_cookie("session", cookie.value)
    answers: list[TestResponse] = []
    barrier = Barrier(many)

    def post(client: FlaskClient) -> None:
        barrier.wait(60)
        answers.append(client.post(address, data=form))

    threads = [Thread(target=post, args=(client,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(answers) == many, "somebody got no answer at all"
    return answers


@pytest.mark.guarantee(
    "S9.4b Sent again through the pages",
    "The same form of one browser (a new ticket, a reply, a follow-up, a note, a rating) is posted ten times at once: "
    "what it says is there once and recorded once, every post leads to it, and nobody sees an error page. Where a host "
    "leaves a write pending, one may be told to try again; who does is led to it.",
)
@pytest.mark.every_database
@every_host
@pytest.mark.parametrize("form", ["open", "reply", "follow-up", "note", "rating"])
def test_a_form_posted_ten_times_at_once_is_there_once(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds, form: str, *, pending: bool
) -> None:
    host.app.testing = False
    host.app.config["PROPAGATE_EXCEPTIONS"] = False
    writes = let_the_host_write(host)
    clients = {"jerome": host.client("jerome"), "ada": host.client("ada")}
    many, led, busy = rounds(2, 30), 0, 0
    for place in range(many):
        ticket_id = open_ticket(body=f"About {place}.")
        with host.app.app_context():
            replying.reply(ticket_id, host.agent("ada"), body=f"Look at {place}.", status=Status.RESOLVED)
            since = newest_event(host)
            host.db.session.remove()
        sent = forms(ticket_id, f"Text {place}")[form]
        client = clients[sent.who]
        filled, tickets = sent.filled(client), count(host, Ticket)
        if pending:
            writes.set()
        answers = posted_at_once(host, client, sent.to, filled, 10)
        writes.clear()
        for answer in answers:
            told_to_wait = pending and answer.status_code == 503 and "Retry-After" in answer.headers
            assert answer.status_code == 302 or told_to_wait, f"{answer.status_code} {answer.text[-2000:]}"
        places = {answer.location for answer in answers if answer.status_code == 302}
        assert len(places) <= 1, "each is led to another place"
        assert count(host, sent.made, **sent.columns) == len(places)
        # Who was told to try again does so.
        again = client.post(sent.to, data=filled)
        assert (again.status_code, places <= {again.location}) == (302, True)
        assert count(host, sent.made, **sent.columns) == 1
        assert count(host, Ticket) == tickets + (form == "open")
        with host.app.app_context():
            recorded = select(func.count()).where(Event.pk > since, Event.action == sent.action)
            assert host.db.session.scalar(recorded) == 1
            host.db.session.remove()
        led += sum(answer.status_code == 302 for answer in answers)
        busy += sum(answer.status_code != 302 for answer in answers)
    host.app.testing = True
    still_whole(host)
    figure(f"{many} × 10 posts: {many} there once, {led} led to it, {busy} told to try again, 0 error pages")


def let_the_host_write(host: Host) -> Flag:
    """A flag: while it is set each request begins with a write of the host's that is not committed yet."""
    writes = Flag()

    @host.app.before_request
    def leave_a_write_pending() -> None:
        if writes.is_set():
            host.db.session.add(host.user_model(name=VISIT))

    return writes


def token_on(client: FlaskClient, path: str) -> dict[str, str]:
    """What a page guards its forms with; eight at once with writes pending may first be told to try again."""
    found: dict[str, str] = {}
    while "csrf_token" not in found:
        found = hidden(client.get(path).text)
    return {"csrf_token": found["csrf_token"]}


LOCK_SECONDS = 5
"""How long a statement may wait for a lock: what Python gives SQLite, and what this host gives the servers, too."""
PAUSES_SECONDS = sum(0.02 * 2**attempt for attempt in range(1, TRIES))
"""The longest pauses between the tries of one act, see `transaction.run`."""
SETS_ITS_WAIT = {
    "sqlite": f"PRAGMA busy_timeout = {LOCK_SECONDS * 1000}",
    "postgresql": f"SET lock_timeout = '{LOCK_SECONDS}s'",
    "mysql": f"SET innodb_lock_wait_timeout = {LOCK_SECONDS}",
}


class Locks:
    """What an engine says of locks while it is listened to, in connections that wait so long for one and no longer."""

    SAYS = re.compile(r"database is locked|deadlock|lock timeout|Lock wait timeout", re.IGNORECASE)

    def __init__(self, host: Host) -> None:
        self.said: Counter[str] = Counter()
        with host.app.app_context():
            host.db.session.remove()
            self._engine = host.db.engine
            self._engine.dispose()
        self._sets = SETS_ITS_WAIT[self._engine.dialect.name.replace("mariadb", "mysql")]

    def __enter__(self) -> Self:
        event.listen(self._engine, "connect", self._connected)
        event.listen(self._engine, "handle_error", self._failed)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "connect", self._connected)
        event.remove(self._engine, "handle_error", self._failed)
        self._engine.dispose()

    def _connected(self, connection: Any, record: Any) -> None:
        connection.cursor().execute(self._sets)
        connection.commit()

    def _failed(self, context: ExceptionContext) -> None:
        found = self.SAYS.search(str(context.original_exception))
        # What a page view writes may as well be lost, and waits for a moment only.
        looks = any(frame.f_code is looking.write_while_looking.__code__ for frame, _ in traceback.walk_stack(None))
        if found is not None and not looks:
            self.said[found.group().lower()] += 1


class Busybody:
    """Somebody who clicks without a pause, on what is done with tickets, and looks at each after it."""

    def __init__(self, host: Host, who: str, place: int, numbers: list[str], *, pending: bool) -> None:
        self.pending = pending
        self.client, self.dice, self.place, self.numbers = host.client(who), random.Random(place), place, numbers
        self.inside = who in {"ada", "grace"}
        self.token = token_on(self.client, f"/admin/support/tickets/{numbers[0]}" if self.inside else "/support/open")
        self.answers: Counter[int] = Counter()
        self.strange, self.taken, self.waits = list[str](), list[str](), list[float]()

    def get(self, address: str) -> TestResponse:
        """Look at a page."""
        return self.waited_for(partial(self.client.get, address))

    def waited_for(self, ask: Callable[[], TestResponse]) -> TestResponse:
        """The answer; how long it took is kept."""
        began_at = time.monotonic()
        answer = ask()
        self.waits.append(time.monotonic() - began_at)
        return answer

    def click_until(self, ends: float) -> None:
        while time.monotonic() < ends:
            self.click(self.dice.choice(self.numbers), f"Text {self.place} {self.dice.random()}")

    def click(self, ticket_id: str, body: str) -> None:
        address = f"/admin/support/tickets/{ticket_id}" if self.inside else f"/support/tickets/{ticket_id}"
        form, sent = self.dice.choice(self.done_by_agents(body) if self.inside else self.done_by_customers(body))
        if form == "/support/open":
            address, page = "", self.get(form)
            if self.counted(form, page) != 200:
                return
            sent |= hidden(page.text)
        answer = self.waited_for(partial(self.client.post, address + form, data=self.token | sent))
        if self.counted(address + form, answer) == 302 and "body" in sent:
            self.taken.append(body)
        self.counted(address, self.get(address or form))

    def done_by_agents(self, body: str) -> list[tuple[str, dict[str, str]]]:
        return [
            ("/reply", {"body": body}),
            ("/note", {"body": body}),
            ("/claim", {}),
            ("/status", {"status": self.dice.choice(["open", "resolved"])}),
            ("/fields", {"priority": self.dice.choice(["low", "normal", "high"])}),
        ]

    def done_by_customers(self, body: str) -> list[tuple[str, dict[str, str]]]:
        return [
            ("/follow-up", {"body": body}),
            ("/still-need-help", {}),
            ("/support/open", FORM | {"body": body}),
            ("/solved", {}),
        ]

    def counted(self, address: str, answer: TestResponse) -> int:
        """The status of the answer; one that nobody should see is kept."""
        code = answer.status_code
        self.answers[code] += 1
        told_to_wait = self.pending and code == 503 and "Retry-After" in answer.headers
        if code >= 500 and not told_to_wait:
            self.strange.append(f"{address}: {code} {answer.text[:2000]}")
        return code


@pytest.mark.guarantee(
    "S9.6 Mixed load",
    "Eight people open, answer, claim, change and read at once through the pages: no deadlock, no locked database "
    "and no error reaches anybody, nobody waits longer than the tries of one act may wait for locks, and what was "
    "taken is there once. Where a host leaves a write pending, somebody may be told to try again.",
)
@pytest.mark.every_database
@every_host
def test_no_error_reaches_anybody_under_mixed_load(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds, *, pending: bool
) -> None:
    host.app.testing = False
    host.app.config["PROPAGATE_EXCEPTIONS"] = False
    numbers, writes = [open_ticket() for _ in range(6)], let_the_host_write(host)

    # The host's own page to sign in on is not ours to repeat: that is over when the host begins to write.
    who_acts = enumerate(["jerome", "lena", "ada", "grace"] * 2)
    people = [Busybody(host, who, place, numbers, pending=pending) for place, who in who_acts]
    if pending:
        writes.set()
    seconds = rounds(8, 60)
    ends = time.monotonic() + seconds
    threads = [Thread(target=one.click_until, args=(ends,), daemon=True) for one in people]
    with Locks(host) as locks:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 60)
    host.app.testing = True
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    locked = locks.said.pop("database is locked", 0)
    assert pending or locked == 0
    assert [told for one in people for told in one.strange] == []
    answers = sum((one.answers for one in people), Counter[int]())
    taken = [body for one in people for body in one.taken]
    waits = sorted(wait for one in people for wait in one.waits)
    longest, median = waits[-1], waits[len(waits) // 2]
    assert longest <= TRIES * LOCK_SECONDS + PAUSES_SECONDS, "longer than all tries may wait for locks"
    assert answers[302] > len(people), answers
    assert answers[400] == 0, "every form has its token"
    with host.app.app_context():
        stored = Counter(host.db.session.scalars(select(Message.body).where(Message.body.in_(taken))))
        host.db.session.remove()
    assert stored == Counter(taken), "what was taken is there once"
    still_whole(host)
    refused = sum(number for code, number in answers.items() if 400 <= code < 500)
    figure(
        f"{answers.total()} requests of 8 people: {answers[302]} acts done, {len(taken)} texts there once, {refused} "
        f"refused with a sentence, {answers[503]} told to try again, 0 errors; the longest wait was "
        f"{longest / median:.0f} times the median, {longest / (TRIES * LOCK_SECONDS + PAUSES_SECONDS):.0%} of what the "
        f"tries may wait; {locks.said.total()} deadlocks or timeouts, {locked} times “database is locked”"
    )
