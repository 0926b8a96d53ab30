"""What is asked after every test would notice: a row taken away, doubled or put elsewhere is complained of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, true, update

from flask_sgsupport.actors import Right
from flask_sgsupport.lifecycle import CloseReason, LinkKind, Status
from flask_sgsupport.models import Delivery, Queue, Ticket
from flask_sgsupport.queries import files, own_ticket, panel
from flask_sgsupport.services import (
    agents,
    assigning,
    delivering,
    following,
    linking,
    macros,
    opening,
    preferring,
    replying,
    rules,
    setup,
    sorting,
    targets,
)
from flask_sgsupport.services import status as statuses
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.saving_views import save_view
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import a_closed_ticket_has_its_reason, broken, history_replays_to_the_row
from tests.mailing import deliveries
from tests.world import START, Host, OpenTicket


@pytest.fixture
def much_told(in_app: Host, open_ticket: OpenTicket) -> Iterator[Host]:
    """A ticket of which everybody was told something."""
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    assigning.claim(ticket_id, ada)
    replying.reply(ticket_id, ada, body="Restored.")
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="Not quite.")
    replying.add_note(ticket_id, in_app.agent("grace"), body="Look at the logs.")
    replying.reply(ticket_id, ada, body="Now it is.", status=Status.RESOLVED)
    replying.confirm_solved(ticket_id, in_app.customer("jerome"))
    statuses.reopen(ticket_id, ada)
    sorting.change_fields(ticket_id, in_app.agent("grace"), {"queue": "billing"})
    assert broken(in_app.desk) == []
    yield in_app
    in_app.bent = "rows were taken away by hand"


def asked_without(host: Host, *change: Any) -> list[str]:
    for one in change:
        host.db.session.execute(one)
    host.db.session.commit()
    return broken(host.desk)


def test_each_notice_that_is_missing_is_complained_of(much_told: Host) -> None:
    session = much_told.db.session
    rows = session.execute(select(Delivery.pk, Delivery.recipient_id, Delivery.channel, Delivery.notice)).all()
    assert len({row.notice for row in rows}) > 7
    for row in rows:
        columns = dict(
            session.execute(select(*Delivery.__table__.columns).where(Delivery.pk == row.pk)).mappings().one()
        )
        found = asked_without(much_told, delete(Delivery).where(Delivery.pk == row.pk))
        assert len(found) == 1, row
        assert f"nobody told {row.recipient_id} by {row.channel}" in found[0]
        assert asked_without(much_told, insert(Delivery).values(columns)) == []


def test_a_notice_that_is_there_twice_is_complained_of(much_told: Host) -> None:
    session = much_told.db.session
    for notice in ("replied_customer", "opened_staff", "resolved_customer"):
        wanted = select(*Delivery.__table__.columns).where(Delivery.notice == notice).limit(1)
        columns = dict(session.execute(wanted).mappings().one()) | {"pk": None, "key": f"twice {notice}"}
        [said] = asked_without(much_told, insert(Delivery).values(columns))
        assert "nothing explains" in said
        assert notice in said
        asked_without(much_told, delete(Delivery).where(Delivery.key == columns["key"]))


def test_a_notice_to_somebody_else_is_complained_of(much_told: Host) -> None:
    wanted = select(Delivery.pk).where(Delivery.notice == "resolved_customer", Delivery.channel == "email")
    pk = much_told.db.session.scalar(wanted)
    moved = update(Delivery).where(Delivery.pk == pk).values(recipient_id=str(much_told.ids["mina"]))
    missed, went_elsewhere = asked_without(much_told, moved)
    assert "nobody told" in missed
    assert "goes to jerome@northwind.example" in went_elsewhere


def test_of_two_resolutions_at_one_moment_the_mail_of_either_may_have_become_the_reply(
    in_app: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    replying.reply(ticket_id, ada, body="Restored.", status=Status.RESOLVED)
    statuses.set_status(ticket_id, ada, Status.OPEN)
    for one in delivering.claim("a worker", 50):
        delivering.prepare(one.key, "a worker")
    statuses.set_status(ticket_id, ada, Status.RESOLVED)
    told = deliveries(in_app, recipient_id=str(in_app.ids["jerome"]), channel="email")
    assert [one.notice for one in told] == ["opened_receipt", "replied_customer", "resolved_customer"]
    assert broken(in_app.desk) == []


def test_who_wants_no_mail_is_not_missed(in_app: Host, open_ticket: OpenTicket) -> None:
    preferring.set_preference(in_app.customer("jerome"), "email", wanted=False)
    in_app.change_user("lena", email=None)
    for who in ("jerome", "lena"):
        replying.reply(open_ticket(who), in_app.agent("ada"), body="Restored.")
    assert {row for row in in_app.db.session.scalars(select(Delivery.channel).where(Delivery.side == "customer"))} == {
        "bell"
    }
    assert broken(in_app.desk) == []


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE sgsupport_message SET public = true WHERE kind = 'internal-note'", "is public past its history"),
        ("UPDATE sgsupport_message SET author_pk = 1 WHERE kind = 'internal-note'", "by another than its history"),
        ("UPDATE sgsupport_ticket SET reopen_count = 7", "was not reopened 7 times"),
        ("UPDATE sgsupport_ticket SET first_reply_at = NULL", "was not answered first at None"),
        ("UPDATE sgsupport_ticket SET hold_reason = 'x'", "nothing in its history says why"),
        ("DELETE FROM sgsupport_ticket_tag WHERE tag = 'vip'", "has the tags ['wifi']"),
        ("INSERT INTO sgsupport_ticket_tag (ticket_pk, tag) VALUES (1, 'zz')", "has the tags ['vip', 'wifi', 'zz']"),
        ("DELETE FROM sgsupport_context_snapshot", "has not the context it was opened with"),
        ("UPDATE sgsupport_queue SET is_default = true", "the default queues are ['"),
        ("UPDATE sgsupport_queue SET is_default = false", "the default queues are []"),
        ("UPDATE sgsupport_agent SET is_lead = false", "nobody leads the desk"),
    ],
)
def test_what_is_changed_past_the_history_is_complained_of(much_told: Host, damage: str, said: str) -> None:
    tagged = much_told.db.session.scalars(select(Ticket.ticket_id)).one()
    sorting.change_fields(tagged, much_told.agent("grace"), {"tags": "vip, wifi"})
    assert broken(much_told.desk) == []
    found = asked_without(much_told, text(damage))
    assert any(said in sentence for sentence in found), found


@pytest.fixture
def much_done(in_app: Host, open_ticket: OpenTicket) -> Iterator[Host]:
    """Two tickets with files, a follower, a link, an edited note and a target, and an agent whom a lead has changed."""
    grace, ada = in_app.agent("grace"), in_app.agent("ada")
    targets.create_target(grace, {"response": "1 h", "resolution": "10 h", "plan": "Growth"})
    setup.change_queue(grace, "billing", {"signature": "Your Billing"})
    setup.change_category(grace, "invoices", {"name": "Bills"})
    macros.create_macro(grace, {"name": "Restored", "body": "It is back."}, shared=True)
    robots = [{"field": "tag", "op": "is", "value": ["robot"]}]
    rules.create_rule(grace, {"name": "Robots", "all": robots, "priority": "low"})
    save_view(ada, {"name": "Urgent", "filters": {"priority": "urgent"}, "shared": True})
    ticket_id, other = open_ticket(files=[("a.txt", b"hello")]), open_ticket(subject="Another")
    replying.reply(ticket_id, ada, body="Restored.", form="a")
    replying.follow_up(ticket_id, in_app.customer("jerome"), body="Not quite.", files=[Upload("b.txt", BytesIO(b"zz"))])
    note = replying.add_note(ticket_id, ada, body="Look.").message
    in_app.clock.forward(minutes=1)
    replying.edit_note(ticket_id, ada, str(note), body="Look here.")
    following.follow(ticket_id, grace)
    linking.link(other, grace, ticket_id, LinkKind.CASE)
    replying.reply(ticket_id, ada, body="Now it is.", status=Status.RESOLVED)
    covers = agents.Covers(queues=("billing",), tags=("wifi",))
    agents.change_agent(grace, str(in_app.ids["cleo"]), rights={Right.HANDLE, Right.CLOSE}, covers=covers)
    assert broken(in_app.desk) == []
    yield in_app
    in_app.bent = "rows were changed by hand"


TICKET = "UPDATE sgsupport_ticket SET"
MESSAGE = "UPDATE sgsupport_message SET"
FILE = "UPDATE sgsupport_attachment SET"
MAIL = "UPDATE sgsupport_delivery SET"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("DELETE FROM sgsupport_attachment WHERE name = 'b.txt'", "has 0 files, its history says 1"),
        (f"{FILE} message_pk = 1", "has 0 files, its history says 1"),
        (f"{FILE} ticket_pk = 2", "is of another ticket than its message"),
        (f"{FILE} sha256 = '00'", "has another digest than its file"),
        (f"{MESSAGE} created_at = '2020-01-01 00:00:00' WHERE kind = 'follow-up'", "is a follow-up by the customer at"),
        (f"{MESSAGE} side = 'customer' WHERE kind = 'public-reply'", "is a public-reply by the customer at"),
        (f"{MESSAGE} kind = 'follow-up' WHERE kind = 'public-reply'", "is a follow-up by the agent at"),
        (f"{MESSAGE} body = 'Nobody wrote it.' WHERE kind = 'public-reply'", "is found by"),
        (f"{MESSAGE} form_key = NULL WHERE form_said IS NOT NULL", "came by a form, and by none"),
        (f"{MESSAGE} edited_at = NULL", "was edited 1 times"),
        ("DELETE FROM sgsupport_message_version", "was edited 1 times, and keeps 0 texts"),
        (f"{TICKET} account_id = '2'", "is of the account 2, and was opened in another"),
        (f"{TICKET} subject_folded = 'x'", "is found by 'x'"),
        (f"{TICKET} version = 1", "has the version 1, its history a later one"),
        (f"{TICKET} auto_close_at = '2099-01-01 00:00:00' WHERE status = 'resolved'", "closes at 2099-01-01"),
        (f"{TICKET} resolved_at = '2020-01-01 00:00:00' WHERE status = 'resolved'", "was not resolved at 2020-01-01"),
        (f"{TICKET} waiting_on = 'customer', addressed = true", "waits on customer after a"),
        (f"{TICKET} waiting_on = 'customer', addressed = true", "waits on customer, and its customer since"),
        (f"{TICKET} addressed = true", "waits on staff, and answered is True"),
        (f"{TICKET} addressed = false", "is resolved, and somebody still waits for an answer"),
        (f"{TICKET} last_customer_message_at = '2020-01-01 00:00:00'", "did not speak last at 2020-01-01"),
        (f"{TICKET} due_at = '2020-01-01 00:00:00'", "is due at 2020-01-01"),
        (f"{TICKET} response_due_at = NULL, due_at = resolution_due_at WHERE status = 'open'", "its target says"),
        (f"{TICKET} alarm_at = '2099-01-01 00:00:00'", "is told of at 2099-01-01"),
        (f"{TICKET} target = NULL", "and nothing was promised"),
        ("DELETE FROM sgsupport_follower", "is followed by [], its history says"),
        ("UPDATE sgsupport_follower SET ticket_pk = 2", "TKT-2026-00002 is followed by"),
        ("DELETE FROM sgsupport_ticket_link", "has the links [], its history says"),
        ("UPDATE sgsupport_ticket_link SET kind = 'related'", "has the links [('related'"),
        (f"{MAIL} state = 'sent', sent_at = created_at WHERE channel = 'email'", "is sent, and nobody tried to"),
        (f"{MAIL} address = 'x@x.example' WHERE channel = 'email'", "goes to x@x.example, where"),
        (
            "UPDATE sgsupport_agent SET can_assign = true WHERE name = 'Cleo Marsh'",
            "has rights 'assign, close, handle'",
        ),
        ("DELETE FROM sgsupport_agent_coverage", "has coverage None, the history says"),
        (f"{MESSAGE} author_pk = NULL WHERE kind = 'public-reply'", "its history says another"),
        (f"{MESSAGE} via = 'email' WHERE kind = 'follow-up'", "its history says another"),
        ("UPDATE sgsupport_queue SET active = false WHERE is_default", "the default queues are [('support', False)]"),
        ("UPDATE sgsupport_queue SET signature = 'x'", "the queue billing has signature 'x'"),
        ("UPDATE sgsupport_category SET name = 'x' || key", "the category invoices has name"),
        ("UPDATE sgsupport_macro SET body = 'x'", "has body 'x'"),
        ("UPDATE sgsupport_rule SET name = 'x'", "has name 'x'"),
        ("UPDATE sgsupport_target SET plan = 'x'", "has plan 'x'"),
        ("UPDATE sgsupport_saved_view SET name = 'x'", "has name 'x'"),
    ],
)
def test_what_is_changed_past_the_desk_is_complained_of(much_done: Host, damage: str, said: str) -> None:
    found = asked_without(much_done, text(damage))
    assert any(said in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("priority", "'high'", "priority is 'high', its history says 'normal'"),
        ("category_pk", "2", "category is 'Invoices', its history says 'Storefront'"),
        ("category_pk", "NULL", "category is None, its history says 'Storefront'"),
        ("requester_id", "'4'", "requester_id is '4', its history says"),
        ("requester_name", "'Mina Sato'", "requester is 'Mina Sato', its history says"),
        ("requester_email", "'mina@fabrikam.example'", "requester_email is 'mina@fabrikam.example', its history says"),
        ("requester_email", "NULL", "requester_email is None, its history says"),
    ],
)
@pytest.mark.parametrize("opener", ["jerome", "ada"])
def test_a_ticket_nobody_touched_is_what_its_opening_says(
    in_app: Host, opener: str, column: str, value: str, said: str
) -> None:
    fields: dict[str, Any] = {"subject": "Checkout failing", "body": "Nobody can pay.", "category": "storefront"}
    if opener == "jerome":
        opening.open_ticket(in_app.customer("jerome"), **fields)
    else:
        jerome = in_app.desk.hooks.directory.person(str(in_app.ids["jerome"]))
        opening.open_ticket(in_app.agent("ada"), requester=jerome, account_id="1", **fields)
    assert broken(in_app.desk) == []
    found = asked_without(in_app, text(f"UPDATE sgsupport_ticket SET {column} = {value}"))
    in_app.bent = "a first value was changed by hand"
    assert any(said in sentence for sentence in found), found


@pytest.mark.parametrize("changes", [{"priority": "high"}, {"category": "invoices"}, {"category": ""}])
def test_the_first_change_goes_on_from_what_the_opening_says(
    in_app: Host, open_ticket: OpenTicket, changes: dict[str, str]
) -> None:
    ticket_id = open_ticket(category="storefront")
    bent = "UPDATE sgsupport_ticket SET priority = 'low', category_pk = NULL"
    if "" in changes.values():
        bent = "UPDATE sgsupport_ticket SET category_pk = 2"
    in_app.db.session.execute(text(bent))
    in_app.db.session.commit()
    in_app.bent = "a first value was changed by hand"
    sorting.change_fields(ticket_id, in_app.agent("grace"), changes)
    assert any("went on from" in sentence for sentence in broken(in_app.desk))


def test_a_log_that_does_not_say_the_first_values_leaves_them_to_the_first_change() -> None:
    opened = SimpleNamespace(
        pk=1, action="ticket.opened", field="", old=None, new="TKT-2026-00001", data={}, person_pk=1, old_person_pk=None
    )
    changed = SimpleNamespace(pk=2, action="field.changed", field="priority", old="normal", new="high", data={})
    ticket = SimpleNamespace(
        pk=1, ticket_id="TKT-2026-00001", status="open", filtered_reason=None, merged_into_id=None, priority="low",
        requester_name="Jerome", requester_id="2", requester_email="jerome@northwind.example", snoozed_until=None,
        queue_pk=1, category_pk=7, assignee_pk=None,
    )  # fmt: skip
    person = SimpleNamespace(host_id="2", name="Jerome", email="jerome@northwind.example")
    rows: Any = SimpleNamespace(
        tickets=[ticket], events={1: [opened]}, people={1: person}, names={}, renamed=set(), ratings={}
    )
    assert list(history_replays_to_the_row(rows)) == []
    rows.events[1].append(changed)
    assert list(history_replays_to_the_row(rows)) == ["TKT-2026-00001: priority is 'low', its history says 'high'"]


@pytest.mark.parametrize(
    ("reason", "between", "said"),
    [
        (CloseReason.CUSTOMER_CONFIRMED, [], "closed as confirmed, and nobody confirmed"),
        (CloseReason.NO_REPLY, ["timer.restarted"], "is closed after 2 days, 0:00:00"),
        (CloseReason.NO_REPLY, [], ""),
        (CloseReason.CUSTOMER_CONFIRMED, ["confirmation.recorded"], ""),
    ],
)
def test_a_close_needs_a_confirmation_or_the_time_of_its_own_resolution(
    reason: CloseReason, between: list[str], said: str
) -> None:
    at = [START + timedelta(days=days) for days in range(4)]

    def changed(pk: int, old: Status, new: Status, when: datetime) -> SimpleNamespace:
        return SimpleNamespace(pk=pk, action="status.changed", old=old, new=new, at=when, side="agent")

    events = [
        changed(1, Status.OPEN, Status.RESOLVED, at[0]),
        SimpleNamespace(pk=2, action="confirmation.recorded", old=None, new=None, at=at[0], side="agent"),
        changed(3, Status.RESOLVED, Status.CLOSED, at[0]),
        changed(4, Status.CLOSED, Status.OPEN, at[0]),
        changed(5, Status.OPEN, Status.RESOLVED, at[1]),
        *(SimpleNamespace(pk=6, action=one, old=None, new=(at[3] + timedelta(hours=1)).isoformat()) for one in between),
        changed(7, Status.RESOLVED, Status.CLOSED, at[3]),
    ]
    ticket = SimpleNamespace(
        pk=1, ticket_id="TKT-2026-00001", status="closed", close_reason=reason, closed_at=at[3], resolved_at=at[1]
    )
    host = SimpleNamespace(settings=SimpleNamespace(auto_close_after_hours=48))
    rows: Any = SimpleNamespace(host=host, tickets=[ticket], events={1: events})
    found = list(a_closed_ticket_has_its_reason(rows))
    assert [sentence for sentence in found if said not in sentence] == []
    assert bool(found) == bool(said)


@pytest.fixture
def with_note(in_app: Host, open_ticket: OpenTicket) -> Iterator[Host]:
    """A ticket with a note, which a test shows by mistake."""
    ticket_id = open_ticket()
    replying.add_note(ticket_id, in_app.agent("ada"), body="Her <b>backups</b> are two weeks old.\nCall her today.")
    replying.reply(ticket_id, in_app.agent("ada"), body="We look into it.")
    assert shown_of_notes(in_app) == []
    yield in_app
    in_app.bent = "a note was shown by hand"


def test_a_note_on_a_page_is_complained_of(with_note: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_ticket, "messages_visible_to", lambda actor: true())
    found = shown_of_notes(with_note)
    assert {said.partition("the note ")[2] for said in found} == {"'are two weeks old'", "'Call her today'"}
    assert all("ticket of its requester" in said for said in found)


def test_the_note_of_an_older_ticket_is_looked_for_too(
    with_note: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        replying.add_note(open_ticket(subject=f"Later {number}"), with_note.agent("ada"), body=f"Later note {number}.")
    replying.add_note(open_ticket("mina"), with_note.agent("ada"), body="Of somebody else.")
    assert shown_of_notes(with_note) == []
    monkeypatch.setattr(own_ticket, "messages_visible_to", lambda actor: true())
    assert {said.partition(":")[0] for said in shown_of_notes(with_note)} == {f"TKT-2026-0000{n}" for n in range(1, 6)}


def test_a_ticket_that_is_found_by_a_note_is_complained_of(with_note: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panel, "_conditions", lambda actor, wanted: ())
    assert any("its requester finds it by 'backups' of a note" in said for said in shown_of_notes(with_note))


def test_a_file_of_a_note_that_is_given_out_is_complained_of(with_note: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket_id = with_note.db.session.scalars(select(Ticket.ticket_id)).one()
    replying.add_note(ticket_id, with_note.agent("ada"), body="See it.", files=[Upload("a.bin", BytesIO(b"\xff\x00"))])
    assert shown_of_notes(with_note) == []
    monkeypatch.setattr(files, "messages_visible_to", lambda actor: true())
    assert [said.split(" file ")[0] for said in shown_of_notes(with_note)] == [
        f"{ticket_id}: its requester is given the"
    ]


def test_a_note_in_a_notice_is_complained_of(with_note: Host) -> None:
    told = update(Delivery).where(Delivery.side == "customer").values(data='{"said": ["Call her today."]}')
    with_note.db.session.execute(told)
    with_note.db.session.commit()
    said = shown_of_notes(with_note)
    assert any("the notice opened_receipt carries the note 'Call her today'" in one for one in said)


def test_a_note_of_one_word_is_looked_for_too(with_note: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    ticket_id = with_note.db.session.scalars(select(Ticket.ticket_id)).one()
    replying.add_note(ticket_id, with_note.agent("ada"), body="hunter2")
    assert shown_of_notes(with_note) == []
    monkeypatch.setattr(own_ticket, "messages_visible_to", lambda actor: true())
    assert "'hunter2'" in {said.partition("the note ")[2] for said in shown_of_notes(with_note)}


def test_a_note_in_a_mail_is_complained_of(with_note: Host) -> None:
    with_note.db.session.execute(update(Queue).values(signature="Call her today."))
    with_note.db.session.commit()
    assert any("says the note 'Call her today'" in said for said in mailed_of_notes(with_note))
