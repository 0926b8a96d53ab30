"""What every page of the inbox says: unread notices, and mail that nobody sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from ..actors import Actor
from ..models import Delivery, Draft
from ..models.beating import WORKER_SEEN_WITHIN, worker_seen
from ..settings import state
from .bells import unread_bells
from .choices import ask, count_part
from .drafts import on_their_way


def news_parts(actor: Actor) -> list[Select[Any]]:
    """Branches for what every page of the inbox says: unread notices, and mail that nobody sends."""
    now = state().now()
    overdue = now - WORKER_SEEN_WITHIN
    due = select(Delivery.pk).where(Delivery.state == "queued", Delivery.due_at < overdue, Delivery.channel == "email")
    return [
        count_part("unread", "", unread_bells(actor)),
        count_part("due", "", due),
        count_part("late", "", select(Draft.pk).where(Draft.send_at < overdue)),
        count_part("worker", "", worker_seen(now)),
        on_their_way(actor),
    ]


def worker_was_seen() -> bool:
    """Whether there was a worker lately."""
    return state().db.session.scalar(worker_seen(state().now())) is not None


def mail_waits(counts: Mapping[tuple[str, str], int]) -> bool:
    """Whether mail, or a reply, is due and no worker was seen lately."""
    return counts["due", ""] + counts["late", ""] > 0 and counts["worker", ""] == 0


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A reply of one's own that can still be taken back.

    :param form_key: of the form it was sent from.
    """

    ticket_id: str
    subject: str
    form_key: str
    seconds: int


def sending_among(rows: Iterable[Any]) -> list[OnItsWay]:
    """Those among the rows of `ask`."""
    return [OnItsWay(row.key, row.label, row.extra, seconds_left(row.at)) for row in rows if row.kind == "sending"]


def seconds_left(send_at: datetime) -> int:
    """How long a reply that goes out at this moment can still be taken back."""
    return max(0, round((send_at - state().now()).total_seconds()))


@dataclass(frozen=True, slots=True)
class News:
    """What every page of the inbox says."""

    unread: int
    mail_waits: bool
    sending: Sequence[OnItsWay] = ()


def news(actor: Actor) -> News:
    """The unread notices of an agent, whether mail waits for a worker, and what can be taken back, in one statement."""
    rows = ask(news_parts(actor))
    counts = {(row.kind, row.key): int(row.pk) for row in rows}
    return News(counts["unread", ""], mail_waits(counts), sending_among(rows))
