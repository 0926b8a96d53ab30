"""Everything the desk can do that writes, each act with how its ticket stands before it and how it may break off.

`tests/test_verbs.py` asks of the code of the services whether anything is missing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from io import BytesIO
from typing import Any

from sqlalchemy import delete, func, select, update

from flask_sgsupport.actors import Actor, Right
from flask_sgsupport.delivery import Outcome
from flask_sgsupport.errors import Refused
from flask_sgsupport.hooks import Button, Subject, Targets
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.macros import Use
from flask_sgsupport.models import (
    Attachment,
    CaseReply,
    Delivery,
    Heartbeat,
    HostChange,
    Macro,
    Measure,
    Message,
    Rule,
    SavedView,
    Target,
    Ticket,
)
from flask_sgsupport.models.measured import PLACE as MEASURED
from flask_sgsupport.models.searched import PLACE
from flask_sgsupport.services import (
    agents,
    assigning,
    cases,
    clock,
    delivering,
    drafting,
    following,
    handing_over,
    host_buttons,
    host_changes,
    hours,
    in_bulk,
    limiting,
    linking,
    macros,
    measuring_old,
    merging,
    opening,
    parking,
    preferring,
    presence,
    promising,
    rating,
    reading,
    redacting,
    replying,
    rules,
    saving_views,
    sending,
    setup,
    snoozing,
    sorting,
    splitting,
    status,
    taking_in,
    targets,
    testing_mail,
    tidying,
    using,
)
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.in_bulk import Chosen, Wanted
from flask_sgsupport.services.replying import Answer
from flask_sgsupport.signals import TicketRouted
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
    FOLLOWED = "followed"
    ASIDE = "aside"
    INCIDENT = "incident"
    """The newest other ticket of its account is a case of it."""
    INCIDENT_ANSWERED = "incident, answered"
    """And a reply to that waits to be sent."""
    INCIDENT_REFUSED = "incident, refused"
    """And it was refused, since the customer has written."""
    LINKED = "linked"
    """To the newest other ticket of its account."""
    FOLLOWED_UP = "followed up"
    """With a file."""
    SPLIT = "split"
    """The same, and a ticket of its own was made of that."""
    SNOOZED = "snoozed"
    """Answered, and asleep until tomorrow."""
    LOOKED_AT = "looked at"
    """Ada has it before her."""
    ELSEWHERE = "elsewhere"
    """In the queue Billing."""
    ON_ITS_WAY = "on its way"
    """Answered, with a second reply that can still be taken back, and the draft of a note."""
    GOES_OUT = "goes out"
    """The same, and its moment has come."""
    CROSSED = "crossed"
    """Its moment has come, and the customer has written meanwhile."""


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
        self.ids, self.support, self.now = host.ids, host.support, host.desk.now()
        session = host.db.session
        self.commit, self.clock = session.commit, host.clock
        here = select(Ticket.pk).where(Ticket.ticket_id == ticket_id).scalar_subquery()

        def message(kind: str) -> str:
            return session.scalar(select(Message.key).where(Message.ticket_pk == here, Message.kind == kind)) or ""

        def mails(column: Any) -> Any:
            return select(column).where(Delivery.ticket_pk == here, Delivery.side == "customer").order_by(Delivery.pk)

        self.answer, self.note = message("public-reply"), message("internal-note")
        self.follow_up = message("follow-up")
        self.case_reply = session.scalar(select(CaseReply.key).order_by(CaseReply.pk.desc()).limit(1)) or ""
        self.files = session.scalars(select(Attachment.key).where(Attachment.ticket_pk == here)).all()
        self.mails = session.scalars(mails(Delivery.key).where(Delivery.channel == "email")).all()
        self.newest_bell = session.scalar(mails(func.max(Delivery.pk)).order_by(None))
        others = select(Ticket.ticket_id).where(
            Ticket.ticket_id != ticket_id,
            Ticket.account_id == "1",
            Ticket.status == Status.OPEN,
            Ticket.filtered_reason.is_(None),
            Ticket.merged_into_id.is_(None),
        )
        self.other = session.scalar(others.order_by(Ticket.pk.desc()).limit(1)) or ""
        self.updated_at = session.scalar(select(Ticket.updated_at).where(Ticket.pk == here))
        self.target = session.scalar(select(Target.key).limit(1)) or ""
        self.macro = session.scalar(select(Macro.key).limit(1)) or ""
        self.view = session.scalar(select(SavedView.key).order_by(SavedView.position).limit(1)) or ""
        self.tomorrow = host.clock() + timedelta(days=1)
        self.rule = session.scalar(select(Rule.key).order_by(Rule.pk).limit(1)) or ""
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
    """A ticket for which nobody was there, one of an agent who is switched off, and an account the host renamed."""
    leave_one_to_nobody(host)
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


def leave_one_to_nobody(host: Host) -> None:
    """A ticket for which a rule found nobody, and everybody is there again by now."""
    make_a_rule(host)
    grace, team = host.agent("grace"), [host.agent(who) for who in ("ada", "cleo", "grace")]
    if host.db.session.scalar(select(Rule.key).where(Rule.name == LEFT_OVER)) is None:
        of_these = [{"field": "subject", "op": "contains", "value": [LEFT_OVER]}]
        rules.create_rule(grace, {"name": LEFT_OVER, "all": of_these, "assignee": "round_robin"})
    for one in team:
        agents.say_available(one, available=False)
    opening.open_ticket(host.customer("jerome"), subject=LEFT_OVER, body="Nobody is there.")
    for one in team:
        agents.say_available(one, available=True)


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


def make_a_target(host: Host) -> None:
    """A target there is to be changed."""
    if host.db.session.scalar(select(Target.key).limit(1)) is None:
        targets.create_target(host.agent("grace"), {"response": "4 h"})


def promised_by_the_host(has: Any, ticket_id: str) -> None:
    """The host says by when a ticket is due, once it has heard of it."""
    has.support.hooks.targets = lambda ticket: Targets(response_minutes=30 + has.number, because="the agreement")
    try:
        promising.on_routed(None, TicketRouted({"ticket_id": ticket_id}, (), None, {}))
    finally:
        has.support.hooks.targets = None


def forget_views(host: Host) -> None:
    """Nobody keeps one."""
    host.db.session.execute(delete(SavedView))
    host.db.session.commit()


def share_views(host: Host) -> None:
    """Two are shared: one of Ada's, then one of Grace's."""
    forget_views(host)
    for who in ("ada", "grace"):
        saving_views.save_view(host.agent(who), {"name": f"Of {who}", "filters": {"assignee": "me"}, "shared": True})


def about_an_order(has: Any) -> None:
    """A ticket about something of the host's."""
    has.support.hooks.subjects = lambda *asked: [Subject("order", "1042", "Order 1042", "/orders/1042")]
    try:
        opening.open_ticket(has.customer("jerome"), subject="New", body="Text.", subjects=[("order", "1042")])
    finally:
        has.support.hooks.subjects = None


def pressed(has: Any, ticket_id: str) -> None:
    """A button that says what it did."""
    has.support.hooks.buttons = {"refund": Button("refund", "Refund", lambda ticket, actor: f"Refunded {has.number}.")}
    try:
        host_buttons.press(ticket_id, has.agent("ada"), "refund")
    except Refused:
        # Nobody knows what became of a press that was cut off: it can be pressed again after ten minutes, not at once.
        has.clock.forward(minutes=11)
        host_buttons.press(ticket_id, has.agent("ada"), "refund")
    finally:
        has.support.hooks.buttons = {}


def make_a_macro(host: Host) -> None:
    """One is there, however often it is asked for."""
    if host.db.session.scalar(select(Macro.key).limit(1)) is None:
        macros.create_macro(host.agent("grace"), {"name": "Refund", "body": "It is on its way."}, shared=True)


def make_a_rule(host: Host) -> None:
    """One is there, however often it is asked for; it applies to nothing the other verbs do."""
    if host.db.session.scalar(select(Rule.key).limit(1)) is None:
        for name in ("Robots", "More robots"):
            rules.create_rule(host.agent("grace"), {"name": name, **ON_ROBOTS, "priority": "low"})


def put_a_rule_first(host: Host) -> None:
    """Of two, so that it can be moved down."""
    make_a_rule(host)
    first = host.db.session.scalar(select(Rule.key).order_by(Rule.pk).limit(1)) or ""
    rules.move_rule(host.agent("grace"), first, -1)


def forget_what_was_taken_in(host: Host) -> None:
    """The walk over older messages begins anew."""
    host.db.session.execute(delete(Heartbeat).where(Heartbeat.name == PLACE))
    host.db.session.commit()


def forget_what_was_measured(host: Host) -> None:
    """Every ticket is as old as from before anything was measured."""
    host.db.session.execute(delete(Measure))
    host.db.session.execute(update(Ticket.__table__).values(course=None, first_answered_at=None))
    host.db.session.execute(delete(Heartbeat).where(Heartbeat.name == MEASURED))
    host.db.session.commit()


def set_cleo_back(host: Host) -> None:
    """She covers Support and may handle tickets."""
    covers = agents.Covers(queues=("support",))
    agents.change_agent(host.agent("grace"), str(host.ids["cleo"]), rights={Right.HANDLE}, covers=covers)


LEFT_OVER = "Left over"
ON_ROBOTS = {"all": [{"field": "tag", "op": "is", "value": ["robot"]}]}

S, B = Stands, Breaks


def put_on_its_way(host: Host, ticket_id: str, before: Stands) -> None:
    """A reply of Ada's that can still be taken back, or whose moment has come, and a draft of hers."""
    let_a_worker_be_seen(host)
    version = host.db.session.scalar(select(Ticket.version).where(Ticket.ticket_id == ticket_id))
    answer = Answer("Restored for good.", Status.RESOLVED, form=ticket_id, version=version)
    sending.send(ticket_id, host.agent("ada"), answer, files=files())
    drafting.save_draft(ticket_id, host.agent("ada"), "note", body=NOTE)
    if before is S.CROSSED:
        replying.follow_up(ticket_id, host.customer("jerome"), body="It is back.")
    if before in {S.GOES_OUT, S.CROSSED}:
        host.clock.forward(seconds=10)


def answer_the_case(host: Host, ticket_id: str, ada: Actor) -> None:
    """A reply to the case of an incident that nobody has sent yet."""
    other = Ready(host, ticket_id).other
    linking.link(ticket_id, ada, other, LinkKind.INCIDENT)
    cases.answer_cases(ticket_id, ada, [cases.ForCase(other, "It is restored.")], status=Status.RESOLVED)


def be_refused_by_the_case(host: Host, ticket_id: str, ada: Actor) -> None:
    """A reply to the case of an incident whose customer has written since."""
    other = Ready(host, ticket_id).other
    linking.link(ticket_id, ada, other, LinkKind.INCIDENT)
    version = host.db.session.scalar(select(Ticket.version).where(Ticket.ticket_id == other))
    replying.follow_up(other, host.customer("jerome"), body="Now it says 500.")
    key = cases.answer_cases(ticket_id, ada, [cases.ForCase(other, "It is restored.", version)])
    cases.send_answers(ticket_id, ada, key)


def make_two_urgent(has: Ready, key: str) -> None:
    """In one act, which says of each what became of it."""
    chosen = [Chosen(key), Chosen(has.other)]
    for one in in_bulk.act_on_each(has.agent("ada"), Wanted("priority", "urgent"), chosen, form=key):
        if one.error is not None:
            raise one.error


def let_a_worker_be_seen(host: Host) -> None:
    """So that a reply can be taken back: without one it is sent at once."""
    clock.beat("worker", WORKER, host.clock())


# fmt: off
VERBS: dict[str, Verb] = {
    "open": Verb(
        S.OPEN, lambda has, _: opening.open_ticket(
            has.customer("jerome"), subject="New", body="Text.", files=files(), category="invoices"
        ), (opening.open_ticket,),
    ),
    "open about an order": Verb(
        S.OPEN, lambda has, _: about_an_order(has), (opening.open_ticket,),
    ),
    "open for somebody": Verb(
        S.OPEN, lambda has, _: opening.open_ticket(
            has.agent("ada"), subject="New", body="Text.", account_id="1", requester=has.people["lena"]
        ), (opening.open_ticket,),
    ),
    "reply": Verb(
        S.ANSWERED, lambda has, key: replying.reply(key, has.agent("ada"), body="With files.", files=files()),
        (replying.reply, replying.give_answer),
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
    "keep a draft": Verb(
        S.ANSWERED, lambda has, key: drafting.save_draft(key, has.agent("ada"), "reply", body="Half of it."),
        (drafting.save_draft,),
    ),
    "discard a draft": Verb(
        S.ON_ITS_WAY, lambda has, key: drafting.discard_draft(key, has.agent("ada"), "note", seen=1),
        (drafting.discard_draft,),
    ),
    "forget old drafts": Verb(
        S.ON_ITS_WAY, lambda has, _: drafting.forget_old_drafts(has.now + timedelta(days=31)),
        (drafting.forget_old_drafts,), B.STEPS,
    ),
    "send a reply so that it can be undone": Verb(
        S.ANSWERED, lambda has, key: sending.send(
            key, has.agent("ada"), Answer("Done.", Status.RESOLVED, form=key), files=files()
        ), (sending.send,), ahead=let_a_worker_be_seen,
    ),
    "undo a send": Verb(
        S.ON_ITS_WAY, lambda has, key: sending.undo_send(key, has.agent("ada")), (sending.undo_send,)
    ),
    "replies go out": Verb(
        S.GOES_OUT, lambda has, _: sending.send_due(), (sending.send_due, replying.give_answer), B.STEPS
    ),
    "a reply cannot go out": Verb(
        S.CROSSED, lambda has, _: sending.send_due(), (sending.send_due,), B.STEPS
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
    "change tags": Verb(
        S.ANSWERED, lambda has, key: sorting.change_tags(key, has.agent("ada"), add="vip, checkout", remove="robots"),
        (sorting.change_tags,),
    ),
    "several at once": Verb(
        S.ANSWERED, make_two_urgent, (in_bulk.act_on_each,), B.STEPS, lambda host: prepare(host, S.ANSWERED)
    ),
    "change requester": Verb(
        S.RESOLVED, lambda has, key: sorting.change_requester(key, has.agent("ada"), has.people["lena"]),
        (sorting.change_requester,),
    ),
    "correct address": Verb(
        S.ANSWERED, lambda has, key: sorting.correct_address(key, has.agent("ada"), "jerome@new.example"),
        (sorting.correct_address,),
    ),
    "merge": Verb(
        S.ANSWERED, lambda has, key: merging.merge(key, has.agent("ada"), has.other), (merging.merge,),
        ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "link": Verb(
        S.ANSWERED, lambda has, key: linking.link(key, has.agent("ada"), has.other, LinkKind.INCIDENT), (linking.link,),
        ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "unlink": Verb(
        S.LINKED, lambda has, key: linking.unlink(key, has.agent("ada"), has.other), (linking.unlink,),
        ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "split": Verb(
        S.FOLLOWED_UP, lambda has, key: splitting.split_off(key, has.agent("ada"), has.follow_up, subject="Again"),
        (splitting.split_off,),
    ),
    "redact what was split off": Verb(
        S.SPLIT, lambda has, key: redacting.redact(
            key, has.agent("grace"), has.follow_up, secret="second", remove_files=has.files[:1]
        ), (redacting.redact,),
    ),
    "answer cases": Verb(
        S.INCIDENT, lambda has, key: cases.answer_cases(
            key, has.agent("ada"), [cases.ForCase(has.other, "It is restored.")], status=Status.RESOLVED, form=key
        ), (cases.answer_cases,), ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "send to cases": Verb(
        S.INCIDENT_ANSWERED, lambda has, key: cases.send_answers(key, has.agent("ada"), has.case_reply),
        (cases.send_answers,), B.STEPS, lambda host: prepare(host, S.ANSWERED),
    ),
    "send to refused cases anew": Verb(
        S.INCIDENT_REFUSED,
        lambda has, key: cases.send_refused_anew(key, has.agent("ada"), has.case_reply, {has.other: 1}),
        (cases.send_refused_anew,), ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "stop a reply to cases": Verb(
        S.INCIDENT_ANSWERED, lambda has, key: cases.stop_answers(key, has.agent("ada"), has.case_reply),
        (cases.stop_answers,), ahead=lambda host: prepare(host, S.ANSWERED),
    ),
    "a worker sends to cases": Verb(
        S.INCIDENT_ANSWERED, lambda has, _: cases.send_waiting_answers(), (cases.send_waiting_answers,), B.STEPS,
        lambda host: prepare(host, S.ANSWERED),
    ),
    "press a button of the host": Verb(
        S.ANSWERED, lambda has, key: pressed(has, key), (host_buttons.press,), B.STEPS
    ),
    "release": Verb(S.ASIDE, lambda has, key: sorting.release(key, has.agent("ada")), (sorting.release,)),
    "put aside": Verb(S.OPEN, lambda has, key: sorting.put_aside(key, has.agent("ada")), (sorting.put_aside,)),

    "snooze": Verb(
        S.ANSWERED, lambda has, key: snoozing.snooze(key, has.agent("ada"), has.tomorrow), (snoozing.snooze,)
    ),
    "wake": Verb(S.SNOOZED, lambda has, key: snoozing.unsnooze(key, has.agent("ada")), (snoozing.unsnooze,)),

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
        (clock.tick, clock.beat, handing_over.sweep, host_changes.go_on, tidying.sweep, presence.forget),
        B.STEPS, leave_work_for_the_clock,
    ),

    "follow": Verb(S.OPEN, lambda has, key: following.follow(key, has.agent("ada")), (following.follow,)),
    "unfollow": Verb(
        S.FOLLOWED, lambda has, key: following.unfollow(key, has.agent("ada")), (following.unfollow,)
    ),

    "add a follower": Verb(
        S.OPEN, lambda has, key: following.add_follower(key, has.agent("ada"), str(has.ids["cleo"])),
        (following.add_follower,),
    ),
    "remove a follower": Verb(
        S.FOLLOWED, lambda has, key: following.remove_follower(key, has.agent("grace"), str(has.ids["ada"])),
        (following.remove_follower,),
    ),
    "wish": Verb(
        S.OPEN, lambda has, _: preferring.set_preference(has.customer("jerome"), "email", wanted=False),
        (preferring.set_preference, preferring.set_preferences), ahead=lambda host: preferring.set_preference(
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
    "be there": Verb(
        S.OPEN, lambda has, key: presence.say_here(key, has.agent("ada"), writing=True), (presence.say_here,), B.LOOKS
    ),
    "go": Verb(
        S.LOOKED_AT, lambda has, key: presence.say_gone(key, has.agent("ada")), (presence.say_gone,), B.LOOKS
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
    "change the hours": Verb(
        S.OPEN, lambda has, _: hours.change_hours(
            has.agent("grace"), "support", {"zone": "Europe/Berlin", "monday": f"09:00-17:{has.number % 60:02}"}
        ), (hours.change_hours,),
    ),
    "make a target": Verb(
        S.OPEN, lambda has, _: targets.create_target(
            has.agent("grace"), {"plan": f"Plan {has.number}", "queue": "support", "response": "4 h"}
        ), (targets.create_target,),
    ),
    "change a target": Verb(
        S.OPEN, lambda has, _: targets.change_target(
            has.agent("grace"), has.target, {"priority": "urgent", "resolution": f"{has.number + 1} h"}
        ), (targets.change_target,), ahead=make_a_target,
    ),
    "let the host promise": Verb(
        S.OPEN, lambda has, key: promised_by_the_host(has, key), (promising.on_routed, promising.promise_anew)
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
    "save a view": Verb(
        S.OPEN, lambda has, _: saving_views.save_view(
            has.agent("ada"), {"name": f"Urgent {has.number}", "filters": {"priority": "urgent"}, "shared": True}
        ), (saving_views.save_view,), ahead=forget_views,
    ),
    "change a view": Verb(
        S.OPEN, lambda has, _: saving_views.change_view(
            has.agent("grace"), has.view, {"filters": {"queue": "support", "tag": f"t{has.number}"}}
        ), (saving_views.change_view,), ahead=share_views,
    ),
    "move a view": Verb(
        S.OPEN, lambda has, _: saving_views.move_view(has.agent("grace"), has.view, 1),
        (saving_views.move_view,), ahead=share_views,
    ),
    "remove a view": Verb(
        S.OPEN, lambda has, _: saving_views.remove_view(has.agent("grace"), has.view),
        (saving_views.remove_view,), ahead=share_views,
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
    "make a rule": Verb(
        S.OPEN, lambda has, _: rules.create_rule(
            has.agent("grace"), {"name": f"Rule {has.number}", **ON_ROBOTS, "queue": "billing", "add_tags": "robots"}
        ), (rules.create_rule,),
    ),
    "change a rule": Verb(
        S.OPEN, lambda has, _: rules.change_rule(
            has.agent("grace"), has.rule, {"name": f"Robots {has.number}", "stop": True, "any": ON_ROBOTS["all"]}
        ), (rules.change_rule,), ahead=make_a_rule,
    ),
    "move a rule": Verb(
        S.OPEN, lambda has, _: rules.move_rule(has.agent("grace"), has.rule, 1), (rules.move_rule,),
        ahead=put_a_rule_first,
    ),
    "be away": Verb(
        S.OPEN, lambda has, _: agents.say_available(has.agent("ada"), available=False), (agents.say_available,),
        ahead=lambda host: agents.say_available(host.agent("ada"), available=True),
    ),
    "take in": Verb(
        S.OPEN, lambda has, _: taking_in.take_in(), (taking_in.take_in,), B.STEPS, forget_what_was_taken_in
    ),
    "measure older tickets": Verb(
        S.OPEN, lambda has, _: measuring_old.measure_old(), (measuring_old.measure_old,), B.STEPS,
        forget_what_was_measured,
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


AS_OPENED: dict[Stands, Callable[[Host, str, Actor], Any]] = {
    S.OPEN: lambda host, key, ada: None,
    S.FOLLOWED: lambda host, key, ada: following.follow(key, ada),
    S.LOOKED_AT: lambda host, key, ada: presence.say_here(key, ada, writing=False),
    S.ASIDE: lambda host, key, ada: sorting.put_aside(key, ada),
    S.LINKED: lambda host, key, ada: linking.link(key, ada, Ready(host, key).other),
    S.INCIDENT: lambda host, key, ada: linking.link(key, ada, Ready(host, key).other, LinkKind.INCIDENT),
    S.INCIDENT_ANSWERED: lambda host, key, ada: answer_the_case(host, key, ada),
    S.INCIDENT_REFUSED: lambda host, key, ada: be_refused_by_the_case(host, key, ada),
    S.ELSEWHERE: lambda host, key, ada: sorting.change_fields(key, ada, {"queue": "billing"}),
}
"""What is done to a ticket that nobody has answered."""


def prepare(host: Host, before: Stands) -> str:
    """A ticket that stands so; in an app context."""
    ada, jerome = host.agent("ada"), host.customer("jerome")
    ticket_id = opening.open_ticket(jerome, subject="Checkout failing", body="Nobody can pay.").ticket_id
    if before in AS_OPENED:
        AS_OPENED[before](host, ticket_id, ada)
        return ticket_id
    assigning.claim(ticket_id, ada)
    solved = Status.RESOLVED if before in {S.RESOLVED, S.DUE, S.CLOSED, S.LONG_CLOSED} else None
    taken = files() if before is S.NOTED else []
    replying.reply(ticket_id, ada, body="Restored.", status=solved, files=taken)
    if before is S.SNOOZED:
        snoozing.snooze(ticket_id, ada, host.clock() + timedelta(days=1))
    if before in {S.ON_ITS_WAY, S.GOES_OUT, S.CROSSED}:
        put_on_its_way(host, ticket_id, before)
    if before is S.NOTED:
        replying.add_note(ticket_id, ada, body=NOTE)
    if before is S.CLAIMED:
        delivering.claim(WORKER, 1_000)
        host.clock.forward(seconds=10)
    if before in {S.FOLLOWED_UP, S.SPLIT}:
        replying.follow_up(ticket_id, jerome, body="And a second thing.", files=files()[:1])
    if before is S.SPLIT:
        splitting.split_off(ticket_id, ada, Ready(host, ticket_id).follow_up, subject="A second thing")
    if before in {S.CLOSED, S.LONG_CLOSED}:
        replying.confirm_solved(ticket_id, jerome)
    if before in {S.DUE, S.LONG_CLOSED}:
        host.clock.forward(**({"hours": 48} if before is S.DUE else {"days": 31}))
    return ticket_id
