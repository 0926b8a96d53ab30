"""The full-text index of messages, as each engine has it: it stands beside the table, and no model can say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Integer, Table, event, literal_column, select, text

TABLE = "sgsupport_message"
FTS = "sgsupport_search"
"""SQLite's index, a virtual table; it keeps what it knows in tables whose names begin with its own."""
VECTOR = "words"
"""PostgreSQL's column, which follows the text by itself: an index of an expression would parse every hit anew."""
NAME = "ix_sgsupport_message_words"

_GONE = "INSERT INTO sgsupport_search (sgsupport_search, rowid, searched) VALUES ('delete', old.pk, old.searched);"
_NEW = "INSERT INTO sgsupport_search (rowid, searched) VALUES (new.pk, new.searched);"
_WITHOUT = (
    "DROP TRIGGER IF EXISTS sgsupport_search_insert",
    "DROP TRIGGER IF EXISTS sgsupport_search_update",
    "DROP TRIGGER IF EXISTS sgsupport_search_delete",
    "DROP TABLE IF EXISTS sgsupport_search",
)

INDEX: Mapping[str, Sequence[str]] = {
    "sqlite": (
        *_WITHOUT,
        """CREATE VIRTUAL TABLE sgsupport_search USING fts5(
        searched, content='sgsupport_message', content_rowid='pk', columnsize=0,
        tokenize='unicode61 remove_diacritics 0')""",
        f"CREATE TRIGGER sgsupport_search_insert AFTER INSERT ON sgsupport_message BEGIN {_NEW} END",
        f"""CREATE TRIGGER sgsupport_search_update AFTER UPDATE OF searched ON sgsupport_message
        BEGIN {_GONE} {_NEW} END""",
        f"CREATE TRIGGER sgsupport_search_delete AFTER DELETE ON sgsupport_message BEGIN {_GONE} END",
        "INSERT INTO sgsupport_search (sgsupport_search) VALUES ('rebuild')",
    ),
    "postgresql": (
        """ALTER TABLE sgsupport_message ADD COLUMN IF NOT EXISTS words tsvector
        GENERATED ALWAYS AS (to_tsvector('simple', searched)) STORED""",
        "CREATE INDEX IF NOT EXISTS ix_sgsupport_message_words ON sgsupport_message USING gin (words)",
    ),
    "mariadb": ("CREATE FULLTEXT INDEX IF NOT EXISTS ix_sgsupport_message_words ON sgsupport_message (searched)",),
}
"""By dialect: statements that may be run again, after the column is there."""

_UNINDEX: Mapping[str, Sequence[str]] = {
    "sqlite": _WITHOUT,
    "postgresql": ("ALTER TABLE sgsupport_message DROP COLUMN IF EXISTS words",),
    "mariadb": ("DROP INDEX IF EXISTS ix_sgsupport_message_words ON sgsupport_message",),
}
_FOUND: Mapping[str, str] = {
    "sqlite": "(SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'sgsupport_search')",
    "postgresql": """(SELECT count(*) FROM pg_class
    WHERE relname = 'ix_sgsupport_message_words' AND pg_table_is_visible(oid))""",
    "mariadb": """(SELECT count(*) FROM information_schema.statistics WHERE table_schema = database()
    AND table_name = 'sgsupport_message' AND index_name = 'ix_sgsupport_message_words')""",
}


def index_with(table: Table) -> None:
    """Let ``create_all`` make the index with a host's copy of the table, and ``drop_all`` take it away."""
    event.listen(table, "after_create", lambda __, connection, **extra: make_index(connection))
    event.listen(table, "before_drop", lambda __, connection, **extra: drop_index(connection))


def make_index(connection: Connection) -> None:
    """Make the index of what the messages say, where the engine can; may be run again."""
    if can_index(connection):
        for statement in INDEX[_kind(connection)]:
            connection.execute(text(statement))


def drop_index(connection: Connection) -> None:
    """Take the index away, with everything that stands beside the table for it."""
    if has_index(connection):
        for statement in _UNINDEX[_kind(connection)]:
            connection.execute(text(statement))


def can_index(connection: Connection) -> bool:
    """Whether the engine has full-text search: SQLite is sometimes built without."""
    if connection.dialect.name != "sqlite":
        return True
    return bool(connection.execute(text("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'")).scalar_one())


def has_index(connection: Connection) -> bool:
    """Whether the index is there."""
    return bool(connection.execute(select(index_found(connection))).scalar_one())


def index_found(connection: Connection) -> ColumnElement[int]:
    """The same as a column of a greater statement: 1 or 0."""
    return literal_column(_FOUND[_kind(connection)], Integer)


def is_of_index(kind: str, table: str, name: str | None) -> bool:
    """Whether Alembic has found a part of the index, which no model names."""
    return table == TABLE and (kind, name) in {("column", VECTOR), ("index", NAME)}


def _kind(connection: Connection) -> str:
    name = connection.dialect.name
    return "mariadb" if name == "mysql" else name
