"""The rooms that say who may do what, with one thing changed in them again and again: the tests of the rules notice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.proof.mutants import ROOT, TESTS
from tests.proof.page import full

SAMPLE = 25


@pytest.mark.guarantee(
    "Mutants",
    "Whatever is changed in the rights or in the lifecycle, be it an operator, a word, an argument or a cell of the "
    "table, a test of these rules fails, but for changes that make no difference, which are named with the reason.",
)
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("room", sorted(TESTS))
def test_a_change_of_the_rules_is_noticed(room: str, figure: Callable[[str], None]) -> None:
    seed = f"{datetime.now(UTC):%Y%m%d}"
    some = [] if full() else ["--sample", str(SAMPLE), "--seed", seed]
    ran = subprocess.run(
        [sys.executable, "-m", "tests.proof.mutants", room, *some],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    there, *survivors, counted = map(json.loads, ran.stdout.splitlines())
    alike = [one for one in survivors if one["alike"]]
    drawn = "" if full() else f", drawn from {there['of']} with seed {seed}"
    figure(f"{counted['noticed']} of {counted['tried']} changes noticed{drawn}; {len(alike)} make no difference")
    assert [one for one in survivors if not one["alike"]] == []
    assert counted["noticed"] >= 0.9 * counted["tried"]
