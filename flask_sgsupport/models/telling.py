"""Entries of the audit log as they are told: with the words kept beside them and the people they are about."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from .people import PersonRecord
from .records import Event, EventText
from .tickets import Ticket

SelectT = TypeVar("SelectT", bound=Select[*tuple[Any, ...]])

ACTING = aliased(PersonRecord)
"""Who really acted while somebody was impersonated; who acted is `PersonRecord` itself."""
_BEFORE = aliased(PersonRecord)
_AFTER = aliased(PersonRecord)

MAILED = ("delivery.failed", "delivery.requeued")
"""Actions that name somebody by the address a mail went to."""
ADDRESSES = ("requester_email", "email")
"""Fields that are somebody's address."""


def _told(person: type[PersonRecord], kept: ColumnElement[Any], own: ColumnElement[Any]) -> ColumnElement[Any]:
    of_the_person = case(
        (Event.action.in_(MAILED), func.coalesce(person.email, person.name)),
        (Event.field.in_(ADDRESSES), person.email),
        # Entries about an agent name them beside what was changed of them.
        (or_(Event.action != "agent.changed", Event.field == "name"), person.name),
    )
    return func.coalesce(of_the_person, kept, own)


OLD = _told(_BEFORE, EventText.old.expression, Event.old.expression)
NEW = _told(_AFTER, EventText.new.expression, Event.new.expression)
"""What something was and became, in words."""
_ROUTING = select(Ticket.routing).where(Ticket.pk == Event.ticket_pk).scalar_subquery()
WORDS: ColumnElement[Any] = func.coalesce(EventText.data, case((Event.action == "ticket.routed", _ROUTING)))
"""JSON that belongs to that of the entry; see `flask_sgsupport.history.data_of`. The reasons stand on the ticket."""
AGENT: ColumnElement[Any] = case((Event.action == "agent.changed", _AFTER.name))


def told(wanted: SelectT) -> SelectT:
    """A statement on `Event` with everything the columns above and the names of who acted are read from."""
    return (
        wanted.outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        .outerjoin(ACTING, ACTING.pk == Event.acting_pk)
        .outerjoin(_BEFORE, _BEFORE.pk == Event.old_person_pk)
        .outerjoin(_AFTER, _AFTER.pk == Event.new_person_pk)
        .outerjoin(EventText, EventText.digest == Event.text_digest)
    )
