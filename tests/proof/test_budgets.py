"""Pages of a desk with a hundred thousand tickets ask no more than those of one with a hundred."""

from __future__ import annotations

import pytest

from benchmarks.pages import PAGES, fill, page, statements
from tests.proof.page import Figure, Rounds
from tests.test_lists_stay_quick import MORE_PAGES
from tests.world import Host

FEW = 100
TICKET = "TKT-2025-00001"
OF_ONE = {
    "ticket": ("grace", f"/admin/support/tickets/{TICKET}"),
    "history": ("grace", f"/admin/support/tickets/{TICKET}/history"),
    "merging": ("grace", f"/admin/support/tickets/{TICKET}/merge"),
    "rules on a ticket": ("grace", f"/admin/support/rules/ticket/{TICKET}"),
    "reports": ("grace", "/admin/support/reports/"),
    "palette": ("grace", "/admin/support/find?q=checkout"),
    "numbers of saved views": ("grace", "/admin/support/saved/tallies"),
    "poll of the inbox": ("grace", "/support/poll?inbox=1"),
    "ticket in the panel": ("jerome", "/support/tickets/TKT-2026-00001"),
    "words in the panel": ("jerome", "/support/?q=checkout"),
    "poll of a ticket": ("grace", f"/support/poll?inbox=1&ticket={TICKET}"),
    "poll of the panel": ("jerome", "/support/poll"),
}


@pytest.mark.guarantee(
    "P3.1 Budgets",
    "Every list, search and ticket page, reports and what open pages ask make as many statements with a hundred "
    "thousand tickets as with a hundred.",
)
@pytest.mark.every_database
@pytest.mark.in_turn
@pytest.mark.timeout(1800)
def test_a_page_asks_as_much_with_many_tickets_as_with_few(host: Host, figure: Figure, rounds: Rounds) -> None:
    host.bent = "rows without a history"
    host.desk.settings.searches_per_minute = None
    many = rounds(2_000, 100_000)
    counted: dict[int, dict[str, int]] = {}
    have = 0
    for size in (FEW, many):
        fill(host, size, have=have)
        have = size
        counted[size] = {
            name: statements(host, page(host, who, path)) for name, (who, path) in (PAGES | MORE_PAGES | OF_ONE).items()
        }
    assert counted[many] == counted[FEW]
    most = max(counted[many], key=counted[many].__getitem__)
    figure(
        f"{len(counted[many])} pages with {FEW} and {many:,} tickets: as many statements each, "
        f"{counted[many][most]} at most ({most})"
    )
