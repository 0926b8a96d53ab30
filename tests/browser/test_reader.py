"""What follows the reader: their clock, and light or dark as the page around ours says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from flask_sgsupport.services import replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_times_are_those_of_the_reader_s_clock(desk: Desk, visit: Visit, zone: str) -> None:
    ticket_id = desk.open_ticket(f"What time is it in {zone}?")
    jerome = visit(JEROME, timezone_id=zone).goes_to_ticket(ticket_id)
    shown = jerome.page.locator("article time").first
    at = datetime.fromisoformat(str(shown.get_attribute("datetime")))
    expect(shown).to_have_text(f"{at.astimezone(ZoneInfo(zone)):%H:%M}")
    assert str(shown.get_attribute("title")).endswith(" UTC")


@with_and_without_scripts
def test_a_time_that_is_not_the_reader_s_says_of_which_zone_it_is(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Which zone, {scripts}")
    shown = visit(JEROME).goes_to_ticket(ticket_id).page.locator("article time").first
    assert (shown.text_content() or "").endswith(" UTC") is (scripts is Scripts.OFF)


@pytest.mark.parametrize(("said", "ground"), [("light", "rgb(246, 247, 249)"), ("dark", "rgb(18, 22, 28)")])
@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_panel_is_light_or_dark_as_the_page_around_it(visit: Visit, said: str, ground: str, system: str) -> None:
    jerome = visit(JEROME, color_scheme=system).goes_to("/support/")
    jerome.page.evaluate("scheme => { document.documentElement.style.colorScheme = scheme; }", said)
    expect(jerome.page.locator(".sg-panel")).to_have_css("background-color", ground)


def test_correcting_an_address_leads_into_the_field_with_the_refusal_in_sight(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Refused at the door")
    for number in range(6):
        desk.does(JEROME, replying.follow_up, ticket_id, body=f"Line {number}\n\n" * 20)
    desk.smtp.refuse(JEROME)
    desk.does(ADA, replying.reply, ticket_id, body="Does this reach you?")
    desk.failed(ticket_id)
    ada = visit(ADA).goes_to_ticket(ticket_id).clicks("Correct address and send again")
    expect(ada.control("Address of the customer").last).to_be_focused()
    expect(ada.page.locator(".sg-delivery-bad").last).to_be_in_viewport()


def test_the_address_of_a_list_holds_no_empty_filters(visit: Visit) -> None:
    ada = visit(ADA).goes_to("/admin/support/").unfolds("Filters").chooses("Priority", "High").clicks("Apply")
    ada.sees("Priority: High")
    assert ada.page.url.partition("?")[2] in {"priority=high", "priority=high&sort=smart"} or "=&" not in ada.page.url
