"""Telling the operator what is wrong where the shop is served: once for each host, with the setting that mends it."""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from shopprivacy.http.csrf import origin_of
from shopprivacy.http.origin_fault import OriginFault
from shopprivacy.http.request_head import RequestHead

log = logging.getLogger("shopprivacy")

_LONGEST_HOST = 100
_MOST_HOSTS = 10  # clients may make some up
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_WORDS = {
    OriginFault.PLAIN_HTTP: (
        'a choice came over plain http at "{host}", where no browser keeps it: the consent cookie is Secure, so every '
        "page asks again. Serve the shop over https, or open it as http://localhost; if TLS ends at a proxy, "
        "{fix.scheme}"
    ),
    OriginFault.SCHEME_LOST: (
        'TLS ends at a proxy that does not pass on https to the shop at "{host}": browsers that send no Sec-Fetch-Site '
        "get 403 when they accept. Let the proxy send X-Forwarded-Proto, and {fix.scheme}"
    ),
    OriginFault.HOST_LOST: (
        'a choice came from a page at "{page}", and the shop knows itself as "{host}": browsers that send no '
        "Sec-Fetch-Site get 403, even when they refuse. If both are the shop, let the proxy pass on the host "
        "(nginx: proxy_set_header Host $host){fix.host}"
    ),
}


class ProxySettings(NamedTuple):
    """What lets a shop know scheme and host as its visitors see them."""

    scheme: str
    host: str = ""
    """Begins with ``, or``; empty where nothing but the field Host is read."""


class OriginLog:
    """Says each class of faults once for each host; hosts that clients make up for one use up no other's lines."""

    def __init__(self) -> None:
        self.fix = ProxySettings(
            "let the server believe X-Forwarded-Proto of the proxy (gunicorn and uvicorn: --forwarded-allow-ips)"
        )
        """An adapter names its framework's settings here."""
        self._told: dict[OriginFault, set[str]] = {fault: set() for fault in OriginFault}

    def tell(self, fault: OriginFault, head: RequestHead) -> None:
        """Report what was not reported before."""
        host, told = _shown(head.host), self._told[fault]
        if host in told or len(told) >= _MOST_HOSTS:
            return
        told.add(host)
        _, page, _ = origin_of((head.header("origin") or "").strip(" \t")) or ("", "", 0)
        log.warning("%s", _WORDS[fault].format(host=host, page=_shown(page), fix=self.fix))


def _shown(host: str) -> str:
    return _UNPRINTABLE.sub("?", host[:_LONGEST_HOST])
