"""Call colleagues in a note: whoever sees the ticket is told, and the author learns who is not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select

from ..actors import Actor
from ..i18n import gettext as _
from ..i18n import ngettext
from ..mentions import called
from ..models import Agent, Delivery, Message, TicketTag
from ..notifications import CHANNELS, MENTIONED, Recipient
from ..permissions import covering
from .audience import refused_in, switched_off_by
from .holding import may_work_on
from .standing import Standings, ask_about
from .transaction import read_before
from .unit import Loaded, Unit

MAX_CALLED = 20
"""So many are told by one note."""
MAX_AGENTS = 1_000


@dataclass(frozen=True, slots=True)
class Call:
    """Whom a text calls, as asked before the unit of work.

    :param unclear: what may be several agents, with how each of them is called.
    :param standings: what the host says of them.
    """

    host_ids: Sequence[str] = ()
    unclear: Mapping[str, Sequence[str]] = field(default_factory=dict)
    standings: Standings = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """Who of them is told, and what the author reads of the others."""

    told: Sequence[Recipient] = ()
    remark: str = ""

    @property
    def host_ids(self) -> list[str] | None:
        """For the history; ``None`` where nobody is told."""
        return [one.id for one in self.told] or None


def ask_whom(actor: Actor, body: str) -> Call:
    """Read a text; only one with an @ in it costs anything."""
    if "@" not in body:
        return Call()
    known = select(Agent.host_id, Agent.name).where(Agent.active.is_(True), or_(Agent.can_handle, Agent.is_lead))
    known = known.order_by(Agent.pk).limit(MAX_AGENTS)
    names = read_before(actor, lambda session: {host_id: name for host_id, name in session.execute(known)})
    found = called(body, names)
    host_ids = found.keys[:MAX_CALLED]
    return Call(host_ids, found.unclear, {host_id: ask_about(host_id) for host_id in host_ids})


def reach(unit: Unit, loaded: Loaded, call: Call, *, edited: Message | None = None) -> Reached:
    """Whom to tell of those a note calls.

    :param edited: the note, where it was there before: who was told of it is not told again.
    """
    ticket = loaded.ticket
    if not call.host_ids:
        return Reached(remark=_unclear(call))
    if ticket.filtered_reason is not None:
        filtered = _("While the ticket is in Spam / Filtered nobody is told, so neither is whom you mention.")
        return Reached(remark=filtered)
    unit.standings |= call.standings
    tags = select(TicketTag.tag).where(TicketTag.ticket_pk == ticket.pk)
    covers = covering(queue_pk=ticket.queue_pk, category_pk=ticket.category_pk, tags=tags)
    wanted = select(Agent, covers, switched_off_by(Agent.host_id)).where(Agent.host_id.in_(call.host_ids))
    rows = {row[0].host_id: row for row in unit.session.execute(wanted)}
    before = _told_before(unit, edited)
    told, unseen = [], []
    for agent, reaches, off in (rows[host_id] for host_id in call.host_ids if host_id in rows):
        if not may_work_on(unit, agent, covers=reaches or agent.pk == ticket.assignee_pk):
            unseen.append(agent.name)
        elif agent.host_id not in before:
            told.append(Recipient(agent.host_id, agent.name, agent.email, refused_in(off)))
    return Reached(told, " ".join(filter(None, (_unseen(unseen), _unclear(call)))))


def _told_before(unit: Unit, note: Message | None) -> Collection[str]:
    if note is None:
        return ()
    told = select(Delivery.recipient_id).where(
        Delivery.ticket_pk == note.ticket_pk,
        Delivery.message_pk == note.pk,
        Delivery.notice == MENTIONED,
        Delivery.channel.in_(CHANNELS),
    )
    return set(unit.session.scalars(told.distinct()))


def _unseen(names: Sequence[str]) -> str:
    if not names:
        return ""
    return ngettext(
        "%(names)s does not see this ticket and was not told.",
        "%(names)s do not see this ticket and were not told.",
        len(names),
        names=", ".join(names),
    )


def _unclear(call: Call) -> str:
    said = (
        _(
            "@%(typed)s may be several, so nobody was told: edit the note and write one of %(handles)s.",
            typed=typed,
            handles=", ".join(f"@{handle}" for handle in handles[:5]),
        )
        for typed, handles in call.unclear.items()
    )
    return " ".join(said)
