"""When a queue is at work, as leads say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update

from ..actors import Actor
from ..business_hours import (
    WEEKDAYS,
    Schedule,
    is_known,
    read_holiday,
    read_spans,
    schedule_of,
    stored,
    write_holiday,
    write_spans,
)
from ..errors import NotFound
from ..i18n import gettext as _
from ..models import Queue, Ticket
from ..models.metadata import NEVER
from ..stored_text import storable
from .fields import Check, checked_fields
from .seen import Seen, check_seen, in_words
from .setup import require_lead
from .transaction import run
from .unit import BIND, Unit

MAX_SPANS = 10
"""Opening hours of one weekday."""
MAX_HOLIDAYS = 200
MAX_NAME_CHARS = 100


def change_hours(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change when a queue is at work: fields of `HOURS_FIELDS`, as they are typed.

    :param key: the queue's.
    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such queue.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_fields(HOURS_FIELDS, changes)

    def write(unit: Unit) -> None:
        # What is due there is another moment now: the clock, which is told of each ticket, reckons anew. Tickets are
        # locked before their queue, by every act; where nothing is changed after all, the clock finds nothing new.
        of_queue = Ticket.queue_pk == select(Queue.pk).where(Queue.key == key).scalar_subquery()
        due = update(Ticket).where(of_queue, Ticket.due_at < NEVER).values(alarm_at=unit.now)
        unit.session.execute(due, execution_options={"synchronize_session": False}, bind_arguments=BIND)
        wanted = select(Queue).where(Queue.key == key).with_for_update()
        queue = unit.session.scalar(wanted.execution_options(populate_existing=True))
        if queue is None:
            raise NotFound(_("There is no queue “%(key)s”.", key=key))
        now = as_typed(schedule_of(queue.hours))
        check_seen({name: now[name] for name in checked}, checked, seen)
        for name, value in checked.items():
            if now[name] != value:
                old, new = (in_words(one.replace("\n", ", ")) for one in (now[name], value))
                unit.record(None, "queue.changed", field=name, old=old, new=new, queue=key)
        after = now | checked
        if after != now:
            queue.hours = stored(_schedule(after))

    run(actor, write)


def as_typed(schedule: Schedule) -> dict[str, str]:
    """What the fields of `HOURS_FIELDS` hold."""
    days = {name: write_spans(spans) for name, spans in zip(WEEKDAYS, schedule.week, strict=True)}
    holidays = "\n".join(write_holiday(one) for one in schedule.holidays)
    return {"zone": schedule.zone, **days, "holidays": holidays}


def _schedule(typed: Mapping[str, str]) -> Schedule:
    holidays = tuple(read_holiday(line) for line in typed["holidays"].splitlines())
    return Schedule(typed["zone"], tuple(read_spans(typed[name]) for name in WEEKDAYS), holidays)


def _zone(value: Any) -> str:
    name = str(value or "")
    if not is_known(name):
        raise ValueError(_("Choose one of the time zones."))
    return name


def _spans(value: Any) -> str:
    try:
        spans = read_spans(storable(str(value or "")))
    except ValueError as error:
        raise ValueError(
            _("Write hours as in 09:00–12:00, 13:00–17:00, none of them twice; leave it empty for a closed day.")
        ) from error
    if len(spans) > MAX_SPANS:
        raise ValueError(_("At most %(limit)s opening hours a day.", limit=MAX_SPANS))
    return write_spans(spans)


def _holidays(value: Any) -> str:
    found = []
    for line in filter(None, (one.strip() for one in storable(str(value or "")).splitlines())):
        try:
            holiday = read_holiday(line)
        except ValueError as error:
            sentence = _("“%(line)s” begins with no day. Write 2026-04-03 Good Friday, or 12-25 Christmas.", line=line)
            raise ValueError(sentence) from error
        if len(holiday.name) > MAX_NAME_CHARS:
            raise ValueError(_("Write one line of at most %(limit)s characters.", limit=MAX_NAME_CHARS))
        found.append(holiday)
    if len(found) > MAX_HOLIDAYS:
        raise ValueError(_("At most %(limit)s holidays.", limit=MAX_HOLIDAYS))
    days = sorted(found, key=lambda one: (one.year or 0, one.month, one.day))
    return "\n".join(write_holiday(one) for one in days)


HOURS_FIELDS: Mapping[str, Check] = {"zone": _zone, **dict.fromkeys(WEEKDAYS, _spans), "holidays": _holidays}
"""What may be changed of a queue's hours, and how each value is checked."""
