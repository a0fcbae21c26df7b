"""The pages on logs: what they show can be configured, and does what they say."""

from __future__ import annotations

import http.client
import json
import logging
import logging.config
import re
import shutil
import socket
import subprocess
import time
import tomllib
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from shopprivacy.analytics import Addresses, Text, rules_of
from shopprivacy.logs import LogCleaner
from shopprivacy.logs.sinks import HANDLERS
from shopprivacy.policy import Policy
from tests.analytics.test_addresses import TABLE as ADDRESSES
from tests.docs.blocks import DOCS, blocks
from tests.docs.folder import POLICY, furnish
from tests.policy.files import base_with

LOGS, SINKS = DOCS / "how-to" / "logs.md", DOCS / "how-to" / "log-sinks.md"


def block(page: Path, begin: str) -> str:
    """The block of a page that begins like this."""
    return next(block.text for block in blocks(page) if block.text.startswith(begin))


def test_formatters_of_the_page_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The formatters that the page shows are made by ``dictConfig``, by the policy beside."""
    furnish(tmp_path, POLICY)
    monkeypatch.chdir(tmp_path)
    config: dict[str, Any] = eval("{" + block(LOGS, '"formatters"') + "}")
    config["handlers"] = {
        name: {"class": "logging.FileHandler", "filename": name, "formatter": name}
        for name in config["formatters"]
    }
    logger = {"handlers": [*config["handlers"]], "level": "INFO", "propagate": False}
    config |= {"version": 1, "disable_existing_loggers": False, "loggers": {"tests.docs.logs": logger}}
    logging.config.dictConfig(config)
    log = logging.getLogger("tests.docs.logs")
    log.info("log-in of %s from %s: refused", "an@example.nl", "203.0.113.77")
    for handler in [*log.handlers]:
        handler.close()
        log.removeHandler(handler)
    assert Path("line").read_text().endswith(" INFO tests.docs.logs: log-in of - from 203.0.113.0: refused\n")
    assert json.loads(Path("json").read_text())["message"] == "log-in of - from 203.0.113.0: refused"


def test_policy_of_the_page_does_what_it_says() -> None:
    """The keys that the page shows keep the parameters and the numbers that it names, and nothing like a token."""
    keys = tomllib.loads(block(LOGS, "[analytics]"))
    text = Text(rules_of(Policy(**base_with(**keys))))
    number = "ORD-4F9K2M7X1B8Q3W6Z5R0T2Y4U"
    assert text.clean(f"GET /a?page=2&sort=price&q=jan {number}") == f"GET /a?page=2&sort=price {number}"


def test_lines_of_the_page_are_clean() -> None:
    """What the page shows as clean is."""
    shown = block(LOGS, "127.0.0.0")
    assert [LogCleaner().line(line) for line in shown.splitlines()] == [
        line.replace("?page=2", "") for line in shown.splitlines()
    ]


def test_each_sink_has_its_section() -> None:
    """Whatever the check names, the page tells what to do about."""
    page = SINKS.read_text(encoding="utf-8")
    for handler in HANDLERS:
        library = {
            "django": "Django",
            "sentry_sdk": "Sentry",
            "opentelemetry": "OpenTelemetry",
            "rich": "rich",
        }
        name = library.get(handler.partition(".")[0], handler.rpartition(".")[2])
        assert name in page, handler


@pytest.mark.services
def test_nginx_logs_as_the_page_says(tmp_path: Path) -> None:
    """nginx reads what the page shows, and writes a line without the whole address and the query."""
    log, port = tmp_path / "access.log", free_port()
    shown = block(SINKS, "map $remote_addr").replace("/var/log/nginx", str(tmp_path))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {tmp_path};" for kind in kinds)
    config = tmp_path / "nginx.conf"
    config.write_text(
        f"pid {tmp_path}/pid; daemon off; master_process off;\nevents {{}}\n"
        f"http {{ {places}\n{shown}\nserver {{ listen 127.0.0.1:{port}; return 204; }} }}\n"
    )
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin") or "nginx"
    with subprocess.Popen([nginx, "-c", config, "-e", tmp_path / "start.log"]) as process:
        try:
            assert answered(port, "/a/b?email=an@example.nl") == 204
        finally:
            process.terminate()
    (line,) = log.read_text().splitlines()
    assert line.startswith("127.0.0.0 - - [")
    assert line.endswith('"GET /a/b HTTP/1.1" 204 0 "-" "-"')


def test_nginx_cuts_addresses_as_we_do() -> None:
    """The map of the page cuts each address as the library does, or writes none."""
    rules = [line.split() for line in block(SINKS, "map $remote_addr").split("}")[0].splitlines()[1:]]
    patterns = [(re.compile(rule[0][1:]), rule[1].rstrip(";")) for rule in rules if rule[0].startswith("~")]

    def cut(address: str) -> str:
        for pattern, written in patterns:
            if found := pattern.search(address):
                return written.replace("$net", found.groupdict().get("net") or "")
        return "-"

    texts = (text for texts in ADDRESSES.values() for text in texts)
    addresses = [str(ip_address(text)) for text in texts if text and is_address(text)]  # as nginx writes them
    assert len(addresses) > 10
    for address in (*addresses, "2001:db8:1:2:3:4:5:6", "2a02:a210::7", "2001::1"):
        assert Addresses().truncate(cut(address)) in {Addresses().truncate(address), "-"}, address
    assert cut("203.0.113.77") == cut("::ffff:203.0.113.77") == "203.0.113.0"
    assert cut("2001:db8:1:2:3:4:5:6") == "2001:db8:1::"


def is_address(text: str) -> bool:
    """Whether Python knows this as an address."""
    try:
        return ip_address(text) is not None
    except ValueError:
        return False


@pytest.mark.services
def test_caddy_logs_as_the_page_says(tmp_path: Path) -> None:
    """Caddy reads what the page shows, and writes a line without the whole address, the query and the headers."""
    log, port = tmp_path / "access.log", free_port()
    shown = block(SINKS, "log {").replace("/var/log/caddy", str(tmp_path))
    config = tmp_path / "Caddyfile"
    config.write_text(
        f'{{\n admin off\n auto_https off\n}}\nhttp://127.0.0.1:{port} {{\n{shown}\n respond "" 204\n}}\n'
    )
    caddy = shutil.which("caddy") or "caddy"
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    with (
        (tmp_path / "said").open("wb") as said,
        subprocess.Popen(
            [caddy, "run", "--config", config, "--adapter", "caddyfile"], env=home, stdout=said, stderr=said
        ) as process,
    ):
        try:
            assert answered(port, "/a/b?email=an@example.nl") == 204
        finally:
            process.terminate()
    (line,) = map(json.loads, log.read_text().splitlines())
    assert line["request"]["remote_ip"] == "127.0.0.0"
    assert line["request"]["uri"] == "/a/b"
    assert not {"headers", "remote_port"} & {*line["request"]}
    assert not {"resp_headers", "user_id"} & {*line}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def answered(port: int, path: str) -> int:
    """The status of an answer, once somebody listens."""
    deadline = time.monotonic() + 10
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # it starts in a process of its own
        finally:
            connection.close()
