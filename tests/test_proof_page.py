"""The run of the proofs says what held and what broke, and does not pass where nothing was shown."""

from __future__ import annotations

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


def test_where_nothing_was_shown_the_run_fails(proofs: pytest.Pytester) -> None:
    proofs.makepyfile(LEFT_OUT)
    ran = proofs.runpytest_inprocess("-p", "no:cacheprovider")
    assert ran.ret == 1
    assert ran.outlines[-1] == "proof: 0 guarantees held, 0 broken"
    assert "| left out | no disk to fill here |" in (proofs.path / "page.md").read_text("utf-8")
