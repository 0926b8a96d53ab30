"""A reply takes no longer because the mail server is slow.

    python -m benchmarks.slow_smtp [--rounds N] [--database-url URL]

Two desks in one process, each with its embedded worker: the mail server of one takes a mail at once, that of the other
takes five seconds for each. Agents reply on both through the inbox, in random order, while both workers send. Ends with
1 where the ratio of the medians is above 1.2, or where the workers did not work.
"""

from __future__ import annotations

import sys
from typing import Any

from flask.testing import FlaskClient

from benchmarks.desks import arguments, desks, heading, interleaved, ratio, spread, token_of
from flask_sgsupport.worker import embedded
from tests.smtp import Smtp
from tests.world import Host

TARGET = 1.2
SLOW_SECONDS = 5.0
TICKETS = 10
PAUSE_SECONDS = 0.1
WARM_UP = 5


class Agent:
    """Ada, replying to each ticket in turn."""

    def __init__(self, host: Host) -> None:
        with host.app.app_context():
            self.tickets = []
            for number in range(TICKETS):
                opened = host.support.open_ticket(
                    host.customer("jerome"), subject=f"Checkout {number}", body="It fails."
                )
                self.tickets.append(opened.ticket_id)
            host.db.session.commit()
        self.client: FlaskClient = host.client("ada")
        self.token = token_of(self.client, self._page(self.tickets[0]))
        self.replies = 0

    def _page(self, ticket_id: str) -> str:
        return f"/admin/support/tickets/{ticket_id}"

    def reply(self) -> None:
        """Send one public reply through the inbox."""
        ticket_id = self.tickets[self.replies % TICKETS]
        self.replies += 1
        form = {"body": f"Reply {self.replies}", "form": f"form-{self.replies}", "csrf_token": self.token}
        answer = self.client.post(f"{self._page(ticket_id)}/reply", data=form)
        assert answer.status_code == 302, answer.get_data(as_text=True)[:500]


def main() -> int:
    """Measure and print; 0 where the target is met."""
    told = arguments(__doc__, rounds=100)
    heading("Replying with a slow mail server and a fast one", told.database_url, told.rounds)
    with Smtp() as fast, Smtp() as slow:
        slow.delay_seconds = SLOW_SECONDS
        servers = {"fast": fast, "slow": slow}
        config: dict[str, dict[str, Any]] = {
            name: {
                "MAIL_SERVER": server.host,
                "MAIL_PORT": server.port,
                "SGSUPPORT_WORKER": "embedded",
                "SGSUPPORT_MAIL_TIMEOUT_SECONDS": 4 * SLOW_SECONDS,
            }
            for name, server in servers.items()
        }
        with desks(told.database_url, list(servers), **config) as hosts:
            agents = {name: Agent(host) for name, host in hosts.items()}
            calls = {name: agent.reply for name, agent in agents.items()}
            interleaved(calls, WARM_UP)
            before = {name: len(server.mails) for name, server in servers.items()}
            times = interleaved(calls, told.rounds, pause_seconds=PAUSE_SECONDS)
            sent = {name: len(server.mails) - before[name] for name, server in servers.items()}
            slow.delay_seconds = 0.0
            for host in hosts.values():
                embedded.stop(host.app, within_seconds=4 * SLOW_SECONDS)
    for name, found in times.items():
        print(f"{name}: {spread(found)}; {sent[name]} mails were sent meanwhile")
    measured = ratio(times["slow"], times["fast"])
    worked = sent["fast"] >= told.rounds // 2 and 1 <= sent["slow"] < sent["fast"]
    print(f"ratio of medians, slow to fast: {measured:.2f} (target: at most {TARGET})")
    if not worked:
        print("the workers did not send while it was measured, so the ratio says nothing")
    return 0 if worked and measured <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
