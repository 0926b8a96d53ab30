"""The staff's side: Flask-Admin over accounts, sites and people."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.menu import MenuLink
from flask_admin.theme import Bootstrap4Theme
from sqlalchemy import func, select

from example_app.models import Account, Site, User, db
from example_app.sign_in import signed_in


class StaffOnly:
    """Keeps everybody but staff out of a Flask-Admin view."""

    def is_accessible(self) -> bool:
        """Whether the person who asks works for Canvas Commerce."""
        user = signed_in()
        return user is not None and user.is_staff

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        """Lead a stranger to the login and back here; an operator has nothing to look for here."""
        if signed_in():
            abort(403)
        return redirect(url_for("sign_in.login", next=request.full_path.rstrip("?")))


class Home(StaffOnly, AdminIndexView):
    """The first page of the staff."""

    @expose("/")
    def index(self) -> Any:
        """How many there are of each, and the way to them."""
        counts = {
            "account": ("Accounts", db.session.scalar(select(func.count()).select_from(Account))),
            "site": ("Sites", db.session.scalar(select(func.count()).select_from(Site))),
            "user": ("Users", db.session.scalar(select(func.count()).select_from(User))),
        }
        return self.render("admin_home.html", counts=counts)


class Users(StaffOnly, ModelView):
    """People; they choose their password themselves, so none is made here.

    Who may use support is decided here, so leads change it and all other staff read it.
    """

    @property
    def can_edit(self) -> bool:  # type: ignore[override]  # Flask-Admin reads it anew for each request
        """Whether the person who asks may change somebody's rights."""
        user = signed_in()
        return user is not None and user.is_support_lead

    can_create = False
    can_delete = False
    column_list = ("name", "email", "account", "role", "is_owner", "support_access", "active")
    column_searchable_list = ("name", "email")
    column_filters = ("role", "active", "support_access")
    column_default_sort = "name"
    form_columns = ("name", "email", "account", "role", "is_owner", "support_access", "active", "contact_preference")
    form_choices = {"contact_preference": [(value, value) for value in ("email", "in-app", "both")]}


class Sites(StaffOnly, ModelView):
    """Shops."""

    can_delete = False
    column_list = ("domain", "account", "theme", "orders_last_week")
    column_searchable_list = ("domain",)
    column_default_sort = "domain"
    form_columns = ("domain", "account", "theme")


class Accounts(StaffOnly, ModelView):
    """Customers."""

    can_delete = False
    column_list = ("name", "plan", "billing")
    column_searchable_list = ("name",)
    column_default_sort = "name"
    form_columns = ("name", "plan", "billing")
    form_choices = {"plan": [(value, value) for value in ("Starter", "Growth", "Enterprise")]}


def build_admin() -> Admin:
    """Make the admin of one application: an ``Admin`` belongs to one only."""
    admin = Admin(
        name="Canvas Commerce",
        theme=Bootstrap4Theme(swatch="default", fluid=True, base_template="sgsupport/admin_base.html"),
        index_view=Home(name="Home"),
    )
    admin.add_view(Users(User, db, name="Users"))
    admin.add_view(Sites(Site, db, name="Sites"))
    admin.add_view(Accounts(Account, db, name="Accounts"))
    admin.add_link(MenuLink(name="Sign out", endpoint="sign_in.logout"))
    return admin
