"""Single keys: from ticket to ticket, into the reply, to their sheet; silent while somebody types or wants none."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.desk import ADA, Desk

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
