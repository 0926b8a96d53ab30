"""A host's developer who checks strictly gets every type of ours, and is told of mistakes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "typing"
LINE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+): error: .*\[(?P<code>[a-z-]+)\]$")


@pytest.fixture
def said(installed_python: Path, tmp_path: Path) -> str:
    """What mypy says of both files, against the installed wheel and from where the repository is out of sight."""
    for name in ("host.py", "mistakes.py", "mypy.ini"):
        (tmp_path / name).write_text((FOLDER / name).read_text())
    options = [
        "--config-file",
        "mypy.ini",
        "--python-executable",
        installed_python,
        "--show-error-codes",
        "--no-pretty",
    ]
    command = [sys.executable, "-m", "mypy", *options, "host.py", "mistakes.py"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode in {0, 1}, checked.stdout + checked.stderr
    return checked.stdout


def test_a_hosts_code_is_typed_throughout_and_its_mistakes_are_found(said: str) -> None:
    assert [line for line in said.splitlines() if line.startswith("host.py")] == []
    expected = {
        (number, line.partition("# error: ")[2].split()[0])
        for number, line in enumerate((FOLDER / "mistakes.py").read_text().splitlines(), 1)
        if "# error: " in line
    }
    found = {
        (int(match["line"]), match["code"])
        for match in map(LINE.match, said.splitlines())
        if match and match["file"] == "mistakes.py"
    }
    assert len(expected) > 10
    assert found == expected, said
