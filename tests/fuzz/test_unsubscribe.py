"""The command that fuzzes unsubscribe links finds what is broken: each sabotage here is one that it must see."""

from __future__ import annotations

from typing import Any

import pytest

from shopprivacy.http import routes
from shopprivacy.mail import routes as mail_routes
from shopprivacy.mail.link import Link
from tests.fuzz.unsubscribe import broken
from tests.mail import second


def test_nothing_is_broken() -> None:
    """A few hundred requests, as the command makes a million."""
    assert broken(("test", 200)) == []


def test_a_look_that_unsubscribes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """As mailing tools do that act on GET."""

    def eager(self: Any, _method: str) -> Any:
        return self.methods["POST"]

    monkeypatch.setattr(routes.Route, "endpoint", eager)
    assert any("a row came of" in told for told in broken(("test", 200)))


def test_a_token_that_is_not_verified_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is posted to is taken for a link."""
    any_link = Link(bytes(10), second.tag("newsletter"))
    monkeypatch.setattr(mail_routes, "read_token", lambda _keyset, _text: any_link)
    assert any("a row came of POST" in told for told in broken(("test", 200)))
