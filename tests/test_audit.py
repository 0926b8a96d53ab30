"""Nobody changes the past: the database refuses, and what it cannot refuse is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from threading import Thread

import pytest
from sqlalchemy import delete, event, select, text, update
from sqlalchemy.exc import DBAPIError

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import ContextSnapshot, Event
from flask_sgsupport.models.guards import REFUSAL
from flask_sgsupport.queries.audit import all_gaps, recent_gaps
from flask_sgsupport.queries.health import checks
from flask_sgsupport.services import setup, sorting, status
from tests.world import Host, OpenTicket

TAMPERING: dict[str, tuple[str, str]] = {
    "an entry is reworded": ("UPDATE sgsupport_event SET new = 'closed' WHERE pk = {middle}", "was changed"),
    "another did it": ("UPDATE sgsupport_event SET person_pk = NULL WHERE pk = {first}", "was changed"),
    "it was at another time": (
        "UPDATE sgsupport_event SET at = '2020-01-01' WHERE pk = {last}",
        "was changed",
    ),
    "an entry is gone": ("DELETE FROM sgsupport_event WHERE pk = {middle}", "is missing"),
    "the last entry is gone": ("DELETE FROM sgsupport_event WHERE pk = {last}", "are left of"),
    "all are gone": ("DELETE FROM sgsupport_event WHERE ticket_pk IS NOT NULL", "0 entries are left of"),
}


@pytest.fixture
def unguarded(host: Host, answered_ticket: str) -> Callable[[str], None]:
    """A ticket with a history, and a way to change it as somebody with all rights on the database could."""
    with host.app.app_context():
        status.set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
        sorting.change_fields(answered_ticket, host.agent("ada"), {"tags": "vip"})

    def change(statement: str) -> None:
        host.bent = "the past was changed"
        session = host.db.session
        dialect = host.db.engine.dialect.name
        if dialect == "postgresql":
            session.execute(text("ALTER TABLE sgsupport_event DISABLE TRIGGER ALL"))
        else:
            for act in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER sgsupport_event_no_{act}"))
        session.execute(text(statement))
        session.commit()

    return change


@pytest.mark.every_database
@pytest.mark.parametrize("how", TAMPERING)
def test_a_change_of_the_past_is_seen(in_app: Host, unguarded: Callable[[str], None], how: str) -> None:
    statement, seen = TAMPERING[how]
    pks = list(in_app.db.session.scalars(select(Event.pk).where(Event.ticket_pk.is_not(None)).order_by(Event.pk)))
    assert recent_gaps() == list(all_gaps()) == []
    unguarded(statement.format(first=pks[0], middle=pks[len(pks) // 2], last=pks[-1]))
    [gap] = recent_gaps()
    assert gap.startswith("TKT-2026-00001: ")
    assert seen in gap
    assert list(all_gaps()) == [gap]
    [check] = [check for check in checks() if check.name == "history" and check.state == "bad"]
    assert (check.state, gap in check.sentence) == ("bad", True)


@pytest.mark.every_database
def test_the_opening_names_the_context_it_was_opened_with(in_app: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    opened = in_app.db.session.scalars(select(Event).where(Event.action == "ticket.opened")).one()
    body = in_app.db.session.scalars(select(ContextSnapshot.body)).one()
    assert json.loads(opened.data)["snapshot"] == hashlib.sha256(body.encode()).hexdigest()


@pytest.mark.every_database
def test_the_database_refuses_to_change_or_remove_an_entry(in_app: Host, answered_ticket: str) -> None:
    session = in_app.db.session
    for act in (update(Event).values(label="somebody else"), delete(Event)):
        with pytest.raises(DBAPIError, match=REFUSAL):
            session.execute(act)
        session.rollback()
    event = session.scalars(select(Event).limit(1)).one()
    event.label = "somebody else"
    with pytest.raises(DBAPIError, match=REFUSAL):
        session.commit()
    session.rollback()
    assert recent_gaps() == []


@pytest.mark.parametrize(
    ("statement", "seen"),
    [
        ("UPDATE sgsupport_event SET field = 'key' WHERE action = 'queue.changed' AND n = 1", "entry 1 was changed"),
        ("UPDATE sgsupport_event_text SET new = 'Hurt' WHERE new = 'Help'", "the words of entry 1 were changed"),
    ],
)
def test_changes_of_settings_are_a_chain_of_their_own(
    in_app: Host, unguarded: Callable[[str], None], statement: str, seen: str
) -> None:
    for name in ("Help", "Care"):
        setup.change_queue(in_app.agent("grace"), "support", {"name": name})
    assert recent_gaps() == []
    unguarded(statement)
    assert list(all_gaps()) == [f"settings: {seen}"]


@pytest.mark.every_database
@pytest.mark.parametrize("what", ["a ticket", "a setting"])
def test_what_is_written_while_the_history_is_read_is_no_gap(host: Host, answered_ticket: str, what: str) -> None:
    with host.app.app_context():
        setup.change_queue(host.agent("grace"), "support", {"name": "Help"})
    ends = "history_length" if what == "a ticket" else "sgsupport_event_chain"
    written: list[Thread] = []

    def write() -> None:
        with host.app.app_context():
            if what == "a ticket":
                sorting.change_fields(answered_ticket, host.agent("ada"), {"tags": "vip"})
            else:
                setup.change_queue(host.agent("grace"), "support", {"name": "Care"})

    def before(connection: object, cursor: object, statement: str, *more: object) -> None:
        if ends in statement and not written:
            written.append(Thread(target=write))
            written[0].start()
            written[0].join(30)

    with host.app.app_context():
        event.listen(host.db.engine, "before_cursor_execute", before)
        found = recent_gaps()
        event.remove(host.db.engine, "before_cursor_execute", before)
        assert written
        assert not written[0].is_alive()
        assert found == list(all_gaps()) == []


def test_the_command_reads_the_whole_history(host: Host, unguarded: Callable[[str], None]) -> None:
    runner = host.app.test_cli_runner()
    assert "history" not in [line for line in runner.invoke(args=["support", "health"]).output if "bad" in line]
    with host.app.app_context():
        unguarded("DELETE FROM sgsupport_event WHERE action = 'message.added'")
    found = runner.invoke(args=["support", "health", "--whole-history"])
    assert found.exit_code == 1
    assert "history: TKT-2026-00001: entry" in found.output
