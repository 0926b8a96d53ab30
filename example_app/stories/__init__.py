"""The stories of the demo's support desk, as data."""

from __future__ import annotations

from example_app.stories import access, billing, domains, orders, payments, storefront, unwanted
from example_app.stories.telling import Story, Turn

__all__ = ["CATEGORIES", "STORIES", "Story", "Turn"]

#: What an operator picks when opening, and the queue it leads to.
CATEGORIES = {
    "Storefront": "Support",
    "Payments": "Support",
    "Orders": "Support",
    "Domains and e-mail": "Support",
    "Account and access": "Support",
    "Billing": "Billing",
}

STORIES: tuple[Story, ...] = (
    *storefront.STORIES,
    *payments.STORIES,
    *orders.STORIES,
    *domains.STORIES,
    *access.STORIES,
    *billing.STORIES,
    *unwanted.STORIES,
)
