"""Bring the tables up to date, back, or away; tell how they stand.

One at a time: upgraders wait for each other by an advisory lock of PostgreSQL, a named lock of MariaDB, SQLite's write
lock. On PostgreSQL and SQLite a command is one transaction; on MariaDB, which commits each DDL statement by itself, a
command that was interrupted is completed by running it again.
"""

from __future__ import annotations

import hashlib
import io
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from alembic import command
from alembic.autogenerate import comparators, compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.config import Config
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError, DispatchPriority
from sqlalchemy import Connection, Engine, MetaData, inspect, text
from sqlalchemy.exc import DBAPIError

from ..committing import check_connection
from ..errors import Busy, InvalidInput, NotReady
from ..i18n import gettext as _
from ..models import TABLE_PREFIX, VERSION_TABLE, Base
from ..models.guards import UNGUARD, guard_events, guarded
from ..models.search_index import can_index, drop_index, has_index, is_of_index, make_index
from ..settings import state

FOLDER = Path(__file__).parent
LOCK_SECONDS = 120
TABLE_SECONDS = 10
"""So long an upgrade waits for whoever holds one of its tables: everybody who comes later waits behind it."""
LOCK_NUMBER = int.from_bytes(hashlib.sha256(VERSION_TABLE.encode()).digest()[:8], "big", signed=True)
MAX_SHOWN = 12
LATER_COLUMNS = {
    *(("sgsupport_message", name) for name in ("searched", "copy_of")),
    *(("sgsupport_agent", name) for name in ("available", "max_open", "turn")),
    ("sgsupport_queue", "hours"),
    ("sgsupport_ticket", "merged_into_id"),
    ("sgsupport_ticket", "snoozed_until"),
    ("sgsupport_ticket", "course"),
    ("sgsupport_ticket", "first_answered_at"),
    *(("sgsupport_ticket", name) for name in ("target", "response_due_at", "resolution_due_at", "due_at", "alarm_at")),
}
"""Columns that a revision adds to a table of an earlier one."""


@comparators.dispatch_for("schema", priority=DispatchPriority.LAST)
def _leave_to_the_desk(autogen_context: AutogenContext, upgrade_ops: UpgradeOps, schemas: set[str | None]) -> None:
    """Take what concerns the desk's tables out of a host's own autogenerate: it neither drops nor repeats them."""
    if autogen_context.migration_context.version_table == VERSION_TABLE:
        return
    upgrade_ops.ops[:] = [op for op in upgrade_ops.ops if not getattr(op, "table_name", "").startswith(TABLE_PREFIX)]


def _is_ours(name: str | None, type_: str, parents: Any) -> bool:
    return type_ != "table" or (name != VERSION_TABLE and name in Base.metadata.tables)


def _is_compared(object: Any, name: str | None, type_: str, reflected: object, compare_to: Any) -> bool:
    if type_ == "table":
        return name != VERSION_TABLE
    return not is_of_index(type_, object.table.name, name)


ENVIRONMENT: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "version_table": VERSION_TABLE,
    "render_as_batch": True,
    "include_name": _is_ours,
    "include_object": _is_compared,
}
"""How Alembic looks at the database, in every command."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the tables stand, in a word and in a sentence that says what to do.

    ``unstamped``: there without a version, as ``create_all`` or the host's own migration makes them.
    """

    state: Literal["missing", "behind", "current", "unstamped", "ahead"]
    sentence: str


def upgrade() -> Status:
    """Make the tables or bring them up to date; every row is kept. Running it again changes nothing.

    :raises NotReady: the tables are not as this release makes them; nothing was changed, the sentence says why.
    :raises Busy: another upgrade, or a transaction that holds a table, did not end in time.
    """
    config = _config()
    with _exclusive(_engine()) as connection:
        config.attributes["connection"] = connection
        now = _status(connection)
        if now.state == "ahead":
            raise NotReady(now.sentence)
        if now.state == "unstamped":
            differences = _differences(connection)
            if not all(_is_missing(difference) for difference in differences):
                raise NotReady(_refusal(differences))
            if not differences:
                command.stamp(config, "head")
        command.upgrade(config, "head")
        if not guarded(connection):
            guard_events(connection)
        if can_index(connection) and not has_index(connection):
            make_index(connection)
        return _status(connection)


def downgrade(revision: str) -> Status:
    """Go back to an older revision, for an older release of the package.

    :raises InvalidInput: there is no such revision.
    :raises NotReady: the way back would lose every ticket, or there is none from here.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    if revision == "base":
        raise NotReady(
            _("Going back before the first tables would remove every ticket. If you mean it: flask support uninstall")
        )
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        known = ", ".join(sorted(script.revision for script in scripts.walk_revisions()))
        raise InvalidInput(
            {
                "revision": _(
                    "There is no revision “%(revision)s”; there are: %(known)s.", revision=revision, known=known
                )
            }
        )
    with _exclusive(_engine()) as connection:
        config.attributes["connection"] = connection
        now = _status(connection)
        if now.state not in {"current", "behind"}:
            raise NotReady(now.sentence)
        try:
            command.downgrade(config, revision)
        except CommandError as error:
            raise NotReady(_("There is no way back from here: %(why)s", why=str(error))) from error
        return _status(connection)


def current() -> str | None:
    """The revision the tables are at; ``None`` without tables or version."""
    with _engine().connect() as connection:
        return _revision(connection)


def status(connection: Connection | None = None) -> Status:
    """How the tables stand.

    :param connection: asked instead of one of our own; no statement on it fails because a table is missing.
    :raises ConfigurationError: the engine commits each statement by itself.
    """
    if connection is not None:
        return _status(connection)
    with _engine().connect() as own, own.begin():
        check_connection(own)
        return _status(own)


def uninstall() -> tuple[str, ...]:
    """Remove every table of the desk with all its rows; returns their names. Stored files are left alone."""
    with _exclusive(_engine()) as connection:
        drop_index(connection)
        ours = MetaData()
        ours.reflect(connection, only=lambda name, __: name.startswith(TABLE_PREFIX), resolve_fks=False)
        names = tuple(sorted(ours.tables))
        ours.drop_all(connection)
        for statement in UNGUARD.get(connection.dialect.name, ()):
            connection.execute(text(statement))
        return names


def _engine() -> Engine:
    host = state()
    return host.db.engines[host.bind_key]


def _config() -> Config:
    # A percent sign in the folder's name would be taken for an interpolation.
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _status(connection: Connection) -> Status:
    scripts = ScriptDirectory.from_config(_config())
    head = scripts.get_current_head()
    revision = _revision(connection)
    if revision is None:
        present = {name for name in inspect(connection).get_table_names() if name.startswith(TABLE_PREFIX)}
        if not present - {VERSION_TABLE}:
            return Status("missing", _("The tables are missing. Run: flask support init --lead E-MAIL"))
        return Status("unstamped", _("The tables carry no version. Run: flask support db upgrade"))
    if revision == head:
        return Status("current", _("The tables are up to date (%(revision)s).", revision=revision))
    if revision not in {script.revision for script in scripts.walk_revisions()}:
        return Status(
            "ahead",
            _(
                "The tables are at %(revision)s, which this release does not know: they belong to a newer one."
                " Install that release, or go back with it first.",
                revision=revision,
            ),
        )
    return Status(
        "behind",
        _(
            "The tables are at %(revision)s, this release needs %(head)s. Run: flask support db upgrade",
            revision=revision,
            head=head,
        ),
    )


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts=ENVIRONMENT)
    # Changes of one column come as a list in the list.
    return [
        one
        for difference in compare_metadata(context, Base.metadata)
        for one in (difference if isinstance(difference, list) else [difference])
    ]


def _is_missing(difference: Any) -> bool:
    """Whether a revision's guarded steps will make up for it: something that is not there yet."""
    kind, *rest = difference
    return kind in {"add_table", "add_index"} or (kind == "add_column" and (rest[1], rest[2].name) in LATER_COLUMNS)


def _refusal(differences: list[Any]) -> str:
    shown = [_in_words(difference) for difference in differences]
    more = len(shown) - MAX_SHOWN
    words = "; ".join(shown[:MAX_SHOWN]) + (_("; and %(count)s more", count=more) if more > 0 else "")
    return _(
        "Tables named sgsupport_… are there without a version, and they are not as this release makes them: %(words)s."
        " Nothing was changed. Mend them, or remove them with: flask support uninstall",
        words=words,
    )


def _in_words(difference: Any) -> str:
    kind, *rest = difference
    names = [getattr(one, "name", one) for one in rest if isinstance(one, str) or getattr(one, "name", None)]
    return f"{kind.replace('_', ' ')} {'.'.join(str(name) for name in names)}"


@contextmanager
def _exclusive(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that no other upgrader shares, committed at the end."""
    guards = {"sqlite": _on_sqlite, "postgresql": _on_postgresql, "mysql": _on_mariadb, "mariadb": _on_mariadb}
    with engine.connect() as connection:
        with connection.begin():
            check_connection(connection)
        with guards[engine.dialect.name](connection):
            yield connection


def _waited_in_vain(error: DBAPIError) -> bool:
    original: Any = error.orig
    # psycopg calls it sqlstate, psycopg2 pgcode; MariaDB numbers it.
    said = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return said == "55P03" or getattr(original, "args", ())[:1] == (1205,)


@contextmanager
def _short_of_patience() -> Iterator[None]:
    """Say who keeps an upgrade from its tables."""
    try:
        yield
    except DBAPIError as error:
        if not _waited_in_vain(error):
            raise
        raise Busy(
            _(
                "Another transaction holds a table of the desk, and everybody would wait behind this command. End it,"
                " then run the same again."
            )
        ) from error


@contextmanager
def _on_postgresql(connection: Connection) -> Iterator[None]:
    key = {"key": LOCK_NUMBER}
    try:
        connection.execute(text("SELECT set_config('lock_timeout', :ms, true)"), {"ms": str(LOCK_SECONDS * 1000)})
        connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        connection.commit()
    except DBAPIError as error:
        if not _waited_in_vain(error):
            raise
        raise _another() from error
    try:
        with connection.begin(), _short_of_patience():
            connection.execute(text("SELECT set_config('lock_timeout', :ms, true)"), {"ms": str(TABLE_SECONDS * 1000)})
            yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
            connection.commit()


@contextmanager
def _on_mariadb(connection: Connection) -> Iterator[None]:
    # The lock's name counts for the whole server.
    database = connection.scalar(text("SELECT DATABASE()"))
    name = {"name": "sgsupport-" + hashlib.sha256(str(database).encode()).hexdigest()[:32]}
    got = connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), name | {"seconds": LOCK_SECONDS})
    patience = connection.scalar(text("SELECT @@lock_wait_timeout"))
    connection.commit()
    if got != 1:
        raise _another()
    try:
        with connection.begin(), _short_of_patience():
            connection.execute(text("SET lock_wait_timeout = :seconds"), {"seconds": TABLE_SECONDS})
            yield
    finally:
        if not connection.invalidated:
            connection.rollback()
            connection.execute(text("SET lock_wait_timeout = :seconds"), {"seconds": patience})
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), name)
            connection.commit()


@contextmanager
def _on_sqlite(connection: Connection) -> Iterator[None]:
    """SQLite rewrites a table to alter it: with foreign keys on, dropping the old one would empty its children."""
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    if connection.engine.url.database in {None, "", ":memory:"}:
        # One connection for everybody: nothing of it can be ours alone.
        with connection.begin():
            yield
        return
    _leave_transaction(raw)
    [kept_foreign_keys], [kept_timeout] = (raw.execute(f"PRAGMA {name}").fetchone() for name in _PRAGMAS)
    try:
        raw.execute("PRAGMA foreign_keys=OFF")
        raw.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
        with connection.begin():
            # A host that emits BEGIN itself has just begun without the write lock.
            _leave_transaction(raw)
            try:
                raw.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise _another() from error
            yield
            _check_foreign_keys(connection)
    finally:
        if not connection.invalidated:
            _leave_transaction(raw)
            raw.execute(f"PRAGMA busy_timeout={int(kept_timeout)}")
            raw.execute(f"PRAGMA foreign_keys={int(kept_foreign_keys)}")


_PRAGMAS = ("foreign_keys", "busy_timeout")


def _leave_transaction(raw: sqlite3.Connection) -> None:
    if raw.in_transaction:
        raw.execute("ROLLBACK")


def _check_foreign_keys(connection: Connection) -> None:
    for name in inspect(connection).get_table_names():
        if name.startswith(TABLE_PREFIX):
            broken = connection.exec_driver_sql(f'PRAGMA foreign_key_check("{name}")').first()
            if broken is not None:
                raise NotReady(
                    _(
                        "Rows of %(table)s would point to nothing in %(other)s; nothing was changed.",
                        table=name,
                        other=broken[2],
                    )
                )


def _another() -> Busy:
    return Busy(_("Another upgrade of the tables is running. Nothing was changed; please try again."))
