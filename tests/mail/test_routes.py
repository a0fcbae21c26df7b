"""The unsubscribe link's endpoint: looking does nothing, posting ends what the link names, whatever the body is."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shopprivacy.decision import Action
from shopprivacy.errors import StoreDown
from shopprivacy.ledger.journal import choices
from shopprivacy.policy.texts import LANGUAGES
from tests.gate.exchange import PURPOSES, consent_pair, make_policy
from tests.gate.exchange import choices as browser_choices
from tests.mail.desk import AN, FORM, MARKETING, POLICY, SHELLS, Desk, Reply, desk, only
from tests.privacy.shop import Failing, Full

ONE_CLICK = b"List-Unsubscribe=One-Click"


def multipart(*pairs: tuple[str, str]) -> tuple[bytes, dict[str, str]]:
    """A multipart body of these fields, and its header."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs
    ]
    return "".join([*parts, "--x--\r\n"]).encode(), {"content-type": "multipart/form-data; boundary=x"}


LARGE = 64 * 1024 + 1


@pytest.fixture(params=SHELLS)
def shop(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A shop behind one of the shells."""
    with desk(request.param) as opened:
        yield opened


def _is_hidden(reply: Reply) -> bool:
    """Whether nobody else is told of the address, and nothing is set, loaded or kept."""
    assert reply.header("set-cookie") is None
    assert b"<script" not in reply.body
    assert len(reply.body) < 14_000
    return (
        reply.header("cache-control") == "no-store"
        and reply.header("referrer-policy") == "no-referrer"
        and reply.header("x-robots-tag") == "noindex"
        and (reply.header("content-security-policy") or "").startswith(
            "default-src 'none'; style-src 'self'; form"
        )
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_does_nothing(shop: Desk, method: str) -> None:
    """A scanner that follows the link gets a page with one button, and no row is written."""
    reply = shop.ask(method, shop.path())
    assert reply.status == 200
    assert _is_hidden(reply)
    assert reply.text.count("<button") == (1 if method == "GET" else 0)
    assert shop.rows() == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (ONE_CLICK, FORM),
        multipart(("List-Unsubscribe", "One-Click")),
        multipart(("stop", "orders")),
        (b"--x", {"content-type": "multipart/form-data; boundary=x"}),
        (b"", {}),
        (ONE_CLICK, {}),
        (b"\xff\0", {"content-type": "application/octet-stream"}),
        (gzip.compress(ONE_CLICK, mtime=0), {**FORM, "content-encoding": "gzip"}),
        (b"stop=no_purpose", FORM),
        (b"stop=orders", FORM),
    ],
)
def test_any_post_ends_it(shop: Desk, body: bytes, fields: dict[str, str]) -> None:
    """Whatever the body and its type are, whoever sends it from wherever, with no redirect: and twice does no more."""
    for _ in range(2):
        reply = shop.ask("POST", shop.path(), body, {**fields, "origin": "https://mail.example"})
        assert reply.status == 200
        assert _is_hidden(reply)
    assert shop.said() == [("newsletter", "withdrawn", "one_click_mail")]
    assert AN not in reply.text


@pytest.mark.parametrize("length", [None, LARGE, 10**30])
def test_what_is_too_long_or_chunked_counts_unread(shop: Desk, length: int | None) -> None:
    """Of a body over 64 KB nothing is read, declared or not, and the token counts all the same."""
    body = b"stop=promotions&x=" + b"x" * LARGE if length == LARGE else b""
    assert shop.ask("POST", shop.path(), body, FORM, length=length).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_a_long_body_that_declares_nothing(shop: Desk) -> None:
    """Chunked, it is read up to 64 KB, and no choice in it counts, but the token does."""
    body = b"stop=promotions&x=" + b"x" * LARGE
    assert shop.ask("POST", shop.path(), body, FORM, length=None).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


@pytest.mark.parametrize("chunked", [False, True])
def test_choices_as_multipart_count(shop: Desk, chunked: bool) -> None:  # as the parametrization
    """Whoever sends the page's choices as multipart, chunked too, has chosen the same."""
    body, fields = multipart(("stop", "promotions"), ("stop", "offers"))
    length = None if chunked else -1
    assert shop.ask("POST", shop.path(), body, fields, length=length).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["promotions", "offers"]
    body, fields = multipart(("resume", "promotions"), ("address", AN))
    assert shop.ask("POST", shop.path(), body, fields, length=length).status == 200
    assert [message["To"] for message in shop.sent] == [AN]
    assert len(shop.rows()) == 2


def test_of_a_multipart_body_that_is_too_long_nothing_counts(shop: Desk) -> None:
    """Over 64 KB no choice in it counts, but the token does."""
    body, fields = multipart(("stop", "promotions"), ("x", "x" * LARGE))
    assert shop.ask("POST", shop.path(), body, fields, length=None).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_our_form_ends_more(shop: Desk) -> None:
    """The page that answers has a button for each other purpose and one for all; they end what they say."""
    page = shop.post(shop.path(), ("List-Unsubscribe", "One-Click")).text
    assert re.findall('name="stop" value="([a-z_]+)"', page) == ["promotions", "offers", "direct_marketing"]
    shop.post(shop.path(), ("stop", "promotions"))
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter", "promotions"]
    page = shop.post(shop.path(), ("stop", "direct_marketing")).text
    assert 'name="stop"' not in page
    assert shop.said()[2:] == [
        ("offers", "objected", "one_click_mail"),
        ("direct_marketing", "objected", "one_click_mail"),
    ]


@pytest.mark.parametrize("purpose", [None, "gone"])
def test_a_link_of_no_purpose_ends_all(shop: Desk, purpose: str | None) -> None:
    """A link for all marketing, and one whose purpose nobody knows any more, end all marketing by e-mail."""
    path = shop.path(purpose=None)
    if purpose:
        old = only("gone")
        with desk(policy=old) as before:
            path = before.path(purpose="gone")
    assert shop.get(path).status == 200
    shop.post(path)
    assert [purpose for purpose, _, _ in shop.said()] == [
        "newsletter",
        "promotions",
        "offers",
        "direct_marketing",
    ]


def test_a_link_of_a_former_name(shop: Desk) -> None:
    """A purpose that was renamed is ended by the links of its former name."""
    old = only("brief")
    with desk(policy=old) as before:
        path = before.path(purpose="brief")
    shop.post(path)
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_none(shop: Desk, method: str) -> None:
    """405 names those that there are, and no row is written."""
    reply = shop.ask(method, shop.path())
    assert [reply.status, reply.header("allow")] == [405, "GET, HEAD, POST"]
    assert _is_hidden(reply)
    assert shop.rows() == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_link_that_nobody_can_read(shop: Desk, method: str) -> None:
    """One fixed page with a form for an address, and only these count against the rate limit."""
    tokens = ("x", "\N{SNOWMAN}", "a/b", "-" * 5000, shop.path()[3:-1])
    replies = [shop.ask(method, f"/u/{token}") for token in tokens]
    assert {reply.status for reply in replies} == {404}
    assert all(map(_is_hidden, replies))
    assert len({reply.text for reply in replies}) == 1
    assert {shop.ask(method, "/u/x").status for _ in range(30)} == {404, 429}
    assert shop.post(shop.path()).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_an_address_gets_its_link(shop: Desk) -> None:
    """Typed where the link cannot be read, it is mailed its own, one a day; what is no address gets the page again."""
    assert shop.post("/u/x", ("address", "no address")).status == 404
    first = shop.post("/u/x", ("address", "An@example.NL"))
    again = shop.post("/u/x", ("address", AN))
    assert [first.status, again.text] == [200, first.text]
    [mail] = shop.sent
    assert shop.path(purpose=None)[3:] in mail.get_content()
    assert mail["Auto-Submitted"] == "auto-generated"
    shop.time += timedelta(days=1)
    shop.post("/u/x", ("address", AN))
    assert len(shop.sent) == 2
    assert shop.rows() == []


def test_without_a_mailer_the_contact_is_shown() -> None:
    """Where nothing sends mail no form asks for an address, and what is posted all the same does nothing."""
    with desk(transport=False) as shop:
        page = shop.get("/u/x")
        assert 'name="address"' not in page.text
        assert 'href="mailto:p@shop.example"' in page.text
        assert shop.post("/u/x", ("address", AN)).status == 404
        assert 'name="address"' not in shop.post(shop.path()).text
        assert shop.post(shop.path(), ("resume", "newsletter"), ("address", AN)).status == 200
        assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_no_cookie_is_looked_at(shop: Desk) -> None:
    """A browser that holds cookies of a denied purpose has none deleted by this page, and nothing depends on them."""
    refused = consent_pair(browser_choices(POLICY)).decode()
    for fields in ({"cookie": "_ga=1; ads=2"}, {"cookie": f"{refused}; _ga=1"}):
        for reply in (shop.get(shop.path(), fields), shop.ask("POST", shop.path(), b"", fields)):
            assert reply.status == 200
            assert _is_hidden(reply)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_language(shop: Desk, language: str) -> None:
    """Each has a title of its own, says nothing of whom it is about, and no text of another language."""
    pages = [
        shop.get(f"{shop.path()}?lang={language}"),
        shop.post(f"{shop.path()}?lang={language}"),
        shop.post(f"{shop.path(purpose=None)}?lang={language}"),
        shop.get(f"/u/x?lang={language}"),
        shop.post(f"/u/x?lang={language}", ("address", AN)),
        shop.get(f"/privacy/confirm/x?lang={language}"),
    ]
    titles = {re.findall("<h1>(.*)</h1>", page.text)[0] for page in pages}
    assert len(titles) == len(pages) - 1
    assert all(f'<html lang="{language}">' in page.text and AN not in page.text for page in pages)
    assert all(map(_is_hidden, pages))


def test_a_shop_without_marketing_keeps_its_paths() -> None:
    """Where the policy names no marketing and no mail.url, `/u/` is the shop's own."""
    with desk(policy=make_policy()) as shop, pytest.raises(AssertionError, match="the shop was asked"):
        shop.get("/u/x")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("mount", ["", "/nl", "/nl/mail"])
def test_another_prefix(shell: str, mount: str) -> None:
    """The whole path of mail.url is answered, less the mount; what only ends alike is the shop's."""
    url = "https://shop.example/nl/mail/unsubscribe/"
    with desk(shell, policy=only("news", url)) as shop:
        link = shop.privacy.mail.link(AN, "news")
        assert link.startswith(url)
        shop.mount = mount
        path = link.removeprefix(f"https://shop.example{mount}")
        assert shop.post(path).status == 200
        assert shop.said() == [("news", "withdrawn", "one_click_mail")]
        assert shop.post(path.upper()).status == 200
        shop.privacy.mail.ask(AN, "news")
        found = re.search(r"https://\S+/privacy/confirm/\S+", shop.sent[-1].get_content())
        assert found
        assert shop.get(found[0].removeprefix(f"https://shop.example{mount}")).status == 200
        shop.mount = "" if mount else "/other"
        with pytest.raises(AssertionError, match="the shop was asked"):
            shop.get(f"/unsubscribe/{link.removeprefix(url)}")


def test_links_outlive_their_prefix() -> None:
    """What mail.url was before stands in ``formerly``: mails from then go on to end what they name (RFC 8058)."""
    old, older = "https://shop.example/u/", "https://www.shop.example/nl/u/"
    policy = make_policy(
        purposes={"news": {"basis": "consent", "mail": "marketing"}},
        cookies={},
        mail={"url": "https://shop.example/mail/stop/", "formerly": [old, older]},
    )
    with desk(policy=policy) as shop:
        for prefix in (old, older):
            shop.time += timedelta(hours=1)
            shop.confirm(AN, "news")
            assert shop.privacy.mail.may(AN, "news")
            assert shop.post(urlsplit(shop.privacy.mail.link(AN, "news", url=prefix)).path).status == 200
            assert not shop.privacy.mail.may(AN, "news")


def test_an_opt_out_that_can_be_written_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """503 asks to come back, and the log says truly where the opt-out stands: no browser holds what a mail ended."""
    store = Failing()
    with desk(store=store) as shop:
        store.down = True
        assert shop.post(shop.path()).status == 503
        [told] = [record.getMessage() for record in caplog.records if record.levelname == "CRITICAL"]
        assert "1 withdrawals are only in the memory of this process" in told
        store.down = False


@pytest.mark.parametrize("shell", SHELLS)
def test_while_the_ledger_is_down(shell: str, tmp_path: Path) -> None:
    """The journal takes it, and the answer is 200; where its disk is full too, 503 asks to come back."""
    store, journal = Failing(), Full(tmp_path / "journal")
    with desk(shell, store=store, journal=journal) as shop:
        store.down = True
        assert shop.post(shop.path()).status == 200
        assert [kept.entry.purpose for kept in choices(journal.records()).values()] == ["newsletter"]
        journal.full = True
        reply = shop.post(shop.path(purpose="promotions"))
        assert [reply.status, reply.header("retry-after")] == [503, "60"]
        assert _is_hidden(reply)
        assert shop.get(shop.path()).status == 200
        store.down = journal.full = False
        assert shop.post(shop.path(purpose="promotions")).status == 200
        shop.privacy._effects.catch_up()
        assert {purpose for purpose, _, _ in shop.said()} == {"newsletter", "promotions"}


# The link that confirms a sign-up


def _confirmation(shop: Desk, purpose: str = "newsletter", **options: object) -> str:
    shop.privacy.mail.ask(AN, purpose, **options)  # type: ignore[arg-type]
    found = re.search(r"https://shop\.example(/privacy/confirm/\S+)", shop.sent[-1].get_content())
    assert found
    return found[1]


def _tick(shop: Desk, path: str) -> Reply:
    shown = re.findall('name="shown" value="([^"]+)"', shop.get(path).text)
    return shop.post(path, ("shown", shown[0] if shown else ""), ("yes", "1"))


def test_a_sign_up_is_confirmed_by_a_ticked_box(shop: Desk) -> None:
    """K09: neither looking, nor a scanner's press of the button, nor a text that has changed confirms anything."""
    path = _confirmation(shop)
    assert [shop.get(path).status, shop.ask("HEAD", path).status] == [200, 200]
    assert shop.post(path).status == 422
    assert shop.post(path, ("yes", "1"), ("shown", "nl.0000000000000000")).status == 422
    assert not shop.privacy.mail.may(AN, "newsletter")
    reply = _tick(shop, path)
    assert reply.status == 200
    assert _is_hidden(reply)
    assert shop.said() == [("newsletter", "granted", "preference_page")]
    assert shop.privacy.mail.may(AN, "newsletter")


def test_a_confirmation_link_older_than_the_newest_refusal_is_void(shop: Desk) -> None:
    """Whatever the clocks say: rows decide, and a no about all marketing is one."""
    path = _confirmation(shop)
    shop.post(shop.path(purpose=None))
    assert _tick(shop, path).status == 404
    shop.time += timedelta(days=1)
    assert _tick(shop, _confirmation(shop)).status == 200
    assert shop.privacy.mail.may(AN, "newsletter")


@pytest.mark.parametrize("later", [timedelta(days=7), timedelta(minutes=-5)])
def test_a_confirmation_link_lapses(shop: Desk, later: timedelta) -> None:
    """After ``choices.confirm_within``, and where it seems to be from the future."""
    path = _confirmation(shop)
    shop.time += later
    assert shop.get(path).status == 404
    shop.time += timedelta(minutes=1)
    assert _tick(shop, path).status == 404


def test_a_confirmation_counts_for_the_account_that_asked(shop: Desk) -> None:
    """Who asked while signed in has said yes as a customer, too."""
    assert _tick(shop, _confirmation(shop, customer=7)).status == 200
    account = shop.privacy.subject(7)
    assert [entry.subject for entry in shop.rows()] == [shop.privacy.mail.subject(AN), account]


def test_guesses_at_confirmation_links_are_limited(shop: Desk) -> None:
    """They all get one page, which is the same for each, and the rate limit."""
    assert shop.get("/privacy/confirm/x").text == shop.get(f"/privacy/confirm/{'y' * 5000}").text
    assert {shop.get("/privacy/confirm/x").status for _ in range(31)} == {404, 429}


def test_who_ended_by_mistake_is_mailed_a_link(shop: Desk) -> None:
    """What widens asks for the address and mails it a link that confirms; nothing is granted yet."""
    page = shop.post(shop.path()).text
    assert 'name="resume" value="newsletter"' in page
    reply = shop.post(f"{shop.path()}?lang=en", ("resume", "newsletter"), ("address", AN))
    wrong = shop.post(f"{shop.path()}?lang=en", ("resume", "newsletter"), ("address", "nobody"))
    assert reply.text == wrong.text
    assert [entry.action for entry in shop.rows()] == [Action.WITHDRAWN]
    [mail] = shop.sent
    assert "tick the box" in mail.get_content()


def test_a_mailer_that_fails_tells_nobody(shop: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the same, and the log has the kind of error without the address in it."""

    def broken(_message: object) -> None:
        raise OSError(f"550 no mailbox {AN}")

    shop.privacy.mail.transport = broken
    assert shop.post("/u/x", ("address", AN)).status == 200
    assert "a mail of the library's own was not sent: OSError" in caplog.text
    assert AN not in caplog.text


def test_a_confirmation_link_is_void_after_the_account_said_no(shop: Desk) -> None:
    """Who asked while signed in and then withdrew in the account has ended what the link begins."""
    path = _confirmation(shop, customer=7)
    shop.privacy.withdraw(7, "newsletter")
    assert _tick(shop, path).status == 404


def test_a_confirmation_link_is_void_after_a_restored_backup(shop: Desk) -> None:
    """The ledger of a backup counts from an older place, and a no in it that came after the link counts by its time."""
    for who in "abc":
        shop.post(shop.path(f"{who}@example.nl"))
    path = _confirmation(shop)
    with desk(shop.shell) as restored:
        restored.time += timedelta(hours=1)
        restored.post(restored.path())
        assert _tick(restored, path).status == 404


def test_a_confirmation_link_is_void_after_the_same_no_again(shop: Desk) -> None:
    """One that repeats the no from before the link is one that came after it."""
    shop.post(shop.path())
    shop.time += timedelta(minutes=1)
    path = _confirmation(shop)
    shop.time += timedelta(minutes=1)
    shop.post(shop.path())
    assert _tick(shop, path).status == 404
    assert [action for _, action, _ in shop.said()] == ["withdrawn", "withdrawn"]


def test_what_resumes_ends_first(shop: Desk) -> None:
    """A form that both ends and begins again ends what it names; one that only begins again ends nothing."""
    shop.post(shop.path(), ("resume", "newsletter"), ("address", AN))
    assert shop.rows() == []
    shop.post(shop.path(), ("stop", "promotions"), ("resume", "newsletter"), ("address", AN))
    shop.post(shop.path(), ("List-Unsubscribe", "One-Click"), ("resume", "newsletter"))
    assert [purpose for purpose, _, _ in shop.said()] == ["promotions", "newsletter"]


def test_a_link_mails_nobody_else(shop: Desk) -> None:
    """Who holds one link cannot have strangers mailed, learns nothing by trying, and may not try for ever."""
    first = shop.post(shop.path(), ("resume", "newsletter"), ("address", "bo@example.nl"))
    assert shop.sent == []
    own = shop.post(shop.path(), ("resume", "newsletter"), ("address", " An@Example.nl"))
    assert [own.status, own.text] == [200, first.text]
    assert len(shop.sent) == 1
    tries = {
        shop.post(shop.path(), ("resume", "newsletter"), ("address", "x@example.nl")).status
        for _ in range(30)
    }
    assert tries == {200, 429}


def test_a_link_tells_nobody_its_address_while_the_store_is_down(
    shop: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is typed as its address is answered the same, whether it is the link's own or another."""

    def down(*_: object) -> bool:
        raise StoreDown("the database does not answer")

    monkeypatch.setattr(shop.privacy.mail._store, "take_day", down)
    own, other = (
        shop.post(shop.path(), ("resume", "newsletter"), ("address", who)) for who in (AN, "bo@example.nl")
    )
    assert [own.status, own.text] == [other.status, other.text] == [503, own.text]


def test_without_a_url_no_form_mails_a_link() -> None:
    """Where mail.url is missing the page shows the contact, and an address posted all the same gets no mail."""
    policy = make_policy(purposes={**PURPOSES, **MARKETING})
    with desk(policy=policy) as shop:
        assert 'name="address"' not in shop.get("/u/x").text
        assert shop.post("/u/x", ("address", AN)).status == 404
        assert shop.sent == []


def test_a_link_in_capitals(shop: Desk) -> None:
    """Typed so, its prefix too, it ends what it names."""
    assert shop.post(shop.path().upper()).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_a_post_that_is_cut_off_ends_it(shop: Desk) -> None:
    """The token has come whole; of the half of a body no choice counts."""
    reply = shop.ask("POST", shop.path(), b"stop=promotions", FORM, length=50)
    assert reply.status == (200 if shop.shell == "wsgi" else 0)
    assert [purpose for purpose, _, _ in shop.said()] == ["newsletter"]


def test_a_chunked_form_counts(shop: Desk) -> None:
    """Our own form that a proxy sends on without a length ends what it names."""
    assert shop.ask("POST", shop.path(), b"stop=promotions", FORM, length=None).status == 200
    assert [purpose for purpose, _, _ in shop.said()] == ["promotions"]
