"""Every hook a host may fill in: what it gets, what it returns, what happens when it is left out or fails.

The context hooks (`Account`, `Site`, `Activity`, `Operator`) and the subjects function run side by side before any
write, in threads of their own with an app context, and share one time budget, ``SGSUPPORT_HOOK_TIMEOUT_SECONDS``; the
routing function runs after them in the same way and has as long again. The targets function runs in that way, too,
after the ticket is there, and so does what says whether a button stands on a page. They never see the request.
Directory and permission functions run inline, before the unit of work begins; what a button does, between two of them.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import NoneType
from typing import Any, Protocol, TypeGuard

from blinker import Signal

from .actors import Actor, Person, Right
from .errors import ConfigurationError
from .i18n import lazy_gettext as _l


class Directory(Protocol):
    """The host's people. Answers with and without a request; no answer means no access."""

    def current(self) -> Person | None:
        """Whoever is signed in to this request, ``Person.acting`` naming who impersonates them."""
        ...

    def person(self, person_id: str) -> Person | None:
        """The person with that id."""
        ...

    def by_email(self, email: str) -> Sequence[Person]:
        """Everybody with that address, compared without case; two people may share one."""
        ...

    def agent_candidates(self, words: str, limit: int) -> Sequence[Person]:
        """People who may be made agents and whose name or address holds ``words``."""
        ...

    def people_of(self, account_id: str) -> Sequence[Person]:
        """The people of an account who have support access."""
        ...


class Searchable(Protocol):
    """What a directory may answer beside; without it, agents find by name only who has written before.

    A method of that name with other arguments is the host's own and is not asked.
    """

    def find(self, words: str, limit: int) -> Sequence[Person]:
        """May be left out: people with support access in some account whose name or address holds ``words``."""
        ...


def can_search(directory: object) -> TypeGuard[Searchable]:
    """Whether a directory can be asked as `Searchable` says."""
    find = getattr(directory, "find", None)
    if not callable(find):
        return False
    try:
        inspect.signature(find).bind(words="", limit=0)
    except (TypeError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a ticket comes from: the path by which it is opened and what the operator was working in.

    :param channel: ``panel``, ``inbox``, ``python``, ``cli``, later ``api`` and ``mail``.
    :param site_ids: ids of sites named by the link that led to the form.
    :param page: path inside the host the operator came from.
    """

    channel: str
    site_ids: tuple[str, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """Account identity.

    :param billing: the recent billing state in the host's words, "paid to 1 May".
    :param url: a link for agents.
    """

    name: str
    plan: str = ""
    billing: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """One site of the account.

    :param id: the host's id; numbers and UUIDs are turned into text.
    :param working_in: whether the operator is working in it.
    """

    id: str
    name: str
    url: str = ""
    working_in: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", str(self.id))


@dataclass(frozen=True, slots=True)
class Activity:
    """One recent action of the operator; ``at`` must know its time zone."""

    action: str
    at: datetime
    site: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Operator:
    """Operator identity, where the host knows better than its directory."""

    name: str
    role: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """Something of the host's that a ticket is about: an order, an invoice, a domain.

    :param kind: one short word for what it is, as ``order``: small letters, digits, ``-`` and ``_``.
    :param key: the host's id of it; numbers and UUIDs are turned into text.
    :param title: what people call it, "Order 1042".
    :param url: a link for agents, ``https://…``, ``http://…`` or a path of the app; anything else is left out.
    """

    kind: str
    key: str
    title: str
    url: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", str(self.key))

    @property
    def ref(self) -> str:
        """What it is named by: ``order:1042``."""
        return f"{self.kind}:{self.key}"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a ticket while it is routed."""

    account_id: str
    account_name: str
    plan: str
    requester: Person
    subject: str
    body: str
    channel: str
    category: str | None
    site_ids: tuple[str, ...]
    subjects: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """What a routing function decides; what it leaves out is decided as without it.

    :param queue: key of a queue.
    :param assignee: e-mail or id of an agent who covers that queue.
    :param filtered: a reason; the ticket waits in Spam / Filtered.
    :param because: one sentence for "Why is this ticket here?".
    """

    queue: str | None = None
    priority: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    filtered: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """The ticket for which targets are asked: when it is opened, and when its queue or priority has changed.

    :param queue: the key of its queue.
    """

    ticket_id: str
    account_id: str
    account_name: str
    plan: str
    queue: str
    priority: str
    channel: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Targets:
    """By when a ticket is to be answered and solved, as the host's agreement with its customer says.

    Minutes count in the business hours of the ticket's queue, as those that leads set do, and what is left out has no
    time. A moment must know its time zone, goes before the minutes, and nothing puts it off.

    :param response_minutes: until the first answer.
    :param next_response_minutes: until an answer to what the customer writes after the first one.
    :param because: one phrase for "Why this due time?".
    """

    response_minutes: int | None = None
    next_response_minutes: int | None = None
    resolution_minutes: int | None = None
    response_due_at: datetime | None = None
    resolution_due_at: datetime | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class ButtonTicket:
    """The ticket a button stands on, as it is when the button is asked about, and when it is pressed.

    :param queue: the key of its queue.
    :param site_ids: ids of the sites it is about.
    """

    ticket_id: str
    account_id: str
    account_name: str
    plan: str
    requester_id: str
    requester_email: str
    subject: str
    status: str
    queue: str
    priority: str
    channel: str
    opened_at: datetime
    site_ids: tuple[str, ...] = ()
    subjects: tuple[Subject, ...] = ()


AccountHook = Callable[[Actor, str, Origin], Account]
SitesHook = Callable[[Actor, str, Origin], Sequence[Site]]
ActivityHook = Callable[[Actor, str, Origin], Sequence[Activity]]
SubjectsHook = Callable[[Actor, str, Origin, Sequence[tuple[str, str]]], Sequence[Subject]]
OperatorHook = Callable[[Actor, str, Origin], Operator]
PermissionHook = Callable[[Person, Right], bool | None]
RouteHook = Callable[[Draft], Routed | None]
TargetsHook = Callable[[TargetFacts], Targets | None]
Press = Callable[[ButtonTicket, Actor], str | None]
Visible = Callable[[ButtonTicket, Actor], bool]
Enabled = Callable[[ButtonTicket, Actor], bool | str]


@dataclass(frozen=True, slots=True)
class HookPoint:
    """One row of the table of hooks; the reference page is made from it."""

    name: str
    context: bool
    gets: str
    returns: type
    many: bool
    left_out: str
    fails: str


CONTEXT_FAILS = 'The snapshot says "unavailable" for this part, the error is logged, context_hook_failed is sent.'

HOOKS: tuple[HookPoint, ...] = (
    HookPoint(
        "account",
        True,
        "actor, account id, origin",
        Account,
        False,
        "Name from the membership, no plan, no billing.",
        CONTEXT_FAILS,
    ),
    HookPoint("sites", True, "actor, account id, origin", Site, True, "No site is offered.", CONTEXT_FAILS),
    HookPoint(
        "activity", True, "actor, account id, origin", Activity, True, "No recent action is shown.", CONTEXT_FAILS
    ),
    HookPoint(
        "operator",
        True,
        "actor, account id, origin",
        Operator,
        False,
        "Name, role and contact preference of the directory.",
        CONTEXT_FAILS,
    ),
    HookPoint(
        "subjects",
        False,
        "actor, account id, origin, wanted",
        Subject,
        True,
        "Nothing is offered that a ticket could be about.",
        "The form offers nothing, and a ticket keeps what was offered a moment ago; the error is logged, "
        "context_hook_failed is sent. Agents see what was stored.",
    ),
    HookPoint(
        "permission",
        False,
        "person, right",
        bool,
        False,
        "The granted rows decide.",
        "Counts as forbidden; the error is logged.",
    ),
    HookPoint(
        "route",
        False,
        "draft",
        Routed,
        False,
        "Category and default queue decide.",
        "Routed as without it, or without the part that cannot be used; it is logged and the ticket says so.",
    ),
    HookPoint(
        "targets",
        False,
        "ticket",
        Targets,
        False,
        "The targets that leads have set hold; so they do where it returns None.",
        "The targets that leads have set hold; it is logged.",
    ),
)


HOOK_FAILURES: Mapping[str, str] = {
    "failed": _l("it failed: %(kind)s"),
    "late": _l("it did not answer in time"),
    "busy": _l("it is still busy with an earlier call"),
    "damaged": _l("what was stored of it cannot be read"),
    "no_place": _l("it could not be asked in time, so many hooks were busy"),
}
"""Why nothing is known of what a hook of the host tells, by the code that is stored."""


WITHOUT: Any = None
"""Default of the decorators' argument, so that ``@support.account()`` meets a sentence."""


def takes(function: object, number: int) -> bool:
    """Whether it can be called with so many arguments; what does not show its signature is believed."""
    if not callable(function):
        return False
    try:
        inspect.signature(function).bind(*[None] * number)
    except ValueError:
        return True
    except TypeError:
        return False
    return True


def check_not_async(function: object) -> None:
    """See that nobody would have to await the answer.

    :raises ConfigurationError: it is an ``async def``.
    """
    call = getattr(function, "__call__", None)  # noqa: B004 - it is looked at, not whether it is there
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(call):
        raise ConfigurationError(f"{function!r} is async, and nobody would await it; write def in place of async def.")


def number_of_arguments(name: str) -> int:
    """How many arguments the hook of that name gets."""
    return next(len(hook.gets.split(", ")) for hook in HOOKS if hook.name == name)


def check_hook(name: str, function: object) -> None:
    """See that a function can be the hook of that name.

    :raises ConfigurationError: the sentence says what to write.
    """
    check_not_async(function)
    if takes(function, number_of_arguments(name)):
        return
    gets = next(hook.gets for hook in HOOKS if hook.name == name)
    how = f"; write @support.{name} above it, without parentheses" if function is WITHOUT else ""
    raise ConfigurationError(f"The {name} hook must be a function of ({gets}), not {function!r}{how}.")


def check_signal(signal: object) -> None:
    """See that a receiver is connected to a signal, not to its name.

    :raises ConfigurationError: the sentence says what to write.
    """
    if not isinstance(signal, Signal):
        raise ConfigurationError(
            f"{signal!r} is no signal; import one from flask_sgsupport.signals and write @support.on(ticket_opened)."
        )


def check_receiver(function: object) -> None:
    """See that a receiver of a signal can be called.

    :raises ConfigurationError: not with two arguments.
    """
    check_not_async(function)
    if not takes(function, 2):
        raise ConfigurationError(f"A receiver of a signal must be a function of (app, payload), not {function!r}.")


def check_methods(what: str, found: object, protocol: type, example: str) -> None:
    """See that an object has every method of a protocol.

    :param example: the end of the sentence: what to write.
    :raises ConfigurationError: one is missing, or a class was given in place of an object.
    """
    names = [name for name in vars(protocol) if not name.startswith("_")]
    missing = [name for name in names if not callable(getattr(found, name, None))]
    if isinstance(found, type) or missing:
        lacks = f"has no {', '.join(missing)}" if missing else "is a class"
        raise ConfigurationError(f"{what} {found!r} {lacks}; {example}.")


MAX_BUTTONS = 20
MAX_LABEL_CHARS = 100
MAX_CONFIRM_CHARS = 1000
_BUTTON_KEY = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Button:
    """A button of the host on the ticket page, see `Support.button`.

    :param key: what the history calls it by, also when it is registered no longer.
    :param label: its words; a lazy text is put into the language of whoever looks.
    :param confirm: what is asked before it does anything.
    :param visible: whether it stands on the page of this ticket for this agent; without it, always.
    :param enabled: whether it can be pressed now; a text says why not.
    """

    key: str
    label: Any
    press: Press
    confirm: Any = ""
    visible: Visible | None = None
    enabled: Enabled | None = None


def check_button(button: Button) -> None:
    """See that a button can be shown and pressed.

    :raises ConfigurationError: the sentence says what to write.
    """
    if not _BUTTON_KEY.fullmatch(str(button.key)):
        raise ConfigurationError(
            f"The key of a button must be up to 32 small letters, digits, - and _, not {button.key!r}; "
            'write @support.button("refund", label="Refund the order") above the function.'
        )
    for what, text, most in (("label", button.label, MAX_LABEL_CHARS), ("confirm", button.confirm, MAX_CONFIRM_CHARS)):
        # A lazy text has no length before it is asked for.
        sized = len(text) if isinstance(text, str) else 0
        if isinstance(text, NoneType | bytes | int | float) or sized > most:
            raise ConfigurationError(f"The {what} of the button {button.key} must be a text of at most {most} letters.")
    if isinstance(button.label, str) and not button.label.strip():
        raise ConfigurationError(f"The button {button.key} has no label.")
    for name in ("press", "visible", "enabled"):
        function = getattr(button, name)
        if function is None and name != "press":
            continue
        check_not_async(function)
        if not takes(function, 2):
            what = "function" if name == "press" else f"{name} function"
            raise ConfigurationError(
                f"The {what} of the button {button.key} must be a function of (ticket, actor), not {function!r}."
            )


@dataclass(slots=True)
class Hooks:
    """What one `Support` object was given. Several functions may be registered for ``permission``: forbidding wins."""

    directory: Directory | None = None
    context: dict[str, Callable[..., Any]] = field(default_factory=dict)
    permission: list[PermissionHook] = field(default_factory=list)
    route: RouteHook | None = None
    targets: TargetsHook | None = None
    subjects: SubjectsHook | None = None
    buttons: dict[str, Button] = field(default_factory=dict)

    def add_button(self, button: Button) -> None:
        """Register a button; they stand in the order in which they were registered.

        :raises ConfigurationError: it cannot be shown or pressed, there is one of that key, or there are too many.
        """
        check_button(button)
        if button.key in self.buttons:
            raise ConfigurationError(f"There is a button {button.key} already: {self.buttons[button.key].press!r}.")
        if len(self.buttons) >= MAX_BUTTONS:
            raise ConfigurationError(f"There are {MAX_BUTTONS} buttons already, which is the most.")
        self.buttons[button.key] = button

    def set_context(self, name: str, function: Callable[..., Any]) -> None:
        """Register one of the four context hooks.

        :raises ConfigurationError: there is one already, or it cannot be called with what it gets.
        """
        check_hook(name, function)
        if name in self.context:
            raise ConfigurationError(f"There is a hook for {name} already: {self.context[name]!r}.")
        self.context[name] = function
