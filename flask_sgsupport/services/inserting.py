"""Insert rows that may be there already, as each engine does it without an error, and say what stands there then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, inspect
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import Ticket

Rows = Sequence[Mapping[str, Any]]

_ON_CONFLICT: Mapping[str, Callable[[Any], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""Engines with ON CONFLICT; MariaDB has ON DUPLICATE KEY."""


def insert_or_advance(session: Session, model: type[Any], rows: Select[*tuple[Any, ...]], column: str) -> None:
    """INSERT what a SELECT finds; where a row with its key stands already, its ``column`` becomes the greater."""
    names = [found.name for found in rows.selected_columns]
    old = getattr(model, column)
    made: Any
    if insert := _ON_CONFLICT.get(session.get_bind(mapper=Ticket).dialect.name):
        made = insert(model).from_select(names, rows)
        new = made.excluded[column]
        keys = [found.name for found in inspect(model).primary_key]
        made = made.on_conflict_do_update(index_elements=keys, set_={column: new}, where=old < new)
    else:
        made = mysql.insert(model).from_select(names, rows)
        made = made.on_duplicate_key_update({column: func.greatest(old, made.inserted[column])})
    session.execute(made, bind_arguments={"mapper": Ticket})


def insert_or_set(session: Session, model: type[Any], rows: Select[*tuple[Any, ...]], columns: Sequence[str]) -> None:
    """INSERT what a SELECT finds; where a row with its key stands already, these columns become those found."""
    names = [found.name for found in rows.selected_columns]
    made: Any
    if insert := _ON_CONFLICT.get(session.get_bind(mapper=Ticket).dialect.name):
        made = insert(model).from_select(names, rows)
        keys = [found.name for found in inspect(model).primary_key]
        made = made.on_conflict_do_update(index_elements=keys, set_={name: made.excluded[name] for name in columns})
    else:
        made = mysql.insert(model).from_select(names, rows)
        made = made.on_duplicate_key_update({name: made.inserted[name] for name in columns})
    session.execute(made, bind_arguments={"mapper": Ticket})


def insert_missing(session: Session, model: type[Any], rows: Rows, *, returning: Sequence[Any] = ()) -> list[Any]:
    """INSERT, or nothing where a row with this key stands already; never an error, never a second row.

    :param returning: columns of the rows that were made; of one that stood there already, as the engine likes.
    """
    made: Any
    if insert := _ON_CONFLICT.get(session.get_bind(mapper=Ticket).dialect.name):
        made = insert(model).values(rows).on_conflict_do_nothing()
    else:
        first = next(iter(rows[0]))
        made = mysql.insert(model).values(rows).on_duplicate_key_update({first: getattr(model, first)})
    if returning:
        return list(session.execute(made.returning(*returning)))
    session.execute(made)
    return []


def insert_or_change(
    session: Session,
    model: type[Any],
    rows: Rows,
    *,
    change: Callable[[Any], Sequence[tuple[str, Any]]],
    returning: Sequence[Any],
) -> list[Any]:
    """INSERT, or change the row with this primary key, in one statement that locks it; the columns as they are then.

    :param change: columns and their new values, made of the row that was to be inserted. A column comes after the
        values made of it: MariaDB reads it as it was set before.
    """
    made: Any
    if insert := _ON_CONFLICT.get(session.get_bind(mapper=Ticket).dialect.name):
        made = insert(model).values(rows)
        key = list(model.__table__.primary_key)
        made = made.on_conflict_do_update(index_elements=key, set_=dict(change(made.excluded)))
    else:
        made = mysql.insert(model).values(rows)
        made = made.on_duplicate_key_update(list(change(made.inserted)))
    return list(session.execute(made.returning(*returning)))
