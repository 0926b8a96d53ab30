"""A file lies in the storage before the row that names it: a death between the two leaves no row without its file."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import event, select

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Draft
from flask_sgsupport.services import clock, opening, replying, sending
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.storage import CHUNK_BYTES
from tests.invariants import broken
from tests.proof.page import Figure
from tests.proof.racing import copies
from tests.proof.test_faults import named_files, stored_files
from tests.proof.verbs import let_a_worker_be_seen
from tests.world import Host, OpenTicket

CONTENT = bytes(range(256)) * (CHUNK_BYTES // 200)
"""More than one piece."""
Step = Callable[[], None]


class Pieces(BytesIO):
    """A stream of which each reading is a step."""

    def __init__(self, step: Step) -> None:
        super().__init__(CONTENT)
        self.step = step

    def read(self, size: int | None = -1) -> bytes:
        """The next piece."""
        self.step()
        return super().read(size)


def opens(host: Host, ticket_id: str, files: list[Upload]) -> None:
    opening.open_ticket(host.customer("jerome"), subject="With files", body="See them.", files=files)


def answers(host: Host, ticket_id: str, files: list[Upload]) -> None:
    replying.reply(ticket_id, host.agent("ada"), body="See them.", status=Status.RESOLVED, files=files)


def answers_later(host: Host, ticket_id: str, files: list[Upload]) -> None:
    sending.send(ticket_id, host.agent("ada"), Answer("See them.", form=ticket_id), files=files)


WAYS = {"open": opens, "reply": answers, "reply that can be undone": answers_later}


@contextmanager
def steps_of(host: Host, step: Step) -> Iterator[None]:
    """Everything that is done to files or asked of the database is a step, and so is the end of a commit."""

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any, **named: Any) -> Any:
            step()
            return function(*arguments, **named)

        return stepping

    def on_event(*arguments: Any) -> None:
        step()

    engine, session = host.db.engine, host.db.session
    events = [(engine, "before_cursor_execute"), (engine, "commit"), (session, "after_commit")]
    with ExitStack() as patches:
        for name in ("mkdir", "open", "fsync", "rename", "close", "unlink"):
            patches.enter_context(patch.object(os, name, before(getattr(os, name))))
        for target, name in events:
            event.listen(target, name, on_event)
        yield
        for target, name in events:
            event.remove(target, name, on_event)


def die_at(host: Host, way: str, ticket_id: str, place: int, at: datetime) -> None:
    host.desk.now = lambda: at
    left = iter(range(place - 1))

    def step() -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    with host.app.app_context():
        files = [Upload("log.txt", Pieces(step)), Upload("second.txt", Pieces(step))]
        with steps_of(host, step):
            WAYS[way](host, ticket_id, files)


@pytest.fixture
def doing(host: Host, database_url: str, tmp_path: Path) -> Iterator[Callable[..., int]]:
    """``die_at`` in a process of its own."""
    with copies(die_at, database_url, tmp_path) as run:
        yield run


def dangling(host: Host) -> list[str]:
    """Rows that name a file which is not there whole."""
    rows = host.db.session.execute(select(Attachment.storage_key, Attachment.sha256)).all()
    found = []
    for key in named_files(host) - {None}:
        try:
            with host.desk.storage.open(str(key)) as file:
                digest = hashlib.sha256(file.read()).hexdigest()
        except LookupError:
            digest = "missing"
        if digest != hashlib.sha256(CONTENT).hexdigest():
            found.append(str(key))
    assert all(row.sha256 == hashlib.sha256(CONTENT).hexdigest() for row in rows)
    return found


def says(host: Host) -> str:
    """What the command says of files."""
    said = host.app.test_cli_runner().invoke(args=["support", "health"]).output
    return "\n".join(line for line in said.splitlines() if "Files" in line or "files" in line)


@pytest.mark.guarantee(
    "S5.3 File and row agree",
    "A process is killed at each step between a file and its row, at each piece, each call of the system and each "
    "statement: no row names a file that is missing or torn, what no row names is named by the health command once it "
    "is a day old, the sweep removes it then and not before, and nothing else.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", WAYS)
def test_a_death_between_file_and_row(
    in_app: Host, doing: Callable[..., int], open_ticket: OpenTicket, figure: Figure, way: str
) -> None:
    host, session = in_app, in_app.db.session
    ticket_id = open_ticket(files=[("first.txt", CONTENT)])
    let_a_worker_be_seen(host)
    clock.tick()
    kills = 0
    for place in count(1):
        session.remove()
        ended = doing(way, ticket_id, place, host.clock())
        assert ended in {0, -signal.SIGKILL}
        assert dangling(host) == [], f"after a kill at step {place}"
        session.rollback()
        if ended == 0:
            break
        kills += 1
        if session.scalars(select(Draft.pk).where(Draft.send_at.is_not(None))).all():
            # It was stored before the kill: the next one is of another ticket.
            ticket_id = open_ticket()
    assert broken(host.desk) == []
    orphans = stored_files(host) - named_files(host)
    kept = stored_files(host) - orphans
    assert len(orphans) > 5
    assert "more than a day" not in says(host)
    host.clock.at = datetime.now(UTC) + timedelta(hours=23)
    clock.tick()
    assert stored_files(host) == kept | orphans, "they may still wait for their rows"
    host.clock.forward(hours=8)
    said = says(host)
    assert "more than a day" in said
    assert min(orphans) in said
    clock.tick()
    assert stored_files(host) == kept
    assert "more than a day" not in says(host)
    assert dangling(host) == []
    figure(f"{kills} kills, 0 rows without their file, {len(orphans)} files without a row named and swept")
