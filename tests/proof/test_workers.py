"""Workers are killed again and again: every mail goes out, and a second copy is known as one."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from flask.cli import ScriptInfo
from sqlalchemy import func, select

from flask_sgsupport.models import Delivery
from flask_sgsupport.services import opening
from flask_sgsupport.worker import jobs
from tests.proof.page import Figure, Rounds
from tests.proof.racing import PROCESSES, another_host, count, still_whole
from tests.smtp import Smtp
from tests.world import Host

LEASE_SECONDS = 5
BATCH = 5


def work(url: str, folder: str, port: int) -> None:
    """Run ``flask support worker`` with small batches and a short lease."""
    jobs.BATCH = BATCH
    host = another_host(
        url,
        folder,
        MAIL_SERVER="127.0.0.1",
        MAIL_PORT=port,
        SGSUPPORT_MAIL_TIMEOUT_SECONDS=2.0,
        SGSUPPORT_DELIVERY_LEASE_SECONDS=LEASE_SECONDS,
        SGSUPPORT_WORKER_POLL_SECONDS=0.2,
    )
    host.app.cli.main(["support", "worker"], obj=ScriptInfo(create_app=lambda: host.app))


def start(url: str, folder: Path, smtp: Smtp) -> BaseProcess:
    process = PROCESSES.Process(target=work, args=(url, str(folder), smtp.port), daemon=True)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(20)


def fill(host: Host, mails: int) -> int:
    """Open tickets until that many mails wait."""
    with host.app.app_context():
        host.desk.now = lambda: datetime.now(UTC)
        while count(host, Delivery, channel="email") < mails:
            opening.open_ticket(host.customer("jerome"), subject="Checkout failing", body="Nobody can pay.")
        host.db.session.remove()
    return count(host, Delivery, channel="email")


@pytest.mark.guarantee(
    "S7.2 Killed workers",
    "Two workers send while one of them is killed again and again: no mail is lost, a second copy has the Message-ID "
    "of the first, and there is at most one for each kill.",
)
@pytest.mark.every_database
def test_killed_workers_lose_no_mail(
    host: Host, database_url: str, tmp_path: Path, smtp: Smtp, figure: Figure, rounds: Rounds
) -> None:
    kills, dice = rounds(12, 200), random.Random(11)
    waiting = fill(host, rounds(60, 500))
    smtp.delay_seconds = 0.05
    workers = [start(database_url, tmp_path, smtp) for _ in range(2)]
    ends = time.monotonic() + rounds(120, 1500)
    killed = 0
    while killed < kills:
        if killed and count(host, Delivery, state="sent", channel="email") == waiting:
            # Sent before the last kill: more work for the rest of them.
            waiting = fill(host, waiting + 20)
        arrived = len(smtp.mails)
        # Once it is at work, somewhere between two mails or inside of one.
        while len(smtp.mails) == arrived and time.monotonic() < ends:
            time.sleep(0.005)
        time.sleep(dice.uniform(0, 0.15))
        victim = killed % 2
        kill(workers[victim])
        killed += 1
        workers[victim] = start(database_url, tmp_path, smtp)
    while count(host, Delivery, state="sent", channel="email") < waiting and time.monotonic() < ends:
        time.sleep(0.1)
    for process in workers:
        os.kill(process.pid or 0, signal.SIGTERM)
        process.join(20)
    with host.app.app_context():
        states = dict(
            host.db.session.execute(
                select(Delivery.state, func.count()).where(Delivery.channel == "email").group_by(Delivery.state)
            ).all()
        )
        host.db.session.remove()
    assert states == {"sent": waiting}
    copies = Counter(mail.message["Message-ID"] for mail in smtp.mails)
    assert len(copies) == waiting, "each mail arrived"
    doubled = copies.total() - waiting
    assert doubled <= kills
    still_whole(host)
    figure(
        f"{waiting} mails, {kills} kills, 2 workers: 0 lost, {doubled} second copies, all with the first's Message-ID"
    )


@pytest.mark.guarantee(
    "S7.7 Leases end", "What a killed worker held goes out by another one within its lease and five seconds."
)
@pytest.mark.every_database
def test_a_lease_ends(host: Host, database_url: str, tmp_path: Path, smtp: Smtp, figure: Figure) -> None:
    waiting = fill(host, 4)
    smtp.silent_at = "DATA"
    worker = start(database_url, tmp_path, smtp)
    ends = time.monotonic() + 60
    while count(host, Delivery, state="sending") == 0:
        assert time.monotonic() < ends
        time.sleep(0.02)
    kill(worker)
    smtp.accept()
    held = count(host, Delivery, state="sending")
    assert held > 0
    other = start(database_url, tmp_path, smtp)
    try:
        smtp.wait_for(waiting, seconds=LEASE_SECONDS + 5)
        time.sleep(0.5)
    finally:
        os.kill(other.pid or 0, signal.SIGTERM)
        other.join(20)
    assert count(host, Delivery, state="sent", channel="email") == waiting
    still_whole(host)
    figure(
        f"{held} mails held by a killed worker, lease {LEASE_SECONDS} s: all sent by another within the lease and 5 s"
    )
