"""Many at once: numbers, claims, changes, the clock, forms sent again, and everything together."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_sgsupport import signals
from flask_sgsupport.errors import StaleTicket, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Message, Ticket
from flask_sgsupport.services import assigning, clock, opening, replying, sorting, status
from tests.panel_pages import FORM, fresh_form, hidden
from tests.proof.page import Figure, Rounds
from tests.proof.racing import (
    add_agents,
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
from tests.world import Clock, Host, OpenTicket

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
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    many, opened, refused = rounds(2, 20), 0, 0
    with signals.before_ticket_opened.connected_to(refuse_some):
        for _ in range(many):
            calls = [
                lambda place=place: (
                    opening.open_ticket(
                        jerome, subject="Refused" if place % 7 == 6 else "Checkout failing", body="Nobody can pay."
                    ).ticket_id
                )
                for place in range(50)
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


def open_in_another_process(gate: Any, told: Any, url: str, folder: str, each: int) -> None:
    host = another_host(url, folder)
    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    gate.wait()
    results = [at_once(host, [lambda: opening.open_ticket(jerome, **FIELDS).ticket_id] * 10) for _ in range(each)]
    told.put([str(result) for round_ in results for result in round_])


@pytest.mark.guarantee("S9.1b Numbers of two processes", "Two processes open at once: no gap and no repeat.")
@pytest.mark.every_database
def test_two_processes_share_the_numbers(
    host: Host, database_url: str, tmp_path: Path, figure: Figure, rounds: Rounds
) -> None:
    each = rounds(3, 20)
    results = processes(open_in_another_process, [(database_url, str(tmp_path), each)] * 2)
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

    with host.app.app_context():
        jerome = host.customer("jerome")
        host.db.session.remove()
    host.desk.now = now
    results = at_once(host, [lambda: opening.open_ticket(jerome, **FIELDS).ticket_id] * 20)
    assert only_sentences(results, pending=False) == []
    still_whole(host)
    years = Counter(str(result)[4:8] for result in results)
    figure(f"20 opens around midnight: {years['2026']} in 2026, {years['2027']} in 2027, 0 gaps in either")


@pytest.mark.guarantee(
    "S9.2 Claims", "However many press Claim at once, one agent has the ticket and every other is told who."
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
    lost = 0
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
        assert visits(host) - before == (len(winners) if pending else 0)
        lost += len(refused)
    still_whole(host)
    figure(f"{many} tickets × {agents} agents: at most 1 winner and 1 event each, {lost} others told")


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

    def tick(self) -> None:
        clock.tick()


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
    clock: Clock,
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
            race = Pair(host, ticket_id, ticket(host, ticket_id).version)
            host.db.session.remove()
        clock.forward(hours=48)
        results = at_once(host, [getattr(race, first), getattr(race, second)], pending=pending)
        refused = only_sentences(results, pending=pending)
        kept, told = kept + 2 - len(refused), told + len(refused)
        with host.app.app_context():
            found = ticket(host, ticket_id)
            if not pending:
                assert all(isinstance(error, StaleTicket | TransitionRefused) for error in refused)
                assert len(refused) == {"both": 0, "one": 1}.get(expected, len(refused))
                assert len(refused) < 2
            if expected == "open" and results[0] is None:
                assert found.status == "open", "a follow-up is never closed over"
                wanted = select(func.count()).select_from(Message).where(Message.ticket_pk == found.pk)
                assert host.db.session.scalar(wanted.where(Message.body == "It is back.")) == 1
            if first == "resolve" and results[0] is None:
                assert found.status == "resolved"
            if second == "prioritise" and results[1] is None:
                assert found.priority == "high"
            host.db.session.remove()
    still_whole(host)
    figure(f"{many} rounds: {kept} acts kept, {told} told, 0 lost; every history replays to its ticket")


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
    "S9.4 Sent again",
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


@pytest.mark.guarantee(
    "S9.6 Mixed load",
    "Eight people open, answer, claim, change and read at once through the pages: no deadlock, no locked database "
    "and no error reaches anybody.",
)
@pytest.mark.every_database
def test_no_error_reaches_anybody_under_mixed_load(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds
) -> None:
    host.app.testing = False
    host.app.config["PROPAGATE_EXCEPTIONS"] = False
    numbers = [open_ticket() for _ in range(6)]
    ends = time.monotonic() + rounds(8, 60)
    answers: Counter[int] = Counter()
    lock, strange = Lock(), list[str]()

    def act(who: str, place: int) -> None:
        dice, client = random.Random(place), host.client(who)
        inside = who in {"ada", "grace"}
        page = client.get(f"/admin/support/tickets/{numbers[0]}" if inside else "/support/open").text
        token = {"csrf_token": hidden(page)["csrf_token"]}
        while time.monotonic() < ends:
            ticket_id = dice.choice(numbers)
            text_ = f"Text {place} {dice.random()}"
            address = f"/admin/support/tickets/{ticket_id}" if inside else f"/support/tickets/{ticket_id}"
            sent: tuple[str, dict[str, str]] = dice.choice(
                [
                    (f"{address}/reply", {"body": text_}),
                    (f"{address}/note", {"body": text_}),
                    (f"{address}/claim", {}),
                    (f"{address}/status", {"status": dice.choice(["open", "resolved"])}),
                    (f"{address}/fields", {"priority": dice.choice(["low", "normal", "high"])}),
                ]
                if inside
                else [
                    (f"{address}/follow-up", {"body": text_}),
                    (f"{address}/still-need-help", {"body": text_}),
                    ("/support/open", FORM | {"body": text_}),
                    (f"{address}/solved", {}),
                ]
            )
            if sent[0] == "/support/open":
                sent = (sent[0], sent[1] | fresh_form(client))
            for answer in (client.post(sent[0], data=token | sent[1]), client.get(address)):
                with lock:
                    answers[answer.status_code] += 1
                    if answer.status_code >= 500:
                        strange.append(f"{sent[0]}: {answer.status_code} {answer.text[:2000]}")

    people = ["jerome", "lena", "ada", "grace"] * 2
    threads = [Thread(target=act, args=(who, place), daemon=True) for place, who in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(rounds(8, 60) + 60)
    host.app.testing = True
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    assert strange == []
    assert answers[302] > len(people), answers
    assert answers[400] == 0, "every form has its token"
    still_whole(host)
    refused = sum(number for code, number in answers.items() if 400 <= code < 500)
    figure(
        f"{answers.total()} requests of 8 people: {answers[302]} acts done, {refused} refused with a sentence, 0 errors"
    )
