"""The reference's steps: work a support ticket end to end."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import assigning, replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, BEN, FARID, JEROME, Desk, text_of
from tests.browser.visitor import Scripts, Visitor

pytestmark = [pytest.mark.browser, with_and_without_scripts]


def answered(desk: Desk, subject: str, *, status: Status | None = None) -> str:
    """A ticket of Jerome's which Ada has and has answered."""
    ticket_id = desk.open_ticket(subject)
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="Checkout is restored.", status=status)
    return ticket_id


def test_step_1_open_the_support_inbox(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject, of_billing = f"Orders twice in the export, {scripts}", f"Invoice without VAT number, {scripts}"
    ticket_id = desk.open_ticket(subject, category="orders")
    desk.open_ticket(of_billing, category="billing")
    ben = visit(BEN)
    ben.goes_to("/admin/").clicks("Support", within=ben.page.get_by_role("navigation", name="Canvas Commerce"))
    ben.is_at("All open")

    for column in ("Ticket", "Status", "Priority", "Assignee", "Created", "Updated"):
        expect(ben.page.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
    row = ben.row(subject)
    for words in (ticket_id, "Open · new", "Jerome Ellis", "Northwind Outfitters", "Support"):
        expect(row).to_contain_text(words)
    expect(row.get_by_role("time")).to_have_count(2)  # created, last update

    # By queue.
    ben.clicks("Billing", within=ben.page.get_by_role("navigation", name="Views")).is_at("All open in Billing")
    ben.sees(of_billing).does_not_see(subject)


def test_words_of_a_message_lead_to_it(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject, phrase = f"Something is wrong, {scripts}", f"the payment terminal says {scripts}"
    ticket_id = desk.open_ticket(subject, category="billing")
    desk.does(BEN, replying.add_note, ticket_id, body=f"He called again: {phrase}, then nothing." + "\n\nIn vain." * 5)
    for number in range(8):
        desk.does(BEN, replying.add_note, ticket_id, body=f"Tried number {number}." + "\n\nIn vain." * 5)
    ben = visit(BEN).goes_to("/admin/support/").fills("Search", f'queue:billing "{phrase}"').clicks("Search")
    ben.sees("Queue: Billing", f'Search: "{phrase}"')
    expect(ben.row(subject).get_by_role("mark")).to_have_text(phrase)
    ben.clicks(subject)
    expect(ben.message(phrase)).to_be_in_viewport()


def test_step_2_triage_and_claim(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subjects = [f"{place} charged twice, {scripts}" for place in ("First", "Second", "Third")]
    first, second, _ = (desk.open_ticket(subject, category="billing") for subject in subjects)
    desk.does(BEN, replying.reply, first, body="Which invoice is it?")
    ben, farid = visit(BEN), visit(FARID)

    # Filter by your queue: unaddressed first, and among them the oldest.
    ben.goes_to("/admin/support/").unfolds("Filters")
    ben.chooses("Queue", "Billing").clicks("Apply").is_at("All open in Billing")
    assert [subjects[1], subjects[2], subjects[0]] == in_order(ben, subjects)

    # Sort by Created ascending.
    ben.unfolds("Filters").chooses("Order", "Oldest first").clicks("Apply").sees("oldest first")
    assert subjects == in_order(ben, subjects)
    assert "queue=billing" in ben.page.url
    assert "sort=oldest" in ben.page.url

    # Claim the oldest unaddressed one; a second agent, who has it open too, is told who has it.
    farid.goes_to_ticket(second).is_at(subjects[1])
    ben.clicks(subjects[1]).is_at(subjects[1]).clicks("Assign to me").sees("The ticket is yours.")
    with farid.refused(409):
        farid.clicks("Assign to me")
    farid.sees("Ben Okoro has it already.")
    farid.goes_to("/admin/support/?queue=billing").sees(subjects[1])
    expect(farid.row(subjects[1])).to_contain_text("Ben Okoro")


def in_order(agent: Visitor, subjects: list[str]) -> list[str]:
    """These subjects as they stand in the list, top to bottom."""
    rows = agent.page.get_by_role("row").all_inner_texts()
    return [subject for row in rows for subject in subjects if subject in row]


def test_step_3_reply_with_the_resolution_and_set_resolved(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Checkout failing on Canvas Tote, {scripts}"
    ticket_id = desk.open_ticket(subject)
    ada, jerome = visit(ADA), visit(JEROME)
    ada.goes_to_ticket(ticket_id).clicks("Assign to me").sees("The ticket is yours.")

    # Nobody has answered yet, so there is nothing to resolve.
    status = ada.control("Status")
    expect(status.get_by_role("option", name="Resolved")).to_be_disabled()
    ada.unfolds("Why not Resolved or Closed?").sees("The customer has no answer yet. Write a public reply")

    ada.fills("Reply to Jerome", "Checkout is **restored**.").clicks("Send").sees("Sent.", "Checkout is restored.")
    ada.chooses("Status", "Resolved").clicks("Set").sees("The status is changed.", "unless the customer replies")
    ada.writes_note("Ask the payment team for the cause before it closes.").sees("Note added.")
    note = ada.message("Ask the payment team")
    ada.sees("Internal note – the customer never sees this", within=note)

    # Closed is refused early, with a sentence that says when.
    expect(status.get_by_role("option", name="Closed")).to_be_disabled()
    ada.unfolds("Why not Closed?")
    ada.sees("only once the customer confirms or the waiting time passes without reply. It can be closed from")

    # The customer reads the reply and the resolution, nothing of the note.
    jerome.goes_to_ticket(ticket_id).sees("Checkout is restored.", "Support marked this as solved.", "Resolved")
    jerome.does_not_see("payment team", "Internal note", "note")
    jerome.goes_to("/support/notifications").sees(f"{ticket_id} is marked as solved").does_not_see("payment team")
    desk.mail(JEROME, ticket_id, "Your ticket is marked as solved.")
    desk.no_mail_waits()
    assert not any("payment team" in text_of(mail.message) for mail in desk.smtp.to(JEROME))


def test_step_3_closed_once_the_customer_confirms(desk: Desk, visit: Visit) -> None:
    ticket_id = answered(desk, "Closed by a confirmation", status=Status.RESOLVED)
    jerome, ada = visit(JEROME), visit(ADA)
    jerome.goes_to_ticket(ticket_id).clicks("That solved it").sees("Thank you. The ticket is closed", "Closed")
    ada.goes_to_ticket(ticket_id).sees("Jerome Ellis: confirmed that it is solved; the ticket is closed", "Closed")
    assert "says that it is solved" in text_of(desk.mail(ADA, ticket_id, "says that it is solved"))


def test_step_3_closed_once_the_confirmation_is_recorded(desk: Desk, visit: Visit) -> None:
    ticket_id = answered(desk, "Closed by a call", status=Status.RESOLVED)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.unfolds("The customer confirmed elsewhere: close now")
    ada.fills("How did the customer confirm?", "Jerome called at ten: all is well.").clicks("Record and close")
    ada.sees("The ticket is closed.", "Jerome called at ten")
    visit(JEROME).goes_to_ticket(ticket_id).sees("Closed").does_not_see("called at ten")


def test_step_3_closed_once_48_hours_pass_without_reply(desk: Desk, visit: Visit) -> None:
    ticket_id = answered(desk, "Closed by time", status=Status.RESOLVED)
    desk.mail(JEROME, ticket_id, "Your ticket is marked as solved.")
    desk.no_mail_waits()
    ada, jerome = visit(ADA), visit(JEROME)

    desk.clock.forward(hours=47)
    desk.tick()
    ada.goes_to_ticket(ticket_id).sees("closes in", within=ada.part("Ticket"))

    desk.clock.forward(hours=1, minutes=1)
    desk.tick()
    ada.goes_to_ticket(ticket_id).sees("closed the ticket: no reply since it was resolved")
    jerome.goes_to_ticket(ticket_id).sees("Closed", "This ticket is closed. Your message reopens it.")
    text = text_of(desk.mail(JEROME, ticket_id, "was closed, since it was marked as solved and nobody replied"))
    assert "reopen" in text


def test_an_answer_stops_the_48_hours(desk: Desk, visit: Visit) -> None:
    ticket_id = answered(desk, "Not closed, since answered", status=Status.RESOLVED)
    desk.mail(JEROME, ticket_id, "Your ticket is marked as solved.")
    jerome = visit(JEROME).goes_to_ticket(ticket_id)
    jerome.fills("Write a follow-up", "It happens again.").clicks("Send, I still need help")
    jerome.sees("The ticket is open again, and support knows.")
    desk.clock.forward(hours=49)
    desk.tick()
    jerome.goes_to_ticket(ticket_id).sees("Open", "It happens again.")
    visit(ADA).goes_to_ticket(ticket_id).sees("Jerome Ellis: reopened the ticket")
