"""The tables: static SQLAlchemy classes on a base of our own, used through the host's session."""

from __future__ import annotations

from .macros import Macro
from .metadata import TABLE_PREFIX, VERSION_TABLE, Base, UtcDateTime, copy_tables, table_of
from .people import Agent, AgentCoverage, PersonRecord, Preference
from .queues import Category, Queue
from .records import (
    Delivery,
    Event,
    EventChain,
    EventText,
    Heartbeat,
    HostChange,
    NumberCounter,
    Spent,
    TicketRead,
    WriteLock,
)
from .tickets import Attachment, ContextSnapshot, Message, MessageVersion, Rating, Ticket, TicketSite, TicketTag

__all__ = [
    "TABLE_PREFIX",
    "VERSION_TABLE",
    "Agent",
    "AgentCoverage",
    "Attachment",
    "Base",
    "Category",
    "ContextSnapshot",
    "Delivery",
    "Event",
    "EventChain",
    "EventText",
    "Heartbeat",
    "HostChange",
    "Macro",
    "Message",
    "MessageVersion",
    "NumberCounter",
    "PersonRecord",
    "Preference",
    "Queue",
    "Rating",
    "Spent",
    "Ticket",
    "TicketRead",
    "TicketSite",
    "TicketTag",
    "UtcDateTime",
    "WriteLock",
    "copy_tables",
    "table_of",
]
