"""Links between tickets: related ones, an incident and its cases; of any account, for agents and for no customer."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from flask_sgsupport.errors import InvalidInput, NotFound, TransitionRefused
from flask_sgsupport.lifecycle import LinkKind
from flask_sgsupport.models import Delivery, Event, Ticket, TicketLink
from flask_sgsupport.queries.own_ticket import own_ticket
from flask_sgsupport.queries.ticket import ticket_page
from flask_sgsupport.services import linking, sorting
from flask_sgsupport.services.linking import link, unlink
from flask_sgsupport.services.merging import merge
from tests.world import Host, OpenTicket

INBOX = "/admin/support/"


def links(host: Host, ticket_id: str, who: str = "grace") -> list[tuple[str, str, str]]:
    """What a ticket is linked to, as the page of an agent shows it."""
    found = ticket_page(host.agent(who), ticket_id).links
    return [(one.ticket_id, str(one.kind), one.state_label) for one in found]


def count(host: Host, model: Any) -> int:
    return host.db.session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_related_tickets_name_each_other_whatever_their_accounts(host: Host, open_ticket: OpenTicket) -> None:
    one, other = open_ticket("jerome"), open_ticket("mina")
    told = count(host, Delivery)
    for turn in range(2):
        assert link(one, host.agent("ada"), other) is (turn == 0)
    assert link(other, host.agent("ada"), one) is False, "it is the same link"
    assert (links(host, one), links(host, other)) == (
        [(other, "related", "Open")],
        [(one, "related", "Open")],
    )
    assert count(host, Delivery) == told, "nobody is told"
    said = [ticket_page(host.agent("ada"), key).history[0].text for key in (one, other)]
    assert said == [f"linked {other} as related", f"linked {one} as related"]
    assert unlink(other, host.agent("ada"), one) is True
    assert unlink(one, host.agent("ada"), other) is False
    assert links(host, one) == links(host, other) == []
    assert ticket_page(host.agent("ada"), one).history[0].text == f"removed the link to {other}"


@pytest.mark.every_database
@pytest.mark.usefixtures("in_app")
def test_an_incident_has_cases(host: Host, open_ticket: OpenTicket) -> None:
    incident, one, other = open_ticket("jerome"), open_ticket("mina"), open_ticket("lena")
    ada = host.agent("ada")
    link(one, ada, incident, LinkKind.CASE)
    link(incident, ada, other, LinkKind.INCIDENT)
    assert links(host, incident) == [(other, "incident", "Open"), (one, "incident", "Open")]
    assert links(host, one) == links(host, other) == [(incident, "case", "Open")]
    assert ticket_page(ada, one).history[0].text == f"linked this ticket to the incident {incident}"
    assert ticket_page(ada, incident).history[0].text == f"linked {other} to this incident"
    with pytest.raises(InvalidInput, match="linked in another way"):
        link(one, ada, incident)


@pytest.mark.usefixtures("in_app")
def test_a_link_is_seen_by_agents_who_see_both_and_by_no_customer(host: Host, open_ticket: OpenTicket) -> None:
    one, other = open_ticket("jerome"), open_ticket("mina", category="invoices")
    before = own_ticket(host.customer("jerome"), one)
    link(one, host.agent("grace"), other)
    assert own_ticket(host.customer("jerome"), one) == before
    assert links(host, one, "ada") == []
    with pytest.raises(NotFound):
        unlink(one, host.agent("ada"), other)
    with pytest.raises(NotFound):
        link(one, host.agent("ben"), other)
    with pytest.raises((NotFound, TransitionRefused)):
        link(one, host.customer("jerome"), one[:-1] + "9")
    with pytest.raises(TransitionRefused):
        link(one, host.customer("jerome"), open_ticket("lena"))


@pytest.mark.usefixtures("in_app")
def test_what_cannot_be_linked_is_refused_at_its_field(
    host: Host, open_ticket: OpenTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = open_ticket(), open_ticket()
    ada = host.agent("ada")
    with pytest.raises(InvalidInput, match="cannot be linked to itself"):
        link(one, ada, one)
    with pytest.raises(InvalidInput, match="what the two are"):
        link(one, ada, other, "twin")  # type: ignore[arg-type]
    monkeypatch.setattr(linking, "MAX_LINKS", 1)
    link(one, ada, other)
    with pytest.raises(InvalidInput, match=f"{one} has 1 links"):
        link(one, ada, open_ticket())


@pytest.mark.usefixtures("in_app")
def test_a_merged_or_filtered_ticket_is_linked_all_the_same(host: Host, open_ticket: OpenTicket) -> None:
    one, other, spam = open_ticket(), open_ticket(), open_ticket()
    ada = host.agent("ada")
    merge(one, ada, other)
    sorting.put_aside(spam, ada)
    assert link(one, ada, spam)
    assert links(host, spam) == [(one, "related", "Merged")]
    entries = select(Event.action).join(Ticket, Ticket.pk == Event.ticket_pk).where(Ticket.ticket_id == one)
    assert list(host.db.session.scalars(entries.order_by(Event.pk)))[-2:] == ["ticket.merged_into", "ticket.linked"]
    assert count(host, TicketLink) == 1


def test_an_agent_links_and_removes_by_the_page(host: Host, open_ticket: OpenTicket) -> None:
    one, other = open_ticket("jerome"), open_ticket("mina")
    client, page = host.client("ada"), f"{INBOX}tickets/{one}"
    wrong = client.post(f"{page}/link", data={"number": "<99>", "kind": "case"})
    assert wrong.status_code == 422
    assert 'value="&lt;99&gt;"' in wrong.text
    assert "You see no ticket of this number." in wrong.text
    assert client.post(f"{page}/link", data={"number": str(int(other[-5:])), "kind": "case"}).status_code == 302
    text = unescape(client.get(page).text)
    assert "Linked. Only agents see it." in text
    assert f"{INBOX}tickets/{other}" in text
    assert "A case of the incident" in text
    assert client.post(f"{page}/unlink", data={"number": other}).status_code == 302
    assert "The link is removed." in client.get(page).text
    assert "They are not linked" in client.post(
        f"{page}/unlink", data={"number": other}, follow_redirects=True
    ).text  # fmt: skip
