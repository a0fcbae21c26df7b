"""Requests by wrk to servers of this machine, in short turns: what each server keeps of another's requests.

Every server is up all the time, each with one worker; in each round each has a turn, in shuffled order. The visitors of
a turn go on where those of the server's last turn ended. Counted are requests per second, and per second of the
processor's time that the server took: where others use the machine too, the second is what the first would be without.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

_SCRIPT = Path(__file__).with_name("visitors.lua")
_RESULT = re.compile(r"^measured: (\d+) requests, (\d+) microseconds, (\d+) failed$", re.MULTILINE)
CONNECTIONS = 4


class Turn(NamedTuple):
    """Requests of one turn: per second by the clock, and per second of the server's time on the processor."""

    by_clock: float
    by_processor: float


@dataclass(slots=True)
class Server:
    """A server that is up, and the file with one Cookie field a line that its visitors send."""

    url: str
    pid: int
    visitors: Path
    turn: int = 0

    def requests(self, seconds: int = 1) -> Turn:
        """Send requests for so long. Raises RuntimeError where one failed: it would cost less than one that works."""
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(_SCRIPT), self.url]
        before = processor_seconds(self.pid)
        done = subprocess.run(
            [*command, "--", str(self.visitors), str(self.turn)], capture_output=True, text=True, check=False
        )
        spent = processor_seconds(self.pid) - before
        found = _RESULT.search(done.stdout)
        if found is None:
            raise RuntimeError(f"wrk ended with {done.returncode} and said: {done.stdout}{done.stderr}")
        served, microseconds, failed = map(int, found.groups())
        if failed or not served:
            raise RuntimeError(f"{self.url}: {failed} of {served} requests failed")
        self.turn += served
        return Turn(served / microseconds * 1e6, served / spent)


def processor_seconds(pid: int) -> float:
    """Return the time that a process and those below it have been on the processor."""
    process = Path(f"/proc/{pid}")
    # proc_pid_stat(5); before the last parenthesis stands a name, which may hold anything.
    user, system = (process / "stat").read_text().rpartition(")")[2].split()[11:13]
    children = " ".join(file.read_text() for file in process.glob("task/*/children")).split()
    below = sum(processor_seconds(int(child)) for child in children)
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK") + below


def rounds_of_load(servers: Mapping[str, Server], rounds: int) -> list[dict[str, Turn]]:
    """Return the turns of every server, round by round; a first one of each does not count."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed; it is a package of Debian")
    names = list(servers)
    shuffle = random.Random(1).shuffle
    for server in servers.values():
        server.requests()
    measured = []
    for _ in range(rounds):
        shuffle(names)
        measured.append({name: servers[name].requests() for name in names})
    return measured


def print_kept(measured: Sequence[Mapping[str, Turn]], pairs: Iterable[tuple[str, str]]) -> None:
    """Print how much of the second server's requests the first keeps, in all pairs."""
    print(f"  {'':22}{'by the clock':>14}{'half lie in':>16}{'by processor time':>20}{'half lie in':>16}")
    for name, bare in pairs:
        line = f"  {name:22}"
        for field, width in ((0, 14), (1, 20)):
            low, kept, high = quantiles(
                (r[name][field] / r[bare][field] for r in measured), n=4, method="inclusive"
            )
            line += f"{kept:{width}.2f}{f'{low:.2f} to {high:.2f}':>16}"
        print(line)


def write_visitors(file: Path, cookies: Iterable[bytes]) -> Path:
    """Write the Cookie fields of visitors, one a line."""
    file.write_bytes(b"".join(cookie + b"\n" for cookie in cookies))
    return file
