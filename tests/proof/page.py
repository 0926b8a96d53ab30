"""Collects what each guarantee counted, writes the page of figures and says whether all of them held."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUARANTEE, FIGURE, SERVICE, PARTS = "guarantee", "figure", "ran on", "PROOF_PARTS"
NEVER_RAN = "it never ran"
VERSIONS = (
    f"Python {platform.python_version()}",
    *(f"{name} {version(name)}" for name in ("Flask", "SQLAlchemy", "Flask-Admin", "Flask-SQLAlchemy")),
)
"""Of what the desk runs on."""
Figure = Callable[[str], None]
"""Says what was counted: ``figure("1000 opens, 0 gaps")``."""
Rounds = Callable[[int, int], int]
"""How often: ``rounds(short, full)``."""
HEAD = """# Proof

What the desk guarantees when many act at once, statements fail, processes die, servers go away, nonsense arrives and
somebody changes a rule, and what was counted when that was tried. This page is written by `make proof`; `make proof
PROOF=full` goes more rounds, and tries each act on each database where a short run takes the databases in turn. The
sentences are what a full run tries in full; a short run tries a part of each, drawn anew or taken in turn, and the
column Counted says how much. After each of these tests on a database everything in `tests/invariants.py` is asked.
A guarantee held where each of its tests that belonged to the run held; where one was left out, for want of a database
or otherwise, it is counted as left out, and the run says what and why.
"""


@dataclass(frozen=True)
class Outcome:
    """How one test went."""

    test: str
    """Its node id."""
    name: str
    """Of what it is to show."""
    sentence: str
    command: str
    went: str
    """Held, broken or left out."""
    where: str
    """The service with its variant."""
    said: str
    """Figure or reason."""
    length: str
    """Of the run: short or full."""
    commit: str


@dataclass
class Guarantee:
    """What is to be shown, and how that went on each service."""

    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def held(self) -> bool:
        """It was shown wherever it was to be shown."""
        return all(one.went == "held" for one in self.outcomes)

    @property
    def left_out(self) -> list[Outcome]:
        """What would have had to be shown as well; of one that is broken that says nothing more."""
        return [] if self.broken else [one for one in self.outcomes if one.went == "left out"]

    @property
    def broken(self) -> bool:
        """It does not hold somewhere."""
        return any(one.went == "broken" for one in self.outcomes)


class Page:
    """The plugin: gathers from the reports of a run, and where ``PROOF_PARTS`` names a file, of parts run before.

    That file keeps each outcome as it comes, so that a run can be made in parts, or begun again. Of a test that was run
    again the last time counts; what was found at another commit, or by a run of the other length, says so.
    """

    def __init__(self) -> None:
        self.commit, self.length = _commit(), "full" if full() else "short"
        self.part = datetime.now(UTC).isoformat()
        self.began_at = time.monotonic()
        self.took: dict[str, float] = {}
        """By part run before, how many seconds that had taken when its last test ended."""
        self.found: dict[str, tuple[str, list[Outcome]]] = {}
        """By test: the part it was last run in, and how that went."""
        self.parts: Path | None = None
        self.collected: dict[str, str] = {}
        """The tests of this run without the group behind their node ids, by node id."""

    def pytest_configure(self, config: pytest.Config) -> None:
        """Read what earlier parts found."""
        if PARTS not in os.environ or hasattr(config, "workerinput"):
            return
        self.parts = Path(os.environ[PARTS])
        for line in self.parts.read_text("utf-8").splitlines() if self.parts.exists() else ():
            kept = json.loads(line)
            self._take(kept["part"], Outcome(**kept["outcome"]))
            self.took[kept["part"]] = kept.get("seconds", 0.0)

    def _take(self, part: str, outcome: Outcome) -> None:
        before, outcomes = self.found.get(outcome.test, (part, []))
        self.found[outcome.test] = part, [*(outcomes if before == part else []), outcome]

    @property
    def guarantees(self) -> list[Guarantee]:
        """What was found so far, by name; with what never ran, where the run has ended before it."""
        found: dict[str, Guarantee] = {}
        for one in [*(one for _, outcomes in self.found.values() for one in outcomes), *self._never_ran()]:
            found.setdefault(one.name, Guarantee()).outcomes.append(one)
        return [found[name] for name in sorted(found)]

    def _never_ran(self) -> Iterator[Outcome]:
        known = {test.partition("[")[0]: outcomes[0] for test, (_, outcomes) in self.found.items()}
        for test, without_group in self.collected.items():
            if self.found.keys() & {test, without_group}:
                continue
            shown, _, variant = without_group.partition("[")
            path, _, name = shown.partition("::")
            where = variant.rstrip("]") or "the test's own"
            one = Outcome(
                test, shown, shown, f"pytest {path} -k {name}", "left out", where, NEVER_RAN, self.length, self.commit
            )
            same = known.get(shown)
            yield replace(one, name=same.name, sentence=same.sentence) if same else one

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Tell each report which guarantee it is about; one short name stands for one of them."""
        named: dict[str, tuple[str, ...]] = {}
        for item in items:
            marker = item.get_closest_marker(GUARANTEE)
            if marker is None:
                raise pytest.UsageError(f"{item.nodeid} names no guarantee")
            short = marker.args[0].split()[0]
            if named.setdefault(short, marker.args) != marker.args:
                raise pytest.UsageError(f"{item.nodeid}: {short} is another guarantee already: {named[short][0]}")
            item.user_properties.append((GUARANTEE, "\n".join(marker.args)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note what is to be run; where tests are shared among processes, each of those does so."""
        self._expect(item.nodeid for item in session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """The same where tests are shared among processes."""
        self._expect(ids)

    def _expect(self, ids: Iterable[str]) -> None:
        # Where tests are shared among processes by group, the group stands behind the node id.
        self.collected |= {one: one.rpartition("@")[0] or one for one in ids}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a phase of a test went."""
        told: dict[str, str] = {key: str(value) for key, value in report.user_properties}
        if GUARANTEE not in told or (report.when != "call" and report.passed):
            return
        name, sentence = told[GUARANTEE].split("\n")
        path, test = report.nodeid.split("::")[0], report.location[2]
        shown, _, variant = test.partition("[")
        service = told.get(SERVICE, "").split()
        words = [word for word in variant.rstrip("]").split("-") if word and word not in service]
        where = ", ".join(filter(None, [told.get(SERVICE, ""), *words])) or "the test's own"
        if report.passed:
            went, said = "held", told.get(FIGURE, "")
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            went, said = "left out", reason.removeprefix("Skipped: ")
        else:
            crash = getattr(report.longrepr, "reprcrash", None)
            what = (crash.message if crash else str(report.longrepr)).splitlines()[0]
            went, said = "broken", what[-300:]
        outcome = Outcome(
            f"{path}::{test}", name, sentence, f"pytest {path} -k {shown}", went, where, said, self.length, self.commit
        )
        self._take(self.part, outcome)
        if self.parts is not None:
            kept = {"part": self.part, "outcome": asdict(outcome), "seconds": round(self._seconds(), 1)}
            with self.parts.open("a", encoding="utf-8") as file:
                file.write(json.dumps(kept) + "\n")

    def _seconds(self) -> float:
        return time.monotonic() - self.began_at

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the page where ``PROOF_PAGE`` says; where nothing was shown the run has failed."""
        if hasattr(session.config, "workerinput"):
            return
        if not any(one.went == "held" for each in self.guarantees for one in each.outcomes) and not exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if page := os.environ.get("PROOF_PAGE"):
            path = ROOT / page
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(self._lines()) + "\n", "utf-8")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """The lines below everything."""
        if not hasattr(config, "workerinput"):
            sys.stdout.write("".join(f"{line}\n" for line in (*self.left_out, self.verdict)))

    @property
    def verdict(self) -> str:
        """How many held and broke; one of which a part was left out is neither, and counted by itself."""
        found = self.guarantees
        said = f"proof: {sum(one.held for one in found)} guarantees held, {sum(one.broken for one in found)} broken"
        left_out = sum(bool(one.left_out) for one in found)
        return f"{said}, {left_out} left out" if left_out else said

    @property
    def left_out(self) -> list[str]:
        """Why guarantees were left out, a line each, with how many."""
        reasons = Counter(why for one in self.guarantees for why in {outcome.said for outcome in one.left_out})
        return [f"left out: a part of {count} guarantees, {why}" for why, count in sorted(reasons.items())]

    def _lines(self) -> Iterator[str]:
        found = self.guarantees
        parts = len({part for part, _ in self.found.values()})
        lengths = [outcomes[0].length for _, outcomes in self.found.values()] or [self.length]
        length = max(sorted(set(lengths)), key=lengths.count)
        yield HEAD
        in_parts = f", in {parts} parts" if parts > 1 else ""
        if others := len(lengths) - lengths.count(length):
            in_parts += f"; {others} of {len(lengths)} tests by a run of the other length"
        yield f"- {self.verdict}, {length} run of {datetime.now(UTC):%-d %B %Y}{in_parts}"
        yield f"- commit {self.commit}"
        seconds = sum(self.took.values()) + self._seconds()
        yield f"- in {max(1, round(seconds / 60))} min, with {', '.join(VERSIONS)}"
        where = {one.where.split(",")[0] for guarantee in found for one in guarantee.outcomes}
        for line in self.left_out:
            yield f"- {line}"
        yield f"- on {', '.join(sorted(place for place in where if re.search(r' [0-9]', place)))}"
        for guarantee in found:
            first = guarantee.outcomes[0]
            yield f"\n## {first.name}\n\n{first.sentence}\n"
            yield f"`{first.command}`\n\n| On | | Counted |\n|---|---|---|"
            for one in guarantee.outcomes:
                went = [one.went]
                went += [f"{one.length} run"] if one.length != length else []
                went += [f"at {one.commit}"] if one.commit != self.commit else []
                yield f"| {one.where} | {', '.join(went)} | {one.said.replace('|', '/')} |"


def full() -> bool:
    """Whether many rounds are asked for."""
    return os.environ.get("PROOF") == "full"


def _commit() -> str:
    asked = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"`{asked.stdout.strip()[:12]}`" if asked.returncode == 0 else "unknown, this is no checkout"
