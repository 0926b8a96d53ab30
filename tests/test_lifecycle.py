"""The state machine as the services carry it out on every database; `test_lifecycle_decides` holds its table."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from flask_sgsupport.errors import InvalidInput, NotAllowed, StaleTicket, TransitionRefused
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Event, Message, Ticket
from flask_sgsupport.services import assigning, replying, sorting, status
from tests.told import told_events
from tests.world import START, Host, OpenTicket


def ticket_of(host: Host, ticket_id: str) -> Ticket:
    found = host.db.session.scalar(select(Ticket).where(Ticket.ticket_id == ticket_id))
    assert found is not None
    return found


def actions(host: Host, ticket_id: str) -> list[tuple[str, str | None, str | None]]:
    entries = told_events(host.db.session, Event.ticket_pk == ticket_of(host, ticket_id).pk)
    return [(entry.action, entry.old, entry.new) for entry in entries]


def notices(host: Host, ticket_id: str) -> set[tuple[str, str, str]]:
    rows = select(Delivery.notice, Delivery.channel, Delivery.recipient_name).join(
        Ticket, Ticket.pk == Delivery.ticket_pk
    )
    return {tuple(row) for row in host.db.session.execute(rows.where(Ticket.ticket_id == ticket_id))}  # type: ignore[misc]


@pytest.mark.every_database
def test_a_ticket_goes_its_whole_way(in_app: Host, open_ticket: OpenTicket) -> None:
    host, clock = in_app, in_app.clock
    ada, jerome = host.agent("ada"), host.customer("jerome")
    ticket_id = open_ticket()
    assert ticket_id == "TKT-2026-00001"
    assigning.claim(ticket_id, ada)
    clock.forward(minutes=6)
    replying.reply(ticket_id, ada, body="Thanks for flagging — checkout is now restored.", status=Status.RESOLVED)
    ticket = ticket_of(host, ticket_id)
    assert (ticket.status, ticket.auto_close_at) == ("resolved", clock.at + timedelta(hours=48))
    clock.forward(hours=42)
    replying.confirm_solved(ticket_id, jerome)
    ticket = ticket_of(host, ticket_id)
    assert (ticket.status, ticket.close_reason, ticket.closed_at) == ("closed", "customer_confirmed", clock.at)
    status.reopen(ticket_id, ada, reason="new information")
    ticket = ticket_of(host, ticket_id)
    assert (ticket.status, ticket.closed_at, ticket.reopen_count, ticket.assignee_pk) == ("open", None, 1, ada.agent_pk)
    assert actions(host, ticket_id) == [
        ("ticket.opened", None, ticket_id),
        ("ticket.routed", None, "Support"),
        ("assignee.changed", None, "Ada Lovelace"),
        ("message.added", None, "public-reply"),
        ("status.changed", "open", "resolved"),
        ("status.changed", "resolved", "closed"),
        ("status.changed", "closed", "open"),
    ]
    assert ("reopened_customer", "email", "Jerome Ellis") in notices(host, ticket_id)


@pytest.mark.every_database
def test_reply_and_resolve_is_one_notification(in_app: Host, resolved_ticket: str) -> None:
    told = {row for row in notices(in_app, resolved_ticket) if row[2] == "Jerome Ellis" and row[0] != "opened_receipt"}
    assert told == {("resolved_customer", "bell", "Jerome Ellis"), ("resolved_customer", "email", "Jerome Ellis")}


def test_resolving_asks_for_an_answer_first(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with pytest.raises(TransitionRefused, match="Write a public reply"):
        status.set_status(ticket_id, in_app.agent("ada"), Status.RESOLVED)


def test_resolving_an_unclaimed_ticket_assigns_the_solver(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    replying.reply(ticket_id, in_app.agent("ada"), body="Done.", status=Status.RESOLVED)
    assert ticket_of(in_app, ticket_id).assignee_pk == in_app.agent("ada").agent_pk


def test_staff_close_early_only_with_a_recorded_confirmation(in_app: Host, resolved_ticket: str) -> None:
    ada = in_app.agent("ada")
    with pytest.raises(TransitionRefused, match="It can be closed from 24 April 2026, 14:03 UTC on"):
        status.set_status(resolved_ticket, ada, Status.CLOSED)
    replying.close_with_confirmation(resolved_ticket, ada, note="He said on the phone that it works.")
    ticket = ticket_of(in_app, resolved_ticket)
    assert (ticket.status, ticket.close_reason) == ("closed", "customer_confirmed")
    assert ("confirmation.recorded", None, None) in actions(in_app, resolved_ticket)


def test_staff_close_after_the_waiting_time_without_a_note(in_app: Host, resolved_ticket: str) -> None:
    in_app.clock.forward(hours=48)
    status.set_status(resolved_ticket, in_app.agent("ada"), Status.CLOSED)
    assert ticket_of(in_app, resolved_ticket).close_reason == "no_reply"


def test_closing_needs_the_right(in_app: Host, resolved_ticket: str) -> None:
    in_app.clock.forward(hours=48)
    with pytest.raises(NotAllowed, match="Close tickets"):
        status.set_status(resolved_ticket, in_app.agent("cleo"), Status.CLOSED)


def test_a_follow_up_on_a_resolved_ticket_reopens_it_and_keeps_the_assignee(in_app: Host, resolved_ticket: str) -> None:
    replying.follow_up(resolved_ticket, in_app.customer("jerome"), body="It fails again.")
    ticket = ticket_of(in_app, resolved_ticket)
    assert (ticket.status, ticket.auto_close_at, ticket.reopen_count) == ("open", None, 1)
    assert ticket.assignee_pk == in_app.agent("ada").agent_pk
    assert (False, "staff") == (ticket.addressed, ticket.waiting_on)


def test_thanks_with_that_solved_it_closes_and_does_not_reopen(in_app: Host, resolved_ticket: str) -> None:
    replying.confirm_solved(resolved_ticket, in_app.customer("lena"), body="Thanks!")
    ticket = ticket_of(in_app, resolved_ticket)
    assert (ticket.status, ticket.reopen_count) == ("closed", 0)
    assert ("closed_bell_customer", "bell", "Jerome Ellis") in notices(in_app, resolved_ticket), "a colleague closed it"


def test_a_staff_reply_on_a_resolved_ticket_restarts_the_clock(in_app: Host, resolved_ticket: str) -> None:
    in_app.clock.forward(hours=40)
    replying.reply(resolved_ticket, in_app.agent("ada"), body="One more thing.")
    ticket = ticket_of(in_app, resolved_ticket)
    assert (ticket.status, ticket.auto_close_at) == ("resolved", in_app.clock.at + timedelta(hours=48))


def test_a_note_leaves_status_and_clock_alone(in_app: Host, resolved_ticket: str) -> None:
    before = ticket_of(in_app, resolved_ticket)
    timer, seen = before.auto_close_at, before.customer_updated_at
    in_app.clock.forward(hours=1)
    replying.add_note(resolved_ticket, in_app.agent("ada"), body="Watch this one.")
    after = ticket_of(in_app, resolved_ticket)
    assert (after.status, after.auto_close_at, after.customer_updated_at) == ("resolved", timer, seen)


def test_a_wrong_status_is_set_back_and_the_history_says_who(in_app: Host, resolved_ticket: str) -> None:
    status.set_status(resolved_ticket, in_app.agent("ada"), Status.OPEN)
    ticket = ticket_of(in_app, resolved_ticket)
    assert (ticket.status, ticket.auto_close_at, ticket.reopen_count) == ("open", None, 0)
    assert actions(in_app, resolved_ticket)[-1] == ("status.changed", "resolved", "open")


def test_a_wrong_close_is_set_back_to_resolved_with_a_new_clock(in_app: Host, closed_ticket: str) -> None:
    in_app.clock.forward(hours=3)
    status.set_status(closed_ticket, in_app.agent("ada"), Status.RESOLVED)
    ticket = ticket_of(in_app, closed_ticket)
    assert (ticket.status, ticket.closed_at, ticket.auto_close_at) == (
        "resolved",
        None,
        in_app.clock.at + timedelta(hours=48),
    )


def test_withdrawing_goes_through_resolved(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    status.withdraw(ticket_id, in_app.customer("jerome"))
    assert actions(in_app, ticket_id)[-2:] == [
        ("status.changed", "open", "resolved"),
        ("status.changed", "resolved", "closed"),
    ]
    assert ticket_of(in_app, ticket_id).close_reason == "customer_confirmed"


def test_a_closed_ticket_reopens_for_its_customer_within_the_window(in_app: Host, closed_ticket: str) -> None:
    in_app.clock.forward(days=29)
    replying.follow_up(closed_ticket, in_app.customer("jerome"), body="It is back.")
    assert ticket_of(in_app, closed_ticket).status == "open"


@pytest.mark.every_database
def test_after_the_window_a_follow_up_opens_a_new_linked_ticket(in_app: Host, closed_ticket: str) -> None:
    in_app.clock.forward(days=31)
    said = replying.follow_up(closed_ticket, in_app.customer("jerome"), body="It is back.")
    assert said.continued
    assert said.ticket_id != closed_ticket
    old, new = ticket_of(in_app, closed_ticket), ticket_of(in_app, said.ticket_id)
    assert (old.status, new.status, new.follow_up_of_pk, new.queue_pk) == ("closed", "open", old.pk, old.queue_pk)
    assert actions(in_app, closed_ticket)[-1] == ("ticket.continued_in", None, said.ticket_id)
    assert ("continued_customer", "email", "Jerome Ellis") in notices(in_app, said.ticket_id)


def test_a_staff_reply_on_a_closed_ticket_is_refused_with_the_way_on(in_app: Host, closed_ticket: str) -> None:
    with pytest.raises(TransitionRefused, match="Reopen it first"):
        replying.reply(closed_ticket, in_app.agent("ada"), body="One more thing.")
    texts = select(Message.body).join(Ticket, Ticket.pk == Message.ticket_pk).where(Ticket.ticket_id == closed_ticket)
    assert "One more thing." not in in_app.db.session.scalars(texts).all()


def test_reopening_frees_an_assignee_who_no_longer_covers_it(in_app: Host, closed_ticket: str) -> None:
    in_app.change_user("ada", enabled=False)
    status.reopen(closed_ticket, in_app.agent("grace"))
    assert ticket_of(in_app, closed_ticket).assignee_pk is None


def test_whoever_opens_it_again_for_support_finds_it_addressed_where_support_spoke_last(
    in_app: Host, closed_ticket: str
) -> None:
    def turn() -> tuple[str, bool]:
        ticket = ticket_of(in_app, closed_ticket)
        return ticket.waiting_on, ticket.addressed

    ada = in_app.agent("ada")
    status.reopen(closed_ticket, ada)
    assert turn() == ("customer", True)
    replying.reply(closed_ticket, ada, body="Done.", status=Status.RESOLVED)
    replying.reply(closed_ticket, ada, body="Still at it.", status=Status.OPEN)
    assert turn() == ("customer", True)
    status.set_status(closed_ticket, ada, Status.RESOLVED)
    status.set_status(closed_ticket, ada, Status.OPEN)
    assert turn() == ("customer", True)
    status.set_status(closed_ticket, ada, Status.RESOLVED)
    replying.confirm_solved(closed_ticket, in_app.customer("jerome"), body="Thanks, but one thing more.")
    status.reopen(closed_ticket, ada)
    assert turn() == ("staff", False)


def test_moving_to_another_queue_keeps_an_assignee_who_covers_it_only(in_app: Host, answered_ticket: str) -> None:
    sorting.change_fields(answered_ticket, in_app.agent("ada"), {"queue": "billing"})
    ticket = ticket_of(in_app, answered_ticket)
    assert ticket.assignee_pk is None
    assert ("moved_staff", "bell", "Ben Okoro") in notices(in_app, answered_ticket)


def test_whoever_loses_a_ticket_by_its_move_is_told(in_app: Host, answered_ticket: str) -> None:
    sorting.change_fields(answered_ticket, in_app.agent("grace"), {"queue": "billing"})
    assert ("unassigned_staff", "bell", "Ada Lovelace") in notices(in_app, answered_ticket)


def test_a_second_change_of_the_same_field_is_told_of_the_first(in_app: Host, answered_ticket: str) -> None:
    version = ticket_of(in_app, answered_ticket).version
    sorting.change_fields(answered_ticket, in_app.agent("ada"), {"priority": "urgent"}, version=version)
    with pytest.raises(StaleTicket, match="Ada Lovelace: priority Normal → Urgent"):
        sorting.change_fields(answered_ticket, in_app.agent("cleo"), {"priority": "low"}, version=version)
    sorting.change_fields(answered_ticket, in_app.agent("cleo"), {"tags": "checkout"}, version=version)


def test_a_field_that_is_changed_elsewhere_is_refused_by_name(in_app: Host, answered_ticket: str) -> None:
    with pytest.raises(InvalidInput, match="“status” is not changed here"):
        sorting.change_fields(answered_ticket, in_app.agent("ada"), {"priority": "urgent", "status": "closed"})
    assert ticket_of(in_app, answered_ticket).priority == "normal"


def test_a_stale_form_names_who_really_acted(in_app: Host, answered_ticket: str) -> None:
    version = ticket_of(in_app, answered_ticket).version
    ada, grace = in_app.agent("ada"), in_app.agent("grace").person
    as_ada = replace(ada, person=replace(ada.person, acting=grace))
    sorting.change_fields(answered_ticket, as_ada, {"priority": "urgent"}, version=version)
    with pytest.raises(StaleTicket, match="Grace Hopper as Ada Lovelace: priority Normal → Urgent"):
        sorting.change_fields(answered_ticket, in_app.agent("cleo"), {"priority": "low"}, version=version)


def test_nobody_is_told_of_their_own_act(in_app: Host, answered_ticket: str) -> None:
    names = {row[2] for row in notices(in_app, answered_ticket) if row[0] != "opened_receipt"}
    assert "Jerome Ellis" in names
    assert not [row for row in notices(in_app, answered_ticket) if row[0] == "assigned_staff"], "Ada claimed it herself"


def test_times_are_utc_to_the_microsecond(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.clock.at = START + timedelta(microseconds=123_456)
    assert ticket_of(in_app, open_ticket()).created_at == START + timedelta(microseconds=123_456)


@pytest.mark.every_database
def test_whose_turn_it_is_follows_from_what_the_customer_sees(in_app: Host, open_ticket: OpenTicket) -> None:
    ada, clock = in_app.agent("ada"), in_app.clock
    ticket_id = open_ticket()

    def turn() -> tuple[bool, str, datetime | None]:
        in_app.db.session.rollback()
        ticket = ticket_of(in_app, ticket_id)
        return ticket.addressed, ticket.waiting_on, ticket.first_reply_at

    def show(key: str | None, *, public: bool) -> None:
        assert key is not None
        replying.change_visibility(ticket_id, ada, key, public=public)

    clock.forward(minutes=1)
    first_at = clock.at
    first = replying.reply(ticket_id, ada, body="Which browser?").message
    clock.forward(minutes=1)
    second_at = clock.at
    note = replying.add_note(ticket_id, ada, body="The gateway was down.").message
    show(first, public=False)
    assert turn() == (False, "staff", None)
    show(note, public=True)
    assert turn() == (True, "customer", second_at)
    show(first, public=True)
    assert turn() == (True, "customer", first_at)
    show(note, public=False)
    assert turn() == (True, "customer", first_at)
    clock.forward(minutes=1)
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="Firefox.")
    show(note, public=True)
    assert turn() == (False, "staff", first_at), "what he wrote since is not answered by what was written before"


def test_what_an_act_says_of_assignee_and_status_is_all_that_is_written(in_app: Host, resolved_ticket: str) -> None:
    ada = in_app.agent("ada")
    replying.reply(resolved_ticket, ada, body="I look again.", status=Status.OPEN)
    assert "timer.restarted" not in [action for action, __, __ in actions(in_app, resolved_ticket)]
    assigning.unassign(resolved_ticket, ada)
    cleo = str(in_app.ids["cleo"])
    replying.reply(resolved_ticket, ada, body="Done.", status=Status.RESOLVED, assignee=cleo)
    assert [row for row in actions(in_app, resolved_ticket) if row[0] == "assignee.changed"][2:] == [
        ("assignee.changed", None, "Cleo Marsh")
    ]
