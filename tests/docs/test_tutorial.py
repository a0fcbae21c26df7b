"""The tutorials, followed word for word: every block, in order, in an empty folder, against a real server."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, Block, blocks

SERVERS = {
    "flask": ("flask run", ":5000"),
    "fastapi": ("uvicorn app:app", ":8000"),
    "django": ("python manage.py runserver", ":8000"),
}
"""For each tutorial the command that serves, and the port that the page shows."""
PORT_GIVEN = {"django"}
"""Where the port is an argument: no variable of the environment says it."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Reader:
    """Someone with two terminals who does what the page says; the port is the one thing that may differ."""

    def __init__(self, folder: Path, serve: str, port_shown: str, *, port_given: bool) -> None:
        self.serve = serve
        self.port_shown = port_shown
        self.folder = folder / "shop"
        self.folder.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = f":{probe.getsockname()[1]}"
        scripts = str(Path(sys.executable).parent)
        self.environment = {
            "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),
            "HOME": str(folder),
            "FLASK_RUN_PORT": self.port[1:],
            "UVICORN_PORT": self.port[1:],
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }
        self.served = [*serve.split(), *([self.port[1:]] if port_given else ())]
        self.log = folder / "log.txt"
        self.read = 0
        self.saved: Path | None = None
        self.server: subprocess.Popen[bytes] | None = None

    def follow(self, block: Block) -> None:
        """Do what one block says, and see what it shows."""
        if block.language == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, _, shown = part.replace("\\\n", "").partition("\n")
                self.run(command, shown)
        elif block.caption == "log":
            self.expect(block.text)
        else:
            name, _, where = block.caption.partition(", ")
            self.saved = self.folder / name
            with self.saved.open({"": "x", "at the end": "a"}[where], encoding="utf-8") as file:
                file.write("\n" + block.text)

    def run(self, command: str, shown: str) -> None:
        """Type one command, and compare what it prints with what the page shows."""
        if command.startswith("pip install "):
            return  # the library that is being tested is installed already
        self.saved = None
        if variable := re.fullmatch(r"export (\w+)=(\S+)", command):
            self.environment[variable[1]] = variable[2]
        elif command == self.serve:
            self.stop()
            self.read = 0
            with self.log.open("wb") as log:
                self.server = subprocess.Popen(
                    self.served, cwd=self.folder, env=self.environment, stdout=log, stderr=log
                )
            self.expect(shown)
        else:
            # A reader's grep finds nothing and says 0 with status 1: only what is printed counts.
            typed = command.replace(self.port_shown, self.port)
            done = subprocess.run(
                ["bash", "-c", typed],
                cwd=self.folder,
                env=self.environment,
                check=False,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert _fits(shown, done.stdout), f"{command}\n{done.stdout}{done.stderr}"

    def expect(self, shown: str) -> None:
        """Wait until the server has said what the page shows, after what it had said when last it was read."""
        assert self.server is not None
        wanted = _pattern(shown.replace(self.port_shown, self.port).strip("…\n"))
        for _ in range(200):
            said = _COLOUR.sub("", self.log.read_text(encoding="utf-8"))
            if found := wanted.search(said, self.read):
                self.read = found.end()
                self.saved = None
                return
            assert self.server.poll() is None, said
            if self.saved is not None:
                os.utime(
                    self.saved
                )  # saved again: a server that follows files may not have looked at them before
            time.sleep(0.1)  # the server is another process: only its log tells when it answers
        raise AssertionError(f"{shown}\nis not in\n{said}")

    def stop(self) -> None:
        """Press Ctrl+C in the server's terminal."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(30)


@contextmanager
def reader(folder: Path, tutorial: str) -> Iterator[Reader]:
    """Give a reader whose server ends with the test."""
    made = Reader(folder, *SERVERS[tutorial], port_given=tutorial in PORT_GIVEN)
    try:
        yield made
    finally:
        made.stop()


# It types what the reader types: a shell, curl and grep are there for readers, not on every machine with Python.
@pytest.mark.services
@pytest.mark.parametrize("tutorial", SERVERS)
def test_the_tutorial_works_word_for_word(tmp_path: Path, tutorial: str) -> None:
    """Every block is followed, and every command prints what the page shows; ``…`` stands for anything."""
    with reader(tmp_path, tutorial) as following:
        for block in blocks(DOCS / "tutorial" / f"{tutorial}.md"):
            following.follow(block)


@pytest.mark.parametrize("tutorial", SERVERS)
def test_ten_steps_are_enough(tutorial: str) -> None:
    """The page has at most ten numbered steps, numbered without a gap."""
    page = (DOCS / "tutorial" / f"{tutorial}.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^## (\d+)\. ", page, flags=re.MULTILINE)
    assert [int(number) for number in numbers] == list(range(1, len(numbers) + 1))
    assert len(numbers) <= 10


@pytest.mark.parametrize("tutorial", SERVERS)
def test_every_command_and_edit_is_counted(tutorial: str) -> None:
    """The page numbers all that is typed until the cookie passes with consent: ten, and none between them."""
    page = (DOCS / "tutorial" / f"{tutorial}.md").read_text(encoding="utf-8")
    until_gated = re.split(r"\n## \d+\. Withdraw", page)[0]
    counted = [int(number) for number in re.findall(r"\[(\d+)\]", until_gated)]
    assert counted == list(range(1, 11))
    commands = re.findall(r"^\$ ", until_gated, flags=re.MULTILINE)
    edits = re.findall(r"^:caption: \S+\.\w+", until_gated, flags=re.MULTILINE)
    assert len(commands) + len(edits) == len(counted)
    assert re.search(r"^set-cookie: +_ga=", until_gated, flags=re.MULTILINE | re.IGNORECASE)


@pytest.mark.parametrize(("tutorial", "most"), [("flask", 3), ("fastapi", 3), ("django", 4)])
def test_few_lines_set_it_up(tutorial: str, most: int) -> None:
    """Beside its imports, a shop needs at most three lines for the gate; a Django shop four, which ``init`` adds."""
    shown = [*blocks(DOCS / "tutorial" / f"{tutorial}.md")]
    code = "".join(block.text for block in shown if block.caption == "app.py")
    if tutorial == "django":
        (printed,) = (block.text for block in shown if "$ shopprivacy init" in block.text)
        added = printed.partition("added to shop/settings.py")[2].splitlines()
        code = "\n".join(line.removeprefix(" " * 5) for line in added)
    lines = [
        line for line in code.splitlines() if re.match(r"(?!from|import|\s)\S.*privacy", line, re.IGNORECASE)
    ]
    assert 2 <= len(lines) <= most


def _fits(shown: str, printed: str) -> bool:
    """Whether ``printed`` is what a page shows, where ``…`` is any text and a line of it any lines."""
    return _pattern(shown.strip("\n")).fullmatch(printed.replace("\r", "").strip("\n")) is not None


def _pattern(shown: str) -> re.Pattern[str]:
    return re.compile(re.escape(shown).replace("…", ".*?"), flags=re.DOTALL)


def test_what_installs_the_library_is_a_path() -> None:
    """No package index has the library yet: each page installs a clone or a wheel, with an extra that there is."""
    project = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pages = [DOCS.parent / "README.md", *DOCS.glob("tutorial/*.md"), *DOCS.glob("how-to/*.md")]
    lines = [
        line
        for page in pages
        for line in re.findall(r'pip install "(.*?)"', page.read_text(encoding="utf-8"))
    ]
    assert len(lines) > len(SERVERS)
    for line in lines:
        path, extras = re.fullmatch(r"(.*)\[([\w,]+)\]", line).groups()  # type: ignore[union-attr]
        assert path.startswith((".", "/")), line
        assert (
            path == "." or f"{project['name']}-{project['version']}" in path or path.endswith(project["name"])
        )
        assert set(extras.split(",")) <= project["optional-dependencies"].keys(), line
