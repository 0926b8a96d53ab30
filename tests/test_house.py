"""What no linter knows about this house."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

import flask_sgsupport
from flask_sgsupport.lifecycle import Status
from flask_sgsupport.notifications import CHANNELS, NOTICES
from tests.compiled import Compiled

PACKAGE = Path(flask_sgsupport.__file__).parent
FILES = sorted(path for path in PACKAGE.rglob("*.py"))
STATUS_WORDS = {str(status) for status in Status}
MAY_KNOW_STATUS = {"lifecycle.py", "settings.py", "states.py"}
MAY_KNOW_STATUS_ROOMS = {"models", "queries", "migrations", "importers"}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def compares_with_status(module: ast.Module) -> Iterator[int]:
    """Lines on which something is compared with a status word, as text or as a member of `Status`."""
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            for part in [node.left, *node.comparators]:
                for leaf in ast.walk(part):
                    if isinstance(leaf, ast.Constant) and leaf.value in STATUS_WORDS:
                        yield node.lineno
                    if (
                        isinstance(leaf, ast.Attribute)
                        and isinstance(leaf.value, ast.Name)
                        and leaf.value.id == "Status"
                    ):
                        yield node.lineno
        if (
            isinstance(node, ast.MatchValue)
            and isinstance(node.value, ast.Constant)
            and node.value.value in STATUS_WORDS
        ):
            yield node.value.lineno


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_the_lifecycle_compares_with_a_status_or_names_its_hours(path: Path) -> None:
    if path.name in MAY_KNOW_STATUS or room(path) in MAY_KNOW_STATUS_ROOMS:
        return
    module = tree(path)
    assert list(compares_with_status(module)) == [], "ask lifecycle.decide, consider or possible"
    hours = [node.lineno for node in ast.walk(module) if isinstance(node, ast.Constant) and node.value == 48]
    assert hours == [], "the hours are a setting"


def test_no_template_compares_with_a_status() -> None:
    words = "|".join(STATUS_WORDS)
    found = [
        f"{named(path)}: {match.group(0)}"
        for path in PACKAGE.rglob("*.html")
        for match in re.finditer(rf"""status\s*(==|!=|in)\s*\(?\[?['"]({words})""", path.read_text())
    ]
    assert found == []


def calls(module: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_services_write(path: Path) -> None:
    if room(path) in {"services", "migrations"}:
        return
    written = [
        (call, line)
        for call, line in calls(tree(path))
        if re.search(r"session(\(\))?\.(add|add_all|delete|flush|commit|merge|bulk_\w+)$", call)
    ]
    assert written == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_ticket_is_selected_in_two_places_and_never_by_its_key(path: Path) -> None:
    assert not re.search(r"\.get\(\s*Ticket\b|query\(Ticket\)|get_or_404", path.read_text())


def reads_configuration(module: ast.Module) -> Iterator[int]:
    """Lines on which one of our keys is looked up, by subscript or by a call."""
    for node in ast.walk(module):
        keys = [node.slice] if isinstance(node, ast.Subscript) else node.args if isinstance(node, ast.Call) else []
        of = node.value if isinstance(node, ast.Subscript) else node.func if isinstance(node, ast.Call) else None
        if of is not None and "config" in ast.unparse(of):
            for key in keys:
                if isinstance(key, ast.Constant) and str(key.value).startswith("SGSUPPORT_"):
                    yield node.lineno


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_settings_read_the_configuration_of_the_desk(path: Path) -> None:
    if path.name != "settings.py":
        assert list(reads_configuration(tree(path))) == []


@pytest.mark.parametrize("path", FILES, ids=named)
def test_every_room_says_what_it_is(path: Path) -> None:
    assert (ast.get_docstring(tree(path)) or "").strip(), "a module without a docstring"


def test_no_room_is_called_after_nothing() -> None:
    assert not [named(path) for path in FILES if path.stem in {"utils", "helpers", "common", "manager", "base", "misc"}]


def test_only_safe_html_makes_markup() -> None:
    made = [
        named(path)
        for path in FILES
        if re.search(r"\bMarkup\((?!\"\"\)|'')", path.read_text()) and path.name != "safe_html.py"
    ]
    # A nonce attribute and a badge: constant markup with escaped values.
    allowed = {"web/page.py", "inbox/frame.py", "i18n.py"}
    assert set(made) <= allowed, "let safe_html make it"


def test_no_template_switches_escaping_off() -> None:
    unsafe = [
        named(path)
        for path in PACKAGE.rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text())
    ]
    assert unsafe == []


def test_every_notice_has_its_folder_of_texts() -> None:
    folder = PACKAGE / "templates" / "sgsupport" / "notifications"
    files = {"bell": ["bell.txt"], "email": ["subject.txt", "body.txt", "body.html"]}
    missing = [
        f"{notice.name}/{name}"
        for notice in NOTICES
        for channel in notice.channels
        for name in files[channel]
        if not (folder / notice.name / name).is_file()
    ]
    assert set(files) == set(CHANNELS)
    assert missing == []
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {notice.name for notice in NOTICES}


def test_public_names_are_frozen() -> None:
    assert sorted(flask_sgsupport.__all__) == [
        "Account",
        "Activity",
        "Actor",
        "ButtonTicket",
        "Membership",
        "Operator",
        "Origin",
        "Person",
        "Right",
        "Routed",
        "Site",
        "Status",
        "Subject",
        "Support",
        "TargetFacts",
        "Targets",
        "UserDirectory",
    ]


@pytest.mark.parametrize("path", [*FILES, *PACKAGE.rglob("*.html")], ids=named)
def test_no_file_has_outgrown_its_room(path: Path) -> None:
    if path.suffix == ".html":
        return
    module = tree(path)
    lines = path.read_text().splitlines()
    documented = {
        number
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    code = [
        n
        for n, line in enumerate(lines, 1)
        if line.strip() and not line.strip().startswith("#") and n not in documented
    ]
    assert len(code) <= 450, f"{len(code)} lines of code: perhaps two rooms"


@pytest.mark.parametrize(
    "other",
    [
        {"autoescape": True},
        {"optimized": False},
        {"block_end_string": ">>"},
        {"finalize": str},
        {"undefined": StrictUndefined},
        {"extensions": ["jinja2.ext.do"]},
        {"enable_async": True},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_tests_compile_is_kept_apart_for_templates_that_compile_differently(other: dict[str, Any]) -> None:
    kept = Compiled()
    keys = [
        kept.get_bucket(made, "page.html", None, "").key
        for made in (Environment(), Environment(), Environment(**other))  # noqa: S701 - nothing is rendered
    ]
    assert keys[0] == keys[1] != keys[2]
    assert kept.get_bucket(SandboxedEnvironment(), "page.html", None, "").key not in keys
