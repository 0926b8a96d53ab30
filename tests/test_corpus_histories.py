"""Anybody does anything to any ticket at any time: what must always hold does after each act; a refusal is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import select

from flask_sgsupport.actors import Actor, Right, Side
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.errors import SupportError
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Base, Delivery, Heartbeat, Message, PersonRecord, Ticket
from flask_sgsupport.permissions import visible_to
from flask_sgsupport.services import agents, assigning, clock, delivering, opening, parking, replying, setup
from flask_sgsupport.services import status as statuses
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.rating import rate
from flask_sgsupport.services.sorting import change_fields, correct_address, put_aside, release
from tests.invariants import broken
from tests.machines import DeskMachine, host_to_walk
from tests.world import Host

CUSTOMERS, AGENTS = ("lena", "jerome", "nora", "mina"), ("ada", "ben", "cleo", "grace", "olga")
ANYBODY = (*CUSTOMERS, *AGENTS)
WORDS = ("Help", "More", "<b>", "{{ x }}", "  ", "", "x" * 20_001, "a\x00b", "\ud800", "Grüße")

people, places = st.sampled_from(ANYBODY), st.integers(0, 5)
words, states = st.sampled_from(WORDS), st.sampled_from([None, *Status])
yes_or_no = st.booleans()
UNREAD = {Heartbeat.__tablename__, PersonRecord.__tablename__}
"""Tables a refusal may touch: who was seen, and that the clock runs."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with host_to_walk(tmp_path_factory.mktemp("histories"), MAIL_SUPPRESS_SEND=True) as host:
        yield host


class Desk(DeskMachine):
    """A desk and everybody who may press something in it."""

    refused: ClassVar[int]
    done: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[str] = []
        self.acts(lambda: self.numbers.append(self.opened("jerome")))

    def who(self, name: str, *, as_agent: bool) -> Actor:
        return self.host.agent(name) if as_agent else self.host.customer(name)

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

    def acts(self, act: Callable[[], Any]) -> None:
        """Do it; refused, everything is as it was, and always everything holds that must."""
        before = self.rows()
        try:
            act()
        except SupportError as refusal:
            type(self).refused += 1
            assert refusal.sentence
            assert self.rows() == before, f"refused with {refusal.sentence!r}, and yet changed"
        else:
            type(self).done += 1
        assert broken(self.host.desk) == []

    def ticket(self, place: int) -> str:
        return self.numbers[place % len(self.numbers)]

    def key(self, model: Any, place: int) -> str:
        self.host.db.session.rollback()
        keys = self.host.db.session.scalars(select(model.key).order_by(model.pk)).all()
        return str(keys[place * 3 % len(keys)]) if keys else "x"

    @rule(name=people, word=words)
    def opens(self, name: str, word: str) -> None:
        def act() -> None:
            self.numbers.append(self.opened(name, word))

        if len(self.numbers) < 6:
            self.acts(act)

    @rule(name=people, as_agent=yes_or_no, place=places, word=words, status=states)
    def replies(self, name: str, place: int, word: str, status: Status | None, *, as_agent: bool) -> None:
        self.acts(
            lambda: replying.reply(self.ticket(place), self.who(name, as_agent=as_agent), body=word, status=status)
        )

    @rule(
        name=people,
        as_agent=yes_or_no,
        place=places,
        word=words,
        verb=st.sampled_from(
            [replying.follow_up, replying.confirm_solved, replying.still_need_help, replying.add_note]
        ),
    )
    def says(self, name: str, place: int, word: str, verb: Any, *, as_agent: bool) -> None:
        self.acts(lambda: verb(self.ticket(place), self.who(name, as_agent=as_agent), body=word))

    @rule(name=people, as_agent=yes_or_no, place=places, status=st.sampled_from(list(Status)))
    def sets_status(self, name: str, place: int, status: Status, *, as_agent: bool) -> None:
        self.acts(lambda: statuses.set_status(self.ticket(place), self.who(name, as_agent=as_agent), status))

    @rule(
        name=people,
        as_agent=yes_or_no,
        place=places,
        verb=st.sampled_from(
            [statuses.reopen, statuses.withdraw, assigning.claim, assigning.unassign, put_aside, release]
        ),
    )
    def presses(self, name: str, place: int, verb: Any, *, as_agent: bool) -> None:
        self.acts(lambda: verb(self.ticket(place), self.who(name, as_agent=as_agent)))

    @rule(name=people, as_agent=yes_or_no, place=places, good=yes_or_no, word=st.none() | words)
    def rates(self, name: str, place: int, word: str | None, *, as_agent: bool, good: bool) -> None:
        self.acts(lambda: rate(self.ticket(place), self.who(name, as_agent=as_agent), good=good, comment=word))

    @rule(name=people, place=places, word=words)
    def closes(self, name: str, place: int, word: str) -> None:
        self.acts(lambda: replying.close_with_confirmation(self.ticket(place), self.host.agent(name), note=word))

    @rule(name=people, place=places, to=people)
    def assigns(self, name: str, place: int, to: str) -> None:
        self.acts(lambda: assigning.assign(self.ticket(place), self.host.agent(name), str(self.host.ids[to])))

    @rule(
        name=people,
        as_agent=yes_or_no,
        place=places,
        changes=st.dictionaries(
            st.sampled_from(["queue", "priority", "category", "tags", "status"]),
            st.sampled_from(["support", "billing", "storefront", "invoices", "urgent", "low", "", "vip, a\x00b"]),
            max_size=3,
        ),
    )
    def sorts(self, name: str, place: int, changes: dict[str, str], *, as_agent: bool) -> None:
        self.acts(lambda: change_fields(self.ticket(place), self.who(name, as_agent=as_agent), changes))

    @rule(name=people, place=places, address=st.sampled_from(["jerome@new.example", "no", "a@b@c", ""]))
    def corrects(self, name: str, place: int, address: str) -> None:
        self.acts(lambda: correct_address(self.ticket(place), self.host.agent(name), address))

    @rule(name=people, as_agent=yes_or_no, place=places, message=places, public=yes_or_no)
    def shows_or_hides(self, name: str, place: int, message: int, *, public: bool, as_agent: bool) -> None:
        key = self.key(Message, message)
        self.acts(
            lambda: replying.change_visibility(
                self.ticket(place), self.who(name, as_agent=as_agent), key, public=public
            )
        )

    @rule(name=people, place=places, message=places, word=words)
    def edits(self, name: str, place: int, message: int, word: str) -> None:
        key = self.key(Message, message)
        self.acts(lambda: replying.edit_note(self.ticket(place), self.host.agent(name), key, body=word))

    @rule(hours=st.sampled_from([0.02, 1, 25, 48.1, 24 * 31]))
    def time_passes(self, hours: float) -> None:
        self.host.clock.forward(hours=hours)
        self.acts(clock.tick)

    @rule(kind=st.sampled_from(["sent", "retry", "failed", "channel_failed"]), most=st.integers(1, 20))
    def mails_go_out(self, kind: Any, most: int) -> None:
        """A worker to which the server always answers alike, or which dies with what it claimed."""

        def act() -> None:
            for one in delivering.claim("a worker", most)[: most - 1 or 1]:
                if delivering.prepare(one.key, "a worker") is not None:
                    delivering.record(one.key, "a worker", Outcome(kind, 550, "550 said the server"))

        self.acts(act)

    @rule(name=people, place=places, delivery=places, verb=st.sampled_from([delivering.send_again, parking.park]))
    def looks_after_a_mail(self, name: str, place: int, delivery: int, verb: Any) -> None:
        key = self.key(Delivery, delivery)
        self.acts(lambda: verb(self.ticket(place), self.host.agent(name), key))

    @rule(name=people, whom=people, rights=st.frozensets(st.sampled_from(list(Right))), withdraw=yes_or_no)
    def changes_rights(self, name: str, whom: str, rights: frozenset[Right], *, withdraw: bool) -> None:
        agent_id = str(self.host.ids[whom])
        person = self.host.desk.hooks.directory.person(agent_id)

        def act() -> None:
            actor = self.host.agent(name)
            if withdraw:
                agents.withdraw_agent(actor, agent_id)
            elif whom in AGENTS[:4]:
                agents.change_agent(actor, agent_id, rights=rights)
            else:
                agents.grant_agent(actor, person, rights=rights, public_name=whom)

        self.acts(act)

    @rule(
        name=people,
        key=st.sampled_from(["support", "billing", "none"]),
        changes=st.dictionaries(st.sampled_from(["active", "is_default"]), yes_or_no, min_size=1),
    )
    def sets_up(self, name: str, key: str, changes: dict[str, bool]) -> None:
        self.acts(lambda: setup.change_queue(self.host.agent(name), key, changes))

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


def walk(host: Host, histories: int, steps: int, *, others: bool = False) -> tuple[int, int]:
    """Walk through so many histories, the same ones or others each time; how many acts were done and refused."""
    Desk.host, Desk.refused, Desk.done = host, 0, 0
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
    assert done > 50
    assert refused > 50
