"""What nobody asked for: tickets that the rules put aside."""

from __future__ import annotations

from example_app.stories.telling import Story

STORIES = (
    Story(
        key="seo-offer",
        category="Storefront",
        subjects=("First page of Google for {site} in 7 days", "I found 12 errors on {site}"),
        opening="I was looking at your website {site} and found errors that keep you from the first page. We offer "
        "500 backlinks for a fixed price. May I send you our price list and past clients?",
        filtered="spam: offer of links",
    ),
    Story(
        key="fake-invoice",
        category="Billing",
        subjects=("Outstanding invoice INV-88213, final notice", "Payment reminder for domain {site}"),
        opening="Your domain registration is about to lapse. Settle the attached invoice within 24 hours to the new "
        "bank details to avoid loss of service. Do not answer this message.",
        filtered="spam: asks for payment to new bank details",
    ),
    Story(
        key="out-of-office",
        category="Orders",
        subjects=("Automatic reply: Order #{order}", "Out of office Re: Your order #{order}"),
        opening="I am out of the office until Monday and will read your message then. In urgent cases please turn to "
        "my colleagues.",
        filtered="automatic reply",
    ),
    Story(
        key="crypto",
        category="Payments",
        subjects=("Accept crypto in your store – partnership", "Exclusive partnership for {account}"),
        opening="Dear business owner, our exchange selected {account} for an exclusive partnership. Send us your "
        "wallet address and receive a welcome bonus today.",
        filtered="spam: partnership offer",
    ),
)
