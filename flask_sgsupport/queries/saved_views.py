"""Saved views: those at the side of the lists, one as it is opened, and how many tickets each holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select

from ..actors import Actor
from ..errors import NotFound
from ..i18n import gettext as _
from ..models import Agent, SavedView, Ticket
from ..permissions import saved_views_kept_by, saved_views_shown_to
from ..saved_views import MAX_OWN_VIEWS, MAX_SHARED_VIEWS, read_filters
from ..settings import state
from .choices import BIND, ask, count_part, part
from .views import Filters, conditions, is_among_the_newest

MAX_ROWS = MAX_OWN_VIEWS + MAX_SHARED_VIEWS
TALLIED = 99
"""Of each view so many tickets are counted; more read "99+"."""


@dataclass(frozen=True, slots=True)
class SavedLink:
    """A view at the side."""

    key: str
    name: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved view as somebody finds it.

    :param kept: they may change it.
    :param keeper: the name of the agent who saved it; of one's own, too.
    """

    key: str
    name: str
    shared: bool
    kept: bool
    own: bool
    keeper: str
    filters: Filters

    def opened(self, asked: Filters) -> Filters:
        """What its address asks for: its own filters, or those that stand in the address instead."""
        return asked if asked.says_itself else replace(self.filters, after=asked.after)

    def differs(self, filters: Filters) -> bool:
        """Whether a list is not, or not any more, what is saved."""
        return filters.kept() != self.filters.kept()


def saved_part(actor: Actor, key: str = "") -> Select[Any]:
    """A branch with the views at the side of an agent's lists, or with one of them."""
    branch = part(
        "saved",
        SavedView.key,
        SavedView.name,
        SavedView.pk,
        position=SavedView.position,
        extra=case((SavedView.shared.is_(True), "shared"), else_=""),
    ).where(saved_views_shown_to(actor))
    return branch.where(SavedView.key == key) if key else branch


def saved_among(rows: Iterable[Any]) -> list[SavedLink]:
    """Those among the rows of `ask`, shared ones first."""
    found = sorted((row for row in rows if row.kind == "saved"), key=lambda row: (not row.extra, row.position, row.pk))
    return [SavedLink(row.key, row.label, bool(row.extra)) for row in found]


def saved_views(actor: Actor) -> list[Saved]:
    """Every view an agent may open, shared ones first, in one statement."""
    return [_saved(actor, row) for row in state().db.session.execute(_select(actor))]


def saved_view(actor: Actor, key: str) -> Saved | None:
    """One an agent may open; another's own is none."""
    row = state().db.session.execute(_select(actor).where(SavedView.key == key)).one_or_none()
    return None if row is None else _saved(actor, row)


def kept_view(actor: Actor, key: str) -> Saved:
    """One an agent may change.

    :raises NotFound: it is not theirs.
    """
    found = saved_view(actor, key)
    if found is None or not found.kept:
        raise NotFound(_("There is no such view."))
    return found


def count_colleagues(actor: Actor) -> int:
    """How many other agents there are who find what is shared, at most one more than `MANY`."""
    others = select(Agent.pk).where(Agent.active.is_(True), or_(Agent.can_handle.is_(True), Agent.is_lead.is_(True)))
    if actor.agent_pk is not None:
        others = others.where(Agent.pk != actor.agent_pk)
    return int(ask([count_part("colleagues", "", others)])[0].pk)


def tallies(actor: Actor) -> Mapping[str, int]:
    """How many tickets each view holds for this agent, by key, at most one more than `TALLIED`; in three statements.

    None of those that search or hold a figure: counting would be a search, or a report, that nobody asked for. Of those
    that are not of few tickets the newest are looked at, once for all of them.
    """
    counted = [one for one in saved_views(actor) if not one.filters.q and not one.filters.narrows("figure")]
    few = [one for one in counted if one.filters.is_of_few]
    parts = [
        count_part("tally", one.key, select(Ticket.pk).where(*conditions(actor, one.filters)), most=TALLIED)
        for one in few
    ]
    found = {row.key: int(row.pk) for row in ask(parts)} if parts else {}
    return {**found, **_among_the_newest(actor, [one for one in counted if one not in few])}


def _among_the_newest(actor: Actor, views: Sequence[Saved]) -> Mapping[str, int]:
    """How many of the newest tickets each of these holds, in one walk; any other index would lead through all."""
    if not views:
        return {}
    held = (case((and_(*conditions(actor, one.filters)), 1), else_=0) for one in views)
    wanted = select(*(func.coalesce(func.sum(one), 0) for one in held)).select_from(Ticket)
    row = state().db.session.execute(wanted.where(is_among_the_newest(Ticket.pk)), bind_arguments=BIND).one()
    return {one.key: min(int(count), TALLIED + 1) for one, count in zip(views, row, strict=True)}


def _select(actor: Actor) -> Select[Any]:
    return (
        select(
            SavedView.key,
            SavedView.name,
            SavedView.shared,
            SavedView.filters,
            SavedView.owner_pk,
            Agent.name.label("keeper"),
            case((saved_views_kept_by(actor), True), else_=False).label("kept"),
        )
        .join(Agent, Agent.pk == SavedView.owner_pk)
        .where(saved_views_shown_to(actor))
        .order_by(SavedView.shared.desc(), SavedView.position, SavedView.pk)
        .limit(MAX_ROWS)
    )


def _saved(actor: Actor, row: Any) -> Saved:
    filters = replace(Filters.of(read_filters(row.filters)), saved=row.key)
    own = row.owner_pk == actor.agent_pk
    return Saved(row.key, row.name, row.shared, bool(row.kept), own, row.keeper, filters)
