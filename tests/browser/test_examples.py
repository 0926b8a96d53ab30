"""The reference's examples, as people live them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from flask_sgsupport.services import assigning, replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, VIVIAN, Desk, text_of
from tests.browser.visitor import Scripts, Visitor

pytestmark = [pytest.mark.browser, with_and_without_scripts]


def test_example_1_operator_opens_a_ticket_about_a_layout_issue(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    jerome, ada = visit(JEROME), visit(ADA)
    subject = f"Product pictures overlap the menu, {scripts}"

    # The operator has changed the theme, and asks for help from there.
    jerome.goes_to("/sites/1").sees("tote.example").clicks("Update theme").sees("Done: theme update")
    jerome.clicks("Need help with this site?").is_at("Need help")
    reads_the_context_before_sending(jerome)
    jerome.fills("Subject", subject).fills("Description", "Since the theme update the pictures lie **over** the menu.")
    jerome.chooses("Category", "Storefront").opens_ticket()
    jerome.sees("is open. Support answers here and by e-mail.").is_at(subject)
    ticket_id = jerome.page.url.rpartition("/")[2].partition("#")[0]
    assert re.fullmatch(r"TKT-\d{4}-\d{5,}", ticket_id)
    assert desk.mail(JEROME, "We have your request", ticket_id)["Subject"] == f"[{ticket_id}] {subject}"

    # Support engages with full context.
    ada.clicks("Support").sees(subject).clicks(subject).is_at(subject)
    ada.sees("Since the theme update the pictures lie over the menu.")
    finds_the_context_beside_the_conversation(ada)
    ada.clicks("Assign to me").sees("The ticket is yours.")
    ada.fills("Reply to Jerome", "The theme lost a style sheet; it is back.").clicks("Send and resolve")
    ada.sees("Sent and resolved;", "Resolved.", "unless the customer replies")

    # The resolution lands in the platform …
    if scripts is Scripts.ON:
        jerome.sees("New activity.")  # without a reload
    else:
        jerome.goes_to("/")
    expect(jerome.page.get_by_role("link", name=re.compile(r"^Support \d+$"))).to_be_visible()
    jerome.goes_to("/support/")
    jerome.page.get_by_role("link", name=re.compile(r"^Notifications \d+$")).click()
    jerome.is_at("Notifications")
    jerome.page.get_by_role(
        "link", name=re.compile(f"{ticket_id} is marked as solved; it closes on .*{subject}")
    ).click()
    jerome.is_at(subject)
    expect(jerome.page.locator(":target")).to_contain_text("The theme lost a style sheet; it is back.")

    # … and by e-mail, whose link leads to the same message.
    mail = desk.mail(JEROME, ticket_id, "it is back.")
    assert mail["Subject"] == f"Re: [{ticket_id}] {subject}"
    assert "support@canvas.example" in mail["From"]
    text = text_of(mail)
    assert "Your ticket is marked as solved. It closes on" in text
    link = re.search(rf"reply in the Support panel: ({re.escape(desk.url)}\S+)", text)
    assert link
    jerome.goes_to(link[1]).is_at(subject)
    expect(jerome.page.locator(":target")).to_contain_text("it is back.")
    jerome.sees("Support marked this as solved.").clicks("That solved it")
    jerome.sees("Thank you. The ticket is closed").sees("Closed")


def reads_the_context_before_sending(jerome: Visitor) -> None:
    """What will be attached stands on the form: one line on top, and each part beside the fields."""
    line = re.compile(r"You: jerome@northwind\.example · Role: Admin · Recent action: theme update \d\d:\d\d UTC")
    expect(jerome.page.get_by_text(line)).to_be_visible()
    seen = jerome.part("What support will see")
    jerome.sees("Northwind Outfitters", "Growth", "paid to", "tote.example", within=seen)
    jerome.sees("Jerome Ellis, Admin", "e-mail and dashboard", within=seen)
    expect(jerome.part("Recent activity").get_by_text("theme update · tote.example").first).to_be_visible()
    expect(jerome.control("tote.example")).to_be_checked()
    expect(jerome.control("bags.example")).not_to_be_checked()


def finds_the_context_beside_the_conversation(ada: Visitor) -> None:
    """The same parts, for the agent."""
    beside = ada.part("About this ticket")
    for part, facts in {
        "Account": ("Northwind Outfitters", "Growth", "paid to"),
        "Sites": ("tote.example",),
        "Recent activity": ("theme update",),
        "Operator": ("Jerome Ellis", "Admin", "e-mail and dashboard"),
    }.items():
        ada.sees(*facts, within=ada.part(part, beside))


def test_operator_finds_the_form_from_the_dashboard(desk: Desk, visit: Visit) -> None:
    jerome = visit(JEROME)
    jerome.clicks("Support").is_at("Support").clicks("Open ticket").is_at("Need help")
    for label in ("Subject", "Description", "Category", "tote.example", "bags.example", "Files"):
        expect(jerome.control(label)).to_be_visible()


def test_example_2_operator_follows_up_on_an_existing_ticket(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Discount code refused, {scripts}"
    ticket_id = desk.open_ticket(subject, category="orders")
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="Which code is it?")
    jerome, ada = visit(JEROME), visit(ADA)

    # Found in the list, by its number and by a word.
    jerome.clicks("Support").sees(subject)
    expect(jerome.row(subject)).to_contain_text("Open")
    expect(jerome.row(subject)).to_contain_text(ticket_id)
    for words in (ticket_id, ticket_id.rpartition("-")[2], "discount"):
        jerome.goes_to("/support/").fills("Search", words).clicks("Search")
        jerome.sees(f"“{words}”")
        expect(jerome.row(subject)).to_be_visible()
    jerome.goes_to("/support/").fills("Search", "giraffe").clicks("Search").sees("No ticket is found here.")

    jerome.goes_to("/support/").clicks(subject).is_at(subject).sees("Which code is it?")
    jerome.fills("Write a follow-up", "It is AUTUMN10, on bags.example only.").clicks("Send")
    jerome.sees("Sent. Support sees it now.", "It is AUTUMN10")

    # Support sees it and replies through the same channel.
    assert "It is AUTUMN10" in text_of(desk.mail(ADA, ticket_id, "It is AUTUMN10"))
    ada.goes_to_ticket(ticket_id).sees("It is AUTUMN10, on bags.example only.")
    ada.fills("Reply to Jerome", "AUTUMN10 works on bags.example now.").clicks("Send").sees("Sent.")

    jerome.goes_to("/support/")
    expect(jerome.row(subject)).to_contain_text("support waits for your answer")
    jerome.clicks(subject).sees("AUTUMN10 works on bags.example now.")
    answer = desk.mail(JEROME, ticket_id, "AUTUMN10 works on bags.example now.")
    assert answer["Subject"] == f"Re: [{ticket_id}] {subject}"
    assert answer["References"]


def test_example_3_a_stakeholder_asks_what_support_sees(desk: Desk, visit: Visit) -> None:
    vivian = visit(VIVIAN)
    vivian.clicks("Support").clicks("What support sees").is_at("What support sees")
    vivian.sees("When a ticket is opened, the app attaches the following to it")
    for part, facts in {
        "Account identity": ("Northwind Outfitters", "Growth", "paid to"),
        "Site context": ("tote.example", "bags.example"),
        "Recent activity": ("What you did last",),
        "Operator identity": ("Vivian Cole, Owner", "e-mail and dashboard", VIVIAN),
    }.items():
        vivian.sees(*facts, within=vivian.part(part))
    vivian.sees("the files you attach, and the other tickets of your account", within=vivian.part("Beside it"))
    vivian.clicks("Open ticket").is_at("Need help")
