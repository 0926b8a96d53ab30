"""Canvas Commerce: a small shop-builder's dashboard, to show Flask-SGSupport inside a product.

Run it with ``python -m example_app``, or find the factory with ``flask --app example_app``.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import click
from flask import Flask, Response, render_template, request
from flask_mail import Mail
from flask_wtf import CSRFProtect
from sqlalchemy import event
from werkzeug.exceptions import HTTPException

from example_app import desk
from example_app.admin import build_admin
from example_app.mail_catcher import MailCatcher
from example_app.mail_pages import mail_pages
from example_app.models import db
from example_app.pages import pages
from example_app.playing import seed_desk
from example_app.seed import seed
from example_app.sign_in import login_manager, sign_in

__all__ = ["create_app"]

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)

mail = Mail()
csrf = CSRFProtect()


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make one Canvas Commerce.

    :param config: wins over the environment (``EXAMPLE_DATABASE_URL``, ``EXAMPLE_SECRET_KEY``, ``EXAMPLE_BASE_URL``,
        ``EXAMPLE_DEMO``).
        ``DEMO`` lists the demo's logins on the login page and opens ``/demo/mail/``; ``MAIL_CATCHER`` is the running
        :class:`~example_app.mail_catcher.MailCatcher` whose mails that page shows.
    """
    app = Flask(__name__)
    app.config.from_mapping(
        SQLALCHEMY_DATABASE_URI=os.environ.get("EXAMPLE_DATABASE_URL", "sqlite:///example.sqlite"),
        SECRET_KEY=os.environ.get("EXAMPLE_SECRET_KEY"),
        SESSION_COOKIE_SAMESITE="Lax",
        MAIL_DEFAULT_SENDER=("Canvas Commerce", "support@canvas.example"),
        SGSUPPORT_BASE_URL=os.environ.get("EXAMPLE_BASE_URL", "http://127.0.0.1:5000"),
        DEMO=os.environ.get("EXAMPLE_DEMO") == "1",
    )
    app.config.from_mapping(config or {})
    if not app.config["SECRET_KEY"]:
        app.config["SECRET_KEY"] = _kept_secret(Path(app.instance_path))

    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _tune_sqlite)
    mail.init_app(app)
    csrf.init_app(app)
    login_manager.init_app(app)
    app.register_blueprint(sign_in)
    app.register_blueprint(pages)
    app.add_url_rule("/favicon.ico", endpoint="favicon", redirect_to="/static/mark.svg")
    admin = build_admin()
    admin.init_app(app)
    desk.embed(app, admin)
    if app.config["DEMO"]:
        app.extensions["mail_catcher"] = app.config.get("MAIL_CATCHER") or MailCatcher()
        app.register_blueprint(mail_pages)

    app.register_error_handler(HTTPException, _error_page)
    app.after_request(_protect)
    app.cli.add_command(_seed_command)
    return app


def _kept_secret(folder: Path) -> str:
    """The secret key of this installation, made on the first start so that a restart signs nobody out."""
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def _tune_sqlite(connection: Any, _record: object) -> None:
    """Let readers go on while somebody writes: the demo serves several threads."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _error_page(error: HTTPException) -> tuple[str, int] | HTTPException:
    """Say what happened in the product's own layout; redirects and answers made elsewhere pass through."""
    if error.response is not None or error.code is None:
        return error
    return render_template("error.html", error=error), error.code


def _protect(response: Response) -> Response:
    """Forbid foreign and inline scripts, save in the stock Flask-Admin pages, which are made of inline handlers."""
    if not request.path.startswith("/admin/") or request.path.startswith("/admin/support/"):
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


@click.command("seed")
@click.option("--without-desk", is_flag=True, help="No queues, agents and tickets: `flask support init` is to come.")
def _seed_command(*, without_desk: bool) -> None:
    """Make the tables and the demo's accounts, people, sites, activity and tickets, where missing."""
    db.create_all()
    for line in chain(seed(), () if without_desk else seed_desk()):
        click.echo(line)
