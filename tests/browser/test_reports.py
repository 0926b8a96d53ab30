"""A lead reads a report, opens the tickets behind a figure, and takes it as CSV; with and without scripts."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, BEN, GRACE, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser

REPORTS = "/admin/support/reports/"


@with_and_without_scripts
def test_a_figure_opens_its_list_with_that_many_tickets(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    for number in range(2):
        ticket_id = desk.open_ticket(f"Answered {number}, {scripts}")
        desk.does(ADA, replying.reply, ticket_id, body=f"Solved {number}.", status=Status.RESOLVED)
    desk.open_ticket(f"Waiting, {scripts}")
    grace = visit(GRACE).goes_to(REPORTS).sees("Backlog now", "Time to full resolution")
    row = grace.page.get_by_role("row", name=re.compile("^First response"))
    link = row.get_by_role("link").first
    count = int(link.inner_text())
    assert count >= 2
    link.click()
    grace.sees(f"{count} tickets", "Counted: First response")
    assert grace.page.locator(".sg-tickets tbody tr").count() == count
    grace.page.go_back()
    ages = grace.page.get_by_role("table", name="Open tickets by age")
    waiting = ages.get_by_role("link").first
    count = int(waiting.inner_text())
    waiting.click()
    assert grace.page.locator(".sg-tickets tbody tr").count() == count


@with_and_without_scripts
def test_filters_stand_in_the_address_and_csv_has_the_same(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"In Support, {scripts}")
    desk.does(ADA, replying.reply, ticket_id, body="Solved.", status=Status.RESOLVED)
    grace = visit(GRACE).goes_to(REPORTS)
    grace.chooses("Agent", "Ada Lovelace").chooses("Hours counted", "Calendar").clicks("Show")
    expect(grace.page).to_have_url(re.compile("agent=.*hours=calendar|hours=calendar.*agent="))
    grace.sees("Calendar times.")
    shown = grace.page.get_by_role("row", name=re.compile("^First response")).get_by_role("link").first.inner_text()
    with grace.page.expect_download() as downloading:
        grace.page.get_by_role("link", name="Figures as CSV").click()
    lines = downloading.value.path().read_text("utf-8-sig").splitlines()
    assert next(line for line in lines if line.startswith("all,,first_response,")).split(",")[3] == shown
    unfolds = grace.page.get_by_text("The same as a table").first
    unfolds.click()
    expect(grace.page.get_by_role("columnheader", name="Opened").first).to_be_visible()


def test_the_page_is_for_everybody_and_every_screen(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("For every screen")
    desk.does(ADA, replying.reply, ticket_id, body="Solved.", status=Status.RESOLVED)
    grace = visit(GRACE, viewport={"width": 390, "height": 844}, color_scheme="dark").goes_to(REPORTS)
    for summary in grace.page.get_by_text("The same as a table").all():
        summary.click()
    assert [rule["id"] for rule in Axe().run(grace.page).response["violations"]] == []
    assert not grace.scrolls_sideways()
    label = grace.page.locator("td.sg-num[data-label]").first
    assert label.evaluate("e => getComputedStyle(e, '::before').whiteSpace") == "normal", "it ran over its value"
    assert grace.page.locator('svg.sg-chart[role="img"]').count() == 4
    grace.page.emulate_media(media="print")
    expect(grace.page.locator("svg.sg-chart").first).to_be_visible()
    expect(grace.page.get_by_role("button", name="Show")).to_be_hidden()
    ben = visit(BEN).goes_to(REPORTS)
    ben.sees("By queue").does_not_see("By agent", "Ada Lovelace")
