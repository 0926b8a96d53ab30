"""How many statements of ours a page of the panel costs: few, and no more for long lists and threads."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from flask_sgsupport.actors import Right
from flask_sgsupport.hooks import Draft, Routed
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.services import agents, replying
from tests.panel_pages import FORM, fresh_form
from tests.world import Host, OpenTicket

LIST, TICKET, OPEN, FOLLOW_UP, RATE, POLL, OTHER = 6, 6, 12, 11, 12, 2, 6
PAGES = {
    "/support/": LIST,
    "/support/?q=number&status=open": LIST,
    "/support/tickets/{ticket}": TICKET,
    "/support/tickets/{ticket}/solved": TICKET,
    "/support/notifications": OTHER,
    "/support/open": OTHER,
    "/support/poll": POLL,
    "/support/poll?ticket={ticket}": POLL,
}
"""At most so many statements for each."""


@pytest.fixture
def grown(host: Host, open_ticket: OpenTicket, clock: Any) -> Any:
    """Grow the account: so many tickets, the first of them with so many messages and files."""
    known: list[str] = []

    def grow(count: int) -> str:
        while len(known) < count:
            clock.forward(minutes=1)
            known.append(open_ticket(subject=f"Number {len(known)}"))
            with host.app.app_context():
                replying.follow_up(known[0], host.customer("lena"), body="And again.")
                replying.reply(known[0], host.agent("ada"), body="An answer.")
        return known[0]

    return grow


def cost(host: Host, client: Any, address: str) -> int:
    """Statements of the second look, when nothing is new."""
    assert client.get(address).status_code == 200
    with host.count_statements() as ran:
        client.get(address)
    return len(ran)


@pytest.mark.every_database
def test_pages_cost_the_same_however_much_there_is(host: Host, grown: Any) -> None:
    client = host.client("jerome")
    few = {page: cost(host, client, page.format(ticket=grown(5))) for page in PAGES}
    many = {page: cost(host, client, page.format(ticket=grown(60))) for page in PAGES}
    assert few == many
    assert not {page: statements for page, statements in many.items() if statements > PAGES[page]}


@pytest.mark.every_database
@pytest.mark.parametrize("assignee", [None, "ada@desk.example"])
def test_opening_costs_at_most_twelve_with_files_and_for_the_first_time(host: Host, assignee: str | None) -> None:
    if assignee:

        @host.support.route
        def route(draft: Draft) -> Routed:
            return Routed(assignee=assignee, tags=("vip", "shop"))

    client = host.client("jerome")
    for subject in ("The first", "Another"):
        chosen = {"subject": subject, "category": "storefront", "sites": ["11", "12"]}
        # As the script sends it, which has looked for open tickets like it while it was typed; else it is one more.
        form = fresh_form(client) | FORM | two_files() | chosen | {"looked-for": subject}
        with host.count_statements() as ran:
            assert client.post("/support/open", data=form).status_code == 302
        assert 1 < len(ran) <= OPEN, "\n".join(ran.ran)


@pytest.mark.every_database
def test_a_follow_up_costs_at_most_eleven_whatever_it_does(host: Host, resolved_ticket: str) -> None:
    address = f"/support/tickets/{resolved_ticket}"

    def follow_up(who: str, **form: str) -> None:
        client = host.client(who)
        sent = fresh_form(client, address) | two_files() | form
        with host.count_statements() as ran:
            assert client.post(f"{address}/follow-up", data=sent).status_code == 302
        assert 1 < len(ran) <= FOLLOW_UP, "\n".join(ran.ran)

    follow_up("lena", body="My first, and it is not solved.")
    follow_up("jerome", body="Nor for me.")
    resolve(host, resolved_ticket)
    follow_up("jerome", body="Still not.", still_need_help="1")
    resolve(host, resolved_ticket)
    follow_up("jerome", body="Thank you.", solved="1")
    with host.app.app_context():
        agents.change_agent(
            host.agent("grace"), str(host.ids["ada"]), rights={Right.HANDLE}, covers=agents.Covers(queues=("billing",))
        )
    follow_up("jerome", body="It is back, and Ada no longer covers it.")


@pytest.mark.every_database
def test_a_rating_costs_at_most_twelve_and_none_to_look_at(host: Host, resolved_ticket: str) -> None:
    address = f"/support/tickets/{resolved_ticket}"
    client = host.client("lena")
    before = [cost(host, client, page) for page in (address, f"{address}/solved")]
    for score, comment in (("good", "Quick."), ("bad", "And wrong."), ("bad", "And wrong.")):
        sent = fresh_form(client, address) | {"score": score, "comment": comment}
        with host.count_statements() as ran:
            assert client.post(f"{address}/rate", data=sent).status_code == 302
        assert 1 < len(ran) <= RATE, "\n".join(ran.ran)
    assert [cost(host, client, page) for page in (address, f"{address}/solved")] == before
    assert max(before) <= TICKET


def resolve(host: Host, ticket_id: str) -> None:
    """Ada says it is solved."""
    with host.app.app_context():
        replying.reply(ticket_id, host.agent("ada"), body="Solved.", status=Status.RESOLVED)


def two_files() -> dict[str, Any]:
    """Two files of a form."""
    return {"files": [(BytesIO(b"a"), "a.txt"), (BytesIO(b"b"), "b.txt")]}


def test_looking_at_what_is_new_costs_no_more_with_its_marks(host: Host, grown: Any) -> None:
    ticket_id = grown(5)
    with host.count_statements() as ran:
        host.client("jerome").get(f"/support/tickets/{ticket_id}")
    written = [statement for statement in ran.ran if not statement.lstrip().upper().startswith("SELECT")]
    assert len(written) == 2
    assert len(ran) <= TICKET, "\n".join(ran.ran)
    assert written[0].startswith("INSERT INTO sgsupport_ticket_read ")
    assert written[1].startswith("UPDATE sgsupport_delivery ")
