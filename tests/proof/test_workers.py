"""Workers are killed again and again: every mail goes out, and a second copy is known as one."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections import Counter
from datetime import UTC, datetime
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import get_args

import pytest
from flask.cli import ScriptInfo
from sqlalchemy import func, select

from flask_sgsupport.models import Delivery
from flask_sgsupport.services import opening
from flask_sgsupport.worker import jobs
from tests.proof.copies import doubled
from tests.proof.page import Figure, Rounds
from tests.proof.racing import PROCESSES, another_host, count, still_whole
from tests.smtp import Smtp, Stage
from tests.world import Host

LEASE_SECONDS = 5
BATCH = 5


def work(url: str, folder: str, port: int, name: str = "") -> None:
    """Run ``flask support worker`` with small batches and a short lease; mail servers are greeted by its name."""
    jobs.BATCH = BATCH
    if name:
        socket.getfqdn = lambda _="": name
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


def start(url: str, folder: Path, smtp: Smtp, name: str = "") -> BaseProcess:
    process = PROCESSES.Process(target=work, args=(url, str(folder), smtp.port, name), daemon=True)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(20)


def held_by(host: Host, process: BaseProcess) -> list[str]:
    """The Message-IDs of what a worker had under its lease when it died."""
    with host.app.app_context():
        its = select(Delivery.message_id).where(Delivery.state == "sending", Delivery.owner.like(f"%:{process.pid}:%"))
        found = [message_id for message_id in host.db.session.scalars(its) if message_id]
        host.db.session.remove()
    return found


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
    "of the first, and each is of the one mail that a killed worker had sent and not yet written down as sent.",
)
@pytest.mark.every_database
def test_killed_workers_lose_no_mail(
    host: Host, database_url: str, tmp_path: Path, smtp: Smtp, figure: Figure, rounds: Rounds
) -> None:
    kills, dice = rounds(12, 200), random.Random(11)
    waiting = fill(host, rounds(60, 500))
    smtp.delay_seconds = 0.05
    names = [f"first.{place}.test" for place in range(2)]
    workers = [start(database_url, tmp_path, smtp, name) for name in names]
    ends = time.monotonic() + rounds(120, 1500)
    killed, held = 0, dict[str, list[str]]()
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
        held[names[victim]] = held_by(host, workers[victim])
        killed += 1
        names[victim] = f"after.{killed}.kills.test"
        workers[victim] = start(database_url, tmp_path, smtp, names[victim])
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
    assert len({mail.message["Message-ID"] for mail in smtp.mails}) == waiting, "each mail arrived"
    assert {mail.client for mail in smtp.mails} <= {*held, *names}, "each says which worker sent it"
    second = doubled(smtp.mails, held)
    still_whole(host)
    figure(
        f"{waiting} mails, {kills} kills, 2 workers: 0 lost, {second} second copies, each with the first's Message-ID "
        "and of the one mail that a killed worker had sent and not written down"
    )


@pytest.mark.guarantee(
    "S7.2b Workers side by side", "Four workers send at once and nobody is killed: every mail goes out once."
)
@pytest.mark.every_database
def test_workers_side_by_side_send_each_mail_once(
    host: Host, database_url: str, tmp_path: Path, smtp: Smtp, figure: Figure, rounds: Rounds
) -> None:
    waiting = fill(host, rounds(60, 500))
    # A mail lasts longer than the others wait for work, and a batch longer than a fifth of a lease.
    smtp.delay_seconds = 0.3
    workers = [start(database_url, tmp_path, smtp) for _ in range(4)]
    ends = time.monotonic() + rounds(120, 600)
    while count(host, Delivery, state="sent", channel="email") < waiting and time.monotonic() < ends:
        time.sleep(0.1)
    for process in workers:
        os.kill(process.pid or 0, signal.SIGTERM)
        process.join(20)
    copies = Counter(mail.message["Message-ID"] for mail in smtp.mails)
    assert (len(copies), copies.total()) == (waiting, waiting)
    still_whole(host)
    figure(f"{waiting} mails, 4 workers, 0 kills: 0 lost, 0 second copies")


@pytest.mark.guarantee(
    "S7.7 Leases end",
    "A worker is killed at any step of a delivery: what it held goes out by another one within its lease and five "
    "seconds, and once, but for the mail that the server took while its answer was lost.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.parametrize("step", get_args(Stage))
def test_a_lease_ends(host: Host, database_url: str, tmp_path: Path, smtp: Smtp, figure: Figure, step: Stage) -> None:
    waiting = fill(host, 4)
    smtp.silent_at = step
    worker = start(database_url, tmp_path, smtp)
    assert smtp.fell_silent.wait(60)
    kill(worker)
    smtp.accept()
    held, taken = count(host, Delivery, state="sending"), len(smtp.mails)
    assert held > 0
    assert taken == (step == "ANSWER")
    other = start(database_url, tmp_path, smtp)
    try:
        smtp.wait_for(waiting + taken, seconds=LEASE_SECONDS + 5)
        time.sleep(0.5)
    finally:
        os.kill(other.pid or 0, signal.SIGTERM)
        other.join(20)
    assert count(host, Delivery, state="sent", channel="email") == waiting
    copies = Counter(mail.message["Message-ID"] for mail in smtp.mails)
    assert sorted(copies.values()) == [1] * (waiting - taken) + [2] * taken
    still_whole(host)
    figure(
        f"{held} mails held by a killed worker, lease {LEASE_SECONDS} s: all sent by another within the lease and 5 s, "
        f"{taken} twice"
    )
