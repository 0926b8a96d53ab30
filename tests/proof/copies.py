"""Second copies of mails, each traced to the death of the worker that sent the one before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from tests.smtp import Mail


def doubled(mails: Sequence[Mail], held: Mapping[str, Collection[str]]) -> int:
    """How many mails came as second copies, after each was traced to a kill.

    :param held: by the name of each killed worker, the Message-IDs of what it had under its lease when it died.

    A worker sends one mail at a time, so its death explains at most one copy: of a mail it had sent, and of which it
    had not written down what became of it.
    """
    by_worker: dict[str, list[str]] = {}
    for mail in mails:
        by_worker.setdefault(mail.client, []).append(mail.message["Message-ID"])
    cut_off = {name: [one for one in by_worker.get(name, ()) if one in its] for name, its in held.items()}
    assert {name: hit for name, hit in cut_off.items() if len(hit) > 1} == {}, "one death, two mails"
    hits = Counter(one for hit in cut_off.values() for one in hit)
    copies = Counter(one for sent in by_worker.values() for one in sent)
    astray = {one: (number, hits[one]) for one, number in copies.items() if number > 1 + hits[one]}
    assert astray == {}, "copies and kills between the mail and its outcome: more copies than these explain"
    return copies.total() - len(copies)
