"""The worker: its loop, what wakes and stops it, what it survives, and when it starts by itself."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from flask_sgsupport.delivery import Outcome
from flask_sgsupport.errors import Busy
from flask_sgsupport.models import Delivery, Heartbeat
from flask_sgsupport.services import delivering, replying
from flask_sgsupport.worker import embedded, jobs, loop
from flask_sgsupport.worker.jobs import JOBS, Job, owner_name
from tests.mailing import JEROME, deliveries, ticket
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import START, Clock, Host, OpenTicket, build_host, dispose

ROOT = Path(__file__).parent.parent


@contextmanager
def working(host: Host, **arguments: object) -> Iterator[threading.Event]:
    """A worker in a thread for the time of a block; gives what wakes it."""
    stop, wake = threading.Event(), threading.Event()
    worker = threading.Thread(target=loop.run, args=(host.app,), kwargs={"stop": stop, "wake": wake, **arguments})
    worker.start()
    try:
        yield wake
    finally:
        stop.set()
        wake.set()
        worker.join(20)
        assert not worker.is_alive()


@pytest.fixture
def running(host: Host) -> None:
    """The desk's clock runs as the machine's does."""
    began = time.monotonic()
    host.desk.now = lambda: START + timedelta(seconds=time.monotonic() - began)


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not come about in time"
        time.sleep(0.05)


def test_once_does_what_is_due_and_returns(host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock) -> None:
    clock.forward(hours=48)
    loop.run(host.app, once=True)
    loop.run(host.app, once=True)
    with host.app.app_context():
        assert ticket(host, resolved_ticket).status == "closed"
        left = {(one.state, one.notice) for one in deliveries(host, channel="email") if one.state != "sent"}
        assert {state for state, __ in left} <= {"cancelled"}
        assert {notice for __, notice in left} <= {"opened_receipt", "opened_staff"}, "it was new no more"
        names = set(host.db.session.scalars(select(Heartbeat.name)))
        assert {"worker", "clock"} <= names


def test_a_nudge_wakes_an_idle_worker(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    host.desk.settings.worker_poll_seconds = 60
    with working(host) as wake:
        until(lambda: len(smtp.mails) == 5)
        host.desk.nudge = wake.set
        began = time.monotonic()
        with host.app.app_context():
            replying.reply(answered_ticket, host.agent("ada"), body="One more thing.")
        until(lambda: len(smtp.mails) == 6)
        assert time.monotonic() - began < 10


def test_without_a_nudge_an_idle_worker_looks_again(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    host.desk.settings.worker_poll_seconds = 0.1
    host.desk.nudge = None
    with working(host):
        until(lambda: len(smtp.mails) == 5)
        with host.app.app_context():
            replying.reply(answered_ticket, host.agent("ada"), body="One more thing.")
        until(lambda: len(smtp.mails) == 6)


def test_a_job_that_fails_is_logged_once_and_survived(
    host: Host, answered_ticket: str, smtp: Smtp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    turns: list[str] = []

    def fails(owner: str, alive: object) -> bool:
        turns.append(owner)
        raise OSError("the disk is full")

    monkeypatch.setattr(loop, "JOBS", (Job("broken", 0, fails, ""), *JOBS))
    host.desk.settings.worker_poll_seconds = 0.05
    with caplog.at_level(logging.ERROR, logger="flask_sgsupport.worker"), working(host):
        until(lambda: len(turns) > 3 and len(smtp.mails) == 5)
    assert len([record for record in caplog.records if "broken" in record.getMessage()]) == 1


WORK = """
import sys
from pathlib import Path
from tests.world import build_host
from flask_sgsupport.worker import loop
host = build_host(sys.argv[1], Path(sys.argv[2]), MAIL_SERVER="127.0.0.1", MAIL_PORT=int(sys.argv[3]))
loop.run(host.app)
"""


@contextmanager
def worker_process(database_url: str, folder: Path, smtp: Smtp) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [sys.executable, "-c", WORK, database_url, str(folder), str(smtp.port)]
    process = subprocess.Popen(arguments, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)


def test_sigterm_finishes_the_mail_at_hand_and_leaves_the_others_to_the_next_worker(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, database_url: str, tmp_path: Path
) -> None:
    open_ticket()
    open_ticket()
    smtp.delay_seconds = 0.2
    with worker_process(database_url, tmp_path, smtp) as process:
        smtp.wait_for(1, seconds=30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert len(smtp.mails) < 8
    with host.app.app_context():
        stand = [(one.state, one.owner) for one in deliveries(host, channel="email")]
    assert stand.count(("sent", None)) == len(smtp.mails)
    assert stand.count(("queued", None)) == 8 - len(smtp.mails)
    loop.run(host.app, once=True)
    assert len(smtp.mails) == 8


@pytest.mark.every_database
def test_after_a_kill_nothing_is_lost_and_a_second_copy_has_the_same_message_id(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, database_url: str, tmp_path: Path, clock: Clock
) -> None:
    for _ in range(3):
        open_ticket()
    smtp.delay_seconds = 0.15
    with worker_process(database_url, tmp_path, smtp) as process:
        smtp.wait_for(3, seconds=30)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    smtp.delay_seconds = 0
    clock.forward(seconds=121)
    loop.run(host.app, once=True)
    with host.app.app_context():
        waiting = deliveries(host, channel="email")
        assert {one.state for one in waiting} == {"sent"}
    ids = [mail.message["Message-ID"] for mail in smtp.mails]
    assert len(set(ids)) == len(waiting) == 12
    assert len(ids) <= 13, "at most the mail at hand went out twice"


def test_two_workers_send_a_mail_once_though_the_server_takes_longer_than_the_lease(
    host: Host, answered_ticket: str, smtp: Smtp, running: None
) -> None:
    host.desk.settings.delivery_lease_seconds = 5
    with host.app.app_context():
        others = update(Delivery).where(Delivery.notice != "replied_customer", Delivery.channel == "email")
        host.db.session.execute(others.values(state="cancelled"))
        host.db.session.commit()
    for smtp.delay_seconds, smtp.answer_seconds in ((7.0, 0.0), (0.0, 1.5)):
        with host.app.app_context():
            host.db.session.execute(update(Delivery).where(Delivery.state == "queued").values(due_at=START))
            host.db.session.commit()
        with working(host), working(host):
            time.sleep(7)
        with host.app.app_context():
            [one] = deliveries(host, notice="replied_customer", channel="email")
            assert one.state == "queued", "it is tried again after its wait, by one of them"
    assert (one.attempts, smtp.mails) == (2, [])


def test_what_waits_behind_slow_mails_of_its_batch_is_no_other_workers(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, running: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket()
    open_ticket()
    host.desk.settings.delivery_lease_seconds = 5
    claim, claimed = delivering.claim, list[str]()

    def watched(owner: str, limit: int) -> list[delivering.ClaimedDelivery]:
        taken = claim(owner, limit)
        claimed.extend(one.key for one in taken)
        return taken

    monkeypatch.setattr(delivering, "claim", watched)
    smtp.delay_seconds = 1.2
    with working(host):
        smtp.wait_for(1)
        with working(host):
            smtp.wait_for(8, seconds=20)
            time.sleep(1.5)
    assert len(smtp.mails) == len({mail.message["Message-ID"] for mail in smtp.mails}) == 8
    assert len(claimed) == len(set(claimed)) == 8
    with host.app.app_context():
        assert {one.state for one in deliveries(host, channel="email")} == {"sent"}


def test_a_heartbeat_that_fails_keeps_no_mail_from_going_out(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise Busy("The support desk is busy.")

    open_ticket()
    monkeypatch.setattr(loop, "BEAT_SECONDS", 0.0)
    monkeypatch.setattr("flask_sgsupport.services.clock.beat", busy)
    assert not loop.run(host.app, once=True), "cron should hear of it"
    assert len(smtp.mails) == 4


def test_a_mail_that_went_out_while_the_database_was_away_is_recorded_when_it_is_back(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket()
    record, away = delivering.record, iter([True, True])

    def at_times(delivery_key: str, owner: str, outcome: Outcome) -> bool:
        if next(away, False):
            raise Busy("The database cannot be reached.")
        return record(delivery_key, owner, outcome)

    monkeypatch.setattr(jobs, "RECORD_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(delivering, "record", at_times)
    loop.run(host.app, once=True)
    clock.forward(seconds=121)
    loop.run(host.app, once=True)
    assert len(smtp.mails) == 4
    with host.app.app_context():
        assert {one.state for one in deliveries(host, channel="email")} == {"sent"}


# When it starts by itself.

WERKZEUG = {"SERVER_SOFTWARE": "Werkzeug/3.1.9"}
GUNICORN = {"SERVER_SOFTWARE": "gunicorn/23.0.0"}


@pytest.fixture
def live(host: Host) -> Iterator[Host]:
    """The host outside of its tests."""
    host.app.testing = False
    yield host
    embedded.stop(host.app, within_seconds=60)
    host.app.testing = True


def runs_after_a_request(host: Host, server: dict[str, str]) -> bool:
    host.app.test_client().get("/", environ_overrides=server)
    return any(thread.name == "sgsupport-worker" and thread.is_alive() for thread in threading.enumerate())


def test_a_development_server_has_a_worker_from_its_first_request_on(
    live: Host, answered_ticket: str, smtp: Smtp
) -> None:
    assert runs_after_a_request(live, WERKZEUG)
    smtp.wait_for(5)
    live.app.test_client().get("/", environ_overrides=WERKZEUG)
    assert len([t for t in threading.enumerate() if t.name == "sgsupport-worker"]) == 1
    embedded.stop(live.app)
    assert not any(t.name == "sgsupport-worker" for t in threading.enumerate())


@pytest.mark.parametrize("worker", ["auto", "embedded", "none"])
def test_gunicorn_has_one_only_where_it_is_asked_for(live: Host, worker: str) -> None:
    live.desk.settings.worker = worker
    assert runs_after_a_request(live, GUNICORN) is (worker == "embedded")


def test_none_means_none_in_development_too(live: Host) -> None:
    live.desk.settings.worker = "none"
    assert not runs_after_a_request(live, WERKZEUG)


def test_in_debug_any_server_has_one(live: Host) -> None:
    live.app.debug = True
    assert runs_after_a_request(live, GUNICORN)


@pytest.mark.parametrize("worker", ["auto", "embedded"])
def test_there_is_none_while_the_host_runs_its_tests(host: Host, worker: str) -> None:
    host.desk.settings.worker = worker
    assert not runs_after_a_request(host, WERKZEUG)


@pytest.mark.parametrize("worker", ["auto", "embedded"])
def test_commands_have_none_though_they_nudge(live: Host, open_ticket: OpenTicket, worker: str) -> None:
    live.desk.settings.worker = worker
    open_ticket()
    assert not any(thread.name == "sgsupport-worker" for thread in threading.enumerate())


def test_in_memory_sqlite_has_none(tmp_path: Path) -> None:
    host = build_host("sqlite://", tmp_path, TESTING=False, SGSUPPORT_WORKER="embedded")
    assert not runs_after_a_request(host, WERKZEUG)
    dispose(host)


def test_a_worker_that_cannot_start_costs_no_page(live: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(embedded, "_start", fails)
    assert live.app.test_client().get("/", environ_overrides=WERKZEUG).status_code == 200


SERVED = """
import sys
from pathlib import Path
from tests.world import build_host
host = build_host({url!r}, Path({folder!r}), TESTING=False, MAIL_SERVER="127.0.0.1", MAIL_PORT={port})
app = host.app
"""


@pytest.mark.slow
def test_flask_run_sends_by_itself_under_its_reloader(
    host: Host, answered_ticket: str, smtp: Smtp, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "served.py").write_text(SERVED.format(url=database_url, folder=str(tmp_path), port=smtp.port))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = [sys.executable, "-m", "flask", "--app", "served", "run", "--debug", "-p", str(port)]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(arguments, cwd=tmp_path, env=environment, start_new_session=True)
    try:

        def answers() -> bool:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    return bool(page.status == 200)
            except OSError:
                return False

        until(answers, seconds=40)
        smtp.wait_for(5, seconds=20)
        time.sleep(0.5)
        assert len(smtp.mails) == 5
        assert len(smtp.to(JEROME)) == 2
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def test_the_owners_of_two_workers_differ_and_fit() -> None:
    names = {owner_name() for _ in range(100)}
    assert len(names) == 100
    assert max(map(len, names)) <= 40


def test_the_worker_resolves_nothing_twice_beside_another(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, clock: Clock
) -> None:
    for _ in range(3):
        ticket_id = open_ticket()
        with host.app.app_context():
            replying.reply(ticket_id, host.agent("ada"), body="Done.")
    host.desk.settings.worker_poll_seconds = 0.05
    with working(host), working(host):
        until(lambda: len(smtp.mails) >= 15)
        time.sleep(0.3)
    assert len(smtp.mails) == 15
    assert len({mail.message["Message-ID"] for mail in smtp.mails}) == 15
