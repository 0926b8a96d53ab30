"""Anybody does anything, at random: the history of every ticket leads to what the ticket is."""

from __future__ import annotations

import pytest

from tests.proof.page import Figure, Rounds
from tests.test_corpus_histories import made, walk
from tests.world import Host

__all__ = ["made"]


@pytest.mark.guarantee(
    "S10.1 Histories",
    "Customers, agents, leads, the clock, the worker and the host do anything to any ticket, in any order: after "
    "every act each change stands in its history, the history replayed is the ticket, and no refusal changed anything.",
)
@pytest.mark.timeout(7200)
def test_every_history_leads_to_its_ticket(made: Host, figure: Figure, rounds: Rounds) -> None:
    histories, steps = rounds(10, 1_000), 30
    done, refused = walk(made, histories, steps, others=True)
    assert done > histories
    assert refused > histories
    figure(f"{histories} histories of {steps} steps: {done} acts done, {refused} refused, all equal to their tickets")
