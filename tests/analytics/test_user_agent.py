"""User agents: family, version and device, each from a closed list."""

# ruff: noqa: E501  # tables
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopprivacy.analytics.user_agent import IN_TEXT, reduced

MOZILLA = "Mozilla/5.0"
TABLE = {
    f"{MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36": "Chrome/120 desktop",
    f"{MOZILLA} (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox/128 desktop",
    f"{MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36 Edg/121.0": "Edge/121 desktop",
    f"{MOZILLA} (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1": "Safari/17 phone",
    f"{MOZILLA} (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1": "Chrome/120 tablet",
    f"{MOZILLA} (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0 Safari/537.36": "Samsung/23 tablet",
    f"{MOZILLA} (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36": "Chrome/120 phone",
    f"{MOZILLA} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)": "Googlebot robot",
    f"{MOZILLA} (compatible; Bytespider; spider-feedback@example.com)": "Bytespider robot",
    f"{MOZILLA} AppleWebKit/537.36 (KHTML, like Gecko; compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot) Chrome/131.0": "OAI-SearchBot robot",
    f"{MOZILLA} (X11) HeadlessChrome/120.0": "HeadlessChrome robot",
    "curl/8.0 an@example.nl": "curl robot",
    "JanJansenBot/1.0": "other",
    f"{MOZILLA} (Macintosh) JanBrowser/1.0": "other desktop",
    "Firefox/99": "Firefox/99 other",
    "": "",
    "-": "-",
}  # fmt: skip


@pytest.mark.parametrize("agent", TABLE)
def test_table(agent: str) -> None:
    """What is known is told, what is not is other, and to reduce twice changes nothing."""
    assert reduced(agent) == TABLE[agent]
    assert reduced(TABLE[agent]) == TABLE[agent]


@given(st.text(max_size=40))
def test_nothing_of_the_clients_own_survives(agent: str) -> None:
    """Whatever a client sends, what is written is from the closed lists, and stays when it is reduced again."""
    assert reduced(reduced(agent)) == reduced(agent)


def test_agents_are_found_whole_in_running_text() -> None:
    """A user agent in running text is found from its beginning to its end."""
    for agent in TABLE:
        if agent.startswith(MOZILLA):
            assert IN_TEXT.sub("UA", f"by {agent}, 200") == "by UA, 200"
