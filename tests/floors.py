"""Which files stand on floors 0 to 5, whose branches the tests cover to the last, and which tests are the core's.

Run by the Makefile: prints coverage patterns, or with --core the folders of tests that need no framework.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EDGES = {
    "__init__",
    "__main__",
    "adapters",
    "asgi",
    "cli",
    "key_providers",
    "layers",
    "logs",
    "privacy",
    "storage",
    "testing",
    "wsgi",
}
"""What stands above floor 5."""
_MODULES = (ROOT / "src/shopprivacy").iterdir()
DECIDING = sorted(
    {path.stem for path in _MODULES if path.suffix == ".py" or (path / "__init__.py").is_file()} - EDGES
)
NEED_FRAMEWORKS = [
    "cookies",
    "policy/test_presets.py",
    "gate/test_gate_forgeries.py",
    "gate/test_gate_properties.py",
    "mail/test_race.py",
]
"""Tests of these that ask the frameworks' own parsers, or a database that several processes use."""
CORE_TESTS = [
    *(name for name in DECIDING if (ROOT / "tests" / name).is_dir() and name not in NEED_FRAMEWORKS),
    "test_asgi.py",
    "test_wsgi.py",
    "test_layers.py",
]


def main() -> None:
    """Print what was asked for."""
    if "--core" in sys.argv:
        ignored = (f"--ignore=tests/{name}" for name in NEED_FRAMEWORKS)
        print(*(f"tests/{name}" for name in CORE_TESTS), *ignored)  # noqa: T201
    else:
        print(",".join(f"*/shopprivacy/{name}/*,*/shopprivacy/{name}.py" for name in DECIDING))  # noqa: T201


if __name__ == "__main__":
    main()
