"""An open costs no more because a rule has a pathological pattern.

    python -m benchmarks.patterns [--rounds N] [--database-url URL]

A desk for each pattern: a plain word, and those of which a backtracking engine would never come back. Tickets of a
million characters are opened on each, in random order.
Ends with 1 where the ratio of the medians of a pathological pattern to the plain one is above 2.
"""

from __future__ import annotations

import random
import sys

from benchmarks.desks import arguments, desks, heading, interleaved, ratio, spread
from flask_sgsupport.actors import Via
from flask_sgsupport.services.opening import open_ticket
from flask_sgsupport.services.rules import create_rule
from tests.world import Host

TARGET = 2.0
CHARS = 1_000_000
WARM_UP = 2
PATTERNS = {
    "plain": "refund",
    "nested": "(a+)+$",
    "twice": "(x+x+)+y",
    "either": "(a|aa)*z",
    "wide": "[ab]*a[ab]{20}z",
    "long": "a.{30}a.{30}z9",
    "many": "(?:a?){100}a{100}z",
}


class Customer:
    """Jerome, who opens tickets with a text that makes patterns work."""

    def __init__(self, host: Host, pattern: str) -> None:
        self.host, self.opened = host, 0
        letters = random.Random(1)
        self.body = "a" * 50_000 + "".join(letters.choice("aab b") for _ in range(CHARS - 50_000))
        with host.app.app_context():
            lead = host.agent("grace")
            condition = {"field": "body", "op": "matches", "value": [pattern]}
            create_rule(lead, {"name": "Pattern", "all": [condition], "priority": "high"})

    def open(self) -> None:
        """Open one."""
        self.opened += 1
        with self.host.app.app_context():
            actor = self.host.customer("jerome", Via.PANEL)
            open_ticket(actor, subject=f"Number {self.opened}", body=self.body)
            self.host.db.session.remove()


def main() -> int:
    """Measure and print; 0 where the target is met."""
    told = arguments(__doc__, rounds=20)
    heading("Opening with a text of a million characters and a rule", told.database_url, told.rounds)
    settings = {"SGSUPPORT_MAX_BODY_CHARS": CHARS, "SGSUPPORT_OPENS_PER_HOUR": None}
    with desks(told.database_url, list(PATTERNS), **{name: settings for name in PATTERNS}) as made:
        calls = {name: Customer(made[name], pattern).open for name, pattern in PATTERNS.items()}
        interleaved(calls, WARM_UP)
        times = interleaved(calls, told.rounds)
    worst = 0.0
    for name, taken in times.items():
        to_plain = ratio(taken, times["plain"])
        worst = max(worst, to_plain)
        print(f"{name:8} {PATTERNS[name]:22} {to_plain:5.2f} to plain   {spread(taken)}")
    print(f"worst {worst:.2f}, target {TARGET}")
    return int(worst > TARGET)


if __name__ == "__main__":
    sys.exit(main())
