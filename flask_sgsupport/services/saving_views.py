"""Save views: an agent their own, shared or not; leads keep every shared one beside its keeper.

What a view holds is asked anew by whoever opens it, so sharing one shows nobody a ticket they do not see. That is why
every agent may share, as colleagues send each other addresses; only the order of the shared ones is the leads'.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select

from ..actors import Actor, Right
from ..errors import InvalidInput, NotFound, StaleTicket
from ..i18n import gettext as _
from ..models import SavedView
from ..permissions import require, require_view_keeper, saved_views_kept_by
from ..saved_views import (
    MAX_OWN_VIEWS,
    MAX_SHARED_VIEWS,
    checked_filters,
    filters_in_words,
    read_filters,
    stored_filters,
)
from .fields import Check, check_name, checked_fields, one_line, yes_or_no
from .locking import locked_set_up
from .ordering import moved
from .seen import Seen, check_seen, in_words, read_seen, seal_seen
from .transaction import run
from .unit import Unit


def save_view(actor: Actor, values: Mapping[str, Any]) -> str:
    """Save a list under a name; it is the last of its kind.

    :param values: fields of `VIEW_FIELDS`; ``name`` and ``filters`` are needed.
    :return: its key.
    :raises NotAllowed: no agent of the desk.
    :raises InvalidInput: names every field that is wrong.
    """
    require_view_keeper(actor)
    checked = checked_fields(VIEW_FIELDS, {"name": "", "filters": {}, "shared": False, **values})
    key = secrets.token_hex(8)

    def write(unit: Unit) -> None:
        kept = list(_kept(unit))
        row = SavedView(key=key, owner_pk=actor.agent_pk)
        _check_own_room(row, kept)
        _write(unit, row, {}, checked, kept)
        unit.session.add(row)

    run(actor, write)
    return key


def change_view(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change fields of `VIEW_FIELDS`. What is no longer shared is its keeper's again, whoever took it back.

    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotFound: there is no such view, or it is not the actor's to change.
    :raises InvalidInput: names every field that is wrong.
    """
    checked = checked_fields(VIEW_FIELDS, changes)

    def write(unit: Unit) -> None:
        kept = _kept(unit, key)
        row = _named(unit, kept, key)
        now = {"name": row.name, "shared": row.shared, "filters": read_filters(row.filters)}
        check_seen(shown(now), shown(checked), seen)
        _write(unit, row, now, checked, [one for one in kept if one is not row])

    run(actor, write)


def move_view(actor: Actor, key: str, places: int, *, past: str | None = None) -> None:
    """Let a view change places among its keeper's own, or among the shared ones: -1 is one further up, 1 one down.

    :param past: the key of the view it shall pass, as a list shows its neighbour; where it has, nothing is changed.
    :raises NotAllowed: the order of the shared ones is the leads'.
    :raises NotFound: there is no such view, or it is not the actor's to change.
    """

    def write(unit: Unit) -> None:
        kept = _kept(unit, key)
        row = _named(unit, kept, key)
        if row.shared:
            require(unit.actor, Right.LEAD)
        beside = _beside(row, kept, shared=row.shared)
        neighbour = None if past is None else _named(unit, beside, past)
        order, old, new = moved(beside, row, places, neighbour)
        if new == old:
            return
        for position, one in enumerate(order):
            one.position = position
        if row.shared:
            _record(unit, row, "position", str(old + 1), str(new + 1))

    run(actor, write)


def remove_view(actor: Actor, key: str, *, seen: Seen | None = None) -> None:
    """Remove a view: its keeper, or of shared ones a lead. No ticket is touched by it.

    :param seen: the name and filters that were shown; where somebody changed them since, it is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotFound: there is no such view, or it is not the actor's to remove.
    """

    def write(unit: Unit) -> None:
        row = _named(unit, _kept(unit, key), key)
        now = seal_seen(shown({"name": row.name, "filters": read_filters(row.filters)}))
        if seen is not None and seen != read_seen(now):
            raise StaleTicket(_("Somebody has just changed this view. Look again, then decide."))
        if row.shared:
            unit.record(None, "view.removed", view=row.key, name=row.name)
        unit.session.delete(row)

    run(actor, write)


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a form shows them and the history tells them."""
    return {name: filters_in_words(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def _kept(unit: Unit, key: str = "") -> Sequence[SavedView]:
    """The shared views, the actor's own and those of the keeper of one, in order and locked."""
    keeper = select(SavedView.owner_pk).where(SavedView.key == key)
    owners = SavedView.owner_pk == unit.actor.agent_pk, SavedView.owner_pk.in_(keeper)
    wanted = select(SavedView).where(or_(SavedView.shared.is_(True), *owners))
    return locked_set_up(unit, wanted.order_by(SavedView.position, SavedView.pk))


def _named(unit: Unit, kept: Sequence[SavedView], key: str) -> SavedView:
    """The one of these that the actor may change.

    :raises NotFound: there is none.
    """
    wanted = select(SavedView.pk).where(SavedView.key == key, saved_views_kept_by(unit.actor))
    pk = unit.session.scalar(wanted.with_for_update())
    row = next((one for one in kept if one.pk == pk), None)
    if row is None:
        raise NotFound(_("There is no such view."))
    return row


def _beside(row: SavedView, kept: Sequence[SavedView], *, shared: bool) -> list[SavedView]:
    """The views of a view's own kind, shared or its keeper's, itself among them where it is of that kind already."""
    return [one for one in kept if one.shared == shared and (shared or one.owner_pk == row.owner_pk)]


def _check_own_room(row: SavedView, kept: Sequence[SavedView]) -> None:
    if sum(one.owner_pk == row.owner_pk for one in kept) >= MAX_OWN_VIEWS:
        raise InvalidInput(
            {"name": _("You keep %(limit)s views, the most there can be. Remove one first.", limit=MAX_OWN_VIEWS)}
        )


def _check_shared_room(kept: Sequence[SavedView]) -> None:
    if sum(one.shared for one in kept) >= MAX_SHARED_VIEWS:
        sentence = _(
            "%(limit)s views are shared, the most there can be. Keep this one for yourself.",
            limit=MAX_SHARED_VIEWS,
        )
        raise InvalidInput({"shared": sentence})


def _write(
    unit: Unit, row: SavedView, now: Mapping[str, Any], wanted: Mapping[str, Any], kept: list[SavedView]
) -> None:
    """Write what is otherwise than now; of what is shared, or was, each field with its entry in the history.

    :param kept: the other views.
    """
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    after, was_shared = {**now, **changed}, bool(now.get("shared"))
    beside = _beside(row, kept, shared=after["shared"])
    if after["shared"] or row.owner_pk == unit.actor.agent_pk:
        # A lead who gives one back to its keeper learns nothing of the keeper's own.
        same = None if "shared" in changed else row
        check_name(same, {"name": after["name"]}, beside, _("There is a view of this name already."))
    if after["shared"] and not was_shared:
        _check_shared_room(kept)
    if "shared" in changed:
        row.position = max((one.position for one in beside), default=-1) + 1
    row.name, row.shared, row.filters = after["name"], after["shared"], stored_filters(after["filters"])
    if not (after["shared"] or was_shared):
        return
    # To its readers what is shared only now is new in everything.
    before, words = (shown(now), shown(changed)) if was_shared else ({}, shown(after))
    for name, value in words.items():
        _record(unit, row, name, in_words(before.get(name)), in_words(value))


def _record(unit: Unit, row: SavedView, name: str, old: str | None, new: str | None) -> None:
    unit.record(None, "view.changed", field=name, old=old, new=new, view=row.key, name=row.name)


VIEW_FIELDS: Mapping[str, Check] = {
    "name": lambda value: one_line(value, needed=True),
    "filters": checked_filters,
    "shared": yes_or_no,
}
"""What may be changed of a view, and how each value is checked."""
