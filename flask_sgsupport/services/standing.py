"""What the host says of an agent now: asked before the unit of work wherever it is known whom it is about.

The directory may be slow and may fail. Neither may hold the locks of others, nor lose what somebody wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from werkzeug.exceptions import HTTPException

from ..actors import Person, Right
from ..errors import SupportError, Vetoed
from ..i18n import gettext as _
from ..permissions import rights_of
from ..settings import state
from .failing import DATABASE_ERRORS, is_lost, is_repeatable

log = logging.getLogger("flask_sgsupport.standing")

P = ParamSpec("P")
T = TypeVar("T")


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


def asked_of(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a method of the host's directory answers, for a page that cannot be shown without it.

    :raises Vetoed: it failed; the log names the method. What it refuses itself, as ``abort(403)`` does, is its answer.
    """
    with _failing_as_vetoed(question):
        return question(*args, **kwargs)


def listed_by(question: Callable[P, Iterable[T]], *args: P.args, **kwargs: P.kwargs) -> list[T]:
    """As `asked_of`, for a method that answers several: it may be a generator, which fails only when it is read.

    :raises Vetoed: it failed.
    """
    with _failing_as_vetoed(question):
        return list(question(*args, **kwargs))


@contextmanager
def _failing_as_vetoed(question: Callable[..., object]) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(error, SupportError | HTTPException) or is_lost(error) or is_repeatable(error):
            raise
        log.exception("The app's directory failed: %s", name_of(question))
        if isinstance(error, DATABASE_ERRORS):
            state().db.session.rollback()
        raise Vetoed(
            _("The application could not say just now who these people are. Nothing was changed; please try again.")
        ) from error


def name_of(question: Callable[..., object]) -> str:
    """How a method of the host's directory is called in its code."""
    return str(getattr(question, "__qualname__", question))


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
