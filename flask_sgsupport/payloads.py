"""The published JSON shapes, which every signal and export carries exactly; keys may be added, none changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

SURFACE = "ticket-and-support-workflow"

TIME_KEYS = {"closed": "closed_at", "resolved": "resolved_at", "open": "reopened_at"}
"""Name of the time in a transition, by the status reached."""


def rfc3339(at: datetime) -> str:
    """A moment as ``2026-04-22T14:03:00Z``; fractions of a second only where there are any."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """What the published record of a ticket is made of."""

    ticket_id: str
    account_id: str
    sites: Sequence[str]
    requester: str
    subject: str
    status: str
    priority: str
    queue: str
    assigned_to: str | None
    created_at: datetime
    subjects: Sequence[tuple[str, str, str]] = ()
    """Kind, key and title of each of the host's things it is about."""


def ticket_record(facts: TicketFacts, *, customer: bool = False) -> dict[str, Any]:
    """A ticket. ``customer``: routing is nobody's business there, so queue and assignee are null."""
    return {
        "ticket_id": facts.ticket_id,
        "site": facts.sites[0] if facts.sites else None,
        "requester": facts.requester,
        "subject": facts.subject,
        "status": facts.status,
        "queue": None if customer else facts.queue,
        "assigned_to": None if customer else facts.assigned_to,
        "created_at": rfc3339(facts.created_at),
        "sites": list(facts.sites),
        "account": facts.account_id,
        "priority": facts.priority,
        "subjects": [{"kind": kind, "key": key, "title": title} for kind, key, title in facts.subjects],
    }


def reply_record(*, ticket_id: str, actor: str | None, kind: str, body: str, at: datetime) -> dict[str, Any]:
    """A message: ``kind`` is public-reply, follow-up or internal-note."""
    return {"ticket_id": ticket_id, "actor": actor, "type": kind, "body": body, "timestamp": rfc3339(at)}


def transition_record(*, ticket_id: str, old: str, new: str, actor: str | None, at: datetime) -> dict[str, Any]:
    """A change of status, its time named by where it leads."""
    return {"ticket_id": ticket_id, "from": old, "to": new, "actor": actor, TIME_KEYS[new]: rfc3339(at)}


def envelope(*, site: str | None, actor: str | None, at: datetime) -> dict[str, Any]:
    """What audit entries and webhooks carry around everything."""
    return {"site": site, "surface": SURFACE, "actor": actor, "timestamp": rfc3339(at)}
