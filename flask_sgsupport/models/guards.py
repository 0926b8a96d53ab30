"""What the database itself refuses: nobody changes or removes an entry of the audit log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, event, text
from sqlalchemy.exc import DBAPIError

log = logging.getLogger("flask_sgsupport.models")

REFUSAL = "entries of the audit log are never changed"

EVENT_GUARDS: Mapping[str, Sequence[str]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER IF NOT EXISTS sgsupport_event_no_{act.lower()} BEFORE {act} ON sgsupport_event"
        f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        for act in ("UPDATE", "DELETE")
    ),
    "mariadb": tuple(
        f"CREATE TRIGGER IF NOT EXISTS sgsupport_event_no_{act.lower()} BEFORE {act} ON sgsupport_event"
        f" FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{REFUSAL}'"
        for act in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION sgsupport_event_guard() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$""",
        "DROP TRIGGER IF EXISTS sgsupport_event_guard ON sgsupport_event",
        """CREATE TRIGGER sgsupport_event_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON sgsupport_event
        FOR EACH STATEMENT EXECUTE FUNCTION sgsupport_event_guard()""",
    ),
}
"""By dialect: statements that may be run again, after the table is there."""

_MAY_NOT = {1142, 1419}
"""MariaDB: no TRIGGER right; the binary log is on and takes triggers of administrators only."""

_COUNTED: Mapping[str, str] = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'sgsupport_event'"
    " AND name IN ('sgsupport_event_no_update', 'sgsupport_event_no_delete')",
    "mariadb": "SELECT count(*) FROM information_schema.triggers WHERE event_object_schema = database()"
    " AND trigger_name IN ('sgsupport_event_no_update', 'sgsupport_event_no_delete')",
    "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST('sgsupport_event' AS regclass)"
    " AND tgname = 'sgsupport_event_guard' AND tgenabled <> 'D'",
}

UNGUARD: Mapping[str, Sequence[str]] = {"postgresql": ("DROP FUNCTION IF EXISTS sgsupport_event_guard() CASCADE",)}
"""What is left when the table is gone."""


def guard_with(table: Table) -> None:
    """Let ``create_all`` make the guards with a host's copy of the table."""
    event.listen(table, "after_create", lambda __, connection, **extra: guard_events(connection))


def guard_events(connection: Connection) -> None:
    """Let the database refuse changes of the audit log, where its user may make triggers; may be run again."""
    try:
        for statement in EVENT_GUARDS[_kind(connection)]:
            connection.execute(text(statement))
    except DBAPIError as error:
        if _kind(connection) != "mariadb" or error.orig is None or error.orig.args[0] not in _MAY_NOT:
            raise
        log.warning("The database does not let its user guard the audit log: %s", error.orig.args[-1])


def guarded(connection: Connection) -> bool:
    """Whether the guards are there, as far as its user may know: MariaDB shows triggers to those who may make them."""
    present = connection.execute(text(_COUNTED[_kind(connection)])).scalar_one()
    return bool(present == sum("CREATE TRIGGER" in statement for statement in EVENT_GUARDS[_kind(connection)]))


def _kind(connection: Connection) -> str:
    name = connection.dialect.name
    return "mariadb" if name == "mysql" else name
