"""Nonsense is sent to every address by everybody: it is refused, and the desk stays whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from flask_sgsupport.models import Agent, AgentCoverage, Category, Queue, table_of
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import broken
from tests.proof.page import Figure, Rounds
from tests.rubbish import Rubbish, furnish, rules_of, torn_files
from tests.world import Host

ROLES = ("stranger", "nora", "mina", "jerome", "ada", "ben", "grace", "olga")
KEPT = {
    Agent: ("active", "can_handle", "can_assign", "can_close", "sees_all_queues", "is_lead"),
    Queue: ("active", "is_default"),
    Category: ("active", "queue_pk"),
}
"""What decides how far somebody comes: a lead's nonsense may take it away."""
PUT_BACK = ("agents_may_what_a_lead_said_last", "what_is_set_up_is_what_a_lead_said_last")
"""What is asked in vain where that is put back past the desk."""


def as_set_up(host: Host) -> Callable[[], None]:
    """Remember who may do what; the function puts it back, so that each walk comes as far as the first."""
    session = host.db.session
    coverage = table_of(AgentCoverage)
    with host.app.app_context():
        rows: dict[Any, list[Any]] = {
            model: list(session.execute(select(table_of(model))).mappings()) for model in KEPT
        }
        covers = [dict(row) for row in session.execute(select(coverage)).mappings()]
        session.remove()

    def put_back() -> None:
        with host.app.app_context():
            session.execute(update(Queue).values(is_default=False))
            for model, columns in KEPT.items():
                for row in rows[model]:
                    session.execute(update(model).where(model.pk == row["pk"]).values({c: row[c] for c in columns}))
            session.execute(delete(AgentCoverage))
            session.execute(insert(coverage), covers)
            session.commit()
            session.remove()

    return put_back


@pytest.mark.guarantee(
    "S4.6 Nonsense",
    "Paths, queries, headers, cookies, forms, files, JSON, methods and content types that make no sense are sent to "
    "every address as every role and as a stranger: each is refused or done, none is an error of ours, and everything "
    "holds afterwards.",
)
@pytest.mark.every_database
@pytest.mark.timeout(7200)
@torn_files
def test_nonsense_is_no_error_of_ours(host: Host, figure: Figure, rounds: Rounds) -> None:
    host.app.config["PROPAGATE_EXCEPTIONS"] = False
    limits = host.desk.settings
    limits.opens_per_hour = limits.messages_per_hour = limits.searches_per_minute = None
    known, rules, put_back = furnish(host), rules_of(host), as_set_up(host)
    many, answers, walk = rounds(700, 8_000), Counter[int](), 0
    while answers.total() < many:
        role = ROLES[walk % len(ROLES)]
        client, rubbish = host.client(None if role == "stranger" else role), Rubbish((role, walk), known)
        for rule in rules:
            sent = rubbish.request(rule)
            answer = sent.sent_by(client)
            answer.close()
            answers[answer.status_code] += 1
            assert answer.status_code < 500, f"walk {walk}, {sent} as {role}: {answer.status_code}"
        put_back()
        walk += 1
    with host.app.app_context():
        found = broken(host.desk) + shown_of_notes(host) + mailed_of_notes(host)
    assert [one for one in found if not one.startswith(PUT_BACK)] == []
    host.bent = "what leads had set up was put back by hand"
    assert min(answers[status] for status in (200, 302, 403, 404, 405, 422)) > 0, answers
    figure(
        f"{answers.total()} requests to {len(rules)} addresses as {len(ROLES)} roles: 0 errors of ours; "
        + ", ".join(f"{number} × {status}" for status, number in sorted(answers.items()))
    )
