"""How the cost of a request grows: with its cookies, with the declared names, and with the rows of the ledger.

    python -m benchmarks.growth [--quick]

Instructions by callgrind of one request of a returning visitor through the ASGI gate. For the ledger the gate has the
shop's whole Privacy behind it, on a SQLite file; the visitor is tied to an account, one customer in a hundred has
withdrawn something, and the SQL statements that requests send to the file are counted beside.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from benchmarks.callgrind import counted
from benchmarks.gate import NOW, POLICY, Service, asgi, consents, raw
from benchmarks.rounds import Case
from shopprivacy import Privacy
from shopprivacy.asgi import ASGIGate
from shopprivacy.consent.account_merge import ACCOUNT_KIND
from shopprivacy.consent.consent_record import BROWSER_KIND, text_hash
from shopprivacy.crypto import pseudonym
from shopprivacy.decision import Action
from shopprivacy.gate.gate import Gate
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.policy import Policy
from shopprivacy.storage.sql import SqlStore
from shopprivacy.testing.samples import sample_keyset

COOKIES = (2, 5, 10, 20, 40, 80)
NAMES = (3, 10, 30, 100, 300, 1_000)
ROWS = (0, 1_000, 100_000)
KEYSET = sample_keyset()
_REQUESTS = 100


def policy(names: int, wildcard: str = "") -> Policy:
    """Return a policy that declares as many cookies, every second of them by consent."""
    essential = {"purpose": "orders", "essential": True, "life": "1 day"}
    counting = {"purpose": "statistics", "life": "13 months"}
    return Policy(
        effective=POLICY.effective,
        jurisdiction="NL",
        languages=["nl"],
        controller={"name": "Shop", "address": "Street 1", "email": "p@shop.example"},
        purposes={"orders": {"basis": "contract"}, "statistics": {"basis": "consent"}},
        cookies={f"name{n}{wildcard}": essential if n % 2 else counting for n in range(names)},
    )


def gated(declared: Policy, cookies: bytes) -> Case:
    """Return a case: a visitor who granted everything sends these cookies and the consent cookie."""
    service = Service()
    service.gate = Gate(declared, KEYSET)
    (consent,) = consents(1, declared, KEYSET)
    return asgi(ASGIGate(raw, service), [cookies + b"; " + consent])


def sent(cookies: int, ending: str = "") -> bytes:
    return b"; ".join(f"name{n}{ending}=value-{n}".encode() for n in range(cookies))


def by_cookies() -> dict[str, Case]:
    hundred = policy(100)
    return {str(cookies): gated(hundred, sent(cookies - 1)) for cookies in COOKIES}  # and the consent cookie


def by_names() -> dict[str, Case]:
    return {str(names): gated(policy(names), sent(3) + b"; unknown=1") for names in NAMES}


def by_wildcards() -> dict[str, Case]:
    # "name1_*" and not "name1*", under which name10 would fall too.
    return {str(names): gated(policy(names, "_*"), sent(3, "_x") + b"; unknown=1") for names in NAMES}


def by_rows(folder: str) -> dict[str, Case]:
    return {
        file.stem: on_ledger(file)
        for file in sorted(Path(folder).glob("*.sqlite3"), key=lambda f: int(f.stem))
    }


def on_ledger(file: Path) -> Case:
    """Return a case: a customer's request in a shop that has this ledger."""
    privacy = Privacy(POLICY, keyset=KEYSET, store=SqlStore(f"sqlite:///{file}"), clock=lambda: NOW)
    privacy.close()  # what follows the ledger, beside the requests, is not counted
    (consent,) = consents(1, POLICY, KEYSET, account=privacy.account("0"))
    return asgi(ASGIGate(raw, privacy), [b"essential0=a; _s0=b; " + consent])


def fill(file: Path, rows: int) -> None:
    """Write a ledger of visitors who accepted on the banner; one in a hundred is a customer who withdrew."""
    store = SqlStore(f"sqlite:///{file}")
    ledger = Ledger(store, KEYSET, secrets.token_bytes)
    entries = islice(map(_entry, count()), rows)
    while batch := list(islice(entries, 5_000)):
        ledger.append(batch)
    if ledger.head().count != rows:
        raise RuntimeError(f"the ledger has {ledger.head().count} rows and not {rows}")
    store.close()


def _entry(number: int) -> Entry:
    withdraws = number % 100 == 99
    return Entry(
        at=NOW - timedelta(days=1),
        subject=pseudonym(KEYSET, ACCOUNT_KIND if withdraws else BROWSER_KIND, str(number)),
        purpose="statistics",
        action=Action.WITHDRAWN if withdraws else Action.GRANTED,
        version=POLICY.version,
        meaning=POLICY.purpose_fingerprint("statistics"),
        text_hash=text_hash(POLICY, "statistics", "nl"),
        how=CollectionMethod.ACCOUNT if withdraws else CollectionMethod.BANNER,
    )


def statements(cases: dict[str, Case]) -> Iterator[int]:
    """Yield how many SQL statements the requests of each case send."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    for case in cases.values():
        before = len(seen)
        for _ in range(_REQUESTS):
            case()
        yield len(seen) - before
    event.remove(Engine, "before_cursor_execute", note)


def print_table(title: str, unit: str, found: dict[str, int]) -> None:
    print(f"\n{title}\n  {unit:>9}{'instructions':>14}{'for each':>10}")
    before: tuple[int, int] | None = None
    for name, total in found.items():
        size = int(name)
        each = f"{(total - before[1]) / (size - before[0]):10,.0f}" if before else ""
        print(f"  {size:9,}{total:14,}{each}")
        before = size, total


def main() -> None:
    """Count and print."""
    quick = "--quick" in sys.argv
    print("a request of a returning visitor through the ASGI gate, and what each one more costs")
    for title, unit, function in (
        ("cookies in the request", "cookies", by_cookies),
        ("names declared, five cookies", "names", by_names),
        ("wildcards declared, five cookies", "wildcards", by_wildcards),
    ):
        if quick:  # it runs, and that is all
            [case() for case in function().values()]
        else:
            print_table(title, unit, counted(f"benchmarks.growth:{function.__name__}"))
    with tempfile.TemporaryDirectory() as folder:
        for rows in (0, 200) if quick else ROWS:
            fill(Path(folder) / f"{rows}.sqlite3", rows)
        if not quick:
            print_table(
                "rows in the ledger, three cookies", "rows", counted("benchmarks.growth:by_rows", folder)
            )
        cases = by_rows(folder)
        sent_to_the_file = sum(statements(cases))
    print(f"\nSQL statements in {len(cases) * _REQUESTS} requests: {sent_to_the_file}")
    if sent_to_the_file:
        raise SystemExit("a request has read the ledger")


if __name__ == "__main__":
    main()
