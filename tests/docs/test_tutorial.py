"""The tutorials, followed word for word: every block, in order, in an empty folder, against a real server."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, Block, blocks

SERVERS = {
    "flask": ("flask run", ":5000"),
    "fastapi": ("uvicorn app:app", ":8000"),
    "django": ("gunicorn shop.wsgi", ":8000"),
}
"""For each tutorial the command that serves, and the port that the page shows."""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Reader:
    """Someone with two terminals who does what the page says; the port is the one thing that may differ."""

    def __init__(self, folder: Path, serve: str, port_shown: str) -> None:
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
            "GUNICORN_CMD_ARGS": f"--bind 127.0.0.1{self.port}",
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
        }
        self.log = folder / "log.txt"
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
            with (self.folder / name).open({"": "x", "at the end": "a"}[where], encoding="utf-8") as file:
                file.write("\n" + block.text)

    def run(self, command: str, shown: str) -> None:
        """Type one command, and compare what it prints with what the page shows."""
        if command.startswith("pip install "):
            return  # the library that is being tested is installed already
        if variable := re.fullmatch(r"export (\w+)=(\S+)", command):
            self.environment[variable[1]] = variable[2]
        elif command == self.serve:
            self.stop()
            with self.log.open("wb") as log:
                self.server = subprocess.Popen(
                    self.serve.split(), cwd=self.folder, env=self.environment, stdout=log, stderr=log
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
        """Wait until the server has said what the page shows."""
        assert self.server is not None
        wanted = shown.replace(self.port_shown, self.port).strip("…\n")
        for _ in range(200):
            said = _COLOUR.sub("", self.log.read_text(encoding="utf-8"))
            if wanted in said:
                return
            assert self.server.poll() is None, said
            time.sleep(0.1)  # the server is another process: only its log tells when it answers
        raise AssertionError(f"{wanted}\nis not in\n{said}")

    def stop(self) -> None:
        """Press Ctrl+C in the server's terminal."""
        if self.server is not None:
            self.server.terminate()
            self.server.wait(30)


@contextmanager
def reader(folder: Path, tutorial: str) -> Iterator[Reader]:
    """Give a reader whose server ends with the test."""
    made = Reader(folder, *SERVERS[tutorial])
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


@pytest.mark.parametrize(("tutorial", "most"), [("flask", 3), ("fastapi", 3), ("django", 4)])
def test_few_lines_set_it_up(tutorial: str, most: int) -> None:
    """Beside its imports, a shop needs at most three lines for the gate; a Django shop four."""
    files = ("app.py", "shop/settings.py, at the end", "shop/wsgi.py, at the end")
    code = [block.text for block in blocks(DOCS / "tutorial" / f"{tutorial}.md") if block.caption in files]
    lines = [
        line
        for line in "".join(code).splitlines()
        if re.match(r"(?!from|import|\s)\S.*privacy", line, re.IGNORECASE)
    ]
    assert 2 <= len(lines) <= most


def _fits(shown: str, printed: str) -> bool:
    """Whether ``printed`` is what a page shows, where ``…`` is any text and a line of it any lines."""
    pattern = re.escape(shown.strip("\n")).replace("…", ".*?")
    return re.fullmatch(pattern, printed.replace("\r", "").strip("\n"), flags=re.DOTALL) is not None
