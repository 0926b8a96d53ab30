"""Two tickets become one in the browser: both are seen before, and the customer is led to where it goes on."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.services.merging import merge
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


@with_and_without_scripts
def test_an_agent_sees_both_side_by_side_and_merges_them(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    first = desk.open_ticket(f"Checkout fails, {scripts}")
    again = desk.open_ticket(f"Checkout fails again, {scripts}", body="It is still broken.")
    ada = visit(ADA).goes_to_ticket(again).clicks("Merge into another ticket …")
    ada.fills("Number of the other ticket", first).clicks("Look at both")
    ada.sees(f"Merge {again} into {first}?", "This becomes a part of the other", "This goes on with both")
    ada.sees("It is still broken.", "There is no way back.")
    if scripts is Scripts.ON:
        assert Axe().run(ada.page).response["violations"] == []
    ada.clicks("Merge").sees(f"{again} is a part of {first} now.", "Merged into this ticket:")
    expect(ada.message("It is still broken.")).to_have_count(1)


@with_and_without_scripts
def test_a_customer_with_the_old_page_open_goes_on_in_the_other(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    first = desk.open_ticket(f"Tote shows no price, {scripts}")
    again = desk.open_ticket(f"Still no price, {scripts}", body="The price is missing.")
    jerome = visit(JEROME).goes_to(f"/support/tickets/{again}").fills("Write a follow-up", "Anybody there?")
    desk.does(ADA, merge, again, first)
    jerome.clicks("Send").sees(f"{again} has become a part of {first}, so your message went there.")
    expect(jerome.message("Anybody there?")).to_have_count(1)
    jerome.goes_to(f"/support/tickets/{again}").sees(f"{again} is a part of this ticket now.")
    expect(jerome.message("The price is missing.")).to_have_count(1)


def test_the_page_that_asks_fits_a_phone(desk: Desk, visit: Visit) -> None:
    first, again = desk.open_ticket("A long subject " * 12), desk.open_ticket("Another long subject " * 9)
    ada = visit(ADA, viewport={"width": 390, "height": 800})
    ada.goes_to(f"/admin/support/tickets/{again}/merge?number={first}").sees("There is no way back.")
    assert not ada.scrolls_sideways()
