"""What the tests of mail share: a host that sends to the test's own server, and a look at its deliveries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.models import Delivery, Ticket
from flask_sgsupport.worker import jobs
from tests.smtp import Mail, Smtp
from tests.world import Host, build_host, dispose, populate

JEROME = "jerome@northwind.example"
ADA = "ada@desk.example"


@pytest.fixture
def host(database_url: str, tmp_path: Path, smtp: Smtp) -> Iterator[Host]:
    """The world's host, with its mail leading to this test's server and a panel and inbox page to link to."""
    host = build_host(
        database_url, tmp_path, MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port, SGSUPPORT_MAIL_TIMEOUT_SECONDS=2.0
    )
    populate(host)
    yield host
    dispose(host)


def drained(host: Host) -> list[str]:
    """Send what is due and tell each mail's outcome."""
    with host.app.app_context():
        return [outcome.kind for outcome in jobs.drain()]


def deliveries(host: Host, **columns: Any) -> list[Delivery]:
    """The deliveries with these columns, oldest first, as they stand in the database."""
    session = host.db.session
    session.rollback()
    wanted = select(Delivery).filter_by(**columns).order_by(Delivery.pk)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def mail_to(smtp: Smtp, address: str) -> Mail:
    """The one mail to this address."""
    [mail] = smtp.to(address)
    return mail


def parts(mail: Mail) -> tuple[str, str]:
    """Text and HTML of a mail."""
    text, html = mail.message.get_body(("plain",)), mail.message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def ticket(host: Host, ticket_id: str) -> Ticket:
    """A ticket as it stands in the database."""
    host.db.session.rollback()
    found = host.db.session.scalar(select(Ticket).where(Ticket.ticket_id == ticket_id))
    assert found is not None
    return found
