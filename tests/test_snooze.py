"""A snoozed ticket is out of the way until its time, or until its customer writes, and whoever has it is told once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from flask_sgsupport.actors import Via
from flask_sgsupport.errors import InvalidInput, NotFound, StaleTicket, TransitionRefused
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Ticket
from flask_sgsupport.queries.events import history_page
from flask_sgsupport.services import assigning, replying, snoozing, sorting, status
from flask_sgsupport.services.clock import tick
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.targets import create_target
from flask_sgsupport.snoozes import PRESETS, read_until, zone_of
from tests.panel_pages import hidden
from tests.world import START, Clock, Host, OpenTicket

INBOX = "/admin/support/"
TOMORROW = START + timedelta(days=1)


def until(host: Host, ticket_id: str) -> datetime | None:
    found: datetime | None = host.db.session.scalar(select(Ticket.snoozed_until).where(Ticket.ticket_id == ticket_id))
    host.db.session.rollback()
    return found


def history(host: Host) -> list[tuple[str, str | None, str | None]]:
    wanted = select(Event.action, Event.old, Event.new).where(Event.field == "snoozed_until").order_by(Event.pk)
    return [tuple(row) for row in host.db.session.execute(wanted)]


def rung(host: Host) -> list[str]:
    wanted = select(Delivery.recipient_name).where(Delivery.notice == "woken_staff").order_by(Delivery.recipient_name)
    return list(host.db.session.scalars(wanted))


def listed(client: FlaskClient, view: str) -> bool:
    return 'data-sg-ticket="' in client.get(f"{INBOX}?view={view}").text


def count(client: FlaskClient, view: str) -> int:
    page = client.get(INBOX).text
    found = re.search(rf"<span>{view}</span> <span class=\"sg-count\">(\d+)</span>", page)
    assert found, view
    return int(found[1])


@pytest.mark.every_database
def test_a_snoozed_ticket_leaves_the_lists_and_comes_back_at_its_time(
    host: Host, answered_ticket: str, clock: Clock
) -> None:
    client = host.client("ada")
    with host.app.app_context():
        assert snoozing.snooze(answered_ticket, host.agent("ada"), TOMORROW + timedelta(seconds=20)) == TOMORROW
    lists = {view: listed(client, view) for view in ("open", "mine", "unassigned", "waiting", "snoozed", "all")}
    assert [view for view, there in lists.items() if there] == ["snoozed", "all"]
    assert (count(client, "Snoozed"), count(client, "All open"), count(client, "Support")) == (1, 0, 0)
    with host.app.app_context():
        clock.forward(hours=23, minutes=59)
        assert tick().woken == 0
        clock.forward(minutes=1)
        assert tick().woken == 1
        assert tick().woken == 0
        assert until(host, answered_ticket) is None
        assert rung(host) == ["Ada Lovelace"]
        at = TOMORROW.isoformat()
        assert history(host) == [("ticket.snoozed", None, at), ("ticket.woken", at, None)]
    assert listed(client, "mine")
    assert not listed(client, "snoozed")


def test_where_nobody_is_assigned_everybody_who_covers_the_queue_is_told_once(
    in_app: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    ticket_id = open_ticket()
    snoozing.snooze(ticket_id, in_app.agent("ada"), TOMORROW)
    clock.forward(days=1)
    tick()
    tick()
    assert rung(in_app) == ["Ada Lovelace", "Cleo Marsh", "Grace Hopper"]
    bells = in_app.client("cleo").get(f"{INBOX}notifications/").text
    assert f"{ticket_id} is back, its snooze is over" in bells


@pytest.mark.every_database
def test_the_customers_word_wakes_it(host: Host, answered_ticket: str) -> None:
    with host.app.app_context():
        snoozing.snooze(answered_ticket, host.agent("ada"), TOMORROW)
        replying.follow_up(answered_ticket, host.customer("jerome"), body="It is down again.")
        assert until(host, answered_ticket) is None
        assert [row[0] for row in history(host)] == ["ticket.snoozed", "ticket.woken"]
        # The follow-up itself rings.
        assert rung(host) == []
    assert listed(host.client("ada"), "mine")


def test_another_status_wakes_it(in_app: Host, answered_ticket: str) -> None:
    ada = in_app.agent("ada")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    status.set_status(answered_ticket, ada, Status.RESOLVED)
    assert until(in_app, answered_ticket) is None
    status.set_status(answered_ticket, ada, Status.OPEN)
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    replying.reply(answered_ticket, ada, body="Done.", status=Status.RESOLVED)
    assert until(in_app, answered_ticket) is None
    status.set_status(answered_ticket, ada, Status.OPEN)
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    status.withdraw(answered_ticket, in_app.customer("jerome"))
    assert until(in_app, answered_ticket) is None


def test_a_reply_a_note_and_another_assignee_let_it_sleep_and_the_new_one_is_told(
    in_app: Host, answered_ticket: str, clock: Clock
) -> None:
    ada = in_app.agent("ada")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    replying.reply(answered_ticket, ada, body="The part comes tomorrow.")
    replying.add_note(answered_ticket, ada, body="Ordered.")
    sorting.change_fields(answered_ticket, ada, {"priority": "high"})
    assigning.assign(answered_ticket, in_app.agent("grace"), str(in_app.ids["grace"]))
    assert until(in_app, answered_ticket) == TOMORROW
    clock.forward(days=1)
    tick()
    assert rung(in_app) == ["Grace Hopper"]


def test_it_is_woken_by_hand_and_once(in_app: Host, answered_ticket: str) -> None:
    ada = in_app.agent("ada")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    snoozing.unsnooze(answered_ticket, ada)
    assert until(in_app, answered_ticket) is None
    assert rung(in_app) == []
    with pytest.raises(TransitionRefused, match="It is not snoozed"):
        snoozing.unsnooze(answered_ticket, ada)
    assert len(history(in_app)) == 2


def test_snoozed_anew_it_has_the_new_time_and_the_same_time_is_nothing_new(in_app: Host, answered_ticket: str) -> None:
    ada = in_app.agent("ada")
    for when in (TOMORROW, TOMORROW, TOMORROW + timedelta(days=1)):
        snoozing.snooze(answered_ticket, ada, when)
    assert until(in_app, answered_ticket) == TOMORROW + timedelta(days=1)
    later = (TOMORROW + timedelta(days=1)).isoformat()
    assert history(in_app)[1:] == [("ticket.snoozed", TOMORROW.isoformat(), later)]


@pytest.mark.parametrize("when", [START, START - timedelta(days=1), START + timedelta(seconds=30)])
def test_a_time_that_is_over_is_refused(in_app: Host, answered_ticket: str, when: datetime) -> None:
    with pytest.raises(TransitionRefused, match="still to come"):
        snoozing.snooze(answered_ticket, in_app.agent("ada"), when)


def test_only_open_tickets_of_the_inbox_are_snoozed(
    in_app: Host, resolved_ticket: str, open_ticket: OpenTicket
) -> None:
    ada, filtered = in_app.agent("ada"), open_ticket()
    sorting.put_aside(filtered, ada)
    for ticket_id in (resolved_ticket, filtered):
        with pytest.raises(TransitionRefused):
            snoozing.snooze(ticket_id, ada, TOMORROW)
    with pytest.raises(NotFound):
        snoozing.snooze(resolved_ticket, in_app.agent("ben"), TOMORROW)
    with pytest.raises(TransitionRefused):
        snoozing.snooze(open_ticket(), in_app.customer("jerome"), TOMORROW)


def test_a_ticket_put_aside_while_it_sleeps_wakes_there_and_tells_nobody(
    in_app: Host, answered_ticket: str, clock: Clock
) -> None:
    ada = in_app.agent("ada")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    sorting.put_aside(answered_ticket, ada)
    assert not listed(in_app.client("ada"), "snoozed")
    clock.forward(days=1)
    assert tick().woken == 1
    assert rung(in_app) == []


@pytest.mark.every_database
def test_a_merged_ticket_is_never_woken_and_a_question_it_brings_wakes_the_other(
    host: Host, answered_ticket: str, open_ticket: OpenTicket, clock: Clock
) -> None:
    again = open_ticket(subject="Checkout again", body="It is still broken.")
    client = host.client("ada")
    with host.app.app_context():
        ada = host.agent("ada")
        snoozing.snooze(answered_ticket, ada, TOMORROW)
        snoozing.snooze(again, ada, TOMORROW)
        assert merge(again, ada, answered_ticket)
        assert (until(host, answered_ticket), until(host, again)) == (None, TOMORROW)
        assert [row[0] for row in history(host)] == ["ticket.snoozed", "ticket.snoozed", "ticket.woken"]
    assert listed(client, "open")
    assert not listed(client, "snoozed")
    page = client.get(f"{INBOX}tickets/{again}").text
    assert "Wake it now" not in page
    assert "It is back sooner" not in page
    with host.app.app_context():
        clock.forward(days=2)
        report = tick()
        assert (report.woken, report.failed) == (0, 0)
        assert rung(host) == []


def test_what_is_merged_into_a_snoozed_ticket_without_a_question_leaves_it_asleep(
    in_app: Host, answered_ticket: str, open_ticket: OpenTicket
) -> None:
    again, ada = open_ticket(subject="Checkout again", body="It is still broken."), in_app.agent("ada")
    replying.reply(again, ada, body="We look.")
    snoozing.snooze(answered_ticket, ada, TOMORROW)
    merge(again, ada, answered_ticket)
    assert until(in_app, answered_ticket) == TOMORROW


def test_due_times_go_on_while_it_sleeps_and_are_told_of(in_app: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    create_target(in_app.agent("grace"), {"response": "4 h"})
    ticket_id = open_ticket()
    snoozing.snooze(ticket_id, in_app.agent("ada"), TOMORROW)
    assert in_app.db.session.scalar(select(Ticket.response_due_at)) == START + timedelta(hours=4)
    in_app.db.session.rollback()
    clock.forward(hours=4)
    report = tick()
    assert (report.reminded, report.woken) == (1, 0)
    said = select(Delivery.recipient_name).where(Delivery.notice == "target_breached_staff")
    assert in_app.db.session.scalars(said).all()


def test_who_did_not_see_that_it_was_snoozed_is_told(in_app: Host, answered_ticket: str) -> None:
    version = in_app.db.session.scalar(select(Ticket.version))
    in_app.db.session.rollback()
    snoozing.snooze(answered_ticket, in_app.agent("grace"), TOMORROW)
    with pytest.raises(StaleTicket, match="Grace Hopper: snoozed it until 23 April 2026, 14:03 UTC"):
        snoozing.snooze(answered_ticket, in_app.agent("ada"), TOMORROW + timedelta(days=2), version=version)


def test_the_customer_sees_nothing_of_it(host: Host, answered_ticket: str, clock: Clock) -> None:
    jerome = host.client("jerome")
    pages = ("/support/", f"/support/tickets/{answered_ticket}", f"/support/poll?ticket={answered_ticket}")

    def seen() -> list[str]:
        return [re.sub(r'name="form" value="[^"]+"|csrf[^>]+', "", jerome.get(page).text) for page in pages]

    seen()
    before = seen()
    with host.app.app_context():
        snoozing.snooze(answered_ticket, host.agent("ada"), TOMORROW)
    assert seen() == before
    with host.app.app_context():
        snoozing.unsnooze(answered_ticket, host.agent("ada"))
    assert seen() == before


def test_the_history_says_who_snoozed_and_what_woke_it(in_app: Host, answered_ticket: str, clock: Clock) -> None:
    snoozing.snooze(answered_ticket, in_app.agent("ada"), TOMORROW)
    clock.forward(days=1)
    tick()
    rows = history_page(in_app.agent("ada"), answered_ticket).rows
    said = [f"{row.actor} {row.text}" for row in rows if row.action in {"ticket.snoozed", "ticket.woken"}]
    when = "23 April 2026, 14:03 UTC"
    assert sorted(said) == sorted([f"Ada Lovelace snoozed it until {when}", f"Automatic woke it, snoozed until {when}"])


# The page


def posts(client: FlaskClient, ticket_id: str, act: str = "snooze", **form: Any) -> Any:
    page = f"{INBOX}tickets/{ticket_id}"
    return client.post(f"{page}/{act}", data=hidden(client.get(page).text) | form, follow_redirects=True)


def test_an_agent_snoozes_by_a_preset_of_their_own_clock(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    answer = posts(client, answered_ticket, until="tomorrow", zone="Europe/Berlin")
    assert "Snoozed until 23 April 2026, 07:00 UTC." in answer.text
    assert '<span class="sg-chip sg-chip-snoozed">Snoozed</span>' in answer.text
    row = client.get(f"{INBOX}?view=snoozed").text
    assert "sg-chip-snoozed" in row
    assert 'until <time class="sg-num" datetime="2026-04-23T07:00:00Z"' in row
    answer = posts(client, answered_ticket, "unsnooze")
    assert "The ticket is awake" in answer.text
    # Pressed twice it has done what it says.
    assert (
        "The ticket is awake" in client.post(f"{INBOX}tickets/{answered_ticket}/unsnooze", follow_redirects=True).text
    )


def test_a_day_and_time_are_typed_and_what_is_none_comes_back(host: Host, answered_ticket: str) -> None:
    client = host.client("ada")
    assert "Snoozed until 1 May 2026, 12:00 UTC." in posts(client, answered_ticket, at="2026-05-01T12:00").text
    for at, said in (("the first of May", "Choose a day and a time."), ("2026-04-22T14:03", "still to come")):
        answer = posts(client, answered_ticket, at=at)
        assert answer.status_code in {409, 422}
        assert said in unescape(answer.text)
        assert f'value="{at}"' in answer.text


@pytest.mark.parametrize(
    ("word", "zone", "now", "expected"),
    [
        ("later", "Europe/Berlin", START, datetime(2026, 4, 22, 17, 3, tzinfo=UTC)),
        ("tomorrow", "", START, datetime(2026, 4, 23, 9, tzinfo=UTC)),
        ("tomorrow", "America/New_York", START, datetime(2026, 4, 23, 13, tzinfo=UTC)),
        # Tomorrow of a reader for whom today is another day already.
        ("tomorrow", "Pacific/Auckland", START, datetime(2026, 4, 23, 21, tzinfo=UTC)),
        ("next_week", "", START, datetime(2026, 4, 27, 9, tzinfo=UTC)),
        ("next_week", "", datetime(2026, 4, 27, 8, tzinfo=UTC), datetime(2026, 5, 4, 9, tzinfo=UTC)),
        # Over the night on which clocks are changed it is nine in the morning all the same.
        ("tomorrow", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        ("tomorrow", "No/Such", START, datetime(2026, 4, 23, 9, tzinfo=UTC)),
        ("at", "Europe/Berlin", START, datetime(2026, 5, 1, 7, 30, tzinfo=UTC)),
        ("", "", START, datetime(2026, 5, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_one_of_the_readers_own_clock(word: str, zone: str, now: datetime, expected: datetime) -> None:
    assert read_until(word, "2026-05-01T09:30", zone, now) == expected


def test_each_preset_is_still_to_come_at_any_hour() -> None:
    for hours in range(24 * 8):
        now = START + timedelta(hours=hours)
        assert all(preset.at(now) > now for preset in PRESETS)


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-13-01T00:00", "9999-12-31T23:59:59.9+99", "0001-01-01T00:00"])
def test_what_is_no_time_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        read_until("", typed, "Asia/Tokyo", START)
    assert wrong.value.fields == {"until": "Choose a day and a time."}


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "/etc/passwd", "x" * 65, "Europe", "\x00"])
def test_a_zone_nobody_knows_is_utc(name: str) -> None:
    assert zone_of(name) is UTC


# The host


def test_the_host_snoozes_and_wakes(in_app: Host, answered_ticket: str) -> None:
    support, ada = in_app.support, in_app.agent("ada", Via.PYTHON)
    assert support.snooze(ada, answered_ticket, TOMORROW.astimezone(zone_of("Asia/Tokyo"))) == TOMORROW
    in_app.db.session.commit()
    assert until(in_app, answered_ticket) == TOMORROW
    support.unsnooze(ada, answered_ticket)
    in_app.db.session.commit()
    assert until(in_app, answered_ticket) is None
    for wrong in ("tomorrow", datetime(2026, 5, 1, 9)):  # noqa: DTZ001 - it has no zone
        with pytest.raises(InvalidInput, match="until must be a time with its zone"):
            support.snooze(ada, answered_ticket, wrong)  # type: ignore[arg-type]
