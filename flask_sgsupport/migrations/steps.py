"""What revisions are made of: column types as they were released, and steps that may be repeated.

MariaDB commits every DDL statement by itself, so a revision that was interrupted has done some of its steps. Each
step here looks first and does only what is missing; running the revision again completes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import SchemaItem

PK = sa.BigInteger().with_variant(sa.Integer, "sqlite")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
MOMENT = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def create_table(name: str, *items: SchemaItem, indexes: Mapping[str, Sequence[str]] | None = None) -> None:
    """Create a table with its indexes (name to columns), or those of them that are missing."""
    if not sa.inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, mysql_charset="utf8mb4", mysql_collate="utf8mb4_nopad_bin", mysql_engine="InnoDB")
    create_indexes(name, indexes or {})


def create_indexes(table: str, indexes: Mapping[str, Sequence[str]]) -> None:
    """Create those indexes of a table (name to columns) that are missing."""
    present = {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}
    for name, columns in indexes.items():
        if name not in present:
            op.create_index(name, table, list(columns))


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column to a table, if it is missing."""
    if column.name not in _columns(table):
        op.add_column(table, column)


def drop_column(table: str, name: str) -> None:
    """Drop a column of a table, if it is there."""
    if name in _columns(table):
        op.drop_column(table, name)


def _columns(table: str) -> set[str]:
    return {column["name"] for column in sa.inspect(op.get_bind()).get_columns(table)}


def drop_table_without_rows(name: str) -> None:
    """Drop a table nobody has written into; an older release passes by it, and its rows wait for the way forward."""
    bind = op.get_bind()
    if not sa.inspect(bind).has_table(name):
        return
    if bind.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() is None:
        op.drop_table(name)
