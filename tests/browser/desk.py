"""The demo product in a real server: the worker runs, its mails reach a real mail server, its clock can be moved."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import exists, select
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wsgi import ClosingIterator

from example_app import create_app
from example_app.desk import support
from example_app.models import User, db
from example_app.playing import slug
from example_app.seed import AGENTS, LEAD, seed
from example_app.stories import CATEGORIES
from flask_sgsupport.actors import Actor, Person, Right, Via
from flask_sgsupport.models import Delivery, Ticket
from flask_sgsupport.services import agents, clock, opening, setup
from flask_sgsupport.services.agents import Covers
from flask_sgsupport.worker import embedded
from tests.example_host import what_customers_see
from tests.smtp import Smtp

JEROME, LENA, VIVIAN = "jerome@northwind.example", "lena@northwind.example", "vivian@northwind.example"
GRACE, ADA, BEN = "grace@canvas.example", "ada@canvas.example", "ben@canvas.example"
ELIN, FARID = "elin@canvas.example", "farid@canvas.example"

WITHIN_SECONDS = 60.0


@dataclass
class Clock:
    """The desk's clock: the real one, until a test sends it ahead."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def forward(self, **delta: float) -> None:
        """Move on: ``clock.forward(hours=48)``."""
        self.ahead += timedelta(**delta)


@dataclass
class Desk:
    """The served product, and the ways to set up what a test is not about."""

    app: Flask
    url: str
    smtp: Smtp
    clock: Clock
    cookies: dict[str, Any] = field(default_factory=dict)
    """Of everybody who has signed in, so that each does it once."""

    def person(self, email: str) -> Person:
        """Somebody as the directory knows them."""
        user_id = db.session.scalar(select(User.id).where(User.email == email))
        found: Person = self.app.extensions["sgsupport"].hooks.directory.person(str(user_id))
        return found

    def agent(self, email: str) -> Actor:
        """Somebody as an agent; needs an app context."""
        return support.agent(self.person(email).id).through(Via.INBOX)

    def customer(self, email: str) -> Actor:
        """Somebody as an operator; needs an app context."""
        return support.customer(self.person(email).id).through(Via.PANEL)

    def open_ticket(self, subject: str, who: str = JEROME, **fields: Any) -> str:
        """Open a ticket and return its number."""
        fields = {"body": "Nobody can pay since this afternoon."} | fields
        with self.app.app_context():
            return opening.open_ticket(self.customer(who), subject=subject, **fields).ticket_id

    def does(self, email: str, verb: Callable[..., Any], ticket_id: str, *args: Any, **fields: Any) -> Any:
        """Let an agent or operator carry out a verb of the services on a ticket."""
        with self.app.app_context():
            actor = self.agent(email) if email in AGENTS else self.customer(email)
            return verb(ticket_id, actor, *args, **fields)

    def set_up(self, verb: Callable[..., Any], *args: Any, **fields: Any) -> Any:
        """Let the lead change how the desk is set up."""
        with self.app.app_context():
            return verb(self.agent(LEAD), *args, **fields)

    def tick(self) -> None:
        """Let the clock run once, as the host's scheduler would."""
        with self.app.app_context():
            clock.tick()

    def mail(self, to: str, *words: str) -> EmailMessage:
        """The last mail to this address with these words in subject or text, as soon as it has arrived."""
        found: list[EmailMessage] = []

        def arrived() -> bool:
            found[:] = [
                mail.message
                for mail in self.smtp.to(to)
                if all(word in f"{mail.message['Subject']}\n{text_of(mail.message)}" for word in words)
            ]
            return bool(found)

        wait_until(arrived, f"a mail to {to} with {words}")
        return found[-1]

    def failed(self, ticket_id: str) -> None:
        """Wait until a mail of this ticket was tried in vain."""

        def tried() -> bool:
            with self.app.app_context():
                of_ticket = (
                    Delivery.ticket_pk == select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()
                )
                return bool(db.session.scalar(select(exists().where(of_ticket, Delivery.error_code.is_not(None)))))

        wait_until(tried, f"a mail of {ticket_id} to fail")

    def no_mail_waits(self) -> None:
        """Wait until every mail was sent or given up, so that one that is missing was not sent."""

        def settled() -> bool:
            with self.app.app_context():
                waiting = exists().where(Delivery.channel == "email", Delivery.state.in_(("queued", "sending")))
                return not db.session.scalar(select(waiting))

        wait_until(settled, "the outbox to be empty")


def panel_paths(ticket_id: str) -> list[str]:
    """Every page of the panel."""
    pages = ("", "?q=giraffe", "open", "what-support-sees", "notifications", "notifications/preferences")
    return [f"/support/{page}" for page in (*pages, f"tickets/{ticket_id}", f"tickets/{ticket_id}/solved")]


def inbox_paths(ticket_id: str) -> list[str]:
    """Every page of the inbox, for a lead."""
    of_ticket = ("", "/history", "/requester", "/merge", "/cases", "?now=1")
    pages = (
        "",
        "?view=filtered",
        "?account=north",
        "open",
        "open?q=jerome",
        "find?q=checkout",
        "notifications/",
        "notifications/preferences",
        "queues/",
        "queues/new",
        "queues/change/support",
    )
    more = (
        "?priority=high",
        "saved/",
        "saved/new?filters=priority%3Dhigh",
        "macros/",
        "macros/new",
        "reports/",
        "categories/",
        "categories/new",
        "agents/",
        "agents/?q=ada",
        "mail/",
        "mail/change/support",
        "health/",
        "rules/",
        "rules/new",
        f"rules/ticket/{ticket_id}",
        "targets/",
        "targets/new",
        "hours/",
        "hours/change/support",
    )
    return [f"/admin/support/{page}" for page in (*pages, *more, *(f"tickets/{ticket_id}{end}" for end in of_ticket))]


def text_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    return str(part.get_content()) if part else ""


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait for something the worker does; an assertion error after `WITHIN_SECONDS`."""
    until = time.monotonic() + WITHIN_SECONDS
    while not condition():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.05)


class _Quiet(WSGIRequestHandler):
    timeout = 5
    """Seconds a connection may stay silent, as one does that a browser opened in advance."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing; what a browser complains of fails its test."""


def _at_once(app: Flask) -> Callable[..., list[bytes]]:
    """Answers read and closed before they are sent: Werkzeug's server closes no file whose reader went away."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        with closing(ClosingIterator(app(environ, start_response))) as parts:
            return [b"".join(parts)]

    return answer


@contextmanager
def serving(database_url: str, folder: Path, smtp: Smtp, **config: Any) -> Iterator[Desk]:
    """The demo product with its people, queues, categories and agents, and no ticket, while the block runs.

    A reply goes out at once unless ``config`` says otherwise: what it does is what most tests are about.
    """
    # The address is part of the configuration, so the port is taken before there is an app.
    server = ThreadedWSGIServer("127.0.0.1", 0, Flask("nobody"), handler=_Quiet)
    # Whoever still asks for a page when the block ends is waited for, so that nobody holds a connection after it.
    server.daemon_threads = False
    url = f"http://127.0.0.1:{server.port}"
    app = create_app(
        {
            "SECRET_KEY": "a long random text for the tests",
            "SQLALCHEMY_DATABASE_URI": database_url,
            "MAIL_SERVER": smtp.host,
            "MAIL_PORT": smtp.port,
            "SGSUPPORT_BASE_URL": url,
            "SGSUPPORT_STORAGE_FOLDER": str(folder / "files"),
            "SGSUPPORT_WORKER": "embedded",
            "SGSUPPORT_WORKER_POLL_SECONDS": 0.2,
            "SGSUPPORT_POLL_SECONDS": 2,
            "SGSUPPORT_UNDO_SEND_SECONDS": 0,
        }
        | config
    )
    desk = Desk(app, url, smtp, Clock())
    app.extensions["sgsupport"].now = desk.clock
    _fill(desk)
    server.app = _at_once(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    shown: list[str] = []
    try:
        yield desk
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        embedded.stop(app, within_seconds=WITHIN_SECONDS)
        shown += what_customers_see(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    assert shown == []


def _fill(desk: Desk) -> None:
    with desk.app.app_context():
        db.create_all()
        list(seed())
        setup.initialise(desk.person(LEAD))
        lead = desk.agent(LEAD)
        setup.change_queue(lead, slug(setup.FIRST_NAME), {"from_address": "support@canvas.example"})
        setup.create_queue(lead, "billing", {"name": "Billing", "from_address": "billing@canvas.example"})
        for category, queue in CATEGORIES.items():
            setup.create_category(lead, slug(category), {"name": category, "queue": slug(queue)})
        for email, place in AGENTS.items():
            person = desk.person(email)
            agents.grant_agent(
                lead,
                person,
                rights={Right.HANDLE, *place.rights},
                public_name=person.name.split()[0],
                covers=Covers(queues=tuple(map(slug, place.queues))),
            )
        db.session.remove()
