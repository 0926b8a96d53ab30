"""Set the desk up: queues, categories and the first start. Agents are in `agents`, mails in `testing_mail`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from .. import migrations
from ..actors import Actor, Person, Right, Side, Via
from ..errors import InvalidInput, NotAllowed, NotFound
from ..i18n import gettext as _
from ..models import Agent, Category, Queue
from ..permissions import granted_to, missing
from ..search_text import fold
from ..settings import state
from ..stored_text import storable
from .agents import Covers, grant_agent
from .fields import Check, check_name, checked_fields, one_line, position, yes_or_no
from .handing_over import HandedOver, after_the_act, empty_queue
from .host_session import is_clean
from .inserting import insert_missing
from .locking import locked_set_up
from .numbers import prepare
from .seen import Seen, check_seen, in_words
from .sorting import checked_address
from .tidying import give_id
from .transaction import run
from .unit import BIND, Unit

KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?")
MAX_SIGNATURE_CHARS = 2_000

FIRST_QUEUE = "support"
FIRST_NAME = "Support"


def require_lead(actor: Actor) -> None:
    """Let a support lead pass.

    :raises NotAllowed: it is none.
    """
    if actor.side is not Side.AGENT or Right.LEAD not in actor.rights:
        raise NotAllowed(missing(Right.LEAD))


def create_queue(actor: Actor, key: str, values: Mapping[str, Any]) -> None:
    """Make a queue; the first one there is becomes the default.

    :param key: its name in URLs, payloads and rules: lower-case letters, digits and hyphens; it stays for ever.
        Empty, it is made from the name.
    :param values: fields of `QUEUE_FIELDS`; ``name`` is needed.
    :raises NotAllowed: not a lead.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    made, checked = _new(QUEUE_FIELDS, key, values)

    def write(unit: Unit) -> None:
        queues = _queues(unit)
        check_name(None, checked, queues.values(), _("There is a queue of this name already."))
        chosen = _free(key, made, queues)
        blank = {"from_name": "", "from_address": None, "reply_address": None, "signature": "", "mail_error": ""}
        start = {"position": _after(queues.values()), "active": True, "is_default": not queues}
        _choose_default(unit, queues, start | checked)
        unit.session.add(Queue(key=chosen, **(blank | start | checked)))
        unit.record(None, "queue.changed", field="name", new=checked["name"], queue=chosen)

    _once(actor, write)


def change_queue(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> HandedOver:
    """Change fields of `QUEUE_FIELDS`. Exactly one active queue is the default at all times.

    A queue that is disabled hands its tickets and categories to the default queue; see `HandedOver.left`.

    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such queue.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_fields(QUEUE_FIELDS, changes)

    def write(unit: Unit) -> int | None:
        queues = _queues(unit)
        queue = queues.pop(key, None)
        if queue is None:
            raise NotFound(_("There is no queue “%(key)s”.", key=key))
        check_seen({name: getattr(queue, name) for name in checked}, checked, seen)
        check_name(queue, checked, queues.values(), _("There is a queue of this name already."))
        _keep_default(queue, checked)
        if not queue.is_default:
            _choose_default(unit, queues, {"active": queue.active, "is_default": False} | checked)
        disabled = queue.active and not checked.get("active", True)
        _write(unit, queue, checked, "queue.changed", queue=key)
        if disabled:
            _move_categories(unit, queue, next(other for other in queues.values() if other.is_default))
        return None if queue.active else queue.pk

    queue_pk = run(actor, write)
    return HandedOver() if queue_pk is None else after_the_act(actor, lambda: empty_queue(actor, queue_pk))


def create_category(actor: Actor, key: str, values: Mapping[str, Any]) -> None:
    """Make a category.

    :param key: as of a queue.
    :param values: fields of `CATEGORY_FIELDS`; ``name`` is needed; ``queue`` is the key of an active queue,
        "" leaves it to the default one.
    :raises NotAllowed: not a lead.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    made, checked = _new(CATEGORY_FIELDS, key, values)

    def write(unit: Unit) -> None:
        categories = _categories(unit)
        queue = _queue_named(unit, checked.get("queue"))
        check_name(None, checked, categories.values(), _("There is a category of this name already."))
        chosen = _free(key, made, categories)
        fields = {"position": _after(categories.values()), "active": True} | checked
        fields.pop("queue", None)
        unit.session.add(Category(key=chosen, queue_pk=queue.pk if queue else None, **fields))
        unit.record(None, "category.changed", field="name", new=checked["name"], category=chosen)

    _once(actor, write)


def change_category(actor: Actor, key: str, changes: Mapping[str, Any], *, seen: Seen | None = None) -> None:
    """Change fields of `CATEGORY_FIELDS`. A category that is disabled stays on its tickets and is no longer offered.

    :param seen: as of a queue.
    :raises StaleTicket: as of a queue.
    :raises NotAllowed: not a lead.
    :raises NotFound: there is no such category.
    :raises InvalidInput: names every field that is wrong.
    """
    require_lead(actor)
    checked = checked_fields(CATEGORY_FIELDS, changes)

    def write(unit: Unit) -> None:
        categories = _categories(unit)
        queue = _queue_named(unit, checked.get("queue"))
        category = categories.pop(key, None)
        if category is None:
            raise NotFound(_("There is no category “%(key)s”.", key=key))
        leads_to = unit.session.get(Queue, category.queue_pk) if category.queue_pk else None
        now = {"queue": leads_to.key if leads_to else ""}
        check_seen({name: now.get(name, getattr(category, name, "")) for name in checked}, checked, seen)
        check_name(category, checked, categories.values(), _("There is a category of this name already."))
        if "queue" in checked:
            _lead_to(unit, category, queue)
        fields = {name: value for name, value in checked.items() if name != "queue"}
        _write(unit, category, fields, "category.changed", category=key)

    run(actor, write)


@dataclass(frozen=True, slots=True)
class Report:
    """What `initialise` found and did, a sentence each."""

    lines: tuple[str, ...]


def initialise(lead: Person) -> Report:
    """Make or upgrade the tables, prepare the numbers, make the first queue and this person a lead who covers it.

    What is there stays; doing it again changes nothing. It trusts whoever can run a command on the server.

    :raises NotReady: the tables cannot be upgraded; the sentence says why.
    :raises InvalidInput: the person is switched off.
    """
    host = state()
    session = host.db.session()
    if is_clean(session):
        # The read transaction in which the person was looked up would keep SQLite from committing the tables.
        session.rollback()
    before = migrations.status()
    lines = [migrations.upgrade().sentence if before.state != "current" else before.sentence]
    actor = Actor(side=Side.AGENT, via=Via.CLI, label="cli", rights=frozenset(Right))

    def first_queue(unit: Unit) -> tuple[str, str]:
        prepare(unit.session, host.settings.ticket_prefix, unit.now)
        give_id(unit)
        queues = _queues(unit)
        if queues:
            default = next(queue for queue in queues.values() if queue.is_default)
            return default.key, _("There are queues already; the default is “%(name)s”.", name=default.name)
        row = {"key": FIRST_QUEUE, "name": FIRST_NAME, "position": 0, "active": True, "is_default": True}
        blank = {"from_name": "", "from_address": None, "reply_address": None, "signature": "", "mail_error": ""}
        insert_missing(unit.session, Queue, [row | blank])
        unit.record(None, "queue.changed", field="name", new=FIRST_NAME, queue=FIRST_QUEUE)
        return FIRST_QUEUE, _("The queue “%(name)s” was made; it is the default.", name=FIRST_NAME)

    default, sentence = run(actor, first_queue)
    lines.append(sentence)
    agent = session.scalar(select(Agent).where(Agent.host_id == lead.id), bind_arguments=BIND)
    if agent is not None and granted_to(agent) == frozenset(Right):
        lines.append(_("%(name)s is a support lead already.", name=lead.display_name))
    else:
        grant_agent(actor, lead, rights=frozenset(Right), covers=Covers(queues=(default,)))
        lines.append(_("%(name)s is a support lead now.", name=lead.display_name))
    if lead.accounts:
        accounts = ", ".join(membership.account_name or membership.account_id for membership in lead.accounts)
        lines.append(
            _(
                "Warning: %(name)s is a customer (account %(account)s) and sees the tickets of every account now. "
                "If that is not meant, make somebody else a lead and switch %(name)s off under Support → Agents.",
                name=lead.display_name,
                account=accounts,
            )
        )
    return Report(tuple(lines))


def _once(actor: Actor, write: Callable[[Unit], None]) -> None:
    try:
        run(actor, write)
    except IntegrityError as error:
        # Two leads thought of the same key at once.
        raise InvalidInput({"key": _("This key is taken.")}) from error


def _free(key: str, made: str, present: Mapping[str, Any]) -> str:
    """The key that was typed, or the one made from the name with a number where it is taken."""
    if key in present:
        raise InvalidInput({"key": _("This key is taken.")})
    numbered = (f"{made[:44].rstrip('-')}-{number}" for number in range(2, len(present) + 3))
    return key or next(one for one in (made, *numbered) if one not in present)


def _queues(unit: Unit) -> dict[str, Queue]:
    """Every queue by its key, locked."""
    return {queue.key: queue for queue in locked_set_up(unit, select(Queue).order_by(Queue.position, Queue.pk))}


def _categories(unit: Unit) -> dict[str, Category]:
    """Every category by its key, locked."""
    wanted = select(Category).order_by(Category.position, Category.pk)
    return {category.key: category for category in locked_set_up(unit, wanted)}


def _queue_named(unit: Unit, key: str | None) -> Queue | None:
    if not key:
        return None
    wanted = select(Queue).where(Queue.key == key, Queue.active.is_(True)).with_for_update(read=True)
    queue = unit.session.scalar(wanted)
    if queue is None:
        raise InvalidInput({"queue": _("There is no such queue, or it is disabled.")})
    return queue


def _keep_default(queue: Queue, changes: Mapping[str, Any]) -> None:
    if not queue.is_default:
        return
    if not changes.get("active", True):
        raise InvalidInput({"active": _("This is the default queue. Make another queue the default first.")})
    if not changes.get("is_default", True):
        raise InvalidInput({"is_default": _("There must be a default queue. Make another one the default instead.")})


def _choose_default(unit: Unit, others: Mapping[str, Queue], after: Mapping[str, Any]) -> None:
    """Take the mark off the other queue where this one becomes the default."""
    if not after["is_default"]:
        return
    if not after["active"]:
        raise InvalidInput({"is_default": _("A disabled queue cannot be the default.")})
    for other in others.values():
        _write(unit, other, {"is_default": False}, "queue.changed", queue=other.key)


def _move_categories(unit: Unit, queue: Queue, default: Queue) -> None:
    for category in _categories(unit).values():
        if category.queue_pk == queue.pk:
            _lead_to(unit, category, default)


def _lead_to(unit: Unit, category: Category, queue: Queue | None) -> None:
    old = unit.session.get(Queue, category.queue_pk) if category.queue_pk else None
    if (queue.pk if queue else None) == category.queue_pk:
        return
    category.queue_pk = queue.pk if queue else None
    names: dict[str, Any] = {"old": old.key if old else None, "new": queue.key if queue else None}
    unit.record(None, "category.changed", field="queue", category=category.key, **names)


def _after(rows: Any) -> int:
    return max((row.position for row in rows), default=-1) + 1


def _write(unit: Unit, row: Any, values: Mapping[str, Any], action: str, **which: Any) -> None:
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            unit.record(None, action, field=name, old=in_words(before), new=in_words(value), **which)


def _new(fields: Mapping[str, Check], key: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The key made from the name, and the checked values.

    :param key: as typed; may be empty.
    """
    wrong = {}
    made = _key_of(str(values.get("name") or ""))
    if not KEY.fullmatch(key or made) and (key or values.get("name")):
        wrong["key"] = _("Write 1 to 50 lower-case letters, digits and hyphens.")
    try:
        checked = checked_fields(fields, {"name": ""} | dict(values))
    except InvalidInput as error:
        raise InvalidInput(wrong | error.fields) from error
    if wrong:
        raise InvalidInput(wrong)
    return made, checked


def _key_of(name: str) -> str:
    letters = "".join(char if char.isascii() else " " for char in fold(name))
    return "-".join(letters.split())[:50].rstrip("-")


def _address(value: Any) -> str | None:
    text = str(value or "").strip()
    return checked_address(text) if text else None


def _signature(value: Any) -> str:
    text = storable(str(value or "")).replace("\r\n", "\n").strip()
    if len(text) > MAX_SIGNATURE_CHARS:
        raise ValueError(_("At most %(limit)s characters.", limit=MAX_SIGNATURE_CHARS))
    return text


CATEGORY_FIELDS: Mapping[str, Check] = {
    "name": lambda value: one_line(value, needed=True),
    "position": position,
    "active": yes_or_no,
    "queue": lambda value: one_line(value, limit=50),
}
"""What may be changed of a category, and how each value is checked."""

QUEUE_FIELDS: Mapping[str, Check] = {
    "name": lambda value: one_line(value, needed=True),
    "position": position,
    "active": yes_or_no,
    "is_default": yes_or_no,
    "from_name": one_line,
    "from_address": _address,
    "reply_address": _address,
    "signature": _signature,
}
"""What may be changed of a queue, and how each value is checked."""
