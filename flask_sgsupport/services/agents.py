"""Grant, change and withdraw the rights of agents; somebody always leads."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, or_, select

from ..actors import Actor, Person, Right, Side
from ..errors import InvalidInput, NotAllowed, NotFound
from ..i18n import gettext as _
from ..models import Agent, AgentCoverage, Category, Queue
from ..permissions import COLUMN_OF, granted_to, missing, public_name_of, require
from ..settings import state
from .handing_over import HandedOver, after_the_act, return_tickets
from .inserting import insert_missing
from .seen import Seen, check_seen, in_words
from .sorting import read_tags
from .standing import asked_of
from .transaction import run
from .unit import Unit

log = logging.getLogger("flask_sgsupport.agents")

MAX_PUBLIC_NAME_CHARS = 100
MAX_OPEN = 10_000


@dataclass(frozen=True, slots=True)
class Covers:
    """What an agent covers: keys of queues and categories, and tags."""

    queues: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


def grant_agent(
    actor: Actor,
    person: Person,
    *,
    rights: Collection[Right],
    public_name: str = "",
    covers: Covers | None = None,
    max_open: int | str | None = None,
    available: bool | None = None,
    seen: Seen | None = None,
) -> None:
    """Make somebody an agent, or give one who is again exactly these rights and this coverage.

    :param public_name: what customers see; empty takes the person's name, or "Support" where that is an address.
    :param max_open: as for `change_agent`.
    :param available: whether rules may choose them; without a word somebody new is, and who was one is as they were.
    :param seen: what the form showed: that somebody else made or switched off the agent since is a conflict.
    :raises StaleTicket: such a conflict.
    :raises NotAllowed: neither a lead nor a host's Owner.
    :raises InvalidInput: fields ``person``, ``rights``, ``public_name``, ``queues``, ``categories``, ``tags``,
        ``max_open``.
    """
    _authorise(actor)
    if not person.active:
        raise InvalidInput({"person": _("%(name)s is switched off in this app.", name=person.display_name)})
    checked = _checked_rights(rights)
    public = _checked_public_name(public_name or public_name_of(person))
    most = _checked_most(max_open)

    def write(unit: Unit) -> None:
        row = {"host_id": person.id, "name": person.display_name[:200], "email": person.email, "public_name": public}
        known = {"person_pk": unit.person_pk(person)}
        none = dict.fromkeys(COLUMN_OF.values(), False)
        insert_missing(unit.session, Agent, [row | known | none | {"active": False, "created_at": unit.now}])
        agent = _agent(unit, person.id)
        if seen is not None:
            said = {"rights": checked, "public_name": public, "max_open": max_open, "available": available}
            # Of who is no agent only that is so: nothing else of them holds.
            shown = seen if agent.active else {name: seen[name] for name in ("active",) if name in seen}
            _check_seen(unit, agent, said, covers or Covers(), shown)
        _write_rights(unit, agent, checked)
        _write_person(unit, agent, person)
        _write_column(unit, agent, "public_name", public)
        _write_column(unit, agent, "active", value=True)
        _write_coverage(unit, agent, covers or Covers())
        if max_open is not None:
            _write_column(unit, agent, "max_open", most)
        if available is not None:
            _write_column(unit, agent, "available", available)

    run(actor, write)


def change_agent(
    actor: Actor,
    agent_id: str,
    *,
    rights: Collection[Right] | None = None,
    public_name: str | None = None,
    covers: Covers | None = None,
    max_open: int | str | None = None,
    available: bool | None = None,
    seen: Seen | None = None,
) -> HandedOver:
    """Change rights, public name or coverage of an agent; what is ``None`` stays.

    Name and address follow the directory.

    :param agent_id: the host's id.
    :param max_open: rules give them no ticket while so many wait for them; "" for as many as come.
    :param available: whether rules may choose them, said for who cannot say it.
    :param seen: what the form showed; a field changed since by somebody else is a conflict.
    :raises StaleTicket: such a conflict.
    :returns: the tickets of an agent who may handle none any more, gone back to their queues.
    :raises NotFound: there is no such agent.
    :raises InvalidInput: as `grant_agent`, and ``rights`` where the last lead would be gone.
    """
    _authorise(actor)
    person: Person | None = asked_of(state().hooks.directory.person, agent_id)
    checked = None if rights is None else _checked_rights(rights)
    public = None if public_name is None else _checked_public_name(public_name)
    most = _checked_most(max_open)

    def write(unit: Unit) -> int:
        agent = _agent(unit, agent_id)
        if seen is not None:
            said = {"rights": checked, "public_name": public, "max_open": max_open, "available": available}
            _check_seen(unit, agent, said, covers, seen)
        if checked is not None:
            _write_rights(unit, agent, checked)
        if person is not None:
            _write_person(unit, agent, person)
        if public is not None:
            _write_column(unit, agent, "public_name", public)
        if covers is not None:
            _write_coverage(unit, agent, covers)
        if max_open is not None:
            _write_column(unit, agent, "max_open", most)
        if available is not None:
            _write_column(unit, agent, "available", available)
        return agent.pk

    agent_pk = run(actor, write)
    if checked is None or checked & {Right.HANDLE, Right.LEAD}:
        return HandedOver()
    return after_the_act(actor, lambda: return_tickets(actor, agent_pk))


def say_available(actor: Actor, *, available: bool) -> None:
    """Say of oneself whether rules may give one tickets; what one has stays.

    :raises NotAllowed: no agent.
    """
    require(actor, Right.HANDLE)
    if actor.side is not Side.AGENT or actor.agent_pk is None or actor.person is None:
        raise NotAllowed(_("Only an agent can say that they are available."))
    host_id = actor.person.id
    run(actor, lambda unit: _write_column(unit, _agent(unit, host_id), "available", available))


def withdraw_agent(actor: Actor, agent_id: str) -> HandedOver:
    """Switch an agent off; their open tickets go back to their queues and the leads are told.

    Doing it again goes on with what was left.

    :raises InvalidInput: field ``agent``: the last lead stays.
    """
    _authorise(actor)

    def write(unit: Unit) -> int:
        agent = _agent(unit, agent_id)
        _keep_a_lead(unit, agent, "agent")
        _write_column(unit, agent, "active", value=False)
        return agent.pk

    agent_pk = run(actor, write)
    return after_the_act(actor, lambda: return_tickets(actor, agent_pk))


def follow_directory(unit: Unit, person: Person) -> None:
    """Give an agent the name and address the directory has now; who is no agent has nothing to follow."""
    agent = unit.session.scalar(select(Agent).where(Agent.host_id == person.id).with_for_update())
    if agent is not None:
        _write_person(unit, agent, person)


def switch_off(unit: Unit, agent_id: str) -> int | None:
    """Switch off an agent who is gone, and answer their key; ``None`` for who is no agent.

    The last lead stays one, without any right the directory does not grant: an Owner of the host makes another.
    """
    agent = _locked(unit, agent_id)
    if agent is None:
        return None
    try:
        _keep_a_lead(unit, agent, "agent")
    except InvalidInput:
        log.warning("The last support lead has left; an Owner of the app makes another under Support → Agents")
    else:
        _write_column(unit, agent, "active", value=False)
    return agent.pk


def _authorise(actor: Actor) -> None:
    person = actor.person
    owner = person is not None and person.active and person.host_owner
    if actor.side is not Side.AGENT or not (owner or Right.LEAD in actor.rights):
        raise NotAllowed(missing(Right.LEAD))


def _checked_rights(rights: Iterable[Right]) -> frozenset[Right]:
    checked = frozenset(rights)
    if not checked:
        raise InvalidInput({"rights": _("Grant at least one right, or withdraw the agent.")})
    return checked


def _checked_public_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > MAX_PUBLIC_NAME_CHARS or not name.isprintable():
        raise InvalidInput(
            {
                "public_name": _(
                    "Write the name customers see, at most %(limit)s characters.", limit=MAX_PUBLIC_NAME_CHARS
                )
            }
        )
    return name


def _checked_most(value: int | str | None) -> int | None:
    text = str(value or "").strip()
    if not text and value != 0:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_OPEN):
        raise InvalidInput(
            {"max_open": _("Write a whole number from 1 to %(limit)s, or leave it empty.", limit=MAX_OPEN)}
        )
    return int(text)


def _agent(unit: Unit, agent_id: str) -> Agent:
    agent = _locked(unit, agent_id)
    if agent is None:
        raise NotFound(_("There is no such agent."))
    return agent


def _locked(unit: Unit, agent_id: str) -> Agent | None:
    """An agent, locked together with the leads, by their keys: of two leads who withdraw each other, one waits."""
    leads = Agent.is_lead.is_(True) & Agent.active.is_(True)
    wanted = select(Agent).where(or_(Agent.host_id == agent_id, leads)).order_by(Agent.pk).with_for_update()
    agents = unit.session.scalars(wanted.execution_options(populate_existing=True)).all()
    return next((agent for agent in agents if agent.host_id == agent_id), None)


def _keep_a_lead(unit: Unit, agent: Agent, field: str) -> None:
    """Let a lead go only while another one stays; the leads are locked, so that no two go at once."""
    if not (agent.is_lead and agent.active):
        return
    leads = select(Agent.pk).where(Agent.is_lead.is_(True), Agent.active.is_(True)).order_by(Agent.pk)
    if set(unit.session.scalars(leads.with_for_update())) <= {agent.pk}:
        raise InvalidInput(
            {field: _("%(name)s is the last support lead. Make somebody else one first.", name=agent.name)}
        )


def _write_rights(unit: Unit, agent: Agent, rights: frozenset[Right]) -> None:
    before = granted_to(agent)
    if rights == before:
        return
    if Right.LEAD not in rights:
        _keep_a_lead(unit, agent, "rights")
    for right, column in COLUMN_OF.items():
        setattr(agent, column, right in rights)
    _record(unit, agent, "rights", _listed(before), _listed(rights))


def _write_person(unit: Unit, agent: Agent, person: Person) -> None:
    before_pk = agent.person_pk
    agent.person_pk = unit.person_pk(person) or before_pk
    for column, value in (("name", person.display_name[:200]), ("email", person.email)):
        if getattr(agent, column) != value:
            setattr(agent, column, value)
            unit.record(None, "agent.changed", field=column, old_person_pk=before_pk, new_person_pk=agent.person_pk)


def _write_column(unit: Unit, agent: Agent, column: str, value: object) -> None:
    before = getattr(agent, column)
    if before != value:
        setattr(agent, column, value)
        _record(unit, agent, column, before, value)


def _write_coverage(unit: Unit, agent: Agent, covers: Covers) -> None:
    session = unit.session
    wanted = {("tag", tag): tag for tag in read_tags(",".join(covers.tags))}
    for kind, field, model, keys in (
        ("queue", "queues", Queue, covers.queues),
        ("category", "categories", Category, covers.categories),
    ):
        found = {key: pk for pk, key in session.execute(select(model.pk, model.key).where(model.key.in_(keys)))}
        unknown = [key for key in keys if key not in found]
        if unknown:
            raise InvalidInput({field: _("There is no “%(key)s”.", key=", ".join(unknown))})
        wanted |= {(kind, str(pk)): key for key, pk in found.items()}
    mine = AgentCoverage.agent_pk == agent.pk
    before = {(kind, value): key for kind, value, key in _covered(unit, agent)}
    if before.keys() == wanted.keys():
        return
    session.execute(delete(AgentCoverage).where(mine))
    session.add_all(AgentCoverage(agent_pk=agent.pk, kind=kind, value=value) for kind, value in wanted)
    old, new = (
        ", ".join(f"{kind} {key}" for (kind, __), key in sorted(covered.items())) for covered in (before, wanted)
    )
    _record(unit, agent, "coverage", old, new)


def _covered(unit: Unit, agent: Agent) -> list[tuple[str, str, str]]:
    """What an agent covers: kind, value, and the key people know it by."""
    mine = select(AgentCoverage.kind, AgentCoverage.value).where(AgentCoverage.agent_pk == agent.pk)
    rows = [(kind, value) for kind, value in unit.session.execute(mine)]
    keys: dict[tuple[str, str], str] = {}
    for kind, model in (("queue", Queue), ("category", Category)):
        pks = [int(value) for its_kind, value in rows if its_kind == kind]
        found = unit.session.execute(select(model.pk, model.key).where(model.pk.in_(pks)))
        keys |= {(kind, str(pk)): key for pk, key in found}
    return [(kind, value, keys.get((kind, value), value)) for kind, value in rows]


def _check_seen(unit: Unit, agent: Agent, changes: Mapping[str, object], covers: Covers | None, seen: Seen) -> None:
    wanted = {"active": True} | {name: value for name, value in changes.items() if value is not None}
    held = [right for right, column in COLUMN_OF.items() if getattr(agent, column)]
    now: dict[str, object] = {"rights": held}
    now |= {name: getattr(agent, name) for name in ("active", "public_name", "max_open", "available")}
    if covers is not None:
        wanted |= {"queues": covers.queues, "categories": covers.categories, "tags": read_tags(",".join(covers.tags))}
        mine = _covered(unit, agent)
        for kind, field in (("queue", "queues"), ("category", "categories"), ("tag", "tags")):
            now[field] = [key for its_kind, __, key in mine if its_kind == kind]
    check_seen(now, wanted, seen)


def _record(unit: Unit, agent: Agent, field: str, old: object, new: object) -> None:
    unit.record(None, "agent.changed", field=field, old=in_words(old), new=in_words(new), new_person_pk=agent.person_pk)


def _listed(rights: Iterable[Right]) -> str:
    held = set(rights)
    return ", ".join(str(right).replace("_", " ") for right in Right if right in held)
