"""A visitor's browser, without its screen: a cookie jar by RFC 6265bis, the headers browsers send, forms as found."""

from __future__ import annotations

import http.client
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from tests.browser_jar import Jar
from tests.shops.pages import PageForm, read_forms
from tests.shops.running import RunningShop

Fields = Mapping[str, str] | Iterable[tuple[str, str]]
_MOST_REDIRECTS = 10
_addresses = count(1)


def _new_address() -> str:
    """Return an address of this machine that no other visitor has, where the system has many (Linux).

    It never ends in 0, as addresses do that were cut.
    """
    number = next(_addresses) if sys.platform == "linux" else 0
    return f"127.0.{number // 250}.{number % 250 + 1}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the shop answered."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sets: frozenset[str]
    """The names of the cookies that an empty browser would keep from it."""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def header(self, name: str) -> str | None:
        """Return the first header field of a name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def seen(self) -> frozenset[str]:
        """The names of the cookies that reached the shop's code on this request."""
        names = self.header("X-Demo-Seen") or ""
        return frozenset(unquote(name) for name in names.split(",") if name)

    @property
    def worker(self) -> str | None:
        """The worker process that answered."""
        return self.header("X-Demo-Worker")

    def form(self, action: str) -> PageForm:
        """Return the page's form that goes to the path ``action``."""
        return next(form for form in read_forms(self.text) if urlsplit(form.action).path == action)


@dataclass(slots=True)
class Visitor:
    """One person at one browser."""

    shop: RunningShop
    keeps_cookies: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    jar: Jar = field(default_factory=Jar)
    address: str = field(default_factory=_new_address)
    """Where this visitor comes from: the library slows down an address that answers too often."""
    replies: list[Reply] = field(default_factory=list)
    """Every answer so far."""

    @property
    def cookies(self) -> set[str]:
        """The names in the jar."""
        return {name.decode() for name in self.jar.names(self.shop.now)}

    def plant(self, *names: str) -> None:
        """Put cookies in the jar that the browser has from an earlier visit."""
        self.jar.store([f"{name}=planted; Path=/".encode() for name in names], self.shop.url, self.shop.now)

    def get(self, path: str) -> Reply:
        """Fetch one page, without following redirects."""
        return self._request("GET", path, None, {})

    def head(self, path: str) -> Reply:
        """Ask for the headers of a page."""
        return self._request("HEAD", path, None, {})

    def post(self, path: str, fields: Fields = (), headers: Mapping[str, str] | None = None) -> Reply:
        """Send a form without following redirects: from a page of the shop, where ``headers`` do not say else."""
        same_site = {"Origin": self.shop.url, "Sec-Fetch-Site": "same-origin", "Referer": f"{self.shop.url}/"}
        return self._request("POST", path, fields, same_site | dict(headers or {}))

    def submit(self, form: PageForm, *ticked: tuple[str, str], **changes: str) -> Reply:
        """Send a form as found on a page, with boxes ticked or a button pressed, and some fields filled in."""
        return self.follow(self.post(form.action, form.filled(ticked, changes)))

    def go(self, path: str) -> Reply:
        """Open a page as a browser does: with its redirects."""
        return self.follow(self.get(path))

    def follow(self, reply: Reply) -> Reply:
        """Follow redirects to the page at their end; a loop fails."""
        for _ in range(_MOST_REDIRECTS):
            target = reply.header("Location")
            if reply.status not in (301, 302, 303, 307, 308) or target is None:
                return reply
            url = urljoin(reply.url, target)
            assert url.startswith(f"{self.shop.url}/"), f"sent away to {url}"
            reply = self.get(url.removeprefix(self.shop.url))
        raise AssertionError("redirects without an end")

    def _request(self, method: str, path: str, fields: Fields | None, headers: Mapping[str, str]) -> Reply:
        url = urljoin(self.shop.url, path)
        parts = urlsplit(url)
        sent = {"User-Agent": "Mozilla/5.0 (test)", "Accept": "text/html", **self.headers, **headers}
        cookies = self.jar.cookie_header(url, self.shop.now)
        if cookies is not None:
            sent["Cookie"] = cookies.decode("latin-1")
        body = None
        if fields is not None:
            body = urlencode(list(fields.items()) if isinstance(fields, Mapping) else list(fields)).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.netloc, timeout=30, source_address=(self.address, 0))
        try:
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body, sent)
            response = connection.getresponse()
            reply = self._read(url, response)
        finally:
            connection.close()
        self.replies.append(reply)
        return reply

    def _read(self, url: str, response: http.client.HTTPResponse) -> Reply:
        set_cookie = [value.encode("latin-1") for value in response.headers.get_all("Set-Cookie", [])]
        now = self.shop.now
        if self.keeps_cookies:
            self.jar.store(set_cookie, url, now)
        empty = Jar()
        empty.store(set_cookie, url, now)
        return Reply(
            url=url,
            status=response.status,
            headers=tuple(response.getheaders()),
            body=response.read(),
            sets=frozenset(name.decode() for name in empty.names(now)),
        )
