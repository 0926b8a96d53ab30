"""Keep macros: everybody's by leads, one's own by each agent. What they do to a ticket is in `using`."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from ..actors import Actor
from ..errors import InvalidInput, NotFound
from ..i18n import gettext as _
from ..macros import (
    ACTIONS,
    AGENT,
    MAX_MACROS,
    ME,
    NOBODY,
    STATUSES,
    read_actions,
    unknown_variables,
    variables_in_words,
)
from ..models import Agent, Category, Macro, Queue
from ..permissions import macros_kept_by, require_macro_keeper
from ..routing import PRIORITIES
from ..settings import state
from ..stored_text import storable
from .fields import Check, check_name, checked_fields, one_line, one_of, position, yes_or_no
from .locking import locked_set_up
from .seen import Seen, check_seen, in_words
from .sorting import read_tags
from .transaction import run
from .unit import Unit


def create_macro(actor: Actor, values: Mapping[str, Any], *, shared: bool) -> str:
    """Make a macro.

    :param values: fields of `MACRO_FIELDS`; ``name`` is needed, and a text or something it does.
    :param shared: everybody's; else the actor's own.
    :return: its key.
    :raises NotAllowed: everybody's are made by leads, own ones by agents.
    :raises InvalidInput: names every field that is wrong.
    """
    require_macro_keeper(actor, shared=shared)
    checked = checked_fields(MACRO_FIELDS, {"name": ""} | dict(values))
    key, owner_pk = secrets.token_hex(8), None if shared else actor.agent_pk

    def write(unit: Unit) -> None:
        others = [macro for macro in _kept(unit) if macro.owner_pk == owner_pk]
        _check_room(others)
        check_name(None, checked, others, _taken())
        start = {"body": "", "active": True, "position": max((one.position for one in others), default=-1) + 1}
        macro = Macro(key=key, name=checked["name"], actions="{}", owner_pk=owner_pk, **start)
        _write(unit, macro, start | {"offered_in": ""} | dict.fromkeys(ACTIONS, ""), checked)
        unit.session.add(macro)

    run(actor, write)
    return key


def change_macro(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change fields of `MACRO_FIELDS`. One that is disabled is no longer offered.

    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotFound: there is no such macro, or it is not the actor's to change.
    :raises InvalidInput: names every field that is wrong.
    """
    checked = checked_fields(MACRO_FIELDS, changes)

    def write(unit: Unit) -> None:
        kept = _kept(unit)
        macro = next((one for one in kept if one.key == key), None)
        if macro is None:
            raise NotFound(_("There is no such macro."))
        others = [one for one in kept if one.owner_pk == macro.owner_pk and one is not macro]
        queue = unit.session.get(Queue, macro.queue_pk) if macro.queue_pk else None
        columns = {name: getattr(macro, name) for name in ("name", "body", "active", "position")}
        now = columns | {"offered_in": queue.key if queue else ""}
        now |= dict.fromkeys(ACTIONS, "") | read_actions(macro.actions)
        check_seen(now, checked, seen)
        check_name(macro, checked, others, _taken())
        if checked.get("active") and not macro.active:
            _check_room(others)
        _write(unit, macro, now, checked)

    run(actor, write)


def _kept(unit: Unit) -> Sequence[Macro]:
    """Every macro this actor may change, locked."""
    wanted = select(Macro).where(macros_kept_by(unit.actor))
    return locked_set_up(unit, wanted.order_by(Macro.position, Macro.pk))


def _check_room(others: Sequence[Macro]) -> None:
    if sum(other.active for other in others) >= MAX_MACROS:
        sentence = _("%(limit)s macros in use are the most. Disable one first.", limit=MAX_MACROS)
        raise InvalidInput({"active": sentence})


def _taken() -> str:
    return _("There is a macro of this name already.")


def _write(unit: Unit, macro: Macro, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Write what is otherwise than now, each field with its entry in the history."""
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    after = {**now, **changed}
    wrong = _not_there(unit, changed)
    if not after["body"] and not any(after[name] for name in ACTIONS):
        wrong["body"] = _("Write a text, or choose what it does.")
    if wrong:
        raise InvalidInput(wrong)
    for name in ("name", "body", "active", "position"):
        setattr(macro, name, after[name])
    macro.actions = json.dumps({name: after[name] for name in ACTIONS if after[name]}, ensure_ascii=False)
    if "offered_in" in changed:
        macro.queue_pk = unit.session.scalar(select(Queue.pk).where(Queue.key == changed["offered_in"]))
    for name, value in changed.items():
        old, new = (in_words(_named(unit, one)) for one in (now.get(name), value))
        unit.record(None, "macro.changed", field=name, old=old, new=new, macro=macro.key, name=macro.name)


def _named(unit: Unit, value: Any) -> Any:
    """A value as the history tells it: an agent by name."""
    if not isinstance(value, str) or not value.startswith(AGENT):
        return value
    return unit.session.scalar(select(Agent.name).where(Agent.host_id == value.removeprefix(AGENT))) or value


_NAMED: Mapping[str, tuple[Any, Any]] = {
    "offered_in": (Queue.key, Queue.active),
    "queue": (Queue.key, Queue.active),
    "category": (Category.key, Category.active),
    "assignee": (Agent.host_id, Agent.active),
}


def _not_there(unit: Unit, changed: Mapping[str, Any]) -> dict[str, str]:
    """What is newly named and is not there, or not in use any more, by field."""
    wrong = {}
    for name, (key, active) in _NAMED.items():
        value = changed.get(name) or ""
        if name == "assignee":
            value = value.removeprefix(AGENT) if value.startswith(AGENT) else ""
        if value and unit.session.scalar(select(key).where(key == value, active.is_(True))) is None:
            wrong[name] = _("This is not there any more, or not in use.")
    return wrong


def _text(value: Any) -> str:
    text = storable(str(value or "")).replace("\r\n", "\n").strip()
    limit = state().settings.max_body_chars
    if len(text) > limit:
        raise ValueError(_("This text has %(count)s characters; %(limit)s is the most.", count=len(text), limit=limit))
    if unknown := unknown_variables(text):
        raise ValueError(
            _("%(unknown)s is no variable. These are: %(known)s.", unknown=unknown[0], known=variables_in_words())
        )
    return text


def _assignee(value: Any) -> str:
    text = str(value or "")
    if text and text not in {ME, NOBODY} and not text.startswith(AGENT):
        raise ValueError(_("Choose one of the list."))
    return text


MACRO_FIELDS: Mapping[str, Check] = {
    "name": lambda value: one_line(value, needed=True),
    "body": _text,
    "offered_in": lambda value: one_line(value, limit=50),
    "position": position,
    "active": yes_or_no,
    "status": one_of(STATUSES),
    "assignee": _assignee,
    "queue": lambda value: one_line(value, limit=50),
    "priority": one_of(PRIORITIES),
    "category": lambda value: one_line(value, limit=50),
    "add_tags": lambda value: ", ".join(read_tags(str(value or ""))),
    "remove_tags": lambda value: ", ".join(read_tags(str(value or ""))),
    "note": _text,
}
"""What may be changed of a macro, and how each value is checked; ``offered_in`` is the key of a queue."""
