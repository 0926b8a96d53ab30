"""How the help was, by hand: one click, a few words, keys only, by way of a mail, on a phone and in the dark."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import assigning, rating, replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, JEROME, Desk, text_of
from tests.browser.test_by_hand import PHONE, tabs_to
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

QUESTION = "How was the help?"
WORDS = "What was good, or could be better? (optional)"
THANKS = "Thank you. Support sees what you said of the help."


def resolved(desk: Desk, subject: str) -> str:
    """A ticket of Jerome's which Ada has and has resolved."""
    ticket_id = desk.open_ticket(subject)
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="Checkout is restored.", status=Status.RESOLVED)
    return ticket_id


def answer(visitor: Visitor, name: str) -> Locator:
    """One of the two buttons."""
    return visitor.part(QUESTION).get_by_role("button", name=name, exact=True)


@with_and_without_scripts
def test_one_click_and_a_few_words_reach_the_agent(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = resolved(desk, f"Rated, {scripts}")
    jerome, ada = visit(JEROME), visit(ADA)
    jerome.goes_to_ticket(ticket_id)
    answer(jerome, "Bad").dblclick()
    jerome.sees(THANKS, "Bad, said Jerome Ellis on")
    expect(answer(jerome, "Bad")).to_have_attribute("aria-pressed", "true")
    expect(answer(jerome, "Good")).to_have_attribute("aria-pressed", "false")
    expect(answer(jerome, "Bad")).to_be_in_viewport()
    jerome.fills(WORDS, "It took four days.").clicks("Save the comment").sees(THANKS)
    expect(jerome.control(WORDS)).to_have_value("It took four days.")
    ada.goes_to_ticket(ticket_id).sees("How the help was:", "Bad, said Jerome Ellis on", "It took four days.")
    expect(ada.page.get_by_text("Jerome Ellis: rated the help as bad")).to_have_count(2)  # conversation and history

    # Thought better of: the words stay, the other button is pressed.
    answer(jerome, "Good").click()
    jerome.sees("Good, said Jerome Ellis on")
    expect(jerome.control(WORDS)).to_have_value("It took four days.")
    jerome.clicks("That solved it").sees("Thank you. The ticket is closed")
    expect(answer(jerome, "Good")).to_have_attribute("aria-pressed", "true")


@with_and_without_scripts
def test_the_mail_leads_to_the_question(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = resolved(desk, f"Rated from a mail, {scripts}")
    text = text_of(desk.mail(JEROME, ticket_id, "Your ticket is marked as solved."))
    [link] = re.findall(r"How was the help\? Say whether it was good or bad: (\S+)", text)
    jerome = visit(JEROME).goes_to(link).is_at(f"Rated from a mail, {scripts}")
    expect(answer(jerome, "Good")).to_have_attribute("aria-pressed", "false")
    answer(jerome, "Good").click()
    jerome.sees(THANKS, "Good, said Jerome Ellis on", "Support marked this as solved.")
    assert jerome.page.url.startswith(link)


def test_words_that_are_refused_stay_in_the_field(desk: Desk, visit: Visit) -> None:
    ticket_id = resolved(desk, "Rated while it was opened again")
    desk.does(JEROME, rating.rate, ticket_id, good=True)
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills(WORDS, "Long thought about.")
    desk.does(ADA, replying.reply, ticket_id, body="One thing more.", status=Status.OPEN)
    with jerome.refused(409):
        jerome.clicks("Save the comment")
    jerome.sees("You can say how the help was once the ticket is resolved.")
    expect(jerome.control("Write a follow-up")).to_have_value("Long thought about.")


def test_by_keys_only(desk: Desk, visit: Visit) -> None:
    jerome = visit(JEROME).goes_to_ticket(resolved(desk, "Rated without a mouse"))
    tabs_to(jerome, answer(jerome, "Bad"))
    jerome.page.keyboard.press("Space")
    jerome.sees(THANKS)
    tabs_to(jerome, jerome.control(WORDS))
    jerome.page.keyboard.type("Slow.")
    jerome.page.keyboard.press("Control+Enter")
    expect(jerome.page.get_by_text("Jerome Ellis commented on the help")).to_be_visible()
    expect(answer(jerome, "Bad")).to_have_attribute("aria-pressed", "true")
    expect(jerome.control(WORDS)).to_have_value("Slow.")


@pytest.mark.parametrize("screen", [{"width": 1280, "height": 800}, PHONE], ids=["desktop", "phone"])
def test_the_question_breaks_no_rule_and_fits(desk: Desk, visit: Visit, screen: dict[str, Any]) -> None:
    ticket_id = resolved(desk, "Rated on every screen")
    jerome, ada = visit(JEROME, viewport=screen), visit(ADA, viewport=screen)
    broken: list[Any] = []

    def looks(visitor: Visitor, *paths: str) -> None:
        for path in paths:
            visitor.goes_to(path)
            for scheme in ("light", "dark"):
                visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found = Axe().run(visitor.page).response["violations"]
                broken.extend((path, scheme, rule["id"], rule["nodes"][0]["target"]) for rule in found)
            if visitor.scrolls_sideways():
                broken.append((path, "scrolls sideways"))

    pages = (f"/support/tickets/{ticket_id}", f"/support/tickets/{ticket_id}/solved")
    looks(jerome, *pages)
    desk.does(JEROME, rating.rate, ticket_id, good=False, comment="Slow, and " + "w" * 200)
    looks(jerome, *pages)
    looks(ada, f"/admin/support/tickets/{ticket_id}")
    desk.does(JEROME, replying.follow_up, ticket_id, body="It is back.")
    looks(jerome, pages[0])
    looks(ada, f"/admin/support/tickets/{ticket_id}")
    assert broken == []
