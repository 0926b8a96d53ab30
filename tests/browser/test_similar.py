"""A colleague's open ticket is offered before the same is opened again: while typing, or once before it is sent."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, LENA, Desk
from tests.browser.visitor import Scripts

pytestmark = pytest.mark.browser


@with_and_without_scripts
def test_a_colleagues_ticket_is_followed_up_with_the_text_that_was_typed(
    desk: Desk, visit: Visit, scripts: Scripts
) -> None:
    ticket_id = desk.open_ticket(f"Zeppelin export hangs forever, {scripts}", who=JEROME)
    lena = visit(LENA).goes_to("/support/open")
    lena.fills("Subject", "The zeppelin export hangs").fills("Description", "It hangs since noon, too.")
    if scripts is Scripts.OFF:
        lena.clicks("Send to support").sees("Not sent yet.")
        expect(lena.control("Description")).to_have_value("It hangs since noon, too.")
    lena.sees(ticket_id)
    if scripts is Scripts.ON:
        assert [rule["id"] for rule in Axe().run(lena.page).response["violations"]] == []
    lena.clicks(f"Follow up here {ticket_id}").sees("Your text is here; nothing is sent yet.")
    box = lena.control("Write a follow-up")
    expect(box).to_have_value("The zeppelin export hangs\n\nIt hangs since noon, too.")
    expect(box).to_be_in_viewport()
    lena.clicks("Send").sees("Sent. Support sees it now.")
    expect(lena.message("It hangs since noon, too.")).to_have_count(1)
    lena.goes_to("/support/open")
    expect(lena.control("Subject")).to_have_value("")


@with_and_without_scripts
def test_it_is_sent_all_the_same(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Quorum lost on the shard, {scripts}", who=JEROME)
    subject = f"Quorum lost on a shard {scripts}"
    lena = visit(LENA).goes_to("/support/open")
    lena.fills("Description", f"Another shard, {scripts}.").fills("Subject", subject)
    if scripts is Scripts.ON:
        lena.sees(ticket_id)
        # What Enter presses is the sending, not the first of the offers above it.
        lena.control("Subject").press("Enter")
    else:
        lena.clicks("Send to support").clicks("Send anyway")
    expect(lena.head).to_contain_text(subject)


def test_an_agent_is_offered_what_they_may_see_and_adds_a_note(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Wombat import loses umlauts", who=JEROME)
    ada = visit(ADA).goes_to("/admin/support/open?q=lena@")
    ada.page.get_by_role("link", name="Lena Brandt").click()
    ada.fills("Subject", "Umlauts lost in the wombat import").fills("Description", "She called about it.")
    ada.sees(ticket_id)
    assert [rule["id"] for rule in Axe().run(ada.page).response["violations"]] == []
    ada.clicks(f"Add as a note here {ticket_id}").sees("Your text is in the note below; nothing is sent yet.")
    expect(ada.control("Internal note")).to_have_value("Umlauts lost in the wombat import\n\nShe called about it.")
    ada.clicks("Add note").sees("Note added")
