"""A refusal of the desk leaves what the host has pending as it is, and nothing of the refused act."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from flask import request
from sqlalchemy import event, func, select

from flask_sgsupport.errors import LimitReached, StaleTicket, Vetoed
from flask_sgsupport.models import Base, Message, Spent, Ticket
from flask_sgsupport.services import assigning, replying, sorting
from flask_sgsupport.signals import before_ticket_opened, before_ticket_status_changed
from tests.invariants import broken
from tests.proof.racing import at_once
from tests.world import Host, build_host, dispose, populate


@pytest.fixture
def host(database_url: str, tmp_path: Any) -> Any:
    """A host that counts visits in a before_request and commits in an after_request."""
    host = build_host(database_url, tmp_path)

    class Visit(host.db.Model):
        id = host.db.Column(host.db.Integer, primary_key=True)
        path = host.db.Column(host.db.String(200))

    @host.app.before_request
    def count() -> None:
        if request.path.startswith("/support"):
            host.db.session.add(Visit(path=request.path.rpartition("/")[2]))

    @host.app.after_request
    def commit(response: Any) -> Any:
        host.db.session.commit()
        return response

    populate(host)
    host.visits = Visit
    yield host
    dispose(host)


def visits(host: Any) -> list[str]:
    with host.app.app_context():
        return list(host.db.session.scalars(select(host.visits.path).order_by(host.visits.id)))


def rows(host: Host) -> dict[str, int]:
    with host.app.app_context():
        return {
            name: host.db.session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


@pytest.mark.every_database
def test_what_the_host_has_pending_survives_a_refusal(host: Any, open_ticket: Any) -> None:
    number = open_ticket()
    before = rows(host)
    assert host.client("jerome").post(f"/support/tickets/{number}/solved").status_code == 409
    assert visits(host) == ["solved"]
    assert rows(host) == before


@pytest.mark.every_database
def test_an_act_refused_halfway_leaves_nothing_of_itself(host: Any, answered_ticket: str, resolved_ticket: str) -> None:
    @host.support.on(before_ticket_status_changed)
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not today.")

    before = rows(host)
    path = f"/support/tickets/{resolved_ticket}/follow-up"
    assert "Not today." in host.client("jerome").post(path, data={"body": "Still broken."}).text
    assert rows(host) == before
    with host.app.app_context():
        assert set(host.db.session.scalars(select(Ticket.status))) == {"open", "resolved"}
        assert "Still broken." not in host.db.session.scalars(select(Message.body)).all()
    # The next act finds a session it can use.
    assert host.client("jerome").post(f"/support/tickets/{answered_ticket}/follow-up", data={"body": "Hi"}).location


@pytest.mark.every_database
def test_an_act_that_wrote_already_leaves_what_the_host_has_pending(host: Any) -> None:
    @host.support.on(before_ticket_opened)
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not today.")

    before = rows(host)
    page = host.client("jerome").post("/support/open", data={"subject": "Checkout", "body": "Text"}).text
    assert "Not today." in page
    assert visits(host) == ["open"]
    assert rows(host) == before


@pytest.mark.every_database
def test_a_person_who_reached_a_limit_costs_the_host_nothing(host: Any, answered_ticket: str) -> None:
    host.desk.settings.messages_per_hour = 1
    jerome, path = host.client("jerome"), f"/support/tickets/{answered_ticket}/follow-up"
    assert jerome.post(path, data={"body": "One."}).status_code == 302
    after_one = rows(host)
    assert jerome.post(path, data={"body": "Two."}).status_code == 429
    assert visits(host) == ["follow-up", "follow-up"]
    assert rows(host) == after_one
    with host.app.app_context():
        assert host.db.session.scalar(select(Spent.amount).where(Spent.what == "messages")) == 1


@pytest.mark.every_database
def test_a_search_too_many_costs_the_host_nothing(host: Any) -> None:
    host.desk.settings.searches_per_minute = 1
    jerome = host.client("jerome")
    assert [jerome.get("/support/?q=tote").status_code for __ in range(2)] == [200, 429]
    assert visits(host) == ["", ""]


@pytest.mark.every_database
def test_of_ten_messages_at_once_there_are_as_many_as_the_limit_allows_where_the_host_has_rows_pending(
    host: Any, answered_ticket: str
) -> None:
    host.desk.settings.messages_per_hour = 3
    with host.app.app_context():
        jerome = host.customer("jerome")
        before = host.db.session.scalar(select(func.count()).select_from(Message))
        host.db.session.remove()

    def write(number: int) -> Any:
        return replying.follow_up(answered_ticket, jerome, body=f"Number {number}")

    results = at_once(host, [partial(write, number) for number in range(10)], pending=True)
    written = [result for result in results if not isinstance(result, Exception)]
    refused = {type(result) for result in results if isinstance(result, Exception)}
    with host.app.app_context():
        after = host.db.session.scalar(select(func.count()).select_from(Message))
        old_reads = host.db.engine.dialect.name == "mysql"
    # What a transaction of MariaDB sees is as old as the transaction: who was overtaken is told so.
    assert refused <= {LimitReached, StaleTicket} if old_reads else refused == {LimitReached}
    assert (1 if old_reads else 3) <= len(written) == after - before <= 3


@pytest.mark.every_database
def test_a_form_whose_twin_was_faster_leaves_what_the_host_has_pending(host: Any, answered_ticket: str) -> None:
    me, twins = threading.get_ident(), []
    client = host.client("jerome")
    with host.app.app_context():
        engine = host.db.engine

    def overtake() -> None:
        with host.app.app_context():
            replying.follow_up(answered_ticket, host.customer("jerome"), body="Once.", form="one")

    def before(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if threading.get_ident() == me and not twins and "sgsupport_spent" in statement:
            twins.append(threading.Thread(target=overtake))
            twins[0].start()
            # On SQLite the twin waits for the lock this session holds.
            twins[0].join(3)

    event.listen(engine, "before_cursor_execute", before)
    answer = client.post(f"/support/tickets/{answered_ticket}/follow-up", data={"body": "Once.", "form": "one"})
    event.remove(engine, "before_cursor_execute", before)
    twins[0].join()
    assert answer.status_code == 302
    assert visits(host) == ["follow-up"]
    with host.app.app_context():
        said = select(func.count()).select_from(Message).where(Message.body == "Once.")
        assert host.db.session.scalar(said) == 1


@pytest.mark.every_database
def test_what_somebody_did_since_the_host_began_to_read_is_told_and_not_undone(host: Any, open_ticket: Any) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        grace, ada = host.agent("grace"), host.agent("ada")
        session = host.db.session
        session.remove()
        # A host that reads who is signed in, then has something to write.
        session.scalar(select(host.user_model.id).limit(1))
        session.add(host.visits(path="claim"))
        at_once(host, [partial(assigning.claim, ticket_id, ada)])
        with pytest.raises(StaleTicket, match="Ada Lovelace"):
            assigning.claim(ticket_id, grace)
        session.rollback()
        session.scalar(select(host.user_model.id).limit(1))
        session.add(host.visits(path="fields"))
        at_once(host, [partial(sorting.change_fields, ticket_id, ada, {"tags": "checkout"})])
        with suppress(StaleTicket):
            sorting.change_fields(ticket_id, grace, {"tags": "urgent"})
        session.rollback()
        assert broken(host.desk) == []
