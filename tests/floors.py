"""Which files stand on floors 0 to 5, whose branches the tests cover to the last, and which tests are the core's.

Run by the Makefile: prints coverage patterns, or with --core the folders of tests that need no framework.
"""

from __future__ import annotations

import sys

DECIDING = [
    "errors",
    "jurisdiction",
    "lazy_exports",
    "policy",
    "decision",
    "crypto",
    "lint",
    "cookies",
    "signals",
    "jobs",
    "http",
    "ledger",
    "consent",
    "gate",
    "pages",
]
CORE_TESTS = [
    "policy",
    "decision",
    "crypto",
    "lint",
    "ledger",
    "http",
    "consent",
    "gate",
    "pages",
    "test_asgi.py",
]
NEED_FRAMEWORKS = [
    "policy/test_presets.py",
    "gate/test_gate_forgeries.py",
    "gate/test_gate_properties.py",
]  # they ask the frameworks' own parsers


def main() -> None:
    """Print what was asked for."""
    if "--core" in sys.argv:
        ignored = (f"--ignore=tests/{name}" for name in NEED_FRAMEWORKS)
        print(*(f"tests/{name}" for name in CORE_TESTS), *ignored)  # noqa: T201
    else:
        print(",".join(f"*/shopprivacy/{name}/*,*/shopprivacy/{name}.py" for name in DECIDING))  # noqa: T201


if __name__ == "__main__":
    main()
