"""The end of a process that is told to stop more than once."""

from __future__ import annotations

import atexit
import signal
from threading import Thread
from typing import Any

import pytest

from shopprivacy.privacy.process import close_at_exit


class Closed:
    """Something whose close is interrupted by the signals that a terminal and a server's parent process send."""

    def __init__(self, *signals: int) -> None:
        self.signals = signals
        self.times = 0

    def close(self) -> None:
        for number in self.signals:
            signal.raise_signal(number)
        self.times += 1


def _exit(*_: Any) -> None:
    raise SystemExit(0)


def test_a_second_ctrl_c_does_not_interrupt_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """gunicorn's workers exit in their handler: the end goes on, and the handlers are the application's again."""
    at_exit: list[Any] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    numbers = (signal.SIGINT, signal.SIGQUIT)
    before = {number: signal.signal(number, _exit) for number in numbers}
    try:
        privacy = Closed(*numbers)
        close_at_exit(privacy)
        at_exit[0]()
        assert privacy.times == 1
        assert [signal.getsignal(number) for number in numbers] == [_exit, _exit]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    elsewhere = Closed()
    close_at_exit(elsewhere)
    thread = Thread(target=at_exit[1])  # an embedded interpreter: signals are not its business
    thread.start()
    thread.join()
    assert elsewhere.times == 1
