"""How a host takes the desk in: few lines, clear refusals, several apps, binds, prefixes and admins."""

from __future__ import annotations

import ast
import gc
import threading
import weakref
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask_admin import Admin, BaseView, expose
from flask_login import LoginManager, login_user
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from sqlalchemy import BLANK_SCHEMA, MetaData, inspect, select, text, update

from flask_sgsupport.actors import Membership, Person, Via
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.errors import ConfigurationError, InvalidInput, NotAllowed, TransitionRefused
from flask_sgsupport.extension import Support
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Base, Category, Queue, Ticket
from flask_sgsupport.panel.host_pages import desk_link
from flask_sgsupport.queries.health import checks
from flask_sgsupport.services import opening, replying
from flask_sgsupport.settings import SETTINGS, Settings, State
from flask_sgsupport.signals import ticket_opened
from flask_sgsupport.testing import drain_outbox
from tests.mailing import JEROME, drained, parts
from tests.panel_pages import hidden
from tests.smtp import Smtp
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
        ("SGSUPPORT_BASE_URL", "https://", "an address like \"https://app.example.com\", not 'https://'"),
        ("SGSUPPORT_BASE_URL", "https://app.example.com:port", 'an address like "https://app.example.com"'),
        ("SGSUPPORT_BASE_URL", "https://app.example.com/?a=b", 'it has no "?" and no "#"'),
        ("SGSUPPORT_BASE_URL", "https://app.example.com/#top", 'it has no "?" and no "#"'),
        ("SGSUPPORT_LOGIN_URL", "login", 'must be a path like "/login" or an address like'),
        ("SGSUPPORT_LOGIN_URL", "//evil.example", 'must be a path like "/login"'),
        ("SGSUPPORT_LOGIN_URL", "javascript:alert(1)", 'must be a path like "/login"'),
        ("SGSUPPORT_MAIL_DOMAIN", "a b c", "must be a domain like \"example.com\", not 'a b c'"),
        ("SGSUPPORT_MAIL_DOMAIN", 'ex"a>mple', 'must be a domain like "example.com"'),
        ("SGSUPPORT_PANEL_URL_PREFIX", "/<x>/support", "without converters, not '/<x>/support'"),
        ("SGSUPPORT_PANEL_URL_PREFIX", "/help//desk", 'a path like "/support"'),
        ("SGSUPPORT_CONTENT_SECURITY_POLICY", "default-src 'self'\r\nX-Mine: 1", "must be one line"),
        ("SGSUPPORT_AUTO_CLOSE_AFTER_HOURS", 10**12, "must be at most 87600, not 1000000000000"),
        ("SGSUPPORT_REOPEN_WITHIN_DAYS", 10**12, "must be at most 36500"),
        ("SGSUPPORT_DELIVERY_GIVE_UP_AFTER_HOURS", 10**12, "must be at most 8760"),
        ("SGSUPPORT_WORKER_POLL_SECONDS", float("nan"), "must be at least 0.05"),
        ("SGSUPPORT_HOOK_TIMEOUT_SECONDS", float("inf"), "must be at most 600"),
        ("SGSUPPORT_MAIL_FROM", "notanaddress", "must be an e-mail address like"),
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
    (tmp_path / "release" / "static").mkdir(parents=True)
    (tmp_path / "current").symlink_to(tmp_path / "release")
    app, db, user = bare_app(SGSUPPORT_STORAGE_FOLDER=str(tmp_path / "release" / "static" / "files"))
    app.static_folder = str(tmp_path / "current" / "static")
    with pytest.raises(ConfigurationError, match="inside the static folder"):
        Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)


def test_nothing_in_a_named_column_means_no(host: Host) -> None:
    for who, column, page in (
        ("jerome", "support", "/support/"),
        ("mina", "enabled", "/support/"),
        ("ada", "enabled", "/admin/support/"),
        ("olga", "host_owner", "/admin/support/agents/"),
    ):
        client = host.client(who)
        assert client.get(page).status_code == 200, who
        host.change_user(who, **{column: None})
        assert client.get(page).status_code in {302, 403}, f"{who} without an answer in {column}"
    host.change_user("lena", owner=None, support=None)
    assert host.client("lena").get("/support/").status_code == 403, "an owner has access, but nobody says she is one"


@pytest.mark.every_database
@pytest.mark.parametrize("first", ["create_all", "init"])
def test_the_hosts_tables_may_live_in_a_schema_of_their_own(database_url: str, tmp_path: Path, first: str) -> None:
    app = Flask("schema", instance_path=str(tmp_path))
    app.config.update(SECRET_KEY="a long random text", SQLALCHEMY_DATABASE_URI=database_url, TESTING=True)
    db = SQLAlchemy(app, metadata=MetaData(schema="shop"))
    has_schemas = database_url.startswith("postgresql")

    class User(db.Model):  # type: ignore[name-defined,misc]
        __table_args__ = {"schema": "shop" if has_schemas else BLANK_SCHEMA}
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(50))
        email = db.Column(db.String(50))
        account_id = db.Column(db.Integer)

    LoginManager(app)
    support = Support(directory=UserDirectory(User, account_id="account_id"))
    support.init_app(app, db, admin=Admin(app))
    with app.app_context():
        if has_schemas:
            db.session.execute(text("CREATE SCHEMA shop"))
            db.session.commit()
        if first == "create_all":
            db.create_all()
        else:
            User.__table__.create(db.engine)
        db.session.add_all(
            [User(id=1, name="Lea", email="lea@desk.example"), User(id=2, name="Cy", email="c@x.example", account_id=1)]
        )
        db.session.commit()
        said = app.test_cli_runner().invoke(args=["support", "init", "--lead", "lea@desk.example"])
        assert said.exit_code == 0, said.output
        opened = support.open_ticket(support.customer(2), subject="Checkout", body="Nobody can pay.")
        support.claim(support.agent(1), opened.ticket_id)
        db.session.commit()
        assert set(Base.metadata.tables) <= set(inspect(db.engine).get_table_names())
        db.session.remove()
        if has_schemas:
            db.session.execute(text("DROP SCHEMA shop CASCADE"))
            db.session.commit()
        db.session.remove()
        db.engine.dispose()


def uuid_people() -> tuple[Any, Any, Any]:
    """A host whose people and accounts have UUIDs, two people in one account."""
    app = Flask("uuids")
    app.config.update(SQLALCHEMY_DATABASE_URI="sqlite://", SECRET_KEY="a long random text", TESTING=True)
    db = SQLAlchemy(app)

    class User(db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Uuid, primary_key=True)
        name = db.Column(db.String(50))
        email = db.Column(db.String(50))
        account_id = db.Column(db.Uuid)

    return app, db, User


@pytest.mark.parametrize("key", [b'_5#y2L"F4Q8z\n\xec]/', bytes(range(200, 232))])
def test_a_secret_key_may_be_any_bytes(tmp_path: Path, key: bytes) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'desk.sqlite'}", tmp_path, SECRET_KEY=key)
    populate(host)
    jerome = host.client("jerome")
    form = hidden(jerome.get("/support/open").text)
    sent = jerome.post("/support/open", data=form | {"subject": "Checkout fails", "body": "Nobody can pay."})
    assert sent.status_code == 302
    assert "jerome@northwind.example" in {address for mail in drain_outbox(host.app) for address in mail.recipients}
    dispose(host)


@pytest.mark.parametrize("what", ["person", "account"])
def test_an_id_too_long_for_the_tables_is_said(tmp_path: Path, what: str) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'desk.sqlite'}", tmp_path)
    populate(host)
    long = "auth0|" + "x" * 70

    def current() -> Person:
        place = Membership(long if what == "account" else "1", owner=True)
        return Person(id=long if what == "person" else "7", name="Kim", accounts=(place,))

    host.desk.hooks.directory.current = current
    answer = host.client().get("/support/open")
    assert f"The id of {'an' if what == 'account' else 'a'} {what} has 76 characters" in answer.text
    dispose(host)


def test_an_address_too_long_for_the_tables_is_none() -> None:
    assert Person(id="7", email="x" * 330 + "@example.com").email is None


def test_a_subject_may_not_be_longer_than_its_column() -> None:
    with pytest.raises(ConfigurationError, match="SGSUPPORT_MAX_SUBJECT_CHARS must be at most 1000, not 2000"):
        Settings({"SGSUPPORT_MAX_SUBJECT_CHARS": 2_000})


def test_ids_may_be_uuids() -> None:
    app, db, user = uuid_people()
    directory = UserDirectory(user, account_id="account_id")
    Support(directory=directory).init_app(app, db)
    ids = [UUID(int=0xABCDEF0000 + number) for number in range(3)]
    with app.app_context():
        db.create_all()
        db.session.add_all([user(id=ids[0], name="Ann", account_id=ids[2]), user(id=ids[1], name="Bo")])
        db.session.commit()
        found = directory.person(str(ids[0]))
        assert found is not None
        assert found.name == "Ann"
        assert [person.name for person in directory.people_of(str(ids[2]))] == ["Ann"]
        assert directory.person("no uuid") is None
        assert list(directory.people_of("no uuid")) == []
        db.session.remove()
        db.engine.dispose()


def test_people_in_several_accounts_are_found_by_a_function_of_the_host() -> None:
    app, db, user = uuid_people()
    accounts = lambda one: [Membership("a"), Membership("b")]  # noqa: E731 - as a host writes it
    with pytest.raises(ConfigurationError, match="of_account="):
        UserDirectory(user, accounts=accounts)
    with pytest.raises(ConfigurationError, match="of_account="):
        UserDirectory(user, account_id=lambda one: one.account_id)
    directory = UserDirectory(user, accounts=accounts, of_account=lambda account_id: [user(name=account_id)])
    Support(directory=directory).init_app(app, db)
    with app.app_context():
        assert [person.name for person in directory.people_of("b")] == ["b"]
        assert list(directory.people_of("c")) == []
        db.session.remove()
        db.engine.dispose()


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


def line_of(app: Flask, name: str) -> list[tuple[str, str]]:
    with app.app_context():
        return [(check.state, check.sentence) for check in checks() if check.name == name]


def test_panel_and_inbox_at_one_address_are_refused_at_the_start() -> None:
    app, db, user = bare_app()
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    with pytest.raises(ConfigurationError, match="both be at /support.* set SGSUPPORT_PANEL_URL_PREFIX"):
        support.init_app(app, db, admin=Admin(app, url="/"))
    app, db, user = bare_app(SGSUPPORT_PANEL_URL_PREFIX="/help")
    support.init_app(app, db, admin=Admin(app, url="/"))
    assert line_of(app, "routes") == [("ok", "No route of the app has the address of one of ours.")]


@pytest.mark.parametrize("prefix", ["/admin", "/admin/support", "/admin/support/health", "/admin/orders"])
def test_a_panel_at_an_address_of_the_flask_admin_is_refused_at_the_start(prefix: str) -> None:
    app, db, user = bare_app(SGSUPPORT_PANEL_URL_PREFIX=prefix)
    admin = Admin(app)
    admin.add_view(type("Orders", (BaseView,), {"index": expose("/")(lambda view: "orders")})(endpoint="orders"))
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    with pytest.raises(ConfigurationError, match=f"both be at {prefix}, .* set SGSUPPORT_PANEL_URL_PREFIX"):
        support.init_app(app, db, admin=admin)


def test_a_panel_below_the_flask_admin_at_an_address_of_its_own_starts() -> None:
    app, db, user = bare_app(SGSUPPORT_PANEL_URL_PREFIX="/admin/help")
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=Admin(app))
    assert line_of(app, "routes") == [("ok", "No route of the app has the address of one of ours.")]


@pytest.mark.parametrize("rule", ["/support/", "/support/tickets/<x>", "/support/tickets/<string(minlength=2):x>"])
@pytest.mark.parametrize("before", [True, False])
def test_a_route_of_the_app_at_an_address_of_ours_is_named(rule: str, *, before: bool) -> None:
    app, db, user = bare_app()
    if before:
        app.add_url_rule(rule, "mine", lambda x="": "mine")
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=Admin(app))
    if not before:
        app.add_url_rule(rule, "mine", lambda x="": "mine")
    app.add_url_rule("/support/<page>", "no_clash", lambda page: page)
    app.add_url_rule("/support/open", "no_clash_either", lambda: "", methods=["PUT"])
    [(state, sentence)] = line_of(app, "routes")
    assert state == "bad"
    assert sentence.startswith(f"{rule} is taken twice, by mine of the app and by Support's sgsupport.ticket")


def test_an_admin_view_at_the_address_of_the_inbox_is_named() -> None:
    class Mine(BaseView):
        @expose("/")
        def index(self) -> str:
            return "mine"

    app, db, user = bare_app()
    admin = Admin(app)
    admin.add_view(Mine(name="Support", endpoint="support", url="/admin/support"))
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=admin)
    [(state, sentence)] = line_of(app, "routes")
    assert state == "bad"
    assert "/admin/support/ is taken twice, by support.index of the app and by Support's sgsupport_inbox" in sentence


WRONG: dict[str, Any] = {
    "SECRET_KEY": None,
    "MAIL_DEFAULT_SENDER": ("Support", "not an address"),
    "SGSUPPORT_PANEL_LAYOUT": "mine.html",
    "SGSUPPORT_STORAGE_FOLDER": f"{__file__}/files",
}
SENTENCES = (
    'The app has no SECRET_KEY; write app.config["SECRET_KEY"] = "…"',
    'MAIL_DEFAULT_SENDER must be an e-mail address like "support@example.com"',
    'SGSUPPORT_PANEL_LAYOUT is "mine.html", but there is no template "mine.html"',
    "The folder of attachments can be neither made nor written by the user the app runs as. Set SGSUPPORT_STORAGE",
    "The LoginManager of the app has no user_loader, so nobody can be told apart; write @login.user_loader.",
    "write support.init_app(app, db, admin=admin); where that is meant, admin=[].",
)


def in_good_order(app: Flask, admin: Admin) -> None:
    """What a host may do only after it took the desk in."""
    app.config.update(SECRET_KEY="x" * 32, MAIL_DEFAULT_SENDER="support@example.com")
    app.login_manager.user_loader(lambda user_id: None)  # type: ignore[attr-defined]
    app.jinja_loader = DictLoader({"mine.html": "{% block content %}{% endblock %}"})  # type: ignore[misc]
    admin.init_app(app)


def test_the_first_request_tells_all_that_is_missing_at_once(caplog: pytest.LogCaptureFixture) -> None:
    app, db, user = bare_app(TESTING=True, **WRONG)
    app.add_url_rule("/", "home", lambda: "Home of the host")
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    assert caplog.text == "", "what may follow is not missed yet"
    assert app.test_client().get("/").text == "Home of the host"
    [told] = [record for record in caplog.records if record.name == "flask_sgsupport.extension"]
    for sentence in SENTENCES:
        assert sentence in told.getMessage()
    caplog.clear()
    app.test_client().get("/")
    assert caplog.text == "", "once is enough"


@pytest.mark.parametrize("path", ["/support/", "/support/open", "/support/poll"])
def test_every_page_of_the_desk_tells_all_that_is_missing_at_once(path: str) -> None:
    app, db, user = bare_app(TESTING=True, **WRONG)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    answer = app.test_client().get(path)
    assert answer.status_code == 500
    for sentence in SENTENCES:
        assert sentence in unescape(answer.text)
    assert __file__ not in answer.text, "where files are kept is nobody's business"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_strangers_read_nothing_of_how_an_app_is_configured(accept: str, caplog: pytest.LogCaptureFixture) -> None:
    app, db, user = bare_app(**WRONG)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    said = []
    for app.debug in (False, True):
        caplog.clear()
        answer = app.test_client().get("/support/", headers={"Accept": accept})
        assert answer.status_code == 500
        said.append(unescape(answer.text))
        assert SENTENCES[2] in caplog.text
    assert "The support desk is not set up rightly; its log says what to write." in said[0]
    for sentence in SENTENCES:
        assert sentence not in said[0]
    assert "mine.html" in said[1]
    assert "mine.html" not in said[0]


def test_what_a_host_sets_up_after_the_desk_is_not_missed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app, db, user = bare_app(TESTING=True, **WRONG | {"SGSUPPORT_STORAGE_FOLDER": str(tmp_path / "a" / "b")})
    admin = Admin()
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=admin)
    in_good_order(app, admin)
    # A stranger, for whom the app has no login.
    assert app.test_client().get("/support/").status_code == 401
    assert caplog.text == ""
    assert not (tmp_path / "a").exists(), "a look makes no folder"


def test_commands_say_what_is_missing_and_a_worker_does_not_begin() -> None:
    app, db, user = bare_app(TESTING=True, **WRONG)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    run = app.test_cli_runner().invoke
    made = run(args=["support", "db", "upgrade"])
    assert made.exit_code == 0
    assert len(made.stderr.splitlines()) == len(SENTENCES)
    worker = run(args=["support", "worker"])
    assert (worker.exit_code, worker.stdout, len(worker.stderr.splitlines())) == (1, "", 3)
    for sentence in (SENTENCES[0], SENTENCES[1], SENTENCES[3]):
        assert sentence in worker.stderr, "what mail and the clock meet"
    health = run(args=["support", "health"])
    assert health.stderr == ""
    for sentence in SENTENCES:
        assert sentence in made.stderr
        assert sentence in health.stdout


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"MAIL_DEFAULT_SENDER": "not an address"}, SENTENCES[1]),
        ({"MAIL_DEFAULT_SENDER": "noreply@my_host.example.com"}, SENTENCES[1]),
        ({"MAIL_DEFAULT_SENDER": "a@b.example\nBcc: c@d.example"}, SENTENCES[1]),
        ({"SGSUPPORT_STORAGE_FOLDER": f"{__file__}/files"}, SENTENCES[3]),
        ({}, SENTENCES[5]),
    ],
    ids=["no From address", "a From address no mail leaves from", "a header in it", "no place for files", "no inbox"],
)
def test_what_a_part_of_the_desk_lacks_closes_no_page_and_stops_no_mail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, config: dict[str, Any], sentence: str
) -> None:
    app, db, user = bare_app(**{"SECRET_KEY": "x" * 32, "SGSUPPORT_STORAGE_FOLDER": str(tmp_path)} | config)
    app.login_manager.user_loader(lambda user_id: None)  # type: ignore[attr-defined]
    admin = Admin(app) if config else None
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=admin)
    assert app.test_client().get("/support/").status_code == 401
    assert sentence in caplog.text
    run = app.test_cli_runner().invoke
    made = run(args=["support", "db", "upgrade"])
    assert (made.exit_code, sentence in made.stderr, len(made.stderr.splitlines())) == (0, True, 1)
    assert run(args=["support", "worker", "--once"]).exit_code == 0
    assert f"bad   {'inbox' if not config else 'storage' if 'files' in str(config) else 'From address'}: " in (
        run(args=["support", "health"]).stdout
    )


@pytest.mark.parametrize("sender", ["desk@corp.local", "desk@localhost", "desk@192.168.1.5", "Desk <a@mail.test>"])
def test_mail_may_come_from_an_inner_network(sender: str) -> None:
    app, db, user = bare_app(MAIL_DEFAULT_SENDER=sender, SGSUPPORT_MAIL_FROM=sender)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
    assert "MAIL_DEFAULT_SENDER" not in app.test_cli_runner().invoke(args=["support", "db", "upgrade"]).stderr


def test_an_app_that_only_sends_needs_nobody_to_sign_in() -> None:
    app, db, user = bare_app(SGSUPPORT_PANEL_LAYOUT="of another app.html")
    del app.login_manager  # type: ignore[attr-defined]
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
    run = app.test_cli_runner().invoke
    run(args=["support", "db", "upgrade"])
    worker = run(args=["support", "worker", "--once"])
    assert (worker.exit_code, worker.output) == (0, "")


def test_a_directory_that_knows_by_itself_who_is_signed_in_needs_no_flask_login() -> None:
    class Tokens(UserDirectory):
        def current(self) -> None:
            """Whoever the host's own tokens name."""

    app, db, user = bare_app()
    del app.login_manager  # type: ignore[attr-defined]
    Support(directory=Tokens(user, account_id="account_id")).init_app(app, db, admin=[])
    assert line_of(app, "login") == [("ok", "The directory can tell who is signed in.")]
    assert app.test_client().get("/support/").status_code == 401


def test_a_secret_key_that_is_no_text_is_told_as_a_missing_one() -> None:
    app, db, user = bare_app(SECRET_KEY=12345)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
    run = app.test_cli_runner().invoke
    assert SENTENCES[0] in run(args=["support", "db", "upgrade"]).stderr
    assert run(args=["support", "worker", "--once"]).exit_code == 1


def test_an_inbox_whose_flask_admin_has_no_app_is_missed_wherever_it_stands() -> None:
    app, db, user = bare_app()
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(
        app, db, admin=[Admin(app), Admin(endpoint="other", url="/other")]
    )
    [(state, sentence)] = line_of(app, "inbox")
    assert (state, "write admin.init_app(app)" in sentence) == ("bad", True)


class Bucket:
    """A storage of the host; where in its bucket the files are is its own business."""

    folder = "support/attachments"

    def save(self, stream: Any, *, max_bytes: int) -> Any:
        """Keep nothing."""

    def open(self, key: str) -> Any:
        """Find nothing."""

    def delete(self, key: str) -> None:
        """Have nothing."""

    def keys(self, *, older_than: Any, after: str = "") -> Any:
        """Name nothing."""
        return iter(())


def test_a_storage_of_the_app_may_call_anything_a_folder(caplog: pytest.LogCaptureFixture) -> None:
    app, db, user = bare_app()
    app.login_manager.user_loader(lambda user_id: None)  # type: ignore[attr-defined]
    desk = Support(directory=UserDirectory(user, account_id="account_id"))
    desk.init_app(app, db, admin=[], storage=Bucket())
    assert app.test_client().get("/support/").status_code == 401
    run = app.test_cli_runner().invoke
    assert run(args=["support", "db", "upgrade"]).exit_code == 0
    assert "Files are kept in a storage of the app's own." in run(args=["support", "health"]).stdout
    assert run(args=["support", "uninstall", "--yes"]).exit_code == 0
    assert caplog.text == ""


def test_a_check_that_fails_takes_down_no_page_and_no_command(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    app, db, user = bare_app()
    app.login_manager.user_loader(lambda user_id: None)  # type: ignore[attr-defined]
    directory = UserDirectory(user, account_id="account_id")
    Support(directory=directory).init_app(app, db, admin=[])
    monkeypatch.setattr(directory, "problem", lambda: 1 // 0)
    assert app.test_client().get("/support/").status_code == 401
    assert "A check of the app failed: login" in caplog.text
    run = app.test_cli_runner().invoke
    assert run(args=["support", "db", "upgrade"]).exit_code == 0
    assert "login: This could not be checked: ZeroDivisionError" in run(args=["support", "health"]).stdout


def test_a_desk_without_a_panel_keeps_what_the_inbox_needs(database_url: str, tmp_path: Path, smtp: Smtp) -> None:
    host = build_host(database_url, tmp_path, SGSUPPORT_PANEL=False, MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port)
    rules = {rule.endpoint for rule in host.app.url_map.iter_rules() if rule.endpoint.startswith("sgsupport.")}
    assert rules == {"sgsupport.static", "sgsupport.download", "sgsupport.poll"}
    populate(host)
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), **FIELDS).ticket_id
    drained(host)
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Look again.", status=Status.RESOLVED)
    ada, jerome = host.client("ada"), host.client("jerome")
    assert jerome.get("/support/").status_code == 404
    page = ada.get(f"/admin/support/tickets/{ticket_id}").text
    assert "/support/poll" in page
    assert ada.get(f"/support/poll?ticket={ticket_id}").status_code == 200
    with ada.get("/support/static/sgsupport.css") as styles:
        assert styles.status_code == 200
    assert ada.get("/support/files/gone").status_code == 404
    assert jerome.get("/support/files/gone").status_code == 404
    assert jerome.get("/admin/support/").status_code == 403
    with host.app.test_request_context():
        login_user(host.db.session.get(host.user_model, host.ids["jerome"]))
        assert desk_link() is None
    drained(host)
    mails = smtp.to(JEROME)
    assert len(mails) == 2
    for words in (words for mail in mails for words in parts(mail)):
        assert "panel" not in words.lower()
        assert "app.example.com" not in words
    dispose(host)


def test_two_admins_each_get_an_inbox() -> None:
    app, db, user = bare_app()
    admins = [Admin(app, name="One"), Admin(app, name="Two", url="/ops", endpoint="ops")]
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=admins)
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}
    assert (rules["sgsupport_inbox.index"], rules["sgsupport2_inbox.index"]) == ("/admin/support/", "/ops/support/")


def test_of_several_admins_one_must_be_named() -> None:
    app, db, user = bare_app()
    one = Admin(app, name="One")
    Admin(app, name="Two", url="/ops", endpoint="ops")
    support = Support(directory=UserDirectory(user, account_id="account_id"))
    with pytest.raises(ConfigurationError, match=r"2 Flask-Admins; .*init_app\(app, db, admin=admin\)"):
        support.init_app(app, db)
    support.init_app(app, db, admin=one)
    assert "sgsupport_inbox.index" in {rule.endpoint for rule in app.url_map.iter_rules()}


def inbox_line(app: Flask) -> tuple[str, str]:
    """What the health checks say of the inbox."""
    with app.app_context():
        [found] = [check for check in checks() if check.name == "inbox"]
    return found.state, found.sentence


@pytest.mark.parametrize(
    ("admin", "words"),
    [(None, "write support.init_app(app, db, admin=admin)"), (Admin, "write admin.init_app(app)")],
    ids=["no Flask-Admin", "a Flask-Admin without its app"],
)
def test_a_desk_without_an_inbox_says_so_at_the_start_and_under_health(admin: Any, words: str) -> None:
    app, db, user = bare_app(TESTING=True)
    given = admin() if admin else None
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=given)
    assert words in unescape(app.test_client().get("/support/").text)
    state, sentence = inbox_line(app)
    assert state == "bad"
    assert words in sentence


def test_a_desk_without_an_inbox_on_purpose_is_no_mistake(caplog: pytest.LogCaptureFixture) -> None:
    app, db, user = bare_app()
    Admin(app)
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
    desk = app.extensions["sgsupport"]
    assert isinstance(desk, State)
    assert (desk.admin_endpoints, caplog.text) == ([], "")
    assert inbox_line(app)[0] == "warn"


def test_a_lead_without_an_inbox_learns_what_is_missing(host: Host) -> None:
    host.desk.admin_endpoints.clear()
    host.desk.without_inbox = True
    answer = host.client("grace").get("/support/")
    assert answer.status_code == 403
    assert "You are an agent" in answer.text
    assert "admin=admin" in answer.text
    assert "An owner of your account" not in answer.text
    assert "An owner of your account" in host.client("nora").get("/support/").text


@pytest.mark.parametrize(("with_manager", "words"), [(False, "write LoginManager(app)"), (True, "has no user_loader")])
def test_an_app_that_cannot_say_who_is_signed_in_is_told_what_to_write(*, with_manager: bool, words: str) -> None:
    app, db, user = bare_app(TESTING=True)
    if not with_manager:
        del app.login_manager  # type: ignore[attr-defined]
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db, admin=[])
    answer = app.test_client().get("/support/")
    assert answer.status_code == 500
    assert words in answer.text
    with app.app_context():
        [found] = [check for check in checks() if check.name == "login"]
    assert found.state == "bad"
    assert words in found.sentence


def test_a_directory_with_its_own_current_needs_no_flask_login() -> None:
    app, db, user = bare_app()
    del app.login_manager  # type: ignore[attr-defined]
    Support(directory=UserDirectory(user, account_id="account_id", current=lambda: None)).init_app(app, db, admin=[])
    with app.app_context():
        assert [check.state for check in checks() if check.name == "login"] == ["ok"]


def test_objects_that_cannot_do_the_work_are_refused_at_the_start() -> None:
    app, db, user = bare_app()
    directory = UserDirectory(user, account_id="account_id")
    with pytest.raises(ConfigurationError, match=r"has no current, person, .*write directory=UserDirectory"):
        Support(directory=object()).init_app(app, db)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"is a class; write directory="):
        Support(directory=UserDirectory).init_app(app, db)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"has no save, open, delete, keys; .*storage.Storage"):
        Support(directory=directory).init_app(app, db, storage=object())  # type: ignore[arg-type]
    of_the_first_version = SimpleNamespace(save=print, open=print, delete=print, keys=lambda *, older_than: iter(()))
    with pytest.raises(ConfigurationError, match=r"must take older_than= and after=; .*storage.Storage"):
        Support(directory=directory).init_app(app, db, storage=of_the_first_version)  # type: ignore[arg-type]
    for wrong in ("admin", 7, ["admin"]):
        with pytest.raises(ConfigurationError, match=r"not .*; write support.init_app\(app, db, admin=admin\)"):
            Support(directory=directory).init_app(app, db, admin=wrong)  # type: ignore[arg-type]
    assert "sgsupport" not in app.blueprints


def test_host_code_that_names_no_actor_or_signal_is_told_what_to_write(in_app: Host) -> None:
    with pytest.raises(ConfigurationError, match=r"support.customer\(person_id\)"):
        in_app.support.open_ticket(1, **FIELDS)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"support.agent\(person_id\)"):
        in_app.support.reply(None, "TKT-2026-00001", "Hello")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"@support.on\(ticket_opened\)"):
        in_app.support.on("ticket_opened")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"a function of \(app, payload\)"):
        in_app.support.on(ticket_opened)(lambda payload: None)


def test_a_desk_that_comes_after_the_first_request_is_told_so() -> None:
    app, db, user = bare_app()
    app.test_client().get("/")
    with pytest.raises(
        ConfigurationError, match=r"answered a request already; write support.init_app\(app, db\) where"
    ):
        Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)


def test_who_is_no_agent_is_refused_at_once(in_app: Host) -> None:
    with pytest.raises(NotAllowed, match="Jerome Ellis lacks the permission “Handle tickets”. A support lead"):
        in_app.support.agent(in_app.ids["jerome"])
    assert in_app.support.agent(in_app.ids["ada"]).name == "Ada Lovelace"


def test_host_code_closes_with_a_note_of_the_confirmation(in_app: Host, resolved_ticket: str) -> None:
    ada = in_app.support.agent(in_app.ids["ada"])
    with pytest.raises(TransitionRefused, match="record in a note how the customer confirmed"):
        in_app.support.set_status(ada, resolved_ticket, Status.CLOSED)
    in_app.support.close(ada, resolved_ticket, note="He said on the phone that it works.")
    closed = in_app.db.session.execute(select(Ticket.status, Ticket.close_reason)).one()
    assert tuple(closed) == ("closed", "customer_confirmed")


def test_a_category_there_never_was_is_named_with_those_there_are(in_app: Host) -> None:
    def refused(key: str) -> str:
        with pytest.raises(InvalidInput) as error:
            in_app.support.open_ticket(in_app.customer("jerome"), category=key, **FIELDS)
        return error.value.fields["category"]

    assert refused("billing") == "There is no category “billing”; there are: storefront, invoices."
    in_app.db.session.execute(update(Category).where(Category.key == "invoices").values(active=False))
    assert refused("invoices") == "This category is no longer offered. Choose another."
    in_app.db.session.execute(update(Category).values(active=False))
    assert refused("billing") == "There is no category “billing”; this desk has none."


def test_a_database_that_was_never_set_up_is_named(caplog: pytest.LogCaptureFixture) -> None:
    app = Flask("forgotten")
    app.config.update(SECRET_KEY="x", SQLALCHEMY_DATABASE_URI="sqlite://")
    db = SQLAlchemy()
    user = bare_app()[2]
    Support(directory=UserDirectory(user, account_id="account_id")).init_app(app, db)
    printed = app.test_cli_runner().invoke(args=["support", "health"])
    assert (printed.exit_code, "write db.init_app(app)" in printed.output) == (1, True)


def test_a_search_without_a_mapped_name_or_address_finds_nobody(host: Host) -> None:
    model = host.user_model
    model.full_name = property(lambda user: user.name)
    model.mail = property(lambda user: user.email)
    directory = UserDirectory(model, account_id="account_id", name="full_name", email="mail")
    with host.app.app_context():
        assert directory.agent_candidates("zzzz", 30) == []
        assert directory.agent_candidates("", 30) != []


@pytest.mark.parametrize("active", ["enabled", lambda user: user.enabled])
def test_the_search_for_agents_finds_who_stands_behind_many_who_are_switched_off(host: Host, active: Any) -> None:
    directory = UserDirectory(host.user_model, account_id="account_id", active=active)
    with host.app.app_context():
        people = [host.user_model(name=f"Kim Gone {n}", email=f"kim{n}@desk.example", enabled=False) for n in range(40)]
        host.db.session.add_all([*people, host.user_model(name="Kim Here", email="kim@desk.example")])
        host.db.session.commit()
        assert [person.name for person in directory.agent_candidates("Kim", 30)] == ["Kim Here"]
    assert "Kim Here" in host.client("grace").get("/admin/support/agents/?q=Kim").text


def test_an_app_that_is_gone_is_not_kept_in_memory(tmp_path: Path) -> None:
    apps = [weakref.ref(build_host("sqlite://", tmp_path / str(number)).app) for number in range(3)]
    gc.collect()
    assert [app() for app in apps] == [None] * 3


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
