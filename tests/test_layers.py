"""What stands around a gate: followed by attributes alone, refused or warned about by name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any
from unittest.mock import MagicMock

import pytest

from shopprivacy import asgi, wsgi
from shopprivacy.asgi import ASGIGate
from shopprivacy.errors import GateOrderError
from shopprivacy.gate.gate import Gate
from shopprivacy.layers import check_layer, check_layers, find_layer, layers
from shopprivacy.wsgi import WSGIGate
from tests.gate.exchange import KEYSET, Host, make_policy

HOST = Host(Gate(make_policy(), KEYSET))
GATE = WSGIGate(lambda *_: [], HOST)


class Layer:
    """A middleware that shows what it wraps."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


class Hidden:
    """A middleware that does not."""

    def __init__(self, shop: Any) -> None:
        self.shop = shop


class Lazy:
    """A proxy that stands for nothing now."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("there is no current application")


def named(name: str, base: type = Layer) -> type:
    """Return a class with the dotted name of somebody's middleware."""
    module, _, last = name.rpartition(".")
    return type(last, (base,), {"__module__": module})


def closed_over(shop: Any) -> Callable[..., Any]:
    """A middleware that is a function."""

    def application(environ: Any, start_response: Any) -> Any:
        return shop(environ, start_response)

    return application


Beaker = named("beaker.middleware.SessionMiddleware")
ProxyFix = named("werkzeug.middleware.proxy_fix.ProxyFix")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged since this was last asked."""
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    caplog.clear()
    return said


@pytest.mark.parametrize(
    "middleware",
    [
        Beaker,
        type("Subclass", (Beaker,), {}),
        named("starlette.middleware.sessions.SessionMiddleware"),
        named("starlette_csrf.middleware.CSRFMiddleware"),
    ],
)
def test_what_is_known_to_set_cookies_is_refused_outside(middleware: type) -> None:
    """By name, a subclass too, however far out it stands; inside the gate it belongs."""
    for app in (middleware(GATE), ProxyFix(middleware(ProxyFix(GATE)))):
        with pytest.raises(GateOrderError, match=rf"\.{middleware.__name__} sets cookies, and is outside"):
            wsgi.check_application(app)
    wsgi.check_application(WSGIGate(middleware(lambda *_: []), HOST))


def test_what_sets_no_cookies_may_stand_outside(caplog: pytest.LogCaptureFixture) -> None:
    """The gate alone and proxy headers, in silence; what inherits from these is a warning, for it may do more."""
    for app in (GATE, ProxyFix(GATE)):
        wsgi.check_application(app)
    assert warnings(caplog) == []
    subclass = type("OurProxyFix", (ProxyFix,), {})
    wsgi.check_application(subclass(subclass(GATE)))
    assert len(warnings(caplog)) == 1


def test_what_is_known_to_set_cookies_is_refused_although_it_hides_what_it_wraps() -> None:
    """A layer that shows nothing is held against the list like any other."""
    hiding = type("SessionMiddleware", (), {"__module__": "beaker.middleware", "__call__": lambda *_: []})
    with pytest.raises(GateOrderError, match=r"beaker\.middleware\.SessionMiddleware sets cookies"):
        wsgi.check_application(hiding())


def test_what_nobody_knows_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """By name, once for each name; what the shop vouches for is none, a class, a function or an object."""
    metrics = named("shop.metrics.Metrics")
    for _ in range(2):
        wsgi.check_application(ProxyFix(metrics(GATE)))
    (message,) = warnings(caplog)
    assert message.startswith("shop.metrics.Metrics is outside the privacy gate")
    vouched = named("shop.metrics.Vouched")
    wrapped = wraps(GATE)(closed_over(GATE))
    one = vouched(GATE)
    wsgi.check_application(vouched(GATE), outside=[vouched])
    wsgi.check_application(one, outside=[one])
    wsgi.check_application(wrapped, outside=[wrapped])
    wsgi.check_application(Beaker(GATE), outside=[Beaker])
    assert warnings(caplog) == []


def test_what_cannot_be_seen_through_is_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    """No closure is opened, and no name but the documented ones is asked for."""
    for app in (closed_over(GATE), Hidden(GATE), ProxyFix(Hidden(GATE))):
        wsgi.check_application(app)
    closure, hidden = warnings(caplog)
    assert closure.startswith(
        "tests.test_layers.closed_over.<locals>.application does not show what it wraps"
    )
    assert hidden.startswith("tests.test_layers.Hidden does not show what it wraps")
    wsgi.check_application(Hidden(GATE), outside=[Hidden])
    assert warnings(caplog) == []


def test_what_stands_around_something_hidden_is_still_looked_at() -> None:
    """What can be seen of it."""
    with pytest.raises(GateOrderError, match="beaker"):
        wsgi.check_application(Beaker(Hidden(GATE)))


def test_an_asgi_application_is_checked_the_same() -> None:
    """Both gates have the function."""
    gate = ASGIGate(MagicMock(), HOST)
    asgi.check_application(ProxyFix(gate))
    with pytest.raises(GateOrderError, match="beaker"):
        asgi.check_application(Beaker(gate))


def test_a_layer_is_followed_by_the_attribute_that_says_what_it_wraps() -> None:
    """functools' ``__wrapped__`` counts before what was copied along with it."""
    posing = wraps(GATE)(closed_over(GATE))  # with a copy of all that the gate holds
    assert list(layers(posing))[:2] == [posing, GATE]
    for attribute in ("app", "wsgi_app", "application"):
        layer = Hidden(None)
        setattr(layer, attribute, GATE)
        assert list(layers(layer))[:2] == [layer, GATE]
        assert find_layer(layer, WSGIGate) == ([layer], GATE)


def test_looking_for_what_a_layer_wraps_ends(caplog: pytest.LogCaptureFixture) -> None:
    """With a proxy that raises, with what wraps itself, and with what has every attribute."""
    lazy, circle = Lazy(), Layer(None)
    circle.app = circle
    assert list(layers(lazy)) == [lazy]
    assert set(layers(circle)) == {circle}
    for endless in (circle, MagicMock(), None):
        check_layers(endless, WSGIGate)
        assert len(list(layers(endless))) in (1, 100)
    assert len(warnings(caplog)) >= 2


def test_a_class_and_a_function_are_layers_too() -> None:
    """As a framework lists its middleware; ``fix`` says what to do there."""
    check_layer(ProxyFix)
    with pytest.raises(GateOrderError, match="no cookie is checked; swap them"):
        check_layer(Beaker, fix="swap them")
    check_layer(closed_over, [closed_over])
