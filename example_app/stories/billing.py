"""Stories about what an account pays to Canvas Commerce."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="old-address",
        category="Billing",
        subjects=("Invoice shows the old address", "Please correct the address on our invoice"),
        opening="We moved in spring and changed the address in the account, but the invoice of this month still has "
        "the old one. Our tax office does not accept it.",
        turns=(
            reply(
                "The address on invoices is a field of its own, under *Billing, Invoice address*, which still had "
                "the old one. I changed it and made the invoice of this month again."
            ),
            ask("Thanks, but the PDF still shows the old address when I download it."),
            note("PDF cached by number. Purged by hand; told the team, second time this month."),
            solve(
                "It was kept in a cache and is gone now. Please load it once more; the second line should be your "
                "new street."
            ),
            confirm("Now it is right."),
        ),
        tags=("invoice",),
    ),
    Story(
        key="upgrade-midmonth",
        category="Billing",
        subjects=("What do we pay if we upgrade now?", "Switching plans in the middle of the month"),
        opening="If we go to a bigger plan today, do we pay the whole month twice?",
        turns=(
            reply(
                "No. What is left of the old plan is set against the new one, to the day. For you that would be "
                "{amount} today and the full price from the first. *Billing, Change plan* shows the sum before you "
                "say yes."
            ),
            solve(
                "I saw that you have changed already: welcome, and the new limits hold since a minute ago. The "
                "invoice names both parts."
            ),
            confirm("That was easy, thank you."),
        ),
        priority="low",
        tags=("plan",),
    ),
    Story(
        key="card-expired",
        category="Billing",
        subjects=("Our card was refused, will the shop be closed?", "Payment due, new card does not work"),
        opening="Our card has ended and the new one is refused by your form (“try again later”). I read that shops "
        "are closed after 14 days. Please do not close us!",
        turns=(
            note(
                "Bank asks for the second step, window is blocked by their browser's pop-up rule. Grace period "
                "extended by 14 days."
            ),
            reply(
                "Nobody closes you: I gave you two weeks more. Your bank wants to ask back in a window of its own, "
                "and your browser holds it back. Could you allow windows for this page, or try it on a phone?"
            ),
            ask("On the phone it worked at once."),
            solve("Paid and settled. The new card is the one for the months to come."),
            confirm("Thanks for the patience."),
        ),
        priority="high",
        tags=("card",),
    ),
    Story(
        key="vat-number",
        category="Billing",
        subjects=("Reverse charge: please take our VAT number", "Invoices with VAT though we have a number"),
        opening="We gave our VAT number in the account, yet the invoices still have VAT on them. We need them without.",
        turns=(
            reply(
                "The number was entered with spaces and the European register did not know it in that form. I "
                "entered it without; the register says it is yours, valid since 2017. Since which month do you need "
                "the invoices again?"
            ),
            ask("Since July, if that is possible."),
            note("Five invoices to cancel and make again. Finance agreed.", by="lead"),
            solve(
                "The five invoices since July are cancelled and made again without VAT; the difference of {amount} "
                "goes back to your card within five days."
            ),
            again("Four of them are fine, August still shows 19 %."),
            solve(
                "August had been paid by bank and was left out of the batch. It is made again too, with the same "
                "date as the others."
            ),
            confirm("Complete. Thank you."),
        ),
        tags=("invoice", "tax"),
    ),
    Story(
        key="cancel-plan",
        category="Billing",
        subjects=("Cancelling at the end of the year", "We would like to pause our shop"),
        opening="We close for three months in winter. Do we have to cancel and begin anew in spring, or is there "
        "something in between?",
        turns=(
            reply(
                "There is a rest: *Billing, Let the shop rest*. It costs 5 a month, the shop shows a page with your "
                "words, and everything is there in spring. Orders and exports stay open to you. From which day?"
            ),
            ask("From 20 December to 20 March. Do we keep the domain?"),
            solve(
                "You do, the domain and the certificate go on. I set both dates, you can change them any day before."
            ),
            confirm("What a nice solution."),
        ),
        priority="low",
        tags=("plan",),
    ),
    Story(
        key="charged-after-cancel",
        category="Billing",
        subjects=("Charged for a site that we deleted", "Extra site on the bill"),
        opening="The invoice lists an extra site which we deleted in summer. That is {amount} since then. Please give "
        "it back.",
        turns=(
            note("Site is in the bin, not deleted; the bin counts for billing, which nobody can know. Refund agreed."),
            reply(
                "The site is in the bin since 4 July, and what is in the bin can be brought back and counts as a "
                "site. That is said nowhere you would look, so you get the money back. May I empty the bin?"
            ),
            ask("Yes, empty it."),
            solve(
                "Emptied, and {amount} is on its way to your card. The bin is free of charge for everybody from next "
                "month on: you were not the only one."
            ),
            confirm("Fair. Thank you."),
        ),
        tags=("invoice", "refund"),
        plans=("Growth", "Enterprise"),
    ),
    Story(
        key="purchase-order",
        category="Billing",
        subjects=("Purchase order number on the invoice", "Our accounting needs a PO on each bill"),
        opening="Our accounting refuses invoices without our purchase order number. Where can I enter it? It changes "
        "every year.",
        turns=(
            reply(
                "Under *Billing, Invoice address, Your reference*; it is printed above the lines. It can have an end "
                "date, and we write to you a month before."
            ),
            ask("Entered. Could the last two be made again with it?", by="colleague"),
            solve(
                "Both are made again, the numbers stay the same. They are in your list and were sent to your "
                "accounting."
            ),
        ),
        tags=("invoice",),
        plans=("Enterprise",),
    ),
    Story(
        key="nonprofit",
        category="Billing",
        subjects=("Is there a price for charities?", "Discount for a non-profit shop"),
        opening="One of our shops sells for a charity, all proceeds are given away. Do you have a price for that?",
        turns=(
            reply("We do: half the price for the site in question. We need one paper that shows the charity's number."),
            ask("Attached is the letter of the register."),
            note("Checked the number in the public register, fine. 50 % on one site until revoked.", by="second"),
            solve(
                "Half price since today, and for as long as the number is valid. We look at it once a year and ask "
                "you nothing."
            ),
            confirm("That helps a lot, thank you from all of us."),
        ),
        priority="low",
        tags=("plan",),
    ),
)
