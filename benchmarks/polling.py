"""An open page that asks and hears nothing new costs little beside the page itself.

    python -m benchmarks.polling [--rounds N] [--database-url URL]

Fifty agents' open tickets, each said a moment ago to be looked at. One of them, a ticket of twenty messages, is asked
for as a page; its open page asks for news and hears that there are none; it asks, and what it says of its reader is
written; an open list asks; in random order. Ends with 1 where asking costs more than the target beside the page.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, insert, select

from benchmarks.desks import arguments, desks, heading, interleaved, ratio, spread
from benchmarks.pages import statements
from flask_sgsupport.models import Presence, Ticket
from flask_sgsupport.queries.presence import SAID_AGAIN_AFTER
from flask_sgsupport.services import replying
from flask_sgsupport.settings import utc_now
from tests.world import Host

TARGET = 0.3
TABS = 50
MESSAGES = 20
WARM_UP = 3
LOOKING = {"X-SGSupport-Here": "looking"}


def fill(host: Host) -> str:
    """Tickets with somebody at each, and one long one; its number."""
    with host.app.app_context():
        jerome, ada = host.customer("jerome"), host.agent("ada")
        opened = [
            host.support.open_ticket(jerome, subject=f"Checkout failing {number}", body="Nobody can pay.")
            for number in range(TABS)
        ]
        host.db.session.commit()
        ticket_id = str(opened[0].ticket_id)
        for number in range(MESSAGES - 1):
            replying.add_note(ticket_id, ada, body=f"Tried {number}.\n\nIn vain.")
    seen(host)
    return ticket_id


def seen(host: Host) -> None:
    """Somebody is at each of the tickets, as of now."""
    with host.app.app_context():
        session, now = host.db.session, utc_now()
        session.execute(delete(Presence))
        there = {"host_id": "somebody", "name": "Somebody Else", "writing": False, "seen_at": now}
        session.execute(insert(Presence), [{"ticket_pk": pk} | there for pk in session.scalars(select(Ticket.pk))])
        session.commit()


def page(host: Host, ticket_id: str) -> Callable[[], None]:
    """A call for the page."""
    client = host.client("ada")
    return lambda: _expect(client.get(f"/admin/support/tickets/{ticket_id}"), 200)


def unchanged(host: Host, address: str, **headers: str) -> Callable[[], None]:
    """A call of an open page that holds everything already."""
    client = host.client("ada")

    def ask() -> None:
        answer = client.get(address, headers=headers | {"If-None-Match": known})
        _expect(answer, 304)

    known = str(client.get(address, headers=headers).headers["ETag"])
    return ask


def written(host: Host, address: str) -> Callable[[], None]:
    """A call that says something else of its reader each time, so that it is written."""
    client, turn = host.client("ada"), {"writing": False}

    def ask() -> None:
        turn["writing"] = not turn["writing"]
        said = "writing" if turn["writing"] else "looking"
        assert client.get(address, headers={"X-SGSupport-Here": said}).status_code == 200

    return ask


def _expect(answer: Any, status: int) -> None:
    assert answer.status_code == status, f"{answer.request.path}: {answer.status_code}"


def main() -> int:
    """Measure and print; 0 where the target is met."""
    told = arguments(__doc__, rounds=100)
    heading(f"An open page that asks, {TABS} of them", told.database_url, told.rounds)
    with desks(told.database_url, ["desk"]) as hosts:
        host = hosts["desk"]
        ticket_id = fill(host)
        ticket, lists = f"/support/poll?inbox=1&ticket={ticket_id}", "/support/poll?inbox=1"
        stopped_at = utc_now()
        host.desk.now = lambda: stopped_at
        seen(host)
        open_page = page(host, ticket_id)
        open_page()
        calls = {
            "ticket page": open_page,
            "ticket, nothing new": unchanged(host, ticket, **LOOKING),
            "ticket, reader written": written(host, ticket),
            "list, nothing new": unchanged(host, lists),
        }
        counts = {name: statements(host, call) for name, call in calls.items()}
        interleaved(calls, WARM_UP)
        times = interleaved(calls, told.rounds)
    costs = {name: ratio(found, times["ticket page"]) for name, found in times.items()}
    for name, found in times.items():
        print(f"{name}: {counts[name]} statements, {costs[name]:.2f} of a ticket page; {spread(found)}")
    every = host.desk.settings.inbox_poll_seconds
    writes = every / max(every, SAID_AGAIN_AFTER.total_seconds())
    each = (1 - writes) * costs["ticket, nothing new"] + writes * costs["ticket, reader written"]
    print(f"{TABS} tickets before {TABS} agents, each asking every {every} s", end=": ")
    print(f"as {each * TABS * 60 / every:.0f} ticket pages a minute, {each * 60 / every:.1f} for each")
    return 0 if max(costs["ticket, nothing new"], costs["list, nothing new"]) <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
