"""Stories about orders, stock, shipping, imports and exports."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="export-stops",
        category="Orders",
        subjects=("Export of orders stops at 10,000 rows", "Order export is cut off"),
        opening="The CSV export of the orders of this year ends after 10,000 rows. There are about 14,000. There is "
        "no message, I only noticed because December was missing from the sum.",
        turns=(
            note("Hard limit in the browser export; the one by mail has none. The silent cut is the bad part."),
            reply(
                "The export in the browser ends at 10,000 rows. *Export, Send me a link* has no limit; I started it "
                "for you and the link is in your mail. That the other one says nothing is our fault."
            ),
            ask("Got the link, 14,212 rows. Is there a way to have this every month by itself?"),
            solve(
                "There is: *Reports, Schedule*, first of the month, to any address of your account. And since today "
                "the export in the browser says when it left rows out."
            ),
            confirm("Scheduled. Thanks!"),
        ),
        tags=("export",),
    ),
    Story(
        key="stock-negative",
        category="Orders",
        subjects=("Stock of {product} is negative", "We sold more {product} than we have"),
        opening="The stock of the {product} says -7. I thought the shop stops selling at zero. We now have to tell "
        "seven people that we do not have it.",
        turns=(
            reply(
                "The {product} has *Sell when out of stock* switched on. It was set by the import on the 3rd, column "
                "`backorder`. I switched it off so that it does not get worse. Shall I look for other products with "
                "the same?"
            ),
            ask("Please do, that would be a great help."),
            solve(
                "Eleven others had it; I switched it off for those with stock below five and left the rest. The list "
                "is in your exports. In the import, `backorder` empty means *leave as it is*, 1 means on."
            ),
            confirm("Thank you, I corrected our table."),
        ),
        priority="high",
        tags=("stock", "import"),
    ),
    Story(
        key="label-address",
        category="Orders",
        subjects=("Shipping labels cut off the street", "Label of #{order} without house number"),
        opening="On the shipping labels the house number is missing when the street is long. #{order} of {shopper} "
        "came back today for that reason.",
        turns=(
            note("Carrier takes 35 characters, we send 40 and they cut. We must break into line two."),
            solve(
                "The carrier takes 35 letters in the first line and drops the rest. We now carry what does not fit "
                "over into the second line. Labels you print from now on are right; the one of #{order} can be made "
                "again with *Print anew*, free of charge."
            ),
            again("Long streets are fine, but addresses with a flat number have it twice now."),
            solve(
                "That was the new rule meeting addresses which already had two lines. Mended; I tried it with your "
                "last 200 orders and every one is whole and once."
            ),
            confirm("Looks good on the 30 labels of today."),
        ),
        tags=("shipping",),
    ),
    Story(
        key="shipping-canada",
        category="Orders",
        subjects=("No shipping offered to Canada", "Shoppers in Canada cannot check out"),
        opening="I added Canada as a shipping zone, yet shoppers there read “We do not deliver to your address”.",
        turns=(
            reply(
                "The zone is there, but it has no rate yet, and a zone without a rate offers nothing. Under "
                "*Shipping, Canada, Add rate* you can give one price or a table by weight. Do you know your weights?"
            ),
            ask("All of our products are under two kilos. I set one price of 18 and it works."),
            solve(
                "Perfect, that is all. I put a note to our people: the page should say that a zone without a rate is "
                "closed."
            ),
            confirm("Thanks!"),
        ),
        tags=("shipping", "how-to"),
    ),
    Story(
        key="import-columns",
        category="Orders",
        subjects=("Import of products fails in row 214", "“Row 214: invalid” – but which column?"),
        opening="The import stops with “Row 214: invalid”. I looked at the row for an hour and it looks like all "
        "others. Could you say which column it means?",
        turns=(
            note("Price is `24,90 ` with a no-break space at the end. Error should name column and value."),
            solve(
                "It is the price: after `24,90` there is a space that does not show. I took it out and the import "
                "ran to the end, 380 products. You are right that the message is of no use; it will name the column "
                "and the value."
            ),
            confirm("I would never have found that. Thank you."),
        ),
        tags=("import",),
    ),
    Story(
        key="order-mail-missing",
        category="Orders",
        subjects=("Shoppers get no order confirmation", "No mail after ordering, e.g. #{order}"),
        opening="Several shoppers say that they got no confirmation. #{order} of {shopper} for instance. The order "
        "page says “sent”.",
        turns=(
            note("Sent and accepted, then in the junk folder: domain has no SPF since they moved DNS on Tuesday."),
            reply(
                "The mails leave us and the shoppers' providers put them among the unwanted, because {site} no "
                "longer says that we may write in its name. Did somebody change the name servers on Tuesday?"
            ),
            ask("Our IT did. What exactly do they have to enter?", by="colleague"),
            reply(
                "Two entries, please hand them on:\n\n"
                "- `TXT` at the root: `v=spf1 include:mail.canvas.example ~all`\n"
                "- `CNAME` for `cc._domainkey` to `dkim.canvas.example`\n\n"
                "The page *Domains, Check* turns green when both are seen."
            ),
            ask("Both are green since noon."),
            solve(
                "Then it is done. I sent the confirmations of the last three days again, 64 in number, each with a "
                "line on top that says why it comes late."
            ),
            confirm("Very kind, our shoppers noticed."),
        ),
        priority="high",
        tags=("mail", "dns"),
    ),
    Story(
        key="bulk-price",
        category="Orders",
        subjects=("Raise all prices by 4 %?", "Changing prices in bulk"),
        opening="We have to raise all prices by four per cent on the first of next month, and they should still end "
        "in .90. Is there anything better than 300 times by hand?",
        turns=(
            reply(
                "There is. *Products, select all, Change price*: plus 4 %, *round to .90*, *from* the first at 00:00 "
                "in your time zone. It shows every price before and after, and can be taken back. Shall we look at "
                "it together?"
            ),
            ask("Found it, no need. One question: are products on sale changed too?"),
            solve(
                "Only their regular price; the sale price stays until the sale ends. If you want both, tick *also "
                "sale prices* above the list."
            ),
        ),
        priority="low",
        tags=("how-to",),
    ),
    Story(
        key="duplicate-orders-api",
        category="Orders",
        subjects=("API makes orders twice", "Duplicate orders from our warehouse program"),
        opening="Our warehouse program sends orders through your API. Since yesterday some of them are there twice, "
        "for instance #{order}. We send each once, but we do repeat after a time-out.",
        turns=(
            note(
                "Their repeats carry no `Idempotency-Key`. Response times were up yesterday (index rebuild), hence "
                "the time-outs."
            ),
            reply(
                "Yesterday some answers took more than ten seconds, so your program sent again what had arrived. If "
                "you send a header `Idempotency-Key` with the number of the order, a repeat gives you the same order "
                "back instead of a second one. Would your people be able to add that?"
            ),
            ask("They can do it by Thursday. Could you remove the doubles of yesterday meanwhile? We count 17."),
            solve(
                "I found 17 as well and cancelled the later one of each pair; no shopper was written to. With the "
                "key in place this cannot come again."
            ),
            confirm("Header is live since this morning, tested with a forced time-out. One order. Thanks!"),
        ),
        priority="high",
        tags=("api",),
        plans=("Enterprise",),
    ),
    Story(
        key="subscription-pause",
        category="Orders",
        subjects=("Pause a subscription over the holidays", "Subscriber wants to skip two deliveries"),
        opening="{shopper} has a subscription of the {product} and wants to skip the next two deliveries. I only find "
        "“Cancel”. Can it be paused?",
        turns=(
            reply(
                "It can: on the page of the subscription, *Next deliveries*, each date has a small *Skip*. Skip the "
                "next two and the third is kept. The shopper can do the same in their own account."
            ),
            ask("Ah, it is under the three dots on my screen. Got it."),
            solve("Good to know; on narrow screens it hides there. I passed that on."),
            confirm("Thank you."),
        ),
        priority="low",
        tags=("how-to", "subscriptions"),
    ),
)
