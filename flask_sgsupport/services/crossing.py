"""Two people on one ticket: what somebody else did since the page was shown is said before anything is overwritten."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from ..actors import Side
from ..errors import StaleTicket
from ..history import data_of, sentence, who_acted
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Event, PersonRecord, Ticket
from ..models.telling import ACTING, NEW, OLD, WORDS, told
from .unit import Unit

MOST = 20
"""Changes one is told of at once."""


def check_version(unit: Unit, ticket: Ticket, version: int | None, fields: Iterable[str]) -> None:
    """Refuse a change of fields that somebody else changed since ``version`` was shown; one's own change is no news.

    :raises StaleTicket: with a sentence for each change not yet seen.
    """
    if version is None or version == ticket.version:
        return
    newer = _newer(unit, ticket, version, Event.field.in_(tuple(fields)))
    changes = [_change(row) for row in unit.session.execute(newer)]
    if changes:
        raise StaleTicket(
            _("Somebody was faster: %(changes)s. Look again, then decide.", changes="; ".join(changes)), changes
        )


def check_crossing(unit: Unit, ticket: Ticket, version: int | None, *, assigns: bool = False) -> None:
    """Refuse to answer a conversation that went on since ``version`` was shown, by somebody else's doing.

    :param assigns: the answer gives the ticket to somebody, too: then it is news that it was given already.
    :raises StaleTicket: naming every public message and change of status that came; what one wrote oneself is no news.
    """
    if version is None or version == ticket.version:
        return
    news = or_(
        Event.action.in_(("message.added", "status.changed", *(("assignee.changed",) if assigns else ()))),
        (Event.action == "message.visibility_changed") & (Event.new == "public"),
    )
    came = [_news(row, unit.now) for row in unit.session.execute(_newer(unit, ticket, version, news))]
    if came:
        raise StaleTicket(
            _("This crossed: %(changes)s. Look again; your text is kept, and sent as it is if you send it once more.",
              changes="; ".join(came)), came
        )  # fmt: skip


def _newer(unit: Unit, ticket: Ticket, version: int, which: ColumnElement[bool]) -> Select[Any]:
    """What others did since; what one did oneself is no news."""
    me = unit.actor.person.id if unit.actor.person else ""
    columns = (
        Event.at,
        Event.side,
        Event.action,
        Event.field,
        OLD.label("old"),
        NEW.label("new"),
        Event.data,
        WORDS.label("words"),
        Event.label,
        PersonRecord.name,
        ACTING.name.label("acting_name"),
    )
    newer = told(select(*columns)).where(Event.ticket_pk == ticket.pk, Event.ticket_version > version, which)
    others = newer.where(or_(PersonRecord.host_id.is_(None), PersonRecord.host_id != me))
    return others.order_by(Event.pk).limit(MOST)


def _change(row: Any) -> str:
    said = sentence(row.action, row.field, row.old, row.new, data_of(row.data, row.words))
    return f"{_who(row)}: {said}"


def _who(row: Any) -> str:
    return who_acted(row.name, row.label, row.acting_name)


def _news(row: Any, now: datetime) -> str:
    when = format_near(row.at, now)
    if row.action != "message.added":
        return _("%(change)s at %(when)s", change=_change(row), when=when)
    if row.side == Side.CUSTOMER:
        return _("the customer wrote at %(when)s", when=when)
    return _("%(name)s replied at %(when)s", name=_who(row), when=when)
