"""A missing service leaves its tests out, counted and with the reason, or stops the run where it is required."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.services import leave_out

# A machine with nothing but SQLite.
CONFTEST = """
from tests import services_fixtures
from tests.services import Missing, find

def only_sqlite(name, folder):
    return find(name, folder) if name == "sqlite" else Missing(name, f"{name} has a day off")

services_fixtures.find = only_sqlite
pytest_plugins = ["tests.services_fixtures"]
"""

SAMPLE = """
import pytest

@pytest.mark.every_database
def test_on_all(database_url):
    assert "://" in database_url

def test_on_one(database_url):
    assert database_url.startswith("sqlite:")

@pytest.mark.browser
def test_in_the_browser():
    assert False, "runs only with a browser"

@pytest.mark.skip(reason="not on Tuesdays")
def test_by_itself():
    assert False
"""


@pytest.fixture
def sample(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parent.parent))
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    pytester.makeini("[pytest]\nmarkers =\n    every_database\n    browser\n")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(SAMPLE)
    return pytester


@pytest.mark.parametrize("processes", ["0", "2"])
def test_the_closing_lines_say_what_ran_where_and_what_did_not(sample: pytest.Pytester, processes: str) -> None:
    result = sample.runpytest_subprocess("-n", processes)
    result.assert_outcomes(passed=2, skipped=4)
    assert [line for line in result.outlines if "passed on" in line or "left out" in line] == [
        f"2 passed on sqlite {sqlite3.sqlite_version}",
        "1 left out by the test: not on Tuesdays",
        "1 left out on chromium: chromium has a day off",
        "1 left out on mariadb: mariadb has a day off",
        "1 left out on postgresql: postgresql has a day off",
    ]


def test_where_services_are_required_the_run_stops_and_names_the_missing_one(
    sample: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    result = sample.runpytest_subprocess()
    assert result.ret == 3
    assert "postgresql is missing: postgresql has a day off" in "\n".join([*result.outlines, *result.errlines])


def test_what_a_test_lacks_leaves_it_out_and_fails_it_where_services_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no initdb"):
        leave_out("no initdb")
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_SERVICES=1, but no initdb"):
        leave_out("no initdb")


def test_the_mark_without_a_database_is_a_mistake(sample: pytest.Pytester) -> None:
    sample.makepyfile(test_mistake="import pytest\n\n@pytest.mark.every_database\ndef test_none():\n    pass\n")
    result = sample.runpytest_subprocess("test_mistake.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_none is marked every_database but uses no database_url*"])
