"""A secret somebody wrote into a ticket is taken out everywhere, with an event that says so and not what it was."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from io import BytesIO
from threading import Event as Moment
from threading import Thread, get_ident
from typing import Any

import pytest
from sqlalchemy import event, select, update

from flask_sgsupport.delivery.message import Email
from flask_sgsupport.errors import InvalidInput, NotAllowed
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.models import Attachment, Base, Delivery, Event, Message, Ticket
from flask_sgsupport.services import clock as clock_service
from flask_sgsupport.services import delivering, redacting, replying, sorting, status
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.cases import ForCase, answer_cases, send_waiting_answers
from flask_sgsupport.services.delivering import claim, prepare
from flask_sgsupport.services.drafting import save_draft
from flask_sgsupport.services.linking import link
from flask_sgsupport.services.merging import merge
from flask_sgsupport.services.rating import rate
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.services.sending import send, send_due
from flask_sgsupport.services.splitting import split_off
from tests.world import Host, OpenTicket

INBOX = "/admin/support/tickets/"
SECRET = 'hunter2 "of" Jerome'
BODY = f"My password is {SECRET}, please look."


@pytest.fixture
def told(host: Host, open_ticket: OpenTicket) -> str:
    """A ticket in whose subject, text and file Jerome wrote his password."""
    return open_ticket(subject=f"Sign-in with {SECRET} fails", body=BODY, files=[(f"{SECRET}.txt", SECRET.encode())])


def key_of(host: Host, kind: str = "description") -> str:
    return host.db.session.scalars(select(Message.key).where(Message.kind == kind)).one()


def redact(host: Host, ticket_id: str, **more: Any) -> str:
    with host.app.app_context():
        return redacting.redact(ticket_id, host.agent("grace"), key_of(host), **more)


def everything(host: Host) -> str:
    with host.app.app_context():
        return "\n".join(
            str(row) for table in Base.metadata.sorted_tables for row in host.db.session.execute(select(table))
        )


@pytest.mark.every_database
def test_it_stands_in_no_row_afterwards(host: Host, told: str) -> None:
    with host.app.app_context():
        file = host.db.session.scalars(select(Attachment.key)).one()
    redact(host, told, secret=SECRET, remove_files=[file])
    rows = everything(host)
    assert "hunter2" not in rows
    assert "My password is [redacted], please look." in rows


@pytest.mark.every_database
def test_what_is_written_around_its_copies_loses_it_too(in_app: Host, open_ticket: OpenTicket) -> None:
    """Replies that wait, drafts and ratings: of tickets split off from it, and of those these were merged into."""
    host, ada, grace = in_app, in_app.agent("ada"), in_app.agent("grace")
    clock_service.beat("worker", "a worker")
    number = open_ticket(body=BODY)
    description = key_of(host)
    case, part, rated = (
        split_off(number, ada, description, subject=f"Another matter {place}", seen=place).ticket_id
        for place in range(3)
    )
    incident, whole = open_ticket(subject="The incident"), open_ticket(subject="The whole")
    link(case, ada, incident, LinkKind.CASE)
    answer_cases(incident, ada, [ForCase(case, f"Your password {SECRET} works again.")])
    merge(part, ada, whole)
    send(whole, ada, Answer(f"You wrote {SECRET}, is that right?", None, form="f" * 22))
    save_draft(whole, grace, "note", body=f"{SECRET}?")
    replying.reply(rated, ada, body="Done.", status=Status.RESOLVED)
    rate(rated, host.customer("jerome"), good=False, comment=f"{SECRET} is for all to see now!")
    redacting.redact(number, grace, description, secret=SECRET)
    assert "hunter2" not in everything(host)
    host.clock.forward(minutes=1)
    send_due()
    send_waiting_answers()
    bodies = list(host.db.session.scalars(select(Message.body).where(Message.kind == "public-reply")))
    assert "Your password [redacted] works again." in bodies
    assert "You wrote [redacted], is that right?" in bodies
    assert "hunter2" not in everything(host)


def test_what_a_mail_server_quoted_of_it_loses_it_too(in_app: Host, told: str) -> None:
    refused = update(Delivery).where(Delivery.channel == "email", Delivery.side == "customer")
    in_app.db.session.execute(refused.values(state="failed", error=f"550 no subject like {SECRET}"))
    in_app.db.session.commit()
    redact(in_app, told, secret=SECRET)
    errors = in_app.db.session.scalars(select(Delivery.error).where(Delivery.state == "failed")).all()
    assert set(errors) == {"550 no subject like [redacted]"}


def test_nobody_sees_or_finds_it_any_more(host: Host, told: str) -> None:
    redact(host, told, secret=SECRET)
    for who, address in (
        ("jerome", f"/support/tickets/{told}"),
        ("jerome", "/support/"),
        ("ada", INBOX + told),
        ("ada", f"{INBOX}{told}/history"),
        ("ada", "/admin/support/notifications/"),
    ):
        text = unescape(host.client(who).get(address).text)
        assert "hunter2" not in text, address
    assert "[redacted]" in host.client("jerome").get(f"/support/tickets/{told}").text
    assert told not in host.client("jerome").get("/support/?q=hunter2").text
    assert "Grace Hopper: redacted a message: its text, the name of a file, the subject" in unescape(
        host.client("ada").get(INBOX + told).text
    )


def test_older_texts_of_a_note_lose_it_too(in_app: Host, open_ticket: OpenTicket) -> None:
    ticket_id, ada = open_ticket(), in_app.agent("ada")
    note = str(replying.add_note(ticket_id, ada, body=f"He wrote {SECRET}.").message)
    replying.edit_note(ticket_id, ada, note, body="He wrote his password.")
    redacting.redact(ticket_id, in_app.agent("grace"), note, secret=SECRET)
    assert "hunter2" not in everything(in_app)


def test_a_mail_that_waits_goes_out_without_it(in_app: Host, told: str) -> None:
    redact(in_app, told, secret=SECRET)
    mails = [prepare(one.key, "tests") for one in claim("tests", 10)]
    assert len(mails) > 1
    for mail in mails:
        assert mail is not None
        assert "hunter2" not in str(mail)
        assert "[redacted]" in mail.text


@pytest.fixture
def halfway(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Moment, Moment]]:
    """A redaction stops before it commits: that it is there, and that it may go on."""
    there, go_on = Moment(), Moment()
    said = redacting._who_has_it

    def wait(*arguments: Any) -> str:
        found = said(*arguments)
        there.set()
        assert go_on.wait(30)
        return found

    monkeypatch.setattr(redacting, "_who_has_it", wait)
    yield there, go_on
    go_on.set()


@pytest.mark.every_database
def test_no_mail_without_a_message_leaves_with_the_old_subject_while_it_is_taken_out(
    host: Host, told: str, halfway: tuple[Moment, Moment]
) -> None:
    there, go_on = halfway
    with host.app.app_context():
        replying.reply(told, host.agent("ada"), body="Mended.")
        status.set_status(told, host.agent("ada"), Status.RESOLVED)
        host.db.session.remove()
    written: list[str] = []
    redacted = Thread(target=redact, args=(host, told), kwargs={"secret": SECRET})

    def work() -> None:
        with host.app.app_context():
            claimed = {one.key for one in claim("tests", 20)}
            alone = host.db.session.scalars(select(Delivery.key).where(Delivery.message_pk.is_(None))).all()
            mails = [prepare(key, "tests") for key in alone if key in claimed]
            written.extend(str(mail) for mail in mails if mail)
            host.db.session.remove()

    worker = Thread(target=work)
    redacted.start()
    assert there.wait(30)
    worker.start()
    worker.join(1)
    go_on.set()
    for thread in (worker, redacted):
        thread.join(30)
        assert not thread.is_alive()
    assert written
    assert not [mail for mail in written if "hunter2" in mail]


@pytest.mark.every_database
def test_what_is_taken_out_while_its_mail_is_written_is_not_in_it_or_said_to_be_on_its_way(
    host: Host, told: str
) -> None:
    """A lead redacts once the worker has read the message and before it has written the mail."""
    with host.app.app_context():
        key = replying.reply(told, host.agent("ada"), body=f"So it is {SECRET}?").message
        [claimed] = [one for one in claim("tests", 20) if is_of(host, one.key, str(key))]
        engine, said = host.db.engine, list[str]()
        host.db.session.remove()

    def redacts() -> None:
        with host.app.app_context():
            said.append(redacting.redact(told, host.agent("grace"), str(key), secret=SECRET))

    lead, worker = Thread(target=redacts), get_ident()

    def meanwhile(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if get_ident() == worker and statement.startswith("UPDATE sgsupport_delivery") and lead.ident is None:
            lead.start()
            lead.join(1)

    event.listen(engine, "before_cursor_execute", meanwhile)
    with host.app.app_context():
        mail = prepare(claimed.key, "tests")
        host.db.session.remove()
    event.remove(engine, "before_cursor_execute", meanwhile)
    assert lead.ident is not None
    lead.join(30)
    assert isinstance(mail, Email)
    assert "hunter2" not in mail.text or "jerome@northwind.example" in said[0]


def is_of(host: Host, delivery_key: str, message_key: str) -> bool:
    """Whether a delivery brings this message to the customer."""
    wanted = select(Delivery.key).join(Message, Message.pk == Delivery.message_pk)
    wanted = wanted.where(Message.key == message_key, Delivery.side == "customer", Delivery.key == delivery_key)
    return host.db.session.scalar(wanted) is not None


def test_a_mail_is_put_off_where_its_ticket_is_held_for_long_and_goes_afterwards(
    in_app: Host, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as held:
        held.setattr(delivering, "_nobody_changes", lambda unit, ticket_pk: False)
        claimed = claim("tests", 10)
        assert [prepare(one.key, "tests") for one in claimed] == [None] * len(claimed)
    assert claim("tests", 10) == []
    in_app.clock.forward(seconds=delivering.MAX_WAIT_SECONDS)
    again = claim("tests", 10)
    assert {(one.key, one.attempt) for one in again} == {(one.key, 1) for one in claimed}
    assert all(prepare(one.key, "tests") for one in again)


def test_who_was_mailed_already_is_said(in_app: Host, told: str, clock: Any) -> None:
    session = in_app.db.session
    mail = session.scalars(select(Delivery).where(Delivery.notice == "opened_receipt")).one()
    mail.state, mail.attempts, mail.sent_at = "sent", 1, clock.at
    session.commit()
    said = redact(in_app, told, secret=SECRET)
    assert "e-mailed to jerome@northwind.example on 22 April 2026" in said


def test_agents_who_looked_at_nothing_are_not_said_to_have_read_it(in_app: Host, told: str) -> None:
    replying.reply(told, in_app.agent("ada"), body="We look at it.")
    read = select(Delivery).where(Delivery.channel == "bell", Delivery.read_at.is_not(None))
    assert in_app.db.session.scalars(read).all(), "the reply has read what rang of it"
    assert redact(in_app, told, secret=SECRET) == ""


def test_who_was_mailed_twice_is_named_once(in_app: Host, told: str, clock: Any) -> None:
    clock.forward(hours=1)
    replying.reply(told, in_app.agent("ada"), body="We look at it.")
    session = in_app.db.session
    mails = session.scalars(select(Delivery).where(Delivery.channel == "email", Delivery.side == "customer")).all()
    assert len(mails) > 1
    for mail in mails:
        mail.state, mail.attempts, mail.sent_at = "sent", 1, mail.created_at
    session.commit()
    assert redact(in_app, told, secret=SECRET) == ("e-mailed to jerome@northwind.example on 22 April 2026, 14:03 UTC")


def test_who_has_read_a_reply_in_the_panel_is_said(host: Host, told: str) -> None:
    with host.app.app_context():
        ada = host.agent("ada")
        key = str(replying.reply(told, ada, body=f"Your password is {SECRET}.").message)
    host.client("lena").get(f"/support/tickets/{told}")
    with host.app.app_context():
        said = redacting.redact(told, host.agent("grace"), key, secret=SECRET)
    assert "read in the panel by Lena Brandt on 22 April 2026, 14:03 UTC or later" in said


def test_where_it_still_stands_is_said(in_app: Host, told: str) -> None:
    replying.add_note(told, in_app.agent("ada"), body=f"I tried {SECRET}.")
    assert "it still stands in 1 other messages of this ticket" in redact(in_app, told, secret=SECRET)


@pytest.mark.every_database
@pytest.mark.parametrize("where", ["in another text", "in an older text", "in the name of a file"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_it_is_said_where_else_it_stands_however_its_lines_end(
    in_app: Host, open_ticket: OpenTicket, where: str, end: str
) -> None:
    secret = "-----KEY----- MIIC" if where == "in the name of a file" else f"-----KEY-----{end}MIIC"
    ticket_id, ada = open_ticket(body=f"My key:\n{secret}\nThere."), in_app.agent("ada")
    if where == "in the name of a file":
        files = [Upload(f"{secret}.txt", BytesIO(b"x"))]
        replying.follow_up(ticket_id, in_app.customer("jerome"), body="This one.", files=files)
    else:
        note = str(replying.add_note(ticket_id, ada, body="His key:\r\n-----KEY-----\r\nMIIC").message)
        if where == "in an older text":
            replying.edit_note(ticket_id, ada, note, body="His key is gone.")
    typed = secret.replace(end, "\r\n" if end == "\n" else "\n")
    assert "it still stands in 1 other messages of this ticket" in redact(in_app, ticket_id, secret=typed)
    assert in_app.db.session.scalars(select(Message.body).order_by(Message.pk)).first() == "My key:\n[redacted]\nThere."


def test_a_removed_file_stays_as_a_name(host: Host, told: str) -> None:
    with host.app.app_context():
        key, stored = host.db.session.execute(select(Attachment.key, Attachment.storage_key)).one()
    redact(host, told, remove_files=[key])
    assert list(host.desk.storage.folder.glob(f"*/*/{stored}")) == []
    for who, page, file in (
        ("jerome", f"/support/tickets/{told}", f"/support/files/{key}"),
        ("ada", INBOX + told, f"{INBOX}{told}/files/{key}"),
    ):
        client = host.client(who)
        assert "hunter2" in client.get(page).text
        assert file not in client.get(page).text
        assert client.get(file).status_code == 404


def test_a_file_that_is_out_already_is_taken_out_once(host: Host, told: str) -> None:
    with host.app.app_context():
        key = host.db.session.scalars(select(Attachment.key)).one()
    for __ in range(2):
        redact(host, told, remove_files=[key])
    with host.app.app_context():
        said = host.db.session.scalars(select(Event.action).where(Event.action == "message.redacted")).all()
    assert len(said) == 1


@pytest.mark.parametrize(
    ("secret", "sentence"),
    [
        ("", "Write what is to be taken out, or choose a file."),
        ("pa", "Write at least 3 characters of it."),
        ("redacted", "Write at least 3 characters of it."),
        ("swordfish", "This does not stand in the message."),
    ],
)
def test_what_cannot_be_redacted_is_refused(host: Host, told: str, secret: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence):
        redact(host, told, secret=secret)


def test_only_a_lead_redacts(in_app: Host, told: str) -> None:
    with pytest.raises(NotAllowed):
        redacting.redact(told, in_app.agent("ada"), key_of(in_app), secret=SECRET)
    assert "Redact" not in in_app.client("ada").get(INBOX + told).text


def test_the_form_asks_whether_one_is_sure(host: Host, told: str) -> None:
    grace = host.client("grace")
    with host.app.app_context():
        key = key_of(host)
    url = f"{INBOX}{told}/messages/{key}/redact"
    assert url in grace.get(INBOX + told).text
    refused = grace.post(url, data={"secret": SECRET})
    assert refused.status_code == 422
    assert "Say that you know this cannot be undone." in refused.text
    assert 'value="hunter2' in refused.text
    done = grace.post(url, data={"secret": SECRET, "sure": "1"}, follow_redirects=True)
    assert "Redacted. The history says so, not what it was." in done.text
    assert "hunter2" not in done.text


@pytest.mark.every_database
def test_reasons_in_the_history_lose_it_too(host: Host, told: str) -> None:
    with host.app.app_context():
        ada = host.agent("ada")
        sorting.put_aside(told, ada, reason=f"Spam with {SECRET}")
        sorting.release(told, ada)
        replying.reply(told, ada, body="Mended.", status=Status.RESOLVED)
        replying.confirm_solved(told, host.customer("jerome"))
        status.reopen(told, ada, reason=f"He wrote {SECRET} again")
    redact(host, told, secret=SECRET)
    assert "hunter2" not in everything(host)
    shown = unescape(host.client("grace").get(f"{INBOX}{told}/history").text)
    assert "filtered: Spam with [redacted]" in shown
    assert "(was: Spam with [redacted])" in shown


@pytest.mark.every_database
@pytest.mark.parametrize("where", ["in the first", "in the second", "in the third"])
def test_the_subject_is_taken_out_of_every_ticket_that_goes_on_from_another(
    in_app: Host, told: str, open_ticket: OpenTicket, clock: Any, where: str
) -> None:
    alone = open_ticket(subject=f"Sign-in with {SECRET} fails, too", body="Elsewhere.")
    jerome, tickets = in_app.customer("jerome"), [told]
    for text in ("It is back.", "And again."):
        replying.reply(tickets[-1], in_app.agent("ada"), body="Mended.", status=Status.RESOLVED)
        replying.confirm_solved(tickets[-1], jerome)
        clock.forward(days=31)
        tickets.append(replying.follow_up(tickets[-1], jerome, body=f"{text} {SECRET}").ticket_id)
    chosen = tickets[("in the first", "in the second", "in the third").index(where)]
    wanted = select(Message.key).join(Ticket).where(Ticket.ticket_id == chosen, Message.kind == "description")
    redacting.redact(chosen, in_app.agent("grace"), in_app.db.session.scalars(wanted).one(), secret=SECRET)
    subjects = dict(in_app.db.session.execute(select(Ticket.ticket_id, Ticket.subject)).all())
    assert {subjects[one] for one in tickets} == {"Sign-in with [redacted] fails"}
    assert "hunter2" in subjects[alone], "a ticket of its own is redacted by itself"
    for one in tickets:
        said = "its text" if one == chosen else "redacted a message: the subject"
        assert said in unescape(in_app.client("ada").get(f"{INBOX}{one}/history").text)


def test_who_was_mailed_the_subject_of_a_continued_ticket_is_said(in_app: Host, told: str, clock: Any) -> None:
    replying.reply(told, in_app.agent("ada"), body="Mended.", status=Status.RESOLVED)
    replying.confirm_solved(told, in_app.customer("jerome"))
    first = key_of(in_app)
    clock.forward(days=31)
    replying.follow_up(told, in_app.customer("jerome"), body="It is back.")
    session = in_app.db.session
    [mail] = session.scalars(
        select(Delivery).where(Delivery.notice == "continued_customer", Delivery.channel == "email")
    ).all()
    mail.state, mail.attempts, mail.sent_at = "sent", 1, clock.at
    session.commit()
    said = redacting.redact(told, in_app.agent("grace"), first, secret=SECRET)
    assert "e-mailed to jerome@northwind.example on 23 May 2026" in said


def test_the_host_redacts_in_its_own_transaction(in_app: Host, told: str) -> None:
    support, session = in_app.support, in_app.db.session
    grace, key = support.agent(in_app.ids["grace"]), key_of(in_app)
    [file] = session.scalars(select(Attachment.key)).all()
    stored = session.scalars(select(Attachment.storage_key)).one()
    support.redact(grace, told, key, secret=SECRET, remove_files=[file])
    session.rollback()
    assert "hunter2" in everything(in_app)
    assert list(in_app.desk.storage.folder.glob(f"*/*/{stored}"))
    said = support.redact(grace, told, key, secret=SECRET, remove_files=[file])
    session.commit()
    assert said == ""
    assert "hunter2" not in everything(in_app)
    assert not list(in_app.desk.storage.folder.glob(f"*/*/{stored}"))
    with pytest.raises(NotAllowed):
        support.redact(support.agent(in_app.ids["ada"]), told, key, secret="please look")
