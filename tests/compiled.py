"""Templates compiled once a process: every test makes its own app, and each would compile every page anew."""

from __future__ import annotations

from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket


class Compiled(BytecodeCache):
    """Keeps the bytecode of templates in memory, apart for environments that compile differently."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """The bucket of a template in an environment."""
        how = (
            sorted(environment.extensions),
            environment.trim_blocks,
            environment.lstrip_blocks,
            environment.newline_sequence,
            environment.keep_trailing_newline,
            environment.line_statement_prefix,
            environment.line_comment_prefix,
            environment.block_start_string,
            environment.variable_start_string,
            environment.comment_start_string,
            environment.is_async,
            repr(environment.finalize),
            sorted(environment.filters),
            sorted(environment.tests),
        )
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
