"""Who may say what about an address: its account can only say no, and any no makes an older link void."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from shopprivacy.decision import Action, Record
from shopprivacy.decision.state import WIDENING
from shopprivacy.ledger.validity import WITHDRAWING
from shopprivacy.mail.address import bare, canonical_email
from shopprivacy.mail.confirmation import Confirmation

_SECOND = timedelta(seconds=1)

V = TypeVar("V")


def still_no(records: Iterable[Record], purpose: str, now: datetime) -> list[Record]:
    """Return those records of an account that narrow what its address allows, and that it did not take back itself.

    A yes of the account to the purpose takes back what the account had said before, and is no yes of the address.
    """
    known = [*records]
    yes = [
        (record.at, record.seq)
        for record in known
        if record.action is Action.GRANTED and record.purpose == purpose and record.at <= now
    ]
    lifted = [record for record in known if record.action is Action.LIFTED and record.at <= now]

    def is_taken_back(record: Record) -> bool:
        when = (record.at, record.seq)
        if record.action is Action.RESTRICTED:
            return any(later.purpose == record.purpose and (later.at, later.seq) > when for later in lifted)
        return any(later > when for later in yes)

    return [record for record in known if record.action not in WIDENING and not is_taken_back(record)]


def as_of_now(records: Iterable[Record], now: datetime) -> list[Record]:
    """Return the records of a decision about now: a no of a machine whose clock was ahead counts at once."""
    return [
        replace(record, at=now) if record.at > now and record.action not in WIDENING else record
        for record in records
    ]


def said_yes(records: Iterable[Record], meaning: str, now: datetime) -> bool:
    """Whether one of the records is a yes to a purpose in this meaning."""
    return any(r.action is Action.GRANTED and r.meaning == meaning and r.at <= now for r in records)


def says_no(records: Iterable[Record], purpose: str, about: Collection[str | None]) -> bool:
    """Whether the newest word of an address about a purpose is a no."""
    said = [
        record
        for record in records
        if (record.action in WITHDRAWING and record.purpose in about)
        or (record.action is Action.GRANTED and record.purpose == purpose)
    ]
    return bool(said) and max(said, key=lambda r: (r.at, r.seq)).action in WITHDRAWING


def ended_after(said: Confirmation, records: Iterable[Record], about: Collection[str | None]) -> bool:
    """Whether one of the records is a no that came after a link was made.

    By their places in the ledger, whatever the clocks say; and by the clock, which goes on where the ledger of a backup
    counts from an older place. The link has its moment in whole seconds.
    """
    return any(
        (record.seq > said.seq or record.at >= said.at + _SECOND)
        and record.purpose in about
        and record.action in WITHDRAWING
        for record in records
    )


def by_address(given: Mapping[str, V] | None) -> Mapping[str, Sequence[V]]:
    """Return what is given by address, each written in its one way; several may be written of one."""
    found: defaultdict[str, list[V]] = defaultdict(list)
    for address, value in (given or {}).items():
        found[canonical_email(bare(address))].append(value)
    return found
