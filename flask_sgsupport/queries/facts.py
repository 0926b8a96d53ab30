"""What the lifecycle wants to know of a ticket that was read as columns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ..lifecycle import Facts, Limits, Status
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
)


def facts_of(row: Any) -> Facts:
    """The facts of a ticket now.

    :param row: has the columns of `FACT_COLUMNS`.
    """
    host = state()
    settings = host.settings
    days = settings.reopen_within_days
    return Facts(
        now=host.now(),
        limits=Limits(timedelta(hours=settings.auto_close_after_hours), None if days is None else timedelta(days=days)),
        status=Status(row.status),
        filtered=row.filtered_reason is not None,
        answered=row.first_reply_at is not None,
        auto_close_at=row.auto_close_at,
        closed_at=row.closed_at,
        held=row.hold_reason is not None,
        answer_since_resolved=row.resolved_at is not None and row.last_customer_message_at > row.resolved_at,
    )
