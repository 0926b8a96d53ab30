"""In which order acts lock rows, and the lock before which everything waits that leads and agents set up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import Select, select

from ..models import Queue
from .unit import Unit

T = TypeVar("T")
LOCK_ORDER = (
    "sgsupport_host_change",
    "sgsupport_ticket",
    "sgsupport_case_answer",
    "sgsupport_message",
    "sgsupport_delivery",
    "sgsupport_queue",
    "sgsupport_category",
    "sgsupport_agent",
    "sgsupport_saved_view",
    "sgsupport_event_chain",
)
"""The order in which every act locks rows of these tables, those of one table by their keys.

Whoever waits for one of a later table holds none that somebody before it waits for. Only a host that does several acts
in a transaction of its own can make another order.
"""


def lock_set_up(unit: Unit) -> None:
    """Wait for whoever sets something up just now, so that two of them never make two of one name, or a last one twice.

    The queues are locked, for there is always one. It takes a statement of its own: one that waits for rows does not
    see those that were added while it waited.
    """
    unit.session.execute(select(Queue.pk).order_by(Queue.pk).with_for_update())


def locked_set_up(unit: Unit, wanted: Select[T]) -> Sequence[T]:
    """Rows of what leads and agents set up, locked and as they are once nobody else sets something up."""
    lock_set_up(unit)
    return unit.session.scalars(wanted.with_for_update().execution_options(populate_existing=True)).all()
