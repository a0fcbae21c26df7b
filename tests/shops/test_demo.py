"""``make demo``: what it refuses, when it installs anew, and that it installs all that a shop imports."""

from __future__ import annotations

import ast
import re
import socket
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from examples import demo
from examples.fastapi_app import server
from examples.shop.options import Options
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uvicorn import Server

ROOT = Path(__file__).parent.parent.parent


def _refused(shop: str = "flask", port: str = "0") -> str:
    with pytest.raises(SystemExit) as refusal:
        demo.main(["--shop", shop, "--port", port])
    return str(refusal.value)


def test_a_wrong_call_is_refused_before_anything_is_installed() -> None:
    """An unknown shop, what is no port, and a port that is taken are named, with what to write instead."""
    assert _refused(shop="rails").startswith("SHOP=rails: there is no such shop; write SHOP=flask,")
    assert _refused(port="http").startswith("PORT=http: a port is a number")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert re.match(
            f"port {port} cannot be used .*: choose another one, .*PORT=", _refused(port=str(port))
        )


def test_an_environment_that_does_not_fit_is_made_anew(tmp_path: Path) -> None:
    """A folder that is missing, unfinished, of another Python or moved, or that has no Python, is said to be so."""
    folder, fits = tmp_path / "flask", {"Python": "3.12", "folder": str(tmp_path)}
    stamp, python = folder / "installed.json", folder / "python"

    def reason() -> str | None:
        return demo.misfit(folder, python, stamp, fits)

    assert reason() == "the first time"
    folder.mkdir()
    assert reason() == "an installation before did not finish"
    stamp.write_text('{"Python": "3.11"}')
    assert reason() == "the one that is there is for another Python"
    stamp.write_text('{"Python": "3.12", "folder": "/elsewhere"}')
    assert reason() == "the one that is there is for another folder"
    stamp.write_text(f'{{"Python": "3.12", "folder": "{tmp_path}"}}')
    assert reason() == "the one that is there has no Python any more"
    python.symlink_to(sys.executable)
    assert reason() in (None, "the one that is there does not work")  # without the environment's own packages


def test_ctrl_c_ends_the_fastapi_shop_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uvicorn raises KeyboardInterrupt when it has stopped; whoever pressed Ctrl+C does not need to read that."""
    stopped: list[object] = []

    def run(_server: Server, sockets: list[socket.socket]) -> None:
        stopped.extend(sockets)
        for one in sockets:
            one.close()
        raise KeyboardInterrupt

    for name in ("prepare", "create_and_fill"):
        monkeypatch.setattr(server, name, lambda _: None)
    monkeypatch.setattr(Server, "run", run)
    server.serve(Options(data=tmp_path, keys=tmp_path / "keys.json", port=0))
    assert stopped


@pytest.mark.parametrize("shop", demo.SHOPS)
def test_everything_that_a_shop_imports_is_installed(shop: str) -> None:
    """What the shop and the files that it uses import is named in its group, or comes with what is named."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"][f"demo-{shop}"]]
    installed = set(_with_theirs(wanted))
    owners = packages_distributions()
    for module in sorted(
        _imported(ROOT / "examples" / f"{shop}_app") - sys.stdlib_module_names - {"examples", "shopprivacy"}
    ):
        assert {_name(owner) for owner in owners[module]} & installed, f"{module} is in no group demo-{shop}"


def _name(distribution: str) -> str:
    return canonicalize_name(Requirement(distribution).name)


def _with_theirs(requirements: list[str]) -> Iterator[str]:
    seen: set[str] = set()
    while requirements:
        name = _name(requirements.pop())
        if name not in seen:
            seen.add(name)
            yield name
            theirs = [(one, Requirement(one).marker) for one in requires(name) or ()]
            requirements += [
                one for one, marker in theirs if marker is None or marker.evaluate({"extra": ""})
            ]


def _imported(package: Path) -> set[str]:
    """Return the top-level modules that a package and the files of the examples that it uses import."""
    modules: set[str] = set()
    waiting, seen = [*package.rglob("*.py")], set[Path]()
    while waiting:
        file = waiting.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            modules |= {name.partition(".")[0] for name in names}
            places = [ROOT / name.replace(".", "/") for name in names if name.startswith("examples.")]
            waiting += [one for place in places for one in (place.with_suffix(".py"), place / "__init__.py")]
    return modules
