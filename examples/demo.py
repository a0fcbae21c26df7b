"""``make demo``: installs what an example shop needs into an environment of its own, starts it, and says what to try.

Only the standard library is imported here: nothing is installed yet when this begins.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHOPS = ("flask", "django", "fastapi")


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the shop and return its exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shop", required=True)
    parser.add_argument("--port", required=True)
    parser.add_argument("--only-install", action="store_true", help="do not start the shop")
    given = parser.parse_args(arguments)
    port = _checked(given.shop, given.port)
    python = _environment(given.shop)
    if given.only_install:
        return 0
    data = ROOT / "var" / given.shop
    _say(f"3/3 starting the {given.shop} shop; what it writes goes into {_short(data)}")
    command = [str(python), "-m", f"examples.{given.shop}_app", "--port", str(port), "--data", str(data)]
    return _run(command, given.shop, data)


def _checked(shop: str, port: str) -> int:
    """Return the port.

    Raises:
        SystemExit: there is no such shop or port, or the port is taken; the message names what to write.
    """
    if shop not in SHOPS:
        raise SystemExit(f"SHOP={shop}: there is no such shop; write SHOP=flask, SHOP=django or SHOP=fastapi")
    if not port.isascii() or not port.isdecimal() or int(port) > 65535:
        raise SystemExit(f"PORT={port}: a port is a number up to 65535, such as PORT=8001")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do after a restart
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            raise SystemExit(
                f"port {port} cannot be used ({error.strerror}): choose another one, such as make demo PORT=8001"
            ) from None
    return int(port)


def _environment(shop: str) -> Path:
    """Return the Python of the shop's environment, which is made from nothing unless it is there and fits."""
    folder = ROOT / ".venv-demo" / shop
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = _wanted(shop)
    constraints = ROOT / "constraints.txt"
    stamp = folder / "installed.json"
    fits = {
        "Python": f"{sys.version} {sys.base_prefix}",
        "folder": str(folder),
        "list of packages": hashlib.sha256(repr(wanted).encode() + constraints.read_bytes()).hexdigest(),
    }
    _say(f"1/3 Python {sys.version.split()[0]} is new enough")
    reason = misfit(folder, python, stamp, fits)
    if reason is None:
        _say(f"2/3 the packages are in {_short(folder)} already")
        return python
    _say(f"2/3 installing the packages into {_short(folder)} ({reason}); this takes half a minute or so")
    _install(folder, python, wanted, constraints)
    stamp.write_text(json.dumps(fits))
    return python


def _wanted(shop: str) -> list[str]:
    """Return what pip installs: the library from this folder, and the group ``demo-SHOP`` of pyproject.toml."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    return ["--editable", str(ROOT), *groups[f"demo-{shop}"]]


def misfit(folder: Path, python: Path, stamp: Path, fits: dict[str, str]) -> str | None:
    """Return why an environment cannot be used as it is; None: it can."""
    if not folder.exists():
        return "the first time"
    try:
        found = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return "an installation before did not finish"
    for name, value in fits.items():
        if found.get(name) != value:
            return f"the one that is there is for another {name}"
    try:
        works = subprocess.run([python, "-c", "import shopprivacy"], capture_output=True, check=False)
    except OSError:
        return "the one that is there has no Python any more"
    return None if works.returncode == 0 else "the one that is there does not work"


def _install(folder: Path, python: Path, wanted: Sequence[str], constraints: Path) -> None:
    """Make the environment from nothing, and say each package that is fetched.

    Raises:
        SystemExit: it could not be made; what failed has said why.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False).returncode:
        raise SystemExit(
            "no virtual environment could be made; Debian and Ubuntu need: apt install python3-venv"
        )
    pip = [str(python), "-m", "pip", "--disable-pip-version-check"]
    install = [
        *pip,
        "install",
        "--no-compile",
        "--no-color",
        "--progress-bar",
        "off",
        "--constraint",
        str(constraints),
        *wanted,
    ]
    with subprocess.Popen(install, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("Collecting "):
                _say(f"      {re.split(r'[^a-z0-9._-]', line.split()[1], flags=re.IGNORECASE)[0]}")
    if running.returncode:
        raise SystemExit("the packages could not be installed; pip says why above")
    # What has installed is not needed to run, and is a third of the size.
    subprocess.run(
        [*pip, "uninstall", "--quiet", "--yes", "pip", "setuptools"], check=False, capture_output=True
    )
    libraries = next(folder.glob("**/site-packages"))
    count = len(list(distributions(path=[str(libraries)])))
    _say(f"      {count - 1} packages and the library itself are installed")


def _run(command: Sequence[str], shop: str, data: Path) -> int:
    """Run the shop until it is stopped; when it listens, say what to try. Return its exit status."""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        signal.signal(signal.SIGTERM, lambda *_: running.terminate())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the shop as well, which ends by itself
        assert running.stdout is not None
        for line in running.stdout:
            if line.startswith("listening on "):
                _say(_guide(line.removeprefix("listening on ").strip(), shop, data))
            else:
                _say(line.rstrip("\n"))
    return max(running.returncode, 0)


def _guide(url: str, shop: str, data: Path) -> str:
    """Return what to try in the shop."""
    user, _, password = (data / "operator.txt").read_text().strip().partition(":")
    return f"""
The shop answers on {url}/  (Ctrl+C stops it). What to try:

- Open a product, press "Refuse all" in the banner, and look at the cookies and the requests to other hosts in
  the browser's developer tools. Then accept: {url}/privacy/choices
- Register with an invented name, address and password: {url}/register
- Order something, and read the mails of the shop: {_short(data / "outbox")}
- The shop's own pages, user {user}, password {password}:
  {url}/admin/mailing and {url}/admin/customers?q=the address that you registered
- What the shop has kept, personal data sealed: {_short(data / "shop.sqlite3")}
- Its logs, without personal data: {_short(data / "access.log")} and {_short(data / "app.log")}
- What is allowed is declared in {_short(ROOT / "examples" / "policies" / "demo.toml")}
- The same shop in another framework: {" or ".join(f"make demo SHOP={other}" for other in SHOPS if other != shop)}
"""


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - this is a program


if __name__ == "__main__":
    sys.exit(main())
