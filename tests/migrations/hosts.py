"""A small host with the desk's tables among its own, at a database of the test's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Column, Integer, String, Table

from flask_sgsupport.hooks import Hooks
from flask_sgsupport.models import copy_tables
from flask_sgsupport.settings import Settings, State


@contextmanager
def host(url: str, *, bind_key: str | None = None, binds: Mapping[str, str] | None = None) -> Iterator[SimpleNamespace]:
    """The app in its context, with ``db``, a table of its own and, attached, the desk's."""
    app = Flask("host")
    app.config.update(SECRET_KEY="x" * 40, SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_BINDS=dict(binds or {}))
    db = SQLAlchemy()
    db.init_app(app)
    Table("customer", db.metadatas[None], Column("id", Integer, primary_key=True), Column("name", String(50)))
    hooks: Any = Hooks()
    app.extensions["sgsupport"] = State(
        app=app, db=db, settings=Settings(app.config), hooks=hooks, storage=None, bind_key=bind_key
    )
    with app.app_context():
        db.engines  # noqa: B018 - makes the metadata of the binds
        copy_tables(db.metadatas[bind_key])
        try:
            yield SimpleNamespace(app=app, db=db, engine=db.engines[bind_key], metadata=db.metadatas[bind_key])
        finally:
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()
