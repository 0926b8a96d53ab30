"""Link tickets that belong together, of one account or of several: for agents only, told to nobody."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, delete, func, or_, select

from ..actors import Actor, Right
from ..errors import InvalidInput, TransitionRefused
from ..i18n import gettext as _
from ..lifecycle import Act, LinkKind, decide
from ..models import Ticket, TicketLink
from ..permissions import require
from .holding import touch
from .inserting import insert_missing
from .transaction import run
from .unit import Loaded, Unit, load

MAX_LINKS = 200
"""So many tickets can be linked to one."""


def link(ticket_id: str, actor: Actor, other: str, kind: LinkKind = LinkKind.RELATED) -> bool:
    """Link a ticket to another. No customer learns of it.

    :param kind: what the ticket is to the other: related, a case of its incident, or the incident itself.
    :return: whether the two were not linked so before.
    :raises NotFound: one of the two is not there, or not for this actor.
    :raises InvalidInput: field ``number``: itself, linked in another way already, or one with too many links.
    """
    wanted = _read(kind)
    if ticket_id == other:
        raise InvalidInput({"number": _("A ticket cannot be linked to itself.")})

    def write(unit: Unit) -> bool:
        one, two = _both(unit, ticket_id, other)
        now = unit.session.scalars(_between(one.ticket, two.ticket)).first()
        if now is not None:
            if _as_seen(now, one.ticket) is wanted:
                return False
            raise InvalidInput({"number": _("The two are linked in another way. Remove that link first.")})
        for loaded in (one, two):
            if _links_of(unit, loaded.ticket) >= MAX_LINKS:
                raise InvalidInput({"number": _too_many(_number(loaded))})
        insert_missing(unit.session, TicketLink, [_row(one.ticket, two.ticket, wanted)])
        _record(unit, one, "ticket.linked", wanted, new=_number(two))
        _record(unit, two, "ticket.linked", wanted.turned_round, new=_number(one))
        return True

    return run(actor, write)


def link_new(unit: Unit, one: Loaded, new: Ticket) -> None:
    """Link a ticket, locked already, to one that the same unit of work has made.

    :raises TransitionRefused: it has too many links.
    """
    if _links_of(unit, one.ticket) >= MAX_LINKS:
        raise TransitionRefused(_too_many(one.ticket.ticket_id))
    insert_missing(unit.session, TicketLink, [_row(one.ticket, new, LinkKind.RELATED)])
    unit.record(one.ticket, "ticket.linked", field=str(LinkKind.RELATED), new=new.ticket_id)
    unit.record(new, "ticket.linked", field=str(LinkKind.RELATED), new=one.ticket.ticket_id)


def unlink(ticket_id: str, actor: Actor, other: str) -> bool:
    """Take the link between two tickets away.

    :return: whether there was one.
    :raises NotFound: one of the two is not there, or not for this actor.
    """

    def write(unit: Unit) -> bool:
        one, two = _both(unit, ticket_id, other)
        now = unit.session.scalars(_between(one.ticket, two.ticket)).first()
        if now is None:
            return False
        kind = _as_seen(now, one.ticket)
        unit.session.execute(
            delete(TicketLink).where(TicketLink.first_pk == now.first_pk, TicketLink.second_pk == now.second_pk),
            execution_options={"synchronize_session": False},
        )
        unit.session.expunge(now)
        _record(unit, one, "ticket.unlinked", kind, old=_number(two))
        _record(unit, two, "ticket.unlinked", kind.turned_round, old=_number(one))
        return True

    return run(actor, write)


def _read(kind: LinkKind) -> LinkKind:
    try:
        return LinkKind(kind)
    except ValueError:
        raise InvalidInput({"kind": _("Choose what the two are to each other.")}) from None


def _both(unit: Unit, ticket_id: str, other: str) -> tuple[Loaded, Loaded]:
    """Both tickets for writing, locked in the order of their numbers."""
    found = {number: load(unit, number) for number in sorted({ticket_id, other})}
    require(unit.actor, Right.HANDLE)
    for loaded in found.values():
        decide(Act.LINK, loaded.facts(unit), unit.actor)
    return found[ticket_id], found[other]


def _between(one: Ticket, two: Ticket) -> Any:
    link = TicketLink
    return select(link).where(
        or_(
            and_(link.first_pk == one.pk, link.second_pk == two.pk),
            and_(link.first_pk == two.pk, link.second_pk == one.pk),
        )
    )


def _links_of(unit: Unit, ticket: Ticket) -> int:
    either = or_(TicketLink.first_pk == ticket.pk, TicketLink.second_pk == ticket.pk)
    return unit.session.scalar(select(func.count()).select_from(TicketLink).where(either)) or 0


def _too_many(number: str) -> str:
    return _("%(ticket)s has %(most)s links, which is the most.", ticket=number, most=MAX_LINKS)


def _as_seen(now: TicketLink, ticket: Ticket) -> LinkKind:
    """What the ticket is to the other."""
    if now.kind == LinkKind.RELATED:
        return LinkKind.RELATED
    return LinkKind.INCIDENT if now.first_pk == ticket.pk else LinkKind.CASE


def _row(one: Ticket, two: Ticket, kind: LinkKind) -> dict[str, Any]:
    if kind is LinkKind.RELATED:
        first, second = sorted((one.pk, two.pk))
    else:
        first, second = (one.pk, two.pk) if kind is LinkKind.INCIDENT else (two.pk, one.pk)
    stored = LinkKind.RELATED if kind is LinkKind.RELATED else LinkKind.INCIDENT
    return {"first_pk": first, "second_pk": second, "kind": str(stored)}


def _number(loaded: Loaded) -> str:
    return loaded.ticket.ticket_id


def _record(
    unit: Unit, loaded: Loaded, action: str, kind: LinkKind, *, old: str | None = None, new: str | None = None
) -> None:
    touch(unit, loaded, customer_sees=False)
    unit.record(loaded.ticket, action, field=str(kind), old=old, new=new)
