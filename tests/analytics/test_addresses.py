"""Addresses: the table of spellings, and that to cut twice changes nothing."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics import Addresses

TABLE: dict[str, list[str | None]] = {
    "203.0.113.0": [
        "203.0.113.77",
        "203.0.113.77:443",
        ' "203.0.113.77" ',
        "'203.0.113.77:443'",
        "203.0.113.77/24",
        "::ffff:203.0.113.77",
        "::FFFF:cb00:714d",
        "[::ffff:203.0.113.77]:443",
        "[203.0.113.77]",
        "::203.0.113.77",
        "::ffff:0:203.0.113.77",
        "64:ff9b::203.0.113.77",
        "0064:FF9B:0:0:0:0:203.0.113.77",
    ],
    "192.0.2.0": ["::FFFF:192.0.2.7", "0:0:0:0:0:ffff:c000:207"],
    "64:ff9b:1::": ["64:ff9b:1:cb00:71:4d00::"],
    "2002::": ["2002:cb00:714d:1::1"],
    "2001::": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "fe80::": ["fe80::5efe:203.0.113.77", "fe80::1%eth0", "[fe80::1%25eth0]:80", "fe80::1/64"],
    "::": ["::1", "::"],
    "127.0.0.0": ["127.0.0.1"],
    "10.0.0.0": ["10.0.0.0/8"],
    "2001:db8:85a3::": ["2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:DB8:85A3::", "[2001:db8:85a3::1]:8080"],
    "2001:db8:1::": ["2001:db8:1::ab9:C0A8:102:46824", "2001:db8:1:2:3:4:5:6:443"],
    "2001:db8::": ["2001:db8:0:1::", "2001:0db8::5"],
    "1:0:3::": ["1:0:3:4:5:6:7:8"],
    "-": [
        *("203.0.113.077", "3405803853", "0xcb.0.113.77", "203.0.113", "203.0.113.256", "203.0.113.77."),
        *("٢٠٣.0.113.77", "1::2:3:4:5:6:7:8", "1:2:3:4:5:6:7", "unknown", "_hidden", "", "1.2.3.4:99x", ":::", ":"),
        *("[", "]", "[]", "1:2", "::g", "12345::", "1::2::3", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4", "1_1::", "+1::"),
        *("::1.2.3.4:5", "2001:db8::²", "[::g]"),
        None,
    ],
}  # fmt: skip


@pytest.mark.parametrize(("text", "cut"), [(text, cut) for cut, texts in TABLE.items() for text in texts])
def test_table(text: str | None, cut: str) -> None:
    """Each spelling is found, and cut to 24 or 48 bits; what is none is a hyphen; twice is once."""
    addresses = Addresses()
    assert addresses.truncate(text) == cut
    assert addresses.truncate(cut) == cut


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_ipv4_is_cut_like_a_network(address: ipaddress.IPv4Address, bits: int) -> None:
    """What survives of an IPv4 address is its network, for any number of bits."""
    network = ipaddress.ip_network((int(address), bits), strict=False)
    assert Addresses(ipv4=bits).truncate(str(address)) == str(network.network_address)


@given(st.ip_addresses(v=6), st.integers(0, 128), st.booleans())
def test_ipv6_is_cut_like_a_network(address: ipaddress.IPv6Address, bits: int, whole: bool) -> None:
    """What survives of an IPv6 address is its network, in the spelling of RFC 5952, however it was spelled."""
    embeds = (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in ipaddress.ip_network("::/32")
    )
    network = ipaddress.ip_network((int(address), bits), strict=False)
    text = address.exploded.upper() if whole else address.compressed
    if not embeds:
        assert Addresses(ipv6=bits).truncate(text) == network.network_address.compressed


@given(
    st.text(alphabet="0123456789abcdefABCDEF:.%[]/\"' ", max_size=45), st.integers(0, 32), st.integers(0, 128)
)
def test_twice_is_once(text: str, ipv4: int, ipv6: int) -> None:
    """Whatever was cut stays as it is when it is cut again."""
    addresses = Addresses(ipv4, ipv6)
    cut = addresses.truncate(text)
    assert addresses.truncate(cut) == cut
