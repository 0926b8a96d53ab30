"""What the host says of an agent now: asked before the unit of work wherever it is known whom it is about.

The directory may be slow and may fail. Neither may hold the locks of others, nor lose what somebody wrote.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from ..actors import Person, Right
from ..permissions import rights_of
from ..settings import state

log = logging.getLogger("flask_sgsupport.standing")


@dataclass(frozen=True, slots=True)
class Standing:
    """A person, with the rights the permission hooks add and those they forbid."""

    person: Person
    added: frozenset[Right]
    forbidden: frozenset[Right]

    def as_hook(self, person: Person, right: Right) -> bool | None:
        """What all the hooks together said."""
        return False if right in self.forbidden else True if right in self.added else None


Standings = dict[str, Standing | None]
"""By the host's id; ``None``: gone, or the directory could not be asked."""


def ask_about(host_id: str) -> Standing | None:
    """Ask the directory and the permission hooks; a failure is logged, and then they may do nothing for now."""
    hooks = state().hooks
    try:
        person: Person | None = hooks.directory.person(host_id)
    except Exception:
        log.exception("The directory could not be asked for the agent %s", host_id)
        return None
    if person is None:
        return None
    most = rights_of(person, Right, hooks.permission)
    return Standing(person, rights_of(person, (), hooks.permission), frozenset(Right) - most)
