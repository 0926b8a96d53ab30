"""What is typed into the search is read, whatever it is; and what is found is where it is shown."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flask_sgsupport.queries.views import TYPED, Filters
from flask_sgsupport.search_text import MAX_TERMS, MAX_TYPED_CHARS, Term, fold, hits, read_query, searched, split_fields

ANYTHING = st.text(max_size=MAX_TYPED_CHARS * 2) | st.text(st.sampled_from('ab ":*-()é\u0301ßﬁ東\x00🙁'), max_size=40)


def says(text: str, term: Term) -> bool:
    """Whether a database finds the term in a text: what LIKE would answer."""
    return term.pattern.strip("%") in text


@given(ANYTHING)
@example('"' * 10_000)
@example("x" * 10_000)
@example("𝑨")
@example('queue:"')
def test_whatever_is_typed_is_read(typed: str) -> None:
    fields, rest = split_fields(typed, TYPED)
    query = read_query(rest)
    assert len(query.terms) <= MAX_TERMS
    assert all(value == value.strip() != "" for value in fields.values())
    assert split_fields(rest, TYPED)[1] == rest or fields, "what is left alone stays as it is"
    for term in query.terms:
        assert term.words
        assert all(word == fold(word) != "" and " " not in word for word in term.words)
        assert not set(term.pattern[1:-1]) & set("%_\\")


@given(ANYTHING, ANYTHING)
@example("Größe", "grosse")
@example("Cafe\u0301s", "cafe")
@example("of the exact\nphrase", '"exact phrase"')
@example("今日は東京タワーの件です", "東京")
@example("ab東京 タワーcd", '"東京 タワー"')
def test_what_a_database_finds_is_marked_where_it_stands(text: str, typed: str) -> None:
    for term in read_query(typed).terms:
        places = hits(text, [term])
        assert bool(places) == says(searched("", text), term)
        for begin, end in places:
            assert says(f" {fold(text[begin:end])} ", term)
            assert begin < end <= len(text)


@given(st.lists(st.sampled_from(["checkout", '"gift card"', "up", "http://a.example", "tag:", "12:30"]), max_size=6))
def test_fields_and_words_may_stand_in_any_order(words: list[str]) -> None:
    for place in range(len(words) + 1):
        typed = " ".join([*words[:place], 'account:"North wind"', *words[place:]])
        assert split_fields(typed, TYPED) == ({"account": "North wind"}, " ".join(words))


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ('queue:Billing status:OPEN "exact phrase" from:ana@',
         {"view": "all", "queue": "billing", "status": "open", "requester": "ana@", "q": '"exact phrase"'}),
        ("assignee:me", {"view": "all", "assignee": "me"}),
        ("priority:high,Urgent refund", {"view": "all", "priority": "high,urgent", "q": "refund"}),
        ("status:open status:resolved -tag:vip,Old",
         {"view": "all", "status": "open,resolved", "tag": "-vip,-old"}),
        ("-account:1 -x", {"q": "-account:1 -x"}),
        ("“smart quotes” tag:urgent", {"view": "all", "tag": "urgent", "q": '"smart quotes"'}),
        ("error: status", {"q": "error: status"}),
        ("colour:red", {"q": "colour:red"}),
        ("Q:x view:mine sort:oldest", {"q": "Q:x view:mine sort:oldest"}),
    ],
)  # fmt: skip
def test_fields_that_are_typed_become_the_filters_of_the_address(typed: str, understood: dict[str, str]) -> None:
    assert Filters.of({"q": typed}).understood().arguments() == understood
