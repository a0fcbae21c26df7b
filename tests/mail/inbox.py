"""A mail server that keeps what it is handed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socket import socket
from typing import Any


class Inbox:
    """What it was handed, as bytes."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        """Take a message."""
        self.messages.append(envelope.content)
        return "250 OK"


@contextmanager
def open_server() -> Iterator[tuple[Inbox, int]]:
    """Open a server; yield its inbox and its port."""
    from aiosmtpd.controller import Controller

    with socket() as free:  # the controller connects to the port it was told
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop()
