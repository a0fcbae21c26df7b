"""A keyset, subjects and choices to test with. The keys are public: never use them for anything real."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from typing import Any, Final

from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import CollectionMethod, Entry
from shopprivacy.ledger.journal import Journal
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.policy.fingerprint import version_of_text
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.storage.memory import MemoryStore

__all__ = [
    "NOON",
    "SAMPLE_POLICY",
    "sample_entry",
    "sample_keyset",
    "sample_ledger",
    "sample_random",
    "sample_sealing",
    "sample_subject",
]

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""The moment at which samples happen unless told otherwise."""


_TEXT: Final = '{"effective":"2026-01-01"}'
SAMPLE_POLICY: Final = ArchivedPolicy(version_of_text(_TEXT) or "", date(2026, 1, 1), NOON, _TEXT)
"""The policy that sample choices refer to. A ledger that has them verifies once this is archived."""


def sample_random(seed: str = "sample") -> Callable[[int], bytes]:
    """A stand-in for ``secrets.token_bytes`` that gives the same bytes in every run."""
    numbers = count()
    return lambda length: hashlib.shake_256(f"{seed} {next(numbers)}".encode()).digest(length)


@cache
def sample_keyset(seed: str = "sample") -> Keyset:
    """The same keyset for the same seed."""
    return Keyset.generate(sample_random(seed), NOON)


@cache
def sample_subject(identifier: str = "7", kind: str = "customer") -> str:
    """A customer's pseudonym under the sample keyset."""
    return pseudonym(sample_keyset(), kind, identifier)


def sample_ledger(store: LedgerStore, seed: str = "sample", journal: Journal | None = None) -> Ledger:
    """A ledger over the store under the sample keyset, with the policy archived that sample choices refer to."""
    store.archive_policy(SAMPLE_POLICY)
    return Ledger(store, sample_keyset(), sample_random(seed), journal=journal)


def sample_sealing(store: SubjectKeyStore | None = None, seed: str = "sealing") -> Sealing:
    """What ``privacy.sealing`` is, under the sample keyset and with its keys of persons in memory or in ``store``."""
    memory = MemoryStore()
    return Sealing(
        sample_keyset(),
        "NL",
        memory.store_for(SubjectKeyStore) if store is None else store,
        memory.store_for(SubjectKeyNote),
        None,
        random=sample_random(seed),
        now=lambda: NOON,
        seconds=lambda: 0.0,
    )


def sample_entry(action: Action = Action.GRANTED, **changes: Any) -> Entry:
    """A choice that is valid, with these fields changed."""
    fields: dict[str, Any] = {
        "at": NOON,
        "subject": sample_subject(),
        "purpose": "newsletter",
        "action": action,
        "version": SAMPLE_POLICY.version,
        "meaning": "ab" * 32,
        "text_hash": "cd" * 32,
        "how": CollectionMethod.PREFERENCE_PAGE,
    }
    return Entry(**{**fields, **changes})
