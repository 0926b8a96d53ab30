"""Anybody does anything, at random: the history of every ticket leads to what the ticket is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machines import host_to_walk
from tests.proof.page import Figure, Rounds
from tests.services import Database
from tests.test_corpus_histories import walk
from tests.world import Host, build_host, dispose, populate

HISTORIES = {"sqlite": (8, 860), "postgresql": (3, 70), "mariadb": (3, 70)}
"""How many in a short run, and in a full one: a thousand together."""


@pytest.fixture
def host(database_url: str, tmp_path: Path) -> Iterator[Host]:
    """A host whose desk can be put back to how it was filled."""
    options = {"MAIL_SUPPRESS_SEND": True}
    if database_url.startswith("sqlite"):
        with host_to_walk(tmp_path, **options) as host:
            yield host
        return
    host = build_host(database_url, tmp_path, **options)
    populate(host)
    dispose(host)
    yield host
    dispose(host)


@pytest.mark.guarantee(
    "S10.1 Histories",
    "Customers, agents, leads, the clock, the worker, the rules and the host do anything to any ticket, in any order, "
    "merging, splitting, redacting, snoozing, linking and what is sent later or to cases among it: after every act "
    "each change stands in its history, the history replayed is the ticket, status, assignee, priority, snooze and "
    "what its customer reads are those of a model, and no refusal changed anything.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
def test_every_history_leads_to_its_ticket(
    host: Host, databases: dict[str, Database], request: pytest.FixtureRequest, figure: Figure, rounds: Rounds
) -> None:
    name = request.node.callspec.params["database_url"]
    of_a_server = None if name == "sqlite" else databases[name]
    histories, steps = rounds(*HISTORIES[name]), 30
    done, refused = walk(host, histories, steps, others=True, database=of_a_server)
    assert done.total() > histories
    assert refused > histories
    told = ", ".join(f"{act.replace('_', ' ')} {count}" for act, count in sorted(done.items()))
    figure(
        f"{histories} histories of {steps} steps: {done.total()} acts done, {refused} refused, all equal to their "
        f"tickets; done were {told}"
    )
