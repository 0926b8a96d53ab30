"""The lists cost the same however many tickets there are.

    python -m benchmarks.pages [--rounds N] [--database-url URL]

Two desks, one with 1,000 tickets and one with 20,000, a tenth of them open. An agent asks for the inbox and the largest
account's operator for the panel's list, in random order. Ends with 1 where a page's number of statements grows, or the
ratio of the medians is above 1.5.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from benchmarks.desks import arguments, desks, heading, interleaved, ratio, spread
from flask_sgsupport.models import Agent, Base, Delivery, Message, Queue, Ticket
from flask_sgsupport.settings import utc_now
from tests.world import Host

TARGET = 1.5
SIZES = {"small": 1_000, "large": 20_000}
ACCOUNTS = 50
PEOPLE = 500
LARGEST_SHARE = 0.1
STATUSES = {"open": 0.1, "resolved": 0.05, "closed": 0.85}
BATCH = 2_000
PAGES = {"inbox": ("ada", "/admin/support/"), "panel": ("jerome", "/support/")}
MODELS: tuple[type[Base], ...] = (Ticket, Message, Delivery)
WARM_UP = 3


def fill(host: Host, size: int, *, have: int = 0) -> None:
    """Tickets as the desk writes them, each with its description and a mail that was sent: copies of one.

    :param have: how many there are by now.
    """
    rows = random.Random(7)
    with host.app.app_context():
        session = host.db.session
        if not have:
            host.support.open_ticket(host.customer("jerome"), subject="Checkout failing", body="Nobody can pay.")
            session.commit()
        firsts = (session.scalars(select(model).order_by(model.pk).limit(1)).one() for model in MODELS)
        ticket, message, delivery = map(_columns, firsts)
        queues, agents = (session.scalars(select(model.pk).order_by(model.pk)).all() for model in (Queue, Agent))
        for start in range(max(have, 1), size, BATCH):
            numbers = range(start, min(start + BATCH, size))
            session.execute(insert(Ticket), [_ticket(ticket, number, queues, agents, rows) for number in numbers])
            session.execute(insert(Message), [_beside(message, number) for number in numbers])
            session.execute(insert(Delivery), [_delivery(delivery, number) for number in numbers])
        session.commit()
        if session.get_bind().dialect.name in {"sqlite", "postgresql"}:
            session.execute(host.db.text("ANALYZE"))
            session.commit()


def _ticket(
    ticket: dict[str, Any], number: int, queues: Sequence[int], agents: Sequence[int], rows: random.Random
) -> dict[str, Any]:
    at = utc_now() - timedelta(minutes=number)
    largest = rows.random() < LARGEST_SHARE
    account = "1" if largest else str(rows.randint(2, ACCOUNTS))
    status = rows.choices(list(STATUSES), list(STATUSES.values()))[0]
    opened, closed = status == "open", status == "closed"
    return ticket | {
        "pk": ticket["pk"] + number,
        "ticket_id": f"TKT-2025-{number:05d}",
        "subject": f"Checkout failing {number}",
        "subject_folded": f"checkout failing {number}",
        "account_id": account,
        "account_name": f"Account {account}",
        "queue_pk": queues[0] if opened else rows.choice(queues),
        "status": status,
        "assignee_pk": None if opened and rows.random() < 0.5 else rows.choice(agents),
        "resolved_at": None if opened else at,
        "auto_close_at": at + timedelta(days=3650) if status == "resolved" else None,
        "closed_at": at if closed else None,
        "close_reason": "no_reply" if closed else None,
        "addressed": not opened or rows.random() < 0.5,
        "created_at": at,
        "updated_at": at,
        "customer_updated_at": at,
        "last_customer_message_at": at,
    }


def _delivery(delivery: dict[str, Any], number: int) -> dict[str, Any]:
    unlucky = {0: "failed", 1: "bounced", 2: "cancelled"}
    state, recipient = unlucky.get(number % 200, "sent"), f"person-{number % PEOPLE}"
    sent = {"message_pk": None, "channel": "email", "state": state, "sent_at": utc_now(), "recipient_id": recipient}
    return _beside(delivery, number) | sent


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__mapper__.column_attrs}


def _beside(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A row that belongs to the ticket of that number; the first ticket has up to a hundred such rows."""
    key = {"key": f"benchmark-{number}"} | ({"form_key": None} if "form_key" in row else {})
    return row | key | {"pk": row["pk"] + 100 + number, "ticket_pk": row["ticket_pk"] + number}


def page(host: Host, who: str, path: str) -> Callable[[], None]:
    """A call for that page by somebody signed in."""
    client = host.client(who)

    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"

    return ask


def rows_of(host: Host, who: str, path: str) -> int:
    """How many tickets the page shows."""
    return host.client(who).get(path).get_data(as_text=True).count(">TKT-")


def statements(host: Host, call: Callable[[], None]) -> int:
    """How many statements on the desk's tables a call makes, once it is warm."""
    call()
    with host.count_statements() as ran:
        call()
    return len(ran)


def main() -> int:
    """Measure and print; 0 where the target is met."""
    told = arguments(__doc__, rounds=40)
    heading("Lists at 1,000 and 20,000 tickets", told.database_url, told.rounds)
    good = True
    with desks(told.database_url, list(SIZES)) as hosts:
        for name, host in hosts.items():
            fill(host, SIZES[name])
        for title, (who, path) in PAGES.items():
            calls = {name: page(host, who, path) for name, host in hosts.items()}
            counts = {name: statements(hosts[name], call) for name, call in calls.items()}
            interleaved(calls, WARM_UP)
            times = interleaved(calls, told.rounds)
            measured = ratio(times["large"], times["small"])
            good = good and counts["small"] == counts["large"] and measured <= TARGET
            print(f"{title}: {counts['small']} and {counts['large']} statements", end="; ")
            print(f"ratio of medians, large to small: {measured:.2f} (target: at most {TARGET})")
            for name, found in times.items():
                print(f"  {name}, {rows_of(hosts[name], who, path)} tickets shown: {spread(found)}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
