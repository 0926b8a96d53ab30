"""All the cases of an incident are answered at once in the browser: to whom is seen before, what became of it after."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.lifecycle import LinkKind
from flask_sgsupport.services.linking import link
from flask_sgsupport.services.replying import follow_up
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


def incident(desk: Desk, subject: str) -> list[str]:
    """A ticket of the incident, with two cases."""
    numbers = [desk.open_ticket(f"{one} {subject}") for one in ("Incident", "First", "Second")]
    for number in numbers[1:]:
        desk.does(ADA, link, number, numbers[0], LinkKind.CASE)
    return numbers


@with_and_without_scripts
def test_one_reply_goes_to_every_case_and_what_cannot_be_sent_says_why(
    desk: Desk, visit: Visit, scripts: Scripts
) -> None:
    number, first, second = incident(desk, f"checkout down, {scripts}")
    ada = visit(ADA).goes_to_ticket(number).clicks("One reply to the open cases (2)")
    ada.sees(f"Answer the cases of {number}", f"First checkout down, {scripts}", f"Second checkout down, {scripts}")
    if scripts is Scripts.ON:
        assert Axe().run(ada.page).response["violations"] == []
    desk.does(JEROME, follow_up, second, body="Now it says 500.")
    ada.fills("Reply", "It works again.").clicks("Send to all that are ticked")
    ada.sees("1 sent", "1 refused", "This crossed: the customer wrote")
    if scripts is Scripts.ON:
        assert Axe().run(ada.page).response["violations"] == []
    ada.clicks("Send the refused once more").sees("2 sent").does_not_see("refused")
    jerome = visit(JEROME).goes_to(f"/support/tickets/{first}")
    expect(jerome.message("It works again.")).to_have_count(1)
    jerome.goes_to(f"/support/tickets/{second}").sees("Now it says 500.")
    expect(jerome.message("It works again.")).to_have_count(1)


@with_and_without_scripts
def test_a_case_that_is_unticked_gets_none_and_a_refused_form_keeps_that(
    desk: Desk, visit: Visit, scripts: Scripts
) -> None:
    number, first, second = incident(desk, f"mail late, {scripts}")
    ada = visit(ADA).goes_to(f"/admin/support/tickets/{number}/cases")
    ada.page.get_by_role("checkbox", name=first).uncheck()
    with ada.refused(422):
        ada.clicks("Send to all that are ticked").sees("Write a message first.")
    expect(ada.page.get_by_role("checkbox", name=first)).not_to_be_checked()
    ada.fills("Reply", "Mails are on time again.").clicks("Send to all that are ticked").sees("1 sent")
    ada.goes_to_ticket(second)
    expect(ada.message("Mails are on time again.")).to_have_count(1)
    ada.goes_to_ticket(first)
    expect(ada.message("Mails are on time again.")).to_have_count(0)


def test_a_case_stays_unticked_though_its_customer_writes_meanwhile(desk: Desk, visit: Visit) -> None:
    number, first, second = incident(desk, "that goes on")
    ada = visit(ADA).goes_to(f"/admin/support/tickets/{number}/cases").fills("Reply", "It works again.")
    ada.page.get_by_role("checkbox", name=first).uncheck()
    desk.does(JEROME, follow_up, first, body="Now it says 500.")
    ada.page.reload()
    expect(ada.control("Reply")).to_have_value("It works again.")
    expect(ada.page.get_by_role("checkbox", name=first)).not_to_be_checked()
    expect(ada.page.get_by_role("checkbox", name=second)).to_be_checked()
    ada.clicks("Send to all that are ticked").sees("1 sent")


def test_both_pages_fit_a_phone(desk: Desk, visit: Visit) -> None:
    number, *__ = incident(desk, "with a long subject " * 9)
    ada = visit(ADA, viewport={"width": 390, "height": 800}).goes_to(f"/admin/support/tickets/{number}/cases")
    ada.sees(f"Answer the cases of {number}")
    assert not ada.scrolls_sideways()
    ada.fills("Reply", "It works again.").clicks("Send to all that are ticked").sees("2 sent")
    assert not ada.scrolls_sideways()
