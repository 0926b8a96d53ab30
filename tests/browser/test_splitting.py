"""A second matter gets a ticket of its own in the browser; its customer is led from one to the other."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.services.replying import follow_up
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, LENA, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


def two_matters(desk: Desk, subject: str) -> str:
    """A ticket of Jerome's, to which Lena adds another matter."""
    number = desk.open_ticket(subject)
    desk.does(LENA, follow_up, number, body="And the invoice of March is wrong.")
    return number


@with_and_without_scripts
def test_an_agent_makes_a_ticket_of_the_second_matter(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    number = two_matters(desk, f"Checkout fails, {scripts}")
    ada = visit(ADA).goes_to_ticket(number)
    ada.message("And the invoice of March is wrong.").get_by_role("link", name="Split off").click()
    ada.sees("Make a ticket of its own of this message", "is the requester of the new ticket and is told")
    expect(ada.page.get_by_label("Subject of the new ticket")).to_have_value("And the invoice of March is wrong.")
    if scripts is Scripts.ON:
        assert Axe().run(ada.page).response["violations"] == []
    ada.fills("Subject of the new ticket", f"Invoice of March, {scripts}").clicks("Make the ticket")
    ada.sees("is a ticket of its own now; its requester is told.", "Split off from", f"Invoice of March, {scripts}")
    expect(ada.message("And the invoice of March is wrong.")).to_have_count(1)
    ada.goes_to_ticket(number).sees("made a ticket of its own of a message")
    expect(ada.message("And the invoice of March is wrong.")).to_have_count(1)


@with_and_without_scripts
def test_a_customer_goes_from_one_to_the_other(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    number = two_matters(desk, f"Tote shows no price, {scripts}")
    ada = visit(ADA).goes_to_ticket(number)
    ada.message("And the invoice of March is wrong.").get_by_role("link", name="Split off").click()
    ada.fills("Subject of the new ticket", f"Invoice, {scripts}").clicks("Make the ticket").sees("Split off from")
    jerome = visit(JEROME).goes_to(f"/support/tickets/{number}").sees("made a ticket of its own of a message")
    jerome.clicks("show it").sees("Support made this ticket of a message in", f"Invoice, {scripts}")
    expect(jerome.message("And the invoice of March is wrong.")).to_have_count(1)


def test_the_page_that_asks_fits_a_phone(desk: Desk, visit: Visit) -> None:
    number = two_matters(desk, "A long subject " * 12)
    ada = visit(ADA, viewport={"width": 390, "height": 800}).goes_to_ticket(number)
    ada.message("And the invoice of March is wrong.").get_by_role("link", name="Split off").click()
    ada.sees("Make a ticket of its own of this message")
    assert not ada.scrolls_sideways()
