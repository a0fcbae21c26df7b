"""What is recorded of a choice, so that consent can be shown (GDPR art. 7(1)): rows for the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from shopprivacy.consent.account_merge import account_of, subject_of
from shopprivacy.consent.apply_choices import Change
from shopprivacy.crypto import Keyset, pseudonym
from shopprivacy.decision import Action
from shopprivacy.ledger.entry import CollectionMethod, Entry

if TYPE_CHECKING:
    from shopprivacy.policy import Policy

BROWSER_KIND = "browser"
"""The kind of subject that a consent id stands for."""


def text_hash(policy: Policy, purpose: str, language: str) -> str:
    """Return the SHA-256, in hexadecimal, of the text that asks for a purpose: title, line feed, explanation."""
    return policy.text(language).purpose_hash(purpose)


class Wordings:
    """The texts that forms show, by language, so that a form can name what it showed.

    A page may stay open over a change of the texts or of the policy. Its form then names a wording that is no
    longer ours, and a grant in it would be proof of something that nobody read.
    """

    def __init__(self, policy: Policy, purposes: Mapping[str, object]) -> None:
        self._names: dict[str, str] = {}
        for language in policy.languages:
            parts = [policy.version, *(text_hash(policy, name, language) for name in purposes)]
            digest = sha256("\n".join(parts).encode("ascii")).hexdigest()
            self._names[language] = f"{language}.{digest[:16]}"
        self._languages = {name: language for language, name in self._names.items()}

    def name(self, language: str) -> str:
        """Return what a form in ``language`` says it showed."""
        return self._names[language]

    def language(self, name: str) -> str | None:
        """Return the language of the wording that a form showed; None where it is not ours (any more)."""
        return self._languages.get(name)


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """By which act, in which language and when a choice was made."""

    how: CollectionMethod
    language: str
    at: datetime


class ConsentRecord:
    """Makes the ledger's rows for changes of choices."""

    def __init__(self, policy: Policy, keyset: Keyset) -> None:
        self._policy = policy
        self._keyset = keyset

    def subjects(self, *, consent_id: bytes, account: bytes) -> tuple[str, ...]:
        """Return whom the ledger may know a visitor as: the browser, and the account that is signed in on it."""
        browser = (pseudonym(self._keyset, BROWSER_KIND, consent_id.hex()),) if consent_id else ()
        return (*browser, subject_of(account)) if account else browser

    def strangers(
        self,
        ids: Set[int],
        named: Mapping[int, tuple[str, str]],
        act: ConsentEvent,
        *,
        consent_id: bytes,
        account: bytes,
    ) -> list[Entry]:
        """Return the rows for the withdrawal of what this policy does not know, each under its name.

        ``named`` are names and meanings by purpose id, as the ledger has them; see
        ``shopprivacy.consent.account_merge.names_in``. Where it has none, the browser withdraws everything: that is
        what the visitor has refused, and a restored ledger does not know it by its parts.
        """
        said = sorted({named[purpose_id] for purpose_id in ids if purpose_id in named})
        rows: list[tuple[str, str | None, str | None]] = [
            (subject, name, meaning)
            for name, meaning in said
            for subject in self.subjects(consent_id=consent_id, account=account)
        ]
        if ids - named.keys():
            rows += [(subject, None, None) for subject in self.subjects(consent_id=consent_id, account=b"")]
        return [
            Entry(act.at, subject, name, Action.WITHDRAWN, self._policy.version, meaning, None, act.how)
            for subject, name, meaning in rows
        ]

    def entries(self, change: Change, act: ConsentEvent, *, consent_id: bytes, account: bytes) -> list[Entry]:
        """Return the rows for a change.

        ``consent_id`` is the visitor's at the time. It is empty for someone who has granted nothing: then there is
        no browser to write rows about, and refusing creates no record of a person. ``account`` is the pseudonym of
        the account that is signed in here: what narrows narrows it as well, a grant is never copied to it (shared
        computers).
        """
        subjects = self.subjects(consent_id=consent_id, account=account)
        # Again means nothing new to this browser, but the account's others may have been granted it since.
        repeats = change.repeats if account else {}
        rows = [
            self._entry(subject_of(account), purpose, action, act, act.how)
            for purpose, action in repeats.items()
        ]
        for purpose, action in change.actions.items():
            how = CollectionMethod.SIGNAL if purpose in change.by_signal else act.how
            rows += [
                self._entry(subject, purpose, action, act, how)
                for subject in subjects
                if action is not Action.GRANTED or account_of(subject) is None
            ]
        return rows

    def _entry(
        self, subject: str, purpose: str, action: Action, act: ConsentEvent, how: CollectionMethod
    ) -> Entry:
        return Entry(
            at=act.at,
            subject=subject,
            purpose=purpose,
            action=action,
            version=self._policy.version,
            meaning=self._policy.purpose_fingerprint(purpose),
            text_hash=text_hash(self._policy, purpose, act.language),
            how=how,
            # Digits of the subject, not the id itself: the ledger never holds a visitor's raw identifier.
            consent_id=subject.partition(":")[2] if action is Action.GRANTED else None,
        )
