"""The audit log holds ids, codes and digests; what people wrote, and who they are, stands where it can be erased."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from sqlalchemy import String, Text, func, select, update

from flask_sgsupport.actors import Right
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.history import REDACTED
from flask_sgsupport.hooks import Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.macros import Use
from flask_sgsupport.models import Base, Delivery, Event, EventText, Message, Ticket, table_of
from flask_sgsupport.queries.audit import all_gaps
from flask_sgsupport.services import (
    agents,
    assigning,
    clock,
    delivering,
    opening,
    rating,
    redacting,
    replying,
    setup,
    sorting,
    status,
    testing_mail,
)
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.redacting import WORDS_OF_PEOPLE
from flask_sgsupport.services.using import use_macro
from tests.world import PEOPLE, Host, OpenTicket

CANARY = "kanari"
"""Stands in everything anybody writes here, with a word of its own for each place."""
PEOPLES = sorted({one for person in PEOPLE.values() for one in (person["name"], person["email"])})
INBOX = "/admin/support/"

SHOWN = (
    "filtered: kanari-aside",
    "released it from Spam / Filtered (was: kanari-aside)",
    "Routed to Billing: kanari-because",
    "assignee Ada Lovelace → Grace Hopper",
    "used the macro “kanari-macro”",
    "tags kanari-routed → kanari-tag",
    "requester's address jerome@northwind.example → jerome@kanari-corrected.example",
    "requester Jerome Ellis → Lena Brandt",
    "not delivered to jerome@northwind.example: 550 kanari-server",
    "closing is held: lena@northwind.example: 550 kanari-server",
    "sends again to lena@kanari-again.example",
    "made a message private (e-mailed to lena@",
    "requester Lena Brandt → Lena kanari-name",
    "rated the help as bad",
    "the account kanari-account was removed",
)
"""What the history page says of it, each word where it has always stood."""


SETUP_SHOWN = {
    "queues/change/billing": (
        "queue billing: From address – → from@kanari-queue.example",
        "queue billing: name Billing → kanari-queue",
    ),
    "queues/change/support": ("queue support: test mail test@kanari-test.example → ",),
    "categories/change/offers": ("category offers: name – → kanari-category",),
    "agents/": (
        "agent Cleo Marsh: public name Cleo → kanari-public",
        "agent Olga Petrova: in use no → yes",
        "agent Ada kanari-agent: name Ada Lovelace → Ada kanari-agent",
    ),
}


@pytest.fixture
def lived(host: Host, open_ticket: OpenTicket) -> str:
    """A ticket to which everything happened that leaves words in the history."""
    host.support.route(lambda draft: Routed(queue="billing", tags=("kanari-routed",), because="kanari-because"))
    ticket_id = open_ticket(
        subject="A kanari-subject", body="A kanari-body.", files=[("kanari-file.txt", b"kanari-bytes")]
    )
    with host.app.app_context():
        _sorted(host, ticket_id)
        _answered(host, ticket_id)
        _not_reached(host, ticket_id)
        _set_up(host)
    host.change_user("lena", name="Lena kanari-name", email="lena@kanari-address.example")
    host.change_user("ada", name="Ada kanari-agent")
    with host.app.app_context():
        for who in ("lena", "ada"):
            host.support.person_changed(host.ids[who])
        host.support.person_left(host.ids["nora"])
        host.support.account_renamed(1, "kanari-account")
        host.support.account_removed(1)
        host.db.session.commit()
    return ticket_id


def _sorted(host: Host, ticket_id: str) -> None:
    lead, grace = host.agent("grace"), str(host.ids["grace"])
    sorting.put_aside(ticket_id, lead, reason="kanari-aside")
    sorting.release(ticket_id, lead)
    sorting.change_fields(ticket_id, lead, {"queue": "support"})
    assigning.claim(ticket_id, host.agent("ada"))
    assigning.assign(ticket_id, lead, grace)
    macro = create_macro(lead, {"name": "kanari-macro", "body": "A kanari-text."}, shared=True)
    use_macro(ticket_id, lead, Use(macro, {"priority": "urgent"}))
    sorting.change_fields(ticket_id, lead, {"tags": "kanari-tag", "priority": "high", "category": "storefront"})
    opening.open_ticket(
        host.agent("ada"),
        account_id="1",
        requester=host.customer("jerome").person,
        subject="By phone",
        body="A kanari-call.",
    )


def _answered(host: Host, ticket_id: str) -> None:
    ada = host.agent("ada")
    replying.reply(ticket_id, ada, body="A kanari-reply.")
    note = str(replying.add_note(ticket_id, ada, body="A kanari-note.").message)
    replying.edit_note(ticket_id, ada, note, body="Another kanari-note.")
    _mails(host, Outcome("failed", 550, "550 kanari-server"))
    sorting.correct_address(ticket_id, ada, "jerome@kanari-corrected.example")
    sorting.change_requester(ticket_id, ada, host.customer("lena").person)  # type: ignore[arg-type]
    said = replying.reply(ticket_id, ada, body="A kanari-answer.", status=Status.RESOLVED)
    _mails(host, Outcome("sent"))
    assert "lena@" in replying.change_visibility(ticket_id, ada, str(said.message), public=False)
    replying.confirm_solved(ticket_id, host.customer("lena"))
    rating.rate(ticket_id, host.customer("lena"), good=False, comment="A kanari-rating.")
    status.reopen(ticket_id, ada, reason="kanari-reopened")


def _not_reached(host: Host, ticket_id: str) -> None:
    replying.reply(ticket_id, host.agent("ada"), body="A kanari-end.", status=Status.RESOLVED)
    _mails(host, Outcome("failed", 550, "550 kanari-server"))
    assert clock.tick().held == 1
    failed = select(Delivery.key).join(Ticket).where(Delivery.state == "failed", Ticket.ticket_id == ticket_id)
    key = host.db.session.scalars(failed.order_by(Delivery.pk.desc()).where(Delivery.side == "customer")).first()
    delivering.send_again(ticket_id, host.agent("ada"), str(key), address="lena@kanari-again.example")


def _mails(host: Host, outcome: Outcome) -> None:
    host.clock.forward(hours=1)
    for one in delivering.claim("tests", 50):
        if delivering.prepare(one.key, "tests") is not None:
            delivering.record(one.key, "tests", outcome)


def _set_up(host: Host) -> None:
    grace, cleo = host.agent("grace"), str(host.ids["cleo"])
    changes = {"from_address": "from@kanari-queue.example", "signature": "A kanari-signature", "name": "kanari-queue"}
    setup.change_queue(grace, "billing", changes)
    setup.create_category(grace, "offers", {"name": "kanari-category", "queue": "billing"})
    agents.change_agent(grace, cleo, rights={Right.HANDLE}, public_name="kanari-public")
    agents.grant_agent(grace, host.agent("olga").person, rights={Right.HANDLE})  # type: ignore[arg-type]
    testing_mail.send_test_mail(grace, "support", "test@kanari-test.example")


def cells(host: Host, *tables: Any) -> Iterator[tuple[str, Any]]:
    """Every cell of these tables, with where it stands."""
    for table in tables or Base.metadata.sorted_tables:
        for row in host.db.session.execute(select(table)).mappings():
            yield from ((f"{table.name}.{name} of {dict(row)}", value) for name, value in row.items())


def history(host: Host, ticket_id: str) -> str:
    page = unescape(host.client("grace").get(f"{INBOX}tickets/{ticket_id}/history").text)
    return " ".join(page.split())


@pytest.mark.every_database
def test_no_entry_of_the_audit_log_holds_what_somebody_wrote_or_is_called(host: Host, lived: str) -> None:
    with host.app.app_context():
        redacting.redact(lived, host.agent("grace"), _first_message(host, lived), secret="kanari-body")
        found = [
            (where, word)
            for where, value in cells(host, table_of(Event))
            for word in (CANARY, *PEOPLES, "northwind", "fabrikam")
            if word.casefold() in str(value).casefold()
        ]
        assert found == []
        actions = set(host.db.session.scalars(select(Event.action)))
    assert {"message.redacted", "delivery.failed", "timer.held", "agent.changed", "person.left"} <= actions


@pytest.mark.every_database
def test_the_history_says_what_it_always_said(host: Host, lived: str) -> None:
    shown = history(host, lived)
    assert [line for line in SHOWN if line not in shown] == []
    for page, lines in SETUP_SHOWN.items():
        text = " ".join(unescape(host.client("grace").get(INBOX + page).text).split())
        assert [line for line in lines if line not in text] == [], text


@pytest.mark.every_database
def test_what_is_redacted_and_erased_stands_in_no_table_and_the_log_still_holds(host: Host, lived: str) -> None:
    host.bent = "people and names of the desk were erased past the services"
    with host.app.app_context():
        before = host.db.session.execute(select(table_of(Event))).all()
        tickets = dict(host.db.session.execute(select(Ticket.pk, Ticket.ticket_id)).all())
        for key, ticket_pk, body in host.db.session.execute(select(Message.key, Message.ticket_pk, Message.body)).all():
            assert CANARY in body
            redacting.redact(tickets[ticket_pk], host.agent("grace"), key, secret=CANARY)
        _erase(host)
        assert [where for where, value in cells(host) if CANARY in str(value)] == []
        assert host.db.session.execute(select(table_of(Event))).all()[: len(before)] == before
        assert list(all_gaps()) == []
    shown = history(host, lived)
    for line in SHOWN:
        erased = line.replace(CANARY, REDACTED)
        assert erased in shown, shown


def _first_message(host: Host, ticket_id: str) -> str:
    wanted = select(Message.key).join(Ticket).where(Ticket.ticket_id == ticket_id).order_by(Message.pk).limit(1)
    return host.db.session.scalars(wanted).one()


def _erase(host: Host) -> None:
    """Take out of every table but the audit log what is left: names, addresses, words of the desk's setup."""
    for table in Base.metadata.sorted_tables:
        if table.name == Event.__tablename__:
            continue
        for column in table.columns:
            if isinstance(column.type, String | Text):
                values = {column.name: func.replace(column, CANARY, REDACTED)}
                if table.name == EventText.__tablename__:
                    values["salt"] = ""
                host.db.session.execute(update(table).where(column.contains(CANARY)).values(values))
    host.db.session.commit()


def test_notices_carry_what_somebody_wrote_under_known_names_only(host: Host, lived: str) -> None:
    with host.app.app_context():
        carried = {
            key
            for data in host.db.session.scalars(select(Delivery.data))
            for key, value in json.loads(data).items()
            if CANARY in str(value)
        }
    assert carried - {"by", "released_by"} == set(WORDS_OF_PEOPLE)


@pytest.mark.every_database
def test_changed_words_of_an_entry_are_seen(in_app: Host, open_ticket: OpenTicket) -> None:
    in_app.bent = "words of the audit log were changed by hand"
    ticket_id = open_ticket()
    sorting.put_aside(ticket_id, in_app.agent("ada"), reason="kanari")
    session = in_app.db.session
    for change in ({"new": "somebody else"}, {"new": "somebody else", "salt": ""}):
        session.execute(update(EventText).values(change))
        session.commit()
        assert list(all_gaps()) == [f"{ticket_id}: the words of entry 3 were changed"]
    session.execute(update(EventText).values(new=REDACTED, salt=""))
    session.commit()
    assert list(all_gaps()) == []
    session.execute(table_of(EventText).delete())
    session.commit()
    assert list(all_gaps()) == [f"{ticket_id}: the words of entry 3 were changed"]
