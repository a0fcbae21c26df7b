"""The command line: ``shopprivacy``, or ``python -m shopprivacy``."""

from shopprivacy.cli.program import main

__all__ = ["main"]
