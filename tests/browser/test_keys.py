"""Single keys: from ticket to ticket, into the reply, to their sheet; silent while somebody types or wants none."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from flask_sgsupport.services.macros import create_macro
from tests.browser.conftest import Visit
from tests.browser.desk import ADA, LENA, Desk

pytestmark = pytest.mark.browser


def test_a_ticket_is_found_taken_and_answered_by_single_keys(desk: Desk, visit: Visit) -> None:
    for subject in ("By keys, the first", "By keys, the second"):
        desk.open_ticket(subject)
    ada = visit(ADA).goes_to("/admin/support/")
    keys = ada.page.keyboard
    for key, subject in (("j", "first"), ("j", "second"), ("j", "second"), ("k", "first"), ("k", "first")):
        keys.press(key)
        expect(ada.page.get_by_role("link", name=f"By keys, the {subject}")).to_be_focused()
    for key, subject in (("Enter", "first"), ("j", "second"), ("k", "first")):
        keys.press(key)
        # With its button the script has begun.
        ada.is_at(f"By keys, the {subject}").sees("Keyboard shortcuts")
    keys.press("n")
    expect(ada.control("Internal note")).to_be_focused()
    keys.type("rni?")
    expect(ada.control("Internal note")).to_have_value("rni?")
    keys.press("Control+a")
    keys.press("Delete")
    ada.head.get_by_role("heading").click()
    keys.press("r")
    expect(ada.control("Reply to Jerome")).to_be_focused()
    ada.head.get_by_role("heading").click()
    keys.press("i")
    ada.sees("The ticket is yours.")


def test_fields_are_reached_and_a_ticket_is_resolved_by_keys(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Resolved by keys")
    ada = visit(ADA).goes_to(f"/admin/support/tickets/{ticket_id}").sees("Keyboard shortcuts")
    keys = ada.page.keyboard
    for key, label in (("s", "Status"), ("a", "Assignee"), ("p", "Priority"), ("t", "Tags")):
        ada.head.get_by_role("heading").click()
        keys.press(key)
        expect(ada.page.locator(":focus")).to_have_accessible_name(label)
    ada.head.get_by_role("heading").click()
    keys.press("r")
    keys.type("It works again.")
    keys.press("Control+Alt+Enter")
    ada.sees("It works again.")
    expect(ada.control("Status")).to_have_value("resolved")


def test_the_keys_are_called_as_the_keyboard_at_hand_calls_them(desk: Desk, visit: Visit) -> None:
    for platform, control in (("Linux x86_64", "Ctrl"), ("MacIntel", "⌘")):
        ada = visit(ADA)
        ada.page.add_init_script(f"Object.defineProperty(navigator, 'platform', {{ get: () => '{platform}' }});")
        ada.goes_to("/admin/support/").sees("Keyboard shortcuts")
        expect(ada.page.get_by_role("link", name=f"Find {control} K")).to_be_visible()
        ada.page.keyboard.press("?")
        sheet = ada.page.get_by_role("dialog", name="Keyboard shortcuts")
        expect(sheet).to_contain_text(f"{control}+K")
        expect(sheet).to_contain_text(f"{control}+Shift+Enter")
        expect(sheet).not_to_contain_text("Ctrl" if control == "⌘" else "⌘")


def test_the_sheet_tells_the_keys_and_switches_them_off(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to("/admin/support/")
    keys, sheet = ada.page.keyboard, ada.page.get_by_role("dialog", name="Keyboard shortcuts")
    keys.press("?")
    expect(sheet).to_contain_text("write an internal note")
    keys.press("/")
    ada.control("Single keys work in this browser").uncheck()
    keys.press("Escape")
    expect(sheet).to_be_hidden()
    keys.press("?")
    keys.press("/")
    expect(sheet).to_be_hidden()
    expect(ada.control("Search")).not_to_be_focused()
    ada.clicks("Keyboard shortcuts ?")
    ada.control("Single keys work in this browser").check()
    ada.clicks("Close", sheet)
    ada.page.reload()
    keys.press("/")
    expect(ada.control("Search")).to_be_focused()


def test_five_tickets_are_worked_off_without_a_mouse(desk: Desk, visit: Visit) -> None:
    """Open, claim, a canned reply with a variable, resolve and on to the next, five times."""
    body = "Hello {{requester.first_name}}, {{ticket.id}} is restored."
    desk.set_up(create_macro, {"name": "Restored and done", "body": body}, shared=True)
    tickets = [desk.open_ticket(f"Worked off by keys, {number}", LENA) for number in range(5)]
    ada = visit(ADA).goes_to("/admin/support/?account=1&requester=Lena&sort=oldest").sees("Keyboard shortcuts")
    keys = ada.page.keyboard
    keys.press("j")
    keys.press("Enter")
    for number, ticket_id in enumerate(tickets):
        ada.is_at(f"Worked off by keys, {number}").sees("Keyboard shortcuts")
        keys.press("i")
        ada.sees("The ticket is yours.", "Keyboard shortcuts")
        keys.press("r")
        expect(ada.control("Reply to Lena")).to_be_focused()
        keys.type("/restored")
        expect(ada.page.get_by_role("listbox").get_by_role("option")).to_have_text(["Restored and done"])
        keys.press("Enter")
        expect(ada.control("Reply to Lena")).to_have_value(f"Hello Lena, {ticket_id} is restored.")
        keys.press("Control+Alt+Shift+Enter")
    ada.sees("No ticket fits.")
    lena = visit(LENA)
    for ticket_id in tickets:
        lena.goes_to_ticket(ticket_id).sees(f"Hello Lena, {ticket_id} is restored.", "Resolved")
