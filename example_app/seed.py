"""The demo's world: who is there, which shops they run, and what was done in them lately."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from werkzeug.security import generate_password_hash

from example_app.casting import DAYS, PlannedTicket, Team, Tenant, plan_tickets
from example_app.models import Account, Activity, Invoice, Site, User, db, utc_now
from example_app.stories import CATEGORIES
from flask_sgsupport.actors import Right

SEED = 7
PASSWORD = "demo"  # printed on the login page
TICKETS = 200

#: The account that has its plan only since so many days, and the plan it had before.
UPGRADED, UPGRADED_FROM, UPGRADED_DAYS = "Contoso", "Growth", 50


@dataclass(frozen=True, slots=True)
class Person:
    """One row of ``PEOPLE``."""

    name: str
    email: str
    role: str
    account: str | None = None
    is_owner: bool = False
    support_access: bool = False
    active: bool = True
    contact_preference: str = "both"


@dataclass(frozen=True, slots=True)
class Shop:
    """One row of ``SHOPS``: a site, its figures, and what it sells."""

    account: str
    domain: str
    theme: str
    theme_version: int
    orders_last_week: int
    sales_last_week: int
    products: tuple[str, ...]


#: Accounts: plan, and the months they are paid ahead; ``None`` is a bill that is due.
ACCOUNTS: dict[str, tuple[str, int | None]] = {
    "Northwind Outfitters": ("Growth", 1),
    "Fabrikam": ("Starter", None),
    "Contoso": ("Enterprise", 7),
}

SHOPS = (
    Shop("Northwind Outfitters", "tote.example", "Atelier", 14, 312, 18_904,
         ("Canvas Tote", "Harbour Tote", "Market Bag", "Rain Tote")),
    Shop("Northwind Outfitters", "bags.example", "Atelier", 13, 87, 11_240,
         ("Field Satchel", "Weekender", "Roll-Top Backpack", "Toiletry Roll")),
    Shop("Fabrikam", "lamps.example", "Lumen", 6, 41, 5_330,
         ("Pebble Lamp", "Arc Floor Lamp", "Linen Shade", "Brass Sconce")),
    Shop("Contoso", "coffee.example", "Broadsheet", 22, 1_846, 52_310,
         ("House Blend 1 kg", "Sidamo 250 g", "Pour-Over Kit", "Decaf Subscription")),
    Shop("Contoso", "kettles.example", "Broadsheet", 22, 164, 20_118,
         ("Gooseneck Kettle", "Burr Grinder", "Travel Press", "Milk Pitcher")),
    Shop("Contoso", "beans-trade.example", "Ledger", 4, 58, 88_450,
         ("Green Coffee 30 kg", "Espresso Blend 10 kg", "Sample Box", "Decaf 10 kg")),
)  # fmt: skip

PEOPLE = (
    Person("Grace Hopper", "grace@canvas.example", "Support lead"),
    Person("Ada Lovelace", "ada@canvas.example", "Support agent"),
    Person("Ben Okoro", "ben@canvas.example", "Support agent"),
    Person("Chiara Ricci", "chiara@canvas.example", "Support agent"),
    Person("Dev Malhotra", "dev@canvas.example", "Support agent"),
    Person("Elin Strand", "elin@canvas.example", "Support agent"),
    Person("Farid Haddad", "farid@canvas.example", "Support agent"),
    Person("Vivian Cole", "vivian@northwind.example", "Owner", "Northwind Outfitters", is_owner=True),
    Person("Jerome Ellis", "jerome@northwind.example", "Admin", "Northwind Outfitters", support_access=True),
    Person("Lena Brandt", "lena@northwind.example", "Editor", "Northwind Outfitters", support_access=True,
           contact_preference="email"),
    Person("Tomás Vega", "tomas@northwind.example", "Editor", "Northwind Outfitters"),
    Person("Henrik Dahl", "henrik@fabrikam.example", "Owner", "Fabrikam", is_owner=True, contact_preference="email"),
    Person("Mina Sato", "mina@fabrikam.example", "Admin", "Fabrikam", support_access=True),
    Person("Priya Raman", "priya@fabrikam.example", "Editor", "Fabrikam"),
    Person("Claire Fontaine", "claire@contoso.example", "Owner", "Contoso", is_owner=True),
    Person("Olu Adeyemi", "olu@contoso.example", "Admin", "Contoso", support_access=True),
    Person("Rafael Costa", "rafael@contoso.example", "Editor", "Contoso", support_access=True,
           contact_preference="in-app"),
    Person("June Whitaker", "june@contoso.example", "Viewer", "Contoso"),
    Person("Nadia Petrov", "nadia@contoso.example", "Editor", "Contoso", support_access=True, active=False),
)  # fmt: skip

LEAD = "grace@canvas.example"


@dataclass(frozen=True, slots=True)
class Place:
    """What an agent of ``AGENTS`` covers and may do beside handling tickets."""

    queues: tuple[str, ...]
    rights: tuple[Right, ...] = (Right.ASSIGN, Right.CLOSE)


AGENTS = {
    LEAD: Place(("Support", "Billing"), tuple(Right)),
    "ada@canvas.example": Place(("Support",)),
    "ben@canvas.example": Place(("Support", "Billing")),
    "chiara@canvas.example": Place(("Support",), (Right.ASSIGN,)),
    "dev@canvas.example": Place(("Support", "Billing"), (Right.ASSIGN, Right.CLOSE, Right.ALL_QUEUES)),
    "elin@canvas.example": Place(("Support",), ()),
    "farid@canvas.example": Place(("Billing",)),
}

#: What people do in a shop, as the activity says it; ``{product}`` is one of the shop's.
DEEDS = (
    "theme update", "changes published", "cache cleared", "price of {product} changed", "stock of {product} corrected",
    "photo of {product} replaced", "discount code AUTUMN10 made", "menu reordered", "shipping zone Canada added",
    "order #{order} refunded", "order #{order} marked as shipped", "tax settings opened", "product export downloaded",
    "page “About us” edited", "payment provider reconnected",
)  # fmt: skip


def seed(*, now: datetime | None = None) -> Iterator[str]:
    """Write the demo's accounts, people, sites, invoices and activity, and say line by line what was written.

    Does nothing where accounts exist. Deterministic but for ``now``, which all times are told from.
    """
    if db.session.scalar(select(func.count()).select_from(Account)):
        return
    now = now or utc_now()
    rng = random.Random(SEED)  # the same world every time
    accounts = {
        name: Account(name=name, plan=plan, billing=_billing(months, now)) for name, (plan, months) in ACCOUNTS.items()
    }
    db.session.add_all(accounts.values())
    db.session.flush()
    password_hash = generate_password_hash(PASSWORD)
    for person in PEOPLE:
        account = accounts.get(person.account or "")
        db.session.add(
            User(
                name=person.name,
                email=person.email,
                role=person.role,
                account_id=account.id if account else None,
                is_owner=person.is_owner,
                support_access=person.support_access,
                active=person.active,
                contact_preference=person.contact_preference,
                password_hash=password_hash,
            )
        )
    for shop in SHOPS:
        db.session.add(
            Site(
                account_id=accounts[shop.account].id,
                domain=shop.domain,
                theme=shop.theme,
                theme_version=shop.theme_version,
                orders_last_week=shop.orders_last_week,
                sales_last_week=shop.sales_last_week,
            )
        )
    db.session.flush()
    yield f"{len(accounts)} accounts, {len(PEOPLE)} people, {len(SHOPS)} sites"
    invoices = sum(_invoices(account, now) for account in accounts.values())
    deeds = _activity(rng, now)
    db.session.commit()
    yield f"{invoices} invoices, {deeds} entries of activity"


def seed_tickets(play: Callable[[PlannedTicket], object], *, count: int = TICKETS, now: datetime | None = None) -> int:
    """Plan ``count`` tickets of the last 90 days and hand them to ``play``, oldest first; return how many.

    ``play`` opens the ticket and carries out its steps at their times, by whatever desk there is.
    """
    tenants = [
        Tenant(
            account=name,
            plan=plan,
            plan_days=UPGRADED_DAYS if name == UPGRADED else DAYS,
            operators=tuple((p.name, p.email) for p in _desk_users(name)),
            sites=tuple((shop.domain, shop.products) for shop in SHOPS if shop.account == name),
        )
        for name, (plan, _months) in ACCOUNTS.items()
    ]
    names = {person.email: person.name for person in PEOPLE}
    agents = {
        category: tuple(
            (names[email], email) for email, place in AGENTS.items() if queue in place.queues and email != LEAD
        )
        for category, queue in CATEGORIES.items()
    }
    rng = random.Random(SEED)  # the same tickets every time
    planned = plan_tickets(
        rng, tenants, Team(lead=(names[LEAD], LEAD), agents=agents), now=now or utc_now(), count=count
    )
    for ticket in planned:
        play(ticket)
    return len(planned)


def _desk_users(account: str) -> list[Person]:
    return [p for p in PEOPLE if p.account == account and p.active and (p.is_owner or p.support_access)]


def _billing(months: int | None, now: datetime) -> str:
    if months is None:
        return f"payment due since {_day(now.date() - timedelta(days=6))}"
    return f"paid to {_day(_first_of_month(now.date(), months))}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def _first_of_month(day: date, months_ahead: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months_ahead, 12)
    return date(year, month + 1, 1)


def _invoices(account: Account, now: datetime) -> int:
    prices = {"Starter": 29, "Growth": 89, "Enterprise": 420}
    for back in range(6):
        issued_on = _first_of_month(now.date(), -back)
        before = account.name == UPGRADED and (now.date() - issued_on).days > UPGRADED_DAYS
        price = prices[UPGRADED_FROM if before else account.plan]
        due = back == 0 and account.billing.startswith("payment due")
        number = f"CC-{issued_on:%Y%m}-{account.id:03}"
        db.session.add(Invoice(account_id=account.id, number=number, issued_on=issued_on, dollars=price, paid=not due))
    return 6


def _activity(rng: random.Random, now: datetime) -> int:
    """Three months of deeds, denser towards now, and the afternoon in which the theme of tote.example was updated."""
    products = {shop.domain: shop.products for shop in SHOPS}
    entries: list[Activity] = []
    for account in db.session.scalars(select(Account).order_by(Account.id)):
        people = [user for user in account.people if user.active and user.role != "Viewer"]
        for _ in range(200):
            site = rng.choice(account.sites)
            deed = rng.choice(DEEDS).format(product=rng.choice(products[site.domain]), order=rng.randint(20100, 48999))
            at = now - timedelta(minutes=int(240 + 132_000 * rng.random() ** 2))
            user = rng.choice(people)
            entries.append(Activity(account_id=account.id, user_id=user.id, site_id=site.id, action=deed, at=at))
    jerome = db.session.scalars(select(User).where(User.email == "jerome@northwind.example")).one()
    tote = db.session.scalars(select(Site).where(Site.domain == "tote.example")).one()
    for minutes, action, site_id in (
        (24, "theme update", tote.id),
        (66, "price of Canvas Tote changed", tote.id),
        (234, "signed in", None),
    ):
        at = now - timedelta(minutes=minutes)
        entries.append(Activity(account_id=tote.account_id, user_id=jerome.id, site_id=site_id, action=action, at=at))
    db.session.add_all(entries)
    return len(entries)
