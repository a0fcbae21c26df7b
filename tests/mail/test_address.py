"""The frozen rule: every way to write an address is one subject, on every channel."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.errors import PrivacyError
from shopprivacy.mail.address import Letterbox, bare, canonical_email, mail_key, subject_of
from tests.mail import second
from tests.mail.second import ADDRESSES, KEYSET


@pytest.mark.parametrize("vector", ADDRESSES["emails"], ids=lambda v: ascii(v["address"]))
def test_published_addresses(vector: dict[str, str]) -> None:
    """The library and the second reading both give the published address, key and subject."""
    address = vector["address"]
    assert canonical_email(address) == second.canonical(address) == vector["canonical"]
    assert mail_key(KEYSET, address).hex() == second.mail_key(address).hex() == vector["key"]
    subject = second.pseudonym("email", vector["key"])
    assert subject_of(KEYSET, address, country="NL") == subject == vector["subject"]


@pytest.mark.parametrize("vector", ADDRESSES["channels"], ids=lambda v: f"{v['channel']} {v['address']}")
def test_published_channels(vector: dict[str, Any]) -> None:
    """Each channel is a kind of subject of its own: D32."""
    given = vector["address"]
    address = given if isinstance(given, str) else Letterbox(*given)
    subject = second.pseudonym(vector["channel"], vector["canonical"])
    assert subject_of(KEYSET, address, vector["channel"], country="NL") == subject == vector["subject"]


@given(st.text(min_size=1) | st.emails() | st.tuples(st.text(), st.text()).map("@".join))
def test_the_rule_is_stable(address: str) -> None:
    """What was made canonical stays as it is, both readings agree, and no address raises."""
    once = canonical_email(address)
    assert canonical_email(once) == once
    assert once == second.canonical(address)
    assert subject_of(KEYSET, address, country="NL").startswith("email:")


@given(
    st.text(alphabet="an@.<>\"' \t?,")
    | st.text().map("mailto:".__add__)
    | st.text().map("An <{}@b.nl>".format)
)
def test_a_bare_address_stays_as_it_is(text: str) -> None:
    """Whoever asks twice, as a list and then the ledger do, finds the same subject as who asks once."""
    once = bare(text)
    assert bare(once) == once


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<" + "@" * 60_000, None),
        ("<@" * 30_000, None),
        ("mailto:" * 9_000 + "x", "x"),
        ("mailto:'" * 8_000 + "x", "x"),
        (" mailto:\"'" * 6_000 + "x" + " '" * 2_000 + "?" * 2_000, "x"),
        ("x" + "' " * 30_000 + "y", None),
    ],
)
def test_what_is_long_is_read_once(text: str, found: str | None) -> None:
    """A form takes 64 KB from anybody: what reads it again for each sign would hold a worker for seconds."""
    began = perf_counter()
    assert bare(text) == (found or text)
    assert perf_counter() - began < 0.25


@pytest.mark.parametrize("address", ["an@example.nl", "o'neil@example.nl", "an+x@exämple.de"])
def test_an_address_is_bare(address: str) -> None:
    """Nothing that is part of it is taken away."""
    assert bare(address) == address


@pytest.mark.parametrize(
    ("address", "channel"),
    [
        ("an@example.nl", "post"),
        (Letterbox("NL", "1234AB", "7"), "email"),
        (Letterbox("NL", " - ", "7"), "post"),
        ("no number", "phone"),
    ],
)
def test_an_address_of_another_channel_is_refused(address: Any, channel: Any) -> None:
    """By an error that does not repeat it."""
    with pytest.raises(PrivacyError) as refused:
        subject_of(KEYSET, address, channel, country="NL")
    assert not {"an@example.nl", "1234AB", "no number"} & set(str(refused.value).split())


def test_a_channel_that_is_none_is_refused() -> None:
    """A word that no channel has would be one more place to hide an opt-out."""
    with pytest.raises(ValueError, match="is not a channel"):
        subject_of(KEYSET, "an@example.nl", "pigeon", country="NL")  # type: ignore[arg-type]
