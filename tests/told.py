"""The audit log with the words and people its entries point to, as the history shows them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from flask_sgsupport.history import data_of
from flask_sgsupport.models import Event
from flask_sgsupport.models.telling import NEW, OLD, WORDS, told
from flask_sgsupport.routing import queue_in


class Entry:
    """One entry in words."""

    def __init__(self, event: Event, old: str | None, new: str | None, words: str | None) -> None:
        self.event, self.old = event, old
        self.data = data_of(event.data, words)
        self.new = queue_in(self.data.get("reasons", ())) or new

    def __getattr__(self, name: str) -> Any:
        return getattr(self.event, name)


def told_events(session: Any, *which: Any) -> list[Entry]:
    """The entries that fulfil these conditions, in the order they were written."""
    wanted = told(select(Event, OLD, NEW, WORDS)).where(*which).order_by(Event.pk)
    return [Entry(*row) for row in session.execute(wanted.execution_options(populate_existing=True))]
