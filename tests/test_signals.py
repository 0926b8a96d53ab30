"""Signals: every one is documented, carries the published shapes, and keeps to its moment."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flask_sgsupport import signals
from flask_sgsupport.errors import Vetoed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.payloads import SURFACE, rfc3339
from flask_sgsupport.services import assigning, merging, opening, rating, replying, sorting, status, targets
from flask_sgsupport.services.clock import tick
from flask_sgsupport.testing import drain_outbox
from tests.world import START, Host, build_host, dispose, populate

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture
def told() -> Iterator[list[tuple[str, Any]]]:
    """Every payload with the name of its signal, before and after."""
    heard: list[tuple[str, Any]] = []
    kept = []
    for row in signals.SIGNALS:

        def receive(app: Any, payload: Any, name: str = row.name) -> None:
            heard.append((name, payload))

        row.signal.connect(receive)
        kept.append((row.signal, receive))
    yield heard
    for signal, receiver in kept:
        signal.disconnect(receiver)


def of(told: list[tuple[str, Any]], name: str) -> list[Any]:
    return [payload for heard, payload in told if heard == name]


def test_the_reference_payloads_have_exactly_their_shapes(in_app: Host, told: list[tuple[str, Any]]) -> None:
    ada, jerome = in_app.agent("ada"), in_app.customer("jerome")
    ticket_id = opening.open_ticket(
        jerome, subject="Checkout failing on Canvas Tote", body="Help", site_ids=["11"]
    ).ticket_id
    ticket = of(told, "ticket_opened")[0].ticket
    reference = {
        "ticket_id": ticket_id, "site": "tote.example", "requester": "jerome@northwind.example",
        "subject": "Checkout failing on Canvas Tote", "status": "open", "queue": "support", "assigned_to": None,
        "created_at": "2026-04-22T14:03:00Z",
    }  # fmt: skip
    assert {key: ticket[key] for key in reference} == reference
    assert list(ticket)[: len(reference)] == list(reference)
    assert ticket["sites"] == ["tote.example"]

    assigning.claim(ticket_id, ada)
    in_app.clock.forward(minutes=6)
    replying.reply(ticket_id, ada, body="Thanks for flagging — checkout is now restored.", status=Status.RESOLVED)
    assert of(told, "ticket_replied")[0].reply == {
        "ticket_id": ticket_id, "actor": "ada@desk.example", "type": "public-reply",
        "body": "Thanks for flagging — checkout is now restored.", "timestamp": "2026-04-22T14:09:00Z",
    }  # fmt: skip
    assert of(told, "ticket_assigned")[0].assigned_to == "ada@desk.example"
    assert of(told, "ticket_assigned")[0].ticket["assigned_to"] == "ada@desk.example"

    in_app.clock.forward(hours=42)
    replying.confirm_solved(ticket_id, jerome)
    assert of(told, "ticket_status_changed")[-1].transition == {
        "ticket_id": ticket_id, "from": "resolved", "to": "closed", "actor": "jerome@northwind.example",
        "closed_at": "2026-04-24T08:09:00Z",
    }  # fmt: skip
    assert of(told, "ticket_status_changed")[0].transition["resolved_at"] == "2026-04-22T14:09:00Z"
    status.reopen(ticket_id, ada)
    assert of(told, "ticket_status_changed")[-1].transition["reopened_at"] == "2026-04-24T08:09:00Z"
    assert of(told, "ticket_status_changed")[-1].envelope == {
        "site": "tote.example", "surface": SURFACE, "actor": "ada@desk.example", "timestamp": "2026-04-24T08:09:00Z",
    }  # fmt: skip


def test_every_payload_is_json_as_it_stands(in_app: Host, told: list[tuple[str, Any]], resolved_ticket: str) -> None:
    replying.add_note(resolved_ticket, in_app.agent("ada"), body="A note.")
    rating.rate(resolved_ticket, in_app.customer("jerome"), good=False, comment="Slow.")
    again = opening.open_ticket(in_app.customer("jerome"), subject="Checkout again", body="It is back.").ticket_id
    merging.merge(resolved_ticket, in_app.agent("ada"), again)
    targets.create_target(in_app.agent("grace"), {"response": "4 h"})
    in_app.support.open_ticket(in_app.customer("jerome"), subject="Late", body="Text.")
    in_app.db.session.commit()
    for hours in (3, 4):
        tick(in_app.clock() + timedelta(hours=hours))
    assert {name for name, __ in told} >= {row.name for row in signals.SIGNALS} - {
        "before_delivery_changed",
        "context_hook_failed",
    }
    for __, payload in told:
        json.dumps(dataclasses.asdict(payload))


def test_a_before_signal_comes_before_and_its_partner_after(
    in_app: Host, told: list[tuple[str, Any]], answered_ticket: str
) -> None:
    names = [name for name, __ in told]
    for name in ("ticket_opened", "ticket_routed", "ticket_assigned", "ticket_replied"):
        assert names.index(f"before_{name}") < names.index(name)


@pytest.mark.parametrize("change", [{"priority": "urgent"}, {"tags": "vip"}, {"category": "invoices"}])
def test_who_sorts_a_ticket_tells_of_it_as_routing_does(
    in_app: Host, told: list[tuple[str, Any]], answered_ticket: str, change: dict[str, str]
) -> None:
    for count in (1, 0):
        del told[:]
        sorting.change_fields(answered_ticket, in_app.agent("ada"), change)
        assert [len(of(told, name)) for name in ("before_ticket_routed", "ticket_routed")] == [count, count]


def test_what_is_told_afterwards_has_the_ticket_as_it_is_then(
    in_app: Host, told: list[tuple[str, Any]], answered_ticket: str
) -> None:
    del told[:]
    cleo = str(in_app.ids["cleo"])
    replying.reply(answered_ticket, in_app.agent("ada"), body="Done.", status=Status.RESOLVED, assignee=cleo)
    replying.close_with_confirmation(answered_ticket, in_app.agent("grace"), note="He said so.")
    before, after = of(told, "before_ticket_replied")[0].ticket, of(told, "ticket_replied")[0].ticket
    assert (before["status"], before["assigned_to"]) == ("open", "ada@desk.example")
    assert (after["status"], after["assigned_to"]) == ("resolved", "cleo@desk.example")
    assert of(told, "ticket_status_changed")[0].ticket == after
    assert of(told, "note_added")[0].ticket["status"] == "closed"
    names = [name for name, __ in told if name in {"ticket_replied", "ticket_assigned", "ticket_status_changed"}]
    assert names == ["ticket_replied", "ticket_assigned", "ticket_status_changed", "ticket_status_changed"]


def test_a_delivery_names_the_site_of_its_ticket_from_its_writing_to_its_end(
    in_app: Host, told: list[tuple[str, Any]]
) -> None:
    opening.open_ticket(in_app.customer("jerome"), subject="Help", body="Help", site_ids=["11", "12"])
    drain_outbox(in_app.app)
    changed = of(told, "delivery_changed")
    assert {payload.state for payload in changed if payload.channel == "email"} == {"queued", "sent"}
    asked = of(told, "before_delivery_changed")
    assert {payload.envelope["site"] for payload in (*changed, *asked)} == {"tote.example"}


def test_a_note_is_told_as_a_note_only(in_app: Host, told: list[tuple[str, Any]], answered_ticket: str) -> None:
    del told[:]
    replying.add_note(answered_ticket, in_app.agent("ada"), body="CANARY in a note")
    assert "CANARY" in of(told, "note_added")[0].note["body"]
    assert not [name for name, payload in told if "CANARY" in repr(payload) and "note" not in name]


def test_receivers_are_called_in_the_order_of_their_names() -> None:
    order: list[str] = []

    def zebra(app: Any, payload: Any) -> None:
        order.append("zebra")

    def ant(app: Any, payload: Any) -> None:
        order.append("ant")

    signals.note_added.connect(zebra)
    signals.note_added.connect(ant)
    signals.tell(signals.note_added, object(), None)
    signals.note_added.disconnect(zebra)
    signals.note_added.disconnect(ant)
    assert order == ["ant", "zebra"]


def test_a_lambda_connected_with_on_is_kept(in_app: Host) -> None:
    heard: list[str] = []
    receiver = in_app.support.on(signals.ticket_opened)(lambda app, payload: heard.append(payload.ticket["subject"]))
    opening.open_ticket(in_app.customer("jerome"), subject="Kept", body="Help")
    signals.ticket_opened.disconnect(receiver)
    assert heard == ["Kept"]


def test_a_receiver_of_one_app_hears_nothing_of_another(in_app: Host, tmp_path: Path) -> None:
    other = build_host(f"sqlite:///{tmp_path / 'other.sqlite'}", tmp_path)
    populate(other)

    @other.support.on(signals.before_ticket_opened)
    def refuse(app: Any, payload: Any) -> None:
        raise Vetoed("Not here.")

    assert opening.open_ticket(in_app.customer("jerome"), subject="Mine", body="Help").ticket_id
    with other.app.app_context(), pytest.raises(Vetoed):
        opening.open_ticket(other.customer("jerome"), subject="Theirs", body="Help")
    dispose(other)


def test_an_undocumented_signal_fails() -> None:
    page = (DOCS / "reference" / "signals.md").read_text()
    assert [row.name for row in signals.SIGNALS if f"`{row.name}`" not in page] == []
    for row in signals.SIGNALS:
        assert row.payload.__doc__
        assert dataclasses.is_dataclass(row.payload)


def test_times_are_written_as_the_reference_writes_them() -> None:
    assert rfc3339(START) == "2026-04-22T14:03:00Z"
