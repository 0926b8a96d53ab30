"""Few statements a page, however much there is to show: no more for sixty rows or messages than for five."""

from __future__ import annotations

import pytest

from flask_sgsupport.services import replying, sorting
from tests.world import Clock, Host, OpenTicket

INBOX = "/admin/support/"
BUDGET = 6


def statements(host: Host, who: str, path: str) -> int:
    """How many of the desk's own statements a page needs once it was seen."""
    client = host.client(who)
    client.get(INBOX + path)
    with host.count_statements() as ran:
        assert client.get(INBOX + path).status_code == 200
    assert len(ran) > 1
    return len(ran)


@pytest.mark.every_database
def test_a_list_of_sixty_needs_no_more_than_one_of_five(host: Host, open_ticket: OpenTicket) -> None:
    for number in range(60):
        open_ticket("mina" if number % 2 else "jerome", site_ids=[])
        if number == 4:
            few = {who: statements(host, who, "?sort=newest") for who in ("ada", "grace")}
    many = {who: statements(host, who, "?sort=newest") for who in ("ada", "grace")}
    assert many == few
    assert max(many.values()) <= BUDGET
    assert statements(host, "ada", "?q=canvas&tag=x&site=11&account=1") <= BUDGET


@pytest.mark.every_database
def test_a_ticket_of_sixty_messages_needs_no_more_than_one_of_five(
    host: Host, clock: Clock, open_ticket: OpenTicket
) -> None:
    ticket_id = open_ticket(files=[("a.txt", b"a")])
    other = open_ticket()
    for number in range(60):
        clock.forward(minutes=1)
        with host.app.app_context():
            write = replying.reply if number % 2 else replying.add_note
            write(ticket_id, host.agent("ada"), body=f"message {number}")
        if number == 4:
            few = statements(host, "grace", f"tickets/{ticket_id}")
    with host.app.app_context():
        sorting.change_fields(other, host.agent("ada"), {"tags": "a, b, c"})
    assert statements(host, "grace", f"tickets/{ticket_id}") == few
    assert few <= BUDGET


def test_the_first_look_writes_its_read_marks_and_no_more(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    with host.count_statements() as first:
        client.get(f"{INBOX}tickets/{ticket_id}")
    with host.count_statements() as second:
        client.get(f"{INBOX}tickets/{ticket_id}")
    writes = [text for text in first.ran if not text.lstrip().upper().startswith("SELECT")]
    assert not [text for text in second.ran if not text.lstrip().upper().startswith("SELECT")]
    # SQLite's lock, the mark (an UPDATE that finds none, then the row), the in-app notices.
    assert len(writes) <= 4
    assert len(first) - len(second) <= len(writes) + 1


def test_other_pages_of_the_inbox_stay_small(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    for path in ("notifications/", f"tickets/{ticket_id}/history", "open", "queues/", "categories/"):
        assert statements(host, "grace", path) <= BUDGET, path


def test_the_menu_of_the_host_costs_two_statements(host: Host, open_ticket: OpenTicket) -> None:
    open_ticket()
    client = host.client("ada")
    with host.count_statements() as ran:
        client.get("/admin/")
    assert len(ran) <= 2
