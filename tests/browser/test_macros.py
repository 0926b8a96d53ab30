"""A canned reply by the keyboard, and by a button where no scripts run; what it does is seen before it is done."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.services.macros import create_macro
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser

BODY = "Hello {{requester.first_name}}, about {{ticket.id}}: it is paid back."


@pytest.fixture(scope="module", autouse=True)
def macros(desk: Desk) -> None:
    """A canned reply that does something, and a macro without a text."""
    desk.set_up(create_macro, {"name": "Refund: paid back", "body": BODY, "priority": "high"}, shared=True)
    desk.set_up(create_macro, {"name": "Refund: wait", "priority": "low", "add_tags": "refund"}, shared=True)


def test_a_line_that_begins_with_a_slash_and_names_no_macro_is_sent_as_it_was_typed(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("About a path")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    reply, keys = ada.control("Reply to Jerome"), ada.page.keyboard
    reply.focus()
    keys.type("Look at this file:")
    keys.press("Enter")
    keys.type("/etc/hosts has the wrong line")
    expect(reply).to_have_value("Look at this file:\n/etc/hosts has the wrong line")
    expect(reply).to_be_focused()
    keys.press("Enter")
    # This is how a macro begins, and so it is offered.
    keys.type("/ref")
    expect(ada.page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    ada.clicks("Send").sees("Sent.")
    expect(ada.message("Look at this file:")).to_contain_text("/etc/hosts has the wrong line")
    expect(ada.message("Look at this file:")).to_contain_text("/ref")


def test_what_was_begun_with_a_slash_is_in_the_draft_once_one_goes_elsewhere(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Begun with a slash")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.control("Reply to Jerome").focus()
    ada.page.keyboard.type("/ref")
    with ada.page.expect_response(lambda answer: "/draft" in answer.url):
        ada.page.get_by_role("tab", name="Internal note").click()
    ada.page.reload()
    expect(ada.page.locator("#sg-compose-reply textarea")).to_have_value("/ref")


@with_and_without_scripts
def test_an_agent_answers_with_a_canned_reply(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Paid twice, {scripts}")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", "We looked.\n")
    filled = f"Hello Jerome, about {ticket_id}: it is paid back."
    if scripts is Scripts.ON:
        keys = ada.page.keyboard
        ada.control("Reply to Jerome").focus()
        keys.press("Control+End")
        keys.type("/")
        expect(ada.page.get_by_role("combobox", name="Macro")).to_be_focused()
        keys.type("refund")
        expect(ada.page.get_by_role("listbox").get_by_role("option")).to_have_text(
            ["Refund: paid back", "Refund: wait"]
        )
        keys.press("ArrowDown")
        keys.press("ArrowUp")
        keys.press("Enter")
        expect(ada.control("Reply to Jerome")).to_have_value(f"We looked.\n{filled}")
        expect(ada.control("Reply to Jerome")).to_be_focused()
        ada.sees("Priority: High")
        keys.press("Control+Enter")
    else:
        ada.chooses("Macro", "Refund: paid back").clicks("Insert")
        expect(ada.control("Reply to Jerome")).to_have_value(f"We looked.\n\n{filled}")
        ada.sees("Priority: High").clicks("Send")
    ada.sees("Sent.")
    expect(ada.message(filled)).to_have_count(1)
    expect(ada.control("Priority")).to_have_value("high")


@with_and_without_scripts
def test_what_a_macro_does_is_seen_and_done_without_a_reply(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ada = visit(ADA).goes_to_ticket(desk.open_ticket(f"Waits, {scripts}"))
    if scripts is Scripts.ON:
        ada.page.get_by_role("combobox", name="Macro").fill("wait")
        ada.page.get_by_role("option", name="Refund: wait").click()
    else:
        ada.chooses("Macro", "Refund: wait").clicks("Insert")
    ada.sees("Priority: Low", "Add tags: refund")
    ada.control("Priority: Low").uncheck()
    ada.clicks("Do this without a reply").sees("Done: Refund: wait.")
    expect(ada.control("Tags")).to_have_value("refund")
    expect(ada.control("Priority")).to_have_value("normal")


def test_a_slash_that_was_meant_stays_in_the_text(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to_ticket(desk.open_ticket("A path")).fills("Reply to Jerome", "")
    ada.control("Reply to Jerome").focus()
    ada.page.keyboard.type("/refund")
    expect(ada.page.get_by_role("listbox").get_by_role("option")).to_have_count(2)
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.type("/log is full, see /tmp")
    expect(ada.control("Reply to Jerome")).to_have_value("/refund/log is full, see /tmp")


def test_the_list_of_macros_what_one_does_and_the_keys_break_no_rule(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to_ticket(desk.open_ticket("For every reader"))

    def broken() -> list[str]:
        return [rule["id"] for rule in Axe().run(ada.page).response["violations"]]

    ada.page.get_by_role("combobox", name="Macro").fill("refund")
    ada.sees("Refund: wait")
    assert broken() == []
    ada.page.keyboard.press("Enter")
    ada.sees("Priority: High")
    assert broken() == []
    ada.clicks("Keyboard shortcuts ?").sees("write an internal note")
    assert broken() == []
