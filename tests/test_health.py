"""What an install lacks is said in a sentence; what is well is said to be well."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader
from sqlalchemy import delete, select, text, update

from flask_sgsupport import signals
from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.hooks import Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.migrations import upgrade
from flask_sgsupport.models import Agent, AgentCoverage, Attachment, ContextSnapshot, Delivery, Queue
from flask_sgsupport.queries.health import checks, worst
from flask_sgsupport.queries.news import news
from flask_sgsupport.queries.starting import MAX_COUNT, Check
from flask_sgsupport.services import assigning, replying, setup
from flask_sgsupport.services.clock import beat, tick
from flask_sgsupport.services.testing_mail import send_test_mail
from flask_sgsupport.storage import LocalStorage
from tests.mailing import drained
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Clock, Host, OpenTicket, build_host, dispose


def checks_of(host: Host, name: str) -> list[Check]:
    with host.app.app_context():
        return [check for check in checks() if check.name == name]


def named(host: Host, name: str) -> Check:
    [found] = checks_of(host, name)
    return found


def test_a_working_install_is_well(host: Host, smtp: Smtp) -> None:
    host.app.config.update(SESSION_COOKIE_SECURE=True, SESSION_COOKIE_SAMESITE="Lax")
    with host.app.app_context():
        upgrade()
        beat("worker", "one")
        tick()
        found = checks()
        assert [check for check in found if check.state != "ok"] == []
        assert worst(found) == "ok"
    assert len({check.name for check in found}) == len(found)


@pytest.mark.every_database
def test_before_the_tables_exist_it_names_the_command(database_url: str, tmp_path: Path) -> None:
    host = build_host(database_url, tmp_path)
    found = named(host, "tables")
    assert found.state == "bad"
    assert "flask support init" in found.sentence
    with host.app.app_context():
        assert {"links", "storage", "SECRET_KEY"} <= {check.name for check in checks()}
    dispose(host)


def test_accounts_that_nothing_names_are_told(host: Host) -> None:
    assert named(host, "account names").state == "ok"
    hook = host.desk.hooks.context.pop("account")
    host.desk.hooks.directory = UserDirectory(host.user_model, account_id="account_id")
    found = named(host, "account names")
    assert (found.state, "account_name=" in found.sentence) == ("warn", True)
    host.desk.hooks.directory = UserDirectory(host.user_model, account_id="account_id", account_name="role")
    assert named(host, "account names").state == "ok"
    host.desk.hooks.directory = UserDirectory(host.user_model, account_id="account_id")
    host.desk.hooks.context["account"] = hook
    assert named(host, "account names").state == "ok"


def test_a_queue_nobody_covers_is_named(host: Host) -> None:
    with host.app.app_context():
        host.db.session.execute(delete(AgentCoverage).where(AgentCoverage.kind == "queue"))
        host.db.session.commit()
    found = named(host, "agents")
    assert found.state == "warn"
    assert "Support, Billing" in found.sentence


def test_a_queue_whose_agents_are_switched_off_in_the_app_is_named(host: Host) -> None:
    assert named(host, "agents").state == "ok"
    for who in ("ben", "grace"):
        host.change_user(who, enabled=False)
    found = named(host, "agents")
    assert found.state == "warn"
    assert "No agent covers Billing," in found.sentence


def test_no_queue_and_no_default_queue_are_told(host: Host) -> None:
    with host.app.app_context():
        host.bent = "there is no default queue"
        host.db.session.execute(update(Queue).values(is_default=False))
        host.db.session.commit()
        assert named(host, "default queue").state == "warn"
        host.db.session.execute(update(Queue).values(active=False))
        host.db.session.commit()
    assert named(host, "queue").state == "bad"


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("desk@example.com", "ok"),
        ("desk@mailhost", "ok"),
        ("desk@", "bad"),
        ("no address", "bad"),
        ("a b@c.example", "bad"),
    ],
)
def test_a_from_address_is_checked(host: Host, address: str, state: str) -> None:
    with host.app.app_context():
        host.db.session.execute(update(Queue).values(from_address=address))
        host.db.session.commit()
    assert named(host, "From address").state == state


def test_without_any_from_address_the_queues_are_named(host: Host) -> None:
    host.app.config["MAIL_DEFAULT_SENDER"] = None
    found = named(host, "From address")
    assert found.state == "bad"
    assert "Support, Billing" in found.sentence


def test_a_refused_channel_is_shown_with_the_servers_words(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    smtp.refuse_sender("support@desk.example")
    drained(host)
    found = named(host, "mail channel")
    assert found.state == "bad"
    assert "Support: 553 5.7.1 Sender not allowed" in found.sentence
    with host.app.app_context():
        said = {check.name: check.state for check in checks()}
    assert "From address" not in said, "nothing says that the From address is well"
    assert said["undelivered mail"] == "warn"


def test_the_health_page_leads_to_where_things_are_mended(host: Host, answered_ticket: str, smtp: Smtp) -> None:
    smtp.refuse_sender("support@desk.example")
    drained(host)
    host.app.config["MAIL_DEFAULT_SENDER"] = None
    with host.app.app_context():
        host.db.session.execute(delete(AgentCoverage))
        host.bent = "there is no default queue"
        host.db.session.execute(update(Queue).values(is_default=False))
        host.db.session.commit()
    html = host.client("grace").get("/admin/support/health/").text
    for place, path in (("Mail settings", "mail"), ("Agents", "agents"), ("Queues", "queues")):
        assert f'under <a href="/admin/support/{path}/">Support → {place}</a>.' in html
    assert "Run: <code>flask support worker</code>, or set <code>SGSUPPORT_WORKER</code>." in html
    assert "Set <code>MAIL_DEFAULT_SENDER</code>." in html


@pytest.mark.parametrize("by_test_mail", [True, False])
def test_the_error_goes_once_the_from_address_was_corrected_and_a_mail_went_out(
    host: Host, answered_ticket: str, smtp: Smtp, clock: Clock, *, by_test_mail: bool
) -> None:
    smtp.refuse_sender("support@desk.example")
    drained(host)
    with host.app.app_context():
        grace = host.agent("grace")
        setup.change_queue(grace, "support", {"from_address": "help@desk.example"})
        if by_test_mail:
            assert send_test_mail(grace, "support", "grace@desk.example").kind == "sent"
    if not by_test_mail:
        clock.forward(minutes=5)
        drained(host)
    with host.app.app_context():
        assert [check for check in checks() if check.name == "mail channel"] == []
        assert [check.state for check in checks() if check.name == "From address"] == ["ok"]


def test_a_worker_and_a_clock_that_were_not_seen_lately_are_missed(host: Host, clock: Clock) -> None:
    assert named(host, "worker").state == "bad"
    assert named(host, "clock").state == "bad"
    with host.app.app_context():
        beat("worker", "one")
        tick()
    assert named(host, "worker").state == named(host, "clock").state == "ok"
    clock.forward(minutes=3)
    assert (named(host, "worker").state, named(host, "clock").state) == ("bad", "ok")
    clock.forward(minutes=8)
    assert named(host, "clock").state == "bad"


def test_a_worker_whose_clock_is_ahead_is_told_of(host: Host, clock: Clock) -> None:
    host.desk.settings.mail_timeout_seconds = 15.0
    for ahead, told in ((4, False), (180, True)):
        clock.forward(seconds=ahead)
        with host.app.app_context():
            beat("worker", "of another machine")
        clock.forward(seconds=-ahead)
        with host.app.app_context():
            found = [check for check in checks() if check.name == "clocks"]
        assert [check.state for check in found] == ["warn"] * told
    assert "last seen 3 m in the future" in found[0].sentence
    assert "differ by 105 seconds or more, a mail may go out twice" in found[0].sentence


def test_the_banner_comes_when_mail_waits_and_no_worker_was_seen(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    with host.app.app_context():
        assert not news(host.agent("ada")).mail_waits
    open_ticket()
    clock.forward(minutes=2, seconds=1)
    with host.app.app_context():
        assert news(host.agent("ada")).mail_waits
        beat("worker", "one")
        assert not news(host.agent("ada")).mail_waits


def test_banner_and_health_page_miss_a_worker_from_the_same_moment_on(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    open_ticket()
    with host.app.app_context():
        beat("worker", "one")
    for seconds, missed in ((120, False), (1, True)):
        clock.forward(seconds=seconds)
        with host.app.app_context():
            # Due for as long as the worker was not seen, so only its absence decides.
            host.db.session.execute(update(Delivery).values(due_at=clock() - timedelta(minutes=5)))
            host.db.session.commit()
            assert news(host.agent("ada")).mail_waits is missed
        assert (named(host, "worker").state == "bad") is missed


def test_the_health_page_begins_with_what_is_worst(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    open_ticket()
    clock.forward(hours=1)
    html = host.client("grace").get("/admin/support/health/").text
    table = html[html.index("<tbody") : html.index("</tbody>")]
    states = re.findall(r'class="sg-chip sg-chip-(\w+)"', table)
    assert {"bad", "ok"} <= set(states)
    assert states == sorted(states, key=["bad", "warn", "ok"].index)


def test_mail_that_waits_or_failed_is_counted_up_to_a_limit(host: Host, answered_ticket: str, clock: Clock) -> None:
    clock.forward(minutes=30)
    assert "30 m" in named(host, "undelivered mail").sentence
    with host.app.app_context():
        host.db.session.execute(update(Delivery).where(Delivery.channel == "email").values(state="failed", error="550"))
        host.db.session.commit()
    assert named(host, "failed mail").sentence.startswith("5 mails")
    html = host.client("grace").get("/admin/support/health/").text
    assert '<a href="/admin/support/?view=delivery">Support → Delivery problems</a>' in html
    assert MAX_COUNT == 1_000


@pytest.mark.parametrize(("key", "state"), [(None, "bad"), ("short", "warn"), ("x" * 32, "ok")])
def test_the_secret_key_is_weighed(host: Host, key: str | None, state: str) -> None:
    host.app.secret_key = key
    assert named(host, "SECRET_KEY").state == state


def test_the_flags_of_the_session_cookie_are_named(host: Host) -> None:
    assert "SESSION_COOKIE_SECURE" in named(host, "session cookie").sentence


def test_a_hook_or_receiver_that_takes_too_little_is_named(host: Host) -> None:
    host.desk.hooks.context["account"] = lambda: None

    def deaf() -> None:
        """Gets nothing."""

    signals.ticket_replied.connect(deaf)
    found = named(host, "hooks")
    signals.ticket_replied.disconnect(deaf)
    assert found.state == "bad"
    assert "account, ticket_replied" in found.sentence
    assert named(host, "hooks").state == "bad"


def test_a_hook_that_failed_when_the_last_ticket_was_opened_is_named(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    assert named(host, "context").state == "ok"
    host.desk.hooks.context["account"] = lambda *given: 7
    open_ticket()
    found = named(host, "context")
    assert found.state == "warn"
    assert "account: " in found.sentence


@pytest.mark.parametrize(
    ("route", "words"),
    [
        (lambda draft: 1 / 0, "route: the routing function was passed over: it failed: ZeroDivisionError"),
        (lambda draft: Routed(queue="cash-desk"), "the unknown or disabled queue “cash-desk”"),
        (lambda draft: Routed(priority="critical"), "the unknown priority “critical”"),
        (lambda draft: Routed(assignee="zoe@desk.example"), "assignee zoe@desk.example left out: no active agent"),
        (lambda draft: Routed(tags="vip"), "not all the routing function gave as “tags” can be used"),  # type: ignore[arg-type]
    ],
)
def test_what_the_routing_function_said_in_vain_is_named(
    host: Host, open_ticket: OpenTicket, route: Any, words: str
) -> None:
    host.desk.hooks.route = route
    open_ticket()
    found = named(host, "context")
    assert (found.state, words in found.sentence) == ("warn", True), found.sentence
    host.desk.hooks.route = lambda draft: Routed(queue="billing", because="the word invoice")
    open_ticket()
    assert named(host, "context").state == "ok"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ({}, 'no template "base.html"'),
        ({"base.html": "<p>Hello</p>"}, "no block named content"),
        ({"base.html": "{%"}, ""),
    ],
)
def test_a_layout_without_a_place_for_the_panel_is_named(host: Host, template: dict[str, str], words: str) -> None:
    assert named(host, "panel layout").state == "ok"
    host.desk.settings.panel_layout = "base.html"
    host.app.jinja_env.loader = DictLoader(template)
    found = named(host, "panel layout")
    assert found.state == "bad"
    assert words in found.sentence


@pytest.mark.every_database
def test_a_directory_that_fails_is_named(host: Host, database_url: str) -> None:
    assert named(host, "directory").state == "ok"

    def person(person_id: str) -> Any:
        host.db.session.execute(text("SELECT name FROM people_of_the_host"))

    host.desk.hooks.directory.person = person  # type: ignore[method-assign,union-attr]
    found = named(host, "directory")
    assert found.state == "bad"
    assert "The app's directory fails when it is asked for a person: " in found.sentence
    assert "people_of_the_host" in found.sentence
    assert named(host, "history").state == "ok", "the other checks go on"


def test_before_there_is_an_agent_the_directory_is_asked_for_nobody(host: Host) -> None:
    directory = host.desk.hooks.directory
    asked = directory.person
    directory.person = lambda person_id: asked(str(int(person_id)))  # type: ignore[method-assign]
    assert named(host, "directory").state == "ok"
    host.bent = "the agents are taken away past the desk"
    with host.app.app_context():
        host.db.session.execute(delete(AgentCoverage))
        host.db.session.execute(delete(Agent))
        host.db.session.commit()
        assert [check for check in checks() if check.name == "directory"] == []
    assert named(host, "agents").state == "bad"


def test_a_directory_that_says_much_of_its_failure_is_quoted_in_short(host: Host) -> None:
    def person(person_id: str) -> Any:
        raise LookupError("much, " * 1_000)

    host.desk.hooks.directory.person = person  # type: ignore[method-assign]
    assert 200 < len(named(host, "directory").sentence) < 300


def test_a_hook_of_the_wrong_type_is_named(host: Host) -> None:
    host.desk.hooks.permission.append("allow everybody")  # type: ignore[arg-type]
    found = named(host, "hooks")
    assert found.state == "bad"
    assert "permission" in found.sentence


def test_a_file_that_is_gone_from_the_storage_is_named_with_its_ticket(host: Host, open_ticket: OpenTicket) -> None:
    number = open_ticket(files=[("error.log", b"line"), ("shot.png", b"pixels")])
    assert named(host, "files").state == "ok"
    host.bent = "a file is deleted past the desk"
    with host.app.app_context():
        host.desk.storage.delete(
            host.db.session.scalars(select(Attachment.storage_key).order_by(Attachment.pk)).first()
        )
    found = named(host, "files")
    assert found.state == "bad"
    assert f"error.log ({number})" in found.sentence
    assert "shot.png" not in found.sentence


def test_a_file_that_no_row_names_is_named_once_it_is_a_day_old(host: Host, open_ticket: OpenTicket) -> None:
    with host.app.app_context():
        tick()
    open_ticket(files=[("error.log", b"line")])
    left = host.desk.storage.save(BytesIO(b"whose message was never stored"), max_bytes=100).key
    host.clock.at = datetime.now(UTC) + timedelta(hours=23)
    assert [one.state for one in checks_of(host, "files")] == ["ok"]
    host.clock.forward(hours=2)
    ok, warned = checks_of(host, "files")
    assert (ok.state, warned.state) == ("ok", "warn")
    assert warned.sentence.endswith(f"see flask support tick: {left}.")
    (host.desk.storage.folder / "desk-another").touch()
    assert len(checks_of(host, "files")) == 1, "it may be another desk's"
    (host.desk.storage.folder / "desk-another").unlink()
    with host.app.app_context():
        tick()
    assert len(checks_of(host, "files")) == 1


def test_a_storage_open_to_everybody_or_closed_to_us_is_bad(host: Host, tmp_path: Path) -> None:
    assert named(host, "storage").state == "ok"
    host.app.static_folder = str(host.desk.storage.folder.parent)
    assert "static" in named(host, "storage").sentence
    (tmp_path / "link").symlink_to(host.desk.storage.folder.parent)
    host.app.static_folder = str(tmp_path / "link")
    assert "static" in named(host, "storage").sentence
    host.desk.storage = LocalStorage("/proc/nope")
    assert named(host, "storage").sentence == "Files cannot be written: /proc/nope."


def test_a_context_that_was_damaged_is_unavailable_and_costs_no_page(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("ada"))
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        replying.confirm_solved(ticket_id, host.customer("jerome"))
    host.bent = "the stored context was changed by hand"
    for body in ('{"schema":1,"tampered":true}', "no JSON", "[]", '{"schema":1,"captured_at":5}'):
        with host.app.app_context():
            host.db.session.execute(update(ContextSnapshot).values(body=body))
            host.db.session.commit()
        page = host.client("ada").get(f"/admin/support/tickets/{ticket_id}")
        assert page.status_code == 200
        assert page.text.count("what was stored of it cannot be read") == 4
        assert "account: what was stored of it cannot be read" in named(host, "context").sentence


def test_writes_that_joined_the_hosts_transaction_are_told(host: Host) -> None:
    host.desk.joined_writes = 3
    assert "3 writes" in named(host, "joined writes").sentence


def test_without_a_base_url_mails_have_no_links(host: Host) -> None:
    host.desk.settings.base_url = None
    assert "SGSUPPORT_BASE_URL" in named(host, "links").sentence


def test_the_checks_ask_the_database_a_bounded_number_of_times(
    host: Host, open_ticket: OpenTicket, answered_ticket: str
) -> None:
    with host.app.app_context():
        upgrade()
        with host.count_statements() as few:
            checks()
        for _ in range(10):
            open_ticket()
        with host.count_statements() as more:
            checks()
    assert len(few) == len(more) <= 20
