"""A room with one thing changed in it, again and again: whether the tests of its rules notice.

What is changed is said by mutmut's operators. mutmut itself runs them on plain functions only, so the tables, which
hold most of what these rooms say, would be passed by; here they are asked about the whole file. The changed source is
handed to a forked process in place of the room's own; no file is written.

``python -m tests.proof.mutants lifecycle`` tries all, ``--sample 40`` some; each that nobody noticed is a line of JSON.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import random
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

ROOT = Path(__file__).parents[2]
TESTS = {
    "lifecycle": "tests/test_lifecycle_decides.py",
    "permissions": "tests/test_permissions_select.py",
    "states": "tests/test_lifecycle_decides.py",
}
"""The tests each room is tried against: without a database, or with one in memory, and quick."""
WARM = ("flask", "flask_sgsupport.hooks", "flask_sgsupport.models", "flask_sgsupport.settings")
"""Imported once, before the room is."""
OPTIONS = ("-qs", "-c", os.devnull, f"--rootdir={ROOT}", "--noconftest", "--assert=plain", "-p", "no:cacheprovider")
SECONDS = 20
"""Of processor time. A mutant that needs more goes round in circles: noticed."""
NOT_ASKED = "A flag is only asked whether it is set, and nothing is as good as no."
AS_GOOD_AS_NONE = "It is only asked whether there is one."
ONLY_A_NAME = "It stands in annotations only, which nobody evaluates."
LONG_ENOUGH = "No key has more digits."
EXISTS = "What EXISTS selects is not read, only whether there is a row."
ALIKE: dict[tuple[str, str, str], str] = {
    ("lifecycle", "notice_undelivered: bool = False", "notice_undelivered: bool = None"): NOT_ASKED,
    ("lifecycle", "notice_under_way: bool = False", "notice_under_way: bool = None"): NOT_ASKED,
    ("lifecycle", "confirmation_recorded: bool = False", "confirmation_recorded: bool = None"): NOT_ASKED,
    ("lifecycle", "shows: bool = False", "shows: bool = None"): NOT_ASKED,
    ("lifecycle", "support_spoke_last: bool = False", "support_spoke_last: bool = None"): NOT_ASKED,
    ("lifecycle", "released: bool = False", "released: bool = None"): NOT_ASKED,
    ("lifecycle", 'merged_into: str = ""', "merged_into: str = None"): NOT_ASKED,
    ("states", "merged: bool = False", "merged: bool = None"): NOT_ASKED,
    ("lifecycle", "brings_open: bool = False", "brings_open: bool = None"): NOT_ASKED,
    ("lifecycle", "brings_question: bool = False", "brings_question: bool = None"): NOT_ASKED,
    ("lifecycle", "when_merged: bool = False", "when_merged: bool = None"): NOT_ASKED,
    ("lifecycle", "inside: bool = False", "inside: bool = None"): NOT_ASKED,
    ("lifecycle", "reopens: bool = False", "reopens: bool = None"): NOT_ASKED,
    ("lifecycle", "claims: bool = False", "claims: bool = None"): NOT_ASKED,
    ("lifecycle", "guard: Guard | None = None", 'guard: Guard | None = ""'): AS_GOOD_AS_NONE,
    ("lifecycle", "effects: Effect | None = None", 'effects: Effect | None = ""'): AS_GOOD_AS_NONE,
    ("lifecycle", 'reason = ""', "reason = None"): AS_GOOD_AS_NONE,
    ("lifecycle", "Guard = Callable[[Facts], str | None]", "Guard = None"): ONLY_A_NAME,
    ("lifecycle", "Effect = Callable[[Facts], dict[str, Any]]", "Effect = None"): ONLY_A_NAME,
    ("permissions", "20", "21"): LONG_ENOUGH,
    ("permissions", "String(20)", "String(None)"): LONG_ENOUGH,
    ("permissions", "select(TicketTag.tag)", "select(None)"): EXISTS,
    ("permissions", "select(AgentCoverage.value)", "select(None)"): EXISTS,
}
"""Room, what was, what it becomes: why that makes no difference."""


@dataclass(frozen=True, eq=False)
class Mutant:
    """One change of a room."""

    module: cst.Module
    parts: tuple[str, ...]
    """The statements of the file, as text."""
    part: int
    """Which of them is changed."""
    line: int
    node: cst.CSTNode
    changed: cst.CSTNode

    @property
    def source(self) -> str:
        """The room with this one change."""
        changed = self.module.code_for_node(self.module.body[self.part].deep_replace(self.node, self.changed))  # type: ignore[arg-type]
        return "".join((*self.parts[: self.part], changed, *self.parts[self.part + 1 :]))

    @property
    def was(self) -> str:
        """What stands there."""
        return _code(self.module, self.node)

    @property
    def becomes(self) -> str:
        """What stands there instead."""
        return _code(self.module, self.changed)


class Places(cst.CSTVisitor):
    """Every place mutmut's operators change; annotations and decorators only say what the rest is."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator) or _is_remark(node):
            return False
        for kind, operator in mutation_operators:
            if isinstance(node, kind):
                self.found += [(node, changed) for changed in operator(node) if _rest(changed) != _rest(node)]
        return True


def _is_remark(node: cst.CSTNode) -> bool:
    """``doc=`` of a row is printed on the reference page and read by nobody else; the page is compared elsewhere."""
    return isinstance(node, cst.Arg) and node.keyword is not None and node.keyword.value == "doc"


def _rest(node: cst.CSTNode) -> object:
    return [arg for arg in node.args if not _is_remark(arg)] if isinstance(node, cst.Call) else node


def mutants(room: str) -> list[Mutant]:
    """Every mutant of a room, in the order of the file."""
    wrapper = MetadataWrapper(cst.parse_module((ROOT / f"flask_sgsupport/{room}.py").read_text("utf-8")))
    positions, module = wrapper.resolve(PositionProvider), wrapper.module
    parts = tuple(module.code_for_node(part) for part in module.body)
    found = []
    for number, part in enumerate(module.body):
        places = Places()
        part.visit(places)
        found += [
            Mutant(module, parts, number, positions[node].start.line, node, changed) for node, changed in places.found
        ]
    return found


def _code(module: cst.Module, node: cst.CSTNode) -> str:
    return " ".join(module.code_for_node(node).split())


class Instead(MetaPathFinder, Loader):
    """Loads one module from a source of ours."""

    def __init__(self, name: str, source: str) -> None:
        self.name, self.source = name, source

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, origin=fullname) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)  # noqa: S102


class Trial:
    """A pytest that is forked where it begins to collect: each child runs the room's tests on one mutant.

    A child exits with 0 if all of them pass, and with something else as soon as one does not.
    """

    def __init__(self, room: str, tried: Sequence[Mutant], *, at_once: int) -> None:
        self.room, self.at_once = room, at_once
        self.as_it_is = replace(tried[0], changed=tried[0].node)
        self.left = [*reversed(tried), self.as_it_is]
        """Those to come; the room as it is comes first, by the same way."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Go on as a child, or stay here until every child is done."""
        gc.freeze()
        running: dict[int, Mutant] = {}
        tried, noticed = len(self.left) - 1, 0
        while self.left or running:
            if self.left and len(running) < self.at_once:
                mutant = self.left.pop()
                child = os.fork()
                if child == 0:
                    return self._become(mutant)
                running[child] = mutant
            else:
                child, status = os.wait()
                noticed += self._was_noticed(running.pop(child), failed=bool(status))
        say({"tried": tried, "noticed": noticed})
        os._exit(0)

    def _become(self, mutant: Mutant) -> None:
        gc.disable()
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        silent = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silent, 1)
        os.dup2(silent, 2)
        sys.meta_path.insert(0, Instead(f"flask_sgsupport.{self.room}", mutant.source))

    def _was_noticed(self, mutant: Mutant, *, failed: bool) -> bool:
        if mutant is self.as_it_is:
            if failed:
                sys.stderr.write(f"{TESTS[self.room]} fails on {self.room}.py as it is\n")
                os._exit(1)
            return False
        if not failed:
            alike = ALIKE.get((self.room, mutant.was, mutant.becomes), "")
            say({"line": mutant.line, "was": mutant.was, "becomes": mutant.becomes, "alike": alike})
        return failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One that fails is enough."""
        if report.failed:
            os._exit(1)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """End without tidying up."""
        os._exit(int(exitstatus))


def main() -> None:
    """Try them and print the ones that nobody noticed, then how many there were."""
    asked = argparse.ArgumentParser(prog="python -m tests.proof.mutants", description="Try the mutants of a room.")
    asked.add_argument("room", choices=sorted(TESTS))
    asked.add_argument("--sample", type=int, help="so many of them instead of all")
    asked.add_argument("--seed", type=int, default=1, help="which ones")
    asked.add_argument("--at-once", type=int, default=2)
    given = asked.parse_args()
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in WARM:
        importlib.import_module(name)
    found = mutants(given.room)
    tried = random.Random(given.seed).sample(found, given.sample) if given.sample else found
    say({"of": len(found)})
    sys.exit(pytest.main([*OPTIONS, str(ROOT / TESTS[given.room])], [Trial(given.room, tried, at_once=given.at_once)]))


def say(said: dict[str, Any]) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
