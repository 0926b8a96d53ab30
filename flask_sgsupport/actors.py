"""Who acts, and by which path: plain values, taken once and carried down to the writers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from .errors import ConfigurationError
from .stored_text import storable

MAX_ID_CHARS = 64
"""Of the host's ids, which are columns of ours."""
MAX_EMAIL_CHARS = 320


class Via(StrEnum):
    """The path by which an act came; written into every audit event."""

    PANEL = "panel"
    INBOX = "inbox"
    API = "api"
    MAIL = "mail"
    CLI = "cli"
    CLOCK = "clock"
    WORKER = "worker"
    PYTHON = "python"
    """Host code. Its writes join the host's transaction: no commit, no retry."""


class Side(StrEnum):
    """Which side of the desk an actor stands on. The lifecycle's letters C, S, T, M, R."""

    CUSTOMER = "customer"
    AGENT = "agent"
    TIMER = "timer"
    MAIL = "mail"
    RULE = "rule"


class Right(StrEnum):
    """What an agent may be granted (rows of ours, on Support → Agents)."""

    HANDLE = "handle"
    """Work on tickets: see, reply, note, resolve, reopen."""
    ASSIGN = "assign"
    """Claim, assign and unassign."""
    CLOSE = "close"
    """Close with a recorded confirmation, and correct a wrong close."""
    ALL_QUEUES = "all_queues"
    """See every queue, not only those covered."""
    LEAD = "lead"
    """Manage queues, categories, everybody's macros, agents and mail settings. Brings every other right."""


def _checked_id(what: str, value: object) -> str:
    text = str(value)
    if len(text) > MAX_ID_CHARS:
        raise ConfigurationError(
            f"The id of {what} has {len(text)} characters: “{text[:MAX_ID_CHARS]}…”. Let the directory answer with "
            f"one of at most {MAX_ID_CHARS}, for instance the key of the row."
        )
    return text


@dataclass(frozen=True, slots=True)
class Membership:
    """A person inside one account of the host.

    :param account_id: the host's id, at most 64 characters; integers and UUIDs are turned into text.
    :param role: the host's word for it, shown to agents.
    :param owner: an account owner always has support access.
    """

    account_id: str
    role: str = ""
    owner: bool = False
    support_access: bool = True
    account_name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "account_id", _checked_id("an account", self.account_id))

    @property
    def may_use_support(self) -> bool:
        """Owner, or operator with support access."""
        return self.owner or self.support_access


@dataclass(frozen=True, slots=True)
class Person:
    """One person as the host's directory knows them now.

    :param id: the host's id, at most 64 characters; integers and UUIDs are turned into text.
    :param email: ``None`` where the host knows none: such a person is told in-app only. More than 320 characters are
        no address that could be answered, so they are none.
    :param contact: ``"email"``, ``"in-app"`` or ``"both"``; the default of the notification preferences.
    :param host_owner: may grant agents their rights without being a lead.
    :param acting: who really sits at the keyboard while this person is impersonated.
    """

    id: str
    name: str = ""
    email: str | None = None
    active: bool = True
    accounts: tuple[Membership, ...] = ()
    contact: str = "both"
    host_owner: bool = False
    acting: Person | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", _checked_id("a person", self.id))
        if self.email is not None and len(self.email) > MAX_EMAIL_CHARS:
            object.__setattr__(self, "email", None)

    @property
    def display_name(self) -> str:
        """Name, else address, else a word: never empty."""
        return storable(self.name).strip() or self.email or f"Person {self.id}"

    def membership(self, account_id: str | None) -> Membership | None:
        """The person's place in that account, if any."""
        return next((m for m in self.accounts if m.account_id == account_id), None)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an agent covers: primary keys of queues and categories, and tags."""

    queues: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks or acts, with the rights of this moment.

    Made by `customer_actor` and `agent_actor` of `flask_sgsupport.permissions`: a customer actor names the one account
    it works in.
    """

    side: Side
    via: Via
    person: Person | None = None
    account_id: str | None = None
    agent_pk: int | None = None
    public_name: str = ""
    rights: frozenset[Right] = frozenset()
    granted: frozenset[Right] = frozenset()
    """What the agent's row granted of them when they were asked for; an act asks it again once it has the ticket."""
    coverage: Coverage = field(default_factory=Coverage)
    label: str = ""
    """For actors that are nobody: ``system:auto-close``, ``rule:12``."""
    request_id: str = ""
    available: bool = True
    """Whether rules may give them tickets, where they are an agent."""

    @property
    def name(self) -> str:
        """The name shown to agents."""
        return self.person.display_name if self.person else self.label

    @property
    def email(self) -> str | None:
        """The address used in published payloads; the label where there is no person."""
        return (self.person.email or self.person.display_name) if self.person else self.label

    def through(self, via: Via) -> Self:
        """The same actor by another path."""
        return replace(self, via=via)


def clock_actor() -> Actor:
    """The timer that closes tickets."""
    return Actor(side=Side.TIMER, via=Via.CLOCK, label="system:auto-close")
