"""An engine that commits each statement by itself is refused: an act that is refused would be kept by half."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from ..errors import ConfigurationError

_REFUSAL = (
    "The app's engine commits each statement by itself, so an act that is refused would be kept by half; "
    'take isolation_level="AUTOCOMMIT" out of SQLALCHEMY_ENGINE_OPTIONS.'
)


def check_options(options: Mapping[str, Any]) -> None:
    """See that the options of an engine do not ask for it; nothing is connected to.

    :raises ConfigurationError: they do.
    """
    levels = (options.get("isolation_level"), (options.get("execution_options") or {}).get("isolation_level"))
    if any(str(level).upper() == "AUTOCOMMIT" for level in levels):
        raise ConfigurationError(_REFUSAL)


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
        raise ConfigurationError(_REFUSAL)
