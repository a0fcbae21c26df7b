"""User agents as a family, its major version and a kind of device, each from a closed list: ``Firefox/128 desktop``.

Whatever else stands there is the client's own text, and with it one visitor is told from the others.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

OTHER: Final = "other"

_FAMILIES: Final = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/([0-9]{1,3})")),
    ("Opera", re.compile(r"(?:OPR|Opera)/([0-9]{1,3})")),
    ("Samsung", re.compile(r"SamsungBrowser/([0-9]{1,3})")),
    ("Vivaldi", re.compile(r"Vivaldi/([0-9]{1,3})")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/([0-9]{1,3})")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS|HeadlessChrome)/([0-9]{1,3})")),
    ("Safari", re.compile(r"Version/([0-9]{1,3})[0-9.]* (?:Mobile/\S+ )?Safari/")),
)
"""What each browser calls itself; those that also call themselves by a later name stand first."""

ROBOTS: Final = (
    "Googlebot", "bingbot", "DuckDuckBot", "YandexBot", "Baiduspider", "Applebot", "AhrefsBot", "SemrushBot",
    "MJ12bot", "DotBot", "PetalBot", "GPTBot", "ClaudeBot", "CCBot", "facebookexternalhit", "Twitterbot",
    "LinkedInBot", "UptimeRobot", "Pingdom", "HeadlessChrome", "curl", "Wget", "python-requests", "python-httpx",
    "Go-http-client", "okhttp", "Bytespider", "Amazonbot", "OAI-SearchBot", "ChatGPT-User", "PerplexityBot",
    "Claude-User", "Claude-SearchBot", "meta-externalagent", "AdsBot-Google", "Mediapartners-Google", "GoogleOther",
    "Google-InspectionTool", "Storebot-Google", "BingPreview", "Pinterestbot", "Slackbot", "TelegramBot", "Discordbot",
    "WhatsApp", "SeznamBot", "Qwantbot", "Sogou", "archive.org_bot", "Scrapy", "aiohttp", "axios", "node-fetch",
    "Apache-HttpClient", "Lighthouse",
)  # fmt: skip
_ROBOT: Final = re.compile(
    rf"(?<![A-Za-z])({'|'.join(re.escape(name) for name in ROBOTS)})(?![A-Za-z])", re.IGNORECASE
)
_SPELLED: Final = {name.lower(): name for name in ROBOTS}
_FORMS: Final = (
    rf"(?:(?:{'|'.join(name for name, _ in _FAMILIES)})/[0-9]{{1,3}}|{OTHER}) (?:desktop|phone|tablet|{OTHER})"
    rf"|(?:{'|'.join(re.escape(name) for name in ROBOTS)}) robot|{OTHER}|-"
)
_WRITTEN: Final = re.compile(rf"(?:{_FORMS})?")
WRITTEN_IN_TEXT: Final = re.compile(rf"""(?:{_FORMS})(?![^\s"',;)\]}}])""")
"""What :func:`reduced` has written."""

IN_TEXT: Final = re.compile(
    r"(?:Mozilla/[0-9.]{1,8}"
    r"|(?<![^\s\"'(=\[:)\]}])(?!desktop|phone|tablet|robot|other)[A-Za-z][\w.-]{0,40}/[0-9][\w.]{0,30}"
    r"(?= CFNetwork/| \([^()\n]{0,200}(?:Android|iPhone|iPad|iOS |Windows NT|Macintosh|Mac OS|X11;|CrOS|Linux;)))"
    r"(?: \[[A-Za-z]\w*/[^\[\]\n]*\]| \[\w{1,40}\]/[\w.]+| [A-Z]\w{0,40} [0-9][0-9.]{0,40}(?= \()"
    r"| \((?:[^()\n]|\([^()\n]*\))*\)| [A-Za-z][A-Za-z0-9._+-]{0,40}/[A-Za-z0-9._+-]{1,40}| Mobile| Safari)*"
)
"""A user agent in running text: as nearly all begin, or with the system in brackets behind it, as those of apps."""


@lru_cache(4096)
def reduced(agent: str) -> str:
    """What may be said of this user agent; ``other`` where nothing is known, ``-`` where there is none."""
    if _WRITTEN.fullmatch(agent):
        return agent
    robot = _ROBOT.search(agent)
    if robot is not None:
        return f"{_SPELLED[robot[1].lower()]} robot"
    for family, pattern in _FAMILIES:
        found = pattern.search(agent)
        if found is not None:
            return f"{family}/{found[1]} {_device(agent)}"
    device = _device(agent)
    return OTHER if device == OTHER else f"{OTHER} {device}"


def _device(agent: str) -> str:
    if "iPad" in agent or "Tablet" in agent or ("Android" in agent and "Mobile" not in agent):
        return "tablet"
    if "iPhone" in agent or "Mobile" in agent:
        return "phone"
    desktop = ("Windows NT", "Macintosh", "X11", "CrOS", "Linux x86_64")
    return "desktop" if any(word in agent for word in desktop) else OTHER
