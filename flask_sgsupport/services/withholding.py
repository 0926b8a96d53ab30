"""Why a mail that waits must not go out by now: asked when it is prepared, however long after it was written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ..actors import Person, Right, Side, Via
from ..i18n import gettext as _
from ..lifecycle import status_label
from ..models import Agent, Delivery, Event, Message, Preference, Ticket
from ..notifications import BY_NAME, EMAIL, YOURS, refused_channels, status_of
from ..permissions import agent_actors, agent_select, visible_to
from .unit import Unit

REPLIED = "replied_customer"
"""What brings a reply to the customer and tells of nothing else."""


def told_without(unit: Unit, delivery: Delivery, ticket: Ticket, message: Message | None) -> Message | None:
    """Leave out of a mail what is so no more, and goes without the rest of it.

    :returns: the message it still brings.
    """
    if message is not None and _goes_on_without(delivery, message):
        delivery.message_pk = message = None
    answered = message is not None and message.side == Side.AGENT and delivery.side == Side.CUSTOMER
    if answered and not holds(unit, delivery, ticket):
        # The reply is as true as ever; what a colleague of theirs wrote is none.
        delivery.notice = REPLIED
    return message


def _goes_on_without(delivery: Delivery, message: Message) -> bool:
    """Whether the mail tells the customer more than its message, which was hidden since: the rest of it goes out."""
    return delivery.side == Side.CUSTOMER and not message.public and not BY_NAME[delivery.notice].message_only


def holds(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    """Whether what the mail tells of the ticket's status, or of its assignee, is still so."""
    notice, so = BY_NAME[delivery.notice], status_of(ticket)
    if notice.tells == YOURS and _is_theirs(unit, delivery, ticket):
        so[YOURS] = _assigned_at(unit, ticket)
    return notice.holds(delivery.created_at, so)


def _is_theirs(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    return assignee_id(unit, ticket) == delivery.recipient_id


def _assigned_at(unit: Unit, ticket: Ticket) -> datetime | None:
    assigned = select(Event.at).where(Event.ticket_pk == ticket.pk, Event.action == "assignee.changed")
    found: datetime | None = unit.session.scalar(assigned.order_by(Event.pk.desc()).limit(1))
    return found


def assignee_id(unit: Unit, ticket: Ticket) -> str | None:
    """The host's id of whoever has the ticket now."""
    assigned = select(Agent.host_id).where(Agent.pk == ticket.assignee_pk)
    found: str | None = unit.session.scalar(assigned)
    return found


def untrue(unit: Unit, delivery: Delivery, ticket: Ticket, message: Message | None) -> str | None:
    """Why this mail would say what is not so, or not theirs to read, as a sentence, or ``None``."""
    if delivery.side == Side.CUSTOMER and message is not None and not message.public:
        return _("made private before it was sent")
    if holds(unit, delivery, ticket):
        return None
    if delivery.side != Side.CUSTOMER:
        if _is_theirs(unit, delivery, ticket):
            return _("the ticket was assigned to them anew since")
        return _("the ticket is no longer theirs")
    if BY_NAME[delivery.notice].tells == ticket.status:
        return _("it was set to %(status)s anew since", status=status_label(ticket.status).lower())
    return _("by now the ticket is %(status)s", status=status_label(ticket.status).lower())


def why_not(
    unit: Unit, delivery: Delivery, ticket: Ticket, message: Message | None, person: Person | None
) -> str | None:
    """Why this mail must not go out now, as a sentence, or ``None``."""
    session = unit.session
    if why := untrue(unit, delivery, ticket, message):
        return why
    if delivery.side == Side.CUSTOMER:
        gone = ticket.account_removed_at is not None
        membership = person.membership(ticket.account_id) if person and not gone else None
        allowed = person is not None and person.active and membership is not None and membership.may_use_support
    else:
        allowed = person is not None and _agent_sees(unit, person, ticket)
    if not allowed or person is None:
        return _("no longer has access")
    chosen = session.execute(select(Preference.channel, Preference.wanted).where(Preference.host_id == person.id))
    if EMAIL in refused_channels(person.contact, {channel: wanted for channel, wanted in chosen}):
        return _("prefers in-app notifications")
    return None


def _agent_sees(unit: Unit, person: Person, ticket: Ticket) -> bool:
    rows: Sequence[Any] = unit.session.execute(agent_select([person.id])).all()
    actor = agent_actors(rows, {person.id: person}, Via.WORKER, unit.host.hooks.permission)[person.id]
    if actor.agent_pk is None or Right.HANDLE not in actor.rights:
        return False
    return unit.session.scalar(select(Ticket.pk).where(Ticket.pk == ticket.pk, visible_to(actor))) is not None
