"""Visitors who have chosen, for the tests of a shop.

    with consented(client, privacy, "statistics"):
        assert "_ga" in client.get("/").headers["set-cookie"]

The cookie is a genuine one, signed with the shop's own keyset, so a test goes the same way as a visitor does.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol, cast, runtime_checkable

from shopprivacy.consent.choices import Answer, Choice, Choices
from shopprivacy.consent.cookie import COOKIE_NAME, encode
from shopprivacy.privacy import Privacy

__all__ = ["Consented", "consent_value", "consented"]

_CONSENT_ID_BYTES = 16


@runtime_checkable
class WerkzeugClient(Protocol):
    """The test client of Werkzeug and Flask."""

    def get_cookie(self, key: str) -> Any:  # noqa: ANN401  # as Werkzeug declares it
        """Return a cookie, or None."""
        ...

    def set_cookie(self, key: str, value: str) -> Any:  # noqa: ANN401  # as Werkzeug declares it
        """Keep a cookie."""
        ...

    def delete_cookie(self, key: str) -> Any:  # noqa: ANN401  # as Werkzeug declares it
        """Forget a cookie."""
        ...


class CookieClient(Protocol):
    """The test clients of Starlette, FastAPI and Django: their cookies are a mapping."""

    @property
    def cookies(self) -> Any:  # noqa: ANN401  # httpx.Cookies, http.cookies.SimpleCookie
        """The jar."""
        ...


class Consented(Protocol):
    """The fixture ``consented`` of ``shopprivacy.testing.pytest_plugin``: ``with consented("statistics"): ...``."""

    def __call__(self, *granted: str, refused: tuple[str, ...] = ()) -> AbstractContextManager[None]:
        """Let the fixture ``client`` be a visitor who granted and refused these purposes."""
        ...


def consent_value(privacy: Privacy, *granted: str, refused: tuple[str, ...] = ()) -> str:
    """Return the value of the consent cookie for a visitor who has just granted and refused these purposes.

    Raises UndeclaredName for a purpose that the policy does not let a browser decide about.
    """
    browser = privacy.gate.browser
    at = int(privacy.now().timestamp())
    answers = {}
    for purposes, choice in ((granted, Choice.GRANTED), (refused, Choice.REFUSED)):
        for purpose in purposes:
            browser.check(purpose)
            answers[browser.purposes[purpose].id] = Answer(choice, at)
    return encode(Choices(browser.stamp, answers, consent_id=bytes(_CONSENT_ID_BYTES)), privacy.keyset)


@contextmanager
def consented(
    client: WerkzeugClient | CookieClient, privacy: Privacy, *granted: str, refused: tuple[str, ...] = ()
) -> Iterator[None]:
    """Let a test client be a visitor who granted and refused these purposes, for the time of the block.

    Afterwards the client is the visitor that it was before, in an outer block too.
    Works with the test clients of Flask, Django, Starlette and FastAPI. Raises UndeclaredName.
    """
    value = consent_value(privacy, *granted, refused=refused)
    if isinstance(client, WerkzeugClient):
        before = client.get_cookie(COOKIE_NAME)
        client.set_cookie(COOKIE_NAME, value)
        try:
            yield
        finally:
            client.delete_cookie(COOKIE_NAME)
            if before is not None:
                client.set_cookie(COOKIE_NAME, before.value)
        return
    base_url = getattr(client, "base_url", None)
    if base_url is None:
        jar = cast("MutableMapping[str, Any]", client.cookies)
        kept = jar.get(COOKIE_NAME)
        jar[COOKIE_NAME] = value
        try:
            yield
        finally:
            jar.pop(COOKIE_NAME, None)
            if kept is not None:
                jar[COOKIE_NAME] = kept
        return
    outer = [cookie for cookie in client.cookies.jar if cookie.name == COOKIE_NAME]
    # Where the jar files an answer's cookies, so that a choice made in the block replaces this one: it calls a host
    # without a dot NAME.local (http.cookiejar).
    host = base_url.host if "." in base_url.host else f"{base_url.host}.local"
    client.cookies.delete(COOKIE_NAME)
    client.cookies.set(COOKIE_NAME, value, domain=host)
    try:
        yield
    finally:
        client.cookies.delete(COOKIE_NAME)
        for cookie in outer:
            client.cookies.jar.set_cookie(cookie)
