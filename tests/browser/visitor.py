"""Somebody before a browser: finds things by the words on the page, and hears what the browser complains of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Locator, Page, Request, Response, expect

from tests.browser.desk import Desk

PATIENCE_MS = 60_000
"""How long a page may take on a machine that has much else to do; what must be quick says so itself."""
expect.set_options(timeout=PATIENCE_MS)

CONTROLS = "input, textarea, select"


class Scripts(StrEnum):
    """Whether a browser runs scripts."""

    ON = "with scripts"
    OFF = "without scripts"


@dataclass
class Complaints:
    """What went wrong in a browser unnoticed: errors, violations of the policy, lost and foreign requests, refusals.

    :param allowed: statuses a test is about.
    """

    url: str
    heard: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=set)

    def listen(self, context: BrowserContext) -> None:
        """Hear everything that happens in this context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.heard.append(f"script error: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)
        context.on("dialog", self._dialog)

    def _console(self, message: ConsoleMessage) -> None:
        # A refused answer is heard as such, by its status.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.heard.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.url}/", "data:", "blob:")):
            self.heard.append(f"request to another host: {request.url}")

    def _failed(self, request: Request) -> None:
        # Leaving a page ends what it was still asking for.
        if request.failure != "net::ERR_ABORTED":
            self.heard.append(f"{request.failure}: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.heard.append(f"status {response.status}: {response.request.method} {response.url}")

    def _dialog(self, dialog: Dialog) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()


@dataclass
class Visitor:
    """One person in a browser of their own."""

    desk: Desk
    page: Page
    complaints: Complaints
    scripts: Scripts

    def goes_to(self, path: str) -> Self:
        """Type an address."""
        self.page.goto(path)
        return self

    def goes_to_ticket(self, ticket_id: str) -> Self:
        """Open a ticket as an operator or an agent; the panel leads agents on to the inbox."""
        return self.goes_to(f"/support/tickets/{ticket_id}")

    def signs_in(self, email: str) -> Self:
        """Through the host's own page."""
        self.goes_to("/login")
        self.fills("E-mail", email).fills("Password", "demo")
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect(self.page).not_to_have_url(re.compile("/login"))
        return self

    @property
    def head(self) -> Locator:
        """Title and state of what the page is about."""
        return self.page.locator("header").filter(has=self.page.get_by_role("heading", level=1))

    def part(self, name: str, within: Locator | None = None) -> Locator:
        """A part of the page by the words its heading or label says."""
        place = within or self.page
        labelled = place.get_by_role("complementary", name=name, exact=True)
        headed = place.locator("section").filter(has=self.page.get_by_role("heading", name=name, exact=True))
        return labelled.or_(headed).first

    def message(self, text: str) -> Locator:
        """An entry of the conversation by what it says."""
        return self.page.get_by_role("article").filter(has_text=text)

    def row(self, text: str) -> Locator:
        """A row of a table by what it says."""
        return self.page.get_by_role("row").filter(has_text=text)

    def control(self, label: str, within: Locator | None = None) -> Locator:
        """A field by its label."""
        return (within or self.page).get_by_label(label, exact=True).and_(self.page.locator(CONTROLS))

    def button(self, name: str, within: Locator | None = None) -> Locator:
        """A button or link by its words, whatever number of unread things it shows."""
        place = within or self.page
        # Playwright reads a slash as the end of the pattern.
        words = re.compile(rf"^(Unread: )?{re.escape(name).replace('/', '.')}( \d+\+?)?$")
        return place.get_by_role("button", name=words).or_(place.get_by_role("link", name=words))

    def opens_ticket(self) -> Visitor:
        """Send the form of a new ticket, also where another test's ticket looks alike."""
        self.clicks("Send to support")
        self.page.wait_for_load_state()
        anyway = self.page.get_by_role("button", name="Send anyway")
        return self.clicks("Send anyway") if anyway.count() else self

    def clicks(self, name: str, within: Locator | None = None) -> Self:
        """Press a button or follow a link."""
        self.button(name, within).filter(visible=True).first.click()
        return self

    def unfolds(self, summary: str, within: Locator | None = None) -> Self:
        """Open something folded away."""
        (within or self.page).locator("summary").filter(has_text=summary).first.click()
        return self

    def fills(self, label: str, text: str, within: Locator | None = None) -> Self:
        """Type into a field, replacing what stands there."""
        self.control(label, within).fill(text)
        return self

    def chooses(self, label: str, option: str, within: Locator | None = None) -> Self:
        """Choose from a list by the words of the choice."""
        self.control(label, within).select_option(label=option)
        return self

    def writes_note(self, text: str) -> Self:
        """Add an internal note: scripts make it a tab beside the reply."""
        if self.scripts is Scripts.ON:
            self.page.get_by_role("tab", name="Internal note").click()
        return self.fills("Internal note", text).clicks("Add note")

    def sees(self, *texts: str, within: Locator | None = None) -> Self:
        """Wait until all of these words stand there to be read."""
        for text in texts:
            expect((within or self.page).get_by_text(text).filter(visible=True).first).to_be_visible()
        return self

    def does_not_see(self, *texts: str, within: Locator | None = None) -> Self:
        """None of these words stands there; see something of the new page first."""
        for text in texts:
            expect((within or self.page).get_by_text(text).filter(visible=True)).to_have_count(0)
        return self

    def is_at(self, title: str) -> Self:
        """The page with this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(title)
        return self

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """A block in which the server answers once with this status."""
        self.complaints.allowed.add(status)
        with self.page.expect_response(lambda response: response.status == status):
            yield
        self.page.wait_for_load_state()
        self.complaints.allowed.discard(status)

    def scrolls_sideways(self) -> bool:
        """Whether the page is wider than the screen."""
        return bool(
            self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1")
        )
