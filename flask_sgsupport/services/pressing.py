"""Buttons that are pressed twice: where a person has done already what a button says, it says so again."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from ..actors import Actor
from ..errors import StaleTicket, SupportError, TransitionRefused
from ..history import data_of
from ..lifecycle import BY_DROPDOWN, TABLE, Act
from ..models import Event, EventText, PersonRecord, Ticket
from ..permissions import visible_to
from ..settings import state
from .host_session import is_clean

STANDINGS = (("status.changed",), ("ticket.filtered", "ticket.released"), ("ticket.snoozed", "ticket.woken"))
"""Actions of which the newest says how a ticket stands."""


def behind_dropdown(wanted: str) -> frozenset[Act]:
    """The acts behind choosing a status in the dropdown."""
    return frozenset(act for (__, reached), act in BY_DROPDOWN.items() if reached == wanted)


def pressed_again(
    error: SupportError, actor: Actor, ticket_id: str, acts: Collection[Act], *, reason: str = ""
) -> bool:
    """Whether the ticket stands as it does since this person did one of these acts: their button was pressed twice.

    :param error: why the act was refused; only what says that the ticket stands otherwise by now may come of that.
    :param acts: of those that change the status, filter and release, or snooze and wake.
    :param reason: what they wrote with it; with other words it is not the same.
    """
    if not isinstance(error, StaleTicket | TransitionRefused):
        return False
    rows = [row for row in TABLE if row.act in acts and actor.side in row.sides]
    among = [actions for actions in STANDINGS if any(set(actions) & set(row.actions) for row in rows)]
    if not among or actor.person is None:
        return False
    newest = (
        select(Event.action, Event.new, Event.data, EventText.data.label("words"), PersonRecord.host_id)
        .select_from(Ticket)
        .join(Event, Event.ticket_pk == Ticket.pk)
        .outerjoin(EventText, EventText.digest == Event.text_digest)
        .outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        .where(Ticket.ticket_id == ticket_id, visible_to(actor), Event.action.in_(among[0]))
        .order_by(Event.pk.desc())
        .limit(1)
    )
    session = state().db.session()
    # The first of the two may have been written since this session began to read.
    if is_clean(session):
        session.rollback()
    else:
        newest = newest.with_for_update(read=True, of=Event)
    found = session.execute(newest).first()
    if found is None or found.host_id != actor.person.id:
        return False
    data = data_of(found.data, found.words)
    return data.get("reason", "") == reason and any(
        found.action in row.actions and data.get("cause") == row.cause and (not row.path or found.new == row.path[-1])
        for row in rows
    )
