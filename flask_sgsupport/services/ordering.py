"""What stands in an order of its own is moved by arrows, each past the neighbour its list shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def moved(order: Sequence[T], one: T, places: int, past: T | None) -> tuple[list[T], int, int]:
    """The order once one has moved, and its place before and then; both are the same where nothing moves.

    :param places: -1 is one further up, 1 one further down; at the end it stays where it is.
    :param past: what it shall pass; where it has, it stays: an arrow that is pressed twice moves it once.
    """
    old = order.index(one)
    new = min(max(old + places, 0), len(order) - 1) if past is None else order.index(past)
    if (new - old) * places <= 0:
        return list(order), old, old
    anew = [other for other in order if other is not one]
    anew.insert(new, one)
    return anew, old, new
