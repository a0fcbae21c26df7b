"""The composition root: policy, keys and store become the services of one shop.

A domain that moves in is one more line in ``Privacy.__init__``, behind ``consent``:

    self.mail = domains.added(Mail(policy, keyset, self.ledger, store_for(store, MailStore)))

Its routes and jobs are then part of the shop's; what it keeps beside the ledger stands in the same place as the ledger.
A domain that has ``journal_kinds`` is given the journal, too, and its records are done again before anything is served.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Self

from shopprivacy.analytics.store import SaltStore
from shopprivacy.consent.account_merge import may_end_grants
from shopprivacy.consent.choices import BrowserPolicy, choice_term
from shopprivacy.consent.consent_record import BROWSER_KIND
from shopprivacy.consent.context import ConsentContext
from shopprivacy.consent.service import Consent
from shopprivacy.crypto import Keyset
from shopprivacy.gate.cookie_rules import Noticed
from shopprivacy.gate.gate import Gate
from shopprivacy.jobs import Job, daily, every_five_seconds, monthly
from shopprivacy.key_providers.places import KeyPlace
from shopprivacy.ledger.journal import Journal
from shopprivacy.ledger.keyset_check import check_keyset
from shopprivacy.ledger.ledger import Ledger
from shopprivacy.ledger.store import ArchivedPolicy, LedgerStore
from shopprivacy.logs.cleaner import LogCleaner
from shopprivacy.mail.service import Mail
from shopprivacy.mail.store import MailStore
from shopprivacy.pages.endpoints import Endpoint, Endpoints
from shopprivacy.pages.look import Layout, Look
from shopprivacy.policy.fingerprint import text_of
from shopprivacy.privacy.callbacks import customer_failed, mail_failed, page_failed, sealing_log
from shopprivacy.privacy.clock import bounded, utc_now
from shopprivacy.privacy.configuration import FilePath, analytics_folder, configure
from shopprivacy.privacy.cookie_log import CookieLog
from shopprivacy.privacy.domains import Domains
from shopprivacy.privacy.effect_handler import LONGEST_PATIENCE, PATIENCE, EffectHandler
from shopprivacy.privacy.events import Events
from shopprivacy.privacy.guarded import GuardedJournal, GuardedMailStore
from shopprivacy.privacy.journal_keeper import JournalKeeper
from shopprivacy.privacy.listeners import Listeners
from shopprivacy.privacy.mail_log import MailLog
from shopprivacy.privacy.maintenance import Maintenance
from shopprivacy.privacy.origin_log import OriginLog
from shopprivacy.privacy.process import close_at_exit, seal_anew_after_forks
from shopprivacy.privacy.short_cuts import ShortCuts
from shopprivacy.privacy.withdrawal_feed import WithdrawalFeed
from shopprivacy.sealing.discreet import discreet
from shopprivacy.sealing.service import Sealing
from shopprivacy.sealing.store import SubjectKeyNote, SubjectKeyStore
from shopprivacy.storage.patience import START_SECONDS, at_most
from shopprivacy.storage.registry import jobs_of, store_for

if TYPE_CHECKING:
    from starlette.responses import Response

    from shopprivacy.policy import Policy


class Privacy(ShortCuts, Listeners):
    """What a shop holds one of: its policy, enforced.

    Args:
        policy: what the shop declares.
        keyset: the shop's keys.
        store: where the ledger is kept.
        journal: keeps withdrawals outside the database, for when a backup is restored or the database is down; None: no
            journal, and a withdrawal is refused while the database is down.
        subject_keys: where the keys of persons are kept; None: nothing can be sealed for a person.
        clock: returns the current time with a time zone.
        templates: a folder with templates of the shop's own for banner and pages.
        layout: puts the content of a page, which is HTML, its title and its language into the shop's own document.
        assets: origins of the shop's own that the layout loads from, such as ``https://static.shop.example``.
        patience: seconds that a choice waits for a store in SQL that hangs. Then a withdrawal is recorded in the
            journal, a grant is refused, and for 5 seconds nobody waits.
        analytics: the folder that events are written into; None: nothing is counted.
        salts: where the salts of visitors of the day are kept; None: no event contains a visitor.

    Brings ledger and subject keys up to date with the journal and archives the policy before it returns, so nothing is
    served before; then a thread follows the ledger, here and in every process that is forked from this one. Raises
    StoreDown if a store does not answer, KeysetError if the ledger was written with another keyset or data was sealed
    with another store of subject keys, and PageError if the shop's own templates or layout would keep visitors from
    choosing freely.
    """

    @at_most(START_SECONDS)  # whatever a domain asks of its store meanwhile, too
    def __init__(
        self,
        policy: Policy,
        *,
        keyset: Keyset,
        store: LedgerStore,
        journal: Journal | None = None,
        subject_keys: SubjectKeyStore | None = None,
        clock: Callable[[], datetime] = utc_now,
        templates: FilePath | None = None,
        layout: Layout | None = None,
        assets: Iterable[str] = (),
        patience: float = PATIENCE,
        analytics: FilePath | None = None,
        salts: SaltStore | None = None,
    ) -> None:
        is_number = isinstance(patience, int | float)  # pyright: ignore[reportUnnecessaryIsInstance]  # may be text
        if not is_number or not 0 < patience <= LONGEST_PATIENCE:
            raise ValueError(
                f"patience: must be seconds above 0 and up to {LONGEST_PATIENCE}, such as {PATIENCE}"
            )
        self.policy = policy
        self.keyset = keyset
        self.now = clock = bounded(clock)
        # The ledger is held while its journal is written; where the journal is all that answers, there is more time.
        self._journal = beside = journal and GuardedJournal(journal, patience / 5)
        journal = journal and GuardedJournal(journal, patience / 2)
        term = choice_term(policy)
        browser = BrowserPolicy(policy)
        ledger = partial(
            Ledger,
            store,
            keyset,
            secrets.token_bytes,
            lifetimes={BROWSER_KIND: term},
            anew=partial(may_end_grants, browser),
            reading=lambda: at_most(patience),
        )
        self.ledger, bare = ledger(journal=beside), ledger()
        self.logs = LogCleaner.of(policy)
        self._feed = WithdrawalFeed(self.ledger, browser.kept_at_most, clock)
        self._cookie_log = CookieLog(enforcing=policy.mode.cookies == "enforce")
        told = self._cookie_log
        self.gate = Gate(
            policy, keyset, self._feed.withdrawals, told.asked_late, told.strange_key, told.nobody_asks
        )
        domains = Domains()
        self._effects = effects = EffectHandler(self.ledger, bare, journal, clock, bound=patience)
        self._keeper = keeper = JournalKeeper(
            self.ledger, patience, lambda: effects.is_behind, policy.mail.wait_for_journals
        )
        self.consent = Consent(
            policy, keyset, self.ledger, browser=self.gate.browser, record=effects.record, now=clock
        )
        self._mail_log = MailLog(enforcing=policy.mode.mail == "enforce")
        self.mail = domains.added(
            Mail(
                policy,
                keyset,
                self.ledger,
                GuardedMailStore(store_for(store, MailStore), effects.circuit),
                record=effects.record,
                now=clock,
                failed=mail_failed,
                tell=self._mail_log.tell,
                attempt=partial(effects.circuit.attempt, hurry=True),
            )
        )
        note = store_for(store, SubjectKeyNote)
        self.sealing = domains.added(
            Sealing(
                keyset,
                policy.jurisdiction,
                subject_keys,
                note,
                journal,
                random=os.urandom,
                now=clock,
                seconds=monotonic,
                warn=sealing_log.warning,
            )
        )
        seal_anew_after_forks(self.sealing)
        self.analytics = Events(policy, analytics, clock, keyset, salts)
        self.watch = self.analytics.watch
        # A domain moves in here.
        self.origins = OriginLog()
        endpoints = Endpoints(
            policy, self.gate, keyset, domains.routes(), templates, page_failed, self.origins.tell
        )
        self.pages = endpoints.pages
        """Renders the library's pages; ``look`` is the shop's layout."""
        self.pages.look = Look(layout, assets)
        self.check_pages()
        self.endpoint = endpoints.find
        """Returns the library's own endpoint for a request's head, or None."""
        self.banner = endpoints.banner
        """Renders the banner into a page, as ``banner(consent, language)``."""
        self.ledger.kinds = tuple(domains.journal_kinds())
        check_keyset(store, keyset)
        self.ledger.bring_up_to_date()
        keeper.begin(clock())
        store.archive_policy(ArchivedPolicy(policy.version, policy.effective, clock(), text_of(policy)))
        keep = policy.backups.keep
        jobs = (
            Job("append what the ledger missed", lambda _: effects.catch_up()),
            Job("keep ledger and journal in step", keeper.look, every_five_seconds),
            Job("forget what every backup has", partial(self.ledger.forget_what_backups_have, keep), daily),
            Job(
                "forget which keys no backup has", partial(self.sealing.forget_what_backups_have, keep), daily
            ),
            Job("sign a checkpoint", self.ledger.checkpoint_if_due, monthly),
            *jobs_of(store),
            *domains.jobs(),
        )
        self._feed.lacks = lambda: keeper.lacks
        self._feed.on_pass = Maintenance(jobs, clock)
        self._feed.on_look = Maintenance(self.analytics.jobs, clock)  # salts end without the ledger, too
        self._feed.begin()
        self._servers, self._is_suspended = 0, False
        close_at_exit(self)

    def check_pages(self) -> None:
        """Render banner and pages with the shop's own templates and layout, in every language, and look at them.

        Raises PageError where a visitor could not refuse as easily as accept, would find a box ticked, or could not
        read what the ledger says was read.
        """
        site, look = self.pages.site, self.pages.look
        if site.templates is not None or look.layout is not None:
            from shopprivacy.pages.review import check_pages  # what few shops need

            check_pages(self.pages)

    @classmethod
    @discreet  # there may be a password in a store's URL
    def from_file(
        cls,
        path: FilePath = "privacy.toml",
        *,
        keys: KeyPlace | None = None,
        store: str | LedgerStore | None = None,
        journal: FilePath | None = None,
        subject_keys: FilePath | SubjectKeyStore | None = None,
        clock: Callable[[], datetime] = utc_now,
        templates: FilePath | None = None,
        layout: Layout | None = None,
        assets: Iterable[str] = (),
        patience: float = PATIENCE,
        analytics: FilePath | None = None,
        salts: FilePath | SaltStore | None = None,
    ) -> Self:
        """Read a policy; keys, store and journal come from the arguments, else from the environment.

        ``SHOPPRIVACY_KEYS`` is the keyset file or ``env:NAME``, ``SHOPPRIVACY_STORE`` an SQLAlchemy URL (without it,
        ``privacy.sqlite3`` beside the policy), ``SHOPPRIVACY_JOURNAL`` the journal: a file (without it,
        ``privacy-journal.sqlite3`` beside the policy), the URL of a second database, or ``none``, if nothing but the
        database is durable. ``SHOPPRIVACY_SUBJECT_KEYS`` is a file or an SQLAlchemy URL for the keys of persons
        (without it, a file beside the keyset). ``SHOPPRIVACY_ANALYTICS`` is the folder of events (without it,
        ``privacy-analytics`` beside the policy), ``SHOPPRIVACY_SALTS`` a file, the URL of a PostgreSQL database, or
        ``none``: where the salts of visitors of the day are kept (without it, the database of the store if that is
        PostgreSQL, else ``privacy-salts.sqlite3`` beside the policy).

        Raises PolicyError, KeysetError, StoreDown, PageError, or MissingExtra if the store's packages are not
        installed.
        """
        found = configure(path, keys, store, journal, subject_keys, salts)
        try:
            return cls(
                found.policy,
                keyset=found.keyset,
                store=found.store,
                journal=found.journal,
                subject_keys=found.subject_keys,
                clock=clock,
                templates=templates,
                layout=layout,
                assets=assets,
                patience=patience,
                analytics=analytics_folder(path, analytics),
                salts=found.salts,
            )
        except BaseException:
            found.close()
            raise

    # What the shells ask (shopprivacy.pages.service.Service)

    def answer(
        self,
        endpoint: Endpoint,
        consent: ConsentContext,
        body: bytes,
        customer: Callable[[], object | None] = lambda: None,
    ) -> Response:
        """Run an endpoint to its reply; ``customer`` tells it the shop's id of whoever is signed in, or None."""

        def identify() -> bytes | None:
            try:
                with self._effects.circuit.learning():
                    known = customer()
                return b"" if known is None else self.consent.account(known)
            except Exception as error:  # it asks the shop's database; no opt-out is lost for that
                customer_failed(error)
                return None

        consent.identify = identify
        return self._effects.answer(endpoint.answer(consent, body))

    def recognise(self, consent: ConsentContext, customer: Callable[[], object | None]) -> None:
        """Hold against a browser what the customer who is signed in on it said no to, whatever cookie it has brought.

        ``customer`` returns the shop's id of whoever it is, or None. It is called where something could be reopened.
        """
        if not consent.holds_something:
            return
        try:
            known = customer()
            if known is not None:
                self.consent.recognise(consent, known)
        except Exception as error:  # the page is there, and stays
            customer_failed(error)

    def report(self, noticed: Iterable[Noticed]) -> None:
        """Tell the developer which cookies were held back, cut short or set out of reach, once for each name."""
        self._cookie_log.tell(noticed)

    def suspend(self) -> None:
        """Close until ``resume``: the last server in this process stops."""
        self._servers = max(self._servers - 1, 0)
        if not self._servers:
            self._is_suspended = not self._feed.is_stopped
            self.close()

    def resume(self) -> None:
        """Open again what ``suspend`` has closed: a server starts, or once more a client of the shop's tests."""
        self._servers += 1
        if self._is_suspended:
            self._is_suspended = False
            self._keeper.begin(self.now())
            self._feed.resume()

    def close(self) -> None:
        """Write the events that are left, stop the thread that polls the ledger, and leave and close the journal.

        A process that ends well does it by itself. Done again, it does nothing.
        """
        self.analytics.write_all()
        if self._feed.stop() and self._journal is not None:
            self._keeper.leave()
            self._journal.close()
