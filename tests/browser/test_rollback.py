"""The reference's rollback: what went wrong is set right, and the history says so."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import assigning, replying
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, BEN, JEROME, Desk, text_of

pytestmark = [pytest.mark.browser, with_and_without_scripts]


def test_reopen_a_closed_ticket(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Closed prematurely")
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="Checkout is restored.", status=Status.RESOLVED)
    desk.does(JEROME, replying.confirm_solved, ticket_id)
    ben, jerome, ada = visit(BEN), visit(JEROME), visit(ADA)

    # At the bottom of the ticket, below everything that was said.
    ben.goes_to_ticket(ticket_id).sees("Closed")
    reopen = ben.button("Reopen")
    assert top_of(reopen) > max(top_of(message) for message in ben.page.get_by_role("article").all())
    ben.fills("Reason (optional)", "New information came in by phone.").clicks("Reopen")
    ben.sees("The ticket is open again; customer and assignee are told.")
    ben.sees("Open", within=ben.head)

    # Customer and assignee are notified: by e-mail …
    assert "Your ticket is open again." in text_of(desk.mail(JEROME, ticket_id, "is open again"))
    told = text_of(desk.mail(ADA, ticket_id, "Ben Okoro reopened the ticket"))
    assert f"because {ticket_id} is assigned to you" in told
    # … and in-app.
    jerome.goes_to("/support/notifications").clicks(f"{ticket_id} was reopened: Closed prematurely")
    jerome.is_at("Closed prematurely").sees("Open", within=jerome.head)
    ada.goes_to("/admin/support/notifications/")
    ada.page.get_by_role("link", name=re.compile(rf"Ben Okoro reopened {ticket_id}")).click()
    ada.is_at("Closed prematurely").sees("Ben Okoro: reopened the ticket")


def test_customer_reopens_with_new_information(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("New info arrived after close")
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="Checkout is restored.", status=Status.RESOLVED)
    desk.does(JEROME, replying.confirm_solved, ticket_id)
    jerome = visit(JEROME).goes_to_ticket(ticket_id)
    jerome.sees("This ticket is closed. Your message reopens it.")
    jerome.fills("Write a follow-up", "It only fails with gift cards.").clicks("Send and reopen")
    jerome.sees("Sent. Support sees it now.", "It only fails with gift cards.")
    assert "It only fails with gift cards." in text_of(desk.mail(ADA, ticket_id, "Jerome Ellis reopened"))


def test_wrong_assignee(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Taken by the wrong agent")
    desk.does(ADA, assigning.claim, ticket_id)
    ben = visit(BEN).goes_to_ticket(ticket_id)
    ben.clicks("Unassign").sees("Nobody is assigned now.")
    ben.clicks("Assign to me").sees("The ticket is yours.")

    # The audit log records both actions.
    ben.part("History").get_by_role("link", name=re.compile("^all ")).click()
    ben.is_at("History")
    rows = ben.page.get_by_role("row").filter(has_text="Ben Okoro").filter(has_text="assignee")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="assignee Ada Lovelace → nobody")).to_have_count(1)
    expect(rows.filter(has_text="assignee nobody → Ben Okoro")).to_have_count(1)


def test_assigned_correctly_at_once(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Given to the right agent")
    desk.does(ADA, assigning.claim, ticket_id)
    ben = visit(BEN).goes_to_ticket(ticket_id)
    ben.chooses("Assignee", "Ben Okoro", within=ben.part("Ticket")).clicks("Assign").sees("Assigned.")
    ben.sees("Ben Okoro: assignee Ada Lovelace → Ben Okoro", within=ben.part("History"))


def test_wrong_status_set(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Resolved too early")
    desk.does(BEN, replying.reply, ticket_id, body="Is it back?", status=Status.RESOLVED)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.chooses("Status", "Open").clicks("Set").sees("The status is changed.")
    expect(ada.control("Status")).to_have_value("open")

    # The history pane shows who changed it and when.
    pane = ada.part("History")
    changed = pane.get_by_role("listitem").filter(has_text="Ada Lovelace: set the status back to Open")
    expect(changed.get_by_role("time")).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"))
    expect(pane.get_by_role("listitem").filter(has_text="Ben Okoro: marked the ticket as resolved")).to_be_visible()
    pane.get_by_role("link", name=re.compile("^all ")).click()
    row = ada.page.get_by_role("row").filter(has_text="set the status back to Open")
    for words in ("Ada Lovelace", "Resolved", "Open", "UTC"):
        expect(row).to_contain_text(words, ignore_case=True)


def top_of(element: Locator) -> float:
    """How far down the page it begins, in pixels."""
    box = element.bounding_box()
    assert box is not None
    return float(box["y"])
