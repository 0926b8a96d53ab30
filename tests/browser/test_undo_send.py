"""A reply is taken back by a button for some seconds; then the worker sends it. And on to the next ticket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from flask_sgsupport.queries.news import worker_was_seen
from flask_sgsupport.services import replying
from flask_sgsupport.services.sending import undo_send
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, BEN, JEROME, Desk, serving, wait_until
from tests.browser.visitor import Scripts
from tests.smtp import Smtp

pytestmark = pytest.mark.browser

TEXT = "It is restored."
SECONDS = 120
"""Longer than anything here takes; the desk's clock is sent ahead instead."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The product with a time in which a reply can be taken back, and its worker."""
    folder = tmp_path_factory.mktemp("desk")
    with (
        Smtp() as smtp,
        serving(f"sqlite:///{folder}/desk.sqlite", folder, smtp, SGSUPPORT_UNDO_SEND_SECONDS=SECONDS) as desk,
    ):
        yield desk


@pytest.fixture
def worker(desk: Desk, visit: Visit) -> None:
    """The worker has begun, which it does with the first request, and was seen."""
    visit(BEN)

    def seen() -> bool:
        with desk.app.app_context():
            return worker_was_seen()

    wait_until(seen, "the worker to be seen")


@with_and_without_scripts
@pytest.mark.usefixtures("worker")
def test_undo_brings_the_reply_back_into_the_composer(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Sent too early, {scripts}")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", TEXT)
    ada.page.locator("#sg-reply-files").set_input_files(
        {"name": "log.txt", "mimeType": "text/plain", "buffer": b"a log"}
    )
    ada.clicks("Send and resolve").sees(f"Your reply to {ticket_id} goes out in {SECONDS} s.", "Sending in", "log.txt")
    jerome = visit(JEROME).goes_to_ticket(ticket_id)
    expect(jerome.message(TEXT)).to_have_count(0)
    ada.clicks("Undo").sees("Not sent. Your reply is a draft again.")
    expect(ada.control("Reply to Jerome")).to_have_value(TEXT)
    expect(ada.control("log.txt")).to_be_checked()
    assert "open" in (ada.head.text_content() or "").lower()
    again = f"Try again, {scripts}."
    ada.fills("Reply to Jerome", f"{TEXT} {again}").clicks("Send").sees("Sending in")
    desk.clock.forward(seconds=SECONDS - 10)
    ada.page.reload()
    if scripts is Scripts.OFF:
        desk.mail(JEROME, again)
        ada.page.reload()
    # With scripts the page counts, looks, and shows it by itself.
    expect(ada.message(again)).to_be_visible()
    expect(ada.message(again)).to_contain_text("log.txt")
    expect(ada.control("Reply to Jerome")).to_have_value("")
    assert [len(ada.message(text).all()) for text in (again, TEXT)] == [1, 1]
    desk.mail(JEROME, again)


@pytest.mark.usefixtures("worker")
def test_what_is_about_to_go_out_follows_to_the_next_ticket_and_is_undone_there_by_a_key(
    desk: Desk, visit: Visit
) -> None:
    first, second = (desk.open_ticket(f"One after the other, {number}") for number in ("first", "second"))
    ada = visit(ADA).goes_to("/admin/support/?queue=support&sort=newest")
    ada.clicks("One after the other, second").is_at("One after the other, second")
    ada.fills("Reply to Jerome", TEXT)
    ada.page.keyboard.press("Control+Shift+Enter")
    ada.is_at("One after the other, first").sees(f"Your reply to {second} goes out in {SECONDS} s.", "Sending")
    assert Axe().run(ada.page, options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0
    ada.head.get_by_role("heading").click()
    ada.page.keyboard.press("z")
    ada.is_at("One after the other, second").sees("Not sent. Your reply is a draft again.")
    expect(ada.control("Reply to Jerome")).to_have_value(TEXT)
    # In the list its row says so; and whether to go on is remembered.
    ada.goes_to("/admin/support/?queue=support&sort=newest")
    expect(ada.row("One after the other, second")).to_contain_text("Draft")
    expect(ada.row("One after the other, first")).not_to_contain_text("Draft")
    assert first


def test_a_reply_leads_on_to_the_next_ticket_and_the_choice_is_remembered(desk: Desk, visit: Visit) -> None:
    for number in ("first", "second", "third"):
        desk.open_ticket(f"Worked off, {number}")
    ben = visit(BEN).goes_to("/admin/support/?sort=newest&view=all")
    if not ben.page.get_by_role("link", name="Worked off, third").count():
        ben = visit(ADA).goes_to("/admin/support/?sort=newest&view=all")
    ben.clicks("Worked off, third").fills("Reply to Jerome", TEXT)
    ben.control("Then the next ticket").check()
    ben.clicks("Send").is_at("Worked off, second")
    expect(ben.control("Then the next ticket")).to_be_checked()
    ben.fills("Reply to Jerome", TEXT).clicks("Send and resolve").is_at("Worked off, first")
    ben.control("Then the next ticket").uncheck()
    ben.fills("Reply to Jerome", TEXT).clicks("Send").is_at("Worked off, first")


@pytest.mark.usefixtures("worker")
def test_another_page_says_of_each_reply_what_has_become_of_it(desk: Desk, visit: Visit) -> None:
    sent, back, undone = (desk.open_ticket(f"Becomes {word}") for word in ("sent", "a draft", "undone"))
    ada = visit(ADA)
    for ticket_id in (sent, back, undone):
        ada.goes_to_ticket(ticket_id).fills("Reply to Jerome", TEXT).clicks("Send").sees("Sending in")
    desk.does(JEROME, replying.follow_up, back, body="Never mind, it works.")
    desk.clock.forward(seconds=SECONDS - 20)
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url) if request.resource_type == "fetch" else None)
    # A search, which no page may repeat by itself.
    ada.goes_to("/admin/support/?q=becomes&view=all")
    bars = {number: ada.page.locator(".sg-sending-bar").filter(has_text=number) for number in (sent, back, undone)}
    for bar in bars.values():
        expect(bar).to_contain_text("Sending in")
    desk.does(ADA, undo_send, undone)
    expect(bars[sent].get_by_role("status")).to_have_text(f"Sent. {sent} Show")
    expect(bars[back].get_by_role("status")).to_have_text(f"Not sent. The draft says why. {back} Show")
    expect(bars[undone].get_by_role("status")).to_have_text(f"Not sent. {undone} Show")
    assert [url for url in asked if "?q=" in url] == []
    assert Axe().run(ada.page, options={"runOnly": ["wcag2a", "wcag2aa"]}).violations_count == 0
    ada.clicks("Show", bars[back]).is_at("Becomes a draft").sees("The conversation went on before it was sent.")


@pytest.mark.usefixtures("worker")
def test_a_page_asks_once_for_all_while_it_is_seen_and_stops_where_it_is_refused(desk: Desk, visit: Visit) -> None:
    numbers = [desk.open_ticket(f"Asked for, {number}") for number in ("first", "second")]
    ada = visit(ADA)
    for ticket_id in numbers:
        ada.goes_to_ticket(ticket_id).fills("Reply to Jerome", TEXT).clicks("Send").sees("Sending in")
    ada.page.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.behind === true });")
    ada.page.clock.install()
    asked: list[str] = []
    ada.page.on("request", lambda request: asked.append(request.url) if "/sending?" in request.url else None)
    ada.goes_to("/admin/support/macros/").sees("Sending in")
    ada.page.wait_for_timeout(1_000)
    assert asked == [], "while it counts there is nothing to ask"

    def turn(*, behind: bool) -> None:
        ada.page.evaluate(
            "behind => { window.behind = behind; document.dispatchEvent(new Event('visibilitychange')); }", behind
        )

    # The browser's clock runs ahead of the desk's: nothing has gone yet.
    with ada.page.expect_response(lambda answer: "/sending?" in answer.url):
        ada.page.clock.fast_forward(SECONDS * 1000)
    ada.sees("Sending …")
    assert all(number in asked[0] for number in numbers)
    with ada.page.expect_response(lambda answer: "/sending?" in answer.url):
        pass
    turn(behind=True)
    # What was planned before it went behind is the last.
    ada.page.wait_for_timeout(3_000)
    asked.clear()
    ada.page.wait_for_timeout(5_000)
    assert asked == []
    with ada.page.expect_response(lambda answer: "/sending?" in answer.url):
        turn(behind=False)
    # So the page that asks for news is told.
    ada.complaints.allowed.add(401)
    ada.page.context.clear_cookies()
    for ticket_id in numbers:
        bar = ada.page.locator(".sg-sending-bar").filter(has_text=ticket_id)
        expect(bar.get_by_role("status")).to_have_text(f"{ticket_id} Show")
    asked.clear()
    ada.page.wait_for_timeout(5_000)
    assert asked == []
    for ticket_id in numbers:
        desk.does(ADA, undo_send, ticket_id)


@pytest.mark.usefixtures("worker")
def test_the_page_is_not_drawn_anew_under_the_hand(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Sent while something is typed")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", TEXT).clicks("Send").sees("Sending in")
    desk.clock.forward(seconds=SECONDS - 10)
    ada.page.reload()
    number = ada.page.locator("#sg-link-number")
    ada.page.locator("details").filter(has=number).locator("summary").first.click()
    number.fill("4711")
    ada.head.get_by_role("heading").click()
    pane = ada.page.locator("#sg-compose-reply")
    expect(pane.get_by_role("status")).to_have_text("Sent. Show")
    expect(number).to_have_value("4711")
    expect(ada.button("Undo")).to_have_count(0)
    expect(ada.message(TEXT)).to_have_count(1)
    expect(number).to_have_value("4711")
    ada.clicks("Show", pane)
    expect(ada.message(TEXT)).to_have_count(1)


@pytest.mark.usefixtures("worker")
def test_a_customer_who_writes_meanwhile_brings_it_back_with_the_reason(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Crossed at the last moment")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", TEXT).clicks("Send").sees("Sending in")
    desk.does(JEROME, replying.follow_up, ticket_id, body="Never mind, it works.")
    desk.clock.forward(seconds=SECONDS - 10)
    ada.page.reload()
    expect(ada.control("Reply to Jerome")).to_have_value(TEXT)
    ada.sees("Not sent.", "The conversation went on before it was sent.", "Never mind, it works.")
