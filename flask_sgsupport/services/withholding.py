"""Why a mail that waits must not go out by now: asked when it is prepared, however long after it was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

from ..actors import Person, Right, Side, Via
from ..i18n import gettext as _
from ..lifecycle import status_label
from ..models import Agent, CustomerFollower, Delivery, Event, Message, PersonRecord, Preference, Ticket
from ..notifications import BY_NAME, EMAIL, HERE, YOURS, Topic, is_for_a_follower, refused_by, status_of, topic_of, wish
from ..permissions import agent_actors, agent_select, visible_to
from .status import OURS
from .unit import Unit

REPLIED = "replied_customer"
"""What brings a reply to the customer and tells of nothing else."""


def told_without(
    unit: Unit, delivery: Delivery, ticket: Ticket, message: Message | None, refused: Collection[str] = ()
) -> Message | None:
    """Leave out of a mail what is so no more, or not wanted, and goes without the rest of it.

    :param refused: the keys of what its reader switched off by now, see `refused_now`.
    :returns: the message it still brings.
    """
    if message is not None and _goes_on_without(delivery, message):
        delivery.message_pk = message = None
    answered = message is not None and message.kind in OURS and delivery.side == Side.CUSTOMER
    unwanted = wish(EMAIL, _topic(delivery)) in refused
    if answered and (unwanted or not holds(unit, delivery, ticket)):
        # The reply is as true as ever; what a colleague of theirs wrote, or an agent wrote down for them, is none.
        delivery.notice = REPLIED
    return message


def _topic(delivery: Delivery) -> str | None:
    return Topic.ANSWERS if delivery.notice == REPLIED else topic_of(delivery.data)


def refused_now(unit: Unit, person: Person | None) -> frozenset[str]:
    """The keys of what somebody switched off, as it is now."""
    if person is None:
        return frozenset()
    chosen = unit.session.execute(select(Preference.channel, Preference.wanted).where(Preference.host_id == person.id))
    return refused_by(person.contact, {key: wanted for key, wanted in chosen})


def _goes_on_without(delivery: Delivery, message: Message) -> bool:
    """Whether the mail tells the customer more than its message, which was hidden since: the rest of it goes out."""
    return delivery.side == Side.CUSTOMER and not message.public and not BY_NAME[delivery.notice].message_only


def holds(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    """Whether what the mail tells of the ticket is still so, and told to whom it concerns."""
    notice, so = BY_NAME[delivery.notice], status_of(ticket)
    if notice.tells == YOURS and _is_theirs(unit, delivery, ticket):
        so[YOURS] = _changed_at(unit, ticket, "assignee")
    elif notice.tells == HERE:
        so[HERE] = _changed_at(unit, ticket, "queue")
    elif notice.tells == ticket.status and _has_another_requester(unit, delivery, ticket):
        return False
    return notice.holds(delivery.created_at, so)


def _is_theirs(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    return assignee_id(unit, ticket) == delivery.recipient_id


def _has_another_requester(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    """Whether somebody else became the requester since: a status is told anew to whoever is; a receipt is no news."""
    if delivery.side != Side.CUSTOMER or BY_NAME[delivery.notice].receipt:
        return False
    if is_for_a_follower(delivery.data) and delivery.recipient_id != ticket.requester_id:
        return False
    changed_at = _changed_at(unit, ticket, "requester")
    return changed_at is not None and changed_at > delivery.created_at


def _changed_at(unit: Unit, ticket: Ticket, name: str) -> datetime | None:
    """When a field was changed last; a person who only has another name is the same."""
    before, after = aliased(PersonRecord), aliased(PersonRecord)
    another = or_(before.host_id.is_(None), after.host_id.is_(None), before.host_id != after.host_id)
    changes = (
        select(Event.at)
        .outerjoin(before, before.pk == Event.old_person_pk)
        .outerjoin(after, after.pk == Event.new_person_pk)
        .where(Event.ticket_pk == ticket.pk, Event.field == name, another)
    )
    found: datetime | None = unit.session.scalar(changes.order_by(Event.pk.desc()).limit(1))
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
    tells, status = BY_NAME[delivery.notice].tells, status_label(ticket.status).lower()
    if tells == YOURS:
        if _is_theirs(unit, delivery, ticket):
            return _("the ticket was assigned to them anew since")
        return _("the ticket is no longer theirs")
    if tells == HERE:
        return _("it was moved on since")
    if ticket.filtered_reason is not None:
        return _("by now the ticket is in Spam / Filtered")
    if ticket.merged_into_id is not None:
        return _("by now the ticket is a part of %(ticket)s", ticket=ticket.merged_into_id)
    if tells == ticket.status:
        if _has_another_requester(unit, delivery, ticket):
            return _("the requester was changed since")
        return _("it was set to %(status)s anew since", status=status)
    return _("by now the ticket is %(status)s", status=status)


def _still_follows(unit: Unit, delivery: Delivery, ticket: Ticket) -> bool:
    """Whether they follow the ticket, or a part of it: of its merging followers of either are told."""
    here = or_(Ticket.pk == ticket.pk, Ticket.merged_into_id == ticket.ticket_id)
    followed = select(Ticket.pk).join(CustomerFollower, CustomerFollower.ticket_pk == Ticket.pk)
    followed = followed.where(here, CustomerFollower.host_id == delivery.recipient_id)
    return unit.session.scalar(followed.limit(1)) is not None


def why_not(
    unit: Unit,
    delivery: Delivery,
    ticket: Ticket,
    message: Message | None,
    person: Person | None,
    refused: Collection[str],
) -> str | None:
    """Why this mail must not go out now, as a sentence, or ``None``."""
    if why := untrue(unit, delivery, ticket, message):
        return why
    if is_for_a_follower(delivery.data) and not _still_follows(unit, delivery, ticket):
        return _("no longer follows it")
    if delivery.side == Side.CUSTOMER:
        gone = ticket.account_removed_at is not None
        membership = person.membership(ticket.account_id) if person and not gone else None
        allowed = person is not None and person.active and membership is not None and membership.may_use_support
    else:
        allowed = person is not None and _agent_sees(unit, person, ticket)
    if not allowed or person is None:
        return _("no longer has access")
    if EMAIL in refused:
        return _("prefers in-app notifications")
    if wish(EMAIL, _topic(delivery)) in refused:
        return _("wants no mail about this")
    return None


def _agent_sees(unit: Unit, person: Person, ticket: Ticket) -> bool:
    rows: Sequence[Any] = unit.session.execute(agent_select([person.id])).all()
    actor = agent_actors(rows, {person.id: person}, Via.WORKER, unit.host.hooks.permission)[person.id]
    if actor.agent_pk is None or Right.HANDLE not in actor.rights:
        return False
    return unit.session.scalar(select(Ticket.pk).where(Ticket.pk == ticket.pk, visible_to(actor))) is not None
