"""The captured context as cards: what the host knew when the ticket was opened, and what is otherwise now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..actors import Actor, Via
from ..errors import SupportError, Vetoed
from ..hooks import HOOK_FAILURES, Origin, Subject
from ..i18n import gettext as _
from ..i18n import worded
from ..permissions import customer_actor
from ..queries.ticket import TicketPage
from ..services.capturing import capture, subjects_of
from ..services.standing import asked_of
from ..settings import state
from ..snapshot import Snapshot, changes_since, safe_link, some_of
from ..web.page import Time

PARTS: Mapping[str, Callable[[], str]] = {
    "account": lambda: _("Account"),
    "sites": lambda: _("Sites"),
    "activity": lambda: _("Recent activity"),
    "operator": lambda: _("Operator"),
    "subjects": lambda: _("What it is about"),
}
CONTACTS: Mapping[str, Callable[[], str]] = {
    "both": lambda: _("in-app and e-mail"),
    "email": lambda: _("e-mail"),
    "in-app": lambda: _("in-app only"),
}

ORIGIN = Origin(channel="inbox")
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cards:
    """Rows of facts for each card; ``unavailable`` holds a sentence for each part that could not be had."""

    account: list[Row] = field(default_factory=list)
    sites: list[Row] = field(default_factory=list)
    activity: list[Row] = field(default_factory=list)
    operator: list[Row] = field(default_factory=list)
    unavailable: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    asked_now: bool = False
    changed: bool = False


def cards(page: TicketPage, now: Snapshot | None) -> Cards:
    """The cards of a ticket.

    :param now: what the hooks say now, where that was asked for.
    """
    then = page.snapshot
    if then is None:
        return Cards(
            account=[{"label": _("Name"), "value": page.account_name, "tone": "strong"}], operator=_operator(page, None)
        )
    changed = changes_since(then, now) if now else {}
    return Cards(
        account=_account(page, then, changed),
        sites=_sites(page, then),
        activity=[
            {"when": Time.of(row.at), "text": " · ".join(part for part in (row.action, row.site) if part)}
            for row in then.activity
        ],
        operator=_operator(page, then),
        unavailable={part: f"{_part(part)}: {worded(HOOK_FAILURES, why)}" for part, why in then.unavailable.items()},
        cut=[_part(part) for part in then.cut],
        asked_now=now is not None,
        changed=bool(changed),
    )


def context_now(page: TicketPage) -> tuple[Snapshot | None, str]:
    """What the host's hooks say now of the requester, or a sentence why they were not asked."""
    asked_as, unknown = _requester(page)
    if asked_as is None:
        return None, unknown
    return capture(asked_as, page.account_id, ORIGIN).snapshot, ""


@dataclass(frozen=True, slots=True)
class About:
    """One of the host's things a ticket is about, as it was and as the host knows it now.

    :param now: what it is called by now, where that is otherwise.
    """

    title: str
    url: str
    ref: str
    gone: bool = False
    now: str = ""


def about_now(page: TicketPage) -> tuple[Sequence[About], str]:
    """What a ticket is about, and a sentence where the host could not be asked how that stands now."""
    if not page.about:
        return (), ""
    stored = [About(one.title, safe_link(one.url), one.ref) for one in page.about]
    if state().hooks.subjects is None:
        return stored, _("The app names such things no longer.")
    asked_as, unknown = _requester(page)
    if asked_as is None:
        return stored, unknown
    found, failure = subjects_of(asked_as, page.account_id, ORIGIN, [(one.kind, one.key) for one in page.about])
    if failure is not None:
        return stored, _("The app could not be asked how these stand now: %(why)s.", why=worded(HOOK_FAILURES, failure))
    known = {one.ref: one for one in found}
    return [_as_now(one, known.get(one.ref)) for one in stored], ""


def _as_now(stored: About, now: Subject | None) -> About:
    if now is None:
        return replace(stored, gone=True)
    return replace(stored, url=now.url, now=now.title if now.title != stored.title else "")


def _requester(page: TicketPage) -> tuple[Actor | None, str]:
    """The requester as the host's hooks are asked for them, or a sentence why they cannot be."""
    try:
        person = asked_of(state().hooks.directory.person, page.requester_id)
    except Vetoed:
        return None, _("The app could not be asked about %(name)s just now.", name=page.requester_name)
    if person is None:
        return None, _("%(name)s is no longer known to the app.", name=page.requester_name)
    try:
        return customer_actor(person, page.account_id, Via.INBOX), ""
    except SupportError:
        return None, _("%(name)s has no access to support in this account any more.", name=page.requester_name)


def _part(name: str) -> str:
    return PARTS[name]() if name in PARTS else name


def _account(page: TicketPage, then: Snapshot, changed: Mapping[str, tuple[str, str]]) -> list[Row]:
    account = then.account
    known = {
        "name": account.name if account else page.account_name,
        "plan": account.plan if account else "",
        "billing": account.billing if account else "",
    }
    labels = {"name": _("Name"), "plan": _("Plan"), "billing": _("Billing")}
    url = safe_link(account.url) if account else ""
    rows = []
    for name, label in labels.items():
        before, after = changed.get(name, ("", known[name]))
        if before or after:
            row = {"label": label, "value": after or "–", "then": before}
            rows.append(row | ({"tone": "strong", "url": url} if name == "name" else {}))
    return rows


def _sites(page: TicketPage, then: Snapshot) -> list[Row]:
    about = list(page.sites)
    working = [site.name for site in then.sites if site.working_in]
    every = [site.name for site in then.sites]
    rows = [(_("About"), about), (_("Working in"), working if working != about else []), (_("All"), every)]
    counts = {_("All"): then.site_count}
    return [{"label": label, "value": some_of(names, counts.get(label, 0))} for label, names in rows if names]


def _operator(page: TicketPage, then: Snapshot | None) -> list[Row]:
    rows: list[Row] = [{"label": _("Name"), "value": page.requester_name}]
    operator = then.operator if then else None
    if operator is not None:
        contact = CONTACTS[operator.contact]() if operator.contact in CONTACTS else operator.contact
        more = [(_("Role"), operator.role), (_("Contact"), contact)]
        rows += [{"label": label, "value": value} for label, value in more if value]
    return rows
