"""What the database itself refuses: nobody changes or removes an entry of the audit log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import DDL, Table, event

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

UNGUARD: Mapping[str, Sequence[str]] = {"postgresql": ("DROP FUNCTION IF EXISTS sgsupport_event_guard() CASCADE",)}
"""What is left when the table is gone."""


def guard_events(table: Table) -> None:
    """Let ``create_all`` make the guards with a host's copy of the table."""
    for dialect in ("sqlite", "postgresql", "mariadb", "mysql"):
        for statement in event_guards(dialect):
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))


def event_guards(dialect: str) -> Sequence[str]:
    """The statements for an engine, by the name SQLAlchemy knows it under."""
    return EVENT_GUARDS["mariadb" if dialect == "mysql" else dialect]
