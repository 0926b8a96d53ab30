"""The reference's troubleshooting: each thing that goes wrong is said on the page, and so is the way out."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from flask_sgsupport.actors import Right
from flask_sgsupport.services import agents, assigning, replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, ELIN, GRACE, JEROME, LENA, Desk, text_of
from tests.browser.visitor import Scripts

pytestmark = [pytest.mark.browser, with_and_without_scripts]

REFUSED = "550 5.1.1 No such user"


def opened(desk: Desk, subject: str, who: str = LENA) -> str:
    """A ticket Ada has, its receipt delivered."""
    ticket_id = desk.open_ticket(subject, who)
    desk.does(ADA, assigning.claim, ticket_id)
    desk.mail(who, "We have your request", ticket_id)
    return ticket_id


# Submitted ticket doesn't appear in the inbox.


def test_the_category_led_the_ticket_to_another_queue(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Invoice shows the old address, {scripts}"
    jerome, ada, grace = visit(JEROME), visit(ADA), visit(GRACE)
    jerome.goes_to("/support/open").fills("Subject", subject).fills("Description", "Ours is Harbour Street 5.")
    jerome.chooses("Category", "Billing").opens_ticket().is_at(subject)
    ticket_id = jerome.page.url.rpartition("/")[2]

    # An agent of the queue Support finds it neither in the list nor by its number.
    ada.goes_to("/admin/support/").is_at("All open").does_not_see(subject)
    ada.fills("Search", ticket_id).clicks("Search").is_at("Search")
    ada.sees("You see no ticket of this number.").does_not_see(subject)

    # Who sees all queues finds it by its number, and reads where it went and why.
    grace.goes_to("/admin/support/").fills("Search", ticket_id).clicks("Search").is_at(subject)
    grace.sees("Routed to Billing because the category is “Billing”")
    grace.chooses("Queue", "Support", within=grace.part("Ticket")).clicks("Save", within=grace.part("Ticket"))
    grace.sees("Saved.")
    ada.goes_to("/admin/support/").sees(subject)


def test_the_ticket_waits_under_spam_filtered(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Which backlinks does the theme set, {scripts}"
    jerome, ada = visit(JEROME), visit(ADA)
    jerome.goes_to("/support/open").fills("Subject", subject).fills("Description", "A crawler asks us.")
    jerome.opens_ticket().is_at(subject).does_not_see("spam", "Filtered")
    ticket_id = jerome.page.url.rpartition("/")[2]

    ada.goes_to("/admin/support/").is_at("All open").does_not_see(subject)
    ada.clicks("Spam / Filtered").is_at("Spam / Filtered").clicks(subject)
    ada.sees("In Spam / Filtered:", "spam: offer of links", "Nobody was told of it.")
    desk.no_mail_waits()
    assert not any(ticket_id in mail.message["Subject"] for mail in desk.smtp.to(JEROME))

    ada.clicks("Release: not spam").sees("is released: it waits in its queue now.")
    ada.goes_to("/admin/support/").sees(subject)
    desk.mail(JEROME, ticket_id, "We have your request")


# Reply not delivered to customer.


def test_a_wrong_address_is_corrected_and_the_reply_sent_again(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    right = f"lena.{scripts.name.lower()}@northwind.example"
    ticket_id = opened(desk, f"Wrong address, {scripts}")
    desk.smtp.refuse(LENA)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.fills("Reply to Lena", "The tax rate is right now.").clicks("Send").sees("Sent.")
    desk.no_mail_waits()

    ada.goes_to_ticket(ticket_id)
    reply = ada.message("The tax rate is right now.")
    ada.sees(f"E-mail to {LENA} refused: {REFUSED}", within=reply)
    ada.clicks("Correct address and send again", within=reply)
    ada.fills("Address of the customer", right).clicks("Send again").sees("It is queued to be sent again.")

    assert "The tax rate is right now." in text_of(desk.mail(right, ticket_id))
    desk.no_mail_waits()
    ada.goes_to_ticket(ticket_id).sees(f"E-mail to {right}, sent", within=reply)
    expect(ada.control("E-mail")).to_have_value(right)
    desk.smtp.accept()


def test_a_wrong_from_address_shows_and_once_it_is_right_the_reply_arrives(desk: Desk, visit: Visit) -> None:
    wrong, subject = "suport@canvas.example", "Wrong From address"
    ticket_id = opened(desk, subject, JEROME)
    desk.smtp.refuse_sender(wrong)
    ada, grace = visit(ADA), visit(GRACE)
    grace.goes_to("/admin/support/").clicks("Mail settings").clicks("Support", within=grace.page.get_by_role("table"))
    grace.fills("From address", wrong).clicks("Save").sees("Saved.")

    # It fails, but not silently: the reply says so, and so do Mail settings and Health.
    ada.goes_to_ticket(ticket_id).fills("Reply to Jerome", "It is fixed.").clicks("Send").sees("Sent.")
    desk.failed(ticket_id)
    ada.goes_to_ticket(ticket_id)
    reply = ada.message("It is fixed.")
    ada.sees(f"E-mail to {JEROME} not sent yet: 553 5.7.1 Sender not allowed", within=reply)
    grace.goes_to("/admin/support/").clicks("Mail settings").sees(
        "553 5.7.1 Sender not allowed", within=grace.row(wrong)
    )
    grace.clicks("Health").sees("Support: 553 5.7.1 Sender not allowed – its mail waits.")

    # The From address is set right; the next try delivers.
    grace.clicks("Mail settings").clicks("Support", within=grace.page.get_by_role("table"))
    grace.sees("Last error,", "553 5.7.1 Sender not allowed")
    grace.fills("From address", "support@canvas.example").clicks("Save").sees("Saved.")
    desk.clock.forward(minutes=2)
    mail = desk.mail(JEROME, ticket_id, "It is fixed.")
    assert "support@canvas.example" in mail["From"]
    desk.no_mail_waits()
    ada.goes_to_ticket(ticket_id).sees(f"E-mail to {JEROME}, sent", within=reply)
    grace.clicks("Mail settings").sees("ready", within=grace.row("support@canvas.example"))
    grace.does_not_see("553").clicks("Health").does_not_see("553")
    desk.smtp.accept()


# Assignment dropdown is empty.


def test_the_right_to_assign_is_missing_until_the_lead_grants_it(desk: Desk, visit: Visit) -> None:
    with desk.app.app_context():
        elin_id = desk.person(ELIN).id
    desk.set_up(agents.change_agent, elin_id, rights={Right.HANDLE})
    ticket_id = desk.open_ticket("Nobody can be assigned")
    elin, grace = visit(ELIN), visit(GRACE)

    elin.goes_to_ticket(ticket_id)
    choice = elin.control("Assignee", within=elin.part("Ticket"))
    expect(choice).to_be_disabled()
    expect(choice.get_by_role("option")).to_have_text(["Nobody"])
    elin.sees("You lack the permission “Assign tickets”. A support lead or an Owner can grant it")
    elin.does_not_see("Assign to me")

    grace.goes_to("/admin/support/").clicks("Agents").clicks("Elin Strand").is_at("Elin Strand")
    grace.page.get_by_role("checkbox", name=re.compile("^Assign tickets")).check()
    grace.clicks("Save").sees("Saved. It holds from the next request on.")

    elin.goes_to_ticket(ticket_id)
    expect(choice.get_by_role("option", name="Elin Strand")).to_have_count(1)
    elin.clicks("Assign to me").sees("The ticket is yours.")


# Internal notes are visible to customer.


def test_a_note_made_public_by_mistake_is_taken_back_and_corrected(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Note for everybody to read, {scripts}"
    ticket_id = opened(desk, subject, JEROME)
    desk.does(ADA, replying.reply, ticket_id, body="We look into it.")
    ada, jerome = visit(ADA), visit(JEROME)
    ada.goes_to_ticket(ticket_id).writes_note("This customer is a *nuisance*.").sees("Note added.")
    note = ada.message("This customer is a nuisance.")
    ada.unfolds("Make public", within=note).clicks("Show it to the customer", within=note)
    ada.sees("The customer sees this message now and is told.")
    jerome.goes_to_ticket(ticket_id).sees("This customer is a nuisance.")
    desk.mail(JEROME, ticket_id, "nuisance")
    desk.no_mail_waits()

    # Toggled Private: gone from the customer's pages at once, and the agent reads who has it already.
    ada.goes_to_ticket(ticket_id).unfolds("Make private", within=note).clicks("Make private", within=note)
    ada.sees("Hidden from the customer, but it was already out:")
    ada.sees(f"e-mailed to {JEROME} on", "read in-app on")
    for path in (f"/support/tickets/{ticket_id}", "/support/notifications", "/support/?q=nuisance", "/support/"):
        jerome.goes_to(path)
        expect(jerome.page.get_by_role("heading", level=1)).to_be_visible()
        jerome.does_not_see("This customer is a nuisance")

    # A public correction is prepared; it reaches the customer by both channels.
    correction = ada.page.get_by_role("textbox", name="Reply to Jerome")
    expect(correction).to_have_value(re.compile("Hello Jerome,\\s+please disregard our message of .* UTC"))
    correction.fill(correction.input_value() + "We are sorry.")
    ada.clicks("Send").sees("Sent.", "We are sorry.")
    jerome.goes_to_ticket(ticket_id).sees("please disregard our message of", "We are sorry.")
    assert "We are sorry." in text_of(desk.mail(JEROME, ticket_id, "please disregard our message of"))
