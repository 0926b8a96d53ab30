"""The command palette: pages, actions of the page and tickets by typing, without a mouse, and without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from flask_sgsupport.services import macros
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, Desk
from tests.browser.test_accessibility import ONLY_COLOURS, SCREENS
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

PALETTE = "Find a page, an action or a ticket"


def field(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("combobox", name="Page, action, number or words of a ticket")


def options(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("dialog", name=PALETTE).get_by_role("option")


def types(visitor: Visitor, words: str, wanted: str) -> None:
    """Open the palette, type, and press Enter once what is wanted stands first."""
    # With its button the script has begun.
    visitor.sees("Keyboard shortcuts")
    visitor.page.keyboard.press("Control+k")
    expect(field(visitor)).to_be_focused()
    visitor.page.keyboard.type(words)
    chosen = options(visitor).filter(has_text=wanted).first
    expect(chosen).to_be_visible()
    for __ in range(10):
        if chosen.get_attribute("aria-selected") == "true":
            break
        visitor.page.keyboard.press("ArrowDown")
    expect(chosen).to_have_attribute("aria-selected", "true")
    visitor.page.keyboard.press("Enter")


def test_a_whole_triage_without_a_mouse(desk: Desk, visit: Visit) -> None:
    desk.set_up(macros.create_macro, {"name": "Restored by palette", "body": "We have **restored** it."}, shared=True)
    ticket_id = desk.open_ticket("Giraffes lost their checkout")
    ada = visit(ADA).goes_to("/admin/support/").sees("Keyboard shortcuts")
    types(ada, "giraffes", ticket_id)
    ada.is_at("Giraffes lost their checkout").sees("Keyboard shortcuts")
    types(ada, "assign to me", "Assign to me")
    ada.sees("The ticket is yours.")
    types(ada, "priority high", "Priority: High")
    ada.sees("Saved.")
    types(ada, "internal", "Internal note")
    expect(ada.control("Internal note")).to_be_focused()
    types(ada, "restored by", "Macro: Restored by palette")
    expect(ada.control("Reply to Jerome")).to_have_value("We have **restored** it.")
    types(ada, "send and", "Send and resolve")
    ada.sees("Sent and resolved;")
    types(ada, "status open", "Status: Open")
    ada.sees("The status is changed.")
    types(ada, "snooze tomorrow", "Snooze: Tomorrow morning")
    ada.sees("Snoozed until")
    types(ada, "snoozed", "Snoozed")
    expect(ada.page).to_have_url(f"{desk.url}/admin/support/?view=snoozed")
    ada.sees("Giraffes lost their checkout")
    types(ada, str(int(ticket_id[-5:])), ticket_id)
    ada.is_at("Giraffes lost their checkout")


def test_one_field_is_set_without_what_waits_in_the_others(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("One field at a time")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Tags", "half typed").chooses("Category", "None")
    before = ada.control("Queue").input_value()
    types(ada, "priority urgent", "Priority: Urgent")
    ada.sees("Saved.", "Not saved yet: Tags")
    expect(ada.control("Tags")).to_have_value("half typed")
    expect(ada.control("Tags")).to_be_enabled()
    expect(ada.control("Priority")).to_have_value("urgent")
    grace = visit(GRACE).goes_to_ticket(ticket_id)
    expect(grace.control("Priority")).to_have_value("urgent")
    expect(grace.control("Tags")).to_have_value("")
    expect(grace.control("Queue")).to_have_value(before)
    # And the button saves the rest, as it stands there.
    ada.clicks("Save").sees("Saved.").does_not_see("Not saved yet")
    grace.page.reload()
    expect(grace.control("Tags")).to_have_value("half typed")


def test_it_opens_and_closes_by_key_and_gives_the_focus_back(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Focus comes back")
    ada = visit(ADA).goes_to_ticket(ticket_id).sees("Keyboard shortcuts")
    reply = ada.control("Reply to Jerome")
    reply.fill("Half of it")
    dialog = ada.page.get_by_role("dialog", name=PALETTE)
    ada.page.keyboard.press("Control+k")
    expect(field(ada)).to_be_focused()
    # What the page can do is there at once, and the places to go to a moment later.
    expect(options(ada).filter(has_text="Notifications").first).to_be_visible()
    expect(options(ada).first).to_have_attribute("aria-selected", "true")
    first = field(ada).get_attribute("aria-activedescendant")
    ada.page.keyboard.press("ArrowUp")
    assert field(ada).get_attribute("aria-activedescendant") != first
    ada.page.keyboard.press("ArrowDown")
    assert field(ada).get_attribute("aria-activedescendant") == first
    ada.page.keyboard.type("zebra nowhere")
    ada.sees("Nothing of this name", within=dialog)
    expect(options(ada)).to_have_count(1)
    ada.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(reply).to_be_focused()
    expect(reply).to_have_value("Half of it")
    ada.page.keyboard.press("Control+k")
    expect(field(ada)).to_have_value("")
    ada.page.keyboard.press("Control+k")
    expect(dialog).to_be_hidden()
    ada.goes_to("/admin/support/").sees("Keyboard shortcuts")
    ada.page.keyboard.press("?")
    sheet = ada.page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("find a page, an action or a ticket")
    ada.page.keyboard.press("Control+k")
    expect(dialog).to_be_hidden()
    ada.goes_to("/admin/support/")
    types(ada, "zebra nowhere", "Search all tickets for “zebra nowhere”")
    ada.is_at("Search")


def test_only_what_the_page_and_ones_rights_allow_is_offered(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Offered by rights")
    for who, settings in ((ADA, 0), (GRACE, 1)):
        agent = visit(who).goes_to_ticket(ticket_id).sees("Keyboard shortcuts")
        agent.page.keyboard.press("Control+k")
        expect(options(agent).filter(has_text="Notifications")).not_to_have_count(0)
        expect(options(agent).filter(has_text="Mail settings")).to_have_count(settings)
        # What sends a text is offered where there is one, and what the lifecycle refuses is not.
        expect(options(agent).filter(has_text="Send and resolve")).to_have_count(0)
        agent.page.keyboard.type("status")
        expect(options(agent).filter(has_text="Status: Closed")).to_have_count(0)


def test_the_selected_tickets_of_a_list_are_acted_on_from_it(desk: Desk, visit: Visit) -> None:
    for number in range(2):
        desk.open_ticket(f"Zebra {number} by palette")
    ada = visit(ADA).goes_to("/admin/support/?q=%22by+palette%22").sees("Keyboard shortcuts")
    ada.page.keyboard.press("Control+k")
    expect(options(ada).filter(has_text="Notifications")).not_to_have_count(0)
    expect(options(ada).filter(has_text="Selected")).to_have_count(0)
    ada.page.keyboard.press("Escape")
    expect(options(ada)).to_have_count(0)
    for key in ("x", "j", "x"):
        ada.page.keyboard.press(key)
    ada.sees("2 selected:")
    types(ada, "selected urgent", "Selected: Priority: Urgent")
    ada.sees("Priority: Urgent", "2 done")


def test_a_key_pressed_as_the_palette_closes_counts_for_the_page(desk: Desk, visit: Visit) -> None:
    desk.open_ticket("Okapi by palette")
    ada = visit(ADA).goes_to("/admin/support/?q=okapi").sees("Keyboard shortcuts")
    ada.page.keyboard.press("Control+k")
    expect(field(ada)).to_be_focused()
    # Both at once, before the page is drawn again and the focus has left what is no longer shown.
    ada.page.evaluate(
        "() => { const here = document.activeElement; here.closest('dialog').close();"
        " here.dispatchEvent(new KeyboardEvent('keydown', { key: 'x', bubbles: true, cancelable: true })); }"
    )
    ada.sees("1 selected:")


@with_and_without_scripts
def test_the_link_leads_to_the_same_also_without_scripts(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Found by its page, {scripts}")
    ada = visit(ADA).goes_to("/admin/support/")
    if scripts is Scripts.ON:
        ada.page.get_by_role("link", name="Find Ctrl K").click()
        expect(field(ada)).to_be_focused()
        ada.goes_to("/admin/support/find")
    else:
        ada.page.get_by_role("link", name="Find Ctrl K").click()
    ada.is_at("Find a page or a ticket").sees("Unassigned", "Macros").does_not_see("Mail settings")
    ada.page.get_by_label("Page, list, number or words of a ticket").fill(f"found by its page {scripts}")
    ada.page.get_by_label("Page, list, number or words of a ticket").press("Enter")
    ada.clicks(f"Found by its page, {scripts}").is_at(f"Found by its page, {scripts}")
    ada.goes_to(f"/admin/support/find?q={ticket_id}").sees(f"Found by its page, {scripts}")
    ada.goes_to("/admin/support/find?q=resol").sees("No ticket that you see").clicks("Resolved").is_at("Resolved")


@pytest.mark.parametrize("screen", SCREENS)
def test_it_breaks_no_rule_and_fits_on_a_phone(desk: Desk, visit: Visit, screen: str) -> None:
    desk.open_ticket(f"Palette on a {screen} {'x' * 80}")
    grace = visit(GRACE, color_scheme="light", **SCREENS[screen]).goes_to("/admin/support/")
    grace.page.get_by_role("link", name="Find").first.click()
    field(grace).fill(f"palette on a {screen}")
    expect(options(grace).filter(has_text="Palette on a")).to_have_count(2)
    broken: dict[str, Any] = {}
    for scheme, rules in (("light", None), ("dark", ONLY_COLOURS)):
        grace.page.emulate_media(color_scheme=scheme)
        found = Axe().run(grace.page, options=rules).response["violations"]
        if found:
            broken[scheme] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]
    assert broken == {}
    assert not grace.scrolls_sideways()
