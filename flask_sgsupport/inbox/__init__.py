"""The Support inbox: where agents work, inside the host's Flask-Admin."""

from __future__ import annotations

from flask_admin import Admin

from .agents import AgentsView
from .frame import SupportEntry, SupportView
from .hours import HoursView
from .macros import MacrosView
from .mail import HealthView, MailView
from .notifications import NotificationsView
from .reports import ReportsView
from .rules import RulesView
from .saved_views import SavedViewsView
from .setting_up import CategoriesView, QueuesView
from .targets import TargetsView
from .views import InboxView

NAME = "Support"

PAGES: tuple[tuple[type[SupportView], str, str], ...] = (
    (InboxView, "inbox", "support"),
    (SavedViewsView, "saved", "support/saved"),
    (NotificationsView, "notifications", "support/notifications"),
    (ReportsView, "reports", "support/reports"),
    (MacrosView, "macros", "support/macros"),
    (QueuesView, "queues", "support/queues"),
    (CategoriesView, "categories", "support/categories"),
    (RulesView, "rules", "support/rules"),
    (HoursView, "hours", "support/hours"),
    (TargetsView, "targets", "support/targets"),
    (AgentsView, "agents", "support/agents"),
    (MailView, "mail", "support/mail"),
    (HealthView, "health", "support/health"),
)
"""View, end of its endpoint, path below the Flask-Admin."""


def register_inbox(admin: Admin, number: int) -> str:
    """Add the inbox and its configuration pages to a Flask-Admin, as one entry of its menu.

    :param number: 0 for the first, which links in mails lead to; several need endpoints of their own.
    :return: the endpoint of the inbox.
    """
    prefix = "sgsupport" if number == 0 else f"sgsupport{number + 1}"
    for view, page, url in PAGES:
        made = view(prefix=prefix, page=page, name=NAME, url=url)
        admin.add_view(made)
        if page == "inbox":
            _put_into_menu(admin, made)
    return f"{prefix}_inbox"


def _put_into_menu(admin: Admin, view: SupportView) -> None:
    """Put our own entry, which shows the unread number, in the place of the stock one."""
    entry = SupportEntry(NAME, view)
    items = admin.menu()
    items[[getattr(item, "_view", None) for item in items].index(view)] = entry
