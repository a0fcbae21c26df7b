"""The tokens of links in mails: read as the page says, and no other text is one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.mail.confirmation import Confirmation, make_confirmation, read_confirmation
from shopprivacy.mail.link import LENGTH, Link, make_token, read_token
from shopprivacy.policy.fingerprint import link_tag_of
from shopprivacy.testing.samples import sample_keyset
from tests.mail import second
from tests.mail.second import KEYSET, LINKS

links = st.builds(Link, st.binary(min_size=10, max_size=10), st.binary(min_size=2, max_size=2))
TOKEN = LINKS["read"][0]["text"]


def test_there_are_thirty_vectors() -> None:
    """Half of them refused."""
    assert [len(LINKS["read"]), len(LINKS["refused"])] == [15, 15]


@pytest.mark.parametrize("vector", LINKS["read"], ids=lambda v: v["comment"])
def test_published_tokens(vector: dict[str, str]) -> None:
    """Each is read by both readings; the first five are as both of them make them."""
    link = Link(second.mail_key(vector["address"]), second.tag(vector["purpose"]))
    assert read_token(KEYSET, vector["text"]) == second.read(vector["text"]) == link
    assert link.tag == link_tag_of(vector["purpose"])
    if vector["comment"] == "as made":
        made = second.make(vector["address"], vector["purpose"])
        assert make_token(KEYSET, link) == made == vector["text"]


@pytest.mark.parametrize("vector", LINKS["refused"], ids=lambda v: v["comment"])
def test_published_refusals(vector: dict[str, str]) -> None:
    """Neither reading takes it."""
    assert read_token(KEYSET, vector["text"]) is second.read(vector["text"]) is None


@given(links)
def test_what_was_made_is_read(link: Link) -> None:
    """By its own keyset alone, from 39 characters that no URL, header or quoted-printable text encodes."""
    token = make_token(KEYSET, link)
    assert len(token) == LENGTH
    assert set(token) <= set(second.ALPHABET)
    assert read_token(KEYSET, token) == link
    assert read_token(sample_keyset(), token) is None


@given(st.text() | st.text(second.ALPHABET, min_size=39, max_size=39))
def test_no_other_text_is_a_token(text: str) -> None:
    """Nothing is raised, and both readings agree."""
    assert read_token(KEYSET, text) is second.read(text) is None


@given(st.integers(0, LENGTH - 1), st.characters())
def test_a_changed_token_is_none(at: int, other: str) -> None:
    """Whatever one character is replaced by, it is none, or the same one in other letters."""
    changed = TOKEN[:at] + other + TOKEN[at + 1 :]
    assert read_token(KEYSET, changed) in (None, read_token(KEYSET, TOKEN))
    assert read_token(KEYSET, changed) == second.read(changed)


@pytest.mark.parametrize("vector", LINKS["confirmations"])
def test_published_confirmations(vector: dict[str, Any]) -> None:
    """The library and the second reading both make the published token."""
    said = Confirmation(
        second.mail_key(vector["address"]),
        second.tag(vector["purpose"]),
        datetime.fromtimestamp(vector["at"], UTC),
        vector["seq"],
        bytes.fromhex(vector["account"]),
    )
    assert make_confirmation(KEYSET, said) == second.confirmation(vector) == vector["token"]
    assert read_confirmation(KEYSET, vector["token"]) == said


@pytest.mark.parametrize("vector", LINKS["confirmations"])
@pytest.mark.parametrize("behind", [".", ">", ")", "=", " ", "/", ".html"])
def test_a_confirmation_is_read_however_it_comes(vector: dict[str, Any], behind: str) -> None:
    """With or without an account in it: what a mail program has put behind it, or broken it by, is no matter."""
    token = vector["token"]
    said = read_confirmation(KEYSET, token)
    assert said is not None
    assert read_confirmation(KEYSET, token + behind) == said
    assert read_confirmation(KEYSET, f"{token[:40]}=\r\n{token[40:]}{behind}") == said


@given(st.text(max_size=90) | st.from_regex(r"[A-Za-z0-9_-]{40,90}", fullmatch=True))
def test_no_other_text_confirms(text: str) -> None:
    """Nothing is raised."""
    assert read_confirmation(KEYSET, text) is None


@pytest.mark.parametrize("at", range(0, 65, 4))
def test_a_changed_confirmation_is_none(at: int) -> None:
    """Whatever is changed, key id, body or mac."""
    token = LINKS["confirmations"][0]["token"]
    changed = token[:at] + ("A" if token[at : at + 1] != "A" else "B") + token[at + 1 :]
    assert read_confirmation(KEYSET, changed) is None
