"""A database that is filled once for each process, and put back to that for every test that begins with it.

To make the tables anew costs PostgreSQL half a second and MariaDB two; to put back what a test wrote costs either a
fraction of that. A test that changed the tables themselves leaves a database nobody gets: it is made anew.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.services import Database

SHAPE = {
    "postgresql": """SELECT md5(string_agg(said, ',' ORDER BY said)) FROM (
        SELECT concat_ws(' ', oid, relname, relkind, relnamespace) AS said FROM pg_class
            WHERE relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^(pg_|information_schema)')
        UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, atttypmod, attnotnull, atthasdef) FROM pg_attribute
            WHERE attrelid >= 16384 AND attnum > 0
        UNION ALL SELECT concat_ws(' ', indexrelid, indkey, indisunique, indisvalid) FROM pg_index
            WHERE indrelid >= 16384
        UNION ALL SELECT concat_ws(' ', tgrelid, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT concat_ws(' ', conrelid, conname, convalidated) FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', proname, md5(prosrc)) FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT concat_ws(' ', setdatabase, setrole, setconfig) FROM pg_db_role_setting
        ) AS things""",
    "mysql": """SELECT md5(group_concat(said ORDER BY said)) FROM (
        SELECT concat_ws(' ', table_name, column_name, column_type, is_nullable, column_default, collation_name) AS said
            FROM information_schema.columns WHERE table_schema = database()
        UNION ALL SELECT concat_ws(' ', table_name, index_name, seq_in_index, column_name, non_unique)
            FROM information_schema.statistics WHERE table_schema = database()
        UNION ALL SELECT concat_ws(' ', trigger_name, action_statement)
            FROM information_schema.triggers WHERE trigger_schema = database()
        UNION ALL SELECT concat_ws(' ', table_name, constraint_name)
            FROM information_schema.table_constraints WHERE table_schema = database()
        ) AS things""",
}
"""What the tables are like, in one word, by dialect."""


@dataclass
class Filling:
    """How a database was left when it was filled.

    :param kind: what else would have been put there.
    :param told: whatever the one that filled it wants to know of it.
    """

    kind: Hashable
    metadata: MetaData
    shape: str
    rows: dict[str, list[dict[str, Any]]]
    sequences: dict[str, int | None]
    told: Any


def keep(database: Database, kind: Hashable, metadata: MetaData, told: Any) -> None:
    """Remember what stands in the database now."""
    with _open(database).begin() as connection:
        tables = metadata.sorted_tables
        rows = {table.name: [dict(row) for row in connection.execute(table.select()).mappings()] for table in tables}
        database.filling = Filling(kind, metadata, _shape(connection), rows, _sequences(connection), told)


def put_back(database: Database, kind: Hashable) -> Filling | None:
    """The filling, once the database is as it was then; nothing where it was filled otherwise or cannot be put back."""
    filling: Filling | None = database.filling
    if filling is None or filling.kind != kind:
        return None
    database.disconnect_others()
    try:
        with _open(database).begin() as connection:
            if _shape(connection) != filling.shape:
                return None
            _put_back(connection, filling)
    except DBAPIError:
        return None
    return filling


def _open(database: Database) -> Engine:
    return create_engine(database.url, poolclass=NullPool)


def _shape(connection: Connection) -> str:
    if connection.dialect.name == "mysql":
        connection.execute(text("SET SESSION group_concat_max_len = 10000000"))
    return str(connection.scalar(text(SHAPE[connection.dialect.name])))


def _sequences(connection: Connection) -> dict[str, int | None]:
    if connection.dialect.name != "postgresql":
        return {}
    return {row[0]: row[1] for row in connection.execute(text("SELECT sequencename, last_value FROM pg_sequences"))}


def _put_back(connection: Connection, filling: Filling) -> None:
    tables = filling.metadata.sorted_tables
    asked = " UNION ALL ".join(f"(SELECT '{table.name}' FROM {_name(connection, table)} LIMIT 1)" for table in tables)
    holding = set(connection.scalars(text(asked)))
    on_postgresql = connection.dialect.name == "postgresql"
    # Neither guards nor foreign keys are asked; of MariaDB's guards it is TRUNCATE that asks none.
    off = "SET LOCAL session_replication_role = replica" if on_postgresql else "SET SESSION foreign_key_checks = 0"
    connection.execute(text(off))
    for table in tables:
        if table.name in holding:
            guarded = table.name == "sgsupport_event" and not on_postgresql
            connection.execute(text(f"{'TRUNCATE TABLE' if guarded else 'DELETE FROM'} {_name(connection, table)}"))
        if filling.rows[table.name]:
            connection.execute(table.insert(), filling.rows[table.name])
    if on_postgresql:
        for name, last in _sequences(connection).items():
            was = filling.sequences[name]
            if last != was:
                values = {"name": f'"{name}"', "last": was or 1, "called": was is not None}
                connection.execute(text("SELECT setval(CAST(:name AS regclass), :last, :called)"), values)


def _name(connection: Connection, table: Any) -> str:
    return connection.dialect.identifier_preparer.format_table(table)
