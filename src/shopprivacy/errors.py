"""The errors of the library: one root, subclasses by what the caller can do about it.

``PurposeDenied`` stands with the decision that it carries, in :mod:`shopprivacy.decision`.

Messages name files, keys, purposes and fields. They never carry personal data, key material or tokens:
an error ends up in logs, in error mails and in other people's dashboards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_LIKE_A_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


class PrivacyError(Exception):
    """The root: catch this to catch everything that shopprivacy raises."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a policy: where it stands, and what would be right.

    ``path`` is the key path as written in the file (``purposes.newsletter.basis``); ``message`` says what is
    wrong with the value and what would be right; ``code`` names what kind of mistake it is, such as ``no-term``,
    and never changes its meaning.
    """

    path: str
    message: str
    code: str = "invalid"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PolicyError(PrivacyError, ValueError):
    """The policy cannot be enforced as it stands; ``problems`` holds all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem], *, source: str | None = None) -> None:
        self.problems = tuple(problems)
        self.source = source
        """The file the policy was read from, if any."""
        head = f"{source}: " if source else ""
        count = len(self.problems)
        super().__init__(
            f"{head}{count} problem{'s' if count != 1 else ''} in the policy\n"
            + "\n".join(f"  {problem}" for problem in self.problems)
        )


class UndeclaredName(PrivacyError, LookupError):
    """Code names a purpose, category, recipient or cookie that the policy does not declare.

    Raised at import or at start, not at the first request: such a name is a literal in the shop's code.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()) -> None:
        self.kind = kind
        self.name = name
        self.known = tuple(known)
        """The names of this kind that the policy does declare."""
        choices = f"declared are: {', '.join(self.known)}" if self.known else "none is declared"
        shown = f'"{name}"' if _LIKE_A_NAME.fullmatch(name) else f"({len(name)} characters that are no name)"
        super().__init__(f"{kind} {shown} is not declared in the policy; {choices}")


class KeysetError(PrivacyError, ValueError):
    """The keyset cannot be used as it stands: unreadable, malformed, or readable by others."""


class KeyUnavailable(PrivacyError, LookupError):
    """No usable key: unknown, disabled or destroyed, or its store does not answer."""


class SealBroken(PrivacyError, ValueError):
    """A sealed value is not as it was written for this field: changed, cut, of another field, tenant or suite.

    As all errors of sealed fields, it names the field and carries no value.
    """


class NotSealed(PrivacyError, ValueError):
    """What stands in a sealed field was never sealed: clear text, most likely from before the field was sealed."""


class WrongSubject(PrivacyError, LookupError):
    """A sealed value belongs to somebody else than the row that it stands in, or to another group of keys."""


class SealRefused(PrivacyError, ValueError):
    """A value cannot be sealed, or a sealed field cannot do what was asked of it."""


class StoreDown(PrivacyError):
    """The store did not answer. Nothing was decided by it; the caller may try again."""


class OpenTransaction(PrivacyError, RuntimeError):
    """What must not be done inside a transaction was asked for inside one of the shop's: end that first."""


class JournalDown(StoreDown):
    """The journal beside the ledger cannot be used: its disk is full or gone, or its database does not answer."""


class LedgerBroken(PrivacyError):
    """The ledger does not verify. ``faults`` names each row that is not as it was written."""

    _what = "the ledger does not verify"

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{self._what}:\n" + "\n".join(f"  {fault}" for fault in self.faults))


class JournalBroken(LedgerBroken):
    """The journal beside the ledger is not as it was written; each fault says what an operator can do."""

    _what = "the journal is damaged"


class PageError(PrivacyError):
    """A template or layout of the shop's own would keep visitors from choosing freely, or cannot be rendered.

    ``problems`` says of each what is wrong, and the fix.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "the shop's own pages cannot be shown:\n" + "\n".join(f"  {one}" for one in self.problems)
        )


class GateOrderError(PrivacyError, RuntimeError):
    """Something that may set cookies stands outside the gate, where the gate cannot see it."""


class MissingExtra(PrivacyError, ImportError):
    """An optional part was asked for whose packages are not installed."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(f'this needs an extra: pip install "shopprivacy[{extra}]"')
