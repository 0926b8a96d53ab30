"""How a host takes the desk in: few lines, clear refusals, several apps, binds, prefixes and admins."""

from __future__ import annotations

import ast
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_admin import Admin
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import inspect, select

from flask_sgsupport.actors import Via
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.errors import ConfigurationError
from flask_sgsupport.extension import Support
from flask_sgsupport.models import Base, Queue, Ticket
from flask_sgsupport.services import opening, replying
from flask_sgsupport.settings import SETTINGS, Settings, State
from tests.world import Host, build_host, dispose, populate

FIELDS = {"subject": "Checkout failing", "body": "Nobody can pay."}
THREE = Path(__file__).parent / "hosts" / "three_statements.py"


def bare_app(**config: Any) -> tuple[Flask, SQLAlchemy, Any]:
    app = Flask("bare")
    app.config.update({"SECRET_KEY": "x", "SQLALCHEMY_DATABASE_URI": "sqlite://"} | config)
    db = SQLAlchemy()

    class User(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        email = db.Column(db.String(200))
        name = db.Column(db.String(200))
        account_id = db.Column(db.Integer)

    db.init_app(app)
    LoginManager(app)
    return app, db, User


def test_three_statements_take_the_desk_in() -> None:
    source = THREE.read_text()
    added = source[source.index("# --- the desk ---") :]
    assert len(ast.parse(added).body) == 3
    namespace: dict[str, Any] = {"__name__": "three_statements"}
    exec(compile(source, str(THREE), "exec"), namespace)  # noqa: S102
    rules = {rule.endpoint for rule in namespace["app"].url_map.iter_rules()}
    assert {"sgsupport.tickets", "sgsupport.open_form", "sgsupport_inbox.index"} <= rules


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("SGSUPPORT_AUTO_CLOSE_HOURS", 48, "Did you mean SGSUPPORT_AUTO_CLOSE_AFTER_HOURS?"),
        ("SGSUPPORT_AUTO_CLOSE_AFTER_HOURS", "two days", "must be a whole number, for instance 48, not 'two days'"),
        ("SGSUPPORT_AUTO_CLOSE_AFTER_HOURS", 0, "must be at least 1"),
        ("SGSUPPORT_AUTO_CLOSE_AFTER_HOURS", True, "must be a whole number"),
        ("SGSUPPORT_REOPEN_WITHIN_DAYS", -1, "must be at least 0"),
        ("SGSUPPORT_TICKET_PREFIX", "T-K", '1 to 10 letters and digits, for instance "TKT"'),
        ("SGSUPPORT_PANEL_URL_PREFIX", "support", 'a path like "/support"'),
        ("SGSUPPORT_BASE_URL", "app.example.com", 'an address like "https://app.example.com"'),
        ("SGSUPPORT_MAIL_TIMEOUT_SECONDS", 61, "DELIVERY_LEASE_SECONDS must be at least twice"),
        ("SGSUPPORT_DELIVERY_LEASE_SECONDS", 5, "SGSUPPORT_MAIL_TIMEOUT_SECONDS (15), not 5"),
        ("SGSUPPORT_WORKER", "celery", "must be one of 'auto', 'embedded', 'none'"),
    ],
)
def test_a_wrong_setting_fails_at_start_and_says_what_to_write(key: str, value: Any, sentence: str) -> None:
    app, db, user = bare_app(**{key: value})
    with pytest.raises(ConfigurationError) as refused:
        Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    assert sentence in str(refused.value)
    assert key in str(refused.value)


def test_every_setting_has_its_attribute_type_and_words() -> None:
    settings = Settings({})
    for row in SETTINGS:
        assert getattr(settings, row.name) == row.default
        assert row.doc.endswith(".") or row.doc.endswith(")")
        assert row.name in Settings.__annotations__


def test_missing_parts_are_named(tmp_path: Path) -> None:
    app, db, user = bare_app()
    with pytest.raises(ConfigurationError, match="directory=UserDirectory"):
        Support().init_app(app, db)
    with pytest.raises(ConfigurationError, match='account_id="account_id"'):
        UserDirectory(user)
    with pytest.raises(ConfigurationError, match='has no attribute "mail"'):
        UserDirectory(user, account_id="account_id", email="mail")
    directory = UserDirectory(user, account_id="account_id")
    with pytest.raises(ConfigurationError, match=r"support\.init_app\(app, db\)"):
        Support(directory=directory).init_app(Flask("no database"))
    with pytest.raises(ConfigurationError, match='"desk" is not in SQLALCHEMY_BINDS'):
        Support(directory=directory).init_app(app, db, bind_key="desk")
    app, db, user = bare_app(SGSUPPORT_STORAGE_FOLDER=str(Path(Flask("bare").static_folder or "") / "files"))
    with pytest.raises(ConfigurationError, match="inside the static folder"):
        Support(directory=directory).init_app(app, db)


def test_an_app_has_one_desk() -> None:
    app, db, user = bare_app()
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    support.init_app(app, db)
    with pytest.raises(ConfigurationError, match="already"):
        support.init_app(app, db)


def test_the_desk_and_the_database_may_come_in_either_order() -> None:
    app = Flask("late")
    app.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://")
    db = SQLAlchemy()

    class User(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        email = db.Column(db.String(200))
        name = db.Column(db.String(200))
        account_id = db.Column(db.Integer)

    Support(directory=UserDirectory(User, account_id="account_id")).init_app(app, db)
    db.init_app(app)
    with app.app_context():
        db.create_all()
        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
        db.engine.dispose()


@pytest.mark.every_database
def test_two_apps_in_one_process_keep_apart(database_url: str, tmp_path: Path) -> None:
    first = build_host(database_url, tmp_path / "one")
    second = build_host(f"sqlite:///{tmp_path / 'second.sqlite'}", tmp_path / "two", SGSUPPORT_TICKET_PREFIX="HLP")
    for host in (first, second):
        populate(host)
    results: dict[str, list[str]] = {"one": [], "two": []}

    def hammer(host: Host, name: str) -> None:
        with host.app.app_context():
            for _ in range(5):
                results[name].append(opening.open_ticket(host.customer("jerome"), **FIELDS).ticket_id)

    threads = [threading.Thread(target=hammer, args=pair) for pair in ((first, "one"), (second, "two"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert results["one"] == [f"TKT-2026-{n:05d}" for n in range(1, 6)]
    assert results["two"] == [f"HLP-2026-{n:05d}" for n in range(1, 6)]
    for host in (first, second):
        dispose(host)


@pytest.mark.every_database
def test_the_desk_may_live_under_a_bind_key(database_url: str, tmp_path: Path) -> None:
    app, db, user = bare_app(
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.sqlite'}",
        SQLALCHEMY_BINDS={"desk": database_url},
        TESTING=True,
    )
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    support.init_app(app, db, bind_key="desk")
    with app.app_context():
        db.create_all()
        assert not [name for name in inspect(db.engine).get_table_names() if name.startswith("sgsupport_")]
        assert "sgsupport_ticket" in inspect(db.engines["desk"]).get_table_names()
        db.session.add(user(id=1, name="Jerome", email="j@n.example", account_id=1))
        db.session.commit()
        db.session.add(
            Queue(
                key="support",
                name="Support",
                position=0,
                active=True,
                is_default=True,
                from_name="",
                signature="",
                mail_error="",
            )
        )
        db.session.commit()
        jerome = support.customer(1)
        opened = opening.open_ticket(jerome.through(Via.PANEL), **FIELDS)
        replying.follow_up(opened.ticket_id, jerome.through(Via.PANEL), body="And more.")
        assert db.session.scalars(select(Ticket.ticket_id)).all() == [opened.ticket_id]
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def test_the_panel_moves_with_its_prefix(database_url: str, tmp_path: Path) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL_URL_PREFIX="/help/desk")
    rules = {rule.rule for rule in host.app.url_map.iter_rules() if rule.endpoint.startswith("sgsupport.")}
    assert rules
    assert all(rule.startswith("/help/desk") for rule in rules)


def test_two_admins_each_get_an_inbox() -> None:
    app, db, user = bare_app()
    admins = [Admin(app, name="One"), Admin(app, name="Two", url="/ops", endpoint="ops")]
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=admins)
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    assert (rules["sgsupport_inbox.index"], rules["sgsupport2_inbox.index"]) == ("/admin/support/", "/ops/support/")


def test_several_admins_and_none_named_get_no_inbox() -> None:
    app, db, user = bare_app()
    Admin(app, name="One")
    Admin(app, name="Two", url="/ops", endpoint="ops")
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    assert not [rule for rule in app.url_map.iter_rules() if "inbox" in rule.endpoint]
    desk = app.extensions["sgsupport"]
    assert isinstance(desk, State)
    assert desk.admin_endpoints == []


def test_a_form_without_the_token_is_refused_whether_or_not_the_host_guards(database_url: str, tmp_path: Path) -> None:
    for number, guarded in enumerate((False, True)):
        host = build_host(
            database_url if number == 0 else f"sqlite:///{tmp_path / 'g.sqlite'}",
            tmp_path / str(number),
            WTF_CSRF_ENABLED=True,
        )
        guard = CSRFProtect(host.app) if guarded else None
        if guard is not None:
            guard.exempt(host.app.view_functions["sign_in"])
        populate(host)
        client = host.client("jerome")
        answer = client.post("/support/open", data={"subject": "No token", "body": "Text"})
        assert answer.status_code == 400, f"host guards: {guarded}"
        page = client.get("/support/open").get_data(as_text=True)
        token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        accepted = client.post("/support/open", data={"subject": "With token", "body": "Text", "csrf_token": token})
        assert accepted.status_code == 302, accepted.get_data(as_text=True)[:500]
        stolen = host.client("mina").post(
            "/support/open", data={"subject": "Stolen", "body": "Text", "csrf_token": token}
        )
        assert stolen.status_code == 400
        with host.app.app_context():
            assert host.db.session.scalars(select(Ticket.subject)).all() == ["With token"]
        dispose(host)
