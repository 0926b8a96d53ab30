"""Tickets that happen once: those a desk has to bear, and those that show a corner of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from example_app.casting import Action, PlannedTicket, Step

#: Hours before now, what is done, by whom, with which words.
Act = tuple[float, Action, str | None, str]

GRACE, ADA, BEN, CHIARA = "grace@canvas.example", "ada@canvas.example", "ben@canvas.example", "chiara@canvas.example"
DEV, ELIN, FARID = "dev@canvas.example", "elin@canvas.example", "farid@canvas.example"
VIVIAN, JEROME, LENA = "vivian@northwind.example", "jerome@northwind.example", "lena@northwind.example"
HENRIK, MINA = "henrik@fabrikam.example", "mina@fabrikam.example"
CLAIRE, OLU, RAFAEL = "claire@contoso.example", "olu@contoso.example", "rafael@contoso.example"

SITES = {"northwind": "tote.example", "fabrikam": "lamps.example", "contoso": "coffee.example"}
ACCOUNTS = {"northwind": "Northwind Outfitters", "fabrikam": "Fabrikam", "contoso": "Contoso"}

MOVED = (
    "House Blend",
    "Sidamo",
    "Yirgacheffe",
    "Decaf",
    "Cold Brew Pack",
    "Espresso Blend",
    "Monsoon Malabar",
    "Sample Box",
)

#: What went wrong with each product that moved, and how it was mended.
MOVING = (
    ("Next is {product}. The text came over, the line breaks did not: it is one long paragraph.",
     "The old shop wrote `<br>` where we expect a blank line. I converted {product} again, please look."),
    ("Text is fine now. The photos of {product} are there, but the first one is the back of the bag.",
     "They were sorted by file name. I put the one that was first in the old shop first again."),
    ("Prices next: {product} in 1 kg shows the price of 250 g.",
     "Both sizes had the same number in the export. Taken from your price list instead; 250 g and 1 kg are right now."),
    ("The reviews of {product} are missing. There were more than thirty.",
     "Found them: they hung on the old number of {product}. Moved, with their dates and stars."),
    ("Last thing for {product}: the old address ends in *not found*.",
     "Redirect made, and tested with the link from your newsletter. {product} is done."),
)  # fmt: skip


def unusual_tickets(now: datetime) -> list[PlannedTicket]:
    """All of them, told from ``now``."""
    return [
        _long_thread(now), _long_subject(now), _right_to_left(now), _unreachable(now), _held(now), _continued(now),
        _wrong_from(now), _by_hand(now), _withdrawn(now), _note_made_public(now), _on_behalf(now), _handed_on(now),
        _rated_too_soon(now),
    ]  # fmt: skip


def _long_thread(now: datetime) -> PlannedTicket:
    """Eighty messages over three weeks."""
    turns = [
        (asked.format(product=product), answered.format(product=product))
        for product in MOVED
        for asked, answered in MOVING
    ]
    acts: list[Act] = [(499, "claim", ADA, "")]
    for number, (asked, answered) in enumerate(turns):
        hours = 498 - 12.2 * number
        if number:
            acts.append((hours, "follow-up", OLU if number % 3 else RAFAEL, asked))
        acts.append((hours - 5.5, "reply", ADA if number % 7 else CHIARA, answered))
        if number % 12 == 6:
            acts.append(
                (
                    hours - 5.6,
                    "note",
                    ADA,
                    "Same converter bug each time. One product after the other until engineering has it.",
                )
            )
    opening = (
        "We move the eight coffees of our old shop here, one after the other, and write down what is wrong.\n\n"
        + turns[0][0]
    )
    return _ticket(
        now,
        "moving",
        OLU,
        "Moving our old shop, product by product",
        opening,
        "Storefront",
        500,
        acts,
        tags=("import",),
    )


def _long_subject(now: datetime) -> PlannedTicket:
    subject = (
        "Since the update of yesterday evening the discount code AUTUMN10 takes 10% off the shipping but not off the "
        "goods, except on phones, where it takes off both, and in the app, where it takes off nothing"
    )
    body = "Sorry for the long subject, I did not know how to say it shorter."
    return _ticket(now, "long-subject", LENA, subject, body, "Payments", 7.5, [], tags=())


def _right_to_left(now: datetime) -> PlannedTicket:
    body = (
        "مرحباً،\n\nبعد تحديث القالب أصبحت صفحة الدفع باللغة العربية معكوسة: زر **إتمام الشراء** يظهر خارج الشاشة "
        "على الهاتف، ورقم الطلب #20418 يظهر من اليمين إلى اليسار.\n\n"
        "- المتصفح: Safari\n- الجهاز: iPhone 15\n\nشكراً لكم،\nكلير"
    )
    acts: list[Act] = [
        (20, "claim", CHIARA, ""),
        (
            19.5,
            "note",
            CHIARA,
            "Dev reads Arabic better than the translator does. It is the mirrored padding of the pay button.",
        ),
        (
            18,
            "reply",
            DEV,
            (
                "مرحباً كلير،\n\nوجدنا السبب: المسافة الجانبية للزر لم تُعكس. "
                "سيصل الإصلاح اليوم، وسأكتب لكم عند نشره.\n\nديف"
            ),
        ),
        (3, "follow-up", CLAIRE, "شكراً! الزر ظاهر الآن، لكن رقم الطلب ما زال معكوساً: `#20418`."),
    ]
    return _ticket(
        now,
        "right-to-left",
        CLAIRE,
        "صفحة الدفع معكوسة بعد تحديث القالب",
        body,
        "Storefront",
        22,
        acts,
        files=("checkout.png",),
    )


def _unreachable(now: datetime) -> PlannedTicket:
    """The requester gave another address, mistyped: the reply fails with the server's words."""
    acts: list[Act] = [
        (5.2, "claim", ADA, ""),
        (5.1, "address", ADA, "mina.sato@nobody.example"),
        (5.0, "note", ADA, "She asked on the phone to be answered at her private address this week."),
        (
            4.6,
            "reply",
            ADA,
            "Hi Mina,\n\nthe feed is read every two hours; the new lamps will be in it at the next full hour.\n\nAda",
        ),
    ]
    body = "The new lamps are not in the shopping feed since Monday. Could you look? I am away from my desk this week."
    return _ticket(
        now,
        "unreachable",
        MINA,
        "New lamps missing from the shopping feed",
        body,
        "Storefront",
        6,
        acts,
        channel="email",
    )


def _held(now: datetime) -> PlannedTicket:
    """Resolved, but the mail that says so came back: the clock waits."""
    acts: list[Act] = [
        (5.5, "claim", BEN, ""),
        (5.4, "address", BEN, "h.dahl@nobody.example"),
        (
            5.3,
            "resolve",
            BEN,
            "Hello Henrik,\n\nthe reverse-charge note is on all invoices from now on, this month's included.\n\nBen",
        ),
    ]
    body = "Our tax adviser needs the reverse-charge note on your invoices. Please answer to the address below."
    return _ticket(now, "held", HENRIK, "Reverse-charge note missing on invoices", body, "Billing", 7, acts)


def _continued(now: datetime) -> PlannedTicket:
    """Closed two months ago, taken up again now: a new ticket that continues the old one."""
    acts: list[Act] = [
        (24 * 82 - 2, "claim", ELIN, ""),
        (
            24 * 82 - 4,
            "resolve",
            ELIN,
            "The sitemap held products that are gone. I made it anew; search engines read it within a week.",
        ),
        (24 * 80, "confirm", VIVIAN, "Looks good, thank you."),
        (
            30,
            "follow-up",
            VIVIAN,
            "It is back: the sitemap again names products we deleted in spring. Did something undo the change?",
        ),
    ]
    body = "Search engines complain about 140 pages that do not exist. They are all products we deleted."
    return _ticket(
        now, "continued", VIVIAN, "Sitemap names deleted products", body, "Storefront", 24 * 82, acts, tags=("seo",)
    )


def _wrong_from(now: datetime) -> PlannedTicket:
    """For an hour the queue Billing sent from an address that may not send; what waited went out afterwards."""
    acts: list[Act] = [
        (4.9, "claim", FARID, ""),
        (4.8, "set-from", GRACE, "billing@wrong.example"),
        (
            4.5,
            "reply",
            FARID,
            "Hi Vivian,\n\nthe second seat was charged twice indeed. $18.00 go back to your card today.\n\nFarid",
        ),
        (3.9, "set-from", GRACE, "billing@canvas.example"),
        (1.2, "note", FARID, "Refund booked."),
    ]
    body = "On this month's invoice the second seat is listed twice. Could you check and pay back what is too much?"
    return _ticket(
        now, "wrong-from", VIVIAN, "A seat was charged twice", body, "Billing", 5.5, acts, files=("invoice.png",)
    )


def _by_hand(now: datetime) -> PlannedTicket:
    acts: list[Act] = [(52, "put-aside", CHIARA, "advertising, third time this week")]
    body = "Dear team, we translate shops into 30 languages at the best price. When can we call you?"
    return _ticket(
        now,
        "by-hand",
        JEROME,
        "Translation services for your shop",
        body,
        "Storefront",
        53,
        acts,
        channel="email",
        ends="filtered",
    )


def _withdrawn(now: datetime) -> PlannedTicket:
    acts: list[Act] = [(31.4, "withdraw", LENA, "")]
    body = "I cannot find the button to duplicate a page. It was there last week."
    return _ticket(now, "withdrawn", LENA, "Where is “duplicate page”?", body, "Storefront", 32, acts)


def _note_made_public(now: datetime) -> PlannedTicket:
    note = (
        "The limit is 250 variants for each product. Splitting by colour is what other shops do; the import template "
        "has a column `group` for it."
    )
    acts: list[Act] = [
        (27, "claim", CHIARA, ""),
        (26.5, "note", CHIARA, note),
        (26.2, "publish", CHIARA, ""),
        (25, "follow-up", RAFAEL, "Splitting by size would suit us better. Does `group` take that, too?"),
    ]
    body = "The import refuses our grinder with *too many variants*. It has 4 colours, 9 sizes and 8 plugs."
    return _ticket(
        now,
        "note-made-public",
        RAFAEL,
        "Too many variants on the Burr Grinder",
        body,
        "Orders",
        28,
        acts,
        tags=("import",),
    )


def _on_behalf(now: datetime) -> PlannedTicket:
    """Opened by an agent after a call, closed with a record of how the customer confirmed."""
    acts: list[Act] = [
        (199, "claim", DEV, ""),
        (198, "resolve", DEV, "As said on the phone: the transfer code is in *Domains, Transfer*, good for 14 days."),
        (175, "record-close", DEV, "Olu confirmed on the phone at 10:40: the domain has arrived at the new registrar."),
    ]
    body = "Called us: needs the transfer code of beans-trade.example for a new registrar, before Friday."
    return _ticket(
        now,
        "on-behalf",
        OLU,
        "Transfer code for beans-trade.example",
        body,
        "Domains and e-mail",
        200,
        acts,
        channel="on-behalf",
    )


def _handed_on(now: datetime) -> PlannedTicket:
    """Filed under the wrong category, moved to another queue and assigned by the lead."""
    acts: list[Act] = [
        (17, "claim", BEN, ""),
        (16.6, "note", BEN, "Not an order at all, this is about what we charge. Farid knows these fees."),
        (16.5, "move", GRACE, "Billing"),
        (16.4, "assign", GRACE, FARID),
        (
            15.5,
            "reply",
            FARID,
            (
                "Hello Jerome,\n\nthe 0.5 % are our fee for orders paid outside *Canvas Pay*; see *Billing, Fees*. "
                "Shall I call you to go through last month?\n\nFarid"
            ),
        ),
    ]
    body = "Every order paid by bank transfer is 0.5 % short in the report. Where does it go?"
    return _ticket(
        now, "handed-on", JEROME, "Orders are 0.5 % short in the report", body, "Orders", 18, acts, priority="high"
    )


def _rated_too_soon(now: datetime) -> PlannedTicket:
    """Called solved, called bad help, and opened again: the rating stays and says that it is an earlier one."""
    acts: list[Act] = [
        (43, "claim", ADA, ""),
        (42.5, "resolve", ADA, "I switched *ship to several addresses* on for bags.example. Please try again."),
        (42.2, "rate-bad", LENA, "It was marked as solved before I could try it."),
        (42, "reopen", LENA, "The switch is on, and the second address is still gone after *Save*."),
        (
            41,
            "reply",
            ADA,
            "You are right, and I was too fast. It is a bug of this morning; I am on it with engineering.",
        ),
    ]
    body = "A shopper cannot enter a second address for delivery. The field vanishes after *Save*."
    return _ticket(now, "rated-too-soon", LENA, "The second address vanishes", body, "Orders", 44, acts)


def _ticket(
    now: datetime,
    key: str,
    requester: str,
    subject: str,
    body: str,
    category: str,
    hours: float,
    acts: Sequence[Act],
    **more: Any,
) -> PlannedTicket:
    company = requester.partition("@")[2].partition(".")[0]
    fields = {"priority": "normal", "tags": (), "channel": "web", "ends": "unusual", "files": ()} | more
    return PlannedTicket(
        story=key,
        account=ACCOUNTS[company],
        requester=requester,
        sites=(SITES[company],),
        subject=subject,
        body=body,
        category=category,
        opened_at=now - timedelta(hours=hours),
        steps=tuple(Step(action, now - timedelta(hours=ago), actor, words) for ago, action, actor, words in acts),
        **fields,
    )
