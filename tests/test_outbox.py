"""The outbox against a model of it: whatever workers, agents and the clock do, each mail is where one would expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import select

from flask_sgsupport.delivery import Outcome
from flask_sgsupport.errors import SupportError, TransitionRefused
from flask_sgsupport.models import Delivery, Message
from flask_sgsupport.services import assigning, delivering, opening, replying
from flask_sgsupport.services.delivering import BACKOFF_SECONDS, HOUR_SECONDS, JITTER
from tests.machines import DeskMachine, host_to_walk
from tests.world import START, Host

LEASE = timedelta(seconds=120)
WORKERS = st.sampled_from(["first", "second"])
OUTCOMES = ("sent", "retry", "failed", "channel_failed")
PLACES = st.integers(0, 9)


@dataclass
class Mail:
    """What is expected of a mail; ``due`` is the earliest and latest moment it may be taken."""

    message: str | None
    state: str = "queued"
    attempts: int = 0
    owner: str | None = None
    due: tuple[datetime, datetime] = (START, START)


class Outbox(DeskMachine):
    """Two workers that may die at any moment, an agent, and time."""

    told: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[str, Mail] = {}
        self.ticket = opening.open_ticket(self.host.customer("jerome"), subject="Help", body="Help").ticket_id
        assigning.claim(self.ticket, self.host.agent("ada"))
        self.take_in()

    @property
    def now(self) -> datetime:
        return self.host.clock.at

    def take_in(self) -> None:
        """New mails are expected to wait, due at once."""
        session = self.host.db.session
        session.rollback()
        keys = select(Delivery.key, Message.key).outerjoin(Message, Message.pk == Delivery.message_pk)
        for key, message in session.execute(keys.where(Delivery.channel == "email").order_by(Delivery.pk)):
            self.mails.setdefault(key, Mail(message, due=(self.now, self.now)))

    def some(self, place: int) -> str:
        return list(self.mails)[place % len(self.mails)]

    @rule()
    def an_agent_answers(self) -> None:
        if len(self.mails) < 10:
            replying.reply(self.ticket, self.host.agent("ada"), body=f"Answer {len(self.mails)}")
            self.take_in()

    @rule(worker=WORKERS, most=st.integers(1, 4), then=st.none() | st.sampled_from(OUTCOMES))
    def a_worker_claims(self, worker: str, most: int, then: str | None) -> None:
        """And carries out what it got, unless it dies."""
        could = {k for k, m in self.mails.items() if m.state in {"queued", "sending"} and m.due[0] <= self.now}
        must = {k for k in could if self.mails[k].due[1] <= self.now}
        taken = {one.key: one for one in delivering.claim(worker, most)}
        assert taken.keys() <= could, "nothing is taken before its time, nor what another worker holds"
        assert len(taken) >= min(most, len(must)), "what is due is taken"
        for key, one in taken.items():
            mail = self.mails[key]
            assert one.attempt == mail.attempts + 1, "a worker that died costs no try"
            mail.state, mail.owner, mail.due = "sending", worker, (self.now + LEASE, self.now + LEASE)
            if then is not None and self.prepares(worker, key):
                self.tells(worker, key, then)

    @rule(worker=WORKERS, place=PLACES)
    def a_slow_worker_prepares(self, worker: str, place: int) -> None:
        self.prepares(worker, self.some(place))

    def prepares(self, worker: str, key: str) -> bool:
        mail, ready = self.mails[key], delivering.prepare(key, worker)
        if mail.state != "sending" or mail.owner != worker:
            assert ready is None, "only who holds a mail may send it"
        elif ready is not None:
            mail.due = (self.now + LEASE, self.now + LEASE)
        else:
            hidden = select(Message.public).where(Message.key == mail.message)
            assert self.host.db.session.scalar(hidden) is False, "only what was hidden is held back"
            mail.state, mail.owner = "cancelled", None
        return ready is not None

    @rule(worker=WORKERS, place=PLACES, kind=st.sampled_from(OUTCOMES))
    def a_slow_worker_tells_the_outcome(self, worker: str, place: int, kind: str) -> None:
        self.tells(worker, self.some(place), kind)

    def tells(self, worker: str, key: str, kind: Any) -> None:
        mail = self.mails[key]
        told = delivering.record(key, worker, Outcome(kind, 250 if kind == "sent" else 550, "said the server"))
        assert told is (mail.state == "sending" and mail.owner == worker), "who lost a mail writes nothing"
        if not told:
            return
        type(self).told += 1
        mail.attempts, mail.owner = mail.attempts + 1, None
        if kind in {"sent", "failed"}:
            mail.state = kind
        else:
            waits = [*BACKOFF_SECONDS, *[HOUR_SECONDS] * 40][: mail.attempts]
            mail.state = "queued" if sum(waits) <= 24 * HOUR_SECONDS else "failed"
            least, most = (timedelta(seconds=waits[-1] * factor) for factor in (1 - JITTER, 1 + JITTER))
            mail.due = (self.now + least, self.now + most)
        self.take_in()

    @rule(place=PLACES)
    def an_agent_sends_it_again(self, place: int) -> None:
        key = self.some(place)
        mail = self.mails[key]
        try:
            delivering.send_again(self.ticket, self.host.agent("ada"), key)
        except TransitionRefused:
            assert mail.state not in {"failed", "queued"}
        else:
            assert mail.state in {"failed", "queued"}
            mail.state, mail.attempts, mail.owner, mail.due = "queued", 0, None, (self.now, self.now)

    @rule(place=PLACES, public=st.booleans())
    def an_agent_hides_or_shows(self, place: int, *, public: bool) -> None:
        message = self.mails[self.some(place)].message
        if message is None:
            return
        try:
            delivered = replying.change_visibility(self.ticket, self.host.agent("ada"), message, public=public)
        except SupportError:
            return
        self.take_in()
        if not public:
            for mail in self.mails.values():
                if mail.message == message and mail.state == "queued":
                    mail.state = "cancelled"
            left = [m for m in self.mails.values() if m.message == message and m.state in {"sent", "sending"}]
            assert bool(delivered) >= bool(left), "what may have left is said"

    @rule(seconds=st.sampled_from([1, 30, 119, 121, 400, 4_000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.host.clock.forward(seconds=seconds)

    @invariant()
    def every_mail_is_where_one_would_expect(self) -> None:
        session = self.host.db.session
        session.rollback()
        rows = session.execute(
            select(Delivery.key, Delivery.state, Delivery.attempts, Delivery.owner).where(Delivery.channel == "email")
        )
        assert {key: (state, attempts, owner) for key, state, attempts, owner in rows} == {
            key: (mail.state, mail.attempts, mail.owner) for key, mail in self.mails.items()
        }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    with host_to_walk(tmp_path_factory.mktemp("outbox"), MAIL_SUPPRESS_SEND=True) as host:
        yield host


def test_no_worker_agent_or_clock_loses_doubles_or_forgets_a_mail(made: Host) -> None:
    Outbox.host, Outbox.told = made, 0
    case = Outbox.TestCase()
    case.settings = settings(
        max_examples=24,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    case.runTest()
    assert Outbox.told > 20
