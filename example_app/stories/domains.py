"""Stories about domains, certificates and the mail of a shop."""

from __future__ import annotations

from example_app.stories.telling import Story, again, ask, confirm, note, reply, solve

STORIES = (
    Story(
        key="certificate",
        category="Domains and e-mail",
        subjects=("Browser warns: {site} not secure", "Certificate of {site} has ended"),
        opening="All browsers warn that {site} is not secure. Our shoppers are afraid to buy. Please help at once!",
        turns=(
            note("Renewal failed for 30 days: CAA record allows another issuer only. We mailed the owner twice."),
            reply(
                "The certificate ended at midnight. We could not renew it because the domain has a CAA entry that "
                'allows one other issuer only. Please let whoever keeps your DNS add `0 issue "letsencrypt.org"` '
                "or remove the entry; we try again every ten minutes."
            ),
            ask("Entry removed just now."),
            solve(
                "Renewed, the warning is gone. Some browsers keep it until they are restarted. From now on we also "
                "show a failed renewal on the dashboard, not by mail alone."
            ),
            confirm("Green lock everywhere. Phew."),
        ),
        priority="urgent",
        tags=("certificate", "dns"),
    ),
    Story(
        key="move-domain",
        category="Domains and e-mail",
        subjects=("Moving our domain to you", "How do we connect an existing domain?"),
        opening="Our domain is kept by another company. Do we have to move it to you, or can it stay there? We are "
        "afraid of losing our e-mail.",
        turns=(
            reply(
                "It can stay. Two entries are enough, an `A` for the bare name and a `CNAME` for `www`; both are on "
                "*Domains, Connect*. Your e-mail follows the `MX` entries, which you do not touch."
            ),
            ask("Entries are made. The page says “waiting”. How long?"),
            solve("An hour at most with your provider. I looked again just now: both are seen and {site} opens."),
            confirm("It opens. And e-mail still works :)"),
        ),
        tags=("dns", "how-to"),
    ),
    Story(
        key="www-loop",
        category="Domains and e-mail",
        subjects=("“Too many redirects” on www.{site}", "www address does not open"),
        opening="www.{site} says “too many redirects”, without www it opens. Since our provider “improved” something "
        "yesterday.",
        turns=(
            note("Provider forwards www to bare, we forward bare to www as primary. Loop."),
            reply(
                "Your provider now forwards www to the name without it, and our setting does the opposite. One of "
                "the two must go. Which form do you want to be the official one?"
            ),
            ask("Without www, please."),
            solve("Set, and www leads there. The loop is gone; I tried it from three networks."),
            again("From our office it still loops, from home it is fine."),
            solve(
                "Your office keeps old answers for a day. I asked your provider to shorten that; by this evening it "
                "should be gone there too."
            ),
            confirm("Gone indeed."),
        ),
        priority="high",
        tags=("dns",),
    ),
    Story(
        key="replies-spam",
        category="Domains and e-mail",
        subjects=("Our mails land in junk folders", "Gmail puts our newsletters into spam"),
        opening="Since about ten days our newsletter ends in the junk folder at Gmail. Openings went from 41 % to 9 %.",
        turns=(
            reply(
                "At Gmail a shop that sends more than a few thousand a day needs an entry called DMARC since this "
                "year. {site} has none. The simplest one is `v=DMARC1; p=none; rua=mailto:dmarc@{site}` as `TXT` at "
                "`_dmarc`. Do you have such a mailbox?"
            ),
            ask("We made one. Entry is there. Does it work backwards, for those already sent?"),
            solve(
                "Not backwards, but from the next one on. The test mail I sent from your shop to our own Gmail "
                "arrived in the inbox. Please begin with those who opened lately, the good name comes back faster."
            ),
        ),
        tags=("mail", "dns"),
        plans=("Growth", "Enterprise"),
    ),
    Story(
        key="change-domain-name",
        category="Domains and e-mail",
        subjects=("We are renaming our shop", "New name, new domain: what happens to the old one?"),
        opening="We will change our name in spring and with it the domain. What happens to links, certificates and "
        "the places in search engines?",
        turns=(
            reply(
                "Nothing is lost if the old domain stays yours for a year. The order is: connect the new one beside "
                "the old, make it the official one, and every old address forwards to its new twin. When in spring?"
            ),
            ask("Middle of March. Could somebody be at hand on that day?"),
            note("Promised: 16 March, 07:00 UTC. In the team calendar. Snooze until then."),
            solve(
                "We wrote 16 March, seven o'clock UTC, into our calendar and will be at hand. The checklist is in "
                "your account under *Domains, Rename*; the first four points can be done any time before."
            ),
        ),
        priority="low",
        tags=("dns",),
    ),
    Story(
        key="contact-form-silent",
        category="Domains and e-mail",
        subjects=("Contact form of {site} sends nothing", "Messages from the contact form do not arrive"),
        opening="We have had no message from the contact form of {site} for two weeks, which is very unusual. I "
        "filled it in myself: “Thank you”, but no mail came.",
        turns=(
            note("Goes to a former employee's address, bounces since the 2nd. 23 messages kept in the form's log."),
            solve(
                "The form wrote to a mailbox that no longer exists. The 23 messages of these two weeks are all "
                "there, under *Forms, Contact, Received*. I cannot choose a new address for you: please enter it on "
                "the same page; until then the owner gets them."
            ),
            again("Address changed and the mails arrive. But I now get each twice?"),
            solve("The owner got a copy since yesterday, and that is you. Taken off; one mail each from now on."),
            confirm("One each. And thanks for not losing the 23!"),
        ),
        tags=("mail", "forms"),
    ),
)
