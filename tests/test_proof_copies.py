"""A second copy of a mail that no killed worker explains is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.proof.copies import doubled
from tests.smtp import Mail

ONE, OTHER = (Mail("", (), f"Message-ID: <{name}@x>\r\n\r\n".encode(), "a.test") for name in ("one", "two"))
AGAIN = replace(ONE, client="b.test")


def test_a_copy_of_what_a_killed_worker_had_sent_is_explained() -> None:
    assert doubled([ONE, AGAIN, OTHER], {"a.test": ["<one@x>", "<three@x>"]}) == 1


@pytest.mark.parametrize(
    ("mails", "held"),
    [
        pytest.param([ONE, AGAIN], {}, id="nobody was killed"),
        pytest.param([ONE, AGAIN], {"c.test": ["<one@x>"]}, id="who was killed had not sent it"),
        pytest.param([ONE, AGAIN], {"a.test": ["<two@x>"]}, id="it was written down before the kill"),
        pytest.param([ONE, AGAIN, replace(ONE, client="c.test")], {"a.test": ["<one@x>"]}, id="two for one kill"),
        pytest.param([ONE, OTHER, AGAIN], {"a.test": ["<one@x>", "<two@x>"]}, id="one kill within two mails"),
    ],
)
def test_a_copy_that_no_kill_explains_is_found(mails: list[Mail], held: dict[str, list[str]]) -> None:
    with pytest.raises(AssertionError):
        doubled(mails, held)
