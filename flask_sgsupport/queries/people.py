"""Who somebody is on the desk: agents with the rights of now."""

from __future__ import annotations

from ..actors import Actor, Person, Via
from ..permissions import agent_actors, agent_select
from ..settings import state


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
