"""Collects what each guarantee counted, writes the page of figures and says whether all of them held."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUARANTEE, FIGURE, SERVICE = "guarantee", "figure", "ran on"
Figure = Callable[[str], None]
"""Says what was counted: ``figure("1000 opens, 0 gaps")``."""
Rounds = Callable[[int, int], int]
"""How often: ``rounds(short, full)``."""
HEAD = """# Proof

What the desk guarantees when many act at once, statements fail, processes die, servers go away, nonsense arrives and
somebody changes a rule, and what was counted when that was tried. This page is written by `make proof`; `make proof
PROOF=full` goes more rounds. After each of these tests on a database everything in `tests/invariants.py` is asked.
"""


@dataclass
class Guarantee:
    """One test: what it is to show, and how that went on each service."""

    name: str
    sentence: str
    command: str
    outcomes: list[tuple[str, str, str]] = field(default_factory=list)
    """Outcome, service with its variant, figure or reason."""

    @property
    def held(self) -> bool:
        """Nothing broke, and it was shown somewhere."""
        return not self.broken and any(outcome == "held" for outcome, *_ in self.outcomes)

    @property
    def broken(self) -> bool:
        """It does not hold somewhere."""
        return any(outcome == "broken" for outcome, *_ in self.outcomes)


class Page:
    """The plugin: gathers from the reports of a run."""

    def __init__(self) -> None:
        self.guarantees: dict[str, Guarantee] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tell each report which guarantee it is about."""
        for item in items:
            marker = item.get_closest_marker(GUARANTEE)
            if marker is None:
                raise pytest.UsageError(f"{item.nodeid} names no guarantee")
            item.user_properties.append((GUARANTEE, "\n".join(marker.args)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a phase of a test went."""
        told: dict[str, str] = {key: str(value) for key, value in report.user_properties}
        if GUARANTEE not in told or (report.when != "call" and report.passed):
            return
        name, sentence = told[GUARANTEE].split("\n")
        path, test = report.nodeid.split("::", 1)
        test, _, variant = test.partition("[")
        guarantee = self.guarantees.setdefault(name, Guarantee(name, sentence, f"pytest {path} -k {test}"))
        words = [word for word in variant.rstrip("]").split("-") if word and word not in told.get(SERVICE, "")]
        where = ", ".join(filter(None, [told.get(SERVICE, ""), *words])) or "the test's own"
        if report.passed:
            guarantee.outcomes.append(("held", where, told.get(FIGURE, "")))
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            guarantee.outcomes.append(("left out", where, reason.removeprefix("Skipped: ")))
        else:
            crash = getattr(report.longrepr, "reprcrash", None)
            what = (crash.message if crash else str(report.longrepr)).splitlines()[0]
            guarantee.outcomes.append(("broken", where, what[-300:]))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the page where ``PROOF_PAGE`` says; where nothing was shown the run has failed."""
        if hasattr(session.config, "workerinput"):
            return
        if not any(one.held for one in self.guarantees.values()) and not exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if page := os.environ.get("PROOF_PAGE"):
            path = ROOT / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(self._lines()) + "\n", "utf-8")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The line below everything."""
        if not hasattr(config, "workerinput"):
            sys.stdout.write(f"{self.verdict}\n")

    @property
    def verdict(self) -> str:
        """How many held and broke; one that was left out everywhere is neither."""
        found = self.guarantees.values()
        return f"proof: {sum(one.held for one in found)} guarantees held, {sum(one.broken for one in found)} broken"

    def _lines(self) -> Iterator[str]:
        yield HEAD
        yield f"- {self.verdict}, {'full' if full() else 'short'} run of {datetime.now(UTC):%-d %B %Y}"
        yield f"- commit {_commit()}"
        where = {place.split(",")[0] for one in self.guarantees.values() for _, place, _ in one.outcomes}
        yield f"- on {', '.join(sorted(place for place in where if re.search(r' [0-9]', place)))}"
        for one in sorted(self.guarantees.values(), key=lambda one: one.name):
            yield f"\n## {one.name}\n\n{one.sentence}\n"
            yield f"`{one.command}`\n\n| On | | Counted |\n|---|---|---|"
            for outcome, place, said in one.outcomes:
                yield f"| {place} | {outcome} | {said.replace('|', '/')} |"


def full() -> bool:
    """Whether many rounds are asked for."""
    return os.environ.get("PROOF") == "full"


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"`{asked.stdout.strip()[:12]}`" if asked.returncode == 0 else "unknown, this is no checkout"
