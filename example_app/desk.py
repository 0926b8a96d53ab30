"""The support desk of Canvas Commerce: who its people are, and what they were doing when they asked for help."""

from __future__ import annotations

import re

from flask import Flask, current_app
from flask_admin import Admin
from sqlalchemy import select

from example_app.models import Account, Activity, Site, User, db
from flask_sgsupport import Actor, Operator, Origin, Routed, Support, UserDirectory, hooks

RECENT_ACTIONS = 6

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
