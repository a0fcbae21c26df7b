"""The Flask adapter: one line puts a shop behind the gate, and mistakes fail before anything is served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import (
    Blueprint,
    Flask,
    Response,
    make_response,
    render_template_string,
    request,
    session,
    stream_with_context,
)
from flask.testing import FlaskClient
from flask.views import MethodView
from jinja2 import DictLoader, Environment, FileSystemLoader, FunctionLoader, TemplateNotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from shopprivacy import Action, GateOrderError, Privacy, PrivacyError, UndeclaredName
from shopprivacy.adapters import flask as adapter
from shopprivacy.adapters.flask import ShopPrivacy, consent, privacy_banner, requires_consent, sign_in
from shopprivacy.storage.memory import MemoryStore
from shopprivacy.testing.consent import consent_value, consented
from tests.gate.exchange import COOKIES, KEYSET, NOW, make_policy

POLICY = make_policy(cookies={**COOKIES, "session": {"essential": True, "life": "session"}})


@pytest.fixture
def privacy() -> Iterator[Privacy]:
    """A shop's Privacy in memory, at a standing clock."""
    made = Privacy(POLICY, keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def app(privacy: Privacy) -> Flask:
    """A careless shop behind the gate."""
    made = Flask("shop")
    made.secret_key = "test"
    ShopPrivacy(made, privacy, customer=lambda: session.get("customer"))

    @made.get("/")
    def index() -> Any:
        response = make_response(",".join(request.cookies))
        for name in ("_ga", "cart", "debug_id", "ads"):
            response.set_cookie(name, "1")
        return response

    @made.get("/for-you/<name>")
    @requires_consent("statistics", otherwise=lambda name: f"best sellers, {name}")
    def for_you(name: str) -> str:
        return f"for you, {name}"

    @made.get("/async")
    @requires_consent("statistics", otherwise=plain_async)
    async def for_you_async() -> str:
        return "for you"

    @made.get("/only")
    @requires_consent("ads")
    def only() -> str:
        return "ads"

    @made.get("/sync-otherwise-async")
    @requires_consent("ads", otherwise=plain_async)
    def mixed() -> str:
        return "ads"

    @made.get("/async-otherwise-sync")
    @requires_consent("ads", otherwise=lambda: "sync")
    async def mixed_back() -> str:
        return "ads"

    @made.get("/page")
    def page() -> str:
        return render_template_string(
            "{% consent 'ads' %}pixel{% else %}placeholder{% endconsent %}"
            "{% consent 'counting' %} counted{% endconsent %}"
            "{{ ' asked' if privacy_banner('nl') }}{{ consent.allows('ads') }}"
        )

    @made.get("/stream")
    def stream() -> Response:
        parts = (f"{number} {consent.allows('ads')} " for number in range(2))
        response = Response(stream_with_context(parts))
        for name in ("_ga", "cart"):
            response.set_cookie(name, "1")
        return response

    @made.post("/login")
    def login() -> str:
        session["customer"] = 7
        sign_in(7)
        return "hello"

    return made


async def plain_async() -> str:
    """Answer without consent."""
    return "plain"


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor."""
    return app.test_client()


def cookies(response: Any) -> list[str]:
    """Return the names of the cookies that a response sets."""
    return [value.partition("=")[0] for value in response.headers.getlist("Set-Cookie")]


def test_cookies_are_gated_both_ways(client: FlaskClient, privacy: Privacy) -> None:
    """Before a choice essential ones only; with consent the declared ones; the undeclared one never."""
    for name in ("_ga", "cart", "debug_id"):
        client.set_cookie(name, "1")
    response = client.get("/")
    assert (response.text, cookies(response)) == ("cart", ["cart"])
    with consented(client, privacy, "statistics", refused=("ads",)):
        response = client.get("/")
        assert (response.text, cookies(response)) == ("_ga,cart", ["_ga", "cart"])
    assert client.get("/").text == "cart"


def test_visitors_in_tests_stand_in_each_other(client: FlaskClient, privacy: Privacy) -> None:
    """After an inner block the client is the visitor of the outer one again, and after that nobody."""
    with consented(client, privacy, "ads"):
        with consented(client, privacy, refused=("ads",)):
            assert client.get("/only").status_code == 403
        assert client.get("/only").status_code == 200
    assert client.get("/only").status_code == 403


@pytest.mark.parametrize(
    ("path", "without", "granted"),
    [
        ("/for-you/an", "best sellers, an", "for you, an"),
        ("/async", "plain", "for you"),
        ("/sync-otherwise-async", "plain", "ads"),
        ("/async-otherwise-sync", "sync", "ads"),
    ],
)
def test_a_view_runs_for_those_who_consented(
    client: FlaskClient, privacy: Privacy, path: str, without: str, granted: str
) -> None:
    """Everyone else gets what stands in its place, with the same arguments, sync or async."""
    assert client.get(path).text == without
    with consented(client, privacy, "statistics", "ads"):
        assert client.get(path).text == granted


def test_without_anything_in_its_place_a_view_is_forbidden(client: FlaskClient, privacy: Privacy) -> None:
    """403, never the view."""
    assert client.get("/only").status_code == 403
    with consented(client, privacy, "ads"):
        assert client.get("/only").text == "ads"


def test_a_stream_is_gated_and_may_ask(client: FlaskClient, privacy: Privacy) -> None:
    """Its head is; its parts ask for consent as long as Flask keeps the request for them."""
    with consented(client, privacy, "ads"):
        response = client.get("/stream", buffered=False)
        assert cookies(response) == ["cart"]
        assert list(response.iter_encoded()) == [b"0 True ", b"1 True "]


def test_templates_follow_consent(client: FlaskClient, privacy: Privacy) -> None:
    """The tag with and without else, the banner only for who must be asked, and the consent object."""
    assert client.get("/page").text == "placeholder counted askedFalse"
    with consented(client, privacy, "ads", "statistics"):
        assert client.get("/page").text == "pixel countedTrue"


def test_a_page_that_asked_is_kept_out_of_shared_caches(client: FlaskClient) -> None:
    """Its response says so itself."""
    assert client.get("/page").headers["Cache-Control"] == "private"
    assert "Cache-Control" in client.get("/").headers


def test_signing_in_narrows(client: FlaskClient, privacy: Privacy) -> None:
    """The answer to the log-in already carries the narrowed choices, and deletes what is closed now."""
    privacy.withdraw(7, "ads")
    client.set_cookie("__Host-consent", consent_value(privacy, "ads", "statistics"))
    response = client.post("/login")
    assert set(cookies(response)) == {"session", "__Host-consent", "ads"}
    assert client.get("/page").text.startswith("placeholder")


def test_a_choice_made_while_signed_in_is_the_accounts_too(client: FlaskClient, privacy: Privacy) -> None:
    """A refusal on the banner closes the purpose for the account; a grant ties the browser to it."""
    client.post("/login")
    page = {"Sec-Fetch-Site": "same-origin"}
    client.post("/privacy/consent", data={"choice": "save", "purpose": "statistics"}, headers=page)
    rows = [row.entry for row in privacy.ledger.store.rows() if row.entry]
    mine = [(row.purpose, row.action) for row in rows if row.subject == privacy.subject(7)]
    assert mine == [("ads", Action.REFUSED)]
    privacy.withdraw(7, "statistics")
    privacy._feed.catch_up()
    assert client.get("/for-you/an").text == "best sellers, an"


def test_the_preference_page_is_there(client: FlaskClient) -> None:
    """The extension serves the library's own addresses; nothing is to be mounted."""
    assert client.get("/privacy/choices").status_code == 200
    assert client.get("/privacy/cookies").status_code == 200


# Mistakes


@pytest.mark.parametrize("name", ["statistic", "orders"])
def test_an_undeclared_purpose_fails_when_the_view_is_registered(app: Flask, name: str) -> None:
    """At import, whether the view comes before or after the extension, on the application or on a blueprint."""
    with pytest.raises(UndeclaredName, match=name):

        @app.get("/new")
        @requires_consent(name)
        def new() -> str:
            return ""

    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/new", "new", requires_consent(name)(plain_async))
    with pytest.raises(UndeclaredName, match=name):
        app.register_blueprint(shop)


def test_an_undeclared_purpose_of_an_earlier_view_fails_at_once(privacy: Privacy) -> None:
    """Views that were there before the extension are checked by it."""
    early = Flask("early")
    early.add_url_rule("/x", "x", requires_consent("statistics")(requires_consent("nothing")(lambda: "")))
    with pytest.raises(UndeclaredName, match="nothing"):
        ShopPrivacy(early, privacy)


@pytest.mark.parametrize("first", [True, False])
def test_classes_and_endpoints_are_checked_when_they_are_registered(privacy: Privacy, *, first: bool) -> None:
    """A purpose named on a method of a class, or on a view given by ``app.endpoint``, before the extension or after."""

    class Page(MethodView):
        @requires_consent("typo")
        def get(self) -> str:
            return ""

    def by_class(app: Flask) -> None:
        app.add_url_rule("/page", view_func=Page.as_view("page"))

    def by_endpoint(app: Flask) -> None:
        app.endpoint("page")(requires_consent("typo")(plain_async))

    for register in (by_class, by_endpoint):
        shop = Flask("shop")
        (register if first else partial(ShopPrivacy, privacy=privacy))(shop)
        with pytest.raises(UndeclaredName, match="typo"):
            (partial(ShopPrivacy, privacy=privacy) if first else register)(shop)


@pytest.mark.parametrize(
    "asking", ["{%- consent 'adds' %}x{% endconsent %}", "{{ consent . allows( 'adds' ) }}"]
)
def test_a_wrong_start_is_found_without_a_request(privacy: Privacy, asking: str) -> None:
    """check() compiles every template that asks, looks at the views again and at what stands outside the gate."""
    shop = Flask("shop")
    shop.jinja_loader = DictLoader({"late.html": asking, "broken.html": "{{ )"})
    gate = ShopPrivacy(shop, privacy)
    with pytest.raises(UndeclaredName, match="adds") as error:
        gate.check()
    assert error.value.__notes__ == ["in the template late.html, line 1"]
    shop.add_url_rule("/", "index", lambda: "page")
    shop.testing = True
    with pytest.raises(UndeclaredName, match="adds"):
        shop.test_client().get("/")
    other = Flask("shop")
    gate = ShopPrivacy(other, privacy)
    gate.check()
    other.view_functions.update(late=requires_consent("nothing")(plain_async))
    with pytest.raises(UndeclaredName, match="nothing"):
        gate.check()
    other.view_functions.clear()
    vars(other)["wsgi_app"] = Middleware(other.wsgi_app)  # past everything that Python lets be seen
    with pytest.raises(GateOrderError, match="Middleware stands outside"):
        gate.check()


def test_templates_that_say_consent_without_the_tag_are_left_alone(privacy: Privacy, tmp_path: Path) -> None:
    """The word, a comment, others' tags, a picture, a loader that cannot list: none of them breaks a request."""
    (tmp_path / "word.html").write_text("<p>informed consent</p>{% trans %}x{% endtrans %}{# {% consent #}")
    (tmp_path / "other.html").write_text(
        "{{ consent.allows(x) }}{{ consent.other('x') }}{{ other.allows('x') }}"
    )
    (tmp_path / "picture.png").write_bytes(b"\x89PNG {% consent")
    for loader in (FileSystemLoader(tmp_path), FunctionLoader(lambda _: None), Vanishing({"gone.html": ""})):
        shop = Flask("shop")
        shop.jinja_loader = loader
        ShopPrivacy(shop, privacy).check()
        shop.add_url_rule("/", "index", lambda: "page")
        assert shop.test_client().get("/").text == "page"


class Vanishing(DictLoader):
    """Templates that are listed and then gone."""

    def get_source(self, environment: Environment, template: str) -> Any:
        """Find nothing."""
        raise TemplateNotFound(template)


def test_without_templates_there_is_nothing_to_check(privacy: Privacy) -> None:
    """An application without a loader starts."""
    shop = Flask("shop")
    ShopPrivacy(shop, privacy)
    shop.jinja_env.loader = None
    shop.add_url_rule("/", "index", lambda: "page")
    assert shop.test_client().get("/").text == "page"


class Middleware:
    """Some middleware."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


def counting(app: Any) -> Any:
    """Some middleware that is a function."""

    def application(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)

    return application


@pytest.mark.parametrize(("outer", "name"), [(Middleware, "Middleware"), (counting, "counting")])
def test_middleware_outside_the_gate_fails_by_name(app: Flask, outer: Any, name: str) -> None:
    """What is put around the application after the extension would stand outside it, and is not put there."""
    with pytest.raises(GateOrderError, match=rf"test_flask\.{name}.* stands outside the privacy gate"):
        app.wsgi_app = outer(app.wsgi_app)  # type: ignore[method-assign]
    assert app.test_client().get("/privacy/cookies").status_code == 200


def test_middleware_that_sets_no_cookies_may_stand_outside(privacy: Privacy) -> None:
    """Where the library knows it, or the shop says so."""
    vouched = Flask("shop")
    ShopPrivacy(vouched, privacy, outside=[Middleware])
    vouched.wsgi_app = Middleware(ProxyFix(vouched.wsgi_app))  # type: ignore[method-assign]
    assert vouched.test_client().get("/privacy/cookies").status_code == 200


class Shop(Flask):
    """An application of the shop's own class."""


def test_only_the_gated_application_is_watched(privacy: Privacy) -> None:
    """It stays what it was, by name and by class, and others of that class are left alone."""
    gated, other = Shop("gated"), Shop("other")
    ShopPrivacy(gated, privacy)
    assert isinstance(gated, Shop)
    assert repr(gated) == "<Shop 'gated'>"
    other.wsgi_app = Middleware(other.wsgi_app)  # type: ignore[method-assign]
    assert other.test_client().get("/").status_code == 404


SHOP = """
from flask import Flask, current_app
from tests.adapters.test_flask import Middleware, PRIVACY
from shopprivacy.adapters.flask import ShopPrivacy

app = Flask(__name__)
ShopPrivacy(app, PRIVACY[0], outside={outside})
application = {application}
"""
PRIVACY: list[Privacy] = []


@pytest.mark.parametrize(
    ("application", "outside", "fails"),
    [
        ("app", "()", False),
        ("Middleware(app)", "()", True),
        ("Middleware(app)", "[Middleware]", False),
        ("Middleware(Flask('another'))", "()", False),
        ("current_app", "()", False),
    ],
)
def test_middleware_around_the_whole_application_is_seen_by_who_takes_it(
    privacy: Privacy, make_module: Callable[[str], ModuleType], application: str, outside: str, *, fails: bool
) -> None:
    """The module is imported without a word; a server that reads what stands around the gate does not get it."""
    PRIVACY[:] = [privacy]
    module = make_module(SHOP.format(application=application, outside=outside))
    assert isinstance(module.app, Flask)
    if fails:
        with pytest.raises(GateOrderError, match=r"test_flask\.Middleware stands outside the privacy gate"):
            _ = module.application
    else:
        assert module.application is not None


def test_asking_outside_the_gate_is_an_error(app: Flask) -> None:
    """Not a silent no, and not a silent yes."""
    with app.test_request_context("/"), pytest.raises(PrivacyError, match="did not come through the gate"):
        consent.allows("ads")


def test_the_public_names_of_the_adapter() -> None:
    """What shops import from it."""
    for name in ("ShopPrivacy", "consent", "privacy_banner", "requires_consent", "sign_in"):
        assert hasattr(adapter, name)
    assert privacy_banner.__doc__
