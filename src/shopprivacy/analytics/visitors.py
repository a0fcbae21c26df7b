"""The visitor of the day: 64 bits that tell visitors apart for one day (UTC), and nobody from one day to the next.

    visitor = BLAKE2b (RFC 7693), keyed, 8 bytes, of address | browser | device | site
    key     = the key for the use "visitor-of-the-day", of the day and its random salt
    salt    = 32 random bytes, the same in all workers and hosts, which end with the day

A keyed one-way function whose secrets stand apart (EDPB Guidelines 01/2025): whoever holds events and store lacks the
keyset, and whoever holds events and keyset lacks the salt once its day is over. Then nobody, the shop
itself included, can find out whose visitor it was by trying all addresses. Until then it is pseudonymous personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Final

from shopprivacy.analytics.addresses import Addresses
from shopprivacy.analytics.event_rules import EventRules
from shopprivacy.analytics.store import SaltStore
from shopprivacy.crypto import DerivedKey, Keyset, Secret, Use
from shopprivacy.crypto.derivation import length_prefixed

VISITOR_BYTES: Final = 8
SALT_BYTES: Final = 32
EARLY: Final = timedelta(minutes=30)
"""How long before its day begins a salt is made, so that every worker has it at midnight."""
LATE: Final = timedelta(minutes=30)
"""How long after the end of its day a salt stays: events of its last minutes may still wait to be written."""
ASKEW: Final = timedelta(minutes=30)
"""How far another host's clock may be ahead: what it has made early is left alone."""


def derived_key(keyset: Keyset, day: date, salt: Secret) -> DerivedKey:
    """Return the key of a day. The keyset does not remember it: with its salt it ends."""
    return keyset.derive_once(Use.VISITOR, day.isoformat(), salt.reveal().hex())


def visitor(key: DerivedKey, address: str, browser: str, device: str, site: str) -> str:
    """Return the visitor: 16 hexadecimal digits. The address is one that was cut already."""
    content = length_prefixed((address, browser, device, site))
    return blake2b(content, digest_size=VISITOR_BYTES, key=key.secret).hexdigest()


class Visitors:
    """Tells the visitors of a day apart, and sees to it that salts are there in time and end in time.

    Args:
        rules: what the policy says; where no event may say its visitor, the store only loses what it has.
        keyset: the shop's keys.
        store: where salts stand; None: nobody is told from others.
        random: ``random(n)`` gives n bytes from the operating system's generator.
    """

    def __init__(
        self,
        rules: EventRules | None,
        keyset: Keyset,
        store: SaltStore | None,
        random: Callable[[int], bytes],
    ) -> None:
        self._keyset = keyset
        self._store = store
        self._addresses = Addresses() if rules is None else Addresses(rules.logs.ipv4, rules.logs.ipv6)
        self._random = random
        self._is_wanted = rules is not None and rules.tells_visitors_apart
        self._keys: Mapping[date, DerivedKey] = {}

    def __call__(self, day: date, client: str, browser: str, device: str, site: str) -> str | None:
        """Return the visitor; None: nobody can be told from others. Reads memory alone.

        Who has no address that could be read is told from nobody: all of them would be one visitor.
        """
        key, address = self._keys.get(day), self._addresses.find(client)
        return None if key is None or address is None else visitor(key, address, browser, device, site)

    def look(self, now: datetime) -> None:
        """Have the salts of today and, shortly before midnight, of tomorrow; end all others. Raises StoreDown.

        What the store has is what counts: a salt that it lost is never brought back from memory, and no clock that goes
        back finds one that has ended, for then there is a new one.
        """
        if self._store is None:
            return
        now = now.astimezone(UTC)
        lasting = {(now - LATE).date(), now.date()}
        begun = {now.date(), (now + EARLY).date()} if self._is_wanted else set()
        keys = {day: key for day, key in self._keys.items() if day in lasting | begun}
        self._keys = keys  # what is over is over in memory, whatever the store says
        self._store.end_all_but({*lasting, (now + EARLY + ASKEW).date()} if self._is_wanted else ())
        for day in sorted(begun):
            salt = self._store.keep(day, Secret(self._random(SALT_BYTES)))
            keys = {**keys, day: derived_key(self._keyset, day, salt)}
            self._keys = keys
