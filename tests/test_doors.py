"""Every route of the desk tried as every role and as a stranger, from the url map itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import pytest
from flask import request
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy import select

from flask_sgsupport.actors import Membership, Right
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.hooks import Button
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Attachment, Base, Delivery, Ticket
from flask_sgsupport.queries.saved_views import saved_views
from flask_sgsupport.services import assigning, opening, replying, sorting
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.rules import create_rule
from flask_sgsupport.services.saving_views import remove_view, save_view
from flask_sgsupport.services.targets import create_target
from tests.world import Host, build_host, dispose, populate

ROLES = (
    "stranger", "nora", "mina", "jerome", "lena", "ada", "cleo", "ben", "grace", "olga", "hugo", "vera", "posing",
)  # fmt: skip
"""Beside the people of the world: Hugo, who handles every ticket because the host's permission hook says so and has no
row as an agent; Vera, an operator of both accounts; and Grace who poses as Jerome."""
MORE_PEOPLE = {
    "hugo": {"name": "Hugo Lind", "email": "hugo@desk.example"},
    "vera": {"name": "Vera Ilves", "email": "vera@agency.example", "account_id": 1, "role": "Agency"},
}
IN, OUT, NONE, LOGIN, LED = "in", "forbidden", "missing", "led to the login", "led to the inbox"


def who(**groups: str) -> dict[str, str]:
    """What each role finds: ``who(inside="ada cleo")``; others are forbidden, a stranger is led to the login."""
    found = dict.fromkeys(ROLES, OUT) | {"stranger": LOGIN}
    for outcome, names in groups.items():
        found |= dict.fromkeys(
            names.split(), {"inside": IN, "missing": NONE, "login": LOGIN, "forbidden": OUT}[outcome]
        )
    return found


AGENTS = who(inside="ada cleo ben grace hugo")
TICKET_AGENTS = who(inside="ada cleo grace hugo", missing="ben")
TICKET_ASSIGNERS = who(inside="ada grace", missing="ben")
TICKET_CLOSERS = TICKET_ASSIGNERS
LEADS = who(inside="grace")
GRANTERS = who(inside="grace olga")
STAFF_LED = dict.fromkeys(("ada", "cleo", "ben", "grace", "hugo"), LED)
OPERATORS = who(inside="jerome lena mina vera posing")
OPERATORS_PAGES = OPERATORS | STAFF_LED
TICKET_OPERATORS = who(inside="jerome lena vera posing", missing="mina")
TICKET_OPERATORS_PAGES = TICKET_OPERATORS | STAFF_LED
TICKET_BOTH_SIDES = who(inside="jerome lena vera posing ada cleo grace hugo", missing="mina ben")
BOTH_SIDES = who(inside="jerome lena mina vera posing ada cleo ben grace hugo")

TABLE: dict[str, dict[str, str]] = {
    "sgsupport_inbox.index": AGENTS,
    # Each of its tickets is refused or not by itself.
    "sgsupport_inbox.bulk": AGENTS,
    "sgsupport_inbox.find": AGENTS,
    "sgsupport_inbox.narrow": AGENTS,
    "sgsupport_inbox.tags": AGENTS,
    # It leads on to what the agent may see, or back to a list.
    "sgsupport_inbox.step": AGENTS,
    "sgsupport_inbox.open_form": AGENTS,
    "sgsupport_inbox.open_preview": AGENTS,
    "sgsupport_inbox.open_similar": AGENTS,
    "sgsupport_inbox.ticket": TICKET_AGENTS,
    "sgsupport_inbox.carry": TICKET_AGENTS,
    "sgsupport_inbox.history": TICKET_AGENTS,
    "sgsupport_inbox.file": TICKET_AGENTS,
    # Hugo has no row of his own that could follow.
    "sgsupport_inbox.follow": who(inside="ada cleo grace", missing="ben"),
    "sgsupport_inbox.unfollow": who(inside="ada cleo grace", missing="ben"),
    "sgsupport_inbox.add_follower": TICKET_AGENTS,
    "sgsupport_inbox.remove_follower": TICKET_AGENTS,
    "sgsupport_inbox.reply": TICKET_AGENTS,
    "sgsupport_inbox.note": TICKET_AGENTS,
    "sgsupport_inbox.save_draft": TICKET_AGENTS,
    "sgsupport_inbox.discard_draft": TICKET_AGENTS,
    "sgsupport_inbox.undo": TICKET_AGENTS,
    # Of what is not their own nobody is told anything.
    "sgsupport_inbox.became": AGENTS,
    "sgsupport_inbox.preview": TICKET_AGENTS,
    "sgsupport_inbox.insert": TICKET_AGENTS,
    "sgsupport_inbox.use": TICKET_AGENTS,
    "sgsupport_inbox.fields": TICKET_AGENTS,
    "sgsupport_inbox.address": TICKET_AGENTS,
    "sgsupport_inbox.requester": TICKET_AGENTS,
    "sgsupport_inbox.merge": TICKET_AGENTS,
    "sgsupport_inbox.split": TICKET_AGENTS,
    "sgsupport_inbox.cases": TICKET_AGENTS,
    "sgsupport_inbox.link": TICKET_AGENTS,
    "sgsupport_inbox.press": TICKET_AGENTS,
    "sgsupport_inbox.unlink": TICKET_AGENTS,
    "sgsupport_inbox.spam": TICKET_AGENTS,
    "sgsupport_inbox.snooze": TICKET_AGENTS,
    "sgsupport_inbox.unsnooze": TICKET_AGENTS,
    "sgsupport_inbox.release": TICKET_AGENTS,
    "sgsupport_inbox.status": TICKET_AGENTS,
    "sgsupport_inbox.close": TICKET_CLOSERS,
    "sgsupport_inbox.reopen": TICKET_AGENTS,
    "sgsupport_inbox.claim": TICKET_ASSIGNERS,
    "sgsupport_inbox.assign": TICKET_ASSIGNERS,
    "sgsupport_inbox.unassign": TICKET_ASSIGNERS,
    "sgsupport_inbox.edit": who(inside="ada grace", missing="ben"),
    "sgsupport_inbox.visibility": TICKET_AGENTS,
    "sgsupport_inbox.redact": who(inside="grace", missing="ben"),
    "sgsupport_inbox.send_again": TICKET_AGENTS,
    "sgsupport_saved.index": AGENTS,
    "sgsupport_saved.tallies": AGENTS,
    # Hugo has no row of his own that could keep one; Ada keeps the one that is tried, and shares it.
    "sgsupport_saved.create": who(inside="ada cleo ben grace"),
    "sgsupport_saved.change": who(inside="ada grace", missing="cleo ben hugo"),
    "sgsupport_saved.save_filters": who(inside="ada grace", missing="cleo ben hugo"),
    "sgsupport_saved.move": who(inside="grace", missing="cleo ben hugo"),
    "sgsupport_saved.remove": who(inside="ada grace", missing="cleo ben hugo"),
    "sgsupport_notifications.index": AGENTS,
    "sgsupport_notifications.read": AGENTS,
    "sgsupport_notifications.preferences": AGENTS,
    "sgsupport_macros.index": AGENTS,
    # Hugo has no row of his own that could own one.
    "sgsupport_macros.create": who(inside="ada cleo ben grace"),
    # Everybody's is a lead's, and looks to others like one that is not there.
    "sgsupport_macros.change": who(inside="grace", missing="ada cleo ben hugo"),
    "sgsupport_inbox.available": who(inside="ada cleo ben grace"),
    # Each sees there what they may: leads everybody, agents their queues and their own.
    "sgsupport_reports.index": AGENTS,
    "sgsupport_reports.figures": AGENTS,
    "sgsupport_reports.moments": AGENTS,
    "sgsupport_rules.index": LEADS,
    "sgsupport_rules.create": LEADS,
    "sgsupport_rules.change": LEADS,
    "sgsupport_rules.move": LEADS,
    "sgsupport_rules.trace": LEADS,
    "sgsupport_queues.index": LEADS,
    "sgsupport_queues.create": LEADS,
    "sgsupport_queues.change": LEADS,
    "sgsupport_categories.index": LEADS,
    "sgsupport_categories.create": LEADS,
    "sgsupport_categories.change": LEADS,
    "sgsupport_hours.index": LEADS,
    "sgsupport_hours.change": LEADS,
    "sgsupport_targets.index": LEADS,
    "sgsupport_targets.create": LEADS,
    "sgsupport_targets.change": LEADS,
    "sgsupport_mail.index": LEADS,
    "sgsupport_mail.change": LEADS,
    "sgsupport_mail.test": LEADS,
    "sgsupport_health.index": LEADS,
    "sgsupport.tickets": OPERATORS_PAGES,
    "sgsupport.open_form": OPERATORS_PAGES,
    "sgsupport.open": OPERATORS,
    "sgsupport.similar": OPERATORS,
    "sgsupport.context": OPERATORS_PAGES,
    "sgsupport.preview": OPERATORS,
    "sgsupport.ticket": TICKET_OPERATORS_PAGES,
    "sgsupport.confirm": TICKET_OPERATORS,
    "sgsupport.carry": TICKET_OPERATORS,
    "sgsupport.follow_up": TICKET_OPERATORS,
    "sgsupport.solved": TICKET_OPERATORS,
    "sgsupport.still_need_help": TICKET_OPERATORS,
    "sgsupport.rate": TICKET_OPERATORS,
    "sgsupport.reopen": TICKET_OPERATORS,
    "sgsupport.withdraw": TICKET_OPERATORS,
    # Jerome asked for help in it himself, and nobody chooses for whom they pose as.
    "sgsupport.follow": who(inside="lena vera", missing="mina"),
    "sgsupport.unfollow": who(inside="lena vera", missing="mina"),
    "sgsupport.download": TICKET_BOTH_SIDES,
    "sgsupport.notifications": OPERATORS_PAGES,
    # What an impersonator looks at, its customer has not read.
    "sgsupport.read_all": OPERATORS | {"posing": OUT},
    "sgsupport.preferences": OPERATORS_PAGES,
    # Nobody chooses for whom they pose as.
    "sgsupport.save_preferences": OPERATORS | {"posing": OUT},
    "sgsupport.poll": BOTH_SIDES,
    # Last: Ben is no agent afterwards.
    "sgsupport_agents.index": GRANTERS,
    "sgsupport_agents.change": GRANTERS,
    "sgsupport_agents.off": GRANTERS,
}
PUBLIC = {"sgsupport.static"}
WITHOUT_LIMITS: dict[str, Any] = {
    "SGSUPPORT_OPENS_PER_HOUR": None,
    "SGSUPPORT_MESSAGES_PER_HOUR": None,
    "SGSUPPORT_SEARCHES_PER_MINUTE": None,
}
SENT: dict[str, dict[str, str]] = {
    "sgsupport_inbox.reply": {"body": "A reply."},
    "sgsupport_inbox.note": {"body": "A note."},
    "sgsupport_inbox.save_draft": {"body": "A draft."},
    "sgsupport_inbox.close": {"body": "He said so.", "note": "He said so."},
    "sgsupport_inbox.assign": {"assignee": ""},
    "sgsupport_inbox.status": {"status": "resolved"},
    "sgsupport_inbox.snooze": {"until": "tomorrow"},
    "sgsupport_inbox.edit": {"body": "Another text."},
    "sgsupport_inbox.visibility": {"public": "1", "visibility": "public"},
    "sgsupport_inbox.redact": {"secret": "CANARY", "sure": "1"},
    "sgsupport.follow_up": {"body": "And more."},
    "sgsupport.rate": {"score": "bad", "comment": "It took four days."},
    "sgsupport.open": {"subject": "Another", "body": "Text"},
    "sgsupport_inbox.address": {"email": "jerome@northwind.example"},
}


class Parts(NamedTuple):
    """A ticket's number, and the keys of its note, its file and one of its mails."""

    ticket_id: str
    note: Any
    file: Any
    mail: Any


@dataclass
class Scene:
    """A host, and tickets to try its doors on."""

    host: Host
    clients: dict[str, FlaskClient]

    def __post_init__(self) -> None:
        """The host has a button."""
        refund = Button("refund", "Refund", lambda ticket, actor: "Refunded.")
        self.host.support.hooks.buttons.setdefault("refund", refund)

    def arguments(self, rule: Any, *, standing: bool = False) -> dict[str, Any]:
        """Arguments of a rule: of a ticket nobody has touched yet, or of the `standing` one."""
        if not rule.arguments:
            return {}
        if rule.endpoint == "sgsupport_macros.change":
            return {"key": self.macro}
        if rule.endpoint in {"sgsupport_rules.change", "sgsupport_rules.move"}:
            return {"key": self.rule}
        if rule.endpoint == "sgsupport_targets.change":
            return {"key": self.target}
        if rule.endpoint.startswith("sgsupport_saved."):
            return {"key": self.new_view()}
        if rule.arguments == {"key"} and not rule.endpoint.endswith("download"):
            return {"key": {"sgsupport_categories.change": "storefront"}.get(rule.endpoint, "support")}
        if rule.arguments == {"person_id"}:
            return {"person_id": str(self.host.ids["ben"])}
        resolves = rule.endpoint.endswith((".close", ".solved", ".still_need_help", ".confirm", ".rate"))
        of = self.standing if standing else self.new_ticket(resolves=resolves)
        file = "refund" if "buttons" in rule.rule else of.file
        key = of.note if "messages" in rule.rule else of.mail if "deliveries" in rule.rule else file
        return {
            name: {"ticket_id": of.ticket_id, "key": key, "kind": "note", "to": "next"}[name] for name in rule.arguments
        }

    def new_ticket(self, *, resolves: bool = False) -> Parts:
        """A ticket of Jerome's that Ada answered, with a note, a file and mails."""
        with self.host.app.app_context():
            files = [Upload("error.txt", BytesIO(b"trace"))]
            ticket_id = opening.open_ticket(
                self.host.customer("jerome"),
                subject="Checkout failing",
                body="Help",
                category="storefront",
                files=files,
            ).ticket_id
            ada = self.host.agent("ada")
            assigning.claim(ticket_id, ada)
            replying.reply(ticket_id, ada, body="Done.", status=Status.RESOLVED if resolves else None)
            note = replying.add_note(ticket_id, ada, body="CANARY-NOTE").message
            session = self.host.db.session
            here = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()
            file = session.scalar(select(Attachment.key).where(Attachment.ticket_pk == here))
            mail = session.scalar(select(Delivery.key).where(Delivery.ticket_pk == here, Delivery.channel == "email"))
        return Parts(ticket_id, note, file, mail)

    @cached_property
    def standing(self) -> Parts:
        """A ticket for everybody who only looks, or is sent away."""
        return self.new_ticket()

    def url(self, rule: Any, *, standing: bool = False) -> str:
        """The address of a rule, as `arguments` has it."""
        with self.host.app.test_request_context():
            return str(self.host.app.url_for(rule.endpoint, **self.arguments(rule, standing=standing)))

    @cached_property
    def macro(self) -> str:
        """The key of a macro for everybody."""
        with self.host.app.app_context():
            return create_macro(self.host.agent("grace"), {"name": "Refund", "body": "Here it is."}, shared=True)

    @cached_property
    def rule(self) -> str:
        """The key of a rule that applies to nothing here."""
        robots = [{"field": "tag", "op": "is", "value": ["robot"]}]
        with self.host.app.app_context():
            return create_rule(self.host.agent("grace"), {"name": "Robots", "all": robots, "priority": "low"})

    def new_view(self) -> str:
        """The key of a shared view of Ada's, in the place of the one before."""
        with self.host.app.app_context():
            grace = self.host.agent("grace")
            for one in saved_views(grace):
                remove_view(grace, one.key)
            values = {"name": "Urgent", "filters": {"priority": "urgent"}, "shared": True}
            return save_view(self.host.agent("ada"), values)

    @cached_property
    def target(self) -> str:
        """The key of a target."""
        with self.host.app.app_context():
            return create_target(self.host.agent("grace"), {"plan": "Business", "response": "4 h"})

    def content(self) -> dict[str, tuple[list[str], set[tuple[Any, ...]]]]:
        """The columns of each table, and every row."""
        return {name: (columns, set(rows)) for name, columns, rows in self._stored()}

    def _stored(self) -> Iterator[tuple[str, list[str], list[tuple[Any, ...]]]]:
        """Name, columns and rows of each table as SQLite has them: much is read here, again and again."""
        with self.host.app.app_context(), closing(self.host.db.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            for name in Base.metadata.tables:
                cursor.execute(f"SELECT * FROM {name}")
                yield name, [column[0] for column in cursor.description], cursor.fetchall()

    def deliveries(self) -> set[tuple[tuple[str, Any], ...]]:
        """Every delivery but for the mark that it was read."""
        columns, rows = self.content()["sgsupport_delivery"]
        named = (zip(columns, row, strict=True) for row in rows)
        return {tuple(pair for pair in row if pair[0] != "read_at") for row in named}

    def rows(self) -> dict[str, int]:
        """What each table holds, as one number."""
        return {name: hash(frozenset(rows)) for name, __, rows in self._stored()}


AS = {"posing": "jerome"}


def know_them(host: Host) -> None:
    """The host's directory and permission hook, as a host of such people writes them."""
    vera, hugo, grace = (host.ids[name] for name in ("vera", "hugo", "grace"))

    def accounts(user: Any) -> list[Membership]:
        places = (1, 2) if user.id == vera else (user.account_id,) if user.account_id else ()
        return [
            Membership(str(place), role=user.role, owner=bool(user.owner), support_access=bool(user.support))
            for place in places
        ]

    host.desk.hooks.directory = UserDirectory(
        host.user_model,
        active="enabled",
        host_owner="host_owner",
        contact="contact",
        accounts=accounts,
        of_account=lambda account_id: host.db.session.scalars(
            host.db.select(host.user_model).filter_by(account_id=int(account_id))
        ),
        acting=lambda: host.db.session.get(host.user_model, grace) if request.headers.get("X-Posing") else None,
    )

    @host.support.permission
    def by_hook(person: Any, right: Right) -> bool | None:
        return True if person.id == str(hugo) and right in {Right.HANDLE, Right.ALL_QUEUES} else None


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("doors")
    host = build_host(f"sqlite:///{folder / 'doors.sqlite'}", folder, **WITHOUT_LIMITS)
    populate(host)
    with host.app.app_context():
        for name, columns in MORE_PEOPLE.items():
            user = host.user_model(**columns)
            host.db.session.add(user)
            host.db.session.flush()
            host.ids[name] = user.id
        host.db.session.commit()
    know_them(host)
    yield Scene(host, {role: host.client(None if role == "stranger" else AS.get(role, role)) for role in ROLES})
    dispose(host)


@pytest.fixture(scope="module")
def rules(scene: Scene) -> list[tuple[Any, str]]:
    return [
        (rule, method)
        for rule in scene.host.app.url_map.iter_rules()
        if rule.endpoint.startswith("sgsupport") and rule.endpoint not in PUBLIC
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
    ]


def outcome(answer: Any) -> str:
    if answer.status_code == 302 and answer.headers["Location"].startswith("/sign-in"):
        return LOGIN
    if (
        answer.status_code == 302
        and answer.headers["Location"].startswith("/admin/support/")
        and "/admin/" not in answer.request.path
    ):
        return LED
    return {401: LOGIN, 403: OUT, 404: NONE}.get(
        answer.status_code, IN if answer.status_code < 500 else f"error {answer.status_code}"
    )


def test_every_route_is_in_the_table_and_no_other(rules: list[tuple[Any, str]]) -> None:
    endpoints = {rule.endpoint for rule, __ in rules}
    assert endpoints - set(TABLE) == set(), "say in TABLE who may use this route"
    assert set(TABLE) - endpoints == set(), "this route is gone"


@pytest.mark.parametrize("endpoint", TABLE)
def test_every_role_finds_what_the_table_says(scene: Scene, rules: list[tuple[Any, str]], endpoint: str) -> None:
    ways = [(rule, method) for rule, method in rules if rule.endpoint == endpoint]
    assert ways, endpoint
    for rule, method in ways:
        url = ""
        for role in ROLES:
            url = url or scene.url(rule)
            answer = scene.clients[role].open(
                url,
                method=method,
                data=SENT.get(endpoint, {}) if method == "POST" else None,
                headers={"X-Posing": "1"} if role == "posing" else None,
            )
            answer.close()
            found = outcome(answer)
            assert found == TABLE[endpoint][role], f"{method} {url} as {role}: {answer.status_code}"
            if method == "POST" and found == IN:
                # It may be closed by now; the next one finds another.
                url = ""


def test_who_poses_as_somebody_is_named_in_the_history(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    [rule] = [rule for rule, __ in rules if rule.endpoint == "sgsupport.follow_up"]
    arguments = scene.arguments(rule)
    with scene.host.app.test_request_context():
        url = scene.host.app.url_for("sgsupport.follow_up", **arguments)
        history = scene.host.app.url_for("sgsupport_inbox.history", **arguments)
    answer = scene.clients["posing"].post(url, data={"body": "In his name."}, headers={"X-Posing": "1"})
    assert answer.status_code == 302
    assert "Grace Hopper as Jerome Ellis" in scene.clients["ada"].get(history).text


def test_a_foreign_ticket_looks_like_one_that_is_not_there(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    of_a_ticket = [(rule, method) for rule, method in rules if "ticket_id" in rule.arguments]
    assert len(of_a_ticket) > 20
    compared = 0
    for rule, method in of_a_ticket:
        arguments = scene.arguments(rule, standing=True)
        missing = arguments | {"ticket_id": "TKT-2026-99999"}
        for role in ("mina", "ben"):
            if TABLE[rule.endpoint][role] != NONE:
                continue
            bodies = []
            for chosen in (arguments, missing):
                with scene.host.app.test_request_context():
                    url = scene.host.app.url_for(rule.endpoint, **chosen)
                answer = scene.clients[role].open(url, method=method, data=SENT.get(rule.endpoint, {}))
                text = re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.get_data(as_text=True)).replace(
                    chosen["ticket_id"], ""
                )
                headers = {
                    name: value for name, value in answer.headers if name not in {"Set-Cookie", "Content-Length"}
                }
                bodies.append((answer.status_code, headers, text))
            assert bodies[0] == bodies[1], f"{method} {rule.rule} as {role}"
            compared += 1
    assert compared > 20


def test_reading_changes_nothing_but_read_marks(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    marks = {"sgsupport_ticket_read", "sgsupport_delivery"}
    gets = [(rule, scene.url(rule, standing=True)) for rule, method in rules if method == "GET"]
    assert len(gets) > 20
    before, mails = scene.rows(), scene.deliveries()
    scene.host.desk.settings.searches_per_minute = 60
    for rule, url in gets:
        for role in ROLES:
            scene.clients[role].get(url).close()
            if TABLE[rule.endpoint][role] != IN:
                continue
            scene.clients[role].head(url).close()
            # Nobody looks at these, so no search is counted.
            search = f"{url}{'&' if '?' in url else '?'}q=7"
            scene.clients[role].head(search).close()
            scene.clients[role].get(search, headers={"Sec-Purpose": "prefetch"}).close()
    scene.host.desk.settings.searches_per_minute = None
    after = scene.rows()
    assert {name for name in before if before[name] != after[name]} <= marks
    assert scene.deliveries() == mails, "more than the mark that an in-app notice was read"


def test_every_answer_wears_our_headers(scene: Scene, rules: list[tuple[Any, str]]) -> None:
    gets = [rule for rule, method in rules if method == "GET"]
    assert len(gets) > 20
    for rule in gets:
        url = scene.url(rule, standing=True)
        for role in ("jerome", "ada", "mina"):
            answer = scene.clients[role].get(url)
            answer.close()
            headers = answer.headers
            assert headers.get("X-Content-Type-Options") == "nosniff", url
            assert headers.get("Referrer-Policy") == "same-origin", url
            assert "no-store" in headers.get("Cache-Control", ""), url


def test_every_page_works_where_the_host_lets_no_template_read_what_is_not_there(tmp_path: Path) -> None:
    """A host may set ``jinja_env.undefined = StrictUndefined``; it reigns over our templates, too."""
    host = build_host(f"sqlite:///{tmp_path / 'strict.sqlite'}", tmp_path, **WITHOUT_LIMITS)
    host.app.jinja_env.undefined = StrictUndefined
    populate(host)
    scene = Scene(host, {role: host.client(role) for role in ("jerome", "nora", "ada", "grace")})
    opened = 0
    for rule in host.app.url_map.iter_rules():
        if not rule.endpoint.startswith("sgsupport") or rule.endpoint in PUBLIC:
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            url = scene.url(rule, standing=method == "GET")
            for role, client in scene.clients.items():
                answer = client.open(url, method=method, data={"body": ""} if method == "POST" else None)
                answer.close()
                assert answer.status_code < 500, f"{method} {url} as {role}"
                opened += 1
    assert opened > 200
    for path in ("?q=nothing-like-it", "?q=Checkout", "agents/?q=jerome", "open?q=jerome"):
        assert scene.clients["grace"].get(f"/admin/support/{path}").status_code == 200
    dispose(host)


UNSAFE = [
    ({}, "application/x-www-form-urlencoded"),
    ({"csrf_token": "wrong"}, None),
    ("{}", "text/plain"),
    ("{}", "application/json"),
]


def test_no_unsafe_request_passes_without_the_token(tmp_path: Path) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'guard.sqlite'}", tmp_path, WTF_CSRF_ENABLED=True, **WITHOUT_LIMITS)
    populate(host)
    scene = Scene(host, {role: host.client(role) for role in ("jerome", "ada", "grace")})
    tried = 0
    for rule in host.app.url_map.iter_rules():
        if not rule.endpoint.startswith("sgsupport") or "POST" not in rule.methods:
            continue
        url = scene.url(rule, standing=True)
        before = scene.rows()
        for role, client in scene.clients.items():
            for data, content_type in UNSAFE:
                answer = client.post(url, data=data, content_type=content_type)
                assert answer.status_code == 400, f"{url} as {role} with {content_type}: {answer.status_code}"
                tried += 1
        assert scene.rows() == before, url
    assert tried > 100
    dispose(host)


FORMS = [
    ("jerome", "/support/open", {"subject": "My subject"}),
    ("jerome", "/support/tickets/{ticket}/follow-up", {"plain": "1"}),
    ("ada", "/admin/support/tickets/{ticket}/reply", {"status": "resolved"}),
    ("ada", "/admin/support/tickets/{ticket}/note", {}),
    ("ada", "/admin/support/open", {"subject": "My subject", "account": "1"}),
]


@pytest.mark.parametrize("protects", [False, True], ids=["our guard", "the host's CSRFProtect"])
@pytest.mark.parametrize(("who", "where", "more"), FORMS)
def test_a_form_with_an_old_token_comes_back_filled(
    tmp_path: Path, who: str, where: str, more: dict[str, str], *, protects: bool
) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'token.sqlite'}", tmp_path, WTF_CSRF_ENABLED=True)
    populate(host)
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout", body="Nobody can pay.").ticket_id
    if protects:
        CSRFProtect(host.app).exempt(host.app.view_functions["sign_in"])
    client = host.client(who)
    typed = {"body": "Hours <b> of work\n\nmore", "csrf_token": "old", "form": "a form"} | more
    if who == "ada" and "/open" in where:
        typed["person"] = str(host.ids["jerome"])
    address, here = where.format(ticket=ticket_id), {"Origin": "http://localhost"}
    answer = client.post(address, data=typed, headers=here)
    assert answer.status_code == 400
    assert "too old" in answer.text
    assert f'action="{address}"' in answer.text
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert typed.items() - {("csrf_token", "old")} - again.items() <= {
        ("body", typed["body"]),
        ("subject", "My subject"),
    }
    words = re.search(r'<textarea[^>]* name="body"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert words
    assert unescape(words[1]) == typed["body"]
    sent = client.post(address, data=typed | again, headers=here)
    assert sent.status_code == 302, sent.text
    # A form of another host is not filled in to be sent by one click.
    foreign = client.post(address, data=typed, headers={"Origin": "https://elsewhere.example"})
    assert foreign.status_code == 400
    assert "Copy it before you leave this page" in foreign.text
    assert "Hours &lt;b&gt; of work\n\nmore" in foreign.text
    assert f'action="{address}"' not in foreign.text
    dispose(host)


@pytest.mark.parametrize("protects", [False, True], ids=["our guard", "the host's CSRFProtect"])
@pytest.mark.parametrize("keeps_session", [True, False], ids=["signed out elsewhere", "session gone"])
@pytest.mark.parametrize(("who", "where", "more"), FORMS)
def test_who_was_signed_out_meanwhile_signs_in_and_sends_what_was_typed(
    tmp_path: Path, who: str, where: str, more: dict[str, str], *, keeps_session: bool, protects: bool
) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'out.sqlite'}", tmp_path, WTF_CSRF_ENABLED=True)
    populate(host)
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout", body="Nobody can pay.").ticket_id
    if protects:
        protect = CSRFProtect(host.app)
        for view in ("sign_in", "sign_out"):
            protect.exempt(host.app.view_functions[view])
    client, address, here = host.client(who), where.format(ticket=ticket_id), {"Origin": "http://localhost"}
    page = client.get("/support/open" if who == "jerome" else "/admin/support/").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    typed = {"body": "Hours <b> of work", "csrf_token": token[1] if token else "", "form": "a form"} | more
    if who == "ada" and "/open" in where:
        typed["person"] = str(host.ids["jerome"])
    if keeps_session:
        with client.session_transaction() as session:
            session.pop("_user_id")
    else:
        client.delete_cookie("session")
    answer = client.post(address, data=typed, headers=here)
    assert answer.status_code in {400, 401}
    assert "You are signed out, so nothing was sent." in answer.text
    assert "Hours &lt;b&gt; of work" in answer.text
    assert 'href="/sign-in?next=' in unescape(answer.text)
    client.post("/sign-in", data={"user": host.ids[who]})
    for _ in range(2):
        # The token of the page is of a session that may be gone: then it is asked once more.
        again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
        answer = client.post(address, data=typed | again, headers=here)
        if answer.status_code == 302:
            break
    assert answer.status_code == 302, answer.text
    dispose(host)


def test_words_are_shown_on_every_page_that_refuses_them(tmp_path: Path) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'moved.sqlite'}", tmp_path)
    populate(host)
    with host.app.app_context():
        ticket_id = opening.open_ticket(host.customer("jerome"), subject="Checkout", body="Nobody can pay.").ticket_id
        sorting.change_fields(ticket_id, host.agent("grace"), {"queue": "billing"})
    moved = host.client("ada").post(f"/admin/support/tickets/{ticket_id}/reply", data={"body": "An hour of work."})
    assert moved.status_code == 404
    assert "An hour of work." in moved.text
    host.change_user("jerome", support=False)
    barred = host.client("jerome").post(f"/support/tickets/{ticket_id}/follow-up", data={"body": "My words."})
    assert barred.status_code == 403
    assert "My words." in barred.text
    dispose(host)


def test_refused_attempts_are_logged_without_what_was_sent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'log.sqlite'}", tmp_path)
    populate(host)
    caplog.set_level("INFO", "flask_sgsupport.web")
    host.client("mina").post("/support/tickets/TKT-2026-00001/follow-up", data={"body": "My secret words."})
    host.client("nora").get("/support/")
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        f"Refused (not_found): sgsupport.follow_up, person '{host.ids['mina']}'",
        f"Refused (not_allowed): sgsupport.tickets, person '{host.ids['nora']}'",
    ]
    dispose(host)


def test_a_strangers_files_are_not_read(tmp_path: Path) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'large.sqlite'}", tmp_path)
    populate(host)

    class Untouched(BytesIO):
        def read(self, *args: int) -> bytes:
            raise AssertionError("a stranger's upload was read")

    large = {"CONTENT_LENGTH": "90000000", "wsgi.input": Untouched()}
    form = "multipart/form-data; boundary=b"
    answer = host.client().post("/support/open", content_type=form, environ_overrides=large)
    assert answer.status_code == 302
    dispose(host)


def test_a_smaller_limit_of_the_host_holds_on_our_pages(tmp_path: Path) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'limit.sqlite'}", tmp_path, MAX_CONTENT_LENGTH=300_000)
    populate(host)
    client = host.client("jerome")
    form = {"subject": "With a file", "body": "See it."}
    answer = client.post("/support/open", data=form | {"files": (BytesIO(b"x" * 400_000), "a.bin")})
    assert answer.status_code == 413
    assert client.post("/support/open", data=form | {"files": (BytesIO(b"x" * 200_000), "a.bin")}).status_code == 302
    dispose(host)


@pytest.mark.parametrize("where", ["/support/tickets/TKT-2026-00001/follow-up", "/support/open"])
def test_a_stranger_who_sent_a_form_goes_on_at_the_page_it_stood_on(tmp_path: Path, where: str) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'login.sqlite'}", tmp_path, APPLICATION_ROOT="/shop")
    populate(host)
    page = "/support/tickets/TKT-2026-00001"
    for given in (None, "/sign-in"):
        host.desk.settings.login_url = given
        sent = host.client().post(
            where,
            data={"category": "x"},
            headers={"Referer": f"http://localhost/shop{page}"},
            base_url="http://localhost/shop",
        )
        assert sent.status_code == 302
        assert unquote(sent.headers["Location"]).endswith(f"next=/shop{page}"), sent.headers["Location"]
        asked = host.client().get(page, base_url="http://localhost/shop")
        assert unquote(asked.headers["Location"]).endswith(f"next=/shop{page}"), asked.headers["Location"]
    dispose(host)


def test_ids_of_people_may_hold_any_character(tmp_path: Path) -> None:
    host = build_host(f"sqlite:///{tmp_path / 'ids.sqlite'}", tmp_path)
    populate(host)
    with host.app.test_request_context():
        url = host.app.url_for("sgsupport_agents.change", person_id='Ü/1 x?&"<')
    answer = host.client("grace").get(url)
    assert answer.status_code == 404
    assert "The app knows nobody with this id." in answer.text
    dispose(host)
