"""What a proxy says counts at the gate exactly where it counts in Django."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from tests.adapters.django_shop import set_up  # noqa: F401  # before anything that has models

# isort: split
from asgiref.sync import async_to_sync
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.wsgi import WSGIRequest
from django.core.management import call_command
from django.test import AsyncRequestFactory, RequestFactory
from django.test.utils import override_settings
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.adapters.django.forwarded import believe_in_environ, believed_in_scope
from shopprivacy.adapters.django.root import forget
from shopprivacy.adapters.django.test import AsyncClient, Client

TRUSTING = {
    "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https"),
    "USE_X_FORWARDED_HOST": True,
    "ALLOWED_HOSTS": ["*"],
}
CHOICE = {
    "path": "/privacy/consent",
    "data": "choice=refuse",
    "content_type": "application/x-www-form-urlencoded",
}
FORWARDED = {
    "Origin": "https://shop.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.example",
}


@pytest.fixture(scope="module", autouse=True)
def tables() -> Iterator[None]:
    """The ledger's tables, and a Privacy of this module's own."""
    call_command("migrate", verbosity=0)
    forget()
    yield
    forget()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 303),
        (
            {"X-Forwarded-Proto": "http"},
            303,
        ),  # the host is ours, and nobody else serves https there: refusing counts
        ({"X-Forwarded-Proto": "https,http"}, 303),
        ({"X-Forwarded-Host": "other.example"}, 403),
    ],
)
def test_a_proxy_that_django_believes_is_believed_at_the_gate(changed: dict[str, str], status: int) -> None:
    """A browser that sends nothing but Origin refuses behind a proxy; without the settings the host is another."""
    headers = {**FORWARDED, **changed}
    with override_settings(**TRUSTING):
        assert Client().post(**CHOICE, headers=headers).status_code == status
    assert Client().post(**CHOICE, headers=headers).status_code == 403


@pytest.mark.parametrize("status", [303, 403])
def test_under_asgi_too(status: int) -> None:
    """The same, with the scheme of a scope."""
    with override_settings(**TRUSTING if status == 303 else {}):
        answer = async_to_sync(AsyncClient().post)(**CHOICE, headers=FORWARDED)
    assert answer.status_code == status


words = st.sampled_from(["https", "http", "on", " https ", "https,http", "http, https", ""])
hosts = st.sampled_from(["shop.example", "other.example:8443", "[::1]:80"])
settings = st.fixed_dictionaries(
    {
        "SECURE_PROXY_SSL_HEADER": st.sampled_from(
            [None, ("HTTP_X_FORWARDED_PROTO", "https"), ("HTTP_X_SSL", "on")]
        ),
        "USE_X_FORWARDED_HOST": st.booleans(),
    }
)
sent = st.fixed_dictionaries(
    {}, optional={"X-Forwarded-Proto": words, "X-SSL": words, "X-Forwarded-Host": hosts}
)


@given(settings, sent, st.booleans())
def test_the_gate_sees_what_django_sees(settings: Any, sent: Any, secure: bool) -> None:
    """Whatever is set and sent, scheme and host at the gate are those of Django's own request."""
    with override_settings(**settings, ALLOWED_HOSTS=["*"]):
        environ = RequestFactory().get("/", headers=sent, secure=secure).META
        request = WSGIRequest(dict(environ))
        believe_in_environ(environ)
        assert environ["wsgi.url_scheme"] == request.scheme
        assert environ.get("HTTP_HOST", request.get_host()) == request.get_host()

        scope = AsyncRequestFactory().get("/", headers=sent, secure=secure).scope
        theirs = ASGIRequest(scope, BytesIO())
        ours = believed_in_scope(scope)
        assert ours["scheme"] == theirs.scheme
        host = dict(ours["headers"]).get(b"host")
        assert host is None or host.decode() == theirs.get_host()


def test_a_websocket_has_schemes_of_its_own() -> None:
    """They are made of the same words."""
    for said, scheme in ((b"https", "wss"), (b"http", "ws")):
        scope = {"type": "websocket", "scheme": "ws", "headers": [(b"x-forwarded-proto", said)]}
        with override_settings(**TRUSTING):
            assert believed_in_scope(scope)["scheme"] == scheme


def test_hosts_that_two_proxies_name_are_no_host() -> None:
    """Django refuses them; to the gate they are one that is nobody's."""
    scope = {
        "type": "http",
        "headers": [(b"host", b"inside"), (b"x-forwarded-host", b"a"), (b"x-forwarded-host", b"b")],
    }
    with override_settings(**TRUSTING):
        assert believed_in_scope(scope)["headers"][-1] == (b"host", b"a,b")


def test_tls_that_ends_at_a_proxy_which_is_not_believed(caplog: pytest.LogCaptureFixture) -> None:
    """Refusing counts where the host is ours, and one line names the setting that is missing."""
    forget()
    sent = {"Origin": "https://testserver", "X-Forwarded-Proto": "https"}
    for _ in range(2):
        assert Client().post(**CHOICE, headers=sent).status_code == 303
    [told] = [message for message in caplog.messages if "TLS ends at a proxy" in message]
    assert "SECURE_PROXY_SSL_HEADER" in told
    assert Client().post(**CHOICE, headers=FORWARDED).status_code == 403
    assert "USE_X_FORWARDED_HOST" in caplog.messages[-1]
