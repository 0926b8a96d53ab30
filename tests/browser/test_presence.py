"""Two agents at one ticket know of each other before their answers cross, and open pages cost little."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from flask_sgsupport.services import replying
from tests.browser.conftest import Visit
from tests.browser.desk import ADA, GRACE, JEROME, Desk
from tests.browser.visitor import PATIENCE_MS, Visitor

pytestmark = pytest.mark.browser


def here(visitor: Visitor) -> Locator:
    """What an open ticket says of colleagues."""
    return visitor.page.locator(".sg-thread > .sg-here")


def test_two_agents_on_one_ticket_see_each_other_and_their_answers_do_not_cross(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Two are at it")
    grace = visit(GRACE).goes_to_ticket(ticket_id)
    ada = visit(ADA)
    expect(here(grace)).to_be_empty()
    ada.goes_to_ticket(ticket_id)
    expect(here(grace)).to_have_text("Ada Lovelace is looking at this ticket.", timeout=PATIENCE_MS)
    expect(here(ada)).to_have_text("Grace Hopper is looking at this ticket.", timeout=PATIENCE_MS)

    grace.fills("Reply to Jerome", "Please restart the shop.")
    expect(here(ada)).to_have_text("Grace Hopper is writing on this ticket.", timeout=PATIENCE_MS)
    # The draft is kept by then, and not sent.
    ada.page.wait_for_timeout(8_000)
    expect(here(ada)).to_have_text("Grace Hopper is writing on this ticket.", timeout=1_000)
    ada.fills("Reply to Jerome", "The shop is up again.").clicks("Send").sees("Sent.")

    with grace.refused(409):
        grace.clicks("Send")
    grace.sees("Somebody was faster.").sees("Look again, then send.")
    expect(grace.message("The shop is up again.")).to_be_visible()
    expect(grace.control("Reply to Jerome")).to_have_value("Please restart the shop.")
    grace.clicks("Send").sees("Sent.")
    expect(grace.message("Please restart the shop.")).to_be_visible()


def test_a_colleague_is_marked_in_the_list_and_gone_when_they_leave(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Looked at by one")
    ada = visit(ADA).goes_to("/admin/support/?sort=newest")
    row = ada.page.locator(f"tr[data-sg-ticket='{ticket_id}']")
    expect(row).to_be_visible()
    tops = [one.bounding_box() for one in ada.page.locator(".sg-tickets tbody tr").all()]
    grace = visit(GRACE).goes_to_ticket(ticket_id)
    expect(row.get_by_text("Grace Hopper is looking")).to_be_visible(timeout=PATIENCE_MS)
    # No row has moved under anybody's hand, and no reader is read to.
    assert [one.bounding_box() for one in ada.page.locator(".sg-tickets tbody tr").all()] == tops
    assert row.locator("[aria-live], [role=status]").count() == 0
    grace.page.get_by_role("tab", name="Internal note").click()
    grace.fills("Internal note", "Asked the host.")
    expect(row.get_by_text("Grace Hopper is writing")).to_be_visible(timeout=PATIENCE_MS)
    grace.goes_to("/admin/support/notifications/")
    expect(row.locator(".sg-here")).to_be_empty(timeout=PATIENCE_MS)


def test_what_is_said_of_a_colleague_is_read_out_once(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Read out once")
    visit(GRACE).goes_to_ticket(ticket_id)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    expect(here(ada)).to_have_text("Grace Hopper is looking at this ticket.", timeout=PATIENCE_MS)
    assert here(ada).get_attribute("aria-live") == "polite"
    ada.page.evaluate(
        "() => { window.changes = 0; new MutationObserver((all) => { window.changes += all.length; }).observe("
        "document.querySelector('.sg-thread > .sg-here'), { childList: true, subtree: true, characterData: true }); }"
    )
    for __ in range(2):
        ada.page.wait_for_event("response", lambda answer: "/poll" in answer.url)
    assert ada.page.evaluate("window.changes") == 0


def test_a_page_that_nobody_sees_asks_for_nothing(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Behind others")
    ada = visit(ADA)
    ada.page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.behind === true });")
    ada.goes_to_ticket(ticket_id)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url) if "/poll" in request.url else None)

    def turn(*, behind: bool) -> None:
        ada.page.evaluate(
            "behind => { window.behind = behind; document.dispatchEvent(new Event('visibilitychange')); }", behind
        )

    ada.page.wait_for_event("response", lambda answer: "/poll" in answer.url)
    turn(behind=True)
    # What was planned before it went behind is the last.
    ada.page.wait_for_timeout(3_000)
    asked.clear()
    ada.page.wait_for_timeout(5_000)
    assert asked == []
    desk.does(JEROME, replying.follow_up, ticket_id, body="Are you there?")
    turn(behind=False)
    expect(ada.page.get_by_role("link", name="Show", exact=True)).to_be_visible(timeout=PATIENCE_MS)


def test_a_page_opened_behind_others_asks_as_soon_as_it_is_seen(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Opened behind others")
    ada = visit(ADA)
    ada.page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.seen !== true });")
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url) if "/poll" in request.url else None)
    ada.goes_to_ticket(ticket_id)
    ada.page.wait_for_load_state("networkidle")
    assert asked == []
    desk.does(JEROME, replying.follow_up, ticket_id, body="Are you there?")
    with ada.page.expect_request(lambda request: "/poll" in request.url):
        ada.page.evaluate("() => { window.seen = true; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(ada.page.get_by_role("link", name="Show", exact=True)).to_be_visible(timeout=PATIENCE_MS)
