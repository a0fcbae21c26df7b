"""What an unsubscribe link costs: ``python -m benchmarks.unsubscribe [start|import] [--quick]``.

Without a word: making a token and reading it, alone and from the address on, beside itsdangerous'
``URLSafeTimedSerializer``, which shops use for such links; shuffled, interleaved rounds, the median of the rounds'
ratios. ``start``: what a shop's start
costs with a million opt-outs, as ``benchmarks.ledger start`` has it. ``import``: a suppression list of a million
addresses, on SQLite.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter

from itsdangerous import URLSafeTimedSerializer

from benchmarks.gate import KEYSET
from benchmarks.ledger_start import main as start
from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.mail.address import mail_key, subject_of
from shopprivacy.mail.link import LENGTH, Link, make_token, read_token
from shopprivacy.mail.list_file import Listed
from shopprivacy.mail.lists import Lists, write_batches
from shopprivacy.mail.model import Marketing
from shopprivacy.policy import Policy
from shopprivacy.policy.fingerprint import link_tag_of
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_random

ADDRESS, PURPOSE = "an@example.nl", "newsletter"
ADDRESSES = 1_000_000


def token() -> Case:
    """Return a case that makes a token and reads it."""
    said = Link(mail_key(KEYSET, ADDRESS), link_tag_of(PURPOSE))
    return lambda: read_token(KEYSET, make_token(KEYSET, said))


def link() -> None:
    """Make a link from an address and read it: whose address it is takes a keyed hash of its own."""
    made = make_token(KEYSET, Link(mail_key(KEYSET, ADDRESS), link_tag_of(PURPOSE)))
    assert read_token(KEYSET, made) is not None


def peer() -> Case:
    """Return a case that does the same with the serializer."""
    serializer = URLSafeTimedSerializer("secret" * 6, salt="unsubscribe")
    return lambda: serializer.loads(serializer.dumps([ADDRESS, PURPOSE]))


def tokens(*, quick: bool) -> None:
    """Measure and print."""
    serializer = URLSafeTimedSerializer("secret" * 6, salt="unsubscribe")
    cases = {"token": token(), "link": link, "peer": peer()}
    measured = rounds_of(cases, rounds=15 if quick else 101, calls=500)
    for name, said in (("token", "make and read"), ("link", "from the address on")):
        ratio = typical(measured, lambda one, name=name: one[name] / one["peer"])
        microseconds = typical(measured, lambda one, name=name: one[name]) / 1000
        print(f"{said}: {microseconds:.1f} microseconds, {ratio:.2f} of URLSafeTimedSerializer")
    print(f"length: {LENGTH} characters, {len(serializer.dumps([ADDRESS, PURPOSE]))} of its")


def policy() -> Policy:
    """Return a policy with one newsletter."""
    return Policy(
        effective=date(2026, 1, 1),
        jurisdiction="NL",
        languages=["nl"],
        controller={"name": "Shop", "address": "Street 1", "email": "p@shop.example"},
        purposes={PURPOSE: {"basis": "consent", "mail": "marketing"}},
    )


def take_in(*, quick: bool, place: Path | None) -> None:
    """Import a suppression list and print what it took."""
    count = 20_000 if quick else ADDRESSES
    with tempfile.TemporaryDirectory(dir=place) as folder:
        store = SqlStore(f"sqlite:///{folder}/privacy.sqlite3")
        book, shop = Ledger(store, KEYSET, sample_random()), policy()
        lists = Lists(
            shop,
            book,
            Marketing(shop),
            lambda address: subject_of(KEYSET, address, country="NL"),
            datetime.now(UTC),
        )
        draw = random.Random(1)
        began = perf_counter()
        listed = (Listed(f"{draw.randrange(10**12)}@example.nl", None) for _ in range(count))
        plan = lists.suppressions(listed, "0" * 16)
        planned = perf_counter()
        write_batches(book, plan.changes())
        done = perf_counter()
        size = Path(folder, "privacy.sqlite3").stat().st_size / 2**20
        store.close()
    print(
        f"{count:,} addresses: read and planned in {planned - began:.0f} s, written in {done - planned:.0f} s, "
        f"{plan.subjects:,} suppressed, {size:.0f} MB"
    )


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.unsubscribe")
    parser.add_argument("what", nargs="?", choices=["token", "start", "import"], default="token")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, fewer addresses")
    parser.add_argument("--folder", type=Path, help="where the files are (default: the system's)")
    options = parser.parse_args()
    match options.what:
        case "start":
            start(quick=options.quick, place=options.folder)
        case "import":
            take_in(quick=options.quick, place=options.folder)
        case _:
            tokens(quick=options.quick)


if __name__ == "__main__":
    main()
