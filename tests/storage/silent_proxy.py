"""A TCP proxy on localhost that can fall silent, and still accepts and reads, or be gone, and closes what is open."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from typing import Self


class SilentProxy:
    """Hands on to a port of localhost, until ``silent`` or ``gone``. What it swallowed when silent never arrives."""

    silent = gone = False

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end(self._open)

    def go(self) -> None:
        """Be gone, as a server is that was stopped."""
        self.gone = True
        listener, *opened = self._open
        self._open = [listener]
        self._end(opened)

    @staticmethod
    def _end(connections: Sequence[socket.socket]) -> None:
        for opened in connections:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.gone:
                    client.close()
                    continue
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                Thread(target=self._hand_on, args=(client, server), daemon=True).start()
                Thread(target=self._hand_on, args=(server, client), daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while content := source.recv(65_536):
                if not self.silent:
                    target.sendall(content)
        with suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
