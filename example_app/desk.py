"""The support desk of Canvas Commerce: who its people are, and what they were doing when they asked for help."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import Flask, current_app
from flask_admin import Admin
from sqlalchemy import select

from example_app.models import Account, Activity, Invoice, Site, User, db
from flask_sgsupport import (
    Actor,
    ButtonTicket,
    Operator,
    Origin,
    Right,
    Routed,
    Support,
    UserDirectory,
    hooks,
)
from flask_sgsupport.errors import Refused

RECENT_ACTIONS = 6
INVOICES = 12

#: Words that only come with what nobody asked for, and the reason shown in Spam / Filtered.
UNWANTED = {
    "backlinks": "spam: offer of links",
    "new bank details": "spam: asks for payment to new bank details",
    "out of the office": "automatic reply",
    "wallet address": "spam: partnership offer",
}

support = Support(
    directory=UserDirectory(
        User,
        account_id="account_id",
        account_name=lambda user: user.account.name if user.account else "",
        role="role",
        active="active",
        owner="is_owner",
        support_access="support_access",
        contact="contact_preference",
    )
)


def embed(app: Flask, admin: Admin) -> None:
    """Put the desk into one Canvas Commerce: the panel under ``/support/``, the inbox under ``/admin/support/``."""
    app.config.setdefault("SGSUPPORT_PANEL_LAYOUT", "base.html")
    support.init_app(app, db, admin=admin)


@support.account
def account(actor: Actor, account_id: str, origin: Origin) -> hooks.Account:
    """The plan and what was paid."""
    found = db.session.get_one(Account, int(account_id))
    return hooks.Account(name=found.name, plan=found.plan, billing=found.billing)


@support.sites
def sites(actor: Actor, account_id: str, origin: Origin) -> list[hooks.Site]:
    """The shops of the account; worked in is the one the operator came from, or the only one there is."""
    found = db.session.scalars(select(Site).where(Site.account_id == int(account_id)).order_by(Site.domain)).all()
    came_from = re.match(r"/sites/(\d+)", origin.page)
    worked_in = {*origin.site_ids, came_from[1] if came_from else ""}
    return [
        hooks.Site(
            id=str(site.id),
            name=site.domain,
            url=f"https://{site.domain}/",
            working_in=str(site.id) in worked_in or len(found) == 1,
        )
        for site in found
    ]


@support.activity
def activity(actor: Actor, account_id: str, origin: Origin) -> list[hooks.Activity]:
    """What the operator did last, from the activity the dashboard shows."""
    if actor.person is None:
        return []
    # Asked with the desk's clock: the demo's tickets are opened in the past.
    now = current_app.extensions["sgsupport"].now()
    done = select(Activity).where(
        Activity.account_id == int(account_id), Activity.user_id == int(actor.person.id), Activity.at <= now
    )
    newest = db.session.scalars(done.order_by(Activity.at.desc(), Activity.id.desc()).limit(RECENT_ACTIONS))
    return [hooks.Activity(entry.action, entry.at, site=entry.site.domain if entry.site else "") for entry in newest]


@support.operator
def operator(actor: Actor, account_id: str, origin: Origin) -> Operator:
    """How to reach somebody, told in words."""
    user = db.session.get_one(User, int(actor.person.id if actor.person else 0))
    contact = {"email": "by e-mail", "in-app": "in the dashboard"}.get(user.contact_preference, "e-mail and dashboard")
    return Operator(name=user.name, role=user.role, contact=contact)


@support.subjects
def subjects(actor: Actor, account_id: str, origin: Origin, wanted: Sequence[tuple[str, str]]) -> list[hooks.Subject]:
    """The newest invoices of the account, or those that are asked about."""
    found = select(Invoice).where(Invoice.account_id == int(account_id)).order_by(Invoice.issued_on.desc())
    if wanted:
        found = found.where(Invoice.number.in_([key for kind, key in wanted if kind == "invoice"]))
    return [
        hooks.Subject("invoice", one.number, f"Invoice {one.number}", url=f"/admin/account/edit/?id={one.account_id}")
        for one in db.session.scalars(found.limit(INVOICES))
    ]


def _due(account_id: str) -> Invoice | None:
    due = select(Invoice).where(Invoice.account_id == int(account_id), Invoice.paid.is_(False))
    return db.session.scalar(due.order_by(Invoice.issued_on).limit(1))


def _may_book(ticket: ButtonTicket, actor: Actor) -> bool:
    return Right.CLOSE in actor.rights


def _has_a_bill(ticket: ButtonTicket, actor: Actor) -> bool | str:
    return _due(ticket.account_id) is not None or "Nothing is due."


@support.button(
    "book-payment",
    label="Book the payment",
    confirm="The oldest invoice that is due counts as paid from now on.",
    visible=_may_book,
    enabled=_has_a_bill,
)
def book_payment(ticket: ButtonTicket, actor: Actor) -> str:
    """Mark the oldest invoice that is due as paid; the desk commits it."""
    invoice = _due(ticket.account_id)
    if invoice is None:
        raise Refused("Somebody has booked it already.")
    invoice.paid = True
    return f"Invoice {invoice.number} is paid, {invoice.dollars} dollars."


@support.route
def route(draft: hooks.Draft) -> Routed | None:
    """Put aside what nobody asked for, and bring Enterprise forward."""
    text = f"{draft.subject} {draft.body}".lower()
    for words, reason in UNWANTED.items():
        if words in text:
            return Routed(filtered=reason, because=f"the text says “{words}”")
    if draft.plan == "Enterprise":
        return Routed(priority="high", because=f"{draft.account_name} is on the Enterprise plan")
    return None
