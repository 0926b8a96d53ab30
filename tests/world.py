"""The world of the tests in the product's words: a host app, its accounts and people, agents, tickets, and a clock.

Northwind (account 1): Lena owns it, Jerome has support access, Nora has none. Fabrikam (account 2): Mina.
Support: Ada handles the queue Support, Ben the queue Billing, Cleo Support without the right to assign, Grace leads.
Olga is an Owner of the host without being an agent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import pytest
from flask import Flask, request, session
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_login import LoginManager, UserMixin, login_required, login_user, logout_user
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event

from flask_sgsupport import extension
from flask_sgsupport.actors import Actor, Via
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.extension import Support
from flask_sgsupport.hooks import Account, Activity, Site, Subject
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Agent, AgentCoverage, Category, PersonRecord, Queue
from flask_sgsupport.queries.people import agent
from flask_sgsupport.services import assigning, opening, replying
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.numbers import prepare
from flask_sgsupport.services.unit import digest_of
from flask_sgsupport.settings import State
from tests.compiled import OnceCompiled, copies_of
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import broken
from tests.kept import keep, put_back
from tests.services import Database

extension.copy_tables = copies_of(extension.copy_tables)  # type: ignore[attr-defined]
START = datetime(2026, 4, 22, 14, 3, tzinfo=UTC)


@dataclass
class Clock:
    """The desk's clock: it stands still until a test moves it."""

    at: datetime = START

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **delta: float) -> None:
        """Move on: ``clock.forward(hours=48)``."""
        self.at += timedelta(**delta)


PEOPLE: dict[str, dict[str, Any]] = {
    "lena": {"name": "Lena Brandt", "email": "lena@northwind.example", "account_id": 1, "role": "Owner", "owner": True},
    "jerome": {"name": "Jerome Ellis", "email": "jerome@northwind.example", "account_id": 1, "role": "Admin"},
    "nora": {
        "name": "Nora Quist",
        "email": "nora@northwind.example",
        "account_id": 1,
        "role": "Editor",
        "support": False,
    },
    "mina": {"name": "Mina Sato", "email": "mina@fabrikam.example", "account_id": 2, "role": "Owner", "owner": True},
    "ada": {"name": "Ada Lovelace", "email": "ada@desk.example"},
    "ben": {"name": "Ben Okoro", "email": "ben@desk.example"},
    "cleo": {"name": "Cleo Marsh", "email": "cleo@desk.example"},
    "grace": {"name": "Grace Hopper", "email": "grace@desk.example"},
    "olga": {"name": "Olga Petrova", "email": "olga@desk.example", "host_owner": True},
}
RIGHTS: dict[str, dict[str, Any]] = {
    "ada": {"queues": ["support"], "can_assign": True, "can_close": True},
    "ben": {"queues": ["billing"], "can_assign": True, "can_close": True},
    "cleo": {"queues": ["support"]},
    "grace": {"queues": ["support", "billing"], "is_lead": True},
}


@dataclass
class Host:
    """A host app with the desk in it."""

    app: Flask
    db: SQLAlchemy
    support: Support
    admin: Admin
    user_model: Any
    clock: Clock
    ids: dict[str, int] = field(default_factory=dict)
    bent: str = ""
    """Why a test changed rows by hand, past the services: then the invariants are not asked of them."""

    @property
    def desk(self) -> State:
        """What the desk has in this app."""
        found: State = self.app.extensions["sgsupport"]
        return found

    def customer(self, who: str, via: Via = Via.PANEL) -> Actor:
        """Somebody as an operator; needs an app context."""
        return self.support.customer(self.ids[who]).through(via)

    def agent(self, who: str, via: Via = Via.INBOX) -> Actor:
        """Somebody as an agent; needs an app context."""
        return agent(self.desk.hooks.directory.person(str(self.ids[who])), via)

    def client(self, who: str | None = None) -> FlaskClient:
        """A browser of somebody signed in, or of a stranger."""
        client = self.app.test_client()
        if who is not None:
            assert client.post("/sign-in", data={"user": self.ids[who]}).status_code == 200
        return client

    def change_user(self, who: str, **columns: Any) -> None:
        """Change somebody in the host's own table."""
        with self.app.app_context():
            user = self.db.session.get(self.user_model, self.ids[who])
            for name, value in columns.items():
                setattr(user, name, value)
            self.db.session.commit()

    def count_statements(self) -> Statements:
        """Count the desk's own statements: ``with host.count_statements() as ran: …``."""
        return Statements(self)


class Statements:
    """The statements on our tables that ran within a block; the host's own are left out."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.ran: list[str] = []

    def __len__(self) -> int:
        return len(self.ran)

    def _on(self, connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "sgsupport_" in statement or "last_insert_id" in statement.lower():
            self.ran.append(statement)

    def __enter__(self) -> Self:
        with self._host.app.app_context():
            self._engine = self._host.db.engines[self._host.desk.bind_key]
        event.listen(self._engine, "before_cursor_execute", self._on)
        return self

    def __exit__(self, *error: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._on)


def build_host(database_url: str, folder: Path, *, hooks: bool = True, **config: Any) -> Host:
    """A small host app: Flask-Login, Flask-Admin, Flask-Mail, one user model, and three lines for the desk."""
    app = Flask("host", instance_path=str(folder))
    app.config.update(
        TESTING=True,
        SECRET_KEY="a long random text for tests",
        SQLALCHEMY_DATABASE_URI=database_url,
        WTF_CSRF_ENABLED=False,
        MAIL_DEFAULT_SENDER="support@desk.example",
        MAIL_SUPPRESS_SEND=False,
        SGSUPPORT_BASE_URL="https://app.example.com",
        SGSUPPORT_STORAGE_FOLDER=str(folder / "files"),
    )
    app.config.update(config)
    db = OnceCompiled()

    class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
        id = db.Column(db.Integer, primary_key=True)
        name = db.Column(db.String(100))
        email = db.Column(db.String(100))
        account_id = db.Column(db.Integer)
        role = db.Column(db.String(20), default="")
        owner = db.Column(db.Boolean, default=False)
        support = db.Column(db.Boolean, default=True)
        host_owner = db.Column(db.Boolean, default=False)
        enabled = db.Column(db.Boolean, default=True)
        contact = db.Column(db.String(10), default="both")

    db.init_app(app)
    Mail(app)
    login = LoginManager(app)
    login.login_view = "sign_in_page"

    @login.user_loader
    def load_user(user_id: str) -> Any:
        return db.session.get(User, int(user_id))

    @app.post("/sign-in")
    def sign_in() -> str:
        login_user(db.session.get(User, int(request.form["user"])))
        return "ok"

    @app.post("/sign-out")
    @login_required
    def sign_out() -> str:
        logout_user()
        session.clear()
        return "ok"

    @app.get("/sign-in")
    def sign_in_page() -> str:
        return "<h1>Sign in</h1>"

    @app.get("/")
    def home() -> str:
        return "<!doctype html><html lang=en><title>Host</title><h1>Home of the host</h1>"

    admin = Admin(app, name="Host", theme=Bootstrap4Theme(base_template="sgsupport/admin_base.html"))
    directory = UserDirectory(
        User,
        account_id="account_id",
        role="role",
        active="enabled",
        support_access="support",
        owner="owner",
        host_owner="host_owner",
        contact="contact",
    )
    support = Support(directory=directory)
    support.init_app(app, db, admin=admin)
    host = Host(app, db, support, admin, User, Clock())
    host.desk.now = host.clock
    if hooks:
        add_hooks(support, host.clock)
    return host


def add_hooks(support: Support, clock: Clock) -> None:
    """The four context hooks of a host that knows its accounts."""
    names = {"1": ("Northwind Outfitters", "Growth"), "2": ("Fabrikam", "Starter")}
    sites = {"1": [("11", "tote.example"), ("12", "bags.example")], "2": [("21", "fabrikam.example")]}

    @support.account
    def account(actor: Actor, account_id: str, origin: Any) -> Account:
        name, plan = names[account_id]
        return Account(name, plan=plan, billing="paid to 1 May")

    @support.sites
    def account_sites(actor: Actor, account_id: str, origin: Any) -> list[Site]:
        return [Site(id, name, working_in=position == 0) for position, (id, name) in enumerate(sites[account_id])]

    @support.activity
    def activity(actor: Actor, account_id: str, origin: Any) -> list[Activity]:
        return [
            Activity("theme update", clock() - timedelta(minutes=31)),
            Activity("signed in", clock() - timedelta(hours=3)),
        ]


ORDERS = {
    "1": [
        Subject("order", "1042", "Order 1042: Canvas Tote", "https://shop.example/orders/1042"),
        Subject("order", "1043", "Order 1043: Rain Tote", "/orders/1043"),
        Subject("domain", "tote.example", "tote.example"),
    ],
    "2": [Subject("order", "77", "Order 77: Pebble Lamp", "/orders/77")],
}
"""What each account has that a ticket can be about, where a test lets the host name it."""


def name_orders(host: Host) -> dict[str, list[Subject]]:
    """Let the host name what its accounts have; what is changed in the answer is otherwise from then on."""
    orders = {account: list(found) for account, found in ORDERS.items()}

    @host.support.subjects
    def subjects(actor: Actor, account_id: str, origin: Any, wanted: Any) -> list[Subject]:
        return [one for one in orders[account_id] if not wanted or (one.kind, one.key) in wanted]

    return orders


_FILLED: dict[tuple[Any, ...], tuple[bytes, dict[str, int]]] = {}
"""Files of SQLite as `populate` left them in this process, by what would make them differ, and the people's ids."""


def populate(host: Host) -> None:
    """Tables, people, two queues, two categories, agents and their lead."""
    with host.app.app_context():
        url, kind = host.db.engine.url, (frozenset(host.db.metadata.tables), host.desk.settings.ticket_prefix)
        file = Path(url.database or ":memory:")
        alone = url.get_backend_name() == "sqlite" and url.database != ":memory:" and len(host.db.engines) == 1
        lent = Database.lent.pop(url.render_as_string(hide_password=False), None)
    if lent is not None:
        _fill_again(host, lent, kind)
    elif not alone or file.exists():
        _fill(host)
    elif kind in _FILLED:
        data, ids = _FILLED[kind]
        file.write_bytes(data)
        host.ids.update(ids)
    else:
        _fill(host)
        _FILLED[kind] = file.read_bytes(), dict(host.ids)


def _fill_again(host: Host, database: Database, kind: tuple[Any, ...]) -> None:
    filling = put_back(database, kind)
    if filling is not None:
        host.ids.update(filling.told)
        return
    if database.filling is not None:
        with host.app.app_context():
            host.db.engine.dispose()
        database.empty()
    _fill(host)
    with host.app.app_context():
        keep(database, kind, host.db.metadata, dict(host.ids))


def _fill(host: Host) -> None:
    with host.app.app_context():
        db = host.db
        db.create_all()
        for who, columns in PEOPLE.items():
            user = host.user_model(**columns)
            db.session.add(user)
            db.session.flush()
            host.ids[who] = user.id
        queues = {}
        for position, name in enumerate(("Support", "Billing")):
            queues[name.lower()] = queue = Queue(
                key=name.lower(),
                name=name,
                position=position,
                active=True,
                is_default=position == 0,
                from_name=f"{name} team",
                from_address=None,
                reply_address=None,
                signature="",
                mail_error="",
            )
            db.session.add(queue)
        db.session.flush()
        for position, (name, queue_name) in enumerate((("Storefront", "support"), ("Invoices", "billing"))):
            db.session.add(
                Category(key=name.lower(), name=name, position=position, active=True, queue_pk=queues[queue_name].pk)
            )
        for who, rights in RIGHTS.items():
            person = PEOPLE[who]
            flags = {
                "can_handle": True,
                "can_assign": False,
                "can_close": False,
                "sees_all_queues": False,
                "is_lead": False,
            }
            agent = Agent(
                host_id=str(host.ids[who]),
                person_pk=record_of(host, who),
                name=person["name"],
                email=person["email"],
                public_name=person["name"].split()[0],
                active=True,
                created_at=START,
                **(flags | {k: v for k, v in rights.items() if k != "queues"}),
            )
            db.session.add(agent)
            db.session.flush()
            db.session.add_all(
                AgentCoverage(agent_pk=agent.pk, kind="queue", value=str(queues[q].pk)) for q in rights["queues"]
            )
        prepare(db.session, host.desk.settings.ticket_prefix, START)
        db.session.commit()


def record_of(host: Host, who: str) -> int:
    """The record of a person of the host, as the history points to it."""
    person = host.desk.hooks.directory.person(str(host.ids[who]))
    record = PersonRecord(
        digest=digest_of(person), host_id=person.id, name=person.display_name, email=person.email, seen_at=START
    )
    host.db.session.add(record)
    host.db.session.flush()
    return record.pk


@pytest.fixture
def host(database_url: str, tmp_path: Path) -> Iterator[Host]:
    """A host app with people, queues and agents; nobody has opened a ticket yet."""
    host = build_host(database_url, tmp_path)
    populate(host)
    yield host
    dispose(host)


def dispose(host: Host) -> None:
    """Ask whether everything holds that always must, then give every connection back."""
    with host.app.app_context():
        host.db.session.remove()
        try:
            found = [] if host.bent else broken(host.desk) + shown_of_notes(host) + mailed_of_notes(host)
        finally:
            host.db.session.remove()
            for engine in host.db.engines.values():
                engine.dispose()
    assert found == []


@pytest.fixture
def clock(host: Host) -> Clock:
    """The desk's clock."""
    return host.clock


@pytest.fixture
def in_app(host: Host) -> Iterator[Host]:
    """The host inside an app context, for tests that call services and queries."""
    with host.app.app_context():
        yield host


OpenTicket = Callable[..., str]


@pytest.fixture
def open_ticket(host: Host) -> OpenTicket:
    """Open a ticket and return its number: ``open_ticket("jerome", subject="…", files=[("a.txt", b"…")])``."""

    def open_one(who: str = "jerome", *, files: list[tuple[str, bytes]] | None = None, **fields: Any) -> str:
        fields = {"subject": "Checkout failing on Canvas Tote", "body": "Nobody can pay since this afternoon."} | fields
        with host.app.app_context():
            taken = [Upload(name, BytesIO(data)) for name, data in files or []]
            return opening.open_ticket(host.customer(who), files=taken, **fields).ticket_id

    return open_one


@pytest.fixture
def answered_ticket(host: Host, open_ticket: OpenTicket) -> str:
    """A ticket of Jerome's that Ada claimed and answered."""
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.reply(ticket_id, host.agent("ada"), body="Thanks for flagging — checkout is now restored.")
    return ticket_id


@pytest.fixture
def resolved_ticket(host: Host, open_ticket: OpenTicket) -> str:
    """A ticket of Jerome's that Ada claimed, answered and resolved in one act."""
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.reply(ticket_id, host.agent("ada"), body="Checkout is restored.", status=Status.RESOLVED)
    return ticket_id


@pytest.fixture
def closed_ticket(host: Host, resolved_ticket: str) -> str:
    """A ticket Jerome has confirmed as solved."""
    with host.app.app_context():
        replying.confirm_solved(resolved_ticket, host.customer("jerome"))
    return resolved_ticket
