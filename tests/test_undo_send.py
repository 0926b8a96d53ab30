"""A reply can be taken back for some seconds: until then it is a draft, and afterwards it was sent once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from flask_sgsupport import signals
from flask_sgsupport.actors import Right
from flask_sgsupport.errors import AlreadySaid, LimitReached, StaleTicket, TransitionRefused, Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.macros import Use
from flask_sgsupport.models import Attachment, Delivery, Draft, Event, Message, Spent, Ticket
from flask_sgsupport.queries.bells import bells
from flask_sgsupport.queries.drafts import became_of
from flask_sgsupport.services import agents, redacting, replying, sending, tidying
from flask_sgsupport.services import clock as clock_service
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.drafting import save_draft
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.services.sending import Waiting, send, send_due, undo_send
from flask_sgsupport.services.transaction import form_key
from flask_sgsupport.web.asking import LOOKS_AGAIN
from flask_sgsupport.worker import jobs
from tests.proof.racing import at_once
from tests.test_server_drafts import composer, fields_of, page_of, typed_in
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"
TEXT = "It is restored."


@pytest.fixture
def desk(in_app: Host) -> Host:
    """A desk whose worker was seen a moment ago."""
    clock_service.beat("worker", "a worker")
    return in_app


def messages(host: Host) -> list[str]:
    """What support has said, oldest first."""
    host.db.session.rollback()
    return list(
        host.db.session.scalars(select(Message.body).where(Message.kind == "public-reply").order_by(Message.pk))
    )


def count(host: Host, model: type[Any]) -> int:
    host.db.session.rollback()
    return host.db.session.scalar(select(func.count()).select_from(model)) or 0


def draft_of(host: Host) -> Draft:
    host.db.session.rollback()
    return host.db.session.scalars(select(Draft).execution_options(populate_existing=True)).one()


def ticket_of(host: Host, ticket_id: str) -> Any:
    return host.db.session.execute(select(Ticket.version).where(Ticket.ticket_id == ticket_id)).one()


def ticket(host: Host) -> Any:
    host.db.session.rollback()
    return host.db.session.execute(
        select(Ticket.version, Ticket.status, Ticket.assignee_pk, Ticket.updated_at, Ticket.waiting_on)
    ).one()


@pytest.mark.every_database
def test_until_it_goes_out_nothing_of_it_is_shown_told_or_done(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    signalled: list[object] = []
    for signal in (signals.before_ticket_replied, signals.ticket_replied, signals.ticket_status_changed):
        desk.support.on(signal)(lambda sender, payload: signalled.append(payload))
    before = ticket(desk), count(desk, Event), count(desk, Delivery), count(desk, Message)
    answer = Answer(TEXT, Status.RESOLVED, str(desk.ids["grace"]), form="a")
    waiting = send(ticket_id, ada, answer, files=[Upload("log.txt", BytesIO(b"a log"))])
    assert isinstance(waiting, Waiting)
    assert (waiting.send_at - clock()).total_seconds() == 10
    clock.forward(seconds=9)
    assert send_due() is False
    assert (ticket(desk), count(desk, Event), count(desk, Delivery), count(desk, Message)) == before
    assert signalled == []
    clock.forward(seconds=1)
    send_due()
    assert len(signalled) == 3
    assert messages(desk) == [TEXT]
    assert ticket(desk).status == "resolved"
    assert ticket(desk).assignee_pk is not None
    assert desk.db.session.scalars(select(Attachment.name)).all() == ["log.txt"]
    assert count(desk, Draft) == 0
    at, via = desk.db.session.execute(
        select(Message.created_at, Message.via).order_by(Message.pk.desc()).limit(1)
    ).one()
    assert (at, via) == (clock(), "inbox")


@pytest.mark.every_database
def test_undo_makes_it_a_draft_again_and_nothing_goes_out(desk: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"))
    clock.forward(seconds=9)
    undo_send(ticket_id, ada)
    clock.forward(minutes=5)
    send_due()
    assert messages(desk) == []
    assert draft_of(desk).body == TEXT
    with pytest.raises(TransitionRefused, match="too late"):
        undo_send(ticket_id, ada)


def test_once_it_was_sent_undo_says_that_it_is_too_late(desk: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"))
    clock.forward(seconds=10)
    send_due()
    with pytest.raises(TransitionRefused, match="too late"):
        undo_send(ticket_id, ada)
    assert messages(desk) == [TEXT]


def test_nobody_undoes_the_reply_of_another(desk: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    send(ticket_id, desk.agent("ada"), Answer(TEXT, form="a"))
    with pytest.raises(TransitionRefused):
        undo_send(ticket_id, desk.agent("grace"))
    assert draft_of(desk).send_at is not None


@pytest.mark.every_database
def test_what_became_of_it_is_told_to_its_author(desk: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    numbers = [open_ticket() for __ in range(4)]
    __, taken_back, crossed, waits = numbers
    ada = desk.agent("ada")
    replies = [(number, str(form_key(ada, number))) for number in numbers]
    for number in numbers[:3]:
        send(number, ada, Answer(TEXT, form=number, version=ticket_of(desk, number).version))
    undo_send(taken_back, ada)
    replying.follow_up(crossed, desk.customer("jerome"), body="It works again, thanks.")
    assert list(became_of(ada, replies).values()) == ["waiting", "undone", "waiting", "undone"]
    clock.forward(seconds=10)
    send_due()
    send(waits, ada, Answer(TEXT, form=waits))
    assert became_of(ada, replies) == dict(zip(replies, ("sent", "undone", "back", "waiting"), strict=True))
    # Written on and sent anew it is another one.
    send(taken_back, ada, Answer("Otherwise.", form="anew"), seen=2)
    assert became_of(ada, replies[1:2]) == {replies[1]: "undone"}
    assert set(became_of(desk.agent("grace"), replies).values()) == {"undone"}


def test_who_sees_a_ticket_no_longer_learns_that_their_reply_came_back(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, cleo = open_ticket(), desk.agent("cleo")
    send(ticket_id, cleo, Answer(TEXT, form="a"))
    covers = agents.Covers(queues=("billing",))
    agents.change_agent(desk.agent("grace"), str(desk.ids["cleo"]), rights={Right.HANDLE}, covers=covers)
    clock.forward(seconds=10)
    send_due()
    reply = (ticket_id, str(form_key(cleo, "a")))
    assert became_of(desk.agent("cleo"), [reply]) == {reply: "back"}


@pytest.mark.every_database
def test_the_same_form_sent_twice_goes_out_once(desk: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    first = send(ticket_id, ada, Answer(TEXT, form="a"))
    clock.forward(seconds=3)
    assert send(ticket_id, ada, Answer(TEXT, form="a")) == first
    clock.forward(seconds=7)
    send_due()
    # A retry that arrives after it has gone out is answered with what is there.
    late = send(ticket_id, ada, Answer(TEXT, form="a"))
    assert getattr(late, "message", None)
    clock.forward(seconds=10)
    send_due()
    assert messages(desk) == [TEXT]
    with pytest.raises(AlreadySaid):
        send(ticket_id, ada, Answer(TEXT, form="b"))


def test_a_second_reply_waits_for_the_first(desk: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"))
    with pytest.raises(StaleTicket, match="just being sent"):
        send(ticket_id, ada, Answer("And another.", form="b"))
    with pytest.raises(StaleTicket, match="just being sent"):
        save_draft(ticket_id, ada, "reply", body="And another.", form="b")


@pytest.mark.every_database
def test_a_customer_who_wrote_meanwhile_sends_it_back_with_a_bell(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, Status.RESOLVED, form="a", version=ticket(desk).version))
    clock.forward(seconds=5)
    replying.follow_up(ticket_id, desk.customer("jerome"), body="It works again, thanks.")
    clock.forward(seconds=5)
    send_due()
    assert messages(desk) == []
    assert ticket(desk).status == "open"
    draft = draft_of(desk)
    assert (draft.body, draft.send_at) == (TEXT, None)
    assert [bell.text for bell in bells(ada).rows if bell.unread][:1] == [
        f"Your reply to {ticket_id} could not be sent and became a draft again: Checkout failing on Canvas Tote"
    ]
    assert [bell.text for bell in bells(desk.agent("grace")).rows if "could not be sent" in bell.text] == []
    send_due()
    assert draft_of(desk).version == draft.version, "it is put back once"


REFUSALS = {
    "closed": "The ticket takes no such reply any more.",
    "withdrawn": "You did not see the ticket at that moment.",
    "gone": "You lacked a permission it needs.",
    "vetoed": "Not on a Friday.",
    "moved": "You did not see the ticket at that moment.",
    "error": "An error of the application kept it back; its log says which.",
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_refused_when_its_moment_comes_stands_there_again_with_the_reason(
    host: Host, clock: Clock, resolved_ticket: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        send(resolved_ticket, host.agent("cleo"), Answer(TEXT, form="a"))
        if what == "closed":
            replying.confirm_solved(resolved_ticket, host.customer("jerome"))
        elif what == "withdrawn":
            agents.change_agent(host.agent("grace"), str(host.ids["cleo"]), rights={Right.CLOSE})
        elif what == "moved":
            covers = agents.Covers(queues=("billing",))
            agents.change_agent(host.agent("grace"), str(host.ids["cleo"]), rights={Right.HANDLE}, covers=covers)
        elif what == "vetoed":

            @host.support.on(signals.before_ticket_replied)
            def refuse(sender: Any, payload: Any) -> None:
                raise Vetoed("Not on a Friday.")

        host.db.session.remove()
    if what == "gone":
        host.change_user("cleo", enabled=False)
    with host.app.app_context():
        clock.forward(seconds=10)
        with monkeypatch.context() as patched:
            if what == "error":
                patched.setattr(sending, "author_of_now", lambda host_id: 1 // 0)
            send_due()
        assert messages(host) == ["Checkout is restored."]
        assert (draft_of(host).body, draft_of(host).send_at) == (TEXT, None)
        if what in {"withdrawn", "moved"}:
            agents.change_agent(
                host.agent("grace"),
                str(host.ids["cleo"]),
                rights={Right.HANDLE},
                covers=agents.Covers(queues=("support",)),
            )
        host.db.session.remove()
    if what == "gone":
        host.change_user("cleo", enabled=True)
    page = page_of(host.client("cleo"), resolved_ticket)
    assert REFUSALS[what] in composer(page, "reply")
    assert typed_in(page, "reply") == TEXT


@pytest.mark.every_database
@pytest.mark.every_database
def test_one_that_can_never_be_sent_keeps_no_other_from_going_out(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    broken, well = open_ticket(subject="Broken"), open_ticket(subject="Well")

    @desk.support.on(signals.before_ticket_replied)
    def insert_twice(app: Any, payload: Any) -> None:
        if payload.ticket["subject"] == "Broken":
            raise IntegrityError("INSERT", None, ValueError("duplicate key"))

    for ticket_id in (broken, well):
        send(ticket_id, desk.agent("ada"), Answer(TEXT, form=ticket_id))
    clock.forward(seconds=10)
    send_due()
    assert messages(desk) == [TEXT]
    assert draft_of(desk).send_at is None
    assert [one.notice for one in desk.db.session.scalars(select(Delivery)) if one.notice == "unsent_staff"]


def test_without_a_worker_it_is_sent_at_once(in_app: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"))
    assert messages(in_app) == [TEXT]
    clock_service.beat("worker", "a worker")
    clock.forward(minutes=3)
    send(ticket_id, ada, Answer("And more.", form="b"))
    assert messages(in_app) == [TEXT, "And more."]


def test_it_is_sent_at_once_where_it_is_switched_off_or_somebody_acts_for_the_agent(
    desk: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    person = replace(ada.person, acting=desk.agent("grace").person)
    send(ticket_id, replace(ada, person=person), Answer("By Grace.", form="a"))
    desk.desk.settings.undo_send_seconds = 0
    send(ticket_id, ada, Answer(TEXT, form="b"))
    assert messages(desk) == ["By Grace.", TEXT]
    acting = desk.db.session.scalars(select(Event.acting_pk).where(Event.action == "message.added")).all()
    assert [pk is not None for pk in acting] == [True, False]


def test_a_macro_is_used_when_it_goes_out(desk: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    macro = create_macro(desk.agent("grace"), {"name": "Refund", "body": "It is paid."}, shared=True)
    use = Use(macro, {"priority": "high", "note": "Paid twice."})
    send(ticket_id, ada, Answer(TEXT, use=use, form="a"))
    assert count(desk, Event) == 4
    clock.forward(seconds=10)
    send_due()
    assert desk.db.session.scalar(select(Ticket.priority)) == "high"
    assert desk.db.session.scalars(select(Message.body).order_by(Message.pk)).all()[1:] == [TEXT, "Paid twice."]


def test_files_lie_in_the_storage_until_it_is_sent_or_thrown_away(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    files = [Upload("a.txt", BytesIO(b"a")), Upload("b.txt", BytesIO(b"b"))]
    send(ticket_id, ada, Answer(TEXT, form="a"), files=files)
    undo_send(ticket_id, ada)
    clock.forward(days=3)
    for _turn in range(3):
        clock.forward(hours=7)
        tidying.sweep(clock())
    clock_service.beat("worker", "a worker")
    keys = list(json.loads(draft_of(desk).files or "{}"))
    send(ticket_id, ada, Answer(TEXT, form="b"), files=[Upload("c.txt", BytesIO(b"c"))], kept=keys[:1], seen=2)
    clock.forward(seconds=10)
    send_due()
    assert desk.db.session.scalars(select(Attachment.name).order_by(Attachment.pk)).all() == ["a.txt", "c.txt"]


def on_disk(host: Host) -> int:
    return len([path for path in host.desk.storage.folder.glob("*/*/*") if path.is_file()])


def spent(host: Host) -> dict[str, int]:
    host.db.session.rollback()
    return dict(host.db.session.execute(select(Spent.what, Spent.amount)).all())


@pytest.mark.every_database
def test_files_of_a_reply_that_can_be_taken_back_are_counted_once(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    desk.desk.settings.upload_bytes_per_hour = 100
    send(ticket_id, ada, Answer(TEXT, form="a"), files=[Upload("a.txt", BytesIO(b"x" * 900))])
    undo_send(ticket_id, ada)
    assert spent(desk)["uploads"] == 900
    seen, [kept] = draft_of(desk).version, json.loads(draft_of(desk).files or "{}")
    with pytest.raises(LimitReached, match=r"Files of at most 1 kB an hour. You can send more from 15:00 UTC on."):
        send(ticket_id, ada, Answer(TEXT, form="b"), files=[Upload("b.txt", BytesIO(b"x" * 900))], seen=seen)
    assert (on_disk(desk), draft_of(desk).version) == (1, seen)
    send(ticket_id, ada, Answer(TEXT, form="c"), kept=[kept], seen=seen)
    clock.forward(seconds=10)
    send_due()
    assert messages(desk) == [TEXT]
    assert spent(desk)["uploads"] == 900, "neither lying there nor going out is another upload"


def test_files_that_lay_with_a_draft_are_not_counted_when_it_is_sent_at_once(
    desk: Host, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"), files=[Upload("a.txt", BytesIO(b"x" * 900))])
    undo_send(ticket_id, ada)
    seen, kept = draft_of(desk).version, list(json.loads(draft_of(desk).files or "{}"))
    more = [Upload("b.txt", BytesIO(b"x" * 7))]
    send(ticket_id, ada, Answer(TEXT, form="b"), files=more, kept=kept, seen=seen, at_once=True)
    assert spent(desk)["uploads"] == 907
    assert desk.db.session.scalars(select(Attachment.name).order_by(Attachment.pk)).all() == ["a.txt", "b.txt"]


@pytest.mark.every_database
def test_files_of_one_form_sent_twice_are_kept_once_and_count_as_sent(
    desk: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    desk.desk.settings.upload_bytes_per_hour = 100

    def press() -> Any:
        return send(ticket_id, ada, Answer(TEXT, form="a"), files=[Upload("a.txt", BytesIO(b"x" * 600))])

    first = press()
    assert press() == first
    with pytest.raises(LimitReached):
        press()
    clock.forward(seconds=10)
    send_due()
    assert (messages(desk), on_disk(desk), spent(desk)["uploads"]) == ([TEXT], 1, 1_200)


def test_a_form_that_says_something_else_while_it_waits_is_not_lost(desk: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), desk.agent("ada")
    send(ticket_id, ada, Answer(TEXT, form="a"))
    for other in (Answer("It is not.", form="a"), Answer(TEXT, Status.RESOLVED, form="a")):
        with pytest.raises(StaleTicket, match="just being sent"):
            send(ticket_id, ada, other)
    assert draft_of(desk).body == TEXT


def test_a_worker_that_comes_second_leaves_the_files_of_the_reply(
    desk: Host, clock: Clock, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id, give = open_ticket(), sending.give_answer
    send(ticket_id, desk.agent("ada"), Answer(TEXT, form="a"), files=[Upload("a.txt", BytesIO(b"a"))])
    clock.forward(seconds=10)

    def crossed(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(sending, "give_answer", give)
        send_due()
        return give(*arguments, **more)

    monkeypatch.setattr(sending, "give_answer", crossed)
    send_due()
    assert messages(desk) == [TEXT]
    with desk.desk.storage.open(desk.db.session.scalars(select(Attachment.storage_key)).one()) as file:
        assert file.read() == b"a"


def test_a_reply_with_too_many_bytes_comes_back_filled(host: Host, open_ticket: OpenTicket) -> None:
    host.desk.settings.upload_bytes_per_hour = 100
    ticket_id, ada = open_ticket(), host.client("ada")
    with_a_worker(host)
    sent: dict[str, Any] = fields_of(page_of(ada, ticket_id), "reply") | {"body": "Every word of it."}
    sent |= {"files": [(BytesIO(b"x" * 1_001), "a.txt")]}
    assert "undo" in sent
    refused = ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(57 * 60 + 1))
    assert "You can send more from 15:00 UTC on." in refused.text
    assert typed_in(refused.text, "reply") == "Every word of it."
    assert on_disk(host) == 0


def test_undo_brings_everything_back_into_the_form(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        host.db.session.remove()
    ada = host.client("ada")
    page = page_of(ada, ticket_id)
    sent: dict[str, Any] = fields_of(page, "reply") | {"body": TEXT, "status": "resolved"}
    sent |= {"assignee": str(host.ids["grace"]), "files": [(BytesIO(b"a"), "a.txt")]}
    answer = ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent)
    assert answer.status_code == 302
    assert answer.location.endswith("#sg-composer")
    page = page_of(ada, ticket_id)
    assert f"Your reply to {ticket_id} goes out in 10 s." in page
    assert "Sending in 10 s" in composer(page, "reply")
    assert "Resolved" in composer(page, "reply")
    assert "a.txt" in composer(page, "reply")
    assert "<textarea" not in composer(page, "reply")
    # Also without the sentence, which another tab may have shown: the browser need keep its text no more.
    assert f'data-sg-sent="{sent["form"]}"' in composer(page_of(ada, ticket_id), "reply")
    for who in ("grace", "cleo"):
        assert TEXT not in page_of(host.client(who), ticket_id)
    assert TEXT not in host.client("jerome").get(f"/support/tickets/{ticket_id}").text
    # On every other page of theirs it can be taken back as well.
    assert ticket_id in ada.get(f"{INBOX}macros/").text
    assert "Undo" in ada.get(f"{INBOX}macros/").text
    undone = ada.post(f"{INBOX}tickets/{ticket_id}/undo", data=fields_of(page, "reply"))
    assert undone.status_code == 302
    page = page_of(ada, ticket_id)
    assert "Not sent. Your reply is a draft again." in page
    assert typed_in(page, "reply") == TEXT
    assert re.search(rf'value="{host.ids["grace"]}" selected', composer(page, "reply"))
    assert re.search(r'name="kept" value="\w+" checked> <span>a.txt', composer(page, "reply"))
    assert "Undo" not in ada.get(f"{INBOX}macros/").text


def reply_to(client: FlaskClient, ticket_id: str) -> None:
    """Send one by its form."""
    sent = fields_of(page_of(client, ticket_id), "reply") | {"body": TEXT}
    assert client.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent).status_code == 302


def with_a_worker(host: Host) -> None:
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        host.db.session.remove()


def test_one_address_says_of_all_the_bars_of_a_page_what_became_of_them(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    with_a_worker(host)
    ada, numbers = host.client("ada"), [open_ticket() for __ in range(3)]
    for number in numbers[:2]:
        reply_to(ada, number)
        clock.forward(seconds=4)
    page = ada.get(f"{INBOX}?q=checkout").text
    assert re.findall(r'data-sg-sending="(\d+)"', page) == ["6", "2"]
    bars = re.findall(r'data-sg-reply="([^"]+)"', page)
    assert [bar.split()[0] for bar in bars] == [numbers[1], numbers[0]]
    own = re.findall(r'data-sg-reply="([^"]+)"', composer(page_of(ada, numbers[0]), "reply"))
    assert own == bars[1:]
    [address] = set(re.findall(r'data-sg-became-url="([^"]+)"', page))
    ada.get(address)
    with host.count_statements() as ran:
        answer = ada.get(address, query_string={"reply": bars})
    assert answer.json == dict.fromkeys(bars, "waiting")
    assert len(ran) == 2
    assert "Set-Cookie" not in answer.headers
    clock.forward(seconds=3)
    with host.app.app_context():
        send_due()
        host.db.session.remove()
    assert ada.get(address, query_string={"reply": bars}).json == {bars[0]: "waiting", bars[1]: "sent"}
    with host.count_statements() as many:
        answer = ada.get(address, query_string={"reply": [f"TKT-2026-{number} {'a' * 99}" for number in range(500)]})
    assert len(answer.json or ()) == 4
    assert len(many) == len(ran)
    stranger = host.app.test_client().get(address, query_string={"reply": bars}, headers={LOOKS_AGAIN: "1"})
    assert stranger.status_code == 302
    assert "Set-Cookie" not in stranger.headers
    for nothing in ([], ["x"], [" "]):
        assert ada.get(address, query_string={"reply": nothing}).status_code == 200


def test_the_key_of_undo_is_worn_by_the_reply_to_the_ticket_one_looks_at(host: Host, open_ticket: OpenTicket) -> None:
    with_a_worker(host)
    ada, numbers = host.client("ada"), [open_ticket() for __ in range(3)]
    for number in numbers[:2]:
        reply_to(ada, number)
    worn = 'data-sg-key="z"'
    for number in numbers[:2]:
        page = page_of(ada, number)
        assert page.count("data-sg-sending") == 2
        assert page.count(worn) == composer(page, "reply").count(worn) == 1
    # Elsewhere by the newest of them.
    page = page_of(ada, numbers[2])
    assert page.count("data-sg-sending") == 2
    assert page.count(worn) == 1
    assert page.index(numbers[1]) < page.index(worn) < page.index(f"<strong>{numbers[0]}")


def test_undo_pressed_twice_says_the_same_twice(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        host.db.session.remove()
    ada = host.client("ada")
    ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=fields_of(page_of(ada, ticket_id), "reply") | {"body": TEXT})
    bar = {"reply": re.findall(r'name="reply" value="([0-9a-f]{64})"', page_of(ada, ticket_id))[0]}
    for _ in range(2):
        answer = ada.post(f"{INBOX}tickets/{ticket_id}/undo", data=bar, follow_redirects=True)
        assert answer.status_code == 200
        assert "Not sent. Your reply is a draft again." in answer.text
    draft = fields_of(page_of(ada, ticket_id), "reply")
    ada.post(f"{INBOX}tickets/{ticket_id}/draft/reply/discard", data=draft)
    assert ada.post(f"{INBOX}tickets/{ticket_id}/undo", data=bar).status_code == 409


def test_undo_too_late_says_so_and_shows_the_reply(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        host.db.session.remove()
    ada = host.client("ada")
    sent = fields_of(page_of(ada, ticket_id), "reply") | {"body": TEXT}
    ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent)
    page = page_of(ada, ticket_id)
    clock.forward(seconds=10)
    with host.app.app_context():
        jobs.JOBS[0].turn("a worker", lambda: True)
        host.db.session.remove()
    answer = ada.post(f"{INBOX}tickets/{ticket_id}/undo", data=fields_of(page, "reply"))
    assert answer.status_code == 409
    assert "It is too late to undo this" in answer.text
    assert TEXT in answer.text


def test_a_page_that_promised_no_undo_sends_at_once(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada = host.client("ada")
    sent = fields_of(page_of(ada, ticket_id), "reply") | {"body": TEXT}
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        host.db.session.remove()
    ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent)
    with host.app.app_context():
        assert messages(host) == [TEXT]


def test_what_is_refused_now_is_told_now(desk: Host, resolved_ticket: str) -> None:
    version = ticket(desk).version
    replying.follow_up(resolved_ticket, desk.customer("jerome"), body="Not yet.")
    with pytest.raises(StaleTicket):
        send(resolved_ticket, desk.agent("ada"), Answer(TEXT, form="a", version=version))
    assert count(desk, Draft) == 0


def test_the_worker_sends_replies_before_its_mails(desk: Host) -> None:
    assert [job.name for job in jobs.JOBS][:3] == ["replies", "cases", "outbox"]
    assert jobs.JOBS[0].every_seconds == 0


@pytest.mark.every_database
@pytest.mark.parametrize("undone", [False, True], ids=["", "while it is undone"])
def test_five_workers_at_once_send_each_reply_once(
    host: Host, clock: Clock, open_ticket: OpenTicket, *, undone: bool
) -> None:
    tickets = [open_ticket(subject=f"At once {number}") for number in range(4)]
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        for ticket_id in tickets:
            send(ticket_id, host.agent("ada"), Answer(TEXT, Status.RESOLVED, form=ticket_id))
        ada = host.agent("ada")
        host.db.session.remove()
    clock.forward(seconds=10)
    calls: list[Any] = [send_due] * 5 + [lambda: undo_send(tickets[3], ada)] * undone
    results = at_once(host, calls)
    too_late = [result for result in results if isinstance(result, TransitionRefused)]
    assert [result for result in results if isinstance(result, Exception) and result not in too_late] == []
    with host.app.app_context():
        # What was busy at that moment is sent by the next turn.
        send_due()
        sent, left = len(messages(host)), count(host, Draft)
        assert sent + left == 4
        assert left == (1 if undone and not too_late else 0)
        changed = select(func.count()).select_from(Event).where(Event.action == "status.changed")
        assert host.db.session.scalar(changed) == sent


@pytest.mark.every_database
def test_what_is_redacted_after_a_worker_has_read_it_is_not_sent(
    desk: Host, clock: Clock, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket_id, give = open_ticket(body="The key is hunter22."), sending.give_answer
    key = desk.db.session.scalars(select(Message.key)).one()
    send(ticket_id, desk.agent("ada"), Answer("I have seen hunter22.", Status.RESOLVED, form="a"))
    clock.forward(seconds=10)

    def crossed(*arguments: Any, **more: Any) -> Any:
        monkeypatch.setattr(sending, "give_answer", give)
        redacting.redact(ticket_id, desk.agent("grace"), key, secret="hunter22")
        return give(*arguments, **more)

    monkeypatch.setattr(sending, "give_answer", crossed)
    send_due()
    assert messages(desk) == []
    send_due()
    assert messages(desk) == ["I have seen [redacted]."]


def test_a_reply_whose_worker_died_is_not_silent(host: Host, clock: Clock, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        clock_service.beat("worker", "a worker")
        send(ticket_id, host.agent("ada"), Answer(TEXT, form="a"))
        host.db.session.remove()
    clock.forward(minutes=3)
    page = page_of(host.client("ada"), ticket_id)
    assert "Mail is waiting and nobody sends it." in page
    assert "Sending …" in composer(page, "reply")
    # Taken back, it goes out by itself.
    ada = host.client("ada")
    ada.post(f"{INBOX}tickets/{ticket_id}/undo", data=fields_of(page, "reply"))
    sent = fields_of(page_of(ada, ticket_id), "reply") | {"body": TEXT}
    assert ada.post(f"{INBOX}tickets/{ticket_id}/reply", data=sent).status_code == 302
    with host.app.app_context():
        assert messages(host) == [TEXT]
        assert count(host, Draft) == 0
