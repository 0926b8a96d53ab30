"""What the host says happened to its accounts and people, and what the desk makes of it.

Each call does a bounded part in the host's transaction and leaves the rest to the clock, in rows of `HostChange`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import has_request_context
from sqlalchemy import ColumnElement, Select, case, delete, select, update

from ..actors import Actor, Person, Side, Via
from ..errors import ConfigurationError, InvalidInput, NotFound, SupportError
from ..i18n import gettext as _
from ..lifecycle import Act, Facts, decide
from ..models import CustomerFollower, Delivery, HostChange, PersonRecord, Ticket
from ..notifications import BELL
from ..permissions import visible_to
from ..settings import state
from .agents import follow_directory, switch_off
from .handing_over import OPEN, HandedOver, return_tickets
from .inserting import insert_missing
from .transaction import run
from .turns import MAX_WAITING, some_of
from .unit import BIND, Unit

log = logging.getLogger("flask_sgsupport.host_changes")

T = TypeVar("T")

BATCH = 100
"""Tickets or mails changed in one unit of work."""
MAX_BATCHES = 10
"""Units of work the clock does for one change before it goes on with others."""
MAX_CHANGES = 10
"""Changes the clock goes on with in one turn."""
LABEL = "system:host"
QUIET = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class _Said:
    """What the host said: about whom, the name it gave, and when."""

    host_id: str
    name: str
    at: datetime
    person: Person | None = None


def account_renamed(account_id: object, name: str) -> None:
    """Show an account's tickets under its new name; what was captured when they were opened stays as it was.

    :raises InvalidInput: field ``name``: it is empty.
    """
    name = " ".join(name.split())[:200]
    if not name:
        raise InvalidInput({"name": _("An account needs a name.")})
    _say("account.renamed", str(account_id), name)


def account_removed(account_id: object) -> None:
    """Close an account's tickets to customers for good: mails and notices to them are taken back.

    Agents keep them, marked. An account that gets the same id later does not see them.
    """
    _say("account.removed", str(account_id))


def person_changed(person_id: object) -> None:
    """Take over a person's name and address as the directory has them now, on their tickets and as an agent.

    Tickets stay with the account in which they were opened; what a person may see there the directory says. An address
    that an agent corrected on a ticket stays.

    :raises NotFound: the directory knows nobody with that id; for somebody who is gone there is `person_left`.
    """
    person: Person | None = state().hooks.directory.person(str(person_id))
    if person is None:
        raise NotFound(_("The directory knows nobody with the id %(id)s.", id=repr(person_id)))
    _say("person.changed", person.id, person.display_name[:200], person=person)


def person_left(person_id: object) -> HandedOver:
    """Take back the mails that wait for a person who is gone; an agent's open tickets go back to their queues.

    :return: what became of an agent's tickets; the clock goes on where it is not complete.
    """
    actor, host_id = _host_actor(), str(person_id)
    person: Person | None = state().hooks.directory.person(host_id)
    agent_pk = _say("person.left", host_id, person.display_name[:200] if person else "", person=person, then=switch_off)
    return HandedOver() if agent_pk is None else return_tickets(actor, agent_pk)


def go_on() -> bool:
    """Carry out what is left of what the host said, for the clock; whether there is still more."""
    actor = Actor(side=Side.RULE, via=Via.CLOCK, label=LABEL)
    wanted = select(HostChange.kind, HostChange.host_id).order_by(HostChange.at).limit(MAX_WAITING)
    wanted = wanted.where(HostChange.kind.in_(_CARRIED_OUT))
    waiting = some_of(state().db.session.execute(wanted, bind_arguments=BIND).all(), MAX_CHANGES)
    more = False
    for kind, host_id in waiting:
        try:
            person = state().hooks.directory.person(host_id) if kind == "person.changed" else None
        except Exception:
            log.exception("The directory could not be asked for %s", host_id)
            continue

        def write(unit: Unit, kind: str = kind, host_id: str = host_id, person: Person | None = person) -> bool:
            mine = select(HostChange).where(HostChange.kind == kind, HostChange.host_id == host_id)
            row = unit.session.scalar(mine.with_for_update().execution_options(populate_existing=True))
            if row is None:
                return False
            left = _CARRIED_OUT[kind](unit, _Said(host_id, row.name, row.at, person))
            if not left:
                unit.session.delete(row)
            return left

        try:
            more = all(run(actor, write) for __ in range(MAX_BATCHES)) or more
        except SupportError as error:
            log.warning("The clock could not go on with %s: %s", kind, error)
    return more


def _say(
    kind: str,
    host_id: str,
    name: str = "",
    *,
    person: Person | None = None,
    then: Callable[[Unit, str], int | None] | None = None,
) -> int | None:
    def write(unit: Unit) -> int | None:
        about = _about_a_person if kind.startswith("person.") else _about_an_account
        unit.record(None, kind, id=host_id, **about(unit, host_id, name, person))
        earlier = delete(HostChange).where(HostChange.kind == kind, HostChange.host_id == host_id)
        unit.session.execute(earlier, execution_options=QUIET)
        if _CARRIED_OUT[kind](unit, _Said(host_id, name, unit.now, person)):
            row = {"kind": kind, "host_id": host_id, "name": name, "at": unit.now}
            insert_missing(unit.session, HostChange, [row])
        return then(unit, host_id) if then else None

    return run(_host_actor(), write)


def _host_actor() -> Actor:
    """The host, with whoever is signed in to the request in which it says so, and who that really is."""
    person = None
    if has_request_context():
        try:
            person = state().hooks.directory.current()
        except ConfigurationError:
            log.debug("Nobody can be told apart in this request")
    return Actor(side=Side.RULE, via=Via.PYTHON, person=person, label=LABEL)


def _about_an_account(unit: Unit, host_id: str, name: str, person: Person | None) -> dict[str, Any]:
    """What the entry says of an account; of one the host names no more, the name by which the desk knew it."""
    wanted = select(Ticket.account_name).where(visible_to(unit.actor), Ticket.account_id == host_id)
    wanted = wanted.order_by(Ticket.customer_updated_at.desc()).limit(1)
    return {"new": name or unit.session.scalar(wanted) or host_id}


def _about_a_person(unit: Unit, host_id: str, name: str, person: Person | None) -> dict[str, Any]:
    """The same of a person: the record the desk has, of somebody it never had to do with the id."""
    if person is not None:
        return {"new_person_pk": unit.person_pk(person)}
    wanted = select(PersonRecord.pk).where(PersonRecord.host_id == host_id).order_by(PersonRecord.pk.desc()).limit(1)
    found = unit.session.scalar(wanted)
    return {"new_person_pk": found} if found is not None else {"new": host_id}


def _renamed(unit: Unit, said: _Said) -> bool:
    wanted = select(Ticket.pk).where(
        visible_to(unit.actor),
        Ticket.account_id == said.host_id,
        Ticket.account_name != said.name,
        Ticket.account_removed_at.is_(None),
    )
    found, more = _locked(unit, wanted)
    renamed = update(Ticket).where(Ticket.pk.in_(found)).values(account_name=said.name)
    unit.session.execute(renamed, execution_options=QUIET)
    return more


def _locked(unit: Unit, wanted: Select[T], *first: ColumnElement[Any]) -> tuple[Sequence[T], bool]:
    """A batch of tickets, locked by their keys and in their order, and whether there are more.

    A locking read that searched for them would keep MariaDB's locks on every row it looked at, until the host commits.
    """
    pks = unit.session.scalars(wanted.with_only_columns(Ticket.pk).order_by(*first, Ticket.pk).limit(BATCH)).all()
    these = wanted.where(Ticket.pk.in_(pks)).order_by(Ticket.pk).with_for_update()
    return unit.session.scalars(these, execution_options={"populate_existing": True}).all(), len(pks) == BATCH


def _removed(unit: Unit, said: _Said) -> bool:
    wanted = select(Ticket).where(
        visible_to(unit.actor),
        Ticket.account_id == said.host_id,
        Ticket.account_removed_at.is_(None),
        Ticket.created_at <= said.at,
    )
    found, more = _locked(unit, wanted, case((OPEN, 0), else_=1))
    for ticket in found:
        ticket.account_removed_at = ticket.updated_at = unit.now
        unit.record(ticket, "account.removed", new=ticket.account_name)
    theirs = (Delivery.ticket_pk.in_([ticket.pk for ticket in found]), Delivery.side == str(Side.CUSTOMER))
    unit.session.flush()
    _take_back(unit, *theirs, why=_("the account was removed"))
    bells = update(Delivery).where(*theirs, Delivery.channel == BELL).values(state="cancelled")
    unit.session.execute(bells, execution_options=QUIET)
    return more


def _changed(unit: Unit, said: _Said) -> bool:
    person = said.person
    if person is None:
        return False
    session, now_pk = unit.session, unit.person_pk(person)
    wanted = select(Ticket).where(
        visible_to(unit.actor), Ticket.requester_id == person.id, Ticket.requester_pk != now_pk
    )
    found, more = _locked(unit, wanted)
    records = select(PersonRecord.pk, PersonRecord.email).where(
        PersonRecord.pk.in_({ticket.requester_pk for ticket in found})
    )
    known: dict[int, str | None] = {pk: email for pk, email in session.execute(records)}
    for ticket in found:
        before_pk, ticket.requester_pk = ticket.requester_pk, now_pk or ticket.requester_pk
        _follow(unit, ticket, person, before_pk, corrected=ticket.requester_email != known[before_pk])
    session.flush()
    follow_directory(unit, person)
    return _changed_as_follower(unit, person, now_pk) or more


def _changed_as_follower(unit: Unit, person: Person, now_pk: int | None) -> bool:
    """They are told by the name and address of now; of a ticket whose requester they are, its own address counts."""
    mine = CustomerFollower.host_id == person.id
    outdated = select(CustomerFollower.ticket_pk).where(mine, CustomerFollower.person_pk != now_pk)
    found = unit.session.scalars(outdated.order_by(CustomerFollower.ticket_pk).limit(BATCH)).all()
    if not found:
        return False
    of_others = select(Ticket.pk).where(visible_to(unit.actor), Ticket.pk.in_(found), Ticket.requester_id != person.id)
    mails = Delivery.recipient_id == person.id, Delivery.side == str(Side.CUSTOMER)
    _readdress(unit, Delivery.ticket_pk.in_(unit.session.scalars(of_others).all()), *mails, person=person)
    known_by = update(CustomerFollower).where(mine, CustomerFollower.ticket_pk.in_(found)).values(person_pk=now_pk)
    unit.session.execute(known_by, execution_options=QUIET)
    return len(found) == BATCH


def _follow(unit: Unit, ticket: Ticket, person: Person, before_pk: int, *, corrected: bool) -> None:
    decide(Act.CHANGE_FIELD, Facts.of(ticket, now=unit.now, limits=unit.limits), unit.actor)
    name = person.display_name[:200]
    records: dict[str, Any] = {"old_person_pk": before_pk, "new_person_pk": ticket.requester_pk}
    mails = (
        Delivery.ticket_pk == ticket.pk,
        Delivery.recipient_id == person.id,
        Delivery.side == str(Side.CUSTOMER),
    )
    if name != ticket.requester_name:
        unit.record(ticket, "field.changed", field="requester", **records)
        ticket.requester_name, ticket.updated_at = name, unit.now
    if not corrected and person.email != ticket.requester_email:
        unit.record(ticket, "field.changed", field="requester_email", **records)
        ticket.requester_email, ticket.updated_at = person.email, unit.now
        _readdress(unit, *mails, person=person)


def _readdress(unit: Unit, *which: ColumnElement[bool], person: Person) -> None:
    """Mails that wait go to the address of now, or nowhere where there is none."""
    mails = (*which, Delivery.channel != BELL, Delivery.state == "queued")
    if person.email is None:
        _take_back(unit, *mails, why=_("has no e-mail address any more"))
        return
    moved = update(Delivery).where(*mails).values(address=person.email, recipient_name=person.display_name[:200])
    unit.session.execute(moved, execution_options=QUIET)


def _left(unit: Unit, said: _Said) -> bool:
    more = _follows_no_more(unit, said)
    wanted = select(Delivery.pk).where(
        Delivery.recipient_id == said.host_id,
        Delivery.channel != BELL,
        Delivery.state == "queued",
        Delivery.created_at <= said.at,
    )
    found = unit.session.scalars(wanted.order_by(Delivery.pk).limit(BATCH)).all()
    _take_back(unit, Delivery.pk.in_(found), why=_("has left"))
    return more or len(found) == BATCH


def _follows_no_more(unit: Unit, said: _Said) -> bool:
    """Whoever is gone follows nothing on the customer's side."""
    mine = CustomerFollower.host_id == said.host_id, CustomerFollower.since_at <= said.at
    followed = select(CustomerFollower.ticket_pk).where(*mine)
    found, more = _locked(unit, select(Ticket).where(visible_to(unit.actor), Ticket.pk.in_(followed)))
    if not found:
        return False
    these = (*mine, CustomerFollower.ticket_pk.in_([ticket.pk for ticket in found]))
    rows = unit.session.execute(select(CustomerFollower.ticket_pk, CustomerFollower.person_pk).where(*these))
    known: dict[int, int] = {ticket_pk: person_pk for ticket_pk, person_pk in rows}
    for ticket in found:
        ticket.updated_at = unit.now
        unit.record(
            ticket,
            "follower.changed",
            field="follower",
            old_person_pk=known[ticket.pk],
            customer=True,
            by_another=True,
        )
    unit.session.flush()
    unit.session.execute(delete(CustomerFollower).where(*these), execution_options=QUIET)
    return more


def _take_back(unit: Unit, *which: ColumnElement[bool], why: str) -> None:
    """Cancel mails that wait; one that is being sent is asked again before it goes."""
    waiting = update(Delivery).where(*which, Delivery.channel != BELL, Delivery.state == "queued")
    unit.session.execute(waiting.values(state="cancelled", error=why[:500], owner=None), execution_options=QUIET)


_CARRIED_OUT: Mapping[str, Callable[[Unit, _Said], bool]] = {
    "account.renamed": _renamed,
    "account.removed": _removed,
    "person.changed": _changed,
    "person.left": _left,
}
"""What is done for each kind, a bounded part at a time; whether there is more. The kind is the event's action, too."""
