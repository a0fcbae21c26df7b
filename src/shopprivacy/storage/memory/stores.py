"""Which class keeps what a domain asks for in memory."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from shopprivacy.storage.registry import Registry

Lock = AbstractContextManager[object]
"""Held by whoever writes: one for all that is kept in one place, and its thread may take it again."""

STORES: Final[Registry[Lock]] = Registry("shopprivacy.storage.memory")
