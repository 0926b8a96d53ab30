"""What a version leaves behind on the day it is released has rows wherever acts write any."""

from __future__ import annotations

import re

from sqlalchemy import column, func, select, table

from flask_sgsupport.models import VERSION_TABLE
from tests.migrations.frozen import NEVER_FILLED, SCHEMAS, live, versions
from tests.world import Host

MADE = re.compile(r"CREATE TABLE (sgsupport_\w+)")


def test_a_while_in_the_life_of_a_desk_fills_every_table_of_the_first_version(host: Host) -> None:
    first = MADE.findall((SCHEMAS / versions()[0] / "sqlite.sql").read_text("utf-8"))
    live(host)
    with host.app.app_context():
        counted = {
            name: host.db.session.scalar(select(func.count()).select_from(table(name, column("pk")))) for name in first
        }
        host.db.session.rollback()
    assert {name for name, count in counted.items() if count == 0} == NEVER_FILLED | {VERSION_TABLE}
