"""The Flask adapter: one line puts a shop behind the gate, and mistakes fail before anything is served."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any
from unittest import mock

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
    url_for,
)
from flask.testing import FlaskClient
from flask.views import MethodView
from jinja2 import DictLoader, Environment, FileSystemLoader, FunctionLoader, TemplateNotFound
from werkzeug.middleware.proxy_fix import ProxyFix

from shopprivacy import Action, GateOrderError, Privacy, PrivacyError, UndeclaredName
from shopprivacy.adapters.flask import ShopPrivacy, check_application, consent, requires_consent, sign_in
from shopprivacy.errors import PageError
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


def by_route(app: Flask, view: Any) -> None:
    """Register a view by its address."""
    app.add_url_rule("/new", "new", view)


def by_blueprint(app: Flask, view: Any) -> None:
    """Register it on a blueprint."""
    shop = Blueprint("shop", __name__)
    shop.add_url_rule("/new", "new", view)
    app.register_blueprint(shop)


def by_endpoint(app: Flask, view: Any) -> None:
    """Give it to an endpoint."""
    app.endpoint("new")(view)


def by_update(app: Flask, view: Any) -> None:
    """Put it into the table of views."""
    app.view_functions.update(new=view)


def by_class(app: Flask, view: Any) -> None:
    """Let it be a method of a class."""
    page: Any = type("Page", (MethodView,), {"get": view})
    app.add_url_rule("/new", view_func=page.as_view("new"))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", ["statistic", "orders"])
@pytest.mark.parametrize("register", [by_route, by_blueprint, by_endpoint, by_update, by_class])
def test_an_undeclared_purpose_of_a_view_is_found(
    privacy: Privacy, register: Callable[[Flask, Any], None], name: str, *, first: bool
) -> None:
    """By the check and at the first request, however the view got there, before the extension or after it."""
    shop = Flask("shop")
    shop.testing = True
    view = requires_consent("statistics")(requires_consent(name)(plain_async))
    if first:
        register(shop, view)
    ShopPrivacy(shop, privacy)
    if not first:
        register(shop, view)
    for check in (partial(check_application, shop), partial(shop.test_client().get, "/")):
        with pytest.raises(UndeclaredName, match=f'"{name}"'):
            check()


@pytest.mark.parametrize(
    "asking", ["{%- consent 'adds' %}x{% endconsent %}", "{{ consent . allows( 'adds' ) }}"]
)
def test_an_undeclared_purpose_in_a_template_is_found(privacy: Privacy, asking: str) -> None:
    """The check compiles every template that asks, and so does the first request; others may be broken."""
    shop = Flask("shop")
    shop.jinja_loader = DictLoader({"late.html": asking, "broken.html": "{{ )"})
    gate = ShopPrivacy(shop, privacy)
    with pytest.raises(UndeclaredName, match="adds") as error:
        gate.check()
    assert error.value.__notes__ == ["in the template late.html, line 1"]
    shop.testing = True
    for _ in range(2):
        with pytest.raises(UndeclaredName, match="adds"):
            shop.test_client().get("/privacy/cookies")


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


Sessions = type("SessionMiddleware", (Middleware,), {"__module__": "beaker.middleware"})
"""Middleware by the name of one that is known to set cookies."""


class OurProxyFix(ProxyFix):
    """What a shop makes of ProxyFix."""


def test_what_sets_cookies_outside_the_gate_fails_by_name(app: Flask) -> None:
    """What is put around the application after the extension stands outside: the check says so, and each request."""
    app.wsgi_app = ProxyFix(Sessions(app.wsgi_app))  # type: ignore[method-assign]
    app.testing = True
    client = app.test_client()
    for check in (partial(check_application, app), partial(client.get, "/"), partial(client.get, "/")):
        with pytest.raises(GateOrderError, match=r"beaker\.middleware\.SessionMiddleware sets cookies"):
            check()


def test_what_nobody_knows_outside_the_gate_is_a_warning(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    """The shop goes on; what the library knows is none, and what inherits from that is one like any other."""
    app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    assert app.test_client().get("/privacy/cookies").status_code == 200
    assert "outside the privacy gate" not in caplog.text
    app.wsgi_app = OurProxyFix(app.wsgi_app)  # type: ignore[method-assign]
    check_application(app)
    assert "test_flask.OurProxyFix is outside the privacy gate" in caplog.text
    other = Flask("shop")
    ShopPrivacy(other, app.extensions["shopprivacy"].privacy)
    other.wsgi_app = Middleware(other.wsgi_app)  # type: ignore[method-assign]
    assert other.test_client().get("/privacy/cookies").status_code == 200
    assert "test_flask.Middleware is outside the privacy gate" in caplog.text


def test_an_application_is_put_behind_the_gate_once(app: Flask) -> None:
    """Of two gates each would hide what the other lets pass: a visitor who granted would get nothing."""
    with pytest.raises(GateOrderError, match="is behind the privacy gate already"):
        ShopPrivacy(app, app.extensions["shopprivacy"].privacy)


def test_the_shop_vouches_for_what_sets_no_cookies(
    privacy: Privacy, caplog: pytest.LogCaptureFixture
) -> None:
    """In ``outside``, by class."""
    vouched = Flask("shop")
    ShopPrivacy(vouched, privacy, outside=[Sessions])
    vouched.wsgi_app = Sessions(vouched.wsgi_app)  # type: ignore[method-assign]
    check_application(Sessions(vouched))
    assert vouched.test_client().get("/privacy/cookies").status_code == 200
    assert caplog.text == ""


def test_what_is_around_the_whole_application_is_seen_by_who_checks_it(app: Flask) -> None:
    """No request tells of it: the function is there for gunicorn's hooks and for tests."""
    check_application(app)
    check_application(ProxyFix(app))
    with pytest.raises(GateOrderError, match="beaker"):
        check_application(Sessions(app))
    with pytest.raises(GateOrderError, match="<Flask 'bare'> is not behind the privacy gate"):
        check_application(Middleware(Flask("bare")))


def test_what_hides_the_application_is_a_warning(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """A function does not show what it calls."""

    def hidden(environ: Any, start_response: Any) -> Any:
        return app(environ, start_response)

    check_application(hidden)
    assert "hidden does not show what it wraps" in caplog.text


class Shop(Flask):
    """An application of the shop's own class."""


def test_the_application_stays_what_it_was(privacy: Privacy) -> None:
    """Its class, its table of views and its methods are the framework's; tests may patch what they like."""
    plain, own = Flask("plain"), Shop("own")
    for app in (plain, own):
        ShopPrivacy(app, privacy)
    assert type(plain) is Flask
    assert type(own) is Shop
    assert type(plain.view_functions) is dict
    assert isinstance(vars(Flask)["wsgi_app"], FunctionType)
    gate = plain.wsgi_app
    with mock.patch.object(plain, "wsgi_app", Response(b"patched")):
        assert plain.test_client().get("/").data == b"patched"
    assert plain.wsgi_app is gate
    assert type(sys.modules[__name__]) is ModuleType


def test_one_extension_serves_several_applications(privacy: Privacy) -> None:
    """Each has its state in ``app.extensions``: its own Privacy, and its own answer to the check."""
    with closing(Privacy(make_policy(), keyset=KEYSET, store=MemoryStore(), clock=lambda: NOW)) as other:
        extension = ShopPrivacy(customer=lambda: 7)
        apps = [Flask("one"), Flask("two")]
        for app, its in zip(apps, (privacy, other), strict=True):
            extension.init_app(app, its)
        by_update(apps[1], requires_consent("nothing")(plain_async))
        extension.check(apps[0])
        with pytest.raises(UndeclaredName):
            extension.check(apps[1])
        del apps[1].view_functions["new"]
        for app, its in zip(apps, (privacy, other), strict=True):
            client = app.test_client()
            page = {"Sec-Fetch-Site": "same-origin"}
            client.post("/privacy/consent", data={"choice": "refuse"}, headers=page)
            rows = [row.entry for row in its.ledger.store.rows() if row.entry]
            assert {row.subject for row in rows} == {its.subject(7)}
    with pytest.raises(TypeError, match="name one"):
        extension.check()


def test_an_extension_takes_both_or_neither(privacy: Privacy) -> None:
    """A gate without a policy, or a policy without an application, is a mistake that is told at once."""
    half: Any = ShopPrivacy
    for arguments in ({"app": Flask("shop")}, {"privacy": privacy}):
        with pytest.raises(TypeError, match="or neither"):
            half(**arguments)


def test_a_request_that_nobody_sent_is_allowed_nothing(app: Flask) -> None:
    """No error, no yes and no banner, for a template that is rendered for nobody; where there is no gate, an error."""
    with app.test_request_context("/"):
        assert not consent.allows("ads")
        assert consent.undecided() == ()
    with Flask("other").test_request_context("/"), pytest.raises(PrivacyError):
        consent.allows("ads")


LAYOUT = """<html lang="{{ language }}"><title>{{ title }}</title>
<link rel="stylesheet" href="{{ url_for('static', filename='shop.css') }}"><h6>The shop</h6>{{ content }}"""


def test_the_librarys_pages_wear_the_shops_layout(privacy: Privacy) -> None:
    """A template of the shop's own engine, with its ``url_for``, but without any visitor's request."""
    shop = Flask("shop")
    shop.jinja_loader = DictLoader({"layout.html": LAYOUT})
    shop.context_processor(lambda: {"title": "not this one"})
    ShopPrivacy(shop, privacy, layout="layout.html", assets=["https://static.shop.example"]).check()
    answer = shop.test_client().get("/privacy/choices?lang=en")
    assert (
        '<title>Your choices</title>\n<link rel="stylesheet" href="/static/shop.css"><h6>The shop</h6><div '
        in answer.text
    )
    assert "style-src 'self' https://static.shop.example;" in answer.headers["content-security-policy"]


def test_a_layout_may_be_a_function(privacy: Privacy) -> None:
    """It is called where Flask's own functions work, and has no template."""
    shop = Flask("shop")

    def layout(content: str, title: str, language: str) -> str:
        return f'<html lang="{language}"><title>{title}</title><img src="{url_for("static", filename="x")}">{content}'

    ShopPrivacy(layout=layout).init_app(shop, privacy)
    assert '<img src="/static/x"><div class="sp-page"' in shop.test_client().get("/privacy/choices").text


def test_each_application_has_a_layout_of_its_own(privacy: Privacy) -> None:
    """Two with one Privacy would both have the layout of the last; that is an error."""
    extension = ShopPrivacy(layout="layout.html")
    one, other = Flask("one"), Flask("other")
    extension.init_app(one, privacy)
    with pytest.raises(PageError, match="a Privacy of its own"):
        extension.init_app(other, privacy)


@pytest.mark.parametrize("layout", ["nowhere.html", "wrong.html"])
def test_a_wrong_layout_fails_at_start(privacy: Privacy, layout: str) -> None:
    """What cannot be rendered, or drops the content, is an error of the check, and of the first request."""
    shop = Flask("shop")
    shop.jinja_loader = DictLoader({"wrong.html": "<html lang={{ language }}>"})
    extension = ShopPrivacy(shop, privacy, layout=layout)
    with pytest.raises(PageError, match=r"layout \(nl\)"):
        extension.check()
    shop.testing = True
    with pytest.raises(PageError):
        shop.test_client().get("/")


def test_a_cookie_from_before_the_log_in_reopens_nothing(app: Flask, privacy: Privacy) -> None:
    """Where the shop itself looks who is signed in, that response denies what the account has withdrawn elsewhere."""

    @app.get("/mine")
    def mine() -> str:
        return str(session.get("customer"))

    client = app.test_client()
    client.post("/login")
    privacy.withdraw(7, "ads")
    privacy._feed.catch_up()
    client.set_cookie("__Host-consent", consent_value(privacy, "ads", "statistics"))
    client.set_cookie("ads", "1")
    assert client.get("/only").data == b"ads", "the shop has not looked"
    assert any(field.startswith("ads=;") for field in client.get("/mine").headers.getlist("Set-Cookie"))
    assert client.get("/only").status_code == 403


def test_tls_that_ends_at_a_proxy(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Where the proxy does not hand on the scheme, refusing counts, and one line names ProxyFix."""
    sent: Any = {"headers": {"Origin": "https://shop.example", "X-Forwarded-Proto": "https"}}
    for _ in range(2):
        refused = app.test_client().post(
            "/privacy/consent", "http://shop.example", data={"choice": "refuse"}, **sent
        )
        assert refused.status_code == 303
        assert "__Host-consent" in refused.headers["Set-Cookie"]
    assert [
        message for message in caplog.messages if "TLS ends at a proxy" in message and "ProxyFix" in message
    ]
    assert len(caplog.messages) == 1
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)  # type: ignore[method-assign]
    granted = app.test_client().post(
        "/privacy/consent", "http://shop.example", data={"choice": "refuse"}, **sent
    )
    assert granted.status_code == 303
    assert len(caplog.messages) == 1


def test_the_librarys_own_pages_need_no_banner(app: Flask, privacy: Privacy) -> None:
    """They are not counted among the pages that ask nobody; the shop's are."""
    before = privacy.gate.unasked_pages_left
    app.test_client().get("/privacy/choices")
    assert privacy.gate.unasked_pages_left == before
    app.test_client().get("/")
    assert privacy.gate.unasked_pages_left == before - 1


def test_renamed_cookies_are_told_at_start(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Flask's session and Flask-Login's cookie, by the shop's own settings; under their usual names the gate tells."""
    check_application(app)
    assert caplog.messages == []
    app.config.update(SESSION_COOKIE_NAME="shop_session", PERMANENT_SESSION_LIFETIME=3600)
    app.login_manager = object()  # type: ignore[attr-defined]
    app.config.update(REMEMBER_COOKIE_NAME="shop_me", REMEMBER_COOKIE_DURATION=86400)
    check_application(app)
    check_application(app)
    assert len(caplog.messages) == 2
    assert '[cookies.shop_session] with essential = true, life = "1 hour"' in caplog.messages[0]
    assert '[cookies.shop_me] with essential = true, life = "1 day"' in caplog.messages[1]


def test_importing_the_adapter_imports_only_what_a_gate_needs() -> None:
    """What a policy, a mail, a log line or a key needs comes with the first one."""
    code = "import sys, shopprivacy.adapters.flask; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    heavy = {"pydantic", "cryptography", "email_validator", "sqlalchemy", "starlette", "stdnum"}
    ours = {"shopprivacy.analytics.text", "shopprivacy.ledger.ledger", "shopprivacy.privacy.root"}
    assert not (heavy | ours) & set(loaded.split())
