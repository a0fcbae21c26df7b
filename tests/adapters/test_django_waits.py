"""Waits on Django's connections that the database itself does not end: a server, or a network, that is silent."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from shopprivacy.adapters.django import waits
from shopprivacy.adapters.django.waits import watched


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a server's own answer."""
    monkeypatch.setattr(waits, "GRACE", 0.0)


class Wrapper:
    """Django's wrapper of a connection to a server, over one end of a pair of sockets."""

    vendor = "postgresql"

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self._wrappers: list[Callable[..., Any]] = []

    @contextmanager
    def execute_wrapper(self, wrapper: Callable[..., Any]) -> Iterator[None]:
        self._wrappers.append(wrapper)
        yield
        self._wrappers.pop()

    def execute(self, what: Callable[[], Any]) -> Any:
        return self._wrappers[-1](what)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Our end, and the server's."""
    ours, server = socket.socketpair()
    with ours, server:
        yield ours, server


@pytest.mark.parametrize("driver", [lambda end: end, lambda end: SimpleNamespace(_sock=end)])
def test_a_silent_server_ends_a_wait(
    ends: tuple[socket.socket, socket.socket], driver: Callable[[socket.socket], Any]
) -> None:
    """Whoever reads finds the end of the stream, be it in a statement or in a commit, where no statement is running."""
    ours, _ = ends
    connection = Wrapper(driver(ours))
    with watched(connection, 0.02):
        assert connection.execute(lambda: ours.recv(1)) == b""
    ours, server = socket.socketpair()
    with ours, server, watched(Wrapper(driver(ours)), 0.02):
        assert ours.recv(1) == b""


def test_who_is_answered_keeps_the_connection(ends: tuple[socket.socket, socket.socket]) -> None:
    """Each statement has its own time, and what comes after the last of ours is not watched."""
    ours, server = ends
    connection = Wrapper(ours)
    with watched(connection, 60):
        server.send(b"ab")
        assert connection.execute(lambda: ours.recv(1)) == b"a"
    assert ours.recv(1) == b"b"


def test_a_driver_that_does_not_tell_its_socket_is_left_alone() -> None:
    """Nothing is raised in anybody's thread, before a connection is open neither."""
    for connection in (None, SimpleNamespace()):
        with watched(Wrapper(connection), 0.001):
            Event().wait(0.02)


def test_sqlite_waits_for_no_network() -> None:
    """It bounds all its waits itself: no thread is started."""
    with watched(SimpleNamespace(vendor="sqlite"), 1):
        pass
