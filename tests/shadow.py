"""What a ticket is from outside, beside the desk's own history: a model says what becomes of it, and that is compared.

Status, assignee, priority, how long it sleeps, whether it is put aside, and what its customer reads of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import select

from flask_sgsupport.models import Agent, Message, Ticket
from tests.world import Host


@dataclass(frozen=True)
class Stand:
    """How one ticket stands; in what is expected, `OneOf` and `mock.ANY` may stand for a value.

    :param assignee: the host's id.
    :param said: by the key of the message, all that is public.
    """

    status: Any
    assignee: Any
    priority: Any
    asleep: Any
    aside: Any
    said: Any


Shadow = dict[str, Stand]
"""By the number of the ticket."""


class OneOf:
    """Equals each of these."""

    def __init__(self, *values: Any) -> None:
        self.values = values

    def __eq__(self, other: object) -> bool:
        return any(value == other for value in self.values)

    def __hash__(self) -> int:
        return hash(OneOf)

    def __repr__(self) -> str:
        return " or ".join(map(repr, self.values))


def look(host: Host) -> Shadow:
    """How every ticket stands in the tables; in an app context."""
    session = host.db.session
    session.rollback()
    columns = (Ticket.pk, Ticket.ticket_id, Ticket.status, Agent.host_id, Ticket.priority, Ticket.snoozed_until)
    wanted = select(*columns, Ticket.filtered_reason).outerjoin(Agent, Agent.pk == Ticket.assignee_pk)
    tickets = session.execute(wanted).all()
    said: dict[int, dict[str, str]] = {}
    for pk, key, body in session.execute(
        select(Message.ticket_pk, Message.key, Message.body).where(Message.public.is_(True))
    ):
        said.setdefault(pk, {})[key] = body
    session.rollback()
    return {
        number: Stand(status, who, priority, asleep, aside is not None, said.get(pk, {}))
        for pk, number, status, who, priority, asleep, aside in tickets
    }


def otherwise(expected: Shadow, found: Shadow) -> Iterator[str]:
    """Where the tickets stand otherwise than is expected."""
    if expected.keys() != found.keys():
        yield f"there are {sorted(found)}, not {sorted(expected)}"
    for number in expected.keys() & found.keys():
        for name in (field.name for field in fields(Stand)):
            wanted, is_so = getattr(expected[number], name), getattr(found[number], name)
            if not wanted == is_so:  # noqa: SIM201 - the expected one decides what it equals
                yield f"{name} of {number} is {is_so!r}, not {wanted!r}"
