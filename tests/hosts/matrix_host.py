"""A host with Flask-Migrate, a url prefix, two Flask-Admins and, where it is told so, a bind key for the desk.

    python matrix_host.py '{"play": "work", "url": …, "desk_url": …, "folder": …}'

Plays one of its functions and prints what came out as JSON on its last line.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_login import LoginManager, UserMixin, login_user
from flask_mail import Mail
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event, inspect

from flask_sgsupport import Support, UserDirectory

MOUNTED_AT = "https://app.example.com/shop"
FAILING_STATEMENT = 9

db = SQLAlchemy()


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    """The host's own user model."""

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(200))
    name = db.Column(db.String(200))
    account_id = db.Column(db.Integer)


support = Support(directory=UserDirectory(User, account_id="account_id"))


def create_app(told: dict[str, Any]) -> Flask:
    """The host's factory."""
    app = Flask(__name__, instance_path=told["folder"])
    binds = {"desk": told["desk_url"]} if told["desk_url"] else {}
    app.config.update(
        SECRET_KEY="a long random text of a host",
        SQLALCHEMY_DATABASE_URI=told["url"],
        SQLALCHEMY_BINDS=binds,
        MAIL_DEFAULT_SENDER="support@desk.example",
        MAIL_SUPPRESS_SEND=True,
        SGSUPPORT_PANEL_URL_PREFIX="/help/desk",
    )
    db.init_app(app)
    Mail(app)
    login = LoginManager(app)
    login.user_loader(lambda user_id: db.session.get(User, int(user_id)))
    admins = [Admin(app, name="Office"), Admin(app, name="Operations", url="/ops", endpoint="ops")]
    support.init_app(app, db, admin=admins, bind_key="desk" if binds else None)
    Migrate(app, db, directory=str(Path(told["folder"]) / "migrations"))

    @app.post("/sign-in")
    def sign_in() -> str:
        login_user(db.session.get(User, int(request.form["user"])))
        return "signed in"

    return app


def command(app: Flask, *args: str, code: int = 0) -> str:
    """A ``flask`` command."""
    done = app.test_cli_runner().invoke(args=args)
    assert done.exit_code == code, (
        f"flask {' '.join(args)} ended with {done.exit_code}: {done.output} {done.exception!r}"
    )
    return str(done.output)


def browser(app: Flask, user_id: int) -> FlaskClient:
    """A browser of somebody signed in."""
    client = app.test_client()
    assert client.post("/sign-in", data={"user": user_id}, base_url=MOUNTED_AT).status_code == 200
    return client


def read(client: FlaskClient, path: str) -> str:
    """A page of the app where it is mounted; every link of ours leads to where it is mounted."""
    answer = client.get(path, base_url=MOUNTED_AT, follow_redirects=True)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {page[:1000]}"
    # Flask-Admin's own link to its start knows nothing of where the app is mounted.
    links = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page)) - {"/admin", "/ops"}
    astray = [link for link in links if not link.startswith("/shop/")]
    assert astray == [], f"{path} leads to {astray}"
    return page


def send(client: FlaskClient, path: str, to: str, **typed: str) -> None:
    """Send a form that stands on a page."""
    [token, *_] = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', read(client, path))
    answer = client.post(to, data=typed | {"csrf_token": token}, base_url=MOUNTED_AT)
    assert answer.status_code == 302, f"{to}: {answer.status_code} {answer.get_data(as_text=True)[:1000]}"
    assert answer.headers["Location"].startswith("/shop/"), answer.headers["Location"]


def work(app: Flask, told: dict[str, Any]) -> dict[str, Any]:
    """Install beside Flask-Migrate, open a ticket, answer it, and have the host's migrations made."""
    command(app, "support", "db", "upgrade")
    command(app, "db", "init", *(["--multidb"] if told["desk_url"] else []))
    command(app, "db", "migrate", "-m", "first")
    command(app, "db", "upgrade")
    with app.app_context():
        db.session.add(User(id=1, name="Jerome Ellis", email="jerome@northwind.example", account_id=1))
        db.session.add(User(id=2, name="Ada Lovelace", email="ada@desk.example"))
        db.session.commit()
    command(app, "support", "init", "--lead", "ada@desk.example")
    operator, agent = browser(app, 1), browser(app, 2)
    send(operator, "/help/desk/open", "/help/desk/open", subject="Checkout failing", body="Nobody can pay.")
    listed = read(operator, "/help/desk/")
    [ticket_id] = set(re.findall(r"TKT-\d{4}-\d{5}", listed))
    in_office, in_operations = (f"/{admin}/support/tickets/{ticket_id}" for admin in ("admin", "ops"))
    assert "/shop/ops/" not in read(agent, in_office), "one admin leads into the other"
    send(agent, in_operations, f"{in_operations}/claim")
    send(agent, in_operations, f"{in_operations}/reply", body="Checkout is restored.", form="once")
    assert "Checkout is restored." in read(operator, f"/help/desk/tickets/{ticket_id}")
    assert "Checkout is restored." in read(agent, in_office)
    command(app, "support", "worker", "--once")
    again = command(app, "support", "outbox", "list")
    command(app, "db", "migrate", "-m", "second")
    revisions = sorted((Path(told["folder"]) / "migrations" / "versions").glob("*.py"))
    return {
        "ticket": ticket_id,
        "outbox": again.strip(),
        "revisions": [path.read_text() for path in revisions],
        "check": command(app, "support", "db", "check").strip(),
    }


def upgrade_from_nothing(app: Flask, told: dict[str, Any]) -> dict[str, Any]:
    """The ordinary way."""
    return {"said": command(app, "support", "db", "upgrade")}


def upgrade_from_create_all(app: Flask, told: dict[str, Any]) -> dict[str, Any]:
    """The tables are there, as ``create_all`` makes them, without a version."""
    with app.app_context():
        db.create_all()
        db.session.remove()
    assert "carry no version" in command(app, "support", "db", "check", code=1)
    return {"said": command(app, "support", "db", "upgrade")}


def upgrade_half_done(app: Flask, told: dict[str, Any]) -> dict[str, Any]:
    """The first upgrade broke off in the middle of its statements."""
    with app.app_context():
        engine = db.engines["desk" if told["desk_url"] else None]
    made: list[str] = []

    def break_off(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.lstrip().upper().startswith("CREATE TABLE"):
            made.append(statement)
            if len(made) == FAILING_STATEMENT:
                raise RuntimeError("the power went out")

    event.listen(engine, "before_cursor_execute", break_off)
    broken = app.test_cli_runner().invoke(args=["support", "db", "upgrade"])
    event.remove(engine, "before_cursor_execute", break_off)
    assert isinstance(broken.exception, RuntimeError), broken.output
    left = len([name for name in inspect(engine).get_table_names() if name.startswith("sgsupport_")])
    return {"left": left, "said": command(app, "support", "db", "upgrade")}


PLAYS = {play.__name__: play for play in (work, upgrade_from_nothing, upgrade_from_create_all, upgrade_half_done)}


def main() -> None:
    """Play what was asked for."""
    told = json.loads(sys.argv[1])
    app = create_app(told)
    came_out = PLAYS[told["play"]](app, told)
    with app.app_context():
        state = command(app, "support", "db", "check").strip()
        tables = {name: sorted(inspect(engine).get_table_names()) for name, engine in db.engines.items()}
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    print(json.dumps(came_out | {"state": state, "tables": {name or "": names for name, names in tables.items()}}))


if __name__ == "__main__":
    main()
