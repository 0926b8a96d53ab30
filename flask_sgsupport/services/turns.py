"""Who comes first of many that wait, where not all are taken at once: each time others.

Taken always in the same order, what cannot be done – a ticket somebody refuses to let go, a person of whom the
directory cannot tell – would keep everything behind it waiting for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import SystemRandom
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

T = TypeVar("T")

DICE = SystemRandom()
"""A host may have seeded the module's generator alike in all its processes, which are to differ here."""

PLACES = 1_009
"""A prime: times any number, modulo this, is another order of the keys."""
MAX_WAITING = 10_000
"""Out of so many of those that wait longest some are chosen."""


def shuffled(pk: InstrumentedAttribute[int]) -> ColumnElement[Any]:
    """What to order rows by, before their key itself."""
    return pk * DICE.randrange(1, PLACES) % PLACES


def some_of(waiting: Sequence[T], most: int) -> list[T]:
    """At most so many of them, each as likely as any other."""
    return DICE.sample(waiting, min(most, len(waiting)))
