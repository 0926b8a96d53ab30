"""A colleague is called in a note: offered behind an @ by the keyboard, or typed out where no scripts run."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


@with_and_without_scripts
def test_a_colleague_is_called_in_a_note_and_learns_of_it(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Whom to ask, {scripts}")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    note = ada.control("Internal note")
    if scripts is Scripts.ON:
        ada.page.get_by_role("tab", name="Internal note").click()
        note.press_sequentially("Do you know, @gr")
        option = ada.page.get_by_role("listbox", name="Mention a colleague").get_by_role("option")
        expect(option).to_have_text(["Grace Hopper @grace.hopper"])
        assert [rule["id"] for rule in Axe().run(ada.page).response["violations"]] == []
        note.press("Escape")
        expect(option).to_have_count(0)
        note.press_sequentially("a")
        note.press("ArrowDown")
        note.press("Enter")
        expect(note).to_have_value("Do you know, @grace.hopper ")
        note.press_sequentially("?")
    else:
        ada.unfolds("Mention a colleague with @").sees("@grace.hopper")
        note.fill("Do you know, @grace.hopper?")
    ada.clicks("Add note").sees("Note added.")
    expect(ada.message("Do you know").locator("b")).to_have_text("@grace.hopper")
    grace = visit(GRACE).goes_to("/admin/support/notifications/")
    grace.sees(f"mentioned you in a note on {ticket_id}")
