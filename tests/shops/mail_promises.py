"""What the shops promise about mail: each promise is tried over HTTP, with the shop's own forms and its outbox."""

from __future__ import annotations

import os
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from email.message import EmailMessage
from hashlib import new
from http.client import HTTPConnection
from itertools import count
from subprocess import CompletedProcess
from urllib.parse import quote, urlsplit

from shopprivacy.cli.check_live import faults_of
from shopprivacy.key_providers.local import LocalKeyFile
from tests import forked
from tests.shops.actions import fill_cart, link_in, new_address, register
from tests.shops.log_promises import files
from tests.shops.running import REPOSITORY, RunningShop
from tests.shops.visitor import Reply, Visitor

_numbers = count(1)


def command(shop: RunningShop, *words: str) -> CompletedProcess[str]:
    """Run ``shopprivacy`` on the shop's ledger, as its operator does beside the shop."""
    if "django_migrations" in shop.columns():
        own = {"SHOP_DATA": str(shop.data), "SHOP_KEYS": str(shop.keys), "SHOP_STORE": shop.store}
        return forked.run(
            ["-m", "examples.django_app.manage", "shopprivacy", *words],
            cwd=REPOSITORY,
            env={**os.environ, **own},
        )
    places = {
        "--policy": REPOSITORY / "examples" / "policies" / "demo.toml",
        "--keys": shop.keys,
        "--journal": shop.data / "privacy-journal.sqlite3",
        "--store": shop.store,
    }
    options = [str(word) for place in places.items() for word in place]
    return forked.run(["-m", "shopprivacy", *words, *options], cwd=REPOSITORY, env={**os.environ})


def operator(shop: RunningShop) -> Visitor:
    """The operator, logged in."""
    log_in = (shop.data / "operator.txt").read_text().strip()
    return Visitor(shop, headers={"Authorization": f"Basic {b64encode(log_in.encode()).decode()}"})


def campaign(shop: RunningShop, purpose: str) -> str:
    """Send a campaign for a purpose to everyone; return its subject."""
    subject, who = f"Campaign {next(_numbers)}", operator(shop)
    form = who.get("/admin/mailing").form("/admin/mailing")
    assert who.submit(form, purpose=purpose, subject=subject, message="Twenty per cent off").status == 200
    return subject


def received(shop: RunningShop, address: str, subject: str) -> list[EmailMessage]:
    """The mails of a campaign that an address got."""
    return [mail for mail in shop.mails(address) if mail["Subject"] == subject]


def reaches(shop: RunningShop, address: str, purpose: str) -> bool:
    """Whether a campaign for a purpose reaches an address."""
    return bool(received(shop, address, campaign(shop, purpose)))


def sign_up(visitor: Visitor, address: str) -> str:
    """Sign up for the newsletter; return the path of the link that confirms it."""
    shop = visitor.shop
    assert visitor.submit(visitor.get("/").form("/newsletter"), email=address).status == 200
    return link_in(shop.mails(address)[-1], shop)


def confirm(visitor: Visitor, path: str) -> Reply:
    """Tick the box on the page that a link leads to, and press its button."""
    return visitor.submit(visitor.get(path).form(path), ("yes", "1"))


def choose(visitor: Visitor, *purposes: str) -> None:
    """Tick exactly these boxes in the account."""
    form = visitor.get("/account").form("/account")
    fields = [pair for pair in form.filled((), {}) if pair[0] != "mails"]
    fields += [("mails", purpose) for purpose in purposes]
    assert visitor.follow(visitor.post(form.action, fields)).status == 200


def subscribed(shop: RunningShop) -> tuple[Visitor, str]:
    """A customer with an account who receives the newsletter and promotions."""
    visitor, address = Visitor(shop), new_address()
    register(visitor, address)
    choose(visitor, "newsletter", "promotions")
    for mail in shop.mails(address):
        assert confirm(visitor, link_in(mail, shop)).status == 200
    return visitor, address


def unsubscribe_path(mail: EmailMessage) -> str:
    """The path of the link in List-Unsubscribe."""
    found = re.fullmatch(r"<https?://[^/]+(/u/[0-9a-z]{39})>", str(mail["List-Unsubscribe"]).strip())
    assert found
    return found[1]


def every_mailing_has_both_links(shop: RunningShop) -> None:
    """A20, D30, K10: at its foot and in its header; the link works logged out, in one click, twice."""
    _, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "newsletter"))
    text, path = mail.get_content(), unsubscribe_path(mail)
    assert [text.count(path), text.count(f"{shop.url}/account")] == [1, 1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    mail_program = Visitor(shop, keeps_cookies=False)
    for _ in range(2):
        reply = mail_program.post(path, {"List-Unsubscribe": "One-Click"}, {"Origin": "https://mail.example"})
        assert reply.status == 200
    assert not reaches(shop, address, "newsletter")


def choices_come_as_multipart(shop: RunningShop) -> None:
    """D31: what the page behind the link offers counts as multipart, too, with a length and in chunks."""
    _, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "newsletter"))
    field = b'--x\r\nContent-Disposition: form-data; name="stop"\r\n\r\npromotions\r\n--x--\r\n'
    sent = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (field, iter([field[:20], field[20:]])):
        connection = HTTPConnection(urlsplit(shop.url).netloc, timeout=20)
        connection.request("POST", unsubscribe_path(mail), body, sent)
        assert connection.getresponse().status == 200
        connection.close()
    assert [reaches(shop, address, name) for name in ("newsletter", "promotions")] == [True, False]


def looking_does_nothing(shop: RunningShop) -> None:
    """A scanner that follows the link ends nothing, and the next mail arrives."""
    _, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "newsletter"))
    assert Visitor(shop).get(unsubscribe_path(mail)).status == 200
    assert reaches(shop, address, "newsletter")


def cookies_are_not_needed(shop: RunningShop) -> None:
    """A22: who keeps none, or holds some that are denied, unsubscribes; nothing is set, deleted or redirected."""
    _, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "promotions"))
    for visitor in (Visitor(shop, keeps_cookies=False), Visitor(shop)):
        visitor.plant("_ga", "muc_ads")
        page = visitor.get(unsubscribe_path(mail))
        form = page.form(unsubscribe_path(mail))
        reply = visitor.post(form.action, form.filled((), {}))
        for answer in (page, reply):
            assert [answer.status, answer.header("Set-Cookie")] == [200, None]
    assert not reaches(shop, address, "promotions")


def purposes_end_each_by_itself(shop: RunningShop) -> None:
    """S05, S29, D31: newsletter off and promotions on, and the other way round, in the account and by a link."""
    visitor, address = subscribed(shop)
    choose(visitor, "promotions")
    assert [reaches(shop, address, name) for name in ("newsletter", "promotions")] == [False, True]
    _, other = subscribed(shop)
    [mail] = received(shop, other, campaign(shop, "promotions"))
    Visitor(shop).post(unsubscribe_path(mail))
    assert [reaches(shop, other, name) for name in ("newsletter", "promotions")] == [True, False]


def only_who_confirmed_is_mailed(shop: RunningShop) -> None:
    """K09: not who only signed up, nor whose link was only looked at, nor an account without a choice."""
    visitor, address = Visitor(shop), new_address()
    path = sign_up(visitor, address)
    assert visitor.get(path).status == 200
    assert not reaches(shop, address, "newsletter")
    assert confirm(visitor, path).status == 200
    assert reaches(shop, address, "newsletter")
    customer = new_address()
    register(Visitor(shop), customer)
    assert not reaches(shop, customer, "promotions")


def a_flag_is_no_consent(shop: RunningShop) -> None:
    """K02: an address that a table of the shop's says is confirmed is not mailed without a row of the ledger."""
    visitor, address = Visitor(shop), new_address()
    sign_up(visitor, address)
    shop.change("UPDATE newsletter_entry SET confirmed_at = asked_at")
    assert shop.rows("SELECT id FROM newsletter_entry WHERE confirmed_at IS NOT NULL")
    assert not reaches(shop, address, "newsletter")


def an_opt_out_outlives_the_account(shop: RunningShop) -> None:
    """D32: who comes back with the same address, in other letters, is still on no list."""
    visitor, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "promotions"))
    assert Visitor(shop).post(unsubscribe_path(mail), {"stop": "direct_marketing"}).status == 200
    form = visitor.get("/account").form("/account")
    assert visitor.submit(form, email=new_address()).status == 200
    assert register(Visitor(shop), address.upper()).status == 200
    assert [reaches(shop, address, name) for name in ("newsletter", "promotions")] == [False, False]


def an_opt_out_outlives_a_list_that_comes_back(shop: RunningShop) -> None:
    """D32: who said no stays out when an old list of subscribers is taken in again; who said nothing comes in."""
    _, gone = subscribed(shop)
    [mail] = received(shop, gone, campaign(shop, "newsletter"))
    Visitor(shop).post(unsubscribe_path(mail), {"stop": "direct_marketing"})
    sign_up(Visitor(shop), waiting := new_address())
    old, text = shop.data.with_name("old-list.csv"), shop.data.with_name("old-list.txt")
    old.write_text(f"email;since\n{gone.upper()};2025-01-31\n{waiting};2025-01-31\n", encoding="utf-8")
    text.write_text("Yes, mail me the newsletter.", encoding="utf-8")
    options = ["--purpose", "newsletter", "--date", "since", "--text", str(text)]
    done = command(shop, "consent", "import", str(old), *options)
    assert done.returncode == 0, done.stderr
    subject = campaign(shop, "newsletter")
    assert [len(received(shop, who, subject)) for who in (gone, waiting)] == [0, 1]


def the_campaign_reaches_exactly_the_confirmed(shop: RunningShop) -> None:
    """D35: of all addresses that the shop has, those that the ledger lets be written to, and one mail each."""
    _, yes = subscribed(shop)
    _, no = subscribed(shop)
    [mail] = received(shop, no, campaign(shop, "promotions"))
    Visitor(shop).post(unsubscribe_path(mail))
    subject = campaign(shop, "promotions")
    assert [len(received(shop, who, subject)) for who in (yes, no)] == [1, 0]


def customer_service_does_the_same(shop: RunningShop) -> None:
    """A21: entered by the operator or done by the customer, the end is the same; the ledger says who did it."""
    _, by_operator = subscribed(shop)
    _, by_themselves = subscribed(shop)
    form = operator(shop).get("/admin/mailing").form("/admin/unsubscribe")
    assert operator(shop).submit(form, email=by_operator).status == 200
    assert Visitor(shop).post("/admin/unsubscribe", {"email": by_operator}).status == 401
    [mail] = received(shop, by_themselves, campaign(shop, "newsletter"))
    Visitor(shop).post(unsubscribe_path(mail), {"stop": "direct_marketing"})
    ends = [
        shop.rows(
            "SELECT purpose, action, how FROM shopprivacy_ledger WHERE subject = "
            "(SELECT subject FROM shopprivacy_ledger WHERE purpose = 'direct_marketing' AND how = ? "
            "ORDER BY seq DESC LIMIT 1) AND action IN ('withdrawn', 'objected') ORDER BY seq",
            how,
        )
        for how in ("operator", "one_click_mail")
    ]
    assert {how for end in ends for _, _, how in end} == {"operator", "one_click_mail"}
    assert [row[:2] for row in ends[0]] == [row[:2] for row in ends[1]]
    assert not reaches(shop, by_operator, "newsletter")
    assert not reaches(shop, by_themselves, "promotions")


def only_the_address_says_yes(shop: RunningShop) -> None:
    """A box that is ticked, or a cart that is saved, mails an address a question; what it refused stays refused."""
    visitor, address, cart = Visitor(shop), new_address(), new_address()
    register(visitor, address)
    choose(visitor, "promotions")
    form = fill_cart(visitor).form("/cart/save")
    assert visitor.submit(form, ("remind", "yes"), email=cart).status == 200
    assert not reaches(shop, address, "promotions")
    assert not reaches(shop, cart, "cart_reminder")
    back, other = subscribed(shop)
    [mail] = received(shop, other, campaign(shop, "promotions"))
    Visitor(shop).post(unsubscribe_path(mail))
    choose(back, "newsletter", "promotions")
    assert not reaches(shop, other, "promotions")


def a_mail_program_gets_through(shop: RunningShop) -> None:
    """K10: a POST as mail programs send it reaches the endpoint as it is deployed, and nobody's opt-out is told."""
    keyset = LocalKeyFile(shop.keys).load()
    assert [*faults_of(f"{shop.url}/u/", keyset)] == []
    [fault] = faults_of(f"{shop.url}/elsewhere/", keyset)
    assert "another prefix" in fault


def links_lead_to_the_shop(shop: RunningShop) -> None:
    """Whoever signs somebody else up under another Host leads them nowhere."""
    address = new_address()
    form = Visitor(shop).get("/").form("/newsletter")
    Visitor(shop, headers={"Host": "elsewhere.example"}).submit(form, email=address)
    assert [mail for mail in shop.mails(address) if "elsewhere" in mail.get_content()] == []


def the_address_stands_nowhere(shop: RunningShop) -> None:
    """Whatever was done with it, however it is written: in no URL, log, table of the library or header but To."""
    _, address = subscribed(shop)
    [mail] = received(shop, address, campaign(shop, "newsletter"))
    path, visitor = unsubscribe_path(mail), Visitor(shop)
    visitor.get(path)
    visitor.post(path, {"resume": "newsletter", "address": address})
    visitor.post("/u/nobody", {"address": address})
    visitor.post(path, {"stop": "direct_marketing"})
    gone = shop.data.with_name("gone.txt")
    gone.write_text(address, encoding="utf-8")
    for words in (("import", str(gone)), ("check", address), ("add", address)):
        told = command(shop, "suppress", *words)
        assert not _traces(address, f"{told.stdout}{told.stderr}".encode())
    mails = shop.mails(address)
    assert len(mails) >= 4  # two questions, a campaign, and its own link
    for one in mails:
        said = [f"{name}: {value}" for name, value in one.items() if name != "To"]
        said += re.findall(r"https?://\S+", one.get_content())
        assert not _traces(address, "\n".join(said).encode())
    for table in [name for name in shop.columns() if name.startswith("shopprivacy")]:
        rows = [cell for row in shop.rows(f"SELECT * FROM {table}") for cell in row]
        assert not _traces(
            address, b"\n".join(c if isinstance(c, bytes) else str(c).encode() for c in rows)
        ), table
    kept = [*shop.data.glob("privacy-journal*")]
    assert kept
    for name, content in [*files(shop), *((file.name, file.read_bytes()) for file in kept)]:
        assert not _traces(address, content), name


def _traces(address: str, content: bytes) -> list[str]:
    """In which ways an address stands in some text."""
    raw = address.encode()
    ways: dict[str, bytes] = {
        "clear": raw,
        "percent": quote(address, safe="").encode(),
        "hex": raw.hex().encode(),
    }
    ways |= {"base64": b64encode(raw).rstrip(b"="), "base64url": urlsafe_b64encode(raw).rstrip(b"=")}
    for name in ("md5", "sha1", "sha256"):
        digest = new(name, raw, usedforsecurity=False)
        ways |= {name: digest.hexdigest().encode(), f"{name} raw": digest.digest()}
        ways |= {f"{name} base64": b64encode(digest.digest()).rstrip(b"=")}
    return [name for name, written in ways.items() if written in content or written in content.lower()]


PROMISES: dict[str, Callable[[RunningShop], None]] = {
    promise.__name__: promise
    for promise in (
        every_mailing_has_both_links,
        choices_come_as_multipart,
        looking_does_nothing,
        cookies_are_not_needed,
        purposes_end_each_by_itself,
        only_who_confirmed_is_mailed,
        a_flag_is_no_consent,
        an_opt_out_outlives_the_account,
        an_opt_out_outlives_a_list_that_comes_back,
        the_campaign_reaches_exactly_the_confirmed,
        customer_service_does_the_same,
        only_the_address_says_yes,
        a_mail_program_gets_through,
        links_lead_to_the_shop,
        the_address_stands_nowhere,
    )
}
STATEFUL = (
    "purposes_end_each_by_itself",
    "only_who_confirmed_is_mailed",
    "an_opt_out_outlives_the_account",
    "an_opt_out_outlives_a_list_that_comes_back",
)
"""What depends on what the shop's database keeps."""
BROKEN_WITHOUT = (
    "every_mailing_has_both_links",
    "choices_come_as_multipart",
    "cookies_are_not_needed",
    "purposes_end_each_by_itself",
    "only_who_confirmed_is_mailed",
    "a_flag_is_no_consent",
    "an_opt_out_outlives_the_account",
    "an_opt_out_outlives_a_list_that_comes_back",
    "the_campaign_reaches_exactly_the_confirmed",
    "customer_service_does_the_same",
    "only_the_address_says_yes",
    "a_mail_program_gets_through",
)
"""What fails where the library is taken out of the shop's campaigns."""
