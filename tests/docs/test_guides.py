"""The guides to a purpose and to log-ins: what they show works, and does what they say."""

from __future__ import annotations

from pathlib import Path

from shopprivacy.policy import load
from tests.docs.blocks import DOCS, blocks, files_in
from tests.docs.folder import POLICY, furnish, python

PURPOSE = DOCS / "how-to" / "add-a-purpose.md"
# A grant, with the origin that the browser saw: as nginx passes it on, and as it would be without ProxyFix.
DEPLOYED = """
import runpy
from types import SimpleNamespace
from shop_wsgi import app
from werkzeug.test import Client

runpy.run_path("gunicorn.conf.py")["post_worker_init"](SimpleNamespace(wsgi=app))
for origin in ("https://shop.example", "http://shop.example"):
    headers = {"Host": "shop.example", "X-Forwarded-Proto": "https", "Origin": origin}
    print(Client(app).post("/privacy/consent", data={"choice": "accept"}, headers=headers).status_code)
"""
LOG_IN = DOCS / "how-to" / "log-in.md"
# Somebody refuses on one browser of an account; another browser has accepted, and then logs in to the same account.
REFUSED_ELSEWHERE = """
from login_shop import app
from werkzeug.test import Client

same_origin = {"Sec-Fetch-Site": "same-origin"}
def browser(choice, *, logs_in_first):
    client = Client(app)
    log_in = lambda: client.post("/login", data={"customer": "7", "remember": "yes"}, base_url="https://localhost")
    choose = lambda: client.post("/privacy/consent", data={"choice": choice}, headers=same_origin, base_url="https://localhost")
    for step in (log_in, choose) if logs_in_first else (choose, log_in):
        answer = step()
    shape = client.get_cookie("__Host-consent").value.partition(".")[0]
    print(choice, shape[-1], sorted(name for name in ("session", "remember_token") if client.get_cookie(name)))
    print(client.get("/", base_url="https://localhost").text)
browser("refuse", logs_in_first=True)
browser("accept", logs_in_first=False)
"""


def test_a_purpose_is_added_as_the_page_says(tmp_path: Path) -> None:
    """The lines of the page make a policy that check accepts, and visitors are asked with the texts of the page."""
    shown = {block.caption: block.text for block in blocks(PURPOSE) if block.language == "toml"}
    furnish(tmp_path, POLICY + shown["privacy.toml, at the end"])
    (tmp_path / "privacy.en.toml").write_text(shown["privacy.en.toml"], encoding="utf-8")
    python(tmp_path, "-m", "shopprivacy", "check")  # its status is 0
    policy = load(tmp_path / "privacy.toml")
    assert "chat" in policy.asked_in_browser()
    assert policy.text("en").purpose("chat").title == "Live chat"


def test_who_refused_on_another_device_is_known_when_they_log_in(tmp_path: Path) -> None:
    """The example with Flask-Login tells the library who is signed in, and its cookies pass."""
    furnish(tmp_path, POLICY.replace("[purposes", 'presets = ["flask", "flask_login"]\n\n[purposes', 1))
    for name, text in files_in(LOG_IN).items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert python(tmp_path, "-c", REFUSED_ELSEWHERE).splitlines() == [
        "refuse - ['remember_token', 'session']",
        "customer 7",
        "accept - ['remember_token', 'session']",
        "customer 7",
    ]


def test_what_is_deployed_starts_behind_a_proxy(tmp_path: Path) -> None:
    """The application of the page passes gunicorn's check, and takes scheme and address from the proxy."""
    furnish(tmp_path)
    for name, text in files_in(DOCS / "how-to" / "deploy.md").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert python(tmp_path, "-c", DEPLOYED).split() == ["303", "403"]
