"""The tables: static SQLAlchemy classes on a base of our own, used through the host's session."""

from __future__ import annotations

from .cases import CaseAnswer, CaseReply
from .drafts import Draft
from .links import TicketLink
from .macros import Macro
from .measures import Measure
from .metadata import TABLE_PREFIX, VERSION_TABLE, Base, UtcDateTime, copy_tables, table_of
from .people import Agent, AgentCoverage, PersonRecord, Preference
from .presence import Presence
from .presses import ButtonPress
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
from .rules import Rule
from .saved_views import SavedView
from .targets import Target
from .tickets import (
    Attachment,
    ContextSnapshot,
    CustomerFollower,
    Follower,
    Message,
    MessageVersion,
    Rating,
    Ticket,
    TicketSite,
    TicketSubject,
    TicketTag,
)

__all__ = [
    "TABLE_PREFIX",
    "VERSION_TABLE",
    "Agent",
    "AgentCoverage",
    "Attachment",
    "Base",
    "ButtonPress",
    "CaseAnswer",
    "CaseReply",
    "Category",
    "ContextSnapshot",
    "CustomerFollower",
    "Delivery",
    "Draft",
    "Event",
    "EventChain",
    "EventText",
    "Follower",
    "Heartbeat",
    "HostChange",
    "Macro",
    "Measure",
    "Message",
    "MessageVersion",
    "NumberCounter",
    "PersonRecord",
    "Preference",
    "Presence",
    "Queue",
    "Rating",
    "Rule",
    "SavedView",
    "Spent",
    "Target",
    "Ticket",
    "TicketLink",
    "TicketRead",
    "TicketSite",
    "TicketSubject",
    "TicketTag",
    "UtcDateTime",
    "WriteLock",
    "copy_tables",
    "table_of",
]
