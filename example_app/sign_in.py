"""Signing in and out: a password form, and in the demo one button for each person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import LoginManager, current_user, login_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, Length

from example_app.models import Activity, User, db, utc_now

sign_in = Blueprint("sign_in", __name__)
login_manager = LoginManager()
login_manager.login_view = "sign_in.login"
login_manager.login_message = "Please sign in to go on."


def load_user(user_id: str) -> User | None:
    """Find who a session belongs to; a person switched off since is nobody."""
    user = db.session.get(User, int(user_id)) if user_id.isdecimal() else None
    return user if user is not None and user.active else None


login_manager.user_loader(load_user)


def signed_in() -> User | None:
    """Who is signed in."""
    user: Any = current_user
    return user._get_current_object() if user.is_authenticated else None


def person() -> User:
    """Who is signed in, where only signed-in people come."""
    return signed_in() or abort(401)


class LoginForm(FlaskForm):
    """E-mail and password."""

    email = EmailField("E-mail", [DataRequired("Enter your e-mail address."), Length(max=254)])
    password = PasswordField("Password", [DataRequired("Enter your password."), Length(max=200)])


def local_path(target: str | None) -> str | None:
    r"""Give ``target`` back if it is a path of this very application, else ``None``.

    Browsers read ``//host``, ``/\host`` and a path with a tab in it as another host.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    if "\\" in target or any(ord(character) <= 32 or ord(character) == 127 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def _enter(user: User) -> Response:
    login_user(user)
    _note_sign_in(user)
    home = url_for("admin.index") if user.is_staff else url_for("pages.dashboard")
    return redirect(local_path(request.values.get("next")) or home)


def _note_sign_in(user: User) -> None:
    """Leave an activity for the first sign-in of the day; every one would push the person's work out of sight."""
    lately = select(Activity.id).where(
        Activity.user_id == user.id, Activity.action == "signed in", Activity.at > utc_now() - timedelta(hours=12)
    )
    if user.account_id is not None and db.session.scalar(lately.limit(1)) is None:
        db.session.add(Activity(account_id=user.account_id, user_id=user.id, action="signed in"))
        db.session.commit()


@sign_in.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int]:
    """Show the form, and let in who knows the password."""
    form = LoginForm()
    if request.method == "GET" and signed_in():
        return redirect(url_for("pages.dashboard"))
    status = 200
    if form.validate_on_submit():
        user = db.session.scalar(select(User).where(User.email == form.email.data.strip().lower()))
        if user is not None and user.active and user.has_password(form.password.data):
            return _enter(user)
        form.password.errors = ("E-mail and password do not belong together.",)
        status = 422
    groups = _demo_logins() if current_app.config["DEMO"] else {}
    return render_template("login.html", form=form, groups=groups, next=local_path(request.values.get("next"))), status


@sign_in.post("/login/as/<int:user_id>")
def login_as(user_id: int) -> Response:
    """Let a visitor of the demo in as anybody; outside the demo this address does not exist."""
    user = db.session.get(User, user_id) if current_app.config["DEMO"] else None
    if user is None or not user.active:
        abort(404)
    return _enter(user)


@sign_in.route("/logout", methods=["GET", "POST"])
def logout() -> str | Response:
    """Ask by GET, since a link must change nothing; sign out by POST."""
    if request.method == "GET":
        return render_template("logout.html")
    logout_user()
    flash("You are signed out.")
    return redirect(url_for("sign_in.login"))


def _demo_logins() -> dict[str, list[User]]:
    """The people who may sign in, staff first, then by account."""
    groups: dict[str, list[User]] = {}
    people = db.session.scalars(select(User).where(User.active).order_by(User.account_id.is_not(None), User.id))
    for user in people:
        groups.setdefault(user.account.name if user.account else "Canvas Commerce support", []).append(user)
    return groups
