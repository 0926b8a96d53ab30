"""A right taken away between two steps of any path is gone at the second step; only named fields are ever taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from flask_sgsupport.actors import Actor, Right
from flask_sgsupport.errors import NotAllowed
from flask_sgsupport.models import Agent, AgentCoverage, Base, Message, Ticket
from flask_sgsupport.services import agents, assigning, replying, sorting
from tests.test_doors import IN, LOGIN, NONE, OUT, SENT, TABLE, Scene, outcome, rules, scene
from tests.world import Host, OpenTicket

__all__ = ["rules", "scene"]

WORDS = "Checkout failing"
"""The subject of every ticket of the scene: whoever reads it still sees one."""


@contextmanager
def changed_user(host: Host, who: str, **columns: Any) -> Iterator[None]:
    """Somebody in the host's own table is another for a while."""
    with host.app.app_context():
        user = host.db.session.get(host.user_model, host.ids[who])
        before = {name: getattr(user, name) for name in columns}
    host.change_user(who, **columns)
    yield
    host.change_user(who, **before)


@contextmanager
def changed_agent(host: Host, who: str, **columns: Any) -> Iterator[None]:
    """An agent has other rights for a while."""
    mine = Agent.host_id == str(host.ids[who])
    with host.app.app_context():
        session = host.db.session
        agent = session.scalars(select(Agent).where(mine)).one()
        before = {name: getattr(agent, name) for name in columns}
        session.execute(update(Agent).where(mine).values(**columns))
        session.commit()
    yield
    with host.app.app_context():
        host.db.session.execute(update(Agent).where(mine).values(**before))
        host.db.session.commit()


@contextmanager
def off_the_queue(host: Host, who: str) -> Iterator[None]:
    """An agent covers nothing for a while."""
    with host.app.app_context():
        session = host.db.session
        agent = session.scalars(select(Agent).where(Agent.host_id == str(host.ids[who]))).one()
        covered = session.execute(
            select(AgentCoverage.kind, AgentCoverage.value).where(AgentCoverage.agent_pk == agent.pk)
        ).all()
        pk = agent.pk
        session.execute(delete(AgentCoverage).where(AgentCoverage.agent_pk == pk))
        session.commit()
    yield
    with host.app.app_context():
        host.db.session.add_all(AgentCoverage(agent_pk=pk, kind=kind, value=value) for kind, value in covered)
        host.db.session.commit()


TAKEN = {
    "support access": ("jerome", lambda host: changed_user(host, "jerome", support=False), {OUT}),
    "the operator's login": ("jerome", lambda host: changed_user(host, "jerome", enabled=False), {LOGIN}),
    "the account": ("jerome", lambda host: changed_user(host, "jerome", account_id=2), {NONE}),
    "the queue": ("cleo", lambda host: off_the_queue(host, "cleo"), {NONE}),
    "handling": ("ada", lambda host: changed_agent(host, "ada", can_handle=False), {OUT}),
    "being an agent": ("ada", lambda host: changed_agent(host, "ada", active=False), {OUT}),
    "the agent's login": ("ada", lambda host: changed_user(host, "ada", enabled=False), {LOGIN}),
    "leading": ("grace", lambda host: changed_agent(host, "grace", is_lead=False, can_handle=False), {OUT}),
}
SHARED = {"the account": {IN, NONE}, "the queue": {IN, NONE}}
"""What is left where the right to *some* things goes: pages about no ticket still open, without its words."""
GOES_ON = {"sgsupport_inbox.step"}
"""The way on from a ticket, also for who has just given it away: it says nothing of that one."""


def steps(scene: Scene, rules: list[tuple[Any, str]], who: str) -> Iterator[tuple[Any, str, str]]:
    """Every route this role may use now, with an address that was shown to it; all of one ticket nobody changes."""
    for rule, method in rules:
        if TABLE[rule.endpoint][who] != IN:
            continue
        yield rule, method, scene.url(rule, standing=True)


@pytest.mark.parametrize("right", TAKEN)
def test_a_right_taken_between_two_steps_is_gone(scene: Scene, rules: list[tuple[Any, str]], right: str) -> None:
    who, take, expected = TAKEN[right]
    tried = 0
    for rule, method, url in steps(scene, rules, who):
        data = dict(SENT.get(rule.endpoint, {})) if method == "POST" else None
        before = scene.rows()
        with take(scene.host):
            answer = scene.clients[who].open(url, method=method, data=data)
            found, text = outcome(answer), answer.get_data(as_text=True)
            answer.close()
        about_one = "ticket_id" in rule.arguments or rule.endpoint == "sgsupport.download"
        about_one = about_one and rule.endpoint not in GOES_ON
        assert found in (expected if about_one else SHARED.get(right, expected)), f"{method} {url}: {found}"
        if found != IN:
            assert WORDS not in text, url
            assert scene.rows() == before, url
        tried += 1
    assert tried >= 12


@pytest.mark.parametrize(("column", "right"), [("can_assign", "assign"), ("can_close", "close")])
def test_a_lesser_right_taken_between_two_steps_is_gone(
    scene: Scene, rules: list[tuple[Any, str]], column: str, right: str
) -> None:
    endpoints = {"assign": ("claim", "assign", "unassign"), "close": ("close",)}[right]
    tried = [
        (url, scene.clients["ada"])
        for rule, __, url in steps(scene, rules, "ada")
        if rule.endpoint.removeprefix("sgsupport_inbox.") in endpoints
    ]
    assert len(tried) == len(endpoints)
    for url, client in tried:
        before = scene.rows()
        with changed_agent(scene.host, "ada", **{column: False}):
            assert client.post(url, data={"note": "He said so.", "assignee": ""}).status_code == 403, url
        assert scene.rows() == before, url


def test_no_list_shows_what_went_with_the_right(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    assert scene.standing
    for who, path in (("jerome", "/support/"), ("cleo", "/admin/support/")):
        assert WORDS in scene.clients[who].get(path).text
    with changed_user(scene.host, "jerome", account_id=2):
        for path in ("/support/", "/support/?q=checkout", "/support/notifications", "/support/poll"):
            assert WORDS not in scene.clients["jerome"].get(path).text
    with off_the_queue(scene.host, "cleo"):
        for path in ("", "?q=checkout", "?sort=newest", "notifications/"):
            assert WORDS not in scene.clients["cleo"].get(f"/admin/support/{path}").text


OWN = {
    "reply": {"body", "status", "version"},
    "note": {"body"},
    "available": {"available"},
    "fields": {"priority"},
    "status": {"status", "version"},
    "edit": {"body"},
    "preview": {"body"},
    "open_preview": {"body", "subject"},
    "open_form": {"body", "subject"},
    "open": {"body", "subject"},
    "visibility": {"public"},
    "send_again": {"address"},
    "address": {"email"},
    "close": {"version"},
    "press": {"version"},
    "follow_up": {"body"},
    "create": {"key", "name", "position", "active", "is_default"},
    "change": {"key", "name", "position", "active", "is_default", "public_name", "from_name", "from_address",
               "reply_address", "signature"},
}  # fmt: skip
"""Fields of forms that are called like a column."""
UNLIKE = {
    "pk",
    "key",
    "ticket_id",
    "ticket_pk",
    "message_pk",
    "form_key",
    "form_said",
    "request_id",
    "data",
    "old",
    "new",
    "digest",
}
UNLIKE |= {"last", "history_digest", "text_digest", "salt", "subject", "subject_folded", "searched"}
"""Columns that differ from one act to the next."""


def numbers_of(table: str, row: dict[str, Any]) -> set[str]:
    """What counts the entries of the desk's own history, which every act of it makes longer."""
    desk = table == "sgsupport_event_chain" or (table == "sgsupport_event" and row["ticket_pk"] is None)
    return {"n", "history_length"} if desk else set()


def rows_left_behind(scene: Scene, act: Any) -> list[tuple[str, dict[str, Any]]]:
    """What an act wrote or changed, without what differs each time."""
    before, __ = scene.content(), act()
    left = []
    for table, (columns, rows) in scene.content().items():
        for changed in rows - before[table][1]:
            row = dict(zip(columns, changed, strict=True))
            left.append((table, {name: row[name] for name in columns if name not in UNLIKE | numbers_of(table, row)}))
    return sorted(left, key=str)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_only_named_fields_are_taken(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    """Each write leaves the same behind as it is and with the name of every column added to it.

    The first one of each only makes what is made once, such as the record of a person.
    """
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    tried = 0
    for rule, method in rules:
        who = next((role for role in ("jerome", "ada", "grace") if TABLE[rule.endpoint][role] == IN), None)
        if method != "POST" or who is None:
            continue
        sent = SENT.get(rule.endpoint, {})
        verb = rule.endpoint.partition(".")[2]
        extra = dict.fromkeys(columns - OWN.get(verb, set()) - sent.keys(), "1")
        left = []
        for number, data in enumerate((sent, sent, extra | sent)):
            url = scene.url(rule)
            data = data | ({"subject": f"Another {number}"} if "subject" in data else {})
            left.append(rows_left_behind(scene, lambda: scene.clients[who].post(url, data=data).close()))  # noqa: B023 - called at once
        assert left[1] == left[2], rule.rule
        tried += 1
    assert tried >= 25


ACTS: dict[str, Callable[[str, Actor], object]] = {
    "claim": assigning.claim,
    "reply": lambda number, ada: replying.reply(number, ada, body="Looking."),
    "note": lambda number, ada: replying.add_note(number, ada, body="Looking."),
    "fields": lambda number, ada: sorting.change_fields(number, ada, {"priority": "high"}),
}


@pytest.mark.every_database
@pytest.mark.parametrize("act", ACTS)
def test_a_right_taken_while_an_act_waited_for_the_ticket_is_gone(
    in_app: Host, open_ticket: OpenTicket, act: str
) -> None:
    number, grace, ada = open_ticket(), in_app.agent("grace"), in_app.agent("ada")
    agents.withdraw_agent(grace, str(in_app.ids["ada"]))
    with pytest.raises(NotAllowed, match="A support lead has just changed what you may do here"):
        ACTS[act](number, ada)
    said = in_app.db.session.scalars(select(Message.body)).all()
    assert (said.count("Looking."), in_app.db.session.scalar(select(Ticket.assignee_pk))) == (0, None)


def test_somebody_the_host_lets_handle_tickets_takes_none_as_an_agent_who_was_withdrawn(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    number, grace = open_ticket(), in_app.agent("grace")
    agents.withdraw_agent(grace, str(in_app.ids["ada"]))
    ada = replace(in_app.agent("ada"), rights=frozenset(Right))
    with pytest.raises(NotAllowed, match="Only an agent can take a ticket"):
        assigning.claim(number, ada)
