"""Two acts on one ticket in every order of their steps: both are kept, or the second is told."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Delivery, Event, Message, PersonRecord, Ticket
from flask_sgsupport.services import (
    assigning,
    clock,
    delivering,
    opening,
    parking,
    rating,
    redacting,
    replying,
    sorting,
)
from flask_sgsupport.services import status as statuses
from tests.invariants import broken_of
from tests.proof.orders import Order, Stage, every_order, stage
from tests.proof.page import Figure, Rounds
from tests.proof.racing import only_sentences, still_whole
from tests.world import Host

OPEN, RESOLVED, CLOSED = Status.OPEN, Status.RESOLVED, Status.CLOSED
AGENTS, CUSTOMERS = ("ada", "grace"), ("jerome", "lena")


@dataclass
class Seen:
    """What somebody's page showed when they acted."""

    host: Host
    ticket_id: str
    answer: str
    """Key of the reply to hide."""
    side: int
    version: int = 0
    assignee: str = ""
    note: str = ""
    edited: str = ""
    """When the note was edited last, as its form has it."""
    mail: str = ""
    """Key of the newest mail to the customer."""

    @property
    def agent(self) -> Any:
        return self.host.agent(AGENTS[self.side])

    @property
    def customer(self) -> Any:
        return self.host.customer(CUSTOMERS[self.side])

    def look(self) -> None:
        """Read the page."""
        session = self.host.db.session
        wanted = select(Ticket.version, Agent.host_id).outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
        self.version, assignee = session.execute(wanted.where(Ticket.ticket_id == self.ticket_id)).one()
        self.assignee = assignee or ""
        here = select(Ticket.pk).where(Ticket.ticket_id == self.ticket_id).scalar_subquery()
        note = select(Message.key, Message.edited_at).where(Message.ticket_pk == here, Message.kind == "internal-note")
        if row := session.execute(note.order_by(Message.pk).limit(1)).first():
            self.note, self.edited = row.key, row.edited_at.isoformat() if row.edited_at else ""
        mails = select(Delivery.key).where(Delivery.ticket_pk == here, Delivery.channel == "email")
        mails = mails.where(Delivery.side == "customer").order_by(Delivery.pk.desc())
        self.mail = session.scalar(mails.limit(1)) or ""
        session.rollback()

    def person(self, name: str) -> Any:
        """Somebody as the host knows them."""
        return self.host.desk.hooks.directory.person(str(self.host.ids[name]))


@dataclass(frozen=True)
class Writer:
    """An act.

    :param states: in which it can be done.
    :param action: of the entry it leaves in the history, with the field it says.
    :param people: who acts; nobody is the clock.
    :param decides: whether it is decided by what the page showed, so that a newer entry of this field must be told.
    :param entries: how many it leaves.
    """

    call: Callable[[Seen], Any]
    states: frozenset[Status]
    action: str
    field: str = ""
    people: Sequence[str] = AGENTS
    decides: bool = False
    entries: int = 1


def states(*which: Status) -> frozenset[Status]:
    return frozenset(which)


ANY = states(OPEN, RESOLVED, CLOSED)
WRITERS: dict[str, Writer] = {
    "reply": Writer(
        lambda seen: replying.reply(seen.ticket_id, seen.agent, body=f"Reply {seen.side}", version=seen.version),
        states(OPEN, RESOLVED), "message.added", decides=True,
    ),
    "follow-up": Writer(
        lambda seen: replying.follow_up(seen.ticket_id, seen.customer, body=f"More {seen.side}"),
        ANY, "message.added", people=CUSTOMERS,
    ),
    "resolve": Writer(
        lambda seen: statuses.set_status(seen.ticket_id, seen.agent, RESOLVED, version=seen.version),
        states(OPEN), "status.changed", "status", decides=True,
    ),
    "close": Writer(
        lambda seen: replying.close_with_confirmation(
            seen.ticket_id, seen.agent, note=f"Said so {seen.side}", version=seen.version
        ),
        states(RESOLVED), "status.changed", "status", decides=True,
    ),
    "reopen": Writer(
        lambda seen: statuses.set_status(seen.ticket_id, seen.agent, OPEN, version=seen.version),
        states(RESOLVED, CLOSED), "status.changed", "status", decides=True,
    ),
    "claim": Writer(
        lambda seen: assigning.claim(seen.ticket_id, seen.agent), ANY, "assignee.changed", "assignee", decides=True
    ),
    "assign": Writer(
        lambda seen: assigning.assign(
            seen.ticket_id, seen.agent, str(seen.host.ids[("cleo", "ada")[seen.side]]), seen=seen.assignee
        ),
        ANY, "assignee.changed", "assignee", decides=True,
    ),
    "change field": Writer(
        lambda seen: sorting.change_fields(
            seen.ticket_id, seen.agent, {"priority": ("high", "low")[seen.side]}, version=seen.version
        ),
        ANY, "field.changed", "priority", decides=True,
    ),
    "queue change": Writer(
        lambda seen: sorting.change_fields(seen.ticket_id, seen.agent, {"queue": "billing"}, version=seen.version),
        ANY, "field.changed", "queue", decides=True,
    ),
    "note": Writer(
        lambda seen: replying.add_note(seen.ticket_id, seen.agent, body=f"Note {seen.side}"), ANY, "note.added"
    ),
    "toggle visibility": Writer(
        lambda seen: replying.change_visibility(seen.ticket_id, seen.agent, seen.answer, public=False),
        ANY, "message.visibility_changed", "visibility",
    ),
    "tick": Writer(lambda seen: clock.tick(), states(RESOLVED), "status.changed", "status", people=("", "")),
    "open": Writer(
        lambda seen: opening.open_ticket(seen.customer, subject=f"Another {seen.side}", body="Help.").ticket_id,
        ANY, "ticket.opened", people=CUSTOMERS,
    ),
}  # fmt: skip
MORE: dict[str, Writer] = {
    "rate": Writer(
        lambda seen: rating.rate(seen.ticket_id, seen.customer, good=not seen.side, comment=f"Comment {seen.side}"),
        states(RESOLVED, CLOSED), "ticket.rated", "rating", people=CUSTOMERS,
    ),
    "withdraw": Writer(
        lambda seen: statuses.withdraw(seen.ticket_id, seen.customer),
        states(OPEN), "status.changed", "status", people=CUSTOMERS, entries=2,
    ),
    "edit note": Writer(
        lambda seen: replying.edit_note(
            seen.ticket_id, seen.agent, seen.note, body=f"Her logs are older {seen.side}", seen=seen.edited
        ),
        ANY, "note.edited", decides=True,
    ),
    "redact": Writer(
        lambda seen: redacting.redact(seen.ticket_id, seen.host.agent("grace"), seen.answer, secret="Restored"),
        ANY, "message.redacted", people=("grace", "grace"),
    ),
    "change requester": Writer(
        lambda seen: sorting.change_requester(seen.ticket_id, seen.agent, seen.person("lena")),
        ANY, "field.changed", "requester",
    ),
    "correct address": Writer(
        lambda seen: sorting.correct_address(seen.ticket_id, seen.agent, f"jerome{seen.side}@new.example"),
        ANY, "field.changed", "requester_email",
    ),
    "send again": Writer(
        lambda seen: delivering.send_again(seen.ticket_id, seen.agent, seen.mail), ANY, "delivery.requeued"
    ),
    "give a mail up": Writer(
        lambda seen: parking.park(seen.ticket_id, seen.agent, seen.mail), ANY, "delivery.failed"
    ),
}  # fmt: skip
"""Acts that meet only some of the others."""
MEET = [
    *(("rate", other) for other in ("rate", "follow-up", "reopen", "close", "tick", "reply")),
    *(("withdraw", other) for other in ("withdraw", "reply", "resolve", "follow-up", "claim")),
    *(("edit note", other) for other in ("edit note", "note")),
    *((other, "redact") for other in ("edit note", "toggle visibility", "reply", "rate", "send again")),
    *(("change requester", other) for other in ("change requester", "reply", "resolve", "tick", "correct address")),
    *(("correct address", other) for other in ("correct address", "reply", "send again", "give a mail up")),
    *(("send again", other) for other in ("send again", "give a mail up", "toggle visibility", "tick")),
    *(("give a mail up", other) for other in ("give a mail up", "toggle visibility", "tick")),
]
PAIRS = [*combinations_with_replacement(WRITERS, 2), *MEET]
WRITERS |= MORE
STOPS = 3
"""At the least: it looked and is about to lock; it has the lock; it is refused. Who is not stops before the commit."""
CONVERSATION = {"message.added", "status.changed"}
"""What a reply must not cross unseen."""


def where_both_can(pair: tuple[str, str]) -> Status:
    """The status from which most of two acts can be done."""
    return max((OPEN, RESOLVED, CLOSED), key=lambda status: sum(status in WRITERS[name].states for name in pair))


def prepare(host: Host, pair: tuple[str, str]) -> tuple[str, str]:
    """A ticket from which both can be done, and its answer."""
    begin, ada = where_both_can(pair), host.agent("ada")
    ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout failing", body="Help.").ticket_id
    answer = replying.reply(ticket_id, ada, body="Restored.", status=None if begin is OPEN else RESOLVED).message
    if begin is CLOSED:
        replying.confirm_solved(ticket_id, host.customer("jerome"))
    if {"edit note", "redact"} & {*pair}:
        replying.add_note(ticket_id, ada, body="Her backups are old")
    if begin is not OPEN and {"claim", "assign"} & {*pair}:
        assigning.unassign(ticket_id, ada)
    assert answer is not None
    return ticket_id, answer


@dataclass
class Counted:
    """What came of all orders."""

    orders: int = 0
    kept: int = 0
    told: int = 0
    of_pairs: set[tuple[str, str]] = field(default_factory=set)


class Duel:
    """Two acts, a fresh ticket each time."""

    def __init__(self, host: Host, on: Stage, pair: tuple[str, str], counted: Counted) -> None:
        self.host, self.stage, self.pair, self.counted = host, on, pair, counted
        self.writers = [WRITERS[name] for name in pair]

    def play(self, beginning: Order) -> tuple[Order, list[Order]]:
        host = self.host
        with host.app.app_context():
            if "tick" in self.pair:
                # What earlier orders left is none of this one's clock's business.
                host.clock.forward(hours=48)
                clock.tick()
            ticket_id, answer = prepare(host, self.pair)
            host.clock.forward(hours=48)
            last = host.db.session.scalars(select(Event.pk).order_by(Event.pk.desc()).limit(1)).one()
            host.db.session.remove()
        seen = [Seen(host, ticket_id, answer, side) for side in (0, 1)]

        def act(side: int) -> Any:
            seen[side].look()
            return self.writers[side].call(seen[side])

        results, order, others = self.stage.play([partial(act, 0), partial(act, 1)], beginning)
        refused = only_sentences(results, pending=False)
        for side, writer in enumerate(self.writers):
            assert order.count(side) >= STOPS or not writer.people[side], f"{self.pair[side]} did not stop at its lock"
        with host.app.app_context():
            try:
                self.judge(ticket_id, seen, results, last)
            except AssertionError as error:
                raise AssertionError(f"{self.pair} in the order {order}: {error}; they got {results}") from error
            finally:
                host.db.session.remove()
        self.counted.orders += 1
        self.counted.kept += 2 - len(refused)
        self.counted.told += len(refused)
        return order, others

    def judge(self, ticket_id: str, seen: list[Seen], results: list[Any], last: int) -> None:
        host, opened = self.host, [result for result in results if isinstance(result, str)]
        assert broken_of(host.desk, [ticket_id, *opened]) == []
        session = host.db.session
        wanted = select(Event, PersonRecord.host_id).outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        wanted = wanted.join(Ticket, Ticket.pk == Event.ticket_pk).where(Event.pk > last).order_by(Event.pk)
        told = session.execute(wanted.where(Ticket.ticket_id.in_([ticket_id, *opened]))).all()
        found = session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()
        for side, writer in enumerate(self.writers):
            name = writer.people[side]
            who = str(host.ids[name]) if name else None
            own = [event for event, by in told if by == who and event.action == writer.action]
            own = [event for event in own if event.field == writer.field or not writer.field]
            alike = [event for event, __ in told if event.action == writer.action and event.field == writer.field]
            if isinstance(results[side], Exception):
                assert not [event for event, by in told if by == who], f"{name} was refused, and yet changed something"
                continue
            if name:
                assert len(own) <= writer.entries, f"{name} acted once"
                assert own or (alike and writer.field), f"what {name} did is nowhere, and nobody was told"
            else:
                assert len(own) <= 1, "the clock closes once"
            if writer.decides:
                self.nothing_was_overwritten(seen[side], who, own, [(event, by) for event, by in told])
        if "follow-up" in self.pair and not isinstance(results[self.pair.index("follow-up")], Exception):
            assert found.status != CLOSED, "a follow-up is closed over"
        if "toggle visibility" in self.pair:
            assert session.scalars(select(Message.public).where(Message.key == seen[0].answer)).one() is False

    def nothing_was_overwritten(self, seen: Seen, who: str | None, own: list[Any], told: list[Any]) -> None:
        for mine in own:
            for event, by in told:
                same = (
                    event.action in CONVERSATION
                    if mine.action == "message.added"
                    else event.action == mine.action and event.field == mine.field
                )
                unseen = seen.version < event.ticket_version <= mine.ticket_version and event.pk < mine.pk
                assert by == who or not (same and unseen), f"overwrote {event.action} {event.new!r} without a word"


@pytest.mark.guarantee(
    "S9.3b Every order of two acts",
    "Two people, or one and the clock, do any two of thirteen acts to one ticket, or one of eight more and an act that "
    "it meets, and their steps (look at the page, take the lock, write, commit) come in every order that the locks "
    "allow: both acts are kept or the second is told, none is overwritten without a word, and after each order "
    "everything holds.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
def test_two_acts_in_every_order(host: Host, figure: Figure, rounds: Rounds) -> None:
    limits = host.desk.settings
    limits.opens_per_hour = limits.messages_per_hour = None
    most, dice, counted = rounds(2, 0) or None, random.Random(3), Counted()
    with stage(host) as on:
        for pair in PAIRS:
            duel = Duel(host, on, pair, counted)
            for __ in every_order(duel.play, most, dice):
                counted.of_pairs.add(pair)
    still_whole(host)
    assert len(counted.of_pairs) == len(PAIRS)
    figure(
        f"{len(PAIRS)} pairs of acts, {counted.orders} orders, {on.waited} times one waited for the other's lock: "
        f"{counted.kept} acts kept, {counted.told} told, 0 overwritten"
    )
