"""Keys and what is derived from them. No I/O and no randomness: random bytes and the time are passed in."""

from shopprivacy.crypto.keys import DerivedKey, Key, KeyState, Ring, Secret, Suite, Use
from shopprivacy.crypto.keyset import Keyset
from shopprivacy.crypto.provider import KeyProvider
from shopprivacy.crypto.pseudonym import id_text, pseudonym

__all__ = [
    "DerivedKey",
    "Key",
    "KeyProvider",
    "KeyState",
    "Keyset",
    "Ring",
    "Secret",
    "Suite",
    "Use",
    "id_text",
    "pseudonym",
]
