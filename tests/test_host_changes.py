"""The host says what happened to its accounts and people: tickets, mails, agents and history follow."""

from __future__ import annotations

import sqlite3
from html import unescape
from typing import Any

import pytest
from flask import request
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from flask_sgsupport.directory import UserDirectory
from flask_sgsupport.errors import Busy, InvalidInput, NotFound, Vetoed
from flask_sgsupport.history import sentence
from flask_sgsupport.models import Agent, Delivery, Event, Heartbeat, HostChange, PersonRecord, Ticket
from flask_sgsupport.services import assigning, clock, host_changes, replying, sorting
from flask_sgsupport.services.delivering import claim, prepare
from flask_sgsupport.signals import before_ticket_assigned
from tests.told import told_events
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"


def say(host: Host, what: str, *values: Any) -> None:
    """The host says something and commits."""
    with host.app.app_context():
        getattr(host.support, what)(*values)
        host.db.session.commit()


def column(host: Host, wanted: Any) -> list[Any]:
    with host.app.app_context():
        return list(host.db.session.scalars(wanted))


def mails(host: Host, who: str) -> list[tuple[str, str | None]]:
    with host.app.app_context():
        wanted = select(Delivery.state, Delivery.address).where(
            Delivery.recipient_id == str(host.ids[who]), Delivery.channel == "email"
        )
        return [(state, address) for state, address in host.db.session.execute(wanted)]


def move(host: Host, who: str, **columns: Any) -> None:
    host.change_user(who, **columns)
    say(host, "person_changed", host.ids[who])


@pytest.mark.every_database
def test_a_renamed_account_is_shown_by_its_new_name(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    open_ticket("mina")
    say(host, "account_renamed", 1, "Northwind & Sons")
    assert column(host, select(Ticket.account_name).order_by(Ticket.pk)) == ["Northwind & Sons", "Fabrikam"]
    assert "Northwind & Sons" in unescape(host.client("ada").get(INBOX).text)
    assert column(host, select(Event.label).where(Event.action == "account.renamed")) == ["system:host"]


def test_an_account_needs_a_name(in_app: Host) -> None:
    with pytest.raises(InvalidInput):
        in_app.support.account_renamed(1, "  ")


def test_what_the_host_rolls_back_was_never_said(in_app: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    in_app.support.account_removed(1)
    in_app.db.session.rollback()
    assert column(in_app, select(Ticket.account_removed_at)) == [None]


@pytest.mark.every_database
def test_a_removed_account_has_no_tickets_and_support_keeps_them(host: Host, answered_ticket: str) -> None:
    say(host, "account_removed", "1")
    jerome = host.client("jerome")
    assert jerome.get(f"/support/tickets/{answered_ticket}").status_code == 404
    assert answered_ticket not in jerome.get("/support/").text
    assert {state for state, __ in mails(host, "jerome")} == {"cancelled"}
    assert answered_ticket not in jerome.get("/support/notifications").text
    page = unescape(host.client("ada").get(f"{INBOX}tickets/{answered_ticket}").text)
    assert "The account was removed on" in page
    assert "The app: the account Northwind Outfitters was removed" in page


def test_what_is_written_later_goes_to_nobody_of_a_removed_account(in_app: Host, answered_ticket: str) -> None:
    say(in_app, "account_removed", 1)
    replying.reply(answered_ticket, in_app.agent("ada"), body="Still here?")
    going_out = [prepare(one.key, "tests") for one in claim("tests", 10)]
    assert "jerome@northwind.example" not in {mail.to_address for mail in going_out if mail}
    assert {state for state, __ in mails(in_app, "jerome")} == {"cancelled"}


def test_an_account_that_gets_the_same_id_later_is_another_one(
    host: Host, open_ticket: OpenTicket, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_changes, "BATCH", 1)
    old = [open_ticket(), open_ticket(subject="Another")]
    say(host, "account_removed", 1)
    clock.forward(minutes=1)
    new = open_ticket(subject="Of the new account")
    with host.app.app_context():
        clock_ticks(host)
    text = host.client("jerome").get("/support/").text
    assert new in text
    assert not any(number in text for number in old)


def clock_ticks(host: Host) -> None:
    while clock.tick().more:
        pass


@pytest.mark.every_database
def test_a_person_takes_name_and_address_along(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    move(host, "jerome", name="Jerome Ellis-Brandt", email="jeb@northwind.example")
    assert column(host, select(Ticket.requester_name)) == ["Jerome Ellis-Brandt"]
    assert mails(host, "jerome") == [("queued", "jeb@northwind.example")]
    history = unescape(host.client("ada").get(f"{INBOX}tickets/{ticket_id}/history").text)
    assert "jerome@northwind.example" in history
    assert "jeb@northwind.example" in history
    assert "The app" in history


def test_an_address_an_agent_corrected_stays(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    sorting.correct_address(ticket_id, in_app.agent("ada"), "office@northwind.example")
    move(in_app, "jerome", email="jeb@northwind.example")
    assert column(in_app, select(Ticket.requester_email)) == ["office@northwind.example"]


def test_mails_to_a_person_without_an_address_are_taken_back(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    move(host, "jerome", email=None)
    assert [state for state, __ in mails(host, "jerome")] == ["cancelled"]


def test_tickets_stay_with_the_account_somebody_moved_away_from(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    move(host, "jerome", account_id=2)
    assert host.client("jerome").get(f"/support/tickets/{ticket_id}").status_code == 404
    assert host.client("lena").get(f"/support/tickets/{ticket_id}").status_code == 200
    assert host.client("mina").get(f"/support/tickets/{ticket_id}").status_code == 404


def test_an_agent_takes_name_and_address_along(host: Host) -> None:
    move(host, "ada", name="Ada King", email="king@desk.example")
    assert column(host, select(Agent.name).where(Agent.host_id == str(host.ids["ada"]))) == ["Ada King"]


def test_nobody_the_directory_does_not_know_has_changed(in_app: Host) -> None:
    with pytest.raises(NotFound):
        in_app.support.person_changed(999)


def test_an_operator_who_left_is_mailed_no_more_and_a_colleague_goes_on(host: Host, answered_ticket: str) -> None:
    say(host, "person_left", host.ids["jerome"])
    host.change_user("jerome", enabled=False)
    assert {state for state, __ in mails(host, "jerome")} == {"cancelled"}
    answer = host.client("lena").post(f"/support/tickets/{answered_ticket}/follow-up", data={"body": "I take over."})
    assert answer.status_code == 302


@pytest.mark.every_database
def test_the_tickets_of_an_agent_who_left_go_back_and_the_lead_is_told(host: Host, answered_ticket: str) -> None:
    say(host, "person_left", host.ids["ada"])
    assert column(host, select(Ticket.assignee_pk)) == [None]
    assert not column(host, select(Agent.active).where(Agent.host_id == str(host.ids["ada"])))[0]
    told = unescape(host.client("grace").get(f"{INBOX}notifications/").text)
    assert "1 open ticket of Ada Lovelace went back to its queue." in told


def test_a_ticket_somebody_refuses_to_let_go_spoils_nothing_of_the_host(host: Host, open_ticket: OpenTicket) -> None:
    kept, other = open_ticket(), open_ticket(subject="Another")
    with host.app.app_context():
        for ticket_id in (kept, other):
            assigning.claim(ticket_id, host.agent("ada"))

    @host.support.on(before_ticket_assigned)
    def refuse(app: Any, payload: Any) -> None:
        if payload.ticket["ticket_id"] == kept:
            raise Vetoed("Not this one.")

    with host.app.app_context():
        host.db.session.get(host.user_model, host.ids["ada"]).enabled = False
        host.support.person_left(host.ids["ada"])
        host.db.session.commit()
    with host.app.app_context():
        assert not host.db.session.get(host.user_model, host.ids["ada"]).enabled
        found = dict(host.db.session.execute(select(Ticket.ticket_id, Ticket.assignee_pk)).all())
    assert found[other] is None
    assert found[kept] is not None


def test_the_last_lead_stays_one_and_their_tickets_go_back(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("grace"))
    say(host, "person_left", host.ids["grace"])
    assert column(host, select(Ticket.assignee_pk)) == [None]
    assert column(host, select(Agent.active).where(Agent.is_lead.is_(True))) == [True]


@pytest.mark.parametrize("gone", ["switched off", "deleted", "the directory fails"])
def test_the_clock_finds_agents_nobody_spoke_of(host: Host, answered_ticket: str, gone: str) -> None:
    with host.app.app_context():
        user = host.db.session.get(host.user_model, host.ids["ada"])
        if gone == "switched off":
            user.enabled = False
        elif gone == "deleted":
            host.db.session.delete(user)
        host.db.session.commit()
        if gone == "the directory fails":
            host.desk.hooks.directory.person = lambda person_id: 1 / 0
        assert clock.tick().handed_over == (1 if gone == "switched off" else 0)
        host.clock.forward(minutes=61)
        assert clock.tick().handed_over == (1 if gone == "deleted" else 0)
        assert clock.tick().handed_over == 0


def test_a_directory_that_answers_nothing_for_a_while_costs_nobody_their_tickets(
    host: Host, answered_ticket: str
) -> None:
    known = host.desk.hooks.directory.person
    with host.app.app_context():
        for __ in range(3):
            host.desk.hooks.directory.person = lambda person_id: None
            for __ in range(3):
                host.clock.forward(minutes=15)
                assert clock.tick().handed_over == 0
            host.desk.hooks.directory.person = known
            host.clock.forward(minutes=15)
            assert clock.tick().handed_over == 0
        assert host.db.session.scalar(select(Ticket.assignee_pk)) is not None
        assert host.db.session.scalars(select(HostChange)).all() == []


@pytest.mark.every_database
def test_what_is_much_is_left_to_the_clock(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_changes, "BATCH", 2)
    for number in range(5):
        open_ticket(subject=f"Number {number}")
    say(host, "account_renamed", 1, "Sons")
    move(host, "jerome", name="Jerome E.")
    say(host, "person_left", host.ids["jerome"])
    assert column(host, select(Ticket.account_name)).count("Sons") == 2
    assert len(column(host, select(HostChange.kind))) == 3
    with host.app.app_context():
        clock_ticks(host)
    assert set(column(host, select(Ticket.account_name))) == {"Sons"}
    assert set(column(host, select(Ticket.requester_name))) == {"Jerome E."}
    assert {state for state, __ in mails(host, "jerome")} == {"cancelled"}
    assert column(host, select(HostChange.kind)) == []


def test_who_impersonates_whom_when_the_host_says_it_is_kept(host: Host) -> None:
    host.desk.hooks.directory = UserDirectory(
        host.user_model,
        account_id="account_id",
        owner="owner",
        acting=lambda: host.db.session.get(host.user_model, host.ids["olga"]) if request.args else None,
    )

    @host.app.get("/rename")
    def rename() -> str:
        host.support.account_renamed(1, "Sons")
        host.db.session.commit()
        return "ok"

    assert host.client("lena").get("/rename?posing=1").text == "ok"
    with host.app.app_context():
        event = host.db.session.scalars(select(Event).where(Event.action == "account.renamed")).one()
        names = {pk: name for pk, name in host.db.session.execute(select(PersonRecord.pk, PersonRecord.name))}
    assert (event.label, names[event.person_pk], names[event.acting_pk]) == (
        "system:host",
        "Lena Brandt",
        "Olga Petrova",
    )


@pytest.mark.every_database
def test_tickets_of_others_can_be_worked_on_while_the_host_has_not_committed(
    host: Host, open_ticket: OpenTicket
) -> None:
    others = [open_ticket("mina", subject=f"Number {number}") for number in range(4)]
    mine = open_ticket()
    host.change_user("jerome", name="Jerome E.")
    with host.app.app_context():
        host.support.person_changed(host.ids["jerome"])
        if host.db.engine.dialect.name == "sqlite":
            return  # has one lock for everybody
        free = select(Ticket.ticket_id).order_by(Ticket.pk).with_for_update(skip_locked=True)
        with host.db.engine.connect() as connection:
            one_by_one = [connection.scalar(free.where(Ticket.ticket_id == ticket_id)) for ticket_id in (*others, mine)]
        host.db.session.rollback()
    assert one_by_one == [*others, None]


def test_one_person_the_directory_cannot_tell_of_does_not_stop_the_clock(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(host_changes, "BATCH", 1)
    for who in ("jerome", "jerome", "mina", "mina"):
        open_ticket(who, subject=f"Number {len(column(host, select(Ticket.pk)))}")
    for who in ("jerome", "mina"):
        move(host, who, name=who.upper())
    asked = host.desk.hooks.directory.person

    def person(person_id: str) -> Any:
        if person_id == str(host.ids["jerome"]):
            raise ConnectionError("LDAP is away")
        return asked(person_id)

    host.desk.hooks.directory.person = person
    with host.app.app_context():
        clock_ticks(host)
    assert column(host, select(Ticket.requester_name)).count("MINA") == 2
    assert column(host, select(Heartbeat.name).where(Heartbeat.name == "clock")) == ["clock"]
    assert "The directory could not be asked" in caplog.text
    host.desk.hooks.directory.person = asked
    with host.app.app_context():
        clock_ticks(host)
    assert column(host, select(Ticket.requester_name)).count("JEROME") == 2


def test_people_the_directory_cannot_tell_of_hold_back_nothing_that_is_said_later(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_changes, "BATCH", 1)
    for __ in range(3):
        open_ticket()
    asked = host.desk.hooks.directory.person

    def person(person_id: str) -> Any:
        if person_id.startswith("unread"):
            raise ValueError("a record nobody can read")
        return asked(person_id)

    host.desk.hooks.directory.person = person
    with host.app.app_context():
        for number in range(20):
            row = HostChange(kind="person.changed", host_id=f"unread{number}", name="", at=host.clock.at)
            host.db.session.add(row)
        host.db.session.commit()
    host.clock.forward(minutes=1)
    say(host, "account_renamed", 1, "Northwind & Sons")
    assert set(column(host, select(Ticket.account_name))) != {"Northwind & Sons"}
    with host.app.app_context():
        for __ in range(60):
            host_changes.go_on()
    assert set(column(host, select(Ticket.account_name))) == {"Northwind & Sons"}


def test_the_host_is_told_that_the_desk_is_busy(
    in_app: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ticket()

    def deadlock(unit: Any, said: Any) -> bool:
        raise OperationalError("UPDATE sgsupport_ticket", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr(host_changes, "_CARRIED_OUT", {"account.renamed": deadlock})
    with pytest.raises(Busy):
        in_app.support.account_renamed(1, "Sons")
    in_app.db.session.rollback()


def test_the_history_names_who_changed_or_left_and_keeps_the_name_of_then(host: Host) -> None:
    say(host, "person_changed", host.ids["nora"])
    host.change_user("nora", name="Nora Brandt")
    say(host, "person_left", host.ids["nora"])
    say(host, "person_left", 4711)
    with host.app.app_context():
        entries = told_events(host.db.session, Event.action.like("person.%"))
        told = [sentence(entry.action, "", None, entry.new, entry.data) for entry in entries]
    assert told == ["Nora Quist changed in the app", "Nora Brandt left the app", "4711 left the app"]
