"""Stores that live as long as their process: for tests, and for trying things out. One file for each domain."""

from shopprivacy.storage.memory.store import MemoryStore

__all__ = ["MemoryStore"]
