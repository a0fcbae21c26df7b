"""nginx, Varnish and Cloudflare's Worker as shared caches, just as the documentation has them, before real servers.

Every poisoning is tried on a page of its own. A page that nobody ever gets from the cache would prove nothing, so each
test also sees hits.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT
from tests.docs.folder import POLICY, environment, furnish
from tests.stacks.caches import CACHES, SITE, Cache, attacks, nginx, shown, visited
from tests.stacks.serving import HOST, Answer, choose, free_port, serving

pytestmark = pytest.mark.services

SHOP = "tests.stacks.cached"
BACKENDS = {
    "gunicorn": f"gunicorn --bind {HOST}:PORT {SHOP}:application",
    "granian": f"granian --interface wsgi --port PORT {SHOP}:application",
    "uvicorn": f"uvicorn --port PORT {SHOP}:app",
}
BASKET = """
[cookies.basket]
essential = true
life = "session"
"""
_page_number = count()


def _pairs() -> Iterator[object]:
    """Each server and each cache once, and the other combinations of them when they are asked for."""
    for first, server in enumerate(BACKENDS):
        for second, name in enumerate(CACHES):
            marks = () if first == second else pytest.mark.combinations
            yield pytest.param((server, name), id=f"{server}-{name}", marks=marks)


@pytest.fixture(scope="module", params=_pairs())
def pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The names of a server, and of a cache in front of it."""
    named: tuple[str, str] = request.param
    return named


behind_nginx = pytest.mark.parametrize("pair", [("gunicorn", "nginx")], indirect=True)


@pytest.fixture(scope="module")
def shop_port(pair: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The gated shop behind a server, without a cache."""
    server, _ = pair
    folder, port = tmp_path_factory.mktemp(server), free_port()
    furnish(folder, f"{POLICY}\n{BASKET}\n{shown('toml')}")
    command = [sys.executable, "-m", *BACKENDS[server].replace("PORT", str(port)).split()]
    says = ("Started worker-1",) if server == "granian" else ()
    with serving(command, port, folder, {**environment(folder), "PYTHONPATH": str(ROOT)}, says):
        yield port


@pytest.fixture(scope="module")
def cache(pair: tuple[str, str], shop_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cache]:
    """A cache in front of it."""
    _, name = pair
    folder, port = tmp_path_factory.mktemp(name), free_port()
    with serving(CACHES[name](folder, port, shop_port), port, folder):
        yield visited(name, port)


@pytest.fixture
def page() -> str:
    """The path of a page that nobody has asked for yet, which asks for consent."""
    return f"/products/public-asking-{next(_page_number)}"


def hit(answer: Answer) -> bool:
    """Whether it came from the cache: nginx says so; Varnish names a second request, the one that brought it."""
    return answer.all("x-cache-status") == ["HIT"] or " " in "".join(answer.all("x-varnish"))


def rendering(answer: Answer) -> str:
    """Return the number of the rendering that an answer is a copy of."""
    assert answer.status == 200, answer.text
    found = re.search(r"rendering (\w+) of ", answer.text)
    assert found, answer.text
    return found[1]


def says(answer: Answer) -> tuple[bool, bool, bool]:
    """Return what a page that asks shows: that statistics are allowed, a banner, and the site's own address."""
    return (
        "statistics: True" in answer.text,
        "sp-banner" in answer.text,
        f"://{SITE}</p>" in answer.text,
    )


RIGHT = {
    "unknown": (False, True, True),
    "granted": (True, False, True),
    "refused": (False, False, True),
    "withdrawn": (False, False, True),
    "objecting": (False, False, True),
}


def test_visitors_with_the_same_answers_share_one_copy(cache: Cache, page: str) -> None:
    """One copy for each state of consent, and for each signal, whatever litter a visitor's cookies hold."""
    copies = {}
    for kind, fields in cache.visitors().items():
        first = cache.get(page, *fields)
        assert says(first) == RIGHT[kind]
        copies[kind] = rendering(first)
        own = dict(fields).get("Cookie", "")
        rest = [field for field in fields if field[0] != "Cookie"]
        for litter in ("_fbp=77", "_tracker_x=1; session=9", "cart=3"):
            other = cache.get(page, *rest, ("Cookie", f"{litter}; {own}".removesuffix("; ")))
            assert hit(other)
            assert rendering(other) == copies[kind]
    assert copies.pop("withdrawn") == copies["refused"]
    assert len(set(copies.values())) == len(copies)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("attack", attacks("=x.", "=x."))
def test_nothing_that_a_client_sends_poisons_a_page(
    cache: Cache, page: str, attack: str, method: str
) -> None:
    """Whatever came first, each visitor gets a page of their own state and this site, and the cache goes on sharing."""
    for _ in range(2):
        tried = cache.get(page, *attacks(cache.granted, cache.refused)[attack], method=method)
        assert tried.status in {200, 400}  # Varnish refuses to take Cookie off
    for kind, fields in cache.visitors().items():
        assert says(cache.get(page, *fields)) == RIGHT[kind], kind
        again = cache.get(page, *fields)
        assert says(again) == RIGHT[kind], kind
        assert hit(again), kind
        assert "gopher" not in again.text


def test_what_a_page_varies_by_is_heeded(cache: Cache) -> None:
    """A visitor gets no page in another's language, whether the cache keeps one of each or none."""
    page = f"/products/public-asking-languages-{next(_page_number)}"
    for language in ("nl", "en", "nl", "en"):
        assert f"<p>in {language}</p>" in cache.get(page, ("Accept-Language", language)).text


def test_a_page_that_lost_a_cookie_is_never_kept(cache: Cache) -> None:
    """Not for those whose cookie was removed, nor for those who got it; the same page without a cookie is."""
    careless, silent = (f"/products/{kind}-{next(_page_number)}" for kind in ("careless", "silent"))
    assert not hit(cache.get(silent))
    assert hit(cache.get(silent)) is (cache.name != "cloudflare")  # it keeps only what the shop calls public
    seen = []
    for kind, fields in 2 * list(cache.visitors().items()):
        answer = cache.get(careless, *fields)
        assert not hit(answer)
        assert answer.sets == (["_ga"] if kind == "granted" else [])
        seen.append(rendering(answer))
    assert len(set(seen)) == len(seen)


def test_a_page_that_sets_a_cookie_is_kept_for_nobody(cache: Cache) -> None:
    """Even where the shop calls it public: each visitor gets a cookie of their own, never another's."""
    page = f"/products/basket-public-{next(_page_number)}"
    baskets = [cache.get(page).all("set-cookie") for _ in range(3)]
    assert [len(fields) for fields in baskets] == [1, 1, 1]
    assert len({fields[0] for fields in baskets}) == 3


def test_our_own_cookies_are_never_kept(cache: Cache, page: str) -> None:
    """A deletion goes to the visitor who holds the cookie; who comes next gets a page without one, which is kept."""
    holder = ("Cookie", f"{cache.refused}; _ga=1")
    for _ in range(2):
        deleting = cache.get(page, holder)
        assert not hit(deleting)
        assert deleting.sets
    clean = cache.get(page, ("Cookie", cache.refused))
    assert not hit(clean)
    assert clean.sets == []
    assert hit(cache.get(page, ("Cookie", cache.refused)))


@behind_nginx
def test_our_own_cookies_are_private_where_a_cache_ignores_set_cookie(
    shop_port: int, tmp_path: Path, page: str
) -> None:
    """Some make nginx keep what sets cookies; a deletion for one visitor still reaches no other."""
    port = free_port()
    ignoring = ("proxy_cache shop;", "proxy_cache shop; proxy_ignore_headers Set-Cookie;")
    with serving(nginx(tmp_path, port, shop_port, ignoring), port, tmp_path):
        cache = visited("nginx", port)
        for _ in range(2):
            deleting = cache.get(page, ("Cookie", f"{cache.refused}; _ga=1"))
            assert not hit(deleting)
            assert deleting.sets
        assert cache.get(page, ("Cookie", cache.refused)).sets == []
        assert hit(cache.get(page, ("Cookie", cache.refused)))


@pytest.mark.parametrize("path", ["/privacy/choices", "/privacy/cookies"])
def test_our_own_pages_are_never_kept(cache: Cache, path: str) -> None:
    """They show what this visitor chose."""
    for _ in range(2):
        answer = cache.get(path, ("Cookie", cache.granted))
        assert answer.status == 200
        assert not hit(answer)


def test_a_choice_is_never_answered_from_the_cache(cache: Cache) -> None:
    """Each answer to the banner reaches the shop, and carries a cookie of its own."""
    assert choose(cache.port, "accept") != choose(cache.port, "accept")


@behind_nginx
def test_a_cache_that_forwards_the_key_is_poisoned(shop_port: int, tmp_path: Path, page: str) -> None:
    """The tests above can fail: where the client's own header reaches the gate, one request spoils others' page."""
    port = free_port()
    forwarding = ("ConsentKey $consent_key;", "ConsentKey $http_consentkey;")
    with serving(nginx(tmp_path, port, shop_port, forwarding), port, tmp_path):
        cache = visited("nginx", port)
        unsigned = attacks(cache.granted, cache.refused)["a shape that nobody signed"]
        assert says(cache.get(page, *unsigned)) == RIGHT["unknown"]
        assert says(cache.get(page, ("Cookie", cache.granted))) == RIGHT["unknown"]
