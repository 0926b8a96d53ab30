"""The audit actions: each one's name, what its data holds, and the sentence of the history pane."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .i18n import format_datetime
from .i18n import gettext as _
from .lifecycle import Score, status_label
from .routing import priority_label, reason_sentence
from .targets import RESPONSE


@dataclass(frozen=True, slots=True)
class Action:
    """One audit action.

    :param data: what the event's JSON data holds.
    :param customer: whether the customer's history shows it.
    :param sentence: made of field, old, new and data; the actor's name stands before it.
    :param words: what of it was written by people, hosts or servers: ``old``, ``new`` or keys of the data. It is kept
        beside the entry, where it can be taken out.
    """

    name: str
    data: str
    customer: bool
    sentence: Callable[[str, str, str, Mapping[str, Any]], str]
    words: tuple[str, ...] = ()


def _follower(old: str, new: str, *, by_another: bool) -> str:
    if by_another:
        return _("had %(name)s follow the ticket", name=new) if new else _("took %(name)s off the followers", name=old)
    return _("follows the ticket") if new else _("follows the ticket no longer")


def _none(value: str) -> str:
    return value or _("nobody")


_STATUS_SENTENCES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("resolved", "resolved"): lambda: _("marked the ticket as resolved"),
    ("confirmed", "closed"): lambda: _("confirmed that it is solved; the ticket is closed"),
    ("no_reply", "closed"): lambda: _("closed the ticket: no reply since it was resolved"),
    ("closed", "closed"): lambda: _("closed the ticket"),
    ("follow-up", "open"): lambda: _("reopened the ticket"),
    ("reopen", "open"): lambda: _("reopened the ticket"),
    ("correction", "open"): lambda: _("set the status back to Open"),
    ("correction", "resolved"): lambda: _("set the status back to Resolved"),
    ("withdrawn", "resolved"): lambda: _("no longer needs help; the ticket is resolved"),
    ("withdrawn", "closed"): lambda: _("no longer needs help; the ticket is closed"),
}
"""By cause and new status."""


def _status(old: str, new: str, data: Mapping[str, Any]) -> str:
    found = _STATUS_SENTENCES.get((str(data.get("cause", "")), new))
    return found() if found else _("status %(old)s → %(new)s", old=status_label(old), new=status_label(new))


def _assignee(old: str, new: str) -> str:
    if not new:
        return _("assignee %(old)s → nobody", old=old)
    return _("assignee %(old)s → %(new)s", old=_none(old), new=new)


def _visibility(old: str, new: str, data: Mapping[str, Any]) -> str:
    said = str(data.get("said", ""))
    text = _("made a message private") if new == "private" else _("made a message public")
    return f"{text} ({said})" if said else text


def _released(reason: str, data: Mapping[str, Any]) -> str:
    if data.get("cause"):
        return _("released it from Spam / Filtered by asking again (was: %(reason)s)", reason=reason)
    return _("released it from Spam / Filtered (was: %(reason)s)", reason=reason)


_PARTS: Mapping[str, Callable[[], str]] = {
    "text": lambda: _("its text"),
    "older texts": lambda: _("older texts"),
    "file name": lambda: _("the name of a file"),
    "subject": lambda: _("the subject"),
    "file": lambda: _("a file"),
    "rating": lambda: _("what was written about the help"),
    "about": lambda: _("the title of what it is about"),
    "records": lambda: _("notices"),
}
"""What a redaction was done in."""


_ENDED: Mapping[tuple[str, bool], Callable[..., str]] = {
    ("done", True): lambda **said: _("“%(button)s” is done: %(said)s", **said),
    ("done", False): lambda **said: _("“%(button)s” is done", **said),
    ("refused", True): lambda **said: _("“%(button)s” was refused: %(said)s", **said),
    ("failed", True): lambda **said: _("“%(button)s” failed: %(said)s", **said),
}
"""By what came of a button, and whether the host said something."""


def _ended(button: str, said: str, data: Mapping[str, Any]) -> str:
    outcome = str(data.get("outcome", ""))
    words = _ENDED.get((outcome, bool(said))) or _ENDED["failed", True]
    return words(button=data.get("label") or button, said=said)


def _moment(text: str) -> str:
    try:
        return format_datetime(datetime.fromisoformat(text))
    except ValueError:
        return text


def _warned(target: str, due_at: str) -> str:
    if target == RESPONSE:
        return _("an answer is due soon, on %(when)s", when=_moment(due_at))
    return _("it is to be solved soon, by %(when)s", when=_moment(due_at))


def _breached(target: str, due_at: str) -> str:
    if target == RESPONSE:
        return _("the answer is overdue since %(when)s", when=_moment(due_at))
    return _("the solution is overdue since %(when)s", when=_moment(due_at))


def _opened(for_whom: str, data: Mapping[str, Any]) -> str:
    if data.get("split_from"):
        return _("made this ticket of a message in %(ticket)s", ticket=data["split_from"])
    return _("opened the ticket for %(who)s", who=for_whom) if for_whom else _("opened the ticket")


def _rated(old: str, new: str) -> str:
    if old == new:
        return _("commented on the help")
    return _("rated the help as good") if new == Score.GOOD else _("rated the help as bad")


def _redacted(data: Mapping[str, Any]) -> str:
    parts = ", ".join(_PARTS[part]() for part in data.get("parts", ()) if part in _PARTS)
    said = str(data.get("said", ""))
    text = _("redacted a message: %(parts)s", parts=parts)
    return f"{text} ({said})" if said else text


def _routed(data: Mapping[str, Any]) -> str:
    # Those of later acts stand on the ticket, too, and have entries of their own.
    first = [reason for reason in data.get("reasons", ()) if "on" not in reason]
    return " · ".join(reason_sentence(reason) for reason in first) or _("routed")


FIELD_LABELS: Mapping[str, Callable[[], str]] = {
    "queue": lambda: _("queue"),
    "priority": lambda: _("priority"),
    "category": lambda: _("category"),
    "tags": lambda: _("tags"),
    "requester": lambda: _("requester"),
    "requester_email": lambda: _("requester's address"),
    "subject": lambda: _("subject"),
    "name": lambda: _("name"),
    "position": lambda: _("position"),
    "active": lambda: _("in use"),
    "is_default": lambda: _("default queue"),
    "from_name": lambda: _("From name"),
    "from_address": lambda: _("From address"),
    "reply_address": lambda: _("reply address"),
    "signature": lambda: _("signature"),
    "zone": lambda: _("time zone"),
    "monday": lambda: _("Monday"),
    "tuesday": lambda: _("Tuesday"),
    "wednesday": lambda: _("Wednesday"),
    "thursday": lambda: _("Thursday"),
    "friday": lambda: _("Friday"),
    "saturday": lambda: _("Saturday"),
    "sunday": lambda: _("Sunday"),
    "holidays": lambda: _("holidays"),
    "email": lambda: _("address"),
    "public_name": lambda: _("public name"),
    "rights": lambda: _("rights"),
    "coverage": lambda: _("covers"),
    "queues": lambda: _("queues covered"),
    "categories": lambda: _("categories covered"),
    "body": lambda: _("text"),
    "offered_in": lambda: _("offered in"),
    "status": lambda: _("status"),
    "assignee": lambda: _("assignee"),
    "add_tags": lambda: _("adds tags"),
    "remove_tags": lambda: _("removes tags"),
    "note": lambda: _("note"),
    "snoozed_until": lambda: _("snoozed until"),
    "acts": lambda: _("what sets it off"),
    "all": lambda: _("all of these"),
    "any": lambda: _("one of these"),
    "filter": lambda: _("Spam / Filtered"),
    "stop": lambda: _("ends the rules"),
    "available": lambda: _("available"),
    "max_open": lambda: _("open tickets at most"),
    "plan": lambda: _("plan"),
    "response": lambda: _("first answer"),
    "next_response": lambda: _("next answers"),
    "resolution": lambda: _("solution"),
    "shared": lambda: _("for everybody"),
    "filters": lambda: _("filters"),
}


_LINKED: Mapping[str, Callable[[str], str]] = {
    "related": lambda number: _("linked %(ticket)s as related", ticket=number),
    "case": lambda number: _("linked this ticket to the incident %(ticket)s", ticket=number),
    "incident": lambda number: _("linked %(ticket)s to this incident", ticket=number),
}
"""By what the ticket is to the other."""


ENTRY = (
    "n", "at", "side", "person_pk", "acting_pk", "label", "via", "action", "field", "old", "new", "old_person_pk",
    "new_person_pk", "text_digest", "data", "request_id",
)  # fmt: skip
"""What a digest is made of."""


def chained(before: str, entry: Mapping[str, Any]) -> str:
    """The digest of an entry, made of the digest of the entry before it and everything it says."""
    said = [entry[name] if name != "at" else entry[name].astimezone(UTC).isoformat() for name in ENTRY]
    return hashlib.sha256(f"{before}\n{json.dumps(said, ensure_ascii=False)}".encode()).hexdigest()


REDACTED = "[redacted]"
"""Stands where something was taken out."""


def text_digest(salt: str, old: str | None, new: str | None, data: str) -> str:
    """The digest under which words are kept, and which the entry they belong to holds."""
    return hashlib.sha256(json.dumps([salt, old, new, data], ensure_ascii=False).encode()).hexdigest()


def data_of(data: str, words: str | None) -> dict[str, Any]:
    """The JSON data of an entry together with that of the words kept beside it.

    :param words: of a routed ticket the list of reasons, which stands on the ticket.
    """
    said: dict[str, Any] = json.loads(data or "{}")
    beside = json.loads(words or "{}")
    return said | ({"reasons": beside} if isinstance(beside, list) else beside)


def field_label(name: str) -> str:
    """The word for a changed field."""
    return FIELD_LABELS[name]() if name in FIELD_LABELS else name.replace("_", " ")


def _shown(field: str, value: str) -> str:
    return priority_label(value) if field == "priority" and value else value or "–"


def _change(field: str, old: str, new: str) -> dict[str, str]:
    """What a sentence on a field of the setup says of it: from what, to what."""
    return {"field": field_label(field), "old": old or "–", "new": new or "–"}


ACTIONS: tuple[Action, ...] = (
    Action(
        "ticket.opened",
        "account, channel, queue, priority, category, message, files, snapshot, follow_up_of, split_from, subjects",
        True,
        # Who is named beside it is for whom an agent opened it.
        lambda f, o, n, d: _opened(o, d),
    ),
    Action("ticket.routed", "", False, lambda f, o, n, d: _routed(d)),
    Action("ticket.filtered", "", False, lambda f, o, n, d: _("filtered: %(reason)s", reason=n), ("new",)),
    Action("ticket.released", "cause", False, lambda f, o, n, d: _released(o, d), ("old",)),
    Action("ticket.continued_in", "", True, lambda f, o, n, d: _("continued in %(ticket)s", ticket=n)),
    Action(
        "ticket.split_off",
        "message",
        True,
        lambda f, o, n, d: _("made a ticket of its own of a message: %(ticket)s", ticket=n),
    ),
    Action("ticket.linked", "", False, lambda f, o, n, d: _LINKED[f](n) if f in _LINKED else n),
    Action("cases.answered", "", False, lambda f, o, n, d: _("sent one reply to cases of this incident")),
    Action("ticket.unlinked", "", False, lambda f, o, n, d: _("removed the link to %(ticket)s", ticket=o)),
    Action("ticket.merged_into", "", True, lambda f, o, n, d: _("merged this ticket into %(ticket)s", ticket=n)),
    Action("ticket.merge_received", "", True, lambda f, o, n, d: _("merged %(ticket)s into this ticket", ticket=n)),
    Action(
        "message.added",
        "kind, public, message, files",
        True,
        lambda f, o, n, d: _("replied") if n == "public-reply" else _("followed up"),
    ),
    Action("note.added", "message, files, mentioned", False, lambda f, o, n, d: _("added a note")),
    Action("note.edited", "message, mentioned", False, lambda f, o, n, d: _("edited a note")),
    Action("message.redacted", "message, parts", False, lambda f, o, n, d: _redacted(d), ("said",)),
    Action("status.changed", "cause", True, lambda f, o, n, d: _status(o, n, d), ("reason",)),
    Action("ticket.rated", "", True, lambda f, o, n, d: _rated(o, n)),
    Action("confirmation.recorded", "message", False, lambda f, o, n, d: _("recorded how the customer confirmed")),
    Action(
        "timer.restarted", "auto_close_at", False, lambda f, o, n, d: _("closing time is now %(when)s", when=_moment(n))
    ),
    Action("target.warned", "", False, lambda f, o, n, d: _warned(f, n)),
    Action("target.breached", "", False, lambda f, o, n, d: _breached(f, n)),
    Action("rule.told", "", False, lambda f, o, n, d: _("told who is responsible")),
    Action("timer.held", "", False, lambda f, o, n, d: _("closing is held: %(reason)s", reason=n), ("new",)),
    Action("ticket.snoozed", "", False, lambda f, o, n, d: _("snoozed it until %(when)s", when=_moment(n))),
    Action("ticket.woken", "", False, lambda f, o, n, d: _("woke it, snoozed until %(when)s", when=_moment(o))),
    Action("macro.used", "macro", False, lambda f, o, n, d: _("used the macro “%(name)s”", name=n), ("new",)),
    Action("button.pressed", "", False, lambda f, o, n, d: _("pressed “%(button)s”", button=n or f), ("new",)),
    Action("button.ended", "outcome, label", False, lambda f, o, n, d: _ended(f, n, d), ("new", "label")),
    Action("assignee.changed", "", False, lambda f, o, n, d: _assignee(o, n)),
    Action(
        "follower.changed",
        "by_another, customer",
        False,
        lambda f, o, n, d: _follower(o, n, by_another=bool(d.get("by_another"))),
    ),
    Action(
        "field.changed",
        "",
        False,
        lambda f, o, n, d: _("%(field)s %(old)s → %(new)s", field=field_label(f), old=_shown(f, o), new=_shown(f, n)),
        ("old", "new"),
    ),
    Action(
        "message.visibility_changed",
        "message, delivered_at, read_by",
        False,
        lambda f, o, n, d: _visibility(o, n, d),
        ("said",),
    ),
    Action(
        "delivery.failed",
        "channel, notice, code",
        False,
        lambda f, o, n, d: _("not delivered to %(who)s: %(why)s", who=o, why=n),
        ("new",),
    ),
    Action("delivery.requeued", "channel, notice", False, lambda f, o, n, d: _("sends again to %(who)s", who=n)),
    Action(
        "account.renamed",
        "id",
        False,
        lambda f, o, n, d: _("account %(id)s is now called %(name)s", id=d.get("id", ""), name=n),
        ("new",),
    ),
    Action("account.removed", "id", False, lambda f, o, n, d: _("the account %(name)s was removed", name=n), ("new",)),
    Action("person.changed", "id", False, lambda f, o, n, d: _("%(name)s changed in the app", name=n)),
    Action("person.left", "id", False, lambda f, o, n, d: _("%(name)s left the app", name=n)),
    Action(
        "agent.changed",
        "",
        False,
        lambda f, o, n, d: _("agent %(who)s: %(field)s %(old)s → %(new)s", who=d.get("agent", ""), **_change(f, o, n)),
        ("old", "new"),
    ),
    Action(
        "queue.changed",
        "queue",
        False,
        lambda f, o, n, d: _(
            "queue %(which)s: %(field)s %(old)s → %(new)s", which=d.get("queue", ""), **_change(f, o, n)
        ),
        ("old", "new"),
    ),
    Action(
        "category.changed",
        "category",
        False,
        lambda f, o, n, d: _(
            "category %(which)s: %(field)s %(old)s → %(new)s", which=d.get("category", ""), **_change(f, o, n)
        ),
        ("old", "new"),
    ),
    Action(
        "target.changed",
        "target",
        False,
        lambda f, o, n, d: _(
            "target %(which)s: %(field)s %(old)s → %(new)s",
            which=d.get("name") or _("for every ticket"),
            **_change(f, o, n),
        ),
        ("old", "new", "name"),
    ),
    Action(
        "macro.changed",
        "macro",
        False,
        lambda f, o, n, d: _(
            "macro %(which)s: %(field)s %(old)s → %(new)s", which=d.get("name", ""), **_change(f, o, n)
        ),
        ("old", "new", "name"),
    ),
    Action(
        "rule.changed",
        "rule",
        False,
        lambda f, o, n, d: _(
            "rule %(which)s: %(field)s %(old)s → %(new)s", which=d.get("name", ""), **_change(f, o, n)
        ),
        ("old", "new", "name"),
    ),
    Action(
        "view.changed",
        "view",
        False,
        lambda f, o, n, d: _(
            "shared view %(which)s: %(field)s %(old)s → %(new)s", which=d.get("name", ""), **_change(f, o, n)
        ),
        ("old", "new", "name"),
    ),
    Action(
        "view.removed",
        "view",
        False,
        lambda f, o, n, d: _("removed the shared view %(which)s", which=d.get("name", "")),
        ("name",),
    ),
)


BY_NAME: Mapping[str, Action] = {action.name: action for action in ACTIONS}
CUSTOMER_ACTIONS: tuple[str, ...] = tuple(action.name for action in ACTIONS if action.customer)


LABELS: Mapping[str, Callable[[], str]] = {
    "system:auto-close": lambda: _("Automatic"),
    "system:worker": lambda: _("Mail"),
    "system:routing": lambda: _("Routing"),
    "system:host": lambda: _("The app"),
    "system:targets": lambda: _("Targets"),
    "cli": lambda: _("Command line"),
}
"""Actors that are nobody."""


def who_acted(name: str | None, label: str, acting: str | None) -> str:
    """The one who acted in words; while somebody was impersonated, also who it really was."""
    shown = name or (LABELS[label]() if label in LABELS else _("Rule") if label.startswith("rule:") else label)
    return _("%(acting)s as %(name)s", acting=acting, name=shown) if acting else shown


def sentence(action: str, field: str, old: str | None, new: str | None, data: Mapping[str, Any]) -> str:
    """The sentence of one event, without its actor and time.

    :param data: see `data_of`; with ``agent``, the name of the agent an entry is about.
    """
    found = BY_NAME.get(action)
    return found.sentence(field, old or "", new or "", data) if found else action
