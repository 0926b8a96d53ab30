"""Stories about people: signing in, roles, leaving colleagues, data protection."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="second-factor-lost",
        category="Account and access",
        subjects=("New phone, cannot sign in any more", "Lost my second factor"),
        opening="{colleague} has a new phone and the codes for signing in were on the old one. No backup codes "
        "either. What can we do?",
        turns=(
            note("Must be asked for by the owner, with a call back to the number in the file. Never by mail alone."),
            reply(
                "We can take the second factor off, but only when the owner of {account} asks for it and we have "
                "called back. May we call the number that we have, today between two and four?"
            ),
            ask("The owner knows and waits for your call."),
            solve(
                "We have spoken and the second factor is off. At the next sign-in {colleague} is asked to set up a "
                "new one; please print the ten backup codes this time."
            ),
            confirm("Signed in, codes printed."),
        ),
        priority="high",
        tags=("sign-in",),
    ),
    Story(
        key="colleague-left",
        category="Account and access",
        subjects=("Colleague has left, remove access today", "Please block a former employee"),
        opening="Somebody left us today, not on the best of terms. I switched the person off under People. Is that "
        "enough? Could there be keys or sessions left?",
        turns=(
            reply(
                "Switching off ends all sessions at once. Two things remain that belong to nobody in particular: the "
                "API key *warehouse*, made by that person, and the password of the wholesale shop. Do you want us to "
                "change the key with you on the phone, so that the warehouse does not stop?"
            ),
            ask("Yes please, at four. I change the password of the shop myself."),
            solve(
                "Key changed, the warehouse program runs with the new one, the old one is dead since 16:20. In the "
                "log of today there is nothing unusual."
            ),
            confirm("Thank you, that was a relief."),
        ),
        priority="urgent",
        tags=("security",),
    ),
    Story(
        key="editor-cannot-publish",
        category="Account and access",
        subjects=("Editor cannot publish pages", "“You may not publish” for an Editor"),
        opening="{colleague} is Editor and should be able to publish pages of {site}, but reads “You may not "
        "publish”. It worked on Friday.",
        turns=(
            note("Four-eyes rule was switched on by the owner on Saturday. Working as set."),
            reply(
                "On Saturday the rule *Somebody else must approve* was switched on for {site}. With it an Editor can "
                "only propose, and an Admin approves. Was that intended?"
            ),
            ask("Not by me, I will ask our owner.", by="colleague"),
            ask("It was intended, but for the prices only. Can it be limited?"),
            solve(
                "It can: *Site, Approval, Only for*, choose *Prices and discounts*. Pages can then be published as "
                "before."
            ),
            confirm("Exactly what we need."),
        ),
        tags=("roles",),
    ),
    Story(
        key="invite-not-arriving",
        category="Account and access",
        subjects=("Invitation does not arrive", "New colleague gets no invitation"),
        opening="I invited a new colleague three times. Nothing arrives, also not in junk. The address is right, I "
        "copied it from her own mail.",
        turns=(
            note("Their mail server answers 550 5.7.1, our sender is on their own block list."),
            reply(
                "Your own mail server refuses us with “550 5.7.1 rejected by policy”. Somebody in your IT has us on "
                "a list there. The sender is `accounts@canvas.example`; could they let it through?"
            ),
            ask("They found it, a rule from 2019. Please send again."),
            solve("Sent again and taken by your server at 10:42."),
            confirm("She is in."),
        ),
        tags=("mail",),
    ),
    Story(
        key="erase-shopper",
        category="Account and access",
        subjects=("Shopper wants all data erased", "Request for erasure by {shopper}"),
        opening="{shopper} asks us to erase everything we hold. The order #{order} is from this year, and we must "
        "keep bills for years. What do we do?",
        turns=(
            reply(
                "*Customers, Erase* does what the law asks for: it removes name, address, mail and notes, and keeps "
                "the bill with what must be on it for as long as your country says. It cannot be undone. It also "
                "makes a letter for the shopper that says what is kept and why."
            ),
            ask("Does that reach the newsletter list and your backups as well?"),
            solve("The newsletter yes, at once. Backups run out after 35 days, which the letter says too."),
            confirm("Erased, letter sent."),
        ),
        tags=("privacy",),
    ),
    Story(
        key="who-changed-price",
        category="Account and access",
        subjects=("Who changed the price of {product}?", "Price changed and nobody did it"),
        opening="The price of the {product} was lowered to 1.00 last night and nine were sold. Nobody of us did it. "
        "Can you see who it was?",
        turns=(
            note("API key `price-sync`, 02:14 UTC, value 1.00. Their agency's feed. Not a break-in."),
            reply(
                "It was the program behind your key *price-sync*, at 02:14 UTC: it sent 1.00 for the {product}, and "
                "rightly prices for 211 others. We think the line in the agency's table is wrong. The log with all "
                "values is in your exports."
            ),
            ask("The agency admits it. Do we have to deliver the nine?"),
            solve(
                "That is a question for your lawyer, but two things may help: an order here is an offer until you "
                "confirm it, and none of the nine is confirmed. I also switched on *warn when a price falls by half* "
                "for you."
            ),
            confirm("Thanks, we wrote to the nine and all understood."),
        ),
        priority="high",
        tags=("api", "audit"),
        plans=("Growth", "Enterprise"),
    ),
    Story(
        key="single-sign-on",
        category="Account and access",
        subjects=("Single sign-on: roles are not taken over", "SSO gives everybody the role Viewer"),
        opening="We connected our identity provider yesterday. Everybody can sign in, but all are Viewers, whatever "
        "group they are in.",
        turns=(
            note("They send group ids, the mapping expects names."),
            reply(
                "Your provider sends the ids of the groups, and the table on our side has their names. You can "
                "switch the provider to names, or put the ids into the table. Which is easier for you?"
            ),
            ask("The ids. Where do I see them?"),
            solve(
                "Under *Account, Sign-on, Last answers* is what came with each sign-in. I filled in the four ids "
                "that I saw there, please check the roles beside them."
            ),
            again("Three of four are right. The group of our agency is still Viewer."),
            solve(
                "Agency people are in two groups and the first one won. Now the one with more rights wins, as the "
                "handbook says it should."
            ),
            confirm("All right now, tested with three people."),
        ),
        tags=("sign-in", "sso"),
        plans=("Enterprise",),
    ),
    Story(
        key="api-limit",
        category="Account and access",
        subjects=("API answers 429", "Raise of the API limit for the holiday season?"),
        opening="Our program gets “429 Too Many Requests” between nine and ten in the morning. Could the limit be "
        "raised until January?",
        turns=(
            reply(
                "We can double it until 15 January. Before that: three quarters of your calls ask for the same list "
                "of products without `If-None-Match`. With it most of them would be answered for free. Shall we do "
                "both?"
            ),
            ask("Both please. Our developer looks into the header this week."),
            note("Limit 1200 a minute until 15 Jan, approved.", by="lead"),
            solve(
                "The limit is 1,200 a minute until 15 January. There is a page *API, Usage* where you see how near "
                "you are."
            ),
            confirm("No 429 since. With the header we now use a third."),
        ),
        tags=("api",),
        plans=("Enterprise",),
    ),
)
