"""Templates compiled once a process: every test makes its own app, and each would compile every page anew."""

from __future__ import annotations

from inspect import signature

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

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


def compile_once() -> None:
    """Let every app that is made from now on share what was compiled."""
    Flask.jinja_options = {"bytecode_cache": Compiled()}
