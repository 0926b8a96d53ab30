"""The documentation says what is there: tables, links, pictures, examples, commands, addresses, settings."""

from __future__ import annotations

import ast
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask.cli import ScriptInfo
from werkzeug.exceptions import MethodNotAllowed, NotFound

from flask_sgsupport import errors, hooks, signals
from flask_sgsupport.cli import support_commands
from flask_sgsupport.settings import PREFIX, SETTINGS

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "scripts" / "reference_pages.py"
TOP = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
PAGES = [ROOT / name for name in TOP] + sorted(
    page for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts
)
BLOCK = re.compile(r"<!-- runnable -->\n```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


every_page = pytest.mark.parametrize("page", PAGES, ids=named)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    """The script that writes the tables."""
    return runpy.run_path(str(SCRIPT))


@every_page
def test_the_tables_of_a_page_are_those_of_the_code(page: Path, reference: dict[str, Any]) -> None:
    assert reference["made"](page) == page.read_text("utf-8"), "run python scripts/reference_pages.py"


def test_every_table_stands_on_a_page(reference: dict[str, Any]) -> None:
    stand = {found[2] for page in PAGES for found in reference["REGION"].finditer(page.read_text("utf-8"))}
    assert stand == set(reference["TABLES"])


@pytest.mark.parametrize("row", signals.SIGNALS, ids=lambda row: row.name)
def test_a_signal_is_described(row: signals.SignalRow) -> None:
    assert f"`{row.name}`" in (ROOT / "docs/reference/signals.md").read_text("utf-8")


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    yield from (found[1] for found in re.finditer(r"!?\[[^\]]*\]\(([^)\s]+)\)", text))


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@every_page
def test_every_link_and_picture_is_there(page: Path) -> None:
    missing = []
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        name, __, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            missing.append(link)
    assert missing == []


@every_page
def test_every_picture_is_described(page: Path) -> None:
    assert "![](" not in page.read_text("utf-8")


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = set()
    for page in (ROOT / "docs/index.md", ROOT / "docs/reference/index.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            listed |= {(page.parent / f"{line}.md").resolve() for line in block.split() if not line.startswith(":")}
    here = {page for page in PAGES if page.parent != ROOT}
    assert {named(page) for page in here - listed} == {"docs/index.md"}


@every_page
def test_the_examples_run(page: Path, tmp_path: Path) -> None:
    blocks = BLOCK.findall(page.read_text("utf-8"))
    if not blocks:
        return
    program = tmp_path / "examples.py"
    program.write_text("\n\n".join(blocks), "utf-8")
    # In a process of its own: the receivers of the examples would stay connected.
    ran = subprocess.run(
        [sys.executable, "-W", "error", str(program)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert ran.returncode == 0, ran.stderr[-3000:]


def test_host_code_has_examples_that_run() -> None:
    assert len(BLOCK.findall((ROOT / "docs/host-code.md").read_text("utf-8"))) > 8


def test_the_three_statements_of_the_guide_are_those_of_the_host() -> None:
    host = (ROOT / "tests/hosts/three_statements.py").read_text("utf-8")
    added = re.sub(r"  # noqa.*", "", host.partition("# --- the desk ---\n")[2]).strip()
    for page in ("README.md", "docs/install.md"):
        assert f"```python\n{added}\n```" in (ROOT / page).read_text("utf-8"), page


@every_page
def test_every_command_is_there(page: Path) -> None:
    unknown = []
    for line in re.findall(r"flask support ([^`\n\")|]*)", page.read_text("utf-8").replace("\nupgrade`", " upgrade`")):
        command: click.Command = support_commands
        words = line.split()
        while words and isinstance(command, click.Group):
            found = command.get_command(click.Context(command, obj=ScriptInfo()), words[0].strip(".,;:"))
            if found is None:
                break
            command, words = found, words[1:]
        options = {option for one in command.params for option in one.opts} | {"--help"}
        wrong = [word for word in words if word.startswith("--") and word.strip(".,;:") not in options]
        if (isinstance(command, click.Group) and words and not words[0].startswith(("…", "-", "<"))) or wrong:
            unknown.append(line)
    assert unknown == []


@every_page
def test_every_setting_is_there(page: Path) -> None:
    known = {row.key for row in SETTINGS}
    assert set(re.findall(rf"\b{PREFIX}[A-Z_]+[A-Z]\b", page.read_text("utf-8"))) - known == set()


@every_page
def test_every_target_of_make_is_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named_here = re.findall(r"(?:^\$ |`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)
    assert set(named_here) - targets == set()


@every_page
def test_every_address_is_there(page: Path, reference: dict[str, Any]) -> None:
    adapter = reference["small_app"]().url_map.bind("host")
    unknown = []
    for path in set(re.findall(r"`((?:/support|/admin/support)(?:/[^`\s]*)?)`", page.read_text("utf-8"))):
        if "<" in path:
            # Addresses with a variable part stand in the table that is made from the code.
            continue
        try:
            adapter.match(path if path.count("/") > 1 else f"{path}/", method="GET")
        except MethodNotAllowed:
            continue
        except NotFound:
            unknown.append(path)
    assert unknown == []


def test_nothing_of_a_later_version_is_promised() -> None:
    words = re.compile(r"\b(celery|webhooks?|imap|openapi|json api)\b", re.IGNORECASE)
    found = [f"{named(page)}: {match[0]}" for page in PAGES for match in words.finditer(page.read_text("utf-8"))]
    assert found == []


def test_hooks_and_errors_are_described() -> None:
    text = "".join(page.read_text("utf-8") for page in PAGES)
    assert [row.name for row in hooks.HOOKS if f"@support.{row.name}" not in text] == []
    classes = [one for one in vars(errors).values() if isinstance(one, type) and one.__module__ == errors.__name__]
    assert [one.__name__ for one in classes if one is not errors.SupportError and f"`{one.__name__}`" not in text] == []


def functions_of(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_guarantee_names_tests_that_are_there() -> None:
    page = (ROOT / "docs" / "security.md").read_text("utf-8")
    table = page.partition("<!-- guarantees -->")[2].partition("<!-- /guarantees -->")[0]
    rows = [line.strip("|").split(" | ") for line in table.strip().splitlines()[2:]]
    assert len(rows) >= 30
    for sentence, shown_by in rows:
        named = [one.strip().strip("`").partition("[")[0].partition("::") for one in shown_by.split(", ")]
        assert named, sentence
        for file, _, test in named:
            assert re.fullmatch(r"tests/([a-z_]+/)?test_[a-z_]+\.py", file), f"{sentence}: {shown_by}"
            assert test.startswith("test_"), f"{sentence}: {file} is a whole file"
            assert test in functions_of(ROOT / file), f"{sentence}: there is no {file}::{test}"
