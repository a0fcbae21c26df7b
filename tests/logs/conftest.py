"""Logging, as it was before each test."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from shopprivacy.logs.take_over import attached

_numbers = count()


class Stream:
    """A logger of its own, with one handler that writes to a text."""

    def __init__(self, formatter: logging.Formatter | None = None) -> None:
        self.text = io.StringIO()
        self.handler = logging.StreamHandler(self.text)
        self.handler.setFormatter(formatter)
        self.log = logging.getLogger(f"tests.stream{next(_numbers)}")
        self.log.setLevel(logging.DEBUG)
        self.log.propagate = False
        self.log.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        """What was written so far."""
        return self.text.getvalue().splitlines()


@pytest.fixture
def stream() -> Callable[..., Stream]:
    """Make loggers with a handler."""
    return Stream


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Give every handler its formatter back, and ``logging`` its record factory."""
    before = [(handler, handler.formatter) for _, handler in attached()]
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)
    for handler, formatter in before:
        handler.setFormatter(formatter)
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger) and logger.name.startswith("tests."):
            logger.handlers.clear()
