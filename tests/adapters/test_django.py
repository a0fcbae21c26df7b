"""The Django adapter: four lines put a shop behind the gate, and mistakes fail before anything is served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.adapters.django_shop.set_up import FOLDER  # before anything that has models

# isort: split
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.test import RequestFactory
from django.test import client as ungated
from django.test.utils import override_settings, setup_test_environment, teardown_test_environment

from shopprivacy import Action, UndeclaredName
from shopprivacy.adapters.django import consent, consent_changed, get_privacy, privacy_gate, requires_consent
from shopprivacy.adapters.django.root import forget
from shopprivacy.adapters.django.stores.ledger_models import LedgerCheckpoint, LedgerHead, LedgerRow
from shopprivacy.adapters.django.test import AsyncClient, Client, LiveServerTestCase
from shopprivacy.cli import main
from shopprivacy.testing.consent import consent_value, consented
from tests.adapters.django_shop import urls
from tests.adapters.installed import only

PAGE = {"Sec-Fetch-Site": "same-origin"}
JOURNAL = FOLDER / "privacy-journal.sqlite3"
_FORMS = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset*=utf-8''a; charset*0=b",
]


@pytest.fixture(scope="module", autouse=True)
def database() -> None:
    """The shop's tables, and one customer."""
    call_command("migrate", verbosity=0)
    users = get_user_model().objects
    users.filter(username="an").delete()
    users.create_superuser("an", password="secret")


@pytest.fixture(autouse=True)
def privacy() -> Iterator[Any]:
    """The shop's Privacy, made anew for each test, over an empty ledger."""
    forget()
    # A thread may have signed a checkpoint of what is deleted here.
    for model in (LedgerRow, LedgerHead, LedgerCheckpoint):
        model.objects.all().delete()
    JOURNAL.unlink(missing_ok=True)
    yield get_privacy()
    forget()


@pytest.fixture
def client() -> Client:
    """A visitor."""
    return Client()


def cookies(response: Any) -> set[str]:
    """Return the names of the cookies that a response sets."""
    return {str(name) for name in response.cookies}


def test_cookies_are_gated_both_ways(client: Client, privacy: Any) -> None:
    """Before a choice essential ones only; with consent the declared ones; the undeclared one never."""
    for name in ("_ga", "cart", "debug_id"):
        client.cookies[name] = "1"
    response = client.get("/")
    assert (response.content, cookies(response)) == (b"cart", {"cart"})
    with consented(client, privacy, "statistics", refused=("ads",)):
        response = client.get("/")
        assert (response.content, cookies(response)) == (b"_ga,cart", {"_ga", "cart"})


def test_what_is_withdrawn_is_deleted(client: Client, privacy: Any) -> None:
    """The answer to the refusal takes the cookie away, and the client forgets it as a browser does."""
    with consented(client, privacy, "statistics"):
        client.get("/")
        assert "_ga" in client.cookies
        client.post("/privacy/consent", "choice=refuse", "application/x-www-form-urlencoded", headers=PAGE)
    assert "_ga" not in client.cookies


@pytest.mark.parametrize(
    ("path", "without", "granted"),
    [
        ("/for-you/an", b"best sellers, an", b"for you, an"),
        ("/async", b"plain", b"for you"),
        ("/sync-otherwise-async", b"plain", b"ads"),
        ("/async-otherwise-sync", b"plain", b"ads"),
        ("/class", b"plain", b"ads"),
    ],
)
def test_a_view_runs_for_those_who_consented(
    client: Client, privacy: Any, path: str, without: bytes, granted: bytes
) -> None:
    """Everyone else gets what stands in its place, with the same arguments, sync or async, function or class."""
    assert client.get(path).content == without
    with consented(client, privacy, "statistics", "ads"):
        assert client.get(path).content == granted


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        "/class",
        "/async-class/otherwise-sync",
        "/async-class/otherwise-async",
        "/async-class/exempt",
        "/async-view/otherwise-sync",
        "/async-view/otherwise-async",
        "/async-view/for-async-view",
        "/async-view/for-sync",
    ],
)
def test_a_class_based_view_may_be_async(privacy: Any, path: str, asynchronous: bool) -> None:
    """Decorated as a class or as the view it makes, under WSGI and ASGI, whatever kind stands in its place."""
    visitor: Any = AsyncClient() if asynchronous else Client()

    def content() -> Any:
        return asyncio.run(visitor.get(path)).content if asynchronous else visitor.get(path).content

    assert content() == b"plain"
    with consented(visitor, privacy, "ads"):
        assert content() == b"ads"


@pytest.mark.parametrize("path", ["/only", "/async-class/only"])
def test_without_anything_in_its_place_a_view_is_forbidden(client: Client, privacy: Any, path: str) -> None:
    """403, never the view."""
    assert client.get(path).status_code == 403
    with consented(client, privacy, "ads"):
        assert client.get(path).content == b"ads"


def test_templates_follow_consent(client: Client, privacy: Any) -> None:
    """The tag with and without else, the banner only for who must be asked, and ``request.privacy``."""
    page = client.get("/page").content.decode()
    assert page.startswith("placeholder counted askedFalse")
    assert 'action="/privacy/consent"' in page
    assert "&lt;" not in page.partition("<")[0]
    with consented(client, privacy, "ads", "statistics"):
        assert client.get("/page").content.decode().strip() == "pixel countedTrue"


def jinja(folder: Path) -> list[dict[str, Any]]:
    """Return the setting of Django's Jinja2 backend, with the templates of a folder."""
    options = {"extensions": ["shopprivacy.adapters.django.jinja.ConsentExtension"]}
    return [
        {"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": [folder], "OPTIONS": options},
    ]


def test_jinja_templates_follow_consent(client: Client, privacy: Any, tmp_path: Path) -> None:
    """Django's Jinja2 backend has the same verbs, in the words of the other adapters' templates."""
    (tmp_path / "page.html").write_text(
        "{% consent 'ads' %}pixel{% else %}placeholder{% endconsent %}{{ ' asked' if privacy_banner('nl') }}"
        " {{ consent.allows('ads') }}{{ request.privacy.allows('ads') }}{{ privacy_banner() }}"
    )
    with override_settings(TEMPLATES=jinja(tmp_path)):
        page = client.get("/page").content.decode()
        assert page.startswith("placeholder asked FalseFalse<")
        with consented(client, privacy, "ads", "statistics"):
            assert client.get("/page").content == b"pixel TrueTrue"


def test_an_undeclared_purpose_in_a_jinja_template(tmp_path: Path) -> None:
    """The check names template and purpose, and leaves to Django what else is wrong with a template."""
    (tmp_path / "a.html").write_text("{{ consent.allows('ads') | no_such_filter }}")
    (tmp_path / "b.html").write_text("{% consent 'adds' %}x{% endconsent %}")
    (tmp_path / "c.html").write_text("{{ consent.allows('addz') }}")
    (tmp_path / "d.html").write_text("{% consent 'ads' %}x{% endconsent %}")
    with override_settings(TEMPLATES=jinja(tmp_path)):
        found = {message.obj: message.msg for message in run_checks(tags=["shopprivacy"])}
    assert found.keys() == {"b.html", "c.html"}
    assert '"adds" is not declared' in found["b.html"]
    assert '"addz" is not declared' in found["c.html"]


def test_a_stream_is_gated_too(client: Client) -> None:
    """Its headers are; its parts come as they come."""
    response = client.get("/stream")
    assert cookies(response) == set()
    assert b"".join(response.streaming_content) == b"ab"


def test_the_preference_page_is_there(client: Client) -> None:
    """The gate serves the library's own addresses; no URL pattern is to be added."""
    assert client.get("/privacy/choices").status_code == 200
    assert client.get("/privacy/cookies").status_code == 200


# Signing in


def test_logging_in_narrows(client: Client, privacy: Any) -> None:
    """The answer to the log-in already carries the narrowed choices, and deletes what is closed now."""
    an = get_user_model().objects.get(username="an")
    privacy.withdraw(an.pk, "ads")
    client.cookies["__Host-consent"] = consent_value(privacy, "ads", "statistics")
    client.cookies["ads"] = "1"
    response = client.get("/sign-in")
    assert {"sessionid", "__Host-consent", "ads"} <= cookies(response)
    assert client.get("/page").content.decode().startswith("placeholder")


def test_a_choice_made_while_logged_in_is_the_accounts_too(client: Client, privacy: Any) -> None:
    """The gate looks who is signed in, by session and user, and records a refusal for the account."""
    client.get("/sign-in")
    form = "choice=save&purpose=statistics"
    client.post("/privacy/consent", form, "application/x-www-form-urlencoded", headers=PAGE)
    mine = privacy.subject(get_user_model().objects.get(username="an").pk)
    rows = LedgerRow.objects.filter(subject=mine).values_list("purpose", "action")
    assert list(rows) == [("ads", Action.REFUSED)]
    Client().post("/privacy/consent", "choice=refuse", "application/x-www-form-urlencoded", headers=PAGE)
    assert LedgerRow.objects.filter(subject=mine).count() == 1


def test_the_setting_says_who_is_signed_in(client: Client, privacy: Any) -> None:
    """``CUSTOMER`` is asked instead of the user, with the session at hand."""
    assert privacy
    given = {
        "POLICY": FOLDER / "privacy.toml",
        "KEYS": FOLDER / "keys" / "keys.json",
        "CUSTOMER": lambda request: 7,
    }
    with override_settings(SHOPPRIVACY=given):
        client.post("/privacy/consent", "choice=refuse", "application/x-www-form-urlencoded", headers=PAGE)
        assert LedgerRow.objects.filter(subject=get_privacy().subject(7)).count() == 2


def test_signing_in_by_hand_from_an_async_view(client: Client, privacy: Any) -> None:
    """``asign_in`` narrows, too: what the account withdrew is not asked again here."""
    privacy.withdraw(8, "ads")
    client.cookies["__Host-consent"] = consent_value(privacy, "ads")
    assert client.get("/by-hand").content == b"statistics"
    client.cookies["__Host-consent"] = consent_value(privacy, "ads")
    assert client.get("/by-function").content == b"False"
    assert client.get("/page").content.decode().startswith("placeholder")


@pytest.mark.parametrize("path", ["/privacy/consent", "/privacy/choices?language=nl"])
def test_a_test_client_sends_the_librarys_forms_as_browsers_do(client: Client, path: str) -> None:
    """Given as a dictionary, as with Django's own client; all other forms stay as that sends them."""
    choice = {"choice": "save", "purpose": ["ads", "statistics"]}
    assert client.post(path, choice, headers=PAGE).status_code == 303
    assert {"ads", "_ga"} <= cookies(client.get("/"))
    other = AsyncClient()
    assert asyncio.run(other.post(path, choice, headers=PAGE)).status_code == 303
    assert asyncio.run(other.get("/only")).content == b"ads"
    assert client.post("/content-type", choice).content.startswith(b"multipart/form-data")
    assert client.post(path, "{}", "application/json", headers=PAGE).status_code == 415


def test_a_cookie_from_before_the_log_in_reopens_nothing(client: Client, privacy: Any) -> None:
    """Where the shop itself looks who is signed in, that response denies what the account has withdrawn elsewhere."""
    user = get_user_model().objects.get(username="an")
    client.force_login(user)
    privacy.withdraw(user.pk, "ads")
    privacy._feed.catch_up()
    client.cookies["__Host-consent"] = consent_value(privacy, "ads", "statistics")
    client.cookies["ads"] = "1"
    assert client.get("/only").content == b"ads", "the shop has not looked"
    assert "ads" in client.cookies
    client.get("/admin/")
    assert "ads" not in client.cookies
    assert client.get("/only").status_code == 403
    other = AsyncClient()
    other.cookies.update(client.cookies)
    other.cookies["__Host-consent"] = consent_value(privacy, "ads", "statistics")
    asyncio.run(other.get("/admin/"))
    assert asyncio.run(other.get("/only")).status_code == 403


def test_a_test_client_may_log_in_without_a_browser(client: Client) -> None:
    """``force_login`` sends no request that anybody could have chosen on."""
    client.force_login(get_user_model().objects.get(username="an"))


# Who listens


def test_the_signal_and_the_hook_tell_of_committed_choices(privacy: Any) -> None:
    """They come with the commit, not with a transaction that is rolled back, and what is broken stops nothing."""
    heard = []
    told = []

    @privacy.on_consent_change  # type: ignore[untyped-decorator]
    def hear(entry: Any) -> None:
        told.append(entry.action)
        raise ZeroDivisionError

    def listen(entry: Any, **_: object) -> None:
        heard.append(entry.action)
        raise ZeroDivisionError

    consent_changed.connect(listen)
    try:
        with transaction.atomic():
            privacy.grant(7, "ads")
            assert heard == told == []
        for undone in (privacy.withdraw, privacy.grant):
            with transaction.atomic():
                undone(7, "ads")
                transaction.set_rollback(True)
        privacy.withdraw(7, "ads")
    finally:
        consent_changed.disconnect(listen)
    assert heard == told == [Action.GRANTED, Action.WITHDRAWN]


def test_a_withdrawal_that_was_rolled_back_is_not_lost(privacy: Any) -> None:
    """The customer was told that it holds: the journal has it, and the next look at it, or a start, appends it."""
    with transaction.atomic():
        privacy.grant(7, "ads")
    with transaction.atomic():
        privacy.withdraw(7, "ads")
        transaction.set_rollback(True)
    forget()
    get_privacy()
    assert list(LedgerRow.objects.values_list("action", flat=True)) == ["granted", "withdrawn"]


def test_tests_leave_the_journal_alone(privacy: Any) -> None:
    """What is withdrawn in a test, on a database of its own, is not replayed into the shop's at its next start."""
    privacy.withdraw(7, "ads")
    assert JOURNAL.exists()
    forget()
    JOURNAL.unlink()
    setup_test_environment(debug=False)
    try:
        forget()
        get_privacy().withdraw(8, "ads")
    finally:
        teardown_test_environment()
    assert not JOURNAL.exists()
    assert LedgerRow.objects.count() == 2


def test_a_shop_without_a_journal() -> None:
    """The setting says so, and no file is made; another value names a file or a second database."""
    forget()
    JOURNAL.unlink(missing_ok=True)
    settings = {"POLICY": FOLDER / "privacy.toml", "KEYS": FOLDER / "keys" / "keys.json"}
    with override_settings(SHOPPRIVACY={**settings, "JOURNAL": "none"}):
        get_privacy().withdraw(7, "ads")
        forget()
    assert not JOURNAL.exists()
    with (
        override_settings(SHOPPRIVACY={**settings, "JOURNAL": "nonsense://journal"}),
        pytest.raises(ValueError, match="SHOPPRIVACY_JOURNAL: "),
    ):
        get_privacy()


# ASGI


async def _asgi(path: str, *, method: str = "GET", body: bytes = b"", **headers: str) -> list[Any]:
    from tests.adapters.django_shop.asgi import application

    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
        "headers": [
            (b"host", b"testserver"),
            *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    sent: list[Any] = []
    received = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        try:
            return next(received)
        except StopIteration:
            await asyncio.sleep(3600)

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent


def _set(sent: list[Any]) -> list[bytes]:
    return [
        value.strip().partition(b"=")[0]
        for name, value in sent[0]["headers"]
        if name.lower() == b"set-cookie"
    ]


@pytest.mark.parametrize("started", [True, False])
def test_asgi_is_gated_too(privacy: Any, started: bool) -> None:
    """The same gate, views and choices behind ``asgi.py``; also where the store is opened inside the event loop."""
    if not started:
        forget()
    sent = asyncio.run(_asgi("/", cookie="_ga=1; cart=1"))
    assert (_set(sent), sent[1]["body"]) == ([b"cart"], b"cart")
    chosen = f"__Host-consent={consent_value(get_privacy(), 'statistics')}"
    assert asyncio.run(_asgi("/async", cookie=chosen))[1]["body"] == b"for you"
    assert asyncio.run(_asgi("/for-you/an"))[1]["body"] == b"best sellers, an"


def test_the_async_client_goes_through_the_gate(privacy: Any) -> None:
    """Cookies, views and the library's own pages, as the other client has them."""
    visitor = AsyncClient()
    with consented(visitor, privacy, "statistics"):
        response = asyncio.run(visitor.get("/"))
        assert cookies(response) == {"_ga", "cart"}
        assert asyncio.run(visitor.get("/async")).content == b"for you"
    answer = visitor.post(
        "/privacy/consent", "choice=refuse", "application/x-www-form-urlencoded", headers=PAGE
    )
    response = asyncio.run(answer)
    assert response.status_code == 303
    assert "_ga" not in visitor.cookies
    assert asyncio.run(visitor.get("/privacy/choices")).status_code == 200


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_field_that_comes_twice_is_kept_whole(asynchronous: bool) -> None:
    """What the session varies with, beside what the gate does."""
    response = asyncio.run(AsyncClient().get("/sign-in")) if asynchronous else Client().get("/sign-in")
    assert response["Vary"].lower().replace(" ", "").split(",") == ["cookie", "sec-gpc"]


def test_a_live_server_stands_behind_the_gate(privacy: Any) -> None:
    """A browser that a test starts is a visitor as any other."""
    assert privacy
    started: list[Any] = []
    environ = {**RequestFactory()._base_environ(), "PATH_INFO": "/", "HTTP_COOKIE": "_ga=1"}
    application = LiveServerTestCase.static_handler(get_wsgi_application())
    start: Any = lambda status, headers: started.append(headers)  # noqa: E731
    body = application(environ, start)
    assert b"".join(body) == b""
    assert [value.partition("=")[0].strip() for name, value in started[0] if name == "Set-Cookie"] == ["cart"]


@pytest.mark.parametrize("kind", _FORMS)
def test_a_choice_by_asgi_finds_who_is_signed_in(client: Client, privacy: Any, kind: str) -> None:
    """Session and user are read, and the ledger written, in Django's own thread for the request."""
    client.get("/sign-in")
    session = f"sessionid={client.cookies['sessionid'].value}"
    sent = asyncio.run(
        _asgi(
            "/privacy/consent",
            method="POST",
            body=b"choice=refuse",
            cookie=session,
            sec_fetch_site="same-origin",
            content_type=kind,
        )
    )
    assert sent[0]["status"] == 303
    mine = privacy.subject(get_user_model().objects.get(username="an").pk)
    assert LedgerRow.objects.filter(subject=mine).count() == 2


@pytest.mark.parametrize("kind", _FORMS)
def test_a_choice_finds_who_is_signed_in_whatever_kind_of_form_it_is(
    client: Client, privacy: Any, kind: str
) -> None:
    """A field that a reader of mail breaks on, as Django's is, takes nothing from the account."""
    client.get("/sign-in")
    body = b"choice=refuse"
    environ = {
        **RequestFactory()._base_environ(),
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/privacy/consent",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "HTTP_COOKIE": f"sessionid={client.cookies['sessionid'].value}",
        "HTTP_SEC_FETCH_SITE": "same-origin",
    }
    answered: list[str] = []
    start: Any = lambda status, _headers: answered.append(status)  # noqa: E731
    privacy_gate(get_wsgi_application())(environ, start)
    assert answered == ["303 See Other"]
    mine = privacy.subject(get_user_model().objects.get(username="an").pk)
    assert LedgerRow.objects.filter(subject=mine).count() == 2


# Mistakes


def test_a_request_that_nobody_sent_is_allowed_nothing(
    privacy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Django's own test client, and a preview that runs the middleware: no error, no yes, no banner, one line."""
    caplog.set_level("WARNING")
    page = ungated.Client().get("/page")
    assert page.status_code == 200
    assert page.content.decode().startswith("placeholder")
    assert b"sp-banner" not in page.content
    request = RequestFactory().get("/for-you/an")
    assert urls.for_you(request, "an").content == b"best sellers, an"
    assert not consent(request).allows("counting")
    assert consent(request).undecided() == ()
    assert {status.name for status in consent(request).statuses.values()} == {"UNKNOWN"}
    with pytest.raises(UndeclaredName):
        consent(request).allows("orders")
    user = get_user_model().objects.get(username="an")
    privacy.withdraw(user.pk, "ads")
    privacy.sign_in(consent(request), user.pk)
    privacy.recognise(consent(request), lambda: user.pk)
    assert ungated.AsyncClient is not None
    assert asyncio.run(ungated.AsyncClient().get("/async")).content == b"plain"
    assert len([message for message in caplog.messages if "did not come through the gate" in message]) <= 1


@pytest.mark.parametrize("name", ["statistic", "orders"])
def test_an_undeclared_purpose_fails_at_import(name: str) -> None:
    """Where the decorator stands, before any request."""
    with pytest.raises(UndeclaredName, match=name):
        requires_consent(name)


def test_without_a_policy_views_can_be_imported() -> None:
    """The system checks say what is wrong; an import that fails before them would hide it."""
    with override_settings(SHOPPRIVACY=None):
        assert callable(requires_consent("anything")(urls.plain))


# The command


def test_the_command_line_on_the_shops_own_store(privacy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """``manage.py shopprivacy`` knows policy, keys, journal and store from the settings."""
    privacy.grant(7, "ads")
    call_command("shopprivacy", "ledger", "verify")
    call_command("shopprivacy", "check")
    call_command("shopprivacy", "explain", "_ga")
    call_command("shopprivacy", "keys", "status")
    call_command("shopprivacy")
    said = capsys.readouterr().out
    assert "1 row, 0 of them pruned: none was changed" in said
    assert "privacy.toml: no problems" in said
    assert "_ga: " in said
    assert "Usage: manage.py shopprivacy" in said


@pytest.mark.parametrize(
    "command", [["report", "--week", "2026-W48", "--output", "x.html"], ["logs", "prune"]]
)
def test_the_command_line_on_the_shops_own_events(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``manage.py shopprivacy`` reads and prunes the folder of events that the settings name."""
    monkeypatch.chdir(tmp_path)
    visits = '[analytics]\npurpose = "visits"\n[purposes.visits]\nbasis = "legitimate_interest"\n'
    text = (
        f'{(FOLDER / "privacy.toml").read_text(encoding="utf-8")}{visits}interest = "x"\nkeep = "1 month"\n'
    )
    (tmp_path / "privacy.toml").write_text(text, encoding="utf-8")
    events = tmp_path / "named"
    events.mkdir()
    (events / "2020-01-01.exempt.jsonl").touch()
    where = {"POLICY": tmp_path / "privacy.toml", "ANALYTICS": events}
    with override_settings(SHOPPRIVACY={**settings.SHOPPRIVACY, **where}):
        call_command("shopprivacy", *command)
    assert {"report": "2026-11-23", "logs": "1 files removed"}[command[0]] in capsys.readouterr().out


@pytest.mark.parametrize("more", ["", '[purposes.orders]\nbasis = "nonsense"\n', "[mail]\nurl = 1\n"])
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_both_commands_that_check_agree(
    more: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``shopprivacy check SETTINGS`` and ``manage.py shopprivacy check`` print the same and end alike."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SHOPPRIVACY_STORE", raising=False)
    (tmp_path / "privacy.toml").write_text((FOLDER / "privacy.toml").read_text(encoding="utf-8") + more)
    named = settings.SETTINGS_MODULE
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", named)
    with override_settings(SHOPPRIVACY={"POLICY": tmp_path / "privacy.toml"}):
        plain = CliRunner().invoke(main, ["check", named, "--format", form])
        try:
            call_command("shopprivacy", "check", "--format", form)
            status = 0
        except SystemExit as ended:
            status = int(str(ended.code))
    said = capsys.readouterr()
    assert (said.out, said.err, status) == (plain.stdout, plain.stderr, plain.exit_code)
    assert status == (1 if more else 0)


def test_a_provider_of_keys_is_taken_everywhere(
    privacy: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shop, system checks and command line ask the shop's own provider, given as the setting's KEYS."""
    only(monkeypatch, "default")
    privacy.grant(7, "ads")
    keyset = privacy.keyset

    class OwnKeys:
        def load(self) -> Any:
            return keyset

    with override_settings(SHOPPRIVACY={"POLICY": FOLDER / "privacy.toml", "KEYS": OwnKeys()}):
        assert get_privacy().keyset is keyset
        assert not [found for found in run_checks() if found.id == "shopprivacy.E003"]
        call_command("shopprivacy", "ledger", "verify")
        call_command("shopprivacy", "keys", "status")
        with pytest.raises(CommandError, match="OwnKeys: keys are changed in a keyset file"):
            call_command("shopprivacy", "keys", "rotate", "data")
    assert "none was changed" in capsys.readouterr().out


def test_the_command_says_what_is_wrong(privacy: Any) -> None:
    """As Django's commands do, with the exit status of the command line."""
    privacy.grant(7, "ads")
    LedgerRow.objects.update(at="2020-01-01T00:00:00.000000Z")
    with pytest.raises(CommandError, match="row 1: was edited") as caught:
        call_command("shopprivacy", "ledger", "verify")
    assert caught.value.returncode == 1
    with pytest.raises(CommandError, match="there is no store at") as caught:
        call_command("shopprivacy", "ledger", "verify", "--store", "sqlite:///nowhere.sqlite3")
    assert caught.value.returncode == 2
    elsewhere = {**settings.SHOPPRIVACY, "STORE": "nowhere"}
    with (
        override_settings(SHOPPRIVACY=elsewhere),
        pytest.raises(CommandError, match=r"SHOPPRIVACY names .* not in DATABASES: .*nowhere"),
    ):
        call_command("shopprivacy", "ledger", "verify")
    (FOLDER / "bad.toml").write_text("")
    with pytest.raises(SystemExit, match="1"):
        call_command("shopprivacy", "check", str(FOLDER / "bad.toml"))


# The admin


def test_the_admin_shows_and_changes_nothing(client: Client, privacy: Any) -> None:
    """Rows can be read by who may; there is no way to add, change or delete one."""
    privacy.grant(7, "ads")
    client.force_login(get_user_model().objects.get(username="an"))
    base = "/admin/shopprivacy/ledgerrow/"
    assert b"granted" in client.get(base).content
    assert client.get(f"{base}1/change/").status_code == 200
    for path in (f"{base}add/", f"{base}1/delete/"):
        assert client.get(path).status_code == 403
    assert client.post(f"{base}1/change/", {"purpose": "x"}).status_code == 403
    for model in ("ledgercheckpoint", "refusalcount", "enforcedpolicy"):
        assert client.get(f"/admin/shopprivacy/{model}/").status_code == 200


def test_both_kinds_of_application_are_told_apart() -> None:
    """By what they are, wrapped or not."""

    class Wrapped:
        def __init__(self) -> None:
            self.seen = BytesIO()

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    assert type(privacy_gate(Wrapped())).__name__ == "PrivacyASGIGate"
    assert type(privacy_gate(lambda environ, start_response: [])).__name__ == "PrivacyWSGIGate"
