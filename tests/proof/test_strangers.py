"""What belongs to others looks like what is not there: the same answer, in the same time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any

import pytest
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from benchmarks.desks import interleaved, ratio
from flask_sgsupport.models import Base
from tests.proof.page import Figure, Rounds
from tests.proof.racing import still_whole
from tests.test_doors import NONE, PUBLIC, SENT, TABLE, Scene
from tests.world import Host, OpenTicket

WITHIN = 0.05
MISSING = "TKT-2026-9{:04}"
TIMED = {
    "panel page": ("mina", "GET", "/support/tickets/{}"),
    "inbox page": ("ben", "GET", "/admin/support/tickets/{}"),
    "follow up": ("mina", "POST", "/support/tickets/{}/follow-up"),
    "reply": ("ben", "POST", "/admin/support/tickets/{}/reply"),
}
"""Ways to a ticket of another account or queue, by whom."""


@pytest.fixture
def scene(host: Host) -> Scene:
    """A desk, and two people who may not see the tickets in it."""
    host.desk.settings.opens_per_hour = host.desk.settings.messages_per_hour = None
    return Scene(host, {role: host.client(role) for role in ("mina", "ben")})


def looks(answer: TestResponse, ticket_id: str) -> tuple[int, list[tuple[str, str]], str]:
    """Status, headers and body of an answer, but for the number and for what is random in every answer."""
    random = re.compile(r'(name="(?:form|csrf_token)" value=|<meta name="csrf-token" content=)"[^"]*"')
    headers = [(name, re.sub(r"=[^;]*", "", value, count=name == "Set-Cookie")) for name, value in answer.headers]
    return answer.status_code, headers, random.sub("", answer.get_data(as_text=True)).replace(ticket_id, "")


@pytest.mark.guarantee(
    "S1.2a Others' tickets look like none",
    "By every address of a ticket, what belongs to another account or queue has the answer of what is not there: the "
    "same status, headers and body but for the number.",
)
@pytest.mark.every_database
def test_what_is_anothers_has_the_answer_of_what_is_missing(scene: Scene, figure: Figure) -> None:
    app, compared = scene.host.app, 0
    for rule in app.url_map.iter_rules():
        if "ticket_id" not in rule.arguments or rule.endpoint in PUBLIC:
            continue
        hidden = [role for role in scene.clients if TABLE[rule.endpoint][role] == NONE]
        arguments = scene.arguments(rule) if hidden else {}
        for role in hidden:
            for method in sorted((rule.methods or set()) - {"OPTIONS"}):
                seen = []
                for ticket_id in (arguments["ticket_id"], MISSING.format(0)):
                    with app.test_request_context():
                        url = app.url_for(rule.endpoint, **(arguments | {"ticket_id": ticket_id}))
                    answer = scene.clients[role].open(url, method=method, data=SENT.get(rule.endpoint, {}))
                    seen.append(looks(answer, ticket_id))
                    answer.close()
                assert seen[0][0] == 404, f"{method} {rule.rule} as {role}"
                assert seen[0] == seen[1], f"{method} {rule.rule} as {role}"
                compared += 1
    assert compared > 30
    still_whole(scene.host)
    figure(f"{compared} pairs of answers by every address of a ticket, 0 differences")


def know_the_tables(host: Host) -> None:
    """Count what is in the tables, as PostgreSQL's autovacuum does within minutes.

    A server that has not yet done so takes a look at one ticket for a big one and compiles it first, for a tenth of a
    second and only where there is a row to look at.
    """
    with host.app.app_context():
        session = host.db.session
        if host.db.engine.dialect.name == "postgresql":
            for name, table in Base.metadata.tables.items():
                if session.execute(select(1).select_from(table).limit(1)).first():
                    session.execute(text(f"ANALYZE {name}"))
        session.commit()
        session.remove()


def measured(calls: dict[str, Callable[[], None]], pairs: int, most: int) -> tuple[float, int]:
    """How long one takes to the other, of so many pairs; of more where noise is in the way, of all of them together."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    while True:
        for name, found in interleaved(calls, pairs).items():
            times[name] += found
        found = ratio(times["another's"], times["missing"])
        if abs(found - 1) <= WITHIN or len(times["missing"]) >= most:
            return found, len(times["missing"])


@pytest.mark.guarantee(
    "S1.2b And take as long",
    "What belongs to another account or queue is not found in the time in which what is not there is not found: the "
    "medians of pairs asked in turns are within five percent.",
)
@pytest.mark.every_database
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("way", TIMED)
def test_what_is_anothers_takes_the_time_of_what_is_missing(
    scene: Scene, open_ticket: OpenTicket, figure: Figure, rounds: Rounds, way: str
) -> None:
    role, method, path = TIMED[way]
    client = scene.clients[role]

    def ask(numbers: Iterator[str]) -> None:
        data: dict[str, Any] = {"body": "Help."} if method == "POST" else {}
        assert client.open(path.format(next(numbers)), method=method, data=data).status_code == 404

    numbers = {
        "another's": cycle([open_ticket() for _ in range(20)]),
        "missing": cycle([MISSING.format(place) for place in range(20)]),
    }
    know_the_tables(scene.host)
    calls = {name: partial(ask, found) for name, found in numbers.items()}
    interleaved(calls, 10)
    found, pairs = measured(calls, rounds(70, 500), rounds(1_000, 3_000))
    assert abs(found - 1) <= WITHIN, f"the medians of {pairs} pairs stand as {found:.3f} to 1"
    figure(f"{pairs} pairs: the medians stand as {found:.3f} to 1")
