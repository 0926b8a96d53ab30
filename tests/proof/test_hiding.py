"""A public reply is hidden while the worker sends it: nobody is told "not sent" of a mail that leaves."""

from __future__ import annotations

import random
import time
from collections import Counter

import pytest
from sqlalchemy import select

from flask_sgsupport.lifecycle import Status
from flask_sgsupport.models import Delivery, Message
from flask_sgsupport.services import replying
from flask_sgsupport.worker import jobs
from tests.proof.page import Figure, Rounds
from tests.proof.racing import at_once, still_whole
from tests.smtp import Smtp
from tests.world import Host, OpenTicket

JEROME = "jerome@northwind.example"


def sends(host: Host) -> list[str]:
    """What is due goes out, by a worker's own turn."""
    return [outcome.kind for outcome in jobs.send_batch(jobs.owner_name())[1]]


def seconds_to_send(host: Host, smtp: Smtp, ticket_id: str) -> float:
    """How long a worker takes for one mail."""
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="The first one.")
        began = time.monotonic()
        assert sends(host) == ["sent"]
        host.db.session.remove()
    return time.monotonic() - began


@pytest.mark.guarantee(
    "S2.2 Hidden while it is sent",
    "A public reply, alone or with a status, is hidden at any moment of its mail's way out: what was said to be not "
    "sent never leaves, and of what has left it is said.",
)
@pytest.mark.every_database
@pytest.mark.timeout(3600)
def test_a_reply_hidden_while_it_is_sent(
    host: Host, open_ticket: OpenTicket, smtp: Smtp, figure: Figure, rounds: Rounds
) -> None:
    host.app.config.update(MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port)
    host.app.extensions["mail"].server, host.app.extensions["mail"].port = smtp.host, smtp.port
    host.desk.settings.messages_per_hour = host.desk.settings.opens_per_hour = None
    dice, many, told = random.Random(5), rounds(20, 200), Counter[str]()
    ticket_id = open_ticket()
    with host.app.app_context():
        ada = host.agent("ada")
        jobs.drain()
        host.db.session.remove()
    usual = seconds_to_send(host, smtp, ticket_id)
    for place in range(many):
        smtp.delay_seconds = dice.choice((0, 0, usual / 2))
        secret, solves = f"Secret {place} of Ada's.", place % 4 == 3
        with host.app.app_context():
            if solves:
                ticket_id = open_ticket()
                jobs.drain()
            written = replying.reply(ticket_id, ada, body=secret, status=Status.RESOLVED if solves else None)
            host.db.session.remove()
        key, ahead = written.message or "", dice.uniform(-0.6, 1.2) * usual

        def hide(key: str = key, ahead: float = ahead, number: str = ticket_id) -> str:
            time.sleep(max(ahead, 0))
            return replying.change_visibility(number, ada, key, public=False)

        def send(ahead: float = ahead) -> list[str]:
            time.sleep(max(-ahead, 0))
            return sends(host)

        said, sent = at_once(host, [hide, send])
        assert isinstance(said, str), said
        assert isinstance(sent, list), sent
        with host.app.app_context():
            jobs.drain()
            delivery = select(Delivery.state).join(Message, Message.pk == Delivery.message_pk)
            states = set(host.db.session.scalars(delivery.where(Message.key == key, Delivery.channel == "email")))
            host.db.session.remove()
        left = [mail for mail in smtp.to(JEROME) if secret in mail.raw.decode()]
        outcome = "not sent" if not said else said.partition(" to ")[0]
        assert len(left) <= 1
        assert not (outcome == "not sent" and left), f"round {place}: said to be not sent, and it left"
        assert not (outcome == "e-mailed" and not left), f"round {place}: said to be e-mailed, and it never was"
        assert outcome in {"not sent", "e-mailed", "being e-mailed"}, said
        assert not left or states == {"sent"}, states
        told[outcome] += 1
    still_whole(host)
    assert min(told["not sent"], told["e-mailed"] + told["being e-mailed"]) > 0, told
    figure(
        f"{many} rounds: {told['not sent']} told not sent, of which 0 left; {told['e-mailed']} told e-mailed and "
        f"{told['being e-mailed']} told it is on its way just now, 0 of what left was said to be not sent"
    )


@pytest.mark.guarantee(
    "S2.2b Hidden while it is read",
    "A public reply is hidden while its requester opens the ticket: who is said to have read it has, what was read "
    "before is said, and no page that is asked for afterwards shows it.",
)
@pytest.mark.every_database
@pytest.mark.timeout(3600)
def test_a_reply_hidden_while_it_is_read(host: Host, open_ticket: OpenTicket, figure: Figure, rounds: Rounds) -> None:
    host.desk.settings.messages_per_hour = host.desk.settings.opens_per_hour = None
    dice, many, told = random.Random(7), rounds(15, 200), Counter[str]()
    client, earlier = host.client("jerome"), host.client("jerome")
    with host.app.app_context():
        ada = host.agent("ada")
        host.db.session.remove()
    earlier.get(f"/support/tickets/{open_ticket()}")
    began = time.monotonic()
    assert client.get(f"/support/tickets/{open_ticket()}").status_code == 200
    usual = time.monotonic() - began
    for place in range(many):
        ticket_id, secret, before = open_ticket(), f"Secret {place} of Ada.", place % 5 == 4
        with host.app.app_context():
            written = replying.reply(ticket_id, ada, body=secret)
            host.db.session.remove()
        address, key = f"/support/tickets/{ticket_id}", written.message or ""
        if before:
            assert secret in earlier.get(address).text

        # Now and then long before, so that both ends of the race are there.
        ahead = -8 * usual if place % 5 == 3 else dice.uniform(-1.2, 1.2) * usual

        def hide(key: str = key, ahead: float = ahead, number: str = ticket_id) -> str:
            time.sleep(max(ahead, 0))
            return replying.change_visibility(number, ada, key, public=False)

        def look(address: str = address, ahead: float = ahead) -> str:
            time.sleep(max(-ahead, 0))
            return client.get(address).text

        said, page = at_once(host, [hide, look])
        assert isinstance(said, str), said
        assert isinstance(page, str), page
        seen, named = secret in page, "read" in said
        assert seen or before or not named, f"round {place}: said to be read, and no page showed it: {said}"
        assert named or not before, f"round {place}: read before, and not said"
        assert secret not in client.get(address).text
        told["named" if named else "seen at that moment" if seen else "hidden before"] += 1
    still_whole(host)
    assert min(told["named"], told["hidden before"]) > 0, told
    figure(
        f"{many} rounds: {told['named']} told who had read it, {told['hidden before']} hidden before it was read, "
        f"{told['seen at that moment']} shown by a page that was being made; 0 named wrongly, 0 shown afterwards"
    )
