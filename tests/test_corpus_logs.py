"""Logs tell what went wrong, never what people wrote, who they are, or a line that somebody else made up."""

from __future__ import annotations

import io
import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from flask_sgsupport import signals
from flask_sgsupport.errors import Busy, SupportError
from flask_sgsupport.services import assigning, clock, opening, replying
from flask_sgsupport.worker import loop
from tests.corpus import load
from tests.mailing import JEROME, drained
from tests.mailing import host as host  # noqa: PLC0414
from tests.panel_pages import fresh_form
from tests.smtp import Smtp
from tests.world import Host, OpenTicket

CANARY = "canary-7f3a"
HOSTILE = [*load("headers"), *load("strings"), *load("names")]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything logged, written as Python writes it, tracebacks too."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    # The test's own mail server tells its dialogues.
    handler.addFilter(lambda record: record.name != "mail.log")
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def tells_nothing(written: str, *secrets: str) -> None:
    for secret in (CANARY, JEROME, "lena@northwind.example", *secrets):
        assert secret not in written
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x9b\u2028\u2029]", written)
    assert "forged" not in written


def test_hostile_days_leave_nothing_of_them_in_the_logs(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, log: io.StringIO
) -> None:
    number = open_ticket(subject=f"{CANARY} subject", body=f"{CANARY} body")
    jerome, grace, stranger = host.client("jerome"), host.client("grace"), host.client()
    form = fresh_form(jerome)
    for place, text in enumerate(HOSTILE[::4]):
        sent = text.encode("utf-8", "replace").decode().replace("\x00", "")
        header = "".join(one for one in sent.encode().decode("latin-1") if one.isprintable())
        fields = {"subject": f"{CANARY} {sent}", "body": f"{CANARY} {sent}", "email": f"{CANARY}{sent}"}
        acts: list[tuple[Any, str]] = [
            (jerome, f"/support/tickets/{number}/follow-up"),
            (jerome, "/support/open"),
            (grace, f"/admin/support/tickets/{number}/note"),
            (grace, f"/admin/support/tickets/{number}/address"),
            (stranger, f"/support/tickets/{number}/follow-up"),
            (jerome, f"/admin/support/tickets/{number}/reply"),
        ]
        client, path = acts[place % len(acts)]
        answer = client.post(path, data=form | fields, headers={"User-Agent": header, "Referer": header})
        assert answer.status_code < 500
    smtp.refuse(JEROME, 550, f"5.1.1 <{JEROME}> {CANARY}\r\n forged")
    drained(host)
    with host.app.app_context():
        clock.tick()
    tells_nothing(log.getvalue(), form["form"], form["context"])


class Refuses:
    """A receiver of the host's that quotes what it was told, as bad ones do."""

    def __call__(self, sender: Any, **told: Any) -> None:
        raise RuntimeError("the host's receiver failed")


def test_a_receiver_that_fails_is_told_without_what_it_was_given(
    host: Host, open_ticket: OpenTicket, log: io.StringIO
) -> None:
    receiver = Refuses()
    with signals.ticket_opened.connected_to(receiver), signals.ticket_replied.connected_to(receiver):
        number = open_ticket(subject=f"{CANARY} s\r\nforged", body=f"{CANARY} b")
        with host.app.app_context():
            assigning.claim(number, host.agent("ada"))
            replying.reply(number, host.agent("ada"), body=f"{CANARY} reply")
    assert "A receiver of" in log.getvalue()
    tells_nothing(log.getvalue())


@contextmanager
def broken_statements(host: Host, *, beginning: tuple[str, ...], on: str) -> Iterator[None]:
    """A block in which the driver refuses these statements; SQLAlchemy keeps their values beside the error."""

    def breaks(
        connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: Any
    ) -> tuple[str, Any]:
        return (f"{statement} )" if statement.startswith(beginning) and on in statement else statement), parameters

    with host.app.app_context():
        engine = host.db.engine
    event.listen(engine, "before_cursor_execute", breaks, retval=True)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", breaks)


@pytest.mark.parametrize("on", ["sgsupport_message", "sgsupport_ticket ", "sgsupport_delivery"])
def test_a_database_that_fails_is_told_without_the_words_it_was_to_store(host: Host, log: io.StringIO, on: str) -> None:
    client = host.client("jerome")
    form = fresh_form(client) | {"subject": f"{CANARY} s", "body": f"{CANARY} b"}
    with broken_statements(host, beginning=("INSERT",), on=on):
        assert client.post("/support/open", data=form).status_code == 503
        with host.app.app_context(), pytest.raises(Busy):
            opening.open_ticket(host.customer("jerome"), subject=f"{CANARY} s", body=f"{CANARY} b")
    assert "The database failed" in log.getvalue()
    assert "syntax error" in log.getvalue(), "what went wrong is told"
    tells_nothing(log.getvalue())


@pytest.mark.every_database
def test_a_row_the_database_refuses_is_not_quoted(host: Host, open_ticket: OpenTicket, log: io.StringIO) -> None:
    host.app.config["PROPAGATE_EXCEPTIONS"] = False
    number, body = open_ticket(body=f"{CANARY} b"), f"{CANARY} b"
    with host.app.app_context():
        maria = host.db.engine.dialect.name in {"mysql", "mariadb"}
        host.db.session.execute(
            sql(f"CREATE UNIQUE INDEX each_once ON sgsupport_message (body{'(40)' if maria else ''})")
        )
        host.db.session.commit()
    answer = host.client("jerome").post(f"/support/tickets/{number}/follow-up", data={"body": body})
    assert answer.status_code == 500
    assert "IntegrityError" in log.getvalue()
    tells_nothing(log.getvalue())


@pytest.mark.every_database
@pytest.mark.parametrize(
    "statement",
    ["INSERT INTO sgsupport_write_lock (pk) VALUES (:said)", "SELECT (:said :said FROM sgsupport_queue"],
    ids=["no number", "no statement"],
)
def test_a_value_the_database_cannot_read_is_not_quoted(host: Host, statement: str) -> None:
    with host.app.app_context():
        with pytest.raises(DBAPIError) as refused:
            host.db.session.execute(sql(statement), {"said": CANARY})
        host.db.session.rollback()
    assert CANARY not in "".join(traceback.format_exception(refused.value))


def test_a_worker_that_meets_a_failing_database_tells_no_address(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, log: io.StringIO
) -> None:
    open_ticket(body=f"{CANARY} b")
    for beginning in ("SELECT", "UPDATE", "INSERT"):
        with broken_statements(host, beginning=(beginning,), on="sgsupport_delivery"), suppress(SupportError):
            loop.run(host.app, once=True)
    tells_nothing(log.getvalue())
