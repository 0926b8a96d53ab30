"""Splitting: what a customer wrote becomes a ticket of its own, and stays where it was written."""

from __future__ import annotations

from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket, TransitionRefused
from flask_sgsupport.hooks import Subject
from flask_sgsupport.models import Attachment, Delivery, Event, Message, Queue, Ticket, TicketSubject
from flask_sgsupport.queries.own_ticket import Change, OwnMessage, own_ticket
from flask_sgsupport.queries.ticket import MessageRow, ticket_page
from flask_sgsupport.search_text import about_words, searched
from flask_sgsupport.services import linking, merging, opening, redacting, replying, sorting, splitting, tidying
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.deciding import ask_routing
from flask_sgsupport.services.delivering import claim, prepare
from flask_sgsupport.services.splitting import split_off
from tests.world import Host, OpenTicket, name_orders

INBOX, PANEL = "/admin/support/", "/support/"
SECOND = "The invoice is wrong as well: it says hunter22."


@pytest.fixture
def ticket_id(host: Host, open_ticket: OpenTicket) -> str:
    """Jerome's, answered by Ada, with a follow-up of Lena's about another matter and a file."""
    number = open_ticket()
    with host.app.app_context():
        replying.reply(number, host.agent("ada"), body="We are looking into it.")
        host.clock.forward(hours=2)
        files = [Upload("invoice hunter22.txt", BytesIO(b"an invoice"))]
        replying.follow_up(number, host.customer("lena"), body=SECOND, files=files)
        host.clock.forward(hours=3)
    return number


def key_of(host: Host, ticket_id: str, kind: str = "follow-up") -> str:
    wanted = select(Message.key).join(Ticket, Ticket.pk == Message.ticket_pk).where(Ticket.ticket_id == ticket_id)
    return host.db.session.scalars(wanted.where(Message.kind == kind)).one()


def makes(host: Host, ticket_id: str, who: str = "ada", **more: Any) -> str:
    return split_off(ticket_id, host.agent(who), key_of(host, ticket_id), subject="Wrong invoice", **more).ticket_id


def row(host: Host, ticket_id: str) -> Ticket:
    host.db.session.rollback()
    return host.db.session.scalars(select(Ticket).where(Ticket.ticket_id == ticket_id)).one()


def messages(host: Host, ticket_id: str) -> list[Message]:
    wanted = select(Message).join(Ticket, Ticket.pk == Message.ticket_pk).order_by(Message.pk)
    return list(host.db.session.scalars(wanted.where(Ticket.ticket_id == ticket_id)))


def told(host: Host, ticket_id: str) -> set[tuple[str, str, str]]:
    wanted = select(Delivery.notice, Delivery.recipient_name, Delivery.channel).join(
        Ticket, Ticket.pk == Delivery.ticket_pk
    )
    return {tuple(one) for one in host.db.session.execute(wanted.where(Ticket.ticket_id == ticket_id))}  # type: ignore[misc]


def numbers(host: Host) -> list[str]:
    return list(host.db.session.scalars(select(Ticket.ticket_id).order_by(Ticket.pk)))


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_message_becomes_a_ticket_of_whoever_wrote_it_and_stays_where_it_is(host: Host, ticket_id: str) -> None:
    before = messages(host, ticket_id)[-1]
    new = makes(host, ticket_id)
    made, old = row(host, new), row(host, ticket_id)
    assert (made.account_id, made.requester_name, made.subject) == (old.account_id, "Lena Brandt", "Wrong invoice")
    assert (made.status, made.addressed, made.waiting_on) == ("open", False, "staff")
    [copy] = messages(host, new)
    kept = messages(host, ticket_id)[-1]
    assert (copy.kind, copy.body, copy.copy_of) == ("description", SECOND, kept.key)
    assert kept.key == before.key
    for said in ("side", "author_pk", "author_public_name", "via", "created_at"):
        assert getattr(copy, said) == getattr(kept, said), said
    assert made.created_at > copy.created_at, "it is a ticket from now on, and was written before"
    assert numbers(host) == [ticket_id, new]
    assert (old.status, old.waiting_on) == ("open", "staff"), "whose turn it is there, its agent says"


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_both_say_so_and_are_linked(host: Host, ticket_id: str) -> None:
    new = makes(host, ticket_id)
    there, here = ticket_page(host.agent("ada"), new), ticket_page(host.agent("ada"), ticket_id)
    assert (there.split_from, here.split_from) == (ticket_id, "")
    assert there.opened_by == "Ada Lovelace"
    assert f"made a ticket of its own of a message: {new}" in [one.text for one in here.history]
    assert f"made this ticket of a message in {ticket_id}" in [one.text for one in there.history]
    assert [(one.ticket_id, str(one.kind)) for one in there.links] == [(ticket_id, "related")]
    assert [(one.ticket_id, str(one.kind)) for one in here.links] == [(new, "related")]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_the_customer_is_told_once_and_reads_it_on_both(host: Host, ticket_id: str) -> None:
    new = makes(host, ticket_id)
    assert {one for one in told(host, new) if one[0] != "opened_staff"} == {
        ("split_customer", "Lena Brandt", "bell"),
        ("split_customer", "Lena Brandt", "email"),
    }
    page = own_ticket(host.customer("lena"), new)
    assert (page.split_from, page.mine) == (ticket_id, True)
    assert [(one.author, one.mine) for one in page.entries if isinstance(one, OwnMessage)] == [("Lena Brandt", True)]
    [line] = [one for one in own_ticket(host.customer("jerome"), ticket_id).entries if isinstance(one, Change)]
    assert (line.text, line.leads_to) == (f"Ada made a ticket of its own of a message: {new}", new)
    with pytest.raises(NotFound):
        own_ticket(host.customer("mina"), new)


@pytest.mark.usefixtures("in_app")
def test_the_mail_names_both_and_nothing_internal(host: Host, ticket_id: str) -> None:
    replying.add_note(ticket_id, host.agent("ada"), body="CANARY: she never pays.")
    new = makes(host, ticket_id, queue="billing")
    mails = [prepare(one.key, "tests") for one in claim("tests", 20)]
    [mail] = [one for one in mails if one and one.to_address == "lena@northwind.example"]
    assert f"Ada made a ticket of its own of what you wrote in {ticket_id}: {new}." in " ".join(mail.text.split())
    for hidden in ("CANARY", "Lovelace", "Billing", "related"):
        assert hidden not in mail.text + str(mail.html), hidden


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_sent_twice_it_is_there_once_and_a_colleague_who_was_faster_is_named(host: Host, ticket_id: str) -> None:
    first = makes(host, ticket_id, form="one", seen=0)
    assert makes(host, ticket_id, form="one", seen=0) == first
    with pytest.raises(StaleTicket, match=f"{first} was made of this message in the meantime"):
        makes(host, ticket_id, "grace", form="two", seen=0)
    second = makes(host, ticket_id, "grace", form="two", seen=1)
    assert numbers(host) == [ticket_id, first, second], "a message may speak of three things"


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_nothing_internal_becomes_a_ticket(host: Host, ticket_id: str) -> None:
    ada = host.agent("ada")
    note = replying.add_note(ticket_id, ada, body="CANARY")
    for kind in ("internal-note", "public-reply"):
        with pytest.raises(InvalidInput, match="Only what a customer wrote"):
            split_off(ticket_id, ada, key_of(host, ticket_id, kind), subject="Wrong invoice")
    replying.change_visibility(ticket_id, ada, str(note.message), public=True)
    with pytest.raises(InvalidInput, match="Only what a customer wrote"):
        split_off(ticket_id, ada, str(note.message), subject="Wrong invoice")
    # No page hides what a customer wrote; whatever else may have, it does not come back by this way.
    host.db.session.execute(update(Message).where(Message.kind == "follow-up").values(public=False))
    host.db.session.commit()
    with pytest.raises(InvalidInput, match="Only what a customer wrote"):
        makes(host, ticket_id)
    host.db.session.execute(update(Message).where(Message.kind == "follow-up").values(public=True))
    host.db.session.commit()
    assert numbers(host) == [ticket_id]


@pytest.mark.usefixtures("in_app")
def test_what_is_refused_makes_nothing_and_keeps_no_file(
    host: Host, ticket_id: str, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = files_in(host)
    with pytest.raises(InvalidInput) as wrong:
        split_off(ticket_id, host.agent("ada"), key_of(host, ticket_id), subject="  ")
    assert set(wrong.value.fields) == {"subject"}
    with pytest.raises(InvalidInput, match="not in use"):
        makes(host, ticket_id, queue="nowhere")
    with pytest.raises(NotFound):
        makes(host, ticket_id, "ben")
    with pytest.raises(NotFound):
        split_off(open_ticket("mina"), host.agent("ada"), key_of(host, ticket_id), subject="Wrong invoice")
    with pytest.raises(TransitionRefused):
        split_off(ticket_id, host.customer("jerome"), key_of(host, ticket_id), subject="Wrong invoice")
    monkeypatch.setattr(linking, "MAX_LINKS", 0)
    with pytest.raises(TransitionRefused, match="has 0 links"):
        makes(host, ticket_id)
    sorting.put_aside(ticket_id, host.agent("ada"))
    with pytest.raises(TransitionRefused, match="Spam / Filtered"):
        makes(host, ticket_id)
    assert files_in(host) == kept
    assert len(numbers(host)) == 2


def files_in(host: Host) -> set[Path]:
    return {path for path in Path(host.desk.storage.folder).rglob("*") if path.is_file() and len(path.name) == 32}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("in_app")
def test_where_its_author_has_left_it_is_the_requesters_and_where_they_have_it_is_refused(
    host: Host, ticket_id: str
) -> None:
    host.change_user("lena", enabled=False)
    made = row(host, makes(host, ticket_id))
    assert made.requester_name == "Jerome Ellis"
    assert messages(host, made.ticket_id)[0].author_public_name == "Lena Brandt"
    host.change_user("jerome", enabled=False)
    with pytest.raises(NotAllowed, match="Lena Brandt has no access to support"):
        makes(host, ticket_id)


@pytest.mark.usefixtures("in_app")
def test_it_goes_where_routing_leads_or_where_the_agent_wants_it(host: Host, ticket_id: str) -> None:
    by_routing, chosen = makes(host, ticket_id), makes(host, ticket_id, queue="billing")
    queues = {pk: key for pk, key in host.db.session.execute(select(Queue.pk, Queue.key))}
    assert [queues[row(host, one).queue_pk] for one in (by_routing, chosen)] == ["support", "billing"]
    assert ticket_page(host.agent("grace"), chosen).reasons == ["Routed to Billing: chosen by Ada Lovelace"]


@pytest.mark.usefixtures("in_app")
def test_the_description_and_what_was_merged_can_be_split_off_too(
    host: Host, ticket_id: str, open_ticket: OpenTicket
) -> None:
    ada, other = host.agent("ada"), open_ticket(subject="Something else", body="Where is my order?")
    merging.merge(other, ada, ticket_id)
    new = split_off(other, ada, key_of(host, other, "description"), subject="Where is my order?").ticket_id
    assert ticket_page(ada, new).split_from == other
    assert row(host, other).merged_into_id == ticket_id, "it stays a part"
    assert not [
        one for one in ticket_page(ada, ticket_id).entries if isinstance(one, MessageRow) and one.part and one.may_split
    ]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_a_redaction_of_either_reaches_both_with_files_and_subjects(host: Host, ticket_id: str) -> None:
    for where in (0, 1):
        new = split_off(
            ticket_id, host.agent("ada"), key_of(host, ticket_id), subject=f"Invoice says hunter22 {where}", seen=where
        ).ticket_id
    tickets = [one for one in numbers(host)]
    in_both = [messages(host, ticket_id)[-1], messages(host, new)[0]]
    file = host.db.session.scalars(select(Attachment.key).where(Attachment.message_pk == in_both[1].pk)).one()
    redacting.redact(new, host.agent("grace"), in_both[1].key, secret="hunter22", remove_files={file})
    host.db.session.expire_all()
    for number in tickets:
        said = messages(host, number)
        assert not [one for one in said if "hunter22" in one.body or "hunter22" in (one.searched or "")], number
        assert "hunter22" not in row(host, number).subject
        if number != ticket_id:
            assert row(host, number).subject.startswith("Invoice says [redacted]")
    assert {one.name for one in host.db.session.scalars(select(Attachment))} == {"invoice [redacted].txt"}
    assert {one.storage_key for one in host.db.session.scalars(select(Attachment))} == {None}
    assert files_in(host) == set()
    redacted = select(Ticket.ticket_id).join(Event, Event.ticket_pk == Ticket.pk)
    assert set(host.db.session.scalars(redacted.where(Event.action == "message.redacted"))) == set(tickets)


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_it_is_about_what_the_other_is_about_and_its_titles_are_redacted_with_the_others(host: Host) -> None:
    name_orders(host)["1"].append(Subject("card", "1", "Card 4111-1111"))
    number = opening.open_ticket(
        host.customer("jerome"), subject="Card", body="Mine, 4111-1111, fails.", subjects=[("card", "1")]
    ).ticket_id
    said = replying.follow_up(number, host.customer("jerome"), body="And 4111-1111 is charged twice.").message
    new = split_off(number, host.agent("ada"), str(said), subject="Charged twice").ticket_id
    about = select(Ticket.ticket_id, TicketSubject.ref, TicketSubject.title).join(Ticket)
    assert {tuple(one) for one in host.db.session.execute(about)} == {
        (one, "card:1", "Card 4111-1111") for one in (number, new)
    }
    assert "4111" in str(messages(host, new)[0].searched)
    redacting.redact(number, host.agent("grace"), str(said), secret="4111-1111")
    host.db.session.expire_all()
    assert set(host.db.session.scalars(select(TicketSubject.title))) == {"Card [redacted]"}
    assert "4111" not in str(messages(host, new)[0].searched)
    description = messages(host, number)[0]
    assert description.searched == searched("Card", description.body, about_words([("card:1", "Card [redacted]")])), (
        "it is found by the new title"
    )


@pytest.mark.usefixtures("in_app")
def test_a_title_that_is_redacted_meanwhile_is_not_copied(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    name_orders(host)["1"].append(Subject("card", "1", "Card 4111-1111"))
    number = opening.open_ticket(
        host.customer("jerome"), subject="Card", body="It is 4111-1111.", subjects=[("card", "1")]
    ).ticket_id
    second = replying.follow_up(number, host.customer("jerome"), body="And charged twice.").message
    asked = ask_routing

    def redacts_first(*arguments: Any) -> Any:
        redacting.redact(number, host.agent("grace"), key_of(host, number, "description"), secret="4111-1111")
        return asked(*arguments)

    monkeypatch.setattr(splitting, "ask_routing", redacts_first)
    with pytest.raises(StaleTicket, match="changed"):
        split_off(number, host.agent("ada"), str(second), subject="Charged twice")
    assert numbers(host) == [number]


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_each_has_its_own_file_and_the_sweep_leaves_both(host: Host, ticket_id: str) -> None:
    new = makes(host, ticket_id)
    keys = list(host.db.session.scalars(select(Attachment.storage_key).order_by(Attachment.pk)))
    assert len(set(keys)) == 2
    host.clock.forward(days=3)
    tidying.sweep(host.clock())
    for key in keys:
        with host.desk.storage.open(str(key)) as file:
            assert file.read() == b"an invoice"
    assert len(messages(host, new)) == 1


@pytest.mark.every_database
@pytest.mark.parametrize("what", ["redacted", "hidden", "a file removed"])
@pytest.mark.usefixtures("in_app")
def test_what_changed_between_reading_and_writing_is_not_copied(
    host: Host, ticket_id: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, grace, read = key_of(host, ticket_id), host.agent("grace"), splitting._read

    def changes(*arguments: Any) -> Any:
        found = read(*arguments)
        monkeypatch.setattr(splitting, "_read", read)
        host.db.session.rollback()
        if what == "redacted":
            redacting.redact(ticket_id, grace, key, secret="hunter22")
        elif what == "hidden":
            host.db.session.execute(update(Message).where(Message.key == key).values(public=False))
            host.db.session.commit()
        else:
            file = host.db.session.scalars(select(Attachment.key)).one()
            redacting.redact(ticket_id, grace, key, remove_files={file})
        return found

    monkeypatch.setattr(splitting, "_read", changes)
    with pytest.raises((StaleTicket, InvalidInput), match="has just changed|Only what a customer|could not be read"):
        makes(host, ticket_id)
    assert numbers(host) == [ticket_id]
    assert len(files_in(host)) == (0 if what == "a file removed" else 1)
    host.db.session.execute(update(Message).where(Message.key == key).values(public=True))
    host.db.session.commit()


def test_an_agent_splits_by_the_page(host: Host, ticket_id: str) -> None:
    with host.app.app_context():
        key, note = key_of(host, ticket_id), replying.add_note(ticket_id, host.agent("ada"), body="CANARY").message
    client, page = host.client("ada"), f"{INBOX}tickets/{ticket_id}/messages/{key}/split"
    assert page in unescape(client.get(f"{INBOX}tickets/{ticket_id}").text)
    shown = unescape(client.get(page).text)
    assert 'value="The invoice is wrong as well: it says hunter22."' in shown
    assert "invoice hunter22.txt" in shown
    assert "Lena Brandt is the requester of the new ticket" in shown
    refused = client.post(page, data={"subject": "", "queue": "billing", "seen": "0"})
    assert refused.status_code == 422
    assert "Say in a few words what it is about." in refused.text
    assert '<option value="billing" selected>' in refused.text
    form = {"subject": "Wrong invoice", "queue": "", "seen": "0", "form": "once"}
    done = [client.post(page, data=form, follow_redirects=True) for __ in range(2)]
    assert all("is a ticket of its own now; its requester is told." in unescape(one.text) for one in done)
    assert "Split off from" in done[0].text
    assert "It was done before:" in client.get(page).text
    elsewhere = client.post(page, data=form | {"form": "2", "seen": "1", "queue": "billing"}, follow_redirects=True)
    assert "You do not see it" in unescape(elsewhere.text)
    of_a_note = client.get(page.replace(key, str(note)))
    assert "Only what a customer wrote" in of_a_note.text
    assert "CANARY" not in of_a_note.text
    assert 'name="subject"' in shown
    assert 'name="subject"' not in of_a_note.text, "no form to send"


def test_the_customer_is_led_from_one_to_the_other(host: Host, ticket_id: str) -> None:
    with host.app.app_context():
        new = makes(host, ticket_id)
    client = host.client("jerome")
    assert f'href="{PANEL}tickets/{new}"' in client.get(f"{PANEL}tickets/{ticket_id}").text
    page = unescape(client.get(f"{PANEL}tickets/{new}").text)
    assert "Support made this ticket of a message in" in page
    assert f'href="{PANEL}tickets/{ticket_id}"' in page
    assert "What you wrote in" in unescape(host.client("lena").get(f"{PANEL}notifications").text)
