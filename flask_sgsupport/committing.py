"""An engine that commits each statement by itself is refused: an act that is refused would be kept by half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from .errors import ConfigurationError

_REFUSAL = "The app's engine commits each statement by itself, so an act that is refused would be kept by half; "
_OF_THE_DRIVER = (
    _REFUSAL + "take autocommit=True, or on SQLite isolation_level=None, out of the connect_args of its options, which "
    "stand in SQLALCHEMY_ENGINE_OPTIONS, SQLALCHEMY_BINDS or SQLAlchemy(engine_options=…)."
)


def check_options(places: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """See that the options of an engine do not ask for it; nothing is connected to.

    :param places: where options stand, and which; a later place overrides an earlier one.
    :raises ConfigurationError: they do; it says where.
    """
    said = {name: (value, place) for place, options in places for name, value in options.items()}
    level, place = said.get("isolation_level", (None, ""))
    more, place_of_more = said.get("execution_options", (None, ""))
    for asked, where in ((level, place), ((more or {}).get("isolation_level"), place_of_more)):
        if str(asked).upper() == "AUTOCOMMIT":
            raise ConfigurationError(f'{_REFUSAL}take isolation_level="AUTOCOMMIT" out of {where}.')


def check_connection(connection: Connection) -> None:
    """See that statements on a connection in a transaction are one; the driver is asked, not the database.

    :raises ConfigurationError: each would be committed by itself.
    """
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite":
        # Without a level of its own the driver begins nothing; a host that emits BEGIN has done so by now.
        unbegun = raw.isolation_level is None or getattr(raw, "autocommit", None) is True
        alone = unbegun and not raw.in_transaction
    else:
        alone = raw.get_autocommit() if hasattr(raw, "get_autocommit") else getattr(raw, "autocommit", False) is True
    if alone:
        raise ConfigurationError(_OF_THE_DRIVER)
