"""What is typed is not lost: it stays in the tab until the server has taken that very form."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from example_app.models import db
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Ticket, TicketTag
from flask_sgsupport.services import replying
from tests.browser.conftest import Visit
from tests.browser.desk import ADA, BEN, JEROME, LENA, Desk

pytestmark = pytest.mark.browser

LONG = "An answer that took half an hour."


def test_a_reply_and_a_note_outlive_every_other_form_of_the_page(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to_ticket(desk.open_ticket("Typed, then sorted"))
    ada.fills("Reply to Jerome", LONG)
    ada.page.get_by_role("tab", name="Internal note").click()
    ada.fills("Internal note", "And what only we may know.")
    ada.clicks("Assign to me").sees("The ticket is yours.")
    ada.chooses("Priority", "High").clicks("Save").sees("Saved.")
    expect(ada.control("Reply to Jerome")).to_have_value(LONG)
    ada.page.get_by_role("tab", name="Reply to Jerome").click()
    ada.clicks("Send").sees("Sent.")
    expect(ada.control("Reply to Jerome")).to_have_value("")
    ada.page.get_by_role("tab", name="Internal note").click()
    expect(ada.control("Internal note")).to_have_value("And what only we may know.")
    ada.clicks("Add note").sees("Note added.")
    ada.page.reload()
    expect(ada.control("Internal note")).to_have_value("")


def test_fields_typed_beside_a_reply_outlive_its_send_and_say_that_they_are_not_saved(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Sorted while answering")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    unsaved = ada.page.locator("[data-sg-unsaved]")
    expect(unsaved).to_be_empty()
    ada.fills("Tags", "checkout").chooses("Priority", "High")
    expect(unsaved).to_have_text("Not saved yet: Priority, Tags")
    ada.fills("Reply to Jerome", LONG).clicks("Send").sees("Sent.")
    expect(ada.control("Tags")).to_have_value("checkout")
    expect(unsaved).to_have_text("Not saved yet: Priority, Tags")
    ada.clicks("Save").sees("Saved.")
    expect(unsaved).to_be_empty()
    ada.page.reload()
    expect(unsaved).to_be_empty()
    expect(ada.control("Tags")).to_have_value("checkout")
    with desk.app.app_context():
        tags = db.session.scalars(select(TicketTag.tag).join(Ticket).where(Ticket.ticket_id == ticket_id)).all()
        assert tags == ["checkout"]


def test_news_and_the_draft_are_no_choice(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("News while writing")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", LONG)
    desk.does(JEROME, replying.follow_up, ticket_id, body="It is back, by the way.")
    ada.page.reload()
    ada.sees("It is back, by the way.")
    expect(ada.control("Reply to Jerome")).to_have_value(LONG)


@pytest.fixture
def film(desk: Desk, tmp_path: Path) -> Path:
    """A file one byte too large."""
    path = tmp_path / "film.mov"
    path.write_bytes(b"x" * (desk.app.extensions["sgsupport"].settings.max_file_bytes + 1))
    return path


def test_a_file_too_large_or_too_many_is_told_before_anything_is_sent(desk: Desk, visit: Visit, film: Path) -> None:
    ticket_id = desk.open_ticket("A picture too large")
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", LONG)
    settings = desk.app.extensions["sgsupport"].settings
    files = jerome.page.locator("#sg-reply-files")
    many = [
        {"name": f"{number}.txt", "mimeType": "text/plain", "buffer": b"a"}
        for number in range(settings.max_files_per_message + 1)
    ]
    for chosen, first, sentence in (
        (str(film), "film.mov", "film.mov is larger than 10 MB. Remove it, or choose a smaller file instead."),
        (many, "0.txt", "At most 10 files go with one message; these were 11."),
    ):
        files.set_input_files(chosen)
        jerome.sees(sentence)
        jerome.clicks("Send")
        expect(jerome.page.locator("[data-sg-files-error]")).to_be_visible()
        expect(jerome.control("Write a follow-up")).to_have_value(LONG)
        jerome.clicks(f"Remove {first}")
        expect(jerome.page.locator("[data-sg-files-error]")).to_be_hidden()
    jerome.clicks("Send").sees("Sent. Support sees it now.", LONG)


def test_a_follow_up_outlives_the_buttons_above_it(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Solved, or not")
    desk.does(ADA, replying.reply, ticket_id, body="Better?", status=Status.RESOLVED)
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", LONG)
    jerome.clicks("I still need help").sees("The ticket is open again, and support knows.")
    jerome.sees("Tell support what is still wrong.")
    expect(jerome.control("Write a follow-up")).to_be_focused()
    expect(jerome.control("Write a follow-up")).to_have_value(LONG)
    jerome.clicks("Send").sees("Sent. Support sees it now.")
    expect(jerome.control("Write a follow-up")).to_have_value("")


def test_a_form_that_is_left_is_found_again_until_it_is_sent_or_cancelled(desk: Desk, visit: Visit) -> None:
    jerome = visit(JEROME).goes_to("/support/open").fills("Subject", "Left half-way").fills("Description", LONG)
    jerome.goes_to("/support/").goes_to("/support/open")
    expect(jerome.control("Subject")).to_have_value("Left half-way")
    jerome.clicks("Cancel").goes_to("/support/open")
    expect(jerome.control("Subject")).to_have_value("")
    jerome.fills("Subject", "Sent at last").fills("Description", LONG).opens_ticket().is_at("Sent at last")
    jerome.goes_to("/support/open")
    expect(jerome.control("Description")).to_have_value("")


def test_a_refused_reply_keeps_its_text_when_the_page_is_left(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Closed under the pen")
    desk.does(ADA, replying.reply, ticket_id, body="It is back.", status=Status.RESOLVED)
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", LONG)
    desk.does(JEROME, replying.confirm_solved, ticket_id)
    with ada.refused(409):
        ada.clicks("Send")
    ada.sees("What you sent is kept.").clicks("Reopen").sees("The ticket is open again")
    expect(ada.control("Reply to Jerome")).to_have_value(LONG)


def test_a_draft_is_its_writer_s(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Two people at one desk")
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", LONG)
    jerome.clicks("Sign out").signs_in(LENA).goes_to_ticket(ticket_id)
    expect(jerome.control("Write a follow-up")).to_have_value("")
    desk.cookies.pop(JEROME)


def test_control_and_enter_send_by_the_usual_button(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("By the keys")
    ben = visit(BEN).goes_to_ticket(ticket_id).fills("Reply to Jerome", "Sent by the keys.")
    ben.page.keyboard.press("Control+Enter")
    ben.sees("Sent.")
    expect(ben.message("Sent by the keys.")).to_have_count(1)
    assert "open" in (ben.head.text_content() or "").lower()


def test_a_smaller_file_takes_the_place_of_one_that_is_too_large(desk: Desk, visit: Visit, film: Path) -> None:
    jerome = visit(JEROME).goes_to_ticket(desk.open_ticket("A film, then a picture"))
    jerome.fills("Write a follow-up", "Here it is, smaller.")
    files = jerome.page.locator("#sg-reply-files")
    chosen = jerome.page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    files.set_input_files(film)
    jerome.sees("film.mov is larger than 10 MB. Remove it, or choose a smaller file instead.")
    files.set_input_files({"name": "still.txt", "mimeType": "text/plain", "buffer": b"a"})
    expect(chosen).to_contain_text(["still.txt"])
    expect(jerome.page.locator("[data-sg-files-error]")).to_be_hidden()
    jerome.clicks("Send").sees("Sent. Support sees it now.")
    expect(jerome.message("Here it is, smaller.")).to_contain_text("still.txt")


def test_a_file_changed_since_it_was_chosen_is_named_and_costs_no_word(
    desk: Desk, visit: Visit, tmp_path: Path
) -> None:
    report, picture = tmp_path / "report.txt", tmp_path / "picture.txt"
    report.write_text("Half of it.")
    picture.write_text("As it was.")
    jerome = visit(JEROME).goes_to_ticket(desk.open_ticket("A report that is still being written"))
    jerome.fills("Write a follow-up", LONG)
    jerome.page.locator("#sg-reply-files").set_input_files([str(report), str(picture)])
    report.write_text("The whole of it, which is longer.")
    jerome.clicks("Send").sees("Not sent: report.txt cannot be read any more")
    chosen = jerome.page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    expect(chosen).to_contain_text(["picture.txt"])
    expect(jerome.control("Write a follow-up")).to_have_value(LONG)
    jerome.button("Send").dblclick()
    jerome.sees("Sent. Support sees it now.")
    expect(jerome.message(LONG)).to_have_count(1)
    expect(jerome.message(LONG)).to_contain_text("picture.txt")
    expect(jerome.message(LONG)).not_to_contain_text("report.txt")


def test_the_news_say_that_chosen_files_would_have_to_be_chosen_again(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("News while a file is chosen")
    jerome = visit(JEROME).goes_to_ticket(ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="It is back.")
    bar = jerome.page.get_by_role("status").filter(has_text="New activity.")
    expect(bar).to_be_visible()
    again = jerome.page.get_by_text("Chosen files would have to be chosen again.")
    expect(again).to_have_count(0)
    chosen = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"}
    jerome.page.locator("#sg-reply-files").set_input_files(chosen)
    expect(again).to_be_visible()
    jerome.clicks("Remove a.txt")
    expect(again).to_have_count(0)


DROPPED = """([selector, name, type, kind, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File(['some bytes'], name, { type }));
  if (text) transfer.setData('text/plain', text);
  const place = document.querySelector(selector);
  const init = { bubbles: true, cancelable: true };
  if (kind === 'paste') place.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: transfer }));
  else for (const one of ['dragover', 'drop']) {
    place.dispatchEvent(new DragEvent(one, { ...init, dataTransfer: transfer }));
  }
}"""
"""What a browser tells of a file that is dropped or pasted."""


@pytest.mark.parametrize(
    ("who", "mode", "field", "send"),
    [
        (JEROME, "reply", "Write a follow-up", "Send"),
        (ADA, "reply", "Reply to Jerome", "Send"),
        (ADA, "note", "Internal note", "Add note"),
    ],
)
def test_files_are_dropped_on_the_composer_and_pictures_pasted_into_it(
    desk: Desk, visit: Visit, who: str, mode: str, field: str, send: str
) -> None:
    somebody = visit(who).goes_to_ticket(desk.open_ticket(f"Dropped by {who} into the {mode}"))
    if mode == "note":
        somebody.page.get_by_role("tab", name="Internal note").click()
    somebody.fills(field, "Here they are.")
    text = f"#sg-{mode}-body"
    for name, kind, words in (("log.txt", "drop", ""), ("picture.png", "paste", ""), ("table.png", "paste", "a table")):
        type_ = "image/png" if name.endswith("png") else "text/plain"
        somebody.page.evaluate(DROPPED, [text, name, type_, kind, words])
    composer = somebody.page.locator(f"#sg-compose-{mode}")
    chosen = composer.get_by_role("list", name="Chosen files").get_by_role("listitem")
    expect(chosen).to_have_count(2)
    expect(chosen).to_contain_text(["log.txt", "picture.png"])
    somebody.clicks("Remove log.txt")
    expect(chosen).to_have_count(1)
    expect(somebody.page.locator(f"#sg-{mode}-files")).to_be_focused()
    somebody.clicks(send)
    expect(somebody.message("Here they are.")).to_contain_text("picture.png")
    expect(somebody.message("Here they are.")).not_to_contain_text("log.txt")


def test_an_agents_text_is_found_in_another_browser_and_after_the_session_has_ended(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Begun on one machine")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.page.get_by_role("textbox", name="Reply to Jerome").press_sequentially("Begun here")
    ada.sees("Draft saved at")
    other = visit(ADA).goes_to_ticket(ticket_id).sees("Draft of")
    expect(other.control("Reply to Jerome")).to_have_value("Begun here")
    other.page.get_by_role("textbox", name="Reply to Jerome").press("Control+End")
    other.page.keyboard.type(", and ended there.")
    other.sees("Draft saved at").clicks("Send").sees("Sent.")
    expect(other.message("Begun here, and ended there.")).to_have_count(1)
    other.page.reload()
    expect(other.control("Reply to Jerome")).to_have_value("")


def test_two_windows_with_different_texts_lose_neither(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Two windows")
    one, other = visit(ADA).goes_to_ticket(ticket_id), visit(ADA).goes_to_ticket(ticket_id)
    one.fills("Reply to Jerome", "Of the first window.").sees("Draft saved at")
    with other.refused(409):
        other.fills("Reply to Jerome", "Of the second.")
    other.sees("This draft was changed in another window", "Of the first window.")
    expect(other.control("Reply to Jerome")).to_have_value("Of the second.")
    other.clicks("Keep what stands here").sees("Draft saved at")
    with one.refused(409):
        one.control("Reply to Jerome").press_sequentially(" And on.")
    one.clicks("Take the other text")
    expect(one.control("Reply to Jerome")).to_have_value("Of the second.")
    one.page.reload()
    expect(one.control("Reply to Jerome")).to_have_value("Of the second.")


def test_a_discarded_draft_does_not_come_back(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Thought better of it")
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", LONG).sees("Draft saved at")
    ada.page.reload()
    ada.sees("Draft of").clicks("Discard").sees("The draft is discarded.")
    expect(ada.control("Reply to Jerome")).to_have_value("")
    ada.page.reload()
    expect(ada.control("Reply to Jerome")).to_have_value("")


def test_while_the_server_is_away_the_tab_keeps_the_text(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("The server is away")
    ada = visit(ADA).goes_to_ticket(ticket_id)
    ada.page.route("**/draft/reply", lambda route: route.abort("aborted"))
    ada.fills("Reply to Jerome", LONG)
    ada.page.wait_for_timeout(2_000)
    ada.page.unroute("**/draft/reply")
    ada.page.reload()
    expect(ada.control("Reply to Jerome")).to_have_value(LONG)
    ada.sees("Draft saved at")
