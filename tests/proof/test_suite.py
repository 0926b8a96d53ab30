"""What the suite shows by itself, run once more for the page: each guarantee names its tests, and all of them hold."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.proof.page import ROOT, Figure, full


def shown(name: str, sentence: str, short: Sequence[str], more: Sequence[str] = ()) -> Any:
    """A guarantee, and the tests that show it; a short run leaves some of them to the suite.

    :param short: the arguments of pytest for a short run.
    :param more: those for a full run, where they are others.
    """
    tests = (more or short) if full() else short
    return pytest.param(tuple(tests), id=name.split()[0], marks=pytest.mark.guarantee(name, sentence))


RIGHTS, AUDIT, CHANGES = "tests/test_rights_of_now.py", "tests/test_audit.py", "tests/test_host_changes.py"
NOTES, REPORTS = "tests/test_notes_stay_inside.py", "tests/test_reports.py"
SHOWN = [
    shown(
        "P0.4 People and accounts that go",
        "An agent who leaves or is switched off gives open tickets back to their queues and the leads are told; an "
        "account renamed or removed, and a person who moved, are followed on one call of the host, in its transaction; "
        "the history names who really acted behind an impersonation.",
        [
            f"{CHANGES}::test_the_tickets_of_an_agent_who_left_go_back_and_the_lead_is_told",
            f"{CHANGES}::test_a_removed_account_has_no_tickets_and_support_keeps_them",
            f"{CHANGES}::test_a_renamed_account_is_shown_by_its_new_name",
            f"{CHANGES}::test_tickets_stay_with_the_account_somebody_moved_away_from",
            f"{CHANGES}::test_who_impersonates_whom_when_the_host_says_it_is_kept",
        ],
        [
            CHANGES,
            "tests/test_setup.py::test_an_agent_who_leaves_gives_open_tickets_back_and_the_leads_are_told",
            "tests/test_doors.py::test_who_poses_as_somebody_is_named_in_the_history",
        ],
    ),
    shown(
        "P0.5 Limits of a person",
        "Nobody opens, writes, uploads or searches without end: a sentence says when it goes on, what was written "
        "stays in its form, and what is sent twice is counted once.",
        ["tests/test_limits.py"],
    ),
    shown(
        "P1.6 Sent twice is once",
        "Whatever is sent twice, by a double click, a retry or the back button, is there once: opens, replies, "
        "follow-ups, notes, ratings; with other words the same form is told that it said something else.",
        ["tests/test_sent_twice.py"],
    ),
    shown(
        "P3.12 A secret is taken out",
        "A secret that is redacted is gone from the message and its older texts, files, subjects, search, notices, "
        "queued mails, drafts, copies and the history, which says so and by whom.",
        ["tests/test_redaction.py", "-k", "sqlite"],
        ["tests/test_redaction.py", "tests/test_splitting.py", "tests/test_rating.py"],
    ),
    shown(
        "Properties",
        "State machines walk at random through routing, the outbox and the acts of everybody with the rights they "
        "have or lack: what must always hold holds after every step.",
        ["tests/test_routing.py", "tests/test_outbox.py", "tests/test_corpus_histories.py"],
    ),
    shown(
        "S1.3 Rights are those of now",
        "A right that is taken between two steps of any address is gone at the second: support access, login, account, "
        "queue, handling, being an agent, leading, assigning, closing; and before each mail it is asked again.",
        [f"{RIGHTS}::test_a_lesser_right_taken_between_two_steps_is_gone"],
        [
            RIGHTS,
            "tests/test_mail_out.py::test_rights_and_wishes_of_the_moment_decide",
            "tests/test_mail_out.py::test_an_agent_who_lost_the_right_gets_no_mail",
        ],
    ),
    shown(
        "S2.1 Notes stay inside",
        "A note's text, author, file and existence reach no customer: no page, search, mail, bell or signal, also "
        "after its ticket was merged, split, linked, or the note made public and private again or redacted; the "
        "customer's pages and what they poll are the same to the byte after a note.",
        [NOTES, "-k", "merged or same_to_the_byte or no_mail"],
        [NOTES],
    ),
    shown(
        "S3.4 No cell is computed",
        "Whatever queues and agents are called, no cell of an export is a formula, and read back it is the name.",
        [f"{REPORTS}::test_no_name_is_a_formula_and_read_back_it_is_the_name"],
        [REPORTS, "-k", "formula or export or libreoffice"],
    ),
    shown(
        "S4.4 No redirect off the site",
        "No address in a query, field, header or path leads a browser to another site, before or after signing in.",
        ["tests/test_corpus_redirects.py"],
    ),
    shown(
        "S10.2 Nobody changes the past",
        "The database refuses to change or remove an entry of the audit log; one that was changed or taken out in "
        "spite of that is seen, by the health page and by the command; erasing a person's words changes none.",
        [AUDIT],
        [AUDIT, "tests/test_words_can_be_erased.py"],
    ),
    shown(
        "S10.3 Logs tell no words",
        "After hostile requests, refused mails, failing receivers and a failing database the logs hold nothing that "
        "people wrote, no address, no token of a form, and no line that somebody else made up.",
        ["tests/test_corpus_logs.py"],
    ),
]


def outcomes(report: Path) -> dict[str, str]:
    """How each test went, by its node id."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest has just written it
        went = next((child.tag for child in case if child.tag in {"failure", "error", "skipped"}), "held")
        found[f"{case.get('classname')}::{case.get('name')}"] = went
    return found


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("tests", SHOWN)
def test_what_the_suite_shows(tests: tuple[str, ...], tmp_path: Path, figure: Figure) -> None:
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests]
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PROOF"))}
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, timeout=1000, check=False)
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    went = outcomes(report)
    broken = [test for test, how in went.items() if how in {"failure", "error"}]
    assert (done.returncode, broken) == (0, []), done.stdout[-2000:]
    held = sum(how == "held" for how in went.values())
    assert held > 0
    left_out = f", {len(went) - held} left out" if len(went) > held else ""
    figure(f"{held} tests of {', '.join(tests)} held{left_out}")
