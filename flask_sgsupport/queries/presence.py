"""Who has a ticket open just now, of those the agent who asks may see; told to colleagues, never to customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, literal

from ..actors import Actor
from ..i18n import gettext as _
from ..models import Presence, Ticket
from ..models.presence import SEEN_FOR
from ..permissions import visible_to
from ..settings import state
from .choices import part

MOST = 200
SAID_AGAIN_AFTER = timedelta(seconds=10)
"""Sooner, an open page's saying that its reader is there is not written anew."""
WRITING, LOOKING = "writing", "looking"


@dataclass(frozen=True, slots=True)
class Present:
    """A colleague at a ticket, in words: a sentence on the ticket's page, a mark beside others."""

    said: str
    writing: bool


Here = Mapping[str, Sequence[Present]]
"""By the ticket's number."""


@dataclass(frozen=True, slots=True)
class SaidBefore:
    """What the person's own open page said last of them."""

    writing: bool
    at: datetime

    def is_outdone_by(self, *, writing: bool) -> bool:
        """Whether it is to be written what the page says now."""
        return writing is not self.writing or state().now() - self.at >= SAID_AGAIN_AFTER


def presence_part(actor: Actor, *which: ColumnElement[bool]) -> Select[Any]:
    """Who is there, the asking agent among them, as a branch of `choices.part`."""
    there = part(
        "here",
        Ticket.ticket_id,
        Presence.name,
        case((Presence.host_id == (actor.person.id if actor.person else ""), 1), else_=0),
        extra=case((Presence.writing, literal(WRITING)), else_=literal(LOOKING)),
        at=Presence.seen_at,
    )
    seen = Presence.seen_at > state().now() - SEEN_FOR
    there = there.select_from(Presence).join(Ticket, Ticket.pk == Presence.ticket_pk)
    return there.where(seen, visible_to(actor), *which).order_by(Presence.ticket_pk, Presence.host_id).limit(MOST)


def marks(rows: Iterable[Any]) -> Here:
    """Who else is at which ticket, for a list; ``rows`` have those of `presence_part` among them."""
    return _worded(
        rows,
        lambda name: _("%(name)s is writing", name=name),
        lambda name: _("%(name)s is looking", name=name),
    )


def sentences(rows: Iterable[Any]) -> Here:
    """The same for the page of a ticket."""
    return _worded(
        rows,
        lambda name: _("%(name)s is writing on this ticket.", name=name),
        lambda name: _("%(name)s is looking at this ticket.", name=name),
    )


def _worded(rows: Iterable[Any], writing: Callable[[str], str], looking: Callable[[str], str]) -> Here:
    found: dict[str, list[Present]] = defaultdict(list)
    for row in rows:
        if row.kind == "here" and not row.pk:
            writes = row.extra == WRITING
            found[row.key].append(Present((writing if writes else looking)(row.label), writes))
    return found


def said_before(rows: Iterable[Any]) -> SaidBefore | None:
    """What the asking agent's own page said last."""
    mine = next((row for row in rows if row.kind == "here" and row.pk), None)
    return mine and SaidBefore(mine.extra == WRITING, mine.at)
