"""An address stands nowhere but in To: not in URLs, other headers, logs or the library's tables, nor a hash of it."""

from __future__ import annotations

import hashlib
import logging
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest

from shopprivacy.storage.journal import JournalFile
from shopprivacy.storage.sql import SqlStore
from tests.mail.desk import desk
from tests.mail.test_wire import newsletter

CANARY = "kanarie.geel+x@voorbeeld.example"


def traces(address: str) -> set[bytes]:
    """All that would give the address away, or let somebody try a list of addresses without the shop's key."""
    found: set[bytes] = set()
    for spelled in (address, address.upper(), address.partition("@")[0]):
        octets = spelled.encode()
        found |= {octets, octets.hex().encode(), quote(spelled, safe="").encode()}
        found |= {b64encode(octets).rstrip(b"="), urlsafe_b64encode(octets).rstrip(b"=")}
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, octets, usedforsecurity=False)
            found |= {digest.hexdigest().encode(), b64encode(digest.digest()).rstrip(b"=")}
    return found


def _gives_away(content: bytes) -> bool:
    return any(trace in content or trace.lower() in content.lower() for trace in traces(CANARY))


def test_an_address_stands_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """After a sign-up, a campaign, an opt-out by link and one by hand: in To alone."""
    caplog.set_level(logging.DEBUG)
    store, journal = SqlStore(f"sqlite:///{tmp_path / 'privacy.sqlite3'}"), JournalFile(tmp_path / "journal")
    with desk(store=store, journal=journal) as shop:
        mail = shop.privacy.mail
        mail.ask(CANARY, "newsletter")
        mail.grant(CANARY, "promotions", customer=7)
        assert [*mail.audience("promotions", [CANARY])] == [CANARY]
        message = newsletter(shop, to=CANARY)
        pages = [shop.post("/u/x", ("address", CANARY)), shop.post(shop.path(CANARY))]
        pages.append(shop.post(shop.path(CANARY), ("resume", "newsletter"), ("address", CANARY)))
        mail.opted_out(CANARY)
        sent = [*shop.sent, message]
    store.close()
    journal.close()
    assert len(sent) > 1
    for one in sent:
        assert one["To"] == CANARY
        del one["To"]
        assert not _gives_away(one.as_bytes())
        for part in one.walk():
            assert not _gives_away(part.get_payload(decode=True) or b"")  # type: ignore[arg-type]
    assert not any(_gives_away(page.body) for page in pages)
    assert not _gives_away(caplog.text.encode())
    files = [file for file in tmp_path.iterdir() if file.is_file()]
    assert len(files) > 1
    assert [file.name for file in files if _gives_away(file.read_bytes())] == []


def test_the_canary_would_be_seen() -> None:
    """In each of the ways in which it is looked for."""
    assert all(_gives_away(b"x" + trace + b"x") for trace in traces(CANARY))
