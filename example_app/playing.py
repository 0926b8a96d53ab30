"""Plays the planned tickets on the desk: by its own verbs, in the order of time, with its clock set to each moment.

Mails of the last hours really go out, where there is a server to take them. Older ones are written as sent, and older
notices as read: nobody was there to send or to read them.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from io import BytesIO
from typing import Any

from flask import current_app
from sqlalchemy import insert, select, update

from example_app.casting import PlannedTicket, Step
from example_app.desk import support
from example_app.files import file_named
from example_app.models import Account, Site, User, db, utc_now
from example_app.seed import AGENTS, LEAD, SEED, TICKETS, UPGRADED, UPGRADED_DAYS, UPGRADED_FROM, seed_tickets
from example_app.stories import CATEGORIES
from example_app.stories.unusual import unusual_tickets
from flask_sgsupport.actors import Actor, Right, Via
from flask_sgsupport.business_hours import WEEKDAYS
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Category, Delivery, Ticket, TicketRead
from flask_sgsupport.services import agents, assigning, clock, opening, rating, replying, setup, sorting, status
from flask_sgsupport.services.agents import Covers
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.conversation import Said
from flask_sgsupport.services.hours import change_hours
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.targets import create_target
from flask_sgsupport.worker.jobs import drain

SENT_FOR_REAL = timedelta(hours=6)
READ_AFTER = timedelta(days=1)
SIGNATURES = {
    "Support": "Canvas Commerce support\nWeekdays from 8 to 18 UTC",
    "Billing": "Canvas Commerce billing\nQuestions about an invoice? Name its number.",
}
HOURS = {
    "Support": {
        "zone": "UTC",
        **dict.fromkeys(WEEKDAYS[:5], "08:00-18:00"),
        "holidays": "12-25 Christmas\n01-01 New Year",
    }
}
TARGETS: Sequence[Mapping[str, str]] = (
    {"queue": "Support", "priority": "urgent", "response": "1 h", "next_response": "4 h", "resolution": "16 h"},
    {"queue": "Support", "response": "20 h", "next_response": "30 h", "resolution": "80 h"},
    {"queue": "Billing", "response": "48 h", "next_response": "72 h"},
)
MACROS: Mapping[str, Mapping[str, str]] = {
    "Ask for a picture": {
        "body": "Hello {{requester.first_name}},\n\ncould you send a picture of what you see on {{site.name}}? It goes "
        "with your answer, as a file.\n\nBest regards\n{{agent.name}}",
    },
    "Domain: where to point it": {
        "body": "Hello {{requester.first_name}},\n\nat the company that sold you the domain, set these two records:\n\n"
        "- `@`, type A: 192.0.2.10\n- `www`, type CNAME: shops.canvas.example\n\n"
        "It takes up to a day until every browser knows.\n\nBest regards\n{{agent.name}}",
        "category": "domains-and-e-mail",
    },
    "Refund is on its way": {
        "body": "Hello {{requester.first_name}},\n\nwe have paid it back to the card it came from; your bank shows "
        "it within five days. {{account.name}} need not do anything.\n\nBest regards\n{{agent.name}}",
        "add_tags": "refund",
        "note": "Refunded to the card of {{account.name}}.",
        "status": "resolved",
    },
    "Hand to billing": {"queue": "billing", "priority": "high"},
}
"""By name; the first three are canned replies, the last one only does something."""


def seed_desk(*, count: int = TICKETS, now: datetime | None = None, mail: bool = False) -> Iterator[str]:
    """Set the desk up and fill it, and say line by line what was written.

    Where somebody has set it up already, it only brings the tables up to date.

    :param count: how many of the usual tickets; the unusual ones come on top.
    :param mail: there is a mail server, so mails of the last hours go out.
    """
    desk = current_app.extensions["sgsupport"]
    before = desk.now
    lead = db.session.scalars(select(User).where(User.email == LEAD)).one()
    setup.initialise(desk.hooks.directory.person(str(lead.id)))
    if db.session.scalar(select(Category.pk).limit(1)) or db.session.scalar(select(Ticket.pk).limit(1)):
        return
    player = _Player((now or utc_now()).replace(microsecond=0), mail=mail)
    try:
        yield player.set_up()
        yield from player.play(count)
    finally:
        desk.now = before


def slug(name: str) -> str:
    """The key of a queue or category of that name."""
    return "-".join(name.lower().split())


class _Player:
    """Carries acts out, one after the other."""

    def __init__(self, now: datetime, *, mail: bool) -> None:
        self.now, self.mail = now, mail
        self.rng = random.Random(SEED)  # the same files every time
        self.users = {user.email: user.id for user in db.session.scalars(select(User))}
        self.site_ids = {site.domain: str(site.id) for site in db.session.scalars(select(Site))}
        self.account_ids = {account.name: str(account.id) for account in db.session.scalars(select(Account))}
        self.numbers: dict[int, str] = {}
        self.notes: dict[str, str] = {}
        self.seen: dict[tuple[str, str], datetime] = {}
        self._actors: dict[tuple[str, Via], Actor] = {}

    def at(self, moment: datetime) -> None:
        """Set the desk's clock."""
        current_app.extensions["sgsupport"].now = lambda: moment

    def actor(self, email: str, via: Via | None = None) -> Actor:
        """Somebody by their address: an agent in the inbox, an operator in the panel."""
        via = via or (Via.INBOX if email in AGENTS else Via.PANEL)
        if (email, via) not in self._actors:
            make = support.agent if email in AGENTS else support.customer
            self._actors[email, via] = make(self.users[email]).through(via)
        return self._actors[email, via]

    def set_up(self) -> str:
        """Queues, categories, macros, agents."""
        self.at(self.now - timedelta(days=91))
        directory = current_app.extensions["sgsupport"].hooks.directory
        lead = self.actor(LEAD)
        for queue, signature in SIGNATURES.items():
            fields = {
                "name": queue,
                "from_name": f"Canvas {queue}",
                "from_address": f"{slug(queue)}@canvas.example",
                "signature": signature,
            }
            change = setup.change_queue if queue == setup.FIRST_NAME else setup.create_queue
            change(lead, slug(queue), fields)
        for queue, week in HOURS.items():
            change_hours(lead, slug(queue), week)
        for target in TARGETS:
            create_target(lead, {**target, "queue": slug(target["queue"])})
        for category, queue in CATEGORIES.items():
            setup.create_category(lead, slug(category), {"name": category, "queue": slug(queue)})
        for name, values in MACROS.items():
            create_macro(lead, {"name": name, **values}, shared=True)
        for email, place in AGENTS.items():
            person = directory.person(str(self.users[email]))
            agents.grant_agent(
                lead,
                person,
                rights={Right.HANDLE, *place.rights},
                public_name=person.name.split()[0],
                covers=Covers(queues=tuple(map(slug, place.queues))),
            )
        numbers = (len(SIGNATURES), len(CATEGORIES), len(MACROS), len(AGENTS))
        return "{} queues, {} categories, {} macros, {} agents".format(*numbers)

    def play(self, count: int) -> Iterator[str]:
        """Every ticket and its steps, in the order of time."""
        planned: list[PlannedTicket] = []
        seed_tickets(planned.append, count=count, now=self.now)
        planned += unusual_tickets(self.now)
        acts: list[tuple[datetime, Callable[[], object]]] = []
        for number, ticket in enumerate(planned):
            acts.append((ticket.opened_at, partial(self.open, number, ticket)))
            acts += [(step.at, partial(self.carry_out, number, ticket, step)) for step in ticket.steps]
        upgraded_at = self.now - timedelta(days=UPGRADED_DAYS)
        plan = self._set_plan(UPGRADED_FROM)
        acts.append((upgraded_at, lambda: self._set_plan(plan)))
        # So that what is due is marked when it is due: each day, and in the last week each hour.
        looks = [timedelta(days=days) for days in range(7, 90)] + [timedelta(hours=hours) for hours in range(1, 168)]
        acts += [(self.now - ago, partial(clock.tick, self.now - ago)) for ago in looks]
        acts.sort(key=lambda act: act[0])
        opened = 0
        for moment, act in acts:
            self.at(moment)
            act()
            if moment > self.now - SENT_FOR_REAL:
                self.send(moment)
            if len(self.numbers) >= opened + 50:
                opened = len(self.numbers)
                yield f"{opened} of {len(planned)} tickets"
        self.at(self.now)
        self.send(self.now)
        clock.tick(self.now)
        self._mark_read()
        yield f"{len(planned)} tickets, {len(acts) - len(looks)} acts"

    def open(self, number: int, ticket: PlannedTicket) -> None:
        """Open it as its operator, or as the agent of its first step on the operator's behalf."""
        site = ticket.sites[0]
        web = ticket.channel == "web"
        on_behalf = ticket.channel == "on-behalf"
        actor = self.actor(ticket.steps[0].actor or "") if on_behalf else self.actor(ticket.requester, Via.PANEL)
        files = [Upload(name, BytesIO(file_named(name, self.rng, site))) for name in ticket.files]
        opened = opening.open_ticket(
            actor,
            subject=ticket.subject,
            body=ticket.body,
            account_id=self.account_ids[ticket.account],
            requester=self.actor(ticket.requester).person if on_behalf else None,
            # A mail names no category; whoever takes the ticket does.
            category=slug(ticket.category) if web or CATEGORIES[ticket.category] != "Support" else None,
            site_ids=[self.site_ids[site]] if ticket.channel != "email" else [],
            files=files,
            page=f"/sites/{self.site_ids[site]}" if web else "",
        )
        self.numbers[number] = opened.ticket_id
        self._saw(opened.ticket_id, actor, ticket.opened_at)

    def carry_out(self, number: int, ticket: PlannedTicket, step: Step) -> None:
        """Do one step."""
        if step.actor is None:
            clock.tick(step.at)
            return
        ticket_id = self.numbers[number]
        actor = self.actor(step.actor, None if step.actor in AGENTS else Via.PANEL)
        said = VERBS[step.action](self, ticket, ticket_id, actor, step.body)
        if isinstance(said, Said):
            self.numbers[number] = said.ticket_id
            if step.action == "note":
                self.notes[ticket_id] = said.message or ""
        self._saw(self.numbers[number], actor, step.at)

    def send(self, moment: datetime) -> None:
        """What is due by now goes out; what is older than the last hours is written as sent."""
        old = (Delivery.channel == "email", Delivery.state == "queued", Delivery.created_at < self.now - SENT_FOR_REAL)
        in_app = select(User.id).where(User.contact_preference == "in-app")
        unwanted = Delivery.recipient_id.in_([str(id_) for id_ in db.session.scalars(in_app)])
        cancelled = {"state": "cancelled", "error": "prefers in-app notifications"}
        db.session.execute(update(Delivery).where(*old, unwanted).values(cancelled))
        db.session.execute(update(Delivery).where(*old).values(state="sent", sent_at=Delivery.created_at, attempts=1))
        db.session.commit()
        if self.mail:
            drain()

    def _saw(self, ticket_id: str, actor: Actor, at: datetime) -> None:
        if actor.person:
            self.seen[ticket_id, actor.person.id] = at

    def _set_plan(self, plan: str) -> str:
        """Write the plan of the account that changed it, and return the one before."""
        upgraded = db.session.scalars(select(Account).where(Account.name == UPGRADED)).one()
        before, upgraded.plan = upgraded.plan, plan
        db.session.commit()
        return before

    def _mark_read(self) -> None:
        """Whoever did something on a ticket has read it until then; everybody has read what is older."""
        everybody: dict[str | None, list[str]] = {}
        for user in db.session.scalars(select(User).where(User.active)):
            if user.is_staff or user.may_ask_support:
                everybody.setdefault(str(user.account_id) if user.account_id else None, []).append(str(user.id))
        pks = {}
        for ticket in db.session.scalars(select(Ticket)):
            pks[ticket.ticket_id] = ticket.pk
            if ticket.updated_at < self.now - READ_AFTER:
                for person_id in everybody[ticket.account_id] + everybody[None]:
                    self.seen[ticket.ticket_id, person_id] = ticket.updated_at
        rows = [
            {"ticket_pk": pks[ticket_id], "host_id": who, "read_at": at} for (ticket_id, who), at in self.seen.items()
        ]
        if rows:
            db.session.execute(insert(TicketRead), rows)
        seen_at = select(TicketRead.read_at).where(
            TicketRead.ticket_pk == Delivery.ticket_pk,
            TicketRead.host_id == Delivery.recipient_id,
            TicketRead.read_at >= Delivery.created_at,
        )
        bells = update(Delivery).where(Delivery.channel == "bell", Delivery.read_at.is_(None), seen_at.exists())
        db.session.execute(
            bells.values(read_at=seen_at.scalar_subquery()), execution_options={"synchronize_session": False}
        )
        db.session.commit()


def _claim(player: _Player, ticket: PlannedTicket, ticket_id: str, actor: Actor, _words: str) -> None:
    """Take it, or have it assigned where the right is missing; whoever has it files it."""
    if Right.ASSIGN in actor.rights:
        assigning.claim(ticket_id, actor)
    elif actor.person:
        assigning.assign(ticket_id, player.actor(LEAD), actor.person.id)
    changes = {"category": slug(ticket.category)} | ({"tags": ", ".join(ticket.tags)} if ticket.tags else {})
    if ticket.priority != "normal":
        changes["priority"] = ticket.priority
    sorting.change_fields(ticket_id, actor, changes)


def _set_from(_player: _Player, ticket: PlannedTicket, _ticket_id: str, actor: Actor, words: str) -> None:
    setup.change_queue(actor, slug(CATEGORIES[ticket.category]), {"from_address": words})


VERBS: Mapping[str, Callable[[_Player, PlannedTicket, str, Actor, str], Any]] = {
    "claim": _claim,
    "reply": lambda p, t, id_, actor, words: replying.reply(id_, actor, body=words),
    "resolve": lambda p, t, id_, actor, words: replying.reply(id_, actor, body=words, status=Status.RESOLVED),
    "note": lambda p, t, id_, actor, words: replying.add_note(id_, actor, body=words),
    "follow-up": lambda p, t, id_, actor, words: replying.follow_up(id_, actor, body=words),
    "confirm": lambda p, t, id_, actor, words: replying.confirm_solved(id_, actor, body=words),
    "reopen": lambda p, t, id_, actor, words: replying.still_need_help(id_, actor, body=words),
    "withdraw": lambda p, t, id_, actor, words: status.withdraw(id_, actor),
    "record-close": lambda p, t, id_, actor, words: replying.close_with_confirmation(id_, actor, note=words),
    "rate-good": lambda p, t, id_, actor, words: rating.rate(id_, actor, good=True, comment=words or None),
    "rate-bad": lambda p, t, id_, actor, words: rating.rate(id_, actor, good=False, comment=words or None),
    "address": lambda p, t, id_, actor, words: sorting.correct_address(id_, actor, words),
    "assign": lambda p, t, id_, actor, words: assigning.assign(id_, actor, str(p.users[words])),
    "move": lambda p, t, id_, actor, words: sorting.change_fields(id_, actor, {"queue": slug(words)}),
    "publish": lambda p, t, id_, actor, words: replying.change_visibility(id_, actor, p.notes[id_], public=True),
    "put-aside": lambda p, t, id_, actor, words: sorting.put_aside(id_, actor, words),
    "set-from": _set_from,
}
"""What each action of a step is on the desk."""
