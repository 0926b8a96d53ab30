"""Open lists follow what happens: numbers, counts and a bar, with nothing moved under anybody's hands."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import update

from example_app.models import db
from flask_sgsupport.models import Delivery
from flask_sgsupport.services import replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, JEROME, LENA, Desk
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser


def numbers(visitor: Visitor) -> list[str]:
    """What every badge of the page says."""
    return [badge.inner_text() for badge in visitor.page.locator("[data-sg-badge]").all()]


def test_an_open_inbox_learns_of_new_tickets(desk: Desk, visit: Visit) -> None:
    desk.open_ticket("There before")
    ada = visit(ADA).goes_to("/admin/support/?view=unassigned")
    unassigned = ada.page.locator(".sg-side a", has_text="Unassigned").locator(".sg-count")
    waiting, before = int(unassigned.inner_text()), set(numbers(ada))
    search = ada.page.get_by_role("searchbox")
    search.fill("half a wo")
    rows = ada.page.locator(".sg-tickets tbody tr").count()

    desk.open_ticket("The first meanwhile")
    desk.open_ticket("The second meanwhile", who=LENA)

    bar = ada.page.get_by_role("status").filter(has_text="New tickets: 2")
    expect(bar).to_be_visible()
    expect(unassigned).to_have_text(str(waiting + 2))
    assert len(set(numbers(ada))) == 1
    assert set(numbers(ada)) != before
    # Nothing was taken out of anybody's hands.
    expect(search).to_be_focused()
    expect(search).to_have_value("half a wo")
    assert ada.page.locator(".sg-tickets tbody tr").count() == rows
    bar.get_by_role("link", name="Show").click()
    expect(ada.page.get_by_role("link", name="The second meanwhile")).to_be_visible()
    assert ada.page.url.endswith("?view=unassigned")


def test_what_is_ticked_stays_so_when_news_are_shown_but_for_what_has_changed(desk: Desk, visit: Visit) -> None:
    same, changed = desk.open_ticket("Ticked and left alone"), desk.open_ticket("Ticked and changed")
    ada = visit(ADA).goes_to("/admin/support/?view=all")

    def box(ticket_id: str) -> Locator:
        return ada.page.locator(f'tr[data-sg-ticket="{ticket_id}"] [data-sg-box]')

    for ticket_id in (same, changed):
        box(ticket_id).check()
    desk.does(JEROME, replying.follow_up, changed, body="One thing more.")
    new = desk.open_ticket("New meanwhile")
    ada.page.get_by_role("link", name="Show", exact=True).click()
    expect(box(new)).not_to_be_checked()
    expect(box(same)).to_be_checked()
    expect(box(changed)).not_to_be_checked()
    ada.page.reload()
    expect(box(same)).not_to_be_checked()


def test_an_open_inbox_says_that_its_tickets_changed(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Changes while it is looked at")
    ada = visit(ADA).goes_to("/admin/support/")
    desk.does(JEROME, replying.follow_up, ticket_id, body="One thing more.")
    expect(ada.page.get_by_role("status").filter(has_text="This list has changed.")).to_be_visible()


def test_an_open_list_takes_nothing_that_another_page_has_to_say(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Noted beside an open list")
    ada = visit(ADA).goes_to("/admin/support/")
    ticket, asks = f"/admin/support/tickets/{ticket_id}", ada.page.context.request
    [token] = set(re.findall(r'name="csrf_token" value="([^"]+)"', asks.get(ticket).text()))
    note = {"csrf_token": token, "form": "n" * 22, "body": "Asked the host of the shop."}
    # The page that says so is on its way while the list looks again.
    assert asks.post(f"{ticket}/note", form=note, max_redirects=0).status == 302
    expect(ada.page.get_by_role("status").filter(has_text="This list has changed.")).to_be_visible()
    ada.goes_to(ticket)
    expect(ada.page.get_by_text("Note added. The customer does not see it.")).to_be_visible()


def test_a_line_of_a_mail_stays_under_the_hand_that_is_at_it(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Refused twice")
    ada = visit(ADA)
    desk.smtp.refuse(JEROME)
    desk.does(ADA, replying.reply, ticket_id, body="Does this reach you?")
    desk.no_mail_waits()
    ada.goes_to_ticket(ticket_id)
    way_out = ada.message("Does this reach you?").get_by_role("link", name="Correct address and send again")
    way_out.focus()
    with desk.app.app_context():
        failed = update(Delivery).where(Delivery.error_code.is_not(None))
        db.session.execute(failed.values(attempts=Delivery.attempts + 1, error="550 5.1.1 Gone for good"))
        db.session.commit()
    # It is told of beside, and shown when the person is ready for it.
    bar = ada.page.get_by_role("status").filter(has=ada.page.get_by_role("link", name="Show"))
    expect(bar).to_be_visible()
    expect(way_out).to_be_focused()
    bar.get_by_role("link", name="Show").click()
    expect(ada.page.get_by_text("550 5.1.1 Gone for good").first).to_be_visible()
    desk.smtp.accept()


def test_the_number_follows_on_every_page_of_the_inbox(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to("/admin/support/open")
    before = numbers(ada)
    desk.open_ticket("Rings on another page")
    expect(ada.page.locator(".sg-nav [data-sg-badge]")).not_to_have_text(before[-1])
    assert len(set(numbers(ada))) == 1
    assert ada.page.get_by_role("link", name="Show").count() == 0


def test_an_open_panel_learns_of_an_answer_and_of_a_colleagues_ticket(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Waits for an answer")
    jerome = visit(JEROME).goes_to("/support/")
    desk.does(ADA, replying.reply, ticket_id, body="It is back.")
    bar = jerome.page.get_by_role("status").filter(has_text="This list has changed.")
    expect(bar).to_be_visible()
    badges = jerome.page.locator("[data-sg-badge]")
    expect(badges.first).not_to_be_empty()
    assert badges.count() >= 2
    assert len(set(numbers(jerome))) == 1
    desk.open_ticket("Of a colleague", who=LENA)
    expect(jerome.page.get_by_role("status").filter(has_text="New tickets: 1")).to_be_visible()


def test_the_number_in_the_hosts_navigation_follows_on_the_hosts_own_pages(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Answered while its customer is elsewhere")
    jerome = visit(JEROME).goes_to("/")
    before = numbers(jerome)
    assert len(before) == 1
    desk.does(ADA, replying.reply, ticket_id, body="Here is how.")
    badge = jerome.page.locator("[data-sg-badge]")
    expect(badge).to_be_visible()
    expect(badge).not_to_have_text(before[0])


def test_the_news_of_a_form_that_came_back_lead_to_the_ticket(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Comes back")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.complaints.allowed.add(422)
    ada.fills("Reply to Jerome", "x" * 20_001).clicks("Send")
    desk.does(JEROME, replying.follow_up, ticket_id, body="One thing more.")
    ada.page.get_by_role("link", name="Show", exact=True).click()
    expect(ada.message("One thing more.")).to_be_visible()


def test_a_message_that_comes_stands_in_the_conversation_and_moves_nothing_one_is_at(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Talks back")
    for number in range(4):
        desk.does(ADA, replying.add_note, ticket_id, body=f"Tried number {number}." + "\n\nIn vain." * 5)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    jerome = visit(JEROME).goes_to(f"/support/tickets/{ticket_id}")
    reply = ada.control("Reply to Jerome")
    ada.fills("Reply to Jerome", "We are at it.")
    place = reply.bounding_box()

    desk.does(JEROME, replying.follow_up, ticket_id, body="One thing more.\n\n" + "And so on.\n\n" * 8)
    expect(ada.message("One thing more.")).to_have_count(1)
    expect(ada.page.get_by_role("link", name="Show", exact=True)).to_be_visible()
    assert ada.page.locator(".sg-message").last.inner_text().startswith("J")
    assert ada.page.locator("#sg-new").inner_text() == "New since you last looked"
    below = ada.page.locator(".sg-message").last.evaluate("one => [one.nextElementSibling?.className]")
    assert "sg-system" not in str(below), "what happened before it stands above it"
    expect(reply).to_be_focused()
    expect(reply).to_have_value("We are at it.")
    now = reply.bounding_box()
    assert place is not None
    assert now is not None
    assert abs(now["y"] - place["y"]) < 2, "the text stays under the hand that writes it"

    desk.does(ADA, replying.add_note, ticket_id, body="Not for him.")
    desk.does(ADA, replying.reply, ticket_id, body="It is back.")
    expect(jerome.message("It is back.")).to_have_count(1)
    jerome.does_not_see("Not for him.")


def test_on_a_phone_the_bar_of_news_covers_no_line_that_is_written(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Read on a phone")
    ada = visit(ADA)
    ada.page.set_viewport_size({"width": 390, "height": 600})
    ada.goes_to_ticket(ticket_id)
    reply = ada.control("Reply to Jerome")
    reply.evaluate("one => one.scrollIntoView({ block: 'end' })")
    ada.fills("Reply to Jerome", "We are at it.")
    desk.does(JEROME, replying.follow_up, ticket_id, body="One thing more.")
    show = ada.page.get_by_role("link", name="Show", exact=True)
    expect(show).to_be_in_viewport()
    bar, text = show.bounding_box(), reply.bounding_box()
    assert bar is not None
    assert text is not None
    assert bar["y"] + bar["height"] <= text["y"] or bar["y"] >= text["y"] + text["height"]


def test_news_of_a_long_ticket_are_shown_where_they_stand(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("A long story")
    for number in range(12):
        desk.does(ADA, replying.add_note, ticket_id, body=f"Tried number {number}." + "\n\nIn vain." * 5)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    for words in ("One thing more.", "And another."):
        desk.does(JEROME, replying.follow_up, ticket_id, body=words)
        show = ada.page.get_by_role("link", name="Show", exact=True)
        expect(show).to_be_in_viewport()
        assert ada.page.locator(".sg-news").get_attribute("aria-live") == "polite"
        show.click()
        expect(ada.message(words)).to_be_in_viewport()
        expect(ada.page.get_by_text("New since you last looked")).to_be_in_viewport()
        assert ada.page.get_by_role("article").first.bounding_box()["y"] < 0  # type: ignore[index]
    assert ada.page.evaluate("history.scrollRestoration") == "auto"


def test_news_are_shown_in_another_tab_where_one_asks_for_that(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Two tabs")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    desk.does(JEROME, replying.follow_up, ticket_id, body="One thing more.")
    show = ada.page.get_by_role("link", name="Show", exact=True)
    expect(show).to_be_visible()
    ada.page.evaluate("window.stays = true")
    with ada.page.context.expect_page() as opened:
        show.click(modifiers=["Control"])
    expect(opened.value.get_by_text("One thing more.").first).to_be_visible()
    assert ada.page.evaluate("window.stays")


@with_and_without_scripts
def test_a_list_leads_to_what_is_new_in_a_ticket_and_on_to_the_next(desk: Desk, visit: Visit) -> None:
    tickets = [desk.open_ticket(f"In a row, {number}", category="billing") for number in (2, 1, 0)][::-1]
    for number in range(12):
        desk.does(GRACE, replying.add_note, tickets[0], body=f"Tried number {number}." + "\n\nIn vain." * 5)
    grace = visit(GRACE).goes_to_ticket(tickets[0])
    desk.does(JEROME, replying.follow_up, tickets[0], body="Is anybody there?")
    grace.goes_to("/admin/support/?queue=billing&sort=newest").clicks("In a row, 0")
    expect(grace.message("Is anybody there?")).to_be_in_viewport()
    grace.fills("Reply to Jerome", "I am.").clicks("Send").sees("Sent.")
    grace.clicks("Next ticket").sees("In a row, 1")
    onward = grace.page.get_by_role("link", name="Next: In a row, 2").first
    onward.focus()
    expect(onward).to_be_focused()
    onward.press("Enter")
    grace.sees("In a row, 2")
    grace.page.get_by_role("link", name="Previous: In a row, 1").first.click()
    grace.sees("In a row, 1").clicks("Back to All open in Billing")
    assert grace.page.url.endswith("?queue=billing&sort=newest")
