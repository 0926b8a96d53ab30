"""``flask support …`` does what it says, and a refusal is one sentence with an exit code."""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import event, inspect, select, update

from flask_sgsupport import migrations
from flask_sgsupport.actors import Right
from flask_sgsupport.errors import Vetoed
from flask_sgsupport.models import TABLE_PREFIX, Agent, Delivery, Event, Heartbeat, Message, Queue, Ticket
from flask_sgsupport.signals import before_delivery_changed
from tests.smtp import Smtp
from tests.world import Host, OpenTicket, build_host, dispose

ROOT = Path(__file__).parents[1]


def run(host: Host, *words: str, stdin: str = "") -> Result:
    result = host.app.test_cli_runner().invoke(args=["support", *words], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def one(host: Host, statement: Any) -> Any:
    with host.app.app_context():
        return host.db.session.execute(statement).scalars().one()


@pytest.fixture
def bare(host: Host) -> Host:
    """A host with its people, before the desk's tables are there."""
    with host.app.app_context():
        migrations.uninstall()
    return host


@pytest.mark.every_database
def test_init_sets_the_desk_up_and_says_what_it_did(bare: Host) -> None:
    first = run(bare, "init", "--lead", "OLGA@desk.example")
    assert first.exit_code == 0
    assert first.output.splitlines() == [
        "The tables are up to date (0022).",
        "The queue “Support” was made; it is the default.",
        "Olga Petrova is a support lead now.",
    ]
    again = run(bare, "init", "--lead", "olga@desk.example")
    assert (again.exit_code, again.output.splitlines()[-1]) == (0, "Olga Petrova is a support lead already.")
    assert one(bare, select(Queue)).is_default
    lead = one(bare, select(Agent))
    assert lead.is_lead
    labels = select(Event.label, Event.via).where(Event.action == "agent.changed").distinct()
    with bare.app.app_context():
        assert bare.db.session.execute(labels).all() == [("cli", "cli")]
        assert bare.agent("olga").rights == frozenset(Right)


def test_init_warns_of_a_customer_who_becomes_a_lead(bare: Host) -> None:
    lines = run(bare, "init", "--lead", "jerome@northwind.example").output.splitlines()
    assert lines[-1].startswith("Warning: Jerome Ellis is a customer (account 1) and sees the tickets of every account")


@pytest.mark.every_database
def test_init_and_health_name_a_connection_that_carries_no_emoji(bare: Host, database_url: str, tmp_path: Path) -> None:
    narrow = build_host(database_url.replace("utf8mb4", "utf8mb3"), tmp_path)
    done = run(narrow, "init", "--lead", "olga@desk.example")
    told = "The connection to the database takes no emoji: its character set is utf8mb3. Write charset=utf8mb4 into"
    wanted = database_url.startswith("mysql")
    assert (done.exit_code, told in done.stderr) == (0, wanted)
    health = run(narrow, "health").stdout
    assert (told in health, "The database takes every character." in health) == (wanted, not wanted)
    dispose(narrow)


def test_init_asks_which_of_two_people_with_one_address(bare: Host) -> None:
    bare.change_user("nora", email="olga@desk.example")
    refused = run(bare, "init", "--lead", "olga@desk.example")
    assert refused.exit_code == 2
    assert f"{bare.ids['nora']} (Nora Quist)" in refused.stderr
    assert f"{bare.ids['olga']} (Olga Petrova)" in refused.stderr
    assert "--lead-id" in refused.stderr
    assert run(bare, "init", "--lead-id", str(bare.ids["olga"])).exit_code == 0
    assert one(bare, select(Agent.name)) == "Olga Petrova"


@pytest.mark.every_database
def test_init_before_the_app_has_its_tables_says_to_make_those_first(bare: Host) -> None:
    with bare.app.app_context():
        bare.user_model.__table__.drop(bare.db.engine)
    refused = run(bare, "init", "--lead", "olga@desk.example")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("The database refused: ")
    assert "make the app's own tables first, then run this again." in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("method", "words"), [("by_email", ["--lead", "lena@desk.example"]), ("person", ["--lead-id", "1"])]
)
def test_init_names_a_directory_that_fails(
    bare: Host, monkeypatch: pytest.MonkeyPatch, method: str, words: list[str]
) -> None:
    def broken(asked: str) -> Any:
        raise LookupError("the people are elsewhere")

    monkeypatch.setattr(bare.desk.hooks.directory, method, broken)
    refused = run(bare, "init", *words)
    assert refused.exit_code == 1
    assert isinstance(refused.exception, SystemExit)
    assert re.search(r"The app's directory fails: .*broken – LookupError: the people are elsewhere", refused.stderr)


@pytest.mark.parametrize(
    "words", [["--lead", "stranger@desk.example"], ["--lead-id", "4711"], []], ids=["address", "id", "nobody"]
)
def test_init_refuses_whom_the_app_does_not_know(bare: Host, words: list[str]) -> None:
    refused = run(bare, "init", *words)
    assert (refused.exit_code, refused.stdout, len(refused.stderr.splitlines())) == (2, "", 1)
    with bare.app.app_context():
        assert migrations.status().state == "missing", "nothing was made"


def test_the_tables_are_told_brought_and_checked(bare: Host) -> None:
    missing = run(bare, "db", "check")
    assert (missing.exit_code, missing.output) == (1, "The tables are missing. Run: flask support init --lead E-MAIL\n")
    assert run(bare, "db", "current").output == "none\n"
    assert run(bare, "db", "upgrade").output == "The tables are up to date (0022).\n"
    assert run(bare, "db", "current").output == "0022\n"
    assert run(bare, "db", "check").exit_code == 0
    refused = run(bare, "db", "downgrade", "base")
    assert (refused.exit_code, "uninstall" in refused.stderr) == (1, True)
    assert run(bare, "db", "downgrade", "0815").exit_code == 2
    assert run(bare, "db", "downgrade", "0022").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ["tick"],
        ["worker", "--once"],
        ["outbox", "list"],
        ["open", "--requester", "jerome@northwind.example", "--subject", "Hello", "--body", "World"],
    ],
)
def test_without_tables_a_command_says_what_to_run(bare: Host, words: list[str]) -> None:
    refused = run(bare, *words)
    assert refused.exit_code == 1
    assert "flask support init" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_open_opens_a_ticket_on_somebodys_behalf(host: Host) -> None:
    words = ["open", "--requester", "jerome@northwind.example", "--subject", "Checkout failing", "--body", "-"]
    opened = run(host, *words, "--category", "invoices", "--site", "12", stdin="Nobody can pay.\n\nSince noon.\n")
    assert (opened.exit_code, opened.output) == (0, "TKT-2026-00001\n")
    ticket = one(host, select(Ticket))
    assert (ticket.requester_name, ticket.account_id, ticket.channel) == ("Jerome Ellis", "1", "cli")
    assert one(host, select(Message.body)).rstrip() == "Nobody can pay.\n\nSince noon."
    assert one(host, select(Queue.key).join(Ticket, Ticket.queue_pk == Queue.pk)) == "billing"


def test_the_customer_reads_that_support_opened_it(host: Host) -> None:
    run(host, "open", "--requester", "jerome@northwind.example", "--subject", "Hello", "--body", "World")
    html = host.client("jerome").get("/support/tickets/TKT-2026-00001").text
    assert ">Support</h2>" in html
    assert not re.search(r"\bcli\b", re.sub("<[^>]*>", "", html))


@pytest.mark.parametrize(
    ("words", "why", "code"),
    [
        (["--requester", "stranger@desk.example", "--body", "b"], "knows nobody", 2),
        (["--requester", "grace@desk.example", "--body", "b"], "Grace Hopper has access to support in no account.", 2),
        (["--requester", "jerome@northwind.example", "--account", "2", "--body", "b"], "no access", 1),
        (["--requester", "jerome@northwind.example", "--category", "none", "--body", "b"], "category", 2),
        (["--requester", "jerome@northwind.example", "--body", " "], "Describe", 2),
    ],
)
def test_open_refuses_in_one_sentence(host: Host, words: list[str], why: str, code: int) -> None:
    refused = run(host, "open", "--subject", "Hello", *words)
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert why in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.fixture
def through_smtp(host: Host, smtp: Smtp) -> Smtp:
    mail = host.app.extensions["mail"]
    mail.server, mail.port, mail.suppress = smtp.host, smtp.port, False
    return smtp


def test_the_worker_sends_what_is_due_and_ends_when_asked_for_once(
    host: Host, open_ticket: OpenTicket, through_smtp: Smtp
) -> None:
    open_ticket()
    assert run(host, "worker", "--once").exit_code == 0
    assert through_smtp.to("jerome@northwind.example")
    assert one(host, select(Heartbeat.name).where(Heartbeat.name == "worker"))


def test_the_clock_closes_what_is_due(host: Host, resolved_ticket: str) -> None:
    host.clock.forward(hours=49)
    ticked = run(host, "tick")
    assert (ticked.exit_code, "1 closed" in ticked.output) == (0, True)
    assert one(host, select(Ticket.status)) == "closed"


def test_the_outbox_is_listed_given_up_and_sent_again(host: Host, open_ticket: OpenTicket, through_smtp: Smtp) -> None:
    assert run(host, "outbox", "list").output == "No mail waits and none failed.\n"
    ticket_id = open_ticket()
    listed = run(host, "outbox", "list").output.splitlines()
    assert all(ticket_id in line and "queued" in line for line in listed)
    [receipt] = [line.split()[0] for line in listed if "jerome@northwind.example" in line]
    parked = run(host, "outbox", "park", receipt[:8])
    assert (parked.exit_code, parked.output) == (0, f"{receipt} to jerome@northwind.example is given up.\n")
    delivery = select(Delivery).where(Delivery.key == receipt)
    assert (one(host, delivery).state, one(host, delivery).error) == ("failed", "given up by cli")
    run(host, "worker", "--once")
    assert through_smtp.to("jerome@northwind.example") == []
    assert run(host, "outbox", "park", receipt).exit_code == 1, "it does not wait any more"
    again = run(host, "outbox", "retry", "--failed")
    assert (again.exit_code, again.output) == (0, f"{receipt} goes out again to jerome@northwind.example.\n")
    run(host, "worker", "--once")
    assert len(through_smtp.to("jerome@northwind.example")) == 1
    assert run(host, "outbox", "retry", "ffff").exit_code == 2
    assert run(host, "outbox", "park").exit_code == 2


def test_every_waiting_mail_can_be_given_up_at_once(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    open_ticket(subject="Another one")
    assert run(host, "outbox", "park", "--waiting").exit_code == 0
    with host.app.app_context():
        states = host.db.session.scalars(select(Delivery.state).where(Delivery.channel == "email").distinct()).all()
    assert states == ["failed"]


@pytest.mark.parametrize(
    ("words", "before"), [(["retry", "--failed"], "failed"), (["park", "--waiting"], "queued")], ids=["retry", "park"]
)
def test_a_mail_that_is_refused_keeps_no_other_from_its_turn(
    host: Host, open_ticket: OpenTicket, words: list[str], before: str
) -> None:
    open_ticket()
    with host.app.app_context():
        mails = update(Delivery).where(Delivery.channel == "email")
        host.db.session.execute(mails.values(state=before, error="550"))
        host.db.session.commit()
        first, *others = host.db.session.scalars(
            select(Delivery.address).where(Delivery.channel == "email").order_by(Delivery.pk)
        ).all()

    def veto(app: object, payload: Any) -> None:
        if payload.recipient == first:
            raise Vetoed("Not this one.")

    with before_delivery_changed.connected_to(veto):
        done = run(host, "outbox", *words)
    assert (done.exit_code, len(done.stdout.splitlines())) == (1, len(others))
    assert done.stderr.endswith(": Not this one.\n")
    with host.app.app_context():
        wanted = select(Delivery.address).where(Delivery.state == before, Delivery.channel == "email")
        assert host.db.session.scalars(wanted).all() == [first]


def test_health_says_each_part_in_words(bare: Host) -> None:
    bad = run(bare, "health")
    assert bad.exit_code == 1
    assert "bad   tables: The tables are missing. Run: flask support init --lead E-MAIL" in bad.output.splitlines()
    run(bare, "init", "--lead", "olga@desk.example")
    run(bare, "worker", "--once")
    good = run(bare, "health")
    assert [line for line in good.output.splitlines() if line.startswith("bad")] == []
    assert good.exit_code == 0
    assert "ok    tables: The tables are up to date (0022)." in good.output.splitlines()


def test_uninstalling_has_to_be_meant(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(files=[("a.txt", b"text")])
    refused = run(host, "uninstall")
    assert (refused.exit_code, "--yes" in refused.stderr) == (2, True)
    assert one(host, select(Ticket))
    removed = run(host, "uninstall", "--yes")
    assert removed.exit_code == 0
    assert "Attached files are left in" in removed.output
    with host.app.app_context():
        assert [name for name in inspect(host.db.engine).get_table_names() if name.startswith(TABLE_PREFIX)] == []
    assert "nothing to remove" in run(host, "uninstall", "--yes").output


def test_a_database_that_is_away_is_one_sentence_in_a_real_process(tmp_path: Path) -> None:
    factory = tmp_path / "away.py"
    factory.write_text(
        "from pathlib import Path\n"
        "from tests.world import build_host\n"
        f"app = build_host('postgresql+psycopg://nobody@127.0.0.1:1/none', Path({str(tmp_path)!r})).app\n"
    )
    for words in (["db", "check"], ["tick"], ["worker", "--once"], ["init", "--lead", "a@desk.example"]):
        said = subprocess.run(
            [sys.executable, "-m", "flask", "--app", str(factory), "support", *words],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert (said.returncode, said.stdout) == (1, ""), said.stderr
        assert "Traceback" not in said.stderr
        assert "database" in said.stderr.lower()


def test_commands_leave_the_hosts_logging_as_it_was(host: Host) -> None:
    before = list(logging.getLogger("flask_sgsupport").handlers)
    run(host, "db", "check")
    assert logging.getLogger("flask_sgsupport").handlers == before


def test_an_upgrade_the_database_refuses_says_why(bare: Host) -> None:
    def refuse(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if "CREATE TABLE sgsupport_queue" in statement:
            raise sqlite3.OperationalError("command denied to user 'desk'")

    with bare.app.app_context():
        event.listen(bare.db.engine, "before_cursor_execute", refuse)
    refused = run(bare, "db", "upgrade")
    assert (refused.exit_code, refused.stderr) == (1, "The database refused: command denied to user 'desk'\n")


@pytest.mark.every_database
def test_bytes_that_are_no_text_are_said_to_be_none(host: Host) -> None:
    refused = run(host, "outbox", "retry", "\udcff")
    assert (refused.exit_code, refused.stderr) == (2, "What was typed holds bytes that are no text; type it anew.\n")
