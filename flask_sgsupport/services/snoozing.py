"""Snooze a ticket until a time, and wake it: by hand, by the clock, by the customer's word or another status."""

from __future__ import annotations

from datetime import UTC, datetime

from ..actors import Actor
from ..lifecycle import Act, decide
from .crossing import check_shown, check_version
from .status import apply, move
from .transaction import run
from .unit import Unit, load


def snooze(ticket_id: str, actor: Actor, until: datetime, *, version: int | None = None) -> datetime:
    """Take an open ticket out of the lists of what is to be done, until a time or until its customer writes.

    Its assignee stays, also when it is given to somebody else meanwhile: whoever has it then is told when it wakes.
    The customer sees nothing of it. Snoozed anew, it has the new time.

    :param until: with a zone; kept to the minute.
    :param version: the version of the ticket the person saw.
    :return: the time it wakes at, in UTC.
    :raises TransitionRefused: it is not open, waits in Spam / Filtered, or that is no time within a year.
    :raises StaleTicket: somebody else has written, snoozed or woken it in the meantime.
    """
    wakes_at = until.astimezone(UTC).replace(second=0, microsecond=0)

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        before = loaded.ticket.snoozed_until
        transition = decide(Act.SNOOZE, loaded.facts(unit, wanted_until=wakes_at), actor)
        if before == wakes_at:
            return
        check_shown(unit, loaded.ticket, version, fields=("snoozed_until",))
        apply(unit, loaded, transition)
        old = before.isoformat() if before else None
        unit.record(loaded.ticket, "ticket.snoozed", field="snoozed_until", old=old, new=wakes_at.isoformat())

    run(actor, write)
    return wakes_at


def unsnooze(ticket_id: str, actor: Actor, *, version: int | None = None) -> None:
    """Wake a ticket by hand.

    :param version: the version of the ticket the person saw.
    :raises TransitionRefused: it is not snoozed.
    :raises StaleTicket: somebody else has snoozed it anew in the meantime.
    """

    def write(unit: Unit) -> None:
        loaded = load(unit, ticket_id)
        if loaded.ticket.snoozed_until is not None:
            check_version(unit, loaded.ticket, version, ("snoozed_until",))
        move(unit, loaded, Act.WAKE)

    run(actor, write)
