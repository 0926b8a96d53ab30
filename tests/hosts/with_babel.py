"""A host that has set flask-babel up, and what its readers see in their language, as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from flask import has_request_context, request
from flask_babel import Babel

from flask_sgsupport.services import assigning, replying
from flask_sgsupport.worker import jobs
from tests.world import build_host, dispose, populate


def locale() -> str | None:
    """The reader's language; outside of a request the host's own."""
    return request.accept_languages.best_match(["en", "de", "fr"]) if has_request_context() else None


def main(folder: Path, language: str) -> None:
    """Open a ticket, answer it, look at the pages and at the mail."""
    host = build_host(
        f"sqlite:///{folder / 'host.sqlite'}", folder, MAIL_SUPPRESS_SEND=True, BABEL_DEFAULT_LOCALE=language
    )
    Babel(host.app, locale_selector=locale)
    populate(host)
    seen = {}
    asked = {"Accept-Language": language}
    operator, agent = host.client("jerome"), host.client("ada")
    sent = operator.post("/support/open", data={"subject": "Kasse", "body": "Geht nicht."}, headers=asked)
    ticket_id = sent.location.rpartition("/")[2]
    with host.app.app_context(), host.app.extensions["mail"].record_messages() as mails:
        assigning.claim(ticket_id, host.agent("ada"))
        jobs.drain()
        replying.reply(ticket_id, host.agent("ada"), body="Jetzt geht es.", status="resolved")
        jobs.drain()
        seen["mails"] = [f"{mail.subject}\n{mail.body}" for mail in mails]
    for name, client, address in (
        ("panel", operator, "/support/"),
        ("ticket", operator, sent.location),
        ("form", operator, "/support/open"),
        ("missing", operator, "/support/tickets/TKT-2026-1"),
        ("inbox", agent, "/admin/support/"),
        ("inbox ticket", agent, f"/admin/support/tickets/{ticket_id}"),
    ):
        seen[name] = client.get(address, headers=asked).text
    dispose(host)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
