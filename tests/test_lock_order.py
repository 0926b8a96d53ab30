"""Acts take their locks in one order, so that two of them never wait for each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from flask_sgsupport.actors import Right
from flask_sgsupport.errors import InvalidInput
from flask_sgsupport.models import Agent
from flask_sgsupport.rules import FOLLOW_UP
from flask_sgsupport.services import agents, assigning, handing_over, replying, transaction
from flask_sgsupport.services.locking import LOCK_ORDER
from flask_sgsupport.services.rules import create_rule
from flask_sgsupport.services.unit import load
from tests.proof.verbs import VERBS, Ready
from tests.test_transaction import in_parallel
from tests.world import Host, OpenTicket

LOCKS = r"\b(?:FOR (?:NO KEY )?(?:UPDATE|SHARE)|LOCK IN SHARE MODE)"
LOCKING = re.compile(rf"^\s*(?:UPDATE|DELETE FROM) (sgsupport_\w+)|\bFROM (sgsupport_\w+)\b.*{LOCKS}", re.DOTALL)
OF = re.compile(rf"{LOCKS} OF (sgsupport_\w+)")


@contextmanager
def locks_of(host: Host) -> Iterator[list[list[str]]]:
    """The tables in which each transaction of a block locks rows by name, in the order it first does."""
    transactions: list[list[str]] = [[]]

    def heard(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        found = OF.search(statement) or LOCKING.search(statement)
        table = next((name for name in found.groups() if name), "") if found else ""
        if table and table not in transactions[-1]:
            transactions[-1].append(table)

    def ended(connection: Any) -> None:
        transactions.append([])

    engine = host.db.engine
    event.listen(engine, "before_cursor_execute", heard)
    event.listen(engine, "commit", ended)
    event.listen(engine, "rollback", ended)
    try:
        yield transactions
    finally:
        event.remove(engine, "before_cursor_execute", heard)
        event.remove(engine, "commit", ended)
        event.remove(engine, "rollback", ended)


SEVERAL = {"person left": "their mails, their tickets and their place as an agent, in the host's one transaction"}
"""What is several acts in a transaction of the host's, which is told `Busy` where another crosses it."""


@pytest.mark.every_database
@pytest.mark.parametrize("name", [name for name in VERBS if name not in SEVERAL])
def test_an_act_locks_in_the_one_order(host: Host, name: str) -> None:
    verb = VERBS[name]
    with host.app.app_context():
        if host.db.engine.dialect.name == "sqlite":
            return  # one lock for everybody
        ticket_id = verb.prepare(host)
        ready = Ready(host, ticket_id)
        with locks_of(host) as transactions:
            verb.act(ready, ticket_id)
        for taken in transactions:
            ranked = [table for table in taken if table in LOCK_ORDER]
            assert ranked == sorted(ranked, key=LOCK_ORDER.index), taken


@pytest.mark.every_database
def test_a_rule_that_moves_and_gives_a_ticket_locks_in_the_one_order(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        if host.db.engine.dialect.name == "sqlite":
            return  # one lock for everybody
        given = {"queue": "billing", "assignee": "round_robin"}
        create_rule(host.agent("grace"), {"name": "Again", "acts": [FOLLOW_UP], **given})
        with locks_of(host) as transactions:
            replying.follow_up(ticket_id, host.customer("jerome"), body="And more.")
        [taken] = [one for one in transactions if "sgsupport_agent" in one]
        ranked = [table for table in taken if table in LOCK_ORDER]
        assert {"sgsupport_delivery", "sgsupport_queue"} <= set(ranked)
        assert ranked == sorted(ranked, key=LOCK_ORDER.index), taken


def test_who_hands_over_locks_tickets_by_their_keys(
    in_app: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [open_ticket(subject=f"Number {number}") for number in range(6)]
    for number in numbers:
        assigning.claim(number, in_app.agent("ada"))
    locked: list[str] = []
    monkeypatch.setattr(
        handing_over, "load", lambda unit, number, **more: (locked.append(number), load(unit, number, **more))[1]
    )
    agents.withdraw_agent(in_app.agent("grace"), str(in_app.ids["ada"]))
    assert locked[:6] == numbers


@pytest.mark.every_database
def test_two_leads_who_withdraw_each_other_leave_one_and_cross_nowhere(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    again: list[Exception] = []
    monkeypatch.setattr(transaction, "_again", lambda error, attempt, **more: again.append(error))
    with host.app.app_context():
        grace = host.agent("grace")
        for who in ("ada", "grace"):
            agents.change_agent(grace, str(host.ids[who]), rights=frozenset(Right))
        ada, grace = host.agent("ada"), host.agent("grace")
    for __ in range(4):
        results = in_parallel(
            host,
            [
                lambda: agents.withdraw_agent(ada, str(host.ids["grace"])),
                lambda: agents.withdraw_agent(grace, str(host.ids["ada"])),
            ],
        )
        with host.app.app_context():
            active = select(Agent.pk).where(Agent.is_lead.is_(True), Agent.active.is_(True))
            assert len(host.db.session.scalars(active).all()) == 1
            for who in ("ada", "grace"):
                person = host.desk.hooks.directory.person(str(host.ids[who]))
                agents.grant_agent(host.agent("olga"), person, rights=frozenset(Right))
        assert [type(one) for one in results if isinstance(one, Exception)] == [InvalidInput]
    assert again == []
