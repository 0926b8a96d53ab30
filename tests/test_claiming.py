"""Who has a ticket: one wins, the other is told who, and every hand-over is in the history."""

from __future__ import annotations

import re
import threading
from html import unescape

import pytest

from flask_sgsupport.models import Agent, Event, Ticket
from flask_sgsupport.services import assigning
from tests.world import Host, OpenTicket

INBOX = "/admin/support/tickets/"


def assignee(host: Host, ticket_id: str) -> str | None:
    """The name of whoever has the ticket."""
    with host.app.app_context():
        wanted = host.db.session.query(Agent.name).join(Ticket, Ticket.assignee_pk == Agent.pk)
        row = wanted.filter(Ticket.ticket_id == ticket_id).first()
        return row[0] if row else None


def test_assign_to_me_is_one_click(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("ada")
    assert "Assign to me" in client.get(INBOX + ticket_id).text
    assert client.post(f"{INBOX}{ticket_id}/claim").status_code == 302
    assert assignee(host, ticket_id) == "Ada Lovelace"
    html = client.get(INBOX + ticket_id).text
    assert "Assign to me" not in html
    assert "Unassign" in html


def test_second_agent_learns_who_claimed_first(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    ada, grace = host.client("ada"), host.client("grace")
    assert "Assign to me" in grace.get(INBOX + ticket_id).text
    assert ada.post(f"{INBOX}{ticket_id}/claim").status_code == 302
    late = grace.post(f"{INBOX}{ticket_id}/claim")
    assert late.status_code == 409
    assert "Ada Lovelace has it already." in late.text
    assert assignee(host, ticket_id) == "Ada Lovelace"


@pytest.mark.every_database
def test_two_at_the_same_moment_have_one_winner(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    clients = {who: host.client(who) for who in ("ada", "grace")}
    start = threading.Barrier(2)
    answers: dict[str, tuple[int, str]] = {}

    def click(who: str) -> None:
        start.wait()
        answer = clients[who].post(f"{INBOX}{ticket_id}/claim")
        answers[who] = answer.status_code, answer.text

    threads = [threading.Thread(target=click, args=(who,)) for who in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, __ in answers.values()) == [302, 409]
    winner = assignee(host, ticket_id)
    assert winner is not None
    told = next(text for status, text in answers.values() if status == 409)
    assert f"{winner} has it already." in told
    with host.app.app_context():
        assert host.db.session.query(Event).filter_by(action="assignee.changed").count() == 1


def test_claiming_twice_changes_nothing(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    for __ in range(2):
        assert host.client("ada").post(f"{INBOX}{ticket_id}/claim").status_code == 302
    with host.app.app_context():
        assert host.db.session.query(Event).filter_by(action="assignee.changed").count() == 1


def test_unassign_then_assign_to_me_leaves_both_in_the_history(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    host.client("ada").post(f"{INBOX}{ticket_id}/claim")
    host.client("ada").post(f"{INBOX}{ticket_id}/unassign", data={"seen": host.ids["ada"]})
    host.client("grace").post(f"{INBOX}{ticket_id}/claim")
    history = unescape(host.client("ada").get(f"{INBOX}{ticket_id}/history").text)
    for text in ("assignee nobody → Ada Lovelace", "assignee Ada Lovelace → nobody", "assignee nobody → Grace Hopper"):
        assert text in history


def test_an_assignment_that_crosses_another_says_who_has_it(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    with host.app.app_context():
        assigning.claim(ticket_id, host.agent("grace"))
    data = {"assignee": host.ids["cleo"], "seen": ""}
    late = host.client("ada").post(f"{INBOX}{ticket_id}/assign", data=data)
    assert late.status_code == 409
    assert "Somebody was faster: it is assigned to Grace Hopper now." in late.text
    assert assignee(host, ticket_id) == "Grace Hopper"


def test_only_agents_who_cover_the_ticket_are_offered_and_taken(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    html = host.client("ada").get(INBOX + ticket_id).text
    offered = html[html.index('name="assignee"') :]
    assert "Cleo Marsh" in offered
    assert "Ben Okoro" not in offered
    refused = host.client("ada").post(f"{INBOX}{ticket_id}/assign", data={"assignee": host.ids["ben"]})
    assert refused.status_code == 422
    assert "does not cover" in refused.text
    assert assignee(host, ticket_id) is None


def test_an_agent_switched_off_in_the_app_is_refused_for_that_reason(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    host.change_user("cleo", enabled=False)
    refused = host.client("ada").post(f"{INBOX}{ticket_id}/assign", data={"assignee": host.ids["cleo"]})
    assert refused.status_code == 422
    assert "switched off in the app" in refused.text
    assert "does not cover" not in refused.text
    assert assignee(host, ticket_id) is None


def test_without_the_right_the_list_is_empty_and_says_who_grants_it(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("cleo")
    html = unescape(client.get(INBOX + ticket_id).text)
    assert "Assign to me" not in html
    assert "You lack the permission “Assign tickets”. A support lead or an Owner can grant it" in html
    lists = re.findall(r'<select[^>]* name="assignee".*?</select>', html, re.DOTALL)
    assert len(lists) == 1
    assert re.findall(r"<option[^>]*>(.*?)</option>", lists[0]) == ["Nobody"]
    for act in ("claim", "assign", "unassign"):
        assert client.post(f"{INBOX}{ticket_id}/{act}", data={"assignee": host.ids["cleo"]}).status_code == 403
    assert assignee(host, ticket_id) is None


def test_a_right_granted_now_holds_at_the_next_click(host: Host, open_ticket: OpenTicket) -> None:
    ticket_id = open_ticket()
    client = host.client("cleo")
    assert client.post(f"{INBOX}{ticket_id}/claim").status_code == 403
    granted = {"rights": ["handle", "assign"], "queues": ["support"], "public_name": "Cleo"}
    assert host.client("olga").post(f"/admin/support/agents/{host.ids['cleo']}", data=granted).status_code == 302
    assert client.post(f"{INBOX}{ticket_id}/claim").status_code == 302
    assert assignee(host, ticket_id) == "Cleo Marsh"
