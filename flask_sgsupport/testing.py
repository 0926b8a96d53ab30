"""For the tests of a host: what the desk mails, what it signals, and a time that stands still.

pytest loads it by itself and offers the fixtures below; those that need the host's app ask for its fixture ``app``.
Whoever uses none of them loads nothing of the desk: hence the imports inside the functions.

::

    def test_a_new_ticket_is_acknowledged(app, support_outbox, support_events):
        with app.app_context():
            support.open_ticket(support.customer(7), subject="Checkout failing", body="Nobody can pay.")
            db.session.commit()
        assert ["jerome@northwind.example"] in [mail.recipients for mail in support_outbox()]
        [opened] = support_events("ticket_opened")
        assert opened.ticket["subject"] == "Checkout failing"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask
    from flask_mail import Message

    from .settings import State

__all__ = ["SupportClock", "SupportEvents", "drain_outbox", "frozen_support_time"]


@dataclass
class SupportClock:
    """The desk's time while it is frozen."""

    at: datetime

    def forward(self, **delta: float) -> datetime:
        """Move on: ``clock.forward(hours=48)``; the new time."""
        self.at += timedelta(**delta)
        return self.at

    def __call__(self) -> datetime:
        """The desk asks for the time."""
        return self.at


@dataclass
class SupportEvents:
    """What the desk told after its commits: ``told`` holds name and payload of each signal, oldest first."""

    told: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of the signals, oldest first."""
        return [name for name, __ in self.told]

    def __call__(self, name: str) -> list[Any]:
        """The payloads of one signal, oldest first.

        :raises LookupError: there is no such signal.
        """
        from .signals import AFTER, SIGNALS  # noqa: PLC0415

        known = [row.name for row in SIGNALS if row.moment == AFTER]
        if name not in known:
            raise LookupError(f"There is no signal {name!r} after a commit; there are: {', '.join(known)}.")
        return [payload for told, payload in self.told if told == name]


def drain_outbox(app: Flask) -> list[Message]:
    """Carry out what is due now, in this thread; the mails it came to, as Flask-Mail records them.

    None reaches a mail server, whatever ``MAIL_SUPPRESS_SEND`` says. Commit first: what is not committed is not due.

    :raises LookupError: the app has no Flask-Mail.
    """
    from .worker.jobs import drain  # noqa: PLC0415

    mail = app.extensions.get("mail")
    if mail is None:
        raise LookupError("The app has no Flask-Mail; write Mail(app).")
    suppressed, mail.suppress = mail.suppress, True
    try:
        with app.app_context(), mail.record_messages() as mails:
            drain()
    finally:
        mail.suppress = suppressed
    recorded: list[Message] = mails
    return recorded


@contextmanager
def frozen_support_time(app: Flask, at: datetime) -> Iterator[SupportClock]:
    """A block in which the desk's time stands still until it is moved by what this yields.

    :param at: must know its time zone.
    :raises ValueError: it knows none.
    """
    if at.tzinfo is None:
        raise ValueError("Give the time its zone: datetime(2026, 4, 22, 14, 3, tzinfo=UTC).")
    desk: State = app.extensions["sgsupport"]
    clock, before = SupportClock(at), desk.now
    desk.now = clock
    try:
        yield clock
    finally:
        desk.now = before


@pytest.fixture
def support_outbox(app: Flask) -> Callable[[], list[Message]]:
    """A function that carries out what is due and returns the mails: `drain_outbox` of the fixture ``app``."""
    return partial(drain_outbox, app)


@pytest.fixture
def support_events() -> Iterator[SupportEvents]:
    """The signals told after commits during the test: ``support_events("ticket_opened")`` gives their payloads."""
    from .signals import AFTER, SIGNALS  # noqa: PLC0415

    events = SupportEvents()
    with ExitStack() as connected:
        for row in SIGNALS:
            if row.moment == AFTER:
                connected.enter_context(row.signal.connected_to(partial(_keep, events, row.name)))
        yield events


def _keep(events: SupportEvents, name: str, sender: Any, payload: Any) -> None:
    events.told.append((name, payload))
