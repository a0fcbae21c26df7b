"""How many of its requests per second an example shop keeps with its gate: as it is, beside the same with the gate out.

    python -m benchmarks.shops [--quick]

The three shops behind the servers of their command line, one worker each, show a product from their database and set
five tracking cookies, four of them declared. 10,000 visitors, none of whom comes back before all others have been
there, send ten cookies each and have accepted everything. Needs wrk and the packages of the group ``benchmarks``.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from examples.shop.options import DEMO_POLICY
from tests.shops.running import RunningShop, running

from benchmarks.gate import VISITORS, consents
from benchmarks.load import Server, print_kept, rounds_of_load, write_visitors
from shopprivacy.key_providers.local import LocalKeyFile
from shopprivacy.policy import load

SHOPS = ("flask", "django", "fastapi")
PAGE = "/products/vaas-delta"
NINE = (
    "cart=vaas-delta:2; lang=nl; compare=vaas-delta; wishlist=vaas-delta; _ga=GA1.1.123456789.1767225600; "
    "_ga_ABC=GS1.1.1767225600; _gid=GA1.1.123456789.1767225600; _fbp=fb.1.1767225600000.123456789; "
    "muc_ads=0123456789abcdef"
)


def visitors_of(shop: RunningShop) -> Path:
    """Write the Cookie fields of visitors who have accepted everything in this shop."""
    policy, keyset = load(DEMO_POLICY), LocalKeyFile(shop.keys).load()
    signed = consents(VISITORS, policy, keyset, granted=policy.purposes, now=datetime.now(UTC))
    return write_visitors(
        shop.keys.with_name("visitors.txt"), (NINE.encode() + b"; " + consent for consent in signed)
    )


def check(shop: RunningShop, visitors: Path, *, gated: bool) -> None:
    """Make sure that the page is there, and that only the gate holds back the cookie that nobody declared."""
    cookies = visitors.read_text().partition("\n")[0]
    for _ in range(2):  # the first goes through the gate in any case
        connection = HTTPConnection(shop.url.removeprefix("http://"))
        connection.request("GET", PAGE, headers={"Cookie": cookies})
        response = connection.getresponse()
        sets = [value.partition("=")[0] for value in response.headers.get_all("set-cookie", [])]
        page = response.read()
        connection.close()
    if response.status != 200 or b"sp-banner" in page or "_ga" not in sets:
        raise RuntimeError(
            f"{shop.url}{PAGE} is not the page of a visitor who accepted: {response.status}, {sets}"
        )
    if ("debug_id" in sets) is gated:
        raise RuntimeError(f"{shop.url} sets {sets}")


def main() -> None:
    """Serve, measure and print."""
    quick = "--quick" in sys.argv
    shops = SHOPS[:1] if quick else SHOPS
    with tempfile.TemporaryDirectory() as name, ExitStack() as up:
        servers = {}
        for shop in shops:
            for variant, module in (
                ("gated", f"examples.{shop}_app"),
                ("bare", f"benchmarks.ungated.{shop}"),
            ):
                folder = Path(name) / f"{shop}-{variant}"
                folder.mkdir()
                started = up.enter_context(running(module, folder, clock=None))
                visitors = visitors_of(started)
                check(started, visitors, gated=variant == "gated")
                servers[f"{shop} {variant}"] = Server(started.url + PAGE, started.pid, visitors)
        measured = rounds_of_load(servers, 2 if quick else 31)

    print("requests kept, of those of the same shop without its gate")
    print_kept(measured, [(f"{shop} gated", f"{shop} bare") for shop in shops])


if __name__ == "__main__":
    main()
