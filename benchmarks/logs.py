"""What the cleaning of logs costs, beside what shops have, and both of its errors, counted.

    python -m benchmarks.logs [--quick]

Truncation stands beside ``ipaddress``, the cleaning of a line beside ``logging.Formatter.format`` of one record, and
old logs beside anonip, which cuts addresses and leaves the rest. Then: canaries that survive, numbers that are lost.
Needs the packages of the group ``benchmarks``.
"""

# ruff: noqa: E501  # lines of logs
from __future__ import annotations

import ipaddress
import logging
import secrets
import string
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from functools import partial
from hashlib import sha1, sha256
from itertools import count
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import process_time

from tests.analytics.canaries import BEHIND_NAMES, CANARIES, SECRET

from benchmarks.rounds import Case, rounds_of, typical
from shopprivacy.analytics import Addresses, LogRules, Text
from shopprivacy.logs.back_log import anonymise

CHANCE = Random(1)
WORDS = (
    *(
        "order",
        "customer",
        "visits",
        "product",
        "price",
        "shipped",
        "warehouse",
        "invoice",
        "paid",
        "returned",
    ),
    *("refund", "delivery", "stock", "label"),
)
FORMATTER = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
RECORD = logging.LogRecord(
    "shop",
    logging.INFO,
    "shop.py",
    1,
    "%s %s %s from %s",
    ("GET", "/products/vaas", 200, "203.0.113.77"),
    None,
)


def ipv4() -> str:
    return ".".join(str(CHANCE.randrange(256)) for _ in range(4))


def ipv6() -> str:
    return f"2001:db8:{CHANCE.randrange(1, 65536):x}:8d3:1319:8a2e:370:{CHANCE.randrange(65536):x}"


def line(length: int, fresh: str = "") -> str:
    """A line of an application's log; with ``fresh``, of words that nobody has seen."""
    text = f"GET /products/vaas-delta?q=1 200 from {ipv4()}:{CHANCE.randrange(9999)} "
    while len(text) < length:
        word = CHANCE.choice(WORDS)
        text += (
            f"{word}{fresh}{CHANCE.randrange(10**6)} "
            if fresh
            else f"{word} {CHANCE.choice(WORDS)} {CHANCE.randrange(10**9)} "
        )
    return text[:length]


def each(texts: list[str], do: Case) -> None:
    for text in texts:
        do(text)  # type: ignore[call-arg]


def cut_by_ipaddress(text: str) -> str:
    bits = 48 if ":" in text else 24
    return str(ipaddress.ip_network((text, bits), strict=False).network_address)


def print_costs(rounds: int) -> None:
    addresses, text, fresh = Addresses(), Text(), Text()
    four, six = [ipv4() for _ in range(200)], [ipv6() for _ in range(200)]
    seen = [line(200) for _ in range(200)]
    numbers = count()
    cases: dict[str, Case] = {
        "ipaddress, IPv4": partial(each, four, cut_by_ipaddress),
        "ours, IPv4": partial(each, four, addresses.truncate),
        "ipaddress, IPv6": partial(each, six, cut_by_ipaddress),
        "ours, IPv6": partial(each, six, addresses.truncate),
        "Formatter.format": lambda: [FORMATTER.format(RECORD) for _ in range(1000)],
        "tokens seen": partial(each, seen * 5, text.clean),
    }
    new = [[line(200, f"x{next(numbers)}y") for _ in range(1000)] for _ in range(rounds)]
    cases["tokens new"] = lambda: each(new[next(turn)], fresh.clean)
    for length in (1024, 2048, 4096, 8192):
        cases[f"{length} characters"] = (
            lambda length=length: each(  # type: ignore[misc]
                [" ".join(str(CHANCE.randrange(10**9)) for _ in range(length // 10))[:length]], Text().clean
            )
        )
    turn = count()
    measured = rounds_of(cases, rounds=rounds, calls=1)
    print("truncation, times faster than ipaddress")
    for kind in ("IPv4", "IPv6"):
        print(
            f"  {kind:32}{typical(measured, lambda r, k=kind: r[f'ipaddress, {k}'] / r[f'ours, {k}']):8.1f}"
        )
    print("a line of 200 characters, times the cost of Formatter.format")
    for kind in ("tokens seen", "tokens new"):
        print(f"  {kind:32}{typical(measured, lambda r, k=kind: r[k] / r['Formatter.format']):8.1f}")
    print("a character of longer text, of one of 1,024")
    for length in (2048, 4096, 8192):
        share = typical(
            measured, lambda r, n=length: r[f"{n} characters"] / n / (r["1024 characters"] / 1024)
        )
        print(f"  {length:<32}{share:8.2f}")


def write_access_log(path: Path, lines: int) -> None:
    agents = [
        *(f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{n}.0.0.0 Safari/537.36" for n in range(90, 130)),
        "curl/8.0",
    ]  # fmt: skip
    visitors = [ipv6() if CHANCE.random() < 0.2 else ipv4() for _ in range(lines // 20)]
    with path.open("w") as file:
        for _ in range(lines):
            query = CHANCE.choice(("", "", f"?page={CHANCE.randrange(9)}", f"?q=w{CHANCE.randrange(2000)}"))
            referrer = CHANCE.choice(("-", f"https://shop.example/products/slug-{CHANCE.randrange(500)}?x=1"))
            file.write(
                f'{CHANCE.choice(visitors)} - - [29/Nov/2026:15:20:40 +0100] "GET /products/slug-{CHANCE.randrange(500)}{query} '
                f'HTTP/1.1" 200 {CHANCE.randrange(99999)} "{referrer}" "{CHANCE.choice(agents)}"\n'
            )


def print_back_log(lines: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "access.log")
        write_access_log(source, lines)
        measured = list[tuple[float, float, float]]()
        for number in range(rounds):
            started = sum(getrusage(RUSAGE_CHILDREN)[:2])
            subprocess.run(
                [sys.executable, "-c", "import anonip; anonip.main()", "--input", source, "--output", f"{source}.anonip{number}"],
                check=True,
            )  # fmt: skip
            peer = sum(getrusage(RUSAGE_CHILDREN)[:2]) - started  # like process_time: user and system
            took = []
            for addresses_only in (True, False):
                started = process_time()
                target = Path(folder, f"{number}{addresses_only}", "access.log")
                anonymise(source, target, LogRules(), addresses_only=addresses_only)
                took.append(process_time() - started)
            measured.append((peer, *took))  # type: ignore[arg-type]
    print(f"an old log of {lines} lines in one process, times faster than anonip")
    print(f"  {'addresses':32}{median(peer / one for peer, one, _ in measured):8.1f}")
    print(f"  {'all fields':32}{median(peer / every for peer, _, every in measured):8.1f}")


def useful(number: int) -> Iterator[tuple[str, str]]:
    """As many of each kind that a log is read for."""
    for _ in range(number):
        bits = CHANCE.randbytes(16)
        words = [CHANCE.choice(WORDS) for _ in range(CHANCE.randrange(2, 7))]
        yield "order numbers", str(CHANCE.randrange(10**8, 10**9))
        yield "EAN-13", f"{CHANCE.randrange(10**13):013}"
        yield "UUIDs", str(uuid.UUID(bytes=bits, version=4))
        yield "git hashes", sha1(bits).hexdigest()
        yield "SHA-256", sha256(bits).hexdigest()
        yield "milliseconds", str(1764428400000 + CHANCE.randrange(10**11))
        yield "slugs", "-".join([*words, CHANCE.choice(("256gb", "15", "2026", "xl"))])
        yield "versions", ".".join(str(CHANCE.randrange(200)) for _ in range(CHANCE.choice((2, 3))))


def print_errors(number: int) -> None:
    text = Text()
    lost: dict[str, int] = {}
    for kind, value in useful(number // 8):
        for form in (f"n {value} x", f"GET /orders/{value}/x", f"id={value}"):
            lost[kind] = lost.get(kind, 0) + (text.clean(form) != form)
    print(f"lost, of {number // 8 * 3} each")
    for kind, times in lost.items():
        print(f"  {kind:32}{times:8}")
    alphabet = string.ascii_lowercase + string.digits
    surviving = {
        "canaries": [
            *(form.format(canary) for canary in CANARIES.values() for form in ("a {} b", "x={}", "({})")),
            *(form.format(SECRET) for form in BEHIND_NAMES.values()),
        ],
        "tokens of 256 bits": [secrets.token_urlsafe(32) for _ in range(number // 8)],
        "tokens of 192 bits": [secrets.token_urlsafe(24) for _ in range(number // 8)],
        "32 of a-z0-9": ["".join(CHANCE.choices(alphabet, k=32)) for _ in range(number // 8)],
    }
    print("surviving")
    for kind, values in surviving.items():
        print(f"  {kind:32}{sum(text.clean(value) == value for value in values):8} of {len(values)}")


def main() -> None:
    """Measure and print."""
    quick = "--quick" in sys.argv
    print_costs(5 if quick else 41)
    print_back_log(20_000 if quick else 500_000, 1 if quick else 3)
    print_errors(4_000 if quick else 100_000)


if __name__ == "__main__":
    main()
