"""The unsubscribe link under generated requests: no row comes of one that is no POST with a valid token.

Which token is valid is asked of a second reading, written from docs/formats/unsubscribe-link.md.
"""

from __future__ import annotations

from random import Random
from urllib.parse import urlencode

from tests.mail import second
from tests.mail.desk import SHELLS, Desk, desk

METHODS = ("POST", "POST", "GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "post", "TRACE", "PROPFIND")
PURPOSES = ("newsletter", "promotions", "offers", "direct_marketing", "gone")
BODIES = (
    b"",
    b"List-Unsubscribe=One-Click",
    b"stop=direct_marketing",
    b"stop=promotions&stop=offers",
    b"resume=newsletter&address=an%40example.nl",
    b"address=an%40example.nl",
    b"\0\xff",
    b"%zz",
    b'--x\r\nContent-Disposition: form-data; name="stop"\r\n\r\npromotions\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="resume"\r\n\r\noffers\r\n--x--\r\n',
    b"--x\r\n\r\n--x",
)
TYPES = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "")
_FIELDS = (
    ("x-http-method-override", "POST"),
    ("purpose", "prefetch"),
    ("cookie", "_ga=1; cart=2"),
    ("origin", "https://mail.example"),
    ("content-encoding", "gzip"),
)
_AT_ONE_SHOP = 500


class Requests:
    """Draws requests."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def token(self) -> str:
        """A token: genuine, mangled as mail programs do, changed, or made up."""
        random = self._random
        made = second.make(f"{random.randrange(50)}@example.nl", random.choice(PURPOSES))
        at = random.randrange(len(made))
        other = random.choice(second.ALPHABET + "uiloUILO=. %\N{SNOWMAN}\t\r\n\0")
        return random.choice(
            (
                made,
                made.upper(),
                made.replace("0", "O").replace("1", "l"),
                f"{made[:at]}=\r\n{made[at:]}",
                f"{made[:at]} {made[at:]}",
                f"{made}{random.choice('.)>/?')}",
                made[:at] + other + made[at + 1 :],
                made[:at] + other + made[at:],
                made[:at] + made[at + 1 :],
                made[::-1],
                "".join(random.choices(second.ALPHABET, k=39)),
                made * 2,
            )
        )

    def path(self) -> tuple[str, str]:
        """A path and what stands behind the prefix in it."""
        token = self.token().replace("?", "")
        prefix = self._random.choice(("/u/",) * 8 + ("/u//", "/privacy/confirm/"))
        return prefix + token, f"{prefix.removeprefix('/u/')}{token}"

    def fields(self) -> dict[str, str]:
        """Header fields, as scanners, browsers and mail programs send them."""
        some = {name: value for name, value in _FIELDS if self._random.random() < 0.3}
        return {"content-type": self._random.choice(TYPES), **some}


def broken(batch: tuple[str, int]) -> list[str]:
    """Try a seed's first requests; return what did not hold."""
    seed, count = batch
    found: list[str] = []
    for start in range(0, count, _AT_ONE_SHOP):
        random = Random(f"{seed}/{start}")
        with desk(random.choice(SHELLS), keyset=second.KEYSET) as shop:
            for _ in range(min(_AT_ONE_SHOP, count - start)):
                found += _try(shop, Requests(random), random)
    return found


def _try(shop: Desk, requests: Requests, random: Random) -> list[str]:
    method, (path, rest) = random.choice(METHODS), requests.path()
    link = second.read(rest) if path.startswith("/u/") else None
    before = shop.privacy.ledger.head().count
    query = "?" + urlencode({"lang": "en"}) if random.random() < 0.3 else ""
    body = random.choice(BODIES)
    reply = shop.ask(method, path + query, body, requests.fields())
    came = shop.privacy.ledger.head().count > before
    if method == "POST" and link is not None:
        is_slowed_down = reply.status == 429 and b"resume" in body  # it asks for a mail, and ends nothing
        if reply.status == 200 or is_slowed_down:
            return []
        return [f"a valid POST was answered with {reply.status}: {path!a}"]
    return [f"a row came of {method} {path!a}"] if came else []
