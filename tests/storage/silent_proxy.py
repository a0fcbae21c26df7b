"""A TCP proxy on localhost that can fall silent: it still accepts and reads, and answers nothing."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Thread
from typing import Self


class SilentProxy:
    """Hands on to a port of localhost, until ``silent`` is true. What it swallowed then never arrives."""

    silent = False

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for opened in self._open:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
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
