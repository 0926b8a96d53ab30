"""Whatever is typed is text: kept and shown as typed, by every way in, and never a template or a link of ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from flask_sgsupport.errors import InvalidInput
from flask_sgsupport.models import Category, Message, Queue, Ticket, TicketTag
from flask_sgsupport.services import agents, assigning, opening, replying, setup, sorting
from tests.corpus import lines, load
from tests.mailing import drained, parts
from tests.panel_pages import fresh_form, number_in
from tests.proof.page import Figure, Rounds
from tests.smtp import Smtp
from tests.world import Host, OpenTicket, build_host, dispose, populate

pytestmark = pytest.mark.every_database

STRINGS, BODIES, HOSTS, NAMES = load("strings"), load("bodies"), load("hosts"), load("names")
TEMPLATES = [text for text in STRINGS if re.search(r"\{\{|\{%|\{#|\$\{|#\{|%\(|<%", text)]
SUBJECTS = list(lines([text for text in STRINGS if text.strip()], most=196))
WHOLE = "\n\n".join([*STRINGS, *BODIES])[:20_000]


NUL, HALF = "\x00", re.compile("[\ud800-\udfff]")
"""What no database keeps, all there is of it: a NUL is left out, of half a character a question mark stays."""


def kept(text: str) -> str:
    """A text as it must be stored."""
    return HALF.sub("?", text.replace(NUL, ""))


def one_line(text: str) -> str:
    """A subject as it is kept."""
    return " ".join(kept(text).split())


def sendable(text: str) -> str:
    """What a browser can carry: no halves of characters."""
    return HALF.sub("?", text)


def by_form(host: Host) -> Callable[[str, str], str]:
    client = host.client("jerome")

    def typed(subject: str, body: str) -> str:
        form = fresh_form(client) | {"subject": sendable(subject), "body": sendable(body)}
        # As where a script has looked for tickets alike: most of the corpus is.
        form["looked-for"] = form["subject"]
        answer = client.post("/support/open", data=form)
        assert answer.status_code == 302, answer.text
        return number_in(answer.location)

    return typed


def by_python(host: Host) -> Callable[[str, str], str]:
    def called(subject: str, body: str) -> str:
        with host.app.app_context():
            return opening.open_ticket(host.customer("jerome"), subject=subject, body=body).ticket_id

    return called


def by_command(host: Host) -> Callable[[str, str], str]:
    runner = host.app.test_cli_runner()

    def run(subject: str, body: str) -> str:
        words = ("--requester", "jerome@northwind.example", f"--subject={kept(subject)}", "--body=-")
        done = runner.invoke(args=["support", "open", *words], input=sendable(body).encode())
        assert done.exit_code == 0, done.output
        return number_in(done.output)

    return run


def shown(html: str, text: str) -> bool:
    """Whether a page says it, with what a parser makes of line ends and of what is no character of HTML."""
    return text in unescape(html) or text in html


@pytest.mark.guarantee(
    "S3.3a Subjects survive",
    "Every hostile string typed as a subject, by form, Python and command line, is kept and shown as it was typed, "
    "but for NUL, which is left out, and halves of characters, of which a question mark stays.",
)
@pytest.mark.parametrize("way", [by_form, by_python, by_command], ids=lambda way: way.__name__)
def test_subjects_are_kept_and_shown_as_they_were_typed(host: Host, way: Any, figure: Figure) -> None:
    open_one = way(host)
    numbers = {open_one(subject, f"Text {number}"): subject for number, subject in enumerate(SUBJECTS)}
    assert len(numbers) == len(SUBJECTS)
    with host.app.app_context():
        stored = dict(map(tuple, host.db.session.execute(select(Ticket.ticket_id, Ticket.subject))))
    assert stored == {number: one_line(subject) for number, subject in numbers.items()}
    jerome, grace = host.client("jerome"), host.client("grace")
    pages = [jerome.get("/support/").text, grace.get("/admin/support/").text]
    for number, subject in list(numbers.items())[::4]:
        paths = (jerome, f"/support/tickets/{number}"), (grace, f"/admin/support/tickets/{number}")
        for client, path in paths:
            heading = re.search(r"<h1[^>]*>(.*?)</h1>", client.get(path).text, re.DOTALL)
            assert heading, path
            assert one_line(subject) in unescape_exactly(heading.group(1)), path
    for page in pages:
        assert all(one_line(subject) in unescape_exactly(page) for subject in SUBJECTS[-40:])
    figure(f"{len(SUBJECTS)} subjects of {len(STRINGS)} strings, all kept and shown")


def unescape_exactly(html: str) -> str:
    """The five characters that are escaped, as they were: Python's unescape would drop controls named by number."""
    for name, character in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        html = html.replace(name, character)
    return html


@pytest.mark.guarantee(
    "S3.3b Texts survive",
    "All hostile strings and bodies in one message are stored byte for byte, come back into the form that edits "
    "them, and into a form that is refused.",
)
@pytest.mark.parametrize("way", [by_form, by_python, by_command], ids=lambda way: way.__name__)
def test_bodies_are_kept_byte_for_byte(host: Host, way: Any, figure: Figure) -> None:
    number = way(host)("Everything at once", WHOLE)
    whole = kept(WHOLE)
    if way is by_command:
        # Standard input is read as text: its line ends become one.
        whole = whole.replace("\r\n", "\n").replace("\r", "\n")
    with host.app.app_context():
        assert host.db.session.scalars(select(Message.body)).all() == [whole]
        # What was typed comes back into the form to be changed, too.
        grace = host.agent("grace")
        note = replying.add_note(number, grace, body=WHOLE).message
        assert kept(WHOLE) == host.db.session.scalar(select(Message.body).where(Message.key == note))
    client = host.client("grace")
    page = client.get(f"/admin/support/tickets/{number}?edit={note}").text
    areas = [unescape_exactly(found) for found in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)]
    assert any(kept(WHOLE).strip() in area for area in areas)
    # Refused for its subject, the form comes back with every character.
    form = fresh_form(host.client("jerome")) | {"subject": "", "body": sendable(WHOLE)}
    refused = host.client("jerome").post("/support/open", data=form)
    assert refused.status_code == 422
    assert kept(WHOLE).strip() in unescape_exactly(refused.text)
    figure(f"{len(WHOLE):,} characters, all kept")


@pytest.mark.guarantee(
    "S3.3c Accents are found either way",
    "Composed and decomposed letters are stored as they were typed and found by either, and without the accent.",
)
def test_composed_and_decomposed_letters_stay_apart_and_are_found_by_either(host: Host, figure: Figure) -> None:
    open_one = by_python(host)
    composed, decomposed = open_one("Caf\u00e9 one", "\u00e9"), open_one("Cafe\u0301 two", "e\u0301")
    with host.app.app_context():
        assert set(host.db.session.scalars(select(Ticket.subject))) == {"Caf\u00e9 one", "Cafe\u0301 two"}
        assert set(host.db.session.scalars(select(Message.body))) == {"\u00e9", "e\u0301"}
    for query in ("Caf%C3%A9", "Cafe%CC%81", "cafe"):
        for client, path in ((host.client("jerome"), "/support/"), (host.client("grace"), "/admin/support/")):
            page = client.get(f"{path}?q={query}").text
            assert composed in page, query
            assert decomposed in page, query
    figure("3 ways to search, 2 tickets found by each")


@pytest.mark.guarantee(
    "S3.3d Names and tags are text",
    "Names of queues, categories and agents, and tags: a hostile string is kept as text or refused by its "
    "field, and every page is shown.",
)
def test_names_tags_queues_and_categories_are_text_or_refused(
    host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds
) -> None:
    number = open_ticket()
    with host.app.app_context():
        grace = host.agent("grace")
        names = [*STRINGS[:: rounds(6, 1)], *TEMPLATES[::3]]
        for place, text in enumerate(names):
            _try(lambda text=text, place=place: setup.create_queue(grace, f"queue-{place}", {"name": text}))
            _try(lambda text=text, place=place: setup.create_category(grace, f"category-{place}", {"name": text}))
            _try(lambda text=text: setup.change_queue(grace, "support", {"signature": text, "from_name": text}))
        for text in STRINGS[:: rounds(12, 1)]:
            _try(lambda text=text: agents.change_agent(grace, str(host.ids["ben"]), public_name=text))
        taken = []
        for tags in lines(STRINGS[:: rounds(2, 1)], most=45, between=" "):
            if _try(lambda tags=tags: sorting.change_fields(number, grace, {"tags": tags})):
                taken.append({" ".join(tag.split()).lower() for tag in kept(tags).split(",")} - {""})
                assert taken[-1] == set(host.db.session.scalars(select(TicketTag.tag)))
        assert taken
        session = host.db.session
        for model in (Queue, Category):
            found = set(session.scalars(select(model.name)))
            assert {" ".join(text.split()) for text in TEMPLATES[::3]} <= found
            assert all(name.isprintable() for name in found)
    grace_client = host.client("grace")
    for path in ("", "queues/", "categories/", "agents/", "mail/", "open", "health/", f"tickets/{number}"):
        answer = grace_client.get(f"/admin/support/{path}")
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
    figure(
        f"{len(names)} strings as names of queues and categories, {len(STRINGS[:: rounds(12, 1)])} of agents, "
        f"{len(STRINGS[:: rounds(2, 1)])} as tags, 0 error pages"
    )


def _try(act: Callable[[], object]) -> bool:
    """Do it, or be told by field what is wrong; nothing else may happen."""
    try:
        act()
    except InvalidInput as refused:
        assert refused.fields
        return False
    return True


@pytest.mark.guarantee(
    "S3.6 Text is never a template",
    "What looks like a template in subject, body, note, name and signature is shown on pages and in mails as it "
    "was typed.",
)
def test_templates_are_text_in_mails_as_on_pages(database_url: str, tmp_path: Any, smtp: Smtp, figure: Figure) -> None:
    host = build_host(database_url, tmp_path, MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port)
    populate(host)
    try:
        # Spaces alone part them: Markdown has a meaning for most other signs.
        text = "\n\n".join(f"    {one}" for one in TEMPLATES)
        host.change_user("jerome", name="{{ 7*7 }} %(name)s")
        number = by_python(host)("{{ 7*7 }} ${x} %(x)s {# c #}", text)
        with host.app.app_context():
            setup.change_queue(host.agent("grace"), "support", {"signature": "{{ 8*8 }} %(s)s"})
            assigning.claim(number, host.agent("ada"))
            replying.reply(number, host.agent("ada"), body=text)
            replying.add_note(number, host.agent("ada"), body=text)
        assert set(drained(host)) == {"sent"}
        with_text = 0
        for mail in smtp.mails:
            assert "{{ 7*7 }} ${x} %(x)s {# c #}" in mail.message["Subject"]
            plain, html = parts(mail)
            if TEMPLATES[0] in plain:
                with_text += 1
                assert all(one in plain for one in TEMPLATES)
                assert all(one in unescape(html) for one in TEMPLATES)
        assert with_text >= 3
        for client, path in (
            (host.client("jerome"), "/support/tickets/"),
            (host.client("grace"), "/admin/support/tickets/"),
        ):
            page = unescape(client.get(path + number).text)
            assert all(one in page for one in TEMPLATES), path
    finally:
        dispose(host)
    figure(f"{len(TEMPLATES)} templates in pages and {len(smtp.mails)} mails, 0 run")


def claiming(name: str) -> dict[str, str]:
    """A request that says it came to this host; clients refuse to send some, so it is what a server would pass on."""
    sent = name.encode().decode("latin-1")
    return {
        "HTTP_HOST": sent,
        "HTTP_X_FORWARDED_HOST": sent,
        "HTTP_X_FORWARDED_FOR": sent,
        "HTTP_X_FORWARDED_PROTO": "javascript",
        "HTTP_X_FORWARDED_PREFIX": f"//{sent}",
        "HTTP_FORWARDED": f"host={sent};proto=https",
        "HTTP_X_ORIGINAL_URL": f"//{sent}/",
        "HTTP_ORIGIN": f"https://{sent}",
        "HTTP_REFERER": f"https://{sent}/x",
    }


@pytest.mark.guarantee(
    "S3.5 Links come from the configuration",
    "Whatever Host and forwarding headers a request carries, links in pages and mails lead to the configured address.",
)
def test_links_come_from_the_configuration_whatever_host_is_asked_for(
    database_url: str, tmp_path: Any, smtp: Smtp, figure: Figure
) -> None:
    host = build_host(database_url, tmp_path, MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port)
    populate(host)
    try:
        jerome, grace = host.client("jerome"), host.client("grace")
        number = by_python(host)("Links", "Links")
        for place, name in enumerate(HOSTS):
            acts = (
                (jerome, "/support/open", {"subject": f"From {place}", "body": "Help"}),
                (jerome, f"/support/tickets/{number}/follow-up", {"body": f"More {place}"}),
                (grace, f"/admin/support/tickets/{number}/reply", {"body": f"Answer {place}"}),
                (grace, f"/admin/support/tickets/{number}/note", {"body": f"Note {place}"}),
            )
            client, path, form = acts[place % 4]
            answer = client.post(path, data=form, environ_overrides=claiming(name))
            assert answer.status_code < 500, (name, path)
            assert "evil" not in (answer.location or ""), (name, path)
            pages = (jerome, "/support/"), (jerome, f"/support/tickets/{number}"), (grace, "/admin/support/")
            client, path = pages[place % 3]
            answer = client.get(path, environ_overrides=claiming(name))
            assert answer.status_code < 500, (name, path)
            assert "evil" not in answer.text, (name, path)
        drained(host)
        assert len(smtp.mails) > 15
        for mail in smtp.mails:
            for part in (*parts(mail), *map(str, mail.message.values())):
                assert "evil" not in part
                links = re.findall(r"(?:https?:)?//[^\s\"'<>]+", part)
                assert all(link.startswith("https://app.example.com/") for link in links), links
    finally:
        dispose(host)
    figure(f"{len(HOSTS)} hosts, {len(smtp.mails)} mails, 0 foreign links")


@pytest.mark.guarantee(
    "S3.3e Names of people",
    "Whatever the host calls its people, their ticket is opened and listed.",
)
def test_names_of_the_hosts_people_cost_nobody_their_ticket(host: Host, figure: Figure) -> None:
    with host.app.app_context():
        known = host.customer("jerome").person
        assert known is not None
        for place, name in enumerate([*NAMES, "\ud800", "Half \udfff", "\x00"]):
            person = replace(known, name=name)
            number = opening.open_ticket(
                host.agent("ada"), subject=f"Named {place}", body="Help", requester=person, account_id="1"
            ).ticket_id
            stored = host.db.session.scalar(select(Ticket.requester_name).where(Ticket.ticket_id == number))
            assert stored == (kept(name).strip() or "jerome@northwind.example")
    page = host.client("grace").get("/admin/support/")
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    figure(f"{len(NAMES) + 3} names")
