"""Insert rows that may be there already, as each engine does it without an error, and say what stands there then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.orm import Session

from ..models import Ticket

Row = Mapping[str, Any]


def insert_missing(
    session: Session, model: type[Any], rows: Sequence[Row], *, returning: Sequence[Any] = ()
) -> list[Any]:
    """INSERT, or nothing where a row with this key stands already; never an error, never a second row.

    :param returning: columns of the rows that were made; of one that stood there already, as the engine likes.
    """
    made: Any
    match session.get_bind(mapper=Ticket).dialect.name:
        case "postgresql":
            made = postgresql.insert(model).values(rows).on_conflict_do_nothing()
        case "sqlite":
            made = sqlite.insert(model).values(rows).on_conflict_do_nothing()
        case _:
            first = next(iter(rows[0]))
            made = mysql.insert(model).values(rows).on_duplicate_key_update({first: getattr(model, first)})
    return _carry_out(session, made, returning)


def insert_or_change(
    session: Session,
    model: type[Any],
    rows: Sequence[Row],
    *,
    change: Callable[[Any], Sequence[tuple[str, Any]]],
    returning: Sequence[Any],
) -> list[Any]:
    """INSERT, or change the row with this primary key, in one statement that locks it.

    :param change: columns and their new values, made of the row that was to be inserted. Where a value names a column
        of the table, that one comes later: MariaDB reads it as it was set before.
    """
    made: Any
    match session.get_bind(mapper=Ticket).dialect.name:
        case "postgresql":
            made = postgresql.insert(model).values(rows)
            made = made.on_conflict_do_update(index_elements=_key(model), set_=dict(change(made.excluded)))
        case "sqlite":
            made = sqlite.insert(model).values(rows)
            made = made.on_conflict_do_update(index_elements=_key(model), set_=dict(change(made.excluded)))
        case _:
            made = mysql.insert(model).values(rows)
            made = made.on_duplicate_key_update(list(change(made.inserted)))
    return _carry_out(session, made, returning)


def _key(model: type[Any]) -> list[Any]:
    return list(model.__table__.primary_key)


def _carry_out(session: Session, made: Any, returning: Sequence[Any]) -> list[Any]:
    if not returning:
        session.execute(made)
        return []
    return list(session.execute(made.returning(*returning)))
