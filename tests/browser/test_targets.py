"""A lead sets business hours and a target by hand, and agents see when a ticket is due; with and without scripts."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, Desk
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

PAGES = "/admin/support"


def broken(visitor: Visitor) -> list[str]:
    """What a reader or a keyboard could not use on this page."""
    return [rule["id"] for rule in Axe().run(visitor.page).response["violations"]]


@with_and_without_scripts
def test_a_lead_sets_the_hours_of_a_queue(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    grace = visit(GRACE).goes_to(f"{PAGES}/hours/")
    grace.page.get_by_role("link", name="Billing", exact=True).click()
    grace.chooses("Time zone", "Europe/Berlin").fills("Monday", "9:00-12:00, 13:00-17:00")
    grace.fills("Holidays", "12-25 Christmas\nGood Friday")
    with grace.refused(422):
        grace.clicks("Save")
    grace.sees("“Good Friday” begins with no day.")
    expect(grace.control("Holidays")).to_have_value("12-25 Christmas\nGood Friday")
    if scripts is Scripts.ON:
        assert broken(grace) == []
        grace.page.set_viewport_size({"width": 390, "height": 844})
        assert not grace.scrolls_sideways()
    grace.fills("Holidays", "12-25 Christmas").clicks("Save").sees("Saved.", "Mon 09:00–12:00, 13:00–17:00")


@with_and_without_scripts
def test_a_lead_makes_a_target_and_an_agent_sees_when_a_ticket_is_due(
    desk: Desk, visit: Visit, scripts: Scripts
) -> None:
    minutes = 200 if scripts is Scripts.ON else 300
    plan = "Growth" if scripts is Scripts.ON else ""
    grace = visit(GRACE).goes_to(f"{PAGES}/targets/").clicks("New target")
    with grace.refused(422):
        grace.fills("Plan", plan).fills("First answer", "soon").clicks("Save")
    grace.sees("Write a time as 4 h")
    expect(grace.control("First answer")).to_have_value("soon")
    grace.fills("First answer", f"{minutes} m").clicks("Save").sees("The target is there.", plan or "Every ticket")
    if scripts is Scripts.ON:
        assert broken(grace) == []
        grace.page.set_viewport_size({"width": 390, "height": 844})
        assert not grace.scrolls_sideways()
    ticket_id = desk.open_ticket(f"Due soon, {scripts}")
    ada = visit(ADA).goes_to_ticket(ticket_id).sees("due in", "First answer")
    ada.unfolds("Why then?").sees("the target for")
    if scripts is Scripts.ON:
        assert broken(ada) == []
