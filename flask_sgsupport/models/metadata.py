"""The declarative base, its naming, and the column types that mean the same on SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from flask import current_app, has_app_context
from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, String, Table, Text
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from ..actors import MAX_EMAIL_CHARS, MAX_ID_CHARS
from .guards import guard_with
from .search_index import TABLE as SEARCHED_TABLE
from .search_index import index_with

TABLE_PREFIX = "sgsupport_"
VERSION_TABLE = "sgsupport_alembic_version"

PK = BigInteger().with_variant(Integer, "sqlite")
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
HOST_ID = String(MAX_ID_CHARS)
EMAIL = String(MAX_EMAIL_CHARS)

TABLE_OPTIONS: dict[str, Any] = {
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_nopad_bin",
    "mysql_engine": "InnoDB",
}
"""MariaDB would take "A" for "a" and "a " for "a"; an account id must be compared as it is."""


MOMENT_AS_STORED = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
"""Microseconds on MariaDB, which cuts them otherwise."""


NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for no moment in a column that lists are sorted by: databases do not agree where NULL belongs."""
NEVER_STORED = "9999-12-31 00:00:00.000000"
"""The same as its column's own default."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC, to the microsecond; stored without a zone, always read with one."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The plain type it is stored as."""
        return MOMENT_AS_STORED.dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC, zone taken off.

        :raises ValueError: a moment without a zone, which would be a guess.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored; write datetime.now(UTC).")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Zone put back."""
        return None if value is None else value.replace(tzinfo=UTC)


class _InfoOfApp(dict[str, Any]):
    """``metadata.info`` that answers "bind_key" for the current app.

    Flask-SQLAlchemy looks the engine up by the metadata of the mapped table, which is ours and shared by every app of
    the process; a plain value would be the same for all of them.
    """

    def __contains__(self, key: object) -> bool:
        if key == "bind_key":
            return self._bind_key() is not None
        return super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        if key == "bind_key":
            return self._bind_key()
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Like the dictionary's own, asking the app for "bind_key"."""
        return self[key] if key in self else default  # noqa: SIM401 - the dictionary's own get would not ask

    @staticmethod
    def _bind_key() -> str | None:
        found = current_app.extensions.get("sgsupport") if has_app_context() else None
        return getattr(found, "bind_key", None)


class Base(DeclarativeBase):
    """Base of every table of the desk, apart from the host's own."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


Base.metadata.info = _InfoOfApp()
"""Assigned afterwards: ``MetaData(info=…)`` would copy it into a plain dictionary."""

Table(VERSION_TABLE, Base.metadata, Column("version_num", String(32), primary_key=True), **TABLE_OPTIONS)
"""Known to the metadata so that a host's own autogenerate does not drop it."""


def copy_tables(metadata: MetaData) -> None:
    """Copy our tables into a host's metadata, so that ``create_all`` and its autogenerate see and spare them.

    The copies have library types only: a type of ours would be written into the host's revision without its import.
    Where the host's metadata names a schema, ours stay in the connection's default one, as the models have them.
    """
    schema, metadata.schema = metadata.schema, None
    try:
        for table in Base.metadata.sorted_tables:
            if table.name not in metadata.tables:
                for column in table.to_metadata(metadata).columns:
                    if isinstance(column.type, UtcDateTime):
                        column.type = MOMENT_AS_STORED
                if table.name == "sgsupport_event":
                    guard_with(metadata.tables[table.name])
                if table.name == SEARCHED_TABLE:
                    index_with(metadata.tables[table.name])
    finally:
        metadata.schema = schema


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that insert many rows at once."""
    return cast(Table, model.__table__)
