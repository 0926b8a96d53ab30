"""A worker inside the serving process, so that a developer has nothing to start.

``SGSUPPORT_WORKER`` decides. ``auto``: with the first request a development server serves (Werkzeug's, as in
``flask run``, wsgiref's, or any while ``app.debug`` is on), hence in the serving process only, also under the
reloader. ``embedded``: with the first request of any server. ``none``: never. Never under ``app.testing``, on in-memory
SQLite, or in commands, which serve no request. Under gunicorn, ``flask support worker`` is a process of its own unless
``embedded`` is chosen. Several workers at once are safe: a delivery is leased to one of them.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from dataclasses import dataclass, field
from typing import Any
from weakref import ref

from flask import Flask, has_request_context, request, request_started

from ..models import Ticket
from ..services.host_session import in_memory
from ..settings import Nudge, State
from .loop import run

log = logging.getLogger("flask_sgsupport.worker")

_SERVERS_IN_DEVELOPMENT = ("Werkzeug/", "WSGIServer/")
_STOP_WITHIN_SECONDS = 5.0
_KEY = "sgsupport_embedded_worker"


@dataclass(slots=True)
class _Embedded:
    """The worker of one app in this process."""

    wake: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.Thread | None = None
    process: int = 0

    @property
    def runs(self) -> bool:
        """Whether the thread is there: one of the parent process did not survive a fork."""
        return self.thread is not None and self.process == os.getpid() and self.thread.is_alive()


def nudge(app: Flask) -> Nudge:
    """What wakes the worker of this app after a commit; also has it start with a request, where it is wanted."""
    worker = app.extensions[_KEY] = _Embedded()
    # The signal lives as long as the process; an app that is gone is not kept by it.
    the_app = ref(app)

    def start() -> None:
        here = the_app()
        if here is not None and not worker.runs:
            start_if_wanted(here)

    def wake() -> None:
        start()
        worker.wake.set()

    def on_request(sender: Any, **extra: Any) -> None:
        start()

    request_started.connect(on_request, app, weak=False)
    return wake


def start_if_wanted(app: Flask) -> bool:
    """Start the worker's thread if this process should have one; true when it runs."""
    worker: _Embedded = app.extensions[_KEY]
    try:
        with worker.lock:
            if not worker.runs and _wanted(app):
                _start(app, worker)
        return worker.runs
    except Exception:
        # It is called while a page is being served, which is not to suffer.
        log.exception("The embedded worker could not start")
        return False


def stop(app: Flask, *, within_seconds: float = _STOP_WITHIN_SECONDS) -> None:
    """Let the worker finish the mail at hand and end."""
    worker: _Embedded = app.extensions[_KEY]
    worker.stop.set()
    worker.wake.set()
    if worker.thread is not None and worker.process == os.getpid():
        worker.thread.join(within_seconds)


def _wanted(app: Flask) -> bool:
    host: State = app.extensions["sgsupport"]
    if host.settings.worker == "none" or host.testing or not has_request_context():
        return False
    if host.settings.worker == "auto" and not app.debug:
        server = str(request.environ.get("SERVER_SOFTWARE", ""))
        if not server.startswith(_SERVERS_IN_DEVELOPMENT):
            return False
    return not in_memory(host.db.session().get_bind(mapper=Ticket))


def _start(app: Flask, worker: _Embedded) -> None:
    worker.stop, worker.process = threading.Event(), os.getpid()
    worker.thread = threading.Thread(
        target=run, args=(app,), kwargs={"stop": worker.stop, "wake": worker.wake}, name="sgsupport-worker", daemon=True
    )
    worker.thread.start()
    atexit.register(stop, app)
