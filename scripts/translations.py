"""Collect the texts of the code and bring the catalogues up to date.

    python scripts/translations.py [LOCALE ...]

Writes ``flask_sgsupport/translations/sgsupport.pot``, then updates and compiles the catalogue of each language. A
``LOCALE`` without a catalogue gets an empty one. What to read is in ``pyproject.toml``, under ``tool.babel``.
"""

from __future__ import annotations

import sys
from contextlib import chdir
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "flask_sgsupport"
DOMAIN = "sgsupport"
TRANSLATIONS = ROOT / PACKAGE / "translations"
TEMPLATE = TRANSLATIONS / f"{DOMAIN}.pot"


def pybabel(command: str, *arguments: str | Path) -> None:
    """Run one command of Babel; it exits where something is wrong."""
    CommandLineInterface().run(["pybabel", "--quiet", command, *map(str, arguments)])


def extract(template: Path) -> None:
    """Write the texts of the package, without line numbers and dates, so that the file changes only with the texts."""
    told = ("--add-location", "file", "--omit-header", "--output-file", template.resolve())
    with chdir(ROOT):
        pybabel("extract", "--mapping-file", "pyproject.toml", *told, PACKAGE)


def main(begun: list[str]) -> None:
    """Extract, begin the languages named, update and compile all."""
    extract(TEMPLATE)
    where = ("--domain", DOMAIN, "--input-file", TEMPLATE, "--output-dir", TRANSLATIONS)
    for locale in begun:
        if not (TRANSLATIONS / locale).exists():
            pybabel("init", *where, "--locale", locale)
    pybabel("update", *where, "--ignore-obsolete", "--ignore-pot-creation-date")
    pybabel("compile", "--domain", DOMAIN, "--directory", TRANSLATIONS)


if __name__ == "__main__":
    main(sys.argv[1:])
