"""The one table of jobs, and each job's turn. A turn needs an app context and leaves the session to the caller."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..delivery import Outcome
from ..delivery.email import Email, EmailChannel
from ..errors import SupportError
from ..notifications import EMAIL
from ..services import cases, clock, delivering, measuring_old, parking, sending, taking_in
from ..settings import state

log = logging.getLogger("flask_sgsupport.worker")

BATCH = 50
"""Mails claimed at once and sent over one connection."""

RENEW_AFTER = 0.25
"""The part of a lease after which what still waits in a batch is leased anew."""
RECORD_AGAIN_SECONDS = 1.0

Goes = Callable[[], bool]
"""Called between mails: the worker says that it is alive, so that a long batch does not look like a dead one, and
answers whether it goes on."""


@dataclass(frozen=True, slots=True)
class Job:
    """One row: what a worker does, and how often.

    :param every_seconds: 0 for each round of the loop.
    :param turn: does one bounded piece; true when more is waiting.
    """

    name: str
    every_seconds: float
    turn: Callable[[str, Goes], bool]
    doc: str


def owner_name() -> str:
    """A name no other worker has, at most 40 characters."""
    return f"{socket.gethostname()[:20]}:{os.getpid()}:{secrets.token_hex(4)}"


def send_batch(owner: str, goes: Goes = lambda: True) -> tuple[int, list[Outcome]]:
    """Claim what is due and send it over one connection; what is left when the worker stops waits for any other.

    :return: how many were claimed, and the outcome of each mail that was tried.
    """
    host = state()
    lease_seconds = host.settings.delivery_lease_seconds
    leased_at = time.monotonic()
    claimed = delivering.claim(owner, BATCH)
    if not claimed:
        return 0, []
    keys: dict[str, str] = {}

    def emails() -> Iterator[Email]:
        nonlocal leased_at
        for place, delivery in enumerate(claimed):
            if not goes():
                _put_back(owner, [waiting.key for waiting in claimed[place:]])
                return
            if time.monotonic() - leased_at > lease_seconds * RENEW_AFTER:
                leased_at = time.monotonic()
                delivering.renew(owner, [waiting.key for waiting in claimed[place:]])
            email = delivering.prepare(delivery.key, owner)
            if email is not None:
                keys[email.message_id] = delivery.key
                yield email

    channel = host.channels.get(EMAIL) or EmailChannel()
    outcomes: list[Outcome] = []
    for email, outcome in _sent_by(channel, delivering.mail_of(host), emails(), host.settings.mail_timeout_seconds):
        _record(keys[email.message_id], owner, outcome, within_seconds=lease_seconds / 2)
        outcomes.append(outcome)
    return len(claimed), outcomes


def _put_back(owner: str, keys: Sequence[str]) -> None:
    try:
        parking.put_back(owner, keys)
    except SupportError:
        log.warning("Mails could not be put back; they go out when their lease ends", exc_info=True)


def _record(key: str, owner: str, outcome: Outcome, *, within_seconds: float) -> None:
    """Write an outcome, again and again where the database is away: a mail that went out must not go out twice."""
    ends_at = time.monotonic() + within_seconds
    while True:
        try:
            delivering.record(key, owner, outcome)
        except SupportError:
            if time.monotonic() + RECORD_AGAIN_SECONDS > ends_at:
                # The lease ends, and the mail goes out again under the same Message-ID.
                log.exception("What became of a mail could not be written")
                return
            time.sleep(RECORD_AGAIN_SECONDS)
        else:
            return


def _sent_by(
    channel: EmailChannel, mail: object, emails: Iterator[Email], timeout_seconds: float
) -> Iterator[tuple[Email, Outcome]]:
    if mail is None:
        # Each is put off while it is prepared, saying so.
        for email in emails:
            raise AssertionError(f"prepared without Flask-Mail: {email.message_id}")
        return iter(())
    return channel.send_all(mail, emails, timeout_seconds=timeout_seconds)  # type: ignore[arg-type]


def drain() -> list[Outcome]:
    """Send everything that is due now, in this thread; for tests and for hosts without a worker."""
    owner = owner_name()
    outcomes: list[Outcome] = []
    while True:
        claimed, tried = send_batch(owner)
        if not claimed:
            return outcomes
        outcomes += tried


def _send(owner: str, goes: Goes) -> bool:
    return send_batch(owner, goes)[0] == BATCH


def _send_replies(owner: str, goes: Goes) -> bool:
    return sending.send_due()


def _send_to_cases(owner: str, goes: Goes) -> bool:
    return cases.send_waiting_answers()


def _tick(owner: str, goes: Goes) -> bool:
    return clock.tick().more


def _take_in(owner: str, goes: Goes) -> bool:
    return taking_in.take_in()


def _measure_old(owner: str, goes: Goes) -> bool:
    return measuring_old.measure_old()


JOBS: tuple[Job, ...] = (
    Job("replies", 0, _send_replies, "Sends the replies that cannot be taken back any more."),
    Job("cases", 0, _send_to_cases, "Sends replies to the cases of an incident."),
    Job("outbox", 0, _send, "Sends the mails that are due."),
    Job("clock", 60, _tick, "Closes resolved tickets whose time is up, and tidies."),
    Job("search", 60, _take_in, "Lets messages be found that were written before there was a search."),
    Job("measures", 60, _measure_old, "Measures tickets that were there before there were reports."),
)
