"""What the lifecycle wants to know of a ticket that was read as columns."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..lifecycle import Facts, Limits
from ..models import Ticket
from ..settings import state

FACT_COLUMNS = (
    Ticket.status,
    Ticket.filtered_reason,
    Ticket.first_reply_at,
    Ticket.auto_close_at,
    Ticket.closed_at,
    Ticket.hold_reason,
    Ticket.resolved_at,
    Ticket.last_customer_message_at,
    Ticket.snoozed_until,
    Ticket.merged_into_id,
)


def facts_of(row: Any, **more: Any) -> Facts:
    """The facts of a ticket now.

    :param row: has the columns of `FACT_COLUMNS`.
    :param more: what an act would bring.
    """
    host = state()
    return replace(Facts.of(row, now=host.now(), limits=Limits.of(host.settings)), **more)
