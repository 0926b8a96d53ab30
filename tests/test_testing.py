"""A host's own tests: what pytest gives them once the package is installed, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

CONFTEST = """
import pytest
from flask import Flask
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy

from flask_sgsupport import Support, UserDirectory

db = SQLAlchemy()


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(200))
    name = db.Column(db.String(200))
    account_id = db.Column(db.Integer)


support = Support(directory=UserDirectory(User, account_id="account_id"))


@pytest.fixture
def app(tmp_path):
    app = Flask("host", instance_path=str(tmp_path))
    app.config.update(
        TESTING=True,
        SECRET_KEY="a long random text",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{tmp_path / 'host.sqlite'}",
        MAIL_DEFAULT_SENDER="support@desk.example",
        # A test that forgot it: nothing may leave all the same. Nobody listens on this port.
        MAIL_SUPPRESS_SEND=False,
        MAIL_PORT=1,
    )
    db.init_app(app)
    Mail(app)
    support.init_app(app, db)
    with app.app_context():
        db.create_all()
        db.session.add_all([
            User(id=1, name="Jerome Ellis", email="jerome@northwind.example", account_id=1),
            User(id=2, name="Grace Hopper", email="grace@desk.example"),
        ])
        db.session.commit()
    made = app.test_cli_runner().invoke(args=["support", "init", "--lead", "grace@desk.example"])
    assert made.exit_code == 0, made.output
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def open_ticket(app):
    with app.app_context():
        opened = support.open_ticket(support.customer(1), subject="Checkout failing", body="Nobody can pay.")
        db.session.commit()
        return opened.ticket_id


@pytest.fixture
def ticket(app):
    return open_ticket(app)
"""

HOST_TESTS = """
from datetime import UTC, datetime

import pytest
from conftest import db, open_ticket, support
from flask_sgsupport import Status
from flask_sgsupport.testing import drain_outbox, frozen_support_time


def test_mails(app, ticket, support_outbox):
    mails = support_outbox()
    assert [mail.recipients for mail in mails] == [["jerome@northwind.example"], ["grace@desk.example"]]
    assert ticket in mails[0].subject
    assert support_outbox() == [] == drain_outbox(app)
    with app.app_context():
        support.reply(support.agent(2), ticket, "Restored.")
        db.session.commit()
    [mail] = support_outbox()
    assert "Restored." in mail.body
    assert app.extensions["mail"].suppress is False


def test_events(app, support_events, ticket):
    assert support_events.names[:2] == ["ticket_opened", "ticket_routed"]
    [opened] = support_events("ticket_opened")
    assert opened.ticket["ticket_id"] == ticket
    with app.app_context():
        support.add_note(support.agent(2), ticket, "Thrown away.")
        db.session.rollback()
    assert support_events("note_added") == []
    with pytest.raises(LookupError, match="ticket_opened"):
        support_events("ticket_open")


def test_no_events_are_left_from_the_test_before(support_events):
    assert support_events.told == []


def test_time(app, support_outbox, support_events):
    with frozen_support_time(app, datetime(2026, 4, 22, 14, 3, tzinfo=UTC)) as clock:
        ticket = open_ticket(app)
        assert len(support_outbox()) == 2
        with app.app_context():
            support.reply(support.agent(2), ticket, "Restored.", status=Status.RESOLVED)
            db.session.commit()
        assert len(support_outbox()) == 1
        tick = lambda: app.test_cli_runner().invoke(args=["support", "tick"])
        clock.forward(hours=47, minutes=59)
        assert tick().exit_code == 0
        assert [change.transition["to"] for change in support_events("ticket_status_changed")] == ["resolved"]
        clock.forward(minutes=1)
        assert tick().exit_code == 0
    changes = [change.transition for change in support_events("ticket_status_changed")]
    assert [change["to"] for change in changes] == ["resolved", "closed"]
    assert changes[-1]["closed_at"] == "2026-04-24T14:03:00Z"
    assert app.extensions["sgsupport"].now().year > 2000
    with pytest.raises(ValueError, match="zone"), frozen_support_time(app, datetime(2026, 4, 22)):
        pass
"""

UNRELATED = """
import sys

ROOMS = {name for name in sys.modules if name.startswith("flask_sgsupport.")}


def test_nothing_of_the_desk_was_loaded():
    assert ROOMS == {"flask_sgsupport.testing"}
    assert not {"flask", "sqlalchemy", "flask_admin", "flask_mail"} & set(sys.modules)
"""

STRICT = "[pytest]\nfilterwarnings = error\naddopts = --strict-markers --strict-config\n"


def run(pytester: pytest.Pytester, python: Path, *options: str) -> pytest.RunResult:
    """Run a host's tests with the installed package, without this project's plugins."""
    return pytester.run(python, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider", *options)


@pytest.fixture(autouse=True)
def _out_of_sight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)


def test_a_host_tests_mails_events_and_time(pytester: pytest.Pytester, installed_python: Path) -> None:
    pytester.makeini(STRICT)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(HOST_TESTS)
    run(pytester, installed_python).assert_outcomes(passed=4)


def test_a_host_that_does_not_use_it_pays_nothing(pytester: pytest.Pytester, installed_python: Path) -> None:
    pytester.makeini(STRICT)
    pytester.makepyfile(UNRELATED)
    run(pytester, installed_python).assert_outcomes(passed=1)


def test_pytest_lists_its_fixtures_with_their_words(pytester: pytest.Pytester, installed_python: Path) -> None:
    listed = run(pytester, installed_python, "--fixtures").stdout.str()
    for name in ("support_outbox", "support_events"):
        assert name in listed
    assert "no docstring available" not in listed.partition("fixtures defined from flask_sgsupport")[2]
