"""No act that writes is without its proof: whatever the services offer is tried with faults."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from flask_sgsupport import services
from tests.proof.verbs import VERBS

ROOM = Path(services.__file__).parent
SPINE = {"transaction", "looking"}
"""Rooms of `run` and `write_while_looking`, through which everything is written."""
WRITES = {"run", "write_while_looking"}

LEFT_OUT = {
    "attaching.sent_again": "follows an act that an earlier sending answers: what it counts may be lost",
    "limiting.spend_again": "the same; it writes as count_search does, which is there",
    "conversation.say_once": "the way of the acts that say something, each of which is there",
    "handing_over.rescue_tickets": "needs a queue deleted past the desk, where a database keeps no foreign keys; "
    "moves as empty_queue does",
    "setup.initialise": "the first start and its migrations: tests/migrations",
}


def functions() -> Iterator[tuple[str, str, set[str], bool]]:
    """Room, name, everything called in it by name, and whether it is done inside of another's unit of work."""
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                arguments = {argument.arg for argument in node.args.args}
                yield path.stem, node.name, set(_called(node)), bool(arguments & {"unit", "session"})


def _called(node: ast.AST) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def writers() -> set[str]:
    """Public functions of the services that begin a unit of work, themselves or by another that does."""
    found = [one for one in functions() if one[0] not in SPINE]
    writing, before = set(WRITES), set[str]()
    while writing != before:
        before = set(writing)
        writing |= {name for __, name, called, inside in found if called & before and not inside}
    public = {f"{room}.{name}" for room, name, called, inside in found if called & writing and not inside}
    return {name for name in public if not name.partition(".")[2].startswith("_")}


def test_every_act_that_writes_is_tried_with_faults() -> None:
    tried = {f"{of.__module__.rpartition('.')[2]}.{of.__name__}" for verb in VERBS.values() for of in verb.of}
    assert len(tried) > 40
    assert writers() - tried == set(LEFT_OUT), "write a verb for it in tests/proof/verbs.py"
    assert tried <= writers(), "this is no act that writes"
