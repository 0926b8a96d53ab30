"""The clock: closes what is due once, holds where nobody was reached, prepares the year, removes orphans."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import delete, func, select, update

from flask_sgsupport import signals
from flask_sgsupport import storage as storages
from flask_sgsupport.errors import InvalidInput, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Heartbeat, NumberCounter, Ticket
from flask_sgsupport.queries.files import missing_files
from flask_sgsupport.queries.health import checks
from flask_sgsupport.services import delivering, replying, sorting, tidying
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.clock import TickReport, beat, tick
from flask_sgsupport.services.opening import open_ticket as open_for
from flask_sgsupport.services.status import set_status
from tests.mailing import JEROME, deliveries, drained, parts, ticket
from tests.mailing import host as host  # noqa: PLC0414
from tests.smtp import Smtp
from tests.world import Clock, Host, OpenTicket, build_host, dispose, populate


def closes(host: Host) -> int:
    wanted = select(func.count()).select_from(Event).where(Event.action == "status.changed", Event.new == "closed")
    return host.db.session.scalar(wanted) or 0


@pytest.mark.every_database
def test_a_resolved_ticket_closes_after_48_hours_and_not_a_minute_before(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    with host.app.app_context():
        clock.forward(hours=47, minutes=59)
        assert tick().closed == 0
        clock.forward(minutes=1)
        assert tick().closed == 1
        now = ticket(host, resolved_ticket)
        assert (now.status, now.close_reason, now.closed_at) == ("closed", "no_reply", clock.at)
        event = host.db.session.scalars(select(Event).where(Event.new == "closed")).one()
        assert (event.side, event.label, event.via) == ("timer", "system:auto-close", "clock")
        assert tick().closed == 0
        assert closes(host) == 1
        told = {(one.notice, one.channel) for one in deliveries(host) if one.notice.startswith("auto_closed")}
        assert told == {
            ("auto_closed_customer", "bell"),
            ("auto_closed_customer", "email"),
            ("auto_closed_staff", "bell"),
        }
    drained(host)
    assert (
        "You can reopen it until 24 May 2026, 14:03 UTC"
        in smtp.to(JEROME)[-1].message.get_body(("plain",)).get_content()
    )  # type: ignore[union-attr]


@pytest.mark.every_database
def test_on_five_machines_each_ticket_closes_once(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    ticket_ids = [open_ticket() for _ in range(4)]
    with host.app.app_context():
        for ticket_id in ticket_ids:
            replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        clock.forward(days=20)
    reports: list[TickReport] = []
    start = Barrier(5)

    def machine() -> None:
        with host.app.app_context():
            start.wait()
            reports.append(tick())
            host.db.session.remove()

    machines = [Thread(target=machine) for _ in range(5)]
    for one in machines:
        one.start()
    for one in machines:
        one.join(60)
    assert len(reports) == 5
    assert sum(report.closed for report in reports) == 4
    assert sum(report.failed for report in reports) == 0
    with host.app.app_context():
        assert closes(host) == 4


def test_a_customer_who_answered_in_time_keeps_the_ticket_open(host: Host, resolved_ticket: str, clock: Clock) -> None:
    with host.app.app_context():
        clock.forward(hours=47)
        replying.follow_up(resolved_ticket, host.customer("jerome"), body="Not yet.")
        clock.forward(hours=100)
        assert tick().closed == 0
        assert ticket(host, resolved_ticket).status == "open"


def test_a_veto_leaves_the_ticket_and_stops_no_other(
    host: Host, resolved_ticket: str, open_ticket: OpenTicket, clock: Clock
) -> None:
    other = open_ticket()

    def veto(app: object, payload: signals.TicketStatusChanged) -> None:
        if payload.ticket["ticket_id"] == resolved_ticket:
            raise Vetoed("not this one")

    with host.app.app_context():
        replying.reply(other, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        clock.forward(hours=48)
        with signals.before_ticket_status_changed.connected_to(veto):
            report = tick()
        assert (report.closed, report.failed) == (1, 1)
        assert ticket(host, resolved_ticket).status == "resolved"


@pytest.fixture
def few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_sgsupport.services.clock.MAX_TICKETS", 2)


@pytest.mark.usefixtures("few_at_a_time")
def test_tickets_somebody_refuses_to_let_close_keep_no_other_open_for_ever(
    host: Host, open_ticket: OpenTicket, clock: Clock
) -> None:
    with host.app.app_context():
        ticket_ids = []
        for __ in range(6):
            ticket_ids.append(open_ticket())
            replying.reply(ticket_ids[-1], host.agent("ada"), body="Done.", status=Status.RESOLVED)
            clock.forward(minutes=1)
        by_hand, others = ticket_ids[:4], ticket_ids[4:]
        clock.forward(hours=49)

        def veto(app: object, payload: signals.TicketStatusChanged) -> None:
            if payload.ticket["ticket_id"] in by_hand:
                raise Vetoed("These are closed by hand")

        with signals.before_ticket_status_changed.connected_to(veto):
            closed = sum(tick().closed for __ in range(60))
        assert closed == len(others)
        assert {ticket(host, number).status for number in others} == {"closed"}


@pytest.mark.parametrize("how", ["by the dropdown", "with a reply", "by setting a wrong close back"])
def test_a_ticket_resolved_on_a_machine_whose_clock_is_behind_closes_as_any_other(
    host: Host, answered_ticket: str, smtp: Smtp, clock: Clock, how: str
) -> None:
    with host.app.app_context():
        clock.forward(minutes=5)
        replying.follow_up(answered_ticket, host.customer("jerome"), body="The invoice page fails, too.")
        clock.forward(seconds=-3)
        if how == "with a reply":
            replying.reply(answered_ticket, host.agent("ada"), body="Mended.", status=Status.RESOLVED)
        else:
            set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
        if how == "by setting a wrong close back":
            clock.forward(minutes=5)
            replying.confirm_solved(answered_ticket, host.customer("jerome"), body="It works.")
            clock.forward(seconds=-3)
            set_status(answered_ticket, host.agent("ada"), Status.RESOLVED)
        times = host.db.session.scalars(select(Event.at).order_by(Event.pk)).all()
        assert times == sorted(times)
    drained(host)
    with host.app.app_context():
        clock.forward(hours=49)
        assert tick().closed == 1
        assert ticket(host, answered_ticket).close_reason == "no_reply"


def test_the_clock_is_held_while_the_mail_failed_and_the_bell_is_unread(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME, 550, "5.1.1 user unknown")
    drained(host)
    with host.app.app_context():
        report = tick()
        assert report.held == 1
        held = ticket(host, resolved_ticket)
        assert held.hold_reason == "jerome@northwind.example: 550 5.1.1 user unknown"
        assert deliveries(host, notice="timer_held_staff", channel="bell")
        clock.forward(days=10)
        report = tick()
        assert (report.held, report.closed) == (0, 0)
        assert ticket(host, resolved_ticket).status == "resolved"


@pytest.mark.parametrize("reached_by", ["bell", "mail"])
def test_the_clock_starts_anew_once_the_customer_was_reached(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock, reached_by: str
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        tick()
        clock.forward(days=3)
        if reached_by == "bell":
            bell = (Delivery.notice == "resolved_customer", Delivery.channel == "bell")
            host.db.session.execute(update(Delivery).where(*bell).values(read_at=clock.at))
            host.db.session.commit()
        else:
            [lost] = deliveries(host, notice="resolved_customer", channel="email")
            smtp.accept()
            delivering.send_again(resolved_ticket, host.agent("ada"), lost.key)
            drained(host)
        assert tick().released == 1
        now = ticket(host, resolved_ticket)
        assert (now.hold_reason, now.auto_close_at) == (None, clock.at + timedelta(hours=48))
        clock.forward(hours=48)
        assert tick().closed == 1


def test_a_clock_held_or_let_go_is_no_news_for_the_customer(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    lena = host.client("lena")

    def unread() -> bool:
        return "sg-unread" in lena.get("/support/").text

    smtp.refuse(JEROME)
    drained(host)
    lena.get(f"/support/tickets/{resolved_ticket}")
    assert not unread()
    clock.forward(minutes=1)
    with host.app.app_context():
        assert tick().held == 1
    assert not unread()
    host.client("jerome").get(f"/support/tickets/{resolved_ticket}")
    clock.forward(minutes=1)
    with host.app.app_context():
        assert tick().released == 1
    assert not unread()


@pytest.fixture
def held_ticket(host: Host, resolved_ticket: str, smtp: Smtp) -> str:
    """A resolved ticket whose clock is held, since the mail about it was refused."""
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        assert tick().held == 1
    return resolved_ticket


@pytest.mark.every_database
def test_a_new_requester_of_a_resolved_ticket_is_told_before_its_clock_goes_on(
    host: Host, held_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    with host.app.app_context():
        lena = host.desk.hooks.directory.person(str(host.ids["lena"]))
        sorting.change_requester(held_ticket, host.agent("ada"), lena)
        assert tick().released == 0
    assert drained(host) == ["sent"]
    assert "Your ticket is marked as solved." in parts(smtp.to("lena@northwind.example")[-1])[0]
    with host.app.app_context():
        assert tick().released == 1
        clock.forward(hours=47)
        assert tick().closed == 0


@pytest.mark.every_database
def test_a_new_requester_of_a_resolved_ticket_has_the_whole_waiting_time(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    clock.forward(hours=47, minutes=59)
    with host.app.app_context():
        lena = host.desk.hooks.directory.person(str(host.ids["lena"]))
        sorting.change_requester(resolved_ticket, host.agent("ada"), lena)
        restarted = host.db.session.scalars(select(Event.new).where(Event.action == "timer.restarted")).all()
        assert restarted == [(clock.at + timedelta(hours=48)).isoformat()]
    drained(host)
    assert "It closes on 26 April 2026, 14:02 UTC unless you reply." in parts(smtp.to("lena@northwind.example")[-1])[0]
    with host.app.app_context():
        clock.forward(hours=47, minutes=59)
        assert tick().closed == 0
        clock.forward(minutes=1)
        assert tick().closed == 1


def test_a_new_requester_who_cannot_be_reached_holds_the_clock_as_the_old_one_would(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    drained(host)
    smtp.refuse("lena@northwind.example")
    with host.app.app_context():
        lena = host.desk.hooks.directory.person(str(host.ids["lena"]))
        sorting.change_requester(resolved_ticket, host.agent("ada"), lena)
    drained(host)
    with host.app.app_context():
        assert tick().held == 1
        clock.forward(hours=100)
        assert tick().closed == 0


def test_the_same_requester_chosen_again_moves_no_clock(host: Host, resolved_ticket: str, clock: Clock) -> None:
    clock.forward(hours=5)
    with host.app.app_context():
        closes_at = ticket(host, resolved_ticket).auto_close_at
        jerome = host.desk.hooks.directory.person(str(host.ids["jerome"]))
        sorting.change_requester(resolved_ticket, host.agent("ada"), jerome)
        assert ticket(host, resolved_ticket).auto_close_at == closes_at
        assert not host.db.session.scalars(select(Event).where(Event.action == "timer.restarted")).all()


def test_a_mail_on_its_way_again_neither_holds_nor_lets_go(host: Host, held_ticket: str, clock: Clock) -> None:
    with host.app.app_context():
        [lost] = deliveries(host, notice="resolved_customer", channel="email")
        clock.forward(hours=1)
        delivering.send_again(held_ticket, host.agent("ada"), lost.key)
        clock.forward(days=4)
        report = tick()
        assert (report.held, report.released, report.closed) == (0, 0, 0)
        delivering.claim("one", 10)
        assert tick().released == 0
        assert ticket(host, held_ticket).hold_reason


@pytest.mark.every_database
def test_held_tickets_cost_an_idle_tick_nothing_and_keep_nobody_waiting(
    host: Host, open_ticket: OpenTicket, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolved() -> str:
        ticket_id = open_ticket()
        clock.forward(minutes=1)
        replying.reply(ticket_id, host.agent("ada"), body="Done.", status=Status.RESOLVED)
        return ticket_id

    with host.app.app_context():
        ticket_ids = [resolved() for _ in range(3)]
        mails = (Delivery.notice == "resolved_customer", Delivery.channel == "email")
        host.db.session.execute(update(Delivery).where(*mails).values(state="failed", error="550"))
        host.db.session.commit()
        assert tick().held == 3
        clock.forward(minutes=1)
        resolved()
        clock.forward(hours=48)
        tick()
        with host.count_statements() as ran:
            assert not tick().more
        assert not [text for text in ran.ran if "FOR UPDATE" in text or "UPDATE sgsupport_ticket" in text]
        monkeypatch.setattr("flask_sgsupport.services.clock.MAX_TICKETS", 1)
        newest = select(Ticket.pk).where(Ticket.ticket_id == ticket_ids[-1]).scalar_subquery()
        host.db.session.execute(
            update(Delivery)
            .where(*mails, Delivery.ticket_pk == newest)
            .values(state="sent", attempts=1, sent_at=clock.at)
        )
        host.db.session.commit()
        assert tick().released == 1
        assert ticket(host, ticket_ids[-1]).hold_reason is None


def test_an_agent_closes_nothing_behind_the_back_of_a_customer_who_was_not_reached(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    clock.forward(hours=49)
    with host.app.app_context():
        ada = host.agent("ada")
        with pytest.raises(TransitionRefused, match="Record in a note how the customer confirmed"):
            set_status(resolved_ticket, ada, Status.CLOSED)
        with pytest.raises(InvalidInput, match="Write down how the customer confirmed"):
            replying.close_with_confirmation(resolved_ticket, ada, note="")
    html = host.client("ada").get(f"/admin/support/tickets/{resolved_ticket}").text
    assert "Why not Closed?" in html
    with host.app.app_context():
        replying.close_with_confirmation(resolved_ticket, ada, note="He said so on the phone.")
        assert ticket(host, resolved_ticket).status == "closed"


def test_a_failed_mail_holds_nothing_where_the_bell_was_read(
    host: Host, resolved_ticket: str, smtp: Smtp, clock: Clock
) -> None:
    smtp.refuse(JEROME)
    drained(host)
    with host.app.app_context():
        bell = (Delivery.notice == "resolved_customer", Delivery.channel == "bell")
        host.db.session.execute(update(Delivery).where(*bell).values(read_at=clock.at))
        host.db.session.commit()
        clock.forward(hours=48)
        report = tick()
        assert (report.held, report.closed) == (0, 1)


def test_a_host_may_say_what_time_it_is(host: Host, resolved_ticket: str) -> None:
    with host.app.app_context():
        moment = datetime(2026, 5, 1, tzinfo=UTC)
        assert tick(moment).closed == 1
        assert ticket(host, resolved_ticket).closed_at == moment


@pytest.mark.every_database
def test_the_counters_of_this_year_and_the_next_are_made(host: Host, clock: Clock) -> None:
    with host.app.app_context():
        session = host.db.session
        session.execute(delete(NumberCounter))
        session.commit()
        tick()
        tick()
        session.rollback()
        assert sorted(session.scalars(select(NumberCounter.year))) == [2026, 2027]


def test_files_no_row_names_are_removed_after_a_day(host: Host, open_ticket: OpenTicket, clock: Clock) -> None:
    with host.app.app_context():
        tick()
    kept = open_ticket(files=[("kept.txt", b"kept")])
    with host.app.app_context():
        orphan, young = (host.desk.storage.save(BytesIO(data), max_bytes=100).key for data in (b"orphan", b"young"))
        folder = host.desk.storage.folder
        files = [path for path in folder.glob("??/??/*")]
        for path in files:
            os.utime(path, (clock.at.timestamp(),) * 2)
        clock.forward(hours=30)
        os.utime(next(path for path in files if path.name == young), (clock.at.timestamp(),) * 2)
        assert tick().files_removed == 1
        left = {path.name for path in folder.glob("??/??/*")}
        assert orphan not in left
        assert len(left) == 2
        assert ticket(host, kept)


@pytest.fixture
def neighbour(tmp_path: Path) -> Iterator[Host]:
    """Another app of the same factory, with a database of its own and the same folder for files."""
    other = build_host(f"sqlite:///{tmp_path / 'neighbour.sqlite'}", tmp_path)
    populate(other)
    yield other
    dispose(other)


def grow_old(host: Host, *, days: int) -> None:
    """Every file becomes older than the clock, which moves on."""
    for path in host.desk.storage.folder.glob("??/??/*"):
        os.utime(path, (host.clock.at.timestamp(),) * 2)
    host.clock.forward(days=days)


@pytest.mark.parametrize("ticked", [True, False], ids=["after a tick", "before any"])
def test_files_of_another_desk_in_the_same_folder_are_left_alone(
    host: Host, neighbour: Host, open_ticket: OpenTicket, *, ticked: bool
) -> None:
    for desk in (host, neighbour) if ticked else ():
        with desk.app.app_context():
            tick()
    number = open_ticket(files=[("evidence.txt", b"precious")])
    with neighbour.app.app_context():
        evidence = [Upload("own.txt", BytesIO(b"theirs"))] if ticked else []
        open_for(neighbour.customer("jerome"), subject="Own", body="Text", files=evidence)
    grow_old(host, days=3)
    neighbour.clock.at = host.clock.at
    for desk in (neighbour, host):
        with desk.app.app_context():
            assert tick().files_removed == 0
            assert missing_files(10) == []
    if ticked:
        with host.app.test_request_context():
            said = [check.sentence for check in checks() if check.name == "storage" and check.state == "warn"]
        assert "Several desks keep files" in said[0]
    assert number


def test_a_folder_that_lost_its_mark_is_marked_and_swept_a_turn_later(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket(files=[("kept.txt", b"kept")])
    with host.app.app_context():
        host.desk.storage.save(BytesIO(b"orphan"), max_bytes=100)
        grow_old(host, days=3)
        assert [tick().files_removed, host.clock.forward(hours=7), tick().files_removed] == [0, None, 1]


@pytest.mark.every_database
@pytest.mark.parametrize(("young", "orphans"), [(False, 6), (True, 0)], ids=["of old files", "of young files"])
def test_a_big_folder_is_walked_through_in_many_turns(
    host: Host, open_ticket: OpenTicket, clock: Clock, monkeypatch: pytest.MonkeyPatch, *, young: bool, orphans: int
) -> None:
    monkeypatch.setattr(tidying, "FILES_A_TURN", 3)
    storage, listed, look_at = host.desk.storage, [], storages._was_written_before

    def look(moment: datetime, path: Path) -> bool:
        listed.append(path)
        return look_at(moment, path)

    with host.app.app_context():
        tick()
    kept = [open_ticket(files=[(f"{number}.txt", b"kept")], subject=f"Number {number}") for number in range(4)]
    for number in range(6):
        storage.save(BytesIO(b"%d" % number), max_bytes=10)
    grow_old(host, days=3)
    if young:
        grow_old(host, days=0)
    monkeypatch.setattr(storages, "_was_written_before", look)
    turns = []
    with host.app.app_context():
        for __ in range(5):
            listed.clear()
            turns.append((tick().files_removed, len(listed)))
            clock.forward(minutes=1)
        assert sum(removed for removed, __ in turns) == orphans
        assert [seen for __, seen in turns] == [3, 3, 3, 1, 0]
        clock.forward(hours=6)
        listed.clear()
        assert [tick().files_removed, len(listed)] == [0, 3], "the next walk begins anew"
        assert missing_files(10) == []
    assert len(kept) == 4


def test_a_tick_leaves_its_heartbeat(host: Host, clock: Clock) -> None:
    with host.app.app_context():
        tick()
        clock.forward(minutes=1)
        tick()
        beat("worker", "somebody")
        rows = {row.name: row.seen_at for row in host.db.session.scalars(select(Heartbeat))}
        assert rows["clock"] == rows["worker"] == clock.at


def test_no_page_view_moves_the_clock(host: Host, resolved_ticket: str, clock: Clock) -> None:
    clock.forward(days=30)
    client = host.client("jerome")
    for path in ("/", "/support/", f"/support/tickets/{resolved_ticket}"):
        client.get(path)
    with host.app.app_context():
        assert host.db.session.scalar(select(Ticket.status).where(Ticket.ticket_id == resolved_ticket)) == "resolved"
