"""The captured context as an operator sees it before it is sent: one line, cards, and an explanation of each part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..actors import Actor
from ..hooks import Activity
from ..i18n import format_short
from ..i18n import gettext as _
from ..settings import state
from ..snapshot import Snapshot, some_of
from ..web.page import Time

CONTACTS: Mapping[str, Callable[[], str]] = {
    "both": lambda: _("by e-mail and in-app"),
    "email": lambda: _("by e-mail"),
    "in-app": lambda: _("in-app"),
}

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """A context ready to be shown.

    :param activity: empty where nothing is known; ``activity_missing`` says so where the app could not tell.
    """

    line: str
    facts: list[Row]
    activity: list[Row]
    activity_missing: str
    captured: Time | None
    cut: bool


def shown(actor: Actor, snapshot: Snapshot, *, sites: list[str] | None = None) -> Shown:
    """The line and the cards of a context.

    :param sites: ids of the chosen sites; by default those being worked in.
    """
    missing = snapshot.unavailable
    return Shown(
        line=line(actor, snapshot),
        facts=[*_account(snapshot), *_sites(snapshot, sites), *_operator(actor, snapshot)],
        activity=[
            {
                "when": Time.of(row.at),
                "text": " · ".join(part for part in (row.action, row.site) if part),
            }
            for row in snapshot.activity
        ],
        activity_missing=unavailable() if "activity" in missing else "",
        captured=Time.of(snapshot.captured_at),
        cut=bool(snapshot.cut),
    )


def line(actor: Actor, snapshot: Snapshot) -> str:
    """The line on top: ``You: … · Role: … · Recent action: theme update 14:32 UTC``."""
    operator = snapshot.operator
    who = snapshot.operator_email or (operator.name if operator else actor.name)
    role = operator.role if operator else ""
    parts = [_("You: %(who)s", who=who)]
    if "operator" in snapshot.unavailable:
        parts.append(_("Role: unavailable"))
    elif role:
        parts.append(_("Role: %(role)s", role=role))
    if "activity" in snapshot.unavailable:
        parts.append(_("Recent action: unavailable"))
    elif snapshot.latest:
        parts.append(_("Recent action: %(action)s", action=_recent(snapshot.latest)))
    return " · ".join(parts)


def unavailable() -> str:
    """What is said of a part the app could not give."""
    return _("unavailable just now")


def _recent(activity: Activity) -> str:
    return f"{activity.action} {_time(activity.at)}"


def _time(at: datetime) -> str:
    today = at.date() == state().now().date()
    return f"{at:%H:%M} UTC" if today else f"{format_short(at)} UTC"


def _account(snapshot: Snapshot) -> list[Row]:
    if "account" in snapshot.unavailable:
        return [_row(_("Account"), "")]
    account = snapshot.account
    if account is None:
        return []
    known = [(_("Account"), account.name), (_("Plan"), account.plan), (_("Billing"), account.billing)]
    return [_row(label, value) for label, value in known if value]


def _sites(snapshot: Snapshot, chosen: list[str] | None) -> list[Row]:
    if "sites" in snapshot.unavailable:
        return [_row(_("Site"), "")]
    names = [site.name for site in snapshot.sites if (site.id in chosen if chosen is not None else site.working_in)]
    label = _("Site") if len(names) == 1 else _("Sites")
    return [_row(label, ", ".join(names))] if names else []


def _operator(actor: Actor, snapshot: Snapshot) -> list[Row]:
    operator = snapshot.operator
    if operator is None:
        return [_row(_("You"), actor.name) | {"hint": unavailable()}]
    contact = CONTACTS[operator.contact]() if operator.contact in CONTACTS else operator.contact
    who = ", ".join(part for part in (operator.name, operator.role) if part)
    return [_row(_("You"), who) | ({"hint": contact} if contact else {})]


def _row(label: str, value: str) -> Row:
    return {"label": label, "value": value} if value else {"label": label, "value": unavailable(), "tone": "muted"}


def explained(actor: Actor, snapshot: Snapshot) -> list[Row]:
    """Each part with what it is, what it is for, and what it says now."""
    parts = shown(actor, snapshot)
    mail = [_row(_("E-mail"), snapshot.operator_email)] if snapshot.operator_email else []
    every = [site.name + (f" ({_('working in')})" if site.working_in else "") for site in snapshot.sites]
    return [
        {
            "title": _("Account identity"),
            "text": _(
                "The account's name, its plan tier and its recent billing state, so that support knows whom it helps "
                "and what the plan includes."
            ),
            "facts": _account(snapshot),
        },
        {
            "title": _("Site context"),
            "text": _(
                "The account's sites, and the one or ones you were working in when you asked. You choose on the form "
                "which of them the ticket is about."
            ),
            "facts": [_row(_("Sites"), some_of(every, snapshot.site_count))]
            if every or "sites" in snapshot.unavailable
            else [],
            "nothing": _("The app names no sites."),
        },
        {
            "title": _("Recent activity"),
            "text": _("What you did last, each with its time, since the cause is often among it."),
            "activity": parts.activity,
            "missing": parts.activity_missing,
            "nothing": _("No recent action is known."),
        },
        {
            "title": _("Operator identity"),
            "text": _("Your name, your role and how you like to be answered, so that nobody has to ask."),
            "facts": [*_operator(actor, snapshot), *mail],
        },
    ]
