"""The lifecycle row by row, copied by hand: what an act makes of the ticket, who is told how, what the log says.

C is Jerome, who asked. A is Ada, where the ticket is hers. Q are Ada, Cleo and Grace, who cover its queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update

from flask_sgsupport.errors import SupportError
from flask_sgsupport.hooks import Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import AgentCoverage, Delivery, Event, Message, Ticket
from flask_sgsupport.services import assigning, opening, rating, redacting, replying, sorting, status
from flask_sgsupport.services.clock import tick
from tests.world import Host

NEW = {"subject": "Checkout failing on Canvas Tote", "body": "Nobody can pay since this afternoon."}
HOURS_48 = "48 hours from the act"
NOW = "the moment of the act"


@dataclass
class Scene:
    """A desk with one ticket, and the verbs of the people in it."""

    host: Host
    ticket_id: str = ""

    def agent(self, who: str) -> Any:
        return self.host.agent(who)

    def customer(self, who: str = "jerome") -> Any:
        return self.host.customer(who)

    def routed(self, **answer: Any) -> None:
        self.host.support.route(lambda draft: Routed(**answer))

    def open(self) -> None:
        self.ticket_id = opening.open_ticket(self.customer(), **NEW).ticket_id

    def note_key(self) -> str:
        return self.message("internal-note")

    def message(self, kind: str) -> str:
        wanted = select(Message.key).where(Message.kind == kind).order_by(Message.pk.desc()).limit(1)
        return self.host.db.session.scalars(wanted).one()

    def mails(self, state: str) -> None:
        columns = {"failed": {"error": "550"}, "sent": {"attempts": 1, "sent_at": self.host.clock.at}}.get(state, {})
        self.host.db.session.execute(update(Delivery).where(Delivery.channel == "email").values(state=state, **columns))
        self.host.db.session.commit()


def nothing_yet(s: Scene) -> None:
    """Before it is opened."""


def new(s: Scene) -> None:
    s.open()


def adas(s: Scene) -> None:
    s.open()
    assigning.claim(s.ticket_id, s.agent("ada"))


def answered(s: Scene) -> None:
    adas(s)
    replying.reply(s.ticket_id, s.agent("ada"), body="Look again, please.")


def answered_unclaimed(s: Scene) -> None:
    s.open()
    replying.reply(s.ticket_id, s.agent("ada"), body="Look again, please.")


def noted(s: Scene) -> None:
    adas(s)
    replying.add_note(s.ticket_id, s.agent("ada"), body="The gateway was down.")


def resolved(s: Scene) -> None:
    answered(s)
    status.set_status(s.ticket_id, s.agent("ada"), Status.RESOLVED)


def unreached(s: Scene) -> None:
    resolved(s)
    s.mails("failed")


def held(s: Scene) -> None:
    unreached(s)
    tick()


def closed(s: Scene) -> None:
    resolved(s)
    replying.confirm_solved(s.ticket_id, s.customer())


def closed_long_ago(s: Scene) -> None:
    closed(s)
    s.host.clock.forward(days=31)


def closed_and_ada_gone(s: Scene) -> None:
    closed(s)
    s.host.db.session.execute(delete(AgentCoverage).where(AgentCoverage.agent_pk == s.agent("ada").agent_pk))
    s.host.db.session.commit()


def filtered(s: Scene) -> None:
    s.routed(filtered="looks like spam")
    s.open()


def put_aside(s: Scene) -> None:
    answered(s)
    sorting.put_aside(s.ticket_id, s.agent("ada"))


def withdrawn(s: Scene) -> None:
    filtered(s)
    status.withdraw(s.ticket_id, s.customer())


def on_behalf(s: Scene) -> None:
    person = s.host.desk.hooks.directory.person(str(s.host.ids["jerome"]))
    s.ticket_id = opening.open_ticket(s.agent("ada"), account_id="1", requester=person, **NEW).ticket_id


def opened_for_ada(s: Scene) -> None:
    s.routed(assignee=str(s.host.ids["ada"]))
    s.open()


@dataclass(frozen=True)
class Line:
    """One line of the table: given, act, then what it leaves."""

    row: str
    given: Callable[[Scene], None]
    act: Callable[[Scene], Any]
    state: str
    told: str = ""
    log: str = ""
    columns: Mapping[str, Any] = field(default_factory=dict)


STAFF_S_TURN = {"waiting_on": "staff", "addressed": False}
CUSTOMER_S_TURN = {"waiting_on": "customer", "addressed": True}
CLOCK_RUNS = {"auto_close_at": HOURS_48, "hold_reason": None}
OPEN_AGAIN = {"auto_close_at": None, "resolved_at": None, "closed_at": None, "close_reason": None}
CONFIRMED = {"closed_at": NOW, "close_reason": "customer_confirmed", "auto_close_at": None}
EVERYBODY = "Ada bell+e-mail, Cleo bell+e-mail, Grace bell+e-mail"


def by(who: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An act that is nothing but a verb with a ticket and an actor."""

    def bound(verb: Callable[..., Any], **more: Any) -> Callable[[Scene], Any]:
        return lambda s: verb(s.ticket_id, s.customer(who) if who in {"jerome", "lena"} else s.agent(who), **more)

    return bound


def visibility(who: str, kind: str, *, public: bool) -> Callable[[Scene], Any]:
    return lambda s: replying.change_visibility(s.ticket_id, s.agent(who), s.message(kind), public=public)


def assign(who: str, to: str) -> Callable[[Scene], Any]:
    return lambda s: assigning.assign(s.ticket_id, s.agent(who), str(s.host.ids[to]))


def to_lena(s: Scene) -> None:
    person = s.host.desk.hooks.directory.person(str(s.host.ids["lena"]))
    sorting.change_requester(s.ticket_id, s.agent("ada"), person)


def time_passes(s: Scene) -> None:
    s.mails("sent")
    s.host.clock.forward(hours=48)
    tick()


jerome, lena, ada, cleo, grace = (by(who) for who in ("jerome", "lena", "ada", "cleo", "grace"))

# fmt: off
LINES = (
    Line("L1 the customer opens", nothing_yet, Scene.open, "open", f"C e-mail, {EVERYBODY}",
         "ticket.opened, ticket.routed", STAFF_S_TURN),
    Line("L1 an agent opens on behalf", nothing_yet, on_behalf, "open",
         "C e-mail, Cleo bell+e-mail, Grace bell+e-mail", "ticket.opened, ticket.routed"),
    Line("L1 a rule assigns", nothing_yet, opened_for_ada, "open", "C e-mail, Ada bell+e-mail",
         "ticket.opened, ticket.routed, assignee.changed"),
    Line("L2 a filter matches", nothing_yet, filtered, "open", "", "ticket.opened, ticket.routed, ticket.filtered",
         {"filtered_reason": "looks like spam"}),
    Line("L2 put aside by hand", new, ada(sorting.put_aside, reason="spam"), "open", "", "ticket.filtered",
         {"filtered_reason": "spam"}),
    Line("L3 released, no receipt yet", filtered, ada(sorting.release), "open",
         "C e-mail, Cleo bell+e-mail, Grace bell+e-mail", "ticket.released", {"filtered_reason": None}),
    Line("L3 released, with a receipt", put_aside, grace(sorting.release), "open", "Ada bell+e-mail",
         "ticket.released", {"filtered_reason": None}),
    Line("L4 nobody's", new, jerome(replying.follow_up, body="And?"), "open", EVERYBODY, "message.added",
         STAFF_S_TURN),
    Line("L4 Ada's", answered, jerome(replying.follow_up, body="And?"), "open", "Ada bell+e-mail", "message.added",
         STAFF_S_TURN | {"last_customer_message_at": NOW}),
    Line("L3 by the customer's own follow-up, Ada's", put_aside, jerome(replying.follow_up, body="And?"), "open",
         "Ada bell+e-mail", "message.added, ticket.released", STAFF_S_TURN | {"filtered_reason": None}),
    Line("L3 by a colleague's follow-up, nobody's", filtered, lena(replying.follow_up, body="And?"), "open", EVERYBODY,
         "message.added, ticket.released", STAFF_S_TURN | {"filtered_reason": None}),
    Line("L3 by a follow-up after it was withdrawn", withdrawn, jerome(replying.follow_up, body="And?"), "open",
         EVERYBODY, "message.added, status.changed, ticket.released", OPEN_AGAIN | {"filtered_reason": None}),
    Line("L5", adas, ada(replying.reply, body="Look again."), "open", "C bell+e-mail", "message.added",
         CUSTOMER_S_TURN | {"first_reply_at": NOW}),
    Line("L6 on Ada's", resolved, grace(replying.add_note, body="Watch it."), "resolved", "Ada bell+e-mail",
         "note.added", {"auto_close_at": "unchanged"}),
    Line("L6 by Ada", adas, ada(replying.add_note, body="Watch it."), "open", "", "note.added", STAFF_S_TURN),
    Line("L7", answered, ada(status.set_status, status=Status.RESOLVED), "resolved", "C bell+e-mail",
         "status.changed", CLOCK_RUNS | {"resolved_at": NOW}),
    Line("L7 unclaimed", answered_unclaimed, cleo(status.set_status, status=Status.RESOLVED), "resolved",
         "C bell+e-mail", "status.changed, assignee.changed", CLOCK_RUNS | {"assignee": "cleo"}),
    Line("L7 with the answer", new, ada(replying.reply, body="Done.", status=Status.RESOLVED), "resolved",
         "C bell+e-mail", "message.added, status.changed, assignee.changed", CLOCK_RUNS | {"assignee": "ada"}),
    Line("L7 with the answer, for Cleo", new,
         lambda s: replying.reply(s.ticket_id, s.agent("ada"), body="Done.", status=Status.RESOLVED,
                                  assignee=str(s.host.ids["cleo"])),
         "resolved", "C bell+e-mail, Cleo bell+e-mail", "message.added, assignee.changed, status.changed",
         CLOCK_RUNS | {"assignee": "cleo"}),
    Line("L8", resolved, jerome(replying.confirm_solved), "closed", "Ada bell+e-mail", "status.changed", CONFIRMED),
    Line("L8 by a colleague", resolved, lena(replying.confirm_solved, body="Thanks!"), "closed",
         "C bell, Ada bell+e-mail", "message.added, status.changed", CONFIRMED | {"reopen_count": 0}),
    Line("L9", resolved, time_passes, "closed", "C bell+e-mail, Ada bell", "status.changed",
         {"close_reason": "no_reply", "auto_close_at": None}),
    Line("L10", resolved, grace(replying.close_with_confirmation, note="He said so on the phone."), "closed",
         "C bell+e-mail", "note.added, confirmation.recorded, status.changed", CONFIRMED),
    Line("L11", resolved, jerome(replying.follow_up, body="Fails."), "open", "Ada bell+e-mail",
         "message.added, status.changed", OPEN_AGAIN | STAFF_S_TURN | {"reopen_count": 1, "assignee": "ada"}),
    Line("L11 by a colleague", resolved, lena(replying.still_need_help), "open", "C bell, Ada bell+e-mail",
         "status.changed", OPEN_AGAIN | STAFF_S_TURN | {"reopen_count": 1}),
    Line("L12", resolved, ada(replying.reply, body="One more thing."), "resolved", "C bell+e-mail",
         "message.added, timer.restarted", CLOCK_RUNS | CUSTOMER_S_TURN),
    Line("L13", resolved, grace(status.set_status, status=Status.OPEN), "open", "C bell, Ada bell", "status.changed",
         OPEN_AGAIN | CUSTOMER_S_TURN | {"reopen_count": 0}),
    Line("L13 with a reply", resolved, ada(replying.reply, body="I look again.", status=Status.OPEN), "open",
         "C bell+e-mail", "message.added, status.changed", OPEN_AGAIN | CUSTOMER_S_TURN),
    Line("L14", closed, grace(status.reopen, reason="news"), "open", "C bell+e-mail, Ada bell+e-mail",
         "status.changed", OPEN_AGAIN | CUSTOMER_S_TURN | {"reopen_count": 1, "assignee": "ada"}),
    Line("L14 Ada covers it no more", closed_and_ada_gone, grace(status.reopen), "open",
         "C bell+e-mail, Cleo bell+e-mail", "status.changed, assignee.changed", {"assignee": None}),
    Line("L15", closed, jerome(replying.follow_up, body="It is back."), "open", "Ada bell+e-mail",
         "message.added, status.changed", OPEN_AGAIN | STAFF_S_TURN | {"reopen_count": 1}),
    Line("L15 by a colleague", closed, lena(status.reopen), "open", "C bell+e-mail, Ada bell+e-mail",
         "status.changed", OPEN_AGAIN | STAFF_S_TURN),
    Line("L16", closed_long_ago, jerome(replying.follow_up, body="It is back."), "closed",
         f"C bell+e-mail, {EVERYBODY}", "ticket.opened, ticket.routed, ticket.continued_in", {"reopen_count": 0}),
    Line("L17", closed, grace(status.set_status, status=Status.RESOLVED), "resolved",
         "C bell+e-mail, Ada bell", "status.changed",
         CLOCK_RUNS | {"closed_at": None, "close_reason": None, "resolved_at": NOW}),
    Line("L18 Ada's", answered, jerome(status.withdraw), "closed", "Ada bell", "status.changed, status.changed",
         CONFIRMED | {"resolved_at": NOW}),
    Line("L18 nobody's", new, jerome(status.withdraw), "closed", "Ada bell, Cleo bell, Grace bell",
         "status.changed, status.changed", CONFIRMED),
    Line("L18 filtered", filtered, jerome(status.withdraw), "closed", "", "status.changed, status.changed"),
    Line("L19 claimed", new, ada(assigning.claim), "open", "", "assignee.changed", {"assignee": "ada"}),
    Line("L19 assigned", new, assign("grace", "ada"), "open", "Ada bell+e-mail", "assignee.changed"),
    Line("L19 handed on", answered, assign("grace", "cleo"), "open", "Ada bell, Cleo bell+e-mail", "assignee.changed",
         {"assignee": "cleo"}),
    Line("L19 unassigned", closed, grace(assigning.unassign), "closed", "Ada bell", "assignee.changed",
         {"assignee": None}),
    Line("L19 filtered", filtered, ada(assigning.claim), "open", "", "assignee.changed"),
    Line("L20 another queue", answered, grace(sorting.change_fields, changes={"queue": "billing"}), "open",
         "Ada bell, Ben bell+e-mail", "field.changed, assignee.changed", {"assignee": None} | CUSTOMER_S_TURN),
    Line("L20 another priority", closed, ada(sorting.change_fields, changes={"priority": "urgent"}), "closed", "",
         "field.changed", {"priority": "urgent"}),
    Line("L20 another requester", answered, to_lena, "open", "", "field.changed", CUSTOMER_S_TURN),
    Line("L20 another requester of a resolved one", resolved, to_lena, "resolved", "C bell+e-mail",
         "field.changed, timer.restarted", CLOCK_RUNS),
    Line("L20 another requester while it is held", held, to_lena, "resolved", "C bell+e-mail", "field.changed",
         {"auto_close_at": "unchanged", "hold_reason": "jerome@northwind.example: 550"}),
    Line("L21 private to public", noted, visibility("ada", "internal-note", public=True), "open", "C bell+e-mail",
         "message.visibility_changed", CUSTOMER_S_TURN),
    Line("L21 public to private", answered, visibility("ada", "public-reply", public=False), "open", "",
         "message.visibility_changed", STAFF_S_TURN | {"first_reply_at": None}),
    Line("L21 on a resolved one", resolved, visibility("ada", "public-reply", public=False), "resolved", "",
         "message.visibility_changed", {"auto_close_at": "unchanged"}),
    Line("L24 held", unreached, lambda s: tick(), "resolved", "Ada bell", "timer.held",
         {"auto_close_at": "unchanged", "hold_reason": "jerome@northwind.example: 550"}),
    Line("L24 on its way again", held, lambda s: (s.mails("queued"), tick()), "resolved", "", "",
         {"hold_reason": "jerome@northwind.example: 550"}),
    Line("L24 reached after all", held, lambda s: (s.mails("sent"), tick()), "resolved", "", "timer.restarted",
         CLOCK_RUNS),
    Line("L26", noted,
         lambda s: replying.edit_note(s.ticket_id, s.agent("grace"), s.note_key(), body="It is up."), "open", "",
         "note.edited", STAFF_S_TURN),
    Line("L26 redacted", resolved,
         lambda s: redacting.redact(s.ticket_id, s.agent("grace"), s.message("public-reply"), secret="Look"),
         "resolved", "", "message.redacted", {"auto_close_at": "unchanged"}),
    Line("R1 good", resolved, jerome(rating.rate, good=True), "resolved", "", "ticket.rated",
         {"auto_close_at": "unchanged", "addressed": True, "last_customer_message_at": "unchanged"}),
    Line("R1 good, with words", resolved, jerome(rating.rate, good=True, comment="But it still fails!"), "resolved",
         "Ada bell", "ticket.rated", {"auto_close_at": "unchanged"}),
    Line("R1 bad", closed, lena(rating.rate, good=False), "closed", "Ada bell", "ticket.rated",
         {"closed_at": "unchanged"}),
    Line("R1 bad, nobody's", lambda s: (closed(s), assigning.unassign(s.ticket_id, s.agent("grace"))),
         jerome(rating.rate, good=False), "closed", "Ada bell, Cleo bell, Grace bell", "ticket.rated"),
    Line("R1 said again", lambda s: (closed(s), rating.rate(s.ticket_id, s.customer(), good=False)),
         jerome(rating.rate, good=False), "closed", "", "", {"updated_at": "unchanged"}),
)
REFUSED = (
    Line("L7 without an answer", new, ada(status.set_status, status=Status.RESOLVED), "open"),
    Line("L7 its answer hidden", answered,
         lambda s: (visibility("ada", "public-reply", public=False)(s),
                    status.set_status(s.ticket_id, s.agent("ada"), Status.RESOLVED)), "open"),
    Line("L9 too early", resolved, grace(status.set_status, status=Status.CLOSED), "resolved"),
    Line("L25", closed, ada(replying.reply, body="One more."), "closed"),
    Line("R1 while it is open", answered, jerome(rating.rate, good=True), "open"),
    Line("R1 without an answer", lambda s: (new(s), status.withdraw(s.ticket_id, s.customer())),
         jerome(rating.rate, good=False), "closed"),
    Line("R1 by an agent", closed, ada(rating.rate, good=True), "closed"),
    Line("R1 put aside", withdrawn, jerome(rating.rate, good=True), "closed"),
    Line("filtered: reply", filtered, ada(replying.reply, body="Hello."), "open"),
    Line("filtered: reply and resolve", put_aside, ada(replying.reply, body="Hello.", status=Status.RESOLVED), "open"),
    Line("filtered: resolve", put_aside, ada(status.set_status, status=Status.RESOLVED), "open"),
    Line("filtered: make a note public", lambda s: (noted(s), sorting.put_aside(s.ticket_id, s.agent("ada"))),
         visibility("ada", "internal-note", public=True), "open"),
)
# fmt: on


def written(host: Host) -> tuple[int, int]:
    session = host.db.session
    return session.scalar(select(func.max(Event.pk))) or 0, session.scalar(select(func.max(Delivery.pk))) or 0


def told(host: Host, since: int) -> str:
    """Everybody who got something: their first name, or C, and by what; what came twice stands there twice."""
    rows = select(Delivery.recipient_name, Delivery.channel, Delivery.side).where(Delivery.pk > since)
    found: dict[str, list[str]] = {}
    for name, channel, side in host.db.session.execute(rows):
        who = "C" if side == "customer" else name.split()[0]
        found.setdefault(who, []).append(channel.replace("email", "e-mail"))
    order = sorted(found, key=lambda who: (who != "C", who))
    return ", ".join(f"{who} {'+'.join(sorted(found[who]))}" for who in order)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.row)
def test_what_each_row_does(in_app: Host, line: Line) -> None:
    scene = Scene(in_app)
    line.given(scene)
    session = in_app.db.session
    session.rollback()
    before = dict(session.execute(select(Ticket.__table__)).mappings().first() or {})
    session.rollback()
    events, deliveries = written(in_app)
    in_app.clock.forward(minutes=7)
    line.act(scene)
    session.rollback()
    after = session.scalars(select(Ticket).where(Ticket.ticket_id == scene.ticket_id)).one()
    log = session.scalars(select(Event.action).where(Event.pk > events).order_by(Event.pk)).all()
    expected = {"unchanged": before.get, NOW: lambda __: in_app.clock.at}
    for name, value in line.columns.items():
        if name == "assignee":
            name, value = "assignee_pk", in_app.agent(value).agent_pk if value else None
        elif value == HOURS_48:
            value = in_app.clock.at + timedelta(hours=48)
        elif isinstance(value, str) and value in expected:
            value = expected[value](name)
        assert getattr(after, name) == value, name
    assert after.status == line.state
    assert ", ".join(log) == line.log
    assert told(in_app, deliveries) == line.told


@pytest.mark.parametrize("line", REFUSED, ids=lambda line: line.row)
def test_what_is_refused_tells_nobody(in_app: Host, line: Line) -> None:
    scene = Scene(in_app)
    line.given(scene)
    __, deliveries = written(in_app)
    with pytest.raises(SupportError) as refused:
        line.act(scene)
    assert (
        "It waits in Spam / Filtered: release it before you answer or change its status." == str(refused.value)
    ) == line.row.startswith("filtered")
    assert in_app.db.session.scalar(select(Ticket.status)) == line.state
    assert told(in_app, deliveries) == ""
