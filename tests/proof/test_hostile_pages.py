"""Everything hostile at once on every page, before a real browser: nothing runs, nothing is fetched from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from example_app.models import Account, Site, User, db
from flask_sgsupport.errors import InvalidInput
from flask_sgsupport.lifecycle import LinkKind, Status
from flask_sgsupport.models import Message
from flask_sgsupport.services import agents, assigning, linking, opening, rating, replying, setup, sorting, splitting
from flask_sgsupport.services.attaching import Upload
from flask_sgsupport.services.macros import create_macro
from flask_sgsupport.services.rules import create_rule
from flask_sgsupport.services.saving_views import save_view
from flask_sgsupport.services.targets import create_target
from flask_sgsupport.worker import jobs
from tests.browser.conftest import Visit, with_and_without_scripts
from tests.browser.conftest import desk as desk  # noqa: PLC0414
from tests.browser.conftest import scripts as scripts  # noqa: PLC0414
from tests.browser.conftest import visit as visit  # noqa: PLC0414
from tests.browser.desk import ADA, GRACE, JEROME, LEAD, Desk, inbox_paths, panel_paths
from tests.browser.visitor import Scripts, Visitor
from tests.corpus import lines, load
from tests.proof.page import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("one desk full of it")]

STRINGS, BODIES, NAMES, FILES = (load(name) for name in ("strings", "bodies", "names", "file_names"))
LIVE = [text for text in STRINGS if "alert" in text or "evil.example" in text]
SUBJECTS = list(lines(LIVE, most=196))

HOOK = """
for (const name of ["alert", "confirm", "prompt", "print"])
    window[name] = (...words) => console.error(`${name} was called`, ...words);
document.addEventListener("securitypolicyviolation", event =>
    console.error(`violation of ${event.violatedDirective}: ${event.blockedURI}`));
"""
LIVE_MARKUP = """
() => [...document.querySelectorAll("*")].flatMap(element => [
    ...[...element.attributes].filter(one => one.name.startsWith("on")).map(one => `${element.tagName} ${one.name}`),
    ...["href", "src", "action", "formaction", "data", "srcdoc"].map(name => element.getAttribute(name) ?? "")
        .filter(value => /^[\\s\\x00-\\x1f]*(javascript|vbscript|data):/i.test(value))
        .map(value => `${element.tagName} ${value}`),
    ...(["IFRAME", "OBJECT", "EMBED", "BASE", "MATH", "MARQUEE", "VIDEO", "AUDIO"].includes(element.tagName)
        ? [element.tagName] : []),
])
"""


def mostly(acts: Sequence[Any]) -> int:
    """Do all; how many were taken, the others having been refused by field."""
    taken = 0
    for act in acts:
        try:
            act()
        except InvalidInput:
            continue
        taken += 1
    return taken


def set_up(desk: Desk, numbers: Sequence[str]) -> list[str]:
    """What else a lead writes: macros, rules, views, targets, each with its page; and links, a split, a rating."""
    lead, jerome = desk.agent(LEAD), desk.customer(JEROME)
    paths: list[str] = []

    def made(of: str, key: str) -> None:
        paths.append(f"/admin/support/{of}/change/{key}")

    for text in LIVE[::5]:
        asked = {"field": "subject", "op": "contains", "value": [f"{text[:150]} and nobody writes so"]}
        mostly(
            [
                lambda text=text: made(
                    "macros", create_macro(lead, {"name": text[:90], "body": text, "add_tags": text[:30]}, shared=True)
                ),
                lambda text=text, asked=asked: made(
                    "rules", create_rule(lead, {"name": text[:90], "all": [asked], "filter": text[:60]})
                ),
                lambda text=text: made(
                    "saved", save_view(lead, {"name": text[:90], "shared": True, "filters": {"q": text, "tag": text}})
                ),
                lambda text=text: made("targets", create_target(lead, {"plan": text[:60], "response": "4h"})),
            ]
        )
    assert {path.split("/")[3] for path in paths} == {"macros", "rules", "saved", "targets"}
    linking.link(numbers[0], lead, numbers[1], LinkKind.CASE)
    rating.rate(numbers[1], jerome, good=False, comment="\n".join(LIVE)[:3000])
    key = db.session.query(Message.key).filter_by(kind="description").order_by(Message.pk).first()[0]
    splitting.split_off(numbers[0], lead, key, subject=LIVE[4])
    return [*paths[:40], f"/admin/support/tickets/{numbers[0]}/messages/{key}/split"]


def fill(desk: Desk) -> tuple[list[str], list[str]]:
    """A desk full of it: the numbers of the tickets with everything on them, and pages of what was set up."""
    with desk.app.app_context():
        lead, jerome, ada = desk.agent(LEAD), desk.customer(JEROME), desk.agent(ADA)
        person = jerome.person
        assert person is not None
        account = db.session.get(Account, int(str(jerome.account_id)))
        assert account is not None
        account.name = f"{LIVE[0]} {LIVE[4]} {LIVE[43]}"[:120]
        account.plan = "<svg onload=alert(1)"
        for site in db.session.query(Site).filter_by(account_id=account.id):
            site.domain = f'{site.id}"><img src=x onerror=alert(1)>'
        db.session.query(User).filter_by(email=JEROME).one().name = "<img src=x onerror=alert(1)>\" onfocus='alert(1)"
        db.session.commit()
        queues = [
            lambda text=text, n=n: setup.create_queue(
                lead, f"q{n}", {"name": text, "from_name": text, "signature": text}
            )
            for n, text in enumerate(LIVE[::6])
        ]
        categories = [
            lambda text=text, n=n: setup.create_category(lead, f"c{n}", {"name": text})
            for n, text in enumerate(LIVE[3::6])
        ]
        assert mostly(queues) > 5
        assert mostly(categories) > 5
        setup.change_queue(
            lead, "support", {"name": LIVE[7], "from_name": LIVE[4][:60], "signature": "\n".join(LIVE)[:900]}
        )
        mostly([lambda: agents.change_agent(lead, desk.person(ADA).id, public_name=LIVE[4])])

        numbers = []
        pieces = list(lines([*BODIES, *STRINGS], most=19_000, between="\n\n"))
        for place, subject in enumerate([LIVE[0], LIVE[43], *SUBJECTS]):
            who = replace(jerome, person=replace(person, name=NAMES[place % len(NAMES)]))
            body = pieces[place] if place < len(pieces) else subject
            numbers.append(opening.open_ticket(who, subject=subject, body=body).ticket_id)
        everything = numbers[:2]
        for first in range(0, len(FILES), 10):
            some = [Upload(name, BytesIO(b"x")) for name in FILES[first : first + 10]]
            replying.follow_up(everything[0], jerome, body=f"Files from {first} on", files=some)
        for name in NAMES:
            who = replace(jerome, person=replace(person, name=name))
            replying.follow_up(everything[0], who, body="My name is in the head of this.")
        for number, tags in zip(numbers, lines(LIVE, most=45, between=" "), strict=False):
            mostly([lambda number=number, tags=tags: sorting.change_fields(number, lead, {"tags": tags})])
        sorting.put_aside(numbers[-1], lead, LIVE[4])
        for number in everything:
            assigning.claim(number, ada)
            for body in pieces:
                replying.reply(number, ada, body=body)
                replying.add_note(number, ada, body=f"{body[:18_000]}\n\n{BODIES[0]}")
                replying.follow_up(number, jerome, body=f"{BODIES[1]}\n\n{body[:18_000]}")
        replying.reply(everything[1], ada, body=BODIES[2], status=Status.RESOLVED)
        paths = set_up(desk, everything)
        while jobs.drain():
            pass
        return everything, paths


def looks(visitor: Visitor, path: str) -> None:
    """Open a page and everything folded away on it, and move over what is there."""
    visitor.page.goto(path)
    if visitor.scripts is Scripts.ON:
        # Flask-Admin's own lists have such attributes of its own making.
        if path.startswith(("/support", "/admin/support", "/shown")):
            assert visitor.page.evaluate(LIVE_MARKUP) == [], path
        visitor.page.evaluate("() => document.querySelectorAll('details').forEach(element => { element.open = true; })")
        visitor.page.evaluate(
            "() => document.querySelectorAll('body *').forEach(element => {"
            " for (const name of ['mouseover', 'focus', 'toggle']) element.dispatchEvent(new Event(name)); })"
        )


@pytest.mark.guarantee(
    "S3.1a Nothing hostile runs on a page",
    "Every hostile string, body, name and file name on every page of panel, inbox and the host's admin, in "
    "Chromium: no dialog, no request to elsewhere, no violation of the policy.",
)
@with_and_without_scripts
def test_nothing_hostile_runs_or_calls_out_on_any_page(
    desk: Desk, visit: Visit, scripts: Scripts, figure: Figure
) -> None:
    if not desk.cookies:
        desk.filled = fill(desk)  # type: ignore[attr-defined]
    numbers, more = desk.filled  # type: ignore[attr-defined]
    if scripts is Scripts.OFF:
        numbers = numbers[:1]
    admin = ["/admin/", "/admin/user/", "/admin/account/", "/admin/site/"]
    for who, paths in (
        (JEROME, [path for number in numbers for path in panel_paths(number)]),
        (GRACE, [*inbox_paths(numbers[0]), *more, f"/admin/support/tickets/{numbers[-1]}", *admin]),
    ):
        visitor = visit(who)
        visitor.page.add_init_script(HOOK)
        visitor.complaints.allowed |= {404}
        for path in dict.fromkeys(paths):
            looks(visitor, path)
        # The words of the refusals and of the previews are shown, too.
        visitor.page.goto(paths[0] if who == JEROME else "/admin/support/?q=%3Cscript%3Ealert(1)%3C/script%3E")
    figure(f"{len(STRINGS) + len(BODIES) + len(NAMES) + len(FILES)} texts, 0 ran, 0 foreign requests")


@pytest.mark.guarantee(
    "S3.1b Nothing hostile runs in a mail",
    "The same texts in a mail that a browser shows without any policy.",
)
def test_no_mail_is_live_in_a_browser(desk: Desk, visit: Visit, figure: Figure) -> None:
    # The worker begins with the first request.
    visitor = visit(JEROME)
    with desk.app.app_context():
        body = "\n\n".join([*BODIES, *LIVE])[:19_000]
        number = opening.open_ticket(desk.customer(JEROME), subject=LIVE[5], body=body).ticket_id
    html = desk.mail(JEROME, number).get_body(("html",))
    assert html is not None
    visitor.page.add_init_script(HOOK)
    shows(visitor, html.get_content())
    assert visitor.page.inner_text("body").count("KEEP") > 30
    figure("0 ran, 0 foreign requests")


@pytest.mark.guarantee(
    "S3.1c What ran would be heard",
    "A page that does run a script is noticed by what watches the others.",
)
def test_what_did_run_or_call_out_would_be_heard(visit: Visit, figure: Figure) -> None:
    visitor = visit(JEROME)
    visitor.page.add_init_script(HOOK)
    live = "<img src=data:x onerror=alert(1)>"
    visitor.page.route("**/shown", lambda route: route.fulfill(content_type="text/html", body=live))
    visitor.page.goto("/shown")
    visitor.page.wait_for_load_state("networkidle")
    heard = " ".join(visitor.complaints.heard)
    assert "alert was called" in heard
    assert visitor.page.evaluate(LIVE_MARKUP) != []
    visitor.complaints.heard.clear()
    figure("heard")


def shows(visitor: Visitor, html: str) -> None:
    """A page of this site that is this HTML, without any policy to keep it in."""
    visitor.page.route("**/shown", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=html))
    looks(visitor, "/shown")
    visitor.page.wait_for_load_state("networkidle")
