"""``shopprivacy check --live``: whether a mail program's POST reaches the unsubscribe endpoint as it is deployed."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from shopprivacy.crypto import Keyset
from shopprivacy.mail.address import mail_key
from shopprivacy.mail.link import Link, make_token
from shopprivacy.mail.model import ALL
from shopprivacy.policy.fingerprint import link_tag_of

NOBODY: Final = "check@shopprivacy.invalid"
"""Whose link is posted to: nobody's (RFC 2606, section 2). Its opt-out stands in the ledger from then on."""
SECONDS: Final = 15
_BODY: Final = b"List-Unsubscribe=One-Click"
_WHY: Final = {
    404: "another prefix, or other keys?",
    405: "a server in front?",
    **dict.fromkeys(
        (202, 401, 403, 429, 503), "bot protection?"
    ),  # challenges to a browser, as services send them
}
_FIELDS: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def faults_of(url: str, keyset: Keyset) -> Iterator[str]:
    """Post to ``mail.url`` as a mail program does, without cookie or redirect, and yield what would not work."""
    target = urlsplit(url)
    connect = HTTPSConnection if target.scheme == "https" else HTTPConnection
    path = target.path + make_token(keyset, Link(mail_key(keyset, NOBODY), link_tag_of(ALL)))
    connection = connect(target.netloc, timeout=SECONDS)
    try:
        connection.request("POST", path, _BODY, _FIELDS)
        reply = connection.getresponse()
        reply.read()
    except (OSError, HTTPException) as error:
        yield f"no answer ({type(error).__name__}): mail programs must reach it from outside"
        return
    finally:
        connection.close()
    if 300 <= reply.status < 400:
        host = urlsplit(reply.headers["Location"] or "").netloc or "another path"
        yield f"a redirect to {host}: mail programs follow none (RFC 8058, section 3.2); write that address in mail.url"
    elif reply.status != 200:
        yield f"status {reply.status} ({_WHY.get(reply.status, 'see the logs of what is in front of the shop')})"
    elif reply.headers["Referrer-Policy"] != "no-referrer":
        yield "another page than the library's: is the gate the outermost layer, and is something in front of it?"
    if reply.headers["Set-Cookie"] is not None:
        yield "a cookie, which something in front of the gate sets"
