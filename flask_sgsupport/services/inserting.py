"""Insert a row that may be there already, as each engine does it without an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, inspect
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import Ticket


def insert_or_advance(session: Session, model: type[Any], rows: Select[*tuple[Any, ...]], column: str) -> None:
    """INSERT what a SELECT finds; where a row with its key stands already, its ``column`` becomes the greater."""
    dialect = session.get_bind(mapper=Ticket).dialect
    names = [found.name for found in rows.selected_columns]
    old = getattr(model, column)
    made: Any
    if dialect.name in {"postgresql", "sqlite"}:
        insert = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
        made = insert(model).from_select(names, rows)
        new = made.excluded[column]
        keys = [found.name for found in inspect(model).primary_key]
        made = made.on_conflict_do_update(index_elements=keys, set_={column: new}, where=old < new)
    else:
        made = mysql.insert(model).from_select(names, rows)
        made = made.on_duplicate_key_update({column: func.greatest(old, made.inserted[column])})
    session.execute(made, bind_arguments={"mapper": Ticket})


def insert_missing(session: Session, model: type[Any], row: Mapping[str, Any], *, returning: Any = None) -> Any:
    """INSERT, or nothing where a row with this key stands already; never an error, never a second row.

    :param returning: a column of the row, answered where the engine says it in the same statement; ``None`` elsewhere.
    """
    dialect = session.get_bind(mapper=Ticket).dialect
    made: Any
    if dialect.name == "postgresql":
        made = postgresql.insert(model).values(**row).on_conflict_do_nothing()
    elif dialect.name == "sqlite":
        made = sqlite.insert(model).values(**row).on_conflict_do_nothing()
    else:
        first = next(iter(row))
        made = mysql.insert(model).values(**row).on_duplicate_key_update({first: getattr(model, first)})
    if returning is None or not dialect.insert_returning:
        session.execute(made)
        return None
    return session.scalar(made.returning(returning))
