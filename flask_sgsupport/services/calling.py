"""Call the host's hooks side by side, within one time budget: a hook that raises or hangs costs its answer only."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..actors import Actor, Via
from ..i18n import Coded
from ..models import Ticket
from ..settings import State, state
from .host_session import in_memory, is_clean

MAX_THREADS = 8

_places = threading.BoundedSemaphore(MAX_THREADS)
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one call.

    :param failure: why there is no value, as a row of `HOOK_FAILURES`.
    :param error: what the hook raised.
    """

    value: Any = None
    failure: Coded | None = None
    error: BaseException | None = None


def ask_hooks(actor: Actor, questions: Mapping[str, Callable[[], Any]]) -> dict[str, Answer]:
    """Ask by the hooks' names, each in a thread with an app context and a session of its own. Never raises.

    All have ``SGSUPPORT_HOOK_TIMEOUT_SECONDS`` together. Under ``testing`` and on in-memory SQLite they are asked one
    after the other in this thread, as long as it takes. A clean session gives its connection back first.
    """
    host = state()
    session = host.db.session()
    if host.testing or in_memory(session.get_bind(mapper=Ticket)):
        return {name: _answer(question) for name, question in questions.items()}
    if actor.via is not Via.PYTHON and is_clean(session):
        session.rollback()
    deadline = time.monotonic() + host.settings.hook_timeout_seconds
    calls = [_Call(host, name, question, deadline) for name, question in questions.items()]
    for call in calls:
        call.start()
    return {call.name: call.wait() for call in calls}


def _answer(question: Callable[[], Any]) -> Answer:
    try:
        return Answer(question())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a host's hook raises
        return _failed(error)


def _failed(error: BaseException) -> Answer:
    return Answer(failure={"code": "failed", "kind": type(error).__name__}, error=error)


class _Call:
    """One hook on its way.

    A thread cannot be stopped: one that hangs is left behind and keeps its place, and its hook is not called again
    until it returns.
    """

    def __init__(self, host: State, name: str, question: Callable[[], Any], deadline: float) -> None:
        self.host, self.name, self.question, self.deadline = host, name, question, deadline
        self._answer: Answer | None = None
        self._done = threading.Event()

    def start(self) -> None:
        if self._hangs():
            self._settle(Answer(failure={"code": "busy"}))
        elif not _places.acquire(timeout=self._seconds_left()):
            self._settle(Answer(failure={"code": "no_place"}))
        elif self._hangs():
            # An earlier call of it came past its deadline while this one waited for a place.
            _places.release()
            self._settle(Answer(failure={"code": "busy"}))
        else:
            with _lock:
                self.host.hook_calls.add(self)
            try:
                threading.Thread(target=self._in_thread, name=f"sgsupport-hook-{self.name}", daemon=True).start()
            except RuntimeError as error:
                self._leave(_failed(error))

    def wait(self) -> Answer:
        if not self._done.wait(self._seconds_left()) or self._answer is None:
            return Answer(failure={"code": "late"})
        return self._answer

    def _in_thread(self) -> None:
        answer = Answer(failure={"code": "failed", "kind": "BaseException"})
        try:
            with self.host.app.app_context():
                answer = _answer(self.question)
        except Exception as error:  # noqa: BLE001 - what the host does around an app context
            answer = _failed(error)
        finally:
            self._leave(answer)

    def _leave(self, answer: Answer) -> None:
        with _lock:
            self.host.hook_calls.discard(self)
        _places.release()
        self._settle(answer)

    def _settle(self, answer: Answer) -> None:
        self._answer = answer
        self._done.set()

    def _hangs(self) -> bool:
        now = time.monotonic()
        with _lock:
            return any(call.name == self.name and call.deadline <= now for call in self.host.hook_calls)

    def _seconds_left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())
