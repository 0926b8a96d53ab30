"""Stories about check-out and money from shoppers."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="checkout-failing",
        category="Payments",
        subjects=("Checkout failing on {product}", "Nobody can pay for the {product}"),
        opening="Since this afternoon nobody can pay for the {product}. The button spins and then says “Something "
        "went wrong”. Other products can be bought.",
        turns=(
            note(
                "Payment provider refuses the line: unit price 0.00 after the price rule *Autumn*. The rule takes "
                "100 % off when the cart holds one item only."
            ),
            reply(
                "Thanks for flagging. The price rule *Autumn* sets the {product} to zero, and the payment provider "
                "refuses a payment of nothing. May I switch the rule off for you?"
            ),
            ask("Oh no. Yes please, at once. It was meant to be 10 %."),
            solve(
                "Thanks for flagging — checkout is now restored. I changed the rule to 10 % and paid a test order of "
                "the {product}, which I refunded."
            ),
            confirm("First real orders are coming in. Thank you!"),
        ),
        priority="urgent",
        tags=("checkout",),
    ),
    Story(
        key="paid-twice",
        category="Payments",
        subjects=("Customer was charged twice for #{order}", "Double charge, order #{order}"),
        opening="{shopper} paid {amount} for order #{order} and sees the sum twice on the card statement. We have one "
        "order only. Please give one back, the customer is rather upset.",
        turns=(
            reply(
                "I see one payment and one *reservation* for #{order}. The card was asked twice because the first "
                "answer got lost; the reservation is not money taken and falls away by itself, after seven days at "
                "the latest. Shall I ask the provider to lift it now?"
            ),
            ask("Yes please. What may I tell the customer?"),
            solve(
                "Lifted: it should vanish from the statement within two days. You may say: “You were charged once. "
                "The second entry was a reservation, which has been cancelled today.”"
            ),
            confirm("The customer sees it once now. Thanks for the wording."),
        ),
        priority="high",
        tags=("refund",),
    ),
    Story(
        key="refund-stuck",
        category="Payments",
        subjects=("Refund for #{order} is stuck", "Refund “in progress” for eleven days"),
        opening="I refunded {amount} for order #{order} eleven days ago. It still says “in progress” and {shopper} "
        "writes to us every day.",
        turns=(
            note(
                "Provider answered `insufficient_balance`: their pay-outs are daily, nothing is left to refund from. "
                "We show this as in progress, which is not true."
            ),
            reply(
                "The provider takes refunds from what was not yet paid out to you, and on the day of the refund that "
                "was less than {amount}. Tomorrow's sales should cover it; I can press *Try again* then, or you "
                "transfer the sum by bank. Which do you prefer?"
            ),
            ask("Please try again tomorrow. But do tell us in the dashboard next time!"),
            solve(
                "It went through this morning, reference {order}-R2. You are right about the dashboard: “in "
                "progress” will say “waiting for balance” in such a case. I wrote it down with your words."
            ),
        ),
        tags=("refund",),
    ),
    Story(
        key="paypal-missing",
        category="Payments",
        subjects=("Wallet buttons vanished at check-out", "PayPal is gone from our checkout"),
        opening="The wallet buttons are no longer offered on {site}, only cards. I did not change anything. A third "
        "of our shoppers pay that way.",
        turns=(
            reply(
                "The wallet's permission for your shop ended yesterday; they ask for a new one every 180 days and "
                "write to the person who connected it first. Is the address `shop@` of your company still read by "
                "somebody?"
            ),
            ask("Nobody reads it any more. How do I give the permission?", by="colleague"),
            solve(
                "Under *Payments, Wallets, Reconnect*, signed in as the owner. It takes two clicks. I entered you as "
                "the person who is written to the next time."
            ),
            confirm("Done, the buttons are back."),
        ),
        priority="high",
        tags=("wallet",),
    ),
    Story(
        key="vat-wrong",
        category="Payments",
        subjects=("Wrong VAT on orders to Austria", "VAT of 19 % instead of 20 % for Austria"),
        opening="Orders to Austria are charged with 19 % VAT, it should be 20 %. See #{order} for {shopper}. We have "
        "to declare this in a week.",
        turns=(
            note(
                "Account is set to *origin country* below the threshold. They passed it in September, so the rate of "
                "the destination counts since. Not a bug.",
                by="second",
            ),
            reply(
                "Your shop is set to the rate of your own country, which is right below 10,000 a year of sales "
                "abroad. You passed that on 14 September. Under *Tax, Europe* you can switch to the rates of the "
                "countries you deliver to. I would not change closed orders without your accountant."
            ),
            ask("Switched. Our accountant asks for a list of the orders since the 14th with the difference."),
            solve(
                "*Reports, Tax, Difference* makes that list since this week; I put the one for your period into your "
                "exports. 212 orders, the difference is {amount} in all."
            ),
            confirm("Accountant is happy."),
        ),
        tags=("tax",),
        plans=("Growth", "Enterprise"),
    ),
    Story(
        key="discount-code",
        category="Payments",
        subjects=("Code {code} is refused", "Discount code {code} “not valid”"),
        opening="Shoppers say that {code} is “not valid”, though it runs until the end of the month. I tried it with "
        "the {product} in the cart and it was refused too.",
        turns=(
            reply(
                "{code} has the condition *first order only* and *one use in all*. It was used the day you made it. "
                "I think you meant one use **for each shopper**?"
            ),
            ask("Yes! I read that field wrong. Can I change it while it is running?"),
            solve(
                "You can, I did it for you: one use for each shopper, no limit in all. The words of that field are "
                "really easy to misread, we are changing them to “How often in all” and “How often per shopper”."
            ),
            confirm("Thanks, it is accepted now."),
        ),
        tags=("discounts",),
    ),
    Story(
        key="payout-late",
        category="Payments",
        subjects=("Where is our pay-out?", "Pay-out of Monday has not arrived"),
        opening="We are paid out every Monday. This week {amount} and more are missing, the bank says nothing is on "
        "its way.",
        turns=(
            note(
                "Provider holds pay-outs: bank details changed on Friday, 5 days of waiting. Changed by the Admin, "
                "mail to the owner was sent."
            ),
            reply(
                "The bank account was changed on Friday, and after such a change pay-outs wait for five working "
                "days, so that nobody can divert your money unseen. It will be sent on the coming Monday together "
                "with this week's."
            ),
            ask("That was me, we moved banks. Fine, as long as it comes."),
            solve("It is on its way, with both weeks in one sum. Your bank should show it tomorrow."),
        ),
        tags=("payouts",),
    ),
    Story(
        key="fraud-wave",
        category="Payments",
        subjects=("Hundreds of failed payments overnight", "Somebody tries out stolen cards in our shop"),
        opening="We had 740 failed payments between two and four o'clock, all of the cheapest product, all different "
        "cards. Are we being attacked? Do we pay a fee for each of them?",
        turns=(
            note("Card testing, one network. Rate limit put on check-out of this site, 3 tries a minute and address."),
            reply(
                "Somebody tries out card numbers on your check-out. I have put a limit on it and asked for a short "
                "test of being human after the second failure. You pay nothing for refused cards."
            ),
            ask("It stopped at nine. Three of them went through though, what now?"),
            solve(
                "Those three are refunded and blocked; the cards are not their shopper's. Refunding at once spares "
                "you the dispute fee. The limit stays on for a week."
            ),
            again("It started again tonight, 200 so far, from other addresses."),
            note("Different network, same tool. Escalated to the provider's fraud team.", by="lead"),
            solve(
                "We put your check-out behind the provider's own protection, which compares all shops at once. "
                "Nothing came through since 04:10."
            ),
            confirm("Quiet for three nights. Thank you all."),
        ),
        priority="urgent",
        tags=("fraud", "checkout"),
    ),
    Story(
        key="invoice-by-bank",
        category="Payments",
        subjects=("Can shoppers pay by invoice?", "Offer payment by bank transfer"),
        opening="Some of our trade customers ask to pay by bank transfer within 14 days. Is that possible, and can it "
        "be offered to some of them only?",
        turns=(
            reply(
                "Yes to both. *Payments, By invoice* has a field *For customers with the tag*; give these customers "
                "the tag `trade` and only they see it. Do you want the order to be sent at once, or after the money "
                "has come?"
            ),
            ask("At once for the ones we know. Is there a limit for each customer?"),
            solve("There is: *Customers, Credit limit*, empty means none. Open invoices above it fall back to card."),
            confirm("Set up for six customers, great."),
        ),
        priority="low",
        tags=("how-to",),
    ),
)
