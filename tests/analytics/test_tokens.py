"""Values with letters close to them."""

# ruff: noqa: E501  # tables
from __future__ import annotations

import pytest

from shopprivacy.analytics import Text

TEXT = Text()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("customer42an@example.nl", "-"),
        ("ip203.0.113.77x from203.0.113.77to 203.0.113.77x", "ip203.0.113.0x from203.0.113.0to 203.0.113.0x"),
        ("geo203.0.113.77.json x=addr203.0.113.77:443", "geo203.0.113.0.json x=addr203.0.113.0:443"),
        ("ip2001:db8:85a3:8d3:1319:8a2e:370:7348 2001:db8:85a3:8d3:1319:8a2e:370:7348x", "ip2001:db8:85a3:: 2001:db8:85a3::x"),
        ("tel+31612345678 +31612345678x m+31612345678m", "tel- -x m-m"),
        ("ibanNL91ABNA0417164300 IBANNL91ABNA0417164300 NL91ABNA0417164300x", "- - -"),
        ("card4111-1111-1111-1111x kaart4111-1111-1111-1112", "- kaart4111-1111-1111-1112"),
        (
            "v1.2.3.4 v10.0.0.200 jdk11.0.2.5 release1.2.3.4 1.2.3.4rc1 lib1.2.3.4.tar.gz 1.0-beta+20261130 1.0+git20261130120000",
            "v1.2.3.4 v10.0.0.200 jdk11.0.2.5 release1.2.3.4 1.2.3.4rc1 lib1.2.3.4.tar.gz 1.0-beta+20261130 1.0+git20261130120000",
        ),
        ("NL92ABNA0417164300x vaasNL12345 skuAB12CDEF1234567890 std::move Foo::Bar::1", "NL92ABNA0417164300x vaasNL12345 skuAB12CDEF1234567890 std::move Foo::Bar::1"),
    ],
)  # fmt: skip
def test_letters_close_to_a_value_hide_none(text: str, cleaned: str) -> None:
    """An address, a telephone number, an IBAN or a card number goes with letters around it; versions and articles stay."""
    assert TEXT.clean(text) == cleaned
    assert TEXT.clean(cleaned) == cleaned
