"""A host that has the wheel, what it depends on and nothing else: a ticket from the form to the mail."""

from __future__ import annotations

import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_login import LoginManager, UserMixin, login_user
from flask_mail import Mail
from flask_sqlalchemy import SQLAlchemy

folder = Path(tempfile.mkdtemp(prefix="sgsupport-host-"))
db = SQLAlchemy()
app = Flask(__name__, instance_path=str(folder))
app.config.update(
    SECRET_KEY="a long random text of a host",
    SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'host.sqlite'}",
    MAIL_DEFAULT_SENDER="support@desk.example",
    MAIL_SUPPRESS_SEND=True,
    SGSUPPORT_BASE_URL="https://app.example.com",
)
db.init_app(app)
mail = Mail(app)
admin = Admin(app, name="Host")
login = LoginManager(app)


class User(UserMixin, db.Model):  # type: ignore[name-defined,misc]
    """The host's own user model."""

    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(200))
    name = db.Column(db.String(200))
    account_id = db.Column(db.Integer)


login.user_loader(lambda user_id: db.session.get(User, int(user_id)))


@app.post("/sign-in")
def sign_in() -> str:
    """The host's own login."""
    login_user(db.session.get(User, int(request.form["user"])))
    return "signed in"


# --- the desk ---
from flask_sgsupport import Support, UserDirectory  # noqa: E402

support = Support(directory=UserDirectory(User, account_id="account_id"))
support.init_app(app, db, admin=admin)
# --- the desk ends ---


class Forms(HTMLParser):
    """The forms of a page: where each is sent, and what it holds already."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form or one of its fields."""
        given = dict(attrs)
        if tag == "form":
            self.found.append({"action": given.get("action"), "values": {}, "names": set()})
        elif tag in {"input", "textarea", "select", "button"} and self.found and given.get("name"):
            self.found[-1]["names"].add(given["name"])
            if given.get("type") == "hidden":
                self.found[-1]["values"][given["name"]] = given.get("value") or ""


def browser(user_id: int) -> FlaskClient:
    """A browser of somebody signed in."""
    client = app.test_client()
    assert client.post("/sign-in", data={"user": user_id}).status_code == 200
    return client


def read(client: FlaskClient, path: str) -> str:
    """A page."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.get_data(as_text=True)[:1000]}"
    return answer.get_data(as_text=True)


def send(client: FlaskClient, path: str, ending: str, **typed: str) -> str:
    """Fill in the form of a page that is sent to that address, and follow to where it leads."""
    [form] = [form for form in Forms(read(client, path)).found if (form["action"] or path).endswith(ending)]
    assert set(typed) <= form["names"], (typed, form["names"])
    answer = client.post(form["action"] or path, data=form["values"] | typed, follow_redirects=True)
    assert answer.status_code == 200, f"{form['action']}: {answer.status_code} {answer.get_data(as_text=True)[:1000]}"
    assert answer.history, f"{form['action']} came back instead of leading on"
    return answer.get_data(as_text=True)


def main() -> None:
    """Set up, open, answer, send."""
    with app.app_context():
        db.create_all()
        db.session.add(User(id=1, name="Jerome Ellis", email="jerome@northwind.example", account_id=1))
        db.session.add(User(id=2, name="Ada Lovelace", email="ada@desk.example"))
        db.session.commit()
    commands = app.test_cli_runner()
    made = commands.invoke(args=["support", "init", "--lead", "ada@desk.example"])
    assert made.exit_code == 0, made.output
    operator, agent = browser(1), browser(2)
    send(operator, "/support/open", "/support/open", subject="Checkout failing", body="Nobody can **pay**.")
    with app.app_context():
        ticket_id = db.session.scalar(db.text("SELECT ticket_id FROM sgsupport_ticket"))
    assert ticket_id in read(operator, "/support/")
    assert ticket_id in read(agent, "/admin/support/")
    page = f"/admin/support/tickets/{ticket_id}"
    assert "Nobody can <strong>pay</strong>" in read(agent, page)
    send(agent, page, "/claim")
    send(agent, page, "/reply", body="Checkout is restored.", status="resolved")
    assert "Checkout is restored." in read(operator, f"/support/tickets/{ticket_id}")
    with app.app_context(), mail.record_messages() as mails:
        worked = commands.invoke(args=["support", "worker", "--once"])
    assert worked.exit_code == 0, worked.output
    assert any("Checkout is restored." in one.body for one in mails), [one.subject for one in mails]
    health = commands.invoke(args=["support", "health"])
    assert health.exit_code == 0, health.output
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    print(f"{ticket_id} was opened, answered and mailed ({len(mails)} mails)")


if __name__ == "__main__":
    main()
