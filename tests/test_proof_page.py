"""The run of the proofs says what held and what broke, and does not pass where nothing was shown."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import pytest

CONFTEST = """
import pytest
from tests.proof.page import Page

def pytest_configure(config):
    config.addinivalue_line("markers", "guarantee(name, sentence)")
    config.pluginmanager.register(Page())
"""
HELD = """
import pytest

@pytest.mark.guarantee("One", "It stays.")
def test_one(record_property):
    record_property("figure", "3 tried, 0 lost")
"""
BROKEN = """
@pytest.mark.guarantee("Two", "It comes back.")
def test_two():
    assert 1 == 2, "it is gone"
"""
IN_PART = """
import pytest

@pytest.mark.guarantee("One", "It stays.")
@pytest.mark.parametrize("where", ["sqlite", "postgresql"])
def test_one(where):
    if where == "postgresql":
        pytest.skip("no postgresql: nobody answers")
"""
LEFT_OUT = """
import pytest

@pytest.mark.guarantee("One", "It stays.")
def test_one():
    pytest.skip("no disk to fill here")
"""


@pytest.fixture
def proofs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.setenv("PROOF_PAGE", str(pytester.path / "page.md"))
    pytester.makeconftest(CONFTEST)
    return pytester


def test_what_held_and_what_broke_stand_on_the_page(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(HELD + BROKEN)
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == 1
    assert ran.outlines[-1] == "proof: 1 guarantees held, 1 broken"
    page = (proofs.path / "page.md").read_text("utf-8")
    assert "| held | 3 tried, 0 lost |" in page
    assert "| broken | AssertionError: it is gone" in page


def test_one_short_name_stands_for_one_guarantee(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(HELD + BROKEN.replace('"Two"', '"One of them"'))
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    assert "test_two: One is another guarantee already: One" in "\n".join([*ran.outlines, *ran.errlines])


def test_where_all_held_the_run_passes(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(HELD)
    assert proofs.runpytest_inprocess("-p", "no:cacheprovider").ret == 0


def test_a_run_in_parts_is_one_page_on_which_the_last_time_counts(
    proofs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOF_PARTS", str(proofs.path / "parts"))
    proofs.makepyfile(test_first=HELD, test_second="import pytest\n" + BROKEN)
    proofs.runpytest_inprocess("-p", "no:cacheprovider", "test_second.py")
    proofs.makepyfile(test_second="import pytest\n" + BROKEN.replace("1 == 2", "1 == 1"))
    proofs.runpytest_inprocess("-p", "no:cacheprovider", "test_second.py")
    monkeypatch.setenv("PROOF", "full")
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider", "test_first.py")
    assert ran.outlines[-1] == "proof: 2 guarantees held, 0 broken"
    page = (proofs.path / "page.md").read_text("utf-8")
    assert ", in 2 parts; 1 of 2 tests by a run of the other length" in page
    assert "| held | 3 tried, 0 lost |" in page
    assert "| held, short run |" in page
    assert "broken |" not in page


def test_the_page_says_how_long_the_run_took_and_on_what(
    proofs: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROOF_PARTS", str(proofs.path / "parts"))
    proofs.makepyfile(test_first=HELD, test_second=HELD.replace("One", "Two"))
    proofs.runpytest_inprocess("-p", "no:cacheprovider", "test_first.py")
    parts = proofs.path / "parts"
    [kept] = [json.loads(line) for line in parts.read_text("utf-8").splitlines()]
    assert kept["seconds"] < 60
    parts.write_text(json.dumps(kept | {"seconds": 1_000.0}) + "\n", "utf-8")
    proofs.runpytest_inprocess("-p", "no:cacheprovider", "test_second.py")
    said = (proofs.path / "page.md").read_text("utf-8")
    assert f"- in 17 min, with Python {platform.python_version()}, Flask {version('Flask')}, SQLAlchemy " in said


def test_where_nothing_was_shown_the_run_fails(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(LEFT_OUT)
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == 1
    assert ran.outlines[-1] == "proof: 0 guarantees held, 0 broken, 1 left out"
    assert "| left out | no disk to fill here |" in (proofs.path / "page.md").read_text("utf-8")


def test_what_was_left_out_somewhere_is_not_held(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(test_first=IN_PART, test_second=HELD.replace("One", "Two"))
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == 0
    assert ran.outlines[-2:] == [
        "left out: a part of 1 guarantees, no postgresql: nobody answers",
        "proof: 1 guarantees held, 0 broken, 1 left out",
    ]
    page = (proofs.path / "page.md").read_text("utf-8")
    assert "- left out: a part of 1 guarantees, no postgresql: nobody answers\n" in page
    assert "| sqlite | held | |" in page.replace("|  |", "| |")
    assert "| postgresql | left out | no postgresql: nobody answers |" in page


def test_what_broke_somewhere_is_broken_whatever_was_left_out(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(IN_PART.replace("if where", "assert where != 'sqlite'\n    if where"))
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == 1
    assert ran.outlines[-1] == "proof: 0 guarantees held, 1 broken"


@pytest.mark.parametrize("processes", [(), ("-n", "2", "--dist", "loadgroup")], ids=["alone", "shared"])
def test_what_never_ran_is_not_held(proofs: pytest.Pytester, processes: tuple[str, ...]) -> None:
    proofs.makepyfile(test_first=IN_PART.replace("pytest.skip", "pytest.exit"), test_second=HELD.replace("One", "Two"))
    ran = proofs.runpytest_subprocess("-p", "no:cacheprovider", *processes)
    assert ran.ret != 0
    assert "it never ran" in str(ran.stdout)
    assert " guarantees held, 0 broken, " in ran.outlines[-1]
    assert not ran.outlines[-1].startswith("proof: 2")


def test_a_test_of_a_group_counts_once(proofs: pytest.Pytester) -> None:
    grouped = HELD.replace("@pytest.mark.guarantee", '@pytest.mark.xdist_group("a@b")\n@pytest.mark.guarantee')
    proofs.makepyfile(grouped)
    ran = proofs.runpytest_subprocess("-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup")
    assert ran.ret == 0
    assert ran.outlines[-1] == "proof: 1 guarantees held, 0 broken"
