"""Everything the desk can do that writes, each act with how its ticket stands before it and how it may break off.

`tests/test_verbs.py` asks of the code of the services whether anything is missing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Any

from sqlalchemy import delete, func, select

from flask_sgsupport.actors import Actor, Right
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.macros import Use
from flask_sgsupport.models import Attachment, Delivery, Heartbeat, HostChange, Macro, Message, Ticket
from flask_sgsupport.models.searched import PLACE
from flask_sgsupport.services import (
    agents,
    assigning,
    clock,
    delivering,
    handing_over,
    host_changes,
    limiting,
    macros,
    opening,
    parking,
    preferring,
    rating,
    reading,
    redacting,
    replying,
    setup,
    sorting,
    status,
    taking_in,
    testing_mail,
    tidying,
    using,
)
from flask_sgsupport.services.attaching import Upload
from tests.world import Host

NOTE = "Her backups are two weeks old."
"""No customer ever reads this."""
WORKER = "a worker"


class Stands(StrEnum):
    """How a ticket stands before an act."""

    OPEN = "open"
    ANSWERED = "answered"
    NOTED = "noted"
    CLAIMED = "claimed"
    """Answered, and a worker has its mails."""
    RESOLVED = "resolved"
    DUE = "due"
    """Resolved, and its time is up."""
    CLOSED = "closed"
    LONG_CLOSED = "long closed"
    ASIDE = "aside"
    ELSEWHERE = "elsewhere"
    """In the queue Billing."""


class Breaks(StrEnum):
    """What is there when the database fails in the middle."""

    WHOLE = "whole"
    """Nothing, and whoever asked for it is told."""
    STEPS = "steps"
    """The steps before it: each is whole, and the same act goes on from there."""
    HOST = "host"
    """Nothing, once the host has rolled back its own transaction, in which this is done."""
    LOOKS = "looks"
    """Nothing, and nobody is told: it belongs to a page that is shown all the same."""


@dataclass(frozen=True)
class Verb:
    """An act.

    :param of: the functions of the services it is there for.
    :param ahead: sets up what is no ticket, again and again as it is before the act.
    """

    before: Stands
    act: Callable[[Any, str], Any]
    of: tuple[Callable[..., Any], ...]
    breaks: Breaks = Breaks.WHOLE
    ahead: Callable[[Host], Any] | None = None

    def prepare(self, host: Host) -> str:
        """A ticket that stands as this act wants it; in an app context."""
        if self.ahead is not None:
            self.ahead(host)
        return prepare(host, self.before)


class Ready:
    """People, a ticket's messages and mails, asked for beforehand: each statement that comes is one of the act."""

    def __init__(self, host: Host, ticket_id: str) -> None:
        self._agents = {name: host.agent(name) for name in ("ada", "grace")}
        self._customers = {name: host.customer(name) for name in ("jerome",)}
        person = host.desk.hooks.directory.person
        self.people = {name: person(str(host.ids[name])) for name in ("jerome", "lena", "nora", "ada", "cleo", "olga")}
        self.ids, self.support = host.ids, host.support
        session = host.db.session
        self.commit = session.commit
        here = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()

        def message(kind: str) -> str:
            return session.scalar(select(Message.key).where(Message.ticket_pk == here, Message.kind == kind)) or ""

        def mails(column: Any) -> Any:
            return select(column).where(Delivery.ticket_pk == here, Delivery.side == "customer").order_by(Delivery.pk)

        self.answer, self.note = message("public-reply"), message("internal-note")
        self.files = session.scalars(select(Attachment.key).where(Attachment.ticket_pk == here)).all()
        self.mails = session.scalars(mails(Delivery.key).where(Delivery.channel == "email")).all()
        self.newest_bell = session.scalar(mails(func.max(Delivery.pk)).order_by(None))
        self.updated_at = session.scalar(select(Ticket.updated_at).where(Ticket.pk == here))
        self.macro = session.scalar(select(Macro.key).limit(1)) or ""
        self.number = session.scalar(select(func.count()).select_from(Ticket)) or 0
        session.remove()

    def agent(self, who: str) -> Actor:
        """One of the team."""
        return self._agents[who]

    def customer(self, who: str) -> Actor:
        """One of the customers."""
        return self._customers[who]

    def in_the_host(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """As the host's code does it, and then commits."""
        call(*arguments, **named)
        self.commit()


def files() -> list[Upload]:
    """Two of them."""
    return [Upload("log.txt", BytesIO(b"a log")), Upload("second.txt", BytesIO(b"another"))]


def leave_work_for_the_clock(host: Host) -> None:
    """An agent who is switched off in the host and holds a ticket, and an account the host renamed."""
    host.change_user("nora", enabled=True)
    grace, nora = host.agent("grace"), host.desk.hooks.directory.person(str(host.ids["nora"]))
    agents.grant_agent(grace, nora, rights={Right.HANDLE}, covers=agents.Covers(queues=("support",)))
    assigning.assign(prepare(host, Stands.OPEN), grace, nora.id)
    host.change_user("nora", enabled=False)
    session = host.db.session
    tickets = session.scalar(select(func.count()).select_from(Ticket))
    said = {"kind": "account.renamed", "host_id": "1", "name": f"Southwind {tickets}", "at": host.clock()}
    session.add(HostChange(**said))
    session.commit()


def make_ada_an_agent(host: Host) -> None:
    """With the rights she has in the world."""
    ada = host.desk.hooks.directory.person(str(host.ids["ada"]))
    rights = {Right.HANDLE, Right.ASSIGN, Right.CLOSE}
    agents.grant_agent(host.agent("grace"), ada, rights=rights, covers=agents.Covers(queues=("support",)))


def make_and_withdraw_olga(host: Host) -> None:
    """So that her row is there."""
    olga = host.desk.hooks.directory.person(str(host.ids["olga"]))
    agents.grant_agent(host.agent("grace"), olga, rights={Right.CLOSE})
    agents.withdraw_agent(host.agent("grace"), olga.id)


def make_a_macro(host: Host) -> None:
    """One is there, however often it is asked for."""
    if host.db.session.scalar(select(Macro.key).limit(1)) is None:
        macros.create_macro(host.agent("grace"), {"name": "Refund", "body": "It is on its way."}, shared=True)


def forget_what_was_taken_in(host: Host) -> None:
    """The walk over older messages begins anew."""
    host.db.session.execute(delete(Heartbeat).where(Heartbeat.name == PLACE))
    host.db.session.commit()


def set_cleo_back(host: Host) -> None:
    """She covers Support and may handle tickets."""
    covers = agents.Covers(queues=("support",))
    agents.change_agent(host.agent("grace"), str(host.ids["cleo"]), rights={Right.HANDLE}, covers=covers)


S, B = Stands, Breaks
# fmt: off
VERBS: dict[str, Verb] = {
    "open": Verb(
        S.OPEN, lambda has, _: opening.open_ticket(
            has.customer("jerome"), subject="New", body="Text.", files=files(), category="invoices"
        ), (opening.open_ticket,),
    ),
    "open for somebody": Verb(
        S.OPEN, lambda has, _: opening.open_ticket(
            has.agent("ada"), subject="New", body="Text.", account_id="1", requester=has.people["lena"]
        ), (opening.open_ticket,),
    ),
    "reply": Verb(
        S.ANSWERED, lambda has, key: replying.reply(key, has.agent("ada"), body="With files.", files=files()),
        (replying.reply,),
    ),
    "reply and resolve": Verb(
        S.ANSWERED, lambda has, key: replying.reply(key, has.agent("ada"), body="Done.", status=Status.RESOLVED),
        (replying.reply,),
    ),
    "follow-up on open": Verb(
        S.ANSWERED, lambda has, key: replying.follow_up(key, has.customer("jerome"), body="More.", files=files()),
        (replying.follow_up,),
    ),
    "follow-up on resolved": Verb(
        S.RESOLVED, lambda has, key: replying.follow_up(key, has.customer("jerome"), body="It is back."),
        (replying.follow_up,),
    ),
    "follow-up on closed": Verb(
        S.CLOSED, lambda has, key: replying.follow_up(key, has.customer("jerome"), body="It is back."),
        (replying.follow_up,),
    ),
    "follow-up on long closed": Verb(
        S.LONG_CLOSED, lambda has, key: replying.follow_up(key, has.customer("jerome"), body="Again."),
        (replying.follow_up,),
    ),
    "follow-up on spam": Verb(
        S.ASIDE, lambda has, key: replying.follow_up(key, has.customer("jerome"), body="Anybody?"),
        (replying.follow_up,),
    ),
    "still need help": Verb(
        S.RESOLVED, lambda has, key: replying.still_need_help(key, has.customer("jerome"), body="Not yet."),
        (replying.still_need_help,),
    ),
    "note": Verb(
        S.ANSWERED, lambda has, key: replying.add_note(key, has.agent("grace"), body=NOTE, files=files()),
        (replying.add_note,),
    ),
    "edit note": Verb(
        S.NOTED, lambda has, key: replying.edit_note(key, has.agent("ada"), has.note, body="Her logs are empty too."),
        (replying.edit_note,),
    ),
    "claim": Verb(S.OPEN, lambda has, key: assigning.claim(key, has.agent("ada")), (assigning.claim,)),
    "assign": Verb(
        S.OPEN, lambda has, key: assigning.assign(key, has.agent("grace"), str(has.ids["ada"])), (assigning.assign,)
    ),
    "unassign": Verb(S.ANSWERED, lambda has, key: assigning.unassign(key, has.agent("grace")), (assigning.unassign,)),
    "status": Verb(
        S.ANSWERED, lambda has, key: status.set_status(key, has.agent("ada"), Status.RESOLVED), (status.set_status,)
    ),
    "confirm": Verb(
        S.RESOLVED, lambda has, key: replying.confirm_solved(key, has.customer("jerome"), body="Thank you."),
        (replying.confirm_solved,),
    ),
    "close": Verb(
        S.RESOLVED, lambda has, key: replying.close_with_confirmation(key, has.agent("grace"), note=NOTE),
        (replying.close_with_confirmation,),
    ),
    "reopen": Verb(
        S.CLOSED, lambda has, key: status.reopen(key, has.agent("ada"), reason="It is back."), (status.reopen,)
    ),
    "withdraw": Verb(S.ANSWERED, lambda has, key: status.withdraw(key, has.customer("jerome")), (status.withdraw,)),
    "visibility": Verb(
        S.ANSWERED, lambda has, key: replying.change_visibility(key, has.agent("ada"), has.answer, public=False),
        (replying.change_visibility,),
    ),
    "show": Verb(
        S.NOTED, lambda has, key: replying.change_visibility(key, has.agent("ada"), has.note, public=True),
        (replying.change_visibility,),
    ),
    "redact": Verb(
        S.NOTED, lambda has, key: redacting.redact(
            key, has.agent("grace"), has.answer, secret="Restored", remove_files=has.files[:1]
        ), (redacting.redact,),
    ),
    "rate": Verb(
        S.RESOLVED, lambda has, key: rating.rate(key, has.customer("jerome"), good=False, comment="It took a week."),
        (rating.rate,),
    ),
    "change fields": Verb(
        S.ANSWERED, lambda has, key: sorting.change_fields(
            key, has.agent("grace"),
            {"priority": "high", "category": "invoices", "queue": "billing", "tags": "checkout, urgent"},
        ), (sorting.change_fields,),
    ),
    "change requester": Verb(
        S.RESOLVED, lambda has, key: sorting.change_requester(key, has.agent("ada"), has.people["lena"]),
        (sorting.change_requester,),
    ),
    "correct address": Verb(
        S.ANSWERED, lambda has, key: sorting.correct_address(key, has.agent("ada"), "jerome@new.example"),
        (sorting.correct_address,),
    ),
    "release": Verb(S.ASIDE, lambda has, key: sorting.release(key, has.agent("ada")), (sorting.release,)),
    "put aside": Verb(S.OPEN, lambda has, key: sorting.put_aside(key, has.agent("ada")), (sorting.put_aside,)),

    "send again": Verb(
        S.ANSWERED, lambda has, key: delivering.send_again(
            key, has.agent("ada"), has.mails[-1], address="jerome@new.example"
        ), (delivering.send_again,),
    ),
    "give a mail up": Verb(
        S.ANSWERED, lambda has, key: parking.park(key, has.agent("ada"), has.mails[-1]), (parking.park,)
    ),
    "claim mails": Verb(S.ANSWERED, lambda has, _: delivering.claim(WORKER, 2), (delivering.claim,)),
    "renew a lease": Verb(
        S.CLAIMED, lambda has, _: delivering.renew(WORKER, has.mails), (delivering.renew,)
    ),
    "put mails back": Verb(S.CLAIMED, lambda has, _: parking.put_back(WORKER, has.mails), (parking.put_back,)),
    "prepare a mail": Verb(
        S.CLAIMED, lambda has, _: delivering.prepare(has.mails[-1], WORKER), (delivering.prepare,), B.STEPS
    ),
    "a mail went out": Verb(
        S.CLAIMED, lambda has, _: delivering.record(has.mails[-1], WORKER, Outcome("sent")), (delivering.record,)
    ),
    "a mail is late": Verb(
        S.CLAIMED, lambda has, _: delivering.record(has.mails[-1], WORKER, Outcome("retry", 450, "450 later")),
        (delivering.record,),
    ),
    "a mail came back": Verb(
        S.CLAIMED, lambda has, _: delivering.record(has.mails[-1], WORKER, Outcome("failed", 550, "550 unknown")),
        (delivering.record,),
    ),
    "the clock": Verb(
        S.DUE, lambda has, _: clock.tick(),
        (clock.tick, clock.beat, handing_over.sweep, host_changes.go_on, tidying.sweep),
        B.STEPS, leave_work_for_the_clock,
    ),

    "wish": Verb(
        S.OPEN, lambda has, _: preferring.set_preference(has.customer("jerome"), "email", wanted=False),
        (preferring.set_preference,), ahead=lambda host: preferring.set_preference(
            host.customer("jerome"), "email", wanted=True
        ),
    ),
    "read all": Verb(
        S.ANSWERED, lambda has, _: reading.mark_all_read(has.customer("jerome")), (reading.mark_all_read,)
    ),
    "read": Verb(
        S.ANSWERED, lambda has, key: reading.mark_read(
            key, has.customer("jerome"), updated_at=has.updated_at, bell=has.newest_bell
        ), (reading.mark_read,), B.LOOKS,
    ),
    "search": Verb(
        S.OPEN, lambda has, _: limiting.count_search(has.customer("jerome")), (limiting.count_search,), B.LOOKS
    ),

    "make an agent": Verb(
        S.OPEN, lambda has, _: agents.grant_agent(
            has.agent("grace"), has.people["olga"], rights={Right.HANDLE}, public_name=f"Olga {has.number}",
            covers=agents.Covers(queues=("support",), tags=("vip",)),
        ), (agents.grant_agent,), ahead=make_and_withdraw_olga,
    ),
    "change an agent": Verb(
        S.OPEN, lambda has, _: agents.change_agent(
            has.agent("grace"), str(has.ids["cleo"]), rights={Right.HANDLE, Right.CLOSE},
            public_name=f"Cleo {has.number}", covers=agents.Covers(queues=("billing",)),
        ), (agents.change_agent,), ahead=set_cleo_back,
    ),
    "withdraw an agent": Verb(
        S.ANSWERED, lambda has, _: agents.withdraw_agent(has.agent("grace"), str(has.ids["ada"])),
        (agents.withdraw_agent, handing_over.return_tickets), B.STEPS, make_ada_an_agent,
    ),
    "make a queue": Verb(
        S.OPEN, lambda has, _: setup.create_queue(has.agent("grace"), "", {"name": f"Sales {has.number}"}),
        (setup.create_queue,),
    ),
    "change a queue": Verb(
        S.OPEN, lambda has, _: setup.change_queue(
            has.agent("grace"), "billing", {"name": f"Money {has.number}", "is_default": True}
        ), (setup.change_queue,),
        ahead=lambda host: setup.change_queue(host.agent("grace"), "support", {"is_default": True}),
    ),
    "close a queue": Verb(
        S.ELSEWHERE, lambda has, _: setup.change_queue(has.agent("grace"), "billing", {"active": False}),
        (setup.change_queue, handing_over.empty_queue), B.STEPS,
        lambda host: setup.change_queue(host.agent("grace"), "billing", {"active": True}),
    ),
    "make a category": Verb(
        S.OPEN, lambda has, _: setup.create_category(
            has.agent("grace"), "", {"name": f"Taxes {has.number}", "queue": "billing"}
        ), (setup.create_category,),
    ),
    "change a category": Verb(
        S.OPEN, lambda has, _: setup.change_category(
            has.agent("grace"), "invoices", {"name": f"Bills {has.number}", "active": False, "queue": ""}
        ), (setup.change_category,),
        ahead=lambda host: setup.change_category(
            host.agent("grace"), "invoices", {"active": True, "queue": "billing"}
        ),
    ),
    "make a macro": Verb(
        S.OPEN, lambda has, _: macros.create_macro(
            has.agent("grace"), {"name": f"Hello {has.number}", "body": "Hello!", "priority": "high"}, shared=True
        ), (macros.create_macro,),
    ),
    "change a macro": Verb(
        S.OPEN, lambda has, _: macros.change_macro(
            has.agent("grace"), has.macro, {"name": f"Refund {has.number}", "body": f"It is on its way ({has.number})."}
        ), (macros.change_macro,), ahead=make_a_macro,
    ),
    "use a macro": Verb(
        S.ANSWERED, lambda has, key: using.use_macro(
            key, has.agent("ada"), Use(has.macro, {
                "status": "resolved", "queue": "billing", "priority": "high", "add_tags": "refund", "note": NOTE
            })
        ), (using.use_macro,), ahead=make_a_macro,
    ),
    "take in": Verb(
        S.OPEN, lambda has, _: taking_in.take_in(), (taking_in.take_in,), B.STEPS, forget_what_was_taken_in
    ),
    "try the mail": Verb(
        S.OPEN, lambda has, _: testing_mail.send_test_mail(has.agent("grace"), "support", "grace@desk.example"),
        (testing_mail.send_test_mail,),
    ),

    "open in the host": Verb(
        S.OPEN, lambda has, _: has.in_the_host(
            has.support.open_ticket, has.customer("jerome"), subject="New", body="Text."
        ), (opening.open_ticket,), B.HOST,
    ),
    "reply in the host": Verb(
        S.ANSWERED, lambda has, key: has.in_the_host(has.support.reply, has.agent("ada"), key, "Restored anew."),
        (replying.reply,), B.HOST,
    ),
    "account renamed": Verb(
        S.ANSWERED, lambda has, _: has.in_the_host(host_changes.account_renamed, 1, f"Southwind {has.number}"),
        (host_changes.account_renamed,), B.HOST,
    ),
    "account removed": Verb(
        S.ANSWERED, lambda has, _: has.in_the_host(host_changes.account_removed, 1),
        (host_changes.account_removed,), B.HOST,
    ),
    "person changed": Verb(
        S.ANSWERED, lambda has, _: has.in_the_host(host_changes.person_changed, has.ids["jerome"]),
        (host_changes.person_changed,), B.HOST,
    ),
    "person left": Verb(
        S.ANSWERED, lambda has, _: has.in_the_host(host_changes.person_left, has.ids["ada"]),
        (host_changes.person_left, handing_over.return_tickets), B.HOST,
    ),
}
# fmt: on


def prepare(host: Host, before: Stands) -> str:
    """A ticket that stands so; in an app context."""
    ada, jerome = host.agent("ada"), host.customer("jerome")
    ticket_id = opening.open_ticket(jerome, subject="Checkout failing", body="Nobody can pay.").ticket_id
    if before is S.OPEN:
        return ticket_id
    if before is S.ASIDE:
        sorting.put_aside(ticket_id, ada)
        return ticket_id
    if before is S.ELSEWHERE:
        sorting.change_fields(ticket_id, ada, {"queue": "billing"})
        return ticket_id
    assigning.claim(ticket_id, ada)
    solved = Status.RESOLVED if before in {S.RESOLVED, S.DUE, S.CLOSED, S.LONG_CLOSED} else None
    taken = files() if before is S.NOTED else []
    replying.reply(ticket_id, ada, body="Restored.", status=solved, files=taken)
    if before is S.NOTED:
        replying.add_note(ticket_id, ada, body=NOTE)
    if before is S.CLAIMED:
        delivering.claim(WORKER, 1_000)
        host.clock.forward(seconds=10)
    if before in {S.CLOSED, S.LONG_CLOSED}:
        replying.confirm_solved(ticket_id, jerome)
    if before in {S.DUE, S.LONG_CLOSED}:
        host.clock.forward(**({"hours": 48} if before is S.DUE else {"days": 31}))
    return ticket_id
