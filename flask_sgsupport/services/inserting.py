"""Insert a row that may be there already, as each engine does it without an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import Ticket


def insert_missing(session: Session, model: type[Any], row: Mapping[str, Any]) -> None:
    """INSERT, or nothing where a row with this key stands already; never an error, never a second row."""
    dialect = session.get_bind(mapper=Ticket).dialect.name
    if dialect == "postgresql":
        session.execute(postgresql.insert(model).values(**row).on_conflict_do_nothing())
    elif dialect == "sqlite":
        session.execute(sqlite.insert(model).values(**row).on_conflict_do_nothing())
    else:
        columns = {key: value for key, value in row.items()}
        first = next(iter(columns))
        session.execute(mysql.insert(model).values(**columns).on_duplicate_key_update({first: getattr(model, first)}))
