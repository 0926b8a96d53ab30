"""Two people on one ticket: what somebody else did since the page was shown is said before anything is overwritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from ..actors import Side
from ..errors import StaleTicket
from ..history import data_of, sentence, who_acted
from ..i18n import format_near
from ..i18n import gettext as _
from ..models import Event, Message, PersonRecord, Ticket
from ..models.telling import ACTING, NEW, OLD, WORDS, told
from .unit import Unit

SHOWN = "message.visibility_changed"
CHANGES_OF_A_MESSAGE = ("note.edited", SHOWN, "message.redacted")
MOST = 20
"""Changes one is told of at once."""
ADDRESSEE = ("requester", "requester_email")
"""The fields that say to whom a reply goes."""


def check_version(
    unit: Unit, ticket: Ticket, version: int | None, fields: Iterable[str], *, actions: Iterable[str] = ()
) -> None:
    """Refuse a change of fields that somebody else changed since ``version`` was shown; one's own change is no news.

    :param actions: what else somebody may have done to it.
    :raises StaleTicket: with a sentence for each change not yet seen.
    """
    if version is None or version == ticket.version:
        return
    newer = _newer(unit, ticket, version, or_(Event.field.in_(tuple(fields)), Event.action.in_(tuple(actions))))
    changes = [_change(row) for row in unit.session.execute(newer)]
    if changes:
        raise StaleTicket(
            _("Somebody was faster: %(changes)s. Look again, then decide.", changes="; ".join(changes)), changes
        )


def check_crossing(unit: Unit, ticket: Ticket, version: int | None, *, assigns: bool = False) -> None:
    """Refuse to answer a conversation that went on since ``version`` was shown, by somebody else's doing.

    :param assigns: the answer gives the ticket to somebody, too: then it is news that it was given already.
    :raises StaleTicket: naming every public message, change of status and of whom it goes to that came; what one did
        oneself is no news.
    """
    if came := _came(unit, ticket, version, fields=(*ADDRESSEE, *_given(assigns=assigns))):
        raise StaleTicket(
            _("This crossed: %(changes)s. Look again; your text is kept, and sent as it is if you send it once more.",
              changes="; ".join(came)), came
        )  # fmt: skip


def check_listed(unit: Unit, ticket: Ticket, listed: int | None, *, assigns: bool = False) -> None:
    """Refuse an act on a ticket that was chosen in a list, where others went on with it since the list was shown.

    :param listed: its version there; ``None`` asks nothing.
    :param assigns: the act gives the ticket to somebody: then it is news that it was given already.
    :raises StaleTicket: naming what came, as `check_crossing` does.
    """
    if came := _came(unit, ticket, listed, fields=_given(assigns=assigns)):
        raise StaleTicket(_("Since the list was shown: %(changes)s.", changes="; ".join(came)), came)


def check_message(
    unit: Unit, ticket: Ticket, message: Message, version: int | None, *, of: Sequence[str] = CHANGES_OF_A_MESSAGE
) -> None:
    """Refuse to change a message that was edited, shown, hidden or redacted since ``version`` of its ticket was shown.

    What one did oneself is news here: an older page of one's own would bring back what one took out.

    :param of: the changes that are asked about.
    :raises StaleTicket: with a sentence for each of these.
    """
    if version is None or version == ticket.version:
        return
    of_it = Event.action.in_(of) & Event.data.contains(message.key, autoescape=True)
    changes = [_change(row) for row in unit.session.execute(_newer(unit, ticket, version, of_it, mine=True))]
    if changes:
        raise StaleTicket(
            _("This message is no longer the one you saw. %(changes)s. Look at it as it is now, then decide.",
              changes="; ".join(changes)), changes
        )  # fmt: skip


def check_shown(unit: Unit, ticket: Ticket, version: int | None, *, fields: Iterable[str]) -> None:
    """Refuse to put a ticket out of sight with which others went on since its page was shown.

    :param version: its version there; ``None`` asks nothing.
    :param fields: what the act writes: then it is news that somebody else wrote it.
    :raises StaleTicket: naming what came, as `check_crossing` does.
    """
    if came := _came(unit, ticket, version, fields=fields):
        raise StaleTicket(
            _("Since this page was shown: %(changes)s. Look at it; if it shall be so all the same, press again.",
              changes="; ".join(came)), came
        )  # fmt: skip


def check_last_word(unit: Unit, ticket: Ticket, seen: str | None) -> None:
    """Refuse to close as the customer a conversation that somebody else went on with since the page was shown.

    :param seen: key of the newest message on the page; ``None`` asks nothing. A version would tell of notes.
    :raises StaleTicket: with a sentence for each public message that came.
    """
    if seen is None:
        return
    me = unit.actor.person.id if unit.actor.person else ""
    last = select(Message.pk).where(Message.ticket_pk == ticket.pk, Message.key == seen).scalar_subquery()
    came = (
        select(Message.author_public_name, Message.created_at)
        .outerjoin(PersonRecord, PersonRecord.pk == Message.author_pk)
        .where(Message.ticket_pk == ticket.pk, Message.public.is_(True), Message.pk > last)
        .where(or_(PersonRecord.host_id.is_(None), PersonRecord.host_id != me))
        .order_by(Message.pk)
        .limit(MOST)
    )
    news = [
        _("%(name)s wrote at %(when)s", name=name or _("Support"), when=format_near(at, unit.now))
        for name, at in unit.session.execute(came)
    ]
    if news:
        raise StaleTicket(
            _("Meanwhile %(changes)s. Look at it; if it is solved all the same, press again.",
              changes="; ".join(news)), news
        )  # fmt: skip


def _given(*, assigns: bool) -> tuple[str, ...]:
    return ("assignee",) if assigns else ()


def _came(unit: Unit, ticket: Ticket, version: int | None, *, fields: Iterable[str]) -> list[str]:
    """A sentence for every public message and change of status or these fields that came since from somebody else."""
    if version is None or version == ticket.version:
        return []
    news = or_(
        Event.action.in_(("message.added", "status.changed")),
        (Event.action == "message.visibility_changed") & (Event.new == "public"),
        Event.field.in_(tuple(fields)),
    )
    return [_news(row, unit.now) for row in unit.session.execute(_newer(unit, ticket, version, news))]


def _newer(unit: Unit, ticket: Ticket, version: int, which: ColumnElement[bool], *, mine: bool = False) -> Select[Any]:
    """What others did since; what one did oneself is no news, unless ``mine``."""
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
    if not mine:
        newer = newer.where(or_(PersonRecord.host_id.is_(None), PersonRecord.host_id != me))
    return newer.order_by(Event.pk).limit(MOST)


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
