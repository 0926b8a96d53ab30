"""A note's text, its files' names and bytes, its author and its very existence never reach a customer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from flask_sgsupport import signals
from flask_sgsupport.actors import Actor
from flask_sgsupport.lifecycle import LinkKind
from flask_sgsupport.models import Attachment, Delivery, Message, Ticket
from flask_sgsupport.queries.bells import bells
from flask_sgsupport.queries.files import file_of
from flask_sgsupport.services import delivering, linking, merging, redacting, replying, splitting
from flask_sgsupport.services.attaching import Upload
from tests.panel_pages import LOOKS_AGAIN
from tests.world import Clock, Host

CANARY = "zanzibar"
IN_FILE_NAME = "quetzal"
IN_FILE = b"okapi-okapi-okapi"
AUTHOR = "Grace"


@pytest.fixture
def with_note(host: Host, clock: Clock, answered_ticket: str) -> str:
    """A ticket of Jerome's that was answered, with a note of Grace's and a file on it."""
    from io import BytesIO  # noqa: PLC0415

    clock.forward(minutes=10)
    with host.app.app_context():
        files = [Upload(f"{IN_FILE_NAME}.txt", BytesIO(IN_FILE))]
        replying.add_note(answered_ticket, host.agent("grace"), body=f"The secret word is {CANARY}.", files=files)
    return answered_ticket


def leaks(text: str) -> list[str]:
    """The canaries a text holds."""
    return [word for word in (CANARY, IN_FILE_NAME, IN_FILE.decode(), AUTHOR) if word.lower() in text.lower()]


def customer_pages(host: Host, ticket_id: str) -> list[str]:
    """Every GET address of the panel that can be built, and the searches."""
    with host.app.app_context():
        session = host.db.session
        keys = [key for (key,) in session.query(Attachment.key)] + [key for (key,) in session.query(Message.key)]
    paths = []
    for rule in host.app.url_map.iter_rules():
        if (
            not rule.endpoint.startswith("sgsupport.")
            or "GET" not in (rule.methods or ())
            or "filename" in rule.arguments
        ):
            continue
        for key in keys if "key" in rule.arguments else [""]:
            values = {name: ticket_id if name in {"ticket_id", "ticket"} else key for name in rule.arguments}
            with host.app.test_request_context():
                url = host.app.url_for(rule.endpoint, **values)  # type: ignore[arg-type]
            asks = () if key else (f"?ticket={ticket_id}", f"?q={CANARY}", f"?q={IN_FILE_NAME}")
            paths += [url, *(f"{url}{one}" for one in asks)]
    return paths


def crawl(host: Host, client: FlaskClient, ticket_id: str) -> dict[str, str]:
    """Every customer page with what it answers, headers too."""
    found = {}
    for path in customer_pages(host, ticket_id):
        for accept in ("text/html", "application/json"):
            answer = client.get(path, headers={"Accept": accept})
            body = (
                answer.data.decode(errors="replace")
                .replace(path, "")
                .replace(f"q={CANARY}", "")
                .replace(f"q={IN_FILE_NAME}", "")
            )
            if "?q=" in path:
                # What was searched for stands in its box.
                body = re.sub(r'value="[^"]*"', "", body)
                body = re.sub(r"<title>.*?</title>|[“\"]\w+[”\"]", "", body)
            found[f"{path} {accept}"] = body + str(answer.headers)
            answer.close()
    assert len(found) > 8, "the panel has more pages than that"
    return found


def nothing(host: Host, ticket_id: str) -> str:
    return ticket_id


def merged(host: Host, ticket_id: str) -> str:
    """Become a part of a colleague's ticket; the note is read there by agents."""
    first = host.support.open_ticket(host.customer("lena"), subject="Nobody can pay", body="Since noon.").ticket_id
    merging.merge(ticket_id, host.agent("ada"), first)
    return first


def split_off(host: Host, ticket_id: str) -> str:
    """A ticket of its own, made of the description."""
    key = host.db.session.query(Message.key).filter_by(kind="description").scalar()
    return splitting.split_off(ticket_id, host.agent("ada"), key, subject="On its own").ticket_id


def linked(host: Host, ticket_id: str) -> str:
    """A case of an incident that is another's."""
    other = host.support.open_ticket(host.customer("lena"), subject="Nobody can pay", body="Since noon.").ticket_id
    linking.link(ticket_id, host.agent("ada"), other, LinkKind.CASE)
    return other


def toggled(host: Host, ticket_id: str) -> str:
    """Public for a moment."""
    key = host.db.session.query(Message.key).filter_by(kind="internal-note").scalar()
    for public in (True, False):
        replying.change_visibility(ticket_id, host.agent("grace"), key, public=public)
    return ticket_id


def redacted(host: Host, ticket_id: str) -> str:
    """A word of it taken out, the file kept."""
    key = host.db.session.query(Message.key).filter_by(kind="internal-note").scalar()
    redacting.redact(ticket_id, host.agent("grace"), key, secret="secret")
    return ticket_id


@pytest.mark.parametrize("becomes", [nothing, merged, split_off, linked, toggled, redacted])
def test_no_customer_page_shows_a_note_whatever_becomes_of_it(
    host: Host, with_note: str, becomes: Callable[[Host, str], str]
) -> None:
    with host.app.app_context():
        also = becomes(host, with_note)
        host.db.session.commit()
    for who in ("jerome", "lena"):
        for ticket_id in {with_note, also}:
            for path, text in crawl(host, host.client(who), ticket_id).items():
                assert not leaks(text), (who, path)


@pytest.mark.every_database
def test_the_customers_list_is_the_same_to_the_byte_after_a_note(
    host: Host, clock: Clock, answered_ticket: str
) -> None:
    with host.app.app_context():
        host.support.open_ticket(host.customer("jerome"), subject="Another", body="It is later than the first.")
        host.db.session.commit()
    paths = ("/support/", f"/support/tickets/{answered_ticket}", "/support/poll", "/support/notifications")

    def seen() -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
        found = {}
        for who in ("jerome", "lena"):
            client = host.client(who)
            for path in paths:
                answer = client.get(path, headers=LOOKS_AGAIN)
                headers = {name: value for name, value in answer.headers if name not in {"Date", "Set-Cookie"}}
                found[who, path] = re.sub(r'value="[^"]*"', "", answer.text), headers
        return found

    seen()
    before = seen()
    with host.app.app_context():
        replying.add_note(answered_ticket, host.agent("grace"), body=f"The secret word is {CANARY}.")
    assert seen() == before
    with host.app.app_context():
        replying.reply(answered_ticket, host.agent("grace"), body="It works again.")
    assert seen() != before, "what a customer may read moves it"


def test_the_inbox_shows_it_to_agents(host: Host, with_note: str) -> None:
    text = host.client("ada").get(f"/admin/support/tickets/{with_note}").text
    assert CANARY in text
    assert IN_FILE_NAME in text


def test_the_inboxs_own_routes_show_customers_nothing(host: Host, with_note: str) -> None:
    with host.app.app_context():
        key = host.db.session.query(Attachment.key).scalar()
    client = host.client("jerome")
    for path in (
        "",
        f"tickets/{with_note}",
        f"tickets/{with_note}/history",
        f"tickets/{with_note}/files/{key}",
        "notifications/",
    ):
        answer = client.get("/admin/support/" + path)
        assert answer.status_code == 403, path
        assert not leaks(answer.text), path


def test_a_note_moves_nothing_a_customer_can_see(host: Host, with_note: str) -> None:
    with host.app.app_context():
        row = host.db.session.query(Ticket).one()
        assert row.customer_updated_at < row.updated_at
        note = host.db.session.query(Message).filter_by(kind="internal-note").one()
        told = host.db.session.query(Delivery).filter_by(message_pk=note.pk)
        assert {delivery.side for delivery in told} == {"agent"}


def test_its_file_is_no_file_for_a_customer(host: Host, with_note: str) -> None:
    with host.app.app_context():
        key = host.db.session.query(Attachment.key).scalar()
        for actor in (host.customer("jerome"), host.customer("lena")):
            with pytest.raises(Exception, match="There is no such file"):
                file_of(actor, with_note, key)
        assert file_of(host.agent("ada"), with_note, key).name == f"{IN_FILE_NAME}.txt"


def mails(host: Host) -> Iterator[tuple[str, str]]:
    """Every mail that waits: whom it goes to, and the whole of it."""
    for claimed in delivering.claim("test", 100):
        mail = delivering.prepare(claimed.key, "test")
        if mail is not None:
            yield mail.to_address, f"{mail.subject}\n{mail.from_name}\n{mail.text}\n{mail.html}"


def test_no_mail_or_bell_of_a_customer_tells_of_it(host: Host, clock: Clock, with_note: str) -> None:
    with host.app.app_context():
        replying.reply(with_note, host.agent("ada"), body="It is solved now.")
        clock.forward(minutes=1)
        sent = list(mails(host))
        to_customer = [text for address, text in sent if "northwind" in address]
        assert len(to_customer) >= 2
        for text in to_customer:
            assert not leaks(text)
        assert [text for address, text in sent if address == "ada@desk.example" and CANARY in text]
        for who in ("jerome", "lena"):
            assert not leaks(" ".join(bell.text for bell in bells(host.customer(who)).rows))


@pytest.mark.parametrize("who", ["ada", "grace"])
def test_a_note_made_public_and_private_again_is_gone_from_the_customer(host: Host, with_note: str, who: str) -> None:
    with host.app.app_context():
        key = host.db.session.query(Message.key).filter_by(kind="internal-note").scalar()
        replying.change_visibility(with_note, host.agent(who), key, public=True)
        replying.change_visibility(with_note, host.agent(who), key, public=False)
        for address, text in mails(host):
            assert "northwind" not in address or CANARY not in text
        assert not leaks(" ".join(bell.text for bell in bells(host.customer("jerome")).rows))
    for path, text in crawl(host, host.client("jerome"), with_note).items():
        assert CANARY not in text, path
        assert IN_FILE_NAME not in text, path


def test_receivers_of_public_signals_never_get_it(host: Host, with_note: str) -> None:
    got: list[Any] = []

    def receive(sender: object, payload: object) -> None:
        got.append(payload)

    for signal in (signals.ticket_replied, signals.ticket_opened, signals.ticket_status_changed):
        signal.connect(receive)
    with host.app.app_context():
        replying.add_note(with_note, host.agent("ada"), body=CANARY)
        replying.reply(with_note, host.agent("ada"), body="Public words")
    assert got
    assert CANARY not in repr(got)


def test_a_customer_cannot_write_one(host: Host, with_note: str) -> None:
    with host.app.app_context():
        actor: Actor = host.customer("jerome")
        with pytest.raises(Exception, match="Possible now"):
            replying.add_note(with_note, actor, body="mine")
