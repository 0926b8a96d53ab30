"""From every released version the upgrade keeps every row, and the desk goes on where it stood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, insert, inspect, select

from flask_sgsupport import migrations
from flask_sgsupport.migrations import runner
from flask_sgsupport.models import TABLE_PREFIX, VERSION_TABLE, Rating, Ticket
from flask_sgsupport.services import assigning, measuring_old, opening, replying, taking_in
from tests.invariants import broken
from tests.migrations.frozen import NEVER_FILLED, put_back, versions
from tests.migrations.test_tables import MOMENT
from tests.proof.racing import another_host
from tests.test_reports import assert_told
from tests.world import Host

pytestmark = [pytest.mark.every_database, pytest.mark.parametrize("version", versions())]


WRITTEN_LATER: dict[str, dict[str, Any]] = {
    "sgsupport_host_change": {"kind": "account.renamed", "host_id": "1", "name": "Käse & Söhne 🙁", "at": MOMENT},
    "sgsupport_preference": {"host_id": "1", "channel": "email", "wanted": False},
    "sgsupport_ticket_read": {"ticket_pk": 1, "host_id": "2", "read_at": MOMENT},
    "sgsupport_ticket_site": {"ticket_pk": 1, "position": 0, "site_id": "11", "name": "tote.example"},
}
"""A row for each table in which a version that is out, and is not frozen again, left none."""


@pytest.fixture
def left(version: str, database_url: str, tmp_path: Path) -> Host:
    """A host at the database a version left, with today's package."""
    put_back(version, database_url, tmp_path / "files")
    return another_host(database_url, str(tmp_path))


def fill_what_is_empty(host: Host) -> None:
    """Give a row to the tables a version left empty, by its own columns; some are there only for a while."""
    found = MetaData()
    with host.db.engine.begin() as connection:
        found.reflect(connection, only=lambda name, _: name in WRITTEN_LATER, resolve_fks=False)
        for table in found.tables.values():
            if connection.execute(select(table).limit(1)).first() is None:
                connection.execute(insert(table), WRITTEN_LATER[table.name])


def rows(host: Host) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of the desk, as the database itself says them."""
    found, kept = MetaData(), {}
    with host.db.engine.connect() as connection:
        ours = [name for name in host.db.inspect(connection).get_table_names() if name.startswith(TABLE_PREFIX)]
        found.reflect(connection, only=[name for name in ours if name != VERSION_TABLE], resolve_fks=False)
        for table in found.sorted_tables:
            kept[table.name] = sorted(map(dict, connection.execute(select(table)).mappings()), key=repr)
    return kept


def test_upgrading_keeps_every_row(left: Host) -> None:
    with left.app.app_context():
        fill_what_is_empty(left)
        before = rows(left)
        assert {table for table, kept in before.items() if not kept} <= NEVER_FILLED
        assert len(before["sgsupport_ticket"]) > 5
        assert migrations.upgrade().state == "current"
        with left.db.engine.connect() as connection:
            assert runner._differences(connection) == []
        after = rows(left)
        for table, kept in before.items():
            columns = [column for column in kept[0] if column in after[table][0]] if kept else []
            assert [{name: row[name] for name in columns} for row in after[table]] == [
                {name: row[name] for name in columns} for row in kept
            ], table
        while taking_in.take_in():
            pass
        while measuring_old.measure_old():
            pass
        assert_told(left)
        assert broken(left.desk) == []
        left.db.session.remove()
        left.db.engine.dispose()


def test_ratings_outlive_a_way_back_to_the_release_that_knows_none(left: Host) -> None:
    with left.app.app_context():
        migrations.upgrade()
        migrations.downgrade("0002")
        assert not inspect(left.db.engine).has_table(Rating.__tablename__), "nobody had rated anything"
        migrations.upgrade()
        ticket = left.db.session.scalars(select(Ticket).where(Ticket.closed_at.is_not(None)).limit(1)).one()
        given = {"score": "bad", "comment": "Grüße 🙁", "person_pk": ticket.requester_pk, "rated_at": ticket.closed_at}
        given["reopen_count"] = 3
        left.db.session.add(Rating(ticket_pk=ticket.pk, **given))
        left.db.session.commit()
        assert migrations.downgrade("0002").state == "behind"
        assert migrations.upgrade().state == "current"
        with left.db.engine.connect() as connection:
            assert runner._differences(connection) == []
        kept = left.db.session.scalars(select(Rating)).one()
        assert {name: getattr(kept, name) for name in given} == given
        left.db.session.remove()
        left.db.engine.dispose()


def test_the_desk_goes_on_where_it_stood(left: Host) -> None:
    with left.app.app_context():
        migrations.upgrade()
        ada, jerome = left.agent("ada"), left.customer("jerome")
        number = opening.open_ticket(jerome, subject="After the upgrade", body="Everything is still here.").ticket_id
        assigning.claim(number, ada)
        replying.reply(number, ada, body="Good to hear.")
        left.db.session.remove()
    page = left.client("grace").get("/admin/support/").text
    assert "Checkout failing on Canvas Tote" in page
    assert "After the upgrade" in page
    history = left.client("grace").get("/admin/support/tickets/TKT-2026-00001/history").text
    assert "redact" in history
    with left.app.app_context():
        while taking_in.take_in():
            pass
        assert broken(left.desk) == []
        left.db.session.remove()
        left.db.engine.dispose()
