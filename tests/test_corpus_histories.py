"""Anybody does anything to any ticket at any time: what must always hold does after each act; a refusal is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any, ClassVar
from unittest.mock import ANY

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from flask_sgsupport.actors import Actor, Right, Side
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.errors import SupportError
from flask_sgsupport.history import REDACTED
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.models import (
    Base,
    CaseAnswer,
    CaseReply,
    Delivery,
    Draft,
    Heartbeat,
    Message,
    PersonRecord,
    Ticket,
)
from flask_sgsupport.permissions import visible_to
from flask_sgsupport.services import (
    agents,
    assigning,
    cases,
    clock,
    delivering,
    opening,
    parking,
    replying,
    rules,
    sending,
    setup,
)
from flask_sgsupport.services import status as statuses
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.following import follow, unfollow
from flask_sgsupport.services.linking import link, unlink
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.rating import rate
from flask_sgsupport.services.redacting import redact
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.services.snoozing import snooze, unsnooze
from flask_sgsupport.services.sorting import change_fields, correct_address, put_aside, release
from flask_sgsupport.services.splitting import split_off
from flask_sgsupport.stored_text import storable
from tests.invariants import broken
from tests.machines import DeskMachine, host_to_walk
from tests.services import Database
from tests.shadow import OneOf, Shadow, Stand, look, otherwise
from tests.world import Host

CUSTOMERS, AGENTS = ("lena", "jerome", "nora", "mina"), ("ada", "ben", "cleo", "grace", "olga")
ANYBODY = (*CUSTOMERS, *AGENTS)
WORDS = ("Help", "More", "<b>", "{{ x }}", "  ", "", "x" * 20_001, "a\x00b", "\ud800", "Grüße")

people, places = st.sampled_from(ANYBODY), st.integers(0, 5)
team = st.sampled_from(["ada", "grace", "ada", "grace", "grace", *ANYBODY])
askers = st.sampled_from(["jerome", "lena", "jerome", "lena", *ANYBODY])
"""Mostly somebody who may."""
words, states = st.sampled_from([*["Help", "More", "Grüße"] * 4, *WORDS]), st.sampled_from([None, *Status])
yes_or_no, seldom = st.booleans(), st.sampled_from([False, False, False, True])
UNREAD = {Heartbeat.__tablename__, PersonRecord.__tablename__}
"""Tables a refusal may touch: who was seen, and that the clock runs."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with host_to_walk(tmp_path_factory.mktemp("histories"), MAIL_SUPPRESS_SEND=True) as host:
        yield host


OPEN, RESOLVED, CLOSED = Status.OPEN, Status.RESOLVED, Status.CLOSED
RAISES, GIVES, TAKES_ON = "raises what is written again", "gives what is opened", "gives what is written again"
RULES: dict[str, dict[str, Any]] = {
    RAISES: {"acts": ["follow_up"], "priority": "urgent"},
    GIVES: {"acts": ["opened", "released"], "assignee": "agent:ada"},
    TAKES_ON: {"acts": ["follow_up"], "assignee": "agent:cleo"},
}
"""What rules of the desk may do here, by their names; agents by ours."""
BECOMES: dict[Any, dict[str, Any]] = {
    statuses.reopen: {"status": OPEN},
    statuses.withdraw: {"status": CLOSED, "asleep": None},
    assigning.unassign: {"assignee": None},
    put_aside: {"aside": True},
    release: {"aside": False},
    unsnooze: {"asleep": None},
    follow: {},
    unfollow: {},
}
"""What becomes of a ticket on which somebody presses a button."""
Becomes = Callable[[Shadow, Any], object]
"""Writes into how the tickets stood what becomes of them, given what the act answered."""


def nothing(then: Shadow, result: Any) -> None:
    """What is done changes nothing a customer reads, no status and no assignee."""


class Desk(DeskMachine):
    """A desk and everybody who may press something in it, and a shadow of its tickets."""

    refused: ClassVar[int]
    done: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[str] = []
        self.before: dict[str, list[Any]] | None = None
        self.shadow: Shadow = {}
        self.of_the_desk: dict[str, tuple[str, bool]] = {}
        """By name: its key, and whether it is in use."""
        self.rights_are_those_of_the_world = True
        self.on_its_way = self.to_cases = 0
        """Replies that were sent so that they can be taken back, and replies to cases."""
        for name in ("jerome", "lena"):
            self.opens(name, "Help")

    def who(self, name: str, *, other_side: bool) -> Actor:
        return self.host.agent(name) if (name in AGENTS) is not other_side else self.host.customer(name)

    def id_of(self, name: str) -> str:
        return str(self.host.ids[name])

    def opened(self, name: str, subject: str = "Help") -> str:
        files = [Upload("a.txt", BytesIO(b"x"))]
        return opening.open_ticket(
            self.host.customer(name), subject=f"{subject} {len(self.numbers)}", body="Help", files=files
        ).ticket_id

    def rows(self) -> dict[str, list[Any]]:
        session = self.host.db.session
        session.rollback()
        return {
            name: sorted(map(repr, map(tuple, session.execute(select(table)))))
            for name, table in Base.metadata.tables.items()
            if name not in UNREAD
        }

    def acts(self, act: Callable[[], Any], becomes: Becomes = nothing) -> bool:
        """Do it; refused, everything is as it was; done, each ticket is what becomes of it; and all holds that must."""
        before = self.rows() if self.before is None else self.before
        self.before = None
        try:
            result = act()
        except SupportError as refusal:
            type(self).refused += 1
            assert refusal.sentence
            self.before = self.rows()
            assert self.before == before, f"refused with {refusal.sentence!r}, and yet changed"
            done = False
        else:
            type(self).done[act.__qualname__.removeprefix("Desk.").partition(".")[0]] += 1
            then, found = dict(self.shadow), look(self.host)
            becomes(then, result)
            assert [*otherwise(then, found)] == []
            self.shadow, done = found, True
        assert broken(self.host.desk) == []
        return done

    def ticket(self, place: int) -> str:
        return self.numbers[place % len(self.numbers)]

    def key(self, model: Any, place: int) -> str:
        self.host.db.session.rollback()
        keys = self.host.db.session.scalars(select(model.key).order_by(model.pk)).all()
        return str(keys[place * 3 % len(keys)]) if keys else "x"

    def message(self, place: int, which: int) -> str:
        """A message of that ticket, or sometimes any."""
        if which == 5:
            return self.key(Message, place)
        wanted = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk).order_by(Message.pk)
        keys = self.host.db.session.scalars(wanted.where(Ticket.ticket_id == self.ticket(place))).all()
        return keys[which % len(keys)]

    def in_use(self, name: str) -> bool:
        return self.of_the_desk.get(name, ("", False))[1]

    def given(self, rule: str, before: Any, who: str) -> Any:
        """Whom a ticket has after a rule gave it to somebody, who may not get it."""
        if not self.in_use(rule):
            return before
        return self.id_of(who) if self.rights_are_those_of_the_world else OneOf(before, self.id_of(who))

    def begins(self, then: Shadow, number: str, said: dict[str, str], *, aside: Any = False) -> None:
        who = self.given(GIVES, None, "ada")
        then[number] = Stand(OPEN, who, "normal", None, aside, said)

    def is_said(self, then: Shadow, said: Any, body: str, **becomes: Any) -> None:
        """A message more is public, on the ticket that was answered."""
        one = then[said.ticket_id]
        more = {said.message: storable(body)} if said.message else {}
        then[said.ticket_id] = replace(one, said=one.said | more, **becomes)

    def is_written_again(self, then: Shadow, said: Any, body: str) -> None:
        """Its customer goes on: it is open and awake, and the rules for that are run."""
        if said.ticket_id not in then:
            self.begins(then, said.ticket_id, {said.message: storable(body)}, aside=ANY)
            then[said.ticket_id] = replace(then[said.ticket_id], priority=ANY, assignee=ANY)
            return
        one = then[said.ticket_id]
        who = OneOf(one.assignee, None) if one.status != OPEN or one.aside else one.assignee
        if one.aside and self.in_use(GIVES):
            who = OneOf(who, self.id_of("ada"))
        priority = "urgent" if self.in_use(RAISES) else one.priority
        who = self.given(TAKES_ON, who, "cleo")
        self.is_said(then, said, body, status=OPEN, aside=False, asleep=None, assignee=who, priority=priority)

    def is_answered(self, then: Shadow, said: Any, body: str, name: str, status: Status | None) -> None:
        one = then[said.ticket_id]
        now = one.status if status is None else status
        asleep = one.asleep if now == OPEN else None
        who = OneOf(one.assignee, self.id_of(name))
        self.is_said(then, said, body, status=now, asleep=asleep, assignee=who)

    @rule(name=askers, word=words)
    def opens(self, name: str, word: str) -> None:
        def act() -> str:
            return self.opened(name, word)

        def becomes(then: Shadow, number: str) -> None:
            self.numbers.append(number)
            self.begins(then, number, {self.first_of(number): "Help"})

        if len(self.numbers) < 6:
            self.acts(act, becomes)

    def first_of(self, number: str) -> str:
        wanted = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk).where(Ticket.ticket_id == number)
        return self.host.db.session.scalars(wanted).one()

    @rule(name=team, other_side=seldom, place=places, word=words, status=states)
    def replies(self, name: str, place: int, word: str, status: Status | None, *, other_side: bool) -> None:
        self.acts(
            lambda: replying.reply(self.ticket(place), self.who(name, other_side=other_side), body=word, status=status),
            lambda then, said: self.is_answered(then, said, word, name, status),
        )

    @rule(name=askers, other_side=seldom, place=places, word=words)
    def writes_again(self, name: str, place: int, word: str, *, other_side: bool) -> None:
        self.acts(
            lambda: replying.follow_up(self.ticket(place), self.who(name, other_side=other_side), body=word),
            lambda then, said: self.is_written_again(then, said, word),
        )

    @rule(name=askers, other_side=seldom, place=places, word=words)
    def still_needs_help(self, name: str, place: int, word: str, *, other_side: bool) -> None:
        self.acts(
            lambda: replying.still_need_help(self.ticket(place), self.who(name, other_side=other_side), body=word),
            lambda then, said: self.is_written_again(then, said, word),
        )

    @rule(name=askers, other_side=seldom, place=places, word=words)
    def confirms(self, name: str, place: int, word: str, *, other_side: bool) -> None:
        self.acts(
            lambda: replying.confirm_solved(self.ticket(place), self.who(name, other_side=other_side), body=word),
            lambda then, said: self.is_said(then, said, word, status=CLOSED),
        )

    @rule(name=team, other_side=seldom, place=places, word=words)
    def notes(self, name: str, place: int, word: str, *, other_side: bool) -> None:
        self.acts(lambda: replying.add_note(self.ticket(place), self.who(name, other_side=other_side), body=word))

    @rule(name=team, other_side=seldom, place=places, status=st.sampled_from(list(Status)))
    def sets_status(self, name: str, place: int, status: Status, *, other_side: bool) -> None:
        number = self.ticket(place)

        def becomes(then: Shadow, result: Any) -> None:
            one = then[number]
            who, asleep = OneOf(one.assignee, self.id_of(name)), one.asleep if status == OPEN else None
            if status == OPEN:
                who = OneOf(one.assignee, None)
            then[number] = replace(one, status=status, assignee=who, asleep=asleep)

        self.acts(
            lambda: statuses.set_status(self.ticket(place), self.who(name, other_side=other_side), status), becomes
        )

    @rule(
        name=team,
        other_side=seldom,
        place=places,
        verb=st.sampled_from([*BECOMES, assigning.claim]),
    )
    def presses(self, name: str, place: int, verb: Any, *, other_side: bool) -> None:
        number = self.ticket(place)

        def becomes(then: Shadow, result: Any) -> None:
            one = replace(then[number], **BECOMES.get(verb, {"assignee": self.id_of(name)}))
            if verb is statuses.reopen:
                one = replace(one, assignee=OneOf(one.assignee, None))
            if verb is release and self.in_use(GIVES):
                one = replace(one, assignee=OneOf(one.assignee, self.id_of("ada")))
            then[number] = one

        self.acts(lambda: verb(number, self.who(name, other_side=other_side)), becomes)

    @rule(name=askers, other_side=seldom, place=places, good=yes_or_no, word=st.none() | words)
    def rates(self, name: str, place: int, word: str | None, *, other_side: bool, good: bool) -> None:
        self.acts(lambda: rate(self.ticket(place), self.who(name, other_side=other_side), good=good, comment=word))

    @rule(name=team, place=places, word=words)
    def closes(self, name: str, place: int, word: str) -> None:
        number = self.ticket(place)
        self.acts(
            lambda: replying.close_with_confirmation(number, self.host.agent(name), note=word),
            lambda then, said: then.update({number: replace(then[number], status=CLOSED)}),
        )

    @rule(name=team, place=places, to=people)
    def assigns(self, name: str, place: int, to: str) -> None:
        number = self.ticket(place)
        self.acts(
            lambda: assigning.assign(number, self.host.agent(name), self.id_of(to)),
            lambda then, result: then.update({number: replace(then[number], assignee=self.id_of(to))}),
        )

    @rule(
        name=team,
        other_side=seldom,
        place=places,
        changes=st.dictionaries(
            st.sampled_from(["queue", "priority", "category", "tags", "status"]),
            st.sampled_from(["support", "billing", "storefront", "invoices", "urgent", "low", "", "vip, a\x00b"]),
            max_size=3,
        ),
    )
    def sorts(self, name: str, place: int, changes: dict[str, str], *, other_side: bool) -> None:
        number = self.ticket(place)

        def becomes(then: Shadow, result: Any) -> None:
            one = then[number]
            who = OneOf(one.assignee, None) if "queue" in changes else one.assignee
            then[number] = replace(one, priority=changes.get("priority", one.priority), assignee=who)

        self.acts(lambda: change_fields(number, self.who(name, other_side=other_side), changes), becomes)

    @rule(name=team, place=places, address=st.sampled_from(["jerome@new.example", "no", "a@b@c", ""]))
    def corrects(self, name: str, place: int, address: str) -> None:
        self.acts(lambda: correct_address(self.ticket(place), self.host.agent(name), address))

    @rule(name=team, other_side=seldom, place=places, message=places, public=yes_or_no)
    def shows_or_hides(self, name: str, place: int, message: int, *, public: bool, other_side: bool) -> None:
        number, key = self.ticket(place), self.message(place, message)

        def becomes(then: Shadow, result: Any) -> None:
            one = then[number]
            text = self.host.db.session.scalars(select(Message.body).where(Message.key == key)).one()
            others = {each: body for each, body in one.said.items() if each != key}
            then[number] = replace(one, said=others | ({key: text} if public else {}))

        self.acts(
            lambda: replying.change_visibility(number, self.who(name, other_side=other_side), key, public=public),
            becomes,
        )

    @rule(name=team, place=places, message=places, word=words)
    def edits(self, name: str, place: int, message: int, word: str) -> None:
        key = self.message(place, message)
        self.acts(lambda: replying.edit_note(self.ticket(place), self.host.agent(name), key, body=word))

    @rule(name=team, place=places, into=places)
    def merges(self, name: str, place: int, into: int) -> None:
        number, other = self.ticket(place), self.ticket(into)
        asks = select(Ticket.pk).where(Ticket.ticket_id == number, Ticket.status == "open", ~Ticket.addressed)
        waits = self.host.db.session.scalar(asks) is not None
        self.host.db.session.rollback()

        def becomes(then: Shadow, is_new: Any) -> None:
            if is_new and waits:
                # A question that waited there waits here, and wakes it.
                then[other] = replace(then[other], asleep=None)

        self.acts(lambda: merge(number, self.host.agent(name), other), becomes)

    @rule(name=team, place=places, message=places, word=words)
    def splits(self, name: str, place: int, message: int, word: str) -> None:
        key = self.message(place, message)

        def becomes(then: Shadow, made: Any) -> None:
            self.numbers.append(made.ticket_id)
            text = next(one.said[key] for one in then.values() if key in one.said)
            self.begins(then, made.ticket_id, {made.message: text})

        if len(self.numbers) < 6:
            self.acts(lambda: split_off(self.ticket(place), self.host.agent(name), key, subject=word), becomes)

    @rule(
        name=team,
        place=places,
        message=places,
        secret=st.sampled_from(["Help", "Help", "Grüße", "Hel", REDACTED, "More"]),
    )
    def redacts(self, name: str, place: int, message: int, secret: str) -> None:
        key = self.message(place, message)

        def becomes(then: Shadow, result: Any) -> None:
            alike = self.copies_of(key)
            for number, one in then.items():
                said = {each: text.replace(secret, REDACTED) for each, text in one.said.items() if each in alike}
                then[number] = replace(one, said=one.said | said)

        self.acts(lambda: redact(self.ticket(place), self.host.agent(name), key, secret=secret), becomes)

    def copies_of(self, key: str) -> set[str]:
        """Messages that say the same since one was split off from the other."""
        pairs = self.host.db.session.execute(select(Message.key, Message.copy_of)).all()
        found, before = {key}, set[str]()
        while found != before:
            before = set(found)
            found |= {each for pair in pairs if None not in pair and found & {*pair} for each in pair}
        return found

    @rule(name=team, place=places, hours=st.sampled_from([-1, 0.5, 24, 24 * 400]))
    def snoozes(self, name: str, place: int, hours: float) -> None:
        number, until = self.ticket(place), self.host.clock() + timedelta(hours=hours)
        self.acts(
            lambda: snooze(number, self.host.agent(name), until),
            lambda then, wakes_at: then.update({number: replace(then[number], asleep=wakes_at)}),
        )

    @rule(name=team, place=places, to=places, kind=st.sampled_from(list(LinkKind)))
    def links(self, name: str, place: int, to: int, kind: LinkKind) -> None:
        self.acts(lambda: link(self.ticket(place), self.host.agent(name), self.ticket(to), kind))

    @rule(name=team, place=places, to=places)
    def unlinks(self, name: str, place: int, to: int) -> None:
        self.acts(lambda: unlink(self.ticket(place), self.host.agent(name), self.ticket(to)))

    @rule(name=team, which=st.sampled_from(list(RULES)), active=yes_or_no)
    def keeps_a_rule(self, name: str, which: str, *, active: bool) -> None:
        values = dict(RULES[which])
        if "assignee" in values:
            values["assignee"] = f"agent:{self.id_of(values['assignee'].removeprefix('agent:'))}"

        def act() -> str:
            if which in self.of_the_desk:
                rules.change_rule(self.host.agent(name), self.of_the_desk[which][0], {"active": active})
                return self.of_the_desk[which][0]
            return rules.create_rule(self.host.agent(name), {"name": which, "active": active, **values})

        def becomes(then: Shadow, key: str) -> None:
            self.of_the_desk[which] = key, active

        self.acts(act, becomes)

    @rule(name=team, place=places, word=words, status=states, with_a_worker=yes_or_no)
    def sends(self, name: str, place: int, word: str, status: Status | None, *, with_a_worker: bool) -> None:
        """Until its moment a reply is nowhere; where no worker would send it, it is sent at once."""
        number = self.ticket(place)
        if with_a_worker:
            clock.beat("worker", "a worker")

        def becomes(then: Shadow, result: Any) -> None:
            if isinstance(result, sending.Waiting):
                self.on_its_way += 1
            else:
                self.is_answered(then, result, word, name, status)

        self.acts(lambda: sending.send(number, self.host.agent(name), Answer(word, status)), becomes)

    @precondition(lambda self: self.on_its_way)
    @rule(name=team, place=places)
    def takes_back(self, name: str, place: int) -> None:
        self.acts(lambda: sending.undo_send(self.ticket(place), self.host.agent(name)))

    @precondition(lambda self: self.on_its_way)
    @rule(seconds=st.sampled_from([1, 10]))
    def replies_go_out(self, seconds: int) -> None:
        self.host.clock.forward(seconds=seconds)
        columns = (Draft.pk, Ticket.ticket_id, Draft.body, Draft.host_id, Draft.sends)
        due = select(*columns).join(Ticket, Ticket.pk == Draft.ticket_pk).where(Draft.send_at <= self.host.clock())
        waiting = self.host.db.session.execute(due).all()

        def becomes(then: Shadow, result: Any) -> None:
            back = {pk for pk, unsent in self.host.db.session.execute(select(Draft.pk, Draft.unsent)) if unsent}
            self.are_sent(then, [(each.ticket_id, each.body, each.host_id) for each in waiting if each.pk not in back])

        self.acts(sending.send_due, becomes)

    def are_sent(self, then: Shadow, sent: list[tuple[str, str, str]]) -> None:
        """Each of these texts is on its ticket once more than before, and nothing else."""
        found = look(self.host)
        for number in {number for number, *__ in sent}:
            one, now = then[number], found[number]
            new = [text for key, text in now.said.items() if key not in one.said]
            assert Counter(new) == Counter(text for there, text, __ in sent if there == number)
            who = OneOf(one.assignee, *(host_id for there, __, host_id in sent if there == number))
            then[number] = replace(one, said=now.said, status=ANY, assignee=who, asleep=OneOf(one.asleep, None))

    @rule(name=team, place=places, chosen=st.sets(places, min_size=1), word=words, status=states)
    def answers_cases(self, name: str, place: int, chosen: set[int], word: str, status: Status | None) -> None:
        answers = [cases.ForCase(self.ticket(each), word) for each in chosen]
        act = partial(cases.answer_cases, self.ticket(place), answers=answers, status=status)
        self.to_cases += self.acts(lambda: act(actor=self.host.agent(name)))

    @precondition(lambda self: self.to_cases)
    @rule(name=team, place=places, reply=places, verb=st.sampled_from(["a worker", "sends", "stops"]))
    def sends_to_cases(self, name: str, place: int, reply: int, verb: str) -> None:
        key = self.key(CaseReply, reply)
        columns = (CaseAnswer.reply_pk, Ticket.ticket_id, CaseAnswer.body, CaseReply.host_id)
        those = select(*columns).join(Ticket, Ticket.pk == CaseAnswer.ticket_pk)
        those = those.join(CaseReply, CaseReply.pk == CaseAnswer.reply_pk)
        waiting = self.host.db.session.execute(those.where(CaseAnswer.state == "waiting")).all()

        def becomes(then: Shadow, result: Any) -> None:
            sent = self.host.db.session.execute(those.where(CaseAnswer.state == "sent")).all()
            over = {(each.reply_pk, each.ticket_id) for each in sent}
            here = [each for each in waiting if (each.reply_pk, each.ticket_id) in over]
            self.are_sent(then, [(each.ticket_id, each.body, each.host_id) for each in here])

        def act() -> Any:
            if verb == "a worker":
                return cases.send_waiting_answers()
            do = cases.send_answers if verb == "sends" else cases.stop_answers
            return do(self.ticket(place), self.host.agent(name), key)

        self.acts(act, becomes)

    @rule(hours=st.sampled_from([0.02, 1, 25, 48.1, 24 * 31]))
    def time_passes(self, hours: float) -> None:
        self.host.clock.forward(hours=hours)

        def becomes(then: Shadow, result: Any) -> None:
            for number, one in then.items():
                over = OneOf(RESOLVED, CLOSED) if one.status == RESOLVED else one.status
                wakes = one.asleep is not None and one.asleep <= self.host.clock()
                asleep = None if wakes else one.asleep
                who = one.assignee if self.rights_are_those_of_the_world else OneOf(one.assignee, None)
                then[number] = replace(one, status=over, assignee=who, asleep=asleep)

        self.acts(clock.tick, becomes)

    @rule(kind=st.sampled_from(["sent", "retry", "failed", "channel_failed"]), most=st.integers(1, 20))
    def mails_go_out(self, kind: Any, most: int) -> None:
        """A worker to which the server always answers alike, or which dies with what it claimed."""

        def act() -> None:
            for one in delivering.claim("a worker", most)[: most - 1 or 1]:
                if delivering.prepare(one.key, "a worker") is not None:
                    delivering.record(one.key, "a worker", Outcome(kind, 550, "550 said the server"))

        self.acts(act)

    @rule(name=team, place=places, delivery=places, verb=st.sampled_from([delivering.send_again, parking.park]))
    def looks_after_a_mail(self, name: str, place: int, delivery: int, verb: Any) -> None:
        key = self.key(Delivery, delivery)
        self.acts(lambda: verb(self.ticket(place), self.host.agent(name), key))

    def may_lose_their_agents(self, then: Shadow, result: Any) -> None:
        for number, one in then.items():
            then[number] = replace(one, assignee=OneOf(one.assignee, None))
        self.rights_are_those_of_the_world = False

    @rule(name=team, whom=people, rights=st.frozensets(st.sampled_from(list(Right))), withdraw=yes_or_no)
    def changes_rights(self, name: str, whom: str, rights: frozenset[Right], *, withdraw: bool) -> None:
        agent_id = self.id_of(whom)
        person = self.host.desk.hooks.directory.person(agent_id)

        def act() -> None:
            actor = self.host.agent(name)
            if withdraw:
                agents.withdraw_agent(actor, agent_id)
            elif whom in AGENTS[:4]:
                agents.change_agent(actor, agent_id, rights=rights)
            else:
                agents.grant_agent(actor, person, rights=rights, public_name=whom)

        self.acts(act, self.may_lose_their_agents)

    @rule(
        name=team,
        key=st.sampled_from(["support", "billing", "none"]),
        changes=st.dictionaries(st.sampled_from(["active", "is_default"]), yes_or_no, min_size=1),
    )
    def sets_up(self, name: str, key: str, changes: dict[str, bool]) -> None:
        self.acts(lambda: setup.change_queue(self.host.agent(name), key, changes), self.may_lose_their_agents)

    @rule(name=st.sampled_from(CUSTOMERS), access=yes_or_no)
    def host_changes_access(self, name: str, *, access: bool) -> None:
        self.host.change_user(name, support=access)
        assert broken(self.host.desk) == []

    @precondition(lambda self: len(self.numbers) > 1)
    @rule(name=st.sampled_from(CUSTOMERS))
    def customers_see_their_accounts_tickets_only(self, name: str) -> None:
        try:
            actor = self.host.customer(name)
        except SupportError:
            return
        assert actor.side is Side.CUSTOMER
        seen = self.host.db.session.scalars(select(Ticket.account_id).where(visible_to(actor)))
        assert set(seen) <= {actor.account_id}


def walk(
    host: Host, histories: int, steps: int, *, others: bool = False, database: Database | None = None
) -> tuple[Counter[str], int]:
    """Walk through so many histories, the same ones or others each time; which acts were done, and how many refused.

    :param database: where the host has none of a file.
    """
    Desk.host, Desk.database, Desk.refused, Desk.done = host, database, 0, Counter()
    case = Desk.TestCase()
    case.settings = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=not others,
        suppress_health_check=list(HealthCheck),
    )
    case.runTest()
    return Desk.done, Desk.refused


@pytest.mark.slow
def test_what_must_always_hold_holds_after_every_act_of_anybody(made: Host) -> None:
    done, refused = walk(made, 10, 20)
    assert done.total() > 50
    assert refused > 50
