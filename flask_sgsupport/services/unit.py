"""What one act collects while it goes on: its ticket, history, deliveries and what is told after the commit."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from blinker import Signal
from sqlalchemy import func, insert, null, or_, select, update
from sqlalchemy.orm import Session

from .. import signals
from ..actors import Actor, Person, Side
from ..errors import NotAllowed, NotFound, StaleTicket
from ..hooks import Subject
from ..i18n import gettext as _
from ..lifecycle import Facts, Limits
from ..models import (
    Agent,
    Delivery,
    Follower,
    Message,
    PersonRecord,
    Queue,
    Rule,
    Ticket,
    TicketSite,
    TicketSubject,
    TicketTag,
    table_of,
)
from ..notifications import BELL, BY_NAME, NOTICES, Notice, People, Planned, Recipient, plan
from ..payloads import TicketFacts, envelope, ticket_record
from ..permissions import covering, granted_to, visible_to
from ..settings import State
from .about import subjects_on
from .audience import Lazily, colleagues, has_colleagues, queue_members, refused_in, switched_off_by
from .auditing import apart, desk_chain, lengthen, write_entries
from .due_times import settle
from .host_session import after_commit
from .inserting import insert_missing
from .measuring import Measures, measure, write_measures
from .standing import Standing, Standings, ask_about

BIND = {"mapper": Ticket}
"""Passed wherever SQLAlchemy could not tell the engine from the statement, so that a bind key is honoured."""


@dataclass(frozen=True, slots=True)
class Names:
    """Who did it, as colleagues read it and as customers do, who learn an agent's public name only."""

    inside: str
    public: str


NOBODY = Names("", "")
"""Where it was nobody's doing: the words of the notice say what did it."""


@dataclass(slots=True)
class Loaded:
    """A ticket for writing, with what its payloads and notices need.

    :param me: the agent who acts, where it is one.
    :param candidate: the active agent `load` was asked for besides.
    :param reaching: keys of those, of assignee and candidate, whose coverage reached the ticket when it was loaded.
    :param said: what the column gave that `load` was asked for besides.
    :param members: those of the queue, where they were read with it.
    :param rules: the revision of the desk's rules; ``None`` where there is none.
    :param followers: active agents who follow it.
    :param colleagues: those of the requester who follow it.
    :param placed: queue and priority by which its times were found.
    :param subjects: what it is about in the host.
    :param told: host's ids of agents and channels by which the act has told them what matters most.
    """

    ticket: Ticket
    queue: Queue
    assignee: Agent | None
    sites: list[str]
    refused: dict[str, frozenset[str]]
    me: Agent | None = None
    candidate: Agent | None = None
    reaching: Collection[int] = ()
    said: Any = None
    members: Sequence[Recipient] | None = None
    rules: int | None = None
    followers: Sequence[Agent] = ()
    colleagues: Sequence[Recipient] = ()
    placed: tuple[int, str] | None = None
    told: Collection[tuple[str, str]] = ()
    subjects: Sequence[Subject] = ()

    def facts(self, unit: Unit, **more: Any) -> Facts:
        """What the lifecycle wants to know of it; ``more`` is what the act itself brings."""
        return replace(Facts.of(self.ticket, now=unit.now, limits=unit.limits), **more)

    def record(self) -> dict[str, Any]:
        """The published record of the ticket as it is now."""
        ticket = self.ticket
        return ticket_record(
            TicketFacts(
                ticket_id=ticket.ticket_id,
                account_id=ticket.account_id,
                sites=self.sites,
                requester=ticket.requester_email or ticket.requester_name,
                subject=ticket.subject,
                status=ticket.status,
                priority=ticket.priority,
                queue=self.queue.key,
                assigned_to=agent_address(self.assignee),
                created_at=ticket.created_at,
                subjects=[(one.kind, one.key, one.title) for one in self.subjects],
            )
        )

    def envelope(self, unit: Unit) -> dict[str, Any]:
        """The envelope of an act on it."""
        return envelope(site=self.sites[0] if self.sites else None, actor=unit.actor.email, at=unit.now)


def agent_address(agent: Agent | None) -> str | None:
    """How an agent stands in published payloads."""
    return None if agent is None else agent.email or agent.name


def digest_of(person: Person) -> str:
    """What tells the record of a person as they are now from those of others, and of earlier."""
    return hashlib.sha256("\x00".join((person.id, person.display_name, person.email or "")).encode()).hexdigest()


class Unit:
    """One unit of work: rows are added as the act goes on, history and deliveries are written at its end."""

    def __init__(self, host: State, session: Session, actor: Actor, form_said: str | None = None) -> None:
        self.host = host
        self.session = session
        self.actor = actor
        self.form_said = form_said
        self.now: datetime = host.now()
        self._events: list[tuple[Ticket | None, dict[str, Any]]] = []
        self._of_the_desk: list[dict[str, Any]] = []
        self._texts: list[tuple[Ticket | None, dict[str, Any]]] = []
        self._deliveries: list[tuple[Loaded, Message | None, dict[str, Any]]] = []
        self._retold: list[tuple[Loaded, dict[str, Any]]] = []
        self._seen_to: dict[int, Loaded] = {}
        self._people: dict[str, int | None] = {}
        self._told: list[tuple[Signal, Any]] = []
        self.loaded: list[Loaded] = []
        """The tickets this unit of work is about."""
        self.standings: Standings = {}
        """What was asked of the host before the unit began."""
        self.in_snapshot = False
        """Whether it joined a transaction of the host's that sees what was there when it began, as MariaDB's do."""

    @property
    def limits(self) -> Limits:
        """The settings the lifecycle depends on."""
        return Limits.of(self.host.settings)

    def ask(self, signal: Signal, payload: Any) -> None:
        """Let receivers veto.

        :raises Vetoed: with the sentence of the first that does.
        """
        signals.ask(signal, self.host.app, payload)

    def standing(self, host_id: str) -> Standing | None:
        """What the host says of an agent; asked now only where another one has come between."""
        if host_id not in self.standings:
            self.standings[host_id] = ask_about(host_id)
        return self.standings[host_id]

    def tell(self, signal: Signal, payload: Any) -> None:
        """Send a signal once the outermost transaction is committed.

        :param payload: or a function that makes it when the act is over.
        """
        self._told.append((signal, payload))

    def person_pk(self, person: Person | None) -> int | None:
        """The record of a person as they are now, made where it is new."""
        if person is None:
            return None
        self.meet([person])
        return self._people[digest_of(person)]

    def meet(self, people: Iterable[Person]) -> None:
        """Read the records of these people as they are now, and make those that are new in one statement."""
        digests = {digest_of(person): person for person in people}
        for digest, person in digests.items():
            if digest not in self._people:
                self._people[digest] = self.session.scalar(select(record_of(person)), bind_arguments=BIND)
        # In one order: two who make the same rows at once wait for each other once.
        new = sorted(digest for digest in digests if self._people[digest] is None)
        if not new:
            return
        rows = [
            {
                "digest": digest,
                "host_id": digests[digest].id,
                "name": digests[digest].display_name[:200],
                "email": digests[digest].email,
                "seen_at": self.now,
            }
            for digest in new
        ]
        known = (PersonRecord.digest, PersonRecord.pk)
        self._people |= dict(insert_missing(self.session, PersonRecord, rows, returning=known))
        if any(self._people[digest] is None for digest in new):
            # A locking read: in a snapshot of the host's, another's row would stay invisible on MariaDB.
            wanted = select(*known).where(PersonRecord.digest.in_(new)).with_for_update(read=True)
            self._people |= {digest: pk for digest, pk in self.session.execute(wanted)}

    def knows(self, people: Iterable[Person], pks: Iterable[int | None]) -> None:
        """Take in what another statement has read: records of people as they are now, or that there is none."""
        self._people |= {digest_of(person): pk for person, pk in zip(people, pks, strict=True)}

    def record(
        self,
        ticket: Ticket | None,
        action: str,
        *,
        field: str = "",
        old: str | None = None,
        new: str | None = None,
        old_person_pk: int | None = None,
        new_person_pk: int | None = None,
        by: Actor | None = None,
        **data: Any,
    ) -> None:
        """Add an entry to the audit log. What of it are words, its action says; names of people are records.

        :param old_person_pk: the record of who it was, where it is about somebody; see `models.telling`.
        :param by: whose doing it was, where that is not this actor.
        """
        actor = by or self.actor
        said, text = apart(action, old, new, data)
        entry = {
            "at": self.now,
            "side": str(actor.side),
            "person_pk": self.person_pk(actor.person),
            "acting_pk": self.person_pk(actor.person.acting) if actor.person else None,
            "label": actor.label,
            "via": str(actor.via),
            "action": action,
            "field": field,
            "old_person_pk": old_person_pk,
            "new_person_pk": new_person_pk,
            "request_id": actor.request_id,
            **said,
        }
        if text is not None:
            self._texts.append((ticket, text))
        if ticket is None:
            self._of_the_desk.append(entry)
        else:
            self._events.append((ticket, lengthen(ticket, entry)))

    def notify(
        self,
        loaded: Loaded,
        names: Sequence[str],
        *,
        message: Message | None = None,
        people: People | None = None,
        by: Names | None = None,
        **data: Any,
    ) -> Collection[tuple[str, str]]:
        """Write the deliveries of these notices, one act being one notification a person and channel.

        :param by: who is said to have acted, where that is not this actor.
        :returns: who was told, by host's id and channel.
        """
        if loaded.ticket.filtered_reason is not None:
            return ()
        actor_id = self.actor.person.id if self.actor.person else None
        deliveries = [
            one
            for one in plan(names, people or self.people(loaded), actor_id=actor_id)
            if one.notice.side is Side.CUSTOMER or (one.recipient.id, one.channel) not in loaded.told
        ]
        once = {BY_NAME[name] for name in names if BY_NAME[name].once}
        waiting = {notice: self.retell(loaded, notice, by=by, **data) for notice in once}
        for planned in deliveries:
            if planned.recipient.id not in waiting.get(planned.notice, ()):
                self.deliver(loaded, planned, message=message, by=by, **data)
        return {(planned.recipient.id, planned.channel) for planned in deliveries}

    def retell(self, loaded: Loaded, notice: Notice, *, by: Names | None = None, **data: Any) -> set[str]:
        """Put a line that says how it is now in the place of each that waits unread; nobody is rung by it.

        :returns: the host's ids of those for whom one waited.
        """
        # A locking read: what somebody reads this moment waits no more, and a snapshot of the host's would not tell.
        unread = (
            select(Delivery.pk, Delivery.recipient_id, Delivery.recipient_name)
            .where(
                Delivery.ticket_pk == loaded.ticket.pk,
                Delivery.notice == notice.name,
                Delivery.channel == BELL,
                Delivery.state == "sent",
                Delivery.read_at.is_(None),
            )
            .with_for_update()
        )
        waiting = self.session.execute(unread).all()
        if waiting:
            old = update(Delivery).where(Delivery.pk.in_([row.pk for row in waiting])).values(state="cancelled")
            self.session.execute(old, execution_options={"synchronize_session": False})
        for row in waiting:
            planned = Planned(notice, BELL, Recipient(row.recipient_id, row.recipient_name))
            self._retold.append((loaded, self._row(planned, by, data)))
        return {row.recipient_id for row in waiting}

    def _said(self, planned: Planned, by: Names | None, data: Mapping[str, Any]) -> str:
        """What a delivery keeps for the words of its notice."""
        if by is None:
            by = Names(self.actor.name, self.actor.public_name) if self.actor.person else NOBODY
        name = by.inside if planned.notice.side is Side.AGENT else by.public
        follows = {"follows": True} if planned.recipient.follows else {}
        topic = {"topic": planned.topic} if planned.topic else {}
        return json.dumps({"by": name, **data, **follows, **topic}, ensure_ascii=False)

    def deliver(
        self,
        loaded: Loaded,
        planned: Planned,
        *,
        message: Message | None = None,
        by: Names | None = None,
        **data: Any,
    ) -> None:
        """Write one delivery; an in-app one has arrived as soon as it is there."""
        self._deliveries.append((loaded, message, self._row(planned, by, data)))

    def _row(self, planned: Planned, by: Names | None, data: Mapping[str, Any]) -> dict[str, Any]:
        bell = planned.channel == BELL
        return {
            "key": secrets.token_hex(16),
            "channel": planned.channel,
            "notice": planned.notice.name,
            "side": str(planned.notice.side),
            "recipient_id": planned.recipient.id,
            "recipient_name": planned.recipient.name[:200],
            "address": None if bell else planned.recipient.email,
            "data": self._said(planned, by, data),
            "state": "sent" if bell else "queued",
            "attempts": 0,
            "created_at": self.now,
            "due_at": self.now,
            "owner": None,
            "sent_at": self.now if bell else None,
            "read_at": None,
            "error_code": None,
            "error": "",
        }

    def people(self, loaded: Loaded, *, old_assignee: Agent | None = None, new_assignee: Agent | None = None) -> People:
        """Everybody an act on this ticket may concern."""
        ticket, refused = loaded.ticket, loaded.refused
        none: frozenset[str] = frozenset()

        def as_recipient(agent: Agent | None) -> Recipient | None:
            if agent is None or not agent.active:
                return None
            return Recipient(agent.host_id, agent.name, agent.email, refused.get(agent.host_id, none))

        assignee = as_recipient(loaded.assignee)
        members: Sequence[Recipient] = ()
        if assignee is None:
            members = Lazily(queue_members, self.session, ticket) if loaded.members is None else loaded.members
        return People(
            requester=Recipient(
                ticket.requester_id,
                ticket.requester_name,
                ticket.requester_email,
                refused.get(ticket.requester_id, none),
            ),
            colleagues=loaded.colleagues,
            assignee=assignee,
            queue_members=members,
            new_assignee=as_recipient(new_assignee),
            old_assignee=as_recipient(old_assignee),
            followers=[one for agent in loaded.followers if (one := as_recipient(agent)) is not None],
        )

    def sees_to(self, loaded: Loaded) -> None:
        """Somebody has taken, answered or solved the ticket: what told the others that it waits is read."""
        self._seen_to[loaded.ticket.pk] = loaded

    def _read_for_the_others(self, loaded: Loaded) -> None:
        told = update(Delivery).where(
            Delivery.ticket_pk == loaded.ticket.pk,
            Delivery.channel == BELL,
            Delivery.notice.in_([notice.name for notice in NOTICES if notice.waits]),
            Delivery.read_at.is_(None),
        )
        if loaded.assignee is not None:
            told = told.where(Delivery.recipient_id != loaded.assignee.host_id)
        values = told.values(read_at=self.now)
        self.session.execute(values, execution_options={"synchronize_session": False}, bind_arguments=BIND)

    def finish(self) -> None:
        """Write what was collected: rows of the act first, then history, then deliveries."""
        measured: dict[int, Measures] = {}
        for loaded in self.loaded:
            ticket = loaded.ticket
            if ticket.pk not in measured:
                entries = [entry for one, entry in self._events if one is ticket]
                by = self.actor.agent_pk if self.actor.side is Side.AGENT else None
                measured[ticket.pk] = measure(ticket, loaded.queue, entries, self.now, agent_pk=by)
            elsewhere = loaded.placed != (ticket.queue_pk, ticket.priority)
            settle(self.session, ticket, loaded.queue, self.now, elsewhere=elsewhere)
        self.session.flush()
        write_measures(self.session, measured.values())
        write_entries(self.session, self._events, self._texts)
        for loaded in self._seen_to.values():
            self._read_for_the_others(loaded)
        retold = [row | {"ticket_pk": loaded.ticket.pk, "message_pk": None} for loaded, row in self._retold]
        rows = []
        for loaded, message, row in self._deliveries:
            message_pk = message.pk if message is not None else None
            rows.append(row | {"ticket_pk": loaded.ticket.pk, "message_pk": message_pk})
            self.tell(signals.delivery_changed, self._delivery(loaded, row))
        if rows or retold:
            self.session.execute(insert(table_of(Delivery)), [*retold, *rows], bind_arguments=BIND)
        self._lengthen_the_desk()
        if self.host.nudge is not None and any(row["channel"] != BELL for row in rows):
            after_commit(self.session, self.host.nudge)
        for signal, payload in self._told:
            made = payload() if callable(payload) else payload
            after_commit(self.session, partial(signals.tell, signal, self.host.app, made))

    def _lengthen_the_desk(self) -> None:
        """The last lock of all: whoever else records something about no ticket waits for it until the commit."""
        if self._of_the_desk:
            chain = desk_chain(self.session)
            write_entries(self.session, [(None, lengthen(chain, entry)) for entry in self._of_the_desk], ())
            self.session.flush()

    def _delivery(self, loaded: Loaded, row: Mapping[str, Any]) -> signals.DeliveryChanged:
        return signals.DeliveryChanged(
            ticket_id=loaded.ticket.ticket_id,
            channel=row["channel"],
            notice=row["notice"],
            recipient=row["address"],
            state=row["state"],
            reason="",
            envelope=loaded.envelope(self),
        )


def load(unit: Unit, ticket_id: str, *, candidate: str = "", said: Any = None) -> Loaded:
    """The ticket, locked, if this actor may see it; one of the two places that select a ticket.

    :param candidate: the host's id of an agent who may become the assignee.
    :param said: a column on the ticket to be read with it.
    :raises NotFound: not there, or not for this actor: the two look the same.
    :raises NotAllowed: a right of the agent was taken while the act waited for the ticket.
    :raises StaleTicket: the host's transaction still sees it as it was before somebody else changed it.
    """
    session = unit.session
    seen = _in_snapshot(unit, ticket_id)
    ticket = session.scalar(
        select(Ticket)
        .where(Ticket.ticket_id == ticket_id, visible_to(unit.actor))
        # Its key stays: read marks that point to it need not wait on PostgreSQL.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if ticket is None:
        raise NotFound(_("There is no ticket %(ticket)s here.", ticket=ticket_id))
    if unit.in_snapshot and (seen is None or seen.version != ticket.version):
        raise StaleTicket(_crossed(unit, ticket, seen))
    # Another machine's clock may be ahead, and this one has waited for the lock: what comes later is never earlier.
    unit.now = max(unit.now, ticket.updated_at)
    loaded = _loaded_with(unit, ticket, candidate, null() if said is None else said)
    unit.loaded.append(loaded)
    return loaded


def _in_snapshot(unit: Unit, ticket_id: str) -> Any:
    # Only the row is locked and read as it is now: whatever else is asked would come from before the other's change,
    # its events, its words, its tags.
    if not unit.in_snapshot:
        return None
    wanted = select(Ticket.version, Ticket.assignee_pk).where(Ticket.ticket_id == ticket_id)
    return unit.session.execute(wanted).one_or_none()


def _crossed(unit: Unit, ticket: Ticket, seen: Any) -> str:
    assigned = ticket.assignee_pk is not None and (seen is None or seen.assignee_pk != ticket.assignee_pk)
    name = unit.session.scalar(select(Agent.name).where(Agent.pk == ticket.assignee_pk)) if assigned else None
    if name is not None:
        return _("Somebody else was faster: %(name)s has this ticket now. Look again, then decide.", name=name)
    return _("Somebody else changed this ticket at the same moment. Look again, then decide.")


def _loaded_with(unit: Unit, ticket: Ticket, candidate: str, said: Any) -> Loaded:
    """The rest of what a write needs to know, in one statement."""
    actor, acting = unit.actor, people_acting(unit.actor)
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    follows = Agent.pk.in_(select(Follower.agent_pk).where(Follower.ticket_pk == ticket.pk))
    concerned = or_(
        Agent.pk == Ticket.assignee_pk,
        Agent.pk == actor.agent_pk,
        (Agent.host_id == candidate) & Agent.active.is_(True),
        follows,
    )
    rows = unit.session.execute(
        select(
            Queue,
            TicketSite.position,
            TicketSite.name,
            said,
            Agent,
            covering(queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags),
            follows,
            switched_off_by(Agent.host_id),
            switched_off_by(ticket.requester_id),
            *(record_of(person) for person in acting),
            has_colleagues(ticket),
            select(TicketSubject.position).where(TicketSubject.ticket_pk == ticket.pk).exists(),
            revision_of_rules(),
        )
        .select_from(Ticket)
        .outerjoin(Queue, Queue.pk == Ticket.queue_pk)
        .outerjoin(Agent, concerned)
        .outerjoin(TicketSite, TicketSite.ticket_pk == Ticket.pk)
        .where(Ticket.pk == ticket.pk)
        .order_by(TicketSite.position)
    ).all()
    queue, __, __, said, *__ = rows[0]
    unit.knows(acting, rows[0][9:-3])
    refused = {row[4].host_id: refused_in(row[7]) for row in rows if row[4] is not None}
    agents = {row[4].pk: row[4] for row in rows if row[4] is not None}
    me = agents.get(actor.agent_pk)
    _check_still_granted(actor, me)
    return Loaded(
        ticket=ticket,
        queue=queue_or_deleted(queue),
        assignee=agents.get(ticket.assignee_pk),
        sites=list({row[1]: row[2] for row in rows if row[1] is not None}.values()),
        refused={ticket.requester_id: refused_in(rows[0][8])} | refused,
        me=me,
        candidate=next((agent for agent in agents.values() if agent.host_id == candidate and agent.active), None),
        reaching={row[4].pk for row in rows if row[5]},
        said=said,
        rules=rows[0][-1],
        followers=list({row[4].pk: row[4] for row in rows if row[4] is not None and row[6]}.values()),
        colleagues=Lazily(colleagues, unit.session, ticket) if rows[0][-3] else (),
        placed=(ticket.queue_pk, ticket.priority),
        subjects=list(subjects_on(unit.session, ticket)) if rows[0][-2] else (),
    )


def _check_still_granted(actor: Actor, me: Agent | None) -> None:
    """Rights were asked before the act waited for the ticket; meanwhile a lead may have taken one."""
    if actor.side is Side.AGENT and actor.granted - (granted_to(me) if me else frozenset()):
        raise NotAllowed(
            _("A support lead has just changed what you may do here. Nothing was changed; look again, then decide.")
        )


def queue_or_deleted(queue: Queue | None) -> Queue:
    """A ticket's queue, or what stands for it where it was deleted past the desk."""
    if queue is not None:
        return queue
    return Queue(key="", name=_("a deleted queue"), active=False, from_name="", signature="", mail_error="")


def people_acting(actor: Actor) -> list[Person]:
    """Who acts, and who that really is."""
    person = actor.person
    return [one for one in (person, person.acting if person else None) if one is not None]


def record_of(person: Person) -> Any:
    """A column for the key of somebody's record as they are now; for `Unit.knows`."""
    return select(PersonRecord.pk).where(PersonRecord.digest == digest_of(person)).scalar_subquery()


def revision_of_rules() -> Any:
    """A column for the revision of the desk's rules: another one where any of them was changed."""
    return select(func.max(Rule.revision)).scalar_subquery()
