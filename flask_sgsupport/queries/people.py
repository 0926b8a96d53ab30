"""Who somebody is on the desk: agents with the rights of now, and people known from what they did before."""

from __future__ import annotations

from sqlalchemy import func, or_, select

from ..actors import Actor, Person, Via
from ..models import PersonRecord
from ..permissions import agent_actors, agent_select
from ..settings import state

KNOWN_WINDOW = 20_000
"""So many of the newest records of people are searched."""


def agent(person: Person, via: Via) -> Actor:
    """A person as an agent; without any right where they are none."""
    return agents([person], via)[person.id]


def agents(people: list[Person], via: Via) -> dict[str, Actor]:
    """Several people as agents, by the host's id, in one statement."""
    host = state()
    rows = host.db.session.execute(agent_select(person.id for person in people)).all()
    return agent_actors(
        [(row[0], row[1]) for row in rows], {person.id: person for person in people}, via, host.hooks.permission
    )


def ids_of_people_known(words: str, limit: int) -> list[str]:
    """Host ids of people whose name or address, as we have known them, holds each of the words; the newest first."""
    newest = select(func.max(PersonRecord.pk)).scalar_subquery()
    found = select(PersonRecord.host_id).where(PersonRecord.pk > newest - KNOWN_WINDOW)
    for word in words.split()[:5]:
        holding = (column.icontains(word, autoescape=True) for column in (PersonRecord.name, PersonRecord.email))
        found = found.where(or_(*holding))
    found = found.group_by(PersonRecord.host_id).order_by(func.max(PersonRecord.pk).desc()).limit(limit)
    return list(state().db.session.scalars(found))


def first_name(name: str) -> str:
    """The first word of a name."""
    return name.split()[0] if name.split() else name
