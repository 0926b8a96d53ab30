"""What is asked after every test would notice: a row taken away, doubled or put elsewhere is complained of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, true, update

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Queue
from flask_sgsupport.queries import own_ticket
from flask_sgsupport.services import assigning, preferring, replying, sorting
from flask_sgsupport.services import status as statuses
from tests.customers_see import mailed_of_notes, shown_of_notes
from tests.invariants import broken
from tests.world import Host, OpenTicket


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
    assert len(asked_without(much_told, moved)) == 1


def test_who_wants_no_mail_is_not_missed(in_app: Host, open_ticket: OpenTicket) -> None:
    preferring.set_preference(in_app.customer("jerome"), "email", wanted=False)
    in_app.change_user("lena", email=None)
    for who in ("jerome", "lena"):
        replying.reply(open_ticket(who), in_app.agent("ada"), body="Restored.")
    assert {row for row in in_app.db.session.scalars(select(Delivery.channel).where(Delivery.side == "customer"))} == {
        "bell"
    }
    assert broken(in_app.desk) == []


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


def test_a_note_in_a_mail_is_complained_of(with_note: Host) -> None:
    with_note.db.session.execute(update(Queue).values(signature="Call her today."))
    with_note.db.session.commit()
    assert any("says the note 'Call her today'" in said for said in mailed_of_notes(with_note))
