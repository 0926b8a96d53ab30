"""Picture every page of the example application into ``docs/pictures/``, and fail where one is missing or complains.

Each page is taken on a desk screen, on a phone and in the dark: ``<page>-desktop.png``, ``<page>-phone.png``,
``<page>-dark.png``. ``python scripts/screenshots.py inbox-list login`` takes these pages only.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, url_for
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select
from werkzeug.routing import BuildError
from werkzeug.serving import make_server

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from example_app import create_app  # noqa: E402  # the clone need not be installed
from example_app.desk import support  # noqa: E402
from example_app.mail_catcher import MailCatcher  # noqa: E402
from example_app.models import Site, User, db  # noqa: E402
from example_app.playing import seed_desk  # noqa: E402
from example_app.seed import seed  # noqa: E402
from flask_sgsupport.actors import Actor, Via  # noqa: E402
from flask_sgsupport.lifecycle import LinkKind  # noqa: E402
from flask_sgsupport.models import Agent, Category, Macro, Queue, Ticket  # noqa: E402
from flask_sgsupport.services.linking import link  # noqa: E402
from flask_sgsupport.services.rules import create_rule  # noqa: E402
from flask_sgsupport.services.saving_views import save_view  # noqa: E402
from tests.services import Chromium, find_chromium  # noqa: E402

FOLDER = ROOT / "docs" / "pictures"
MAX_HEIGHT = {1280: 1500, 390: 1700}

#: Name of a way to look: width, height, colour scheme.
LOOKS = {"desktop": (1280, 800, "light"), "phone": (390, 844, "light"), "dark": (1280, 800, "dark")}

JEROME, GRACE = "jerome@northwind.example", "grace@canvas.example"


@dataclass(frozen=True)
class Shot:
    """One page: who looks, which endpoint with which values, and what is done before the picture is taken."""

    name: str
    who: str | None
    endpoint: str
    values: Callable[[Found], dict[str, Any]] = lambda found: {}
    before: Callable[[Page], object] = lambda page: None


@dataclass
class Found:
    """What the pages are about, looked up in the demo's data."""

    open: str = ""
    resolved: str = ""
    closed: str = ""
    failed: str = ""
    incident: str = ""
    site_id: int = 0
    mail: int = 0
    person: str = ""
    account: str = ""
    agent: str = ""
    queue: str = ""
    category: str = ""
    macro: str = ""
    rule: str = ""
    errors: list[str] = field(default_factory=list)


def write_ticket(page: Page) -> None:
    """Fill in the form, so that the picture shows one being written."""
    page.get_by_label("Subject", exact=False).first.fill("Checkout failing on Canvas Tote")
    page.locator("textarea").first.fill(
        "Since the theme update this afternoon **nobody can pay**: the button *Pay now* spins and nothing happens.\n\n"
        "- Safari and Chrome\n- with and without a discount code"
    )


def show_preview(page: Page) -> None:
    """Look at the text as it might be sent."""
    page.get_by_role("button", name="Preview").click()
    page.locator("[data-sg-preview-region]").wait_for(state="visible")


def insert_macro(page: Page) -> None:
    """Put a macro into the reply."""
    page.get_by_role("combobox", name="Macro").fill("refund")
    page.keyboard.press("Enter")
    page.locator(".sg-does").wait_for()
    page.evaluate("scrollTo(0, 0)")


def select_three(page: Page) -> None:
    """Choose tickets of the list, so that what can be done with several is shown."""
    for box in page.locator("[data-sg-box]").all()[:3]:
        box.check()
    page.evaluate("scrollTo(0, 0)")


def find_something(page: Page) -> None:
    """Open the command palette and ask it for something."""
    page.keyboard.press("Control+k")
    page.locator("#sg-palette-q").fill("assign")
    page.locator("#sg-palette-list [role=option]").first.wait_for()


def show_keys(page: Page) -> None:
    """Open the sheet of the keys."""
    page.keyboard.press("?")


def try_rule(page: Page) -> None:
    """See what the rule would have done."""
    page.get_by_role("button", name="What would it have done?").click()
    page.locator(".sg-tried").wait_for()


SHOTS = (
    Shot("login", None, "sign_in.login"),
    Shot("dashboard", JEROME, "pages.dashboard"),
    Shot("panel-list", JEROME, "sgsupport.tickets"),
    Shot("panel-open", JEROME, "sgsupport.open_form", lambda found: {"site": found.site_id}, write_ticket),
    Shot("panel-what-support-sees", JEROME, "sgsupport.context"),
    Shot("panel-ticket-open", JEROME, "sgsupport.ticket", lambda found: {"ticket_id": found.open}),
    Shot("panel-ticket-resolved", JEROME, "sgsupport.ticket", lambda found: {"ticket_id": found.resolved}),
    Shot("panel-ticket-closed", JEROME, "sgsupport.ticket", lambda found: {"ticket_id": found.closed}),
    Shot("panel-confirm", JEROME, "sgsupport.confirm", lambda found: {"ticket_id": found.resolved}),
    Shot("panel-notifications", JEROME, "sgsupport.notifications"),
    Shot("panel-preferences", JEROME, "sgsupport.preferences"),
    Shot("inbox-list", GRACE, "sgsupport_inbox.index"),
    Shot("inbox-ticket", GRACE, "sgsupport_inbox.ticket", lambda found: {"ticket_id": found.failed}),
    Shot("inbox-bulk", GRACE, "sgsupport_inbox.index", before=select_three),
    Shot(
        "inbox-narrow",
        GRACE,
        "sgsupport_inbox.narrow",
        lambda found: {"where": "subject contains refund,invoice | priority one_of urgent,high; tag is vip"},
    ),
    Shot("inbox-find", GRACE, "sgsupport_inbox.ticket", lambda found: {"ticket_id": found.open}, find_something),
    Shot("inbox-keys", GRACE, "sgsupport_inbox.index", before=show_keys),
    Shot("inbox-merge", GRACE, "sgsupport_inbox.merge", lambda found: {"ticket_id": found.open}),
    Shot("inbox-cases", GRACE, "sgsupport_inbox.cases", lambda found: {"ticket_id": found.incident}),
    Shot("saved-views", GRACE, "sgsupport_saved.index"),
    Shot("inbox-history", GRACE, "sgsupport_inbox.history", lambda found: {"ticket_id": found.failed}),
    Shot("inbox-open-on-behalf", GRACE, "sgsupport_inbox.open_form"),
    Shot(
        "inbox-open-form",
        GRACE,
        "sgsupport_inbox.open_form",
        lambda found: {"person": found.person, "account": found.account},
        write_ticket,
    ),
    Shot("inbox-requester", GRACE, "sgsupport_inbox.requester", lambda found: {"ticket_id": found.open}),
    Shot("inbox-notifications", GRACE, "sgsupport_notifications.index"),
    Shot("inbox-preferences", GRACE, "sgsupport_notifications.preferences"),
    Shot("queues", GRACE, "sgsupport_queues.index"),
    Shot("queue-form", GRACE, "sgsupport_queues.change", lambda found: {"key": found.queue}),
    Shot("categories", GRACE, "sgsupport_categories.index"),
    Shot("category-form", GRACE, "sgsupport_categories.change", lambda found: {"key": found.category}),
    Shot("hours", GRACE, "sgsupport_hours.index"),
    Shot("hours-form", GRACE, "sgsupport_hours.change", lambda found: {"key": found.queue}),
    Shot("targets", GRACE, "sgsupport_targets.index"),
    Shot("target-form", GRACE, "sgsupport_targets.create"),
    Shot("reports", GRACE, "sgsupport_reports.index"),
    Shot("macros", GRACE, "sgsupport_macros.index"),
    Shot("macro-form", GRACE, "sgsupport_macros.change", lambda found: {"key": found.macro}, show_preview),
    Shot("macro-reply", GRACE, "sgsupport_inbox.ticket", lambda found: {"ticket_id": found.open}, insert_macro),
    Shot("rules", GRACE, "sgsupport_rules.index"),
    Shot("rule-form", GRACE, "sgsupport_rules.change", lambda found: {"key": found.rule}, try_rule),
    Shot("rules-trace", GRACE, "sgsupport_rules.trace", lambda found: {"ticket_id": found.open}),
    Shot("agents", GRACE, "sgsupport_agents.index"),
    Shot("agent-form", GRACE, "sgsupport_agents.change", lambda found: {"person_id": found.agent}),
    Shot("mail-settings", GRACE, "sgsupport_mail.index"),
    Shot("mail-form", GRACE, "sgsupport_mail.change", lambda found: {"key": found.queue}),
    Shot("health", GRACE, "sgsupport_health.index"),
    Shot("mail", JEROME, "mail_pages.show", lambda found: {"number": found.mail}),
)


def main(names: list[str]) -> int:
    """Take the pictures; the exit code is the number of pages that are missing or complained, at most 1."""
    chromium = find_chromium()
    if not isinstance(chromium, Chromium):
        print(f"There is no Chromium: {chromium.reason}", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = Found()
    with tempfile.TemporaryDirectory() as folder, demo(Path(folder)) as app, sync_playwright() as playwright:
        look_up(app, found)
        # As root Chromium refuses to start with its sandbox.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium.path, args=flags)
        for look in LOOKS:
            for who in dict.fromkeys(shot.who for shot in SHOTS):
                shots = [shot for shot in SHOTS if shot.who == who and (not names or shot.name in names)]
                take(app, browser, look, who, shots, found)
        browser.close()
    size = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {size / 1e6:.1f} MB, in {FOLDER.relative_to(ROOT)}")
    for error in found.errors:
        print(error, file=sys.stderr)
    return bool(found.errors)


@contextmanager
def demo(folder: Path) -> Iterator[Flask]:
    """The example application on a free port, with its data, its mail server and its worker."""
    # The health page shows where files are kept; a path of this machine has no place in a picture.
    os.chdir(folder)
    catcher = MailCatcher()
    mail_port = catcher.start()
    config = {
        "DEMO": True,
        "SECRET_KEY": secrets.token_urlsafe(48),
        "SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder}/demo.sqlite",
        "SGSUPPORT_STORAGE_FOLDER": "support-files",
        "SGSUPPORT_WORKER": "embedded",
        "MAIL_CATCHER": catcher,
        "MAIL_SERVER": catcher.host,
        "MAIL_PORT": mail_port,
    }
    port = free_port()
    app = create_app(config | {"SGSUPPORT_BASE_URL": f"http://127.0.0.1:{port}"})
    with app.app_context():
        db.create_all()
        for line in (*seed(), *seed_desk(mail=True)):
            print(line)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield app
    finally:
        server.shutdown()
        catcher.stop()
        os.chdir(ROOT)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def make_rules(lead: Actor) -> str:
    """Three rules; the key of the one that is pictured."""

    def row(field: str, operator: str, *values: str) -> dict[str, object]:
        return {"field": field, "op": operator, "value": values}

    spam = {"all": [row("body", "matches", r"buy (cheap )?(backlinks|followers)")], "filter": "offer of links"}
    create_rule(lead, {"name": "Offers of links", "acts": ["opened"], "stop": True} | spam)
    money = {"any": [row("subject", "contains", "refund", "invoice", "charged"), row("body", "contains", "refund")]}
    key = create_rule(
        lead, {"name": "Money first", "all": [row("channel", "one_of", "panel", "mail")], "priority": "high"} | money
    )
    create_rule(lead, {"name": "By turns", "assignee": "round_robin", "all": [row("priority", "one_of", "high")]})
    return key


def make_incident(lead: Actor) -> str:
    """An incident with two cases; its number."""
    found = select(Ticket.ticket_id).where(Ticket.status == "open", Ticket.filtered_reason.is_(None))
    incident, *cases = db.session.scalars(found.order_by(Ticket.pk.desc()).limit(3))
    for case in cases:
        link(case, lead, incident, LinkKind.CASE)
    return incident


def save_views(lead: Actor) -> None:
    """A view of one's own, and one that is shared."""
    save_view(lead, {"name": "Urgent and not mine", "filters": {"priority": "high,urgent", "assignee": "-me"}})
    save_view(
        lead, {"name": "Open billing", "shared": True, "filters": {"queue": "billing", "status": "open,resolved"}}
    )


def look_up(app: Flask, found: Found) -> None:
    """Find the tickets, people, queue, site and mail that are pictured."""
    with app.app_context():
        jerome = db.session.scalars(select(User).where(User.email == JEROME)).one()
        found.person, found.account = str(jerome.id), str(jerome.account_id)
        found.agent = db.session.scalars(select(Agent.host_id).where(~Agent.is_lead).order_by(Agent.pk).limit(1)).one()
        found.queue = db.session.scalars(select(Queue.key).where(Queue.is_default)).one()
        found.category = db.session.scalars(select(Category.key).order_by(Category.position).limit(1)).one()
        found.macro = db.session.scalars(select(Macro.key).where(Macro.name.startswith("Refund"))).one()
        lead = support.agent(str(db.session.scalars(select(User.id).where(User.email == GRACE)).one())).through(Via.CLI)
        found.rule = make_rules(lead)
        found.incident = make_incident(lead)
        save_views(lead)
        db.session.commit()
        newest = select(Ticket.ticket_id).order_by(Ticket.updated_at.desc()).limit(1)
        own = newest.where(Ticket.account_id == str(jerome.account_id), Ticket.filtered_reason.is_(None))
        found.open = db.session.scalars(
            own.where(Ticket.status == "open", Ticket.addressed, Ticket.reopen_count == 0)
        ).one()
        found.resolved = db.session.scalars(own.where(Ticket.status == "resolved")).one()
        found.closed = db.session.scalars(own.where(Ticket.status == "closed")).one()
        found.failed = db.session.scalars(
            newest.where(Ticket.subject == "New lamps missing from the shopping feed")
        ).one()
        found.site_id = db.session.scalars(select(Site.id).where(Site.domain == "tote.example")).one()
    mails = [mail for mail in app.extensions["mail_catcher"].mails() if "northwind" in mail.recipients[0]]
    # A reply rather than a receipt: only what a person wrote is not marked as made by a machine.
    found.mail = next(mail.number for mail in mails if not mail.message["Auto-Submitted"])


def take(app: Flask, browser: Browser, look: str, who: str | None, shots: list[Shot], found: Found) -> None:
    """Picture these pages as one person sees them in one way."""
    width, height, scheme = LOOKS[look]
    base = app.config["SGSUPPORT_BASE_URL"]
    context: BrowserContext = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", base_url=base
    )
    page = context.new_page()

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error":
            found.errors.append(f"{look}: {page.url}: {message.text}")

    page.on("console", complain)
    page.on("pageerror", lambda error: found.errors.append(f"{look}: {page.url}: {error}"))
    if who is not None:
        page.goto("/login")
        page.get_by_label("E-mail").fill(who)
        page.get_by_label("Password").fill("demo")
        page.locator("form.form button").click()
    for shot in shots:
        with app.test_request_context(base_url=base):
            try:
                address = url_for(shot.endpoint, **shot.values(found))
            except BuildError:
                found.errors.append(f"{shot.name}: there is no page {shot.endpoint}")
                continue
        answer = page.goto(address)
        if answer is None or answer.status != 200:
            found.errors.append(f"{shot.name}: {address} answered {answer.status if answer else 'nothing'}")
            continue
        shot.before(page)
        page.wait_for_load_state("networkidle")
        tall = page.evaluate("document.documentElement.scrollHeight")
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.errors.append(f"{shot.name}-{look}: {wide} pixels wide, the screen has {width}")
        page.set_viewport_size({"width": width, "height": max(height, min(tall, MAX_HEIGHT[width]))})
        page.screenshot(path=FOLDER / f"{shot.name}-{look}.png")
        page.set_viewport_size({"width": width, "height": height})
    context.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
