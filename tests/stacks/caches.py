"""Shared caches as the documentation has them, who visits a shop through one, and what an attacker sends it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import DOCS, blocks
from tests.stacks.serving import HOST, Answer, ask, choose

PAGE = DOCS / "how-to" / "caching.md"
SITE = "shop.example"

Field = tuple[str, str]


def shown(language: str) -> str:
    """Return the one block of the page in a language."""
    (text,) = (block.text for block in blocks(PAGE) if block.language == language)
    return text


def put(text: str, *changes: tuple[str, str]) -> str:
    """Return the text with each change made, which must be possible in just one place."""
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, shop_port: int, *changes: tuple[str, str]) -> list[str]:
    """Write the page's configuration, with ports and places of this test; it keeps what says nothing of caches."""
    documented = put(
        shown("nginx"),
        ("http://127.0.0.1:8000", f"http://{HOST}:{shop_port}"),
        ("/var/cache/nginx/shop", str(folder / "cache")),
        ("server {", f"server {{\n    listen {HOST}:{port};"),
        *changes,
    )
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""  # whoever runs the tests owns the folder
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder / 'pid'}; error_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\nproxy_cache_valid 200 1m;\n{places}\n{documented}}}\n"
    )
    return [_found("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")]


def varnish(folder: Path, port: int, shop_port: int) -> list[str]:
    """Write the page's configuration; Varnish by itself keeps what says nothing of caches."""
    (folder / "shop.vcl").write_text(put(shown("vcl"), ('.port = "8000"', f'.port = "{shop_port}"')))
    listen = ["-a", f"{HOST}:{port}", "-f", str(folder / "shop.vcl"), "-n", str(folder / "varnish")]
    return [_found("varnishd"), "-F", *listen, "-s", "malloc,16m", "-j", "none", "-T", "none"]


def cloudflare(folder: Path, port: int, shop_port: int) -> list[str]:
    """Write the page's Worker, which keeps nothing that says nothing about caches."""
    (folder / "worker.mjs").write_text(shown("js"))
    runner = Path(__file__).with_name("cloudflare.mjs")
    return [_found("node"), str(runner), str(folder / "worker.mjs"), str(port), str(shop_port)]


def _found(program: str) -> str:
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    assert path is not None, f"{program} is not installed; .ci/run installs it"
    return path


CACHES: Mapping[str, Callable[[Path, int, int], list[str]]] = {
    "nginx": nginx,
    "varnish": varnish,
    "cloudflare": cloudflare,
}


@dataclass(frozen=True)
class Cache:
    """A cache in front of a shop, and the consent cookies of visitors who have chosen through it."""

    name: str
    port: int
    granted: str
    refused: str
    withdrawn: str

    def get(self, path: str, *fields: Field, method: str = "GET") -> Answer:
        """Ask for a page."""
        return ask(self.port, path, ("Host", SITE), *fields, method=method)

    def visitors(self) -> dict[str, tuple[Field, ...]]:
        """Return what visitors of each kind send, and their own litter with it."""
        return {
            "unknown": (),
            "granted": (("Cookie", self.granted),),
            "refused": (("Cookie", f"_fbp=1; {self.refused}"),),
            "withdrawn": (("Cookie", f"{self.withdrawn}; _fbp=2"),),
            "objecting": (("Sec-GPC", "1"),),
        }


def visited(name: str, port: int) -> Cache:
    """Let visitors choose."""
    granted, refused = choose(port, "accept"), choose(port, "refuse")
    return Cache(name, port, granted, refused, choose(port, "refuse", ("Cookie", granted)))


def attacks(granted: str, refused: str) -> dict[str, tuple[Field, ...]]:
    """Return requests that try to have a page kept for visitors of another state, or with another address."""
    name, value = granted.split("=", 1)
    shape = value.partition(".")[0]
    no = refused.split("=", 1)[1].partition(".")[0]
    unseen = ("Cookie", f"a=1;{granted}")  # the gate reads it; the caches look for a blank
    unsigned = ("Cookie", f"{name}={shape}.{'A' * 90}")
    return {
        "a shape that nobody signed": (unsigned,),
        "nobody signed, and an empty key": (unsigned, ("ConsentKey", "")),
        "nobody signed, and the key taken off on the way": (unsigned, ("Connection", "ConsentKey")),
        "nobody signed, and the cookie taken off on the way": (unsigned, ("Connection", "Cookie")),
        "the cookie taken off on the way": (("Cookie", granted), ("Connection", "Cookie")),
        "the shape of another": (("Cookie", granted.replace(f"={shape}.", f"={no}.")),),
        "the key itself": (("ConsentKey", shape),),
        "the key, an underscore in it": (unseen, ("Consent_Key", shape), ("CONSENT_KEY", shape)),
        "the key twice": (("ConsentKey", ""), ("ConsentKey", shape)),
        "unseen by the cache": (unseen,),
        "unseen by the cache, and the key": (unseen, ("ConsentKey", shape)),
        "unseen by the cache, and the key kept on": (
            unseen,
            ("ConsentKey", shape),
            ("Connection", "close, ConsentKey"),
        ),
        "behind a tab": (("Cookie", f"a=1;\t{granted}"), ("ConsentKey", shape)),
        "in two": (("Cookie", f"{granted}; {refused}"),),
        "in two, the other way": (("Cookie", f"{refused}; {granted}"),),
        "in two fields": (("Cookie", "a=1"), ("Cookie", granted)),
        "in two fields, unsigned first": (unsigned, ("Cookie", granted)),
        "inside another value": (("Cookie", f'a="; {granted}"'),),
        "a signal and its contrary": (("Cookie", granted), ("Sec-GPC", "1"), ("Sec-GPC", "0")),
        "a signal of no value": (("Sec-GPC", ""),),
        "another host": (("X-Forwarded-Host", "evil.example"),),
        "another place": (("X-Forwarded-Prefix", "/evil"),),
        "another scheme": (("X-Forwarded-Proto", "gopher"),),
    }
