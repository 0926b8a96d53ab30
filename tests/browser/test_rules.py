"""A rule written row by row, tried, saved, ordered, and explained on the ticket it acted on."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.services.rules import create_rule
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, Desk
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

RULES = "/admin/support/rules/"


def broken(visitor: Visitor) -> list[str]:
    return [rule["id"] for rule in Axe().run(visitor.page).response["violations"]]


@with_and_without_scripts
def test_a_rule_is_written_tried_and_explained(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    word = f"chargeback{scripts.name}".lower()
    earlier = desk.open_ticket(f"A {word} of last week")
    grace = visit(GRACE)
    grace.goes_to(RULES)
    grace.page.get_by_role("link", name="New rule").first.click()
    grace.fills("Name", f"Money {word}")
    always = grace.page.get_by_role("group", name="All of these must be so")
    always.get_by_label("Condition on").select_option(label="Subject")
    always.get_by_role("button", name="Add a condition").click()
    expect(grace.control("Name")).to_have_value(f"Money {word}")
    grace.page.get_by_role("group", name="Subject").get_by_label("Value").fill(word)
    grace.chooses("Priority", "Urgent")
    grace.clicks("What would it have done?")
    expect(grace.page.get_by_text("It would have applied to 1 of the last")).to_be_visible()
    grace.sees("It would have applied to 1 of the last", earlier, f"subject contains “{word}”")
    grace.clicks("Save")
    expect(grace.page.get_by_text("Saved. It holds from the next ticket on.")).to_be_visible()

    ticket_id = desk.open_ticket(f"Another {word}")
    grace.goes_to_ticket(ticket_id)
    why = grace.part("Why is this ticket here?")
    expect(why).to_contain_text(f"Priority Urgent by the rule “Money {word}”")
    why.get_by_role("link", name="What would the rules do now?").click()
    expect(grace.page.locator(".sg-rules")).to_be_visible()
    grace.sees(f"Money {word}", "applies", f"subject contains “{word}”")
    grace.page.get_by_role("link", name=f"Money {word}").click()
    expect(grace.page.get_by_role("group", name="Subject").get_by_label("Value")).to_have_value(word)


def test_rules_are_ordered_by_the_keyboard_and_break_no_rule_of_access(desk: Desk, visit: Visit) -> None:
    for name in ("First of all", "Second of all"):
        row = {"field": "tag", "op": "is", "value": ["nothing"]}
        desk.set_up(create_rule, {"name": name, "all": [row], "any": [row], "priority": "high"})
    grace = visit(GRACE)
    grace.goes_to(RULES)
    assert broken(grace) == []
    up = grace.page.get_by_role("button", name="Move Second of all up")
    up.focus()
    grace.page.keyboard.press("Enter")
    expect(grace.page.get_by_text("Saved.")).to_be_visible()
    names = grace.page.locator(".sg-rule h2").all_inner_texts()
    assert names.index("Second of all") < names.index("First of all")
    grace.page.get_by_role("link", name="Second of all").click()
    assert broken(grace) == []
    grace.page.set_viewport_size({"width": 390, "height": 800})
    assert not grace.scrolls_sideways()
    grace.goes_to(RULES)
    assert not grace.scrolls_sideways()


@with_and_without_scripts
def test_an_agent_goes_away_and_comes_back(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ada = visit(ADA).goes_to("/admin/support/")
    ada.clicks("I am away").sees("Rules give you no more tickets. Yours stay yours.")
    ada.clicks("I am available").sees("Rules may give you tickets again.")
