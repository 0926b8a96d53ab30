"""Installing the desk changes no page of the host, whatever state the desk is in; and an install says what it lacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from os.path import commonprefix
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, select, text

from flask_sgsupport.hooks import Account
from flask_sgsupport.signals import AFTER, SIGNALS
from flask_sgsupport.worker import jobs
from tests.hosts.with_pages import PEOPLE, HostWithPages, build
from tests.panel_pages import hidden

OWN_PAGES = (
    "/", "/sign-in", "/form", "/account", "/api/people", "/secret", "/broken", "/nowhere", "/ticket/TKT-2026-00001",
    "/static/host.css",
)  # fmt: skip
ADMIN_PAGES = (
    "/admin/", "/admin/user/", "/admin/user/?search=Jerome", "/admin/user/new/", "/admin/user/edit/?id=1",
    "/admin/user/export/csv/", "/admin/visits/", "/admin/nowhere/",
)  # fmt: skip
ENTRY = re.compile(r'<li[^>]*><a class="nav-link[^"]*" href="/admin/support/">.*?</li>', re.DOTALL)
TOKEN = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')

Pages = dict[str, tuple[int, dict[str, str], str]]


def ask(client: FlaskClient, method: str, path: str, **form: Any) -> tuple[int, dict[str, str], str]:
    """One page: status, headers without the values of cookies, body without the random token."""
    answer = client.open(path, method=method, **form)
    body = answer.get_data(as_text=True)
    answer.close()
    headers = {name: value for name, value in answer.headers if name not in {"Date", "Last-Modified"}}
    if "Set-Cookie" in headers:
        headers["Set-Cookie"] = re.sub(r"=[^;]+", "=…", headers["Set-Cookie"], count=1)
    if "Content-Disposition" in headers:
        headers["Content-Disposition"] = re.sub(r"\d", "0", headers["Content-Disposition"])
    return answer.status_code, headers, TOKEN.sub(r"\1…", body)


def own_pages(host: HostWithPages, who: str | None) -> Pages:
    """Every page of the host's own as this person gets it, and what their session holds in the end."""
    client = host.client(who)
    pages = {path: ask(client, "GET", path) for path in OWN_PAGES}
    pages["HEAD /"] = ask(client, "HEAD", "/")
    pages["OPTIONS /form"] = ask(client, "OPTIONS", "/form")
    pages["POST /form without a token"] = ask(client, "POST", "/form", data={"name": "Ada"})
    with client.session_transaction() as session:
        held = {name: "…" if name == "csrf_token" else str(value) for name, value in session.items()}
    return pages | {"session": (0, held, "")}


def admin_pages(host: HostWithPages, who: str | None) -> tuple[Pages, int]:
    """Every page of the host's Flask-Admin without our entry, and on how many pages it stood."""
    client = host.client(who)
    pages, entries = {}, 0
    for path in ADMIN_PAGES:
        status, headers, body = ask(client, "GET", path)
        headers.pop("Content-Length", None)
        # The stock menu leaves an empty line for each entry, shown or not.
        body, found = ENTRY.subn("", re.sub(r"\s+(?=<)|(?<=>)\s+", "", body))
        entries += found
        pages[path] = (status, headers, body)
    return pages, entries


def links(host: HostWithPages, who: str | None) -> int:
    """How many links to the desk a page with our macro shows; it is there in any case."""
    status, __, body = ask(host.client(who), "GET", "/linked")
    assert status == 200, body
    return body.count("<a ")


def differences(before: Pages, after: Pages) -> list[str]:
    """Where the pages differ: the path, and what was there and is there from the first difference on."""
    found = []
    for path, was in before.items():
        for old, new in zip(map(str, was), map(str, after[path]), strict=True):
            if old != new:
                same = len(commonprefix([old, new]))
                found.append(f"{path}: {old[same : same + 80]!r} became {new[same : same + 80]!r}")
    return found


@pytest.fixture
def url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A database with the host's own tables and people."""
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "host.css").write_text("body { color: teal }")
    host = build(database_url, tmp_path, desk=False)
    with host.app.app_context():
        host.db.create_all()
        for name, account_id in PEOPLE.values():
            email = f"{name.split()[0].lower()}@host.example"
            host.db.session.add(host.user(name=name, email=email, account_id=account_id))
            host.db.session.flush()
        host.db.session.commit()
    host.dispose()
    return database_url


def init(host: HostWithPages) -> None:
    made = host.app.test_cli_runner().invoke(args=["support", "init", "--lead", "grace@host.example"])
    assert made.exit_code == 0, made.output


def nothing(host: HostWithPages, stack: ExitStack) -> None:
    """The tables are missing."""
    with host.app.app_context():
        assert not [name for name in inspect(host.db.engine).get_table_names() if "sgsupport" in name]


def everything(host: HostWithPages, stack: ExitStack) -> None:
    init(host)


def receivers_and_mail_fail(host: HostWithPages, stack: ExitStack) -> None:
    """Every receiver raises, the mail server is dead, and there is a ticket to tell of."""
    init(host)
    told = []

    def fail(app: Any, payload: Any) -> None:
        told.append(payload)
        raise RuntimeError("a receiver's mistake")

    for row in SIGNALS:
        if row.moment == AFTER:
            stack.enter_context(row.signal.connected_to(fail, sender=host.app))
    assert host.support is not None
    with host.app.app_context():
        host.support.open_ticket(host.support.customer(1), subject="Checkout failing", body="Nobody can pay.")
        host.db.session.commit()
        assert {outcome.kind for outcome in jobs.drain()} == {"channel_failed"}
    assert len(told) > 2


def directory_fails(host: HostWithPages, stack: ExitStack) -> None:
    """The host's own directory raises whatever it is asked."""
    init(host)
    assert host.support is not None

    class Broken:
        def __getattr__(self, name: str) -> Any:
            def fail(*args: Any) -> Any:
                raise RuntimeError("the directory's mistake")

            return fail

    host.app.extensions["sgsupport"].hooks.directory = Broken()


STATES: dict[str, tuple[Callable[[HostWithPages, ExitStack], None], bool]] = {
    "ready": (everything, True),
    "tables missing": (nothing, False),
    "receivers and mail fail": (receivers_and_mail_fail, True),
    "directory fails": (directory_fails, False),
}
"""How the desk is, and whether its entry then stands in an agent's menu."""


@pytest.mark.every_database
@pytest.mark.parametrize("state", STATES)
def test_no_page_of_the_host_changes(url: str, state: str, tmp_path: Path) -> None:
    arrange, entry = STATES[state]
    people = (None, *PEOPLE)
    mail = {"MAIL_PORT": 1, "SGSUPPORT_MAIL_TIMEOUT_SECONDS": 1.0}
    before = build(url, tmp_path, desk=False)
    expected = {who: (own_pages(before, who), admin_pages(before, who)[0]) for who in people}
    before.dispose()
    after = build(url, tmp_path, desk=True, **mail)
    with ExitStack() as stack:
        arrange(after, stack)
        for who in people:
            own, admin = expected[who]
            assert differences(own, own_pages(after, who)) == [], who
            pages, entries = admin_pages(after, who)
            assert differences(admin, pages) == [], who
            with_menu = sum('class="navbar' in body for __, __, body in admin.values())
            assert entries == (with_menu if entry and who == "agent" else 0), who
            assert links(after, who) == (1 if entry and who else 0), who
    with after.app.app_context():
        # What the host wrote before our entry was drawn is there: by two people twice, then by three.
        assert after.db.session.scalar(select(func.count()).select_from(after.visit)) == 2 + 2 + 3
    after.dispose()


def test_no_page_of_the_host_changes_while_the_desks_own_database_is_away(url: str, tmp_path: Path) -> None:
    away = f"sqlite:///{tmp_path / 'gone' / 'desk.sqlite'}"
    before, after = (
        build(url, tmp_path, desk=desk, bind_key="desk" if desk else None, SQLALCHEMY_BINDS={"desk": away})
        for desk in (False, True)
    )
    for who in (None, *PEOPLE):
        assert differences(own_pages(before, who), own_pages(after, who)) == []
        assert differences(admin_pages(before, who)[0], admin_pages(after, who)[0]) == []
        assert links(after, who) == 0
    before.dispose()
    after.dispose()


def test_installing_adds_only_what_carries_our_name(url: str, tmp_path: Path) -> None:
    before, after = (build(url, tmp_path, desk=desk).app for desk in (False, True))

    def of(app: Any) -> dict[str, Any]:
        return {
            "filters": set(app.jinja_env.filters),
            "globals": {name for name in app.jinja_env.globals if not name.startswith("sgsupport")},
            "tests": set(app.jinja_env.tests),
            "config": dict(app.config) | {"SQLALCHEMY_DATABASE_URI": ""},
            "before": len(app.before_request_funcs.get(None, [])),
            "after": len(app.after_request_funcs.get(None, [])),
            "teardown": len(app.teardown_request_funcs.get(None, [])),
            "processors": len(app.template_context_processors.get(None, [])),
            "error handlers": {key: set(value) for key, value in app.error_handler_spec[None].items()},
            # The host's own page with our link stands in the one with the desk only.
            "rules": {
                (rule.rule, rule.endpoint) for rule in app.url_map.iter_rules() if "sgsupport" not in rule.endpoint
            }
            - {("/linked", "linked")},
        }

    assert of(before) == of(after)
    assert set(after.cli.commands) - set(before.cli.commands) == {"support"}
    assert set(after.blueprints) - set(before.blueprints) == {n for n in after.blueprints if n.startswith("sgsupport")}
    ours = [rule.rule for rule in after.url_map.iter_rules() if "sgsupport" in rule.endpoint]
    assert all(rule.startswith(("/support", "/admin/support", "/admin/static")) for rule in ours), ours
    added = {name for name in after.extensions if name not in before.extensions}
    assert all(name.startswith("sgsupport") for name in added), added


PANEL_AND_INBOX = ("/support/", "/support/open", "/admin/support/", "/admin/support/tickets/TKT-2026-00001")


@pytest.mark.every_database
def test_before_the_tables_exist_support_pages_say_which_command_makes_them(url: str, tmp_path: Path) -> None:
    host = build(url, tmp_path, desk=True)
    for path, who in zip(PANEL_AND_INBOX, ("operator", "operator", "agent", "agent"), strict=True):
        answer = host.client(who).get(path)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 503, (path, text)
        assert "flask support" in text, path
        assert "Traceback" not in text
        assert re.search(r"Retry-After: \d+", str(answer.headers))
    init(host)
    for path, who in zip(PANEL_AND_INBOX[:3], ("operator", "operator", "agent"), strict=True):
        assert host.client(who).get(path).status_code == 200, path
    host.dispose()


@pytest.mark.every_database
@pytest.mark.parametrize("older", ["a table", "a column"])
def test_while_the_tables_are_older_support_pages_and_commands_say_to_upgrade_them(
    url: str, tmp_path: Path, older: str
) -> None:
    host = build(url, tmp_path, desk=True)
    init(host)
    drop = {
        "a table": "DROP TABLE sgsupport_rating",
        "a column": "ALTER TABLE sgsupport_ticket DROP COLUMN reopen_count",
    }
    with host.app.app_context():
        assert host.support is not None
        ticket = host.support.open_ticket(host.support.customer(1), subject="Checkout failing", body="Nobody can pay.")
        host.db.session.execute(text(drop[older]))
        host.db.session.execute(text("UPDATE sgsupport_alembic_version SET version_num = '0002'"))
        host.db.session.commit()
        host.db.session.remove()
    wanted = "The tables are at 0002, this release needs 0022. Run: flask support db upgrade"
    inbox = f"/admin/support/tickets/{ticket.ticket_id}"
    for path, who in ((f"/support/tickets/{ticket.ticket_id}", "operator"), (inbox, "agent")):
        answer = host.client(who).get(path)
        assert (answer.status_code, wanted in answer.text) == (503, True), (path, answer.text)
    if older == "a column":
        operator = host.client("operator")
        form = hidden(operator.get("/support/open").text) | {
            "subject": "Checkout",
            "body": "Nobody can pay since noon.",
            "looked-for": "Checkout",
        }
        answer = operator.post("/support/open", data=form)
        assert (answer.status_code, wanted in answer.text, form["body"] in answer.text) == (503, True, True)
        words = ["--requester-id", "1", "--subject", "Checkout failing", "--body", "Nobody can pay."]
        said = host.app.test_cli_runner().invoke(args=["support", "open", *words])
        assert (said.exit_code, said.stderr.strip().splitlines()) == (1, [wanted])
    host.dispose()


def health(host: HostWithPages) -> tuple[int, str]:
    said = host.app.test_cli_runner().invoke(args=["support", "health"])
    return said.exit_code, said.output


def test_health_names_what_an_install_lacks_and_falls_silent_when_it_is_there(url: str, tmp_path: Path) -> None:
    bare = build(url, tmp_path, desk=True, MAIL_DEFAULT_SENDER=None)
    code, said = health(bare)
    assert code == 1
    assert "flask support init" in said
    assert "SGSUPPORT_BASE_URL" in said
    made = bare.app.test_cli_runner().invoke(args=["support", "db", "upgrade"])
    assert made.exit_code == 0, made.output
    code, said = health(bare)
    assert code == 1
    assert "There is no queue" in said
    assert "flask support worker" in said
    init(bare)
    code, said = health(bare)
    assert code == 1
    assert "MAIL_DEFAULT_SENDER" in said
    with bare.app.app_context():
        [lead] = bare.db.session.execute(bare.db.text("SELECT host_id FROM sgsupport_agent")).all()
        bare.db.session.execute(bare.db.text("DELETE FROM sgsupport_agent_coverage"))
        bare.db.session.commit()
        assert lead
    assert "No agent covers Support" in health(bare)[1]
    bare.dispose()

    whole = build(
        url, tmp_path, desk=True, SGSUPPORT_BASE_URL="https://app.example.com", SECRET_KEY="x" * 40,
        SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax", MAIL_SUPPRESS_SEND=True,
    )  # fmt: skip
    assert whole.support is not None
    whole.support.account(lambda actor, account_id, origin: Account("Northwind"))
    runner = whole.app.test_cli_runner()
    with whole.app.app_context():
        whole.db.session.execute(whole.db.text("DELETE FROM sgsupport_agent"))
        whole.db.session.commit()
    init(whole)
    assert runner.invoke(args=["support", "worker", "--once"]).exit_code == 0
    code, said = health(whole)
    assert code == 0, said
    assert {line.split()[0] for line in said.splitlines()} == {"ok"}, said
    whole.dispose()
