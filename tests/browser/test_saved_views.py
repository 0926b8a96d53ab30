"""A list is saved, shared and opened by a colleague, changed and saved again: with and without scripts, by keyboard."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.services import sorting
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, FARID, GRACE, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser

INBOX = "/admin/support/"


@with_and_without_scripts
def test_a_shared_view_is_found_and_counted_by_a_colleague(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    name, tag = f"For the boss, {scripts}", f"boss-{scripts}".lower()
    ticket_id = desk.open_ticket(f"Look at this, {scripts}")
    desk.does(ADA, sorting.change_fields, ticket_id, {"tags": tag})
    ada = visit(ADA).goes_to(INBOX).unfolds("Filters").fills("Tag", tag).clicks("Apply")
    ada.sees(ticket_id).unfolds("Save as a view").fills("Name", name)
    ada.control("Share with every agent").check()
    ada.page.locator(".sg-save").get_by_role("button", name="Save").click()
    ada.sees("The view is saved.", "You share this view with every agent.")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)
    grace = visit(GRACE).goes_to(INBOX)
    entry = grace.page.locator(".sg-side a", has_text=name)
    expect(entry.locator("[data-sg-tally]")).to_have_text("1" if scripts is Scripts.ON else "")
    entry.click()
    grace.sees(ticket_id, "Ada Lovelace shares this view with every agent.")
    expect(grace.page.locator(".sg-side a[aria-current]")).to_contain_text(name)
    farid = visit(FARID).goes_to(INBOX)
    farid.page.locator(".sg-side a", has_text=name).click()
    farid.sees("No ticket fits.")
    expect(farid.page.get_by_text(ticket_id)).to_have_count(0)
    if scripts is Scripts.ON:
        expect(farid.page.locator(".sg-side a", has_text=name).locator("[data-sg-tally]")).to_have_text("0")


@with_and_without_scripts
def test_a_changed_view_is_saved_and_its_address_is_all_there_is_to_it(
    desk: Desk, visit: Visit, scripts: Scripts
) -> None:
    name = f"Mine, {scripts}"
    ada = visit(ADA).goes_to(f"{INBOX}?view=mine&priority=high").unfolds("Save as a view").fills("Name", name)
    ada.page.locator(".sg-save").get_by_role("button", name="Save").click()
    ada.sees("Only you have this view.", "List: Mine", "Priority: High")
    ada.unfolds("Filters").chooses("Priority", "Urgent").clicks("Apply").sees("Changed, not saved.")
    changed = ada.page.url
    ada.page.reload()
    ada.sees("Changed, not saved.", "Priority: Urgent")
    ada.page.get_by_role("link", name="As it was saved").click()
    ada.sees("Priority: High")
    ada.page.go_back()
    ada.sees("Changed, not saved.")
    ada.page.locator(".sg-saving").get_by_role("button", name="Save", exact=True).first.click()
    ada.sees("Saved.", "Priority: Urgent", "Only you have this view.")
    ada.page.goto(changed)
    ada.sees("Only you have this view.")
    # The last filters taken away, it is a changed view and not the saved one again.
    for label in ("List: Mine", "Priority: Urgent"):
        ada.page.get_by_role("link", name=re.compile(label)).click()
    ada.sees("Changed, not saved.")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)


def test_views_are_kept_by_the_keyboard_and_break_no_rule(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to(f"{INBOX}?priority=low")
    summary = ada.page.locator(".sg-save summary")
    summary.focus()
    keys = ada.page.keyboard
    keys.press("Enter")
    keys.press("Tab")
    keys.type("By keyboard")
    assert Axe().run(ada.page).response["violations"] == []
    keys.press("Enter")
    ada.sees("The view is saved.")
    assert Axe().run(ada.page).response["violations"] == []
    ada.page.locator(".sg-side a", has_text="Manage views").focus()
    keys.press("Enter")
    ada.sees("Saved views", "By keyboard", "Priority: Low")
    assert Axe().run(ada.page).response["violations"] == []
    ada.page.get_by_role("link", name="Change or remove By keyboard").focus()
    keys.press("Enter")
    ada.sees("What it holds")
    assert Axe().run(ada.page).response["violations"] == []
    ada.page.get_by_role("button", name="Remove this view").focus()
    keys.press("Enter")
    ada.sees("The view is removed.")
    expect(ada.page.get_by_role("link", name="By keyboard", exact=True)).to_have_count(0)
