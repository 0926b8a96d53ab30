"""Two acts on one ticket in every order of their steps: both are kept, or the second is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, Delivery, Event, EventText, Message, PersonRecord, Ticket
from flask_sgsupport.services import (
    assigning,
    clock,
    delivering,
    merging,
    opening,
    parking,
    rating,
    redacting,
    replying,
    sorting,
    splitting,
)
from flask_sgsupport.services import status as statuses
from tests.invariants import broken_of
from tests.proof.orders import Counted, Order, Stage, every_order, stage
from tests.proof.page import Figure, Rounds
from tests.proof.racing import VISIT, only_sentences, still_whole
from tests.world import Host

OPEN, RESOLVED, CLOSED = Status.OPEN, Status.RESOLVED, Status.CLOSED
AGENTS, CUSTOMERS, TAKES_OVER = ("ada", "grace"), ("jerome", "lena"), ("lena", "nora")


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
    mail: str = ""
    """Key of the newest mail to the customer."""
    newest: str = ""
    """Key of the newest message."""
    first: str = ""
    """Key of what the customer wrote first."""
    made: int = 0
    """How many tickets were made of it."""
    other: str = ""
    """Number of another ticket of the same customer's, where one is to be merged."""

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
        note = select(Message.key).where(Message.ticket_pk == here, Message.kind == "internal-note")
        self.note = session.scalar(note.order_by(Message.pk).limit(1)) or ""
        mails = select(Delivery.key).where(Delivery.ticket_pk == here, Delivery.channel == "email")
        mails = mails.where(Delivery.side == "customer").order_by(Delivery.pk.desc())
        self.mail = session.scalar(mails.limit(1)) or ""
        last = select(Message.key).where(Message.ticket_pk == here, Message.public.is_(True))
        self.newest = session.scalar(last.order_by(Message.pk.desc()).limit(1)) or ""
        self.first = session.scalar(last.order_by(Message.pk).limit(1)) or ""
        self.made = len(session.scalars(select(Message.pk).where(Message.copy_of == self.first)).all())
        session.rollback()

    def person(self, name: str) -> Any:
        """Somebody as the host knows them."""
        return self.host.desk.hooks.directory.person(str(self.host.ids[name]))


@dataclass(frozen=True)
class Writer:
    """An act.

    :param states: in which it can be done.
    :param action: of the entry it leaves in the history, with the field it says; none where nothing is told there.
    :param people: who acts; nobody is the clock.
    :param decides: whether it is decided by what the page showed, so that a newer entry of this field, or where it has
        none of this action, must be told.
    :param over: actions and fields of which a newer entry must be told, too.
    :param entries: how many it leaves.
    :param answers: whether it answers no where it was so before.
    :param sees_to_the_rest: whether it ends before its lock where another has left nothing for it to do.
    """

    call: Callable[[Any], Any]
    states: frozenset[Status]
    action: str
    field: str = ""
    people: Sequence[str] = AGENTS
    decides: bool = False
    over: frozenset[str] = frozenset()
    entries: int = 1
    answers: bool = False
    sees_to_the_rest: bool = False


def states(*which: Status) -> frozenset[Status]:
    return frozenset(which)


ANY = states(OPEN, RESOLVED, CLOSED)
WROTE = frozenset({"message.added", "status.changed"})
"""How a conversation goes on."""
TO = frozenset({"requester", "requester_email"})
"""To whom it goes."""
WRITERS: dict[str, Writer] = {
    "reply": Writer(
        lambda seen: replying.reply(seen.ticket_id, seen.agent, body=f"Reply {seen.side}", version=seen.version),
        states(OPEN, RESOLVED), "message.added", decides=True, over=WROTE | TO,
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
        lambda seen: replying.change_visibility(
            seen.ticket_id, seen.agent, seen.answer, public=False, version=seen.version
        ),
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
        lambda seen: statuses.withdraw(seen.ticket_id, seen.customer, seen=seen.newest),
        states(OPEN), "status.changed", "status", people=CUSTOMERS, entries=2,
    ),
    "confirm": Writer(
        lambda seen: replying.confirm_solved(seen.ticket_id, seen.customer, seen=seen.newest),
        states(RESOLVED), "status.changed", "status", people=CUSTOMERS,
    ),
    "edit note": Writer(
        lambda seen: replying.edit_note(
            seen.ticket_id, seen.agent, seen.note, body=f"Her logs are older {seen.side}", version=seen.version
        ),
        ANY, "note.edited", decides=True,
    ),
    "redact": Writer(
        lambda seen: redacting.redact(seen.ticket_id, seen.host.agent("grace"), seen.answer, secret="Restored"),
        ANY, "message.redacted", people=("grace", "grace"),
    ),
    "change requester": Writer(
        lambda seen: sorting.change_requester(
            seen.ticket_id, seen.agent, seen.person(TAKES_OVER[seen.side]), version=seen.version
        ),
        ANY, "field.changed", "requester", decides=True,
    ),
    "correct address": Writer(
        lambda seen: sorting.correct_address(
            seen.ticket_id, seen.agent, f"jerome{seen.side}@new.example", version=seen.version
        ),
        ANY, "field.changed", "requester_email", decides=True, over=TO,
    ),
    "send again elsewhere": Writer(
        lambda seen: delivering.send_again(
            seen.ticket_id, seen.agent, seen.mail, address=f"jerome{seen.side}@new.example", version=seen.version
        ),
        ANY, "delivery.requeued", decides=True, over=TO,
    ),
    "send again": Writer(
        lambda seen: delivering.send_again(seen.ticket_id, seen.agent, seen.mail), ANY, "delivery.requeued"
    ),
    "merge": Writer(
        # The one this way, the other that.
        lambda seen: merging.merge(
            (seen.ticket_id, seen.other)[seen.side], seen.agent, (seen.other, seen.ticket_id)[seen.side]
        ),
        ANY, "ticket.merged_into", "merged_into",
    ),
    "split": Writer(
        lambda seen: splitting.split_off(
            seen.ticket_id, seen.agent, seen.first, subject="A second thing", seen=seen.made
        ).ticket_id,
        ANY, "ticket.split_off",
    ),
    "redact the first": Writer(
        lambda seen: redacting.redact(seen.ticket_id, seen.host.agent("grace"), seen.first, secret="Help"),
        # One on the ticket it was split off to, which says the same.
        ANY, "message.redacted", people=("grace", "grace"), entries=2,
    ),
    "give a mail up": Writer(
        lambda seen: parking.park(seen.ticket_id, seen.agent, seen.mail), ANY, "delivery.failed"
    ),
}  # fmt: skip
"""Acts that meet only some of the others."""
MEET = [
    *(("rate", other) for other in ("rate", "follow-up", "reopen", "close", "tick", "reply")),
    *(("withdraw", other) for other in ("withdraw", "reply", "resolve", "follow-up", "claim")),
    *(("confirm", other) for other in ("confirm", "follow-up", "reply", "reopen", "tick")),
    *(("edit note", other) for other in ("edit note", "note")),
    *((other, "redact") for other in ("edit note", "toggle visibility", "reply", "rate", "send again")),
    *(("change requester", other) for other in ("change requester", "reply", "resolve", "tick", "correct address")),
    *(("correct address", other) for other in ("correct address", "reply", "send again", "give a mail up")),
    *(("send again", other) for other in ("send again", "give a mail up", "toggle visibility", "tick")),
    *(("send again elsewhere", other) for other in ("send again elsewhere", "change requester", "correct address")),
    *(
        ("merge", other)
        for other in ("merge", "reply", "follow-up", "resolve", "claim", "queue change", "note", "tick")
    ),
    *(("split", other) for other in ("split", "redact the first", "merge", "toggle visibility", "follow-up")),
    *(("give a mail up", other) for other in ("give a mail up", "toggle visibility", "tick")),
]
PAIRS = [*combinations_with_replacement(WRITERS, 2), *MEET]
WRITERS |= MORE
WANTED: dict[str, Callable[[Seen], str]] = {
    "resolve": lambda seen: RESOLVED,
    "close": lambda seen: CLOSED,
    "reopen": lambda seen: OPEN,
    "withdraw": lambda seen: CLOSED,
    "confirm": lambda seen: CLOSED,
    "claim": lambda seen: str(seen.host.ids[AGENTS[seen.side]]),
    "assign": lambda seen: str(seen.host.ids[("cleo", "ada")[seen.side]]),
    "change field": lambda seen: ("high", "low")[seen.side],
    "queue change": lambda seen: "Billing",
    "toggle visibility": lambda seen: "private",
    "change requester": lambda seen: str(seen.host.ids[TAKES_OVER[seen.side]]),
    "correct address": lambda seen: f"jerome{seen.side}@new.example",
}
"""What an act leads to, as the history says it: done where the other act has led there, too. Of others each counts."""
STOPS = 3
"""At the least: it looked and is about to lock; it has the lock; it is refused. Who is not stops before the commit."""


def where_both_can(pair: tuple[str, str], writers: Mapping[str, Writer]) -> Status:
    """The status from which most of two acts can be done."""
    return max((OPEN, RESOLVED, CLOSED), key=lambda status: sum(status in writers[name].states for name in pair))


def prepare(host: Host, pair: tuple[str, str], writers: Mapping[str, Writer] = WRITERS) -> tuple[str, str]:
    """A ticket from which both can be done, and its answer."""
    begin, ada = where_both_can(pair, writers), host.agent("ada")
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


class Duel:
    """Two acts, a fresh ticket each time."""

    writers_of: Mapping[str, Writer] = WRITERS
    wanted: Mapping[str, Callable[[Seen], str]] = WANTED
    pending = False
    """Whether the host has a row of its own to commit when an act begins."""

    def __init__(self, host: Host, on: Stage, pair: tuple[str, str], counted: Counted) -> None:
        self.host, self.stage, self.pair, self.counted = host, on, pair, counted
        self.writers = [self.writers_of[name] for name in pair]

    def ready(self) -> list[Seen]:
        """A ticket for both, and what each will look at; in an app context."""
        host = self.host
        if "tick" in self.pair:
            # What earlier orders left is none of this one's clock's business.
            host.clock.forward(hours=48)
            clock.tick()
        ticket_id, answer = prepare(host, self.pair)
        other = ""
        if "merge" in self.pair:
            other = opening.open_ticket(host.customer("jerome"), subject="Again", body="Still.").ticket_id
        host.clock.forward(hours=48)
        return [Seen(host, ticket_id, answer, side, other=other) for side in (0, 1)]

    def play(self, beginning: Order) -> tuple[Order, list[Order]]:
        host = self.host
        with host.app.app_context():
            seen = self.ready()
            last = host.db.session.scalars(select(Event.pk).order_by(Event.pk.desc()).limit(1)).one()
            host.db.session.remove()
        ticket_id = seen[0].ticket_id

        def act(side: int) -> Any:
            seen[side].look()
            if self.pending:
                host.db.session.add(host.user_model(name=VISIT))
            return self.writers[side].call(seen[side])

        results, order, others = self.stage.play([partial(act, 0), partial(act, 1)], beginning)
        refused = only_sentences(results, pending=self.pending)
        for side, writer in enumerate(self.writers):
            stopped = order.count(side) >= STOPS or writer.sees_to_the_rest or not writer.people[side]
            assert stopped, f"{self.pair[side]} did not stop at its lock in the order {order}: {results}"
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
        there = [ticket_id, *opened, *filter(None, [seen[0].other])]
        assert broken_of(host.desk, there) == []
        session = host.db.session
        wanted = select(Event, PersonRecord.host_id).outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        wanted = wanted.join(Ticket, Ticket.pk == Event.ticket_pk).where(Event.pk > last).order_by(Event.pk)
        told = session.execute(wanted.where(Ticket.ticket_id.in_(there))).all()
        found = session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()
        ids: dict[int | None, str] = {
            pk: host_id for pk, host_id in session.execute(select(PersonRecord.pk, PersonRecord.host_id))
        }

        of_there = select(EventText.digest, EventText.new).join(Ticket, Ticket.pk == EventText.ticket_pk)
        words = {digest: new for digest, new in session.execute(of_there.where(Ticket.ticket_id.in_(there)))}

        def said_by(event: Event) -> str | None:
            return words.get(event.text_digest or "") or event.new or ids.get(event.new_person_pk)

        for side, writer in enumerate(self.writers):
            name = writer.people[side]
            who = str(host.ids[name]) if name else None
            own = [event for event, by in told if by == who and event.action == writer.action]
            own = [event for event in own if event.field == writer.field or not writer.field]
            alike = [event for event, __ in told if event.action == writer.action and event.field == writer.field]
            if not writer.action:
                continue
            if isinstance(results[side], Exception):
                assert not [event for event, by in told if by == who], f"{name} was refused, and yet changed something"
                continue
            if name:
                assert len(own) <= writer.entries, f"{name} acted once"
                wanted_of = self.wanted.get(self.pair[side])
                so_already = wanted_of is not None and [one for one in alike if said_by(one) == wanted_of(seen[side])]
                says_so = writer.answers and results[side] is False
                assert own or so_already or says_so, f"what {name} did is nowhere, and nobody was told"
            else:
                assert len(own) <= 1, "the clock closes once"
            if writer.decides:
                self.nothing_was_overwritten(seen[side], writer, who, own, [(event, by) for event, by in told])
        if "follow-up" in self.pair:
            side = self.pair.index("follow-up")
            said = getattr(results[side], "message", None)
            read = said is not None and seen[1 - side].newest == said
            assert said is None or read or found.status != CLOSED, "a follow-up is closed over"
        if "redact the first" in self.pair and results[self.pair.index("redact the first")] is not None:
            redacted = not isinstance(results[self.pair.index("redact the first")], Exception)
            said = select(Message.body).join(Ticket, Ticket.pk == Message.ticket_pk)
            bodies = session.scalars(said.where(Ticket.ticket_id.in_(there))).all()
            assert not redacted or not [body for body in bodies if "Help" in body], "a copy says what was redacted"
        if "toggle visibility" in self.pair:
            assert session.scalars(select(Message.public).where(Message.key == seen[0].answer)).one() is False

    def nothing_was_overwritten(
        self, seen: Seen, writer: Writer, who: str | None, own: list[Any], told: list[Any]
    ) -> None:
        for mine in own:
            for event, by in told:
                same = event.field == writer.field if writer.field else event.action == writer.action
                same = same or not writer.over.isdisjoint({event.action, event.field})
                unseen = seen.version < event.ticket_version <= mine.ticket_version and event.pk < mine.pk
                assert by == who or not (same and unseen), f"overwrote {event.action} {event.new!r} without a word"


@pytest.mark.guarantee(
    "S9.3b Every order of two acts",
    "Two people, or one and the clock, do any two of thirteen acts to one ticket, or one of thirteen more and an act "
    "that it meets, and their steps (look at the page, take the lock, write, commit) come in every order that the "
    "locks allow: both acts are kept or the second is told, none is overwritten without a word, and after each order "
    "everything holds.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
def test_two_acts_in_every_order(host: Host, counted: Counted, figure: Figure, rounds: Rounds) -> None:
    most = rounds(2, 0) or None
    host.change_user("nora", support=True)
    wrong: list[str] = []
    with stage(host) as on:
        for pair in PAIRS:
            duel = Duel(host, on, pair, counted)
            try:
                for __ in every_order(duel.play, most, counted.dice):
                    counted.of_pairs.add(pair)
            except AssertionError as error:
                wrong.append(str(error))
    assert wrong == []
    still_whole(host)
    assert len(counted.of_pairs) == len(PAIRS)
    figure(
        f"{len(PAIRS)} pairs of acts, {counted.orders} orders, {on.waited} times one waited for the other's lock: "
        f"{counted.kept} acts kept, {counted.told} told, 0 overwritten"
    )
