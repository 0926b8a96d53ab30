"""The dashboard of an account: its figures, sites, recent activity and bills."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Response

from example_app.models import Account, Activity, Site, db, utc_now
from example_app.sign_in import login_manager, person, signed_in

pages = Blueprint("pages", __name__)

#: What can be done on a site: the address of the button, its label, and the words of the activity it leaves.
SITE_ACTIONS = {
    "theme": ("Update theme", "theme update"),
    "publish": ("Publish changes", "changes published"),
    "cache": ("Clear cache", "cache cleared"),
}

#: The plans on sale: dollars a month, sites, people.
PLANS = {"Starter": (29, "1 site", "3 people"), "Growth": (89, "3 sites", "10 people"),
         "Enterprise": (420, "unlimited sites", "unlimited people")}  # fmt: skip


@pages.app_template_filter("moment")
def moment(at: datetime) -> str:
    """A moment as people of the product say it: "14:32 UTC" today, with the day before that."""
    day = "" if at.date() == utc_now().date() else f"{at.day} {at:%b}, "
    return f"{day}{at:%H:%M} UTC"


@pages.app_template_filter("dollars")
def dollars(amount: int) -> str:
    """Whole dollars with thousands set apart."""
    return f"${amount:,}"


@pages.app_template_filter("initials")
def initials(name: str) -> str:
    """First letters of the first and the last word of a name."""
    words = name.split() or ["?"]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


@pages.before_request
def ask_to_sign_in() -> ResponseReturnValue | None:
    """Lead a stranger to the login and back."""
    answer: ResponseReturnValue | None = login_manager.unauthorized() if signed_in() is None else None
    return answer


@pages.get("/")
def dashboard() -> str | Response:
    """The account at a glance; staff have no account and go to the admin."""
    if person().is_staff:
        return redirect(url_for("admin.index"))
    account = _account()
    activity = db.session.scalars(_activity(account.id).limit(8)).all()
    return render_template("dashboard.html", account=account, activity=activity)


@pages.get("/sites/")
def sites() -> str:
    """The sites of the account."""
    return render_template("sites.html", account=_account())


@pages.get("/sites/<int:site_id>")
def site(site_id: int) -> str:
    """One site, being worked in."""
    found = _site(site_id)
    activity = db.session.scalars(_activity(found.account_id).where(Activity.site_id == site_id).limit(8)).all()
    return render_template("site.html", site=found, activity=activity, actions=SITE_ACTIONS)


@pages.post("/sites/<int:site_id>/<action>")
def work_on_site(site_id: int, action: str) -> Response:
    """Do one of ``SITE_ACTIONS`` and leave an activity."""
    found = _site(site_id)
    if action not in SITE_ACTIONS:
        abort(404)
    if action == "theme":
        found.theme_version += 1
    words = SITE_ACTIONS[action][1]
    db.session.add(Activity(account_id=found.account_id, user_id=person().id, site_id=found.id, action=words))
    db.session.commit()
    flash(f"Done: {words} on {found.domain}.")
    return redirect(url_for("pages.site", site_id=found.id))


@pages.get("/billing/")
def billing() -> str:
    """The plan of the account and what it was charged."""
    return render_template("billing.html", account=_account(), plans=PLANS, may_ask=person().may_ask_support)


def _account() -> Account:
    """The account of the person who asks; staff have none."""
    return person().account or abort(404)


def _site(site_id: int) -> Site:
    """A site of the person's own account; those of others do not exist."""
    found = db.session.scalar(select(Site).where(Site.id == site_id, Site.account_id == _account().id))
    return found or abort(404)


def _activity(account_id: int) -> Select[Activity]:
    """What was done in an account, newest first."""
    newest = select(Activity).where(Activity.account_id == account_id).order_by(Activity.at.desc(), Activity.id.desc())
    return newest.options(joinedload(Activity.user), joinedload(Activity.site))
