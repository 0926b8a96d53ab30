"""The Support inbox: where agents work, inside the host's Flask-Admin."""

from __future__ import annotations

from flask_admin import Admin

from .views import InboxView

CATEGORY = "Support"


def register_inbox(admin: Admin, number: int) -> str:
    """Add the inbox and its configuration pages to a Flask-Admin.

    :param number: 0 for the first, which links in mails lead to; several need endpoints of their own.
    :return: the endpoint of the inbox.
    """
    prefix = "sgsupport" if number == 0 else f"sgsupport{number + 1}"
    view = InboxView(name=CATEGORY, endpoint=f"{prefix}_inbox", url="support")
    admin.add_view(view)
    return f"{prefix}_inbox"
