"""Start the demo: database, data, mail catcher, worker and the dashboard, with ``python -m example_app``.

``PORT`` is the port of the dashboard (5000), ``EXAMPLE_MAIL_PORT`` that of the mail catcher (a free one).
"""

from __future__ import annotations

import os
from itertools import chain

import click

from example_app import create_app
from example_app.mail_catcher import MailCatcher
from example_app.models import db
from example_app.playing import seed_desk
from example_app.seed import AGENTS, PASSWORD, PEOPLE, Person, seed
from flask_sgsupport import Right


def main() -> None:
    """Serve until interrupted."""
    port = _port("PORT", 5000)
    catcher = MailCatcher()
    try:
        mail_port = catcher.start(_port("EXAMPLE_MAIL_PORT", 0))
    except ImportError:
        click.echo("No mail catcher: install aiosmtpd to read the demo's mails in the browser.")
        mail_port = 25
    address = f"http://127.0.0.1:{port}"
    app = create_app(
        {
            "DEMO": True,
            "MAIL_CATCHER": catcher,
            "MAIL_SERVER": catcher.host,
            "MAIL_PORT": mail_port,
            "SGSUPPORT_BASE_URL": address,
            "SGSUPPORT_WORKER": "embedded" if catcher.port else "none",
        }
    )
    with app.app_context():
        click.echo(f"Database  {db.engine.url.render_as_string()}")
        db.create_all()
        for line in chain(seed(), seed_desk(mail=catcher.port is not None)):
            click.echo(f"          {line}")

    for name, path in (
        ("Canvas Commerce", ""),
        ("Support panel", "support/"),
        ("Inbox", "admin/support/"),
        ("Its mails", "demo/mail/"),
    ):
        click.echo(f"{name:16} {address}/{path}")
    click.echo("")
    width = max(len(person.email) for person in PEOPLE)
    click.echo(f"{'E-mail':{width}}  Password  Who")
    for person in PEOPLE:
        if person.active:
            who = f"{person.name}, {person.role}" + (f" of {person.account}" if person.account else "")
            click.echo(f"{person.email:{width}}  {PASSWORD:8}  {who}{_lacking(person)}")
    click.echo("")
    try:
        app.run(host="127.0.0.1", port=port, threaded=True, use_reloader=False)
    finally:
        catcher.stop()


def _port(name: str, default: int) -> int:
    """A port the environment names."""
    said = os.environ.get(name) or str(default)
    if not (said.isascii() and said.isdigit() and int(said) < 65_536):
        raise SystemExit(f"{name} must be a port, a number up to 65535, not {said!r}.")
    return int(said)


def _lacking(person: Person) -> str:
    """What this person may not do, if something is worth trying out."""
    if person.account is None:
        return "" if Right.ASSIGN in AGENTS[person.email].rights else ", may not assign"
    return "" if person.is_owner or person.support_access else ", no support access"


if __name__ == "__main__":
    main()
