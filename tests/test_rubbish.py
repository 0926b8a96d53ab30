"""Whatever is sent to whatever address by whomever: it is refused, never an error of ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.rubbish import EARLIEST, LATEST, Rubbish, furnish, rules_of, torn_files
from tests.world import Host, build_host, dispose, populate

ROLES = ("stranger", "jerome", "ada", "grace")
WALKS = 4


@dataclass
class Scene:
    """A host with tickets in every state, put back as it was before each walk."""

    host: Host
    file: Path
    known: dict[str, list[str]]
    """Real numbers and keys, so that rubbish comes past the first check."""

    def as_it_was(self) -> None:
        dispose(self.host)
        shutil.copy(self.file.with_suffix(".before"), self.file)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("rubbish")
    file = folder / "rubbish.sqlite"
    host = build_host(f"sqlite:///{file}", folder, MAIL_SUPPRESS_SEND=True)
    populate(host)
    known = furnish(host)
    dispose(host)
    shutil.copy(file, file.with_suffix(".before"))
    yield Scene(host, file, known)
    dispose(host)


def client_of(scene: Scene, role: str) -> FlaskClient:
    return scene.host.client(None if role == "stranger" else role)


@torn_files
@pytest.mark.parametrize("role", ROLES)
def test_rubbish_is_refused_and_never_an_error_of_ours(scene: Scene, role: str) -> None:
    rules = rules_of(scene.host)
    assert len(rules) > 50
    seen: set[int] = set()
    for walk in range(WALKS):
        scene.as_it_was()
        client, rubbish = client_of(scene, role), Rubbish((role, walk), scene.known)
        for rule in rules:
            sent = rubbish.request(rule)
            answer = sent.sent_by(client)
            answer.close()
            seen.add(answer.status_code)
            assert answer.status_code < 500, f"{sent} as {role}: {answer.status_code}"
    assert len(seen) > 2, "every request met the same refusal"


@pytest.mark.every_database
@pytest.mark.parametrize("moment", [EARLIEST, LATEST, "2026-04-22T14:03:00", "x"])
def test_a_cursor_from_before_or_after_all_time_shows_the_first_page(host: Host, open_ticket: Any, moment: str) -> None:
    ticket_id = open_ticket()
    moment = moment.replace("+", "%2B")
    for who, path in (
        ("jerome", f"/support/?after={moment}_{ticket_id}"),
        ("ada", f"/admin/support/?after=0~{moment}~{ticket_id}"),
        ("ada", f"/admin/support/tickets/{ticket_id}/history?after={moment}"),
    ):
        answer = host.client(who).get(path)
        assert answer.status_code == 200, path
        assert ticket_id in answer.text


@pytest.mark.every_database
def test_a_nul_in_any_choice_of_a_form_is_no_error_of_ours(host: Host) -> None:
    ben = host.ids["ben"]
    lists = {
        name: ["support\x00", "\x00"] for name in ("rights", "queues", "categories", "sites", "tags", "public_name")
    }
    lead = host.client("grace")
    assert lead.post(f"/admin/support/agents/{ben}", data=lists).status_code < 500
    person = {"person": f"{host.ids['jerome']}\x00", "account": "1\x00", "subject": "A", "body": "B"}
    assert lead.post("/admin/support/open", data=person | lists).status_code < 500
    assert host.client("jerome").post("/support/open", data={"subject": "A", "body": "B"} | lists).status_code < 500
