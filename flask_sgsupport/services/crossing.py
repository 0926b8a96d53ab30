"""Two people on one ticket: what somebody else did since the page was shown is said before anything is overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from ..actors import Side
from ..errors import StaleTicket
from ..history import sentence, who_acted
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Event, PersonRecord, Ticket
from .transaction import Unit


def check_version(unit: Unit, ticket: Ticket, version: int | None, fields: Iterable[str]) -> None:
    """Refuse a change of fields that somebody else changed since ``version`` was shown.

    :raises StaleTicket: with a sentence for each change not yet seen.
    """
    if version is None or version == ticket.version:
        return
    newer = _newer(ticket, version, Event.field.in_(tuple(fields)))
    changes = [_change(event, name, acting_name) for event, name, acting_name, __ in unit.session.execute(newer)]
    if changes:
        raise StaleTicket(
            _("Somebody was faster: %(changes)s. Look again, then decide.", changes="; ".join(changes)), changes
        )


def check_crossing(unit: Unit, ticket: Ticket, version: int | None) -> None:
    """Refuse to answer a conversation that went on since ``version`` was shown, by somebody else's doing.

    :raises StaleTicket: naming every public message and change of status that came; what one wrote oneself is no news.
    """
    if version is None or version == ticket.version:
        return
    news = or_(
        Event.action.in_(("message.added", "status.changed")),
        (Event.action == "message.visibility_changed") & (Event.new == "public"),
    )
    me = unit.actor.person.id if unit.actor.person else ""
    came = [
        _news(event, name, acting_name, unit.now)
        for event, name, acting_name, host_id in unit.session.execute(_newer(ticket, version, news))
        if host_id != me
    ]
    if came:
        raise StaleTicket(
            _("This crossed: %(changes)s. Look again; your text is kept, and sent as it is if you send it once more.",
              changes="; ".join(came)), came
        )  # fmt: skip


def _newer(ticket: Ticket, version: int, which: ColumnElement[bool]) -> Select[Event, str, str, str]:
    acting = aliased(PersonRecord)
    return (
        select(Event, PersonRecord.name, acting.name, PersonRecord.host_id)
        .outerjoin(PersonRecord, PersonRecord.pk == Event.person_pk)
        .outerjoin(acting, acting.pk == Event.acting_pk)
        .where(Event.ticket_pk == ticket.pk, Event.ticket_version > version, which)
        .order_by(Event.pk)
        .limit(20)
    )


def _change(event: Event, name: str | None, acting_name: str | None) -> str:
    said = sentence(event.action, event.field, event.old, event.new, event.data)
    return f"{who_acted(name, event.label, acting_name)}: {said}"


def _news(event: Event, name: str | None, acting_name: str | None, now: datetime) -> str:
    when = format_near(event.at, now)
    if event.action != "message.added":
        return _("%(change)s at %(when)s", change=_change(event, name, acting_name), when=when)
    if event.side == Side.CUSTOMER:
        return _("the customer wrote at %(when)s", when=when)
    return _("%(name)s replied at %(when)s", name=who_acted(name, event.label, acting_name), when=when)
