"""Several tickets of a list at once: by boxes and by keys, with one that is refused, with scripts and without."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from flask_sgsupport.services import assigning, sorting
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, Desk
from tests.browser.test_accessibility import ONLY_COLOURS, SCREENS
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser


def box(visitor: Visitor, ticket_id: str) -> Locator:
    return visitor.page.get_by_label(f"Select {ticket_id}", exact=True)


@with_and_without_scripts
def test_one_of_three_is_refused_and_stays_selected_for_another_try(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    first, taken, last = (desk.open_ticket(f"{number} in bulk, {scripts}") for number in ("First", "Taken", "Last"))
    ada = visit(ADA).goes_to("/admin/support/?view=unassigned&sort=newest")
    for number in (first, taken, last):
        box(ada, number).check()
    desk.does(GRACE, assigning.claim, taken)
    with ada.refused(409):
        ada.clicks("Assign to me")
    results = ada.part("Assign to me 2 done, 1 not").or_(ada.page.locator(".sg-results")).first
    ada.sees("2 done, 1 not", "Grace Hopper has it already.", within=results)
    expect(results.get_by_role("link", name=first)).to_be_visible()
    expect(box(ada, taken)).to_be_checked()
    ada.page.get_by_label("What to do with them").select_option(label="High")
    ada.clicks("Apply").sees("Priority: High", "1 done")
    assert "view=unassigned" in ada.page.url
    ada.goes_to("/admin/support/?view=mine").sees(f"First in bulk, {scripts}", f"Last in bulk, {scripts}")
    ada.does_not_see(f"Taken in bulk, {scripts}")


@with_and_without_scripts
def test_one_box_selects_the_page_and_a_tag_is_sent_by_enter(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    numbers = [desk.open_ticket(f"{number} of a page, {scripts}") for number in ("One", "Two")]
    ada = visit(GRACE).goes_to(f"/admin/support/?q=%22of+a+page+{scripts}%22".replace(" ", "+"))
    ada.page.get_by_label("Select all on this page").check()
    if scripts is Scripts.ON:
        ada.sees("2 selected:")
    field = ada.page.get_by_label("Tag for the selected", exact=True).and_(ada.page.locator("#sg-bulk-tag"))
    field.fill("of-a-page")
    field.press("Enter")
    ada.sees("Add tag: of-a-page", "2 done")
    ada.goes_to("/admin/support/?tag=of-a-page&view=all")
    for number in numbers:
        expect(ada.row(number)).to_be_visible()


def test_tags_in_use_are_offered_behind_those_that_are_typed(desk: Desk, visit: Visit) -> None:
    one, other = (desk.open_ticket(f"{number} with tags") for number in ("One", "Other"))
    desk.does(ADA, sorting.change_fields, one, {"tags": "pelican, penguin, puffin"})
    ada = visit(ADA).goes_to_ticket(other)
    tags = ada.page.get_by_label("Tags", exact=True)
    offered = ada.page.locator("#sg-tags-in-use option")
    tags.focus()
    for tag in ("pelican", "penguin", "puffin"):
        expect(offered.and_(ada.page.locator(f"[value='{tag}']"))).to_have_count(1)
    tags.press_sequentially("puffin, PE")
    expect(offered).to_have_count(2)
    assert [one.get_attribute("value") for one in offered.all()] == ["puffin, pelican", "puffin, penguin"]
    tags.fill("puffin, penguin")
    expect(offered).to_have_count(0)
    ada.clicks("Save").sees("Saved.")
    expect(tags).to_have_value("penguin, puffin")


def test_rows_are_selected_by_keys_and_acted_on_without_a_mouse(desk: Desk, visit: Visit) -> None:
    numbers = [desk.open_ticket(f"Row {number} by keys") for number in range(4)]
    ada = visit(ADA).goes_to("/admin/support/?q=%22by+keys%22&sort=oldest")
    ada.sees("Keyboard shortcuts")
    bar = ada.page.locator(".sg-bulk")
    expect(bar).to_be_hidden()
    keys = ada.page.keyboard
    keys.press("x")
    expect(box(ada, numbers[0])).to_be_checked()
    ada.sees("1 selected:")
    for key in ("j", "x", "j", "j", "x", "x"):
        keys.press(key)
    ada.sees("2 selected:")
    expect(box(ada, numbers[3])).not_to_be_checked()
    keys.press("i")
    ada.sees("Assign to me", "2 done")
    expect(ada.page.locator(".sg-results")).to_be_focused()
    expect(bar).to_be_hidden()
    ada.goes_to("/admin/support/?view=mine").sees("Row 0 by keys", "Row 1 by keys").does_not_see("Row 2 by keys")
    ada.page.keyboard.press("?")
    expect(ada.page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("select the ticket, or not")


def test_a_range_is_selected_with_shift_and_the_box_for_all_follows(desk: Desk, visit: Visit) -> None:
    numbers = [desk.open_ticket(f"Number {number} of a range") for number in range(4)]
    ada = visit(ADA).goes_to("/admin/support/?q=%22of+a+range%22&sort=oldest")
    whole = ada.page.get_by_label("Select all on this page")
    box(ada, numbers[0]).click()
    box(ada, numbers[2]).click(modifiers=["Shift"])
    ada.sees("3 selected:")
    assert whole.evaluate("box => box.indeterminate")
    box(ada, numbers[3]).check()
    expect(whole).to_be_checked()
    whole.uncheck()
    expect(ada.page.locator(".sg-bulk")).to_be_hidden()


@pytest.mark.parametrize("screen", SCREENS)
def test_the_selected_and_what_became_of_them_break_no_rule(desk: Desk, visit: Visit, screen: str) -> None:
    number, taken = (desk.open_ticket(f"{name} on a {screen} with {'w' * 60}") for name in ("Free", "Taken"))
    ada = visit(ADA, color_scheme="light", **SCREENS[screen]).goes_to("/admin/support/?view=unassigned&sort=newest")
    for one in (number, taken):
        box(ada, one).check()
    desk.does(GRACE, assigning.claim, taken)
    broken: dict[str, Any] = {}

    def look(place: str) -> None:
        found = Axe().run(ada.page).response["violations"]
        ada.page.emulate_media(color_scheme="dark")
        found += Axe().run(ada.page, options=ONLY_COLOURS).response["violations"]
        ada.page.emulate_media(color_scheme="light")
        if found or ada.scrolls_sideways():
            broken[place] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]

    look("selected")
    with ada.refused(409):
        ada.clicks("Assign to me")
    ada.sees("1 done, 1 not")
    look("refused")
    assert broken == {}
