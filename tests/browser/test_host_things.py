"""What the host brings along, in the browser: a customer chooses an invoice, an agent presses a button of the app."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import select

from example_app.models import Invoice, User, db
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import BEN, JEROME, Desk
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

BUTTON = "Book the payment …"


def leave_due(desk: Desk) -> str:
    """The number of an invoice of Jerome's account that is not paid."""
    with desk.app.app_context():
        account = db.session.scalar(select(User.account_id).where(User.email == JEROME))
        invoice = db.session.scalars(select(Invoice).where(Invoice.account_id == account).order_by(Invoice.id)).first()
        assert invoice is not None
        invoice.paid = False
        db.session.commit()
        return invoice.number


@with_and_without_scripts
def test_a_customer_chooses_what_it_is_about_and_an_agent_finds_it(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    with desk.app.app_context():
        account = db.session.scalar(select(User.account_id).where(User.email == JEROME))
        newest = select(Invoice.number).where(Invoice.account_id == account).order_by(Invoice.issued_on.desc())
        number = db.session.scalars(newest).first()
    jerome = visit(JEROME).goes_to("/billing/")
    jerome.page.get_by_role("link", name="Ask about it").first.click()
    expect(jerome.control(f"Invoice {number}")).to_be_checked()
    if scripts is Scripts.ON:
        assert Axe().run(jerome.page).response["violations"] == []
    jerome.fills("Subject", f"What is the second line, {scripts}?").fills("Description", "It says “other”.")
    jerome.opens_ticket().sees(f"about Invoice {number}")
    ben = visit(BEN).goes_to(jerome.page.url)
    card = ben.part("About")
    expect(card.get_by_role("link", name=f"Invoice {number}")).to_be_visible()
    ben.clicks("all tickets about it", within=card).sees(f"What is the second line, {scripts}?")


@with_and_without_scripts
def test_an_agent_is_asked_and_presses_a_button_of_the_app(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    number, ticket_id = leave_due(desk), desk.open_ticket(f"We have paid, {scripts}")
    ben = visit(BEN).goes_to_ticket(ticket_id).clicks(BUTTON)
    asks = "The oldest invoice that is due counts as paid from now on."
    ben.sees(asks).clicks("Cancel")
    if scripts is Scripts.ON:
        ben.does_not_see(asks)
    ben.clicks(BUTTON).sees(asks)
    if scripts is Scripts.ON:
        assert Axe().run(ben.page).response["violations"] == []
    confirm = ben.page.get_by_role("dialog") if scripts is Scripts.ON else ben.page.get_by_role("main")
    confirm.get_by_role("button", name="Book the payment", exact=True).click()
    ben.sees(f"Book the payment: Invoice {number} is paid", f"“Book the payment” is done: Invoice {number} is paid")
    with desk.app.app_context():
        assert db.session.scalar(select(Invoice.paid).where(Invoice.number == number)) is True
    ben.sees("Nothing is due.", within=ben.part("In the app"))
    jerome = visit(JEROME).goes_to(f"/support/tickets/{ticket_id}").sees("We have paid")
    jerome.does_not_see("Book the payment")


def test_the_dialog_is_worked_by_keys_and_gives_the_focus_back(desk: Desk, visit: Visit) -> None:
    leave_due(desk)
    ben: Visitor = visit(BEN).goes_to_ticket(desk.open_ticket("By the keyboard"))
    opener = ben.page.get_by_role("button", name=BUTTON)
    for key in ("Enter", "Space"):
        opener.focus()
        ben.page.keyboard.press(key)
        expect(ben.page.get_by_role("dialog")).to_be_visible()
        ben.page.keyboard.press("Escape")
        expect(ben.page.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()


@pytest.mark.parametrize("path", ["", "/buttons/book-payment"])
def test_the_pages_fit_a_phone(desk: Desk, visit: Visit, path: str) -> None:
    leave_due(desk)
    ben = visit(BEN, viewport={"width": 390, "height": 800})
    ben.goes_to(f"/admin/support/tickets/{desk.open_ticket('On a phone')}{path}").sees("Book the payment")
    assert not ben.scrolls_sideways()
