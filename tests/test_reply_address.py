"""Tokens and Message-IDs of ours are known again, and nobody else's are."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_sgsupport.reply_address import (
    BadSignature,
    Expired,
    Signer,
    is_message_id,
    message_id,
    read_message_id,
    references,
)

SIGNER = Signer(["new secret", "old secret"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=10,
)
TICKETS = st.from_regex(r"[A-Z]{2,5}-20[0-9]{2}-[0-9]{5,7}", fullmatch=True)
KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


@given(JSON)
def test_a_signed_value_comes_back(value: Any) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    signed = SIGNER.read("form", SIGNER.sign("form", value), max_age_seconds=60)
    assert signed.value == value
    assert before <= signed.signed_at <= datetime.now(UTC)


@given(st.text(max_size=300))
def test_no_text_is_a_token(token: str) -> None:
    with pytest.raises(BadSignature):
        SIGNER.read("form", token, max_age_seconds=None)


def test_every_changed_character_is_noticed() -> None:
    token = SIGNER.sign("form", {"ticket": "TKT-2026-04881"})
    for index, character in enumerate(token):
        changed = token[:index] + ("A" if character != "A" else "B") + token[index + 1 :]
        if _same_bits(changed, token):
            continue
        with pytest.raises(BadSignature):
            SIGNER.read("form", changed, max_age_seconds=None)


def _same_bits(one: str, other: str) -> bool:
    """Tell whether two tokens differ only in the last character's unused bits of the signature's base64."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return one[:-1] == other[:-1] and alphabet.index(one[-1]) >> 2 == alphabet.index(other[-1]) >> 2


def test_a_token_is_valid_for_its_purpose_only() -> None:
    with pytest.raises(BadSignature):
        SIGNER.read("unsubscribe", SIGNER.sign("form", 1), max_age_seconds=None)


def test_a_token_of_another_secret_is_not_ours() -> None:
    with pytest.raises(BadSignature):
        SIGNER.read("form", Signer(["another"]).sign("form", 1), max_age_seconds=None)


def test_an_old_secret_still_reads_and_the_first_one_signs() -> None:
    assert SIGNER.read("form", Signer(["old secret"]).sign("form", 1), max_age_seconds=60).value == 1
    assert Signer(["new secret"]).read("form", SIGNER.sign("form", 1), max_age_seconds=60).value == 1
    with pytest.raises(BadSignature):
        Signer(["old secret"]).read("form", SIGNER.sign("form", 1), max_age_seconds=60)


def test_an_old_token_has_expired_unless_it_may_be_of_any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    token = SIGNER.sign("form", 1)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 901)
    with pytest.raises(Expired):
        SIGNER.read("form", token, max_age_seconds=900)
    assert SIGNER.read("form", token, max_age_seconds=902).value == 1
    assert SIGNER.read("form", token, max_age_seconds=None).value == 1


def test_a_huge_token_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadSignature):
        SIGNER.read("form", SIGNER.sign("form", "x y" * 10) + "A" * 100_000, max_age_seconds=None)


@pytest.mark.parametrize("secrets", [[], [""], ["good", b""]])
def test_a_signer_without_a_secret_is_refused(secrets: list[str | bytes]) -> None:
    with pytest.raises(ValueError, match="secret"):
        Signer(secrets)


@given(TICKETS, KEYS)
def test_a_message_id_comes_back_under_any_of_the_secrets(ticket_id: str, key: str) -> None:
    own = message_id(ticket_id, key, secret=b"new", domain="help.example.com")
    assert own == message_id(ticket_id, key, secret="new", domain="help.example.com")
    assert is_message_id(own)
    assert own.startswith(f"<sg.{ticket_id}.{key}.")
    assert read_message_id(f" {own}\r\n", secrets=["other", "new"]) == (ticket_id, key)
    assert read_message_id(own, secrets=["other"]) is None
    assert read_message_id(own, secrets=[]) is None


def test_a_message_id_outlives_a_change_of_domain() -> None:
    own = message_id("TKT-2026-04881", "k1", secret="s", domain="old.example")
    assert read_message_id(own.replace("old.example", "new.example"), secrets=["s"]) == ("TKT-2026-04881", "k1")


def test_every_changed_character_of_a_message_id_is_noticed() -> None:
    own = message_id("TKT-2026-04881", "k1", secret="s", domain="a.example")
    local = own.partition("@")[0]
    for index, character in enumerate(local):
        for other in "a2-<":
            if other != character:
                assert read_message_id(own[:index] + other + own[index + 1 :], secrets=["s"]) is None


@given(st.text(max_size=200) | st.from_regex(r"<sg\.TKT-2026-04881\.k\.[a-z2-7]{32}@a>", fullmatch=True))
def test_no_other_text_is_a_message_id_of_ours(value: str) -> None:
    assert read_message_id(value, secrets=["secret nobody knows"]) is None


@pytest.mark.parametrize(
    ("ticket_id", "key", "domain"),
    [
        ("TKT\r\nBcc: x", "k", "a.example"),
        ("TKT.1", "k", "a.example"),
        ("TKT-1", "k.k", "a.example"),
        ("TKT-1", "", "a.example"),
        ("TKT-1", "k" * 65, "a.example"),
        ("TKT-1", "k", ""),
        ("TKT-1", "k", "a.example>\r\nBcc: x"),
        ("TKT-1", "k", "münchen.example"),
    ],
)
def test_what_cannot_stand_in_a_message_id_is_refused(ticket_id: str, key: str, domain: str) -> None:
    with pytest.raises(ValueError, match="Message-ID"):
        message_id(ticket_id, key, secret="s", domain=domain)


@pytest.mark.parametrize(
    "value", ["", "<>", "a@b", "<a b@c>", "<a@b>\n", "<a@b\r\n>", "<a<b@c>", "<ä@b>", f"<{'a' * 500}@b>"]
)
def test_what_is_no_message_id_is_left_out_of_references(value: str) -> None:
    assert not is_message_id(value)
    assert references(["<a@b>", value, "<c@d>"]) == "<a@b> <c@d>"


def test_references_are_oldest_first_and_named_once() -> None:
    assert references(["<1@a>", "<2@a>", "<1@a>", "<3@a>"]) == "<1@a> <2@a> <3@a>"
    assert references(["<1@a>"]) == "<1@a>"
    assert references([]) == ""


def test_long_references_keep_the_first_and_the_newest() -> None:
    ids = [f"<{number:05}.{'x' * 80}@mail.example>" for number in range(200)]
    kept = references(ids).split()
    assert kept[0] == ids[0]
    assert kept[1:] == ids[-len(kept) + 1 :]
    assert 1_300 < len(" ".join(kept)) <= 1_500


@given(st.lists(st.from_regex(r"<[a-z]{1,498}>", fullmatch=True), min_size=2, max_size=30, unique=True))
def test_references_never_grow_too_long(ids: list[str]) -> None:
    value = references(ids)
    assert len(value) <= 1_500
    assert value.split()[0] == ids[0]
    assert value.split()[-1] == ids[-1]
