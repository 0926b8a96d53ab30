"""The loop of a worker: jobs in turn, each in an app context of its own, until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from ..errors import SupportError
from ..services import clock
from ..settings import State, state
from .jobs import JOBS, Job, owner_name

log = logging.getLogger("flask_sgsupport.worker")

BEAT_SECONDS = 10.0


def run(
    app: Flask,
    *,
    once: bool = False,
    stop: threading.Event | None = None,
    wake: threading.Event | None = None,
    owner: str | None = None,
) -> bool:
    """Work until ``stop`` is set; in a main thread SIGTERM and SIGINT set it, and the mail at hand is finished.

    :param once: do what is due now and return, for cron.
    :param wake: ends an idle pause early.
    :param owner: a name no other worker has, at most 40 characters.
    :returns: whether each job could be done the last time it was tried.
    """
    worker = _Worker(app, stop or threading.Event(), wake or threading.Event(), owner or owner_name())
    if once:
        worker.once()
    else:
        with _signals_stop(worker):
            worker.loop()
    return not worker.said


class _Worker:
    def __init__(self, app: Flask, stop: threading.Event, wake: threading.Event, owner: str) -> None:
        self.app, self.stop, self.wake, self.owner = app, stop, wake, owner
        self._due_at: dict[str, float] = {}
        self._beat_at = 0.0
        self.said: dict[str, str] = {}

    def once(self) -> None:
        self._beat()
        for job in JOBS:
            while self._turn(job) and not self.stop.is_set():
                pass

    def loop(self) -> None:
        with self.app.app_context():
            pause = state().settings.worker_poll_seconds
        while not self.stop.is_set():
            self._beat()
            # Cleared before the work: a nudge that comes during it is not lost.
            self.wake.clear()
            if not self._round() and not self.stop.is_set():
                self.wake.wait(pause)

    def _round(self) -> bool:
        more = False
        for job in JOBS:
            if self.stop.is_set() or time.monotonic() < self._due_at.get(job.name, 0.0):
                continue
            left = self._turn(job)
            self._due_at[job.name] = 0.0 if left else time.monotonic() + job.every_seconds
            more = more or left
        return more

    def _turn(self, job: Job) -> bool:
        try:
            with self.app.app_context():
                host = state()
                try:
                    more = job.turn(self.owner, lambda: self._goes(host))
                finally:
                    host.db.session.remove()
        except Exception as error:  # noqa: BLE001  # logged there
            self._survive(job.name, error)
            return False
        self.said.pop(job.name, None)
        return more

    def _goes(self, host: State) -> bool:
        self._beat_inside(host)
        return not self.stop.is_set()

    def _beat(self) -> None:
        if time.monotonic() < self._beat_at:
            return
        try:
            with self.app.app_context():
                host = state()
                try:
                    self._beat_inside(host)
                finally:
                    host.db.session.remove()
        except Exception as error:  # noqa: BLE001  # logged there
            self._survive("heartbeat", error)

    def _beat_inside(self, host: State) -> None:
        if time.monotonic() < self._beat_at:
            return
        self._beat_at = time.monotonic() + BEAT_SECONDS
        try:
            clock.beat("worker", self.owner, host.now())
        except SupportError as error:
            # The mails at hand go on without it.
            self._survive("heartbeat", error)
        else:
            self.said.pop("heartbeat", None)

    def _survive(self, what: str, error: Exception) -> None:
        """Log an error once until it changes: a database that is away for an hour fills no disk."""
        said = f"{type(error).__name__}: {error}"
        if self.said.get(what) != said:
            log.error("The worker's %s failed; it goes on", what, exc_info=error)
        self.said[what] = said


@contextmanager
def _signals_stop(worker: _Worker) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def told(number: int, frame: Any) -> None:
        worker.stop.set()
        worker.wake.set()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
