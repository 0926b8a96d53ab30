"""Whatever is sent to whatever address by whomever: it is refused, never an error of ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Delivery, Message
from flask_sgsupport.services import assigning, opening, replying
from flask_sgsupport.services.attaching import Upload
from tests.world import Host, build_host, dispose, populate

ROLES = ("stranger", "jerome", "ada", "grace")
EARLIEST, LATEST = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999-14:00"
NASTY = (
    "", "\x00", "a\x00b", "-1", "0", "007", "9" * 19, "9" * 40, "²", "٣", "1e999", "nan", "None", "true", "..", "%",
    "_", "~", "~~", "\ud800", "\U0010ffff", "\u202e", "🛟" * 300, "a" * 3_000, "\r\nSet-Cookie: a=b", "' OR 1=1 --",
    "{{ 7*7 }}", "<script>", "//evil.example", "javascript:alert(1)", "a@b@c", "@", "0001-01-01", "9999-12-31",
    "2026-02-30", f"{EARLIEST}_TKT-2026-00001", f"{LATEST}_TKT-2026-00001", EARLIEST, LATEST,
    f"0~{EARLIEST}~TKT-2026-00001", f"1~{LATEST}~TKT-2026-00001", "2026-04-22T14:03:00_x",
    "1~2026-04-22T14:03:00+00:00~\x00",
)  # fmt: skip
"""Texts that have broken such pages somewhere."""
QUERY = (
    "after", "q", "view", "queue", "status", "assignee", "priority", "category", "tag", "account", "site", "channel",
    "since", "until", "sort", "earlier", "edit", "again", "corrected", "now", "from", "subject", "ticket", "person",
    "x",
)  # fmt: skip
FORM = (
    "account", "active", "address", "assignee", "body", "categories", "category", "context", "csrf_token", "email",
    "form", "from", "from_address", "from_name", "is_default", "key", "mode", "name", "note", "person", "plain",
    "position", "priority", "public", "public_name", "queue", "queues", "reason", "reply_address", "requester",
    "rights", "seen", "signature", "sites", "solved", "status", "still_need_help", "subject", "tags", "ticket",
    "to", "version", "x",
)  # fmt: skip
HEADERS = (
    "Accept", "Accept-Language", "Accept-Encoding", "Content-Type", "Cookie", "If-Match", "If-Modified-Since",
    "If-None-Match", "Origin", "Range", "Referer", "Sec-Purpose", "X-CSRFToken", "X-Requested-With", "X-Forwarded-For",
)  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")


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
    numbers = []
    with host.app.app_context():
        jerome, ada, session = host.customer("jerome"), host.agent("ada"), host.db.session
        for status in (None, Status.RESOLVED, Status.CLOSED):
            opened = opening.open_ticket(
                jerome, subject=f"Help {status}", body="Help", files=[Upload("a.txt", BytesIO(b"x"))]
            ).ticket_id
            assigning.claim(opened, ada)
            replying.add_note(opened, ada, body="A note")
            replying.reply(opened, ada, body="Done.", status=Status.RESOLVED if status else None)
            if status is Status.CLOSED:
                replying.confirm_solved(opened, jerome)
            numbers.append(opened)
        keys = [key for model in (Message, Attachment, Delivery) for key in session.scalars(select(model.key))]
    known = {
        "ticket_id": numbers,
        "key": [*keys, "support", "storefront"],
        "person_id": [str(number) for number in host.ids.values()],
    }
    dispose(host)
    shutil.copy(file, file.with_suffix(".before"))
    yield Scene(host, file, known)
    dispose(host)


texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=40))
words = (
    "open",
    "resolved",
    "closed",
    "updated",
    "all",
    "me",
    "support",
    "storefront",
    "1",
    "2",
    "11",
    "A text.",
    "urgent",
)
values = st.one_of(texts, st.sampled_from(words))


def fields(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, list[str]]]:
    """A few fields, some of them several times."""
    return st.dictionaries(st.sampled_from(names), st.lists(values, min_size=1, max_size=2), max_size=8)


def sendable(text: str) -> str:
    """As it goes through a client: what is no character becomes bytes that are no text."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def quoted(text: str) -> str:
    """In an address."""
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


@st.composite
def requests(draw: st.DrawFn, known: dict[str, list[str]], arguments: frozenset[str], methods: frozenset[str]) -> Any:
    """A request to a rule with these arguments."""
    path = {name: draw(st.one_of(st.sampled_from(known.get(name, ["x"])), texts)) for name in sorted(arguments)}
    method = draw(st.sampled_from([*sorted(methods), *sorted(methods), *METHODS]))
    query = "&".join(f"{name}={quoted(one)}" for name, many in draw(fields(QUERY)).items() for one in many)
    headers = {
        name: "".join(one for one in sendable(draw(values)) if one.isprintable())
        for name in draw(st.lists(st.sampled_from(HEADERS), unique=True, max_size=3))
    }
    form: Any = {}
    if method in {"POST", "PUT", "DELETE"}:
        form = draw(fields(FORM))
        if draw(st.booleans()):
            form = {name: [one.encode("utf-8", "replace").decode() for one in many] for name, many in form.items()}
            name = "".join(one for one in sendable(draw(texts)) if one.isprintable())
            form["files"] = (BytesIO(draw(st.binary(max_size=20))), name)
        else:
            form = "&".join(f"{name}={quoted(one)}" for name, many in form.items() for one in many)
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return path, method, query, headers, form


def address(rule: Any, path: dict[str, str]) -> str:
    """The rule with rubbish for its arguments."""
    found: str = rule.rule
    for name, value in path.items():
        for converter in ("", "path:", "int:"):
            found = found.replace(f"<{converter}{name}>", quoted(value) or "%00")
    return found


def client_of(scene: Scene, role: str) -> FlaskClient:
    return scene.host.client(None if role == "stranger" else role)


@pytest.mark.parametrize("role", ROLES)
def test_rubbish_is_refused_and_never_an_error_of_ours(scene: Scene, role: str) -> None:
    rules = [rule for rule in scene.host.app.url_map.iter_rules() if rule.endpoint.startswith("sgsupport")]
    assert len(rules) > 50
    seen: set[int] = set()

    @settings(max_examples=4, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def walk(data: st.DataObject) -> None:
        scene.as_it_was()
        client = client_of(scene, role)
        for rule in rules:
            sent = requests(scene.known, frozenset(rule.arguments), frozenset(rule.methods))
            path, method, query, headers, form = data.draw(sent, label=rule.endpoint)
            url = f"{address(rule, path)}?{query}"
            answer = client.open(url, method=method, headers=headers, data=form or None)
            answer.close()
            seen.add(answer.status_code)
            assert answer.status_code < 500, f"{method} {url} as {role}: {answer.status_code}"

    walk()
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
