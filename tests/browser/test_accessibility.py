"""No page breaks a rule of axe: on a desk and on a phone, light and dark; and none scrolls sideways."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask_admin.theme import Bootstrap4Theme

from flask_sgsupport.services import assigning, replying
from tests.browser.conftest import Visit
from tests.browser.desk import ADA, GRACE, JEROME, Desk, inbox_paths, panel_paths

pytestmark = pytest.mark.browser

SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}},
}
ONLY_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
"""What else a page in the dark might break; all that is not colour is the same in both."""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(("who", "paths"), [(JEROME, panel_paths), (GRACE, inbox_paths)], ids=["panel", "inbox"])
def test_no_page_breaks_a_rule_or_scrolls_sideways(desk: Desk, visit: Visit, who: str, paths: Any, screen: str) -> None:
    ticket_id = desk.open_ticket(f"A word as long as a street {'x' * 60} and {'more words ' * 9}")
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.add_note, ticket_id, body="A note with a long line: " + "y" * 300)
    desk.does(ADA, replying.reply, ticket_id, body="Does *this* help?")
    visitor = visit(who, color_scheme="light", **SCREENS[screen])
    broken: dict[str, Any] = {}
    for path in paths(ticket_id):
        visitor.goes_to(path)
        found = Axe().run(visitor.page).response["violations"]
        visitor.page.emulate_media(color_scheme="dark")
        found += Axe().run(visitor.page, options=ONLY_COLOURS).response["violations"]
        visitor.page.emulate_media(color_scheme="light")
        if found:
            broken[path] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]
        if visitor.scrolls_sideways():
            broken.setdefault(path, []).append("scrolls sideways")
    assert broken == {}


@pytest.mark.parametrize("swatch", ["default", "cerulean", "slate"])
def test_our_part_breaks_no_rule_in_flask_admins_own_layout(
    desk: Desk, visit: Visit, swatch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colours are the swatch's and left out, as is what lies around our part. Of these no font is fetched elsewhere."""
    (admin,) = desk.app.extensions["admin"]
    monkeypatch.setattr(admin, "theme", Bootstrap4Theme(swatch=swatch, fluid=True))
    ticket_id = desk.open_ticket(f"In {swatch}")
    desk.does(ADA, replying.add_note, ticket_id, body="A note.")
    visitor = visit(GRACE, **SCREENS["desktop"])
    broken = {}
    for path in ("", f"tickets/{ticket_id}", "rules/new", "reports/", "queues/change/support"):
        visitor.goes_to(f"/admin/support/{path}")
        assert visitor.page.locator(f'link[href*="swatch/{swatch}/"]').count() == 1, "it is the stock layout"
        options = {"rules": {"color-contrast": {"enabled": False}}}
        found = Axe().run(visitor.page, context=".sg", options=options).response["violations"]
        if found:
            broken[path] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found]
    assert broken == {}
