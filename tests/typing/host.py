"""A host's code as its developer writes it; nothing in it may be an error under ``mypy --strict``."""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import assert_type

from flask import Flask
from flask_admin import Admin
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Mapped, mapped_column

from flask_sgsupport import (
    Account,
    Activity,
    Actor,
    Membership,
    Operator,
    Origin,
    Person,
    Right,
    Routed,
    Site,
    Status,
    Support,
    TargetFacts,
    Targets,
    UserDirectory,
)
from flask_sgsupport.errors import InvalidInput, NotAllowed, NotFound, StaleTicket, SupportError, Vetoed
from flask_sgsupport.hooks import Directory, Draft
from flask_sgsupport.signals import (
    DeliveryChanged,
    NoteAdded,
    TargetDue,
    TicketOpened,
    TicketRated,
    TicketStatusChanged,
    before_ticket_opened,
    delivery_changed,
    note_added,
    target_breached,
    ticket_opened,
    ticket_rated,
    ticket_status_changed,
)

db = SQLAlchemy()
log = logging.getLogger(__name__)


class User(db.Model):  # type: ignore[name-defined,misc]
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    name: Mapped[str]
    account_id: Mapped[int | None]


# The three statements, within a factory.
support = Support(directory=UserDirectory(User, account_id="account_id", contact=lambda user: "email"))


def create_app() -> Flask:
    app = Flask(__name__)
    db.init_app(app)
    admin = Admin(app)
    support.init_app(app, db, admin=admin)
    return app


def create_app_with_more() -> Flask:
    app = Flask(__name__)
    Support(app, db, directory=Staff(), admin=[Admin(app), Admin(app, url="/ops")], bind_key="desk")
    return app


# A directory of the host's own.
class Staff:
    def current(self) -> Person | None:
        return Person(id="7", name="Jerome Ellis", email=None, accounts=(Membership("1", role="Admin"),))

    def person(self, person_id: str) -> Person | None:
        return self.current() if person_id == "7" else None

    def by_email(self, email: str) -> list[Person]:
        return []

    def agent_candidates(self, words: str, limit: int) -> tuple[Person, ...]:
        return ()

    def people_of(self, account_id: str) -> Sequence[Person]:
        return [person for person in (self.current(),) if person and person.membership(account_id)]


directory: Directory = Staff()


# Hooks.
@support.account
def account(actor: Actor, account_id: str, origin: Origin) -> Account:
    assert_type(actor.person, Person | None)
    assert_type(origin.site_ids, tuple[str, ...])
    return Account("Northwind Outfitters", plan="Growth", billing="paid to 1 May")


@support.sites
def sites(actor: Actor, account_id: str, origin: Origin) -> list[Site]:
    return [Site("11", "tote.example", working_in=True)]


@support.activity
def activity(actor: Actor, account_id: str, origin: Origin) -> tuple[Activity, ...]:
    return (Activity("theme update", datetime(2026, 4, 22, 14, 32, tzinfo=UTC)),)


@support.operator
def operator(actor: Actor, account_id: str, origin: Origin) -> Operator:
    return Operator(actor.name, role="Admin")


@support.permission
def permission(person: Person, right: Right) -> bool | None:
    return False if right is Right.CLOSE and not person.email else None


@support.route
def route(draft: Draft) -> Routed | None:
    return Routed(queue="billing", because="It is about money.") if "invoice" in draft.subject else None


@support.targets
def targets(ticket: TargetFacts) -> Targets | None:
    assert_type(ticket.opened_at, datetime)
    return Targets(response_minutes=30, because="their agreement") if ticket.plan == "Growth" else None


# Receivers.
@support.on(before_ticket_opened)
def no_opening_at_night(app: Flask, payload: TicketOpened) -> None:
    assert_type(payload.body, str)
    raise Vetoed("Support opens at eight.")


@support.on(ticket_opened)
def tell_the_team(app: Flask, payload: TicketOpened) -> None:
    log.info("%s by %s", payload.ticket["ticket_id"], payload.envelope["actor"])


@support.on(ticket_status_changed)
def note_the_close(app: Flask, payload: TicketStatusChanged) -> None:
    assert_type(payload.cause, str)


@support.on(ticket_rated)
def pass_on_complaints(app: Flask, payload: TicketRated) -> None:
    assert_type(payload.score, str)
    log.info("%s: %s", payload.ticket["ticket_id"], payload.comment)


@support.on(note_added)
def keep_inside(app: Flask, payload: NoteAdded) -> None:
    log.info("%s", payload.note["body"])


@support.on(target_breached)
def raise_it(app: Flask, payload: TargetDue) -> None:
    assert_type(payload.due_at, str)


@support.on(delivery_changed)
def count_failures(app: Flask, payload: DeliveryChanged) -> None:
    assert_type(payload.recipient, str | None)


assert_type(tell_the_team(create_app(), TicketOpened({}, "", {})), None)


# The verbs for host code.
def report_an_outage(user: User) -> str:
    actor = support.customer(user.id)
    assert_type(actor, Actor)
    opened = support.open_ticket(
        actor,
        subject="Checkout failing",
        body="Nobody can pay.",
        site_ids=["11"],
        files=[("log.txt", io.BytesIO(b"502 Bad Gateway"))],
    )
    assert_type(opened.ticket_id, str)
    said = support.follow_up(actor, opened.ticket_id, "Since noon.")
    assert_type(said.continued, bool)
    agent = support.agent("3")
    support.claim(agent, opened.ticket_id)
    support.add_note(agent, opened.ticket_id, "Known.")
    assert_type(support.reply(agent, opened.ticket_id, "Restored.", status=Status.RESOLVED).message, str | None)
    support.set_status(agent, opened.ticket_id, Status.OPEN)
    support.confirm_solved(actor, opened.ticket_id)
    support.rate(actor, opened.ticket_id, good=True, comment="Quick.")
    assert_type(support.redact(agent, opened.ticket_id, str(opened.message), secret="hunter2"), str)
    support.set_preference(actor, "email", wanted=False)
    support.set_preference(actor, "email", topic="queue", wanted=True)
    db.session.commit()
    return opened.ticket_id


def explained(user: User) -> str:
    try:
        return report_an_outage(user)
    except InvalidInput as error:
        assert_type(error.fields, dict[str, str])
        return " ".join(error.fields.values())
    except StaleTicket as error:
        assert_type(error.changes, tuple[str, ...])
        return error.sentence
    except (NotAllowed, NotFound) as error:
        return f"{error.http_status} {error.code}"
    except SupportError as error:
        return error.sentence
