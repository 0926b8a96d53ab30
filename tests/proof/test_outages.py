"""The database goes away under load, and the disk is full: a sentence, the text kept, nothing half-done."""

from __future__ import annotations

import logging
import shutil
import subprocess
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Self

import pytest
from flask.testing import FlaskClient
from sqlalchemy import URL, select
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from flask_sgsupport.models import Attachment, Delivery, Message, Ticket
from flask_sgsupport.services import preferring
from flask_sgsupport.worker import loop
from tests.panel_pages import FORM, fresh_form, hidden, number_in, send_form
from tests.proof.clusters import CLUSTERS, Cluster
from tests.proof.page import Figure, Rounds
from tests.proof.racing import UNLIMITED, count, still_whole
from tests.services import leave_out
from tests.smtp import Smtp
from tests.world import Host, build_host, dispose, populate

PEOPLE = ("jerome", "lena", "mina", "jerome")
LOOKED = FORM | {"looked-for": FORM["subject"]}
"""A form whose script has offered what is alike: all of them write the same subject, and each means it."""


@pytest.fixture
def near() -> Iterator[Path]:
    """A folder with a short path, for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="sgsupport-proof-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def own_server(near: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Cluster, URL]]:
    """A server of the test's own, and where it is reached."""
    try:
        made = CLUSTERS[request.param](near)
        url = made.start()
    except (FileNotFoundError, TimeoutError, subprocess.SubprocessError) as error:
        leave_out(f"no {request.param} of our own: {error}")
    yield made, url
    made.stop()


def arose_while_a_session_was_given_back(error: Exception) -> bool:
    """Whether the driver said so when Flask-SQLAlchemy ended the session, after the view had answered."""
    if not isinstance(error, DBAPIError):
        return False
    places = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(
        (place.f_globals["__name__"], place.f_code.co_name) == ("flask_sqlalchemy.extension", "_teardown_session")
        for place in places
    )


class Writers:
    """People who open tickets again and again, and look at their list while the database is away."""

    def __init__(self, host: Host) -> None:
        self.away, self._stop, self._lock = Event(), Event(), Lock()
        self.stored: set[str] = set()
        self.told = self.cut = 0
        self.strange: list[str] = []
        # Their first form is there before the first outage.
        people = [(place, client, fresh_form(client)) for place, client in enumerate(map(host.client, PEOPLE))]
        self._threads = [Thread(target=self._write, args=person, daemon=True) for person in people]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everybody finish what they are at."""
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _write(self, place: int, client: FlaskClient, form: dict[str, str]) -> None:
        turn = 0
        while not self._stop.is_set():
            turn += 1
            text = f"Text {place} {turn}"
            answer = self._ask(partial(client.post, "/support/open", data=form | LOOKED | {"body": text}))
            if answer is not None and answer.status_code == 302:
                self.stored.add(text)
            elif answer is not None:
                self._judge(answer, text)
            while self.away.is_set():
                time.sleep(0.05)
                self._look(client, "/support/")
            page = self._look(client, "/support/open")
            form = hidden(page.text) if page is not None else form

    def _look(self, client: FlaskClient, address: str) -> TestResponse | None:
        page = self._ask(partial(client.get, address))
        if page is None or page.status_code == 200:
            return page
        self._judge(page, "")
        return None

    def _ask(self, ask: Callable[[], TestResponse]) -> TestResponse | None:
        try:
            return ask()
        except Exception as error:  # noqa: BLE001 - judged here
            with self._lock:
                if arose_while_a_session_was_given_back(error):
                    self.cut += 1
                else:
                    self.strange.append("".join(traceback.format_exception(error))[-1500:])
            return None

    def _judge(self, answer: TestResponse, text: str) -> None:
        told = answer.status_code == 503 and text in answer.text
        with self._lock:
            self.told += told
            if not told:
                self.strange.append(f"{answer.status_code} {answer.text[:1500]}")


class Sending:
    """A worker of the same app, which is in the middle of a mail whenever it is asked to be."""

    def __init__(self, host: Host, smtp: Smtp) -> None:
        self.host, self.smtp, self._stop = host, smtp, Event()
        self._thread = Thread(target=partial(loop.run, host.app, stop=self._stop), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def be_inside_of_one(self, seconds: float) -> int:
        """Wait until a mail is under way that the server takes so long to accept; how many arrived before it."""
        self.smtp.delay_seconds = seconds
        begun, ends = self.smtp.begun, time.monotonic() + 30
        while self.smtp.begun == begun:
            assert time.monotonic() < ends, "no mail is sent"
            time.sleep(0.01)
        return self.smtp.begun - 1

    def finish(self, seconds: float) -> None:
        """Wait until nothing is due any more."""
        ends = time.monotonic() + seconds
        while count(self.host, Delivery, state="sent", channel="email") < count(self.host, Delivery, channel="email"):
            assert time.monotonic() < ends, "mails wait for ever"
            time.sleep(0.2)


@pytest.mark.guarantee(
    "S11.1 The database goes away",
    "The database server stops while people write and a worker is inside of a mail, and comes back: meanwhile people "
    "get a page that says so, with their words on it; afterwards everything works within five seconds without a "
    "restart, nothing is there by half, and every mail went out once.",
)
@pytest.mark.parametrize("own_server", CLUSTERS, indirect=True)
def test_people_are_told_while_the_database_is_away(
    own_server: tuple[Cluster, URL],
    tmp_path: Path,
    smtp: Smtp,
    figure: Figure,
    rounds: Rounds,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is logged would be kept, and with it every lost connection.
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)
    cluster, url = own_server
    outages, away_seconds = rounds(2, 5), rounds(3, 10)
    of_mail = {"MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port, "SGSUPPORT_WORKER_POLL_SECONDS": 0.2}
    # For half a lease a worker tries to write what became of a mail: longer than outage and recovery of the server.
    of_mail |= {
        "SGSUPPORT_MAIL_TIMEOUT_SECONDS": 2 * away_seconds,
        "SGSUPPORT_DELIVERY_LEASE_SECONDS": 12 * away_seconds,
    }
    host = build_host(url.render_as_string(hide_password=False), tmp_path, **UNLIMITED, **of_mail)
    populate(host)
    host.desk.now = lambda: datetime.now(UTC)
    with host.app.app_context():
        for name in ("ada", "cleo", "grace"):
            # One mail a ticket is enough.
            preferring.set_preference(host.agent(name), "email", wanted=False)
        host.db.session.remove()
    host.app.testing = False
    taken = 0
    with Sending(host, smtp) as worker, Writers(host) as writers:
        for _ in range(outages):
            time.sleep(2)
            arrived = worker.be_inside_of_one(away_seconds / 2 + 0.5)
            writers.away.set()
            cluster.stop()
            time.sleep(away_seconds)
            assert len(smtp.mails) == arrived + 1, "one mail was accepted while nobody could write it down"
            taken += 1
            smtp.accept()
            cluster.start()
            before, back = len(writers.stored), time.monotonic()
            writers.away.clear()
            while len(writers.stored) == before:
                assert time.monotonic() - back < 5, "it works again within five seconds"
                time.sleep(0.05)
        writers.stop()
        worker.finish(12 * away_seconds + 60)
    host.app.testing = True
    assert writers.strange == []
    assert writers.told > 0
    with host.app.app_context():
        bodies = set(host.db.session.scalars(select(Message.body)))
    assert writers.stored <= bodies
    assert count(host, Ticket) == count(host, Message) == count(host, Delivery, channel="email")
    copies = Counter(mail.message["Message-ID"] for mail in smtp.mails)
    assert len(copies) == copies.total() == count(host, Ticket), "each mail arrived once"
    still_whole(host)
    dispose(host)
    assert writers.cut <= outages * len(PEOPLE), "only who was being answered at that moment"
    said = f"{len(writers.stored)} stored and all there, {writers.told} told to try again, 0 other pages"
    mails = f"{len(copies)} mails, {taken} of them accepted during an outage of {away_seconds} s: 0 lost, 0 twice"
    figure(f"{outages} outages under 4 people: {said}, {writers.cut} cut while their session was given back; {mails}")


@pytest.fixture
def small_disk(near: Path) -> Iterator[Path]:
    """A disk of its own, with room for little."""
    folder = near / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        leave_out(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Leave no room on the disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filler
    raise AssertionError("the disk has no end")


@pytest.mark.guarantee(
    "S11.2a The disk of the files is full",
    "A file that finds no room is refused with a sentence that says so, the text stays in the form, no row and no "
    "piece of the file is kept, and with room the same form goes through.",
)
@pytest.mark.every_database
def test_a_file_that_finds_no_room(small_disk: Path, host: Host, figure: Figure) -> None:
    host.desk.storage.folder = small_disk / "files"  # type: ignore[attr-defined]
    client = host.client("jerome")
    filler = fill(small_disk)
    refused = send_form(client, files=[(BytesIO(bytes(300_000)), "shot.png")])
    assert refused.status_code == 422
    assert "shot.png could not be stored: No space left on device." in refused.text
    assert FORM["body"] in refused.text
    assert (count(host, Ticket), count(host, Attachment)) == (0, 0)
    filler.unlink()
    assert [path for path in (small_disk / "files").rglob("*") if path.is_file()] == []
    sent = send_form(client, files=[(BytesIO(bytes(300_000)), "shot.png")])
    assert number_in(sent.location)
    assert (count(host, Ticket), count(host, Attachment)) == (1, 1)
    still_whole(host)
    figure("1 upload refused, text kept, 0 rows, 0 files left; 1 stored once there was room")


@pytest.mark.guarantee(
    "S11.2b The disk of SQLite is full",
    "A ticket that SQLite finds no room for is refused with a sentence, the words stand on the page, nothing of it is "
    "kept, and with room everything works again without a restart.",
)
def test_a_ticket_that_finds_no_room(small_disk: Path, tmp_path: Path, figure: Figure) -> None:
    host = build_host(f"sqlite:///{small_disk / 'desk.sqlite'}", tmp_path)
    populate(host)
    client = host.client("jerome")
    form = fresh_form(client)
    filler, opened, refused = fill(small_disk), 0, None
    for place in range(200):
        # There may be free pages inside the file for the first ones.
        answer = send_form(client, form, body=f"Text {place} " + "x" * 15_000)
        if answer.status_code != 302:
            refused = answer
            break
        opened += 1
        form = fresh_form(client)
    assert refused is not None
    assert refused.status_code == 503
    assert "The database cannot be reached or written. Nothing was changed; please try again." in refused.text
    assert f"Text {opened} xxx" in refused.text
    assert count(host, Ticket) == opened
    still_whole(host)
    filler.unlink()
    assert number_in(send_form(client, form, body="Text after").location)
    assert count(host, Ticket) == opened + 1
    dispose(host)
    figure(f"{opened} stored in the last room, 1 refused with its text, 0 rows left behind; works with room again")


@pytest.mark.guarantee(
    "S11.2c A disk that can only be read",
    "The disk of files and database may only be read: pages are shown, what is sent is refused with a sentence and its "
    "text, and everything works again as soon as it may be written.",
)
def test_a_disk_that_can_only_be_read(small_disk: Path, tmp_path: Path, figure: Figure) -> None:
    host = build_host(
        f"sqlite:///{small_disk / 'desk.sqlite'}", tmp_path, SGSUPPORT_STORAGE_FOLDER=str(small_disk / "files")
    )
    populate(host)
    client = host.client("jerome")
    number = number_in(send_form(client).location)
    form = fresh_form(client)
    let_go(host)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    try:
        assert number in client.get("/support/").text
        refused = [
            send_form(client, form, body="Nobody can read this."),
            send_form(client, form, body="With a file.", files=[(BytesIO(b"pixels"), "shot.png")]),
            client.post(f"/support/tickets/{number}/follow-up", data={"body": "It is worse now."}),
        ]
        let_go(host)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    assert [answer.status_code for answer in refused] == [503, 422, 503]
    for answer, text in zip(refused, ("Nobody can read this.", "With a file.", "It is worse now."), strict=True):
        assert text in answer.text
        assert "Traceback" not in answer.text
    assert number_in(send_form(client, form, body="Nobody can read this.").location)
    assert count(host, Ticket) == 2
    still_whole(host)
    dispose(host)
    figure("3 writes refused with their text, 0 rows; pages shown meanwhile; works again once it may be written")


def let_go(host: Host) -> None:
    """Close every connection: a file open for writing keeps a disk from being made read-only."""
    with host.app.app_context():
        host.db.session.remove()
        host.db.engine.dispose()
