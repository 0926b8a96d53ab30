"""A report costs what its period holds, however much came before.

    python -m benchmarks.reports [--rounds N] [--database-url URL]

Two desks with the same 2,000 tickets of the last 30 days; one of them has 18,000 older ones besides, all answered,
resolved and closed. A lead asks both for the report of 30 days, and the larger one for the whole of its 300 days, in
random order. Ends with 1 where the statements differ, the ratio of the medians of the 30 days is above 1.5, or a ticket
costs more in the long report than in the short one.
"""

from __future__ import annotations

import random
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from benchmarks.desks import arguments, desks, heading, interleaved, ratio, spread
from benchmarks.pages import BATCH, WARM_UP, _columns, page, statements
from flask_sgsupport.models import Agent, Measure, Queue, Ticket
from flask_sgsupport.settings import utc_now
from tests.world import Host

TARGET = 1.5
RECENT, OLDER = 2_000, 18_000
DAYS, ALL_DAYS = 30, 300
KINDS = ("first_response", "next_response", "resolved", "closed")


def fill(host: Host, *, older: int) -> None:
    """Tickets with what is measured of them: copies of one, each some time after the other."""
    rows = random.Random(7)
    with host.app.app_context():
        session = host.db.session
        host.support.open_ticket(host.customer("jerome"), subject="Checkout failing", body="Nobody can pay.")
        session.commit()
        ticket = _columns(session.scalars(select(Ticket)).one())
        queues, agents = (session.scalars(select(model.pk).order_by(model.pk)).all() for model in (Queue, Agent))
        for start in range(1, RECENT + older, BATCH):
            tickets, measures = [], []
            for number in range(start, min(start + BATCH, RECENT + older)):
                one = _ticket(ticket, number, rows.choice(queues), rows.choice(agents))
                tickets.append(one)
                measures += _measures(one, rows)
            session.execute(insert(Ticket), tickets)
            session.execute(insert(Measure), measures)
        session.commit()
        if session.get_bind().dialect.name in {"sqlite", "postgresql"}:
            session.execute(host.db.text("ANALYZE"))
            session.commit()


def _ticket(ticket: dict[str, Any], number: int, queue_pk: int, agent_pk: int) -> dict[str, Any]:
    recent = number < RECENT
    share = number / RECENT if recent else (number - RECENT) / OLDER
    days = share * (DAYS - 1) if recent else DAYS + 1 + share * (ALL_DAYS - DAYS - 2)
    at = utc_now() - timedelta(days=days)
    is_open = number % 20 == 0 and recent
    closed = {"status": "closed", "resolved_at": at, "closed_at": at, "close_reason": "no_reply"}
    return ticket | {
        "pk": ticket["pk"] + number,
        "ticket_id": f"TKT-2025-{number:05d}",
        "queue_pk": queue_pk,
        "assignee_pk": agent_pk,
        "addressed": not is_open,
        "created_at": at,
        "first_answered_at": None if is_open else at,
        **({} if is_open else closed),
    }


def _measures(ticket: dict[str, Any], rows: random.Random) -> list[dict[str, Any]]:
    if ticket["status"] == "open":
        return []
    since, found = ticket["created_at"], []
    for kind in KINDS:
        seconds = rows.randrange(60, 40_000)
        found.append(
            {
                "ticket_pk": ticket["pk"],
                "kind": kind,
                "at": since + timedelta(seconds=seconds),
                "since": since,
                "seconds": seconds,
                "business_seconds": seconds // 3,
                "queue_pk": ticket["queue_pk"],
                "agent_pk": ticket["assignee_pk"],
                "word": "no_reply" if kind == "closed" else "met",
                "ordinal": 1,
                "answers": 2,
                "undone": "",
                "undone_at": None,
            }
        )
    return found


def main() -> int:
    """Measure and print; 0 where the targets are met."""
    told = arguments(__doc__, rounds=20)
    heading(f"Reports over {RECENT:,} of {RECENT:,} and of {RECENT + OLDER:,} tickets", told.database_url, told.rounds)
    today = utc_now().date()
    short = f"/admin/support/reports/?since={today - timedelta(days=DAYS - 1)}"
    whole = f"/admin/support/reports/?since={today - timedelta(days=ALL_DAYS)}"
    with desks(told.database_url, ["small", "large"]) as hosts:
        fill(hosts["small"], older=0)
        fill(hosts["large"], older=OLDER)
        calls = {name: page(host, "grace", short) for name, host in hosts.items()}
        calls["whole"] = page(hosts["large"], "grace", whole)
        counts = {name: statements(hosts.get(name, hosts["large"]), call) for name, call in calls.items()}
        if "nothing is shown" in hosts["large"].client("grace").get(whole).text:
            print("300 days are too many for the page, so there is nothing to measure")
            return 1
        interleaved(calls, WARM_UP)
        times = interleaved(calls, told.rounds)
        same, long = ratio(times["large"], times["small"]), ratio(times["whole"], times["large"])
        most = (RECENT + OLDER) / RECENT
        print(f"statements: {', '.join(f'{name} {count}' for name, count in counts.items())}")
        print(f"30 days, ratio of medians, large to small: {same:.2f} (target: at most {TARGET})")
        print(f"300 days to 30, ratio of medians: {long:.2f} (target: at most {most:.0f}, as many times the tickets)")
        for name, found in times.items():
            print(f"  {name}: {spread(found)}")
    return 0 if len(set(counts.values())) == 1 and same <= TARGET and long <= most else 1


if __name__ == "__main__":
    sys.exit(main())
