"""Stores that live as long as their process: for tests, and for trying things out."""

from shopprivacy.storage.memory.ledger import MemoryStore

__all__ = ["MemoryStore"]
