"""Keep rules: leads make, change and order them. What they do to tickets is in `ruling` and `opening`."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from ..actors import Actor
from ..conditions import GROUPS, Conditions, group_of, in_words
from ..errors import InvalidInput, NotFound
from ..i18n import gettext as _
from ..models import Agent, Queue
from ..models import Rule as RuleRow
from ..routing import PRIORITIES
from ..rules import ACTIONS, ACTS, AGENT, CHOOSING, DUE, MAX_RULES, OPENED, RELEASED, TOLD, Rule
from ..targets import BREACHED, WARNED
from .fields import Check, check_name, checked_fields, one_line, one_of, yes_or_no
from .locking import locked_set_up
from .ordering import moved
from .ruling import IN_ORDER
from .seen import Seen, check_seen
from .seen import in_words as as_seen
from .setup import require_lead
from .sorting import read_tags
from .transaction import run
from .unit import Unit

MAX_REASON_CHARS = 100


def create_rule(actor: Actor, values: Mapping[str, Any]) -> str:
    """Make a rule; it is the last in the order.

    :param values: fields of `RULE_FIELDS`; ``name`` is needed, and something it does.
    :return: its key.
    :raises NotAllowed: not a lead.
    :raises InvalidInput: names every field that is wrong, a condition as ``all-0``.
    """
    require_lead(actor)
    checked = checked_rule({**NEW, **values})
    key = secrets.token_hex(8)

    def write(unit: Unit) -> None:
        others = _kept(unit)
        check_name(None, checked, others, _taken())
        if checked["active"]:
            _check_room(others)
        last = max((one.position for one in others), default=-1)
        row = RuleRow(key=key, position=last + 1, revision=_next_revision(others))
        blank = {name: value for name, value in NEW.items() if name not in {"name", "acts"}}
        _write(unit, row, blank, checked)
        unit.session.add(row)

    run(actor, write)
    return key


def change_rule(actor: Actor, key: str, values: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change a rule. One that is disabled is not run, and stays where it was.

    :param values: fields of `RULE_FIELDS`; those left out stay.
    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such rule.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_rule(values)

    def write(unit: Unit) -> None:
        kept = _kept(unit)
        row = _named(kept, key)
        now = values_of(row)
        check_seen(shown(now), shown(checked), seen)
        others = [one for one in kept if one is not row]
        check_name(row, checked, others, _taken())
        if checked.get("active") and not row.active:
            _check_room(others)
        row.revision = _next_revision(kept)
        _write(unit, row, now, checked)

    run(actor, write)


def move_rule(actor: Actor, key: str, places: int, *, past: str | None = None) -> None:
    """Let a rule change places: -1 is one further up, 1 one further down; at the end it stays where it is.

    :param past: the key of the rule it shall pass, as a list shows its neighbour; where it has, nothing is changed.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such rule.
    """
    require_lead(actor)

    def write(unit: Unit) -> None:
        kept = _kept(unit)
        row = _named(kept, key)
        kept, old, new = moved(kept, row, places, None if past is None else _named(kept, past))
        if new == old:
            return
        row.revision = _next_revision(kept)
        for position, one in enumerate(kept):
            one.position = position
        _record(unit, row, "position", str(old + 1), str(new + 1))

    run(actor, write)


def draft_rule(actor: Actor, values: Mapping[str, Any], *, key: str = "") -> Rule:
    """A rule as it was typed, to be tried; nothing is written.

    :param key: of the stored rule it would stand in the place of.
    :raises NotAllowed: not a lead.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_rule({**NEW, **values, "name": values.get("name") or "-"})
    wrong = _wrong_together(checked)
    if wrong:
        raise InvalidInput(wrong)
    then = {name: checked[name] for name in ACTIONS if checked[name]}
    conditions = Conditions(tuple(checked["all"]), tuple(checked["any"]))
    return Rule(key, checked["name"], frozenset(checked["acts"]), conditions, then, stop=checked["stop"])


def checked_rule(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values to be stored.

    :raises InvalidInput: names every field that is wrong; of a condition by its group and place, ``all-0``.
    """
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    for name in GROUPS:
        if name in values:
            found[name] = group_of(name, values[name], wrong)
    plain = {name: value for name, value in values.items() if name not in GROUPS}
    try:
        found |= checked_fields(RULE_FIELDS, plain)
    except InvalidInput as error:
        wrong |= error.fields
    if wrong:
        raise InvalidInput(wrong)
    return found


def values_of(row: Any) -> dict[str, Any]:
    """The fields of a stored rule, as `checked_rule` gives them.

    :param row: a row of the table, or one with its columns of these names.
    """
    conditions = Conditions.of(json.loads(row.conditions))
    then: dict[str, str] = dict.fromkeys(ACTIONS, "") | json.loads(row.actions)
    return {
        "name": row.name,
        "acts": tuple(row.acts.split()),
        "all": conditions.all,
        "any": conditions.any,
        "stop": row.stop,
        "active": row.active,
        **then,
    }


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a form shows them and the history tells them."""
    return {
        name: "; ".join(in_words(one) for one in value) if name in GROUPS else value for name, value in values.items()
    }


def _kept(unit: Unit) -> Sequence[RuleRow]:
    """Every rule in order, locked."""
    return locked_set_up(unit, select(RuleRow).order_by(*IN_ORDER))


def _named(kept: Sequence[RuleRow], key: str) -> RuleRow:
    row = next((one for one in kept if one.key == key), None)
    if row is None:
        raise NotFound(_("There is no such rule."))
    return row


def _next_revision(kept: Sequence[RuleRow]) -> int:
    # By the real time: a database that was set back, or is another one, never comes to a number it has had before.
    return max([time.time_ns() // 1_000, *(one.revision + 1 for one in kept)])


def _check_room(others: Sequence[RuleRow]) -> None:
    if sum(other.active for other in others) >= MAX_RULES:
        raise InvalidInput({"active": _("%(limit)s rules in use are the most. Disable one first.", limit=MAX_RULES)})


def _taken() -> str:
    return _("There is a rule of this name already.")


def _write(unit: Unit, row: RuleRow, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Write what is otherwise than now, each field with its entry in the history."""
    changed = {name: value for name, value in wanted.items() if now.get(name) != value}
    after = {**NEW, **now, **changed}
    wrong = _not_there(unit, changed)
    # One that is put out of use only need not be mended first.
    if changed != {"active": False}:
        wrong |= _wrong_together(after)
    if wrong:
        raise InvalidInput(wrong)
    row.name, row.stop, row.active = after["name"], after["stop"], after["active"]
    row.acts = " ".join(after["acts"])
    row.conditions = json.dumps(Conditions(after["all"], after["any"]).as_json(), ensure_ascii=False)
    row.actions = json.dumps({name: after[name] for name in ACTIONS if after[name]}, ensure_ascii=False)
    before, words = shown(now), shown(changed)
    for name, value in words.items():
        _record(unit, row, name, as_seen(before.get(name)), as_seen(value))


def _record(unit: Unit, row: RuleRow, name: str, old: str | None, new: str | None) -> None:
    unit.record(None, "rule.changed", field=name, old=old, new=new, rule=row.key, name=row.name)


def _not_there(unit: Unit, changed: Mapping[str, Any]) -> dict[str, str]:
    """What is newly named and is not there, or not in use any more, by field."""
    wrong, gone = {}, _("This is not there any more, or not in use.")
    queue, assignee = changed.get("queue"), changed.get("assignee") or ""
    in_use = select(func.count()).select_from(Queue).where(Queue.key == queue, Queue.active.is_(True))
    if queue and not unit.session.scalar(in_use):
        wrong["queue"] = gone
    if assignee.startswith(AGENT):
        working = select(Agent.pk).where(Agent.host_id == assignee.removeprefix(AGENT), Agent.active.is_(True))
        if unit.session.scalar(working) is None:
            wrong["assignee"] = gone
    return wrong


def _wrong_together(values: Mapping[str, Any]) -> dict[str, str]:
    """What lets a rule do nothing ever, by field."""
    wrong = {}
    if not values["stop"] and not any(values[name] for name in ACTIONS):
        wrong["queue"] = _("Choose what it does.")
    if not values["acts"]:
        wrong["acts"] = _("Choose what sets it off.")
    elif values["filter"] and OPENED not in values["acts"]:
        wrong["filter"] = _(
            "Only a new ticket is put into Spam / Filtered. Tick “%(act)s” under When, or leave this empty.",
            act=ACTS[OPENED],
        )
    both = set(values["add_tags"].split(", ")).intersection(filter(None, values["remove_tags"].split(", ")))
    if both:
        wrong["remove_tags"] = _("It adds and removes %(tags)s: choose one.", tags=", ".join(sorted(both)))
    if values["acts"] and values["notify"] and not DUE.intersection(values["acts"]):
        wrong["notify"] = _(
            "They hear of this without a rule. Tick “%(warned)s” or “%(over)s” under When, or leave this as it is.",
            warned=ACTS[WARNED],
            over=ACTS[BREACHED],
        )
    return wrong


def _acts(value: Any) -> tuple[str, ...]:
    chosen = {value} if isinstance(value, str) else set(value or ())
    if chosen - ACTS.keys():
        raise ValueError(_("Choose one of the list."))
    return tuple(act for act in ACTS if act in chosen)


def _assignee(value: Any) -> str:
    text = str(value or "")
    if text and text not in CHOOSING and not text.startswith(AGENT):
        raise ValueError(_("Choose one of the list."))
    return text


RULE_FIELDS: Mapping[str, Check] = {
    "name": lambda value: one_line(value, needed=True),
    "acts": _acts,
    "queue": lambda value: one_line(value, limit=50),
    "priority": one_of(PRIORITIES),
    "assignee": _assignee,
    "add_tags": lambda value: ", ".join(read_tags(str(value or ""))),
    "remove_tags": lambda value: ", ".join(read_tags(str(value or ""))),
    "notify": one_of(TOLD),
    "filter": lambda value: one_line(value, limit=MAX_REASON_CHARS),
    "stop": yes_or_no,
    "active": yes_or_no,
}
"""What may be changed of a rule beside its conditions, and how each value is checked."""

NEW: Mapping[str, Any] = {
    "name": "",
    "acts": (OPENED, RELEASED),
    "all": (),
    "any": (),
    **dict.fromkeys(ACTIONS, ""),
    "stop": False,
    "active": True,
}
"""What a new rule is where nothing else is said."""
