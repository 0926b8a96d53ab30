"""Snoozing by hand: presets and a time of one's own clock, and back by hand, by the customer's word and in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from flask_sgsupport.services import replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser

SNOOZED = "/admin/support/?view=snoozed"


@with_and_without_scripts
def test_a_ticket_is_snoozed_by_a_preset_and_woken_by_hand(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Waits for a part, {scripts}"
    ticket_id = desk.open_ticket(subject)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.page.locator("summary").filter(has_text="Snooze").press("Enter")
    ada.clicks("Tomorrow morning").sees("Snoozed until", "It is back sooner if the customer writes.")
    expect(ada.head.get_by_text("Snoozed", exact=True)).to_be_visible()
    ada.goes_to("/admin/support/?view=unassigned").does_not_see(subject)
    ada.goes_to(SNOOZED).sees(subject)
    expect(ada.row(subject)).to_contain_text("until")
    ada.clicks(subject).clicks("Wake it now").sees("The ticket is awake")
    ada.goes_to("/admin/support/?view=unassigned").sees(subject)


def test_a_time_is_typed_and_shown_on_the_readers_own_clock(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Waits until the afternoon")
    ada = visit(ADA, timezone_id="Asia/Tokyo").goes_to_ticket(ticket_id)
    ada.unfolds("Snooze").sees("Times are those of your own clock (Asia/Tokyo).")
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    ada.page.get_by_label("Day and time").fill(f"{day}T14:30")
    ada.clicks("Snooze until then").sees("Snoozed until")
    shown = ada.page.locator(".sg-banner time")
    expect(shown).to_have_text(f"{day:%a} 14:30")
    assert shown.get_attribute("datetime") == f"{day}T05:30:00Z"


def test_the_customers_word_brings_a_snoozed_ticket_back_into_an_open_list(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Back by a word")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.unfolds("Snooze").clicks("Next week (Monday)").sees("Snoozed until")
    ada.goes_to("/admin/support/").does_not_see("Back by a word")
    desk.does(JEROME, replying.follow_up, ticket_id, body="It is worse now.")
    ada.page.get_by_role("link", name="Show", exact=True).click()
    ada.sees("Back by a word")
