"""What is compiled once a process: every test makes its own app, and each would make all of this anew.

Pages, the functions that build addresses, SQL, and the desk's tables as a host's metadata has them.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from sqlalchemy import Engine, MetaData
from werkzeug.routing import Rule

OPTIONS = [
    name
    for name in signature(Environment).parameters
    if name not in {"loader", "cache_size", "auto_reload", "bytecode_cache", "enable_async"}
] + ["is_async"]
"""What an environment is made with, but for where templates come from and how long they are kept."""


def _said(option: object) -> object:
    """An option in words that are the same in every app."""
    if isinstance(option, dict):
        return sorted(option)
    name = getattr(option, "__qualname__", None)
    return f"{option.__module__}.{name}" if name else str(option)


class Compiled(BytecodeCache):
    """Keeps the bytecode of templates in memory, apart for environments that compile differently."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The bucket of a template in an environment."""
        how = [_said(getattr(environment, name)) for name in OPTIONS]
        how += [sorted(environment.filters), sorted(environment.tests), environment.sandboxed]
        return super().get_bucket(environment, name, f"{filename}\x00{how}", source)

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill it with what was compiled before."""
        kept = self._kept.get((bucket.key, bucket.checksum))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it for the next app."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_BUILDERS: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}
_build = Rule._compile_builder


def _builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002
    """Of an address; it asks the rule it is called with for everything but what it is compiled from."""
    defaults = {name: rule._converters[name].to_url(value) for name, value in (rule.defaults or {}).items()}
    made_of = (rule.rule, append_unknown, tuple(rule._trace), tuple(defaults.items()))
    if made_of not in _BUILDERS:
        _BUILDERS[made_of] = _build(rule, append_unknown)
    return _BUILDERS[made_of]


class OnceCompiled(SQLAlchemy):
    """Engines made alike compile a statement once, though each test has its own."""

    _first: dict[str, Engine] = {}

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        """Flask-SQLAlchemy asks for it, and means it to be overridden."""
        made = super()._make_engine(bind_key, options, app)
        others = {name: value for name, value in options.items() if name != "url"}
        first = self._first.setdefault(f"{made.url.drivername} {made.url.query} {others}", made)
        # Compiled statements are kept by dialect.
        made.dialect = made.pool._dialect = first.dialect
        made._compiled_cache = first._compiled_cache
        return made


_COPIES = MetaData()


def copies_of(copy: Callable[[MetaData], None]) -> Callable[[MetaData], None]:
    """Copy the desk's tables into one metadata, whose tables each host's has then."""

    def copied(metadata: MetaData) -> None:
        if metadata.schema is not None or metadata.naming_convention != _COPIES.naming_convention:
            return copy(metadata)
        if not _COPIES.tables:
            copy(_COPIES)
        for table in _COPIES.tables.values():
            if table.name not in metadata.tables:
                metadata._add_table(table.name, None, table)
        return None

    return copied


def compile_once() -> None:
    """Let every app that is made from now on share what was compiled."""
    Flask.jinja_options = {"bytecode_cache": Compiled()}
    Rule._compile_builder = _builder  # type: ignore[method-assign]
