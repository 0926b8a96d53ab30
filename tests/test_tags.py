"""Tags in use are offered to whoever types one."""

from __future__ import annotations

import pytest

from flask_sgsupport.queries import tags
from flask_sgsupport.services import sorting
from tests.world import Host, OpenTicket

TAGS = "/admin/support/tags"


def tagged(host: Host, open_ticket: OpenTicket, words: str, *, category: str = "storefront") -> None:
    ticket_id = open_ticket(category=category)
    with host.app.app_context():
        sorting.change_fields(ticket_id, host.agent("grace"), {"tags": words})


@pytest.mark.every_database
def test_the_most_used_come_first_and_those_of_tickets_out_of_sight_do_not(host: Host, open_ticket: OpenTicket) -> None:
    tagged(host, open_ticket, "refund")
    tagged(host, open_ticket, "checkout, refund")
    tagged(host, open_ticket, "invoice, refund", category="invoices")
    assert host.client("ada").get(TAGS).json == {"tags": ["refund", "checkout"]}
    assert host.client("ben").get(TAGS).json == {"tags": ["invoice", "refund"]}
    client = host.client("grace")
    client.get(TAGS)
    with host.count_statements() as ran:
        assert client.get(TAGS).json == {"tags": ["refund", "checkout", "invoice"]}
    assert len(ran) <= 3


def test_those_of_the_newest_tickets_only(host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tags, "LATELY", 2)
    for words in ("long ago", "yesterday", "today"):
        tagged(host, open_ticket, words)
    assert host.client("ada").get(TAGS).json == {"tags": ["today", "yesterday"]}


def test_a_field_for_tags_says_where_they_are_asked_for(host: Host, open_ticket: OpenTicket) -> None:
    grace, number = host.client("grace"), open_ticket()
    for path in (f"tickets/{number}", "", "rules/new"):
        assert f'data-sg-tags="{TAGS}"' in grace.get(f"/admin/support/{path}").text, path
