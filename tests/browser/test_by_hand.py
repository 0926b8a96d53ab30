"""What hands do: keys only, two clicks for one, the way back, a small screen, a long subject."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect
from sqlalchemy import select

from example_app.models import Site, db
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import assigning, replying, sorting
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.desk import ADA, GRACE, JEROME, Desk, inbox_paths, panel_paths, text_of
from tests.browser.visitor import Scripts, Visitor

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
MOST_TABS = 120


def tabs_to(visitor: Visitor, wanted: Locator, *, key: str = "Tab") -> None:
    """Press Tab until the wanted element has the focus, which must be there to be seen."""
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            break
        visitor.page.keyboard.press(key)
    expect(wanted).to_be_focused()
    assert wanted.evaluate(
        "e => getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'"
    )


@with_and_without_scripts
def test_triage_by_keyboard_only(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Solved without a mouse, {scripts}"
    ticket_id = desk.open_ticket(subject)
    ada = visit(ADA).goes_to("/admin/support/")

    ada.page.keyboard.press("Tab")
    expect(ada.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tabs_to(ada, ada.button(subject))
    ada.page.keyboard.press("Enter")
    ada.is_at(subject)
    tabs_to(ada, ada.button("Assign to me"))
    ada.page.keyboard.press("Enter")
    ada.sees("The ticket is yours.")
    tabs_to(ada, ada.control("Reply to Jerome"))
    ada.page.keyboard.type("It is back.")
    tabs_to(ada, ada.button("Send and resolve"))
    ada.page.keyboard.press("Enter")
    ada.sees("Sent and resolved;", "Resolved.", "It is back.")
    assert "It is back." in text_of(desk.mail(JEROME, ticket_id, "Your ticket is marked as solved."))


def test_note_by_keyboard_through_the_tabs_of_the_composer(desk: Desk, visit: Visit) -> None:
    ada = visit(ADA).goes_to_ticket(desk.open_ticket("A note without a mouse"))
    tabs_to(ada, ada.page.get_by_role("tab", name="Reply to Jerome"))
    ada.page.keyboard.press("ArrowRight")
    expect(ada.page.get_by_role("tab", name="Internal note")).to_be_focused()
    tabs_to(ada, ada.control("Internal note"))
    ada.page.keyboard.type("For the next shift.")
    tabs_to(ada, ada.button("Add note"))
    ada.page.keyboard.press("Enter")
    ada.sees("Note added.", "For the next shift.")


@with_and_without_scripts
def test_two_clicks_on_send_make_one_message(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Clicked twice, {scripts}")
    ada, jerome = visit(ADA), visit(JEROME)
    ada.goes_to_ticket(ticket_id).fills("Reply to Jerome", "Said once by Ada.")
    ada.button("Send").dblclick()
    ada.sees("Said once by Ada.")
    jerome.goes_to_ticket(ticket_id).fills("Write a follow-up", "Said once by Jerome.")
    jerome.button("Send").dblclick()
    jerome.sees("Said once by Jerome.")
    for visitor in (ada, jerome):
        visitor.goes_to_ticket(ticket_id)
        for text in ("Said once by Ada.", "Said once by Jerome."):
            expect(visitor.message(text)).to_have_count(1)


@with_and_without_scripts
def test_two_clicks_on_the_form_open_one_ticket(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    subject = f"Opened once, {scripts}"
    jerome = visit(JEROME).goes_to("/support/open").fills("Subject", subject).fills("Description", "Twice clicked.")
    jerome.button("Send to support").dblclick()
    jerome.is_at(subject).goes_to("/support/")
    expect(jerome.row(subject)).to_have_count(1)


@with_and_without_scripts
def test_a_reply_that_is_refused_keeps_its_text(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"Closed while a reply was written, {scripts}")
    desk.does(ADA, replying.reply, ticket_id, body="It is back.", status=Status.RESOLVED)
    ada = visit(ADA).goes_to_ticket(ticket_id)
    desk.does(JEROME, replying.confirm_solved, ticket_id)
    ada.fills("Reply to Jerome", "One more thing, long thought about.")
    with ada.refused(409):
        ada.clicks("Send")
    ada.sees("What you sent is kept.")
    expect(ada.control("Reply to Jerome")).to_have_value("One more thing, long thought about.")


def test_files_chosen_in_two_steps_go_together(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Three files, chosen one after the other")
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", "All of them are here.")
    files = jerome.page.locator("#sg-reply-files")
    chosen = jerome.page.get_by_role("list", name="Chosen files").get_by_role("listitem")
    said = jerome.page.get_by_role("status").filter(has_text="Chosen files: ")
    for name in ("cart.txt", "console.txt", "basket.txt"):
        files.set_input_files({"name": name, "mimeType": "text/plain", "buffer": name.encode()})
    expect(chosen).to_contain_text(["cart.txt", "console.txt", "basket.txt"])
    expect(said).to_have_text("Chosen files: cart.txt, console.txt, basket.txt")
    files.focus()
    tabs_to(jerome, jerome.button("Remove console.txt"))
    jerome.page.keyboard.press("Enter")
    expect(files).to_be_focused()
    expect(said).to_have_text("Chosen files: cart.txt, basket.txt")
    # Giving the choice up empties the field in some browsers.
    files.set_input_files([])
    expect(chosen).to_contain_text(["cart.txt", "basket.txt"])
    jerome.clicks("Send").sees("Sent. Support sees it now.")
    sent = jerome.message("All of them are here.").get_by_role("list", name="Files").get_by_role("listitem")
    expect(sent).to_contain_text(["cart.txt", "basket.txt"])


@with_and_without_scripts
def test_a_file_goes_with_a_follow_up(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    jerome = visit(JEROME).goes_to_ticket(desk.open_ticket(f"One file, {scripts}"))
    jerome.fills("Write a follow-up", "See the file.")
    jerome.page.set_input_files("#sg-reply-files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
    jerome.clicks("Send").sees("Sent. Support sees it now.", "a.txt")


def test_the_strips_of_a_phone_begin_at_the_page_they_show(desk: Desk, visit: Visit) -> None:
    grace = visit(GRACE, viewport=PHONE)
    for path in ("?view=filtered", "?view=delivery", "?queue=billing", "?view=unassigned", "health/", "mail/"):
        grace.goes_to(f"/admin/support/{path}")
        for current in grace.page.locator(".sg-side [aria-current], .sg-nav [aria-current]").all():
            expect(current).to_be_in_viewport(ratio=0.99)
        assert grace.page.evaluate("scrollY") == 0


def test_the_second_line_of_a_row_is_shown_whole_on_a_desk_screen(desk: Desk, visit: Visit) -> None:
    subject = "Whose is it, and where"
    with desk.app.app_context():
        site_id = db.session.scalars(select(Site.id).where(Site.domain == "tote.example")).one()
    desk.open_ticket(subject, body="Nobody can pay since noon.", site_ids=[str(site_id)])
    for width in (1280, 390):
        ada = visit(ADA, viewport={"width": width, "height": 800}).goes_to("/admin/support/?sort=newest")
        line = ada.row(subject).locator(".sg-detail")
        expect(line).to_contain_text("Northwind Outfitters")
        assert line.evaluate("e => e.scrollWidth <= e.clientWidth")
        if width == 1280:
            assert line.evaluate("e => e.scrollHeight <= e.clientHeight + 1")


def test_pages_fit_a_phone(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Seen on a phone: " + "Donaudampfschifffahrtsgesellschaft" * 4)
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="    " + "a_long_line_of_code = " * 12, status=Status.RESOLVED)
    wide = []
    for visitor, paths in (
        (visit(JEROME, viewport=PHONE), panel_paths(ticket_id)),
        (visit(GRACE, viewport=PHONE), inbox_paths(ticket_id)),
    ):
        wide += [path for path in paths if visitor.goes_to(path).scrolls_sideways()]
    assert wide == []


@with_and_without_scripts
def test_a_subject_of_200_characters(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    words = (
        f"Opened {scripts}: nothing of this long subject may get lost on its way through form, list, page and mail; "
    )
    subject = (words * 3)[:199] + "!"
    jerome, ada = visit(JEROME), visit(ADA)
    jerome.goes_to("/support/open").fills("Subject", subject).fills("Description", "See above.")
    jerome.opens_ticket().is_at(subject)
    ticket_id = jerome.page.url.rpartition("/")[2]
    ada.goes_to("/admin/support/").clicks(subject).is_at(subject)
    ada.fills("Reply to Jerome", "Read to the end.").clicks("Send").sees("Sent.")
    assert desk.mail(JEROME, "Read to the end.", ticket_id)["Subject"] == f"Re: [{ticket_id}] {subject}"
    jerome.goes_to("/support/").clicks(subject).sees("Read to the end.")


@with_and_without_scripts
def test_the_way_back_doubles_nothing(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    text = f"Sent once, went back, sent again, {scripts}"
    ticket_id = desk.open_ticket(f"The way back, {scripts}")
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", text).clicks("Send")
    jerome.sees("Sent. Support sees it now.")
    jerome.page.go_back()
    jerome.fills("Write a follow-up", text)
    with jerome.refused(409):
        jerome.clicks("Send")
    jerome.sees("You sent exactly this at ")
    expect(jerome.control("Write a follow-up")).to_have_value(text)
    expect(jerome.message(text)).to_have_count(1)


@with_and_without_scripts
def test_the_way_back_opens_no_second_ticket(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    # Like no other ticket, so that sending it asks nothing: the way back leads to the form itself.
    subject = {Scripts.ON: "Umbrella stand crooked", Scripts.OFF: "Gravel delivered wet"}[scripts]
    jerome = visit(JEROME).goes_to("/support/open")
    jerome.fills("Subject", subject).fills("Description", "It does not work.").clicks("Send to support")
    jerome.is_at(subject)
    jerome.page.go_back()
    jerome.fills("Subject", subject).fills("Description", "It does not work.")
    with jerome.refused(409):
        jerome.clicks("Send to support")
    jerome.sees("Send it again if you want a second ticket.")
    expect(jerome.goes_to("/support/").page.get_by_role("link", name=subject)).to_have_count(1)


PLAIN_HOST = """
nav, header, footer, section, article, aside, form, ul, ol, li, dl, dt, dd, p, h1, h2, h3,
table, th, td, label, fieldset, legend {
  display: flex; position: relative; float: right; margin: 7px; padding: 11px; border: 3px solid red;
  border-radius: 9px; background: #333; color: #fff; text-transform: uppercase;
}
nav a, aside a, form a { display: block; padding: 8px; margin: 2px; color: #fff; background: #333; border: 1px solid; }
nav ul, nav li, header span { display: flex; padding: 5px; background: #333; }
input, button, select, textarea {
  border: 2px solid red; padding: 12px; margin: 4px; background: #333; color: #fff; width: 100%;
}
aside { width: 30%; min-width: 600px; max-width: 700px; }
header { text-align: center; justify-content: center; height: 200px; }
nav, form, li { flex-direction: column; align-items: end; gap: 30px; text-indent: 9px; }
section, article, p { max-width: 200px; }
ul li, ol li { list-style: square; }
nav a:hover, nav a[aria-current=page], nav a[aria-current=true], nav [aria-current] {
  margin: 3px; padding: 20px; border: 2px solid gold; border-radius: 12px; background: gold; box-shadow: 0 0 4px red;
}
"""
LOOKS = (
    *(
        "display",
        "position",
        "float",
        "margin",
        "padding",
        "border",
        "borderRadius",
        "background",
        "boxShadow",
        "color",
    ),
    *("width", "height", "textAlign", "textIndent", "listStyle", "fontWeight"),
)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        (JEROME, "/support/"),
        (JEROME, "/support/open"),
        (JEROME, "/support/tickets/{}"),
        (ADA, "/admin/support/"),
        (ADA, "/admin/support/tickets/{}"),
    ],
)
def test_a_host_that_styles_plain_elements_changes_nothing_of_ours(
    desk: Desk, visit: Visit, who: str, path: str
) -> None:
    ticket_id = desk.open_ticket(
        "In a host with a sheet of its own", body="- one\n- two\n\n1. three\n\n[four](https://a.example)"
    )
    visitor = visit(who, bypass_csp=True).goes_to(path.format(ticket_id))

    def looks() -> list[list[str]]:
        found: list[list[str]] = visitor.page.evaluate(
            """looks => Array.from(
              document.querySelectorAll('.sg *:not(input[type="hidden"], svg, svg *)'),
              e => [e.outerHTML.slice(0, 70), ...looks.map(look => `${look}: ${getComputedStyle(e)[look]}`)],
            )""",
            LOOKS,
        )
        return found

    before = looks()
    # Around ours the host's own page would change and leave us another width.
    visitor.page.add_style_tag(content=f"@scope (.sg) {{ {PLAIN_HOST} }}")
    after = looks()
    changed = [f"{one[0]} {sorted(set(two) - set(one))}" for one, two in zip(before, after, strict=True) if one != two]
    assert not changed, "\n".join(changed)


# Where the words of an element stand in the box they have: how far from its left and from its right.
WORDS_IN_BOX = """e => {
  const range = document.createRange(), box = e.getBoundingClientRect();
  range.selectNodeContents(e.lastChild);
  const words = range.getBoundingClientRect();
  return [Math.round(words.left - box.left), Math.round(box.right - words.right)];
}"""


def test_each_text_runs_the_way_its_own_script_does(desk: Desk, visit: Visit) -> None:
    subject = "المتجر لا يعمل (shop)"
    body = "لا يعمل المتجر منذ الصباح.\n\n- واحد\n\nThe shop is down."
    ticket_id = desk.open_ticket(subject, body=body)
    for visitor, way in ((visit(JEROME), "/support/"), (visit(ADA), "/admin/support/?sort=newest")):
        from_left, from_right = (
            visitor.goes_to(way).page.locator(f".sg-subject:has-text('{subject}')").evaluate(WORDS_IN_BOX)
        )
        # Only the dot of what is unread stands before it.
        assert from_right <= 14 < from_left
        visitor.goes_to_ticket(ticket_id)
        message = visitor.message("The shop is down.")
        for words in (
            visitor.page.get_by_role("heading", level=1),
            message.get_by_text("لا يعمل"),
            message.locator(".sg-prose li"),
        ):
            from_left, from_right = words.evaluate(WORDS_IN_BOX)
            assert from_right == 0 < from_left
        from_left, from_right = message.get_by_text("The shop is down.").evaluate(WORDS_IN_BOX)
        assert from_left == 0 < from_right
        assert message.locator(".sg-prose ul").evaluate("e => getComputedStyle(e).direction") == "rtl"
    written = visit(JEROME).goes_to("/support/open")
    for label in ("Subject", "Description"):
        for words, way in (("سؤال", "rtl"), ("A question", "ltr")):
            written.fills(label, words)
            assert written.control(label).evaluate("e => getComputedStyle(e).direction") == way


@pytest.mark.parametrize(("who", "path"), [(JEROME, "/support/"), (ADA, "/admin/support/?sort=newest")])
def test_a_row_on_a_phone_has_the_whole_width_and_no_empty_line(desk: Desk, visit: Visit, who: str, path: str) -> None:
    subject = f"Short, for {who[:3]}"
    desk.open_ticket(subject)
    row = visit(who, viewport=PHONE).goes_to(path).row(subject)
    box = row.bounding_box()
    cell, words, line, chip = (
        row.locator(part).bounding_box() for part in (".sg-cell-ticket", ".sg-subject", ".sg-detail", ".sg-chip")
    )
    assert box and cell and words and line and chip
    # An agent's row begins with the box by which it is selected, as tall as the row.
    selects = row.locator(".sg-cell-box").bounding_box() if who == ADA else None
    assert cell["width"] == box["width"] - (selects["width"] + 14 if selects else 28)
    assert selects is None or selects["height"] >= box["height"] - 2
    assert words["height"] >= 40
    assert line["y"] == words["y"] + words["height"]
    assert row.locator(".sg-subject").evaluate("e => e.scrollHeight - parseFloat(getComputedStyle(e).paddingTop)") < 24
    assert chip["y"] >= line["y"] + line["height"]


def test_the_facts_of_a_row_stand_in_one_line_on_a_phone(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Solved and urgent")
    desk.does(ADA, sorting.change_fields, ticket_id, {"priority": "urgent"})
    desk.does(ADA, replying.reply, ticket_id, body="Mended.", status=Status.RESOLVED)
    ada = visit(ADA, viewport=PHONE).goes_to("/admin/support/?view=resolved")
    row = ada.row("Solved and urgent")
    cells = [cell.bounding_box() for cell in row.locator("td:not(.sg-cell-box)").all() if cell.is_visible()]
    middles = [box["y"] + box["height"] / 2 for box in cells if box]
    assert len(middles) == 4, "state, priority, assignee and when it closes"
    assert max(middles) - min(middles) < 4
    row.scroll_into_view_if_needed()
    expect(row.get_by_text("closes in")).to_be_in_viewport(ratio=1)


def test_the_head_of_a_ticket_has_the_whole_width_of_a_phone(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("Our address opens nothing at all since this morning")
    page = visit(JEROME, viewport=PHONE).goes_to_ticket(ticket_id).page
    title, thread = page.get_by_role("heading", level=1).bounding_box(), page.locator(".sg-thread").bounding_box()
    assert title and thread
    assert title["width"] == thread["width"]


def test_the_ground_of_the_views_reaches_down_the_window(desk: Desk, visit: Visit) -> None:
    for height in (800, 1400):
        ada = visit(ADA, viewport={"width": 1280, "height": height}).goes_to("/admin/support/?q=nothingatall")
        assert ada.page.evaluate("document.documentElement.scrollHeight") == height
        strips = [
            ada.page.screenshot(clip={"x": 0, "y": y, "width": 240, "height": 2})
            for y in (height * 78 // 100, height - 2)
        ]
        assert strips[0] == strips[1]


def test_what_an_act_said_is_as_wide_as_what_it_is_about(desk: Desk, visit: Visit) -> None:
    ticket_id = desk.open_ticket("As wide as the page")
    jerome = visit(JEROME).goes_to_ticket(ticket_id).fills("Write a follow-up", "One more thing.").clicks("Send")
    ada = visit(ADA, viewport={"width": 1600, "height": 900}).goes_to_ticket(ticket_id).clicks("Assign to me")
    for visitor, content in ((jerome, ".sg-narrow"), (ada, ".sg-ticket > .sg-thread")):
        said, around = (visitor.page.locator(part).bounding_box() for part in (".sg-flashes", f".sg-main > {content}"))
        assert said and around
        assert (said["x"], said["width"]) == (around["x"], around["width"])


def test_the_time_until_a_ticket_closes_stands_on_one_line(desk: Desk, visit: Visit) -> None:
    subject = "Closes in a while"
    ticket_id = desk.open_ticket(subject)
    desk.does(ADA, assigning.claim, ticket_id)
    desk.does(ADA, replying.reply, ticket_id, body="It is back.", status=Status.RESOLVED)
    cell = visit(ADA).goes_to("/admin/support/?view=resolved").row(subject).locator(".sg-cell-waiting")
    expect(cell).to_contain_text("closes in")
    for words in ("closes in 1 d 23 h", "closes in 23 h 48 m"):
        cell.evaluate("(e, words) => e.textContent = words", words)
        lines = "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
        assert cell.evaluate(lines) == 1


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_what_an_act_said_is_in_sight_at_the_message_it_leads_to(
    desk: Desk, visit: Visit, size: dict[str, int]
) -> None:
    ticket_id = desk.open_ticket(f"A long conversation, {size['width']} wide")
    for number in range(6):
        desk.does(JEROME, replying.follow_up, ticket_id, body=f"More, {number}.\n\n" + "And so on.\n\n" * 12)
    ada = visit(ADA, viewport=size).goes_to_ticket(ticket_id).fills("Reply to Jerome", "It is back.")
    ada.clicks("Send")
    said = ada.page.get_by_role("status").filter(has_text="Sent.")
    expect(said).to_be_in_viewport(ratio=0.99)
    expect(ada.message("It is back.")).to_be_in_viewport()
    head = ada.message("It is back.").get_by_role("heading").first.bounding_box()
    line = said.bounding_box()
    assert head and line and head["y"] >= line["y"] + line["height"]


def test_what_an_act_said_has_the_focus_and_is_put_away_by_whoever_has_read_it(desk: Desk, visit: Visit) -> None:
    subject = "Two of the same evening"
    first, __ = desk.open_ticket(f"{subject}, one"), desk.open_ticket(f"{subject}, two")
    for number in range(4):
        desk.does(JEROME, replying.follow_up, first, body=f"More, {number}.\n\n" + "And so on.\n\n" * 12)
    ada = visit(ADA).goes_to("/admin/support/?account=northwind").clicks(f"{subject}, one")
    ada.page.wait_for_url("**/tickets/**")
    ada.fills("Reply to Jerome", "It is back.")
    ada.page.keyboard.press("Control+Enter")
    said = ada.page.locator(".sg-flashes")
    expect(said).to_be_focused()
    ada.page.keyboard.press("Tab")
    expect(said.get_by_role("link", name="Next ticket")).to_be_focused()
    ada.page.keyboard.press("Tab")
    close = said.get_by_role("button", name="Close this message")
    expect(close).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(said).to_have_count(0)
    expect(ada.page.get_by_role("heading", level=1)).to_be_focused()


@with_and_without_scripts
def test_what_an_act_said_covers_nothing_for_good(desk: Desk, visit: Visit, scripts: Scripts) -> None:
    ticket_id = desk.open_ticket(f"A banner over fields, {scripts}")
    for number in range(6):
        desk.does(JEROME, replying.follow_up, ticket_id, body=f"More, {number}.\n\n" + "And so on.\n\n" * 12)
    ada = visit(ADA).goes_to_ticket(ticket_id).fills("Reply to Jerome", "It is back.")
    ada.clicks("Send")
    said = ada.page.get_by_role("status").filter(has_text="Sent.")
    if scripts is Scripts.ON:
        ada.page.wait_for_load_state("load")
        ada.page.wait_for_timeout(500)
        expect(said).to_be_in_viewport()
    ada.page.mouse.move(400, 400)
    ada.page.mouse.wheel(0, -300)
    expect(said).not_to_be_in_viewport()
    ada.page.mouse.wheel(0, -100_000)
    expect(said).to_be_in_viewport()
