"""Who of the customer's side had a message before them in the panel, before it was hidden.

A read mark says up to which change of the ticket somebody has read, so that they looked then or later. Agents are left
out: they see what is hidden, too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ..actors import Actor
from ..i18n import format_datetime
from ..i18n import gettext as _
from ..models import Agent, Event, Message, Ticket, TicketRead
from ..permissions import visible_to
from ..settings import state
from .transaction import read_before
from .unit import Unit

log = logging.getLogger("flask_sgsupport.readers")

MAX_READERS = 20
"""So many are named; more people of one account hardly read one ticket."""

Names = Mapping[str, str]
"""Of readers, by the host's id."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who had the message before them.

    :param at: they looked then or later.
    """

    host_id: str
    name: str
    at: datetime

    @property
    def in_words(self) -> str:
        """A part of the sentence on who has it."""
        who = self.name or _("somebody of the account")
        return _("read in the panel by %(who)s on %(when)s or later", who=who, when=format_datetime(self.at))


def ask_for_names(ticket_id: str, actor: Actor) -> Names:
    """What the directory calls those who have read a ticket, asked before the unit of work."""
    host = state()
    wanted = select(TicketRead.host_id).join(Ticket, Ticket.pk == TicketRead.ticket_pk)
    wanted = wanted.where(Ticket.ticket_id == ticket_id, visible_to(actor), _no_agent())
    first = wanted.order_by(TicketRead.read_at, TicketRead.host_id).limit(MAX_READERS)
    ids = read_before(actor, lambda session: session.scalars(first).all())
    names = {}
    for host_id in ids:
        try:
            person = host.hooks.directory.person(host_id)
        except Exception:
            log.exception("The directory could not be asked for a reader")
            continue
        if person is not None:
            names[host_id] = person.display_name
    return names


def readers_of(unit: Unit, message: Message, names: Names) -> Sequence[Reader]:
    """Everybody who read a message of the support team while the customer saw it, as far as the panel knows."""
    changes = unit.session.execute(
        select(Event.at, Event.new, Event.data)
        .where(
            Event.ticket_pk == message.ticket_pk,
            Event.action == "message.visibility_changed",
            Event.data.contains(message.key),
        )
        .order_by(Event.pk)
    ).all()
    read: dict[str, datetime] = {}
    # Hiding stamps nothing the customer sees: who looked before is told from who looked after by its own entry only.
    for change in changes:
        known: dict[str, str] = json.loads(change.data).get("read_by") or {}
        read |= {host_id: datetime.fromisoformat(at) for host_id, at in known.items() if host_id not in read}
    since = message.created_at if message.kind == "public-reply" else None
    if changes:
        since = changes[-1].at if changes[-1].new == "public" else None
    if since is not None:
        marks = select(TicketRead.host_id, TicketRead.read_at).where(
            TicketRead.ticket_pk == message.ticket_pk, TicketRead.read_at >= since, _no_agent()
        )
        marks = marks.order_by(TicketRead.read_at, TicketRead.host_id).limit(MAX_READERS)
        read |= {host_id: at for host_id, at in unit.session.execute(marks) if host_id not in read}
    return [Reader(host_id, names.get(host_id, ""), at) for host_id, at in read.items()]


def read_by(readers: Collection[Reader]) -> dict[str, str] | None:
    """What the history keeps of them: ids and times."""
    return {reader.host_id: reader.at.isoformat() for reader in readers} or None


def _no_agent() -> ColumnElement[bool]:
    return TicketRead.host_id.not_in(select(Agent.host_id))
