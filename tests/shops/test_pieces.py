"""The framework-free pieces of the example shops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from examples.django_app.databases import database
from examples.shop.cart import read_cart, read_list, write_cart, write_list
from examples.shop.catalogue import read_catalogue
from examples.shop.clock import Clock
from examples.shop.forms import Form
from examples.shop.mails import Mail
from examples.shop.options import Options, moment, read_options
from examples.shop.origin import is_forged, local_path
from examples.shop.outbox import Outbox, plain_mail
from examples.shop.prices import Total, euros, total
from examples.shop.texts import LANGUAGES, accepted_languages, choose_language, read_texts

from shopprivacy.policy import Controller

STATIC = Path(__file__).parent.parent.parent / "examples" / "shop" / "static"


def test_languages_say_the_same() -> None:
    """Every language has every text, with the same words to fill in."""
    texts = read_texts()
    for language in LANGUAGES:
        assert texts[language].keys() == texts["nl"].keys()
        for key, text in texts[language].items():
            assert _blanks(text) == _blanks(texts["nl"][key]), (language, key)


def _blanks(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


def test_catalogue_is_complete() -> None:
    """Every product has a price, texts in every language and a picture."""
    for slug, item in read_catalogue().items():
        assert item.price > 0
        assert set(item.name) == set(item.text) == set(LANGUAGES)
        assert (STATIC / "products" / f"{slug}.svg").is_file()


def test_nothing_of_the_shop_itself_comes_from_elsewhere() -> None:
    """Style sheet and pictures load nothing from another host."""
    for file in (STATIC / "shop.css", *STATIC.rglob("*.svg")):
        text = file.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "//" not in text, file.name


def test_cart_survives_its_cookie() -> None:
    """A cart reads back as written; what a visitor may have put in the cookie does no harm."""
    known = ["lamp", "vase"]
    cart = {"vase": 2, "lamp": 20}
    assert read_cart(write_cart(cart), known) == cart
    for text in (
        "",
        ".",
        "lamp",
        "lamp:",
        "lamp:x",
        "lamp:-1",
        "lamp:0",
        "lamp:21",
        "lamp:²",
        "sofa:1",
        "lamp:1e3",
        "9" * 9999,
    ):
        assert read_cart(text, known) == {}
    assert read_list(write_list(["vase", "lamp", "vase"]), known) == ["vase", "lamp"]
    assert read_list("sofa..vase", known) == ["vase"]


def test_totals_in_whole_cents() -> None:
    """Shipping is free from 50 euros on, and the VAT in a sum is rounded to the cent."""
    assert total([]) == Total(0, 0)
    assert total([(4999, 1)]) == Total(4999, 495)
    assert total([(2500, 2)]) == Total(5000, 0)
    assert Total(12100, 0).vat == 2100
    assert Total(100, 0).vat == 17  # 17.355...
    assert Total(3, 0).vat == 1  # 0.52...


@pytest.mark.parametrize(
    ("language", "written"),
    [("nl", "€ 1.234,50"), ("fr", "1 234,50 €"), ("de", "1.234,50 €"), ("en", "€1,234.50")],
)
def test_amounts_are_written_as_readers_do(language: str, written: str) -> None:
    """Amounts follow the language's habit, with spaces that do not break."""
    assert euros(123450, language).replace("\N{NO-BREAK SPACE}", " ") == written


@pytest.mark.parametrize(
    ("fetch_site", "origin", "forged"),
    [
        ("same-origin", None, False),
        ("none", None, False),
        ("same-site", None, True),
        ("cross-site", "https://shop.example", True),
        (None, "https://shop.example", False),
        (None, "https://SHOP.example", False),
        (None, "https://shop.example.evil.example", True),
        (None, "null", True),
        (None, None, False),
    ],
)
def test_forged_forms_are_known(fetch_site: str | None, origin: str | None, forged: bool) -> None:
    """Sec-Fetch-Site decides; where it is missing, Origin does; who sends neither is no browser."""
    assert is_forged("POST", "shop.example", fetch_site, origin) is forged
    assert is_forged("GET", "shop.example", fetch_site, origin) is False


@pytest.mark.parametrize(
    "target", [None, "", "cart", "//evil.example", "/\\evil.example", "/\tx", "https://x", "/a\nb"]
)
def test_only_paths_of_the_site_are_followed(target: str | None) -> None:
    """What a browser could read as another site is no path of this one."""
    assert local_path(target) == "/"
    assert local_path("/cart?x=1") == "/cart?x=1"


@pytest.mark.parametrize(
    ("chosen", "accepted", "language"),
    [("fr", ["nl"], "fr"), ("xx", ["de-AT", "en"], "de"), (None, ["es", "en-GB"], "en"), (None, [], "nl")],
)
def test_language_is_chosen(chosen: str | None, accepted: list[str], language: str) -> None:
    """The visitor's choice comes first, then the browser's languages in order, then Dutch."""
    assert choose_language(chosen, accepted) == language


def test_the_most_wanted_language_comes_first() -> None:
    """By weight, then as they stand; what cannot be read counts in full."""
    assert accepted_languages("en;q=0.3, nl-BE,fr;q=0.8, de;q=x") == ["nl-BE", "de", "fr", "en"]
    assert accepted_languages("") == [""]


@pytest.mark.parametrize(
    "email",
    ["an", "an@", "@klant.example", "an@klant", "a n@klant.example", "an@klant.example\nBcc: x@y.example"],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    """An e-mail address has two sides, a domain, and no white space."""
    form = Form({"email": email})
    form.email()
    assert form.mistakes


def test_mail_is_written_whole(tmp_path: Path) -> None:
    """A mail in the outbox is complete, and its headers cannot be injected."""
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    controller = Controller(name="Café & Co.", address="Dorpsstraat 1", email="info@cafe.example")
    file = Outbox(tmp_path, controller).send(
        plain_mail(Mail("an@klant.example", "Één bestelling", "Dag An,\n\n€ 5\n"), now=now)
    )
    sent = message_from_bytes(file.read_bytes(), policy=SMTP)
    assert str(sent["From"]) == '"Café & Co." <info@cafe.example>'
    assert file.suffix == ".eml"
    assert [other.name for other in tmp_path.iterdir()] == [file.name]
    with pytest.raises(ValueError, match="linefeed"):
        plain_mail(Mail("an@klant.example", "Hi\nBcc: x@y.example", ""), now=now)


def test_set_clock_runs_on(tmp_path: Path) -> None:
    """A set clock starts where it was set, runs on, and is the same for every clock on the same folder."""
    then = datetime(2030, 2, 28, 23, 59, tzinfo=UTC)
    Clock(tmp_path, movable=True).set(then)
    first, second = Clock(tmp_path, movable=True).now(), Clock(tmp_path, movable=True).now()
    assert then <= first <= second < then + timedelta(seconds=30)
    assert abs(Clock(tmp_path, movable=False).now() - datetime.now(UTC)) < timedelta(seconds=30)


def test_moments_are_utc() -> None:
    """A moment is read with its offset, and as UTC without one."""
    assert (
        moment("2026-01-05T13:00:00+01:00") == moment("2026-01-05T12:00:00Z") == moment("2026-01-05T12:00:00")
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--data", "x", "--port", "70000"],
        ["--data", "x", "--workers", "0"],
        ["--data", "x", "--clock", "soon"],
    ],
)
def test_bad_options_stop_with_a_reason(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """An option that cannot be is named, and the shop does not start."""
    with pytest.raises(SystemExit, match="2"):
        read_options(arguments, program="shop")
    assert "error: " in capsys.readouterr().err


def test_keys_lie_outside_the_data(tmp_path: Path) -> None:
    """By default the keyset lies beside the data folder: a copy of one is not a copy of both."""
    options = read_options(["--data", str(tmp_path / "flask")], program="shop")
    assert options.keys == tmp_path / "flask-keys.json"
    assert not options.keys.is_relative_to(options.data)


def with_store(url: str) -> Options:
    """Return the options of a shop with this ``--store``."""
    return read_options(["--data", "x", "--store", url], program="shop")


def test_the_url_of_a_store_as_django_has_it() -> None:
    """Each part of it, the options behind the question mark too, numbers as numbers."""
    found = database(with_store("postgresql://an%40x:s%2Ft@db:5433/shop?sslmode=require&connect_timeout=10"))
    assert found == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "HOST": "db",
        "PORT": "5433",
        "USER": "an@x",
        "PASSWORD": "s/t",
        "OPTIONS": {"sslmode": "require", "connect_timeout": 10},
    }


@pytest.mark.parametrize(
    "url",
    [
        "mysql+asyncmy://db/shop",
        "postgresql+asyncpg://db/shop",
        "oracle://db/shop",
        "sqlite:///x.sqlite3?mode=ro",
        "shop",
    ],
)
def test_a_store_that_django_does_not_know(url: str) -> None:
    """Nothing of the URL is dropped in silence: what cannot be had is an error that names it."""
    with pytest.raises(ValueError, match=r"--store: .*(knows no|takes no options)"):
        database(with_store(url))
